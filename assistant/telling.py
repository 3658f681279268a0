"""A timeline told in words: as sentences of an answer, in the asker's language and script.

How single values, periods and changes are written is known by wording.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Context

from assistant.cite import Sentence
from assistant.timeline import Point, Timeline, change_between
from assistant.wording import amount, changed, language_tag, number, period, phrase, place
from corpus.figures import Figure
from corpus.folding import read_script
from corpus.transcript import Lang, Script
from corpus.units import unit_rows

__all__ = ["apart", "change_words", "dated", "earlier", "name_of", "tag_of", "told_first", "worded"]


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
        remarks = [kind, *filter(None, [place(point.figure, tag)])]
        if point.figure.kind == "change" and point.figure.base.known == "stated":
            remarks.append(phrase("against", tag, period=period(point.figure.base.value, tag)))
        text = (_doubled(point.figure, tag) or amount(point.figure, tag)) + _aside(remarks, tag)
        label = f"{_opening(dated(point.figure, tag))}{colon}"
        sentences.append(Sentence(text, cites, label))
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


def _doubled(figure: Figure, tag: str) -> str:
    twice = figure.kind == "change" and figure.unit == "fold" and figure.value == 2
    plainly = not figure.bound and figure.high is None
    return ("doubled" if tag == "en" else "翻了一番") if twice and plainly else ""


def told_first(sentences: Sequence[Sentence], timeline: Timeline, tag: str) -> tuple[Sentence, ...]:
    """The sentences with what comparing two points gave in front, as the answer in a word; as they are beside more."""
    figures = [point.figure for point in timeline.points if point.figure.kind != "change"]
    worked = [one for one in sentences if one.computed]
    if len(figures) != 2 or len(worked) != 1:
        return tuple(sentences)
    colon = ": " if tag == "en" else "："
    first = replace(worked[0], text=f"{_with_kind(figures[1], tag)}{colon}{worked[0].text}", direct=True)
    return (first, *(one for one in sentences if one is not worked[0]))


def earlier(figure: Figure, change: Figure, tag: str) -> Sentence | None:
    """What a figure was before a change, as one computed sentence; None where the change is no rate or undoes it."""
    percent = change.unit == "%"
    if not (percent or change.unit == "fold") or figure.high or change.high:
        return None
    times = 1 + (-change.value if change.falls else change.value) / 100 if percent else change.value
    if times <= 0 or (percent and change.falls is None):
        return None
    # A rate of two or three digits bears no more out.
    before = Context(prec=3).divide(figure.value, times)
    base = replace(figure, value=before, bound="about", period=change.base, kind="result")
    apart_by = Context(prec=2).subtract(figure.value, before)
    difference = phrase("about", tag, value=number(apart_by.copy_abs(), tag))
    colon = ": " if tag == "en" else "："
    words = _EARLIER[tag].format(
        figure=_with_kind(figure, tag), more=_MORE[tag][apart_by < 0].format(difference), base=_with_kind(base, tag),
        rate=_doubled(change, tag) or amount(change, tag),
    )  # fmt: skip
    return Sentence(words, (), f"{_opening(phrase('computed', tag))}{colon}", computed=True, direct=True)


_EARLIER = {
    "en": "{figure}, {more} than {base}, by the rate given ({rate})",
    "zh-Hans": "{figure}，比{base}{more}，按给出的变化率（{rate}）推算",
    "zh-Hant": "{figure}，比{base}{more}，按給出的變化率（{rate}）推算",
}
_MORE = {"en": ("{} more", "{} less"), "zh-Hans": ("多{}", "少{}"), "zh-Hant": ("多{}", "少{}")}


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


def apart(sides: Sequence[tuple[str, Figure]], tag: str) -> Sentence | None:
    """Two figures beside each other as one computed sentence, the larger first, each with the name of its side.

    None where comparing them says nothing: of two units (things that are counted have one), a range, a count and a
    change, or one that rose and one that fell. Its citations are for the caller to put in.
    """
    (_, one), (_, other) = sides
    kinds = {figure.kind == "change" for figure in (one, other)}
    alike = one.unit == other.unit or not _MEASURES & {one.unit, other.unit}
    if not alike or one.high or other.high or len(kinds) > 1 or one.falls is not other.falls:
        return None
    (more, high), (less, low) = sorted(sides, key=lambda side: -side[1].value)
    larger, equal, colon, stop, differ = _APART[tag]
    first = f"{equal if high.value == low.value else larger}{more}{colon}{_with_kind(high, tag)}"
    words = f"{first}{stop}{less}{colon}{_with_kind(low, tag)}"
    if one.unit == other.unit:
        words += f"{stop}{differ}{changed(change_between(high, low), high.unit, tag)}"
    return Sentence(words, (), f"{_opening(phrase('computed', tag))}{colon}", computed=True, direct=True)


_MEASURES = frozenset(name for name, kind, *_ in unit_rows() if kind == "measure") | {"share", "fold"}
_APART = {  # which is larger, that both are equal, a colon, a stop, by how much
    "en": ("larger is ", "equal are ", ": ", "; ", "difference "),
    "zh-Hans": ("较大的是", "相等的是", "：", "；", "相差"),
    "zh-Hant": ("較大的是", "相等的是", "：", "；", "相差"),
}


def _with_kind(figure: Figure, tag: str) -> str:
    """A value with its time, and that it is planned where it is."""
    remarks = [period(figure.period.value, tag)] if figure.period.value else []
    remarks += [phrase("kind_target", tag)] if figure.kind == "target" else []
    return amount(figure, tag) + (_aside(remarks, tag) if remarks else "")


def name_of(timeline: Timeline, tag: str = "") -> str:
    """What a timeline is of, in the language of the asker or another; without a name, in the words of the source."""
    english = (tag or tag_of(timeline.asked)) == "en"
    return (timeline.english if english else timeline.chinese) or timeline.indicator


def tag_of(asked: str) -> str:
    """The language of the asker as a tag: "en", "zh-Hans" or "zh-Hant"."""
    _, lang, script = read_script(asked)
    return language_tag(lang, script)
