"""Which passages answer a question: one ranking from vectors and words, neither language crowding out the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from assistant.settings import Settings
from corpus.transcript import Passage
from embeddings.dictionary import Dictionary
from embeddings.encoder import load_encoder
from embeddings.index import PassageIndex, Where
from embeddings.lexical import query_of

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

__all__ = ["Hit", "Retriever", "Route", "Where", "as_langchain_retriever", "opened", "retrieve"]

Route = Literal["fused", "dense", "lexical"]

MAX_QUESTION = 2_000  # characters; the longest question of our sets has 160
# Share of the cosine in the fused score. On 16 sets of questions kept for training (800 questions each; never the
# evaluation sets) nDCG@10 within a language / across: .2 85.3/70.6, .3 85.4/71.7, .4 85.5/72.3, .5 84.9/72.1,
# .6 83.9/71.2.
DENSE_SHARE = 0.4
# One place in four of the ranking is kept for the best of each language, whatever the scores say: adding Chinese
# transcripts must not make the English ones unreachable, nor the reverse.
KEPT_SHARE = 0.25
CANDIDATES = 100  # candidates of each route and language, or k where that is more


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage found for a question; a larger score is better, and all are comparable between questions.

    `coverage` is the share of the question's words, weighed by rarity, that the passage holds, 0 to 1; `cosine` the
    likeness of the vectors, -1 to 1. The fused score lies in -.4 to 1.
    """

    passage: Passage
    score: float
    route: Route
    coverage: float
    cosine: float


class Retriever:
    """Retrieval over one open index."""

    def __init__(self, index: PassageIndex, dictionary: Dictionary | None = None) -> None:
        self.index = index
        self.dictionary = dictionary or Dictionary.open()

    def retrieve(self, question: str, k: int = 8, where: Where | None = None, route: Route = "fused") -> list[Hit]:
        """The k best passages for a question, best first; fewer when the index or the filter holds fewer.

        None for an empty question. Ties keep the order in which passages were indexed. With passages in both languages,
        each has at least a quarter of the k places, if k is not 1. Raises ValueError for k < 1, an unknown route or a
        question of over 2,000 characters.
        """
        if k < 1:
            raise ValueError(f"k is {k}; expected 1 or more")
        if route not in get_args(Route):
            raise ValueError(f"route is {route!r}; expected one of {', '.join(get_args(Route))}")
        if len(question) > MAX_QUESTION:
            raise ValueError(
                f"the question has {len(question):,} characters; expected at most {MAX_QUESTION:,}; ask a shorter one"
            )
        question = legible(question)
        if not question:
            return []
        vector = self.index.encoder.encode_questions([question])[0]
        kept = math.ceil(k * KEPT_SHARE) if k > 1 else 0
        ranked: list[tuple[bool, float, int, float, float]] = []  # not kept, -score, row, coverage, cosine
        with self.index.reading():  # one state, though another process may be writing the next
            for lang in self.index.langs():
                query = query_of(question, lang, self.dictionary)
                found = self.index.candidates(lang, vector, query, where, pool=max(CANDIDATES, k))
                most = self.index.most(lang, query)
                coverage = np.minimum(found.lexical / most, 1) if most > 0 else np.zeros_like(found.lexical)
                scores = _score(coverage, found.dense, route)
                for place, at in enumerate(np.lexsort((found.rows, -scores))[:k].tolist()):
                    row, share, cosine = int(found.rows[at]), float(coverage[at]), float(found.dense[at])
                    ranked.append((place >= kept, -float(scores[at]), row, share, cosine))
            # Kept places come first, so that cutting at k leaves them in; then the order is by score alone.
            chosen = sorted(sorted(ranked)[:k], key=lambda hit: hit[1:3])
            passages = self.index.passages([row for _, _, row, _, _ in chosen])
        return [
            Hit(passage, -negated, route, share, cosine)
            for passage, (_, negated, _, share, cosine) in zip(passages, chosen, strict=True)
        ]


def _score(coverage: NDArray[np.float32], cosine: NDArray[np.float32], route: Route) -> NDArray[np.float32]:
    if route == "dense":
        return cosine
    if route == "lexical":
        return coverage
    # The root lifts the small coverages of long and of translated questions; without it nDCG@10 across languages was
    # 1.5 lower on those sets.
    fused: NDArray[np.float32] = (1 - DENSE_SHARE) * np.sqrt(coverage) + DENSE_SHARE * cosine
    return fused


def legible(question: str) -> str:
    """The question without what nobody sees: zero-width and direction marks go, control characters become blanks."""
    seen = (" " if (kind := category(c)) == "Cc" else "" if kind == "Cf" else c for c in question)
    return "".join(seen).strip()


def retrieve(
    question: str, k: int = 8, where: Where | None = None, *, route: Route = "fused", index: Path | str | None = None
) -> list[Hit]:
    """The k best passages for a question from the index at `index` (default: the one in the settings), best first.

    See Retriever.retrieve; the index stays open between calls. Raises FileNotFoundError when there is no index,
    IndexMismatchError when another encoder made it, DamagedIndexError when it cannot be read.
    """
    return opened(index).retrieve(question, k, where, route)


def opened(index: Path | str | None = None) -> Retriever:
    """The retriever over the index at `index` (default: the one in the settings), which stays open. Raises as above."""
    return _opened(Path(index) if index else Settings().index)


@lru_cache(maxsize=4)
def _opened(path: Path) -> Retriever:
    return Retriever(PassageIndex.open(path, load_encoder(Settings().encoder)))


def as_langchain_retriever(retriever: Retriever, k: int = 8, where: Where | None = None) -> BaseRetriever:
    """The retriever as a LangChain `BaseRetriever`; a Document holds a passage's text, id and what is known of it."""
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

    class ChuchuRetriever(BaseRetriever):
        def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
            return [
                Document(hit.passage.text, id=hit.passage.id, metadata=described(hit.passage) | {"score": hit.score})
                for hit in retriever.retrieve(query, k, where)
            ]

    return ChuchuRetriever()


def described(passage: Passage) -> dict[str, Any]:
    """What is known of a passage, in plain JSON values."""
    return {
        "source": passage.source,
        "passage": passage.id,
        "speaker": passage.speaker,
        "role": passage.role,
        "outlet": passage.outlet,
        "kind": passage.kind,
        "title": passage.title,
        "event": passage.event,
        "publisher": passage.publisher,
        "address": passage.address,
        "lang": passage.lang,
        "held": passage.held.value or None,
        "held_known": passage.held.known,
        "published": passage.published.value or None,
        "published_known": passage.published.known,
        "point": passage.point,
        "block": passage.block,
    }
