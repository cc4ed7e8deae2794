"""Fills the arguments of checks. Pytest's own way, made for much more, takes longer than most of them do.

What checks use is known here: fixtures that return their value, for one check or, with the scope "module", for all of
a module in one run; they may ask for other fixtures and for `request`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import pytest

Shared = MutableMapping[tuple[str, str], Any]  # values of the scope "module", by module and name
SCOPES = ("function", "module")


@dataclass
class Request:
    """One check's fixtures, as they are asked for; in their functions it is pytest's `request`."""

    node: pytest.Function
    shared: Shared
    _values: dict[str, Any] = field(default_factory=dict)

    @property
    def fixturenames(self) -> list[str]:
        """All that the check needs, directly or not."""
        return self.node.fixturenames

    def getfixturevalue(self, argname: str) -> Any:
        """The fixture's value, made when it is first asked for."""
        if argname not in self._values:
            self._values[argname] = self._made(argname)
        return self._values[argname]

    def _made(self, name: str) -> Any:
        parameters = parameters_of(self.node)
        if name == "request":
            return self
        if name in parameters:
            return parameters[name]
        definition = self.node._fixtureinfo.name2fixturedefs[name][-1]
        place = (self.node.path.as_posix(), name)
        if definition.scope == "module" and place in self.shared:
            return self.shared[place]
        value = definition.func(**{inner: self.getfixturevalue(inner) for inner in definition.argnames})
        if definition.scope == "module":
            self.shared[place] = value
        return value


def run(node: pytest.Function, shared: Shared) -> None:
    """Call the check. Raises whatever it or a fixture raises."""
    request = Request(node, shared)
    for name in node._fixtureinfo.initialnames:
        request.getfixturevalue(name)
    node.obj(**{name: request.getfixturevalue(name) for name in node._fixtureinfo.argnames})


def require_plain(node: pytest.Function) -> None:
    """Raises:
    pytest.UsageError: the check has a fixture that can't be filled here, or marks that only pytest itself heeds.
    """
    for name, definitions in node._fixtureinfo.name2fixturedefs.items():
        if name == "request" or name in parameters_of(node):
            continue
        odd = definitions[-1].scope not in SCOPES or definitions[-1].params or name in definitions[-1].argnames
        if odd or inspect.isgeneratorfunction(definitions[-1].func):
            raise pytest.UsageError(f"{node.nodeid}: the fixture {name} must be plain: no yield, no params")
    for mark in node.iter_markers():
        if mark.name in ("skip", "skipif", "xfail"):
            raise pytest.UsageError(f"{node.nodeid}: @pytest.mark.{mark.name} has no effect on checks")


def parameters_of(node: pytest.Function) -> Mapping[str, Any]:
    """What `parametrize` gave this check."""
    return node.callspec.params if hasattr(node, "callspec") else {}
