"""Says which items a hand-in of gru_attention's corpus loses, by properties written for this purpose alone.

    python tests/fixtures_gru/harness.py < WORK    reads {"path": ["item", ...]}, prints {"path": {"item": "why lost"}}

Not the grader: it shares none of its checks, and it knows where each hand-in keeps its weights (weights.py): it
compares with a direct evaluation of the equations. Dropout becomes a factor of FACTOR in train mode, so that
its places can be compared too. It runs what the hand-ins define, each in a forked process, and refuses hostile ones.
"""

from __future__ import annotations

import ast
import contextlib
import json
import math
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import torch
from weights import GruWeights, attention_weights, gru_weights

SECONDS = 60
FACTOR = 3.0
Names = dict[str, Any]
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign)


# ---- loading ---------------------------------------------------------------------------------------------------------
def load(path: Path) -> Names:
    """The names that imports, definitions and assignments give; what fails is left out."""
    names: Names = {"__name__": "student"}
    if path.suffix == ".ipynb":
        cells = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    else:
        cells = [path.read_text()]
    for cell in cells:
        try:
            body = ast.parse(cell).body
        except SyntaxError:
            continue
        for node in body:
            if isinstance(node, DEFINITIONS):
                try:
                    exec(compile(ast.Module([node], []), str(path), "exec"), names)
                except (Exception, SystemExit):  # noqa: BLE001  (an experiment that lacks its data or arguments)
                    continue
    return names


rates: set[float] = set()


