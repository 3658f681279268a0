"""What an answer looks like as HTML: the talk, the sources beside it, the record, and the words of the page itself.

Every text from outside goes through `_esc` into text or a quoted attribute, and no Markdown is rendered, so that a
question, a passage or a title can only be seen, never run. The look stands in page.css, what happens in the browser in
page.js, the page's own words in page.json in three languages, of which the browser shows one; a timeline is drawn by
chart.py. app.py serves it all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import groupby
from pathlib import Path

from assistant import chart
from assistant.cite import Answer, Citation, Sentence
from assistant.wording import LANGUAGES, language_tag, phrase
from corpus.transcript import When
from embeddings.index import DamagedIndexError, IndexMismatchError, Stored

__all__ = ["CSS", "EXAMPLES", "FORESEEN", "JS", "Exchange", "conversation", "header", "notice", "panels", "record"]

# Errors whose message is one clear line with the remedy, fit to be shown; all others belong in the server's log.
FORESEEN = (DamagedIndexError, IndexMismatchError, OSError)

_HERE = Path(__file__).parent
CSS = (_HERE / "page.css").read_text(encoding="utf-8")
JS = (_HERE / "page.js").read_text(encoding="utf-8")
EXAMPLES = (
    ("en", "How many 5G base stations were newly built in 2021?"),
    ("en", "How many websites and apps were made elderly-friendly?"),
    ("en", "How many fraud calls were blocked?"),
    ("zh-Hans", "2022年计划建成多少个5G基站？"),
    ("zh-Hans", "适老化改造完成了多少家网站和App？"),
    ("zh-Hant", "劉烈宏對5G服務提出了哪五項要求？"),
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and as much of its answer as there is.

    `failure` says in one line why no more will come ("" when only the server's log says it), None while all is well.
    """

    question: str
    answer: Answer | None = None
    done: bool = False
    failure: str | None = None


def header() -> str:
    """The seal, the name and the choice of language."""
    choices = "".join(
        f'<button type="button" class="ui" data-ui="{language}" lang="{language}" aria-pressed="false">{name}</button>'
        for language, name in LANGUAGES.items()
    )
    return (
        '<header><div class="name"><span class="seal" aria-hidden="true" lang="zh-Hant">出處</span>'
        "<span>Chuchu</span></div>"
        f'<div class="switch" role="group" aria-label="Language · 语言 · 語言">{choices}</div></header>'
    )


def conversation(exchanges: Sequence[Exchange]) -> str:
    """The turns, in order; the welcome with its examples shows as long as there is none.

    Both parts always stand there, because a screen reader follows only a log that it has met empty.
    """
    examples = "".join(
        f'<li><button type="button" class="example" lang="{language}">{_esc(question)}</button></li>'
        for language, question in EXAMPLES
    )
    turns = "".join(_turn(number, exchange) for number, exchange in enumerate(exchanges, 1))
    return (
        f'<section class="welcome"{" hidden" if exchanges else ""}><h1>{_say("tagline")}</h1><p>{_say("welcome")}</p>'
        f'<h2>{_say("try")}</h2><ul class="examples">{examples}</ul></section>'
        f'<div class="turns" role="log" aria-live="polite" data-latest="{len(exchanges)}">{turns}</div>'
    )


def panels(exchanges: Sequence[Exchange], record: str) -> str:
    """One panel of sources for each exchange, of which the browser shows one, and below them the record, folded."""
    shown = "".join(_panel(number, exchange) for number, exchange in enumerate(exchanges, 1))
    folded = f"<summary>{_say('record')}</summary>{record}</details>"
    return (
        f'<aside class="panels" data-latest="{len(exchanges)}">{shown}'
        f'<details class="record"{"" if exchanges else " open"}>{folded}</aside>'
    )


def record(sources: Sequence[Stored]) -> str:
    """The list of transcripts, newest first, undated ones last; a partial date counts as its last day."""

    def newest(source: Stored) -> date:
        span = source.held.span() or source.published.span()
        return span[1] if span else date.min

    rows = []
    for source in sorted(sources, key=newest, reverse=True):
        when, label = (source.held, "held") if source.held.value else (source.published, "published")
        tag = language_tag(source.lang, source.script)
        facts = (_say(source.kind), _say(tag), _say("passages", n=str(source.passages)), _esc(source.publisher))
        rows.append(
            f'<li><p class="date">{_say(label) if when.value else ""} {_when(when)}</p>'
            f'<p class="title" lang="{tag}">{_esc(source.title or source.event or source.source)}</p>'
            f'<p class="facts">{" · ".join(fact for fact in facts if fact)}</p></li>'
        )
    return f"<ul>{''.join(rows)}</ul>" if rows else f'<p class="none">{_say("nothing")}</p>'


