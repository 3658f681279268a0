"""Who and when: the name, post or day that the record gives, over three made-up transcripts of other fields.

The transcripts and the questions with what the first sentence has to say stand in cases/who_when.json; null where the
record is silent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made_up import transcript

from assistant import Assistant
from assistant.cite import faults_of
from assistant.who_when_words import Kind, kind_of, without_asking
from corpus.people import people_in
from corpus.reader import read
from corpus.transcript import When
from embeddings.encoder import BilingualMiniLM
from embeddings.index import PassageIndex

CASES: dict[str, Any] = json.loads((Path(__file__).parent / "cases" / "who_when.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, bilingual: BilingualMiniLM) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("who_when")
    files = []
    for name, text in CASES["sources"].items():
        files.append(folder / name)
        files[-1].write_text(text, encoding="utf-8")
    index = PassageIndex.create(folder / "index.sqlite", bilingual)
    index.add((file, read(file)) for file in files)
    yield Assistant(index)
    index.close()


@pytest.mark.parametrize("case", CASES["questions"], ids=lambda case: ascii(case["question"])[:60])
def test_the_first_sentence_says_who_or_when_or_the_question_is_refused(assistant: Assistant, case: Any) -> None:
    answer = assistant.ask(case["question"])
    if case["said"] is None:
        assert answer.refused, answer.text
        return
    first, *quotes = answer.sentences
    assert first.direct
    assert [words for words in case["said"] if words not in first.text] == [], first.text
    assert faults_of(first, answer.citations) == []
    cited = {citation.n: citation.quote for citation in answer.citations}
    assert [cited[n] for quote in quotes for n in quote.cites] == [quote.text for quote in quotes]
    assert set(first.cites) == set(cited)


@pytest.mark.parametrize("case", CASES["questions"], ids=lambda case: ascii(case["question"])[:60])
def test_what_is_asked_after_is_read_off_the_question(case: Any) -> None:
    assert kind_of(case["question"]).name == case["kind"]


def test_a_nameless_reporter_is_not_given_a_name(assistant: Assistant) -> None:
    answer = assistant.ask("Who asked about ticket scalping?")
    assert answer.refused == "nothing_found"
    assert "names neither" in answer.lead
    assert [citation.passage.role for citation in answer.citations] == ["reporter"]


def test_names_and_posts_keep_the_script_of_the_source(assistant: Assistant) -> None:
    asked = "孟凡雪的職務是什麼？"
    first = assistant.ask(asked).sentences[0].text
    assert "新能源司司长、新闻发言人" in first
    assert "會議2024年1月25日舉行" in first


def test_where_no_day_is_known_the_answer_says_so(tmp_path: Path, bilingual: BilingualMiniLM) -> None:
    undated = transcript("ferries.txt", "Ada Berg: The ferry fleet was painted green.", event="Ferry briefing")
    paged = transcript(
        "tunnels.txt", "Bo Lind: All tunnels are lit.", event="Tunnel briefing", published=When("2020-03-04", "stated")
    )
    index = PassageIndex.create(tmp_path / "index.sqlite", bilingual)
    index.add([(Path("ferries.txt"), undated), (Path("tunnels.txt"), paged)])
    assistant = Assistant(index)
    assert assistant.ask("When was the ferry briefing held?").sentences[0].text == (
        "The record does not say when the meeting “Ferry briefing” was held."
    )
    assert "its page was published on 4 March 2020" in assistant.ask("When was the tunnel briefing held?").text
    index.close()


@pytest.mark.parametrize(
    ("text", "name", "post", "part"),
    [
        ("Vice Minister Li Qing said so.", "Li Qing", "Vice Minister", "speaks"),
        ("I welcome Mr. Tao Min, head of the Grain Bureau; and Ms. Ke Lan.", "Tao Min", "head of the Grain Bureau", ""),
        ("Tao Min (deputy director of customs) was there.", "Tao Min", "deputy director of customs", ""),
        ("The hearing was chaired by Ms. Ke Lan.", "Ke Lan", "", "chairs"),
        ("农业农村部副部长李青指出，要抓紧。", "李青", "农业农村部副部长", "speaks"),
        ("有請海關總署署長、新聞發言人陶敏介紹。", "陶敏", "海關總署署長、新聞發言人", "speaks"),
        ("會議由該部副部長柯嵐主持。", "柯嵐", "副部長", "chairs"),
        ("柯岚昨天到场，她是水利局局长。", "柯岚", "水利局局长", ""),
        ("（記者陶敏）消息", "陶敏", "", "writes"),
    ],
)
def test_people_are_read_with_their_posts(text: str, name: str, post: str, part: str) -> None:
    person = people_in(text)[0]
    assert (person.name, person.post, person.part) == (name, post, part)
    assert text[person.start : person.end] == name
    assert text[person.post_at : person.post_at + len(post)] == post or not post


@pytest.mark.parametrize(
    "text", ["会议指出，要抓紧。", "The Ministry said so.", "谢谢主持人。", "据气象局介绍，有雨。", ""]
)
def test_what_is_nobodys_name_is_read_as_none(text: str) -> None:
    assert people_in(text) == ()


def test_words_that_only_ask_are_no_part_of_the_topic() -> None:
    left = without_asking("Who moderated the meeting on salt?")
    assert "salt" in left and "moderated" not in left
    assert "谁" not in without_asking("盐的问题是谁回答的？") and "盐" in without_asking("盐的问题是谁回答的？")


def test_a_question_that_asks_neither_has_no_kind_of_its_own() -> None:
    assert kind_of("Who invented the lamp?") is Kind.OTHER
