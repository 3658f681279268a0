"""Terms, queries and BM25: a word is the same term in either script and width; scores worked by hand."""

from __future__ import annotations

import math
import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.transcript import Lang
from embeddings.dictionary import Dictionary
from embeddings.lexical import K1, PARTS_OF_YEAR, Postings, Query, fold, query_of, term_counts, term_hash

# No deadline: how fast the machine is says nothing about the claim.
unhurried = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
TWINS = [
    ("渡輪公司買了三艘新船", "渡轮公司买了三艘新船"),
    ("圖書館發放兩萬張讀者證", "图书馆发放两万张读者证"),
    ("鄉村學校的網絡與電腦", "乡村学校的网络与电脑"),
]
ODD = [
    "",
    " ",
    "a",
    "一",
    "😀🎉",
    "\ud800",
    "好\udfff",
    "\x00\x01\x1f",
    "\u200b\u202e\ufeff",
    "²①½",
    "'",
    "9" * 400 + "亿",
]


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return Dictionary.open()


@pytest.mark.parametrize(("traditional", "simplified"), TWINS)
def test_traditional_and_simplified_twins_have_the_same_terms(
    traditional: str, simplified: str, dictionary: Dictionary
) -> None:
    assert term_counts(traditional) == term_counts(simplified)
    assert query_of(traditional, "en", dictionary) == query_of(simplified, "en", dictionary)
    assert query_of(traditional, "zh", dictionary) == query_of(simplified, "zh", dictionary)


def test_full_width_letters_and_digits_equal_half_width_ones() -> None:
    assert term_counts("２０１９年　Ａｐｐ　１２，５００个") == term_counts("2019年 app 12,500个")


@pytest.mark.parametrize(
    "written", ["60万", "60 万", "60萬", "６０万", "600,000", "600000", "600 thousand", "0.6 million", "0.006亿"]
)
def test_a_figure_is_one_term_however_its_scale_is_written(written: str) -> None:
    assert "600000" in term_counts(f"some {written} of them")
    assert "600000" in term_counts(f"约有{written} 只")


def test_a_figure_meets_no_other_scale() -> None:
    assert "600000" not in term_counts("60 million, 60亿, 6,000, 600, 6万")


def test_a_year_and_a_percentage_stay_as_they_are() -> None:
    assert {"2019", "12.5"} <= set(term_counts("2019年增长12.5%"))


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("in the first quarter; Q1; 2031Q1; 一季度; 第一季度; 首季", {"q1"}),
        ("the second quarter, 二季度, 第二個季度", {"q2"}),
        ("the third-quarter briefing; Q3; 三季度; 第三季", {"q3"}),
        ("the fourth quarter; 2031Q4; 四季度; 第四季度", {"q4"}),
        ("the first half of the year; 上半年", {"h1"}),
        ("the second half of 2031; 2031H2; 下半年", {"h2"}),
        # Of nine months: found by the quarter that ends them too.
        ("the first three quarters; Q1-Q3 2031; Q1 to Q3; 前三季度; 前三個季度; 前三季; 一至三季度", {"9m", "q3"}),
    ],
)
def test_a_part_of_the_year_is_one_term_however_it_is_written(written: str, parts: set[str]) -> None:
    for one in written.split(";"):
        assert set(term_counts(one)) & PARTS_OF_YEAR == parts, one


@pytest.mark.parametrize(
    "other", ["a quarter of the first three piers", "the last quarter hour", "H2O", "四季如春", "季度"]
)
def test_what_is_no_part_of_the_year_is_none(other: str) -> None:
    assert not set(term_counts(other)) & PARTS_OF_YEAR


def test_a_quarter_finds_the_nine_months_that_it_ends_and_itself_first(dictionary: Dictionary) -> None:
    told = ["前三季度有四十班渡轮。", "三季度有九班渡轮。", "二季度有九班渡轮。"]
    for asked in ("三季度渡轮", "third-quarter ferries"):
        nine, third, second = _postings(*told).scores(query_of(asked, "zh", dictionary))
        assert min(nine, third) > second
    nine, third, _ = _postings(*told).scores(query_of("前三季度渡轮", "zh", dictionary))
    assert nine > third


