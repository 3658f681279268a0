"""What counts as the same word: terms of both scripts, their translations, and weighted BM25 over them.

A text becomes terms: stems of English words, figures by value, single Han characters and pairs, all folded to one
script and width. A question becomes concepts, each a word of its own or the translations that the dictionary offers for
it. Terms are kept as 32-bit hashes: no vocabulary has to be stored or kept in step (2 clashes are expected among
130,000 terms).
"""

from __future__ import annotations

import calendar
import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from corpus.folding import HAN_RANGE, simplified
from corpus.transcript import Lang, Passage
from embeddings.dictionary import Dictionary, stem

__all__ = [
    "K1",
    "LEXICAL_VERSION",
    "PARTS_OF_YEAR",
    "Postings",
    "Query",
    "context_of",
    "fold",
    "passage_terms",
    "query_of",
    "term_counts",
    "term_hash",
]

LEXICAL_VERSION = 4  # raise it when a text would get other terms: an index made before is then refused

K1, B = 1.2, 0.75  # Robertson and Zaragoza 2009, section 3.4: the usual values; Chinese and English alike
UNIGRAM_SHARE = 0.35  # of a translated word's weight that goes to its single characters, beside its pairs
MOST_MEANINGS = 6  # of the dictionary's for a Chinese word
MOST_ENGLISH, MOST_CHINESE = 10, 16  # translations of a word that are looked for
# How much of the shares of a word's translations comes from parallel texts; the rest comes from the dictionary. Mean
# nDCG@10 over fourteen training sets in both directions, words alone, what was learned kept clear of each set's field:
# dictionary alone 56.3; .3 62.8, .5 63.0, .8 62.6 with up to 8 learned; .4 and as many as above 63.5.
LEARNED = 0.4
# How far a likelier translation is preferred: trust = (share / share of the likeliest) ** TRUST. nDCG@10 of English
# questions over Chinese passages on five training sets (800 to 1,000 questions each), words alone: .25 63.9, .5 63.3,
# 1 61.2; the sum of all translations by share 56.4.
TRUST = 0.25

# One thing a question looks for: alternatives, each with its trust (0 to 1) and weighted terms.
Concept = tuple[tuple[float, dict[str, float]], ...]
Query = list[Concept]

_TOKEN = re.compile(
    r"(?P<code>\d+(?!thousand|million|billion|trillion)[a-z][a-z0-9]*)"
    r"|(?P<figure>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:[ -]?(?P<scale>[万亿]+|(?:thousand|million|billion|trillion)(?![a-z])))?"
    rf"|(?P<word>[a-z][a-z0-9]*(?:['’][a-z]+)?)|(?P<han>[{HAN_RANGE}]+)|(?P<other>[^\W_]+)"
)
# Parts of a year have one name whatever the language. What is told of the first three quarters is told in the third
# quarter's briefing, and asked for by that name: "9m" is "q3" too, not the other way round.
_ALIASES = tuple(
    (f" {terms} ", re.compile(form))
    for terms, form in (
        (
            "9m q3",
            r"\bfirst (?:three|3) quarters\b|\bfirst nine months\b|(?<![a-z])q1 ?(?:[-–—~至到]|to) ?q3(?![a-z0-9])"
            r"|前[三3]个?季度?|前[九9]个?月|[一1][-–—~至到][三3]季度",
        ),
        ("q1", r"\bfirst[ -]quarter\b|(?<![a-z])q1(?![a-z0-9])|第?一季度|第一个?季度?|首个?季度?"),
        ("q2", r"\bsecond[ -]quarter\b|(?<![a-z])q2(?![a-z0-9])|第?二季度|第二个?季度?"),
        ("q3", r"\bthird[ -]quarter\b|(?<![a-z])q3(?![a-z0-9])|第?三季度|第三个?季度?"),
        ("q4", r"\b(?:fourth|final)[ -]quarter\b|(?<![a-z])q4(?![a-z0-9])|第?四季度|第四个?季度?"),
        ("h1", r"\bfirst[ -]half(?: of the year)?\b|\bfirst six months\b|(?<=\d{4})h1(?![a-z0-9])|上半年"),
        ("h2", r"\bsecond[ -]half(?: of the year)?\b|(?<=\d{4})h2(?![a-z0-9])|下半年"),
    )
)
PARTS_OF_YEAR = frozenset({"q1", "q2", "q3", "q4", "9m", "h1", "h2"})  # the terms they become
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "万": 4, "亿": 8, "万亿": 12, "亿万": 12}
# Words of a question that say how it asks, not what about.
STOP_EN = frozenset(
    "a an the of in on at to for from by with about and or but is are was were be been being do does did has have had"
    " it its this that these those there their they them he his she her we our us you your i me my what which who whom"
    " whose when where why how many much can could will would should may might please tell say said says any some as"
    " than then so if not no into over hello hi thank thanks".split()
)
_GRAMMAR = frozenset(stem(word) for word in STOP_EN)
STOP_HAN = frozenset(
    "请问 多少 什么 什么时候 哪些 哪个 哪里 哪儿 哪 哪几 怎么 怎么样 怎样 如何 为什么 为何 是不是"
    " 是否 有没有 有没 几个 几 谁 何时 何 你好 您好 谢谢 吗 呢 吧 啊 的 了 是 在 和 与 及 有 我 我们 你 你们 您"
    " 他 他们 她 它 它们 们 这 这个 这些 那 那个 那些 个"
    " 都 也 就 被 把 对 对于 而 请 告诉 介绍 一下 时候 关于".split()
)


