"""The command line of the measurements: python -m eval [run | import | judge | retrieval | speed | compare | …]."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, get_args

from tqdm import tqdm

from assistant.retrieve import Retriever, Route
from assistant.settings import BRIEFINGS
from corpus.formats import transcript_files
from corpus.reader import read
from embeddings.encoder import Encoder, load_encoder
from embeddings.index import DamagedIndexError, IndexMismatchError, PassageIndex
from eval import aims, calibration, run
from eval.compare import compare, gate, read_result, table
from eval.importers import FORMATS, imported, write_questions
from eval.judge import LIMIT, Judge, judge
from eval.measures import asked, load, row_of
from eval.noise import noisy
from eval.questions import Question, read_questions
from eval.speed import ROOT, speed
from eval.systems import SYSTEMS, system_of

OK, RED, ERROR, STOPPED = 0, 1, 2, 130
SETS = ROOT / "eval" / "questions"
BASELINE = ROOT / "eval" / "baseline.json"
CORPORA = (BRIEFINGS, ROOT.parent / "shared" / "seeds")  # the first that has a set's gold is what it is asked of
SHOWN = ("right", "all_terms", "clean", "cited_gold", "precision", "recall@5", "ndcg@10", "p50", "p95")


class Variant(NamedTuple):
    """One of the runs that `python -m eval` makes of a set; only those with `always` of the transcripts of others."""

    name: str
    system: str
    noise: bool = False
    target_units: float | None = None
    always: bool = True


VARIANTS = (
    *(Variant(name, name) for name in SYSTEMS),
    Variant("noise", "chuchu", noise=True, always=False),
    Variant("units40", "chuchu", target_units=40, always=False),
    Variant("units160", "chuchu", target_units=160, always=False),
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit code; what is wrong with the input is one line on standard error."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or OK)
    except (DamagedIndexError, IndexMismatchError, ModuleNotFoundError, OSError, ValueError) as error:
        print(f"eval: {' '.join(str(error).split())}", file=sys.stderr)
        return ERROR
    except KeyboardInterrupt:
        print("\neval: stopped; the same command goes on where it stopped", file=sys.stderr)
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure how good Chuchu's answers are. Without a command: every system on every set that ships.",
    )
    parser.set_defaults(run=_everything)
    parser.add_argument("--only", nargs="+", choices=[one.name for one in VARIANTS], metavar="NAME", help="these runs")
    parser.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="(default: results)")
    _add_encoder(parser)
    commands = parser.add_subparsers(metavar="COMMAND")

    one = commands.add_parser("run", help="ask one set of questions and write a result file")
    one.set_defaults(run=_run)
    one.add_argument("--questions", type=Path, required=True, metavar="FILE", help="the set, JSON lines")
    asked_of = one.add_mutually_exclusive_group()
    asked_of.add_argument("--index", type=Path, metavar="FILE", help="ask an index that is there")
    asked_of.add_argument(
        "--transcripts", type=Path, nargs="+", metavar="PATH", help="or index these files (default: those that ship)"
    )
    one.add_argument("--out", type=Path, required=True, metavar="FILE", help="the result file")
    names = f"{', '.join(SYSTEMS)} or chat:MODEL"
    one.add_argument("--system", default="chuchu", metavar="NAME", help=f"who is asked: {names} (default: chuchu)")
    one.add_argument("--noise", action="store_true", help="put adverts and glosses into the transcripts first")
    one.add_argument("--target-units", type=_positive, metavar="N", help="cut passages near this size")
    _add_encoder(one)

    one = commands.add_parser("import", help="turn a public set into questions and an index to ask")
    one.set_defaults(run=_import)
    one.add_argument("format", choices=FORMATS)
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--out", type=Path, required=True, metavar="DIR", help="for questions.jsonl and index.sqlite")
    one.add_argument("--asked-in", type=Path, metavar="FILE", help="xquad: questions of its twin in another language")
    one.add_argument("--silent", action="store_true", help="rgb: without the texts that answer, so refusals are right")
    one.add_argument("--limit", type=_positive, metavar="N", help="only the first N questions; all texts")
    _add_encoder(one)

    one = commands.add_parser("judge", help="let a chat model say whether the sources support the answers of a result")
    one.set_defaults(run=_judge)
    one.add_argument("result", type=Path, metavar="R")
    one.add_argument("--model", required=True, metavar="PROVIDER:NAME", help="as LangChain names it, e.g. openai:NAME")
    one.add_argument("--base-url", default="", metavar="URL", help="a server that speaks the provider's protocol")
    one.add_argument("--questions", type=_positive, metavar="N", help="only N answers, drawn at random (default: all)")
    one.add_argument("--limit", type=_positive, default=LIMIT, metavar="SECONDS", help=f"of a call (default: {LIMIT})")
    one.add_argument("--out", type=Path, metavar="R2", help="write there (default: into R itself)")

    one = commands.add_parser("compare", help="what changed from one result file to another")
    one.set_defaults(run=_compare)
    one.add_argument("before", type=Path, metavar="A")
    one.add_argument("after", type=Path, metavar="B")

    one = commands.add_parser("report", help="result files as a page to look at, or as a table")
    one.set_defaults(run=_report)
    one.add_argument("results", type=Path, nargs="+", metavar="R", help="the first in full, the others beside it")
    one.add_argument("--html", type=Path, metavar="FILE", help="write the page there")
    one.add_argument("--markdown", action="store_true", help="print the table (default without --html)")

    one = commands.add_parser("aims", help="how far result files are from what Chuchu is to reach")
    one.set_defaults(run=_aims)
    one.add_argument("results", type=Path, nargs="+", metavar="R", help="result files, taken together")

    one = commands.add_parser("calibrate", help="what each threshold of evidence would refuse, on the tuning sets")
    one.set_defaults(run=_calibrate)
    one.add_argument("--seeds", type=Path, metavar="DIR", help="the transcripts of the set seeds")
    _add_encoder(one)

    one = commands.add_parser("gate", help="exit 1 when a result is worse than the baseline beyond the noise")
    one.set_defaults(run=_gate)
    one.add_argument("result", type=Path, metavar="R")
    one.add_argument("--baseline", type=Path, default=BASELINE, metavar="B", help="(default: eval/baseline.json)")

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
    _add_encoder(one)
    one.add_argument("--limit", type=_positive, metavar="N", help="ask only the first N questions of each set")
    one.add_argument("--with-title", action="store_true", help="index the titles of the corpus too")
    one.add_argument("--json", type=Path, metavar="FILE", help="write a result file there too")

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
    one.add_argument("--json", type=Path, metavar="FILE", help="write the table as a JSON list there too")
    return parser


def _add_encoder(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--encoder",
        default="",
        metavar="NAME",
        help="a sentence-transformers model name or folder (default: the one that ships)",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


# ---- asking


def _everything(options: argparse.Namespace) -> None:
    chosen = [one for one in VARIANTS if not options.only or one.name in options.only]
    sets = [(path, *_with_corpus(path, read_questions(path))) for path in sorted(SETS.glob("*.jsonl"))]
    if not sets:
        raise FileNotFoundError(f"{SETS}: no question set; expected at least one .jsonl; restore the folder")
    options.results.mkdir(parents=True, exist_ok=True)
    encoder = load_encoder(options.encoder)
    made = []
    for path, questions, files in sets:
        if not files:
            print(f"eval: {path.name}: the transcripts of its gold are not here; left out", file=sys.stderr)
            continue
        for one in chosen:
            if not (one.always or files[0].is_relative_to(BRIEFINGS)):
                continue
            name = f"{path.stem}-{one.name}"
            out = options.results / f"{name}-{run.commit()}.json"
            made.append(_answered(path, questions, files, one._replace(name=name), encoder, out))
    if not made:
        raise FileNotFoundError("nothing was asked: the transcripts of no set are here; restore corpus/briefings")
    _print_results(made)


def _with_corpus(path: Path, questions: list[Question]) -> tuple[list[Question], list[Path]]:
    # All sets are proved before the first is asked: a fault must not cost the minutes of the others.
    wanted = {gold.source for question in questions for gold in question.gold}
    known: set[str] = set()
    for folder in filter(Path.is_dir, CORPORA):
        files = transcript_files([folder])
        names = {file.name for file in files}
        if wanted <= names:
            run.proved(questions, files)
            return questions, files
        known |= names
    if wanted & known:
        raise ValueError(f"{path}: gold in {', '.join(sorted(wanted - known))}; expected {', '.join(sorted(known))}")
    return questions, []


def _run(options: argparse.Namespace) -> None:
    _refuse_unwritable("--out", options.out)
    if options.index and (options.noise or options.target_units):
        raise ValueError("--noise and --target-units make an index of their own; give --transcripts, not --index")
    questions = read_questions(options.questions)
    encoder = load_encoder(options.encoder)
    if options.index:
        index = PassageIndex.open(options.index, encoder)
        try:
            settings = _settings(options.questions, options.system)
            system = system_of(options.system, index)
            made = run.run(options.out.stem, questions, system, index, options.out, settings)
        finally:
            index.close()
    else:
        files = transcript_files(options.transcripts or [BRIEFINGS])
        run.proved(questions, files)
        variant = Variant(options.out.stem, options.system, options.noise, options.target_units)
        made = _answered(options.questions, questions, files, variant, encoder, options.out)
    _print_results([made])


def _answered(
    path: Path, questions: Sequence[Question], files: Sequence[Path], one: Variant, encoder: Encoder, out: Path
) -> dict[str, Any]:
    settings = _settings(path, one.system) | {"noise": one.noise, "target_units": one.target_units}
    transcripts = [(file, noisy(file) if one.noise else read(file)) for file in files]
    with run.indexed(transcripts, encoder, one.target_units) as index:
        system = system_of(one.system, index)
        return run.run(one.name, questions, system, index, out, settings, [transcript for _, transcript in transcripts])


def _settings(questions: Path, system: str) -> dict[str, Any]:
    whole = questions.resolve()
    shown = whole.relative_to(ROOT) if whole.is_relative_to(ROOT) else questions
    return {"system": system, "questions": shown.as_posix()}


def _import(options: argparse.Namespace) -> None:
    found = imported(options.format, options.file, options.asked_in, options.silent, options.limit)
    options.out.mkdir(parents=True, exist_ok=True)
    index = PassageIndex.create(options.out / "index.sqlite", load_encoder(options.encoder))
    try:
        index.add(((options.file.with_name(one.source), one) for one in found.transcripts), progress=True)
        passages = len(index)
    finally:
        index.close()
    asks = options.out / "questions.jsonl"
    write_questions(found.questions, asks)
    print(f"{len(found.questions):,} questions in {asks}, {passages:,} passages in {index.path}; ask them with:")
    print(f"python -m eval run --questions {asks} --index {index.path} --out {options.out / 'result.json'}")


def _judge(options: argparse.Namespace) -> None:
    from eval.report import markdown

    _refuse_unwritable("--out", options.out)
    result = read_result(options.result)
    by = Judge(options.model, options.base_url, options.limit)
    print(markdown([judge(result, by, options.out or options.result, options.questions)]))


# ---- looking


def _compare(options: argparse.Namespace) -> None:
    print(table(compare(read_result(options.before), read_result(options.after))))


def _report(options: argparse.Namespace) -> None:
    from eval.report import html, markdown

    if options.html:
        _refuse_unwritable("--html", options.html)
    results = [read_result(path) for path in options.results]
    if options.html:
        options.html.write_text(html(results), encoding="utf-8", newline="\n")
    if options.markdown or not options.html:
        print(markdown(results))


def _calibrate(options: argparse.Namespace) -> None:
    by_corpus: dict[Path, list[Question]] = {}
    for path in sorted(calibration.TUNING.glob("*.jsonl")):
        if folder := calibration.corpus_of(path, options.seeds):
            by_corpus.setdefault(folder, []).extend(read_questions(path))
    encoder = load_encoder(options.encoder)
    found: list[tuple[bool, float]] = []
    for folder, questions in by_corpus.items():
        with run.indexed([(file, read(file)) for file in transcript_files([folder])], encoder, None) as index:
            found += calibration.judged(questions, Retriever(index))
    silent = sum(not answers for answers, _ in found)
    print(f"{len(found) - silent} answerable questions that evidence decides, {silent} unanswerable")
    print("threshold  unanswerable refused  answerable refused  refusals right")
    for step in calibration.steps(found):
        mark = "  <- in use" if step.chosen else ""
        print(f"{step.threshold:9.2f}  {step.recall:20.2f}  {step.false:18.3f}  {step.precision:14.2f}{mark}")


def _aims(options: argparse.Namespace) -> None:
    asked = [record | {"set": str(path)} for path in options.results for record in read_result(path)["questions"]]
    print(aims.table(asked))


def _gate(options: argparse.Namespace) -> int:
    result, baseline = read_result(options.result), read_result(options.baseline)
    reasons = gate(result, baseline)
    for reason in reasons:
        print(f"gate: {reason}", file=sys.stderr)
    if not reasons:
        print(f"gate: green; {len(baseline['questions'])} questions, nothing worse than the baseline beyond the noise")
    return RED if reasons else OK


# ---- retrieval and speed


def _retrieval(options: argparse.Namespace) -> None:
    _refuse_unwritable("--json", options.json)
    # All folders before any measurement: a bad last one must not cost the minutes of the others.
    sets = [load(folder, options.with_title) for folder in options.folders]
    names = [one.name for one in sets]
    if len(set(names)) < len(names):
        raise ValueError(f"two sets of one name among {', '.join(names)}; expected other names; rename a folder")
    encoder = load_encoder(options.encoder)
    rows, records = [], []
    for one in tqdm(sets, desc="question sets", leave=False):
        found = asked(one.first(options.limit) if options.limit else one, encoder, options.route)
        rows.append(row_of(one.name, options.route, found) | {"encoder": encoder.name})
        records += found
    _print_table(rows)
    if options.json:
        settings = {"encoder": encoder.name, "fingerprint": encoder.fingerprint, "questions": ", ".join(names)}
        settings |= {"system": options.route, "with_title": options.with_title, "limit": options.limit}
        run.write_result(run.result(options.json.stem, "retrieval", settings, records), options.json)


def _speed(options: argparse.Namespace) -> None:
    _refuse_unwritable("--json", options.json)
    rows = [
        asdict(figure) | {"value": round(figure.value, 3)}
        for figure in speed(options.passages, options.stored, options.seeds, options.repeats)
    ]
    _print_table(rows)
    if options.json:
        told = [row | {"commit": run.commit()} | run.machine() for row in rows]
        options.json.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _refuse_unwritable(option: str, path: Path | None) -> None:
    if path and not path.resolve().parent.is_dir():
        raise FileNotFoundError(
            f"{option} {path}: no folder {path.resolve().parent}; expected one that is there; make it first"
        )


# ---- tables


def _print_results(results: Sequence[Mapping[str, Any]]) -> None:
    _print_table(
        [
            {"run": made["name"], "questions": len(made["questions"])}
            | {name: _shown(name, made["summary"][0].get(name)) for name in SHOWN}
            | {"crashed": sum(bool(record["error"]) for record in made["questions"])}
            for made in results
        ]
    )


def _shown(name: str, measure: Mapping[str, float] | None) -> float | str:
    if measure is None:
        return "–"
    return measure["mean"] if name in ("p50", "p95") else 100 * measure["mean"]


def _print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    about = {"commit": run.commit()} | run.machine()
    print(f"\n{_table(rows)}\n\n{', '.join(f'{name} {value}' for name, value in about.items())}")


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
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


if __name__ == "__main__":
    sys.exit(main())
