"""One form of a text for matching: each character in its place, the language and script told; and Han numerals."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpus.folding
from corpus.folding import number_of, read_script, simplified
from corpus.transcript import Lang, Script


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("", "en"),
        ("2019", "en"),
        ("😀", "en"),
        ("5G App？", "en"),
        ("App数", "zh"),
        ("Say 船", "zh"),
        ("5G是什么", "zh"),
        ("How is 船 said?", "en"),
        ("用GPT写的诗", "zh"),
        ("適老化", "zh"),
        ("𠮷", "zh"),
    ],
)
def test_the_language_is_chinese_where_han_characters_are_as_many_as_latin_words(text: str, lang: Lang) -> None:
    assert read_script(text)[1] == lang


@pytest.mark.parametrize(
    ("text", "script"), [("渡輪與碼頭", "Hant"), ("渡轮与码头", "Hans"), ("山水人", "Hans"), ("Pier 9", "Latn")]
)
def test_the_script_is_that_of_most_characters_that_have_two_forms(text: str, script: Script) -> None:
    assert read_script(text)[2] == script


def test_each_character_keeps_its_place_and_words_are_converted_whole() -> None:
    assert read_script("（５Ｇ）碼頭　【渡輪】：ok")[0] == "(5G)码头 [渡轮]:ok"
    assert simplified("碼頭 Pier") == "码头 Pier"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_the_folded_text_is_as_long_as_the_text(text: str) -> None:
    assert len(read_script(text)[0]) == len(text)


@pytest.mark.parametrize(
    ("digits", "number"), [("", 0), ("10", 10), ("〇", 0), ("九", 9), ("十二", 12), ("九十九", 99), ("二〇三一", 2031)]
)
def test_a_number_is_read_in_either_writing(digits: str, number: int) -> None:
    assert number_of(digits) == number


@pytest.mark.parametrize("odd", ["x", "-1", "两", "1.5", "²"])
def test_what_is_no_number_is_refused(odd: str) -> None:
    with pytest.raises(ValueError):
        number_of(odd)


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(corpus.folding).failed == 0
