"""What a question means that leans on earlier ones: the same question as it would be put alone.

Without a language model, from the words alone: what stands for something asked before, and where it goes in there.
Of what was answered only the name is read with which the answer to a "who" begins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from assistant.forms import block_asked, form_of
from assistant.refusal import unaskable
from assistant.retrieve import MAX_QUESTION
from assistant.slots import (
    ASKED_ZH,
    AUXILIARY,
    BOUND,
    DONE_ZH,
    ENDS,
    LED,
    MEASURE,
    PLANNED_OR_DONE,
    POINT,
    TRUE,
    is_chinese,
    pointed,
    put,
    resolved,
    rest_of,
    retimed,
    subject_of,
    switched,
    thing_of,
    times_of,
)  # fmt: skip
from corpus.figure_words import PLACES
from corpus.folding import HAN, HAN_RANGE, read_script, simplified, traditional
from corpus.periods import periods
from embeddings.lexical import STOP_EN

__all__ = ["History", "leans", "standalone"]

History = Sequence[Mapping[str, Any]]

MOST_TURNS = 40  # turns of a talk that are read: what somebody asks leans on what was asked last


def standalone(question: str, history: History) -> str:
    """The question with what it leaves unsaid put in from those before it, of the user; never over 2,000 characters.

    Another time, thing, place or code takes the place of the one asked after before ("and in 2020?", 那上海呢); the
    number of a point is asked of the list before; a pronoun, and a question that says not of what, gets what was asked
    about. Thanks and corrections around it go. The question before may lean in turn. A question that stands alone, and
    one with nothing before it to lean on, comes back as it is.
    """
    turns = [(str(turn.get("role", "")), str(turn.get("content", ""))) for turn in history[-MOST_TURNS:]]
    whole = answered = ""
    for role, text in (*turns, ("asked now", question)):
        if role == "assistant":
            answered = text
        elif role == "asked now" or (role == "user" and not unaskable(text)):
            whole = _joined(whole, _with_name(text, whole, answered))[:MAX_QUESTION] if whole else text
            answered = ""
    return whole


def leans(question: str) -> bool:
    """Whether a question says too little without one before it: "and the second one?", 那前一年呢.

    A question leans when any question before it would be read into it: of 1,675 that stand alone in our sets none does.
    """
    bare, corrects, aside = _bared(_folded(question).strip())
    # "What about apps in 2022?" says enough.
    while (found := _OPENS.match(bare)) and not ENDS.match(bare, found.end()):
        bare = bare[found.end() :]
    return bool(bare) and not aside and any(_leant(before, bare, corrects) for before in _BEFORE)


_BEFORE = ("how many ferries were built in 2001?", "2001年新建了多少艘渡轮?")


# ---- what surrounds a question

_THANKS = re.compile(
    r"^(?:(?:many |great,? |ok(?:ay)?,? )?thanks?(?: you)?(?: (?:a lot|very much|so much))?|thx|ok(?:ay)?(?: then)?"
    r"|great|good|fine|got it|i see|right|sure|alright|understood|well|hm+|sorry|oh|interesting|nice|perfect|please"
    r"|cool|yes|非常感谢|[好嗯]?的?多?谢谢?[你您]?|感谢|好的?吧?|嗯+|明白了?|知道了|了解了?|懂了|原来如此|行|可以|收到|对了|对|哦|抱歉|不好意思|请问)"
    r"(?:\s*[,.!;:，。！；：、…~]+\s*|\s+(?=(?:and|but|so|what|how|who|when|why|then)\b|那|$)|$)",
    re.IGNORECASE,
)
_PLEASE = re.compile(r"[\s,，]*(?:please|pls|thanks|thank you|谢谢|谢了)\s*(?=[?？.。!！]*$)", re.IGNORECASE)
_ASIDE = re.compile(
    r"^(?:(?:on )?(?:an?(?:other| different)?|different|new|changing the|next) (?:subject|topic|question|matter)"
    r"|something (?:else|different)|换个?(?:话题|问题)|另外(?:想|再)?(?:问|请教)(?:一下|个)?|再问(?:一下|个别的)"
    r"|另一个问题|我?还想问(?:一下)?)\s*[:,.;，。：；-]+\s*",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"^(?:(?:no+|nope|not (?:that|this|quite)(?: one)?|wrong|actually|rather|wait|sorry|oops"
    r"|不是?的?|不对|错了|搞错了|等等|其实|抱歉)[\s,.!;:，。！；：]+(?:that's not [^,]*, )?)*"
    r"(?:i (?:meant?|(?:was|am) asking(?: about| for)?|asked (?:about|for)|want(?:ed)?)(?: to (?:ask|know)(?: about)?)?"
    r"|我(?:的意思|问的?|指的?|说的?|想问的?|要的?|是想问)(?:其实)?[是指]?|应该是)\s*[:,，：]?\s*",
    re.IGNORECASE,
)
_DENIES = re.compile(r"^(?:no+|nope|wrong|不是?的?|不对|错了)[\s,.!;:，。！；：]+", re.IGNORECASE)
_NOT_THAT = (
    re.compile(r"^(.+?),? (?:and )?not (?:the )?(.+?)$|^not (?:the )?(.+?),? but (.+)$", re.IGNORECASE),
    re.compile(r"^(.+?)[，,]?(?:而)?不是(.+?)$|^不是(.+?)[，,](?:而)?是(.+)$"),
)
_OPENS = re.compile(
    r"^(?:(?:and|but|so|then|also|or|what about|how about|what of|as for|same (?:question )?for|now)\b[\s,:]*"
    r"|那么|那(?![个些位年时里边款项家种天次样场儿])|还有(?!哪|什|多|没|几|谁)|另外|然后|至于|而|换成|如果是|再说)[\s,，]*",
    re.IGNORECASE,
)


def _joined(earlier: str, later: str) -> str:
    """The later of two questions as it would be put alone; the earlier one stands alone."""
    texts = [(_folded(text), text) for text in (earlier, later)]
    before, bare = texts[0][0], texts[1][0].strip()
    bare, corrects, aside = _bared(bare)
    joined = "" if aside or not bare else _leant(before, bare, corrects)
    if not joined:
        at = texts[1][0].find(bare)
        rest = later[at : at + len(bare)]
        return later if len(bare) in (0, len(later.strip())) else f"{rest[:1].upper()}{rest[1:]}"
    script = _script(later) or _script(earlier)
    return _written(_finished(joined), texts, script)


def _leant(earlier: str, bare: str, corrects: bool) -> str:
    """The later question with what the earlier one says put in, "" when it needs none of that."""
    if found := re.match(r"(.{1,16}?)呢[?？\s]+(\S.+)", bare):  # 上海呢？他们怎么做？
        first = "" if _ASKS.search(found[1]) else _leant(earlier, f"{found[1]}呢？", corrects)
        return f"{ENDS.sub('', first)}，{found[2]}" if first else ""
    core = ENDS.sub("", bare)
    opened = corrects
    while (found := _OPENS.match(core)) and found.end() < len(core):
        opened, core = True, core[found.end() :]
    told = resolved(core, earlier)
    if _ASKS.search(told):
        return _asked(earlier, told, opened)
    return _fragment(earlier, told, opened or bool(re.search(r"呢[?？\s]*$", bare)), corrects, bare)


def _bared(later: str) -> tuple[str, bool, bool]:
    """A question without the thanks around it; whether it corrects the one before, whether it says it is of another."""
    bare = _PLEASE.sub("", later.strip()).strip()
    while (found := _THANKS.match(bare)) and found.end():
        bare = bare[found.end() :]
    if found := _ASIDE.match(bare):
        return bare[found.end() :], False, True
    for sign in (_CORRECTS, _DENIES):
        if (found := sign.match(bare)) and found.end() < len(bare):
            return bare[found.end() :], True, False
    return bare, False, False


def _finished(question: str) -> str:
    rest = re.sub(r"[\s?？.。,，:：]+$", "", question)
    return f"{rest[:1].upper()}{rest[1:]}{'？' if read_script(rest)[1] == 'zh' else '?'}"


def _folded(text: str) -> str:
    """The text in simplified script and half width, character for character; the signs keep their width."""
    return "".join(
        old if old in "，。？！：；（）、" else new for old, new in zip(text, read_script(text)[0], strict=True)
    )


def _script(text: str) -> str:
    """The one Chinese script that a text is written in, "" where it would be the same in both."""
    if simplified(text) != text:
        return "Hant"
    return "Hans" if traditional(text) != text else ""


def _written(joined: str, texts: Sequence[tuple[str, str]], script: str) -> str:
    """A joined question as its parts were written, in that script; `texts` are those, each folded and as it was."""
    parts: list[tuple[str, bool]] = []  # with whether it was taken from there: two characters that stand there were
    at = 0
    while at < len(joined):
        taken = ""
        for folded, own in texts:
            size = 0
            while at + size < len(joined) and joined[at : at + size + 1] in folded:
                size += 1
            if size > max(len(taken), 1):
                place = folded.index(joined[at : at + size])
                taken = own[place : place + size]
        if taken or not parts or parts[-1][1]:
            parts.append((taken or joined[at], bool(taken)))
        else:
            parts[-1] = (parts[-1][0] + joined[at], False)
        at += len(taken) or 1
    convert = {"Hant": traditional, "Hans": simplified}.get(script, str)
    return "".join(convert(part) if _script(part) not in ("", script) else part for part, _ in parts)


# ---- a part of a question: a time, a thing, a place, a code

_CODE = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{2,6}(?![A-Za-z0-9])")
_PLACE = re.compile("|".join(sorted(map(re.escape, PLACES), key=len, reverse=True)), re.IGNORECASE)


def _fragment(earlier: str, core: str, leads: bool, corrects: bool, bare: str) -> str:
    """The earlier question with what the later one names put in; "" when that names too much to be a part of one."""
    if corrects and (swapped := _swapped(earlier, core)):
        return swapped
    if POINT.search(core):
        return pointed(earlier, core)
    core = re.sub(r"^the ones? (?:about|on|for|in|from|with|of|that is) ", "", core)
    found = re.match(r"(?:its|their|his|her)\b|[它其]们?的?(?![他它中])", core, re.IGNORECASE)
    if found and (slot := thing_of(earlier)):
        owner = earlier[slice(*slot)]
        core = f"{_possessive(owner) if found[0].isascii() else f'{owner}的'}{core[found.end() :]}"
    times = times_of(core)
    rest = rest_of(core, times) if times else rest_of(core, ())
    size = len(HAN.findall(rest)) / 2 + len(re.findall(r"[A-Za-z0-9]+", rest))
    if not leads and (size > 3 or (rest and not re.search(r"[?？]\s*$", bare))):
        return ""
    asked = retimed(earlier, core, times[-1]) if times else earlier
    if not rest:
        return asked if times else ""
    rest = re.sub(r"^(?:in|for|at|from|of|on|about|with) ", "", rest, flags=re.IGNORECASE)
    for pattern in PLANNED_OR_DONE:
        if pattern.fullmatch(rest.lower()):
            return switched(asked, pattern is PLANNED_OR_DONE[0])
    if _PLACE.fullmatch(rest) and (found := re.search("哪[些几个里]*(?:地方|地区|省市?|省份|城市)", asked)):
        return f"{asked[: found.start()]}{rest}{ENDS.sub('', asked[found.end() :])}吗"
    for kind in (_CODE, _PLACE):
        if kind.fullmatch(rest) and (found := kind.search(asked)):
            return f"{asked[: found.start()]}{rest}{asked[found.end() :]}"
    if _PLACE.fullmatch(rest):
        return f"{rest}{asked}" if is_chinese(asked) else f"{ENDS.sub('', asked)} in {rest}"
    if corrects and "的" in rest and form_of(asked) == "number" and (times := times_of(asked)):
        return f"{asked[times[-1].start : times[-1].end]}{rest}有多少"
    return put(asked, rest)


def _swapped(earlier: str, core: str) -> str:
    """The earlier question with the one put for the other of "this, not that"; "" when the words do not say so."""
    for pattern in _NOT_THAT:
        if found := pattern.match(core):
            one, other = (found[1], found[2]) if found[1] else (found[4], found[3])
            at = earlier.lower().find(other.lower().strip())
            slot = thing_of(earlier)
            if slot and slot[0] < at and at + len(other.strip()) == slot[1] and not _CODE.fullmatch(other):
                return f"{earlier[: slot[0]]}{one}{earlier[slot[1] :]}"  # "5G base stations", not the stations alone
            if at >= 0:
                return f"{earlier[:at]}{one}{earlier[at + len(other.strip()) :]}"
            return "" if _ASKS.search(one) else _fragment(earlier, one, True, False, core)
    return ""


# ---- a question that says not of what

_ASKS = re.compile(
    r"\b(?:how|what|which|who|whom|whose|when|where|why|what's|who's)\b"
    rf"|^(?:{AUXILIARY}|list|name|tell|give|show|summari[sz]e|explain|describe|write|compare)\b"
    r"|多少|几(?!乎)|谁|哪|什么|怎|如何|为何|何时|何人|何处|[吗么]$|是否|有没有|了没|^[再请能]?(?:具体|详细|展开)?(?:说说|讲讲)",
    re.IGNORECASE,
)
_YES_NO = re.compile(rf"^{AUXILIARY}\b|[吗吧]|是否|有没有", re.IGNORECASE)
_NO_TIME = "(?! (?:year|quarter|month|week))"
_IT = re.compile(
    rf"\b(?:it(?! (?:true|possible|rain|snow))|they|them|(?:these|those)(?! who)|this{_NO_TIME})\b"
    r"|(?:(?<=\b(?:of|in|on|by|to|at|is) )|(?<=\b(?:was|for|did) )|(?<=\b(?:does|were|with|from|than) )"
    rf"|(?<=\b(?:about|after) ))that\b{_NO_TIME}"
)
_BY_PREPOSITION = re.compile(r"\b(?:of|in|on|by|to|at|for|with|from|about|after|before|under|through) $")
_WHOSE = re.compile(r"\b(?:its|their)\b")
_HE = re.compile(r"\b(?:he|she|him|his|her)\b")
_THAT = re.compile(r"^(who (?:said|says|claimed|reported|announced)) (?:that|so|this|it)$", re.IGNORECASE)
_IT_ZH = re.compile(
    r"(?<!其)它们?|[他她]们|其(?![他它实次余])中?|这(?:个(?!周|月|星期|季|年)|方面|[些项一次数件样几种里位是事])|那[个些项次件位样里几]"
    r"|(?<!应)该(?![如怎做])|上述|此(?![外前后])"
)
_HE_ZH = re.compile("(?<![其吉])[他她](?![们乡国人])")
_PERSON = (
    re.compile(r"(?<!^)\b[A-Z][a-z]+(?: [A-Z][a-z]+)+"),
    re.compile(
        rf"^(?:请问)?([{HAN_RANGE}]{{2,4}}?)(?=提|说|表示|指出|介绍|强调|回答|谈|讲|认为|透露|是[谁什]|对|担任|的职)"
    ),
)
# Words that say nothing of what is asked after.
_EMPTY_ZH = re.compile(
    rf"{ASKED_ZH}|{MEASURE}|实际|真正|已经|计划|目标|预计|一共|总共|具体|到底|究竟|后面|打算|后来|接着|然后|原因|会上|其中"
    r"|这样|那样|相比|时候|地方|内容|详细|方面|一下|增长|增加|下降|提高|减少|上升|去年|今年|前一年|上年"
    r"|[是有的了在会能要将又也都还说讲做呢啊和与跟比较里推测省涨升降增减花多少高低快慢]|[\s\W]"
)
_EMPTY_EN = STOP_EN | frozenset(
    "who what when where why how which many much so said say says done do did exactly else more less fewer larger"
    " smaller bigger higher lower mean means compared compare than then long often far happened happen reason detail"
    " details specifically precisely rise grow grew increase fall fell drop one ones year last before please tell me"
    " you explain again also there's quite actually percent percentage rate go up down planned plan completed built"
    " finished really change changed".split()
)


def _asked(earlier: str, core: str, leads: bool) -> str:
    """A question that asks by itself, with what it leaves unsaid; "" when that is nothing."""
    chinese = is_chinese(core)
    if said := _THAT.match(core):
        return f"{said[1]} that {subject_of(earlier)}"
    if POINT.search(core):
        return pointed(earlier, core)
    if (found := (_HE_ZH if chinese else _HE).search(core)) and _points_back(core, found):
        return _of_person(earlier, core, found)
    if (found := (_IT_ZH if chinese else _IT).search(core)) and _points_back(core, found):
        return _of_thing(earlier, core, found)
    if not chinese and (found := _WHOSE.search(core)) and _is_empty(core[: found.start()]):
        return f"{core[: found.start()]}{_possessive(subject_of(earlier))}{core[found.end() :]}"
    if found := re.search(rf"\bhow (?:many|much)(?= {AUXILIARY}\b|$)", core, re.IGNORECASE):
        counted = re.search(rf"\bhow (?:many|much) (?!{AUXILIARY}\b)", earlier, re.IGNORECASE)
        slot = thing_of(earlier) if counted else None
        if slot and _is_empty(core):
            whole = f"{core[: found.end()]} {earlier[slice(*slot)]}{core[found.end() :]}"
            return whole if re.search(AUXILIARY, core) else earlier
    if _is_empty(core, leads):
        return _fronted(earlier, core)
    return _carried(earlier, core) if leads else ""


def _is_empty(core: str, leads: bool = False) -> bool:
    """Whether a question names nothing that it is about; one that goes on from another may say what was done."""
    if re.fullmatch("[的了吗呢吧啊么]*", core):
        return False
    if re.fullmatch(r"(?:in|at|on|by|from|with|for|to|of|under) (?:which|what|how)(?: \w+){0,2}", core, re.IGNORECASE):
        return True
    rest = core
    for one in reversed(periods(core)):
        rest = f"{rest[: one.start]} {rest[one.end :]}"
    if HAN.search(rest):
        return len(_EMPTY_ZH.sub("", rest)) <= (leads or rest == core)
    return all(word in _EMPTY_EN for word in re.findall(r"[a-z0-9]+", rest.lower()))


def _points_back(core: str, found: re.Match[str]) -> bool:
    """Whether a pronoun stands for something said earlier: nothing in front of it says for what."""
    before = core[: found.start()]
    if HAN.search(core):
        return len(_EMPTY_ZH.sub("", before)) <= 1 or bool(re.fullmatch(rf"[{HAN_RANGE}]{{2,4}}[对在从]", before))
    rest = re.findall(r"[A-Za-z0-9]+", core[found.end() :])
    told = [word for word in re.findall(r"[a-z0-9]+", before.lower()) if word not in _EMPTY_EN]
    return len(told) <= 1 or (len(told) <= 3 and len(rest) <= 2 and bool(_BY_PREPOSITION.search(before)))


def _of_person(earlier: str, core: str, found: re.Match[str]) -> str:
    person = _PERSON[0].findall(earlier) or _PERSON[1].findall(earlier)
    if not person:
        return _fronted(earlier, core)
    possessive = found[0].lower() in ("his", "her") and core[found.end() : found.end() + 1] == " "
    name = _possessive(person[-1]) if possessive else person[-1]
    return f"{core[: found.start()]}{name}{core[found.end() :]}"


_SOMEBODY = re.compile(
    r"\b(?:he|she|him|his|her|that (?:person|official|minister|speaker))\b"
    r"|(?<![其吉])[他她](?![们乡国人])|[这那](?:个人|位(?:官员|领导|发言人|先生|女士)?)",
    re.IGNORECASE,
)
_NAME = re.compile(rf"\s*((?:[A-Z][a-z'-]+ ){{1,3}}?[A-Z][a-z'-]+|[{HAN_RANGE}]{{2,4}})\s*[,，:：(（]")


def _with_name(text: str, whole: str, answered: str) -> str:
    """The question with the name that was answered to the one before, a "who", in place of the pronoun for it."""
    name = _NAME.match(answered)
    found = _SOMEBODY.search(_folded(text))
    if not name or not found or form_of(whole) != "who" or not _points_back(_folded(text), found):
        return text
    owns = found[0].lower() in ("his", "her") and re.match(r" \w", text[found.end() :])
    return f"{text[: found.start()]}{_possessive(name[1]) if owns else name[1]}{text[found.end() :]}"


def _possessive(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"


# A question that names what it is about: "How many ferries were built", not "How much did rice cost".
_NAMES = re.compile(
    rf"how (?:many|much) .+? {AUXILIARY} (?!{AUXILIARY}\b)\w+|(?:what|who) (?:is|was|are|were) ", re.IGNORECASE
)


def _of_thing(earlier: str, core: str, found: re.Match[str]) -> str:
    """The core with what the earlier question names in place of a pronoun, or behind all that."""
    chinese = is_chinese(earlier)
    verbal = _YES_NO.search(earlier) and not DONE_ZH.search(ENDS.sub("", earlier))
    named = chinese or _NAMES.match(earlier)
    alone = found[0].lower() in ("it", "they", "them", "它", "它们", "他们", "她们")
    of_them = core[: found.start()].lower().endswith("many of ")
    if not alone or verbal or not named or of_them or chinese != is_chinese(core):
        return _fronted(earlier, core)
    topic = subject_of(earlier)
    rest = f"{core[: found.start()]}{topic}{core[found.end() :]}"
    return rest if form_of(rest) == form_of(core) else _fronted(earlier, core)


_WHY = re.compile(r"(why|when|where|how)(?: (?:so|(?:was|is|did|does) (?:that|it|this)(?: \w+)?))?", re.IGNORECASE)
_TOLD = re.compile(
    rf"(?:how many (?P<np>(?!{AUXILIARY}\b).+?) |how much )?(?P<aux>{AUXILIARY}) (?P<rest>.+)", re.IGNORECASE
)


def _fronted(earlier: str, core: str) -> str:
    """What the earlier question is about, and then what the later one asks."""
    if not is_chinese(core):
        core = f"{core[:1].lower()}{core[1:]}"
    core = resolved(core, earlier, compared=True)
    bare = ENDS.sub("", TRUE.sub("", earlier))
    if (found := _WHY.fullmatch(core)) and (told := _TOLD.fullmatch(bare)):
        return " ".join(filter(None, (found[1], told["aux"].lower(), told["np"], told["rest"])))
    if times_of(core):
        for one in reversed(times_of(earlier)):
            led = LED.search(earlier[: one.start])
            earlier = f"{earlier[: led.start() if led else one.start].rstrip()}{earlier[one.end :]}"
    chinese = is_chinese(earlier)
    mark = "，" if chinese and is_chinese(core) else ": "
    slot = thing_of(earlier)
    near = [f"{_carried(earlier, earlier[slice(*slot)])}{mark}{core}"] if slot else []
    if near and PLANNED_OR_DONE[0].search(earlier) and block_asked(core) == "done":
        return near[0]  # the plan that was asked after says nothing of what was done
    whole = ENDS.sub("", earlier)
    tried = [f"{subject_of(earlier) or whole}{mark}{core}", *near]
    if _YES_NO.search(whole) and not TRUE.match(whole):
        tried = [f"{whole}{'，' if chinese else ', and '}{core}", *tried]
    return next((one for one in tried if form_of(one) == form_of(core)), tried[0])


_EVENT = re.compile(
    r"^[^，,？?]{2,24}(?:会上|会议上|发布会上?)(?=[，,])"
    r"|\b(?:at|in|during) (?:the )?[^,?]*?(?:briefing|conference|meeting)\b",
    re.IGNORECASE,
)


def _carried(earlier: str, core: str) -> str:
    """A question that goes on from the earlier one: asked of its event, and for its time where it names none."""
    chinese = is_chinese(core)
    if (event := _EVENT.search(earlier)) and not _EVENT.search(core) and is_chinese(event[0]) == chinese:
        return f"{event[0]}，{core}" if chinese else f"{core} {event[0]}"
    times = times_of(earlier)
    turns = block_asked(core) == "next" and block_asked(earlier) != "next"
    if times_of(core) or not times or turns:
        return core
    named = earlier[times[-1].start : times[-1].end]
    if chinese != is_chinese(earlier):
        years = re.findall(r"(?:19|20)\d\d", named)
        return core if len(years) != 1 else f"{years[0]}年{core}" if chinese else f"{core} in {years[0]}"
    if chinese:
        return f"{named}{core}"
    led = LED.search(earlier[: times[-1].start])
    return f"{core} {earlier[led.start() : times[-1].end] if led else named if BOUND.match(named) else f'in {named}'}"
