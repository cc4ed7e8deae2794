"""Classes for the tests of the page: of any size, with every status, hostile texts on demand."""

from __future__ import annotations

import random
from pathlib import Path

from autograder.grades import Class, Deduction, Grade, HandIn, ItemGrade, Pair, Passage, Person
from autograder.records import Counterexample, Item, Outcome

ITEMS = tuple(
    Item(f"lab1.{letter}", f"Part {letter}: {what}", 4.0, "manual" if letter == "h" else "automatic")
    for letter, what in zip(
        "abcdefgh",
        ("split the data", "tokenise", "vocabulary", "dataset", "LSTM", "GRU", "training", "discussion"),
        strict=True,
    )
)
CHECKS = 6
WRONG = ("lab1.c", "check_2")  # fails alone for half of the class
FIRST = ("Mia", "Noah", "Zoë", "李", "Ольга", "José", "Anna-Lena", "Ravi")
LAST = ("Müller", "O’Neill", "García", "Nguyễn", "Schmidt", "伟", "Петрова", "van der Berg")


def outcome(item: str, number: int, status: str = "passed", **changes: object) -> Outcome:
    example = Counterexample(f"build_vocab(['a', 'b'], {number})", "{'a': 0}", "{'a': 0, 'b': 1}")
    known = {
        "weight": 1.0,
        "required": False,
        "visibility": "hidden" if number % 2 else "public",
        "status": status,
        "counterexample": example if status == "failed" else None,
    }
    sentence = f"`function_{number}` of {item} returns what the sheet asks for."
    return Outcome(item, f"check_{number}", sentence, **{**known, **changes})  # type: ignore[arg-type]


def graded_class(size: int = 40, seed: int = 1) -> Class:
    draw = random.Random(seed)
    grades = tuple(_grade(place, draw) for place in range(size))
    grades = tuple(sorted(grades, key=lambda grade: grade.person.name))
    return Class("labrnn", "Lab 1: recurrent networks", 32.0, ITEMS, grades)


def _grade(place: int, draw: random.Random) -> Grade:
    name = f"{draw.choice(LAST)}, {draw.choice(FIRST)} {place}"
    person = Person(f"{10000 + place}", name, f"student{place}@example.edu", f"Section {place % 3 + 1}")
    hand_in = HandIn(Path(f"in/{place}.ipynb"), f"student{place}", (person,))
    if place % 17 == 5:
        return Grade(person, "missing")
    if place % 17 == 11:
        return Grade(person, "refused", hand_in, problem="There is no notebook in it, only a `.docx`.")
    if place % 29 == 20:
        return Grade(person, "failed", hand_in, problem="The sandbox could not be started.")
    items = tuple(_item(item, place, draw) for item in ITEMS)
    raw = sum(own.score or 0 for own in items)
    late = (Deduction("late", 2.0, "1 day late: 2 points off"),) if place % 7 == 0 else ()
    cpu = draw.lognormvariate(1.5, 0.4) if place != 3 else 400.0
    seconds = {"load": 0.4, "checks": cpu, "total": cpu + 1, "judge_cpu": cpu * 0.7, "student_cpu": cpu * 0.3}
    total = max(0.0, raw - 2.0 * len(late))
    return Grade(person, "graded", hand_in, Path(f"out/student{place}"), items, raw, total, late, seconds=seconds)


def _item(item: Item, place: int, draw: random.Random) -> ItemGrade:
    if item.marking == "manual":
        return ItemGrade(item, "pending") if place % 4 == 0 else ItemGrade(item, "graded", 3.0, by="ta")
    outcomes = []
    for number in range(CHECKS):
        is_wrong = (item.id, f"check_{number}") == WRONG
        failed = place % 2 == 0 if is_wrong else draw.random() < 0.04
        outcomes.append(outcome(item.id, number, "failed" if failed else "passed"))
    passed = sum(each.status == "passed" for each in outcomes)
    return ItemGrade(item, "graded", item.points * passed / CHECKS, outcomes=tuple(outcomes))


def pairs() -> tuple[Pair, ...]:
    one = Pair("student1", "student2", 0.93, 0.88, 40, (Passage((1, 9), (3, 11)),))
    return (one, Pair("student4", "2024/anna", 0.71, 0.52, 18, (), True))
