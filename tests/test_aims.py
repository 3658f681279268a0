"""The table of aims: each figure worked by hand from made-up records."""

from __future__ import annotations

from typing import Any

import pytest

from eval.aims import AIMS, table

ORDER = {aim.name: aim for aim in AIMS}


def record(**changed: Any) -> dict[str, Any]:
    plain = {
        "type": "fact",
        "pair": "en→en",
        "script": "en",
        "expect": "answer",
        "refused": "",
        "twin": "",
        "history": [],
    }
    return plain | {"citations": [], "scores": {}} | changed


def cited(turn: int, gold: bool = True) -> dict[str, Any]:
    return {"source": "ferry.txt", "turn": turn, "point": None, "gold": gold}


def value(name: str, *records: dict[str, Any]) -> float | None:
    (aim,) = (aim for key, aim in ORDER.items() if key.startswith(name))
    return aim.of(records)


def test_the_share_refused_counts_what_must_and_what_must_not_be_refused_apart() -> None:
    asked = [record(refused="off_topic"), record(), record(), record(), record(expect="refuse", refused="off_topic")]
    assert value("answerable refused", *asked) == 1 / 4
    assert value("unanswerable refused", *asked) == 1
    assert value("unanswerable refused", record()) is None


def test_a_follow_up_is_held_against_the_same_question_asked_alone() -> None:
    alone = record(twin="a", scores={"all_terms": 1.0})
    talked = record(twin="a", history=["?"], scores={"all_terms": 0.0})
    even = [record(twin="b", scores={"all_terms": 1.0}, history=history) for history in ([], ["?"])]
    assert value("follow-ups", alone, talked, *even) == 1 / 2
    assert value("follow-ups", alone) is None


def test_three_scripts_agree_when_one_gold_paragraph_is_cited_in_all() -> None:
    scripts = ("en", "zh-Hans", "zh-Hant")
    alike = [record(twin="a", script=script, citations=[cited(1), cited(n)]) for n, script in enumerate(scripts, 2)]
    apart = [record(twin="b", script=script, citations=[cited(n)]) for n, script in enumerate(scripts, 2)]
    wrong = [record(twin="c", script=script, citations=[cited(1, gold=False)]) for script in scripts]
    two = [record(twin="d", script=script) for script in scripts[:2]]
    assert value("three scripts", *alike, *apart, *wrong, *two) == 1 / 3


@pytest.mark.parametrize(("length", "shown"), [(80.0, "| 80 |"), (81.0, "| 81 ✗ |")])
def test_a_figure_that_falls_short_is_marked(length: float, shown: str) -> None:
    (line,) = (line for line in table([record(scores={"length": length})]).splitlines() if line.startswith("| length"))
    assert shown in line


def test_the_table_has_a_column_for_each_language_pair_and_a_dash_where_nothing_counts() -> None:
    head, _, *rows = table([record(), record(pair="zh→en"), record(pair="zh→")]).splitlines()
    assert head == "| aim | wanted | all | en→en | zh→en |"
    assert len(rows) == len(AIMS)
    assert all(row.count("|") == head.count("|") for row in rows)
    assert rows[0].endswith("| – | – | – |")
