"""Which sentences answer a question where no language model is: chosen from the hits, verbatim, each with its source.

Deterministic: same index, same question, same answer. Which passages are looked at is known by retrieve.py, what a
question insists on by anchors.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.anchors import (
    Anchors,
    anchors_of,
    bears_out,
    is_named,
    is_of_period,
    without_names,
    without_speakers,
    without_years,
)
from assistant.forms import Form, announces, asks_after_asker, block_asked, form_of, ordinal_asked, suits, without_frame
from assistant.retrieve import DENSE_SHARE, Hit, Retriever
from corpus.chunk import sentence_spans, units
from corpus.transcript import Lang, Passage
from embeddings.lexical import Query, context_of, query_of, term_counts

__all__ = ["Quote", "choose", "fitting"]

MOST_SENTENCES = 6
MOST_PASSAGES = 6  # whose sentences are compared
LEAST_EVIDENCE = 0.45  # below it nothing is said; see docs/architecture.md, "Refusal", for how it was chosen
OFF_FORM = 0.7  # of the score of a sentence without a figure, or a post, when the question asks for one
NEAR_BEST = 0.82  # a further sentence is shown when it scores at least this share of the best one
FOLLOWS = 0.6  # the sentence that goes on from the best one is shown from this share of its score
IN_SERIES = 0.6  # a transcript joins a series when its best quote scores at least this share of the best of all
ANNOUNCES = 0.7  # of the score of a sentence that only announces what follows
SAME = 0.6  # share of common terms from which two sentences say the same
# A question of which the name of the briefing and the words for a list hold this share asks for the whole list.
WHOLE_LIST = 0.55
# Least share of what is counted that stands in one clause with a figure. At .12 half of the answers that gave a figure
# of something else fell away, and no right one (160 questions of a reader who had not seen the rules; the nearest
# right one had .13).
LEAST_COUNTED = 0.12
POINT_UNITS = 14  # a point is quoted up to the sentence that passes this size: its first is often a mere heading
OTHER_BLOCK = 0.85  # of the score of a passage on what was done when the question asks what comes, and the reverse


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of one passage, chosen for an answer, and how well it fits (larger is better)."""

    passage: Passage
    start: int
    end: int
    score: float
    point: int | None = None  # the number under which a list shows it

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


def choose(question: str, hits: Sequence[Hit], retriever: Retriever) -> list[Quote]:
    """One to six quotes that answer the question, in the order to show them; [] when the hits bear no answer out."""
    anchors = anchors_of(question, retriever.dictionary)
    form = form_of(question)
    sides = _sides(question, fitting(question, hits, retriever), anchors)
    spoken = next((some for some in sides if _bear_out(question, anchors, form, some, retriever)), [])
    if not spoken:
        return []
    if form == "list" and (points := _points(question, spoken, retriever)):
        return points
    # The names are there in every passage by now; what else is asked decides between them.
    topic = without_names(question, anchors)
    topic = topic if any(_queries(topic, [hit.passage for hit in spoken], retriever).values()) else question
    quotes = _compared(topic, spoken[: 2 * MOST_PASSAGES if form == "series" else MOST_PASSAGES], retriever)
    quotes = [q if suits(form, q.text) else replace(q, score=OFF_FORM * q.score) for q in quotes]
    quotes.sort(key=lambda quote: -quote.score)
    if form == "number":
        quotes = _with_figures(without_years(topic), quotes, retriever)
    return _series(quotes) if form == "series" else _best(quotes, form)


def fitting(question: str, hits: Sequence[Hit], retriever: Retriever) -> list[Hit]:
    """The hits that have what a question insists on, only those of the period that it names, if it names one."""
    anchors = anchors_of(question, retriever.dictionary)
    # A transcript names its period once, and means it throughout.
    of_period = {hit.passage.transcript for hit in hits if is_of_period(hit.passage, anchors)}
    borne_out = [hit for hit in hits if bears_out(hit.passage, anchors, hit.passage.transcript in of_period)]
    return [hit for hit in borne_out if hit.passage.transcript in of_period] if anchors.periods else borne_out


