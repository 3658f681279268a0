"""From a question to a cited answer: Assistant opens an index once, then asks it again and again."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assistant.anchors import without_years, years_in
from assistant.chat_model import ChatModel
from assistant.cite import Answer, Citation, Refusal, Sentence, checked, faults_of
from assistant.extractive import Quote, choose, fitting
from assistant.forms import form_of
from assistant.framing import NOT_USED, framed, labels_of, lead_of, said
from assistant.retrieve import MAX_QUESTION, Hit, Retriever, Where, described, legible
from assistant.settings import BRIEFINGS, Settings
from assistant.telling import name_of, tag_of, worded
from assistant.trace import says_of_what, traced
from corpus.folding import HAN_RANGE, read_script
from corpus.formats import transcript_files
from corpus.periods import periods
from corpus.reader import read
from embeddings.encoder import Encoder, load_encoder
from embeddings.index import PassageIndex, Stored

__all__ = ["Assistant", "as_json"]

HITS_READ = 24  # hits that an answer is chosen from: enough when most speak of another year than the question

History = Sequence[Mapping[str, Any]]


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
        """The answer to a question: one to six cited sentences, or a refusal with its reason."""
        *_, answer = self.stream(question, history, where)
        return answer

    def stream(self, question: str, history: History = (), where: Where | None = None) -> Iterator[Answer]:
        """The answer as it grows, sentence by sentence; the last one is complete. At least one is given.

        `history` holds earlier turns, {"role": "user" | "assistant", "content": text}, oldest first.
        """
        begun = time.monotonic()
        _, lang, script = read_script(question[:MAX_QUESTION])
        empty = Answer(question, lang, script)
        if refusal := _unaskable(question):
            yield _refused(empty, refusal, [])
            return
        asked = legible(standalone(question, history))
        if timed := self._traced(replace(empty, question=asked), where):
            yield replace(timed, question=question)
            return
        hits = self.retriever.retrieve(asked, HITS_READ, where)
        quotes = choose(asked, hits, self.retriever)
        if not quotes:
            yield _refused(empty, "nothing_found", hits[:3])
            return
        quoted = _quoted(empty, quotes, hits)
        if self.chat and not quoted.refused and not any(quote.point for quote in quotes):
            passages = [quote.passage for quote in quotes]
            passages += [hit.passage for hit in fitting(asked, hits, self.retriever)]
            growing = self.chat.answers(replace(empty, question=asked), passages, self.retriever, begun)
            if first := next(growing, None):
                yield from (replace(framed(one), question=question) for one in chain((first,), growing))
                return
            quoted = replace(quoted, fallback=said(NOT_USED, lang, script))
        if quoted.refused:
            yield _refused(empty, quoted.refused, hits[:3])
            return
        for shown in range(1, len(quoted.sentences) + 1):
            yield replace(quoted, sentences=quoted.sentences[:shown], citations=quoted.citations[:shown])

    def _traced(self, empty: Answer, where: Where | None) -> Answer | None:
        """The answer to a question after a development: one indicator over time, None when that is not recorded."""
        times = {mention.period.value for mention in periods(empty.question)} - {""}
        if form_of(empty.question) != "series" and len(times) < 2:
            return None
        found = traced(self.retriever, empty.question, where=where)
        citations = tuple(found.citations())
        sentences = worded(found, empty.lang, empty.script)
        # With its label: the time of a point is said there.
        whole = [replace(sentence, text=f"{sentence.label}{sentence.text}") for sentence in sentences]
        if len(found.points) < 2 or any(faults_of(sentence, citations) for sentence in whole):
            return None
        passages = [citation.passage for citation in citations]
        name = name_of(found, tag_of(empty.question))
        stop = ". " if empty.lang == "en" else "。"
        lead = f"{name[:1].upper()}{name[1:]}{stop}{lead_of(passages, empty.lang, empty.script, quoted=False)}"
        return replace(empty, lead=lead, sentences=sentences, citations=citations, timeline=found)

    def sources(self) -> list[Stored]:
        """The transcripts that can be asked about."""
        return self.index.sources()


def _quoted(empty: Answer, quotes: Sequence[Quote], hits: Sequence[Hit]) -> Answer:
    """The quotes as an answer, each its own citation, checked."""
    passages = [quote.passage for quote in quotes]
    labels = labels_of(passages, empty.lang, empty.script)
    answer = replace(
        empty,
        lead=lead_of(passages, empty.lang, empty.script),
        sentences=tuple(
            Sentence(quote.text, (n,), label, quote.point)
            for n, (quote, label) in enumerate(zip(quotes, labels, strict=True), start=1)
        ),
        citations=tuple(Citation(n, quote.passage, quote.start, quote.end) for n, quote in enumerate(quotes, start=1)),
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

    A sentence is answer[start:end], its label stands before it; one that is computed was said by nobody. A citation's
    `start` and `end` count characters of its passage (`text`), `clean_*` those of the transcript's clean text, `raw_*`
    those of the decoded file.
    """
    return {
        "question": answer.question,
        "answer": answer.text,
        "refused": answer.refused,
        "fallback": answer.fallback,
        "sentences": [
            {
                "label": sentence.label,
                "text": sentence.text,
                "start": start,
                "end": end,
                "cites": list(sentence.cites),
                "computed": sentence.computed,
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


# ---- what cannot be answered


def _unaskable(question: str) -> Refusal | None:
    if len(question) > MAX_QUESTION:
        return "too_long"
    return None if re.search(r"[^\W_]", question) else "empty"


def _refused(empty: Answer, reason: Refusal, nearest: Sequence[Hit]) -> Answer:
    citations = tuple(Citation(n, hit.passage, 0, len(hit.passage.text)) for n, hit in enumerate(nearest, start=1))
    lead = said(_REFUSALS[reason], empty.lang, empty.script)
    return Answer(empty.question, empty.lang, empty.script, lead, citations=citations, refused=reason)


_REFUSALS: dict[Refusal, tuple[str, str]] = {
    "empty": (
        "There is no question here yet. Ask in English or Chinese what was said at a briefing, for example:"
        " How many 5G base stations were built in 2021?",
        "这里还没有问题。请用中文或英文询问发布会上说过的内容，例如：2021年新建了多少个5G基站？",
    ),
    "too_long": (
        f"This question is longer than {MAX_QUESTION:,} characters. Please ask a shorter one.",
        f"这个问题超过了{MAX_QUESTION:,}个字符，请问得短一些。",
    ),
    "nothing_found": (
        "The transcripts here do not answer this question.",
        "这里收录的发布会记录没有回答这个问题。",
    ),
}

# ---- follow-ups

_POINTS_BACK = re.compile(
    r"^(?:and|but|what about|how about|which one)\b|^the (?:first|second|third|fourth|fifth|last) (?:one|point)\b"
    r"|\b(?:it|its|they|them|their|he|she|his|her|those|these|this(?! (?:year|quarter|month|week))|same)\b"
    r"|\bthat(?= (?:year|one|figure|number|briefing|time|point)\b|\W*$)"
    r"|^(?:那么?|还有|另外|其中|然后|那个|这个)|(?<!其)[它他她]们?|其中|上述|这些|那些|(?<!应)该",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"^(?:so|then|also|why|when|where|who|为什么|具体|谁|何时|什么时候)(?![a-z])", re.IGNORECASE)


def standalone(question: str, history: History) -> str:
    """The question with what it leaves unsaid: the one before is put in front of a question that leans on it.

    A question leans when it opens or points back ("and …", 那…, "they"), is very short, or says not of what ("and how
    many more than last year?"). The one before may lean in turn. Where the later names a year, those of the earlier are
    dropped. Other questions come back as they are.
    """
    asked = [str(turn.get("content", "")) for turn in history if turn.get("role") == "user"]
    whole = ""
    for text in (*filter(re.compile(r"[^\W_]").search, asked), question):
        size = len(re.findall(f"[A-Za-z0-9]+|[{HAN_RANGE}]{{2}}", text))
        bare = text.strip()
        leans = size <= 2 or _POINTS_BACK.search(bare) or (size <= 4 and _GOES_ON.search(bare))
        if whole and (leans or not says_of_what(bare)):
            whole = f"{without_years(whole) if years_in(text) else whole} {text}"[-MAX_QUESTION:]
        else:
            whole = text
    return whole
