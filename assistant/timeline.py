"""One indicator over time: cited points in order, what changed, and what contradicts what. All computed, nothing said.

How a figure is read off a text is known by corpus/figures.py, which figures words ask for by trace.py, how values and
times are called by wording.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import groupby
from typing import Literal

from assistant.cite import Citation
from corpus.figures import Figure

__all__ = [
    "EXACT",
    "Change",
    "Point",
    "Relation",
    "Timeline",
    "between",
    "change_between",
    "end_of",
    "gaps_of",
    "series",
]

# What a point is to the one it is compared with. newer: a result of a later period; revised: another value for the
# same period from a later briefing; target: a plan beside results; conflict: two values for one period that neither
# a later briefing nor another kind explains.
Relation = Literal["", "newer", "revised", "target", "conflict"]

_COUNTS = ("result", "cumulative")  # what was reached; these alone have changes and gaps
EXACT = Context(prec=400)  # arithmetic in so many digits; no figure that quantities.py reads has nearly as many
_RATES = frozenset({"%", "pp", "share", "fold"})  # of which a percentage would be one of a percentage


@dataclass(frozen=True, slots=True)
class Change:
    """How a result differs from an earlier result: computed here, said by nobody."""

    difference: Decimal
    percent: Decimal | None  # of the earlier value, one digit behind the point; None when that is 0 or itself a rate
    since: str  # the period of the earlier one
    exact: bool  # False when either value is "about", "over" …: the change is then a rough one
    even: bool = True  # False when one period is longer than the other: what was done in them then says less
    other: int = 0  # the place in the series, from 0, of the earlier one


@dataclass(frozen=True, slots=True)
class Point:
    """One figure of the series and the sentence that bears it out."""

    figure: Figure
    citation: Citation
    relation: Relation = ""
    other: int | None = None  # the place in the series, from 0, of the point that `relation` is to
    change: Change | None = None
    also: tuple[Citation, ...] = ()  # where the same figure stands again


@dataclass(frozen=True, slots=True)
class Timeline:
    """The points of one indicator: dated ones by the end of their period, then undated ones.

    `gaps` are years between the first and the last result of which no result is recorded. With no points, `nearest`
    names the indicators that come nearest, best first.
    """

    asked: str
    indicator: str = ""
    english: str = ""  # names of the indicator for people
    chinese: str = ""
    points: tuple[Point, ...] = ()
    gaps: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()

    def citations(self) -> list[Citation]:
        """The citations of all points by number, each once."""
        cited = {one.n: one for point in self.points for one in (point.citation, *point.also)}
        return [cited[n] for n in sorted(cited)]


def series(
    figures: Sequence[tuple[Figure, Citation]], since: date | None = None, until: date | None = None
) -> tuple[Point, ...]:
    """The points of figures of one indicator, ordered, compared and labelled (pure; no index needed).

    Ordered by the end of the period, results before targets, undated ones last by the day of their event. A figure that
    is repeated is one point. Compared are only figures of one unit, place and kind; a target with the nearest result.
    Citations are numbered anew, from 1. `since` and `until` leave out what lies outside, and what is undated.
    """
    points = [point for point in _merged(figures) if between(point.figure, point.citation, since, until)]
    points.sort(key=_place)
    return tuple(_compared(_numbered(points)))


def between(figure: Figure, citation: Citation, since: date | None, until: date | None) -> bool:
    """Whether the figure's period reaches into the time from `since` to `until`; unknown it does only in all time."""
    span = _span(figure, citation)
    if span is None:
        return since is None and until is None
    start, end = span
    return (since is None or end >= since) and (until is None or (start or end) <= until)


def end_of(point: Point) -> date | None:
    """The last day of the point's period, None when it is unknown; that of the event for what runs "since" a time."""
    span = _span(point.figure, point.citation)
    return span[1] if span else None


def gaps_of(points: Sequence[Point]) -> tuple[str, ...]:
    """The years between the first and the last result in which the period of none lies."""
    years: set[int] = set()
    for point in points:
        if point.figure.kind in _COUNTS and (span := _span(point.figure, point.citation)):
            start, end = span
            years.update(range((start or end).year, end.year + 1))
    return tuple(str(year) for year in range(min(years), max(years)) if year not in years) if years else ()


