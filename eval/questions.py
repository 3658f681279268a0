"""The question sets: what a line of a .jsonl file says, whether transcripts bear it out, and when a text says a thing.

A question names the paragraphs that answer it by turn and point, never by passage, so that a set outlives any way of
cutting. How an answer is scored against it is not known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from corpus.folding import HAN, number_of, simplified, traditional
from corpus.numerals import HAN_DIGITS, of_han
from corpus.transcript import Segment, Transcript, Turn
from embeddings.lexical import fold

__all__ = ["EXPECTED", "MISSES", "SCRIPTS", "TYPES", "Gold", "Question", "check", "lines_of", "read_questions", "says"]

SCRIPTS = ("en", "zh-Hans", "zh-Hant", "mixed")
SILENT = ("unanswerable", "nonsense")  # types to which no transcript has an answer
TYPES = (
    *("figure", "fact", "list", "definition", "who", "when", "timeline", "comparison", "several", "followup"),
    *("false_premise", "attack", *SILENT),
)
EXPECTED = ("answer", "refuse", "correct")
MISSES = ("year", "place", "actor", "indicator", "topic")
BLOCKS = ("done", "next")
MOST_WORDS, MOST_HAN = 6, 10  # of a pin: it finds a paragraph, it does not copy one


@dataclass(frozen=True, slots=True)
class Gold:
    """One paragraph that answers.

    `source` is the file name as a citation shows it, `turn` counts from 1, `point` and `block` are those of the
    paragraph. `quote` stands in it and in no other paragraph of that turn, point and block. `line` is its line in the
    source file, from 1, where a set is kept by line.
    """

    source: str
    turn: int
    point: int | None
    block: str | None
    quote: str
    line: int | None = None

    def paragraphs(self, transcript: Transcript) -> list[Segment]:
        """The paragraphs of the transcript that this names: one when the gold is sound, none when it is not there."""
        if not 1 <= self.turn <= len(transcript.turns):
            return []
        return [
            segment
            for segment in _listed(self, transcript.turn(self.turn))
            if says(transcript.text[segment.start : segment.end], self.quote)
        ]


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what a right answer to it is.

    `gold` is () where the record is silent. `required` has a tuple for each thing that a right answer says; any of its
    strings says it. `forbidden` must not be asserted. `expect` is "answer", "refuse" or "correct": a false premise is
    refused or met with the true figure. `history` are earlier questions of the same user, oldest first. Questions with
    the same `twin` are one question in other languages and scripts. `miss` says by what an unanswerable question
    misses the record. A `note` that holds "computed:" names behind it what is required but stands nowhere as such.
    """

    id: str
    question: str
    script: str
    type: str
    gold: tuple[Gold, ...]
    required: tuple[tuple[str, ...], ...]
    forbidden: tuple[str, ...]
    expect: str
    history: tuple[str, ...] = ()
    twin: str = ""
    miss: str = ""
    note: str = ""


def read_questions(path: Path) -> list[Question]:
    """The questions of a JSON-lines file in UTF-8, in its order; blank lines are passed over.

    Raises ValueError with file:line, what was found and how to mend it: bytes that are not UTF-8, lines that are not
    JSON, unknown, missing or ill-typed fields, values that contradict each other, an id or a question a second time,
    a file without a question. FileNotFoundError when there is no such file.
    """
    questions: list[Question] = []
    seen: dict[str, int] = {}
    for number, line in lines_of(path):
        try:
            question = _question(_parsed(line))
        except ValueError as error:
            raise ValueError(f"{path}:{number}: {error}") from error
        asked = " / ".join((*question.history, question.question))
        for key in (f"id {question.id!r}", f"question {_short(asked, len(asked))}"):
            if key in seen:
                raise ValueError(f"{path}:{number}: {key} a second time, first on line {seen[key]}; change or drop one")
            seen[key] = number
        questions.append(question)
    if not questions:
        raise ValueError(f"{path}:1: no question; expected one JSON object a line; add one")
    return questions


def check(questions: Sequence[Question], transcripts: Iterable[Transcript]) -> list[str]:
    """What the transcripts do not bear out, a line for each fault with the question's id; [] when all is borne out.

    Every gold names one paragraph that is there, by its quote and, where given, its line; of each tuple of `required`
    some string is said by a gold paragraph, is its speaker or is marked as computed; nothing forbidden is said by a
    gold paragraph, for quoting it must be right; twins share their gold.
    """
    known = {transcript.source: transcript for transcript in transcripts}
    faults: list[str] = []
    twins: dict[str, Question] = {}
    for question in questions:
        lost = [fault for gold in question.gold if (fault := _fault(gold, known))]
        if not lost:
            lost = list(_unsaid(question, [_said(gold, known[gold.source]) for gold in question.gold]))
        first = twins.setdefault(question.twin, question) if question.twin else question
        if set(first.gold) != set(question.gold):
            lost.append(f"other gold than its twin {first.id}; give both the same, or other twins")
        faults += [f"{question.id}: {fault}" for fault in lost]
    return faults


