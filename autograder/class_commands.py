"""What the commands about a class do, one function each."""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from autograder.class_report import render
from autograder.class_run import ClassRun, Done, Wish, begin_class_run, grade_class
from autograder.class_similarity import find_alike, kept_pairs
from autograder.course_file import Settings, without_password
from autograder.errors import AutograderError, ConfigError
from autograder.gradebook import Gradebook, open_gradebook
from autograder.gradebook.history import changes, diff, show, why
from autograder.gradebook.kept_marks import keep_marks, kept_marks
from autograder.gradebook.keys import content_hash, keys_of, shared_parts
from autograder.gradebook.late_days import lates_of
from autograder.gradebook.snapshot import PUBLISHED, Snapshot, last_keys, take_snapshot
from autograder.gradebook.store import FILE
from autograder.gradebook.view import class_of, known_name, people_of
from autograder.grades import HandIn, Person, Platform
from autograder.intake import HandInNames, Intake, load_roster, take_in
from autograder.leftovers import run_folder
from autograder.marks import Mark, Marks, load_marks
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
def opened(settings: Settings) -> Iterator[Session]:
    """Check what the settings name, and open the gradebook.

    Raises:
        ConfigError: something of it is wrong or can't be used.
    """
    if settings.runner != "local":
        raise ConfigError(f"There is no runner called {settings.runner!r} (course.toml, runner); there is: local.")
    run = describe(_options(settings))
    check_out(run.out)
    book = open_gradebook(settings.gradebook or str(run.out / FILE))
    try:
        yield Session(settings, run, book)
    finally:
        book.close()


def _options(s: Settings) -> Options:
    def path(text: str) -> Path | None:
        return Path(text) if text else None

    return Options(
        s.assignment, Path(s.out), s.jobs, None, s.tier or None, s.unsafe, s.only, path(s.data), s.mode, s.recipe,
        path(s.rubric), s.secret_variable,
    )  # fmt: skip


# ---- grading ---------------------------------------------------------------------------------------------------------
def grade_all(settings: Settings, wish: Wish) -> int:
    """Grade a class, or with `wish.preview` show what would change; the exit code.

    Raises:
        AutograderError: as opened, taken_in and class_run.grade_class.
        KeyboardInterrupt: somebody ended the run; what is done is kept and told.
    """
    with opened(settings) as session, run_folder() as scratch:
        intake = taken_in(session, scratch)
        tell_intake(intake, settings)
        number = session.book.begin_run(session.assignment, sys.argv[1:])
        marks = addressed(_marks(session, number), intake.hand_ins)
        session = replace(session, run=replace(session.run, marks=marks))
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
    quiet, shown = session.settings.log_format == "json", Preview(session, course)
    held: dict[str, tuple[str, ...]] = {}

    def note(one: Done) -> None:
        progress.done(one)
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


def taken_in(session: Session, scratch: Path) -> Intake:
    """The hand-ins of the download that the settings name.

    Raises:
        ConfigError: there is none, or it is wrong.
    """
    settings, asked = session.settings, session.run.rubric.assignment
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
        unmatched=session.run.out / UNMATCHED, taken=TAKEN,
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
        names = listed([clean(waiting.who) for waiting in intake.waiting], MOST_NAMES)
        where = Path(settings.out) / UNMATCHED
        typer.echo(f"Nobody of the roster could be found for sure for {names}: decide in {where}.", err=True)


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


def _marks(session: Session, number: int) -> Marks:
    """All marks that hold, those of a new file among them."""
    if session.settings.marks:
        given = load_marks(Path(session.settings.marks), session.run.rubric)
        keep_marks(session.book, number, session.assignment, given)
    return kept_marks(session.book, session.assignment)


def addressed(marks: Marks, hand_ins: Sequence[HandIn]) -> Marks:
    """Marks under the names of hand-ins, also those that were given to a student by id, login or e-mail."""
    names = {hand_in.name: hand_in.name for hand_in in hand_ins}
    for hand_in in hand_ins:
        for person in hand_in.owners:
            names |= {
                told: hand_in.name for told in (person.email, person.login, person.id) if told and told not in names
            }

    own: dict[str, dict[str, Mark]] = {}
    penalties: dict[str, tuple[str, ...]] = {}
    for student, items in marks.own.items():  # one may be called by several names
        own.setdefault(names.get(student, student), {}).update(items)
    for student, rules in marks.penalties.items():
        name = names.get(student, student)
        penalties[name] = (*penalties.get(name, ()), *rules)
    extensions = {names.get(student, student): told for student, told in marks.extensions.items()}
    times = {names.get(student, student): told for student, told in marks.times.items()}
    return replace(marks, own=own, penalties=penalties, extensions=extensions, times=times)


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
        found.append(Result(job, row.exit_code, row.total, "", row.problem, 0.0, row.maximum, one.pending, one.scores))
    return found


