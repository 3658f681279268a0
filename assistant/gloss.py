"""What the key terms of a quote mean, for an asker who reads the other language.

The quote stays as it was said. A wrong meaning is worse than none: terms of the glossary and of several words go before
single words, and a single word is believed only where dictionary and parallel texts agree on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus.folding import HAN_RANGE, read_script, traditional
from corpus.transcript import Lang, Script
from embeddings.dictionary import Dictionary, glossary, stem
from embeddings.lexical import HOME, STOP_EN, STOP_HAN

__all__ = ["Gloss", "glossed", "glosses"]

Gloss = tuple[tuple[str, str], ...]

MOST = 4  # terms of a quote: with more, the gloss would be read in place of the quote
ENOUGH = 2  # terms that the question names too, from which no others are added
LONGEST = 6  # words of an English term
MOST_MEANINGS = 6  # of the dictionary's for a word; later ones are rare uses
# Least share that a word has among the translations of another in parallel texts, in both directions, for the two to
# mean the same. 状态 (condition) is "state" at .4, 用户 "user" at .9; 对象 (object) is "target" only in the dictionary.
LIKELY = 0.5
POSSIBLE = 0.1
# Of a question, words that name nothing to look for: who is asked and how, when, and in which order.
_UNASKED = (
    HOME
    | STOP_HAN
    | frozenset("发布会 新闻发布会 下一步 接下来 一季度 前三季度 今年 去年 明年 全年 现在 目前 同比 同比增长".split())
    | frozenset("累计 总共 总数 首批 批次 一是 二是 第一 第二 第三 第四 第五 可以 能够 例如 包括 其中 完成".split())
)
_EVERYWHERE = frozenset("新闻发言人 发言人 记者 部长 局长 副部长".split())  # in a quote, glossed only where asked for
_NAMED, _NEAR, _RARE = range(3)  # by the question; by a part of it; by nothing in it
_HAN = re.compile(f"[{HAN_RANGE}]+")
_WORD = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class _Term:
    """A term of a quote, text[start:end], what it means, and how near the question it is (smaller is nearer)."""

    start: int
    end: int
    meaning: str
    rank: int


def glosses(
    question: str, texts: Sequence[tuple[str, Lang]], lang: Lang, script: Script, dictionary: Dictionary
) -> list[Gloss]:
    """A gloss for each of the quotes of an answer, given with their languages; each term only where it first stands."""
    found: list[Gloss] = []
    for text, spoken in texts:
        given = {meaning for gloss in found for _, meaning in gloss}
        gloss = glossed(question, text, spoken, lang, script, dictionary)
        found.append(tuple(pair for pair in gloss if pair[1] not in given))
    return found


def glossed(question: str, text: str, spoken: Lang, lang: Lang, script: Script, dictionary: Dictionary) -> Gloss:
    """Terms of `text` as it writes them, each with its meaning in `lang` and `script`; at most four, in their order.

    Those that the question names come first; where there are fewer than two, the longest terms of the glossary join
    them. () where the text is in the asker's language, and where nothing is sure.
    """
    if spoken == lang:
        return ()
    terms = _of_chinese(question, text, dictionary) if spoken == "zh" else _of_english(question, text, dictionary)
    chosen: list[_Term] = []
    for term in sorted(terms, key=lambda term: (term.rank, term.start - term.end, term.start)):
        apart = all(term.end <= other.start or other.end <= term.start for other in chosen)
        wanted = len(chosen) < (MOST if term.rank < _RARE else ENOUGH)
        if apart and wanted and all(term.meaning != other.meaning for other in chosen):
            chosen.append(term)
    chosen.sort(key=lambda term: term.start)
    shown = traditional if script == "Hant" else str
    return tuple((text[term.start : term.end], shown(term.meaning)) for term in chosen)


# ---- Chinese words for a reader of English


def _of_chinese(question: str, text: str, dictionary: Dictionary) -> Iterator[_Term]:
    asked = _Asked(question, dictionary)
    folded = read_script(text)[0]
    for run in _HAN.finditer(folded):
        at = run.start()
        for word in dictionary.segment(run[0]):
            start, at = at, at + len(word)
            if len(word) < 2 or word in _UNASKED or (len(word) < 4 and _straddled(folded, start, at, dictionary)):
                continue
            if found := asked.meaning_of(word, dictionary):
                yield _Term(start, at, *found)


def _straddled(text: str, start: int, end: int, dictionary: Dictionary) -> bool:
    """Whether a known pair of characters crosses an end of text[start:end]: 研究生 is no word of 研究生命.

    A term of the glossary may begin within a pair, as 基站 does in 新建基站.
    """
    before = text[start - 1 : start + 1] if start and text[start:end] not in _terms() else ""
    return any(len(pair) == 2 and dictionary.meanings(pair) for pair in (before, text[end - 1 : end + 1]))


class _Asked:
    """The English words of a question, to be found again in the meanings of Chinese ones."""

    def __init__(self, question: str, dictionary: Dictionary) -> None:
        words = [_singular(word) for word in _WORD.findall(question.lower())]
        sizes = range(2, LONGEST + 1)
        self.phrases = {tuple(words[i : i + n]) for n in sizes for i in range(len(words) - n + 1)}
        self.words = {word for word in words if word not in STOP_EN}
        self.alone = set(_alone(words, dictionary)) & self.words

    def meaning_of(self, word: str, dictionary: Dictionary) -> tuple[str, int] | None:
        """What a simplified word means and how near the question that is, None where it is not sure."""
        known = _terms().get(word, ())
        for meaning in known:
            if self.has(meaning, self.words):
                return meaning, _NAMED
        for place, meaning in enumerate(dictionary.meanings(word)[:MOST_MEANINGS]):
            several = len(words := _WORD.findall(meaning.lower())) > 1
            if self.has(meaning, self.alone) and (several or _agree(word, words[0], place, dictionary)):
                return meaning, _NAMED
        if not known or len(word) < 3 or word in _EVERYWHERE:  # 应用 is "app" in the glossary and "apply" outside it
            return None
        near = any(_singular(part) in self.words for meaning in known for part in _WORD.findall(meaning.lower()))
        return known[0], _NEAR if near else _RARE

    def has(self, meaning: str, single: set[str]) -> bool:
        words = tuple(_singular(word) for word in _WORD.findall(meaning.lower()))
        return words in self.phrases if len(words) > 1 else bool(words) and words[0] in single


def _alone(words: Sequence[str], dictionary: Dictionary) -> Iterator[str]:
    """The words that belong to no longer term: "state" stands alone in "the state of roads", not in "State Council"."""
    at = 0
    while at < len(words):
        sizes = range(min(4, len(words) - at), 1, -1)
        phrases = ((size, " ".join(stem(word) for word in words[at : at + size])) for size in sizes)
        size = next((size for size, phrase in phrases if dictionary.translations(phrase)), 1)
        if size == 1:
            yield words[at]
        at += size


# ---- English words for a reader of Chinese


def _of_english(question: str, text: str, dictionary: Dictionary) -> Iterator[_Term]:
    asked = read_script(question)[0]
    named = _named(asked, dictionary)
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        for size in range(min(LONGEST, len(words) - at), 0, -1):
            start, end = words[at].start(), words[at + size - 1].end()
            written = text[start:end]
            if not re.fullmatch(r"[A-Za-z0-9]+(?:[ -][A-Za-z0-9]+)*", written) or written in STOP_EN:
                continue
            key = _stems(written)
            meant = (one[0] for one in named.get(key, ()) if _fits(one, written, dictionary))
            found, rank = next(meant, ""), _NAMED
            if not found and (found := _of_glossary(key, written, dictionary)):
                rank = _NEAR if any(found[k : k + 2] in asked for k in range(len(found) - 1)) else _RARE
            if found:
                yield _Term(start, end, found, rank)
                at += size - 1
                break
        at += 1


def _named(asked: str, dictionary: Dictionary) -> dict[tuple[str, ...], list[tuple[str, str, int]]]:
    """The words of a question by the stems of what they mean, each with that meaning and its place among others."""
    found: dict[tuple[str, ...], list[tuple[str, str, int]]] = {}
    for run in _HAN.findall(asked):
        for whole in dictionary.segment(run):
            parts = {whole[i:j] for i in range(len(whole)) for j in range(i + 2, len(whole) + 1)}
            for word in sorted({whole} | (parts & _terms().keys()), key=lambda part: (-len(part), part)):
                if len(word) > 1 and word not in _UNASKED:
                    meanings = dict.fromkeys((*_terms().get(word, ()), *dictionary.meanings(word)[:MOST_MEANINGS]))
                    for place, meaning in enumerate(meanings):
                        found.setdefault(_stems(meaning), []).append((word, meaning, place))
    return found


def _of_glossary(key: tuple[str, ...], written: str, dictionary: Dictionary) -> str:
    """The glossary's word for an English term of these stems; "" when it has none, and for most single words."""
    if len(key) == 1 and (len(written) < 6 or dictionary.aligned(key[0])):
        return ""  # a common word means much else beside the term
    for word in dictionary.translations(" ".join(key)):
        meant = next((meaning for meaning in _terms().get(word, ()) if _stems(meaning) == key), "")
        if meant and _is_written(meant, written) and len(word) > 1 and word not in _UNASKED | _EVERYWHERE:
            return word
    return ""


