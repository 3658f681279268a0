"""A timeline on the page: how its figures and times are written, its table and its drawing. No browser, no index."""

from __future__ import annotations

import doctest
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from assistant import Answer, Change, Citation, Point, Sentence, Timeline, chart, page, wording
from assistant.wording import amount, axis_period, changed, period
from corpus.figures import Figure
from corpus.folding import simplified
from corpus.periods import Period
from corpus.transcript import Known, Lang, Passage, Script, When

CASES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "cases/wording.json").read_text(encoding="utf-8")
)
HOSTILE: list[str] = json.loads((Path(__file__).parent / "cases/page_hostile.json").read_text(encoding="utf-8"))
TEXT = "We opened 12 bridges."
PASSAGE = Passage(
    id="roads/1/0-21",
    transcript="roads",
    source="roads.txt",
    turn=1,
    start=0,
    end=len(TEXT),
    text=TEXT,
    offsets=range(len(TEXT)),
    lang="en",
    script="Latn",
    held=When("2022-03-01", "stated"),
    speaker="Ann Bo",
)


def figure(value: str, when: str = "2021", unit: str = "bridge", **rest: Any) -> Figure:
    kind = rest.pop("kind", "result")
    known: Known = rest.pop("known", "stated") if when else "unknown"
    return Figure(PASSAGE.id, 10, 20, Decimal(value), unit, "bridges opened", Period(when, known), kind, **rest)


def point(n: int, value: str, when: str = "2021", unit: str = "bridge", **rest: Any) -> Point:
    about = {name: rest.pop(name) for name in ("relation", "other", "change", "also") if name in rest}
    cited = rest.pop("passage", PASSAGE)
    return Point(figure(value, when, unit, **rest), Citation(n, cited, 0, len(TEXT)), **about)


def bridges(*points: Point, gaps: Sequence[str] = ()) -> Timeline:
    return Timeline("bridges", "bridges opened", "bridges opened", "新开桥梁", points, tuple(gaps))


def shown(timeline: Timeline, lang: Lang = "en", script: Script = "Latn", **rest: Any) -> str:
    """The talk with one answer that is the timeline."""
    cited = {one.n: one for point in timeline.points for one in (point.citation, *point.also)}
    answer = Answer("?", lang, script, "Over time:", (), tuple(cited.values()), timeline=timeline)
    return page.conversation([page.Exchange("How many?", replace(answer, **rest), done=True)])


def rows(html: str) -> list[str]:
    """The table's rows as a reader of the English page sees them, its head first."""
    table = re.sub(
        r'<span class="t" lang="zh-\w+">[^<]*</span>', "", html[html.index("<table") : html.index("</table>")]
    )
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)]


def drawing(html: str) -> ElementTree.Element:
    """The drawing, which stands by itself as XML too."""
    return ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + len("</svg>")])


def labels(html: str, look: str) -> list[str]:
    return ["".join(text.itertext()) for text in drawing(html).iter("text") if text.get("class") == look]


# How things are written


@pytest.mark.parametrize("case", CASES["amounts"], ids=lambda case: case["en"])
def test_a_value_is_written_exactly_in_each_language(case: dict[str, Any]) -> None:
    given = figure(case["value"], unit=case["unit"], bound=case.get("bound", ""))
    given = replace(given, high=Decimal(case["high"])) if "high" in case else given
    assert {tag: amount(given, tag) for tag in ("en", "zh-Hans", "zh-Hant")} == {
        tag: case[tag] for tag in ("en", "zh-Hans", "zh-Hant")
    }


@pytest.mark.parametrize("case", CASES["periods"], ids=lambda case: case["period"])
def test_a_period_is_written_in_words_and_short(case: dict[str, Any]) -> None:
    assert [period(case["period"], tag) for tag in ("en", "zh-Hans")] == [case["en"], case["zh-Hans"]]
    deadline = case.get("deadline", [case["en"], case["zh-Hans"]])
    assert [period(case["period"], tag, deadline=True) for tag in ("en", "zh-Hans")] == deadline
    assert [list(axis_period(case["period"], tag)) for tag in ("en", "zh-Hans")] == case["axis"]
    assert simplified(period(case["period"], "zh-Hant")) == case["zh-Hans"]


def test_a_change_has_its_sign_and_says_when_it_is_rough() -> None:
    rise = Change(Decimal(108), Decimal("49.8"), "2021", True)
    assert (changed(rise, "app", "en"), changed(rise, "app", "zh-Hans")) == ("+108 (+49.8%)", "+108（+49.8%）")
    fall = Change(Decimal("-2500000"), Decimal("-0.50"), "2021", False)
    assert changed(fall, "app", "en") == "about −2.5 million (−0.5%)"
    assert changed(fall, "app", "zh-Hant") == "約−250萬（−0.5%）"
    assert changed(Change(Decimal(0), Decimal(0), "2021", True), "app", "en") == "±0 (±0%)"
    assert changed(Change(Decimal(4), None, "2021", True), "app", "en") == "+4"


