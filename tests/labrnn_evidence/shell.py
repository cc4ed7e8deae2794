"""A stand-in for the kernel: an IPython shell in a process of its own, with the hook, that runs the cells it is sent.

python -m tests.labrnn_evidence.shell: a JSON list of cells on standard input, [events, error] of each comes out.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from autograder.assignments.labrnn.evidence.settings import NAMES
from autograder.kit.observer import hook

ROOT = Path(__file__).parents[2]
SETUP = """
import numpy as np, torch
from torch import nn

class HyperParams:
    def __init__(self):
        self.EMBEDDING_DIM, self.HIDDEN_DIM, self.N_LAYERS, self.BIDIRECTIONAL = 1, 4, 1, False
        self.LR, self.OPTIM, self.N_EPOCHS, self.SEED, self.STOP_WORDS = 0.01, "sgd", 2, 5, {"the"}

class Net(nn.Module):
    def __init__(self, kind=nn.LSTM, h=None):
        super().__init__()
        h = h or HyperParams()
        self.embedding = nn.Embedding(7, h.EMBEDDING_DIM)
        self.rnn = kind(h.EMBEDDING_DIM, h.HIDDEN_DIM, h.N_LAYERS, bidirectional=h.BIDIRECTIONAL)
        self.fc = nn.Linear(h.HIDDEN_DIM * (1 + h.BIDIRECTIONAL), 2)

    def forward(self, ids):
        return self.fc(self.rnn(self.embedding(ids))[0][-1])

def some_steps(model, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.tensor([[1, 2], [3, 4]])).sum().backward()
        optimizer.step()
"""
DRIVER = """
def train_and_test_model_with_hparams(hparams, model_type="lstm", **kwargs):
    torch.manual_seed(hparams.SEED)
    model = Net(nn.GRU if kwargs.get("override_models_with_gru") else nn.LSTM, hparams)
    optimizer = (torch.optim.Adam if hparams.OPTIM == "adam" else torch.optim.SGD)(model.parameters(), lr=hparams.LR)
    some_steps(model, optimizer, 2 * hparams.N_EPOCHS)
    return {"num_params": 9, "test_loss": np.float64(0.5), "test_acc": torch.tensor(0.75), "train_loss": [0.7, 0.6],
            "train_accs": [0.5, 0.6], "valid_loss": [0.7, 0.65], "valid_accs": [0.5, 0.55], "model": model}
"""


def run(*cells: str) -> list[tuple[list[dict[str, Any]], str]]:
    """For each cell, the events that it caused and the name of the error that ended it."""
    return [(events, error) for events, error in _run(cells)]


@cache
def _run(cells: tuple[str, ...]) -> list[Any]:
    command = [sys.executable, "-m", "tests.labrnn_evidence.shell"]
    done = subprocess.run(command, input=json.dumps(cells), capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    answer: list[Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    cells = json.loads(sys.stdin.read())
    shell = InteractiveShell.instance(history_load_length=0)
    events: list[Any] = []
    room = {
        "__name__": "__autograder__",
        "__autograder_emit__": lambda event: events.append(json.loads(json.dumps(event))),
    }
    exec(compile(hook.source(NAMES), "<startup>", "exec", dont_inherit=True), room)
    answers = []
    for cell in cells:
        events.clear()
        with contextlib.redirect_stdout(io.StringIO()):
            result = shell.run_cell(cell)
        answers.append((list(events), type(result.error_in_exec).__name__ if result.error_in_exec else ""))
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
