"""How a BERT sentence encoder becomes an int8 ONNX file, without torch: graph from config and weights.

`torch.onnx.export` would do the same, but takes some 15 s of imports and is deprecated for this use; the graph of a
BERT layer (Devlin et al., NAACL 2019; transformers' BertModel names the weights) has not changed since. Knows nothing
of text.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["write_onnx"]

_OPSET = 23  # the first with Attention
_CONTRIB = "com.microsoft"  # operators that come with every ONNX Runtime
# What of the configuration the file keeps, for `unpack`.
_CONFIG = (
    "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "layer_norm_eps",
    "max_position_embeddings", "type_vocab_size",
)  # fmt: skip
Reaches = dict[str, NDArray[np.float32]]


def write_onnx(folder: Path, target: Path) -> None:
    """Write the mean-pooled, unit-length encoder of a BERT folder (config.json, model.safetensors) to `target`.

    The file takes `input_ids`, int64 [1, length]: one text a run, without padding, so that no vector depends on
    another text. It gives `embedding`, float32 [1, hidden], at a mean cosine of .998 to the fp32 model's.
    The file appears whole or not at all.

    Weights are int8, one scale an output column; token vectors int8, one scale a token (cosine unchanged). Some
    channels reach ten times as far as the rest, so each is divided by its reach before it is rounded to 8 bits, and
    its weights are multiplied (SmoothQuant, Xiao et al., ICML 2023). Reaches are measured on random tokens.
    """
    import onnx
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    weights = load_file(folder / "model.safetensors")
    model = _graph(config, weights, _measure(config, _graph(config, weights, {})))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        whole = Path(scratch) / "int8.onnx"
        onnx.save(model, whole)
        whole.replace(target)


def _measure(config: dict[str, Any], model: Any) -> Reaches:
    """The largest absolute value of every channel that is to be smoothed, over random tokens."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()][1:]
    reaches: Reaches = {}
    for ids in np.random.default_rng(0).integers(config["vocab_size"], size=(48, 1, 64)):
        for name, reach in zip(names, session.run(names, {"input_ids": ids}), strict=True):
            reaches[name] = np.maximum(reaches.get(name, 1e-5), reach)
    return reaches


