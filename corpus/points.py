"""Where a numbered point begins and how far it reaches, and which lists tell what was done or what comes next.

It knows the forms that English and Chinese speakers and Markdown use to number; whose words they are is known
by reader.py. Every text given here is folded already: simplified script, half-width signs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from corpus.folding import number_of
from corpus.transcript import Block, Segment

__all__ = ["opens_point", "segments"]


def segments(
    text: str,
    paragraphs: Sequence[tuple[int, int]],
    *,
    headings: Collection[int] = (),
    is_digest: bool = False,
    tells_blocks: bool = True,
) -> tuple[Segment, ...]:
    """The segments of one turn, in order: its paragraphs, cut where a new point begins inside one.

    `paragraphs` are spans of text. One whose start is in `headings` yields no segment, but ends a list and may open
    the next steps. A point counts when its neighbour in number follows it, or when it opens a paragraph with a number
    above 1 (a page that starts in mid-answer); a lone "First" is no list. A paragraph without a number continues
    a point when the next number of the same list comes later, when the point ends in a colon, when it opens a list of
    another form (a lower level), and always in a digest, where long points are parted into paragraphs. A
    paragraph that turns to the next steps never does. Without `tells_blocks` (a question) every block is None.
    """
    pieces = _pieces(text, paragraphs, headings, is_digest)
    if tells_blocks:
        pieces = _with_blocks(text, pieces, headings)
    return tuple(Segment(p.start, p.end, p.point, p.block) for p in pieces if p.start not in headings)


def opens_point(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] opens as a numbered point may, be it one or not."""
    return any(pattern.match(text, start, end) for pattern in _PATTERNS.values())


# --- where a point may begin ----------------------------------------------------------------------------------

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
             "eleventh", "twelfth")  # fmt: skip
_HAN = "一二三四五六七八九十"
_NO_THANKS = r"(?!\s*(?:i\b|thank|let me|感谢|谢谢|祝))"

# Form -> how a point of it opens; the group is its number, without a group it takes the next one.
_FORMS = {
    "en": rf"\b(?:and\s+)?(?:the\s+)?({'|'.join(_ORDINALS)})(?:ly)?(?:\s+(?:of\s+all|point|step|measure|task|aspect))?"
    rf"(?:\s*[,:;]|\s+(?:is|are|was|we)\b)|\b(?:and\s+)?(?:finally|lastly|last\s+but\s+not\s+least)\s*,{_NO_THANKS}",
    "是": rf"([{_HAN}]{{1,3}})是",
    "要": rf"([{_HAN}]{{1,3}})要",
    "第": rf"第([{_HAN}]{{1,3}})个?(?:方面|点|项)?(?:[,、:]|是)|其([{_HAN}])(?:[,、:]|是)|(首先)[,、:是要]"
    rf"|(?:其次|再次|再者|最后)[,、:是要]{_NO_THANKS}",
    "(一)": rf"\(([{_HAN}]{{1,3}})\)",
    "(1)": r"\((\d{1,2})\)",
    "①": r"([①-⑳])",
    "一、": rf"([{_HAN}]{{1,3}})、",
    "1.": r"(\d{1,2})(?:[.、](?!\d)|\))",
}
_PATTERNS = {form: re.compile(pattern, re.IGNORECASE) for form, pattern in _FORMS.items()}

# Inside a paragraph a bracket or a circle opens a point anywhere, a word only after a stop, and the last two forms
# never: "二、三线城市" and "version 1. 2" stand inside sentences.
_ANYWHERE = ("(一)", "(1)", "①")
_INITIAL_ONLY = ("一、", "1.")
_STOP = re.compile(r"[.,;:。!?、—]\s*$")


@dataclass(frozen=True, slots=True)
class _Opening:
    start: int
    form: str
    number: int  # 0: the next one ("Finally", 其次)
    is_initial: bool  # of its paragraph


def _openings(text: str, start: int, end: int) -> list[_Opening]:
    openings = []
    for form, pattern in _PATTERNS.items():
        opener = pattern.match(text, start, end)
        places = pattern.finditer(text, start, end) if form not in _INITIAL_ONLY else [opener] if opener else []
        for found in places:
            is_initial = found.start() == start
            if is_initial or form in _ANYWHERE or _STOP.search(text, max(start, found.start() - 3), found.start()):
                word = next((group for group in found.groups() if group), "")
                openings.append(_Opening(found.start(), form, _number(word.lower()), is_initial))
    return sorted(openings, key=lambda opening: opening.start)


