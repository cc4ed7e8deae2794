"""The commands about a whole class: options here, the work in class_commands.py."""

from __future__ import annotations

import gc
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autograder.ending import Finished, interrupted

if TYPE_CHECKING:  # slow to import
    from autograder.class_plan import Wish
    from autograder.course_file import Settings


class Platform(StrEnum):
    """Where a download comes from."""

    FOLDER = "folder"
    GRADESCOPE = "gradescope"
    CANVAS = "canvas"
    SAKAI = "sakai"
    MOODLE = "moodle"
    GITHUB = "github"


class LogFormat(StrEnum):
    """How progress is told."""

    AUTO = "auto"
    PLAIN = "plain"
    JSON = "json"


class Only(StrEnum):
    """The steps that can run alone."""

    FUNCTIONS = "functions"
    NOTEBOOK = "notebook"
    ACCURACY = "accuracy"


class Runner(StrEnum):
    """Where the work is done."""

    LOCAL = "local"
    RAY = "ray"
    SLURM = "slurm"


class Mode(StrEnum):
    """What notebooks are run on."""

    AUTO = "auto"
    SMOKE = "smoke"
    FULL = "full"


class Recipe(StrEnum):
    """How models are trained to verify their accuracy."""

    FAST = "fast"
    PUBLISHED = "published"


def option(name: str, told: str, **more: Any) -> Any:
    """An option that course.toml may say too, so that here it has no default."""
    return typer.Option(f"--{name}", help=told, show_default=False, **more)


