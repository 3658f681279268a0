"""How answers, hits, timelines, figures and the index look in a terminal, and as plain JSON values."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

from assistant.answer import as_json
from assistant.cite import Answer, Citation
from assistant.retrieve import Hit
from assistant.telling import change_words, dated, name_of, tag_of
from assistant.timeline import Change, Point, Timeline, end_of
from assistant.wording import amount, language_tag, phrase, place
from corpus.figures import Figure
from corpus.transcript import Passage
from embeddings.index import Changes, Stored

__all__ = [
    "counted",
    "figure_json",
    "hit_json",
    "plain",
    "printed_answer",
    "printed_changes",
    "printed_figure",
    "printed_hit",
    "printed_source",
    "printed_timeline",
    "timeline_json",
]


# ---- answers and hits


def printed_answer(answer: Answer) -> str:
    """The answer, with how the question was understood and which one could be asked, then the passages it cites."""
    tag = language_tag(answer.lang, answer.script)
    lines = [phrase("understood", tag) + answer.understood] if answer.understood else []
    lines.append(answer.text)
    if answer.suggestion:
        lines.append(phrase("instead", tag) + answer.suggestion)
    if answer.citations:
        lines.append(f"\n{phrase('nearest' if answer.refused else 'sources', tag)}")
    for passage, cited in groupby(answer.citations, lambda citation: citation.passage):
        numbers = "".join(f"[{citation.n}]" for citation in cited)
        lines.append(f"{numbers} {_about(passage, tag)}\n{_wrapped(passage.text)}")
    return "\n".join(lines)


def printed_hit(n: int, hit: Hit) -> str:
    """The n-th passage found, with its score."""
    return f"{n}. {hit.score:.3f}  {_about(hit.passage)}\n{_wrapped(hit.passage.text)}"


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit as plain JSON values."""
    return {
        "passage": hit.passage.id,
        "source": hit.passage.source,
        "score": round(hit.score, 4),
        "route": hit.route,
        "text": hit.passage.text,
    }


def _about(passage: Passage, tag: str = "en") -> str:
    who = passage.speaker or passage.outlet or passage.role
    dates = []
    for name, when in (("held", passage.held), ("published", passage.published)):
        if when.value:
            known = "" if when.known == "stated" else f" ({phrase(when.known, tag)})"
            dates.append(f"{phrase(name, tag).lower()} {when.value}{known}")
    what = passage.event or passage.title
    kind = phrase("digest_of", tag, what=what) if passage.kind == "digest" else what
    return " · ".join(part for part in (who, kind, *(dates or [phrase("unknown", tag)]), passage.source) if part)


def _wrapped(text: str) -> str:
    width = max(40, min(shutil.get_terminal_size().columns, 110)) - 4
    if any(character >= "\u3400" for character in text):
        width //= 2  # a Han character takes two columns
    return textwrap.indent(textwrap.fill(" ".join(text.split()), width), "    ")


# ---- timelines


def printed_timeline(timeline: Timeline) -> str:
    """A timeline as a table in the asker's language, and the sentences that bear it out; or what comes nearest."""
    tag = tag_of(timeline.asked)
    if not timeline.points:
        near = [phrase("nearest_indicators", tag), *(f"    {name}" for name in timeline.nearest)]
        return "\n".join([phrase("no_points", tag, asked=timeline.asked), *(near if timeline.nearest else [])])
    heads = [phrase(key, tag) for key in ("period", "value", "change", "source")]
    heads[2] += f" ({phrase('computed', tag)})"
    rows = [tuple(heads)]
    gaps = list(timeline.gaps)
    for point in timeline.points:
        while gaps and ((day := end_of(point)) is None or gaps[0] < str(day.year)):
            rows.append((phrase("gap", tag, years=gaps.pop(0)), "", "", ""))
        rows.append(_row(timeline, point, tag))
    cited = [f"[{one.n}] {_about(one.passage, tag)}\n{_wrapped(one.quote)}" for one in timeline.citations()]
    return "\n".join([name_of(timeline), *_table(rows), "", phrase("sources", tag), *cited])


