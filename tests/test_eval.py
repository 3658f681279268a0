"""The measurements: sets are validated first, figures are those worked by hand, reports are complete."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assistant.retrieve import Route
from corpus.chunk import passages_of
from corpus.folding import read_script
from embeddings.encoder import BilingualMiniLM
from eval.__main__ import main
from eval.compare import gate
from eval.measures import QuestionSet, asked, load, row_of, transcript_of
from eval.speed import made_up, speed

ROOT = Path(__file__).parents[1]
CORPUS = {
    "r1": "The ferry to the island leaves at dawn and takes forty passengers.",
    "r2": "The library lends novels, maps and board games for three weeks.",
    "r3": "苹果树种在学校后面的山坡上，每年秋天收果子。",
    "r4": "气象站每小时放一只气球，测量风速和气压。",
}
QUESTIONS = {"q1": "When does the ferry leave?", "q2": "学校后面种了什么树？", "q3": "never judged"}
HEADER = "query-id\tcorpus-id\tscore"


def measure(one: QuestionSet, encoder: BilingualMiniLM, route: Route = "fused") -> dict[str, Any]:
    return row_of(one.name, route, asked(one, encoder, route))


@pytest.fixture(scope="module")
def encoder() -> BilingualMiniLM:
    return BilingualMiniLM()


def test_a_set_holds_its_rows_and_its_judged_questions(tmp_path: Path) -> None:
    found = load(_folder(tmp_path))
    assert found.name == tmp_path.name
    assert found.rows == CORPUS
    assert list(found.questions) == ["q1", "q2"]
    assert found.qrels == {"q1": {"r1": 1}, "q2": {"r3": 1}}


def test_judgements_may_lie_in_their_own_folder_as_beir_has_them(tmp_path: Path) -> None:
    _folder(tmp_path)
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels.tsv").rename(tmp_path / "qrels" / "test.tsv")
    assert load(tmp_path).qrels == {"q1": {"r1": 1}, "q2": {"r3": 1}}


def test_a_set_from_another_system_reads_alike(tmp_path: Path) -> None:
    text = "one\u2028row \x85"  # line ends to str.splitlines, but not to JSON
    _folder(tmp_path, corpus={"r1": text, "r3": ""})
    for path in tmp_path.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(tmp_path).rows == {"r1": text, "r3": ""}


def test_titles_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    _folder(tmp_path)
    (tmp_path / "corpus.jsonl").write_text(
        "".join(json.dumps({"_id": one, "title": "A title", "text": text}) + "\n" for one, text in CORPUS.items())
    )
    assert load(tmp_path).rows == CORPUS
    assert load(tmp_path, with_title=True).rows["r1"] == f"A title\n{CORPUS['r1']}"


@pytest.mark.parametrize(
    ("file", "line", "text", "message"),
    [
        ("corpus.jsonl", 2, "{", r"corpus\.jsonl, line 2: found '\{' is not JSON .*expected \{\"_id\""),
        ("corpus.jsonl", 1, "[]", r"corpus\.jsonl, line 1: found '\[\]'; expected"),
        ("corpus.jsonl", 1, '{"_id": 7, "text": "x"}', "line 1: found _id is '7'; expected"),
        ("corpus.jsonl", 3, '{"_id": "x"}', "line 3: found text is 'null'; expected"),
        ("corpus.jsonl", 1, '{"_id": "", "text": "x"}', "line 1: found _id is empty"),
        (
            "corpus.jsonl",
            2,
            '{"_id": "r1", "text": "x"}',
            "line 2: found _id 'r1' a second time; expected every _id once",
        ),
        ("corpus.jsonl", 2, '{"_id": "r9", "text": "\\ud800"}', "line 2: found half of a surrogate pair"),
        ("queries.jsonl", 2, '{"_id": "q9", "text": ["x"]}', r"queries\.jsonl, line 2: found text is"),
        ("qrels.tsv", 1, "q1\tr1\t1", r"qrels\.tsv, line 1: found 'q1.*expected the header 'query-id"),
        ("qrels.tsv", 2, "q1 r1 1", "line 2: found 'q1 r1 1'; expected query-id, corpus-id and a whole number"),
        ("qrels.tsv", 2, "q1\tr1\thigh", "line 2: found .*expected query-id"),
        ("qrels.tsv", 2, "q7\tr1\t1", r"line 2: found query-id 'q7'; expected an _id of queries\.jsonl"),
        ("qrels.tsv", 3, "q1\tr7\t1", r"line 3: found corpus-id 'r7'; expected an _id of corpus\.jsonl"),
        ("qrels.tsv", 3, "q1\tr1\t2", "line 3: found 'q1' with 'r1' a second time"),
    ],
)
def test_a_bad_line_is_named_with_what_was_found_and_expected(
    tmp_path: Path, file: str, line: int, text: str, message: str
) -> None:
    _folder(tmp_path)
    lines = (tmp_path / file).read_text(encoding="utf-8").splitlines()
    lines[line - 1] = text
    (tmp_path / file).write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        load(tmp_path)


def test_bytes_that_are_not_utf8_are_named_by_line(tmp_path: Path) -> None:
    _folder(tmp_path)
    with (tmp_path / "queries.jsonl").open("ab") as file:
        file.write("船".encode("gbk"))
    with pytest.raises(ValueError, match=r"queries\.jsonl, line 4: found byte .*expected UTF-8"):
        load(tmp_path)


@pytest.mark.parametrize("file", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_or_empty_file_is_named(tmp_path: Path, file: str) -> None:
    _folder(tmp_path)
    (tmp_path / file).write_text("")
    with pytest.raises(ValueError, match=rf"{file}.*expected"):
        load(tmp_path)
    (tmp_path / file).unlink()
    with pytest.raises(FileNotFoundError, match="no such file; expected the BEIR layout"):
        load(tmp_path)


def test_a_bad_last_folder_costs_no_measurement_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    arguments = [str(_folder(tmp_path / "good")), str(tmp_path / "none"), "--json", str(report)]
    assert main(["retrieval", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert f"{tmp_path / 'none'}: no such folder; expected" in err
    assert not report.exists()


@pytest.mark.parametrize(
    "arguments", [["praise"], ["retrieval"], ["retrieval", "x", "--route", "best"], ["speed", "--passages", "0"]]
)
def test_wrong_use_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_report_that_cannot_be_written_is_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["retrieval", str(_folder(tmp_path)), "--json", str(tmp_path / "none" / "r.json")]) == 2
    assert "make it first" in capsys.readouterr().err


def test_measures_are_as_worked_by_hand(tmp_path: Path, encoder: BilingualMiniLM) -> None:
    # q1 names r1 and, judged twice as good, r4, which shares no word with it; q2 names r3. r1 and r3 must come first.
    # r4 is last of the four for q1, or third: its place is what is asked of the retriever, not assumed.
    _folder(tmp_path, qrels=["q1\tr1\t1", "q1\tr4\t2", "q2\tr3\t1"])
    found = measure(load(tmp_path), encoder, "lexical")
    assert (found["set"], found["route"], found["queries"]) == (tmp_path.name, "lexical", 2)
    assert found["Recall@1"] == pytest.approx(100 * (1 / 2 + 1) / 2)
    assert found["Recall@10"] == 100
    ideal = 2 + 1 / math.log2(3)
    possible = [100 * ((1 + 2 / math.log2(1 + place)) / ideal + 1) / 2 for place in (2, 3, 4)]
    assert any(found["nDCG@10"] == pytest.approx(one, abs=0.01) for one in possible)


def test_a_question_without_a_ranking_counts_nothing(tmp_path: Path, encoder: BilingualMiniLM) -> None:
    _folder(tmp_path, questions=QUESTIONS | {"q1": " "})
    found = measure(load(tmp_path), encoder)
    assert (found["queries"], found["nDCG@10"], found["Recall@1"], found["Recall@10"]) == (2, 50, 50, 50)


def test_two_sets_of_one_name_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        _folder(tmp_path / place / "same")
    assert main(["retrieval", str(tmp_path / "a" / "same"), str(tmp_path / "b" / "same")]) == 2
    assert "two sets of one name among same, same" in capsys.readouterr().err


def test_a_limit_asks_the_first_questions_of_the_whole_corpus(tmp_path: Path, encoder: BilingualMiniLM) -> None:
    one = load(_folder(tmp_path)).first(1)
    assert (list(one.questions), list(one.qrels), one.rows) == (["q1"], ["q1"], CORPUS)
    assert measure(one, encoder)["queries"] == 1


def test_a_row_that_is_cut_counts_once_and_pushes_no_row_out(tmp_path: Path, encoder: BilingualMiniLM) -> None:
    long = " ".join(f"The ferry leaves pier {n} at dawn with forty passengers on board." for n in range(200))
    rows = {"long": long} | {f"r{n}": f"Ferry {n} leaves late." for n in range(9)} | CORPUS
    (transcript,) = [transcript_of([long], "en", "long")]
    assert len(passages_of(transcript)) > 10
    _folder(tmp_path, corpus=rows, qrels=["q1\tlong\t1", "q1\tr8\t1"], questions={"q1": "When does ferry 8 leave?"})
    assert measure(load(tmp_path), encoder)["Recall@10"] == 100


def test_identical_rows_are_both_there(tmp_path: Path, encoder: BilingualMiniLM) -> None:
    _folder(tmp_path, corpus=CORPUS | {"twin": CORPUS["r1"]}, qrels=["q1\tr1\t1", "q1\ttwin\t1"])
    assert measure(load(tmp_path), encoder)["Recall@10"] == 100


def test_a_text_becomes_a_turn_verbatim() -> None:
    texts = ["One.\nTwo.", "", "三。"]
    transcript = transcript_of(texts, "zh", "made-up")
    assert [transcript.text[turn.start : turn.end] for turn in transcript.turns] == texts
    assert [passage.turn for passage in passages_of(transcript)] == [1, 3]


@pytest.mark.parametrize("route", ["fused", "dense", "lexical"])
def test_the_report_has_a_row_a_folder_with_machine_and_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], route: str
) -> None:
    folders = [str(_folder(tmp_path / name)) for name in ("one", "two")]
    report = tmp_path / "report.json"
    assert main(["retrieval", *folders, "--route", route, "--json", str(report), "--limit", "1"]) == 0
    made: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    assert (made["name"], made["kind"], made["settings"]["system"]) == ("report", "retrieval", route)
    assert {"commit", "made", "machine"} <= made.keys()
    assert {"encoder", "fingerprint"} <= made["settings"].keys()
    assert [(record["id"], record["type"], record["pair"]) for record in made["questions"]] == [
        ("one/q1", "one", "en→en"),
        ("two/q1", "two", "en→en"),
    ]
    assert [row["slice"] for row in made["summary"]] == ["all", "pair en→en", "script en", "type one", "type two"]
    for row in made["summary"]:
        assert row["ndcg@10"]["mean"] == row["recall@1"]["mean"] == row["recall@10"]["mean"] == 1
    assert gate(made, made) == []
    out, err = capsys.readouterr()
    assert all(word in out for word in ("one", "two", "nDCG@10", "100.00", "cores", "commit"))
    assert "asking" in err


def test_made_up_passages_are_the_same_for_a_seed_and_answer_their_question() -> None:
    made = made_up(40, seed=3)
    assert made == made_up(40, seed=3) != made_up(40, seed=4)
    assert len({passage for passage, _ in made}) == 40
    assert [read_script(passage)[1] for passage, _ in made] == ["en", "zh"] * 20
    assert all(read_script(passage)[1] == read_script(question)[1] for passage, question in made)


@pytest.mark.parametrize(("passages", "stored"), [(10, 20_000), (10_000, 10)])
def test_too_few_passages_to_time_are_refused(passages: int, stored: int) -> None:
    with pytest.raises(ValueError, match="is 10; expected at least 200"):
        speed(passages, stored)


def test_a_bad_folder_of_transcripts_is_refused_before_anything_is_timed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["speed", "--seeds", str(tmp_path / "none")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert str(tmp_path / "none") in err


def test_speed_reports_every_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "speed.json"
    assert main(["speed", "--passages", "200", "--stored", "200", "--repeats", "1", "--json", str(report)]) == 0
    rows = json.loads(report.read_text(encoding="utf-8"))
    told = " / ".join(row["what"] for row in rows)
    for what in (
        "chuchu index",
        "chuchu ask, en",
        "chuchu ask, zh",
        "p50",
        "p95",
        "adding",
        "removing",
        "100,000 characters",
        "vector of a question",
        "encoded in a second",
    ):
        assert what in told
    assert all(row["value"] > 0 and row["unit"] in {"s", "ms", "MB", "1/s"} and row["cores"] for row in rows)
    assert "cores" in capsys.readouterr().out


def test_measuring_imports_no_gradio() -> None:
    code = "import sys, eval.__main__; sys.exit('gradio' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def _folder(
    folder: Path,
    corpus: dict[str, str] = CORPUS,
    questions: dict[str, str] = QUESTIONS,
    qrels: list[str] | None = None,
) -> Path:
    """A question set in BEIR layout, written there."""
    folder.mkdir(exist_ok=True)
    for name, texts in (("corpus", corpus), ("queries", questions)):
        lines = [json.dumps({"_id": one, "text": text}, ensure_ascii=False) for one, text in texts.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    lines = [HEADER, *(qrels if qrels is not None else ["q1\tr1\t1", "q2\tr3\t1"])]
    (folder / "qrels.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return folder
