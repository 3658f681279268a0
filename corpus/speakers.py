"""Who speaks: which colon ends a speaker's label, and which name, role and outlet the label shows.

A label is believed on its form (a role, a post, a medium); a bare name needs a second sign in the same file,
because "Key Measures:" and "施工方案：" have the form of names. Who answers whom is known by
pairing.py, how labels lie in a file by reader.py.
`folded` is always the text in simplified script and half-width signs, character for character.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from corpus.folding import HAN, HAN_RANGE
from corpus.transcript import Role

__all__ = ["Label", "labels", "may_be_name"]


@dataclass(frozen=True, slots=True)
class Label:
    """Who a label names; the words begin at `end`. `role` is None where the label is only a name."""

    end: int
    speaker: str | None
    role: Role | None
    outlet: str | None
    plain: str  # the name, folded; "" without one
    is_certain: bool  # by its form alone


def labels(text: str, folded: str, paragraphs: Sequence[tuple[int, int]]) -> dict[int, Label]:
    """The label of each paragraph that opens with one, by the paragraph's place in the sequence.

    A bare name counts if it is addressed or given a post elsewhere in the text (Mr. …, 请…, 局长…); or if it heads two
    paragraphs, stands alone on its line, greets or thanks in its first words, or stands among certain labels. A
    single word or two Han characters need to be addressed, to greet or thank among certain labels, or to head two
    paragraphs among other labels. A name whose longest word the text also writes in small letters is none. A moderator
    whose labels do not name him has the name that he gives himself, until another one does.
    """
    found = {
        place: label for place, span in enumerate(paragraphs) if (label := _label(text, folded, *span)) is not None
    }
    found = _with_own_names(text, folded, paragraphs, found)
    bare = {place: label.plain for place, label in found.items() if not label.is_certain}
    if not bare:
        return found
    heads = Counter(bare.values())
    has_certain = len(bare) < len(found)
    addressed = _addressed(folded)
    small_words = set(re.findall(r"\b[a-z]{2,}\b", folded))
    kept = dict(found)
    for place, name in bare.items():
        if name in addressed:
            continue
        if " " in name or (len(name) > 2 and not name.isascii()):
            is_alone = found[place].end >= paragraphs[place][1] and place + 1 not in found
            polite = _POLITE.match(folded, found[place].end)
            is_speaker = heads[name] > 1 or has_certain or polite or (is_alone and place + 1 < len(paragraphs))
        else:
            polite = _POLITE.match(folded, found[place].end) if has_certain else None
            is_speaker = polite or (heads[name] > 1 and (has_certain or len(heads) > 1))
        if not is_speaker or max(name.lower().split(), key=len) in small_words:
            del kept[place]
    return kept


_POLITE = re.compile(
    r"thanks?\b|good (?:morning|afternoon|evening)|hello|ladies and|谢谢|感谢|大家|各位|女士们|好的", re.IGNORECASE
)


# --- the forms of a label -------------------------------------------------------------------------------------

_NAME_EN = r"[A-Z][\w'’-]*\.?(?:\s+(?:(?:de|van|von|al|bin|la|da)\s+)?[A-Z][\w'’-]*\.?){0,3}"
_HONORIFIC = r"(?:M[rR]|M[sS]|M[rR][sS]|Mme|Madam|D[rR]|Prof|Professor)\.?\s+"
_TITLE_EN = (
    r"(?i:spokes(?:person|man|woman)|minister|director(?:[ -]general)?|head|chief|engineer|official|commissioner"
    r"|president|governor|mayor|secretary(?:[ -]general)?|ambassador|administrator|economist|chair(?:man|woman))"
)
_OUTLET_WORD = (
    r"(?:Magazine|Daily|News|TV|Television|Agency|Times|Network|Post|Journal|Weekly|Herald|Press|Radio|Broadcasting"
    r"|Media|Review|Online|Gazette|Tribune|Bulletin|Observer|Media Group|Reuters|Bloomberg|Xinhua|CCTV|CGTN|CNN|BBC|AFP"
    r"|CNBC|CNR|NHK|Kyodo|Yonhap|Caixin|Yicai|Nikkei|Guardian|Economist|(?<=The )Paper"
    r"|[\w-]+\.(?:com|cn|org|net)(?:\.\w\w)?)(?:-\d+)?"
)
_OUTLET_EN = rf"(?:(?:[A-Z][\w.'’&-]*|\d+\w*|of|the|and|for)\s+){{0,6}}{_OUTLET_WORD}(?:\s+(?:[A-Z][\w.-]*|of)){{0,2}}"
_ASKER = r"(?i:reporter|correspondent|journalist)"
_CHAIR = r"(?i:moderator|host|chair|chairperson|emcee|facilitator)"

_TITLE_ZH = (
    "(?:发言人|部长|局长|司长|主任|工程师|经济师|院长|行长|署长|主席|书记|会长|秘书长|处长|厅长|市长|省长|县长|组长|总裁|总经理"
    "|董事长|院士|专家|教授|研究员|负责人)"
)
_NAME_ZH = rf"(?:[{HAN_RANGE}]{{2,4}}|[{HAN_RANGE}]{{1,8}}(?:·[{HAN_RANGE}]{{1,8}})+)"
_NAME = rf"(?P<name>{_NAME_ZH}|{_NAME_EN})"
_POST_ZH = r"[\w、·/ ()-]{0,60}?"
_OUTLET_ZH = (
    r"[\w· -]{1,20}(?:通讯社|社|[日晚早时商周]报|报|电视台|电台|总台|网|在线|杂志|周刊|新闻|卫视|频道|传媒|客户端|TV)"
    r"|[\w· -]{0,6}央视[\w· -]{0,6}|澎湃新闻|财新|路透|彭博|CCTV[\w-]*"
)

# (form, role, whether the form alone is enough), the first that fits and whose name may be one decides.
_ENGLISH: tuple[tuple[str, Role | None, bool], ...] = (
    (rf"(?:Q|(?i:question)|{_ASKER})\s*\d*", "reporter", True),
    (r"(?:A|(?i:answer))\s*\d*", "official", True),
    (rf"(?i:the\s+)?{_CHAIR}(?:[\s,(]+(?:{_HONORIFIC})?(?P<name>{_NAME_EN})\)?)?", "moderator", True),
    (rf"(?:{_HONORIFIC})?(?P<name>{_NAME_EN})\s*[,(]\s*(?i:the\s+)?{_CHAIR}\)?", "moderator", True),
    (rf"(?i:an?\s+|the\s+)?{_ASKER}\s+(?i:from|of|with|for)\s+(?P<outlet>[A-Z][\w.'’& -]*)", "reporter", True),
    (rf"(?P<outlet>{_OUTLET_EN}|[A-Z][\w.'’& -]*?)(?:['’]s)?\s+{_ASKER}(?:\s+(?P<name>{_NAME_EN}))?",
     "reporter", True),
    (rf"(?:{_HONORIFIC})?(?P<name>{_NAME_EN})\s*[,(]\s*(?i:an?\s+)?{_ASKER}\s+(?i:from|of|with|for)\s+"
     r"(?P<outlet>[A-Z][\w.'’& -]*)\)?", "reporter", True),
    (rf"(?:{_HONORIFIC})?(?P<name>{_NAME_EN})\s*[,(]\s*(?P<outlet>{_OUTLET_EN})\)?", "reporter", True),
    (rf"(?P<outlet>{_OUTLET_EN})(?:\s*[,(]\s*(?P<name>{_NAME_EN})\)?)?", "reporter", True),
    (r"(?i:the\s+)?(?:[A-Z][\w.&-]*\s+){0,5}(?i:spokes(?:person|man|woman))", "official", True),
    (rf"(?:[\w'’&.,/-]+\s+){{0,12}}?{_TITLE_EN},?\s+(?:{_HONORIFIC})?(?P<name>{_NAME_EN})",
     "official", True),
    (rf"(?:{_HONORIFIC})?(?P<name>{_NAME_EN})\s*[,(][\w\s'’&.,/-]*\b{_TITLE_EN}\b[\w\s'’&.,/-]*\)?",
     "official", True),
    (rf"{_HONORIFIC}(?P<name>{_NAME_EN})", None, True),
    (rf"(?P<name>{_NAME_EN})", None, False),
)  # fmt: skip
_CHINESE: tuple[tuple[str, Role | None, bool], ...] = (
    (r"(?:问|提问|问题)\s*\d*", "reporter", True),
    (r"(?:答|回答|答复)\s*\d*", "official", True),
    (rf"{_POST_ZH}主持人\s*(?:\(?{_NAME}\)?)?", "moderator", True),
    (rf"{_NAME}\s*\(?主持人\)?", "moderator", True),
    (r"(?:有|一位|另一位|现场)?(?P<outlet>[\w· -]{0,24}?)(?:特约|特派|驻华|驻京|前方|见习)?记者\s*(?:问|提问)?",
     "reporter", True),
    (rf"(?P<outlet>[\w· -]{{0,24}}?)(?:特约|特派|驻华|驻京|前方|见习)?记者\s*\(?{_NAME}\)?(?:问|提问)?",
     "reporter", True),
    (rf"{_NAME}\s*\((?P<outlet>{_OUTLET_ZH}|[\w· -]{{1,20}}(?=记者))(?:记者)?\)", "reporter", True),
    (rf"(?P<outlet>{_OUTLET_ZH})", "reporter", True),
    (rf"{_POST_ZH}(?:发言人|负责人)", "official", True),
    (rf"{_POST_ZH}{_TITLE_ZH}[\s,]*{_NAME}", "official", True),
    (rf"{_NAME}\s*(?:{_TITLE_ZH}|\([^()]*{_TITLE_ZH}[^()]*\))", "official", True),
    (rf"{_NAME}\s*(?:先生|女士)", None, True),
    (_NAME, None, False),
)  # fmt: skip
_FORMS = {
    forms: tuple((re.compile(form), role, is_certain) for form, role, is_certain in forms)
    for forms in (_ENGLISH, _CHINESE)
}
_LABEL = re.compile(
    r"[\s*_>\"“#]*(?:\[(?P<boxed>[^\[\]\n]{1,60})\]:?|(?P<who>[^\s*_>\[:\n][^:\n]{0,110}?)[\s*_]*:(?!//))[*_\s]*"
)


def _label(text: str, folded: str, start: int, end: int) -> Label | None:
    found = _LABEL.match(folded, start, end)
    if not found or not (who := found["who"] or found["boxed"].strip(" :")):
        return None
    at = folded.index(who, found.start())
    if who[-1].isdigit() and folded[found.end() : found.end() + 1].isdigit():
        return None
    for form, role, is_certain in _FORMS[_CHINESE if HAN.search(who) else _ENGLISH]:
        fit = form.fullmatch(who)
        if not fit:
            continue
        parts = fit.groupdict()
        name, outlet = parts.get("name"), parts.get("outlet")
        if (name and not may_be_name(name)) or (outlet and _NO_OUTLET.fullmatch(outlet)):
            continue

        def written(part: str, found: re.Match[str] = fit) -> str:
            return text[at + found.start(part) : at + found.end(part)].strip()

        return Label(
            min(found.end(), end), written("name") if name else None, role, written("outlet") if outlet else None,
            re.sub(r"\s+", " ", name or ""), is_certain,
        )  # fmt: skip
    return None


# --- what may be a name ---------------------------------------------------------------------------------------

# Three hundred of the commonest; a name with a rarer one is still known by its post or honorific.
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘"
    "杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷"
    "施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳"
    "盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕"
    "晋苑邬臧畅宫苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练"
    "仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙伏岑习胥保和蔺肖闫付骆缪佘麦"
)
_DOUBLE_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯")
_NO_NAME_ZH = re.compile(
    r".*(?:说|称|问|答|指出|表示|强调|介绍|认为|透露|提出|要求|了解|获悉|报道|如下|包括|方面|情况|方案|目标|措施|工作|原则"
    r"|任务|要点|内容|标准|条件|项目|时间|地点|电话|[省市县区州镇村路街业性类率量度费额期点])"
    r"|[方任于关成常安程项计应单高金文时温全和都原明保商强]"
    r"[法向式务是于果见排序目划用位效速融件候面国来因确障家化制管键立本常会有]"
)
_NO_NAME_EN = (  # not "an", "he" or "you": 安, 何 and 尤 are written so
    "the a first second third fourth fifth sixth seventh eighth ninth tenth firstly secondly thirdly finally next "
    "last note time date address place venue location source editor author photo contact tel email website press "
    "briefing conference key point points main measures measure target targets goal goals result results quarter "
    "year plan action part chapter section summary highlights background related read more figure table speaker "
    "speakers participants attendees chairperson question answer in on at for by of as with from and or but our we "
    "it they this that these those there here what when where why how thank thanks good also however meanwhile "
    "moreover step steps title topic subject update updated published keywords tags conclusion introduction "
    "overview objective example office officer executive general engineer economist"
)
_NO_NAME_WORDS = frozenset(_NO_NAME_EN.split())
_NO_OUTLET = re.compile(
    r".*(?:通报|汇报|预报|播报|举报|申报|公报|上报|情报|回报|海报|简报|年报|互联网|物联网|车联网|官网|联网|电网|上网|入网|光网"
    r"|外网|内网|路网|旅行社|合作社|了解|获悉|采访|告诉)|(?:最新|热点|相关|图片|更多|今日)新闻"
    r"|(?:Latest|Breaking|Related|Top|More|Hot|Good|In) .*|News|Press|Post|Times|Review|TV|Television|Online|Network"
    r"|Agency|Journal|Radio|Media|Broadcasting|Magazine|Daily|Weekly|(?:The )?(?:Economist|Guardian|Observer) [a-z].*"
)


def may_be_name(name: str) -> bool:
    """Whether words of either language, folded, have the form of a person's name, and are no plain words."""
    if not HAN.search(name):
        return not any(word.lower().strip(".") in _NO_NAME_WORDS for word in name.split())
    if "·" in name:
        return True
    given = name[2:] if name.startswith(_DOUBLE_SURNAMES) else name[1:] if name[0] in _SURNAMES else ""
    return 1 <= len(given) <= 2 and not _NO_NAME_ZH.fullmatch(name)


