"""How values, periods and changes are written for a reader, and the page's own phrases, in each of three languages.

Written values are exact: a value is put in millions or in 亿 only where no digit of it is lost. The phrases stand in
page.json. Nothing here is HTML.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from assistant.timeline import EXACT, Change
from corpus.figure_words import CHINESE_PLACES
from corpus.figures import Figure
from corpus.folding import traditional
from corpus.indicators import Indicator

__all__ = [
    "LANGUAGES",
    "PHRASES",
    "amount",
    "axis_period",
    "changed",
    "indicator_name",
    "language_tag",
    "mark",
    "number",
    "period",
    "phrase",
    "place",
]

# Language tag -> its own name, in the order of page.json.
LANGUAGES = {"en": "English", "zh-Hans": "简体", "zh-Hant": "繁體"}
PHRASES: dict[str, list[str]] = json.loads((Path(__file__).parent / "page.json").read_text(encoding="utf-8"))


def language_tag(lang: str, script: str) -> str:
    """The language as a tag, as in an HTML attribute: "en", "zh-Hans" or "zh-Hant"."""
    return "en" if lang == "en" else f"zh-{script}"


def phrase(key: str, tag: str, **values: str) -> str:
    """The phrase of page.json in the language `tag` ("en", "zh-Hans", "zh-Hant")."""
    return PHRASES[key][list(LANGUAGES).index(tag)].format(**values)


# Values


def amount(figure: Figure, tag: str) -> str:
    """A figure's value with bound, unit and direction: "more than 400 million households", 超过4亿户, "down 24.2%"."""
    written = _spread(figure, tag)
    bound = phrase(figure.bound, tag, value=written) if figure.bound else written
    whole = _with_unit(bound, figure.unit, tag, one=figure.value == 1 and figure.high is None)
    way = _WAYS.get(_moved(figure))
    return phrase(way, tag, value=whole) if way else whole


def place(figure: Figure, tag: str) -> str:
    """Where a figure was counted: "Inner Mongolia", 内蒙古; "" for the whole country."""
    if tag == "en" or not figure.place:
        return figure.place.title() if figure.place != "rural" else "rural areas"
    return _script(CHINESE_PLACES.get(figure.place, figure.place), tag)


def mark(figure: Figure, tag: str) -> str:
    """The value alone with its bound as a sign, short enough for a drawing: ">400 million", >4亿, 24.2%."""
    percent = "%" if figure.unit == "%" else ""
    return f"{_SIGNS[figure.bound]}{_moved(figure)}{_spread(figure, tag)}{percent}"


def number(value: Decimal, tag: str) -> str:
    """The value in digits: 654,000 or 65.4万, 1.47 trillion or 1.47万亿; a value that needs more digits stays whole.

    >>> [number(Decimal(v), "en") for v in ("1924", "518e6", "1234567", "-24.20")]
    ['1,924', '518 million', '1,234,567', '−24.2']
    >>> [number(Decimal(v), "zh-Hans") for v in ("1924", "518e6", "1234567")]
    ['1924', '5.18亿', '123.4567万']
    """
    size = value.copy_abs()  # abs() would round
    comma = "," if tag == "en" else ""
    minus = "−" if value < 0 else ""
    for power, name, places in _SCALES[tag == "en"]:
        scaled = size.scaleb(-power, EXACT)
        if scaled >= 1:
            if int(scaled.normalize(EXACT).as_tuple().exponent) < -places:
                break
            return f"{minus}{_plain(scaled, comma)}{_script(name, tag)}"
    return f"{minus}{_plain(size, comma)}"


def changed(change: Change, unit: str, tag: str) -> str:
    """How much it changed, without since when: "+108 (+49.8%)"; of a share of a hundred, the points alone."""
    share = unit in ("%", "pp")
    written = _signed(change.difference, number(change.difference.copy_abs(), tag))
    if share:
        written = _with_unit(written, "pp", tag, one=abs(change.difference) == 1)
    elif change.percent is not None:
        percent = _signed(change.percent, f"{_plain(change.percent.copy_abs())}%")
        if change.percent >= 100:
            times = _plain((1 + change.percent / 100).quantize(Decimal("0.01")))
            percent += ", " if tag == "en" else "，"
            percent += phrase("times", tag, value=times)
        written += f" ({percent})" if tag == "en" else f"（{percent}）"
    return written if change.exact else phrase("about", tag, value=written)


_WAYS = {"−": "falls", "+": "rises"}


def _moved(figure: Figure) -> str:
    """The sign of a change, "" of one that multiplies or whose words name no direction."""
    if figure.kind != "change" or figure.unit == "fold" or figure.value < 0:
        return ""
    return {True: "−", False: "+", None: ""}[figure.falls]


