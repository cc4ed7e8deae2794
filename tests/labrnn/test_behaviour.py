"""Cells of a notebook's own, read by what their numbers do, and what a forward pass is taken for."""

from __future__ import annotations

import numpy as np
import pytest
from notebooks import loaded, submission

from autograder.assignments.labrnn.api import Context, LabRNN
from autograder.assignments.labrnn.edition import Edition
from autograder.kit.recogniser.classifier.alive import Life, life_of
from autograder.kit.recogniser.classifier.batches import Spec, batch_of
from autograder.kit.recogniser.classifier.readings import LAST, MAXIMUM, MEAN
from autograder.kit.recogniser.classifier.recognise import idle_names, layout_of, recognised

ARGUMENTS = "vocab_size, embedding_dim, hidden_dim, output_dim, n_layers, dropout_rate, pad_index, bidirectional"
OWN = """
import torch
from torch import nn

class {kind}(nn.Module):
    def __init__(self, {arguments}, **kwargs):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_index)
        E, H = embedding_dim, hidden_dim
{parameters}
        self.fc, self.H = nn.Linear(H, output_dim), H

    def forward(self, ids, length):
        x = self.embedding(ids)
        h = c = torch.zeros(len(ids), self.H)
        states = []
        for t in range(ids.shape[1]):
            old = h
{step}
            inside = (length > t).float().unsqueeze(1)
            h = inside * h + (1 - inside) * old
            states.append(h)
        last, states = h, torch.stack(states, dim=1)
        return self.fc({read})
"""
FUSED_LSTM = (
    "self.g = nn.Linear(E + H, 4 * H)",
    "o, f, i, g = self.g(torch.cat([h, x[:, t]], 1)).chunk(4, 1)\n"
    "c = f.sigmoid() * c + i.sigmoid() * g.tanh()\n"
    "h = o.sigmoid() * c.tanh()",
)
BARE_GRU = (
    "self.w, self.u = nn.Parameter(torch.rand(E, 3 * H)), nn.Parameter(torch.rand(H, 3 * H))\n"
    "self.b, self.d = nn.Parameter(torch.rand(3 * H)), nn.Parameter(torch.rand(3 * H))",
    "a, b = (x[:, t] @ self.w + self.b).chunk(3, 1), (h @ self.u + self.d).chunk(3, 1)\n"
    "z = (a[1] + b[1]).sigmoid()\n"
    "h = (1 - z) * (a[2] + (a[0] + b[0]).sigmoid() * b[2]).tanh() + z * h",
)
PAPER_GRU = (
    "self.rz, self.n = nn.Linear(E + H, 2 * H), nn.Linear(E + H, H)",
    "r, z = self.rz(torch.cat([x[:, t], h], 1)).sigmoid().chunk(2, 1)\n"
    "h = (1 - z) * h + z * self.n(torch.cat([x[:, t], r * h], 1)).tanh()",
)
PLAIN_RNN = ("self.g = nn.Linear(E + H, H)", "h = self.g(torch.cat([x[:, t], h], 1)).tanh()")
JUNK = "\nself.junk = nn.Parameter(torch.ones(7))"


def lab_of(kind: str, cell: tuple[str, str], read: str = "last") -> LabRNN:
    """A notebook with one class of this cell."""
    indented = [
        "\n".join(" " * depth + line for line in part.split("\n")) for part, depth in zip(cell, (8, 12), strict=True)
    ]
    source = OWN.format(kind=kind, arguments=ARGUMENTS, parameters=indented[0], step=indented[1], read=read)
    student = loaded(submission(source))
    student.begin_item()
    student.begin_check()
    return LabRNN(student, Context(Edition()))


SPEC = Spec(13, 3, 5, 2)


@pytest.mark.parametrize(
    ("kind", "cell", "cell_type"),
    [("LSTM", FUSED_LSTM, "LSTM"), ("GRU", BARE_GRU, "GRU"), ("GRU", PAPER_GRU, "GRU, reset first"),
     ("GRU", PLAIN_RNN, "RNN"), ("LSTM", (FUSED_LSTM[0] + JUNK, FUSED_LSTM[1]), "LSTM")],
    ids=["fused LSTM", "GRU of bare parameters", "GRU of the paper", "plain RNN", "junk beside it"],
)  # fmt: skip
@pytest.mark.parametrize(("read", "way"), [("last", LAST), ("states.mean(1)", MEAN), ("states.max(1).values", MAXIMUM)])
def test_own_cells_are_read(kind: str, cell: tuple[str, str], cell_type: str, read: str, way: str) -> None:
    lab = lab_of(kind, cell, read)
    model = lab.model(kind, SPEC)
    rng = np.random.default_rng(2)
    model.randomise(rng)
    known = recognised(lab, kind, model)
    assert known is not None and known.cell_type == cell_type and not known.gap
    batch = batch_of(rng, [6, 6, 6], SPEC)
    np.testing.assert_allclose(known.readings_of(batch)[way], model.forward(batch), rtol=1e-3, atol=1e-4)
    assert life_of(lab, kind).way == way


def test_a_gate_that_does_not_see_the_state_is_named() -> None:
    blind = BARE_GRU[1].replace("(a[1] + b[1])", "a[1]")
    lab = lab_of("GRU", (BARE_GRU[0], blind))
    layout = layout_of(lab, "GRU", lab.model("GRU", SPEC))
    assert layout is not None and layout.gap() == "the cell's update gate does not see the whole state"


