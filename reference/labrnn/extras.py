"""What students download besides the notebook: made-up reviews to try it on, and the packages to install."""

from __future__ import annotations

import csv
import io

from autograder.kit.text_classification.made_up import reviews

COUNT, SEED = 40, 1
LONGEST = 60  # words: with longer ones every training takes minutes on a laptop
REQUIREMENTS = """\
# pip install -r requirements.txt, and then the wheel of public checks that your course gives you:
# pip install autograder_student-*.whl
torch>=2.6
numpy>=1.26
pandas>=2.2
scikit-learn>=1.5
nltk>=3.9
matplotlib>=3.9
jupyterlab>=4
"""


def extras() -> dict[str, str]:
    """Return the files by name: `IMDBDataset.csv`, which the real reviews replace, and `requirements.txt`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("review", "sentiment"))
    short = [row for row in reviews(4 * COUNT, SEED) if len(row[0].split()) <= LONGEST]
    writer.writerows(short[:COUNT])
    return {"IMDBDataset.csv": text.getvalue(), "requirements.txt": REQUIREMENTS}
