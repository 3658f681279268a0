"""What a question asks for, read off its words in either language, and what kind of sentence answers that.

Which passages and sentences are chosen is known by extractive.py.
"""

from __future__ import annotations

import re
from typing import Literal

from corpus.transcript import Block
from embeddings.lexical import fold

__all__ = ["Form", "announces", "asks_after_asker", "block_asked", "form_of", "ordinal_asked", "suits", "without_frame"]

Form = Literal["series", "number", "list", "who", "when", "fact"]

_FORMS: tuple[tuple[Form, str], ...] = (
    (
        "series",
        r"\b(?:changed?|evolv\w+|trend|over time|over the years|each year|year by year|timeline|versus|vs|difference"
        r"|compare|comparison|developed? (?:over|since|from)|how (?:has|have|did) .{0,80}\bdevelop(?:ed)?)\b"
        r"|\b(?:larger|smaller|higher|lower|more|less|fewer) than in\b"
        r"|\bhow (?:many|much) (?:more|fewer|less|higher|lower)\b"
        r"|\b(?:ris(?:e|en)|rose|grow[ns]?|grew|grow|fall(?:en)?|fell|increase[ds]?|decrease[ds]?|drop(?:ped)?) .{0,40}"
        r"(?:from .{2,20} to|between .{2,20} and|or (?:fall|rise|shrink|drop))\b"
        r"|\b(?:chronolog\w+|trajectory|history of|side by side|grown|times as (?:many|much))\b"
        r"|变化|变动|历次|历年|逐年|趋势|走势|轨迹|历程|时间线|对比|对照|相比|比较|演变|分别是多少|各[有是为]?(?:多少|几)|几倍"
        r"|[多少]了(?:多少|几)|[变增减]了(?:多少|几)|翻了几番|计划(?:和|与|跟|同|比).{0,12}(?:结果|实际|完成)"
        r"|(?:从|自).{2,20}(?:到|至).{2,30}(?:增|减|升|降|涨|变|多|少)",
    ),
    (
        "number",
        r"\bhow (?:many|much|large|big|fast|often|long|far)\b"
        r"|\bwhat (?:number|share|percent\w*|proportion|rate|figure|total)\b|\bnumber of\b"
        r"|多少|几(?:个|家|款|项|次|批|座|年|户|成|倍)|(?:数量|规模|总量|比例|增速|增长率|占比)(?:是|有|为)?",
    ),
    (
        "list",
        r"\b(?:what|which|list|name|summari[sz]e)\b.{0,40}\b(?:steps|measures|plans|priorities|requirements|demands|points"
        r"|actions|tasks|areas|aspects|arrangements|considerations|goals|achievements|things)\b"
        r"|\bwhat (?:will|is|are) .{0,60}\b(?:next|do)\b|\bnext steps?\b"
        r"|哪些|哪几|哪[三四五六七八]|下一步|接下来|几(?:点|项|方面|条|件)|[三四五]项(?:要求|措施|工作)|列出",
    ),
    (
        "who",
        r"\bwho(?:m|se)?\b|\bwhich (?:outlet|reporter|official|speaker)\b|谁|何人|哪位|哪家媒体|什么职务|主持人",
    ),
    ("when", r"\bwhen\b|\bwhat (?:date|day|year|time)\b|什么时候|何时|哪一?[年天月日]|几[月号日]"),
)
# Words in which any question for a list is put; what is left of it says which list, or what in it.
_FRAME = re.compile(
    r"\b(?:next|steps?|measures?|priorit(?:y|ies)|requirements?|demands?|points?|tasks?|areas?|aspects?|arrangements?"
    r"|considerations?|main|list|named?|summari[sz]e|set out|put forward|announced?|according|focus|works?|done|taken"
    r"|one|two|three|four|five|six|seven|eight|officials?|ministry|briefings?|press|conferences?|meetings?)\b"
    r"|下一步|接下来|讲|说|谈|指出|表示|强调|措施|工作|重点|要求|方面|任务|安排|提出|做好|要做|包括|列出|发布会|会议|会上"
    r"|第?哪?[一二三四五六七八几]?(?:个|项|点|条|件事?)|哪[一二三四五六七八几些]"
)
_NUMBERS = {
    name: number
    for names in ("一二三四五六七八九十", "first second third fourth fifth sixth seventh eighth ninth tenth".split())
    for number, name in enumerate(names, start=1)
}
_ORDINAL = re.compile(
    r"第([一二三四五六七八九十]|\d{1,2})(?:项|点|条|个(?=要求|方面|措施|任务))"
    r"|\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)"
    r" (?:point|measure|requirement|one|task|area|aspect)\b"
)
_ASKER = re.compile(
    r"\b(?:who|which \w+|what did .*) ask(?:s|ed)?\b|\basked (?:by|about)\b"
    r"|\bmoderat\w*|\bhand(?:s|ed) .*over\b|\binvited\b"
    r"|提问|问了(?:什么|哪些)?(?:问题)?|问的(?:是|问题)?|谁问|主持|请.{1,8}回答"
)
_AHEAD = re.compile(
    r"\b(?:next|will|plan(?:s|ned|ning)?|target|going to|future|upcoming|ahead|intend\w*|goal)\b"
    r"|下一步|接下来|计划|将|目标|未来|今后|打算|要(?:建|达|做|完成|新|扩|开展)"
)
_BEHIND = re.compile(
    r"\b(?:was|were|did|had|has|have|built|completed|finished|reached|achieved|so far|already)\b"
    r"|实际|已|了|完成|达到|截至|累计|建成|过"
)
_FIGURE = re.compile(
    r"\d|[一二两三四五六七八九十百千]+[万亿个家款项次批座户成倍%]|翻番|一半|[三五十]分之"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half|third|quarter|doubled|dozens?|hundred|thousand)\b"
)
# Digits that answer no "how many": codes such as 5G, years, and the numbers of quarters and points.
_NO_FIGURE = re.compile(
    r"(?<![a-z0-9.,])\d+[a-z]+[a-z0-9]*"
    r"|(?<![\d.,])(?:19|20)\d\d(?![\d.,]\d|\d)"
    r"|\b(?:first|second|third|last|past)(?: \w+)? quarters?\b|^(?:first|second|third)\b"
    r"|[一二三四五]是|前?[一二三四]个?季度|十四五"
)
_POST = re.compile(
    r"\b(?:minister|director|spokes\w+|chief|head|president|chair\w*|secretary|commissioner|engineer|reporter|mr|ms)\b"
    r"|部长|局长|司长|主任|发言人|总工程师|会长|书记|记者"
)
_ANNOUNCES = re.compile(
    r"[:：]\s*$|\b(?:following|these|two|three|four|five|several) (?:areas|aspects|measures|points|tasks)[^.]{0,20}\.?$"
    r"|(?:工作|要求|方面|措施)[:：。]?$"
)


