"""What the rubric's own table `[settings]` says here: the numbers that trainings of LabRNN are held to."""

from __future__ import annotations

import msgspec


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of the assignment's text; accuracies are shares, losses in nats."""

    rerun_tolerance: float  # how far a rerun may lie from a reported accuracy
    plateau_loss: tuple[float, float]  # a run whose every epoch lies in both ranges learned nothing
    plateau_accuracy: tuple[float, float]
    max_epochs: int
    max_trials: int  # of a search over configurations
    hint_layers: int  # hints of the text: going past them is a remark, never a deduction
    hint_hidden: int
    hint_embedding: int
