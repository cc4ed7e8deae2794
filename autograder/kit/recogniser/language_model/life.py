"""Whether a GRU is alive: signs that logits come of tokens, order, state and gates, which no constant or average shows.

A right class with one fault lacks at most two of the signs; zeros, a bag of words, an n-gram table, a leaky average or
the given RNN under another name lack more of them, or one that nothing can do without.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.errors import StudentException
from autograder.judge.expect import Mismatch
from autograder.kit.comparing import NDArray, close
from autograder.kit.lab import SCALE
from autograder.kit.recogniser.fingerprints import distinct
from autograder.kit.recogniser.language_model.builds import LanguageModel, LanguageModels
from autograder.kit.recogniser.language_model.sizes import Sizes, random_hidden, random_tokens
from autograder.kit.recogniser.signs import Sign

LIFE = Sizes(seq_len=6, batch_size=2)
DIRECTIONS = 4
SHARE = 0.5  # of the gates' scalars that must act, each in its own way: one gate of three may be missing, not two
MAX_MISSING = 2
HUGE, MOST_CARRIED = 1000.0, 100.0  # of a state; times itself
LARGE, STEP = 100.0, 1e-3


def missing_signs(lab: LanguageModels, rng: np.random.Generator) -> list[Sign]:
    """The signs of life that a GRU does not show; more than MAX_MISSING of them, counted, are no recurrent model.

    Raises:
        StudentError, Mismatch: forward does not work at all.
    """
    model = lab.gru(LIFE)
    model.load_vector(rng.normal(0, SCALE, model.scalars).astype(np.float32))
    inputs, hidden = random_tokens(rng, LIFE), random_hidden(rng, LIFE)
    before = logits_of(model, inputs, hidden)
    if close(before, logits_of(model, (inputs + 1) % LIFE.vocab_size, hidden)):
        return [Sign("the logits do not depend on the tokens", MAX_MISSING + 1)]
    first, swapped = inputs.copy(), inputs.copy()
    first[0] = (first[0] + 1) % LIFE.vocab_size
    swapped[[0, 1]] = inputs[[1, 0]]
    found = []
    if close(before[4:], logits_of(model, first, hidden)[4:]):
        found.append(Sign("the first token does not reach the logits of later steps"))
    if close(before[2:], logits_of(model, swapped, hidden)[2:]):
        found.append(Sign("the order of earlier tokens does not count"))
    other = random_hidden(rng, LIFE)
    second = logits_of(model, inputs, other)
    if close(before, second):
        found.append(Sign("the hidden state does not count"))
    if close(before + second, logits_of(model, inputs, hidden + other) + logits_of(model, inputs, 0 * hidden)):
        found.append(Sign("the logits are a sum of what the state and the tokens give: no gate acts"))
    return [*found, *closing_signs(lab, rng), *gate_signs(lab, rng), *carry_signs(lab, rng)]


def logits_of(model: LanguageModel, inputs: NDArray, hidden: NDArray) -> NDArray:
    """The logits [T, B, V] in eval mode, put right where the batch is first or both axes are one."""
    logits, _ = model.pair(inputs, hidden, seed=0, grad=False)
    (steps, rows), vocab = inputs.shape, model.sizes.vocab_size
    if logits.shape == (rows, steps, vocab):
        return logits.swapaxes(0, 1)
    if logits.size != steps * rows * vocab:
        raise Mismatch("the logits have another shape", f"{list(logits.shape)}", f"{[steps, rows, vocab]}")
    return logits.reshape(steps, rows, vocab)


def carry_signs(lab: LanguageModels, rng: np.random.Generator) -> list[Sign]:
    """Whether a large state is handed on in a share that gates decide: not one share for all, nor more than was there.

    Nothing and all are faults of a right class too (an old state that is lost, or stays whole).
    """
    sizes = replace(LIFE, seq_len=1, batch_size=8, num_layers=1)
    try:
        model = lab.gru(sizes)
        model.load_vector(rng.normal(0, SCALE, model.scalars).astype(np.float32))
        inputs, hidden = random_tokens(rng, sizes), HUGE * random_hidden(rng, sizes)
        hidden += np.copysign(HUGE, hidden)
        after = np.asarray(model.forward(inputs, hidden)[1])
    except (StudentException, Mismatch):
        if lab.student.fatal is not None:
            raise
        return []
    shares = after / hidden
    if np.abs(shares).max() > MOST_CARRIED:
        return [Sign("a large state grows without bounds: nothing squashes what acts on it", MAX_MISSING + 1)]
    if np.ptp(shares) < 0.02 and 0.02 < shares.mean() < 0.98:
        missing = f"every state is carried on by {shares.mean():.2g} of itself, whatever it is: no gate decides"
        return [Sign(missing, MAX_MISSING + 1)]
    return []


def closing_signs(lab: LanguageModels, rng: np.random.Generator) -> list[Sign]:
    """Whether gates close: under large weights they are 0 or 1, so that some of the new states are the old ones or 0.

    Sums and products of tanh alone are all made anew there, whatever the old state.
    """
    models = [lab.gru(replace(LIFE, seq_len=1)) for _ in range(2)]  # one each, since a state may be kept between calls
    vector = (LARGE * rng.normal(0, SCALE, models[0].scalars)).astype(np.float32)
    inputs, hidden = random_tokens(rng, LIFE)[:1], random_hidden(rng, LIFE)
    for model in models:
        model.load_vector(vector)
    try:
        before, after = (
            model.pair(inputs, hidden + np.float32(step), seed=0, grad=False)[1]
            for model, step in zip(models, (0, STEP), strict=True)
        )
    except (StudentException, Mismatch):  # such weights may be too large for it
        if lab.student.fatal is not None:
            raise
        return []
    kept, shut = (np.abs(after - before) > STEP / 10).mean(), (np.abs(before) < STEP).mean()
    if max(kept, shut) > 0.1:
        return []
    return [Sign("with large weights no state is kept and no candidate shut out: no gate closes", MAX_MISSING + 1)]


def gate_signs(lab: LanguageModels, rng: np.random.Generator) -> list[Sign]:
    """Whether there are weights of gates: most scalars act on the logits, each in a way of its own."""
    for layers in (1, 2):  # of one layer, unless there is no such model
        sizes = replace(LIFE, seq_len=2, batch_size=3, num_layers=layers)
        ends = sizes.vocab_size * (sizes.emb_size + sizes.hidden_size + 1)
        gates = min(sizes.counts()) - ends
        try:
            acting = influences(lab, sizes, rng)
        except (StudentException, Mismatch):
            if lab.student.fatal is not None:
                raise
            continue
        if acting == 0:
            break
        if acting < ends + SHARE * gates:
            shown = f"only {acting} of at least {ends + gates} numbers act on the logits, each in its own way"
            return [Sign(f"{shown}: there are no gates", MAX_MISSING + 1)]
        return []
    return [Sign("no gradient says which numbers act", 2)]


def influences(lab: LanguageModels, sizes: Sizes, rng: np.random.Generator) -> int:
    """How many scalars act on the logits in ways that are not multiples of each other."""
    model = lab.gru(sizes)
    model.load_vector(rng.normal(0, SCALE, model.scalars).astype(np.float32))
    inputs, hidden = random_tokens(rng, sizes), random_hidden(rng, sizes)
    shape = model.pair(inputs, hidden)[0].shape
    columns = model.sense(inputs, hidden, rng.normal(size=(DIRECTIONS, *shape)), output=0).T
    return distinct(columns)
