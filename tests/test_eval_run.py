"""A run of a question set: a record for each question, crashes and kills survived, figures that repeat.

The last part breaks Chuchu on purpose, with the encoder, the briefings and the questions that ship.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from made_up import HashEncoder, transcript

import embeddings.index
import embeddings.lexical
import eval.__main__
from assistant.cite import Answer, Citation, Sentence
from assistant.settings import BRIEFINGS
from corpus.chunk import passages_of
from corpus.formats import transcript_files
from corpus.reader import read
from corpus.transcript import Passage, Transcript
from embeddings.encoder import BilingualMiniLM
from embeddings.index import PassageIndex
from eval.__main__ import SETS, main
from eval.compare import gate
from eval.importers import write_questions
from eval.noise import noisy
from eval.questions import Gold, Question, check, read_questions
from eval.run import indexed, proved, run
from eval.systems import SYSTEMS, Said, System, system_of

HARBOUR = transcript(
    "harbour.md",
    "Ana Cole: The port added 40 berths in 2031.\nCranes were painted green.",
    "Ana Cole: The night ferry carries 1.2 million passengers a year.",
)
LIBRARY = transcript("tushuguan.md", "图书馆去年借出图书六十万册。", "新开了夜间自习室，共有300个座位。", lang="zh")
BERTHS = Gold("harbour.md", 1, None, None, "40 berths")
SEATS = Gold("tushuguan.md", 2, None, None, "300个座位")


def _question(own_id: str, text: str, *gold: Gold, required: str = "", **changes: Any) -> Question:
    wanted = ((required,),) if required else ()
    fields: dict[str, Any] = {"script": "en", "type": "figure", "expect": "answer"} | changes
    return Question(own_id, text, fields.pop("script"), fields.pop("type"), gold, wanted, (), **fields)


QUESTIONS = [
    _question("q1", "How many berths did the port add?", BERTHS, required="40"),
    _question("q2", "夜间自习室有多少个座位？", SEATS, required="300", script="zh-Hans"),
    _question("q3", "How many seats has the reading room?", SEATS, required="300"),
    _question("q4", "Who won the chess final?", type="unanswerable", expect="refuse", miss="topic"),
]


class Stub:
    """Says the words given for a question, from the first passage that holds them; else it raises what is given."""

    def __init__(self, index: PassageIndex, says: dict[str, str | BaseException]) -> None:
        self.index = index
        self.says = says
        self.asked: list[str] = []

    def ask(self, question: str, history: Sequence[str] = ()) -> Said:
        self.asked.append(question)
        words = self.says.get(question, "")
        if isinstance(words, BaseException):
            raise words
        for passage in _passages(self.index):
            start = passage.text.find(words)
            if words and start >= 0:
                citation = Citation(1, passage, start, start + len(words))
                answer = Answer(question, "en", "Latn", "", (Sentence(words, (1,)),), (citation,))
                return Said(answer, (passage,))
        return Said(Answer(question, "en", "Latn", "Nothing.", refused="nothing_found"))


def _passages(index: PassageIndex) -> Iterator[Passage]:
    for stored in index.sources():
        for turn in range(1, 10):
            yield from index.turn(stored.id, turn)


@pytest.fixture
def index() -> Iterator[PassageIndex]:
    with indexed([(Path("harbour.md"), HARBOUR), (Path("tushuguan.md"), LIBRARY)], HashEncoder()) as made:
        yield made


SAYS: dict[str, str | BaseException] = {
    QUESTIONS[0].question: "The port added 40 berths in 2031.",
    QUESTIONS[1].question: "新开了夜间自习室，共有300个座位。",
    QUESTIONS[2].question: "图书馆去年借出图书六十万册。",
}
SETTINGS = {"system": "stub", "questions": "made-up.jsonl"}


def _run(index: PassageIndex, out: Path, says: dict[str, str | BaseException] = SAYS, **changes: Any) -> dict[str, Any]:
    return run("made-up", QUESTIONS, Stub(index, says), index, out, SETTINGS | changes)


def _steady(made: dict[str, Any]) -> dict[str, Any]:
    """A result without what may differ between two runs: its date and times."""
    rows = [{name: value for name, value in row.items() if name not in ("p50", "p95")} for row in made["summary"]]
    records = [{name: value for name, value in record.items() if name != "ms"} for record in made["questions"]]
    return made | {"made": "", "summary": rows, "questions": records}


# ---- records


def test_a_record_says_who_asked_what_was_said_and_what_it_rests_on(index: PassageIndex, tmp_path: Path) -> None:
    made = _run(index, tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8")) == made
    assert (made["name"], made["kind"], made["settings"]["system"]) == ("made-up", "answers", "stub")
    assert (made["settings"]["encoder"], made["settings"]["passages"]) == ("hash", 4)
    first, _, third, fourth = made["questions"]
    (citation,) = first["citations"]
    assert (citation["source"], citation["turn"], citation["speaker"]) == ("harbour.md", 1, "Ana Cole")
    assert (citation["quote"], citation["gold"], citation["verbatim"]) == (SAYS[first["question"]], True, True)
    assert [len(gold["passages"]) for gold in first["gold"]] == [1]
    assert [record["pair"] for record in made["questions"]] == ["en→en", "zh→zh", "en→zh", "en→–"]
    assert (third["scores"]["terms"], third["scores"]["cited_gold"], third["scores"]["mrr"]) == (0, 0, 0)
    assert (fourth["refused"], fourth["scores"]) == ("nothing_found", {"right": 1})


def test_a_citation_of_another_paragraph_of_the_passage_is_of_no_gold(index: PassageIndex, tmp_path: Path) -> None:
    says = SAYS | {QUESTIONS[0].question: "Cranes were painted green."}
    record = _run(index, tmp_path / "r.json", says)["questions"][0]
    assert (record["scores"]["recall@1"], record["scores"]["cited_gold"]) == (1, 0)


def test_with_its_transcripts_a_citation_is_of_gold_wherever_it_lies_in_the_paragraph(tmp_path: Path) -> None:
    long = " ".join(["The port added 40 berths in 2031.", *(f"Berth {n} was dug by hand." for n in range(99))])
    made = transcript("harbour.md", f"Ana Cole: {long}", "Ana Cole: Berth 98 was dug by hand. So they say.")
    last, other = "Berth 98 was dug by hand.", "So they say."
    with indexed([(Path("harbour.md"), made)], HashEncoder()) as index:
        for words, transcripts, cited in ((last, [made], 1), (last, [], 0), (other, [made], 0)):
            stub = Stub(index, {QUESTIONS[0].question: words})
            found = run("r", QUESTIONS[:1], stub, index, tmp_path / "r.json", SETTINGS, transcripts)
            assert found["questions"][0]["scores"]["cited_gold"] == cited, words


def test_a_passage_that_the_index_does_not_hold_is_not_verbatim(index: PassageIndex, tmp_path: Path) -> None:
    class Liar(Stub):
        def ask(self, question: str, history: Sequence[str] = ()) -> Said:
            said = super().ask(question, history)
            if not said.answer.citations:
                return said
            (one,) = said.answer.citations
            false = replace(one.passage, text=one.passage.text.replace("40", "70"))
            return Said(replace(said.answer, citations=(replace(one, passage=false),)), said.ranking)

    made = run("liar", QUESTIONS, Liar(index, SAYS), index, tmp_path / "r.json", SETTINGS)
    assert [record["scores"].get("verbatim") for record in made["questions"]] == [0, 1, 1, None]


def test_a_crash_is_the_failure_of_its_question_alone(index: PassageIndex, tmp_path: Path) -> None:
    says = SAYS | {QUESTIONS[1].question: KeyError("no\nsuch row")}
    made = _run(index, tmp_path / "r.json", says)
    errors = [record["error"] for record in made["questions"]]
    assert errors == ["", r"KeyError: 'no\nsuch row'", "", ""]
    worst = made["questions"][1]["scores"]
    assert set(worst.values()) == {0}
    assert {"right", "terms", "ndcg@10", "verbatim", "locked"} <= worst.keys()
    assert made["questions"][0]["scores"]["right"] == 1


def test_what_utf8_cannot_write_survives_in_a_record(index: PassageIndex, tmp_path: Path) -> None:
    says = SAYS | {QUESTIONS[1].question: ValueError("\ud83d"), QUESTIONS[3].question: KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        _run(index, tmp_path / "r.json", says)
    made = _run(index, tmp_path / "r.json")
    assert made["questions"][1]["error"] == "ValueError: \ud83d"
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8")) == made


def test_gold_that_the_index_lacks_is_refused_before_anything_is_asked(index: PassageIndex, tmp_path: Path) -> None:
    stub = Stub(index, SAYS)
    for gold, fault in (
        (Gold("harbour.md", 2, None, None, "40 berths"), r"q1: '40 berths' is not in turn 2 of 'harbour\.md'"),
        (Gold("airport.md", 1, None, None, "40 berths"), r"q1: no transcript 'airport\.md'"),
    ):
        with pytest.raises(ValueError, match=fault):
            run("r", [_question("q1", "Where?", gold)], stub, index, tmp_path / "r.json", SETTINGS)
    assert stub.asked == []
    assert list(tmp_path.iterdir()) == []


# ---- cut off, and again


def test_two_runs_give_the_same_figures(index: PassageIndex, tmp_path: Path) -> None:
    assert _steady(_run(index, tmp_path / "a.json")) == _steady(_run(index, tmp_path / "b.json"))


def test_a_run_that_was_cut_off_asks_only_what_is_missing(index: PassageIndex, tmp_path: Path) -> None:
    out = tmp_path / "r.json"
    with pytest.raises(KeyboardInterrupt):
        _run(index, out, SAYS | {QUESTIONS[2].question: KeyboardInterrupt()})
    assert not out.exists()
    part = tmp_path / "r.json.part"
    part.write_bytes(part.read_bytes() + b'{"id": "q3", "que')  # what a kill may leave
    rest = Stub(index, SAYS)
    made = run("made-up", QUESTIONS, rest, index, out, SETTINGS)
    assert rest.asked == [QUESTIONS[2].question, QUESTIONS[3].question]
    assert not part.exists()
    assert _steady(made) == _steady(_run(index, tmp_path / "whole.json"))


@pytest.mark.parametrize("left", ["", "torn", "settings"])
def test_what_another_run_left_is_not_taken_for_this_one(index: PassageIndex, tmp_path: Path, left: str) -> None:
    out, stub = tmp_path / "r.json", Stub(index, SAYS)
    if left == "settings":
        with pytest.raises(KeyboardInterrupt):
            _run(index, out, SAYS | {QUESTIONS[3].question: KeyboardInterrupt()}, noise=True)
    else:
        (tmp_path / "r.json.part").write_text(left)
    run("made-up", QUESTIONS, stub, index, out, SETTINGS)
    assert len(stub.asked) == len(QUESTIONS)


# ---- systems, noise and sizes


def test_every_system_answers_in_the_same_form(index: PassageIndex) -> None:
    said = {name: system_of(name, index).ask(QUESTIONS[0].question) for name in SYSTEMS}
    assert said["refuse"].answer.refused
    assert said["copy"].answer.citations[0].quote == said["copy"].ranking[0].text
    assert said["copy"].answer.text.startswith("The port added 40 berths in 2031.\nCranes")
    for name in ("chuchu", "bm25", "dense"):
        assert said[name].ranking[0].source == "harbour.md", name
    assert "40 berths" in said["chuchu"].answer.text
    with pytest.raises(ValueError, match="system is 'best'; expected one of chuchu, bm25"):
        system_of("best", index)


def test_a_system_is_asked_with_the_questions_before(index: PassageIndex) -> None:
    for name in ("chuchu", "copy"):
        said = system_of(name, index).ask("And how many passengers?", ["What about the night ferry?"])
        assert said.ranking[0].turn == 2, name
    assert system_of("copy", index).ask(" ").answer.refused
    assert not system_of("chuchu", index).ask("?!").ranking


def test_noise_is_read_through_and_leaves_the_gold(tmp_path: Path) -> None:
    name = next(path for path in sorted(BRIEFINGS.glob("*.md")) if "lang: zh" in path.read_text(encoding="utf-8")).name
    clean, noised = read(BRIEFINGS / name), noisy(BRIEFINGS / name)
    assert (noised.source, len(noised.turns)) == (name, len(clean.turns))
    assert "(wǎng)" in noised.raw
    assert "6KX92.41" in noised.raw
    assert "(wǎng)" not in noised.text
    assert "围巾" in noised.text  # an advert without a mark is not known for one
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(ValueError, match=r"a\.pdf: noise can only be put into \.md and \.txt"):
        noisy(tmp_path / "a.pdf")


def test_a_target_size_cuts_anew_and_only_here() -> None:
    long = transcript("long.md", " ".join(f"Berth {n} was dug by hand and lined with oak." for n in range(60)))
    with indexed([(Path("long.md"), long)], HashEncoder(), target_units=20) as small:
        assert len(small) > 2 * len(passages_of(long))
    assert vars(embeddings.index)["passages_of"] is passages_of


# ---- the command line


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands with an encoder that needs no model."""
    monkeypatch.setattr(eval.__main__, "load_encoder", lambda name: HashEncoder(name or "hash"))


