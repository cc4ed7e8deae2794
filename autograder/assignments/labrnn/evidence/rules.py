"""The rules of the assignment, held against the trainings of our run; and one breach for each mistake.

A mistake made in every training is one mistake: it is charged to the first part that it touches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autograder.assignments.labrnn.evidence.code_rules import WITHIN, code_breaches
from autograder.assignments.labrnn.evidence.sections import SectionMarks
from autograder.assignments.labrnn.evidence.settings import (
    OPTIMIZERS,
    SEEDS,
    WARMUP_STEPS,
    changed,
    optimizer,
    template,
)
from autograder.assignments.labrnn.thresholds import Thresholds
from autograder.evidence import Breach, Training
from autograder.kit.observer.constants import same
from autograder.kit.observer.events import Seen
from autograder.kit.observer.plausibility import trains
from autograder.kit.observer.quotes import quoted, quoted_all
from autograder.kit.observer.syntax import Piece, naming

STRICT = {"lab1.f": (), "lab1.h": (), "lab2.a": ("LR", "OPTIM"), "lab2.b": ("LR", "OPTIM")}  # fields that may change
_NEAR = 0.011  # shares of the base rate: the warm-up may be off by two of its 200 steps


def breaches(
    code: tuple[Piece, ...],
    marks: SectionMarks,
    observed: Sequence[Training],
    seen: Sequence[Seen | None],
    claimed: Sequence[Training],
    thresholds: Thresholds,
) -> tuple[Breach, ...]:
    """All breaches and hints; `seen[i]` is what the hook knows of `observed[i]`."""
    found = list(code_breaches(code, marks, {t.cell for t in observed}, thresholds))
    written = any(breach.rule == "warmup" for breach in found)  # where the code says it, it is charged already
    trained = [(t, s) for t, s in zip(observed, seen, strict=True) if s is None or s.trained]
    trainings = [t for t, _ in trained]
    found += _fields(trainings, marks.own, code)
    for training, hook in trained:
        found += _seed(training, code)
        found += _epochs(training, marks.own, thresholds, code)
        if hook is not None and training.section in STRICT:
            found += _optimizer(training, hook, code)
            if not written:
                found += _warmup(training, hook, code)
        found += _hints(training, thresholds, code)
    found += _trials(trainings, thresholds, code)
    found += _claims(claimed, observed, thresholds)
    return _once(found)


def _once(found: Sequence[Breach]) -> tuple[Breach, ...]:
    """Equal findings put together: all their places, charged to the first part."""
    kept: dict[tuple[str, str, bool], Breach] = {}
    for breach in found:
        key = (breach.rule, breach.what, breach.hint)
        first = kept.get(key)
        if first is None:
            kept[key] = replace(breach, sections=breach.sections[:1])
        elif breach.where not in first.where.split("; ") and len(first.where) < 200:
            kept[key] = replace(first, where=f"{first.where}; {breach.where}")
    return tuple(kept.values())


def _place(training: Training, code: tuple[Piece, ...] = (), *names: str) -> str:
    """Its cell, and the lines of the code that name what is found wrong."""
    lines = naming(code, training.cell, names) if names else ""
    return f"cell {training.cell}" + (f" ({lines})" if lines else "")


def _touched(training: Training) -> tuple[str, ...]:
    return (training.section,) if training.section else ("lab1.f",)


# ---- one rule each ---------------------------------------------------------------------------------------------------
def _fields(trainings: Sequence[Training], own: Mapping[str, Any], code: tuple[Piece, ...]) -> Iterator[Breach]:
    """Fields changed in Lab 1 and in Lab 2 a, b. A trial beside a training as asked for is a hint."""
    strict = [(t, _wrong_fields(t, own)) for t in trainings if t.section in STRICT]
    right = {(t.section, optimizer(t.settings)) for t, wrong in strict if t.complete and not wrong}
    for training, wrong in strict:
        if not wrong:
            continue
        same_optimizer = (optimizer(training.settings), "sgd" if "OPTIM" in wrong else "")
        beside = any((training.section, name) in right for name in same_optimizer)
        given = template()
        said = ", ".join(f"{name} {value!r:.40} (given: {given[name]!r})" for name, value in sorted(wrong.items()))
        allowed = (
            "only the learning rate and the optimizer may change" if STRICT[training.section] else "nothing may change"
        )
        why = f"In {_part(training.section)} {allowed}. {WITHIN}"
        if beside:
            why = "No deduction: the training as asked for was made too."
        what = f"A training was made with {said}."
        yield Breach("hyperparams", _place(training, code, *sorted(wrong)), what, why, _touched(training), hint=beside)


def _wrong_fields(training: Training, own: Mapping[str, Any]) -> dict[str, object]:
    """What may not change and did; a field that the notebook's HyperParams itself changes is charged there."""
    free = STRICT[training.section]
    return {
        name: value
        for name, value in changed(training.settings).items()
        if name not in free and not (name in own and same(own[name], value))
    }


def _part(section: str) -> str:
    lab, _, letter = section.partition(".")
    return f"Lab {lab[-1]} ({letter})"


def _seed(training: Training, code: tuple[Piece, ...]) -> Iterator[Breach]:
    seed = training.settings.get("SEED")
    if type(seed) is int and seed not in SEEDS:
        what = f"SEED is {seed}; the assignment's seed is 5."
        yield Breach(
            "seed",
            _place(training, code, "SEED", "seed", "manual_seed"),
            what,
            f"The seed may never change. {WITHIN}",
            _touched(training),
        )


