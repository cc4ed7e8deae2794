"""Trains a model of the notebook's by the judge's recipe, inside the student process, and predicts with it.

The student's code may tamper with all of this. It gains nothing: targets of other sequences than those trained on never
get here, and the judge counts for itself how many predictions are right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.inside import encode
from autograder.inside.modules import parts_of

BUCKET = 50  # batches among which sequences are sorted by length, so that short ones are not padded to long ones
PREDICTED_AT_ONCE = 500
MAX_WINDOW = 1 << 17  # numbers in one batch of predictions


class Sequences:
    """`ids` int32 [sum of lengths], one sequence after the other; `lengths` int64 [n], each at least 1."""

    def __init__(self, ids: Any, lengths: Any) -> None:
        self.ids, self.lengths = ids.numpy(), lengths.numpy()
        self.starts = np.cumsum(self.lengths) - self.lengths

    def batch(self, rows: Any) -> tuple[Any, Any]:
        """Ids int64 [B, T], padded with 0 on the right; lengths float32 [B]."""
        import torch

        places, inside = self.places(rows)
        ids = np.where(inside, self.ids[places], 0).astype(np.int64)
        return torch.from_numpy(ids), torch.from_numpy(self.lengths[rows].astype(np.float32))

    def places(self, rows: Any) -> tuple[Any, Any]:
        """Where in the flat arrays each token of a batch stands, and which of them are no padding; [B, T] both."""
        lengths = self.lengths[rows]
        place = np.arange(lengths.max())
        inside = place < lengths[:, None]
        return np.where(inside, self.starts[rows][:, None] + place, 0), inside


class Trainer:
    """One training of one model. `targets` int64 [n], or [sum of lengths] where they are `per_token`; the other
    arguments are the judge's recipe.

    clip: bound on the gradient's norm, 0 for none. warmup: steps in which the learning rate rises. fall: steps in
    which it falls to nothing, 0 for a rate that stays. with_lengths: the model is called with ids and lengths, not with
    ids alone. fast: swap kernels.
    """

    def __init__(
        self, model: Any, ids: Any, lengths: Any, targets: Any, *, optimizer: str, rate: float, decay: float,
        batch: int, clip: float, warmup: int, per_token: bool, with_lengths: bool, fast: bool, seed: int, fall: int = 0,
    ) -> None:  # fmt: skip
        import torch

        if fast:
            from autograder.inside import fast_rnn

            fast_rnn.install()
        self.model, self.sequences, self.targets = model, Sequences(ids, lengths), targets
        self.per_token, self.with_lengths = per_token, with_lengths
        self.size, self.clip, self.rng = batch, clip, np.random.default_rng(seed)
        self.weights = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = make_optimizer(optimizer, self.weights, rate, decay) if self.weights else None
        self.loss, self.rate, self.warmup, self.fall, self.steps = torch.nn.CrossEntropyLoss(), rate, warmup, fall, 0
        self.waiting: Iterator[Any] = iter(())

    def order(self) -> Iterator[Any]:
        """The batches of one epoch, each of sequences of about the same length."""
        rows, window, batches = self.rng.permutation(len(self.sequences.lengths)), BUCKET * self.size, []
        for start in range(0, len(rows), window):
            some = rows[start : start + window]
            some = some[np.argsort(self.sequences.lengths[some], kind="stable")]
            batches += [some[k : k + self.size] for k in range(0, len(some), self.size)]
        self.rng.shuffle(batches)
        return iter(batches)

    def logits(self, sequences: Sequences, rows: Any) -> Any:
        """What the model says of these rows: [B, C], or [sum of their lengths, C] where targets are per token. Of a
        tuple, a state stands behind the logits."""
        import torch

        ids, lengths = sequences.batch(rows)
        answer = self.model(ids, lengths) if self.with_lengths else self.model(ids)
        if not self.per_token:
            return answer
        answer = parts_of(answer)
        if isinstance(answer, (tuple, list)):
            answer = answer[0]
        return answer[torch.from_numpy(sequences.places(rows)[1])]

    def places(self, rows: Any) -> Any:
        """Where the targets of these rows stand, in the order of `logits`."""
        if not self.per_token:
            return rows
        places, inside = self.sequences.places(rows)
        return places[inside]

    def rate_now(self) -> float:
        """The learning rate of the step that is counted already."""
        left = 1 - (self.steps - 1) / self.fall if self.fall else 1.0
        return self.rate * min(1.0, self.steps / max(1, self.warmup)) * max(0.0, left)

    def step(self) -> float:
        """One update; the batch's loss."""
        import torch

        rows = next(self.waiting, None)
        if rows is None:
            self.waiting = self.order()
            rows = next(self.waiting)
        loss = self.loss(self.logits(self.sequences, rows), self.targets[torch.from_numpy(self.places(rows))])
        self.steps += 1
        if self.optimizer is not None and loss.requires_grad:
            for group in self.optimizer.param_groups:
                group["lr"] = self.rate_now()
            self.optimizer.zero_grad()
            torch.autograd.backward(loss)
            if self.clip:
                torch.nn.utils.clip_grad_norm_(self.weights, self.clip)
            self.optimizer.step()
        return float(loss.detach())


