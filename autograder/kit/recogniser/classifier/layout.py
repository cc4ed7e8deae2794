"""What each number of a student's own recurrent cell does, found by behaviour: names and shapes don't count.

Numbers of the head act on one class only, and their gradients are the states that the head reads. Numbers of the
embedding act on one token only. All others are told apart by their gradients along a few random directions (a
fingerprint) at points where the judge knows every other weight: first the candidate's input weights, at the point
where all is zero; then, on three tokens, everything else, whose fingerprints the judge takes from its own equations.
So fused or separate matrices, either orientation, one bias or two are all the same. Every cell whose numbers enter the
equations linearly is read; anything else is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograder.kit.recogniser.cells import run_layers
from autograder.kit.recogniser.classifier.anatomy import Standard
from autograder.kit.recogniser.classifier.batches import Batch
from autograder.kit.recogniser.classifier.model import Model
from autograder.kit.recogniser.classifier.readings import LAST, POOLED, readings
from autograder.kit.recogniser.fingerprints import UNEXPLAINED, Places, match, write
from autograder.kit.recogniser.gates import GATES, Floats

DIRECTIONS = 6
MAX_SCALARS, MAX_WIDTH = 5_000, 16  # at the sizes that the judge asks for an honest model has 300, and is 5 wide
TINY = 1e-20  # the step of a complex derivative
CANDIDATES = {"LSTM": (2, 0.25), "GRU": (2, 0.5), "RNN": (0, 1.0)}  # its place among the gates, and its slope at zero
UPDATE = 1
GATE_NAMES = {"LSTM": ("input", "forget", "cell", "output"), "GRU": ("reset", "update", "new"), "RNN": ("only",)}


@dataclass(frozen=True)
class Layout:
    """Places, in the vector of all the model's scalars, of the numbers that are known so far.

    `slots`: the places of the recurrent numbers in torch's layout, flattened (weight_ih, weight_hh, bias_ih, bias_hh);
    `signs`: -1 where a number enters with the opposite sign (a GRU whose z weighs the candidate).
    """

    embedding: Places  # [V, E]; the pad row is a copy of another
    head: Places  # [C, H]
    bias: tuple[tuple[int, int], ...]  # (place, class)
    cell_type: str = ""
    places: Places = field(default_factory=lambda: np.zeros(0, np.intp))
    slots: Places = field(default_factory=lambda: np.zeros(0, np.intp))
    signs: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def inputs(self) -> int:
        return self.embedding.shape[1]

    @property
    def hidden(self) -> int:
        return self.head.shape[1]

    @property
    def widths(self) -> tuple[int, int, int, int]:
        """How many slots the four tensors have."""
        rows = GATES[self.cell_type] * self.hidden
        return rows * self.inputs, rows * self.hidden, rows, rows

    def add(self, places: Places, slots: Places, signs: Floats) -> Layout:
        joined = (np.concatenate(pair) for pair in ((self.places, places), (self.slots, slots), (self.signs, signs)))
        return replace(self, **dict(zip(("places", "slots", "signs"), joined, strict=True)))  # type: ignore[arg-type]

    def weights(self, flat: Floats) -> dict[str, Floats]:
        """Slots [..., all] as the tensors of one layer."""
        rows = GATES[self.cell_type] * self.hidden
        parts = np.split(flat, np.cumsum(self.widths)[:-1], axis=-1)
        lead = flat.shape[:-1]
        return {
            "weight_ih_l0": parts[0].reshape(*lead, rows, self.inputs),
            "weight_hh_l0": parts[1].reshape(*lead, rows, self.hidden),
            "bias_ih_l0": parts[2],
            "bias_hh_l0": parts[3],
        }

    def put(self, vector: Floats, flat: Floats) -> None:
        """Write slots into the model's vector; what has a slot twice gets it once and 0."""
        write(vector, self.places, self.slots, flat, self.signs)

    def standard(self, vector: Floats) -> Standard:
        """The model with these scalars."""
        flat, bias = np.zeros(sum(self.widths)), np.zeros(len(self.head))
        np.add.at(flat, self.slots, self.signs * vector[self.places])
        for place, c in self.bias:
            bias[c] += vector[place]
        recurrent, name = self.weights(flat), self.cell_type
        table, head = vector[self.embedding], vector[self.head]
        return Standard(name, 1, False, self.hidden, table, recurrent, head, bias, self.gap())

    def recurs(self) -> bool:
        """Whether at least half of the weights are there that act from one state on the next."""
        first, many = self.widths[:2]
        return bool(2 * len(np.unique(self.slots[(self.slots >= first) & (self.slots < first + many)])) >= many)

    def gap(self) -> str:
        """Which gate's weights are missing, as a clause; biases may be, since the constructor's item asks for them."""
        there = np.zeros(sum(self.widths), bool)
        there[self.slots] = True
        weights = self.weights(there)
        for source, name in (("ih", "token"), ("hh", "state")):
            gates = weights[f"weight_{source}_l0"].reshape(GATES[self.cell_type], -1).all(axis=1)
            names = GATE_NAMES[self.cell_type.partition(",")[0]]
            for gate in np.flatnonzero(~gates):
                return f"the cell's {names[gate]} gate does not see the whole {name}"
        return ""


