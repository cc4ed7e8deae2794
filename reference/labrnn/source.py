# ---
# jupyter:
#   autograder:
#     notebook: LabRNN.ipynb
# ---

# %% [markdown]
# # LabRNN: sentiment of film reviews with LSTM and GRU
#
# You classify the 50,000 labelled reviews of the Large Movie Review Dataset (Maas et al., 2011) as positive or
# negative, first with an LSTM, then with a GRU, and study what optimizer, depth, width, embedding size and direction
# do to the result.
#
# - Work in this notebook only; the places that are yours say `NotImplementedError` or `YOUR ANSWER`.
# - Put `IMDBDataset.csv` (columns `review`, `sentiment`) beside the notebook.
# - Lab 1 keeps `HyperParams` as it is. Lab 2 (a) and (b) change only the learning rate and the optimizer's name; from
#   Lab 2 (c) on everything may change except the seed. No run is longer than 5 epochs.
# - Hand in two files: this notebook and a PDF report that holds every answer, result and figure.

# %% [markdown]
# ## True or false (10 x 3 points)
#
# Judge each statement and give one or two sentences of reason in your report.
#
# 1. Self-attention computes a key, a value and a query.
# 2. Attention is the cosine similarity of key and query.
# 3. The attention matrix has to be normalised by a layer norm or a batch norm afterwards.
# 4. A Transformer's encoder learns auto-regressively.
# 5. BERT and GPT are both Transformer decoders.
# 6. BERT is pre-trained with masked language modelling and next-sentence prediction.
# 7. GPT and BERT are both zero-shot learners: they transfer to unseen domains and tasks.
# 8. Gradient clipping helps against vanishing gradients.
# 9. Word embeddings may hold positive and negative values.
# 10. The memory cell of an LSTM is a weighted average of old and new memory, with weights that sum to 1.

# %% [markdown]
# ### BEGIN SOLUTION
# ### Answers
#
# 1. **True.** Key, value and query are three learned linear maps of the same input (Vaswani et al., 2017).
# 2. **False.** It is a softmax over dot products divided by √d. The vectors' norms are not divided out, and each row
#    of the result is a distribution, not a set of cosines.
# 3. **False.** The softmax already makes each row sum to 1. Layer norm acts on the sub-layer's output.
# 4. **False.** The encoder sees both directions at once, with no causal mask; the decoder is auto-regressive.
# 5. **False.** BERT is an encoder (Devlin et al., 2018), GPT is a decoder (Radford et al., 2018).
# 6. **True.** Those are the two objectives of Devlin et al. (2018).
# 7. **False.** Zero-shot use is shown for GPT-2 and GPT-3, which take a new task as a prompt. BERT as published needs a
#    new output head and fine-tuning for each task, which is transfer, but not zero-shot.
# 8. **False.** Clipping only shrinks large gradients, so it helps against explosion; small ones stay small.
# 9. **True.** They are unconstrained real parameters.
# 10. **False.** Forget gate and input gate are separate sigmoids; their sum lies anywhere in (0, 2). A GRU, which uses
#     z and 1 - z, does average.
# ### BLANK
# YOUR ANSWERS to the ten statements belong in the report.
# ### END SOLUTION

# %% [markdown]
# ## Set-up

# %%
import functools
import os
import random
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable

import matplotlib.pyplot as plt
import nltk
import numpy as np
import pandas as pd
import torch
from nltk.corpus import stopwords
from sklearn.model_selection import train_test_split
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

# %%
nltk.download("stopwords", quiet=True)


# %%
class HyperParams:
    """All settings of one run.

    Make another setting by assigning fields of an instance: `h = HyperParams(); h.LR = 0.001`. SEED never changes.

    Raises:
        LookupError: when the stop words of NLTK are not installed.
    """

    def __init__(self) -> None:
        self.PAD_INDEX = 0
        self.UNK_INDEX = 1
        self.PAD_TOKEN = "<pad>"
        self.UNK_TOKEN = "<unk>"
        self.STOP_WORDS = set(stopwords.words("english"))
        self.MAX_LENGTH = 256  # tokens of a review that the model sees
        self.BATCH_SIZE = 96
        self.EMBEDDING_DIM = 1
        self.HIDDEN_DIM = 100
        self.OUTPUT_DIM = 2
        self.N_LAYERS = 1
        self.DROPOUT_RATE = 0.0
        self.LR = 0.01
        self.N_EPOCHS = 5
        self.WD = 0  # weight decay
        self.OPTIM = "sgd"  # "sgd", "adagrad", "adam" or "rmsprop"
        self.BIDIRECTIONAL = False
        self.SEED = 5


