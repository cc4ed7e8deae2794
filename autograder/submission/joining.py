"""The cells of a script and of the files that it imports as those of one hand-in.

Companions are loaded before the script, in the same module, under the names that the imports ask for; so circles of
imports do no harm. A file in which a name means something else than in another one gets a module of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from autograder.records import Cell
from autograder.source import syntax_tree
from autograder.submission.companions import Companion, absolute
from autograder.submission.exports import LIBRARIES


def joined(cells: tuple[Cell, ...], companions: Sequence[Companion]) -> tuple[Cell, ...]:
    """The script's cells, with those of its companions before them; the script's keep their numbers."""
    if not companions:
        return cells
    number = max((cell.number for cell in cells), default=0)
    own = tuple(absolute(cell, "") for cell in cells)
    apart = _apart(own, companions)
    sources = [("", _names([companion.module for companion in companions], apart))]
    for companion in companions:
        module = companion.module if companion.module in apart else ""
        sources += [(module, cell.source) for cell in companion.cells]
    return (
        *(Cell(number + place, source, module=module) for place, (module, source) in enumerate(sources, 1)),
        *own,
    )


def _apart(cells: Sequence[Cell], companions: Sequence[Companion]) -> set[str]:
    """The modules in which a name means something else than in the script, or in a companion that is loaded later."""
    meanings: dict[str, dict[str, str]] = {}
    for companion in companions:
        meanings[companion.module] = _meanings(companion.cells, meanings)
    # What `from package import module` binds is found in the package, which is the module that all share.
    submodules = {name.rpartition(".")[2]: name for name in meanings if "." in name}
    taken = submodules | _meanings(cells, meanings)
    apart: set[str] = set()
    for companion in reversed(companions):
        own = meanings[companion.module]
        if any(taken.get(name, text) != text for name, text in own.items()):
            apart.add(companion.module)
        else:
            taken |= own
    return apart


def _meanings(cells: Sequence[Cell], modules: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What the names of a file mean: the lines that set one last, or where it is imported from.

    modules: the same of modules that it may import.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()  # modules of which all names were imported: once is enough
    for cell in cells:
        tree, lines = syntax_tree(cell.source), cell.source.split("\n")
        for node in _statements(tree.body if tree is not None else []):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found[node.name] = _text(node, lines)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
                found |= dict.fromkeys(names, _text(node, lines))
            elif isinstance(node, ast.Import):
                found |= {alias.asname or alias.name.partition(".")[0]: _imported_as(alias) for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                inner = modules.get(node.module, {})
                for alias in node.names:
                    if alias.name != "*":
                        found[alias.asname or alias.name] = inner.get(alias.name, f"{node.module}.{alias.name}")
                    elif node.module not in taken:
                        taken.add(node.module)
                        found |= {name: text for name, text in inner.items() if not name.startswith("_")}
    return found


def _text(node: ast.stmt, lines: Sequence[str]) -> str:
    """A statement's code; not by ast.dump, which gives up where a tree is deep."""
    if node.lineno == node.end_lineno:
        return lines[node.lineno - 1][node.col_offset : node.end_col_offset]
    return "\n".join(lines[node.lineno - 1 : node.end_lineno])


def _imported_as(alias: ast.alias) -> str:
    """What `import a.b` binds: `a`, or `a.b` where it is given a name."""
    return alias.name if alias.asname else alias.name.partition(".")[0]


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a file's top level, those under `if`, `try`, `with` and loops too, however deep."""
    waiting = list(reversed(body))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            blocks = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
            blocks += [handler.body for handler in getattr(node, "handlers", [])]
            waiting += [child for block in reversed(blocks) for child in reversed(block)]


def _names(modules: Sequence[str], apart: set[str]) -> str:
    """Code by which the imports of these modules find the one that all but those apart are loaded into."""
    packages = {name.rpartition(".")[0] for name in modules} - {"", *modules}  # folders without an __init__.py
    shared = [name for name in (*modules, *sorted(packages)) if name not in apart]
    lines = [f"sys.modules[{name!r}] = sys.modules[__name__]" for name in shared]
    inner = {name.rpartition(".")[2] for name in shared if "." in name}  # names of their package
    lines += [f"{name} = sys.modules[__name__]" for name in sorted(inner - LIBRARIES)]
    return "\n".join(["import sys", *lines])
