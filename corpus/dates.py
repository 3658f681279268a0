"""When a briefing was held and its page published, and how either is known: stated, inferred or unknown.

A date is *stated* when its parts stand together in the source, *inferred* when one part comes from another
place of the same source, and *unknown* otherwise: a year is never taken from the clock or from the file.
Every text given here is folded already (simplified script, half-width signs; folding.read_script).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from corpus.folding import number_of
from corpus.transcript import Known, When

__all__ = ["Mention", "dates_of", "mentions", "when_written"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A date as it stands in text[start:end]; month and day are given, the year may be missing."""

    start: int
    end: int
    year: int | None
    month: int
    day: int

    def on(self, year: int) -> str:
        """The date in that year as YYYY-MM-DD, "" if that year has no such day (29 February)."""
        try:
            return date(year, self.month, self.day).isoformat()
        except ValueError:
            return ""


def mentions(text: str) -> list[Mention]:
    """Every day named in the text, in order; impossible days (31 April, 2022-13-01) are left out.

    >>> [(m.year, m.month, m.day) for m in mentions("Jan. 20, 2022; 3 May; 二〇二二年十月五日; 1 月 18 日; 2022/1/24")]
    [(2022, 1, 20), (None, 5, 3), (2022, 10, 5), (None, 1, 18), (2022, 1, 24)]
    """
    return list(_mentions(text))


def when_written(value: str, known: Known = "stated") -> When:
    """The date that a metadata field gives ("2022", "2022-01", "2022-01-24T08:00", "Jan. 24, 2022").

    Unknown if the field is empty or holds no possible date.
    """
    value = value.strip()
    if known == "unknown" or not value:
        return When()
    for found in _mentions(value):
        if found.year is not None and (day := found.on(found.year)):
            return When(day, known)
    partial = re.fullmatch(r"((?:19|20)\d\d)(?:-(0[1-9]|1[0-2]))?", value)
    return When(value, known) if partial else When()


def dates_of(
    head: Sequence[str], foot: Sequence[str], said: str, *, published: When | None = None
) -> tuple[When, When]:
    """When the event was held and when the page was published.

    `head` holds the lines above the first spoken words, an article's lead included; `foot` the lines below the
    last; `said` what was spoken. `published` is a date that the page's own metadata states, if any.
    """
    head, foot = ([line[:_LONGEST].replace("\n", " ") for line in lines] for lines in (head, foot))
    head = re.sub(r":\n", ": ", "\n".join(head)).split("\n")  # "Date:" and its date may stand on two lines
    published = published or next(_page_dates([*head, *foot]), When())
    line_day = next(_dateline_days(head), None)
    held = _held(head, published, line_day)
    if not published.value and line_day is not None:
        published = _completed(line_day, " ".join(head), published)
    if not held.value and not published.value:
        held = _year_spoken(" ".join(head), said)
    return held, published


_LONGEST = 1_500  # characters of a lead; a longer line is prose, and the bound keeps the time linear


# --- how a day is written -----------------------------------------------------------------------------------

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<{}>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_HAN = "〇○零一二三四五六七八九十"
_DAY = re.compile(
    rf"(?:(?<![\d{_HAN}])(?P<y1>\d{{4}}|[〇○零一二三四五六七八九]{{4}})\s*年\s*)?"
    rf"(?<![\d{_HAN}])(?P<m1>\d{{1,2}}|[一二三四五六七八九十]{{1,2}})\s*月\s*"
    r"(?P<d1>\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]"
    r"|(?<![\w.-])(?P<y2>\d{4})(?P<sep>[-/.])(?P<m2>\d{1,2})(?P=sep)(?P<d2>\d{1,2})(?![\d.]\d|\d|-)"
    rf"|\b{_MONTH.format('m3')}\s*(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\b(?:\s*,?\s*(?P<y3>(?:19|20)\d\d)\b)?"
    rf"|\b(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH.format('m4')}(?:\s*,?\s*(?P<y4>(?:19|20)\d\d)\b)?(?!\w)"
)


