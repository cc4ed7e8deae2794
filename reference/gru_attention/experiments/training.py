"""One epoch of training, and perplexity on the validation text."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn

from autograder.assignments.gru_attention.analyses.perplexity import perplexity
from reference.gru_attention.experiments.corpus import sequences
from reference.gru_attention.experiments.settings import CLIP, Setting
from reference.gru_attention.experiments.transformer import Transformer
from reference.gru_attention.module import GRU, RNN


def build(setting: Setting, vocab_size: int) -> nn.Module:
    """Make the setting's model, with first weights from torch's current random numbers."""
    if setting.architecture == "Transformer":
        return Transformer(
            setting.hidden_size,
            setting.n_heads,
            setting.batch_size,
            vocab_size,
            setting.num_layers,
            setting.dp_keep_prob,
        )
    kind = {"RNN": RNN, "GRU": GRU}[setting.architecture]
    return kind(
        setting.emb_size,
        setting.hidden_size,
        setting.seq_len,
        setting.batch_size,
        vocab_size,
        setting.num_layers,
        setting.dp_keep_prob,
    )


def optimizer_of(setting: Setting, model: nn.Module) -> torch.optim.Optimizer:
    """SGD is the bare step against the gradient, without momentum; Adam has torch's defaults."""
    kind = {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam}[setting.optimizer]
    return kind(model.parameters(), lr=setting.initial_lr)


def train_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    columns: torch.Tensor,
    setting: Setting,
    stepped: Callable[[], None] = lambda: None,
) -> float:
    """Train once over the text [N, B], the state carried on from sequence to sequence without its gradient.

    stepped: called after each sequence.

    Returns:
        The perplexity gathered on the way, with dropout on and weights moving; nan as soon as a loss is not finite,
        since nothing can come of the weights after that.
    """
    model.train()
    hidden = model.init_hidden()
    losses = []
    for inputs, targets in sequences(columns, setting.seq_len):
        optimizer.zero_grad(set_to_none=True)
        logits, hidden = model(inputs, hidden.detach())
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            return math.nan
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        stepped()
    return perplexity(losses)


@torch.no_grad()
def evaluate(
    model: nn.Module, columns: torch.Tensor, setting: Setting, stepped: Callable[[], None] = lambda: None
) -> float:
    """Perplexity on the text [N, B] without dropout, the state carried on; nan or inf where it is no number."""
    model.eval()
    hidden = model.init_hidden()
    losses = []
    for inputs, targets in sequences(columns, setting.seq_len):
        logits, hidden = model(inputs, hidden)
        losses.append(nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()).item())
        stepped()
    return perplexity(losses)
