"""gru.forward: what `GRU` computes in eval mode.

Embedding, state and vocabulary are equally wide here, so that a mistake in the constructor, which its own item pays
for, does not cost this one too. Every model is built for the lengths and rows that it is then given.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder.assignments.gru_attention.api import Lab
from autograder.assignments.gru_attention.comparing import expect_order, known_roles, random_gru
from autograder.errors import StudentException
from autograder.judge.expect import Mismatch, NotJudged, expect
from autograder.judge.marks import item
from autograder.judge.models import kind_of
from autograder.kit.comparing import close, expect_close, expect_other
from autograder.kit.properties.answers import taken
from autograder.kit.properties.batches import expect_in_order, expect_rows_alone
from autograder.kit.properties.calls import expect_nothing_kept
from autograder.kit.properties.time import expect_joined, expect_reaches, expect_unseen
from autograder.kit.recogniser.language_model.equations import evaluate
from autograder.kit.recogniser.language_model.find import find_output, find_roles
from autograder.kit.recogniser.language_model.roles import CANDIDATE, UPDATE, Roles, expect_places
from autograder.kit.recogniser.language_model.sizes import Sizes
from autograder.kit.recogniser.unknown import Unknown
from autograder.wire.frames import Array

FORWARD = "gru.forward"
few = settings(max_examples=3)
lengths, batches, depths, seeds = st.integers(2, 6), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2**16)


@item(FORWARD, weight=2, required=True)
def test_answers(lab: Lab, rng: np.random.Generator) -> None:
    """forward(inputs, hidden) computes two finite float tensors with the model's parameters: logits and the new hidden state."""
    model, vector, inputs, hidden = random_gru(lab, Sizes(), rng)
    one, _ = model.pair(inputs, hidden)
    model.load_vector(-vector)
    two, _ = model.pair(inputs, hidden)
    different = one.shape != two.shape or not np.allclose(one, two, rtol=0, atol=1e-6)
    expect(different, "the logits do not depend on the model's parameters", got=one)


@item(FORWARD)
@few
@given(lengths, batches, depths, seeds)
@example(1, 2, 1, 0)  # one step, as generate asks for it
@example(2, 1, 2, 0)  # one sequence
def test_shapes(lab: Lab, steps: int, rows: int, layers: int, seed: int) -> None:
    """The logits are one tensor [seq_len, batch, vocab], time first, and hidden is one [num_layers, batch, hidden], for any lengths and batches."""
    sizes = replace(Sizes(), seq_len=steps, batch_size=rows, num_layers=layers)
    model, _, inputs, hidden = random_gru(lab, sizes, np.random.default_rng(seed))
    answer = model.raw(inputs, hidden, grad=False)
    logits, states = model.two(answer)
    wanted = [steps, rows, sizes.vocab_size]
    asked = ("the logits",) if lab.context.hidden_list else ("the logits", "hidden")  # init_hidden charges such lists
    for part, name in zip(answer, asked, strict=False):
        expect(isinstance(part, Array), f"{name} must be one tensor", got=kind_of(part), expected="a tensor")
    expect(list(logits.shape) == wanted, "the logits have another shape", got=list(logits.shape), expected=wanted)
    expect(
        states.shape == hidden.shape, "hidden has another shape", got=list(states.shape), expected=list(hidden.shape)
    )


@item(FORWARD)
def test_two_values(lab: Lab, rng: np.random.Generator) -> None:
    """forward(inputs, hidden) takes its arguments in this order and returns exactly two values, logits and hidden."""
    model, _, inputs, hidden = random_gru(lab, Sizes(), rng)
    answer = model.raw(inputs, hidden)
    expect_order(lab, "GRU", "forward")
    many = len(answer) if isinstance(answer, (tuple, list)) else 1
    expect(many == 2, "forward returns another number of values", got=f"{many} values", expected="2 values")


@item(FORWARD, weight=2)
def test_one_step_at_a_time(lab: Lab, rng: np.random.Generator) -> None:
    """The first axis of the inputs is time: the logits at a step depend on the tokens up to it, in their own column, and on no later ones."""
    sizes = Sizes()
    model, _, *given = random_gru(lab, sizes, rng)
    case, places = model.case(*given), ((0, 0), (2, 1), (sizes.seq_len - 1, 2))
    before, *moved = model.answers([case, *(case.changed("inputs", time=step, batch=row) for step, row in places)])
    for (step, row), after in zip(places, moved, strict=True):
        place = f"another token at step {step} of column {row}"
        expect_unseen(before[:1], after[:1], place, step)
        for later in range(step, sizes.seq_len):
            one, two = (taken(answer[:1], "time", [later]) for answer in (before, after))
            expect_reaches(one, two, f"{place}, at step {later},", row, "logits")


