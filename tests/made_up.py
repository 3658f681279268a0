"""Transcripts and an encoder for tests of what is stored and searched, so that no model is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.transcript import Lang, Segment, Transcript, Turn
from embeddings.lexical import term_counts, term_hash


class HashEncoder:
    """Vectors from hashed terms: texts that share words are alike. `texts` counts what was encoded."""

    def __init__(self, name: str = "hash", fingerprint: str = "1", dimension: int = 32) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dimension = dimension
        self.texts: list[str] = []

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(-1, self.dimension)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> NDArray[np.float32]:
        self.texts += texts
        return self.encode_questions(texts)

    def _vector(self, text: str) -> NDArray[np.float64]:
        vector = np.zeros(self.dimension)
        vector[0] = 0.01
        for term, count in term_counts(text).items():
            vector[term_hash(self.name + term) % self.dimension] += count
        return vector / np.linalg.norm(vector)


def transcript(source: str, *turns: str, lang: Lang = "en", **facts: Any) -> Transcript:
    """A transcript of turns written "Speaker: words" or "words"; `facts` are further fields of Transcript."""
    text = ""
    made = []
    for number, turn in enumerate(turns, start=1):
        speaker, _, words = turn.rpartition(": ")
        start = len(text) + len(turn) - len(words)
        text += turn + "\n"
        end = len(text) - 1
        made.append(Turn(number, start, end, (Segment(start, end),), speaker=speaker or None))
    stem = source.rpartition(".")[0].lower()
    facts = {"id": stem, "raw": text, "script": "Hans" if lang == "zh" else "Latn", **facts}
    return Transcript(source=source, text=text, offsets=range(len(text)), turns=tuple(made), lang=lang, **facts)
