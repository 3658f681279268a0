"""The shipped digests against the transcripts that they stand for: nothing lost, nothing added, nothing copied.

The transcripts are other people's text and lie outside the project; where they are absent, only the digests'
front matter and order are held.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import opencc
import pytest

ROOT = Path(__file__).parents[1]
BRIEFINGS = ROOT / "corpus/briefings"
SEEDS = ROOT.parent / "shared/seeds"

KEYS = [
    *("kind", "lang", "title", "event", "held", "held_known"),
    *("published", "published_known", "publisher", "source_title"),
]

# Per digest: its transcript; the dates, none surer than the source allows; the labels of the turns (articles have
# none); what a reader may ask for by name, which the transcript has too; numerals that stand for its words.
CASES: dict[str, Any] = json.loads((ROOT / "tests/cases/briefings.json").read_text(encoding="utf-8"))

digests = pytest.mark.parametrize("stem", CASES)
fold = opencc.OpenCC("t2s").convert


def test_every_digest_has_its_row_in_the_tables() -> None:
    shipped = {path.stem for path in BRIEFINGS.iterdir()}
    assert shipped == set(CASES)


@digests
def test_front_matter_is_complete_and_no_surer_than_the_source(stem: str) -> None:
    front = _front(stem)
    assert list(front) == KEYS
    assert front["kind"] == "digest"
    assert front["title"]
    assert front["event"]
    assert front["lang"] == CASES[stem]["lang"]
    assert [front["held"], front["held_known"]] == CASES[stem]["held"]
    assert [front["published"], front["published_known"]] == CASES[stem]["published"]


@digests
def test_turns_open_with_the_labels_of_the_source(stem: str) -> None:
    assert re.findall(r"^\*\*(.+?):\*\* ", _body(stem), re.MULTILINE) == CASES[stem]["labels"]


@digests
def test_every_figure_of_the_transcript_is_in_the_digest(stem: str) -> None:
    assert not figures(seed(stem)) - figures(_body(stem))


@digests
def test_no_figure_is_in_the_digest_alone(stem: str) -> None:
    assert figures(_body(stem)) - figures(seed(stem)) <= set(CASES[stem]["added_figures"])


@digests
def test_names_and_terms_are_in_both(stem: str) -> None:
    said, source = _normal(_body(stem)), _normal(seed(stem))
    for name in map(_normal, CASES[stem]["names"]):
        assert name in source, f"{name} is not in the transcript"
        assert name in said, f"{name} is lost"


@digests
def test_points_have_the_numbers_and_order_of_the_transcript(stem: str) -> None:
    assert points(_body(stem)) == points(seed(stem)) != []


@digests
def test_no_run_of_words_is_copied(stem: str) -> None:
    theirs = set().union(*(runs(seed(other)) for other in CASES))
    assert not runs((BRIEFINGS / f"{stem}.md").read_text(encoding="utf-8")) & theirs


def test_runs_find_a_copied_sentence_in_either_script_and_through_glosses() -> None:
    assert runs("Eight words in a row are too many.") == {"eight words in a row are too many"}
    assert runs("「今天(tiān)的會(huì)議由他們共同主持」") == runs("今天的会议由他们共同主持") != set()
    assert runs("Seven of them are not a run") == runs("今天的会议由他们主持") == set()


def test_figures_keep_their_unit_and_leave_names_alone() -> None:
    assert figures("In 2021, ５G and IPv6 reached 1.5 million homes, up 8%.") == {"2021", "1.5 million", "8%"}
    assert figures("2021 年受惠 320 萬戶,通話 1.2 億次。") == {"2021年", "320万户", "1.2亿次"}


@digests
def test_gold_of_the_development_questions_stands_in_the_transcript_too(stem: str) -> None:
    paragraphs = [_normal(line) for line in seed(stem).splitlines()]
    questions = json.loads((ROOT / "tests/cases/questions.json").read_text(encoding="utf-8"))
    for question in questions:
        for gold in question["gold"]:
            if gold["digest"] != stem:
                continue
            assert gold["seed"] == CASES[stem]["seed"]
            wanted = [_normal(part) for part in gold["contains"]]
            assert any(all(part in line for part in wanted) for line in paragraphs), f"{question['id']}: {wanted}"


def seed(stem: str) -> str:
    """The transcript that the digest stands for, without pinyin glosses, advert tokens and page furniture."""
    found = sorted(SEEDS.glob(f"{CASES[stem]['seed']}_*.txt"))
    if not found:
        pytest.skip(f"no transcripts at {SEEDS}: the digests cannot be compared with their sources")
    text = unicodedata.normalize("NFKC", found[0].read_text(encoding="utf-8"))
    text = re.sub(r"(?<=[\u4e00-\u9fff])\([a-zà-ǜ]{1,7}\)", "", text)
    return re.sub(r"7AT664\.70|责任编辑:\d+|責任編輯:\d+|<[\s\d]+>", "", text)


def figures(text: str) -> set[str]:
    """Every number with the scale and unit behind it, every date by year, month and day; 5G and IPv6 are names."""
    text = fold(unicodedata.normalize("NFKC", text))
    text = re.sub(r"\b(\d{4})-0?(\d+)-0?(\d+)\b", r"\1年\2月\3日", text)
    text = re.sub(r"(?<=[\u4e00-\u9fff]) +(?=\d)|(?<=\d) +(?=[\u4e00-\u9fff])", "", text)
    unit = r"%| percentage points| (?:m|b|tr)illion|[万亿]?[\u4e00-\u9fff]|th\b"
    number = r"\d+(?:,\d{3})*(?:\.\d+)?"
    return set(re.findall(rf"\d+:\d+|(?<![A-Za-z\d.:]){number}(?![\d:]|G)(?:{unit})?", text))


def points(text: str) -> list[int]:
    """The numbers of the points that open a line, in order; First and 一 are 1."""
    names = ["first", "second", "third", "fourth", "fifth", *"一二三四五"]
    words = re.findall(r"^\s*(?:the )?([a-z]+)(?:,| is )|^([一二三四五])是", text, re.MULTILINE | re.IGNORECASE)
    opened = [(english or han).lower() for english, han in words]
    return [names.index(word) % 5 + 1 for word in opened if word in names]


def runs(text: str) -> set[str]:
    """Every run of 8 English words and of 12 Han characters, whatever the script, case and punctuation of words."""
    text = fold(re.sub(r"\([a-zà-ǜ]{1,7}\)", "", unicodedata.normalize("NFKC", text).lower()))
    found = set(_windows(re.findall(r"[\u4e00-\u9fff]+", text), 12, ""))
    for stretch in re.split(r"[\u4e00-\u9fff]+", text):
        found.update(_windows([re.findall(r"[a-z0-9]+", stretch)], 8, " "))
    return found


def _windows(stretches: list[str] | list[list[str]], size: int, glue: str) -> list[str]:
    return [glue.join(s[i : i + size]) for s in stretches for i in range(len(s) - size + 1)]


def _front(stem: str) -> dict[str, str]:
    front = (BRIEFINGS / f"{stem}.md").read_text(encoding="utf-8").split("---\n", 2)[1]
    return {key: value.strip() for key, _, value in (line.partition(":") for line in front.splitlines())}


def _body(stem: str) -> str:
    return (BRIEFINGS / f"{stem}.md").read_text(encoding="utf-8").split("---\n", 2)[2]


def _normal(text: str) -> str:
    return re.sub(r"\s", "", fold(unicodedata.normalize("NFKC", text))).casefold()