def _spread(figure: Figure, tag: str) -> str:
    if figure.unit == "share":
        part = Fraction(figure.value).limit_denominator(20)
        if abs(Decimal(part.numerator) / part.denominator - figure.value) < Decimal("0.00001"):
            return f"{part.numerator}/{part.denominator}"
    low = number(figure.value, tag)
    return low if figure.high is None else f"{low}–{number(figure.high, tag)}"


def _signed(value: Decimal, written: str) -> str:
    return f"{'−' if value < 0 else '+' if value > 0 else '±'}{written}"


def _plain(value: Decimal, comma: str = "") -> str:
    digits = f"{value:{comma}f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _with_unit(written: str, unit: str, tag: str, one: bool) -> str:
    counted, _, per = unit.partition("/")
    names = [name for name in counted.split("+") if name]
    if tag == "en":
        words = " and ".join(_ENGLISH.get(name, name if one else _plural(name)) for name in names)
        words = {"percentage points": "percentage point", "people": "person"}.get(words, words) if one else words
        spaced = f"{written}{'' if words in ('%', '-fold', '') else ' '}{words}"
        return f"{spaced} a {per}" if per else spaced
    # What is counted stands in the indicator's name, so that a measure word is enough.
    words = _CHINESE.get(counted, "个" if names else "")
    return _script(f"{written}{words}{f'/{_TIMES.get(per, per)}' if per else ''}", tag)


