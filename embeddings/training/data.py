"""What the encoder is trained on: parallel rows, questions with their passages, lexicons; and the part held out.

A folder of training data has `parallel/*.tsv.gz` (English, tab, Chinese, in the order of the documents),
`lexicon/*.tsv.gz` (the same under a header row) and `qa/*.jsonl.gz` (query, positive, lang). Nothing here knows of
models. Every text leaves this file folded to simplified script, half width and lower case, as the encoder reads it.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from embeddings.lexical import fold

__all__ = ["HELD_OUT", "Pair", "Question", "passages", "read_lexicon", "read_parallel", "read_questions", "sample"]

HELD_OUT = 50  # one row of so many, from the end of each file, is the dev split: never trained on
DEFAULT_SHARE = 0.1
# How much of a file is trained on. The machine-translated technical files hold two thirds of all rows and would drown
# the law, everyday and health text that is nearer to what officials say.
SHARES = {
    "mojlaw_tw_law": 0.45,
    "ms_dynamics_finance_docs": 0.3,
    "ms_skype_telecom_docs": 0.5,
    "python_docs_zhcn": 0.4,
    "tatoeba_manythings": 1.0,
    "tico19_covid": 1.0,
    "tensorflow_docs": 0.5,
    "angular_docs_zh": 0.5,
    "hf_course": 1.0,
    "esp_faq": 1.0,
    "paddle_docs": 0.0,  # a tenth is not a translation at all
}
UNJOINED = ("tatoeba_manythings", "tico19_covid")  # neighbouring rows are not from one text


@dataclass(frozen=True, slots=True)
class Pair:
    """The same said in English and in Chinese."""

    english: str
    chinese: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question or heading, the passage that answers it, and its language: en, zh, or zh-en for Chinese on English."""

    query: str
    positive: str
    lang: str


def read_parallel(folder: Path, held_out: bool = False) -> dict[str, list[Pair]]:
    """Pairs of every file of `folder`/parallel by its name, in order; of the held-out end with `held_out`.

    Raises FileNotFoundError when there is no such file, ValueError naming file and line of a malformed row.
    """
    return {_name(path): _part(list(_pairs(path)), held_out) for path in _files(folder / "parallel", "*.tsv.gz")}


def read_lexicon(folder: Path) -> list[Pair]:
    """Entries of every file of `folder`/lexicon, in order. Raises as `read_parallel` does."""
    return [
        pair
        for path in _files(folder / "lexicon", "*.tsv.gz")
        for pair in list(_pairs(path))[1:]
        if pair.english.strip()
    ]


def read_questions(folder: Path, held_out: bool = False) -> dict[str, list[Question]]:
    """Questions of every file of `folder`/qa by its name, in order; no passage is in both parts.

    Raises as `read_parallel` does.
    """
    found = {}
    for path in _files(folder / "qa", "*.jsonl.gz"):
        rows = list(_questions(path))
        # The cut falls between passages: what was trained on must not be what is asked for.
        held = {row.positive for row in _part(rows, held_out=True, least=200)}
        found[_name(path)] = [row for row in rows if (row.positive in held) == held_out]
    return found


def passages(pairs: Sequence[Pair], words: int = 90) -> list[Pair]:
    """Neighbouring pairs joined to texts of about `words` English words, which is how long the indexed passages are."""
    found: list[Pair] = []
    run: list[Pair] = []
    for pair in pairs:
        run.append(pair)
        if sum(len(one.english.split()) for one in run) >= words:
            found.append(Pair(" ".join(one.english for one in run), " ".join(one.chinese for one in run)))
            run = []
    return found


def sample(files: dict[str, list[Pair]], random_: random.Random, run: int) -> list[list[Pair]]:
    """Runs of `run` neighbouring pairs, of each file what its share says, shuffled.

    Neighbours are about the same thing and so are the hard negatives of each other.
    """
    runs = []
    for name, pairs in files.items():
        starts = list(range(0, len(pairs), run))
        wanted = random_.sample(starts, round(len(starts) * SHARES.get(name, DEFAULT_SHARE)))
        runs += [list(pairs[start : start + run]) for start in wanted]
    random_.shuffle(runs)
    return runs


def _name(path: Path) -> str:
    return path.name.partition(".")[0]


_Row = TypeVar("_Row")


def _part(rows: list[_Row], held_out: bool, least: int = 0) -> list[_Row]:
    cut = len(rows) - min(max(len(rows) // HELD_OUT, least), len(rows) // 4)
    return rows[cut:] if held_out else rows[:cut]


def _files(folder: Path, pattern: str) -> list[Path]:
    found = sorted(folder.glob(pattern))
    if not found:
        raise FileNotFoundError(f"{folder}: no file {pattern}; expected the training data; name its folder: --data DIR")
    return found


def _pairs(path: Path) -> Iterator[Pair]:
    for number, line in _lines(path):
        cells = line.split("\t")
        if len(cells) < 2 or not cells[1].strip():
            raise ValueError(
                f"{path}:{number}: {line[:60]!r}; expected English, a tab, Chinese; mend or delete the line"
            )
        yield Pair(fold(cells[0]), fold(cells[1]))


def _questions(path: Path) -> Iterator[Question]:
    for number, line in _lines(path):
        try:
            row = json.loads(line)
            yield Question(fold(row["query"]), fold(row["positive"]), str(row["lang"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f'{path}:{number}: {line[:60]!r} ({error}); expected {{"query", "positive", "lang"}}; mend or delete it'
            ) from error


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}; expected gzip-compressed UTF-8; fetch the file again") from error
