"""What a pinyin reading in brackets is: syllables, tones, and which brackets behind Han characters hold one.

Pages that were converted between scripts put such readings inside words, hundreds of them in one report. To cut
them is clean.py's business.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from corpus.folding import HAN_RANGE

__all__ = ["glosses"]


def glosses(text: str) -> list[tuple[int, int]]:
    """Places of the brackets that hold the reading of the Han characters before them, in order.

    The bracket must hold valid syllables with tone marks, no more of them than Han characters before it. One
    toneless syllable counts behind a character that is read so (了(le), 儿(r)), or in a text with three toned glosses
    unless it is an English word or abbreviation too (网络(lan)). What follows 读作 or 拼音 is what was said.

    >>> text = "铁(tiě)路局宣布(xuān bù)了(le)计划(2031年)(jì huà)"
    >>> [text[start:end] for start, end in glosses(text)]
    ['(tiě)', '(xuān bù)', '(le)']
    """
    sure: list[tuple[int, int]] = []
    toneless: list[tuple[int, int]] = []
    toned = last_end = 0
    for match in _BRACKET.finditer(text):
        start, end = match.span()
        reading = _reading(match[1])
        if reading is None or text[start - 2 : start] in _SPOKEN_OF:
            continue
        syllable, count, tones = reading
        before = text[max(0, start - count) : start]
        if tones:
            if start == last_end or (len(before) == count and all(map(_is_han, before))):
                sure.append((start, end))
                toned, last_end = toned + 1, end
        elif before in _NEUTRAL.get(syllable, ""):
            sure.append((start, end))
            last_end = end
        elif len(syllable) > 1 and syllable not in _ALSO_ENGLISH and _is_han(before):
            toneless.append((start, end))
    return sorted(sure + toneless) if toned >= 3 else sure


_HAN = f"〇{HAN_RANGE}"
_BRACKET = re.compile(rf"(?<=[{_HAN})）])[(（]([A-Za-zÀ-ɏɑɡ\u0300-\u030cḀ-ỿ'’ -]{{1,32}})[)）]")
_is_han = re.compile(f"[{_HAN}]").match
_SPOKEN_OF = {a + b for a in "读讀念唸" for b in "作做为為音成"} | {"拼音", "发音", "發音", "注音"}
_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0304\u0306\u030c"))
# The syllables of Hanyu Pinyin (ISO 7098, annex A), initials: finals.
_FINALS = """
0: a ai an ang ao e ei en eng er o ou
b p: a ai an ang ao ei en eng i ian iao ie in ing o u
m: a ai an ang ao e ei en eng i ian iao ie in ing iu o u
f: a an ang ei en eng o u
p m f: ou
d t: a ai an ang ao e ei eng i ian iao ie ing ong ou u uan ui un uo
d: en ia iu
n l: a ai an ang ao e ei eng i ian iang iao ie in ing iu ong ou u uan un uo ü üe
n: en
l: ia o
g k h: a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo
j q x: i ia ian iang iao ie in ing iong iu u uan ue un
zh ch sh: a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo
z c s: a ai an ang ao e ei en eng i ou u uan ui un uo
zh ch z c s: ong
r: an ang ao e en eng i ong ou u ua uan ui un uo
y: a an ang ao e i in ing o ong ou u uan ue un
w: a ai an ang ei en eng o u
"""
_SYLLABLES = {
    initial.strip("0") + final
    for initials, _, finals in (row.partition(":") for row in _FINALS.splitlines())
    for initial in initials.split()
    for final in finals.split()
}
_SYLLABLE = re.compile("|".join(sorted(_SYLLABLES, key=lambda syllable: (-len(syllable), syllable))))
_PINYIN = re.compile(rf"(?:{_SYLLABLE.pattern})(?:['’ -]?(?:{_SYLLABLE.pattern}))*|m|n|ng|hm|hng|r")
_NEUTRAL = dict(
    re.findall(
        "([a-z]+)(.+)",
        """a啊阿呵 ba吧罢罷 bei呗唄 bian边邊 de的得地底 er儿兒 ge个個箇 guo过過 la啦 le了 li里裡裏 lo咯 ma吗嗎嘛
        me么麼麽 men们們 na哪那 ne呢 r儿兒 shang上 tou头頭 wa哇 xia下 ya呀 zhe着著 zi子""".replace(" ", "\n"),
    )
)
_ALSO_ENGLISH = frozenset(
    re.findall(
        "[a-z]+",
        """ai an ban bang ben bi bin can chi ci dan dao den die ding dong dou dun en fan fen gang gen gong gun ha
        hang he hen hong ken kong lan lang lei li lie lo long lu ma man me mei men mi min ming mo mou mu
        nan nang nu nun ou pa pai pan pang pen pi pie pin ping po pu qi ran rang ren run sa san sang se
        sen sha she shun song su sun ta tai tan tang tao ti tie ting tong wan wen xi yang yin you yu
        yuan zen""",
    )
)


@lru_cache(maxsize=4096)
def _reading(bracketed: str) -> tuple[str, int, int] | None:
    """Its letters without tones, how many syllables and how many tone marks; None when it is not pinyin.

    Every syllable has its tone, but for the second of two (dōngxi) or a single one (le): else it is a foreign
    word (Dalí, résumé). A toneless one in capitals (AI) is an abbreviation.
    """
    spelt = unicodedata.normalize("NFD", bracketed.strip())
    plain = unicodedata.normalize("NFC", spelt.translate(_TONES)).translate({ord("ɑ"): "a", ord("ɡ"): "g"})
    lower = plain.lower()
    if not _PINYIN.fullmatch(lower):
        return None
    syllables = _SYLLABLE.findall(lower) or [lower]
    marks = [place for place, char in enumerate(spelt) if ord(char) in _TONES]
    light = lower == plain and (not marks if len(syllables) == 1 else len(syllables) == 2 and len(marks) == 1)
    if len(marks) < len(syllables) and not (light and (not marks or marks[0] <= len(syllables[0]))):
        return None
    return lower, len(syllables), len(marks)
