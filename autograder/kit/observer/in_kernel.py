"""Runs inside the notebook's kernel, before its first cell: reports every training while it happens.

A training is one optimizer that takes steps. The notebook's own driver is wrapped where it is defined, so that its
settings and what it returns are known too; other drivers are seen by their steps alone. Everything here shares the
process with the submission, which may forge or disable it: reports are evidence of what was seen, never a verdict.
Nothing here may disturb a notebook, so every failure of ours is swallowed.

Events: `training` (its first step, or the driver's call), `model` (what is trained), `end`, and `cell` (its steps).
"""

from __future__ import annotations

import ast
import builtins
import functools
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import torch
from IPython import get_ipython
from torch.optim.optimizer import register_optimizer_step_post_hook

MARK = "__autograder_driver__"  # a built-in name: it survives %reset
MIME = "application/vnd.autograder+json"
LR_AT = (1, 10, 100, 200)  # steps whose learning rate shows the warm-up
MOST_VALUES, MOST_FRAMES, MOST_NAMES = 1000, 40, 2000


class Record:
    """One training. `optimizer` is known from its first step on."""

    def __init__(self, number: int, driver: str) -> None:
        self.number, self.driver = number, driver
        self.started = time.perf_counter()
        self.steps = 0
        self.rates: dict[str, float] = {}
        self.optimizer: Callable[[], Any] = lambda: None
        self.knows_hparams = False


def quietly(function: Callable[..., Any]) -> Callable[..., Any]:
    """A fault of ours must not become a fault of the notebook."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception:  # noqa: BLE001
            return None

    return run


class Watch:
    """Follows optimizers, the driver and the cells of one kernel."""

    def __init__(self, emit: Callable[[dict[str, Any]], None], names: dict[str, Any]) -> None:
        self._emit, self._names = emit, names
        self._number = 0
        self._cell_steps = 0
        self._calls: list[Record] = []  # the driver's running calls
        self._loose: Record | None = None  # the training that runs outside of the driver

    # ---- optimizers --------------------------------------------------------------------------------------------------
    @quietly
    def on_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        self._cell_steps += 1
        record = self._record_of(optimizer)
        record.steps += 1
        if record.steps == 1:
            self._describe(record, optimizer)
        if record.steps in LR_AT:
            record.rates[str(record.steps)] = float(optimizer.param_groups[0]["lr"])

    def _record_of(self, optimizer: Any) -> Record:
        if self._calls:
            call = self._calls[-1]
            if call.steps == 0:
                call.optimizer = weakref.ref(optimizer)
            if call.optimizer() is optimizer:
                return call
        if self._loose is None or self._loose.optimizer() is not optimizer:
            self._close_loose("")
            self._loose = self._begin("")
            self._loose.optimizer = weakref.ref(optimizer)
        return self._loose

    def _describe(self, record: Record, optimizer: Any) -> None:
        found = list(nearby())
        model = next((m for m in found if isinstance(m, torch.nn.Module) and owns(m, optimizer)), None)
        report = {
            "event": "model",
            "id": record.number,
            "seed": torch.initial_seed(),
            "optimizer": settings_of(optimizer),
        }
        report["model"] = anatomy(model, self._names) if model is not None else {"num_params": size_of(optimizer)}
        if not record.knows_hparams:
            report["hparams"] = next((fields(value) for value in found if self._is_hparams(value)), {})
        self._emit(report)

    # ---- the driver --------------------------------------------------------------------------------------------------
    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The notebook's driver, reporting its calls."""

        @functools.wraps(function)
        def driver(*args: Any, **kwargs: Any) -> Any:
            record = self._call(function.__name__, args, kwargs)
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                self._return(record, {}, describe_error(error))
                raise
            self._return(record, result, "")
            return result

        return driver

    @quietly
    def _call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Record:
        self._close_loose("")
        hparams = next((value for value in (*args, *kwargs.values()) if self._is_hparams(value)), None)
        said = [key.lower() for key, value in kwargs.items() if bool(value) is True]
        kinds = [kind for kind in self._names["kinds"][1:] if any(kind.lower() in key for key in said)]
        record = self._begin(name, hparams=fields(hparams), kind=kinds[0] if kinds else "")
        record.knows_hparams = hparams is not None
        self._calls.append(record)
        return record

    @quietly
    def _return(self, record: Record, result: Any, error: str) -> None:
        self._calls.remove(record)
        self._end(record, error, result=numbers(result))

    def _is_hparams(self, value: Any) -> bool:
        """By its class's name or its fields; looked up without running any code of its own."""
        name = type(value).__name__.lower()
        own = getattr(value, "__dict__", None) if not isinstance(value, type) else None
        known = "hyperparam" in name or "hparam" in name
        return type(own) is dict and (known or self._names["hidden"] in own)

    # ---- cells -------------------------------------------------------------------------------------------------------
    @quietly
    def before_cell(self, *args: Any) -> None:
        self._cell_steps = 0

    @quietly
    def after_cell(self, result: Any) -> None:
        failure = getattr(result, "error_in_exec", None)
        self._close_loose(describe_error(failure) if failure is not None else "")
        self._emit({"event": "cell", "steps": self._cell_steps})

    # ---- reports -----------------------------------------------------------------------------------------------------
    def _begin(self, driver: str, **more: Any) -> Record:
        self._number += 1
        record = Record(self._number, driver)
        self._emit({"event": "training", "id": record.number, "driver": driver, **more})
        return record

    def _end(self, record: Record, error: str, **more: Any) -> None:
        seconds = time.perf_counter() - record.started
        told = {"id": record.number, "steps": record.steps, "seconds": seconds, "error": error, "rates": record.rates}
        self._emit({"event": "end", **told, **more})

    def _close_loose(self, error: str) -> None:
        record, self._loose = self._loose, None
        if record is not None:
            self._end(record, error)


