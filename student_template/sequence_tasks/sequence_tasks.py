# %% [markdown]
# # Sequences: classifying reviews, and small languages written character by character
#
# - The places that are yours say `NotImplementedError`. Keep the names of functions and classes, their arguments and what
#   they return; everything else is your choice.
# - Sequences are lists of token numbers. `w2i` maps tokens to numbers and always holds the four special tokens `.pad`,
#   `.start`, `.end` and `.unk`; which numbers these have differs from one vocabulary to the next.
# - Hand in `sequence_tasks.py` or `sequence_tasks.ipynb`.


# %%
import random
import re

import torch
from torch import nn


# %% [markdown]
# # Part 1: classifying film reviews
#
# Labels are 0 for a positive and 1 for a negative review.
#
# ## Batches


# %%
def make_batches(x, y, w2i, max_tokens=20000, shuffle=True, seed=None):
    """Cut labelled sequences into padded batches of similar lengths.

    Every sequence gets `.start` in front and `.end` behind. Sequences are sorted by length and put into batches of at
    most `max_tokens` tokens, markers counted: either b * t, or the sum of the true lengths, must not be larger. A
    sequence that is longer by itself is a batch of its own. Shorter sequences of a batch are filled up with `.pad` on
    the right, to the length of its longest.

    Args:
        x: list of n lists of token numbers, without markers.
        y: list of n labels.
        w2i: dict from tokens to numbers.
        max_tokens: budget of a batch.
        shuffle: whether the order of the batches is random; what is in a batch is not.
        seed: of that order; the same number gives the same order in any process.

    Returns:
        list of pairs (ids, labels), int64 [b, t] and int64 [b]. Every sequence is in exactly one of them.
    """
    # Mark, sort, cut into groups within the budget (the last group too), order the groups, pad each of them.
    raise NotImplementedError("make_batches")


# %% [markdown]
# ## Models
#
# All five models follow one pattern; only the core differs.
#
# | step | result |
# |---|---|
# | token numbers | int64 [b, t] |
# | embedding | [b, t, emb] |
# | core | [b, t, hidden] |
# | ReLU | [b, t, hidden] |
# | largest value over time | [b, hidden] |
# | linear | [b, num_classes] |
#
# Padded steps may take part in the maximum. Whoever wants them left out adds an argument `pad=None` to the constructor:
# the number of the padding token is passed there, by keyword.


# %%
class MLPClassifier(nn.Module):
    """The pattern with one linear layer, the same at every step, as its core.

    Args:
        vocab_size: number of tokens.
        emb, hidden: features of an embedding and of the core's output.
        num_classes: logits of a sequence.
    """

    def __init__(self, vocab_size, emb=300, hidden=300, num_classes=2):
        super().__init__()
        # Three layers. Which of the sizes does each of them join?
        raise NotImplementedError("MLPClassifier.__init__")

    def forward(self, ids):
        """Return logits, float [b, num_classes], for token numbers, int64 [b, t]."""
        # Embed, apply the core and ReLU, take the maximum over time, apply the last layer.
        raise NotImplementedError("MLPClassifier.forward")


# %% [markdown]
# ## A recurrent layer by hand
#
# `[x ; h]` is x and h joined along the last axis. Torch's own recurrent modules are not allowed in this layer.


# %%
class Elman(nn.Module):
    """A recurrent layer with a hidden state.

        h_t = ReLU(W1 [x_t ; h_{t-1}] + b1)
        y_t = W2 h_t + b2

    Tanh or the logistic function in place of ReLU are as good.

    Args:
        insize, outsize, hsize: features of x_t, of y_t and of the state.

    Source: Elman (1990), "Finding Structure in Time", Cognitive Science 14(2).
    """

    def __init__(self, insize=300, outsize=300, hsize=300):
        super().__init__()
        # One linear layer for each of the two equations.
        raise NotImplementedError("Elman.__init__")

    def forward(self, x, hidden=None):
        """Run over a batch of sequences.

        Args:
            x: float [b, t, insize].
            hidden: the state before the first step, float [b, hsize]; zeros where it is None.

        Returns:
            y, float [b, t, outsize], and the state after the last step, float [b, hsize].
        """
        # Step by step: the new state from the input and the old state, the output from the new state.
        raise NotImplementedError("Elman.forward")


# %%
class ElmanClassifier(nn.Module):
    """The pattern with an `Elman` layer as its core; arguments as for `MLPClassifier`."""

    def __init__(self, vocab_size, emb=300, hidden=300, num_classes=2):
        super().__init__()
        raise NotImplementedError("ElmanClassifier.__init__")

    def forward(self, ids):
        """Return logits, float [b, num_classes], for token numbers, int64 [b, t]."""
        raise NotImplementedError("ElmanClassifier.forward")


# %% [markdown]
# ## Torch's recurrent layers


