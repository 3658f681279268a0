"""How fast and how large Chuchu is on this machine: whole processes, retrieval, changes of an index, memory.

Passages are made up from templates, so that any number of them can be had without a corpus; what is found in them says
nothing about quality, which measures.py knows.
"""

from __future__ import annotations

import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from assistant.answer import Assistant
from assistant.retrieve import Retriever
from assistant.settings import BRIEFINGS
from corpus.folding import read_script
from corpus.formats import transcript_files
from corpus.transcript import Transcript
from embeddings.encoder import BilingualMiniLM, load_encoder
from embeddings.index import PassageIndex
from eval.measures import transcript_of

__all__ = ["Figure", "made_up", "speed"]

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = 200
TURNS = 50  # of the one transcript that is added and removed; a long press conference has as many
SEED = 20220120


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report: what was measured, its value and unit ("s", "ms", "MB" or "1/s")."""

    what: str
    value: float
    unit: str


def speed(passages: int = 10_000, stored: int = 20_000, seeds: Path | None = None, repeats: int = 5) -> list[Figure]:
    """All figures: processes, retrieval over `passages` made-up ones, changes of an index of `stored`, a huge question.

    `seeds` is a further folder of transcripts to index; a median is that of `repeats` times. Raises ValueError for
    numbers below 200 or a folder without transcripts, before anything is measured, and ChildProcessError when a
    command fails.
    """
    for name, number in (("passages", passages), ("stored", stored)):
        if number < QUESTIONS:
            raise ValueError(f"--{name} is {number}; expected at least {QUESTIONS}")
    folders = {"the shipped briefings": BRIEFINGS} | ({str(seeds): seeds.resolve()} if seeds else {})
    for folder in folders.values():
        transcript_files([folder])
    with tempfile.TemporaryDirectory(prefix="chuchu-speed-") as scratch:
        stages = (
            _processes(folders, repeats, Path(scratch)),
            _encoding(),
            _retrieval(passages, Path(scratch)),
            _changes(stored, repeats, Path(scratch)),
        )
        return [figure for stage in stages for figure in stage]


def _processes(folders: dict[str, Path], repeats: int, scratch: Path) -> Iterator[Figure]:
    # Makes the copies in the user's cache if there are none, so that what follows is warm.
    first = scratch / "briefings.sqlite"
    _chuchu("index", str(BRIEFINGS), "--index", str(first))
    for name, folder in tqdm(folders.items(), desc="index processes", leave=False):
        fresh = scratch / "fresh.sqlite"
        seconds = _chuchu("index", str(folder), "--index", str(fresh))
        files = len(transcript_files([folder]))
        yield Figure(f"chuchu index, {name} ({files} files), whole process", seconds, "s")
        fresh.unlink()
    for question in ("How many 5G base stations were built in 2021?", "2021年新建了多少个5G基站？"):
        took = [
            _chuchu("ask", question, "--index", str(first))
            for _ in tqdm(range(repeats), desc="ask processes", leave=False)
        ]
        yield Figure(
            f"chuchu ask, {read_script(question)[1]}, whole process, median of {repeats}", statistics.median(took), "s"
        )


def _chuchu(*arguments: str) -> float:
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "assistant", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    took = time.perf_counter() - begin
    if done.returncode not in (0, 1):
        last = (done.stderr.strip().splitlines() or ["nothing on standard error"])[-1]
        raise ChildProcessError(
            f"chuchu {' '.join(arguments)}: exit code {done.returncode}, {last!r}; run it by itself to see all"
        )
    return took


def _encoding() -> Iterator[Figure]:
    encoder = BilingualMiniLM()
    made = made_up(4 * QUESTIONS, SEED)
    times = sorted(_timed(encoder.encode_questions, [question]) for _, question in made[:QUESTIONS])
    yield Figure(f"the vector of a question, one core, median of {QUESTIONS}", 1000 * statistics.median(times), "ms")
    # English with English and Chinese with Chinese, joined to about as long as passages are.
    texts = [" ".join(passage for passage, _ in made[at : at + 8 : 2]) for at in range(len(made) - 8)][:QUESTIONS]
    length = round(statistics.mean(map(encoder.token_count, texts)))
    took = _timed(encoder.encode_passages, texts)
    yield Figure(f"passages of {length} tokens encoded in a second", QUESTIONS / took, "1/s")


def _retrieval(number: int, scratch: Path) -> Iterator[Figure]:
    path = scratch / "retrieval.sqlite"
    index = PassageIndex.create(path, load_encoder())
    begin = time.perf_counter()
    index.add(_made_up_transcripts(number, scratch), progress=True)
    yield Figure(f"encoding and storing {number:,} short passages", time.perf_counter() - begin, "s")
    index.close()
    # A fresh process, so that the memory of the indexing does not count as memory of the serving.
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        yield from pool.submit(_serve, path).result()


def _serve(path: Path) -> list[Figure]:
    begin = time.perf_counter()
    assistant = Assistant(PassageIndex.open(path, load_encoder()))
    number = len(assistant.index)
    questions = [question for _, question in made_up(QUESTIONS, SEED + 1)]
    assistant.retriever.retrieve(questions[0])
    opened = time.perf_counter() - begin
    times = sorted(_timed(assistant.retriever.retrieve, question) for question in questions)
    whole = sorted(_timed(assistant.ask, question) for question in _asked(QUESTIONS, SEED + 1))
    huge = "".join(questions) * (100_000 // sum(map(len, questions)) + 1)
    reason = assistant.ask(huge[:100_000]).refused
    took = _timed(assistant.ask, huge[:100_000])
    figures = [
        Figure(f"opening an index of {number:,} passages, with the first question", opened, "s"),
        Figure(
            f"retrieval among {number:,} passages, p50 of {QUESTIONS} questions", 1000 * statistics.median(times), "ms"
        ),
        Figure(f"retrieval among {number:,} passages, p95", 1000 * times[int(0.95 * len(times))], "ms"),
        Figure(f"a whole answer among {number:,} passages, p50 of {QUESTIONS}", 1000 * statistics.median(whole), "ms"),
        Figure(f"a whole answer among {number:,} passages, p95", 1000 * whole[int(0.95 * len(whole))], "ms"),
        Figure(
            f"a question of 100,000 characters ({'refused: ' + reason if reason else 'answered'})", 1000 * took, "ms"
        ),
    ]
    peak = _peak_mb()
    return (
        [*figures, Figure(f"peak memory of a process that serves {number:,} passages", peak, "MB")] if peak else figures
    )


def _timed(work: Callable[..., object], *arguments: object) -> float:
    begin = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - begin


def _peak_mb() -> float | None:
    """The most memory this process has had, None where the system does not say (it has no /proc)."""
    # Not getrusage: on Linux a child's ru_maxrss begins at its parent's.
    with suppress(OSError):
        if found := re.search(
            r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        ):
            return int(found[1]) / 1024
    return None


def _changes(number: int, repeats: int, scratch: Path) -> Iterator[Figure]:
    index = PassageIndex.create(scratch / "changes.sqlite", _Anything())
    index.add(_made_up_transcripts(number, scratch))
    retriever = Retriever(index)
    retriever.retrieve("warm")
    times: dict[str, list[float]] = {"adding": [], "removing": [], "the first retrieval after adding": []}
    for turn in range(repeats):
        texts = [text for text, _ in made_up(2 * TURNS, SEED + 2 + turn) if read_script(text)[1] == "en"]
        one = transcript_of(texts, "en", f"added-{turn}")
        times["adding"].append(_timed(index.add, [(scratch / one.id, one)]))
        times["the first retrieval after adding"].append(_timed(retriever.retrieve, "How many ferries ran?"))
        times["removing"].append(_timed(index.remove, [one.id]))
    index.close()
    for what, took in times.items():
        each = "" if what.startswith("the") else f" one transcript of {TURNS} passages"
        yield Figure(
            f"{what}{each}, index of {number:,}, encoding apart, median of {repeats}",
            1000 * statistics.median(took),
            "ms",
        )


class _Anything:
    """An encoder that costs nothing: random unit vectors, for what does not depend on their values."""

    name = "random"
    fingerprint = "random"
    dimension = 384

    def __init__(self) -> None:
        self._random = np.random.default_rng(SEED)

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> NDArray[np.float32]:
        vectors = self._random.standard_normal((len(texts), self.dimension), dtype=np.float32)
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def _made_up_transcripts(number: int, scratch: Path) -> list[tuple[Path, Transcript]]:
    texts = [text for text, _ in made_up(number, SEED)]
    return [
        (
            scratch / lang,
            transcript_of([text for text in texts if read_script(text)[1] == lang], lang, f"made-up-{lang}"),
        )
        for lang in ("en", "zh")
    ]


def made_up(number: int, seed: int) -> list[tuple[str, str]]:
    """Made-up passages of some 30 tokens, English and Chinese in turn, each with a question; the same for one seed."""
    pick = random.Random(seed)
    made = []
    for turn in range(number):
        place, thing, act = pick.choice(_PLACES), pick.choice(_THINGS), pick.choice(_ACTS)
        year, much, share = pick.randint(1990, 2024), pick.randint(100, 999_999), pick.randint(2, 98)
        if turn % 2 == 0:
            passage = (
                f"In {year} the harbour office of {place[0]} {act[0]} {much:,} {thing[0]}, {share} percent more than"
                " the year before, and most of them went to the villages upstream."
            )
            question = f"How many {thing[0]} were {act[0]} in {place[0]} in {year}?"
        else:
            passage = (
                f"{year}年，{place[1]}港务处{act[1]}了{much}{thing[1]}，比上一年多出百分之{share}，"
                "其中大部分留给了上游的村庄。"
            )
            question = f"{year}年{place[1]}{act[1]}了多少{thing[1]}？"
        made.append((passage, question))
    return made


def _asked(number: int, seed: int) -> list[str]:
    """Questions on the made-up passages in every form in turn, some with an answer there and some without."""
    pick = random.Random(seed)
    asked = []
    for turn in range(number):
        place, thing, act = pick.choice(_PLACES), pick.choice(_THINGS), pick.choice(_ACTS)
        year = pick.randint(1995, 2023)
        language = turn // len(_FORMS) % 2
        facts = {"place": place[language], "thing": thing[language], "act": act[language], "year": year}
        asked.append(_FORMS[turn % len(_FORMS)][language].format(**facts, next=year + 1))
    return asked


_FORMS = (
    ("How many {thing} were {act} in {place} in {year}?", "{year}年{place}{act}了多少{thing}？"),
    ("How many {thing} were {act} in {place} in 2031?", "2031年{place}{act}了多少{thing}？"),
    ("Why were {thing} {act} in {place}?", "{place}为什么{act}{thing}？"),
    ("Which steps did {place} take for the {thing}?", "{place}对{thing}采取了哪些措施？"),
    ("Who {act} the {thing} in {place}?", "{place}的{thing}是谁{act}的？"),
    ("When were {thing} {act} in {place}?", "{place}什么时候{act}{thing}？"),
    ("Compare the {thing} {act} in {year} and {next}.", "{year}年和{next}年{act}的{thing}相比如何？"),
    ("What happened to the {thing} of {place}?", "{place}的{thing}怎么样了？"),
)
_PLACES = (
    ("Lisbon", "里斯本"), ("Nairobi", "内罗毕"), ("Oslo", "奥斯陆"), ("Lima", "利马"), ("Hanoi", "河内"),
    ("Porto", "波尔图"), ("Quito", "基多"), ("Cairo", "开罗"), ("Dublin", "都柏林"), ("Perth", "珀斯"),
    ("Geneva", "日内瓦"), ("Osaka", "大阪"),
)  # fmt: skip
_THINGS = (
    ("fishing boats", "艘渔船"), ("rain barrels", "只雨水桶"), ("apple trees", "棵苹果树"), ("bicycles", "辆自行车"),
    ("library cards", "张借书证"), ("weather balloons", "只气象气球"), ("wooden chairs", "把木椅"),
    ("street lamps", "盏路灯"), ("school desks", "张课桌"), ("water pumps", "台水泵"), ("sacks of rice", "袋大米"),
    ("ferry tickets", "张船票"),
)  # fmt: skip
_ACTS = (
    ("repaired", "修好"), ("bought", "购买"), ("counted", "清点"), ("painted", "粉刷"), ("lent", "借出"),
    ("registered", "登记"), ("replaced", "更换"), ("shipped", "运出"), ("inspected", "检查"), ("stored", "存放"),
)  # fmt: skip