def _graph(config: dict[str, Any], weights: dict[str, np.ndarray], reaches: Reaches) -> Any:
    """The model; without `reaches` nothing is smoothed, and every reach is one more output."""
    from onnx import TensorProto, checker, helper, numpy_helper

    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    epsilon = config["layer_norm_eps"]
    nodes: list[Any] = []
    constants: dict[str, np.ndarray] = {}
    measured: list[str] = []

    def constant(name: str, value: Any, kind: Any = np.float32) -> str:
        constants[name] = np.ascontiguousarray(value, dtype=kind).reshape(np.shape(value))
        return name

    def ints(*values: int) -> str:
        return constant("i" + "_".join(map(str, values)), values, np.int64)

    def node(kind: str, *inputs: str, named: str = "", domain: str = "", **attributes: Any) -> str:
        name = named or f"{kind}_{len(nodes)}"
        nodes.append(helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **attributes))
        return name

    def matrix(name: str, rows: np.ndarray) -> tuple[str, str]:
        small, scale = _int8(rows)
        return constant(f"{name}.int8", small.T, np.int8), constant(f"{name}.scale", scale[:, 0])

    # Times below are of one AMX core and 120 tokens. Of types, U8S8 alone has a fast product: 45 us for 384 x 384; U8U8
    # 217, S8S8 1106, MatMulNBits 213, fp32 208. A CPU that adds pairs in 16 bits (AVX2 without VNNI) saturates in some
    # 1 of 1,000 sums.

    def linear(value: str, name: str, rows: np.ndarray, bias: np.ndarray) -> str:
        small, scale = matrix(name, rows)
        return node("DynamicQuantizeMatMul", value, small, scale, "", constant(f"{name}.bias", bias), domain=_CONTRIB)

    def smoothed(value: str, name: str, rows: np.ndarray, bias: np.ndarray) -> str:
        # 6 us each. Mean cosine at 120 tokens: .9924 without, .9948 so, .9987 with `linear_by_token` too.
        reach = f"{name}.reach"
        if reach not in reaches:
            measured.append(node("ReduceMax", node("Abs", value), ints(0, 1), named=reach, keepdims=0))
            return linear(value, name, rows, bias)
        spread = reaches[reach] ** 0.6 / np.abs(rows).max(axis=0) ** 0.4
        return linear(node("Mul", value, constant(f"{name}.smooth", 1 / spread)), name, rows * spread, bias)

    def linear_by_token(value: str, name: str, rows: np.ndarray, bias: np.ndarray) -> str:
        # After GELU a few tokens reach ten times as far as the rest: one scale a token, 70 us a layer more. GELU ends
        # at -.17, so a zero point of 16 serves every scale from 2.56 / 239 up; only the top must be found.
        small, weight_scale = matrix(name, rows)
        top = node("Max", node("ReduceMax", value, ints(-1), keepdims=0), constant("floor", 2.56))
        scale = node("Mul", node("Reshape", top, ints(-1)), constant("steps", 1 / 239))
        sixteen = numpy_helper.from_array(np.array([16], dtype=np.uint8))
        zeros = node("ConstantOfShape", node("Shape", scale), value=sixteen)
        rounded = node("QuantizeLinear", value, scale, zeros, axis=1)
        one, zero = constant("one", 1.0), constant("zero", 16, np.uint8)
        product = node("MatMulIntegerToFloat", rounded, small, one, weight_scale, zero, domain=_CONTRIB)
        scaled = node("Mul", product, node("Unsqueeze", scale, ints(1)))
        return node("Add", scaled, constant(f"{name}.bias", bias))

    def normed(value: str, other: str, name: str) -> str:
        # Never SkipLayerNormalization: 233 us, these two 32 (in all 10.3 ms a text, not 7.5).
        scale, bias = (constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return node("LayerNormalization", node("Add", value, other), scale, bias, axis=-1, epsilon=epsilon)

    tokens, token_scales = _int8(weights["embeddings.word_embeddings.weight"])
    token = node("Cast", node("Gather", constant("tokens", tokens, np.int8), "input_ids"), to=TensorProto.FLOAT)
    token = node("Mul", token, node("Gather", constant("tokens.scale", token_scales), "input_ids"))
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    length = node("Slice", node("Shape", "input_ids"), ints(1), ints(2))
    place = node("Slice", constant("places", places), ints(0), length, ints(0))
    value = normed(token, place, "embeddings.LayerNorm")
    for layer in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{layer}"

        def dense(name: str, at: str = at) -> tuple[str, np.ndarray, np.ndarray]:
            return f"{at}.{name}", weights[f"{at}.{name}.weight"], weights[f"{at}.{name}.bias"]

        # Three products of their own are as fast as one and a Split. Attention: 266 us; MultiHeadAttention 332,
        # Transpose, MatMul and Softmax 355.
        parts = [smoothed(value, *dense(f"attention.self.{part}")) for part in ("query", "key", "value")]
        mixed = node("Attention", *parts, q_num_heads=heads, kv_num_heads=heads)
        attended = linear(mixed, *dense("attention.output.dense"))
        value = normed(attended, value, f"{at}.attention.output.LayerNorm")
        # 105 us; with Erf, three Mul and Add 300.
        inner = node("Gelu", smoothed(value, *dense("intermediate.dense")))
        value = normed(linear_by_token(inner, *dense("output.dense")), value, f"{at}.output.LayerNorm")
    mean = node("ReduceMean", value, ints(1), keepdims=0)
    node("LpNormalization", mean, named="embedding", axis=-1, p=2)
    outputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, hidden])]
    graph = helper.make_graph(
        nodes,
        "bert",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "n"])],
        outputs + [helper.make_tensor_value_info(name, TensorProto.FLOAT, [hidden]) for name in measured],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=11)
    helper.set_model_props(model, {"config": json.dumps({name: config[name] for name in _CONFIG})})
    checker.check_model(model)
    return model


def _int8(rows: np.ndarray) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Every row as int8 -127..127 and its scale [rows, 1], so that their product is the row."""
    scale = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-9).astype(np.float32) / 127
    return np.round(rows / scale).astype(np.int8), scale
