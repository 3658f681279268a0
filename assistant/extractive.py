"""Which sentences answer a question where no language model is: chosen from the hits, verbatim, each with its source.

Deterministic: same index, same question, same answer. Which passages are looked at is known by retrieve.py, what a
question insists on by anchors.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
    years_in,
)
from assistant.cite import Citation
from assistant.direct import Told, figures_told
from assistant.forms import Form, announces, asks_after_asker, block_asked, form_of, gives_reason, suits, without_frame
from assistant.lists import points_asked
from assistant.naming import naming
from assistant.retrieve import DENSE_SHARE, Hit, Retriever
from corpus.chunk import sentence_spans, units
from corpus.figures import Figure
from corpus.people import people_in
from corpus.transcript import Lang, Passage
from embeddings.lexical import Query, context_of, fold, query_of, term_counts

__all__ = [
    "HITS_READ",
    "LEAST_EVIDENCE",
    "Quote",
    "choose",
    "cited",
    "evidence",
    "fitting",
    "planned_instead",
    "told_otherwise",
]

HITS_READ = 24  # hits that an answer is chosen from: enough when most speak of another year than the question
MOST_SENTENCES = 6
MOST_PASSAGES = 6  # whose sentences are compared
LEAST_EVIDENCE = 0.35  # below it nothing is said; see docs/architecture.md, "Refusal", for how it was chosen
OFF_FORM = 0.7  # of the score of a sentence without a figure, or a post, when the question asks for one
# A further sentence is shown when it scores at least this share of the best one, and what follows the best from the
# second. On 410 questions of two tuning sets and our own, from .82 and .6 to .88 and .7: of the citations of facts .83,
# then .88 are gold, of lists .85 and .90; as many facts are cited, and told in full. At .9 .02 of the facts fall away;
# to ask that it say more of the question than those chosen costs what .9 does.
NEAR_BEST, FOLLOWS = 0.88, 0.7
MOST_BEST = 4
# Up to this size an answer after facts goes on in the passage of its best sentence. 147 questions of eval/tuning, all
# that is required said, median words: not at all .82, 44; 60 .83, 50; 80 .84, 52; 100 .84, 53.
MOST_UNITS = 80
IN_SERIES = 0.6  # a transcript joins a series when its best quote scores at least this share of the best of all
# A sentence with a reason answers a question why when it scores at least this share of the best sentence. Of 10 such
# questions that are answered in eval/tuning, 8 have a reason at .80 or above; of 23 to be refused, 2 have.
REASONED = 0.8
ANNOUNCES = 0.7  # of the score of a sentence that only announces what follows
SAME = 0.6  # share of common terms from which two sentences say the same
OTHER_BLOCK = 0.85  # of the score of a passage on what was done when the question asks what comes, and the reverse


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of one passage, chosen for an answer, and how well it fits (larger is better)."""

    passage: Passage
    start: int
    end: int
    score: float
    point: int | None = None  # the number under which a list shows it
    of: int = 0  # how many points a list has that is too long to be shown, else 0
    figures: tuple[Figure, ...] = ()  # of its sentence, those that answer in a word

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


def cited(quotes: Sequence[Quote]) -> tuple[Citation, ...]:
    """The quotes as citations, numbered from 1 in their order."""
    return tuple(Citation(n, quote.passage, quote.start, quote.end) for n, quote in enumerate(quotes, start=1))


def choose(question: str, hits: Sequence[Hit], retriever: Retriever, form: Form | None = None) -> list[Quote]:
    """The quotes that answer the question, in the order to show them; [] when the hits bear no answer out.

    `form` is what the question asks for, by default what its words say.
    """
    anchors = anchors_of(question, retriever.dictionary)
    form = form or form_of(question)
    sides = _sides(question, _fitting(anchors, hits, retriever), anchors)
    spoken = next((some for some in sides if _evidence(question, anchors, form, some, retriever) >= LEAST_EVIDENCE), [])
    if not spoken:
        return []
    # The names are there in every passage by now; what else is asked decides between them.
    topic = without_names(question, anchors)
    topic = topic if any(_queries(topic, [hit.passage for hit in spoken], retriever).values()) else question
    quotes = _compared(topic, spoken[: 2 * MOST_PASSAGES if form == "series" else MOST_PASSAGES], retriever)
    if form in ("list", "who"):
        quotes = naming(question, quotes, retriever)
    if form == "list" and (points := points_asked(question, spoken, quotes, anchors, retriever)) is not None:
        return [Quote(p.passage, p.start, p.end, 1.0, p.number, p.of) for p in points]
    quotes = [q if suits(form, q.text) else replace(q, score=OFF_FORM * q.score) for q in quotes]
    quotes.sort(key=lambda quote: -quote.score)
    if form in ("number", "fact"):
        told = figures_told(question, quotes, retriever, known=form == "fact")
        answers = [ranked[0] for ranked in told if ranked and ranked[0].in_time]
        in_time = not any(told) or next(filter(None, told))[0].in_time
        if answers and in_time and (form == "number" or all(answer.sure for answer in answers)):
            others = [ranked[1] for ranked in told if len(ranked) > 1 and not ranked[0].sure]
            return _figured(answers, [other for other in others if other.in_time])
        if form == "number" or (any(told) and not in_time):
            return []
    compared = quotes
    if form == "why":
        least = REASONED * max((quote.score for quote in quotes), default=0.0)
        quotes = [quote for quote in quotes if quote.score >= least and _has_reason(quote)]
    return _series(quotes) if form == "series" else _best(quotes, form, compared)


