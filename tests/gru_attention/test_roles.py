"""Weights are found by what they do, however a model is built; what can't be read is said."""

from __future__ import annotations

import numpy as np
import pytest
from builds import ATTENTIONS, GRUS
from hands import after_reference, lab_of, submission

from autograder.assignments.gru_attention.prepare import attention_remarks, gru_remarks
from autograder.kit.recogniser.attention.life import missing_signs
from autograder.kit.recogniser.attention.roles import AttentionRoles, find_attention_roles
from autograder.kit.recogniser.language_model.equations import evaluate
from autograder.kit.recogniser.language_model.find import find_output, find_roles
from autograder.kit.recogniser.language_model.roles import Roles
from autograder.kit.recogniser.language_model.sizes import Sizes, random_hidden, random_tokens
from autograder.kit.recogniser.unknown import Unknown


@pytest.mark.parametrize("name", GRUS)
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_any_build_of_a_gru_is_read(name: str, layers: int) -> None:
    code, keeps, after = GRUS[name]
    lab, rng = lab_of(submission(code)), np.random.default_rng(layers)
    roles = find_roles(lab, layers)
    assert isinstance(roles, Roles), roles
    assert (roles.form.keeps, roles.form.after) == (keeps, after)
    sizes = Sizes(num_layers=layers)
    vector = rng.normal(0, 0.6, roles.scalars).astype(np.float32)
    model, inputs, hidden = lab.gru(sizes, vector), random_tokens(rng, sizes), random_hidden(rng, sizes)
    for got, wanted in zip(model.forward(inputs, hidden), evaluate(roles, vector, inputs, hidden), strict=True):
        assert np.allclose(got, wanted, atol=1e-5)


@pytest.mark.parametrize("name", ATTENTIONS)
@pytest.mark.parametrize(("heads", "units"), [(1, 4), (2, 4), (3, 6)])
def test_any_build_of_an_attention_is_read(name: str, heads: int, units: int) -> None:
    lab, rng = lab_of(submission(ATTENTIONS[name])), np.random.default_rng(heads)
    roles = find_attention_roles(lab, heads, units)
    assert isinstance(roles, AttentionRoles), roles
    assert roles.interleaved is (name == "interleaved" and heads > 1)
    vector = rng.normal(0, 0.6, roles.scalars).astype(np.float32)
    q, k, v = (rng.normal(size=(3, n, units)).astype(np.float32) for n in (4, 5, 5))
    mask = rng.random((3, 4, 5)) < 0.6
    mask[:, :, 0] = True
    got = lab.attention(heads, units, 0.0, vector).forward(q, k, v, mask)
    assert np.allclose(got, roles.evaluate(vector, (q, k, v), mask), atol=1e-5)


def test_what_is_no_gru_is_not_read() -> None:
    dead = (
        "class GRU(OwnGRU):\n    def forward(self, inputs, hidden):\n        return super().forward(0 * inputs, hidden)"
    )
    found = find_roles(lab_of(after_reference(dead)), 1)
    assert isinstance(found, Unknown) and "embedding" in found.reason
    code = GRUS["six"][0]
    found = find_roles(lab_of(submission(code.replace("(r * h)", "(h)"))), 2)
    assert isinstance(found, Unknown)
    found = find_roles(lab_of(submission(code.replace("torch.tanh", "torch.relu"))), 2)
    assert isinstance(found, Unknown)
    assert not isinstance(find_output(lab_of(submission(code.replace("torch.tanh", "torch.relu"))), 2), Unknown)


def test_the_form_is_reported() -> None:
    lab = lab_of(submission(GRUS["fused_after"][0]))
    remarks = list(gru_remarks(lab))
    assert any("after the product" in r and "z h + (1 - z)" in r for r in remarks)
    own = """
class GRU(OwnGRU):
    def forward(self, inputs, hidden):
        answer = super().forward(inputs, hidden)
        hidden.zero_()
        return answer
"""
    assert any("writes into the hidden state" in r for r in gru_remarks(lab_of(after_reference(own))))


def test_masks_that_are_taken_are_found() -> None:
    picky = """
class MultiHeadedAttention(OwnAttention):
    def forward(self, query, key, value, mask=None):
        assert mask.dtype is torch.uint8
        return super().forward(query, key, value, mask), None
"""
    lab = lab_of(after_reference(picky))
    assert any("uint8" in remark for remark in attention_remarks(lab))
    assert (lab.context.mask_kind, lab.context.several) == ("uint8", True)


@pytest.mark.parametrize(
    ("scores", "hides"),
    [
        ("scores.masked_fill(mask != 0, -1e9)", True),
        ('scores.masked_fill(mask != 0, float("-inf"))', True),
        ("torch.where(mask.bool(), -1e9 * torch.ones_like(scores), scores)", True),
        ("scores - 1e4 * mask.float()", True),
        ("scores.masked_fill(mask == 0, -1e9)", False),
        ('scores.masked_fill(mask == 0, float("-inf"))', False),
        ("scores.masked_fill(mask.transpose(2, 3) == 0, -1e9)", False),
        ("scores + mask.float()", False),
        ("scores", False),
    ],
)
def test_masks_read_the_other_way_are_found(scores: str, hides: bool) -> None:
    own = f"""
class MultiHeadedAttention(OwnAttention):
    def attention(self, query, key, value, mask=None, dropout=None):
        scores = query @ key.transpose(2, 3) / query.shape[-1] ** 0.5
        weights = (scores if mask is None else {scores}).softmax(-1)
        return weights @ value, weights
"""
    lab = lab_of(after_reference(own))
    assert any("hides what its mask allows" in remark for remark in attention_remarks(lab)) == hides
    found = find_attention_roles(lab, 2, 6)
    assert lab.context.hides == hides and isinstance(found, AttentionRoles)
    assert missing_signs(lab, np.random.default_rng(0)) == []