# What every transcript here is about, whether it says so or not: to look for it finds those that spell it out.
HOME = frozenset("china chinese miit scio 中国 我国 全国 工信部 国新办 工业和信息化部 国务院新闻办公室".split())

_LEFT_OUT = _GRAMMAR | STOP_HAN | HOME | {stem(word) for word in HOME}


def fold(text: str) -> str:
    """The text in half width, lower case and simplified script, for comparing only. Its length may differ.

    Half of a surrogate pair, which cannot be written as UTF-8, becomes U+FFFD.

    >>> fold("適老化 ５Ｇ App")
    '适老化 5g app'
    """
    whole = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return simplified(unicodedata.normalize("NFKC", whole).lower())


def term_counts(text: str) -> Counter[str]:
    """How often each term occurs in a text.

    >>> sorted(term_counts("60万个基站, 600,000 stations"))
    ['60', '600000', 'station', '个', '个基', '基', '基站', '站']
    """
    counts: Counter[str] = Counter()
    for kind, token in _tokens(fold(text)):
        if kind == "han":
            counts.update(token)
            counts.update(token[i : i + 2] for i in range(len(token) - 1))
        else:
            counts[token] += 1
    return counts


def passage_terms(passage: Passage) -> Counter[str]:
    """The terms of a passage's words, and once each those of its context."""
    counts = term_counts(passage.text)
    for term in term_counts(context_of(passage)):
        counts.setdefault(term, 1)
    return counts


def context_of(passage: Passage) -> str:
    """What a question may name and the words of a passage leave out: who spoke, at which event, when.

    Months stand there by name too: "the January briefing", 1月的发布会.
    """
    dates = [_MONTH.sub(_named, when.value) for when in (passage.held, passage.published) if when.value]
    said = [passage.title, passage.event, passage.speaker, passage.outlet, passage.publisher, *dates]
    return " ".join(part for part in said if part)


_MONTH = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?")


def _named(found: re.Match[str]) -> str:
    year, month, day = found.groups()
    return f"{year} {int(month)}月 {calendar.month_name[int(month)]}{f' {int(day)}' if day else ''}"


def _tokens(folded: str) -> Iterator[tuple[str, str]]:
    """Kind and token, in order; "60万" comes twice: as a "figure" and, by its value, as "scaled"."""
    for terms, form in _ALIASES:
        folded = form.sub(terms, folded)
    for match in _TOKEN.finditer(folded):
        if match["figure"]:
            digits = match["figure"].replace(",", "")
            yield "figure", digits
            # Past 300 digits a float overflows; such a run is no figure.
            if (power := _SCALES.get(match["scale"] or "")) and len(digits) <= 290:
                yield "scaled", f"{round(float(digits) * 10**power):d}"
        elif match["word"]:
            yield "word", stem(re.sub(r"['’](?:s|re|ve|ll|d|t|m)$", "", match["word"]))
        elif match["han"]:
            yield "han", match["han"]
        else:
            yield "word", match[0]


