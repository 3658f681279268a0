"""Which points a question for a list means: those that a record numbers, or announces and sets out one by one.

Which lists a turn holds is known by listed.py, what asks for a list by forms.py, and which sentences answer where there
is no list by extractive.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.anchors import Anchors, without_names, without_years
from assistant.forms import block_asked, count_asked, enumerates, ordinal_asked, without_frame
from assistant.listed import Listed, Place, lists_of, said
from assistant.names import is_same, names_in, names_known
from assistant.naming import speaks_of, things_asked
from assistant.retrieve import Hit, Retriever
from corpus.chunk import units
from corpus.folding import HAN_RANGE
from corpus.people import people_in
from corpus.transcript import Block, Lang, Passage
from embeddings.lexical import context_of, fold, query_of

if TYPE_CHECKING:
    from assistant.extractive import Quote

__all__ = ["MOST_POINTS", "Point", "points_asked"]

MOST_POINTS = 12  # of a list are shown; of a longer one the answer says how many there are
MOST_TURNS = 8  # whose lists are compared
NEAR_TURN = 0.7  # of the score and the cosine of the best hit, from which the lists of a turn are compared
# A point is quoted up to the sentence that passes its share of a list's size, but not less: its first is often a mere
# heading.
LIST_UNITS, POINT_UNITS = 60, 14  # 90 and 120 tell no more of what is asked, in 9 and 18 words more
WHOLE_UNITS = 150  # a point that is asked for by its number is quoted up to this size
LIKE_LIST = 0.4  # weight of the likeness of a list, with the question that it answers, beside its other scores
LEAST_LIKE = 0.2  # of a list that may be meant, where the question says of what
LEAST_FIT = 0.4  # of such a list in all
STANDS_OUT = 0.06  # by how much one point may be more like the question than its list is where the whole list is meant
NEAR_LIST = 0.85  # of the best list's score, from which another may be meant that has the point asked for
OWN_POINT = 0.5  # share of the topic in a sentence of a point, from which it is among those asked for
NEAR_POINT = 0.75  # of the best point's share
OWN_HEAD = 0.7  # share of the topic in the first sentence of a point, from which it is what the point is about
# Of the score of a list that tells what was done when what comes is asked, or the reverse; of one that tells neither;
# of one that has more or fewer points than the question counts.
OTHER_BLOCK, NO_BLOCK, OTHER_COUNT = 0.6, 0.8, 0.7
OTHER_MONTH = 0.8  # of one that was not told in the month that is named


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a list as it is quoted, passage.text[start:end], and its number, from 1.

    `of` is how many points the list has, where it is asked for as a whole and too long to be shown so; else 0.
    """

    passage: Passage
    start: int
    end: int
    number: int | None = None
    of: int = 0


def points_asked(
    question: str, hits: Sequence[Hit], quotes: Sequence[Quote], anchors: Anchors, retriever: Retriever
) -> list[Point] | None:
    """The points that a question for a list means: all of one list, the one that it numbers, or those on its topic.

    `quotes` are the sentences of the hits, those first that answer best. The points stand in the order of the record.
    None when no list is meant of the turns that the hits stand in, [] when the one that is meant has no point of the
    number asked for.
    """
    count, ordinal = count_asked(question), ordinal_asked(question)
    near: dict[tuple[str, int], float] = {}
    for hit in hits:
        turn = hit.passage.transcript, hit.passage.turn
        near[turn] = max(near.get(turn, 0.0), hit.score + hit.cosine)
    turns = [turn for turn, score in list(near.items())[:MOST_TURNS] if score >= NEAR_TURN * max(near.values())]
    spoken = [retriever.index.turn(*turn) for turn in turns]
    lists = [one for passages in spoken for one in lists_of(passages, count, within=ordinal is not None)]
    if things := things_asked(question):
        named = [one for one in lists if count == one.size or 0 in one.points]
        lists = [one for one in named if speaks_of(things, one.announcement or one.heads, one.first.lang, retriever)]
    told = _told_by(question, lists, hits, retriever)
    if not told:
        # Five demands of another person are not hers.
        return [] if lists and count else None
    lists = told
    topic = _Topic(question, anchors, retriever)
    likes = topic.like_lists(lists)
    if topic.is_named:
        lists = [one for one, like in zip(lists, likes, strict=True) if like >= LEAST_LIKE]
        likes = [like for like in likes if like >= LEAST_LIKE]
        if not lists:
            return None
    fits = [_fit(one, like, question, topic, hits, anchors) for one, like in zip(lists, likes, strict=True)]
    if max(fits) < LEAST_FIT:
        return None
    best = lists[fits.index(max(fits))]
    if ordinal is not None:
        # A list that lacks the number gives way to one that fits about as well.
        having = [(fit, -at) for at, fit in enumerate(fits) if fit >= NEAR_LIST * max(fits) and lists[at].has(ordinal)]
        return _whole(*lists[-max(having)[1]].point(ordinal)) if having else []
    folded = fold(question)
    if not _AMONG.search(folded):
        if _is_whole(best, likes[fits.index(max(fits))], question, topic, quotes):
            return _all(best)
        return (_within(best, topic) or None) if _DEEDS.search(folded) else None
    if not count and not _DEEDS.search(folded):
        return None
    read = {hit.passage.id for hit in hits}
    among = [point for one in ([best] if count else lists) for point in _on_topic(one, topic)]
    among = [point for point in among if point.passage.id in read][:MOST_POINTS]
    if not among:
        return None
    # Numbers of several lists would only confuse.
    several = len({(point.passage.transcript, point.passage.turn, point.passage.block) for point in among}) > 1
    return [replace(point, number=None) for point in among] if several else among