@item(FORWARD, weight=5)
@few
@given(lengths, batches, st.integers(1, 2), seeds)
def test_equations(lab: Lab, steps: int, rows: int, layers: int, seed: int) -> None:
    """The new states are those of the GRU's equations with the model's own weights (z or 1 - z, reset before or after the product)."""
    roles = find_roles(lab, layers)
    if isinstance(roles, Unknown):
        if roles.raised and "gru.init" in lab.context.broken and isinstance(find_roles(lab, 2), Roles):
            raise NotJudged(f"gru.init charges that there is no such model: {roles.reason}")
        raise Mismatch(f"the states do not follow the GRU's equations: {roles.reason}")
    sizes = replace(Sizes(), seq_len=steps, batch_size=rows, num_layers=layers)
    model, vector, inputs, hidden = random_gru(lab, sizes, np.random.default_rng(seed))
    _, got = model.forward(inputs, hidden)
    expect_close(got, evaluate(roles, vector, inputs, hidden)[1], "the equations give other states for these weights")


@item(FORWARD, weight=3)
def test_logits_of_top_layer(lab: Lab, rng: np.random.Generator) -> None:
    """The logits are raw: what the linear output layer makes of the top layer's new state, with no softmax after it."""
    sizes = Sizes(seq_len=1, batch_size=5)
    model, vector, inputs, hidden = random_gru(lab, sizes, rng)
    logits, states = model.forward(inputs, hidden)
    for sums, name in ((logits, "softmax"), (np.exp(logits), "log_softmax")):
        expect(not np.allclose(sums.sum(axis=-1), 1, atol=1e-4), f"the logits sum to 1, as after {name}", got=logits)
    output = find_output(lab, sizes.num_layers)
    if isinstance(output, Unknown):
        raise Mismatch(f"the logits are not those of the output layer on the state that is returned: {output.reason}")
    expect_places(output[0], len(vector))
    table = np.zeros(sizes.vocab_size * (sizes.hidden_size + 1))
    np.add.at(table, output[1], vector[output[0]].astype(np.float64))
    weights = table.reshape(sizes.vocab_size, -1)
    expect_close(logits[0], states[-1] @ weights[:, :-1].T + weights[:, -1], "not the output layer on the last state")


@item(FORWARD)
def test_between_old_and_candidate(lab: Lab, rng: np.random.Generator) -> None:
    """Every new state lies between the old one and a candidate from -1 to 1, and candidates are both negative and positive."""
    sizes = Sizes(seq_len=1, batch_size=8)
    model, _, inputs, hidden = random_gru(lab, sizes, rng)
    wide = 4 * hidden
    _, states = model.forward(inputs, wide)
    low, high = np.minimum(wide, -1) - 1e-4, np.maximum(wide, 1) + 1e-4
    expect(bool(((states >= low) & (states <= high)).all()), "a new state lies outside", got=states, expected="within")
    _, first = model.forward(inputs, 0 * hidden)
    expect(bool(first.min() < 0 < first.max()), "from zeros, new states have one sign only", got=first)


@item(FORWARD)
def test_update_gate(lab: Lab, rng: np.random.Generator) -> None:
    """With the update gate wide open the new state is the candidate alone, with it closed the old state stays."""
    sizes = Sizes(seq_len=1, num_layers=1)
    roles, first = known_roles(lab, 1), UPDATE * sizes.hidden_size * (sizes.emb_size + sizes.hidden_size + 2)
    if first + sizes.emb_size + sizes.hidden_size not in roles.slots[0]:
        raise NotJudged("the update gate has no bias, which gru.init says")
    model, vector, inputs, hidden = random_gru(lab, sizes, rng)
    for bias, keeps in ((40.0, roles.form.keeps), (-40.0, not roles.form.keeps)):
        table = rng.normal(0, 0.6, (3, sizes.hidden_size, roles.width(0)))
        table[UPDATE, :, -2] = bias
        table[CANDIDATE, :, sizes.emb_size : -1] = 0
        table[:, :, -1] = 0
        known = vector.astype(np.float64)
        roles.put(known, 0, table)
        model.load_vector(known)
        candidate = np.tanh(known[roles.embedding][inputs[0]] @ table[CANDIDATE, :, : sizes.emb_size].T)
        wanted = hidden[0] if keeps else candidate
        _, states = model.forward(inputs, hidden)
        expect_close(states[0], wanted, "the old state does not stay" if keeps else "the candidate is not taken over")


