"""What an answer is worth: every measure as worked by hand, the worst for what is missing, slices and intervals."""

from __future__ import annotations

import math
from typing import Any

import pytest

from eval.questions import Gold, Question
from eval.score import length_of, retrieval, score, summary

GOLD = (
    Gold("harbour.md", 1, None, None, "40 berths"),
    Gold("harbour.md", 2, 1, "next", "night ferry"),
)
BERTHS: dict[str, Any] = {"n": 1, "quote": "The port added 40 berths in 2031.", "gold": True, "verbatim": True}
OTHER: dict[str, Any] = {"n": 2, "quote": "Cranes are painted green.", "gold": False, "verbatim": True}


def _question(expect: str = "answer", **changes: Any) -> Question:
    fields: dict[str, Any] = {
        "id": "q1",
        "question": "How many berths were added?",
        "script": "en",
        "type": "figure",
        "gold": GOLD if expect == "answer" else (),
        "required": (("40", "四十"), ("night ferry", "夜班渡轮")) if expect == "answer" else (),
        "forbidden": ("70 berths",),
        "expect": expect,
    }
    return Question(**fields | changes)


def _record(*citations: dict[str, Any], **changes: Any) -> dict[str, Any]:
    sentences = [{"text": one["quote"], "cites": [one["n"]], "faults": []} for one in citations]
    record: dict[str, Any] = {
        "answer": "\n".join(f"{one['text']} [{one['cites'][0]}]" for one in sentences),
        "refused": "",
        "error": "",
        "sentences": sentences,
        "citations": list(citations),
        "gold": [{"passages": ["p1"], "cited": bool(citations)}, {"passages": ["p2", "p3"], "cited": False}],
        "ranking": ["p9", "p1", "p2"],
        "ms": 10.0,
    }
    return record | changes


def test_an_answer_has_the_share_of_what_is_required_and_of_what_is_gold() -> None:
    found = score(_question(), _record(BERTHS, OTHER))
    assert (found["terms"], found["all_terms"]) == (1 / 2, 0)
    assert (found["cited_gold"], found["coverage"], found["precision"]) == (1, 1 / 2, 1 / 2)
    assert (found["verbatim"], found["locked"], found["clean"], found["right"]) == (1, 1, 1, 1)
    assert found["length"] == 7 + 4


def test_what_is_required_may_be_said_in_either_language_and_script() -> None:
    said = BERTHS | {"quote": "新增泊位４０個，並開行夜班渡輪。"}
    assert score(_question(), _record(said))["all_terms"] == 1


def test_a_figure_is_compared_by_its_value() -> None:
    question = _question(required=(("600,000",),))
    assert score(question, _record(BERTHS | {"quote": "共建成60万个。"}))["all_terms"] == 1
    assert score(question, _record(BERTHS | {"quote": "共建成160万个。"}))["all_terms"] == 0


def test_a_ranking_is_measured_as_worked_by_hand() -> None:
    found = score(_question(), _record(BERTHS))  # p1 second, p2 third, p3 not found
    ideal = 1 + 1 / math.log2(3) + 1 / 2
    assert (found["recall@1"], found["mrr"]) == (0, 1 / 2)
    assert found["recall@5"] == found["recall@10"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / 2) / ideal, abs=1e-6)


def test_a_gold_that_no_passage_bears_is_missed_and_not_found() -> None:
    gold = [{"passages": ["p1"], "cited": True}, {"passages": [], "cited": False}]
    assert score(_question(), _record(BERTHS, gold=gold))["recall@10"] == 1 / 2


def test_the_order_of_a_ranking_counts_and_its_eleventh_place_does_not() -> None:
    places = [f"p{n}" for n in range(1, 12)]
    assert retrieval(places, {"p1": 1})["ndcg@10"] == 1
    assert retrieval(places[::-1], {"p1": 1}) == dict.fromkeys(("recall@1", "recall@5", "recall@10", "mrr"), 0) | {
        "ndcg@10": 0
    }
    assert retrieval([], {"p1": 1})["mrr"] == 0


@pytest.mark.parametrize("lack", [{"refused": "nothing_found"}, {"error": "KeyError: 7"}])
def test_a_missing_answer_has_the_worst_values(lack: dict[str, str]) -> None:
    found = score(_question(), _record(answer="", **lack))
    worst = ("terms", "all_terms", "cited_gold", "coverage", "precision", "right")
    assert {name: found[name] for name in worst} == dict.fromkeys(worst, 0)


def test_a_crash_keeps_no_promise_and_a_refusal_breaks_none() -> None:
    crashed = score(_question(), _record(answer="", error="KeyError: 7", ranking=[]))
    assert [crashed[name] for name in ("verbatim", "locked", "clean", "ndcg@10")] == [0, 0, 0, 0]
    refused = score(_question(), _record(answer="", refused="nothing_found"))
    assert refused["clean"] == 1
    assert refused.keys().isdisjoint({"verbatim", "locked", "length"})


def test_what_must_not_be_asserted_is_looked_for_in_the_sentences_and_not_in_the_line_before_them() -> None:
    false = BERTHS | {"quote": "The port added 70 berths."}
    assert score(_question(), _record(false))["clean"] == 0
    lead = _record(BERTHS)
    lead["answer"] = f"From the briefing on 70 berths:\n{lead['answer']}"
    assert score(_question(), lead)["clean"] == 1
    assert "clean" not in score(_question(forbidden=()), _record(false))


