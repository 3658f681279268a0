"""What a figure is: an indicator's value in a unit for a period, and whether it is a result, a target or a change.

How numbers are written is known by quantities.py, how times are by periods.py, what things are called by indicators.py.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from corpus.chunk import sentence_spans
from corpus.folding import HAN_RANGE, read_script
from corpus.indicators import Indicator, indicators_of
from corpus.periods import Mention, Period, periods
from corpus.quantities import Bound, Quantity, quantities
from corpus.transcript import Passage, When

__all__ = ["FIGURES_VERSION", "Figure", "FigureKind", "figures_of"]

FIGURES_VERSION = 1  # of the rules: an index whose figures were read by others is asked to be rebuilt

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
    falls: bool = False  # whether a change is for less; its value is positive all the same


Span = tuple[int, int]

REACH = 400  # characters to either side of a number in which its sentence is read: no sentence is longer that is spoken
# Counts that only announce how a speech is built: "three aspects", 五项要求.
_STRUCTURE, MOST_PARTS = frozenset({"aspect", "point", "requirement", "measure"}), 20
_NO_THING = frozenset({"%", "pp", "fold", "yuan", "usd", "hkd", "eur"})  # units that name nothing that is counted
_AHEAD = re.compile(
    r"\b(?:plan(?:s|ning)? (?:to|is|for (?:the year|this|next|20\d\d))|planned|will|targets?|goals?"
    r"|aim(?:s|ed|ing)?|intend\w*|going to|(?:is|are) to|shall|striv\w+|expect\w*|forecast\w*|seek(?:s|ing)? to)\b"
    r"|计划|将(?!近)|拟|力争|目标|争取|预计|规划|确保(?!了)|要(?!求|素|点)"
)
_DONE = re.compile(r"\b(?:was|were|has been|have been)\b|已|了")
_BEHIND = re.compile(
    rf"{_DONE.pattern}|\b(?:had|reached|completed|achieved|exceeded|stood at|totall?ed|fulfilled)\b|建成(?!后)|超额"
)
_COUNTED_UP = re.compile(r"\b(?:cumulative(?:ly)?|so far|to date|accumulat\w+)\b|累计|总计")
_RISE_ZH = "增长|下降|提高|上升|增加|减少|降低|回落|提升|下跌|上涨"
_RISE_EN = (
    r"\b(?:up|down|rose|risen|rising|grew|grown|growing|fell|fallen|growth|increas\w+|decreas\w+|declin\w*|drop\w*"
    r"|reduc\w+|cut|climb\w*|gain\w*|shrank|shr[iu]nk)\b"
)
_CHANGED = re.compile(rf"(?:{_RISE_EN}|{_RISE_ZH}|同比|环比)(?!\s?(?:to\b|到|至|为))")
_BY = re.compile(
    rf"(?:{_RISE_EN} (?:by|of)|\bup|\bdown|(?:{_RISE_ZH})了?)\s?(?:近|约|超过?|more than|nearly|about)?\s?$"
)
_FALL = re.compile(
    r"\b(?:down|fell|fall\w*|decreas\w+|declin\w*|drop\w*|reduc\w+|cut\w*|lower\w*|less|fewer|shrank|shr[iu]nk\w*"
    r"|halv\w+)\b|下降|减|降低|回落|下跌|下滑|收窄"
)
_RISE = re.compile(
    r"\b(?:up|rose|ris\w+|grew|grow\w*|increas\w+|climb\w*|gain\w*|more|higher|doubl\w+|tripl\w+)\b"
    r"|增|提高|上升|提升|上涨|翻"
)
_MORE = re.compile(
    r"\s?(?:more|less|higher|lower|fewer|up|down|growth|increase|decrease|year[- ]on[- ]year|rise|drop)\b"
)
_AGAINST = re.compile(
    r"(?:\b(?:than|with|over|against)(?: in| at| by| for| (?:that|those) (?:of|in))?|较|比|与|跟|同)"
    r"\s?(?:the )?(?:end of )?$"
)
_YEARLY = re.compile(
    r"\byear[- ]on[- ]year\b|\b(?:on|over|than) (?:the|a) (?:previous )?year\b|\ba year (?:earlier|before)\b|同比|上年"
)
_BESIDE = re.compile(r"[^,.;，。；()（）]{0,15}[(（]")  # "three-year (2021-2023)"
_PART = re.compile(r"[;；。]")
_CLAUSE = re.compile(r"[;；。:：()（）]|(?<!\d)[,，]|[,，](?!\d)|\s(?:while|whereas|but)\s")
_IN_TURN = re.compile(r"\brespectively\b|分别")
# Provinces, regions and the like: what is counted there is not counted for the whole country.
_PLACES = (
    "beijing 北京|tianjin 天津|hebei 河北|shanxi 山西|inner mongolia 内蒙古|liaoning 辽宁|jilin 吉林|shanghai 上海"
    "|heilongjiang 黑龙江|jiangsu 江苏|zhejiang 浙江|anhui 安徽|fujian 福建|jiangxi 江西|shandong 山东|henan 河南"
    "|hubei 湖北|hunan 湖南|guangdong 广东|guangxi 广西|hainan 海南|chongqing 重庆|sichuan 四川|guizhou 贵州"
    "|yunnan 云南|tibet 西藏|shaanxi 陕西|gansu 甘肃|qinghai 青海|ningxia 宁夏|xinjiang 新疆"
    "|hong kong 香港|macao 澳门|taiwan 台湾|rural 农村"
)
_PLACE = {name: pair.rsplit(" ", 1)[0] for pair in _PLACES.split("|") for name in pair.rsplit(" ", 1)}
_AT = re.compile("|".join((rf"\b{name}\b" if name.isascii() else name) for name in _PLACE))


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
        self._text = _lower(read_script(passage.text)[0])
        self._plans = passage.block == "next"
        day = passage.held if passage.held.value else passage.published
        # A review of one year plans the next.
        self._subject = UNKNOWN if self._plans else _subject(passage.event, passage.title, day)
        first, last = self._subject.span()
        year = first.year if first and last and first.year == last.year else None
        self._named = list(self._once(periods(passage.text, day, year)))
        self._starts = [mention.start for mention in self._named]
        self._compared = {mention.start for mention in self._named if self._compares(mention)}
        self._places = [(found.start(), _PLACE[found[0]]) for found in _AT.finditer(self._text)]

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
        sentence = max(sentence[0], one.start - REACH), min(sentence[1], one.end + REACH)
        clause = self._around(one, sentence, _CLAUSE)
        base = self._base(one, clause, sentence)
        kind = self._kind(one, clause, base)
        known = self._indicator(one, clause, sentence, before)
        if known:
            indicator = known.english
        elif kind == "change" and before:  # "…, double the number of 2021": of what has just been counted
            indicator = before[-1].indicator
        else:
            indicator = _words_counted(self._text, one, clause)
        unit = next(iter(known.units)) if known and len(known.units) == 1 else one.unit
        period = self._period(one, clause, sentence, kind)
        against = base.period if base else self._year_before(period, clause) if kind == "change" else UNKNOWN
        return Figure(
            self._passage.id, one.start, one.end, one.value, unit, indicator, period, kind,
            one.bound, one.high, self._place(one, clause, sentence), against if kind == "change" else UNKNOWN,
            kind == "change" and self._falls(one, clause),
        )  # fmt: skip

    def _around(self, one: Quantity, sentence: Span, marks: re.Pattern[str]) -> Span:
        """The stretch of a sentence around a figure, from mark to mark."""
        ends = [stop.end() for stop in marks.finditer(self._text, *sentence)]
        place = bisect_left(ends, one.start + 1)
        return (ends[place - 1] if place else sentence[0], ends[place] if place < len(ends) else sentence[1])

    # ---- what kind

    def _kind(self, one: Quantity, clause: Span, base: Mention | None) -> FigureKind:
        words = self._text[slice(*clause)]
        if not _DONE.search(words) if self._plans else _AHEAD.search(words) and not _BEHIND.search(words):
            return "target"
        before, after = self._text[clause[0] : one.start], self._text[one.end : clause[1]]
        if one.unit in ("pp", "fold") or base:
            return "change"
        if (one.unit == "%" and (_CHANGED.search(before) or _MORE.search(after))) or _BY.search(before):
            return "change"
        return "cumulative" if _COUNTED_UP.search(words) else "result"

    def _base(self, one: Quantity, clause: Span, sentence: Span) -> Mention | None:
        """What a change is measured against: "than in 2021", 较2021年; of a share also what stands further on."""
        scope = (clause[0], sentence[1]) if one.unit == "%" else clause
        return next((mention for mention in self._within(scope) if mention.start in self._compared), None)

    def _falls(self, one: Quantity, clause: Span) -> bool:
        """Whether the word of movement that stands next to a figure is one for less."""
        nearest = [
            min(
                (max(one.start - m.end(), m.start() - one.end, 0) for m in way.finditer(self._text, *clause)),
                default=REACH,
            )
            for way in (_FALL, _RISE)
        ]
        return nearest[0] < nearest[1]

    def _year_before(self, period: Period, clause: Span) -> Period:
        first, last = period.span()
        if not (first and last and first.year == last.year and _YEARLY.search(self._text, *clause)):
            return UNKNOWN
        return Period(period.value.replace(str(first.year), str(first.year - 1)), "inferred")

    # ---- of what

    def _indicator(self, one: Quantity, clause: Span, sentence: Span, before: Sequence[Figure]) -> Indicator | None:
        near, far = self._text[slice(*clause)], self._text[slice(*sentence)]
        fitting = indicators_of(near, one.unit) or (indicators_of(far, one.unit) if one.unit else [])
        # What the sentence names in two places is told apart by what stands next to the figure.
        held = [sum(bool(group.search(near)) for group in known.groups) for known in fitting]
        best = [known for known, count in zip(fitting, held, strict=True) if count == max(held)]
        if len(best) > 1 and _IN_TURN.search(far):
            best.sort(key=lambda known: max(found.start() for group in known.groups if (found := group.search(far))))
            return best[min(sum(other.unit == one.unit for other in before), len(best) - 1)]

        def beside(known: Indicator) -> tuple[int, int]:
            ends = [
                max((found.end() for found in group.finditer(self._text, clause[0], one.start)), default=-1)
                for group in known.groups
            ]
            return sum(end >= 0 for end in ends), max(ends, default=-1)

        # "broadband by 24.2% and dedicated lines by 21.9%": what stands in front of the figure, and nearest to it.
        return max(best, key=beside, default=None)

    def _place(self, one: Quantity, clause: Span, sentence: Span) -> str:
        for scope in (clause, (self._around(one, sentence, _PART)[0], one.start)):
            first, last = (bisect_left(self._places, (end, "")) for end in scope)
            found = {place for _, place in self._places[first:last]}
            if found:
                return next(iter(found)) if len(found) == 1 and "nationwide" not in found else ""
        return ""

    # ---- of when

    def _period(self, one: Quantity, clause: Span, sentence: Span, kind: FigureKind) -> Period:
        beside = next(iter(self._within((one.end, one.end + 30))), None)
        if beside and _BESIDE.fullmatch(self._text, one.end, beside.start):
            return beside.period
        part = self._around(one, sentence, _PART)
        for scope in (clause, part, (sentence[0], one.start)):
            named = [
                mention for mention in self._within(scope) if not (_is_day(mention) or mention.start in self._compared)
            ]
            if named:
                return next((m for m in reversed(named) if m.start < one.start), named[0]).period
        if self._passage.block is None or self._passage.point is not None:
            earlier = [m for m in self._within((one.start - REACH, one.start)) if self._sets_time(m)]
            if earlier:
                return earlier[-1].period
        if kind != "target" and self._subject.value:
            return self._subject
        return self._told.get((self._passage.turn, kind == "target"), UNKNOWN)

    def _within(self, scope: Span) -> list[Mention]:
        return self._named[bisect_left(self._starts, scope[0]) : bisect_left(self._starts, scope[1])]

    def _compares(self, mention: Mention) -> bool:
        return bool(_AGAINST.search(self._text[max(0, mention.start - 24) : mention.start]))

    def _sets_time(self, mention: Mention) -> bool:
        """Whether what follows is about that time, too: no day, nothing that is compared with, no term of a plan."""
        first, last = mention.period.span()
        years = last.year - first.year if first and last else 0
        return not (_is_day(mention) or years or mention.start in self._compared)


def _is_day(mention: Mention) -> bool:
    first, last = mention.period.span()
    return first is not None and first == last


@lru_cache(maxsize=64)
def _subject(event: str, title: str, day: When) -> Period:
    """The time that the briefing is about, by its event or title: "… in 2021"."""
    for name in (event, title):
        for mention in reversed(periods(name, day)):
            first, last = mention.period.span()
            if first and last and first.year == last.year and first != last:
                return Period(mention.period.value, "inferred")
    return UNKNOWN


def _lower(text: str) -> str:
    # Letter by letter where a capital is two letters when small, or offsets would move.
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


_NUMBER = re.compile(
    r"(?:[\d.,%\s–~-]|thousand|million|billion|trillion|more than|over|[零〇一二两三四五六七八九十百千万亿点多余几])*"
    r"(?:批次|[个家款户项座条批次种类名张台部件])?(?:of\s+)?"
)
_STOP = r"(?:were|was|in|at|by|for|of|have|has|had|that|which|who|to|is|are|on|from|with|and)\b"
_NOUNS = re.compile(
    rf"\s*((?!{_STOP})[a-z][\w'’+-]{{0,30}}(?: (?!{_STOP})[a-z0-9][\w'’+-]{{0,30}}){{0,3}}|[{HAN_RANGE}]{{2,10}})"
)
_SUBJECT = re.compile(
    r"([a-z0-9][\w'’ +-]{2,60}?) (?:has |have |had )?"
    r"(?:reached|was|were|stood at|totall?ed|hit|exceeded|is|are|amounted to)\b[^,;]{0,40}$"
    rf"|([{HAN_RANGE}a-z0-9]{{2,14}}?)(?:已|共|累计|总计|为|是|达到?|超过?|突破|约|近|有){{1,3}}\s?$"
)

_OBJECT = re.compile(rf"([{HAN_RANGE}]{{2,10}})\s?$")


def _words_counted(text: str, one: Quantity, clause: Span) -> str:
    """The words that say what is counted: behind the number, else in front of the verb; "" when there are none."""
    number = _NUMBER.match(text, one.start, one.end)
    noun = text[number.end() if number else one.start : one.end].strip()
    if len(noun) > 1 and one.unit not in _NO_THING:
        return noun
    if found := _SUBJECT.search(text, max(clause[0], one.start - 110), one.start):
        return (found[1] or found[2]).strip()
    found = _NOUNS.match(text, one.end, clause[1]) or _OBJECT.search(text, max(clause[0], one.start - 20), one.start)
    return found[1] if found else ""
