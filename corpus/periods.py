"""The time that words mean: 2021, the first quarter, 截至去年底, this year; resolved against the day of the event.

What is relative stays unresolved while that day is unknown: no year is ever guessed.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from corpus.folding import read_script, small_letters
from corpus.period_words import END, START, Name
from corpus.period_words import names as named
from corpus.transcript import Known, When

__all__ = ["Mention", "Period", "periods"]


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, and how it is known: stated in the words, inferred from the event's date, or unknown.

    `value` is a year "2021", half "2022-H1", quarter "2022-Q1", month "2022-12" or day "2022-12-31", or two of them
    with a slash between: "2023-Q1/2023-Q3" (the first three quarters of 2023), "2021/2023"; open on one side for what
    is counted up to a day ("/2022-12-31", as of the end of 2022; a deadline too) or from a time on ("2022/", since
    2022). "" exactly when `known` is "unknown". Raises ValueError for anything else.
    """

    value: str = ""
    known: Known = "unknown"

    def __post_init__(self) -> None:
        if (self.value == "") != (self.known == "unknown"):
            raise ValueError(f"period {self.value!r} is called {self.known!r}; an empty one is unknown and no other is")
        if self.value:
            first, last = self.span()
            if first is None and last is None:
                raise ValueError(f"period {self.value!r} has neither a first day nor a last one")
            if first and last and first > last:
                raise ValueError(f"period {self.value!r} ends before it begins")

    def span(self) -> tuple[date | None, date | None]:
        """First and last day, None on a side that is open; (None, None) when it is unknown.

        >>> Period("2023-Q1/2023-Q3", "stated").span(), Period("/2022-12", "stated").span()
        ((datetime.date(2023, 1, 1), datetime.date(2023, 9, 30)), (None, datetime.date(2022, 12, 31)))
        """
        first, _, last = self.value.partition("/")
        if not _:
            last = first
        return (_days(first)[0] if first else None, _days(last)[1] if last else None)


_PART = re.compile(r"(\d{4})(?:-(?:Q([1-4])|H([12])|(\d\d)(?:-(\d\d))?))?", re.ASCII)


@lru_cache
def _days(part: str) -> tuple[date, date]:
    found = _PART.fullmatch(part)
    if not found:
        raise ValueError(f"period {part!r}; expected YYYY, YYYY-H1, YYYY-Q1, YYYY-MM or YYYY-MM-DD")
    year, quarter, half, month, day = (int(number or 0) for number in found.groups())
    if day:
        return date(year, month, day), date(year, month, day)
    first = 3 * quarter - 2 if quarter else 6 * half - 5 if half else month or 1
    last = 3 * quarter if quarter else 6 * half if half else month or 12
    if found[4] and not 1 <= month <= 12:
        raise ValueError(f"period {part!r} names month {month}; expected 01 to 12")
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


@dataclass(frozen=True, slots=True)
class Mention:
    """A period as it stands in text[start:end], with the words that bound it (by, since, 截至, 以来)."""

    start: int
    end: int
    period: Period


_UNKNOWN = When()


def periods(text: str, day: When = _UNKNOWN, year: int | None = None) -> list[Mention]:
    """Every period that the text names, in order, not overlapping; offsets count characters of the text as given.

    `day` is the day of the event, against which "last year", 去年底 and "this quarter" are resolved; `year` is the year
    that is spoken of where only a part of a year is named ("in the first quarter", "in the whole year"); None: that of
    the event. A year named before it in the same sentence goes before both ("in 2021, …, in the fourth quarter"),
    unless something is compared with it. "At the end of 2022" is its last month, "early 2022" the year: what is vague
    is read as no more than it says. A mention that cannot be resolved ("over the past five years") is there, with an
    unknown period; what is vaguer still ("in recent years", "today", 目前) is none.
    """
    folded = text if text.isascii() else read_script(text)[0]
    lowered = small_letters(folded)
    names = [_at_edge(name, lowered) for name in _joined(named(folded, lowered, day), lowered)]
    _take_years(names, lowered, day, year)
    return list(_mentions(names, lowered))


# --- years and parts together -----------------------------------------------------------------------------------

_THEN_PART = re.compile(r" ?(?:'s|的)? ?(?:the )?")
_THEN_YEAR = re.compile(r",? (?:of |in |for )?(?:the )?(?:year )?(?:of )?|")


