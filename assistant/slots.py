"""Where a question names a time and a thing, and the same question with another one there.

Every text given here is folded: simplified script and half width. Which question leans on which is known by
followups.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.anchors import years_in
from corpus.folding import HAN, HAN_RANGE, read_script
from corpus.periods import Mention, periods

__all__ = [
    "ASKED_ZH",
    "AUXILIARY",
    "BOUND",
    "DONE_ZH",
    "ENDS",
    "LED",
    "MEASURE",
    "PLANNED_OR_DONE",
    "POINT",
    "TRUE",
    "is_chinese",
    "pointed",
    "put",
    "resolved",
    "rest_of",
    "retimed",
    "subject_of",
    "switched",
    "thing_of",
    "times_of",
]  # fmt: skip

ENDS = re.compile(r"(?:[\s?？.。!！]|(?<=.)(?:呢|啊|呀|(?<=[^做办])吧))+$")


def is_chinese(text: str) -> bool:
    return read_script(text)[1] == "zh"


# ---- times

_SHIFTS = (
    (r"\b(?:two years (?:before|earlier))\b|(?<!大)前年|前两年", -2),
    (r"\b(?:the (?:year before(?: that)?|(?:previous|preceding|prior) year)|(?:a|one) year (?:before|earlier))\b"
     r"|\blast year\b|去年|[前上头]一年|上年(?!纪)", -1),
    (r"\b(?:that (?:same )?year|the same year)\b|同一?年|当年|那一?年", 0),
    (r"\b(?:the (?:following|next) year|the year after(?: that)?|(?:a|one) year later|next year)\b"
     r"|第二年|次年|[后下]一年|明年|翌年", 1),
    (r"\btwo years later\b|后年(?![代度])", 2),
)  # fmt: skip
LED = re.compile(
    r"\b(in|for|during|by|at|on|of|over|than|to|with|from|since|as of|until)\s+(?:the\s+)?$", re.IGNORECASE
)
BOUND = re.compile(r"(?:since|by|until|before|as of|up to|between|from)\b", re.IGNORECASE)
_PART = re.compile(r"quarter|half|month|\bq[1-4]\b|\bh[12]\b|[a-z]{3,9}\.? \d{4}|季|半年|月", re.IGNORECASE)
_WHOLE = re.compile(r"全年|整年|(?:the )?(?:whole|full|entire) year|as a whole|整体", re.IGNORECASE)
_STATE = re.compile(r"(?:的)?(?:情况|状况|数字|数据)(?:是|如何|怎么样|怎样)?$|的$")
_AROUND = re.compile(
    r"\b(?:in|for|during|by|at|on|of|over|the|back|around|only|just|a|year|then|about|what|how)\b|[在的整个于里,，、\s]",
    re.IGNORECASE,
)


def resolved(core: str, earlier: str, compared: bool = False) -> str:
    """The words with "the year before", 第二年, "last year" as the year that it is beside the one asked for earlier.

    What something is compared with stays as it is unless `compared` says otherwise.
    """
    years = sorted(map(int, years_in(earlier)))
    for pattern, shift in _SHIFTS if years else ():
        if found := re.search(pattern, core, re.IGNORECASE):
            before, after = core[: found.start()], core[found.end() :]
            against = _COMPARED.search(before)
            if against and not compared:
                return core
            year = years[0 if shift < 0 else -1] + shift
            if not found[0].isascii():
                return f"{before}{year}年{after}"
            return f"{before}{'' if LED.search(before) and not against else 'in '}{year}{after}"
    return core


def times_of(text: str) -> list[Mention]:
    """The times that a question names, without those that something is compared with."""
    return [one for one in periods(text) if not _COMPARED.search(text[: one.start])]


_COMPARED = re.compile(
    r"(?:\bthan|\bcompared (?:with|to)|\bversus|\bvs|[比较跟与同和])(?: in| the)*\s*$", re.IGNORECASE
)


def rest_of(core: str, times: Sequence[Mention]) -> str:
    """What words say beside the times that they name, "" when nothing."""
    for one in reversed(times):
        led = LED.search(core[: one.start])
        core = f"{core[: led.start() if led else one.start]} {core[one.end :]}"
    core = _STATE.sub("", core.strip(" ,，的"))
    return "" if not _AROUND.sub("", _WHOLE.sub("", core)) else core.strip()


def retimed(earlier: str, core: str, new: Mention) -> str:
    """The earlier question, asked for the time that the later one names."""
    named = read_script(core[new.start : new.end])[0]
    led = LED.search(core[: new.start])
    old = next(reversed(times_of(earlier)), None)
    chinese = is_chinese(earlier)
    if years := re.fullmatch(r"\D{0,2}?((?:19|20)\d\d)\s?年?度?", named):
        named = f"{years[1]}年" if chinese else years[1]
    if old is None:
        if chinese:
            return f"{named}{earlier}"
        return f"{ENDS.sub('', earlier)} {'' if BOUND.match(named) else f'{led[1]} ' if led else 'in '}{named}"
    before, was, after = earlier[: old.start], earlier[old.start : old.end], earlier[old.end :]
    own = re.findall(r"(?:19|20)\d\d", read_script(was)[0])
    if years and len(own) == 1 and not _PART.search(was):
        return f"{before}{read_script(was)[0].replace(own[0], years[1])}{after}"
    if own and not years_in(named):  # only another part of the year
        if _WHOLE.search(named):
            named = f"{own[-1]}年" if chinese else own[-1]
        elif HAN.search(named):
            named = f"{own[-1]}{'' if named.startswith('年') else '年'}{named}"
        else:
            named = f"{named}{' of' if re.search('quarter|half|end|year', named) else ''} {own[-1]}"
    if chinese:
        return f"{before}{named}{after}"
    led_before = LED.search(before)
    relative = re.match(r"(?:this|last|next)\b", named)
    if relative:
        return f"{before[: led_before.start()] if led_before else before}{named}{after}"
    if BOUND.match(named) or BOUND.match(was):
        lead = "" if BOUND.match(named) else f"{led[1]} " if led else "in "
        return f"{before[: led_before.start()] if led_before else before}{lead}{named}{after}"
    the = "the " if re.match(r"(?:first|second|third|fourth|last|end)\b", named) else ""
    before = re.sub(r"\bthe\s+$", "", before)
    return f"{before}{'' if led_before or not before.endswith(' ') else 'in '}{the}{named}{after}"


# ---- things

AUXILIARY = r"(?:were|was|are|is|have|has|had|did|do|does|will|would|can|could|should|must|may|might|be|been|there)"
_STOPS = (
    rf"(?=\s+(?:{AUXILIARY}|in|at|by|for|since|from|as|during|between|per|over|on|until|up|with|among|through|to"
    r"|[a-z]{3,}ed|got|made)\b|\s*[?,.;:]|\s*$)"
)
_NOUN_STOPS = _STOPS.replace("|[a-z]{3,}ed", "")
_SLOTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\bhow (?:many|much) (?!{AUXILIARY}\b)(?P<np>(?:of )?\S.*?){_STOPS}",
        rf"\b(?:number|share|percentage|proportion|amount) of (?P<np>.+?){_STOPS}",
        rf"\b(?:about|regarding|concerning|against|with|for|on) (?P<np>(?!(?:the )?(?:19|20)\d\d)\S.*?){_NOUN_STOPS}",
        rf"^(?:what|who|how (?:large|big|high)) (?:is|was|are|were) (?P<np>.+?){_NOUN_STOPS}",
        rf"^(?:is|are|was|were|did|does|do|can|could|will|has|have) (?P<np>.+?){_STOPS}",
    )
)
MEASURE = "[个家款户项批次台座条种名位件张亿万元支部套人吨所棵剂辆头只份本节场处门间艘架口公顷亩里]"
_VERB = (
    "完成|新?建成?|新增|实现|达到?|通过|接入|开通|享受|覆盖|设立|做|有|是|被|已|将|平均|一共|总共|共|同比|分别|能|可|要"
    "|怎|如何|为什么|什么|何时|由谁|谁|哪|下一步|接下来|进展|增|减|下降|上升|提高|降|升|多少|几|在"
)
_SLOTS_ZH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:多少|几)(?:{MEASURE})*的?(?P<np>[^，,。？?]{{2,40}}?)(?=了|{_VERB}|[，,。？?]|$)",
        rf"(?:对|关于|就|针对|围绕)(?P<np>[^，,。？?]{{2,40}}?)(?=了|{_VERB}|提|说|采|[，,。？?]|$)",
        rf"(?P<np>[^，,。？?的]{{2,40}}?)(?:数量|数|量|规模)?(?=了|{_VERB})",
    )
)


def thing_of(question: str) -> tuple[int, int] | None:
    """Where a question names what it asks after, without times."""
    chinese = is_chinese(question)
    hidden = list(question)
    for one in periods(question):
        hidden[one.start : one.end] = "，" * (one.end - one.start) if chinese else hidden[one.start : one.end]
    text = "".join(hidden)
    for pattern in _SLOTS_ZH if chinese else _SLOTS:
        for found in pattern.finditer(text):
            start, end = found.span("np")
            if chinese:
                start += len(found["np"]) - len(re.sub(r"^.*的(?=.)", "", found["np"]))
            if re.search(rf"[A-Za-z0-9{HAN_RANGE}]", text[start:end]):
                return start, end
    return None


def put(earlier: str, thing: str) -> str:
    """The earlier question, asked of another thing."""
    slot = thing_of(earlier)
    if slot:
        if not is_chinese(earlier) and re.match(r"how (?:many|much)", earlier[: slot[0]], re.IGNORECASE):
            thing = re.sub(r"^the\s+", "", thing, flags=re.IGNORECASE)
        return f"{earlier[: slot[0]]}{thing}{earlier[slot[1] :]}"
    whole = ENDS.sub("", earlier)
    pattern = rf"(how (?:much|many)) {AUXILIARY} (.+?) (\w+)( (?:in|by|at|since|for) [^?]*)?$"
    if found := re.match(pattern, whole, re.IGNORECASE):
        return f"{found[1]} was {thing} of {found[2]}{found[4] or ''}"
    return f"{whole}，{thing}呢" if is_chinese(earlier) else f"{whole}, and {thing}"


# ---- what a question is about

_WH = re.compile(
    r"^(?:(?:by |at |in |to |for |from )?"
    r"(?:how (?:many|much|large|big|far|long|often)|how|what|which|who(?:m|se)?|when|where|why)"
    r"(?: and (?:when|where|how|why|who))?)\b\s*",
    re.IGNORECASE,
)
TRUE = re.compile(
    r"^(?:is it true that|do you know(?: if| whether)?|can you (?:tell|say)(?: me)?(?: if| whether)?|tell me)\s+",
    re.IGNORECASE,
)
ASKED_ZH = (
    r"(?:了|是|有|为|达到?|到)*(?:多少|几)(?:[亿万]?" + MEASURE + r")?"
    r"|是?什么(?:意思|样的|时候)?|[是由]?(?:谁|哪位|何人)|有?哪些(?:方面)?|(?<=哪)几|为什么|为何|怎么样|怎么|怎样|如何"
    r"|何时|是否|有没有|[吗呢吧]|请问|哪(?=[一二三四五六七八九十])|哪"
)
DONE_ZH = re.compile(rf"(?:已经?)?[{HAN_RANGE}]{{2}}了[吗没]有?$")


def subject_of(question: str) -> str:
    """What a question is about, in its own words without those that ask."""
    whole = TRUE.sub("", ENDS.sub("", question))
    whole = re.sub(r"^(what (?:is|are|was|were) [^,]+),.*", r"\1", whole, flags=re.IGNORECASE)
    if is_chinese(whole):
        short = DONE_ZH.sub("", whole) if not re.search("[，,]", whole) else whole
        return re.sub(ASKED_ZH, "", short or whole).strip(" ，,")
    rest = _WH.sub("", whole)
    if rest == whole:
        return re.sub(rf"^{AUXILIARY}\s+", "", whole, flags=re.IGNORECASE)
    if re.match(rf"{AUXILIARY}\b", rest, re.IGNORECASE):
        return re.sub(rf"^(?:{AUXILIARY}\s+)+", "", rest, flags=re.IGNORECASE)
    return re.sub(rf"^(.+?) {AUXILIARY}(?: been| there)?(?= |$)", r"\1", rest, count=1, flags=re.IGNORECASE)


# ---- planned or done

PLANNED_OR_DONE = (
    re.compile(
        r"(?:the )?\b(?:plan(?:s|ned)?|targets?|goals?|aims?|objectives?)\b(?: figures?| numbers?| values?)?"
        r"|(?:计划|目标|规划|任务)[数值]?"
    ),
    re.compile(
        r"(?:the )?\b(?:actual(?:ly)?|results?|real(?:ly)?|outcomes?)"
        r"(?: (?:figures?|numbers?|results?|built|done|completed))?"
        r"|(?:实际|结果|完成)(?:上|数|值|情况|完成)?"
    ),
)


def switched(earlier: str, ahead: bool) -> str:
    """The earlier question, asked of what is planned, or of what was done."""
    times = times_of(earlier)
    named = earlier[times[-1].start : times[-1].end] if times else ""
    slot = thing_of(earlier)
    if not is_chinese(earlier):
        thing = earlier[slice(*slot)] if slot else subject_of(earlier)
        if ahead:
            return f"How many {thing} are planned{f' for {named}' if named else ''}"
        done = re.sub(r"\b(?:is|are|was|were) (?:planned|expected|scheduled|due) to be\b", "were actually", earlier)
        return done if done != earlier else f"How many {thing} were actually completed{f' in {named}' if named else ''}"
    rest = re.sub("实际上?|计划要?|将要?|已经?|(?<=[^为])了", "", earlier)
    rest = rest.replace(named, "", 1) if named else rest
    return f"{named}{('计划' if ahead else '实际')}{rest}"


# ---- the number of a point

_NTH = r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|final"
POINT = re.compile(
    rf"^(?:what(?:'s| is| was| about)? )?(?:the )?(?P<nth>{_NTH})"
    r"(?: (?:one|point|measure|requirement|task|area|aspect|item|step|thing|priority))?"
    r"(?= in (?:more )?detail| on (?:that|this|the) list$| of (?:them|those|these)$|$|,)"
    rf"|^(?:第(?P<zh>[一二三四五六七八九十]|\d{{1,2}})|(?P<last>最后一?))(?:[个项点条块件]|方面|部分)+",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"([二两三四五六七八九十])(?:方面|[大个项点条块件])|\b(two|three|four|five|six|seven|eight|nine|ten)\b"
)
_ORDERS = dict(zip("两二三四五六七八九十", "二二三四五六七八九十", strict=True)) | {
    "two": "second", "three": "third", "four": "fourth", "five": "fifth", "six": "sixth", "seven": "seventh",
    "eight": "eighth", "nine": "ninth", "ten": "tenth",
}  # fmt: skip
_POINT_OF = re.compile(rf": what is the (?:{_NTH}) point$|，(?:第[一二三四五六七八九十]|最后一)点[^，]*$")


def pointed(earlier: str, core: str) -> str:
    """The question after one point of the list that was asked for earlier."""
    found = POINT.search(core)
    if not found:
        return ""
    count = _NUMBERED.search(earlier)
    nth = (found["nth"] or found["zh"] or "").lower()
    chinese = is_chinese(earlier)
    if found["last"] or nth in ("last", "final"):
        nth = _ORDERS.get(count[1] or count[2], "") if count else ""
        nth = nth or ("" if chinese else "last")
    pairs = dict(zip("一二三四五六七八九十", _NTH.split("|"), strict=False))
    turned = {english: number for number, english in pairs.items()}
    nth = turned.get(nth, nth) if chinese else pairs.get(nth, nth)
    tail = core[found.end() :].strip()
    if chinese:
        named = f"第{nth}点" if nth else "最后一点"
        asked = f"{named}{tail if HAN.search(tail) else '是什么'}"
    else:
        asked = f"what is the {nth} point"
    whole = _POINT_OF.sub("", ENDS.sub("", earlier))
    return f"{whole}{'，' if is_chinese(whole) else ': '}{asked}"
