"""Whom the marks of a file mean: the student's id, login or e-mail stand for the hand-in's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder.errors import ConfigError
from autograder.grades import HandIn
from autograder.marks import Mark, Marks


def names_in(hand_ins: Sequence[HandIn]) -> Mapping[str, str]:
    """Return the name of the hand-in that each word means: its own name first, then what its owners are called."""
    names = {hand_in.name: hand_in.name for hand_in in hand_ins}
    for hand_in in hand_ins:
        for person in hand_in.owners:
            for told in (person.email, person.login, person.id):
                if told:
                    names.setdefault(told, hand_in.name)
    return names


def one_word_each(marks: Marks, names: Mapping[str, str]) -> None:
    """Hold a file of marks to one word on each item of a hand-in, by whatever names it calls the student.

    Raises:
        ConfigError: it gives two; the message names the file, both names, the item and the points.
    """
    said: dict[tuple[str, str], tuple[str, Mark]] = {}
    for student, items in marks.own.items():
        for item, mark in items.items():
            other, before = said.setdefault((names.get(student, student), item), (student, mark))
            if before != mark:
                raise ConfigError(
                    f"{marks.source}: {other!r} and {student!r} are the same hand-in, which gets {before.points:g} "
                    f"and {mark.points:g} points for {item}. Keep one of the two."
                )


def addressed(marks: Marks, names: Mapping[str, str]) -> Marks:
    """Return the marks under the names of hand-ins; of two that mean the same, the one that comes later."""
    own: dict[str, dict[str, Mark]] = {}
    penalties: dict[str, tuple[str, ...]] = {}
    for student, items in marks.own.items():
        own.setdefault(names.get(student, student), {}).update(items)
    for student, rules in marks.penalties.items():
        name = names.get(student, student)
        penalties[name] = (*penalties.get(name, ()), *rules)
    extensions = {names.get(student, student): told for student, told in marks.extensions.items()}
    times = {names.get(student, student): told for student, told in marks.times.items()}
    return replace(marks, own=own, penalties=penalties, extensions=extensions, times=times)
