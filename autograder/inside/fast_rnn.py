"""A swap of the kernels below nn.LSTM and nn.GRU: training on a CPU takes a fifth of the time, and no module changes.

Torch's own backward pass fills a gradient of full size with zeros at every step of a packed sequence, so its time grows
with the square of the length. Here one autograd Function reads a layer in one direction: the products with the input
and the gradients of the weights are matrix products over the whole sequence, and a step does what only a step can do.

`install()` switches it on and `uninstall()` off. What it does not cover still goes to torch: other devices and dtypes,
projections, autocast, tracing, calls without gradients. Its results can't be differentiated twice. Between layers its
dropout draws other random numbers than torch's. The file imports torch alone: it also runs as plain text in a
notebook's kernel.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

__all__ = ["install", "uninstall"]

NAMES = ("lstm", "gru", "_pad_packed_sequence")


def install() -> None:
    """Swap the kernels of this process. May be called twice."""
    for name, function in zip(NAMES, (lstm, gru, pad_packed), strict=True):
        setattr(torch._VF, name, function)
        torch.jit._builtins._register_builtin(function, f"aten::{name}")  # TorchScript goes to torch's own


def uninstall() -> None:
    """Give torch its own kernels back. May be called twice, or without `install`."""
    for name in NAMES:
        vars(torch._VF).pop(name, None)


# ---- the kernels' signatures -----------------------------------------------------------------------------------------
def lstm(*args: Any) -> tuple[Tensor, ...]:
    """(input, hx, weights, …) or, packed, (data, batch_sizes, hx, weights, …), as torch._VF.lstm takes them."""
    return _layers(LSTMDirection, torch._C._VariableFunctions.lstm, 4, args)


def gru(*args: Any) -> tuple[Tensor, ...]:
    """As torch._VF.gru takes them."""
    return _layers(GRUDirection, torch._C._VariableFunctions.gru, 3, args)


def _layers(direction: Any, native: Any, gates: int, args: tuple[Any, ...]) -> tuple[Tensor, ...]:
    """Both forms of the call brought to the packed one: rows of step 0, then rows of step 1, …"""
    packed = isinstance(args[3], (list, tuple))
    data, hx, weights, options = (args[0], *args[2:4], args[4:]) if packed else (*args[:3], args[3:])
    states = tuple(hx) if isinstance(hx, (list, tuple)) else (hx,)
    if not _covered(data, states, weights, gates, options):
        return native(*args)  # type: ignore[no-any-return]
    if packed:
        return _read(direction, data, args[1].tolist(), states, weights, options)
    steps = data.transpose(0, 1) if options[-1] else data  # batch_first
    length, batch = steps.shape[:2]
    output, *last = _read(direction, steps.reshape(length * batch, -1), [batch] * length, states, weights, options)
    output = output.view(length, batch, -1)
    return (output.transpose(0, 1) if options[-1] else output, *last)


def _covered(data: Tensor, states: tuple[Tensor, ...], weights: Any, gates: int, options: tuple[Any, ...]) -> bool:
    """Whether this call is one of those that are swapped."""
    biases, layers, bidirectional = options[0], options[1], options[4]
    if not torch.is_grad_enabled():  # torch's own forward pass alone is as fast
        return False
    if torch.is_autocast_enabled("cpu") or torch.jit.is_tracing() or torch.compiler.is_compiling():
        return False
    if len(weights) != layers * (2 if bidirectional else 1) * (4 if biases else 2):  # projections are more
        return False
    tensors = (data, *states, *weights)
    if any(type(t) not in (Tensor, torch.nn.Parameter) or t.dtype is not torch.float32 for t in tensors):
        return False
    if any(t.device.type != "cpu" or t.layout is not torch.strided for t in tensors) or data.numel() == 0:
        return False
    return all(s.dim() == 3 and gates * s.shape[2] == len(weights[0]) for s in states)


def _read(
    direction: Any, data: Tensor, sizes: list[int], states: tuple[Tensor, ...], weights: Any, options: tuple[Any, ...]
) -> tuple[Tensor, ...]:
    """All layers in all directions; the output rows, then the last states [layers × directions, B, H]."""
    biases, layers, dropout, training, bidirectional = options[:5]
    ways, each = (2 if bidirectional else 1), (4 if biases else 2)
    last: list[tuple[Tensor, ...]] = []
    for layer in range(layers):
        outputs = []
        for way in range(ways):
            place = layer * ways + way
            own = [*weights[place * each : (place + 1) * each], None, None][:4]
            output, *end = direction.apply(data, sizes, way == 1, *(s[place] for s in states), *own)
            outputs.append(output)
            last.append(tuple(end))
        data = torch.cat(outputs, 1) if ways == 2 else outputs[0]
        if dropout and training and layer < layers - 1:
            data = torch.nn.functional.dropout(data, dropout, training=True)
    return (data, *(torch.stack(states) for states in zip(*last, strict=True)))


def _steps(sizes: list[int], reverse: bool) -> range:
    return range(len(sizes) - 1, -1, -1) if reverse else range(len(sizes))


def _slope(squashed: Tensor, out: Tensor) -> Tensor:
    """Into `out`, the derivative of a sigmoid by its value: s - s². In place: fresh memory costs more than the sums."""
    torch.mul(squashed, squashed, out=out)
    return torch.sub(squashed, out, out=out)


# ---- one layer in one direction --------------------------------------------------------------------------------------
class LSTMDirection(torch.autograd.Function):  # type: ignore[misc]
    """Rows [N, I] of all steps, states [B, H] → rows [N, H] and the last states. Gates: input, forget, cell, output.

    tanh(x) is computed as 2 sigmoid(2x) - 1, so that one call serves all four gates: the cell's gate is scaled by 2.
    """

    @staticmethod
    def forward(
        ctx: Any, data: Tensor, sizes: list[int], reverse: bool, h0: Tensor, c0: Tensor, w_ih: Tensor, w_hh: Tensor,
        b_ih: Tensor | None, b_hh: Tensor | None,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        width, rows = w_hh.shape[1], len(data)
        scale = torch.ones(4 * width)
        scale[2 * width : 3 * width] = 2
        gates = data @ (w_ih * scale[:, None]).t()
        if b_ih is not None and b_hh is not None:
            gates += (b_ih + b_hh) * scale
        recurrent = (w_hh * scale[:, None]).t().contiguous()
        before_h, before_c, tanh_c, output = (torch.empty(rows, width) for _ in range(4))
        cut = [t.split(sizes) for t in (gates, before_h, before_c, tanh_c, output)]
        h, c = h0.clone(), c0.clone()
        for t in _steps(sizes, reverse):
            gate, old_h, old_c, squashed, out = (part[t] for part in cut)
            now_h, now_c = h[: sizes[t]], c[: sizes[t]]
            old_h.copy_(now_h)
            old_c.copy_(now_c)
            i, f, g, o = gate.addmm_(now_h, recurrent).sigmoid_().chunk(4, 1)
            now_c.mul_(f).addcmul_(i, g, value=2).sub_(i)
            torch.mul(now_c, 2, out=squashed).sigmoid_().mul_(2).sub_(1)
            torch.mul(o, squashed, out=now_h)
            out.copy_(now_h)
        ctx.set_materialize_grads(False)  # of outputs that the model does not use there is no gradient
        ctx.save_for_backward(data, gates, before_h, before_c, tanh_c, w_ih, w_hh)
        ctx.sizes, ctx.reverse, ctx.biased = sizes, reverse, b_ih is not None
        return output, h, c

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(
        ctx: Any, d_output: Tensor | None, d_h: Tensor | None, d_c: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        data, gates, before_h, before_c, tanh_c, w_ih, w_hh = ctx.saved_tensors
        sizes, (rows, width) = ctx.sizes, before_h.shape
        i, f, g, o = gates.view(rows, 4, width).unbind(1)
        g = (g * 2).sub_(1)
        inner = torch.empty(rows, 4, width)  # first d c/d gate (o: d h/d gate) before its squashing; then the gradient
        by_i, by_f, by_g, by_o = inner.unbind(1)
        _slope(i, by_i).mul_(g)
        _slope(f, by_f).mul_(before_c)
        torch.mul(g, g, out=by_g).neg_().add_(1).mul_(i)
        _slope(o, by_o).mul_(tanh_c)
        through_h = (tanh_c * tanh_c).neg_().add_(1).mul_(o)  # d h/d c
        flat = inner.view(rows, 4 * width)
        cut = [t.split(sizes) for t in (through_h, inner[:, :3], by_o, f, flat)]
        d_rows = None if d_output is None else d_output.contiguous().split(sizes)
        now_d_h, now_d_c = (torch.zeros(sizes[0], width) if d is None else d.clone() for d in (d_h, d_c))
        for t in _steps(sizes, not ctx.reverse):
            factor, by_c, by_h, forget, row = (part[t] for part in cut)
            now_h, now_c = now_d_h[: sizes[t]], now_d_c[: sizes[t]]
            if d_rows is not None:
                now_h.add_(d_rows[t])
            now_c.addcmul_(now_h, factor)
            by_h.mul_(now_h)
            by_c.mul_(now_c.unsqueeze(1))
            now_c.mul_(forget)
            torch.mm(row, w_hh, out=now_h)
        d_bias = flat.sum(0) if ctx.biased else None
        d_data = flat @ w_ih if ctx.needs_input_grad[0] else None
        return d_data, None, None, now_d_h, now_d_c, flat.t() @ data, flat.t() @ before_h, d_bias, d_bias


class GRUDirection(torch.autograd.Function):  # type: ignore[misc]
    """Rows [N, I] of all steps, a state [B, H] → rows [N, H] and the last state. Gates: reset, update, new."""

    @staticmethod
    def forward(
        ctx: Any, data: Tensor, sizes: list[int], reverse: bool, h0: Tensor, w_ih: Tensor, w_hh: Tensor,
        b_ih: Tensor | None, b_hh: Tensor | None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        width, rows = w_hh.shape[1], len(data)
        gates, new_bias = data @ w_ih.t(), torch.zeros(width)
        if b_ih is not None and b_hh is not None:
            new_bias = b_hh[2 * width :]  # stands inside the product with the reset gate
            gates += b_ih
            gates[:, : 2 * width] += b_hh[: 2 * width]
        turned = w_hh.t()
        for_gates, for_new = turned[:, : 2 * width].contiguous(), turned[:, 2 * width :].contiguous()
        before, recurrent, output = (torch.empty(rows, width) for _ in range(3))
        cut = [t.split(sizes) for t in (gates[:, : 2 * width], gates[:, 2 * width :], before, recurrent, output)]
        h = h0.clone()
        for t in _steps(sizes, reverse):
            gate, new, old, candidate, out = (part[t] for part in cut)
            now = h[: sizes[t]]
            old.copy_(now)
            r, z = gate.addmm_(now, for_gates).sigmoid_().chunk(2, 1)
            torch.addmm(new_bias, now, for_new, out=candidate)
            new.addcmul_(r, candidate).mul_(2).sigmoid_().mul_(2).sub_(1)
            now.sub_(new).mul_(z).add_(new)
            out.copy_(now)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(data, gates, before, recurrent, w_ih, w_hh)
        ctx.sizes, ctx.reverse, ctx.biased = sizes, reverse, b_ih is not None
        return output, h

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, d_output: Tensor | None, d_h: Tensor | None) -> tuple[Tensor | None, ...]:
        data, gates, before, recurrent, w_ih, w_hh = ctx.saved_tensors
        sizes, (rows, width) = ctx.sizes, before.shape
        r, z, new = gates.view(rows, 3, width).unbind(1)
        by_new = (new * new).neg_().add_(1)
        by_new.addcmul_(by_new, z, value=-1)  # d h/d new before its squashing
        inner = torch.empty(rows, 3, width)  # the recurrent side; the input's differs in the third part
        by_r, by_z, by_recurrent = inner.unbind(1)
        _slope(r, by_r).mul_(recurrent).mul_(by_new)
        _slope(z, by_z).mul_(before - new)
        torch.mul(by_new, r, out=by_recurrent)
        flat = inner.view(rows, 3 * width)
        cut = [t.split(sizes) for t in (inner, by_new, z, flat)]
        d_rows = None if d_output is None else d_output.contiguous().split(sizes)
        now_d_h = torch.zeros(sizes[0], width) if d_h is None else d_h.clone()
        for t in _steps(sizes, not ctx.reverse):
            all_three, third, keep, row = (part[t] for part in cut)
            now = now_d_h[: sizes[t]]
            if d_rows is not None:
                now.add_(d_rows[t])
            all_three.mul_(now.unsqueeze(1))
            third.mul_(now)
            now.mul_(keep).addmm_(row, w_hh)
        d_w_hh = flat.t() @ before
        d_b_hh = flat.sum(0) if ctx.biased else None
        by_recurrent.copy_(by_new)
        d_b_ih = torch.cat([d_b_hh[: 2 * width], by_new.sum(0)]) if d_b_hh is not None else None
        d_data = flat @ w_ih if ctx.needs_input_grad[0] else None
        return d_data, None, None, now_d_h, flat.t() @ data, d_w_hh, d_b_ih, d_b_hh


# ---- back from packed rows -------------------------------------------------------------------------------------------
def pad_packed(data: Tensor, sizes: Tensor, batch_first: bool, value: float, total: int) -> tuple[Tensor, Tensor]:
    """As torch._VF._pad_packed_sequence: one gather, whose gradient is one gather too."""
    if data.device.type != "cpu" or torch.jit.is_tracing() or torch.compiler.is_compiling():
        return torch._C._VariableFunctions._pad_packed_sequence(data, sizes, batch_first, value, total)  # type: ignore[no-any-return]
    length, batch = max(len(sizes), total), int(sizes[0])
    alive = torch.arange(batch) < sizes[:, None]  # [steps, B]
    step, row = alive.nonzero(as_tuple=True)
    shape = (batch, length) if batch_first else (length, batch)
    padded = data.new_full((batch * length, *data.shape[1:]), value)
    padded = padded.index_copy(0, row * length + step if batch_first else step * batch + row, data)
    return padded.view(*shape, *data.shape[1:]), alive.sum(0)