def _sides(question: str, hits: Sequence[Hit], anchors: Anchors) -> list[list[Hit]]:
    """The hits to answer from, best first: those who answered, before them those who asked if they are asked after.

    What was done or what comes next stands in front, by the question's tense.
    """
    asked = [hit for hit in hits if hit.passage.role in ("reporter", "moderator")]
    said = [hit for hit in hits if hit not in asked or is_named(hit.passage, anchors)]
    block = block_asked(question)
    sides = []
    for side in (asked, said) if asks_after_asker(question) else (said,):
        weighed = [
            replace(hit, score=OTHER_BLOCK * hit.score) if block and hit.passage.block not in (None, block) else hit
            for hit in side
        ]
        sides.append(sorted(weighed, key=lambda hit: -hit.score))
    return sides


def _queries(question: str, passages: Sequence[Passage], retriever: Retriever) -> dict[Lang, Query]:
    return {lang: query_of(question, lang, retriever.dictionary) for lang in {passage.lang for passage in passages}}


def _bear_out(question: str, anchors: Anchors, form: Form, hits: Sequence[Hit], retriever: Retriever) -> bool:
    """Whether the best hits bear an answer out: the question's words found there, and likeness of the vectors."""
    speakers = " ".join(f"{hit.passage.speaker or ''} {hit.passage.outlet or ''}" for hit in hits)
    topic = without_frame(without_speakers(question, anchors, speakers), form)
    queries = _queries(topic, [hit.passage for hit in hits], retriever)
    if not any(queries.values()):
        # Nothing was asked beyond the names, and those are there; or for a list, whichever there is.
        return bool(hits) and bool(anchors.names or form == "list")
    for hit in hits[:4]:
        words = f"{hit.passage.text} {hit.passage.question} {context_of(hit.passage)}"
        if (
            retriever.index.share(hit.passage.lang, queries[hit.passage.lang], words) + 0.5 * hit.cosine
            >= LEAST_EVIDENCE
        ):
            return True
    return False


def _compared(question: str, hits: Sequence[Hit], retriever: Retriever) -> list[Quote]:
    queries = _queries(question, [hit.passage for hit in hits], retriever)
    places = [(hit, span) for hit in hits for span in sentence_spans(hit.passage.text)]
    if not places:
        return []
    encoder = retriever.index.encoder
    vectors = encoder.encode_passages([hit.passage.text[a:b] for hit, (a, b) in places])
    quotes = []
    for (hit, (start, end)), cosine in zip(places, vectors @ encoder.encode_questions([question])[0], strict=True):
        words = hit.passage.text[start:end]
        share = retriever.index.share(hit.passage.lang, queries[hit.passage.lang], words)
        # Half the sentence, half its passage: a sentence alone often leaves out what its paragraph is about.
        own = (1 - DENSE_SHARE) * share**0.5 + DENSE_SHARE * float(cosine)
        quotes.append(
            Quote(hit.passage, start, end, (ANNOUNCES if announces(words) else 1.0) * (0.5 * own + 0.5 * hit.score))
        )
    return quotes


def _with_figures(topic: str, quotes: Sequence[Quote], retriever: Retriever) -> list[Quote]:
    """The quotes of which one clause holds a figure and enough of what is counted, to be a figure of that."""
    queries = _queries(topic, [quote.passage for quote in quotes], retriever)
    return [
        quote
        for quote in quotes
        if any(
            suits("number", clause)
            and retriever.index.share(quote.passage.lang, queries[quote.passage.lang], clause) >= LEAST_COUNTED
            for clause in re.split(r"[;；。:：]|[,，](?!\d)", quote.text)
        )
    ]


def _best(quotes: Sequence[Quote], form: Form) -> list[Quote]:
    """The best quote, others nearly as good, and for a question after facts the sentence that follows the best one."""
    if not quotes:
        return []
    best = quotes[0]
    most = 4 if form in ("fact", "list") else 3
    chosen = [best]
    if form in ("fact", "list") and (following := _following(best, quotes)):
        chosen += [following] if following.score >= FOLLOWS * best.score else []
    for quote in quotes[1:]:
        if (
            quote.score >= NEAR_BEST * best.score
            and len(chosen) < most
            and not any(_same(quote, other) for other in chosen)
        ):
            chosen.append(quote)
    return _in_order(chosen)


