"""How the data functions are called when a notebook gives their parameters in another order than the assignment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

PARAMETERS = {
    "build_vocab": ("x_train", "min_freq", "hparams"),
    "tokenize": ("vocab", "example"),
    "IMDB": ("x", "y", "vocab", "max_length"),
}
BY_POSITION = {"build_vocab": 1, "tokenize": 2, "IMDB": 3}  # what the course's own calls pass so


def reordered(name: str, own: Sequence[str]) -> bool:
    """Whether a parameter that the assignment passes by position stands somewhere else among the notebook's `own`."""
    asked = PARAMETERS[name][: BY_POSITION[name]]
    return any(parameter in own and own.index(parameter) != place for place, parameter in enumerate(asked))


def keywords(name: str, own: Sequence[str]) -> dict[str, str]:
    """The notebook's name of each of the assignment's positional parameters; those that it renamed in its order."""
    asked = PARAMETERS[name][: BY_POSITION[name]]
    renamed = [p for p in own if p not in PARAMETERS[name] and not p.startswith("*")]
    names = {parameter: parameter for parameter in asked if parameter in own}
    return names | dict(zip((p for p in asked if p not in names), renamed, strict=False))


def renamed_options(name: str, own: Sequence[str]) -> dict[str, str]:
    """The notebook's name of each optional parameter of the assignment that stands in its place under another name."""
    if any(p.startswith("**") for p in own):
        return {}
    pairs = zip(PARAMETERS[name], own, strict=False)
    others = {asked: p for asked, p in pairs if p not in PARAMETERS[name] and not p.startswith("*")}
    return {asked: p for asked, p in others.items() if asked not in own}


def arguments(name: str, own: Sequence[str], given: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Positional and keyword arguments that reach the right parameters; `given` in the assignment's names."""
    asked = PARAMETERS[name][: BY_POSITION[name]]
    if not reordered(name, own):
        names = renamed_options(name, own)
        return [given[p] for p in asked], {names.get(k, k): v for k, v in given.items() if k not in asked}
    names = keywords(name, own)
    return [], {names.get(k, k): v for k, v in given.items()}
