"""The command line of the measurements: python -m eval retrieval | speed."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from tqdm import tqdm

from assistant.retrieve import Route
from embeddings.encoder import load_encoder
from embeddings.index import IndexMismatchError
from eval.measures import load, measure
from eval.speed import ROOT, speed

OK, ERROR = 0, 2


def main(arguments: list[str] | None = None) -> int:
    """Run one measurement and give its exit code; what is wrong with the input is one line on standard error."""
    options = _parser().parse_args(arguments)
    try:
        rows: list[dict[str, Any]] = options.run(options)
        machine = _machine()
        print(f"\n{_table(rows)}\n\n{', '.join(f'{name} {value}' for name, value in machine.items())}")
        if options.json:
            options.json.write_text(
                json.dumps([row | machine for row in rows], ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )
    except (IndexMismatchError, ModuleNotFoundError, OSError, ValueError) as error:
        print(f"eval: {' '.join(str(error).split())}", file=sys.stderr)
        return ERROR
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval", description="Measure how well and how fast Chuchu finds passages."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("retrieval", help="nDCG and recall on question sets in BEIR layout")
    one.set_defaults(run=_retrieval)
    one.add_argument(
        "folders",
        nargs="+",
        type=Path,
        metavar="DIR",
        help="with corpus.jsonl, queries.jsonl and qrels.tsv (or qrels/test.tsv)",
    )
    one.add_argument(
        "--route", choices=get_args(Route), default="fused", help="by vectors and words (default), or by one of them"
    )
    one.add_argument(
        "--encoder",
        default="",
        metavar="NAME",
        help="a sentence-transformers model name or folder (default: the one that ships)",
    )
    one.add_argument("--limit", type=_positive, metavar="N", help="ask only the first N questions of each set")
    one.add_argument("--with-title", action="store_true", help="index the titles of the corpus too")
    _add_json(one)
    one = commands.add_parser("speed", help="times and memory on this machine")
    one.set_defaults(run=_speed)
    one.add_argument(
        "--passages",
        type=_positive,
        default=10_000,
        metavar="N",
        help="made-up passages to retrieve from (default 10,000)",
    )
    one.add_argument(
        "--stored",
        type=_positive,
        default=20_000,
        metavar="N",
        help="passages of the index that is changed (default 20,000)",
    )
    one.add_argument(
        "--repeats", type=_positive, default=5, metavar="N", help="times of which the median is told (default 5)"
    )
    one.add_argument("--seeds", type=Path, metavar="DIR", help="index this folder of transcripts too")
    _add_json(one)
    return parser


def _add_json(one: argparse.ArgumentParser) -> None:
    one.add_argument("--json", type=Path, metavar="FILE", help="write the table as a JSON list there too")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _retrieval(options: argparse.Namespace) -> list[dict[str, Any]]:
    _refuse_unwritable(options.json)
    # All folders before any measurement: a bad last one must not cost the minutes of the others.
    sets = [load(folder, options.with_title) for folder in options.folders]
    encoder = load_encoder(options.encoder)
    return [
        measure(one.first(options.limit) if options.limit else one, encoder, options.route) | {"encoder": encoder.name}
        for one in tqdm(sets, desc="question sets", leave=False)
    ]


def _speed(options: argparse.Namespace) -> list[dict[str, Any]]:
    _refuse_unwritable(options.json)
    return [
        asdict(figure) | {"value": round(figure.value, 3)}
        for figure in speed(options.passages, options.stored, options.seeds, options.repeats)
    ]


def _refuse_unwritable(path: Path | None) -> None:
    if path and not path.resolve().parent.is_dir():
        raise FileNotFoundError(
            f"--json {path}: no folder {path.resolve().parent}; expected one that is there; make it first"
        )


def _table(rows: Sequence[dict[str, Any]]) -> str:
    shown = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    numeric = [isinstance(value, (int, float)) for value in rows[0].values()]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in shown
    )


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _machine() -> dict[str, Any]:
    # What a figure must be read with: the cores this process may use, not those of the whole machine.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "commit": _commit(),
        "cores": cores,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _commit() -> str:
    git = ["git", "--no-optional-locks", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return "unknown"  # not a checkout, or one without a commit
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
