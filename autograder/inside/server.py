"""The student's end of the wire: answers the judge's requests inside the sandbox.

Student code shares this process and may break or forge anything here. So nothing in it decides a verdict:
the judge compares plain data with what it computed itself.
"""

from __future__ import annotations

import contextlib
import functools
import operator
import os
import random
import socket
import struct
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from autograder.inside import encode
from autograder.inside.loaded import Loaded
from autograder.inside.loader import Workspace
from autograder.inside.modules import MODULE_OPERATIONS
from autograder.inside.settings import Settings
from autograder.wire import frames

MAX_RETRIES = 6  # deferred statements that one call may turn out to need


class Server:
    """One submission's workspace and the objects that the judge holds handles to.

    own_folder: the working folder is this process's alone, so that files in it may be removed.
    """

    def __init__(
        self, module_name: str = "__main__", own_folder: bool = False, workspace: Loaded | None = None
    ) -> None:
        self.workspace: Loaded = workspace or Workspace(module_name)
        self.own_folder = own_folder
        self.objects: dict[int, Any] = {}
        self.count = 0
        self.folder = Path.cwd()  # the student's code may change it
        self.settings = Settings()
        self.arguments = ["hand_in.py"]  # in place of this process's own, which are nobody's to parse
        self.second_chances: list[Callable[[], bool]] = []  # of extensions: whether a call that failed is made again
        self.operations: dict[str, Callable[..., Any]] = {
            "versions": versions,
            "load_cells": self.load_cells,
            "override": self.workspace.override,
            "extend": self.extend,
            "inventory": self.workspace.inventory,
            "write_file": self.write_file,
            "call": self.call,
            "call_each": self.call_each,
            "build_model": self.build_model,
            "set": self.set_attribute,
            "get": self.get_attribute,
            "get_each": self.get_attributes,
            "fields": self.fields,
            "torch_module": self.torch_module,
        }
        for name, function in MODULE_OPERATIONS.items():
            self.operations[name] = self._on_object(function)

    def load_cells(self, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Load cells one after the other, each under the settings that the process began with; see Workspace."""
        reports = []
        for options in cells:
            self.settings.restore()
            reports.append(self.workspace.load_cell(**options))
        return reports

    def extend(self, name: str, source: str) -> None:
        """Run a text of the harness as a module of its own, and serve its OPERATIONS as `name.operation`.

        Each operation is called with this server and what the judge sends. A function `second_chance` of the module
        is asked after a call that failed, whether it is to be made once more.

        Raises:
            Exception: the text fails.
        """
        module = types.ModuleType(f"autograder_{name}")
        sys.modules[module.__name__] = module
        exec(compile(source, f"<{name}>", "exec", dont_inherit=True), vars(module))
        for operation, function in module.OPERATIONS.items():
            self.operations[f"{name}.{operation}"] = functools.partial(function, self)
        if hasattr(module, "second_chance"):
            self.second_chances.append(module.second_chance)

    def handle(self, frame: bytes) -> bytes:
        """One request in, one answer out; whatever the student's code raises becomes an error record."""
        process, sys.argv = sys.argv, self.arguments
        try:
            answer = self.answer(lambda: self.perform(frames.unpack(frame)))
            return frames.pack(answer)
        except frames.WireError as error:
            return frames.pack({"error": {"kind": "MalformedAnswer", "text": str(error), "where": ""}})
        finally:
            self.arguments, sys.argv = getattr(sys, "argv", []), process  # a hand-in may have deleted them

    def perform(self, request: dict[str, Any]) -> Any:
        """Do what the judge only told, then what it asked."""
        for told in request.pop("before", ()):
            self.settings.restore()
            self.operations[told.pop("op")](**told)
        self.settings.restore()
        return self.operations[request.pop("op")](**request)

    def answer(self, action: Callable[[], Any]) -> dict[str, Any]:
        """What an action gave, or the error that it raised: student code may raise SystemExit, KeyboardInterrupt, …"""
        try:
            return {"ok": action()}
        except BaseException as error:
            return {"error": self.describe_error(error)}

    def describe_error(self, error: BaseException) -> dict[str, str]:
        """Type, message and place, each plain and short, however hostile the exception is."""
        try:
            text = str.__str__(str(error))[: frames.MAX_TEXT]
        except BaseException as second:  # a hostile __str__
            text = f"<str() raised {type(second).__name__}>"
        try:
            where = self.workspace.where(error)
        except BaseException:  # only decoration: the error itself is reported either way
            where = ""
        try:
            cause, place = self.workspace.cause(error)
        except BaseException:
            cause, place = "", ""
        kind = str(type(error).__name__)[:80]
        record = {"kind": kind, "text": text, "where": where}
        return record | ({"cause": cause[: frames.MAX_TEXT], "cause_where": place} if cause else {})

    def call(
        self,
        target: str | frames.Handle,
        method: str = "()",
        args: Any = (),
        kwargs: dict[str, Any] | None = None,
        seed: int | None = None,
        keep: bool = False,
        echo: bool = False,
        grad: bool = True,
        tidy: bool = False,
    ) -> Any:
        """Call a name or an object. `method`: "()" the thing itself, "[]" indexing, "len()", or an attribute's name.

        keep: the result stays here and a handle goes back. echo: the arguments are sent back as the call left them.
        grad: whether torch records for a backward pass; evaluations don't need that, and it takes as long again. What
        fails without is tried with it: it may read gradients on its way.
        tidy: files that the call leaves in the working folder are removed, so that the next one finds no copies of
        other data.
        """
        with self.tidied() if tidy else contextlib.nullcontext():
            if grad:
                result, actual = self._invoke(target, method, args, kwargs, seed)
            else:
                try:
                    with no_grad():
                        result, actual = self._invoke(target, method, encode.copied(args), kwargs, seed)
                except Exception:
                    self.settings.restore()
                    result, actual = self._invoke(target, method, args, kwargs, seed)
        value = self.keep(result) if keep else encode.describe(result)
        return {"value": value, "args": [encode.describe(a) for a in actual]} if echo else value

    def _invoke(
        self, target: str | frames.Handle, method: str, args: Any, kwargs: dict[str, Any] | None, seed: int | None
    ) -> tuple[Any, list[Any]]:
        """The result, and the arguments as the call left them, those by keyword last."""
        actual = self.revived(args)
        named = {k: encode.revive(v, self.objects.__getitem__) for k, v in (kwargs or {}).items()}
        sent = [*actual, *named.values()]
        if seed is not None:
            set_seeds(seed)
        try:
            return self.retrying(lambda: invoke(self.lookup(target), method, actual, named)), sent
        except (Exception, SystemExit):
            if not any(chance() for chance in self.second_chances):
                raise
        return self.retrying(lambda: invoke(self.lookup(target), method, actual, named)), sent

    def revived(self, values: Iterable[Any]) -> list[Any]:
        """What the judge sent, as the values and objects that it means."""
        return [encode.revive(value, self.objects.__getitem__) for value in values]

    @contextlib.contextmanager
    def tidied(self) -> Iterator[None]:
        """Files that come into being in the working folder meanwhile are gone afterwards."""
        before = set(os.listdir(self.folder)) if self.own_folder else set()
        try:
            yield
        finally:
            for name in set(os.listdir(self.folder)) - before if self.own_folder else ():
                path = self.folder / name
                if path.is_file() or path.is_symlink():
                    path.unlink()

    def call_each(self, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Several calls, one after the other; their answers, up to the first error."""
        answers: list[dict[str, Any]] = []
        for number, options in enumerate(calls):
            if number:
                self.settings.restore()
            answers.append(self.answer(lambda options=options: self.call(**options)))  # type: ignore[misc]
            if "error" in answers[-1]:
                break
        return answers

    def build_model(self, target: str, args: Any, kwargs: dict[str, Any], seed: int) -> list[Any]:
        """Construct an nn.Module of the notebook's in eval mode; its handle and its parameters."""
        handle = self.call(target, args=args, kwargs=kwargs, seed=seed, keep=True)
        model = self.lookup(handle)
        model.eval()
        return [handle, MODULE_OPERATIONS["parameters"](model)]

    def retrying(self, function: Callable[[], Any]) -> Any:
        """Run it; when a global is missing that a deferred statement binds, run that statement and try again."""
        for _ in range(MAX_RETRIES):
            try:
                return function()
            except NameError as error:
                name = getattr(error, "name", None)
                if (
                    not isinstance(name, str)
                    or isinstance(error, UnboundLocalError)
                    or not self.workspace.resolve(name)
                ):
                    raise
        return function()

    def lookup(self, target: str | frames.Handle) -> Any:
        """The object behind a handle, or the notebook's name.

        Raises:
            LookupError: neither is here; the judge turns it into MissingName.
        """
        if isinstance(target, frames.Handle):
            return self.objects[target.number]
        if target not in self.workspace.namespace and not self.workspace.resolve(target):
            raise LookupError(target)
        return self.workspace.namespace[target]

    def keep(self, value: Any) -> frames.Handle:
        self.count += 1
        self.objects[self.count] = value
        return frames.Handle(self.count, frames.type_name(value))

    def set_attribute(self, target: frames.Handle, name: str, value: Any) -> None:
        setattr(self.lookup(target), name, encode.revive(value, self.objects.__getitem__))

    def get_attribute(self, target: str | frames.Handle, name: str) -> Any:
        return encode.describe(getattr(self.lookup(target), name))

    def get_attributes(self, target: str | frames.Handle, names: list[str]) -> list[Any]:
        return [self.get_attribute(target, name) for name in names]

    def fields(self, target: frames.Handle) -> list[str]:
        """Names of an instance's own attributes and of its class's public ones."""
        value = self.lookup(target)
        return sorted(k for k in {*vars(value), *vars(type(value))} if not k.startswith("_"))

    def write_file(self, name: str, data: bytes) -> str:
        """Put a file of the judge's into the scratch folder; returns its absolute path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return str(path)

    def torch_module(self, kind: str, args: Any = (), kwargs: dict[str, Any] | None = None) -> frames.Handle:
        """A module of torch.nn, such as `LSTM(3, 4)`, for trying the notebook's helpers on."""
        import torch

        return self.keep(getattr(torch.nn, kind)(*args, **(kwargs or {})))

    def _on_object(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def operation(target: frames.Handle, args: Any = (), **options: Any) -> Any:
            actual = self.revived(args)
            return self.retrying(lambda: function(self.lookup(target), *actual, **options))

        return operation


def invoke(target: Any, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Call `target` the way that `method` says."""
    if method == "()":
        return target(*args, **kwargs)
    if method == "[]":
        return operator.getitem(target, *args)
    if method == "len()":
        return len(target)
    return getattr(target, method)(*args, **kwargs)


def no_grad() -> Any:
    """Within it torch records nothing for a backward pass."""
    import torch

    return torch.no_grad()


def set_seeds(seed: int) -> None:
    import torch

    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.default_generator.manual_seed(seed)  # torch.manual_seed also formats three stacks for absent devices


def versions() -> dict[str, str]:
    """Of what the student's code runs on."""
    import pandas
    import sklearn
    import torch

    modules = {"torch": torch, "numpy": np, "pandas": pandas, "scikit-learn": sklearn}
    return {"python": sys.version.split()[0]} | {name: str(module.__version__) for name, module in modules.items()}


def flush() -> None:
    """Let go of what was printed: the process is killed in the end, and nobody flushes then."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # the student's code may have closed or replaced it
            continue


def serve(connection: socket.socket) -> None:
    """Answer requests until the judge hangs up."""
    server = Server(own_folder=True)
    stream = connection.makefile("rb")
    while len(head := stream.read(4)) == 4:
        frame = stream.read(struct.unpack("<I", head)[0])
        answer = frames.prefix(server.handle(frame))
        flush()
        connection.sendall(answer)
    os._exit(0)
