"""The number lock: what of a sentence the words that it cites do not bear out.

A figure holds by its value and unit, of the same thing where that has a name, in its time, planned or done, up or down,
as exact as it was said. A time holds when the words, or the name and day of the event, name it; a number in a name
(5G, IPv6, 12381) when it stands there too. Whether a sentence with none of these is true is not known here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from corpus.figures import Figure, figures_of
from corpus.folding import read_script
from corpus.indicators import indicator_named
from corpus.periods import Period, periods
from corpus.quantities import Quantity, quantities
from corpus.transcript import Passage, When

__all__ = ["lacking"]


def lacking(text: str, passage: Passage, start: int, end: int) -> dict[tuple[int, int], str]:
    """What of a sentence passage.text[start:end] does not bear out: why, by its place in the sentence."""
    # Read as words of the same event: "last year" and "in the fourth quarter" mean there what they mean here.
    said = _Reading(replace(passage, text=text, offsets=range(len(text))), 0, len(text), quoted=False)
    if not (said.claims or said.times or said.names):
        return {}
    source = _Reading(passage, start, end, quoted=True)
    found: dict[tuple[int, int], str] = {}
    for claim in said.claims:
        reasons = [_difference(claim, other, said, source) for other in source.claims]
        if "" not in reasons:
            found[claim.place] = max(reasons, key=_REASONS.index, default=_REASONS[0])
    for place, time in said.times.items():
        if not (
            source.names_time(time, said.is_compared(place))
            or said.is_of_event(place)
            or said.is_year_before(place, source)
        ):
            found[place] = "no such time there"
    for place, name in said.names.items():
        if not source.has_number(name):
            found[place] = "no such number there"
    return found


_REASONS = (  # of what a figure may differ in; the last is told, since what it differs from there comes nearest to it
    "no such figure there",
    "a figure of something else there",
    "of another time there",
    "planned there, done here, or the reverse",
    "up there, down here, or the reverse",
    "more exact here than there, or bounded otherwise",
)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A figure and what is said of it; None or "" for what is not said."""

    place: tuple[int, int]
    figure: Quantity
    indicator: str  # a name of indicators.tsv
    time: Period | None
    base: Period | None  # what it is compared with
    planned: bool | None
    up: bool | None


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
    if None not in (said.up, borne.up) and said.up != borne.up:
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
        folded = read_script(passage.text)[0]
        low = folded.lower()
        # A few capitals are two letters when small, and places would move.
        self._text = low if len(low) == len(folded) else "".join(c.lower()[:1] for c in folded)
        about = f"{passage.event}\n{passage.title}"
        day = passage.held if passage.held.value else passage.published
        span = day.span()
        self._held = span[1] if span else None
        day = day if day.value else _ANY_DAY
        named = [mention.period for mention in periods(about, day)]
        year = next((first.year for time in named if (first := time.span()[0])), None)
        mentions = periods(passage.text, day, None if passage.block == "next" else year)
        self.times = {(one.start, one.end): one.period for one in mentions if start <= one.start and one.end <= end}
        compared = {place for place in self.times if self.is_compared(place)}
        self._stated = {time for place, time in self.times.items() if place not in compared}
        self._compared = [self.times[place] for place in compared]
        read = [one for one in quantities(passage.text) if start <= one.start and one.end <= end]
        figures = {(one.start, one.end): one for one in (figures_of([passage]) if read else ())}
        self.claims = [self._claim(one, figures.get((one.start, one.end))) for one in read]
        self._borne = [*named, *self.times.values()]
        self._borne += [time for one in self.claims for time in (one.time, one.base) if time]
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
        self._numbers = {self._text[a:b] for a, b in found} | set(_WORD.findall(read_script(about)[0].lower()))

    def _claim(self, one: Quantity, figure: Figure | None) -> _Claim:
        clause = self._around(one, _CLAUSE)
        planned = self._planned(*clause)
        if planned is None:  # "60 are planned this year, 20 of them abroad": what was said last holds on
            planned = self._planned(self._around(one, _SENTENCE)[0], clause[0], last=True)
        time = figure.period if figure and (self._quoted or figure.period in self._stated) else None
        if planned is None and time and time.value and self._held and _bounds(time)[0] > self._held:
            planned = True
        if planned is None and self._quoted:
            planned = {"next": True, "done": False}.get(self._passage.block or "")
        if planned is None and _PAST.search(self._text, *clause):
            planned = False
        return _Claim(
            (one.start, one.end),
            one,
            figure.indicator if figure and indicator_named(figure.indicator) else "",
            time,
            figure.base if figure and figure.base.value else None,
            planned,
            self._direction(one) if one.unit in ("%", "pp") else None,
        )

    def is_compared(self, place: tuple[int, int]) -> bool:
        """Whether a time is one that something is compared with: twice as many as in 2021, 是2021年的两倍."""
        before, after = self._text[max(0, place[0] - 16) : place[0]], self._text[place[1] : place[1] + 8]
        return bool(_COMPARED.search(before) or _TIMES_OF.match(after))

    def _around(self, one: Quantity, stop: re.Pattern[str]) -> tuple[int, int]:
        """From the stop before a figure to the one behind it; sought near by, so that a long row costs no more."""
        near = max(self._start, one.start - _REACH)
        start = max((found.end() for found in stop.finditer(self._text, near, one.start)), default=near)
        after = stop.search(self._text, one.end, min(self._end, one.end + _REACH))
        return start, after.start() if after else min(self._end, one.end + _REACH)

    def _planned(self, start: int, end: int, last: bool = False) -> bool | None:
        """Whether words speak of something planned, or of something done; None when of neither or, but for the last of
        them, of both."""
        planned, done = (
            max((found.end() for found in sign.finditer(self._text, start, end)), default=0)
            for sign in (_PLANNED, _DONE)
        )
        return None if planned == done or (planned and done and not last) else planned > done

    def _direction(self, one: Quantity) -> bool | None:
        """Whether the word next to a figure in its clause says that something grew; None when none says either."""
        start, end = self._around(one, _CLAUSE)
        near = [
            (max(one.start - found.end(), found.start() - one.end), found["up"] is not None)
            for found in _MOVED.finditer(self._text, start, end)
        ]
        return min(near)[1] if near else None

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
        named = re.search(r"\d", words) or not (self.is_compared(place) or "同期" in words or "same period" in words)
        if named or not source.compares_yearly():
            return False
        return not time.value or _bounds(time)[0].year + 1 in {
            _bounds(one)[1].year for one in source._borne if one.value
        }

    def compares_yearly(self) -> bool:
        return bool(_YEARLY.search(self._text, self._start, self._end))

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

