"""item: norm
says: It divides by the mean square, not by its root."""


class RMSNorm:
    def forward(self, x):
        return x / ((x * x).mean(-1, keepdim=True) + self.eps) * self.gain
