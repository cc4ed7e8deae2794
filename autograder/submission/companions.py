"""The files of a hand-in that a script imports: `models.py` may be made of `gru.py` and of a package `nets/`.

They are loaded before the script, in the same module, under the names that the imports ask for; so circles of imports
do no harm. A file that defines a name otherwise than another one gets a module of its own. Nothing is imported here. A
file that has the name of a library's module is left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from keyword import iskeyword
from pathlib import PurePosixPath

from autograder.errors import SubmissionError
from autograder.records import Cell
from autograder.source import syntax_tree
from autograder.submission.content import Contents
from autograder.submission.exports import LIBRARIES
from autograder.submission.files import File
from autograder.submission.limits import ReadLimits, shown

_RELATIVE = re.compile(rb"from\s*(?:\.\s*)+(?!import\b)[\w.]*")
_DOTS = re.compile(r"\bfrom\s*\.")
_PACKAGE = "__init__"
_INSTALLED = {"site-packages", "dist-packages"}  # libraries in a virtual environment that was handed in too


@dataclass(frozen=True)
class Companion:
    """A file that is read too. `module`: what imports call it, `nets.cells` or `gru`."""

    file: File
    module: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Companions:
    """Finds what the scripts of a hand-in import; looks into each file once, whichever scripts are asked about."""

    files: Sequence[File]
    read: Callable[[File], Contents]
    limits: ReadLimits
    _imports: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    _found: dict[tuple[str, str], Companion] = field(default_factory=dict)

    def of(self, script: File) -> list[Companion]:
        """The files of the hand-in that the script imports, and those that these import, as they are needed.

        Raises SubmissionError if they are too many or hold too much code, or the script can't be read.
        """
        beside = _modules(script, self.files)
        found: dict[str, Companion] = {}
        seen: set[str] = set()
        room = self.limits.code_chars - _size(self.read(script))

        def follow(file: File, package: str) -> None:
            nonlocal room
            for name in self._names(file, package):
                if name not in beside or name in seen or name.partition(".")[0] in LIBRARIES:
                    continue
                if len(seen) == self.limits.companions:
                    raise SubmissionError(
                        f"{shown(script.path)} imports more than {self.limits.companions} files of the hand-in; put "
                        "its code into fewer."
                    )
                seen.add(name)
                inner = beside[name]
                try:
                    room -= _size(self.read(inner))
                except SubmissionError:
                    continue  # its import will fail, and say so
                if room < 0:
                    raise SubmissionError(
                        f"{shown(script.path)} and the files that it imports hold too much code (at most "
                        f"{self.limits.code_chars:,} characters are read); move data out of the code and hand in again."
                    )
                is_package = PurePosixPath(inner.path).stem == _PACKAGE
                inside = name if is_package else name.rpartition(".")[0]
                follow(inner, inside)
                found[name] = self._companion(inner, name, inside)

        follow(script, "")
        return list(found.values())

    def _names(self, file: File, package: str) -> tuple[str, ...]:
        key = file.path, package
        if key not in self._imports:
            self._imports[key] = tuple(dict.fromkeys(_imported(self.read(file).cells, package)))
        return self._imports[key]

    def _companion(self, file: File, name: str, package: str) -> Companion:
        key = file.path, name
        if key not in self._found:
            self._found[key] = Companion(file, name, tuple(_absolute(one, package) for one in self.read(file).cells))
        return self._found[key]


def _size(contents: Contents) -> int:
    """How many characters of code there are."""
    return sum(len(cell.source) for cell in contents.cells)


def joined(cells: tuple[Cell, ...], companions: Sequence[Companion]) -> tuple[Cell, ...]:
    """The script's cells, with those of its companions before them; the script's keep their numbers."""
    if not companions:
        return cells
    number = max((cell.number for cell in cells), default=0)
    apart = _apart(cells, companions)
    sources = [("", _names([companion.module for companion in companions], apart))]
    for companion in companions:
        module = companion.module if companion.module in apart else ""
        sources += [(module, cell.source) for cell in companion.cells]
    return (
        *(Cell(number + place, source, module=module) for place, (module, source) in enumerate(sources, 1)),
        *(_absolute(cell, "") for cell in cells),
    )


def _apart(cells: tuple[Cell, ...], companions: Sequence[Companion]) -> set[str]:
    """The modules in which a name means something else than in the script, or in a companion that is loaded later."""
    meanings: dict[str, dict[str, str]] = {}
    for companion in companions:
        meanings[companion.module] = _meanings(companion.cells, meanings)
    inner = {
        name.rpartition(".")[2]: name for name in meanings if "." in name
    }  # as `from package import module` has it
    taken, apart = inner | _meanings([_absolute(cell, "") for cell in cells], meanings), set[str]()
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


def _modules(script: File, files: Sequence[File]) -> dict[str, File]:
    """All scripts by the names that imports may call them: as seen from the script's own folder, from one above it, or
    from any other, which code may have put into `sys.path`; the nearest counts."""
    here = PurePosixPath(script.path).parent.parts
    found: dict[str, tuple[tuple[bool, bool, str], File]] = {}
    for file in files:
        if file is script or file.suffix != ".py":
            continue
        parts = PurePosixPath(file.path).with_suffix("").parts
        if not _INSTALLED.isdisjoint(parts):
            continue
        whole = parts[:-1] if parts[-1] == _PACKAGE else parts
        for start in range(len(whole)):
            if all(part.isidentifier() and not iskeyword(part) for part in whole[start:]):
                above = parts[:start]
                rank = above != here, above != here[:start], file.path
                name = ".".join(whole[start:])
                found[name] = min(found.get(name, (rank, file)), (rank, file), key=lambda one: one[0])
    return {name: file for name, (_, file) in found.items()}


def _imported(cells: Sequence[Cell], package: str) -> Iterator[str]:
    """The modules that the code of a package may import, by their whole names, packages before what they hold.

    package: empty for what stands beside the script.
    """
    for cell in cells:
        tree = syntax_tree(cell.source)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = _base(node, package)
                names = [base, *(f"{base}.{alias.name}".lstrip(".") for alias in node.names)]
            else:
                continue
            for name in names:
                parts = name.split(".")
                yield from (".".join(parts[:many]) for many in range(1, len(parts) + 1))


def _base(node: ast.ImportFrom, package: str) -> str:
    """The module that names are imported from, without dots before it."""
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*above, *filter(None, [node.module])]).strip(".")


def _absolute(cell: Cell, package: str) -> Cell:
    """The code of a package with absolute imports in place of relative ones: where it is loaded there is no package."""
    if not _DOTS.search(cell.source):
        return cell
    tree = syntax_tree(cell.source)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level] if tree else []
    lines = [line.encode() for line in cell.source.split("\n")]
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset), reverse=True):  # so that places hold
        base = _base(node, package)
        if base:
            line, at = lines[node.lineno - 1], node.col_offset
            lines[node.lineno - 1] = line[:at] + _RELATIVE.sub(f"from {base}".encode(), line[at:], count=1)
    return replace(cell, source=b"\n".join(lines).decode()) if found else cell
