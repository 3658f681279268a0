"""Vectors: the bundled encoder against the library it stands in for, odd input, and any other model by folder."""

from __future__ import annotations

import json
import re
import shutil
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from corpus.folding import HAN, simplified, traditional
from embeddings.encoder import BUNDLED, BilingualMiniLM, Encoder, SentenceTransformerEncoder, as_langchain, load_encoder
from embeddings.lexical import fold
from embeddings.training.export import unpack

ROOT = Path(__file__).parents[1]
CHINESE = [
    "渡輪何時離開舊港口？",
    "图书馆2019年借出了多少辆自行车？",
    "雨。",
    "气象气球升到山谷上空，App里看得到每一分钟。" * 30,  # past the 256 tokens that are read
]
ENGLISH = [
    "The ferry leaves the old harbour at dawn.",
    "How many bicycles did the library lend in 2019?",
    "Rain.",
    "A weather balloon rose above the valley, and the village school counted every minute of its flight. "
    * 12,  # past the 256 tokens that are read
]


@pytest.fixture(scope="module")
def encoder() -> BilingualMiniLM:
    return BilingualMiniLM()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("鄉村圖書館買了三艘渡輪", "乡村图书馆买了三艘渡轮"),
        ("２０１９年　５Ｇ　Ａｐｐ", "2019年 5g app"),
        ("THE FERRY", "the ferry"),
    ],
)
def test_twins_in_script_width_or_case_have_the_same_vector(one: str, other: str, encoder: BilingualMiniLM) -> None:
    assert np.array_equal(encoder.encode_passages([one]), encoder.encode_passages([other]))


@pytest.mark.parametrize(
    ("chinese", "same", "other"),
    [
        ("渔船有多少艘？", "There are forty fishing boats.", "The library lends novels."),
        ("图书馆借出小说。", "Which library lends novels?", "There are forty fishing boats."),
    ],
)
def test_chinese_is_nearer_to_the_english_of_the_same_meaning(
    chinese: str, same: str, other: str, encoder: BilingualMiniLM
) -> None:
    near, far = encoder.encode_passages([same, other]) @ encoder.encode_questions([chinese])[0]
    assert near > far + 0.1


def test_five_hundred_texts_have_the_same_vector_in_either_script(encoder: BilingualMiniLM) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "corpus/briefings").glob("*.md")]
    texts.append((ROOT / "embeddings/glossary.tsv").read_text(encoding="utf-8"))
    asked = json.loads((ROOT / "tests/cases/questions.json").read_text(encoding="utf-8"))
    parts = {part for text in [*texts, *(one["question"] for one in asked)] for part in re.split(r"[\n。，；]", text)}
    chinese = sorted(part for part in parts if HAN.search(part))[:500]
    assert len(chinese) == 500
    of_simplified = encoder.encode_passages([simplified(text) for text in chinese])
    of_traditional = encoder.encode_passages([traditional(text) for text in chinese])
    assert [text for text, a, b in zip(chinese, of_simplified, of_traditional, strict=True) if (a != b).any()] == []


@pytest.mark.parametrize(
    "odd",
    ["", " ", "a", "一", "😀🎉", "\ud800", "好\udfff坏", "\x00\x01\x1f", "\u200b\u202e\ufeff", "𠮷𠮷", "?!。", "½²①"],
)
def test_odd_text_has_a_unit_vector(odd: str, encoder: BilingualMiniLM) -> None:
    assert _norms(encoder.encode_passages([odd])) == pytest.approx([1])


@pytest.mark.parametrize("unit", ["word ", "x", "啊", "图书馆", "9", "\n"])
def test_a_hundred_thousand_characters_have_a_unit_vector(unit: str, encoder: BilingualMiniLM) -> None:
    assert _norms(encoder.encode_passages([(unit * 100_000)[:100_000]])) == pytest.approx([1])


def test_no_texts_have_no_vectors(encoder: BilingualMiniLM) -> None:
    assert encoder.encode_passages([]).shape == (0, 384)


def test_vectors_come_in_the_order_of_the_texts_whatever_their_lengths(encoder: BilingualMiniLM) -> None:
    texts = [*ENGLISH, *(f"{n} boats" for n in range(40)), "图书馆"]
    together = encoder.encode_passages(texts)
    assert together.dtype == np.float32
    assert together.shape == (len(texts), encoder.dimension)
    apart = np.concatenate([encoder.encode_passages([text]) for text in texts])
    assert np.array_equal(together, apart)


def test_the_served_file_and_sentence_transformers_agree(encoder: BilingualMiniLM, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    unpack(BUNDLED, tmp_path / "plain")
    plain = SentenceTransformer(str(tmp_path / "plain"), local_files_only=True, device="cpu")
    texts = [*ENGLISH, *CHINESE]
    theirs = plain.encode([fold(text) for text in texts], normalize_embeddings=True, show_progress_bar=False)
    ours = encoder.encode_passages(texts)
    assert (ours * theirs).sum(axis=1).min() >= 0.98
    assert ((ours @ ours.T).argsort(axis=1)[:, -3:] == (theirs @ theirs.T).argsort(axis=1)[:, -3:]).all()


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_an_altered_file_is_refused_with_the_remedy(name: str, tmp_path: Path) -> None:
    altered = shutil.copytree(BUNDLED, tmp_path / "model")
    with (altered / name).open("r+b") as file:
        file.seek(1_000_000)
        (byte,) = file.read(1)
        file.seek(1_000_000)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(ValueError, match=rf"{name} has the SHA-256 .*; expected .*; not loaded; copy .*git checkout"):
        BilingualMiniLM(altered)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "SHA256SUMS"])
