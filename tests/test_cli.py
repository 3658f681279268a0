"""The command line: what each command prints, which exit code it gives, and that no bad input ends in a traceback."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pypdf import PdfWriter

from assistant import Answer, Assistant, Sentence
from assistant.__main__ import main
from assistant.answer import as_json
from assistant.options import parser
from assistant.printed import printed_answer
from assistant.settings import BRIEFINGS, Settings
from corpus.transcript import Lang, Script
from embeddings.encoder import BilingualMiniLM
from embeddings.index import PassageIndex

ROOT = Path(__file__).parents[1]
BUILT = "How many 5G base stations were built in 2021?"
FERRY = "Mei Ling: The night ferry carried 4,100 cars in May.\n"
SAID = ["answer", "refused", "fallback", "understood", "suggestion", "sentences", "citations"]
COMMANDS = ("index", "ask", "search", "timeline", "figures", "sources", "remove", "check", "clean", "serve")


class Ran(NamedTuple):
    """One run of the program."""

    code: int | str | None
    out: str
    err: str

    def says(self, words: str, code: int = 2) -> None:
        """Claim that it failed with one line on standard error that holds `words`, and printed nothing else."""
        assert self.code == code, self
        assert words in self.err
        assert self.err.startswith("chuchu: ")
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        assert self.out == ""


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, briefings: Assistant) -> None:
    """The default index is that of the briefings, the folder an empty one, and the user's own settings are not read."""
    monkeypatch.setenv("CHUCHU_INDEX", str(briefings.index.path))
    monkeypatch.setitem(Settings.model_config, "toml_file", [tmp_path / "chuchu.toml"])
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: object) -> Ran:
        try:
            code: int | str | None = main([str(argument) for argument in arguments])
        except SystemExit as leave:
            code = leave.code
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return ran


