"""Public sets in their own formats: RGB's JSON lines and XQuAD's JSON, with texts made up in their shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_up import HashEncoder

import eval.__main__
from eval.__main__ import main
from eval.importers import imported, rgb, write_questions, xquad
from eval.questions import check, read_questions

FERRY: dict[str, Any] = {
    "id": 0,
    "query": "When did the night ferry start?",
    "answer": [["May 2031", "in May of 2031"], "pier 7"],
    "positive": ["The night ferry started in May 2031.\nIt leaves from pier 7.", "From pier 7 a ferry goes at night."],
    "negative": ["The day ferry is painted white.", "A library lends maps."],
}
READING: dict[str, Any] = {
    "id": 1,
    "query": "自习室有多少个座位？",
    "answer": ["300"],
    "positive": ["夜间自习室共有300个座位。"],
    "negative": ["图书馆借出图书六十万册。", "A library lends maps."],
}


def _lines(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_rgb_becomes_questions_over_all_texts_of_all_questions(tmp_path: Path) -> None:
    found = rgb(_lines(tmp_path / "en.json", FERRY, READING))
    (transcript,) = found.transcripts
    assert len(transcript.turns) == 6  # a text of two questions stands once
    ferry, reading = found.questions
    assert (ferry.id, ferry.script, ferry.type, ferry.expect) == ("rgb-0", "en", "fact", "answer")
    assert ferry.required == (("May 2031", "in May of 2031"), ("pier 7",))
    assert [(gold.turn, gold.quote) for gold in ferry.gold] == [(1, "May 2031"), (2, "pier 7")]
    assert (reading.script, reading.gold[0].turn, reading.gold[0].quote) == ("zh-Hans", 5, "300")
    assert "\n" not in transcript.text[transcript.turn(1).start : transcript.turn(1).end]


def test_what_is_imported_is_a_sound_question_set(tmp_path: Path) -> None:
    found = rgb(_lines(tmp_path / "en.json", FERRY, READING))
    assert check(found.questions, found.transcripts) == []
    write_questions(found.questions, tmp_path / "questions.jsonl")
    assert tuple(read_questions(tmp_path / "questions.jsonl")) == found.questions


def test_rgb_without_its_positive_texts_expects_refusals(tmp_path: Path) -> None:
    found = rgb(_lines(tmp_path / "zh.json", FERRY, READING), silent=True)
    assert [(one.expect, one.type, one.gold, one.required) for one in found.questions] == [
        ("refuse", "unanswerable", (), ())
    ] * 2
    assert "May 2031" not in found.transcripts[0].text
    write_questions(found.questions, tmp_path / "questions.jsonl")
    assert len(read_questions(tmp_path / "questions.jsonl")) == 2


def test_rgb_of_several_texts_has_the_gold_of_every_part(tmp_path: Path) -> None:
    parts = FERRY | {"positive": [[FERRY["positive"][0]], [FERRY["positive"][1]]]}
    (ferry,) = rgb(_lines(tmp_path / "en_int.json", parts)).questions
    assert [gold.turn for gold in ferry.gold] == [1, 2]


def test_rgb_with_false_texts_forbids_the_false_answer(tmp_path: Path) -> None:
    wrong = ["The night ferry started in June 1999."]
    false = FERRY | {"positive_wrong": wrong, "fakeanswer": ["June 1999", "ferry from pier 7"]}
    found = rgb(_lines(tmp_path / "en_fact.json", false))
    assert found.questions[0].forbidden == ("June 1999", "ferry from pier 7")
    assert wrong[0] in found.transcripts[0].text
    held = rgb(_lines(tmp_path / "en_fact.json", false | {"fakeanswer": "May"}))
    assert held.questions[0].forbidden == ()  # part of the right answer


def test_the_same_question_twice_is_one_with_the_gold_of_both(tmp_path: Path) -> None:
    again = READING | {"id": 2, "query": FERRY["query"]}
    (one,) = rgb(_lines(tmp_path / "en.json", FERRY, again)).questions
    assert len(one.gold) == 3
    assert one.required == (("May 2031", "in May of 2031", "pier 7", "300"),)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("[]", r"en\.json:1: found \[\]; expected an object"),
        ("{", r"en\.json:1: '\{' is not JSON"),
        (json.dumps(FERRY | {"query": ""}), r":1: query is ''; expected a text"),
        (json.dumps(FERRY | {"id": None}), r":1: id is None; expected a whole number or a text|a text"),
        (json.dumps(FERRY | {"answer": []}), r":1: answer is \[\]; expected a text, or a list"),
        (json.dumps(FERRY | {"positive": "one"}), r":1: positive is 'one'; expected a list of texts"),
        (json.dumps(FERRY | {"positive": []}), r":1: no positive text"),
        (json.dumps(FERRY) + "\n" + json.dumps(READING | {"id": 0}), r"id 'rgb-0' a second time"),
        ("", r"en\.json: no question"),
    ],
)
def test_a_bad_line_of_rgb_is_named(tmp_path: Path, row: str, told: str) -> None:
    (tmp_path / "en.json").write_text(row, encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        rgb(tmp_path / "en.json")


def test_bytes_that_are_not_utf8_are_named(tmp_path: Path) -> None:
    (tmp_path / "zh.json").write_bytes(b"\n" + "船".encode("gbk"))
    for read in (rgb, xquad):
        with pytest.raises(ValueError, match=r"zh\.json:2: byte .*UTF-8"):
            read(tmp_path / "zh.json")


# ---- XQuAD


def _squad(path: Path, *paragraphs: tuple[str, list[tuple[str, str, str]]]) -> Path:
    whole = {
        "version": "1.1",
        "data": [
            {
                "title": "Made up",
                "paragraphs": [
                    {
                        "context": context,
                        "qas": [
                            {
                                "id": own_id,
                                "question": question,
                                "answers": [{"text": answer, "answer_start": context.find(answer)}],
                            }
                            for own_id, question, answer in asked
                        ],
                    }
                    for context, asked in paragraphs
                ],
            }
        ],
    }
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


@pytest.fixture
def twins(tmp_path: Path) -> tuple[Path, Path]:
    english = _squad(
        tmp_path / "xquad.en.json",
        ("The mill turned until 1911. It ground rye.", [("a", "What did the mill grind?", "rye")]),
        ("The lake froze twice.", [("b", "How often did the lake freeze?", "twice"), ("c", "What froze?", "The lake")]),
    )
    chinese = _squad(
        tmp_path / "xquad.zh.json",
        ("磨坊一直转到1911年，磨的是黑麦。", [("a", "磨坊磨的是什么？", "黑麦")]),
        ("湖水结冰两次。", [("b", "湖水结冰几次？", "两次"), ("c", "什么结冰了？", "湖水")]),
    )
    return english, chinese


def test_xquad_becomes_questions_whose_gold_is_their_paragraph(twins: tuple[Path, Path]) -> None:
    found = xquad(twins[1])
    assert [(one.id, one.script, one.gold[0].turn, one.gold[0].quote) for one in found.questions] == [
        ("a", "zh-Hans", 1, "黑麦"),
        ("b", "zh-Hans", 2, "两次"),
        ("c", "zh-Hans", 2, "湖水"),
    ]
    assert (found.transcripts[0].source, found.transcripts[0].lang) == ("xquad.zh.json", "zh")
    assert check(found.questions, found.transcripts) == []


def test_xquad_is_asked_in_another_language_with_its_twin(twins: tuple[Path, Path], tmp_path: Path) -> None:
    english, chinese = twins
    found = xquad(chinese, asked_in=english)
    first = found.questions[0]
    assert (first.question, first.script, first.gold[0].source) == (
        "What did the mill grind?",
        "en",
        "xquad.zh.json",
    )
    assert first.required == (("黑麦", "rye"),)
    alone = _squad(tmp_path / "short.json", ("磨坊。", [("z", "什么？", "磨坊")]))
    with pytest.raises(ValueError, match=r"xquad\.en\.json: no question 'z'.*expected its twin file"):
        xquad(alone, asked_in=english)


def test_a_long_answer_is_known_by_a_few_of_its_words(tmp_path: Path) -> None:
    answer = "rye and oats and barley and whole red spelt"
    path = _squad(tmp_path / "x.json", (f"It ground {answer}.", [("a", "What?", answer)]))
    assert xquad(path).questions[0].gold[0].quote == "rye and oats and barley and"
    path = _squad(
        tmp_path / "y.json", ("这座磨坊磨黑麦燕麦大麦小麦荞麦青稞。", [("a", "什么？", "黑麦燕麦大麦小麦荞麦青稞")])
    )
    assert len(xquad(path).questions[0].gold[0].quote) <= 10


@pytest.mark.parametrize(
    ("whole", "told"),
    [
        ([], r"x\.json: found \[\]; expected an object"),
        ({}, r"x\.json: data is None; expected a list"),
        ({"data": [{"paragraphs": 7}]}, r"article 1: paragraphs is 7; expected a list"),
        ({"data": [{"paragraphs": [{"qas": []}]}]}, r"article 1, paragraph 1: context is None; expected a text"),
        (
            {"data": [{"paragraphs": [{"context": "x", "qas": [{"id": "a", "question": "y", "answers": []}]}]}]},
            r"paragraph 1, question 'a': no answer",
        ),
        ({"data": []}, r"x\.json: no question"),
    ],
)
def test_a_bad_place_of_xquad_is_named(tmp_path: Path, whole: Any, told: str) -> None:
    (tmp_path / "x.json").write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        xquad(tmp_path / "x.json")


# ---- from a file to a result


def test_an_imported_set_can_be_asked(
    twins: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(eval.__main__, "load_encoder", lambda name: HashEncoder())
    out = tmp_path / "made"
    assert main(["import", "xquad", str(twins[1]), "--asked-in", str(twins[0]), "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "3 questions" in told and "2 passages" in told
    command = told.splitlines()[-1].split()
    assert command[:4] == ["python", "-m", "eval", "run"]
    assert main(command[3:]) == 0
    made = json.loads((out / "result.json").read_text(encoding="utf-8"))
    assert {record["pair"] for record in made["questions"]} == {"en→zh"}


def test_options_of_the_other_format_are_refused(twins: tuple[Path, Path], tmp_path: Path) -> None:
    lines = _lines(tmp_path / "en.json", FERRY)
    wrong: list[tuple[Any, ...]] = [("rgb", lines, twins[0]), ("xquad", twins[0], None, True), ("squad", lines)]
    for arguments in wrong:
        with pytest.raises(ValueError, match=r"--asked-in|--silent|format is 'squad'"):
            imported(*arguments)
    assert len(imported("xquad", twins[0], limit=1).questions) == 1