def _joined(names: Iterable[Name], lowered: str) -> Iterator[Name]:
    """The names, with a year and its part that stand together made one."""
    last: Name | None = None
    for name in names:
        if last and not (last.value or name.value):
            between = lowered[last.end : name.start]
            had_part, has_part = last.parts or last.whole, name.parts or name.whole
            if not had_part and has_part and name.takes == "any" and _THEN_PART.fullmatch(between):
                last.parts, last.whole, last.end = name.parts, True, name.end
                continue
            if (had_part and last.takes == "any" and not name.parts and (between[:4] == " of " or not name.whole)
                    and _THEN_YEAR.fullmatch(between) and ("," not in between or name.known == "stated")):  # fmt: skip
                name.parts, name.whole, name.start = last.parts, True, last.start
                last = name
                continue
        if last:
            yield last
        last = name
    if last:
        yield last


_BEFORE_EDGE = re.compile(
    r"\b(?:(?P<end>(?:end|close) of |end-|year-end )|(?P<start>(?:beginning|start) of )"
    r"|(?P<same>same (?:period|time|months?|quarter) (?:of |in )?))(?:the )?(?:year (?:of )?)?$"
)
_AFTER_EDGE = re.compile(
    rf"(?P<end>{END}|期?末| year-end)|(?P<start>{START})|(?P<same>同期(?!声))|[上中下]旬|(?<=年)内(?![部容在外])"
)


def _at_edge(name: Name, lowered: str) -> Name:
    """The name with the words around it that say: the end, the start, the same part of it."""
    if before := _BEFORE_EDGE.search(lowered, max(0, name.start - 40), name.start):
        name.start, name.edge = before.start(), before.lastgroup or ""
    elif after := _AFTER_EDGE.match(lowered, name.end):
        name.end, name.edge = after.end(), after.lastgroup or ""
    elif lowered.startswith(("year-end", "year end"), name.start):
        name.edge = "end"
    return name


_STOP = re.compile(r"[。!?\n]|\.(?=\s|$)")
_COMPARED = re.compile(
    r"(?:[较比与至到止]|[相对]比|\b(?:compared (?:with|to)|than|from|over|versus|against|on|by|as of|until)"
    r"(?: the)?) ?$"
)
_BESIDE = re.compile(r"\s?(?:[-–—~至到、和及或,]|to|through|until|and|or)\s?(?:the )?")
_FROM_THEN = re.compile(r"\s?(?:起|开始)")  # 自9月1日起: as well of a rule that comes
_PAST = re.compile(r"(?:\b(?:since|as of|as at) (?:the )?|截[至止]到?|自从?) ?$")


def _take_years(names: list[Name], lowered: str, day: When, year: int | None) -> None:
    """Give each name without a year the one beside it, else before it in the sentence, of the talk, of the event."""
    last: Name | None = None  # of this sentence, that has a year and with which nothing is compared
    for at, name in enumerate(names):
        after = names[at + 1] if at + 1 < len(names) else None
        if at and _STOP.search(lowered, names[at - 1].end, name.start):
            last = None
        # What is told on a day is of another time.
        carried = None if last and _is_day(last) and not _is_day(name) else last
        compared = bool(_COMPARED.search(lowered, max(0, name.start - 20), name.start))
        if name.edge == "same" and not (name.parts or name.value):
            name.parts = carried.parts if carried else ()
            that = carried.year + name.shift if name.takes and carried and carried.year else name.year
            name.year, name.known = (that, "inferred") if name.parts and that else (None, "unknown")
        elif name.takes:
            if (after and after.year and not after.takes and name.parts < (after.parts or ("~",) * after.whole)
                    and _BESIDE.fullmatch(lowered[name.end : after.start])):  # fmt: skip
                name.year, name.known = after.year, after.known
            elif carried and carried.year:
                beside = _BESIDE.fullmatch(lowered[carried.end : name.start])
                one, other = (name, carried) if compared and not beside else (carried, name)
                if name.takes == "subject" or not _is_before(other, one):  # December, …, January: of which year?
                    name.year, name.known = carried.year + name.shift, carried.known if beside else "inferred"
            elif year is not None:
                name.year, name.known = year + name.shift, "inferred"
            elif name.takes == "any" and day.value:
                name.year, name.known = int(day.value[:4]), "inferred"
                if _is_past(name, lowered) and _is_to_come(_value(name), day):
                    name.year -= 1
        if name.year and at and _BESIDE.fullmatch(lowered[names[at - 1].end : name.start]) and not name.parts:
            last = None  # of two years beside each other neither goes on
        elif name.year and name.edge != "same" and not compared:
            last = name


def _is_past(name: Name, lowered: str) -> bool:
    """Whether the words around a name say that something is counted since or up to then, which no day to come is."""
    is_led = bool(_PAST.search(lowered, max(0, name.start - 20), name.start))
    return (is_led and not _FROM_THEN.match(lowered, name.end)) or lowered.startswith("以来", name.end)


def _is_day(name: Name) -> bool:
    return bool(name.parts) and len(name.parts[0]) == 5


def _is_to_come(value: str, day: When) -> bool:
    first, event = Period(value, "stated").span()[0] if value else None, day.span()
    return bool(first and event and first > event[1])


