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
    marked = [([w2i[".start"], *ids, w2i[".end"]], label) for ids, label in zip(x, y)]
    groups = [[]]
    for pair in sorted(marked, key=lambda pair: len(pair[0])):
        if groups[-1] and (len(groups[-1]) + 1) * len(pair[0]) > max_tokens:
            groups.append([])
        groups[-1].append(pair)
    if shuffle:
        random.Random(seed).shuffle(groups)
    batches = []
    for group in groups:
        longest = max((len(ids) for ids, _ in group), default=0)
        rows = [ids + [w2i[".pad"]] * (longest - len(ids)) for ids, _ in group]
        batches.append((torch.tensor(rows), torch.tensor([label for _, label in group])))
    return batches if marked else []


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
        self.embedding = nn.Embedding(vocab_size, emb)
        self.core = nn.Linear(emb, hidden)
        self.head = nn.Linear(hidden, num_classes)

    def forward(self, ids):
        """Return logits, float [b, num_classes], for token numbers, int64 [b, t]."""
        features = torch.relu(self.core(self.embedding(ids)))
        return self.head(features.amax(dim=1))


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
        self.hsize = hsize
        self.step = nn.Linear(insize + hsize, hsize)
        self.out = nn.Linear(hsize, outsize)

    def forward(self, x, hidden=None):
        """Run over a batch of sequences.

        Args:
            x: float [b, t, insize].
            hidden: the state before the first step, float [b, hsize]; zeros where it is None.

        Returns:
            y, float [b, t, outsize], and the state after the last step, float [b, hsize].
        """
        if hidden is None:
            hidden = x.new_zeros(x.size(0), self.hsize)
        outputs = []
        for step in x.unbind(dim=1):
            hidden = torch.relu(self.step(torch.cat([step, hidden], dim=1)))
            outputs.append(self.out(hidden))
        return torch.stack(outputs, dim=1), hidden


# %%
class ElmanClassifier(nn.Module):
    """The pattern with an `Elman` layer as its core; arguments as for `MLPClassifier`."""

    def __init__(self, vocab_size, emb=300, hidden=300, num_classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, emb)
        self.core = Elman(emb, hidden, hidden)
        self.head = nn.Linear(hidden, num_classes)

    def forward(self, ids):
        """Return logits, float [b, num_classes], for token numbers, int64 [b, t]."""
        features, _ = self.core(self.embedding(ids))
        return self.head(torch.relu(features).amax(dim=1))


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
        self.embedding = nn.Embedding(vocab_size, emb)
        self.dropout = nn.Dropout(dropout)
        self.core = nn.RNN(emb, hidden, batch_first=True)
        self.head = nn.Linear(hidden, num_classes)

    def forward(self, ids):
        """Return logits, float [b, num_classes], for token numbers, int64 [b, t]."""
        features, _ = self.core(self.dropout(self.embedding(ids)))
        return self.head(torch.relu(features).amax(dim=1))


# %%
class LSTMClassifier(nn.Module):
    """The pattern with torch's `nn.LSTM` as its core; arguments as for `RNNClassifier`."""

    def __init__(self, vocab_size, emb=300, hidden=300, num_classes=2, dropout=0.3):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, emb)
        self.dropout = nn.Dropout(dropout)
        self.core = nn.LSTM(emb, hidden, batch_first=True)
        self.head = nn.Linear(hidden, num_classes)

    def forward(self, ids):
        """Return logits, float [b, num_classes], for token numbers, int64 [b, t]."""
        features, _ = self.core(self.dropout(self.embedding(ids)))
        return self.head(torch.relu(features).amax(dim=1))


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
    draw = random.Random(seed)
    strings = []
    for _ in range(n):
        word, count = draw.choice(("abc!", "klm!", "uvw!")), 0
        while draw.random() >= 1 / 4:
            count += 1
        strings.append("s" + word * count + "s")
    return strings


# %%
def generate_brackets(n, seed=0):
    """Make n balanced strings of `(` and `)`: open one, then open with probability 7/16 and close with 9/16 until none is
    open. Arguments as for `generate_ndfa`.
    """
    draw = random.Random(seed)
    strings = []
    for _ in range(n):
        string, depth = "(", 1
        while depth:
            opens = draw.random() < 7 / 16
            string += "(" if opens else ")"
            depth += 1 if opens else -1
        strings.append(string)
    return strings


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
    draw = random.Random(seed)
    by_length = {}
    for string in strings:
        by_length.setdefault(len(string), []).append([w2i[c] for c in (".start", *string, ".end")])
    batches = []
    for length in sorted(by_length):
        rows, most = by_length[length], max(max_tokens // (length + 1), 1)
        if shuffle:
            draw.shuffle(rows)
        for first in range(0, len(rows), most):
            ids = torch.tensor(rows[first : first + most])
            batches.append((ids[:, :-1], ids[:, 1:]))
    if shuffle:
        draw.shuffle(batches)
    return batches


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
        self.embedding = nn.Embedding(vocab_size, emb)
        self.lstm = nn.LSTM(emb, hidden, num_layers, batch_first=True)
        self.head = nn.Linear(hidden, vocab_size)

    def forward(self, ids):
        """Return logits of the next token, float [b, t, vocab_size], for token numbers, int64 [b, t].

        Every call begins anew, with a state of zeros. A second value, the state, may be returned as well.
        """
        outputs, _ = self.lstm(self.embedding(ids))
        return self.head(outputs)


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
    tokens = list(prefix)
    with torch.no_grad():
        while len(tokens) < max_length and tokens[-1] != w2i[".end"]:
            answer = model(torch.tensor([tokens]))
            logits = answer[0] if isinstance(answer, tuple) else answer
            probabilities = torch.softmax(logits[0, -1] / temperature, dim=0)
            tokens.append(int(torch.multinomial(probabilities, 1)))
    return tokens


# %% [markdown]
# ## Checking what was written


# %%
def is_ndfa(tokens):
    """Return whether the tokens are `.start`, then the characters of a valid string as in `generate_ndfa`, then `.end`.

    Args:
        tokens: list of str; any other special token makes it invalid.
    """
    if len(tokens) < 2 or tokens[0] != ".start" or tokens[-1] != ".end" or any(len(t) != 1 for t in tokens[1:-1]):
        return False
    return re.fullmatch(r"s((abc!)*|(klm!)*|(uvw!)*)s", "".join(tokens[1:-1])) is not None


# %%
def is_brackets(tokens):
    """Return whether the tokens are `.start`, then balanced brackets, at least one pair, then `.end`.

    Balanced: nowhere more closed than opened, and as many closed as opened in the end; `()()` is. Any other token makes
    it invalid.
    """
    if len(tokens) < 4 or tokens[0] != ".start" or tokens[-1] != ".end":
        return False
    depth = 0
    for token in tokens[1:-1]:
        if token not in ("(", ")"):
            return False
        depth += 1 if token == "(" else -1
        if depth < 0:
            return False
    return depth == 0


# %%
def fraction_valid(samples, w2i, checker):
    """Return the share of samples that a checker accepts, in [0, 1].

    Args:
        samples: list of lists of token numbers, as from `sample`.
        w2i: dict from tokens to numbers.
        checker: function from a list of tokens (str) to bool, as `is_ndfa`.
    """
    i2w = {number: token for token, number in w2i.items()}
    return sum(bool(checker([i2w[number] for number in sample])) for sample in samples) / len(samples)
