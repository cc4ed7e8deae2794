"""A Transformer language model on the assignment's own attention, which is called as the recurrent ones are."""

from __future__ import annotations

import math

import torch
from torch import nn

from reference.gru_attention.module import MultiHeadedAttention

WIDENING = 4  # of the feed-forward layers: 2048 for 512, as in Vaswani et al.


class Block(nn.Module):
    """x + d(attention(norm(x))), then x + d(feed_forward(norm(x))), with d = dropout.

    Norms stand before the layers, so that the learning rate needs no warm-up: Xiong et al. (2020), arXiv:2002.04745.
    """

    attention_type: type[nn.Module] = MultiHeadedAttention

    def __init__(self, n_heads: int, n_units: int, dropout: float) -> None:
        super().__init__()
        self.attention = self.attention_type(n_heads, n_units, dropout)
        self.feed_forward = nn.Sequential(
            nn.Linear(n_units, WIDENING * n_units),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(WIDENING * n_units, n_units),
        )
        self.norms = nn.ModuleList(nn.LayerNorm(n_units) for _ in range(2))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Float [B, T, n_units] from the same, with the mask [B, T, T] of what may be seen."""
        normed = self.norms[0](x)
        x = x + self.dropout(self.attention(normed, normed, normed, mask))
        return x + self.dropout(self.feed_forward(self.norms[1](x)))


class Transformer(nn.Module):
    """Embeddings times √n_units and sinusoidal positions, blocks, a norm, a linear output.

    Every sequence is read for itself: the hidden state that comes in goes out unchanged, and has no layers.

    Args:
        n_units: a multiple of n_heads, and even.
        batch_size: rows of `init_hidden`; `forward` takes any number of rows and steps.
        dp_keep_prob: probability that dropout KEEPS a value.
    """

    def __init__(
        self, n_units: int, n_heads: int, batch_size: int, vocab_size: int, num_layers: int, dp_keep_prob: float
    ) -> None:
        super().__init__()
        self.n_units, self.batch_size = n_units, batch_size
        self.embedding = nn.Embedding(vocab_size, n_units)
        self.blocks = nn.ModuleList(Block(n_heads, n_units, 1 - dp_keep_prob) for _ in range(num_layers))
        self.norm = nn.LayerNorm(n_units)
        self.output = nn.Linear(n_units, vocab_size)
        self.dropout = nn.Dropout(1 - dp_keep_prob)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)

    def init_hidden(self) -> torch.Tensor:
        """Return the state that a Transformer has: none, float [0, batch_size, n_units]."""
        return self.output.weight.new_zeros(0, self.batch_size, self.n_units)

    def forward(self, inputs: torch.Tensor, hidden: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits, float [T, B, V], from tokens, int64 [T, B]; no step sees a later one."""
        steps, rows = inputs.shape
        x = self.embedding(inputs.T) * math.sqrt(self.n_units) + self._positions(steps)
        causal = torch.ones(steps, steps, dtype=torch.bool, device=inputs.device).tril().expand(rows, steps, steps)
        x = self.dropout(x)
        for block in self.blocks:
            x = block(x, causal)
        return self.output(self.norm(x)).transpose(0, 1), hidden

    def _positions(self, steps: int) -> torch.Tensor:
        """Sines and cosines, float [steps, n_units]."""
        like = self.output.weight
        step = torch.arange(steps, device=like.device, dtype=like.dtype)[:, None]
        every_other = torch.arange(0, self.n_units, 2, device=like.device, dtype=like.dtype)
        angles = step * torch.exp(every_other * (-math.log(10_000.0) / self.n_units))
        return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