def _following(quote: Quote, quotes: Sequence[Quote]) -> Quote | None:
    later = [other for other in quotes if other.passage.id == quote.passage.id and other.start >= quote.end]
    return min(later, key=lambda other: other.start, default=None)


def _series(quotes: Sequence[Quote]) -> list[Quote]:
    """The best quote of each transcript that comes near the best of all, by date, undated ones last."""
    first: dict[str, Quote] = {}
    for quote in [quote for quote in quotes if suits("series", quote.text)] or quotes:
        first.setdefault(quote.passage.transcript, quote)
    near = [quote for quote in first.values() if quote.score >= IN_SERIES * quotes[0].score]
    return sorted(near, key=lambda quote: _last_day(quote.passage))[:MOST_SENTENCES]


def _last_day(passage: Passage) -> date:
    # The later bound of a partial date: "2022" comes after a day in January 2022.
    span = passage.day.span()
    return span[1] if span else date.max


def _points(question: str, hits: Sequence[Hit], retriever: Retriever) -> list[Quote]:
    """The numbered points that a question for a whole list means, or the one that it numbers, whole.

    [] when it asks for less, or there is no list.
    """
    totals: dict[tuple[str, int, str | None], float] = {}
    for rank, hit in enumerate(hits):
        if hit.passage.point is not None or hit.passage.block is not None:
            key = (hit.passage.transcript, hit.passage.turn, hit.passage.block)
            totals[key] = totals.get(key, 0.0) + hit.score / (1 + rank)
    if not totals:
        return []
    transcript, turn, block = max(totals, key=lambda key: totals[key])
    scores = {hit.passage.id: hit.score for hit in hits}
    spoken = retriever.index.turn(transcript, turn)
    runs = _runs([p for p in spoken if p.block == block and p.point is not None])
    if not runs:
        return []
    passages = max(runs, key=lambda run: sum(scores.get(passage.id, 0.0) for passage in run))
    if ordinal := ordinal_asked(question):
        asked = [p for p in passages if p.point == ordinal]
        return [Quote(p, a, b, 1.0, p.point) for p in asked for a, b in sentence_spans(p.text)][:MOST_SENTENCES]
    lang = passages[0].lang
    rest = query_of(without_frame(question, "list"), lang, retriever.dictionary)
    opener = " ".join(p.text for p in spoken if p.block == block and p.point is None)
    if rest and retriever.index.share(lang, rest, f"{context_of(passages[0])} {opener}") < WHOLE_LIST:
        return []
    found: dict[int, Quote] = {}
    for passage in passages:
        if passage.point is not None and passage.point not in found and (spans := sentence_spans(passage.text)):
            end = next((b for _, b in spans if units(passage.text[:b]) >= POINT_UNITS), spans[-1][1])
            found[passage.point] = Quote(passage, spans[0][0], end, 1.0, passage.point)
    return list(found.values())[:MOST_SENTENCES] if len(found) > 1 else []


def _runs(passages: Sequence[Passage]) -> list[list[Passage]]:
    """The lists of a turn: the numbers of one never fall."""
    runs: list[list[Passage]] = []
    for passage in passages:
        if runs and (passage.point or 0) >= (runs[-1][-1].point or 0):
            runs[-1].append(passage)
        else:
            runs.append([passage])
    return runs


def _same(one: Quote, other: Quote) -> bool:
    a, b = set(term_counts(one.text)), set(term_counts(other.text))
    return len(a & b) >= SAME * min(len(a), len(b))


def _in_order(quotes: Sequence[Quote]) -> list[Quote]:
    """Passages by their best quote, the sentences of each as they stand there."""
    order: dict[str, list[Quote]] = {}
    for quote in quotes:
        order.setdefault(quote.passage.id, []).append(quote)
    return [quote for group in order.values() for quote in sorted(group, key=lambda quote: quote.start)]
