"""item: linear
says: It adds a bias."""


class Linear(nn.Linear): ...