# %%
class RNNClassifier(nn.Module):
    """The pattern with torch's `nn.RNN` as its core.

    Args:
        vocab_size, emb, hidden, num_classes: as for `MLPClassifier`.
        dropout: probability that a value between the embedding and the last layer is dropped, in training mode only.
    """

    def __init__(self, vocab_size, emb=300, hidden=300, num_classes=2, dropout=0.3):
        super().__init__()
        raise NotImplementedError("RNNClassifier.__init__")

    def forward(self, ids):
        """Return logits, float [b, num_classes], for token numbers, int64 [b, t]."""
        raise NotImplementedError("RNNClassifier.forward")


# %%
class LSTMClassifier(nn.Module):
    """The pattern with torch's `nn.LSTM` as its core; arguments as for `RNNClassifier`."""

    def __init__(self, vocab_size, emb=300, hidden=300, num_classes=2, dropout=0.3):
        super().__init__()
        raise NotImplementedError("LSTMClassifier.__init__")

    def forward(self, ids):
        """Return logits, float [b, num_classes], for token numbers, int64 [b, t]."""
        raise NotImplementedError("LSTMClassifier.forward")


# %% [markdown]
# # Part 2: small languages, character by character
#
# ## Making strings


# %%
def generate_ndfa(n, seed=0):
    """Make n strings of the language `s((abc!)*|(klm!)*|(uvw!)*)s`: one word, repeated any number of times, between s's.

    The word is each of the three equally often; before each repetition the string ends with probability 1/4. `ss` is a
    valid string.

    Args:
        n: number of strings.
        seed: the same number makes the same strings in any process.
    """
    # Draw from a generator of random numbers of your own, not from the global one.
    raise NotImplementedError("generate_ndfa")


# %%
def generate_brackets(n, seed=0):
    """Make n balanced strings of `(` and `)`: open one, then open with probability 7/16 and close with 9/16 until none is
    open. Arguments as for `generate_ndfa`.
    """
    raise NotImplementedError("generate_brackets")


# %% [markdown]
# ## Batches for a language model


# %%
def make_lm_batches(strings, w2i, max_tokens=10000, shuffle=True, seed=None):
    """Make batches of inputs and targets from strings, character by character.

    A string c1 ... ck becomes the input `.start` c1 ... ck and the target c1 ... ck `.end`. All strings of a batch have
    one length, so that nothing is padded; b * t is at most `max_tokens`, unless b is 1.

    Args:
        strings: list of str.
        w2i: dict from characters and special tokens to numbers.
        max_tokens: budget of a batch.
        shuffle: whether the order is random.
        seed: of that order; the same number gives the same order in any process.

    Returns:
        list of pairs (inputs, targets), both int64 [b, t]. Every string is in exactly one of them.
    """
    # Group by length, cut each group into batches, then separate inputs from targets.
    raise NotImplementedError("make_lm_batches")


# %% [markdown]
# ## The model, and writing with it


# %%
class AutoregressiveLSTM(nn.Module):
    """Embedding, LSTM, and a linear layer from its output to one logit for every token, at every step.

    Args:
        vocab_size: number of tokens.
        emb, hidden: features of an embedding and of the LSTM.
        num_layers: of the LSTM.
    """

    def __init__(self, vocab_size, emb=32, hidden=16, num_layers=1):
        super().__init__()
        raise NotImplementedError("AutoregressiveLSTM.__init__")

    def forward(self, ids):
        """Return logits of the next token, float [b, t, vocab_size], for token numbers, int64 [b, t].

        Every call begins anew, with a state of zeros. A second value, the state, may be returned as well.
        """
        raise NotImplementedError("AutoregressiveLSTM.forward")


# %%
def sample(model, prefix, w2i, max_length=200, temperature=1.0):
    """Write on from a prefix: draw the next token from softmax(logits / temperature), append it, and so on.

    Args:
        model: as `AutoregressiveLSTM`, in eval mode.
        prefix: list of token numbers, `.start` first.
        w2i: dict from tokens to numbers.
        max_length: of all tokens, prefix included.
        temperature: above 0.

    Returns:
        list of int: the prefix and what follows, up to `.end`, which is included, or up to `max_length` tokens. A prefix
        that ends in `.end`, or has that many tokens, comes back as it is.
    """
    raise NotImplementedError("sample")


# %% [markdown]
# ## Checking what was written


# %%
def is_ndfa(tokens):
    """Return whether the tokens are `.start`, then the characters of a valid string as in `generate_ndfa`, then `.end`.

    Args:
        tokens: list of str; any other special token makes it invalid.
    """
    raise NotImplementedError("is_ndfa")


# %%
def is_brackets(tokens):
    """Return whether the tokens are `.start`, then balanced brackets, at least one pair, then `.end`.

    Balanced: nowhere more closed than opened, and as many closed as opened in the end; `()()` is. Any other token makes
    it invalid.
    """
    raise NotImplementedError("is_brackets")


# %%
def fraction_valid(samples, w2i, checker):
    """Return the share of samples that a checker accepts, in [0, 1].

    Args:
        samples: list of lists of token numbers, as from `sample`.
        w2i: dict from tokens to numbers.
        checker: function from a list of tokens (str) to bool, as `is_ndfa`.
    """
    raise NotImplementedError("fraction_valid")