def make_optimizer(name: str, weights: list[Any], rate: float, decay: float) -> Any:
    """As the course's driver makes it."""
    from torch import optim

    common = {"lr": rate, "weight_decay": decay}
    if name == "sgd":
        return optim.SGD(weights, momentum=0.9, **common)
    if name == "adagrad":
        return optim.Adagrad(weights, eps=1e-6, **common)
    if name == "rmsprop":
        return optim.RMSprop(weights, eps=1e-6, momentum=0.9, **common)
    return optim.Adam(weights, eps=1e-6, **common)


def begin(server: Any, target: Any, args: Any, **recipe: Any) -> Any:
    """A handle to a Trainer of the model that `target` means."""
    return server.retrying(lambda: server.keep(Trainer(server.lookup(target), *server.revived(args), **recipe)))


def advance(server: Any, target: Any, args: Any, updates: int) -> float:
    """So many updates in training mode; the mean loss."""
    return float(server.retrying(lambda: advanced(server.lookup(target), updates)))


def predict(server: Any, target: Any, args: Any) -> Any:
    """Logits of sequences in evaluation mode, in their order."""
    return server.retrying(lambda: predicted(server.lookup(target), *server.revived(args)))


def advanced(trainer: Trainer, updates: int) -> float:
    """See `advance`."""
    trainer.model.train()
    return sum(trainer.step() for _ in range(updates)) / updates


def predicted(trainer: Trainer, ids: Any, lengths: Any) -> Any:
    """See `predict`."""
    import torch

    sequences = Sequences(ids, lengths)
    rows = np.argsort(sequences.lengths, kind="stable")
    trainer.model.eval()

    def logits(some: Any) -> Any:
        return trainer.logits(sequences, some).detach()

    try:
        with torch.no_grad():
            parts = [logits(some) for some in windows(rows, sequences.lengths)]
    except RuntimeError:  # it may read gradients on its way, as server.call allows for
        parts = [logits(some) for some in windows(rows, sequences.lengths)]
    if trainer.per_token:
        rows = np.concatenate([sequences.starts[row] + np.arange(sequences.lengths[row]) for row in rows])
    return encode.describe(torch.cat(parts)[torch.from_numpy(np.argsort(rows, kind="stable"))])


def windows(rows: Any, lengths: Any) -> Iterator[Any]:
    """Rows in order of length, as many at once as fit."""
    start = 0
    while start < len(rows):
        end = min(start + PREDICTED_AT_ONCE, len(rows))
        while end - start > 1 and (end - start) * lengths[rows[end - 1]] > MAX_WINDOW:
            end -= max(1, (end - start) // 8)
        yield rows[start:end]
        start = end


OPERATIONS: dict[str, Callable[..., Any]] = {"begin": begin, "advance": advance, "predict": predict}
