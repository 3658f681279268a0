"""The command line of the training: python -m embeddings.training STAGE --data DIR --work DIR."""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from embeddings.dictionary import ALIGNMENTS, Dictionary, glossary
from embeddings.encoder import BUNDLED
from embeddings.training import alignments
from embeddings.training.data import (
    UNJOINED,
    Pair,
    Question,
    passages,
    read_lexicon,
    read_parallel,
    read_questions,
    sample,
)
from embeddings.training.export import export, unpack
from embeddings.training.score import dev_sets, score
from embeddings.training.stages import Batch, Stage, run
from embeddings.training.student import Student, teacher_folder
from embeddings.training.vocabulary import choose_words, initial_rows, student_tokenizer

RUN = 32  # neighbouring rows that stay together: hard negatives of each other
ROWS, PASSAGES, QUESTIONS = 8 * RUN, 48, 48  # texts of a batch
# Of the texts so many are read in English, so that the student keeps what the teacher knew: more where the body moves.
ENGLISH_SHARES = {"rows": 0.15, "whole": 0.25}
LENGTHS = {"rows": 96, "passages": 256, "answers": 192}  # tokens


def align(options: argparse.Namespace) -> None:
    """Learn which words stand for each other, for the translation of query words."""
    pairs = list(alignments.sampled(read_parallel(options.data), Dictionary.open()))
    alignments.write(options.alignments, alignments.kept(alignments.learn(pairs)))


def start(options: argparse.Namespace) -> None:
    """Choose the words and write the untrained student to start/."""
    parallel, dictionary = read_parallel(options.data), Dictionary.open()
    texts = [pair.chinese for one in sample(parallel, random.Random(options.seed), RUN) for pair in one]
    words = choose_words(texts, dictionary, options.words, [entry.word for entry in glossary()])
    folder = options.teacher or teacher_folder()
    teacher = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    english = Tokenizer.from_file(str(folder / "tokenizer.json"))
    english.no_padding()
    vectors = load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"]
    tokenizer = student_tokenizer(teacher, words)
    old, new = teacher["model"]["vocab"], tokenizer["model"]["vocab"]
    rows = initial_rows(
        words, old, vectors, new, dictionary.meanings, lambda text: english.encode(text, add_special_tokens=False).ids
    )
    Student.create(options.work / "start", folder, tokenizer, rows)
    print(f"start: {len(words)} words and characters, {len(rows)} tokens", file=sys.stderr)


