"""Arguments, printing and exit codes; everything else is in grade.py.

Exit codes: 0 graded, whatever the score; 2 the submission can't be graded (results.json says why); 3 the grader
failed, or was asked for something impossible; 130 somebody pressed Ctrl-C (128 and the number of any other signal that
ended the run).
"""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autograder.class_cli import Mode, Only, Recipe, register
from autograder.ending import INTERRUPTED, NO_RESULTS, Finished, interrupted
from autograder.errors import AutograderError, ConfigError

if TYPE_CHECKING:  # both import much; `--help` and options with mistakes should not wait for it
    from autograder.run import Run
    from autograder.runners.local import Result

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread per process, and forks that never hang
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

UsageError: Any = typer.BadParameter.__mro__[1]  # typer has no public name for it
WORDINGS = (
    (r"Invalid value for ('--\w+'): ", r"\1: "),
    ("Value error, ", ""),
    ("Input should be greater than or equal to", "must be at least"),
    ("Input should be less than or equal to", "must be at most"),
    ("Input should be a valid integer.*", "must be a whole number"),
)


class Platform(StrEnum):
    """For which a zip can be made."""

    GRADESCOPE = "gradescope"
    PRAIRIELEARN = "prairielearn"


app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


Assignment = Annotated[str, typer.Option("--assignment", help="Name of the assignment, or path of its folder.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the results; each submission gets a folder of its name.")]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", exists=True, help="The real data, a file or folder as the assignment wants it; else made up."
    ),
]
OnlyOption = Annotated[Only | None, typer.Option("--only", help="Grade the items of one step alone.")]
ModeOption = Annotated[
    Mode,
    typer.Option("--mode", help="Run notebooks on made-up data (smoke), on --data (full), or as fits the machine."),
]
RecipeOption = Annotated[
    Recipe,
    typer.Option("--recipe", help="Train models by the judge's fast recipe, or with the notebook's best settings."),
]
Jobs = Annotated[int, typer.Option("--jobs", min=1, metavar="<int>", help="Submissions graded at once.")]
Marks = Annotated[Path | None, typer.Option("--marks", exists=True, help="A person's marks, as TOML.")]
RubricOption = Annotated[
    Path | None,
    typer.Option(
        "--rubric",
        exists=True,
        dir_okay=False,
        help="The course's own rubric, as TOML: only what differs. Else course/ASSIGNMENT/rubric.toml where it exists.",
    ),
]
Gpus = Annotated[str, typer.Option("--gpus", help="GPUs for whole notebooks: auto for all, none, or numbers: 0,1.")]
PerGpu = Annotated[
    int, typer.Option("--per-gpu", min=1, max=64, metavar="<int>", help="Whole notebooks at once on each GPU.")
]
TierOption = Annotated[
    int | None, typer.Option("--tier", min=1, max=4, metavar="<int>", help="Use this tier of isolation and no other.")
]
Unsafe = Annotated[bool, typer.Option("--unsafe", help="Grade even where hostile code would not be contained.")]


@app.callback()
def top() -> None:
    """Grade notebooks of sequence-model assignments without sharing a process with them."""


@app.command("grade")
def grade_command(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATHS...", help="Notebooks, scripts, zips or folders: one submission each.")
    ],
    assignment: Assignment = "labrnn",
    out: Out = Path("results"),
    data: Data = None,
    only: OnlyOption = None,
    jobs: Jobs = 1,
    marks: Marks = None,
    mode: ModeOption = Mode.AUTO,
    recipe: RecipeOption = Recipe.FAST,
    rubric: RubricOption = None,
    gpus: Gpus = "auto",
    per_gpu: PerGpu = 4,
    tier: TierOption = None,
    unsafe: Unsafe = False,
) -> None:
    """Grade submissions, print their reports, and write OUT/NAME/results.json and its siblings."""
    from autograder.preflight import Options, check_paths, describe

    options = Options(assignment, out, jobs, marks, tier, unsafe, only or "", data, mode, recipe, rubric, gpus, per_gpu)
    run = describe(options)
    check_paths(paths, run)
    results = graded(paths, run, print_reports=True)
    raise Finished(max((result.exit_code for result in results), default=0))


