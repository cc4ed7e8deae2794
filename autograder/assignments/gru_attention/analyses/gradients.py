"""Gradients of the last step's loss with respect to the state after every step, for any recurrent language model.

This file is also sent into student processes as text, so it imports torch and nothing of ours.
"""

from __future__ import annotations

from typing import Any

import torch

TOLERANCE = 1e-3  # of the logits' size: float32, after a whole sequence


def final_loss_gradients(model: Any, inputs: Any, targets: Any, hidden: Any) -> Any:
    """Return, for each step and row, the gradient of that row's loss at the LAST step by the top layer's state.

    The model is stepped through the sequence in eval mode, and its parameters are left without gradients.

    Args:
        model: `model(tokens [T, B], hidden [L, B, H])` gives logits [T, B, V] and the new hidden [L, B, H].
        inputs: tokens, int64 [T, B].
        targets: the words to come, int64 [T, B]; only the last row counts.
        hidden: states before the first step, float [L, B, H]; not changed.

    Returns:
        float64 array [T, B, H]; the loss is the cross-entropy in nats.

    Raises:
        ValueError: a state does not depend on those before it, or no parameter leads from the top state to the logits.
    """
    training = model.training
    model.eval()
    try:
        states, logits = _stepped(model, inputs, hidden)
    finally:
        model.train(training)
    tops = [state[-1] for state in states]
    weight, bias = _readout(model, torch.stack(tops).flatten(0, 1), logits.flatten(0, 1))
    loss = torch.nn.functional.cross_entropy(tops[-1] @ weight.T + bias, targets[-1], reduction="sum")
    gradients = torch.autograd.grad(loss, states, allow_unused=True)
    if any(gradient is None for gradient in gradients):
        raise ValueError("the last step's loss does not depend on every earlier state; is one detached on the way?")
    return torch.stack([gradient[-1] for gradient in gradients]).double().cpu().numpy()


def _stepped(model: Any, inputs: Any, hidden: Any) -> tuple[list[Any], Any]:
    """The states [L, B, H] after each step, each the very tensor that the next step depends on, and all logits."""
    states, scores = [], []
    with torch.enable_grad():
        for tokens in inputs:
            # A copy goes in: many models write the new state into the tensor that they are given.
            logits, hidden = model(tokens.unsqueeze(0), hidden.clone())
            if not hidden.requires_grad:
                raise ValueError("the state that the model returns has no gradient; is it detached?")
            states.append(hidden)
            scores.append(logits)
    return states, torch.cat(scores)


def _readout(model: Any, states: Any, logits: Any) -> tuple[Any, Any]:
    """The weight [V, H] and bias [V] with logits [N, V] = states [N, H] Wᵀ + b, found by what they do."""
    best, weight, bias = float("inf"), None, None
    with torch.no_grad():
        for parameter in model.parameters():
            for matrix in (parameter, parameter.T) if parameter.dim() == 2 else ():
                if matrix.shape == (logits.shape[1], states.shape[1]):
                    rest = logits - states @ matrix.T  # the bias in every row, if this is the matrix
                    error = (rest - rest.mean(dim=0)).abs().max().item()
                    if error < best:
                        best, weight, bias = error, matrix, rest.mean(dim=0)
    if weight is None or best > TOLERANCE * logits.abs().max().item():
        raise ValueError("no parameter of the model leads from its top state to the logits")
    return weight.detach(), bias
