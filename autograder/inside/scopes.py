"""What a name means to whom: names that a notebook uses again do not change functions that stood there before.

At home every cell saw the names as they were when it ran; here all functions are called after the last cell. So a name
may have more than one value, and the rule is:

- A definition (`def`, `class`, a lambda of as many parameters, an alias of another definition, a wrapper of itself)
  takes the place of an earlier one: the last wins. Nothing else takes its place: not `LSTM = LSTM(…)`, nor a late
  `from torch.nn import LSTM`.
- A builtin or an imported thing that functions above read stays what it was for them: `sum = 0`, `re = 0.93`.
- Another global that functions above read (`PATTERN`) keeps for them the value that it had when the first of them was
  first used, by a statement at top level that names it or a function that leads to it; where none is ever used, the
  value that it had when they were defined. Set only below them, it has its first value.
- The statements below, and the functions that they define, see the new value.

The module itself holds what the first functions see. Each re-use that somebody above must not see opens a layer on top
of it, in which all further statements run; names that no function above reads go down into the module at once.
"""

from __future__ import annotations

import ast
import builtins
import functools
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.inside.names import DEFINITIONS, IMPORTS, binds, reads

MOST_LAYERS = 40
WRAPPERS = (types.FunctionType, functools._lru_cache_wrapper)
COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
_ABSENT: Any = object()


class Layer(dict[str, Any]):
    """Names that have another value from a certain statement on; all others are looked up below."""

    def __init__(self, below: dict[str, Any]) -> None:
        super().__init__({name: below[name] for name in ("__name__", "__builtins__") if name in below})
        self.below = below

    def __missing__(self, name: str) -> Any:
        return self.below[name]


@dataclass(frozen=True)
class Reader:
    """A definition: the globals that it reads, and the layer in which it does."""

    names: frozenset[str]
    home: int


