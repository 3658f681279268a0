"""Whether one run is better than another: the same questions under both, and what of the difference is more than noise.

The noise is that of the questions: other ones of the same kind would have given other means. A run itself repeats its
figures. Times are told and never judged: they are the machine's. How a run is made is known elsewhere in eval.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Change", "Comparison", "Move", "compare", "gate", "read_result", "slices_of", "table"]

Result = Mapping[str, Any]  # a result file as read
Record = Mapping[str, Any]  # one of its questions
Verdict = Literal["better", "worse", "same"]
Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

LEVEL = 0.05  # chance that one family of slices shows a drop (or a rise) where there is none
BOOTSTRAP, FLIPS, SEED = 1_000, 10_000, 0
UNDIRECTED = {"length"}  # neither more nor less of it is better
JUDGED = {"faithfulness"}  # by a chat model (judge.py), which may say another thing the next time
PROMISES = {"verbatim", "locked"}  # kept by construction, so one break is a fault and no sample of anything


@dataclass(frozen=True, slots=True)
class Change:
    """One measure in one slice: its means over the n questions scored by both runs, and how sure their difference is.

    `low` and `high` bound after - before (bootstrap over the questions, percentiles, 95 %). `verdict` is better or
    worse only where differences of random sign would reach as much, in any slice, with a probability below LEVEL.
    Questions that share a `twin` (one question in several languages) count as one draw in both.
    """

    slice: str
    measure: str
    n: int
    before: float
    after: float
    low: float
    high: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Move:
    """One question whose scores differ: `change` is the mean difference of its measures, `scores` (before, after)."""

    id: str
    question: str
    change: float
    scores: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs on the questions they share; `moves` the worst first, `notes` what makes them less than alike."""

    before: str
    after: str
    shared: int
    changes: tuple[Change, ...]
    moves: tuple[Move, ...]
    notes: tuple[str, ...]
    ms: Mapping[str, tuple[float, float]]  # p50 and p95 in milliseconds, before and after; {} where not timed


