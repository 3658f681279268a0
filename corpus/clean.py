"""What is page noise and not speech: named, ordered rules, and clean(text), which applies them and keeps every offset.

A rule is a pure function from a text to its edits. Nothing that was said may go: where noise and speech look alike,
the rule asks for more evidence and otherwise leaves the noise. Datelines, leads with a date and speaker labels stay,
because reader.py needs them; width, script and punctuation stay as they were written. The rules for characters and
codes stand here, those for whole lines in furniture.py; what a pinyin reading is, is known by pinyin.py.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from corpus import furniture
from corpus.furniture import Edit
from corpus.pinyin import glosses

__all__ = ["RULES", "Cleaned", "Edit", "Rule", "Step", "applied", "clean", "edited", "explain", "reason"]

Rule = Callable[[str], Iterable[Edit]]  # edits in order, none overlapping


@dataclass(frozen=True, slots=True)
class Step:
    """One edit: what stood in raw[raw_start:raw_end] as that rule saw it, and what took its place.

    Where an earlier rule had cut inside that span, `cut` is shorter than the span.
    """

    rule: str
    raw_start: int
    raw_end: int
    cut: str
    put: str
    line: int  # of raw_start in the raw text, from 1


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The clean text, the raw place of each of its characters, and every edit by raw place.

    `offsets` never decreases and is as long as `text`; raw[offsets[i]] == text[i] but for a character put by a
    step, which has the place of the first character that it stands for.
    """

    text: str
    offsets: array[int]
    steps: tuple[Step, ...]


def clean(text: str) -> Cleaned:
    """The text without page noise. Cleaning it again changes nothing; an empty text stays empty.

    The rules run in order until a whole round finds nothing, since one cut may bare the next. Every edit shortens
    the text or replaces a blank once, so the rounds end; two or three are usual, and the bound keeps made-up
    input from costing more than linear time.
    """
    breaks = [match.end() for match in re.finditer(r"\r\n?|\n", text)]
    offsets = array("I", range(len(text)))
    steps: list[Step] = []
    for _ in range(_MAX_ROUNDS):
        settled = len(steps)
        for rule in RULES:
            edits = list(rule(text))
            if not edits:
                continue
            for start, end, put in edits:
                first, last = offsets[start], offsets[end - 1] + 1
                steps.append(Step(_name(rule), first, last, text[start:end], put, bisect_right(breaks, first) + 1))
            text, offsets = edited(text, offsets, edits)
        if len(steps) == settled:
            break
    return Cleaned(text, offsets, tuple(sorted(steps, key=lambda step: step.raw_start)))


_MAX_ROUNDS = 12


def edited(text: str, offsets: array[int], edits: Iterable[Edit]) -> tuple[str, array[int]]:
    """The text after edits in order, none overlapping, and the offsets that are left of its own."""
    pieces: list[str] = []
    places = array("I")
    done = 0
    for start, end, put in edits:
        pieces += (text[done:start], put)
        places.extend(offsets[done:start])
        places.extend(offsets[start : start + len(put)])
        done = end
    return "".join(pieces) + text[done:], places + offsets[done:]


def applied(rule: Rule, text: str) -> str:
    """The text after one rule, run once."""
    return edited(text, array("I", range(len(text))), rule(text))[0]


def explain(cleaned: Cleaned) -> Iterator[str]:
    """What was cut from each raw line; then how often layout was folded; then the reason of every rule used.

    Cuts of one rule in one line stand together, those alike counted and long ones shortened. Folded and squeezed
    blanks and line ends, of which a page may have thousands, are only counted.

    >>> print("\\n".join(explain(clean("公路(lù)通车(lù)\\u3000\\n首页 > 要闻"))))
    line 1  drop_glosses      (lù)×2
    line 2  drop_breadcrumbs  首页 > 要闻
    Layout only, no words: 1 fold_blanks, 1 squeeze_lines.
    <BLANKLINE>
    drop_glosses      Cuts pinyin readings in brackets behind Han characters: reading aids that the page put into words.
    drop_breadcrumbs  Cuts breadcrumb lines: they say where the page hangs in its site.
    fold_blanks       Makes a run of any blanks one space, and none at the ends of a line: they only lay out the page.
    squeeze_lines     Leaves one blank line at most, and none at the ends of the text: more of them mean nothing more.
    """
    cuts: dict[tuple[int, str], Counter[str]] = {}
    layout: Counter[str] = Counter()
    for step in cleaned.steps:
        if step.rule.startswith("drop_"):
            cuts.setdefault((step.line, step.rule), Counter())[_shown(step.cut)] += 1
        else:
            layout[step.rule] += 1
    rules = [*dict.fromkeys(rule for _, rule in cuts), *sorted(layout)]
    if not rules:
        yield "Nothing was cut."
        return
    width = max(map(len, rules))
    digits = len(str(max((line for line, _ in cuts), default=0)))
    for (line, rule), went in cuts.items():
        words = " ".join(f"{cut}×{times}" if times > 1 else cut for cut, times in went.items())
        yield f"line {line:>{digits}}  {rule:<{width}}  {words}"
    if layout:
        yield f"Layout only, no words: {', '.join(f'{layout[rule]:,} {rule}' for rule in sorted(layout))}."
    yield ""
    yield from (f"{rule:<{width}}  {reason(rule)}" for rule in rules)


def _shown(cut: str) -> str:
    cut = re.sub("\n+", " / ", cut.strip(" \n"))
    cut = cut if len(cut) <= 60 else f"{cut[:38]} … {cut[-18:]}"
    return cut if cut.isprintable() else repr(cut)


