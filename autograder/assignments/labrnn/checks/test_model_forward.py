"""lab1.e.forward and lab1.g.forward: what `LSTM` and `GRU` compute.

All sizes differ here, so that one taken for another shows; where the constructor has them wrong, which its own item
pays for, embedding and state are equally wide. All comparisons are in eval mode unless they say otherwise.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments.labrnn.api import REAL, LabRNN
from autograder.errors import MalformedAnswer, StudentException
from autograder.judge.expect import NeedsPerson, NotJudged, expect
from autograder.judge.marks import item
from autograder.kit.comparing import close, expect_agree, expect_other
from autograder.kit.properties.answers import expect_same
from autograder.kit.properties.batches import expect_in_order, expect_rows_alone
from autograder.kit.properties.calls import expect_gradients_add_up, expect_untouched
from autograder.kit.properties.gradients import expect_gradients
from autograder.kit.properties.modes import expect_still, expect_varied
from autograder.kit.properties.time import expect_reaches
from autograder.kit.recogniser.classifier.alive import life_of
from autograder.kit.recogniser.classifier.anatomy import accepted_counts, has_dropout, head_names
from autograder.kit.recogniser.classifier.batches import Batch, Spec, batch_of, changed_at, swapped
from autograder.kit.recogniser.classifier.judged_sizes import (
    UNEQUAL,
    build,
    built_right,
    count,
    plain,
    trained_gradients,
)
from autograder.kit.recogniser.classifier.model import Model, as_logits, logits
from autograder.kit.recogniser.classifier.readings import MAXIMUM
from autograder.kit.recogniser.classifier.recognise import idle_names, recognised

FORWARD = ("lab1.e.forward", "lab1.g.forward")
few = settings(max_examples=3)
anyhow = st.lists(st.integers(1, 6), min_size=2, max_size=4)
lengths = anyhow.map(lambda sizes: sorted(sizes, reverse=True))  # only two checks ask for other orders
pads = st.sampled_from([0, 3])
seeds = st.integers(0, 2**16)


@item(*FORWARD, required=True)
def test_alive(lab: LabRNN, kind: str) -> None:
    """The logits come from a recurrence over the tokens: they depend on the tokens, on their order and on the recurrent weights."""
    life = life_of(lab, kind)
    if life.error is not None:
        raise life.error
    expect(not life.dead, life.dead)
    if not life.way:
        raise NeedsPerson(life.doubt)


@item(*FORWARD)
@few
@given(lengths, seeds)
def test_shape(lab: LabRNN, kind: str, sizes: Spec, lengths: list[int], seed: int) -> None:
    """forward(ids, length) returns one finite float32 tensor of shape [batch, output_dim], for any batch size and width."""
    rng, sizes = np.random.default_rng(seed), UNEQUAL if built_right(lab, kind) else sizes
    model, batch = build(lab, kind, sizes, rng), batch_of(rng, lengths, sizes)
    answer = model.object.call("()", *batch.arguments(), grad=True)  # as in training
    logits(answer, len(lengths), sizes.output_dim)


@item(*FORWARD, weight=3)
def test_no_memory(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """Nothing is kept between calls: the same batch gives the same logits again, and a backward pass over two calls works."""
    model = build(lab, kind, sizes, rng)
    batch, other = batch_of(rng, [5, 4, 3], sizes), batch_of(rng, [6, 3, 2], sizes)
    lab.context.stateful.add(kind)  # then every other check asks a new object each time
    first = model.forward(batch)
    model.object.call("()", *model.arguments(other))
    again = model.object.call("()", *model.arguments(batch))
    expect_agree(as_logits(again, 3, sizes.output_dim), first, "the same batch after another one", "logits")
    expect_gradients_add_up(model, batch, rng.normal(size=(3, sizes.output_dim)))
    lab.context.stateful.discard(kind)


@item(*FORWARD)
def test_batch_of_one(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """A batch of one review gives logits of shape [1, output_dim], also when it has only one token, and one of 100 of shape [100, output_dim]."""
    batches = [batch_of(rng, lengths, sizes) for lengths in ([5], [1], [2] * 100)]
    list(build(lab, kind, sizes, rng).forward_each(batches))


@item(*FORWARD, weight=2)
@few
@given(lengths, seeds, st.integers(1, 3), pads)
def test_padding(lab: LabRNN, kind: str, sizes: Spec, lengths: list[int], seed: int, layers: int, pad: int) -> None:
    """More padding on the right changes no logits: only the real tokens count."""
    rng, spec = np.random.default_rng(seed), replace(sizes, n_layers=layers, pad_index=pad)
    model, batch = build(lab, kind, spec, rng), batch_of(rng, lengths, spec)
    wanted, got = model.answers([batch, batch.padded(3, spec.pad_index)])
    expect_same(got, wanted, "with and without three more columns of padding", "logits")


@item(*FORWARD, weight=2)
@few
@given(lengths, seeds)
def test_row_alone(lab: LabRNN, kind: str, sizes: Spec, lengths: list[int], seed: int) -> None:
    """Each review alone gets the logits that it gets within a batch: rows do not mix, short ones next to long ones."""
    rng = np.random.default_rng(seed)
    model, batch = build(lab, kind, sizes, rng), batch_of(rng, lengths, sizes)
    together, *rows = model.answers([batch, *batch.single_rows()])
    expect_rows_alone(together, rows, lengths, "logits")


@item(*FORWARD)
@few
@given(anyhow, seeds, st.permutations(range(4)))
def test_any_order(lab: LabRNN, kind: str, sizes: Spec, lengths: list[int], seed: int, order: list[int]) -> None:
    """Reviews may come in any order, not only the longest first: another order of rows gives the logits in that order."""
    rng = np.random.default_rng(seed)
    lengths = sorted(lengths)
    model, batch = build(lab, kind, sizes, rng), batch_of(rng, lengths, sizes)
    order = [row for row in order if row < len(lengths)]
    wanted, got = model.answers([batch, batch.rows(order)])
    expect_in_order(got, wanted, order, "logits")


@item(*FORWARD)
def test_longest_first(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """Lengths in falling, rising or mixed order are all right, and so are equal ones."""
    model = build(lab, kind, sizes, rng)
    mixed, equal = batch_of(rng, [6, 4, 3, 1], sizes), batch_of(rng, [4, 4, 4, 4], sizes)
    orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]]
    batches = [*mixed.single_rows(), *equal.single_rows(), *(mixed.rows(order) for order in orders), equal]
    answers = model.forward_each(batches)
    single, level = (np.concatenate([next(answers) for _ in range(4)]) for _ in range(2))
    wanted = [(mixed.rows(order), single[order]) for order in orders] + [(equal, level)]
    for (batch, alone), together in zip(wanted, answers, strict=True):
        lengths = batch.length.astype(int).tolist()
        expect_agree(together, alone, f"a batch with lengths {lengths}, against each row alone", "logits")


@item(*FORWARD)
def test_eval_is_deterministic(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """In eval mode nothing is dropped: two calls give the same logits, whatever the dropout rate."""
    spec = replace(sizes, n_layers=2, dropout_rate=0.4)
    model, batch = lab.model_as_it_is(kind, spec), batch_of(rng, [5, 4, 2], spec)
    model.randomise(rng)
    expect_still(model, batch, "logits")
    model.object.call("()", *model.arguments(batch), grad=False)  # under torch.no_grad(), as the lab evaluates


@item(*FORWARD)
def test_dropout_in_training(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """In training mode with a dropout rate above 0, dropout is really applied: the logits vary from call to call."""
    spec = replace(sizes, dropout_rate=0.4)
    if not has_dropout(lab.same_model(kind, spec), 0.4, layers_only=True):  # the recurrent layer's acts between layers
        spec = replace(spec, n_layers=2)
    model, batch = build(lab, kind, spec, rng), batch_of(rng, [6, 6, 5, 4, 3, 2], spec)
    if not has_dropout(model, 0.4):
        pytest.skip("the constructor makes no dropout of this rate; its own item says so")
    model.train()
    expect_varied(model.answers([batch] * 6, seeds=range(6)), "in training mode with dropout_rate=0.4")


@item(*FORWARD, weight=2)
def test_every_token_counts(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """Every real token counts, the first and the last too: another token at any place changes that row's logits, and no other row's."""
    lengths, sizes = [5, 3, 1], roomy(lab, kind, sizes)
    model, batch = build(lab, kind, sizes, rng), batch_of(rng, lengths, sizes)
    places = ((0, 0), (0, 2), (0, 4), (1, 0), (1, 2), (2, 0))
    answers = model.answers([batch, *(changed_at(batch, *place, sizes) for place in places)])
    before = next(answers)
    for (row, position), after in zip(places, answers, strict=True):
        place = f"another token as token {position + 1} of {lengths[row]} in row {row}"
        expect_reaches(before, after, place, row, "logits")


def roomy(lab: LabRNN, kind: str, sizes: Spec) -> Spec:
    """With so wide a state that a maximum over positions shows every token."""
    return replace(sizes, hidden_dim=40) if life_of(lab, kind).way == MAXIMUM else sizes


@item(*FORWARD)
def test_order_counts(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """The order of the tokens counts: two neighbours exchanged give other logits."""
    sizes = roomy(lab, kind, sizes)
    model, batch = build(lab, kind, sizes, rng), batch_of(rng, [5, 4], sizes)
    before, *others = model.forward_each([batch, swapped(batch, 0, 0), swapped(batch, 0, 3)])
    for position, after in zip((0, 3), others, strict=True):
        expect_other(
            before[0], after[0], f"tokens {position + 1} and {position + 2} of 5 exchanged change nothing", "logits"
        )


@item(*FORWARD, weight=2)
def test_raw_logits(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """The logits are what the linear head gives: no softmax, sigmoid or other function after it."""
    model, batch = build(lab, kind, sizes, rng), batch_of(rng, [6, 5, 4, 3, 1], sizes)
    before = model.forward(batch).astype(np.float64)
    expect(not np.allclose(before.sum(axis=1), 1, atol=1e-4), "the rows sum to 1, as after softmax", got=before)
    expect(not np.allclose(np.exp(before).sum(axis=1), 1, atol=1e-4), "as after log_softmax", got=before)
    way = life_of(lab, kind).way
    expect(", after" not in way, "the logits are changed after the head", got=way, expected="the head's own values")
    names = head_names(model, idle_names(lab, kind, model) if not plain(model) else ())
    if names:
        state = model.state()
        if not state.keys() >= set(names):
            raise MalformedAnswer("the head's weights did not come back")
        model.load({name: -9 * state[name] for name in names})
        now = model.state()
        if not all(np.array_equal(now.get(name, ()), state[name]) for name in state if name not in names):
            pytest.skip("layers share weights with the head: the constructor's item says so")
        after = model.forward(batch)
        expect(
            np.allclose(after, -9 * before, rtol=1e-2, atol=1e-2),
            "with the head's weights times -9",
            got=after,
            expected=-9 * before,
        )


@item(*FORWARD)
def test_gradients(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """Gradients flow back to the embedding and to every recurrent weight and the head."""
    spec = replace(sizes, n_layers=2)
    model, batch = build(lab, kind, spec, rng), batch_of(rng, [5, 4, 3], spec)
    expect_gradients(trained_gradients(lab, kind, model, batch, rng))


@item(*FORWARD)
def test_inputs_untouched(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """ids and length are left as they were."""
    model, batch = build(lab, kind, sizes, rng), batch_of(rng, [5, 3, 2], sizes, width=7)
    answer = model.object.call("()", *model.arguments(batch), echo=True)
    expect_untouched(answer, {"ids": batch.ids, "length": batch.length})


@item(*FORWARD, visibility="hidden")
def test_realistic_sizes(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """The lab's own sizes work: embedding 1, hidden state 100, long reviews, padding included."""
    try:
        model = build(lab, kind, REAL, rng)
        batch = batch_of(rng, [60, 7], REAL)
        answers = model.forward_each([batch, batch.rows([1]).trimmed()])
        together = next(answers)
    except StudentException:
        if count(lab, kind, REAL) in accepted_counts(kind, REAL):
            raise
        smaller = build(lab, kind, sizes, rng)  # a head or layer of the wrong width is the constructor's mistake
        smaller.forward(batch_of(rng, [6, 3], sizes))
        return
    expect_agree(
        together[[1]], next(answers), "a review of 7 tokens next to one of 60, against the same review alone", "logits"
    )


