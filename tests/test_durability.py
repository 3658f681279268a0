"""What an index outlives: killed and competing writers, a full disk, rights taken away, and damage to its file.

The processes that are killed or cut short are children that a fork server starts, so that 50 of them take seconds.
"""

from __future__ import annotations

import gc
import hashlib
import multiprocessing as mp
import os
import random
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from made_up import HashEncoder, transcript

from corpus.transcript import Transcript, When
from embeddings import index as indexes
from embeddings.index import DamagedIndexError, IndexMismatchError, PassageIndex, Where
from embeddings.lexical import Query

KILLS = 50
SEED = 20_240_611
_FORKS = mp.get_context("forkserver")
_FORKS.set_forkserver_preload(["embeddings.index", "made_up"])


def made(first: int, last: int) -> list[tuple[Path, Transcript]]:
    """Transcripts number `first` to `last`, every third in Chinese."""
    pairs = []
    for n in range(first, last + 1):
        english = [f"Lena Moor: Ferry {n * 100 + k} carried {k * 31 + n} cars past pier {n}." for k in range(8)]
        chinese = [f"陈国强: 第{n * 100 + k}号渡轮经过{n}号码头，运送{k * 31 + n}辆汽车。" for k in range(8)]
        held = When(f"2021-0{1 + n % 9}-11", "stated")
        said = transcript(f"t{n}.txt", *(english if n % 3 else chinese), lang="en" if n % 3 else "zh", held=held)
        pairs.append((Path(f"/transcripts/t{n}.txt"), said))
    return pairs


