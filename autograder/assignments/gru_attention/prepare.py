"""Finds out what a hand-in of gru_attention is before its checks run. It gets no overrides, its choices are told."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.assignment import Prepared
from autograder.assignments.gru_attention.api import Lab
from autograder.assignments.gru_attention.context import ARGUMENTS, GRADED, Context
from autograder.assignments.gru_attention.thresholds import Thresholds
from autograder.assignments.gru_attention.values import everything, first_of, floats, tokens
from autograder.errors import StudentError, StudentException
from autograder.judge.expect import Mismatch
from autograder.judge.reach import Code, parameters, read
from autograder.kit.comparing import close
from autograder.kit.lab import SCALE
from autograder.kit.names import absent, out_of_reach, own_order, there
from autograder.kit.recogniser.language_model.find import find_roles
from autograder.kit.recogniser.language_model.sizes import Sizes, random_hidden
from autograder.kit.recogniser.unknown import Unknown
from autograder.records import Submission
from autograder.student.proxy import Override, Student
from autograder.wire.frames import Array

SETTINGS = Thresholds


def prepare(student: Student, submission: Submission) -> Prepared:
    """Note which classes are there and how they are built.

    Raises:
        SandboxError: no student process could be started.
    """
    student.begin_check()
    inventory, code = student.inventory(), read(submission.cells)
    missing = out_of_reach(student, submission, inventory, GRADED.values())
    context = Context(missing, code=code, order=orders(code), submission=submission)
    lab, remarks = Lab(student, context), list(absent(inventory, GRADED.values(), missing))
    if there(inventory, "GRU"):
        remarks += gru_remarks(lab)
    if there(inventory, "MultiHeadedAttention"):
        remarks += attention_remarks(lab)
    student.begin_check()
    return Prepared(context, {}, tuple(remarks))


def orders(code: Code) -> dict[tuple[str, str], tuple[int, ...]]:
    """Where a method has the assignment's parameters under their names, but in another order: the places to hand."""
    found = {}
    for (name, method), wanted in ARGUMENTS.items():
        own = own_order(parameters(code, name, method), wanted)
        if own is not None:
            found[name, method] = tuple(wanted.index(parameter) for parameter in own)
    return found


def unknown() -> Context:
    """What checks are handed before anything is known."""
    return Context()


def substitutes(item: str) -> tuple[Override, ...]:
    """No item of this assignment is judged on top of another."""
    return ()


def gru_remarks(lab: Lab) -> Iterator[str]:
    """Which of the accepted forms of the equations it is, and whether it writes into the hidden state it is given."""
    if takes_a_list(lab):
        lab.context.hidden_list = True
        yield "GRU takes its hidden state as a list of layers; it was handed that."
    try:
        found = find_roles(lab, 2)
        written = overwrites(lab)
    except (StudentError, Mismatch):
        return
    if isinstance(found, Unknown):
        yield f"The GRU's weights can't be told apart by what they do ({found.reason})."
    else:
        z = "h' = z h + (1 - z) ĥ" if found.form.keeps else "h' = (1 - z) h + z ĥ"
        r = "after the product, r (U h)" if found.form.after else "before the product, U (r h)"
        yield f"The GRU is {z}, with the reset gate {r}; all forms are accepted."
    if written:
        yield "GRU.forward writes into the hidden state that it is given; that costs nothing by itself."


def takes_a_list(lab: Lab) -> bool:
    """Whether init_hidden gives a list of layers and forward works with that, but not with one tensor."""
    sizes = Sizes()
    try:
        model = lab.gru(sizes)
        own = model.object.call("init_hidden")
        if not isinstance(own, (list, tuple)) or len(own) != sizes.num_layers:
            return False
        hidden = random_hidden(np.random.default_rng(2), sizes)
        inputs = tokens(np.zeros((sizes.seq_len, sizes.batch_size)))
        try:
            model.called("()", [inputs, floats(hidden)])
            return False
        except StudentException:
            model.called("()", [inputs, [floats(layer) for layer in hidden]])
            return True
    except (StudentError, Mismatch):
        return False


def overwrites(lab: Lab) -> bool:
    sizes = Sizes()
    model, before = lab.gru(sizes), random_hidden(np.random.default_rng(1), sizes)
    answer = model.raw(np.zeros((sizes.seq_len, sizes.batch_size)), before, echo=True)
    after = answer.get("args") if type(answer) is dict else None
    if type(after) is not list or len(after) != 2 or not isinstance(after[1], Array):
        return False
    return not np.array_equal(after[1].data, before)


def attention_remarks(lab: Lab) -> Iterator[str]:
    """Which masks it takes: the checks use the first kind that works, and look at the others one by one."""
    rows = np.ones((3, 4, 6), np.float32)
    for kind in ("bool", "uint8", "float32"):
        lab.student.begin_check()
        try:
            answer = lab.attention(2, 6).raw(rows, rows, rows, Array("tensor", everything(rows, rows).astype(kind)))
        except (StudentError, Mismatch):
            continue
        if isinstance(first_of(answer), Array):
            lab.context.mask_kind, lab.context.several = kind, isinstance(answer, (tuple, list))
            if kind != "bool":
                yield f"MultiHeadedAttention does not take bool masks; it was judged with {kind} masks."
            if hides_what_is_allowed(lab):
                lab.context.hides = True
                yield "MultiHeadedAttention hides what its mask allows; the rest was judged with masks of zeros."
            return


def hides_what_is_allowed(lab: Lab) -> bool:
    """Whether, of two keys that a mask allows and two that it does not, the latter alone count."""
    rng, mask = np.random.default_rng(3), np.zeros((3, 4, 4), bool)
    mask[:, :, :2] = True
    query, key, value = (rng.normal(size=(3, 4, 6)).astype(np.float32) for _ in range(3))
    allowed, hidden = value.copy(), value.copy()
    allowed[:, :2] += 5
    hidden[:, 2:] += 5
    try:
        model = lab.attention(2, 6)
        model.load_vector(rng.normal(0, SCALE, model.scalars).astype(np.float32))
        before, one, two = (model.forward(query, key, v, mask, seed=0) for v in (value, allowed, hidden))
    except (StudentError, Mismatch):
        return False
    return close(before, one) and not close(before, two)
