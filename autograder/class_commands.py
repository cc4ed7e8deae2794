"""What the commands about a class do, one function each."""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from autograder.class_marks import addressed, names_in, one_word_each
from autograder.class_plan import Done, Wish
from autograder.class_preview import Preview
from autograder.class_report import render
from autograder.class_run import ClassRun, begin_class_run, grade_class
from autograder.class_similarity import find_alike, kept_pairs
from autograder.course_file import Settings
from autograder.errors import AutograderError, ConfigError
from autograder.gradebook import Gradebook, open_gradebook
from autograder.gradebook.kept_marks import keep_marks, kept_marks, misfits
from autograder.gradebook.late_days import lates_of
from autograder.gradebook.snapshot import Snapshot, take_snapshot
from autograder.gradebook.store import FILE
from autograder.gradebook.view import class_of
from autograder.grades import HandIn, Person, Platform
from autograder.intake import HandInNames, Intake, load_roster, take_in
from autograder.leftovers import run_folder
from autograder.marks import Marks, load_marks
from autograder.preflight import MOST_NAMES, SUMMARY, Options, check_out, describe
from autograder.progress import progress_of
from autograder.reports import write_text
from autograder.reports.harmless import clean
from autograder.run import Run
from autograder.runners.local import Job, Result
from autograder.runners.summary import write_summary
from autograder.submission.limits import listed

UNMATCHED = "unmatched.toml"
PAGE = "class.html"
TAKEN = (SUMMARY, FILE, UNMATCHED, PAGE, "export", "similarity")  # no hand-in's results may be called so


@dataclass(frozen=True)
class Session:
    """A run that is described, and its gradebook, open."""

    settings: Settings
    run: Run
    book: Gradebook

    @property
    def assignment(self) -> str:
        """What the gradebook calls it."""
        return self.run.rubric.assignment.name


@contextlib.contextmanager
def opened(settings: Settings, *, new: bool = True) -> Iterator[Session]:
    """Check what the settings name, and open the gradebook. `new`: make one where there is none.

    Raises:
        ConfigError: something of it is wrong or can't be used; or without `new` there is none.
    """
    run = described(settings)
    where = settings.gradebook or str(run.out / FILE)
    if not new and "://" not in where and not os.path.lexists(where):
        raise ConfigError(f"There is no gradebook {where}; grade-all makes it (OUT and GRADEBOOK say where it is).")
    check_out(run.out)
    book = open_gradebook(where)
    try:
        yield Session(settings, run, book)
    finally:
        book.close()


def described(s: Settings) -> Run:
    """The run that the settings ask for.

    Raises:
        ConfigError: something of it is wrong.
    """
    if s.data and not os.path.isfile(s.data):
        raise ConfigError(f"There is no {s.data} (course.toml, data).")

    def path(text: str) -> Path | None:
        return Path(text) if text else None

    here, mode = s.runner == "local", s.mode
    if not here and mode == "auto":  # whether there are GPUs is for the nodes' settings to say, not for this machine
        mode = "full" if s.data and (s.ray if s.runner == "ray" else s.slurm).gpus else "smoke"
    options = Options(
        s.assignment, Path(s.out), s.jobs, None, s.tier or None, s.unsafe, s.only, path(s.data), mode, s.recipe,
        path(s.rubric), s.gpu.gpus if here else "none", s.gpu.per_gpu, s.secret_variable,
    )  # fmt: skip
    return replace(describe(options), runner=s.runner, ray=s.ray, slurm=s.slurm)


# ---- grading ---------------------------------------------------------------------------------------------------------
def grade_all(settings: Settings, wish: Wish) -> int:
    """Grade a class, or with `wish.preview` show what would change; the exit code.

    Raises:
        AutograderError: as opened, taken_in and class_run.grade_class.
        KeyboardInterrupt: somebody ended the run; what is done is kept and told.
    """
    run = described(settings)
    given = load_marks(Path(settings.marks).resolve(), run.rubric) if settings.marks else None
    with run_folder() as scratch:
        intake = taken_in(settings, run, scratch)
        with opened(settings) as session:
            return grade_intake(session, intake, given, wish)


