"""One form of a text for matching: simplified script and half-width signs, each character in its place.

What is stored and shown keeps its script and width; patterns over Chinese are written once, in this form.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache

import opencc

from corpus.transcript import Lang, Script

__all__ = ["HAN", "fold"]

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def fold(text: str) -> tuple[str, Lang, Script]:
    """The text in simplified script and half-width signs, character for character; its language and its script.

    Chinese when Han characters outnumber Latin words; traditional when more of them have a simplified form than
    have a traditional one.
    """
    counts = Counter(HAN.findall(text))
    listed = "\n".join(counts)
    simple, full = (
        dict(zip(counts, _converter(way)(listed).split("\n"), strict=True) if counts else ()) for way in ("t2s", "s2t")
    )
    folded = text.translate({ord(char): put for char, put in simple.items() if len(put) == 1} | _WIDTH)
    if sum(counts.values()) <= len(re.findall(r"[A-Za-zÀ-ɏ]+", text)):
        return folded, "en", "Latn"
    traditional = sum(count for char, count in counts.items() if simple[char] != char)
    simplified = sum(count for char, count in counts.items() if full[char] != char)
    return folded, "zh", "Hant" if traditional > simplified else "Hans"


@lru_cache
def _converter(name: str) -> Callable[[str], str]:
    convert: Callable[[str], str] = opencc.OpenCC(name).convert
    return convert


_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord(char): put for char, put in zip("\u3000\xa0’‘﹕︰【】", "  ''::[]", strict=True)
}
