"""The number lock: what of a sentence the words that it cites do not bear out.

A figure holds by its value and unit, of the same thing where that has a name, in its time, planned or done, up or down,
as exact as it was said. A time holds when the words, or the name and day of the event, name it; a number in a name
(5G, IPv6, 12381) when it stands there too. Whether a sentence with none of these is true is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from corpus.figure_words import is_compared, is_yearly, plain
from corpus.figures import Figure, figures_of
from corpus.indicators import indicator_named
from corpus.periods import Period, periods
from corpus.quantities import Quantity, quantities
from corpus.transcript import Passage, When

__all__ = ["DENIED", "lacking"]


def lacking(text: str, passage: Passage, start: int, end: int) -> dict[tuple[int, int], str]:
    """What of a sentence passage.text[start:end] does not bear out: why, by its place in the sentence."""
    # Read as words of the same event: "last year" and "in the fourth quarter" mean there what they mean here.
    said = _Reading(replace(passage, text=text, offsets=range(len(text))), 0, len(text), quoted=False)
    if not (said.claims or said.times or said.names):
        return {}
    source = _Reading(passage, start, end, quoted=True)
    # Of what the source says twice one is enough, or a long row of figures would be compared with a long row.
    borne = {replace(one, place=_NOWHERE, figure=replace(one.figure, start=0, end=0)) for one in source.claims}
    found: dict[tuple[int, int], str] = {}
    for claim in said.claims:
        reasons = [_difference(claim, other, said, source) for other in borne]
        if "" not in reasons:
            found[claim.place] = max(reasons, key=_REASONS.index, default=_REASONS[0])
    for place, time in said.times.items():
        if not (
            source.names_time(time, is_compared(said._text, *place))
            or said.is_of_event(place)
            or said.is_year_before(place, source)
        ):
            found[place] = "no such time there"
    for place, name in said.names.items():
        if not source.has_number(name):
            found[place] = "no such number there"
    return found


_NOWHERE = (0, 0)
_REASONS = (  # of what a figure may differ in; the last is told, since what it differs from there comes nearest to it
    "no such figure there",
    "a figure of something else there",
    "of another time there",
    "planned there, done here, or the reverse",
    "up there, down here, or the reverse",
    "more exact here than there, or bounded otherwise",
)
DENIED = (_REASONS[0], _REASONS[4])  # of a figure that a source contradicts, not only leaves open


@dataclass(frozen=True, slots=True)
class _Claim:
    """A figure and what is said of it; None or "" for what is not said."""

    place: tuple[int, int]
    figure: Quantity
    indicator: str = ""  # a name of indicators.tsv
    time: Period | None = None
    base: Period | None = None  # what it is compared with
    planned: bool | None = None
    falls: bool | None = None


def _difference(said: _Claim, borne: _Claim, sentence: _Reading, source: _Reading) -> str:
    """Why a figure of a sentence is not that figure of the source, "" when it is."""
    one, other = said.figure, borne.figure
    if (one.value, one.high) != (other.value, other.high) or not _is_unit_of(one.unit, other.unit):
        return _REASONS[0]
    if one.unit and said.indicator and borne.indicator and said.indicator != borne.indicator:
        return _REASONS[1]
    if said.time and not sentence.is_event_day(said.time) and not _is_time_of(said.time, borne, source):
        return _REASONS[2]
    if said.base and borne.base and not _is_within(borne.base, said.base):
        return _REASONS[2]
    if None not in (said.planned, borne.planned) and said.planned != borne.planned:
        return _REASONS[3]
    if None not in (said.falls, borne.falls) and said.falls != borne.falls:
        return _REASONS[4]
    # "About" may stand before any figure and stays true. Any other bound that is put, and any that is left out, says
    # more than the source does.
    return "" if one.bound in (other.bound, "about") else _REASONS[5]


def _is_unit_of(one: str, other: str) -> bool:
    """Whether two units may be of one figure: the same, one not said, or one thing of those counted together.

    次 alone counts whatever happens, 人次 people as often as they came: another language counts calls and people.
    """
    if one == other:
        return True
    if not one or not other:
        return one + other not in _WRITTEN
    if one in _ALSO.get(other, ()) or other in _ALSO.get(one, ()):
        return True
    return "/" not in one + other and set(one.split("+")) <= set(other.split("+"))


# Never left out beside their figure, so that a figure without a unit is of none of them.
_WRITTEN = {"%", "pp", "fold", "share", "yuan", "usd", "hkd", "eur", "year", "quarter", "month", "week", "day", "hour"}
_ALSO = {
    "time": {"call", "message", "incident", "complaint", "case"},
    "incident": {"case"},
    "person-time": {"person", "time"},
}


def _is_time_of(time: Period, borne: _Claim, source: _Reading) -> bool:
    """Whether a figure of the source is of that time; where the source does not date it, of any time that it names."""
    if borne.time is None or not borne.time.value:
        return source.names_time(time)
    if borne.planned and time.value.startswith("/"):  # a deadline: by the end of the year that it is planned for
        return time.span()[1] == borne.time.span()[1]
    return _is_within(borne.time, time) or (borne.base is not None and _is_within(borne.base, time))


def _is_within(borne: Period, time: Period) -> bool:
    """Whether a time that is said may stand for one that is borne out: the same, or the year or month that it is in.

    A half or a quarter never stands for a part of it: what was done in a quarter is not what was done in its half.
    """
    if not (time.value and borne.value):
        return time.value == borne.value
    (first, last), (begin, end) = _bounds(borne), _bounds(time)
    month = timedelta(days=31)
    if last == end and (first == begin or (last - first < month and end - begin < month)):
        return True  # the first half, the first six months; at the end of 2022, by its end, in its December
    if not re.fullmatch(r"\d{4}(?:-\d\d)?", time.value) or borne.value.endswith("/"):
        return False
    if len(borne.value) == 10 and len(time.value) == 4 and not borne.value.endswith("-12-31"):
        return False  # a year is hardly told for a day, but where that is the day of the event
    return all(part.startswith(time.value) for part in borne.value.split("/") if part)


def _bounds(time: Period) -> tuple[date, date]:
    """First and last day; of what is open on one side, its only bound twice."""
    first, last = time.span()
    bound = first or last or date.min
    return first or bound, last or bound


class _Reading:
    """The figures, times and numbers in names of passage.text[start:end]."""

    def __init__(self, passage: Passage, start: int, end: int, *, quoted: bool) -> None:
        """`quoted`: the words stand in the passage, so that what is said around them is said of them."""
        self._passage, self._start, self._end, self._quoted = passage, start, end, quoted
        self._text = plain(passage.text)
        about = f"{passage.event}\n{passage.title}"
        day = passage.day if passage.day.value else _ANY_DAY
        named = [mention.period for mention in periods(about, day)]
        year = next((first.year for time in named if (first := time.span()[0])), None)
        mentions = periods(passage.text, day, None if passage.block == "next" else year)
        self.times = {(one.start, one.end): one.period for one in mentions if start <= one.start and one.end <= end}
        compared = {place for place in self.times if is_compared(self._text, *place)}
        self._stated = {time for place, time in self.times.items() if place not in compared}
        self._compared = {self.times[place] for place in compared}
        read = [one for one in quantities(passage.text) if start <= one.start and one.end <= end]
        # Of a sentence its own words alone say whether something is planned, and not the point that it is read in.
        spoken = passage if quoted else replace(passage, block=None)
        figures = {(one.start, one.end): one for one in (figures_of([spoken]) if read else ())}
        self.claims = [self._claim(one, figures.get((one.start, one.end))) for one in read]
        told = [time for one in self.claims for time in (one.time, one.base) if time]
        self._borne = list(dict.fromkeys([*named, *self.times.values(), *told]))
        timed = {at for a, b in self.times for at in range(a, b)}
        counted = {at for one in read for at in range(one.start, one.end)}
        found = [(one.start(), one.end()) for one in _WORD.finditer(self._text, start, end)]
        self.names = {
            (a, b): self._text[a:b]
            for a, b in found
            if re.search(r"\d|^[^万亿]+[万亿]", self._text[a:b])
            and timed.isdisjoint(range(a, b))
            # "600,000 5G stations" holds a name within the figure; "10km" begins one.
            and (counted.isdisjoint(range(a, b)) or (a - 1 in counted and _CODE.match(self._text, a - 1)))
        }
        self._numbers = {self._text[a:b] for a, b in found} | set(_WORD.findall(plain(about)))

    def _claim(self, one: Quantity, figure: Figure | None) -> _Claim:
        if figure is None:
            return _Claim((one.start, one.end), one)
        return _Claim(
            (one.start, one.end),
            one,
            figure.indicator if indicator_named(figure.indicator) else "",
            figure.period if self._quoted or figure.period in self._stated else None,
            figure.base if figure.base.value else None,
            figure.planned,
            figure.falls,
        )

    def names_time(self, time: Period, compared: bool = False) -> bool:
        """Whether these words, or the names of the event, bear a time out; one compared with, as such if any is."""
        return any(_is_within(borne, time) for borne in (compared and self._compared) or self._borne)

    def is_event_day(self, time: Period) -> bool:
        """Whether a month or a day, in a sentence that speaks of the event or the page, is that of either."""
        days = (self._passage.held.value, self._passage.published.value)
        on_day = len(time.value) > 4 and any(day.startswith(time.value) for day in days)
        return on_day and bool(_EVENT.search(self._text))

    def is_of_event(self, place: tuple[int, int]) -> bool:
        """Whether the time at a place is when the event was held or the page published: a year only beside its name."""
        time = self.times[place]
        if self.is_event_day(time):
            return True
        before, after = self._text[max(0, place[0] - 24) : place[0]], self._text[place[1] : place[1] + 24]
        years = {day.value[:4] for day in (self._passage.held, self._passage.published)}
        return time.value in years and bool(_HELD_IN.search(before) or _YEARS_EVENT.match(after))

    def is_year_before(self, place: tuple[int, int], source: _Reading) -> bool:
        """Whether the time at a place is "a year earlier" of a source that compares with the year before."""
        words, time = self._text[slice(*place)], self.times[place]
        named = re.search(r"\d", words) or not (
            is_compared(self._text, *place) or "同期" in words or "same period" in words
        )
        if named or not is_yearly(source._text, source._start, source._end):
            return False
        return not time.value or _bounds(time)[0].year + 1 in {
            _bounds(one)[1].year for one in source._borne if one.value
        }

    def has_number(self, name: str) -> bool:
        """Whether a number in a name stands here too: 5g, ipv6, 12381; of 14th also 十四, of 3·15 also March 15."""
        if name in self._numbers:
            return True
        if ordinal := re.fullmatch(r"(\d\d?)(?:st|nd|rd|th)", name):
            return bool(re.search(rf"第?{_in_han(int(ordinal[1]))}|第{ordinal[1]}", self._text))
        if day := re.fullmatch(r"(\d\d?)[.·](\d\d?)", name):
            return any(one.value.endswith(f"-{int(day[1]):02}-{int(day[2]):02}") for one in self._borne)
        return False


# Stands in for a day that is not known: "last year" of a sentence is then still that of its source, and no named year.
_ANY_DAY = When("1901-07-01", "inferred")

_CODE = re.compile(r"[^-–—~至到\d](?:\d[a-z]|[a-z]+\d+)(?![a-z\d])")
# A number of Han numerals that was read as no figure is taken for a name: unread, it is not let through.
_WORD = re.compile(r"[a-z0-9]+(?:[.·:][a-z0-9]+)*|[一二两三四五六七八九十百千万亿零]{2,}")
_EVENT = re.compile(
    r"\b(?:conference|briefing|meeting|said|says|told|reviewed|report(?:s|ed)?|page|published)\b"
    r"|发布|会议|会上|座谈会|吹风会|表示|指出|介绍|报道"
)
_HELD_IN = re.compile(
    r"(?:\b(?:conference|briefing|meeting|held)|发布会|会议|吹风会|座谈会)(?: held)?(?: in| of)?\W{0,2}$"
)
_YEARS_EVENT = re.compile(
    r"[- 年]?(?:[a-z]{2,12} ){0,2}(?:conference|briefing|meeting)\b"
    r"|的?[^\W\d]{0,8}?(?:发布会|会议|吹风会|座谈会|召开|举行)"
)


def _in_han(number: int) -> str:
    """A number below a hundred in Han numerals."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return f"{digits[tens] if tens > 1 else ''}{'十' if tens else ''}{digits[ones] if ones or not tens else ''}"