def grade_intake(session: Session, intake: Intake, given: Marks | None, wish: Wish) -> int:
    """Grade what came in; the exit code. `given`: marks of a file, which the gradebook keeps.

    Raises:
        AutograderError, KeyboardInterrupt: as grade_all.
    """
    settings = session.settings
    tell_intake(intake, settings)
    number = session.book.begin_run(session.assignment, sys.argv[1:])
    names = names_in(intake.hand_ins)
    if given is not None:
        one_word_each(given, names)
        keep_marks(session.book, number, session.assignment, given)
    marks = addressed(kept_marks(session.book, session.assignment), names)
    if wrong := misfits(marks, session.run.rubric):
        told = listed(wrong, MOST_NAMES)
        raise ConfigError(f"Marks that the gradebook keeps don't fit the rubric: {told}. Give a file with others.")
    session = replace(session, run=replace(session.run, marks=marks, number=number))
    tell_oddities(session, intake.hand_ins)
    session.book.add_people(number, _people(settings, intake))
    course = begin_class_run(session.run, session.book, number, wish)
    lates = lates_of(session.book, number, session.run, intake.hand_ins, keep=not wish.preview)
    return run_class(session, replace(course, lates=lates), intake.hand_ins)


def run_class(session: Session, course: ClassRun, hand_ins: Sequence[HandIn]) -> int:
    """Grade, tell of it, and write what speaks of the whole class; the exit code.

    Raises:
        AutograderError: as class_run.grade_class.
        KeyboardInterrupt: somebody ended the run.
    """
    quiet, shown = session.settings.log_format == "json", Preview(course)
    held: dict[str, tuple[str, ...]] = {}

    def note(one: Done) -> None:
        try:
            progress.done(one)
        except BrokenPipeError:  # nobody reads any more; the grades are wanted all the same
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if one.how == "held":
            held[one.result.job.name] = one.result.fallen
        if course.wish.preview:
            shown.note(one)

    try:
        with progress_of(len(hand_ins), session.settings.log_format) as progress:
            done = grade_class(course, hand_ins, note, progress.watch)
    except (KeyboardInterrupt, AutograderError) as error:
        if not course.wish.preview:
            with contextlib.suppress(AutograderError, OSError):  # what ended the run is told
                finish(session, course, held, quiet=quiet, how=f"ended by {type(error).__name__}")
        raise
    if course.wish.preview:
        shown.tell(len(done), quiet)
    else:
        finish(session, course, held, quiet=quiet)
    return 3 if any(one.result.exit_code == 3 for one in done) else 0


def taken_in(settings: Settings, run: Run, scratch: Path) -> Intake:
    """The hand-ins of the download that the settings name.

    Raises:
        ConfigError: there is none, or it is wrong.
    """
    asked = run.rubric.assignment
    if not settings.submissions:
        raise ConfigError("Say which hand-ins to grade: make grade-all SUBMISSIONS=folder-or-zip.")
    source = Path(settings.submissions)
    if not os.path.lexists(source):
        raise ConfigError(f"There is no {source} (SUBMISSIONS).")
    try:
        zone = ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"There is no time zone {settings.time_zone!r}; say it like Europe/Berlin.") from error
    platform: Platform | None = settings.platform or None
    intake = take_in(
        source, scratch, asked=HandInNames(asked.notebook, asked.also, asked.defines), platform=platform, zone=zone,
        roster=load_roster(Path(settings.roster)) if settings.roster else None,
        unmatched=run.out / UNMATCHED, taken=TAKEN,
    )  # fmt: skip
    if not intake.hand_ins:
        raise ConfigError(f"{source} holds no hand-ins: no notebook, script, zip or folder.")
    return intake


def tell_intake(intake: Intake, settings: Settings) -> None:
    """Say what came from where, and who could not be matched; on the error stream, where only results stand on the
    other."""
    typer.echo(f"{len(intake.hand_ins)} hand-ins from {intake.title}.", err=True)
    for sentence in intake.remarks:
        typer.echo(clean(sentence), err=True)
    if intake.waiting:
        names = listed([clean(name) for name in dict.fromkeys(own.hand_in for own in intake.waiting)], MOST_NAMES)
        where = Path(settings.out) / UNMATCHED
        typer.echo(f"Whose these are could not be found in the roster for sure: {names}. Decide in {where}.", err=True)


