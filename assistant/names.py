"""When two names are of one person: the same in either script, or one the pinyin of the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from assistant.retrieve import Hit, Retriever
from corpus.folding import HAN, HAN_RANGE
from corpus.people import Person, people_in
from corpus.transcript import Passage
from embeddings.lexical import fold

__all__ = ["as_written", "in_pinyin", "is_same", "names_in", "names_known", "people_of"]


def people_of(passages: Iterable[Passage]) -> Iterator[tuple[Passage, Person]]:
    """The people that the words of passages name, each with his passage; a passage given twice is read once."""
    for passage in {passage.id: passage for passage in passages}.values():
        yield from ((passage, person) for person in people_in(passage.text))


def names_known(hits: Sequence[Hit], retriever: Retriever) -> set[str]:
    """The names of those who speak anywhere in the index, and of those whom the words of the hits name."""
    return {*retriever.index.speakers(), *(person.name for _, person in people_of(hit.passage for hit in hits))}


def names_in(question: str) -> list[str]:
    """What may be a name in a question: every run of two to four Han characters, every two or three Latin words."""
    runs = re.findall(f"[{HAN_RANGE}]+", question)
    found = [run[a : a + n] for run in runs for n in (4, 3, 2) for a in range(len(run) - n + 1)]
    words = re.findall(r"[A-Za-z]+(?:[-'’](?!s\b)[A-Za-z]+)*", question)
    return found + [" ".join(words[a : a + n]) for n in (3, 2) for a in range(len(words) - n + 1)]


def is_same(one: str, other: str, retriever: Retriever) -> bool:
    """Whether two names are of one person as far as writing goes: in either script, or one the pinyin of the other."""
    a, b = fold(one), fold(other)
    if a == b or bool(HAN.search(a)) == bool(HAN.search(b)):
        return a == b
    han, latin = (a, b) if HAN.search(a) else (b, a)
    words = re.findall("[a-z]+", latin)
    written = {"".join(words), "".join((*words[1:], words[0]))} if words else set()
    readings = [retriever.dictionary.readings(character) for character in han]
    if not 2 <= len(han) <= 4 or not all(readings) or not any(w.startswith(tuple(readings[0])) for w in written):
        return False
    return any("".join(syllables) in written for syllables in product(*readings))


def in_pinyin(name: str, retriever: Retriever) -> str:
    """A Chinese name in pinyin, surname first, "" when a character may be read in several ways."""
    readings = [retriever.dictionary.readings(character) for character in fold(name)]
    if any(len(syllables) != 1 for syllables in readings) or not 2 <= len(readings) <= 3:
        return ""
    surname, *given = ("".join(syllables) for syllables in readings)
    return f"{surname.title()} {''.join(given).title()}"


def as_written(question: str, hits: Sequence[Hit], retriever: Retriever) -> str:
    """The question with a name as the record writes it in the other language, if no dictionary has it."""
    known = names_known(hits, retriever)
    written = {fold(name) for name in known}
    for words in names_in(question):
        folded, is_han = fold(words), bool(HAN.search(words))
        if folded in written or retriever.dictionary.is_name(folded):
            continue
        for name in sorted(known):
            if bool(HAN.search(name)) != is_han and is_same(name, words, retriever):
                return question.replace(words, f" {name} " if is_han else name)
    return question
