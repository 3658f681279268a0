"""The question sets of the evaluation: what ships is borne out by the transcripts, what is malformed is refused.

Whether a figure or a term is found whatever its script and spelling is held here too: all scores rest on it.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from made_up import transcript
from test_briefings import CASES, runs, seed

from corpus.folding import read_script
from corpus.formats import transcript_files
from corpus.reader import read
from corpus.transcript import Segment, Transcript, Turn
from embeddings.lexical import fold
from eval.calibration import corpus_of
from eval.questions import MISSES, SCRIPTS, TYPES, Gold, Question, check, read_questions, says

ROOT = Path(__file__).parents[1]
SETS = {name: ROOT / f"eval/questions/{name}.jsonl" for name in ("briefings", "seeds")}
TUNING = sorted(ROOT.glob("eval/tuning/*.jsonl"))
LEAST = {"followup": 20, "unanswerable": 30, "false_premise": 15, "attack": 8, "nonsense": 6, "several": 10} | {
    "timeline": 8,
    "comparison": 15,
}
SEEDS = ROOT.parent / "shared/seeds"
ROW: dict[str, Any] = {
    "id": "q1",
    "question": "How many lamps were set up?",
    "script": "en",
    "type": "figure",
    "gold": [{"source": "lamps.md", "turn": 1, "point": None, "block": None, "quote": "40 lamps"}],
    "required": [["40", "四十"]],
    "forbidden": ["400"],
    "expect": "answer",
}
GOLD = ROW["gold"][0]
SILENT = {"gold": [], "required": [], "expect": "refuse"}


@pytest.fixture(scope="module")
def shipped() -> list[Question]:
    return read_questions(SETS["briefings"])


def test_the_briefings_bear_out_every_gold_and_term(shipped: list[Question]) -> None:
    assert check(shipped, _briefings()) == []


def test_the_transcripts_bear_out_every_gold_term_and_line_of_the_second_set() -> None:
    files = sorted(SEEDS.glob("0*.txt"))
    if not files:
        pytest.skip(f"no transcripts at {SEEDS}: the gold of seeds.jsonl cannot be looked up")
    questions = read_questions(SETS["seeds"])
    assert check(questions, map(read, files)) == []
    assert len(questions) >= 60
    assert all(gold.line for question in questions for gold in question.gold)


@pytest.mark.parametrize("path", [*SETS.values(), *TUNING], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_nothing_in_a_set_is_copied_from_the_transcripts(path: Path) -> None:
    theirs = set().union(*(runs(seed(stem)) for stem in CASES))
    assert not runs(path.read_text(encoding="utf-8")) & theirs


@pytest.mark.parametrize("path", TUNING, ids=lambda path: path.stem)
def test_the_transcripts_bear_out_every_gold_that_thresholds_are_tuned_on(path: Path) -> None:
    folder = corpus_of(path, SEEDS if SEEDS.is_dir() else None)
    if folder is None:
        pytest.skip(f"no transcripts at {SEEDS}: the gold of {path.name} cannot be looked up")
    assert check(read_questions(path), map(read, transcript_files([folder]))) == []


def test_no_question_is_both_tuned_on_and_measured_with() -> None:
    tuned, measured = (
        {plain(one) for path in paths for one in read_questions(path)} for paths in (TUNING, SETS.values())
    )
    assert len(tuned) > 500
    assert not tuned & measured


def plain(question: Question) -> str:
    """What is asked, with what was asked before, in small letters of one script, without blanks and marks."""
    return re.sub(r"\W", "", fold(" ".join((*question.history, question.question))))


def test_questions_are_many_of_every_type_and_script(shipped: list[Question]) -> None:
    assert len(shipped) >= 250
    of_type, of_script = (Counter(getattr(one, key) for one in shipped) for key in ("type", "script"))
    assert set(of_type) == set(TYPES)
    assert not {one: of_type[one] for one in TYPES if of_type[one] < LEAST.get(one, 10)}
    assert set(of_script) == set(SCRIPTS)
    assert min(of_script[one] for one in SCRIPTS if one != "mixed") >= len(shipped) / 5
    assert {one.miss for one in shipped} == {"", *MISSES}


def test_a_third_have_their_source_in_the_other_language_only(shipped: list[Question]) -> None:
    written = {one.source: one.lang for one in _briefings()}
    crossed = Counter(
        asker
        for one in shipped
        if one.gold and (asker := read_script(one.question)[1]) not in {written[gold.source] for gold in one.gold}
    )
    assert crossed.total() >= len(shipped) / 3
    assert min(crossed["en"], crossed["zh"]) >= 50


def test_twins_are_one_question_in_three_scripts(shipped: list[Question]) -> None:
    twins = defaultdict(list)
    for one in shipped:
        if one.twin:
            twins[one.twin].append(one)
    assert len(twins) >= 25
    for name, group in twins.items():
        assert {one.script for one in group} == {"en", "zh-Hans", "zh-Hant"}, name
        assert len({(one.type, one.required, one.forbidden, one.expect, one.miss) for one in group}) == 1, name


def test_questions_are_asked_as_people_ask(shipped: list[Question]) -> None:
    asked = [one.question for one in shipped]
    for way in (
        "[０-９]",
        "[二三〇零○九]{3}|[二三四五六七八九十百]+万",
        r"\bMIIT\b",
        "工信部",
        r"^[^?？]+$",
        "[a-z]{3}.*[\u4e00-\u9fff]",
    ):
        assert sum(bool(re.search(way, one)) for one in asked) >= 3, way


def test_a_list_over_several_points_requires_something_of_each(shipped: list[Question]) -> None:
    for one in shipped:
        if one.type == "list":
            assert len(one.required) >= len(one.gold), one.id


# says


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("新建60萬個", "600,000"),
        ("0.6 million stations", "６０万"),
        ("六十萬座", "600 thousand"),
        ("攔截十八點二億次", "1.82 billion"),
        ("1.47萬億元", "1.47 trillion"),
        ("1.47tn yuan", "1.47万亿"),
        ("三千二百万户", "32 million"),
        ("三百多萬", "三百多万"),
        ("百分之二十四点二", "24.2%"),
        ("24.2 per cent lower", "24.2％"),
        ("二〇二二年", "2022"),
        ("twenty-nine cities", "29"),
        ("one hundred halls", "100"),
        ("一百三十七家", "137"),
        ("一百零八", "108"),
        ("六批次", "6批"),
        ("on Jan. 20th", "Jan. 20"),
        ("2021–2023", "2021-2023"),
        ("１，９２４", "1924"),
        ("648 家網站和 App", "648家网站和App"),
        ("「十百千」工程", "“十百千”"),
        ("dual-gigabit networks", "Dual gigabit network"),
        ("two voice\nlines", "2 voice line"),
        ("千兆光網", "千兆"),
        ("加大「一證通查」", "一证通查"),
    ],
)
def test_a_thing_is_said_in_any_script_width_and_spelling(text: str, wanted: str) -> None:
    assert says(text, wanted)
    assert says(wanted, wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1,600 halls", "600"),
        ("124.2", "24.2"),
        ("24.2%", "4.2%"),
        ("24.25", "24.2"),
        ("60万", "60"),
        ("60", "60万"),
        ("一百六十家", "60"),
        ("5G and IPv6", "5"),
        ("5.5G", "5"),
        ("5G and IPv6", "6"),
        ("as the record shows [3]", "3"),
        ("千兆", "1,000"),
        ("in England", "land"),
        ("the customer", "custom house"),
        ("二十一", "二十"),
        ("24.2%", "24"),
    ],
)
def test_part_of_a_figure_a_name_or_a_word_is_not_said(text: str, wanted: str) -> None:
    assert not says(text, wanted)


def test_says_refuses_to_look_for_nothing() -> None:
    with pytest.raises(ValueError, match=r"nothing is wanted by ' “” '; expected a word or a figure"):
        says("a text", " “” ")


# read_questions


def test_a_line_becomes_a_question_with_its_gold_and_defaults(tmp_path: Path) -> None:
    gold = Gold("lamps.md", 1, None, None, "40 lamps")
    asked = Question("q1", ROW["question"], "en", "figure", (gold,), (("40", "四十"),), ("400",), "answer")
    assert read_questions(_file(tmp_path, ROW)) == [asked]


def test_a_byte_order_mark_blank_lines_and_foreign_line_ends_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    lines = [json.dumps(ROW), "", json.dumps(ROW | {"id": "q2", "question": "And where \u2028 were they?"})]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert [one.id for one in read_questions(path)] == ["q1", "q2"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": "40"}, "unknown field 'answer' of a question; known are id, question, .*; correct it or drop it"),
        ({"id": ""}, "id is '\"\"'; expected a text"),
        ({"question": 7}, "question is '7'; expected a text"),
        ({"question": "\ud800"}, "question holds half of a surrogate pair; write the whole character"),
        ({"script": "zh"}, "script is '\"zh\"'; expected one of '\"en\"', '\"zh-Hans\"', '\"zh-Hant\"', '\"mixed\"'"),
        ({"type": ["list"]}, r"type is '\[\"list\"\]'; expected one of '\"figure\"', "),
        ({"expect": "maybe"}, "expect is '\"maybe\"'; expected one of '\"answer\"', '\"refuse\"', '\"correct\"'"),
        ({"miss": "day"}, "miss is '\"day\"'; expected one of '\"\"', '\"year\"', "),
        ({"twin": None}, "twin is 'null'; expected an empty or a text"),
        ({"gold": "lamps.md"}, "gold is '\"lamps.md\"'; expected a list"),
        ({"gold": ["lamps.md"]}, "'\"lamps.md\"' is not a gold paragraph; expected an object with source, turn, "),
        ({"gold": [{}]}, "a gold paragraph without 'source'; add the field, empty where it does not apply"),
        ({"gold": [GOLD | {"page": 1}]}, "unknown field 'page' of a gold paragraph; known are source, turn, "),
        ({"gold": [GOLD | {"turn": 0}]}, "turn is '0'; expected a whole number from 1$"),
        ({"gold": [GOLD | {"turn": True}]}, "turn is 'true'; expected a whole number from 1$"),
        ({"gold": [GOLD | {"point": "1"}]}, "point is '\"1\"'; expected a whole number from 1 or null"),
        ({"gold": [GOLD | {"line": -1}]}, "line is '-1'; expected a whole number from 1 or null"),
        ({"gold": [GOLD | {"block": "later"}]}, "block is '\"later\"'; expected one of 'null', '\"done\"', '\"next\"'"),
        ({"gold": [GOLD | {"quote": "a b c d e f g"}]}, "has 7 words and 0 Han characters; at most 6 and 10 may be; "),
        ({"gold": [GOLD | {"quote": "甲乙丙丁" * 3}]}, "has 0 words and 12 Han characters; at most 6 and 10 may be; "),
        ({"required": ["40"]}, "required is '\"40\"'; expected a list"),
        ({"required": [[]]}, "required holds an empty list; expected what says the thing, in both languages; fill or"),
        ({"required": [[" "]]}, "required is '\" \"'; expected a text"),
        ({"forbidden": ["“”"]}, "forbidden holds '“”', of which nothing can be found in a text; write a word or a"),
        ({"forbidden": [40]}, "forbidden is '40'; expected a text"),
        ({"forbidden": ["forty"]}, r"'forty' is forbidden and part of what is required, \['40', '四十'\]; take one of"),
        ({"gold": []}, "expect is 'answer' but gold is empty; name the paragraphs that answer, or expect 'refuse'"),
        ({"expect": "refuse"}, "expect is 'refuse' but gold or required is not empty; empty both, or expect 'answer'"),
        (
            {"type": "false_premise"},
            "expect is 'answer' for type 'false_premise' and 1 gold paragraphs; a false premise",
        ),
        ({"expect": "correct"}, "expect is 'correct' for type 'figure' and 1 gold paragraphs; a false premise expects"),
        ({"type": "nonsense"}, "type 'nonsense' expects 'answer'; it can only expect 'refuse'"),
        (SILENT | {"type": "unanswerable"}, "miss is '' for type 'unanswerable'; unanswerable questions say by what"),
        ({"miss": "year"}, "miss is 'year' for type 'figure'; unanswerable questions say by what they miss"),
        ({"type": "followup"}, "a followup without history; give the earlier questions, or another type"),
        ({"question": "多少盏灯？"}, "script is 'en' but the question is '多少盏灯？'; set its script"),
        (
            {"script": "zh-Hans"},
            "script is 'zh-Hans' but the question is 'How many lamps were set up.'; set its script",
        ),
        (
            {"script": "zh-Hans", "question": "多少盞燈？"},
            "script is 'zh-Hans' but simplified .* '多少盏灯？'; write it so",
        ),
        (
            {"script": "zh-Hant", "question": "多少盏灯？"},
            "script is 'zh-Hant' but '多少盏灯？' is simplified; convert it",
        ),
        (
            {"script": "mixed", "question": "多少盏灯？"},
            "script is 'mixed' but no Latin word is in '多少盏灯？'; set 'zh-H",
        ),
    ],
)
def test_a_malformed_question_is_refused_with_its_line_and_the_remedy(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = _file(tmp_path, ROW | {"id": "q0", "question": "Which lamp?"}, ROW | change)
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}:2: .*{message}"):
        read_questions(path)


@pytest.mark.parametrize("field", ROW)
def test_a_missing_field_is_named(field: str, tmp_path: Path) -> None:
    path = _file(tmp_path, {key: value for key, value in ROW.items() if key != field})
    with pytest.raises(ValueError, match=f"set.jsonl:1: a question without '{field}'; add the field, empty where"):
        read_questions(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", ":1: no question; expected one JSON object a line; add one"),
        (b"\n \n", ":1: no question; expected one JSON object a line; add one"),
        (b'\n{"id": ', r":2: '{\"id\":' is not JSON \(Expecting value, character 7\); expected one JSON object a line"),
        (b"[]", r":1: '\[\]' is not a question; expected an object with id, question, script"),
        ('"灯"'.encode("gb18030"), ":1: byte 2 of the line is not UTF-8; save the whole file as UTF-8"),
        (b'\n"\xff\xfe"', ":2: byte 2 of the line is not UTF-8; save the whole file as UTF-8"),
    ],
)
def test_a_file_without_questions_or_in_another_encoding_is_refused(text: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(text)
    with pytest.raises(ValueError, match=re.escape(str(path)) + message):
        read_questions(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"question": "Where?"}, "id 'q1' a second time, first on line 1; change or drop one"),
        ({"id": "q2"}, "question 'How many lamps were set up.' a second time, first on line 1; change or drop one"),
    ],
)
def test_an_id_or_a_question_stands_once(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"set.jsonl:2: {message}"):
        read_questions(_file(tmp_path, ROW, ROW | change))


def test_the_same_words_after_another_question_are_another_question(tmp_path: Path) -> None:
    rows = [
        {"id": str(year), "type": "followup", "question": "How many?", "history": [f"Lamps in {year}?"]}
        for year in (1, 2)
    ]
    assert len(read_questions(_file(tmp_path, *(ROW | row for row in rows)))) == 2


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.jsonl"):
        read_questions(tmp_path / "none.jsonl")


# check


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": "fans.md"}, "gold in 'fans.md'; the transcripts are lamps.md; correct the name"),
        ({"turn": 3}, "gold in turn 3 of 'lamps.md', which has 2; correct the number"),
        (
            {"turn": 2},
            "'40 lamps' is not in turn 2 point None block None of 'lamps.md', but in turn 1 point None block None; "
            "correct the quote or the place",
        ),
        (
            {"point": 1, "quote": "50 lamps"},
            "'50 lamps' is not in turn 1 point 1 block None of 'lamps.md', but in no paragraph; "
            "correct the quote or the place",
        ),
        ({"quote": "lamp"}, "'lamp' is in 2 paragraphs of that place in 'lamps.md'; quote what is in one only"),
        ({"line": 2}, "gold on line 2 of 'lamps.md'; '40 lamps' is on line 1; correct the line"),
    ],
)
def test_gold_that_names_no_paragraph_is_reported(change: dict[str, Any], message: str) -> None:
    assert check([_asked(gold=(Gold(**GOLD | change),))], [_lamps()]) == [f"q1: {message}"]


def test_gold_by_its_line_is_accepted() -> None:
    assert check([_asked(gold=(Gold(**GOLD | {"line": 1}),))], [_lamps()]) == []


def test_what_no_gold_paragraph_says_is_not_required() -> None:
    (fault,) = check([_asked(required=(("40",), ("41", "四十一")))], [_lamps()])
    assert fault == (
        "q1: none of ['41', '四十一'] is said by its gold; correct the string or the gold, or name it in the note "
        "behind 'computed:'"
    )
    assert check([_asked(required=(("41",),), note="computed: 41 = 40 + 1")], [_lamps()]) == []


def test_a_speaker_is_said_by_the_words_of_the_turn() -> None:
    assert check([_asked(required=(("Mina",),))], [_lamps()]) == []


def test_what_the_gold_says_is_not_forbidden() -> None:
    (fault,) = check([_asked(forbidden=("sunset", "harbour"))], [_lamps()])
    assert fault == "q1: 'harbour' is forbidden but said by its gold; take it out, for the paragraph may be quoted"


def test_twins_have_one_gold() -> None:
    twins = [_asked(twin="lamps"), _asked(id="q2", twin="lamps", gold=(), required=(), expect="refuse")]
    assert check(twins, [_lamps()]) == ["q2: other gold than its twin q1; give both the same, or other twins"]


def _lamps() -> Transcript:
    plain = transcript("lamps.md", "Mina: The harbour got 40 lamps.", "Ole: And fans.")
    words = "The harbour got 40 lamps.\nEach lamp is lit by sunset.\nAnd fans."
    first, second, third = (words.index(part) for part in ("The", "Each", "And"))
    mina = Turn(1, first, third - 1, (Segment(first, second - 1), Segment(second, third - 1)), speaker="Mina")
    ole = Turn(2, third, len(words), (Segment(third, len(words)),), speaker="Ole")
    return Transcript(
        plain.id, plain.source, words, words, range(len(words)), (mina, ole), lang=plain.lang, script=plain.script
    )


def _asked(**change: Any) -> Question:
    fields = {**ROW, "gold": (Gold(**GOLD),), "required": (("40",),), "forbidden": ("400",), **change}
    return Question(**fields)


def _file(folder: Path, *rows: dict[str, Any]) -> Path:
    path = folder / "set.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def _briefings() -> list[Transcript]:
    return [read(path) for path in sorted((ROOT / "corpus/briefings").glob("*.md"))]
