"""Ways to build the same GRU and attention, by name."""

from __future__ import annotations

GRU = """
import torch
from torch import nn

class GRU(nn.Module):
    def __init__(self, emb_size, hidden_size, seq_len, batch_size, vocab_size, num_layers, dp_keep_prob):
        super().__init__()
        self.size, self.drop = hidden_size, nn.Dropout(1 - dp_keep_prob)
        for layer in range(num_layers):
            self.weights(str(layer), hidden_size if layer else emb_size, hidden_size)
        self.last = nn.Linear(hidden_size, vocab_size)
        {embedding}

    def forward(self, inputs, hidden):
        states, logits = list(hidden), []
        for tokens in inputs:
            x = self.drop(self.embed(tokens))
            for layer in range(len(states)):
                states[layer] = self.new(str(layer), x, states[layer])
                x = self.drop(states[layer])
            logits.append(self.last(x))
        return torch.stack(logits), torch.stack(states)
"""
EMBEDDING = """self.table = nn.Embedding(vocab_size, emb_size)
    def embed(self, tokens):
        return self.table(tokens)
"""
ONE_HOT = """self.table = nn.Parameter(torch.randn(emb_size, vocab_size))
    def embed(self, tokens):
        return self.table.T[tokens]
"""
SIX = """
    def weights(self, n, i, h):
        for g in "rzc":
            self.add_module("w" + g + n, nn.Linear(i, h))
            self.add_module("u" + g + n, nn.Linear(h, h, bias=False))
    def new(self, n, x, h):
        m = self._modules
        r, z = (torch.sigmoid(m["w" + g + n](x) + m["u" + g + n](h)) for g in "rz")
        return (1 - z) * h + z * torch.tanh(m["wc" + n](x) + m["uc" + n](r * h))
"""
SIX_KEEPS = SIX.replace("(1 - z) * h + z *", "z * h + (1 - z) *").replace(", bias=False", "")
FUSED_AFTER = """
    def weights(self, n, i, h):
        self.add_module("x" + n, nn.Linear(i, 3 * h))
        self.add_module("h" + n, nn.Linear(h, 3 * h))
    def new(self, n, x, h):
        a, b = self._modules["x" + n](x).chunk(3, -1), self._modules["h" + n](h).chunk(3, -1)
        z, r = torch.sigmoid(a[0] + b[0]), torch.sigmoid(a[1] + b[1])
        return z * h + (1 - z) * torch.tanh(a[2] + r * b[2])
"""
PARAMETER = """
    def weights(self, n, i, h):
        self.register_parameter("w" + n, nn.Parameter(torch.randn(3, h + i, h)))
        self.register_parameter("b" + n, nn.Parameter(torch.randn(3, h, 1)))
    def new(self, n, x, h):
        w, b = self._parameters["w" + n], self._parameters["b" + n]
        c, r, z = 0, *(torch.sigmoid(torch.cat([h, x], -1) @ w[k] + b[k, :, 0]) for k in (1, 2))
        return h + z * (torch.tanh(torch.cat([r * h, x], -1) @ w[0] + b[0, :, 0]) - h)
"""
SHARED = """
    def weights(self, n, i, h):
        if n == "0":
            self.both, self.one = nn.Linear(i + h, 2 * h), nn.Linear(i + h, h)
    def new(self, n, x, h):
        r, z = torch.sigmoid(self.both(torch.cat([x, h], -1))).chunk(2, -1)
        return (1 - z) * h + z * torch.tanh(self.one(torch.cat([x, r * h], -1)))
"""
GRUS = {  # name -> code, whether z weighs the old state, whether r stands after the product
    "six": (GRU.replace("{embedding}", EMBEDDING) + SIX, False, False),
    "six_keeps": (GRU.replace("{embedding}", EMBEDDING) + SIX_KEEPS, True, False),
    "fused_after": (GRU.replace("{embedding}", ONE_HOT) + FUSED_AFTER, True, True),
    "parameter": (GRU.replace("{embedding}", ONE_HOT) + PARAMETER, False, False),
    "shared": (GRU.replace("{embedding}", EMBEDDING) + SHARED, False, False),
}
ATTENTION = """
import math, torch
from torch import nn

class MultiHeadedAttention(nn.Module):
    def __init__(self, n_heads, n_units, dropout=0.1):
        super().__init__()
        self.n, self.k, self.drop = n_heads, n_units // n_heads, nn.Dropout(dropout)
        self.weights(n_heads, n_units)

    def forward(self, query, key, value, mask=None):
        q, k, v = self.heads(query, key, value)  # [B, n, T, d_k]
        scores = q @ k.transpose(-2, -1) / math.sqrt(self.k)
        scores = scores.masked_fill(mask.unsqueeze(1) == 0, -1e9)
        return self.join(self.drop(scores.softmax(-1)) @ v)
"""
FUSED = """
    def weights(self, n, d):
        self.all, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
    def heads(self, *inputs):
        parts = zip(self.all.weight.chunk(3), self.all.bias.chunk(3))
        return [(x @ w.T + b).unflatten(-1, (self.n, -1)).transpose(1, 2) for x, (w, b) in zip(inputs, parts)]
    def join(self, x):
        return self.out(x.transpose(1, 2).flatten(2))
"""
BY_HEAD = """
    def weights(self, n, d):
        self.out = nn.Linear(d, d)
        self.parts = nn.ModuleList([nn.Linear(d, d // n) for _ in range(3 * n)])
    def heads(self, *inputs):
        return [torch.stack([m(x) for m in self.parts[k :: 3]], 1) for k, x in enumerate(inputs)]
    def join(self, x):
        return self.out(torch.cat(x.unbind(1), -1))
"""
EINSUM = """
    def weights(self, n, d):
        self.w = nn.Parameter(torch.randn(3, n, d, d // n))
        self.b = nn.Parameter(torch.randn(3, n, 1, d // n))
        self.o, self.c = nn.Parameter(torch.randn(n, d // n, d)), nn.Parameter(torch.randn(d))
    def heads(self, *inputs):
        return [torch.einsum("btd,ndk->bntk", x, w) + b for x, w, b in zip(inputs, self.w, self.b)]
    def join(self, x):
        return torch.einsum("bntk,nkd->btd", x, self.o) + self.c
"""
INTERLEAVED = """
    def weights(self, n, d):
        self.q, self.k_, self.v, self.out = (nn.Linear(d, d) for _ in range(4))
    def heads(self, *inputs):
        return [m(x).unflatten(-1, (-1, self.n)).permute(0, 3, 1, 2) for m, x in zip((self.q, self.k_, self.v), inputs)]
    def join(self, x):
        return self.out(x.permute(0, 2, 3, 1).flatten(2))
"""
ATTENTIONS = {
    name: ATTENTION + body
    for name, body in {"fused": FUSED, "by_head": BY_HEAD, "einsum": EINSUM, "interleaved": INTERLEAVED}.items()
}
