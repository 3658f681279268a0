"""What an index does: transcripts come, change and go in whole transactions, and are searched in memory.

One SQLite file is the truth (file.py, rows.py), so a killed process leaves the old state or the new one. FAISS and the
postings (shelf.py) are made from it whenever it has changed: FAISS's files carry no checksum, and a pickle runs code.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from corpus.chunk import TARGET_UNITS, passages_of
from corpus.figures import Figure
from corpus.transcript import Lang, Passage, Transcript
from embeddings.encoder import Encoder
from embeddings.file import DamagedIndexError, IndexFile
from embeddings.lexical import Query, term_counts
from embeddings.rows import IndexMismatchError, Rows, digest_of, figures_from, hash_of
from embeddings.shelf import Candidates, Placed, Shelf, Stored, Where, nothing

__all__ = ["Candidates", "Changes", "DamagedIndexError", "IndexMismatchError", "PassageIndex", "Stored", "Where"]

WRITER_WAITS_MS = 2_000  # for another writer, who may be encoding for minutes: better told soon
COMMIT_WAITS_MS = 30_000  # for readers, and readers for a commit: both take milliseconds to a second


@dataclass(frozen=True, slots=True)
class Changes:
    """What a call of add did, in transcripts (names) and passages (numbers)."""

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    duplicates: tuple[tuple[str, str], ...] = ()  # (left out, the same words indexed before as)
    passages: int = 0
    encoded: int = 0  # the others kept their vectors


class PassageIndex:
    """Passages of many transcripts: add, replace, delete, search. Safe to share between threads.

    One thread or process writes at a time; the others read on meanwhile, and see the change once it is whole.
    """

    def __init__(self, file: IndexFile, encoder: Encoder) -> None:
        self.path = file.path
        self.encoder = encoder
        self._file = file  # only read through
        self._rows = Rows(file)
        self._lock = RLock()
        self._version = -1
        self._transcripts: dict[str, Stored] = {}
        self._placed: dict[int, Placed] = {}  # by row
        self._shelves: dict[Lang, Shelf] = {}
        self._figures: dict[str, list[tuple[int, Figure]]] | None = None  # by passage; None: not asked for yet

    @classmethod
    def create(cls, path: Path, encoder: Encoder) -> PassageIndex:
        """A new empty index at `path`, or the one that is there. Raises as open does."""
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
        with closing(IndexFile(path, WRITER_WAITS_MS)) as file:
            rows = Rows(file)
            if rows.is_empty():
                with file.transaction(writes=True):
                    if rows.is_empty():  # and no other process was quicker
                        rows.create(encoder)
        return cls.open(path, encoder)

    @classmethod
    def open(cls, path: Path, encoder: Encoder) -> PassageIndex:
        """The index at `path`. Raises FileNotFoundError, DamagedIndexError or IndexMismatchError with the remedy."""
        with cls._opening(path, encoder) as index, index._file.transaction(writes=False):
            index._rows.verify(encoder)
        return index

    @classmethod
    @contextmanager
    def _opening(cls, path: Path, encoder: Encoder) -> Iterator[PassageIndex]:
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no index there; make it with: chuchu index PATH… --index {path}")
        index = cls(IndexFile(path, COMMIT_WAITS_MS), encoder)
        try:
            yield index
        except BaseException:
            index.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    # ---- change

    def add(
        self, transcripts: Iterable[tuple[Path, Transcript]], progress: bool = False, target: float = TARGET_UNITS
    ) -> Changes:
        """Store transcripts with the path each was read from, in one transaction; one of the same path is replaced.

        Unchanged passages keep their vectors. Words that stand under another existing path are left out as duplicates;
        when that path is gone, the transcript has moved. When it raises, nothing is changed: BlockingIOError while
        another writes, OSError when the disk is full, and whatever `transcripts` or the encoder raises. `target` is the
        size of a passage in units (corpus.chunk.units); an index of one size is searched well, one of two sizes is not.
        """
        with self._writing() as rows:
            changes = Changes()
            texts: dict[bytes, str] = {}
            for path, transcript in transcripts:
                changes, stored = _place(rows, changes, path.resolve(), transcript, target)
                texts |= {hash_of(passage.text): passage.text for passage in stored}
            new = {text_hash: text for text_hash, text in texts.items() if not rows.has_vector(text_hash)}
            self._encode(rows, new, progress)
            return replace(changes, encoded=len(new))

    def remove(self, ids: Sequence[str]) -> int:
        """Delete transcripts by id, in one transaction; how many passages went. Raises KeyError for an unknown id."""
        with self._writing() as rows:
            for one in ids:
                if not rows.has(one):
                    raise KeyError(one)
            return sum(rows.forget(one) for one in ids)

    @classmethod
    def rebuild(cls, path: Path, encoder: Encoder, progress: bool = False) -> PassageIndex:
        """The index at `path` with vectors, terms and figures made anew from its passages, in one transaction."""
        with cls._opening(path, encoder) as index, index._writing(whoever_made_it=True) as rows:
            transcripts = rows.transcripts()
            texts: dict[bytes, str] = {}
            passages = ((row, rows.passage(row, transcripts)) for row in rows.checksums())
            for _, together in groupby(passages, key=lambda one: one[1].transcript):  # its rows follow each other
                of_one = dict(together)
                texts |= {hash_of(passage.text): passage.text for passage in of_one.values()}
                rows.update(of_one)
            rows.drop_vectors()
            index._encode(rows, texts, progress)
        return index

    def _encode(self, rows: Rows, texts: Mapping[bytes, str], progress: bool) -> None:
        if texts:
            rows.insert_vectors(list(texts), self.encoder.encode_passages(list(texts.values()), progress=progress))

    @contextmanager
    def _writing(self, whoever_made_it: bool = False) -> Iterator[Rows]:
        # Through a connection of its own: minutes of encoding keep no reader waiting, in this process or another.
        with closing(IndexFile(self.path, WRITER_WAITS_MS)) as file, file.transaction(writes=True):
            file.wait(COMMIT_WAITS_MS)
            rows = Rows(file)
            rows.verify(None if whoever_made_it else self.encoder)
            yield rows
            rows.seal(self.encoder)

    # ---- look

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One unchanging state for all calls inside; changes from elsewhere wait till its end. Do not write inside."""
        with self._lock, ExitStack() as stack:
            if not self._file.in_transaction:
                stack.enter_context(self._file.transaction(writes=False))
                self._refresh()
            yield

    def _refresh(self) -> None:
        version = self._file.version()
        if version == self._version:
            return
        self._rows.verify(self.encoder)
        transcripts, checksums = self._rows.transcripts(), self._rows.checksums()
        placed = {
            row: one
            for row, one in self._placed.items()
            if checksums.get(row) == one.crc and one.transcript in transcripts
        }
        if new := checksums.keys() - placed.keys():
            read = self._rows.placed(min(new), transcripts, self.encoder.dimension)
            placed |= {one.row: one for one in read if one.row in new}
        by_lang: dict[Lang, list[Placed]] = defaultdict(list)
        for row in sorted(placed):
            by_lang[transcripts[placed[row].transcript].lang].append(placed[row])
        sizes = Counter(one.transcript for one in placed.values())
        self._shelves = {lang: self._shelf(lang, own, transcripts) for lang, own in by_lang.items()}
        self._transcripts = {name: replace(stored, passages=sizes[name]) for name, stored in transcripts.items()}
        self._placed, self._version, self._figures = placed, version, None

    def _shelf(self, lang: Lang, placed: list[Placed], transcripts: Mapping[str, Stored]) -> Shelf:
        known = self._shelves.get(lang)
        return known if known is not None and known.placed == placed else Shelf(placed, transcripts)

    def candidates(
        self, lang: Lang, vector: NDArray[np.float32], query: Query, where: Where | None = None, pool: int = 100
    ) -> Candidates:
        """The best `pool` passages in `lang` by vector and the best by terms, by row, filtered before the ranking."""
        with self.reading():
            shelf = self._shelves.get(lang)
            return shelf.candidates(vector, query, where, pool) if shelf else nothing()

    def most(self, lang: Lang, query: Query) -> float:
        """The BM25 that no passage in `lang` exceeds for a query; 0 when there is none (see Postings.most)."""
        with self.reading():
            shelf = self._shelves.get(lang)
            return shelf.postings.most(query) if shelf else 0.0

    def share(self, lang: Lang, query: Query, text: str) -> float:
        """How much of a query a stretch of text holds, 0 to 1 (see Postings.share)."""
        with self.reading():
            shelf = self._shelves.get(lang)
            return shelf.postings.share(query, term_counts(text)) if shelf else 0.0

    def turn(self, transcript: str, turn: int) -> list[Passage]:
        """The passages of one turn, in order; [] when it is not there."""
        with self.reading():
            rows = [row for shelf in self._shelves.values() for row in shelf.rows_of(transcript, turn)]
            return self.passages(rows)

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of those rows, in the order given.

        Raises KeyError for a row that is not there, or no more (see `reading`), DamagedIndexError for a wrong checksum.
        """
        with self.reading():
            for row in rows:
                if row not in self._placed:
                    raise KeyError(f"{self.path}: no passage in row {row}, or no more")
            return [self._rows.passage(int(row), self._transcripts) for row in rows]

    def figures(
        self, indicator: str | None = None, passages: Collection[str] | None = None
    ) -> list[tuple[int, Figure]]:
        """Figures with the rows of their passages, by row, then start: all, or those of that indicator and passages."""
        with self.reading():
            if self._figures is None:
                self._figures = {}
                for row in sorted(self._placed):
                    for figure in figures_from(self._placed[row].figures):
                        self._figures.setdefault(figure.passage, []).append((row, figure))
            ids = self._figures.keys() if passages is None else set(passages) & self._figures.keys()
            found = [one for name in ids for one in self._figures[name] if indicator in (None, one[1].indicator)]
            return found if passages is None else sorted(found, key=lambda one: (one[0], one[1].start))

    def indicators(self) -> Counter[str]:
        """How many figures there are of each indicator."""
        return Counter(figure.indicator for _, figure in self.figures())

    def sources(self) -> list[Stored]:
        """The transcripts in the index, by source name."""
        with self.reading():
            return sorted(self._transcripts.values(), key=lambda stored: (stored.source, stored.id))

    def speakers(self) -> list[str]:
        """The names of those who speak, each once, in alphabetical order."""
        with self.reading():
            return sorted({name for shelf in self._shelves.values() for name in shelf.speakers} - {""})

    def __len__(self) -> int:
        with self.reading():
            return len(self._placed)

    def langs(self) -> list[Lang]:
        """The languages that have passages."""
        with self.reading():
            return sorted(self._shelves)

    def check(self) -> list[str]:
        """What is wrong with the file, a line each; [] when every page, checksum, length and count is right."""
        wrong: list[str] = []
        try:
            # Through a connection of its own: what this one read before the damage would hide it.
            with closing(IndexFile(self.path, COMMIT_WAITS_MS)) as file, file.transaction(writes=False):
                wrong.extend(Rows(file).faults(self.encoder.dimension))
        except DamagedIndexError as error:
            wrong.append(str(error))
        return wrong


def _place(
    rows: Rows, changes: Changes, path: Path, transcript: Transcript, target: float
) -> tuple[Changes, list[Passage]]:
    """The changes with those that one transcript makes, and its passages, [] when it is left out or unchanged."""
    passages = passages_of(transcript, target)
    digest, name = digest_of(transcript, passages), transcript.source
    old = rows.read_from(path)
    if old and old[1] == digest:
        return replace(changes, unchanged=(*changes.unchanged, name)), []
    if old:
        rows.forget(old[0])
    twin = rows.like(digest)
    if twin and twin[1].exists():
        return replace(changes, duplicates=(*changes.duplicates, (name, twin[2]))), []
    if twin:
        rows.forget(twin[0])
    rows.insert(path, digest, transcript, passages)
    changes = replace(changes, passages=changes.passages + len(passages))
    if old or twin:
        return replace(changes, replaced=(*changes.replaced, name)), passages
    return replace(changes, added=(*changes.added, name)), passages
