"""One form of a text for matching: simplified script, half-width signs; and what counts as Han, in which script.

What is stored and shown keeps its script and width; patterns over Chinese are written once, in this form.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

import opencc

from corpus.transcript import Lang, Script

__all__ = ["HAN", "HAN_RANGE", "number_of", "read_script", "simplified", "small_letters", "traditional"]

# For a character class: the ideographs of all planes, without signs and without 〇, which is written as a figure.
HAN_RANGE = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HAN = re.compile(f"[{HAN_RANGE}]")


def simplified(text: str) -> str:
    """The text in simplified script, converted by words; its length may differ."""
    return str(_converter("t2s").convert(text))


def traditional(text: str) -> str:
    """The text in traditional script as written in Taiwan, converted by words; its length may differ."""
    return str(_converter("s2tw").convert(text))


@lru_cache(maxsize=4)  # figures, their quantities and their times are read off one text after another
def read_script(text: str) -> tuple[str, Lang, Script]:
    """The text in simplified script and half-width signs, character for character; its language and its script.

    English without a Han character or with fewer of them than Latin words, else Chinese; traditional when some
    characters have a simplified form, and no fewer than have a traditional one: 台 is written in both.

    >>> read_script("５Ｇ網絡"), read_script("App數")[1:], read_script("How is 船 said?")[1:]
    (('5G网络', 'zh', 'Hant'), ('zh', 'Hant'), ('en', 'Latn'))
    """
    counts = Counter(HAN.findall(text))
    listed = "\n".join(counts)
    simple, full = (
        dict(zip(counts, _converter(way).convert(listed).split("\n"), strict=True) if counts else ())
        for way in ("t2s", "s2t")
    )
    folded = text.translate({ord(char): put for char, put in simple.items() if len(put) == 1} | _WIDTH)
    if not counts or sum(counts.values()) < len(re.findall(r"[A-Za-zÀ-ɏ]+", text)):
        return folded, "en", "Latn"
    of_traditional = sum(count for char, count in counts.items() if simple[char] != char)
    of_simplified = sum(count for char, count in counts.items() if full[char] != char)
    return folded, "zh", "Hant" if of_traditional and of_traditional >= of_simplified else "Hans"


def small_letters(text: str) -> str:
    """The text in small letters, letter by letter, so that places in it stay: a few capitals are two letters small.

    >>> small_letters("ＡB"), len(small_letters("İ"))
    ('ａb', 1)
    """
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


@lru_cache
def _converter(way: str) -> opencc.OpenCC:
    return opencc.OpenCC(way)


_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord(char): put for char, put in zip("\u3000\xa0’‘﹕︰【】", "  ''::[]", strict=True)
}


def number_of(digits: str) -> int:
    """The number that decimal digits or Han numerals below a hundred write, or a row of Han digits; "" is 0.

    Raises ValueError for anything else.

    >>> [number_of(word) for word in ("二〇二二", "二十一", "十", "三十", "07", "")]
    [2022, 21, 10, 30, 7, 0]
    """
    if not digits or digits.isdecimal():
        return int(digits or 0)
    tens, ten, ones = digits.rpartition("十")
    if ten:
        return 10 * (number_of(tens) if tens else 1) + number_of(ones)
    return int("".join(str("零一二三四五六七八九".index(_ZEROS.get(char, char))) for char in digits))


_ZEROS = dict.fromkeys("〇○", "零")
