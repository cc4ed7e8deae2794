"""What is checked before anything is started or written: options, paths, marks, data, and the folder of the results.

What comes out is the description of the run (run.py), made once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import ConfigError
from autograder.evidence import Mode
from autograder.folder import Folder, find_folder
from autograder.judge.seeds import VARIABLE, secret
from autograder.marks import Marks, load_marks
from autograder.report_pdf.key import load_key
from autograder.rubric import Rubric, load_rubric
from autograder.run import FUNCTIONS, Run
from autograder.submission import several_hand_ins, unique_names
from autograder.submission.limits import listed

SUMMARY = "summary.csv"  # no submission's folder may be called like it
MOST_NAMES = 20  # of submissions in one sentence
STEPS = ("functions", "notebook", "accuracy")


@dataclass(frozen=True)
class Options:
    """What the command line said."""

    assignment: str  # a name or a path
    out: Path
    jobs: int = 1
    marks: Path | None = None
    tier: int | None = None
    unsafe: bool = False
    only: str = ""  # one of STEPS; empty for all that the assignment has
    data: Path | None = None  # real data, as the assignment wants it
    mode: str = "auto"  # smoke | full | auto: full where there are a GPU and data
    recipe: str = "fast"  # fast | published
    rubric: Path | None = None  # the course's own
    gpus: str = "auto"  # auto, or numbers: 0,1
    per_gpu: int = 4  # notebooks at once on each
    secret_variable: str = VARIABLE  # the environment variable that holds the secret


def describe(options: Options) -> Run:
    """Return the description of the run that the options ask for. Nothing is written.

    Raises:
        ConfigError: there is no such assignment, one of the files is wrong, or the options contradict each other or
            the assignment.
    """
    folder = find_folder(options.assignment)
    rubric = load_rubric(folder.rubric, course_of(options.rubric, folder))
    steps = asked_steps(options, rubric)
    check_options(options, rubric, steps)
    beyond = steps - FUNCTIONS
    if beyond and not folder.whole.is_file():
        raise ConfigError(
            f"{rubric.assignment.name} has items of the step {' and '.join(sorted(beyond))}, but no whole.py that says "
            f"how they are found out; write {folder.whole}, or leave them out with --only functions (ONLY=functions)."
        )
    if options.data is not None and beyond:
        from autograder.whole import hooks  # late: most runs don't need the libraries of these steps yet

        hooks(folder, steps).check_data(options.data)
    if options.gpus != "auto":
        from autograder.runners.slots import chosen_cards

        chosen_cards(options.gpus)
    key = load_key(folder.answers, rubric)
    return Run(
        folder=folder,
        rubric=rubric,
        steps=steps,
        out=options.out,
        jobs=options.jobs,
        marks=load_marks(options.marks, rubric) if options.marks else Marks(),
        secret=secret(options.secret_variable),
        tier=options.tier,
        unsafe=options.unsafe,
        mode=mode_of(options) if beyond else "smoke",
        data=options.data,
        recipe="published" if options.recipe == "published" else "fast",
        key=key if beyond and key.questions else None,
        gpus=options.gpus,
        per_gpu=options.per_gpu,
    )


def course_of(named: Path | None, folder: Folder) -> Path | None:
    """Return the course's own rubric: the one that was named, else the working folder's course/NAME/rubric.toml.

    An assignment that stands in a folder called course has its own rubric there: that is none of a course.
    """
    found = Path("course") / folder.name / "rubric.toml"
    return named or (found if os.path.isfile(found) and found.resolve() != folder.rubric else None)


def asked_steps(options: Options, rubric: Rubric) -> frozenset[str]:
    """Return the steps that this run does: the one that was named, else all that fill items of the rubric.

    Raises:
        ConfigError: the assignment does not have the step that was named.
    """
    there = {item.step for item in rubric.items} & set(STEPS)
    if options.only and options.only not in there:
        raise ConfigError(f"{rubric.assignment.name} has no items for the step {str(options.only)!r}.")
    return frozenset({options.only} if options.only else there)


def mode_of(options: Options) -> Mode:
    """Return what notebooks are run on: without real data, or with it but without a GPU, a little that is made up."""
    if options.mode != "auto":
        return "full" if options.mode == "full" else "smoke"
    if options.data is None:
        return "smoke"
    from autograder.runners.slots import chosen_cards

    return "full" if chosen_cards(options.gpus) else "smoke"


def check_options(options: Options, rubric: Rubric, steps: frozenset[str]) -> None:
    """Raises:
    ConfigError: the options contradict each other or the assignment.
    """
    name = rubric.assignment.name
    if options.mode == "full" and rubric.notebook is None:
        raise ConfigError(f"{name} has no run of the whole notebook: leave out --mode (MODE=full).")
    if options.mode == "full" and not steps - FUNCTIONS:
        raise ConfigError("--mode full (MODE=full) is about whole notebooks, which --only (ONLY=functions) leaves out.")
    if options.mode == "full" and options.data is None:
        raise ConfigError(
            "--mode full (MODE=full) runs notebooks on the real data: say where that is with --data (DATA=…)."
        )
    if options.recipe == "published" and "accuracy" not in steps:
        why = f"--only (ONLY={options.only}) leaves accuracy out" if options.only else f"{name} has none to verify"
        raise ConfigError(f"--recipe published (RECIPE=published) is about accuracy, and {why}.")
    if options.recipe == "published" and rubric.notebook is None:
        raise ConfigError(
            "--recipe published (RECIPE=published) takes the settings of a notebook's own trainings; those of "
            f"{name} are not run."
        )


def oddities(paths: Sequence[Path], run: Run) -> list[str]:
    """Return sentences about what is odd about a run but harmless."""
    odd = []
    names = names_of(paths).values()
    if strangers := run.marks.without_submission(names):
        what = f"{run.marks.source} has marks for {listed(list(strangers), MOST_NAMES)}"
        odd.append(f"{what}: no submission here is called so; there are: {listed(list(names), MOST_NAMES)}.")
    if len(paths) > 1 and VARIABLE not in os.environ:
        odd.append(f"{VARIABLE} is not set: the checks' inputs are those of everybody who has this program.")
    return odd


def names_of(paths: Sequence[Path]) -> dict[Path, str]:
    """Return what each submission, and the folder of its results, is called."""
    return unique_names(paths, (SUMMARY,))


def check_paths(paths: Sequence[Path], run: Run) -> None:
    """Check what a person named, one by one. Entries of a folder of hand-ins get a result that says what is wrong.

    Raises:
        ConfigError: there is nothing at a path, or it is a folder of several hand-ins.
    """
    asked = run.rubric.assignment
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
