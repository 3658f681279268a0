"""What a transcript is made of: Transcript, Turn, Segment, Passage, their dates and ids. Values only.

How a file becomes a Transcript is known by reader.py, how a Transcript becomes passages by chunk.py.
Every `start` and `end` counts characters of the clean text, end exclusive; `raw_*` count characters of the
decoded source file. Nothing here reads a file or changes a text.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Lang = Literal["en", "zh"]
Script = Literal["Latn", "Hans", "Hant"]
Kind = Literal["transcript", "article", "digest"]
Role = Literal["moderator", "reporter", "official"]
Block = Literal["done", "next"]
Known = Literal["stated", "inferred", "unknown"]

__all__ = [
    "Block",
    "Kind",
    "Known",
    "Lang",
    "Passage",
    "Role",
    "Script",
    "Segment",
    "Transcript",
    "TranscriptError",
    "Turn",
    "When",
]


class TranscriptError(ValueError):
    """A source file is not a readable transcript; the message names the file, what was found and the remedy."""


@dataclass(frozen=True, slots=True)
class When:
    """A date that may be partial, and how it is known.

    `value` is "YYYY", "YYYY-MM" or "YYYY-MM-DD", and "" exactly when `known` is "unknown".
    """

    value: str = ""
    known: Known = "unknown"

    def __post_init__(self) -> None:
        if (self.value == "") != (self.known == "unknown"):
            raise ValueError(f"date {self.value!r} is called {self.known!r}; an empty date is unknown and no other is")
        if self.value:
            self.span()

    def span(self) -> tuple[date, date] | None:
        """First and last day that the date may mean, or None when it is unknown.

        >>> When("2022-02", "inferred").span()
        (datetime.date(2022, 2, 1), datetime.date(2022, 2, 28))
        """
        if not self.value:
            return None
        parts = [int(part) for part in self.value.split("-")]
        if len(parts) == 3:
            day = date(*parts)
            return day, day
        if len(parts) == 2:
            year, month = parts
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        return date(parts[0], 1, 1), date(parts[0], 12, 31)

    def __str__(self) -> str:
        return self.value if self.known == "stated" else f"{self.value} ({self.known})" if self.value else "unknown"


@dataclass(frozen=True, slots=True)
class Segment:
    """One paragraph of a turn, or one numbered point where a paragraph holds several.

    `point` is the number of the point (First, 一是 = 1), None outside a numbered list; a paragraph that
    continues a point carries the same number. `block` says whether the list tells what was done or what
    comes next, None where the text does not say.
    """

    start: int
    end: int
    point: int | None = None
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's stretch, or the whole body of an article (speaker, role and outlet None).

    `start` and `end` enclose the spoken words, without the label. `speaker` is the name as the source
    writes it, None when the source does not say; `outlet` is the medium of a reporter. `question` is the number of the
    turn that this one answers, through hand-offs by a moderator.
    """

    number: int  # from 1, in order
    start: int
    end: int
    segments: tuple[Segment, ...]
    speaker: str | None = None
    role: Role | None = None
    outlet: str | None = None
    question: int | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """One event, in one language, from one source.

    `offsets[i]` is the place in `raw` of clean character i: len(offsets) == len(text), never decreasing.
    """

    id: str  # from the file name; [a-z0-9._-] and Han letters only; where two are alike, an index adds ~hash to one
    source: str  # the file name as a citation shows it
    raw: str
    text: str
    offsets: Sequence[int]
    turns: tuple[Turn, ...]
    lang: Lang
    script: Script
    kind: Kind = "transcript"
    title: str = ""
    event: str = ""
    publisher: str = ""
    address: str = ""  # http(s) address of the source, "" when unknown
    held: When = When()
    published: When = When()

    def turn(self, number: int) -> Turn:
        """The turn of that number, from 1."""
        return self.turns[number - 1]


@dataclass(frozen=True, slots=True)
class Passage:
    """What is indexed and cited: whole sentences of one turn, with what a reader needs to judge them.

    `text` is the clean text verbatim, in the script of the source; `offsets[i]` is the place in the raw
    source of text[i].
    """

    id: str  # "<transcript id>/<turn number>/<start>-<end>"
    transcript: str
    source: str
    turn: int
    start: int
    end: int
    text: str
    offsets: Sequence[int]
    lang: Lang
    script: Script
    kind: Kind = "transcript"
    title: str = ""
    event: str = ""
    publisher: str = ""
    address: str = ""
    held: When = When()
    published: When = When()
    speaker: str | None = None
    role: Role | None = None
    outlet: str | None = None
    question: str = ""  # the words of the reporter's question that this passage answers, "" if none
    point: int | None = None
    block: Block | None = None

    @property
    def day(self) -> When:
        """When its event was held; where that is unknown, when its page was published."""
        return self.held if self.held.value else self.published

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Raw place of text[start:end]: first raw character and one past the last. Raises ValueError if empty."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"{self.id}: no characters {start} to {end} in a passage of {len(self.text)}")
        return self.offsets[start], self.offsets[end - 1] + 1