def _epochs(
    training: Training, own: Mapping[str, Any], thresholds: Thresholds, code: tuple[Piece, ...]
) -> Iterator[Breach]:
    declared = training.settings.get("N_EPOCHS")
    made = len(training.epochs) or (declared if type(declared) is int else 0)
    if made > thresholds.max_epochs and not same(own.get("N_EPOCHS", 0), made):
        what = f"A model was trained for {made} epochs; at most {thresholds.max_epochs} are allowed."
        why = f"No model may be trained for more than {thresholds.max_epochs} epochs. {WITHIN}"
        yield Breach("epochs", _place(training, code, "N_EPOCHS", "epochs"), what, why, _touched(training))


def _trials(trainings: Sequence[Training], thresholds: Thresholds, code: tuple[Piece, ...]) -> Iterator[Breach]:
    """Configurations of Lab 2 (f); the same one trained twice counts once."""
    made = [t for t in trainings if t.section == "lab2.f"]
    different = {(t.kind, repr(sorted(t.settings.items()))) for t in made}
    if len(different) > thresholds.max_trials:
        what = f"{len(different)} configurations were trained; at most {thresholds.max_trials} are allowed."
        why = f"Lab 2 (f) allows at most {thresholds.max_trials} trials. {WITHIN}"
        yield Breach(
            "trials", _place(made[0], code, "for", "train_and_test_model_with_hparams"), what, why, ("lab2.f",)
        )


def _warmup(training: Training, seen: Seen, code: tuple[Piece, ...]) -> Iterator[Breach]:
    base = training.settings.get("LR")
    if not isinstance(base, int | float) or base <= 0:
        return
    for step, rate in sorted(seen.rates.items()):
        expected = min(step / WARMUP_STEPS, 1.0)
        if abs(rate / base - expected) > _NEAR:
            what = (
                f"Step {step} of a training used {rate / base:.1%} of its learning rate; with the given warm-up it is "
                f"{expected:.1%}."
            )
            why = f"The warm-up is given and does not change in Lab 1 and Lab 2 (a), (b). {WITHIN}"
            yield Breach(
                "warmup",
                _place(training, code, "ConstantWithWarmup", "num_warmup_steps", "scheduler"),
                what,
                why,
                _touched(training),
            )
            return


def _optimizer(training: Training, seen: Seen, code: tuple[Piece, ...]) -> Iterator[Breach]:
    """Momentum, eps and weight decay; of optimizers that the template does not know, nothing is said."""
    name = optimizer(training.settings)
    decay = training.settings.get("WD", template()["WD"])
    for key, expected in {**OPTIMIZERS.get(name, {}), "weight_decay": decay}.items():
        used = seen.optimizer.get(key)
        if name in OPTIMIZERS and used is not None and not same(used, expected):
            what = f"{name} ran with {key} {used!r:.40}; the template gives {expected!r:.40}."
            why = f"The optimizers' settings are given and do not change in Lab 1 and Lab 2 (a), (b). {WITHIN}"
            yield Breach("optimizer", _place(training, code, key), what, why, _touched(training))


def _hints(training: Training, thresholds: Thresholds, code: tuple[Piece, ...]) -> Iterator[Breach]:
    limits = {
        "layers": ("N_LAYERS", thresholds.hint_layers),
        "hidden": ("HIDDEN_DIM", thresholds.hint_hidden),
        "embedding": ("EMBEDDING_DIM", thresholds.hint_embedding),
    }
    for rule, (name, most) in limits.items():
        value = training.settings.get(name)
        if type(value) is int and value > most:
            what = f"{name} is {value}; the assignment hints at no more than {most}."
            yield Breach(
                rule, _place(training, code, name), what, "A hint only: no deduction.", _touched(training), hint=True
            )


def _claims(claimed: Sequence[Training], observed: Sequence[Training], thresholds: Thresholds) -> Iterator[Breach]:
    """Stored outputs may come from older code: what they show of broken rules is for a person."""
    known, why = {t.cell for t in observed}, "For a person to decide."
    told = [t for t in claimed if trains(t)]
    long = [t for t in told if t.cell not in known and len(t.epochs) > thresholds.max_epochs]
    for cell in dict.fromkeys(t.cell for t in long):
        some = [t for t in long if t.cell == cell]
        more = f" and {len(some) - 1} more of this cell" if len(some) > 1 else ""
        what = (
            f"The stored output shows {len(some[0].epochs)} epochs of one training{more}; at most "
            f"{thresholds.max_epochs} are allowed.{quoted(some[0])}"
        )
        yield Breach("epochs", _place(some[0]), what, why, _touched(some[0]), hint=True)
    trials = [t for t in told if t.section == "lab2.f"]
    if len(trials) > thresholds.max_trials:
        what = (
            f"The stored outputs show {len(trials)} trainings for Lab 2 (f); allowed are {thresholds.max_trials}."
            f"{quoted_all(trials)}"
        )
        cells = "; ".join(f"cell {cell}" for cell in dict.fromkeys(t.cell for t in trials))
        yield Breach("trials", cells, what, why, ("lab2.f",), hint=True)