def marked_dropout(x: torch.Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> torch.Tensor:
    """Stands for torch's: visible and not random."""
    rates.add(round(p, 6))
    return x * FACTOR if training else x


READY_MADE = torch.nn.RNNBase, torch.nn.RNNCellBase, torch.nn.MultiheadAttention
READY_FUNCTIONS = ((torch, "gru_cell"), (torch.nn.functional, "scaled_dot_product_attention"))


@contextlib.contextmanager
def without_ready_made(model: torch.nn.Module) -> Iterator[None]:
    """No part of the model is a layer of torch's that the tasks forbid, and no such function can be called."""
    assert not any(isinstance(part, READY_MADE) for part in model.modules()), "a ready-made layer"
    kept = [getattr(place, name) for place, name in READY_FUNCTIONS]

    def forbidden(*args: Any, **options: Any) -> None:
        raise AssertionError("a ready-made function")

    try:
        for place, name in READY_FUNCTIONS:
            setattr(place, name, forbidden)
        yield
    finally:
        for (place, name), function in zip(READY_FUNCTIONS, kept, strict=True):
            setattr(place, name, function)


def randomise(model: Any, seed: int = 7) -> None:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            width = 1 if parameter.dim() == 1 else parameter.shape[-1]
            parameter.copy_(1.5 * torch.randn(parameter.shape, generator=generator) / width**0.5)


def close(got: Any, wanted: torch.Tensor, what: str) -> None:
    assert isinstance(got, torch.Tensor), f"{what}: {type(got)}"
    assert got.shape == wanted.shape, f"{what}: {tuple(got.shape)}, not {tuple(wanted.shape)}"
    off = float((got.double() - wanted).abs().max())
    assert off < 1e-4, f"{what}: off by {off:.3g}"


# ---- the GRU ---------------------------------------------------------------------------------------------------------
def gru(names: Names, layers: int, *, seq: int = 6, batch: int = 3, vocab: int = 11, keep: float = 0.8) -> Any:
    torch.manual_seed(3)
    return names["GRU"](4, 5, seq, batch, vocab, layers, keep)


def direct(w: GruWeights, inputs: torch.Tensor, hidden: torch.Tensor, factor: float = 1.0) -> tuple[torch.Tensor, ...]:
    """Logits and last states in float64 by the equations."""
    states, logits = list(hidden.double()), []
    for tokens in inputs:
        x = w.embedding.double()[tokens] * factor
        for k, layer in enumerate(w.layers):
            (wr, ur, br), (wz, uz, bz), (wh, uh, bh) = ([t.double() for t in layer[gate]] for gate in "rzh")
            h = states[k]
            r = torch.sigmoid(x @ wr.t() + h @ ur.t() + br)
            z = torch.sigmoid(x @ wz.t() + h @ uz.t() + bz)
            inside = (r * h) @ uh.t() if w.inner is None else r * (h @ uh.t() + w.inner[k].double())
            candidate = torch.tanh(x @ wh.t() + inside + bh)
            states[k] = z * h + (1 - z) * candidate if w.keeps else (1 - z) * h + z * candidate
            x = states[k] * factor
        logits.append(x @ w.out.weight.double().t() + w.out.bias.double())
    return torch.stack(logits), torch.stack(states)


def check_init(names: Names, stem: str) -> None:
    for layers in (1, 2, 3):
        emb, hid, vocab = 9, 25, 300
        torch.manual_seed(layers)
        model = names["GRU"](emb, hid, 4, 3, vocab, layers, 0.5)
        bound = hid**-0.5
        embedding = next(m for m in model.modules() if isinstance(m, torch.nn.Embedding))
        out = next(m for m in model.modules() if isinstance(m, torch.nn.Linear) and m.out_features == vocab)
        assert not out.bias.any(), "output bias"
        for weight in (embedding.weight, out.weight):
            uniform(weight, 0.1)
        ends = {id(embedding.weight), id(out.weight), id(out.bias)}
        gates = [p for p in model.parameters() if id(p) not in ends]
        for parameter in gates:
            uniform(parameter, bound)
        count, wanted = (
            sum(p.numel() for p in gates),
            3 * hid * (emb + hid + 1) + 3 * hid * (2 * hid + 1) * (layers - 1),
        )
        assert count in (wanted, wanted + 3 * hid * layers), f"{count} parameters in the gates, not {wanted}"
        hidden = model.init_hidden()
        assert hidden.shape == (layers, 3, hid) and not hidden.any(), "init_hidden"


def uniform(weight: torch.Tensor, bound: float) -> None:
    assert weight.abs().max() <= bound + 1e-6, f"{float(weight.abs().max()):.3g} is more than {bound:.3g}"
    spread = float(weight.std()) * math.sqrt(3) / bound
    slack = 5 * (0.45 / weight.numel()) ** 0.5
    assert abs(spread - 1) < slack, f"spread {spread:.3g} of {tuple(weight.shape)}"
    assert abs(float(weight.mean())) < 5 * bound / (3 * weight.numel()) ** 0.5, "mean"


def check_forward(names: Names, stem: str) -> None:
    generator = torch.Generator().manual_seed(5)
    for layers in (1, 2, 3):
        model = gru(names, layers)
        randomise(model)
        inputs = torch.randint(11, (6, 3), generator=generator)
        hidden = torch.randn(layers, 3, 5, generator=generator)
        with without_ready_made(model):
            model(inputs, hidden.clone())
        weights = gru_weights(stem, model)
        for mode, factor in ((False, 1.0), (True, FACTOR)):
            model.train(mode)
            rates.clear()
            for _ in range(2):
                logits, new = model(inputs, hidden.clone())
                wanted, last = direct(weights, inputs, hidden, factor)
                close(logits, wanted, "logits"), close(new, last, "hidden")
            assert rates <= {0.2}, f"dropout rates {rates}"
        model.eval()
        start = hidden.clone().requires_grad_()
        model.zero_grad()
        logits, _ = model(inputs, start * 1)
        (logits[-1] * torch.randn(3, 11, generator=generator)).sum().backward()
        idle = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
        assert not idle, f"no gradient: {idle}"
        assert start.grad is not None and bool(start.grad.any()), "no gradient through time"
        first, middle = model(inputs[:2], hidden.clone())
        second, _ = model(inputs[2:], middle)
        close(torch.cat([first, second]), direct(weights, inputs, hidden)[0], "two halves")


def check_generate(names: Names, stem: str) -> None:
    """Against the hand-in's own forward: what generate continues, not how right the cell is."""
    for layers in (1, 2, 3):
        model = gru(names, layers, vocab=5, batch=3000, seq=6).eval()
        randomise(model, 8 + layers)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter *= 3 * (parameter.dim() > 1)  # tokens and states count, biases do not
        token = torch.arange(3000) % 5
        hidden = torch.randn(layers, 6, 5, generator=torch.Generator().manual_seed(layers)).repeat(1, 500, 1)
        torch.manual_seed(1)
        rows = model.generate(token, hidden.clone(), 6)
        assert not model.training, "train mode"
        assert isinstance(rows, torch.Tensor) and rows.shape == (6, 3000), getattr(rows, "shape", type(rows))
        assert not rows.is_floating_point() and 0 <= int(rows.min()) and int(rows.max()) < 5, rows.dtype
        again, longer = model.generate(token, hidden.clone(), 6), model.generate(token, hidden.clone(), 12)
        logits = model(torch.cat([token[None], rows[:-1]]), hidden.clone())[0]
        assert longer.shape == (12, 3000), longer.shape
        if torch.equal(rows, again):
            assert torch.equal(rows, longer[:6]), "no prefix"
            assert (rows == logits.argmax(2)).float().mean() > 0.999, "not its own continuation"  # ties
        else:
            excess = torch.nn.functional.one_hot(rows, 5) - logits.softmax(2)
            before = torch.cat([token[None], rows[:-1]])
            for t in range(6):
                for given in range(5):
                    group = excess[t, before[t] == given]
                    assert len(group) < 50 or group.mean(0).abs().max() < 2.5 / len(group) ** 0.5, "not the law"


# ---- attention -------------------------------------------------------------------------------------------------------
def attend(linears: list[Any], heads: int, args: tuple[Any, ...], mask: Any, factor: float = 1.0) -> torch.Tensor:
    """The output in float64 by the equations, one head after the other."""
    width = args[0].shape[-1]
    q, k, v = (x.double() @ w.double().t() + b.double() for x, (w, b) in zip(args, linears[:3], strict=True))
    outputs = []
    for part in torch.arange(width).chunk(heads):
        scores = q[..., part] @ k[..., part].transpose(1, 2) / math.sqrt(len(part))
        if mask is not None:
            scores = scores.masked_fill(mask == 0, -1e9)
        outputs.append(factor * scores.softmax(2) @ v[..., part])
    weight, bias = linears[3]
    return torch.cat(outputs, 2) @ weight.double().t() + bias.double()


def masks(batch: int, queries: int, keys: int) -> Iterator[torch.Tensor]:
    """All that may be attended, causal and random ones, as every type that masks have."""
    generator = torch.Generator().manual_seed(2)
    causal = torch.ones(batch, queries, keys).tril()
    some = (torch.rand(batch, queries, keys, generator=generator) < 0.6).float()
    some[..., 0] = 1
    for mask in (torch.ones(batch, queries, keys), causal, some):
        yield from (mask.bool(), mask.to(torch.uint8), mask)


def check_attention(names: Names, stem: str) -> None:
    generator = torch.Generator().manual_seed(4)
    for heads, width, batch, queries, keys in ((1, 6, 2, 5, 5), (3, 12, 2, 5, 5), (2, 12, 3, 4, 7), (4, 8, 1, 3, 3)):
        torch.manual_seed(1)
        module = names["MultiHeadedAttention"](heads, width, dropout=0.3)
        count = sum(p.numel() for p in module.parameters())
        assert count == 4 * (width**2 + width), f"{count} parameters"
        randomise(module)
        with without_ready_made(module):
            module(*[torch.ones(batch, n, width) for n in (queries, keys, keys)], torch.ones(batch, queries, keys))
        linears = attention_weights(stem, module)
        args = tuple(torch.randn(batch, n, width, generator=generator) for n in (queries, keys, keys))
        for mode, factor in ((False, 1.0), (True, FACTOR)):
            module.train(mode)
            rates.clear()
            for mask in masks(batch, queries, keys):
                close(module(*args, mask.clone()), attend(linears, heads, args, mask, factor), f"{mask.dtype}, {mode}")
            assert rates <= {0.3}, f"dropout rates {rates}"
        module.eval()
        module.zero_grad()
        (module(*args, mask) * torch.randn(batch, queries, width, generator=generator)).sum().backward()
        idle = [n for n, p in module.named_parameters() if p.grad is None]
        assert not idle, f"no gradient: {idle}"
        close(module(*args), attend(linears, heads, args, None), "no mask")
        check_mask_with_heads(module, args, mask)
    check_inner(names["MultiHeadedAttention"](2, 6, dropout=0.3))


def check_mask_with_heads(module: Any, args: tuple[Any, ...], mask: torch.Tensor) -> None:
    """It means the same where it is taken."""
    wanted = module(*args, mask)
    with contextlib.suppress(RuntimeError, ValueError):
        got = module(*args, mask[:, None])
        if got.shape == wanted.shape and len(mask) > 1:
            close(got, wanted.double(), "mask with an axis for the heads")


def check_inner(module: Any) -> None:
    """The method `attention` with its five arguments, where there is one."""
    generator = torch.Generator().manual_seed(6)
    q, k, v = (torch.randn(4, 2, 5, 3, generator=generator) for _ in range(3))
    mask = (torch.rand(4, 1, 5, 5, generator=generator) < 0.6) | torch.eye(5, dtype=torch.bool)
    wanted = (q.double() @ k.double().transpose(2, 3) / math.sqrt(3)).masked_fill(~mask, -1e9).softmax(3)
    for mode, factor in ((False, 1.0), (True, FACTOR)):
        module.train(mode)
        try:
            result, weights = module.attention(q, k, v, mask, module.dropout if mode else None)
        except (AttributeError, TypeError):
            return
        close(result, factor * wanted @ v.double(), "inner attention")
        assert any((weights - scale * wanted).abs().max() < 1e-4 for scale in (1, factor)), "inner weights"


# ---- all of it -------------------------------------------------------------------------------------------------------
CHECKS: dict[str, Callable[[Names, str], None]] = {
    "gru.init": check_init,
    "gru.forward": check_forward,
    "gru.generate": check_generate,
    "attention.forward": check_attention,
}


def losses(path: str, items: list[str]) -> dict[str, str]:
    """Those of `items` that a hand-in loses, each with a reason."""
    signal.alarm(SECONDS)
    found = {}
    with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
        os.chdir(folder)
        names = load(Path(path))
        torch.nn.functional.dropout = marked_dropout
        for item in (i for i in CHECKS if i in items):
            try:
                CHECKS[item](names, Path(path).stem)
            except Exception as error:  # noqa: BLE001
                found[item] = f"{type(error).__name__}: {error}"[:200]
        os.chdir("/")
    return found


def main() -> int:
    work: dict[str, list[str]] = json.load(sys.stdin)
    if any("hostile" in path for path in work):
        raise SystemExit("hostile hand-ins run in the sandbox only")
    torch.set_num_threads(1)
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        found = pool.starmap(losses, work.items(), chunksize=1)
    print("\n" + json.dumps(dict(zip(work, found, strict=True))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