def graded(
    paths: Sequence[Path],
    run: Run,
    *,
    print_reports: bool = False,
    on_result: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Say what is odd, then grade.

    Raises:
        Finished: somebody pressed Ctrl-C.
        AutograderError: as preflight.check_out and batch.grade_paths.
    """
    from autograder.preflight import check_out, oddities

    check_out(run.out)
    for sentence in oddities(paths, run):
        typer.echo(sentence, err=True)
    results: list[Result] = []

    def take(result: Result) -> None:
        results.append(result)
        if on_result is not None:
            on_result(result)

    try:
        from autograder.batch import grade_paths

        grade_paths(paths, run, print_reports=print_reports, on_result=take)
    except KeyboardInterrupt as stop:
        done = f"{len(results)} of {len(paths)} submissions have their results" if results else NO_RESULTS
        interrupted(done, *stop.args)
    return results


@app.command("check")
def check_command(
    notebook: Annotated[Path, typer.Argument(help="Your own notebook.")],
    assignment: Assignment = "labrnn",
) -> None:
    """Run the public checks on your own notebook, in this process and offline."""
    from autograder.batch import check_own
    from autograder.preflight import Options, check_paths, describe

    run = describe(Options(assignment, Path(), only="functions", unsafe=True))
    check_paths([notebook], run)
    try:
        raise Finished(check_own(notebook, run))
    except KeyboardInterrupt:
        typer.echo(f"\nInterrupted; {NO_RESULTS}.", err=True)
        sys.stdout.flush()
        os._exit(INTERRUPTED)  # at once: libraries that were interrupted in their import crash at the usual end


@app.command("explain")
def explain_command(
    item: Annotated[str, typer.Argument(help="An item, or the beginning of several: lab1, lab1.e.forward.")] = "",
    assignment: Assignment = "labrnn",
    rubric: RubricOption = None,
) -> None:
    """List items, checks, what each is worth, and what the course's own rubric changed. For staff."""
    from autograder.explain import explain
    from autograder.folder import find_folder
    from autograder.preflight import course_of
    from autograder.rubric import load_rubric

    folder = find_folder(assignment)
    course = course_of(rubric, folder)
    typer.echo(explain(folder, load_rubric(folder.rubric, course), item))
    raise Finished(0)


@app.command("new-assignment")
def new_assignment_command(
    name: Annotated[str, typer.Argument(help="Of the assignment and its folder: small letters, digits and _.")],
    folder: Annotated[Path, typer.Option("--folder", file_okay=False, help="Where its folder is to stand.")] = Path(),
) -> None:
    """Write the folder of a small working assignment, to be changed into one's own: see docs/authoring.md."""
    from autograder.new import new_assignment

    for path in new_assignment(name, folder):
        typer.echo(str(path))


@app.command("bundle")
def bundle_command(
    platform: Annotated[Platform, typer.Argument(help="Where the course grades.")],
    assignment: Assignment = "labrnn",
    rubric: RubricOption = None,
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="Folder for the zip.")] = Path("dist"),
) -> None:
    """Write the zip that a course uploads to a platform, which then grades there: see docs/platforms.md."""
    from autograder.platforms.bundle import write_bundle

    target, told = write_bundle(platform.value, assignment, rubric, out)
    for line in (str(target), *told):
        typer.echo(line)


@app.command("tier")
def tier_command(
    check: Annotated[bool, typer.Option("--check", help="Hold every tier to its promises, in real processes.")] = False,
) -> None:
    """Say which isolation this machine gives to student code. With --check: 3 where a promise is not kept."""
    from autograder.sandbox import best_tier

    if check:
        from autograder.sandbox.conformance import check_tiers
        from autograder.sandbox.conformance_table import lines

        found = check_tiers()
        for line in lines(found):
            typer.echo(line)
        raise Finished(3 if any(tier.broken for tier in found) else 0)

    tier = best_tier()
    typer.echo(f"Isolation tier {tier.number}, {tier.name}: {tier.promise}.")
    if tier.lacks:
        typer.echo(f"No better tier, since {tier.lacks}.")


register(app)


def main() -> None:
    """Run the command line; turns every foreseen error into one sentence and an exit code."""
    try:
        code = app(standalone_mode=False)
        if code == INTERRUPTED:  # before there was a command to say more
            interrupted(NO_RESULTS)
        sys.exit(3 if code else 0)
    except Finished as done:
        sys.exit(done.code)
    except SystemExit as end:  # typer's own, who has heeded that whoever read the output has gone
        sys.exit(3 if end.code and not isinstance(end.__context__, BrokenPipeError) else 0)
    except UsageError as error:
        show_usage(error)
        sys.exit(3)
    except ConfigError as error:
        say(str(error))
        sys.exit(3)
    except BrokenPipeError:  # whoever read the output has gone; the results are written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        say(f"{error.filename or 'A file'} can't be written or read: {error.strerror}.")
        sys.exit(3)
    except AutograderError as error:
        say(f"The grader failed: {error}", several=True)
        sys.exit(3)
    except Exception:  # noqa: BLE001  # not foreseen: the grader's own fault like any other failure
        traceback.print_exc()
        sys.exit(3)


def show_usage(error: Any) -> None:
    """What is wrong with the words of the command line, for those too who only know make's."""
    text = error.format_message()
    if error.ctx is None or not text:
        error.show()
        return
    for before, after in WORDINGS:
        text = re.sub(before, after, text)
    if option := re.search(r"'--(\w+)'", text):
        known = option[1] not in ("tier", "unsafe")  # which make does not know
        text = text.replace(option[0], f"--{option[1]}" + (f" ({option[1].upper()}=)" if known else ""))
    say(text)
    typer.echo(f"Try '{error.ctx.command_path} --help' or 'make help'.", err=True)


def say(text: str, *, several: bool = False) -> None:
    """Print an error, whatever paths are in it: they may be students' and hold a terminal's codes, breaks, or what a
    platform's log takes for commands at the beginning of a line. `several`: the lines are the grader's own, a traceback
    say; then each but the first is marked.
    """
    from autograder.reports.harmless import clean

    lines = clean(text).replace("\t", " ").replace("##[", "## [").split("\n")
    told = ("\n| " if several else " ").join(lines)
    typer.echo(f"Error: {told}" if told.lstrip().startswith("::") else told, err=True)