def form_of(question: str) -> Form:
    """What a question asks for.

    >>> [form_of(q) for q in ("How many base stations were built?", "下一步有哪些措施？", "谁说的？", "gigabit cities")]
    ['number', 'list', 'who', 'fact']
    """
    folded = fold(question)
    if ordinal_asked(question):
        return "list"
    return next((form for form, pattern in _FORMS if re.search(pattern, folded)), "fact")


def asks_after_asker(question: str) -> bool:
    """Whether a question is about who asked or moderated, or what they said."""
    return bool(_ASKER.search(fold(question)))


def block_asked(question: str) -> Block | None:
    """Whether a question is about what was done or what comes next, None when its words do not say.

    >>> [block_asked(q) for q in ("How many were built?", "下一步计划建多少？", "base stations")]
    ['done', 'next', None]
    """
    folded = fold(question)
    ahead, behind = bool(_AHEAD.search(folded)), bool(_BEHIND.search(folded))
    return None if ahead == behind else "next" if ahead else "done"


def ordinal_asked(question: str) -> int | None:
    """The number of the one point that a question asks for, the last if it names several; None if it names none.

    >>> [ordinal_asked(q) for q in ("五项要求中的第四项是什么？", "And the second measure?", "哪五项要求？")]
    [4, 2, None]
    """
    found = None
    for number, word in _ORDINAL.findall(fold(question)):
        found = _NUMBERS.get(number or word) or int(number)
    return found


def without_frame(question: str, form: Form) -> str:
    """The question, folded, without the words in which any question of its form is put."""
    rest = _ASKER.sub(" ", fold(question))
    return _FRAME.sub(" ", rest) if form == "list" else rest


def suits(form: Form, sentence: str) -> bool:
    """Whether a sentence has what its form asks for: a figure, or a person's post; True for the other forms."""
    if form == "who":
        return bool(_POST.search(fold(sentence)))
    return form not in ("number", "series") or bool(_FIGURE.search(_NO_FIGURE.sub(" ", fold(sentence))))


def announces(sentence: str) -> bool:
    """Whether a sentence only announces what follows: "The measures are these:"."""
    return bool(_ANNOUNCES.search(sentence))
