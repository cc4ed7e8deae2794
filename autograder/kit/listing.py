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
    """The roles, each by the nearest one above that it holds, and what it adds."""
    yield from ("| role | properties |", "|---|---|")
    above: dict[str, roles.Role] = {}
    for name, role in vars(roles).items():
        if name.isupper():
            base = next((key for key in reversed(above) if set(above[key]) <= set(role)), "")
            own = [f"`{one.name}`" for one in role if not base or one not in above[base]]
            yield f"| `{name}` | {', '.join([f'all of `{base}`'] * bool(base) + own)} |"
            above[name] = role
    for name in ("recogniser", "generator"):
        made = getattr(roles, name)
        wanted = inspect.signature(made).parameters
        yield f"| `{name}({', '.join(wanted)})` | {', '.join(f'`{one.name}`' for one in made(*wanted))} |"


def first_sentence(thing: object) -> str:
    """The first line of a docstring."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


if __name__ == "__main__":
    sys.stdout.write(tables())
