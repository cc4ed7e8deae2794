"""A training of the submission's own, called with what the judge hands over, and what can be done to what it returned.

Runs in the student process, whose code may tamper with all of this. It gains nothing: what has to be predicted is asked
for piece by piece, and the judge counts for itself.
"""

from __future__ import annotations

import argparse
import collections
import copy
import functools
import inspect
import operator
import sys
import time
import types
import zlib
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from autograder.inside import encode
from autograder.inside.reachable import copies_of, parameters, reachable, write_copy

KEPT: dict[int, Any] = {}  # by id of a parameter: itself, what it was before it was overwritten, its copies
ISOLATED: dict[int, Any] = {}  # by object: its modules with their modes, and its own attributes of those names
LENT: dict[int, Any] = {}  # by object: its own attributes of the lent law's names
MISSING = object()
LIBRARIES = {"torch", "numpy", "autograder", "IPython", *sys.stdlib_module_names}
CONTAINERS = (dict, list, set, collections.deque, collections.OrderedDict, collections.defaultdict, collections.Counter)
CACHE = type(functools.cache(print))
SMALL = 0.1  # a bias among random parameters
SHARP = 3.0  # of the lent law: how far apart its log-probabilities are


def indexer(server: Any, symbols: list[str]) -> Any:
    """Number symbols from 0 on with the submission's own `Indexer`; a handle.

    Raises:
        Exception: the class fails, or numbers them otherwise.
    """
    index = server.lookup("Indexer")()
    for symbol in symbols:
        index.add_and_get_index(symbol)
    numbers = [int(index.index_of(symbol)) for symbol in symbols]
    names = [index.get_object(number) for number in range(len(symbols))]
    if numbers != list(range(len(symbols))) or names != list(symbols) or len(index) != len(symbols):
        raise ValueError("Indexer does not number what is added from 0 on")
    if index.index_of("no symbol") != -1 or not index.contains(symbols[0]) or index.contains("no symbol"):
        raise ValueError("Indexer does not tell what it holds from what it does not")
    return server.keep(index)


def namespace(server: Any, fields: dict[str, Any]) -> Any:
    """Make an `argparse.Namespace`; a handle."""
    return server.keep(argparse.Namespace(**fields))


def train(server: Any, target: str, args: list[Any], seconds: float, seed: int, echo: bool) -> list[Any]:
    """Call the training function `target` with at most so much processor time.

    Returns a handle to what it returned, the processor time that it took, and, with `echo`, the arguments as the call
    left them.
    """
    from autograder.inside import fast_rnn
    from autograder.inside.server import set_seeds

    fast_rnn.install()
    actual = server.revived(args)
    set_seeds(seed)
    limit, started = _Limit(seconds), time.process_time()
    try:
        result = server.retrying(lambda: server.lookup(target)(*actual))
    finally:
        limit.lift()
    used = time.process_time() - started
    if result is None:
        raise TypeError(f"{target} returned None instead of the trained object")
    return [server.keep(result), used, [encode.describe(value) for value in actual] if echo else []]


class _Limit:
    """A bound on this process's processor time from now on, where the system has one: it ends the process."""

    def __init__(self, seconds: float) -> None:
        try:
            import resource
        except ImportError:  # of Unix alone; the judge's deadline holds everywhere
            self._resource: Any = None
            return
        self._resource = resource
        self._before = resource.getrlimit(resource.RLIMIT_CPU)
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime + seconds) + 1
        kept = [limit for limit in self._before if limit != resource.RLIM_INFINITY]
        self._set(min([soft, *kept]))

    def lift(self) -> None:
        """Bring the former bound back."""
        if self._resource is not None:
            self._set(self._before[0])

    def _set(self, soft: int) -> None:
        self._resource.setrlimit(self._resource.RLIMIT_CPU, (soft, self._before[1]))


