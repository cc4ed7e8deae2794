"""The definitions of the solved labrnn notebook; importing this trains, downloads and reads nothing.

Made from source.py by `python -m autograder.template labrnn`. Don't edit.
"""

import functools
import os
import random
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

GIVEN = (
    "HyperParams",
    "collate",
    "init_weights",
    "count_parameters",
    "get_accuracy",
    "train",
    "evaluate",
    "ConstantWithWarmup",
    "predict_sentiment",
    "get_optimizer",
)
SOLVED = (
    "load_imdb",
    "build_vocab",
    "tokenize",
    "IMDB",
    "LSTM",
    "GRU",
    "train_and_test_model_with_hparams",
)


class HyperParams:
    """All settings of one run.

    Make another setting by assigning fields of an instance: `h = HyperParams(); h.LR = 0.001`. SEED never changes.

    Raises:
        LookupError: when the stop words of NLTK are not installed.
    """

    def __init__(self) -> None:
        from nltk.corpus import stopwords

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
    import pandas as pd
    from sklearn.model_selection import train_test_split

    data = pd.read_csv(base_csv, dtype=str, keep_default_na=False)
    x, y = data["review"].tolist(), data["sentiment"].tolist()
    n_valid, n_test = len(x) // 10, 2 * len(x) // 10
    x, x_test, y, y_test = train_test_split(x, y, test_size=n_test, random_state=5)
    x_train, x_valid, y_train, y_valid = train_test_split(x, y, test_size=n_valid, random_state=5)
    return x_train, x_valid, x_test, y_train, y_valid, y_test


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
    words = (word for review in x_train for word in re.findall(r"\w+(?:'\w+)*", review.lower()))
    corpus = Counter(word for word in words if word not in hparams.STOP_WORDS)
    kept = [word for word, count in corpus.items() if count >= min_freq]
    vocab = {word: index for index, word in enumerate(kept, start=2)}
    vocab[hparams.PAD_TOKEN] = hparams.PAD_INDEX
    vocab[hparams.UNK_TOKEN] = hparams.UNK_INDEX
    return vocab


def tokenize(vocab: dict, example: str) -> list:
    """Turn a text into indices, in the order of its words.

    Args:
        vocab: word → index, as `build_vocab` makes it.
        example: any text, the empty one included.

    Returns:
        list of int. Words that `vocab` lacks, stop words included, all become the index of `<unk>`; leaving them all
        out is as good a choice.
    """
    unknown = vocab["<unk>"]
    return [vocab.get(word, unknown) for word in re.findall(r"\w+(?:'\w+)*", example.lower())]


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
        ids = tokenize(self.vocab, self.x[idx])[: self.max_length]
        return {"ids": ids, "length": len(ids), "label": {"negative": 0, "positive": 1}[self.y[idx]]}

    def __len__(self) -> int:
        return len(self.x)


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


def count_parameters(model: nn.Module) -> int:
    """Return the number of trainable scalars of `model`."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


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
        embedded = self.dropout(self.embedding(ids))
        packed = nn.utils.rnn.pack_padded_sequence(embedded, length, batch_first=True, enforce_sorted=False)
        _, (hidden, _) = self.rnn(packed)  # hidden: [layers * directions, B, H]
        last = torch.cat([hidden[-2], hidden[-1]], dim=1) if self.rnn.bidirectional else hidden[-1]
        return self.fc(self.dropout(last))


def get_accuracy(prediction: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """Return the share of right predictions, 0 … 1, as a 0-d tensor; `prediction` [B, C] are logits, `label` [B]."""
    return (prediction.argmax(dim=-1) == label).float().mean()


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


class ConstantWithWarmup(optim.lr_scheduler.LambdaLR):
    """Learning rate that rises in equal steps to its base value and stays there.

    Update k (the first is 1) uses base · min(k / num_warmup_steps, 1).
    """

    def __init__(self, optimizer: optim.Optimizer, num_warmup_steps: int) -> None:
        super().__init__(optimizer, lambda step: min((step + 1) / max(1, num_warmup_steps), 1.0))


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
        self.apply(kwargs.get("weight_init_fn", init_weights))

    def forward(self, ids: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
        """Score a batch of reviews; arguments, result and errors as for `LSTM.forward`."""
        embedded = self.dropout(self.embedding(ids))
        packed = nn.utils.rnn.pack_padded_sequence(embedded, length, batch_first=True, enforce_sorted=False)
        _, hidden = self.rnn(packed)  # [layers * directions, B, H]
        last = torch.cat([hidden[-2], hidden[-1]], dim=1) if self.rnn.bidirectional else hidden[-1]
        return self.fc(self.dropout(last))


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
        train_losses, train_accs = train(train_loader, model, criterion, optimizer, scheduler, device)
        valid_losses, valid_accs = evaluate(valid_loader, model, criterion, device)
        result["train_loss"].append(float(np.mean(train_losses)))
        result["train_accs"].append(float(np.mean(train_accs)))
        result["valid_loss"].append(float(np.mean(valid_losses)))
        result["valid_accs"].append(float(np.mean(valid_accs)))
        if epoch == 0 or result["valid_loss"][-1] < best_valid_loss:
            best_valid_loss = min(best_valid_loss, result["valid_loss"][-1])
            torch.save(model.state_dict(), checkpoint)
        print(f"epoch: {epoch + 1}")
        print(f"train_loss: {result['train_loss'][-1]:.3f}, train_acc: {result['train_accs'][-1]:.3f}")
        print(f"valid_loss: {result['valid_loss'][-1]:.3f}, valid_acc: {result['valid_accs'][-1]:.3f}")

    model.load_state_dict(torch.load(checkpoint, map_location=device, weights_only=True))
    test_losses, test_accs = evaluate(test_loader, model, criterion, device)
    result["test_loss"], result["test_acc"] = float(np.mean(test_losses)), float(np.mean(test_accs))
    print(f"test_loss: {result['test_loss']:.3f}, test_acc: {result['test_acc']:.3f}")
    return result
