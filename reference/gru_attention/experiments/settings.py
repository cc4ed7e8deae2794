"""The 15 settings of Problem 3, as published, and the sizes at which they can be run."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from autograder.errors import ConfigError

CLIP = 0.25  # the largest norm of a step's gradient, in all runs
SAVED = (1, 6)  # the parameters of these are needed for Problem 4


@dataclass(frozen=True)
class Setting:
    """One training; sizes are named as by the constructors. `hidden_size` is also the Transformer's width."""

    number: int
    problem: str
    architecture: str
    optimizer: str
    initial_lr: float
    batch_size: int
    hidden_size: int
    num_layers: int
    dp_keep_prob: float
    seq_len: int = 35
    num_epochs: int = 20
    emb_size: int = 200
    n_heads: int = 16

    @property
    def name(self) -> str:
        """`exp 6, GRU Adam 0.001`."""
        return f"exp {self.number}, {self.architecture} {self.optimizer} {self.initial_lr:g}"


@dataclass(frozen=True)
class Size:
    """How much smaller than published the runs are.

    Widths and batches are divided by `width` and `batch`. `adam` and `sgd` multiply the learning rates: a narrow model
    that takes few steps needs larger ones.
    words: of the made-up corpus, all parts together.
    """

    name: str
    width: int
    batch: int
    adam: float
    sgd: float
    num_epochs: int
    emb_size: int
    n_heads: int
    words: int

    def of(self, setting: Setting) -> Setting:
        """The setting at this size."""
        return replace(
            setting,
            initial_lr=setting.initial_lr * (self.adam if setting.optimizer == "Adam" else self.sgd),
            batch_size=max(1, setting.batch_size // self.batch),
            hidden_size=setting.hidden_size // self.width,
            num_epochs=self.num_epochs,
            emb_size=self.emb_size,
            n_heads=self.n_heads,
        )


FULL = Size("full", width=1, batch=1, adam=1, sgd=1, num_epochs=20, emb_size=200, n_heads=16, words=1_000_000)
TOY = Size("toy", width=16, batch=8, adam=10, sgd=2, num_epochs=30, emb_size=24, n_heads=4, words=12_000)
SIZES = {size.name: size for size in (TOY, FULL)}

SETTINGS = {
    setting.number: setting
    for setting in (
        Setting(1, "3.1", "RNN", "SGD", 1.0, 128, 512, 2, 0.8),
        Setting(2, "3.1", "RNN", "SGD", 1.0, 20, 512, 2, 0.8),
        Setting(3, "3.1", "RNN", "SGD", 10.0, 128, 512, 2, 0.8),
        Setting(4, "3.1", "RNN", "Adam", 1e-3, 128, 512, 2, 0.8),
        Setting(5, "3.1", "RNN", "Adam", 1e-4, 128, 512, 2, 0.8),
        Setting(6, "3.2", "GRU", "Adam", 1e-3, 128, 512, 2, 0.5),
        Setting(7, "3.2", "GRU", "SGD", 10.0, 128, 512, 2, 0.5),
        Setting(8, "3.2", "GRU", "Adam", 1e-3, 20, 512, 2, 0.5),
        Setting(9, "3.3", "GRU", "Adam", 1e-3, 128, 256, 2, 0.2),
        Setting(10, "3.3", "GRU", "Adam", 1e-3, 128, 2048, 2, 0.5),
        Setting(11, "3.3", "GRU", "Adam", 1e-3, 128, 512, 4, 0.5),
        Setting(12, "3.4", "Transformer", "Adam", 1e-4, 128, 512, 6, 0.9),
        Setting(13, "3.4", "Transformer", "Adam", 1e-4, 128, 512, 2, 0.9),
        Setting(14, "3.4", "Transformer", "Adam", 1e-4, 128, 2048, 2, 0.6),
        Setting(15, "3.4", "Transformer", "Adam", 1e-4, 128, 1024, 6, 0.9),
    )
}


def chosen(text: str) -> tuple[int, ...]:
    """Return the numbers of `1,6` or `all`, each once, in the order of the assignment.

    Raises:
        ConfigError: a part is no number of an experiment.
    """
    if text.strip() == "all":
        return tuple(SETTINGS)
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if not re.fullmatch(r"[0-9]{1,3}", part) or int(part) not in SETTINGS:
            named = part[:20] or "without a number"
            raise ConfigError(f"There is no experiment {named}: they are 1 to {max(SETTINGS)}, or all.")
    return tuple(sorted({int(part) for part in parts}))