def _mentions(text: str) -> Iterator[Mention]:
    for found in _DAY.finditer(text):
        parts = found.groupdict()
        form = next(form for form in "1234" if parts[f"d{form}"])
        word = parts[f"m{form}"]
        month = _MONTHS.index(word[:3].lower()) + 1 if form in "34" else number_of(word)
        year = number_of(parts.get(f"y{form}") or "") or None
        mention = Mention(found.start(), found.end(), year, month, number_of(parts[f"d{form}"]))
        if mention.on(mention.year or 2000):  # 2000 is a leap year: 29 February may be meant
            yield mention


# --- the page -------------------------------------------------------------------------------------------------

_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?(?:\s*[ap]\.?m\.?)?"
_BESIDE = re.compile(  # what else may stand on a dateline: a clock, a weekday, a credit
    rf"{_CLOCK}|\b(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b|星期.|周.|[^\w]|北京时间|GMT|UTC",
    re.IGNORECASE,
)
_CREDITED = re.compile(r"来源|作者|发布|编辑|字号|\b(?:published|updated|posted|source|editor)\b", re.IGNORECASE)
_FIELD = re.compile(r"\s*(?:日期|时间|date|time)\s*:", re.IGNORECASE)


def _page_dates(lines: Sequence[str]) -> Iterator[When]:
    for line in lines:
        for found in _mentions(line):
            if found.year is None:
                continue
            rest = line[: found.start] + line[found.end :]
            # A lead that ends in a date of its own sentence: the page's date, glued to the lead by the scrape.
            after_lead = not line[found.end :].strip() and re.search(r"[.。!?]\s*$", line[: found.start])
            alone = len(_BESIDE.sub("", rest)) <= 2 and not _FIELD.match(line)
            credited = len(line) <= 90 and _CREDITED.search(rest) and not _EVENT.search(line)
            if after_lead or alone or credited or re.match(r"\s*(?:发布(?:时间|日期)|published)", line, re.IGNORECASE):
                yield When(found.on(found.year), "stated")


_WIRE = re.compile(r"\s*(?:消息|电(?!视|话|信)|讯|报道|\(\w[^()\n]{0,40}\)\s*(?:--|[—–-])|--|—)")


def _dateline_days(head: Sequence[str]) -> Iterator[Mention]:
    """Days in front of a wire report: "… 1月18日消息", "(…1月20日电)", "BEIJING, Jan. 20 (Valley News Net) --"."""
    for line in head:
        for found in _mentions(line[:80]):
            if _WIRE.match(line, found.end):
                yield found


# --- the event ------------------------------------------------------------------------------------------------

_MET = r"\b(?:met|told|briefed)\s+(?:with\s+)?(?:the\s+)?(?:media|press|reporters|journalists)\b"
_EVENT = re.compile(
    rf"briefing|{_MET}|\bconference\b|\bmeeting\b|发布会|吹风会|通气会|见面会|记者会|会议|座谈会|工作会",
    re.IGNORECASE,
)
_HELD = re.compile(rf"\b(?:held|holds?|hosted|hosts?|took place)\b|{_MET}|举行|召开|举办", re.IGNORECASE)
_TO_COME = re.compile(r"\b(?:will|to be|is to|are to|next)\b|将", re.IGNORECASE)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(r"\bon (?P<day>mon|tues|wednes|thurs|fri|satur|sun)day\b", re.IGNORECASE)
_TODAY = re.compile(r"今日|今天|今早|当天|当日|今[上下]午|\btoday\b", re.IGNORECASE)
_YESTERDAY = re.compile(r"昨日|昨天|\byesterday\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?:[^.。!?！？]|(?<=\b[A-Z][a-z][a-z])\.|(?<=\bSept)\.|\.(?=\d))+.?")


