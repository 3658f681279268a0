"""Two runs compared: means by hand, what is noise, what is not, and what turns the gate red."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.compare import Change, compare, gate, read_result, slices_of, table


def record(own: str, scores: Mapping[str, float], **fields: Any) -> dict[str, Any]:
    return {"id": own, "question": f"What is {own}?", "history": [], "error": "", "scores": dict(scores), **fields}


def result(*records: dict[str, Any], name: str = "run", **parts: Any) -> dict[str, Any]:
    made = {"system": "chuchu"} | parts.pop("settings", {})
    return {"name": name, "commit": "c0ffee", "kind": "answers", "settings": made, "summary": [], **parts} | {
        "questions": list(records)
    }


def marks(measure: str, values: str, **fields: Any) -> dict[str, Any]:
    """A run with a question for each digit of `values`, scored 0 or 1."""
    return result(*(record(f"q{n}", {measure: float(value)}, **fields) for n, value in enumerate(values, start=1)))


def change(before: dict[str, Any], after: dict[str, Any], name: str, where: str = "all") -> Change:
    (found,) = (one for one in compare(before, after).changes if (one.measure, one.slice) == (name, where))
    return found


def test_means_and_moves_are_those_of_the_questions_in_both() -> None:
    one = change(marks("right", "1101"), marks("right", "1001"), "right")
    assert (one.n, one.before, one.after) == (4, 3 / 4, 2 / 4)
    assert one.low <= -1 / 4 <= one.high
    (move,) = compare(marks("right", "1101"), marks("right", "1001")).moves
    assert (move.id, move.change, dict(move.scores)) == ("q2", -1.0, {"right": (1.0, 0.0)})


def test_a_move_is_the_mean_over_all_measures_and_the_worst_stands_first() -> None:
    before = result(record("a", {"terms": 1.0, "mrr": 1.0}), record("b", {"terms": 0.0, "mrr": 1.0}))
    after = result(record("a", {"terms": 0.5, "mrr": 1.0}), record("b", {"terms": 1.0, "mrr": 0.0}))
    assert [(move.id, move.change) for move in compare(before, after).moves] == [("a", -1 / 4), ("b", 0.0)]


def test_a_run_compared_with_itself_has_changed_in_nothing() -> None:
    run = marks("right", "110100", pair="zh→en", type="figure", script="zh-Hant")
    found = compare(run, run)
    assert {(one.low, one.high, one.verdict) for one in found.changes} == {(0.0, 0.0, "same")}
    assert (found.moves, found.notes) == ((), ())
    assert gate(run, run) == []


@pytest.mark.parametrize(("fallen", "verdict"), [(4, "same"), (5, "worse")])
def test_four_falls_may_be_chance_and_five_are_not(fallen: int, verdict: str) -> None:
    # Of random signs all are equal, one way, in 1/2^4 = .0625 of the flips, or in 1/2^5 = .031: LEVEL is .05.
    before, after = marks("right", "1" * 20), marks("right", "0" * fallen + "1" * (20 - fallen))
    assert change(before, after, "right").verdict == verdict
    assert bool(gate(after, before)) == (verdict == "worse")
    assert change(after, before, "right").verdict == ("same" if verdict == "same" else "better")
    assert gate(before, after) == []


def test_one_question_in_five_languages_is_one_draw() -> None:
    before, after = (marks("right", values, twin="t1") for values in ("11111", "00000"))
    assert change(before, after, "right").verdict == "same"
    assert change(before, after, "right").low == change(before, after, "right").high == -1.0


def test_a_drop_in_one_language_is_red_though_the_others_make_up_for_it() -> None:
    chinese = [record(f"z{n}", {"right": 1.0}, pair="zh→zh", type="figure") for n in range(20)]
    english = [record(f"e{n}", {"right": 0.0}, pair="en→en", type="figure") for n in range(20)]
    before, after = result(*chinese, *english), result(*chinese, *english)
    after["questions"] = [one | {"scores": {"right": 1 - one["scores"]["right"]}} for one in before["questions"]]
    assert change(before, after, "right").verdict == "same"
    assert change(before, after, "right", "type figure").verdict == "same"
    assert change(before, after, "right", "pair zh→zh").verdict == "worse"
    assert change(before, after, "right", "pair en→en").verdict == "better"
    (line,) = gate(after, before)
    assert line.startswith("pair zh→zh: right fell from 1.000 to 0.000 over 20 questions")


def test_more_slices_ask_for_more_evidence() -> None:
    # Five of five is red where it is all there is; as one of 40 types it is what chance brings somewhere.
    before, after = (
        result(*(record(f"q{n}", {"right": float(x)}, type=f"t{n // 5}") for n, x in enumerate(marks)))
        for marks in ("11111" + "10" * 100, "00000" + "01" * 100)
    )
    assert change(before, after, "right", "type t0").verdict == "same"


def test_length_is_told_and_not_judged() -> None:
    before, after = (result(*(record(f"q{n}", {"length": x}) for n in range(30))) for x in (20.0, 90.0))
    assert change(before, after, "length").verdict == "same"
    assert compare(before, after).moves == ()
    assert gate(after, before) == []


def test_only_what_both_asked_in_the_same_words_is_compared() -> None:
    before = result(*(record(own, {"right": 1.0}) for own in "abc"))
    other = record("b", {"right": 0.0}) | {"question": "Another one?"}
    after = result(record("a", {"right": 1.0}), other, record("d", {"right": 0.0}), settings={"system": "bm25"})
    found = compare(before, after)
    assert found.shared == 1
    assert found.notes == (
        "system: chuchu before, bm25 after",
        "1 question asked before only, left out: c",
        "1 question asked after only, left out: d",
        "1 question asked in other words, left out: b",
    )
    (line,) = gate(after, before)
    assert line.startswith("2 questions of the baseline not asked, or in other words: b, c;")


def test_another_history_is_another_question() -> None:
    before, after = (result(record("a", {"right": 1.0}) | {"history": [text]}) for text in ("去年呢？", "今年呢？"))
    assert compare(before, after).shared == 0


def test_a_measure_on_one_side_is_told_and_in_the_gate_red() -> None:
    before, after = result(record("a", {"right": 1.0, "mrr": 1.0})), result(record("a", {"right": 1.0, "terms": 1.0}))
    assert [one.measure for one in compare(before, after).changes] == ["right"]
    assert compare(before, after).notes == ("measured before only: mrr", "measured after only: terms")
    assert gate(after, before) == ["not measured in the run, but in the baseline: mrr"]


def test_a_measure_counts_the_questions_that_have_it_on_both_sides() -> None:
    before = result(record("a", {"terms": 1.0}), record("b", {"right": 1.0}), record("c", {"terms": 0.5}))
    after = result(record("a", {"terms": 0.0}), record("b", {"right": 1.0, "terms": 1.0}), record("c", {"terms": 0.5}))
    one = change(before, after, "terms")
    assert (one.n, one.before, one.after) == (2, 3 / 4, 1 / 4)


def test_one_broken_promise_or_crash_is_red_without_statistics() -> None:
    before = result(*(record(f"q{n}", {"verbatim": 1.0, "locked": 1.0}) for n in range(100)))
    after = json.loads(json.dumps(before))
    after["questions"][7]["scores"]["verbatim"] = 0.5
    after["questions"][9] |= {"error": "ValueError: no", "scores": {"verbatim": 0.0, "locked": 0.0}}
    assert gate(after, before) == [
        "1 question crashed that did not in the baseline: q9",
        "verbatim: broken in 1 question where the baseline keeps it: q7",
    ]
    assert gate(after, after) == []


def test_runs_without_questions_are_compared_and_never_pass() -> None:
    empty, run = result(), marks("right", "11")
    for before, after in ((empty, empty), (empty, run), (run, empty)):
        assert compare(before, after).changes == ()
        assert "no question is in both runs" in table(compare(before, after))
        assert gate(after, before) == ["no question is in both the run and the baseline: nothing was compared"]


def test_a_run_of_retrieval_alone_is_compared_too() -> None:
    runs = [result(record("a", {"recall@1": x, "ndcg@10": x}), kind="retrieval") for x in (0.0, 1.0)]
    assert [(one.measure, one.after) for one in compare(*runs).changes] == [("recall@1", 1.0), ("ndcg@10", 1.0)]


def test_times_are_told_and_never_red() -> None:
    before = result(*(record(f"q{n}", {"right": 1.0}, ms=10.0) for n in range(20)))
    after = result(*(record(f"q{n}", {"right": 1.0}, ms=900.0) for n in range(20)))
    assert compare(before, after).ms == {"p50": (10.0, 900.0), "p95": (10.0, 900.0)}
    assert "p50 10 -> 900 ms" in table(compare(before, after))
    assert gate(after, before) == []


def test_the_table_tells_what_got_better_and_worse_in_either_language() -> None:
    before = result(record("a", {"right": 1.0}), record("b", {"right": 0.0}) | {"question": "5G基站有多少？"})
    after = result(record("a", {"right": 0.0}), record("b", {"right": 1.0}) | {"question": "5G基站有多少？"})
    told = table(compare(before, after))
    assert "worse: 1 question\n  -1.00  a  right 1 -> 0  What is a?" in told
    assert "better: 1 question\n  +1.00  b  right 0 -> 1  5G基站有多少？" in told


def test_slices_are_named_as_in_the_summary() -> None:
    one = record("a", {}, pair="zh→en", type="figure", script="zh-Hant")
    assert slices_of(one) == ["all", "pair zh→en", "type figure", "script zh-Hant"]
    assert slices_of(record("a", {})) == ["all"]


Scores = dict[str, float]
SCORES = st.dictionaries(
    st.sampled_from(["right", "terms", "length", "verbatim"]), st.sampled_from([0, 0.5, 1]), max_size=4
)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(SCORES, SCORES, st.sampled_from(["en→en", "zh→en"])), max_size=8))
def test_the_way_back_is_the_mirror_and_nothing_is_nan(rows: list[tuple[Scores, Scores, str]]) -> None:
    runs = [
        result(*(record(str(n), first, pair=pair) for n, (first, _, pair) in enumerate(rows))),
        result(*(record(str(n), second, pair=pair) for n, (_, second, pair) in enumerate(rows))),
    ]
    there, back = compare(*runs), compare(*reversed(runs))
    mirror = {"better": "worse", "worse": "better", "same": "same"}
    seen = {(one.slice, one.measure): (one.before, one.after, one.verdict) for one in there.changes}
    assert seen == {(o.slice, o.measure): (o.after, o.before, mirror[o.verdict]) for o in back.changes}
    assert all(math.isfinite(value) for one in there.changes for value in (one.low, one.high, one.before, one.after))
    assert "nan" not in table(there)
    assert compare(*runs) == there


# ---- reading


def test_a_result_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    made = marks("right", "10") | {"name": "測試"}
    path.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    assert read_result(path) == made


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"{", "not a result file"),
        (b"\xd6\xd0", "not a result file"),
        (b"[" * 100_000, "not a result file"),
        (b"[]", "no 'kind'"),
        (b'{"kind": "answers", "settings": {}, "summary": []}', "no 'questions'"),
        (b'{"kind": "answers", "settings": {}, "summary": [], "questions": [1]}', "question 1 has id None"),
    ],
)
def test_what_is_no_result_file_is_refused_by_name(tmp_path: Path, text: bytes, told: str) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=f"run.json: {told}"):
        read_result(path)


@pytest.mark.parametrize("score", ["NaN", "Infinity", "-Infinity", "1e999", "true", '"1"', "null"])
def test_a_score_that_is_no_finite_number_is_refused(tmp_path: Path, score: str) -> None:
    path = tmp_path / "run.json"
    text = json.dumps(result(record("a", {"right": 7.0})))
    path.write_text(text.replace("7.0", score), encoding="utf-8")
    with pytest.raises(ValueError, match=r"run\.json"):
        read_result(path)


def test_an_id_a_second_time_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(result(record("a", {}), record("a", {}))), encoding="utf-8")
    with pytest.raises(ValueError, match="question 2 has id 'a'"):
        read_result(path)
