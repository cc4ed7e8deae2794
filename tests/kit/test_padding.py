"""Padding: how inputs with it are drawn and changed, and that a model that reads it is caught."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from autograder.judge.expect import Mismatch
from autograder.kit import properties as p
from autograder.kit.case import draw
from autograder.kit.declare import Declaration, Input, Module
from autograder.kit.lab import Context, Lab
from autograder.kit.types import Real
from autograder.records import Cell
from autograder.sandbox.inprocess import InProcess
from autograder.student.proxy import Student
from autograder.wire.limits import Limits

CLASSIFIER = Module(
    "Reader",
    {"vocab_size": 9, "width": 4, "pad_index": 3},
    (Input("ids", "batch time", "ids", below="vocab_size", pad="pad_index"), Input("lengths", "batch", "lengths")),
    (Real("batch width"),),
)
READER = """
import torch
from torch import nn

class Reader(nn.Module):
    def __init__(self, vocab_size, width, pad_index):
        super().__init__()
        self.table, self.rnn = nn.Embedding(vocab_size, width), nn.GRU(width, width, batch_first=True)

    def forward(self, ids, lengths):
        states, _ = self.rnn(self.table(ids))
        return states[{place}]
"""
LAST_REAL, LAST, MEAN = "torch.arange(len(ids)), lengths - 1", ":, -1", ":].mean(1, keepdim=True)[:, 0"


def lab_of(place: str) -> Lab:
    student = Student(InProcess(), (Cell(1, dedent(READER).replace("{place}", place)),), Limits())
    student.load()
    student.begin_check()
    return Lab(student, Context(Declaration(Path(), {"one": CLASSIFIER})))


def test_inputs_hold_padding_after_their_lengths_alone() -> None:
    case = draw(CLASSIFIER, np.random.default_rng(1), CLASSIFIER.all_sizes(batch=3, time=40))
    ids = case.inputs["ids"].data
    assert 3 not in ids and (np.diff(ids) != 0).all() and set(ids.ravel()) == set(range(9)) - {3}
    assert case.inputs["lengths"].data.tolist() == [40] * 3
    cut = case.cut([40, 2, 1])
    assert cut.inputs["lengths"].data.tolist() == [40, 2, 1]
    assert [(row != 3).sum() for row in cut.inputs["ids"].data] == [40, 2, 1]
    wide = cut.padded(2)
    assert wide.sizes["time"] == 42 and (wide.inputs["ids"].data[:, 40:] == 3).all()
    changed = case.changed("ids").inputs["ids"].data
    assert 3 not in changed and (changed != ids).all()


def test_what_reads_the_last_real_state_ignores_padding() -> None:
    p.ignores_padding.judge(lab_of(LAST_REAL), "Reader", np.random.default_rng(2))


@pytest.mark.parametrize("place", [LAST, MEAN])
def test_what_reads_padding_is_caught(place: str) -> None:
    with pytest.raises(Mismatch, match="padding"):
        p.ignores_padding.judge(lab_of(place), "Reader", np.random.default_rng(2))


@pytest.mark.parametrize("one", [p.alive, p.rows_apart, p.every_step_counts, p.order_counts, p.any_size])
def test_other_properties_ask_for_rows_without_padding(one: p.Property) -> None:
    one.judge(lab_of(LAST_REAL), "Reader", np.random.default_rng(2))
