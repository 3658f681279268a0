"""A timeline in a real browser: the table and the drawing as they are seen, read out and pressed.

The page and its server are the real ones; the assistant gives an answer made by hand, whose timeline comes last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import test_browser
from made_up import HashEncoder
from test_browser import CONTRAST, Visit, ask, in_view, overflow, served

from assistant import Answer, Assistant, Change, Citation, Point, Timeline, Where
from corpus.figures import Figure, FigureKind
from corpus.folding import read_script
from corpus.periods import Period
from corpus.quantities import Bound
from corpus.transcript import Passage, When
from embeddings.index import PassageIndex

browser, visit = test_browser.browser, test_browser.visit  # fixtures

TEXTS = (
    "Thank you. In 2019 we opened about 1.2 million berths.",
    "2021年至2023年分别新增泊位150万、180万和210万个。",
    "We plan 4 million berths by the end of 2025.",
)


def berths() -> Timeline:
    """Results with a year between of which nothing is recorded, and a plan; too wide a drawing for a telephone."""
    cited = []
    for n, (text, held) in enumerate(zip(TEXTS, ("2020-01-09", "2022-01-12", "2022-01-12"), strict=True), start=1):
        _, lang, script = read_script(text)
        size = len(text)
        passage = Passage(
            f"b{n}/1/0-{size}", f"b{n}", f"b{n}.txt", 1, 0, size, text, range(size), lang, script,
            held=When(held, "stated"), speaker="Ann Bo",
        )  # fmt: skip
        cited.append(Citation(n, passage, 11 if n == 1 else 0, size))

    def figure(value: int, when: str, kind: FigureKind = "result", bound: Bound = "") -> Figure:
        return Figure("", 0, 1, Decimal(value), "berth", "berths", Period(when, "stated"), kind, bound)

    change = Change(Decimal(300000), Decimal("25.0"), "2019", exact=False)
    points = (
        Point(figure(1200000, "2019", bound="about"), cited[0]),
        Point(figure(1500000, "2021"), cited[1], "newer", 0, change),
        Point(figure(1800000, "2022"), cited[1]),
        Point(figure(2100000, "2023"), cited[1]),
        Point(figure(4000000, "/2025-12-31", "target"), cited[2], "target", 3),
    )
    return Timeline("berths", "berths", "berths opened", "新增泊位", points, ("2020",))


class Charting(Assistant):
    """Answers every question with the berths, in the language of the question."""

    def stream(
        self, question: str, history: Sequence[Mapping[str, Any]] = (), where: Where | None = None
    ) -> Iterator[Answer]:
        _, lang, script = read_script(question)
        citations = tuple(berths().citations())
        answer = Answer(question, lang, script, "Berths, over time:", (), citations[:1])
        yield answer
        yield replace(answer, citations=citations, timeline=berths())


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    index = PassageIndex.create(tmp_path_factory.mktemp("berths") / "index.sqlite", HashEncoder())
    with served(Charting(index)) as address:
        yield address
    index.close()


def test_a_timeline_is_a_table_whose_chips_open_the_sources(visit: Visit, address: str) -> None:
    page = visit(address)
    turn = ask(page, "How many berths?")
    table = turn.get_by_role("table", name="Berths opened")
    heads = [row.inner_text().split()[0] for row in table.get_by_role("row").all()]
    assert heads == ["Period", "2019", "2020:", "2021", "2022", "2023", "By"]
    chart = turn.get_by_role("img", name="Chart: berths opened")
    assert chart.bounding_box()["height"] > 100
    assert chart.locator("text.amount").all_text_contents() == [
        "≈1.2 million",
        "1.5 million",
        "1.8 million",
        "2.1 million",
        "4 million",
    ]
    table.get_by_role("button", name="Source 1: Ann Bo, 2020-01-09").click()
    assert page.evaluate("document.activeElement.id") == "source-1-1"
    assert page.locator("#source-1-1 mark").inner_text() == "In 2019 we opened about 1.2 million berths."
    page.locator("#source-1-1 .back").click()
    assert turn.locator(".chip").first.evaluate("chip => chip === document.activeElement")


@pytest.mark.parametrize(
    ("question", "seen"),
    [
        ("How many berths?", "2021 stated"),
        ("新增了多少泊位？", "2021年 原文写明"),
        ("新增了多少泊位？請說", "2021年 原文寫明"),
    ],
)
def test_a_narrow_page_keeps_the_whole_timeline(visit: Visit, address: str, question: str, seen: str) -> None:
    page = visit(address, width=360, height=740)
    turn = ask(page, question)
    assert overflow(page) == 0
    for part in turn.locator("td, th, figcaption, .chip").all():
        box = part.bounding_box()
        assert box is None or (box["x"] >= 0 and box["x"] + box["width"] <= 360)
    # Laid out in lines, it is a table to those who listen.
    assert turn.get_by_role("row").count() == 7
    assert turn.get_by_role("columnheader").count() == 4
    assert " ".join(turn.get_by_role("rowheader").nth(1).inner_text().split()) == seen
    turn.locator(".chip").last.click()
    assert in_view(page, "#source-1-3")
    drawing = turn.locator(".scroll")
    assert drawing.evaluate("box => box.getBoundingClientRect().right") <= 360
    assert drawing.evaluate("box => box.scrollWidth > box.clientWidth") == question.isascii()  # Chinese is shorter


FILLS = """texts => texts.map(text => {
    const ground = getComputedStyle(document.querySelector(".gradio-container")).backgroundColor;
    const light = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
        .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const [a, b] = [light(getComputedStyle(text).fill), light(ground)];
    return [text.textContent, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)];
})"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_timeline_stands_out_from_its_ground(visit: Visit, address: str, theme: str) -> None:
    page = visit(address, theme=theme)
    ask(page, "How many berths?")
    parts = "caption, thead th, tbody th, .amount, .aside, .kind, .gap td, .note, figcaption, .chip".split(", ")
    words = page.evaluate(CONTRAST, [f".timeline :is({part}):not(svg *)" for part in parts])
    drawn = page.locator(".timeline svg text").evaluate_all(FILLS)
    assert len(drawn) == 12
    assert [(part, round(ratio, 2)) for part, ratio in words + drawn if ratio < 4.5] == []
