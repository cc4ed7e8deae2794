"""What a run goes on from after any end: files that are there whole or not at all."""

from __future__ import annotations

import math
import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from autograder.errors import ConfigError
from reference.gru_attention.experiments.settings import Setting

Tensors = dict[str, Any]


@dataclass(frozen=True)
class Epoch:
    """Perplexities, nan where they were no number, and wall-clock seconds of this epoch alone."""

    train: float
    valid: float
    seconds: float


@dataclass
class State:
    """A run so far.

    identity: all that its figures depend on. keeps_best: the best epoch's parameters are kept. history: its epochs.
    test: perplexity on the test text after the best epoch, nan before there is one.
    tensors: parameters, optimizer and random numbers after them, as they lay in the file; None before the first epoch
    and after the last.
    """

    identity: dict[str, Any]
    keeps_best: bool
    history: list[Epoch] = field(default_factory=list)
    test: float = math.nan
    tensors: Tensors | None = None

    @property
    def best(self) -> float:
        """The lowest validation perplexity, inf before the first epoch."""
        return min((epoch.valid for epoch in self.history if not math.isnan(epoch.valid)), default=math.inf)

    @property
    def epochs_left(self) -> int:
        """0 also after a loss that was no number, since nothing can come after it."""
        if self.history and math.isnan(self.history[-1].train):
            return 0
        left: int = self.identity["num_epochs"] - len(self.history)
        return left


def identity(setting: Setting, digest: str, seed: int, device: str) -> dict[str, Any]:
    """Return all that the figures of a run depend on."""
    return asdict(setting) | {"corpus": digest, "seed": seed, "device": device}


def state_path(out: Path, number: int) -> Path:
    """Return where the state of an experiment lies."""
    return out / "states" / f"exp{number}.pt"


def parameters_path(out: Path, number: int) -> Path:
    """Return where the parameters of an experiment's best epoch lie."""
    return out / "parameters" / f"exp{number}.pt"


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have a neighbour of the file written, and put it in the file's place: whoever looks finds the old or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    neighbour = path.with_name(f".{path.name}.new")
    write(neighbour)
    with neighbour.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(neighbour, path)


def write_text(path: Path, text: str) -> None:
    """Write a text, whole or not at all."""
    write_whole(path, lambda place: place.write_text(text, encoding="utf-8", newline=""))


def save_tensors(path: Path, tensors: Tensors) -> None:
    """Write a file of torch's, whole or not at all. Raises OSError where it can't be written."""

    def write(place: Path) -> None:
        with place.open("wb") as file:  # given a path torch raises errors of its own when the disk is full
            torch.save(tensors, file)

    write_whole(path, write)


def save_state(path: Path, state: State, tensors: Tensors | None) -> None:
    """Write the state with these tensors, whole or not at all."""
    history = [[epoch.train, epoch.valid, epoch.seconds] for epoch in state.history]
    told = {"identity": state.identity, "keeps_best": state.keeps_best, "history": history, "test": state.test}
    save_tensors(path, told | {"tensors": tensors})


def load_state(path: Path, wanted: Mapping[str, Any], save_best: bool) -> State | None:
    """Return the state, None where there is none yet.

    wanted: the identity that it must have.

    Raises:
        ConfigError: the file can't be read, is of another run, or did not keep what `save_best` asks for.
    """
    if not path.exists():
        return None
    plain = load_tensors(path, "remove it to begin this experiment anew")
    try:
        history = [Epoch(*map(float, epoch)) for epoch in plain["history"]]
        test = float(plain["test"])
        state = State(dict(plain["identity"]), bool(plain["keeps_best"]), history, test, plain["tensors"])
    except (KeyError, TypeError, ValueError):
        raise ConfigError(f"{path} is no state of these experiments; remove it to begin this one anew.") from None
    for name, value in wanted.items():
        if state.identity.get(name) != value:
            raise ConfigError(
                f"{path} is of another run: its {name} is {state.identity.get(name)}, not {value}. "
                "Take another folder with --out, or remove that file."
            )
    if save_best and not state.keeps_best:
        raise ConfigError(f"{path} is of a run without --save-best; remove it to begin this experiment anew.")
    return state


def load_tensors(path: Path, advice: str) -> Tensors:
    """Read a file of torch's, on the CPU and without running anything in it.

    Raises:
        ConfigError: it is damaged or can't be read; the sentence ends with the advice.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from None
    except (RuntimeError, EOFError, LookupError, TypeError, ValueError, pickle.UnpicklingError):
        raise ConfigError(f"{path} is damaged; {advice}.") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{path} holds something else than it should; {advice}.")
    return found


def random_numbers(device: torch.device) -> dict[str, torch.Tensor]:
    """Return where the random numbers are that dropout is drawn from."""
    found = {"cpu": torch.get_rng_state()}
    return found | {"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else found


def set_random_numbers(found: Mapping[str, torch.Tensor], device: torch.device) -> None:
    """Go on with random numbers from there."""
    torch.set_rng_state(found["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(found["cuda"], device)
