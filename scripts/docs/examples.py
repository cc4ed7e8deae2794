"""Writes the files that the documentation's commands work on: a made-up class, and one student's notebook.

python -m scripts.docs.examples FOLDER

canvas.zip       six hand-ins of seven students, as Canvas's bulk download has them
roster.csv       the class
LabRNN.ipynb     one student's notebook, with one mistake
by_hand.toml     a mark that a person gives
submitted/       what nbgrader collected of two students
"""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.grades import Person
from fixtures.downloads import Made, make_download, write_roster
from fixtures.labrnn.build import CORPUS, HERE, REFERENCE

TEMPLATE = HERE.parents[1] / "student_template" / "labrnn" / "LabRNN.ipynb"
MISTAKE = "d_not_cut"  # of LabRNN.ipynb and of one hand-in of the class
CLASS = (
    ("8341", "Ann Adler"),
    ("8342", "Ben Brandt"),
    ("8343", "Chiara Conti"),
    ("8344", "Dmitri Dorn"),
    ("8345", "Emily Evans"),
    ("8346", "Farid Fathi"),
)
STRANGER = Person("9999", "Jon Smith")  # whom the roster doesn't know
MARK = """[[marks]]
student = "8344"
item = "lab1.b"
points = 1
comment = "Half of it stands in a text cell, which nothing runs."
by = "Ann Example"
"""


def faulty(fault: str) -> bytes:
    """The reference with one fault of the corpus, as a notebook."""
    source = next(source for source in CORPUS.sources("fault") if source.path.stem == fault)
    return CORPUS.build_one(source).encode()


def write_examples(folder: Path) -> None:
    """Write all example files into `folder`."""
    people = [Person(number, name, f"{name.split()[0].lower()}@uni.example") for number, name in CLASS]
    handed_in = (
        (people[0], {"LabRNN.ipynb": REFERENCE.read_bytes()}),
        (people[1], {"LabRNN.ipynb": faulty(MISTAKE)}),
        (people[2], {"LabRNN.ipynb": faulty("b_no_pad")}),
        (people[3], {"LabRNN.ipynb": TEMPLATE.read_bytes()}),
        (people[4], {"report.docx": b"PK\x05\x06" + bytes(18)}),
        (STRANGER, {"LabRNN.ipynb": faulty("c_sorted")}),
    )
    make_download("canvas", [*people, STRANGER], [Made((who,), files) for who, files in handed_in], folder)
    write_roster(people, folder / "roster.csv")
    (folder / "LabRNN.ipynb").write_bytes(faulty(MISTAKE))
    for login, data in (("jane", REFERENCE), ("omar", TEMPLATE)):
        collected = folder / "submitted" / login / "labrnn"
        collected.mkdir(parents=True)
        (collected / "LabRNN.ipynb").write_bytes(data.read_bytes())
    (folder / "by_hand.toml").write_text(MARK, encoding="utf-8")


if __name__ == "__main__":
    write_examples(Path(sys.argv[1]))