# ---- what is trained -------------------------------------------------------------------------------------------------
def nearby() -> Iterator[Any]:
    """The values that the code around an optimizer's step has names for, innermost first."""
    frame: Any = sys._getframe(2)
    for _ in range(MOST_FRAMES):
        if frame is None:
            return
        for value in list(frame.f_locals.values())[-MOST_NAMES:]:
            yield value
            if type(getattr(value, "__dict__", None)) is dict and not isinstance(value, torch.nn.Module | type):
                yield from list(vars(value).values())[:20]  # a trainer object holds the model
        frame = frame.f_back


def owns(model: Any, optimizer: Any) -> bool:
    ids = {id(parameter) for parameter in model.parameters()}
    return all(id(p) in ids for group in optimizer.param_groups for p in group["params"])


def size_of(optimizer: Any) -> int:
    return sum(p.numel() for group in optimizer.param_groups for p in group["params"] if p.requires_grad)


def anatomy(model: Any, names: dict[str, Any]) -> dict[str, Any]:
    """The model's class, its recurrent layers, its sizes by the names of the settings' fields."""
    layers = [m for m in model.modules() if isinstance(m, torch.nn.RNNBase | torch.nn.RNNCellBase)]
    tables = [m for m in model.modules() if isinstance(m, torch.nn.Embedding)]
    built: dict[str, Any] = {}
    if len(layers) == 1 and isinstance(layers[0], torch.nn.RNNBase):
        only = layers[0]
        built = {names["hidden"]: only.hidden_size, names["layers"]: only.num_layers}
        built[names["bidirectional"]] = only.bidirectional
    if tables:
        built[names["embedding"]] = tables[0].embedding_dim
    return {
        "class": type(model).__name__,
        "layers": sorted({type(layer).__name__ for layer in layers}),
        "vocab_size": tables[0].num_embeddings if tables else None,
        "num_params": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "built": built,
    }


def settings_of(optimizer: Any) -> dict[str, Any]:
    group = optimizer.param_groups[0]
    known = ("initial_lr", "lr", "momentum", "eps", "weight_decay")
    return {"name": type(optimizer).__name__, **{key: plain(group[key]) for key in known if key in group}}


# ---- plain values ----------------------------------------------------------------------------------------------------
def fields(hparams: Any) -> dict[str, Any]:
    names = [name for name in dir(hparams) if name.isupper()][:60] if hparams is not None else []
    values = {name: field(hparams, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


@quietly
def field(hparams: Any, name: str) -> bool | int | float | str | None:
    return plain(getattr(hparams, name))


def plain(value: Any) -> bool | int | float | str | None:
    """A number or a short text as the built-in type it is; None for everything else."""
    if isinstance(value, str):
        return str(value)[:100]
    if isinstance(value, bool | int | float):
        return type(value)(value) if type(value) in (bool, int, float) else float(value)
    return value.item() if getattr(value, "size", None) == 1 or getattr(value, "ndim", None) == 0 else None


def numbers(result: Any) -> dict[str, Any]:
    """The numbers, and lists of numbers, that the driver's dict holds."""
    found: dict[str, Any] = {}
    for key, value in list(result.items())[:50] if isinstance(result, dict) else []:
        if isinstance(key, str):
            many = isinstance(value, list | tuple)
            found[key[:50]] = [plain(v) for v in list(value)[:MOST_VALUES]] if many else plain(value)
    return found


def describe_error(error: Any) -> str:
    return f"{type(error).__name__}: {error}"[:300]


# ---- setting up ------------------------------------------------------------------------------------------------------
class Decorate(ast.NodeTransformer):
    """Wraps the driver where a cell defines it, so that the same cell can already use it."""

    def __init__(self, driver: str) -> None:
        self.driver = driver

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name == self.driver:
            mark = ast.Name(MARK, ast.Load())
            node.decorator_list.append(ast.copy_location(mark, node))
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node


def emitter(shell: Any) -> Callable[[dict[str, Any]], None]:
    """The channel that the executor gives this text; else a display with a type of ours."""
    given = globals().get("__autograder_emit__")
    if callable(given):
        return given  # type: ignore[no-any-return]
    publish = shell.display_pub.publish
    return lambda event: publish({MIME: event})


def install(names: dict[str, Any]) -> None:
    """See Names; a kernel is watched only once."""
    shell = get_ipython()
    if shell is None or hasattr(builtins, MARK):
        return
    watch = Watch(emitter(shell), names)
    setattr(builtins, MARK, watch.wrap)
    shell.ast_transformers.append(Decorate(names["driver"]))
    shell.events.register("pre_run_cell", watch.before_cell)
    shell.events.register("post_run_cell", watch.after_cell)
    register_optimizer_step_post_hook(watch.on_step)
