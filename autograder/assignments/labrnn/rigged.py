"""Rigged runs of a notebook's training driver: scripted losses, and what its figures say of the epoch that it tested.

The driver runs as it stands, see autograder/inside/rigged.py. Nothing that comes back is believed but the figures
that it returns or prints: each epoch and part has a test loss of its own, drawn from the course's secret. If it goes
wrong with the notebook's own parts (vocabulary, dataset, models, one epoch of training), it runs again with the
reference's, and the better verdict counts: those parts have items of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.assignments.labrnn.api import Context
from autograder.assignments.labrnn.containers import contain
from autograder.assignments.labrnn.corpus import POOL
from autograder.errors import LostName, MalformedAnswer, MissingName, StudentError
from autograder.judge.expect import Mismatch
from autograder.judge.lost import lost_sentence
from autograder.judge.seeds import secret, seed_of
from autograder.student.proxy import Override, Student
from autograder.wire.frames import Array, Scalar
from reference.labrnn import given_source, solution_source

DRIVER = "train_and_test_model_with_hparams"
EPOCHS, MORE, BATCH, BITS = 5, 3, 4, 8  # MORE: scripted epochs beyond the five, for a driver that counts its own
SIZES = {"training": 12, "validation": 12, "test": 16}
GIVEN = ("train", "evaluate", "collate", "count_parameters", "get_accuracy", "ConstantWithWarmup")
SOLVED = ("build_vocab", "tokenize", "IMDB", "LSTM", "GRU")
MOST_PRINTED = 20_000  # characters that are looked at, from the end
NEAR, APART = 0.0055, 0.013  # figures may be rounded to two decimals
TEST_BATCHES = (-0.15, -0.05, 0.05, 0.15)  # their means about that of the part
KEYS = ("num_params", "test_loss", "test_acc")
OPTIMIZERS = {"first": "adam", "last": "rmsprop", "tie": "adagrad"}
KINDS = ("middle", "first", "last", "tie")
MEANS = {  # of the validation loss by epoch; where the smallest stands, and that the last is not next to it
    "middle": ((0.62, 0.47, 0.70, 0.54, 0.60), (0.64, 0.57, 0.47, 0.70, 0.55)),
    "first": ((0.46, 0.75, 0.68, 0.62, 0.55),),
    "last": ((0.75, 0.62, 0.68, 0.57, 0.46),),
    "tie": ((0.70, 0.48, 0.62, 0.48, 0.66),),
}


# ---- the script ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Script:
    """losses[row, epoch], epoch 0 being that of weights that no training led to; rows stand in the order of SIZES."""

    labels: tuple[int, ...]
    losses: np.ndarray[Any, Any]
    best: tuple[int, ...]  # epochs, more than one for a tie

    def rows(self, part: str) -> slice:
        names = list(SIZES)
        start = sum(SIZES[name] for name in names[: names.index(part)])
        return slice(start, start + SIZES[part])

    def loss(self, part: str, epoch: int) -> float:
        """The mean over the part's batches, which are equally large."""
        return float(self.losses[self.rows(part), epoch].mean())

    def accuracy(self, part: str, epoch: int) -> float:
        return float((self.losses[self.rows(part), epoch] < np.log(2)).mean())

    def validation(self) -> list[float]:
        """Losses by epoch, from the first."""
        return [round(self.loss("validation", epoch), 3) for epoch in range(1, EPOCHS + 1)]


def script_of(kind: str, rng: np.random.Generator) -> Script:
    """Draw until no two figures can be taken for one another."""
    while True:
        script = _draw(kind, rng)
        figures = [script.loss("test", e) for e in range(1 + EPOCHS + MORE)] + [script.loss("training", 0)]
        figures += [script.loss("validation", e) for e in range(1 + EPOCHS + MORE) if e not in script.best[1:]]
        if np.diff(np.sort(figures)).min() > APART:
            return script


def _draw(kind: str, rng: np.random.Generator) -> Script:
    """Neither the first, the last, the smallest nor the middle batch loss of the validation part tells the best epoch,
    which is not the most accurate one either."""
    choices = MEANS[kind]
    means = np.array(choices[int(rng.integers(len(choices)))])
    best = tuple(int(e) + 1 for e in np.flatnonzero(means == means.min()))
    means = means + rng.uniform(0, 0.01) + np.where(means == means.min(), 0, rng.uniform(0, 0.02, EPOCHS))
    rival, deepest = (int(e) + 1 for e in np.argsort(means)[[len(best), -1]])
    whole = [1.1 + rng.uniform(0, 0.05), *means, *(0.9 + 0.06 * rng.permutation(MORE))]
    test = rng.permutation(np.linspace(0.35, 0.95, len(whole))) + rng.uniform(-0.02, 0.02, len(whole))
    patterns = dict.fromkeys(best, (0.08, -0.16, 0.08)) | {rival: (-0.1, 0.2, -0.1), deepest: (0.25, -0.5, 0.25)}
    columns = []
    for epoch, mean in enumerate(whole):
        batches = [mean + offset for offset in patterns.get(epoch, (0.0, 0.0, 0.0))]
        tied = np.random.default_rng(0)  # the same for epochs that are to tie
        valid = [batch_losses(loss, epoch in best, tied) for loss in batches]
        tests = [batch_losses(test[epoch] + off, bool(rng.integers(2)), rng) for off in rng.permutation(TEST_BATCHES)]
        columns.append(np.concatenate([np.full(SIZES["training"], 0.8), *valid, *tests]))
    return Script(labels_of_rows(), np.stack(columns, axis=1), best)


