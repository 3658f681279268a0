"""What a source file looks like: where title, lead and turns lie in it, and what it says of itself -> Transcript.

Bytes and containers are known by formats.py, page noise by clean.py, labels by speakers.py, questions and answers by
pairing.py, numbered points by points.py, title lines and dates by metadata.py and dates.py.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus.clean import Cleaned, applied, clean, drop_invisibles, edited
from corpus.dates import mentions
from corpus.folding import HAN, HAN_RANGE, read_script
from corpus.formats import raw_text
from corpus.furniture import is_caption
from corpus.metadata import Line, Origin, origin_of
from corpus.pairing import Speech, asks, paired
from corpus.points import opens_point, segments
from corpus.speakers import Label, labels
from corpus.transcript import Kind, Role, Transcript, TranscriptError, Turn

__all__ = ["parse", "read"]

Span = tuple[int, int]


def read(path: Path) -> Transcript:
    """The transcript that a file holds. Raises TranscriptError when the file cannot be read or holds no words."""
    source = raw_text(path)
    return parse(path.name, source.text, clean(source.text), source.meta, source.body_start)


def parse(
    source_name: str, raw: str, cleaned: Cleaned, meta: Mapping[str, str] | None = None, body_start: int = 0
) -> Transcript:
    """The transcript in the cleaned text of raw[body_start:]; what the container states goes before what the text says.

    A file with a speaker's label is a transcript, one turn for each label; without one it is an article, whose body is
    one turn without speaker. Title, dateline, credits, captions, roster and a transcript's lead belong to no turn.
    The marks of Markdown leave the text of a .md source. Raises TranscriptError if no letter is left.
    """
    # Anybody may have written these: an escape sequence in them would reach the terminal.
    meta = {key.lower(): _one_line(value) for key, value in (meta or {}).items()}
    source = _one_line(source_name)
    is_markdown = source_name.lower().endswith(".md")
    text, offsets, headings = _body(cleaned, body_start, is_markdown)
    if not any(char.isalpha() for char in text):
        raise TranscriptError(
            f"{source}: found no word once page noise was cut; expected a transcript; "
            "see what was cut with `chuchu clean FILE --explain`, or remove the file"
        )
    folded, lang, script = read_script(text)
    paragraphs = [
        span for span in _paragraphs(folded, headings if is_markdown else None) if not is_caption(folded[slice(*span)])
    ]
    layout = _layout(folded, paragraphs, labels(text, folded, paragraphs), headings)
    kinds: dict[str, Kind] = {"digest": "digest", "article": "article", "transcript": "transcript"}
    kind = kinds.get(meta.get("kind", ""), "transcript" if layout.has_labels else "article")
    origin = _origin(text, folded, layout, meta, cleaned)
    return Transcript(
        id=_slug(source_name),
        source=source,
        raw=raw,
        text=text,
        offsets=offsets,
        turns=_turns(folded, layout, headings, is_digest=kind == "digest"),
        lang=lang,
        script=script,
        kind=kind,
        title=origin.title,
        event=origin.event,
        publisher=origin.publisher,
        address=origin.address,
        held=origin.held,
        published=origin.published,
    )


def _one_line(written: str) -> str:
    return " ".join(applied(drop_invisibles, written).split())


def _slug(source_name: str) -> str:
    """Transcript id: the stem in small letters, anything but [a-z0-9._-] and Han a hyphen.

    >>> _slug("2022年 Q1 (Final).txt"), _slug("???.md")
    ('2022年-q1-final', 't-d39ea05a')
    """
    slug = re.sub(rf"[^a-z0-9._{HAN_RANGE}-]+", "-", Path(source_name).stem.lower()).strip("-.")
    return slug or "t-" + hashlib.sha256(source_name.encode("utf-8", "replace")).hexdigest()[:8]


# --- the text -------------------------------------------------------------------------------------------------

_MARKS = tuple(  # bounded, so that an opening mark without its closing one costs little
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"<!--[^\n]{0,500}?-->|!\[[^\[\]\n]{0,300}\]\([^)\s]{0,500}\)|^(?:-{3,}|\*{3,}|_{3,}|={3,})$",
        r"(?P<open>\[)[^\[\]\n]{0,300}(?P<close>\]\((?:https?:|#|/|\.)[^()\s]{0,500}\))",
        r"(?P<open>\*\*|__)(?=\S)[^\n]{1,300}?(?<=\S)(?P<close>(?P=open))",
        r"(?<![\w*])(?P<open>[*_])(?=[^\s*_])[^*_\n]{0,300}?(?<=\S)(?P<close>(?P=open))(?![\w*])",
        r"(?P<open>`{1,3})[^`\n]{1,300}(?P<close>(?P=open))",
        r"^(?:[-*+>] )+",
    )
)
_HEADING = re.compile(r"^#{1,6} +", re.MULTILINE)


def _body(cleaned: Cleaned, body_start: int, is_markdown: bool) -> tuple[str, array[int], set[int]]:
    """Clean text from raw place body_start on, its offsets, and where its headings start; without Markdown's marks."""
    skipped = bisect_left(cleaned.offsets, body_start)
    text, offsets = cleaned.text[skipped:], cleaned.offsets[skipped:]
    headings: set[int] = set()
    if not is_markdown:
        return text, offsets, headings
    for pattern in _MARKS:
        cuts = [
            (*found.span(part), "")
            for found in pattern.finditer(text)
            for part in (("open", "close") if "open" in pattern.groupindex else (0,))
        ]
        text, offsets = edited(text, offsets, cuts)
    cuts = [(*found.span(), "") for found in _HEADING.finditer(text)]
    cut = 0
    for start, end, _ in cuts:
        headings.add(start - cut)
        cut += end - start
    text, offsets = edited(text, offsets, cuts)
    return text, offsets, headings


