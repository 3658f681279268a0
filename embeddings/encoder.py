"""How a text becomes a vector: by the bilingual encoder that ships with Chuchu, or by any sentence-transformers model.

The default lies in bundled/ and was trained by training/; it runs on ONNX Runtime, so that a question never waits for
torch. Fusion, filters and storage are not known here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from embeddings.lexical import fold

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

__all__ = ["BilingualMiniLM", "Encoder", "SentenceTransformerEncoder", "as_langchain", "load_encoder"]

Vectors = NDArray[np.float32]

BUNDLED = Path(__file__).with_name("bundled")
MAX_TOKENS = 256  # what the encoder was trained for; its positions end at 512
MAX_CHARS = 10_000  # far past 256 tokens of any writing; folding 100,000 would take a second


class Encoder(Protocol):
    """What Chuchu asks of an encoder. Vectors are float32 [len(texts), dimension], of length 1, in the texts' order."""

    name: str
    fingerprint: str  # changes whenever the same text would get another vector
    dimension: int

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions."""
        ...

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        """Vectors of passages, with a progress bar on standard error if asked."""
        ...


def load_encoder(name: str = "") -> Encoder:
    """The encoder of that name: "" for the one that ships, else a sentence-transformers model name or a folder.

    Nothing is downloaded: a name is looked up among the models already on this machine. A folder written by
    `python -m embeddings.training export` is served as the shipped one is. Raises FileNotFoundError with the remedy
    when there is none, ValueError when a file is not what it should be.
    """
    if not name or name == BilingualMiniLM.name:
        return BilingualMiniLM()
    return BilingualMiniLM(Path(name)) if (Path(name) / _SUMS).is_file() else SentenceTransformerEncoder(name)


_SUMS = "SHA256SUMS"


class BilingualMiniLM:
    """Chuchu's encoder: 384 dimensions, English and both Chinese scripts in one space. See bundled/README.md."""

    name = "bilingual-minilm"
    _VERSION = "1"  # of what is done to a text before the tokenizer

    def __init__(self, folder: Path = BUNDLED, threads: int | None = None) -> None:
        """Open it from its folder, whose files must be those that its SHA256SUMS names."""
        import onnxruntime
        from tokenizers import Tokenizer

        model, tokenizer = _checked(folder, "model.onnx", "tokenizer.json")
        self.fingerprint = f"{_sha256((folder / _SUMS).read_bytes())[:12]}-{self._VERSION}"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a question alone never waits for a second core to come free
        options.log_severity_level = 3
        # The graph is written as it should run; past this level Add and LayerNormalization could be joined into one
        # operator that takes seven times as long.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.dimension = int(self._session.get_outputs()[0].shape[1])
        self._threads = threads or min(os.cpu_count() or 1, 8)
        self._tokenizer = Tokenizer.from_buffer(tokenizer)
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # One text a run, several runs side by side. In a batch the 8-bit scales would depend on the other texts, and
        # the vector of a text on its company; padding would cost what the batch saves.
        with ThreadPoolExecutor(self._threads) as pool:
            found = pool.map(self._encode, texts) if len(texts) > 1 else map(self._encode, texts)
            bar = tqdm(
                found,
                total=len(texts),
                desc="encoding",
                unit="passage",
                disable=None if progress else True,
                leave=False,
            )
            for row, vector in enumerate(bar):
                vectors[row] = vector
        return vectors

    def token_count(self, text: str) -> int:
        """How many tokens of a text are read."""
        return len(self._tokens(text))

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(fold(text[:MAX_CHARS])).ids
        return ids

    def _encode(self, text: str) -> Vectors:
        ids = np.array([self._tokens(text)], dtype=np.int64)
        return np.asarray(self._session.run(["embedding"], {"input_ids": ids})[0][0], dtype=np.float32)


def _checked(folder: Path, *names: str) -> list[bytes]:
    """The files' bytes, each of them what the folder's SHA256SUMS says."""
    remedy = (
        f"copy {folder.name}/ whole from where it came (in a clone of Chuchu: git checkout -- {BUNDLED.parent.name}"
        f"/{BUNDLED.name})"
    )
    try:
        wanted = {
            name: sha256 for sha256, name in map(str.split, (folder / _SUMS).read_text(encoding="utf-8").splitlines())
        }
        found = [(folder / name).read_bytes() for name in names]
    except FileNotFoundError as error:
        raise FileNotFoundError(f"encoder: {error.filename} is missing; {remedy}") from error
    except ValueError as error:
        raise ValueError(f"encoder: {folder / _SUMS} is not a list of checksums and files; {remedy}") from error
    for name, content in zip(names, found, strict=True):
        if (is_ := _sha256(content)) != wanted.get(name):
            raise ValueError(
                f"encoder: {folder / name} has the SHA-256 {is_}; expected {wanted.get(name)}; not loaded; {remedy}"
            )
    return found


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class SentenceTransformerEncoder:
    """Any sentence-transformers model, with the prompts that the model itself names for questions and passages."""

    def __init__(self, name: str) -> None:
        from huggingface_hub import constants

        # Set here: the environment is read at the first import alone, which may have been Gradio's. Without it
        # huggingface_hub 2.4 asks its server about agents (_detect_agent.py) even for local files only.
        constants.HF_HUB_OFFLINE = constants.HF_HUB_DISABLE_TELEMETRY = True
        from sentence_transformers import SentenceTransformer  # 8 to 10 s

        try:
            # Never from the network and never with code from the model's folder (sentence-transformers#3801).
            self._model = SentenceTransformer(name, local_files_only=True, trust_remote_code=False, device="cpu")
        except (OSError, ValueError) as error:
            raise FileNotFoundError(
                f"encoder {name!r}: no such model on this machine; expected a sentence-transformers folder or a model"
                f" downloaded before; give the folder's path, or leave the setting out to use {BilingualMiniLM.name!r}"
            ) from error
        self.name = name
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        # Both sides, since a model's prompts decide on its vectors as its weights do.
        probe = np.concatenate([self.encode_questions(["出处 source"]), self.encode_passages(["出处 source"])])
        self.fingerprint = hashlib.sha256(np.round(probe, 3).tobytes()).hexdigest()[:16]

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        return self._unit(self._model.encode_query(list(texts), normalize_embeddings=True, show_progress_bar=False))

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        return self._unit(
            self._model.encode_document(list(texts), normalize_embeddings=True, show_progress_bar=progress)
        )

    def _unit(self, vectors: Any) -> Vectors:
        return np.asarray(vectors, dtype=np.float32).reshape(-1, self.dimension)


def as_langchain(encoder: Encoder) -> Embeddings:
    """The encoder as a LangChain `Embeddings`: lists of floats, questions and passages with their own prompts."""
    from langchain_core.embeddings import Embeddings

    class ChuchuEmbeddings(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[float(x) for x in vector] for vector in encoder.encode_passages(texts)]

        def embed_query(self, text: str) -> list[float]:
            return [float(x) for x in encoder.encode_questions([text])[0]]

    return ChuchuEmbeddings()