def query_of(question: str, lang: Lang, dictionary: Dictionary) -> Query:
    """What a question looks for among passages in `lang`: its own words, and their translations as alternatives.

    Words that only ask ("how many", 请问) and those that name what all transcripts are about (MIIT, 我国) are left out;
    a question of nothing else comes back empty.
    """
    concepts: list[Concept] = []
    stems: list[str] = []
    for kind, token in _tokens(fold(question)):
        if kind == "han":
            # Words first, then what to leave out: 的 stands in 目的, 在 in 在线.
            runs = groupby(dictionary.segment(token), _LEFT_OUT.__contains__)
            kept = [[*group] for left_out, group in runs if not left_out]
            if lang == "zh":
                concepts += [((1.0, _han_terms("".join(words), 1.0, 1.0)),) for words in kept]
            else:
                concepts += [_english_for(word, dictionary) for words in kept for word in words]
        elif kind == "figure":
            concepts.append(((1.0, {token: 1.0}),))
        elif kind == "scaled":
            concepts[-1] = (*concepts[-1], (1.0, {token: 1.0}))
        elif token not in _LEFT_OUT:
            stems.append(token)
    if lang == "zh":
        concepts += _chinese_for(stems, dictionary)
    else:
        concepts += [((1.0, {one: 1.0}),) for one in stems]
    return [concept for concept in concepts if concept]


def _han_terms(han: str, single: float, pair: float) -> dict[str, float]:
    terms: Counter[str] = Counter()
    for character in han:
        terms[character] += single  # type: ignore[assignment]
    for i in range(len(han) - 1):
        terms[han[i : i + 2]] += pair  # type: ignore[assignment]
    return dict(terms)


def _english_for(word: str, dictionary: Dictionary) -> Concept:
    said: dict[str, float] = {}
    for place, meaning in enumerate(dictionary.meanings(word)[:MOST_MEANINGS]):
        stems = dict.fromkeys(stem(w) for w in re.findall(r"[a-z0-9]+", meaning.lower()) if w not in STOP_EN)
        if stems:
            said.setdefault(" ".join(stems), 1 / (1 + place))
    trusts = _trusts(said, dictionary.aligned(word), MOST_ENGLISH)
    # A long Chinese word says more than a short one, and so does a long meaning of it.
    return tuple(
        (trust, dict.fromkeys(stems, math.sqrt(len(word) / len(stems))))
        for stems, trust in ((phrase.split(), trust) for phrase, trust in trusts.items())
    )


def _trusts(said: dict[str, float], learned: dict[str, float], most: int) -> dict[str, float]:
    """The likeliest translations, best first, each with its trust; from one source where the other knows none."""
    part = LEARNED if said and learned else float(not said)
    shares = {word: (1 - part) * share / sum(said.values()) for word, share in said.items()}
    for word, probability in learned.items():
        shares[word] = shares.get(word, 0.0) + part * probability
    best = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return {word: (share / best[0][1]) ** TRUST for word, share in best}


def _chinese_for(stems: Sequence[str], dictionary: Dictionary) -> list[Concept]:
    concepts: list[Concept] = []
    at = 0
    while at < len(stems):
        for size in range(min(4, len(stems) - at), 0, -1):
            said = dictionary.translations(" ".join(stems[at : at + size]))
            if said:
                break
        learned = dictionary.aligned(stems[at]) if size == 1 else {}
        own = (1.0, dict.fromkeys(stems[at : at + size], 1.0))
        found = [
            (trust, _han_terms(word, UNIGRAM_SHARE * size / len(word), size / max(1, len(word) - 1)))
            for word, trust in _trusts(said, learned, MOST_CHINESE).items()
        ]
        concepts.append((own, *found))
        at += size
    return concepts


def term_hash(term: str) -> int:
    """The 32-bit name under which a term is kept."""
    return zlib.crc32(term.encode("utf-8", "surrogatepass"))


