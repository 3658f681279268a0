"""How well passages are found: question sets in BEIR layout, through the real index and retriever, by ir-measures.

What is measured is a row of the set's corpus. Each row becomes one turn of a transcript, so the chunker cuts a long row
as it would cut a long answer, and never joins two; the best of a row's passages places the row. What a ranking is worth
is known by score.py, times by speed.py.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from assistant.retrieve import MAX_QUESTION, Retriever, Route
from corpus.chunk import passages_of
from corpus.folding import read_script
from corpus.transcript import Lang, Script, Segment, Transcript, Turn
from embeddings.encoder import Encoder
from embeddings.index import PassageIndex
from eval.score import DEPTH, retrieval

__all__ = ["MEASURES", "QuestionSet", "asked", "load", "row_of", "transcript_of"]

MEASURES = {"nDCG@10": "ndcg@10", "Recall@1": "recall@1", "Recall@10": "recall@10"}  # in the table, in a result file

Qrels = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A corpus, the questions asked of it and the judgements, all by id and in the order of the files."""

    name: str
    rows: dict[str, str]
    questions: dict[str, str]  # those with a judgement
    qrels: Qrels

    def first(self, limit: int) -> QuestionSet:
        """The same set with its first `limit` questions; the corpus stays whole."""
        kept = list(self.questions)[:limit]
        questions = {one: self.questions[one] for one in kept}
        return QuestionSet(self.name, self.rows, questions, {one: self.qrels[one] for one in kept})


def load(folder: Path, with_title: bool = False) -> QuestionSet:
    """The question set in a folder of BEIR layout: corpus.jsonl, queries.jsonl and qrels.tsv or qrels/test.tsv.

    Titles are left out unless asked for: many sets give a Chinese text an English title, which answers in its stead.
    Questions without a judgement are left out too. Raises FileNotFoundError or ValueError with file, line, what was
    found and what was expected.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: no such folder; expected one with corpus.jsonl, queries.jsonl and qrels.tsv"
        )
    rows = _texts(folder / "corpus.jsonl", with_title)
    questions = _texts(folder / "queries.jsonl", with_title=False)
    flat = folder / "qrels.tsv"
    qrels = _qrels(flat if flat.exists() else folder / "qrels" / "test.tsv", rows, questions)
    asked = {one: text for one, text in questions.items() if one in qrels}
    return QuestionSet(folder.resolve().name, rows, asked, {one: qrels[one] for one in asked})


def _texts(path: Path, with_title: bool) -> dict[str, str]:
    texts: dict[str, str] = {}
    for number, line in _lines(path):
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise _refusal(path, number, f"{_short(line)} is not JSON ({error.msg})", _ROW) from error
        if not isinstance(row, dict):
            raise _refusal(path, number, _short(line), _ROW)
        for key in ("_id", "text"):
            if not isinstance(row.get(key), str):
                raise _refusal(path, number, f"{key} is {_short(json.dumps(row.get(key)))}", _ROW)
        title = row.get("title") or ""
        if not isinstance(title, str):
            raise _refusal(path, number, f"title is {_short(json.dumps(title))}", _ROW)
        if not row["_id"]:
            raise _refusal(path, number, "_id is empty", _ROW)
        if row["_id"] in texts:
            raise _refusal(path, number, f"_id {row['_id']!r} a second time", "every _id once")
        text = f"{title}\n{row['text']}" if with_title and title else row["text"]
        if re.search("[\ud800-\udfff]", text):
            raise _refusal(path, number, "half of a surrogate pair in the text", "whole characters")
        texts[row["_id"]] = text
    if not texts:
        raise ValueError(f"{path}: empty; expected a line {_ROW} for each row")
    return texts


_ROW = '{"_id": "…", "text": "…"}'
_HEADER = "query-id\tcorpus-id\tscore"


def _qrels(path: Path, rows: dict[str, str], questions: dict[str, str]) -> Qrels:
    lines = _lines(path)
    number, header = next(lines, (1, ""))
    if header != _HEADER:
        raise _refusal(path, number, _short(header), f"the header {_HEADER!r}")
    qrels: Qrels = {}
    for number, line in lines:
        fields = line.split("\t")
        if len(fields) != 3 or not re.fullmatch(r"-?[0-9]+", fields[2]):
            raise _refusal(path, number, _short(line), "query-id, corpus-id and a whole number, tabs between")
        query, row, score = fields
        if query not in questions:
            raise _refusal(path, number, f"query-id {query!r}", "an _id of queries.jsonl")
        if row not in rows:
            raise _refusal(path, number, f"corpus-id {row!r}", "an _id of corpus.jsonl")
        judged = qrels.setdefault(query, {})
        if row in judged:
            raise _refusal(path, number, f"{query!r} with {row!r} a second time", "every pair once")
        judged[row] = int(score)
    if not qrels:
        raise ValueError(f"{path}: no judgement below the header; expected at least one line {_HEADER!r}")
    return qrels


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    # By \n alone: str.splitlines would also cut at U+2028, which JSON allows inside a string.
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: no such file; expected the BEIR layout: corpus.jsonl, queries.jsonl, qrels.tsv or qrels/test.tsv"
        )
    for number, raw in enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            line = raw.decode("utf-8").rstrip("\r")
        except UnicodeDecodeError as error:
            raise _refusal(path, number, f"byte {raw[error.start]:#x}", "UTF-8") from error
        if line.strip():
            yield number, line


def _refusal(path: Path, number: int, found: str, expected: str) -> ValueError:
    return ValueError(f"{path}, line {number}: found {found}; expected {expected}")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:59]}…")


def row_of(name: str, route: Route, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The row of the report for the records of one set: their number and the MEASURES, means in percent."""
    means = {
        told: sum(record["scores"][measure] for record in records) / len(records) for told, measure in MEASURES.items()
    }
    head = {"set": name, "route": route, "queries": len(records)}
    return head | {told: round(100 * mean, 2) for told, mean in means.items()}


