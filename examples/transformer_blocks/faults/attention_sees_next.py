"""item: attention
says: Every step sees the next one too."""


class CausalSelfAttention:
    def forward(self, x):
        q, k, v = (
            part(x).unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        q, k = (self.rotary(part, torch.arange(x.shape[1])) for part in (q, k))
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(2)
        shares = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).masked_fill(later, -math.inf).softmax(-1)
        return self.out((shares @ v).transpose(1, 2).flatten(2))
