"""Rules that the submission's text can be held to. A helper that was rewritten, perhaps as well, is only a hint."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from autograder.assignments.labrnn.evidence.sections import SectionMarks
from autograder.assignments.labrnn.evidence.settings import PARTS, SEEDS, WARMUP_STEPS, changed, template
from autograder.assignments.labrnn.reference import given_source
from autograder.assignments.labrnn.thresholds import Thresholds
from autograder.evidence import Breach
from autograder.kit.observer.constants import assigned, constant, constants
from autograder.kit.observer.syntax import Piece, definitions, normal_form, parse

CHARGED = ("lab1.f",)  # a changed template is one mistake: it is charged where trainings begin
FREE = ("lab2.c", "lab2.d", "lab2.e", "lab2.f", "lab2.g")  # where everything but the seed may change
HELPERS = ("collate", "init_weights", "count_parameters", "get_accuracy", "train", "evaluate", "ConstantWithWarmup")
OTHER_STARTS = ("uniform_", "normal_", "trunc_normal_", "xavier_uniform_", "kaiming_uniform_", "kaiming_normal_",
                "ones_", "eye_", "dirac_", "sparse_")  # fmt: skip
LOOKED_FOR = ("HyperParams", "SEED", "N_EPOCHS", *HELPERS)  # a cell without any of these breaks no rule
WITHIN = "It costs the part of the item that is for keeping the rules."


def code_breaches(
    code: tuple[Piece, ...], marks: SectionMarks, ran: Collection[int], thresholds: Thresholds
) -> Iterator[Breach]:
    """`ran`: cells whose trainings are known from our run, which tells more than their text."""
    yield from _hyperparams(code, marks)
    yield from _assignments(code, marks, ran, thresholds)
    yield from _warmup(code, marks)
    yield from _initialisation(code, marks)
    yield from _helpers(code)


def class_settings(code: tuple[Piece, ...], marks: SectionMarks) -> dict[str, object]:
    """The fields in which the notebook's own HyperParams differs from the given one."""
    found: dict[str, object] = {}
    for _, node in _own_hyperparams(code, marks):
        found |= changed(constants(node))
    return found


def _own_hyperparams(code: tuple[Piece, ...], marks: SectionMarks) -> Iterator[tuple[Piece, ast.AST]]:
    """The definitions that Lab 1 uses. What others in Lab 2 change, the trainings tell."""
    for piece, node in definitions(code, "HyperParams"):
        if not marks.parts.get(piece.cell, "").startswith("lab2"):
            yield piece, node


def _hyperparams(code: tuple[Piece, ...], marks: SectionMarks) -> Iterator[Breach]:
    for piece, node in _own_hyperparams(code, marks):
        for name, value, line in assigned(node):
            if changed({name: value}):
                what = f"HyperParams.{name} is {value!r:.60}; the assignment gives {template()[name]!r}."
                why = f"HyperParams may not change in Lab 1. {WITHIN}"
                yield Breach("hyperparams", piece.where(line), what, why, CHARGED)
            if name == "SEED" and value not in SEEDS:
                what = f"HyperParams.SEED is {value!r:.60}; the assignment's seed is 5."
                yield Breach("seed", piece.where(line), what, f"The seed may never change. {WITHIN}", CHARGED)


def _assignments(
    code: tuple[Piece, ...], marks: SectionMarks, ran: Collection[int], thresholds: Thresholds
) -> Iterator[Breach]:
    """`h.SEED = 1` and `h.N_EPOCHS = 9` outside of HyperParams, in cells whose trainings our run did not show."""
    why = "No deduction for the text alone: what counts is what a training uses."
    for piece in code:
        if piece.cell in ran:
            continue
        inside = {n for d in piece.tree.body if isinstance(d, ast.ClassDef) for n in ast.walk(d)}
        section = marks.parts.get(piece.cell, "")
        touched = (section,) if section in PARTS else CHARGED
        for name, value, line in assigned(piece.tree, of_objects=True):
            if line in inside:
                continue
            if name == "SEED" and value not in SEEDS:
                what = f"SEED is set to {value!r:.60}; the assignment's seed is 5."
                yield Breach("seed", piece.where(line), what, why, touched, hint=True)
            if name == "N_EPOCHS" and isinstance(value, int) and value > thresholds.max_epochs:
                what = f"N_EPOCHS is set to {value}; at most {thresholds.max_epochs} epochs are allowed."
                yield Breach("epochs", piece.where(line), what, why, touched, hint=True)


def _warmup(code: tuple[Piece, ...], marks: SectionMarks) -> Iterator[Breach]:
    """Another length of the warm-up, said in so many words."""
    for piece in code:
        if marks.parts.get(piece.cell, "") in FREE:
            continue
        for node in ast.walk(piece.tree):
            if not isinstance(node, ast.Call) or _name(node.func) != "ConstantWithWarmup":
                continue
            named = [key.value for key in node.keywords if key.arg == "num_warmup_steps"]
            steps = constant(named[0] if named else node.args[1] if len(node.args) > 1 else None)
            if isinstance(steps, int) and steps != WARMUP_STEPS:
                what = f"The learning rate warms up for {steps} steps; the assignment gives {WARMUP_STEPS}."
                why = f"The warm-up is given and does not change in Lab 1 and Lab 2 (a), (b). {WITHIN}"
                yield Breach("warmup", piece.where(node), what, why, CHARGED)


def _name(function: ast.expr) -> str:
    return (
        function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""
    )


def _initialisation(code: tuple[Piece, ...], marks: SectionMarks) -> Iterator[Breach]:
    """Weights drawn in another way than the given one, by the name of the function that draws them."""
    for piece, node in definitions(code, "init_weights"):
        calls = [n for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
        other = sorted(
            {c.func.attr for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in OTHER_STARTS}
        )
        if other and marks.parts.get(piece.cell, "") not in FREE:
            what = f"init_weights draws with {', '.join(other)}; the given one with xavier_normal_ and orthogonal_."
            why = f"The initialisation is given and does not change in Lab 1 and Lab 2 (a), (b). {WITHIN}"
            yield Breach("init_weights", piece.where(node), what, why, CHARGED)


def _helpers(code: tuple[Piece, ...]) -> Iterator[Breach]:
    """Given helpers that were rewritten, in a notebook made from our template: some of the others are as given."""
    own = {name: found for name in HELPERS if (found := list(definitions(code, name)))}
    forms = {name: {normal_form(node) for _, node in found} for name, found in own.items()}
    other = [name for name, texts in forms.items() if _given_form(name) not in texts]
    if other and 2 * len(other) < len(own):
        where = "; ".join(f"{name} in {own[name][0][0].where(own[name][0][1])}" for name in other)
        what = f"Rewritten, though given: {where}."
        yield Breach(
            "template", where, what, "No deduction: a person may look whether they still do the same.", hint=True
        )


def _given_form(name: str) -> str:
    tree = parse(given_source(name))
    node = next(n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)) if tree is not None else None
    return normal_form(node) if node is not None else ""
