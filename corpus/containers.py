"""What a page, a Word file or a PDF says, and how a parser is kept from harm: in a child process with limits.

No parser can be trusted with a stranger's file: pypdf alone had 29 advisories in a year, nearly all of them files
that never end or fill the memory. `python -m corpus.containers .pdf < FILE` prints what the child answers. What of a
page is its article is known by pages.py, how printed lines become paragraphs by printed.py.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.encodings import CONTROL
from corpus.pages import page_parts
from corpus.printed import flowed, paragraphs
from corpus.transcript import TranscriptError

if TYPE_CHECKING:  # the parsers are heavy; each is imported by the one function that parses with it
    import pypdf
    from docx.oxml.xmlchemy import BaseOxmlElement

__all__ = ["parsed"]

CPU_S = 20
WALL_S = 30.0
MEMORY = 1_500_000_000
MAX_CHARS = 10_000_000  # of extracted text: a container may unpack to far more than its own size
MAX_META = 2_000  # characters of one value
MAX_PAGES = 2_000
MAX_PARTS = 2_000  # of a .docx, which has about 15
MAX_UNPACKED = 200_000_000
MAX_RATIO = 100  # of a part above 1 MB; XML of real .docx files shrinks to a tenth

Parsed = tuple[list[str], dict[str, str]]  # paragraphs, meta

_CHILD_ENV = ("SYSTEMROOT", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "TMPDIR")  # no keys among them


def parsed(raw: bytes, suffix: str) -> tuple[str, dict[str, str]]:
    """Text and meta of a container, as Source has them; `suffix` is .html, .docx or .pdf, and a page is UTF-8.

    However its parser fails, TranscriptError comes of it and nothing else ends.
    """
    try:
        child = subprocess.run(
            [sys.executable, "-m", "corpus.containers", suffix],
            input=raw,
            capture_output=True,
            timeout=WALL_S,
            cwd=Path(__file__).parents[1],
            env={key: os.environ[key] for key in _CHILD_ENV if key in os.environ},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _unreadable(suffix, f"takes more than {WALL_S:.0f} s to read") from None
    if child.returncode:
        last = child.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        if child.returncode == -24:  # SIGXCPU, on Linux and macOS
            raise _unreadable(suffix, f"takes more than {CPU_S} s of processor time")
        if child.returncode < 0:
            raise _unreadable(suffix, f"stops its parser (signal {-child.returncode})")
        if last.startswith("MemoryError"):
            raise _unreadable(suffix, f"takes more than {MEMORY / 1e9} GB of memory to read")
        raise _unreadable(suffix, f"its parser cannot read ({last[:160]})")
    answer = json.loads(child.stdout)
    if "refused" in answer:
        raise TranscriptError(answer["refused"])
    return answer["text"], answer["meta"]


def _unreadable(suffix: str, why: str) -> TranscriptError:
    return TranscriptError(
        f"found a {suffix} file that {why}; expected an undamaged and ordinary one; "
        "save it again from its program, or as plain text"
    )


def _main(suffix: str) -> None:
    """Parse the file on standard input and write JSON to standard output."""
    _limit_this_process()
    parse = {".html": page_parts, ".docx": _docx, ".pdf": _pdf}[suffix]
    answer: dict[str, object]
    try:
        lines, meta = parse(sys.stdin.buffer.read())
        text = CONTROL.sub("", "\n\n".join(lines))
        _refuse_flood(len(text))
        if not text.strip():
            raise TranscriptError(_NO_TEXT[suffix])
        meta = {key: flowed(CONTROL.sub(" ", value)[:MAX_META]) for key, value in meta.items()}
        answer = {"text": text, "meta": {key: value for key, value in meta.items() if value}}
    except TranscriptError as error:
        answer = {"refused": str(error)}
    # "replace": a parser may return half a surrogate pair, which no database and no page takes
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))


_NO_TEXT = {
    ".html": "found a page without text; expected paragraphs; if a script loads them, save it as text from a browser",
    ".docx": "found a Word file without text; expected paragraphs; if it holds pictures of text, it needs OCR first",
    ".pdf": "found a PDF without text, probably a scan; expected text that can be selected; it needs OCR first",
}


def _limit_this_process() -> None:
    try:
        import resource
    except ImportError:  # Windows: the wall clock of the parent is the only limit
        return
    for kind, limit in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # macOS refuses RLIMIT_AS; the other limits hold
            resource.setrlimit(kind, (limit, limit + 1))


def _refuse_flood(chars: int) -> None:
    _refuse_over(MAX_CHARS, chars, "characters of text", "split it into one file for each briefing")


def _refuse_over(limit: int, count: int, what: str, remedy: str) -> None:
    if count > limit:
        raise TranscriptError(f"found {count:,} {what}; expected at most {limit:,}; {remedy}")


# --- Word -------------------------------------------------------------------------------------------------------

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _docx(raw: bytes) -> Parsed:
    _refuse_zip_bomb(raw)
    import docx

    document = docx.Document(io.BytesIO(raw))
    return list(_word_lines(document.element.body)), {"title": document.core_properties.title}


def _refuse_zip_bomb(raw: bytes) -> None:
    remedy = "save it again from Word, or as plain text"
    parts = zipfile.ZipFile(io.BytesIO(raw)).infolist()
    _refuse_over(MAX_PARTS, len(parts), "parts in the archive", remedy)
    _refuse_over(MAX_UNPACKED, sum(part.file_size for part in parts), "bytes when unpacked", remedy)
    for part in parts:
        if part.file_size > 1_000_000:
            ratio = part.file_size // max(1, part.compress_size)
            _refuse_over(MAX_RATIO, ratio, f"times its packed size in the part {part.filename[:80]}", remedy)


def _word_lines(element: BaseOxmlElement) -> Iterator[str]:
    """Paragraphs in order, a table row as one line. python-docx's own `text` leaves out tracked insertions."""
    for child in element.iterchildren(tag="{*}*"):
        tag = child.tag.removeprefix(_WORD)
        if tag == "p":
            yield from filter(None, map(flowed, "".join(_word_text(child)).split("\n")))
        elif tag == "tr":
            cells = [" ".join(_word_lines(cell)) for cell in child.iterchildren(f"{_WORD}tc")]
            yield from [" | ".join(cells)] if any(cells) else []
        elif tag in ("tbl", "sdt", "sdtContent", "ins", "customXml", "moveTo"):
            yield from _word_lines(child)


