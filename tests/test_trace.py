"""Which figures words ask for, from an index: planted contradictions, indicators that no table knows, other places."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from made_up import HashEncoder, transcript

from assistant import Assistant
from assistant.cite import faults
from assistant.retrieve import Retriever, Where
from assistant.telling import worded
from assistant.timeline import Timeline, series
from assistant.trace import figures_of_index, timeline_of
from corpus.folding import read_script
from corpus.indicators import indicators
from corpus.transcript import Lang, Script, Segment, Transcript, Turn, When
from embeddings.encoder import BilingualMiniLM
from embeddings.index import PassageIndex

CASES = Path(__file__).parent / "cases"
CONFLICTS = json.loads((CASES / "conflicts.json").read_text(encoding="utf-8"))["cases"]
SERIES = json.loads((CASES / "series.json").read_text(encoding="utf-8"))

Asks = Callable[..., Timeline]


def briefing(number: int, text: str, held: str) -> tuple[Path, Transcript]:
    """A transcript of one turn, and the path it is read from."""
    _, lang, script = read_script(text)
    name = f"briefing-{number}.txt"
    day = When(held, "stated") if held else When()
    whole = (Turn(1, 0, len(text), (Segment(0, len(text)),)),)
    return Path(name), replace(transcript(name, text, lang=lang, script=script, held=day), turns=whole)


@pytest.fixture
def asks(tmp_path: Path, bilingual: BilingualMiniLM) -> Callable[..., Asks]:
    """Makes an index of briefings, (text, day) each, and gives what asks it."""

    def made(*told: tuple[str, str]) -> Asks:
        index = PassageIndex.create(tmp_path / "made.sqlite", bilingual)
        index.add(briefing(number, *one) for number, one in enumerate(told))
        return lambda asked, *times: timeline_of(Retriever(index), asked, *times)

    return made


def values(found: Timeline) -> list[str]:
    return [f"{point.figure.value:f}" for point in found.points]


# ---- contradictions


@pytest.mark.parametrize("case", CONFLICTS, ids=lambda case: str(case["what"]))
def test_two_values_for_one_thing_are_told_apart(case: dict[str, Any], tmp_path: Path) -> None:
    index = PassageIndex.create(tmp_path / "made.sqlite", HashEncoder())
    index.add(briefing(n, one["text"], one["held"]) for n, one in enumerate(case["transcripts"]))
    wanted = [Decimal(value) for value in case["values"]]
    cited = [one for one in figures_of_index(Retriever(index)) if one[0].value in wanted]
    assert len({figure.indicator for figure, _ in cited}) == 1
    points = series(cited)
    of, to = ([point.figure.value for point in points].index(wanted[case[one]]) for one in ("of", "to"))
    assert (points[of].relation, points[of].other) == (case["label"], to)


# ---- which figures


@pytest.mark.parametrize("one", [*SERIES["series"], *SERIES["single"]], ids=lambda one: str(one["indicator"]))
def test_a_series_is_found_under_each_of_its_names_and_holds_nothing_else(
    one: dict[str, Any], briefings: Assistant
) -> None:
    wanted = [(Decimal(point["value"]), point["period"], point["kind"]) for point in one["points"]]
    for asked in one["asked"]:
        points = timeline_of(briefings.retriever, asked).points
        found = [(point.figure.value, point.figure.period.value, point.figure.kind) for point in points]
        assert found == wanted, asked


@pytest.mark.parametrize(
    "asked",
    [
        *("power used by 5G base stations", "5G基站的耗電量", "5G base stations in Germany", "德国5G基站"),
        *("telecom revenue per employee", "电信业务收入占GDP的比重", "number of broken gigabit cities"),
        *("complaints of the elderly about apps", "老年人口的变化", "5G手机出货量", "cyberattacks stopped"),
    ],
)
def test_what_only_stands_beside_an_indicator_is_not_taken_for_it(asked: str, briefings: Assistant) -> None:
    assert timeline_of(briefings.retriever, asked).points == ()


@pytest.mark.parametrize("asked", ["new ferry piers", "How has the number of new ferry piers changed?", "新建渡轮码头"])
def test_an_indicator_that_no_table_knows_is_found_by_the_words_of_the_texts(
    asks: Callable[..., Asks], asked: str
) -> None:
    ask = asks(
        ("In 2021, the harbour office opened 14 new ferry piers.", "2022-01-10"),
        ("In 2022, the harbour office opened 19 new ferry piers.", "2023-01-11"),
        ("In 2022, the harbour office sold 52 old ferry boats.", "2023-01-11"),
    )
    assert values(ask(asked)) == (["14", "19"] if asked.isascii() else [])  # no dictionary has the Chinese words so


def test_who_names_an_indicator_without_figures_is_given_no_other_one(briefings: Assistant) -> None:
    for asked in ("gigabit users", "千兆用户", "5G用戶", "fraud messages intercepted", "5G base stations in total"):
        assert timeline_of(briefings.retriever, asked).points == (), asked


@pytest.mark.parametrize(("lang", "script"), [("en", "Latn"), ("zh", "Hans"), ("zh", "Hant")])
def test_every_point_that_an_answer_tells_is_borne_out_by_what_it_cites(
    lang: Lang, script: Script, briefings: Assistant
) -> None:
    for known in indicators():
        found = timeline_of(briefings.retriever, known.english)
        cited = {one.n: one for one in found.citations()}
        told = worded(found, lang, script)
        said = [one for one in told if not one.computed]
        assert len(said) == len(found.points)
        assert [(one.text, faults(one.text, [cited[n] for n in one.cites])) for one in said] == [
            (one.text, []) for one in said
        ]


def test_figures_of_a_place_and_of_the_whole_country_are_not_mixed(asks: Callable[..., Asks]) -> None:
    ask = asks(
        ("In 2021, 640,000 5G base stations were newly built.", "2022-01-10"),
        ("In 2022, 31,000 5G base stations were newly built in Fujian.", "2023-01-11"),
        ("2022年，全国新建5G基站88万个。", "2023-01-11"),
    )
    assert values(ask("5G base stations built")) == ["640000", "880000"]
    assert values(ask("5G base stations built in Fujian")) == ["31000"]
    assert values(ask("福建新建5G基站")) == ["31000"]
    assert values(ask("5G base stations built in Hainan")) == []


def test_only_passages_that_a_filter_admits_are_told(briefings: Assistant) -> None:
    def told(where: Where) -> list[str]:
        return values(timeline_of(briefings.retriever, "elderly-friendly apps", where=where))

    assert told(Where(lang="zh")) == ["648"]
    assert told(Where(speaker="zhao")) == ["217", "325", "1924"]
    assert told(Where(since="2022", until="2022")) == ["217", "325"]  # days of events, not periods of figures
    assert told(Where(source="2021-01")) == []


def test_nearest_indicators_are_named_in_the_askers_language_and_only_those_with_figures(briefings: Assistant) -> None:
    known = {figure.indicator for figure, _ in figures_of_index(briefings.retriever)}
    english = timeline_of(briefings.retriever, "power used by 5G base stations").nearest
    assert english[0] == "5G base stations built"
    assert set(english) <= known
    assert timeline_of(briefings.retriever, "5G基站的耗电量").nearest[0] == "新建5G基站"
    assert timeline_of(briefings.retriever, "歷年5G基站的耗電量").nearest[0] == "新建5G基站"
    assert timeline_of(briefings.retriever, "發生網絡攻擊的醫院").points == ()


def test_an_index_without_figures_has_nothing_to_tell_nor_to_name(asks: Callable[..., Asks]) -> None:
    found = asks(("The ferry runs at night.", "2022-01-10"))("ferries")
    assert (found.points, found.nearest, found.gaps, found.indicator) == ((), (), (), "")


@pytest.mark.parametrize("asked", ["5" * 100_000, "一" * 100_000, ",，" * 50_000, "how has " * 10_000])
def test_a_question_of_any_length_is_answered_in_time(asked: str, briefings: Assistant) -> None:
    assert timeline_of(briefings.retriever, asked).points == ()
