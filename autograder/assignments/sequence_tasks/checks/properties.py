"""Properties of the classifiers' common pattern, beside those that the kit knows of any module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.assignments.sequence_tasks.classification import PAD
from autograder.assignments.sequence_tasks.living import alive, fault, living
from autograder.errors import StudentError
from autograder.judge.expect import Mismatch, NeedsPerson, expect
from autograder.kit import properties as p
from autograder.kit import roles
from autograder.kit.case import Case
from autograder.kit.comparing import NDArray, close, expect_agree, expect_close, expect_moved
from autograder.kit.lab import Lab, Model
from autograder.kit.own_work import RECURRENT, RECURRENT_TEXT, expect_own, used
from autograder.kit.properties.batches import SHAPES
from autograder.kit.properties.building import declared
from autograder.kit.properties.modes import CALLS, RATE
from autograder.kit.properties.record import prop
from autograder.kit.recogniser.pooled import readings
from autograder.kit.types import Real, parts_of
from autograder.student.proxy import Object
from autograder.wire.frames import Array

OWN_LAYERS = {"ElmanClassifier": "Elman"}
KINDS = {"RNNClassifier": "RNN", "LSTMClassifier": "LSTM"}
FORGETFUL = 0.3  # standard deviation of weights with which every kind of core forgets in a few dozen steps
VOCABULARY = 40
BEFORE, LONG = 3, 60  # steps


@prop(
    "The largest value over time counts: more of the same token at the end changes nothing, and what stood before it still counts.",
    weight=3,
)
def maximum_over_time(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name)
    model.randomise(rng, FORGETFUL)
    rows = 8
    tail = model.case(rng, batch=1, time=1).inputs["ids"].data[0, 0]
    first = model.case(rng, batch=rows, time=BEFORE)
    ids = first.inputs["ids"].data
    others = model.case(rng, batch=rows, time=BEFORE).inputs["ids"].data
    last = ids.copy()
    last[:, -1] = others[:, -1]
    cases = []
    for begin, steps in ((ids, LONG), (ids, 2 * LONG), (others, LONG), (last, LONG)):
        whole = np.concatenate([begin, np.full((rows, steps), tail)], axis=1)
        cases.append(model.case(rng, batch=rows, time=BEFORE + steps).replaced(ids=whole))
    one, two, other, late = (answer[0].data for answer in model.answers(cases))
    what = f"{LONG} more steps of the token that the sequence ends with"
    expect_agree(two, one, f"{what} change the logits, as in a mean or a sum over time", "logits")
    expect_moved(
        one, other, f"what stands before {LONG} steps of one token does not count, as where only the last step is read"
    )
    expect_moved(
        one, late, f"the token before {LONG} steps of one token does not count, as where only the first step is read"
    )


@prop(
    "The logits are those of the pattern for the model's own weights: core, ReLU, maximum over time, one linear layer from hidden to num_classes.",
    weight=6,
)
def follows_pattern(lab: Lab, name: str, rng: np.random.Generator) -> None:
    read = True
    for steps in (1, 1, 4):
        model = lab.model(name, rng)
        case = model.case(rng, batch=6, time=steps)
        got = model.answer(case)[0].data
        found: list[NDArray] = []
        for _, logits in readings(lab, model, case.inputs["ids"].data, OWN_LAYERS.get(name, "")):
            found.append(logits)
            if close(got, logits):
                break
        read = read and bool(found)
        if found and not close(got, found[-1]):
            nearest = min(found, key=lambda logits: float(np.abs(logits - got).max()))
            expect_close(
                got, nearest, f"the pattern gives other logits for these weights, with sequences of {steps} tokens"
            )
    if not read:
        if name == "ElmanClassifier":
            ready_made = any(m.is_a("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell") for m in model.submodules())
            expect(not ready_made and not broken(lab, "Elman"), "the core is no Elman layer that works")
        raise NeedsPerson(f"the layers of {name} can't be told apart: does it follow the pattern?")


def broken(lab: Lab, name: str) -> bool:
    """Whether a class is missing, fails or does nothing of what it is for."""
    try:
        return bool(fault(lab, name))
    except (StudentError, Mismatch):
        if lab.student.fatal is not None:
            raise
        return True


@prop("forward returns float tensors of exactly the shapes asked for, for any number of rows and steps.", weight=2)
def exact_shapes(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    expect_exact(lab, name, model, [model.case(rng, batch=rows, time=steps) for rows, steps in SHAPES])


def expect_exact(lab: Lab, name: str, model: Model, cases: Sequence[Case]) -> None:
    """Fail where an output has an axis of size 1 more or less than was asked for."""
    args = [tuple(model.arguments(case)) for case in cases]
    for case, answer in zip(cases, model.object.call_each(args, grad=True), strict=True):  # as in training
        model.read(answer, case)
        whole = parts_of(answer)
        parts = whole if isinstance(whole, (tuple, list)) else [whole]
        for kind, part in zip(declared(lab, name).outputs, parts, strict=False):
            Real(kind.axes).read(part, case.sizes, "forward's output")


@prop("The last layer takes as many features as the core gives: three sizes that all differ work together.", weight=2)
def sizes_apart(lab: Lab, name: str, rng: np.random.Generator) -> None:
    module = declared(lab, name)
    own = {size: value for size, value in module.sizes.items() if size in lab.context.changes.get(name, {})}
    model = lab.model(name, **own)
    model.answer(model.case(rng))


@prop("With num_classes=1 there is one logit for each sequence: [b, 1].")
def one_class(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng, num_classes=1)
    expect_exact(lab, name, model, [model.case(rng, batch=rows) for rows in (1, 4)])


@prop("Only vocab_size is required: emb and hidden are 300 by default, num_classes is 2.")
def defaults(lab: Lab, name: str, rng: np.random.Generator) -> None:
    built, parameters = with_defaults(lab, name)
    answer = built.call("()", Array("tensor", rng.integers(PAD + 1, VOCABULARY, (3, 4))), grad=False)
    shape = list(getattr(getattr(answer, "data", None), "shape", ()))
    expect(shape == [3, 2], "the logits of a model with defaults have another shape", got=shape, expected=[3, 2])
    tables = [sorted(shape) for _, shape, _ in parameters if len(shape) == 2]
    expect([VOCABULARY, 300] in tables, "the embedding is not 300 wide by default", got=tables, expected="[40, 300]")
    heads = [widths for widths in tables if widths[0] == 2]
    good = any(widths[1] % 300 == 0 for widths in heads)
    expect(good, "the last layer does not take 300 features by default", got=heads, expected="[2, 300]")


def with_defaults(lab: Lab, name: str) -> tuple[Object, Any]:
    """A module in eval mode, built from nothing but a vocabulary's size, once in a process, and its parameters."""
    lab.expect_there(name)
    key = ("defaults", name, lab.student, lab.student.generation, *lab.student.overrides)
    if key not in lab.context.known:
        lab.context.known[key] = lab.student.build_model(name, [VOCABULARY], {})
    found: tuple[Object, Any] = lab.context.known[key]
    found[0].tell("set_mode", training=False)
    return found