def _all(one: Listed) -> list[Point]:
    points = list(one.points.items())[:MOST_POINTS]
    size = max(POINT_UNITS, LIST_UNITS / len(points))
    shown = [replace(_quoted(places, size), number=number or None) for number, places in points]
    return [replace(point, of=one.size) for point in shown] if len(shown) < len(one.points) else shown


def _told_by(question: str, lists: Sequence[Listed], hits: Sequence[Hit], retriever: Retriever) -> list[Listed]:
    """The lists that nobody else is said to have told than a person whom the question names."""
    known = names_known(hits, retriever)
    asked = [name for name in known if any(is_same(words, name, retriever) for words in names_in(question))]
    return [one for one in lists if not asked or _voice(one) in ("", *map(fold, asked))]


def _voice(one: Listed) -> str:
    """Who tells a list: whose turn it is, or else who speaks last in what announces it; "" if nobody is said to."""
    spoke = [person.name for person in people_in(one.opener or one.heads) if person.part == "speaks"]
    return fold(one.first.speaker or (spoke[-1] if spoke else ""))


_AMONG = re.compile(
    r"\b(?:which|what|any) (?:one )?of (?:the|these|its|his|her|their)\b|\b(?:concern|relat|deal|touch|mention)"
    r"|[中里][有的]?哪|其中|涉及|有关|提到"
)
_DEEDS = re.compile(r"\b(?:things|measures|steps|actions|work)\b|[几些][件项点个]?(?:事|工作|措施|举措|进展|成[效绩])")


def _fit(one: Listed, like: float, question: str, topic: _Topic, hits: Sequence[Hit], anchors: Anchors) -> float:
    """How well a list fits: what it says, how near it was found, and whether it tells and counts what is asked."""
    place = one.first.transcript, one.first.turn
    of_list = max((hit.score for hit in hits if hit.passage.id in one.passages), default=0.0)
    of_turn = max((hit.score for hit in hits if (hit.passage.transcript, hit.passage.turn) == place), default=0.0)
    own = f"{one.opener} {one.heads}"
    around = f"{context_of(one.first)} {one.first.question} {own}"
    told = (topic.share(own, one.first) + topic.share(around, one.first)) / 2
    score = (of_list + of_turn) / 2 + told
    score += LIKE_LIST * like
    block, count = _block(question), count_asked(question)
    if block not in (None, one.block):
        score *= OTHER_BLOCK if one.block else NO_BLOCK
    if count not in (None, one.size):
        score *= OTHER_COUNT
    months = {period for period in anchors.periods if "-" in period}
    months |= {f"{year}-0{month}" for found in _EARLY.findall(fold(question)) for year in found for month in "123"}
    if months and (one.first.day.value or "")[:7] not in months:
        score *= OTHER_MONTH
    return score


_EARLY = re.compile(r"(20\d\d)年初|\b(?:early|(?:start|beginning) of) (20\d\d)\b")


def _is_whole(one: Listed, like: float, question: str, topic: _Topic, quotes: Sequence[Quote]) -> bool:
    """Whether the whole list is asked for: no point of it, and no sentence beside it, answers better than it does."""
    if count_asked(question) is not None:
        return count_asked(question) == one.size
    if 0 in one.points or not topic.is_named or _ALL.search(fold(question)):
        return True
    best = quotes[0] if quotes else None
    if best and best.text == one.announcement:
        return True
    if best and enumerates(best.text) and best.passage.id not in one.passages:
        return False
    if topic.share(one.opener, one.first) < OWN_HEAD and _within(one, topic):
        return False
    second, first = sorted([0.0, *topic.likeness([said(places) for places in one.points.values()])])[-2:]
    return first <= max(like, second) + STANDS_OUT


_ALL = re.compile(r"\b(?:all|every|each)\b|每一|所有|全部|完整")