def notice(key: str = "") -> str:
    """The line under the question box; it stands there while empty, so that what comes into it is read out."""
    return f'<div role="status">{_say(key) if key else ""}</div>'


# The talk


def _turn(number: int, exchange: Exchange) -> str:
    parts = [f'<h2 class="question" dir="auto"><span class="sr">{_say("asked")} </span>{_esc(exchange.question)}</h2>']
    if exchange.answer is not None:
        parts.append(_answer(number, exchange.answer))
    if exchange.failure is not None:
        parts.append(f'<p class="failure">{_say("failed")} <span dir="auto">{_esc(exchange.failure)}</span></p>')
    elif not exchange.done:
        parts.append(f'<p class="reading">{_say("reading")}</p>')
    return f'<article class="turn" id="turn-{number}" tabindex="-1" {_busy(exchange)}>{"".join(parts)}</article>'


def _answer(number: int, answer: Answer) -> str:
    tag = language_tag(answer.lang, answer.script)
    direct = answer.sentences[:1] if answer.sentences and answer.sentences[0].direct else ()
    body = _understood(answer.understood) + "".join(_sentence(number, sentence, answer) for sentence in direct)
    body += "".join(f'<p class="lead">{_esc(line)}</p>' for line in (answer.fallback, answer.lead) if line)
    if answer.timeline:  # the table says all that the sentences say
        body += chart.shown(answer.timeline, tag, lambda citation: _chip(number, citation))
    said = () if answer.timeline else answer.sentences[len(direct) :]
    for listed, sentences in groupby(said, lambda sentence: sentence.point is not None):
        shown = "".join(_sentence(number, sentence, answer) for sentence in sentences)
        body += f"<ol>{shown}</ol>" if listed else shown
    if answer.suggestion:
        asking = f'<button type="button" class="suggestion">{_esc(answer.suggestion)}</button>'
        body += f'<p class="instead">{_say("instead")}{asking}</p>'
    if answer.refused and answer.citations:
        chips = "".join(_chip(number, citation) for citation in answer.citations)
        body += f'<p class="near">{_say("nearest")}{chips}</p>'
    kind = "refusal" if answer.refused else "answer"
    return f'<div class="{kind}" lang="{tag}">{body}</div>'


def _understood(question: str) -> str:
    """The question as it was understood, to be put right in the box, "" for one that was taken as it stands."""
    if not question:
        return ""
    edit = f'<button type="button" class="edit" data-question="{_esc(question)}">{_say("edit")}</button>'
    return f'<p class="understood">{_say("understood")}<span dir="auto">{_esc(question)}</span> {edit}</p>'


def _sentence(number: int, sentence: Sentence, answer: Answer) -> str:
    cited = [citation for n in sentence.cites for citation in answer.citations if citation.n == n]
    # A verbatim sentence is in the language of its source, whatever the question's was.
    spoken = next((citation.passage for citation in cited if sentence.text in citation.passage.text), answer)
    tag = language_tag(spoken.lang, spoken.script)
    chips = "".join(_chip(number, citation) for citation in cited)
    label = f'<span class="when">{_esc(sentence.label)}</span>' if sentence.label else ""
    words = f'{label}<span lang="{tag}">{_esc(sentence.text)}</span>&#8288;{chips}'
    if sentence.gloss:
        pairs = (f'<span><span lang="{tag}">{_esc(word)}</span> = {_esc(ours)}</span>' for word, ours in sentence.gloss)
        words += f' <span class="gloss">{"; ".join(pairs)}</span>'
    if sentence.point is None:
        return f'<p class="sentence{" direct" if sentence.direct else ""}">{words}</p>'
    return f'<li class="sentence" value="{sentence.point}">{words}</li>'


def _chip(number: int, citation: Citation) -> str:
    """A button that shows only its number and is named like "Source 2: Zhao Zhiguo, 2022-01-20"."""
    when = citation.passage.day.value
    name = f"{_say('source')} {citation.n}: {_esc(_who(citation))}, {_esc(when) or _say('unknown')}"
    return (
        f'<button type="button" class="chip" data-card="source-{number}-{citation.n}">'
        f'<span class="sr">{name}</span><span aria-hidden="true">{citation.n}</span></button>'
    )


# The sources


