"""Each property takes right modules in several styles and catches the fault that it is named for."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from autograder.errors import StudentError
from autograder.judge.expect import Mismatch, NeedsPerson
from autograder.kit import properties, roles
from autograder.kit import properties as p
from autograder.kit.declare import Module
from autograder.kit.properties import Property
from tests.kit import modules as m

BY_HAND_RANGE = p.initial_range(lambda sizes: sizes["hidden"] ** -0.5)
ALL_OF_ATTENTION = (
    *roles.without(roles.LANGUAGE_MODEL, "order_counts"),
    p.parameter_count,
    p.dropout_applied,
    p.equals_equations,
)
ALL_OF_RECURRENCE = (*roles.RECURRENCE, p.parameter_count, p.equals_equations)
RIGHT = [
    *((m.ATTENTION, source, ALL_OF_ATTENTION) for source in m.STYLES.values()),
    (m.RECURRENCE, m.RNN, ALL_OF_RECURRENCE),
    (m.RECURRENCE, m.RNN_BY_HAND, (*ALL_OF_RECURRENCE, BY_HAND_RANGE)),
    (m.TURN, m.TURNS, (*roles.MODULE, p.follows_sizes, p.equals_equations)),
]


def judge(one: Property, module: Module, source: str) -> None:
    one.judge(m.lab_of(module, source), module.name, np.random.default_rng(5))


@pytest.mark.parametrize(
    ("module", "source", "one"),
    [(module, source, one) for module, source, many in RIGHT for one in many],
    ids=lambda value: value.name if isinstance(value, (Property, Module)) else "",
)
def test_right_modules_have_it(module: Module, source: str, one: Property) -> None:
    judge(one, module, source)


def faulty(source: str, *changes: tuple[str, str]) -> str:
    """The source with other text in some places."""
    for before, after in changes:
        assert before in source, before
        source = source.replace(before, after)
    return source


FIRST, LAST = "        q, k, v =", "        return self.wo("
ALIKE = f"        x = x[:, :1] + 0 * x\n{FIRST}"
FAULTS: list[tuple[Property, Module, str, str]] = [
    (p.builds, m.ATTENTION, faulty(m.SEPARATE, ("num_heads, p)", "num_heads)")), "raised TypeError"),
    (p.alive, m.ATTENTION, faulty(m.SEPARATE, (LAST, "        return torch.ones_like(x) + 0 * self.wo(")), "another x"),
    (p.alive, m.ATTENTION, faulty(m.SEPARATE, (LAST, "        return x + 0 * self.wo(")), "other weights"),
    (p.alive, m.TURN, faulty(m.TURNS, ("factors[places]", "factors[0 * places]")), "another places"),
    (p.any_size, m.ATTENTION, faulty(m.SEPARATE, ("torch.ones(x.shape[1], x.shape[1],", "torch.ones(5, 5,")), "raised"),
    (p.any_size, m.ATTENTION, faulty(m.SEPARATE, (".flatten(2))", ".flatten(2)).squeeze()")), "shape"),
    (p.rows_apart, m.ATTENTION, faulty(m.SEPARATE, (LAST, "        return x.mean(0) + self.wo(")), "row 0 alone"),
    (p.no_memory, m.ATTENTION, faulty(m.SEPARATE,
        (FIRST, f"        self.n = getattr(self, 'n', 0) + 1\n        x = x * self.n\n{FIRST}"),
    ), "after another"),
    (p.inputs_untouched, m.ATTENTION, faulty(m.SEPARATE, (FIRST, f"        x += 1\n{FIRST}")), "x was"),
    (p.deterministic_in_eval, m.ATTENTION, faulty(m.FUSED_TURNED, ("self.p, self.training", "self.p")), "eval mode"),
    (p.dropout_applied, m.ATTENTION, faulty(m.SEPARATE, ("self.drop(scores", "(scores")), "same answer"),
    (p.dropout_applied, m.ATTENTION, faulty(m.SEPARATE, ("nn.Dropout(p)", "nn.Dropout(1 - p)")), "mode against"),
    (p.all_trainable, m.ATTENTION, faulty(m.SEPARATE,
        ("in range(4))", "in range(4))\n        self.wv.weight.requires_grad = False"),
    ), "does not train"),
    (p.gradients_reach_all, m.ATTENTION, faulty(m.SEPARATE, ("self.wk(x))", "self.wk(x).detach())")), "no gradient"),
    (p.follows_sizes, m.ATTENTION, faulty(m.SEPARATE, ("(d_model, d_model,", "(8, 8,")), "d_model=16"),
    (p.parameter_count, m.ATTENTION, faulty(m.SEPARATE, ("bias=False", "bias=True")), "number of trainable"),
    (p.causal, m.ATTENTION, faulty(m.SEPARATE, (".triu(1)", ".triu(2)")), "earlier steps"),
    (p.causal, m.ATTENTION, faulty(m.FUSED_TURNED, ("is_causal=True", "is_causal=False")), "earlier steps"),
    (p.every_step_counts, m.ATTENTION, faulty(m.SEPARATE, (FIRST, ALIKE)), "nothing"),
    (p.order_counts, m.ATTENTION, m.SEPARATE, "exchanged"),  # without positions its last step is a set's
    (p.state_splits, m.RECURRENCE, faulty(m.RNN, ("h[None])", "0 * h[None])")), "steps against all"),
    (p.state_splits, m.RECURRENCE, faulty(m.RNN, ("last[0]", "states[:, 0]")), "the last h of"),
    (p.equals_equations, m.ATTENTION, faulty(m.SEPARATE, ("math.sqrt(q.shape[-1])", "q.shape[-1]")), "equations"),
    (p.equals_equations, m.ATTENTION, faulty(m.STACKED_HEADS, ("F.scaled", "2 * F.scaled")), "equations"),
    (p.equals_equations, m.RECURRENCE, faulty(m.RNN_BY_HAND, ("torch.tanh", "torch.sigmoid")), "equations"),
    (BY_HAND_RANGE, m.RECURRENCE, faulty(m.RNN_BY_HAND, ("-(hidden ** -0.5)", "-1.0")), "outside"),
    (BY_HAND_RANGE, m.RECURRENCE, faulty(m.RNN_BY_HAND, ("-(hidden ** -0.5)", "0.0")), "not uniform"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "module", "source", "words"), FAULTS, ids=[fault[0].name for fault in FAULTS])
def test_its_fault_is_caught(one: Property, module: Module, source: str, words: str) -> None:
    with pytest.raises((Mismatch, StudentError)) as caught:
        judge(one, module, source)
    assert words in f"{caught.value} {getattr(caught.value, 'got', '')}"


def test_every_property_of_the_library_has_a_fault() -> None:
    library = {getattr(properties, name) for name in properties.__all__}
    named = {one.name for one in library if isinstance(one, Property)} | {BY_HAND_RANGE.name}
    elsewhere = {p.order_of_arguments.name, p.ignores_padding.name, p.varied.name, p.follows_seed.name}  # own tests
    assert named == {one.name for one, *_ in FAULTS} | elsewhere


def test_a_module_for_everything_is_alive_only_where_it_should() -> None:
    """Constants keep many properties; the proof of life is required, so that they earn nothing."""
    dead = faulty(m.SEPARATE, (LAST, "        return torch.ones_like(x) + 0 * self.wo("))
    for kept in (p.rows_apart, p.causal, p.no_memory, p.deterministic_in_eval):
        judge(kept, m.ATTENTION, dead)
    assert p.alive.required and p.alive in roles.MODULE and p.builds.required


ORDER = {"Attn": ("num_heads", "d_model", "p")}
TURNED = faulty(m.SEPARATE, ("self, d_model, num_heads, p", "self, num_heads, d_model, p"))


@pytest.mark.parametrize("one", ALL_OF_ATTENTION, ids=lambda one: one.name)
def test_another_order_of_arguments_costs_one_property(one: Property) -> None:
    lab = m.lab_of(m.ATTENTION, TURNED, order=ORDER)
    if one is not p.order_of_arguments:
        one.judge(lab, "Attn", np.random.default_rng(0))
        return
    with pytest.raises(Mismatch, match="another order"):
        one.judge(lab, "Attn", np.random.default_rng(0))


def test_what_cannot_be_read_waits_for_a_person() -> None:
    """As many numbers as asked for, in one flat parameter: no verdict by the equations."""
    flat = """
