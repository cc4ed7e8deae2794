"""lab1.e.forward and lab1.g.forward: what the head reads of the recurrence. test_model_forward.py has the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments.labrnn.api import LabRNN
from autograder.judge.expect import NotJudged, expect
from autograder.judge.marks import item
from autograder.kit.comparing import close
from autograder.kit.properties.batches import expect_rows_alone
from autograder.kit.recogniser.classifier.alive import life_of
from autograder.kit.recogniser.classifier.batches import Spec, batch_of, changed_at
from autograder.kit.recogniser.classifier.judged_sizes import build, trained_gradients
from autograder.kit.recogniser.classifier.readings import LAST, POOLED
from autograder.kit.recogniser.classifier.recognise import recognised

FORWARD = ("lab1.e.forward", "lab1.g.forward")
few = settings(max_examples=3)
lengths = st.lists(st.integers(1, 6), min_size=2, max_size=4).map(lambda sizes: sorted(sizes, reverse=True))
seeds = st.integers(0, 2**16)


@item(*FORWARD, weight=4)
@few
@given(lengths, seeds, st.integers(1, 3))
def test_last_state(lab: LabRNN, kind: str, sizes: Spec, lengths: list[int], seed: int, layers: int) -> None:
    """The logits are the head applied to the top recurrent layer's outputs: its state after the last real token, or a mean, maximum or sum over the real tokens alone."""
    rng, spec = np.random.default_rng(seed), replace(sizes, n_layers=layers)
    model, batch = build(lab, kind, spec, rng), batch_of(rng, sorted([*lengths, 4], reverse=True), spec)
    known = recognised(lab, kind, model)
    if known is None:
        on_properties(lab, kind, spec, rng)
        return
    got, ways = model.forward(batch), known.readings_of(batch)
    expect(not known.gap, known.gap)
    other = next((name for name, logits in ways.items() if close(got, logits)), "")
    if other in POOLED:
        return  # a choice; a remark says so
    if LAST not in ways:
        raise NotJudged("the head is of another width than the recurrent layer's state")
    way = life_of(lab, kind).way
    if other:
        hint = f"the logits are those of {other}"
    elif way in POOLED:
        hint = f"they are those of {way} only as long as there is no padding"
    elif way == LAST:
        hint = f"a plain {kind} with the same weights gives others"
    else:
        hint = f"the logits are those of {way}" if way else f"a plain {kind} with the same weights gives others"
    expect(other == LAST or close(got, ways[LAST]), hint, got=got, expected=ways[LAST])


def on_properties(lab: LabRNN, kind: str, spec: Spec, rng: np.random.Generator) -> None:
    """For layers that the judge can't run itself: several of a cell of its own, or a larger head."""
    life = life_of(lab, kind)
    if life.way not in (LAST, *POOLED):
        message = life.dead or f"the logits are those of {life.way}" if life.dead or life.way else "it can't be called"
        expect(bool(not life.dead and not life.way and life.error is None), message)
        raise NotJudged("the logits are neither those of an LSTM nor of a GRU")
    if life.way == LAST and spec.n_layers > 1:
        forgets(lab, kind, spec, rng)


@item(*FORWARD, weight=0)
def test_reads_last_state(lab: LabRNN, kind: str) -> None:
    """The head reads the state after the last token; a mean, maximum or sum over the real tokens is a choice that costs nothing."""
    way = life_of(lab, kind).way
    expect(way not in POOLED, f"the head reads {way}", got=way, expected=LAST)


def forgets(lab: LabRNN, kind: str, spec: Spec, rng: np.random.Generator) -> None:
    """With small weights every step halves what the state holds, so that after 30 tokens only the last ones count.

    A mean, sum or maximum over all positions would remember the first token as well as the last.
    """
    model, batch = lab.model(kind, spec), batch_of(rng, [30], spec)
    model.randomise(rng, 0.2)
    before, *others = model.forward_each([batch, *(changed_at(batch, 0, place, spec) for place in (0, 29))])
    first, last = (np.abs(other - before).max() for other in others)
    message = (
        "the logits follow the first of 30 tokens as much as the last: they are not made from the last state alone"
    )
    expect(
        bool(first < 0.02 * last),
        message,
        got=f"{first / max(last, 1e-12):.0%} of the last token's influence",
        expected="0 %",
    )


@item(*FORWARD)
def test_runs_both_ways(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """With bidirectional=True the model runs with one layer and with two, and the rows of a batch do not mix."""
    if not lab.context.edition.bidirectional:
        pytest.skip("not in this edition")
    for layers in (1, 2):
        spec = replace(sizes, n_layers=layers, bidirectional=True)
        model, batch = build(lab, kind, spec, rng), batch_of(rng, [5, 4, 3], spec)
        together, *rows = model.answers([batch, *batch.single_rows()])
        expect_rows_alone(together, rows, what="logits")


@item(*FORWARD, weight=0)
def test_both_directions(lab: LabRNN, kind: str, sizes: Spec, rng: np.random.Generator) -> None:
    """With bidirectional=True both directions of the top layer have read the whole review: all recurrent weights train. Lab 2 (g) rests on that; here it costs nothing."""
    if not lab.context.edition.bidirectional:
        pytest.skip("not in this edition")
    for layers in (1, 2):
        spec = replace(sizes, n_layers=layers, bidirectional=True)
        model, batch = build(lab, kind, spec, rng), batch_of(rng, [5, 4, 3], spec)
        gradients = trained_gradients(lab, kind, model, batch, rng)
        idle = [n for n, g in gradients.items() if g is None or (g.ndim > 1 and not g.any())]
        message = (
            "no gradient reaches these: a direction is idle, is read after one token, or the computation is cut off"
        )
        expect(not idle, message, got=idle)
