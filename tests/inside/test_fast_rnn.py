"""The swapped kernels: what torch's own give, in values and gradients, and torch's own where they don't apply."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from autograder.inside import fast_rnn

CLASSES = (nn.LSTM, nn.GRU)
Found = dict[str, torch.Tensor | None]


@contextmanager
def swapped() -> Iterator[None]:
    fast_rnn.install()
    try:
        yield
    finally:
        fast_rnn.uninstall()


@dataclass(frozen=True)
class Case:
    """One module and one batch."""

    kind: type[nn.RNNBase]
    inputs: int
    width: int
    layers: int
    bidirectional: bool
    bias: bool
    batch_first: bool
    form: str  # packed, sorted, padded
    lengths: tuple[int, ...]
    state_given: bool
    used: str  # which results the loss is made of: all, the output rows, the last states
    seed: int


cases = st.builds(
    Case,
    st.sampled_from(CLASSES),
    st.integers(1, 5),
    st.integers(1, 9),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(("packed", "sorted", "padded")),
    st.lists(st.integers(1, 12), min_size=1, max_size=7).map(tuple),
    st.booleans(),
    st.sampled_from(("all", "rows", "last")),
    st.integers(0, 1000),
)


def run(case: Case) -> Found:
    """Outputs, last states and the gradients by everything that can have one."""
    torch.manual_seed(case.seed)
    module = case.kind(
        case.inputs, case.width, case.layers, case.bias, case.batch_first, bidirectional=case.bidirectional
    )
    lengths = sorted(case.lengths, reverse=True) if case.form == "sorted" else list(case.lengths)
    batch, longest, ways = len(lengths), max(lengths), 1 + case.bidirectional
    shape = (batch, longest) if case.batch_first else (longest, batch)
    x = torch.randn(*shape, case.inputs, requires_grad=True)
    many = 2 if case.kind is nn.LSTM else 1
    states = [torch.randn(case.layers * ways, batch, case.width, requires_grad=True) for _ in range(many)]
    hx: Any = (tuple(states) if many == 2 else states[0]) if case.state_given else None
    data: Any = x
    if case.form != "padded":
        data = pack_padded_sequence(x, torch.tensor(lengths), case.batch_first, enforce_sorted=case.form == "sorted")
    output, last = module(data, hx)
    if isinstance(output, PackedSequence):
        output, counted = pad_packed_sequence(output, case.batch_first, padding_value=0.5, total_length=longest + 1)
        assert counted.tolist() == lengths
    results = [output, *(last if isinstance(last, tuple) else (last,))]
    used = results[:1] if case.used == "rows" else results[1:] if case.used == "last" else results
    sum((r * torch.randn(r.shape)).sum() for r in used).backward()  # type: ignore[union-attr]
    found: Found = {f"result {k}": r.detach() for k, r in enumerate(results)}
    leaves = [("input", x), *((f"state {k}", s) for k, s in enumerate(states)), *module.named_parameters()]
    return found | {f"d {name}": leaf.grad for name, leaf in leaves}


def test_values_and_gradients_are_torchs() -> None:
    differing: list[str] = []

    @settings(max_examples=150)
    @given(cases)
    def equal(case: Case) -> None:
        expected = run(case)
        with swapped():
            got = run(case)
        assert got.keys() == expected.keys()
        for name, value in expected.items():
            if value is None:
                assert got[name] is None, name
            else:
                torch.testing.assert_close(got[name], value, rtol=1e-5, atol=1e-5, msg=lambda m, n=name: f"{n}: {m}")
                differing.append(name) if not torch.equal(value, got[name]) else None  # type: ignore[arg-type]

    equal()
    assert differing  # other roundings here and there: it was not torch's own kernel both times


@pytest.mark.parametrize("kind", CLASSES)
def test_course_sizes_agree_with_double_precision(kind: type[nn.RNNBase]) -> None:
    """At embedding 1, hidden 100: as near to float64 as torch itself."""
    torch.manual_seed(0)
    module = kind(1, 100, batch_first=True)
    x, lengths = torch.randn(12, 150, 1), torch.randint(20, 151, (12,))

    def gradient(m: nn.RNNBase, x: torch.Tensor) -> torch.Tensor:
        m.zero_grad()
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        last = m(packed)[1]
        (last[0] if isinstance(last, tuple) else last).sum().backward()
        return torch.cat([p.grad.flatten() for p in m.parameters() if p.grad is not None]).double()

    plain = gradient(module, x)
    with swapped():
        fast = gradient(module, x)
    exact = gradient(module.double(), x.double())
    scale = exact.abs().max()
    assert (fast - exact).abs().max() <= max(2 * (plain - exact).abs().max(), 1e-6 * scale)


@pytest.mark.parametrize("kind", CLASSES)
def test_dropout_acts_between_layers_in_training_only(kind: type[nn.RNNBase]) -> None:
    torch.manual_seed(2)
    module, x = kind(3, 6, 2, dropout=0.5), torch.randn(5, 4, 3)
    with swapped():
        assert not torch.equal(module(x)[0], module(x)[0])
        module.eval()
        got = module(x)[0]
        module.train().dropout = 1.0
        nothing = module(x)[0]  # the second layer reads zeros
        assert torch.allclose(nothing, nothing[:, :1].expand_as(nothing), atol=1e-6)
    module.eval()
    torch.testing.assert_close(got, module(x)[0], rtol=1e-5, atol=1e-5)


def bit_equal(module: nn.Module, *args: Any) -> bool:
    """Whether the swap leaves this call to torch: its results are the same to the last bit."""
    expected = module(*args)[0]
    with swapped():
        got = module(*args)[0]
    return torch.equal(getattr(got, "data", got), getattr(expected, "data", expected))


@pytest.mark.filterwarnings("ignore:LSTM with projections")
def test_what_is_not_covered_goes_to_torch() -> None:
    torch.manual_seed(3)
    x = torch.randn(9, 4, 3)
    assert bit_equal(nn.LSTM(3, 6).double(), x.double())
    assert bit_equal(nn.GRU(3, 6).double(), pack_padded_sequence(x.double(), torch.tensor([9, 4, 2, 1])))
    assert bit_equal(nn.LSTM(3, 6, proj_size=2), x)
    assert bit_equal(nn.RNN(3, 6), x)
    assert not bit_equal(nn.LSTM(3, 60), torch.randn(50, 4, 3))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert bit_equal(nn.LSTM(3, 6), x)
    with torch.no_grad():
        assert bit_equal(nn.LSTM(3, 60), torch.randn(50, 4, 3))


def test_frozen_parts_get_no_gradient() -> None:
    module = nn.GRU(3, 4)
    module.weight_hh_l0.requires_grad_(False)
    with swapped():
        module(torch.randn(5, 2, 3))[0].sum().backward()
    assert module.weight_hh_l0.grad is None and module.weight_ih_l0.grad is not None


def test_switching_twice_and_off_again() -> None:
    own = torch._VF.lstm
    fast_rnn.uninstall()
    fast_rnn.install()
    fast_rnn.install()
    assert torch._VF.lstm is fast_rnn.lstm
    fast_rnn.uninstall()
    fast_rnn.uninstall()
    assert torch._VF.lstm is own


def test_it_runs_as_text_in_another_module() -> None:
    """As the kernel of a notebook gets it."""
    names: dict[str, Any] = {"__name__": "swap"}
    exec(compile(Path(fast_rnn.__file__).read_text(encoding="utf-8"), "<swap>", "exec"), names)
    try:
        names["install"]()
        assert torch._VF.gru is names["gru"]
        nn.GRU(2, 3)(torch.randn(4, 2, 2))[0].sum().backward()
    finally:
        names["uninstall"]()
