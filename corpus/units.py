"""What a number counts: the measure behind it (km, 亿元, %), or the noun that stands behind or before it in its clause.

The names are those of units.tsv. Every text given here is folded already: simplified script, half-width, small letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from importlib.resources import files
from typing import NamedTuple

from corpus.folding import HAN_RANGE
from corpus.numerals import HAN_DIGITS, WORD, Number

__all__ = ["currency_before", "find_rate", "find_unit", "find_unit_before", "unit_rows"]


def find_unit(text: str, number: Number) -> None:
    """Set the unit of a number and its end from what stands beside it, and the bound within (3000多家).

    Left as they are where nothing known stands there.
    """
    before = text[max(0, number.start - 40) : number.start]
    if not (_find_percent(text, number) or _find_han(text, number, before) or _find_english(text, number, before)):
        number.end = number.last
    if (currency := currency_before(before)) and number.unit not in _MONEY:
        if number.unit:  # $3 a day, ￥80起
            number.end = number.last
        number.unit, number.by = _CURRENCIES[currency], "currency"


def currency_before(before: str) -> str:
    """The sign or code of money that a text ends with, "" for none."""
    found = _CURRENCY.search(before)
    return found[1] if found else ""


def find_unit_before(text: str, number: Number, last: Number | None) -> None:
    """Set the unit of a number that stands behind what it counts: "base stations reached 654,000", 基站65.4万个.

    Only where the phrase ends with the number; what is counted stands in its clause, and not before the `last` figure,
    whose unit goes on in a list of such numbers (分别为24万个、30万个).
    """
    if not _PHRASE_ENDS.match(text, number.end):
        return
    since = last.end if last else 0
    if last and last.by in ("", "word") and text[last.last : last.end] == text[number.last : number.end]:
        before = text[max(0, last.start - 90) : last.start]
        if _LISTED.fullmatch(text, since, number.start) and ("分别" in before or not number.by):
            number.unit = last.unit
            return
    clause = _CLAUSE.split(text[max(since, number.start - 90) : number.start])[-1]
    nouns = _HAN_NOUN.findall(clause[-32:])
    if nouns and (number.by or re.search(f"[{HAN_RANGE}]", clause)):
        number.unit = _HAN_NOUNS[nouns[-1]]
        return
    link = _LINK.search(clause)
    if link is None or number.by:
        return
    subject = clause[: link.start()]
    _, is_numbered, of = subject.partition("number of ")
    if nouns := _NOUN.findall(of if is_numbered else subject):
        number.unit = _NOUNS[nouns[0 if is_numbered else -1]]


def find_rate(text: str, number: Number) -> None:
    """Add the time that a number is counted by to its unit: "apps every month", 每天…万次."""
    if number.unit in _NO_RATE:
        return
    if rate := _RATE.match(text, number.end):
        number.end = rate.end()
        number.unit += "/" + _TIMES.get(rate[rate.lastgroup or 0], rate[rate.lastgroup or 0])
    elif before := _RATE_BEFORE.search(text[max(0, number.start - 16) : number.start]):
        number.unit += "/" + _TIMES[before["every"] or before["mean"]]


# --- the table --------------------------------------------------------------------------------------------------


class _Measure(NamedTuple):
    unit: str
    factor: Decimal


class _Table(NamedTuple):
    measures: dict[str, _Measure]
    nouns: dict[str, str]  # in the plural
    han_measures: dict[str, _Measure]
    han_nouns: dict[str, str]


def unit_rows() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """The rows of units.tsv: name, kind ("measure" or "noun"), its forms in English and in Chinese as written there."""
    for line in files("corpus").joinpath("units.tsv").read_text("utf-8").splitlines()[1:]:
        name, kind, *forms = line.split("\t")
        english, chinese = ([form for form in some.split(",") if form] for some in forms)
        yield name, kind, english, chinese


def _read_table() -> _Table:
    table = _Table({}, {}, {}, {})
    for name, kind, english, chinese in unit_rows():
        for form, _, factor in (one.partition("*") for one in english):
            singular, _, plural = form.partition("=")
            plural = plural or _plural(singular)
            if kind == "noun":
                table.nouns[plural] = name
                continue
            head, _, rest = singular.partition(" ")  # degrees Celsius, megabits per second
            for spelling in (singular, plural, f"{_plural(head)} {rest}"):
                table.measures[spelling] = _Measure(name, Decimal(factor or 1))
        for form, _, factor in (one.partition("*") for one in chinese):
            if kind == "noun":
                table.han_nouns[form] = name
            else:
                table.han_measures[form] = _Measure(name, Decimal(factor or 1))
    return table


def _plural(word: str) -> str:
    if re.search("[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search("(?:s|x|ch|sh)$", word) else "s")


def _any(forms: Iterable[str]) -> str:
    return "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))


_MEASURES, _NOUNS, _HAN_MEASURES, _HAN_NOUNS = _read_table()


# --- what stands right behind ---------------------------------------------------------------------------------

_CURRENCIES = {
    **dict.fromkeys(("¥", "￥", "rmb", "cny", "人民币"), "yuan"), **dict.fromkeys(("us$", "$", "usd"), "usd"),
    **dict.fromkeys(("hk$", "hkd"), "hkd"), **dict.fromkeys(("€", "eur"), "eur"), "£": "gbp",
}  # fmt: skip
_MONEY = frozenset(_CURRENCIES.values())
_CURRENCY = re.compile(rf"(?<![a-z])({_any(_CURRENCIES)}) ?$")
_PERCENT = re.compile(
    r" ?(?:(?P<points>个?百分点|percentage[ -]points?(?![a-z])|pp(?:ts?)?(?![a-z]))"
    r"|(?P<basis>个?基点|basis points?(?![a-z]))|(?P<percent>%|per ?cent(?![a-z]))|(?P<permille>‰))"
)
_TENTHS = re.compile(
    "成(?P<more>[一二三四五六七八九半](?![一二三四五六七八九十百千万个]))?(?![立为功员本果长都品套分了熟交效就绩])"
)


def _find_percent(text: str, number: Number) -> bool:
    found = _PERCENT.match(text, number.last)
    if found:
        number.unit = "pp" if found["points"] or found["basis"] else "%"
        number.value /= 100 if found["basis"] else 10 if found["permille"] else 1
    elif number.form != "words" and number.value < 10 and (found := _TENTHS.match(text, number.last)):
        more = found["more"]  # 三成五: 35 %
        number.value = number.value * 10 + (5 if more == "半" else HAN_DIGITS[more] if more else 0)
        number.unit, number.high = "%", number.high and number.high * 10
    else:
        return False
    number.by, number.end = "measure", found.end()
    return True


# --- Chinese ----------------------------------------------------------------------------------------------------

_NO_MEASURE = {  # with these behind it the character is part of another word: 年级, 元旦, 人均
    "年": "级代度底初末", "元": "化旦首", "天": "然津空地线河气文山", "米": "饭粉", "周": "期边围口", "人": "工均脸",
    "圆": "满桌", "升": "级至到", "位": "一居于", "小时": "候", "秒": "杀", "次": "新产", "桶": "装", "克": "服隆",
    "名": "单列为", "例": "外如", "起": "来到步", "剂": "量型", "星期": "一二三四五六日天",
}  # fmt: skip
_HAN_MEASURE = re.compile(
    r" ?个?(?P<half>半)?(?P<more>多)?(?:(?P<month>(?<=[半多])月)|(?P<day>日(?=内|以内|之内))|(?P<form>"
    + "|".join(
        f"{form}(?![{_NO_MEASURE[form]}])" if form in _NO_MEASURE else form
        for form in sorted(_HAN_MEASURES, key=len, reverse=True)
    )
    + "))(?P<and_half>半(?![导径年]))?"
)
_HAN_NEXT = re.compile(f" *[{HAN_RANGE}]")
_MORE = re.compile("[多余]|来(?=[个家项年天人名位条座所])")
# They say nothing of what is counted; the noun does.
_MEASURE_WORD = re.compile(
    " ?(?:[个家款项座条批种类台套件所张份支只处间篇门场轮株头棵幅艘架列枚块]|部(?![门委长队分])|[大点](?=[^,;。]))"
    "(?![性体别一])"
)
_OF_YEARS = re.compile(r"[\d一二两三四五六七八九十](?:年|个月|天)")
_HAN_NOUN = re.compile(_any(_HAN_NOUNS))
# Words of one character are parts of many others: only right behind the number or its measure word.
_PLACES = {
    "省": "province", "市": "city", "县": "county", "镇": "town", "乡": "town", "村": "village", "方面": "aspect",
    "部门": "institution",
}  # fmt: skip
_PLACE = re.compile("方面|部门|省|市(?![场民值级区])|县(?![级城])|村(?!民)|镇|乡(?!村)")
_NOUN_PHRASE_ENDS = re.compile(
    r"[,;:。、!?()\n%]|\d+(?:\.\d+)?[万亿个家款项]|覆盖|实现|完成|建立|建成|达到|接入|开展|支持|推进|参与|参加|提供|用于|以及"
    "|开设|设立|实行|推出|采用|配备|并|将|已|在|了|使用|分布|涉及"
)
_HAN_AND = re.compile(" ?[和与及] ?")
_CLAUSE_BEFORE = re.compile("[与和同对向由经为被面可能]")
_BOUND = re.compile("(?:(?P<over>及?以上)|(?P<under>及?以下|以内)|左右|上下)的?")
_GREW = re.compile("(?:增长|增加|上升|提高|提升|上涨|增|涨)了?(?:近|约|超过?)?$")
_CALLED = re.compile("(电话|通话|来电|短信|垃圾信息)[^,;。、]{0,4}$")
_SUBSCRIBED = re.compile("(用户|连接数|连接)[^,;。!?]{0,30}$")
_COUNTS = {
    "户": {"household", "enterprise"}, "起": {"case", "incident", "complaint"}, "名": {"person"}, "位": {"person"},
}  # fmt: skip


def _find_han(text: str, number: Number, before: str) -> bool:
    more = _MORE.match(text, number.last)
    at = more.end() if more else number.last
    if more:
        number.bound = "about" if more[0] == "来" else "over"
    if measure := _HAN_MEASURE.match(text, at):
        number.by, number.end = "measure", measure.end()
        _count_by(text, number, measure, before)
        return True
    if word := _MEASURE_WORD.match(text, at):
        number.by, number.end = "word", word.end()
        if noun := _han_noun(text, _bounded(text, number), 14):
            number.unit = noun[0]
            if not _OF_YEARS.search(text, word.end(), noun[1]):  # 五个三年行动计划: two figures
                number.end = noun[1]
        elif place := _PLACE.match(text, word.end()):
            number.unit, number.end = _PLACES[place[0]], place.end()
        elif word[0] == "大" or (word[0] == "点" and number.form == "digits"):  # 四大行; 10点, a time of the day
            number.by, number.end = "", number.last
        return True
    if number.form == "words" or not _HAN_NEXT.match(text, at):
        return False
    if (number.form == "digits" or number.scale > 1 or more) and (noun := _han_noun(text, at, 8)):
        number.unit, number.end = noun
        number.by = "noun"
    elif place := _PLACE.match(text, at):
        number.unit, number.end, number.by = _PLACES[place[0]], place.end(), "noun"
    return True


def _count_by(text: str, number: Number, measure: re.Match[str], before: str) -> None:
    form = measure["form"]
    number.unit, factor = _HAN_MEASURES[form] if form else ("month" if measure["month"] else "day", Decimal(1))
    if measure["more"]:
        number.bound = "over"
    if measure["half"] or measure["and_half"]:
        number.value += Decimal("0.5")
    number.value, number.high = number.value * factor, number.high and number.high * factor
    if number.unit == "fold" and _GREW.search(before):
        number.value += 1  # what grew by itself once is twice as much
        number.high = number.high and number.high + 1
    counted = _CALLED.search(before) if form == "次" else _SUBSCRIBED.search(before) if form == "户" else None
    if counted:
        number.unit = _HAN_NOUNS[counted[1]]
    if form in _COUNTS and (noun := _han_noun(text, _bounded(text, number), 6)) and noun[0] in _COUNTS[form]:
        number.unit, number.end = noun


def _bounded(text: str, number: Number) -> int:
    """Where the noun may begin: behind the bound that stands before it (100家以上企业), which is taken in."""
    bound = _BOUND.match(text, number.end)
    if bound is None:
        return number.end
    number.bound = "over" if bound["over"] else "under" if bound["under"] else "about"
    return bound.end()


def _han_noun(text: str, at: int, window: int) -> tuple[str, int] | None:
    """What is counted and where its name ends: the last of nouns side by side, or two that are joined (网站和App)."""
    if _CLAUSE_BEFORE.match(text, at):  # 5家与公众有关的网站: what is counted stands behind 的
        of = text.find("的", at, at + window + 4)
        if of < 0:
            return None
        at = of + 1
    stop = _NOUN_PHRASE_ENDS.search(text, at, at + window)
    end = stop.start() if stop else min(len(text), at + window)
    found = _HAN_NOUN.search(text, at, end + 4)
    if found is None or found.start() >= end:
        return None
    is_quoted = re.search("[“「『]", text[at : found.start()])
    while (after := _HAN_NOUN.search(text, found.end(), found.end() + 8)) and after.start() - found.end() <= 2:
        if re.search(f"[的和与及]|{_NOUN_PHRASE_ENDS.pattern}", text[found.end() : after.start()]):
            break
        found = after
    joined = _HAN_AND.match(text, found.end())
    other = _HAN_NOUN.search(text, joined.end(), joined.end() + 8) if joined else None
    if joined and other and other.start() - joined.end() <= 2:
        return "+".join(sorted({_HAN_NOUNS[found[0]], _HAN_NOUNS[other[0]]})), other.end()
    closes = bool(is_quoted) and text[found.end() : found.end() + 1] in ("”", "」", "』")
    return _HAN_NOUNS[found[0]], found.end() + closes


# --- English ----------------------------------------------------------------------------------------------------

_FOLD = re.compile("[ -]?fold(?![a-z])")
_PLUS = re.compile(r"\+(?!\w)|[ -]plus(?= [a-z])|-odd(?![a-z])")
_MEASURE = re.compile(rf"[ -]?(?P<form>{_any(_MEASURES)})(?![a-z0-9/²³])")
_NOUN = re.compile(rf"(?<![a-z])(?:{_any(_NOUNS)})(?![a-z])")
# "5m users" are five million, "5m long" is five metres.
_MILLION = re.compile(rf" ?m(?= (?:[a-z]+ )?(?:{_any(_NOUNS)}|dollars|yuan|euros)(?![a-z]))")
_GREW_BY = re.compile(r"(?:grew|grown?|rose|risen|increased|up|expanded)(?: by)? $")
_TIMES_AS = re.compile(r" (?:the|that|those|as|higher|more|larger|faster|greater|what|its)\b")
_WORD = re.compile(r"(?:\([^()]{0,24}\) ?)?[\"'“”‘’]?([a-z0-9][a-z0-9.'&/+-]*)([\"'“”‘’]?)( ?)")
_COMPOUND = re.compile(rf"(?:\d+|{WORD})-(?:{_any(_MEASURES)})$")
_AND = re.compile(r" and ((?:[a-z-]+ )?)")
_STOP = frozenset(
    "of in to and or for that which is are was were by with at on from as than has have had will would be been but "
    "while who whose where when through into under per the a an this these it they we its our their also after before "
    "since during until up down compared respectively so if not no can could may must shall should do did more less "
    "last next reached covered including such between among across about around nearly over ago".split()
)


def _find_english(text: str, number: Number, before: str) -> bool:
    at = number.last
    if fold := _FOLD.match(text, at):
        number.unit, number.by, number.end = "fold", "measure", fold.end()
        return True
    if plus := _PLUS.match(text, at):
        number.bound, at = "over", plus.end()
    million = _MILLION.match(text, at) or (currency_before(before) and re.compile("m(?![a-z])").match(text, at))
    if million:
        number.scale, number.value = Decimal(10**6), number.value * 10**6
        at = number.last = number.end = million.end()
    if measure := _MEASURE.match(text, at):
        number.unit, factor = _MEASURES[measure["form"]]
        number.value, number.by, number.end = number.value * factor, "measure", measure.end()
        if number.unit == "time" and (number.value % 1 or _TIMES_AS.match(text, number.end) or _GREW_BY.search(before)):
            number.unit = "fold"
        return True
    words = list(_words(text, at + 1)) if text[at : at + 1].isspace() else []
    for first in range(len(words)):
        for size in (3, 2, 1):
            phrase = " ".join(word for word, _ in words[first : first + size])
            name = _NOUNS.get(_plural(phrase) if number.value == 1 else phrase)
            if name:
                number.unit, number.by, number.end = name, "noun", words[min(first + size, len(words)) - 1][1]
                _join(text, number)
                if any(_COMPOUND.match(word) for word, _ in words[:first]):
                    number.end = number.last  # five three-year plans: two figures
                return True
    if plus:
        number.end = plus.end()
    return bool(million or plus)


def _words(text: str, at: int) -> Iterable[tuple[str, int]]:
    """The words from `at` on that may belong to one noun phrase, and where each ends."""
    word = "s"
    for _ in range(7):
        found = _WORD.match(text, at)
        last, word = word, found[1].rstrip(".'") if found else ""
        joins = word == "and" and last[-1:] != "s"  # elderly and disabled people
        if found is None or (word in _STOP and not joins) or word.replace(".", "").isdecimal():
            return
        yield word, found.end(2) if word == found[1] else found.start(1) + len(word)
        if word != found[1] or not found[3]:
            return
        at = found.end()


def _join(text: str, number: Number) -> None:
    """Websites "and apps": both names, where what is joined is no figure of its own."""
    joined = _AND.match(text, number.end)
    if joined and joined[1].strip() not in _STOP and not joined[1].endswith(("ed ", "ing ")):
        noun = _NOUN.match(text, joined.end()) or _NOUN.match(text, joined.start(1))
        if noun:
            number.unit = "+".join(sorted({number.unit, _NOUNS[noun[0]]}))
            number.end = noun.end()


# --- what stands before, and by which time it is counted --------------------------------------------------------

_CLAUSE = re.compile(r"[,;:。!?\n]|\.(?= |$)")
_PHRASE_ENDS = re.compile(
    r"\s*(?:$|[,;:。、!?()\n.]|以上|左右|以下|[和及的比较]|同比|(?:and|while|by|in|as|with|at|from|but|which"
    r"|compared|last|this|year-on-year|up|for|on|during|since|after|over|or|nationwide|across|respectively|accompanied)\b)"
)
_LISTED = re.compile(r" ?[、和及与] ?(?:(?:19|20)\d\d年|[^,;:。!?\d]{0,4})|(?: in (?:19|20)\d\d)?,? and |, ")
_LINK = re.compile(
    r"\b(?:reach(?:ed|es|ing)?|total(?:l?ed|s|l?ing)?|hit|exceed(?:ed|s|ing)?|surpass(?:ed|es|ing)?"
    r"|st(?:oo|an)ds?(?: at)?|was|were|is|are|number(?:ed|s)|topped"
    r"|(?:(?:amount(?:ed|s)|came|rose|grew|climbed|increased) )?to)"
    r"\s(?:[a-z]+\s){0,4}$"
)
_RATE = re.compile(
    r" (?:every|per|a|each) (?P<per>second|minute|hour|day|week|month|quarter|year)(?![a-z])"
    r"|(?: each)? (?P<adverb>daily|weekly|monthly|annually|yearly)(?![a-z])"
    r"|/(?P<stroke>秒|分钟|小时|天|日|周|月|季度|年|second|minute|hour|day|week|month|year)"
)
_RATE_BEFORE = re.compile(
    r"(?:每个?(?P<every>天|日|周|月|季度|年|小时|分钟|秒)|(?P<mean>[日月年周])均)[^,;:。!?\d]{0,8}$"
)
_TIMES = {
    "秒": "second", "分钟": "minute", "小时": "hour", "天": "day", "日": "day", "周": "week", "月": "month",
    "季度": "quarter", "年": "year", "daily": "day", "weekly": "week", "monthly": "month", "annually": "year",
    "yearly": "year",
}  # fmt: skip
_NO_RATE = frozenset({"", "%", "pp", "fold", "share", "millisecond", *_TIMES.values()})
