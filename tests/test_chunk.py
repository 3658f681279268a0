"""Passages: whole sentences of one turn, each sentence once, near the target; sentences found in either language."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.chunk import TARGET_UNITS, passages_of, sentence_spans, units
from corpus.transcript import Segment, Transcript, Turn

# No deadline: how fast the machine is says nothing about the claim.
unhurried = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
EN = st.lists(
    st.sampled_from(["boats", "sail", "at", "dawn", "3.5%", "Dr. Li", "U.S.", "1,200", "5G"]), min_size=1, max_size=40
)
ZH = st.lists(
    st.sampled_from(["渡船", "清晨", "出发", "３.5万", "图书馆", "，", "5G", "（二楼）"]), min_size=1, max_size=40
)
SENTENCES = st.one_of(
    EN.map(lambda words: f"{' '.join(words)} today. "),
    ZH.map(lambda words: f"{''.join(words)}等。"),
    EN.map(lambda words: f"{' '.join(words)} now?! "),
    ZH.map(lambda words: f"“{''.join(words)}！”"),
)
PARAGRAPHS = st.lists(SENTENCES, min_size=1, max_size=8).map(lambda sentences: "".join(sentences).strip())
# A turn: paragraphs, each with its numbered point or none.
TURNS = st.lists(
    st.lists(st.tuples(PARAGRAPHS, st.sampled_from([None, None, 1, 2])), min_size=1, max_size=5), max_size=4
)


@unhurried
@given(TURNS)
def test_passages_hold_every_sentence_once_in_order_and_cut_none(
    paragraphs: list[list[tuple[str, int | None]]],
) -> None:
    transcript = _transcript(paragraphs)
    passages = passages_of(transcript)
    for turn in transcript.turns:
        wanted = [span for s in turn.segments for span in sentence_spans(transcript.text, s.start, s.end)]
        own = [p for p in passages if p.turn == turn.number]
        assert [span for p in own for span in sentence_spans(transcript.text, p.start, p.end)] == wanted


@unhurried
@given(TURNS)
def test_passages_stay_within_one_turn_and_one_point(paragraphs: list[list[tuple[str, int | None]]]) -> None:
    transcript = _transcript(paragraphs)
    for passage in passages_of(transcript):
        turn = transcript.turn(passage.turn)
        assert turn.start <= passage.start < passage.end <= turn.end
        assert passage.speaker == turn.speaker
        inside = [s for s in turn.segments if s.start < passage.end and passage.start < s.end]
        assert {s.point for s in inside} == {passage.point}


@unhurried
@given(TURNS)
def test_passages_are_verbatim_in_order_and_know_their_raw_place(
    paragraphs: list[list[tuple[str, int | None]]],
) -> None:
    transcript = _transcript(paragraphs)
    passages = passages_of(transcript)
    for passage in passages:
        assert passage.text == transcript.text[passage.start : passage.end] == passage.text.strip()
        assert [transcript.raw[at] for at in passage.offsets] == list(passage.text)
    assert all(a.end <= b.start for a, b in pairwise(passages))
    assert len({passage.id for passage in passages}) == len(passages)


@unhurried
@given(TURNS)
def test_a_passage_passes_the_target_by_little_more_than_one_sentence(
    paragraphs: list[list[tuple[str, int | None]]],
) -> None:
    for passage in passages_of(_transcript(paragraphs)):
        longest = max(units(passage.text[a:b]) for a, b in sentence_spans(passage.text))
        assert units(passage.text) <= max(1.5 * TARGET_UNITS, 1.25 * TARGET_UNITS + longest)


def test_neighbouring_paragraphs_are_joined_while_they_fit() -> None:
    paragraph = "word " * 49 + "word."  # 50 units: two fit in 120, three do not
    (a, b, c) = passages_of(_transcript([[(paragraph, None)] * 5]), target=120)
    assert [units(passage.text) for passage in (a, b, c)] == [100, 100, 50]


def test_a_long_paragraph_is_cut_between_sentences_into_like_parts() -> None:
    sentence = "船" * 49 + "船。"  # 30 units; twelve are 360 = 3 times the target
    passages = passages_of(_transcript([[(sentence * 12, None)]]), target=120)
    assert [passage.text for passage in passages] == [sentence * 4] * 3


def test_a_paragraph_up_to_one_and_a_half_times_the_target_stays_whole() -> None:
    sentence = "word " * 19 + "word. "  # 20 units
    assert len(passages_of(_transcript([[(sentence * 9, None)]]), target=120)) == 1
    assert len(passages_of(_transcript([[(sentence * 10, None)]]), target=120)) == 2


def test_a_single_long_sentence_stays_whole() -> None:
    (passage,) = passages_of(_transcript([[("船" * 1_000 + "。", None)]]))
    assert len(passage.text) == 1_001


def test_numbered_points_are_never_joined() -> None:
    passages = passages_of(
        _transcript([[("First, boats.", 1), ("More of it.", 1), ("Second, 船。", 2), ("End.", None)]])
    )
    assert [(passage.text, passage.point) for passage in passages] == [
        ("First, boats.\nMore of it.", 1),
        ("Second, 船。", 2),
        ("End.", None),
    ]


def test_an_answer_carries_the_words_of_its_question() -> None:
    asked, answered = passages_of(_transcript([[("有多少条船？", None)], [("十二条。", None)]], answers={2: 1}))
    assert (asked.question, answered.question) == ("", "有多少条船？")


def test_a_transcript_without_words_has_no_passages() -> None:
    assert passages_of(_transcript([])) == []


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n\n ", []),
        ("。", ["。"]),
        ("船开了。灯亮了！谁在？", ["船开了。", "灯亮了！", "谁在？"]),
        ("她说：“船开了。”灯亮了。", ["她说：“船开了。”", "灯亮了。"]),
        ("It cost 3.5 million. Dr. Li paid.", ["It cost 3.5 million.", "Dr. Li paid."]),
        (
            "At 5 p.m. on Jan. 3 the U.S. ferry left. It rained.",
            ["At 5 p.m. on Jan. 3 the U.S. ferry left.", "It rained."],
        ),
        ("Really?! Yes… no.", ["Really?!", "Yes…", "no."]),
        ('He said "go." Then left', ['He said "go."', "Then left"]),
        ("第一行\n第二行", ["第一行", "第二行"]),
        ("v2.0 of lib.so is out", ["v2.0 of lib.so is out"]),
        ("😀😀", ["😀😀"]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, sentences: list[str]) -> None:
    assert [text[a:b] for a, b in sentence_spans(text)] == sentences


@unhurried
@given(st.text(max_size=200))
def test_sentences_leave_out_nothing_but_blanks(text: str) -> None:
    spans = sentence_spans(text)
    assert all(a < b for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())


def _transcript(turns: list[list[tuple[str, int | None]]], answers: dict[int, int] | None = None) -> Transcript:
    """A transcript of those turns; its raw text has one more character in front of each paragraph."""
    text, raw, made = "", "", []
    offsets: list[int] = []
    for number, paragraphs in enumerate(turns, start=1):
        segments = []
        for words, point in paragraphs:
            between = "\n" if text else ""
            offsets += range(len(raw), len(raw) + len(between))
            raw += f"{between}#"
            offsets += range(len(raw), len(raw) + len(words))
            raw += words
            segments.append(Segment(len(text) + len(between), len(text) + len(between) + len(words), point))
            text += between + words
        question = (answers or {}).get(number)
        made.append(Turn(number, segments[0].start, len(text), tuple(segments), f"speaker {number}", question=question))
    return Transcript("made-up", "made-up.txt", raw, text, offsets, tuple(made), "en", "Latn")
