"""One run: every question of a set asked of one system over one index, each record kept as soon as it is there.

A result file holds the settings, a record for each question and the summary; all but its times and its date repeat.
What a record is worth is known by score.py, who is asked by systems.py.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tqdm import tqdm

from assistant.cite import Citation, faults_of, holds
from corpus.chunk import TARGET_UNITS
from corpus.reader import read
from corpus.transcript import Passage, Transcript
from embeddings.encoder import Encoder
from embeddings.index import PassageIndex
from eval.questions import Gold, Question, check, says
from eval.score import DEPTH, score, summary
from eval.systems import Said, System

__all__ = ["commit", "indexed", "machine", "proved", "result", "run", "write_result"]

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("corpus", "embeddings", "assistant", "eval")


def run(
    name: str,
    questions: Sequence[Question],
    system: System,
    index: PassageIndex,
    out: Path,
    settings: Mapping[str, Any],
    transcripts: Sequence[Transcript] = (),
) -> dict[str, Any]:
    """The result of asking every question, written to `out`, with a progress bar on standard error.

    Each record is added to `out`.part as it comes. When a run was cut off, the next with the same settings, questions,
    passages and code asks only what is missing; otherwise that file is made anew. A question that crashes has its error
    in its record. With the `transcripts` that the index was made from, a citation is of gold when it lies in the gold
    paragraph; without them, when what its passage holds of its paragraph has the gold's quote, and the gold is looked
    up in the index first: ValueError when it is not there.
    """
    known = _Known(index, transcripts)
    if not transcripts and (faults := known.faults(questions)):
        raise ValueError(_told("the index", faults))
    told = dict(settings) | {
        "encoder": index.encoder.name,
        "fingerprint": index.encoder.fingerprint,
        "passages": len(known.passages),
        "content": known.content,
    }
    key = _sha(json.dumps([told, [asdict(one) for one in questions], commit(), _code()], ensure_ascii=False))
    part = out.with_name(f"{out.name}.part")
    done = _kept(part, key)
    # Half of a surrogate pair, which UTF-8 cannot write, becomes the escape that JSON reads as the same.
    with part.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        # Written anew, so that a line cut off by a kill is gone.
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in ({"key": key}, *done.values()))
        for question in tqdm(questions, desc=name, unit="question", leave=False):
            if question.id not in done:
                done[question.id] = _asked(question, system, known)
                file.write(json.dumps(done[question.id], ensure_ascii=False) + "\n")
                file.flush()
    made = result(name, "answers", told, [done[question.id] for question in questions])
    write_result(made, out)
    part.unlink()
    return made


def result(name: str, kind: str, settings: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a result file holds."""
    return {
        "name": name,
        "commit": commit(),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "kind": kind,
        "settings": dict(settings),
        "machine": machine(),
        "questions": list(records),
        "summary": summary(records),
    }


