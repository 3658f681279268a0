"""Public question sets in their own formats, turned into questions and the transcripts to ask them of.

RGB (Chen et al., AAAI 2024): JSON lines with query, answer, positive and negative texts. XQuAD (Artetxe et al., ACL
2020): SQuAD's JSON, the same questions in many languages under the same ids. Nothing is fetched: the user gives a path.
Every text becomes one turn of one transcript, its blanks made single; a text that several questions have stands once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from corpus.folding import HAN, HAN_RANGE, read_script, simplified
from corpus.transcript import Transcript
from eval.measures import transcript_of
from eval.questions import MOST_HAN, MOST_WORDS, Gold, Question, lines_of, says

__all__ = ["FORMATS", "Imported", "imported", "rgb", "write_questions", "xquad"]

FORMATS = ("rgb", "xquad")


@dataclass(frozen=True, slots=True)
class Imported:
    """Questions, and the transcripts that their gold names."""

    questions: tuple[Question, ...]
    transcripts: tuple[Transcript, ...]


def imported(
    form: str, file: Path, asked_in: Path | None = None, silent: bool = False, limit: int | None = None
) -> Imported:
    """What a file of that format holds, with at most `limit` questions. Raises as rgb and xquad do."""
    if form not in FORMATS:
        raise ValueError(f"format is {form!r}; expected one of {', '.join(FORMATS)}")
    if form == "rgb" and asked_in:
        raise ValueError("--asked-in is for xquad; RGB's questions are in its own file")
    if form == "xquad" and silent:
        raise ValueError("--silent is for rgb; every text of XQuAD answers some question")
    found = rgb(file, silent) if form == "rgb" else xquad(file, asked_in)
    return replace(found, questions=found.questions[:limit])


def rgb(file: Path, silent: bool = False) -> Imported:
    """RGB's questions over the texts of all of them together: en, zh and their _refine, _int and _fact files alike.

    Gold are the texts that RGB calls positive. What is required is its answer, each part with its alternatives; the
    false answer of the _fact files is forbidden, and the texts that tell it are there beside the true ones. `silent`
    leaves all positive texts out: refusing is right then (RGB's "negative rejection"). Raises ValueError with file,
    line, what was found and what was expected.
    """
    rows = [(f"{file}:{number}", _object(f"{file}:{number}", line)) for number, line in lines_of(file)]
    texts = _Texts()
    asked = []
    for where, row in rows:
        positive = [] if silent else _texts(where, row, "positive")
        wrong = [] if silent else _texts(where, row, "positive_wrong", default=[])
        turns = [texts.turn(text) for text in positive]
        for text in (*wrong, *_texts(where, row, "negative")):
            texts.turn(text)
        asked.append((where, row, dict(zip(turns, positive, strict=True))))
    questions = []
    for where, row, golds in asked:
        own_id, text = _field(where, row, "id", (int, str)), _field(where, row, "query", (str,))
        required = _required(where, row)
        if not (silent or golds):
            raise ValueError(f"{where}: no positive text; expected at least one, or --silent")
        alternatives = [one for part in required for one in part]
        false = row.get("fakeanswer")
        forbidden = (
            [one for one in _flat(false) if not any(says(other, one) for other in alternatives)] if false else []
        )
        questions.append(
            _question(
                f"rgb-{own_id}",
                text,
                tuple(
                    Gold(file.name, turn, None, None, _pin(where, text, alternatives)) for turn, text in golds.items()
                ),
                () if silent else required,
                tuple(forbidden),
            )
        )
    return _imported(file, questions, texts)


def xquad(file: Path, asked_in: Path | None = None) -> Imported:
    """XQuAD's questions over the paragraphs of `file`; asked in another language with its twin file `asked_in`.

    Gold is the paragraph; its quote is the answer, since a long paragraph is cut into passages of which one answers.
    Required is an answer of either file. Raises ValueError with file, place, what was found and what was expected.
    """
    others = {own_id: (question, answers) for own_id, _, question, answers in _squad(asked_in)} if asked_in else {}
    texts = _Texts()
    questions = []
    for own_id, text, question, answers in _squad(file):
        turn = texts.turn(text)
        if asked_in:
            if own_id not in others:
                raise ValueError(f"{asked_in}: no question {own_id!r}, which {file} has; expected its twin file")
            question, more = others[own_id]
        else:
            more = []
        gold = Gold(file.name, turn, None, None, _pin(f"{file}: question {own_id!r}", text, answers))
        questions.append(_question(own_id, question, (gold,), (tuple(dict.fromkeys([*answers, *more])),)))
    return _imported(file, questions, texts)


def write_questions(questions: Iterable[Question], path: Path) -> None:
    """Write questions as JSON lines, as read_questions reads them."""
    lines = (json.dumps(asdict(question), ensure_ascii=False) + "\n" for question in questions)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


# ---- what both make


class _Texts:
    """Texts, each once, numbered from 1 as they come."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def turn(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers) + 1)


def _question(
    own_id: str,
    text: str,
    gold: tuple[Gold, ...],
    required: tuple[tuple[str, ...], ...],
    forbidden: tuple[str, ...] = (),
) -> Question:
    if HAN.search(text):
        plain = simplified(text) == text
        mixed = read_script(text)[1] == "en"
        script = "mixed" if mixed else "zh-Hans" if plain else "zh-Hant"
    else:
        script = "en"
    kind, expect, miss = ("fact", "answer", "") if gold else ("unanswerable", "refuse", "topic")
    return Question(own_id, text, script, kind, gold, required, forbidden, expect, miss=miss)


def _imported(file: Path, questions: Sequence[Question], texts: _Texts) -> Imported:
    """Questions asked in the same words are one: it may be answered as any of them is."""
    if not questions:
        raise ValueError(f"{file}: no question; expected at least one")
    once: dict[str, Question] = {}
    for question in questions:
        first = once.get(question.question)
        if first is None:
            once[question.question] = question
            continue
        parts = [one for part in (*first.required, *question.required) for one in part]
        once[question.question] = replace(
            first,
            gold=tuple(dict.fromkeys(first.gold + question.gold)),
            required=(tuple(dict.fromkeys(parts)),) if parts else (),
            forbidden=tuple(one for one in first.forbidden if not any(says(other, one) for other in parts)),
        )
    ids = [question.id for question in once.values()]
    if twice := next((one for one in ids if ids.count(one) > 1), None):
        raise ValueError(f"{file}: id {twice!r} a second time with another question; expected every id once")
    lang = read_script(" ".join(texts.numbers))[1]
    return Imported(tuple(once.values()), (transcript_of(list(texts.numbers), lang, file.name),))


_PIECE = re.compile(rf"[{HAN_RANGE}]|[A-Za-z0-9][A-Za-z0-9.,'’%-]*")


def _pin(where: str, text: str, answers: Sequence[str]) -> str:
    """A few words of the text to know it by: of the first answer that it says, else of the text itself."""
    for source in (*(one for one in answers if says(text, one)), text):
        places = [match.span() for match in _PIECE.finditer(source)][:200]
        for first in range(len(places)):
            for last in range(min(first + MOST_WORDS, len(places)) - 1, first - 1, -1):
                pin = source[places[first][0] : places[last][1]]
                if len(HAN.findall(pin)) <= MOST_HAN and says(text, pin):
                    return pin
    raise ValueError(f"{where}: nothing in {text[:60]!r} to know it by; expected words or figures")


# ---- RGB


def _required(where: str, row: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    answer = row.get("answer")
    parts = answer if isinstance(answer, list) else [answer]
    required = tuple(tuple(_flat(part)) for part in parts)
    if not required or not all(required):
        raise ValueError(f"{where}: answer is {_short(answer)}; expected a text, or a list of texts or of alternatives")
    return required


def _flat(found: object) -> list[str]:
    if isinstance(found, list):
        return [text for one in found for text in _flat(one)]
    return [str(found)] if isinstance(found, (str, int, float)) and re.search(r"[^\W_]", str(found)) else []


def _texts(where: str, row: Mapping[str, Any], key: str, default: list[str] | None = None) -> list[str]:
    # The _int files have a list of texts for each part of the answer.
    found = row.get(key, default)
    if not isinstance(found, list):
        raise ValueError(f"{where}: {key} is {_short(found)}; expected a list of texts")
    return [text for one in _flat(found) if (text := " ".join(one.split()))]


# ---- SQuAD's JSON


def _squad(file: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """Id, paragraph, question and answers, in the order of the file."""
    number, whole = 1, file.read_bytes()
    try:
        text = whole.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        number += whole.count(b"\n", 0, error.start)
        raise ValueError(f"{file}:{number}: byte {whole[error.start]:#x}; expected UTF-8; convert the file") from error
    where = str(file)
    for n, article in enumerate(_field(where, _object(where, text), "data", (list,)), start=1):
        place = f"{where}: article {n}"
        for m, paragraph in enumerate(_field(place, article, "paragraphs", (list,)), start=1):
            inner = f"{place}, paragraph {m}"
            context = " ".join(_field(inner, paragraph, "context", (str,)).split())
            for asked in _field(inner, paragraph, "qas", (list,)):
                own_id = _field(inner, asked, "id", (str,))
                answers = [
                    _field(f"{inner}, question {own_id!r}", one, "text", (str,))
                    for one in _field(inner, asked, "answers", (list,))
                ]
                kept = [one for one in dict.fromkeys(answers) if re.search(r"[^\W_]", one)]
                if not kept:
                    raise ValueError(
                        f"{inner}, question {own_id!r}: no answer; expected a text with a word or a figure"
                    )
                yield own_id, context, _field(inner, asked, "question", (str,)), kept


def _object(where: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{where}: {_short(text)} is not JSON ({error.msg}); expected an object") from error
    if not isinstance(found, dict):
        raise ValueError(f"{where}: found {_short(found)}; expected an object")
    return found


def _field(where: str, row: object, key: str, kinds: tuple[type, ...]) -> Any:
    value = row.get(key) if isinstance(row, dict) else None
    if not isinstance(value, kinds) or isinstance(value, bool) or value == "":
        expected = " or ".join({str: "a text", int: "a whole number", list: "a list"}[kind] for kind in kinds)
        raise ValueError(f"{where}: {key} is {_short(value)}; expected {expected}")
    return value


def _short(found: object) -> str:
    text = repr(found)
    return text if len(text) <= 60 else f"{text[:59]}…"
