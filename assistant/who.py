"""Who said, asked, answered, moderated, wrote or held: from what is known of a turn, else from the words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from assistant.anchors import anchors_of, bears_out, without_names
from assistant.asked import Asked, Reply, event_of, kept, sentence_at
from assistant.extractive import LEAST_EVIDENCE, Quote, fitting
from assistant.names import is_same, names_in, people_of
from assistant.retrieve import Hit
from assistant.who_when_words import is_said, without_asking
from corpus.chunk import sentence_spans
from corpus.folding import HAN_RANGE
from corpus.people import Person, people_in
from corpus.transcript import Passage
from embeddings.lexical import context_of, fold

__all__ = ["BYLINE", "answerer", "asker", "author", "body", "chair", "present", "publisher", "speaker"]

FOUND_AGAIN = 12  # passages looked up again under a person's name
OF_ARTICLE = 0.35  # as LEAST_EVIDENCE, of an article that names its writer: few do
MOST_TURNS = 40  # of a transcript that are read for who took part
BACK = 6  # turns of an exchange: a reporter's question, the hand-offs after it and the answer


_BY_TRANSCRIPT = ("; the transcript names the speaker", "；记录标明了发言者")
_BY_TEXT = ("; the text ascribes it", "，据文中所述")

# --- Words ascribed, written and published ----------------------------------------------------------------------


def speaker(asked: Asked) -> Reply | None:
    """Who said something: the speaker of the words that bear it out, in an article him to whom it ascribes them."""
    for best in asked.chosen()[:1]:
        passage = best.passage
        if said_by := passage.speaker or passage.outlet:
            return asked.reply(asked.name(said_by), _post_of(asked, passage, said_by), _BY_TRANSCRIPT, [best])
        for ascribed, person in _ascribed(asked, best):
            post = person.post or _post_of(asked, passage, person.name)
            return asked.reply(
                asked.name(person.name), post, _BY_TEXT, [best] if ascribed == best else [best, ascribed]
            )
    return None


def _post_of(asked: Asked, passage: Passage, name: str) -> str:
    """The post that the opening of a transcript, the turn or another passage of it gives to a speaker; "" if none."""
    turns = [p for n in (1, 2, passage.turn) for p in asked.retriever.index.turn(passage.transcript, n)]
    turns += [hit.passage for hit in asked.hits if hit.passage.transcript == passage.transcript]
    return next((p.post for _, p in people_of(turns) if p.post and is_same(p.name, name, asked.retriever)), "")


def _ascribed(asked: Asked, quote: Quote) -> Iterator[tuple[Quote, Person]]:
    """Him to whom the text ascribes the words of a quote: named in it as speaking, else the last one named before.

    Before the first one is named, him who alone is named as speaking in the whole text.
    """
    people = [one for one in people_in(quote.passage.text) if one.part == "speaks"]
    own = [one for one in people if quote.start <= one.start < quote.end]
    if own:
        yield quote, own[0]
        return
    if is_said(quote.text):  # by somebody else, such as a ministry
        return
    turn = asked.retriever.index.turn(quote.passage.transcript, quote.passage.turn)
    for passage in reversed([one for one in turn if one.start <= quote.passage.start]):
        before = quote.start if passage.id == quote.passage.id else len(passage.text)
        for person in reversed(people_in(passage.text)):
            if (person.part == "speaks" or person.post) and person.start < before:
                yield sentence_at(passage, person.start, person.post_at), person
                return
    speaking = [(passage, person) for passage, person in people_of(turn) if person.part == "speaks"]
    if len({fold(person.name) for _, person in speaking}) == 1:
        yield sentence_at(speaking[0][0], speaking[0][1].start), speaking[0][1]


def present(asked: Asked) -> Reply | None:
    """Who took part in an event: those whom its transcript names, with sentences that name most people or bodies."""
    found = asked.event()
    if not found:
        return None
    transcript = found[0].passage.transcript
    passages = [p for number in range(1, MOST_TURNS) for p in asked.retriever.index.turn(transcript, number)]
    spoke = [p.speaker or p.outlet or "" for p in passages]
    names = dict.fromkeys([*filter(None, spoke), *(one.name for _, one in people_of(passages) if one.part != "writes")])
    ranked: list[tuple[int, Quote]] = []
    for one in passages:
        for start, end in sentence_spans(one.text):
            words = one.text[start:end]
            named = len(re.findall(f"{_BODY_ZH}|(?:{_BODY_EN}(?:, | and )){{2}}", words)) + len(people_in(words))
            ranked.append((named + words.count("、"), Quote(one, start, end, 1.0)))
    best = sorted(ranked, key=lambda one: -one[0])[:2]
    shown = [quote for named, quote in best if named] or [best[0][1]]
    if not names:
        return None
    told = [asked.name(name) for name in names]
    english, chinese = asked.at(found[0].passage)
    return Reply(f"Named there: {', '.join(told)} ({english}).", f"记录提到：{'、'.join(told)}（{chinese}）。", shown)


def author(asked: Asked) -> Reply | None:
    """Who wrote an article, of those that name their writer."""
    signed: dict[str, tuple[Passage, Person]] = {}
    for transcript in {hit.passage.transcript for hit in asked.fitting}:
        for passage, person in people_of(asked.retriever.index.turn(transcript, 1)[:2]):
            if person.part == "writes":
                signed.setdefault(transcript, (passage, person))
    found = asked.event([hit for hit in asked.fitting if hit.passage.transcript in signed], OF_ARTICLE)
    if not found:
        return None
    passage, person = signed[found[0].passage.transcript]
    return asked.reply(asked.name(person.name), "", BYLINE, [sentence_at(passage, person.start)])


BYLINE = (", named in the text as its reporter", "，文中署名的记者")


def publisher(asked: Asked) -> Reply | None:
    """Which site or paper carried the page on what is asked about."""
    found = [hit for hit in asked.event() if hit.passage.publisher]
    if not found:
        return None
    passage = found[0].passage
    opening = asked.retriever.index.turn(passage.transcript, 1)[0]
    quote = Quote(opening, *sentence_spans(opening.text)[0], 1.0)
    return asked.reply(kept(passage.publisher), "", (" published it", "刊发"), [quote])


def body(asked: Asked) -> Reply | None:
    """Which ministry or other body held an event, as a sentence of its opening or of what was found names it."""
    quotes = asked.chosen()
    if found := asked.event():
        opening = asked.retriever.index.turn(found[0].passage.transcript, 1)[:2]
        quotes = [*(Quote(p, a, b, 1.0) for p in opening for a, b in sentence_spans(p.text)), *quotes]
    for quote in quotes:
        if held_by := _HELD_BY.search(quote.text):
            name = kept(next(filter(None, held_by.groups())).strip(" ,，"))
            return asked.reply(name, "", ("", ""), [quote])
    if not found or not event_of(found[0].passage):
        return None
    only = ("The record gives no more of who held it than its name", "关于由谁举办，记录只有会议名称")
    return asked.reply("", "", only, [Quote(quotes[0].passage, quotes[0].start, quotes[0].end, 1.0)])


_BODY_ZH = rf"[{HAN_RANGE}]{{2,16}}?(?:部|委|局|办|辦|署|院|会|會|中心|公司|集团|集團|政府|联盟|聯盟)"
_BODY_EN = r"[A-Z][\w&'’-]*(?: (?:[A-Z][\w&'’-]*|of|the|and|for))*(?<! of)(?<! the)(?<! and)(?<! for)"
_HOLDS_ZH = "(?:召开|召開|举行|舉行|举办|舉辦|主办|主辦|组织)"
_HELD_BY = re.compile(
    rf"由({_BODY_ZH})(?:[{HAN_RANGE}]{{0,12}}?){_HOLDS_ZH}"
    rf"|(?:在|[，,：:]|^)({_BODY_ZH})(?:[今当當][日天]|日前|近日|于[^，,]{{2,12}})?{_HOLDS_ZH}"
    rf"|\b[Tt]he ({_BODY_EN})(?: \(\w+\))? (?:held|holds|hosted|convened|organi[sz]ed|gave)\b"
    rf"|\b(?:held|hosted|convened|organi[sz]ed) by the ({_BODY_EN})"
)

# --- Exchanges --------------------------------------------------------------------------------------------------


def asker(asked: Asked) -> Reply | None:
    """Who put a question: outlet or name of the reporter, or that the record gives neither."""
    found = _exchange(asked, "reporter")
    if not found:
        return None
    _, passage = found
    who = [asked.name(name) for name in (passage.speaker, passage.outlet) if name]
    shown = [_told_best(asked, passage)]
    if who:
        return asked.reply(", ".join(who), "", (" asked", "提问"), shown)
    nobody = asked.reply("", "", _NAMELESS, shown)
    return replace(nobody, is_silent=True)


_NAMELESS = (
    "A reporter asked this, but the record names neither the person nor the outlet",
    "这是记者提的问题，但记录没有写明姓名和媒体",
)


def chair(asked: Asked) -> Reply | None:
    """Who moderated, opened or handed over; in an article, whom it names as the chair."""
    found = _exchange(asked, "moderator")
    best: tuple[float, Passage, Person] | None = None
    for hit in asked.fitting:
        own = asked.share(asked.topic, hit.passage, f"{hit.passage.text} {context_of(hit.passage)}")
        score = 2 * own + 0.5 * hit.cosine + hit.score
        chairs = [person for person in people_in(hit.passage.text) if person.part == "chairs"]
        if chairs and own + 0.5 * hit.cosine >= LEAST_EVIDENCE and (best is None or score > best[0]):
            best = (score, hit.passage, chairs[0])
    if best and (found is None or best[0] > found[0]):
        _, passage, person = best
        return asked.reply(asked.name(person.name), person.post, _BY_TEXT, [sentence_at(passage, person.start)])
    how = ("; named in the transcript as the moderator", "，记录中的主持人")
    return _of_turn(asked, found[1], how) if found else None


def answerer(asked: Asked) -> Reply | None:
    """Who answered a question or was handed it; where no exchange is borne out, who said what is asked."""
    found = _exchange(asked, "official")
    return (_of_turn(asked, found[1], (" answered", "回答")) if found else None) or speaker(asked)


def _of_turn(asked: Asked, passage: Passage, how: tuple[str, str]) -> Reply | None:
    shown = [_told_best(asked, passage)]
    if passage.speaker:
        post = _post_of(asked, passage, passage.speaker)
        return asked.reply(asked.name(passage.speaker), post, how, shown)
    for there, person in people_of([passage, *asked.retriever.index.turn(passage.transcript, 1)]):
        before = there.text[: person.post_at if person.post_at >= 0 else person.start]
        if there.role == passage.role and _I_AM.search(fold(before)):
            return asked.reply(
                asked.name(person.name), person.post, how, [sentence_at(there, person.start, person.post_at)]
            )
    return None


_I_AM = re.compile(r"(?:我是|\bi am|\bi'm|my name is)\s*(?:mr|ms)?\W*$")


def _exchange(asked: Asked, role: str) -> tuple[float, Passage] | None:
    """The passage of that role in the exchange that the question is about and its score; None when none is borne out.

    Names that the question insists on may stand anywhere in the exchange; who is named there is not asked after.
    """
    anchors = anchors_of(asked.question, asked.retriever.dictionary)
    unnamed = without_names(asked.question, anchors)
    topic = without_asking(unnamed)
    named = names_in(asked.question)
    anchors = replace(anchors, years=frozenset(), periods=frozenset())
    best: tuple[float, Passage] | None = None
    hits = list(asked.hits)
    for name in asked.retriever.index.speakers():
        if any(is_same(name, words, asked.retriever) for words in named):
            hits += asked.retriever.retrieve(name, FOUND_AGAIN, asked.where)
    for hit in [hit for hit in fitting(unnamed, hits, asked.retriever) if hit.passage.role]:
        turns = _turns(asked, hit)
        beside = " ".join(f"{p.text} {p.speaker or ''} {p.outlet or ''}" for turn in turns for p in turn)
        is_asked = any(turn[0].role == "reporter" for turn in turns)  # an opening statement answers no question
        if not bears_out(hit.passage, anchors, True, beside) or (role == "official" and not is_asked):
            continue
        borne = asked.share(topic, hit.passage, _words(hit.passage)) + 0.5 * hit.cosine
        if borne < LEAST_EVIDENCE:
            continue
        own = [hit.passage] if hit.passage.role == role else []
        answers = [turn for turn in turns if turn[0].role == role]
        if role == "official":  # an answer that is taken for a hand-off ends its exchange all the same
            answers += [turn for turn in turns[-2:-1] if turn[0].role != "reporter"]
        for passage in own or next(iter(answers), []):
            if any(is_same(passage.speaker or "", name, asked.retriever) for name in named if passage.speaker):
                continue
            told = fold(f"{passage.text} {passage.speaker} {passage.outlet}")
            names = any(fold(name) in told for name in named)
            score = borne + asked.share(topic, passage, _words(passage)) + 0.5 * names + hit.score
            if best is None or score > best[0]:
                best = (score, passage)
    return best


def _turns(asked: Asked, hit: Hit) -> list[list[Passage]]:
    """The turns of the exchange that a hit stands in, and the first turn of the transcript, where one may open it."""
    passage, turn = hit.passage, asked.retriever.index.turn
    back: list[list[Passage]] = []
    for number in range(passage.turn, max(0, passage.turn - BACK), -1):
        back.insert(0, turn(passage.transcript, number))
        if back[0] and back[0][0].role == "reporter":
            break
    for number in range(passage.turn + 1, passage.turn + BACK):
        there = turn(passage.transcript, number)
        if not there or there[0].role == "reporter":
            break
        back.append(there)
    return [there for there in (*back, turn(passage.transcript, 1)) if there]


def _words(passage: Passage) -> str:
    return f"{passage.text} {passage.question} {context_of(passage)}"


def _told_best(asked: Asked, passage: Passage) -> Quote:
    """The sentence of a passage that says most of what is asked, the longer where two say the same."""
    spans = sentence_spans(passage.text)
    start, end = max(spans, key=lambda s: (asked.share(asked.topic, passage, passage.text[s[0] : s[1]]), s[1] - s[0]))
    return Quote(passage, start, end, 1.0)