def fitting(question: str, hits: Sequence[Hit], retriever: Retriever) -> list[Hit]:
    """The hits that have what a question insists on, only those of the period that it names, if it names one."""
    return _fitting(anchors_of(question, retriever.dictionary), hits, retriever)


def _fitting(anchors: Anchors, hits: Sequence[Hit], retriever: Retriever) -> list[Hit]:
    # A transcript names its period once, and means it throughout.
    of_period = {hit.passage.transcript for hit in hits if is_of_period(hit.passage, anchors)}
    beside = _beside([hit.passage for hit in hits], retriever) if anchors.years or anchors.names else {}
    borne_out = [
        hit
        for hit in hits
        if bears_out(hit.passage, anchors, hit.passage.transcript in of_period, beside.get(hit.passage.id, ""))
    ]
    return [hit for hit in borne_out if hit.passage.transcript in of_period] if anchors.periods else borne_out


def _beside(passages: Sequence[Passage], retriever: Retriever) -> dict[str, str]:
    """What is known of passages beside their words, by passage: the years that their figures are of, and who spoke.

    去年 in a briefing of 2023 is 2022; and an article that names no speaker of a turn says whose words it reports.
    """
    known: dict[str, list[str]] = {passage.id: [] for passage in passages}
    for _, figure in retriever.index.figures(passages=known):
        first, last = figure.period.span()
        if first and last and first.year == last.year:
            known[figure.passage].append(f"{first.year}年")
    voices: dict[tuple[str, int], list[str]] = {}
    for passage in passages:
        spoke = [person.name for person in people_in(passage.text) if person.part != "writes" and not passage.speaker]
        voices.setdefault((passage.transcript, passage.turn), []).extend(spoke)
    return {
        passage.id: " ".join((*known[passage.id], *voices[passage.transcript, passage.turn])) for passage in passages
    }


def planned_instead(question: str, hits: Sequence[Hit], retriever: Retriever) -> list[Quote]:
    """The sentences that give a plan for the time of a number question where nothing tells the result, each with it."""
    years = years_in(question)
    told = told_otherwise(question, hits, retriever)
    planned = [one for one in told if one.figure.kind == "target" and years_in(one.figure.period.value) & years]
    return [replace(one.quote, figures=(one.figure,)) for one in planned] if len(planned) == len(told) else []


def told_otherwise(question: str, hits: Sequence[Hit], retriever: Retriever) -> list[Told]:
    """The figures of what a number question counts that are of other times than it names, or planned instead of done.

    For each quantity the one that fits best; [] where there are none, or where it is not sure that they are of that.
    """
    anchors = anchors_of(question, retriever.dictionary)
    named = _fitting(replace(anchors, years=frozenset(), periods=frozenset()), hits, retriever)
    quotes = _compared(without_years(question), named[:MOST_PASSAGES], retriever)
    found = []
    for ranked in figures_told(question, quotes, retriever):
        told = [one for one in ranked if one.sure and not one.in_time]
        # What was planned for the year comes nearer than what was done in another.
        of_year = (one for one in told if anchors.years & years_in(one.figure.period.value))
        found += [next(of_year, told[0])] if told and not ranked[0].in_time else []
    return found


def _voices(hits: Sequence[Hit]) -> str:
    """The names of those whose words the hits are."""
    passages = [hit.passage for hit in hits]
    written = [person.name for passage in passages for person in people_in(passage.text) if person.part != "writes"]
    return " ".join([*written, *(f"{passage.speaker or ''} {passage.outlet or ''}" for passage in passages)])


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


def evidence(question: str, hits: Sequence[Hit], retriever: Retriever) -> float:
    """How well the best hits bear out that they are about what is asked, 0 to 1.5: see `LEAST_EVIDENCE`."""
    return _evidence(question, anchors_of(question, retriever.dictionary), form_of(question), hits, retriever)


def _evidence(question: str, anchors: Anchors, form: Form, hits: Sequence[Hit], retriever: Retriever) -> float:
    """The question's words found in one of the best hits, plus half the likeness of the vectors."""
    topic = without_frame(without_speakers(question, anchors, _voices(hits)), form)
    queries = _queries(topic, [hit.passage for hit in hits], retriever)
    if not any(queries.values()):
        # Nothing was asked beyond the names, and those are there; or for a list, whichever there is.
        return float(bool(hits) and bool(anchors.names or form == "list"))
    best = 0.0
    for hit in hits[:4]:
        lang, words = hit.passage.lang, f"{hit.passage.text} {hit.passage.question} {context_of(hit.passage)}"
        best = max(best, retriever.index.share(lang, queries[lang], words) + 0.5 * hit.cosine)
    return best