def test_one_sentence_at_fault_breaks_the_lock() -> None:
    record = _record(BERTHS, OTHER)
    assert score(_question(), record)["locked"] == 1
    record["sentences"][1]["faults"] = ["“600,001”: no such figure there"]
    assert score(_question(), record)["locked"] == 0


def test_a_made_up_quotation_costs_its_share() -> None:
    assert score(_question(), _record(BERTHS, OTHER | {"verbatim": False}))["verbatim"] == 1 / 2


def test_a_refusal_is_right_where_the_record_is_silent_and_an_answer_is_not() -> None:
    silent = _question("refuse")
    empty = _record(answer="", refused="nothing_found", gold=[])
    assert score(silent, empty) == {"clean": 1, "right": 1}
    assert score(silent, _record(OTHER, gold=[]))["right"] == 0


def test_a_false_premise_is_refused_or_met_with_the_true_figure() -> None:
    false = _question("correct", type="false_premise", gold=GOLD, required=(("40",),))
    assert score(false, _record(answer="", refused="nothing_found"))["right"] == 1
    assert score(false, _record(BERTHS))["right"] == 1
    assert score(false, _record(OTHER))["right"] == 0
    assert score(false, _record(BERTHS, OTHER | {"quote": "They meant 70 berths."}))["right"] == 0
    assert "terms" not in score(false, _record(BERTHS))


def test_length_counts_words_and_han_characters() -> None:
    assert length_of("The port's 40 berths 泊位四十个泊位四") == 4 + 8 / 1.6
    assert length_of("") == 0


# ---- the summary


def _scored(n: int, right: float, **changes: Any) -> dict[str, Any]:
    record = {"id": f"q{n}", "script": "en", "type": "figure", "pair": "en→zh", "refused": "", "expect": "answer"}
    return record | {"ms": float(n), "scores": {"right": right}} | changes


def test_a_summary_has_the_means_of_each_slice_with_its_number_of_questions() -> None:
    records = [_scored(1, 1), _scored(2, 0), _scored(3, 1, script="zh-Hant", pair="zh→zh")]
    rows = {row["slice"]: row for row in summary(records)}
    assert list(rows) == ["all", "pair en→zh", "pair zh→zh", "script en", "script zh-Hant", "type figure"]
    assert (rows["all"]["n"], rows["all"]["right"]["mean"]) == (3, round(2 / 3, 4))
    assert rows["pair en→zh"]["right"]["mean"] == 1 / 2
    assert rows["script zh-Hant"]["right"] == {"mean": 1, "low": 1, "high": 1, "n": 1}


def test_a_measure_counts_the_questions_that_it_applies_to() -> None:
    records = [_scored(1, 1), _scored(2, 0, scores={"right": 0.0, "terms": 0.5})]
    row = summary(records)[0]
    assert (row["n"], row["right"]["n"], row["terms"]["n"], row["terms"]["mean"]) == (2, 2, 1, 0.5)


def test_refusals_have_a_precision_and_a_recall() -> None:
    refused = "nothing_found"
    records = [
        _scored(1, 1, expect="refuse", refused=refused),
        _scored(2, 0, expect="refuse"),
        _scored(3, 0, refused=refused),
        _scored(4, 1, expect="correct", refused=refused),
        _scored(5, 1),
    ]
    row = summary(records)[0]
    assert row["refusal_recall"]["mean"] == 1 / 2
    assert row["refusal_precision"]["mean"] == round(2 / 3, 4)
    assert "refusal_precision" not in summary([_scored(1, 1)])[0]


def test_times_are_told_by_their_middle_and_their_tail() -> None:
    row = summary([_scored(n, 1) for n in range(1, 102)])[0]
    assert (row["p50"]["mean"], row["p95"]["mean"]) == (51, 96)


def test_an_interval_holds_the_mean_narrows_with_more_questions_and_repeats() -> None:
    few = summary([_scored(n, n % 2) for n in range(20)])[0]["right"]
    many = summary([_scored(n, n % 2) for n in range(400)])[0]["right"]
    assert few["low"] < few["mean"] == many["mean"] == 1 / 2 < few["high"]
    assert many["high"] - many["low"] < few["high"] - few["low"]
    assert few["low"] == pytest.approx(1 / 2 - 1.96 * math.sqrt(1 / 4 / 20), abs=0.06)
    assert summary([_scored(n, n % 2) for n in range(20)])[0]["right"] == few


def test_a_question_asked_in_three_scripts_narrows_the_interval_no_more_than_asked_in_one() -> None:
    alone = summary([_scored(n, n % 2) for n in range(20)])[0]["right"]
    thrice = [_scored(3 * n + m, n % 2, twin=f"t{n:02}") for n in range(20) for m in range(3)]
    together = summary(thrice)[0]["right"]
    assert (together["mean"], together["n"]) == (alone["mean"], 60)
    assert together["high"] - together["low"] == pytest.approx(alone["high"] - alone["low"], abs=0.06)