class Preview:
    """Gathers whose points would change; nothing is written."""

    def __init__(self, session: Session, course: ClassRun) -> None:
        self.session, self.item, self.before = session, course.wish.item, course.snapshot.scorings
        self.lines: dict[str, list[str]] = {}

    def note(self, one: Done) -> None:
        """Compare one with what it has now."""
        name, result = one.result.job.name, one.result
        if one.how == "cached" or result.facts is None:
            return
        old = self.before.get(name)
        if lines := list(changes(self.session.book, old, result.scores, result.facts, name, self.item)):
            fallen = (
                f" Published points would fall: {listed(list(result.fallen), MOST_NAMES)}." if result.fallen else ""
            )
            self.lines[name] = [f"{lines[0]}{fallen}", *lines[1:]]

    def tell(self, of: int, quiet: bool) -> None:
        """Print it; on the error stream where only JSON lines stand on the other."""
        for name in sorted(self.lines):
            for line in self.lines[name]:
                typer.echo(clean(line), err=quiet)
        told = f"{len(self.lines)} of {of} hand-ins would change; nothing was written. Say --apply to apply it."
        typer.echo(told, err=quiet)


def similarity_of(settings: Settings) -> None:
    """Compare the hand-ins' own code, write a page for each alike pair, and class.html with them.

    Raises:
        ConfigError: the hand-ins can't be read.
        OSError: the pages can't be written.
    """
    with opened(settings) as session, run_folder() as scratch:
        hand_ins = taken_in(session, scratch).hand_ins
        found = find_alike(session.run, hand_ins, Path(settings.against) if settings.against else None)
        write_class(session, take_snapshot(session.book, session.assignment))
        for pair, page in zip(found.pairs, found.pages, strict=True):
            share = max(pair.share_left, pair.share_right)
            print(clean(f"{pair.left} and {pair.right}: {share:.0%} of the own code, {pair.lines} lines: {page}"))
        print(f"{len(found.pairs)} pairs are alike. It is for a person to look at; nothing is deducted.")


# ---- asking ----------------------------------------------------------------------------------------------------------
def why_of(settings: Settings, asked: str) -> None:
    """Print what of a hand-in would be graded again, and why.

    Raises:
        ConfigError: the gradebook does not know it, or it is not among the hand-ins any more.
    """
    with opened(settings) as session, run_folder() as scratch:
        snapshot = take_snapshot(session.book, session.assignment)
        name = known_name(snapshot, people_of(session.book), asked)
        if settings.submissions:
            paths = {hand_in.name: hand_in.path for hand_in in taken_in(session, scratch).hand_ins}
            content = content_hash(paths[name]) if name in paths else snapshot.submissions[name].content
        else:
            content = snapshot.submissions[name].content
        keys = keys_of(content, shared_parts(session.run))
        _print(why(name, keys, last_keys(session.book, session.assignment, name), snapshot.known(keys)))


def show_of(settings: Settings, asked: str) -> None:
    """Print a student's history."""
    with opened(settings) as session:
        snapshot = take_snapshot(session.book, session.assignment)
        name = known_name(snapshot, people_of(session.book), asked)
        row = snapshot.submissions[name]
        when = f", handed in {row.handed_in:%Y-%m-%d %H:%M}" if row.handed_in else ""
        print(clean(f"{name}, of {', '.join(row.owners) or 'nobody known'}{when}"))
        _print(show(session.book, session.assignment, name))


def diff_of(settings: Settings, before: int, after: int) -> None:
    """Print what changed between two runs."""
    with opened(settings) as session:
        moments = [take_snapshot(session.book, session.assignment, run) for run in (before, after)]
        _print(diff(session.book, *moments))


def said() -> list[str]:
    """The words of the command, as the gradebook keeps them: without the password of a database."""
    return [without_password(word) for word in sys.argv[1:]]


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(clean(line))


# ---- giving away -----------------------------------------------------------------------------------------------------
def export_of(settings: Settings, format: str, target: Path, title: str, assignment_id: str, partial: bool) -> None:
    """Write the grades in a platform's format; complete ones count as published from now on.

    Raises:
        ConfigError: there is no such format, or not everything is graded and marked.
        OSError: the files can't be written.
    """
    from autograder import exports

    with opened(settings) as session:
        snapshot = take_snapshot(session.book, session.assignment)
        graded = class_of(session.book, snapshot, session.run.rubric, session.run.out, checks=format == "junit")
        folder = target if target != Path() else session.run.out / "export"
        written = exports.export(graded, format, folder, partial=partial, title=title, assignment_id=assignment_id)
        _print(str(path) for path in written)
        for sentence in exports.remarks(graded, format):
            typer.echo(clean(sentence), err=True)
        if not partial:
            publish(session, snapshot, f"exported as {format}")


def publish(session: Session, snapshot: Snapshot, how: str) -> None:
    """Note that the grades were given away: from now on they don't fall by themselves."""
    number = session.book.begin_run(session.assignment, said())
    for name, one in snapshot.scorings.items():
        if name not in snapshot.published or snapshot.published[name].row.id != one.row.id:
            session.book.add_event(number, PUBLISHED, how, name=name, scoring=one.row.id)


def feedback_of(settings: Settings, platform: str, target: Path) -> None:
    """Write the zip of all students' pages.

    Raises:
        ConfigError: nobody has a page.
        OSError: it can't be written.
    """
    from autograder.exports import feedback

    with opened(settings) as session:
        snapshot = take_snapshot(session.book, session.assignment)
        graded = class_of(session.book, snapshot, session.run.rubric, session.run.out)
        folder = target if target != Path() else session.run.out / "export"
        found = Counter(row.platform for row in snapshot.submissions.values()).most_common(1)
        chosen: Platform = platform or (found[0][0] if found else "folder")  # type: ignore[assignment]
        print(feedback(graded, chosen, folder))