Submissions = Annotated[
    Path | None,
    typer.Argument(help="What a platform gave, or a folder of one entry each.", exists=True),
]
Assignment = Annotated[str | None, option("assignment", "Name of the assignment, or path of its folder.")]
Out = Annotated[Path | None, option("out", "Folder for the results; each hand-in gets a folder of its name.")]
Book = Annotated[str | None, option("gradebook", "Path or SQLAlchemy URL of the gradebook. Else OUT/gradebook.db.")]
Roster = Annotated[Path | None, option("roster", "The class as CSV: id, name, email, section.", exists=True)]
PlatformOption = Annotated[Platform | None, option("platform", "Where the download comes from; else recognised.")]
Zone = Annotated[str | None, option("time-zone", "Of the platform's times that don't name theirs: Europe/Berlin.")]
Data = Annotated[Path | None, option("data", "The real data; else made up.", exists=True)]
OnlyOption = Annotated[Only | None, option("only", "Grade the items of one step alone.")]
ModeOption = Annotated[Mode | None, option("mode", "Run notebooks on made-up data (smoke), on --data (full), or auto.")]
RecipeOption = Annotated[Recipe | None, option("recipe", "Train by the judge's fast recipe, or the notebook's best.")]
Rubric = Annotated[Path | None, option("rubric", "The course's own rubric.", exists=True, dir_okay=False)]
Marks = Annotated[Path | None, option("marks", "People's marks, as TOML; the gradebook keeps them.", exists=True)]
Jobs = Annotated[int | None, option("jobs", "Submissions graded at once.", min=1, metavar="<int>")]
RunnerOption = Annotated[Runner | None, option("runner", "Where the work is done; course.toml says how, there.")]
Gpus = Annotated[str | None, option("gpus", "GPUs for whole notebooks: auto for all, none, or numbers: 0,1.")]
PerGpu = Annotated[
    int | None, option("per-gpu", "Whole notebooks at once on each GPU.", min=1, max=64, metavar="<int>")
]
Tier = Annotated[int | None, option("tier", "Use this tier of isolation and no other.", min=1, max=4, metavar="<int>")]
Unsafe = Annotated[bool | None, option("unsafe", "Grade even where hostile code would not be contained.")]
Log = Annotated[LogFormat | None, option("log-format", "Live on a terminal (auto), lines, or JSON lines.")]
Force = Annotated[bool, typer.Option("--force", help="Grade again what is known.")]
AllowLower = Annotated[bool, typer.Option("--allow-lower", help="Published points may fall.")]
To = Annotated[Path, typer.Option("--to", file_okay=False, help="Folder for what is written. Else OUT/export.")]
Partial = Annotated[bool, typer.Option("--partial", help="Though not everything is graded and marked.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for name, function in COMMANDS.items():
        app.command(name)(function)


def told(words: dict[str, Any]) -> Settings:
    """The settings that hold with these words of the command line.

    Raises:
        ConfigError: course.toml is wrong.
    """
    from autograder.course_file import settings

    return settings(words)[0]


def grade_or_say_why_not(settings: Settings, wish: Wish) -> None:
    """Raises:
    Finished: always, with the exit code.
    """
    from autograder.class_commands import grade_all

    try:
        raise Finished(grade_all(settings, wish))
    except KeyboardInterrupt as stop:
        interrupted("what is done is kept; the same command goes on from there", *stop.args)


def grade_all_command(
    submissions: Submissions = None,
    assignment: Assignment = None,
    out: Out = None,
    gradebook: Book = None,
    roster: Roster = None,
    platform: PlatformOption = None,
    time_zone: Zone = None,
    data: Data = None,
    only: OnlyOption = None,
    jobs: Jobs = None,
    runner: RunnerOption = None,
    marks: Marks = None,
    mode: ModeOption = None,
    recipe: RecipeOption = None,
    rubric: Rubric = None,
    gpus: Gpus = None,
    per_gpu: PerGpu = None,
    tier: Tier = None,
    unsafe: Unsafe = None,
    log_format: Log = None,
    force: Force = False,
    allow_lower: AllowLower = False,
) -> None:
    """Grade a class, using again what is known. Exits 0 when all have their results.json, 3 when the grader failed."""
    words = {k: v for k, v in locals().items() if k not in ("force", "allow_lower")}
    gc.disable()  # a tenth of the time of the imports
    from autograder import class_commands  # noqa: F401
    from autograder.class_plan import Wish

    gc.enable()
    gc.freeze()  # what they made stays, so nothing of it is looked at again
    grade_or_say_why_not(told(words), Wish(force, allow_lower))


def why_command(
    name: Annotated[str, typer.Argument(help="A hand-in's name, or its owner's id, login, e-mail or name.")],
    submissions: Submissions = None,
    assignment: Assignment = None,
    out: Out = None,
    gradebook: Book = None,
    roster: Roster = None,
    platform: PlatformOption = None,
    data: Data = None,
    only: OnlyOption = None,
    mode: ModeOption = None,
    recipe: RecipeOption = None,
    rubric: Rubric = None,
) -> None:
    """Say what of a hand-in would be graded again, and which part of its key changed."""
    words = {k: v for k, v in locals().items() if k != "name"}
    from autograder.class_asking import why_of

    why_of(told(words), name)


def show_command(
    name: Annotated[str, typer.Argument(help="A hand-in's name, or its owner's id, login, e-mail or name.")],
    assignment: Assignment = None,
    out: Out = None,
    gradebook: Book = None,
) -> None:
    """Tell a student's history: every grading with its key, every score, who marked what."""
    words = {k: v for k, v in locals().items() if k != "name"}
    from autograder.class_asking import show_of

    show_of(told(words), name)


def diff_command(
    before: Annotated[int, typer.Argument(help="The number of a run, as `autograder show` tells it.")],
    after: Annotated[int, typer.Argument(help="The number of a later run.")],
    assignment: Assignment = None,
    out: Out = None,
    gradebook: Book = None,
) -> None:
    """Tell whose total changed between two runs, at which item, by which check, with both counterexamples."""
    words = {k: v for k, v in locals().items() if k not in ("before", "after")}
    from autograder.class_asking import diff_of

    diff_of(told(words), before, after)


def regrade_command(
    submissions: Submissions = None,
    item: Annotated[str, typer.Option("--item", help="Show the changes of this item, or of those that begin so.")] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Apply what the preview shows.")] = False,
    assignment: Assignment = None,
    out: Out = None,
    gradebook: Book = None,
    roster: Roster = None,
    platform: PlatformOption = None,
    time_zone: Zone = None,
    data: Data = None,
    only: OnlyOption = None,
    jobs: Jobs = None,
    runner: RunnerOption = None,
    mode: ModeOption = None,
    recipe: RecipeOption = None,
    rubric: Rubric = None,
    gpus: Gpus = None,
    per_gpu: PerGpu = None,
    tier: Tier = None,
    unsafe: Unsafe = None,
    log_format: Log = None,
    force: Force = False,
    allow_lower: AllowLower = False,
) -> None:
    """Grade again what has changed and show whose points would change; nothing is written without --apply."""
    words = {k: v for k, v in locals().items() if k not in ("item", "apply", "force", "allow_lower")}
    from autograder.class_plan import Wish

    grade_or_say_why_not(told(words), Wish(force, allow_lower, preview=not apply, item=item))


def export_command(
    format: Annotated[str, typer.Argument(help="gradescope, canvas, sakai, moodle, …; see docs/formats.md.")],
    target: Annotated[
        Path, typer.Option("--to", file_okay=False, help="Folder for the files. Else OUT/export.")
    ] = Path(),
    title: Annotated[str, typer.Option("--title", help="Of the assignment on the platform.")] = "",
    assignment_id: Annotated[str, typer.Option("--assignment-id", help="Of the assignment on the platform.")] = "",
    partial: Partial = False,
    assignment: Assignment = None,
    out: Out = None,
    gradebook: Book = None,
    rubric: Rubric = None,
) -> None:
    """Write the grades as a platform reads them. What is exported counts as published, unless --partial."""
    words = {"assignment": assignment, "out": out, "gradebook": gradebook, "rubric": rubric}
    from autograder.class_asking import export_of

    export_of(told(words), format, target, title, assignment_id, partial)


def feedback_command(
    platform: Annotated[
        Platform | None, typer.Option("--platform", help="For whose upload. Else as handed in.")
    ] = None,
    target: Annotated[
        Path, typer.Option("--to", file_okay=False, help="Folder for the zip. Else OUT/export.")
    ] = Path(),
    assignment: Assignment = None,
    out: Out = None,
    gradebook: Book = None,
    rubric: Rubric = None,
) -> None:
    """Write one zip with a page per student, laid out as the platform's bulk upload wants it."""
    words = {"assignment": assignment, "out": out, "gradebook": gradebook, "rubric": rubric}
    from autograder.class_asking import feedback_of

    feedback_of(told(words), "" if platform is None else platform.value, target)


def similarity_command(
    submissions: Submissions = None,
    against: Annotated[Path | None, option("against", "Hand-ins of other years.", exists=True, file_okay=False)] = None,
    assignment: Assignment = None,
    out: Out = None,
    gradebook: Book = None,
    roster: Roster = None,
    platform: PlatformOption = None,
    rubric: Rubric = None,
) -> None:
    """Show which hand-ins have code in common that the template did not give. It proposes; nothing is deducted."""
    words = dict(locals())
    from autograder.class_commands import similarity_of

    similarity_of(told(words))


def config_command() -> None:
    """Print every setting, with where it comes from: course.toml or the default."""
    from autograder.course_file import listing, settings

    typer.echo(listing(*settings({})))


COMMANDS: dict[str, Callable[..., None]] = {
    "grade-all": grade_all_command,
    "why": why_command,
    "show": show_command,
    "diff": diff_command,
    "regrade": regrade_command,
    "export": export_command,
    "feedback": feedback_command,
    "similarity": similarity_command,
    "config": config_command,
}
