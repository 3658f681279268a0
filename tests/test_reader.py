"""What the reader finds in a source file: turns, roles, pairs, points, blocks, dates; and that it never breaks."""

from __future__ import annotations

import doctest
import gc
import json
import time
from bisect import bisect_left
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpus.dates
import corpus.points
import corpus.reader
from corpus.clean import clean
from corpus.reader import parse, read
from corpus.transcript import Segment, Transcript, TranscriptError, Turn, When

_ROOT = Path(__file__).resolve().parents[1]
_SEEDS = _ROOT.parent / "shared" / "seeds"
_GOLD: dict[str, Any] = json.loads((_ROOT / "tests" / "cases" / "structure.json").read_text("utf-8"))
_CASES: list[dict[str, Any]] = json.loads((_ROOT / "tests" / "cases" / "reader.json").read_text("utf-8"))


def _line(transcript: Transcript, place: int) -> int:
    breaks = [at for at, char in enumerate(transcript.raw) if char == "\n"]
    return bisect_left(breaks, transcript.offsets[place]) + 1


def _gold_turn(transcript: Transcript, turn: Turn) -> dict[str, Any]:
    return {
        "lines": [_line(transcript, turn.start), _line(transcript, turn.end - 1)],
        "speaker": turn.speaker,
        "role": turn.role,
        "outlet": turn.outlet,
        "question": turn.question,
        "segments": [[_line(transcript, part.start), part.point, part.block] for part in turn.segments],
    }


@pytest.mark.skipif(not _SEEDS.is_dir(), reason="the five seed transcripts lie beside the project, not in it")
@pytest.mark.parametrize("name", [name for name in _GOLD if name.endswith(".txt")])
def test_read_finds_the_structure_of_a_seed(name: str) -> None:
    gold = _GOLD[name]
    transcript = read(_SEEDS / name)
    assert [_gold_turn(transcript, turn) for turn in transcript.turns] == gold["turns"]
    for key in ("kind", "lang", "script", "publisher", "address"):
        assert getattr(transcript, key) == gold[key], key
    for key in ("held", "published"):
        when = getattr(transcript, key)
        assert [when.value, when.known] == gold[key], key
    for key in ("title", "event"):
        written = getattr(transcript, key)
        if gold[key] is None:
            assert written == ""
            continue
        line, first, last = gold[key]
        assert written.startswith(first) and written.endswith(last) and "\n" not in written
        assert _line(transcript, transcript.text.index(written)) == line


def _read_case(case: dict[str, Any], folder: Path) -> Transcript:
    path = folder / case.get("file", "case.txt")
    path.write_bytes("\n".join(case["text"]).encode())
    return read(path)


def _shown_turn(turn: Turn) -> str:
    return " | ".join(str(part) if part else "-" for part in (turn.speaker, turn.role, turn.outlet, turn.question))


def _shown_segment(transcript: Transcript, part: Segment, length: int) -> str:
    words = transcript.text[part.start : part.end].replace("\n", " ")
    return f"{part.point or '-'} {part.block or '-'} {words}"[:length]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in _CASES])
def test_read(case: dict[str, Any], tmp_path: Path) -> None:
    transcript = _read_case(case, tmp_path)
    if "turns" in case:
        assert [_shown_turn(turn) for turn in transcript.turns] == case["turns"]
    if "points" in case:
        parts = [part for turn in transcript.turns for part in turn.segments]
        lengths = [*map(len, case["points"]), *[99] * len(parts)]
        shown = [_shown_segment(transcript, part, length) for part, length in zip(parts, lengths, strict=False)]
        assert shown == case["points"]
    for key, expected in case.get("is", {}).items():
        assert str(getattr(transcript, key)) == expected, key
    _assert_sound(transcript)


def _assert_sound(transcript: Transcript) -> None:
    """Every promise of the types: numbers, spans in order, text without blank ends, offsets, pairs that exist."""
    assert len(transcript.offsets) == len(transcript.text)
    assert list(transcript.offsets) == sorted(transcript.offsets)
    place = 0
    for number, turn in enumerate(transcript.turns, start=1):
        assert turn.number == number
        assert (turn.start, turn.end) == (turn.segments[0].start, turn.segments[-1].end)
        for part in turn.segments:
            words = transcript.text[part.start : part.end]
            assert place <= part.start < part.end and words == words.strip()
            place = part.end
        if turn.question is not None:
            assert transcript.turn(turn.question).role == "reporter" and turn.question < number