_REACH = 400  # characters that a sentence has on either side of its figure
_CLAUSE = re.compile(r"[;:。()]|(?<!\d),|,(?!\d)|\.(?=\s|$)|\s(?:while|whereas|but)\s|\n")
_SENTENCE = re.compile(r"[。!?;\n]|\.(?=\s|$)")
_CODE = re.compile(r"[^-–—~至到\d](?:\d[a-z]|[a-z]+\d+)(?![a-z\d])")
# A number of Han numerals that was read as no figure is taken for a name: unread, it is not let through.
_WORD = re.compile(r"[a-z0-9]+(?:[.·:][a-z0-9]+)*|[一二两三四五六七八九十百千万亿零]{2,}")
_PLANNED = re.compile(
    r"\b(?:plan(?:s|ned|ning)? (?:to|for)|(?:is|are|was|were) (?:planned|expected|projected|scheduled|due|set to)"
    r"|will(?! not\b)|shall|(?:is|are) to|going to|aim(?:s|ed|ing)? (?:to|for|at)|targets?|goals?|intend(?:s|ed)? to)\b"
    r"|(?<!行动)(?<!发展)(?<![三五]年)计划|将(?![近军来])|拟|力争|争取|预计|预期|目标|(?<![重主需必首紧])要(?![求素点闻么])"
)
_DONE = re.compile(
    r"\b(?:was|were|has|have|had|already|came|rose|grew|fell|became|got|did|took place|stood at|numbered)\b"
    r"|已(?!婚)|(?<!为)了(?![解却])|累计|曾"
)
# The weakest sign: "the hotlines staffed by people are to …" holds one as well.
_PAST = re.compile(r"(?<!\bbe )(?<!\bis )(?<!\bare )(?<!being )\b[a-z]{2,14}(?<!ne)(?<!spe)(?<!inde)(?<!hundr)ed\b|达")
_MOVED = re.compile(
    r"(?P<up>\b(?:up(?! to)|rose|ris(?:e|es|en|ing)|grew|grow(?:s|n|th|ing)?|increas(?:e|es|ed|ing)|higher|faster"
    r"|more(?! than)|gain(?:s|ed)?|climb(?:s|ed)?|expand(?:s|ed)?)\b|增|提高|提升|上升|上涨|加快|快于|高于|扩大)"
    r"|\b(?:down|fell|fall(?:s|en|ing)?|declin(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|drop(?:s|ped|ping)?"
    r"|reduc(?:e|es|ed|ing|tion)|lower(?:s|ed)?|slower|less(?! than)|shrank|cut(?:s|ting)?|cheaper)\b"
    r"|降|减|下跌|回落|下滑|收窄|低于|缩小|放缓"
)
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
_COMPARED = re.compile(
    r"(?:\b(?:than|as|with|from|over|against|on|ahead of)(?: (?:in|that of|those of))?|[较比与同])\s*(?:the )?$"
)
_TIMES_OF = re.compile(r"的?[一二两三四五六七八九十\d]{1,3}倍")
_YEARLY = re.compile(
    r"\byear[- ]on[- ]year\b|\b(?:year before|year earlier|previous year|(?:than|on|over|from|of) last year)\b"
    r"|同比|同期|[比较]上年|[比较]去年|[比较]前一年"
)


def _in_han(number: int) -> str:
    """A number below a hundred in Han numerals."""
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return f"{digits[tens] if tens > 1 else ''}{'十' if tens else ''}{digits[ones] if ones or not tens else ''}"