def _is_before(one: Name, other: Name) -> bool:
    """Whether one is an earlier month, quarter or half of a year than the other is."""
    signs = {name.parts[0][0].strip("01") for name in (one, other) if name.parts}
    return bool(one.parts and other.parts) and len(signs) == 1 and one.parts < other.parts


# --- ranges and bounds ------------------------------------------------------------------------------------------

_RANGE = re.compile(r"\s?(?:[-–—~至到]|to|through|until|till)\s?(?:the )?(?:year )?")
_LED = re.compile(
    r"(?:\b(?P<en>as of|as at|by|up to|up until|until|till|through|since|so far(?: in)?|no later than|before|after|from"
    r"|between) (?:the )?(?:year (?:of )?)?|(?P<zh>截[至止]到?|(?<![复回落溯升降增减加高大])(?<!增长)[至到]|自从?|从)"
    r" ?)$"
)
_OPENS = frozenset({"since", "自", "自从", "so far", "so far in"})
_SINCE = re.compile(
    r"\s?(?:以来|起(?![草步始点来飞到码源诉])|开始|至今(?![年日天]))"
    r"|,? onwards?\b| so far\b| (?:to|until|till) (?:now|date)\b"
)
_ON = re.compile(r" on(?=[,.;]|$)")
_AHEAD = re.compile(r"\s?(?:之前|以前|前(?![后两一二三四五六七八九十\d景期沿述瞻往列来提去]))")
_LATER = re.compile(r"\s?(?:之后|以后)")


def _mentions(names: list[Name], lowered: str) -> Iterator[Mention]:
    done = at = 0
    while at < len(names):
        name, value = names[at], _value(names[at])
        at += 1
        if name.start < done:
            continue
        start, end, known = name.start, name.end, name.known
        led = _LED.search(lowered, max(done, start - 32), start)
        bound = (led["en"] or led["zh"]) if led else ""
        if at < len(names) and names[at].start >= end:
            between, last = lowered[end : names[at].start], names[at]
            if _RANGE.fullmatch(between) or (bound == "between" and between.startswith(" and ")):
                value = f"{value.split('/')[0]}/{_value(last).split('/')[-1]}" if value and _value(last) else ""
                value = value if _is_possible(value) else ""
                known = "inferred" if "inferred" in (known, last.known) else known
                end, at = last.end, at + 1
                start, bound = (led.start(), "") if led and bound in ("from", "从", "自") else (start, bound)
        if led and bound == "between" and "/" in value:
            start = led.start()
        if bound in ("至", "到") and lowered[end : end + 1] == "的":
            bound = ""  # 增加到2021年的…: to what it was then
        value, start, end = _bounded(value, start, end, bound, led.start() if led else start, lowered, name.edge)
        yield Mention(start, end, Period(value, known) if value else Period())
        done = end


def _bounded(
    value: str, start: int, end: int, bound: str, opened: int, lowered: str, edge: str
) -> tuple[str, int, int]:
    """The period, open on the side that "since", "by", 截至 or 以来 leave open, with these words (from `opened` on)."""
    first, last = Period(value, "stated").span() if value else (None, None)
    if value and (first is None or last is None):
        return value, start, end
    since = _SINCE.match(lowered, end) or (_ON.match(lowered, end) if bound == "from" else None)
    if since or bound in _OPENS:
        begun = value[:4] if edge == "start" else value.split("/")[0]  # since the start of the year: since that year
        leads = bound in _OPENS or bound in ("from", "从")
        return begun and f"{begun}/", opened if leads else start, since.end() if since else end
    if bound == "after" or _LATER.match(lowered, end):
        return "", start, end
    ahead = _AHEAD.match(lowered, end)
    if ahead or bound == "before":
        # 年底前 and "before the end of June" take in the last day, 9月30日前 that day.
        until = last
        if edge != "end" and not (ahead and first == last):
            until = first - timedelta(days=1) if first and first > date.min else None
        return f"/{until}" if until else "", opened if bound == "before" else start, ahead.end() if ahead else end
    if bound and bound not in ("from", "从", "between"):
        return f"/{last}" if last else "", opened, end
    return value, start, end


def _value(name: Name) -> str:
    """The period of a name; its first or last month for its start or end; "" when unknown or impossible."""
    value = name.value
    if not value and name.year:
        value = "/".join(f"{name.year}-{part}" for part in name.parts) or str(name.year)
    if not _is_possible(value):
        return ""
    first, last = Period(value, "stated").span()
    month = last if name.edge == "end" else first if name.edge == "start" else None
    return month.isoformat()[:7] if month else value


def _is_possible(value: str) -> bool:
    try:
        Period(value, "stated")
    except ValueError:  # 29 February of most years, 2021-2019; nothing
        return False
    return True
