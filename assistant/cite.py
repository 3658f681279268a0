"""What an answer is: sentences, each with citations to the words of a passage that bear it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corpus.transcript import Lang, Passage, Script

__all__ = ["Answer", "Citation", "Refusal", "Sentence"]

Refusal = Literal["empty", "too_long", "nothing_found"]


@dataclass(frozen=True, slots=True)
class Citation:
    """The n-th source of an answer: passage.text[start:end], verbatim, and the passage that it stands in."""

    n: int  # from 1, as the reader sees it: [1]
    passage: Passage
    start: int
    end: int

    @property
    def quote(self) -> str:
        """The cited words exactly as the source has them."""
        return self.passage.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and the numbers of the citations that bear it out (at least one)."""

    text: str
    cites: tuple[int, ...]
    label: str = ""  # in front of it where an answer quotes several briefings: when this one was held
    point: int | None = None  # of a list answer; its words say the number themselves ("First, …", 一是…)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Chuchu says to one question.

    `lead` is one line in the asker's language that frames the quotes (who, when, digest or transcript, other
    language), "" if none is needed. When `refused` is set, `lead` holds the refusal in the asker's language,
    `sentences` is empty, and `citations` may hold the nearest passages, to look at and not as support.
    """

    question: str
    lang: Lang
    script: Script
    lead: str = ""
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    refused: Refusal | None = None

    @property
    def text(self) -> str:
        """The whole answer as plain text with [n] marks."""
        lines = [self.lead] if self.lead else []
        for sentence in self.sentences:
            marks = "".join(f"[{n}]" for n in sentence.cites)
            lines.append(f"{sentence.label}{sentence.text} {marks}")
        return "\n".join(lines)