# %% [markdown]
# # Lab 1 (45 points + 5)
#
# ## (a) Load the data (5 points)
#
# Read the file and split it 7 : 1 : 2 into training, validation and test part.


# %%
def load_imdb(base_csv: str = "./IMDBDataset.csv") -> tuple[list, list, list, list, list, list]:
    """Read the reviews and split them at random into 70 % training, 10 % validation and 20 % test.

    Args:
        base_csv: path of a CSV file with the columns `review` (text) and `sentiment` (`positive` or `negative`).

    Returns:
        x_train, x_valid, x_test, y_train, y_valid, y_test: reviews (x) and their sentiments (y), all of them str.

    Raises:
        FileNotFoundError: when there is no such file.
        KeyError: when a column is missing.
        ValueError: when there are fewer than 10 rows.

    Source: data of Maas et al. (2011), "Learning Word Vectors for Sentiment Analysis", ACL.
    """
    ### BEGIN SOLUTION
    data = pd.read_csv(base_csv, dtype=str, keep_default_na=False)
    x, y = data["review"].tolist(), data["sentiment"].tolist()
    n_valid, n_test = len(x) // 10, 2 * len(x) // 10
    x, x_test, y, y_test = train_test_split(x, y, test_size=n_test, random_state=5)
    x_train, x_valid, y_train, y_valid = train_test_split(x, y, test_size=n_valid, random_state=5)
    return x_train, x_valid, x_test, y_train, y_valid, y_test
    ### BLANK
    # # Read `base_csv`, split x and y together, and return the six parts in the order that the docstring gives.
    # raise NotImplementedError("Lab 1 (a): load_imdb")
    ### END SOLUTION


# %% [markdown]
# ## (b) Build the vocabulary (5 points)
#
# Count the words of the training reviews, leave out stop words, keep the words that occur at least `min_freq` times.


# %%
def build_vocab(x_train: list, min_freq: int = 5, hparams: "HyperParams | None" = None) -> dict:
    """Number the frequent words of the training reviews.

    Args:
        x_train: reviews, each a str.
        min_freq: a word that occurs fewer times than this in all reviews together is left out.
        hparams: gives STOP_WORDS (left out as well) and the two special tokens; `HyperParams()` when None.

    Returns:
        word (str) → index (int). The indices are 0 … len - 1; PAD_TOKEN and UNK_TOKEN have theirs from `hparams`.
    """
    hparams = HyperParams() if hparams is None else hparams
    ### BEGIN SOLUTION
    words = (word for review in x_train for word in re.findall(r"\w+(?:'\w+)*", review.lower()))
    corpus = Counter(word for word in words if word not in hparams.STOP_WORDS)
    ### BLANK
    # # Make `corpus`: how often each word occurs (word → count), stop words left out.
    # corpus = {}
    # raise NotImplementedError("Lab 1 (b): build_vocab")
    ### END SOLUTION
    kept = [word for word, count in corpus.items() if count >= min_freq]
    vocab = {word: index for index, word in enumerate(kept, start=2)}
    vocab[hparams.PAD_TOKEN] = hparams.PAD_INDEX
    vocab[hparams.UNK_TOKEN] = hparams.UNK_INDEX
    return vocab


# %% [markdown]
# ## (c) Tokenise (5 points)
#
# Turn a text into the indices of its words. Treat the text just as `build_vocab` does.


# %%
def tokenize(vocab: dict, example: str) -> list:
    """Turn a text into indices, in the order of its words.

    Args:
        vocab: word → index, as `build_vocab` makes it.
        example: any text, the empty one included.

    Returns:
        list of int. Words that `vocab` lacks, stop words included, all become the index of `<unk>`; leaving them all
        out is as good a choice.
    """
    ### BEGIN SOLUTION
    unknown = vocab["<unk>"]
    return [vocab.get(word, unknown) for word in re.findall(r"\w+(?:'\w+)*", example.lower())]
    ### BLANK
    # # Look each word of `example` up in `vocab`; decide what an unknown word becomes.
    # raise NotImplementedError("Lab 1 (c): tokenize")
    ### END SOLUTION


# %% [markdown]
# ## (d) The dataset (5 points)
#
# One element is a review as indices, cut to `max_length`, with its length and its label.


