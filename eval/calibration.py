"""Where the threshold of evidence lies: how many questions of the tuning sets fall below each candidate.

Only questions that evidence decides are counted. Whether a number, a name, a day or a comparison is there is decided by
looking for it, and has no threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.extractive import HITS_READ, LEAST_EVIDENCE, evidence, fitting
from assistant.followups import leans, standalone
from assistant.forms import form_of
from assistant.retrieve import Retriever
from assistant.settings import BRIEFINGS
from eval.questions import Question

__all__ = ["TUNING", "Step", "corpus_of", "judged", "steps"]

TUNING = Path(__file__).with_name("tuning")
CANDIDATES = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
_LOOKED_FOR = ("number", "series", "who", "when")


@dataclass(frozen=True, slots=True)
class Step:
    """What a threshold would refuse: `recall` of the unanswerable, `false` of the answerable, and `precision`."""

    threshold: float
    recall: float
    false: float
    precision: float
    chosen: bool


def corpus_of(path: Path, seeds: Path | None = None) -> Path | None:
    """The folder of transcripts that a tuning set asks about; None for that of the seeds when none is given."""
    if path.stem == "seeds":
        return seeds
    return TUNING / "archive" if path.stem == "archive" else BRIEFINGS


def judged(questions: Iterable[Question], retriever: Retriever) -> Iterator[tuple[bool, float]]:
    """Of each question that evidence decides: whether the record answers it, and the evidence for that (0 to 1.5)."""
    for question in questions:
        asked = standalone(question.question, [{"role": "user", "content": text} for text in question.history])
        decided = question.expect != "correct" and form_of(asked) not in _LOOKED_FOR and not leans(asked)
        if decided and question.type not in ("attack", "nonsense"):
            hits = fitting(asked, retriever.retrieve(asked, HITS_READ), retriever)
            yield question.expect == "answer", evidence(asked, hits, retriever)


def steps(found: Sequence[tuple[bool, float]]) -> list[Step]:
    """What each candidate would do, by threshold. Raises ValueError unless both kinds of question are there."""
    answerable, silent = ([value for answers, value in found if answers == kind] for kind in (True, False))
    if not answerable or not silent:
        count = f"{len(answerable)} answerable and {len(silent)} unanswerable"
        raise ValueError(f"{count} questions; expected some of both")
    made = []
    for threshold in CANDIDATES:
        right, wrong = (sum(value < threshold for value in values) for values in (silent, answerable))
        precision = right / (right + wrong) if right + wrong else 1.0
        share = right / len(silent), wrong / len(answerable)
        made.append(Step(threshold, *share, precision, threshold == LEAST_EVIDENCE))
    return made