def _fits(asked: tuple[str, str, int], written: str, dictionary: Dictionary) -> bool:
    """Whether an English term in a quote is a word of the question, given with a meaning and the place of that."""
    word, meaning, place = asked
    if not _is_written(meaning, written):
        return False
    if len(_WORD.findall(written)) > 1 or meaning[:1].isupper():
        return True
    if meaning in _terms().get(word, ()):
        learned = dictionary.aligned(stem(_singular(written.lower())))
        return not learned or learned.get(word, 0.0) >= POSSIBLE  # "plans" are rarely 套餐
    return _agree(word, _singular(written.lower()), place, dictionary)


def _is_written(meaning: str, written: str) -> bool:
    """Whether a term is written as a meaning is: a name in capitals ("US", not "us"), one word alike but for number."""
    if meaning.isupper():
        return written == meaning
    if meaning[:1].isupper() and not written[:1].isupper():
        return False
    several = len(_WORD.findall(meaning)) > 1
    return several or _singular(meaning.lower()) == _singular(written.lower())  # "operated" has the stem of "operator"


# ---- both


@lru_cache(maxsize=1)
def _terms() -> dict[str, tuple[str, ...]]:
    """The terms of the glossary and what they mean, likeliest first."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in glossary():
        found[entry.word] = tuple(dict.fromkeys((*found.get(entry.word, ()), *entry.meanings)))
    return found


def _agree(word: str, english: str, place: int, dictionary: Dictionary) -> bool:
    """Whether a Chinese and an English word mostly mean each other.

    In parallel texts; where these know too little of the Chinese word, by the first of the dictionary's meanings.
    """
    learned = dictionary.aligned(word)
    if not learned:
        return place == 0
    one = stem(_singular(english))
    return learned.get(one, 0.0) >= LIKELY and dictionary.aligned(one).get(word, 0.0) >= POSSIBLE


def _stems(words: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in _WORD.findall(words.lower()))


def _singular(word: str) -> str:
    """A lower-case English word without the ending of its plural: "cities" -> "city", "buses" -> "bus"."""
    for ending, put in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("uses", "us")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + put
    return word.removesuffix("s") if len(word) > 3 and not word.endswith(("ss", "us", "is")) else word
