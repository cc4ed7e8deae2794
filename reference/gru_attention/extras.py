"""What students download besides notebook and script: made-up texts in the form of the Penn Treebank, and the packages
to install."""

from __future__ import annotations

import random

SENTENCES = {"train": 60, "valid": 15, "test": 15}
WHO = ("the fund", "a trader", "mr. <unk>", "the company", "an analyst", "the board")
DID = ("bought", "sold", "reported", "expects", "rejected", "followed")
WHAT = ("N shares", "a loss of N million", "the <unk> offer", "its earnings", "N % of the bonds", "a new chairman")
WHEN = ("last week", "in N", "on monday", "after the merger", "this year", "without comment")
REQUIREMENTS = """\
# pip install -r requirements.txt, and then the wheel of public checks that your course gives you:
# pip install autograder_student-*.whl
torch>=2.6
numpy>=1.26
matplotlib>=3.9
jupyterlab>=4
"""


def extras() -> dict[str, str]:
    """Return the files by path: `data/ptb.train.txt` and its siblings, which the real ones replace, and
    `requirements.txt`."""
    draw = random.Random("a small treebank")
    texts = {f"data/ptb.{part}.txt": _lines(draw, count) for part, count in SENTENCES.items()}
    return texts | {"requirements.txt": REQUIREMENTS}


def _lines(draw: random.Random, count: int) -> str:
    """One sentence a line with a space on either side, words in small letters, numbers as N, rare words as <unk>."""
    return "".join(f" {' '.join(map(draw.choice, (WHO, DID, WHAT, WHEN)))} \n" for _ in range(count))
