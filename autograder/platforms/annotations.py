"""GitHub Actions: annotations at the lines at fault, and the job's summary, from the results of `autograder grade`.

    python -m autograder.platforms.annotations OUT/NAME HAND_IN [--assignment NAME]

Prints `::error file=…,line=…,title=…::…` for the hand-in as a whole, for cells that did not load, and for each item
that lost points; appends report.md to the file that `GITHUB_STEP_SUMMARY` names. What students wrote can't become a
command of its own: in values `%`, line breaks, `:` and `,` are escaped, and each annotation is one line. Only what
students may read is told: the log of a repository is read by all who can see it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import AutograderError
from autograder.folder import find_folder
from autograder.platforms.places import Places, read_places

MOST = 10  # GitHub shows as many errors of one step
LONGEST = 2000  # characters of one message
SUMMARY = "GITHUB_STEP_SUMMARY"
SUMMARY_BYTES = 1_000_000  # GitHub refuses more than 1 MiB
LOST = ("failed", "error")
_CELL = re.compile(r"\bcell ([1-9][0-9]{0,4})(?: \([^()\n]{0,100}\))?(?:, line ([1-9][0-9]{0,5}))?")


@dataclass(frozen=True)
class Annotation:
    """One remark at a line; `file` empty: about no file."""

    title: str
    message: str
    file: str = ""
    line: int = 1

    def __str__(self) -> str:
        """As a workflow command."""
        place = f"file={as_property(self.file)},line={self.line}," if self.file else ""
        return f"::error {place}title={as_property(self.title)}::{as_data(self.message)}"


def as_data(text: str) -> str:
    """Return the text as the value of a command: on one line."""
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def as_property(text: str) -> str:
    """Return the text as a property of a command: it ends neither the property nor the command."""
    return as_data(text).replace(":", "%3A").replace(",", "%2C")


def annotate(results: Mapping[str, Any], hand_in: Path, names: Mapping[str, str]) -> list[Annotation]:
    """Return what to show, the causes first. `results`: a results.json; `names`: by item, the function or class."""
    extra = results["extra_data"]
    if extra.get("failure"):
        return [Annotation("The grader failed", extra["failure"])]
    file = hand_in / extra["notebook"] if hand_in.is_dir() and extra["notebook"] else hand_in
    if extra.get("problem"):
        return [Annotation("This submission can't be graded", extra["problem"], told(file))]
    places = read_places(file)
    found = [*_of_cells(extra["cells"], told(file), places), *_of_items(results, told(file), places, names)]
    return found[:MOST]


def told(file: Path) -> str:
    """Return the file as GitHub wants it: from the repository on, where it is in there."""
    path, workspace = file.absolute(), Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).absolute()
    return str(path.relative_to(workspace)) if path.is_relative_to(workspace) else str(file)


def _of_cells(cells: list[Mapping[str, Any]], file: str, places: Places) -> Iterator[Annotation]:
    for cell in cells:
        problems = cell["problems"]
        first: Mapping[str, Any] = problems[0] if problems else {"line": 1, "error": "nothing of it could be read"}
        line = places.of_cell(cell["number"], first["line"])
        yield Annotation(f"Cell {cell['number']} did not load", first["error"], file, line)


def _of_items(results: Mapping[str, Any], file: str, places: Places, names: Mapping[str, str]) -> Iterator[Annotation]:
    """One for each item that lost points: what its first failed check says, and where."""
    outputs = {test["number"]: test["output"] for test in results["tests"]}
    for item in results["extra_data"]["items"]:
        failed = [o for o in item["outcomes"] if o["status"] in LOST and (o["weight"] or o["required"])]
        if not failed or (item["score"] or 0.0) >= item["points"]:
            continue
        points = "none" if item["score"] is None else f"{item['score']:g}"
        title = f"{item['id']} {item['title']}: {points} of {item['points']:g} points"
        place = _CELL.search(failed[0]["message"])
        if place is not None:
            line = places.of_cell(int(place[1]), int(place[2] or 1))
        else:
            line = places.of_name(names.get(item["id"], ""), methods_of(item)) if item["id"] in names else 1
        yield Annotation(title, outputs[item["id"]], file, line)


def methods_of(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the methods that the item may be about: `Net.forward` by its title, `net.init` by its id."""
    last = item["id"].rpartition(".")[2]
    return (item["title"].rpartition(".")[2], f"__{last}__", last)


def names_of(assignment: str) -> dict[str, str]:
    """Return the function or class of each item that is about one.

    Raises:
        AutograderError: there is no such assignment.
    """
    graded = getattr(find_folder(assignment).module("prepare"), "GRADED", {})
    return {item: name for item, name in graded.items() if isinstance(name, str)}


def add_summary(report: Path, target: Path) -> None:
    """Append the report to the job's summary, cut at a line where it is too long for one.

    Raises:
        OSError: a file can't be read or written.
    """
    data = report.read_bytes()
    if len(data) > SUMMARY_BYTES:
        data = data[:SUMMARY_BYTES].rpartition(b"\n")[0] + b"\n\nThe rest is in report.md of the results.\n"
    with target.open("ab") as file:
        file.write(data + b"\n")


def main() -> int:
    """Print and append. 0: done, whatever the results say; 3: there are none."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("hand_in", type=Path)
    parser.add_argument("--assignment", default="labrnn")
    words = parser.parse_args()
    try:
        results = json.loads((words.results / "results.json").read_text(encoding="utf-8"))
        for annotation in annotate(results, words.hand_in, names_of(words.assignment)):
            print(annotation)
        if summary := os.environ.get(SUMMARY):
            add_summary(words.results / "report.md", Path(summary))
    except (OSError, ValueError, AutograderError) as error:
        print(Annotation("There are no results", str(error)))
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
