"""What a figure is of, where one thing has many names: the rows of indicators.tsv, found in texts and questions.

適老化改造, "elderly-friendly transformation" and "aging renovation" are one thing; base stations built in a year and
all that there are, two. How a figure is found in a text is known by figures.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from corpus.folding import read_script

__all__ = ["Indicator", "indicator_named", "indicators", "indicators_in", "indicators_of"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A row of indicators.tsv: its names, the units it is told in, the groups of words that mark it."""

    english: str
    chinese: str  # simplified
    units: frozenset[str]
    needed: tuple[re.Pattern[str], ...]
    implied: tuple[re.Pattern[str], ...]  # needed in a text, may be left out in a question
    barred: tuple[re.Pattern[str], ...]

    @property
    def groups(self) -> tuple[re.Pattern[str], ...]:
        """All that a text has to hold."""
        return self.needed + self.implied


@lru_cache
def indicators() -> tuple[Indicator, ...]:
    """The known indicators, in the order of the table."""
    lines = files("corpus").joinpath("indicators.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(_row(line) for line in lines if line and not line.startswith("#"))


def indicator_named(english: str) -> Indicator | None:
    """The known indicator of that English name."""
    return next((one for one in indicators() if one.english == english), None)


def indicators_of(scope: str, unit: str) -> list[Indicator]:
    """The known indicators that a stretch of folded text in lower case speaks of and that are told in that unit.

    Those with the most groups come first, then those of the table's order; "" stands for any unit.
    """
    fitting = [
        one
        for one in indicators()
        if (unit in one.units or not unit)
        and all(group.search(scope) for group in one.groups)
        and not any(group.search(scope) for group in one.barred)
    ]
    return sorted(fitting, key=lambda one: -len(one.groups))


def indicators_in(question: str) -> list[Indicator]:
    """The known indicators that a question names, in either language and script, best first; [] when it names none."""
    asked = read_script(question)[0].lower()
    ranked = [
        (sum(bool(group.search(asked)) for group in one.implied), len(one.needed), one)
        for one in indicators()
        if all(group.search(asked) for group in one.needed) and not any(group.search(asked) for group in one.barred)
    ]
    return [one for _, _, one in sorted(ranked, key=lambda row: (-row[0] - row[1], -row[1]))]


def _row(line: str) -> Indicator:
    english, chinese, units, words = line.split("\t")
    kinds: dict[str, list[re.Pattern[str]]] = {"": [], "~": [], "!": []}
    for group in words.split(" + "):
        kind = group[0] if group[0] in kinds else ""
        kinds[kind].append(re.compile("|".join(_alternatives(group[len(kind) :]))))
    return Indicator(english, chinese, frozenset(units.split()), tuple(kinds[""]), tuple(kinds["~"]), tuple(kinds["!"]))


def _alternatives(group: str) -> Iterator[str]:
    for word in group.split("|"):
        yield (r"(?<![a-z])" if word.isascii() else "") + re.escape(word)
