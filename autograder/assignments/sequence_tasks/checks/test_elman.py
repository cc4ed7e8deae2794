"""s3: the Elman layer, by its own steps: what it makes of inputs and states, in whatever way it keeps its weights."""

from __future__ import annotations

import numpy as np

from autograder.assignments.sequence_tasks.checks.properties import exact_shapes, own_recurrence
from autograder.assignments.sequence_tasks.checks.test_classifiers import expect_one_lives
from autograder.assignments.sequence_tasks.classification import ELMAN
from autograder.assignments.sequence_tasks.living import alive, living
from autograder.judge.expect import Mismatch, expect
from autograder.judge.marks import item
from autograder.kit import properties as p
from autograder.kit import roles
from autograder.kit.case import Case, Named
from autograder.kit.comparing import NDArray, close, expect_agree
from autograder.kit.lab import Lab, Model
from autograder.kit.properties.gradients import expect_gradients
from autograder.kit.properties.record import prop
from autograder.kit.recogniser.fitted import PLAIN, SQUASHED, follows
from autograder.kit.suite import checks
from autograder.kit.types import parts_of
from autograder.wire.frames import Array

ROWS = 260  # one-step examples: several times as many as weights of one unit
Floats = NDArray


def one_step(model: Model, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """What goes in, [x ; h], and what comes out, y and the new state, of many single steps."""
    case = model.case(rng, batch=ROWS, time=1)
    outputs, state = model.answer(case)
    x, hidden = (case.inputs[name].data.astype(np.float64) for name in ("x", "hidden"))
    return np.concatenate([x[:, 0], hidden], axis=1), outputs.data[:, 0], state.data


@prop(
    "One step makes the new state f(W1 [x ; h] + b1) of the input and the old state, with ReLU, tanh or the logistic function for f.",
    weight=7,
)
def state_equation(lab: Lab, name: str, rng: np.random.Generator) -> None:
    sources, _, state = one_step(lab.model(name, rng), rng)
    if any(follows(state, sources, way) for way in SQUASHED):
        return
    raise Mismatch("the new state is no ReLU, tanh or logistic function of one linear map of input and old state")


@prop("Each output is a linear map of its own step's new state: y = W2 h + b2.", weight=3)
def output_equation(lab: Lab, name: str, rng: np.random.Generator) -> None:
    _, outputs, state = one_step(lab.model(name, rng), rng)
    if any(follows(outputs, state, way) for way in PLAIN):
        return
    raise Mismatch("the outputs are no linear map of the new state", "numbers that depend on something else")


@prop(
    "Without a given state it starts from zeros, as many as hsize, whatever insize is; a first state that is learnt is as good.",
    weight=3,
)
def starts_from_zeros(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    got = model.answer(case, without="hidden")
    wanted = model.answer(from_state(case, np.zeros(case.sizes["hsize"])))
    if all(close(one.data, two.data) for one, two in zip(got, wanted, strict=True)) or learnt(model, case, got):
        return
    for one, two, what in zip(got, wanted, ("outputs", "last state"), strict=True):
        expect_agree(one.data, two.data, f"the {what} without a state, against those with zeros")


def from_state(case: Case, state: NDArray) -> Case:
    """The case with one first state [hsize] for all rows."""
    return case.replaced(hidden=np.tile(state.astype(np.float32), (len(case.inputs["hidden"].data), 1)))


def learnt(model: Model, case: Case, got: tuple[Named, ...]) -> bool:
    """Whether these answers without a state are those from a parameter [hsize], which does nothing else."""
    values, given = model.state(), model.answer(case)
    for name, value in values.items():
        if value.size == case.sizes["hsize"]:
            wanted = model.answer(from_state(case, value.reshape(-1)))
            model.load({name: value + 1})
            apart = model.answer(case)
            model.load({name: value})
            pairs = [*zip(got, wanted, strict=True), *zip(given, apart, strict=True)]
            if all(close(one.data, two.data) for one, two in pairs):
                return True
    return False


@prop("Gradients reach every parameter.")
def gradients_reach_all(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng)
    direction: NDArray = np.asarray(rng.normal(size=model.shape_for(case)))
    reached = model.gradients(case, direction)
    if any(gradient is None or not gradient.any() for gradient in reached.values()):  # a first state that is learnt
        without = model.gradients(case, direction, without="hidden")
        reached = {one: g if g is not None and g.any() else without[one] for one, g in reached.items()}
    trained = [one for one, _, trains in model.parameters if trains]
    expect_gradients({one: reached[one] for one in trained})


@prop("The gradient of the last step's output goes back through all steps.", weight=5)
def gradient_through_time(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name)
    agreed: dict[str, bool] = {}
    for _ in range(2):  # where ReLU bends both ways differ by chance
        values = model.randomise(rng, 0.5)
        case = model.case(rng, batch=4, time=4)
        direction = np.zeros(model.shape_for(case))
        direction[:, -1] = rng.normal(size=direction[:, -1].shape)
        gradients = model.gradients(case, direction)
        for one, value in values.items():  # one by one, for those of the last linear map are right and large anyway
            gradient, way = gradients[one], rng.normal(size=value.shape)
            told = 0.0 if gradient is None else float((way * gradient).sum())
            sides = []
            for step in (1e-3, -1e-3):
                model.load({one: value + step * way})
                sides.append(float((model.answer(case)[0].data * direction).sum()))
            model.load({one: value})
            measured = (sides[0] - sides[1]) / 2e-3
            agreed[one] = agreed.get(one, False) or abs(told - measured) < 0.02 * abs(measured) + 0.02
    expect(all(agreed.values()), "the gradient is not that of the whole sequence", got="cut or changed between steps")


@prop("Over a long sequence, in four parts, the state handed on, outputs and state stay those of the whole.")
def long_sequences(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name)
    model.randomise(rng, 0.3)
    case = model.case(rng, batch=2, time=48)
    whole, last = model.answer(case)
    hidden, outputs = case.inputs["hidden"].data, []
    for start in range(0, 48, 12):
        part = case.take("time", range(start, start + 12)).replaced(hidden=hidden)
        some, state = model.answer(part)
        outputs.append(some.data)
        hidden = state.data.astype(np.float32)
    expect_agree(np.concatenate(outputs, axis=1), whole.data, "four parts of 12 steps against all 48")
    expect_agree(hidden, last.data, "the last state of four parts against that of all steps")


@prop("All three sizes are 300 by default.")
def default_sizes(lab: Lab, name: str, rng: np.random.Generator) -> None:
    lab.expect_there(name)
    built, _ = lab.student.build_model(name, [], {})
    answer = parts_of(built.call("()", Array("tensor", rng.normal(size=(2, 3, 300)).astype(np.float32)), grad=False))
    parts = answer if isinstance(answer, (tuple, list)) else (answer,)
    shapes = [[n for n in getattr(getattr(part, "data", None), "shape", ()) if n != 1] for part in parts]
    expect(
        shapes == [[2, 3, 300], [2, 300]], "other shapes with defaults", got=shapes, expected=[[2, 3, 300], [2, 300]]
    )


ROLE = roles.changed(
    roles.without(roles.RECURRENCE, "alive", "builds", "order_of_arguments", "any_size", "gradients_reach_all"),
    state_splits={"weight": 4},
)
LAYER = (
    *ROLE, gradients_reach_all, exact_shapes, state_equation, output_equation, starts_from_zeros, gradient_through_time,
    long_sequences(visibility="hidden"), default_sizes(visibility="hidden"),
)  # fmt: skip
globals().update(checks({"s3": (ELMAN, (p.builds(required=False), alive, *map(living, LAYER)))}, "elman"))
globals().update(checks({"s3": (ELMAN, (own_recurrence(required=True),))}, "elman"))


@item("s3", required=True, weight=0)
def test_one_lives(lab: Lab, rng: np.random.Generator) -> None:
    """Elman or ElmanClassifier gives answers that depend on what goes in, on the order of the steps and on its weights."""
    expect_one_lives(lab, "Elman", "ElmanClassifier")
