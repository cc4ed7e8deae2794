"""Proof of life of a forward pass: do its logits come from a recurrence over the tokens, whatever else is wrong?

A model is alive when its logits, on rows without padding and for weights that the judge draws, are those of some way to
read an LSTM, a GRU or a plain RNN with these weights: the first output, a mean, a softmax behind the head, rows in
another order, the batch taken for the time. It is dead when they do not depend on the tokens, on their order or on the
recurrent weights. What is neither, a person looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from autograder.errors import StudentError, StudentException
from autograder.judge.expect import Mismatch
from autograder.kit.comparing import close
from autograder.kit.recogniser.cells import run_layers, sigmoid
from autograder.kit.recogniser.classifier.anatomy import Parts, Standard, one_layer, standard
from autograder.kit.recogniser.classifier.batches import Batch, batch_of, changed_at, swapped
from autograder.kit.recogniser.classifier.builds import Classifiers
from autograder.kit.recogniser.classifier.dead import LEAST, effects, tokens_seen, why_dead
from autograder.kit.recogniser.classifier.judged_sizes import sizes_for
from autograder.kit.recogniser.classifier.readings import LAST, POOLED
from autograder.kit.recogniser.classifier.recognise import parts, recognised
from autograder.kit.recogniser.gates import Floats

ROWS, STEPS = 4, 24  # so many steps that a state which it starts from is forgotten
CONFUSED = "the batch taken for the time"
FEW = 3  # fewer tokens than any size that forward could take for the number of steps
SWITCH = 40.0  # closes or opens a gate in float32

AFTER: dict[str, Callable[[Floats], Floats]] = {
    "": lambda logits: logits,
    ", after softmax": lambda logits: np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True),
    ", after log_softmax": lambda logits: logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)),
    ", after a sigmoid": sigmoid,
    ", after a tanh": np.tanh,
    ", after a ReLU": lambda logits: np.maximum(logits, 0),
}


@dataclass(frozen=True)
class Life:
    """What a forward pass was found to be.

    `way`: how it reads the recurrence. `dead`: why there is none, as a sentence. Neither: unknown; `doubt` says what a
    person should look at. `error`: what it raised in place of logits.
    """

    way: str = ""
    doubt: str = ""
    dead: str = ""
    error: StudentError | Mismatch | None = None


def life_of(lab: Classifiers, kind: str) -> Life:
    """Look once for each class."""
    if kind not in lab.context.lives:
        try:
            found = look(lab, kind)
            lab.context.lives[kind] = same_when_large(lab, kind, found) if found.way else found
        except (StudentError, Mismatch) as error:
            lab.context.lives[kind] = Life(error=error)
    return lab.context.lives[kind]


def look(lab: Classifiers, kind: str) -> Life:
    """Raises:
    StudentError, Mismatch: no logits come back.
    """
    rng = np.random.default_rng(31)
    spec = sizes_for(lab, kind)
    batch, other = (batch_of(rng, [STEPS] * ROWS, spec) for _ in range(2))
    if drops_always(lab, kind, batch):
        lab.without_dropout(kind)
    model = lab.same_model(kind, spec)
    model.randomise(rng, 0.5)
    got, moved = model.forward_each([batch, other], seeds=[1, 1])
    if np.abs(moved - got).max() < LEAST * max(float(np.abs(got).max()), LEAST):
        return Life(dead="other tokens give the same logits")
    known = recognised(lab, kind, model)
    if known is not None:
        way = way_of(known, batch, got)
        if way:
            few = "the first" in way and not way.startswith(CONFUSED)
            return of_few_tokens(lab, kind, way) if few else Life(way)
    found = parts(lab, kind, model)
    if known is None and found is not None and keeps_and_writes(lab, kind, found):
        return Life(LAST)
    dead = why_dead(lab, kind, found)
    if dead:
        return Life(dead=dead)
    if not close(model.forward(batch, seed=2), got):
        return Life(doubt=f"`{kind}` gives other logits at every call in eval mode, so they can't be compared")
    return Life(doubt=f"`{kind}` computes neither what an LSTM nor what a GRU does")


def drops_always(lab: Classifiers, kind: str, batch: Batch) -> bool:
    """Whether dropout acts in eval mode although dropout_rate is 0, and nothing else makes the logits random."""
    model = lab.same_model(kind, sizes_for(lab, kind))
    model.randomise(np.random.default_rng(37))
    if close(*model.forward_each([batch, batch], seeds=[1, 2])):
        return False
    model = lab.model(kind, model.spec)
    model.object.tell("drop_in_training_only")
    return close(*model.forward_each([batch, batch], seeds=[1, 2]))


def of_few_tokens(lab: Classifiers, kind: str, way: str) -> Life:
    """Tell a wrong step read from a recurrence that is given hardly a token of each review, however long it is.

    Read at a wrong step, the other direction has seen the whole review there.
    """
    spec = sizes_for(lab, kind)
    seen = tokens_seen(lab, kind, spec)
    if seen > FEW:
        return Life(way)
    try:
        both = tokens_seen(lab, kind, replace(spec, bidirectional=True)) if lab.two_ways else 0
    except (StudentException, Mismatch):
        both = 0
    if both == 0:
        return Life(doubt=f"the logits of `{kind}` depend on {tokens(seen)} of each review alone")
    return Life(way) if both > FEW else Life(dead=f"{tokens(seen)} of each review alone can count, however long it is")


def tokens(count: int) -> str:
    return "one token" if count == 1 else f"{count} tokens"


def same_when_large(lab: Classifiers, kind: str, small: Life) -> Life:
    """The same life, unless the class does something else with sizes as the assignment has them."""
    model, real = lab.same_model(kind, lab.real), lab.real
    rng = np.random.default_rng(35)
    model.randomise(rng, 0.2)
    batch = batch_of(rng, [7, 7], real)
    try:
        got = model.forward(batch, seed=1)
        known = standard(model.submodules(), model.state())
        wanted = known.readings_of(batch).get(small.way) if known is not None else None
        if small.way not in (LAST, *POOLED) or (wanted is not None and same_rows(wanted, got)):
            return small
        order = effects(model, batch, [swapped(batch, 0, place) for place in range(6)]).max()
        same = order > 10 * LEAST * effects(model, batch, [changed_at(batch, 0, 3, real)]).max()
    except (StudentException, Mismatch):
        return small  # a check of its own asks for these sizes
    doubt = f"`{kind}` computes something else with a vocabulary of {real.vocab_size} words than with a small one"
    return small if same else Life(doubt=doubt)


# ---- alive -----------------------------------------------------------------------------------------------------------
def way_of(known: Standard, batch: Batch, got: Floats) -> str:
    """How the logits of rows of one length come from the recurrence; empty if they do not."""
    if batch.ids.max() >= len(known.embedding):
        return ""
    inputs = known.embedding[batch.ids]
    for name, logits in ways(known, inputs):
        for after, function in AFTER.items():
            if same_rows(function(logits), got):
                return name + after
    return ""


def ways(known: Standard, inputs: Floats) -> Iterator[tuple[str, Floats]]:
    """Logits [B, output] of each way to read embedded rows [B, T, E], by name."""
    yield from known.read(inputs).items()
    downwards = [known.read(inputs[: row + 1].swapaxes(0, 1)) for row in range(len(inputs))]  # a row sees those above
    if all(LAST in read for read in downwards):
        across = np.stack([read[LAST] for read in downwards])  # [B, T, output]
        for name, logits in (("last", across[:, -1]), ("first", across[:, 0]), ("mean", across.mean(axis=1))):
            yield f"{CONFUSED}: {name} token", logits
    outputs = run_layers(known.cell_type, known.recurrent, known.layers, known.bidirectional, inputs)[0][-1]
    if outputs.shape[-1] == known.head_weight.shape[1]:
        for place, state in enumerate(outputs.swapaxes(0, 1), 1):
            yield f"the first {place} tokens alone", state @ known.head_weight.T + known.head_bias
    for name, part in (
        ("the reviews read backwards", inputs[:, ::-1]),
        ("the reviews without their first token", inputs[:, 1:]),
        ("the reviews without their last token", inputs[:, :-1]),
    ):
        for reading, logits in known.read(part).items():
            yield f"{name}: {reading}", logits


def same_rows(one: Floats, two: Floats) -> bool:
    """Whether the two hold the same rows, in whatever order."""
    return all(any(close(a, b) for b in two) for a in one) and all(any(close(a, b) for a in one) for b in two)


def keeps_and_writes(lab: Classifiers, kind: str, found: Parts) -> bool:
    """Whether tokens that open the input write the state, and tokens that close it keep it, whatever stands behind it.

    Then the logits after `write, keep, keep` are those after `anything, keep, write` with the same write, and others
    after another write. So the head may be anything that sees the last state alone.
    """
    spec = sizes_for(lab, kind)
    model = lab.model(kind, spec)
    rng = np.random.default_rng(32)
    values = model.randomise(rng)
    table = rng.normal(size=values[found.embedding].shape)
    if not one_layer(found, values) or table.shape[1] < 3 or len(table) < spec.vocab_size:
        return False
    writes = [t for t in range(spec.vocab_size) if t != spec.pad_index]
    keeps = [writes.pop() for _ in range(4)]
    table[:, :2] = 1, 0
    table[keeps, :2] = 0, 1
    values[found.embedding] = table.astype(np.float32)
    for key, name in found.recurrent.items():
        values[name] = gated(found.cell_type, key, values[name]).astype(np.float32)
    model.load(values)
    one, two, three = writes[:3]
    rows = [[one, *keeps[:3]], [three, two, keeps[3], one], [two, one, keeps[0], keeps[0]], [two, *keeps[:3]]]
    got = model.forward(Batch(np.array(rows, np.int64), np.full(4, 4, np.float32)))
    return close(got[1], got[0]) and close(got[2], got[0]) and not close(got[3], got[0])


def gated(cell_type: str, key: str, random: Floats) -> Floats:
    """A tensor of a recurrent layer whose first input writes and whose second keeps; the others are content."""
    blocks = np.zeros_like(random).reshape(4 if cell_type == "LSTM" else 3, -1, *random.shape[1:])
    inputs = key.startswith("weight_ih")
    if inputs and cell_type == "LSTM":  # i, f, g, o
        blocks[0, :, 0] = blocks[1, :, 1] = SWITCH
        blocks[0, :, 1] = blocks[1, :, 0] = -SWITCH
        blocks[2, :, 2:] = random.reshape(blocks.shape)[2, :, 2:]
    elif inputs:  # r, z, n
        blocks[1, :, 1], blocks[1, :, 0] = SWITCH, -SWITCH
        blocks[2, :, 2:] = random.reshape(blocks.shape)[2, :, 2:]
    elif cell_type == "LSTM" and key.startswith("bias_ih"):
        blocks[3] = SWITCH
    return blocks.reshape(random.shape)