def find_layout(model: Model) -> Layout | None:
    """Find it for a model of one layer; None where the numbers can't be told apart. The model's weights are lost.

    Raises:
        StudentError, Mismatch: the model can't be called, or no gradients be taken.
    """
    rng = np.random.default_rng(21)
    layout = _outside(model, rng) if model.scalars <= MAX_SCALARS else None
    if layout is None or max(layout.inputs, layout.hidden) > MAX_WIDTH:
        return None
    vector = np.zeros(model.scalars)
    vector[layout.embedding] = rng.normal(size=layout.embedding.shape)
    vector[layout.head] = rng.normal(size=layout.head.shape)
    layout = _candidate(model, layout, vector, rng)
    layout = None if layout is None else _others(model, layout, vector, rng)
    return layout if layout is not None and layout.recurs() else None


def _tokens(model: Model) -> Places:
    return np.array([t for t in range(model.spec.vocab_size) if t != model.spec.pad_index])


def _outside(model: Model, rng: np.random.Generator) -> Layout | None:
    """Embedding and head: one token in each row, all weights random."""
    tokens, classes = _tokens(model), model.spec.output_dim
    model.load_vector(rng.normal(0, 0.6, model.scalars))
    batch = Batch(tokens[:, None].astype(np.int64), np.ones(len(tokens), np.float32))
    single = np.eye(len(tokens) * classes).reshape(-1, len(tokens), classes)
    prints = model.sense(batch, single).reshape(len(tokens), classes, -1)
    acts = np.abs(prints) > 1e-7
    rows, kinds = acts.any(axis=1).sum(axis=0), acts.any(axis=0)
    inside = (rows == 1) & (kinds.sum(axis=0) == classes)
    embedding = [np.flatnonzero(inside & acts[row].any(axis=0)) for row in range(len(tokens))]
    if len({len(places) for places in embedding}) != 1 or not len(embedding[0]):
        return None
    table = np.zeros((model.spec.vocab_size, len(embedding[0])), np.intp)
    table[tokens], table[model.spec.pad_index] = embedding, embedding[0]
    heads, bias = [], []
    for c in range(classes):
        own = np.flatnonzero((kinds.sum(axis=0) == 1) & kinds[c] & (rows > 1))
        ones = np.isclose(prints[:, c, own], 1, atol=1e-5).all(axis=0)
        bias += [(int(place), c) for place in own[ones]]
        heads.append(own[~ones])
    if len({len(own) for own in heads}) != 1 or not len(heads[0]):
        return None
    if len(heads[0]) > MAX_WIDTH:
        return None
    states = prints[:, 0, heads[0]].T
    order = [match(states, prints[:, c, own].T) for c, own in enumerate(heads)]
    if any(sorted(found) != list(range(len(states))) for found in order):
        return None
    head = np.stack([own[found] for own, found in zip(heads, order, strict=True)])
    return Layout(table, head, tuple(bias))


