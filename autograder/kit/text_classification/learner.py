"""A recurrent classifier of texts as a learner: examined before it is trained, and looked at once it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograder.judge.models import Model
from autograder.kit.text_classification import structure
from autograder.kit.text_classification.calling import OUTPUTS
from autograder.kit.text_classification.data import Data, shuffled, truncated
from autograder.kit.training.learner import ModuleLearner
from autograder.kit.training.recipe import Recipe
from autograder.kit.training.sequences import accuracy, joined
from autograder.kit.training.task import Tested

AFTERWARDS = 2000  # test texts that the trained model is looked at with
AGAIN = 64  # of them: predicted once more, in other batches
BEGINNING = 20  # words
SAME = 1e-3  # of the spread of the logits
ORDER = 0.03  # what shuffling must change at least, likewise; correct models change by 0.08 to 0.27


@dataclass
class TextClassifier(ModuleLearner):
    """See Learner."""

    data: Data

    def test(self, rng: np.random.Generator) -> Tested:
        """Return the accuracy, a fault of the trained model, and its accuracy on shuffled words and on the first words.

        All is asked at once and in mixed order, so that nothing tells a model which texts are for what.
        """
        test = self.data.test
        some = test.rows(np.arange(min(AFTERWARDS, len(test))))
        again = rng.permutation(len(some))[:AGAIN]
        parts = [test, shuffled(some, rng), truncated(some, BEGINNING), some.rows(again)]
        whole = joined(parts)
        order = rng.permutation(len(whole))
        answers = np.empty((len(whole), OUTPUTS))
        answers[order] = self.trainer.predict(whole.rows(order))
        found, after, cut, repeated = np.split(answers, np.cumsum([len(part) for part in parts])[:-1])
        before = found[: len(some)]
        spread = float(np.diff(before).std())
        fault = ""
        if np.abs(repeated - before[again]).max() > SAME * max(spread, 1e-3):
            fault = "once trained, it gives a review other logits in another batch"
        elif np.abs(np.diff(after) - np.diff(before)).mean() <= ORDER * spread:
            fault = "once trained, it does not use the order of the words: it is a bag of words, not a recurrent model"
        shuffled_found, cut_found = accuracy(after, parts[1].targets), accuracy(cut, parts[2].targets)
        return Tested(accuracy(found, test.targets), fault, shuffled_found, cut_found)


def text_classifier(model: Model, data: Data, recipe: Recipe) -> TextClassifier:
    """A learner of a model that is called with ids [B, T] and lengths float32 [B], and gives logits [B, 2]."""

    def examined(rng: np.random.Generator) -> str:
        return structure.fault(model, data.vocab_size, rng)

    return TextClassifier(model, data, recipe, accuracy, OUTPUTS, examined, with_lengths=True)
