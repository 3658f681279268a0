"""What files are read, in which encodings, and how every other file is refused. Files are built here, none is kept."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml

from corpus.formats import MAX_BYTES, Source, raw_text, transcript_files
from corpus.transcript import TranscriptError

CASES = json.loads((Path(__file__).parent / "cases" / "formats.json").read_text(encoding="utf-8"))
ROOT = Path(__file__).parents[1]

Write = Callable[[str, bytes | str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


def refusal(path: Path) -> str:
    """The message of a refusal, less the file name, which must come first; one line in three parts."""
    with pytest.raises(TranscriptError) as caught:
        raw_text(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: found ")
    assert "\n" not in message and "Traceback" not in message
    assert message.count("; ") >= 2 and "; expected " in message
    return message.removeprefix(f"{path}: ")


# --- encodings --------------------------------------------------------------------------------------------------

ENCODED = [(case["text"], encoding) for case in CASES["encodings"] for encoding in case["encodings"]]


@pytest.mark.parametrize(("text", "encoding"), ENCODED, ids=[f"{text[:6]}-{encoding}" for text, encoding in ENCODED])
@pytest.mark.parametrize("times", [1, 3_000])
def test_a_text_is_read_in_any_of_its_encodings(write: Write, text: str, encoding: str, times: int) -> None:
    long = "\n".join([text] * times)
    assert raw_text(write("a.txt", long.encode(encoding))).text == long


def test_the_encoding_is_named_and_the_byte_order_mark_is_no_text(write: Write) -> None:
    words = "码头今天启用。"
    assert raw_text(write("a.txt", words.encode("utf-8-sig"))) == Source(words, {}, "utf-8")
    assert raw_text(write("a.txt", words.encode("utf-16"))) == Source(words, {}, "utf-16-le")
    assert raw_text(write("a.txt", words.encode("gbk"))) == Source(words, {}, "gb18030")
    assert raw_text(write("a.txt", "碼頭今天啟用。".encode("big5"))) == Source("碼頭今天啟用。", {}, "big5hkscs")


def test_newlines_stay_as_they_are(write: Write) -> None:
    assert raw_text(write("a.txt", "One.\r\nTwo.\rThree.\n")).text == "One.\r\nTwo.\rThree.\n"


def test_an_english_start_does_not_hide_the_chinese_encoding(write: Write) -> None:
    text = "All in English. " * 10_000 + "码头今天启用，市长出席了仪式。"
    assert raw_text(write("a.txt", text.encode("gbk"))).text == text


@pytest.mark.parametrize(
    ("encoding", "broken", "place"),
    [("utf-8", b"\xff", 3 * 30_000), ("gb18030", b"\xff", 2 * 30_000), ("big5hkscs", b"\xff", 2 * 30_000)],
)
def test_a_bad_byte_is_named_by_its_position(write: Write, encoding: str, broken: bytes, place: int) -> None:
    half = ("今天天氣很好，我們去看大海。" if encoding == "big5hkscs" else "今天天气很好，我们去看大海。") * 3_000
    raw = half.encode(encoding)
    says = refusal(write("a.txt", raw[:place] + broken + raw[place:]))
    assert f"found byte 0xff at position {place:,} (from 0), which is not {encoding}" in says


def test_one_bad_byte_near_the_start_does_not_turn_utf8_into_something_else(write: Write) -> None:
    raw = "The mayor said: “We’re opening the pier.” ".encode()
    assert "byte 0x97 at position 4 (from 0), which is not utf-8" in refusal(
        write("a.txt", raw[:4] + b"\x97" + raw[4:])
    )


def test_a_page_is_read_as_it_declares(write: Write) -> None:
    page = '<html><head><meta charset="{}"><title>碼頭</title></head><body><p>碼頭今天啟用。</p></body></html>'
    source = raw_text(write("a.html", page.format("big5").encode("big5")))
    assert source == Source("碼頭今天啟用。", {"title": "碼頭"}, "big5hkscs")
    assert raw_text(write("a.htm", page.format("GB2312").encode("gbk"))).encoding == "gb18030"


def test_a_page_that_declares_wrongly_is_read_all_the_same(write: Write) -> None:
    page = '<html><head><meta charset="gb2312"></head><body><p>新码头今天启用，共有六个泊位。</p></body></html>'
    source = raw_text(write("a.html", page.encode("utf-8")))
    assert (source.text, source.encoding) == ("新码头今天启用，共有六个泊位。", "utf-8")


@pytest.mark.parametrize("named", ["hex", "zlib", "rot13", "utf-7", "no-such-thing", "", "unicode_escape", "utf-16"])
def test_a_declared_codec_that_is_no_charset_is_ignored(write: Write, named: str) -> None:
    page = f'<html><head><meta charset="{named}"></head><body><p>Four ferries a day.</p></body></html>'
    assert raw_text(write("a.html", page)).text == "Four ferries a day."


# --- refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES["refused_bytes"], ids=lambda case: case["claim"])
def test_bytes_that_are_no_transcript_are_refused(write: Write, case: dict[str, str]) -> None:
    assert case["says"] in refusal(write("a" + case["suffix"], bytes.fromhex(case["hex"])))


def test_a_large_file_is_refused_by_its_size_before_it_is_read(write: Write) -> None:
    path = write("a.txt", "x")
    os.truncate(path, 100_000_000)
    says = refusal(path)
    assert "found 100,000,000 bytes; expected at most 20,000,000; split it" in says
    os.truncate(path, MAX_BYTES)
    assert "a binary file" in refusal(path)  # read, and full of NULs


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder.txt"
    folder.mkdir()
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "gone.txt")
    loop = tmp_path / "loop.txt"
    loop.symlink_to(loop)
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    assert "found a folder" in refusal(folder)
    assert "found no such file or folder" in refusal(tmp_path / "gone.txt")
    assert "found a link to a file that does not exist" in refusal(link)
    assert "found a path that cannot be opened" in refusal(loop)
    assert "found a device or a pipe" in refusal(pipe)
    assert "found a path that cannot be opened" in refusal(tmp_path / ("long" * 100 + ".txt"))


def test_a_refusal_stays_one_printable_line_whatever_the_name(tmp_path: Path) -> None:
    for name in ("two\nlines.txt", "bytes\udcff.txt", "nul\0.txt", "\x1b[31mred.txt"):
        with pytest.raises(TranscriptError) as caught:
            raw_text(tmp_path / name)
        assert str(caught.value).isprintable()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(write: Write) -> None:
    path = write("in/a.txt", "words")
    path.chmod(0)
    assert "found a path that this user may not read" in refusal(path)
    path.parent.chmod(0)
    with pytest.raises(TranscriptError, match="cannot be read"):
        transcript_files([path.parent.parent])
    path.parent.chmod(0o700)


def test_another_ending_is_refused_with_the_endings_that_are_read(write: Write) -> None:
    for name, found in (("a.rtf", "a file ending in .rtf"), ("a", "a file without an ending")):
        path = write(name, "words")
        assert f"found {found}; expected .txt, .md, .html, .htm, .docx or .pdf; " in refusal(path)
        with pytest.raises(TranscriptError, match=r"\.docx or \.pdf"):
            transcript_files([path])


# --- folders ----------------------------------------------------------------------------------------------------


def test_a_folder_gives_its_transcripts_sorted_and_nothing_hidden(write: Write, tmp_path: Path) -> None:
    names = ["b/2.TXT", "b/1.md", "a.pdf", ".hidden.txt", ".git/c.txt", "~$d.docx", "e.py", "c.HTML"]
    for name in names:
        write(name, "words")
    expected = [tmp_path / name for name in ("a.pdf", "b/1.md", "b/2.TXT", "c.HTML")]
    assert transcript_files([tmp_path]) == expected
    assert transcript_files([expected[3], tmp_path, expected[0]]) == [expected[3], *expected[:3]]


def test_a_folder_is_read_without_its_own_papers_unless_they_are_named(write: Write, tmp_path: Path) -> None:
    papers = ["README.md", "a/readme.zh.MD", "LICENSE.txt", "Licence-MIT.txt", "CHANGELOG.md", "Contributing.html"]
    for name in [*papers, "NOTICE.txt", "a/noticed.txt", "read.txt"]:
        write(name, "words")
    assert transcript_files([tmp_path]) == [tmp_path / "a/noticed.txt", tmp_path / "read.txt"]
    assert transcript_files([tmp_path / "README.md"]) == [tmp_path / "README.md"]


def test_links_that_lead_back_are_followed_once(write: Write, tmp_path: Path) -> None:
    file = write("a/b/one.txt", "words")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a")
    (tmp_path / "a/again.txt").symlink_to(file)
    assert [os.path.realpath(path) for path in transcript_files([tmp_path])] == [os.path.realpath(file)]


def test_paths_without_a_transcript_are_refused(write: Write, tmp_path: Path) -> None:
    write("code/a.py", "words")
    with pytest.raises(TranscriptError, match="code: found a folder without a transcript; expected files ending in"):
        transcript_files([tmp_path / "code"])
    with pytest.raises(TranscriptError, match=r"gone: found no such file or folder; expected .*; check the spelling"):
        transcript_files([tmp_path / "gone"])
    assert transcript_files([]) == []


# --- Markdown and pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES["front_matter"], ids=lambda case: case["claim"])
def test_front_matter_is_meta_and_the_text_stays_whole(write: Write, case: dict[str, Any]) -> None:
    source = raw_text(write("a.md", case["text"]))
    assert source.text == case["text"]
    assert (source.meta, source.text[source.body_start :]) == (case["meta"], case["body"])


@pytest.mark.parametrize("case", CASES["pages"], ids=lambda case: case["claim"])
def test_a_page_gives_its_paragraphs(write: Write, case: dict[str, str]) -> None:
    assert raw_text(write("a.html", case["html"])).text == case["text"]


def test_a_page_tells_what_its_head_says(write: Write) -> None:
    head = """<title>码头  启用</title><meta property="og:title" content="Pier opens">
        <meta name="PubDate" content="2024-03-05 10:00"><meta property="article:published_time" content="2024-03-05">
        <meta name="author" content="A. Reporter"><meta property="og:site_name" content="Harbour News">
        <link rel="canonical" href="https://example.org/pier"><meta name="author" content="Second">"""
    page = f'<html lang="zh-CN"><head>{head}</head><body><p>码头今天启用。</p></body></html>'
    assert raw_text(write("a.html", page)).meta == {
        "lang": "zh-CN",
        "title": "码头 启用",
        "og:title": "Pier opens",
        "pubdate": "2024-03-05 10:00",
        "article:published_time": "2024-03-05",
        "author": "A. Reporter",
        "og:site_name": "Harbour News",
        "canonical": "https://example.org/pier",
    }


def test_a_page_of_deeply_nested_tags_is_read_or_refused(write: Write) -> None:
    def nested(depth: int) -> str:
        return "<body>" + "<div>" * depth + "<p>Deep words.</p>" + "</div>" * depth

    assert raw_text(write("a.html", nested(900))).text == "Deep words."
    assert "found tags nested 100,003 deep; expected at most 1,000" in refusal(write("a.html", nested(100_000)))


# --- Word -------------------------------------------------------------------------------------------------------


def saved(document: docx.document.Document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def test_a_word_file_gives_paragraphs_and_tables_in_order(write: Write) -> None:
    document = docx.Document()
    document.core_properties.title = "Pier briefing"
    document.add_paragraph("主持人：各位下午好。")
    table = document.add_table(rows=2, cols=2)
    for cell, words in zip(table._cells, ("Pier", "Berths", "North", "6"), strict=True):
        cell.text = words
    document.add_paragraph("First line.\nSecond line.")
    source = raw_text(write("a.docx", saved(document)))
    assert source.text == "主持人：各位下午好。\n\nPier | Berths\n\nNorth | 6\n\nFirst line.\n\nSecond line."
    assert (source.meta, source.encoding) == ({"title": "Pier briefing"}, "")


def test_a_word_file_gives_what_was_inserted_and_not_what_was_deleted_or_hidden(write: Write) -> None:
    document = docx.Document()
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    inner = (
        '<w:r><w:t xml:space="preserve">Six </w:t></w:r><w:ins><w:r><w:t>new berths.</w:t></w:r></w:ins>'
        "<w:del><w:r><w:delText>old ones.</w:delText></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>Unseen.</w:t></w:r>"
    )
    document.element.body.insert(0, parse_xml(f"<w:p {space}>{inner}</w:p>"))
    assert raw_text(write("a.docx", saved(document))).text == "Six new berths."


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def test_a_word_file_that_unpacks_without_measure_is_refused(write: Write) -> None:
    ratio = zipped({"word/document.xml": b" " * 30_000_000})
    assert "times its packed size in the part word/document.xml" in refusal(write("a.docx", ratio))
    members = zipped({f"{number}.xml": b"" for number in range(2_001)})
    assert "found 2,001 parts in the archive; expected at most 2,000" in refusal(write("a.docx", members))
    # a directory may state any size: 300 MB in a file of 200 bytes
    stated = zipped({"word/document.xml": b"<x/>"}).replace(
        (4).to_bytes(4, "little"), (300_000_000).to_bytes(4, "little")
    )
    assert "found 300,000,000 bytes when unpacked; expected at most 200,000,000" in refusal(write("a.docx", stated))


def test_another_zip_archive_and_an_empty_word_file_are_refused(write: Write) -> None:
    assert "its parser cannot read" in refusal(write("a.docx", zipped({"a.txt": b"words"})))
    assert "found a Word file without text" in refusal(write("a.docx", saved(docx.Document())))


# --- PDF --------------------------------------------------------------------------------------------------------


def pdf(pages: list[list[str]], *, extra: str = "", info: str = "", kids: str | None = None) -> bytes:
    """A PDF by hand: each page a list of lines in Helvetica, 14 points apart."""
    count = len(pages)
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {count} /Kids [{kids or ' '.join(f'{5 + 2 * n} 0 R' for n in range(count))}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        f"<< {info} >>",
    ]
    for number, lines in enumerate(pages):
        shown = " ".join(f"({line}) Tj T*" for line in lines)
        content = f"BT /F1 11 Tf 14 TL 50 780 Td {shown} ET"
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {6 + 2 * number} 0 R {extra} >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R /Info 4 0 R >>\n"
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode()


LINES = [
    "Harbour Office: Ferries will run every hour from the north pier, and the infor-",
    "mation desk will stay open. The long-term plan foresees six more berths, a long-",
    "term loan and a new crane for the heavy boats.",
    "Reporter: What will a ride cost?",
    "Harbour Office: Three pounds, as it was before the storm. Children under six years",
    "ride free of charge on every day of the week.",
]


def test_a_pdf_gives_paragraphs_without_its_hard_line_ends(write: Write) -> None:
    source = raw_text(write("a.pdf", pdf([LINES], info="/Title (Pier briefing)")))
    assert source.text.split("\n\n") == [
        "Harbour Office: Ferries will run every hour from the north pier, and the information desk will stay open. "
        "The long-term plan foresees six more berths, a long-term loan and a new crane for the heavy boats.",
        "Reporter: What will a ride cost?",
        "Harbour Office: Three pounds, as it was before the storm. Children under six years ride free of charge on "
        "every day of the week.",
    ]
    assert source.meta == {"title": "Pier briefing"}
    assert source.encoding == ""


def test_a_pdf_loses_page_heads_and_numbers_and_joins_a_sentence_across_pages(write: Write) -> None:
    piers = ["north", "south", "west", "east"]
    pages = [
        [
            "Harbour Office Gazette",
            f"{pier} pier has grown in every one of the years that we counted",
            f"its boats, and the {pier} side saw more guests than any other pier in this half of the",
            f"- {number} -",
        ]
        for number, pier in enumerate(piers, 1)
    ]
    text = raw_text(write("a.pdf", pdf(pages))).text
    assert "Gazette" not in text and "- 2 -" not in text
    assert "in this half of the south pier has grown" in text
    assert "\n" not in text


def test_a_chinese_pdf_is_read_without_spaces_at_line_ends(write: Write) -> None:
    canvas = pytest.importorskip("reportlab.pdfgen.canvas", reason="reportlab writes the Chinese PDF")
    cidfonts = pytest.importorskip("reportlab.pdfbase.cidfonts")
    pytest.importorskip("reportlab.pdfbase.pdfmetrics").registerFont(cidfonts.UnicodeCIDFont("STSong-Light"))
    target = io.BytesIO()
    page = canvas.Canvas(target, invariant=1)
    page.setFont("STSong-Light", 12)
    lines = [
        "记者：请问新码头什么时候启用，市民怎样才能",
        "买到票？",
        "局长：明年三月启用，第一期有六个泊位，每天",
        "共有四十班渡轮。",
    ]
    for number, line in enumerate(lines):
        page.drawString(60, 760 - 18 * number, line)
    page.save()
    assert raw_text(write("a.pdf", target.getvalue())).text == "".join(lines[:2]) + "\n\n" + "".join(lines[2:])


def test_a_pdf_without_text_needs_ocr(write: Write) -> None:
    assert "found a PDF without text, probably a scan" in refusal(write("a.pdf", pdf([[], []])))
    assert "it needs OCR first" in refusal(write("a.pdf", pdf([[]])))


def test_an_encrypted_pdf_is_refused(write: Write) -> None:
    import pypdf

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf([LINES])))
    writer.encrypt("secret", algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    assert "found an encrypted PDF; expected one without a password" in refusal(write("a.pdf", target.getvalue()))


@pytest.mark.skipif(importlib.util.find_spec("cryptography") is not None, reason="cryptography opens AES")
def test_a_pdf_encrypted_with_aes_is_refused_by_that_name(write: Write) -> None:
    keys = " ".join(f"/{name} <{'00' * size}>" for name, size in (("O", 48), ("U", 48), ("OE", 32), ("UE", 32)))
    aes = "/V 5 /R 6 /Length 256 /CF << /StdCF << /CFM /AESV3 /AuthEvent /DocOpen /Length 32 >> >>"
    encrypt = f"/Encrypt << /Filter /Standard {aes} {keys} /StmF /StdCF /StrF /StdCF /P -4 >> /ID [<00> <00>] /Root"
    says = refusal(write("a.pdf", pdf([LINES]).replace(b"/Root", encrypt.encode())))
    assert says.startswith("found a PDF encrypted with AES, which cannot be opened here even if its password is empty")
    assert "print it to a new PDF, or install the package cryptography" in says


def test_a_pdf_of_too_many_pages_is_refused(write: Write) -> None:
    assert "found 2,001 pages; expected at most 2,000" in refusal(write("a.pdf", pdf([["x"]] * 2_001)))


def test_a_pdf_whose_pages_lead_in_a_circle_ends_in_a_refusal(write: Write) -> None:
    refusal(write("a.pdf", pdf([LINES], kids="2 0 R")))


def test_a_pdf_stream_that_swells_ends_in_a_refusal(write: Write) -> None:
    import zlib

    bomb = zlib.compress(zlib.compress(b"(x) Tj " * 40_000_000, 1), 1)
    plain = pdf([["Z"]])
    start = plain.index(b"6 0 obj")
    end = plain.index(b"endobj", start)
    stream = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n" % len(bomb) + bomb + b"\nendstream\n"
    refusal(write("a.pdf", plain[:start] + b"6 0 obj\n" + stream + plain[end:]))


# --- the child process ------------------------------------------------------------------------------------------


def test_the_child_imports_its_parser_and_nothing_heavy() -> None:
    program = (
        "import sys, corpus.containers as containers; containers.page_parts(b'<p>words</p>');"
        "heavy = {'pypdf', 'docx', 'numpy', 'torch', 'opencc', 'langchain'} & set(sys.modules); print(heavy)"
    )
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert child.stdout.strip() == "set()"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not enforce both limits")
@pytest.mark.parametrize(("work", "end"), [("while True: pass", -24), ("bytearray(containers.MEMORY)", 1)])
def test_the_child_cannot_pass_its_limits(work: str, end: int) -> None:
    program = f"import corpus.containers as containers; containers.CPU_S = 1; containers._limit_this_process()\n{work}"
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert child.returncode == end
    assert end < 0 or child.stderr.endswith("MemoryError\n")


def test_a_parser_that_runs_too_long_is_ended(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.containers.WALL_S", 0.001)
    assert "takes more than" in refusal(write("a.html", "<p>words</p>"))


def test_keys_in_the_environment_do_not_reach_the_child(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "s")
    seen: list[dict[str, str]] = []
    run = subprocess.run

    def watched(*args: Any, **kwargs: Any) -> Any:
        seen.append(kwargs["env"])
        return run(*args, **kwargs)

    monkeypatch.setattr(subprocess, "run", watched)
    assert raw_text(write("a.html", "<p>words</p>")).text == "words"
    assert seen and "SECRET_KEY" not in seen[0]
