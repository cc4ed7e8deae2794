"""Code as exporters and cells that write files leave it, turned back into the code that its platform runs.

Exporters keep a cell's magic as a call with the cell's text in a string: `get_ipython().run_cell_magic('time', '', …)`.
A cell may write a file that another one imports (`%%writefile utils.py`): its code is read where it stands, as part of
the notebook, and the import finds it there.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from autograder.records import Cell

LIBRARIES = frozenset(sys.stdlib_module_names) | {"torch", "numpy", "pandas", "sklearn", "nltk", "matplotlib", "tqdm"}
_PYTHON = frozenset("time timeit capture prun lprun memit mprun snakeviz heat debug python3 ipython".split())
_CALL = "get_ipython().run_cell_magic("
_TOO_HARD = (SyntaxError, ValueError, RecursionError, MemoryError)
_WRITES = re.compile(
    r"[ \t]*%%(?:writefile|file)[ \t]+(?:(?:-a|--append)[ \t]+)?[\"']?([\w ./~-]{1,200}\.py)[\"']?[ \t]*"
)
_RUNS = re.compile(r"[ \t]*%run[ \t]+(?:-\w[ \t]+)*[\"']?([\w./~-]{1,200}\.py)[\"']?")
_FROM = re.compile(r"[ \t]*from[ \t]+\.?([\w.]{1,200})[ \t]+import\b")
_IMPORT = re.compile(r"[ \t]*import[ \t]+([\w., \t]{1,500})")
_DEEPEST = 4  # folders of a file that is imported
_GUARD = re.compile(r"if\b[^\n]{0,20}\b__name__\b")


# ---- magics as calls -------------------------------------------------------------------------------------------------
def restored(code: str) -> list[str]:
    """The cells that one exported cell stands for: more than one where a magic that is not Python stands in it."""
    if _CALL not in code:
        return [code]
    cells: list[list[str]] = [[]]
    lines = code.split("\n")
    at = 0
    for first, last, name, line, body in _calls(code):
        cells[-1] += lines[at:first]
        at = last
        if name in _PYTHON:
            cells[-1] += body.rstrip("\n").split("\n")
        else:
            cells += [[f"%%{name} {line}".rstrip(), *body.rstrip("\n").split("\n")], []]
    cells[-1] += lines[at:]
    texts = ["\n".join(cell) for cell in cells]
    return [text for text in texts if _says_something(text)] or [code]


def _calls(code: str) -> Iterator[tuple[int, int, str, str, str]]:
    """Each statement that is such a call: its lines from and to, the magic, its line, its text."""
    tree = _parsed(code)
    if tree is not None:
        for node in tree.body:
            if found := _call(node):
                yield (node.lineno - 1, node.end_lineno or node.lineno, *found)
        return
    for number, line in enumerate(code.split("\n")):  # something else in it is not Python
        tree = _parsed(line) if line.startswith(_CALL) else None
        if tree is not None and (found := _call(tree.body[0])):
            yield (number, number + 1, *found)


def _call(node: ast.stmt) -> tuple[str, str, str] | None:
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call) or len(node.value.args) != 3:
        return None
    function, values = node.value.func, [getattr(argument, "value", None) for argument in node.value.args]
    if not isinstance(function, ast.Attribute) or function.attr != "run_cell_magic":
        return None
    name, line, body = values
    return (name, line, body) if isinstance(name, str) and isinstance(line, str) and isinstance(body, str) else None


def _parsed(code: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the student's escapes
        try:
            return ast.parse(code)
        except _TOO_HARD:
            return None


def _says_something(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.split("\n"))


# ---- cells that write files ------------------------------------------------------------------------------------------
def with_written_files(cells: Sequence[Cell]) -> tuple[list[Cell], list[str]]:
    """The cells, those that write a file which is imported or run as the code itself; a sentence for each file."""
    written = {cell.number: path for cell in cells if (path := _written(cell.source))}
    if not written:
        return list(cells), []
    imported, run = _needed(cells)
    modules = {number: set(filter(_own, _modules(path) & imported)) for number, path in written.items()}
    ran = {number for number, path in written.items() if PurePosixPath(path).name in run}
    names = {PurePosixPath(written[number]).name for number in ran}
    changed: list[Cell] = []
    remarks: dict[str, None] = {}
    for cell in cells:
        source = cell.source
        if modules.get(cell.number) or cell.number in ran:
            source = _as_module(source, modules[cell.number], guarded=cell.number not in ran)
            name = PurePosixPath(written[cell.number]).name
            remarks[f"{name}, which a cell writes, was read as a part of the notebook."] = None
        elif names and "%run" in source:
            source = "\n".join(_not_run(line, names) for line in source.split("\n"))
        changed.append(replace(cell, source=source))
    return changed, list(remarks)


def _written(source: str) -> str:
    """The Python file that a cell writes, or nothing."""
    for line in source.split("\n"):
        if line.strip() and not line.lstrip().startswith("#"):
            match = _WRITES.fullmatch(line)
            return match[1].strip() if match else ""
    return ""


def _needed(cells: Iterable[Cell]) -> tuple[set[str], set[str]]:
    """The modules that lines of the code import, and the names of the files that they run."""
    imported: set[str] = set()
    run: set[str] = set()
    for cell in cells:
        for line in cell.source.split("\n"):
            if match := _FROM.match(line):
                imported.add(match[1])
            elif match := _IMPORT.match(line):
                imported |= {part.split()[0] for part in match[1].split(",") if part.strip()}
            elif match := _RUNS.match(line):
                run.add(PurePosixPath(match[1]).name)
    return imported, run


def _modules(path: str) -> set[str]:
    """What `tools/text.py` may be imported as: `text`, `tools.text`; a package by its folder's name."""
    parts = [part for part in PurePosixPath(path).with_suffix("").parts if part not in ("/", ".", "..", "~")]
    if parts and parts[-1] == "__init__":
        parts.pop()
    parts = parts[-_DEEPEST:]
    return {".".join(parts[start:]) for start in range(len(parts))}


def _own(module: str) -> bool:
    """Whether no library has this module, nor the package above it."""
    return module.partition(".")[0] not in LIBRARIES


def _as_module(source: str, modules: set[str], *, guarded: bool) -> str:
    """The file's code, its lines where they stood; without what it does only when it is run by itself."""
    lines = source.split("\n")
    first = next(n for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
    parts = [name.split(".") for name in sorted(modules)]
    names = sorted({".".join(names[:count]) for names in parts for count in range(1, len(names) + 1)})
    binding = "".join(f"sys.modules[{name!r}] = " for name in names)
    lines[first] = f"import sys; {binding}sys.modules[__name__]" if names else ""
    if guarded:
        inside = False
        for number, line in enumerate(lines):
            inside = bool(_GUARD.match(line)) or (inside and (not line.strip() or line[0] in " \t#)"))
            lines[number] = "" if inside else line
    return "\n".join(lines)


def _not_run(line: str, names: set[str]) -> str:
    match = _RUNS.match(line)
    return f"pass  # {line.strip()}" if match and PurePosixPath(match[1]).name in names else line