@prop("The recurrence is of the kind that the class is named after.", weight=4)
def kind_of_recurrence(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    case = model.case(rng, batch=4, time=5)
    got = model.answer(case)[0].data
    found = [
        kind
        for kind, logits in readings(lab, model, case.inputs["ids"].data, OWN_LAYERS.get(name, ""))
        if close(got, logits)
    ]
    if not found:
        found = [
            kind for kind in ("LSTM", "GRU", "RNN") if any(m.is_a(kind, f"{kind}Cell") for m in model.submodules())
        ]
    if not found:
        raise NeedsPerson(f"{name} has none of torch's recurrent layers: of which kind is its recurrence?")
    wanted = KINDS[name]
    shown = ", ".join(dict.fromkeys(found))
    expect(all(kind.startswith(wanted) for kind in found), "the core is of another kind", got=shown, expected=wanted)


@prop("Dropout acts between the embedding and the last layer, not on the logits.")
def dropout_inside(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng, dropout=RATE)
    case = model.case(rng, batch=6)
    still = model.answer(case)[0].data
    model.train()
    answers = [answer[0].data for answer in model.answers([case] * CALLS, seeds=range(CALLS))]
    dropped = [(np.abs(a) < 1e-6) | np.isclose(a, still / (1 - RATE), rtol=1e-3, atol=1e-5) for a in answers]
    expect(
        not np.all(dropped), "logits themselves are dropped", got=answers[0], expected="dropout before the last layer"
    )


@prop("By default dropout acts in training mode.")
def dropout_by_default(lab: Lab, name: str, rng: np.random.Generator) -> None:
    built, _ = with_defaults(lab, name)
    built.tell("set_mode", training=True)
    ids = (Array("tensor", rng.integers(PAD + 1, VOCABULARY, (4, 4))),)
    values = [np.asarray(getattr(answer, "data", 0.0)) for answer in built.call_each([ids] * 4, seeds=range(4))]
    same = all(values[0].shape == value.shape and np.allclose(values[0], value, atol=1e-7) for value in values[1:])
    expect(not same, "four calls in training mode give the same logits", expected="dropout of 0.3")


@prop("The layer is written by hand: forward uses no recurrent layer or cell of torch.")
def own_recurrence(lab: Lab, name: str, rng: np.random.Generator) -> None:
    model = lab.model(name, rng)
    args = model.arguments(model.case(rng))
    found = [function for function in used(model, *args) if function in RECURRENT]
    code, wanted = lab.context.code, "linear layers and elementwise functions"  # type: ignore[attr-defined]
    expect_own(code, name, ("forward",), RECURRENT_TEXT, found, wanted, others=KINDS)


PADDING = p.ignores_padding(
    weight=0,
    sentence="More padding changes no logits. Where padded steps take part in the maximum, as in the plain pattern, they may; that costs nothing.",
)
PATTERN = tuple(
    living(one)
    for one in (
        *roles.without(roles.LAYER, "alive", "builds", "order_of_arguments", "any_size"),
        exact_shapes,
        maximum_over_time,
        follows_pattern,
        sizes_apart,
        one_class(visibility="hidden"),
        defaults(visibility="hidden"),
    )
)
CLASSIFIER = (p.builds(required=False), alive, *PATTERN, PADDING)
DROPOUT = tuple(
    living(one)
    for one in (
        kind_of_recurrence,
        p.dropout_applied(weight=2),
        dropout_inside,
        dropout_by_default(visibility="hidden"),
    )
)
