"""The figure that answers in a word: value, unit, time, kind and place are those asked for, or there is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant
from corpus.figure_words import is_former
from corpus.quantities import quantities
from corpus.reader import read
from embeddings.encoder import BilingualMiniLM
from embeddings.index import PassageIndex

CASES = Path(__file__).parent / "cases"
DIRECT: dict[str, Any] = json.loads((CASES / "direct.json").read_text(encoding="utf-8"))
HEADER = (
    "---\nkind: transcript\nlang: {lang}\ntitle: {title}\nevent: {title}\nheld: {held}\nheld_known: stated\n---\n\n"
)


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory, bilingual: BilingualMiniLM) -> Iterator[Assistant]:
    """An assistant over made-up briefings on roads, hospitals and energy."""
    folder = tmp_path_factory.mktemp("made-up")
    files = []
    for number, one in enumerate(DIRECT["transcripts"]):
        files.append(folder / f"{number}.md")
        files[-1].write_text(HEADER.format(**one) + "\n\n".join(one["text"]) + "\n", encoding="utf-8")
    index = PassageIndex.create(folder / "index.sqlite", bilingual)
    index.add((file, read(file)) for file in files)
    yield Assistant(index)
    index.close()


def word_of(assistant: Assistant, question: str) -> str:
    """The direct answer, "" when there is none; it must be the first sentence, and cite something."""
    answer = assistant.ask(question)
    direct = [sentence for sentence in answer.sentences if sentence.direct]
    if not direct:
        return ""
    assert direct == [answer.sentences[0]]
    assert set(direct[0].cites) <= {citation.n for citation in answer.citations}
    return direct[0].text


@pytest.mark.parametrize("case", DIRECT["answered"], ids=lambda case: case["question"])
def test_the_figure_of_the_time_kind_and_place_asked_for_comes_first(made_up: Assistant, case: dict[str, Any]) -> None:
    word = word_of(made_up, case["question"])
    assert word.startswith(case["value"])
    assert all(part in word for part in case.get("with", ()))


@pytest.mark.parametrize("question", DIRECT["unanswered"])
def test_a_figure_of_another_time_thing_or_place_is_no_answer(made_up: Assistant, question: str) -> None:
    answer = made_up.ask(question)
    assert answer.refused, answer.text


@pytest.mark.parametrize("case", DIRECT["briefings"], ids=lambda case: case["question"])
def test_the_briefings_answer_in_the_askers_language_and_script(briefings: Assistant, case: dict[str, Any]) -> None:
    assert word_of(briefings, case["question"]) == case["word"]


def test_a_question_that_only_names_a_subject_gets_no_figure(briefings: Assistant) -> None:
    assert word_of(briefings, "What is a gigabit city?") == ""
    assert word_of(briefings, "什么是千兆城市？") == ""


def test_an_answer_in_a_word_grows_with_the_citations_that_it_needs(briefings: Assistant) -> None:
    for answer in briefings.stream("How many apps were inspected in 2022, and in how many batches?"):
        known = {citation.n for citation in answer.citations}
        assert all(set(sentence.cites) <= known for sentence in answer.sentences)


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("How much was telecom revenue in 2021 and how fast did it grow?", ("1.47 trillion yuan", "up 8%")),
        ("电信业务总量2021年多少，增速多少？", ("1.7万亿元", "27.8%")),
        ("2021年新建了多少5G基站，5G終端連接數有多少？", ("65.4萬個", "5.18億個")),
    ],
)
def test_two_figures_asked_for_are_both_in_the_first_line(
    briefings: Assistant, question: str, first: tuple[str, str]
) -> None:
    told = briefings.ask(question).sentences[0]
    assert told.direct
    assert all(figure in told.text for figure in first)


def test_what_a_figure_has_come_from_is_not_what_it_is() -> None:
    text = "The leak rate fell from 26% to 19%, and the price from 9.6 to 3.2 yuan."
    former = [text[one.start : one.end] for one in quantities(text) if is_former(text, one.start, one.end)]
    assert former == ["26%", "9.6"]
    han = "漏损率从26%降到19%，共投资7.2亿元。"
    assert [han[one.start : one.end] for one in quantities(han) if is_former(han, one.start, one.end)] == ["26%"]
