"""What comes with the program beside its code, and the definitions of solved assignments as texts.

In a clone `reference/`, `student_template/` and the lock stand beside the package; a wheel carries them in `shipped/`.
Nothing of them is imported or executed here.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "shipped"
HOME = _SHIPPED if _SHIPPED.is_dir() else _PACKAGE.parent
REFERENCES = HOME / "reference"
TEMPLATES = HOME / "student_template"
LOCK = HOME / "requirements.txt"


class Texts:
    """The definitions of a generated `module.py` by name, as texts; nothing is imported or executed."""

    def __init__(self, module: Path) -> None:
        self._module = module

    def given_source(self, name: str) -> str:
        """Return the text of a definition that the template gives, with its imports.

        Raises:
            KeyError: when the template gives no such definition.
        """
        return self._source("GIVEN", name)

    def solution_source(self, name: str) -> str:
        """Return the text of our solution of a definition that students complete, with its imports.

        Raises:
            KeyError: when students complete no such definition.
        """
        return self._source("SOLVED", name)

    def given(self) -> tuple[str, ...]:
        """Return the names of all definitions that the template gives."""
        return kinds(self._module)["GIVEN"]

    def needs(self, name: str) -> tuple[str, ...]:
        """Return the names of the other definitions that this one uses; KeyError when there is none of that name."""
        return needs(sources(self._module), name)

    def _source(self, kind: str, name: str) -> str:
        if name not in kinds(self._module)[kind]:
            raise KeyError(name)
        return sources(self._module)[name]


@cache
def sources(module: Path) -> dict[str, str]:
    """Return the definitions of a generated `module.py` as texts, each with the module imports that it uses.

    Each text can be executed alone, apart from other definitions that it calls (`needs` names them). Nothing is
    imported or executed here.
    """
    tree = ast.parse(module.read_text())
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    texts = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            used = names_in(node)
            lines = [line for statement in imports if (line := import_line(statement, used))]
            text = ast.get_source_segment(module.read_text(), node) or ""
            texts[node.name] = "\n".join([*lines, "", "", text, ""]) if lines else text + "\n"
    return texts


def needs(texts: dict[str, str], name: str) -> tuple[str, ...]:
    """Return the names of the other definitions that `name` uses, in the order of the module."""
    used = names_in(ast.parse(texts[name]))
    return tuple(other for other in texts if other in used and other != name)


@cache
def kinds(module: Path) -> dict[str, tuple[str, ...]]:
    """Return the module's GIVEN and SOLVED."""
    assigned = [node for node in ast.parse(module.read_text()).body if isinstance(node, ast.Assign)]
    return {ast.unparse(node.targets[0]): ast.literal_eval(node.value) for node in assigned}


def names_in(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def import_line(node: ast.Import | ast.ImportFrom, used: set[str]) -> str:
    """Return the import with the names that are used, or "" when none is."""
    names = [alias for alias in node.names if (alias.asname or alias.name.split(".")[0]) in used]
    if not names:
        return ""
    if isinstance(node, ast.ImportFrom):
        return ast.unparse(ast.ImportFrom(module=node.module, names=names, level=node.level))
    return ast.unparse(ast.Import(names=names))