# ---- order


def _span(figure: Figure, citation: Citation) -> tuple[date | None, date] | None:
    """First day (None: counted up from no known day) and last one; what runs "since" a day ends at the event."""
    start, end = figure.period.span()
    if end is None:
        if start is None:
            return None
        held = _event(citation)
        end = max(start, held[1]) if held else start
    return start, end


def _event(citation: Citation) -> tuple[date, date] | None:
    return citation.passage.day.span()


def _told(citation: Citation) -> date:
    event = _event(citation)
    return event[1] if event else date.max


def _merged(figures: Sequence[tuple[Figure, Citation]]) -> Iterator[Point]:
    """A point for each figure that differs, with the citation of the first event that gave it."""
    alike: dict[tuple[object, ...], list[tuple[Figure, Citation]]] = defaultdict(list)
    for figure, citation in figures:
        # What nobody dates is the same only when it was said on the same day.
        said = "" if figure.period.value else citation.passage.held.value or citation.passage.transcript
        measure = (figure.unit, figure.kind, figure.place, figure.base.value)
        alike[figure.value, figure.high, *measure, figure.period.value, said].append((figure, citation))
    for same in alike.values():
        (figure, citation), *others = sorted(same, key=lambda one: _told(one[1]))
        places = dict.fromkeys(_words(other) for _, other in others)
        also = {_words(other): other for _, other in reversed(others)}
        yield Point(figure, citation, also=tuple(also[place] for place in places if place != _words(citation)))


def _words(citation: Citation) -> tuple[str, int, int]:
    return citation.passage.id, citation.start, citation.end


def _place(point: Point) -> tuple[object, ...]:
    start, end = _span(point.figure, point.citation) or (None, date.max)
    told = _told(point.citation)
    return end, point.figure.kind == "target", start or date.min, told, _words(point.citation), point.figure.start


def _numbered(points: Sequence[Point]) -> list[Point]:
    numbers: dict[tuple[str, int, int], int] = {}

    def numbered(citation: Citation) -> Citation:
        return replace(citation, n=numbers.setdefault(_words(citation), len(numbers) + 1))

    return [
        replace(point, citation=numbered(point.citation), also=tuple(map(numbered, point.also))) for point in points
    ]


# ---- what each is to the others


def _compared(points: Sequence[Point]) -> list[Point]:
    """The points, which are in order, each with what it is to another of its measure, and what changed."""
    compared = list(points)
    ends = [end_of(point) for point in points]
    measures: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for at, point in enumerate(points):
        if point.figure.kind != "change" and ends[at]:
            measures[point.figure.unit, point.figure.place, point.figure.kind].append(at)
    for (unit, place, kind), own in measures.items():
        passed: list[int] = []  # of periods that end earlier
        standing: list[int] = []  # those of them that nothing contradicts or supersedes
        for _, ended in groupby(own, key=ends.__getitem__):
            together = list(ended)
            sound = _contested(compared, together)
            for at in together:
                if kind in _COUNTS:
                    compared[at] = _after(compared, at, passed, standing, at in sound)
                elif not compared[at].relation:
                    counts = [other for counted in _COUNTS for other in measures.get((unit, place, counted), [])]
                    compared[at] = _beside(compared, at, counts, ends)
            passed += together
            standing += sound
    return compared


def _contested(points: list[Point], together: Sequence[int]) -> list[int]:
    """Those of points whose periods end together that stand; each is put down as revised or in conflict where it is."""
    standing = set(together)
    for at in together:
        point = points[at]
        period = _span(point.figure, point.citation)
        same = [other for other in together if _span(points[other].figure, points[other].citation) == period]
        against = [other for other in same if not _agree(point.figure, points[other].figure)]
        # Nobody contradicts himself in one sentence: what stands there side by side is of two things.
        apart = [other for other in against if _words(points[other].citation) != _words(point.citation)]
        before = [other for other in apart if _is_later(point, points[other])]
        level = [other for other in apart if other not in before and not _is_later(points[other], point)]
        if level:
            points[at] = replace(point, relation="conflict", other=level[0])
        elif before:
            last = max(before, key=lambda other: (_told(points[other].citation), other))
            points[at] = replace(point, relation="revised", other=last)
        if level or len(apart) < len(against):
            standing.discard(at)
        standing.difference_update(before)
    return sorted(standing)


