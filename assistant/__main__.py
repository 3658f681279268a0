"""The command line: chuchu index | ask | search | timeline | figures | sources | remove | check | clean | serve.

What they take is known by options.py, how things look when they are printed by printed.py.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from assistant.answer import Assistant, as_json
from assistant.export import as_csv, as_png
from assistant.options import parser, questions_in
from assistant.printed import (
    counted,
    figure_json,
    hit_json,
    printed_answer,
    printed_changes,
    printed_figure,
    printed_hit,
    printed_source,
    printed_timeline,
    timeline_json,
)  # fmt: skip
from assistant.retrieve import Where
from assistant.settings import BRIEFINGS, Settings
from assistant.trace import figures_of_index, timeline_of
from corpus.clean import clean, explain
from corpus.formats import raw_text, transcript_files
from corpus.reader import read
from corpus.transcript import Transcript, TranscriptError
from embeddings.encoder import load_encoder
from embeddings.index import DamagedIndexError, IndexMismatchError, PassageIndex

OK, REFUSED, ERROR = 0, 1, 2  # exit codes: done; asked in vain or some files left out; wrong use or nothing done


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit code; every error that a user can cause is one line on standard error.

    Raises SystemExit for wrong use and for --help, as argparse does.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # half a surrogate pair, or a terminal without Chinese
    options = parser().parse_args(arguments)
    if options.command is None:
        parser().print_help()
        return OK
    try:
        code = _COMMANDS[options.command](options)
        sys.stdout.flush()
        return code
    except (TranscriptError, IndexMismatchError, DamagedIndexError, OSError, ValueError) as error:
        if isinstance(error, BrokenPipeError):
            # The reader of our output has gone (chuchu … | head): nothing is wrong, and nobody is left to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return OK
        print(f"chuchu: {_line(error)}", file=sys.stderr)
        return ERROR
    except KeyboardInterrupt:
        print("chuchu: interrupted; what was being changed stays as it was", file=sys.stderr)
        return 128 + signal.SIGINT


def _line(error: Exception) -> str:
    # The system's own errors say what and where in their own order, and no remedy.
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror.lower()}; check the path and its rights"
    return " ".join(str(error).split())


def _where(options: argparse.Namespace) -> Where:
    return Where(options.lang, options.speaker, options.since, options.until, options.source)


# ---- index


def _index(options: argparse.Namespace) -> int:
    settings = Settings()
    path: Path = options.index or settings.index
    encoder = load_encoder(settings.encoder)
    if options.rebuild:
        PassageIndex.rebuild(path, encoder, progress=_shows_progress()).close()
        print(f"{path}: rebuilt with the encoder {encoder.name}")
        if not options.paths:
            return OK
    files = transcript_files(options.paths or [BRIEFINGS])
    left_out: list[str] = []
    transcripts = list(_readable(files, left_out))
    if len(files) == len(left_out) == 1:
        raise TranscriptError(left_out[0])
    for line in left_out:
        print(f"chuchu: left out: {line}", file=sys.stderr)
    if not transcripts:
        raise TranscriptError(f"none of {len(files)} files could be read; see the lines above; {path} is as it was")
    index = PassageIndex.create(path, encoder)
    changes = index.add(transcripts, progress=_shows_progress())
    print(printed_changes(changes, path, len(index)))
    index.close()
    return REFUSED if left_out else OK


def _readable(files: list[Path], left_out: list[str]) -> Iterator[tuple[Path, Transcript]]:
    for file in tqdm(files, desc="reading", unit="file", disable=not _shows_progress(), leave=False):
        try:
            yield file, read(file)
        except TranscriptError as error:
            left_out.append(str(error))


def _shows_progress() -> bool:
    return sys.stderr.isatty()


# ---- ask and search


def _ask(options: argparse.Namespace) -> int:
    if (not options.question) == (options.batch is None):
        raise ValueError(
            'give either a question or --batch IN.jsonl; for example: chuchu ask "How many apps were tested?"'
        )
    if options.batch:
        return _ask_batch(options)
    if options.out:
        raise ValueError("--out takes the answers to --batch IN.jsonl; leave it out, or redirect with >")
    answer = Assistant.open(options.index).ask(" ".join(options.question), where=_where(options))
    print(json.dumps(as_json(answer), ensure_ascii=False) if options.json else printed_answer(answer))
    return REFUSED if answer.refused else OK


def _ask_batch(options: argparse.Namespace) -> int:
    if options.out is None:
        raise ValueError("--batch needs --out OUT.jsonl for the answers")
    questions = list(questions_in(options.batch))
    assistant = Assistant.open(options.index)
    where = _where(options)
    # Beside its place first: an interrupted run leaves no half of the answers, nor overwrites its own questions.
    if options.out.is_dir() or not options.out.absolute().parent.is_dir():
        raise ValueError(f"{options.out}: cannot be written; expected a file in a folder that is there")
    with TemporaryDirectory(dir=options.out.absolute().parent, prefix=".chuchu-") as scratch:
        made = Path(scratch) / "answers.jsonl"
        # backslashreplace writes half a surrogate pair, which UTF-8 cannot hold, as JSON writes it too: \ud83d.
        with made.open("w", encoding="utf-8", errors="backslashreplace") as out:
            for line in tqdm(questions, desc="asking", unit="question", disable=not _shows_progress(), leave=False):
                begin = time.perf_counter()
                answer = assistant.ask(line["question"], line.get("history") or (), where)
                ms = round(1000 * (time.perf_counter() - begin), 1)
                out.write(json.dumps({"id": line["id"], **as_json(answer), "ms": ms}, ensure_ascii=False) + "\n")
        made.replace(options.out)
    print(f"{options.out}: {len(questions)} answers")
    return OK


def _search(options: argparse.Namespace) -> int:
    retriever = Assistant.open(options.index).retriever
    hits = retriever.retrieve(" ".join(options.question), options.k, _where(options), options.route)
    for n, hit in enumerate(hits, start=1):
        print(json.dumps(hit_json(hit), ensure_ascii=False) if options.json else printed_hit(n, hit))
    if not hits:
        print(
            "chuchu: no passage to show; the index or the filter holds none, or the question is empty", file=sys.stderr
        )
    return OK if hits else REFUSED


# ---- timeline and figures


def _timeline(options: argparse.Namespace) -> int:
    for path in filter(None, (options.csv, options.png)):
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise ValueError(f"{path}: cannot be written; expected a file in a folder that is there")
    retriever = Assistant.open(options.index).retriever
    found = timeline_of(retriever, " ".join(options.asked), options.since, options.until)
    if found.points and options.png:
        options.png.write_bytes(as_png(found))
    if found.points and options.csv:
        options.csv.write_text(as_csv(found), encoding="utf-8", errors="backslashreplace")
    print(json.dumps(timeline_json(found), ensure_ascii=False) if options.json else printed_timeline(found))
    return OK if found.points else REFUSED


def _figures(options: argparse.Namespace) -> int:
    retriever = Assistant.open(options.index).retriever
    found = figures_of_index(retriever, options.indicator, options.period, options.period)
    for n, (figure, citation) in enumerate(found, start=1):
        one = printed_figure(n, figure, citation)
        print(json.dumps(figure_json(figure, citation), ensure_ascii=False) if options.json else one)
    if not found:
        print("chuchu: no figure to show; the index holds none of that indicator and period", file=sys.stderr)
    return OK if found else REFUSED


# ---- the index itself


def _sources(options: argparse.Namespace) -> int:
    for one in Assistant.open(options.index).sources():
        if options.json:
            about = asdict(one) | {"held": str(one.held), "published": str(one.published)}
            print(json.dumps(about, ensure_ascii=False))
        else:
            print(printed_source(one))
    return OK


def _open_index(options: argparse.Namespace) -> PassageIndex:
    settings = Settings()
    return PassageIndex.open(options.index or settings.index, load_encoder(settings.encoder))


def _remove(options: argparse.Namespace) -> int:
    index = _open_index(options)
    try:
        ids = list(dict.fromkeys(options.ids))
        gone = index.remove(ids)
    except KeyError as error:
        raise ValueError(
            f"{index.path}: no transcript {error.args[0]!r}; `chuchu sources` lists the ids; nothing was removed"
        ) from error
    print(f"{index.path}: {counted(len(ids), 'transcript')} and {counted(gone, 'passage')} removed")
    return OK


def _check(options: argparse.Namespace) -> int:
    index = _open_index(options)
    wrong = index.check()
    for line in wrong:
        print(f"chuchu: {index.path}: {line}", file=sys.stderr)
    if wrong:
        print(f"chuchu: {index.path}: damaged; move it away and index the transcripts again", file=sys.stderr)
        return ERROR
    print(f"{index.path}: sound; {len(index.sources())} transcripts, {len(index)} passages")
    return OK


def _clean(options: argparse.Namespace) -> int:
    print("\n".join(explain(clean(raw_text(options.file).text))) if options.explain else read(options.file).text)
    return OK


def _serve(options: argparse.Namespace) -> int:
    if not 0 <= options.port <= 65_535:
        raise ValueError(f"port is {options.port}; expected 0 to 65535, for example --port 7860")
    from app import serve  # gradio takes 4 s

    serve(Assistant.open(options.index), port=options.port, host=options.host)
    return OK


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "index": _index,
    "ask": _ask,
    "search": _search,
    "timeline": _timeline,
    "figures": _figures,
    "sources": _sources,
    "remove": _remove,
    "check": _check,
    "clean": _clean,
    "serve": _serve,
}


if __name__ == "__main__":
    sys.exit(main())
