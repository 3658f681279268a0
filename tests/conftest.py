"""What several test files share: the encoder that ships, opened once, and the briefings that ship, indexed once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up import HashEncoder

from assistant import Assistant
from assistant.settings import BRIEFINGS
from corpus.formats import transcript_files
from corpus.reader import read
from embeddings.encoder import BilingualMiniLM
from embeddings.index import PassageIndex


@pytest.fixture(scope="session")
def bilingual() -> BilingualMiniLM:
    return BilingualMiniLM()


@pytest.fixture(scope="session")
def briefings(tmp_path_factory: pytest.TempPathFactory, bilingual: BilingualMiniLM) -> Iterator[Assistant]:
    """An assistant over the briefings that ship. For looking only: what writes takes a copy of `.index.path`."""
    index = PassageIndex.create(tmp_path_factory.mktemp("briefings") / "index.sqlite", bilingual)
    index.add((file, read(file)) for file in transcript_files([BRIEFINGS]))
    yield Assistant(index)
    index.close()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[PassageIndex]:
    """An empty index of made-up vectors, found sound at the end."""
    opened = PassageIndex.create(tmp_path / "index.sqlite", HashEncoder())
    yield opened
    assert opened.check() == []
    opened.close()
