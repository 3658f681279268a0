"""Which question a turn answers, and who of the bare names asks, answers or only hands over.

The forms of labels are known by speakers.py. All words are folded: simplified script, half-width signs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.folding import HAN
from corpus.transcript import Role

__all__ = ["Speech", "asks", "paired"]


@dataclass(frozen=True, slots=True)
class Speech:
    """One turn before it is paired: the name and role of its label, and its words, folded."""

    speaker: str | None
    role: Role | None
    words: str


def paired(speeches: Sequence[Speech]) -> list[tuple[Role | None, int | None]]:
    """Role and question number (from 1, as the speeches stand) of each speech.

    A bare name that hands over or opens the event is the moderator, one that asks when no question is open a reporter,
    and one that speaks after a question, after a hand-off or elsewhere as an official is an official; otherwise its
    role stays None. A moderator who is no official also opens the event, and hands over with few words before
    another's answer. Every answer takes the last question before it; a moderator's own words are an answer only
    straight after the question and without a hand-off.
    """
    officials = {speech.speaker for speech in speeches if speech.speaker and speech.role == "official"}
    moderators = {speech.speaker for speech in speeches if speech.speaker and speech.role == "moderator"}
    found: list[tuple[Role | None, int | None]] = []
    question: int | None = None
    is_answered = True
    for number, speech in enumerate(speeches, start=1):
        role, name = speech.role, speech.speaker
        passes = _moderates(speech.words)
        if role is None and name is not None:
            is_courtesy = question is None or (_size(speech.words) <= 90 and _THANKS.match(speech.words))
            if name in moderators - officials and not is_answered and _size(speech.words) <= _HAND_OFF_SIZE:
                following = speeches[number] if number < len(speeches) else speech
                passes |= following.role in (None, "official") and following.speaker != name
            if passes or (is_courtesy and is_answered and name in moderators - officials):
                role = "moderator"
                moderators.add(name)
            elif is_answered and name not in officials and asks(speech.words) and "?" in speech.words[-120:]:
                role = "reporter"
            elif question is not None or name in officials or (found and found[-1][0] == "moderator"):
                role = "official"
                officials.add(name)
        answers: int | None = None
        if role == "reporter":
            question, is_answered = number, False
        elif role == "moderator":
            if question is not None and not is_answered and not passes and _size(speech.words) > 60:
                answers, is_answered = question, True
        elif role == "official" and question is not None:
            answers, is_answered = question, True
        found.append((role, answers))
    chairs = moderators - officials
    settled: list[tuple[Role | None, int | None]] = []
    for speech, (role, answers) in zip(speeches, found, strict=True):
        of_name: Role | None = (
            "official" if speech.speaker in officials else "moderator" if speech.speaker in chairs else None
        )
        settled.append((role or of_name, answers))
    return settled


def asks(words: str) -> bool:
    """Whether the words, folded, are a question put to someone: one is in them, and they end in it or in thanks."""
    return _QUESTION.search(words) is not None and _ENDS_ASKING.search(words[-120:]) is not None


_THANKS = re.compile(r"thanks?\b|谢谢|感谢|好的", re.IGNORECASE)
_HANDS_OFF = re.compile(
    r"\b(?:invite|ask|have|let|request|call on)\b(?:[^.?!]|(?<=\b[MD][rs])\.|(?<=\bMrs)\.){1,90}"
    r"\b(?:answer|to (?:take|respond|brief|introduce|address|speak|reply))\b"
    r"|\bgive the floor\b|\bhand (?:it |the floor )?over to\b|\bover to you\b|\bfloor is (?:now )?(?:open|yours)\b"
    r"|\b(?:next|last|final|first) question\b|\bopen the floor\b|\braise your hands?\b|\bto questions from\b"
    r"|\bconcludes? (?:today's|this|the)\b|\b(?:conference|briefing) (?:is over|ends|is concluded)\b"
    r"|\bthat(?:'s| is) all for\b"
    r"|请[^。!?]{1,40}?(?:回答|介绍|解答|作答|答复|补充|发布)|有请|下面请|继续提问|[下后]一个问题|开始提问|提问环节|举手"
    r"|通报[^。]{0,12}(?:新闻机构|媒体)"
    r"|(?:发布会|吹风会|记者会)[^。]{0,10}(?:结束|到这里|到此)",
    re.IGNORECASE,
)
_OPENS_EVENT = re.compile(
    r"welcome to\b[^.]{0,80}\b(?:conference|briefing)"
    r"|欢迎(?:大家|各位)?[^。]{0,12}(?:出席|参加|来到)[^。]{0,30}(?:会|吹风)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"\?|请问|[吗呢](?:[。,]|$)|\b(?:could|can|would|will) you\b|\bmay i ask\b", re.IGNORECASE)
_ENDS_ASKING = re.compile(
    r"\?[^.?!。]{0,60}[.。!]?\W*$|\b(?:thank you|thanks)(?: very much| so much)?\W*$|(?:谢谢|感谢)[^。]{0,6}\W*$",
    re.IGNORECASE,
)


def _size(words: str) -> float:
    """Length in Latin letters: a Han character counts three."""
    return len(words) + 2 * len(HAN.findall(words))


_HAND_OFF_SIZE = 480  # hand-offs of real briefings had 84 letters at most; an answer that passes on has far more


def _moderates(words: str) -> bool:
    # A hand-off is short; an answer may end by passing the word on, and stays an answer.
    if _OPENS_EVENT.search(words[:400]):
        return True
    return _size(words) <= _HAND_OFF_SIZE and _HANDS_OFF.search(words) is not None
