# %% [markdown]
# # Characters: vowel or consonant, and a language model
#
# Two small recurrent networks over the 27 characters a to z and space. The first says whether a vowel or a consonant
# follows a context; the second gives the probability of every character that may follow. `README.md` says what is asked
# for, and how many points it is worth.
#
# - The places that are yours say `NotImplementedError`. Keep the names of functions, classes and methods, their arguments
#   and what they return; everything else is your choice, layers and training included.
# - `vocab_index` is an `Indexer` (`utils.py`): `index_of("a")` is the number of a character, `get_object(0)` the character
#   of a number, `len(vocab_index)` how many there are. Number your characters with it, and not in a way of your own.
# - Each of the two trainings may take 900 seconds of processor time, on one core without a GPU.


# %%
import numpy as np
import torch
from torch import nn

from utils import *


# %% [markdown]
# ## Part 1: does a vowel or a consonant follow?


# %%
class RNNClassifier(nn.Module):
    """Says which of two classes follows a context: 1, a vowel, or 0, a consonant."""

    def predict(self, context):
        """Return 1 if a vowel follows the context, a text of any length, and 0 if a consonant does."""
        raise NotImplementedError("predict")


# %%
def train_rnn_classifier(args, train_cons_exs, train_vowel_exs, dev_cons_exs, dev_vowel_exs, vocab_index):
    """Train a classifier.

    Args:
        args: the driver's arguments; use them or not.
        train_cons_exs, train_vowel_exs: contexts that a consonant follows, and contexts that a vowel follows; lists of
            texts of 20 characters.
        dev_cons_exs, dev_vowel_exs: others, to watch the training by.
        vocab_index: the Indexer of the characters.

    Returns:
        The trained RNNClassifier, in evaluation mode.
    """
    raise NotImplementedError("train_rnn_classifier")


# %% [markdown]
# ## Part 2: a language model


# %%
class RNNLanguageModel(nn.Module):
    """Gives the natural-log probability of every character that may follow a context."""

    def get_next_char_log_probs(self, context):
        """Return a numpy vector [27] of natural-log probabilities for the character after the context, in index order."""
        raise NotImplementedError("get_next_char_log_probs")
    #
    def get_log_prob_sequence(self, next_chars, context):
        """Return the natural-log probability of next_chars after the context: a float, the sum over its characters."""
        raise NotImplementedError("get_log_prob_sequence")


# %%
def train_lm(args, train_text, dev_text, vocab_index):
    """Train a language model.

    Args:
        args: the driver's arguments; use them or not.
        train_text, dev_text: a text each.
        vocab_index: the Indexer of the characters.

    Returns:
        The trained RNNLanguageModel, in evaluation mode.
    """
    raise NotImplementedError("train_lm")
