"""What a question insists on, and which passages bear it out. The cases stand in cases/anchors.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.anchors import (
    anchors_of,
    bears_out,
    is_of_period,
    without_speakers,
    without_years,
    years_in,
)
from corpus.transcript import Passage, When
from embeddings.dictionary import Dictionary

CASES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "cases/anchors.json").read_text(encoding="utf-8")
)


def cases(name: str, *, of: str) -> Callable[..., Any]:
    return pytest.mark.parametrize("case", CASES[name], ids=lambda case: case[of])


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return Dictionary.open()


def passage(facts: dict[str, Any]) -> Passage:
    """A passage of which only `facts` are known; dates in them are stated ones."""
    dates: dict[str, Any] = {name: When(facts[name], "stated") for name in ("held", "published") if name in facts}
    fields: dict[str, Any] = {"lang": "en", "script": "Latn", "text": "", **facts, **dates}
    return Passage("a/1/0-1", "a", "a.txt", 1, 0, len(fields["text"]), offsets=range(len(fields["text"])), **fields)


@cases("questions", of="claim")
def test_anchors_of_a_question_are(case: dict[str, Any], dictionary: Dictionary) -> None:
    anchors = anchors_of(case["question"], dictionary)
    assert sorted(anchors.years) == case.get("years", [])
    assert sorted(anchors.periods) == case.get("periods", [])
    assert anchors.about_event == case.get("about_event", False)
    wanted = [set(names) for names in case.get("names", [])]
    assert len(anchors.names) == len(wanted), anchors.names
    for names, found in zip(wanted, anchors.names, strict=True):
        assert names <= found


@cases("bearing", of="claim")
def test_a_passage_bears_out(case: dict[str, Any], dictionary: Dictionary) -> None:
    anchors = anchors_of(case["question"], dictionary)
    assert bears_out(passage(case["passage"]), anchors, case.get("of_period", False)) is case["bears_out"]


@cases("periods", of="claim")
def test_a_passage_is_of_the_period(case: dict[str, Any], dictionary: Dictionary) -> None:
    anchors = anchors_of(case["question"], dictionary)
    assert is_of_period(passage(case["passage"]), anchors) is case["is_of_period"]


@cases("without_speakers", of="question")
def test_names_of_speakers_go_from_a_question_and_others_stay(case: dict[str, Any], dictionary: Dictionary) -> None:
    rest = without_speakers(case["question"], anchors_of(case["question"], dictionary), case["speakers"])
    assert " ".join(rest.split()) == case["rest"]


@cases("without_years", of="text")
def test_years_go_from_a_text_and_figures_stay(case: dict[str, Any]) -> None:
    assert " ".join(without_years(case["text"]).split()) == case["rest"]
    assert not years_in(without_years(case["text"]))