def _paragraphs(folded: str, headings: set[int] | None) -> list[Span]:
    """Spans of the lines that hold anything; in Markdown (headings given) the lines of one paragraph together."""
    lines = [found.span() for found in re.finditer(r"\S(?:[^\n]*\S)?", folded)]
    if headings is None:
        return lines
    joined: list[Span] = []
    for start, end in lines:
        runs_on = bool(joined) and folded[joined[-1][1] : start].count("\n") == 1
        opens = {start, joined[-1][0]} & headings if runs_on else True
        if opens or re.match(r"[^:\n]{1,60}:", folded[start : start + 61]) or opens_point(folded, start, end):
            joined.append((start, end))
        else:
            joined[-1] = (joined[-1][0], end)
    return joined


# --- the layout -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Stretch:
    label: Label | None
    spans: list[Span]
    role: Role | None = None

    def words(self, folded: str) -> str:
        return "\n".join(folded[start:end] for start, end in self.spans)


@dataclass(slots=True)
class _Layout:
    """Where things lie: the title's span, the lines above the first words, the stretches of speech, the last lines."""

    has_labels: bool
    title: Span | None = None
    front: list[Span] = field(default_factory=list)
    stretches: list[_Stretch] = field(default_factory=list)
    foot: list[Span] = field(default_factory=list)


_SENTENCE_END = re.compile(r"[.?!。;:…][\"”」』')]*$")
_LEAD = re.compile(
    r"(?:conference|briefing)\b.*\b(?:held|hosted|holds|transcript|full text)\b"
    r"|\b(?:held|hosted|holds|transcript of|full text of)\b.*\b(?:conference|briefing)|\bmet the (?:media|press)\b"
    r"|\bbrief(?:ed)? the (?:media|press)\b|\bgave\b.*\b(?:conference|briefing)\b"
    r"|(?:举行|召开|举办).*(?:发布会|吹风会|通气会|见面会|记者会|会议)|(?:发布会|吹风会|记者会).*(?:举行|召开|举办)|实录|以下(?:是|为)",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"\W*(?:(?:source|by|author|written by|editor|published|updated|posted|photo|link|url|时间|日期|发布时间|发布日期"
    r"|来源|本文来源|信息来源|作者|编辑|责任编辑|责编|校对|原文链接|链接|字号|浏览次数)\s*:\s*[^。!?]{0,80}"
    r"|By [A-Z][\w.'-]*(?: [A-Z][\w.'-]*){1,3}|https?://\S+|\(?(?:End|完|全文完)\)?|\((?:实录|文字|本文|记录)[^()]{1,24}(?:整理|编辑|审阅)\)"
    r"|\((?:this |the )?(?:transcript|text)\b[^()]{1,80}\b(?:prepared|edited|compiled|based)\b[^()]{0,80}\)"
    r"|\[?\(?本?报?记者 ?\w{2,4})\W*",
    re.IGNORECASE,
)


_LABELLED = r"\b(?i:source|editor|author|by)\b"  # its value is a run of words in capitals, or one word
_CREDITS_IN_LINE = (
    r"\d{1,2}:\d\d(?::\d\d)?|\b(?i:published|updated|posted)\b\s*:?|(?:\w{0,4}来源|作者|编辑|字号)\s*:?\s*\S+"
    rf"|{_LABELLED}\s*:?\s*(?:[A-Z][\w.'’&-]*(?:\s+(?!{_LABELLED})[A-Z][\w.'’&-]*){{0,5}}|\S+)"
)


def _is_credit(folded: str, start: int, end: int) -> bool:
    """Whether a line only dates, signs or links the page."""
    line = folded[start:end]
    if line.startswith(("Translated by", "Translated and edited by")):
        return True
    if len(line) > 160:
        return False
    if _CREDIT.fullmatch(line):
        return True
    rest = line
    for found in reversed(mentions(line)):
        rest = rest[: found.start] + rest[found.end :]
    is_dated = rest != line
    rest = re.sub(_CREDITS_IN_LINE, "", rest)
    is_event = re.search(r"发布会|吹风会|通气会|记者会|实录|\b(?:briefing|conference)\b", rest, re.IGNORECASE)
    return is_dated and not is_event and len(re.findall(r"\w", rest)) <= 12 and not _SENTENCE_END.search(rest.strip())


