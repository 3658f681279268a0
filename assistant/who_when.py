"""Who and when: the name, the post or the day that the record gives, in one sentence, and how it knows it.

Speakers and days come from what is known of a transcript, people in articles and posts from the words (people.py),
times of what happened from the sentence that tells it. Nobody is named because he happens to speak in a passage: what
was asked has to be borne out there as anywhere else (extractive.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.asked import Asked, Reply, event_of, kept, sentence_at
from assistant.cite import Answer, Sentence, checked
from assistant.extractive import Quote, cited
from assistant.forms import form_of
from assistant.framing import labels_of, lead_of, said
from assistant.names import as_written
from assistant.posts import holder, is_untold, post
from assistant.refusal import refused, unfounded
from assistant.retrieve import Hit, Retriever, Where
from assistant.who import answerer, asker, author, body, chair, present, publisher, speaker
from assistant.who_when_words import Kind, kind_of, of_life, without_event
from assistant.wording import language_tag, period
from corpus.chunk import sentence_spans
from corpus.periods import Mention, periods
from corpus.quantities import quantities
from corpus.transcript import Passage, When
from embeddings.lexical import fold

__all__ = ["told"]

NEAR_PAGE = 10  # days within which a page follows the event that it tells of
OF_DEED = 0.3  # least share of what somebody is asked to have done that stands in one sentence


def told(empty: Answer, hits: Sequence[Hit], retriever: Retriever, where: Where | None = None) -> Answer | None:
    """The answer to a question for a person, a body or a time, None to others and where quotes answer it.

    Its first sentence is direct: who or when, at which event, how that is known. Then the words that show it.
    """
    form = form_of(empty.question)
    if form not in ("who", "when") and not of_life(empty.question)[0]:
        return None
    asked = as_written(empty.question, hits, retriever)
    if asked != empty.question:
        hits = retriever.retrieve(asked, max(len(hits), 1), where)
    kind, this = kind_of(asked), Asked(asked, empty, hits, retriever, where)
    if is_untold(this):
        return unfounded(empty, hits, retriever, where)
    if form not in ("who", "when"):
        return None
    if reply := _REPLIES[kind](this):
        return _answer(empty, reply, hits)
    silent = kind in _ONLY_BY_NAME or not (_is_told(this) if form == "who" else _is_timed(this))
    return unfounded(empty, hits, retriever, where) if silent else None


def _is_told(asked: Asked) -> bool:
    """Whether one sentence holds enough of what somebody is asked to have done.

    Words near these questions are many, and none of them is the name that was asked for.
    """
    # A code such as 5G stands everywhere: that it was invented has to be said beside it.
    topic = without_event(re.sub(r"[a-z]*\d+[a-z]*", " ", asked.topic))
    return any(asked.share(topic, quote.passage, quote.text) >= OF_DEED for quote in asked.chosen())


def _is_timed(asked: Asked) -> bool:
    """Whether a sentence that may answer when has words for a time at all, if none that can be reckoned."""
    return any(_TIMES.search(fold(quote.text)) for quote in asked.chosen())


_TIMES = re.compile(r"\b(?:recent\w*|ago|soon|now|today|(?:day|week|month|quarter|year)s?)\b|日前|近日|最近|[年月周天]")


def _answer(empty: Answer, reply: Reply, hits: Sequence[Hit]) -> Answer | None:
    passages = [quote.passage for quote in reply.shown]
    parts = re.split("[\ue000\ue001]", reply.english if empty.lang == "en" else reply.chinese)
    line = "".join(part if n % 2 else said((part, part), empty.lang, empty.script) for n, part in enumerate(parts))
    citations = cited(reply.shown)
    if reply.is_silent:
        return replace(refused(empty, "nothing_found"), lead=line, citations=citations)
    numbers = range(1, len(passages) + 1)
    quotes = [
        Sentence(quote.text, (n,), label)
        for n, quote, label in zip(numbers, reply.shown, labels_of(passages, empty.lang, empty.script), strict=True)
    ]
    answer = replace(
        empty,
        lead=lead_of(passages, empty.lang, empty.script),
        sentences=(Sentence(line, tuple(numbers), direct=True), *quotes),
        citations=citations,
    )
    answer = checked(answer, [*(hit.passage for hit in hits), *passages])
    return answer if answer.sentences and answer.sentences[0].direct else None


# --- When ---------------------------------------------------------------------------------------------------------


def _held(asked: Asked) -> Reply | None:
    """When an event was held; that of the page where the record does not say it."""
    found = asked.event()
    if not found:
        return None
    passage = found[0].passage
    held, published, event = passage.held, passage.published, kept(event_of(passage))
    if not held.value:
        english = f"The record does not say when the meeting {f'“{event}” ' * bool(event)}was held"
        chinese = f"记录没有说明{f'《{event}》' * bool(event) or '会议'}何时举行，日期不详"
        if day := _named_day(asked, found[0].passage):
            english = f"The text names {asked.on(day)[0].removeprefix('on ')}{f': “{event}”' * bool(event)}"
            chinese = f"原文写的日期是{asked.on(day)[1]}{f'：《{event}》' * bool(event)}"
            held = day
        elif published.value:
            english += f"; its page was published {asked.on(published)[0]}"
            chinese += f"；网页发布于{asked.on(published)[1]}"
    else:
        english = f"The meeting was held {asked.on(held)[0]}{f': “{event}”' * bool(event)}"
        chinese = f"会议{asked.on(held)[1]}举行{f'：《{event}》' * bool(event)}"
        if len(held.value) < 10:
            english, chinese = f"{english}; the record gives no day", f"{chinese}；记录没有写明哪一天"
    return Reply(f"{english}.", f"{chinese}。", [_dated(found, held if held.value else published, asked)])


def _named_day(asked: Asked, passage: Passage) -> When | None:
    """The day that the opening names shortly before its page appeared, where that of the event is not known."""
    span = passage.published.span()
    for opening in asked.retriever.index.turn(passage.transcript, 1)[:2] if span else ():
        for mention in periods(opening.text, opening.day):
            first, last = mention.period.span()
            if span and first and first == last and 0 < (span[0] - first).days <= NEAR_PAGE:
                return When(mention.period.value, "stated")
    return None


def _published(asked: Asked) -> Reply | None:
    """When a page appeared, and with whom; or that the record does not say it."""
    found = asked.event()
    if not found:
        return None
    passage = found[0].passage
    published, title, who = passage.published, kept(passage.title or passage.event), kept(passage.publisher)
    english, chinese = "The record does not say when its page was published", "记录没有说明网页何时发布，日期不详"
    if published.value:
        english = f"Published {asked.on(published)[0]}{f' by {who}' * bool(who)}"
        chinese = f"{who}发布于{asked.on(published)[1]}"
    english, chinese = f"{english}{f': “{title}”' * bool(title)}.", f"{chinese}{f'：《{title}》' * bool(title)}。"
    return Reply(english, chinese, [_dated(found, published, asked)])


def _dated(hits: Sequence[Hit], when: When, asked: Asked) -> Quote:
    """The sentence of a transcript that names its day, else that speaks of the event or opens it."""
    opening = asked.retriever.index.turn(hits[0].passage.transcript, 1)[:2]
    ranked: list[tuple[int, Quote]] = []
    for one in (*opening, *(hit.passage for hit in hits)):
        for start, end in sentence_spans(one.text):
            words = fold(one.text[start:end])
            named = when.value and when.value in {
                mention.period.value for mention in periods(one.text[start:end], one.day)
            }
            rank = 3 if named else 2 if _TODAY.search(words) else int(bool(_HOLDS.search(words)))
            ranked.append((rank, Quote(one, start, end, 1.0)))
    return max(ranked, key=lambda one: one[0])[1]


_TODAY = re.compile(r"今[日天]|当[日天]|\btoday\b|日前|近日")
_HOLDS = re.compile(r"召开|举行|举办|发布会|会议|\bheld\b|\bpress conference\b|\bbriefing\b")


def _said_when(asked: Asked) -> Reply | None:
    """At which event something was said, and when that was."""
    quotes = asked.chosen()
    if not quotes:
        return None
    passage = quotes[0].passage
    event = event_of(passage)
    english, chinese = asked.at(passage)
    who = asked.name(passage.speaker) if passage.speaker else ""
    return Reply(
        f"{f'Said by {who}, at ' if who else 'Said at '}{english}." if event else f"Said at a {english}.",
        f"{f'由{who}' * bool(who)}说于{chinese}。",
        quotes[:1],
    )


def _happened(asked: Asked) -> Reply | None:
    """The time of what is asked about, from the sentence that tells it or, without one there, from the last before."""
    counted = {(one.value, one.unit) for one in quantities(asked.question)}
    quotes = asked.chosen()
    exact = [q for q in quotes if counted & {(one.value, one.unit) for one in quantities(q.text)}] if counted else []
    found: list[tuple[float, list[Quote], Mention]] = []  # the first quote holds the time
    for quote in exact or quotes:
        passage = quote.passage
        mentions = periods(passage.text, passage.day)
        inside = [one for one in mentions if quote.start <= one.start and one.end <= quote.end]
        for one in inside:
            clauses = _clauses(passage.text, one.start, quote)
            own, next_one = (asked.share(asked.topic, passage, clause) for clause in clauses)
            found.append((quote.score * (0.3 + own + 0.3 * next_one), [quote], one))
        if not inside and exact and (before := _time_before(asked, quote)):
            found.append((0.2 * quote.score, [before[0], quote], before[1]))
    if not found:
        return None
    _, shown, mention = max(found, key=lambda one: one[0])
    words = period(mention.period.value, language_tag(asked.empty.lang, asked.empty.script))
    written = kept(shown[0].passage.text[mention.start : mention.end])
    if not words:
        return Reply(f"“{written}”; the record does not say which year.", f"“{written}”；记录没有说明年份。", shown)
    english = f"{words[:1].upper()}{words[1:]}: the text says “{written}”"
    chinese = f"{words}：原文写“{written}”"
    if mention.period.known == "inferred" and shown[0].passage.day.value:
        english += ", reckoned from the day of the event"
        chinese += "，按会议日期推算"
    return Reply(f"{english}.", f"{chinese}。", shown)


def _time_before(asked: Asked, quote: Quote) -> tuple[Quote, Mention] | None:
    """The last time that is named before a quote in its turn, with its sentence."""
    turn = asked.retriever.index.turn(quote.passage.transcript, quote.passage.turn)
    for passage in reversed([one for one in turn if one.start <= quote.passage.start]):
        end = quote.start if passage.id == quote.passage.id else len(passage.text)
        if mentions := [one for one in periods(passage.text, passage.day) if one.end <= end]:
            return sentence_at(passage, mentions[-1].start), mentions[-1]
    return None


def _clauses(text: str, at: int, quote: Quote) -> tuple[str, str]:
    """The part of a quote, between commas and stops, that a place stands in, and the part behind that one."""
    stops = [quote.start, *(found.end() for found in _COMMA.finditer(text, quote.start, quote.end)), quote.end]
    after = next((n for n, stop in enumerate(stops) if stop > at), len(stops) - 1)
    return text[stops[after - 1] : stops[after]], text[stops[after] : stops[min(after + 1, len(stops) - 1)]]


_COMMA = re.compile(r"[,，](?!\d)|[;；:：]")
_REPLIES: dict[Kind, Callable[[Asked], Reply | None]] = {
    Kind.HELD: _held,
    Kind.PUBLISHED: _published,
    Kind.SAID_WHEN: _said_when,
    Kind.HAPPENED: _happened,
    Kind.POST: post,
    Kind.HOLDER: holder,
    Kind.AUTHOR: author,
    Kind.PUBLISHER: publisher,
    Kind.ASKER: asker,
    Kind.CHAIR: chair,
    Kind.ANSWERER: answerer,
    Kind.SPEAKER: speaker,
    Kind.PRESENT: present,
    Kind.BODY: body,
    Kind.OTHER: lambda asked: None,
}
_ONLY_BY_NAME = {Kind.HOLDER, Kind.ASKER, Kind.CHAIR, Kind.AUTHOR}