# ---- what is done to an object ---------------------------------------------------------------------------------------
def disturb(server: Any, target: Any, args: list[Any], seed: int, scale: float) -> int:
    """Overwrite all parameters, and what are copies of them, with random numbers, `scale` times as large as layers are
    drawn; how many parameters there are.

    Biases become small, since large ones give one answer to everything.
    """
    import torch

    draw = torch.Generator().manual_seed(seed)
    thing = server.lookup(target)
    found = parameters(thing)
    fresh = [parameter for parameter in found if id(parameter) not in KEPT]
    copies = copies_of(thing, fresh)
    KEPT.update({id(p): (p, p.detach().clone(), copies[id(p)]) for p in fresh})
    for parameter in found:
        size = scale / parameter.shape[-1] ** 0.5 if parameter.dim() > 1 else SMALL
        _write(parameter, torch.randn(parameter.shape, generator=draw) * size)
    return len(found)


def restore(server: Any, target: Any, args: list[Any]) -> None:
    """Bring the parameters back that `disturb` overwrote."""
    for parameter in parameters(server.lookup(target)):
        if id(parameter) in KEPT:
            _write(parameter, KEPT[id(parameter)][1])


def _write(parameter: Any, values: Any) -> None:
    """Put values into a parameter and into its copies."""
    import torch

    with torch.no_grad():
        parameter.copy_(values)
        for copied, turned in KEPT[id(parameter)][2]:
            write_copy(copied, parameter.T if turned else parameter)


def isolate(server: Any, target: Any, args: list[Any], methods: list[str]) -> None:
    """From now on these methods find the object as it is now, whatever earlier calls of them left in it, in its class
    or in the names around that, and all its modules in evaluation mode."""
    import torch

    thing = server.lookup(target)
    modules = [(part, part.training) for part in reachable(thing) if isinstance(part, torch.nn.Module)]
    settle(thing)
    own = _replace(thing, {name: _Afresh(thing, getattr(thing, name)) for name in methods if hasattr(thing, name)})
    _Afresh.kept[id(thing)] = [(part, copy.copy(content)) for part, content in holders(thing)]
    ISOLATED[id(thing)] = modules, own


def release(server: Any, target: Any, args: list[Any]) -> None:
    """End what `isolate` began, and bring back what its calls changed."""
    thing = server.lookup(target)
    for part, content in _Afresh.kept.pop(id(thing)):
        _bring_back(part, content)
    modules, own = ISOLATED.pop(id(thing))
    for part, training in modules:
        part.training = training
    _put_back(thing, own)


def _replace(thing: Any, others: dict[str, Any]) -> dict[str, Any]:
    """Put these in the place of an object's attributes; what was there, for _put_back. An object without attributes of
    its own (slots, a named tuple) gets them through its class, where other objects of it keep theirs. What can't be
    replaced stays."""
    own = hasattr(thing, "__dict__")
    place = thing if own else type(thing)
    before = {}
    for name, other in others.items():
        known = vars(place).get(name, MISSING)
        value = other if own else _Of(thing, other, inspect.getattr_static(place, name, None))
        try:
            _kind(place).__setattr__(place, name, value)
        except (TypeError, AttributeError):  # of a type that is not written in Python
            continue
        before[name] = known
    return before


def _put_back(thing: Any, before: dict[str, Any]) -> None:
    """End what _replace began."""
    place = thing if hasattr(thing, "__dict__") else type(thing)
    for name, value in before.items():
        if value is MISSING:
            _kind(place).__delattr__(place, name)
        else:
            _kind(place).__setattr__(place, name, value)


def _kind(place: Any) -> Any:
    """Whose `__setattr__` sets an attribute whatever a class of the submission's says of that."""
    return next((kind for kind in (type, types.ModuleType) if isinstance(place, kind)), object)


class _Of:
    """A class's attribute that is another one for one object."""

    def __init__(self, thing: Any, own: Any, others: Any) -> None:
        self._thing, self._own, self._others = thing, own, others

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is self._thing:
            return self._own
        bind = getattr(type(self._others), "__get__", None)
        return bind(self._others, instance, owner) if bind is not None else self._others


class _Afresh:
    """A method that first brings back what its object was made of."""

    kept: ClassVar[dict[int, list[tuple[Any, Any]]]] = {}  # by object

    def __init__(self, thing: Any, method: Any) -> None:
        self._key, self._method = id(thing), method

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for part, content in self.kept[self._key]:
            _bring_back(part, content)
        return self._method(*args, **kwargs)


