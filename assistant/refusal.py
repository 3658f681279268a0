"""Why a question is not answered, in the asker's language, with what comes nearest and a question that is answered.

What answers a question is known by extractive.py; here stands what to say when nothing does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from assistant.anchors import anchors_of, with_year, without_years, years_of
from assistant.cite import Answer, Citation, Refusal
from assistant.direct import in_a_word
from assistant.extractive import HITS_READ, Quote, choose, cited, evidence, told_otherwise
from assistant.forms import form_of
from assistant.framing import said
from assistant.lock import DENIED, lacking
from assistant.retrieve import MAX_QUESTION, Hit, Retriever, Where
from assistant.wording import language_tag, period
from corpus.folding import HAN_RANGE
from corpus.indicators import indicator_named
from corpus.quantities import Quantity, quantities
from corpus.transcript import Passage
from embeddings.dictionary import Dictionary, stem
from embeddings.lexical import STOP_EN, fold, query_of

__all__ = ["corrected", "is_worded", "refused", "unaskable", "unfounded"]

NEAREST = 3  # passages shown with a refusal
# Evidence (see extractive.py) from which a question that is not answered is about the same things as the transcripts:
# of 22 on other subjects 21 stay below it, of 36 near misses 4 (eval/tuning/refusals.jsonl).
ON_TOPIC = 0.45
MOST_TRIED = 3  # questions tried before none is suggested: each costs a retrieval


def unaskable(question: str) -> Refusal | None:
    """Why no question stands there that could be asked; None when one does."""
    if len(question) > MAX_QUESTION:
        return "too_long"
    return None if re.search(r"[^\W_]", question) else "empty"


def is_worded(question: str, dictionary: Dictionary) -> bool:
    """Whether anything of a question is known as a word, a number or a code, in either language."""
    folded = fold(question)
    words = re.findall(r"[^\W\d_]+", re.sub(f"[{HAN_RANGE}]", " ", folded))
    han = re.findall(f"[{HAN_RANGE}]+", folded)
    return (
        any(word in STOP_EN or dictionary.translations(stem(word)) or dictionary.aligned(stem(word)) for word in words)
        or any(dictionary.meanings(word) for run in han for word in dictionary.segment(run))
        or bool(re.search(r"\d", folded))
    )


def _disputed(question: str, passages: Sequence[Passage]) -> list[str]:
    """The figures that a question takes for granted and the passages that answer it deny, as it writes them.

    Left out are small counts and spans of time, which name things ("three measures", "the five-year plan"), and bounds:
    "over 100 million?" takes nothing for granted.
    """
    if not passages:
        return []
    each = [lacking(question, passage, 0, len(passage.text)) for passage in passages]
    claimed = [(one.start, one.end) for one in quantities(question) if not one.bound and _is_claim(one)]
    return [question[a:b] for a, b in claimed if all(each_one.get((a, b)) in DENIED for each_one in each)]


def _is_claim(one: Quantity) -> bool:
    return one.unit == "%" or (one.value >= LEAST_CLAIMED and one.unit not in _TIMES)


LEAST_CLAIMED = 100
_TIMES = frozenset({"year", "quarter", "month", "week", "day", "hour", "minute"})


def corrected(answer: Answer) -> Answer:
    """The answer with a word in front that the record does not say the figures that the question takes for granted."""
    passages = list({one.passage.id: one.passage for one in answer.citations}.values())
    wrong = [] if answer.refused else _disputed(answer.question, passages)
    if not wrong:
        return answer
    line = said(_premise_line(wrong), answer.lang, answer.script)
    return replace(answer, lead=f"{line}{' ' if answer.lang == 'en' else ''}{answer.lead}")


def refused(
    empty: Answer, reason: Refusal, nearest: Sequence[Passage] = (), line: tuple[str, str] | None = None
) -> Answer:
    """The refusal of the question of `empty`, with passages to look at, in the words of its reason or of `line`."""
    citations = tuple(Citation(n, one, 0, len(one.text)) for n, one in enumerate(nearest[:NEAREST], start=1))
    lead = said(line or _REASONS[reason], empty.lang, empty.script)
    return Answer(empty.question, empty.lang, empty.script, lead, citations=citations, refused=reason)


def unfounded(empty: Answer, hits: Sequence[Hit], retriever: Retriever, where: Where | None = None) -> Answer:
    """The refusal of a question that the hits do not answer: why, the nearest passages, and a better question."""
    return _Refusing(empty, hits, retriever, where).answer()


class _Refusing:
    """One question that is not answered, being looked into."""

    def __init__(self, empty: Answer, hits: Sequence[Hit], retriever: Retriever, where: Where | None) -> None:
        self._empty, self._hits, self._retriever, self._where = empty, hits, retriever, where
        self._read = [hit.passage for hit in hits]
        self._question = empty.question
        self._form = form_of(self._question)
        self._anchors = anchors_of(self._question, retriever.dictionary)

    def answer(self) -> Answer:
        if not is_worded(self._question, self._retriever.dictionary):
            return refused(self._empty, "nonsense")
        if self._form == "why" and (told := choose(self._question, self._hits, self._retriever, "fact")):
            return self._without_reason(told)
        if other := self._told_otherwise() or self._of_other_times():
            return other
        if evidence(self._question, self._hits, self._retriever) < ON_TOPIC:
            return self._ended("off_topic", self._read)
        return self._ended("nothing_found", self._read, self._silent_on())

    def _told_otherwise(self) -> Answer | None:
        """The refusal that gives the figure of another time, or the plan, where only that is there; None elsewhere."""
        if self._form != "number":
            return None
        told = told_otherwise(self._question, self._hits, self._retriever)
        quotes = [one.quote for one in told]
        figures = [(one.figure, citation) for one, citation in zip(told, cited(quotes), strict=True)]
        word = in_a_word(figures, self._empty.lang, self._empty.script)
        if word is None:
            return None
        planned = all(one.figure.kind == "target" for one in told)
        english, chinese = _ONLY_PLANNED if planned else _ONLY_THEN
        line = (f"{english} {word.text}.", f"{chinese}{word.text}。")
        ends = {one.figure.period.span()[1] for one in told if one.figure.kind != "target"}
        better = (with_year(self._question, str(end.year)) for end in sorted(filter(None, ends), reverse=True))
        return self._ended("other_period", _passages_of(quotes), line, better)

    def _of_other_times(self) -> Answer | None:
        """The refusal that says for which other times there is an answer; None when there is for none."""
        if not (self._anchors.years or self._anchors.periods):
            return None
        quotes = self._quotes(without_years(self._question))
        years = {year for quote in quotes for year in years_of(quote.passage)}
        if not quotes or years & self._anchors.years:
            return None
        line = _OTHER_TIME
        if years:
            both = sorted(years)
            line = (
                f"{line[0]} There it speaks of {' and '.join(both)}.",
                f"{line[1]}相关内容说的是{'、'.join(both)}年。",
            )
        better = (with_year(self._question, year) for year in sorted(years, reverse=True))
        return self._ended("other_period", _passages_of(quotes), line, better)

    def _without_reason(self, told: Sequence[Quote]) -> Answer:
        """The refusal of a question why: what it takes for granted is not so, or no reason is given."""
        if wrong := _disputed(self._question, [quote.passage for quote in told]):
            return self._ended("false_premise", _passages_of(told), _premise_line(wrong))
        return self._ended("nothing_found", _passages_of(told), _NO_REASON)

    def _silent_on(self) -> tuple[str, str] | None:
        """What more can be said than that nothing was found: a name that stands nowhere, a figure that is not given."""
        written = " ".join(fold(f"{one.text} {one.title} {one.event}") for one in self._read)
        asked = fold(self._question)
        for names in self._anchors.names:
            if not any(name in written for name in names):
                name = max((name for name in names if name in asked), key=len, default="")
                # As the asker wrote it, where folding left every character in its place.
                at = asked.find(name)
                shown = self._question[at : at + len(name)] if len(asked) == len(self._question) else name
                return f"{_NAMELESS[0]} “{shown}”.", f"{_NAMELESS[1]}“{shown}”。"
        return _NO_FIGURE if self._form == "number" else None

    def _ended(
        self,
        reason: Refusal,
        nearest: Sequence[Passage],
        line: tuple[str, str] | None = None,
        better: Iterable[str] = (),
    ) -> Answer:
        answer = refused(self._empty, reason, nearest, line)
        tried = islice(dict.fromkeys(chain(better, self._near(nearest))), MOST_TRIED)
        return replace(
            answer, suggestion=next((one for one in tried if one != self._question and self._quotes(one)), "")
        )

    def _near(self, nearest: Sequence[Passage]) -> Iterator[str]:
        """Questions after figures of the nearest passages, those first that are most like what was asked."""
        index, lang, script = self._retriever.index, self._empty.lang, self._empty.script
        places = {passage.id: place for place, passage in enumerate((*nearest, *self._read))}
        query = query_of(self._question, "en", self._retriever.dictionary)
        tag = language_tag(lang, script)
        ranked = []
        for _, figure in index.figures(passages=places):
            known = indicator_named(figure.indicator)
            if known and figure.period.value and figure.kind in _ASKED_FOR:
                like = index.share("en", query, known.english)
                ranked.append((-like, places[figure.passage], figure.start, figure, known))
        for *_, figure, known in sorted(ranked, key=lambda one: one[:3]):
            when = period(figure.period.value, tag)
            english, chinese = _ASKED_FOR[figure.kind]
            yield said((english.format(known.english, when), chinese.format(known.chinese, when)), lang, script)

    def _quotes(self, question: str) -> list[Quote]:
        hits = self._retriever.retrieve(question, HITS_READ, self._where)
        return choose(question, hits, self._retriever)


def _passages_of(quotes: Sequence[Quote]) -> list[Passage]:
    """The passages of quotes, each once, in their order."""
    return list({quote.passage.id: quote.passage for quote in quotes}.values())


def _premise_line(wrong: Sequence[str]) -> tuple[str, str]:
    """The line that says that figures which a question takes for granted are not those of the record."""
    english, chinese = ", ".join(f"“{one}”" for one in wrong), "、".join(f"“{one}”" for one in wrong)
    return f"The record does not say {english}; these are its own words.", f"记录并没有说{chinese}，请以其原文为准。"


_ONLY_THEN = (
    "The transcripts here do not give this figure for the time asked about, only this one:",
    "这里的记录没有给出所问时期的这个数字，只有：",
)
_ONLY_PLANNED = (
    "The transcripts here give no result for this, only a plan:",
    "这里的记录没有给出实际结果，只有计划数：",
)
_OTHER_TIME = (
    "The transcripts here do not say this for the time asked about.",
    "这里的记录没有说明所问时期的情况。",
)
_NO_REASON = (
    "The transcripts here speak of this, but give no reason for it.",
    "这里的记录提到了这件事，但没有说明原因。",
)
_NO_FIGURE = (
    "The transcripts here give no such figure.",
    "这里的记录没有给出这个数字。",
)
_NAMELESS = ("Nothing found here on this mentions", "这里与此有关的记录没有提到")
_ASKED_FOR = {  # by the kind of a figure; {} its indicator and period
    "result": ("What is the figure for {} ({})?", "{1}{0}是多少？"),
    "cumulative": ("What is the figure for {} ({})?", "{1}{0}是多少？"),
    "target": ("What is the target for {} ({})?", "{1}{0}的目标是多少？"),
}
_REASONS: dict[Refusal, tuple[str, str]] = {
    "empty": (
        "There is no question here yet. Ask in English or Chinese what was said at a briefing, for example:"
        " How many 5G base stations were built in 2021?",
        "这里还没有问题。请用中文或英文询问发布会上说过的内容，例如：2021年新建了多少个5G基站？",
    ),
    "nonsense": (
        "No word of this is known in English or Chinese. Please put the question in words.",
        "这里没有一个认得出的中文或英文词语，请用完整的词语提问。",
    ),
    "too_long": (
        f"This question is longer than {MAX_QUESTION:,} characters. Please ask a shorter one.",
        f"这个问题超过了{MAX_QUESTION:,}个字符，请问得短一些。",
    ),
    "ambiguous": (
        "It is not clear what this asks about. Please name the subject, and the year if it matters.",
        "看不出问的是哪件事。请说明对象，必要时说明年份。",
    ),
    "off_topic": (
        "The transcripts here are not about this.",
        "这里收录的发布会记录不涉及这个话题。",
    ),
    "nothing_found": (
        "The transcripts here do not answer this question.",
        "这里收录的发布会记录没有回答这个问题。",
    ),
}
