"""Typed access to a hand-in: its functions, and its modules as models with random weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from autograder.errors import GraderError
from autograder.judge import models
from autograder.judge.expect import Mismatch
from autograder.judge.render import show_call
from autograder.kit.case import Case, Named, draw
from autograder.kit.comparing import NDArray
from autograder.kit.declare import Declaration, Function, Module
from autograder.kit.types import Sizes, parts_of, shape_of
from autograder.student.proxy import Student
from autograder.wire.frames import Array

T = TypeVar("T")
SCALE = 0.6  # of random weights: large enough for every one to matter


@dataclass
class Context:
    """What is known of a submission while its checks run.

    `lost`: names that can't be had, and the sentence to say; `broken`: items without full marks so far; `hopeless`:
    items of the functions step that earned nothing, known from then on; `order`: by name, the arguments that stand in
    another order than was asked; `takes`: by class, the arguments of its constructor; `changes`: sizes with which a
    class is judged where it does not work with the declared ones; `known`: what was found out once for all checks.
    """

    declaration: Declaration
    lost: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    hopeless: set[str] = field(default_factory=set)
    order: dict[str, tuple[str, ...]] = field(default_factory=dict)
    takes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    changes: dict[str, dict[str, float]] = field(default_factory=dict)
    known: dict[Any, Any] = field(default_factory=dict)

    def broken_name(self, name: str) -> bool:
        """Whether an item about this function or class lacks full marks."""
        return any(asked.name == name for item in self.broken for asked in self.declaration.of(item))


@dataclass(frozen=True)
class Lab:
    """A student's hand-in, as an assignment's declaration describes it."""

    student: Student
    context: Context

    def __repr__(self) -> str:
        return "Lab"

    def once(self, what: str, name: str, find: Callable[[Lab, str], T]) -> T:
        """What `find(lab, name)` finds out, asked once for all checks; again where the reference's parts stand in."""
        key = (what, name, *self.student.overrides)
        if key not in self.context.known:
            self.context.known[key] = find(self, name)
        found: T = self.context.known[key]
        return found

    def asked(self, name: str) -> Function | Module:
        """The declaration of a name.

        Raises:
            GraderError: nothing of this name is declared.
        """
        for asked in self.context.declaration.asked():
            if asked.name == name:
                return asked
        raise GraderError(f"a check asks for {name}, which the assignment does not declare")

    def call(
        self,
        name: str,
        *args: Any,
        seed: int | None = None,
        sizes: Sizes | None = None,
        named: Mapping[str, Any] | None = None,
    ) -> Any:
        """What a declared function returns, as its declared type reads it. Arrays of numpy are sent as tensors.

        `sizes`: of the axes that the declared type names. `named`: values of its optional arguments. `seed`: of torch's
        and Python's own random numbers.

        Raises:
            StudentError: the function fails, or can't be had.
            Mismatch: it returns something else than was asked for.
        """
        function = self.asked(name)
        assert isinstance(function, Function), f"{name} is declared as a module"
        self.expect_there(name)
        return function.returns.read(self.raw(name, *args, seed=seed, named=named), sizes or {}, name)

    def raw(self, name: str, *args: Any, named: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """What a function returns, as it came over the wire."""
        function = self.asked(name)
        own = self.context.order.get(name)
        sent, by_name = [as_tensor(value) for value in args], dict(named or {})
        if own and isinstance(function, Function):  # its arguments stand in another order
            return self.student.call(name, named={**dict(zip(function.args, sent, strict=False)), **by_name}, **options)
        return self.student.call(name, *sent, named=by_name, **options)

    def expect_there(self, name: str) -> None:
        """Raises:
        StudentError: the name stands in a cell that failed to load.
        """
        if name in self.context.lost:
            raise self.student.missing(name, self.context.lost[name])

    def model(self, name: str, rng: np.random.Generator | None = None, /, **changes: float) -> Model:
        """A module in eval mode, built with the declared sizes and these changes; with `rng`, all weights are random.

        With `rng` it is built only once in a process for the same sizes: what it keeps between calls, a check asks for.

        Raises:
            StudentError, Mismatch: it can't be built.
        """
        module = self.asked(name)
        assert isinstance(module, Module), f"{name} is declared as a function"
        self.expect_there(name)
        sizes = module.all_sizes(**{**self.context.changes.get(name, {}), **changes})
        if rng is None:
            return self._built(module, sizes)
        key = ("model", name, tuple(sizes.items()), self.student, self.student.generation, *self.student.overrides)
        model: Model = self.context.known.get(key) or self._built(module, sizes)
        self.context.known[key] = model
        if model.training:
            model.train(False)
        model.randomise(rng, SCALE)
        return model

    def _built(self, module: Module, sizes: Mapping[str, float]) -> Model:
        args, kwargs = self.arguments_for(module, sizes)
        built, parameters = self.student.build_model(module.name, args, kwargs)
        built.notes["shown"] = built.notes["title"] = show_call(self.student.calls[-1])
        return Model(built, models.parameters_of(parameters), module, sizes)

    def arguments_for(self, module: Module, sizes: Sizes) -> tuple[list[float], dict[str, float]]:
        """What a constructor is handed by position and by name. `accepted`: not where the reference's class stands in,
        whose arguments are its own."""
        values = {argument: sizes[argument] for argument in module.sizes}
        replaced = any(module.name in override.names for override in self.student.overrides)
        takes = () if replaced else self.context.takes.get(module.name, ())
        named = {one: sizes[one] for one in module.accepted if one in takes}
        optional = [one for one in values if one in module.optional or module.name in self.context.order]
        named |= {one: values.pop(one) for one in optional}
        return list(values.values()), named


@dataclass(eq=False)
class Model(models.Model):
    """A student's module in its process, and the sizes that it was built with."""

    module: Module
    sizes: Mapping[str, float]

    def case(self, rng: np.random.Generator, **changes: float) -> Case:
        """Inputs for it, of the sizes that it was built with or other axes."""
        return draw(self.module, rng, {**self.sizes, **changes})

    def shape_for(self, case: Case) -> tuple[int, ...]:
        """The shape that the first output is to have."""
        return shape_of(self.module.outputs[0].axes, case.sizes)

    def arguments(self, case: Case, without: str = "") -> list[Array]:
        """The inputs in the order of forward's arguments; `without`: one of them that has a default."""
        return [Array("tensor", case.inputs[given.name].data) for given in self.module.inputs if given.name != without]

    def answer(
        self, case: Case, *, seed: int | None = None, grad: bool = False, without: str = ""
    ) -> tuple[Named, ...]:
        """What forward returns, checked against the declared outputs, in float64.

        Under torch.no_grad() unless `grad`, as in an evaluation, but for training mode.

        Raises:
            StudentError: it fails.
            Mismatch: it returns something else than was asked for.
        """
        answer = self.object.call("()", *self.arguments(case, without), seed=seed, grad=grad or self.training)
        return self.read(answer, case)

    def answers(
        self, cases: Sequence[Case], *, seeds: Sequence[int] = (), grad: bool = False
    ) -> Iterator[tuple[Named, ...]]:
        """`answer` for one case after the other, asked all at once."""
        args, grad = [tuple(self.arguments(case)) for case in cases], grad or self.training
        for case, answer in zip(cases, self.object.call_each(args, seeds=seeds, grad=grad), strict=True):
            yield self.read(answer, case)

    def read(self, answer: Any, case: Case) -> tuple[Named, ...]:
        """An answer of forward as the declared outputs."""
        outputs, answer = self.module.outputs, parts_of(answer)
        if self.module.more and isinstance(answer, (tuple, list)):
            answer = answer[0] if answer and len(outputs) == 1 else answer[: len(outputs)]
        parts = [answer] if len(outputs) == 1 else answer
        if not isinstance(parts, (tuple, list)) or len(parts) != len(outputs):
            raise Mismatch(
                f"forward must return {len(outputs)} values", models.kind_of(answer), f"{len(outputs)} values"
            )
        names = ["forward's output"] if len(outputs) == 1 else [f"output {n}" for n in range(1, len(outputs) + 1)]
        return tuple(
            Named(kind.read(part, case.sizes, name), tuple(kind.axes.split()))
            for kind, part, name in zip(outputs, parts, names, strict=True)
        )

    def gradients(self, case: Case, direction: NDArray, calls: int = 1, without: str = "") -> dict[str, NDArray | None]:
        """Gradient of sum(first output × direction) by parameter name; None where none arrived."""
        sent = Array("tensor", direction.astype(np.float32))
        answer = self.object.ask("gradients", *self.arguments(case, without), direction=sent, calls=calls)
        found = self._arrays(answer)
        return {name: found.get(name) for name, _, _ in self.parameters}


def as_tensor(value: Any) -> Any:
    """numpy arrays as tensors, float32 or int64; everything else as it is."""
    if isinstance(value, np.ndarray):
        return Array(
            "tensor",
            value.astype(np.float32 if value.dtype.kind == "f" else np.int64 if value.dtype.kind in "iu" else bool),
        )
    return value
