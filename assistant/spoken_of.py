"""Which sentences speak of a topic, in its own words, in another language, or described in other words.

Sentences of several briefings are put on one scale, so that what one says may be set beside what another does. How the
sides of a question are told apart is known by several.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.extractive import Quote
from assistant.forms import announces
from assistant.retrieve import Hit, Retriever
from assistant.trace import says_of_what, topic_of
from corpus.chunk import sentence_spans
from corpus.indicators import Indicator, indicator_named
from corpus.transcript import Lang
from embeddings.lexical import fold, query_of

__all__ = ["spoken_of"]

LEAST_SPOKEN = 0.6  # share of the topic's words that a sentence holds, and the likeness of its nearest clause
DESCRIBED = 0.5  # a topic of whose words no sentence holds this share is described in other words
NEAREST = 3  # clauses that it may then mean, by either measure
LEAST_MEANT = 0.45  # the same sum for such a clause
SAID_AGAIN = 0.8  # and of another sentence with that clause
OF_PASSAGE = 0.3  # what the score of its passage adds, which says what a sentence leaves out
LEAST_CLAUSE = 8  # characters
LEAST_SHARE = 0.1  # a sentence that holds less of a topic that others name is not looked at closer


@dataclass(frozen=True, slots=True)
class _Sentence:
    hit: Hit
    start: int
    end: int
    names: tuple[str, str]  # of what its figures count, in English and in Chinese
    clauses: tuple[str, ...]  # itself, then its clauses

    def quote(self, score: float) -> Quote:
        """The sentence, with the next one where that leans on it: "This saved 8 billion yuan."."""
        text = self.hit.passage.text
        following = next((span for span in sentence_spans(text) if span[0] >= self.end), None)
        end = following[1] if following and _GOES_ON.match(fold(text[following[0] :])) else self.end
        return Quote(self.hit.passage, self.start, end, score + OF_PASSAGE * self.hit.score)


@dataclass(frozen=True, slots=True)
class _Fit:
    share: float
    cosine: float
    clause: str  # the one that is most like the topic

    @property
    def total(self) -> float:
        return self.share + self.cosine


_GOES_ON = re.compile(r"(?:this|these|it|as a result|therefore|thus)\b|[这此]|因此|为此|从而")


def spoken_of(topic: str, hits: Sequence[Hit], retriever: Retriever) -> list[Quote]:
    """The sentences of the hits that speak of a topic, best first; [] when none does.

    Where none has half of its words it is described in other ones: it is then what several briefings speak of among the
    clauses that come nearest to it, and the words of that clause count.
    """
    sentences = list(_sentences(hits, retriever))
    shares = _shares(topic, sentences, retriever)
    described = max(shares, default=0.0) < DESCRIBED
    if not described:
        sentences = [one for one, share in zip(sentences, shares, strict=True) if share >= LEAST_SHARE]
        shares = [share for share in shares if share >= LEAST_SHARE]
    if not sentences:
        return []
    encoder = retriever.index.encoder
    vectors = encoder.encode_passages([clause for one in sentences for clause in one.clauses])

    def fits(topic: str, shares: Sequence[float]) -> list[_Fit]:
        like = vectors @ encoder.encode_questions([topic])[0]
        found, at = [], 0
        for one, share in zip(sentences, shares, strict=True):
            best = int(like[at : at + len(one.clauses)].argmax())
            found.append(_Fit(share, float(like[at + best]), one.clauses[best]))
            at += len(one.clauses)
        return found

    own = fits(topic, shares)
    scores = [fit.total for fit in own]
    if described:
        nearest = sorted(own, key=lambda fit: -fit.total)[:NEAREST] + sorted(own, key=lambda fit: -fit.cosine)[:NEAREST]
        meant = {fit.clause: fit.total for fit in nearest if fit.total >= LEAST_MEANT}
        readings = [(total, fits(clause, _shares(clause, sentences, retriever))) for clause, total in meant.items()]
        _, again = max(readings, key=lambda one: one[0] * _second(sentences, one[1]), default=(0.0, []))
        if again and _second(sentences, again) >= SAID_AGAIN:
            told = [min(fit.total, 1.0) - SAID_AGAIN + LEAST_SPOKEN for fit in again]
            scores = [max(pair) for pair in zip(scores, told, strict=True)]
    quotes = [one.quote(score) for one, score in zip(sentences, scores, strict=True) if score >= LEAST_SPOKEN]
    return sorted(quotes, key=lambda quote: -quote.score)


def _sentences(hits: Sequence[Hit], retriever: Retriever) -> Iterator[_Sentence]:
    figures: dict[str, list[tuple[int, Indicator]]] = {}
    for _, figure in retriever.index.figures(passages={hit.passage.id for hit in hits}):
        if known := indicator_named(figure.indicator):
            figures.setdefault(figure.passage, []).append((figure.start, known))
    for hit in hits:
        for start, end in sentence_spans(hit.passage.text):
            words = hit.passage.text[start:end]
            if not words.rstrip().endswith(("?", "？")) and not announces(words):
                counted = [one for at, one in figures.get(hit.passage.id, []) if start <= at < end]
                names = (" ".join(one.english for one in counted), " ".join(one.chinese for one in counted))
                yield _Sentence(hit, start, end, names, (words, *_clauses(words)))


def _clauses(sentence: str) -> Iterator[str]:
    parts = [part.strip() for part in _BETWEEN.split(sentence)]
    if len(parts) > 1:
        yield from (part for part in parts if len(part) >= LEAST_CLAUSE)


_BETWEEN = re.compile(r"[;；:：，]|,(?!\d)")


def _shares(topic: str, sentences: Sequence[_Sentence], retriever: Retriever) -> list[float]:
    """How much of the topic's words each sentence holds, 0 to 1."""
    index = retriever.index
    words = _GENERAL.sub(" ", topic_of(topic))
    words = words if says_of_what(words) else topic
    queries = {lang: query_of(words, lang, retriever.dictionary) for lang in index.langs()}
    shares = []
    for one in sentences:
        lang = one.hit.passage.lang
        # Many a sentence calls what it counts by no word of the question; the table knows it under all its names.
        names = dict(zip(_LANGS, one.names, strict=True))
        share = index.share(lang, queries[lang], f"{one.clauses[0]} {names[lang]}")
        share += sum(index.share(other, queries[other], names[other]) for other in queries if other != lang)
        shares.append(min(share, 1.0))
    return shares


_LANGS: tuple[Lang, Lang] = ("en", "zh")
# What may be done about anything, and how one points at it; folded.
_GENERAL = re.compile(
    r"\b(?:work(?:ed|ing)?|measures?|steps|efforts?|progress|achievements?|situation|issues?|matters?|services?"
    r"|what|which|who|lets?|you|your|things?|ways?|done|made|get|got|first|next|main)\b"
    r"|工作|进展|进度|措施|举措|成效|成果|做法|问题|[那这][个项种]|首先|下一步|方面|自己"
)


def _second(sentences: Sequence[_Sentence], fits: Sequence[_Fit]) -> float:
    """How far the second of the transcripts goes that speak of a thing."""
    best: dict[str, float] = {}
    for one, fit in zip(sentences, fits, strict=True):
        named = one.hit.passage.transcript
        best[named] = max(best.get(named, 0.0), fit.total)
    return sorted(best.values())[-2] if len(best) > 1 else 0.0
