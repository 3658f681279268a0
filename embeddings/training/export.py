"""From a trained student to the folder that is served, and from that folder to one for sentence-transformers."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embeddings.training.onnx_bert import write_onnx

__all__ = ["export", "unpack"]

SERVED = ("model.onnx", "tokenizer.json")


def export(student: Path, bundle: Path) -> None:
    """Write what is served to `bundle`: the int8 model, the tokenizer, and SHA256SUMS over both."""
    bundle.mkdir(parents=True, exist_ok=True)
    write_onnx(student, bundle / "model.onnx")
    shutil.copy(student / "tokenizer.json", bundle / "tokenizer.json")
    sums = "".join(f"{hashlib.sha256((bundle / name).read_bytes()).hexdigest()}  {name}\n" for name in SERVED)
    (bundle / "SHA256SUMS").write_text(sums, encoding="utf-8")


def unpack(bundle: Path, folder: Path) -> None:
    """Write the model of `bundle` to `folder` in float32, as `SentenceTransformer(folder)` loads it.

    Texts must be folded as the encoder folds them (embeddings.lexical.fold). Vectors differ from the served ones by
    what the 8-bit activations cost, a cosine of .99 or more.
    """
    import onnx
    from onnx import numpy_helper
    from safetensors.numpy import save_file
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, PreTrainedTokenizerFast

    model = onnx.load(bundle / "model.onnx")
    found = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    weights = {name: value for name, value in found.items() if name.endswith((".weight", ".bias"))}
    for name in {name.removesuffix(".int8") for name in found if name.endswith(".int8")}:
        rows = found[f"{name}.int8"].T * found[f"{name}.scale"][:, None]
        weights[f"{name}.weight"] = rows * found.get(f"{name}.smooth", np.float32(1))
    weights["embeddings.word_embeddings.weight"] = found["tokens"] * found["tokens.scale"]
    weights["embeddings.position_embeddings.weight"] = found["places"]  # with the one token type's vector in them
    hidden = found["places"].shape[1]
    weights["embeddings.token_type_embeddings.weight"] = np.zeros((2, hidden), dtype=np.float32)
    weights["pooler.dense.weight"], weights["pooler.dense.bias"] = (
        np.zeros((hidden, hidden)),
        np.zeros(hidden),
    )  # unused
    config = json.loads(next(p.value for p in model.metadata_props if p.key == "config"))
    folder.mkdir(parents=True, exist_ok=True)
    BertConfig(**config).save_pretrained(folder)
    contiguous: dict[str, NDArray[np.float32]] = {
        name: np.ascontiguousarray(value, dtype=np.float32) for name, value in weights.items()
    }
    save_file(contiguous, folder / "model.safetensors", {"format": "pt"})
    fast: Any = PreTrainedTokenizerFast
    fast(
        tokenizer_file=str(bundle / "tokenizer.json"), unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]", model_max_length=256,
    ).save_pretrained(folder)  # fmt: skip
    transformer = Transformer(str(folder), max_seq_length=256)
    SentenceTransformer(modules=[transformer, Pooling(hidden), Normalize()], device="cpu").save(str(folder))
    # Saving a tokenizer keeps one string an id; ours has two, a word at the start of a run and inside of it.
    shutil.copy(bundle / "tokenizer.json", folder / "tokenizer.json")
