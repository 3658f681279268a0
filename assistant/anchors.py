"""What a question insists on: years, names and codes that a passage has to bear out, or it answers another question.

"5G base stations in Germany" is near every passage about base stations, and answered by none that does not know
Germany. Words match by meaning elsewhere; here a thing is there or it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from corpus.folding import HAN_RANGE
from corpus.transcript import Passage, When
from embeddings.dictionary import Dictionary, stem
from embeddings.lexical import HOME, PARTS_OF_YEAR, STOP_EN, context_of, fold, term_counts

__all__ = [
    "Anchors",
    "anchors_of",
    "bears_out",
    "is_named",
    "is_of_period",
    "with_year",
    "without_names",
    "without_speakers",
    "without_years",
    "years_in",
    "years_of",
]

# What is counted is no year: 2000家, 2,000 websites; nor is 1924, in which nobody broadcast a briefing.
_YEAR = re.compile(
    r"(?<!\d)(?<!\d[.,])(?:19[5-9]\d|20(?:0[1-9]|[1-4]\d)|2000(?=年))"
    r"(?!\d|[.,]\d| ?(?:[个家款项户台名次批件万亿人元多余]|座(?!谈)))"
)
_YEARS = re.compile(r"(?:between ((?:19|20)\d\d) and|((?:19|20)\d\d)年? ?(?:-|–|—|~|to|until|至|到)) ?((?:19|20)\d\d)")
_YEAR_HAN = re.compile(r"[二〇零一三四五六七八九○]{4}(?=年)")
_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
# "6g" and "ipv6", among Chinese characters too; "14th" and "q1" are none.
_CODE = re.compile(
    r"(?<![a-z0-9_.])(?=[a-z]*\d)(?=\d*[a-z])"
    r"(?!(?:\d+(?:st|nd|rd|th)|(?:\d{4})?(?:q[1-4]|h[12]))(?![a-z0-9]))[a-z0-9]{2,8}(?![a-z0-9_])"
)
_CAPITAL = re.compile(r"(?<=[a-z0-9,;'’\"”)] )[A-Z][a-z]{2,}(?: (?:of (?:the )?)?[A-Z][a-z]+)*")
_ACRONYM = re.compile(r"\b[A-Z]{2,5}(?:&[A-Z]+)?\b")
_ABOUT_EVENT = re.compile(r"briefing|conference|meeting|press|report|announce|review|发布会|会议|会上|通报|报道|记者会")
_HOME = HOME | frozenset({"english", "state council", "ministry of industry", "国务院", "中华"})
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH_OF_YEAR = re.compile(
    rf"\b({'|'.join(f'{month}|{month[:4]}|{month[:3]}' for month in _MONTHS)})\b\.?,? (?:\d{{1,2}},? )?((?:19|20)\d\d)"
)
_NO_NAMES = (
    STOP_EN | _HOME | {spelling for month in _MONTHS for spelling in (month, month[:4], month[:3])}
    | {f"{number}月" for number in ("十一", "十二", *"一二三四五六七八九十")}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Anchors:
    """Years, periods (months "2022-01", parts of a year "q1"), names and codes (sets of spellings; one must occur).

    `about_event` says that the years may date the event as well as what was said there.
    """

    years: frozenset[str] = frozenset()
    periods: frozenset[str] = frozenset()
    names: tuple[frozenset[str], ...] = ()
    about_event: bool = False


def anchors_of(question: str, dictionary: Dictionary) -> Anchors:
    """The anchors of a question, in either language and script."""
    folded = fold(question)
    names = [frozenset({code}) for code in _CODE.findall(folded)]
    english: list[str] = []
    for found in _CAPITAL.findall(question):
        whole = found.lower()
        words = [word for word in whole.split() if word not in _NO_NAMES]
        phrases = [whole] if words and dictionary.translations(_stems(whole.split())) else words
        english += [phrase for phrase in phrases if not _is_plain(phrase, dictionary)]
    # Names of up to three words in small letters, and short ones in capitals: "new zealand", "the UK", "AT&T".
    short = [word.lower() for word in _ACRONYM.findall(question)]
    english += [word for word in short if "&" in word or (dictionary.is_name(word) and word not in _HOME)]
    told = " ".join(english).split()  # a surname alone is not asked for beside the whole name
    words = re.findall(r"[a-z]+", folded)
    for size in (3, 2, 1):
        for phrase in (" ".join(words[at : at + size]) for at in range(len(words) - size + 1)):
            if len(phrase) > 2 and phrase not in _NO_NAMES and _is_name(phrase, dictionary):
                english += [phrase] if not set(phrase.split()) <= set(told) else []
                told += phrase.split()
    whole = [one for one in english if not any(f" {one} " in f" {other} " and one != other for other in english)]
    names += [_spellings(phrase, dictionary) for phrase in whole]
    for run in re.findall(f"[{HAN_RANGE}]+", folded):
        words = [word for word in dictionary.segment(run) if dictionary.is_name(word) and word not in _NO_NAMES]
        names += [frozenset({word, *(m.lower() for m in dictionary.meanings(word) if len(m) > 2)}) for word in words]
    return Anchors(
        years_in(question), _periods_in(folded), tuple(dict.fromkeys(names)), bool(_ABOUT_EVENT.search(folded))
    )


def bears_out(passage: Passage, anchors: Anchors, of_period: bool = False, beside: str = "") -> bool:
    """Whether a passage, with what is known of its event, has every name and code and one of the years.

    `beside` says what else is known of it, such as who spoke, or years that its figures are of. A passage that no year
    is known of passes only when its transcript is of the period that was named (`of_period`).
    """
    if anchors.names:
        written = fold(f"{passage.text} {passage.question} {context_of(passage)} {beside}")
        if not all(any(_stands(spelling, written) for spelling in names) for names in anchors.names):
            return False
    if not anchors.years:
        return True
    years = years_of(passage, anchors.about_event) | years_in(beside)
    return bool(anchors.years & years) if years else of_period


def is_of_period(passage: Passage, anchors: Anchors) -> bool:
    """Whether a passage is known to belong to a month or a part of the year that a question names, or may by its year.

    What was done in March may be told at a briefing of which the year alone is known.
    """
    if any(when.value and any(p.startswith(when.value[:7]) for p in anchors.periods) for when in _days(passage)):
        return True
    return bool(anchors.periods) and bool(anchors.periods & _periods_in(fold(f"{passage.text} {context_of(passage)}")))


def without_names(question: str, anchors: Anchors) -> str:
    """The question, folded, without the names that it insists on; codes such as 5G stay."""
    return _without(question, (s for names in anchors.names for s in names if not re.search(r"\d", s)))


def is_named(passage: Passage, anchors: Anchors) -> bool:
    """Whether the speaker of a passage, or the outlet that asked, is one of the names of a question."""
    spoken = fold(f"{passage.speaker or ''} {passage.outlet or ''}")
    return any(_stands(spelling, spoken) for names in anchors.names for spelling in names)


def without_speakers(question: str, anchors: Anchors, speakers: str) -> str:
    """The question, folded, without names that stand among the speakers: that they spoke says nothing of what about."""
    spoken = fold(speakers)
    told = [names for names in anchors.names if any(_stands(spelling, spoken) for spelling in names)]
    return _without(question, (spelling for names in told for spelling in names))


def years_in(text: str) -> frozenset[str]:
    """The years that a text names, in digits of any width or Chinese numerals, and those between the ends of a range.

    >>> sorted(years_in("２０２１年 and 二〇二二年, 2,021 and 12021 apart")), sorted(years_in("from 2021 to 2023"))
    (['2021', '2022'], ['2021', '2022', '2023'])
    """
    folded = _YEAR_HAN.sub(lambda found: found[0].translate(_DIGITS), fold(text))
    ends = [(int(one or other), int(last)) for one, other, last in _YEARS.findall(folded)]
    ranges = (range(first, last) for first, last in ends if last - first < 30)
    return frozenset(_YEAR.findall(folded)) | {str(year) for years in ranges for year in years}


def without_years(text: str) -> str:
    """The text, in half width, without the years that it names."""
    return re.sub(f"(?:{_YEAR.pattern}|{_YEAR_HAN.pattern})年?", " ", normalize("NFKC", text))


def with_year(text: str, year: str) -> str:
    """The text, in half width, with every year that it names replaced by that one.

    >>> with_year("２０２０年和二〇二二年", "2021"), with_year("in 2020", "2021")
    ('2021年和2021年', 'in 2021')
    """
    return re.sub(f"{_YEAR.pattern}|{_YEAR_HAN.pattern}", year, normalize("NFKC", text))


def _periods_in(folded: str) -> frozenset[str]:
    found = {
        f"{year}-{int(month):02}" for year, month in re.findall(r"((?:19|20)\d\d) ?年 ?(1[0-2]|0?[1-9]) ?月", folded)
    }
    for name, year in _MONTH_OF_YEAR.findall(folded):
        number = next(n for n, month in enumerate(_MONTHS, start=1) if month.startswith(name))
        found.add(f"{year}-{number:02}")
    return frozenset(found | (PARTS_OF_YEAR & term_counts(folded).keys()))


def years_of(passage: Passage, about_event: bool = False) -> frozenset[str]:
    """The years that a passage may speak of: those it names, and those of its subject; the event's own if it is meant.

    A review of a year, held in the next, speaks of the year under review where it reports, of the next where it plans.
    """
    dated = frozenset(when.value[:4] for when in _days(passage) if when.value)
    named = years_in(f"{passage.title} {passage.event}")
    subject = dated or named if passage.block == "next" or not named else named
    # The ends of a plan's years, such as 2021-2023, are no years that a figure is about.
    alone = years_in(_YEARS.sub(" ", fold(passage.text)))
    return subject | alone | (dated | named if about_event else frozenset())


def _days(passage: Passage) -> tuple[When, When]:
    return passage.held, passage.published


def _stands(spelling: str, written: str) -> bool:
    # Cuba does not stand in "incubator".
    edge = "a-z0-9" if spelling.isascii() else ""
    return bool(re.search(f"(?<![{edge}]){re.escape(spelling)}(?![{edge}])" if edge else re.escape(spelling), written))


def _without(question: str, spellings: Iterable[str]) -> str:
    rest = fold(question)
    for spelling in sorted(set(spellings), key=len, reverse=True):  # a whole name before its parts
        rest = rest.replace(spelling, " ")
    return rest


def _stems(words: Sequence[str]) -> str:
    return " ".join(stem(word) for word in words)


def _spellings(phrase: str, dictionary: Dictionary) -> frozenset[str]:
    # A single character such as 德 for Germany stands in too many words.
    return frozenset({phrase, *(word for word in dictionary.translations(_stems(phrase.split())) if len(word) > 1)})


def _is_name(phrase: str, dictionary: Dictionary) -> bool:
    # "made" and "marks" are names too, somewhere; what is mostly another word is taken for that.
    meant = dictionary.translations(_stems(phrase.split()))
    return dictionary.is_name(phrase) and (not meant or dictionary.is_name(max(meant, key=meant.__getitem__)))


def _is_plain(phrase: str, dictionary: Dictionary) -> bool:
    # A capital letter alone makes no name: "Internet", "Party". What the dictionary knows as a common word is none.
    return " " not in phrase and bool(dictionary.translations(stem(phrase))) and not dictionary.is_name(phrase)
