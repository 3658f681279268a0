"""What the words around a figure say of it: planned or done, up or down, against another time, counted up.

All texts are given as `plain` makes them. Which figure the words are about is known by figures.py. What is found in a
clause is kept for the next figure of the same clause: a long row of them costs no more than its length.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

from corpus.folding import read_script, small_letters

__all__ = [
    "CHINESE_PLACES", "CLAUSE", "IN_TURN", "PART", "PLACE", "PLACES", "is_changed", "is_compared", "is_counted_up",
    "is_done_weakly", "is_former", "is_yearly", "plain", "planned", "way",
]  # fmt: skip

CLAUSE = re.compile(r"[;；。:：()（）\n]|(?<!\d)[,，]|[,，](?!\d)|\.(?=\s|$)|\s(?:while|whereas|but)\s")
PART = re.compile(r"[;；。]")
IN_TURN = re.compile(r"\brespectively\b|分别")


def plain(text: str) -> str:
    """The text in simplified script, half-width and small letters, of the same length."""
    return small_letters(read_script(text)[0])


# ---- planned or done

_AHEAD = re.compile(
    r"\b(?:plan(?:s|ning)? (?:to|is|for (?:the (?:whole |full )?year|this|next|20\d\d))|(?<!than )planned"
    r"|(?:is|are|was|were) (?:projected|scheduled|due|set to)"
    r"|will(?! not\b)|shall|(?:is|are) to|going to|aim(?:s|ed|ing)?|targets?|goals?|intend\w*|striv\w+|expect(?:s|ed)?"
    r"|forecast\w*|seek(?:s|ing)? to)\b"
    r"|(?<!行动)(?<!发展)(?<![三五]年)计划|将(?![近军来])|拟|力争|争取|预计|预期|目标|规划|确保(?!了)"
    r"|(?<![重主需必首紧])要(?![求素点闻么])"
)
_DONE = re.compile(
    r"\b(?:was|were|has|have|had|already|came|rose|grew|fell|became|got|did|took place|stood at|numbered)\b"
    r"|已(?!婚)|(?<!为)了(?![解却])|累计|曾|超额"
)
# The weakest sign: "the hotlines staffed by people are to …" holds one as well.
_PAST = re.compile(r"(?<!\bbe )(?<!\bis )(?<!\bare )(?<!being )\b[a-z]{2,14}(?<!ne)(?<!spe)(?<!inde)(?<!hundr)ed\b|达")


@lru_cache(maxsize=256)
def planned(text: str, start: int, end: int, last: bool = False) -> bool | None:
    """Whether words speak of something planned (True) or done (False).

    None where they speak of neither or, unless the last of them is to decide, of both.
    """
    ahead, done = (
        max((found.end() for found in sign.finditer(text, start, end)), default=-1) for sign in (_AHEAD, _DONE)
    )
    return None if ahead == done or (min(ahead, done) >= 0 and not last) else ahead > done


@lru_cache(maxsize=256)
def is_done_weakly(text: str, start: int, end: int) -> bool:
    """Whether words that speak of nothing planned are in the past: a participle, 达."""
    return bool(_PAST.search(text, start, end))


# ---- up or down

_UP_EN = (
    r"up(?! to)|rose|ris(?:e|es|en|ing)|grew|grow(?:s|n|th|ing)?|increas(?:e|es|ed|ing)|gain(?:s|ed)?|climb(?:s|ed)?"
    r"|expand(?:s|ed)?|jump(?:s|ed)?|surg(?:es|ed)|accelerat(?:es|ed)|lengthen(?:s|ed)|widen(?:s|ed)"
)
_DOWN_EN = (
    r"down|fell|fall(?:s|en|ing)?|declin(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|drop(?:s|ped|ping)?"
    r"|reduc(?:e|es|ed|ing|tion|tions)|shrank|shr[iu]nk(?:s|ing)?|cut(?:s|ting)?|lower(?:s|ed)|halv(?:ed|ing)|shorten(?:s|ed)|narrow(?:s|ed)|slow(?:s|ed)"
)
_UP_ZH = "增长|增加|增幅|增速|提高|提升|上升|上涨|涨幅|上调|多[产供用发收付交花]|扩大|延长"
_DOWN_ZH = "下降|降低|降幅|减少|减幅|回落|下跌|跌幅|下滑|下调|少[产供用发收付交花]|缩短|收窄|缩小"
_NUMBER = "[近约超了]{0,2}[0-9零一二两三四五六七八九十百千]"
_THAN = r"(?! than(?! (?:in|at|by|for|the|that|those|a year|a month|last|expected|before)\b))"  # a bound: more than 3
_WAY = re.compile(
    rf"(?P<up>\b(?:{_UP_EN}|higher|faster|more{_THAN}|doubl\w+|tripl\w+)\b|增|{_UP_ZH}|加快|快于|高于|翻"
    rf"|(?<![至最不])[多高](?={_NUMBER}))"
    rf"|\b(?:{_DOWN_EN}|lower|slower|less{_THAN}|fewer|cheaper)\b|降|减|{_DOWN_ZH}|低于|放缓|(?<![至最不])[少低](?={_NUMBER})"
)
_TO = r"(?!\s?(?:to\b|到|至|为))"
_CHANGED = re.compile(rf"\b(?:{_UP_EN}|{_DOWN_EN})\b{_TO}|(?:{_UP_ZH}|{_DOWN_ZH}){_TO}|同比|环比|[增降减涨跌]幅|增速")
_BY = re.compile(
    rf"(?:\b(?:{_UP_EN}|{_DOWN_EN}) (?:by|of)|\bup|\bdown|(?:{_UP_ZH}|{_DOWN_ZH})了?)"
    r"\s?(?:近|约|超过?|more than|nearly|about)?\s?[$¥￥]?$"
)
_MORE = re.compile(
    r"\s?(?:more|less|higher|lower|fewer|up|down|growth|increase|decrease|year[- ]on[- ]year|rise|drop)\b"
)
_OTHER = re.compile(r"\b(?:more|fewer|less)\s")
_THAN_THAT = re.compile(r"\s(?:more|fewer|less|higher|lower|longer|shorter|faster|slower) than\b")


def way(text: str, figure: tuple[int, int], clause: tuple[int, int]) -> bool | None:
    """Whether the word of movement nearest to a figure in its clause is one for less (True) or more (False).

    None where there is none; of two that are as near, the one for less.
    """
    moves = _moves(text, *clause)
    at = bisect_left(moves, (figure[0],))
    near = [
        (max(figure[0] - end, start - figure[1], 0), up) for start, end, up in moves[max(0, at - 1) : at + 2]
    ]  # the one in front of it, the one in it, the one behind it
    return not min(near)[1] if near else None


@lru_cache(maxsize=64)
def _moves(text: str, start: int, end: int) -> tuple[tuple[int, int, bool], ...]:
    return tuple((found.start(), found.end(), found["up"] is not None) for found in _WAY.finditer(text, start, end))


def is_changed(text: str, figure: tuple[int, int], clause: tuple[int, int], share: bool) -> bool:
    """Whether a figure is a difference or a rate: rose by 3, 下降24.2%, 700 fewer; a share also further off."""
    start, end = figure
    if _BY.search(text, max(clause[0], start - 40), start) or _OTHER.search(text, start, end):
        return True
    if _THAN_THAT.match(text, end, clause[1]):
        return True
    return share and (_first_change(text, *clause) <= start or bool(_MORE.match(text, end, clause[1])))


@lru_cache(maxsize=64)
def _first_change(text: str, start: int, end: int) -> int:
    """Where the first word of a rate ends; behind the end where there is none."""
    found = _CHANGED.search(text, start, end)
    return found.end() if found else end + 1


# ---- against another time; counted up

_AGAINST = re.compile(
    r"(?:\b(?:than|as|with|from|over|against|on|ahead of)(?: in| at| by| for| (?:that|those) (?:of|in))?|[较比与跟同])"
    r"\s*(?:the )?(?:end of )?$"
)
_TIMES_OF = re.compile(r"的?[一二两三四五六七八九十\d]{1,3}倍")
_YEARLY = re.compile(
    r"\byear[- ]on[- ]year\b|\b(?:year before|year earlier|previous year|(?:than|on|over|from|of) last year)\b"
    r"|\b(?:on|over|than) (?:the|a) year\b|同比|同期|上年|[比较]去年|[比较]前一年"
)
_COUNTED_UP = re.compile(r"\b(?:cumulative(?:ly)?|so far|to date|accumulat\w+)\b|累计|总计")


def is_compared(text: str, start: int, end: int) -> bool:
    """Whether the time text[start:end] is one that something is compared with: than in 2021, 是2021年的两倍."""
    return bool(_AGAINST.search(text, max(0, start - 24), start) or _TIMES_OF.match(text, end))


def is_former(text: str, start: int, end: int) -> bool:
    """Whether the figure text[start:end] is what another has come from: from 26% to 19%, 从9.6元降到3.2元."""
    return bool(_COME_FROM.search(text, max(0, start - 12), start) and _COME_TO.match(text, end))


_COME_FROM = re.compile(r"(?:\bfrom|[从由自])\s*(?:about|around|some|nearly|约|近)?\s*$")
_COME_TO = re.compile(r".{0,24}?(?:\bto\b|[到至为])\s*(?:about|around|some|约|近)?\s*[\d一二两三四五六七八九十]")


@lru_cache(maxsize=256)
def is_yearly(text: str, start: int, end: int) -> bool:
    """Whether words compare with the year before."""
    return bool(_YEARLY.search(text, start, end))


@lru_cache(maxsize=256)
def is_counted_up(text: str, start: int, end: int) -> bool:
    """Whether words call a figure a total counted up."""
    return bool(_COUNTED_UP.search(text, start, end))


# ---- where

# Provinces, regions, cities: what is counted there is not counted for the whole country, which "" stands for.
_WHOLE = "nationwide nationally 全国 全中国"
_NAMES = (
    "beijing 北京|tianjin 天津|hebei 河北|shanxi 山西|inner mongolia 内蒙古|liaoning 辽宁|jilin 吉林"
    "|shanghai 上海|heilongjiang 黑龙江|jiangsu 江苏|zhejiang 浙江|anhui 安徽|fujian 福建|jiangxi 江西"
    "|shandong 山东|henan 河南|hubei 湖北|hunan 湖南|guangdong 广东|guangxi 广西|hainan 海南|chongqing 重庆"
    "|sichuan 四川|guizhou 贵州|yunnan 云南|tibet 西藏|shaanxi 陕西|gansu 甘肃|qinghai 青海|ningxia 宁夏"
    "|xinjiang 新疆|hong kong 香港|macao 澳门|taiwan 台湾|rural 农村|shenzhen 深圳|guangzhou 广州|hangzhou 杭州"
    "|nanjing 南京|suzhou 苏州|wuxi 无锡|wuhan 武汉|chengdu 成都|qingdao 青岛|jinan 济南|dalian 大连"
    "|shenyang 沈阳|harbin 哈尔滨|changchun 长春|ningbo 宁波|wenzhou 温州|xiamen 厦门|fuzhou 福州|zhengzhou 郑州"
    "|changsha 长沙|hefei 合肥|nanchang 南昌|kunming 昆明|guiyang 贵阳|nanning 南宁|haikou 海口|lanzhou 兰州"
    "|xining 西宁|yinchuan 银川|urumqi 乌鲁木齐|lhasa 拉萨|hohhot 呼和浩特|taiyuan 太原|foshan 佛山"
    "|shijiazhuang 石家庄|dongguan 东莞|zhuhai 珠海"
)
CHINESE_PLACES = {english: chinese for english, chinese in (pair.rsplit(" ", 1) for pair in _NAMES.split("|"))}
PLACES = {name: english for english, chinese in CHINESE_PLACES.items() for name in (english, chinese)}
PLACES |= dict.fromkeys(_WHOLE.split(), "")
_LATIN, _HAN = ([name for name in PLACES if name.isascii() is latin] for latin in (True, False))
# Grouped, and looked at only where a name can begin: one by one they took a fifth of the time of reading figures.
PLACE = re.compile(rf"\b(?:{'|'.join(_LATIN)})\b|(?=[{''.join({name[0] for name in _HAN})}])(?:{'|'.join(_HAN)})")
