"""Trainings of the submission's own: what they return, and what can be done to it."""

from __future__ import annotations

from textwrap import dedent

import numpy as np
import pytest

from autograder.assignments.charlm.prepare import UTILS
from autograder.errors import MissingName, StudentError
from autograder.evidence import ClassVerdict
from autograder.kit.characters import ALPHABET
from autograder.kit.inside import own_training
from autograder.kit.supplies import supply
from autograder.kit.training.own import Trained, asked, law, made, trained_by
from autograder.kit.training.own_verdict import Figure, OwnTask, Trials
from autograder.metrics import Metric
from autograder.records import Cell
from autograder.sandbox.inprocess import InProcess
from autograder.student.proxy import Student
from autograder.wire.limits import Limits

HAND_IN = """
from collections import Counter, namedtuple
import numpy as np
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.calls = nn.Linear(1, 1), 0

    def value(self, x):
        self.calls += 1
        return float(self.linear(torch.tensor([float(x)]))) + (self.calls if self.training else 0)

    def get_next_char_log_probs(self, context):
        return [0.0] * 27

    def remembers(self):
        self.calls += 1
        return self.calls

class Tally:
    def __init__(self):
        self.net, self.seen, self.order = Net(), Counter(), []

    def saw(self, x):
        self.seen[x] += 1
        self.order.append(x)
        return [self.seen[x], len(self.order)]

def train_tally(numbers, args):
    return Tally()

Pair = namedtuple("Pair", "get_next_char_log_probs remembers")

def train_pair(numbers, args):
    net = Net()
    return Pair(net.get_next_char_log_probs, net.remembers)

class Slotted:
    __slots__ = ("calls",)
    made = []

    def __init__(self):
        self.calls = [0]
        Slotted.made.append(self)

    def remembers(self):
        self.calls[0] += 1
        return self.calls[0]

    def firsts(self):
        return [float(one.get_next_char_log_probs("ab")[0]) for one in Slotted.made]

    def get_next_char_log_probs(self, context):
        return [0.0] * 27

def train_slotted(numbers, args):
    Slotted()
    return Slotted()

class InNumpy:
    def __init__(self, net):
        self.net = net
        self.kept = {"w": net.weight.detach().double().numpy().T.copy(), "b": net.bias.detach().clone()}
        self.kept["zeros"] = np.zeros(2)

    def value(self, x):
        assert not self.kept["zeros"].any()
        return float(x @ self.kept["w"][:, 0] + self.kept["b"][0])

def train_numpy(numbers, args):
    torch.manual_seed(5)
    net = nn.Linear(3, 2)
    net.register_parameter("unused", nn.Parameter(torch.zeros(2)))
    return InNumpy(net)

class Static:
    count = [0]

    @staticmethod
    def remembers():
        Static.count[0] += 1
        return Static.count[0]

    @staticmethod
    def get_next_char_log_probs(context):
        return [0.0] * 27

def train_class(numbers, args):
    return Static

def train_module(numbers, args):
    import types
    made = types.ModuleType("made")
    made.count = [0]
    def remembers():
        made.count[0] += 1
        return made.count[0]
    made.remembers, made.get_next_char_log_probs = remembers, lambda context: [0.0] * 27
    return made

class Holder:
    def __init__(self, net):
        self.parts = {"net": [net]}

    def value(self, x):
        return self.parts["net"][0].value(x)

def train(numbers, args):
    numbers.append(args.extra)
    torch.manual_seed(5)
    return Net()

def train_held(numbers, args):
    return Holder(train(numbers, args).eval())

def train_badly(numbers, args):
    raise RuntimeError("no luck")

def train_nothing(numbers, args):
    return None
"""


@pytest.fixture
def student() -> Student:
    loaded = Student(InProcess(), [Cell(1, dedent(HAND_IN))], Limits())
    loaded.load()
    loaded.begin_check()
    return loaded


def trained(student: Student, function: str = "train") -> Trained:
    args = made(student, "namespace", "args", fields={"extra": 7})
    return trained_by(student, function, [[1, 2], args], seconds=30, seed=1, echo=True)


def test_an_object_and_its_arguments_come_back(student: Student) -> None:
    found = trained(student)
    assert found.kind == "Net" and found.left[0] == [1, 2, 7] and found.seconds >= 0
    assert student.calls[-1].target == "train"


@pytest.mark.parametrize(
    ("function", "kind", "says"),
    [
        ("train_badly", StudentError, "no luck"),
        ("train_nothing", StudentError, "None instead of the trained object"),
        ("absent", MissingName, "does not define `absent`"),
    ],
)
def test_what_fails_says_so(student: Student, function: str, kind: type[StudentError], says: str) -> None:
    with pytest.raises(kind, match=says):
        trained(student, function)
    assert student.limits == Limits()


@pytest.mark.parametrize("function", ["train", "train_held"])
def test_parameters_are_overwritten_and_brought_back(student: Student, function: str) -> None:
    found = trained(student, function)

    def values() -> list[float]:
        with found.isolated("value"):
            return asked(found, "value", [(1,), (2,)])

    before = values()
    assert found.disturb(3) == 2
    assert not np.allclose(values(), before)
    found.restore()
    assert values() == before


