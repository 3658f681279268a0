"""From a question to a cited answer: Assistant opens an index once, then asks it again and again."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant.chat_model import ChatModel
from assistant.cite import Answer, Citation, Sentence, checked
from assistant.direct import in_a_word
from assistant.extractive import HITS_READ, Quote, choose, cited, fitting, planned_instead
from assistant.followups import History, leans, standalone
from assistant.forms import block_asked, form_of
from assistant.framing import NOT_USED, beginning, framed, labels_of, lead_of, said
from assistant.gloss import glosses
from assistant.orders import without_orders
from assistant.refusal import corrected, is_worded, refused, unaskable, unfounded
from assistant.retrieve import MAX_QUESTION, Hit, Retriever, Where, described, legible
from assistant.settings import BRIEFINGS, Settings
from assistant.several import over_several
from assistant.who_when import told
from corpus.folding import read_script
from corpus.formats import transcript_files
from corpus.reader import read
from embeddings.dictionary import Dictionary
from embeddings.encoder import Encoder, load_encoder
from embeddings.index import PassageIndex, Stored

__all__ = ["Assistant", "as_json"]


class Assistant:
    """Answers questions from one index, in quotes or in the words of a chat model. Safe to share between threads."""

    def __init__(self, index: PassageIndex, chat: ChatModel | None = None) -> None:
        self.index = index
        self.retriever = Retriever(index)
        self.chat = chat

    @classmethod
    def open(cls, index: Path | str | None = None, encoder: Encoder | None = None) -> Assistant:
        """An assistant over the index at `index`, or over the one in the settings, with the chat model of these if any.

        When the index of the settings is not there yet, it is made from the briefings that ship with Chuchu. Raises
        FileNotFoundError, IndexMismatchError or DamagedIndexError, or ValueError for settings that cannot be, each with
        the remedy.
        """
        settings = Settings()
        asked = settings.chat_model
        chat = ChatModel(asked, settings.chat_base_url, settings.chat_seconds) if asked else None
        path = Path(index) if index else settings.index
        chosen = encoder or load_encoder(settings.encoder)
        if index is None and not path.exists():
            print(f"chuchu: making the index of the shipped briefings in {path} (once)", file=sys.stderr)
            _index_briefings(path.absolute(), chosen)
        return cls(PassageIndex.open(path, chosen), chat)

    def ask(self, question: str, history: History = (), where: Where | None = None) -> Answer:
        """The answer to a question: cited sentences, a direct one first if there is one, or a refusal with a reason."""
        *_, answer = self.stream(question, history, where)
        return answer

    def stream(self, question: str, history: History = (), where: Where | None = None) -> Iterator[Answer]:
        """The answer as it grows, sentence by sentence; the last one is complete. At least one is given.

        `history` holds earlier turns, {"role": "user" | "assistant", "content": text}, oldest first.
        """
        begun = time.monotonic()
        _, lang, script = read_script(question[:MAX_QUESTION])
        empty = Answer(question, lang, script)
        if reason := unaskable(question):
            yield refused(empty, reason)
            return
        asked = without_orders(legible(standalone(question, history)))
        understood = asked if asked != legible(question) else ""
        if not asked:
            yield refused(empty, "off_topic")
            return
        if not understood and leans(asked) and is_worded(asked, self.retriever.dictionary):
            yield refused(empty, "ambiguous")
            return
        # What leans on a question in the same language is written in its script, where the few words show none.
        _, spoken, written = read_script(asked)
        script = written if understood and spoken == lang else script
        # "And in 2022?" asks for what there is of that year: where it was only planned, the plan, called so.
        of_any_kind = bool(understood) and block_asked(question) is None
        for answer in self._answered(Answer(asked, lang, script), where, begun, of_any_kind):
            yield replace(answer, question=question, understood=understood)

    def _answered(self, empty: Answer, where: Where | None, begun: float, of_any_kind: bool) -> Iterator[Answer]:
        """The answer to a question that stands alone, as it grows; `empty` holds the question, and how to answer it."""
        asked = empty.question
        if form_of(asked) != "why" and (several := over_several(empty, self.retriever, where)):
            yield corrected(several)
            return
        hits = self.retriever.retrieve(asked, HITS_READ, where)
        if named := told(empty, hits, self.retriever, where):
            yield corrected(named)
            return
        quotes = choose(asked, hits, self.retriever)
        if not quotes and of_any_kind and form_of(asked) == "number":
            quotes = planned_instead(asked, hits, self.retriever)
        if not quotes:
            yield unfounded(empty, hits, self.retriever, where)
            return
        quoted = corrected(_quoted(empty, quotes, hits, self.retriever.dictionary))
        if self.chat and not quoted.refused and not any(quote.point for quote in quotes):
            passages = [quote.passage for quote in quotes]
            passages += [hit.passage for hit in fitting(asked, hits, self.retriever)]
            growing = self.chat.answers(empty, passages, self.retriever, begun)
            if first := next(growing, None):
                yield from map(framed, chain((first,), growing))
                return
            quoted = replace(quoted, fallback=said(NOT_USED, empty.lang, empty.script))
        if quoted.refused:
            yield refused(empty, quoted.refused, [hit.passage for hit in hits])
            return
        for shown in range(1, len(quoted.sentences) + 1):
            sentences = quoted.sentences[:shown]
            last = max(n for sentence in sentences for n in sentence.cites)
            yield replace(quoted, sentences=sentences, citations=quoted.citations[:last])

    def sources(self) -> list[Stored]:
        """The transcripts that can be asked about."""
        return self.index.sources()


def _quoted(empty: Answer, quotes: Sequence[Quote], hits: Sequence[Hit], dictionary: Dictionary) -> Answer:
    """The quotes as an answer, each its own citation, checked."""
    passages = [quote.passage for quote in quotes]
    spoken = [(quote.text, quote.passage.lang) for quote in quotes]
    meant = glosses(empty.question, spoken, empty.lang, empty.script, dictionary)
    labels = labels_of(passages, empty.lang, empty.script)
    citations = cited(quotes)
    figures = [(figure, one) for one, quote in zip(citations, quotes, strict=True) for figure in quote.figures]
    word = in_a_word(figures, empty.lang, empty.script)
    cut = said(beginning(len(quotes), quotes[0].of), empty.lang, empty.script) if quotes[0].of else ""
    answer = replace(
        empty,
        lead=cut + lead_of(passages, empty.lang, empty.script),
        sentences=((word,) if word else ())
        + tuple(
            Sentence(quote.text, (n,), label, quote.point, gloss=gloss)
            for n, (quote, label, gloss) in enumerate(zip(quotes, labels, meant, strict=True), start=1)
        ),
        citations=citations,
    )
    # A list takes its points from the turn, found or not: what was read there was retrieved too.
    return checked(answer, [*(hit.passage for hit in hits), *passages])


def _index_briefings(path: Path, encoder: Encoder) -> None:
    # Beside its place first: a first start that is cut off must not leave an index without passages, nor a second
    # process find one.
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=".chuchu-") as scratch:
        made = PassageIndex.create(Path(scratch) / path.name, encoder)
        made.add((file, read(file)) for file in transcript_files([BRIEFINGS]))
        made.close()
        made.path.replace(path)


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer as plain JSON values, its sentences and citations in lists; `refused` is None or the reason.

    A sentence is answer[start:end], its label stands before it; one that is computed was said by nobody, one that is
    direct is the answer in a word, put first. Its `gloss` lists terms of its source, each with its meaning in the
    asker's language. `understood` is the question that was answered where the one asked leans on earlier ones,
    `suggestion` a question that is answered where this one is refused; either is "" otherwise. A citation's `start` and
    `end` count characters of its passage (`text`), `clean_*` those of the transcript's clean text, `raw_*` those of the
    decoded file.
    """
    return {
        "question": answer.question,
        "answer": answer.text,
        "refused": answer.refused,
        "fallback": answer.fallback,
        "understood": answer.understood,
        "suggestion": answer.suggestion,
        "sentences": [
            {
                "label": sentence.label,
                "text": sentence.text,
                "start": start,
                "end": end,
                "cites": list(sentence.cites),
                "computed": sentence.computed,
                "direct": sentence.direct,
                "gloss": [list(pair) for pair in sentence.gloss],
            }
            for sentence, (start, end) in zip(answer.sentences, answer.spans, strict=True)
        ],
        "citations": [_cited(citation) for citation in answer.citations],
    }


def _cited(citation: Citation) -> dict[str, Any]:
    raw_start, raw_end = citation.passage.raw_span(citation.start, citation.end)
    passage = citation.passage
    about = described(passage)
    return {
        "n": citation.n,
        "quote": citation.quote,
        "paragraph": citation.paragraph,
        "text": passage.text,
        "turn": passage.turn,
        "start": citation.start,
        "end": citation.end,
        "clean_start": passage.start + citation.start,
        "clean_end": passage.start + citation.end,
        "raw_start": raw_start,
        "raw_end": raw_end,
    } | about
