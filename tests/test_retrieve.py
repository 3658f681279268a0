"""Which passages a question finds: the right ones first, of both languages, and only those that a filter lets pass.

Everything runs on the encoder that ships, over small transcripts made up here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from made_up import transcript
from numpy.typing import NDArray

from assistant import Hit, Retriever, Where, as_langchain_retriever, retrieve
from assistant.retrieve import Route, legible
from corpus.transcript import Transcript, When
from embeddings.encoder import BilingualMiniLM
from embeddings.index import DamagedIndexError, IndexMismatchError, PassageIndex

FERRIES = transcript(
    "ferries.txt",
    "Lena Moor: The night ferry carried 4,100 cars in May.",
    "Lena Moor: A second pier for the ferry opens in October.",
    "Otto Brandt: The lighthouse was painted white and red.",
    "Otto Brandt: Fishing boats pay no harbour fee this winter.",
    held=When("2021-06-02", "stated"),
)
LIBRARY = transcript(
    "圖書館.txt",
    "陳國強: 圖書館五月份借出四萬本書。",
    "陳國強: 新的閱覽室十月啟用，座位三百個。",
    "林美玲: 兒童讀者的借書證免費。",
    "林美玲: 圖書館週一閉館整理書架。",
    lang="zh",
    id="圖書館",
    script="Hant",
    held=When("2022-03-10", "stated"),
)
TRAMS = transcript(
    "电车.txt",
    "陈国强: 有轨电车五月份运送乘客九十万人次。",
    "陈国强: 电车二号线十月通车。",
    lang="zh",
    id="电车",
    published=When("2023-11", "inferred"),
)
ROADS = transcript("roads.txt", "Mira Holt: Potholes on forty streets were filled.")  # of an unknown day

Make = Callable[..., Retriever]


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory, bilingual: BilingualMiniLM) -> Iterator[Make]:
    opened: list[PassageIndex] = []

    def made(*transcripts: Transcript) -> Retriever:
        folder = tmp_path_factory.mktemp("retrieve")
        index = PassageIndex.create(folder / "index.sqlite", bilingual)
        index.add([(folder / one.source, one) for one in transcripts])
        opened.append(index)
        return Retriever(index)

    yield made
    for index in opened:
        index.close()


@pytest.fixture(scope="module")
def four(make: Make) -> Retriever:
    return make(FERRIES, LIBRARY, TRAMS, ROADS)


def texts(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.text for hit in hits]


def scores(hits: Sequence[Hit]) -> list[float]:
    return [hit.score for hit in hits]


# ---- the ranking


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("How many cars did the night ferry carry?", "The night ferry carried 4,100 cars in May."),
        ("夜间渡轮运送了多少辆汽车？", "The night ferry carried 4,100 cars in May."),
        ("夜間渡輪運送了多少輛汽車？", "The night ferry carried 4,100 cars in May."),
        ("What colour is the lighthouse?", "The lighthouse was painted white and red."),
        ("灯塔是什么颜色？", "The lighthouse was painted white and red."),
        ("图书馆借出多少书？", "圖書館五月份借出四萬本書。"),
        ("How many books did the library lend?", "圖書館五月份借出四萬本書。"),
        ("哪一天图书馆闭馆", "圖書館週一閉館整理書架。"),
        ("When does tram line two open?", "电车二号线十月通车。"),
    ],
)
def test_a_question_finds_its_passage_first_in_either_language_and_script(
    four: Retriever, question: str, best: str
) -> None:
    assert texts(four.retrieve(question))[0] == best


def test_hits_come_best_first_each_once_and_at_most_k(four: Retriever) -> None:
    for k in (1, 2, 3, 8):
        hits = four.retrieve("ferry 渡轮", k)
        assert len(hits) == len({hit.passage.id for hit in hits}) == k
        assert scores(hits) == sorted(scores(hits), reverse=True)
    assert len(four.retrieve("ferry", 50)) == len(four.index) == 11


def test_more_than_a_pool_of_hits_can_be_had(make: Make) -> None:
    many = make(transcript("many.txt", *(f"Pier {n} is open." for n in range(300))))
    assert len(many.retrieve("Which pier is open?", 250)) == 250


def test_hits_of_equal_score_keep_the_order_in_which_they_were_indexed(make: Make) -> None:
    said = ("The gate is shut.", "The gate is shut.")
    twins = make(*(transcript(f"{name}.txt", *said, f"Harbour {name} was built first.") for name in "cab"))
    hits = twins.retrieve("Is the gate shut?", 6)
    assert len({*scores(hits)}) == 1
    assert [(hit.passage.transcript, hit.passage.turn) for hit in hits] == [
        *[("c", 1), ("c", 2), ("a", 1)],
        *[("a", 2), ("b", 1), ("b", 2)],
    ]


@pytest.mark.parametrize("route", get_args(Route))
def test_scores_of_every_route_follow_from_coverage_and_cosine(four: Retriever, route: Route) -> None:
    for question in ("night ferry", "夜间渡轮", "library 图书馆 in October"):
        for hit in four.retrieve(question, route=route):
            fused = 0.6 * hit.coverage**0.5 + 0.4 * hit.cosine
            wanted = {"dense": hit.cosine, "lexical": hit.coverage, "fused": fused}[route]
            assert hit.score == pytest.approx(wanted, abs=1e-5)
            assert hit.route == route
            assert 0 <= hit.coverage <= 1 + 1e-6
            assert -1 - 1e-6 <= hit.cosine <= 1 + 1e-6


def test_scores_can_be_compared_between_questions(four: Retriever) -> None:
    (answered,) = four.retrieve("Was the lighthouse painted white and red?", 1)
    (unanswered,) = four.retrieve("Which planets have rings of ice?", 1)
    assert answered.score > 0.7 > 0.3 > unanswered.score


def test_routes_differ_where_words_and_meaning_do(four: Retriever) -> None:
    question = "vessels that catch herring"
    meant = "Fishing boats pay no harbour fee this winter."
    assert texts(four.retrieve(question, route="dense"))[0] == meant
    assert all(hit.score == 0 for hit in four.retrieve(question, route="lexical") if hit.passage.text == meant)


# ---- filters


@pytest.mark.parametrize(
    ("where", "sources"),
    [
        (Where(), {"ferries.txt", "圖書館.txt", "电车.txt", "roads.txt"}),
        (Where(lang="en"), {"ferries.txt", "roads.txt"}),
        (Where(lang="zh"), {"圖書館.txt", "电车.txt"}),
        (Where(speaker="moor"), {"ferries.txt"}),
        (Where(speaker="陈国强"), {"圖書館.txt", "电车.txt"}),
        (Where(speaker="陳國強", source="电车"), {"电车.txt"}),
        (Where(since="2022"), {"圖書館.txt", "电车.txt"}),
        (Where(until="2022-03-10"), {"ferries.txt", "圖書館.txt"}),
        (Where(since="2021-06-03", until="2022-03-09"), set()),
        (Where(source="图书馆"), {"圖書館.txt"}),
        (Where(lang="en", speaker="陳國強"), set()),
    ],
)
@pytest.mark.parametrize("route", get_args(Route))
def test_only_what_a_filter_lets_pass_is_found(four: Retriever, where: Where, sources: set[str], route: Route) -> None:
    hits = four.retrieve("ferry 渡轮 2021", 20, where, route)
    assert {hit.passage.source for hit in hits} == sources


def test_a_filter_on_speakers_holds_within_a_transcript(four: Retriever) -> None:
    hits = four.retrieve("night ferry", 8, Where(speaker="Otto"))
    assert sorted(texts(hits)) == [
        "Fishing boats pay no harbour fee this winter.",
        "The lighthouse was painted white and red.",
    ]


def test_a_filter_is_applied_before_the_ranking_is_cut(make: Make) -> None:
    crowd = transcript("crowd.txt", *(f"Ada Ray: Ferry {n} carried cars." for n in range(200)))
    quiet = transcript("quiet.txt", *(f"Bo Lind: A lamp was lit in hall {n}." for n in range(10)))
    retriever = make(crowd, quiet)
    question = "Which ferry carried cars?"
    whole = [hit.passage.speaker for hit in retriever.retrieve(question, 210)]
    assert "Bo Lind" not in whole[:200]
    for where in (Where(speaker="Bo"), Where(source="quiet")):
        for route in get_args(Route):
            assert [hit.passage.speaker for hit in retriever.retrieve(question, 8, where, route)] == ["Bo Lind"] * 8


# ---- two languages


ENGLISH = transcript("toll.txt", "Mira Holt: The toll bridge is closed for repairs.")
CHINESE = transcript("收费.txt", "陈国强: 收费大桥因维修关闭。", lang="zh", id="收费")
QUESTIONS = ["Why is the toll bridge closed?", "收费大桥为什么关闭？", "收費大橋為什麼關閉？"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_500_passages_of_one_language_do_not_crowd_out_the_other(
    english_crowd: Retriever, chinese_crowd: Retriever, question: str
) -> None:
    assert CHINESE.text[5:].strip() in texts(english_crowd.retrieve(question))
    assert "The toll bridge is closed for repairs." in texts(chinese_crowd.retrieve(question))


@pytest.mark.parametrize("k", [2, 3, 8, 20])
def test_each_language_has_a_quarter_of_the_places(english_crowd: Retriever, chinese_crowd: Retriever, k: int) -> None:
    for retriever, question in ((english_crowd, QUESTIONS[0]), (chinese_crowd, QUESTIONS[1])):
        hits = retriever.retrieve(question, k)
        assert len(hits) == k
        assert scores(hits) == sorted(scores(hits), reverse=True)
        for lang in ("en", "zh"):
            assert sum(hit.passage.lang == lang for hit in hits) >= -(-k // 4)


def test_a_kept_place_goes_to_the_best_of_its_language(english_crowd: Retriever) -> None:
    (only,) = [hit for hit in english_crowd.retrieve(QUESTIONS[0], 4) if hit.passage.lang == "zh"]
    assert only.passage.text == "收费大桥因维修关闭。"


@pytest.fixture(scope="module")
def english_crowd(make: Make) -> Retriever:
    crowd = transcript("crowd.txt", *(f"The toll bridge {n} is closed." for n in range(500)))
    return make(crowd, ENGLISH, CHINESE, LIBRARY)


@pytest.fixture(scope="module")
def chinese_crowd(make: Make) -> Retriever:
    crowd = transcript("众.txt", *(f"收费大桥{n}号关闭。" for n in range(500)), lang="zh", id="众")
    return make(crowd, CHINESE, ENGLISH, FERRIES)


@pytest.mark.parametrize(
    "twins",
    [
        (
            "图书馆五月份借出多少书？",
            "圖書館五月份借出多少書？",
            "图书馆五月份借出多少书?",
            "　图书馆五月份借出多少书？ ",
        ),
        ("5G电车2号线什么时候通车", "５Ｇ電車２號線什麼時候通車", "５ｇ电车２号线什么时候通车"),
        ("Night Ferry in May", "night ferry in may", "ｎｉｇｈｔ　ｆｅｒｒｙ ｉｎ ＭＡＹ"),
        ("night ferry in May", "night\u200b fer\u200bry in\u00ad May\ufeff", "\u202enight\tferry\x00in May\r\n"),
    ],
)
def test_a_question_ranks_alike_in_either_script_width_and_with_unseen_characters(
    four: Retriever, twins: tuple[str, ...]
) -> None:
    first, *others = (four.retrieve(question) for question in twins)
    for other in others:
        assert texts(other) == texts(first)
        assert scores(other) == pytest.approx(scores(first))


def test_legible_drops_what_nobody_sees_and_keeps_every_letter() -> None:
    assert legible(" 5G\u200b\x07基站\u2060? ") == "5G 基站?"
    assert legible("café 适老化 😀 ５Ｇ") == "café 适老化 😀 ５Ｇ"
    assert legible("\u200b\ufeff\x00\n") == ""


# ---- what cannot be asked


class Counting(BilingualMiniLM):
    """The encoder that ships, counting the questions it encodes."""

    asked = 0

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += len(texts)
        return super().encode_questions(texts)


def test_what_cannot_be_asked_is_refused_before_anything_is_encoded(tmp_path: Path) -> None:
    encoder = Counting()
    index = PassageIndex.create(tmp_path / "index.sqlite", encoder)
    index.add([(tmp_path / "ferries.txt", FERRIES), (tmp_path / "library.txt", LIBRARY)])
    retriever, encoder.asked = Retriever(index), 0
    for question in ("", " ", "\u3000\n\t", "\u200b\x00"):
        assert retriever.retrieve(question) == []
    with pytest.raises(ValueError, match=r"the question has 100,000 characters; expected at most 2,000; ask a shorter"):
        retriever.retrieve("渡" * 100_000)
    for k in (0, -1):
        with pytest.raises(ValueError, match=f"k is {k}; expected 1 or more"):
            retriever.retrieve("ferry", k)
    with pytest.raises(ValueError, match="route is 'sparse'; expected one of fused, dense, lexical"):
        retriever.retrieve("ferry", route="sparse")  # type: ignore[arg-type]
    assert encoder.asked == 0
    assert len(retriever.retrieve("f" * 2_000)) == 8
    assert encoder.asked == 1
    index.close()


@pytest.mark.parametrize(
    "question", ["?!", "。。。", "😀😀", "\ud800", "' OR 1=1; --", "<b>", "a" * 2_000, "渡" * 2_000]
)
def test_strange_questions_find_something_without_an_error(four: Retriever, question: str) -> None:
    assert len(four.retrieve(question)) == 8


def test_an_empty_index_and_a_filter_that_lets_nothing_pass_find_nothing(make: Make, four: Retriever) -> None:
    assert make().retrieve("ferry") == []
    assert four.retrieve("ferry", where=Where(speaker="Nobody")) == []


# ---- for other programs


def test_retrieve_opens_the_index_at_a_path_or_the_one_in_the_settings(
    four: Retriever, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHUCHU_INDEX", str(four.index.path))
    wanted = four.retrieve("night ferry", 3, Where(lang="en"))
    assert retrieve("night ferry", 3, Where(lang="en")) == wanted
    assert retrieve("night ferry", 3, Where(lang="en"), index=str(four.index.path)) == wanted
    dense = retrieve("night ferry", route="dense", index=four.index.path)
    assert scores(dense) == scores(four.retrieve("night ferry", route="dense"))
    with pytest.raises(FileNotFoundError, match="no index there; make it with: chuchu index"):
        retrieve("night ferry", index=tmp_path / "none.sqlite")


def test_retrieve_refuses_an_index_of_another_encoder_and_a_damaged_one(
    tmp_path: Path, bilingual: BilingualMiniLM
) -> None:
    class Other(BilingualMiniLM):
        name = "other"

    PassageIndex.create(tmp_path / "other.sqlite", Other()).close()
    with pytest.raises(IndexMismatchError, match=r"'other'.*'bilingual-minilm'"):
        retrieve("night ferry", index=tmp_path / "other.sqlite")
    (tmp_path / "damaged.sqlite").write_bytes(b"SQLite format 3\x00" + bytes(200))
    with pytest.raises(DamagedIndexError):
        retrieve("night ferry", index=tmp_path / "damaged.sqlite")


def test_retrieve_sees_what_another_connection_adds(make: Make, tmp_path: Path, bilingual: BilingualMiniLM) -> None:
    path = make(FERRIES).index.path
    assert {hit.passage.lang for hit in retrieve("library", index=path)} == {"en"}
    other = PassageIndex.open(path, bilingual)
    other.add([(tmp_path / "b", LIBRARY)])
    other.close()
    assert retrieve("library", index=path)[0].passage.source == "圖書館.txt"


def test_the_langchain_retriever_gives_documents_with_what_is_known(make: Make) -> None:
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

    retriever = make(replace(FERRIES, title="Ferries", address="https://example.org/a"), LIBRARY)
    adapter = as_langchain_retriever(retriever, 3, Where(lang="en"))
    assert isinstance(adapter, BaseRetriever)
    found = adapter.invoke("How many cars did the night ferry carry?")
    hits = retriever.retrieve("How many cars did the night ferry carry?", 3, Where(lang="en"))
    assert all(isinstance(one, Document) for one in found)
    assert [(one.page_content, one.id) for one in found] == [(hit.passage.text, hit.passage.id) for hit in hits]
    assert found[0].metadata == {
        "source": "ferries.txt",
        "passage": hits[0].passage.id,
        "speaker": "Lena Moor",
        "role": None,
        "outlet": None,
        "kind": "transcript",
        "title": "Ferries",
        "event": "",
        "publisher": "",
        "address": "https://example.org/a",
        "lang": "en",
        "held": "2021-06-02",
        "held_known": "stated",
        "published": None,
        "published_known": "unknown",
        "point": None,
        "block": None,
        "score": hits[0].score,
    }
