"""What is retrieved and cited: passages, whole sentences of one turn, near a size that was chosen by measurement.

How a turn and its numbered points are found is known by reader.py; here only where to cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from corpus.folding import HAN, HAN_RANGE
from corpus.transcript import Passage, Segment, Transcript, Turn

__all__ = ["passages_of", "sentence_spans", "units"]

# Size of a passage in units: a word of Latin letters is one, a Han character .6 of one (100 English words are some 165
# Chinese characters). On the 139 answerable questions of tests/cases/questions.json, over digests / transcripts, the
# share of answers with all their terms: 50 units .91/.89, 80 .90/.89, 100 .91/.86, 120 .90/.86, 160 .89/.87, 240
# .90/.86. All within the noise (.03); 80 loses nothing, and a larger passage is easier to judge than a smaller one.
TARGET_UNITS = 80.0

_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nos|vs|etc|Inc|Co|Ltd|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Fig|approx|e\.g|i\.e|a\.m|p\.m)"
    r"|\b[A-Z](?:\.[A-Z])*)$"
)
_STOP = re.compile(r"[。！？!?…]+[”’」』\"'）)】]*|\.+[”’\"')\]]*(?=\s|$)|\n+")
_UNIT = re.compile(rf"[A-Za-z0-9][A-Za-z0-9.,'’%-]*|[{HAN_RANGE}]")


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Places of the sentences in text[start:end], in order, blanks around them left out; a line break ends one too.

    >>> s = "Revenue rose 8.5% in Jan. 2022. 全年建成65万个基站。其中一半在农村"
    >>> [s[a:b] for a, b in sentence_spans(s)]
    ['Revenue rose 8.5% in Jan. 2022.', '全年建成65万个基站。', '其中一半在农村']
    """
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    begin = start
    for stop in _STOP.finditer(text, start, end):
        mark = stop[0]
        if mark.startswith(".") and _ABBREVIATION.search(text, max(begin, stop.start() - 12), stop.start()):
            continue
        spans.append((begin, stop.end()))
        begin = stop.end()
    spans.append((begin, end))
    return [trimmed for a, b in spans if (trimmed := _trim(text, a, b))]


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    bare = text[start:end]
    left = start + len(bare) - len(bare.lstrip())
    right = end - (len(bare) - len(bare.rstrip()))
    return (left, right) if left < right else None


def units(text: str) -> float:
    """Length of a text as a reader feels it: words of Latin letters, Han characters counted .6."""
    return sum(0.6 if HAN.match(match[0]) else 1.0 for match in _UNIT.finditer(text))


def passages_of(transcript: Transcript, target: float = TARGET_UNITS) -> list[Passage]:
    """Passages of a transcript in order; together they hold every sentence of every turn exactly once.

    A numbered point stands alone; neighbouring paragraphs outside points are joined while they fit in `target`; what is
    longer than 1.5 times `target` is cut between sentences into parts of like length. A longer sentence stays whole.
    """
    return [
        _passage(transcript, turn, start, end, segment)
        for turn in transcript.turns
        for segment, start, end in _stretches(transcript.text, turn, target)
    ]


def _stretches(text: str, turn: Turn, target: float) -> Iterator[tuple[Segment, int, int]]:
    group: list[Segment] = []
    for segment in turn.segments:
        if group and not _joins(text, group, segment, target):
            yield from _cut(text, group, target)
            group = []
        group.append(segment)
    if group:
        yield from _cut(text, group, target)


def _joins(text: str, group: Sequence[Segment], segment: Segment, target: float) -> bool:
    first = group[0]
    if (segment.point, segment.block) != (first.point, first.block) or text[group[-1].end : segment.start].strip():
        return False  # another point, or words between that are nobody's, such as a caption
    return units(text[first.start : segment.end]) <= target


def _cut(text: str, group: Sequence[Segment], target: float) -> Iterator[tuple[Segment, int, int]]:
    first, start, end = group[0], group[0].start, group[-1].end
    total = units(text[start:end])
    parts = max(1, round(total / target)) if total > 1.5 * target else 1
    spans = sentence_spans(text, start, end)
    begin = 0
    done = 0.0
    for part in range(1, parts + 1):
        stop = begin
        while stop < len(spans) and (part == parts or stop == begin or done < total * part / parts):
            size = units(text[spans[stop][0] : spans[stop][1]])
            # The sentence that crosses the bound belongs to the side that holds more of it.
            if part < parts and stop > begin and done + size / 2 > total * part / parts:
                break
            done += size
            stop += 1
        if begin < stop:
            yield first, spans[begin][0], spans[stop - 1][1]
        begin = stop


def _passage(transcript: Transcript, turn: Turn, start: int, end: int, segment: Segment) -> Passage:
    asked = transcript.turn(turn.question) if turn.question else None
    return Passage(
        id=f"{transcript.id}/{turn.number}/{start}-{end}",
        transcript=transcript.id,
        source=transcript.source,
        turn=turn.number,
        start=start,
        end=end,
        text=transcript.text[start:end],
        offsets=transcript.offsets[start:end],
        lang=transcript.lang,
        script=transcript.script,
        kind=transcript.kind,
        title=transcript.title,
        event=transcript.event,
        publisher=transcript.publisher,
        address=transcript.address,
        held=transcript.held,
        published=transcript.published,
        speaker=turn.speaker,
        role=turn.role,
        outlet=turn.outlet,
        question=transcript.text[asked.start : asked.end] if asked else "",
        point=segment.point,
        block=segment.block,
    )