def test_a_word_is_found_in_any_form_and_case() -> None:
    assert term_counts("Connected connections") == Counter({"connect": 2})
    assert term_counts("the mayor's harbours") == term_counts("The Mayor harbour")


def test_han_characters_count_singly_and_in_pairs() -> None:
    assert term_counts("苹果树") == Counter({"苹": 1, "果": 1, "树": 1, "苹果": 1, "果树": 1})


@pytest.mark.parametrize(
    ("question", "passages", "best"),
    [
        ("渔船有多少艘？", ["The library lent novels.", "Old fishing boats were repaired.", "Apples were sold."], 1),
        (
            "圖書館借出了什麼？",
            ["The library lent novels.", "Old fishing boats were repaired.", "Apples were sold."],
            0,
        ),
        ("How many fishing boats were repaired?", ["图书馆借出小说。", "苹果卖完了。", "修好了许多渔船。"], 2),
        ("What did the library lend?", ["圖書館借出小說。", "蘋果賣完了。", "修好了許多漁船。"], 0),
    ],
)
def test_a_question_reaches_the_passage_in_the_other_language(
    question: str, passages: list[str], best: int, dictionary: Dictionary
) -> None:
    lang: Lang = "en" if passages[0].isascii() else "zh"
    scores = _postings(*passages).scores(query_of(question, lang, dictionary))
    assert scores[best] > 0
    assert int(scores.argmax()) == best


@pytest.mark.parametrize(
    ("asked", "bare"),
    [
        ("How many apples were there?", "apples"),
        ("What is the harbour?", "harbour"),
        ("请问苹果有多少？", "苹果"),
        ("請問什麼是港口？", "港口"),
    ],
)
def test_words_that_only_ask_weigh_nothing(asked: str, bare: str, dictionary: Dictionary) -> None:
    for lang in ("en", "zh"):
        assert query_of(asked, lang, dictionary) == query_of(bare, lang, dictionary)


@pytest.mark.parametrize("question", ["How many?", "多少？", "的", "What is it?", "請問有幾個", "", "？！", "😀"])
def test_a_question_that_names_nothing_looks_for_nothing(question: str, dictionary: Dictionary) -> None:
    for lang in ("en", "zh"):
        assert query_of(question, lang, dictionary) == []


def test_a_word_that_the_dictionary_lacks_is_looked_for_as_it_stands(dictionary: Dictionary) -> None:
    assert "qwzx" in _terms(query_of("Where is Qwzx?", "zh", dictionary))
    assert "qwzx" in _terms(query_of("Qwzx在哪里？", "en", dictionary))


@pytest.mark.parametrize("odd", ODD)
def test_odd_text_gives_terms_and_a_query_without_an_error(odd: str, dictionary: Dictionary) -> None:
    assert all(count > 0 for count in term_counts(odd).values())
    for lang in ("en", "zh"):
        scores = _postings("some words", "几个字", odd).scores(query_of(odd, lang, dictionary))
        assert np.isfinite(scores).all()


@unhurried
@given(st.text(alphabet=st.characters(), max_size=60))
def test_folding_twice_changes_nothing_more_for_terms(text: str) -> None:
    assert term_counts(fold(text)) == term_counts(text) or not fold(text).isascii()


@pytest.mark.parametrize("unit", ["啊", "word ", "x", "1", "1,111", "万", "a'", "2亿"])
def test_a_hundred_thousand_characters_take_seconds_at_most(unit: str, dictionary: Dictionary) -> None:
    text = (unit * 100_000)[:100_000]
    begin = time.perf_counter()
    term_counts(text)
    query_of(text[:2_000], "en", dictionary)
    query_of(text[:2_000], "zh", dictionary)
    assert time.perf_counter() - begin < 10  # .3 s on an idle core; a regex that backtracks would take hours