def write_result(made: Mapping[str, Any], path: Path) -> None:
    """Write a result file, whole or not at all."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    scratch.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    scratch.replace(path)


def proved(questions: Sequence[Question], files: Sequence[Path]) -> list[Transcript]:
    """The transcripts of the files, which bear out every gold; ValueError with the faults when they do not."""
    transcripts = [read(file) for file in files]
    if faults := check(questions, transcripts):
        raise ValueError(_told("the transcripts", faults))
    return transcripts


def _told(where: str, faults: Sequence[str], most: int = 5) -> str:
    rest = f"; and {len(faults) - most} more" if len(faults) > most else ""
    return f"{where}: {len(faults)} faults in what the questions name as gold: {'; '.join(faults[:most])}{rest}"


def _kept(part: Path, key: str) -> dict[str, dict[str, Any]]:
    """The records of a run that was cut off, by id; none when there was no such run, or with other settings."""
    if not part.is_file():
        return {}
    lines: list[dict[str, Any]] = []
    for line in part.read_bytes().split(b"\n"):
        try:
            lines.append(json.loads(line))
        except ValueError:  # the last line, cut off; or a file of somebody else
            break
    if not lines or lines[0] != {"key": key}:
        return {}
    return {record["id"]: record for record in lines[1:]}


# ---- one question


class _Known:
    """What the index holds, read past the system that is asked: a citation is compared with this, not with itself."""

    def __init__(self, index: PassageIndex, transcripts: Sequence[Transcript]) -> None:
        self._transcripts = {transcript.source: transcript for transcript in transcripts}
        self.passages: dict[str, Passage] = {}
        self._turns: dict[tuple[str, int], list[Passage]] = {}  # by source name and number
        self._langs: dict[str, set[str]] = {}
        for stored in index.sources():
            self._langs.setdefault(stored.source, set()).add(stored.lang)
            left, number = stored.passages, 0
            while left:
                number += 1
                for passage in index.turn(stored.id, number):
                    self.passages[passage.id] = passage
                    self._turns.setdefault((stored.source, number), []).append(passage)
                    left -= 1
        self.content = _sha("\0".join(f"{one.id}\0{one.text}" for one in self.passages.values()))

    def faults(self, questions: Sequence[Question]) -> list[str]:
        """Golds whose words are not in the turn that they name, however it was cut."""
        faults = []
        for question in questions:
            for gold in question.gold:
                spoken = self._turns.get((gold.source, gold.turn), [])
                if gold.source not in self._langs:
                    faults.append(f"{question.id}: no transcript {gold.source!r}; index it, or correct the name")
                elif not says(_joined(spoken), gold.quote):
                    faults.append(
                        f"{question.id}: {gold.quote!r} is not in turn {gold.turn} of {gold.source!r}; correct the gold"
                    )
        return faults

    def bearing(self, gold: Gold) -> list[str]:
        """The ids of the passages that bear a gold."""
        return [one.id for one in self._turns.get((gold.source, gold.turn), []) if _bears(one, one.text, gold)]

    def is_of(self, citation: Citation, gold: Gold) -> bool:
        """Whether a citation is of a gold paragraph."""
        passage = citation.passage
        transcript = self._transcripts.get(gold.source)
        if transcript is None:
            return _bears(passage, citation.paragraph, gold)
        start, end = passage.start + citation.start, passage.start + citation.end
        return passage.source == gold.source and any(
            start < paragraph.end and paragraph.start < end for paragraph in gold.paragraphs(transcript)
        )

    def langs(self, golds: Sequence[Gold]) -> str:
        """The languages of the golds, "–" without gold."""
        return "+".join(sorted({lang for gold in golds for lang in self._langs.get(gold.source, ())})) or "–"


def _joined(spoken: Sequence[Passage]) -> str:
    # A blank only where the chunker left characters out, so that words cut in two are whole again.
    text, end = "", 0
    for passage in spoken:
        text += passage.text if passage.start == end else f" {passage.text}"
        end = passage.end
    return text


def _bears(passage: Passage, words: str, gold: Gold) -> bool:
    place = (passage.source, passage.turn, passage.point, passage.block)
    return place == (gold.source, gold.turn, gold.point, gold.block) and says(words, gold.quote)


def _asked(question: Question, system: System, known: _Known) -> dict[str, Any]:
    said, error = None, ""
    begin = time.perf_counter()
    try:
        said = system.ask(question.question, question.history)
    except Exception as caught:  # whatever it is: it is this question's failure, and the others must still be asked
        error = f"{type(caught).__name__}: {' '.join(str(caught).split())}"
    ms = round(1000 * (time.perf_counter() - begin), 1)
    record = _record(question, said, error, ms, known)
    return record | {"scores": score(question, record)}


def _record(question: Question, said: Said | None, error: str, ms: float, known: _Known) -> dict[str, Any]:
    answer = said.answer if said else None
    spoken = answer if answer and not answer.refused else None  # what a refusal cites is nearest, not support
    citations, cited = [], set()
    for citation in spoken.citations if spoken else ():
        passage = citation.passage
        bearing = {n for n, gold in enumerate(question.gold) if known.is_of(citation, gold)}
        cited |= bearing
        citations.append(
            {
                "n": citation.n,
                "quote": citation.quote,
                "source": passage.source,
                "turn": passage.turn,
                "point": passage.point,
                "speaker": passage.speaker,
                "held": passage.held.value,
                "gold": bool(bearing),
                "verbatim": holds(citation, known.passages),
            }
        )
    asker = "zh" if question.script.startswith("zh") else question.script
    return {
        "id": question.id,
        "question": question.question,
        "script": question.script,
        "type": question.type,
        "twin": question.twin,
        "pair": f"{asker}→{known.langs(question.gold)}",
        "expect": question.expect,
        "history": list(question.history),
        "answer": answer.text if answer else "",
        "refused": (answer.refused or "") if answer else "",
        "error": error,
        "sentences": [
            {"text": one.text, "cites": list(one.cites), "faults": faults_of(one, spoken.citations)}
            for one in spoken.sentences
        ]
        if spoken
        else [],
        "citations": citations,
        "gold": [
            {
                "source": gold.source,
                "turn": gold.turn,
                "point": gold.point,
                "block": gold.block,
                "quote": gold.quote,
                "passages": known.bearing(gold),
                "cited": n in cited,
            }
            for n, gold in enumerate(question.gold)
        ],
        "ranking": [passage.id for passage in said.ranking[:DEPTH]] if said else [],
        "ms": ms,
    }


# ---- the index


@contextmanager
def indexed(
    transcripts: Sequence[tuple[Path, Transcript]], encoder: Encoder, target_units: float | None = None
) -> Iterator[PassageIndex]:
    """An index of the transcripts in a scratch folder, for as long as it is used; cut near `target_units` if given."""
    with TemporaryDirectory(prefix="chuchu-eval-") as folder:
        index = PassageIndex.create(Path(folder) / "index.sqlite", encoder)
        try:
            index.add(transcripts, target=target_units or TARGET_UNITS)
            yield index
        finally:
            index.close()


# ---- where and with what


def machine() -> dict[str, Any]:
    """What a figure must be read with: the cores that this process may use, not those of the whole machine; system."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": cores,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def commit() -> str:
    """The commit of the code, with -dirty behind it when files have changed since; "unknown" outside a checkout."""
    git = ["git", "--no-optional-locks", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def _code() -> str:
    # The commit does not tell two states of a changed checkout apart; a run must not be resumed across an edit.
    files = sorted(file for name in PACKAGES for file in (ROOT / name).rglob("*") if file.suffix in (".py", ".tsv"))
    return _sha("\0".join(file.read_text(encoding="utf-8") for file in files))


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
