"""The files of a hand-in that a script imports: `models.py` may be made of `gru.py` and of a package `nets/`.

Nothing is imported here. A file that has the name of a library's module is left alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
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
            self._found[key] = Companion(file, name, tuple(absolute(one, package) for one in self.read(file).cells))
        return self._found[key]


def _size(contents: Contents) -> int:
    """How many characters of code there are."""
    return sum(len(cell.source) for cell in contents.cells)


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


def absolute(cell: Cell, package: str) -> Cell:
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
