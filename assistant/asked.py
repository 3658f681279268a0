"""A who or a when question beside what was found for it: whose names are meant, which event, and when that was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.anchors import anchors_of, without_years, years_in
from assistant.cite import Answer
from assistant.extractive import LEAST_EVIDENCE, Quote, choose, fitting
from assistant.forms import Form, form_of
from assistant.names import in_pinyin, is_same, names_in
from assistant.retrieve import Hit, Retriever, Where
from assistant.who_when_words import without_asking
from assistant.wording import period
from corpus.chunk import sentence_spans
from corpus.folding import HAN, HAN_RANGE, traditional
from corpus.transcript import Lang, Passage, When
from embeddings.lexical import Query, context_of, fold, query_of

__all__ = ["Asked", "Reply", "event_of", "kept", "sentence_at"]

OF_EVENT = 0.4  # a transcript whose title names the year that is asked about, over one that was only published in it


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the names as the record writes them, how to answer it, and what was found for it."""

    question: str
    empty: Answer
    hits: Sequence[Hit]
    retriever: Retriever
    where: Where | None
    queries: dict[tuple[str, Lang], Query] = field(default_factory=dict)

    @property
    def fitting(self) -> list[Hit]:
        return fitting(self.question, self.hits, self.retriever)

    @property
    def topic(self) -> str:
        return without_asking(self.question)

    def share(self, of: str, passage: Passage, words: str) -> float:
        """How much of a stretch of the question some words hold; 1 when nothing is left of it to look for."""
        key = (of, passage.lang)
        if key not in self.queries:
            dictionary = self.retriever.dictionary
            # Word by word: 服务会议 is about both, and 务会 stands in no sentence.
            sought = re.sub(f"[{HAN_RANGE}]+", lambda run: f" {' '.join(dictionary.segment(run[0]))} ", of)
            self.queries[key] = query_of(sought, passage.lang, dictionary)
        query = self.queries[key]
        return self.retriever.index.share(passage.lang, query, words) if query else 1.0

    def chosen(self) -> list[Quote]:
        """The quotes that answer it, the best one first; those of a body's event before others where it names one."""
        form: Form = "when" if form_of(self.question) == "when" else "who"
        at_event = [h for h in self.hits if _names_body(self.question, f"{h.passage.title} {h.passage.event}")]
        quotes = choose(self.question, at_event, self.retriever, form) if at_event else []
        quotes = quotes or choose(self.question, self.hits, self.retriever, form)
        return sorted(quotes, key=lambda quote: -quote.score)

    def event(self, hits: Iterable[Hit] | None = None, least: float = LEAST_EVIDENCE) -> list[Hit]:
        """Of the hits, by default all that fit, those in the transcript of the event asked after; [] if none is."""
        topic = without_years(self.topic)  # the year counts by itself, below
        anchors = anchors_of(self.question, self.retriever.dictionary)
        by_transcript: dict[str, list[Hit]] = {}
        for hit in self.fitting if hits is None else hits:
            by_transcript.setdefault(hit.passage.transcript, []).append(hit)
        best: tuple[float, list[Hit]] = (0.0, [])
        for there in by_transcript.values():
            first = there[0].passage
            about = f"{first.title} {first.event} {first.publisher}"
            words = f"{context_of(first)} {' '.join(hit.passage.text for hit in there[:3])}"
            said, named = self.share(topic, first, words), self.share(topic, first, context_of(first))
            if said + 0.5 * there[0].cosine < least:
                continue
            score = 0.5 * (said + named + there[0].cosine) + OF_EVENT * _names_body(self.question, about)
            if anchors.years and (years := years_in(about)):
                score += OF_EVENT if anchors.years & years else -OF_EVENT
            best = max(best, (score, there), key=lambda one: one[0])
        return best[1]

    def name(self, name: str) -> str:
        """A name as the source writes it, in brackets as the asker's language does, where that is known."""
        dictionary, english = self.retriever.dictionary, self.empty.lang == "en"
        if bool(HAN.search(name)) != english:
            return kept(name)
        known = next((words for words in names_in(self.empty.question) if is_same(words, name, self.retriever)), "")
        if english:
            known = known or next(iter(dictionary.meanings(fold(name))), "") or in_pinyin(name, self.retriever)
        elif not known:
            known = next(iter(dictionary.translations(fold(name))), "")
            known = traditional(known) if self.empty.script == "Hant" else known
        return kept(f"{name} ({known})" if english and known else f"{name}（{known}）" if known else name)

    def on(self, when: When) -> tuple[str, str]:
        """A day in English, with its "on" or "in", and in Chinese; with how it is known where that is not stated."""
        tag = "zh-Hant" if self.empty.script == "Hant" else "zh-Hans"
        guessed = when.known == "inferred"
        english = f"{'on' if len(when.value) == 10 else 'in'} {period(when.value, 'en')}{', inferred' * guessed}"
        return english, period(when.value, tag) + ("（推斷）" if tag == "zh-Hant" else "（推断）") * guessed

    def at(self, passage: Passage) -> tuple[str, str]:
        """Event and day for brackets, in English and in Chinese; with the page's day where the event's is not known."""
        event, held, published = kept(event_of(passage)), passage.held, passage.published
        if held.value:
            english, chinese = self.on(held)
            english, chinese = f"meeting held {english}", f"会议{chinese}举行"
        else:
            english, chinese = "meeting date unknown", "会议日期不详"
            if published.value:
                english += f", published {self.on(published)[0]}"
                chinese += f"，{self.on(published)[1]}发布"
        return f"{f'“{event}”; ' * bool(event)}{english}", f"{f'《{event}》，' * bool(event)}{chinese}"

    def reply(self, name: str, post: str, how: tuple[str, str], shown: list[Quote]) -> Reply:
        """A name with the post and how the record knows it, and the event at which it does."""
        english, chinese = self.at(shown[0].passage)
        return Reply(
            f"{name}{f', {kept(post)}' * bool(post)}{how[0]} ({english}).",
            f"{name}{f'，{kept(post)}' * bool(post)}{how[1]}（{chinese}）。",
            shown,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """A direct answer in English and in simplified Chinese, and the words of the source that show it."""

    english: str
    chinese: str
    shown: Sequence[Quote]
    is_silent: bool = False  # what was asked is there and not by whom: the answer is refused with this line


def kept(words: str) -> str:
    """Words of the source, marked so that they keep its script in an answer of another one."""
    return f"\ue000{words}\ue001" if words else ""


def event_of(passage: Passage) -> str:
    """The name of the event, else the title of its page, "" without either."""
    return passage.event or passage.title


def sentence_at(passage: Passage, *places: int) -> Quote:
    """The sentences that hold the places, as one quote; places below 0 count for nothing."""
    held = [s for s in sentence_spans(passage.text) if any(s[0] <= place < s[1] for place in places)]
    return Quote(passage, min(s[0] for s in held), max(s[1] for s in held), 1.0)


def _names_body(question: str, about: str) -> float:
    """Whether the bodies that any transcript here may be of (SCIO, 国新办) are named in question and title alike."""
    folded, written = fold(question), fold(about)
    named = [names for names in _BODIES if any(name in folded for name in names)]
    return float(bool(named) and all(any(name in written for name in names) for names in named))


_BODIES = (
    ("scio", "state council information office", "国新办", "国务院新闻办"),
    ("miit", "ministry of industry and information", "工信部", "工业和信息化部"),
)
