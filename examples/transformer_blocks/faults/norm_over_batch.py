"""item: norm
says: The mean square is taken over the batch."""


class RMSNorm:
    def forward(self, x):
        return x * torch.rsqrt((x * x).mean(0, keepdim=True) + self.eps) * self.gain
