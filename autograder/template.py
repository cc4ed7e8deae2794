"""Makes an assignment's products from its one source: `reference/<name>/source.py`, or, of an assignment in a folder of
its own, `reference/source.py` there; then the blank ones are written into its `template/`.

The source is a jupytext percent script with marked regions:

    ### BEGIN SOLUTION
    return x + 1
    ### BLANK
    # # Return the successor of x.
    # raise NotImplementedError("successor")
    ### END SOLUTION

The solved notebook keeps the first part of a region; the blank notebook keeps the second, with one `# ` taken off in
code cells. Where the source's header names a `script`, both are written as percent scripts too. `module.py` holds the
definitions alone (cells tagged `experiment` left out), so that importing it trains, downloads and reads nothing. Same
source, same bytes: cell ids count the cells. What else students download with the blank ones, `extras.py` beside the
source makes: `extras() -> dict[str, str]`, by the path in the folder the text.

    python -m autograder.template labrnn            write the products
    python -m autograder.template labrnn --check    exit 1 if a product differs from its source
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import sys
from pathlib import Path
from typing import Any

import jupytext
import nbformat

from autograder.errors import ConfigError
from autograder.folder import find_folder
from autograder.references import HOME, import_line, names_in

BEGIN, BLANK, END = "### BEGIN SOLUTION", "### BLANK", "### END SOLUTION"
EXPERIMENT = "experiment"
SLOW_IMPORTS = ("matplotlib", "nltk", "pandas", "sklearn")
"""Packages that the module imports inside the functions that use them: they cost seconds at every cold start."""

Definition = ast.FunctionDef | ast.ClassDef
Import = ast.Import | ast.ImportFrom


def products(assignment: str, root: Path | None = None) -> dict[Path, str]:
    """Return every product of the assignment, a name or a path: its path and the text that belongs there.

    Raises:
        ConfigError: when there is no such assignment or source, or its markers do not pair up.
    """
    folder, template, assignment, usual = _places(assignment, root)
    source = folder / "source.py"
    if not source.is_file():
        raise ConfigError(f"there is no source {source}")
    script = jupytext.read(source, fmt="py:percent")
    names = script.metadata.get("autograder", {})
    made = {folder / "module.py": module_text(script.cells, assignment)}
    for place, blank in ((folder, False), (template, True)):
        notebook = names.get("notebook", usual)
        made[place / notebook] = notebook_text(script.cells, assignment, blank=blank)
        if "script" in names:
            made[place / names["script"]] = script_text(script.cells, blank=blank)
    return made | {template / name: text for name, text in extras(folder).items()}


def extras(folder: Path) -> dict[str, str]:
    """Return what `extras.py` beside the source makes, by path in the students' folder; nothing where there is none.

    Raises:
        Exception: whatever its code raises.
    """
    path = folder / "extras.py"
    if not path.is_file():
        return {}
    spec = importlib.util.spec_from_file_location(f"_extras_of_{folder.name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, str] = module.extras()
    return found


def _places(assignment: str, root: Path | None) -> tuple[Path, Path, str, str]:
    """Return the folders of the solved and of the blank products, and what the assignment and its notebook are called
    where the source does not say."""
    if root is None and not (HOME / "reference" / assignment / "source.py").is_file():
        own = find_folder(assignment)
        return own.path / "reference", own.path / "template", own.name, "solution.ipynb"
    root = root or HOME
    return root / "reference" / assignment, root / "student_template" / assignment, assignment, f"{assignment}.ipynb"


def drifted(assignment: str, root: Path | None = None) -> list[Path]:
    """Return the products that are missing or differ from what the source makes; errors as for `products`."""
    made = products(assignment, root).items()
    return [path for path, text in made if not path.is_file() or path.read_bytes() != text.encode()]


def cell_text(source: str, *, blank: bool, code: bool) -> str:
    """Return a cell's text with one part of each region and without the markers.

    Raises:
        ConfigError: when the markers do not come as BEGIN, BLANK, END.
    """
    kept: list[str] = []
    state = END  # the last marker seen
    order = {BEGIN: END, BLANK: BEGIN, END: BLANK}  # marker → the one that must come before it
    for line in source.splitlines():
        marker = line.strip()
        if marker in order:
            if state != order[marker]:
                raise ConfigError(f"{marker!r} after {state!r} in the cell that begins {source[:60]!r}")
            state = marker
        elif state == END or (state == BEGIN and not blank):
            kept.append(line)
        elif state == BLANK and blank:
            kept.append(line.replace("# ", "", 1) if code else line)
    if state != END:
        raise ConfigError(f"{state!r} without its end in the cell that begins {source[:60]!r}")
    return "\n".join(kept).strip("\n")


def notebook_text(cells: list[Any], assignment: str, *, blank: bool) -> str:
    """Return the solved or the blank notebook as JSON text, outputs empty."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for number, cell in enumerate(cells):
        code = cell.cell_type == "code"
        make = nbformat.v4.new_code_cell if code else nbformat.v4.new_markdown_cell
        made = make(cell_text(cell.source, blank=blank, code=code))
        made.id = f"{assignment}-{number:02d}"
        made.metadata.update(cell.metadata)
        notebook.cells.append(made)
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def script_text(cells: list[Any], *, blank: bool) -> str:
    """Return the solved or the blank script: the notebook's cells under `# %%` marks, texts as comments."""
    parts = []
    for cell in cells:
        code = cell.cell_type == "code"
        text = cell_text(cell.source, blank=blank, code=code)
        body = text if code else "\n".join(f"# {line}".rstrip() for line in text.splitlines())
        parts.append(f"{'# %%' if code else '# %% [markdown]'}\n{body}\n")
    return "\n\n".join(parts)


