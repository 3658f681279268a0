"""What Chuchu is to reach, and how far results are: each aim with its figure, over all questions and by language pair.

Pure functions of records as run.py writes them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

__all__ = ["AIMS", "Aim", "table"]

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Aim:
    """One figure to reach: at least `least`, or at most `most`; `of` computes it, None where no record counts."""

    name: str
    of: Callable[[Sequence[Record]], float | None]
    least: float | None = None
    most: float | None = None

    def met(self, value: float) -> bool:
        """Whether a figure reaches the aim."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    @property
    def wanted(self) -> str:
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"


def table(records: Sequence[Record]) -> str:
    """The aims as a Markdown table: what is aimed at, what was reached in all, and for each language pair."""
    pairs: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        pairs[str(record["pair"])].append(record)
    columns = {"all": list(records), **{name: pairs[name] for name in sorted(pairs) if not name.endswith("→")}}
    lines = [
        f"| {' | '.join(['aim', 'wanted', *columns])} |",
        f"|---|---|{'---|' * len(columns)}",
    ]
    for aim in AIMS:
        shown = [_shown(aim, aim.of(chosen)) for chosen in columns.values()]
        lines.append(f"| {' | '.join([aim.name, aim.wanted, *shown])} |")
    return "\n".join(lines)


def _shown(aim: Aim, value: float | None) -> str:
    if value is None:
        return "–"
    written = f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"
    return written if aim.met(value) else f"{written} ✗"


def _mean_of(measure: str, *types: str) -> Callable[[Sequence[Record]], float | None]:
    def of(records: Sequence[Record]) -> float | None:
        chosen = [one for one in records if not types or one["type"] in types]
        return _mean(one["scores"][measure] for one in chosen if measure in one["scores"])

    return of


def _refused_of(expect: str) -> Callable[[Sequence[Record]], float | None]:
    return lambda records: _mean(bool(one["refused"]) for one in records if one["expect"] == expect)


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return float(mean(found)) if found else None


def _lost_in_talk(records: Sequence[Record]) -> float | None:
    """How much less follow-ups say of what is required than the same questions asked alone."""
    lost = []
    for twins in _twins(records):
        talked = [one for one in twins if one["history"]]
        alone = [one for one in twins if not one["history"]]
        if talked and alone and all("all_terms" in one["scores"] for one in twins):
            lost.append(
                mean(one["scores"]["all_terms"] for one in alone) - mean(one["scores"]["all_terms"] for one in talked)
            )
    return _mean(lost)


def _same_in_scripts(records: Sequence[Record]) -> float | None:
    """Of the questions asked in three scripts, the share that cites one gold paragraph in all three."""
    held = []
    for twins in _twins(records):
        told = [one for one in twins if not one["history"] and one["expect"] == "answer"]
        if {"en", "zh-Hans", "zh-Hant"} <= {one["script"] for one in told}:
            cited = [
                {(c["source"], c["turn"], c["point"]) for c in one["citations"] if c["gold"]}
                for one in told
                if one["script"] != "mixed"
            ]
            held.append(bool(set.intersection(*cited)))
    return _mean(held)


def _twins(records: Sequence[Record]) -> Iterator[list[Record]]:
    groups: dict[str, list[Record]] = defaultdict(list)
    for one in records:
        if one["twin"]:
            groups[f"{one.get('set', '')} {one['twin']}"].append(one)
    return iter(groups.values())


def _median_length(records: Sequence[Record]) -> float | None:
    lengths = [one["scores"]["length"] for one in records if "length" in one["scores"]]
    return float(median(lengths)) if lengths else None


AIMS = (
    Aim("figure questions: the figure in the first line", _mean_of("first_line"), 0.9),
    Aim("fact, definition, who, when: all terms", _mean_of("all_terms", "fact", "definition", "who", "when"), 0.85),
    Aim("lists: points found", _mean_of("terms", "list"), 0.9),
    Aim("lists: points shown that belong", _mean_of("precision", "list"), 0.95),
    Aim(
        "timelines, comparisons, several documents: all terms",
        _mean_of("all_terms", "timeline", "comparison", "several"),
        0.85,
    ),
    Aim("a gold paragraph among the cited", _mean_of("cited_gold"), 0.95),
    Aim("citations that are gold", _mean_of("precision"), 0.6),
    Aim("unanswerable refused", _refused_of("refuse"), 0.85),
    Aim("answerable refused", _refused_of("answer"), most=0.08),
    Aim("false premise corrected or refused", _mean_of("right", "false_premise"), 0.85),
    Aim("follow-ups: loss against the question asked alone", _lost_in_talk, most=0.05),
    Aim("three scripts: the same gold paragraph cited", _same_in_scripts, 0.9),
    Aim("length: median, words", _median_length, most=80),
)