def digest(path: Path) -> str:
    """A digest of every row of every table."""
    base = sqlite3.connect(path)
    tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    rows = [base.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]
    base.close()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def answers(index: PassageIndex) -> list[Any]:
    """What an index says when it is asked everything that can be asked."""
    said: list[Any] = [len(index), index.langs(), index.sources()]
    vector = index.encoder.encode_questions(["ferry 渡轮"])[0]
    for lang in index.langs():
        query: Query = [((1.0, {"渡轮" if lang == "zh" else "ferri": 1.0}),)]
        for where in (None, Where(speaker="陳國強"), Where(speaker="moor"), Where(since="2021-04"), Where(source="t2")):
            near = index.candidates(lang, vector, query, where, pool=5)
            told = [(one.id, one.text, one.speaker, list(one.offsets)) for one in index.passages(near.rows.tolist())]
            said += [near.rows.tolist(), near.dense.tolist(), near.lexical.tolist(), told]
        said.append(index.most(lang, query))
    said += [[passage.text for passage in index.turn(one.id, 2)] for one in index.sources()]
    said += [index.figures(), index.indicators(), *(index.figures(name) for name in index.indicators())]
    return said


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of five transcripts."""
    path = tmp_path_factory.mktemp("five") / "index.sqlite"
    index = PassageIndex.create(path, HashEncoder())
    index.add(made(1, 5))
    index.close()
    return path


@pytest.fixture
def path(five: Path, tmp_path: Path) -> Path:
    """A copy of the index of five transcripts."""
    return Path(shutil.copy(five, tmp_path / "index.sqlite"))


def opened(path: Path) -> PassageIndex:
    return PassageIndex.open(path, HashEncoder())


# ---- killed


def _adds(path: Path, first: int, last: int, pipe: Connection) -> None:
    pipe.send("ready")
    index = PassageIndex.create(path, HashEncoder())
    index.add(made(first, last))
    pipe.send("done")


def _started(path: Path, first: int, last: int) -> tuple[Any, Connection]:
    ours, theirs = _FORKS.Pipe()
    child = _FORKS.Process(target=_adds, args=(path, first, last, theirs))
    child.start()
    theirs.close()
    assert ours.recv() == "ready"
    return child, ours


def test_a_killed_writer_leaves_the_old_state_or_the_new_one(five: Path, tmp_path: Path) -> None:
    old = digest(five)
    spans = []
    for n in range(5):
        whole = Path(shutil.copy(five, tmp_path / f"whole-{n}"))
        child, pipe = _started(whole, 6, 25)
        begin = time.perf_counter()
        assert pipe.recv() == "done"
        spans.append(time.perf_counter() - begin)
        child.join()
    span = sorted(spans)[2]
    new = digest(tmp_path / "whole-0")
    draw = random.Random(SEED)
    states, rolled_back = [], 0
    for kill in range(KILLS):
        folder = tmp_path / f"killed-{kill}"
        folder.mkdir()
        path = Path(shutil.copy(five, folder / "index.sqlite"))
        child, pipe = _started(path, 6, 25)
        child.join(timeout=draw.uniform(0, span))
        child.kill()
        child.join()
        rolled_back += Path(f"{path}-journal").exists()
        index = opened(path)
        count = len(index)
        assert index.check() == [], f"seed {SEED}, kill {kill}"
        states.append(digest(path))
        assert (states[-1], count) in ((old, 40), (new, 200)), f"seed {SEED}, kill {kill}"
        index.add(made(6, 25))
        assert len(index) == 200
        index.close()
        assert os.listdir(folder) == ["index.sqlite"], "nothing is left behind"
    print(
        f"seed {SEED}, span {span:.3f} s: {states.count(old)} old, {states.count(new)} new, {rolled_back} rolled back"
    )
    assert old in states


def test_a_creation_that_was_killed_can_be_taken_up_again(tmp_path: Path) -> None:
    draw = random.Random(SEED)
    for kill in range(10):
        path = tmp_path / f"{kill}.sqlite"
        child, _ = _started(path, 1, 2)
        child.join(timeout=draw.uniform(0, 0.05))
        child.kill()
        child.join()
        index = PassageIndex.create(path, HashEncoder())
        assert len(index) in (0, 16) and index.check() == []
        index.add(made(1, 2))
        assert len(index) == 16
        index.close()


# ---- two writers


def test_a_second_writer_is_told_so_and_readers_read_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "WRITER_WAITS_MS", 20)
    first, second, reader = opened(path), opened(path), opened(path)
    before = answers(reader)
    holds, goes_on = Event(), Event()

    def slowly() -> Iterator[tuple[Path, Transcript]]:
        yield from made(6, 7)
        holds.set()
        assert goes_on.wait(30)

    writer = Thread(target=first.add, args=[slowly()])
    writer.start()
    assert holds.wait(30)
    unread = iter(made(8, 8))
    for refused in (lambda: second.add(unread), lambda: second.remove(["t1"])):
        with pytest.raises(BlockingIOError) as told:
            refused()
        assert str(told.value).startswith(f"{path}: another process is using it") and "\n" not in str(told.value)
    assert len(list(unread)) == 1, "it is told before it reads a file"
    assert answers(reader) == answers(first) == before, "the thread that waits for the encoder keeps no reader waiting"
    goes_on.set()
    writer.join()
    assert len(reader) == 56
    second.add(made(8, 8))
    assert (len(first), len(reader), reader.check()) == (64, 64, [])
    for index in (first, second, reader):
        index.close()


def _adds_each(path: Path, numbers: list[int]) -> None:
    index = opened(path)
    for n in numbers:
        while True:
            try:
                index.add(made(n, n))
                break
            except BlockingIOError:
                continue


def test_of_many_writers_nothing_is_lost_and_nothing_doubled(path: Path) -> None:
    children = [_FORKS.Process(target=_adds_each, args=(path, list(range(n, 30, 4)))) for n in (6, 7, 8, 9)]
    for child in children:
        child.start()
    index = opened(path)
    seen = [len(index)]
    while any(child.is_alive() for child in children):
        fresh = opened(path)
        seen += [len(fresh), len(index)]
        fresh.close()
    for child in children:
        child.join()
        assert child.exitcode == 0
    assert seen == sorted(seen) and all(count % 8 == 0 for count in seen)
    assert [one.passages for one in index.sources()] == [8] * 29
    assert index.check() == []
    index.close()


# ---- no room, no rights


def _adds_with_room(path: Path, room: int, pipe: Connection) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # else the signal kills; the write then fails with "file too large"
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        opened(path).add(made(6, 25))
        pipe.send(None)
    except OSError as error:
        pipe.send(str(error))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 1.0, 1.3])
def test_a_full_disk_is_told_and_leaves_the_old_state(path: Path, share: float) -> None:
    before = digest(path)
    ours, theirs = _FORKS.Pipe()
    child = _FORKS.Process(target=_adds_with_room, args=(path, int(share * path.stat().st_size), theirs))
    child.start()
    told = ours.recv()
    child.join()
    assert told is not None and told.startswith(f"{path}: the disk is full or fails") and "\n" not in told
    index = opened(path)
    assert (len(index), index.check()) == (40, [])
    assert digest(path) == before
    index.add(made(6, 25))
    assert len(index) == 200
    index.close()


@pytest.fixture
def no_root() -> Iterator[None]:
    """Rights hold for root only while it is somebody else."""
    if os.geteuid() == 0:
        os.seteuid(65_534)
        yield
        os.seteuid(0)
    else:
        yield


def test_an_index_in_a_folder_that_is_read_only_is_read(path: Path, request: pytest.FixtureRequest) -> None:
    for folder in [*path.parents][:-1]:
        if folder.stat().st_uid == os.geteuid() and folder.is_relative_to(path.parents[2]):
            folder.chmod(0o755)
    path.chmod(0o444)
    path.parent.chmod(0o555)
    request.getfixturevalue("no_root")
    index = opened(path)
    assert len(answers(index)) > 40 and index.check() == []
    with pytest.raises(PermissionError, match="check the rights of the file and its folder"):
        index.add(made(6, 6))
    with pytest.raises(PermissionError):
        PassageIndex.create(path.parent / "another.sqlite", HashEncoder())
    assert len(index) == 40
    index.close()


def test_an_index_that_cannot_be_read_is_told(path: Path, request: pytest.FixtureRequest) -> None:
    path.chmod(0o000)
    request.getfixturevalue("no_root")
    with pytest.raises(PermissionError):
        opened(path)


# ---- damage


def _asked(path: Path) -> tuple[list[Any] | str, list[str] | str]:
    """What a file answers and what its check says, or the name of the error that it raises in place of either."""
    said: list[Any] | str
    wrong: list[str] | str
    try:
        index = opened(path)
    except (DamagedIndexError, IndexMismatchError) as error:
        return type(error).__name__, type(error).__name__
    try:
        said = answers(index)
    except (DamagedIndexError, IndexMismatchError) as error:
        said = type(error).__name__
    wrong = index.check()
    index.close()
    return said, wrong


def test_no_flipped_bit_changes_an_answer(five: Path, tmp_path: Path) -> None:
    sound = five.read_bytes()
    true, _ = _asked(five)
    draw = random.Random(SEED)
    places = [*range(100), *range(100, len(sound), 149)]  # every byte of the header, and some of every page
    path = tmp_path / "index.sqlite"
    for place in places:
        bit = draw.randrange(8)
        damaged = bytearray(sound)
        damaged[place] ^= 1 << bit
        path.write_bytes(damaged)
        said, wrong = _asked(path)
        assert said == true or isinstance(said, str), f"byte {place}, bit {bit}: a wrong answer"
        assert said == true or wrong, f"byte {place}, bit {bit}: refused, but check finds nothing"


def test_a_flipped_bit_of_a_stored_value_is_noticed(five: Path, tmp_path: Path) -> None:
    sound = five.read_bytes()
    base = sqlite3.connect(five)
    values = [
        value
        for table in ("transcript", "passage", "vector")
        for row in base.execute(f"SELECT * FROM {table}")
        for value in row
        if isinstance(value, bytes)
    ]
    base.close()
    assert len(values) == 5 * 3 + 40 * 6 + 40 * 2
    true, _ = _asked(five)
    draw = random.Random(SEED)
    path = tmp_path / "index.sqlite"
    for value in values:
        place = sound.index(value) + draw.randrange(len(value))
        damaged = bytearray(sound)
        damaged[place] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        said, wrong = _asked(path)
        assert wrong and (said == true or isinstance(said, str)), f"byte {place}, of {value!r}"


def test_no_truncated_or_patched_file_changes_an_answer(five: Path, tmp_path: Path) -> None:
    sound = five.read_bytes()
    true, _ = _asked(five)
    draw = random.Random(SEED)
    files = [sound[:size] for size in [*range(0, 600, 50), *range(4096, len(sound), 8 * 4096)]]
    files += [sound[: draw.randrange(len(sound))] for _ in range(20)]
    for _ in range(60):
        start, size = draw.randrange(len(sound)), draw.choice([2, 16, 512, 4096])
        other = draw.choice([bytes(size), draw.randbytes(size), sound[draw.randrange(len(sound)) :][:size]])
        files.append(sound[:start] + other[: len(sound) - start] + sound[start + len(other) :])
    for page in range(4096, len(sound), 3 * 4096):
        files.append(sound[:page] + sound[4096:8192] + sound[page + 4096 :])
    path = tmp_path / "index.sqlite"
    for number, file in enumerate(files):
        path.write_bytes(file)
        said, wrong = _asked(path)
        assert said == true or isinstance(said, str), f"file {number}: a wrong answer"
        assert said == true or wrong, f"file {number}: refused, but check finds nothing"


def test_rows_that_vanish_are_missed(path: Path) -> None:
    for table in ("passage", "transcript", "vector"):
        copy = Path(shutil.copy(path, path.with_name(table)))
        base = sqlite3.connect(copy)
        base.execute(f"DELETE FROM {table} WHERE rowid = 3")
        base.commit()
        base.close()
        with pytest.raises(DamagedIndexError, match="its rows and their sums are"):
            opened(copy)


def test_an_exchanged_value_is_noticed(path: Path) -> None:
    changes = [
        "UPDATE passage SET body = (SELECT body FROM passage WHERE row = 2) WHERE row = 1",
        "UPDATE passage SET speaker = 'Somebody' WHERE row = 1",
        "UPDATE passage SET figures = (SELECT figures FROM passage WHERE row = 2) WHERE row = 1",
        "UPDATE passage SET figures = replace(figures, '31', '13')",
        "UPDATE passage SET turn = 7 WHERE row = 1",
        "UPDATE passage SET row = 41 WHERE row = 5",
        "UPDATE passage SET row = CASE row WHEN 5 THEN -6 ELSE -5 END WHERE row IN (5, 6);"
        " UPDATE passage SET row = -row WHERE row < 0",
        "UPDATE passage SET transcript = 't2' WHERE row = 1",
        "UPDATE passage SET body = replace(body, 'Ferry', 'Barge')",
        "UPDATE passage SET body = CAST(body AS TEXT)",
        "UPDATE transcript SET path = x'2f61' WHERE id = 't1'",
        "UPDATE transcript SET body = (SELECT body FROM transcript WHERE id = 't2') WHERE id = 't1'",
        "UPDATE vector SET vector = (SELECT vector FROM vector WHERE rowid = 2) WHERE rowid = 1",
        "UPDATE vector SET vector = x'00'",
        "UPDATE vector SET vector = NULL WHERE rowid = 1",
        "DROP TABLE vector",
        "UPDATE meta SET value = x'ff' WHERE key = 'seal'",
        "DELETE FROM meta WHERE key = 'seal'",
    ]
    for change in changes:
        copy = Path(shutil.copy(path, path.with_name("copy")))
        base = sqlite3.connect(copy)
        base.execute("PRAGMA writable_schema = ON")
        schema = "UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE name = 'vector'"
        base.execute(schema)
        base.commit()
        base.close()
        base = sqlite3.connect(copy)
        base.executescript(change)
        base.close()
        said, wrong = _asked(copy)
        assert said == "DamagedIndexError" and wrong, change


def test_a_writer_refuses_a_damaged_file_too(path: Path) -> None:
    index = opened(path)
    base = sqlite3.connect(path)
    base.execute("DELETE FROM passage WHERE row = 3")
    base.commit()
    base.close()
    for change in (lambda: index.add(made(6, 6)), lambda: index.remove(["t1"]), lambda: len(index)):
        with pytest.raises(DamagedIndexError, match="move it away and index the transcripts again"):
            change()
    with pytest.raises(DamagedIndexError):
        PassageIndex.rebuild(path, HashEncoder())
    index.close()


def test_a_passage_left_behind_by_a_damaged_removal_is_noticed(path: Path) -> None:
    index = opened(path)
    assert len(index) == 40
    base = sqlite3.connect(path)  # as if the index over passage.transcript had lost the passages of t1
    base.execute("DELETE FROM transcript WHERE id = 't1'")
    count, total = base.execute("SELECT count(*), sum(crc) FROM transcript").fetchone()
    (seal,) = base.execute("SELECT value FROM meta WHERE key = 'seal'").fetchone()
    base.execute("UPDATE meta SET value = ? WHERE key = 'seal'", (f"{count}:{total} {seal.partition(' ')[2]}",))
    base.commit()
    base.close()
    with pytest.raises(DamagedIndexError, match="its vector or its transcript"):
        len(index)
    assert any("belongs to no transcript" in line for line in index.check())
    index.close()


def test_no_file_stays_open_after_a_refusal(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4096])
    gc.collect()
    before = len(os.listdir("/dev/fd"))
    for _ in range(20):
        with pytest.raises(DamagedIndexError):
            opened(path)
    assert len(os.listdir("/dev/fd")) == before
