"""The blocks, solved."""

import itertools
import math

import torch
from torch import nn


class Linear(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(d_out, d_in) * (2 / (d_in + d_out)) ** 0.5)

    def forward(self, x):
        return x @ self.weight.T


class RMSNorm(nn.Module):
    def __init__(self, d_model, eps=1e-5):
        super().__init__()
        self.eps, self.gain = eps, nn.Parameter(torch.ones(d_model))

    def forward(self, x):
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + self.eps) * self.gain


class SwiGLU(nn.Module):
    def __init__(self, d_model, d_ff):
        super().__init__()
        self.gate, self.up, self.down = Linear(d_model, d_ff), Linear(d_model, d_ff), Linear(d_ff, d_model)

    def forward(self, x):
        gate = self.gate(x)
        return self.down(gate * torch.sigmoid(gate) * self.up(x))


class RotaryEmbedding(nn.Module):
    def __init__(self, d_head, max_len, base=10000.0):
        super().__init__()
        angles = torch.outer(torch.arange(max_len), base ** (-torch.arange(0, d_head, 2) / d_head))
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, x, positions):
        even, odd = x[..., ::2], x[..., 1::2]
        cos, sin = self.cos[positions], self.sin[positions]
        return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2)


class CausalSelfAttention(nn.Module):
    def __init__(self, d_model, num_heads, max_len, base=10000.0):
        super().__init__()
        self.num_heads = num_heads
        self.query, self.key, self.value, self.out = (Linear(d_model, d_model) for _ in range(4))
        self.rotary = RotaryEmbedding(d_model // num_heads, max_len, base)

    def forward(self, x):
        batch, time, width = x.shape
        q, k, v = (
            part(x).view(batch, time, self.num_heads, -1).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        positions = torch.arange(time)
        q, k = self.rotary(q, positions), self.rotary(k, positions)
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        later = torch.ones(time, time, dtype=torch.bool).triu(1)
        mixed = scores.masked_fill(later, -math.inf).softmax(-1) @ v
        return self.out(mixed.transpose(1, 2).reshape(batch, time, width))


def cross_entropy(logits, targets):
    logits = logits - logits.max(-1, keepdim=True).values
    chosen = logits.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
    return (logits.exp().sum(-1).log() - chosen).mean()


def adamw_step(weight, gradient, m, v, step, lr, betas, eps, decay):
    m = betas[0] * m + (1 - betas[0]) * gradient
    v = betas[1] * v + (1 - betas[1]) * gradient**2
    corrected_m, corrected_v = m / (1 - betas[0] ** step), v / (1 - betas[1] ** step)
    return weight - lr * corrected_m / (corrected_v.sqrt() + eps) - lr * decay * weight, m, v


def bpe_encode(text, merges):
    ids = list(text.encode("utf-8"))
    ranks = {tuple(pair): rank for rank, pair in enumerate(merges)}
    while True:
        best = min(itertools.pairwise(ids), key=lambda pair: ranks.get(pair, math.inf), default=None)
        if best not in ranks:
            return ids
        joined = []
        for one in ids:
            if joined and (joined[-1], one) == best:
                joined[-1] = 256 + ranks[best]
            else:
                joined.append(one)
        ids = joined
