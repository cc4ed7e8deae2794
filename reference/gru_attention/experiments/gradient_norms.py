"""Problem 4.1: how strongly the last step's loss depends on the state after each step, for the two saved models."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import nn

from autograder.assignments.gru_attention.analyses.gradients import final_loss_gradients
from autograder.assignments.gru_attention.analyses.norms import norms, rescaled
from reference.gru_attention.experiments import figures
from reference.gru_attention.experiments.corpus import sequences
from reference.gru_attention.experiments.products import csv_text
from reference.gru_attention.experiments.runs import Plan
from reference.gru_attention.experiments.states import write_text

HEADING = ("exp", "architecture", "step", "norm", "rescaled")


def gradient_norms(plan: Plan, number: int, model: nn.Module) -> np.ndarray:
    """Norms, float64 [seq_len], of the top state's gradients averaged over the first batch of training text."""
    setting = plan.setting(number)
    columns = plan.corpus.columns("train", setting.batch_size).to(plan.device)
    inputs, targets = next(sequences(columns, setting.seq_len))
    return norms(final_loss_gradients(model, inputs, targets, model.init_hidden()))


def write_gradient_norms(plan: Plan, models: Mapping[int, nn.Module]) -> None:
    """`gradient_norms.csv` and its figure, both models in one plot. A model whose norms are not finite has no curve."""
    rows, shown = [], {}
    for number, model in models.items():
        setting, values = plan.setting(number), gradient_norms(plan, number, model)
        if not np.isfinite(values).all():
            continue
        shown[setting.name] = rescaled(values).tolist()
        pairs = zip(values.tolist(), shown[setting.name], strict=True)
        rows += [(number, setting.architecture, step, *pair) for step, pair in enumerate(pairs, 1)]
    write_text(plan.out / "gradient_norms.csv", csv_text(HEADING, rows))
    figures.write_norms(plan.out, shown)