@item(*FORWARD, visibility="hidden")
def test_long_reviews(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """Reviews of any length are read to their end: the last of 270 tokens counts."""
    model, batch = build(lab, kind, sizes, rng), batch_of(rng, [270, 2], sizes)
    before, after = model.forward_each([batch, changed_at(batch, 0, 269, sizes)])
    known = recognised(lab, kind, model) if life_of(lab, kind).way == MAXIMUM else None
    if known is not None:  # one of 270 tokens hardly ever holds the maximum
        expect_agree(before, known.readings_of(batch)[MAXIMUM], "the maximum over all of 270 tokens", "logits")
        return
    expect_other(before[0], after[0], "another token as the last of 270 changes nothing", "logits")


@item(*FORWARD, visibility="hidden")
def test_train_mode_kept(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """With dropout_rate 0, training mode and eval mode give the same logits."""
    for two_ways in {False, lab.context.edition.bidirectional}:
        spec = replace(sizes, n_layers=2, bidirectional=two_ways)
        model, batch = build(lab, kind, spec, rng), batch_of(rng, [5, 4, 3, 2], spec)
        wanted = model.forward(batch)
        model.train()
        got = list(model.forward_each([batch, batch], seeds=(0, 1)))
        if not close(got[0], got[1]):
            if not same_each_time(model, batch):
                raise NotJudged("the logits are random in eval mode too")
            pytest.skip("dropout that ignores dropout_rate: the constructor's item says so")
        expect_agree(got[0], wanted, f"training mode against eval mode, two layers, bidirectional={two_ways}", "logits")


def same_each_time(model: Model, batch: Batch) -> bool:
    """Whether eval mode gives the same logits under two seeds."""
    model.train(False)
    return close(*model.forward_each([batch, batch], seeds=(0, 1)))