def test_a_percentage_changes_by_points_and_not_by_percent_of_percent() -> None:
    change = Change(Decimal("19.8"), Decimal("247.5"), "2020", True)
    assert changed(change, "%", "en") == "+19.8 percentage points"
    assert changed(change, "%", "zh-Hans") == "+19.8个百分点"


def test_the_examples_in_the_code_hold() -> None:
    assert [doctest.testmod(module).failed for module in (wording, chart)] == [0, 0]


# The table


def test_a_row_says_when_how_much_what_changed_and_whence() -> None:
    late = replace(PASSAGE, held=When("2023-02", "inferred"))
    change = Change(Decimal(3), Decimal("25.0"), "2021", True)
    html = shown(
        bridges(
            point(1, "12"),
            point(
                2,
                "15",
                "2022-Q1",
                bound="over",
                known="inferred",
                relation="newer",
                other=0,
                change=change,
                passage=late,
            ),
        )
    )
    assert rows(html) == [
        "Period Value Change Source",
        "2021 stated 12 bridges result Source 1: Ann Bo, 2022-03-01 1 2022-03-01",
        "First quarter of 2022 inferred more than 15 bridges result +3 (+25%) computed · newer period · against 2021 "
        "Source 2: Ann Bo, 2023-02 2 2023-02 (inferred)",
    ]
    assert "said by nobody" in html


def test_the_table_speaks_the_language_and_script_of_the_asker() -> None:
    points = point(1, "12", known="inferred"), point(2, "120000", "/2025", kind="target", bound="over")
    assert [row.split(" Source")[0] for row in rows(shown(bridges(*points), "zh", "Hans"))] == [
        "时期 数值 变化 出处", "2021年 推定 12个 结果", "到2025年底 原文写明 超过12万个 计划",
    ]  # fmt: skip
    assert [row.split(" Source")[0] for row in rows(shown(bridges(*points), "zh", "Hant"))] == [
        "時期 數值 變化 出處", "2021年 推定 12個 結果", "到2025年底 原文寫明 超過12萬個 計劃",
    ]  # fmt: skip


def test_chips_of_a_timeline_are_those_of_any_answer() -> None:
    again = Citation(2, replace(PASSAGE, speaker="Cai Lan"), 0, 5)
    html = shown(bridges(point(1, "12", also=(again,))))
    sentence = Sentence(TEXT, (1, 2))
    cited = (Citation(1, PASSAGE, 0, len(TEXT)), again)
    plain = page.conversation([page.Exchange("?", Answer("?", "en", "Latn", "", (sentence,), cited), done=True)])
    chips = re.findall(r'<button type="button" class="chip".*?</button>', plain)
    assert len(chips) == 2
    assert re.findall(r'<button type="button" class="chip".*?</button>', html) == chips


@pytest.mark.parametrize(
    ("relation", "kind", "words"),
    [
        ("revised", "result", "result revised from 12 bridges"),
        ("conflict", "result", "result in conflict with 12 bridges"),
        ("target", "target", "plan against result 12 bridges"),
        ("newer", "cumulative", "total newer period"),
        ("", "change", "change"),
    ],
)
def test_what_a_point_is_and_is_to_another_is_said_in_words(relation: Any, kind: Any, words: str) -> None:
    other = 0 if relation else None
    html = shown(bridges(point(1, "12"), point(2, "15", relation=relation, other=other, kind=kind)))
    assert rows(html)[2].startswith(f"2021 stated 15 bridges {words} Source 2")


def test_a_change_between_periods_of_different_length_says_so() -> None:
    change = Change(Decimal(3), Decimal("25.0"), "2021-Q1", True, even=False)
    html = shown(bridges(point(1, "12", "2021-Q1"), point(2, "15", "2022", change=change)))
    assert "against first quarter of 2021 · a period of another length" in rows(html)[2]


def test_an_undated_point_is_last_in_the_table_and_not_drawn() -> None:
    html = shown(bridges(point(1, "12"), point(2, "15", "2022"), point(3, "40", "")), "en")
    assert rows(html)[3].startswith("undated 40 bridges")
    assert labels(html, "amount") == ["12", "15"]
    assert "Not drawn: 1 (undated or not comparable)" in html


def test_years_of_which_nothing_is_recorded_are_rows_and_breaks() -> None:
    points = point(1, "12", "2015"), point(2, "15", "2017"), point(3, "40", "/2020-12-31"), point(4, "9", "")
    html = shown(bridges(*points, gaps=("2016", "2018", "2019")))
    assert [row.split()[0] for row in rows(html)] == ["Period", "2015", "2016:", "2017", "2018–2019:", "End", "undated"]
    assert rows(html)[2] == "2016: no result recorded"
    assert "2018–2019：没有结果的记录" in shown(bridges(*points, gaps=("2018", "2019")), "zh", "Hans")
    assert labels(html, "when") == ["2015", "2016", "2017", "2018–2019", "2020", "end"]
    grounds = [path.get("d", "") for path in drawing(html).iter("path")]
    assert [ground.count("M") for ground in grounds] == [1, 4, 1, 4, 1]  # a break has two ends and two strokes


