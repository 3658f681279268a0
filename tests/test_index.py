"""What an index does with transcripts: what comes, changes and goes, who sees it when, and what a filter lets pass."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from made_up import HashEncoder, transcript

from corpus.chunk import passages_of
from corpus.transcript import Passage, Segment, Transcript, TranscriptError, Turn, When
from embeddings import index as indexes
from embeddings import rows as file_rows
from embeddings.encoder import BilingualMiniLM
from embeddings.index import DamagedIndexError, IndexMismatchError, PassageIndex, Where
from embeddings.lexical import Query

CASES: dict[str, Any] = json.loads((Path(__file__).parent / "cases/where.json").read_text(encoding="utf-8"))

FERRIES = transcript(
    "ferries.txt",
    "Lena Moor: The night ferry carried 4,100 cars in May.",
    "Harbour Gazette: When will the second pier open?",
    "Lena Moor: The second pier opens in October.",
    held=When("2021-06-02", "stated"),
)
PIERS = transcript("码头.txt", "陈国强: 五月份夜间渡轮运送了4100辆汽车。", "陈国强: 第二座码头十月启用。", lang="zh")


def words(*terms: str) -> Query:
    return [((1.0, {term: 1.0}),) for term in terms]


def found(index: PassageIndex, where: Where | None = None) -> list[Passage]:
    """All passages that a filter lets pass, in the order in which they came."""
    vector = index.encoder.encode_questions(["pier"])[0]
    rows = [int(row) for lang in index.langs() for row in index.candidates(lang, vector, [], where, 1_000).rows]
    return index.passages(sorted(rows))


def texts(index: PassageIndex) -> list[str]:
    return [passage.text for passage in found(index)]


def encoded(index: PassageIndex) -> list[str]:
    assert isinstance(index.encoder, HashEncoder)
    return index.encoder.texts


def state(path: Path) -> list[list[tuple[Any, ...]]]:
    """Every row of every table."""
    base = sqlite3.connect(path)
    tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    rows = [base.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]
    base.close()
    return rows


# ---- what comes, changes and goes


def test_passages_come_back_as_they_went_in(index: PassageIndex, tmp_path: Path) -> None:
    text = "問：碼頭何時啟用？\n答：十月啟用。"
    asked = Turn(1, 2, 9, (Segment(2, 9),), speaker="記者", role="reporter", outlet="港口報")
    answered = Turn(2, 12, 17, (Segment(12, 17, point=1, block="next"),), "陳國強", "official", question=1)
    whole = Transcript(
        id="碼頭-q1",
        source="碼頭 Q1.txt",
        raw="«" + text,
        text=text,
        offsets=range(1, len(text) + 1),
        turns=(asked, answered),
        lang="zh",
        script="Hant",
        kind="digest",
        title="碼頭",
        event="港口發布會",
        publisher="港口局",
        address="https://example.org/a?b=c#d",
        held=When("2022-02", "inferred"),
        published=When("2022-03-01", "stated"),
    )
    index.add([(tmp_path / "碼頭 Q1.txt", whole)])
    assert [replace(p, offsets=list(p.offsets)) for p in found(index)] == [
        replace(p, offsets=list(p.offsets)) for p in passages_of(whole)
    ]


def test_each_language_is_ranked_by_its_own_words(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "a", FERRIES), (tmp_path / "b", PIERS)])
    vector = index.encoder.encode_questions(["pier"])[0]
    english = index.candidates("en", vector, words("pier", "octob"))
    chinese = index.candidates("zh", vector, words("码头", "十月"))
    assert index.langs() == ["en", "zh"]
    best = [int(near.rows[np.argmax(near.lexical)]) for near in (english, chinese)]
    assert [p.text for p in index.passages(best)] == ["The second pier opens in October.", "第二座码头十月启用。"]
    assert index.most("en", words("pier")) > 0 == index.most("en", [])
    assert index.share("zh", words("码头", "十月"), "码头在十月启用") == pytest.approx(1)


def test_candidates_are_the_nearest_with_their_exact_cosines(index: PassageIndex, tmp_path: Path) -> None:
    said = [f"Pier {n} took {n * 7} ferries and {n % 5} tugs." for n in range(40)]
    index.add([(tmp_path / "a", transcript("a.txt", *said))])
    vector = index.encoder.encode_questions(["ferries at pier 12"])[0]
    cosines = index.encoder.encode_questions(said) @ vector
    nearest = index.candidates("en", vector, [], pool=5)
    assert set(np.argsort(-cosines, kind="stable")[:5]) <= {int(row) - 1 for row in nearest.rows}
    assert nearest.dense == pytest.approx(cosines[nearest.rows - 1], abs=1e-6)
    assert [str(one.dtype) for one in (nearest.rows, nearest.dense, nearest.lexical)] == ["int64", "float32", "float32"]


def test_candidates_hold_the_best_of_either_route(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "a", transcript("a.txt", "Ferries wait at the pier.", "Ferries wait.", "Tugs moor."))])
    vector = index.encoder.encode_questions(["Ferries wait."])[0]
    both = index.candidates("en", vector, words("moor"), pool=1)
    assert both.rows.tolist() == [2, 3]
    assert both.dense[0] == pytest.approx(1)
    assert both.lexical[0] == 0 < both.lexical[1]


def test_adding_the_same_file_again_changes_nothing(index: PassageIndex, tmp_path: Path) -> None:
    assert index.add([(tmp_path / "a", FERRIES)]).added == ("ferries.txt",)
    before = state(index.path)
    changes = index.add([(tmp_path / "a", FERRIES)])
    assert (changes.unchanged, changes.passages, changes.encoded) == (("ferries.txt",), 0, 0)
    assert state(index.path) == before
    assert len(encoded(index)) == 3


def test_a_changed_file_is_replaced_and_unchanged_passages_keep_their_vectors(
    index: PassageIndex, tmp_path: Path
) -> None:
    index.add([(tmp_path / "a", FERRIES)])
    now = transcript(
        "ferries.txt", "Lena Moor: The night ferry carried 4,100 cars in May.", "Lena Moor: The pier is late."
    )
    changes = index.add([(tmp_path / "a", now)])
    assert (changes.replaced, changes.passages, changes.encoded) == (("ferries.txt",), 2, 1)
    assert encoded(index)[3:] == ["The pier is late."]
    assert texts(index) == ["The night ferry carried 4,100 cars in May.", "The pier is late."]
    assert [one.id for one in index.sources()] == ["ferries"]


@pytest.mark.parametrize(
    "facts",
    [{"held": When("2021-06-03", "stated")}, {"title": "Night ferries"}, {"publisher": "港口局"}],
    ids=["held", "title", "publisher"],
)
def test_other_facts_about_the_same_words_are_taken_over_without_encoding(
    index: PassageIndex, tmp_path: Path, facts: dict[str, Any]
) -> None:
    index.add([(tmp_path / "a", FERRIES)])
    changes = index.add([(tmp_path / "a", replace(FERRIES, **facts))])
    assert (changes.replaced, changes.encoded) == (("ferries.txt",), 0)
    assert {name: getattr(found(index)[0], name) for name in facts} == facts


def test_another_speaker_of_the_same_words_is_taken_over(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "a", PIERS)])
    turns = tuple(replace(turn, speaker="陳國強", role="official") for turn in PIERS.turns)
    assert index.add([(tmp_path / "a", replace(PIERS, turns=turns))]).replaced == ("码头.txt",)
    assert {(passage.speaker, passage.role) for passage in found(index)} == {("陳國強", "official")}


def test_the_same_words_under_another_path_are_left_out(index: PassageIndex, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    copy = replace(FERRIES, id="copy", source="copy.txt")
    changes = index.add([(tmp_path / "a", FERRIES), (tmp_path / "b", copy)])
    assert changes.added == ("ferries.txt",)
    assert changes.duplicates == (("copy.txt", "ferries.txt"),)
    assert len(index) == 3


def test_the_same_words_whose_path_is_gone_have_moved(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "gone", FERRIES)])
    changes = index.add([(tmp_path / "b", replace(FERRIES, id="moved", source="moved.txt"))])
    assert (changes.replaced, changes.encoded) == (("moved.txt",), 0)
    assert [(one.id, one.path, one.passages) for one in index.sources()] == [("moved", str(tmp_path / "b"), 3)]


def test_a_file_that_moves_onto_another_leaves_one_of_them(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "gone", FERRIES), (tmp_path / "b", PIERS)])
    assert index.add([(tmp_path / "b", FERRIES)]).replaced == ("ferries.txt",)
    assert [one.path for one in index.sources()] == [str(tmp_path / "b")]
    assert len(index) == 3


def test_a_file_that_becomes_a_copy_of_another_is_left_out(index: PassageIndex, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    index.add([(tmp_path / "a", FERRIES), (tmp_path / "b", PIERS)])
    assert index.add([(tmp_path / "b", FERRIES)]).duplicates == (("ferries.txt", "ferries.txt"),)
    assert [one.path for one in index.sources()] == [str(tmp_path / "a")]


def test_two_files_of_one_stem_have_distinct_ids(index: PassageIndex, tmp_path: Path) -> None:
    other = transcript("ferries.txt", "Lena Moor: The ferry of the north is new.")
    both = [(tmp_path / "south/ferries.txt", FERRIES), (tmp_path / "north/ferries.txt", other)]
    index.add(both)
    ids = [one.id for one in index.sources()]
    assert len(set(ids)) == 2 and ids[0] == "ferries" and ids[1].startswith("ferries~")
    assert index.add(both).unchanged == ("ferries.txt", "ferries.txt")
    assert [passage.text for passage in index.turn(ids[1], 1)] == ["The ferry of the north is new."]
    assert {passage.id.partition("/")[0] for passage in found(index)} == set(ids)


def test_of_one_path_given_twice_the_later_words_stay(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "a", FERRIES), (tmp_path / "a", PIERS)])
    assert texts(index) == ["五月份夜间渡轮运送了4100辆汽车。", "第二座码头十月启用。"]


def test_removing_takes_a_transcript_out_and_leaves_shared_vectors(index: PassageIndex, tmp_path: Path) -> None:
    other = transcript("other.txt", "Lena Moor: The second pier opens in October.", "Lena Moor: Tugs wait.")
    index.add([(tmp_path / "a", FERRIES), (tmp_path / "b", other)])
    assert len(encoded(index)) == 4
    assert index.remove(["ferries"]) == 3
    assert texts(index) == ["The second pier opens in October.", "Tugs wait."]
    assert index.check() == []
    assert index.remove(["other"]) == 2
    assert (len(index), index.langs(), index.sources()) == (0, [], [])


def test_removing_an_unknown_id_removes_nothing(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "a", FERRIES)])
    with pytest.raises(KeyError, match="nowhere"):
        index.remove(["ferries", "nowhere"])
    assert len(index) == 3


@pytest.mark.parametrize(("said", "lang"), [("The blue whale is a canary.", "en"), ("藍鯨就是金絲雀。", "zh")])
def test_removed_words_are_not_left_in_the_file(index: PassageIndex, tmp_path: Path, said: str, lang: Any) -> None:
    index.add([(tmp_path / "a", transcript("a.txt", said * 200, lang=lang)), (tmp_path / "b", FERRIES)])
    assert said.encode() in index.path.read_bytes()
    index.remove(["a"])
    assert said.encode() not in index.path.read_bytes()


def test_coming_and_going_does_not_let_the_file_grow(index: PassageIndex, tmp_path: Path) -> None:
    sizes = []
    for turn in range(6):
        index.add([(tmp_path / "a", transcript("a.txt", *(f"Ferry {turn * 40 + n} is new." for n in range(40))))])
        index.add([(tmp_path / "b", PIERS)])
        index.remove(["码头"])
        sizes.append(index.path.stat().st_size)
    assert max(sizes[1:]) <= sizes[1] * 1.2
    assert os.listdir(index.path.parent) == ["index.sqlite"]


def test_a_source_that_cannot_be_read_leaves_all_as_it_was(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "a", FERRIES)])
    before = state(index.path)

    def broken() -> Iterator[tuple[Path, Transcript]]:
        yield tmp_path / "b", PIERS
        raise TranscriptError("c.txt: no words")

    with pytest.raises(TranscriptError, match=r"c\.txt"):
        index.add(broken())
    assert state(index.path) == before
    assert len(index) == 3


def test_a_failing_encoder_leaves_all_as_it_was(tmp_path: Path) -> None:
    class Failing(HashEncoder):
        def encode_passages(self, texts: Any, progress: bool = False) -> Any:
            raise MemoryError("no room for a batch")

    index = PassageIndex.create(tmp_path / "index.sqlite", Failing())
    with pytest.raises(MemoryError):
        index.add([(tmp_path / "a", FERRIES)])
    assert (len(index), index.sources(), index.check()) == (0, [], [])
    index.close()


# ---- what is there


def test_an_empty_index_finds_nothing(index: PassageIndex) -> None:
    vector = index.encoder.encode_questions(["pier"])[0]
    assert len(index.candidates("en", vector, words("pier")).rows) == 0
    assert (len(index), index.langs(), index.sources(), index.turn("ferries", 1)) == (0, [], [], [])
    assert (index.most("zh", words("码头")), index.share("zh", words("码头"), "码头")) == (0, 0)
    assert index.passages([]) == []


def test_one_passage_is_found(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "a", transcript("a.txt", "码头启用了。", lang="zh"))])
    assert texts(index) == ["码头启用了。"]
    assert found(index)[0].speaker is None


def test_a_turn_comes_whole_and_in_order(index: PassageIndex, tmp_path: Path) -> None:
    points = [f"Point {n} says that pier {n} opens and that the ferries of pier {n} are new." for n in range(1, 9)]
    text = "\n".join(points)
    starts = [text.index(point) for point in points]
    spans = tuple(Segment(at, at + len(point), n) for n, (at, point) in enumerate(zip(starts, points, strict=True), 1))
    turns = (Turn(1, 0, len(text), spans),)
    long = replace(FERRIES, id="long", text=text, raw=text, offsets=range(len(text)), turns=turns)
    index.add([(tmp_path / "a", FERRIES), (tmp_path / "b", long)])
    assert [passage.text for passage in index.turn("long", 1)] == points
    assert [passage.text for passage in index.turn("ferries", 2)] == ["When will the second pier open?"]
    assert index.turn("long", 2) == index.turn("nowhere", 1) == []


def test_sources_are_listed_by_name_with_what_is_known_of_them(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "b", PIERS), (tmp_path / "a", FERRIES)])
    first, second = index.sources()
    assert (first.source, first.passages, first.held) == ("ferries.txt", 3, When("2021-06-02", "stated"))
    assert (second.source, second.lang, second.held, second.path) == ("码头.txt", "zh", When(), str(tmp_path / "b"))


def test_a_row_that_is_gone_is_a_key_error_and_never_another_passage(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "a", FERRIES)])
    rows = [1, 2, 3]
    assert len(index.passages(rows)) == 3
    index.remove(["ferries"])
    index.add([(tmp_path / "b", PIERS)])
    with pytest.raises(KeyError, match="row 1"):
        index.passages(rows)


@pytest.mark.parametrize(
    ("source", "speaker"),
    [
        ('it\'s "quoted".txt', "Robert'); DROP TABLE passage;--"),
        ("50% off_?#&.txt", "%_?"),
        ("渡轮 “簡報”.txt", "陈“国”强"),
        (os.fsdecode("码头.txt".encode("gb18030")), "Lena\u0000Moor"),
    ],
    ids=["quotes", "wildcards", "han", "undecodable"],
)
def test_names_are_only_names(index: PassageIndex, tmp_path: Path, source: str, speaker: str) -> None:
    index.add([(tmp_path / source, replace(transcript("a.txt", f"{speaker}: Tugs wait."), source=source))])
    assert [(one.source, one.path) for one in index.sources()] == [(source, str(tmp_path / source))]
    assert [passage.speaker for passage in found(index, Where(speaker=speaker))] == [speaker]
    assert [passage.source for passage in found(index, Where(source=source))] == [source]
    assert index.remove([index.sources()[0].id]) == 1


@pytest.mark.parametrize("name", ["a?mode=memory", "a#b", "file:a", "码头 索引", ":memory:", "a%20b"])
def test_the_index_lies_at_the_path_that_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    index = PassageIndex.create(Path("new folder") / name, HashEncoder())
    monkeypatch.chdir(tmp_path / "elsewhere")
    index.add([(tmp_path / "a", FERRIES)])
    assert len(index) == 3
    index.close()
    assert os.listdir(tmp_path / "new folder") == [name]
    assert os.listdir(tmp_path / "elsewhere") == []


# ---- filters


@pytest.fixture(scope="module")
def filtered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PassageIndex]:
    folder = tmp_path_factory.mktemp("filters")
    index = PassageIndex.create(folder / "index.sqlite", HashEncoder())
    for facts in CASES["transcripts"]:
        dates = {name: When(*facts[name]) for name in ("held", "published") if name in facts}
        turns = [f"{speaker}: {facts['source']} {n}" for n, speaker in enumerate(facts["speakers"]) if speaker]
        one = transcript(facts["source"], *(turns or ["Nobody knows who said this."]), lang=facts["lang"], **dates)
        index.add([(folder / facts["source"], one)])
    yield index
    index.close()


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: json.dumps(case["where"], ensure_ascii=False))
def test_a_filter_lets_pass(filtered: PassageIndex, case: dict[str, Any]) -> None:
    sources = {passage.source for passage in found(filtered, Where(**case["where"]))}
    assert sources == set(case["found"])


@pytest.mark.parametrize("where", CASES["refused"], ids=json.dumps)
def test_a_filter_that_cannot_be_read_is_refused(where: dict[str, Any]) -> None:
    (name,) = where
    with pytest.raises(ValueError, match=f"^{name} is .*; expected"):
        Where(**where)


def test_a_filter_takes_dates(filtered: PassageIndex) -> None:
    where = Where(since=date(2021, 3, 4), until=date(2021, 12, 31))
    assert {passage.source for passage in found(filtered, where)} == {"harbour.txt"}


def test_a_filter_looks_at_the_speaker_of_each_passage(filtered: PassageIndex) -> None:
    assert [passage.speaker for passage in found(filtered, Where(speaker="gazette"))] == ["Harbour Gazette"]


def test_passages_are_filtered_before_they_are_ranked(index: PassageIndex, tmp_path: Path) -> None:
    near = [(tmp_path / f"{n}", transcript(f"{n}.txt", f"The pier pier pier {n}.")) for n in range(30)]
    index.add([*near, (tmp_path / "far", transcript("far.txt", "Lena Moor: Nothing of the kind."))])
    vector = index.encoder.encode_questions(["The pier pier pier."])[0]
    only = index.candidates("en", vector, words("pier"), Where(speaker="Moor"), pool=1)
    assert [passage.source for passage in index.passages([int(row) for row in only.rows])] == ["far.txt"]


# ---- who sees what when


def test_another_index_object_sees_a_commit_at_once(index: PassageIndex, tmp_path: Path) -> None:
    other = PassageIndex.open(index.path, HashEncoder())
    assert len(other) == 0
    index.add([(tmp_path / "a", FERRIES)])
    assert texts(other) == texts(index)
    other.add([(tmp_path / "a", PIERS)])
    assert texts(index) == [passage.text for passage in passages_of(PIERS)]
    index.remove(["码头"])
    assert (len(other), other.langs()) == (0, [])
    other.close()


def test_reading_holds_one_state_and_a_change_waits_for_its_end(
    index: PassageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "COMMIT_WAITS_MS", 20)
    index.add([(tmp_path / "a", FERRIES)])
    other = PassageIndex.open(index.path, HashEncoder())
    with index.reading():
        with pytest.raises(BlockingIOError, match="nothing was changed"):
            other.remove(["ferries"])
        assert len(index.passages([1, 2, 3])) == len(index) == len(other) == 3
    other.remove(["ferries"])
    assert len(index) == 0
    other.close()


def test_threads_share_an_index_while_it_changes(index: PassageIndex, tmp_path: Path) -> None:
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(60):
            with index.reading():
                said = texts(index)
                if len(said) not in (0, 3) or len(said) != len(index):
                    wrong.append(said)

    readers = [Thread(target=ask) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(10):
        index.add([(tmp_path / "a", FERRIES)])
        index.remove(["ferries"])
    for reader in readers:
        reader.join()
    assert wrong == []


# ---- who made it


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (HashEncoder(name="another"), ("'hash'", "'another'")),
        (HashEncoder(fingerprint="2"), ("fingerprint '1'", "'2'")),
        (HashEncoder(dimension=64), ("dimension '32'", "'64'")),
    ],
    ids=["name", "fingerprint", "dimension"],
)
def test_an_index_of_another_encoder_is_refused_with_the_remedy(
    index: PassageIndex, other: HashEncoder, says: tuple[str, str]
) -> None:
    for enter in (PassageIndex.open, PassageIndex.create):
        with pytest.raises(IndexMismatchError) as refused:
            enter(index.path, other)
        assert all(part in str(refused.value) for part in (*says, "--rebuild", str(index.path)))


def test_an_index_of_other_terms_or_another_format_is_refused(
    index: PassageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(IndexMismatchError, match="lexical"):
        patch.setattr(file_rows, "LEXICAL_VERSION", 10_000)
        PassageIndex.open(index.path, HashEncoder())
    with monkeypatch.context() as patch, pytest.raises(IndexMismatchError, match="reads 10000"):
        patch.setattr(file_rows, "FORMAT", 10_000)
        PassageIndex.open(index.path, HashEncoder())


def test_a_rebuild_makes_all_vectors_anew_and_keeps_the_words(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "a", FERRIES), (tmp_path / "b", PIERS)])
    before = found(index)
    another = HashEncoder(name="another", dimension=48)
    rebuilt = PassageIndex.rebuild(index.path, another)
    assert found(rebuilt) == before
    assert sorted(another.texts) == sorted(passage.text for passage in before)
    vector = another.encode_questions(["The second pier opens in October."])[0]
    assert rebuilt.candidates("en", vector, []).dense.max() == pytest.approx(1)
    assert rebuilt.check() == []
    with pytest.raises(IndexMismatchError, match="another"):  # the one that was open all the time
        index.langs()
    with pytest.raises(IndexMismatchError, match="another"):
        index.add([(tmp_path / "c", PIERS)])
    rebuilt.close()
    PassageIndex.rebuild(index.path, index.encoder).close()
    assert found(index) == before


def test_what_is_no_index_is_refused(tmp_path: Path) -> None:
    base = sqlite3.connect(tmp_path / "other.sqlite")
    base.execute("CREATE TABLE passage (text)")
    base.commit()
    base.close()
    (tmp_path / "notes.txt").write_text("The pier opens in October.\n" * 300, encoding="utf-8")
    (tmp_path / "empty").touch()
    for name in ("other.sqlite", "notes.txt", "empty"):
        with pytest.raises(DamagedIndexError, match=r"chuchu index PATH… --index"):
            PassageIndex.open(tmp_path / name, HashEncoder())
    for name in ("other.sqlite", "notes.txt"):
        with pytest.raises(DamagedIndexError):
            PassageIndex.create(tmp_path / name, HashEncoder())
    for name in ("missing", "."):
        with pytest.raises(FileNotFoundError, match=r"no index there; make it with: chuchu index"):
            PassageIndex.open(tmp_path / name, HashEncoder())
        with pytest.raises(FileNotFoundError):
            PassageIndex.rebuild(tmp_path / name, HashEncoder())


def test_the_shipped_encoder_finds_either_language_by_meaning(bilingual: BilingualMiniLM, tmp_path: Path) -> None:
    said = ["今年新建了两座码头。", "天气预报说明天有雨。", "医院新增了三百张床位。"]
    told = ["Two piers were built this year.", "Rain is expected tomorrow.", "The hospital added 300 beds."]
    index = PassageIndex.create(tmp_path / "index.sqlite", bilingual)
    index.add([(tmp_path / "a", transcript("a.txt", *said, lang="zh")), (tmp_path / "b", transcript("b.txt", *told))])
    for question in ("How many hospital beds were added?", "医院增加了多少床位？", "醫院增加了多少床位？"):
        vector = bilingual.encode_questions([question])[0]
        best = []
        for lang in index.langs():
            near = index.candidates(lang, vector, [])
            best.append(index.passages([int(near.rows[np.argmax(near.dense)])])[0].text)
        assert best == ["The hospital added 300 beds.", "医院新增了三百张床位。"]
    assert index.check() == []
    index.close()
