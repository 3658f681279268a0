"""The number that digits, Chinese numerals and English words write: 1,600, 1.47万亿, 六十五万, half a million.

What it counts is known by units.py, whether it counts anything by quantities.py. Every text given here is folded
already: simplified script, half-width, small letters (folding.read_script).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

__all__ = ["HAN_DIGITS", "WORD", "Bound", "Number", "next_number", "of_han"]

# about: 约, 左右, some, roughly; nearly: just below, 近, 将近, almost; over: 超过, 以上, 余, 多, more than, at least;
# under: 不到, 以下, less than, up to.
Bound = Literal["", "about", "nearly", "over", "under"]
# What gave a number its unit: a measure (km, %, 户), a sign of money before it, a measure word (个) or a noun behind,
# or the wording itself ("doubled", 三分之一), which is a figure whatever stands beside it.
By = Literal["", "measure", "currency", "word", "noun", "wording"]


@dataclass(slots=True)
class Number:
    """A number in text[start:last], and what is found about it; `end` is where its unit ends."""

    start: int
    last: int
    end: int
    form: Literal["digits", "han", "words", "plain"] = "plain"  # plain: formal numerals and "half an", mere measures
    value: Decimal = Decimal(0)
    high: Decimal | None = None
    scale: Decimal = Decimal(1)  # of its last scale word, which in "3 to 5 million" is that of the 3 too
    unit: str = ""
    by: By = ""
    bound: Bound = ""


def next_number(text: str, at: int) -> Number | None:
    """The first number from `at` on, with its value; None when there is none more.

    Skipped are dates, clocks, telephone numbers, ratios, vague numbers (几十, dozens) and what is no numeral (十百千).
    """
    while match := _NUMBER.search(text, at):
        number = Number(match.start(), match.end(), match.end())
        if match["none"] is None and _read(text, match, number):
            return number
        at = match.end()
    return None


def of_han(numeral: str) -> Decimal | None:
    """The value of 六十五万, 十八点二亿, 18.2亿 or 1亿2000万; None for what is no numeral, 零 and years (二〇二二)."""
    whole, point, part = numeral.partition("点")
    total, wan, section = Decimal(0), Decimal(0), Decimal(0)
    digit: Decimal | None = None
    least, after = 10_000, Decimal(1)  # the scale that the next one must be below; what a last digit is worth: 一万五
    for token in re.findall(r"\d+(?:\.\d+)?|\D", whole):
        if token not in _HAN_SCALES:
            if digit is not None or not (token in HAN_DIGITS or token[0].isdecimal()):
                return None
            if token in HAN_DIGITS and HAN_DIGITS[token] == 0:
                after = Decimal(1)
            else:
                digit = Decimal(HAN_DIGITS.get(token, token))
            continue
        scale = _HAN_SCALES[token]
        if scale < 10_000:
            if scale >= least:
                return None
            section += (1 if digit is None else digit) * scale
            least = scale
        else:
            size = section + (digit or 0)
            if scale == 10_000:
                if wan:
                    return None
                wan = (size or Decimal(1)) * scale
            elif total or (not size and not wan and whole[0] != token):
                return None
            else:
                total, wan = (wan + size or Decimal(1)) * scale, Decimal(0)
            section, least = Decimal(0), 10_000
        after, digit = Decimal(scale) / 10, None
    value = total + wan + section + (digit or 0) * after
    if point:
        digits = part.rstrip("十百千万亿")
        value += Decimal("0." + "".join(str(HAN_DIGITS.get(char, 0)) for char in digits))
        for char in part[len(digits) :]:
            value *= _HAN_SCALES[char]
    return value or None


# --- how a number is written ----------------------------------------------------------------------------------

_ONES = dict(zip(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen".split(), range(1, 20), strict=True))  # fmt: skip
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
_SCALES = {"hundred": 100} | {
    word: 1_000**power
    for power, words in enumerate(("thousand k", "million mn", "billion bn", "trillion tn"), start=1)
    for word in words.split()
}
_PARTS = dict(zip("half third fourth fifth sixth seventh eighth ninth tenth".split(), range(2, 11), strict=True))
_PARTS["quarter"] = 4
_FOLDS = {"doubl": 2, "tripl": 3, "quadrupl": 4, "twice": 2}
HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_HAN_SCALES = {"十": 10, "百": 100, "千": 1_000, "万": 10**4, "亿": 10**8}
_HAVE: dict[str | None, Bound] = {None: "", "近": "nearly", "约": "about", "超": "over"}
_FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")

_HAN = "零〇○一二两三四五六七八九十百千万亿"
# Not in 百分点 and 千瓦, nor in 千兆, the gigabit, which is a name.
_HAN_SCALE = "(?:[十万亿]|百(?!分[点之]|兆)|千(?![米克瓦兆赫]))"
# All repeats are possessive: a row of a hundred thousand digits is read once.
_DIGITS = r"\d++(?:,\d++)*+(?:\.\d++)*+"
_SCALE = r"(?:hundred|thousand|million|billion|trillion)(?![a-z])"
_ONE_TO_NINE = "|".join(list(_ONES)[:9])
WORD = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{_ONE_TO_NINE}))?|{'|'.join(reversed(_ONES))})(?![a-z])"
_YEAR = r"(?:19|20)\d\d"

_DATE = (
    r"\d{4}([-/.])\d{1,2}\2\d{1,2}"
    rf"|{_YEAR}年? ?(?:[-–—~至到/]|to) ?(?:{_YEAR}|\d\d)(?!\d|,\d)(?= ?(?:年|[^\w%]|period|[a-z]+ plan|$))"
    rf"|(?:{_YEAR}年?|\d\d年)? ?\d{{1,2}}(?: ?[-–—~至到、] ?\d{{1,2}})? ?月(?: ?\d{{1,2}} ?[日号])?"
    r"|\d\d年(?=[底末初前度上下])|\d{1,2}[·•]\d{1,2}"
)
_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?|\d{1,2} ?[时点] ?\d{1,2} ?分?"
_RATIO = r"\d+(?:\.\d+)?(?:(?: ?[x×∶] ?|:| : |比(?!\d{4}年))\d++(?:\.\d++)?)++|\d+(?:\+\d++)++"
_ROW = r"\d++(?:,?[ ]++\d++){2,}+(?![.,]?\d)"  # the pager of a page, a telephone number
_TELEPHONE = r"[01]?\d{2,3}-\d{3,4}-\d{3,4}|0\d{2,3}-\d{7,8}|1[3-9]\d{9}(?!\d)"
_VERSION = r"(?:(?<=industry )|(?<=web ))\d\.\d"
_VAGUE = r"[几数][十百千万亿]+|[十百]+[几数][万亿]*|\d+[几数]?(?=几)"
_IDIOM = (
    r"(?<=第)[\d零一二三四五六七八九十百]+|(?<=[新这那上下每头同的])一[年个]|(?<=最后)一|一[成样](?=不变)|七上八下"
    r"|[一二三四五六七八九十]{1,3}月(?!饼|球)"
    rf"|(?:several|few|every|each|another|first|second|next|last|past|previous|final|front) (?:{WORD} )?{_SCALE}"
    rf"|(?:of|or) {_SCALE}"
)
_DOUBLED = (
    r"(?:doubl|tripl|quadrupl)(?:ed|ing|es)(?![a-z-])|twice(?= (?:as|the|that|what)\b)"
    r"|(?:(?<=to )|(?<=will )|(?<=than ))(?:doubl|tripl|quadrupl)e(?![a-z-])"
)
_HALF = (
    r"(?<![a-z-])(?<!first )(?<!second )(?<!latter )(?<!other )(?<!in )(?:halv(?:ed|es|ing)(?![a-z])"
    r"|half(?! an? (?:year|hour|day|month|minute|million|billion|thousand|hundred|trillion)|[a-z-]"
    r"| (?:year|way|time|price|day|hour|marathon)))"
    r"|(?<!另)一半|(?<!大)半数|(?<=过)半(?=[,。;、的数]|$)|减半"
)
_HALF_A = r"(?<![a-z-])half an?(?= (?:year|hour|day|month|minute))|(?<![上下大])半(?=个?(?:小时|钟头|月)|年|天(?!然))"
# Most characters begin no number: one look spares them the alternatives.
_BEGINS = (
    rf"[\d{_HAN}几数半翻减每七壹贰叁肆伍陆柒捌玖拾佰仟]"
    r"|(?<![a-z'])(?:a[n -]|do|e[ailv]|f[eior]|ha|la|n[ei]|o[fnr]|p[ar]|qu|s[ei]|t(?:e|h[ir]|ri|w))"
)
_NUMBER = re.compile(
    rf"(?={_BEGINS})(?:"
    rf"(?P<none>(?<![\d.])(?:{_VERSION}|{_DATE}|{_CLOCK}|{_RATIO}|{_ROW}|{_TELEPHONE})|{_VAGUE}|{_IDIOM})"
    rf"|(?<![a-z-])(?P<doubled>{_DOUBLED})|(?P<more>翻了?(?P<times>[一两二三四])?番)"
    rf"|(?P<half>{_HALF})|(?P<half_a>{_HALF_A})"
    r"|(?<![\d.,a-z/])(?P<over>\d{1,3})/(?P<under>\d{1,3})(?![\d/.])"
    rf"|(?P<den>[{_HAN}]++|(?<![\d.])\d++)分之(?P<num>{_DIGITS}|[{_HAN}]++(?:点[{_HAN}]++)?+)"
    rf"|(?<![a-z-])(?P<some>{_ONE_TO_NINE}|(?<![\d$¥€£])(?<!\d[.,])\d)(?: out of| in)(?: every)?"
    rf" (?P<all>{_ONE_TO_NINE}|ten|\d|10|100)(?![a-z\d%]|[.,]\d| (?:second|minute|hour|day|week|month|year)s)"
    rf"|每(?P<of>\d{{1,3}}|[{_HAN}]{{1,3}})个?(?P<who>[个人家户名所位台辆])[^,;:。!?\d]{{0,8}}?有"
    rf"(?P<about>[近约超])?过?(?P<have>\d{{1,3}}|[{_HAN}]{{1,3}})个?(?P=who)(?!次)"
    rf"|(?<![a-z-])(?P<count>{_ONE_TO_NINE}|an?)[- ](?P<part>{'|'.join(_PARTS)})s?(?![a-z-])"
    rf"|(?<!\d)(?<!\d[.,])(?P<digits>{_DIGITS})(?:"
    rf"(?: ?[多余]? ?(?P<han_scale>(?!十){_HAN_SCALE}++(?:\d{{1,4}}{_HAN_SCALE}++)*+))"
    rf"|[ -]?(?P<scale>{_SCALE}|(?:k|mn|bn|tn)(?![a-z0-9/])))?+"
    rf"|(?P<han>(?:[零〇○一二两三四五六七八九]|{_HAN_SCALE})++(?:点[零〇一二三四五六七八九]++[十百千万亿]*+)?+"
    r"(?:[多余](?=[万亿])[万亿]++)?+)"
    r"|(?P<formal>[壹贰叁肆伍陆柒捌玖拾佰仟零万亿]{2,}+(?=元|圆))"
    rf"|(?<![a-z'])(?<![a-z]-)(?P<words>(?:{WORD}|(?:half )?an?(?= {_SCALE}))(?:[ -]{_SCALE}(?:(?: and)? {WORD})?)*+"
    rf"(?: and a half(?: {_SCALE})?)?|(?:{'|'.join(_ONES)})(?=fold(?![a-z])))"
    r")"
)


# --- what it is worth -----------------------------------------------------------------------------------------


def _read(text: str, match: re.Match[str], number: Number) -> bool:
    """Whether the words write a number; its value is set."""
    before = text[max(0, number.start - 8) : number.start]
    if match["doubled"] or match["more"]:
        of = next((value for word, value in _FOLDS.items() if match[0].startswith(word)), 2)
        number.value, number.unit, number.by = Decimal(of ** HAN_DIGITS[match["times"] or "一"]), "fold", "wording"
    elif match["half"]:
        number.value, number.unit, number.by = Decimal(50), "%", "wording"
    elif match["half_a"]:
        number.value = Decimal("0.5")
    elif match["den"]:
        return _read_han_fraction(match["den"], match["num"], number)
    elif match["over"]:
        return _read_fraction(int(match["over"]), int(match["under"]), number)
    elif match["some"]:
        some, of = (int(word) if word.isdecimal() else _ONES[word] for word in match.group("some", "all"))
        return _read_fraction(some, of, number)
    elif match["of"]:
        number.bound = _HAVE[match["about"]]
        return _read_han_fraction(match["of"], match["have"], number)
    elif match["part"]:
        # "A third batch" counts batches, "three quarters" mostly time.
        must_follow = match["part"] == "quarter" or match["count"] in ("a", "an")
        follows = _OF_A_WHOLE.match(text, number.last) or (
            before.endswith(" from ") and text.startswith(" in ", number.last)
        )
        if (must_follow and not follows) or _TIME_BEFORE.search(before):
            return False
        return _read_fraction(_ONES.get(match["count"], 1), _PARTS[match["part"]], number)
    elif match["digits"]:
        return _read_digits(match, number)
    elif match["words"]:
        number.form = "words"
        return _read_words(match["words"], number)
    else:
        number.form = "han" if match["han"] else "plain"
        numeral = match[0].translate(_FORMAL)
        # 百家 alone is a figure of speech, 近百家 is a number.
        is_said = numeral[0] not in "百千万亿" or re.search("[近超过逾上约]$", before)
        return bool(is_said) and _read_han(numeral, number)
    return True


_OF_A_WHOLE = re.compile(r" of (?!this|the year|the \d|20\d\d)")
_TIME_BEFORE = re.compile("(?:first|last|past|these|next|the) $")


def _read_fraction(over: int, under: int, number: Number) -> bool:
    if not 0 < over < under or (under > 10 and under != 100):
        return False
    number.value, number.unit, number.by = _share(Decimal(over) / under), "share", "wording"
    if under == 2:
        number.value, number.unit = Decimal(50), "%"
    return True


def _share(share: Decimal) -> Decimal:
    return share.quantize(Decimal("0.000001"))


def _read_han_fraction(under: str, over: str, number: Number) -> bool:
    of, part = of_han(under), of_han(over)
    if not of or part is None:
        return False
    number.by = "wording"
    if under in ("百", "千", "万"):
        number.value, number.unit = part * 100 / of, "%"
        return True
    number.value, number.unit = _share(part / of), "share"
    return part < of


def _read_digits(match: re.Match[str], number: Number) -> bool:
    number.form = "digits"
    digits = _of_digits(match["digits"])
    if digits is None or (match["scale"] == "k" and digits < 10):  # 4K, 8K: a format
        return False
    number.value = digits
    if match["scale"]:
        number.scale = Decimal(_SCALES[match["scale"]])
        number.value *= number.scale
    elif match["han_scale"]:
        value = of_han(re.sub("[ 多余]", "", match[0].replace(",", "")))
        if value is None:
            return False
        number.value, number.scale = value, value / (digits or 1)
        number.bound = "over" if re.search("[多余]", match[0]) else ""
    return True


def _of_digits(digits: str) -> Decimal | None:
    """The value of 1,600 or 24.2; None for 1,23,4, 1.2.3 and 007, and for what is too long to count anything."""
    if len(digits) > 24 or not re.fullmatch(r"(?:\d{1,3}(?:,\d{3})+|0|[1-9]\d*)(?:\.\d+)?", digits):
        return None
    return Decimal(digits.replace(",", ""))


def _read_words(words: str, number: Number) -> bool:
    text, half, scale = words.partition(" and a half")
    total, section, least = Decimal(0), Decimal(0), 100
    for word in re.findall("[a-z]+", text):
        if word in ("half", "a", "an", "and"):
            section = Decimal("0.5") if word == "half" else section if word == "and" else section or Decimal(1)
        elif word == "hundred":
            section, least, number.scale = section * 100, 100, Decimal(100)
        elif word in _SCALES:
            total, section, least = total + section * _SCALES[word], Decimal(0), 100
            number.scale = Decimal(_SCALES[word])
        else:
            size = _TENS.get(word) or _ONES[word]
            if size >= least:
                return False
            section, least, number.scale = section + size, 10 if word in _TENS else 1, Decimal(1)
    number.value = total + section
    if half:
        number.value = (number.value + Decimal("0.5")) * _SCALES.get(scale.strip(), 1)
    return True


def _read_han(numeral: str, number: Number) -> bool:
    if re.search("[多余]", numeral):
        number.bound, numeral = "over", re.sub("[多余]", "", numeral)
    ends = [numeral]
    pair = re.search("[一二两三四五六七八][二两三四五六七八九]", numeral)
    if pair and "点" not in numeral and len(numeral) <= 4:  # 七八十: 70 to 80
        one, two = (HAN_DIGITS[char] for char in pair[0])
        if two - one == 1 or (one, two) == (3, 5):
            ends = [numeral[: pair.start()] + char + numeral[pair.end() :] for char in pair[0]]
            number.bound = "about"
    values = [of_han(end) for end in ends]
    if values[0] is None or values[-1] is None:
        return False
    number.value, number.high = values[0], values[1] if len(values) > 1 else None
    number.scale = Decimal(_HAN_SCALES[numeral[-1]]) if numeral[-1] in "万亿" else Decimal(1)
    return True
