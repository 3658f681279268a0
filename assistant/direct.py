"""The figure that answers "how many", "by how much" or "what share" in a word: of the time, kind and place asked for.

Nothing rather than a figure of something else. What a question asks for is known by figure_asked.py, which passages
are looked at by extractive.py, how values and times are written by wording.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from assistant.anchors import without_years
from assistant.cite import Citation, Sentence, faults_of
from assistant.figure_asked import (
    MONEY,
    RATES,
    FigureAsked,
    counted_in,
    figures_asked,
    is_mere_name,
    is_unit,
    measures,
    names_of,
    ordinals,
)
from assistant.wording import amount, indicator_name, language_tag, period, phrase, place
from corpus.figure_words import CLAUSE, PLACE, PLACES, is_compared, is_former, plain
from corpus.figures import Figure
from corpus.folding import HAN_RANGE
from corpus.indicators import indicator_named
from corpus.periods import Period, periods
from corpus.transcript import Lang, Passage, Script
from embeddings.lexical import Query, context_of, query_of, term_counts

if TYPE_CHECKING:
    from assistant.extractive import Quote
    from assistant.retrieve import Retriever

__all__ = ["Told", "figures_told", "in_a_word"]

# Of 225 questions that have a figure and 205 that have none (eval/tuning, a reader's own over the briefings and over
# two made-up ones) direct lines right, wrong where there is a figure, wrong where there is none:
# .45: 182, 9, 6; .5: 182, 9, 4; .55: 179, 7, 3; .6: 176, 7, 3.
LEAST_SURE = 0.55  # of the words of what is counted, in the sentence of a figure and what is known of it
# The same, from which its sentence is shown. Of those with a figure refused, of those without quoted: .2: 10, 30;
# .3: 11, 25; .4: 20, 19.
LEAST_BORNE = 0.3
LEAST_CALLED = 0.75  # the same, where no word of number asks for one
LEAST_HEAD = 0.5  # of the noun behind "how many"
STRIKE = 0.3  # for each thing in which a figure is not quite what is asked for; .15 gives the same
RETRIEVED = 0.4  # what the score of its sentence counts for
KIN = 7  # first letters that words of one family share; at 6 internet and international are one
MISSPELT = 0.8  # likeness of a misspelt word to what it stands for
CLEAR = 0.04  # by how much the figure that answers fits better than one of another thing
NEAR_BEST = 0.15  # of two figures of one thing whose fit differs by no more, the later one answers


@dataclass(frozen=True, slots=True)
class Told:
    """A figure of what the question counts, the sentence that it stands in, and how well it fits (larger is better)."""

    figure: Figure
    quote: Quote
    fit: float
    in_time: bool = True  # whether it is of the time, and planned or done, as asked
    sure: bool = True  # False where a figure of another thing fits about as well


def figures_told(question: str, quotes: Sequence[Quote], retriever: Retriever, known: bool = False) -> list[list[Told]]:
    """For each quantity that the question asks for, the figures of it among the quotes, the one that answers first.

    Figures of another time or of a plan instead of a result come after those that answer, not `in_time`: where only
    these are there, the record has figures, but of other times (their periods say of which). [] for a quantity with no
    figure. `known`: only figures of a known indicator that the question names.
    """
    if known and not is_mere_name(question):
        return []
    wanted = {quote.passage.id for quote in quotes}
    by_passage: dict[str, list[Figure]] = {}
    for _, figure in retriever.index.figures(passages=wanted):
        by_passage.setdefault(figure.passage, []).append(figure)
    stated = [
        (figure, quote)
        for quote in quotes
        for figure in by_passage.get(quote.passage.id, ())
        if quote.start <= figure.start < quote.end
    ]
    return [_ranked(asked, stated, retriever, known) for asked in figures_asked(question)]


def in_a_word(told: Sequence[tuple[Figure, Citation]], lang: Lang, script: Script) -> Sentence | None:
    """The figures, each with its citation, as the direct answer: "654,000 stations (2021, inferred)"; None for none.

    In brackets stand time, kind, place and name, in the asker's language and script. A time that was inferred and that
    the words cited do not bear out is left out; None too where they do not bear the rest out.
    """
    tag = language_tag(lang, script)
    cited = {citation.n: citation for _, citation in told}
    for dated in (True, False):
        texts = list(dict.fromkeys(_worded(figure, tag, dated) for figure, _ in told))
        sentence = Sentence(("; " if lang == "en" else "；").join(texts), tuple(cited), direct=True)
        if not faults_of(sentence, list(cited.values())):
            return sentence
    return None


def _worded(figure: Figure, tag: str, dated: bool) -> str:
    when = period(figure.period.value, tag, deadline=figure.kind == "target") or phrase("undated", tag)
    known = indicator_named(figure.indicator)
    inferred = figure.period.known == "inferred"
    if inferred:
        when = f"{when}{', ' if tag == 'en' else '，'}{phrase('inferred_period', tag)}" if dated else ""
    remarks = [
        when,
        phrase(f"kind_{figure.kind}", tag) if figure.kind != "result" else "",
        place(figure, tag),
        indicator_name(known, tag) if known else "",
    ]
    inner = ("; " if tag == "en" else "；").join(filter(None, remarks))
    around = "" if not inner else f" ({inner})" if tag == "en" else f"（{inner}）"
    return f"{amount(figure, tag)}{around}"


# ---- what fits


def _ranked(
    asked: FigureAsked, stated: Sequence[tuple[Figure, Quote]], retriever: Retriever, known: bool
) -> list[Told]:
    """The figures that may be the one asked for, best first."""
    words, whole = without_years(asked.words), without_years(asked.question)
    found = []
    for figure, quote in stated:
        passage = quote.passage
        lang = passage.lang
        start, end = _clause(passage.text, figure)
        if not _is_place(asked, figure, passage) or not asked.ordinals <= ordinals(plain(quote.text)):
            continue
        row = indicator_named(figure.indicator)
        unit = figure.unit if row or _is_firm(figure, passage.text[figure.start : end]) else ""
        if is_former(plain(passage.text), figure.start, figure.end):
            continue
        if not _is_kind(asked, figure, unit) or not is_unit(asked.unit, unit):
            continue
        named = figure.indicator in asked.named
        if row and asked.named and not named and figure.indicator not in asked.loosely:
            continue
        if figure.place == "rural" and "rural" not in asked.places and not named:
            continue
        own = _known_of(figure, unit, asked)
        clause, sentence = f"{passage.text[start:end]} {own}", f"{quote.text} {own} {context_of(passage)}"

        def share(of: str, text: str, lang: Lang = lang) -> float:
            query = _query(of, lang, retriever)
            return retriever.index.share(lang, query, text) if query else 1.0

        counted = f"{own} {passage.text[figure.start : end]}" if unit and not row and unit not in measures() else clause
        sure = True
        if asked.head and not (asked.unit and unit) and not (asked.rate or asked.changed):
            heads = (asked.head, *(names_of(asked.unit) if asked.unit else ()))
            sure = max(share(one, counted) for one in heads) >= LEAST_HEAD or _spelt(asked.head, counted)
            sentence = f"{sentence} {asked.head}" if sure and lang == "en" else sentence
        sentence = f"{sentence} {_kin(words, sentence)}"
        borne = max(share(counted_in(words), sentence), share(counted_in(whole), sentence))
        near, called = share(words, clause), share(words, own)
        if borne < (LEAST_BORNE if sure else LEAST_SURE) and not named:
            continue
        if known and not named and borne < LEAST_CALLED:
            continue
        timed = _timed(asked, figure, passage)
        in_time = timed > 0 and (asked.planned is None or asked.planned == (figure.kind == "target"))
        strikes = (
            bool(asked.named) and not named,
            timed == 1,  # of a part of the time asked for
            asked.planned is None and figure.kind == "target",
            asked.each != ("/" in figure.unit),
            ("rural" in asked.places) != (figure.place == "rural"),
        )
        fit = 0.5 * near + 0.3 * called + 0.3 * share(whole, sentence) + RETRIEVED * quote.score - STRIKE * sum(strikes)
        found.append(Told(figure, quote, fit, in_time, sure and (named or borne >= LEAST_SURE)))
    found.sort(key=lambda told: (not told.in_time, not told.sure, -told.fit))
    return _latest_first(found)


def _query(words: str, lang: Lang, retriever: Retriever) -> Query:
    # Word by word: 牛肉产量 is half in a sentence on 猪肉产量, and 牛肉 not at all.
    dictionary = retriever.dictionary
    apart = re.sub(f"[{HAN_RANGE}]+", lambda run: f" {' '.join(dictionary.segment(run[0]))} ", plain(words))
    # A lone character among the translations of a word stands in too many others: 金 for gold, 案 for patent.
    return [
        tuple(one for one in concept if any(len(term) > 1 for term in one[1])) or concept
        for concept in query_of(apart, lang, dictionary)
    ]


def _kin(words: str, sentence: str) -> str:
    """The English words of a question that stand in a sentence as another part of speech: deliveries, delivered."""
    there = {word[:KIN] for word in re.findall("[a-z]+", plain(sentence))}
    return " ".join(word for word in re.findall("[a-z]+", plain(words)) if len(word) > KIN and word[:KIN] in there)


def _known_of(figure: Figure, unit: str, asked: FigureAsked) -> str:
    """What a figure is called: its unit and indicator in both languages, and how the question spells the latter."""
    row = indicator_named(figure.indicator)
    if row is None:
        return " ".join((figure.indicator, *(names_of(unit) if unit else ())))
    text = plain(asked.question)
    spelt = [found[0] for group in row.groups for found in group.finditer(text)]
    return " ".join((row.english, row.chinese, *names_of(unit), *spelt))


def _is_firm(figure: Figure, words: str) -> bool:
    """Whether the words from a figure on name its unit: a noun before it may be of something else."""
    spoken = plain(words)
    return not re.search(r"\d ?units?\b", spoken) and any(name in spoken for name in names_of(figure.unit))


def _spelt(head: str, words: str) -> bool:
    """Whether a word is one of the others, misspelt or written together: staions, basestations."""
    there = re.findall("[a-z]{4,}", plain(words))
    return head.endswith(tuple(there)) or bool(get_close_matches(head, there, 1, MISSPELT))


def _latest_first(found: list[Told]) -> list[Told]:
    """The same with the latest figure in front among those of one thing that fit about as well."""
    if not found:
        return found
    best = found[0]
    same = [
        one
        for one in found
        if one.in_time == best.in_time
        and one.fit >= best.fit - NEAR_BEST
        and _is_same_thing(one.figure, best.figure)
        and (one.figure.kind == "target") == (best.figure.kind == "target")
    ]
    latest = max(same, key=lambda one: (_end(one.figure), one.fit))
    others = [one for one in found if one is not latest]
    sure = not any(
        one.in_time and one.sure and one.fit > latest.fit - CLEAR and not _is_same_thing(one.figure, latest.figure)
        for one in others
    )
    return [replace(latest, sure=latest.sure and sure), *others]


def _is_same_thing(one: Figure, other: Figure) -> bool:
    if one.unit != other.unit or (one.kind == "change") != (other.kind == "change"):
        return False
    return term_counts(one.indicator).keys() == term_counts(other.indicator).keys()


def _end(figure: Figure) -> str:
    last = figure.period.span()[1]
    return last.isoformat() if last else ""


def _clause(text: str, figure: Figure) -> tuple[int, int]:
    start = max((stop.end() for stop in CLAUSE.finditer(text, 0, figure.start)), default=0)
    stop = CLAUSE.search(text, figure.end)
    return start, stop.start() if stop else len(text)


def _is_kind(asked: FigureAsked, figure: Figure, unit: str) -> bool:
    """Whether a figure is a change, a share, a sum, an extent or a count, as asked."""
    change = figure.kind == "change" or (figure.kind == "target" and unit in RATES and figure.falls is not None)
    if asked.unit == "pp" or unit == "pp":
        return unit == asked.unit or (not asked.unit and asked.changed is not False and not asked.rate)
    if asked.rate:
        return unit in RATES - {"fold"} and (asked.changed is None or asked.changed == change)
    if asked.changed:
        return change
    if asked.changed is False and figure.kind == "change" and asked.unit not in RATES:
        return False
    if asked.unit in RATES or asked.unit in measures():
        return unit == asked.unit
    if asked.money:
        return unit in MONEY
    if asked.extent:
        return unit in measures() - MONEY - RATES
    if asked.counts:
        return unit not in measures() | RATES | MONEY
    return not asked.much or unit in measures() | RATES


def _is_place(asked: FigureAsked, figure: Figure, passage: Passage) -> bool:
    """Whether a figure is of the places asked for, of the whole country where none is."""
    start, end = _clause(passage.text, figure)
    own = {PLACES[found[0]] for found in PLACE.finditer(plain(passage.text), start, end)} | {figure.place}
    # What the whole event is about, the question need not say.
    about = {PLACES[found[0]] for found in PLACE.finditer(plain(f"{passage.event} {passage.title}"))}
    neutral = about | {"", "rural"}
    return not asked.places - own - neutral and not own - asked.places - neutral


# A time beside these dates the event and not what was told there: "at the briefing in January 2023".
_EVENT_AFTER = re.compile(
    r"[^,;?，；？。]{0,12}?\b(?:briefing|press|conference|meeting)\b"
    r"|[^,;?，；？。]{0,8}?(?:发布会|發布會|会议|會議|记者会|記者會)",
    re.I,
)
_EVENT_BEFORE = re.compile(
    r"(?:\b(?:briefing|conference|meeting|reported|announced)(?: held)?(?: in| of| on)?|发布会|發布會)\W{0,2}$", re.I
)


def _timed(asked: FigureAsked, figure: Figure, passage: Passage) -> int:
    """How far a figure is of a time asked for: 2 just that or none asked, 1 a part of it or undated, 0 not at all."""
    best = None
    text = asked.question
    for own in (asked.words, text) if asked.words != plain(text) else (text,):
        for mention in periods(own, passage.day):
            before, after = own[: mention.start], own[mention.end :]
            against = is_compared(plain(own), mention.start, mention.end) and not before.endswith("占比")
            if against or not mention.period.value:
                continue
            if _EVENT_AFTER.match(after) or _EVENT_BEFORE.search(before):
                if not _is_event_of(mention.period, passage):
                    return 0
                continue
            best = max(best or 0, _overlap(mention.period, figure.period, passage))
        if best is not None:
            return best
    return 2


def _is_event_of(time: Period, passage: Passage) -> bool:
    """Whether the event of a passage was held at a time, or is about it; or nobody knows when it was."""
    held, (first, last) = passage.day.span(), time.span()
    if not held or not (first and last):
        return True
    if first <= held[1] and held[0] <= last:
        return True
    return any(one.period.value.startswith(time.value) for one in periods(f"{passage.event}\n{passage.title}"))


def _overlap(asked: Period, told: Period, passage: Passage) -> int:
    if not told.value:
        held, (first, last) = passage.day.span(), asked.span()
        if not held:
            return 1
        return int((first is None or first <= held[1]) and (last is None or held[0] <= last))
    (begin, end), (first, last) = asked.span(), told.span()
    if last is None and begin is None and (held := passage.day.span()):  # counted up since 2022, told of on a day
        last = held[1]
    if (begin, end) == (first, last):
        return 2
    # At the end of 2022, by then, in all of it: one state, told of a day or of the time that it closes.
    if end and end == last:
        month = begin is None or (end - begin).days < 32
        return 2 if begin is None or month or first is None else int(first >= begin)
    if end is None:  # since 2022
        return int(begin is not None and first == begin)
    if begin is None:  # by the end of 2022: the latest before it that is of the same year
        return int(last is not None and last <= end and last.year == end.year)
    return int((first is None or first >= begin) and last is not None and begin <= last <= end) or int(
        last is None and first is not None and begin <= first <= end
    )
