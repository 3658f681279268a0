"""What written figures say; the cases were written down by hand before the code."""

from __future__ import annotations

import json
import re
import time
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.folding import HAN, traditional
from corpus.quantities import Quantity, quantities

CASES = json.loads((Path(__file__).parent / "cases" / "written_figures.json").read_text("utf-8"))
FIGURES: list[dict[str, str]] = CASES["figures"]
SENTENCES: list[dict[str, Any]] = CASES["sentences"]
PIECES = sorted({piece for case in FIGURES + SENTENCES for piece in re.findall(r"[^\s\d]+ ?|\d+", case["text"])})


def written(text: str) -> list[tuple[str, str, str]]:
    return [(text[one.start : one.end], f"{one.value:f}", one.unit) for one in quantities(text)]


@pytest.mark.parametrize("case", FIGURES, ids=[case["text"] for case in FIGURES])
def test_a_written_figure_has_its_value_its_unit_its_bound_and_its_place(case: dict[str, str]) -> None:
    start = case["text"].index(case["figure"])
    high = Decimal(case["high"]) if case["high"] else None
    end = start + len(case["figure"])
    assert quantities(case["text"]) == [
        Quantity(start, end, Decimal(case["value"]), case["unit"], case["bound"], high)  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize("case", SENTENCES, ids=lambda case: case["text"])
def test_a_sentence_gives_each_of_its_figures_and_nothing_else(case: dict[str, Any]) -> None:
    found = [
        [case["text"][one.start : one.end], f"{one.value:f}", one.unit, one.bound, f"{one.high:f}" if one.high else ""]
        for one in quantities(case["text"])
    ]
    assert found == [[*figure, "", ""][:5] for figure in case["figures"]]  # bound and high stand where there are any


@pytest.mark.parametrize("text", CASES["no figures"])
def test_a_number_that_is_no_figure_is_left_out(text: str) -> None:
    assert written(text) == []


def test_the_cases_are_as_many_as_promised_and_each_is_another() -> None:
    assert len({case["text"] for case in FIGURES}) == len(FIGURES) >= 300
    assert len(set(CASES["no figures"])) == len(CASES["no figures"]) >= 80
    assert len({case["text"] for case in SENTENCES}) == len(SENTENCES) >= 120


@pytest.mark.parametrize("case", [case for case in FIGURES if HAN.search(case["text"])], ids=lambda case: case["text"])
def test_a_figure_is_the_same_in_traditional_script(case: dict[str, str]) -> None:
    (found,) = quantities(traditional(case["text"]))
    assert (found.value, found.unit, found.bound) == (Decimal(case["value"]), case["unit"], case["bound"])


def test_every_unit_has_its_name_in_the_table() -> None:
    table = files("corpus").joinpath("units.tsv").read_text("utf-8").splitlines()[1:]
    named = {line.split("\t")[0] for line in table} | {""}
    used = {part for case in FIGURES for part in case["unit"].partition("/")[0].split("+")}
    assert used <= named


def test_several_figures_stand_in_order_each_with_its_own_unit() -> None:
    assert written("In 2022 the town opened 12 clinics and 3 schools for 8,500 residents, 6% more than in 2021.") == [
        ("12 clinics", "12", "clinic"),
        ("3 schools", "3", "school"),
        ("8,500 residents", "8500", "person"),
        ("6%", "6", "%"),
    ]
    assert written("2022年全市新开诊所12家、学校3所，惠及居民8500人，同比增长6%。") == [
        ("12家", "12", "clinic"),
        ("3所", "3", "school"),
        ("8500人", "8500", "person"),
        ("6%", "6", "%"),
    ]


def test_a_rise_from_one_figure_to_another_is_no_range() -> None:
    assert written("The share rose from 30% to 50%.") == [("30%", "30", "%"), ("50%", "50", "%")]
    assert written("占比从30%到50%") == [("30%", "30", "%"), ("50%", "50", "%")]


def test_an_unknown_noun_gives_no_unit() -> None:
    assert written("They sent 14 gizmos.") == [("14", "14", "")]
    assert written("购置14架飞艇") == [("14架", "14", "")]


def test_numbers_parted_by_a_full_width_comma_are_not_joined() -> None:
    assert written("分别为24，219，300万户")[-1] == ("300万户", "3000000", "household")


def test_offsets_are_those_of_the_text_as_given() -> None:
    text = "İstanbul’da ５Ｇ基地台 ６０萬個；共 ＲＭＢ ３億元"
    assert written(text) == [("６０萬個", "600000", "station"), ("３億元", "300000000", "yuan")]


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_figures_stand_in_order_and_apart(text: str) -> None:
    done = 0
    for one in quantities(text):
        assert done <= one.start < one.end <= len(text)
        assert one.high is None or one.value < one.high
        done = one.end


@pytest.mark.parametrize(
    "row",
    [
        "1",
        "一",
        ",",
        "1,",
        "1.",
        "1-",
        "1 ",
        "万",
        "1万",
        "3个",
        "3 (",
        "one ",
        "几",
        "2022年",
        "每9人有",
        "1+",
        "9 in ",
        "page 1, ",
    ],
)
def test_a_hostile_row_is_read_in_linear_time(row: str) -> None:
    text = row * (100_000 // len(row))
    start = time.process_time()
    quantities(text)
    assert time.process_time() - start < 10  # seconds; quadratic would be minutes
