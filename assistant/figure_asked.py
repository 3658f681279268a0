"""Which figure a question asks for: of what, in which unit, a count, a sum, a share or a change, planned or done.

A question is read as the sentence that would answer it: with a number where it asks for one, figures.py says of what
that number would be. Which figure of a passage is that is known by direct.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from corpus.figure_words import PLACE, PLACES, plain
from corpus.figures import Figure, figures_of
from corpus.folding import HAN_RANGE
from corpus.indicators import indicator_named, indicators_in
from corpus.periods import periods
from corpus.transcript import Passage
from corpus.units import unit_rows

__all__ = [
    "MONEY",
    "RATES",
    "FigureAsked",
    "counted_in",
    "figures_asked",
    "is_mere_name",
    "is_unit",
    "measures",
    "names_of",
    "ordinals",
]

RATES = frozenset({"%", "pp", "fold", "share"})
MONEY = frozenset({"yuan", "usd", "hkd", "eur", "gbp", "jpy"})
_ALIKE = (  # units of which two tell of one thing in two texts
    frozenset({"person", "user", "household", "customer", "resident", "person-time"}),
    frozenset({"phone", "tv", "device", "phone+tv"}),
    frozenset({"app", "application", "website", "app+website"}),
    frozenset({"batch", "round", "time"}),
    frozenset({"call", "time", "message", "incident", "case", "complaint"}),
)

# Where the number is missing.
_SLOT = re.compile(
    r"(?P<rate>\bwhat (?:share|percent\w*|proportion|rate)\b(?: of)?|\bhow many per ?cent\b|\bhow fast\b"
    r"|百分之[几多]少?|几成)"
    r"|\bhow (?:many|much|large|big|often|long|far|high)\b|\bwhat (?:number|figure|total)\b(?: of)?|\bnumber of\b"
    r"|\b(?:(?:more|less|fewer|higher|lower) than|over|above|below|under|at least|exceed\w*|topp?(?:ed)?)"
    r" \d[\d.,]*(?: ?(?:thousand|million|billion|trillion|%)(?!\w))?"
    r"|(?:超过|突破|不到|高于|低于|达到)\d[\d.,]*[百千万亿%]*(?=[^?？]*(?:吗|没|么|是否|[?？]))"
    r"|多[少久长高远重宽深大]|几(?=[个家款项次批座户成倍台张支通部所条人位名种类万亿百千公里吨天件艘辆架只期轮场届起元块月])"
    r"|(?:增速|增长率|[增降]幅|占比)(?=\s*(?:[,，、和及与以?？]|$))"
)
_CUT = re.compile(r"[,;?，；？。、]|\band\b|\bor\b|以及|[和与及跟]")  # what parts one figure asked for from the next
_AND_THAT = re.compile(r"[?？。，,]\s*(?:那|那么)?(?P<of>[^?？。，,]{2,24}?)呢\s*[?？]?\s*$")

# What the question says it does not ask for: "not the plan", （收入，不是总量）.
_NOT_THAT = re.compile(
    r"\b(?:not|rather than|instead of) (?:the |what (?:is|was) )?(?!(?:yet|only|just|more|less|all)\b)"
    r"[a-z][^,.;?()]{2,30}"
    r"|(?:而不是|不是|而非|并非|不含|不包括)[^,，。；;?？()（）]{1,12}"
)
# What it takes for granted in front of what it asks.
_GRANTED = re.compile(
    r"^\W*(?:given|since|as|because|considering|assuming|although|while)\b(?:[^,?]|,(?=\d))*, (?=\w)"
    r"|^(?:既然|鉴于|考虑到|虽然)[^,，]*[,，]"
)
_MONTHLY = re.compile("(?:每|一)个?(?=月)")
_AHEAD = re.compile(
    r"\b(?:plan(?:s|ning)?|planned|target(?:s|ed(?: for)?(?=\W*$| to))?|goals?|aim\w*|intend\w*|will|going to"
    r"|is to|are to|expect\w*|forecast\w*|next|to be)\b"
    r"|计[划画]|目标|打算|拟|力争|争取|预[计期]|规划|将(?![近军来])|下一步|今后|要(?=[建达做完成新扩开展覆培增实到])"
)
_BEHIND = re.compile(
    r"\b(?:was|were|did|had|has|have|actual\w*|reached|achieved)\b(?! (?:\w+ ){0,2}(?:plan\w*|expect\w*|to be|set)\b)"
    r"|实际|已[经有]?|(?<!为)了|累计|截[至止]"
)

_CHANGED_EN = re.compile(
    r"\bby (?:how (?:many|much)|what)\b|\b(?:grow|rise|increase|fall|drop|decrease|decline|shrink|climb|expand)\b"
    r"|\bgo (?:up|down)\b|\b(?:growth|grew|rose|fell|year[- ]on[- ]year|faster|slower|cut|reduction)\b"
)
_CHANGED_ZH = re.compile(
    r"增速|增长率|[增降涨跌减]幅|同比|环比"
    r"|(?:增长|成长|提高|提升|上升|上涨|下降|降低|减少|回落|缩短|[降涨升])(?:了|近|约)*(?=多少|几|百分)"
)
_MAYBE_CHANGED = re.compile("增加|增长|减少")  # 增加了多少家: so many more, or so many newly opened
_RATE = re.compile(r"\bper ?cent(?:age)?\b(?! points?\b)|\bgrowth rate|百分之|%(?![a-z])|增速|增长率|[增降涨跌]幅")
_POINTS = re.compile(r"\b(?:percentage|per ?cent) points?\b|百分点")
_SHARE = re.compile(r"占比|比例|比重|(?<![增效])率(?=[是为有达到几多\s]|$)|\b(?:share|proportion|percentage of|rate)\b")
_COST = re.compile(
    r"\bhow much (?:money|funding|revenue|was spent|did .{0,40} (?:earn|cost|spend|take in)"
    r"|(?:was|were|is|are) .{0,60}\b(?:worth|fined|paid)\b)|\bwhat .{0,60}\bworth\b"
    r"|(?:多少|几)[万亿千百兆]*(?:钱|元|块)"
    r"|\b(?:price|cost|revenue|income|turnover|profit|budget|wage|salary|investment|spending|value|worth)s?\b|投资|投入|收入|价格|费用|工资"
)
_PRICED = re.compile("[万亿千百兆]*[钱元块]")
_COUNTS = re.compile(r"\bhow many\b|\bnumber of\b|几")
_MUCH = re.compile(r"\bhow much\b(?! of)")
_EXTENT = re.compile(r"\bhow (?:long|far)\b|多[久长高远重宽深]")
_EACH = re.compile(
    r"\b(?:per|a|an|each|every|single|one) (?:year|quarter|month|week|day|hour|minute|second)\b"
    r"|\b(?:month|week|dai|year|hour)ly\b|[每一](?:年|个?季度?|个?月|周|[天日]|小时|分钟|秒)"
)
_NTH = re.compile(
    r"\b(first|second|third|fourth|fifth) (?:batch|round|phase|group|stage)\b|(首|第[一二三四五])(?=[批轮期])"
)
_NTHS = {"首": "first"} | dict(
    zip("第一 第二 第三 第四 第五".split(), "first second third fourth fifth".split(), strict=True)
)
# What stands behind "how many", up to the word that ends the phrase; its last word is what is counted.
_PHRASE = re.compile(
    r" (?:of )?(?:the )?((?:[\w'+/&-]+ ){0,6}?(?:people|staff|women|men|children|[a-z][a-z-]{2,}s(?="
    r"\s*[,?.;:!()]|\s*$| (?:is|are|was|were|has|have|had|do|does|did|can|could|will|would|should|must|may|been|be"
    r"|there|in|on|at|by|for|from|to|of|with|without|under|over|per|than|as|since|until|during|between|among|through"
    r"|that|which|who|the|an?|its?|their|this|each|every|got|gets?|took|takes?|went|goes|go|came|comes?|made|makes?"
    r"|ran|run|runs|uses?|paid|pays?|won|lost|met|held|built|put|saw|set|left|[a-z]{2,}ed)\b)))\b"
)

# Words in which any figure is asked for: that they stand by a figure says nothing of what it is of.
_GENERIC = re.compile(
    r"\b(?:totals?|numbers?|amounts?|target\w*|rates?|shares?|figures?|counts?|grow\w*|grew|ris\w+|rose|increas\w*"
    r"|fall\w*|fell|declin\w*|drop\w*|newly|new|add(?:ed)?|built|reach\w*|complet\w*|finish\w*|plan\w*|expect\w*"
    r"|percent\w*|points?|end|half|quarters?|years?|last|this|first|second|third|fourth|average|altogether|overall"
    r"|roughly|approximately|more|less|fewer|over|under|least|worth|long|big|large|far|high|fast|often|made|make|take"
    r"|took|taken|get|got|put|gone|went|do|done|values?|set|become|became|run|runs|ran|use|used|uses|come|came|go|goes|see|saw|according|briefings?|press|conferences?|meetings?)\b"
    r"|增长|增加|提高|下降|降低|减少|新增|新建|新改建|建成|完成|达到|计划|预计|全年|前?[一二三四]个?季度|季度|[上下]半年|同比"
    r"|百分之|百分点|[去今明前]年|年[初底末]|月底|截至|以来|累计|[一总]共|共有|占比|比例|增速|数量|总量|总数|目标|(?:多少|几)[万亿]*[个家款项次批座倍台张支通部所条位名种件艘辆架只期轮场届]?"
    r"|平均|超过|突破|大约|发布会|会上|多[久长高远]"
)
# Of words that name a quantity and ask nothing about it.
_OTHERWISE = re.compile(
    r"\b(?:why|how|who|when|where|which|list|names?|did|does|do|can|should|explain\w*|describ\w*|tell|told|says?|said|about|means?)\b"
    r"|什么|为何|如何|怎|介绍|情况|说|谁|哪|吗|是否|措施"
)
_QUANTITY = re.compile(
    r"\b(?:totals?|numbers?|amounts?|targets?|revenues?|capacity|volumes?|rates?|shares?|prices?|sizes?|output"
    r"|figures?|counts?|values?|worth|averages?|time|length|levels?|drop|rise|growth|increase|decrease|fall|cut)\b"
    r"|数[量目]?|总[数量额]|目标|收入|产量|[容销]量|规模|增速|占比|比例|率|额"
)


@dataclass(frozen=True, slots=True)
class FigureAsked:
    """One figure that a question asks for."""

    words: str
    question: str
    unit: str  # "" any; of several that are alike any
    head: str  # the English noun that is counted, "" where none is known
    named: frozenset[str]  # known indicators that it is one of, by their English names; none: any other
    loosely: frozenset[str]  # further ones that the words may name
    rate: bool  # a share, a percentage
    changed: bool | None  # by how much it changed; None: the words may mean it
    planned: bool | None
    places: frozenset[str]
    money: bool
    counts: bool  # "how many", which no share or sum answers
    much: bool  # "how much", which no count answers
    extent: bool  # how long, how far
    each: bool  # per month, 每月
    ordinals: frozenset[str]  # the first batch


def figures_asked(question: str) -> list[FigureAsked]:
    """The figures that a question asks for, in its order; one that is read off all its words where it asks for none."""
    text = _MONTHLY.sub("每", _NOT_THAT.sub(" ", _GRANTED.sub(" ", plain(question))))
    slots = list(_SLOT.finditer(text))
    ends = [0]
    for slot, later in pairwise(slots):
        cuts = [cut.start() for cut in _CUT.finditer(text, slot.end(), later.start())]
        ends.append(cuts[-1] if cuts else later.start())
    stretches = list(zip(ends, [*ends[1:], len(text)], strict=True))
    if len(slots) == 1 and (more := _AND_THAT.search(text, slots[0].end())) and "呢" in more[0]:
        stretches = [(0, more.start()), (more.start("of"), more.end("of"))]
    asked, of = [], ""
    for start, end in stretches:
        words = text[start:end]
        if of and not re.search(r"\w", _AGAIN.sub(" ", counted_in(_SLOT.sub(" ", words)))):
            joined = f"{of} {words}"  # "how much was revenue, and how fast did it grow": of the same
            asked.append(_asked(question, joined, 0, len(joined)))
        else:
            asked.append(_asked(question, text, start, end))
            of = _SLOT.sub(" ", words)
    return asked


_AGAIN = re.compile(
    r"\b(?:and|or|by|how|what|is|was|were|did|do|does|has|have|had|it|its|they|their|the|that)\b|[它其又还呢吗了]"
)


def is_mere_name(question: str) -> bool:
    """Whether a question names a quantity and asks nothing about it: "telecom revenue 2021", "what was the target"."""
    text = plain(question)
    if _OTHERWISE.search(text) or not (_QUANTITY.search(text) or periods(question)):
        return False
    return not re.search(r"\bwhat\b", text) or bool(_QUANTITY.search(text))


def counted_in(words: str) -> str:
    """The words without those in which any figure is asked for."""
    return _GENERIC.sub(" ", plain(words))


def ordinals(text: str) -> frozenset[str]:
    """Which batch, round or phase a text in small letters speaks of."""
    return frozenset(one or _NTHS[other] for one, other in _NTH.findall(text))


def is_unit(asked: str, unit: str) -> bool:
    """Whether a unit may stand for the one asked for; "" is any."""
    if not asked or not unit or asked == unit:
        return True
    one, other = (set(re.split(r"[+/]", name)) for name in (asked, unit))
    return bool(one & other) or any(one & alike and other & alike for alike in _ALIKE)


@lru_cache
def measures() -> frozenset[str]:
    """The units that measure and count nothing: kilometres, months, yuan."""
    kinds: dict[str, set[str]] = {}
    for name, kind, *_ in unit_rows():
        kinds.setdefault(name, set()).add(kind)
    return frozenset(name for name, some in kinds.items() if some == {"measure"}) - {"time", "batch", "teu", "point"}


@lru_cache
def names_of(unit: str) -> tuple[str, ...]:
    """What a unit is called in English and in Chinese."""
    own = set(re.split(r"[+/]", unit))
    forms = [form for name, _, english, chinese in unit_rows() if name in own for form in (*english, *chinese)]
    return tuple(re.split(r"[=*]", form)[0] for form in forms) or (unit,)


def _asked(question: str, text: str, start: int, end: int) -> FigureAsked:
    words = text[start:end]
    slot = _SLOT.search(words)
    phrase = _PHRASE.match(words, slot.end()) if slot else None
    read = _as_read(text, start, end)
    pointed = bool(_POINTS.search(words))
    rate = (bool(slot and slot["rate"]) or bool(_RATE.search(words))) and not pointed
    moved = _CHANGED_EN.search(words, max(0, slot.start() - 12) if slot else 0)
    changed = bool(moved or _CHANGED_ZH.search(words)) or pointed or bool(read and read.unit in ("pp", "fold"))
    share = bool(_SHARE.search(words)) and not changed
    unit = "pp" if pointed else _unit(phrase[1] if phrase else "", words[slot.end() :] if slot else "", read)
    if (rate or share) and unit != "pp":
        unit = ""
    counts = bool(_COUNTS.search(words))
    money = unit in MONEY or (not counts and not unit and bool(_COST.search(words)))
    if (changed and unit not in RATES) or rate or share:
        unit, money = "", False
    if money:
        unit = unit if unit in MONEY else ""
    ahead, behind = bool(_AHEAD.search(text)), bool(_BEHIND.search(text))
    loosely = frozenset(one.english for one in indicators_in(words) if any(is_unit(unit, own) for own in one.units))
    known = read and indicator_named(read.indicator)
    surely = frozenset({known.english}) if known and any(is_unit(unit, own) for own in known.units) else loosely
    return FigureAsked(
        words=words,
        question=question,
        unit=unit,
        head=phrase[1].rsplit(" ", 1)[-1] if phrase else "",
        named=surely,
        loosely=loosely,
        rate=rate or share,
        changed=changed or (None if _MAYBE_CHANGED.search(words) or (rate and not share) else False),
        planned=None if ahead == behind else ahead,
        places=frozenset(PLACES[found[0]] for found in PLACE.finditer(text)) - {""},
        money=money,
        counts=counts,
        much=bool(_MUCH.search(words)) and not changed,
        extent=bool(_EXTENT.search(words)),
        each=bool(_EACH.search(text)),
        ordinals=ordinals(text),
    )


def _unit(phrase: str, behind: str, read: Figure | None) -> str:
    """The unit that the question itself names behind "how many": what stands in front of it may be anything."""
    if phrase:
        own = _figure(f"77 {phrase}", 0, len(phrase) + 3)
        return own.unit if own else ""
    stretch = re.split("[,，。;；?？!！]", behind)[0]
    if read and read.unit in measures() and stretch.startswith(names_of(read.unit)):
        return read.unit
    found = None if _PRICED.match(stretch) else _HAN_UNIT.search(stretch)
    return _han_units()[found[0]] if found else ""


@lru_cache
def _han_units() -> dict[str, str]:
    return {form.split("*")[0]: name for name, kind, _, chinese in unit_rows() for form in chinese if kind == "noun"}


# Not 标准 in 高标准农田, nor 老年人 in 老年人、残疾人常用的网站: a noun that a phrase ends with.
_HAN_UNIT = re.compile(
    f"(?:{'|'.join(sorted(_han_units(), key=len, reverse=True))})"
    rf"(?=$|[^{HAN_RANGE}、]|[了吗呢被在已完达实通参享接开获有是会能可将要使得进受])"
)


def _as_read(text: str, start: int, end: int) -> Figure | None:
    """The figure that would answer, read off the question as the sentence that gives it."""
    slot = _SLOT.search(text, start, end)
    return _figure(f"{text[: slot.start()]}77{text[slot.end() :]}", slot.start(), end) if slot else None


def _figure(told: str, start: int, end: int) -> Figure | None:
    passage = Passage("q/1/0-1", "q", "q", 1, 0, len(told), told, range(len(told)), "en", "Latn")
    return next((one for one in figures_of([passage]) if one.start <= start < one.end), None)
