"""What the command line takes: commands with arguments and help, and files of questions.

What the commands do is known by __main__.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

__all__ = ["parser", "questions_in"]

_EPILOG = """\
examples
  chuchu ask "How many 5G base stations were built in 2021?"
  chuchu ask "去年完成了多少家网站的适老化改造？" --json
  chuchu index transcripts/ --index mine.sqlite      txt, md, html, docx and pdf files, folders too
  chuchu search "gigabit cities" --lang zh --since 2022 --index mine.sqlite
  chuchu ask --batch questions.jsonl --out answers.jsonl
  chuchu timeline "elderly-friendly apps" --since 2021 --csv apps.csv

exit codes
  0 done   1 refused to answer, or some files were left out   2 an error; the line on standard error says what to do
"""


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; `command` of what it reads is the name of one, None when none was given."""
    whole = _Parser(
        prog="chuchu",
        description="Ask about press briefings, in English or Chinese; every sentence of an answer names its source.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = whole.add_subparsers(dest="command", metavar="COMMAND")

    def command(name: str, summary: str, index: bool = True) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if index:
            one.add_argument(
                "--index", type=Path, metavar="FILE", help="the index file (default: the one in the settings)"
            )
        return one

    one = command(
        "index",
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
    one = command("ask", "answer a question from the record, or a file of questions")
    one.add_argument("question", nargs="*", help="in English or Chinese")
    one.add_argument("--json", action="store_true", help="print one JSON object: question, answer, refused, citations")
    one.add_argument(
        "--batch", type=Path, metavar="IN.jsonl", help='lines of {"id", "question", "history"}; history is optional'
    )
    one.add_argument("--out", type=Path, metavar="OUT.jsonl", help="where the answers to --batch go")
    _add_filters(one)
    one = command("search", "list the passages that fit a question best")
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
    one = command("timeline", "put the figures of one indicator in order of time, with what changed")
    one.add_argument("asked", nargs="+", metavar="INDICATOR", help="its name, or a question after it")
    one.add_argument("--since", metavar="DATE", help="of periods that end on or after YYYY, YYYY-MM or YYYY-MM-DD")
    one.add_argument("--until", metavar="DATE", help="of periods that begin on or before")
    one.add_argument("--json", action="store_true", help="print one JSON object: points, gaps, citations")
    one.add_argument("--csv", type=Path, metavar="FILE", help="write the points as a table")
    one.add_argument("--png", type=Path, metavar="FILE", help='draw a chart (needs the extra "chart")')
    one = command("figures", "list the figures that were read off the transcripts")
    one.add_argument("--indicator", metavar="TEXT", help="of what this names, in English or Chinese")
    one.add_argument("--period", metavar="DATE", help="of periods that reach into YYYY, YYYY-MM or YYYY-MM-DD")
    one.add_argument("--json", action="store_true", help="print one JSON object a line")
    one = command("sources", "list the transcripts in the index")
    one.add_argument("--json", action="store_true", help="print one JSON object a line")
    one = command("remove", "take transcripts out of the index; the files themselves stay")
    one.add_argument("ids", nargs="+", metavar="ID", help="as `chuchu sources` lists them")
    command("check", "verify the index file: structure, checksums, vectors")
    one = command("clean", "print a file as Chuchu reads it, without page noise", index=False)
    one.add_argument("file", type=Path, metavar="FILE", help="txt, md, html, docx or pdf")
    one.add_argument("--explain", action="store_true", help="list instead every cut: line, rule, what went")
    one = command("serve", "serve the chat page on this machine")
    one.add_argument("--port", type=int, default=7860, help="default 7860")
    one.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1: this machine only")
    return whole


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"chuchu: {message}; see {self.prog} --help\n")


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


def questions_in(path: Path) -> Iterator[dict[str, Any]]:
    """The questions of a file for --batch, as they stand there: JSON objects, a line each.

    Raises ValueError, which names the line, for what is none.
    """
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
