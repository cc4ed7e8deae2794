"""item: rotary
says: It turns the first half with the second, not neighbours."""


class RotaryEmbedding:
    def forward(self, x, positions):
        (a, b), cos, sin = x.chunk(2, -1), self.cos[positions], self.sin[positions]
        return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)
