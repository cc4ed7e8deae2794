"""Lists the kit's types, properties and roles as Markdown, for docs/authoring.md.

python -m autograder.kit.listing
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

from autograder.kit import properties, roles, types
from autograder.kit.properties import Property


def tables() -> str:
    """Return the three tables."""
    return "\n\n".join("\n".join(lines) for lines in (type_rows(), property_rows(), role_rows())) + "\n"


def type_rows() -> Iterator[str]:
    """The types, in the order of their file."""
    yield from ("| type | takes |", "|---|---|")
    for name, kind in vars(types).items():
        if inspect.isclass(kind) and kind.__module__ == types.__name__ and "read" in vars(kind) and name != "Type":
            arguments = ", ".join(inspect.signature(kind).parameters)
            yield f"| `{name}({arguments})` | {first_sentence(kind)} |"


def property_rows() -> Iterator[str]:
    """The properties, as the library exports them."""
    yield from ("| property | weight | what students read |", "|---|---|---|")
    for name in properties.__all__:
        one = getattr(properties, name)
        if isinstance(one, Property):
            yield f"| `{name}` | {one.weight:g}{', required' if one.required else ''} | {one.sentence} |"
        elif inspect.isfunction(one):
            made = ", ".join(inspect.signature(one).parameters)
            yield f"| `{name}({made})` | 1 | {first_sentence(one)} |"


def role_rows() -> Iterator[str]:
    """The roles, each with what it adds to the largest one that it holds."""
    yield from ("| role | properties |", "|---|---|")
    known = {name: role for name, role in vars(roles).items() if name.isupper()}
    for name, role in known.items():
        inside = [
            (len(other), key) for key, other in known.items() if len(other) < len(role) and set(other) <= set(role)
        ]
        base = max(inside, default=(0, ""))[1]
        own = [f"`{one.name}`" for one in role if not base or one not in known[base]]
        yield f"| `{name}` | {', '.join([f'all of `{base}`'] * bool(base) + own)} |"


def first_sentence(thing: object) -> str:
    """The first line of a docstring."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


if __name__ == "__main__":
    sys.stdout.write(tables())