def _is_title(folded: str, start: int, end: int) -> bool:
    line = folded[start:end]
    return not re.search(r"[.。!;:,、][\"”」』')]*$", line) and len(line) <= (70 if HAN.search(line) else 200)


def _layout(folded: str, paragraphs: list[Span], heads: Mapping[int, Label], headings: set[int]) -> _Layout:
    layout = _Layout(bool(heads))
    last = len(paragraphs)
    while last > 1 and last - 1 not in heads and _is_credit(folded, *paragraphs[last - 1]):
        last -= 1
        layout.foot.insert(0, paragraphs[last])
    first = min(heads, default=last)
    above, body = paragraphs[:first], range(first, last)

    rest = list(above)
    title = next((span for span in above[:4] if not _is_credit(folded, *span)), None)
    is_asked = heads and title and folded[title[1] - 1] == "?"
    if title and not is_asked and (title[0] in headings or _is_title(folded, *title)) and (heads or title != above[-1]):
        layout.title = title
    if heads:
        leads = [place for place, span in enumerate(above) if span == layout.title or _is_lead(folded, *span)]
        rest = above[max(leads, default=-1) + 1 :]
        rest = [span for span in rest if span[0] in headings or _is_spoken(folded, *span)]
    else:
        top = {span for span in above[:6] if span == layout.title or _is_credit(folded, *span)}
        rest = [span for span in above if span not in top]
    spoken = set(rest)
    layout.front = [span for span in above if span not in spoken]
    layout.stretches = _unlabelled(folded, rest, heads[first].role if heads else None, bool(heads))

    for place in body:
        label = heads.get(place)
        start, end = paragraphs[place]
        if label:
            layout.stretches.append(_Stretch(label, [], label.role))
            start = label.end
        if start < end:
            layout.stretches[-1].spans.append((start, end))
    layout.stretches = [s for s in layout.stretches if any(start not in headings for start, _ in s.spans)]
    return _without_roster(folded, layout)


def _is_lead(folded: str, start: int, end: int) -> bool:
    return _LEAD.search(folded, start, end) is not None and end - start < 900 and not asks(folded[start:end])


def _is_spoken(folded: str, start: int, end: int) -> bool:
    line = folded[start:end]
    return _SENTENCE_END.search(line) is not None and len(line) + 2 * len(HAN.findall(line)) >= 24


def _unlabelled(folded: str, spans: list[Span], next_role: Role | None, is_transcript: bool) -> list[_Stretch]:
    """What stands above the first label: a question if it asks and no question follows, else a speaker unknown."""
    if not spans:
        return []
    if is_transcript and next_role != "reporter" and asks(folded[slice(*spans[-1])]):
        asked = 0 if len(spans) <= 3 else len(spans) - 1
        before = [_Stretch(None, spans[:asked])] if asked else []
        return [*before, _Stretch(None, spans[asked:], "reporter")]
    return [_Stretch(None, spans)]


_SENTENCE = re.compile(r"(?<!\bM[rs])(?<!\bDr)(?<!\bMrs)[.?!。;](?:\W|$)")


def _without_roster(folded: str, layout: _Layout) -> _Layout:
    """Labels at the top whose words are no sentence ("Moderator: Jane Doe, deputy head") list who takes part."""
    stretches = list(layout.stretches)
    listed: list[Span] = []
    while stretches and stretches[0].label and not _SENTENCE.search(stretches[0].words(folded)):
        listed += stretches.pop(0).spans
    if stretches:
        layout.stretches, layout.front = stretches, layout.front + listed
    return layout


def _turns(folded: str, layout: _Layout, headings: set[int], *, is_digest: bool) -> tuple[Turn, ...]:
    speeches = [
        Speech(stretch.label.speaker if stretch.label else None, stretch.role, stretch.words(folded))
        for stretch in layout.stretches
    ]
    roles = paired(speeches) if layout.has_labels else [(None, None)] * len(speeches)
    turns = []
    for number, (stretch, (role, question)) in enumerate(zip(layout.stretches, roles, strict=True), start=1):
        parts = segments(
            folded, stretch.spans, headings=headings, is_digest=is_digest, tells_blocks=role in (None, "official")
        )
        label = stretch.label
        turns.append(
            Turn(number, parts[0].start, parts[-1].end, parts, label.speaker if label else None, role,
                 label.outlet if label else None, question)
        )  # fmt: skip
    return tuple(turns)


def _origin(text: str, folded: str, layout: _Layout, meta: Mapping[str, str], cleaned: Cleaned) -> Origin:
    def lines(spans: Sequence[Span]) -> list[Line]:
        return [(text[start:end], folded[start:end]) for start, end in spans]

    title = text[slice(*layout.title)] if layout.title else ""
    # An article's lead dates the event; a transcript's is no turn and stands in front already.
    leads = [] if layout.has_labels else [span for stretch in layout.stretches for span in stretch.spans[:2]]
    breadcrumbs = [step.cut for step in cleaned.steps if step.rule == "drop_breadcrumbs"]
    return origin_of(meta, title, lines(layout.front + leads), lines(layout.foot), folded, breadcrumbs)
