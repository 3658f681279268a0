"""The lists of one turn: numbered points, marked or announced paragraphs and sentences, sentences that list themselves.

Where a numbered point begins and ends is known by corpus/points.py, which list a question means by lists.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from assistant.forms import announces, block_asked, count_asked, enumerates, items_in
from corpus.chunk import sentence_spans, units
from corpus.transcript import Block, Passage

__all__ = ["Listed", "Place", "lists_of", "said"]

LONGEST_WHOLE = 120  # units of a paragraph that stands in one passage, see corpus/chunk.py
SHORT = 14  # units of a sentence that announces what follows by a mere count of it
MOST_ANNOUNCED = 12  # paragraphs that belong to an announcement which does not count them

Place = tuple[Passage, int, int]  # a stretch of a passage: passage.text[start:end]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of one turn: the passages before it, the sentences of each point by its number, and how many it counts.

    `announcement` is the sentence before it. A sentence that lists all points itself stands alone under 0; `items` are
    these points where they can be told apart.
    """

    before: Sequence[Passage]
    points: Mapping[int, Sequence[Place]]
    block: Block | None
    size: int
    announcement: str = ""
    items: Sequence[Place] = ()

    @property
    def passages(self) -> set[str]:
        return {place[0].id for places in self.points.values() for place in places}

    @property
    def opener(self) -> str:
        return self.before[-1].text if self.before else ""

    @property
    def heads(self) -> str:
        return " ".join(said(places[:1]) for places in self.points.values())

    @property
    def first(self) -> Passage:
        return next(iter(self.points.values()))[0][0]

    def has(self, ordinal: int) -> bool:
        """Whether it has the point of a number, -1 for the last."""
        return ordinal == -1 or ordinal in self.points or (0 in self.points and ordinal <= self.size)

    def point(self, ordinal: int) -> tuple[int, Sequence[Place]]:
        """The number and the sentences of a point that it has; those of all where they cannot be told apart."""
        if self.items:
            number = len(self.items) if ordinal == -1 else ordinal
            return number, self.items[number - 1 : number]
        number = ordinal if ordinal in self.points else max(self.points)
        return number, self.points[number]


def said(places: Sequence[Place]) -> str:
    """The words that stand at some places."""
    return " ".join(passage.text[start:end] for passage, start, end in places)


def lists_of(spoken: Sequence[Passage], count: int | None, within: bool) -> Iterator[Listed]:
    """The lists that the passages of one turn hold.

    Sentences that list are among them when they list `count` things, or with `within` whatever they count.
    """
    yield from _numbered(spoken)
    for passage in spoken if count or within else ():
        for a, b in sentence_spans(passage.text):
            words = passage.text[a:b]
            items = [(passage, a + start, a + end) for start, end in items_in(words)]
            told = len(items) if count and len(items) == count else count_asked(words)
            if told and told == (count or told) and enumerates(words):
                items = items if len(items) == told else []
                yield Listed([], {0: [(passage, a, b)]}, passage.block, told, items=items)
    yield from _announced(spoken)


def _numbered(spoken: Sequence[Passage]) -> Iterator[Listed]:
    before: list[Passage] = []
    run: list[Passage] = []
    for passage in [*spoken, None]:
        number = passage.point if passage else None
        if run and (passage is None or number is None or number < (run[-1].point or 0)):
            points: dict[int, list[Place]] = {}
            for one in run:
                points.setdefault(one.point or 0, []).extend((one, a, b) for a, b in sentence_spans(one.text))
            if len(points) > 1 or min(points) > 1:
                yield Listed(before, points, run[0].block, len(points), _announcing(before[-2:]))
            before, run = [], []
        if passage and number is None:
            before = [*before, passage]
        elif passage:
            run.append(passage)


def _announcing(before: Sequence[Passage]) -> str:
    """The last sentence of what stands before a list that announces it, or else the last of all."""
    words = [passage.text[a:b] for passage in before for a, b in sentence_spans(passage.text)][-3:]
    return next((one for one in reversed(words) if announces(one)), words[-1] if words else "")


def _announced(spoken: Sequence[Passage]) -> Iterator[Listed]:
    """The lists whose points have no numbers: marked paragraphs, or what follows a count of it."""
    paragraphs = _paragraphs(spoken)
    for at, paragraph in enumerate(paragraphs):
        following = paragraphs[at + 1 :]
        passage, start, end = paragraph[-1]
        last = passage.text[start:end]
        marked = list(takewhile(lambda places: _MARK.match(said(places)), following))
        plain = list(takewhile(lambda places: places[0][0].point is None, following))
        size = count_asked(last)
        told: Sequence[Sequence[Place]] = ()
        if len(marked) > 1 and not _MARK.match(said(paragraph)):
            told = marked
        elif size and (announces(last) or units(last) <= SHORT) and not enumerates(last):
            told = plain[:size] if len(plain) >= size else ()
        elif _ENDS_OPEN.search(last):
            told = plain if 1 < len(plain) <= MOST_ANNOUNCED else ()
        if told:
            block = told[0][0][0].block or block_asked(last)
            yield Listed([passage], dict(enumerate(told, start=1)), block, len(told), last)
        yield from _in_paragraph(paragraph)


def _in_paragraph(paragraph: Sequence[Place]) -> Iterator[Listed]:
    """The list that a sentence of a paragraph announces by its count, and the sentences after it hold."""
    for at, (passage, start, end) in enumerate(paragraph[:-1]):
        words, told = passage.text[start:end], paragraph[at + 1 :]
        size = count_asked(words)
        if size and announces(words) and not enumerates(words) and len(told) >= size and told[0][0].point is None:
            # More sentences than points: which begins one cannot be told.
            points = {n: [place] for n, place in enumerate(told, 1)} if len(told) == size else {0: told}
            yield Listed([passage], points, told[0][0].block or block_asked(words), size, words)


_MARK = re.compile(r"\s*(?:[-–*] |[—–]{1,2}(?=\S)|[•·▪●◆■◇□○➢►])")
_ENDS_OPEN = re.compile(r"[:：]\s*$|\bfollowing(?: \w+){0,2}[.:]?$|(?:以下|如下)[^。,，]{0,6}[。:：]?$")


def _paragraphs(spoken: Sequence[Passage]) -> list[list[Place]]:
    """The sentences of a turn by paragraph; a passage holds one or several, or, when one is long, a part of it."""
    paragraphs: list[list[Place]] = []
    for passage in spoken:
        stop = None
        for a, b in sentence_spans(passage.text):
            if stop is None:
                before = paragraphs[-1] if paragraphs else []
                gap = passage.start - before[-1][0].end if before else 2
                goes_on = bool(before) and (gap == 0 or (gap == 1 and _is_cut(before, passage)))
            else:
                goes_on = "\n" not in passage.text[stop:a]
            if goes_on:
                paragraphs[-1].append((passage, a, b))
            else:
                paragraphs.append([(passage, a, b)])
            stop = b
    return paragraphs


def _is_cut(before: Sequence[Place], passage: Passage) -> bool:
    # Between English sentences as between paragraphs there is one character, which the passages leave out. What is
    # short enough for one passage was not cut in two.
    return passage.lang == "en" and units(said(before)) + units(passage.text.partition("\n")[0]) > LONGEST_WHOLE
