"""Words that stand for each other in parallel texts: learned from a handful of made-up rows, worked by hand."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from embeddings.dictionary import Dictionary, stem
from embeddings.lexical import LEARNED, TRUST, query_of
from embeddings.training import alignments as module
from embeddings.training.alignments import Alignment, kept, learn, words_of

OWLS = [(["owl"], ["猫头鹰"]), (["owl", "bridg"], ["猫头鹰", "桥"])]


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return Dictionary.open()


def test_a_word_alone_in_its_row_tells_what_the_others_mean() -> None:
    # Round 1: the first row gives 1, each cell of the second ½ · ½. Round 2: in the second row "owl" gives 猫头鹰
    # (5/6) / (5/6 + 1/2) = 5/8 and 桥 3/8, "bridge" 1/4 and 3/4; the other direction is the same mirrored.
    first = {(one.zh, one.en): one.count for one in learn(OWLS, rounds=1, least=1)}
    assert first == pytest.approx(
        {("桥", "bridg"): 1 / 4, ("桥", "owl"): 1 / 4, ("猫头鹰", "bridg"): 1 / 4, ("猫头鹰", "owl"): 5 / 4}
    )
    second = {(one.zh, one.en): one for one in learn(OWLS, rounds=2, least=1)}
    assert second["猫头鹰", "owl"].count == pytest.approx(1 + 25 / 64)
    assert second["桥", "bridg"].count == pytest.approx(9 / 16)
    assert second["桥", "owl"].count == pytest.approx(3 / 32)
    assert second["桥", "bridg"].p_en == second["桥", "bridg"].p_zh == pytest.approx(6 / 7)
    assert list(second) == sorted(second)


def test_words_of_too_few_rows_and_rows_of_nothing_teach_nothing() -> None:
    assert [(one.zh, one.en) for one in learn(OWLS, least=2)] == [("猫头鹰", "owl")]
    assert learn([]) == learn([(["owl"], []), ([], ["桥"])], least=1) == []


def test_more_rounds_leave_the_probable_pairs_only() -> None:
    late = {(one.zh, one.en): one.p_en for one in learn(OWLS, rounds=30, least=1)}
    assert late == pytest.approx({("桥", "bridg"): 1.0, ("猫头鹰", "owl"): 1.0}, abs=1e-3)


def test_either_script_gives_the_same_words_without_grammar_and_figures(dictionary: Dictionary) -> None:
    told = "2031年，圖書館在橋上借出了三艘渡輪，用App。"
    assert words_of(told, dictionary) == words_of(told.translate(str.maketrans("圖書館橋輪", "图书馆桥轮")), dictionary)
    assert {"图书馆", "渡轮", "app"} <= set(words_of(told, dictionary))
    assert not {"在", "了", "2031"} & set(words_of(told, dictionary))
    assert words_of("The mayor's harbours have 12 Harbours", dictionary) == ["mayor", stem("harbours")]


def test_what_is_kept_was_aligned_once_and_is_likely_in_one_direction() -> None:
    likely, rare = Alignment("桥", "bridg", 5, 0.9, 0.9), Alignment("桥", "pier", 0.4, 0.1, 0.5)
    far, name = Alignment("桥", "owl", 2, 0.004, 0.009), Alignment("app", "app", 9, 1.0, 1.0)
    assert kept([likely, rare, far, name]) == [likely]
    many = [Alignment("桥", f"word{i:02}", 30 - i, 0.05 - i / 1000, 0.001) for i in range(20)]
    assert kept(many) == many[: module.MOST]


def test_the_same_alignments_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.gz", "two.gz"):
        module.write(tmp_path / name, [Alignment("桥", "bridg", 5, 0.9, 0.8764)])
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()
    lines = gzip.decompress((tmp_path / "one.gz").read_bytes()).decode().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["桥\tbridg\t0.900\t0.876"]


def test_what_was_learned_is_known_in_either_language(dictionary: Dictionary) -> None:
    assert next(iter(dictionary.aligned("渔船"))) in {stem("fishing"), stem("vessel"), stem("boat")}
    assert "渔船" in dictionary.aligned(stem("vessel"))
    assert dictionary.aligned("qwzx") == dictionary.aligned("") == {}
    for word in ("渔船", "图书馆", stem("bridge")):
        shares = list(dictionary.aligned(word).values())
        assert shares == sorted(shares, reverse=True)
        assert 0 < min(shares) <= sum(shares) <= 1.01


class Told(Dictionary):
    """A dictionary of one word, so that trust can be worked by hand."""

    def __init__(self, said: dict[str, float], learned: dict[str, float]) -> None:
        self.said, self.learned = said, learned

    def translations(self, phrase: str) -> dict[str, float]:
        return self.said

    def aligned(self, word: str) -> dict[str, float]:
        return self.learned


def test_shares_of_both_sources_are_mixed_and_one_that_is_silent_leaves_it_to_the_other() -> None:
    def trusts(said: dict[str, float], learned: dict[str, float]) -> dict[str, float]:
        ((_, *found),) = query_of("bridge", "zh", Told(said, learned))
        return {max(terms, key=len): trust for trust, terms in found}

    # 桥 (1 - .4) · 1 + .4 · .5 = .8, 梁 .4 · .5 = .2.
    assert LEARNED == 0.4
    assert trusts({"桥": 1.0}, {"桥": 0.5, "梁": 0.5}) == pytest.approx({"桥": 1.0, "梁": (0.2 / 0.8) ** TRUST})
    assert trusts({"桥": 0.8, "梁": 0.2}, {}) == pytest.approx({"桥": 1.0, "梁": 0.25**TRUST})
    assert trusts({}, {"桥": 0.5, "梁": 0.1}) == pytest.approx({"桥": 1.0, "梁": 0.2**TRUST})
    assert trusts({}, {}) == {}