def _compared(question: str, hits: Sequence[Hit], retriever: Retriever) -> list[Quote]:
    queries = _queries(question, [hit.passage for hit in hits], retriever)
    places = [(hit, span) for hit in hits for span in sentence_spans(hit.passage.text)]
    if not places:
        return []
    headings = {hit.passage.id: end for hit, (start, end) in places if not start}
    encoder = retriever.index.encoder
    vectors = encoder.encode_passages([hit.passage.text[a:b] for hit, (a, b) in places])
    quotes = []
    for (hit, (start, end)), cosine in zip(places, vectors @ encoder.encode_questions([question])[0], strict=True):
        words = hit.passage.text[start:end]
        # What a numbered point is about stands in its first sentence, and the others do not say it again.
        heading = hit.passage.text[: headings[hit.passage.id]] if hit.passage.point is not None and start else ""
        share = retriever.index.share(hit.passage.lang, queries[hit.passage.lang], f"{heading} {words}")
        # Half the sentence, half its passage: a sentence alone often leaves out what its paragraph is about.
        own = (1 - DENSE_SHARE) * share**0.5 + DENSE_SHARE * float(cosine)
        quotes.append(
            Quote(hit.passage, start, end, (ANNOUNCES if announces(words) else 1.0) * (0.5 * own + 0.5 * hit.score))
        )
    return quotes


def _figured(answers: Sequence[Told], others: Sequence[Told]) -> list[Quote]:
    """The sentences of the figures that answer, each with its own; with the others where it is not sure which does."""
    quotes: dict[tuple[str, int], Quote] = {}
    sure = all(told.sure for told in answers)
    for told in (*answers, *others):
        quote = quotes.get((told.quote.passage.id, told.quote.start), told.quote)
        quotes[quote.passage.id, quote.start] = replace(quote, figures=(*quote.figures, told.figure) if sure else ())
    return _in_order(list(quotes.values()))


def _best(quotes: Sequence[Quote], form: Form, compared: Sequence[Quote]) -> list[Quote]:
    """The best quote, others nearly as good, and for a question after facts the sentence that the best one leads to.

    That sentence may be any of those compared.
    """
    if not quotes:
        return []
    best = quotes[0]
    chosen = [best]
    if form in ("fact", "why", "list") and (following := _following(best, compared)):
        goes_on = bool(_GOES_ON.match(fold(following.text))) or (form == "why" and gives_reason(following.text))
        chosen += [following] if goes_on or (form != "list" and following.score >= FOLLOWS * best.score) else []
    for quote in quotes[1:] if form != "list" else ():
        near = quote.score >= NEAR_BEST * best.score and len(chosen) < MOST_BEST
        asks = quote.text.endswith(("?", "？"))
        if near and not asks and not any(_same(quote, other) for other in chosen):
            chosen.append(quote)
    chosen += _onward(best, chosen, compared)
    return _in_order(chosen)


def _onward(best: Quote, chosen: Sequence[Quote], compared: Sequence[Quote]) -> Iterator[Quote]:
    """The sentences that follow the best one in its passage, as far as `MOST_UNITS` go for all that is shown."""
    room = MOST_UNITS - sum(units(quote.text) for quote in chosen)
    later = (quote for quote in compared if quote.passage.id == best.passage.id and quote.start >= best.end)
    for quote in sorted(later, key=lambda quote: quote.start):
        if quote not in chosen:
            room -= units(quote.text)
            if room < 0:
                return
            yield quote


# A sentence that leans on the one before it, whatever its score.
_GOES_ON = re.compile(
    r"(?:this|these|that|those|such|it|they|as a result|therefore|thus)\b|[这此其他她它]|因此|为此|从而"
)


def _has_reason(quote: Quote) -> bool:
    """Whether a sentence, or the one before or after it, gives a reason or a purpose."""
    text, spans = quote.passage.text, sentence_spans(quote.passage.text)
    at = spans.index((quote.start, quote.end))
    return any(gives_reason(text[a:b]) for a, b in spans[max(0, at - 1) : at + 2])


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


def _same(one: Quote, other: Quote) -> bool:
    a, b = set(term_counts(one.text)), set(term_counts(other.text))
    return len(a & b) >= SAME * min(len(a), len(b))


def _in_order(quotes: Sequence[Quote]) -> list[Quote]:
    """Passages by their best quote, the sentences of each as they stand there."""
    order: dict[str, list[Quote]] = {}
    for quote in quotes:
        order.setdefault(quote.passage.id, []).append(quote)
    return [quote for group in order.values() for quote in sorted(group, key=lambda quote: quote.start)]
