"""Which hand-ins of a class are alike: finds the pairs, writes a page for each, and keeps them for class.html."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from autograder.bounded import Stages
from autograder.class_report import render_pair
from autograder.errors import ConfigError, StageOverrun, SubmissionError
from autograder.grades import HandIn, Pair
from autograder.records import Cell
from autograder.references import REFERENCES, TEMPLATES
from autograder.reports import write_text
from autograder.run import Run
from autograder.similarity import own_lines, script, similar_pairs
from autograder.submission import find_submissions, read_submission, unique_names

FOLDER = "similarity"
FILE = "pairs.json"
REFERENCE = "the reference"


class Found(msgspec.Struct, frozen=True):
    """What is kept: the pairs, and in the same order the paths of their pages from the folder of the results."""

    pairs: tuple[Pair, ...] = ()
    pages: tuple[str, ...] = ()


def find_alike(run: Run, hand_ins: Sequence[HandIn], against: Path | None) -> Found:
    """Compare all hand-ins with each other, with those of other years in `against`, and with the reference; write a
    page for each pair that is alike.

    Raises:
        ConfigError: `against` can't be listed.
        OSError: the pages can't be written.
    """
    cells = {hand_in.name: found for hand_in in hand_ins if (found := _cells(run, hand_in.path))}
    others = {REFERENCE: tuple(cell for cell in _reference(run))}
    if against is not None:
        paths, _ = find_submissions(against)
        names = unique_names(paths)
        others |= {f"{against.name}/{names[path]}": found for path in paths if (found := _cells(run, path))}
    template = [cell.source for cell in _template(run)]
    pairs = similar_pairs(cells, template=template, against={k: v for k, v in others.items() if v})
    pages = []
    for number, pair in enumerate(pairs, 1):
        right = others[pair.right] if pair.against else cells[pair.right]
        sides = [script(own, own_lines(own, template)) for own in (cells[pair.left], right)]
        path = f"{FOLDER}/{number:03}.html"
        text = render_pair(pair, *sides, title=run.rubric.assignment.title, back="../class.html")
        write_text(run.out / path, text)
        pages.append(path)
    alike = Found(pairs, tuple(pages))
    write_text(run.out / FOLDER / FILE, msgspec.json.encode(alike).decode() + "\n")
    for stale in (run.out / FOLDER).glob("[0-9]*.html"):
        if f"{FOLDER}/{stale.name}" not in pages:
            stale.unlink()
    return alike


def kept_pairs(out: Path) -> Found:
    """What was found last; nothing where nobody looked.

    Raises:
        ConfigError: the file is damaged.
    """
    path = out / FOLDER / FILE
    if not path.is_file():
        return Found()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Found)
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{path} is damaged ({error}); remove it, and look for alike hand-ins again.") from error


def _cells(run: Run, path: Path) -> tuple[Cell, ...]:
    """The code of a hand-in, read apart; nothing where there is none to read."""
    asked = run.rubric.assignment
    try:
        found = Stages().run(
            "read",
            lambda: read_submission(
                path, expected=asked.notebook, also=asked.also, names=asked.defines, either=asked.either
            ),
        )
    except (SubmissionError, StageOverrun):
        return ()
    return found.cells


def _template(run: Run) -> Iterator[Cell]:
    """What students download: a built-in assignment's in student_template/, another's in its own template/."""
    for folder in (TEMPLATES / run.folder.name, run.folder.path / "template"):
        for path in sorted(folder.glob("*.ipynb")):
            yield from _cells(run, path)


def _reference(run: Run) -> Iterator[Cell]:
    for path in sorted((REFERENCES / run.folder.name).glob("*.ipynb")):
        yield from _cells(run, path)