class Attn(nn.Module):
    def __init__(self, d_model, num_heads, p):
        super().__init__()
        self.d, self.all = d_model, nn.Parameter(torch.randn(4 * d_model ** 2))

    def forward(self, x):
        q, k, v, o = self.all.view(4, self.d, self.d)
        return F.scaled_dot_product_attention(x @ q, x @ k, x @ v, is_causal=True) @ o
"""
    with pytest.raises(NeedsPerson, match="can't read"):
        judge(p.equals_equations, m.ATTENTION, flat)


def test_changes_make_another_property() -> None:
    changed = p.causal(weight=0, visibility="hidden")
    assert (changed.weight, changed.visibility, changed.judge) == (0, "hidden", p.causal.judge)
    assert p.causal.weight == 2 and dataclasses.is_dataclass(changed)
    role = roles.changed(roles.LANGUAGE_MODEL, causal={"weight": 3})
    assert [one.name for one in role] == [one.name for one in roles.LANGUAGE_MODEL]
    assert [one.weight for one in role if one.name == "causal"] == [3]
    assert "causal" not in {one.name for one in roles.without(role, "causal")}


def test_a_role_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="no property cause"):
        roles.changed(roles.LANGUAGE_MODEL, cause={"weight": 1})
    with pytest.raises(ValueError, match="no property cause"):
        roles.without(roles.LANGUAGE_MODEL, "cause")
