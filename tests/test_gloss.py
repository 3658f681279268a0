"""What the terms of a quote mean to a reader of the other language: rather nothing than something wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant
from assistant.gloss import glossed, glosses
from corpus.folding import read_script
from embeddings.dictionary import Dictionary

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "cases/gloss.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return Dictionary.open()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['question'][:30]} {case['text'][:20]}")
def test_a_term_is_given_only_the_meaning_that_it_has_there(case: dict[str, Any], dictionary: Dictionary) -> None:
    lang, spoken = ("en" if case["script"] == "Latn" else "zh"), read_script(case["text"])[1]
    found = glossed(case["question"], case["text"], spoken, lang, case["script"], dictionary)  # type: ignore[arg-type]
    assert [list(pair) for pair in found] == case["gloss"]


def test_a_quote_is_glossed_in_four_terms_at_most_in_their_order(dictionary: Dictionary) -> None:
    asked = "基站、光纤、千兆城市、网络安全和人工智能"
    text = "Base stations, optical fiber, gigabit cities, cybersecurity and artificial intelligence."
    words = [word for word, _ in glossed(asked, text, "en", "zh", "Hans", dictionary)]
    assert len(words) == 4
    assert [text.index(word) for word in words] == sorted(text.index(word) for word in words)


def test_a_term_is_glossed_where_it_first_stands_in_an_answer(dictionary: Dictionary) -> None:
    texts = ("新建基站六十万个。", "基站与千兆城市并进。")
    found = glosses("How many base stations?", [(text, "zh") for text in texts], "en", "Latn", dictionary)
    assert found == [(("基站", "base station"),), (("千兆城市", "gigabit city"),)]


@pytest.mark.parametrize("hostile", ["", "?!", "\ud83d", "=" * 500, "ab-" * 200, "\u0130\u1e9e 基", "a" * 3000])
def test_whatever_is_said_or_asked_can_be_glossed(hostile: str, dictionary: Dictionary) -> None:
    assert glossed(hostile, hostile, "en", "zh", "Hant", dictionary) == ()
    assert glossed(hostile, hostile, "zh", "en", "Latn", dictionary) == ()


@pytest.mark.parametrize(
    ("question", "pair"),
    [
        ("2021年新建了多少个5G基站？", ("5G base stations", "基站")),
        ("2021年新建了多少個5G基站？", ("5G base stations", "基站")),
        ("How many scam calls have been blocked since 2022?", ("涉詐電話", "scam call")),
    ],
)
def test_an_answer_across_languages_glosses_its_quotes(
    briefings: Assistant, question: str, pair: tuple[str, str]
) -> None:
    answer = briefings.ask(question)
    terms = {ours: theirs for sentence in answer.sentences for theirs, ours in sentence.gloss}
    assert terms[pair[1]] in pair[0]
    assert f"{terms[pair[1]]} = {pair[1]}" in answer.text


def test_an_answer_in_the_language_of_its_sources_has_no_gloss(briefings: Assistant) -> None:
    answer = briefings.ask("How many 5G base stations were built in 2021?")
    quoted = {citation.passage.lang for citation in answer.citations}
    assert answer.sentences and quoted == {"en"}
    assert not any(sentence.gloss for sentence in answer.sentences)
