"""Modules of kit/inside in a student process: what checks ask of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autograder.errors import MalformedAnswer
from autograder.student.proxy import Extension, Object, Student
from autograder.wire.frames import Handle

INSIDE = Path(__file__).with_name("inside")
CSV_FALLBACK = Extension.read(INSIDE / "csv_fallback.py")
FILL = Extension.read(INSIDE / "fill.py")
OWN_TRAINING = Extension.read(INSIDE / "own_training.py")
NEXT_WORD = Extension.read(INSIDE / "next_word.py")
SCRIPTED_DRIVER = Extension.read(INSIDE / "scripted_driver.py")
TRAINING = Extension.read(INSIDE / "training.py")


def serve_csv(student: Student, path: str | None, like: str) -> None:
    """Serve `path` to code that opens a .csv file that does not exist; None ends that. `like`: a pattern of the data
    set's names, in lower case and without `.csv`, under which the file may also be looked for."""
    student.extend(CSV_FALLBACK)
    student.tell("csv_fallback.serve", path=path, like=like)


def csv_startup(like: str, names: tuple[str, ...]) -> str:
    """The same as a text for a notebook's kernel. `names`: what the file is called there."""
    path = "__autograder_data__"
    return (
        f"{CSV_FALLBACK.source}\n\nif {path} is not None:\n"
        f"    name_everywhere({path}, {names!r})\n    set_csv_fallback({path}, {like!r})\n"
    )


def fill_function(student: Student, value: float) -> Object:
    """A function for `Module.apply` that fills every parameter with `value`."""
    student.extend(FILL)
    handle: Any = student.ask("fill.filling", value=value)
    if not isinstance(handle, Handle):
        raise MalformedAnswer("the answer is not a handle")
    found = Object(student, handle, f"fill_with({value:g})")
    found.notes["shown"] = f"lambda module: [p.data.fill_({value:g}) for p in module.parameters(recurse=False)]"
    return found
