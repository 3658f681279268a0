"""The development questions of tests/cases/questions.json, for choosing thresholds: what they claim holds.

A question's `gold` names the digests and paragraphs that answer it: every string of `contains` stands in one of
its paragraphs. `terms` are what a right answer says, one of each inner list; `not` is what it must not say (a
neighbour's figure). `point` and `block` are those of the paragraph. No gold: the record is silent.
Whether the paragraphs of the full transcripts bear the gold too is known by test_briefings.py.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import opencc
import pytest

ROOT = Path(__file__).parents[1]
QUESTIONS: list[dict[str, Any]] = json.loads((ROOT / "tests/cases/questions.json").read_text(encoding="utf-8"))
TYPES = {"figure", "fact", "list", "who", "when", "definition", "multi", "unanswerable", "nonsense"}
SILENT = {"unanswerable", "nonsense"}
POINTS = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Fifth": 5, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5}

fold = opencc.OpenCC("t2s").convert
answerable = pytest.mark.parametrize("question", [q for q in QUESTIONS if q["gold"]], ids=lambda q: q["id"])


def test_questions_carry_every_key_and_known_values() -> None:
    for question in QUESTIONS:
        assert set(question) == {"id", "question", "lang", "type", "gold", "terms", "not"}, question["id"]
        assert question["lang"] in {"en", "zh-Hans", "zh-Hant"}, question["id"]
        assert question["type"] in TYPES, question["id"]


def test_questions_are_asked_once_each() -> None:
    assert len({q["id"] for q in QUESTIONS}) == len({q["question"] for q in QUESTIONS}) == len(QUESTIONS)


def test_questions_are_many_and_a_third_have_their_source_in_the_other_language_only() -> None:
    asked = [q for q in QUESTIONS if q["gold"]]
    crossed = [q for q in asked if all(_lang(gold["digest"]) != q["lang"][:2] for gold in q["gold"])]
    assert len(QUESTIONS) >= 90
    assert len(crossed) >= len(asked) / 3
    assert len(QUESTIONS) - len(asked) >= 20


def test_only_questions_without_an_answer_lack_gold() -> None:
    for question in QUESTIONS:
        assert (question["type"] in SILENT) == (not question["gold"]), question["id"]
        if question["type"] in SILENT:
            assert question["terms"] == question["not"] == [], question["id"]


@answerable
def test_the_gold_stands_in_one_paragraph_with_its_point_and_block(question: dict[str, Any]) -> None:
    for gold in question["gold"]:
        places = [(point, block) for point, block, _ in _bearing(gold)]
        blocks = {gold["block"]} if gold["block"] else {"done", "next"}
        assert any(point == gold["point"] and block in blocks for point, block in places), f"{gold}: found {places}"


@answerable
def test_the_gold_bears_out_every_term(question: dict[str, Any]) -> None:
    said = "".join(text for gold in question["gold"] for _, _, text in _bearing(gold))
    for alternatives in question["terms"]:
        assert any(_normal(term) in said for term in alternatives), f"none of {alternatives} in {said}"


@answerable
def test_the_gold_is_free_of_what_must_not_be_said(question: dict[str, Any]) -> None:
    said = "".join(text for gold in question["gold"] for _, _, text in _bearing(gold))
    assert not [part for part in question["not"] if _normal(part) in said]


def _bearing(gold: dict[str, Any]) -> list[tuple[int | None, str, str]]:
    return [
        found for found in _paragraphs(gold["digest"]) if all(_normal(part) in found[2] for part in gold["contains"])
    ]


def _paragraphs(stem: str) -> list[tuple[int | None, str, str]]:
    """The paragraphs of a digest's body: the point that each opens or continues, the block, the normalised text."""
    body = (ROOT / f"corpus/briefings/{stem}.md").read_text(encoding="utf-8").split("---\n", 2)[2]
    found: list[tuple[int | None, str, str]] = []
    point, block = None, "done"
    for text in filter(None, map(str.strip, body.split("\n\n"))):
        opening = re.match(r"(First|Second|Third|Fourth|Fifth),|([一二三四五])是", text)
        if opening:
            point = POINTS[opening[1] or opening[2]]
        elif text.startswith("**"):
            point, block = None, "done"
        elif re.search(r"\bNext,|下一步.工信部|對下階段", text):
            point, block = None, "next"
        found.append((point, block, _normal(text)))
    return found


def _lang(stem: str) -> str:
    return "zh" if "lang: zh" in (ROOT / f"corpus/briefings/{stem}.md").read_text(encoding="utf-8") else "en"


def _normal(text: str) -> str:
    return re.sub(r"\s", "", fold(unicodedata.normalize("NFKC", text))).casefold()