def _number(word: str) -> int:
    """Number of an ordinal, a Han numeral up to 99, digits or a circled digit; 0 for "".

    >>> [_number(word) for word in ("third", "首先", "十二", "二十", "7", "③", "")]
    [3, 1, 12, 20, 7, 3, 0]
    """
    if word in _ORDINALS:
        return _ORDINALS.index(word) + 1
    if word == "首先":
        return 1
    if "①" <= word <= "⑳":
        return ord(word) - ord("①") + 1
    return number_of(word)


# --- which of them are points, and how far they reach ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    point: int | None = None
    opens_list: bool = False
    block: Block | None = None


_LOOK_AHEAD = 200  # openings between two points of one list; the bound keeps the time linear


def _pieces(
    text: str, paragraphs: Sequence[tuple[int, int]], headings: Collection[int], is_digest: bool
) -> list[_Piece]:
    openings_of = [_openings(text, *paragraph) for paragraph in paragraphs]
    openings = [opening for found in openings_of for opening in found]
    pieces: list[_Piece] = []
    form, number, behind = "", 0, 0  # the open list, its current point, and how many openings lie behind

    def is_followed(by: int, form: str, *, initial: bool = False) -> bool:
        for opening in openings[behind : behind + _LOOK_AHEAD]:
            if opening.form == form and opening.number in (0, 1, by) and (opening.is_initial or not initial):
                return opening.number != 1
        return False

    def is_next(opening: _Opening) -> bool:
        if opening.number:
            return opening.form == form and opening.number == number + 1
        # "Finally" or 其次 takes the next number, unless a later opening bears it.
        later = (other.number for other in openings[behind : behind + _LOOK_AHEAD] if other.form == opening.form)
        is_claimed = next((number for number in later if number), 0) == number + 1
        return not is_claimed and (opening.form == form or (opening.is_initial and form in ("是", "要")))

    for (start, end), found in zip(paragraphs, openings_of, strict=True):
        first = found[0] if found and found[0].is_initial else None
        if form and not (first and is_next(first)):
            is_lower = first is not None and first.form != form
            is_open = is_lower or is_digest or text[pieces[-1].end - 1] == ":"
            turns = start in headings or _NEXT.match(text, start, end)
            if turns or (first and not is_lower) or not (is_open or is_followed(number + 1, form, initial=True)):
                form, number = "", 0
        at, opens_list = start, False
        for opening in found if start not in headings else ():
            behind += 1
            if form and at < opening.start and not is_next(opening) and not is_followed(number + 1, form):
                turn = _TURN.search(text, at, opening.start)
                if turn:  # "…; third, …. Next, we will first …": the list is over
                    pieces.append(_Piece(at, turn.start("cue"), number, opens_list))
                    at, opens_list, form, number = turn.start("cue"), False, "", 0
            is_late = not form and opening.is_initial and opening.number > 1
            starts_list = (opening.number == 1 and form in ("", opening.form) and is_followed(2, opening.form)) or (
                is_late and (opening.form not in _INITIAL_ONLY or is_followed(opening.number + 1, opening.form))
            )
            if starts_list or (form and is_next(opening)):
                if at < opening.start:
                    pieces.append(_Piece(at, opening.start, number or None, opens_list))
                at, opens_list = opening.start, starts_list
                form, number = opening.form if starts_list else form, opening.number or number + 1
        turn = _TURN.search(text, at, end) if form and not is_followed(number + 1, form) else None
        if turn:
            pieces.append(_Piece(at, turn.start("cue"), number, opens_list))
            at, opens_list, form, number = turn.start("cue"), False, "", 0
        pieces.append(_Piece(at, end, number or None, opens_list))
        behind += len(found) if start in headings else 0
    ends = [piece.start + len(text[piece.start : piece.end].rstrip()) for piece in pieces]
    # A copy costs a microsecond and a half, and a megabyte may have fifty thousand pieces.
    return [piece if piece.end == end else replace(piece, end=end) for piece, end in zip(pieces, ends, strict=True)]


# --- done and next --------------------------------------------------------------------------------------------