# %%
class IMDB(Dataset):
    """Reviews as indices.

    Args:
        x: reviews, each a str; any sequence (list, array, Series).
        y: their sentiments, `positive` or `negative`, in the same order.
        vocab: word → index, as `build_vocab` makes it.
        max_length: indices of a review beyond this many are cut off.
    """

    def __init__(self, x: Iterable, y: Iterable, vocab: dict, max_length: int = 256) -> None:
        self.x = list(x)
        self.y = list(y)
        self.vocab = vocab
        self.max_length = max_length

    def __getitem__(self, idx: int) -> dict:
        """Return review number `idx` as a dict.

        Returns:
            `ids`: list of int, at most max_length; `length`: int, the number of ids; `label`: int, 1 for positive and
            0 for negative.

        Raises:
            IndexError: when there is no such review.
            KeyError: when its sentiment is neither `positive` nor `negative`.
        """
        ### BEGIN SOLUTION
        ids = tokenize(self.vocab, self.x[idx])[: self.max_length]
        return {"ids": ids, "length": len(ids), "label": {"negative": 0, "positive": 1}[self.y[idx]]}
        ### BLANK
        # # Tokenise review `idx`, cut it, map its sentiment to 1 or 0, and return the dict of the three.
        # raise NotImplementedError("Lab 1 (d): IMDB.__getitem__")
        ### END SOLUTION

    def __len__(self) -> int:
        return len(self.x)


# %%
def collate(batch: list, pad_index: int) -> dict:
    """Join elements of `IMDB` to a batch.

    Args:
        batch: B dicts with `ids`, `length` and `label`.
        pad_index: fills short reviews up on the right.

    Returns:
        `ids`: int64 [B, T], T being the longest length; `length`: float32 [B]; `label`: int64 [B]; all on the CPU.
    """
    ids = [torch.tensor(element["ids"], dtype=torch.long) for element in batch]
    return {
        "ids": nn.utils.rnn.pad_sequence(ids, batch_first=True, padding_value=pad_index),
        "length": torch.tensor([element["length"] for element in batch], dtype=torch.float32),
        "label": torch.tensor([element["label"] for element in batch], dtype=torch.long),
    }


# %% [markdown]
# ## (e) The LSTM model (5 + 5 points)
#
# `init_weights` and `count_parameters` are given. Write the layers and `forward`.


# %%
def init_weights(m: nn.Module) -> None:
    """Initialise one layer in place; `model.apply(init_weights)` reaches all of them.

    Embedding and linear weights are Xavier-normal (Glorot & Bengio, 2010), recurrent weight matrices are orthogonal,
    each over the whole stack of its gates (Saxe et al., 2014), and all biases are zero. Other layers stay as they are.
    """
    if isinstance(m, nn.Embedding):
        nn.init.xavier_normal_(m.weight)
    elif isinstance(m, nn.Linear):
        nn.init.xavier_normal_(m.weight)
        nn.init.zeros_(m.bias)
    elif isinstance(m, nn.LSTM | nn.GRU):
        for name, parameter in m.named_parameters():
            if "bias" in name:
                nn.init.zeros_(parameter)
            else:
                nn.init.orthogonal_(parameter)


