"""What an index file holds: its tables, who made it, and the checksums that no damage passes.

SQLite does not checksum its pages: damage can change a value, or let rows vanish, without an error. So every row has a
checksum, and a seal in the table meta counts them. When rows are written and read is known by index.py.
"""

from __future__ import annotations

import json
import os
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, replace
from decimal import Decimal
from hashlib import sha256
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.figures import FIGURES_VERSION, Figure, figures_of
from corpus.periods import Period
from corpus.transcript import Passage, Transcript, When
from embeddings.encoder import Encoder
from embeddings.file import IndexFile
from embeddings.lexical import LEXICAL_VERSION, passage_terms, term_hash
from embeddings.shelf import Placed, Stored

__all__ = ["IndexMismatchError", "Rows", "digest_of", "figures_from", "hash_of"]

FORMAT = 2  # of the tables below
_APPLICATION = 0x43485543  # "CHUC": tells our files from other SQLite files
# AUTOINCREMENT: the number of a row never names another passage later, so a reader knows by it what it has read.
# The columns that are read of every passage stand first: SQLite then leaves the pages that hold only the rest alone.
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE transcript (
    id TEXT PRIMARY KEY, path BLOB NOT NULL UNIQUE, digest BLOB NOT NULL, body BLOB NOT NULL, crc INTEGER NOT NULL
);
CREATE INDEX transcript_digest ON transcript (digest);
CREATE TABLE passage (
    row INTEGER PRIMARY KEY AUTOINCREMENT, crc INTEGER NOT NULL, transcript TEXT NOT NULL, turn INTEGER NOT NULL,
    speaker TEXT NOT NULL, hash BLOB NOT NULL, terms BLOB NOT NULL, counts BLOB NOT NULL, figures BLOB NOT NULL,
    body_crc INTEGER NOT NULL, body BLOB NOT NULL, offsets BLOB NOT NULL
);
CREATE INDEX passage_transcript ON passage (transcript);
CREATE INDEX passage_hash ON passage (hash);
CREATE TABLE vector (hash BLOB PRIMARY KEY, crc INTEGER NOT NULL, vector BLOB NOT NULL)
"""
_TABLES = ("transcript", "passage", "vector")
_COLUMNS = "passage.crc, transcript, turn, speaker, passage.hash, terms, counts, figures, body_crc"
_WITH_VECTORS = "FROM passage LEFT JOIN vector ON vector.hash = passage.hash"
_SHARED = ("source", "lang", "script", "kind", "title", "event", "publisher", "address", "held", "published")
_OWN = ("turn", "start", "end", "text", "speaker", "role", "outlet", "question", "point", "block")


class IndexMismatchError(RuntimeError):
    """An index was made with another encoder or version; the message names both and the command that rebuilds."""


class Rows:
    """The rows of one index file."""

    def __init__(self, file: IndexFile) -> None:
        self._file = file

    # ---- the whole file

    def is_empty(self) -> bool:
        """Whether there is no table: a new file, or one whose creation was cut off."""
        return not self._file.run("SELECT 1 FROM sqlite_master")

    def create(self, encoder: Encoder) -> None:
        """Make the tables of an index without passages."""
        for statement in _SCHEMA.split(";"):
            self._file.run(statement)
        made_with = _made_with(encoder) | {"seal": self._seal()}
        for key, value in made_with.items():
            self._file.run("INSERT INTO meta VALUES (?, ?)", key, value)
        self._file.run(f"PRAGMA application_id = {_APPLICATION}")
        self._file.run(f"PRAGMA user_version = {FORMAT}")

    def verify(self, encoder: Encoder | None) -> None:
        """Refuse a file of another encoder (None: any will do) or format, or whose seal is broken."""
        ((application,),) = self._file.run("PRAGMA application_id")
        ((version,),) = self._file.run("PRAGMA user_version")
        if application != _APPLICATION:
            raise self._file.damaged("it is empty" if self.is_empty() else "another program's file")
        if version != FORMAT:
            raise IndexMismatchError(
                f"{self._file.path}: has format {version}; this Chuchu reads {FORMAT}; index the transcripts again into"
                " another file: chuchu index PATH… --index FILE"
            )
        found = dict(self._file.run("SELECT key, value FROM meta"))
        for key, value in (_made_with(encoder) if encoder else {}).items():
            if found.get(key) != value:
                raise IndexMismatchError(
                    f"{self._file.path}: made with {key} {found.get(key)!r}; this Chuchu uses {value!r};"
                    f" rebuild it with: chuchu index --rebuild --index {self._file.path}"
                )
        if (seal := self._seal()) != found.get("seal"):
            raise self._file.damaged(f"its rows and their sums are {seal}; expected {found.get('seal')}")

    def seal(self, encoder: Encoder) -> None:
        """Note who made the vectors and what rows there are now, and drop vectors of no passage."""
        self._file.run("DELETE FROM vector WHERE NOT EXISTS (SELECT 1 FROM passage WHERE passage.hash = vector.hash)")
        made_with = _made_with(encoder) | {"seal": self._seal()}
        for key, value in made_with.items():
            self._file.run("UPDATE meta SET value = ? WHERE key = ?", value, key)

    def _seal(self) -> str:
        sums = [self._file.run(f"SELECT count(*), sum(crc) FROM {table}") for table in _TABLES]
        return " ".join(f"{count}:{total}" for ((count, total),) in sums)

    def faults(self, dimension: int) -> Iterator[str]:
        """What is wrong, a line each: SQLite's own check, the seal, every row. May end in DamagedIndexError."""
        yield from (line for (line,) in self._file.each("PRAGMA integrity_check") if line != "ok")
        self.verify(None)
        transcripts = self.transcripts()
        sql = f"SELECT row, {_COLUMNS}, body, offsets, vector.crc, vector {_WITH_VECTORS} ORDER BY row"
        for row, crc, *fields, body, offsets, vector_crc, vector in self._file.each(sql):
            transcript, _, _, digest, terms, counts, figures, body_crc = fields
            if _crc(row, *fields) != crc or _crc(body, offsets) != body_crc:
                yield f"the passage in row {row} fails its checksum"
            elif transcript not in transcripts:
                yield f"the passage in row {row} belongs to no transcript"
            elif _crc(digest, vector) != vector_crc:
                yield f"the vector of the passage in row {row} is missing or fails its checksum"
            elif len(vector) != 4 * dimension or len(terms) != 2 * len(counts):
                yield f"the passage in row {row} has a vector of {len(vector)} bytes and {len(terms)} bytes of terms"
            elif not abs(float(np.linalg.norm(np.frombuffer(vector, np.float32))) - 1) < 0.01:
                yield f"the passage in row {row} has a vector whose length is not 1"
            elif not _stand_in(figures, transcript, json.loads(body)):
                yield f"the passage in row {row} has figures that cannot be read or do not stand in it"

    # ---- transcripts

    def transcripts(self) -> dict[str, Stored]:
        """All transcripts by id; their numbers of passages stand at 0."""
        found: dict[str, Stored] = {}
        for *fields, crc in self._file.each("SELECT id, path, digest, body, crc FROM transcript"):
            own, path, _, body = fields
            if _crc(*fields) != crc:
                raise self._file.damaged(f"transcript {own!r} fails its checksum")
            about: dict[str, Any] = json.loads(body)
            about |= {name: When(*about[name]) for name in ("held", "published")}
            found[own] = Stored(id=own, path=os.fsdecode(path), passages=0, **about)
        return found

    def read_from(self, path: Path) -> tuple[str, bytes] | None:
        """Id and digest of the transcript that was read from that file."""
        found = self._file.one("SELECT id, digest FROM transcript WHERE path = ?", os.fsencode(path))
        return (found[0], found[1]) if found else None

    def like(self, digest: bytes) -> tuple[str, Path, str] | None:
        """Id, path and source of the transcript with that digest."""
        found = self._file.one("SELECT id, path, body FROM transcript WHERE digest = ?", digest)
        return (found[0], Path(os.fsdecode(found[1])), json.loads(found[2])["source"]) if found else None

    def insert(self, path: Path, digest: bytes, transcript: Transcript, passages: Sequence[Passage]) -> None:
        """Add a transcript and its passages; one whose id is taken gets a mark of its path added to it."""
        place = os.fsencode(path)
        own = f"{transcript.id}~{sha256(place).hexdigest()[:8]}" if self.has(transcript.id) else transcript.id
        fields = (own, place, digest, _json(transcript, _SHARED))
        self._file.run("INSERT INTO transcript VALUES (?, ?, ?, ?, ?)", *fields, _crc(*fields))
        passages = [replace(one, id=_id(own, one.turn, one.start, one.end), transcript=own) for one in passages]
        ((last,),) = self._file.run("SELECT max(seq) FROM sqlite_sequence")
        for row, (passage, figures) in enumerate(_with_figures(passages), start=(last or 0) + 1):
            self._file.run(f"INSERT INTO passage VALUES (?{', ?' * 11})", row, *_columns(row, passage, figures))

    def has(self, transcript: str) -> bool:
        """Whether there is a transcript of that id."""
        return self._file.one("SELECT 1 FROM transcript WHERE id = ?", transcript) is not None

    def forget(self, transcript: str) -> int:
        """Delete a transcript and its passages, and say how many they were. Their vectors stay till `seal`."""
        self._file.run("DELETE FROM transcript WHERE id = ?", transcript)
        return len(self._file.run("DELETE FROM passage WHERE transcript = ? RETURNING row", transcript))

    # ---- passages

    def checksums(self) -> dict[int, int]:
        """The checksum of every passage, by row."""
        return dict(self._file.run("SELECT row, crc FROM passage ORDER BY row"))

    def placed(self, first: int, transcripts: Mapping[str, Stored], dimension: int) -> Iterator[Placed]:
        """What is kept in memory of the passages from row `first` on, by row."""
        sql = f"SELECT row, {_COLUMNS}, vector.crc, vector {_WITH_VECTORS} WHERE row >= ? ORDER BY row"
        for row, crc, *fields, vector_crc, vector in self._file.each(sql, first):
            transcript, turn, speaker, digest, terms, counts, figures, _ = fields
            if _crc(row, *fields) != crc or _crc(digest, vector) != vector_crc or transcript not in transcripts:
                raise self._file.damaged(f"the passage in row {row}, its vector or its transcript fails its checksum")
            if len(vector) != 4 * dimension:
                raise self._file.damaged(f"the passage in row {row} has a vector of {len(vector)} bytes")
            yield Placed(row, crc, transcript, turn, speaker, vector, terms, counts, figures)

    def passage(self, row: int, transcripts: Mapping[str, Stored]) -> Passage:
        """The passage in a row that is there."""
        found = self._file.one(f"SELECT {_COLUMNS}, body, offsets FROM passage WHERE row = ?", row)
        if found is None:
            raise self._file.damaged(f"the passage in row {row} is missing")
        crc, *fields, body, offsets = found
        if _crc(row, *fields) != crc or _crc(body, offsets) != fields[-1] or fields[0] not in transcripts:
            raise self._file.damaged(f"the passage in row {row} or its transcript fails its checksum")
        transcript = transcripts[fields[0]]
        own: dict[str, Any] = json.loads(body)
        own |= {name: getattr(transcript, name) for name in _SHARED}
        own["id"] = _id(transcript.id, own["turn"], own["start"], own["end"])
        places = array("I", accumulate(array("I", zlib.decompress(offsets))))
        return Passage(transcript=transcript.id, offsets=places, **own)

    def update(self, passages: Mapping[int, Passage]) -> None:
        """Make the terms and figures of one transcript anew; all its passages, by row."""
        for row, (passage, figures) in zip(passages, _with_figures(list(passages.values())), strict=True):
            crc, *fields = _columns(row, passage, figures)
            values = (crc, *fields[4:7], row)
            self._file.run("UPDATE passage SET crc = ?, terms = ?, counts = ?, figures = ? WHERE row = ?", *values)

    # ---- vectors

    def has_vector(self, text_hash: bytes) -> bool:
        """Whether the vector of a text is there, for a passage of now or of before this change."""
        return self._file.one("SELECT 1 FROM vector WHERE hash = ?", text_hash) is not None

    def insert_vectors(self, hashes: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        """Store a vector for each text."""
        for text_hash, vector in zip(hashes, vectors, strict=True):
            stored = vector.astype(np.float32).tobytes()
            self._file.run("INSERT INTO vector VALUES (?, ?, ?)", text_hash, _crc(text_hash, stored), stored)

    def drop_vectors(self) -> None:
        """Delete all vectors."""
        self._file.run("DELETE FROM vector")


def digest_of(transcript: Transcript, passages: Sequence[Passage]) -> bytes:
    """A mark of all that is stored of a transcript but the file's name: other speakers or dates are not the same."""
    digest = sha256(_json(transcript, _SHARED[1:]))
    for passage in passages:
        digest.update(_json(passage, _OWN) + array("I", passage.offsets).tobytes())
    return digest.digest()


def hash_of(text: str) -> bytes:
    """The name under which the vector of a text is kept."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def figures_from(stored: bytes) -> list[Figure]:
    """The figures of a passage, in order, from what is stored of them: a JSON list of the fields of each."""
    return [_figure(fields) for fields in json.loads(stored)]


def _figure(fields: list[Any]) -> Figure:
    figure = Figure(*fields)  # with the plain values of its fields
    high = None if figure.high is None else Decimal(figure.high)
    return replace(figure, value=Decimal(figure.value), high=high, period=Period(*fields[6]), base=Period(*fields[11]))


def _with_figures(passages: Sequence[Passage]) -> Iterator[tuple[Passage, bytes]]:
    # The passages of one transcript, each with what is stored of its figures. Decimals become strings: exact.
    found: dict[str, list[Figure]] = {passage.id: [] for passage in passages}
    for figure in sorted(figures_of(passages), key=lambda figure: figure.start):
        found[figure.passage].append(figure)
    for passage in passages:
        plain = [astuple(figure) for figure in found[passage.id]]
        yield passage, json.dumps(plain, default=str, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _stand_in(stored: bytes, transcript: str, body: Mapping[str, Any]) -> bool:
    try:
        figures = figures_from(stored)
    except (ValueError, TypeError, ArithmeticError):
        return False
    own, size = _id(transcript, body["turn"], body["start"], body["end"]), len(body["text"])
    return all(figure.passage == own and 0 <= figure.start < figure.end <= size for figure in figures)


def _id(transcript: str, turn: int, start: int, end: int) -> str:
    return f"{transcript}/{turn}/{start}-{end}"


def _made_with(encoder: Encoder) -> dict[str, str]:
    return {
        "encoder": encoder.name,
        "fingerprint": encoder.fingerprint,
        "dimension": str(encoder.dimension),
        "lexical": str(LEXICAL_VERSION),
        "figures": str(FIGURES_VERSION),
    }


def _columns(row: int, passage: Passage, figures: bytes) -> tuple[Any, ...]:
    # All but the row. Two terms of one hash share a count.
    hashed: Counter[int] = Counter()
    for term, count in passage_terms(passage).items():
        hashed[term_hash(term)] += count
    terms = array("I", hashed).tobytes()
    counts = array("H", (min(count, 65535) for count in hashed.values())).tobytes()
    body = _json(passage, _OWN)
    offsets = zlib.compress(array("I", (b - a for a, b in pairwise([0, *passage.offsets]))).tobytes(), 1)
    place = (passage.transcript, passage.turn, passage.speaker or "")
    fields = (*place, hash_of(passage.text), terms, counts, figures, _crc(body, offsets))
    return (_crc(row, *fields), *fields, body, offsets)


def _json(value: Transcript | Passage, names: Sequence[str]) -> bytes:
    fields = {name: getattr(value, name) for name in names}
    plain = {name: [one.value, one.known] if isinstance(one, When) else one for name, one in fields.items()}
    # A file name of undecodable bytes is a string with lone surrogates, which SQLite takes as bytes only.
    return json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _crc(*values: object) -> int:
    # With types and lengths, which damage can change while every byte stays.
    shape = [(len(value),) if isinstance(value, bytes) else value for value in values]
    total = zlib.crc32(repr(shape).encode())
    for value in values:
        if isinstance(value, bytes):
            total = zlib.crc32(value, total)
    return total
