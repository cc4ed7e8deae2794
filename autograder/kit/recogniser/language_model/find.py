"""What each number of a student's GRU does, found by behaviour: names, shapes and order of its parameters don't count.

With all gate weights at zero a GRU is h' = h/2, and a small change of one number shows its role in how h' changes:

    candidate, unit j, fed by s    dh'_j = s/2               s = x_k, r h_k = h_k/2, or 1
    update, unit j, fed by s       dh'_j = ∓ h_j s/4         − where z weighs the candidate, + where it weighs h
    reset                          nothing, until the candidate's recurrent matrix U is not zero; then, with r = 1/2,
                                   dh'_i = (1 − ĥ_i²)/2 · U_ij h_j s/4 (before the product) or only h'_j (after it)

Gradients along a few random directions are each number's fingerprint; the judge computes the fingerprint of each role.
So fused or separate matrices, either orientation, two biases or one are all the same. Every correct GRU whose numbers
enter its equations linearly is read; anything else gives a sentence that says why not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.errors import StudentError
from autograder.judge.expect import Mismatch
from autograder.kit.comparing import NDArray
from autograder.kit.recogniser.fingerprints import UNEXPLAINED, Places, match
from autograder.kit.recogniser.gates import Floats
from autograder.kit.recogniser.language_model.builds import LanguageModel, LanguageModels
from autograder.kit.recogniser.language_model.roles import CANDIDATE, RESET, UPDATE, Form, Roles
from autograder.kit.recogniser.language_model.sizes import Sizes
from autograder.kit.recogniser.unknown import Unknown
from autograder.kit.types import of_shape

DIRECTIONS = 4
NO_GRADIENT = "what forward returns after one step has no gradient"
Output = tuple[Places, Places]


def find_roles(lab: LanguageModels, layers: int) -> Roles | Unknown:
    """Find them once for each number of layers."""
    return _remembered(lab, "roles", layers, _find)  # type: ignore[no-any-return]


def find_output(lab: LanguageModels, layers: int) -> Output | Unknown:
    """Places and slots of the output layer [V, H + 1]; also of models whose gates can't be told apart."""
    roles = lab.context.roles.get(("roles", layers))
    if isinstance(roles, Roles) and roles.output is not None:
        return roles.output
    return _remembered(lab, "output", layers, _find_output)  # type: ignore[no-any-return]


def _remembered(lab: LanguageModels, what: str, layers: int, find: Callable[[LanguageModel, Sizes], Any]) -> Any:
    """In eval mode, or in training mode with keep 1 if only that trains."""
    key, sizes = (what, layers), Sizes(num_layers=layers, seq_len=1, batch_size=Sizes().vocab_size)
    if key not in lab.context.roles:
        for training in (False, True):
            lab.context.roles[key] = _attempt(lab, sizes, training, find)
            if not isinstance(lab.context.roles[key], Unknown):
                break
        lab.student.calls.clear()
    return lab.context.roles[key]


def _attempt(lab: LanguageModels, sizes: Sizes, training: bool, find: Callable[[LanguageModel, Sizes], Any]) -> Any:
    try:
        model = lab.gru(sizes)
        model.train(training)
        return find(model, sizes)
    except (StudentError, Mismatch) as error:
        if lab.student.fatal is not None:
            raise
        return Unknown(NO_GRADIENT if "does not require grad" in str(error) else str(error), raised=True)


def _find_output(model: LanguageModel, sizes: Sizes) -> Output | Unknown:
    """With all parameters at zero, whatever the top layer's state then is."""
    rng = np.random.default_rng(19)
    model.load_vector(np.zeros(model.scalars))
    hidden = rng.normal(size=(sizes.num_layers, sizes.batch_size, sizes.hidden_size)).astype(np.float32)
    inputs = np.arange(sizes.vocab_size)[None]
    _, states = model.forward(inputs, hidden)
    directions = rng.normal(size=(DIRECTIONS, 1, sizes.batch_size, sizes.vocab_size)).astype(np.float32)
    sources = np.concatenate([states[-1], np.ones((sizes.batch_size, 1))], axis=1)
    dictionary = np.einsum("mbv,bs->vsm", directions[:, 0], sources)
    found = match(model.sense(inputs, hidden, directions, output=0).T, dictionary.reshape(-1, DIRECTIONS))
    flat = np.flatnonzero(found >= 0)
    weights = np.unique(found[flat])
    if (weights % (sizes.hidden_size + 1) < sizes.hidden_size).sum() != sizes.vocab_size * sizes.hidden_size:
        return Unknown("no parameters act as a linear output layer on the top layer's state")
    return flat, found[flat]


