"""Which files are there and may be read, and the characters that each holds.

It ends at characters: whose words they are, and what of them is speech, is known by reader.py and clean.py. Which
encoding bytes are in is known by encodings.py, what HTML, Word and PDF say by containers.py.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from corpus.containers import parsed
from corpus.encodings import decoded
from corpus.transcript import TranscriptError

__all__ = ["MAX_BYTES", "SUFFIXES", "Source", "raw_text", "transcript_files"]

SUFFIXES = (".txt", ".md", ".html", ".htm", ".docx", ".pdf")
_LISTED = ", ".join(SUFFIXES[:-1]) + f" or {SUFFIXES[-1]}"

# The longest briefing of a day is under 1 MB of text; 20 MB leaves room for a PDF with pictures, and a plain
# text of that size is still searched for its encoding and split into turns within seconds.
MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """The characters of one file and what its container says about them.

    `text` of .txt and .md is the whole decoded file, newlines as they are and without byte order mark; of the
    other formats it is the extracted text, one paragraph a line and a blank line between paragraphs. `meta` keeps
    what a container says of itself, keys in lower case: "title", "lang", "canonical", "time" (the first <time>
    outside menus) and every <meta> of a page; "title" of Word and PDF; the front matter of .md.
    `encoding` is "" for .docx and .pdf. text[body_start:] is what follows the front matter.
    """

    text: str
    meta: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    body_start: int = 0


def raw_text(path: Path) -> Source:
    """The characters of one source file, whatever its format and encoding.

    Raises TranscriptError, one line long, if there is no such file, it cannot be opened, it is too large, empty,
    binary, damaged, encrypted or without text, or its suffix is not one of SUFFIXES.
    """
    with _naming(path):
        size = _file_size(path)
        suffix = _suffix(path)
        raw = _bytes(path, size)
        _refuse_disguise(raw, suffix)
        if suffix in (".docx", ".pdf"):
            return Source(*parsed(raw, suffix))
        text, encoding = decoded(raw, is_page=suffix == ".html")
        if suffix == ".html":
            return Source(*parsed(text.encode(), suffix), encoding)
        meta, body_start = _front_matter(text) if suffix == ".md" else ({}, 0)
        if not text[body_start:].strip():
            raise TranscriptError("found nothing but blanks; expected a transcript; remove or replace the file")
        return Source(text, meta, encoding, body_start)


def transcript_files(paths: Iterable[Path]) -> list[Path]:
    """The files to read: each path that is a file, and every transcript in the folders, each file once.

    Paths keep their order; the files of a folder are sorted by path, with its sub-folders. In a folder, names that
    begin with a dot or with ~$ (Word's lock files), unknown suffixes, and what a folder says of itself (README,
    LICENSE, CHANGELOG, CONTRIBUTING, NOTICE) are left out, and a folder that links lead to again is walked once. A
    file named as a path is never left out. No paths, no files. Raises TranscriptError if a path does not exist, a
    file has another suffix, or a folder cannot be read or holds no transcript.
    """
    found: dict[str, Path] = {}
    for path in paths:
        with _naming(path):
            for file in _walk(path) if stat.S_ISDIR(_stat(path).st_mode) else [path]:
                _suffix(file)
                found.setdefault(os.path.realpath(file), file)
    return list(found.values())


# "README.zh.md" and "LICENSE-MIT.txt" too, but "noticed.txt" is somebody's transcript.
_PAPERS = re.compile(r"(?:readme|licen[cs]e|changelog|contributing|notice)(?![a-z])", re.IGNORECASE)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Errors begin with the path and stay one printable line, though names may hold newlines or half characters."""
    try:
        yield
    except TranscriptError as error:
        says = f"{path}: {error}"
        raise TranscriptError("".join(c if c.isprintable() else ascii(c)[1:-1] for c in says)) from None