def test_the_table_takes_the_place_of_the_sentences_that_say_the_same() -> None:
    html = shown(bridges(point(1, "12")), sentences=(Sentence("12 bridges (result)", (1,)),))
    assert "12 bridges (result)" not in html
    assert html.index("Over time:") < html.index("<table")


def test_without_points_what_comes_nearest_is_named() -> None:
    html = shown(Timeline("tunnels", nearest=("bridges <opened>", "roads")))
    assert "<li>bridges &lt;opened&gt;</li><li>roads</li>" in html
    assert "<table" not in html and "<svg" not in html
    assert 'class="timeline"' not in shown(Timeline("tunnels"))


# The drawing


def test_the_drawing_tells_in_words_what_it_shows() -> None:
    html = shown(bridges(point(1, "12"), point(2, "15", "2023", kind="target", bound="over"), gaps=("2022",)))
    svg = drawing(html)
    assert svg.get("role") == "img"
    assert [svg.findtext("title"), svg.findtext("desc")] == [
        "Chart: bridges opened",
        "2021: 12 bridges (result); 2022: no result recorded; 2023: more than 15 bridges (plan)",
    ]
    assert (
        drawing(shown(bridges(point(1, "12"), point(2, "15", "2022")), "zh", "Hant")).findtext("title")
        == "圖：新开桥梁"
    )


def test_columns_are_as_long_as_their_values_and_plans_look_different() -> None:
    html = shown(
        bridges(point(1, "10"), point(2, "40", "2022", kind="target"), point(3, "20", "2022", kind="cumulative"))
    )
    columns = {rect.get("class"): float(rect.get("height", "")) for rect in drawing(html).iter("rect")}
    assert columns == {"result": pytest.approx(26), "target": pytest.approx(104), "cumulative": pytest.approx(52)}
    assert re.findall(r'class="key (\w+)"', html) == ["result", "target", "cumulative"]


def test_a_fall_hangs_below_the_ground() -> None:
    html = shown(bridges(point(1, "5", unit="%"), point(2, "-5", "2022", unit="%")))
    up, down = drawing(html).iter("rect")
    assert float(up.get("y", "")) + float(up.get("height", "")) == pytest.approx(float(down.get("y", "")))
    assert labels(html, "amount") == ["5%", "−5%"]


def test_a_range_has_a_line_up_to_its_upper_end() -> None:
    html = shown(bridges(point(1, "10", high=Decimal(20)), point(2, "20", "2022")))
    assert [rect.get("height") for rect in drawing(html).iter("rect")] == ["52.0", "104.0"]
    assert len([path for path in drawing(html).iter("path") if path.get("class") == "range"]) == 1


def test_only_what_one_scale_can_hold_is_drawn() -> None:
    others = point(3, "8", unit="%", kind="change"), point(4, "7", place="Jilin"), point(5, "3", kind="change")
    html = shown(bridges(point(1, "12"), *others, point(2, "15", "2022")))
    assert labels(html, "amount") == ["12", "15"]
    assert "Not drawn: 3 " in html
    assert "<svg" not in shown(bridges(point(1, "12"), *others))
    assert "<svg" not in shown(bridges(point(1, "12"), point(2, "9" * 400, "2022")))


def test_the_drawing_needs_nothing_from_outside_and_runs_nothing() -> None:
    html = shown(bridges(point(1, "0"), point(2, "0", "2022")))
    assert {element.tag for element in drawing(html).iter()} == {"svg", "title", "desc", "path", "rect", "text"}
    attributes = {name for element in drawing(html).iter() for name in element.attrib}
    assert attributes == {"role", "viewBox", "width", "height", "style", "class", "d", "x", "y"}
    assert "url(" not in html and "http" not in html


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_name_from_outside_becomes_markup(hostile: str) -> None:
    points = point(1, "12", unit=hostile, place=hostile), point(2, "15", "2022", unit=hostile, place=hostile)
    wild = replace(bridges(*points), english=hostile, asked=hostile)
    tame = bridges(point(1, "12", place="Jilin"), point(2, "15", "2022", place="Jilin"))
    names = re.compile(r"<(\w+)((?: [\w-]+(?==))?)")
    assert set(names.findall(shown(wild))) == set(names.findall(shown(tame)))
    assert set(names.findall(shown(Timeline(hostile, nearest=(hostile,))))) == set(
        names.findall(shown(Timeline("tunnels", nearest=("bridges",))))
    )
