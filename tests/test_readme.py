"""What the README promises: its Python example runs, its commands and files are there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs_and_answers(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len([line for line in example.splitlines() if line.strip()]) <= 10
    told = subprocess.run(
        [sys.executable, "-c", example],
        cwd=ROOT,
        env={**os.environ, "CHUCHU_INDEX": str(tmp_path / "index.sqlite"), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout.splitlines()
    assert len([line for line in told if re.match(r"0\.\d\d ", line)]) == 3
    assert "Zhao Zhiguo 2022-01-20 (inferred) Second, " in told[0]
    assert [line[0] for line in told if re.match(r"\d 2021-01-29-5g-service-meeting\.md ", line)] == list("12345")


def test_every_make_command_named_is_a_target() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake (?:[A-Z_]+=\S+ )*([a-z]+)\b", re.sub(r"PIP_FLAGS=\"[^\"]*\" ", "", README)))
    assert {"chat", "test", "lint", "index", "clean"} <= named <= targets


def test_every_file_of_the_tree_is_there_and_every_file_in_the_tree() -> None:
    (tree,) = re.findall(r"## The tree\n\n```\n(.*?)```", README, re.DOTALL)
    named = set(re.findall(r"[\w]+\.py\b", tree))
    ours = {path.name for folder in ("corpus", "embeddings", "assistant") for path in (ROOT / folder).glob("*.py")}
    assert named - {"app.py"} == ours - {"__init__.py"}
