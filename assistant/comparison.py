"""Two things that a question sets side by side: a figure of each, what comparing them gives, and the words cited.

Read off the question's own words: where it may be parted in two, and which figures of the best passages fit the one
part and not the other. Where one alone has a figure, the other is named as missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from assistant.anchors import Anchors, bears_out, years_in
from assistant.cite import Answer, Citation, Sentence, checked
from assistant.extractive import HITS_READ
from assistant.framing import labels_of, lead_of, not_found
from assistant.retrieve import Retriever, Where
from assistant.telling import apart, tag_of
from assistant.trace import cited_in, says_of_what, thing_of, topic_of
from assistant.wording import indicator_name
from corpus.figures import Figure
from corpus.folding import read_script, traditional
from corpus.indicators import indicator_named, indicators_in
from corpus.periods import periods
from corpus.transcript import Lang
from embeddings.dictionary import stem
from embeddings.lexical import STOP_EN, Query, fold, query_of

__all__ = ["compared"]

LEAST_NAMED = 0.5  # share of a side's words that the clause of its figure and the figure's name hold
FITS_BOTH = 0.75  # share of either side, and of all that is asked, from which a figure is of both sides
SURE_ALONE, SILENT = 0.8, 0.6  # shares: from the one a figure is of a side alone; below the other none is of a side
LEAST_APART = 0.5  # by how much both figures fit their own side better than the other's, in such shares
MOST_SPLITS = 2

# What may join two sides, and words that say that they are to be told apart; "and" alone joins almost anything.
_JOIN = re.compile(
    r",?\s(?:versus|vs\.?|or|than|and|compared (?:with|to)|against|beside|with|to)\s|还是|以及|[与和跟及、]"
    r"|(?<![同环对占无])比(?![例较重赛如])",
    re.IGNORECASE,
)
_APART = re.compile(
    r"\b(?:versus|vs|compare[ds]?|comparison|differ\w*|larg(?:er|est)|bigg(?:er|est)|high(?:er|est)|low(?:er|est)"
    r"|small(?:er|est)|which (?:\w+ ){0,2}more|fewer|faster|slower|greater|respectively|side by side)\b"
    r"|还是|哪一?[个种项类家方]|谁|分别|各[有是为自]|相比|对比|比较|相差|差[多距别]|更[多少高低大小快慢]|(?<![同环对占无])比(?![例较重赛如])"
)
_OPPOSES = re.compile(r"versus|vs|\bor\b|than|compared|against|还是|比")
_OPPOSED = re.compile(
    r"\b(?:versus|vs|compare[ds]?|or|than)\b|还是|哪[个种]|相比|对比|比较|比(?![例较重赛如])|分别|respectively"
)
_LARGER = re.compile(
    r"\b(?:more|most|fewer|less|larg\w+|bigg\w+|high\w+|low\w+|small\w+|great\w+)\b"
    r"|更?[多少大小高低](?=[吗呢些?？，,。]|$)|[多大高]还是"
)
_RATE = re.compile(
    r"\b(?:faster|slower|growth|rate|quick\w*|percent\w*)\b|涨得|[快慢]|增速|增长率|增幅|[降升涨跌]幅|幅度|百分"
)
_CLAUSE = re.compile(r"[,;:，；：。?？!！](?!\d)")


def compared(empty: Answer, retriever: Retriever, where: Where | None = None) -> Answer | None:
    """The answer that sets figures of two things side by side: the comparison first, then the words of each.

    None when the question names no two things that are to be told apart, or when figures of neither are found. `empty`
    holds the question and how to answer it. Of a pair of which one alone has a figure, the other is named as missing.
    """
    asked = empty.question
    folded = fold(asked)
    for left, right in islice(_split(folded), MOST_SPLITS):
        sides = _Sides(retriever, asked, (left, right), where)
        if pair := sides.pair():
            return _side_by_side(empty, sides, pair)
        # "built or rebuilt" are two words for one thing: only what is to be told apart is told to be missing.
        if _APART.search(folded) and (alone := sides.alone()):
            return _side_by_side(empty, sides, alone[:1], alone[1:])
    return None


# ---- two things


def _split(folded: str) -> Iterator[tuple[str, str]]:
    """The words of either side, for each place at which the question may be parted; what no side is of is left out."""
    told_apart = bool(_APART.search(folded))
    for join in _JOIN.finditer(folded):
        if join[0].strip() in ("with", "to") and "compare" not in folded:
            continue
        if not (told_apart or _OPPOSES.search(join[0])):
            continue
        before, after = folded[: join.start()], folded[join.end() :]
        left, right = _CLAUSE.split(before)[-1], _CLAUSE.split(after)[0]
        left, right = (_things(side) for side in (left, right))
        if left and right and left != right:
            yield left, right


def _things(side: str) -> str:
    """What a side is of, "" where it says only when, or what was done: the "planned" of "built or planned"."""
    topic = topic_of(_APART.sub(" ", side))
    thing = " ".join(word for word in thing_of(topic).split() if word not in STOP_EN).strip(" ,.?!的")
    return "" if not says_of_what(thing) or thing_of(f"{thing} 0").strip() == "0" else thing


@dataclass(frozen=True, slots=True)
class _Fit:
    figure: Figure
    citation: Citation
    of: tuple[float, float]  # how well it fits either side
    whole: float  # and the whole question


class _Sides:
    """The figures that may be of either of two sides of a question."""

    def __init__(self, retriever: Retriever, asked: str, sides: tuple[str, str], where: Where | None) -> None:
        self._retriever, self._index = retriever, retriever.index
        self._asked, self.sides = asked, sides
        self._own = read_script(asked)[1]
        self._times = [one.period.span() for one in periods(asked.replace(":", ",")) if one.period.value]
        self._rates = bool(_RATE.search(fold(asked)))
        self._queries = {text: self._read(text) for text in (*sides, thing_of(topic_of(asked)))}
        self._fits = list(self._found(where))

    def _read(self, text: str) -> dict[Lang, Query]:
        return {lang: query_of(text, lang, self._retriever.dictionary) for lang in self._index.langs()}

    def _found(self, where: Where | None) -> Iterator[_Fit]:
        passages = {
            hit.passage.id
            for text in (self._asked, *self.sides)
            for hit in self._retriever.retrieve(text, HITS_READ // 2, where)
        }
        for figure, citation in cited_in(self._retriever, passages):
            if self._is_of_time(figure, citation):
                left, right, whole = (self._share(text, figure, citation) for text in self._queries)
                yield _Fit(figure, citation, (left, right), whole)

    def _is_of_time(self, figure: Figure, citation: Citation) -> bool:
        start, end = figure.period.span()
        if not self._times:
            return True
        if end is None and start is None:
            return bears_out(citation.passage, Anchors(years=years_in(self._asked)))
        first, last = start or end or date.min, end or start or date.max
        return any(
            begin == first if close is None else (begin or date.min) <= first and last <= close
            for begin, close in self._times
        )

    def _share(self, text: str, figure: Figure, citation: Citation) -> float:
        """How much of some words the clause of a figure holds together with the figure's name, in either language."""
        passage = citation.passage
        clause = _clause(passage.text, figure.start)
        known = indicator_named(figure.indicator)
        name = (known.english if passage.lang == "en" else known.chinese) if known else figure.indicator
        share = self._index.share(passage.lang, self._queries[text][passage.lang], f"{clause} {name}")
        named = self._index.share(passage.lang, self._queries[text][passage.lang], name)
        if known and self._own in self._queries[text]:
            words = known.english if self._own == "en" else known.chinese
            named = max(named, self._index.share(self._own, self._queries[text][self._own], words))
        share = (max(share, named) + named) / 2 if name else share
        if known or passage.lang != "zh":
            return share
        # Chinese words share characters with other ones: 大麦 is no 小麦.
        written = fold(f"{clause} {name}")
        meant = [words for words in self._meant(text) if words]
        return share * sum(any(word in written for word in words) for words in meant) / len(meant) if meant else share

    def _meant(self, text: str) -> Iterator[list[str]]:
        """What the words of a side may be called in Chinese, each as a list."""
        dictionary = self._retriever.dictionary
        if self._own == "zh":
            yield from ([word] for word in dictionary.segment(text) if len(word) > 1)
        else:
            yield from ([one for one in dictionary.translations(stem(word)) if len(one) > 1] for word in text.split())

    def pair(self) -> tuple[_Fit, _Fit] | None:
        """The two figures that fit one side each, best together: of one time, unit and kind before others."""
        if any(min(*one.of, one.whole) >= FITS_BOTH for one in self._fits):
            return None  # both sides are of one thing: built and planned, this year and last
        some = [[one for one in self._fits if one.of[side] >= LEAST_NAMED] for side in (0, 1)]
        best: tuple[float, _Fit, _Fit] | None = None
        for one in some[0]:
            for other in some[1]:
                apart_by = one.of[0] - one.of[1] + other.of[1] - other.of[0]
                own = one.of[0] > other.of[0] and other.of[1] > one.of[1]
                if apart_by < LEAST_APART or not own:
                    continue
                score = apart_by + one.of[0] + other.of[1] + 0.5 * (one.whole + other.whole) + self._likes(one, other)
                if best is None or score > best[0]:
                    best = score, one, other
        return best[1:] if best else None

    def alone(self) -> tuple[_Fit, str] | None:
        """The figure of the one side that has any, and the words of the other, of which no figure holds its own."""
        if len(self._queries) < 3 or len(self._times) > 1 or not _OPPOSED.search(fold(self._asked)):
            return None
        for side in (0, 1):
            best = max(self._fits, key=lambda one: (one.of[side], one.whole), default=None)
            if best is None or best.of[side] < SURE_ALONE:
                continue
            other = self.sides[1 - side]
            words = self._retriever.dictionary.segment(other) if self._own == "zh" else other.split()
            known = {one.english for one in indicators_in(other)}
            figures = {one.figure.indicator for one in self._fits}
            silent = max(one.of[1 - side] for one in self._fits) < SILENT or (known and not known & figures)
            if silent and max(map(len, words)) > 1:
                written = re.search(re.escape(other), self._asked, re.IGNORECASE)
                return best, written[0] if written else other
        return None

    def _likes(self, one: _Fit, other: _Fit) -> float:
        a, b = one.figure, other.figure
        alike = (a.period.value == b.period.value, a.unit == b.unit, a.kind == b.kind)
        rates = sum((figure.unit == "%") == self._rates and figure.unit != "pp" for figure in (a, b))
        return 0.3 * sum(alike) + 0.3 * rates


