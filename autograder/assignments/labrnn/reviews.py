"""The file of film reviews that a notebook reads."""

from __future__ import annotations

NAMES = ("IMDBDataset.csv", "IMDB Dataset.csv", "IMDB_Dataset.csv")  # what it is called
NAMED_LIKE = (  # so a notebook may call it besides, in lower case and without `.csv`
    r"(?=.*(?:imdb|review|dataset|data))"
    r"(?:imdb|acl|large|movies?|films?|reviews?|data|sets?|sentiments?|full|all|of|the|k|kaggle|raw|original|copy|\d|[\W_])+"
)
