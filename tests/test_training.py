"""Training of the encoder: what is read and held out, the words, the losses, and a tiny student from end to end."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from embeddings.dictionary import Dictionary
from embeddings.encoder import BilingualMiniLM, load_encoder
from embeddings.training.__main__ import main
from embeddings.training.data import Pair, passages, read_lexicon, read_parallel, read_questions
from embeddings.training.stages import Batch, Stage, contrast, distance, run
from embeddings.training.student import Student, teacher_folder
from embeddings.training.vocabulary import choose_words, initial_rows, student_tokenizer

THINGS = [("boats", "渔船"), ("libraries", "图书馆"), ("lamps", "灯"), ("schools", "学校"), ("gardens", "花园")]
DEEDS = [("build", "建设"), ("count", "统计"), ("paint", "粉刷"), ("sell", "出售")]
ROWS = [
    (f"They {deed} {number} {thing} in the harbour.", f"他们在港口{zh_deed}{number}座{zh_thing}。")
    for number in range(2, 9)
    for deed, zh_deed in DEEDS
    for thing, zh_thing in THINGS
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    _write(folder / "parallel/made_up.tsv.gz", "".join(f"{a}\t{b}\n" for a, b in ROWS))
    words = [("en", "zh_hans", "zh_hant"), *((a, b, b) for a, b in THINGS + DEEDS)]
    _write(folder / "lexicon/made_up.tsv.gz", "".join("\t".join(row) + "\n" for row in words))
    asked = [
        {"query": f"谁{chinese[4:6]}{n}？", "positive": chinese, "lang": "zh"} for n, (_, chinese) in enumerate(ROWS)
    ]
    _write(folder / "qa/made_up.jsonl.gz", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in asked))
    return folder


@pytest.fixture(scope="module")
def tiny_teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The teacher's own tokenizer over two small random layers."""
    folder = tmp_path_factory.mktemp("teacher")
    torch.manual_seed(1)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, vocab_size=30_522
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes((teacher_folder() / "tokenizer.json").read_bytes())
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory, data: Path, tiny_teacher: Path) -> Path:
    folder = tmp_path_factory.mktemp("work")
    assert main(_arguments(data, folder, tiny_teacher)) == 0
    return folder


def _arguments(data: Path, work: Path, teacher: Path, stage: str = "all") -> list[str]:
    steps = [f"--steps-{name}=4" for name in ("rows", "whole")]
    named = {
        "data": data,
        "work": work,
        "teacher": teacher,
        "bundle": work / "bundle",
        "alignments": work / "a.tsv.gz",
        "words": 50,
        "every": 2,
    }
    return [stage, *steps, *(f"--{name}={value}" for name, value in named.items())]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()))


def test_all_stages_leave_an_encoder_that_is_served(work: Path) -> None:
    encoder = load_encoder(str(work / "bundle"))
    assert isinstance(encoder, BilingualMiniLM)
    vectors = encoder.encode_passages(["他們在港口統計3座圖書館", "他们在港口统计3座图书馆"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert np.array_equal(*vectors)


def test_each_stage_logs_its_losses_and_dev_scores(work: Path) -> None:
    log = [json.loads(line) for line in (work / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["stage"], row["step"]) for row in log] == [
        (stage, step) for stage in ("rows", "whole") for step in (2, 4)
    ]
    assert all(0 <= row["mean"] <= 1 and row["made_up zh"] == row["mean"] for row in log)
    assert all(0 < row["loss"] < 10 for row in log)


def test_a_stage_that_is_done_is_not_done_again(work: Path, data: Path, tiny_teacher: Path) -> None:
    before = (work / "log.jsonl").read_bytes()
    assert main(_arguments(data, work, tiny_teacher, "rows")) == 0
    assert (work / "log.jsonl").read_bytes() == before


def test_an_interrupted_stage_ends_as_an_uninterrupted_one(work: Path, tmp_path: Path) -> None:
    targets = np.load(work / "rows-targets.npy")[:6].astype(np.float32)
    students = []
    for stops in (4, None):
        folder = tmp_path / str(stops)
        folder.mkdir()
        for stop in (stops, None):
            student = Student(work / "start")
            texts = student.tokens([chinese for _, chinese in ROWS[:6]])

            def batches(step: int, stop: int | None = stop, texts: list[list[int]] = texts) -> Iterator[Batch]:
                for number in range(step, 100):
                    if number == stop:
                        raise KeyboardInterrupt
                    yield Batch(texts[number % 3 :], targets=targets[number % 3 :])

            stage = Stage("s", 6, body_rate=1e-3, rows_rate=1e-3)
            try:
                run(student, stage, batches, folder, lambda: {"mean": 1.0}, every=2)
            except KeyboardInterrupt:
                continue
        students.append(student.encode(texts))
    assert students[0] == pytest.approx(students[1], abs=1e-3)
    untrained = Student(work / "start").encode(texts)
    assert (students[0] * targets).sum() > (untrained * targets).sum() + 0.01


def test_distance_is_nothing_for_the_teachers_own_vectors() -> None:
    vectors = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [0.6, 0.8]]), dim=-1)
    assert distance(vectors, vectors).item() == pytest.approx(0, abs=1e-6)
    assert distance(vectors.flip(0), vectors).item() > 1


def test_contrast_does_not_punish_a_second_question_on_the_same_passage() -> None:
    asked = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    none, twins = torch.zeros(2, 2, dtype=torch.bool), torch.tensor([[False, True], [True, False]])
    assert contrast(asked, asked, none).item() == pytest.approx(np.log(2))
    assert contrast(asked, asked, twins).item() == pytest.approx(0)


