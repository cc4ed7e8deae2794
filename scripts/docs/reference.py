"""Writes the pages of the documentation that are made of the code: docs/commands.md and docs/keys.md.

python -m scripts.docs.reference            # or: make reference

A key's meaning is the comment behind its field, else what the docstring of its table says of it, else the help of the
option of that name: said once, beside the code.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import os
import re
import subprocess
import textwrap
import types
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from typer.main import get_command

from autograder import course, course_file, lateness, metrics, rubric
from autograder.cli import app
from autograder.marks import files as marks
from autograder.records import Item
from autograder.wire.limits import Limits
from scripts.docs.blocks import ROOT

MADE = "<!-- Made by `make reference` from the code; changes here are lost. -->"
NOTHING = "—"
RUBRIC_TABLES = (
    ("assignment", rubric.Heading),
    ("rules", rubric.Rules),
    ("[items]", Item),
    ("metrics.NAME", metrics.Metric),
    ("late", lateness.Late),
    ("limits", Limits),
    ("notebook", rubric.NotebookLimits),
)
MARKS_TABLES = (
    ("[marks]", marks._Mark),
    ("[penalties]", marks._Penalty),
    ("[extensions]", marks._Extension),
    ("[times]", marks._Time),
)
NOT_KEYS = {metrics.Metric: ("name",), course_file.Settings: tuple(course_file.TABLES)}


def pages() -> dict[str, str]:
    """Return the made pages by the name of their file in docs/."""
    return {"commands.md": "\n".join(_commands()) + "\n", "keys.md": "\n".join(_keys()) + "\n"}


# ---- commands --------------------------------------------------------------------------------------------------------
def _commands() -> Iterator[str]:
    yield from (MADE, "", "# Commands", "")
    yield "Everything is run from the repository's root. `make` answers 2 to every failure; scripts that need the exit"
    yield "code call the program itself."
    yield from ("", "## make", "", "```text", _make_help(), "```", "", "## The program", "")
    yield "Each is a word after `.venv/bin/python -m autograder`."
    for name, command in sorted(get_command(app).commands.items()):  # type: ignore[attr-defined]
        yield from ("", f"### {name}", "", " ".join((command.help or "").split()), "")
        words = [_argument(own) for own in command.params if own.param_type_name == "argument"]
        yield from ("```text", " ".join(("autograder", name, *words, "[options]")), "```")
        rows = [_option_row(own) for own in command.params if own.param_type_name == "option"]
        if rows:
            yield from ("", "| option | default | what it means |", "|---|---|---|", *rows)
    yield from ("", "## Exit codes", "", *_exit_codes())


def _make_help() -> str:
    command = ["make", "--no-print-directory", "help"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.rstrip()


def _argument(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name).upper()
    return name if parameter.required else f"[{name}]"


def _option_row(parameter: Any) -> str:
    kind = parameter.type_descriptor.annotation
    choices = [choice.value for choice in kind] if inspect.isclass(kind) and issubclass(kind, Enum) else []
    told = _cell(parameter.help or "") + (f" One of {', '.join(f'`{name}`' for name in choices)}." if choices else "")
    default = getattr(parameter.default, "value", parameter.default)
    shown = f"`{default}`" if default not in (None, False, "") and str(default) != "." else NOTHING
    return f"| `{max(parameter.opts, key=len)}` | {shown} | {told} |"


def _exit_codes() -> Iterator[str]:
    from autograder import cli

    text = " ".join((cli.__doc__ or "").partition("Exit codes: ")[2].split()).rstrip(".")
    yield from ("| code | meaning |", "|---|---|")
    for part in re.split(r"; (?=\d)", text):
        code, _, meaning = part.partition(" ")
        yield f"| {code} | {_cell(meaning)} |"


# ---- keys ------------------------------------------------------------------------------------------------------------
def _keys() -> Iterator[str]:
    yield from (MADE, "", "# Keys of the files", "")
    yield "Files are read strictly: an unknown key is an error that names the nearest known one."
    yield from ("", "## rubric.toml: an assignment", "")
    yield "What has a default may be left out. Of this a course lays its own file over, see below."
    for name, kind in RUBRIC_TABLES:
        yield from _table(f"[{name}]", kind)
    yield from ("", "### `[settings]`", "", "What this assignment alone understands; its own code says what.")
    yield from ("", "## A course's own rubric", "", *_course())
    yield from ("", "## course.toml: the working folder", "")
    yield "Every setting is an option of the class commands too, which goes before it. Paths are relative to the file."
    yield from ("", *_rows(course_file.Settings, _helps()))
    for name, kind in course_file.TABLES.items():
        yield from _table(f"[{name}]", kind)
    yield from ("", "## Files of marks (`--marks`)")
    for name, kind in MARKS_TABLES:
        yield from _table(f"[{name}]", kind)


def _course() -> Iterator[str]:
    for table, keys in (("items.ID", course.ITEM_KEYS), ("checks.ITEM.CHECK", course.CHECK_KEYS)):
        yield f"- `[{table}]`: {', '.join(f'`{key}`' for key in keys)}"
    yield f"- `[metrics.NAME]`: {', '.join(f'`{key}`' for key in course.METRIC_KEYS)}"
    yield f"- {', '.join(f'`[{name}]`' for name in course.TABLES)}: any key of theirs"
    yield ""
    yield "For example:"
    yield from ("", "```toml", _toml_of(course.__doc__ or "").rstrip(), "```")


def _table(name: str, kind: type) -> Iterator[str]:
    yield from ("", f"### `{name}`", "", *_rows(kind, {}))


def _rows(kind: type, helps: Mapping[str, str]) -> Iterator[str]:
    yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    comments, said = _comments(kind), _said(kind)
    types = get_type_hints(kind)
    for name, default in _fields(kind):
        if name in NOT_KEYS.get(kind, ()):
            continue
        meaning = comments.get(name) or said.get(name) or helps.get(name, "")
        yield f"| `{name}` | {_type(types[name])} | {_default(default)} | {_cell(meaning)} |"


def _fields(kind: type) -> Iterator[tuple[str, object]]:
    """Names and defaults; `...` for what must be said."""
    if dataclasses.is_dataclass(kind):
        for own in dataclasses.fields(kind):
            yield own.name, ... if own.default is dataclasses.MISSING else own.default
        return
    for field in msgspec.structs.fields(kind):
        if field.default_factory is not msgspec.NODEFAULT:
            yield field.name, field.default_factory()
        else:
            yield field.name, ... if field.default is msgspec.NODEFAULT else field.default


def _type(hint: object) -> str:
    """A type in words; that something may be left out is told by its default."""
    words = {str: "text", float: "number", int: "whole number", bool: "true or false"}
    kind, inner = get_origin(hint), get_args(hint)
    if kind is Literal:
        return " or ".join(f"`{word}`" for word in inner if word)
    if kind in (Union, types.UnionType):
        return " or ".join(_type(part) for part in inner if part is not type(None))
    if kind is tuple:
        return f"list of {_type(inner[0])}s"
    if kind is dict:
        return "table of texts" if inner[1] is str else "table"
    return words[hint]  # type: ignore[index]


def _default(default: object) -> str:
    if default is ...:
        return "required"
    if default in (None, "", (), {}):
        return NOTHING
    return f"`{course.show(default)}`"


def _comments(kind: type) -> dict[str, str]:
    """The comments behind the fields in the source, by field."""
    lines = textwrap.dedent(inspect.getsource(kind)).splitlines()
    found = {}
    for node in ast.parse("\n".join(lines)).body[0].body:  # type: ignore[attr-defined]
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            behind = lines[node.end_lineno - 1][node.end_col_offset :] if node.end_lineno else ""
            if "# " in behind:
                found[node.target.id] = behind.partition("# ")[2]
    return found


def _said(kind: type) -> dict[str, str]:
    """What the docstring says of fields, as "`name`: meaning"; or the example on top of the module, as comments."""
    module = inspect.getmodule(kind)
    example = _toml_of((module.__doc__ or "") if module else "")
    found = dict(re.findall(r"^(\w+) = .*?  # (.+)$", example, flags=re.MULTILINE))
    text = " ".join((inspect.getdoc(kind) or "").split())
    for part in re.split(r"(?<=[.;:]) (?=`\w+`(?:, `\w+`)*: )|(?<=[.;]) (?=`\w+`: )", text):
        if match := re.match(r"((?:`\w+`(?:, )?)+): (.+)", part):
            found |= dict.fromkeys(re.findall(r"`(\w+)`", match[1]), match[2].rstrip(";"))
    return found


def _toml_of(text: str) -> str:
    return text.partition("```toml\n")[2].partition("```")[0]


def _helps() -> dict[str, str]:
    """The help of the options of the commands about a class, by setting."""
    commands = get_command(app).commands  # type: ignore[attr-defined]
    own = (parameter for name in ("similarity", "grade-all") for parameter in commands[name].params)
    return {parameter.name: parameter.help or "" for parameter in own if hasattr(parameter, "help")}


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (ROOT / "docs" / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
