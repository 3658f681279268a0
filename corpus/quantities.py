"""What a written figure says: its value, its unit, and how exactly it is meant, in either language and script.

How numbers are written is known by numerals.py, what they count by units.py, where a period is meant by periods.py and
what the figure is of by figures.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from corpus.folding import HAN_RANGE, read_script, small_letters
from corpus.numerals import Bound, Number, next_number
from corpus.period_words import is_counted
from corpus.units import currency_before, find_rate, find_unit, find_unit_before

__all__ = ["Bound", "Quantity", "quantities"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure as it stands in text[start:end], from its first digit to the end of its unit.

    `value` is exact, after 万, 亿, thousand, million and so on; of a range it is the lower end, and `high` the upper.
    `unit` is a name from units.tsv: "%" , "pp" (percentage points), "fold" (what became of one: 翻番, "doubled" and
    增长一倍 are 2), "share" (三分之一, to six digits), "yuan", "month", "household", "station" …; of two things counted
    together both by name, sorted ("app+website"); behind a slash the time that it is counted by ("app/month"); "" when
    what is counted has no name there.
    """

    start: int
    end: int
    value: Decimal
    unit: str = ""
    bound: Bound = ""
    high: Decimal | None = None


def quantities(text: str) -> list[Quantity]:
    """Every figure that the text gives, in order, not overlapping; offsets count characters of the text as given.

    Left out are numbers that are no figures: years and dates, codes (5G, IPv6, 12381, 7AT664.70), ordinals and the
    numbers of points, of quarters and of articles, telephone numbers, the pager of a page, figures of speech.
    """
    plain = _plain(text)
    numbers: list[Number] = []
    at = named = 0
    while number := next_number(plain, at):
        at = number.last
        is_wording = number.by == "wording"
        if (not is_wording or plain[number.start].isdecimal()) and not _is_counting(plain, number):
            named = at if _SERIES.search(plain, max(0, number.start - 12), number.start) else 0
            continue
        if not is_wording:
            find_unit(plain, number)
        if named and not number.by and number.scale == 1 and _GOES_ON.fullmatch(plain, named, number.start):
            named = at  # pages 12 and 14
            continue
        at = number.end
        numbers.append(number)
    _share_units(plain, numbers)
    found: list[Quantity] = []
    last: Number | None = None
    for number in _ranged(plain, numbers):
        if not number.unit:
            find_unit_before(plain, number, last)
        is_bare = not number.unit and not number.by and number.scale == 1
        if (is_bare and _is_named(text, number)) or not _is_figure(plain, number):
            continue
        find_rate(plain, number)
        last = number
        high = None if number.high is None else _exact(number.high)
        bound = number.bound or _bound(plain, number)
        found.append(Quantity(number.start, number.end, _exact(number.value), number.unit, bound, high))
    return found


def _plain(text: str) -> str:
    """The text in simplified script, half-width and small letters, of the same length."""
    # A full-width comma beside plain digits parts two numbers; folded it would join them.
    return small_letters(read_script(re.sub("(?<=[0-9])，", "；", text))[0])


_LISTED = re.compile(r" ?[、和及与] ?|,? and |, ")


def _share_units(plain: str, numbers: Sequence[Number]) -> None:
    """Give the numbers of a list the measure behind its last one: "5.2 and 4.9 percent respectively"."""
    after: Number | None = None
    unit_at = 0
    for number in reversed(numbers):
        if (
            after and not number.by and number.scale == after.scale
            and _LISTED.fullmatch(plain, number.end, after.start)
            and ("分别" in plain[max(0, number.start - 40) : number.start]
                 or "respectively" in plain[after.end : after.end + 60])
        ):  # fmt: skip
            alike = replace(number, last=unit_at)
            find_unit(plain, alike)
            if alike.by == "measure":
                number.value, number.unit, number.by = alike.value, alike.unit, alike.by
        else:
            unit_at = number.last
        after = number


def _exact(value: Decimal) -> Decimal:
    return value.to_integral_value() if value == value.to_integral_value() else value.normalize()


