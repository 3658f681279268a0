"""Which words stand for each other in parallel texts, learned by IBM Model 1 trained in both directions at once.

One minute and 3 GB of memory on one core. The file that is written is text: a header of # lines, then
`zh<TAB>en stem<TAB>p(en | zh)<TAB>p(zh | en)`, sorted; the same data give the same bytes.
"""

from __future__ import annotations

import gzip
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpus.folding import HAN_RANGE
from embeddings.dictionary import Dictionary, stem
from embeddings.lexical import STOP_EN, STOP_HAN, fold
from embeddings.training.data import Pair

__all__ = ["Alignment", "kept", "learn", "sampled", "words_of", "write"]

Words = tuple[Sequence[str], Sequence[str]]  # the distinct words of an English row and of its Chinese side

# Rows taken of each file, spread evenly over it: by field, not by size, or technical documents would drown the rest.
ROWS = {
    "angular_docs_zh": 5_000,
    "esp_faq": 3_000,
    "hf_course": 3_000,
    "mojlaw_tw_law": 60_000,
    "ms_biztalk_docs": 5_000,
    "ms_cpp_docs": 3_000,
    "ms_dotnet_docs_zhcn": 8_000,
    "ms_dotnet_docs_zhtw": 8_000,
    "ms_dynamics_finance_docs": 45_000,
    "ms_graph_docs": 4_000,
    "ms_office_dev_docs": 5_000,
    "ms_skype_telecom_docs": 25_000,
    "paddle_docs": 500,
    "python_docs_zhcn": 25_000,
    "tatoeba_manythings": 30_000,
    "tensorflow_docs": 6_000,
    "tico19_covid": 4_000,
}
OTHER_ROWS = 5_000
LONGEST = 600, 40  # characters of an English side; distinct words of either: a longer row aligns anything with anything
MOST = 12  # words kept for one word
LEAST_SHARE = 0.01  # of a pair in at least one direction
HEADER = """\
# zh, en stem, p(en | zh), p(zh | en): made by embeddings/training/alignments.py from samples of statutes of Taiwan
# (not subject to copyright), documents of MicrosoftDocs (CC BY 4.0), Python (PSF, CC0), TensorFlow, Espressif, Hugging
# Face and Paddle (Apache-2.0) and Angular (MIT), sentences of Tatoeba (CC BY 2.0 FR) and TICO-19 (CC0).
"""


@dataclass(frozen=True, slots=True)
class Alignment:
    """A Chinese word, the stem of an English one, how often they were aligned, and how far each means the other."""

    zh: str
    en: str
    count: float
    p_en: float  # of the stem, given the Chinese word
    p_zh: float


def learn(pairs: Sequence[Words], rounds: int = 6, least: int = 2) -> list[Alignment]:
    """Alignments of the words that stand in at least `least` pairs, sorted by both words; [] for no pairs.

    Each round, every word of either language shares itself out among the words of the other side, by how likely each
    means it; the expected count of a pair of words is the product of both shares. Model 1: Brown et al., Computational
    Linguistics 1993, without an empty word, which changed nothing here; the product: Liang, Taskar and Klein, NAACL
    2006. It leaves out what only one direction believes, such as a rare word that takes all of its row.
    """
    en, en_flat, en_size = _numbered([pair[0] for pair in pairs], least)
    zh, zh_flat, zh_size = _numbered([pair[1] for pair in pairs], least)
    # A cell is one English word of a row beside one Chinese word of it.
    width = zh_size[np.repeat(np.arange(len(pairs)), en_size)]  # of each English place: cells
    en_cell = np.repeat(np.arange(len(en_flat), dtype=np.int32), width)
    start = np.repeat(np.cumsum(zh_size) - zh_size, en_size)  # of its row's Chinese places
    zh_cell = (np.arange(len(en_cell)) - np.repeat(np.cumsum(width) - width - start, width)).astype(np.int32)
    types, kind = np.unique(en_flat[en_cell].astype(np.int64) * len(zh) + zh_flat[zh_cell], return_inverse=True)
    kind = kind.astype(np.int32)
    en_of, zh_of = types // max(1, len(zh)), types % max(1, len(zh))
    p_en, p_zh = np.full(len(types), 1 / max(1, len(en))), np.full(len(types), 1 / max(1, len(zh)))
    count = np.zeros(len(types))
    for _ in range(rounds):
        share = _shares(p_en[kind], en_cell) * _shares(p_zh[kind], zh_cell)
        count = np.bincount(kind, weights=share, minlength=len(types)).astype(np.float64)
        p_en = count / np.maximum(np.bincount(zh_of, weights=count), 1e-12)[zh_of]
        p_zh = count / np.maximum(np.bincount(en_of, weights=count), 1e-12)[en_of]
    order = np.lexsort((en_of, zh_of))
    return [
        Alignment(zh[zh_of[i]], en[en_of[i]], float(count[i]), float(p_en[i]), float(p_zh[i]))
        for i in order[count[order] > 1e-6]
    ]


