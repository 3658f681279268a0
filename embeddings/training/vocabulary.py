"""Which Chinese words the student knows, how its tokenizer finds them, and where their vectors start.

The student is all-MiniLM-L6-v2 with more tokens: its English stays, every common Chinese word and character gets a
token of its own. A new token starts as the mean input vector of the English word pieces of its dictionary meanings, so
that an untrained student already reads Chinese as glosses (nDCG@10 of English questions on Chinese passages 82.6,
against 26.2 for the unchanged model).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.folding import HAN_RANGE
from embeddings.dictionary import Dictionary

__all__ = ["LONGEST_RUN", "choose_words", "initial_rows", "student_tokenizer"]

LONGEST_RUN = 10_000  # characters between two spaces that WordPiece cuts up; past it the whole run becomes [UNK]
GLOSSES = 2  # meanings that a token's first vector is the mean of
# Signs that the teacher hardly met, by those whose vectors they start from.
_SIGNS = dict(zip("。、「」『』《》〈〉【】〔〕", '.,""""""""[]()', strict=True))


def choose_words(
    texts: Iterable[str], dictionary: Dictionary, words: int, always: Iterable[str] = (), least: int = 3
) -> list[str]:
    """Every Han character seen or common, then the words of `always` and the `words` commonest of the dictionary.

    How common a word is comes from wordfreq (Speer 2022; Wikipedia, subtitles, news, books, web) and from `texts`
    (folded): the larger share counts, so that neither the words of the field nor those of everyday are missed.
    """
    from wordfreq import get_frequency_dict

    general = {word: share for word, share in get_frequency_dict("zh", "large").items() if _HAN_RUN.fullmatch(word)}
    seen = Counter(word for text in texts for run in _HAN_RUN.findall(text) for word in dictionary.segment(run))
    total = sum(seen.values()) or 1
    common = Counter({word: max(general.get(word, 0.0), seen[word] / total) for word in {*general, *seen}})
    ranked = [word for word, _ in sorted(common.items(), key=lambda pair: (-pair[1], pair[0]))]
    chosen = [word for word in ranked if len(word) > 1 and dictionary.meanings(word)][:words]
    chosen = list(dict.fromkeys([*(word for word in always if len(word) > 1), *chosen]))
    characters = {char for word in common if len(word) == 1 or seen[word] >= least for char in word}
    characters.update(*chosen)
    return sorted(characters, key=lambda char: (-common[char], char)) + chosen


_HAN_RUN = re.compile(f"[{HAN_RANGE}]+")


def student_tokenizer(teacher: dict[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """The teacher's tokenizer.json with the words added: WordPiece that cuts Chinese by forward maximum matching.

    A word stands in the vocabulary twice, at the start and inside of a run (with ##), under one id. Ids of the
    teacher's other tokens close up over those left out: unused ones, and Chinese ones, which were hardly trained.
    """
    old = teacher["model"]["vocab"]
    kept = [t for t in sorted(old, key=old.__getitem__) if not t.startswith("[unused") and not _HAN_RUN.search(t)]
    signs = [sign for sign in _SIGNS if sign not in old]
    vocab = {token: number for number, token in enumerate([*kept, *signs, *words])}
    vocab |= {f"##{word}": vocab[word] for word in words}
    made: dict[str, Any] = json.loads(json.dumps(teacher)) | {"truncation": None, "padding": None}
    made["added_tokens"] = [t | {"id": vocab[t["content"]]} for t in teacher["added_tokens"]]
    made["normalizer"]["handle_chinese_chars"] = False  # it would set every character apart
    made["pre_tokenizer"] = {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "BertPreTokenizer"},
            # Else 重点100家 would be one word and its end unknown; and one unknown character would hide its whole run.
            _split(_character_class(word for word in words if len(word) == 1) + "+"),
        ],
    }
    made["model"] = teacher["model"] | {"vocab": vocab, "max_input_chars_per_word": LONGEST_RUN}
    for piece in made["post_processor"]["special_tokens"].values():
        piece["ids"] = [vocab[token] for token in piece["tokens"]]
    return made


def initial_rows(
    words: Sequence[str],
    old: dict[str, int],
    rows: NDArray[np.float32],
    new: dict[str, int],
    meanings: Callable[[str], Sequence[str]],
    pieces: Callable[[str], list[int]],
) -> NDArray[np.float32]:
    """First input vectors float32 [len(set of new ids), width]: the teacher's own, for words those of their meanings.

    `meanings(word)` gives English meanings, likeliest first, `pieces(text)` the teacher's ids of an English text. A
    word without a meaning is the mean of its characters; a character without one, the mean of all vectors.
    """
    found = np.tile(rows.mean(axis=0), (max(new.values()) + 1, 1)).astype(np.float32)
    for token, number in new.items():
        if (known := _SIGNS.get(token, token)) in old:
            found[number] = rows[old[known]]
    for word in words:
        glosses = [ids for meaning in meanings(word)[:GLOSSES] if (ids := pieces(meaning))]
        if glosses:
            found[new[word]] = np.mean([rows[ids].mean(axis=0) for ids in glosses], axis=0)
        elif len(word) > 1:
            found[new[word]] = found[[new[char] for char in word]].mean(axis=0)
    return found


def _split(pattern: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def _character_class(characters: Iterable[str]) -> str:
    """A class of the characters, runs of code points written as ranges."""
    codes = sorted(map(ord, characters))
    spans: list[list[int]] = []
    for code in codes:
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "[" + "".join(f"{chr(a)}-{chr(b)}" if a < b else chr(a) for a, b in spans) + "]"
