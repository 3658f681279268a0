"""What an answer is: sentences, each with citations to the words of a passage; and which of them hold.

Pure functions: the answer, the page and the evaluation ask the same code. When words bear a figure out is known by
lock.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from assistant.lock import lacking
from corpus.transcript import Lang, Passage, Script

if TYPE_CHECKING:
    from assistant.timeline import Timeline

__all__ = ["Answer", "Citation", "Refusal", "Sentence", "checked", "faults", "faults_of", "holds"]

LONGEST = 2_000  # characters of a sentence that is checked

Refusal = Literal[
    "empty", "nonsense", "too_long", "ambiguous", "off_topic", "nothing_found", "other_period", "false_premise"
]


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

    @property
    def paragraph(self) -> str:
        """The lines that the cited words stand in: a passage may hold several paragraphs."""
        text, start = self.passage.text, self.start
        stop = text.find("\n", max(start, self.end - 1))
        return text[text.rfind("\n", 0, start) + 1 : len(text) if stop < 0 else stop]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and the numbers of the citations that bear it out (at least one)."""

    text: str
    cites: tuple[int, ...]
    label: str = ""  # in front of it where an answer quotes several briefings: when this one was held
    point: int | None = None  # of a list answer; its words say the number themselves ("First, …", 一是…)
    computed: bool = False  # by code, out of the figures cited: nobody said it, and its label says so
    direct: bool = False  # the answer in a word, worded by code out of what it cites; it comes before the lead
    gloss: tuple[tuple[str, str], ...] = ()  # words of the source and of the asker's language that mean the same


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
    timeline: Timeline | None = None  # of a question after a development; the sentences say the same
    fallback: str = ""  # the line that says so where a chat model was asked in vain; it comes before the lead
    understood: str = ""  # the question that was answered, where the one asked leans on earlier ones
    suggestion: str = ""  # of a refusal: a question near the one asked that is answered here

    @property
    def text(self) -> str:
        """The whole answer as plain text with [n] marks; a direct answer is its first line."""
        return "\n".join("".join(parts) for parts in self._lines())

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The place of each sentence's own words in `text`, without its label, its marks and its gloss."""
        spans, at = [], 0
        for label, words, rest in self._lines():
            if rest:
                spans.append((at + len(label), at + len(label) + len(words)))
            at += len(label) + len(words) + len(rest) + 1
        return spans

    def _lines(self) -> Iterator[tuple[str, str, str]]:
        """The lines of the text, each in three parts: label, words, and what stands behind those of a sentence."""
        first = 1 if self.sentences and self.sentences[0].direct else 0
        yield from map(_line, self.sentences[:first])
        yield from (("", line, "") for line in (self.fallback, self.lead) if line)
        yield from map(_line, self.sentences[first:])


def _line(sentence: Sentence) -> tuple[str, str, str]:
    gloss = "; ".join(f"{theirs} = {ours}" for theirs, ours in sentence.gloss)
    marks = "".join(f"[{n}]" for n in sentence.cites)
    return sentence.label, sentence.text, f" {marks}{f' ({gloss})' if gloss else ''}"


# ---- what holds


def checked(answer: Answer, retrieved: Sequence[Passage]) -> Answer:
    """The answer without what does not hold, its citations numbered from 1 again.

    Out go citations that are not of a passage retrieved, sentences that the remaining ones do not bear out, and
    citations that no sentence uses. When no sentence is left, the answer is refused ("nothing_found") without a lead;
    what was refused comes back as it is.
    """
    if answer.refused:
        return answer
    known = {passage.id: passage for passage in retrieved}
    # With the passage that was retrieved, so that speaker and dates are those of the record whoever made the answer.
    standing = {one.n: replace(one, passage=known[one.passage.id]) for one in answer.citations if holds(one, known)}
    kept = []
    for sentence in answer.sentences:
        cites = tuple(n for n in sentence.cites if n in standing)
        if not faults_of(still := replace(sentence, cites=cites), list(standing.values())):
            kept.append(still)
    if not kept:
        return replace(answer, lead="", sentences=(), citations=(), refused="nothing_found")
    used = {n for sentence in kept for n in sentence.cites}
    number = {n: place for place, n in enumerate((n for n in standing if n in used), start=1)}
    return replace(
        answer,
        sentences=tuple(replace(one, cites=tuple(number[n] for n in one.cites)) for one in kept),
        citations=tuple(replace(standing[n], n=place) for n, place in number.items()),
    )


def holds(citation: Citation, known: Mapping[str, Passage]) -> bool:
    """Whether a citation quotes a known passage (they come by id): some of its words, verbatim at their offsets."""
    there = known.get(citation.passage.id)
    if there is None or not 0 <= citation.start < citation.end <= len(there.text):
        return False
    return bool(citation.quote.strip()) and there.text[citation.start : citation.end] == citation.quote


def faults_of(sentence: Sentence, citations: Sequence[Citation]) -> list[str]:
    """The faults of a sentence, given the citations of its answer; what is computed need only name what it is from."""
    cited = [citation for citation in citations if citation.n in sentence.cites]
    return [] if sentence.computed and cited else faults(sentence.text, cited)


def faults(text: str, citations: Sequence[Citation]) -> list[str]:
    """What of a sentence its citations do not bear out, each in words; [] when it holds.

    What one of them bears out holds. A sentence that cites nothing is at fault, and one of more than 2,000 characters;
    one that is what it quotes, word for word, is not.
    """
    if not citations:
        return ["nothing is cited"]
    if any(text == citation.quote for citation in citations):
        return []
    if len(text) > LONGEST:
        return [f"{len(text):,} characters; a sentence has at most {LONGEST:,}"]
    each = [lacking(text, one.passage, one.start, one.end) for one in citations]
    return [f"“{text[a:b]}”: {why}" for (a, b), why in sorted(each[0].items()) if all((a, b) in one for one in each)]
