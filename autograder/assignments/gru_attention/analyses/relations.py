"""How the 15 runs relate to each other, as published; a rerun may differ, since chance has a part in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

UNTRAINED = 10_000.0  # perplexity of guessing among the vocabulary's words
Runs = dict[int, tuple[float, float, float]]  # experiment -> train, valid, best


@dataclass(frozen=True)
class Relation:
    """What the runs of these experiments should show; `sentence` says that they don't.

    best: it compares a run's best epoch with its last one, so that a table without both can't show it.
    """

    experiments: tuple[int, ...]
    holds: Callable[[Runs], bool]
    sentence: str
    best: bool = False


def overfits(number: int, what: str) -> Relation:
    return Relation(
        (number,),
        lambda runs: runs[number][2] < runs[number][1] and runs[number][0] < runs[number][1],
        f"Experiment {number} ({what}) should overfit: its last epoch should be worse in validation than its best one, "
        "and than in training.",
        best=True,
    )


def smaller_batch_helps(small: int, large: int, what: str) -> Relation:
    return Relation(
        (small, large),
        lambda runs: runs[small][2] < runs[large][2],
        f"The smaller batch should help the {what}: experiment {small} should be better than experiment {large}.",
    )


RELATIONS = (
    Relation(
        (3,),
        lambda runs: runs[3][1] > UNTRAINED,
        "Experiment 3 (RNN, SGD with rate 10) should diverge, to a perplexity above the untrained model's 10,000.",
    ),
    Relation(
        (7,),
        lambda runs: runs[7][1] < UNTRAINED,
        "Experiment 7 (GRU, SGD with rate 10) should not diverge as the RNN does in experiment 3.",
    ),
    overfits(4, "RNN, Adam with rate 0.001"),
    overfits(10, "the widest GRU"),
    overfits(14, "the wider Transformer"),
    overfits(15, "the wider and deeper Transformer"),
    smaller_batch_helps(2, 1, "RNN"),
    smaller_batch_helps(8, 6, "GRU"),
    Relation(
        (9,),
        lambda runs: runs[9][0] > runs[9][1],
        "Experiment 9 drops four fifths of all values in training, so it should be worse there than in validation.",
    ),
)