def module_text(cells: list[Any], assignment: str) -> str:
    """Return the solved definitions as a module; GIVEN and SOLVED name those without and with a solution region."""
    code = [cell for cell in cells if cell.cell_type == "code" and EXPERIMENT not in cell.metadata.get("tags", [])]
    imports: list[Import] = []
    kinds: dict[str, list[str]] = {"GIVEN": [], "SOLVED": []}
    definitions: list[str] = []
    for cell in code:
        solved = cell_text(cell.source, blank=False, code=True)
        tree = ast.parse(solved)
        imports += [node for node in tree.body if isinstance(node, Import)]
        for node in tree.body:
            if isinstance(node, Definition):
                kinds["SOLVED" if BEGIN in cell.source else "GIVEN"].append(node.name)
                definitions.append(with_slow_imports(solved, node, imports))
    used = names_in(ast.parse("\n".join(definitions)))
    light = [line for node in imports if not is_slow(node) and (line := import_line(node, used))]
    head = [
        f'"""The definitions of the solved {assignment} notebook; importing this trains, downloads and reads nothing.',
        "",
        f"Made from source.py by `python -m autograder.template {assignment}`. Don't edit.",
        '"""',
        "",
        *sorted_imports(light),
    ]
    names = [f"{kind} = (\n" + "".join(f'    "{name}",\n' for name in kinds[kind]) + ")" for kind in kinds]
    return "\n".join(head) + "\n\n" + "\n".join(names) + "\n\n\n" + "\n\n\n".join(definitions) + "\n"


def with_slow_imports(source: str, definition: Definition, imports: list[Import]) -> str:
    """Return the definition's text, with the slow imports that its functions use as their first statements."""
    lines = source.splitlines()
    first = min([definition.lineno, *(decorator.lineno for decorator in definition.decorator_list)])
    text = lines[first - 1 : definition.end_lineno]
    functions = [definition] if isinstance(definition, ast.FunctionDef) else methods(definition)
    for function in reversed(functions):
        used = names_in(function)
        slow = [line for node in imports if is_slow(node) and (line := import_line(node, used))]
        start = next(node for node in function.body if not is_docstring(node))
        indent = " " * start.col_offset
        at = start.lineno - first
        text[at:at] = [*(indent + line for line in slow), ""] if slow else []
    return "\n".join(text)


def methods(definition: ast.ClassDef) -> list[ast.FunctionDef]:
    return [node for node in definition.body if isinstance(node, ast.FunctionDef)]


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_slow(node: Import) -> bool:
    module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
    return str(module).split(".")[0] in SLOW_IMPORTS


def sorted_imports(lines: list[str]) -> list[str]:
    """Standard library, an empty line, the rest; each group keeps its order."""
    standard = [line for line in lines if line.split()[1].split(".")[0] in sys.stdlib_module_names]
    return [*standard, "", *(line for line in lines if line not in standard)]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="autograder.template", description="Make an assignment's products.")
    parser.add_argument("assignment", nargs="?", default="labrnn")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a product differs")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            different = drifted(options.assignment)
            for path in different:
                print(f"differs from its source: {path}")
            return 1 if different else 0
        for path, text in products(options.assignment).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            print(path)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