def _panel(number: int, exchange: Exchange) -> str:
    answer = exchange.answer
    near = bool(answer and answer.refused and answer.citations)
    cards = "".join(_card(number, citation, near) for citation in answer.citations) if answer else ""
    if not cards:
        state = "failed" if exchange.failure is not None else "none" if exchange.done else "reading"
        cards = f'<p class="none">{_say(state)}</p>'
    heading = _say("nearest" if near else "sources")
    return (
        f'<section class="panel" data-turn="{number}" {_busy(exchange)}><h2>{heading}</h2>'
        f'<p class="for" dir="auto">{_esc(exchange.question)}</p>'
        f"{cards}</section>"
    )


def _card(number: int, citation: Citation, near: bool) -> str:
    passage, card = citation.passage, f"source-{number}-{citation.n}"
    tag = language_tag(passage.lang, passage.script)
    role = " · ".join(part for part in (_say(passage.role) if passage.role else "", _esc(passage.outlet or "")) if part)
    text = _esc(passage.text)
    if not near:  # what is only near is there to be read, and no words of it are an answer
        before, after = passage.text[: citation.start], passage.text[citation.end :]
        text = f"{_esc(before)}<mark>{_esc(citation.quote)}</mark>{_esc(after)}"
    parts = [
        f'<article class="card{" nearby" if near else ""}" id="{card}" tabindex="-1" aria-labelledby="{card}-name">',
        f'<h3 id="{card}-name"><span class="n">{citation.n}</span> ',
        f'<span>{_esc(_who(citation))} <span class="role">{role}</span></span></h3>',
    ]
    if passage.kind == "digest":
        parts.append(f'<p class="digest"><b>{_say("digest")}</b> {_say("digest_note")}</p>')
    if passage.question:
        asked = f'<b>{_say("question")}</b> <span lang="{tag}">{_esc(passage.question)}</span>'
        parts.append(f'<details class="asked"><summary>{asked}</summary></details>')
    parts.append(f'<blockquote lang="{tag}">{text}</blockquote><dl>{_facts(citation, tag)}</dl><p class="deeds">')
    parts.append(f'<button type="button" class="copy" data-text="{_esc(_reference(citation))}">{_say("copy")}</button>')
    if re.match(r"https?://", passage.address):
        original = f'href="{_esc(passage.address)}" target="_blank" rel="noopener noreferrer"'
        parts.append(f"<a {original}>{_say('original')}</a>")
    parts.append(f'<button type="button" class="back" data-card="{card}">{_say("back")}</button></p></article>')
    return "".join(parts)


def _facts(citation: Citation, tag: str) -> str:
    passage = citation.passage
    place = [_say("point", n=str(passage.point), nth=_ordinal(passage.point))] if passage.point else []
    place += [_say(passage.block)] if passage.block else []
    rows = {
        "event": f'<span lang="{tag}">{_esc(passage.event)}</span>' if passage.event else "",
        "held": _when(passage.held),
        "published": _when(passage.published),
        "publisher": f'<span lang="{tag}">{_esc(passage.publisher)}</span>' if passage.publisher else "",
        "place": " · ".join(place),
        "file": f'<span lang="{tag}">{_esc(passage.title)}</span> <span class="file">{_esc(passage.source)}</span>',
    }
    return "".join(f"<div><dt>{_say(name)}</dt><dd>{shown}</dd></div>" for name, shown in rows.items() if shown)


def _reference(citation: Citation) -> str:
    """The citation as one line of plain text; a digest's words stand without quotation marks."""
    passage = citation.passage
    words = f"[digest] {citation.quote}" if passage.kind == "digest" else f"“{citation.quote}”"
    dates = f"held {passage.held}, published {passage.published}"
    return f"{words} — " + "; ".join(filter(None, (_who(citation), passage.event, dates, passage.source)))


def _who(citation: Citation) -> str:
    passage = citation.passage
    return passage.speaker or passage.outlet or passage.publisher or passage.title or passage.source


def _busy(exchange: Exchange) -> str:
    return f'aria-busy="{"false" if exchange.done else "true"}"'


# Words


def _when(when: When) -> str:
    """A date with how it is known; only a stated one stands alone."""
    if not when.value:
        return f'<span class="unsure">{_say("unknown")}</span>'
    shown = f'<time datetime="{when.value}">{when.value}</time>'
    return shown if when.known == "stated" else f'{shown} <span class="unsure">({_say(when.known)})</span>'


def _say(key: str, **values: str) -> str:
    """A phrase of the page in each of its languages."""
    phrases = ((tag, phrase(key, tag, **values)) for tag in LANGUAGES)
    return "".join(f'<span class="t" lang="{tag}">{_esc(words)}</span>' for tag, words in phrases)


def _ordinal(n: int) -> str:
    """1 -> "1st", 12 -> "12th"."""
    return f"{n}{'th' if n % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def _esc(text: str) -> str:
    return escape(text, quote=True)
