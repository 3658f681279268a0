"""What is searched: the passages of one language in memory, which of them a filter lets pass, and the nearest of those.

How passages are stored, and when a shelf is made anew, is known by index.py; how the two rankings become one by
assistant/retrieve.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import faiss
import numpy as np
from numpy.typing import NDArray

from corpus.transcript import Lang, When
from embeddings.lexical import Postings, Query, fold

__all__ = ["Candidates", "Placed", "Shelf", "Stored", "Where"]


@dataclass(frozen=True, slots=True)
class Stored:
    """One transcript of an index: what Transcript says of it but the words, where it was read, how many passages."""

    id: str
    source: str
    path: str
    passages: int
    lang: Lang
    script: str
    kind: str
    title: str
    event: str
    publisher: str
    address: str
    held: When
    published: When


@dataclass(frozen=True, slots=True)
class Where:
    """Which passages may be found; None lets all pass.

    `speaker` and `source` match any part of the name, in either script and case. `since` and `until` are
    "YYYY", "YYYY-MM", "YYYY-MM-DD" or a date and compare with the day the event was held, or else published; a
    date that is only partly known passes when it may lie inside, an unknown one never. Raises ValueError when a
    date or language cannot be read.
    """

    lang: Lang | None = None
    speaker: str | None = None
    since: str | date | None = None
    until: str | date | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if self.lang not in (None, "en", "zh"):
            raise ValueError(f"lang is {self.lang!r}; expected 'en' or 'zh'")
        _days("since", self.since)
        _days("until", self.until)

    def admits(self, transcript: Stored) -> bool:
        """Whether passages of the transcript may be found, as far as the transcript decides."""
        held = transcript.held.span() or transcript.published.span()
        since, until = _days("since", self.since), _days("until", self.until)
        return (
            self.lang in (None, transcript.lang)
            and _name(self.source) in _name(transcript.source)
            and (since is None or (held is not None and held[1] >= since[0]))
            and (until is None or (held is not None and held[0] <= until[1]))
        )

    def names(self, speaker: str) -> bool:
        """Whether passages of that speaker ("" for unknown) may be found."""
        return _name(self.speaker) in _name(speaker)


def _days(name: str, value: str | date | None) -> tuple[date, date] | None:
    if value is None:
        return None
    try:
        if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", str(value)):
            raise ValueError("another form")
        return When(str(value), "stated").span()
    except ValueError as error:
        raise ValueError(f"{name} is {str(value)!r}; expected YYYY, YYYY-MM or YYYY-MM-DD") from error


@lru_cache(maxsize=10_000)
def _name(name: str | None) -> str:
    # A file name of undecodable bytes holds lone surrogates, which OpenCC refuses.
    return fold((name or "").encode("utf-8", "replace").decode()).strip()


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages of one language that either route ranks among its best, with the scores of both; larger is better.

    Arrays of equal length: `rows` int64, `dense` float32 cosines in -1 to 1, `lexical` float32 BM25 from 0.
    """

    rows: NDArray[np.int64]
    dense: NDArray[np.float32]
    lexical: NDArray[np.float32]


class Placed(NamedTuple):
    """What is kept in memory of one passage.

    `vector` (float32), `terms` (uint32), `counts` (uint16) and `figures` (JSON, see rows.py) are as they are stored.
    """

    row: int
    crc: int
    transcript: str
    turn: int
    speaker: str
    vector: bytes
    terms: bytes
    counts: bytes
    figures: bytes


class Shelf:
    """The passages of one language: a flat FAISS index, exact, the postings, and what filters ask for. Immutable."""

    def __init__(self, placed: Sequence[Placed], transcripts: Mapping[str, Stored]) -> None:
        """`placed` by row, at least one; `transcripts` holds all that they name."""
        self.placed = placed
        self.rows = np.array([one.row for one in placed], dtype=np.int64)
        self.turns = np.array([one.turn for one in placed], dtype=np.int32)
        self.transcripts, self._transcript_of = _coded([one.transcript for one in placed])
        self.speakers, self._speaker_of = _coded([one.speaker for one in placed])
        self._stored = [transcripts[name] for name in self.transcripts]
        vectors = np.frombuffer(b"".join(one.vector for one in placed), np.float32).reshape(len(placed), -1)
        self._faiss = faiss.IndexFlatIP(vectors.shape[1])
        self._faiss.add(vectors)
        self.postings = Postings(
            np.frombuffer(b"".join(one.terms for one in placed), np.uint32),
            np.frombuffer(b"".join(one.counts for one in placed), np.uint16),
            np.array([len(one.counts) // 2 for one in placed], dtype=np.int64),
        )

    def rows_of(self, transcript: str, turn: int) -> list[int]:
        """The rows of one turn, in order; [] when it is not here."""
        if transcript not in self.transcripts:
            return []
        here = (self._transcript_of == self.transcripts.index(transcript)) & (self.turns == turn)
        return [int(row) for row in self.rows[here]]

    def candidates(self, vector: NDArray[np.float32], query: Query, where: Where | None, pool: int) -> Candidates:
        """The best `pool` by vector and the best `pool` by terms of those that `where` lets pass, together, by row."""
        allowed = self._allowed(where) if where else np.ones(len(self.rows), dtype=np.bool_)
        within = np.flatnonzero(allowed)
        pool = min(pool, len(within))
        if pool < 1:
            return nothing()
        chosen = None
        if len(within) < len(self.rows):
            # FAISS's stubs know its C++ signatures only.
            bits = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))  # type: ignore[call-arg,arg-type]
            chosen = faiss.SearchParameters(sel=bits)  # type: ignore[call-arg]
        _, near = self._faiss.search(vector.reshape(1, -1), pool, params=chosen)
        lexical = self.postings.scores(query)
        by_terms = within[np.argpartition(-lexical[within], pool - 1)[:pool]]
        places = np.union1d(near[0], by_terms)
        dense = self._faiss.reconstruct_batch(places) @ vector
        return Candidates(self.rows[places], dense.astype(np.float32), lexical[places])

    def _allowed(self, where: Where) -> NDArray[np.bool_]:
        admitted = np.array([where.admits(transcript) for transcript in self._stored])
        named = np.array([where.names(speaker) for speaker in self.speakers])
        allowed: NDArray[np.bool_] = admitted[self._transcript_of] & named[self._speaker_of]
        return allowed


def nothing() -> Candidates:
    """No candidates."""
    return Candidates(np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.float32))


def _coded(names: Sequence[str]) -> tuple[list[str], NDArray[np.int32]]:
    codes: dict[str, int] = {}
    places = np.array([codes.setdefault(name, len(codes)) for name in names], dtype=np.int32)
    return list(codes), places
