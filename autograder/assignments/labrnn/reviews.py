"""The file of film reviews that a notebook reads: what it is called, and what stands in it."""

from __future__ import annotations

from pathlib import Path

from autograder.kit.text_classification.made_up import write_csv
from autograder.kit.text_classification.reviews_file import layout, write_plain
from autograder.run import Run

SMOKE_REVIEWS = 240
NAMES = ("IMDBDataset.csv", "IMDB Dataset.csv", "IMDB_Dataset.csv")  # what it is called
NAMED_LIKE = (  # so a notebook may call it besides, in lower case and without `.csv`
    r"(?=.*(?:imdb|review|dataset|data))"
    r"(?:imdb|acl|large|movies?|films?|reviews?|data|sets?|sentiments?|full|all|of|the|k|kaggle|raw|original|copy|\d|[\W_])+"
)


def notebook_data(run: Run, folder: Path) -> Path:
    """Return the file of reviews that notebooks are given: a few made-up ones, or real ones as any program reads them.

    Raises:
        ConfigError: the real reviews can't be read.
    """
    made = folder / NAMES[0]
    if run.mode == "smoke" or run.data is None:
        write_csv(made, SMOKE_REVIEWS, seed=5)
        return made
    if layout(run.data).plain:
        return run.data
    write_plain(run.data, made)
    return made
