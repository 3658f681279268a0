"""A timeline as a file for other programs: rows of CSV, or a chart as a PNG picture.

Both carry what timeline.py computed, and nothing that it did not.
"""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from assistant.printed import timeline_json
from assistant.telling import name_of, tag_of
from assistant.timeline import Point, Timeline, end_of
from assistant.wording import number, phrase
from corpus.figures import FigureKind
from corpus.folding import HAN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["as_csv", "as_png"]

_COLUMNS = "period period_known value high unit kind bound place relation".split()
_COMPUTED = ("difference", "percent", "since", "exact", "even")
_PLAIN_FONT = "DejaVu Sans"  # comes with matplotlib, and has no Han characters
_HAN_FONTS = (
    "Noto Sans CJK SC", "Noto Sans CJK TC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei",
    "PingFang SC", "Hiragino Sans GB", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "SimHei", "Arial Unicode MS",
)  # fmt: skip

Dated = tuple[date, Point]


def as_csv(timeline: Timeline) -> str:
    """A header and a line for each point, in order; what is computed is called so, the quote is verbatim."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_COLUMNS, *(f"computed_{name}" for name in _COMPUTED), "source", "passage", "quote"])
    for values, point in zip(timeline_json(timeline)["points"], timeline.points, strict=True):
        change = values["change"] or {}
        quoted = (point.citation.passage.source, point.citation.passage.id, point.citation.quote)
        computed = [change.get(name) for name in _COMPUTED]
        writer.writerow([*(values[name] for name in _COLUMNS), *computed, *map(_inert, quoted)])
    return out.getvalue()


def _inert(text: str) -> str:
    # A spreadsheet runs a cell that begins like a formula, and a source may have been written to.
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text


def as_png(timeline: Timeline) -> bytes:
    """The dated points of the commonest unit as a chart: results as a line, broken at gaps; targets as hollow diamonds.

    Raises ValueError when no point is dated, or when matplotlib, which the extra "chart" brings, is not there.
    """
    try:
        from matplotlib import font_manager, rc_context
        from matplotlib.figure import Figure as Canvas
    except ImportError as error:
        raise ValueError('no matplotlib to draw with; install it with: pip install "chuchu[chart]"') from error
    drawn = [(day, point) for point in timeline.points if point.figure.kind != "change" and (day := end_of(point))]
    if not drawn:
        raise ValueError(f"no point of {timeline.asked!r} is dated, and a chart shows dated ones; leave out --png")
    ((unit, _),) = Counter(point.figure.unit for _, point in drawn).most_common(1)
    fonts = {font.name for font in font_manager.fontManager.ttflist}
    family = next((name for name in _HAN_FONTS if name in fonts), _PLAIN_FONT)
    tag = "en" if family == _PLAIN_FONT else tag_of(timeline.asked)
    title = name_of(timeline, tag)
    with rc_context({"font.family": family}):
        canvas = Canvas(figsize=(8, 4.5), dpi=150, layout="constrained")
        axes = canvas.subplots()
        _draw(axes, [(day, point) for day, point in drawn if point.figure.unit == unit], timeline.gaps, tag)
        axes.set_title("" if family == _PLAIN_FONT and HAN.search(title) else title)
        axes.set_ylabel(unit.replace("+", ", "))
        out = BytesIO()
        canvas.savefig(out, format="png")
    return out.getvalue()


def _draw(axes: Axes, drawn: list[Dated], gaps: tuple[str, ...], tag: str) -> None:
    for kind, colour, mark, line in _LOOKS:
        label = phrase(f"kind_{kind}", tag)
        own = [(day, point) for day, point in drawn if point.figure.kind == kind]
        for place in dict.fromkeys(point.figure.place for _, point in own):
            here = [(day, point) for day, point in own if point.figure.place == place]
            for stretch in _stretches(here, gaps):
                days, values = [day for day, _ in stretch], [float(point.figure.value) for _, point in stretch]
                face = colour if line else "white"
                axes.plot(days, values, color=colour, marker=mark, mfc=face, linestyle=line, label=label)  # type: ignore[arg-type]
                label = "_"  # once in the legend
    for year in gaps:
        axes.axvspan(date(int(year), 1, 1), date(int(year), 12, 31), color="0.95")  # type: ignore[arg-type]
    values = [float(point.figure.value) for _, point in drawn]
    axes.set_ylim(min(0.0, *values), 1.25 * max(values, default=1.0))  # the highest point clear of the legend
    axes.yaxis.set_major_formatter(lambda value, _: number(Decimal(f"{value:.6g}"), tag))
    axes.grid(axis="y", color="0.9")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)


_LOOKS: tuple[tuple[FigureKind, str, str, str], ...] = (
    ("result", "tab:blue", "o", "-"),
    ("cumulative", "tab:green", "s", "-"),
    ("target", "tab:orange", "D", ""),
)


def _stretches(drawn: list[Dated], gaps: tuple[str, ...]) -> list[list[Dated]]:
    """The points in runs that a line may join: none across a year of which nothing is recorded."""
    runs: list[list[Dated]] = []
    for day, point in drawn:
        # Two values of one time contradict each other, and no line leads from one to the other.
        if runs and runs[-1][-1][0] < day and not any(runs[-1][-1][0].year < int(year) < day.year for year in gaps):
            runs[-1].append((day, point))
        else:
            runs.append([(day, point)])
    return runs
