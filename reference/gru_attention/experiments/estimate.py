"""How long runs will take, from a step of each that is measured here."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

from reference.gru_attention.experiments.corpus import PARTS, count_sequences
from reference.gru_attention.experiments.runs import Plan
from reference.gru_attention.experiments.settings import Setting
from reference.gru_attention.experiments.training import build, evaluate, optimizer_of, train_epoch

REPEATED = 2  # measured steps, after one that is not; the quickest counts


@dataclass(frozen=True)
class Estimate:
    """Seconds of a step in training and in validation, and how many of them an epoch has.

    test_steps: those of an epoch that is the best so far; each may be.
    """

    setting: Setting
    parameters: int
    train_step: float
    valid_step: float
    train_steps: int
    valid_steps: int
    test_steps: int

    @property
    def epoch(self) -> float:
        """Seconds an epoch, one that is the best so far."""
        return self.train_step * self.train_steps + self.valid_step * (self.valid_steps + self.test_steps)

    @property
    def steps(self) -> int:
        """Steps an epoch that are told as they are made: validation's too, those on the test text not."""
        return self.train_steps + self.valid_steps


def estimate(plan: Plan, number: int) -> Estimate:
    """Measure one step of an experiment on the first batch of its text; nothing is kept of it."""
    setting = plan.setting(number)
    torch.manual_seed(plan.seed)
    model = build(setting, len(plan.corpus.words)).to(plan.device)
    optimizer = optimizer_of(setting, model)
    train, *rest = (plan.corpus.columns(part, setting.batch_size) for part in PARTS)
    batch = train[: setting.seq_len + 1].to(plan.device)
    training, validation = [], []
    for _ in range(1 + REPEATED):
        started = time.perf_counter()
        train_epoch(model, optimizer, batch, setting)
        between = time.perf_counter()  # both ask for the loss as a number, which waits for the device
        evaluate(model, batch, setting)
        training.append(between - started)
        validation.append(time.perf_counter() - between)
    return Estimate(
        setting,
        sum(parameter.numel() for parameter in model.parameters()),
        min(training[1:]),
        min(validation[1:]),
        count_sequences(train, setting.seq_len),
        *(count_sequences(columns, setting.seq_len) for columns in rest),
    )
