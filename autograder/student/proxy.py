"""The judge's end of the wire: a submission as something to call.

Every answer is rebuilt as plain data before anybody looks at it. Whatever goes wrong on the other side arrives
as a StudentError; whatever goes wrong on this side is the grader's own fault and propagates.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.errors import GraderError, MachineLack, MalformedAnswer, StudentCrash, StudentError, StudentTimeout
from autograder.records import Cell, CellReport
from autograder.sandbox.protocol import Process, Sandbox
from autograder.student.answers import is_entry, missing, student_error
from autograder.student.loading import ALL_CELLS, Loading
from autograder.student.objects import Call, Extension, Object, Override, Used, unwrap
from autograder.wire import frames, names
from autograder.wire.limits import Limits

__all__ = ["Call", "Extension", "Object", "Override", "Student", "unwrap"]

MAX_RESTARTS = 10
MAX_DEATHS_OF_ONE_FUNCTION = 2

NOT_CALLED = "was not called: the"  # and how much time there was


class Student:
    """A submission loaded in a student process, which is restarted when its code kills it.

    `calls` since the current check began; `fatal`: the error that ended the process in it; `lack`: of the machine's.
    """

    def __init__(self, sandbox: Sandbox, cells: Sequence[Cell], limits: Limits) -> None:
        self.sandbox, self.cells, self.limits = sandbox, tuple(cells), limits
        self.reports: dict[int, CellReport] = {}
        self.overrides: list[Override] = []
        self.extensions: list[Extension] = []
        self.calls: list[Call] = []
        self.fatal: StudentError | None = None
        self.lack: MachineLack | None = None
        self.used = Used()
        self._process: Process | None = None
        self._deadline = time.monotonic() + limits.submission_seconds
        self._item_deadline = self._deadline
        self.generation = 0  # counts processes: an object of an earlier one is gone
        self._restarts = 0
        self._deaths: dict[str, int] = {}
        self._last = ""  # what was asked for last
        self._causes: dict[str, dict[str, Any]] = {}  # inventory of the names that failed to load
        self._told: list[dict[str, Any]] = []  # requests that go with the next one
        self._files: dict[str, str] = {}  # paths of the files written to this process's folder, by name
        self._timeouts: Counter[str] = Counter()  # by function
        self._loading = Loading()

    def twin(self) -> Student:
        """Another process for the same submission: its time is this one's, and it knows the cells to avoid."""
        other = Student(self.sandbox, self.cells, self.limits)
        other._deadline, other._timeouts = self._deadline, self._timeouts
        other._loading, other._causes = self._loading, self._causes
        return other

    def successor(self) -> Student:
        """A process in this one's place, with its overrides and time, which knows what is deadly; the next check starts
        it. What this one was sent, the other can't know."""
        other = self.twin()
        other.overrides, other.extensions = list(self.overrides), list(self.extensions)
        other._deaths, other._restarts = self._deaths, self._restarts
        return other

    def anew(self, limits: Limits | None = None) -> Student:
        """The same submission and overrides with time, or limits, of its own; the next check starts its process."""
        other = Student(self.sandbox, self.cells, limits or self.limits)
        other.overrides, other.extensions = list(self.overrides), list(self.extensions)
        other._timeouts = Counter() if limits else self._timeouts
        other._loading, other._causes = self._loading, self._causes
        return other

    # ---- life of the process ---------------------------------------------------------------------------------------
    def load(self) -> None:
        """Start a process, send it every cell and override; a cell that kills it is sent again with less, or left out.

        Raises:
            SandboxError: no process could be started.
            StudentTimeout: the submission's time is used up.
        """
        while True:
            self._process = self.sandbox.spawn()
            self.generation += 1
            if self._send_cells():
                for extension in self.extensions:
                    self._ask({"op": "extend"} | vars(extension), self.limits.load_seconds)
                for override in self.overrides:
                    self._define(override)
                return

    def _send_cells(self) -> bool:
        """Whether the process lived through them all."""
        for part in self._loading.parts(self.cells):
            try:
                answer = self._ask(self._loading.request(part), self.limits.load_seconds, self._loading.label(part))
                for report in self._loading.reports(part, answer):
                    self.reports.setdefault(report.number, report)
            except (StudentTimeout, StudentCrash, MalformedAnswer) as error:
                self._end_process()
                if time.monotonic() > self._deadline:
                    raise
                self._timeouts[ALL_CELLS] = 0
                if dead := self._loading.note_death(part, error):
                    self.reports[dead.number] = dead
                return False
        return True

    def override(self, *overrides: Override) -> None:
        """Define names of the harness's in this and every later process of this submission."""
        for override in overrides:
            self._define(override)
            self.overrides.append(override)

    def _define(self, override: Override) -> None:
        request = {"op": "override", "source": override.source, "names": list(override.names)}
        self._ask(request, self.limits.load_seconds)

    def extend(self, extension: Extension) -> None:
        """Bring a module of the harness into this and every later process of this submission, unless it is there."""
        if extension in self.extensions:
            return
        self.extensions.append(extension)
        if self._process is not None:
            self._told.append({"op": "extend"} | vars(extension))

    def begin_item(self) -> None:
        """Give the next item its own time."""
        self._item_deadline = min(self._deadline, time.monotonic() + self.limits.item_seconds)

    def begin_check(self) -> None:
        """Forget the last check's calls; start a new process if the last one died."""
        self.calls, self.fatal, self.lack = [], None, None
        if self._process is not None and not self._process.alive():
            self._blame(self._last)  # for what its call left running or in the folder
            self._end_process()
        if self._process is None:
            self._restarts += 1
            if self._restarts > MAX_RESTARTS:
                self.fatal = StudentCrash("this notebook's code ended its process too often; no more calls are made")
                return
            try:
                self.load()
            except StudentError as error:
                self.fatal = error

    def close(self) -> None:
        """End the process; what it used is added to `used`."""
        self._end_process()

    def close_other(self, other: Student) -> None:
        """End another process of the same submission; its time and memory count here, what it printed does not."""
        other.close()
        self.used.cpu_seconds += other.used.cpu_seconds
        self.used.peak_memory_mb = max(self.used.peak_memory_mb, other.used.peak_memory_mb)
        self.used.killed |= other.used.killed

    def _end_process(self) -> None:
        if self._process is None:
            return
        self._told, self._files = [], {}
        usage = self._process.close()
        self.used.cpu_seconds += usage.cpu_seconds
        self.used.peak_memory_mb = max(self.used.peak_memory_mb, usage.peak_memory_mb)
        self.used.killed |= usage.killed
        self.used.output = (self.used.output + self._process.output)[: self.limits.stdout_kb * 1024]
        self._process = None

    # ---- requests ----------------------------------------------------------------------------------------------------
    def _ask(self, request: dict[str, Any], seconds: float, label: str = "") -> Any:
        """One request to a living process, on behalf of `label`.

        Raises:
            StudentError: any of its kinds; the process is gone after a timeout, a crash or a malformed frame.
        """
        if self._process is None:
            raise self.fatal or GraderError("a student was asked before begin_check()")
        left = self._deadline - time.monotonic()
        if left <= 0:
            seconds = self.limits.submission_seconds
            raise StudentTimeout(f"did not finish within the {seconds:g} s that one submission has")
        patience = min(seconds * self._patience(label), left)
        if self._told:
            request, self._told = request | {"before": self._told}, []
        try:
            reply = self._process.request(frames.pack(request), patience, self.limits.frame_mb << 20)
        except StudentTimeout:
            self._timeouts[label] += 1
            raise
        try:
            answer = frames.unpack(reply, frames.ANSWER)
        except frames.WireError as error:
            raise MalformedAnswer(str(error)) from error
        if type(answer) is not dict or len(answer) != 1:
            raise MalformedAnswer("the answer is not of the wire format")
        if "ok" in answer:
            return answer["ok"]
        raise self.failure(answer.get("error"), request)

    def failure(self, record: Any, request: Mapping[str, Any]) -> StudentError:
        """The error record of an answer as an exception; what the machine lacks is remembered for the check."""
        return self._noted(student_error(record, request))

    def _noted(self, error: StudentError) -> StudentError:
        self.lack = error if isinstance(error, MachineLack) else self.lack
        return error

    def _patience(self, label: str) -> float:
        """What never answered once gets less time, and so does everything in a notebook where it happened twice."""
        return 0.25 if self._timeouts[label] or self._timeouts.total() >= 2 else 1.0

    def tell(self, op: str, label: str = "", /, **arguments: Any) -> None:
        """As `ask` for an operation whose answer nobody needs: it goes with the next one, whose error its own becomes.

        Raises:
            StudentError: the process has died in this check.
        """
        self._may_ask(label or op)
        self._told.append({"op": op} | arguments)

    def ask(self, op: str, label: str = "", /, **arguments: Any) -> Any:
        """Send one operation on behalf of `label` (a function or class), guarding against repeated deaths.

        Raises:
            StudentError: as _ask; after a death every further call of the same check raises the same error.
        """
        label = self._last = label or op
        self._may_ask(label)
        left = self._item_deadline - time.monotonic()
        if left <= 0 and self._item_deadline < self._deadline:
            raise StudentTimeout(f"{NOT_CALLED} {self.limits.item_seconds:g} s that one item has are used up")
        try:
            return self._ask({"op": op} | arguments, min(self.limits.call_seconds, left), label)
        except (StudentTimeout, StudentCrash, MalformedAnswer) as error:
            self.fatal = error
            self._blame(label)
            self._end_process()
            raise

    def _blame(self, label: str) -> None:
        """Count a death of the process; see MAX_DEATHS_OF_ONE_FUNCTION."""
        self._deaths[label] = self._deaths.get(label, 0) + 1

    def _may_ask(self, label: str) -> None:
        if self.fatal is not None:
            raise self.fatal
        if self._deaths.get(label, 0) >= MAX_DEATHS_OF_ONE_FUNCTION:
            raise StudentTimeout(
                f"{label} was not called again: it has already ended the process {self._deaths[label]} times"
            )
        if self._process is None:
            raise GraderError("a student was asked before begin_check()")

    def call(
        self,
        target: str | Object,
        *args: Any,
        method: str = "()",
        seed: int | None = None,
        keep: bool = False,
        echo: bool = False,
        grad: bool = True,
        tidy: bool = False,
        named: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Call a function, class or object of the notebook; see Server.call. `named`: further arguments by name, also
        those that are called as one of these options.

        Returns the plain value, or an Object when `keep`; with `echo`, {"value": ..., "args": [...]}.
        """
        name = target if isinstance(target, str) else target.name
        label = name + (f".{method}" if method != "()" else "" if isinstance(target, str) else ".__call__")
        kwargs |= named or {}
        call = Call(target if isinstance(target, str) else target.title, method, args, kwargs)
        self.calls.append(call)
        plain_kwargs = {k: unwrap(v) for k, v in kwargs.items()}
        call.result = self.ask(
            "call", label, target=unwrap(target), method=method, args=[unwrap(a) for a in args], kwargs=plain_kwargs,
            seed=seed, keep=keep, echo=echo, grad=grad, tidy=tidy,
        )  # fmt: skip
        return self._object(call.result, name) if keep else call.result

    def build_model(
        self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any], seed: int = 0
    ) -> tuple[Object, Any]:
        """Construct a module of the notebook's, in eval mode; it and what it says of its parameters."""
        call = Call(name, "()", tuple(args), dict(kwargs))
        self.calls.append(call)
        plain = {k: unwrap(v) for k, v in kwargs.items()}
        answer = self.ask("build_model", name, target=name, args=list(args), kwargs=plain, seed=seed)
        if type(answer) is not list or len(answer) != 2:
            raise MalformedAnswer("the answer is not a model")
        return self._object(answer[0], name), answer[1]

    def _object(self, handle: Any, name: str) -> Object:
        if not isinstance(handle, frames.Handle):
            raise MalformedAnswer("the answer is not a handle")
        return Object(self, handle, name)

    def versions(self) -> dict[str, str]:
        """Of the libraries that the student's code runs on."""
        answer = self.ask("versions")
        return {str(k)[:40]: str(v)[:40] for k, v in answer.items()} if type(answer) is dict else {}

    def inventory(self) -> dict[str, dict[str, Any]]:
        """Names that the notebook defines: kind, cell, line, parameters; malformed entries are dropped."""
        answer = self.ask("inventory")
        if type(answer) is not dict:
            raise MalformedAnswer("the inventory is not a dict")
        found = {k: v for k, v in answer.items() if names.identifier(k) and type(v) is dict and is_entry(v)}
        self._causes = {name: entry for name, entry in found.items() if entry.get("kind") == "lost"}
        return found

    def missing(self, name: str, text: str) -> StudentError:
        """The error for a graded name that failed to load, which `text` says; MachineLack where the machine is why."""
        return self._noted(missing(self._causes.get(name, {}), text))

    def write_file(self, name: str, data: bytes) -> str:
        """Put a file into the student's scratch folder; returns its path there."""
        if name in self._files:
            self.tell("write_file", name=name, data=data)
        else:
            self._files[name] = str(self.ask("write_file", name=name, data=data))
        return self._files[name]

    def torch_module(self, kind: str, *args: Any, **kwargs: Any) -> Object:
        """A fresh module of torch.nn in the student process."""
        return self._object(self.ask("torch_module", kind=kind, args=list(args), kwargs=kwargs), kind)

    def fields(self, instance: Object) -> list[str]:
        """The names of an instance's attributes; what is no identifier is left out."""
        answer = self.ask("fields", instance.name, target=instance.handle)
        return [name for name in answer if names.identifier(name)] if type(answer) is list else []
