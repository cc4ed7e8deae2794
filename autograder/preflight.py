"""What is checked before anything is started or written: options, paths, marks, data, and the folder of the results."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import ConfigError
from autograder.judge.seeds import VARIABLE
from autograder.marks import Marks, load_marks
from autograder.rubric import FOLDER, Rubric, load_rubric, require
from autograder.submission import several_hand_ins, unique_names
from autograder.submission.limits import listed

SUMMARY = "summary.csv"  # no submission's folder may be called like it
MOST_NAMES = 20  # of submissions in one sentence
STEPS = ("functions", "notebook", "accuracy")


@dataclass(frozen=True)
class Options:
    """What the command line said."""

    assignment: str
    out: Path
    jobs: int = 1
    marks: Path | None = None
    tier: int | None = None
    unsafe: bool = False
    only: str = ""  # one of STEPS; empty for all that the assignment has
    data: Path | None = None  # real reviews as CSV
    mode: str = "auto"  # smoke | full | auto: full where there are a GPU and data
    recipe: str = "fast"  # fast | published
    rubric: Path | None = None  # the course's own


def load_rubric_of(options: Options) -> Rubric:
    """The assignment's rubric under the course's own.

    Raises:
        ConfigError: there is no such assignment, or one of the files is wrong.
    """
    require(options.assignment)
    return load_rubric(FOLDER / options.assignment / "rubric.toml", course_of(options))


def course_of(options: Options) -> Path | None:
    """The course's own rubric: the one that was named, else the working folder's course/ASSIGNMENT/rubric.toml."""
    found = Path("course") / options.assignment / "rubric.toml"
    return options.rubric or (found if found.is_file() else None)


def check_all(paths: Sequence[Path], options: Options) -> list[str]:
    """Everything that can be wrong with a run before it begins; sentences about what is odd but harmless.

    Raises:
        ConfigError: something is wrong; nothing has been written.
    """
    rubric = load_rubric_of(options)
    check_options(options, rubric)
    marks = load_marks(options.marks, rubric) if options.marks else Marks()
    if options.data is not None and asked_steps(options, rubric) - {"functions"}:
        from autograder.kit.text_classification.tokens import check_reviews  # numpy, which most runs don't need yet

        check_reviews(options.data)
    check_out(options.out)
    odd = []
    names = names_of(paths).values()
    if strangers := marks.without_submission(names):
        what = f"{options.marks} has marks for {listed(list(strangers), MOST_NAMES)}"
        odd.append(f"{what}: no submission here is called so; there are: {listed(list(names), MOST_NAMES)}.")
    if len(paths) > 1 and VARIABLE not in os.environ:
        odd.append(f"{VARIABLE} is not set: the checks' inputs are those of everybody who has this program.")
    return odd


def names_of(paths: Sequence[Path]) -> dict[Path, str]:
    """What each submission, and the folder of its results, is called."""
    return unique_names(paths, (SUMMARY,))


def asked_steps(options: Options, rubric: Rubric) -> frozenset[str]:
    """The steps that this run does: the one that was named, else all that fill items of the rubric.

    Raises:
        ConfigError: the assignment does not have the step that was named.
    """
    there = {item.step for item in rubric.items} & set(STEPS)
    if options.only and options.only not in there:
        raise ConfigError(f"{rubric.assignment.name} has no items for the step {str(options.only)!r}.")
    return frozenset({options.only} if options.only else there)


def check_options(options: Options, rubric: Rubric) -> None:
    """Raises:
    ConfigError: the options contradict each other or the assignment.
    """
    steps, name = asked_steps(options, rubric), rubric.assignment.name
    if options.mode == "full" and rubric.notebook is None:
        raise ConfigError(f"{name} has no run of the whole notebook: leave out --mode (MODE=full).")
    if options.mode == "full" and not steps - {"functions"}:
        raise ConfigError("--mode full (MODE=full) is about whole notebooks, which --only (ONLY=functions) leaves out.")
    if options.mode == "full" and options.data is None:
        raise ConfigError(
            "--mode full (MODE=full) runs notebooks on the real reviews: say where they are with --data (DATA=…)."
        )
    if options.recipe == "published" and "accuracy" not in steps:
        why = f"--only (ONLY={options.only}) leaves accuracy out" if options.only else f"{name} has none to verify"
        raise ConfigError(f"--recipe published (RECIPE=published) is about accuracy, and {why}.")


def check_paths(paths: Sequence[Path], options: Options) -> None:
    """What a person named, one by one. Entries of a folder of hand-ins get a result that says what is wrong instead.

    Raises:
        ConfigError: there is nothing at a path, or it is a folder of several hand-ins; or there is no such assignment.
    """
    asked = load_rubric_of(options).assignment
    for path in paths:
        if not os.path.lexists(path):
            raise ConfigError(f"There is no {path}.")
        if several_hand_ins(path, (asked.notebook, *asked.also), asked.defines):
            raise ConfigError(f"{path} holds several hand-ins; did you mean make grade-all SUBMISSIONS={path}?")


def check_out(out: Path) -> None:
    """Make the folder of the results and see that something can be written there.

    Raises:
        ConfigError: it can't be made or written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        reason = "it is a file" if isinstance(error, FileExistsError) else error.strerror
        raise ConfigError(f"Results can't be written into {out} (OUT): {reason}.") from error