@pytest.mark.parametrize(
    "step",
    ["h = h + x[:, t] @ self.w", "h = 0.5 * h + (x[:, t] @ self.w).tanh()", "h = (x[:, t] @ self.w).tanh()",
     "z = (x[:, t] @ self.w).sigmoid()\nh = z * h + (1 - z) * (x[:, t] @ self.v).tanh()"],
    ids=["sum", "fading", "last word", "gated average"],
)  # fmt: skip
def test_averages_are_no_cells(step: str) -> None:
    lab = lab_of("GRU", ("self.w, self.v = nn.Parameter(torch.rand(E, H)), nn.Parameter(torch.rand(E, H))", step))
    assert layout_of(lab, "GRU", lab.model("GRU", SPEC)) is None
    assert not life_of(lab, "GRU").way


def test_what_never_matters_is_idle() -> None:
    lab = lab_of("LSTM", (FUSED_LSTM[0] + JUNK, FUSED_LSTM[1]))
    assert idle_names(lab, "LSTM", lab.model("LSTM", SPEC)) == {"junk"}


TORCH = """
import torch
from torch import nn

class LSTM(nn.Module):
    def __init__(self, {arguments}, **kwargs):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_index)
        self.rnn = nn.LSTM(embedding_dim, hidden_dim, n_layers, batch_first=True, bidirectional=bidirectional)
        self.fc = nn.{head}

    def forward(self, ids, length):
        x = self.embedding(ids)
        outputs, (h, c) = self.rnn(x)
        last = outputs[torch.arange(len(ids)), length.long() - 1]
        return {answer}
"""
LINEAR = "Linear(hidden_dim, output_dim)"
BOTH = "Linear(hidden_dim * (2 if bidirectional else 1), output_dim)"
WIDE = "Sequential(nn.Linear(hidden_dim, 7), nn.ReLU(), nn.LayerNorm(7), nn.Linear(7, output_dim))"
LIVES = {
    "the last state": (LINEAR, "self.fc(last)", "way", LAST),
    "a larger head": (WIDE, "self.fc(last)", "way", LAST),
    "softmax": (LINEAR, "self.fc(last).softmax(1)", "way", f"{LAST}, after softmax"),
    "the first output": (BOTH, "self.fc(outputs[:, 0])", "way", "the output at the first position"),
    "the first output, one direction": (LINEAR, "self.fc(outputs[:, 0])", "doubt", "depend on one token"),
    "the first word alone": (BOTH, "self.fc(self.rnn(x[:, :1])[0][:, 0])", "dead", "one token of each review alone"),
    "the first two words": (BOTH, "self.fc(self.rnn(x[:, :2])[0][:, -1])", "dead", "2 tokens of each review alone"),
    "the last word alone": (BOTH, "self.fc(self.rnn(x[:, -1:])[0][:, 0])", "dead", "one token of each review alone"),
    "dropout by a function": (LINEAR, "self.fc(nn.functional.dropout(last, 0.3))", "way", LAST),
    "dropout made anew": (LINEAR, "self.fc(nn.Dropout(0.5)(last))", "way", LAST),
    "dropout by hand": (LINEAR, "self.fc(last * (torch.rand(last.shape) > 0.3))", "doubt", "gives other logits"),
    "a ReLU at the end": (BOTH, "self.fc(last).relu()", "way", f"{LAST}, after a ReLU"),
    "the cell state": (LINEAR, "self.fc(c[-1])", "way", "the last cell state in place of the hidden state"),
    "a tuple": (LINEAR, "(h, self.fc(last))", "way", LAST),
    "float64, with an axis more": (LINEAR, "self.fc(last).double()[:, None]", "way", LAST),
    "zeros": (LINEAR, "torch.zeros(len(ids), 2)", "dead", "other tokens give the same logits"),
    "noise": (LINEAR, "self.fc(torch.randn(len(ids), h.shape[2]))", "dead", "other tokens give the same logits"),
    "a bag": (LINEAR, "self.fc(x.mean(1)[:, :1].expand(-1, h.shape[2]))", "dead", "the order of the tokens does not"),
    "a bag and a millionth": (
        LINEAR, "self.fc(x.mean(1)[:, :1].expand(-1, h.shape[2]) + 1e-6 * last)", "dead", "the order of the tokens"
    ),
    "weights by place": (
        LINEAR, "self.fc((x * torch.arange(ids.shape[1])[:, None]).mean(1)[:, :1].expand(-1, h.shape[2]))", "dead",
        "each token acts on its own",
    ),
    "past the recurrence": (
        WIDE, "self.fc((x * torch.arange(ids.shape[1])[:, None]).mean(1)[:, :1].expand(-1, h.shape[2]))", "doubt",
        "`LSTM` computes neither",
    ),
    "a residual": (LINEAR, "self.fc(last + x[:, -1, :1])", "doubt", "`LSTM` computes neither"),
    "an error": (LINEAR, "self.fc(nothing)", "error", "NameError"),
}  # fmt: skip


@pytest.mark.parametrize("name", LIVES)
def test_what_a_forward_pass_is(name: str) -> None:
    head, answer, field, wanted = LIVES[name]
    student = loaded(submission(TORCH.format(arguments=ARGUMENTS, head=head, answer=answer)))
    student.begin_item()
    student.begin_check()
    life: Life = life_of(LabRNN(student, Context(Edition())), "LSTM")
    found = {key: str(value) for key, value in vars(life).items() if value}
    assert list(found) == [field] and wanted in found[field]