_OPENING = 1_000  # characters of a moderator's turn in which he may name himself
_OWN_NAME = (
    re.compile(
        rf"(?:我是|我叫|我的名字是)(?:[^,。!?;:]{{0,40}}?(?:{_TITLE_ZH}|主持人))?(?P<name>{_NAME_ZH})(?=[,。!;]|来?主持)"
    ),
    re.compile(rf"\b(?:I am|I['’]m|[Mm]y name is)\s+(?:{_HONORIFIC})?(?P<name>{_NAME_EN})(?=[,.;]|\s)"),
)


def _with_own_names(
    text: str, folded: str, paragraphs: Sequence[tuple[int, int]], found: Mapping[int, Label]
) -> dict[int, Label]:
    named = dict(found)
    speaker = ""
    places = [*sorted(found), len(paragraphs)]
    for place, following in pairwise(places):
        label = found[place]
        if label.role != "moderator" or label.speaker:
            continue
        end = min(label.end + _OPENING, paragraphs[following - 1][1])
        own = next((own for form in _OWN_NAME if (own := form.search(folded, label.end, end))), None)
        if own and may_be_name(own["name"]):
            speaker = text[slice(*own.span("name"))]
        if speaker:
            named[place] = replace(label, speaker=speaker)
    return named


_ADDRESSED = (
    re.compile(rf"(?:\b{_HONORIFIC}|\b{_TITLE_EN}\s+)(?P<name>{_NAME_EN})"),
    re.compile(rf"(?:{_TITLE_ZH}|请)\s*(?P<name>[{HAN_RANGE}]{{2,4}})"),
    re.compile(rf"(?P<name>[{HAN_RANGE}]{{2,4}}?)(?:先生|女士|同志|副?{_TITLE_ZH})"),
)


def _addressed(folded: str) -> set[str]:
    """Names that stand behind an honorific or a post, or before one in Chinese; the shorter readings too."""
    names: set[str] = set()
    for form in _ADDRESSED:
        for found in form.finditer(folded):
            words = found["name"].split()
            names.update(" ".join(words[:count]).rstrip(".") for count in range(1, len(words) + 1))
            if not found["name"].isascii():
                names.update(found["name"][:count] for count in (2, 3, 4))
                names.update(found["name"][-count:] for count in (2, 3))
    return names
