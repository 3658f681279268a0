"""What an answer is worth: the measures of one question, and their means by slice with bootstrap intervals.

Pure functions of a record as run.py writes it. A measure that does not apply to a question is absent from its scores;
one that applies and was not met for want of an answer, or for a crash, has the worst value. When a text says a thing is
known by questions.py, whether two runs differ by compare.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.folding import HAN
from eval.compare import slices_of
from eval.questions import Question, says

__all__ = ["DEPTH", "RETRIEVAL", "length_of", "retrieval", "score", "summary"]

RETRIEVAL = {"recall@1": "R@1", "recall@5": "R@5", "recall@10": "R@10", "mrr": "RR@10", "ndcg@10": "nDCG@10"}
DEPTH = 10  # passages of a ranking; no measure looks further
HAN_A_WORD = 1.6  # Han characters that say as much as an English word
RESAMPLES, SEED = 1_000, 0

Record = Mapping[str, Any]


def score(question: Question, record: Record) -> dict[str, float]:
    """The measures of one question, each 0 to 1 but for length; more is better in all the others.

    With gold: recall@1, recall@5, recall@10, mrr, ndcg@10 of the ranking. Where an answer is expected: `terms`, the
    share of what is required that it says, and `all_terms`, and `first_line` of a figure (whether the first sentence
    says all); `cited_gold` (whether a citation is of a gold paragraph),
    `coverage` (share of the gold that is cited), `precision` (share of the citations that are of gold). Where something
    is forbidden: `clean`. Of every answer: `verbatim` (share of the citations that stand in the index as quoted),
    `locked` (whether what every sentence cites bears its figures out, see assistant/lock.py) and `length` (words).
    Always `right`: whether it answers or refuses as expected; a false premise is refused or met with all that is
    required and nothing that is forbidden.
    """
    crashed, refused = bool(record["error"]), bool(record["refused"])
    spoken = " ".join(sentence["text"] for sentence in record["sentences"])
    scores: dict[str, float] = {}
    if record["gold"]:
        relevant = {passage for gold in record["gold"] for passage in gold["passages"]}
        # A gold that no passage bears can be missed, and not be found.
        relevant |= {f"gold {n}" for n, gold in enumerate(record["gold"]) if not gold["passages"]}
        scores |= retrieval(record["ranking"], dict.fromkeys(relevant, 1))
    said = [any(says(record["answer"], one) for one in wanted) for wanted in question.required]
    missing = crashed or refused
    if question.expect == "answer":
        if said:
            scores["terms"] = 0.0 if missing else sum(said) / len(said)
            scores["all_terms"] = float(not missing and all(said))
            if question.type == "figure":
                first = "" if missing else record["sentences"][0]["text"]
                scores["first_line"] = float(
                    all(any(says(first, one) for one in wanted) for wanted in question.required)
                )
        if record["gold"]:
            scores |= dict.fromkeys(("cited_gold", "coverage", "precision"), 0.0) if missing else _cited(record)
    clean = not any(says(spoken, one) for one in question.forbidden)
    if question.forbidden:
        scores["clean"] = float(clean and not crashed)
    if crashed:
        scores |= {"verbatim": 0.0, "locked": 0.0}
    elif not refused:
        scores["verbatim"] = _share([citation["verbatim"] for citation in record["citations"]])
        scores["locked"] = float(not any(sentence["faults"] for sentence in record["sentences"]))
        scores["length"] = length_of(spoken)
    wanted = {"answer": not refused, "refuse": refused, "correct": refused or (all(said) and clean)}
    scores["right"] = float(wanted[question.expect] and not crashed)
    return scores


def retrieval(ranking: Sequence[str], judged: Mapping[str, int]) -> dict[str, float]:
    """RETRIEVAL for one ranking of ids, best first, each once; `judged` says how relevant an id is, 0 not at all.

    The order of the ranking counts: trec_eval, which ir-measures asks, would order equal scores by id.
    """
    import ir_measures  # an extra of the package: `pip install 'chuchu[eval]'`

    measures = {ir_measures.parse_measure(theirs): name for name, theirs in RETRIEVAL.items()}
    qrels = [ir_measures.Qrel("q", one, relevance) for one, relevance in judged.items()]
    run = [ir_measures.ScoredDoc("q", one, float(-place)) for place, one in enumerate(ranking[:DEPTH])]
    found = {measures[metric.measure]: metric.value for metric in ir_measures.iter_calc(list(measures), qrels, run)}
    return {name: round(float(found.get(name, 0)), 6) for name in RETRIEVAL}


def length_of(text: str) -> float:
    """The length of a text in words; 1.6 Han characters count as one."""
    han = len(HAN.findall(text))
    return round(len(re.findall(r"[A-Za-zÀ-ɏ0-9][\w.,'’%-]*", HAN.sub(" ", text))) + han / HAN_A_WORD, 1)


def _cited(record: Record) -> dict[str, float]:
    return {
        "cited_gold": float(any(citation["gold"] for citation in record["citations"])),
        "coverage": _share([gold["cited"] for gold in record["gold"]]),
        "precision": _share([citation["gold"] for citation in record["citations"]]),
    }


def _share(holding: Sequence[bool]) -> float:
    return round(sum(holding) / len(holding), 6) if holding else 0.0


def summary(records: Sequence[Record]) -> list[dict[str, Any]]:
    """The means of each slice ("all" first, then by name): {"slice", "n", measure: {"mean", "low", "high", "n"}}.

    A measure counts the questions that it applies to, its own n. `refusal_recall` is the share refused of what has to
    be, `refusal_precision` the share that may be of what is refused; p50 and p95 are milliseconds. `low` and
    `high` bound 95 % of 1,000 bootstrap resamples of the questions, twins together (percentiles, fixed seed).
    """
    slices: dict[str, list[Record]] = {}
    for record in records:
        for name in slices_of(record):
            slices.setdefault(name, []).append(record)
    order = sorted(slices, key=lambda name: (name != "all", name))
    return [{"slice": name, "n": len(slices[name])} | _means(slices[name]) for name in order]


def _means(records: Sequence[Record]) -> dict[str, dict[str, float]]:
    scores: dict[str, list[tuple[str, float]]] = {}
    for record in records:
        own = str(record.get("twin") or record["id"])
        told = dict(record["scores"])
        if record.get("expect") == "refuse":
            told["refusal_recall"] = float(bool(record["refused"]))
        if record.get("refused"):
            told["refusal_precision"] = float(record["expect"] != "answer")
        for measure, value in told.items():
            scores.setdefault(measure, []).append((own, value))
    means = {measure: _mean(scored) for measure, scored in sorted(scores.items())}
    times = np.array([record["ms"] for record in records if "ms" in record])
    if len(times):
        drawn = np.concatenate([times[draw] for draw in _draws(len(times))])
        for name, percent in (("p50", 50), ("p95", 95)):
            means[name] = _interval(np.percentile(times, percent), np.percentile(drawn, percent, axis=1), len(times))
    return means


def _mean(scored: Sequence[tuple[str, float]]) -> dict[str, float]:
    """The mean of the questions; resampled are whole twins: a question asked in another script says little more."""
    group = np.unique([own for own, _ in scored], return_inverse=True)[1]
    values = np.array([value for _, value in scored])
    sums, counts = np.bincount(group, weights=values), np.bincount(group)
    drawn = np.concatenate([sums[draw].sum(1) / counts[draw].sum(1) for draw in _draws(len(sums))])
    return _interval(values.mean(), drawn, len(values))


def _draws(size: int) -> Iterator[NDArray[np.int64]]:
    # In parts: a thousand resamples of ten thousand questions at once would take 80 MB.
    random = np.random.default_rng(SEED)
    for _ in range(10):
        yield random.integers(0, size, (RESAMPLES // 10, size))


def _interval(value: np.floating[Any], drawn: NDArray[np.float64], size: int) -> dict[str, float]:
    low, high = np.percentile(drawn, (2.5, 97.5))
    return {"mean": round(float(value), 4), "low": round(float(low), 4), "high": round(float(high), 4), "n": size}
