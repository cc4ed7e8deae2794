"""Names of the student's that arrive as texts: they are identifiers, or they are no names."""

from __future__ import annotations

import keyword
import re
from functools import lru_cache

MAX_NAME = 300
NO_NAME = "?"
_INSIDE = re.compile(r"<(?:locals|lambda|module|listcomp|setcomp|dictcomp|genexpr)>")


def identifier(name: object) -> bool:
    """Whether it is a text that Python takes for one plain name."""
    return type(name) is str and len(name) <= MAX_NAME and name.isidentifier() and not keyword.iskeyword(name)


def parameter(name: object) -> bool:
    """Whether it is the name of a parameter, with the stars that the inventory puts before some."""
    return type(name) is str and identifier(re.sub(r"\A\*{1,2}", "", name))


@lru_cache(maxsize=1024)  # of ten thousands of numpy's numbers each brings it
def type_name(name: str) -> str:
    """The dotted name of a type, or NO_NAME where it is anything else but empty.

    `make.<locals>.Foo` and `torch.Tensor[torch.complex64]` are such names.
    """
    name = name[:MAX_NAME]
    outer, bracket, inner = name.partition("[")
    if bracket and not (inner.endswith("]") and _dotted(inner[:-1])):
        return NO_NAME
    return name if not name or _dotted(outer) else NO_NAME


def _dotted(name: str) -> bool:
    return all(identifier(part) or _INSIDE.fullmatch(part) for part in name.split("."))
