"""item: swiglu
says: The gate is a sigmoid."""


class SwiGLU:
    def forward(self, x):
        return self.down(torch.sigmoid(self.gate(x)) * self.up(x))