@pytest.fixture
def corpus(tmp_path: Path) -> tuple[Path, Path]:
    """A folder with a transcript, and a set of questions on it."""
    folder, asks = tmp_path / "corpus", tmp_path / "asks.jsonl"
    folder.mkdir()
    (folder / "harbour.md").write_text("**Ana Cole:** The port added 40 berths in 2031.\n", encoding="utf-8")
    write_questions([QUESTIONS[0], QUESTIONS[3]], asks)
    return folder, asks


def test_a_run_writes_its_result_and_shows_it(
    hashed: None, corpus: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, asks = corpus
    for system in ("chuchu", "refuse"):
        out = str(tmp_path / f"{system}.json")
        arguments = ["run", "--questions", str(asks), "--transcripts", str(folder), "--out", out, "--system", system]
        assert main(arguments) == 0
    shown, bar = capsys.readouterr()
    assert "chuchu" in shown and "ndcg@10" in shown and "cores" in shown
    assert "question" in bar
    good, bad = str(tmp_path / "chuchu.json"), str(tmp_path / "refuse.json")
    assert main(["compare", bad, good]) == 0
    page = tmp_path / "report.html"
    assert main(["report", good, bad, "--html", str(page), "--markdown"]) == 0
    assert "40 berths" in page.read_text(encoding="utf-8")
    assert "| chuchu |" in capsys.readouterr().out
    assert main(["gate", good, "--baseline", good]) == 0
    assert "green" in capsys.readouterr().out


def test_an_index_that_is_there_can_be_asked(hashed: None, corpus: tuple[Path, Path], tmp_path: Path) -> None:
    folder, asks = corpus
    made = PassageIndex.create(tmp_path / "mine.sqlite", HashEncoder())
    made.add([(folder / "harbour.md", read(folder / "harbour.md"))])
    made.close()
    run_it = ["run", "--questions", str(asks), "--index", str(tmp_path / "mine.sqlite"), "--out", str(tmp_path / "r")]
    assert main(run_it) == 0
    assert json.loads((tmp_path / "r").read_text(encoding="utf-8"))["settings"]["passages"] == 1
    assert main([*run_it, "--noise"]) == 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id": "q1"', "asks.jsonl:1:"),
        ('{"id": "q1", "colour": "red"}', "asks.jsonl:1: unknown field 'colour'"),
        ("", "asks.jsonl:1: no question"),
    ],
)
def test_a_malformed_set_is_refused_in_one_line_before_a_model_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    monkeypatch.delattr(eval.__main__, "load_encoder")
    asks = tmp_path / "asks.jsonl"
    asks.write_text(line, encoding="utf-8")
    assert main(["run", "--questions", str(asks), "--out", str(tmp_path / "r.json")]) == 2
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1