# Three passages of 2, 2 and 1 terms: mean length 5/3.
BOATS = ("boat rope", "boat boat", "lamp")


def test_bm25_is_as_worked_by_hand() -> None:
    scores = _postings(*BOATS).scores([((1.0, {"boat": 1.0}),)])
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))  # in two of three passages
    room = 1.2 * (0.25 + 0.75 * 2 / (5 / 3))
    assert scores == pytest.approx([idf * 2.2 / (1 + room), idf * 4.4 / (2 + room), 0])


def test_weights_multiply_and_concepts_add_up() -> None:
    postings = _postings(*BOATS)
    boat = postings.scores([((1.0, {"boat": 1.0}),)])
    rope = postings.scores([((1.0, {"rope": 1.0}),)])
    assert postings.scores([((1.0, {"boat": 2.0}),), ((0.5, {"rope": 1.0}),)]) == pytest.approx(2 * boat + rope / 2)


def test_of_a_concept_only_the_best_alternative_counts() -> None:
    postings = _postings(*BOATS)
    boat = postings.scores([((1.0, {"boat": 1.0}),)])
    rope = postings.scores([((1.0, {"rope": 1.0}),)])
    both: Query = [((1.0, {"boat": 1.0}), (1.0, {"rope": 1.0}))]
    assert postings.scores(both) == pytest.approx(np.maximum(boat, rope))


def test_a_rarer_term_tells_more() -> None:
    postings = _postings(*BOATS)
    assert postings.idf("none") > postings.idf("rope") > postings.idf("boat") > 0


def test_share_is_how_much_of_the_query_a_text_holds() -> None:
    postings = _postings(*BOATS)
    query: Query = [((1.0, {"boat": 1.0}),), ((1.0, {"lamp": 1.0}),)]
    assert postings.share(query, term_counts("boats and lamps")) == pytest.approx(1)
    assert postings.share(query, term_counts("apples")) == 0
    lamp, boat = math.log(1 + 2.5 / 1.5), math.log(1 + 1.5 / 2.5)
    assert postings.share(query, term_counts("one lamp")) == pytest.approx(lamp / (lamp + boat))


WORDS = st.lists(st.sampled_from(["boat", "rope", "lamp", "apple", "船", "灯"]), max_size=12).map(" ".join)


@unhurried
@given(st.lists(WORDS, min_size=1, max_size=8), st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=3))
def test_the_share_of_a_query_lies_between_none_and_all(passages: list[str], asked: list[tuple[str, str]]) -> None:
    postings = _postings(*passages)
    query: Query = [
        ((1.0, dict.fromkeys(term_counts(one), 1.0)), (0.5, dict.fromkeys(term_counts(other), 1.0)))
        for one, other in asked
    ]
    assert all(0 <= postings.share(query, term_counts(passage)) <= 1 + 1e-9 for passage in passages)


def test_postings_of_nothing_find_nothing() -> None:
    empty = _postings()
    query: Query = [((1.0, {"boat": 1.0}),)]
    assert empty.scores(query).shape == (0,)
    assert empty.share(query, set()) == 0
    assert empty.most([]) == 0


def test_passages_without_terms_score_nothing() -> None:
    assert _postings("", "。").scores([((1.0, {"boat": 1.0}),)]).tolist() == [0, 0]


def test_a_very_long_passage_keeps_its_count_within_its_type() -> None:
    scores = _postings("船" * 70_000, "灯").scores([((1.0, {"船": 1.0}),)])
    assert 0 < scores[0] <= math.log(1 + 1.5 / 1.5) * (K1 + 1)
    assert scores[1] == 0


def _postings(*texts: str) -> Postings:
    counts = [term_counts(text) for text in texts]
    return Postings(
        np.array([term_hash(term) for one in counts for term in one], dtype=np.uint32),
        np.array([min(n, 65_535) for one in counts for n in one.values()], dtype=np.uint16),
        np.array([len(one) for one in counts], dtype=np.int64),
    )


def _terms(query: Query) -> set[str]:
    return {term for concept in query for _, terms in concept for term in terms}