# --- is it a figure? --------------------------------------------------------------------------------------------

_MONTH = "jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec"
_SERIES = re.compile(
    r"\b(?:(?:article|chapter|section|clause|table|figure|page|paragraph|item|line|route|room|footnote|platform|gate)s?"
    r"|pp?\.|nos?\.)\s$"
)
_GOES_ON = re.compile(r"(?:,| of|,? and| to| or|[-–—/]) ?")
_NOT_BEHIND = re.compile(
    r"(?:[第每几双]|(?:[a-oq-z_@#±]|(?<!ap)p)[-–.·+_/]?|[a-z]\d*-|\d[.,]|拨打|致电|邮编|尾号|编号|代码|型号|波音|空客"
    r"|\b(?:fig\.|version|part|phase|annex|appendix|flight|level|grade|type|windows|wi-?fi|double|vol\.?|issue|per|every"
    r"|each|dial(?:ed)?|question|point|day|top|best of|iso|iec|gb/t)\s"
    rf"|\b(?:{_MONTH})[a-z]*\.?\s(?:\d{{1,2}}(?:st|nd|rd|th)?\s?(?:to|-|–|and)\s?)?)$|{_SERIES.pattern}"
)
_NOT_AHEAD = re.compile(
    r"(?:st|nd|rd|th)(?![a-z])|\.\d|年代|[号楼路级版届线]|日(?!内|以内|之内)|月|季度|世纪|时(?![间代段期])|点(?:[,。;钟整半前后起至]|$|开始|许)|\+[a-z]"
    r"| ?(?:january|february|march|april|may|june|july|august|september|october|november|december)(?=[ ,.;]|$)"
    r"| ?晚会|后(?=[,。;、\s]|群|出|一代|$)|期(?!间)| ?(?:am|pm|a\.m|p\.m|o'clock)(?![a-z])|'?s(?![a-z])"
    r"|(?:[美欧日港]?元|英镑)(?:兑(?![换现])|对人民币|约?合)"  # 1美元兑6.34元
)
_MINUS = re.compile(r"(?:(?<=[\s(,;:、为至降约])|^)[-−–]$|(?:minus |negative |负|零下)$")
_HAN_MINUS = re.compile(f"(?<=[{HAN_RANGE}])[-−]$")
_POINT_OPENS, _POINT_ENDS = re.compile(r"(?:^|\n) ?\(?$|\($"), re.compile(r"[.)、](?!\d)")


def _is_counting(plain: str, number: Number) -> bool:
    """Whether a number is more than a name, a date or the number of a point; its sign is taken in."""
    before = plain[max(0, number.start - 40) : number.start]
    sign = _MINUS.search(before) or (plain[number.last : number.last + 1] in ("%", "℃") and _HAN_MINUS.search(before))
    is_apart = number.form == "han" and before[-1:].isascii()  # 5G一万个
    if not sign and not is_apart and not currency_before(before) and _NOT_BEHIND.search(before):
        return False
    if number.scale == 1 and _NOT_AHEAD.match(plain, number.last):
        return False
    if _POINT_OPENS.search(before[-3:]) and _POINT_ENDS.match(plain, number.last):
        return False
    if sign:
        number.value, number.start = -number.value, number.start - len(sign[0])
    return True


# Capitals beside a bare number make a name (Boeing 737, the Two Sessions), but not those that begin a sentence.
_NAMED = re.compile(
    r"(?<![a-zA-Z0-9.])(?!(?i:the|about|over|some|nearly|almost|around|another|than|at|in|of|all|these|those|only|and"
    r"|with|from|to|add|plus|reached|total|by|for|on|or|under|above|below|is|are|was|were|has|have|had|up)\s)[A-Z][A-Za-z]+\s$"
)


def _is_named(text: str, number: Number) -> bool:
    after = text[number.last : number.last + 2]
    if number.form == "words" and text[number.start].isupper() and after[0:1] == " " and after[1:].isupper():
        return True
    is_quoted = number.start > 0 and text[number.start - 1] in '"“「' and after[0:1] in ('"', "”", "」")
    return is_quoted or bool(_NAMED.search(text, max(0, number.start - 20), number.start))


