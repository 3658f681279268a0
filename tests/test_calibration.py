"""The calibration of the refusal threshold, on values worked by hand."""

from __future__ import annotations

import pytest

from assistant import Assistant
from assistant.extractive import LEAST_EVIDENCE
from eval.calibration import TUNING, corpus_of, judged, steps
from eval.questions import read_questions

FOUND = [(True, 0.9), (True, 0.5), (True, 0.33), (True, 0.7), (False, 0.1), (False, 0.5)]


def test_a_step_tells_what_its_threshold_would_refuse() -> None:
    by_threshold = {step.threshold: step for step in steps(FOUND)}
    at = by_threshold[0.35]
    assert (at.recall, at.false, at.precision) == (1 / 2, 1 / 4, 1 / 2)
    at = by_threshold[0.3]
    assert (at.recall, at.false, at.precision) == (1 / 2, 0, 1)


def test_the_threshold_in_use_is_one_of_the_candidates_and_marked() -> None:
    assert [step.threshold for step in steps(FOUND) if step.chosen] == [LEAST_EVIDENCE]


def test_questions_of_one_kind_calibrate_nothing() -> None:
    with pytest.raises(ValueError, match="2 answerable and 0 unanswerable"):
        steps([(True, 0.4), (True, 0.5)])


def test_evidence_is_higher_for_what_the_record_answers(briefings: Assistant) -> None:
    found = list(judged(read_questions(TUNING / "refusals.jsonl"), briefings.retriever))
    answers = [value for kind, value in found if kind]
    silent = [value for kind, value in found if not kind]
    assert len(answers) >= 8
    assert len(silent) >= 20
    assert min(answers) > sorted(silent)[len(silent) // 2]


def test_every_tuning_set_knows_its_transcripts() -> None:
    for path in TUNING.glob("*.jsonl"):
        folder = corpus_of(path)
        assert folder is None if path.stem == "seeds" else folder and any(folder.iterdir())
