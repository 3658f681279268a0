"""`chuchu timeline` and `chuchu figures`, and `from assistant import timeline`, over the briefings that ship."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant, timeline
from assistant.__main__ import main
from assistant.settings import BRIEFINGS, Settings

ADAPTED = ("elderly-friendly apps", "适老化改造的网站和App", "適老化改造的網站和App")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, briefings: Assistant) -> None:
    """The default index is that of the briefings, the folder an empty one, and the user's own settings are not read."""
    monkeypatch.setenv("CHUCHU_INDEX", str(briefings.index.path))
    monkeypatch.setitem(Settings.model_config, "toml_file", [])
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return ran


# ---- timeline


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            ADAPTED[0],
            ["Period", "Change (computed)", "first quarter of 2022", "1,924 apps and websites", "+108 (+49.8%)"],
        ),
        (ADAPTED[1], ["时期", "变化", "计算得出", "2022年一季度", "1924个", "+108（+49.8%）"]),
        (ADAPTED[2], ["時期", "變化", "計算得出", "2022年一季度", "1924個", "+108（+49.8%）"]),
    ],
)
def test_timeline_prints_points_in_order_with_changes_and_sources(run: Run, asked: str, words: list[str]) -> None:
    code, out, err = run("timeline", asked)
    assert (code, err) == (0, "")
    assert [word for word in words if word not in out] == []
    assert sorted(out.index(mark) for mark in ("217", "325", "648", "924")) == [
        out.index(mark) for mark in ("217", "325", "648", "924")
    ]
    assert re.search(r"\[1\] Zhao Zhiguo · (?:digest of |摘要：)SCIO press conference", out)


@pytest.mark.parametrize(
    "asked",
    [
        *ADAPTED,
        "How has the number of websites and apps adapted for the elderly developed?",
        "去年和今年相比，完成适老化改造的网站和App多了多少？",
        "歷年完成適老化改造的網站和App有多少？",
    ],
)
def test_timeline_with_json_gives_exact_values_with_places_in_the_source(run: Run, asked: str) -> None:
    code, out, _ = run("timeline", asked, "--json")
    found = json.loads(out)
    assert code == 0
    assert [(one["value"], one["period"], one["kind"], one["unit"]) for one in found["points"]] == [
        (217, "2021", "result", "app+website"),
        (325, "2022-Q1", "result", "app+website"),
        (648, "2022", "result", "app+website"),
        (1924, "2023-Q1/2023-Q3", "result", "app+website"),
    ]
    assert found["points"][0]["change"] is None
    assert found["points"][1]["change"] == {
        "computed": True,
        "difference": 108,
        "percent": 49.8,
        "since": "2021",
        "other": 0,
        "exact": True,
        "even": False,
    }
    cited = {one["n"]: one for one in found["citations"]}
    for point in found["points"]:
        citation = cited[point["citation"]]
        raw = (BRIEFINGS / citation["source"]).read_text(encoding="utf-8")
        assert raw[citation["raw_start"] : citation["raw_end"]] == citation["quote"]
        assert f"{point['value']:,}" in citation["quote"] or str(point["value"]) in citation["quote"]


def test_a_plan_is_told_from_results_and_has_no_change(run: Run) -> None:
    points = json.loads(run("timeline", "5G base stations built", "--json")[1])["points"]
    assert [
        (one["value"], one["period"], one["kind"], one["relation"], one["other"], one["change"]) for one in points
    ] == [
        (654_000, "2021", "result", "", None, None),
        (600_000, "2022", "target", "target", 0, None),
    ]
    assert "plan against result 654,000" in run("timeline", "5G base stations built")[1]


def test_since_and_until_and_years_in_the_question_limit_the_time(run: Run) -> None:
    def periods(*arguments: str) -> list[str]:
        return [one["period"] for one in json.loads(run("timeline", *arguments, "--json")[1])["points"]]

    assert periods(ADAPTED[0], "--since", "2022-04") == ["2022", "2023-Q1/2023-Q3"]
    assert periods(ADAPTED[0], "--until", "2022-01-01") == ["2021", "2022-Q1", "2022"]
    assert periods(f"{ADAPTED[0]}, 2021 and 2022") == ["2021", "2022"]
    assert periods(f"{ADAPTED[0]} from 2021 to 2022") == ["2021", "2022-Q1", "2022"]
    assert periods(f"{ADAPTED[0]} 2021 → 2022") == ["2021", "2022-Q1", "2022"]
    assert periods(f"{ADAPTED[0]} since 2023") == ["2023-Q1/2023-Q3"]
    assert periods(f"2023年以来{ADAPTED[1]}") == ["2023-Q1/2023-Q3"]
    code, out, err = run("timeline", ADAPTED[0], "--since", "last year")
    assert (code, out) == (2, "")
    assert err == "chuchu: since is 'last year'; expected YYYY, YYYY-MM or YYYY-MM-DD\n"