def _walk(folder: Path) -> list[Path]:
    def refuse(error: OSError) -> NoReturn:
        raise TranscriptError(
            f"found a folder that cannot be read ({error.filename}: {error.strerror}); expected readable folders; "
            "allow reading, or name the files one by one"
        ) from None

    seen: set[str] = set()
    files: list[Path] = []
    for root, folders, names in os.walk(folder, followlinks=True, onerror=refuse):
        if (place := os.path.realpath(root)) in seen:  # a link led back
            folders.clear()
            continue
        seen.add(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files += [
            Path(root, name)
            for name in names
            if not name.startswith((".", "~$")) and not _PAPERS.match(name) and Path(name).suffix.lower() in SUFFIXES
        ]
    if not files:
        raise TranscriptError(
            f"found a folder without a transcript; expected files ending in {_LISTED}; "
            "name another folder, or add files to this one"
        )
    return sorted(files)


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        ending = f"a file ending in {path.suffix}" if suffix else "a file without an ending"
        raise TranscriptError(f"found {ending}; expected {_LISTED}; convert it to one of these")
    return ".html" if suffix == ".htm" else suffix


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _unopened(path, error) from None


def _file_size(path: Path) -> int:
    about = _stat(path)
    if stat.S_ISDIR(about.st_mode):
        raise TranscriptError("found a folder; expected one file; name a file in it, or index the folder")
    if not stat.S_ISREG(about.st_mode):  # to open a pipe would wait for ever
        raise TranscriptError("found a device or a pipe; expected a file; copy its content to a file")
    return about.st_size


def _bytes(path: Path, size: int) -> bytes:
    raw = b""
    if size <= MAX_BYTES:
        try:
            with path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise _unopened(path, error) from None
        size = len(raw)
    if size > MAX_BYTES:
        raise TranscriptError(
            f"found {size:,} bytes; expected at most {MAX_BYTES:,}; split it into one file for each briefing"
        )
    if not raw:
        raise TranscriptError("found an empty file; expected a transcript; remove or replace the file")
    return raw


def _unopened(path: Path, error: OSError | ValueError) -> TranscriptError:
    match error:
        case FileNotFoundError() if path.is_symlink():
            found, remedy = "a link to a file that does not exist", "correct or remove the link"
        case FileNotFoundError() | NotADirectoryError():
            found, remedy = "no such file or folder", "check the spelling of the path"
        case PermissionError():
            found, remedy = "a path that this user may not read", "allow reading, or copy it to another place"
        case OSError():
            found, remedy = f"a path that cannot be opened ({error.strerror})", "copy it to another place"
        case _:
            found, remedy = f"an impossible name ({error})", "rename the file"
    return TranscriptError(f"found {found}; expected a readable file or folder; {remedy}")


_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive or Office file"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office file"),
    (b"{\\rtf", "a rich text file"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"\x7fELF", "a program"),
)


def _refuse_disguise(raw: bytes, suffix: str) -> None:
    kind = next((kind for start, kind in _SIGNATURES if raw.startswith(start)), "")
    if suffix == ".pdf":
        if b"%PDF-" not in raw[:1024]:  # readers accept rubbish before the header, within the first kilobyte
            found = kind or "no PDF"
            raise TranscriptError(f"found {found}; expected a PDF, which starts with %PDF-; save it as PDF again")
    elif suffix == ".docx":
        if not raw.startswith(b"PK"):
            raise TranscriptError(
                f"found {kind or 'no Word file'}; expected a Word file (.docx), which is a zip archive; "
                "open it in Word and save it as .docx without a password"
            )
    elif kind:
        raise TranscriptError(
            f"found {kind}; expected plain text; give the file the ending of its kind, or save it as text"
        )


_KEY_LINE = re.compile(r"([\w.:-]+)[ \t]*:[ \t]*(.*)")


def _front_matter(text: str) -> tuple[dict[str, str], int]:
    """The `key: value` lines between two lines of dashes at the very start, and where the text after them begins."""
    lines = text[:20_000].splitlines(keepends=True)
    if not lines or lines[0].rstrip() != "---":
        return {}, 0
    meta: dict[str, str] = {}
    place = len(lines[0])
    for line in lines[1:]:
        place += len(line)
        if line.rstrip() in ("---", "..."):
            return meta, place
        if pair := _KEY_LINE.match(line.strip()):
            meta.setdefault(pair[1].lower(), pair[2].strip().strip("\"'"))
        elif line.strip() and not line.startswith(("#", " ", "\t", "-")):
            break  # prose: the dashes were a rule, not a fence
    return {}, 0
