"""Which figures words ask for: those of a known indicator that they name, else of what the best passages count.

How the points are ordered and compared is known by timeline.py. Nothing rather than a mixture: figures of two
indicators never share a timeline, nor those of a place and of the whole country.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

from assistant.anchors import Anchors, anchors_of, bears_out, without_names, without_years, years_in
from assistant.cite import Citation
from assistant.retrieve import Retriever, Where, legible, opened
from assistant.timeline import Timeline, between, gaps_of, series
from corpus.chunk import sentence_spans
from corpus.figures import Figure
from corpus.folding import read_script, traditional
from corpus.indicators import Indicator, indicator_named, indicators, indicators_in
from corpus.periods import periods
from corpus.transcript import Lang, When
from embeddings.index import PassageIndex
from embeddings.lexical import Query, fold, query_of, term_counts

__all__ = [
    "Cited",
    "cited_in",
    "figures_of_index",
    "says_of_what",
    "thing_of",
    "timeline",
    "timeline_of",
    "topic_of",
    "traced",
]

Asked = str | date | None  # "2021", "2022-03", "2022-03-01" or a day
Cited = tuple[Figure, Citation]

HITS_READ = 12  # passages whose figures are looked at where no known indicator is named
# Least share of what was asked that a known indicator accounts for: its name, other words for it, its sentences.
# All 44 questions after series in the digests (tests/cases/series.json) pass; of 18 that name an indicator only beside
# another thing ("energy used by 5G base stations") 15 do not.
LEAST_KNOWN = 0.62
ALL_NAMED = 0.95  # share of what is asked that the name of an indicator holds, where nothing else says which is meant
QUOTES_READ = 40  # sentences of the indicator that are looked at for that
LEAST_COUNTED = 0.6  # the same of what a text counts in its own words: mean of its clause and of those words
LEAST_ALONE = 0.8  # where it has no words for it, or question and text are in two languages and many words would do
MOST_FIGURES = 60  # under one name that no table knows
MOST_TOPIC = 500  # characters of a question
MOST_NEAREST = 5

# Words in which any question after a development or a comparison is put; what is left of it says of what.
_FRAME_EN = (
    r"(?:the )?(?:total )?(?:numbers?|amount|figures?|share|size|scale|timeline|history|course|counts?) (?:of|for|in)"
    r"|how (?:has|have|did|does|do)|how (?:many|much|far)|what (?:is|was|were|are)"
    r"|(?:go|went|gone|going) (?:up|down)|develop(?:ed|s|ment)?|chang(?:ed?|es|ing)|evolv(?:ed?|es)|evolution"
    r"|grow(?:n|s|th|ing)?|grew|increased?|decreased?|risen|rise|rose|fallen|fall|fell"
    r"|over (?:time|the (?:years|briefings))|across|all|each|every|year by year|progress|compared?(?: (?:with|to))?"
    r"|comparison|difference|versus|vs|against|trend|trace|track|list|show|give|chronolog\w+|timeline|trajectory"
    r"|milestones?|history|numbers?|counts?|figures?|side by side|in order|respectively|both|together|plan(?:s|ned)?"
    r"|targets?|goals?|results?|actual(?:ly)?|reached|achieved|higher|lower|larger|smaller|bigger|greater|more|less"
    r"|fewer|faster|slower|mov(?:ed?|es|ing)|from one|to the next|put (?:up|in)|key|major|step by step"
    r"|times as (?:many|much)|or|and|was|were|than|between|since|from|until|by|then|so far"
    r"|(?:last|this|past|previous|recent) years?|years?|quarters?|end|beginning|start|early|late|whole|briefings?"
    r"|press conferences?|transcripts?|mentioned|said"
)
_FRAME_ZH = (
    r"请问|有?什么|一步一?步|是?怎么样|做了|[多少]多少|这些年|这几年|怎么样|怎样|如何|怎么|去年|今年|前年|历年|逐年|历次|每次|近年来?|相比|比较|对比|对照|较|比|多了|少了|增加了|减少了|增长了"
    r"|多还是少|高还是低|更?[多少高低大小快慢](?=吗|呢|[?]|$)|哪个|哪年|几倍|倍数|变了|变化|变动|轨迹|走势|历程|节点|时间线|时间表"
    r"|[按依]时间|列出|发展|趋势|演变|情况|计划|目标|实际|结果|做到|要到|达到|前后|分别|各[有是为]?|多少|几(?=[个家款项次批户座台件])"
    r"|数[量字目据]?|规模|记者会|发布会|会上|说|提到|从|到|和|与|以来|自|年底|年初|底"
)
_FRAME = re.compile(rf"\b(?:{_FRAME_EN})\b|{_FRAME_ZH}")
_DONE = re.compile(
    r"\b(?:(?:newly )?(?:added?|built|build|opened|made|produced|trained|put into (?:use|operation|service)))\b"
    r"|新增|新建|建设|建成|完成|投用|投入使用|开通|实现"
)
_SPANS = re.compile(r"\s*(?:[-–—~→到至]+|->|to|until|through)\s*")  # "2021 → 2023": all that lies between, too
_SOMETHING = re.compile(r"[^\W_]")
_ONWARD = re.compile(r"\b(?:since|from|after)\b|以来|之?后|自|从|起")


def timeline(asked: str, since: Asked = None, until: Asked = None, *, index: Path | str | None = None) -> Timeline:
    """The figures of what is asked for from the index at `index` (default: the one in the settings), in order.

    See timeline_of; the index stays open between calls. Raises FileNotFoundError when there is no index,
    IndexMismatchError when another encoder made it, DamagedIndexError when it cannot be read.
    """
    return timeline_of(opened(index), asked, since, until)


def timeline_of(
    retriever: Retriever, asked: str, since: Asked = None, until: Asked = None, where: Where | None = None
) -> Timeline:
    """What `traced` finds; without points, with the names of the indicators that come nearest."""
    found = traced(retriever, asked, since, until, where)
    return found if found.points else replace(found, nearest=_nearest(retriever, found.asked))


def traced(
    retriever: Retriever, asked: str, since: Asked = None, until: Asked = None, where: Where | None = None
) -> Timeline:
    """The figures of the indicator that a question or a name means, over time; without points when there are none.

    `since` and `until` bound the periods of the figures, `where` says whose passages are looked at. Where there is no
    bound, years that the question names are one: two of them both ways, one behind "since" from there on; and where it
    names two times or more that have figures each, only theirs are shown. Raises ValueError for a time that cannot be
    read.
    """
    first, last = _days(since, until)
    free = since is None and until is None
    asked = legible(asked)
    if free:
        first, last = _days_named(asked)
    with retriever.index.reading():  # one state, though another process may be writing the next
        anchors = anchors_of(asked, retriever.dictionary)
        name, cited = _meant(retriever, asked, anchors)
        if where:
            held = {stored.id for stored in retriever.index.sources() if where.admits(stored)}
            cited = [one for one in cited if one[1].passage.transcript in held and where.names(_speaker(one[1]))]
        known = indicator_named(name)
        scoped = list(_of_scope(asked, anchors, known, cited))
    chosen = (_of_times(asked, scoped) if free else []) or scoped
    if free:  # what nobody dates is told as such beside the years that are asked for
        chosen = [one for one in chosen if not one[0].period.value or between(*one, first, last)]
        first = last = None
    points = series(chosen, first, last)
    english, chinese = (known.english, _scripted(known.chinese, asked)) if known else ("", "")
    return Timeline(asked, name, english, chinese, points, gaps_of(points))


def says_of_what(question: str) -> bool:
    """Whether a question has words beyond the times and those in which any development is asked for.

    >>> [says_of_what(question) for question in ("今年比去年多了多少？", "changed since 2021", "apps in 2021")]
    [False, False, True]
    """
    return bool(_SOMETHING.search(topic_of(question)))


def topic_of(question: str) -> str:
    """What a question is about, folded: without its times and the words in which any development is asked for."""
    return _topic(fold(_timeless(question)))


def thing_of(topic: str) -> str:
    """What of a topic is counted, without what was done to it: the beds of "beds added"; the topic where that is all.

    In a small index a word that no transcript has weighs as much as all others.
    """
    thing = _DONE.sub(" ", topic)
    return thing if _SOMETHING.search(thing) else topic


def cited_in(retriever: Retriever, passages: Collection[str]) -> list[Cited]:
    """The figures of the passages of those ids with their sentences, in the order of the index."""
    index = retriever.index
    with index.reading():
        return _cited(index, index.figures(passages=passages))


def figures_of_index(
    retriever: Retriever, indicator: str | None = None, since: Asked = None, until: Asked = None
) -> list[Cited]:
    """The figures of an index with their sentences, in its order: all, or those of indicators that words name.

    Words that name no known indicator are looked for in what the texts call theirs.
    """
    first, last = _days(since, until)
    index = retriever.index
    with index.reading():
        if indicator is None:
            found = index.figures()
        else:
            named = {one.english for one in indicators_in(indicator)}
            words = fold(indicator).strip()
            named = named or {name for name in index.indicators() if words and words in fold(name)}
            found = [(row, figure) for row, figure in index.figures() if figure.indicator in named]
        return [(figure, cite) for figure, cite in _cited(index, found) if between(figure, cite, first, last)]


def _days(since: Asked, until: Asked) -> tuple[date | None, date | None]:
    Where(since=since, until=until)  # says what is wrong with them
    first, last = (When(str(when), "stated").span() if when is not None else None for when in (since, until))
    return first[0] if first else None, last[1] if last else None


def _speaker(citation: Citation) -> str:
    return citation.passage.speaker or ""


def _days_named(asked: str) -> tuple[date | None, date | None]:
    years = sorted(int(year) for year in years_in(asked))
    if len(years) > 1:
        return date(years[0], 1, 1), date(years[-1], 12, 31)
    if years and _ONWARD.search(fold(asked)):
        return date(years[0], 1, 1), None
    return None, None


def _cited(index: PassageIndex, found: Iterable[tuple[int, Figure]]) -> list[Cited]:
    placed = list(found)
    rows = list(dict.fromkeys(row for row, _ in placed))
    passages = dict(zip(rows, index.passages(rows), strict=True))
    cited = []
    for row, figure in placed:
        passage = passages[row]
        spans = sentence_spans(passage.text)
        start, end = next((span for span in spans if span[0] <= figure.start < span[1]), (figure.start, figure.end))
        cited.append((figure, Citation(1, passage, start, max(end, figure.end))))
    return cited


# ---- what is meant


def _meant(retriever: Retriever, asked: str, anchors: Anchors) -> tuple[str, list[Cited]]:
    """The indicator that is asked for, as the index calls it, with all its figures; "" and none when there is none."""
    topic = _topic(without_names(_timeless(asked), anchors))
    if not _SOMETHING.search(topic):
        return "", []
    index = retriever.index
    queries = {lang: query_of(topic, lang, retriever.dictionary) for lang in index.langs()}
    own = read_script(topic)[1]
    own = own if own in queries else next(iter(queries), own)
    found = []
    meant = indicators_in(asked)
    for known in meant:
        if cited := _cited(index, index.figures(known.english)):
            name = known.chinese if own == "zh" else known.english
            # What the name leaves out may be another word for it, or stand in the sentences: "apps on the shelf".
            spoken = " ".join(_whole(match) for group in known.groups for match in group.finditer(topic))
            quoted = " ".join(one.quote for _, one in cited[:QUOTES_READ] if one.passage.lang == own)
            if index.share(own, queries[own], f"{name} {spoken} {quoted}") >= LEAST_KNOWN:
                found.append((index.share(own, queries[own], name), known.english, cited))
    if found:
        _, name, cited = max(found, key=lambda one: one[0])
        return name, cited
    if not meant and (name := _named_so(retriever, queries, own)):
        return name, _cited(index, index.figures(name))
    # Who names a known indicator means no other one.
    without = {known.english for known in indicators()} if meant else set[str]()
    # Across languages no word is left out: fewer of them would name it too loosely.
    if own == read_script(topic)[1]:
        queries[own] = query_of(thing_of(topic), own, retriever.dictionary)
    return _counted(retriever, asked, topic, queries, own, without)


def _named_so(retriever: Retriever, queries: Mapping[Lang, Query], own: Lang) -> str:
    """The known indicator whose name holds all that is asked and least else; of two such the one with more figures.

    "" where both have as many.
    """
    index = retriever.index
    claims = []
    for name, count in index.indicators().items():
        known = indicator_named(name)
        called = known and (known.chinese if own == "zh" else known.english)
        if called and index.share(own, queries[own], called) >= ALL_NAMED:
            claims.append((len(term_counts(topic_of(called))), -count, name))
    first, *others = sorted(claims) or [(0, 0, "")]
    return "" if any(other[:2] == first[:2] for other in others) else first[2]


def _timeless(asked: str) -> str:
    """What is asked without the times that it names, in half width."""
    for mention in reversed(periods(asked)):
        asked = f"{asked[: mention.start]} {asked[mention.end :]}"
    return without_years(asked)


def _topic(folded: str) -> str:
    return _FRAME.sub(" ", folded)[:MOST_TOPIC]


def _whole(match: re.Match[str]) -> str:
    """What was found with the rest of the Latin word that it begins: "on the shelf" for "on the shel"."""
    rest = re.compile("[a-z]*").match(match.string, match.end())
    return match[0] + (rest[0] if rest else "")


def _counted(
    retriever: Retriever,
    asked: str,
    topic: str,
    queries: Mapping[Lang, Query],
    own: Lang,
    without: Collection[str],
) -> tuple[str, list[Cited]]:
    """What the best passages count in the words of the topic, with its figures; "" when none has enough of it by it."""
    index = retriever.index

    def fits(one: Cited) -> float:
        """How far a figure is one of what is asked for, 0 when it is not."""
        figure, passage = one[0], one[1].passage
        start, end = next(clause for clause in _clauses(passage.text) if clause[0] <= figure.start < clause[1])
        query = queries[passage.lang]
        share = index.share(passage.lang, query, f"{passage.text[start:end]} {figure.indicator}")
        # A clause often counts two things, so the name of what is counted weighs as much; without one it must do alone.
        if figure.indicator:
            share = (share + index.share(passage.lang, query, figure.indicator)) / 2
        least = LEAST_COUNTED if passage.lang == own and figure.indicator else LEAST_ALONE
        return share if share >= least else 0.0

    passages = {hit.passage.id for hit in retriever.retrieve(topic, HITS_READ)}
    near = [one for one in index.figures(passages=passages) if one[1].indicator not in without]
    found = [(fits(one), *one) for one in _cited(index, near) if one[0].kind != "change"]
    score, best, citation = max(found, key=lambda one: one[0], default=(0.0, None, None))
    if not score or best is None or citation is None:
        return "", []
    if not best.indicator:
        same = [one for one in _cited(index, near) if not one[0].indicator and one[0].unit == best.unit and fits(one)]
        return topic.strip(), same
    terms = term_counts(best.indicator).keys()
    names = [name for name in index.indicators() if term_counts(name).keys() == terms]
    placed = [one for name in names for one in index.figures(name)]
    if len(placed) > MOST_FIGURES:  # a name that so much goes by is told apart by the passages alone
        near_to = {hit.passage.id for hit in retriever.retrieve(asked, MOST_FIGURES)}
        years = years_in(asked)
        placed = [one for one in placed if one[1].passage in near_to or years & years_in(one[1].period.value)]
    named = _cited(index, placed)
    # What a row of the table names is one thing, whatever words stand by it; other names may be of two.
    return best.indicator, named if indicator_named(best.indicator) else [one for one in named if fits(one)]


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for found in re.finditer(r"[;；。:：!?！？\n]|\.(?=\s|$)|(?<!\d)[,，]|[,，](?!\d)|$", text):
        yield at, found.end()
        at = found.end()


def _of_scope(asked: str, anchors: Anchors, known: Indicator | None, cited: list[Cited]) -> Iterator[Cited]:
    """The figures of the place that is asked for, of the whole country where none is; with every other name in it."""
    own = fold(f"{known.english} {known.chinese}") if known else fold(cited[0][0].indicator) if cited else ""
    names = tuple(names for names in anchors.names if not any(spelling in own for spelling in names))
    places = Counter(figure.place for figure, _ in cited)
    folded = fold(asked)
    said = [folded, *(spelling for spellings in names for spelling in spellings)]  # 福建 is "fujian province" too
    named = [place for place in places if place and any(fold(place) in words for words in said)]
    wanted = named or ([""] if "" in places or names else [place for place, _ in places.most_common(1)])
    for figure, citation in cited:
        sentence = replace(citation.passage, text=citation.quote, question="")
        if figure.place in wanted and (figure.place in named or bears_out(sentence, Anchors(names=names))):
            yield figure, citation


def _of_times(asked: str, cited: Sequence[Cited]) -> list[Cited]:
    """The figures of the times that a comparison names, [] when it names fewer than two or none has a figure.

    Of a year that is named the figures of the whole year, where there are none those of its parts and its end, and
    where there are none of these either those that nobody dates.
    """
    named = [mention for mention in periods(asked) if mention.period.value]
    wanted = dict.fromkeys(mention.period.value.strip("/") for mention in named)
    spans = any(_SPANS.fullmatch(asked, one.end, other.start) for one, other in pairwise(named))
    if spans or not wanted:
        return []
    chosen: list[Cited] = []
    for value in wanted:
        same = [one for one in cited if one[0].period.value.strip("/") == value]
        same = same or [one for one in cited if one[0].period.value.strip("/").startswith(f"{value}-")]
        same = same or [one for one in cited if not one[0].period.value]  # may be of that time; told as undated
        chosen += [one for one in same if one not in chosen]
    # One time alone is compared with nothing, but for its plan with its result.
    return chosen if len(wanted) > 1 or {"target", "result"} <= {one.kind for one, _ in chosen} else []


def _nearest(retriever: Retriever, asked: str) -> tuple[str, ...]:
    """Names of indicators that have figures: those that share words with the question, then the commonest known."""
    index = retriever.index
    topic = topic_of(asked)
    queries = {one: query_of(topic, one, retriever.dictionary) for one in index.langs()}
    ranked = []
    for name, count in index.indicators().items():
        known = indicator_named(name)
        names = (("en", known.english), ("zh", known.chinese)) if known else ((read_script(name)[1], name),)
        share = max((index.share(one, queries[one], words) for one, words in names if one in queries), default=0.0)
        if share > 0.2 or known:
            ranked.append((-share, known is None, -count, _called(known, asked) if known else name))
    return tuple(name for *_, name in sorted(ranked)[:MOST_NEAREST])


def _called(known: Indicator, asked: str) -> str:
    return _scripted(known.chinese, asked) if read_script(asked)[1] == "zh" else known.english


def _scripted(chinese: str, asked: str) -> str:
    return traditional(chinese) if read_script(asked)[2] == "Hant" else chinese
