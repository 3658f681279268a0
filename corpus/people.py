"""Who is named in a text, and with which post: "Vice Minister Liu Liehong", 副部長劉烈宏, 作者武曉莉.

Speakers' labels are known by speakers.py; here stand the names inside the words that were spoken or written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from corpus.folding import HAN_RANGE, read_script
from corpus.speakers import may_be_name

__all__ = ["Person", "people_in"]

Part = Literal["speaks", "writes", "chairs", ""]


@dataclass(frozen=True, slots=True)
class Person:
    """A person whom a text names at text[start:end], the post as it stands there ("" if none), and what he does there.

    `post_at` is where the post stands. `part` is "speaks" where words are ascribed to him, "writes" of a reporter of
    the text itself, "chairs" of one who moderates or opens, else "".
    """

    name: str
    start: int
    end: int
    post: str = ""
    post_at: int = -1
    part: Part = ""


@lru_cache(maxsize=4_096)
def people_in(text: str) -> tuple[Person, ...]:
    """The people that a text names with a post, as speaking, as its writer or as the chair, in their order.

    >>> [(one.name, one.post, one.part) for one in people_in("Vice Minister Li Qing said so. 作者：王小明")]
    [('Li Qing', 'Vice Minister', 'speaks'), ('王小明', '', 'writes')]
    """
    folded = read_script(text)[0]
    found: dict[tuple[int, int], Person] = {}
    for start, end, post_at, post_end, part in (*_chinese(folded), *_english(folded)):
        known = found.get((start, end))
        post = text[post_at:post_end] if post_at >= 0 else ""
        found[start, end] = Person(
            text[start:end],
            start,
            end,
            known.post if known and known.post else post,
            known.post_at if known and known.post else post_at if post else -1,
            known.part if known and known.part else part,
        )
    return tuple(found[place] for place in sorted(found))


def _compiled(forms: Sequence[tuple[str, Part]]) -> tuple[tuple[re.Pattern[str], Part], ...]:
    return tuple((re.compile(form), part) for form, part in forms)


_Found = tuple[int, int, int, int, Part]  # place of the name, place of the post (-1 where there is none), part

# --- Chinese ----------------------------------------------------------------------------------------------------

_HEAD_ZH = (
    "(?:发言人|部长|局长|司长|主任|工程师|经济师|会计师|规划师|院长|行长|署长|主席|书记|会长|秘书长|处长|厅长|市长|省长|县长"
    "|区长|州长|组长|总裁|总经理|董事长|院士|专家|教授|研究员|负责人|总理|委员|审计长|关长|台长|校长|理事长|总监|大使)"
)
_SPEAKS_ZH = (
    "(?:[^。!?;,]{0,12}?)(?:指出|表示|强调|认为|透露|提出|要求|宣布|介绍|回应|回答|答复|解释|说明|称|说|谈到|通报)"
)
_EDGE_ZH = (
    r"(?=[\s,，、;；:：。.!?()（）\[\]“”]|$|指出|表示|强调|说|介绍|在|就|出席|主持|回答|答|对|向|和|与|先生|女士|同志|作|讲|致|认为"
    r"|透露|提出|要求|宣布|通报|解读|等|的|是|报道|摄|从|为|也|还|率|代表|回应|同|接受|来|会|将|昨|今|日前|当天|首先|随后|曾|已|则|又|担任|现任|于|参加|到)"
)
_PERSON_ZH = (
    rf"(?P<name>[{HAN_RANGE}](?:[{HAN_RANGE}]{{1,2}}?|[{HAN_RANGE}]{{0,7}}(?:·[{HAN_RANGE}]{{1,8}}?)+){_EDGE_ZH})"
)
_WORDS_ZH = rf"[{HAN_RANGE}/·]"
_POST_ZH = rf"(?P<post>{_WORDS_ZH}{{0,32}}?{_HEAD_ZH}(?:[、和兼]?{_WORDS_ZH}{{1,24}}?{_HEAD_ZH})*)"
_LED_IN = re.compile(  # what stands before a post in its run of characters and is no part of it
    r".*(?:会议由|(?<!自)由|邀请到?了?|有请|请到了?|请来了?|请|欢迎|会议?上|出席[^的]{0,12}的(?:有|是)|现任|时任|担任|主持人|就是|分别是|[这那]位|我是|以及)"
    rf"|(?:[该本][部局委办署]?|据|对(?!外)|向|和|与|同|、|是|为|有(?!色)|任|日前|今天|当天|随后|此前|近日)+(?={_WORDS_ZH}*{_HEAD_ZH})"
)
_CHINESE: tuple[tuple[re.Pattern[str], Part], ...] = _compiled(
    (
        (rf"{_POST_ZH}[\s:]?{_PERSON_ZH}", ""),
        (
            rf"(?<![{HAN_RANGE}]){_PERSON_ZH}(?:[^。!?;]{{0,16}}[,，][他她]|[,，]?)(?:是|现任|时任|担任|任|[,，])"
            rf"(?P<post>[^。!?;,，]{{0,50}}{_HEAD_ZH})(?=[,，。;；、]|$)",
            "",
        ),
        (rf"(?<![{HAN_RANGE}]){_PERSON_ZH}\((?P<post>[^()]{{0,40}}{_HEAD_ZH})\)", ""),
        (rf"(?:记者|作者|通讯员|撰文)[\s:：/]*{_PERSON_ZH}", "writes"),
        (rf"主持人(?:是|为|由)?[\s:：]*{_PERSON_ZH}", "chairs"),
        (rf"(?<![{HAN_RANGE}])(?:由)?{_PERSON_ZH}(?:先生|女士|同志)?主持(?!人)", "chairs"),
        (rf"(?:由|{_HEAD_ZH}){_PERSON_ZH}(?:先生|女士|同志)?主持(?!人)", "chairs"),
        (rf"(?<![{HAN_RANGE}]){_PERSON_ZH}(?:先生|女士|同志)?{_SPEAKS_ZH}", "speaks"),
        (rf"{_HEAD_ZH}{_PERSON_ZH}(?:先生|女士|同志)?{_SPEAKS_ZH}", "speaks"),
    )
)


def _chinese(folded: str) -> Iterator[_Found]:
    for form, part in _CHINESE:
        for found in form.finditer(folded):
            name = found["name"]
            if not may_be_name(name) or re.search(rf"{_HEAD_ZH}|记者|主持|谢谢", name):
                continue
            start, end = found.span("post") if "post" in form.groupindex else (-1, -1)
            while start >= 0 and (led := _LED_IN.match(folded, start, end)) and led.end() > start:
                start = led.end()
            yield *found.span("name"), start, end, part


# --- English ----------------------------------------------------------------------------------------------------

_HEAD_EN = (
    r"(?:spokes(?:person|man|woman)|minister|directors?(?:[ -]general)?|head|chief|chief engineer|engineer|economist"
    r"|commissioner|president|governor|mayor|secretary(?:[ -]general)?|ambassador|administrator"
    r"|chair(?:man|woman|person)?|manager|professor|academician|counsel|inspector|officer|auditor[ -]general)"
)
_HONORIFIC = r"(?:(?:Mr|Ms|Mrs|Dr|Prof|Professor|Madam)\.?\s+)"
_PERSON_EN = r"(?P<name>[A-Z][a-z'’-]+(?:\s[A-Z][a-z'’-]+){1,2})"
_SPEAKS_EN = (
    r"(?:said|says|told|stressed|noted|announced|stated|added|explained|pointed out|emphasi[sz]ed|answered|replied"
    r"|responded|urged|called|promised|reported|set out|presented|introduced|briefed)"
)
_POST_STOP = (
    rf"(?=\s*[;:()]|\.(?:\s|$)|,?\s+(?:and\s+)?{_HONORIFIC}|,?\s+(?:{_SPEAKS_EN}|who|will|is|was|to|has|as|also|took|chaired|"
    r"opened|moderated|and (?:I|we|he|she))\b|,\s|$)"
)
_MORE_POSTS = rf"(?:,? and (?:the |concurrently )?[^.;:(),]{{0,70}}?\b(?i:{_HEAD_EN})\b[^.;:(),]{{0,70}}?)?"
_APPOSED = rf"(?P<post>[^.;:(),]{{0,60}}?\b(?i:{_HEAD_EN})\b[^.;:(),]{{0,90}}?{_MORE_POSTS}){_POST_STOP}"
_ENGLISH: tuple[tuple[re.Pattern[str], Part], ...] = _compiled(
    (
        (
            r"(?P<post>(?:(?:[A-Z][\w'’&-]*|of|the|and|for)\s+){0,9}?"
            rf"(?:(?i:vice|deputy|assistant|acting|former)[ -])?(?i:{_HEAD_EN}))\s+{_HONORIFIC}?{_PERSON_EN}",
            "",
        ),
        (rf"{_PERSON_EN},\s+(?:who is\s+)?(?:the\s+|our\s+|an?\s+)?{_APPOSED}", ""),
        (rf"{_PERSON_EN}\s+\((?P<post>[^()]{{0,60}}\b(?i:{_HEAD_EN})\b[^()]{{0,80}})\)", ""),
        (rf"{_PERSON_EN}\s+(?:is|was|serves as|served as)\s+(?:also\s+)?(?:the\s+|our\s+|an?\s+)?{_APPOSED}", ""),
        (rf"\b(?:[Bb]y|[Rr]eporter|[Cc]orrespondent|[Jj]ournalist|[Aa]uthor:?)\s+{_PERSON_EN}", "writes"),
        (rf"{_PERSON_EN}(?:, [^.;:]{{1,120}},)?\s+(?:chaired|moderated|presided|hosted|opened)\b", "chairs"),
        (rf"\b(?:chaired|moderated|presided over|hosted|opened) by {_HONORIFIC}?{_PERSON_EN}", "chairs"),
        (rf"\b(?i:moderator|host|chair)\s*[,:(]?\s*{_HONORIFIC}?{_PERSON_EN}", "chairs"),
        (rf"{_PERSON_EN}(?:, [^.;:]{{1,120}},)?\s+(?:also |further )?{_SPEAKS_EN}\b", "speaks"),
    )
)
_TITLE_FIRST = re.compile(rf"(?:(?i:{_HEAD_EN}|vice|deputy|assistant)\s+)+")
_NO_PERSON = re.compile(
    rf"\b(?:{_HEAD_EN}|vice|deputy|ministry|bureau|office|council|department|administration|commission|conference|china"
    r"|chinese|beijing|state|national|internet|the|press|briefing|january|february|march|april|june|july|august|september"
    r"|october|november|december|monday|tuesday|wednesday|thursday|friday|committee|agency|bank|group|university|service"
    r"|daily|news|magazine|television|times|network|today|next|these|this|all|hong|kong|mr|ms|mrs|dr)\b",
    re.IGNORECASE,
)


def _english(folded: str) -> Iterator[_Found]:
    for form, part in _ENGLISH:
        for found in form.finditer(folded):
            begin, stop = found.span("name")
            while (title := _TITLE_FIRST.match(folded, begin, stop)) and title.end() > begin:
                begin = title.end()
            name = folded[begin:stop]
            if " " not in name or _NO_PERSON.search(name) or not may_be_name(name):
                continue
            start, end = found.span("post") if "post" in form.groupindex else (-1, -1)
            yield begin, stop, start, end, part
