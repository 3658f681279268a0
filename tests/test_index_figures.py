"""Figures in an index: what goes in comes out, follows its transcript, and is read anew when the rules are others."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from made_up import HashEncoder, transcript

from corpus.figures import FIGURES_VERSION, Figure, figures_of
from corpus.formats import transcript_files
from corpus.reader import read
from corpus.transcript import Passage, When
from embeddings import rows as file_rows
from embeddings.index import IndexMismatchError, PassageIndex

BRIEFINGS = Path(__file__).parents[1] / "corpus/briefings"
CLINICS = transcript(
    "clinics.txt",
    "Lena Moor: The county opened 1,250 clinics in 2021, 8.5% more than in 2020. Another 300 are planned for 2022.",
    "Lena Moor: Nothing else was said.",
    "Lena Moor: A visit took between 20 and 30 minutes.",
    held=When("2022-02-03", "stated"),
)
TRAINS = transcript(
    "列車.txt",
    "陳國強: 二〇二一年，全國開行旅客列車約３．２萬列，同比增長百分之十二。",
    "陈国强: 截至去年底，共有1200个车站。",
    lang="zh",
    held=When("2022-01-20", "stated"),
)


def passages(index: PassageIndex) -> list[Passage]:
    """All passages of an index, in the order in which they came."""
    vector = index.encoder.encode_questions(["clinic"])[0]
    rows = [int(row) for lang in index.langs() for row in index.candidates(lang, vector, [], pool=10_000).rows]
    return index.passages(sorted(rows))


def values(index: PassageIndex) -> list[Decimal]:
    return [figure.value for _, figure in index.figures()]


def test_figures_come_back_as_they_were_read(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "a", CLINICS), (tmp_path / "b", TRAINS)])
    said = passages(index)
    assert [figure for _, figure in index.figures()] == figures_of(said[:3]) + figures_of(said[3:])
    assert set(values(index)) >= {Decimal(1250), Decimal("8.5"), Decimal(32_000), Decimal(1200)}
    assert {figure.high for _, figure in index.figures()} == {None, Decimal(30)}


def test_figures_of_the_briefings_come_back_as_they_were_read(index: PassageIndex) -> None:
    index.add((file, read(file)) for file in transcript_files([BRIEFINGS]))
    kept = [figure for _, figure in index.figures()]
    transcripts = groupby(passages(index), key=lambda passage: passage.transcript)
    assert kept == [figure for _, own in transcripts for figure in figures_of(list(own))]
    assert len(kept) > 20


def test_a_figure_names_the_row_and_the_id_of_its_passage(index: PassageIndex, tmp_path: Path) -> None:
    other = replace(CLINICS, title="Clinics of the south")
    index.add([(tmp_path / "north/clinics.txt", CLINICS), (tmp_path / "south/clinics.txt", other)])
    assert len({one.id for one in index.sources()}) == 2, "of two of one name, one gets a mark in its id"
    for row, figure in index.figures():
        (passage,) = index.passages([row])
        assert passage.id == figure.passage
    assert Counter(figure.passage.partition("/")[0] for _, figure in index.figures()) == {
        one.id: len(index.figures()) // 2 for one in index.sources()
    }


def test_figures_are_listed_by_row_and_place(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "b", TRAINS), (tmp_path / "a", CLINICS)])
    places = [(row, figure.start) for row, figure in index.figures()]
    assert places == sorted(places) and len(set(places)) == len(places)


def test_figures_are_found_by_the_exact_name_of_their_indicator(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "a", CLINICS), (tmp_path / "b", TRAINS)])
    assert sum(index.indicators().values()) == len(index.figures())
    for name, count in index.indicators().items():
        named = index.figures(name)
        assert named == [one for one in index.figures() if one[1].indicator == name]
        assert len(named) == count
    assert index.figures("an indicator of nothing") == []


def test_an_empty_index_has_no_figures(index: PassageIndex, tmp_path: Path) -> None:
    assert (index.figures(), index.indicators()) == ([], Counter())
    index.add([(tmp_path / "a", transcript("a.txt", "Lena Moor: Nothing was counted."))])
    assert (index.figures(), index.figures(""), index.indicators()) == ([], [], Counter())


def test_figures_come_and_go_with_their_transcript(index: PassageIndex, tmp_path: Path) -> None:
    other = PassageIndex.open(index.path, HashEncoder())
    index.add([(tmp_path / "a", CLINICS), (tmp_path / "b", TRAINS)])
    assert other.figures() == index.figures()
    index.add([(tmp_path / "a", transcript("clinics.txt", "Lena Moor: The county opened 1,300 clinics in 2021."))])
    assert 1300 in values(other) and 1250 not in values(index)
    other.remove(["列車"])
    assert values(index) == [1300]
    index.remove(["clinics"])
    assert other.figures() == index.figures() == []
    other.close()


def test_another_day_of_the_event_gives_its_figures_another_time(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "b", TRAINS)])
    before = [figure.period for _, figure in index.figures()]
    index.add([(tmp_path / "b", replace(TRAINS, held=When("2019-01-20", "stated")))])
    after = [figure.period for _, figure in index.figures()]
    assert len(before) == len(after) and before != after


def test_what_was_found_does_not_change_what_is_kept(index: PassageIndex, tmp_path: Path) -> None:
    index.add([(tmp_path / "a", CLINICS)])
    count = len(index.figures())
    index.figures().clear()
    index.indicators().clear()
    assert len(index.figures()) == count > 0


def test_figures_by_other_rules_are_refused_and_read_anew_by_a_rebuild(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "index.sqlite"

    def older(passages: Sequence[Passage]) -> list[Figure]:
        return [replace(figure, value=Decimal(1)) for figure in figures_of(passages)]

    with monkeypatch.context() as patch:
        patch.setattr(file_rows, "FIGURES_VERSION", 0)
        patch.setattr(file_rows, "figures_of", older)
        index = PassageIndex.create(path, HashEncoder())
        # Of one name, so that one has a mark in its id.
        index.add([(tmp_path / "a", CLINICS), (tmp_path / "b", TRAINS), (tmp_path / "c", replace(CLINICS, title="C"))])
        assert set(values(index)) == {1}
    with pytest.raises(IndexMismatchError, match=rf"figures '0'.* '{FIGURES_VERSION}'.*--rebuild"):
        PassageIndex.open(path, HashEncoder())
    PassageIndex.rebuild(path, HashEncoder()).close()
    said = passages(index)
    anew = figures_of(said[:3]) + figures_of(said[3:5]) + figures_of(said[5:])
    assert [figure for _, figure in index.figures()] == anew
    assert index.check() == []
    index.close()


def test_an_index_from_before_there_were_figures_is_refused(index: PassageIndex, tmp_path: Path) -> None:
    base = sqlite3.connect(index.path)
    base.execute("PRAGMA user_version = 1")
    with pytest.raises(IndexMismatchError, match=r"has format 1; .* index the transcripts again"):
        PassageIndex.open(index.path, HashEncoder())
    base.execute("PRAGMA user_version = 2")
    base.close()


@pytest.mark.parametrize(
    "changes",
    [{"end": 10_000}, {"start": -1}, {"end": 0}, {"value": "many"}, {"period": 2021}],
    ids=["end", "start", "empty", "value", "period"],
)
def test_a_figure_that_cannot_be_read_or_does_not_stand_in_its_passage_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    def wrong(passages: Sequence[Passage]) -> list[Figure]:
        return [replace(figure, **changes) for figure in figures_of(passages)]

    monkeypatch.setattr(file_rows, "figures_of", wrong)
    index = PassageIndex.create(tmp_path / "index.sqlite", HashEncoder())
    index.add([(tmp_path / "a", CLINICS)])
    assert index.check()[0] == "the passage in row 1 has figures that cannot be read or do not stand in it"
    index.close()
