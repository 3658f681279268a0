"""What a figure is: an indicator's value in a unit for a period, and whether it is a result, a target or a change.

How numbers are written is known by quantities.py, how times are by periods.py, what things are called by
indicators.py, and what the words around a number say of it by figure_words.py.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from corpus.chunk import sentence_spans
from corpus.figure_words import (
    CLAUSE,
    IN_TURN,
    PART,
    PLACE,
    PLACES,
    is_changed,
    is_compared,
    is_counted_up,
    is_done_weakly,
    is_yearly,
    plain,
    planned,
    way,
)  # fmt: skip
from corpus.indicators import Indicator, indicators_of, words_counted
from corpus.periods import Mention, Period, periods
from corpus.quantities import Bound, Quantity, quantities
from corpus.transcript import Passage, When

__all__ = ["FIGURES_VERSION", "Figure", "FigureKind", "figures_of"]

FIGURES_VERSION = 2  # of the rules: an index whose figures were read by others is asked to be rebuilt

# result: what was done or is so (in the period, or at its end); cumulative: a total counted up since a start;
# target: planned, demanded, promised; change: a difference or a rate against another time ("up 8 %", 下降24.2%, 翻番).
FigureKind = Literal["result", "target", "change", "cumulative"]

UNKNOWN = Period()


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in passage.text[start:end]; speaker, day and source are the passage's."""

    passage: str  # id
    start: int
    end: int
    value: Decimal
    unit: str
    indicator: str  # an English name of indicators.tsv, or the words of the text that say what is counted
    period: Period
    kind: FigureKind
    bound: Bound = ""
    high: Decimal | None = None  # the upper end of a range
    place: str = ""  # "" for the whole country or where the text does not say
    base: Period = UNKNOWN  # what a change is measured against
    falls: bool | None = None  # whether a change or a share went down, its value being positive; None: no word says
    planned: bool | None = None  # whether it is planned or done, by its words, its time and its point; None: none says


Span = tuple[int, int]

# Characters to either side of a number in which its sentence is read: no sentence is longer that is spoken. Numbers of
# one stretch of so many are read in the same words, so that a long row of them costs no more than its length.
REACH = 400
# Counts that only announce how a speech is built: "three aspects", 五项要求.
_STRUCTURE, MOST_PARTS = frozenset({"aspect", "point", "requirement", "measure"}), 20
_BESIDE = re.compile(r"[^,.;，。；()（）]{0,15}[(（]")  # "three-year (2021-2023)"


def figures_of(passages: Sequence[Passage]) -> list[Figure]:
    """The figures of one transcript, given its passages in order; a passage may take its time from one before it.

    By passage and place. Numbers that only announce how a speech is built are none ("three aspects").
    """
    told: dict[tuple[int, bool], Period] = {}
    found: list[Figure] = []
    for passage in passages:
        counted = [one for one in quantities(passage.text) if one.unit not in _STRUCTURE or one.value > MOST_PARTS]
        if counted or passage.point is None:
            found += _Reading(passage, told).figures(counted)
    return found