def read_result(path: Path) -> dict[str, Any]:
    """A result file. Raises ValueError with the file, the place, what was found there and what was expected."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise ValueError(f"{path}: not a result file ({error}); expected what `python -m eval run` writes") from error
    for name, kind in (("kind", str), ("settings", dict), ("questions", list), ("summary", list)):
        if not isinstance(result, dict) or not isinstance(result.get(name), kind):
            raise ValueError(f"{path}: no {name!r}; expected a result file as `python -m eval run` writes it")
    seen: set[str] = set()
    for number, record in enumerate(result["questions"], start=1):
        own = record.get("id") if isinstance(record, dict) else None
        if not isinstance(own, str) or own in seen:
            raise ValueError(f"{path}: question {number} has id {own!r}; expected a string, each once")
        seen.add(own)
        scores = record.get("scores")
        if not isinstance(scores, dict) or not all(_is_number(score) for score in scores.values()):
            raise ValueError(f"{path}: scores of question {own!r} are {scores!r}; expected a finite number by measure")
    return dict(result)


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no score; expected a finite number")


def _is_number(score: object) -> bool:
    return isinstance(score, (int, float)) and not isinstance(score, bool) and math.isfinite(score)


def slices_of(record: Record) -> list[str]:
    """The slices a question belongs to, as the summary of a result file names them; "all" is the first."""
    return ["all", *(f"{name} {record[name]}" for name in ("pair", "type", "script") if record.get(name))]


def compare(before: Result, after: Result) -> Comparison:
    """What changed from one run to the other, on the questions that both asked in the same words.

    Only questions that both runs scored count for a measure. The same runs give the same comparison: the seed is fixed.
    """
    pairs = list(_shared(before, after))
    return Comparison(
        _label(before),
        _label(after),
        len(pairs),
        tuple(_changes(pairs)),
        tuple(sorted(filter(None, map(_move, pairs)), key=lambda move: (move.change, move.id))),
        tuple(_notes(before, after, pairs)),
        _times(pairs),
    )


Pairs = Sequence[tuple[Record, Record]]


def _shared(before: Result, after: Result) -> Iterator[tuple[Record, Record]]:
    asked = {record["id"]: record for record in after["questions"]}
    for record in before["questions"]:
        other = asked.get(record["id"])
        if other is not None and _asked(other) == _asked(record):
            yield record, other


def _asked(record: Record) -> tuple[Any, list[Any]]:
    return record.get("question"), list(record.get("history") or ())


def _label(result: Result) -> str:
    words = (result.get("name"), result["settings"].get("system"), result.get("commit"))
    return " · ".join(str(word) for word in words if word)


def _measures(records: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(measure for record in records for measure in record["scores"]))


def _changes(pairs: Pairs) -> Iterator[Change]:
    measures = [one for one in _measures([a for a, _ in pairs]) if any(one in b["scores"] for _, b in pairs)]
    if not measures:
        return
    slices: dict[str, list[int]] = {}
    for place, (record, _) in enumerate(pairs):
        for name in slices_of(record):
            slices.setdefault(name, []).append(place)
    before, after = (
        np.array([[record["scores"].get(one, np.nan) for one in measures] for record in side])
        for side in zip(*pairs, strict=True)
    )
    difference = after - before  # questions x measures, NaN where one of the two runs has no score
    twins = [str(record.get("twin") or record["id"]) for record, _ in pairs]
    group = np.unique(twins, return_inverse=True)[1]
    verdicts = _verdicts(difference, measures, list(slices.values()), group)
    for (name, places), row in zip(slices.items(), verdicts, strict=True):
        for column, measure in enumerate(measures):
            both = np.array([place for place in places if not np.isnan(difference[place, column])], dtype=int)
            if both.size:
                means = float(before[both, column].mean()), float(after[both, column].mean())
                low, high = _interval(difference[both, column], group[both])
                yield Change(name, measure, both.size, *means, low, high, row[column])


def _interval(differences: Floats, group: Integers) -> tuple[float, float]:
    counts = np.bincount(group)
    sums = np.bincount(group, differences)[counts > 0]
    counts = counts[counts > 0]
    drawn = np.random.default_rng(SEED).integers(0, counts.size, size=(BOOTSTRAP, counts.size))
    low, high = np.percentile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)


def _verdicts(
    difference: Floats, measures: Sequence[str], slices: Sequence[Sequence[int]], group: Integers
) -> list[list[Verdict]]:
    """Slices x measures. z is the sum of a cell's differences by the root of the sum of their squares.

    All differences of a question, and of its twins, flip their sign together; a cell is beyond the noise when the
    highest z of any cell of its family gets there in fewer than LEVEL of the flips. There are two families, so that
    what all questions say does not drown in the many small slices: the first slice, and the others. Source: the
    single-step maxT procedure of Westfall and Young, Resampling-Based Multiple Testing, 1993.
    """
    known = np.where([one not in UNDIRECTED for one in measures], np.nan_to_num(difference), 0)
    member = np.zeros((len(slices), len(known)))
    for row, places in enumerate(slices):
        member[row, list(places)] = 1
    norm = np.sqrt(np.maximum(member @ known**2, 1e-12))  # flips leave it as it is
    z = member @ known / norm
    highest = np.empty((FLIPS, 2))
    random = np.random.default_rng(SEED)
    block = max(1, 2_000_000 // len(known))  # so many flips in memory at once
    for start in range(0, FLIPS, block):
        signs = random.choice([-1.0, 1.0], size=(min(block, FLIPS - start), group.max() + 1))[:, group]
        flipped = np.stack([(signs * one) @ member.T for one in known.T], axis=2) / norm
        highest[start : start + block, 0] = flipped[:, :1].max(axis=(1, 2))
        highest[start : start + block, 1] = flipped[:, 1:].max(axis=(1, 2), initial=-np.inf)
    reached = [(highest[:, int(row > 0), None] >= np.abs(one) - 1e-9).sum(axis=0) for row, one in enumerate(z)]
    beyond = (np.array(reached) + 1) / (FLIPS + 1) < LEVEL
    return [
        ["same" if not sure else "better" if up > 0 else "worse" for sure, up in zip(*cells, strict=True)]
        for cells in zip(beyond, z, strict=True)
    ]


def _move(pair: tuple[Record, Record]) -> Move | None:
    before, after = (record["scores"] for record in pair)
    both = [one for one in before if one in after and one not in UNDIRECTED]
    moved = {one: (before[one], after[one]) for one in both if before[one] != after[one]}
    if not moved:
        return None
    change = sum(last - first for first, last in moved.values()) / len(both)
    return Move(pair[0]["id"], str(pair[0].get("question", "")), change, moved)


def _notes(before: Result, after: Result, pairs: Pairs) -> Iterator[str]:
    for name in sorted(before["settings"].keys() | after["settings"].keys()):
        one, other = before["settings"].get(name, "–"), after["settings"].get(name, "–")
        if one != other:
            yield f"{name}: {one} before, {other} after"
    first, second = ({record["id"] for record in result["questions"]} for result in (before, after))
    for ids, where in ((first - second, "before only"), (second - first, "after only")):
        if ids:
            yield f"{_questions(ids)} asked {where}, left out: {_some(sorted(ids))}"
    reworded = sorted((first & second) - {record["id"] for record, _ in pairs})
    if reworded:
        yield f"{_questions(reworded)} asked in other words, left out: {_some(reworded)}"
    if not pairs:
        yield "no question is in both runs"
    for one, other, where in ((before, after, "before"), (after, before, "after")):
        absent = [name for name in _measures(one["questions"]) if name not in _measures(other["questions"])]
        if absent and other["questions"]:
            yield f"measured {where} only: {', '.join(absent)}"


def _questions(ids: Sequence[str] | set[str]) -> str:
    return f"{len(ids)} question{'s' * (len(ids) != 1)}"


def _some(ids: Sequence[str], shown: int = 8) -> str:
    return ", ".join(ids[:shown]) + (f" and {len(ids) - shown} more" if len(ids) > shown else "")


def _times(pairs: Pairs) -> dict[str, tuple[float, float]]:
    times = [(a["ms"], b["ms"]) for a, b in pairs if _is_number(a.get("ms")) and _is_number(b.get("ms"))]
    if not times:
        return {}
    before, after = (np.percentile(side, [50, 95]).tolist() for side in zip(*times, strict=True))
    return dict(zip(("p50", "p95"), zip(before, after, strict=True), strict=True))


def table(comparison: Comparison) -> str:
    """The comparison as plain text: notes, each measure over all, slices beyond the noise, question by question."""
    shown = [one for one in comparison.changes if one.slice == "all" or one.verdict != "same"]
    head = ("slice", "measure", "n", "before", "after", "change", "95 %", "")
    rows = [
        (
            *(one.slice, one.measure, str(one.n), f"{one.before:.3f}", f"{one.after:.3f}"),
            *(f"{one.after - one.before:+.3f}", f"{one.low:+.3f} … {one.high:+.3f}"),
            "" if one.verdict == "same" else one.verdict,
        )
        for one in shown
    ]
    parts = [f"before  {comparison.before}\nafter   {comparison.after}\n{comparison.shared} questions in both"]
    if comparison.notes:
        parts.append("\n".join(f"- {note}" for note in comparison.notes))
    if rows:
        parts.append(_aligned([head, *rows]))
        parts.append("better, worse: beyond the noise of the questions; no word: within it")
    for title, moves in (
        ("worse", [one for one in comparison.moves if one.change < 0]),
        ("better", [one for one in reversed(comparison.moves) if one.change > 0]),
        ("better in one measure, worse in another", [one for one in comparison.moves if one.change == 0]),
    ):
        lines = [f"  {one.change:+.2f}  {one.id}  {_steps(one)}  {one.question}" for one in moves]
        parts.append("\n".join([f"{title}: {_questions([one.id for one in moves])}", *lines]))
    if comparison.ms:
        times = ", ".join(f"{name} {a:.0f} -> {b:.0f} ms" for name, (a, b) in comparison.ms.items())
        parts.append(f"time for one answer (the machine's as much as the code's): {times}")
    return "\n\n".join(parts)


def _steps(move: Move) -> str:
    return ", ".join(f"{measure} {first:.3g} -> {last:.3g}" for measure, (first, last) in move.scores.items())


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell + " " * (width - _width(cell)) if place in (0, 1, 7) else " " * (width - _width(cell)) + cell
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def gate(run: Result, baseline: Result) -> list[str]:
    """Why the run must not pass, a line each; [] when nothing is worse than the baseline beyond the noise.

    Red are a measure worse in all questions or in a slice (see Change), a promise broken (a quotation that is not
    verbatim, a figure that its source lacks) or a crash where the baseline had none, and whatever of the baseline the
    run leaves unasked or unmeasured. What only the run has does not matter, nor what a judge says: it is not ours.
    """
    run, baseline = _unjudged(run), _unjudged(baseline)
    comparison = compare(baseline, run)
    pairs = list(_shared(baseline, run))
    asked = {before["id"] for before, _ in pairs}
    reasons = []
    if not pairs:
        reasons.append("no question is in both the run and the baseline: nothing was compared")
    elif unasked := [record["id"] for record in baseline["questions"] if record["id"] not in asked]:
        reasons.append(
            f"{_questions(unasked)} of the baseline not asked, or in other words: {_some(unasked)}; "
            "where the set changed on purpose, make the baseline anew"
        )
    own = _measures(run["questions"])
    if pairs and (unmeasured := [one for one in _measures(baseline["questions"]) if one not in own]):
        reasons.append(f"not measured in the run, but in the baseline: {', '.join(unmeasured)}")
    crashed = [after["id"] for before, after in pairs if after.get("error") and not before.get("error")]
    if crashed:
        reasons.append(f"{_questions(crashed)} crashed that did not in the baseline: {_some(crashed)}")
    for measure in sorted(PROMISES):
        broken = [
            after["id"]
            for before, after in pairs
            if not after.get("error") and after["scores"].get(measure, 1) < 1 and before["scores"].get(measure, 1) == 1
        ]
        if broken:
            reasons.append(f"{measure}: broken in {_questions(broken)} where the baseline keeps it: {_some(broken)}")
    for one in comparison.changes:
        if one.verdict == "worse" and one.measure not in PROMISES:
            reasons.append(
                f"{one.slice}: {one.measure} fell from {one.before:.3f} to {one.after:.3f} over {one.n} questions "
                f"(95 % of the change {one.low:+.3f} to {one.high:+.3f})"
            )
    return reasons


def _unjudged(result: Result) -> dict[str, Any]:
    records = [
        {**record, "scores": {one: score for one, score in record["scores"].items() if one not in JUDGED}}
        for record in result["questions"]
    ]
    return {**result, "questions": records}