@item(FORWARD, weight=2)
@few
@given(lengths, lengths, depths, seeds)
def test_two_halves(lab: Lab, first: int, second: int, layers: int, seed: int) -> None:
    """A sequence in two parts, the state handed on, gives the logits and the state of the whole sequence."""
    sizes = replace(Sizes(), seq_len=first + second, num_layers=layers)
    model, vector, inputs, hidden = random_gru(lab, sizes, np.random.default_rng(seed))
    (whole,) = model.answers([model.case(inputs, hidden)])
    one, two = (lab.gru(replace(sizes, seq_len=steps), vector) for steps in (first, second))
    (head,) = one.answers([one.case(inputs[:first], hidden)])
    (tail,) = two.answers([two.case(inputs[first:], head[1].data)])
    expect_joined(head, tail, whole, ["state"])


@item(FORWARD, weight=2)
def test_state_of_each_layer(lab: Lab, rng: np.random.Generator) -> None:
    """Every layer has a state of its own: it starts from its own part of the given one, and only lower layers reach it."""
    sizes = Sizes(seq_len=2, num_layers=3)
    model, _, inputs, hidden = random_gru(lab, sizes, rng)
    _, before = model.forward(inputs, hidden)
    for layer in range(sizes.num_layers):
        other = hidden.copy()
        other[layer] = -other[layer]
        _, after = model.forward(inputs, other)
        expect_close(after[:layer], before[:layer], f"another state of layer {layer} reaches the layers below")
        for above in range(layer, sizes.num_layers):
            expect_other(before[above], after[above], f"another state of layer {layer} does not reach layer {above}")


@item(FORWARD)
def test_rows_apart(lab: Lab, rng: np.random.Generator) -> None:
    """Each sequence alone gets the logits that it gets within a batch, and another order of rows changes nothing else."""
    sizes = Sizes()
    model, vector, *given = random_gru(lab, sizes, rng)
    case = model.case(*given)
    (together,) = model.answers([case])
    single = lab.gru(replace(sizes, batch_size=1), vector)
    rows = range(sizes.batch_size)
    expect_rows_alone(together, single.answers([case.take("batch", [row]) for row in rows]))
    order = [2, 0, 1]
    (turned,) = model.answers([case.take("batch", order)])
    expect_in_order(turned[:1], together[:1], order)


@item(FORWARD)
def test_nothing_remembered(lab: Lab, rng: np.random.Generator) -> None:
    """A call leaves nothing behind: the same inputs and state give the same answer again after other ones."""
    model, _, inputs, hidden = random_gru(lab, Sizes(), rng)
    expect_nothing_kept(model, model.case(inputs, hidden), model.case(inputs[::-1], -hidden))


@item(FORWARD, visibility="hidden")
def test_realistic_sizes(lab: Lab, rng: np.random.Generator) -> None:
    """Sizes that differ from each other work, over the 35 steps of the experiments."""
    sizes = Sizes(20, 24, 35, 6, 50, 2, 0.5)
    try:
        model, _, _, hidden = random_gru(lab, sizes, rng)
        inputs = rng.integers(0, 50, (35, 6))
        model.forward(inputs, hidden)
    except (StudentException, Mismatch):
        if lab.student.fatal is not None or "gru.init" not in lab.context.broken:
            raise
        model, _, inputs, hidden = random_gru(lab, Sizes(24, 24, 35, 6, 24, 2, 0.5), rng)  # the constructor's mistake
        model.forward(inputs, hidden)


@item(FORWARD, weight=0, visibility="hidden")
def test_other_lengths(lab: Lab, rng: np.random.Generator) -> None:
    """Inputs of fewer steps than the constructor was told work too, as at the end of a text."""
    model, _, inputs, hidden = random_gru(lab, Sizes(seq_len=9), rng)
    model.forward(inputs[:5], hidden)


@item(FORWARD, weight=2, visibility="hidden")
def test_long_sequences(lab: Lab, rng: np.random.Generator) -> None:
    """Over 35 steps the states stay those of the equations: nothing is cut, forgotten or detached from its past values."""
    sizes = Sizes(seq_len=35, batch_size=2)
    roles = known_roles(lab, sizes.num_layers)
    model, vector, inputs, hidden = random_gru(lab, sizes, rng)
    logits, states = model.forward(inputs, hidden)
    wanted_logits, wanted = evaluate(roles, vector, inputs, hidden)
    if close(wanted_logits, logits):
        return
    expect_close(states, wanted, "the states after 35 steps are not those of the equations")