class _Reading:
    """One passage being read: its folded text and the times that it names.

    `told` is the time that the opening words of a turn have named last, by turn and by whether they plan.
    """

    def __init__(self, passage: Passage, told: dict[tuple[int, bool], Period]) -> None:
        self._passage, self._told = passage, told
        self._text = plain(passage.text)
        self._plans = passage.block == "next"
        day = passage.day
        self._day = day.span()
        # A review of one year plans the next.
        self._subject = UNKNOWN if self._plans else _subject(passage.event, passage.title, day)
        first, last = self._subject.span()
        year = first.year if first and last and first.year == last.year else None
        self._named = list(self._once(periods(passage.text, day, year)))
        self._starts = [mention.start for mention in self._named]
        self._compared = {one.start for one in self._named if is_compared(self._text, one.start, one.end)}
        self._places = [(found.start(), PLACES[found[0]]) for found in PLACE.finditer(self._text)]
        self._stops = {marks: [stop.end() for stop in marks.finditer(self._text)] for marks in (CLAUSE, PART)}

    def _once(self, named: Sequence[Mention]) -> Iterator[Mention]:
        """The times named, "last year (2021)" as one that is stated."""
        before: Mention | None = None
        for mention in [*named, None]:
            if before and mention and before.period.value and self._text[before.end : mention.start] in ("(", " ("):
                same = before.period.value.strip("/").startswith(mention.period.value or "-")
                before = replace(before, period=replace(before.period, known="stated")) if same else before
                continue
            if before:
                yield before
            before = mention

    def figures(self, counted: Sequence[Quantity]) -> Iterator[Figure]:
        """Its figures, in order; notes what time it names for the passages that follow."""
        starts = [one.start for one in counted]
        for start, end in sentence_spans(self._passage.text):
            before: list[Figure] = []
            for one in counted[bisect_left(starts, start) : bisect_left(starts, end)]:
                before.append(self._figure(one, (start, end), before))
            yield from before
        if self._passage.point is None:
            for mention in filter(self._sets_time, self._named):
                self._told[self._passage.turn, self._plans] = mention.period

    def _figure(self, one: Quantity, sentence: Span, before: Sequence[Figure]) -> Figure:
        near = one.start // REACH * REACH
        sentence = max(sentence[0], near - REACH), min(sentence[1], max(near + 2 * REACH, one.end))
        clause = self._around(one, sentence, CLAUSE)
        known = self._indicator(one, clause, sentence, before)
        unit = next(iter(known.units)) if known and len(known.units) == 1 else one.unit
        ahead = self._planned(clause, sentence)
        period = self._period(one, clause, sentence, ahead)
        if ahead is None:
            ahead = self._planned_otherwise(clause, period)
        changed = is_changed(self._text, (one.start, one.end), clause, one.unit == "%")
        base = self._base(one, clause, sentence, changed)
        kind = self._kind(one, clause, ahead, changed or base is not None, period)
        against = base.period if base else self._year_before(period, clause)
        return Figure(
            self._passage.id, one.start, one.end, one.value, unit,
            known.english if known else self._counted(one, clause, sentence, before),
            period, kind, one.bound, one.high, self._place(one, clause, sentence),
            against if kind == "change" else UNKNOWN,
            way(self._text, (one.start, one.end), clause) if kind == "change" or one.unit in ("%", "pp") else None,
            ahead,
        )  # fmt: skip

    def _around(self, one: Quantity | Mention, sentence: Span, marks: re.Pattern[str]) -> Span:
        """The stretch of a sentence around a figure, from mark to mark."""
        ends = self._stops[marks]
        place = bisect_left(ends, one.start + 1)
        after = bisect_left(ends, one.end)  # a mark within "1 234.5 (net) tonnes" parts nothing
        return (
            max(sentence[0], ends[place - 1]) if place else sentence[0],
            min(sentence[1], ends[after]) if after < len(ends) else sentence[1],
        )

    # ---- what kind

    def _planned(self, clause: Span, sentence: Span) -> bool | None:
        """Whether the words of its clause speak of what is planned or done; else the last that do in front of it."""
        own = planned(self._text, *clause)
        # "60 are planned this year, 20 of them abroad": what was said last holds on.
        return planned(self._text, sentence[0], clause[0], last=True) if own is None else own

    def _planned_otherwise(self, clause: Span, period: Period) -> bool | None:
        """The same where words leave it open: what lies ahead of the event is planned; else as its point is."""
        first, last = period.span()
        if self._day and (begins := first or last) and begins > self._day[1]:
            return True
        if self._passage.block in ("next", "done"):
            return self._plans
        return False if is_done_weakly(self._text, *clause) else None

    def _kind(self, one: Quantity, clause: Span, ahead: bool | None, changed: bool, period: Period) -> FigureKind:
        if ahead:
            return "target"
        if changed or one.unit in ("pp", "fold"):
            return "change"
        since = period.value.endswith("/") and one.unit != "%"
        return "cumulative" if since or is_counted_up(self._text, *clause) else "result"

    def _base(self, one: Quantity, clause: Span, sentence: Span, changed: bool) -> Mention | None:
        """What a change is measured against: "than in 2021", 较2021年; of a rate also what stands further on."""
        scope = (clause[0], sentence[1]) if one.unit == "%" and changed else clause
        return next((mention for mention in self._within(scope) if mention.start in self._compared), None)

    def _year_before(self, period: Period, clause: Span) -> Period:
        first, last = period.span()
        if not (first and last and first.year == last.year and is_yearly(self._text, *clause)):
            return UNKNOWN
        return Period(period.value.replace(str(first.year), str(first.year - 1)), "inferred")

    # ---- of what

    def _indicator(self, one: Quantity, clause: Span, sentence: Span, before: Sequence[Figure]) -> Indicator | None:
        near, far = self._text[slice(*clause)], self._text[slice(*sentence)]
        fitting = indicators_of(near, one.unit) or (indicators_of(far, one.unit) if one.unit else [])
        # What the sentence names in two places is told apart by what stands next to the figure.
        held = [sum(bool(_ends(group, self._text, *clause)) for group in known.groups) for known in fitting]
        best = [known for known, count in zip(fitting, held, strict=True) if count == max(held)]
        if len(best) > 1 and IN_TURN.search(far):
            best.sort(key=lambda known: max(found.start() for group in known.groups if (found := group.search(far))))
            return best[min(sum(other.unit == one.unit for other in before), len(best) - 1)]

        def beside(known: Indicator) -> tuple[int, int]:
            found = [_ends(group, self._text, *clause) for group in known.groups]
            ends = [place[at - 1] if (at := bisect_right(place, one.start)) else -1 for place in found]
            return sum(end >= 0 for end in ends), max(ends, default=-1)

        # "broadband by 24.2% and dedicated lines by 21.9%": what stands in front of the figure, and nearest to it.
        return max(best, key=beside, default=None)

    def _counted(self, one: Quantity, clause: Span, sentence: Span, before: Sequence[Figure]) -> str:
        """What is counted in the words of the text: its own noun, else what its clause names in front of it.

        Where it names nothing, as in "…, double the number of 2021", it is what has just been counted.
        """
        since = before[-1] if before and before[-1].end > sentence[0] else None
        start = max(clause[0], since.end if since else 0)
        times = [(mention.start, mention.end) for mention in self._within((start, one.start))]
        gaps = [*times, (one.start, one.start)]
        stretches = [(a, b) for a, (b, _) in zip([start, *(end for _, end in times)], gaps, strict=True)]
        return words_counted(self._text, one, stretches, clause[1]) or (since.indicator if since else "")

    def _place(self, one: Quantity, clause: Span, sentence: Span) -> str:
        for scope in (clause, (self._around(one, sentence, PART)[0], one.start)):
            first, last = (bisect_left(self._places, (end, "")) for end in scope)
            found = {place for _, place in self._places[first:last]}
            if found:
                return found.pop() if len(found) == 1 else ""
        return ""

    # ---- of when

    def _period(self, one: Quantity, clause: Span, sentence: Span, ahead: bool | None) -> Period:
        beside = next(iter(self._within((one.end, one.end + 30))), None)
        if beside and _BESIDE.fullmatch(self._text, one.end, beside.start):
            return beside.period
        part = self._around(one, sentence, PART)
        for scope in (clause, part, (sentence[0], one.start)):
            named = [
                mention for mention in self._within(scope) if not (_is_day(mention) or mention.start in self._compared)
            ]
            if named:
                return next((m for m in reversed(named) if m.start < one.start), named[0]).period
        if self._passage.block is None or self._passage.point is not None:
            earlier = [m for m in self._within((one.start - REACH, one.start)) if self._sets_time(m)]
            if earlier and self._goes_on(earlier[-1], bool(ahead)):
                return replace(earlier[-1].period, known="inferred") if earlier[-1].period.value else UNKNOWN
        if ahead is None:
            ahead = self._plans
        if not ahead and self._subject.value:
            return self._subject
        return self._told.get((self._passage.turn, ahead), UNKNOWN)

    def _within(self, scope: Span) -> list[Mention]:
        return self._named[bisect_left(self._starts, scope[0]) : bisect_left(self._starts, scope[1])]

    def _goes_on(self, mention: Mention, ahead: bool) -> bool:
        """Whether a time named in an earlier sentence is that of this one, too: of a plan it is not that of a result.

        Nor is the end of a time, up to which another thing was counted, nor a time beside the briefing's subject.
        """
        period, subject = mention.period, self._subject.span()
        clause = self._around(mention, (0, len(self._text)), CLAUSE)
        if period.value.startswith("/") or bool(planned(self._text, *clause)) != ahead:
            return False
        first, last = subject
        return ahead or not (first and last) or all(day is None or first <= day <= last for day in period.span())

    def _sets_time(self, mention: Mention) -> bool:
        """Whether what follows is about that time, too: no day, nothing that is compared with, no term of a plan."""
        first, last = mention.period.span()
        years = last.year - first.year if first and last else 0
        return not (_is_day(mention) or years or mention.start in self._compared)


def _is_day(mention: Mention) -> bool:
    first, last = mention.period.span()
    return first is not None and first == last


@lru_cache(maxsize=256)
def _ends(words: re.Pattern[str], text: str, start: int, end: int) -> tuple[int, ...]:
    return tuple(found.end() for found in words.finditer(text, start, end))


@lru_cache(maxsize=64)
def _subject(event: str, title: str, day: When) -> Period:
    """The time that the briefing is about, by its event or title: "… in 2021"."""
    for name in (event, title):
        for mention in reversed(periods(name, day)):
            first, last = mention.period.span()
            if first and last and first.year == last.year and first != last:
                return Period(mention.period.value, "inferred")
    return UNKNOWN
