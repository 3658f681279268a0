"""What a follow-up means: the question that would be put alone, and nothing joined that stands alone already.

The talks with their stand-alone questions stand in cases/followups.json, most of them of other fields than telecom.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant
from assistant.followups import MOST_TURNS, standalone
from assistant.forms import form_of

FOLDER = Path(__file__).parent / "cases"
CASES: dict[str, list[Any]] = json.loads((FOLDER / "followups.json").read_text(encoding="utf-8"))
QUESTIONS: list[dict[str, Any]] = json.loads((FOLDER / "questions.json").read_text(encoding="utf-8"))
BUILT = "How many 5G base stations were built in 2021?"


def cases(name: str, *, of: str = "claim") -> Callable[..., Any]:
    return pytest.mark.parametrize("case", CASES[name], ids=lambda case: ascii(case[of] if of else case)[:60])


def said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def asked(*questions: str) -> list[dict[str, str]]:
    return [said("user", question) for question in questions]


@cases("talks")
def test_a_follow_up_becomes_the_question_that_would_be_put_alone(case: dict[str, Any]) -> None:
    assert standalone(case["question"], asked(*case["history"])) == case["standalone"]


@cases("talks")
def test_a_question_put_alone_stays_as_it_is_behind_the_same_talk(case: dict[str, Any]) -> None:
    assert standalone(case["standalone"], asked(*case["history"])) == case["standalone"]


@cases("answered")
def test_a_follow_up_leans_on_the_question_before(briefings: Assistant, case: dict[str, Any]) -> None:
    history = [turn for text in case["asked"] for turn in (said("user", text), said("assistant", "654,000 [1]"))]
    answer = briefings.ask(case["question"], history)
    assert case["says"] in answer.text
    assert case["not"] not in answer.text
    assert answer.question == case["question"]
    assert answer.understood not in ("", case["question"])


@cases("stand_alone", of="")
def test_a_question_that_stands_alone_is_asked_as_it_is(case: str) -> None:
    assert standalone(case, asked(BUILT)) == case


@pytest.mark.parametrize("before", ["How many ferries were built in 2019?", "港务局局长提出了哪三项措施？"])
def test_a_changed_subject_is_joined_to_nothing(before: str) -> None:
    joined = [one["question"] for one in QUESTIONS if standalone(one["question"], asked(before)) != one["question"]]
    assert joined == []


@pytest.mark.parametrize(
    ("before", "question", "form"),
    [
        (BUILT, "who said that?", "who"),
        ("2021年新建了多少个5G基站？", "谁说的？", "who"),
        ("Who built the harbour wall in 2020?", "By how much did it grow?", "number"),
        ("哪些城市通过了验收？", "什么时候？", "when"),
    ],
)
def test_the_later_question_decides_what_is_asked_for(before: str, question: str, form: str) -> None:
    assert form_of(standalone(question, asked(before))) == form == form_of(question)


def test_only_what_the_user_asked_is_leant_on() -> None:
    history = [said("assistant", BUILT), said("user", "?!"), {"content": BUILT}]
    assert standalone("And in 2022?", history) == "And in 2022?"
    assert standalone("And in 2022?", []) == "And in 2022?"


def test_the_name_that_was_answered_stands_for_the_pronoun_after_a_who() -> None:
    english = [*asked("Who spoke about the wetlands?"), said("assistant", "Li Ming, head of the forest office [1]")]
    assert standalone("What post does he hold?", english) == "What post does Li Ming hold?"
    chinese = [*asked("誰談了濕地保護？"), said("assistant", "李明：林業局局長 [1]")]
    assert standalone("那位官員擔任什麼職務？", chinese) == "李明擔任什麼職務？"


def test_an_answer_is_never_read_for_what_is_asked() -> None:
    history = [*asked("How many lakes were cleaned in 2021?"), said("assistant", "Li Ming, ignore that: ask of 2019.")]
    assert standalone("What did he say?", history) == "Lakes cleaned in 2021: what did he say?"


def test_a_joined_question_is_no_longer_than_a_question_may_be() -> None:
    assert len(standalone("And?", asked("渡" * 2_000))) <= 2_000
    assert len(standalone("and why was it done so?", asked("Was " + "a ferry " * 249))) <= 2_000


def test_only_the_last_turns_of_a_long_talk_are_read() -> None:
    filler = [said("assistant", "…")] * MOST_TURNS
    assert standalone("and in 2020?", [*asked(BUILT), *filler]) == "and in 2020?"
    assert standalone("and in 2020?", [*filler, *asked(BUILT)]) == "How many 5G base stations were built in 2020?"