def _held(head: Sequence[str], published: When, line_day: Mention | None) -> When:
    about = " ".join(head)
    for line in head:
        field = _FIELD.match(line)
        for sentence in [line] if field else _SENTENCE.findall(line):
            if not (field or (_EVENT.search(sentence) and _HELD.search(sentence))):
                continue
            # "… 1月18日消息, … 今日举行": the day of the report is the day of the event.
            spoken = [found for found in _mentions(sentence) if not _WIRE.match(sentence, found.end)]
            if spoken:
                return _completed(spoken[0], about, published)
            reported = _completed(line_day, about, published) if line_day else published
            if len(reported.value) != 10:
                continue
            day = date.fromisoformat(reported.value)
            days_ago = _days_ago(sentence, day)
            if days_ago is not None:
                return When((day - timedelta(days=days_ago)).isoformat(), "inferred")
    title_day = next((found for line in head[:3] if _EVENT.search(line) and len(line) < 120
                      for found in _mentions(line) if found.year), None)  # fmt: skip
    return When(title_day.on(title_day.year or 0), "stated") if title_day else When()


def _days_ago(sentence: str, reported: date) -> int | None:
    """How many days before its report a sentence puts the event, None if it does not say; a weekday is the last one."""
    if _TODAY.search(sentence):
        return 0
    if _YESTERDAY.search(sentence):
        return 1
    weekday = _WEEKDAY.search(sentence)
    if not weekday or _TO_COME.search(sentence):
        return None
    return (reported.weekday() - _WEEKDAYS.index(weekday["day"][:3].lower())) % 7


_YEAR = re.compile(r"(?<![\d-])((?:19|20)\d\d)(?![\d-]|\.\d|/)(?!\s*年\s*\d+\s*月)")
_PART = (
    r"\bfirst (?:quarter|half|three quarters|\w+ months)\b|\b(?:second|third) quarter\b"
    r"|第?[一二三]季度|上半年|前三季度|前[一二三四五六七八九十]+个?月"
)


def _completed(found: Mention, about: str, published: When) -> When:
    """The mention with its year; from the page's date, else from the year that the event is about, else unknown.

    An event of January to March that reviews a whole year comes after that year.
    """
    if found.year is not None:
        return When(found.on(found.year), "stated")
    if published.value:
        year = int(published.value[:4])
        later = len(published.value) == 10 and found.on(year) > published.value
        day = found.on(year - 1 if later else year)
        return When(day, "inferred") if day else When()
    years = {int(year) for year in _YEAR.findall(_without_days(about))}
    if len(years) != 1:
        return When()
    year = years.pop()
    if not re.search(_PART, about, re.IGNORECASE):
        if found.month > 3:  # neither year is safe
            return When()
        year += 1
    day = found.on(year)
    return When(day, "inferred") if day else When()


def _without_days(text: str) -> str:
    return _DAY.sub(" ", text)


_PLANNED = re.compile(
    r"\brecently\b.{0,120}\b(?:deploy|arrange|plan).{0,120}\bin ((?:19|20)\d\d)\b"
    r"|(?:近日|近期|日前|最近).{0,40}(?<!\d)((?:19|20)\d\d)\s*年.{0,40}(?:部署|安排)",
    re.IGNORECASE,
)


def _year_spoken(head: str, said: str) -> When:
    """The year alone, from an event named after a part of it, or from two remarks of the speakers together.

    Work for a year is planned in that year or just before it; results of a part of the year are told only once
    the year has begun. So "recently planned … in Y" beside results of "the first quarter" puts the event in Y.
    """
    named = [re.search(rf"(?:{_PART})\s*(?:of|,)?\s*((?:19|20)\d\d)", head, re.IGNORECASE),
             re.search(rf"(?<!\d)((?:19|20)\d\d)\s*年\s*(?:{_PART})", head)]  # fmt: skip
    for found in named:
        if found and _EVENT.search(head):
            return When(found[1], "inferred")
    planned = {first or second for first, second in _PLANNED.findall(said)}
    if len(planned) == 1 and re.search(_PART, said, re.IGNORECASE):
        return When(planned.pop(), "inferred")
    return When()
