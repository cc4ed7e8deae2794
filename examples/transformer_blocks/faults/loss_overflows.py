"""item: loss
says: It exponentiates raw logits."""


def cross_entropy(logits, targets):
    return (logits.exp().sum(-1).log() - logits[torch.arange(len(targets)), targets]).mean()
