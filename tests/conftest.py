"""What several test files share: the encoder that ships, opened once, and the briefings that ship, indexed once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

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