_NEXT = re.compile(
    r"(?:and\s+|so\s+)?(?:next\s*,(?!\s*(?:please|question|i\b|let))|(?:in|for|as|at)\s+(?:the|our|a)\s+next\s+(?:step|stage|phase)"
    r"|(?:our\s+)?next\s+steps?\s*[,:]|(?:going|moving|looking)\s+(?:forward|ahead)\b|in\s+the\s+(?:near\s+)?future\s*,)"
    r"|(?:对于?|在|就|关于|围绕|面向|展望)?(?:下一步|下一阶段|下阶段|下一个阶段|接下来|今后|未来)"
    r"|[^,。:]{0,20}[,]?[^,。:]{0,12}(?:提出|部署)[^,。:]{0,6}(?:[一二两三四五六七八九十]|\d+)[项个](?:要求|任务|工作|安排|举措|措施|打算|目标)",
    re.IGNORECASE,
)
_TURN = re.compile(rf"[.;!?:。][\"”」』]?\s*(?P<cue>{_NEXT.pattern})", re.IGNORECASE)
_DONE = re.compile(
    r"\b(?:measures|steps|actions|work)\b[^.]{0,40}\b(?:as follows|were (?:these|the following)|taken|carried out)\b"
    r"|\b(?:has|have|had)\s+(?:\w+\s+)?(?:taken|adopted|carried out|done|made)\b[^.]{0,60}\b(?:follow|aspect|areas?\b)"
    r"|(?:做了|开展了|采取了|推进了|完成了|取得了?|抓了)[^。]{0,24}(?:工作|措施|举措|进展|成效|成绩|方面|事)",
    re.IGNORECASE,
)
# A sentence that announces a counted list of plans. One that only announces how the answer is ordered is none:
# "I will answer in three points", 我将分三点来说明; and 主要, 只要 and 重要 plan nothing.
_TELLS = r"(?:\b(?:answer|respond|reply|talk|speak|say|explain|introduce|share|brief|report|tell|mention|points?)\b"
_TELLS += r"|回答|答复|介绍|说明|谈|讲|回应|解释|汇报|通报|分享|来看|补充|解读)"
_PLANS = re.compile(
    rf"(?:\b(?:will|shall|(?:plan|plans|intend|intends|going) to)\b(?:(?!{_TELLS})[^.]){{0,90}}?"
    rf"\b(?:two|three|four|five|six|seven|eight|nine|ten|several|following)\b|(?:将|(?<![主只重需必])要|计划|打算)"
    rf"(?:(?!{_TELLS}|了)[^。]){{0,24}}?(?:以下|(?:[二两三四五六七八九十几]|\d+)(?:件|项|个|大|方面)))"
    rf"(?:(?!{_TELLS}|了)[^.。])*[.。:]?\s*$",
    re.IGNORECASE,
)
_NEXT_HEADING = re.compile(r"\bnext\b|下一步|下一?阶段|接下来|今后", re.IGNORECASE)
_DONE_HEADING = re.compile(r"\bdone\b|\btaken\b|\bachieved\b|\bresults\b|成效|进展|主要工作|已开展", re.IGNORECASE)
_LAST_SENTENCE = re.compile(r"(?:^|[.;!?。])[^.;!?。]*[.;!?:。]?\s*$")


def _announced(sentence: str) -> Block | None:
    """What a sentence in front of a list announces: "done", "next" or neither; read in its last 300 characters."""
    return "done" if _DONE.search(sentence) else "next" if _PLANS.search(sentence[-300:]) else None


def _with_blocks(text: str, pieces: Sequence[_Piece], headings: Collection[int]) -> list[_Piece]:
    marked: list[_Piece] = []
    state: Block | None = None
    turns_at = -1  # place in `marked` of the last turn to the next steps
    was_point = False
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
        words = text[piece.start : piece.end]
        block: Block | None = None
        told: Block | None = None
        if piece.point is not None:
            if piece.opens_list and was_point:
                state = None
            block = state
        elif piece.start in headings:
            state = "next" if _NEXT_HEADING.search(words) else "done" if _DONE_HEADING.search(words) else None
        elif _NEXT.match(words) or _TURN.search(words):
            state = "next"
            # Results first and one turn in the middle: the paragraph as a whole is neither.
            last = _LAST_SENTENCE.search(words)
            block = "next" if _NEXT.match(words) or (last and _TURN.match(last[0])) else None
        elif (
            following
            and following.opens_list
            and (last := _LAST_SENTENCE.search(words))
            and (told := _announced(last[0]))
        ):
            state = block = told
        elif was_point:
            state = None
        if state == "next" and piece.point is None and not told:
            turns_at = len(marked)
        was_point = piece.point is not None
        marked.append(piece if piece.block == block else replace(piece, block=block))
    return [
        replace(piece, block="done") if piece.point is not None and piece.block is None and place < turns_at else piece
        for place, piece in enumerate(marked)
    ]