def asked(questions: QuestionSet, encoder: Encoder, route: Route = "fused") -> list[dict[str, Any]]:
    """A record of each question for a result file; its type is the name of the set, its scores are of retrieval.

    A question for which nothing is found counts 0; of one over 2,000 characters only the first 2,000 are asked.
    """
    with tempfile.TemporaryDirectory(prefix="chuchu-eval-") as scratch:
        index = PassageIndex.create(Path(scratch) / "index.sqlite", encoder)
        try:
            ids, depth = _index_rows(index, Path(scratch), questions.rows)
            ranked = _rankings(index, ids, questions, depth, route)
        finally:
            index.close()
    return [_record(questions, one, ranked[one]) for one in questions.questions]


def _record(questions: QuestionSet, one: str, ranking: Sequence[str]) -> dict[str, Any]:
    text, judged = questions.questions[one], questions.qrels[one]
    _, lang, script = read_script(text)
    langs = {read_script(questions.rows[row])[1] for row, relevance in judged.items() if relevance > 0}
    return {
        "id": f"{questions.name}/{one}",
        "question": text,
        "script": "en" if lang == "en" else f"zh-{script}",
        "type": questions.name,
        "pair": f"{lang}→{'+'.join(sorted(langs)) or '–'}",
        "ranking": list(ranking),
        "scores": retrieval(ranking, judged),
    }


def _index_rows(index: PassageIndex, folder: Path, rows: Mapping[str, str]) -> tuple[dict[tuple[Lang, int], str], int]:
    # Which row a turn is, by language and number of the turn (a transcript has one language, a corpus may have both);
    # and how many passages hold the DEPTH best rows for certain: the others of a good row must push none out.
    of_lang: dict[Lang, list[str]] = {}
    for own_id, text in rows.items():
        of_lang.setdefault(read_script(text)[1], []).append(own_id)
    made = [
        (folder / lang, transcript_of([rows[one] for one in ids], lang, f"corpus-{lang}"))
        for lang, ids in of_lang.items()
    ]
    index.add(made, progress=True)
    passages = Counter((transcript.lang, passage.turn) for _, transcript in made for passage in passages_of(transcript))
    depth = DEPTH * max(passages.values(), default=1)
    return {(lang, number): one for lang, ids in of_lang.items() for number, one in enumerate(ids, start=1)}, depth


def transcript_of(texts: Sequence[str], lang: Lang, name: str) -> Transcript:
    """A transcript whose turn n is the n-th text, verbatim, with nothing known of speaker, date or title."""
    turns: list[Turn] = []
    start = 0
    for number, text in enumerate(texts, start=1):
        end = start + len(text)
        turns.append(Turn(number, start, end, (Segment(start, end),)))
        start = end + len(_BETWEEN)
    whole = _BETWEEN.join(texts)
    script: Script = "Hans" if lang == "zh" else "Latn"
    return Transcript(name, name, whole, whole, range(len(whole)), tuple(turns), lang, script)


_BETWEEN = "\n\n"


def _rankings(
    index: PassageIndex, ids: Mapping[tuple[Lang, int], str], questions: QuestionSet, depth: int, route: Route
) -> dict[str, list[str]]:
    retriever = Retriever(index)
    ranked: dict[str, list[str]] = {}
    for one, text in tqdm(questions.questions.items(), desc="asking", unit="question", leave=False):
        hits = retriever.retrieve(text[:MAX_QUESTION], k=depth, route=route)
        # Best first, so a row stands where its best passage does.
        ranked[one] = list(dict.fromkeys(ids[hit.passage.lang, hit.passage.turn] for hit in hits))[:DEPTH]
    return ranked