def _candidate(model: Model, layout: Layout, vector: Floats, rng: np.random.Generator) -> Layout | None:
    """The weights that act while all others are zero, on one token in each row; they also tell the type of the cell."""
    tokens, hidden, inputs = _tokens(model), layout.hidden, layout.inputs
    towards = rng.normal(size=(DIRECTIONS, len(tokens), len(layout.head)))
    model.load_vector(vector)
    prints = model.sense(Batch(tokens[:, None].astype(np.int64), np.ones(len(tokens), np.float32)), towards).T
    prints[layout.embedding] = prints[layout.head] = 0
    prints[[place for place, _ in layout.bias]] = 0
    sources = np.concatenate([vector[layout.embedding[tokens]], np.ones((len(tokens), 1))], axis=1)
    whole = np.einsum("mbc,cj,bk->jkm", towards, vector[layout.head], sources)
    for name, (gate, slope) in CANDIDATES.items():
        typed = replace(layout, cell_type=name)
        start = np.cumsum([0, *typed.widths])
        units = gate * hidden + np.arange(hidden)
        weights = (units[:, None] * inputs + np.arange(inputs)).reshape(-1)
        entries = [whole[:, :-1].reshape(-1, DIRECTIONS) * slope, whole[:, -1] * slope]
        slots = [weights, start[2] + units]
        if name == "GRU":  # its second bias stands inside the reset gate
            entries, slots = [*entries, whole[:, -1] * slope / 2], [*slots, start[3] + units]
        found = match(prints, np.concatenate(entries))
        places = np.flatnonzero(found >= 0)
        known = np.concatenate(slots)[found[places]]
        if (found != UNEXPLAINED).all() and np.isin(weights, known).all():
            return typed.add(places, known, np.ones(len(places)))
    return None


def _others(model: Model, layout: Layout, vector: Floats, rng: np.random.Generator) -> Layout | None:
    """All other weights, on three tokens in each row; those of a GRU's reset gate show last."""
    tokens = _tokens(model)
    ids = np.stack([rng.permutation(tokens)[:3] for _ in range(8)])
    batch, inputs = Batch(ids.astype(np.int64), np.full(8, 3, np.float32)), vector[layout.embedding[ids]]
    towards = rng.normal(size=(DIRECTIONS, 8, len(layout.head)))
    flat, candidate = np.zeros(sum(layout.widths)), np.array([CANDIDATES[layout.cell_type][0]])
    ends = np.cumsum(layout.widths)
    for stage, end in ((0, ends[0]), (ends[0], ends[1]))[: 2 if layout.cell_type == "GRU" else 1]:
        at = np.arange(stage, end).reshape(GATES[layout.cell_type], -1)[candidate].reshape(-1)
        flat[at] = rng.normal(0, 0.7, len(at))
        layout.put(vector, flat)
        model.load_vector(vector)
        prints = model.sense(batch, towards).T
        prints[layout.embedding] = prints[layout.head] = prints[layout.places] = 0
        prints[[place for place, _ in layout.bias]] = 0
        forms = [layout.cell_type, *(["GRU, reset first"] if stage else [])]
        more = None
        for form in forms:
            more = more or _explained(
                replace(layout, cell_type=form), prints, flat, vector[layout.head], inputs, towards
            )
        if more is None:
            return None
        layout = more
    return layout


def _explained(
    layout: Layout, prints: Floats, flat: Floats, head: Floats, inputs: Floats, towards: Floats
) -> Layout | None:
    """The layout with all numbers that act, under one of the ways to read the outputs; None if one is unexplained."""
    moved: Any = flat + TINY * 1j * np.eye(len(flat))
    weights = {name: w[:, None] for name, w in layout.weights(moved).items()}  # an axis for the rows of the batch
    outputs, cells = run_layers(layout.cell_type, weights, 1, False, inputs)
    rows = GATES[layout.cell_type] * layout.hidden
    update = np.zeros(len(flat), bool)
    for start, width in zip(np.cumsum([0, *layout.widths]), layout.widths, strict=False):
        update[start : start + width].reshape(rows, -1)[UPDATE * layout.hidden : (UPDATE + 1) * layout.hidden] = True
    turned = np.flatnonzero(update) if layout.cell_type.startswith("GRU") else np.zeros(0, np.intp)
    for way in (LAST, *POOLED):
        states = readings(outputs, layout.hidden, cells)[way]
        if states.shape[-1] != layout.hidden:
            continue
        changes = (states @ head.T).imag / TINY
        entries = np.einsum("sbc,mbc->sm", changes, towards)
        found = match(prints, np.concatenate([entries, -entries[turned]]))
        if (found != UNEXPLAINED).all():
            places = np.flatnonzero(found >= 0)
            slots = np.concatenate([np.arange(len(flat)), turned])[found[places]]
            return layout.add(places, slots, np.where(found[places] < len(flat), 1.0, -1.0))
    return None
