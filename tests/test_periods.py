"""Which period the words of a briefing mean, and when that is not known. The forms stand in cases/periods.json."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.periods import Period, periods
from corpus.transcript import When

CASES: dict[str, Any] = json.loads((Path(__file__).parent / "cases/periods.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["forms"], ids=lambda case: " ".join(map(str, list(case.values())[:-1])))
def test_a_written_form_means(case: dict[str, Any]) -> None:
    day = When(case["day"], "stated") if "day" in case else When()
    found = periods(case["text"], day, case.get("year"))
    written = [[case["text"][mention.start : mention.end], *_said(mention.period)] for mention in found]
    assert written == case["periods"]


def _said(period: Period) -> tuple[str, str]:
    return period.value, period.known


@pytest.mark.parametrize("text", CASES["none"])
def test_no_period_is_seen_in(text: str) -> None:
    assert periods(text, When("2022-01-20", "stated")) == []


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2021", date(2021, 1, 1), date(2021, 12, 31)),
        ("2022-H2", date(2022, 7, 1), date(2022, 12, 31)),
        ("2022-Q1", date(2022, 1, 1), date(2022, 3, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2022-01-20", date(2022, 1, 20), date(2022, 1, 20)),
        ("2023-Q1/2023-Q3", date(2023, 1, 1), date(2023, 9, 30)),
        ("/2022-12-31", None, date(2022, 12, 31)),
        ("2022/", date(2022, 1, 1), None),
    ],
)
def test_a_period_spans(value: str, first: date | None, last: date | None) -> None:
    assert Period(value, "stated").span() == (first, last)


def test_an_unknown_period_spans_no_day() -> None:
    assert Period().span() == (None, None)


@pytest.mark.parametrize(
    "value",
    ["22", "2022-13", "2022-00", "2022-Q5", "2022-H3", "2022-02-30", "2023/2021", "/", "2021/22", "２０２１", "x"],
)
def test_a_period_is_refused_when_its_value_is(value: str) -> None:
    with pytest.raises(ValueError):
        Period(value, "stated")


def test_a_period_is_known_exactly_when_it_has_a_value() -> None:
    with pytest.raises(ValueError):
        Period("2021", "unknown")
    with pytest.raises(ValueError):
        Period("", "inferred")


@given(
    st.text(
        "今去年底一三季度月日上半二〇12390- 至,。of the first quarter last year since by end May 截İＱ", max_size=60
    )
)
def test_mentions_stand_in_order_and_apart(text: str) -> None:
    done = 0
    for mention in periods(text, When("2022-01-20", "stated")):
        assert done <= mention.start < mention.end <= len(text)
        done = mention.end


@given(st.text("今去年底一季度上半月12 ,。 last year this first quarter of", max_size=40))
def test_without_a_day_and_a_year_nothing_is_inferred(text: str) -> None:
    assert all(mention.period.known != "inferred" for mention in periods(text) if "20" not in text)


ROWS = (
    "2 一 ， 2021 2021年 2021- 年 月 1月 1、 至 十 前 年底 比一季度 二〇二一年 "
    "last_ first_ the_year_ by_the_end_of_ q1_ January_ May than_May_ _"
)


@pytest.mark.parametrize("row", ROWS.split())
def test_reading_takes_linear_time_on(row: str) -> None:
    text = "2021年" + row.replace("_", " ") * (100_000 // len(row))
    begin = perf_counter()
    periods(text, When("2022-01-20", "stated"))
    assert perf_counter() - begin < 10
