"""How an index file is opened, waited for and written whole, and what its errors mean to a user.

That is SQLite's work; which tables there are is known by rows.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["DamagedIndexError", "IndexFile"]

_PRAGMAS = (
    "synchronous = EXTRA",  # what was acknowledged outlives a power cut too
    "cache_spill = OFF",  # a writer whose cache spills shuts readers out long before its commit
    "secure_delete = ON",  # what is removed is overwritten
    "trusted_schema = OFF",
    "cell_size_check = ON",
)


class DamagedIndexError(RuntimeError):
    """An index file is truncated or altered; the message says what was found and how to make it again."""


class IndexFile:
    """One connection to an index file. Every call may raise what __init__ may.

    That is BlockingIOError (another process is at it), OSError (no room, no rights) and DamagedIndexError.
    """

    def __init__(self, path: Path, wait_ms: int) -> None:
        """`wait_ms`: how long to wait for another connection that holds the file."""
        self.path = path.absolute()
        with self._errors():
            self._base = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        try:
            self.wait(wait_ms)
            for pragma in _PRAGMAS:
                self.run(f"PRAGMA {pragma}")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file; a transaction that is open is undone."""
        self._base.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError:
            raise  # a closed index: the caller's mistake, not the file's
        except (UnicodeDecodeError, OverflowError) as error:
            # From sqlite3 itself, when its message would quote a damaged text, or a number is out of bounds.
            raise self.damaged(str(error)) from error
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorname", "")
            if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise BlockingIOError(
                    f"{self.path}: another process is using it; nothing was changed; try again when it has ended"
                ) from error
            if code.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
                raise OSError(
                    f"{self.path}: the disk is full or fails ({error}); nothing was changed; make room and try again"
                ) from error
            if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
                raise PermissionError(
                    f"{self.path}: cannot be opened or written ({error}); check the rights of the file and its folder"
                ) from error
            # A sound file raises none of the rest: corrupt, no database, other tables, text that is not UTF-8 …
            raise self.damaged(str(error)) from error

    def each(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows that a query finds, as they are read."""
        with self._errors():
            yield from self._base.execute(sql, values)

    def run(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows that a statement finds or returns, once it is done."""
        with self._errors():
            return self._base.execute(sql, values).fetchall()

    def one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        """The first row that a query finds."""
        return next(iter(self.run(sql, *values)), None)

    def wait(self, wait_ms: int) -> None:
        """From now on, how long to wait for another connection."""
        self.run(f"PRAGMA busy_timeout = {wait_ms}")

    def version(self) -> int:
        """A number that is another one after every commit of another connection."""
        ((version,),) = self.run("PRAGMA data_version")
        return int(version)

    @contextmanager
    def transaction(self, writes: bool) -> Iterator[None]:
        """One unchanging state, and one writer at most; all of what was written stands at the end, or nothing."""
        self.run("BEGIN IMMEDIATE" if writes else "BEGIN")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._base.in_transaction:
                self.run("ROLLBACK")
            raise

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._base.in_transaction

    def damaged(self, found: str) -> DamagedIndexError:
        """The error to raise when the file is not as it was written."""
        return DamagedIndexError(
            f"{self.path}: damaged or not an index ({found}); nothing is read from it; move it away and index the"
            f" transcripts again: chuchu index PATH… --index {self.path}"
        )