def targets(options: argparse.Namespace) -> None:
    """Encode the English sides with the teacher and write them, with the tokens of both sides, as *.npy."""
    random_ = random.Random(options.seed)
    parallel = read_parallel(options.data)
    runs = sample(parallel, random_, RUN)
    words = [pair for pair in read_lexicon(options.data) if _ENTRY.fullmatch(pair.english) and len(pair.chinese) <= 8]
    words += [Pair(meaning.lower(), entry.word) for entry in glossary() for meaning in entry.meanings]
    # In the order of the lexicon neighbours begin with the same character: what is alike stays side by side.
    listed = [words[at : at + RUN] for at in range(0, len(words), RUN)]
    runs += random_.sample(listed, min(len(listed), options.entries // RUN))
    joined = [one for name, pairs in parallel.items() if name not in UNJOINED for one in _joined(pairs)]
    texts = random_.sample(joined, min(len(joined), options.passages))
    student, teacher = Student(options.work / "start"), Student(options.teacher or teacher_folder())
    for kind, pairs in (("rows", [pair for one in runs for pair in one]), ("passages", texts)):
        english = [pair.english for pair in pairs]
        vectors = teacher.encode(teacher.tokens(english, LENGTHS[kind]), f"teacher, {kind}")
        np.save(options.work / f"{kind}-targets.npy", vectors.astype(np.float16))
        for side, some in (("english", english), ("chinese", [pair.chinese for pair in pairs])):
            tokens = student.tokens(some, LENGTHS[kind])
            np.save(options.work / f"{kind}-{side}.npy", np.concatenate(tokens).astype(np.int32))
            np.save(options.work / f"{kind}-{side}-lengths.npy", np.array(list(map(len, tokens)), dtype=np.int32))


_ENTRY = re.compile(r"(?!.*\b(?:variant|surname|see|old|used|lit|fig|abbr)\b)[a-z][a-z0-9 '-]{1,50}")


def _joined(pairs: list[Pair]) -> list[Pair]:
    return passages(pairs, 60) + passages(pairs[1:], 120)


def rows(options: argparse.Namespace) -> None:
    """Distil into the input vectors alone: rows/."""
    student, distilled = Student(options.work / "start"), _Distilled(options, ENGLISH_SHARES["rows"])
    _train(student, Stage("rows", options.steps_rows, body_rate=0.0, rows_rate=1e-3), distilled.batches, options)


def whole(options: argparse.Namespace) -> None:
    """Train the whole network: by turns on questions with their passages and by distillation: whole/."""
    student = Student(options.work / "rows")
    asked = [
        [(student.tokens([row.query], 64)[0], student.tokens([row.positive], LENGTHS["answers"])[0]) for row in some]
        for name, found in read_questions(options.data).items()
        for some in _grouped(found, options, name)
    ]
    distilled = _Distilled(options, ENGLISH_SHARES["whole"])

    def questions(place: int) -> Iterator[Batch]:
        for epoch in count(place // len(asked)):
            order = random.Random(f"{options.seed} {epoch}").sample(asked, len(asked))
            for some in order[max(0, place - epoch * len(asked)) :]:
                yield Batch([query for query, _ in some], positives=[answer for _, answer in some])

    def batches(step: int) -> Iterator[Batch]:
        kinds = questions(-(-step // 2)), distilled.batches(step // 2)
        return (next(kinds[number % 2]) for number in count(step))

    # At 1.5e-4, and with distillation alone, 500 steps took 4 points of nDCG@10 from Chinese questions on Wikipedia and
    # 3 from English ones on answers (dev): the body drifted towards documents, where nobody asks. 400 steps more, with
    # three times as much distillation as questions, took .3 from the mean of all dev sets.
    _train(student, Stage("whole", options.steps_whole, body_rate=4e-5, rows_rate=2e-4), batches, options)


# Of each set so many questions: natural ones all, headings a few, which no person asks.
QUESTION_LIMIT = {"cmrc2018_dev_zh": 10_000, "drcd_dev_zht": 10_000, "esp_faq_qa": 10_000, "pubmedqa_labeled_en": 500}
OTHER_LIMIT = 300


def _grouped(found: list[Question], options: argparse.Namespace, name: str) -> Iterator[list[Question]]:
    """Batches of questions of one set and language, neighbours together, at most one question a passage."""
    random_ = random.Random(f"{options.seed} {name}")
    for lang in sorted({row.lang for row in found}):
        some = [row for row in found if row.lang == lang][: QUESTION_LIMIT.get(name, OTHER_LIMIT)]
        layers: list[list[Question]] = []
        seen: dict[str, int] = {}
        for row in some:
            layer = seen[row.positive] = seen.get(row.positive, -1) + 1
            while len(layers) <= layer:
                layers.append([])
            layers[layer].append(row)
        ready = [row for layer in layers for row in layer]
        cut = [ready[at : at + QUESTIONS] for at in range(0, len(ready) - QUESTIONS // 2, QUESTIONS)]
        random_.shuffle(cut)
        yield from cut


def _train(
    student: Student, stage: Stage, batches: Callable[[int], Iterator[Batch]], options: argparse.Namespace
) -> None:
    sets = dev_sets(options.data)
    run(student, stage, batches, options.work, lambda: score(student, sets), options.every)
    student.save(options.work / stage.name)


class _Distilled:
    """Batches of the texts that the stage `targets` has prepared; the same for the same seed and step."""

    def __init__(self, options: argparse.Namespace, english_share: float) -> None:
        self._seed, self._english_share = options.seed, english_share
        self._parts = {kind: _Texts(options.work, kind) for kind in ("rows", "passages")}

    def batches(self, step: int) -> Iterator[Batch]:
        """Batches from that step on, without end."""
        per_epoch = len(self._epoch(0))
        for number in count(step):
            if number == step or number % per_epoch == 0:
                epoch = self._epoch(number // per_epoch)
            kind, members = epoch[number % per_epoch]
            yield self._parts[kind].batch(members, random.Random(f"{self._seed} {number}"), self._english_share)

    def _epoch(self, number: int) -> list[tuple[str, list[int]]]:
        random_ = random.Random(f"{self._seed} epoch {number}")
        found: list[tuple[str, list[int]]] = []
        for kind, together, size in (("rows", RUN, ROWS), ("passages", 4, PASSAGES)):
            runs = [range(at, at + together) for at in range(0, self._parts[kind].size - together, together)]
            random_.shuffle(runs)
            for at in range(0, len(runs), size // together):
                found.append((kind, [i for one in runs[at : at + size // together] for i in one]))
        random_.shuffle(found)
        return found


class _Texts:
    def __init__(self, work: Path, kind: str) -> None:
        self._targets = np.load(work / f"{kind}-targets.npy", mmap_mode="r")
        self._sides = [(np.load(work / f"{kind}-{side}.npy", mmap_mode="r"),
                        np.concatenate([[0], np.load(work / f"{kind}-{side}-lengths.npy").cumsum()]))
                       for side in ("chinese", "english")]  # fmt: skip
        self.size = len(self._targets)

    def batch(self, members: list[int], random_: random.Random, english_share: float) -> Batch:
        texts = []
        for member in members:
            tokens, ends = self._sides[random_.random() < english_share]
            texts.append(tokens[ends[member] : ends[member + 1]].tolist())
        return Batch(texts, targets=self._targets[members].astype(np.float32))


def export_(options: argparse.Namespace) -> None:
    """Write the trained student to the folder that is served."""
    export(options.work / "whole", options.bundle)


STAGES: dict[str, Callable[[argparse.Namespace], None]] = {
    "align": align, "start": start, "targets": targets, "rows": rows, "whole": whole,
    "export": export_,
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a stage, or all in their order but those done before; an interrupted one goes on from its checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m embeddings.training", description=__doc__)
    parser.add_argument(
        "stage",
        choices=[*STAGES, "all", "unpack"],
        help="one; all that are not done; unpack: the model in float32",
    )
    parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="with parallel/, qa/, lexicon/")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR", help="for checkpoints and the student")
    parser.add_argument(
        "--teacher", type=Path, metavar="DIR", help="a BERT sentence encoder (default: all-MiniLM-L6-v2 of its package)"
    )
    parser.add_argument("--bundle", type=Path, default=BUNDLED, metavar="DIR", help="where the served files go")
    parser.add_argument("--alignments", type=Path, default=ALIGNMENTS, metavar="FILE", help="where align writes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--words", type=int, default=25_000, help="Chinese words beside the characters")
    parser.add_argument("--entries", type=int, default=80_000, help="entries of the lexicons")
    parser.add_argument("--passages", type=int, default=14_000, help="texts of several neighbouring rows")
    parser.add_argument("--steps-rows", type=int, default=900)
    parser.add_argument("--steps-whole", type=int, default=1_200)
    parser.add_argument("--every", type=int, default=300, help="steps between two checkpoints")
    options = parser.parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    try:
        if options.stage == "unpack":
            unpack(options.bundle, options.work / "plain")
        for name, stage in STAGES.items():
            done = options.work / f"{name}.done"
            if options.stage == name or (options.stage == "all" and not done.exists()):
                stage(options)
                done.touch()
    except (OSError, ValueError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