def _after(points: Sequence[Point], at: int, passed: Sequence[int], standing: Sequence[int], sound: bool) -> Point:
    """A result as the newer one of an earlier result, and what changed between them."""
    point = points[at]
    if passed and not point.relation:
        point = replace(point, relation="newer", other=(standing or passed)[-1])
    known = [other for other in standing if points[other].figure.high is None]
    if not sound or not known or point.figure.high is not None:
        return point
    # What was done in a quarter says little beside what was in a year: first the last period of the same length.
    even = next((other for other in reversed(known) if _is_even(point, points[other])), None)
    base = known[-1] if even is None else even
    return replace(point, change=change_between(point.figure, points[base].figure, base, even is not None))


def _beside(points: Sequence[Point], at: int, counts: Sequence[int], ends: Sequence[date | None]) -> Point:
    """A target as such beside the result whose period ends nearest, the earlier one of two."""

    def apart(other: int) -> tuple[int, int]:
        days = ((ends[other] or date.max) - (ends[at] or date.max)).days
        return abs(days), days

    nearest = min(counts, key=apart, default=None)
    return points[at] if nearest is None else replace(points[at], relation="target", other=nearest)


def change_between(figure: Figure, earlier: Figure, other: int = 0, even: bool = True) -> Change:
    """How a figure differs from another of its unit; neither may be a range."""
    difference = EXACT.subtract(figure.value, earlier.value)
    percent = None
    if earlier.value and figure.unit not in _RATES:
        whole = EXACT.multiply(EXACT.divide(difference, abs(earlier.value)), Decimal(100))
        percent = whole.quantize(Decimal("0.1"), ROUND_HALF_UP, EXACT)
    exact = not (figure.bound or earlier.bound)
    return Change(difference, percent, earlier.period.value, exact, even, other)


def _is_even(one: Point, other: Point) -> bool:
    """Whether two periods are alike: both ends of something, both from one day on, or of a length."""
    a, b = (point.figure.period.span() for point in (one, other))
    if None in (a[1], b[1]):
        return a == b or (a[0] == b[0] and a[1] is b[1] is None)
    lengths = [(end - start).days if start and end else 0 for start, end in (a, b)]
    # Months have 28 to 31 days, quarters 90 to 92. "At the end of 2022" is a month, "as of" it a day: one time.
    return max(lengths) <= 31 or abs(lengths[0] - lengths[1]) <= 3


def _is_later(one: Point, other: Point) -> bool:
    """Whether one was said at an event after that of the other, as far as their dates are known."""
    later, earlier = _event(one.citation), _event(other.citation)
    return later is not None and earlier is not None and later[0] > earlier[1]


def _agree(one: Figure, other: Figure) -> bool:
    """Whether both may be true of one thing: equal, or one within what the other leaves open ("over 250", a range)."""
    return one.value == other.value or _allows(one, other) or _allows(other, one)


def _allows(one: Figure, other: Figure) -> bool:
    if one.high is not None:
        return one.value <= other.value and (other.high or other.value) <= one.high
    # "over 3,200" leaves open what comes before 3,300: whoever knew better would have rounded otherwise.
    step = _last_digit(one.value)
    none, half = Decimal(0), step / 2
    below, above = {"": (none, none), "about": (half, half), "over": (none, step)}.get(one.bound, (step, none))
    return one.value - below <= other.value <= one.value + above


def _last_digit(value: Decimal) -> Decimal:
    """The worth of a 1 in the last place that is no zero: 100 for 3,200."""
    _, _, exponent = EXACT.normalize(value).as_tuple()
    return Decimal(1).scaleb(int(exponent), EXACT)
