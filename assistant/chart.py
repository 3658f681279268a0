"""A timeline as HTML in the asker's language: a drawing of what can be compared, and a table of every point.

The drawing is one SVG without script or outside request; its colours stand in page.css. How figures and periods are
worded is known by wording.py, how a citation's button looks by page.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from html import escape

from assistant.cite import Citation
from assistant.timeline import Point, Timeline
from assistant.wording import amount, axis_period, changed, mark, period, phrase, place

__all__ = ["shown"]

Slot = Point | str  # a point, or a year or years ("2018–2020") of which nothing is recorded


def shown(timeline: Timeline, tag: str, chip: Callable[[Citation], str]) -> str:
    """Drawing and table in the language `tag`; without points, the names of what comes nearest, "" without these.

    `chip` makes the button of a citation. Fewer than two points that can be compared are not drawn.
    """
    if not timeline.points:
        near = "".join(f"<li>{_esc(name)}</li>" for name in timeline.nearest)
        return f'<div class="timeline"><p>{_words("nearest_indicators", tag)}</p><ul>{near}</ul></div>' if near else ""
    name = (timeline.english if tag == "en" else timeline.chinese) or timeline.indicator
    return f'<div class="timeline">{_drawing(timeline, name, tag)}{_table(timeline, name, tag, chip)}</div>'


# The table


def _table(timeline: Timeline, name: str, tag: str, chip: Callable[[Citation], str]) -> str:
    heads = "".join(
        f'<th role="columnheader" scope="col">{_words(key, tag)}</th>'
        for key in ("period", "value", "change", "source")
    )
    rows = "".join(
        f'<tr role="row" class="gap"><td role="cell" colspan="4">{_words("gap", tag, years=slot)}</td></tr>'
        if isinstance(slot, str)
        else _row(slot, timeline.points, tag, chip)
        for slot in _slots(timeline.points, timeline.gaps)
    )
    note = f'<p class="note">{_words("computed_note", tag)}</p>' if any(p.change for p in timeline.points) else ""
    # The roles keep it a table for screen readers where page.css lays the rows of a narrow page out in another way.
    return (
        f'<table role="table"><caption>{_esc(_upper(name))}</caption>'
        f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>{note}'
    )


def _row(point: Point, points: Sequence[Point], tag: str, chip: Callable[[Citation], str]) -> str:
    figure, passage = point.figure, point.citation.passage
    when = _esc(_upper(period(figure.period.value, tag, deadline=figure.kind == "target")))
    known = _words({"stated": "stated", "inferred": "inferred_period", "unknown": "undated"}[figure.period.known], tag)
    where = f' <span class="aside">{_esc(place(figure, tag))}</span>' if figure.place else ""
    chips = "".join(chip(citation) for citation in (point.citation, *point.also))
    day = passage.day
    said = f"<time>{_esc(day.value)}</time>" if day.value else _words("unknown", tag)
    said += f" ({_words('inferred', tag)})" if day.known == "inferred" else ""
    return (
        f'<tr role="row"><th role="rowheader" scope="row">{when} <span class="aside">{known}</span></th>'
        f'<td role="cell"><span class="amount">{_esc(amount(figure, tag))}</span>{where} '
        f"{_labels(point, points, tag)}</td>"
        f'<td role="cell">{_change(point, tag)}</td>'
        # The name of the button says the day too.
        f'<td role="cell">{chips} <span class="aside" aria-hidden="true">{said}</span></td></tr>'
    )


def _labels(point: Point, points: Sequence[Point], tag: str) -> str:
    """What kind of figure it is, and what it is to another; that it is newer stands with the change."""
    relation = point.relation
    labels = [("kind", phrase(f"kind_{point.figure.kind}", tag))]
    if relation and not (relation == "newer" and point.change):
        other = "…" if point.other is None else amount(points[point.other].figure, tag)
        labels = [] if relation == "target" else labels  # its words say that it is a plan
        labels = [*labels, (f"kind {relation}", phrase(relation, tag, other=other))]
    spans = (f'<span class="{look}">{_esc(words)}</span>' for look, words in labels)
    return f'<span class="kinds">{" ".join(spans)}</span>'


def _change(point: Point, tag: str) -> str:
    if point.change is None:
        return ""
    newer = f"{_words('newer', tag)} · " if point.relation == "newer" else ""
    against = _words("against", tag, period=period(point.change.since, tag))
    against += "" if point.change.even else f" · {_words('uneven', tag)}"
    return (
        f'<span class="amount">{_esc(changed(point.change, point.figure.unit, tag))}</span> '
        f'<span class="aside"><i>{_words("computed", tag)}</i> · {newer}{against}</span>'
    )


def _slots(points: Sequence[Point], gaps: Sequence[str]) -> list[Slot]:
    """Points and gaps in the order of time; years in a row are one gap, and undated points come last."""
    slots: list[Slot] = []
    ahead = _together(gaps)
    for point in points:
        years = re.findall(r"\d{4}", re.sub(r"-\d\d", "", point.figure.period.value))
        while ahead and (not years or ahead[0][:4] < years[-1]):
            slots.append(ahead.pop(0))
        slots.append(point)
    return slots + ahead


def _together(years: Sequence[str]) -> list[str]:
    """Years in a row as one.

    >>> _together(["2015", "2017", "2018", "2019"])
    ['2015', '2017–2019']
    """
    runs: list[list[str]] = []
    for year in sorted(years):
        if runs and runs[-1][-1].isdecimal() and int(runs[-1][-1]) + 1 == int(year):
            runs[-1].append(year)
        else:
            runs.append([year])
    return [run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]


# The drawing

_HIGH, _WIDE = 104, 36  # of the tallest column and of each; all lengths are in units of the drawing, about a pixel
_TOP, _BOTTOM = 22, 42  # room for the value over a column and for two lines of time below
_ENDLESS = 10**15  # no scale shows what is larger
_LETTER, _HAN = 7.2, 13.0  # width of a character at the size of the labels, 13


def _drawing(timeline: Timeline, name: str, tag: str) -> str:
    drawn = _comparable(timeline.points)
    if len(drawn) < 2:
        return ""
    # A gap before the first or behind the last column that is drawn is a break in nothing.
    slots = [slot for slot in _slots(timeline.points, timeline.gaps) if isinstance(slot, str) or slot in drawn]
    first, last = slots.index(drawn[0]), slots.index(drawn[-1])
    slots = slots[first : last + 1]
    sizes = [float(size) for point in drawn for size in (point.figure.value, point.figure.high) if size is not None]
    floor, top = min(0.0, *sizes), max(0.0, *sizes)
    unit = _HIGH / ((top - floor) or 1.0)
    under = 18 if floor < 0 else 0
    zero, foot = _TOP + top * unit, _TOP + _HIGH + under
    parts, edge = [], 0.0
    for slot in slots:
        wide = max(60.0, *(_width(text) + 12 for text in _texts(slot, tag)))
        middle = edge + wide / 2
        if isinstance(slot, str):
            parts.append(_break(middle, wide, zero, foot, slot))
        else:
            parts.append(_column(slot, middle, wide, zero, unit, foot, tag))
        edge += wide
    width, height = edge, foot + _BOTTOM
    told = "; ".join(phrase("gap", tag, years=slot) if isinstance(slot, str) else _told(slot, tag) for slot in slots)
    left = len(timeline.points) - len(drawn)
    notes = [f'<span class="key {kind}">{_words(f"kind_{kind}", tag)}</span>' for kind in _kinds(drawn)]
    notes += [f"<span>{_words('not_drawn', tag, n=str(left))}</span>"] if left else []
    return (
        f'<figure><div class="scroll"><svg role="img" viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}" style="min-width:{width * 0.84:.0f}px">'
        f"<title>{_words('chart', tag, name=name)}</title><desc>{_esc(told)}</desc>{''.join(parts)}</svg></div>"
        f"<figcaption>{' '.join(notes)}</figcaption></figure>"
    )


def _comparable(points: Sequence[Point]) -> list[Point]:
    """The most dated points that one scale can hold: of one unit and one place, all of them changes or none."""

    def scale(point: Point) -> tuple[str, str, bool]:
        return point.figure.unit, point.figure.place, point.figure.kind == "change"

    dated = [point for point in points if point.figure.period.value and abs(point.figure.value) < _ENDLESS]
    if not dated:
        return []
    ((chosen, _),) = Counter(map(scale, dated)).most_common(1)
    return [point for point in dated if scale(point) == chosen]


def _column(point: Point, middle: float, wide: float, zero: float, unit: float, foot: float, tag: str) -> str:
    figure = point.figure
    tip = zero - float(figure.value) * unit
    reach = tip if figure.high is None else zero - float(figure.high) * unit
    label = min(tip, reach) - 6 if figure.value >= 0 else max(tip, reach) + 15
    parts = [
        f'<path class="ground" d="M{middle - wide / 2:.1f} {zero:.1f}h{wide:.1f}"/>',
        f'<rect class="{figure.kind}" x="{middle - _WIDE / 2:.1f}" y="{min(zero, tip):.1f}"'
        f' width="{_WIDE}" height="{max(abs(zero - tip), 1.0):.1f}"/>',
    ]
    if figure.high is not None:  # the column ends at the lower end of the range, a line leads on to the upper
        parts.append(f'<path class="range" d="M{middle:.1f} {tip:.1f}V{reach:.1f}m-6 0h12"/>')
    parts.append(_text(middle, label, mark(figure, tag), "amount"))
    for line, words in enumerate(axis_period(figure.period.value, tag)):
        parts.append(_text(middle, foot + 18 + 15 * line, words, "when") if words else "")
    return "".join(parts)


def _break(middle: float, wide: float, zero: float, foot: float, years: str) -> str:
    """Where nothing is recorded the ground is broken."""
    ground = f"M{middle - wide / 2:.1f} {zero:.1f}H{middle - 8:.1f}M{middle + 8:.1f} {zero:.1f}H{middle + wide / 2:.1f}"
    strokes = "".join(f"M{middle + by:.1f} {zero + 5:.1f}l6 -10" for by in (-7, 1))
    return f'<path class="ground" d="{ground}{strokes}"/>' + _text(middle, foot + 18, years, "when")


def _text(x: float, y: float, words: str, look: str) -> str:
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}">{_esc(words)}</text>'


def _texts(slot: Slot, tag: str) -> tuple[str, ...]:
    if isinstance(slot, str):
        return (slot,)
    return (mark(slot.figure, tag), *axis_period(slot.figure.period.value, tag))


def _width(text: str) -> float:
    return sum(_HAN if char > "⺀" else _LETTER for char in text)


def _told(point: Point, tag: str) -> str:
    figure = point.figure
    when = period(figure.period.value, tag, deadline=figure.kind == "target")
    return f"{when}: {amount(figure, tag)} ({phrase(f'kind_{figure.kind}', tag)})"


def _kinds(points: Sequence[Point]) -> list[str]:
    """The kinds that there are; one alone needs no key, unless it is a plan."""
    kinds = list(dict.fromkeys(point.figure.kind for point in points))
    return [] if kinds == ["result"] else list(kinds)


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _words(key: str, tag: str, **values: str) -> str:
    return _esc(phrase(key, tag, **values))


def _esc(text: str) -> str:
    return escape(text, quote=True)