def _row(timeline: Timeline, point: Point, tag: str) -> tuple[str, ...]:
    labels = [phrase(f"kind_{point.figure.kind}", tag)]
    if point.other is not None and not (point.relation == "newer" and point.change):
        labels.append(phrase(point.relation, tag, other=amount(timeline.points[point.other].figure, tag)))
    change = change_words(timeline, point, tag)
    marks = "".join(f"[{one.n}]" for one in (point.citation, *point.also))
    value = " · ".join(part for part in (amount(point.figure, tag), place(point.figure, tag), *labels) if part)
    return dated(point.figure, tag), value, change, marks


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    widths = [max(map(_width, column)) for column in columns]
    lines = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in zip(*columns, strict=True)
    ]
    return [lines[0], "-" * max(map(_width, lines)), *lines[1:]]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def timeline_json(timeline: Timeline) -> dict[str, Any]:
    """A timeline as plain JSON values: its points in order, with numbers of the citations that follow."""
    cited = as_json(Answer(timeline.asked, "en", "Latn", citations=tuple(timeline.citations())))["citations"]
    return {
        "asked": timeline.asked,
        "indicator": timeline.indicator,
        "english": timeline.english,
        "chinese": timeline.chinese,
        "points": [
            _figure_values(point.figure)
            | {
                "citation": point.citation.n,
                "also": [one.n for one in point.also],
                "relation": point.relation,
                "other": point.other,
                "change": _change_json(point.change),
            }
            for point in timeline.points
        ],
        "gaps": list(timeline.gaps),
        "nearest": list(timeline.nearest),
        "citations": cited,
    }


def _change_json(change: Change | None) -> dict[str, Any] | None:
    if change is None:
        return None
    return {
        "computed": True,
        "difference": plain(change.difference),
        "percent": None if change.percent is None else plain(change.percent),
        "since": change.since,
        "other": change.other,
        "exact": change.exact,
        "even": change.even,
    }


# ---- figures


def printed_figure(n: int, figure: Figure, citation: Citation) -> str:
    """The n-th figure of a list: what it is of, how much, when, and its sentence."""
    parts = (
        figure.indicator,
        amount(figure, "en"),
        dated(figure, "en"),
        phrase(f"kind_{figure.kind}", "en"),
        figure.place,
    )
    return (
        f"{n}. {' · '.join(part for part in parts if part)}\n    {citation.passage.source}\n{_wrapped(citation.quote)}"
    )


def figure_json(figure: Figure, citation: Citation) -> dict[str, Any]:
    """A figure as plain JSON values, with its source and its sentence."""
    quoted = {"source": citation.passage.source, "passage": citation.passage.id, "quote": citation.quote}
    return _figure_values(figure) | quoted


def _figure_values(figure: Figure) -> dict[str, Any]:
    return {
        "indicator": figure.indicator,
        "period": figure.period.value or None,
        "period_known": figure.period.known,
        "value": plain(figure.value),
        "high": None if figure.high is None else plain(figure.high),
        "unit": figure.unit,
        "kind": figure.kind,
        "bound": figure.bound,
        "place": figure.place,
        "base": figure.base.value or None,
    }


def plain(value: Decimal) -> int | float | str:
    """A number as JSON holds it; as text where a float would not hold all its digits."""
    if value == value.to_integral_value():
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else f"{value:f}"


# ---- the index


def printed_changes(changes: Changes, path: Path, total: int) -> str:
    """What became of each transcript that was to be added, then how many passages there are now."""
    lines = [f"  {verb}: {name}" for verb in ("added", "replaced", "unchanged") for name in getattr(changes, verb)]
    lines += [f"  left out: {name}, the same words as {twin}" for name, twin in changes.duplicates]
    stored = f"{changes.passages} stored now, {changes.encoded} of them newly encoded"
    return "\n".join([*lines, f"{path}: {total} passages; {stored}"])


def printed_source(one: Stored) -> str:
    """A transcript of the index: its id, and below what is known of it."""
    dates = f"held {one.held}, published {one.published}"
    size, name = counted(one.passages, "passage"), one.event or one.title or one.source
    return f"{one.id}\n    {one.kind}, {one.lang}, {size}, {dates}: {name}"


def counted(number: int, thing: str) -> str:
    """A number of things by name: "1 passage", "2 passages"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
