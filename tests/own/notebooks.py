"""Running notebooks for the tests of students' own checks."""

from __future__ import annotations

from typing import Any

HEAD = """\
import torch
from torch import nn


class HyperParams:
    def __init__(self):
        self.STOP_WORDS = {"the"}
        self.PAD_INDEX, self.UNK_INDEX, self.PAD_TOKEN, self.UNK_TOKEN = 0, 1, "<pad>", "<unk>"
"""
TOKENIZE = """\
def tokenize(vocab, example):
    return [vocab.get(word, 1) for word in example.lower().split()]
"""
DATASET = """\
class IMDB(torch.utils.data.Dataset):
    def __init__(self, x, y, vocab, max_length=256):
        self.x, self.y, self.vocab, self.max_length = x, y, vocab, max_length

    def __len__(self):
        return len(self.x)

    def __getitem__(self, idx):
        ids = tokenize(self.vocab, self.x[idx])[: self.max_length]
        return {"ids": ids, "length": len(ids), "label": int(self.y[idx] == "positive")}
"""


def running(*cells: str) -> dict[str, Any]:
    """The names of a notebook in which these cells were run."""
    namespace: dict[str, Any] = {"__name__": "__main__", "In": [""]}
    for number, cell in enumerate((HEAD, *cells), 1):
        namespace["In"].append(cell)
        exec(compile(cell, f"<ipython-input-{number}>", "exec", dont_inherit=True), namespace)
    return namespace