def _find(model: LanguageModel, sizes: Sizes) -> Roles | Unknown:
    rng, inputs = np.random.default_rng(20), np.arange(sizes.vocab_size)[None]
    try:
        output = _find_output(model, sizes)
    except Mismatch as error:  # the states may be right all the same
        output = Unknown(str(error))
    embedding = find_embedding(model, sizes, inputs, rng)
    if embedding is None:
        return Unknown("no parameter acts as an embedding")
    zero, shape = np.zeros(model.scalars), (sizes.num_layers, sizes.batch_size, sizes.hidden_size)
    zero[embedding] = rng.normal(size=embedding.shape)
    hidden = rng.normal(size=shape).astype(np.float32)
    model.load_vector(zero)
    of_shape(model.pair(inputs, hidden)[1], shape, "the new hidden state")
    start = Roles(sizes, model.scalars, Form(), embedding, (), (), None if isinstance(output, Unknown) else output)
    return find_gates(model, start, zero, hidden, rng)


def find_embedding(model: LanguageModel, sizes: Sizes, inputs: NDArray, rng: np.random.Generator) -> NDArray | None:
    """Places [V, E] of the numbers that act on the states of one token only, in the order in which they stand."""
    rows, (layers, hidden) = sizes.batch_size, (sizes.num_layers, sizes.hidden_size)
    model.load_vector(rng.normal(0, 0.6, model.scalars))
    start = rng.uniform(-0.9, 0.9, (layers, rows, hidden))
    directions = np.zeros((rows, layers, rows, hidden))
    directions[np.arange(rows), :, np.arange(rows)] = rng.normal(size=(rows, layers, hidden))
    acts = model.sense(inputs, start, directions, output=1) != 0
    alone = acts.sum(axis=0) == 1
    places = [np.flatnonzero(alone & acts[row]) for row in range(rows)]
    return np.stack(places) if {len(p) for p in places} == {sizes.emb_size} else None


def find_gates(
    model: LanguageModel, roles: Roles, zero: Floats, hidden: NDArray, rng: np.random.Generator
) -> Roles | Unknown:
    """Candidate and update at the zero point, then reset with the candidate's recurrent matrix in place."""
    sizes, inputs = roles.sizes, np.arange(roles.sizes.vocab_size)[None]
    towards = rng.normal(size=(sizes.num_layers, DIRECTIONS, *hidden.shape[1:])).astype(np.float32)
    prints = _prints(model, inputs, hidden, towards)
    signs: set[bool] = set()
    below, recurrent = zero[roles.embedding], rng.normal(0, 0.5, (sizes.hidden_size, sizes.hidden_size))
    for number in range(sizes.num_layers):
        first, keeps = _first_gates(prints[number], towards[number], below, hidden[number])
        if (first == UNEXPLAINED).any():
            return _unexplained(model, first, number)
        signs |= keeps
        flat = np.flatnonzero(first >= 0)
        roles = replace(roles, flat=(*roles.flat, flat), slots=(*roles.slots, first[flat]))
        below = hidden[number] / 2
    if len(signs) != 1:
        return Unknown("no update gate is found" if not signs else "the update gates do not agree with each other")
    roles = replace(roles, form=Form(keeps=signs.pop()))
    if roles.form.keeps:
        roles = _without_twins(model, roles, zero, hidden, towards)
    return _with_resets(model, roles, zero, hidden, towards, recurrent)


def _without_twins(model: LanguageModel, roles: Roles, zero: Floats, hidden: NDArray, towards: NDArray) -> Roles:
    """Where z weighs h, its bias and the candidate's U_jj both act as h_j/4 while the candidate is 0."""
    size, vector, rng = roles.sizes.hidden_size, zero.copy(), np.random.default_rng(23)
    inputs = [roles.width(number) - size - 2 for number in range(roles.sizes.num_layers)]
    matrices = [rng.normal(0, 0.5, (size, many)) for many in inputs]
    for number, matrix in enumerate(matrices):
        table = np.zeros((3, size, roles.width(number)))
        table[CANDIDATE, :, : inputs[number]] = matrix
        roles.put(vector, number, table)
    model.load_vector(vector)
    prints = _prints(model, np.arange(roles.sizes.vocab_size)[None], hidden, towards)
    below, slots = zero[roles.embedding], []
    for number, matrix in enumerate(matrices):
        old, new, units = hidden[number], np.tanh(below @ matrix.T), np.arange(size)
        recurrent = (CANDIDATE * size + units) * roles.width(number) + inputs[number] + units
        bias = (UPDATE * size + units + 1) * roles.width(number) - 2
        effects = np.concatenate([(1 - new**2) / 4 * old, (old - new) / 4], axis=1)
        dictionary = np.einsum("mbj,bj->jm", np.concatenate([towards[number]] * 2, axis=2), effects)
        found = match(prints[number][roles.flat[number]], dictionary)
        twins = np.isin(roles.slots[number], recurrent) & (found >= 0)
        slots.append(np.where(twins, np.concatenate([recurrent, bias])[found], roles.slots[number]))
        below = (old + new) / 2
    return replace(roles, slots=tuple(slots))


