"""Which citations and sentences hold: altered ones never, faithful ones always, over the briefings that ship.

cases/mutations.json holds sentences as a careful chat model writes them, each with the passage that it cites and with
changes of one figure, unit, time, kind or name, all written by hand.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant import Answer
from assistant.cite import Citation, Sentence, checked, faults, holds
from assistant.lock import lacking
from assistant.settings import BRIEFINGS
from corpus.chunk import passages_of, sentence_spans
from corpus.reader import read
from corpus.transcript import Passage, When

FOLDER = Path(__file__).parent / "cases"
ORIGINALS: list[dict[str, Any]] = json.loads((FOLDER / "mutations.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    """Every passage of the briefings that ship."""
    return [passage for file in sorted(BRIEFINGS.glob("*.md")) for passage in passages_of(read(file))]


@pytest.fixture(scope="module")
def cited(passages: list[Passage]) -> list[Citation]:
    """What each original cites, in their order: the whole passage."""
    found = []
    for original in ORIGINALS:
        fitting = [p for p in passages if p.transcript == original["transcript"] and original["words"] in p.text]
        assert fitting, original
        found.append(whole(fitting[0]))
    return found


def whole(passage: Passage, n: int = 1) -> Citation:
    return Citation(n, passage, 0, len(passage.text))


def changed() -> Iterator[tuple[int, str, str]]:
    """The place of the original, what was changed, and the sentence that this makes."""
    for place, original in enumerate(ORIGINALS):
        for what, old, new in original["changed"]:
            assert original["sentence"].count(old) == 1, (original["sentence"], old)
            yield place, what, original["sentence"].replace(old, new)


# ---- the number lock


def test_no_sentence_that_holds_is_found_at_fault(cited: list[Citation]) -> None:
    assert len(ORIGINALS) >= 100
    alarms = [(one["sentence"], faults(one["sentence"], [there])) for one, there in zip(ORIGINALS, cited, strict=True)]
    assert [alarm for alarm in alarms if alarm[1]] == []


def test_every_change_of_a_figure_a_unit_a_time_a_kind_or_a_name_is_caught(cited: list[Citation]) -> None:
    changes = list(changed())
    assert len([what for _, what, _ in changes if what in ("figure", "unit", "period", "year")]) >= 200
    assert [(what, sentence) for place, what, sentence in changes if not faults(sentence, [cited[place]])] == []


FERRY = "In 2031 the port added 40 berths, up 8% on the year before. About 1.2 million people took the night ferry."
渡輪 = "２０３１年新建泊位四十個，比上年增長８％。夜間渡輪計劃明年運送旅客超過一百二十萬人次，其中三分之一是學生。"


def passage(text: str, **facts: Any) -> Passage:
    about: dict[str, Any] = {"lang": "en", "script": "Latn", "held": When("2032-02-10", "stated")} | facts
    return Passage("port/1/0-9", "port", "port.md", 1, 0, len(text), text, range(len(text)), **about)


def at_fault(sentence: str, *quotes: str, **facts: Any) -> bool:
    return bool(faults(sentence, [whole(passage(quote, **facts)) for quote in quotes]))


@pytest.mark.parametrize(
    "sentence",
    [
        "40 berths were added in 2031.",
        "2031年新增40个泊位，同比增长8%。",
        "Forty berths were added, 8 percent more than the year before.",
        "约120万人乘坐了夜间渡轮。",
        "Last year 40 berths were added.",
        "The port said on 10 February 2032 that 40 berths were added in 2031.",
    ],
)
def test_a_figure_holds_however_it_is_written(sentence: str) -> None:
    assert not at_fault(sentence, FERRY)


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("The port added 41 berths.", "figure"),
        ("The port added 40 berths for 8 companies.", "figure"),
        ("Berths were up 8 percentage points.", "figure"),
        ("The port added 40 berths in 2032.", "time"),
        ("On 11 February 2032 the port said that 40 berths were added.", "time"),
        ("The port is to add 40 berths.", "planned"),
        ("Berths were down 8%.", "up"),
        ("1.2 million people took the night ferry.", "exact"),
        ("Over 1.2 million people took the night ferry.", "exact"),
        ("The F7 ferry carried about 1.2 million people.", "number"),
    ],
)
def test_a_fault_is_told_in_words(sentence: str, why: str) -> None:
    assert any(why in fault for fault in faults(sentence, [whole(passage(FERRY))]))


def test_what_the_source_says_in_full_width_and_traditional_script_is_the_same_figure() -> None:
    facts: dict[str, Any] = {"lang": "zh", "script": "Hant"}
    assert not at_fault("In 2031, 40 new berths were built, 8% more than in the previous year.", 渡輪, **facts)
    assert not at_fault(
        "More than 1.2 million passengers are to be carried in 2033, one third of them students.", 渡輪, **facts
    )
    assert at_fault("More than 1.2 million passengers are to be carried in 2032.", 渡輪, **facts)
    assert at_fault("More than 1.2 million passengers were carried.", 渡輪, **facts)
    assert at_fault("More than 1.2 million passengers are to be carried, two thirds of them students.", 渡輪, **facts)


def test_relative_time_holds_where_the_day_of_the_event_is_unknown_and_a_year_does_not() -> None:
    undated = "Last year 40 berths were added."
    assert not at_fault("去年新增泊位40个。", undated, held=When())
    assert at_fault("今年新增泊位40个。", undated, held=When())
    assert at_fault("40 berths were added in 2031.", undated, held=When())


def test_a_year_may_stand_for_its_quarter_and_a_half_may_not() -> None:
    quarter = "In the first quarter of 2031 the port added 40 berths."
    assert not at_fault("40 berths were added in 2031.", quarter)
    assert at_fault("40 berths were added in the first half of 2031.", quarter)
    assert at_fault("40 berths had been added by the end of 2031.", quarter)


def test_fewer_is_not_more_and_a_difference_may_be_told_in_another_language() -> None:
    fewer = "In 2031 the port built 700 fewer berths than in 2030."
    assert not at_fault("2031年新建泊位比2030年减少700个。", fewer)
    assert at_fault("2031年新建泊位比2030年增加700个。", fewer)
    assert at_fault("In 2031 the port built 700 more berths than in 2030.", fewer)


def test_the_name_of_the_event_tells_the_time_that_its_words_leave_out() -> None:
    event = {"event": "Press conference on the port in 2031"}
    assert not at_fault("In 2031, 40 berths were added.", "40 berths were added.", **event)
    assert at_fault("In 2032, 40 berths were added.", "40 berths were added.", **event)


def test_a_sentence_may_rest_on_several_citations_and_a_figure_on_one_of_them() -> None:
    plan = "The plan for 2033 is to add 70 berths."
    assert not at_fault("After 40 berths in 2031, 70 are to be added in 2033.", FERRY, plan)
    assert at_fault("After 40 berths in 2031, 70 are to be added in 2033.", FERRY)
    assert at_fault("After 70 berths in 2031, 40 are to be added in 2033.", FERRY, plan)


def test_what_cites_nothing_is_at_fault_and_what_is_quoted_word_for_word_is_not() -> None:
    assert faults("Cranes are green.", []) == ["nothing is cited"]
    assert faults(FERRY, [whole(passage(FERRY))]) == []
    assert faults("Cranes are green.", [whole(passage(FERRY))]) == []  # no figure: not for this check to say


# ---- citations


def test_a_citation_holds_only_with_words_that_stand_in_a_passage_that_was_retrieved() -> None:
    there = passage(FERRY)
    known = {there.id: there}
    assert holds(Citation(1, there, 8, 40), known)
    assert not holds(Citation(1, there, 8, 40), {})
    assert not holds(Citation(1, there, 8, 8), known)
    assert not holds(Citation(1, there, -4, 40), known)
    assert not holds(Citation(1, there, 8, len(FERRY) + 1), known)
    assert not holds(Citation(1, passage(FERRY.replace("40", "70")), 8, 60), known)
    assert not holds(Citation(1, there, 2, 3), known)  # a blank


def answer(*sentences: Sentence, citations: tuple[Citation, ...]) -> Answer:
    return Answer("How many berths?", "en", "Latn", "The port:", sentences, citations)


def test_what_does_not_hold_is_removed_and_the_rest_numbered_again() -> None:
    here, other = passage(FERRY), replace(passage("Cranes are green."), id="port/1/10-19")
    forged = replace(here, id="port/9/0-9")
    given = answer(
        Sentence("41 berths were added.", (1,)),
        Sentence("40 berths were added.", (4, 2)),
        Sentence("Cranes are green.", (3,)),
        Sentence("So said nobody.", (2,)),
        citations=(whole(other, 1), whole(forged, 2), whole(other, 3), whole(here, 4)),
    )
    made = checked(given, [here, other])
    assert [(one.text, one.cites) for one in made.sentences] == [
        ("40 berths were added.", (2,)),
        ("Cranes are green.", (1,)),
    ]
    assert [(one.n, one.passage.id) for one in made.citations] == [(1, other.id), (2, here.id)]
    assert checked(made, [here, other]) == made


def test_an_answer_of_which_nothing_holds_is_refused() -> None:
    here = passage(FERRY)
    made = checked(answer(Sentence("41 berths were added.", (1,)), citations=(whole(here),)), [here])
    assert (made.refused, made.sentences, made.citations, made.lead) == ("nothing_found", (), (), "")
    assert checked(made, []) is made


def test_every_sentence_of_the_briefings_holds_against_its_own_passage(passages: list[Passage]) -> None:
    for one in passages:
        for start, end in sentence_spans(one.text):
            assert lacking(one.text[start:end], one, 0, len(one.text)) == {}
            assert lacking(one.text[start:end], one, start, end) == {}


# ---- cost


def test_a_sentence_is_checked_in_two_milliseconds(cited: list[Citation]) -> None:
    begin = time.process_time()
    for original, citation in zip(ORIGINALS, cited, strict=True):
        faults(original["sentence"], [citation])
    assert (time.process_time() - begin) / len(ORIGINALS) < 0.02  # ten times as long on a busy machine


HOSTILE = ("1", "a1 ", "一", "1,", "14th ", "5.", "40 berths ", "2031, ", "十亿")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_sentence_or_source_costs_no_more_than_its_length(hostile: str) -> None:
    begin = time.process_time()
    faults(hostile * (2_000 // len(hostile)), [whole(passage(FERRY))])
    assert not at_fault("70 berths were added.", f"{hostile * 300}. 70 berths were added.")
    assert time.process_time() - begin < 4


@pytest.mark.parametrize("row", ["40 berths ", "2021年增长8%，", "5G基站40万个", "in 2021 40 berths, "])
def test_a_source_of_thousands_of_figures_is_read_in_three_seconds(row: str) -> None:
    source = whole(passage(row * (50_000 // len(row))))
    begin = time.process_time()
    assert faults("70 berths were added in 2031.", [source])
    faults(row * (1_900 // len(row)), [source])
    assert time.process_time() - begin < 2 * 3 * 2  # two sentences, twice as long on a busy machine


def test_a_sentence_without_end_is_at_fault_unread() -> None:
    assert faults("1 " * 50_000, [whole(passage(FERRY))]) == ["100,000 characters; a sentence has at most 2,000"]