_SHOWN = {"tab": " ", "noBreakHyphen": "-", "br": "\n", "cr": "\n"}


def _word_text(paragraph: BaseOxmlElement) -> Iterator[str]:
    for part in paragraph.iter(f"{_WORD}t", *(_WORD + tag for tag in _SHOWN)):
        if not part.xpath(
            "ancestor::*[local-name()='moveFrom' or local-name()='Fallback']"
            " | ../*[local-name()='rPr']/*[local-name()='vanish']"
        ):
            yield _SHOWN.get(part.tag.removeprefix(_WORD), part.text or "")


# --- PDF --------------------------------------------------------------------------------------------------------


def _pdf(raw: bytes) -> Parsed:
    import pypdf
    from pypdf.errors import DependencyError

    try:
        reader = pypdf.PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise TranscriptError("found an encrypted PDF; expected one without a password; print it to a new PDF")
        return _pdf_paragraphs(reader)
    except DependencyError:
        raise TranscriptError(
            "found a PDF encrypted with AES, which cannot be opened here even if its password is empty; "
            "expected one without encryption; print it to a new PDF, or install the package cryptography"
        ) from None


def _pdf_paragraphs(reader: pypdf.PdfReader) -> Parsed:
    _refuse_over(MAX_PAGES, len(reader.pages), "pages", "split it into one file for each briefing")
    pages: list[list[str]] = []
    chars = odd = 0
    for page in reader.pages:
        text = page.extract_text()
        chars += len(text)
        odd += sum(unicodedata.category(char) in ("Cc", "Co", "Cn", "Cs") or char == "\ufffd" for char in text)
        odd -= text.count("\n")
        _refuse_flood(chars)
        pages.append([line.strip() for line in text.split("\n")])
    if odd * 10 > chars:
        raise TranscriptError(
            "found a PDF whose fonts do not say which characters they show; "
            "expected text that can be selected and copied; it needs OCR first"
        )
    says: Mapping[str, object] = reader.metadata or {}
    return paragraphs(pages), {"title": str(says.get("/Title") or "")}


if __name__ == "__main__":
    _main(sys.argv[1])
