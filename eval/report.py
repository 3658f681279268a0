"""What a reader sees of result files: one HTML page that asks nothing of any other host, and the table of the README.

The page is report.html with the results in it as JSON. Its script writes them as text nodes, and its policy lets
nothing run but that script, so an answer that holds markup is seen and never run. Figures and intervals are those of
the result files; only the verdict on a question is found here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from corpus.folding import read_script
from eval.judge import agreements, failures

__all__ = ["GROUPS", "MEASURES", "Measure", "grade", "html", "markdown"]

Result = Mapping[str, Any]  # a result file as compare.read_result gives it
Record = Mapping[str, Any]  # one of its questions
Cells = dict[str, dict[str, Any]]  # by measure: mean, low, high (None where there is no interval), n
Grade = Literal["wrong", "partly", "good"]

TEMPLATE = Path(__file__).with_name("report.html").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Measure:
    """How a measure is called and read: `unit` is "%" for shares, which are written times 100."""

    key: str
    label: str
    about: str
    unit: str = "%"


MEASURES = {
    one.key: one
    for one in (
        Measure("all_terms", "All terms", "answers with every required term and figure"),
        Measure("first_line", "First line", "answers to figure questions that begin with all the figures required"),
        Measure("terms", "Terms", "share of the required terms and figures found"),
        Measure("clean", "Nothing false", "answers that assert none of the forbidden figures"),
        Measure("right", "Right call", "answered where the record answers, refused where it is silent"),
        Measure("cited_gold", "Right source", "answers that cite a paragraph which answers"),
        Measure("coverage", "Gold cited", "share of the answering paragraphs that are cited"),
        Measure("precision", "Citations right", "share of the citations that are such a paragraph"),
        Measure("verbatim", "Verbatim", "quotations that stand in the source letter for letter"),
        Measure("locked", "Figures held", "answers whose every figure stands in what they cite"),
        Measure("faithfulness", "Faithful", "sentences that a chat model finds supported by what they cite"),
        Measure("refusal_precision", "Refusals right", "share of the refusals that were called for"),
        Measure("refusal_recall", "Refusals made", "share of the questions to refuse that were refused"),
        Measure("recall@1", "Recall@1", "share of the answering passages in the first place"),
        Measure("recall@5", "Recall@5", "share of the answering passages among the first 5"),
        Measure("recall@10", "Recall@10", "share of the answering passages among the first 10"),
        Measure("mrr", "MRR", "one divided by the place of the first answering passage"),
        Measure("ndcg@10", "nDCG@10", "the order of the first 10 against the best possible order"),
        Measure("length", "Length", "words of the answer, 1.6 Han characters counted as one", "words"),
        Measure("p50", "p50", "half of the answers took no longer", "ms"),
        Measure("p95", "p95", "19 of 20 answers took no longer", "ms"),
    )
}
GROUPS = {
    "Overview": ("all_terms", "cited_gold", "right", "recall@5", "p50"),
    "Answers": ("all_terms", "first_line", "terms", "clean", "length"),
    "Citations": ("cited_gold", "coverage", "precision", "verbatim", "locked"),
    "Judge": ("faithfulness",),
    "Refusals": ("right", "refusal_precision", "refusal_recall"),
    "Retrieval": ("recall@1", "recall@5", "recall@10", "mrr", "ndcg@10"),
    "Time": ("p50", "p95"),
}
HEADLINE = ("all_terms", "cited_gold", "right", "clean", "recall@10", "ndcg@10")
DEPTHS = (1, 5, 10)
CURVES = 6  # in one chart: report.html has so many ways to draw one
JUDGE = ("all supported, and", "answers", "both", "judge only", "measure only", "neither", "alike, %", "kappa")
README = ("all_terms", "cited_gold", "right", "clean", "recall@5", "ndcg@10", "p50", "p95")


def html(results: Sequence[Result]) -> str:
    """The report as one page: the first result in full, the others beside it. Raises ValueError without a result."""
    view = json.dumps(_view(results), ensure_ascii=False, allow_nan=False)
    for sign in "<>&\u2028\u2029":
        view = view.replace(sign, f"\\u{ord(sign):04x}")
    # Half a surrogate pair, which JSON may hold and UTF-8 may not, becomes the JSON escape that it came from.
    view = view.encode("utf-8", "backslashreplace").decode("utf-8")
    script, style = (
        base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
        for text in (_inside("script", TEMPLATE), _inside("style", TEMPLATE))
    )
    policy = (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return TEMPLATE.replace("{{policy}}", policy).replace("{{results}}", view)  # the results last: they may hold {{…}}


def _inside(tag: str, page: str) -> str:
    found = re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    if found is None:
        raise ValueError(f"report.html: no <{tag}> without attributes; expected one, which the policy lets run")
    return found[1]


def _view(results: Sequence[Result]) -> dict[str, Any]:
    if not results:
        raise ValueError("a report of no result; expected one result file or more")
    first, labels = results[0], _labels(results)
    rows = [_rows(result) for result in results]
    keys = list(dict.fromkeys(key for one in rows for cells in one.values() for key in cells))
    known = [key for key in MEASURES if key in keys]
    unknown = [key for key in keys if key not in MEASURES]
    groups = {name: [key for key in members if key in known] for name, members in GROUPS.items()}
    sizes = {row["slice"]: row["n"] for row in first["summary"] if row["slice"].startswith("pair ")}
    pairs = sorted(sorted(sizes, key=lambda name: -sizes[name])[:CURVES])
    few = f": the {CURVES} with most questions" if len(sizes) > CURVES else ""
    grades = [{record["id"]: grade(record)[0] for record in result["questions"]} for result in results]
    return {
        "name": str(first.get("name", "")),
        "set": str(first["settings"].get("questions") or ""),
        "alike": len({frozenset(one) for one in grades}) == 1,
        "kind": first["kind"],
        "system": labels[0],
        "made": _made(first),
        "facts": _facts(first),
        "measures": {key: asdict(MEASURES.get(key) or Measure(key, key, "", "")) for key in (*known, *unknown)},
        "groups": {name: members for name, members in {**groups, "Other": unknown}.items() if members},
        "headline": [key for key in HEADLINE if key in rows[0].get("all", {})][:4],
        "systems": [
            {
                "label": label,
                "n": len(result["questions"]),
                "differs": _differs(result, first),
                "cells": one.get("all", {}),
            }
            for label, result, one in zip(labels, results, rows, strict=True)
        ],
        "slices": [
            {"kind": kind, "label": label, "n": row["n"], "cells": rows[0][row["slice"]]}
            for row in first["summary"]
            for kind, _, label in [row["slice"].partition(" ")]
            if label
        ],
        "curves": {
            "By system": _curves(dict(zip(labels, (one.get("all", {}) for one in rows), strict=True))),
            f"By language pair, {labels[0]}{few}": _curves(
                {name.removeprefix("pair "): rows[0][name] for name in pairs}
            ),
        },
        "depths": DEPTHS,
        "judge": JUDGE,
        "judges": [one for label, result in zip(labels, results, strict=True) if (one := _judge(label, result))],
        "questions": sorted(
            (
                _question(
                    record, {label: one.get(record["id"]) for label, one in zip(labels[1:], grades[1:], strict=True)}
                )
                for record in first["questions"]
            ),
            key=lambda question: ["wrong", "partly", "good"].index(question["grade"]),
        ),
    }


def _labels(results: Sequence[Result]) -> list[str]:
    """A name for each result, no two alike: its system; else its name, without what all names begin with."""
    systems = [str(result["settings"].get("system") or result.get("name") or "run") for result in results]
    names = [str(result.get("name") or "run") for result in results]
    prefix = f"{names[0].rpartition('-')[0]}-"
    own = [name.removeprefix(prefix) for name in names] if all(name.startswith(prefix) for name in names) else names
    for labels in (systems, own):
        if len(set(labels)) == len(labels):
            return labels
    return [f"{label} ({number})" for number, label in enumerate(names, start=1)]


def _rows(result: Result) -> dict[str, Cells]:
    """By slice, what the summary says of each measure; `n` is the number of questions that the measure applies to."""
    return {
        row["slice"]: {
            key: {"n": row["n"], "low": None, "high": None} | value
            for key, value in row.items()
            if isinstance(value, dict) and value.get("mean") is not None
        }
        for row in result["summary"]
    }


def _facts(result: Result) -> list[tuple[str, str]]:
    facts = {"made": result.get("made"), "commit": result.get("commit"), "questions": len(result["questions"])}
    return [
        (name.replace("_", " "), "yes" if value is True else "no" if value is False else str(value))
        for name, value in [
            *facts.items(),
            *((name if name != "questions" else "question set", value) for name, value in result["settings"].items()),
            *((result.get("machine") or {}).items()),
        ]
        if value not in (None, "")
    ]


def _made(result: Result) -> str:
    settings, machine = result["settings"], result.get("machine") or {}
    told = (
        str(result.get("made") or "")[:10],
        f"commit {result.get('commit') or 'unknown'}",
        f"encoder {settings['encoder']}" if settings.get("encoder") else "",
        f"{settings['passages']} passages" if settings.get("passages") else "",
        f"{machine['cores']} cores" if machine.get("cores") else "",
        str(machine.get("system") or ""),
    )
    return " · ".join(filter(None, told))


def _differs(result: Result, first: Result) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in result["settings"].items()
        if name != "system" and value != first["settings"].get(name)
    )


def _curves(rows: Mapping[str, Cells]) -> list[dict[str, Any]]:
    """Recall at each depth, a line each; those that agree in every point are one line with all their names."""
    lines: dict[tuple[Any, ...], list[str]] = {}
    for label, cells in rows.items():
        points = [cells.get(f"recall@{depth}") for depth in DEPTHS]
        if all(points):
            key = tuple((point["mean"], point["low"], point["high"]) for point in points if point)
            lines.setdefault(key, []).append(label)
    return [{"labels": labels, "points": points} for points, labels in lines.items()]


def _judge(label: str, result: Result) -> dict[str, Any] | None:
    """What the judge of a result found and how far its measures agree with it; None when no judge ran."""
    records = result["questions"]
    judged = [record for record in records if "faithfulness" in record["scores"]]
    failed = failures(records)
    if not judged and not failed:
        return None
    told = f"{len(judged)} answers judged"
    if faithful := _rows(result).get("all", {}).get("faithfulness"):
        told += f", {_cell('faithfulness', faithful, False).replace(' ', ' % ', 1)} of their sentences found supported"
    missing = "; ".join(f"{count} × {reason}" for reason, count in failed.items())
    return {
        "label": label,
        "name": str(result["settings"].get("judge") or "unknown"),
        "told": f"{told}. " + (f"{sum(failed.values())} could not be judged: {missing}." if failed else ""),
        "rows": [
            [
                MEASURES[one.measure].label,
                *map(str, (one.n, one.both, one.judge_only, one.measure_only, one.neither)),
                f"{100 * one.share:.1f}",
                "–" if one.kappa is None else f"{one.kappa:.2f}",
            ]
            for one in agreements(records)
        ],
    }


def _question(record: Record, others: Mapping[str, Grade | None]) -> dict[str, Any]:
    verdict, why = grade(record)
    return {
        "id": record["id"],
        "asked": _words(record.get("question", "")),
        "history": [_words(text) for text in record.get("history") or ()],
        "pair": record.get("pair", ""),
        "type": record.get("type", ""),
        "script": record.get("script", ""),
        "grade": verdict,
        "why": why,
        "answer": [_words(line) for line in str(record.get("answer") or "").splitlines() if line.strip()],
        "refused": bool(record.get("refused")),
        "error": str(record.get("error") or ""),
        "citations": [
            {
                "n": citation.get("n"),
                "quote": _words(citation.get("quote", "")),
                "where": _where(citation),
                "gold": bool(citation.get("gold")),
                "verbatim": bool(citation.get("verbatim", True)),
            }
            for citation in record.get("citations") or ()
        ],
        "gold": [{"quote": _words(gold.get("quote", "")), "where": _where(gold)} for gold in record.get("gold") or ()],
        "judged": [
            {"supported": bool(one.get("supported")), "why": _words(one.get("why", ""))}
            for one in record.get("judged") or ()
        ],
        "judge_error": str(record.get("judge_error") or ""),
        "scores": dict(record["scores"]),
        "ms": record.get("ms"),
        "others": {label: one for label, one in others.items() if one},
    }


def _words(text: object) -> dict[str, str]:
    _, lang, script = read_script(str(text))
    return {"text": str(text), "lang": "en" if lang == "en" else f"zh-{script}"}


def _where(place: Mapping[str, Any]) -> str:
    block = {"done": "what was done", "next": "what comes next"}.get(str(place.get("block")), "")
    turn, point = (f"{name} {place[name]}" if place.get(name) else "" for name in ("turn", "point"))
    return " · ".join(
        filter(None, map(str, (place.get("speaker") or "", place.get("source") or "", turn, point, block)))
    )


def grade(record: Record) -> tuple[Grade, list[str]]:
    """The verdict on one question and the reasons, () where it is good.

    Wrong: a crash, a wrong call to answer or refuse, something false, a broken promise, none of what was required.
    Partly: some of it, or all of it from another paragraph. A run of retrieval alone is judged by the deepest recall.
    """
    scores: Mapping[str, float] = record["scores"]
    wrong, partly = [], []
    if record.get("error"):
        wrong.append(f"crashed: {record['error']}")
    elif scores.get("right", 1) < 1:
        if record.get("expect") == "correct":
            wrong.append("the false premise was let stand")
        elif record.get("refused"):
            wrong.append("refused, though the record answers")
        else:
            wrong.append("answered, though the record is silent")
    elif not record.get("refused"):
        if scores.get("terms", 1) == 0:
            wrong.append("nothing of what was required")
        elif scores.get("terms", 1) < 1:
            partly.append(f"{round(100 * scores['terms'])} % of what was required")
        if scores.get("cited_gold", 1) < 1:
            partly.append("cites no paragraph that answers")
    for measure, reason in (
        ("clean", "asserts what it must not"),
        ("verbatim", "a quotation is not verbatim"),
        ("locked", "a figure stands in no cited source"),
    ):
        if scores.get(measure, 1) < 1:
            wrong.append(reason)
    deepest = next((depth for depth in reversed(DEPTHS) if f"recall@{depth}" in scores), None)
    if deepest and "right" not in scores:
        found = scores[f"recall@{deepest}"]
        if found == 0:
            wrong.append(f"nothing that answers among the first {deepest}")
        elif found < 1:
            partly.append(f"{round(100 * found)} % of what answers among the first {deepest}")
    return "wrong" if wrong else "partly" if partly else "good", wrong + partly


def markdown(results: Sequence[Result]) -> str:
    """The README's table: a line for each result, shares in percent with their 95 % interval, and what they rest on.

    A measure's number of questions stands in its head, or in the cells where the results differ in it. Where a judge
    ran, what it found follows, with a table of how far the measures agree with it.
    """
    labels, rows = _labels(results), [_rows(result).get("all", {}) for result in results]
    answers = any(key in row for row in rows for key in README[:4])
    columns = []
    for key in README if answers else (*GROUPS["Retrieval"], *GROUPS["Time"]):
        cells = [row.get(key) for row in rows]
        if any(cells):
            sizes = {cell["n"] for cell in cells if cell}
            head = f"{MEASURES[key].label.lower() if MEASURES[key].label[1:].islower() else MEASURES[key].label}"
            head += ", ms" if MEASURES[key].unit == "ms" else f" (n = {sizes.copy().pop()})" if len(sizes) == 1 else ""
            columns.append((head, [_cell(key, cell, len(sizes) > 1) for cell in cells]))
    lines = list(zip(labels, *(cells for _, cells in columns), strict=True))
    judges = [one for label, result in zip(labels, results, strict=True) if (one := _judge(label, result))]
    return _piped(["system", *(head for head, _ in columns)], lines) + _caption(results) + "".join(map(_judged, judges))


def _piped(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [head, ["---"] + ["---:"] * (len(head) - 1), *lines]
    return "\n".join(f"| {' | '.join(cell.replace('|', '·') for cell in row)} |" for row in rows)


def _judged(one: Mapping[str, Any]) -> str:
    text = f"\nJudge of {one['label']}: {one['name']}. {one['told'].strip()}\n"
    return text + (f"\n{_piped(JUDGE, one['rows'])}\n" if one["rows"] else "")


def _cell(key: str, cell: Mapping[str, Any] | None, with_n: bool) -> str:
    if cell is None:
        return "–"
    if MEASURES[key].unit != "%":
        return f"{cell['mean']:.0f}"
    interval = f" ({100 * cell['low']:.0f}–{100 * cell['high']:.0f})" if cell["low"] is not None else ""
    return f"{100 * cell['mean']:.1f}{interval}" + (f", n = {cell['n']}" if with_n else "")


def _caption(results: Iterable[Result]) -> str:
    told = []
    for result in results:
        machine = ", ".join(f"{name} {value}" for name, value in (result.get("machine") or {}).items())
        told.append(f"{len(result['questions'])} questions; commit {result.get('commit') or 'unknown'}; {machine}")
    return f"\n\nPercent, 95 % bootstrap intervals in brackets. {'. '.join(dict.fromkeys(told))}.\n"
