"""The files beside a script that it imports: `models.py` may be made of `gru.py` and `attention.py`.

They are loaded before the script, in the same module, under the names that the imports ask for. Nothing is imported
here. A file that has the name of a library's module is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from autograder.errors import SubmissionError
from autograder.records import Cell
from autograder.source import syntax_tree
from autograder.submission.content import Contents
from autograder.submission.exports import LIBRARIES
from autograder.submission.files import File
from autograder.submission.limits import shown


def find_companions(
    script: File, files: Sequence[File], read: Callable[[File], Contents], most: int
) -> list[tuple[File, tuple[Cell, ...]]]:
    """The files in the script's folder that it imports, and those that these import, in the order of need.

    Raises SubmissionError if they are more than `most`.
    """
    folder = PurePosixPath(script.path).parent
    beside = {
        PurePosixPath(file.path).stem: file
        for file in files
        if file is not script and file.suffix == ".py" and PurePosixPath(file.path).parent == folder
    }
    found: dict[str, tuple[File, tuple[Cell, ...]]] = {}
    seen: set[str] = set()

    def follow(cells: Sequence[Cell]) -> None:
        for name in _imported(cells):
            if name not in beside or name in seen or name in LIBRARIES:
                continue
            if len(seen) == most:
                raise SubmissionError(
                    f"{shown(script.path)} imports more than {most} files of the hand-in; put its code into fewer."
                )
            seen.add(name)
            try:
                own = read(beside[name]).cells
            except SubmissionError:
                continue  # its import will fail, and say so
            follow(own)
            found[name] = (beside[name], own)

    follow(read(script).cells)
    return list(found.values())


def joined(cells: tuple[Cell, ...], companions: Sequence[tuple[File, tuple[Cell, ...]]]) -> tuple[Cell, ...]:
    """The script's cells, with those of its companions before them; the script's keep their numbers."""
    if not companions:
        return cells
    number = max((cell.number for cell in cells), default=0)
    names = [PurePosixPath(file.path).stem for file, _ in companions]
    first = "import sys\n" + "\n".join(f"sys.modules[{name!r}] = sys.modules[__name__]" for name in names)
    sources = [first, *(cell.source for _, own in companions for cell in own)]
    return (*(Cell(number + place, source) for place, source in enumerate(sources, 1)), *cells)


def _imported(cells: Sequence[Cell]) -> Iterator[str]:
    """The modules that the code imports, by the first part of their names; those of the same package without it."""
    for cell in cells:
        tree = syntax_tree(cell.source)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                yield node.module.partition(".")[0]