def _on_topic(one: Listed, topic: _Topic) -> list[Point]:
    """Of a list the points that speak of the topic, each by the first sentence of those that say most of it."""
    best: dict[int, tuple[float, Place]] = {}
    for number, places in one.points.items():
        shares = [topic.share(place[0].text[place[1] : place[2]], place[0]) for place in places]
        best[number] = max(zip(shares, places, strict=True), key=lambda found: found[0])
    least = max(OWN_POINT, NEAR_POINT * max(share for share, _ in best.values()))
    return [Point(*place, number or None) for number, (share, place) in best.items() if share >= least]


def _within(one: Listed, topic: _Topic) -> list[Point]:
    """The sentences of the one point whose heading is the topic, [] when that of none or of several is."""
    own = [places for places in one.points.values() if topic.share(said(places[:1]), places[0][0]) >= OWN_HEAD]
    return [Point(*place) for place in own[0]][:MOST_POINTS] if len(own) == 1 else []


class _Topic:
    """What a question for a list is about, and how much of that some words hold."""

    def __init__(self, question: str, anchors: Anchors, retriever: Retriever) -> None:
        # Without the frame, the names, and the times: the hits are of them.
        rest = without_frame(without_years(without_names(question, anchors)), "list")
        words = _LEFT_OVER.sub(" ", rest)
        langs: tuple[Lang, ...] = ("en", "zh")
        self._queries = {lang: query_of(words, lang, retriever.dictionary) for lang in langs}
        self.is_named = any(self._queries.values())
        self._question = question
        self._retriever = retriever

    def like_lists(self, lists: Sequence[Listed]) -> list[float]:
        """How like the question some lists are, with or without the question that they answered."""
        texts = [f"{one.announcement} {one.heads}" for one in lists]
        texts += [f"{one.first.question} {text}" for one, text in zip(lists, texts, strict=True)]
        cosines = self.likeness(texts)
        return [max(pair) for pair in zip(cosines[: len(lists)], cosines[len(lists) :], strict=True)]

    def likeness(self, texts: Sequence[str]) -> list[float]:
        """The cosines of some texts with the question."""
        encoder = self._retriever.index.encoder
        vectors = encoder.encode_passages(texts)
        return [float(cosine) for cosine in vectors @ encoder.encode_questions([self._question])[0]]

    def share(self, words: str, passage: Passage) -> float:
        """The share of the topic that words in the language of a passage hold; 1 of none."""
        query = self._queries[passage.lang]
        return self._retriever.index.share(passage.lang, query, words) if query else 1.0


_LEFT_OVER = re.compile(
    r"\b(?:first|second|third|fourth)[ -](?:three |two )?quarters?\b|\bq[1-4]\b|\bfirst (?:half|nine months)\b"
    r"|[前第]?[一二三四1-4]个?季度?|[上下]半年|(?<!\d)1?\d月|\b(?:january|february|march|april|may|june|july|august"
    r"|september|october|november|december)\b|\b(?:period|ahead|made|named|work|come|give me|example|after|results?"
    r"|progress|achievements?|concern\w*|relat\w+|deal\w*|touch\w*|mention\w*)\b"
    rf"|进展|成效|成绩|取得了?|涉及|有关|提到|新闻|分别是?|举例|方向|主要|要做|(?<![{HAN_RANGE}])[{HAN_RANGE}](?![{HAN_RANGE}])"
)


def _block(question: str) -> Block | None:
    folded = fold(question)
    if _COMES.search(folded):
        return "next"
    return "done" if _CAME.search(folded) else block_asked(question)


_COMES = re.compile(r"\bnext\b|\bpriorit|\bahead\b|\bfuture\b|下一?步|下一?阶段|接下来|今后|后续|未来|方向|准备")
_CAME = re.compile(r"\bprogress\b|\bachievements?\b|\bresults?\b|进展|成效|成绩")


def _whole(number: int, places: Sequence[Place]) -> list[Point]:
    """The point of a number, by paragraph, as far as `WHOLE_UNITS` go."""
    rest, told = list(places), 0.0
    quoted: list[Point] = []
    while rest and told < WHOLE_UNITS:
        point = _quoted(rest, WHOLE_UNITS - told)
        told += units(point.passage.text[point.start : point.end])
        quoted.append(replace(point, number=number or None))
        rest = [place for place in rest if place[0] is not point.passage or place[1] >= point.end]
    return quoted


def _quoted(places: Sequence[Place], size: float) -> Point:
    """What stands at those places, from the first to the sentence of its paragraph that passes a size in units."""
    passage, start, end = places[0]
    for place, _, stop in places:
        if place is not passage or "\n" in passage.text[start:stop] or units(passage.text[start:end]) >= size:
            break
        end = stop
    return Point(passage, start, end)
