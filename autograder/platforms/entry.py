"""What the entries of all platforms do: say that there is no result, close the folders, and watch over the grading."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from autograder.errors import AutograderError
from autograder.folder import find_folder
from autograder.judge.seeds import VARIABLE
from autograder.platforms.settings import NAME, STEPS, Settings, load_settings, stages_of
from autograder.platforms.watch import Stage, python, shut, watch, write_whole
from autograder.rubric import load_rubric

ASSIGNMENT, RUBRIC, SECRET = "assignment.txt", "rubric.toml", "secret"
STUDENTS_READ = ("__init__.py", "inside", "wire", "system")  # of our package: the sandbox's own side
WORKER = "autograder.platforms.one"


@dataclass(frozen=True)
class Layout:
    """Where a platform puts things. `source`: what `bundle` wrote; `first`: a folder whose settings and rubric come
    before those of the source. `no_result`: the file when grading came to none; `unfinished`: makes of an earlier
    stage's file one that says that a later stage did not finish."""

    platform: str
    root: Path
    source: Path
    submission: Path
    target: Path
    no_result: str
    unfinished: Callable[[str], str]
    metadata: Path | None = None
    first: Path | None = None

    def find(self, name: str) -> Path | None:
        """The file of a course with this name; None where there is none."""
        places = [folder / name for folder in (self.first, self.source) if folder is not None]
        return next((path for path in places if path.is_file()), None)


def grade_in(layout: Layout) -> int:
    """Grade what the platform delivered. 0: a result stands; 3: the grader failed, and the file says so."""
    write_whole(layout.target, layout.no_result)
    shut(layout.root, [layout.source / "autograder" / name for name in STUDENTS_READ] + [layout.source / ".venv"])
    if (secret := layout.find(SECRET)) is not None:
        os.environ[VARIABLE] = secret.read_text(encoding="utf-8").strip()
    try:
        settings = load_settings(layout.find(NAME) or layout.source / NAME)
        with tempfile.TemporaryDirectory(prefix="autograder-watch-") as folder:
            stages = stages_in(layout, settings, Path(folder))
            good = watch(stages, layout.target, settings.seconds, layout.unfinished)
    except (AutograderError, OSError) as error:
        print(error, flush=True)
        good = False
    return 0 if good else 3


def stages_in(layout: Layout, settings: Settings, work: Path) -> list[Stage]:
    """Return the stages of the assignment that the source holds.

    Raises:
        ConfigError: it holds none, or the rubric is wrong.
        OSError: the source lacks `assignment.txt`.
    """
    assignment = (layout.source / ASSIGNMENT).read_text(encoding="utf-8").strip()
    if "/" in assignment:  # a folder that came along, told from the source on
        assignment = str(layout.source / assignment)
    rubric, folder = layout.find(RUBRIC), find_folder(assignment)
    order = {
        "platform": layout.platform,
        "assignment": assignment,
        "rubric": str(rubric or ""),
        "settings": str(layout.find(NAME) or layout.source / NAME),
        "submission": str(layout.submission),
        "metadata": str(layout.metadata or ""),
    }
    found = []
    for number, steps in enumerate(stages_of(settings, load_rubric(folder.rubric, rubric))):
        file = work / f"results.{number}.json"
        found.append(Stage(partial(_command, order, [step for step in STEPS if step in steps], file), file))
    return found


def _command(order: dict[str, str], steps: list[str], file: Path, seconds: float) -> list[str]:
    return python(WORKER, json.dumps({**order, "steps": steps, "file": str(file), "seconds": seconds}))