def says(text: str, wanted: str) -> bool:
    """Whether the text says what is wanted: in any script, width and case, its figures by value.

    Blanks count only between two Latin words; hyphens are blanks, quotation marks and citation marks [1] nothing. A
    figure is found whole, a word from its beginning (so that a plural is found by its singular).

    >>> says("新建60萬個", "600,000"), says("0.6 million", "60万"), says("1,600 halls", "600"), says("24.2%", "4.2%")
    (True, True, False, False)
    >>> says("two voice lines", "2 voice line"), says("in England", "land"), says("5G", "5")
    (True, False, False)
    """
    sought = _comparable(wanted)
    if not sought:
        raise ValueError(f"nothing is wanted by {wanted!r}; expected a word or a figure")
    edge = "(?<![a-z])" if sought[0].isascii() and sought[0].isalpha() else ""
    return re.search(edge + re.escape(sought), _comparable(text)) is not None


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file that are not blank, stripped, with their numbers from 1; ValueError for other bytes."""
    for number, raw in enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            line = raw.decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{path}:{number}: byte {error.start + 1} of the line is not UTF-8; save the whole file as UTF-8"
            ) from error
        if line:
            yield number, line


def _parsed(line: str) -> object:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{_short(line)} is not JSON ({error.msg}, character {error.pos + 1}); expected one JSON object a line"
        ) from error


def _question(found: object) -> Question:
    row = _row(found, Question, "a question")
    question = Question(
        id=_text(row, "id"),
        question=_text(row, "question"),
        script=_one_of(row, "script", SCRIPTS),
        type=_one_of(row, "type", TYPES),
        gold=tuple(_gold(one) for one in _list(row, "gold")),
        required=tuple(_strings({"required": one}, "required", least=1) for one in _list(row, "required")),
        forbidden=_strings(row, "forbidden"),
        expect=_one_of(row, "expect", EXPECTED),
        history=_strings(row, "history"),
        twin=_text(row, "twin", ""),
        miss=_one_of(row, "miss", ("", *MISSES)),
        note=_text(row, "note", ""),
    )
    for fault in _contradictions(question):
        raise ValueError(fault)
    return question


def _gold(found: object) -> Gold:
    row = _row(found, Gold, "a gold paragraph")
    quote = _text(row, "quote")
    words, han = len(re.findall(r"[a-z0-9][a-z0-9.,'’-]*", quote, re.IGNORECASE)), len(HAN.findall(quote))
    if words > MOST_WORDS or han > MOST_HAN:
        raise ValueError(
            f"quote {quote!r} has {words} words and {han} Han characters; at most "
            f"{MOST_WORDS} and {MOST_HAN} may be; shorten it to what is found in no other paragraph"
        )
    turn, point, line = (_whole(row, key, nothing=key != "turn") for key in ("turn", "point", "line"))
    return Gold(_text(row, "source"), turn or 0, point, _one_of(row, "block", (None, *BLOCKS)), quote, line)


def _contradictions(question: Question) -> Iterator[str]:
    answered = bool(question.gold)
    if question.expect == "answer" and not answered:
        yield "expect is 'answer' but gold is empty; name the paragraphs that answer, or expect 'refuse'"
    if question.expect == "refuse" and (answered or question.required):
        yield "expect is 'refuse' but gold or required is not empty; empty both, or expect 'answer'"
    if (question.expect == "correct") != (question.type == "false_premise" and answered):
        yield (
            f"expect is {question.expect!r} for type {question.type!r} and {len(question.gold)} gold paragraphs; a "
            "false premise expects 'correct' with gold and 'refuse' without, no other type expects 'correct'"
        )
    if question.type in SILENT and question.expect != "refuse":
        yield f"type {question.type!r} expects {question.expect!r}; it can only expect 'refuse'"
    if (question.miss != "") != (question.type == "unanswerable"):
        yield (
            f"miss is {question.miss!r} for type {question.type!r}; unanswerable questions say by what they miss "
            f"({', '.join(MISSES)}), others do not"
        )
    if question.type == "followup" and not question.history:
        yield "a followup without history; give the earlier questions, or another type"
    for one in question.forbidden:
        for wanted in question.required:
            if any(says(other, one) for other in wanted):
                yield f"{one!r} is forbidden and part of what is required, {list(wanted)}; take one of them out"
    asked = " / ".join((*question.history, question.question))
    plain = simplified(asked)
    if question.type != "nonsense" and (question.script == "en") == bool(HAN.search(asked)):
        yield f"script is {question.script!r} but the question is {_short(asked)}; set its script"
    if question.script == "zh-Hans" and plain != asked:
        yield f"script is 'zh-Hans' but simplified the question is {_short(plain)}; write it so, or set 'zh-Hant'"
    if question.script == "zh-Hant" and plain == asked != traditional(asked):
        yield f"script is 'zh-Hant' but {_short(asked)} is simplified; convert it, or set 'zh-Hans'"
    if question.script == "mixed" and not re.search("[a-zA-Zａ-ｚＡ-Ｚ]{2}", asked):
        yield f"script is 'mixed' but no Latin word is in {_short(asked)}; set 'zh-Hans' or 'zh-Hant'"


def _row(found: object, kind: type[Question] | type[Gold], what: str) -> dict[str, Any]:
    known = {one.name: one.default for one in fields(kind)}
    if not isinstance(found, dict):
        raise ValueError(f"{_shown(found)} is not {what}; expected an object with {', '.join(known)}")
    for name in found:
        if name not in known:
            raise ValueError(f"unknown field {name!r} of {what}; known are {', '.join(known)}; correct it or drop it")
    for name, default in known.items():
        if default is MISSING and name not in found:
            raise ValueError(f"{what} without {name!r}; add the field, empty where it does not apply")
    return {name: list(default) if default == () else default for name, default in known.items()} | found


def _text(row: dict[str, Any], key: str, default: str | None = None) -> str:
    value = row[key]
    if not isinstance(value, str) or (not value.strip() and value != default):
        raise ValueError(f"{key} is {_shown(value)}; expected {'a' if default is None else 'an empty or a'} text")
    if re.search("[\ud800-\udfff]", value):
        raise ValueError(f"{key} holds half of a surrogate pair; write the whole character")
    return value


def _one_of(row: dict[str, Any], key: str, known: Sequence[str | None]) -> Any:
    if row[key] not in known:
        raise ValueError(f"{key} is {_shown(row[key])}; expected one of {', '.join(map(_shown, known))}")
    return row[key]


def _whole(row: dict[str, Any], key: str, nothing: bool) -> int | None:
    value = row[key]
    if (value is None and nothing) or (type(value) is int and value >= 1):
        return value
    raise ValueError(f"{key} is {_shown(value)}; expected a whole number from 1{' or null' if nothing else ''}")


def _list(row: dict[str, Any], key: str) -> list[Any]:
    value = row[key]
    if not isinstance(value, list):
        raise ValueError(f"{key} is {_shown(value)}; expected a list")
    return value


def _strings(row: dict[str, Any], key: str, least: int = 0) -> tuple[str, ...]:
    texts = tuple(_text({key: one}, key) for one in _list(row, key))
    if len(texts) < least:
        raise ValueError(f"{key} holds an empty list; expected what says the thing, in both languages; fill or drop it")
    for text in texts:
        if key != "history" and not _comparable(text):
            raise ValueError(f"{key} holds {text!r}, of which nothing can be found in a text; write a word or a figure")
    return texts


def _shown(value: object) -> str:
    return _short(json.dumps(value, ensure_ascii=False))


def _short(text: str, most: int = 60) -> str:
    return repr(text if len(text) <= most else f"{text[:most]}…")


def _fault(gold: Gold, known: dict[str, Transcript]) -> str:
    """What is wrong with the gold, "" when it names one paragraph."""
    transcript = known.get(gold.source)
    if transcript is None:
        return f"gold in {gold.source!r}; the transcripts are {', '.join(sorted(known)) or 'none'}; correct the name"
    if gold.turn > len(transcript.turns):
        return f"gold in turn {gold.turn} of {gold.source!r}, which has {len(transcript.turns)}; correct the number"
    found = gold.paragraphs(transcript)
    if not found:
        places = [
            f"turn {turn.number} point {one.point} block {one.block}"
            for turn in transcript.turns
            for one in turn.segments
            if says(transcript.text[one.start : one.end], gold.quote)
        ]
        return (
            f"{gold.quote!r} is not in turn {gold.turn} point {gold.point} block {gold.block} of {gold.source!r}, "
            f"but in {' and '.join(places) or 'no paragraph'}; correct the quote or the place"
        )
    if len(found) > 1:
        return (
            f"{gold.quote!r} is in {len(found)} paragraphs of that place in {gold.source!r}; quote what is in one only"
        )
    if gold.line is not None:
        line = transcript.raw.count("\n", 0, transcript.offsets[found[0].start]) + 1
        if gold.line != line:
            return f"gold on line {gold.line} of {gold.source!r}; {gold.quote!r} is on line {line}; correct the line"
    return ""


def _said(gold: Gold, transcript: Transcript) -> str:
    """The words of the gold paragraph and who speaks them."""
    (found,) = gold.paragraphs(transcript)
    turn = transcript.turn(gold.turn)
    return "\n".join(filter(None, (transcript.text[found.start : found.end], turn.speaker, turn.outlet)))


def _unsaid(question: Question, said: Sequence[str]) -> Iterator[str]:
    computed = question.note.partition("computed:")[2]
    for wanted in question.required:
        if not any(says(text, one) for text in (*said, computed) for one in wanted):
            yield (
                f"none of {list(wanted)} is said by its gold; correct the string or the gold, or name it in the note "
                "behind 'computed:'"
            )
    for one in question.forbidden:
        if any(says(text, one) for text in said):
            yield f"{one!r} is forbidden but said by its gold; take it out, for the paragraph may be quoted"


def _listed(gold: Gold, turn: Turn) -> list[Segment]:
    return [one for one in turn.segments if (one.point, one.block) == (gold.point, gold.block)]


@lru_cache(maxsize=4096)
def _comparable(text: str) -> str:
    plain = re.sub(r"\[\d+\]", "", fold(text))
    plain = re.sub(r"(?<=\d)[-‐-―~](?=\d)|[-‐-―_]", " ", plain)
    plain = re.sub("[\"'“”‘’「」『』《》]", "", _FIGURE.sub(_by_value, plain))
    return re.sub(r"(?<![a-z])\s+|\s+(?![a-z])", "", re.sub(r"\s+", " ", plain))


_ONES = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
_SCALES = {
    **{"k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6, "million": 10**6},
    **{"bn": 10**9, "billion": 10**9, "tn": 10**12, "trillion": 10**12},
    **{"百": 100, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7},
    **{"亿": 10**8, "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12},
}
_HAN_BELOW_WAN = "零〇一二两三四五六七八九十百千"
_WORD = (
    rf"(?:{'|'.join(_TENS)})(?: (?:{'|'.join(list(_ONES)[1:10])}))?|{'|'.join(sorted(_ONES, key=len, reverse=True))}"
)
# A figure as it may be written: 1,600 · 24.2% · 百分之八 · 60万 · 十八点二亿 · 二〇二二 · twenty-nine · 1.47 trillion.
# Digits with a letter beside them are a name (5G, IPv6), and so is 千 before 兆.
_FIGURE = re.compile(
    rf"(?P<share>百分之)?(?:(?<![a-z0-9])(?<!\d\.)(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?(?![\d])|\d+(?:\.\d+)?)"
    rf"|(?<![{_HAN_BELOW_WAN}万亿])(?P<han>[{_HAN_BELOW_WAN[:-2]}][{_HAN_BELOW_WAN}]*(?:点[零〇一二三四五六七八九]+)?)"
    rf"|(?<![a-z0-9])(?P<word>{_WORD})(?![a-z])(?P<hundred> hundred(?![a-z]))?)"
    r"(?:\s*(?P<scale>thousand|million|billion|trillion|k|mn?|bn|tn)(?![a-z0-9])"
    r"|\s*(?P<han_scale>[十百千万]?亿|[十百千]?万|百|千(?!兆))|(?:st|nd|rd|th)(?![a-z0-9])|(?![a-z0-9]|\.\d))"
    r"(?P<percent>\s*(?:%|per ?cent(?![a-z])))?"
)


def _by_value(match: re.Match[str]) -> str:
    if match["digits"]:
        value = Decimal(match["digits"].replace(",", ""))
    elif match["han"]:
        han = of_han(match["han"])
        if han is None and not set(match["han"]) <= HAN_DIGITS.keys():
            return match[0]  # a name such as 十百千
        value = Decimal(number_of(match["han"].replace("两", "二"))) if han is None else han
    else:
        tens, _, ones = match["word"].partition(" ")
        value = Decimal(_TENS.get(tens, _ONES.get(tens, 0)) + _ONES.get(ones, 0)) * (100 if match["hundred"] else 1)
    value *= _SCALES.get(match["scale"] or match["han_scale"] or "", 1)
    percent = "%" if match["share"] or match["percent"] else ""
    return f"\ue000{value.normalize():f}\ue001{percent}"