def labels_of_rows() -> tuple[int, ...]:
    """The same under all scripts: a notebook may load its data once for all runs."""
    rng = np.random.default_rng(seed_of(secret(), "training loop, labels"))
    return tuple(int(label) for label in rng.permutation([0, 1] * (sum(SIZES.values()) // 2)))


def batch_losses(mean: float, wrong: bool, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Losses of one batch with this mean, of which many or few are those of a wrong answer (above ln 2)."""
    low = 0.1 if wrong else 0.6
    many = next((n for n in range(BATCH - 1, 0, -1) if (BATCH * mean - (BATCH - n) * low) / n > 0.75), 0)
    if not wrong:
        many = 0 if mean < 0.66 else 1
    if not many:
        return np.full(BATCH, mean)
    losses = np.full(BATCH, low)
    losses[:many] = (BATCH * mean - (BATCH - many) * low) / many
    return rng.permutation(losses)


def review(row: int) -> str:
    """A text that spells the row's number: see Rig.row_of."""
    bits = [row >> place & 1 for place in range(BITS)]
    return " ".join([POOL[0], *(POOL[bit] for bit in bits), *(POOL[1 - bit] for bit in bits)])


def parts_of(script: Script, container: str) -> list[Any]:
    """What load_imdb is to return: x_train, x_valid, x_test, y_train, y_valid, y_test."""
    texts = [review(row) for row in range(len(script.labels))]
    words = ["positive" if label else "negative" for label in script.labels]
    return [contain(values[script.rows(part)], container) for values in (texts, words) for part in SIZES]


# ---- a run -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Run:
    """What a driver returned and printed under a script."""

    script: Script
    value: Any
    printed: str

    def figure(self, name: str) -> float | None:
        """`test_loss` or `test_acc`, as it was returned (or the mean of a list), else as it was printed."""
        returned = self.value.get(name) if type(self.value) is dict else None
        number = mean_of(returned) if type(returned) is list else number_of(returned)
        if number is not None:
            return number
        short = name.removeprefix("test_")
        pattern = rf"test[ _-]{{0,9}}{short}\w{{0,20}}\W{{0,4}}(\d{{1,9}}\.\d{{1,20}})"  # bounded: linear time
        found = re.findall(pattern, self.printed[-MOST_PRINTED:], re.IGNORECASE)
        return float(found[-1]) if found else None

    def tested(self) -> tuple[str, int] | None:
        """The part and the epoch whose loss `test_loss` is; the best epoch where several have the same."""
        loss = self.figure("test_loss")
        known = [("test", e) for e in range(1 + EPOCHS + MORE)]
        known += [("validation", e) for e in (*self.script.best, *range(1 + EPOCHS + MORE))] + [("training", 0)]
        distances = [np.inf if loss is None else abs(loss - self.script.loss(*place)) for place in known]
        nearest = int(np.argmin(distances))
        return known[nearest] if distances[nearest] < NEAR else None

    def problems(self) -> tuple[Mismatch | None, Mismatch | None, Mismatch | None]:
        return self.best_epoch(), self.test_part(), self.keys()

    def best_epoch(self) -> Mismatch | None:
        """What is wrong with the epoch that was tested; nothing if test_loss does not tell it."""
        place, best = self.tested(), self.script.best
        if self.figure("test_loss") is None:
            return Mismatch("there is no test_loss, neither returned nor printed", "", "epoch " + str(best[0]))
        if place is None or place[0] == "training" or place[1] in best:
            return None
        which = f"epoch {place[1]}" if place[1] else "a model that no epoch trained"
        return Mismatch(
            f"{which} was tested, not the epoch with the smallest validation loss",
            f"validation losses by epoch {self.script.validation()}; tested: {which}",
            "epoch " + " or ".join(map(str, best)),
        )

    def test_part(self) -> Mismatch | None:
        """What is wrong with the data behind test_loss and test_acc."""
        place, loss, accuracy = self.tested(), self.figure("test_loss"), self.figure("test_acc")
        wanted = self.script.loss("test", self.script.best[0])
        shown, expected = f"test_loss {loss:.4g}" if loss is not None else "no test_loss", f"test_loss {wanted:.4g}"
        if place is None:
            return Mismatch("test_loss is not the mean loss of the test part", shown, expected)
        if place[0] != "test":
            return Mismatch(f"test_loss is that of the {place[0]} part", shown, expected)
        right = self.script.accuracy(*place)
        if accuracy is not None and min(abs(accuracy - right), abs(accuracy / 100 - right)) > NEAR:
            return Mismatch("test_acc is not the accuracy on the test part", f"{accuracy:.4g}", f"{right:.4g}")
        return None

    def keys(self) -> Mismatch | None:
        if type(self.value) is not dict:
            return Mismatch("the driver does not return a dict", f"a {type(self.value).__name__}", f"the keys {KEYS}")
        lacking = [name for name in KEYS if number_of(self.value.get(name)) is None]
        if lacking:
            return Mismatch(f"the result has no number as {', '.join(lacking)}", f"keys {list(self.value)[:12]}")
        count = number_of(self.value["num_params"])
        if count is None or count < 1 or count != int(count):
            return Mismatch("num_params is no number of parameters", f"{count}", "a whole number above 0")
        return None


def mean_of(values: list[Any]) -> float | None:
    numbers = [number_of(value) for value in values]
    known = [number for number in numbers if number is not None]
    return sum(known) / len(known) if known and len(known) == len(numbers) else None


def number_of(value: Any) -> float | None:
    """A finite number that came as a built-in, a numpy scalar or a tensor of one element."""
    if isinstance(value, Scalar):
        value = value.value
    if isinstance(value, Array) and value.data.size == 1:
        value = value.data.item()
    good = type(value) in (int, float) and abs(value) < 1e15  # False for NaN
    return float(value) if good else None


# ---- running ---------------------------------------------------------------------------------------------------------
def run_all(student: Student, context: Context) -> list[Run]:
    """The driver under every script, with the notebook's own parts or with the reference's, whichever is better.

    Raises:
        StudentError: the driver fails both ways, or is missing.
    """
    attempts: list[tuple[int, list[Run]]] = []
    failure: StudentError | None = None
    for override in (own_parts, all_parts):
        try:
            runs = attempt(student, context, override)
        except StudentError as error:
            failure = error  # of the last attempt, with the reference's parts: what is wrong with the driver itself
            continue
        wrong = sum(problem is not None for run in runs for problem in run.problems())
        attempts.append((wrong, runs))
        if not wrong:
            break
    if not attempts:
        assert failure is not None
        raise failure
    return min(attempts, key=lambda pair: pair[0])[1]


def attempt(student: Student, context: Context, override: Callable[[Student], Sequence[Override]]) -> list[Run]:
    """In a process of its own, since the notebook's names may come to hold the scripted data."""
    other = student.twin()
    try:
        other.load()
        other.begin_item()
        other.override(*student.overrides, *override(other))
        return [with_some_optimizer(other, context, kind) for kind in KINDS]
    finally:
        other.close()
        student.used.cpu_seconds += other.used.cpu_seconds


def with_some_optimizer(student: Student, context: Context, kind: str) -> Run:
    """The scripts differ in the optimizer too, since a driver may report other figures with some. One that can't work
    with the script's has another item to say so: it runs as HyperParams has it."""
    if context.edition.name == "2023" and kind in OPTIMIZERS:
        try:
            return one(student, context, kind, {"OPTIM": OPTIMIZERS[kind], "LR": 0.001})
        except StudentError:
            if student.fatal is not None:  # it hung or ended its process
                raise
    return one(student, context, kind, {})


def one(student: Student, context: Context, kind: str, settings: Mapping[str, Any]) -> Run:
    script = script_of(kind, np.random.default_rng(seed_of(secret(), f"training loop, {kind}")))
    parts = [part for part in SIZES for _ in range(SIZES[part])]
    settings = {"BATCH_SIZE": BATCH, "N_EPOCHS": EPOCHS, **settings}
    answer = student.ask(
        "rigged_run", DRIVER, driver=DRIVER, model_type="lstm", settings=settings,
        data=parts_of(script, context.container or "list"),
        script={"labels": list(script.labels), "parts": parts, "losses": script.losses.tolist()},
    )  # fmt: skip
    if type(answer) is not dict or type(answer.get("printed")) is not str:
        raise MalformedAnswer("the answer is not that of a rigged run")
    return Run(script, answer.get("value"), answer["printed"])


def own_parts(student: Student) -> list[Override]:
    """What the template gives and the notebook lacks.

    Raises:
        MissingName: there is no driver.
    """
    inventory = student.inventory()
    entry = inventory.get(DRIVER, {})
    if entry.get("kind") == "lost":
        raise LostName(lost_sentence(DRIVER, int(entry.get("cell", 0)), int(entry.get("line", 0)), student))
    if not entry:
        raise MissingName(f"the notebook does not define `{DRIVER}`")
    return [Override((name,), given_source(name)) for name in GIVEN if name not in inventory]


def all_parts(student: Student) -> list[Override]:
    """The reference's parts for everything that the driver stands on."""
    own_parts(student)
    return [*(Override((n,), given_source(n)) for n in GIVEN), *(Override((n,), solution_source(n)) for n in SOLVED)]