def program(*arguments: str, cwd: Path, **environment: str) -> Ran:
    """The program in a process of its own."""
    ours = {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(cwd), "XDG_DATA_HOME": str(cwd), "PYTHONUTF8": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", "assistant", *arguments],
        cwd=cwd,
        env=os.environ | ours | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


# ---- ask


def test_ask_prints_the_answer_and_its_sources(run: Run) -> None:
    ran = run("ask", BUILT)
    assert ran.code == 0
    assert ran.err == ""
    answer, _, sources = ran.out.partition("\nSources\n")
    assert "654,000 5G base stations were newly built" in answer
    assert "[1]" in answer
    assert "[1] Zhao Zhiguo · digest of SCIO press conference" in sources
    assert "2022-01-20-scio-2021-review.md" in sources


@pytest.mark.parametrize("question", ["2021年新建了多少个5G基站？", "2021年新建了多少個5G基站？", BUILT])
def test_ask_with_json_prints_one_object_with_raw_places(run: Run, question: str) -> None:
    ran = run("ask", question, "--json")
    answer = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert list(answer) == ["question", *SAID]
    assert (answer["question"], answer["refused"]) == (question, None)
    assert "654,000" in answer["answer"]
    wanted = {"n", "source", "passage", "quote", "text", "speaker", "held", "published", "raw_start", "raw_end"}
    for n, citation in enumerate(answer["citations"], start=1):
        assert wanted <= citation.keys()
        assert citation["n"] == n
        raw = (BRIEFINGS / citation["source"]).read_text(encoding="utf-8")
        assert raw[citation["raw_start"] : citation["raw_end"]] == citation["quote"] in citation["text"]


@pytest.mark.parametrize(
    ("question", "refused"),
    [
        ("", "empty"),
        (" \t", "empty"),
        ("?!", "empty"),
        ("\u200b\x00\ufeff", "empty"),
        ("x" * 100_000, "too_long"),
        ("渡" * 100_000, "too_long"),
        ("How many gigabit cities does Germany have?", "nothing_found"),
        ("德國有多少個千兆城市？", "nothing_found"),
        ("<script>alert(1)</script>", "off_topic"),
        ("'; DROP TABLE passage; --", "off_topic"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_ask_exits_with_1_and_says_why_where_it_refuses(run: Run, question: str, refused: str) -> None:
    ran = run("ask", question, "--json")
    assert (ran.code, ran.err) == (1, "")
    assert json.loads(ran.out)["refused"] == refused
    shown = run("ask", question)
    assert (shown.code, shown.err) == (1, "")
    assert shown.out.startswith(json.loads(ran.out)["answer"])
    near = any(words in shown.out for words in ("\nNearest passages, not an answer\n", "\n最接近的段落，不是回答\n"))
    assert near == (refused in ("nothing_found", "off_topic"))


@pytest.mark.parametrize(
    ("lang", "script", "asked", "understood", "instead"),
    [
        ("en", "Latn", "Which bridges?", "Understood as: Which bridges?", "You could ask: Which bridges?"),
        ("zh", "Hans", "哪些桥？", "理解为：哪些桥？", "可以这样问：哪些桥？"),
        ("zh", "Hant", "哪些橋？", "理解為：哪些橋？", "可以這樣問：哪些橋？"),
    ],
)
def test_how_a_question_was_understood_and_which_to_ask_instead_are_lines(
    lang: Lang, script: Script, asked: str, understood: str, instead: str
) -> None:
    refused = Answer("And?", lang, script, "No.", refused="nothing_found", understood=asked, suggestion=asked)
    assert printed_answer(refused) == f"{understood}\nNo.\n{instead}"
    assert printed_answer(replace(refused, understood="", suggestion="")) == "No."
    assert (as_json(refused)["understood"], as_json(refused)["suggestion"]) == (asked, asked)


def test_a_direct_sentence_and_a_gloss_are_told_apart_in_json() -> None:
    sentences = (
        Sentence("12 bridges.", (1,), direct=True),
        Sentence("新开桥梁十二座。", (1,), gloss=(("桥梁", "bridge"),)),
    )
    first, second = as_json(Answer("How many?", "en", "Latn", "Said:", sentences))["sentences"]
    assert (first["direct"], first["gloss"]) == (True, [])
    assert (second["direct"], second["gloss"]) == (False, [["桥梁", "bridge"]])


def test_ask_passes_filters_on(run: Run) -> None:
    found = run("ask", BUILT, "--json", "--lang", "en", "--since", "2022-01", "--until", "2022-01", "--speaker", "zhao")
    assert {one["source"] for one in json.loads(found.out)["citations"]} == {"2022-01-20-scio-2021-review.md"}
    found = run("ask", BUILT, "--json", "--source", "2023-01")
    assert {one["source"] for one in json.loads(found.out)["citations"]} == {"2023-01-18-scio-2022-review.md"}
    run("ask", BUILT, "--since", "yesterday").says("'yesterday'")
    run("ask", BUILT, "--lang", "fr").says("'fr'")


def test_half_a_surrogate_pair_in_a_question_is_printed_escaped(run: Run) -> None:
    ran = run("ask", f"{BUILT} \ud83d", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["question"] == f"{BUILT} \ud83d"


def test_wrong_use_is_one_line(run: Run) -> None:
    run("ask").says("give either a question or --batch IN.jsonl")
    run("ask", BUILT, "--batch", "in.jsonl").says("give either a question or --batch IN.jsonl")
    run("ask", BUILT, "--out", "out.jsonl").says("--out takes the answers to --batch")
    run("ask", "--batch", "in.jsonl").says("--batch needs --out OUT.jsonl")
    run("ask", BUILT, "--loud").says("unrecognized arguments: --loud")
    run("tell", BUILT).says("invalid choice: 'tell'")
    run("search", BUILT, "--route", "sparse").says("invalid choice: 'sparse'")


# ---- ask, many at once


def test_batch_answers_every_line_in_order(run: Run, tmp_path: Path) -> None:
    history = [{"role": "user", "content": "2021年新建了多少个5G基站？"}, {"role": "assistant", "content": "…"}]
    asked: list[dict[str, Any]] = [
        {"id": "b", "question": "那2022年呢？", "history": history, "note": {"kept": False}},
        {"id": 7, "question": BUILT, "history": []},
        {"id": None, "question": "", "history": None},
        {"id": "a", "question": "台北明天\u2028天氣如何? \ud83d"},
    ]
    text = "\ufeff" + "\r\n\n".join(json.dumps(line, ensure_ascii=False) for line in asked[:3]) + "\n"
    (tmp_path / "in.jsonl").write_text(text + '{"id": "a", "question": "台北明天\u2028天氣如何? \\ud83d"}', "utf-8")
    ran = run("ask", "--batch", "in.jsonl", "--out", "out.jsonl")
    assert ran == (0, "out.jsonl: 4 answers\n", "")
    answers = lines_of(tmp_path / "out.jsonl")
    assert [(one["id"], one["question"]) for one in answers] == [(one["id"], one["question"]) for one in asked]
    for answer in answers:
        assert list(answer) == ["id", "question", *SAID, "ms"]
        assert answer["ms"] >= 0
    assert answers[0]["answer"].startswith("60万个（2022年；计划")
    assert "654,000" in answers[1]["answer"]
    assert [one["refused"] for one in answers] == [None, None, "empty", "off_topic"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{not json", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('["id", "question"]', "expected"),
        ('{"question": "Who?"}', "expected"),
        ('{"id": 2}', "expected"),
        ('{"id": 2, "question": 5}', "expected"),
        ('{"id": 2, "question": "Who?", "history": "before"}', '"history" must be a list'),
        ('{"id": 2, "question": "Who?", "history": ["before"]}', '"history" must be a list'),
    ],
    ids=lambda value: value[:20],
)
def test_a_malformed_line_is_named_and_nothing_is_written(run: Run, tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "in.jsonl").write_text(f'{{"id": 1, "question": "{BUILT}"}}\n{line}\n', encoding="utf-8")
    ran = run("ask", "--batch", "in.jsonl", "--out", "out.jsonl")
    ran.says("in.jsonl, line 2: ")
    assert says in ran.err
    assert len(ran.err) < 400
    assert not (tmp_path / "out.jsonl").exists()


def test_a_batch_that_cannot_be_read_or_written_is_named(run: Run, tmp_path: Path) -> None:
    run("ask", "--batch", "in.jsonl", "--out", "out.jsonl").says("in.jsonl")
    (tmp_path / "in.jsonl").write_text(f'{{"id": 1, "question": "{BUILT}"}}', encoding="utf-16")
    run("ask", "--batch", "in.jsonl", "--out", "out.jsonl").says("in.jsonl: not UTF-8 text")
    (tmp_path / "in.jsonl").write_text(f'{{"id": 1, "question": "{BUILT}"}}', encoding="utf-8")
    run("ask", "--batch", "in.jsonl", "--out", tmp_path / "none" / "out.jsonl").says("out.jsonl")
    run("ask", "--batch", "in.jsonl", "--out", tmp_path).says(str(tmp_path))


# ---- search, sources, clean


def test_search_lists_passages_best_first(run: Run) -> None:
    shown = run("search", "gigabit cities", "-k", 3)
    assert (shown.code, shown.err) == (0, "")
    assert [line[:3] for line in shown.out.splitlines() if line[:1].isdigit()] == ["1. ", "2. ", "3. "]
    found = run("search", "gigabit cities", "-k", 3, "--json", "--lang", "zh", "--route", "dense").out.splitlines()
    hits = [json.loads(line) for line in found]
    assert [list(hit) for hit in hits] == [["passage", "source", "score", "route", "text"]] * 3
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert {hit["route"] for hit in hits} == {"dense"}


def test_search_says_in_one_line_what_it_cannot_look_for(run: Run) -> None:
    run("search", "gigabit", "-k", 0).says("k is 0; expected 1 or more")
    run("search", "gigabit", "-k", "many").says("invalid int value: 'many'")
    run("search", "x" * 100_000).says("the question has 100,000 characters; expected at most 2,000")
    run("search", "").says("no passage to show", code=1)
    run("search", "gigabit", "--speaker", "Nobody").says("no passage to show", code=1)


def test_sources_lists_every_transcript(run: Run) -> None:
    names = sorted(path.stem for path in BRIEFINGS.glob("*.md"))
    told = [json.loads(line) for line in run("sources", "--json").out.splitlines()]
    assert [one["id"] for one in told] == names
    assert all({"source", "path", "passages", "lang", "kind", "held", "published"} <= one.keys() for one in told)
    shown = run("sources")
    assert [line for line in shown.out.splitlines() if not line.startswith(" ")] == names


def test_clean_prints_what_is_speech_and_with_explain_what_went(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("渡輪服務(wù)去年運送汽車四萬輛(liàng)。\n責(zé)任編輯:12\n", encoding="utf-8")
    cleaned = run("clean", "a.txt")
    assert (cleaned.code, cleaned.out.strip(), cleaned.err) == (0, "渡輪服務去年運送汽車四萬輛。", "")
    explained = run("clean", "a.txt", "--explain").out
    assert "wù" in explained
    assert "編輯" in explained
    run("clean", "none.txt").says("none.txt: found no such file")


# ---- index and remove


def test_index_adds_then_leaves_unchanged_then_replaces_and_remove_takes_out(run: Run, tmp_path: Path) -> None:
    ours = ("--index", tmp_path / "mine.sqlite")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "ferry.txt").write_text(FERRY, encoding="utf-8")
    (folder / "码头.txt").write_text("陈国强：第二座码头十月启用。\n", encoding="utf-8")
    (folder / "README.md").write_text("What lies here.", encoding="utf-8")

    first = run("index", folder, *ours)
    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines()[:2] == ["  added: ferry.txt", "  added: 码头.txt"]
    assert first.out.endswith("2 passages; 2 stored now, 2 of them newly encoded\n")
    again = run("index", folder, *ours)
    assert again.out.splitlines()[:2] == ["  unchanged: ferry.txt", "  unchanged: 码头.txt"]
    assert again.out.endswith("2 passages; 0 stored now, 0 of them newly encoded\n")
    (folder / "ferry.txt").write_text(FERRY.replace("4,100", "5,200"), encoding="utf-8")
    changed = run("index", folder, *ours)
    assert changed.out.splitlines()[:2] == ["  replaced: ferry.txt", "  unchanged: 码头.txt"]
    assert "5,200" in run("ask", "How many cars did the night ferry carry?", *ours).out

    run("remove", "ferry", "none", *ours).says(
        "no transcript 'none'; `chuchu sources` lists the ids; nothing was removed"
    )
    assert run("sources", *ours).out.count("1 passage,") == 2
    assert run("remove", "ferry", *ours).out.endswith("1 transcript and 1 passage removed\n")
    assert json.loads(run("sources", "--json", *ours).out)["source"] == "码头.txt"
    assert run("check", *ours).out.endswith("sound; 1 transcripts, 1 passages\n")


def test_index_without_paths_takes_the_briefings_into_the_index_of_the_settings(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "chuchu.toml").write_text('index = "mine.sqlite"\n', encoding="utf-8")
    monkeypatch.delenv("CHUCHU_INDEX")
    assert run("index").out.count("  added: ") == 5
    assert (tmp_path / "mine.sqlite").exists()
    assert run("sources").out.count("digest") == 5


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "gb18030", "big5"])
def test_a_file_in_another_encoding_is_read(run: Run, tmp_path: Path, encoding: str) -> None:
    simplified, traditional = "第二座码头十月启用，夜间渡轮每小时一班。", "第二座碼頭十月啟用，夜間渡輪每小時一班。"
    script = traditional if encoding == "big5" else simplified
    (tmp_path / "a.txt").write_bytes(script.encode(encoding))
    assert run("index", "a.txt", "--index", "mine.sqlite").code == 0
    (hit,) = run("search", "码头什么时候启用？", "--json", "--index", "mine.sqlite").out.splitlines()
    assert json.loads(hit)["text"] == script


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A folder of files that hold no transcript."""
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "empty.txt").touch()
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 40)
    with (folder / "huge.txt").open("wb") as sparse:
        sparse.truncate(100_000_000)
    with PdfWriter() as pdf:
        pdf.add_blank_page(200, 200)
        pdf.write(folder / "scan.pdf")
    (folder / "fake.docx").write_text("words", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("empty.txt", "found an empty file"),
        ("binary.txt", "binary file"),
        ("huge.txt", "found 100,000,000 bytes; expected at most 20,000,000"),
        ("scan.pdf", "text"),
        ("fake.docx", "found no Word file"),
        ("none.txt", "found no such file or folder"),
    ],
)
def test_a_file_without_a_transcript_is_refused_in_one_line(run: Run, bad: Path, name: str, says: str) -> None:
    ran = run("index", bad / name, "--index", "mine.sqlite")
    ran.says(f"{bad / name}: ")
    assert says in ran.err
    assert not Path("mine.sqlite").exists()
    run("clean", bad / name).says(says)


def test_bad_files_are_left_out_by_name_and_the_good_ones_indexed(run: Run, bad: Path) -> None:
    none = run("index", bad, "--index", "mine.sqlite")
    assert (none.code, none.out) == (2, "")
    assert [line.partition(": ")[0] for line in none.err.splitlines()] == ["chuchu"] * 6
    assert "none of 5 files could be read" in none.err
    assert not Path("mine.sqlite").exists()
    (bad / "good.txt").write_text(FERRY, encoding="utf-8")
    some = run("index", bad, "--index", "mine.sqlite")
    assert some.code == 1
    assert some.err.count("chuchu: left out: ") == some.err.count("\n") == 5
    assert some.out.startswith("  added: good.txt\n")


def test_a_folder_without_transcripts_is_refused_in_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "README.md").write_text("Only this.", encoding="utf-8")
    run("index", "code", "--index", "mine.sqlite").says("code: found a folder without a transcript")


# ---- the index file


def test_a_missing_index_is_told_with_the_command_that_makes_it(run: Run, tmp_path: Path) -> None:
    for command in (["ask", BUILT], ["search", BUILT], ["sources"], ["remove", "a"], ["check"], ["index", "--rebuild"]):
        run(*command, "--index", "none.sqlite").says("none.sqlite: no index there; make it with: chuchu index PATH")
    run("ask", BUILT, "--index", tmp_path).says("no index there")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["other", "minilm-glossed"])  # the second was the default before 0.2
def test_an_index_of_another_encoder_is_refused_until_it_is_rebuilt(name: str, run: Run, tmp_path: Path) -> None:
    class Other(BilingualMiniLM):
        pass

    Other.name = name

    (tmp_path / "a.txt").write_text(FERRY, encoding="utf-8")
    PassageIndex.create(tmp_path / "other.sqlite", Other()).close()
    for command in (["ask", BUILT], ["search", BUILT], ["sources"], ["index", "a.txt"], ["check"]):
        run(*command, "--index", "other.sqlite").says("chuchu index --rebuild --index")
    rebuilt = run("index", "--rebuild", "a.txt", "--index", "other.sqlite")
    assert "rebuilt with the encoder bilingual-minilm" in rebuilt.out
    assert run("sources", "--index", "other.sqlite").code == 0


def test_a_damaged_index_is_refused_in_one_line(run: Run, tmp_path: Path, briefings: Assistant) -> None:
    whole = briefings.index.path.read_bytes()
    with closing(sqlite3.connect(briefings.index.path)) as base:
        ((vector,),) = base.execute("SELECT vector FROM vector LIMIT 1")
    flipped = bytearray(whole)
    flipped[whole.index(vector) + 100] ^= 4
    for name, content in (("cut", whole[: len(whole) // 2]), ("flipped", flipped), ("text", b"words"), ("empty", b"")):
        path = tmp_path / f"{name}.sqlite"
        path.write_bytes(content)
        for command in (["ask", BUILT], ["search", BUILT]):
            run(*command, "--index", path).says(str(path))
        checked = run("check", "--index", path)
        assert (checked.code, checked.out) == (2, "")
        assert str(path) in checked.err
        assert "Traceback" not in checked.err
        assert path.read_bytes() == content


def test_a_second_writer_is_told_to_wait_and_readers_are_not(run: Run, tmp_path: Path, briefings: Assistant) -> None:
    path = tmp_path / "mine.sqlite"
    shutil.copy(briefings.index.path, path)
    (tmp_path / "a.txt").write_text(FERRY, encoding="utf-8")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        run("index", "a.txt", "--index", path).says("another process is using it; nothing was changed; try again")
        run("remove", "2021-01-29-5g-service-meeting", "--index", path).says("another process is using it")
        assert run("ask", BUILT, "--index", path).code == 0
    assert run("index", "a.txt", "--index", path).code == 0


# ---- serve


def test_serve_refuses_ports_and_hosts_that_it_cannot_have(run: Run) -> None:
    for port in (-1, 65_536, 99_999):
        run("serve", "--port", port).says(f"port is {port}; expected 0 to 65535")
    run("serve", "--port", "http").says("invalid int value: 'http'")
    run("serve", "--host", "0.0.0.0").says("127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        run("serve", "--port", taken.getsockname()[1]).says("cannot listen on 127.0.0.1")


# ---- settings and help


def test_settings_that_cannot_be_read_are_told_in_one_line(run: Run, tmp_path: Path) -> None:
    for text, says in (("index = ", "chuchu.toml: Invalid value"), ("colour = 'red'", "colour")):
        (tmp_path / "chuchu.toml").write_text(text, encoding="utf-8")
        run("ask", BUILT).says(says)


def test_the_environment_wins_over_the_settings_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "chuchu.toml").write_text('index = "none.sqlite"', encoding="utf-8")
    assert run("check").code == 0


def test_help_of_every_command_says_what_it_does_and_what_it_takes(run: Run) -> None:
    whole = run("--help").out
    (commands,) = [one for one in parser()._actions if isinstance(one, argparse._SubParsersAction)]
    assert tuple(commands.choices) == COMMANDS
    for summary in commands._choices_actions:
        assert summary.dest in whole
        ran = run(summary.dest, "--help")
        assert ran.code == 0
        assert " ".join(str(summary.help).split())[1:] in " ".join(ran.out.split())
        for action in commands.choices[summary.dest]._actions:
            assert action.help, (summary.dest, action.dest)
    assert run() == (0, whole, "")


@pytest.mark.skipif(not (ROOT / "README.md").exists(), reason="there is no README.md yet")
def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"chuchu {name}" not in readme] == []


# ---- as a process


def test_the_program_makes_its_index_asks_and_says_nothing_else(tmp_path: Path) -> None:
    index = tmp_path / "new" / "index.sqlite"
    first = program("ask", "2021年新建了多少个5G基站？", "--json", cwd=tmp_path, CHUCHU_INDEX=str(index))
    assert first.code == 0
    assert "654,000" in json.loads(first.out)["answer"]
    assert first.err == f"chuchu: making the index of the shipped briefings in {index} (once)\n"
    again = program("ask", "德國有多少個千兆城市？", cwd=tmp_path, CHUCHU_INDEX=str(index))
    assert (again.code, again.err) == (1, "")


def test_the_program_ends_quietly_when_nobody_reads_on(tmp_path: Path, briefings: Assistant) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CHUCHU_INDEX": str(briefings.index.path)}
    command = [sys.executable, "-m", "assistant", "search", BUILT, "-k", "60"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_the_program_turns_errors_into_one_line_and_a_code(tmp_path: Path) -> None:
    program("ask", BUILT, "--index", "none.sqlite", cwd=tmp_path).says("none.sqlite: no index there")
    program("index", "none.txt", "--index", "none.sqlite", cwd=tmp_path).says("none.txt: found no such file")
    program("serve", "--port", "99999", cwd=tmp_path).says("port is 99999")
    assert list(tmp_path.iterdir()) == []
