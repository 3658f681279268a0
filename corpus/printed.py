"""What line ends mean: which lines of a printed page make one paragraph, and which are the page's own."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

__all__ = ["flowed", "paragraphs"]

_WIDE = r"\u2e80-\u9fff\uf900-\ufaff\uff01-\uffee"  # Han with the punctuation of Chinese


def flowed(text: str) -> str:
    """The words of one paragraph on one line; a newline between Chinese characters is no space.

    >>> flowed("四班\\n渡轮 Pier\\n 9")
    '四班渡轮 Pier 9'
    """
    return " ".join(re.sub(rf"(?<=[{_WIDE}])[ \t\r]*\n\s*(?=[{_WIDE}])", "", text).split())


def paragraphs(pages: Sequence[Sequence[str]]) -> list[str]:
    """The paragraphs that the printed lines of the pages make, in order, without page heads and page numbers.

    A line ends its paragraph if the first word of the next line would have fitted behind it, with a tenth of the
    full width to spare (characters differ in width), and it ends like a sentence or is shorter than .6 of the
    full width, like a heading; or if a sentence ends and a speaker's label follows. The full width is that of the
    line at nine tenths, apart for Chinese and other lines. A hyphen at the end goes if the word is not written with
    it elsewhere.
    """
    lines = _body_lines(pages)
    full = {is_han: _full_width([line for line in lines if _is_han(line) is is_han]) for is_han in (True, False)}
    compounds = set(re.findall(r"\b\w+-\w+\b", "\n".join(lines)))
    made: list[list[str]] = [[]]
    last = ""
    for line in lines:
        room = full[_is_han(last)]
        word = _FIRST_WORD.match(line)
        fits = _width(last) + _width(word[0] if word else "") + 1 < room * (0.95 if _is_han(last) else 0.9)
        ends = _ENDS.search(last[-9:]) is not None
        if (fits and (ends or _width(last) < 0.6 * room)) or (ends and _LABEL.match(line)):
            made.append([])
        elif re.search(r"[a-z]-$", last[-2:]) and re.match(r"[a-z]", line):
            compound = last.rpartition(" ")[2] + re.split(r"\W", line, maxsplit=1)[0]
            made[-1][-1] = last if compound in compounds else last[:-1]
        elif not re.search(f"[{_WIDE}]", last[-1:] + line[:1]):
            made[-1].append(" ")
        made[-1].append(line)
        last = line
    return [words for parts in made if (words := " ".join("".join(parts).split()))]


_ENDS = re.compile(r"[.?!:。？！：；…][\"'”’」』）)]*$")
_LABEL = re.compile(rf"(?:[A-Z][\w.’'-]*(?: [\w.’'-]+){{0,5}}:|[{_WIDE}]{{2,16}}：)")
_FIRST_WORD = re.compile(r"[!-~]+|.")
_PAGE_NUMBER = re.compile(r"(?:page|第|共)?\W*\d{1,4}\W*(?:页|頁)?\W*(?:(?:of|共)?\W*\d{1,4}\W*(?:页|頁)?)?\W*", re.I)


def _body_lines(pages: Sequence[Sequence[str]]) -> list[str]:
    """The lines of all pages, less page numbers and what stands at the same edge of half of the pages, from 3 on."""
    filled = [[line for line in page if line] for page in pages]
    edges = [{_numberless(line) for line in (*page[:2], *page[-2:])} for page in filled]
    times = Counter(line for edge in edges for line in edge)
    repeated = {line for line, count in times.items() if count >= 3 and count * 2 >= len(pages)}
    kept: list[str] = []
    for page in filled:
        for place, line in enumerate(page):
            from_edge = min(place, len(page) - 1 - place)
            is_number = from_edge == 0 and len(line) < 30 and _PAGE_NUMBER.fullmatch(line)
            if not is_number and not (from_edge < 2 and _numberless(line) in repeated):
                kept.append(line)
    return kept


def _numberless(line: str) -> str:
    return re.sub(r"\d+", "#", line)


def _full_width(lines: Sequence[str]) -> int:
    return sorted(map(_width, lines))[len(lines) * 9 // 10] if lines else 0


def _is_han(line: str) -> bool:
    return len(re.findall(rf"[{_WIDE}]", line)) * 3 > len(line)


def _width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
