"""The command line: chuchu index | ask | search | sources | remove | check | clean | serve."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from io import TextIOWrapper
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from tqdm import tqdm

from assistant.answer import Assistant, as_json
from assistant.cite import Answer
from assistant.retrieve import Hit, Where
from assistant.settings import BRIEFINGS, Settings
from corpus.clean import clean, explain
from corpus.formats import raw_text, transcript_files
from corpus.reader import read
from corpus.transcript import Passage, Transcript, TranscriptError
from embeddings.encoder import load_encoder
from embeddings.index import Changes, DamagedIndexError, IndexMismatchError, PassageIndex

OK, REFUSED, ERROR = 0, 1, 2  # exit codes: done; asked in vain or some files left out; wrong use or nothing done

_EPILOG = """\
examples
  chuchu ask "How many 5G base stations were built in 2021?"
  chuchu ask "去年完成了多少家网站的适老化改造？" --json
  chuchu index transcripts/ --index mine.sqlite      txt, md, html, docx and pdf files, folders too
  chuchu search "gigabit cities" --lang zh --since 2022 --index mine.sqlite
  chuchu ask --batch questions.jsonl --out answers.jsonl

exit codes
  0 done   1 refused to answer, or some files were left out   2 an error; the line on standard error says what to do
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit code; every error that a user can cause is one line on standard error.

    Raises SystemExit for wrong use and for --help, as argparse does.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # half a surrogate pair, or a terminal without Chinese
    options = _parser().parse_args(arguments)
    if options.command is None:
        _parser().print_help()
        return OK
    try:
        code: int = options.run(options)
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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="chuchu",
        description="Ask about press briefings, in English or Chinese; every sentence of an answer names its source.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], summary: str, index: bool = True
    ) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        one.set_defaults(run=run)
        if index:
            one.add_argument(
                "--index", type=Path, metavar="FILE", help="the index file (default: the one in the settings)"
            )
        return one

    one = command(
        "index",
        _index,
        "read transcripts into the index; those that changed are replaced, those that did not cost nothing",
    )
    one.add_argument(
        "paths",
        nargs="*",
        type=_path,
        metavar="PATH",
        help="files or folders (default: the briefings that ship with Chuchu)",
    )
    one.add_argument(
        "--rebuild",
        action="store_true",
        help="first make all vectors anew from the stored words, as after a change of encoder",
    )
    one = command("ask", _ask, "answer a question from the record, or a file of questions")
    one.add_argument("question", nargs="*", help="in English or Chinese")
    one.add_argument("--json", action="store_true", help="print one JSON object: question, answer, refused, citations")
    one.add_argument(
        "--batch", type=Path, metavar="IN.jsonl", help='lines of {"id", "question", "history"}; history is optional'
    )
    one.add_argument("--out", type=Path, metavar="OUT.jsonl", help="where the answers to --batch go")
    _add_filters(one)
    one = command("search", _search, "list the passages that fit a question best")
    one.add_argument("question", nargs="+", help="in English or Chinese")
    one.add_argument("-k", type=int, default=8, help="how many (default 8)")
    one.add_argument(
        "--route",
        choices=("fused", "dense", "lexical"),
        default="fused",
        help="by meaning and words, or by one of them",
    )
    one.add_argument("--json", action="store_true", help="print one JSON object a line")
    _add_filters(one)
    one = command("sources", _sources, "list the transcripts in the index")
    one.add_argument("--json", action="store_true", help="print one JSON object a line")
    one = command("remove", _remove, "take transcripts out of the index; the files themselves stay")
    one.add_argument("ids", nargs="+", metavar="ID", help="as `chuchu sources` lists them")
    command("check", _check, "verify the index file: structure, checksums, vectors")
    one = command("clean", _clean, "print a file as Chuchu reads it, without page noise", index=False)
    one.add_argument("file", type=Path, metavar="FILE", help="txt, md, html, docx or pdf")
    one.add_argument("--explain", action="store_true", help="list instead every cut: line, rule, what went")
    one = command("serve", _serve, "serve the chat page on this machine")
    one.add_argument("--port", type=int, default=7860, help="default 7860")
    one.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1: this machine only")
    return parser


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(ERROR, f"chuchu: {message}; see {self.prog} --help\n")


def _add_filters(one: argparse.ArgumentParser) -> None:
    group = one.add_argument_group("only passages")
    group.add_argument("--lang", choices=("en", "zh"), help="in this language")
    group.add_argument("--speaker", help="by this speaker (any part of the name)")
    group.add_argument("--since", metavar="DATE", help="of events held on or after YYYY, YYYY-MM or YYYY-MM-DD")
    group.add_argument("--until", metavar="DATE", help="of events held on or before")
    group.add_argument("--source", help="from this file (any part of the name)")