def _numbered(rows: Sequence[Sequence[str]], least: int) -> tuple[list[str], NDArray[np.int32], NDArray[np.int64]]:
    """The words kept, sorted; the numbers of the rows' words, flat; how many of them each row has."""
    counts = Counter(word for row in rows for word in row)
    words = sorted(word for word, count in counts.items() if count >= least)
    number = {word: i for i, word in enumerate(words)}
    numbered = [[number[word] for word in row if word in number] for row in rows]
    flat = np.fromiter((i for row in numbered for i in row), dtype=np.int32)
    return words, flat, np.array([len(row) for row in numbered], dtype=np.int64)


def _shares(p: NDArray[np.float64], place: NDArray[np.int32]) -> NDArray[np.float64]:
    return p / np.maximum(np.bincount(place, weights=p), 1e-300)[place]


def kept(alignments: Iterable[Alignment]) -> list[Alignment]:
    """Those of Chinese words aligned once at least, and among the likeliest of one of their two words."""
    whole = [one for one in alignments if one.count >= 1 and re.match(f"[{HAN_RANGE}]", one.zh)]
    best: set[Alignment] = set()
    for by_zh in (True, False):
        ranked = sorted(whole, key=lambda one: (-(one.p_en if by_zh else one.p_zh), one.zh, one.en))
        taken: Counter[str] = Counter()
        for one in ranked:
            taken[one.zh if by_zh else one.en] += 1
            if (one.p_en if by_zh else one.p_zh) >= LEAST_SHARE and taken[one.zh if by_zh else one.en] <= MOST:
                best.add(one)
    return [one for one in whole if one in best]


def words_of(text: str, dictionary: Dictionary) -> list[str]:
    """The distinct words of either language in a text, in order: stems and Chinese words, without grammar or figures.

    Latin words are kept on the Chinese side too: there a name explains itself, and no Chinese word takes it.
    """
    words: dict[str, None] = {}
    for token in re.findall(rf"[a-z][a-z0-9]*|[{HAN_RANGE}]+", re.sub(r"['’](?:s|re|ve|ll|d|t|m)\b", "", fold(text))):
        if token.isascii():
            words |= {} if token in STOP_EN else {stem(token): None}
        else:
            words |= dict.fromkeys(word for word in dictionary.segment(token) if word not in STOP_HAN)
    return list(words)


def sampled(files: Mapping[str, Sequence[Pair]], dictionary: Dictionary) -> Iterator[Words]:
    """The words of the rows that are learned from, of each file as many as ROWS says, spread evenly over it."""
    for name, rows in files.items():
        size = min(ROWS.get(name, OTHER_ROWS), len(rows))
        for pair in dict.fromkeys(rows[i * len(rows) // size] for i in range(size)):
            en, zh = words_of(pair.english, dictionary), words_of(pair.chinese, dictionary)
            if len(pair.english) <= LONGEST[0] and 0 < len(en) <= LONGEST[1] and 0 < len(zh) <= LONGEST[1]:
                yield en, zh


def write(path: Path, alignments: Sequence[Alignment]) -> None:
    """Write the alignments, compressed."""
    text = HEADER + "".join(f"{one.zh}\t{one.en}\t{one.p_en:.3f}\t{one.p_zh:.3f}\n" for one in alignments)
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:  # no name, no time: the same bytes
        file.write(text.encode())
    path.write_bytes(packed.getvalue())
