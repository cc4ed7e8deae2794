"""clf.train: the classifier learns from the examples that it is given, whatever they say.

The lessons (lessons.py) are so easy that any rate and number of epochs learns them; the contexts asked for have letters
that the dev lists do not know.
"""

from __future__ import annotations

import numpy as np

from autograder.assignments.charlm.api import LEARNED, Lab, Taught, predictions
from autograder.assignments.charlm.context import CLASSIFIER
from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.judge.render import show
from autograder.kit.characters.answers import meant
from autograder.kit.characters.lessons import share_right
from autograder.kit.types import plain

TRAIN = "clf.train"


def expect_learned(taught: Taught, told: str) -> None:
    """Fail a model that did not learn its lesson."""
    rng = np.random.default_rng(len(told))
    test = taught.lesson.test(rng)
    test = test.turned() if "exchanged" in told else test
    contexts = [context for context, _ in test.labelled]
    share = 1.0 if taught.learned else share_right(predictions(taught.trained, contexts, meant), test)
    expect(
        taught.learned,
        f"after a training on {taught.many} easy examples {told} it does not answer as they say",
        got=f"{share:.0%} of {len(test.labelled)} like them right",
        expected=f"at least {LEARNED:.0%}",
    )


@item(TRAIN, required=True, weight=2)
def test_learns(lab: Lab) -> None:
    """The classifier learns from the two lists of examples: contexts before a consonant get 0, contexts before a vowel 1."""
    expect_learned(lab.classifier(), "(letters of one kind before consonants, of another kind before vowels)")


@item(TRAIN, required=True)
def test_exchanged(lab: Lab) -> None:
    """With the two lists of examples exchanged the answers turn round: what is learned comes from the examples alone."""
    lab.classifier()
    expect_learned(lab.classifier("turned"), "with the lists exchanged")


@item(TRAIN)
def test_lists_unchanged(lab: Lab) -> None:
    """The lists of examples are left as they are: nothing is added, removed or put in another order."""
    taught = lab.classifier()
    for name, left, given in zip(
        ("train_cons_exs", "train_vowel_exs", "dev_cons_exs", "dev_vowel_exs"),
        taught.trained.left[1:5],
        taught.given,
        strict=False,
    ):
        expect(plain(left) == list(given), f"{name} is changed", got=show(left), expected=show(list(given)))


@item(TRAIN, visibility="hidden")
def test_other_index(lab: Lab) -> None:
    """The vocabulary index that is given counts: with the characters numbered in another order the classifier learns as well."""
    if CLASSIFIER not in lab.context.learned:
        expect_learned(lab.classifier("permuted"), "under another vocabulary index")