_CODE = re.compile(r"1[0-2]\d{3}|9[56]\d{3}|\d{9,}|1[12][0-2]|119")  # 12381, 10086; 110
_YEAR = re.compile(r"1\d{3}|20\d\d")
_PLAN = re.compile("-year plan(?![a-z])|年[规计]划")  # the five-year plan
_MANY = re.compile(r" (?:[a-z-]+ )?[a-z]+[a-rt-z]s(?![a-z])")
# One of them counts; "one centre" and 一个中心 are articles.
_ONE = frozenset({"%", "pp", "fold", "year", "quarter", "month", "week", "hour", "minute", "km", "yuan"})


def _is_figure(plain: str, number: Number) -> bool:
    """Whether a number says how many or how much, by its unit and by how it is written."""
    written = plain[number.start : number.last]
    if number.by == "wording" or number.form == "plain":
        return bool(number.unit)
    if number.unit in ("month", "quarter") and re.search("first $|前$", plain[max(0, number.start - 6) : number.start]):
        return False  # a part of a year
    if number.unit == "year" and _PLAN.match(plain, number.last):
        return False
    if number.form == "digits":
        if number.high is None and _YEAR.fullmatch(written) and _is_year(plain, number):
            return False
        if number.by in ("", "noun") and _CODE.fullmatch(written):
            return number.by == "noun" and len(written) == 3
        return bool(number.by) or not re.fullmatch("[a-z0-9_/@-]", plain[number.end : number.end + 1])
    if number.start and plain[number.start - 1] in '“‘「『"':
        return False  # “三个代表”
    if number.value == 1 and number.high is None and number.unit not in _ONE:
        return False
    if number.form == "words":
        return bool(number.unit) or number.value >= 100 or bool(_MANY.match(plain, number.last))
    return bool(number.unit) or number.by == "word" or (number.value >= 100 and (len(written) > 2 or number.scale > 1))


def _is_year(plain: str, number: Number) -> bool:
    """Whether four digits that may name a year do."""
    if number.unit == "year" or plain.startswith("年", number.last):
        return True
    if number.by not in ("", "noun") or number.value < 1900 or (number.by and _bound(plain, number)):
        return False
    return not is_counted(plain[max(0, number.start - 20) : number.start], plain[number.last : number.last + 48])


# --- ranges and bounds ------------------------------------------------------------------------------------------

_RANGE = re.compile(r" ?(?:[-–—~]|(?P<to>至|到|to(?= ))|(?P<and>and(?= ))|(?P<or>or(?= ))) ?(?:us|rmb|hk)?[$¥￥€]? ?")
_FROM = re.compile(r"(?:(?<!ranging )(?<!ranged )(?<!range )from|[从由自]) ?$")


def _ranged(plain: str, numbers: Sequence[Number]) -> Iterator[Number]:
    """The numbers, two that are the ends of a range as one; a row of digits with hyphens is left out."""
    held: Number | None = None
    for number in numbers:
        if held and (gap := _gap(plain, held, number)):
            low = _low(held, number)
            before = plain[max(0, held.start - 16) : held.start]
            is_rise = bool(gap["to"]) and _rises(before, held, number)
            if is_rise or _FROM.search(before):
                if not is_rise:  # "from 8 to 12 million" are two figures, both of millions
                    held.value = low
                if not held.by:
                    held.unit, held.by = number.unit, number.by
            elif low < number.value:
                number.start, number.value, number.high = held.start, low, number.value
                number.bound = number.bound or held.bound or ("about" if gap["or"] else "")
                if not number.by:
                    number.unit, number.by = held.unit, held.by
                held = None
            elif not (held.by or gap["to"]):  # 5-3 is a score
                held = None
                continue
        if held:
            yield held
        held = number
    if held:
        yield held


