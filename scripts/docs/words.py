"""Says what is unknown in a command of the documentation: a target, an option, a module, a program, a path."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache

from typer.main import get_command

from autograder.cli import app
from autograder.own.cli import parser
from scripts.docs.blocks import ROOT

PYTHONS = ("python", ".venv/bin/python")
TOOLS = ("apptainer", "cat", "docker", "export", "git", "grep", "ls", "pip", "pytest", "sed")  # of other people
PATH = re.compile(
    r"(?<![\w./-])(?:autograder|docs|examples|fixtures|reference|scripts|student_template|tests)/[\w./-]+"
)


def unknown(command: str) -> Iterator[str]:
    """A sentence for each word that nothing here knows."""
    words = shlex.split(command)
    match words:
        case ["make", *said]:
            yield from _unknown_to_make(said)
        case ["autograder", "check", *said] if said:  # of the students' wheel
            yield from _unknown_to_wheel(said)
        case ["autograder", *said]:
            yield from _unknown_to_program(said)
        case [python, "-m", "autograder", *said] if python in PYTHONS:
            yield from _unknown_to_program(said)
        case [python, "-m", module, *_] if python in PYTHONS:
            if importlib.util.find_spec(module) is None:
                yield f"there is no module {module}"
        case [tool, *_] if tool not in TOOLS:
            yield f"nobody knows {tool}"
    yield from (f"there is no {path}" for path in missing_paths(command))


def missing_paths(text: str) -> Iterator[str]:
    """Paths of the repository in a text that are not there; what stands for something has capitals only."""
    for path in PATH.findall(text):
        if not any(part.isupper() for part in path.split("/")) and not (ROOT / path.rstrip(".")).exists():
            yield path


def _unknown_to_make(said: Sequence[str]) -> Iterator[str]:
    """Targets, and names that no recipe uses."""
    for word in said:
        name, equals, _ = word.partition("=")
        if equals and not re.search(rf"\b{name}\b", _makefile()):
            yield f"make knows no {name}="
        elif not equals and word not in targets():
            yield f"make has no target {word}"


def _unknown_to_program(said: Sequence[str]) -> Iterator[str]:
    """Commands and options."""
    commands = get_command(app).commands  # type: ignore[attr-defined]
    if not said or said[0] not in commands:
        yield f"the program has no command {said[0] if said else ''}"
        return
    known = {name for parameter in commands[said[0]].params for name in parameter.opts} | {"--help", "--"}
    yield from (f"{said[0]} has no {word}" for word in said[1:] if word.startswith("--") and word not in known)


def _unknown_to_wheel(said: Sequence[str]) -> Iterator[str]:
    """What the command of the students' wheel doesn't know."""
    try:
        parser().parse_args(["check", *said])
    except SystemExit:
        yield f"the students' wheel does not know these words: check {' '.join(said)}"


@cache
def targets() -> frozenset[str]:
    """What make can be told to make."""
    phony = next(line for line in _makefile().splitlines() if line.startswith(".PHONY:"))
    return frozenset(phony.split()[1:])


@cache
def _makefile() -> str:
    return (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
