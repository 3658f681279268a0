"""Which words name a year or a part of one, in either language: 第三季度, 去年, Q3 2021, "last month", 1-9月.

Each word for itself; how they stand together, and which year a part is of, is known by periods.py. Every text given
here is folded (folding.read_script).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass

from corpus import dates
from corpus.folding import number_of
from corpus.transcript import Known, When

__all__ = ["END", "START", "Name", "is_counted", "names"]


@dataclass(slots=True)
class Name:
    """Words for a year, for a part of a year, or for both; or for a period that is known at once (`value`)."""

    start: int
    end: int
    year: int | None = None
    known: Known = "unknown"  # how the year, or the value, is known
    takes: str = ""  # whose year it takes, having none: "subject" (that of the talk), "any" (else that of the event)
    shift: int = 0  # years from there
    parts: tuple[str, ...] = ()  # of the year: (), ("Q1",), or first and last ("01", "09")
    whole: bool = False  # the year as a part of itself: 全年, "the whole year"
    value: str = ""
    edge: str = ""  # "end" or "start" of it; "same" period of that year


def names(folded: str, lowered: str, day: When) -> Iterator[Name]:
    """What the words of a text name, in order, not overlapping; days are read by dates.mentions.

    `lowered` is the text in small letters, as long as `folded`; `day` is that of the event.
    """
    days = list(_days_named(folded, day)) if _MAY_BE_DAY.search(lowered) else []
    at = 0
    for found in _WORDS.finditer(lowered):
        start, end = found.span()
        while at < len(days) and days[at].start < end:
            yield days[at]
            at += 1
        if at and days[at - 1].end > start:
            continue
        kind = (found.lastgroup or "").split("_")[1]
        said = _Words(kind, found[0], folded[start:end], lowered[max(0, start - 20) : start], lowered[end : end + 48])
        name = Name(start, end)
        if not _EVERY.search(said.before) and _read(said, name, day):
            yield name
    yield from days[at:]


# --- the words ------------------------------------------------------------------------------------------------

_N = "一二三四五六七八九十"
_Y = f"〇零○{_N[:-1]}"
_COUNT = {word: number for number, word in enumerate(
    "one two three four five six seven eight nine ten eleven twelve".split(), start=1)}  # fmt: skip
_NTH = {word: number for number, words in enumerate(
    "first 1st/second 2nd/third 3rd/fourth 4th/fifth 5th/sixth 6th/seventh 7th/eighth 8th/ninth 9th/tenth 10th/"
    "eleventh 11th/twelfth 12th/thirteenth 13th/fourteenth 14th/fifteenth 15th/sixteenth 16th".split("/"), start=1)
    for word in words.split()}  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SHIFT = {
    "今": 0, "本": 0, "去": -1, "前": -2, "大": -3, "明": 1, "后": 2, "上": -1,
    "this": 0, "current": 0, "last": -1, "next": 1, "year": -2, "previous": -1, "preceding": -1, "prior": -1,
}  # fmt: skip

_MANY = rf"(?:\d{{1,2}}|{'|'.join(_COUNT)})"
_ORD = f"(?:{'|'.join(list(_NTH)[:8])})"
_MONTH = (
    r"jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?\.?|july?\.?|aug(?:ust|\.)?"
    r"|sept?(?:ember|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?"
)
_M = rf"(?:1[0-2]|0?[1-9]|十[一二]?|[{_N[:-1]}])"
_TO = r"\s?[-—–~至到、和]\s?"
END = r"年?[底末终](?![端梢止于身结奖层座线部盘色商])"
START = r"年?初(?![步始级中衷心创试一二三四五])"
# Each begins with one of _FIRST; what must not stand before is looked for behind it, so that most places cost nothing.
_FIRST = f"0-9{_N}〇零○今去大前明后本上下当同全年第首头元截到迄至月近过未最这“‘「『'\""
_LATIN_FIRST = (
    r"(?:\d|a(?:p|u|s o)|by n|c[ou]|de|e[iln]|f[eioquy]|h[12]|j[au]|la|ma|n[eio]|oc|p[ar]|q[1-4]|s[ae]|si|so f"
    r"|t(?:e|h[iau]|he y|i|o [dn]|w)|u[np]|wh|ye)"
)
_HAN_WORDS = {
    "year": rf"(?:(?<![\w-])(?<!\d[.,])|(?<=(?:19|20)\d\d-))(?:19|20)\d\d\s?年(?![代级])度?"
    rf"|[一二][{_Y}]{{3}}(?<![{_N}{_Y}].{{4}})(?:\s?年(?!代)度?|(?={_TO}[一二][{_Y}]{{3}}\s?年))"
    # 21年 is as well a stretch of 21 years, unless a part of the year follows.
    rf"|(?<![\w.,第近前后约超满历经逾-])\d\d\s?年(?=全年|{END}|度|[上下]半年|第?[一二三四1-4]季度|前[一二三]|\d\d?月)",
    "relative": r"(?:今年(?<![如当]..)(?![代轻龄幼老长迈青])|去年|大前年|前年(?<![目以之]..)(?![产均龄度])"
    r"|明年(?<!文..)|后年(?<!以..)(?![度龄])|本年(?<![基成日原]..)(?!级))度?",
    "subject": r"(?:上年(?<![以马]..)(?![级纪龄])|当年(?<!相..)(?!级)|同年(?![级龄]))度?",
    "whole": rf"全年(?<![安健完周]..)(?!龄)"
    rf"|年(?<![\d{_N}两几数多半每历逐往各].)(?<!\d .)(?:年?(?={END}|{START})|内(?![部容在外]))",
    "quarter": rf"(?:第|(?<![\d十])|(?<=20\d\d))[一二三四1-4](?:{_TO}第?[一二三四1-4])?\s?个?季度"
    r"|(?:一二|二三|三四)季度|首季度?|第[一二三四1-4]季(?<=年...)(?![节军后])",
    "first": rf"[前头](?:[两二三23]个?季度?|(?:\d\d?|[{_N}两]{{1,2}})\s?个?月(?!期))",
    "half": r"[上下]半年(?!来)",
    "month": rf"(?<![\d.{_N}])(?:{_M}(?:{_TO}{_M})?|元)\s?月(?![期龄革花]|初[{_N}]|\s?\d\d?\s?[日号])份?",
    "this": rf"本月|[上下]一?个?月(?!球)|[上下]一?个?季度|本季度"
    rf"|月(?<![\d {_N}两几数多半每历逐当各个本上下元].)(?={END})",
    "now": r"截[至止]到?(?:目前|现在|今[天日])(?:为止)?|到目前为止|迄今(?:为止)?|至今(?![年日天])",
    "span": rf"(?:前(?<![从以目之提].)|近|过去|未来|今后|最近)的?(?:\d\d?|[{_N}两几]{{1,2}})多?(?:年|个月|个季度)"
    r"(?:[以间]?来|间|内|里)?",
    "plan": rf"[“‘「『'\"]?十[一二三四五六]五(?<![{_N}百千万亿\d]...)(?![岁个名人家年天万亿里米公元块点])[”’」』'\"]?"
    r"(?:规划|时期|期间)?|第十[一二三四五六]个五年规划",
}
_LATIN_WORDS = {
    "relative": r"(?:this|last|next|current) year(?!-)(?! of (?!the year))|year before last",
    "subject": r"(?:previous|preceding|prior|same|that) year",
    "whole": r"(?:whole|full|entire)[ -]year|year[ -]end|year-to-date"
    r"|the year(?! (?:to(?! date)|since|ended|ending|ahead|before|that|when|(?:of )?(?:19|20)\d\d))",
    "quarter": rf"(?:{_ORD}(?: and {_ORD})?|last|final)[ -](?:quarters?|half(?:[ -]year)?)",
    "first": rf"(?:first|last) {_MANY} (?:quarters|months)",
    "coded": r"(?:(?:20)?\d\d[ /-]?)?(?:q[1-4]|h[12])(?:[ /-]?(?:20\d\d|'\d\d))?|(?:[1-4]q|[12]h)[ /-]?(?:20)?\d\d",
    "fiscal": r"(?:fy|(?:fiscal|financial)(?: year)?) ?(?:20)?\d\d",
    "month": rf"(?:(?:this|last|next) )?(?:{_MONTH})(?! day| fourth)",
    "this": r"(?:this|last|next|current) (?:month|quarter)",
    "now": r"as of (?:now|today)|(?<!up )to date|so far(?! (?:as|away|from|this year|in (?:19|20)))|thus far"
    r"|(?:up )?(?:until|till|to) now|by now",
    "span": rf"(?:past|last|next|previous|coming|following) (?:{_MANY} |few |several |couple of )?"
    r"(?:years|months|quarters|decades?)|(?:past|coming) year",
    "plan": rf"(?:{'|'.join(list(_NTH)[10:])}) (?:five[- ]year plan|fyp)",
}
_DIGITS = {
    "iso": r"(?<![\w.,/-])20\d\d-(?:0[1-9]|1[0-2])(?![\w/-])",
    "years": r"(?<![\w.,/-])20\d\d[-–/]\d\d(?![\d/-])",
    "number": r"(?:(?<![\w/$¥€£#+-])(?<!\d[.,])|(?<=(?:19|20)\d\d[-–—~])|(?<=mid-)|(?<=end-)|(?<=pre-))"
    r"(?:19|20)\d\d(?![\w%$]|[.,]\d|\s?[%年]|/\d|-(?:[a-z]|\d{3}(?!\d)))",
}


def _groups(words: dict[str, str], of: str) -> str:
    return "|".join(f"(?P<{of}_{name}>{pattern})" for name, pattern in words.items())


_WORDS = re.compile(
    rf"(?=[a-z{_FIRST}])(?:(?=[{_FIRST}])(?:{_groups(_HAN_WORDS, 'han')})"
    rf"|(?<![\w.])(?={_LATIN_FIRST})(?:{_groups(_LATIN_WORDS, 'latin')})(?![a-z0-9_])"
    rf"|(?=[12])(?:{_groups(_DIGITS, 'digits')}))",
    re.ASCII,
)
_EVERY = re.compile(r"(?:每年?的?|各年?|历年|逐年|\b(?:every|each|per)) ?$")


# --- what they name -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Words:
    """Words as found: in small letters and as written, what stands around them."""

    kind: str
    text: str
    written: str
    before: str
    after: str

    @property
    def key(self) -> str:
        """The first word of an English name, the first character of a Chinese one."""
        return self.text.split()[0] if self.text.isascii() else self.text[0]


_MAY_BE_DAY = re.compile(
    rf"月\s*[\d{_N}]+\s*[日号]|\d[-/.]\d\d?[-/.]\d|\b(?:{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?\s*\d"
    rf"|\d(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{'|'.join(_MONTHS)})"
)
_AND_DAY = re.compile(
    r"\s?(?:[-–—~至到]|to )\s?(\d{1,2})(?![\d%])(?:\s?[日号]|(?:st|nd|rd|th)?(?:,?\s?((?:19|20)\d\d)(?!\d))?)", re.ASCII
)


def _days_named(folded: str, day: When) -> Iterator[Name]:
    for found in dates.mentions(folded):
        if _EVERY.search(folded[max(0, found.start - 6) : found.start].lower()):
            continue
        first, end, year = f"{found.month:02}-{found.day:02}", found.end, found.year
        parts: tuple[str, ...] = (first,)
        more = _AND_DAY.match(folded, end)
        if more and found.day < int(more[1]) <= monthrange(year or 2000, found.month)[1]:
            parts, end, year = (first, f"{found.month:02}-{int(more[1]):02}"), more.end(), int(more[2] or 0) or year
        if year is None and day.value[4:] == f"-{first}":  # of the event itself, whatever year is spoken of
            yield Name(found.start, end, int(day.value[:4]), "inferred", parts=parts)
        else:
            yield Name(found.start, end, year, "stated" if year else "unknown", "" if year else "any", parts=parts)


# What is counted is no year (2000家, 2021 stations), nor is the number of an article or of a model.
_COUNTED = re.compile(
    r" ?(?:[个家款项户台名次批件万亿人元多余辆吨条公里千米种类所间位宗起例份张部艘架头只亩平方度分小时天]"
    r"|座(?!谈)"
    r"|(?:[a-z-]+ )?(?:stations|websites|apps|households|people|persons|users|enterprises|companies|firms|cities|towns"
    r"|villages|units|schools|hospitals|projects|cases|complaints|points|megawatts|tons|tonnes|kilomet(?:er|re)s|km|mw"
    r"|met(?:er|re)s|yuan|dollars|percent|million|billion|thousand|hundred|times|days|hours|minutes|calls|sites|jobs"
    r"|institutions|batches|students|workers|participants|families|phones|devices|connections|counties|districts|homes"
    r"|provinces|factories|hotlines|halls|products|items|models|beds|vehicles|patents|terminals|lines|platforms|kg|mu"
    r"|vessels|flights|pages|acres|hectares|square|of them|in total|mah|mbps)(?![a-z]))"
)
_OF_DOCUMENT = re.compile(r" ?(?:[\]〕]|\)[^,;。()]{0,12}\d号)")  # 〔2021〕12号, (2021)京01民终117号
# What has no name in the table is counted where a sentence begins with it: 2021 lighthouses were automated.
_RARE = re.compile(
    r" (?!(?:results|sales|exports|imports|figures|profits|revenues|earnings|targets|goals|tasks|games|elections|talks"
    r"|floods|wages|prices|reforms|rules|budgets|statistics|awards|winners|graduates|measures|harvests|crops|editions"
    r"|reports|surveys|levels|rates|numbers|totals|costs|losses|gains|quotas|olympics|plans|guidelines) )"
    r"[a-z-]+[a-rt-z]s (?:were|have been|had been) (?:[a-z]+ly )?[a-z]+(?:ed|en|ilt)(?![a-z])"
)
_BEGINS = re.compile(r"(?:^|[.!?;:\n])\s*$")


def is_counted(before: str, after: str) -> bool:
    """Whether a number that may be a year counts what stands behind it (2000家, 2021 stations), in small letters."""
    return bool(_COUNTED.match(after) or (_RARE.match(after) and _BEGINS.search(before)))


_NUMBERED = re.compile(
    r"(?:\b(?:articles?|no\.?|number|numbered|room|page|section|act|line|model|document|rule|iso|gb|iec|rfc|code|rmb"
    r"|hotline|chapter|route|flight|channel|windows|vision|agenda|horizon|made in china|(?:more|less|fewer) than"
    r"|at (?:least|most)|about|nearly|almost|roughly|approximately|only|some|reach(?:ed|es)|totall?ed"
    r"|exceed(?:ed|ing)|(?:total|sum) of|additional|another|cny)"
    r"|[第约近超过达共仅逾造景程〔\[]|编号|代码|型号|热线|拨打) ?$"
)
_AGES = re.compile(r"\s?(?:前(?!三季|[上半])|历史|来|间|的历史)")
_LED_YEAR = re.compile(
    r"\b(?:in|for|during|throughout|within|over|by|(?:end|beginning|start|rest|remainder|course|half|quarters?|months"
    r"|targets|tasks) of) $"
)
_OF_YEAR = re.compile(r" of (?:(?:the |this |last |next |that |fiscal )?(?:previous |whole )?year|(?:19|20)\d\d|fy)")


def _read(said: _Words, name: Name, day: When) -> bool:
    """Fill in what the words name; False for words that only look like a time."""
    match said.kind:
        case "year" | "number" | "fiscal":
            name.year, name.known = _year(re.sub(rf"[^\d{_Y}]", "", said.text)), "stated"
            if name.year % 100 == 0 and (_AGES.match(said.after) or _NUMBERED.search(said.before)):
                return False  # 2000年前 is as well long ago
            return said.kind != "number" or not (
                is_counted(said.before, said.after) or _NUMBERED.search(said.before) or _OF_DOCUMENT.match(said.after)
            )
        case "relative":
            if day.value and not said.before.endswith("the "):  # the last year may be the last twelve months
                name.year, name.known = int(day.value[:4]) + _SHIFT[said.key], "inferred"
        case "subject":
            name.takes, name.shift = "subject", _SHIFT.get(said.key, 0) if said.key != "当" else 0
        case "whole":
            name.takes, name.whole = "any", True
            return said.text != "the year" or bool(_LED_YEAR.search(said.before))
        case "iso":
            name.year, name.known, name.parts = int(said.text[:4]), "stated", (said.text[5:],)
        case "years":
            name.value, name.known = f"{said.text[:4]}/{said.text[:2]}{said.text[5:]}", "stated"
            return int(said.text[5:]) > int(said.text[2:4])
        case "this":
            name.value = _shifted(said, day)
            name.known = "inferred" if name.value else "unknown"
        case "now":
            if len(day.value) == 10:
                name.value, name.known = f"/{day.value}", "inferred"
        case "plan":
            number = _NTH.get(said.key) or number_of(said.text[said.text.index("十") :][:2])
            name.value, name.known = f"{1951 + 5 * number}/{1955 + 5 * number}", "stated"  # the third: 1966 to 1970
        case "quarter":
            return _read_quarters(said, name, day)
        case "first":
            return _read_first(said, name)
        case "half":
            name.takes, name.parts = "any", ("H1" if said.key == "上" else "H2",)
        case "coded":
            return _read_code(said, name)
        case "month":
            return _read_month(said, name, day)
    return True


def _year(digits: str) -> int:
    number = number_of(digits)
    return number if number > 99 else number + (2000 if number < 50 else 1900)


def _number(word: str) -> int:
    return _COUNT.get(word) or _NTH.get(word) or number_of(word.translate(_ONE_AND_TWO))


_ONE_AND_TWO = str.maketrans("首元两", "一一二")


def _shifted(said: _Words, day: When) -> str:
    """This month or quarter, the last or the next; "" while that of the event is not known."""
    if len(day.value) < 7:
        return ""
    shift = {"上": -1, "last": -1, "下": 1, "next": 1}.get(said.key, 0)
    year, month = int(day.value[:4]), int(day.value[5:7]) - 1
    if "季" in said.text or "quarter" in said.text:
        year, quarter = divmod(year * 4 + month // 3 + shift, 4)
        return f"{year}-Q{quarter + 1}"
    year, month = divmod(year * 12 + month + shift, 12)
    return f"{year}-{month + 1:02}"


def _read_quarters(said: _Words, name: Name, day: When) -> bool:
    """Counted quarters or halves: 一季度, 二三季度, "the first and second quarters", "the last half of 2021"."""
    sign, limit = ("H", 2) if "half" in said.text else ("Q", 4)
    of_year = bool(_OF_YEAR.match(said.after))
    if said.after.startswith(" of ") and not of_year:
        return False  # the second half of the match, the first quarter of users
    if said.key.startswith(("last", "final")) and not of_year:
        name.value = _shifted(said, day) if said.text == "last quarter" else ""
        name.known = "inferred" if name.value else "unknown"
        return True
    numbers = [_number(word) for word in re.findall(rf"{_ORD}|[1-4首一二三四]", said.text)] or [limit]
    name.takes, name.parts = "any", tuple(f"{sign}{number}" for number in numbers)
    long = "个" in said.text and "第" not in said.text  # 三个季度: three quarters long
    between = said.before.endswith("between the ")
    apart = len(numbers) == 2 and numbers[1] - numbers[0] > 1 and " and " in said.text and not between
    return not long and not apart and max(numbers) <= limit and numbers == sorted(set(numbers))


def _read_first(said: _Words, name: Name) -> bool:
    """The first or the last so many quarters or months of a year."""
    of_year = bool(_OF_YEAR.match(said.after))
    if said.after.startswith(" of ") and not of_year:
        return False
    count = _number(re.findall(rf"\d+|[{_N}两]+|[a-z]+(?= [qm])", said.text)[0])
    quarters = "季" in said.text or "quarter" in said.text
    parts = [f"Q{each}" for each in range(1, 5)] if quarters else [f"{each:02}" for each in range(1, 13)]
    if not 1 <= count <= len(parts):
        return False
    if said.key != "last" or of_year:  # else up to some day
        first, last = (-count, -1) if said.key == "last" else (0, count - 1)
        name.takes, name.parts = "any", (parts[first], parts[last])[: min(count, 2)]
    return True


def _read_code(said: _Words, name: Name) -> bool:
    """Q3, Q3 2021, 2021Q3, 3Q21, H1 2022."""
    part = re.search(r"[qh][1-4](?!\d)|(?<!\d)[1-4][qh]", said.text)
    if part is None or "h" in said.written or said.after[:1] in (":", "."):  # 2h30; "Q1: What …" is a question
        return False
    name.parts = ("".join(sorted(part[0].upper(), reverse=True)),)
    digits = re.sub(r"\D", "", said.text.replace(part[0], ""))
    name.year, name.known, name.takes = (_year(digits), "stated", "") if digits else (None, "unknown", "any")
    return True


_LED_MONTH = re.compile(
    r"(?:\b(?:in|of|since|by|from|to|until|till|through|during|early|mid|late|between|and|before|after|for|on|as of)"
    r"|[-–,(年]) ?$"
)
_LED_SMALL = re.compile(r"\b(?:in|since|during|early|mid|late) ?$")
_OF_NUMBER = re.compile(r",? ?(?:of )?(?:19|20)\d\d")
_MONTH_OF = re.compile(r",? ?(?:of )?(?:(?:19|20)\d\d|this |last )|\s?[-–]\s?[a-z]{3}| to [a-z]{3}| through ")


def _read_month(said: _Words, name: Name, day: When) -> bool:
    """A month by number or by name, or several (1-9月)."""
    name.takes = "any"
    if not said.text.isascii():
        numbers = [_number(word) for word in re.findall(rf"\d+|[{_N}元]+", said.text)]
        name.parts = tuple(f"{number:02}" for number in numbers)
        apart = len(numbers) == 2 and numbers[1] - numbers[0] > 1 and bool(re.search("[、和]", said.text))
        return numbers == sorted(set(numbers)) and not apart
    which, _, month = said.text.rpartition(" ")
    number = _MONTHS.index(month[:3]) + 1
    name.parts = (f"{number:02}",)
    if which:
        name.takes = ""
        past = which == "last" and len(day.value) > 4 and int(day.value[5:7]) <= number
        if day.value and (which == "this" or past):
            name.year, name.known = int(day.value[:4]) - past, "inferred"
    # "May I", "march on", "an august body" and "Li Jun" are no months; in a question "march 2022" may be one.
    doubtful = month in ("march", "august") or len(month.rstrip(".")) == 3
    if said.written[-len(month)].islower():
        return not doubtful or bool(_LED_SMALL.search(said.before) or _OF_NUMBER.match(said.after))
    return bool(which or not doubtful or _LED_MONTH.search(said.before) or _MONTH_OF.match(said.after))