def _gap(plain: str, held: Number, number: Number) -> re.Match[str] | None:
    """What stands between two numbers that may be the ends of a range."""
    gap = _RANGE.fullmatch(plain, held.end, number.start)
    if (
        gap is None or held.high is not None or number.high is not None
        or (held.by and (number.by or held.by == "wording") and held.unit != number.unit)
        or (gap["and"] and not plain.endswith("between ", 0, held.start))
        or (gap["to"] == "to" and _YEAR.fullmatch(plain, held.start, held.end) and held.value >= 1900)
    ):  # fmt: skip
        return None
    return gap


def _low(held: Number, number: Number) -> Decimal:
    """The lower end, which in "3 to 5 million" is of millions too."""
    shares = held.by in ("", "currency") and held.scale == 1 and held.value < number.value / number.scale
    return held.value * number.scale if shares else held.value


# "Raised by 30 yuan to 640 yuan" and 提高30元至640元 are two figures, "by 5% to 7%" and 提高3万元到5万元 one.
_RISING = re.compile(
    r"(?:(?P<by>\bby )|\b(?:up|down|rose|fell|grew|climbed|dropped|(?:increas|decreas|rais|reduc)ed|cut) "
    r"|(?:[增上下][加长涨升调降]|提高|提升|降低|减少|增|涨|降)了?)[近约]?$"
)


def _rises(before: str, held: Number, number: Number) -> bool:
    rising = _RISING.search(before)
    if rising is None:
        return False
    is_whole = rising["by"] and held.by == "measure" and number.by == "measure" and held.unit not in ("%", "pp", "fold")
    return bool(is_whole) or 0 < held.value * 5 <= number.value / (1 if held.by else number.scale)


_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:(?P<about>about|around|some|roughly|approximately|an estimated|circa)"
    r"|(?P<nearly>nearly|almost|close to|approaching|just under)"
    r"|(?P<under>(?:no|not) (?:more|over|longer) than|less than|fewer than|below|under|up to|at most|a maximum of"
    r"|not exceed(?:ing)?|within)"
    r"|(?P<over>(?:no|not) (?:less|fewer|lower) than|more than|over|above|at least|upwards of|in excess of"
    r"|exceed(?:ed|ing|s)?|surpass(?:ed|ing|es)?|topp(?:ed|ing)|a minimum of|greater than|higher than)) ?(?:an? |the )?"
    r"|(?P<han_under>不超过|未超过|不多于|不高于|至多|最多|不足|不到|低于|少于|小于)"
    r"|(?P<han_over>不少于|不低于|不小于|至少|最少|超过|突破|高于|多于|大于|超出|超|逾|(?<!以)上(?=$)|过(?=$))"
    r"|(?P<han_nearly>将近|接近|近|几乎)|(?P<han_about>大约|约[为合]?|大概|大致))了? ?$"
)
_AFTER = re.compile(
    r"(?P<over>\+|[ -]?(?:or more|and above|or above|plus)|及?以上|之多|有余|开外|多(?=[,。;:、的来]|$))"
    r"|(?P<about> ?(?:or so|or thereabouts|左右|上下))"
    r"|(?P<under> ?(?:or less|or fewer|or below|及?以下|以内|之内|内(?![部外陆蒙容地])))"
)
_BOUNDS: tuple[Bound, ...] = ("about", "nearly", "over", "under")
_PAST = frozenset({"year", "quarter", "month", "week", "day"})


def _bound(plain: str, number: Number) -> Bound:
    before = plain[max(0, number.start - 32) : number.start]
    currency = currency_before(before)
    if currency:
        before = before[: before.rindex(currency)]
    found = _BEFORE.search(before)
    if found and found[0].strip() == "近" and number.unit in _PAST:
        return "nearly" if re.search("[历用耗]时近$|长达近$", before) else ""  # 近五年: the past five years
    found = found or _AFTER.match(plain, number.end)
    if found and found[0] == "多" and re.search("[比较][^,;。]*$", before):
        return ""  # 比去年的2万元多
    return next((bound for bound in _BOUNDS if found and str(found.lastgroup).endswith(bound)), "")