def test_a_missing_file_is_told_with_the_remedy(name: str, tmp_path: Path) -> None:
    left = shutil.copytree(BUNDLED, tmp_path / "model", ignore=shutil.ignore_patterns(name))
    with pytest.raises(FileNotFoundError, match=rf"{name} is missing; copy .*git checkout"):
        BilingualMiniLM(left)


def test_the_default_encoder_answers_to_no_name_and_to_its_own() -> None:
    assert isinstance(load_encoder(), BilingualMiniLM)
    assert isinstance(load_encoder("bilingual-minilm"), BilingualMiniLM)


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no-such-folder/"])
def test_a_missing_model_is_told_and_nobody_is_asked_for_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sentence_transformers  # noqa: F401 - what an environment variable set later could no longer change

    asked: list[Any] = []

    def refuse(*address: Any, **_: Any) -> None:
        asked.append(address)
        raise OSError("no network in tests")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(FileNotFoundError, match=rf"'{name}': no such model on this machine; expected .*folder"):
        load_encoder(name)
    assert asked == []


def test_a_folder_that_is_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such model on this machine"):
        load_encoder(str(tmp_path))


def test_a_model_by_folder_is_asked_with_its_own_prompts(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    folder = _tiny_model(tmp_path / "tiny", {"query": "ask : ", "document": "tell : "})
    encoder = load_encoder(str(folder))
    assert isinstance(encoder, SentenceTransformerEncoder)
    assert encoder.dimension == 16
    texts = ["boats sail", "船 灯"]
    bare = SentenceTransformer(str(folder), local_files_only=True, device="cpu")

    def with_prompt(prompt: str) -> NDArray[np.float32]:
        return np.asarray(bare.encode(texts, prompt=prompt, normalize_embeddings=True, show_progress_bar=False))

    assert encoder.encode_questions(texts) == pytest.approx(with_prompt("ask : "), abs=1e-6)
    assert encoder.encode_passages(texts) == pytest.approx(with_prompt("tell : "), abs=1e-6)
    assert np.abs(encoder.encode_questions(texts) - encoder.encode_passages(texts)).max() > 0.01
    assert _norms(encoder.encode_passages([*texts, ""])) == pytest.approx([1] * 3)
    assert encoder.encode_passages([]).shape == (0, 16)


def test_a_fingerprint_stays_with_the_model_and_changes_with_its_weights_or_prompts(tmp_path: Path) -> None:
    prompts = {"query": "ask : ", "document": "tell : "}
    same = [load_encoder(str(_tiny_model(tmp_path / name, prompts))).fingerprint for name in ("a", "b")]
    other_weights = load_encoder(str(_tiny_model(tmp_path / "c", prompts, seed=2))).fingerprint
    other_prompts = load_encoder(str(_tiny_model(tmp_path / "d", prompts | {"document": "note : "}))).fingerprint
    assert len({*same}) == 1
    assert len({*same, other_weights, other_prompts}) == 3


def test_langchain_gets_equal_vectors_as_lists_of_floats(encoder: BilingualMiniLM) -> None:
    from langchain_core.embeddings import Embeddings

    adapted = as_langchain(encoder)
    assert isinstance(adapted, Embeddings)
    passages = adapted.embed_documents(["boats", "图书馆"])
    assert {type(x) for vector in passages for x in vector} == {float}
    assert np.array_equal(np.array(passages, np.float32), encoder.encode_passages(["boats", "图书馆"]))
    assert np.array_equal(
        np.array(adapted.embed_query("几艘船？"), np.float32), encoder.encode_questions(["几艘船？"])[0]
    )
    assert adapted.embed_documents([]) == []


def test_langchain_asks_questions_and_passages_apart(tmp_path: Path) -> None:
    encoder: Encoder = load_encoder(str(_tiny_model(tmp_path / "tiny", {"query": "ask : ", "document": "tell : "})))
    adapted = as_langchain(encoder)
    assert np.array_equal(np.array(adapted.embed_query("boats"), np.float32), encoder.encode_questions(["boats"])[0])
    assert adapted.embed_query("boats") != adapted.embed_documents(["boats"])[0]


def _tiny_model(folder: Path, prompts: dict[str, str], seed: int = 1) -> Path:
    """A sentence-transformers model of one layer with random weights and fourteen words, saved to a folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        "ask",
        "tell",
        "note",
        ":",
        "boats",
        "sail",
        "船",
        "灯",
        "source",
    ]
    body = folder.with_name(f"{folder.name}-body")
    body.mkdir(parents=True)
    (body / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizer(str(body / "vocab.txt")).save_pretrained(body)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        initializer_range=1.0,
    )
    BertModel(config).save_pretrained(body)
    SentenceTransformer(modules=[Transformer(str(body)), Pooling(16)], prompts=prompts, device="cpu").save(str(folder))
    return folder


def _norms(vectors: NDArray[np.float32]) -> list[float]:
    return [float(norm) for norm in np.linalg.norm(vectors, axis=1)]