def _clause(text: str, at: int) -> str:
    start = 0
    for found in re.finditer(r"[;；。:：!?！？\n]|\.(?=\s|$)|(?<!\d)[,，]|[,，](?!\d)|$", text):
        if found.end() > at or found.start() == len(text):
            return text[start : found.end()]
        start = found.end()
    return text[start:]


def _side_by_side(empty: Answer, sides: _Sides, pair: Sequence[_Fit], missing: Sequence[str] = ()) -> Answer | None:
    """The figures: what comparing two gives, where they are of one measure, and the sentences they stand in."""
    tag = tag_of(empty.question)
    quotes: list[Citation] = []
    for one in pair:
        if not any(_words(one.citation) == _words(other) for other in quotes):
            quotes.append(replace(one.citation, n=len(quotes) + 1))
    passages = [one.passage for one in quotes]
    labels = labels_of(passages, empty.lang, empty.script)
    sentences = [Sentence(one.quote, (one.n,), label) for one, label in zip(quotes, labels, strict=True)]
    named = [(_name(one.figure, side, tag), one.figure) for one, side in zip(pair, sides.sides, strict=False)]
    # Of things of two kinds the larger is named to who asks for it: their difference may be one in meaning.
    asked = len({figure.unit for _, figure in named}) == 1 or _LARGER.search(fold(empty.question))
    if len(named) == 2 and asked and (first := apart(named, tag)):
        sentences.insert(0, replace(first, cites=tuple(one.n for one in quotes)))
    answer = replace(
        empty,
        lead=not_found(missing, empty.lang, empty.script) + lead_of(passages, empty.lang, empty.script),
        sentences=tuple(sentences),
        citations=tuple(quotes),
    )
    answer = checked(answer, passages)
    return None if answer.refused else answer


def _name(figure: Figure, side: str, tag: str) -> str:
    if known := indicator_named(figure.indicator):
        return indicator_name(known, tag)
    return traditional(side) if tag == "zh-Hant" else side


def _words(citation: Citation) -> tuple[str, int, int]:
    return citation.passage.id, citation.start, citation.end
