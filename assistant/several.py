"""A question over several things, times or briefings: each side answered alone, joined in one answer.

A side that the record is silent on is named as missing and never filled with something else. How one indicator is
traced over time is known by trace.py, how two things are set side by side by comparison.py, what answers a single
question by extractive.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from assistant.anchors import Anchors, anchors_of, bears_out, years_in, years_of
from assistant.cite import Answer, Sentence, checked, faults_of
from assistant.comparison import compared
from assistant.extractive import HITS_READ, Quote, cited, fitting
from assistant.forms import form_of, suits
from assistant.framing import labels_of, lead_of, not_found
from assistant.retrieve import Hit, Retriever, Where
from assistant.spoken_of import spoken_of
from assistant.telling import earlier, name_of, tag_of, told_first, worded
from assistant.timeline import Timeline
from assistant.trace import cited_in, traced
from assistant.wording import period, phrase
from corpus.figures import Figure
from corpus.folding import read_script
from corpus.periods import Mention, periods
from corpus.transcript import Lang, Passage
from embeddings.lexical import fold

__all__ = ["over_several"]

OF_SIDE = 2  # quotes of one side
MOST_SIDES = 6
SECOND = 0.8  # a second quote of a side is told from this share of the score of its first
NEAR_BEST = 0.5  # a side is told of when its best quote scores at least this share of the best in its language
OTHER_YEAR = 0.75  # of the score of a sentence that names the year asked for in a passage of another year
UNFIGURED = 0.85  # of that of a sentence without a figure where a development is asked for

# Words that ask how far two figures are apart.
_DIFFERENCE = re.compile(
    r"\b(?:how (?:many|much) (?:more|fewer|less|higher|lower|larger|smaller)|by how (?:many|much)|differ\w*|than"
    r"|(?:more|fewer|less) .*or"
    r"|versus|vs|compare[ds]?|higher|lower|larger|smaller"
    r"|how much did .* (?:grow|rise|fall|increase|decrease|drop))\b"
    r"|[多少增减升降涨跌高低]了?多少|差多少|哪个?[^，,。]{0,4}[多少高低大小]|较[多少高低大小]|相差|多还是少|高还是低|相比|对比|比(?![例较重赛如])"
)
# What stands between two times that are asked for each; a range is one time.
_EACH_TIME = re.compile(
    r"\b(?:and|or|vs|versus|than|then|against|compared|with)\b|[,和与跟及、，比]|还是|to the|by contrast", re.IGNORECASE
)
_SEVERAL = re.compile(
    r"\b(?:(?:over|across|through) (?:the )?(?:years|time|briefings|several \w+)"
    r"|(?:each|every|both|all|several) (?:of the )?(?:\w+ )?(?:briefings?|conferences?|meetings?|transcripts?|years?)"
    r"|(?:the|different|several|which) briefings|one briefing to (?:the next|another)|respectively)\b"
    r"|历[次年]|[几两三四五各多]场|[几两三四五各多]次(?:发布|记者|会|提|都)|哪[几些](?:场|次|份)|各[自次场份]|每[次场份]|先后|多年来|这些年",
)


def over_several(empty: Answer, retriever: Retriever, where: Where | None = None) -> Answer | None:
    """The answer to a question over several things, times or briefings; None when it is over one, or none is found."""
    empty = replace(empty, question=_with_years(empty.question))
    if answer := compared(empty, retriever, where):
        return answer
    found = developed(empty, retriever, where)
    # One name of a thing may stand in one briefing alone; then the sentences reach further than the figures under it.
    if found and found.timeline and (lacking := _untold_ends(empty.question, found.timeline)):
        told = told_of_each(empty, retriever, where)
        if told and any(year in f"{one.label}{one.text}" for one in told.sentences for year in lacking):
            return told
    return found or told_of_each(empty, retriever, where)


def _is_span(asked: str) -> bool:
    """Whether a question asks for all that lies between two years."""
    named = [mention for mention in periods(asked) if mention.period.value]
    return any(len(years_in(asked[one.start : one.end])) > 1 for one in named) or any(
        _UP_TO.search(asked[one.end : other.start]) for one, other in pairwise(named)
    )


_UP_TO = re.compile(r"\b(?:to|until|till|through)\b|[到至~—–]", re.IGNORECASE)


def _untold_ends(asked: str, found: Timeline) -> list[str]:
    """The ends of the years from which to which is asked that no point is of."""
    spans = [mention.period.span() for mention in periods(asked)]
    years = [str(day.year) for start, end in spans if start and end and start.year < end.year for day in (start, end)]
    told = " ".join(f"{point.figure.period.value} {point.figure.base.value}" for point in found.points)
    return [year for year in years if year not in told]


def _with_years(asked: str) -> str:
    """The question with a year in place of words that count from the one before them: "and how many two years later".

    >>> _with_years("built in 2021 and planned for the following year"), _with_years("2021年底多少？两年后呢？")
    ('built in 2021 and planned for 2022', '2021年底多少？2023年呢？')
    """
    for found in reversed(list(_COUNTED_ON.finditer(asked))):
        if before := re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", asked[: found.start()]):
            words = fold(found[0])
            number = next((n for n, names in enumerate(_HOW_MANY, 1) if words.startswith(names)), 1)
            year = int(before[-1]) + (-number if _BACK.search(words) else number)
            written = f"{year}年" if read_script(asked)[1] == "zh" else f"{'' if found['told'] else 'in '}{year}"
            asked = f"{asked[: found.start()]}{found['told'] or ''}{written}{asked[found.end() :]}"
    return asked


_COUNTED_ON = re.compile(
    r"(?P<told>\b(?:for|in|of|from|than|with|by|to) )?"
    r"(?:the (?:following|next|previous|preceding) year\b(?:'s)?|the year (?:after|before)\b"
    r"|(?:one|a|two|three) years? (?:later|earlier|before|after|on)\b"
    r"|[次翌]年|[第隔][二两]?年|下一年|[前上]一年|[一两兩二三]年[之以]?[后後前])",
    re.IGNORECASE,
)
_HOW_MANY = (("one", "a ", "一", "次", "翌", "第", "隔", "下", "前", "上"), ("two", "两", "二"), ("three", "三"))
_BACK = re.compile(r"previous|preceding|before|earlier|前|上")


def developed(empty: Answer, retriever: Retriever, where: Where | None = None) -> Answer | None:
    """The figures of one indicator over time; None when no development is asked for, or it is not recorded."""
    asked = empty.question
    times = {mention.period.value for mention in periods(asked)} - {""}
    if form_of(asked) != "series" and len(times) < 2:
        return None
    found = traced(retriever, asked, where=where)
    citations = tuple(found.citations())
    sentences = worded(found, empty.lang, empty.script)
    # What is inferred, from an earlier sentence or the day of the event, says so; what is stated must stand there.
    inferred = phrase("inferred_period", tag_of(asked))
    whole = [one if inferred in one.label else replace(one, text=f"{one.label}{one.text}") for one in sentences]
    if any(faults_of(sentence, citations) for sentence in whole):
        return None
    if _DIFFERENCE.search(fold(asked)):
        sentences = told_first(sentences, found, tag_of(asked))
        if first := _since_earlier(found, retriever, tag_of(asked)):
            sentences = (first, *sentences)
    shown = {(point.figure.period.value, point.figure.kind) for point in found.points}
    if len(shown) < 2 and not any(sentence.computed for sentence in sentences):
        return None
    passages = [citation.passage for citation in citations]
    name = name_of(found, tag_of(asked))
    untold = [one.period.value for one in _times_apart(asked) if not _is_told(one, found)]
    lead = (
        f"{name[:1].upper()}{name[1:]}{'. ' if empty.lang == 'en' else '。'}"
        f"{not_found([period(value, tag_of(asked)) for value in untold], empty.lang, empty.script)}"
        f"{lead_of(passages, empty.lang, empty.script, quoted=False)}"
    )
    return replace(empty, lead=lead, sentences=sentences, citations=citations, timeline=found)


def _is_told(time: Mention, found: Timeline) -> bool:
    """Whether a point is of that time, or gives a rate against it."""
    value = time.period.value.strip("/")
    of = [period.value.strip("/") for point in found.points for period in (point.figure.period, point.figure.base)]
    return any(one.startswith(value) or value.startswith(one) for one in of if one)


def _since_earlier(found: Timeline, retriever: Retriever, tag: str) -> Sentence | None:
    """How the only figure of an indicator differs from an earlier one that its sentence gives by a rate alone."""
    levels = [point for point in found.points if point.figure.kind in ("result", "cumulative")]
    if len(levels) != 1:
        return None
    figure, citation = levels[0].figure, levels[0].citation
    told = cited_in(retriever, [citation.passage.id])
    behind = [one for one, other in told if other.start == citation.start and one.start > figure.start]
    rate = next(iter(behind), None)
    if rate is None or rate.kind != "change" or not rate.base.value or rate.period.value != figure.period.value:
        return None
    first = earlier(figure, rate, tag)
    return first and replace(first, cites=(citation.n,))


def told_of_each(empty: Answer, retriever: Retriever, where: Where | None = None) -> Answer | None:
    """The best quotes of each time that a question names two or more of, or of each briefing that has an answer.

    None when it asks for neither, or nothing is found. Quotes stand by the side that they answer, in its order; times
    of which nothing is found are named in the lead.
    """
    asked = empty.question
    form, times = form_of(asked), _times_apart(asked)[:MOST_SIDES]
    # Of one year a plan is asked for and its result; of years from one to another always what became of a thing.
    over_time = (form == "fact" and _is_span(asked)) or (form == "series" and len(years_in(asked)) != 1)
    if len(times) < 2 and not over_time and not _SEVERAL.search(fold(asked)):
        return None
    bare = _bare(asked)
    searched = [bare, *(f"{bare} {asked[time.start : time.end]}" for time in times if len(times) > 1)]
    found = {hit.passage.id: hit for text in searched for hit in retriever.retrieve(text, HITS_READ, where)}
    hits = [hit for hit in found.values() if hit.passage.role not in ("reporter", "moderator")]
    quotes = spoken_of(bare, fitting(bare, hits, retriever), retriever)
    if form == "series":
        weighed = [one if suits(form, one.text) else replace(one, score=UNFIGURED * one.score) for one in quotes]
        quotes = sorted(weighed, key=lambda one: -one.score)
    sides = _of_times(asked, times, quotes, hits, retriever) if len(times) > 1 else _of_briefings(quotes)
    chosen = [quote for side in sides for quote in side]
    passages = [quote.passage for quote in chosen]
    if not chosen or (len(times) < 2 and len({passage.transcript for passage in passages}) < 2):
        return None
    if len(times) > 1:
        words = [period(time.period.value, tag_of(asked)) for time in times]
        colon = ": " if empty.lang == "en" else "："
        labels = [f"{word}{colon}" for word, side in zip(words, sides, strict=True) for _ in side]
    else:
        labels = labels_of(passages, empty.lang, empty.script)
    missing = [time for time, side in zip(times, sides, strict=True) if not side] if len(times) > 1 else []
    told = cited_in(retriever, {passage.id for passage in passages}) if missing else []
    bases = {figure.base.value for figure, _ in told if any(_stands_in(figure, quote) for quote in chosen)}
    lacking = [period(time.period.value, tag_of(asked)) for time in missing if time.period.value not in bases]
    answer = replace(
        empty,
        lead=not_found(lacking, empty.lang, empty.script) + lead_of(passages, empty.lang, empty.script),
        sentences=tuple(
            Sentence(quote.text, (n,), label) for n, (quote, label) in enumerate(zip(chosen, labels, strict=True), 1)
        ),
        citations=cited(chosen),
    )
    answer = checked(answer, [*(hit.passage for hit in hits), *passages])
    return None if answer.refused else answer


# ---- several times, several briefings


def _times_apart(asked: str) -> list[Mention]:
    """The times that a question names, where it asks for each: those of a range, or within one another, are one."""
    named = [mention for mention in periods(asked) if mention.period.value]
    distinct: dict[str, Mention] = {}
    for mention in named:
        distinct.setdefault(mention.period.value, mention)
    if len(distinct) < 2 or not all(
        _EACH_TIME.search(read_script(asked[one.end : other.start])[0]) for one, other in pairwise(named)
    ):
        return []
    return sorted(distinct.values(), key=lambda one: one.period.span()[1] or one.period.span()[0] or date.max)


def _of_times(
    asked: str, times: Sequence[Mention], quotes: Sequence[Quote], hits: Sequence[Hit], retriever: Retriever
) -> list[list[Quote]]:
    """The best quotes of each time that no other has: what is about that time before what was said in it."""
    sides: list[list[Quote]] = []
    most = _best_of(quotes)
    counted = form_of(asked) == "number" or bool(_DIFFERENCE.search(fold(asked)))
    figures = retriever.index.figures(passages={quote.passage.id for quote in quotes}) if counted else []
    days = {quote.passage.id: quote.passage.day.value for quote in quotes}
    for time in times:
        question = f"{_bare(asked)} {asked[time.start : time.end]}"
        anchors = anchors_of(question, retriever.dictionary)
        about = {hit.passage.id for hit in hits if bears_out(hit.passage, replace(anchors, about_event=False))}
        said = {hit.passage.id for hit in fitting(question, hits, retriever)}
        told = [one for side in sides for one in side]
        side: list[Quote] = []
        if counted:  # a figure of that time, wherever it was said
            value = time.period.value.strip("/")
            of = [one for _, one in figures if _is_of(one, value, one.passage in about, days[one.passage])]
            own = [one for one in quotes if any(_stands_in(figure, one) for figure in of) and not _holds(told, one)]
            units = {figure.unit for _, figure in figures for one in told if _stands_in(figure, one)}
            alike = [one for one in own if any(figure.unit in units and _stands_in(figure, one) for figure in of)]
            own = alike or own
            side = _near(own, most)
        for some in () if counted else (set() if anchors.periods else about, said):
            own = [one for one in quotes if one.passage.id in some and not _holds(told, one)]
            own = [replace(one, score=one.score * _weight(one.passage, anchors)) for one in own]
            side = side or _near(sorted(own, key=lambda one: -one.score), most)
        sides.append(side)
    return sides


def _is_of(figure: Figure, time: str, about: bool, said: str) -> bool:
    """Whether a figure is of a time; without a period where its passage is, or as a plan told in the year before."""
    if figure.period.value:
        return figure.period.value.strip("/").startswith(time)
    return about or (figure.kind == "target" and said[:4].isdigit() and f"{int(said[:4]) + 1}" == time)


def _weight(passage: Passage, anchors: Anchors) -> float:
    """Of the score of a sentence by whether its passage is of the years asked for, or only names them."""
    of = years_of(replace(passage, text=""), anchors.about_event)
    return OTHER_YEAR if of and anchors.years and not of & anchors.years else 1.0


def _of_briefings(quotes: Sequence[Quote]) -> list[list[Quote]]:
    """The best quotes of each briefing that comes near the best of all, by date, undated ones last."""
    by_briefing: dict[str, list[Quote]] = {}
    for quote in quotes:
        by_briefing.setdefault(quote.passage.transcript, []).append(quote)
    most = _best_of(quotes)
    near = [side for some in by_briefing.values() if (side := _near(some, most))]
    return sorted(near[:MOST_SIDES], key=lambda side: (side[0].passage.day.span() or (date.max, date.max))[1])


def _best_of(quotes: Sequence[Quote]) -> dict[Lang, float]:
    """The best score of each language: words of another one than that of the question are found less surely."""
    most: dict[Lang, float] = {}
    for quote in quotes:
        most[quote.passage.lang] = max(quote.score, most.get(quote.passage.lang, 0.0))
    return most


def _near(quotes: Sequence[Quote], most: Mapping[Lang, float]) -> list[Quote]:
    """Of quotes, best first, those to tell of one side; [] where the best of them is far from the best of all."""
    if not quotes or quotes[0].score < NEAR_BEST * most[quotes[0].passage.lang]:
        return []
    return [quote for quote in quotes[:OF_SIDE] if quote.score >= SECOND * quotes[0].score]


_LEADING = re.compile(
    r"(?:(?:\b(?:and|or|then|versus|vs|than|what)|(?:and|,) (?:then|what)) )*(?:\b(?:in|for|of|during|by|at) )?"
    r"(?:\bthe )?$|[和与與跟及、比]$",
    re.IGNORECASE,
)
# Words in which any question after what was said is put.
_ASKING = re.compile(
    r"\b(?:what|how) (?:do|does|did|have|has|had)\b|\b(?:briefings?|conferences?|transcripts?) (?:each|both|all)\b"
    r"|\b(?:says?|said|told|tell|report(?:ed|s)?|mention(?:ed|s)?)(?: about)?\b|\b(?:officials?|each|both)\b"
    r"|\bhow far\b|\bwhere\b|哪一?个?较?[多少高低大小]?(?=[^个])|打算|预定|预计"
    r"|[又还]?(?:要|将)?做(?:到|得|了|过)?(?:什么|哪些|怎么样|怎样|如何)(?:程度|地步)?"
    r"|(?:分别|各自?|都)?(?:是)?(?:怎么|如何|怎样)?[说讲提谈](?:到|及|过|了|的)*(?:什么|哪些|吗)?|分别|各自|(?:发布|记者|新闻)会(?:上|的)?|通报",
    re.IGNORECASE,
)


def _bare(asked: str) -> str:
    """The question without its times and without the words that ask for each of several."""
    for mention in reversed([one for one in periods(asked) if one.period.value]):
        asked = f"{_LEADING.sub('', asked[: mention.start])} {asked[mention.end :]}"
    words = asked if read_script(asked)[1] == "en" else fold(asked)
    bare = " ".join(_ASKING.sub(" ", _SEVERAL.sub(" ", words)).split()).strip(" ,.:?，。：？")
    return bare or asked


def _stands_in(figure: Figure, quote: Quote) -> bool:
    return figure.passage == quote.passage.id and quote.start <= figure.start < quote.end


def _holds(quotes: Sequence[Quote], one: Quote) -> bool:
    return any((one.passage.id, one.start) == (other.passage.id, other.start) for other in quotes)