def test_isolated_methods_find_the_object_as_it_was(student: Student) -> None:
    found = trained(student)
    assert asked(found, "remembers", [(), ()]) == [1, 2]
    with found.isolated("remembers"):
        assert asked(found, "remembers", [(), ()]) == [3, 3]
        assert found.object.get("training") is False
    assert asked(found, "remembers", [(), ()]) == [3, 4] and found.object.get("training") is True


def test_isolated_counts_do_not_add_up(student: Student) -> None:
    found = trained(student, "train_tally")
    assert asked(found, "saw", [("a",), ("a",)]) == [[1, 1], [2, 2]]
    with found.isolated("saw"):
        assert asked(found, "saw", [("a",), ("b",), ("a",)]) == [[3, 3], [1, 3], [3, 3]]
    assert asked(found, "saw", [("b",)]) == [[1, 3]]


@pytest.mark.parametrize("function", ["train_pair", "train_slotted"])
def test_what_has_no_attributes_of_its_own_is_isolated_and_lent_to_as_well(student: Student, function: str) -> None:
    found = trained(student, function)
    assert asked(found, "remembers", [()]) == [1]
    with found.isolated("remembers"):
        assert asked(found, "remembers", [(), ()]) == [2, 2]
    assert asked(found, "remembers", [()]) == [2]
    with found.lent(ALPHABET):
        [vector] = asked(found, "get_next_char_log_probs", [("ab",)])
        assert np.allclose(vector.data, law("ab", 27))
    assert asked(found, "get_next_char_log_probs", [("ab",)]) == [[0.0] * 27]


def test_copies_of_parameters_are_disturbed_and_restored_with_them(student: Student) -> None:
    found = trained(student, "train_numpy")
    asked_for = [([1.0, 2.0, 3.0],)]
    first = asked(found, "value", asked_for)
    assert found.disturb(1) == 3
    second = asked(found, "value", asked_for)
    assert found.disturb(2) == 3
    third = asked(found, "value", asked_for)
    found.restore()
    assert asked(found, "value", asked_for) == first and len({*first, *second, *third}) == 3


@pytest.mark.parametrize("function", ["train_class", "train_module"])
def test_classes_and_modules_are_asked_and_lent_to_like_objects(student: Student, function: str) -> None:
    found = trained(student, function)
    with found.isolated("remembers"):
        assert len(asked(found, "remembers", [(), ()])) == 2
    with found.lent(ALPHABET):
        [vector] = asked(found, "get_next_char_log_probs", [("ab",)])
        assert np.allclose(vector.data, law("ab", 27))
    assert asked(found, "get_next_char_log_probs", [("ab",)]) == [[0.0] * 27]


def test_others_of_its_class_keep_their_methods(student: Student) -> None:
    found = trained(student, "train_slotted")
    with found.lent(ALPHABET):
        assert asked(found, "firsts", [()]) == [[0.0, float(law("ab", 27)[0])]]


def test_a_law_is_lent_and_taken_back(student: Student) -> None:
    found = trained(student)
    with found.lent(ALPHABET):
        [vector] = asked(found, "get_next_char_log_probs", [("ab",)])
        assert np.allclose(vector.data, law("ab", 27))
    assert asked(found, "get_next_char_log_probs", [("ab",)]) == [[0.0] * 27]
    assert np.array_equal(own_training.law("xyz", 27), law("xyz", 27))
    assert np.exp(law("xyz", 27)).sum() == pytest.approx(1) and not np.allclose(law("a", 27), law("b", 27))


def test_given_modules_are_supplied() -> None:
    cells = [Cell(1, "from utils import *\nimport utils\n"), Cell(2, "def new():\n    return utils.Indexer()\n")]
    student = Student(InProcess(), cells, Limits())
    student.load()
    assert supply(student, "utils", UTILS) and not supply(student, "utils", UTILS)
    student.begin_check()
    made(student, "indexer", "vocab_index", symbols=list(ALPHABET))
    student.call("new", keep=True)


# ---- verdicts --------------------------------------------------------------------------------------------------------
def verdict(student: Student, figures: list[float], direction: str = "higher", **options: str) -> ClassVerdict:
    """Of trainings that reach these figures, one after the other; what has no parameters keeps none of them."""
    left = iter(figures)
    task = OwnTask(
        "Net", "train", Metric("accuracy", direction, 0.75), "made up", "9 windows", 0.5, 3,  # type: ignore[arg-type]
        lambda process, seed: trained(process), lambda found: Figure(next(left), 0.01, **options), lambda found: 0.5,
    )  # fmt: skip
    return Trials(task, student).verdict(lambda number: number)


def test_the_bar(student: Student) -> None:
    found = verdict(student, [0.76])
    assert (found.verdict, found.test_acc, len(found.attempts), found.doubt) == ("verified", 0.76, 1, "")


def test_what_is_near_is_trained_again(student: Student) -> None:
    found = verdict(student, [0.74, 0.73, 0.75])
    assert (found.verdict, len(found.attempts)) == ("verified", 3)
    assert verdict(student, [0.74, 0.73, 0.73]).verdict == "verified"  # within three standard errors
    found = verdict(student, [0.71, 0.9])
    assert (found.verdict, len(found.attempts)) == ("below", 1) and "trained once and reached 0.710" in found.reason


def test_what_does_not_count(student: Student) -> None:
    assert verdict(student, [0.9], fault="it is odd").verdict == "structure"
    found = verdict(student, [0.9], doubt="it is too good")
    assert (found.verdict, found.doubt) == ("verified", "it is too good")