def tell_oddities(session: Session, hand_ins: Sequence[HandIn]) -> None:
    """Say what is odd about a run but harmless."""
    names = [hand_in.name for hand_in in hand_ins]
    if strangers := session.run.marks.without_submission(names):
        typer.echo(f"There are marks for {listed(strangers, MOST_NAMES)}: no hand-in is called so.", err=True)
    timeless = [own.name for own in hand_ins if own.time is None and own.name not in session.run.marks.times]
    if session.run.rubric.late.due and timeless:
        told = f"{listed(timeless, MOST_NAMES)}: nobody says when it was handed in, so it counts as on time"
        typer.echo(f"{told} ([[times]] in the marks file says it).", err=True)
    variable = session.settings.secret_variable
    if variable not in os.environ:
        sentence = f"{variable} is not set: the checks' inputs are those of everybody who has this program."
        typer.echo(sentence, err=True)


def _people(settings: Settings, intake: Intake) -> list[Person]:
    roster = load_roster(Path(settings.roster)).people if settings.roster else ()
    known = {person.id for person in roster}
    owners = {person.id: person for hand_in in intake.hand_ins for person in hand_in.owners if person.id not in known}
    return [*roster, *owners.values()]


def finish(
    session: Session, course: ClassRun, held: Mapping[str, Sequence[str]], *, quiet: bool, how: str = "finished"
) -> None:
    """Write what speaks of the whole class, from the gradebook; print how many are of which kind. `held`: what would
    have fallen, by hand-in."""
    snapshot = take_snapshot(session.book, session.assignment)
    write_class(session, snapshot)
    session.book.add_event(course.number, how, f"{len(snapshot.scorings)} hand-ins have a result")
    if quiet:
        return
    results = results_of(snapshot, session.run)
    codes = Counter(result.exit_code for result in results)
    what = f"{codes[0]} graded, {codes[2]} could not be graded, the grader failed at {codes[3]}"
    print(f"{len(results)} submissions: {what}.")
    for code, head in ((2, "Could not be graded"), (3, "The grader failed at")):
        if names := sorted(result.job.name for result in results if result.exit_code == code):
            print(f"{head}: {clean(listed(names, MOST_NAMES))}.")
    if held:
        print("Published points would fall, so these were left as they were (--allow-lower applies it):")
        for name, items in sorted(held.items()):
            print(clean(f"  {name}: {listed(list(items), MOST_NAMES)}"))
    out = session.run.out
    print(f"Results are in {out}/NAME/results.json and report.html; a table of all: {out}/{SUMMARY}; {out}/{PAGE}.")


def write_class(session: Session, snapshot: Snapshot) -> None:
    """Write summary.csv and class.html, so that they follow every change.

    Raises:
        OSError: they can't be written.
    """
    run, found = session.run, kept_pairs(session.run.out)
    write_summary(results_of(snapshot, run), run.rubric, run.out / SUMMARY)
    graded = class_of(session.book, snapshot, run.rubric, run.out, checks=True)
    write_text(run.out / PAGE, render(graded, found.pairs, pages=found.pages, base=run.out))


def results_of(snapshot: Snapshot, run: Run) -> list[Result]:
    """The newest scorings as results."""
    found = []
    for name, one in snapshot.scorings.items():
        row = one.row
        job = Job(Path(snapshot.submissions[name].path), name, run.out / name)
        maximum = None if row.exit_code == 3 and row.problem else row.maximum  # the grader failed as a whole
        found.append(Result(job, row.exit_code, row.total, "", row.problem, 0.0, maximum, one.pending, one.scores))
    return found


def similarity_of(settings: Settings) -> None:
    """Compare the hand-ins' own code, write a page for each alike pair, and class.html with them.

    Raises:
        ConfigError: the hand-ins can't be read.
        OSError: the pages can't be written.
    """
    with opened(settings) as session, run_folder() as scratch:
        hand_ins = taken_in(settings, session.run, scratch).hand_ins
        found = find_alike(session.run, hand_ins, Path(settings.against) if settings.against else None)
        write_class(session, take_snapshot(session.book, session.assignment))
        for pair, page in zip(found.pairs, found.pages, strict=True):
            share = max(pair.share_left, pair.share_right)
            print(clean(f"{pair.left} and {pair.right}: {share:.0%} of the own code, {pair.lines} lines: {page}"))
        print(f"{len(found.pairs)} pairs are alike. It is for a person to look at; nothing is deducted.")
