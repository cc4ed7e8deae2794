"""The class as it stands now: the newest scorings, with the people they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from pathlib import Path

from sqlalchemy import select

from autograder.errors import ConfigError
from autograder.facts import Facts
from autograder.gradebook import tables
from autograder.gradebook.snapshot import Scored, Snapshot
from autograder.gradebook.store import Gradebook
from autograder.grades import Class, Grade, HandIn, ItemGrade, Person, Status
from autograder.lateness import due_of
from autograder.records import Deduction, Outcome
from autograder.rubric import Rubric

_STATUS: Mapping[int, Status] = {0: "graded", 2: "refused", 3: "failed"}


def class_of(book: Gradebook, snapshot: Snapshot, rubric: Rubric, out: Path, *, checks: bool = False) -> Class:
    """Everybody's current grade. `out`: where results are. `checks`: with what the checks said, which takes longer.

    Raises:
        ConfigError: the gradebook can't be read.
    """
    people = people_of(book)
    gradings = [snapshot.scorings[name].row.gradings for name in snapshot.submissions if name in snapshot.scorings]
    each = book.facts_of_each(gradings) if checks else repeat(Facts())
    grades: list[Grade] = []
    seen: set[str] = set()
    for name, submission in snapshot.submissions.items():
        owners = [people.get(sid, Person(sid)) for sid in submission.owners] or [Person(name, name)]
        seen |= {person.id for person in owners}
        hand_in = _hand_in(submission, tuple(people.get(sid, Person(sid)) for sid in submission.owners))
        scored = snapshot.scorings.get(name)
        if scored is None:
            grades += [Grade(person, "missing", hand_in) for person in owners]
            continue
        facts = next(each)
        grades += [_grade(person, hand_in, scored, facts, rubric, out / name) for person in owners]
    grades += [Grade(person, "missing") for sid, person in people.items() if sid not in seen]
    maximum = sum(item.points for item in rubric.items if not item.bonus)
    due = due_of(rubric.late) if rubric.late is not None else None
    ordered = sorted(grades, key=lambda grade: (grade.person.name.casefold(), grade.person.id))
    return Class(rubric.assignment.name, rubric.assignment.title, maximum, rubric.items, tuple(ordered), due)


def people_of(book: Gradebook) -> dict[str, Person]:
    """Everybody, as they were told of last."""
    with book.reading() as session:
        rows = session.scalars(select(tables.Student).order_by(tables.Student.id))
        return {row.sid: Person(row.sid, row.name, row.email, row.section, row.login) for row in rows}


def _hand_in(row: tables.Submission, owners: tuple[Person, ...]) -> HandIn:
    return HandIn(
        path=Path(row.path), name=row.name, owners=owners, platform=row.platform, key=row.key,  # type: ignore[arg-type]
        time=row.handed_in, late=row.late,
        older=tuple(Path(name) for name in row.older), refused=row.refused,
    )  # fmt: skip


def _grade(person: Person, hand_in: HandIn, scored: Scored, facts: Facts, rubric: Rubric, folder: Path) -> Grade:
    row, told = scored.row, scored.row.exit_code != 2 or _marked(scored)
    return Grade(
        person=person,
        status=_STATUS[row.exit_code],
        hand_in=hand_in,
        folder=folder,
        items=tuple(_items(scored, facts.outcomes, rubric)),
        raw=row.raw if told else None,
        total=row.total if told else None,
        deductions=tuple(Deduction(**told) for told in row.deductions),
        problem=row.problem,
        graded_at=row.at.isoformat(timespec="seconds"),
        seconds=facts.seconds,
    )


def _marked(scored: Scored) -> bool:
    """Whether a person has decided about anything."""
    return any(own.by or own.status == "graded" for own in scored.items.values())


def _items(scored: Scored, outcomes: Sequence[Outcome], rubric: Rubric) -> Iterator[ItemGrade]:
    said: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        said.setdefault(outcome.item, []).append(outcome)
    for item in rubric.items:
        if own := scored.items.get(item.id):
            told = tuple(said.get(item.id, ()))
            yield ItemGrade(item, own.status, own.score, own.comment, own.by, told)  # type: ignore[arg-type]


def known_name(snapshot: Snapshot, people: Mapping[str, Person], asked: str) -> str:
    """The submission that somebody means by its name, or by its owner's id, login, e-mail or name.

    Raises:
        ConfigError: there is none, or there are several.
    """
    if asked in snapshot.submissions:
        return asked
    meant = {
        p.id
        for p in people.values()
        if asked.casefold() in {t.casefold() for t in (p.id, p.login, p.email, p.name) if t}
    }
    found = [name for name, row in snapshot.submissions.items() if meant & set(row.owners)]
    if len(found) == 1:
        return found[0]
    several = f"has several hand-ins of {asked}: {', '.join(sorted(found))}" if found else f"has no hand-in of {asked}"
    raise ConfigError(f"The gradebook {several}; say the name of its folder of results.")
