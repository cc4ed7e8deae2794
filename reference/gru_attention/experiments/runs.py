"""Runs experiments one after the other, each from where it stands to its end."""

from __future__ import annotations

import fcntl
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import nn

from autograder.errors import ConfigError
from reference.gru_attention.experiments import states
from reference.gru_attention.experiments.corpus import PARTS, Corpus
from reference.gru_attention.experiments.settings import SAVED, SETTINGS, Setting, Size
from reference.gru_attention.experiments.states import Epoch, State
from reference.gru_attention.experiments.training import build, evaluate, optimizer_of, train_epoch


@dataclass(frozen=True, eq=False)
class Plan:
    """What is to be run: numbers of experiments, at a size, on a corpus, into a folder."""

    numbers: Sequence[int]
    size: Size
    corpus: Corpus
    out: Path
    device: torch.device
    seed: int = 1
    save_best: bool = False

    def setting(self, number: int) -> Setting:
        """The setting at the plan's size."""
        return self.size.of(SETTINGS[number])


def load_states(plan: Plan) -> dict[int, State]:
    """Return how far the experiments of the folder are, whether the plan names them or not, and fresh states of the
    plan's others.

    Raises:
        ConfigError: one of them can't be gone on from.
    """
    found = {}
    for number in SETTINGS:
        asked = number in plan.numbers
        wanted = states.identity(plan.setting(number), plan.corpus.digest, plan.seed, plan.device.type)
        state = states.load_state(states.state_path(plan.out, number), wanted, plan.save_best and asked)
        if state is not None:
            found[number] = state
        elif asked:
            found[number] = State(wanted, plan.save_best or number in SAVED)
    return found


@dataclass(frozen=True)
class Run:
    """An experiment that has begun: its setting and its epochs so far.

    vocab_size: perplexity of knowing nothing. test: that of the best epoch's model on the test text, nan where no epoch
    had a validation perplexity.
    """

    setting: Setting
    history: tuple[Epoch, ...]
    finished: bool
    vocab_size: int
    test: float = math.nan

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest validation perplexity, from 1; any number is lower than none."""
        return 1 + min(
            range(len(self.history)), key=lambda at: (math.isnan(self.history[at].valid), self.history[at].valid)
        )

    @property
    def best(self) -> float:
        return self.history[self.best_epoch - 1].valid

    @property
    def seconds(self) -> float:
        return sum(epoch.seconds for epoch in self.history)

    @property
    def diverged(self) -> bool:
        """It ended worse in validation than a model that knows nothing, or with what is no number."""
        return not self.history[-1].valid <= self.vocab_size


class Watcher(Protocol):
    """Is told how far everything is."""

    def begins(self, setting: Setting, epochs_left: int) -> None: ...

    def stepped(self) -> None: ...

    def epoch_done(self, setting: Setting, number: int, epoch: Epoch) -> None: ...


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Hold the folder, so that no second process writes there; the system lets go of it however this one ends.

    Raises:
        ConfigError: another process holds it, or it can't be written to.
    """
    try:
        (out / "states").mkdir(parents=True, exist_ok=True)
        lock = (out / "states" / "lock").open("w")
    except OSError as error:
        raise ConfigError(f"Nothing can be written to {out}: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(f"Another process is running experiments into {out}.") from None
        yield


def run_one(plan: Plan, number: int, state: State, watcher: Watcher) -> None:
    """Bring one experiment to its end, an epoch at a time; after each one its state is kept.

    Random numbers are seeded by the plan's seed and the number, so that the figures do not depend on what ran before.

    Raises:
        ConfigError: it does not fit into the device's memory.
    """
    if not state.epochs_left:
        return
    setting = plan.setting(number)
    watcher.begins(setting, state.epochs_left)
    torch.manual_seed(1000 * plan.seed + number)
    try:
        model = build(setting, len(plan.corpus.words)).to(plan.device)
        optimizer = optimizer_of(setting, model)
        if state.tensors is not None:
            model.load_state_dict(state.tensors["model"])
            optimizer.load_state_dict(state.tensors["optimizer"])
            states.set_random_numbers(state.tensors["random"], plan.device)
            state.tensors = None
        _epochs(plan, number, state, model, optimizer, watcher)
    except torch.OutOfMemoryError:
        raise ConfigError(
            f"{setting.name} does not fit into the memory of {plan.device}; leave it out by --exp."
        ) from None


def _epochs(
    plan: Plan, number: int, state: State, model: nn.Module, optimizer: torch.optim.Optimizer, watcher: Watcher
) -> None:
    setting = plan.setting(number)
    train, valid, test = (plan.corpus.columns(part, setting.batch_size).to(plan.device) for part in PARTS)
    while state.epochs_left:
        started = time.perf_counter()
        train_ppl = train_epoch(model, optimizer, train, setting, watcher.stepped)
        valid_ppl = math.nan if math.isnan(train_ppl) else evaluate(model, valid, setting, watcher.stepped)
        epoch = Epoch(train_ppl, valid_ppl, time.perf_counter() - started)
        if epoch.valid < state.best:  # so the test text has no say in which epoch is the best
            state.test = evaluate(model, test, setting)
        _keep(plan, number, state, epoch, model, optimizer)
        watcher.epoch_done(setting, len(state.history), epoch)


def _keep(
    plan: Plan, number: int, state: State, epoch: Epoch, model: nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    """Write what this epoch brought. Killed in between, the epoch is done again and comes to the same."""
    if state.keeps_best and epoch.valid < state.best:
        parameters = {name: value.cpu() for name, value in model.state_dict().items()}
        states.save_tensors(states.parameters_path(plan.out, number), parameters)
    state.history.append(epoch)
    tensors = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "random": states.random_numbers(plan.device),
    }
    states.save_state(states.state_path(plan.out, number), state, tensors if state.epochs_left else None)


def runs(plan: Plan, found: Mapping[int, State]) -> list[Run]:
    """All experiments that have an epoch, by number."""
    return [
        Run(plan.setting(number), tuple(state.history), not state.epochs_left, len(plan.corpus.words), state.test)
        for number, state in sorted(found.items())
        if state.history
    ]


def best_model(plan: Plan, number: int) -> nn.Module | None:
    """The model with the parameters of its best epoch, in eval mode; None where there are none.

    Raises:
        ConfigError: the file can't be read, or is of another model.
    """
    path = states.parameters_path(plan.out, number)
    if not path.exists():
        return None
    advice = (
        f"remove it and {states.state_path(plan.out, number).name} beside it in states/ to run this experiment anew"
    )
    model = build(plan.setting(number), len(plan.corpus.words))
    try:
        model.load_state_dict(states.load_tensors(path, advice))
    except (RuntimeError, TypeError, AttributeError):
        raise ConfigError(f"{path} is of another model; {advice}.") from None
    return model.to(plan.device).eval()
