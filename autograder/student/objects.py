"""Objects of the student's that stay in its process, and the calls that checks make of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from autograder.errors import GraderError, MalformedAnswer, StudentError
from autograder.student.answers import several
from autograder.wire import frames
from autograder.wire.operations import MODULE_OPERATIONS


@dataclass(frozen=True)
class Override:
    """Source text of the harness that defines `names` in the student process."""

    names: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Extension:
    """Source text of the harness that is a module of its own in the student process: see Server.extend."""

    name: str
    source: str

    @classmethod
    def read(cls, path: Path) -> Extension:
        """From a file that is never imported on this side; its name is the file's."""
        return cls(path.stem, path.read_text(encoding="utf-8"))


@dataclass
class Used:
    """What a submission's processes used so far. `killed`: one of them was, see sandbox.protocol.Usage."""

    cpu_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    output: str = ""
    killed: bool = False


@dataclass
class Call:
    """One call that a check made, for the counterexample it may become."""

    target: str
    method: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any = None


class Asked(Protocol):
    """What an object needs of the student that it belongs to: proxy.Student."""

    calls: list[Call]
    overrides: list[Override]
    fatal: StudentError | None

    def override(self, given: Override) -> None: ...

    def extend(self, extension: Extension) -> None: ...

    def ask(self, op: str, label: str = "", /, **arguments: Any) -> Any: ...

    def tell(self, op: str, label: str = "", /, **arguments: Any) -> None: ...

    def call(self, target: str | Object, *args: Any, **options: Any) -> Any: ...

    def fields(self, target: Object) -> list[str]: ...

    def failure(self, raw: Any, request: dict[str, Any]) -> StudentError: ...


@dataclass(frozen=True, eq=False)
class Object:
    """An object of the student's that stays in its process."""

    student: Asked
    handle: frames.Handle
    name: str
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What calls of it are shown as."""
        return str(self.notes.get("title", self.name))

    def call(self, method: str, *args: Any, **options: Any) -> Any:
        """Call a method; "()" the object itself, "[]" indexing, "len()" its length."""
        return self.student.call(self, *args, method=method, **options)

    def call_each(
        self,
        several_args: Sequence[tuple[Any, ...]],
        *,
        method: str = "()",
        seeds: Sequence[int | None] = (),
        grad: bool = True,
    ) -> Iterator[Any]:
        """Call it once for each of the arguments, all in one request; gives one result after the other.

        `seeds`: one for each call. A call joins the student's `calls`, and what it raised is raised, when its turn
        has come.

        Raises:
            StudentError: as Student.call; what ends the process is raised in place of the first result.
        """
        label = f"{self.name}.{'__call__' if method == '()' else method}"
        calls = [Call(self.title, method, args, {}) for args in several_args]
        return asked_each(self.student, self.handle, label, calls, seeds, grad)

    def set(self, name: str, value: Any) -> None:
        """Assign to one of its attributes."""
        self.student.tell("set", self.name, target=self.handle, name=name, value=value)

    def get(self, name: str) -> Any:
        """One of its attributes as plain data."""
        return self.student.ask("get", self.name, target=self.handle, name=name)

    def get_each(self, names: Sequence[str]) -> list[Any]:
        """Several of its attributes."""
        answer = self.student.ask("get_each", self.name, target=self.handle, names=list(names))
        if type(answer) is not list or len(answer) != len(names):
            raise MalformedAnswer("the answer is not a list of so many values")
        return answer

    def ask(self, op: str, /, *args: Any, **options: Any) -> Any:
        """An operation of inside/modules.py, or `name.operation` of an extension, on this object."""
        return self.student.ask(op, self._label(op), target=self.handle, args=[unwrap(a) for a in args], **options)

    def tell(self, op: str, /, **options: Any) -> None:
        """The same where nobody needs the answer; see Student.tell."""
        self.student.tell(op, self._label(op), target=self.handle, **options)

    def _label(self, op: str) -> str:
        if op not in MODULE_OPERATIONS and "." not in op:  # no assert: that would be the student's fault
            raise GraderError(f"there is no operation {op!r} on objects")
        return f"{self.name}.{op}"


Seeds = Sequence[int | None]


def asked_each(
    student: Asked, target: str | frames.Handle, label: str, calls: Sequence[Call], seeds: Seeds = (), grad: bool = True
) -> Iterator[Any]:
    """Make all calls of an object, or of a function by its name, in one request; see Object.call_each.

    Raises:
        StudentError: as Student.call.
    """
    requests = [
        {"target": target, "method": call.method, "args": [unwrap(a) for a in call.args], "seed": seed, "grad": grad}
        for call, seed in zip(calls, seeds or [None] * len(calls), strict=True)
    ]
    try:
        answers = several(student.ask("call_each", label, calls=requests), len(calls))
    except StudentError:
        student.calls += calls
        raise
    for call, answer in zip(calls, answers, strict=False):
        student.calls.append(call)
        if "ok" not in answer:
            raise student.failure(answer.get("error"), {"op": "call", "target": target})
        call.result = answer["ok"]
        yield call.result


PLAIN = frozenset((bool, int, float, str, bytes, type(None)))


def unwrap(value: Any) -> Any:
    """Objects as the handles that travel, also inside lists and tuples."""
    if isinstance(value, Object):
        return value.handle
    if isinstance(value, (list, tuple)):
        if PLAIN.issuperset(map(type, value)):  # most of all that is sent, and it may be long
            return value
        return type(value)(unwrap(v) for v in value)
    return value