# %%
def count_parameters(model: nn.Module) -> int:
    """Return the number of trainable scalars of `model`."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


# %%
class LSTM(nn.Module):
    """Embedding, LSTM and a linear layer on the last layer's final hidden state.

    Args:
        vocab_size, embedding_dim, hidden_dim, output_dim, n_layers: sizes, each at least 1.
        dropout_rate: share of values dropped in training, 0 … 1.
        pad_index: index whose embedding gets no gradient.
        bidirectional: read the review in both directions and use both final states.
        **kwargs: `weight_init_fn` replaces `init_weights`; others are ignored.

    Source: Hochreiter & Schmidhuber (1997), "Long Short-Term Memory", Neural Computation 9(8).
    """

    def __init__(
        self,
        vocab_size: int,
        embedding_dim: int,
        hidden_dim: int,
        output_dim: int,
        n_layers: int,
        dropout_rate: float,
        pad_index: int,
        bidirectional: bool,
        **kwargs: object,
    ) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_index)
        self.rnn = nn.LSTM(
            embedding_dim,
            hidden_dim,
            n_layers,
            batch_first=True,
            bidirectional=bidirectional,
            dropout=dropout_rate if n_layers > 1 else 0.0,  # acts between layers
        )
        self.fc = nn.Linear(2 * hidden_dim if bidirectional else hidden_dim, output_dim)
        self.dropout = nn.Dropout(dropout_rate)
        ### BLANK
        # # Make the layers: embedding, LSTM, linear, dropout.
        # raise NotImplementedError("Lab 1 (e): LSTM.__init__")
        ### END SOLUTION
        self.apply(kwargs.get("weight_init_fn", init_weights))

    def forward(self, ids: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
        """Score a batch of reviews.

        Args:
            ids: int64 [B, T], padded on the right, on the model's device.
            length: [B], true lengths, each at least 1, integers or float32, on the CPU.

        Returns:
            logits, float32 [B, output_dim].

        Raises:
            RuntimeError: when a length is 0 or larger than T.
        """
        ### BEGIN SOLUTION
        embedded = self.dropout(self.embedding(ids))
        packed = nn.utils.rnn.pack_padded_sequence(embedded, length, batch_first=True, enforce_sorted=False)
        _, (hidden, _) = self.rnn(packed)  # hidden: [layers * directions, B, H]
        last = torch.cat([hidden[-2], hidden[-1]], dim=1) if self.rnn.bidirectional else hidden[-1]
        return self.fc(self.dropout(last))
        ### BLANK
        # # Embed, run the LSTM over the true lengths, and map its final hidden state to logits.
        # raise NotImplementedError("Lab 1 (e): LSTM.forward")
        ### END SOLUTION


# %% [markdown]
# ### Training
#
# One epoch, one evaluation, and the warm-up of the learning rate are given.


# %%
def get_accuracy(prediction: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """Return the share of right predictions, 0 … 1, as a 0-d tensor; `prediction` [B, C] are logits, `label` [B]."""
    return (prediction.argmax(dim=-1) == label).float().mean()


# %%
def train(
    dataloader: DataLoader,
    model: nn.Module,
    criterion: Callable,
    optimizer: optim.Optimizer,
    scheduler: optim.lr_scheduler.LRScheduler,
    device: torch.device,
) -> tuple[list, list]:
    """Train for one epoch; the scheduler steps after each batch.

    Args:
        dataloader: gives batches of `collate`; their lengths stay on the CPU.
        criterion: logits [B, C], labels [B] → mean loss in nats.

    Returns:
        losses and accuracies, one float per batch.
    """
    model.train()
    losses, accuracies = [], []
    for batch in dataloader:
        label = batch["label"].to(device)
        prediction = model(batch["ids"].to(device), batch["length"])
        loss = criterion(prediction, label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
        accuracies.append(get_accuracy(prediction, label).item())
    return losses, accuracies


# %%
def evaluate(dataloader: DataLoader, model: nn.Module, criterion: Callable, device: torch.device) -> tuple[list, list]:
    """Measure in eval mode and without gradients.

    Returns:
        losses (nats) and accuracies, one float per batch.
    """
    model.eval()
    losses, accuracies = [], []
    with torch.no_grad():
        for batch in dataloader:
            label = batch["label"].to(device)
            prediction = model(batch["ids"].to(device), batch["length"])
            losses.append(criterion(prediction, label).item())
            accuracies.append(get_accuracy(prediction, label).item())
    return losses, accuracies


# %%
class ConstantWithWarmup(optim.lr_scheduler.LambdaLR):
    """Learning rate that rises in equal steps to its base value and stays there.

    Update k (the first is 1) uses base · min(k / num_warmup_steps, 1).
    """

    def __init__(self, optimizer: optim.Optimizer, num_warmup_steps: int) -> None:
        super().__init__(optimizer, lambda step: min((step + 1) / max(1, num_warmup_steps), 1.0))


# %%
def predict_sentiment(text: str, model: nn.Module, vocab: dict, device: torch.device) -> tuple[int, float]:
    """Classify one text.

    Returns:
        the class (1 positive, 0 negative) and its probability.

    Raises:
        ValueError: when the text has no word.
    """
    ids = tokenize(vocab, text)
    if not ids:
        raise ValueError("the text has no word")
    model.eval()
    with torch.no_grad():
        logits = model(torch.tensor([ids], dtype=torch.long, device=device), torch.tensor([float(len(ids))]))
    probability, predicted = logits.softmax(dim=-1)[0].max(dim=-1)
    return int(predicted), float(probability)


# %% [markdown]
# ## (g) The GRU model (5 + 5 points)
#
# Same interface as the LSTM.


# %%
class GRU(nn.Module):
    """Embedding, GRU and a linear layer on the last layer's final hidden state.

    Args: as for `LSTM`.

    Source: Cho et al. (2014), "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine
    Translation", EMNLP.
    """

    def __init__(
        self,
        vocab_size: int,
        embedding_dim: int,
        hidden_dim: int,
        output_dim: int,
        n_layers: int,
        dropout_rate: float,
        pad_index: int,
        bidirectional: bool,
        **kwargs: object,
    ) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=pad_index)
        self.rnn = nn.GRU(
            embedding_dim,
            hidden_dim,
            n_layers,
            batch_first=True,
            bidirectional=bidirectional,
            dropout=dropout_rate if n_layers > 1 else 0.0,  # acts between layers
        )
        self.fc = nn.Linear(2 * hidden_dim if bidirectional else hidden_dim, output_dim)
        self.dropout = nn.Dropout(dropout_rate)
        ### BLANK
        # # Make the layers: embedding, GRU, linear, dropout.
        # raise NotImplementedError("Lab 1 (g): GRU.__init__")
        ### END SOLUTION
        self.apply(kwargs.get("weight_init_fn", init_weights))

    def forward(self, ids: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
        """Score a batch of reviews; arguments, result and errors as for `LSTM.forward`."""
        ### BEGIN SOLUTION
        embedded = self.dropout(self.embedding(ids))
        packed = nn.utils.rnn.pack_padded_sequence(embedded, length, batch_first=True, enforce_sorted=False)
        _, hidden = self.rnn(packed)  # [layers * directions, B, H]
        last = torch.cat([hidden[-2], hidden[-1]], dim=1) if self.rnn.bidirectional else hidden[-1]
        return self.fc(self.dropout(last))
        ### BLANK
        # # Embed, run the GRU over the true lengths, and map its final hidden state to logits.
        # raise NotImplementedError("Lab 1 (g): GRU.forward")
        ### END SOLUTION


# %% [markdown]
# ## The training driver
#
# Seeding, data, optimizers and the log lines are given. Yours are the epoch loop, keeping the best weights (those of
# the epoch with the smallest validation loss), loading them again, and the test.


# %%
def get_optimizer(hparams: "HyperParams", model: nn.Module) -> optim.Optimizer:
    """Make the optimizer that `hparams.OPTIM` names, with LR and WD.

    Raises:
        NotImplementedError: when the name is unknown.
    """
    common = {"lr": hparams.LR, "weight_decay": hparams.WD}
    if hparams.OPTIM == "sgd":
        return optim.SGD(model.parameters(), momentum=0.9, **common)
    if hparams.OPTIM == "adagrad":
        return optim.Adagrad(model.parameters(), eps=1e-6, **common)
    if hparams.OPTIM == "adam":
        return optim.Adam(model.parameters(), eps=1e-6, **common)
    if hparams.OPTIM == "rmsprop":
        return optim.RMSprop(model.parameters(), eps=1e-6, momentum=0.9, **common)
    raise NotImplementedError(f"unknown optimizer {hparams.OPTIM!r}")


# %%
def train_and_test_model_with_hparams(hparams: "HyperParams", model_type: str = "lstm", **kwargs: object) -> dict:
    """Train one model on `./IMDBDataset.csv`, keep its best epoch by validation loss, and test that one.

    Args:
        hparams: the settings.
        model_type: a label for the checkpoint's file name; it selects nothing.
        **kwargs: `override_models_with_gru=True` trains a GRU instead of an LSTM; all are passed on to the model.

    Returns:
        `num_params`: int; `test_loss` (nats), `test_acc`: float; `train_loss`, `train_accs`, `valid_loss`,
        `valid_accs`: list of float, one per epoch. Every figure is the plain mean over batches.

    Raises:
        NotImplementedError: when `hparams.OPTIM` is unknown.
    """
    random.seed(hparams.SEED)
    np.random.seed(hparams.SEED)
    torch.manual_seed(hparams.SEED)

    x_train, x_valid, x_test, y_train, y_valid, y_test = load_imdb()
    vocab = build_vocab(x_train, hparams=hparams)
    print(f"Length of vocabulary is {len(vocab)}")

    make_loader = functools.partial(
        DataLoader,
        batch_size=hparams.BATCH_SIZE,
        collate_fn=functools.partial(collate, pad_index=hparams.PAD_INDEX),
    )
    train_loader = make_loader(IMDB(x_train, y_train, vocab, hparams.MAX_LENGTH), shuffle=True)
    valid_loader = make_loader(IMDB(x_valid, y_valid, vocab, hparams.MAX_LENGTH))
    test_loader = make_loader(IMDB(x_test, y_test, vocab, hparams.MAX_LENGTH))

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model_class = GRU if kwargs.get("override_models_with_gru", False) else LSTM
    model = model_class(
        len(vocab),
        hparams.EMBEDDING_DIM,
        hparams.HIDDEN_DIM,
        hparams.OUTPUT_DIM,
        hparams.N_LAYERS,
        hparams.DROPOUT_RATE,
        hparams.PAD_INDEX,
        hparams.BIDIRECTIONAL,
        **kwargs,
    ).to(device)
    num_params = count_parameters(model)
    print(f"The model has {num_params:,} trainable parameters")

    optimizer = get_optimizer(hparams, model)
    scheduler = ConstantWithWarmup(optimizer, num_warmup_steps=200)
    criterion = nn.CrossEntropyLoss().to(device)

    os.makedirs("saved_model", exist_ok=True)
    checkpoint = f"saved_model/{model_type}_{uuid.uuid4().hex}.pt"  # a file of this run alone
    result = {"num_params": num_params, "train_loss": [], "train_accs": [], "valid_loss": [], "valid_accs": []}
    best_valid_loss = float("inf")
    for epoch in range(hparams.N_EPOCHS):
        ### BEGIN SOLUTION
        train_losses, train_accs = train(train_loader, model, criterion, optimizer, scheduler, device)
        valid_losses, valid_accs = evaluate(valid_loader, model, criterion, device)
        result["train_loss"].append(float(np.mean(train_losses)))
        result["train_accs"].append(float(np.mean(train_accs)))
        result["valid_loss"].append(float(np.mean(valid_losses)))
        result["valid_accs"].append(float(np.mean(valid_accs)))
        if epoch == 0 or result["valid_loss"][-1] < best_valid_loss:
            best_valid_loss = min(best_valid_loss, result["valid_loss"][-1])
            torch.save(model.state_dict(), checkpoint)
        ### BLANK
        # # Train for one epoch, evaluate on the validation part, append the four means to the lists in `result`, and
        # # save the weights to `checkpoint` if this epoch is the best so far.
        # raise NotImplementedError("Lab 1: the epoch loop")
        ### END SOLUTION
        print(f"epoch: {epoch + 1}")
        print(f"train_loss: {result['train_loss'][-1]:.3f}, train_acc: {result['train_accs'][-1]:.3f}")
        print(f"valid_loss: {result['valid_loss'][-1]:.3f}, valid_acc: {result['valid_accs'][-1]:.3f}")

    ### BEGIN SOLUTION
    model.load_state_dict(torch.load(checkpoint, map_location=device, weights_only=True))
    test_losses, test_accs = evaluate(test_loader, model, criterion, device)
    result["test_loss"], result["test_acc"] = float(np.mean(test_losses)), float(np.mean(test_accs))
    ### BLANK
    # # Load the best weights, evaluate on the test part, and set `test_loss` and `test_acc` in `result`.
    # raise NotImplementedError("Lab 1: test with the best weights")
    ### END SOLUTION
    print(f"test_loss: {result['test_loss']:.3f}, test_acc: {result['test_acc']:.3f}")
    return result


# %% [markdown]
# ## (f) Train the LSTM (5 points)
#
# Train with the settings as they are (SGD, 5 epochs). Report honestly how the loss behaves, what you had expected, and
# why it is so.

# %% tags=["experiment"]
RESULTS = {}  # name of a run → what the driver returned


# %% tags=["experiment"]
def plot_runs(*names: str) -> None:
    """Draw loss and accuracy of the named runs over their epochs."""
    figure, axes = plt.subplots(1, 2, figsize=(11, 4))
    for axis, quantity, unit in ((axes[0], "loss", "nats"), (axes[1], "accs", "share right")):
        for number, name in enumerate(names):
            epochs = range(1, len(RESULTS[name]["valid_loss"]) + 1)
            axis.plot(epochs, RESULTS[name][f"train_{quantity}"], "--", color=f"C{number}", label=f"{name}, train")
            axis.plot(epochs, RESULTS[name][f"valid_{quantity}"], "-", color=f"C{number}", label=f"{name}, valid")
        axis.set_xlabel("epoch")
        axis.set_ylabel(f"{quantity.replace('accs', 'accuracy')} ({unit})")
    axes[1].legend(fontsize="small")
    plt.show()
    plt.close(figure)


# %% tags=["experiment"]
RESULTS["lstm sgd"] = train_and_test_model_with_hparams(HyperParams(), "lstm_sgd")
plot_runs("lstm sgd")

# %% [markdown]
# ### BEGIN SOLUTION
# The loss stays at ln 2 ≈ 0.693, chance level for two classes, in all 5 epochs, and the accuracy near 0.5, where one
# expects a falling loss. The cause is the start: Xavier values for a V x 1 embedding have a standard deviation of
# √(2 / (V + 1)), under 0.01, biases are zero and the learning rate warms up from almost nothing. So every word puts
# nearly the same tiny signal into the gates, the gradient that comes back through 256 steps to the embedding vanishes,
# and one learning rate for all parameters can't lift it: SGD sits on a plateau.
# ### BLANK
# YOUR ANSWER: behaviour of the loss, what you expected, and why.
# ### END SOLUTION

# %% [markdown]
# ## (h) Train the GRU (bonus, 5 points)
#
# The same for the GRU, and a hypothesis: what would make it learn?

# %% tags=["experiment"]
RESULTS["gru sgd"] = train_and_test_model_with_hparams(HyperParams(), "gru_sgd", override_models_with_gru=True)
plot_runs("lstm sgd", "gru sgd")

# %% [markdown]
# ### BEGIN SOLUTION
# The GRU stays on the same plateau, so the kind of gate is not the cause. Hypothesis: the step size is. An optimizer
# that divides each parameter's gradient by a running size of it (RMSprop, Adam) makes steps of about the learning rate
# even where gradients are tiny, and will leave the plateau with the same model, data and seed. Lab 2 (a) and (b) test
# it.
# ### BLANK
# YOUR ANSWER: behaviour of the loss, and your hypothesis.
# ### END SOLUTION

# %% [markdown]
# # Lab 2 (25 points + 10)
#
# At least one run of each part should reach 84 % test accuracy.
#
# ## (a) LSTM with adaptive optimizers (5 points)
#
# Train with Adagrad, RMSprop and Adam (learning rate 0.001). Which is best, and why?


# %% tags=["experiment"]
### BEGIN SOLUTION
def run_setting(name: str, gru: bool = False, **changes: object) -> dict:
    """Train one setting, `HyperParams` with `changes`, and keep the result in RESULTS under `name`.

    Raises:
        AttributeError: when `changes` names a field that HyperParams lacks.
    """
    hparams = HyperParams()
    for field, value in changes.items():
        getattr(hparams, field)
        setattr(hparams, field, value)
    label = name.replace(" ", "_")
    RESULTS[name] = train_and_test_model_with_hparams(hparams, label, override_models_with_gru=gru)
    return RESULTS[name]


def best_run(*names: str) -> str:
    """Return the run with the highest validation accuracy in any epoch; the test part chooses nothing."""
    return max(names, key=lambda name: max(RESULTS[name]["valid_accs"]))


def print_runs(*names: str) -> None:
    """Print one line per run and the best one."""
    for name in names:
        run = RESULTS[name]
        accuracy = f"valid {max(run['valid_accs']):.3f}  test {run['test_acc']:.3f}"
        print(f"{name:28s} {run['num_params']:>10,} parameters  {accuracy}")
    print(f"best by validation accuracy: {best_run(*names)}")


ADAPTIVE = ("adagrad", "rmsprop", "adam")
for optimizer_name in ADAPTIVE:
    run_setting(f"lstm {optimizer_name}", OPTIM=optimizer_name, LR=0.001)
LSTM_RUNS = [f"lstm {optimizer_name}" for optimizer_name in ADAPTIVE]
print_runs(*LSTM_RUNS)
plot_runs("lstm sgd", *LSTM_RUNS)
### BLANK
# # YOUR CODE for Lab 2 (a)
### END SOLUTION

# %% [markdown]
# ### BEGIN SOLUTION
# The table names the best one; RMSprop and Adam lie close together. Both divide by a *moving average* of squared
# gradients, so their steps stay large after the plateau. Adagrad divides by the *sum* of all squared gradients, which
# only grows, so its steps shrink and it learns most slowly. Adam and RMSprop also use momentum, which carries them
# through noisy batches.
# ### BLANK
# YOUR ANSWER
# ### END SOLUTION

# %% [markdown]
# ## (b) GRU with adaptive optimizers (5 points)
#
# The same for the GRU. Compare it with the LSTM in performance and in efficiency.

# %% tags=["experiment"]
### BEGIN SOLUTION
for optimizer_name in ADAPTIVE:
    run_setting(f"gru {optimizer_name}", gru=True, OPTIM=optimizer_name, LR=0.001)
GRU_RUNS = [f"gru {optimizer_name}" for optimizer_name in ADAPTIVE]
print_runs(*LSTM_RUNS, *GRU_RUNS)
plot_runs(best_run(*LSTM_RUNS), *GRU_RUNS)
### BLANK
# # YOUR CODE for Lab 2 (b)
### END SOLUTION

# %% [markdown]
# ### BEGIN SOLUTION
# Performance: the two are within about a point of each other at the best optimizer, since both carry a gated state over
# the review. Efficiency: the GRU has three gate matrices instead of four, 10,300 parameters fewer at these sizes, and a
# quarter less arithmetic per step. At equal accuracy it is the cheaper one.
# ### BLANK
# YOUR ANSWER
# ### END SOLUTION

# %% [markdown]
# ## (c) Deeper (5 points)
#
# More recurrent layers (at most 4 make sense). Is it better?

# %% tags=["experiment"]
### BEGIN SOLUTION
BASE = best_run(*LSTM_RUNS)
BEST_OPTIMIZER = {"OPTIM": BASE.split()[1], "LR": 0.001}
DEEPER = [BASE, "lstm 2 layers", "lstm 3 layers"]
for layers in (2, 3):
    run_setting(f"lstm {layers} layers", N_LAYERS=layers, **BEST_OPTIMIZER)
print_runs(*DEEPER)
plot_runs(*DEEPER)
### BLANK
# # YOUR CODE for Lab 2 (c)
### END SOLUTION

# %% [markdown]
# ### BEGIN SOLUTION
# Depth does not help here: the input of every step is a single number, one layer reads it well, and each further layer
# (80,800 parameters) lengthens the path of the gradient. Deep runs may stay on the plateau of Lab 1 (f) altogether.
# ### BLANK
# YOUR ANSWER
# ### END SOLUTION

# %% [markdown]
# ## (d) Wider (5 points)
#
# Larger hidden states (at most 320 make sense). Is it better?

# %% tags=["experiment"]
### BEGIN SOLUTION
WIDER = [BASE, "lstm hidden 50", "lstm hidden 200"]
for hidden in (50, 200):
    run_setting(f"lstm hidden {hidden}", HIDDEN_DIM=hidden, **BEST_OPTIMIZER)
print_runs(*WIDER)
plot_runs(*WIDER)
### BLANK
# # YOUR CODE for Lab 2 (d)
### END SOLUTION

# %% [markdown]
# ### BEGIN SOLUTION
# Width costs parameters with the square of the hidden size and changes little: what the model knows of a word is one
# number, so a state of 50 to 200 values is not the bottleneck. Very wide runs train less reliably.
# ### BLANK
# YOUR ANSWER
# ### END SOLUTION

# %% [markdown]
# ## (e) Larger embedding (5 points)
#
# Longer word vectors (at most 256 make sense). Is it better?

# %% tags=["experiment"]
### BEGIN SOLUTION
EMBEDDING = [BASE, "lstm embedding 32", "lstm embedding 128"]
for embedding in (32, 128):
    run_setting(f"lstm embedding {embedding}", EMBEDDING_DIM=embedding, **BEST_OPTIMIZER)
print_runs(*EMBEDDING)
plot_runs(*EMBEDDING)
### BLANK
# # YOUR CODE for Lab 2 (e)
### END SOLUTION

# %% [markdown]
# ### BEGIN SOLUTION
# The embedding holds almost all parameters (V per dimension). For two classes one number per word, "how positive", goes
# a long way; longer vectors fit the training part faster and then over-fit, which shows as a rising validation loss.
# ### BLANK
# YOUR ANSWER
# ### END SOLUTION

# %% [markdown]
# ## (f) Compound scaling (bonus, 5 points)
#
# Scale at least two of depth, width and embedding together, in at most 50 runs. Is it better than (c), (d) and (e)?

# %% tags=["experiment"]
### BEGIN SOLUTION
COMPOUND = {
    f"lstm L{layers} H{hidden} E{embedding}": {"N_LAYERS": layers, "HIDDEN_DIM": hidden, "EMBEDDING_DIM": embedding}
    for layers in (1, 2)
    for hidden in (100, 200)
    for embedding in (32, 64)
}
for run_name, sizes in COMPOUND.items():
    run_setting(run_name, **sizes, **BEST_OPTIMIZER)
print_runs(*COMPOUND, *DEEPER, *WIDER[1:], *EMBEDDING[1:])
BEST_COMPOUND = best_run(*COMPOUND)
plot_runs(BEST_COMPOUND, best_run(*DEEPER), best_run(*WIDER), best_run(*EMBEDDING))
### BLANK
# # YOUR CODE for Lab 2 (f)
### END SOLUTION

# %% [markdown]
# ### BEGIN SOLUTION
# Eight runs; the criterion is validation accuracy, and the table sets them beside (c), (d) and (e). A longer word
# vector gives depth and width something to work on, so together they can pay what none pays alone. Still the gain over
# one number per word is about a point, for more than ten times the parameters: by accuracy per parameter the small
# model wins.
# ### BLANK
# YOUR ANSWER
# ### END SOLUTION

# %% [markdown]
# ## (g) Bidirectional (bonus, 5 points)
#
# Make the best model of (f) bidirectional. Is it better, and why?

# %% tags=["experiment"]
### BEGIN SOLUTION
run_setting("lstm bidirectional", BIDIRECTIONAL=True, **COMPOUND[BEST_COMPOUND], **BEST_OPTIMIZER)
print_runs(BEST_COMPOUND, "lstm bidirectional")
plot_runs(BEST_COMPOUND, "lstm bidirectional")
### BLANK
# # YOUR CODE for Lab 2 (g)
### END SOLUTION

# %% [markdown]
# ### BEGIN SOLUTION
# Same sizes, one direction against two. The head reads the final states of both directions, so the beginning of a
# review is as near to it as the end. The gain is small: the gates of one direction already carry the sentiment of a
# whole review in their state, and the second direction doubles the recurrent parameters, which over-fits sooner.
# ### BLANK
# YOUR ANSWER
# ### END SOLUTION
