"""A timeline told in words: as sentences of an answer, in the asker's language and script.

How single values, periods and changes are written is known by wording.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.cite import Sentence
from assistant.timeline import Point, Timeline, change_between
from assistant.wording import amount, changed, language_tag, period, phrase, place
from corpus.figures import Figure
from corpus.folding import read_script
from corpus.transcript import Lang, Script

__all__ = ["change_words", "dated", "name_of", "tag_of", "worded"]


def worded(timeline: Timeline, lang: Lang, script: Script) -> tuple[Sentence, ...]:
    """The points as sentences of an answer, each with its citations; behind a point, as computed, what comparing gave.

    What is computed is said by no source: its sentences are labelled so, and cite both figures that were compared.
    """
    tag = language_tag(lang, script)
    colon = ": " if lang == "en" else "："
    sentences = []
    for point in timeline.points:
        kind = phrase(f"kind_{point.figure.kind}", tag)
        cites = (point.citation.n, *(one.n for one in point.also))
        text = amount(point.figure, tag) + _aside([kind, *filter(None, [place(point.figure, tag)])], tag)
        sentences.append(Sentence(text, cites, f"{_opening(dated(point.figure, tag))}{colon}"))
        against = [(change_words(timeline, point, tag), point.change.other)] if point.change else []
        if point.other is not None and point.relation != "newer":
            other = timeline.points[point.other].figure
            words = phrase(point.relation, tag, other=amount(other, tag))
            if point.relation == "target" and None is point.figure.high is other.high:
                apart = changed(change_between(point.figure, other), other.unit, tag)
                words = phrase(
                    "apart", tag, change=apart, period=period(other.period.value, tag), other=amount(other, tag)
                )
            against.append((words, point.other))
        for words, at in against:
            both = sorted({timeline.points[at].citation.n, point.citation.n})
            label = f"{_opening(phrase('computed', tag))}{colon}"
            sentences.append(Sentence(words, tuple(both), label, computed=True))
    return tuple(sentences)


def _opening(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def dated(figure: Figure, tag: str) -> str:
    """The period of a figure in words, and that it is inferred or unknown where it is."""
    words = period(figure.period.value, tag, deadline=figure.kind == "target")
    if not words:
        return phrase("undated", tag)
    return words if figure.period.known == "stated" else words + _aside([phrase("inferred_period", tag)], tag)


def _aside(remarks: Sequence[str], tag: str) -> str:
    return f" ({'; '.join(remarks)})" if tag == "en" else f"（{'；'.join(remarks)}）"


def change_words(timeline: Timeline, point: Point, tag: str) -> str:
    """What changed since which period, "" for a point without a change: "+108 (+49.8%), against 2021"."""
    if point.change is None:
        return ""
    comma = ", " if tag == "en" else "，"
    since = phrase("against", tag, period=period(point.change.since, tag))
    uneven = "" if point.change.even else comma + _UNEVEN[tag]
    return f"{changed(point.change, point.figure.unit, tag)}{comma}{since}{uneven}"


_UNEVEN = {"en": "a period of another length", "zh-Hans": "两个时期长短不同", "zh-Hant": "兩個時期長短不同"}


def name_of(timeline: Timeline, tag: str = "") -> str:
    """What a timeline is of, in the language of the asker or another; without a name, in the words of the source."""
    english = (tag or tag_of(timeline.asked)) == "en"
    return (timeline.english if english else timeline.chinese) or timeline.indicator


def tag_of(asked: str) -> str:
    """The language of the asker as a tag: "en", "zh-Hans" or "zh-Hant"."""
    _, lang, script = read_script(asked)
    return language_tag(lang, script)
