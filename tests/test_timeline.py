"""Figures over time: their order, what changed, and what is called newer, revised, a target or a conflict."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from assistant.cite import Citation
from assistant.export import as_csv
from assistant.printed import plain, printed_timeline
from assistant.telling import tag_of, worded
from assistant.timeline import Point, Timeline, gaps_of, series
from corpus.figures import Figure, FigureKind
from corpus.periods import Period
from corpus.quantities import Bound
from corpus.transcript import Passage, When

Cited = tuple[Figure, Citation]


def told(
    value: str,
    period: str,
    kind: FigureKind = "result",
    held: str = "2023-06-01",
    transcript: str = "",
    bound: Bound = "",
    at: int = 0,
    **facts: Any,
) -> Cited:
    """A figure that a passage of its own gives at an event on that day; `at` is its place in the passage."""
    words = f"The night ferry carried {value} cars."
    day = When(held, "stated") if held else When()
    name = transcript or f"ferry-{held}-{value}"
    text = " ".join([words] * (at + 1))
    passage = Passage(name, name, f"{name}.txt", 1, 0, len(text), text, range(len(text)), "en", "Latn", held=day)
    begin = at * (len(words) + 1)
    place = (begin + words.index(value), begin + words.index(value) + len(value))
    when = Period(period, "stated") if period else Period()
    figure = Figure(passage.id, *place, Decimal(value), "car", "cars carried", when, kind, bound, **facts)
    return figure, Citation(1, passage, begin, begin + len(words))


def values(points: tuple[Point, ...]) -> list[str]:
    return [str(point.figure.value) for point in points]


def labels(*figures: Cited) -> list[tuple[str, str, int | None]]:
    return [(str(point.figure.value), point.relation, point.other) for point in series(figures)]


# ---- order


def test_points_stand_in_the_order_of_their_periods_ends_and_undated_ones_last_by_event() -> None:
    given = [
        told("9", "", held="2023-06-01"),
        told("4", "2022-Q1/2022-Q3"),
        told("8", "", held="2021-06-01"),
        told("2", "2021"),
        told("5", "/2022-12-31"),
        told("1", "2021-Q1"),
        told("3", "2022-03"),
        told("6", "2023/", held="2023-06-01"),
    ]
    assert values(series(given)) == ["1", "2", "3", "4", "5", "6", "8", "9"]


def test_a_result_stands_before_the_target_of_the_same_period() -> None:
    assert values(series([told("60", "2022", "target"), told("65", "2022"), told("20", "2022-Q1")])) == [
        "20",
        "65",
        "60",
    ]


def test_what_runs_since_a_time_ends_with_its_event() -> None:
    early, late = told("5", "2022/", "cumulative", "2022-09-01"), told("8", "2022/", "cumulative", "2023-01-18")
    middle = told("7", "2022-10", "cumulative")
    assert values(series([late, middle, early])) == ["5", "7", "8"]


def test_citations_are_numbered_in_the_order_of_the_points_and_one_sentence_has_one_number() -> None:
    late, early = told("5", "2022"), told("4", "2021")
    target = (replace(early[0], kind="target"), early[1])
    assert [(p.figure.kind, p.citation.n) for p in series([late, early, target])] == [
        ("result", 1),
        ("target", 1),
        ("result", 2),
    ]


# ---- repeats


def test_a_repeated_figure_is_one_point_with_the_citation_of_the_first_event() -> None:
    late = told("217", "2021", held="2022-04-18")
    early = told("217", "2021", held="2022-01-20")
    (point,) = series([late, early])
    assert point.citation.passage.held.value == "2022-01-20"
    assert [one.passage.held.value for one in point.also] == ["2022-04-18"]
    assert (point.citation.n, [one.n for one in point.also], point.relation) == (1, [2], "")


def test_a_figure_said_twice_in_one_sentence_is_not_cited_beside_itself() -> None:
    once = told("217", "2021")
    (point,) = series([once, once])
    assert point.also == ()


def test_undated_repeats_are_one_point_only_where_they_were_said_on_one_day() -> None:
    apart = [told("100", "", held="2022-04-18"), told("100", "", held="2023-01-18")]
    assert len(series(apart)) == 2
    assert len(series([apart[0], told("100", "", held="2022-04-18", transcript="another")])) == 1
    assert len(series([told("100", "", held="", transcript="a"), told("100", "", held="", transcript="b")])) == 2


def test_the_same_value_as_target_and_as_result_or_in_another_unit_stays_apart() -> None:
    assert len(series([told("60", "2022"), told("60", "2022", "target")])) == 2
    figure, citation = told("60", "2022")
    assert len(series([(figure, citation), (replace(figure, unit="ship"), citation)])) == 2


# ---- relations


def test_a_result_of_a_later_period_is_newer() -> None:
    assert labels(told("217", "2021"), told("325", "2022"), told("648", "2023")) == [
        ("217", "", None),
        ("325", "newer", 0),
        ("648", "newer", 1),
    ]


def test_another_value_for_a_period_is_a_revision_when_a_later_event_gives_it() -> None:
    assert labels(told("650", "2022", held="2023-04-20"), told("648", "2022", held="2023-01-18")) == [
        ("648", "", None),
        ("650", "revised", 0),
    ]


@pytest.mark.parametrize(("one", "other"), [("2023-01-18", "2023-01-18"), ("2023-01-18", ""), ("2023", "2023-01-18")])
def test_another_value_for_a_period_is_a_conflict_when_no_event_is_known_to_be_later(one: str, other: str) -> None:
    found = series([told("648", "2022", held=one), told("650", "2022", held=other)])
    assert sorted((point.relation, point.other) for point in found) == [("conflict", 0), ("conflict", 1)]


def test_a_target_is_told_from_the_nearest_result() -> None:
    assert labels(told("65", "2021"), told("60", "2022", "target"), told("88", "2022")) == [
        ("65", "", None),
        ("88", "newer", 0),
        ("60", "target", 1),
    ]
    assert labels(told("65", "2021"), told("60", "2022", "target"))[1] == ("60", "target", 0)


def test_two_targets_for_one_period_are_compared_with_each_other() -> None:
    early, late = told("60", "2022", "target", "2022-01-20"), told("70", "2022", "target", "2022-06-20")
    assert labels(early, late) == [("60", "", None), ("70", "revised", 0)]


def test_results_targets_changes_totals_places_and_units_are_never_compared_with_each_other() -> None:
    one = told("648", "2022")
    for other in (
        told("650", "2022", "cumulative"),
        told("650", "2022", "change"),
        told("650", "2022", place="fujian"),
        told("650", ""),
        told("650", "2022-Q4"),
    ):
        assert [label for _, label, _ in labels(one, other)] == ["", ""]


@pytest.mark.parametrize(
    ("value", "bound", "exact"),
    [("3200", "over", "3250"), ("650", "about", "654"), ("660", "nearly", "654"), ("700", "under", "654")],
)
def test_a_rounded_value_does_not_contradict_the_exact_one(value: str, bound: Bound, exact: str) -> None:
    assert [label for _, label, _ in labels(told(value, "2022", bound=bound), told(exact, "2022"))] == ["", ""]


def test_a_rounded_value_contradicts_what_it_leaves_out() -> None:
    for bound, value in (("over", "3100"), ("over", "3300.1"), ("nearly", "3201"), ("under", "3201")):
        found = labels(told("3200", "2022", bound=bound), told(value, "2022"))  # type: ignore[arg-type]
        assert [label for _, label, _ in found] == ["conflict", "conflict"], (bound, value)


def test_what_stands_side_by_side_in_one_sentence_is_of_two_things() -> None:
    figure, citation = told("33", "2022")
    beside = (replace(figure, value=Decimal(137)), citation)
    found = series([(figure, citation), beside, told("20", "2021")])
    assert [point.relation for point in found] == ["", "newer", "newer"]
    assert [point.change for point in found] == [None, None, None]


# ---- changes


def change(*figures: Cited) -> tuple[str, str | None, str, bool, bool] | None:
    found = series(figures)[-1].change
    if found is None:
        return None
    percent = None if found.percent is None else str(found.percent)
    return str(found.difference), percent, found.since, found.exact, found.even


def test_a_change_is_exact_to_the_last_digit() -> None:
    assert change(told("217", "2021"), told("325", "2022")) == ("108", "49.8", "2021", True, True)
    assert change(told("0.1", "2021"), told("0.3", "2022")) == ("0.2", "200.0", "2021", True, True)
    assert change(told("325", "2021"), told("217", "2022")) == ("-108", "-33.2", "2021", True, True)
    # 25/800 = 3.125 %; a half goes up
    assert change(told("800", "2021"), told("826", "2022")) == ("26", "3.3", "2021", True, True)
    long = "1" + "0" * 40
    assert change(told(long, "2021"), told(f"{long}.5", "2022")) == ("0.5", "0.0", "2021", True, True)


def test_a_change_from_nothing_has_no_percentage_and_neither_has_one_of_shares() -> None:
    assert change(told("0", "2021"), told("5", "2022")) == ("5", None, "2021", True, True)
    shares = [told("49.9", "2021"), told("55.5", "2022")]
    assert change(*((replace(figure, unit="%"), citation) for figure, citation in shares)) == (
        "5.6",
        None,
        "2021",
        True,
        True,
    )


def test_a_change_of_rounded_values_is_called_rough() -> None:
    assert change(told("200", "2021", bound="over"), told("325", "2022")) == ("125", "62.5", "2021", False, True)


def test_a_change_is_against_the_last_period_of_the_same_length_else_the_last_one() -> None:
    quarter, year, next_quarter = told("10", "2022-Q1"), told("50", "2022"), told("12", "2023-Q1")
    assert change(quarter, year, next_quarter) == ("2", "20.0", "2022-Q1", True, True)
    assert change(told("217", "2021"), told("325", "2022-Q1")) == ("108", "49.8", "2021", True, False)
    assert change(told("5", "/2021-12-31"), told("8", "/2022-12-31")) == ("3", "60.0", "/2021-12-31", True, True)


def test_no_change_leads_to_or_from_a_target_a_conflict_a_change_a_range_or_what_is_undated() -> None:
    first = told("50", "2021")
    for other in (told("60", "2022", "target"), told("8", "2022", "change"), told("60", "", held="2023-06-01")):
        assert change(first, other) is None
        assert change(other, told("70", "2023")) is None
    assert change(first, told("60", "2022", high=Decimal(70))) is None
    clash = [told("60", "2022", transcript="a"), told("61", "2022", transcript="b")]
    assert [point.change for point in series([first, *clash])] == [None] * 3
    assert change(first, *clash, told("80", "2023")) == ("30", "60.0", "2021", True, True)


def test_a_change_takes_the_revised_value() -> None:
    early, late = told("60", "2022", held="2023-01-18"), told("62", "2022", held="2023-04-20")
    points = series([told("50", "2021"), early, late, told("93", "2023")])
    differences = [point.change and str(point.change.difference) for point in points]
    assert differences == [None, None, "12", "31"]


# ---- gaps and limits


def test_years_without_a_result_are_gaps_and_a_target_fills_none() -> None:
    points = series([told("1", "2018"), told("2", "2020", "target"), told("3", "2022"), told("9", "2025", "target")])
    assert gaps_of(points) == ("2019", "2020", "2021")
    assert gaps_of(series([told("1", "2018/2020"), told("2", "/2021-12-31")])) == ()
    assert gaps_of(series([told("1", ""), told("2", "2020", "target")])) == ()
    assert gaps_of(()) == ()


def test_since_and_until_leave_out_what_lies_outside_and_what_is_undated() -> None:
    given = [told("1", "2020"), told("2", "2021"), told("3", "2022-Q3"), told("4", "/2022-12-31"), told("5", "")]
    assert values(series(given, since=date(2021, 12, 31))) == ["2", "3", "4"]
    assert values(series(given, until=date(2021, 1, 1))) == ["1", "2"]
    assert values(series(given, date(2022, 1, 1), date(2022, 9, 1))) == ["3"]
    assert values(series(given)) == ["1", "2", "3", "4", "5"]


def test_no_figures_are_no_points() -> None:
    assert series([]) == ()


# ---- as an answer


@pytest.mark.parametrize(
    ("asked", "first", "computed"),
    [
        ("cars carried", ("2021: ", "217 cars (result)"), ("Computed: ", "+108 (+49.8%), against 2021")),
        ("载运的汽车", ("2021年：", "217个（结果）"), ("计算得出：", "+108（+49.8%），较2021年")),
        ("載運的汽車", ("2021年：", "217個（結果）"), ("計算得出：", "+108（+49.8%），較2021年")),
    ],
)
def test_an_answer_gives_each_point_with_its_citation_and_calls_a_change_computed(
    asked: str, first: tuple[str, str], computed: tuple[str, str]
) -> None:
    found = Timeline(asked, points=series([told("217", "2021"), told("325", "2022")]))
    script = {"en": "Latn", "zh-Hans": "Hans", "zh-Hant": "Hant"}[tag_of(asked)]
    sentences = worded(found, "en" if script == "Latn" else "zh", script)  # type: ignore[arg-type]
    assert [(one.label, one.text) for one in (sentences[0], sentences[2])] == [first, computed]
    assert [one.cites for one in sentences] == [(1,), (2,), (1, 2)]


# ---- as it is printed and written


def test_a_table_marks_gaps_undated_points_plans_and_conflicts() -> None:
    found = Timeline(
        "cars carried",
        english="cars carried",
        points=series(
            [
                told("50", "2018"),
                told("60", "2021", transcript="a"),
                told("61", "2021", transcript="b"),
                told("70", "2022", "target"),
                told("75", "", bound="over"),
            ]
        ),
        gaps=("2019", "2020"),
    )
    lines = printed_timeline(found).splitlines()
    assert [line.split("  ")[0] for line in lines[3:10]] == [
        "2018",
        "2019: no result recorded",
        "2020: no result recorded",
        "2021",
        "2021",
        "2022",
        "undated",
    ]
    assert "60 cars · result · in conflict with 61 cars" in lines[6]
    assert "61 cars · result · in conflict with 60 cars" in lines[7]
    assert "70 cars · plan · plan against result" in lines[8]
    assert "more than 75 cars · result" in lines[9]
    assert [line[:3] for line in lines if line.startswith("[")] == ["[1]", "[2]", "[3]", "[4]", "[5]"]


def test_a_table_is_as_wide_as_its_characters() -> None:
    lines = printed_timeline(
        Timeline("汽车", chinese="汽车", points=series([told("5", "2021"), told("60", "2022")]))
    ).splitlines()
    columns = [sum(2 if char > "\u2e80" else 1 for char in line[: line.index("[")]) for line in lines[3:5]]
    assert columns[0] == columns[1]


def test_csv_cells_from_a_source_cannot_be_formulas() -> None:
    figure, citation = told("5", "2021")
    text = '=HYPERLINK("x") The night ferry carried 5 cars.'
    passage = replace(citation.passage, text=text, offsets=range(len(text)), source="@a.txt")
    hostile = replace(citation, passage=passage, end=len(text))
    row = list(csv.reader(as_csv(Timeline("x", points=series([(figure, hostile)]))).splitlines()))[1]
    assert row[-3:] == ["'@a.txt", citation.passage.id, f"'{text}"]


@pytest.mark.parametrize(
    ("value", "written"),
    [("5", 5), ("24.2", 24.2), ("1.47E+12", 1_470_000_000_000), ("0.1234567890123456789", "0.1234567890123456789")],
)
def test_json_keeps_every_digit(value: str, written: int | float | str) -> None:
    assert plain(Decimal(value)) == written
    assert type(plain(Decimal(value))) is type(written)
