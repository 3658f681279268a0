"""What is read off a transcript as a figure: value, unit, kind, time, of what; against a ledger kept by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from corpus.chunk import passages_of
from corpus.figures import Figure, figures_of
from corpus.indicators import indicator_named, indicators, indicators_in
from corpus.periods import Period
from corpus.reader import read
from corpus.transcript import Passage, When

ROOT = Path(__file__).parents[1]
SEEDS = ROOT.parent / "shared" / "seeds"
FOLDERS = {"digests": ROOT / "corpus" / "briefings", "seeds": SEEDS}
LEDGER: dict[str, Any] = json.loads((ROOT / "tests" / "cases" / "ledger.json").read_text(encoding="utf-8"))
SLOW = 2  # times as long as alone, on a machine that has other work
CASES: list[dict[str, Any]] = json.loads((ROOT / "tests" / "cases" / "figures.json").read_text(encoding="utf-8"))


def spoken(text: str, held: str = "", *, event: str = "", block: Any = None, point: int | None = None) -> Passage:
    when = When(held, "stated") if held else When()
    han = any("一" <= char <= "鿿" for char in text)
    return Passage(
        "t/1/0-9", "t", "t.txt", 1, 0, len(text), text, range(len(text)), "zh" if han else "en",
        "Hans" if han else "Latn", event=event, held=when, block=block, point=point,
    )  # fmt: skip


def one(text: str, held: str = "", **about: Any) -> Figure:
    (figure,) = figures_of([spoken(text, held, **about)])
    return figure


# ---- the ledger


def lines_and_figures(path: Path) -> Iterator[tuple[int, Figure, str]]:
    transcript = read(path)
    passages = passages_of(transcript)
    by_id = {passage.id: passage for passage in passages}
    for figure in figures_of(passages):
        passage = by_id[figure.passage]
        line = transcript.raw.count("\n", 0, passage.offsets[figure.start]) + 1
        yield line, figure, passage.text[figure.start : figure.end]


def alternatives(value: Any) -> Sequence[str]:
    return value if isinstance(value, list) else [value]


def agrees(figure: Figure, gold: dict[str, Any]) -> bool:
    return (
        figure.value == Decimal(gold["value"])
        and figure.unit in alternatives(gold["unit"])
        and figure.kind == gold["kind"]
        and figure.period.value in alternatives(gold["period"])
    )


@pytest.mark.parametrize("group", ["digests", "seeds"])
def test_the_ledger_is_read_with_precision_and_recall_of_95_percent(group: str) -> None:
    if not FOLDERS[group].is_dir():
        pytest.skip(f"no transcripts in {FOLDERS[group]}")
    gold: list[dict[str, Any]] = LEDGER[group]
    wrong, read_off = [], 0
    left = list(gold)
    for name in sorted({entry["file"] for entry in gold}):
        for line, figure, written in lines_and_figures(FOLDERS[group] / name):
            read_off += 1
            fitting = [e for e in left if (e["file"], e["line"]) == (name, line) and agrees(figure, e)]
            if fitting:
                left.remove(fitting[0])
            else:
                wrong.append(
                    f"{name}:{line}: {written!r} read as {figure.value} {figure.unit} {figure.kind} {figure.period}"
                )
    found = len(gold) - len(left)
    told = "\n".join([*wrong, *(f"missed {e['file']}:{e['line']}: {e['written']}" for e in left)])
    assert found / read_off >= 0.95, told
    assert found / len(gold) >= 0.95, told


@pytest.mark.parametrize("group", ["digests", "seeds"])
def test_bounds_and_bases_are_those_of_the_ledger(group: str) -> None:
    if not FOLDERS[group].is_dir():
        pytest.skip(f"no transcripts in {FOLDERS[group]}")
    wrong = []
    for name in sorted({entry["file"] for entry in LEDGER[group]}):
        gold = [entry for entry in LEDGER[group] if entry["file"] == name]
        for line, figure, written in lines_and_figures(FOLDERS[group] / name):
            fitting = [entry for entry in gold if entry["line"] == line and agrees(figure, entry)]
            if fitting and all((e["bound"], e["base"]) != (figure.bound, figure.base.value) for e in fitting):
                wrong.append(f"{name}:{line}: {written!r}: bound {figure.bound!r}, base {figure.base.value!r}")
    assert wrong == []


# ---- kinds, times and what is counted


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40])
def test_a_figure_is_what_its_words_say(case: dict[str, Any]) -> None:
    figures = figures_of([spoken(case["text"], case.get("held", ""), **case.get("about", {}))])
    assert [str(figure.value.normalize()) for figure in figures] == [
        str(Decimal(wanted["value"]).normalize()) for wanted in case["figures"]
    ]
    wrong = [
        f"{wanted['value']}: {name} {told!r}, not {value!r}"
        for figure, wanted in zip(figures, case["figures"], strict=True)
        for name, value in wanted.items()
        if name != "value" and (told := said_of(figure, name)) not in alternatives(value)
    ]
    assert wrong == []


def said_of(figure: Figure, name: str) -> str:
    value = getattr(figure, name)
    return str(value.value if isinstance(value, Period) else value)


def test_a_point_takes_its_time_from_the_opening_words_of_its_turn_or_of_its_plan() -> None:
    opening = spoken("In the first quarter of 2022, the service was good.")
    point = spoken("First, 33 enterprises set up hotlines.", point=1, block="done")
    plan = spoken("For 2023 there is a plan for the whole industry.", block="next")
    planned = spoken("First, extend it to 100 enterprises.", point=1, block="next")
    assert [figure.period.value for figure in figures_of([opening, point, plan, planned])] == ["2022-Q1", "2023"]


def test_a_review_of_a_year_reports_of_that_year_and_plans_the_next() -> None:
    review = "Press conference on industry in 2021"
    assert one("29 gigabit cities were built.", "2022-01-20", event=review).period.value == "2021"
    assert one("Build 30 gigabit cities this year.", "2022-01-20", event=review, block="next").period.value == "2022"


def test_without_a_day_relative_time_stays_unknown() -> None:
    assert one("Last year 217 websites were adapted.").period.value == ""
    assert one("去年完成217家网站的适老化改造。").period.value == ""


# ---- names


def test_every_row_of_the_table_is_found_by_its_own_names_in_all_scripts() -> None:
    from corpus.folding import traditional

    for row in indicators():
        for name in (row.english, row.chinese, traditional(row.chinese)):
            found = indicators_in(name)
            assert row in found[:2], f"{name!r} finds {[one.english for one in found]}, not {row.english!r}"


def test_one_thing_has_one_name_in_both_languages() -> None:
    texts = (
        "325 websites and apps finished their elderly-friendly transformation.",
        "648家网站和App完成了适老化改造。",
        "已有648家網站和App完成適老化改造。",
        "217 websites and apps underwent age-appropriate renovation.",
    )
    assert {one(text).indicator for text in texts} == {"websites and apps adapted for the elderly"}
    assert indicator_named("websites and apps adapted for the elderly") is not None
    assert indicator_named("no such thing") is None


# ---- hostile input


@pytest.mark.parametrize(
    "text",
    ["1 " * 50_000, "一" * 100_000, "up 5%, " * 15_000, "in 2021 " * 12_000, "增长8%，" * 15_000, "a is " * 20_000],
)
def test_the_time_grows_with_the_length_of_a_text(text: str) -> None:
    begun = time.perf_counter()
    figures_of([spoken(text[: len(text) // 10], "2022-01-20")])
    short = time.perf_counter() - begun
    begun = time.perf_counter()
    figures_of([spoken(text, "2022-01-20")])
    assert time.perf_counter() - begun < max(40 * short, 2)


@pytest.mark.parametrize(
    "row",
    [
        "40 berths ",
        "5G基站40万个",
        "百分之五、",
        "up 5%, ",
        "2021年增长8%，",
        "40 berths than in 2020 and ",
        "已有达到40家",
    ],
)
def test_a_sentence_of_thousands_of_figures_is_read_in_three_seconds(row: str) -> None:
    begun = time.process_time()
    assert len(figures_of([spoken(row * (50_000 // len(row)), "2022-01-20")])) > 1_500
    assert time.process_time() - begun < 3 * SLOW
