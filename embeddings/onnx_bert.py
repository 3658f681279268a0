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

__all__ = ["write_onnx"]

_OPSET = 17  # the first with LayerNormalization


def write_onnx(folder: Path, target: Path) -> None:
    """Write the mean-pooled, unit-length encoder of a BERT folder (config.json, model.safetensors) to `target`.

    The file takes `input_ids` and `attention_mask`, int64 [batch, length], and gives `embedding`, float32
    [batch, hidden].
    Matrices are int8, one scale a column (dynamic quantisation): a quarter of the size at about twice the speed.
    The file appears whole or not at all.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    model = _graph(config, load_file(folder / "model.safetensors"))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        exact, small = Path(scratch) / "fp32.onnx", Path(scratch) / "int8.onnx"
        onnx.save(model, exact)
        quantize_dynamic(exact, small, per_channel=True, weight_type=QuantType.QInt8)
        small.replace(target)


def _graph(config: dict[str, Any], weights: dict[str, np.ndarray]) -> Any:
    from onnx import TensorProto, checker, helper, numpy_helper

    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    epsilon = config["layer_norm_eps"]
    nodes: list[Any] = []
    constants: dict[str, np.ndarray] = {}

    def constant(name: str, value: np.ndarray) -> str:
        constants[name] = value
        return name

    def ints(*values: int) -> str:
        return constant("i" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def number(value: float) -> str:
        return constant(f"f{value}", np.array(value, dtype=np.float32))

    def node(kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}_{len(nodes)}"
        nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def linear(value: str, name: str) -> str:
        product = node("MatMul", value, constant(f"{name}.weight", weights[f"{name}.weight"].T.copy()))
        return node("Add", product, constant(f"{name}.bias", weights[f"{name}.bias"]))

    def normed(value: str, name: str) -> str:
        scale, bias = (constant(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return node("LayerNormalization", value, scale, bias, axis=-1, epsilon=epsilon)

    def split_heads(value: str, order: list[int]) -> str:
        return node("Transpose", node("Reshape", value, ints(0, 0, heads, hidden // heads)), perm=order)

    words = constant("words", weights["embeddings.word_embeddings.weight"])
    places = constant("places", weights["embeddings.position_embeddings.weight"])
    first_type = constant("type", weights["embeddings.token_type_embeddings.weight"][0])
    length = node("Slice", node("Shape", "input_ids"), ints(1), ints(2))
    place = node("Slice", places, ints(0), length, ints(0))
    summed = node("Add", node("Add", node("Gather", words, "input_ids"), first_type), place)
    value = normed(summed, "embeddings.LayerNorm")
    seen = node("Cast", "attention_mask", to=TensorProto.FLOAT)
    hide = node("Mul", node("Sub", node("Unsqueeze", seen, ints(1, 2)), number(1.0)), number(10000.0))
    for layer in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{layer}"
        query = split_heads(linear(value, f"{at}.attention.self.query"), [0, 2, 1, 3])
        key = split_heads(linear(value, f"{at}.attention.self.key"), [0, 2, 3, 1])
        content = split_heads(linear(value, f"{at}.attention.self.value"), [0, 2, 1, 3])
        likeness = node("Mul", node("MatMul", query, key), number((hidden / heads) ** -0.5))
        share = node("Softmax", node("Add", likeness, hide), axis=-1)
        mixed = node("Transpose", node("MatMul", share, content), perm=[0, 2, 1, 3])
        attended = linear(node("Reshape", mixed, ints(0, 0, hidden)), f"{at}.attention.output.dense")
        value = normed(node("Add", attended, value), f"{at}.attention.output.LayerNorm")
        inner = linear(value, f"{at}.intermediate.dense")
        erf = node("Erf", node("Mul", inner, number(0.5**0.5)))
        gelu = node("Mul", node("Mul", inner, number(0.5)), node("Add", erf, number(1.0)))
        value = normed(node("Add", linear(gelu, f"{at}.output.dense"), value), f"{at}.output.LayerNorm")
    column = node("Unsqueeze", seen, ints(2))
    total = node("ReduceSum", node("Mul", value, column), ints(1), keepdims=0)
    mean = node("Div", total, node("ReduceSum", column, ints(1), keepdims=0))
    nodes.append(helper.make_node("LpNormalization", [mean], ["embedding"], axis=-1, p=2))
    graph = helper.make_graph(
        nodes,
        "bert",
        [helper.make_tensor_value_info(n, TensorProto.INT64, ["b", "n"]) for n in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["b", hidden])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
    checker.check_model(model)
    # quantize_dynamic else logs, on the root logger, the advice to preprocess; this graph has nothing to fuse.
    helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    return model