class Postings:
    """BM25 over the passages of one language, from their term counts; immutable.

    Passages are numbered 0 to n-1 in the order given. Memory: 8 bytes a posting.
    """

    def __init__(self, terms: NDArray[np.uint32], counts: NDArray[np.uint16], sizes: NDArray[np.int64]) -> None:
        """`terms` and `counts` of all passages one after another; `sizes[i]` says how many belong to passage i."""
        owner = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
        # One sort of (term, place of the posting) packed in 64 bits: 3 million take 0.1 s, an argsort four times that.
        order = (terms.astype(np.uint64) << np.uint64(32)) | np.arange(len(terms), dtype=np.uint64)
        order.sort()
        place = (order & np.uint64(0xFFFFFFFF)).astype(np.int64)
        self._rows = owner[place].astype(np.int32)
        self._terms, starts = np.unique((order >> np.uint64(32)).astype(np.uint32), return_index=True)
        self._starts = np.append(starts, len(terms))
        lengths = np.bincount(owner.astype(np.int64), weights=counts, minlength=len(sizes))
        mean = lengths.mean() if len(lengths) and lengths.any() else 1.0
        tf = counts[place].astype(np.float32)
        room = (K1 * (1 - B + B * lengths / mean)).astype(np.float32)
        self._gain = tf * np.float32(K1 + 1) / (tf + room[self._rows])
        self._size = len(sizes)
        # Sentences of an answer share most terms: a comparison over 10,000 passages took 249 ms without, 125 with.
        self._span = lru_cache(maxsize=50_000)(self._found)

    def idf(self, term: str) -> float:
        """How much a term tells: ln(1 + (n - df + .5) / (df + .5)), as Lucene has it; larger is rarer."""
        begin, end = self._span(term)
        df = end - begin
        return math.log(1 + (self._size - df + 0.5) / (df + 0.5))

    def scores(self, query: Query) -> NDArray[np.float32]:
        """BM25 of every passage, float32 [n], 0 where no term occurs: of each concept the alternative that fits best.

        Taking the best alternative, not their sum, keeps a word with ten translations from drowning one with a single
        one; the idea is Pirkola's (SIGIR 1998), who counts all translations of a word as one term.
        """
        total = np.zeros(self._size, dtype=np.float32)
        for concept in query:
            best = np.zeros(self._size, dtype=np.float32)
            for trust, terms in concept:
                score = np.zeros(self._size, dtype=np.float32)
                for term, weight in terms.items():
                    begin, end = self._span(term)
                    # A passage has a term once, so += needs no bincount.
                    score[self._rows[begin:end]] += np.float32(trust * weight * self.idf(term)) * self._gain[begin:end]
                np.maximum(best, score, out=best)
            total += best
        return total

    def most(self, query: Query) -> float:
        """The score of a passage that says all of a query in its likeliest words, over and over.

        A concept counts by its likeliest alternative that any passage has; one that none has counts as the rarest.
        """
        return (K1 + 1) * sum(self._worth(concept) for concept in query)

    def share(self, query: Query, terms: Container[str]) -> float:
        """How much of the query a text with these terms holds, weighed by rarity, 0 to 1."""
        held = whole = 0.0
        for concept in query:
            worth = self._worth(concept)
            whole += worth
            held += min(worth, max(self._weight(alternative, terms) for alternative in concept))
        return held / (whole or 1.0)

    def _weight(self, alternative: tuple[float, dict[str, float]], terms: Container[str]) -> float:
        trust, weights = alternative
        return trust * sum(weight * self.idf(term) for term, weight in weights.items() if term in terms)

    def _worth(self, concept: Concept) -> float:
        present = [alternative for alternative in concept if all(self._has(term) for term in alternative[1])]
        likeliest = max(present, key=lambda alternative: alternative[0], default=concept[0])
        return self._weight(likeliest, likeliest[1])

    def _has(self, term: str) -> bool:
        begin, end = self._span(term)
        return begin < end

    def _found(self, term: str) -> tuple[int, int]:
        name = np.uint32(term_hash(term))
        at = int(np.searchsorted(self._terms, name))
        if at == len(self._terms) or self._terms[at] != name:
            return 0, 0
        return int(self._starts[at]), int(self._starts[at + 1])
