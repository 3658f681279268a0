"""Who is asked: Chuchu, and what it has to beat. Each gives an Answer and the ranking that it was made from.

"bm25" and "dense" find passages by one route and choose sentences from them as Chuchu does, so that they differ from it
in the finding alone. "copy" cites the best passage whole: all its citations hold, which is why citations alone prove
little (ALCE, Gao et al., EMNLP 2023). "refuse" never answers. "chat:PROVIDER:NAME" is Chuchu with that chat model, at
the address and within the time of the settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.answer import Assistant
from assistant.chat_model import ChatModel
from assistant.cite import Answer, Citation, Sentence
from assistant.followups import standalone
from assistant.retrieve import MAX_QUESTION, Hit, Retriever, Route, Where
from assistant.settings import Settings
from corpus.folding import read_script
from corpus.transcript import Passage
from embeddings.index import PassageIndex

__all__ = ["SYSTEMS", "Said", "System", "system_of"]

SYSTEMS = ("chuchu", "bm25", "dense", "copy", "refuse")


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, and the passages that were found for it, best first."""

    answer: Answer
    ranking: tuple[Passage, ...] = ()


class System(Protocol):
    """Whoever can be asked. `history` holds the user's earlier questions, oldest first."""

    def ask(self, question: str, history: Sequence[str] = ()) -> Said:
        """What it says to a question."""
        ...


def system_of(name: str, index: PassageIndex) -> System:
    """The system of that name over an index.

    Raises ValueError for a name that is neither in SYSTEMS nor "chat:MODEL", and as ChatModel does.
    """
    kind, _, model = name.partition(":")
    if kind == "chat":
        settings = Settings()
        return _Chosen(index, "fused", ChatModel(model, settings.chat_base_url, settings.chat_seconds))
    match name:
        case "chuchu":
            return _Chosen(index, "fused")
        case "bm25":
            return _Chosen(index, "lexical")
        case "dense":
            return _Chosen(index, "dense")
        case "copy":
            return _Copied(index)
        case "refuse":
            return _Refused()
    raise ValueError(f"system is {name!r}; expected one of {', '.join(SYSTEMS)} or chat:MODEL")


class _Chosen:
    """The assistant, finding passages by one route or by both."""

    def __init__(self, index: PassageIndex, route: Route, chat: ChatModel | None = None) -> None:
        self._assistant = Assistant(index, chat)
        self._found = _Noting(self._assistant.retriever, route)
        self._assistant.retriever = self._found

    def ask(self, question: str, history: Sequence[str] = ()) -> Said:
        self._found.passages.clear()
        answer = self._assistant.ask(question, _turns(history))
        # A timeline is read off the figures of the index, and ranks nothing but what it cites.
        cited = {citation.passage.id: citation.passage for citation in answer.citations if answer.timeline}
        return Said(answer, tuple((cited or self._found.passages).values()))


class _Noting(Retriever):
    """A retriever that keeps to one route, and keeps what it found: searching again for it would double the time."""

    def __init__(self, other: Retriever, route: Route) -> None:
        super().__init__(other.index, other.dictionary)
        self._route = route
        self.passages: dict[str, Passage] = {}  # by id, in the order found

    def retrieve(self, question: str, k: int = 8, where: Where | None = None, route: Route | None = None) -> list[Hit]:
        hits = super().retrieve(question, k, where, self._route)
        for hit in hits:
            self.passages.setdefault(hit.passage.id, hit.passage)
        return hits


class _Copied:
    """The best passage, whole."""

    def __init__(self, index: PassageIndex) -> None:
        self._retriever = Retriever(index)

    def ask(self, question: str, history: Sequence[str] = ()) -> Said:
        asked = standalone(question, _turns(history))
        hits = self._retriever.retrieve(asked[:MAX_QUESTION], k=10)
        if not hits:
            return Said(_silent(question))
        best = hits[0].passage
        _, lang, script = read_script(question[:MAX_QUESTION])
        sentence, citation = Sentence(best.text, (1,)), Citation(1, best, 0, len(best.text))
        return Said(
            Answer(question, lang, script, sentences=(sentence,), citations=(citation,)),
            tuple(hit.passage for hit in hits),
        )


class _Refused:
    """No answer, ever."""

    def ask(self, question: str, history: Sequence[str] = ()) -> Said:
        return Said(_silent(question))


def _turns(history: Sequence[str]) -> list[dict[str, str]]:
    return [{"role": "user", "content": text} for text in history]


def _silent(question: str) -> Answer:
    _, lang, script = read_script(question[:MAX_QUESTION])
    return Answer(question, lang, script, refused="nothing_found")
