"""Who holds a post, and which post a person holds: the names and posts that stand in the words of the record."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.anchors import anchors_of, without_years, years_in
from assistant.asked import Asked, Reply, kept, sentence_at
from assistant.extractive import Quote
from assistant.names import is_same, names_in, people_of
from assistant.who import BYLINE, speaker
from assistant.who_when_words import HEADS, VICE, is_said, of_life
from corpus.chunk import sentence_spans
from corpus.folding import HAN
from corpus.people import Person, people_in
from corpus.transcript import Passage
from embeddings.lexical import context_of, fold

__all__ = ["holder", "is_untold", "post"]

FOUND_AGAIN = 12  # passages looked up again under a person's name
OF_POST = 0.4  # least share of what a question says of a post that stands beside the post


def post(asked: Asked) -> Reply | None:
    """The posts that the record gives to a person, each with its day; that it gives none of somebody who spoke."""
    name, found = _named(asked)
    if not name:
        return speaker(asked) if is_said(asked.question) else None
    posts: dict[str, tuple[str, Quote]] = {}
    for passage, person in found:
        if person.post and fold(person.post) not in {fold(other) for other in posts}:
            posts[person.post] = (person.name, sentence_at(passage, person.start, person.post_at))
    if not posts:
        if writer := next(((p, one) for p, one in found if one.part == "writes"), None):
            return asked.reply(asked.name(writer[1].name), "", BYLINE, [sentence_at(writer[0], writer[1].start)])
        for spoken in _found_again(asked, name):
            if spoken.speaker and is_same(spoken.speaker, name, asked.retriever):
                only = (
                    "; the record gives no post, only the name as that of a speaker",
                    "；记录没有写明职务，只列为发言人",
                )
                opening = Quote(spoken, *sentence_spans(spoken.text)[0], 1.0)
                return asked.reply(asked.name(spoken.speaker), "", only, [opening])
        return None
    best = sorted(posts.items(), key=lambda one: -len(one[0]))[:2]
    best.sort(key=lambda one: one[1][1].passage.day.value)
    shown = [quote for _, (_, quote) in best]
    named = [(kept(post), *asked.at(quote.passage)) for (post, _), quote in zip(best, shown, strict=True)]
    name = asked.name(best[0][1][0])
    return Reply(
        f"{name}: {'; '.join(f'{post} ({english})' for post, english, _ in named)}.",
        f"{name}：{'；'.join(f'{post}（{chinese}）' for post, _, chinese in named)}。",
        list({(quote.passage.id, quote.start): quote for quote in shown}.values()),
    )


def _named(asked: Asked) -> tuple[str, list[tuple[Passage, Person]]]:
    """The person whom a question names, as the record writes the name, with the places that tell of him; or ""."""
    names = names_in(asked.question)
    known = [*asked.retriever.index.speakers(), *(p.name for _, p in people_of(h.passage for h in asked.hits))]
    name = next((one for one in known if any(is_same(one, words, asked.retriever) for words in names)), "")
    if not name:
        return "", []
    found = people_of([*(hit.passage for hit in asked.hits), *_found_again(asked, name)])
    held = {hit.passage.id for hit in asked.fitting}
    people = [(passage, person) for passage, person in found if is_same(person.name, name, asked.retriever)]
    people.sort(key=lambda one: one[0].id not in held)
    anchors = anchors_of(asked.question, asked.retriever.dictionary)
    dated = [one for one in people if not anchors.years or anchors.years & _years(one[0])]
    return name, dated if any(person.post for _, person in dated) else people


def _years(passage: Passage) -> frozenset[str]:
    return years_in(f"{passage.title} {passage.event} {passage.held.value[:4]}年 {passage.published.value[:4]}年")


def _found_again(asked: Asked, name: str) -> list[Passage]:
    words = f"{name} 发言人 部长 局长 主任" if HAN.search(name) else f"{name} spokesperson minister director"
    return [hit.passage for hit in asked.retriever.retrieve(words, FOUND_AGAIN, asked.where)]


def is_untold(asked: Asked) -> bool:
    """Whether something of a person's life is asked that no sentence with his name tells."""
    sought, other = of_life(asked.question)
    name, found = _named(asked) if sought else ("", [])
    sentences = [(passage, sentence_at(passage, person.start).text) for passage, person in found]
    return bool(name) and not any(
        asked.share(sought, passage, words) >= OF_POST > asked.share(sought, passage, "")
        and (not other or len(people_in(words)) > 1)
        for passage, words in sentences
    )


def holder(asked: Asked) -> Reply | None:
    """Who holds a post: the same post, of the body that is asked about."""
    heads = _heads(asked.question)
    topic = without_years(asked.topic)
    for words in (*HEADS, VICE):
        topic = words.sub(" ", topic)
    vice = bool(VICE.search(fold(asked.question)))
    best: tuple[float, Passage, Person] | None = None
    for passage, cosine in _introducing(asked):
        for person in people_in(passage.text):
            posts = _posts(person.post, vice)
            theirs = _heads_of(person.post, vice)
            if not heads & theirs or not any(not _differ(asked.question, one) for one in posts):
                continue
            share = asked.share(topic, passage, f"{person.post} {context_of(passage)}")
            share += 0.3 * cosine + 0.1 * len(heads & theirs)
            if share >= OF_POST and (best is None or share > best[0]):
                best = (share, passage, person)
    if best is None:
        return None
    _, passage, person = best
    return asked.reply(
        asked.name(person.name), person.post, ("", ""), [sentence_at(passage, person.start, person.post_at)]
    )


def _introducing(asked: Asked) -> Iterator[tuple[Passage, float]]:
    """The passages that fit and the openings of their transcripts, where people are introduced, with their likeness."""
    fitting = asked.fitting
    yield from ((hit.passage, hit.cosine) for hit in fitting)
    for transcript in dict.fromkeys(hit.passage.transcript for hit in fitting):
        yield from ((passage, 0.0) for passage in asked.retriever.index.turn(transcript, 1)[:2])


def _heads_of(post: str, vice: bool) -> set[int]:
    """The heads of the posts named in one, of deputies or of others."""
    return {head for one in _posts(post, vice) for head in _heads(one)}


def _posts(post: str, vice: bool) -> list[str]:
    # One person may hold several posts: deputy head and spokesman.
    return [one for one in re.split("、|兼|, | and ", post) if bool(VICE.search(fold(one))) == vice]


def _heads(words: str) -> set[int]:
    return {n for n, head in enumerate(HEADS) if head.search(fold(words))}


def _differ(question: str, post: str) -> bool:
    """Whether question and post name posts in Chinese, and no one of the same rank: 局长 and 司长."""
    ranks = [
        set(re.findall("[部局司署处厅会院行校市省县区州组关台]长|主任|主席|发言人|书记|总理", fold(words)))
        for words in (question, post)
    ]
    return bool(ranks[0] and ranks[1]) and not ranks[0] & ranks[1]
