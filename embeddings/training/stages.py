"""How a stage of training runs: its losses, its checkpoints, its log. Resumable, and the same for the same seed.

Distillation (Reimers and Gurevych 2020, "Making Monolingual Sentence Embeddings Multilingual using Knowledge
Distillation", section 3): the student's vector of a Chinese text shall be the teacher's of its English side. To the
distance is added how the text compares with the other texts of its batch, which are its neighbours in the document and
so hard to tell apart. Questions are learned by contrast within a batch, while distillation goes on beside it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch.nn.functional import cosine_similarity, log_softmax, softmax
from tqdm import tqdm

from embeddings.training.student import Student

__all__ = ["Batch", "Stage", "contrast", "distance", "run"]

TEMPERATURE = 0.05  # of the comparison within a batch, as in the teacher's own training


@dataclass(frozen=True, slots=True)
class Stage:
    """How a stage learns: what is trained, how fast, over how many batches."""

    name: str
    steps: int
    body_rate: float  # of the layers; 0 leaves them as they are
    rows_rate: float  # of the tokens' input vectors


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids of texts; and either the vectors they shall have, or the texts that they ask for, pair by pair."""

    tokens: list[list[int]]
    targets: NDArray[np.float32] | None = None
    positives: list[list[int]] | None = None


def distance(found: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """How far unit vectors [n, width] are from the teacher's, each and in how they compare with each other."""
    near = 1 - cosine_similarity(found, targets)
    wanted = softmax(targets @ targets.T / TEMPERATURE, dim=-1)
    compared = -(wanted * log_softmax(found @ targets.T / TEMPERATURE, dim=-1)).sum(-1)
    # Less the least it can be, so that a log shows how far there is to go.
    compared = compared + (wanted * wanted.clamp_min(1e-9).log()).sum(-1)
    return (near + 0.5 * compared).mean()


def contrast(asked: torch.Tensor, answers: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    """The loss of finding each question's answer, and the reverse, among those of its batch (InfoNCE).

    `same` [n, n] marks pairs that answer each other though they are of two rows: one passage, two questions.
    """
    logits = (asked @ answers.T / TEMPERATURE).masked_fill(same, -1e4)
    gold = torch.arange(len(asked), device=asked.device)
    entropy = torch.nn.functional.cross_entropy
    return (entropy(logits, gold) + entropy(logits.T, gold)) / 2


def run(
    student: Student,
    stage: Stage,
    batches: Callable[[int], Iterator[Batch]],
    work: Path,
    check: Callable[[], dict[str, float]],
    every: int,
) -> None:
    """Train through a stage and leave the best checkpoint in the student's network.

    `batches(step)` gives the batches from that step on. Each `every` steps a checkpoint is written to `work` and the
    dev score of `check()` is added to log.jsonl; started again, the stage goes on from the last checkpoint.
    """
    rows = student.network.embeddings.word_embeddings
    rows.sparse = True  # a step touches a few thousand of 70,000 rows
    body = [p for p in student.network.parameters() if p is not rows.weight]
    for parameter in body:
        parameter.requires_grad_(stage.body_rate > 0)
    optimizers: list[torch.optim.Optimizer] = [torch.optim.SparseAdam([rows.weight], lr=stage.rows_rate)]
    if stage.body_rate:
        optimizers.append(torch.optim.AdamW(body, lr=stage.body_rate, weight_decay=0.0))
    rates = [group["lr"] for optimizer in optimizers for group in optimizer.param_groups]
    checkpoint = work / f"{stage.name}.safetensors"
    best, step = 0.0, 0
    if checkpoint.exists():
        step, best = _resume(checkpoint, student, optimizers)
    started, losses = time.monotonic(), []
    with tqdm(total=stage.steps, initial=step, desc=stage.name, unit="batch") as bar:
        for batch in batches(step) if step < stage.steps else ():
            share = min(1.0, (step + 1) / max(1, stage.steps // 20)) * (1 - step / stage.steps)
            for optimizer, rate in zip(optimizers, rates, strict=True):
                optimizer.param_groups[0]["lr"] = max(rate * share, 1e-9)
            loss = _loss(student, batch)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_([p for p in body if p.grad is not None], 1.0)
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            losses.append(loss.item())
            step += 1
            bar.update()
            bar.set_postfix(loss=f"{np.mean(losses[-50:]):.3f}")
            if step % every == 0 or step == stage.steps:
                scores = check()
                record = {"stage": stage.name, "step": step, "loss": round(float(np.mean(losses)), 4)}
                record |= {"seconds": round(time.monotonic() - started), **{k: round(v, 4) for k, v in scores.items()}}
                with (work / "log.jsonl").open("a", encoding="utf-8") as log:
                    log.write(json.dumps(record, ensure_ascii=False) + "\n")
                losses.clear()
                if scores["mean"] >= best:
                    best = scores["mean"]
                    _save(work / f"{stage.name}-best.safetensors", student.network.state_dict(), {})
                _save(checkpoint, _state(student, optimizers), {"step": str(step), "best": str(best)})
            if step == stage.steps:
                break
    student.network.load_state_dict(load_file(work / f"{stage.name}-best.safetensors"))


def _loss(student: Student, batch: Batch) -> torch.Tensor:
    if batch.positives is None:
        assert batch.targets is not None
        return distance(student.forward(batch.tokens), torch.from_numpy(batch.targets).to(student.device))
    vectors = student.forward([*batch.tokens, *batch.positives])
    size = len(batch.tokens)
    same = [[i != j and (a == b or p == q) for j, (b, q) in enumerate(zip(batch.tokens, batch.positives, strict=True))]
            for i, (a, p) in enumerate(zip(batch.tokens, batch.positives, strict=True))]  # fmt: skip
    return contrast(vectors[:size], vectors[size:], torch.tensor(same, device=student.device))


def _state(student: Student, optimizers: Sequence[torch.optim.Optimizer]) -> dict[str, torch.Tensor]:
    found = {f"network.{name}": value for name, value in student.network.state_dict().items()}
    for number, optimizer in enumerate(optimizers):
        for key, state in optimizer.state_dict()["state"].items():
            for name, value in state.items():
                found[f"optimizer.{number}.{key}.{name}"] = torch.as_tensor(value)
    return found


def _resume(path: Path, student: Student, optimizers: Sequence[torch.optim.Optimizer]) -> tuple[int, float]:
    from safetensors import safe_open

    state = load_file(path)
    with safe_open(path, "pt") as file:
        notes = file.metadata()
    student.network.load_state_dict(
        {k.removeprefix("network."): v for k, v in state.items() if k.startswith("network.")}
    )
    for number, optimizer in enumerate(optimizers):
        whole = optimizer.state_dict()
        for name, value in state.items():
            if name.startswith(f"optimizer.{number}."):
                key, what = name.split(".")[2:]
                whole["state"].setdefault(int(key), {})[what] = int(value) if what == "step" and number == 0 else value
        optimizer.load_state_dict(whole)
    return int(notes["step"]), float(notes["best"])


def _save(path: Path, tensors: dict[str, torch.Tensor], notes: dict[str, str]) -> None:
    """Write the file whole or not at all."""
    scratch = path.with_suffix(".part")
    save_file({name: value.contiguous() for name, value in tensors.items()}, scratch, notes)
    scratch.replace(path)
