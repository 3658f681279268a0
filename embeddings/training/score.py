"""How good a student is on the part of the training data that was held out: what checkpoints are chosen by.

The sets that judge the shipped encoder (python -m eval retrieval) are not read here.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.training.data import DEFAULT_SHARE, SHARES, UNJOINED, passages, read_parallel, read_questions
from embeddings.training.student import Student

__all__ = ["DevSet", "dev_sets", "score"]

# Of a set: so that a score costs under a minute on two cores.
MOST = 100  # questions
MOST_PASSAGES = 150
LEAST_SHARE = 0.2  # of a file that is hardly trained on, the held-out part is not asked either


class DevSet:
    """Questions, passages, and for each question the row of the passage that answers it."""

    def __init__(self, name: str, queries: list[str], texts: list[str], gold: list[int]) -> None:
        self.name, self.queries, self.texts, self.gold = name, queries, texts, gold


def dev_sets(folder: Path) -> list[DevSet]:
    """The held-out parallel texts both ways round, as sentences and as passages, and the held-out questions."""
    sets = []
    for name, pairs in read_parallel(folder, held_out=True).items():
        if SHARES.get(name, DEFAULT_SHARE) < LEAST_SHARE:
            continue
        joined = [] if name in UNJOINED else passages(pairs)[:MOST]
        for kind, some in (("rows", pairs[:MOST]), ("passages", joined)):
            some = list({pair.english: pair for pair in {pair.chinese: pair for pair in some}.values()}.values())
            if len(some) >= 20:
                english, chinese = [pair.english for pair in some], [pair.chinese for pair in some]
                gold = list(range(len(some)))
                sets += [
                    DevSet(f"{name} {kind} en-zh", english, chinese, gold),
                    DevSet(f"{name} {kind} zh-en", chinese, english, gold),
                ]
    trained = read_questions(folder)
    for name, rows in read_questions(folder, held_out=True).items():
        for lang in sorted({row.lang for row in rows}):
            asked = [row for row in rows if row.lang == lang][:MOST]
            others = [row.positive for row in trained[name] if row.lang == lang]
            texts = list(dict.fromkeys([*(row.positive for row in asked), *others]))[:MOST_PASSAGES]
            place = {text: at for at, text in enumerate(texts)}
            sets.append(DevSet(f"{name} {lang}", [r.query for r in asked], texts, [place[r.positive] for r in asked]))
    return sets


def score(student: Student, sets: list[DevSet]) -> dict[str, float]:
    """nDCG@10 of each set, 0 to 1, and under "mean" their mean; a text met twice is encoded once."""
    texts = list(dict.fromkeys(text for one in sets for text in (*one.queries, *one.texts)))
    vectors = student.encode(student.tokens(texts), "dev")
    row = {text: at for at, text in enumerate(texts)}

    def of(some: list[str]) -> NDArray[np.float32]:
        return vectors[[row[text] for text in some]]

    found = {}
    for one in sets:
        cosines = of(one.queries) @ of(one.texts).T
        own = cosines[np.arange(len(one.gold)), one.gold]
        ranks = (cosines > own[:, None]).sum(axis=1)  # one gold passage each, so its gain is all there is
        found[one.name] = float(np.mean([1 / math.log2(rank + 2) if rank < 10 else 0.0 for rank in ranks]))
    return found | {"mean": float(np.mean(list(found.values())))}