def holders(thing: Any) -> Iterator[tuple[Any, Any]]:
    """Yield all that calls can leave something in, each with what it holds: parts of the object, its own classes, and
    what stands around those."""
    around: dict[int, Any] = {}
    roots = [thing]
    for cls in filter(_own, type(thing).__mro__):
        members = {name: value for name, value in vars(cls).items() if name[:2] != "__"}
        yield cls, members
        roots += members.values()
        names = [value.__globals__ for value in members.values() if isinstance(value, types.FunctionType)]
        around |= {id(found): found for found in names}
    for names in around.values():
        yield names, names
        roots += [value for value in names.values() if type(value) in (*CONTAINERS, CACHE) or _own(type(value))]
        roots += [value for value in names.values() if isinstance(value, types.FunctionType) and _own(value)]
    roots = [root for root in roots if all(root is not names for names in around.values())]
    for part in reachable(*roots):
        content = _content(part)
        if content is not None:
            yield part, content


def _own(written: Any) -> bool:
    """Whether a class or function is the submission's."""
    return str(getattr(written, "__module__", "builtins")).partition(".")[0] not in LIBRARIES


def _content(part: Any) -> Any:
    """What can be brought back of a part: elements, numbers, or attributes; None for nothing."""
    import torch

    if type(part) in CONTAINERS:
        return part
    if type(part) is CACHE:
        return ()
    if isinstance(part, torch.Tensor):
        return None if isinstance(part, torch.nn.Parameter) or part.requires_grad else part.detach().clone()
    found = getattr(part, "__dict__", None)
    return found if type(found) is dict and not isinstance(part, (_Afresh, types.FunctionType)) else None


def _bring_back(part: Any, content: Any) -> None:
    if type(part) is CACHE:
        part.cache_clear()
    elif isinstance(part, type):
        for name in [name for name in vars(part) if name[:2] != "__" and name not in content]:
            delattr(part, name)
        for name, value in content.items():
            if vars(part).get(name) is not value:
                setattr(part, name, value)
    elif type(part) in (list, collections.deque):
        if len(part) != len(content) or not all(map(operator.is_, part, content)):
            part.clear()
            part.extend(content)
    elif type(part) is set:
        part &= content
        part.update(content)
    elif isinstance(content, dict):
        _bring_back_entries(part if type(part) in CONTAINERS else part.__dict__, content)
    elif part.shape == content.shape:
        part.data.copy_(content)


def _bring_back_entries(current: dict[Any, Any], content: dict[Any, Any]) -> None:
    """New entries go, the others come back; never is a module without its names. Mostly nothing has changed."""
    if len(current) == len(content) and all(map(operator.is_, current.values(), content.values())):
        if all(map(operator.is_, current, content)):
            return
    for name in [name for name in current if name not in content and str(name)[:2] != "__"]:
        del current[name]
    for name, value in content.items():  # a Counter's `update` would add
        current[name] = value


def settle(thing: Any) -> None:
    """Put every module that an object is or holds into evaluation mode."""
    import torch

    for part in list(reachable(thing)):
        if isinstance(part, torch.nn.Module):
            part.eval()


def lend(server: Any, target: Any, args: list[Any], symbols: str) -> None:
    """Put a next-character law of the judge's in the place of the object's own methods: see law."""
    thing = server.lookup(target)
    known = dict(zip(symbols, range(len(symbols)), strict=True))
    single = lambda next_char, context: float(law(context, len(symbols))[known[next_char]])  # noqa: E731
    vector = lambda context: law(context, len(symbols))  # noqa: E731
    LENT[id(thing)] = _replace(thing, {"get_next_char_log_probs": vector, "get_log_prob_single": single})


def take_back(server: Any, target: Any, args: list[Any]) -> None:
    """End what `lend` began."""
    thing = server.lookup(target)
    _put_back(thing, LENT.pop(id(thing)))


def law(context: str, size: int) -> Any:
    """Log-probabilities, float64 [size], that depend on every character of the context; the same at every call."""
    draw = np.random.default_rng(zlib.crc32(context.encode()))
    logits = SHARP * draw.random(size)
    return logits - np.log(np.exp(logits).sum())


OPERATIONS = {
    "indexer": indexer, "namespace": namespace, "train": train, "disturb": disturb, "restore": restore,
    "isolate": isolate, "release": release, "lend": lend, "take_back": take_back,
}  # fmt: skip