@pytest.mark.parametrize(
    "asked",
    [
        *("unemployment rate", "失业率", "5G base stations built in Germany", "德國新建5G基站"),
        *("How has it developed?", "去年和今年相比多了多少？", "", "?!"),
    ],
)
def test_timeline_with_nothing_found_says_so_and_names_the_nearest_indicators(
    run: Run, asked: str, tmp_path: Path
) -> None:
    code, out, err = run("timeline", asked, "--csv", "a.csv", "--png", "a.png")
    assert (code, err) == (1, "")
    assert len(out.splitlines()) > 2
    found = json.loads(run("timeline", asked, "--json")[1])
    assert (found["points"], found["citations"]) == ([], [])
    assert [name for name in found["nearest"] if name not in out] == []
    assert list(tmp_path.iterdir()) == []


def test_timeline_of_a_known_indicator_outside_its_time_is_nothing_found(run: Run) -> None:
    code, out, _ = run("timeline", ADAPTED[0], "--since", "2030")
    assert code == 1
    assert "websites and apps adapted for the elderly" in out


def test_csv_holds_a_line_for_each_point(run: Run, tmp_path: Path) -> None:
    assert run("timeline", ADAPTED[0], "--csv", tmp_path / "apps.csv")[0] == 0
    text = (tmp_path / "apps.csv").read_bytes().decode("utf-8")
    assert text.startswith("period,period_known,value,high,unit,kind,")
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["period"], row["value"], row["computed_difference"], row["computed_since"]) for row in rows] == [
        ("2021", "217", "", ""),
        ("2022-Q1", "325", "108", "2021"),
        ("2022", "648", "431", "2021"),
        ("2023-Q1/2023-Q3", "1924", "1276", "2022"),
    ]
    assert all(row["source"] and row["value"] in row["quote"].replace(",", "") for row in rows)


@pytest.mark.parametrize("asked", [ADAPTED[0], ADAPTED[2], "5G base stations built"])
def test_png_is_a_picture(run: Run, tmp_path: Path, asked: str) -> None:
    pytest.importorskip("matplotlib", reason="the extra `chart` is not installed")
    assert run("timeline", asked, "--png", tmp_path / "apps.png")[0] == 0
    assert (tmp_path / "apps.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_png_without_matplotlib_names_the_extra(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, out, err = run("timeline", ADAPTED[0], "--png", "apps.png")
    assert (code, out) == (2, "")
    assert err == 'chuchu: no matplotlib to draw with; install it with: pip install "chuchu[chart]"\n'
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_named_before_anything_is_looked_for(run: Run, tmp_path: Path) -> None:
    for option in ("--csv", "--png"):
        code, out, err = run("timeline", ADAPTED[0], option, "none/apps")
        assert (code, out) == (2, "")
        assert err.startswith("chuchu: none/apps: cannot be written")


# ---- figures


def test_figures_lists_value_period_kind_and_sentence(run: Run) -> None:
    code, out, err = run("figures")
    assert (code, err) == (0, "")
    assert "5G base stations built · 654,000 stations · 2021 (inferred) · result" in out
    listed = [json.loads(line) for line in run("figures", "--json")[1].splitlines()]
    assert f"{len(listed)}. " in out
    wanted = {"indicator", "period", "period_known", "value", "unit", "kind", "bound", "source", "passage", "quote"}
    assert all(wanted <= one.keys() for one in listed)


def figures(run: Run, *arguments: str) -> list[tuple[Any, ...]]:
    return [
        (one["value"], one["period"]) for one in map(json.loads, run("figures", "--json", *arguments)[1].splitlines())
    ]


def test_figures_are_limited_to_an_indicator_and_to_a_period(run: Run) -> None:
    for named in ADAPTED:
        assert sorted(figures(run, "--indicator", named)) == [
            (217, "2021"),
            (325, "2022-Q1"),
            (648, "2022"),
            (1924, "2023-Q1/2023-Q3"),
        ]
        assert figures(run, "--indicator", named, "--period", "2021") == [(217, "2021")]
    in_2021 = figures(run, "--period", "2021")
    assert (654_000, "2021") in in_2021
    assert all(period and "2021" in period for _, period in in_2021)


def test_figures_with_none_to_show_says_so(run: Run) -> None:
    code, out, err = run("figures", "--indicator", "unemployment")
    assert (code, out) == (1, "")
    assert err.startswith("chuchu: no figure to show")
    assert run("figures", "--period", "soon")[0] == 2


# ---- from Python


def test_timeline_from_python_opens_the_index_of_the_settings(briefings: Assistant) -> None:
    found = timeline("elderly-friendly apps", since="2022", until="2022-12-31")
    assert [str(point.figure.value) for point in found.points] == ["325", "648"]
    assert found == timeline("elderly-friendly apps", "2022", "2022-12-31", index=briefings.index.path)
    assert (found.english, found.nearest) == ("websites and apps adapted for the elderly", ())
    assert timeline("適老化改造的網站").chinese == "完成適老化改造的網站和App"