class Scopes:
    """The module's names, and the layers above them."""

    def __init__(self, module: dict[str, Any]) -> None:
        self.layers: list[dict[str, Any]] = [module]
        self._readers: dict[str, Reader] = {}  # by the name of the definition
        self._homes: dict[str, set[int]] = {}  # name -> layers of all that ever read it
        self._definitions: set[str] = set()  # names whose place only another definition takes
        self._used: set[str] = set()  # definitions that a statement at top level led to
        self._settled: set[tuple[int, str]] = set()  # (home, name): the value that the first used reader saw

    @property
    def top(self) -> dict[str, Any]:
        """Where the next statement runs."""
        return self.layers[-1]

    def use(self, node: ast.stmt) -> None:
        """Note the definitions that a statement leads to; what they read is settled now."""
        if isinstance(node, (*DEFINITIONS, *IMPORTS)):
            return
        queue = [name for name in reads(node) if name in self._readers]
        while queue:
            name = queue.pop()
            if name in self._used:
                continue
            self._used.add(name)
            reader = self._readers[name]
            for read in reader.names:
                if read in self._readers and read not in self._used:
                    queue.append(read)
                if (reader.home, read) not in self._settled:
                    self._settle(reader.home, read)

    def _settle(self, home: int, name: str) -> None:
        self._settled.add((home, name))
        place = next((n for n in range(home, -1, -1) if name in self.layers[n]), None)
        if place is None or place == len(self.layers) - 1 or self._lasting(name, self.layers[place][name]):
            return
        now = self._value(name)
        if now is not _ABSENT:
            self.layers[place][name] = now

    def before(self, node: ast.stmt) -> None:
        """Open a layer if the statement would change a name for somebody above it."""
        defines = isinstance(node, DEFINITIONS)
        if len(self.layers) <= MOST_LAYERS and any(self._felt(name, defines) for name in binds(node)):
            self.layers.append(Layer(self.layers[-1]))

    def after(self, node: ast.stmt, code: types.CodeType) -> set[str]:
        """Move what the statement has bound to where it belongs; the names whose meaning it changed in the module."""
        names = binds(node)
        defines = {name for name in names if self._redefines(node, name)}
        changed = set(names)
        if len(self.layers) > 1:
            changed = {name for name in names if self._place(name, name in defines)}
        if len(self.layers) > 1 and not self._own(self.top):
            if not any(reader.home == len(self.layers) - 1 for reader in self._readers.values()):
                self.layers.pop()
        self._note(names, defines, read_later(code))
        return changed

    def take_all(self, names: Mapping[str, Any]) -> None:
        """What `from module import *` has brought, but for names that somebody above must not see change."""
        for name, value in names.items():
            if not name.startswith("_") and not (self._felt(name, False) and self._value(name) is not value):
                self.top[name] = value

    def forget(self, name: str) -> None:
        """The harness defines it: no layer hides that."""
        for layer in self.layers[1:]:
            layer.pop(name, None)
        self._definitions.add(name)

    def _note(self, names: Iterable[str], defines: set[str], free: frozenset[str]) -> None:
        """A definition, or a value that holds a lambda, reads globals when it is called."""
        for name in names:
            if name in defines:
                self._definitions.add(name)
            if free and (name in defines or name not in self._definitions):
                self._readers[name] = Reader(free, home := len(self.layers) - 1)
                for read in free:
                    self._homes.setdefault(read, set()).add(home)
                self._used.discard(name)

    def _felt(self, name: str, defines: bool) -> bool:
        """Whether a definition that looks names up in the top layer reads this one, and must not see it change."""
        value = self._value(name)
        if value is _ABSENT and not hasattr(builtins, name):
            return False
        read = len(self.layers) - 1 in self._homes.get(name, ())
        if defines:
            return read and name not in self._definitions and self._lasting(name, value)
        return read or name in self._definitions

    def _place(self, name: str, defined: bool) -> bool:
        """Whether what the top layer holds under this name has gone into the module."""
        value = self.top.get(name, _ABSENT)
        if value is _ABSENT:
            return False
        old = self._below(name)
        if value is old:
            del self.top[name]
            return False
        if defined and (name in self._definitions or not (name in self._homes and self._lasting(name, old))):
            for layer in self.layers[1:]:
                layer.pop(name, None)
            self.layers[0][name] = value
            return True
        hidden = any(name in layer for layer in self.layers[1:-1])
        felt = any(home < len(self.layers) - 1 for home in self._homes.get(name, ()))
        if hidden or name in self._definitions or (felt and (old is not _ABSENT or hasattr(builtins, name))):
            return False
        self.layers[0][name] = self.top.pop(name)
        return True

    def _redefines(self, node: ast.stmt, name: str) -> bool:
        """Whether a statement defines a name rather than using it again."""
        if isinstance(node, DEFINITIONS):
            return True
        if isinstance(node, IMPORTS) or not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            return False
        old, new = self._below(name), self.top.get(name)
        if isinstance(node.value, ast.Name):
            return node.value.id in self._definitions and isinstance(new, types.FunctionType | type)
        if isinstance(new, WRAPPERS) and getattr(new, "__wrapped__", _ABSENT) is old:
            return True
        same = isinstance(new, types.FunctionType) and isinstance(old, types.FunctionType)
        return isinstance(node.value, ast.Lambda) and (
            old is _ABSENT or (same and new.__code__.co_argcount == old.__code__.co_argcount)  # type: ignore[union-attr]
        )

    def _lasting(self, name: str, value: Any) -> bool:
        """Whether no first use can give a name another value: builtins, modules, definitions."""
        if name in self._definitions or isinstance(value, types.ModuleType):
            return True
        return value is _ABSENT and hasattr(builtins, name)

    def _value(self, name: str) -> Any:
        try:
            return self.top[name]
        except KeyError:
            return _ABSENT

    def _below(self, name: str) -> Any:
        if len(self.layers) == 1:
            return self.top.get(name, _ABSENT)
        try:
            return self.layers[-2][name]
        except KeyError:
            return _ABSENT

    def _own(self, layer: dict[str, Any]) -> bool:
        return any(not (name.startswith("__") and name.endswith("__")) for name in layer)


def read_later(code: types.CodeType) -> frozenset[str]:
    """The names that the functions and lambdas of a statement read when they are called: globals, and attributes, which
    a code object does not tell from them and which do no harm here."""
    found: set[str] = set()
    queue = [(inner, False) for inner in code.co_consts if isinstance(inner, types.CodeType)]
    while queue:
        inner, inside = queue.pop()
        inside = inside or inner.co_name not in COMPREHENSIONS
        if inside:
            found.update(inner.co_names)
        queue += [(deeper, inside) for deeper in inner.co_consts if isinstance(deeper, types.CodeType)]
    return frozenset(found)
