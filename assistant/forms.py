"""What a question asks for, read off its words in either language, and what kind of sentence answers that.

Which passages and sentences are chosen is known by extractive.py.
"""

from __future__ import annotations

import re
from typing import Literal

from assistant.who_when_words import WHEN, WHEN_FIRST, WHO, WHO_FIRST, without_asking
from corpus.chunk import units
from corpus.folding import number_of
from corpus.transcript import Block
from embeddings.lexical import fold

__all__ = [
    "Form",
    "announces",
    "asks_after_asker",
    "block_asked",
    "count_asked",
    "enumerates",
    "form_of",
    "items_in",
    "ordinal_asked",
    "suits",
    "without_frame",
]

Form = Literal["why", "series", "number", "list", "who", "when", "fact"]

LONGEST_ITEM = 10  # units of a thing that is listed between commas: what is longer is a clause

# What is listed, and how a question or a sentence counts it: "five main measures", 三个方面, 哪五項.
_LISTED = (
    "steps|measures|plans|priorities|requirements|demands|points|actions|tasks|areas|aspects|arrangements"
    "|considerations|goals|achievements|things|fronts|matters|strands|directions|pillars|initiatives|commitments"
    "|challenges|problems|reasons|principles|recommendations|proposals|respects|ways|programmes|programs"
)
_COUNTS = "two three four five six seven eight nine ten eleven twelve".split()
_COUNTED = (
    rf"\b(?P<count>{'|'.join(_COUNTS)}|1?\d) (?:[\w()+-]+ ){{0,3}}?(?:{_LISTED})\b"
    r"|(?P<han>(?<![第一二三四五六七八九十])[二两三四五六七八九十]+|(?<!\d)1?\d)"
    r" ?[个大项点条件种]?(?:三年期?|主要|重点|重要|具体)?"
    r"(?:方面|要求|措施|任务|工作|重点|方向|举措|进展|事|目标|行动|计划|问题|原因|建议|领域|环节|特点)"
    r"|一?共有?(?P<sum>[二两三四五六七八九十]+|(?<!\d)1?\d)[个项条点大](?![月年季])"
    r"|哪(?P<which>[二两三四五六七八九十]+|1?\d)(?:个|大|项|点|条|件|种|类|家|处|座|款|方面)"
)
# "which groups", "which key industries"; not "which city has".
_WHICH = (
    r"\bwhich (?:(?:key|main|special|new|other|\w+(?:al|ic|ive|ing|ed)) )?"
    r"(?!(?:has|was|does|is|this)\b)\w{3,}(?<![su])s\b(?! (?:is|are|of)\b)"
)
# "the four results", "which five sectors": any things, where a question counts them.
_SEVERAL = (
    rf"\b(?:which|what|the|all|these|those|list|name|its|their) (?P<several>{'|'.join(_COUNTS)}|\d\d?)"
    r" (?:[\w+-]+ ){0,3}?(?!years|months|weeks|days|quarters|hours|times|briefings|conferences)[a-z]{3,}(?<![su])s\b"
)
_FORMS: tuple[tuple[Form, str], ...] = (
    ("why", r"\bwhy\b|\bhow come\b|\b(?:reasons?|purpose|cause)\b|为什么|为何(?!\W*$)|为啥|原因|缘何|凭什么|目的"),
    # A question that opens with who or when asks that, whatever else it speaks of.
    ("who", WHO_FIRST),
    ("when", WHEN_FIRST),
    (
        "series",
        r"\b(?:changed?|evolv\w+|trend|over time|over the years|each year|year by year|timeline|versus|vs|difference"
        r"|compare|comparison|developed? (?:over|since|from)|how (?:has|have|did) .{0,80}\bdevelop(?:ed)?)\b"
        r"|\b(?:larger|smaller|higher|lower|more|less|fewer) than in\b"
        r"|\bhow (?:many|much) (?:more|fewer|less|higher|lower)\b"
        r"|\b(?:ris(?:e|en)|rose|grow[ns]?|grew|grow|fall(?:en)?|fell|increase[ds]?|decrease[ds]?|drop(?:ped)?) .{0,40}"
        r"(?:from .{2,20} to|between .{2,20} and|or (?:fall|rise|shrink|drop))\b"
        r"|\b(?:chronolog\w+|trajectory|history of|side by side|grown|times as (?:many|much)|step by step)\b"
        r"|\b(?:trac(?:e|ed|ing)|from one \w+ to the next|respectively)\b"
        r"|\bhow (?!(?:many|much|fast|far)\b)(?:\w+ ){1,10}"
        r"(?:grew|grown|rose|risen|fell|fallen|shrank|progressed|went (?:on|up|down))\b"
        r"|\b(?:met|meet|hit|reach\w*|miss\w*|achieve\w*|exceed\w*) (?:the|its|that|their) (?:\w+ )?"
        r"(?:target|goal|plan)\b"
        r"|(?:目标|计划).{0,8}(?:达到|达成|完成|实现|兑现)了?(?:没有?|吗|么)"
        r"|一步一?步|分别.{0,8}(?:多少|几[个家款项次批户座])"
        r"|变化|变动|历次|历年|逐年|趋势|走势|轨迹|历程|时间线|对比|对照|相比|比较|演变|分别是多少|各[有是为]?(?:多少|几)|几倍"
        r"|[多少]了(?:多少|几)|(?<!新)[变增减]了(?:多少|几)|翻了几番|计划(?:和|与|跟|同|比).{0,12}(?:结果|实际|完成)"
        r"|(?:从|自).{2,20}(?:到|至).{2,30}(?:增|减|升|降|涨|变|多|少)",
    ),
    (
        "number",
        r"\bhow (?:many|much|large|big|fast|often|long|old|far(?! along))\b|\bwhat (?:did|does|do|will) .{2,60} cost\b"
        r"|\bwhat (?:is |was |were |are )?(?:the |its |their )?(?:\w+ ){0,2}"
        r"(?:number|share|percent\w*|proportion|rate|figures?|totals?|amount|revenue|income|turnover|profit|budget|cost|price)\b"
        r"|\bnumber of\b|多[少久长高远重宽深大]|百分之几"
        r"|(?<!哪)几(?:个|家|款|项|次|批|座|年|户|成|倍|台|通|张|支|部|所|人|位|名|吨|天|公里|[十百千万亿])"
        r"|(?:数量|规模|总量|比例|增速|增长率|占比)(?:是|有|为)?"
        r"|^(?:is|are|was|were|did|has|have|does|do)\b.*\b(?:(?:more|less|fewer|higher|lower) than|over|above"
        r"|below|under|at least|exceed\w*|top(?:ped)?) \d"
        r"|(?:超过|突破|不到|高于|低于|达到)\d[\d.,]*[百千万亿%].*(?:吗|没有?|[?？])\s*$",
    ),
    (
        "list",
        rf"\b(?:what|which|list|name|give|summari[sz]e|outline)\b(?:[^\w,.?]+(?!do\b)[\w+-]+){{0,4}}? (?:{_LISTED})\b"
        rf"|{_COUNTED}|{_WHICH}"
        rf"|{_SEVERAL}|\b(?:kinds|types|sorts) of\b|分别.{{0,6}}(?:什么|哪)|(?:包括|包含)(?:了|些)?什么"
        r"|\bwhat (?:[\w-]+ ){0,2}?[a-z]{3,}(?<![su])s (?:were|are|did|do|does|have|has|will|came|come)\b"
        r"|\bwhat (?:will|is|are) .{0,60}\b(?:next|do)\b|\bnext steps?\b"
        r"|^\W*(?:please )?(?:list|name|enumerate)\b|哪些|哪[几二两三四五六七八九十\d]|有什么(?=要求|措施|重点|举措)"
        r"|(?:下一步|接下来)(?!.*(?:怎么|如何|怎样|多少|吗))|几(?:点|项|方面|条|件)|列出",
    ),
    ("who", WHO),
    ("when", WHEN),
)
# Words in which any question for a list is put; what is left of it says which list, or what in it.
_FRAME = re.compile(
    r"\b(?:next|steps?|measures?|priorit(?:y|ies)|requirements?|demands?|points?|tasks?|areas?|aspects?|arrangements?"
    r"|considerations?|main|list|named?|summari[sz]e|set out|put forward|announced?|according|focus|works?|done|taken"
    r"|one|two|three|four|five|six|seven|eight|officials?|ministry|briefings?|press|conferences?|meetings?|all|give|last|final"
    r"|things|fronts|matters|strands|directions)\b"
    r"|下一步|接下来|讲|说|谈|指出|表示|强调|措施|工作|重点|要求|方面|任务|安排|提出|做好|要做|包括|列出|分别|最后|发布会|记者会|会议|会上"
    r"|第?哪?[一二三四五六七八几]?(?:个|项|点|条|件事?)|哪[一二三四五六七八几些]"
)
_NUMBERS = {
    name: number
    for names in ("一二三四五六七八九十", "first second third fourth fifth sixth seventh eighth ninth tenth".split())
    for number, name in enumerate(names, start=1)
}
_ORDINAL = re.compile(
    r"第([一二三四五六七八九十]+|\d{1,2})(?:项|点|条|件|个?(?=要求|方面|措施|任务|重点|方向|问题|工作))"
    r"|\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|final)"
    r"(?! quarter| half| batch)(?: \w+)?"
    r" (?:point|measure|requirement|demand|one|task|area|aspect|step|priority|item|thing|goal|front|action)\b"
    r"|\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|final)"
    rf" of (?:[\w+-]+ ){{0,5}}(?:{_LISTED})\b"
    r"|\b(?:point|item|requirement|measure|task|priority|step)(?: number| no\.?)? (\d{1,2})\b"
    r"|(最后)一?(?:[项点条件]|个(?=要求|方面|措施|任务|重点|方向|问题))"
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
_REASON = re.compile(
    r"\b(?:because|due to|owing to|thanks to|since|as a result|therefore|thus|so that|so as to|in order to"
    r"|aims? (?:to|at)|aimed at|in response to|reasons?|reflects?|shows? that|caused|driven by|purpose|lest)\b"
    r"|^(?:[a-z]+, )?to [a-z]+ |因为|由于|因此|因而|所以|为了|为此|旨在|以便|从而|鉴于|得益于|原因|缘于|是因|反映出"
    r"|说明|导致|目的"
    r"|以(?:消除|确保|保障|避免|免|防|利|求|促进|提高)"
)
_ANNOUNCES = re.compile(
    rf"[:：]\s*$|\b(?:following|these|several|{'|'.join(_COUNTS)}) (?:\w+ ){{0,2}}(?:{_LISTED})[^.]{{0,20}}\.?$"
    r"|\b(?:following|as follows)\.$"
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
    """The number of the one point that a question asks for, the later if it names two; None if none, -1 for the last.

    >>> [ordinal_asked(q) for q in ("五项要求中的第四项是什么？", "And the last measure?", "哪五项要求？")]
    [4, -1, None]
    """
    found = None
    for names in _ORDINAL.findall(fold(question)):
        name = next(filter(None, names))
        found = -1 if name in ("last", "final", "最后") else _NUMBERS.get(name) or number_of(name)
    return found


def count_asked(text: str) -> int | None:
    """How many points a question asks for, or a sentence announces; None if it does not say.

    >>> [count_asked(t) for t in ("哪五项要求？", "its three main tasks", "四個方面", "three months", "600 stations")]
    [5, 3, 4, None, None]
    """
    found = re.search(_COUNTED, fold(text)) or re.search(_SEVERAL, fold(text))
    if not found:
        return None
    said = next(filter(None, found.groups()))
    return _COUNTS.index(said) + 2 if said in _COUNTS else number_of(said.replace("两", "二"))


def without_frame(question: str, form: Form) -> str:
    """The question, folded, without the words in which any question of its form is put."""
    if form in ("who", "when"):
        return without_asking(question)
    rest = _ASKER.sub(" ", fold(question))
    return _FRAME.sub(" ", rest) if form == "list" else rest


def suits(form: Form, sentence: str) -> bool:
    """Whether a sentence has what its form asks for: a figure, or parts that it lists; True for the other forms."""
    if form == "list":
        return enumerates(sentence)
    return form not in ("number", "series") or bool(_FIGURE.search(_NO_FIGURE.sub(" ", fold(sentence))))


def gives_reason(sentence: str) -> bool:
    """Whether a sentence has words that give a reason or a purpose.

    >>> [gives_reason(s) for s in ("To save trips, it opened halls.", "因此要提升。", "Revenue grew by 8 %.")]
    [True, True, False]
    """
    return bool(_REASON.search(fold(sentence)))


def announces(sentence: str) -> bool:
    """Whether a sentence only announces what follows: "The measures are these:"."""
    return bool(_ANNOUNCES.search(sentence))


def enumerates(sentence: str) -> bool:
    """Whether a sentence lists several things itself: "A, B and C", 甲、乙和丙, or parts between semicolons."""
    return bool(_ENUMERATES.search(sentence) or items_in(sentence))


def items_in(sentence: str) -> list[tuple[int, int]]:
    """Places of the three or more things that a sentence lists after a colon or the like, in order; [] for none.

    >>> s = "四项任务:植树,清河,修路,建桥。"
    >>> [s[a:b] for a, b in items_in(s)]
    ['植树', '清河', '修路', '建桥']
    """
    opens = [found.end() for found in _OPENS_ITEMS.finditer(sentence)]
    for start in opens[:1]:
        stop = len(sentence.rstrip(" .。;；"))
        for between in _BETWEEN_ITEMS:
            cuts = [(found.start(), found.end()) for found in between.finditer(sentence, start, stop)]
            begins = [start, *(end for _, end in cuts)]
            items = list(zip(begins, [*(begin for begin, _ in cuts), stop], strict=True))
            is_run = "and" not in "".join(sentence[a:b] for a, b in cuts[:-1])
            short = between is _BETWEEN_ITEMS[0] or all(units(sentence[a:b]) <= LONGEST_ITEM for a, b in items)
            if len(items) > 2 and is_run and short:
                return items
    return []


_OPENS_ITEMS = re.compile(r"[:：]\s*|\bnamely,? |分别[是为]|包括")
_BETWEEN_ITEMS = (  # the strongest first
    re.compile(r"[;；]\s*(?:and )?"),
    re.compile(r"(?:、|以及|(?<=[^和及])[和及](?=[^、]*$))(?:和)?"),
    re.compile(r"[,，]\s*(?:and )?| and (?=[^,;]*$)"),
)
_ENUMERATES = re.compile(
    r"(?:[^,.;]+, ){1,}[^,.;]+,? (?:and|or|as well as) \w|\b(?:such as|including|include[ds]?)\b|[;；].+[;；]|：.+；"
    r"|、|包括|包含"
)
