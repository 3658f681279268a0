"""Two things set side by side, and several times or briefings asked for at once: each side answered, none filled up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from made_up import transcript

from assistant import Assistant
from assistant.cite import Answer, faults_of
from assistant.telling import apart, earlier
from corpus.figures import Figure, FigureKind
from corpus.folding import read_script
from corpus.periods import Period
from corpus.transcript import Transcript, When
from embeddings.encoder import BilingualMiniLM
from embeddings.index import PassageIndex

HARBOUR_2022 = (
    "In 2022, 41 new ferry piers were opened and 1,200 boatmen were hired. Night crossings reached 3 million, 20% more "
    "than in 2021. On seabirds, nesting boxes were put up along the quays. "
    "We plan to open 50 new ferry piers in 2023."
)
HARBOUR_2023 = (
    "In 2023, 47 new ferry piers were opened. Night crossings reached 4 million. On seabirds, a warden now walks the "
    "quays at dusk. Lighthouses were painted in the northern islands."
)
FARMS_2022 = "2022年，蓝莓产量为30万吨，草莓产量为90万吨。在防治霜冻方面，给果园装了风机。"
FARMS_2023 = "2023年，藍莓產量為36萬噸，草莓產量為88萬噸。在防治霜凍方面，建了二十座氣象哨。"


def briefing(name: str, text: str, held: str) -> tuple[Path, Transcript]:
    """A transcript of one turn, and the path it is read from."""
    _, lang, script = read_script(text)
    return Path(name), replace(transcript(name, text, lang=lang, script=script, held=When(held, "stated")))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, bilingual: BilingualMiniLM) -> Iterator[Assistant]:
    """An assistant over four made-up briefings of a harbour office and of a ministry of farms."""
    index = PassageIndex.create(tmp_path_factory.mktemp("made") / "index.sqlite", bilingual)
    told = (
        ("harbour-2022.txt", HARBOUR_2022, "2023-02-08"),
        ("harbour-2023.txt", HARBOUR_2023, "2024-02-07"),
        ("farms-2022.txt", FARMS_2022, "2023-01-20"),
        ("farms-2023.txt", FARMS_2023, "2024-01-22"),
    )
    index.add(briefing(*one) for one in told)
    yield Assistant(index)
    index.close()


def sound(answer: Answer) -> Answer:
    """The answer, found sound: not refused, and each sentence borne out by what it cites."""
    assert answer.refused is None
    assert [faults_of(sentence, answer.citations) for sentence in answer.sentences] == [[] for _ in answer.sentences]
    return answer


def first(answer: Answer) -> str:
    assert answer.sentences[0].direct and answer.sentences[0].computed
    return answer.text.splitlines()[0]


# ---- two things


@pytest.mark.parametrize(
    ("asked", "larger", "words"),
    [
        (
            "Was revenue or business volume larger in 2021?",
            "telecom business volume",
            ("1.7 trillion", "1.47 trillion"),
        ),
        ("2021年电信业务收入和业务总量，哪个更大？", "电信业务总量", ("1.7万亿", "1.47万亿")),
        ("2021年電信業務收入與業務總量，哪個漲得快？", "電信業務總量增速", ("27.8%", "8%", "19.8個百分點")),
        (
            "Which rose faster in 2021, telecom revenue or business volume?",
            "growth of telecom business",
            ("27.8%", "8%"),
        ),
        ("2023年小程序和App哪种数量更多？", "小程序数量", ("700万", "261万")),
        ("Were more apps tested or available in 2022?", "apps available", ("2.58 million", "1.51 million")),
        ("中小微企業的寬帶與專線，哪個降幅更大？", "中小微企業寬帶資費", ("24.2%", "21.9%", "2.3個百分點")),
    ],
)
def test_of_two_things_the_larger_is_named_first_with_both_figures(
    asked: str, larger: str, words: tuple[str, ...], briefings: Assistant
) -> None:
    line = first(sound(briefings.ask(asked)))
    assert line.index(larger) < min(line.index(word) for word in words)


@pytest.mark.parametrize(
    ("asked", "larger", "words"),
    [
        ("2022年蓝莓和草莓产量哪个更高？", "草莓", ("90万吨", "30万吨", "60万")),
        ("2023年藍莓產量與草莓產量相比，哪個更高？", "草莓產量", ("88萬噸", "36萬噸", "52萬")),
        ("Were more boatmen hired or ferry piers opened in 2022?", "boatmen", ("1,200", "41")),
    ],
)
def test_things_that_no_table_knows_are_compared_by_the_words_of_the_texts(
    asked: str, larger: str, words: tuple[str, ...], made: Assistant
) -> None:
    answer = sound(made.ask(asked))
    assert all(word in answer.text for word in words)
    assert not answer.sentences[0].direct or larger in first(answer)


@pytest.mark.parametrize(
    ("asked", "there", "missing"),
    [
        ("2022年草莓与西瓜产量哪个高？", "90万吨", "没有找到：西瓜产量。"),
        ("Compare strawberry and melon output in 2022.", "90万吨", "Nothing is found for: melon output."),
    ],
)
def test_of_a_pair_of_which_one_has_a_figure_the_other_is_named_as_missing(
    asked: str, there: str, missing: str, made: Assistant
) -> None:
    answer = sound(made.ask(asked))
    assert there in answer.text and answer.lead.startswith(missing)
    assert not any(sentence.computed for sentence in answer.sentences)


@pytest.mark.parametrize(
    "asked",
    ["Are fewer 5G base stations planned for 2022 than were built in 2021?", "适老化网站和App，2022年比2021年多多少？"],
)
def test_one_thing_in_two_words_is_traced_and_not_set_beside_another(asked: str, briefings: Assistant) -> None:
    answer = sound(briefings.ask(asked))
    assert answer.timeline is not None and len(answer.timeline.points) == 2
    assert answer.sentences[0].direct


# ---- over time


@pytest.mark.parametrize(
    ("asked", "values"),
    [
        ("App數量的歷年變化", ["2580000", "2610000"]),
        ("適老化改造歷年數量", ["217", "325", "648", "1924"]),
        ("How has the number of apps on offer moved from one briefing to the next?", ["2580000", "2610000"]),
        ("Gigabit fibre coverage: 2021 figure versus the 2022 target", ["300000000", "400000000"]),
        ("千兆光纖涵蓋的家庭數，2021年到2022年的變化（含目標）", ["300000000", "400000000"]),
        ("Elderly-adapted apps: 2022 compared with the first three quarters of 2023", ["648", "1924"]),
    ],
)
def test_an_indicator_is_traced_under_other_words(asked: str, values: list[str], briefings: Assistant) -> None:
    found = sound(briefings.ask(asked)).timeline
    assert found is not None
    assert [f"{point.figure.value:f}" for point in found.points] == values


def test_a_plan_and_a_result_of_one_time_are_compared_without_other_times(made: Assistant) -> None:
    line = first(sound(made.ask("New ferry piers 2023: plan versus result")))
    assert "50" in line and "47" in line and "41" not in line


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            "How many more night crossings were there in 2022 than in 2021?",
            ("3 million", "about 2.5 million", "500,000"),
        ),
        ("2022年享受资费优惠的老年人比2021年多多少？", ("3200万", "1600万", "翻了一番")),
    ],
)
def test_an_earlier_figure_given_by_a_rate_alone_is_worked_out_and_called_computed(
    asked: str, words: tuple[str, ...], made: Assistant, briefings: Assistant
) -> None:
    line = first(sound((made if asked.isascii() else briefings).ask(asked)))
    assert all(word in line for word in words)
    assert line.startswith(("Computed", "计算得出"))


@pytest.mark.parametrize(
    ("asked", "missing"),
    [("New ferry piers in 2021, 2022 and 2023", "2021"), ("2022年、2023年和2025年蓝莓产量各多少？", "2025年")],
)
def test_a_time_without_a_figure_is_named_as_missing(asked: str, missing: str, made: Assistant) -> None:
    answer = sound(made.ask(asked))
    assert missing in answer.lead.split(".")[1 if asked.isascii() else 0].split("。以下")[0]
    assert not any(missing in sentence.label for sentence in answer.sentences)


# ---- what was said


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            "What did the 2022 and the 2023 briefings each say about seabirds?",
            [("2022: ", "boxes"), ("2023: ", "warden")],
        ),
        ("2022年和2023年的发布会分别怎么谈防治霜冻？", [("2022年：", "风机"), ("2023年：", "氣象哨")]),
        ("防治霜凍，2022年和2023年各說了什麼？", [("2022年：", "风机"), ("2023年：", "氣象哨")]),
    ],
)
def test_each_time_that_is_asked_for_has_quotes_of_its_own(
    asked: str, told: list[tuple[str, str]], made: Assistant
) -> None:
    answer = sound(made.ask(asked))
    for label, word in told:
        assert any(one.label == label and word in one.text for one in answer.sentences), label
    assert not any(sentence.computed for sentence in answer.sentences)


def test_a_time_of_which_nothing_was_said_is_named_and_not_filled_from_another(made: Assistant) -> None:
    answer = sound(made.ask("What did the 2022 and 2023 briefings each say about lighthouses?"))
    assert answer.lead.startswith("Nothing is found for: 2022.")
    assert {sentence.label for sentence in answer.sentences} == {"2023: "}


@pytest.mark.parametrize(
    "asked",
    [
        "兩場記者會都提到每個行政村通寬頻嗎？各自怎麼說？",
        "What did all the briefings say about villages with broadband?",
    ],
)
def test_each_briefing_that_speaks_of_a_thing_is_quoted_by_date(asked: str, briefings: Assistant) -> None:
    answer = sound(briefings.ask(asked))
    days = [citation.passage.day.value for citation in answer.citations]
    assert days == sorted(days)
    assert {"2022-01-20", "2023-01-18"} <= set(days)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("How did work on seabirds develop from 2022 to 2023?", ("boxes", "warden")),
        ("防治霜凍的歷年進展", ("风机", "氣象哨")),
    ],
)
def test_what_became_of_a_thing_that_has_no_figure_is_told_by_briefing_in_order(
    asked: str, words: tuple[str, ...], made: Assistant
) -> None:
    answer = sound(made.ask(asked))
    assert [word for sentence in answer.sentences for word in words if word in sentence.text] == list(words)
    days = [citation.passage.day.value for citation in answer.citations]
    assert days == sorted(days) and answer.timeline is None


@pytest.mark.parametrize(
    "asked",
    [
        "What do the briefings say about the service that lets you check which numbers are registered in your name?",
        "各場發布會分別怎麼談電信詐騙？",
    ],
)
def test_a_thing_described_in_other_words_is_found_in_briefings_of_both_languages(
    asked: str, briefings: Assistant
) -> None:
    answer = sound(briefings.ask(asked))
    assert {citation.passage.lang for citation in answer.citations} == {"en", "zh"}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("How many new ferry piers were opened in 2022, and how many a year later?", ("41", "47")),
        ("2022年蓝莓产量多少？次年呢？", ("30万", "36万")),
    ],
)
def test_a_year_counted_from_another_is_that_year(asked: str, words: tuple[str, ...], made: Assistant) -> None:
    answer = sound(made.ask(asked))
    assert all(word in answer.text for word in words)


def test_a_quantity_is_never_told_of_a_year_by_a_sentence_without_a_figure_of_it(made: Assistant) -> None:
    answer = sound(made.ask("How many nesting boxes or ferry piers were there in 2022 and in 2021?"))
    assert "2021" in answer.lead
    assert not any("2021" in sentence.label for sentence in answer.sentences)


# ---- in words


def figure(
    value: str, unit: str = "pier", period: str = "2022", kind: FigureKind = "result", **facts: object
) -> Figure:
    return replace(
        Figure("p", 0, 1, Decimal(value), unit, "piers", Period(period, "stated"), kind),
        **facts,  # type: ignore[arg-type]
    )


def test_two_figures_are_told_apart_only_where_that_means_something() -> None:
    def told(one: Figure, other: Figure) -> str | None:
        said = apart([("piers", one), ("boats", other)], "en")
        return said.text if said else None

    assert told(figure("41"), figure("47")) == (
        "larger is boats: 47 piers (2022); piers: 41 piers (2022); difference +6 (+14.6%)"
    )
    assert told(figure("41"), figure("41")) == (
        "equal are piers: 41 piers (2022); boats: 41 piers (2022); difference ±0 (±0%)"
    )
    assert told(figure("41"), figure("47", "boat")) == "larger is boats: 47 boats (2022); piers: 41 piers (2022)"
    assert told(figure("41"), figure("47", "%")) is None
    assert told(figure("41", high=Decimal("43")), figure("47")) is None
    assert told(figure("4", "%", kind="change", falls=True), figure("7", "%", kind="change", falls=False)) is None


def test_what_a_figure_was_before_a_rate_is_worked_out_in_three_digits() -> None:
    base = Period("2021", "stated")

    def told(value: str, unit: str = "%", falls: bool | None = False) -> str | None:
        said = earlier(figure("3000000"), figure(value, unit, kind="change", falls=falls, base=base), "en")
        return said.text if said else None

    assert told("20") == (
        "3 million piers (2022), about 500,000 more than about 2.5 million piers (2021), by the rate given (up 20%)"
    )
    assert told("25", falls=True) == (
        "3 million piers (2022), about 1 million less than about 4 million piers (2021), by the rate given (down 25%)"
    )
    assert "by the rate given (doubled)" in str(told("2", "fold"))
    assert told("20", falls=None) is None
    assert told("100", falls=True) is None
    assert told("4.4", "pp") is None
