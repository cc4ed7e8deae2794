"""A small class for the tests of this room."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.grades import HandIn, Person
from autograder.intake import HandInNames, Intake, Roster, load_roster, take_in
from fixtures.downloads import Made, write_roster

ASKED = HandInNames("LabRNN.ipynb", (), ("tokenize",))
PDF = b"%PDF-1.4\n"
TIME = datetime(2026, 1, 15, 22, 59, 30, tzinfo=UTC)


def book(text: str) -> bytes:
    """A notebook that differs from others."""
    return (
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "metadata": {}, '
        f'"outputs": [], "source": "def tokenize(): return {len(text)} # {text}"}}]}}'
    ).encode()


def person(place: int, name: str) -> Person:
    return Person(f"S{place:03}", name, f"s{place}@uni.example", "A", f"login{place}")


CLASS = [
    person(place, name)
    for place, name in enumerate(
        ["Jane Smith", "Miles O'Brien", "Zoë Núñez", "李 小龙", "Jean Luc Picard", "Anne-Marie van der Berg", "Ann Lee"]
    )
]


def hand_ins(people: list[Person] = CLASS) -> list[Made]:
    """A notebook and a report each."""
    return [Made((own,), {"LabRNN.ipynb": book(own.id), "report.pdf": PDF + own.id.encode()}, TIME) for own in people]


def roster(folder: Path, people: list[Person] = CLASS) -> Roster:
    folder.mkdir(parents=True, exist_ok=True)
    return load_roster(write_roster(people, folder / "roster.csv"))


def taken(source: Path, folder: Path, **options: Any) -> Intake:
    """`take_in` with the scratch and the file of decisions in `folder`."""
    count = sum(1 for own in folder.glob("scratch*")) if folder.exists() else 0
    return take_in(
        source, folder / f"scratch{count}", **{"asked": ASKED, "unmatched": folder / "unmatched.toml", **options}
    )


def by_owner(intake: Intake) -> dict[str, HandIn]:
    """The hand-ins by the id of their only owner."""
    return {own.owners[0].id: own for own in intake.hand_ins if len(own.owners) == 1}


def contents(path: Path) -> dict[str, bytes]:
    """What there is to be graded."""
    if path.is_file():
        return {path.name: path.read_bytes()}
    files = (own for own in path.rglob("*") if own.is_file() and ".git" not in own.parts)
    return {str(own.relative_to(path)): own.read_bytes() for own in files}