def test_wrong_places_are_refused_before_anything_is_asked(
    hashed: None, corpus: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, asks = corpus
    there = ["run", "--questions", str(asks), "--transcripts", str(folder)]
    assert main([*there, "--out", str(tmp_path / "none" / "r.json")]) == 2
    assert "make it first" in capsys.readouterr().err
    assert main(["run", "--questions", str(asks), "--out", str(tmp_path / "r.json")]) == 2  # not of the briefings
    assert "harbour.md" in capsys.readouterr().err
    assert main(["compare", str(asks), str(asks)]) == 2
    assert "not a result file" in capsys.readouterr().err


def test_everything_is_every_system_on_every_set(
    hashed: None,
    corpus: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, asks = corpus
    monkeypatch.setattr(eval.__main__, "SETS", asks.parent)
    monkeypatch.setattr(eval.__main__, "CORPORA", (folder, tmp_path / "none"))
    monkeypatch.setattr(eval.__main__, "BRIEFINGS", folder)
    assert main(["--results", str(tmp_path / "results")]) == 0
    names = {json.loads(path.read_text(encoding="utf-8"))["name"] for path in (tmp_path / "results").iterdir()}
    assert names == {f"asks-{one.name}" for one in eval.__main__.VARIANTS}
    assert main(["--only", "refuse", "--results", str(tmp_path / "some")]) == 0
    (one,) = (tmp_path / "some").iterdir()
    assert one.name.startswith("asks-refuse-")
    capsys.readouterr()
    monkeypatch.setattr(eval.__main__, "CORPORA", (tmp_path / "none",))
    assert main(["--only", "refuse", "--results", str(tmp_path / "no")]) == 2
    assert "asks.jsonl: the transcripts of its gold are not here; left out" in capsys.readouterr().err


# ---- what breaks Chuchu turns the gate red

EVERY = 4  # a quarter of the questions is enough to see it, and takes seconds


@pytest.fixture(scope="module")
def shipped() -> tuple[list[Question], list[tuple[Path, Transcript]]]:
    questions = read_questions(SETS / "briefings.jsonl")[::EVERY]
    files = transcript_files([BRIEFINGS])
    return questions, list(zip(files, proved(questions, files), strict=True))


Asked = Callable[[Path, Callable[[PassageIndex], System]], dict[str, Any]]


@pytest.fixture(scope="module")
def ask_all(shipped: tuple[list[Question], list[tuple[Path, Transcript]]], bilingual: BilingualMiniLM) -> Asked:
    questions, transcripts = shipped

    def asked(out: Path, system: Callable[[PassageIndex], System]) -> dict[str, Any]:
        with indexed(transcripts, bilingual) as index:
            known = [transcript for _, transcript in transcripts]
            return run("broken", questions, system(index), index, out, {"system": "chuchu"}, known)

    return asked


def _chuchu(index: PassageIndex) -> System:
    return system_of("chuchu", index)


@pytest.fixture(scope="module")
def baseline(ask_all: Asked, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return ask_all(tmp_path_factory.mktemp("baseline") / "r.json", _chuchu)


def _mean(made: dict[str, Any], measure: str, part: str = "all") -> float:
    row = next(row for row in made["summary"] if row["slice"] == part)
    return float(row[measure]["mean"])


def test_the_same_code_keeps_the_gate_green_and_its_figures(
    ask_all: Asked, baseline: dict[str, Any], tmp_path: Path
) -> None:
    again = ask_all(tmp_path / "r.json", _chuchu)
    assert _steady(again) == _steady(baseline)
    assert gate(again, baseline) == []


def test_a_broken_chunker_turns_the_gate_red(
    ask_all: Asked, baseline: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings.index, "passages_of", _in_pieces)
    broken = ask_all(tmp_path / "r.json", _chuchu)
    assert _mean(broken, "all_terms") < _mean(baseline, "all_terms")
    assert any("all_terms fell" in reason for reason in gate(broken, baseline))


def _in_pieces(transcript: Transcript, target: float) -> list[Passage]:
    """Passages cut every 40 characters, wherever that is."""
    size = 40
    return [
        replace(
            passage,
            id=f"{passage.id}+{start}",
            start=passage.start + start,
            end=passage.start + min(start + size, len(passage.text)),
            text=passage.text[start : start + size],
            offsets=passage.offsets[start : start + size],
        )
        for passage in passages_of(transcript, target)
        for start in range(0, len(passage.text), size)
    ]


def test_a_disabled_chinese_tokenizer_turns_the_gate_red(
    ask_all: Asked, baseline: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = embeddings.lexical._tokens
    monkeypatch.setattr(embeddings.lexical, "_tokens", lambda text: (one for one in tokens(text) if one[0] != "han"))
    broken = ask_all(tmp_path / "r.json", _chuchu)
    for pair in ("pair zh→zh", "pair en→zh"):
        assert _mean(broken, "terms", pair) < _mean(baseline, "terms", pair), pair
    assert any("→zh: " in reason and "fell" in reason for reason in gate(broken, baseline))


def test_a_stub_that_always_quotes_the_first_passage_turns_the_gate_red(
    ask_all: Asked, baseline: dict[str, Any], tmp_path: Path
) -> None:
    class First(Stub):
        def ask(self, question: str, history: Sequence[str] = ()) -> Said:
            words = next(_passages(self.index)).text
            self.says = {question: words}
            return super().ask(question)

    broken = ask_all(tmp_path / "r.json", lambda index: First(index, {}))
    red = gate(broken, baseline)
    # "right" alone would not tell: whoever never refuses is right wherever an answer is expected.
    assert _mean(broken, "refusal_recall") == 0
    for measure in ("all_terms", "cited_gold", "precision", "ndcg@10"):
        assert _mean(broken, measure) < _mean(baseline, measure)
        assert any(f"all: {measure} fell" in reason for reason in red), measure
    assert _mean(broken, "verbatim") == 1  # copying keeps every promise, which is why promises alone prove little


def test_the_noise_leaves_every_gold_of_the_set() -> None:
    questions = read_questions(SETS / "briefings.jsonl")
    assert check(questions, [noisy(file) for file in transcript_files([BRIEFINGS])]) == []
