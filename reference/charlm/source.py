# ---
# jupyter:
#   autograder:
#     notebook: models.ipynb
#     script: models.py
# ---

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

    ### BEGIN SOLUTION
    def __init__(self, vocab_index, embedding=24, hidden=64, dropout=0.3):
        super().__init__()
        self.vocab_index = vocab_index
        self.embedding = nn.Embedding(len(vocab_index), embedding)
        self.rnn = nn.GRU(embedding, hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden, 2)

    def forward(self, contexts):
        """Return logits [B, 2] for contexts, integers [B, T]."""
        states, _ = self.rnn(self.dropout(self.embedding(contexts)))
        return self.output(self.dropout(states[:, -1]))

    def predict(self, context):
        """Return 1 if a vowel follows the context, a text of any length, and 0 if a consonant does."""
        with torch.no_grad():
            return int(self(numbers([context], self.vocab_index))[0].argmax())

    ### BLANK
    # def predict(self, context):
    #     """Return 1 if a vowel follows the context, a text of any length, and 0 if a consonant does."""
    #     raise NotImplementedError("predict")

    ### END SOLUTION


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
    ### BEGIN SOLUTION
    inputs = numbers(train_cons_exs + train_vowel_exs, vocab_index)
    labels = torch.tensor([0] * len(train_cons_exs) + [1] * len(train_vowel_exs))
    model = RNNClassifier(vocab_index)
    epochs, size = 8, 50
    optimizer = torch.optim.Adam(model.parameters(), lr=0.004)
    updates = epochs * -(-len(labels) // size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - 0.95 * step / updates)
    loss_of = nn.CrossEntropyLoss()
    for _ in range(epochs):
        for batch in torch.randperm(len(labels)).split(size):
            optimizer.zero_grad()
            loss_of(model(inputs[batch]), labels[batch]).backward()
            optimizer.step()
            schedule.step()
    return model.eval()
    ### BLANK
    # raise NotImplementedError("train_rnn_classifier")
    ### END SOLUTION


### BEGIN SOLUTION
def numbers(contexts, vocab_index):
    """Return contexts of one length as integers [B, T]."""
    return torch.tensor([[vocab_index.index_of(character) for character in context] for context in contexts])


### BLANK
### END SOLUTION


# %% [markdown]
# ## Part 2: a language model


# %%
class RNNLanguageModel(nn.Module):
    """Gives the natural-log probability of every character that may follow a context."""

    ### BEGIN SOLUTION
    def __init__(self, vocab_index, embedding=32, hidden=128):
        super().__init__()
        self.vocab_index = vocab_index
        self.embedding = nn.Embedding(len(vocab_index), embedding)
        self.rnn = nn.GRU(embedding, hidden, batch_first=True)
        self.output = nn.Linear(hidden, len(vocab_index))

    def forward(self, texts):
        """Return log-probabilities [B, T, 27] of what follows each character of texts, integers [B, T]."""
        states, _ = self.rnn(self.embedding(texts))
        return torch.log_softmax(self.output(states), dim=-1)

    def get_next_char_log_probs(self, context):
        """Return a numpy vector [27] of natural-log probabilities for the character after the context, in index order."""
        with torch.no_grad():
            return self(numbers([context or " "], self.vocab_index))[0, -1].double().numpy()

    def get_log_prob_sequence(self, next_chars, context):
        """Return the natural-log probability of next_chars after the context: a float, the sum over its characters."""
        if not next_chars:
            return 0.0
        whole = numbers([(context or " ") + next_chars], self.vocab_index)
        with torch.no_grad():
            log_probs = self(whole[:, :-1])[0, -len(next_chars) :]
        return float(log_probs.gather(1, whole[0, -len(next_chars) :, None]).double().sum())

    ### BLANK
    # def get_next_char_log_probs(self, context):
    #     """Return a numpy vector [27] of natural-log probabilities for the character after the context, in index order."""
    #     raise NotImplementedError("get_next_char_log_probs")
    #
    # def get_log_prob_sequence(self, next_chars, context):
    #     """Return the natural-log probability of next_chars after the context: a float, the sum over its characters."""
    #     raise NotImplementedError("get_log_prob_sequence")

    ### END SOLUTION


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
    ### BEGIN SOLUTION
    epochs, size, chunk = 10, 16, 100
    text = numbers([" " + train_text], vocab_index)[0]
    model = RNNLanguageModel(vocab_index)
    updates = epochs * -(-len(train_text) // (size * chunk))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.004)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - 0.95 * step / updates)
    places = torch.arange(min(chunk, len(text) - 1))
    for _ in range(updates):
        starts = torch.randint(0, len(text) - len(places), (size, 1))
        log_probs = model(text[starts + places])
        loss = nn.functional.nll_loss(log_probs.flatten(0, 1), text[starts + places + 1].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval()
    ### BLANK
    # raise NotImplementedError("train_lm")
    ### END SOLUTION