def _with_resets(
    model: LanguageModel, roles: Roles, zero: Floats, hidden: NDArray, towards: NDArray, recurrent: Floats
) -> Roles | Unknown:
    sizes, vector = roles.sizes, zero.copy()
    for number in range(sizes.num_layers):
        table = np.zeros((3, sizes.hidden_size, roles.width(number)))
        table[CANDIDATE, :, -sizes.hidden_size - 2 : -2] = recurrent
        roles.put(vector, number, table)
    model.load_vector(vector)
    prints = _prints(model, np.arange(sizes.vocab_size)[None], hidden, towards)
    below, forms, flat, slots = zero[roles.embedding], set[bool](), list(roles.flat), list(roles.slots)
    for number in range(sizes.num_layers):
        left = prints[number].copy()
        left[roles.flat[number]] = 0
        found, after = _resets(left, towards[number], below, hidden[number], recurrent)
        if (found == UNEXPLAINED).any():
            return _unexplained(model, found, number)
        forms |= after
        more = np.flatnonzero(found >= 0)
        flat[number], slots[number] = np.concatenate([flat[number], more]), np.concatenate([slots[number], found[more]])
        below = hidden[number] / 2 + np.tanh(hidden[number] / 2 @ recurrent.T) / 2
    if len(forms) != 1:
        return Unknown("no reset gate is found" if not forms else "the reset gates do not agree with each other")
    found_all = replace(roles, form=replace(roles.form, after=forms.pop()), flat=tuple(flat), slots=tuple(slots))
    return _complete(found_all)


def _unexplained(model: LanguageModel, found: NDArray, layer: int) -> Unknown:
    """Name the parameter that most of the numbers without a role stand in."""
    ends = np.cumsum([math.prod(shape) for _, shape, _ in model.parameters])
    owners = np.searchsorted(ends, np.flatnonzero(found == UNEXPLAINED), side="right")
    name = model.parameters[int(np.bincount(owners).argmax())][0]
    return Unknown(f"{name} acts on the state of layer {layer + 1} in a way that the equations do not have")


def _complete(roles: Roles) -> Roles | Unknown:
    """Every gate must have all its weights; biases may be missing, since the constructor's item asks for them."""
    size = roles.sizes.hidden_size
    for number, slots in enumerate(roles.slots):
        width = roles.width(number)
        there = np.zeros(3 * size * width, bool)
        there[slots] = True
        weights = there.reshape(3, size, width)[:, :, :-2]
        for gate, name in ((RESET, "reset"), (UPDATE, "update"), (CANDIDATE, "candidate")):
            if not weights[gate].all():
                return Unknown(f"weights of the {name} gate of layer {number + 1} are missing")
    return roles


def _prints(model: LanguageModel, inputs: NDArray, hidden: NDArray, towards: NDArray) -> NDArray:
    """Fingerprints by the layer whose state is looked at: [L, scalars, M]."""
    layers, many = towards.shape[:2]
    directions = np.zeros((layers, many, *hidden.shape))
    directions[np.arange(layers), :, np.arange(layers)] = towards
    found = model.sense(inputs, hidden, directions.reshape(layers * many, *hidden.shape), output=1)
    return found.reshape(layers, many, -1).transpose(0, 2, 1)


def _first_gates(prints: NDArray, towards: NDArray, below: NDArray, hidden: NDArray) -> tuple[NDArray, set[bool]]:
    """Slots of candidate and update at the zero point, and which signs the updates have (True: z weighs h)."""
    ones = np.ones((len(hidden), 1))
    candidate = np.concatenate([below, hidden / 2, ones, ones / 2], axis=1) / 2
    update = np.concatenate([below, hidden, ones, 0 * ones], axis=1) / 4
    candidates = np.einsum("mbj,bs->jsm", towards, candidate).reshape(-1, DIRECTIONS)
    updates = np.einsum("mbj,bj,bs->jsm", towards, hidden, update).reshape(-1, DIRECTIONS)
    found = match(prints, np.concatenate([candidates, -updates, updates]))
    many = len(updates)
    group, slot = found // many, found % many
    signs = {bool(g == 2) for g in group[found >= 0] if g > 0}
    gate = np.where(group == 0, CANDIDATE, UPDATE)
    return np.where(found >= 0, gate * many + slot, found), signs


def _resets(
    prints: NDArray, towards: NDArray, below: NDArray, hidden: NDArray, recurrent: Floats
) -> tuple[NDArray, set[bool]]:
    """Slots of the reset gate, and where it stands (True: after the product)."""
    ones = np.ones((len(hidden), 1))
    sources = np.concatenate([below, hidden, ones, 0 * ones], axis=1) / 4
    slope = towards * ((1 - np.tanh(hidden / 2 @ recurrent.T) ** 2) / 2)  # [M, B, H]
    before = np.einsum("mbi,ij,bj,bs->jsm", slope, recurrent, hidden, sources).reshape(-1, DIRECTIONS)
    after = np.einsum("mbj,bj,bs->jsm", slope, hidden @ recurrent.T, sources).reshape(-1, DIRECTIONS)
    found = match(prints, np.concatenate([before, after]))
    forms = {bool(f >= len(before)) for f in found if f >= 0}
    return np.where(found >= 0, RESET * len(before) + found % len(before), found), forms