def _plural(name: str) -> str:
    if re.search(r"[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    return f"{name}es" if re.search(r"(?:ch|sh|s|x)$", name) else f"{name}s"


def indicator_name(known: Indicator, tag: str) -> str:
    """What a known indicator is called."""
    return known.english if tag == "en" else _script(known.chinese, tag)


def _script(words: str, tag: str) -> str:
    return traditional(words) if tag == "zh-Hant" else words


_SIGNS = {"": "", "about": "≈", "nearly": "≈", "over": ">", "under": "≤"}
_SCALES = {  # whether English -> power of ten, name, digits behind the point at most
    True: ((12, " trillion", 3), (9, " billion", 3), (6, " million", 3)),
    False: ((12, "万亿", 4), (8, "亿", 4), (4, "万", 4)),
}
_ENGLISH = {  # units of units.tsv that are not plain English nouns
    **{"%": "%", "pp": "percentage points", "fold": "-fold", "share": "", "person": "people", "tv": "TVs"},
    **{"yuan": "yuan", "usd": "US dollars", "hkd": "Hong Kong dollars", "eur": "euros", "mu": "mu"},
    **{"m": "m", "km": "km", "sqm": "m²", "sqkm": "km²", "kg": "kg", "kwh": "kWh", "kw": "kW", "flops": "FLOPS"},
    **{"kb": "kB", "mb": "MB", "gb": "GB", "tb": "TB", "pb": "PB"},
    **{"bps": "bit/s", "kbps": "kbit/s", "mbps": "Mbit/s", "gbps": "Gbit/s"},
}
_CHINESE = {  # of all others the measure word is 个
    **{
        "%": "%",
        "pp": "个百分点",
        "fold": "倍",
        "share": "",
        "yuan": "元",
        "usd": "美元",
        "hkd": "港元",
        "eur": "欧元",
    },
    **{"second": "秒", "minute": "分钟", "hour": "小时", "day": "天", "week": "周", "month": "个月"},
    **{"quarter": "个季度", "year": "年", "m": "米", "km": "公里", "sqm": "平方米", "sqkm": "平方公里"},
    **{"hectare": "公顷", "mu": "亩", "gram": "克", "kg": "公斤", "tonne": "吨", "kwh": "千瓦时", "kw": "千瓦"},
    **{"byte": "字节", "kb": "kB", "mb": "MB", "gb": "GB", "tb": "TB", "pb": "PB", "flops": "FLOPS"},
    **{"bps": "bit/s", "kbps": "kbit/s", "mbps": "Mbit/s", "gbps": "Gbit/s"},
    **{"person": "人", "user": "户", "household": "户", "app": "款", "phone": "部", "tv": "台", "device": "台"},
    **{"enterprise": "家", "institution": "家", "hospital": "家", "school": "所", "hotline": "条", "line": "条"},
    **{"call": "次", "time": "次", "message": "条", "incident": "起", "complaint": "件", "batch": "批次"},
    **{"plan": "项", "measure": "项", "standard": "项", "requirement": "项", "point": "点"},
}
_TIMES = {"second": "秒", "minute": "分钟", "hour": "小时", "day": "天", "week": "周", "month": "月"} | {
    **{"quarter": "季度", "year": "年"},
}

# Periods


def period(value: str, tag: str, deadline: bool = False) -> str:
    """A period's value in words: "first quarter of 2022", 2022年一季度; of a deadline "by the end of 2025", 到2025年底.

    "" for "", and a value of another form as it is. See corpus/periods.py for the forms.
    """
    first, slash, last = value.partition("/")
    if not slash:
        return _in_full(first, tag)
    if not first:
        end = _end(last, tag)
        return (f"by {'the ' * end.startswith('end')}{end}" if tag == "en" else f"到{end}") if deadline else end
    if not last:
        return f"since {_in_full(first, tag)}" if tag == "en" else f"{_in_full(first, tag)}以{_script('来', tag)}"
    years, parts = _range(first, last, tag, short=False)
    if tag == "en":
        return f"{parts} {years}" if parts else years
    return f"{years}{parts}"


def axis_period(value: str, tag: str) -> tuple[str, str]:
    """The period in two short lines, the year and what of it: ("2022", "Q1"), ("2022年", "一季度")."""
    first, slash, last = value.partition("/")
    if not slash:
        return _year(first, tag), _part(first, tag, short=True)
    if not first:
        until = "end" if tag == "en" else "底"
        return _year(last, tag), until if _whole_year(last) else _part(last, tag, short=True)
    if not last:
        return _year(first, tag), "on" if tag == "en" else "起"
    return _range(first, last, tag, short=True)


_FORM = re.compile(r"(\d{4})(?:-(?:(H[12]|Q[1-4])|(\d\d)(?:-(\d\d))?))?")
_MONTHS = "January February March April May June July August September October November December".split()
_ORDINALS = ("first", "second", "third", "fourth")
_HAN = "一二三四"


def _in_full(value: str, tag: str) -> str:
    year, part = _year(value, tag), _part(value, tag)
    if tag != "en":
        return year + part
    return f"{part} of {year}" if part.endswith(("half", "quarter")) else f"{part} {year}".strip()


def _end(value: str, tag: str) -> str:
    """The end of a period, as that up to which something is counted."""
    if _whole_year(value):
        return f"end of {value[:4]}" if tag == "en" else f"{_year(value, tag)}底"
    full = _in_full(value, tag)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return full
    return f"end of {full}" if tag == "en" else f"{full}末"


def _range(first: str, last: str, tag: str, short: bool) -> tuple[str, str]:
    """(years, parts of them) of a closed range; the parts are "" where it is of whole years."""
    one, two = _FORM.fullmatch(first), _FORM.fullmatch(last)
    if not one or not two:
        return f"{first}/{last}", ""
    a, b = _part(first, tag, short=short or tag == "en"), _part(last, tag, short=short or tag == "en")
    same = one[1] == two[1]
    if same and one[2] == "Q1" and two[2] in ("Q2", "Q3") and (tag != "en" or not short):
        n = int(two[2][1])
        year = _year(first, tag)
        return (
            (f"of {year}", f"first {('two', 'three')[n - 2]} quarters")
            if tag == "en"
            else (year, f"前{_HAN[n - 1]}季度")
        )
    if same and a and b:
        return _year(first, tag), f"{a}–{b}"
    if not one[2] and not one[3] and not two[2] and not two[3]:
        return f"{one[1]}–{_year(last, tag)}", ""
    if short:
        return f"{one[1]}–{_year(last, tag)}", f"{a}–{b}".strip("–")
    return f"{_in_full(first, tag)} – {_in_full(last, tag)}", ""


def _whole_year(value: str) -> bool:
    return re.fullmatch(r"\d{4}(?:-12-31|-12|-Q4|-H2)?", value) is not None


def _year(value: str, tag: str) -> str:
    form = _FORM.fullmatch(value)
    return value if not form else form[1] if tag == "en" else f"{form[1]}年"


def _part(value: str, tag: str, short: bool = False) -> str:
    """What of the year it is, "" for the whole: "first quarter" or "Q1", 一季度."""
    form = _FORM.fullmatch(value)
    if not form:
        return ""
    if code := form[2]:
        nth = int(code[1])
        if tag == "en":
            return code if short else f"{_ORDINALS[nth - 1]} {'half' if code[0] == 'H' else 'quarter'}"
        return "上下"[nth - 1] + "半年" if code[0] == "H" else f"{_HAN[nth - 1]}季度"
    if not form[3]:
        return ""
    month, day = int(form[3]), int(form[4] or 0)
    if tag == "en":
        name = _MONTHS[month - 1][: 3 if short else None]
        return f"{day} {name}" if day else name
    return f"{month}月{day}日" if day else f"{month}月"