def test_read_keeps_the_raw_place_of_every_character_of_markdown(tmp_path: Path) -> None:
    body = ["# 湖", "", "**周安平：** 水(shuǐ)更**清**了，", "见[图](https://example.org/a)。", "- `两`成"]
    lines = ["---", "title: 湖", "---", *body]
    path = tmp_path / "湖.md"
    path.write_text("\r\n".join(lines), "utf-8")
    transcript = read(path)
    assert "更清了，\n见图。" in transcript.text
    assert not set("*`#[") & set(transcript.text)
    shown = [(transcript.raw[at], char) for at, char in zip(transcript.offsets, transcript.text, strict=True)]
    assert all(raw == char for raw, char in shown if raw not in "\r\n")
    assert "title" not in transcript.text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2031年 Q1 (Final).txt", "2031年-q1-final"),
        ("../Weird__name.MD", "weird__name"),
        ("a/../b c.txt", "b-c"),
        ("…….txt", None),
        ("..", None),
    ],
)
def test_an_id_holds_only_letters_that_are_safe_and_is_never_empty(name: str, expected: str | None) -> None:
    found = parse(name, "Lake", clean("Lake")).id
    assert found == expected if expected else found.startswith("t-") and len(found) == 10


def test_no_control_character_of_a_name_or_of_front_matter_is_shown() -> None:
    said = {"title": "Lakes\x1b]0;owned\x07", "event": "湖\u202e区\n治理", "publisher": "\u009b31mTimes"}
    found = parse("lake\x1b[31m.md", "Lake", clean("Lake"), said)
    assert (found.title, found.event, found.publisher) == ("Lakes]0;owned", "湖区 治理", "31mTimes")
    assert found.source == "lake[31m.md"
    with pytest.raises(TranscriptError, match=r"^lake\[31m\.md: found no word"):
        parse("lake\x1b[31m.md", "", clean(""))


@pytest.mark.parametrize(
    ("written", "last"), [("9999-12", "9999-12-31"), ("2031-02", "2031-02-28"), ("9999", "9999-12-31")]
)
def test_a_partial_date_spans_its_month_or_year_to_the_end_of_the_calendar(written: str, last: str) -> None:
    span = When(written, "stated").span()
    assert span and span[1].isoformat() == last


@pytest.mark.parametrize("text", ["", "\n\n", "12 34 56", "< 1 2 3 >", "——\n7,5 %"])
def test_a_text_without_a_word_is_refused_by_name(text: str) -> None:
    with pytest.raises(TranscriptError, match=r"^lake\.txt: found no word.*expected a transcript"):
        parse("lake.txt", text, clean(text))


_ODD = """
Reporter: How?|记者：好吗？|周安平：|Zhou Anping: Yes.|First, a.|Second, b; third, c.|一是；二是。|（一）|1. x|2)|①②③
最后，完。|Next, we will go.|下一步，|## Next|**A:** *b*|- c|[d](e)|2031-02-30|Jan. 3|3月3日消息，今日举行发布会。
held a briefing today|来源：|https://[|:|：|Q:|---|Thank you?|请周安平回答。|İ:|² x|٣. y|Moderator: A, b|（|·：|A·B：c
以下为实录|\ufeff|[]|[A]|[:]|By|二是|1月99日|Finally, d.
"""
_LINES = st.sampled_from(_ODD.replace("\n", "|").split("|"))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_LINES, st.text(max_size=12)), max_size=14), st.sampled_from(["a.txt", "a.md"]))
def test_odd_lines_are_read_soundly_or_refused(lines: list[str], name: str) -> None:
    raw = "\n".join(lines)
    try:
        transcript = parse(name, raw, clean(raw), {"held": lines[0] if lines else "", "kind": "?"})
    except TranscriptError:
        return
    _assert_sound(transcript)


@pytest.mark.parametrize(
    "line",
    [
        "Zhou Anping: We did it. First, we laid 9 km; second, we lit them. Next, we will rest.\n",
        "周安平：去年，一是修路；二是架桥。下一步，我们将养护。\n",
        "First, a lake was cleaned and the reeds were planted again by many volunteers.\n",
        "Aa Bb, the of and for Cc Dd " * 40 + "\n",
        "Wang Fang " * 9 + ":\n",
    ],
)
def test_a_megabyte_is_read_in_two_seconds(line: str) -> None:
    raw = line * (1_000_000 // len(line.encode()))
    cleaned = clean(raw)
    # What other tests have left in memory is not looked through again and again on this one's time.
    gc.collect()
    gc.freeze()
    start = time.process_time()
    parse("long.txt", raw, cleaned)
    took = time.process_time() - start
    gc.unfreeze()
    assert took < 2


@pytest.mark.parametrize("module", [corpus.reader, corpus.points, corpus.dates])
def test_examples_in_docstrings_hold(module: Any) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