def reason(rule: str) -> str:
    """Why the rule of that name cuts, in one line. Raises ValueError for a name that is no rule.

    >>> reason("squeeze_lines")
    'Leaves one blank line at most, and none at the ends of the text: more of them mean nothing more.'
    """
    for known in RULES:
        if _name(known) == rule:
            return (known.__doc__ or "").partition("\n")[0]
    raise ValueError(f"{rule!r} is no cleaning rule; expected one of {', '.join(map(_name, RULES))}")


def _name(rule: Rule) -> str:
    return str(getattr(rule, "__name__", rule))


# ---- characters ----


def fold_newlines(text: str) -> Iterator[Edit]:
    r"""Makes every line end (CRLF, CR, form feed, U+2028 …) one \n: how a page ends its lines means nothing.

    >>> applied(fold_newlines, "一\r\n二\r三\u2028四")
    '一\n二\n三\n四'
    """
    for match in re.finditer("\r(?=\n)|[\r\v\f\x85\u2028\u2029]", text):
        yield match.start(), match.end(), "" if text.startswith("\n", match.end()) and match[0] == "\r" else "\n"


def drop_invisibles(text: str) -> Iterator[Edit]:
    r"""Cuts control, zero-width, bidi, tag and soft-hyphen characters: unseen, they split words or hide text.

    A joiner or variation selector behind an emoji stays, being part of what is shown.

    >>> applied(drop_invisibles, "\ufeff宽\u200b带 soft\u00adware")
    '宽带 software'
    """
    for match in _INVISIBLE.finditer(text):
        yield match.start(), match.end(), ""


_INVISIBLE = re.compile(
    "(?:[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
    "|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])[\u200d\ufe0f])+"
)


def fold_blanks(text: str) -> Iterator[Edit]:
    r"""Makes a run of any blanks one space, and none at the ends of a line: they only lay out the page.

    >>> applied(fold_blanks, "\u3000\u3000张三:\u00a0 5G\t网络 ")
    '张三: 5G 网络'
    """
    for match in re.finditer("[ \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+", text):
        start, end = match.span()
        if start == 0 or end == len(text) or text[start - 1] == "\n" or text[end] == "\n":
            yield start, end, ""
        elif match[0] != " ":
            yield start, end, " "


def squeeze_lines(text: str) -> Iterator[Edit]:
    r"""Leaves one blank line at most, and none at the ends of the text: more of them mean nothing more.

    >>> applied(squeeze_lines, "\n一\n二\n\n\n\n三\n")
    '一\n二\n\n三'
    """
    for match in re.finditer("\n+", text):
        start, end = match.span()
        if start == 0 or end == len(text):
            yield start, end, ""
        elif end - start > 2:
            yield start + 2, end, ""


# ---- inside a line ----


def drop_glosses(text: str) -> Iterator[Edit]:
    """Cuts pinyin readings in brackets behind Han characters: reading aids that the page put into words.

    >>> applied(drop_glosses, "铁(tiě)路局(jú)宣布(xuān bù)了(le)计划(2031年)(jì huà)")
    '铁路局宣布了计划(2031年)(jì huà)'
    """
    return ((start, end, "") for start, end in glosses(text))


def drop_openers(text: str) -> Iterator[Edit]:
    """Cuts a code that opens three or more paragraphs: an advert's mark or a tracking token, neither word nor figure.

    A code mixes digits and capitals at two borders or more (3BX58.2), has six characters at least, opens paragraphs
    more often than it stands elsewhere, and no paragraph goes on behind it in a small letter. Product names
    (C919, CR400AF), terms (5G, IPv6, H.264, COVID-19) and quarters (2022Q1, 1Q2022) have another shape.

    >>> print(applied(drop_openers, "3BX58.2 First.\\n3BX58.2 Next.\\n5G grows.\\n3BX58.2 Last."))
    First.
    Next.
    5G grows.
    Last.
    """
    runs = [match for match in _OPENING.finditer(text) if any(map(_is_code, match[0].split()))]
    opened = Counter(code for match in runs for code in set(match[0].split()))
    standing = Counter(word.rstrip(".") for word in _CODE.findall(text)) if runs else Counter()
    running_on = {code for match in runs for code in match[0].split() if text[match.end() : match.end() + 1].islower()}
    stray = {
        code
        for code, count in opened.items()
        if count >= 3 and _is_code(code) and code not in running_on and standing[code.rstrip(".")] < 2 * count
    }
    for match in runs:
        kept = match.start()
        for word in re.finditer(r"(\S+)(?: |$)", match[0]):
            if word[1] not in stray:
                break
            kept = match.start() + word.end()
        if kept > match.start():
            yield match.start(), kept, ""


_CODE = re.compile(r"[A-Z0-9][A-Z0-9.#_-]{5,15}")
_OPENING = re.compile(rf"^(?:{_CODE.pattern}(?: |$)){{1,8}}", re.M)
_QUARTER = re.compile(r"(?:19|20)\d\d[A-Z]|[1-4][QH](?:19|20)?\d\d$")


def _is_code(word: str) -> bool:
    borders = len(re.findall(r"(?<=\d)[A-Z]|(?<=[A-Z])\d", word))
    return borders >= (2 if word[0].isdigit() else 3) and not _QUARTER.match(word)


RULES: tuple[Rule, ...] = (
    fold_newlines,  # first: every later rule counts on lines
    drop_invisibles,
    fold_blanks,
    drop_glosses,  # before the line rules, which must read 責任編輯 and not 責(zé)任編輯
    drop_openers,
    furniture.drop_mastheads,  # before the breadcrumbs, which end a masthead
    furniture.drop_breadcrumbs,
    furniture.drop_pagers,
    furniture.drop_editors,
    furniture.drop_buttons,
    furniture.drop_copyright,
    furniture.drop_leads,
    squeeze_lines,  # last: a cut line may leave blank lines
)
