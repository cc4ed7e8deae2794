"""What headings, file names and keys mean: which column is which, and which experiment something belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograder.assignments.gru_attention.exhibits.cells import number
from autograder.assignments.gru_attention.exhibits.glossary import in_english
from autograder.assignments.gru_attention.exhibits.grids import Grid

NUMBER = {"exp", "experiment", "expno", "expnumber", "experimentnumber", "expid", "experimentid", "no", "nr", "num",
          "number", "run", "runno", "runid", "setting", "settingno", "id", "exper", "expt", "#",
          "experimentno"}  # fmt: skip
EPOCH = {"epoch", "epochs", "ep", "epochnumber"}
STEP = {"step", "t", "timestep", "timesteps", "time", "position", "sequencestep"}
TEXT = {"text", "sample", "samples", "sentence", "generated", "generatedtext", "sequence", "tokens", "words", "output",
        "generatedsequence", "continuation"}  # fmt: skip
LENGTH = {"length", "len", "seqlen", "sequencelength", "generatedseqlen", "ntokens", "size"}
FIRST = {"firstword", "first", "seed", "start", "prompt", "input", "firsttoken", "given", "startword"}
_ARCHITECTURES = (("Transformer", "transf"), ("GRU", "gru"), ("RNN", "rnn"))
_OPTIMIZERS = (("Adam", "adam"), ("SGD", "sgd"))
_TITLE = re.compile(r"gru[_ -]{0,2}attention|gru[_ -]{0,2}language")  # of the assignment
_EXPERIMENT = re.compile(r"(?:experiment|exper|exp|run|setting)[\s_.#:=-]{0,3}0{0,3}(\d{1,3})(?!\d|\.\d)")
_SETTING = re.compile(
    r"(model|optimizer|optim|initial_lr|lr|batch_size|batch|hidden_size|hidden|num_layers|layers|dp_keep_prob)[=:]\s?([a-z0-9.+-]{1,20})"
)


def role(heading: str) -> str:
    """Which column it is: a word of those below, or "" for one that nothing here asks for."""
    low = in_english(heading[:80])
    bare = re.sub(r"[^a-z#]", "", low)
    if bare in NUMBER or bare.strip("#") in NUMBER:
        return "number"
    if re.search(r"\b(?:ln|log)\b|(?<![a-z])(?:ln|log)[_ ]", low):
        return ""
    for name, known in (("epoch", EPOCH), ("text", TEXT), ("length", LENGTH), ("first", FIRST)):
        if bare in known:
            return name
    if re.search(r"sec|time|elapsed|wall|duration", bare):
        if bare in STEP - {"time"}:
            return "step"
        return "elapsed" if re.search(r"cum|total|elapsed|wall|since", bare) else "seconds"
    if "epoch" in bare or "acc" in bare:
        return ""
    if "loss" in bare and not re.search(r"best|min", bare):
        return "train loss" if re.search("train|trn", bare) else "valid loss" if re.search("val|^dev", bare) else ""
    if re.search(r"best|min", bare) and not re.search(r"train|arch", bare):
        return "best" if re.search(r"val|dev|ppl|perpl|^best$", bare) and "loss" not in bare else ""
    if re.search(r"train|trn", bare):
        return "train"
    if re.search(r"val(?!ue)|^dev", bare):
        return "valid"
    if re.search(r"rescal|scaled|normali[sz]ed|^norm01", bare):
        return "rescaled"
    if re.search(r"norm|grad", bare):
        return "norm"
    if bare in STEP:
        return "step"
    for name, pattern in (
        ("architecture", "^ar(?:ch|q)|^model|^network|^key$"), ("optimizer", "^opt|^ottim"),
        ("rate", "^(?:initial)?(?:lr|learningrate|rate)"),
        ("batch", "batch"), ("hidden", "hidden"), ("layers", "layer"), ("keep", "keep|^dropout|^dp"),
    ):  # fmt: skip
        if re.search(pattern, bare):
            return name
    return ""


def roles(columns: Sequence[str]) -> dict[str, int]:
    """The place of each column that means something; of several that mean the same, the first."""
    found: dict[str, int] = {}
    for place, heading in enumerate(columns[:100]):
        if name := role(heading):
            found.setdefault(name, place)
    return found


def architecture(text: str) -> str:
    """`GRU` for anything that names it, and it alone; "" for nothing, and for several."""
    low = _TITLE.sub("", text.lower()[:300])
    named = [name for name, part in _ARCHITECTURES if part in low]
    return named[0] if len(named) == 1 else ""


def optimizer(text: str) -> str:
    """`Adam` for anything that names it; "" for nothing."""
    low = text.lower()[:300]
    return next((name for name, part in _OPTIMIZERS if part in low), "")


@dataclass(frozen=True)
class Setting:
    """What the assignment sets for an experiment; `rate`: of learning, `keep`: the probability to keep a value."""

    architecture: str
    optimizer: str
    rate: float
    batch: int
    hidden: int
    layers: int
    keep: float


SETTINGS: Mapping[int, Setting] = {
    1: Setting("RNN", "SGD", 1.0, 128, 512, 2, 0.8),
    2: Setting("RNN", "SGD", 1.0, 20, 512, 2, 0.8),
    3: Setting("RNN", "SGD", 10.0, 128, 512, 2, 0.8),
    4: Setting("RNN", "Adam", 1e-3, 128, 512, 2, 0.8),
    5: Setting("RNN", "Adam", 1e-4, 128, 512, 2, 0.8),
    6: Setting("GRU", "Adam", 1e-3, 128, 512, 2, 0.5),
    7: Setting("GRU", "SGD", 10.0, 128, 512, 2, 0.5),
    8: Setting("GRU", "Adam", 1e-3, 20, 512, 2, 0.5),
    9: Setting("GRU", "Adam", 1e-3, 128, 256, 2, 0.2),
    10: Setting("GRU", "Adam", 1e-3, 128, 2048, 2, 0.5),
    11: Setting("GRU", "Adam", 1e-3, 128, 512, 4, 0.5),
    12: Setting("Transformer", "Adam", 1e-4, 128, 512, 6, 0.9),
    13: Setting("Transformer", "Adam", 1e-4, 128, 512, 2, 0.9),
    14: Setting("Transformer", "Adam", 1e-4, 128, 2048, 2, 0.6),
    15: Setting("Transformer", "Adam", 1e-4, 128, 1024, 6, 0.9),
}
_KEYS = {"initial_lr": "rate", "lr": "rate", "batch_size": "batch", "hidden_size": "hidden", "num_layers": "layers",
         "dp_keep_prob": "keep", "optim": "optimizer", "model": "architecture"}  # fmt: skip


def by_settings(given: Mapping[str, str]) -> int | None:
    """The experiment whose settings these are, as far as they are given; None where that is none or several."""
    fitting = [
        one for one, setting in SETTINGS.items() if all(_fits(setting, name, text) for name, text in given.items())
    ]
    return fitting[0] if len(fitting) == 1 else None


def _fits(setting: Setting, name: str, text: str) -> bool:
    if name == "architecture":
        return not architecture(text) or architecture(text) == setting.architecture
    if name == "optimizer":
        return not optimizer(text) or optimizer(text) == setting.optimizer
    value, wanted = number(text), getattr(setting, name)
    return value is None or abs(value - wanted) <= 1e-6 * abs(wanted)


def experiment(place: str) -> int | None:
    """Which one a file's name, a key or a heading tells: by its number, else by all its settings."""
    low = in_english(place[:300])
    found = {int(match[1]) for match in _EXPERIMENT.finditer(low)} & SETTINGS.keys()
    if len(found) == 1:
        return found.pop()
    given = {_KEYS.get(name, name): value for name, value in _SETTING.findall(low)}
    if len(given) > 2 and (one := by_settings(given)) is not None:
        return one
    last = re.search(r"(?:^|[\s/_])(\d{1,2})(?:\.\w{1,5})?$", low)  # a key, or a file called 07.csv
    return int(last[1]) if last and int(last[1]) in SETTINGS else None


def row_experiment(grid: Grid, places: Mapping[str, int], row: Sequence[str]) -> int | None:
    """Which experiment a row is about: by its number, its settings, or the place where the grid stands."""
    told = cell(row, places, "number")
    if match := re.search(r"\d{1,3}", told[:30]):
        return int(match[0])
    names = ("architecture", "optimizer", "rate", "batch", "hidden", "layers", "keep")
    given = {name: value for name in names if (value := cell(row, places, name))}
    if "architecture" in given and (found := experiment(given["architecture"])) is not None:
        return found
    if len(given) > 2 and (one := by_settings(given)) is not None:
        return one
    return experiment(grid.place)


def cell(row: Sequence[str], places: Mapping[str, int], name: str) -> str:
    """A row's cell of this column, or ""."""
    place = places.get(name, len(row))
    return row[place].strip() if place < len(row) else ""
