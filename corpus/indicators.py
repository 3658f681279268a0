"""What a figure is of, where one thing has many names: the rows of indicators.tsv, found in texts and questions.

適老化改造, "elderly-friendly transformation" and "aging renovation" are one thing; base stations built in a year and
all that there are, two. What the table does not have is called by the words of the text. How a figure is found in a
text is known by figures.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from corpus.figure_words import PLACES
from corpus.folding import HAN_RANGE, read_script
from corpus.quantities import Quantity
from corpus.units import unit_rows

__all__ = ["Indicator", "indicator_named", "indicators", "indicators_in", "indicators_of", "words_counted"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A row of indicators.tsv: its names, the units it is told in, the groups of words that mark it."""

    english: str
    chinese: str  # simplified
    units: frozenset[str]
    needed: tuple[re.Pattern[str], ...]
    implied: tuple[re.Pattern[str], ...]  # needed in a text, may be left out in a question
    barred: tuple[re.Pattern[str], ...]
    unasked: tuple[re.Pattern[str], ...]  # barred in a question only

    @property
    def groups(self) -> tuple[re.Pattern[str], ...]:
        """All that a text has to hold."""
        return self.needed + self.implied


@lru_cache
def indicators() -> tuple[Indicator, ...]:
    """The known indicators, in the order of the table."""
    lines = files("corpus").joinpath("indicators.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(_row(line) for line in lines if line and not line.startswith("#"))


def indicator_named(english: str) -> Indicator | None:
    """The known indicator of that English name."""
    return next((one for one in indicators() if one.english == english), None)


@lru_cache(maxsize=256)
def indicators_of(scope: str, unit: str) -> tuple[Indicator, ...]:
    """The known indicators that a stretch of folded text in lower case speaks of and that are told in that unit.

    Those with the most groups come first, then those of the table's order; "" stands for any unit.
    """
    fitting = [
        one
        for one in indicators()
        if (unit in one.units or not unit)
        and all(group.search(scope) for group in one.groups)
        and not any(group.search(scope) for group in one.barred)
    ]
    return tuple(sorted(fitting, key=lambda one: -len(one.groups)))


def indicators_in(question: str) -> list[Indicator]:
    """The known indicators that a question names, in either language and script, best first; [] when it names none."""
    asked = read_script(question)[0].lower()
    ranked = [
        (sum(bool(group.search(asked)) for group in one.implied), len(one.needed), one)
        for one in indicators()
        if all(group.search(asked) for group in one.needed)
        and not any(group.search(asked) for group in one.barred + one.unasked)
    ]
    return [one for _, _, one in sorted(ranked, key=lambda row: (-row[0] - row[1], -row[1]))]


def _row(line: str) -> Indicator:
    english, chinese, units, words = line.split("\t")
    kinds: dict[str, list[re.Pattern[str]]] = {"": [], "~": [], "!": [], "?": []}
    for group in words.split(" + "):
        kind = group[0] if group[0] in kinds else ""
        kinds[kind].append(re.compile("|".join(_alternatives(group[len(kind) :]))))
    return Indicator(english, chinese, frozenset(units.split()), *(tuple(groups) for groups in kinds.values()))


def _alternatives(group: str) -> Iterator[str]:
    for word in group.split("|"):
        yield (r"(?<![a-z])" if word.isascii() else "") + re.escape(word)


# ---- what is counted, in the words of the text


@lru_cache
def _measures() -> frozenset[str]:
    """The forms of units.tsv that say nothing of what is counted: km, kilometres, 公里, 人次."""
    forms = [form for _, kind, *both in unit_rows() if kind == "measure" for some in both for form in some]
    singular = {re.split("[*=]", form)[0] for form in forms}
    return frozenset(singular | {f"{form}s" for form in singular if form.isascii()} | {"people", "次数"})


_NUMBER = re.compile(
    r"(?:[\d.,%\s–~+-]|thousand|million|billion|trillion|more than|over|(?:and|or|to)\b"
    r"|[零〇一二两三四五六七八九十百千万亿点多余几至到成])*"
    r"(?:以上|左右|多)?(?:批次|[个家款户项座条批次种类名位张台部件所辆艘架])?(?:of\s+)?"
)
_OTHER = re.compile(
    r"^(?:(?:more|fewer|less|further|additional|other|extra|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|dozens?|hundreds?|thousands?)\b[ -]?(?:of )?|的)+"
)
_STOP = (
    r"(?!(?:were|was|in|at|by|for|of|have|has|had|that|which|who|to|is|are|on|from|with|and|than|more|less|year|will"
    r"|a|an|the|per|last|this|next|as|up|down|or|but|while|compared|over|under|fewer|higher|lower|respectively|nationwide"
    r"|when|where|so|if|not|percent|each|every|all|[a-z]+-year"
    r"|found|saw|took|made|got|held|gave|went|came|used|now)\b)"
)
_NOUNS = re.compile(
    rf"\s*(?:(?:worth\s+)?of\s+(?:the\s+)?|的)?"
    rf"({_STOP}[a-z][\w'’+-]{{0,30}}(?: {_STOP}[a-z0-9][\w'’+-]{{0,30}}){{0,3}}|[{HAN_RANGE}]{{2,10}})"
)
_VERB = re.compile(
    r"\s(?:(?:has|have|had|is|are|was|were|will|would|shall|can|could|must|should|went|stood|came|amounted|accounted|now)\b"
    r"|(?:rose|grew|fell|shrank|hit|cut|reaches|exceeds)\b|(?:ris|grow|fall|shrink|reach|total|exceed|surpass|topp|dropp"
    r"|declin|decreas|increas|climb|jump|surg|expand|gain|reduc|lower|averag|remain|number)(?:l?ed|ing)\b"
    r"|[a-z]{3,}ed(?: (?:about|around|over|some|more than|nearly|almost|a total of))?$)"
)
_LEAD = re.compile(
    r"^[\W_]*(?:(?:and|but|while|whereas|that|of which|also|nationwide|meanwhile)\s+)*"
    r"(?:(?:in|at|across|for|by|of) [a-z]+,? )?(?:(?:the|a|an|its|their|our) )?(?=\w)"
)
_HAN_RUN = re.compile(rf"[{HAN_RANGE}a-z0-9+·]*$")
_LIGHT = (  # in front of what is counted
    "其中|目前|现有|全国|全省|全市|全区|我国|国内|各地|全年|当年|年末|年底|年|本轮|今后|预计|预期|计划|力争|争取|确保|规划|每年|每月|每天|已经|已有|已|共有|共计|共|累计|总计"
    "|可|将|拟|再|又|还|也|由|从|为|的|有|约|超过|超|至|到|达到|达|平均|合计|分别|一共|实现"
)
_ACTS = (
    "新增|新建|新改建|改扩建|改建|扩建|新开通|新设立|新设|建成|建设(?!用地|项目|规模|成本|资金|投资)|完成|发放|改造(?!项目|工程|任务)|节约|节省"
    "|培训|培养|运送|运输(?!量|能力)|惠及|涵盖|覆盖(?!率|面)|开通|开设|设立|投入(?!产出)|投放|开展|组织|查处|处理|拦截|支持|带动|吸引|接待|发送"
    "|配备|配置|救助|资助|安排|下达|建立|成立|引进|签订|签署|修建|受理|办理(?!量)|检测|检查|抽检"
)
_HERE = "|".join(sorted((name for name in PLACES if not name.isascii() and name != "农村"), key=len))
# Possessive: these words may be cut up in more than one way, 已有 and 已 + 有.
_BEFORE = re.compile(f"(?:{_LIGHT}|(?:{_HERE})[省市]?)*+(?:(?:{_ACTS})了?|{_LIGHT})*+(?=.{{2}}|$)")
_BEHIND = re.compile(
    "(?:达到|达|突破|超过|超|逾|近|约|为|是|有|已经|已|共有|共|累计|总计|完成|实现|首次|再次|仅|只|平均|人均|均|分别|同比|环比"
    "|每(?:人|年|月|天|日|户|亩|吨|辆|度|次|公里|小时|千瓦时)|(?<![占对])比|较|与|前|开行|则|将|要|也|又|了|到|至|由|从|的"
    "|(?:增长|增加|提高|提升|上升|上涨|下降|降低|减少|回落|下跌|下调|上调|扩大|缩短|缩小|收窄|放缓|增|降|升|减)(?:了|到|至|为)?"
    "|[少多][产供用发收付交花]|高|低|多|少|新增|建成|今年|去年)++$"
)
# What stands right behind a Chinese number and its measure, but for these, is what is counted: 25万名儿童.
_BEHIND_HAN = re.compile(
    rf"的?(?![同比较环以左上下提增减降升到至和与及并等是为在已将可被由于占达用的大高低多少]|完成|实现|左右)"
    rf"([{HAN_RANGE}]{{2,12}}?(?=[^{HAN_RANGE}]|$|达到|实现|完成|建成|开展|通过|接入|参[加与]|[已将可在])|[{HAN_RANGE}]{{2,10}})"
)
_RATES = frozenset({"%", "pp", "fold"})  # they have no noun
_NO_SUBJECT = re.compile(
    r"\b(?:and|or|the|of|to|in|for|by|at|with|that|which)$|^(?:we|you|they|she|this|these|those|there|that|which|who|what)\b"
)
_NO_NOUN = frozenset("降幅 增幅 增速 涨幅 跌幅 预计 其中 占比 比例 目标".split())


def words_counted(text: str, one: Quantity, stretches: Sequence[tuple[int, int]], end: int) -> str:
    """The words of a plain text that say what is counted; "" when there are none.

    They stand behind the number, as its noun, else in front of it, in the nearest of the stretches of its clause that
    lie between times, else further behind it, before `end`.
    """
    if one.unit not in _RATES:
        number = _NUMBER.match(text, one.start, one.end)
        noun = _OTHER.sub("", text[number.end() if number else one.start : one.end].strip())
        if one.unit and len(noun) > 1 and re.match(rf"[a-z{HAN_RANGE}]", noun) and noun not in _measures():
            return noun
        if not one.unit and (behind := _NOUNS.match(text, one.end, end)) and behind[1].isascii():
            return behind[1]
    counts = (one.unit not in _RATES and one.high is None) or text.startswith("的", one.end)
    if counts and (behind := _BEHIND_HAN.match(text, one.end, end)):
        return behind[1]
    for a, b in reversed(stretches):
        if found := _subject(text[max(a, b - 110) : b]):
            return found
    behind = _NOUNS.match(text, one.end, end) if one.unit != "fold" else None
    return behind[1] if behind and behind[1] not in _measures() else ""


def _subject(words: str) -> str:
    """What words in front of a number name as counted: 农村公路 of 全国新改建农村公路, "output" of "output fell by"."""
    words = words.rstrip(" ,，(（$¥￥")
    if found := _VERB.search(words):
        lead = _LEAD.match(words)
        subject = words[lead.end() if lead else 0 : found.start()].strip()
        return "" if len(subject) < 3 or _NO_SUBJECT.search(subject) else subject
    run = _HAN_RUN.search(words)
    noun = run[0] if run else ""
    if not re.search(f"[{HAN_RANGE}]", noun):
        return ""
    for _ in range(3):
        noun = _BEHIND.sub("", noun)
    begun = _BEFORE.match(noun)
    noun = noun[begun.end() :] if begun else noun
    return noun if len(noun) > 1 and noun not in _NO_NOUN and noun not in _measures() else ""