def _path(argument: str) -> Path:
    if not argument.strip():
        raise argparse.ArgumentTypeError("found an empty path; expected a file or a folder")
    return Path(argument)


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
    print(_told(changes, path, len(index)))
    index.close()
    return REFUSED if left_out else OK


def _readable(files: list[Path], left_out: list[str]) -> Iterator[tuple[Path, Transcript]]:
    for file in tqdm(files, desc="reading", unit="file", disable=not _shows_progress(), leave=False):
        try:
            yield file, read(file)
        except TranscriptError as error:
            left_out.append(str(error))


def _told(changes: Changes, path: Path, total: int) -> str:
    lines = [f"  {verb}: {name}" for verb in ("added", "replaced", "unchanged") for name in getattr(changes, verb)]
    lines += [f"  left out: {name}, the same words as {twin}" for name, twin in changes.duplicates]
    return "\n".join(
        [*lines, f"{path}: {total} passages; {changes.passages} stored now, {changes.encoded} of them newly encoded"]
    )


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
    print(json.dumps(as_json(answer), ensure_ascii=False) if options.json else _shown(answer))
    return REFUSED if answer.refused else OK


def _ask_batch(options: argparse.Namespace) -> int:
    if options.out is None:
        raise ValueError("--batch needs --out OUT.jsonl for the answers")
    questions = list(_questions(options.batch))
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


def _questions(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # JSON may hold what splitlines cuts at
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text ({error.reason}); expected lines of JSON; convert it") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f'{path}, line {number}: not JSON ({error}); expected {{"id": …, "question": "…"}}'
            ) from error
        if not isinstance(value, dict) or "id" not in value or not isinstance(value.get("question"), str):
            raise ValueError(
                f'{path}, line {number}: found {line[:60]!r}; expected {{"id": …, "question": "…"}}, "history" if any'
            )
        history = value.get("history") or []
        if not isinstance(history, list) or not all(isinstance(turn, dict) for turn in history):
            raise ValueError(f'{path}, line {number}: "history" must be a list of {{"role", "content"}}')
        yield value


def _search(options: argparse.Namespace) -> int:
    retriever = Assistant.open(options.index).retriever
    hits = retriever.retrieve(" ".join(options.question), options.k, _where(options), options.route)
    for n, hit in enumerate(hits, start=1):
        print(json.dumps(_found(hit), ensure_ascii=False) if options.json else _listed(n, hit))
    if not hits:
        print(
            "chuchu: no passage to show; the index or the filter holds none, or the question is empty", file=sys.stderr
        )
    return OK if hits else REFUSED


def _found(hit: Hit) -> dict[str, Any]:
    return {
        "passage": hit.passage.id,
        "source": hit.passage.source,
        "score": round(hit.score, 4),
        "route": hit.route,
        "text": hit.passage.text,
    }


def _listed(n: int, hit: Hit) -> str:
    return f"{n}. {hit.score:.3f}  {_about(hit.passage)}\n{_wrapped(hit.passage.text)}"


def _shown(answer: Answer) -> str:
    lines = [answer.text]
    if answer.citations:
        lines.append("\nNearest passages, not an answer:" if answer.refused else "\nSources")
    for passage, cited in groupby(answer.citations, lambda citation: citation.passage):
        numbers = "".join(f"[{citation.n}]" for citation in cited)
        lines.append(f"{numbers} {_about(passage)}\n{_wrapped(passage.text)}")
    return "\n".join(lines)


def _about(passage: Passage) -> str:
    who = passage.speaker or passage.outlet or passage.role
    kind = "digest of " if passage.kind == "digest" else ""
    dates = [
        f"{verb} {when}" for verb, when in (("held", passage.held), ("published", passage.published)) if when.value
    ]
    what = f"{kind}{passage.event or passage.title}"
    return " · ".join(part for part in (who, what, *(dates or ["date unknown"]), passage.source) if part)


def _wrapped(text: str) -> str:
    width = max(40, min(shutil.get_terminal_size().columns, 110)) - 4
    if any(character >= "\u3400" for character in text):
        width //= 2  # a Han character takes two columns
    return textwrap.indent(textwrap.fill(" ".join(text.split()), width), "    ")


# ---- the index itself


def _sources(options: argparse.Namespace) -> int:
    for one in Assistant.open(options.index).sources():
        if options.json:
            about = asdict(one) | {"held": str(one.held), "published": str(one.published)}
            print(json.dumps(about, ensure_ascii=False))
        else:
            dates = f"held {one.held}, published {one.published}"
            size, name = _counted(one.passages, "passage"), one.event or one.title or one.source
            print(f"{one.id}\n    {one.kind}, {one.lang}, {size}, {dates}: {name}")
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
    print(f"{index.path}: {_counted(len(ids), 'transcript')} and {_counted(gone, 'passage')} removed")
    return OK


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


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


if __name__ == "__main__":
    sys.exit(main())
