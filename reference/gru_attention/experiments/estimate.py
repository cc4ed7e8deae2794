"""How long runs will take, from a step of each that is measured here."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

from reference.gru_attention.experiments.corpus import count_sequences
from reference.gru_attention.experiments.runs import Plan
from reference.gru_attention.experiments.settings import Setting
from reference.gru_attention.experiments.training import build, evaluate, optimizer_of, train_epoch

REPEATED = 2  # measured steps, after one that is not; the quickest counts


@dataclass(frozen=True)
class Estimate:
    """Seconds of a step in training and in validation, and how many of them an epoch has."""

    setting: Setting
    parameters: int
    train_step: float
    valid_step: float
    train_steps: int
    valid_steps: int

    @property
    def epoch(self) -> float:
        """Seconds an epoch."""
        return self.train_step * self.train_steps + self.valid_step * self.valid_steps

    @property
    def steps(self) -> int:
        """Steps an epoch, validation's too."""
        return self.train_steps + self.valid_steps


def estimate(plan: Plan, number: int) -> Estimate:
    """Measure one step of an experiment on the first batch of its text; nothing is kept of it."""
    setting = plan.setting(number)
    torch.manual_seed(plan.seed)
    model = build(setting, len(plan.corpus.words)).to(plan.device)
    optimizer = optimizer_of(setting, model)
    train, valid = (plan.corpus.columns(part, setting.batch_size) for part in ("train", "valid"))
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
        count_sequences(valid, setting.seq_len),
    )