def test_the_held_out_part_is_in_no_training_part(data: Path) -> None:
    for read in (read_parallel, read_questions):
        trained, held = read(data)["made_up"], read(data, held_out=True)["made_up"]
        assert len(held) >= 2
        assert not {str(row) for row in trained} & {str(row) for row in held}
        assert len(trained) + len(held) == len(ROWS)


def test_texts_are_folded_as_the_encoder_folds_them(tmp_path: Path) -> None:
    _write(tmp_path / "parallel/a.tsv.gz", "".join(f"The ５Ｇ Library {n}\t第{n}個圖書館\n" for n in range(4)))
    assert read_parallel(tmp_path)["a"][2] == Pair("the 5g library 2", "第2个图书馆")


def test_neighbouring_rows_are_joined_until_they_are_long_enough() -> None:
    pairs = [Pair(f"one two {n}", f"{n}。") for n in range(5)]
    assert passages(pairs, 6) == [Pair("one two 0 one two 1", "0。 1。"), Pair("one two 2 one two 3", "2。 3。")]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "parallel/a.tsv.gz",
            "boats\t船\nno tab here\n",
            r"a\.tsv\.gz:2: 'no tab here'; expected English, a tab, Chinese",
        ),
        ("parallel/a.tsv.gz", "boats\t \n", r"a\.tsv\.gz:1: .*expected English"),
        (
            "qa/a.jsonl.gz",
            '{"query": "谁", "positive": "船", "lang": "zh"}\n{"query": 1}\n',
            r"a\.jsonl\.gz:2: .*expected",
        ),
        ("qa/a.jsonl.gz", "not json\n", r"a\.jsonl\.gz:1: .*expected"),
    ],
)
def test_a_malformed_row_is_named_by_file_and_line(name: str, text: str, told: str, tmp_path: Path) -> None:
    _write(tmp_path / name, text)
    with pytest.raises(ValueError, match=told):
        read_parallel(tmp_path) if name.startswith("parallel") else read_questions(tmp_path)


def test_missing_or_unreadable_data_is_one_line(
    tmp_path: Path, tiny_teacher: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_arguments(tmp_path / "none", tmp_path / "work", tiny_teacher)) == 2
    assert (
        "parallel: no file *.tsv.gz; expected the training data; name its folder: --data DIR" in capsys.readouterr().err
    )
    (tmp_path / "lexicon").mkdir()
    (tmp_path / "lexicon/a.tsv.gz").write_bytes(b"not gzip")
    with pytest.raises(ValueError, match=r"a\.tsv\.gz: .*expected gzip-compressed UTF-8"):
        read_lexicon(tmp_path)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    teacher = json.loads((teacher_folder() / "tokenizer.json").read_text(encoding="utf-8"))
    return Tokenizer.from_str(
        json.dumps(student_tokenizer(teacher, ["重", "点", "企", "业", "家", "重点", "企业", "企业家"]))
    )


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("重点企业家", ["重点", "企业家"]),
        ("重点100家企业", ["重点", "100", "家", "企业"]),
        ("5g企业app重", ["5", "g", "企业", "app", "重"]),
        ("重龘点", ["重", "[UNK]", "点"]),
        ("重。点", ["重", "。", "点"]),
    ],
)
def test_chinese_is_cut_into_the_longest_words_known(text: str, pieces: list[str], tokenizer: Tokenizer) -> None:
    assert [piece.removeprefix("##") for piece in tokenizer.encode(text, add_special_tokens=False).tokens] == pieces


def test_a_word_has_one_id_at_the_start_and_inside_of_a_run(tokenizer: Tokenizer) -> None:
    assert tokenizer.token_to_id("重点") == tokenizer.token_to_id("##重点")
    assert sorted(set(tokenizer.get_vocab().values())) == list(range(len(set(tokenizer.get_vocab().values()))))


def test_the_commonest_words_and_those_asked_for_are_chosen() -> None:
    dictionary = Dictionary.open()
    words = choose_words(["基站基站基站"] * 50, dictionary, 5, always=["适老化"])
    longer = [word for word in words if len(word) > 1]
    assert longer[0] == "适老化"
    assert "基站" in longer
    assert len(longer) == 6
    assert {"基", "站", "适", "老", "化"} <= set(words)


def test_a_new_token_starts_as_its_english_meanings_a_word_without_any_as_its_characters() -> None:
    old, new = {"a": 0, "lamp": 1, "light": 2}, {"a": 0, "灯": 1, "水": 2, "灯水": 3}
    rows = np.array([[9, 9], [1, 0], [0, 1]], dtype=np.float32)

    meanings = {"灯": ["lamp", "light", "a"], "水": ["lamp"]}
    found = initial_rows(
        ["灯", "水", "灯水"], old, rows, new, lambda word: meanings.get(word, []), lambda text: [old[text]]
    )
    assert found == pytest.approx(np.array([[9, 9], [0.5, 0.5], [1, 0], [0.75, 0.25]]))


def test_batches_are_the_same_for_the_same_seed_whatever_the_step_they_start_from(work: Path) -> None:
    from argparse import Namespace

    from embeddings.training.__main__ import _Distilled

    batches = _Distilled(Namespace(work=work, seed=1), 0.25).batches
    from_start = list(islice(batches(0), 3, 5))
    from_there = list(islice(batches(3), 2))
    assert [batch.tokens for batch in from_start] == [batch.tokens for batch in from_there]
