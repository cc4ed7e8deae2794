"""gru.forward: what `GRU` does in training mode: dropout on the way up and nowhere else, and gradients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.assignments.gru_attention.api import Gru, Lab
from autograder.assignments.gru_attention.comparing import known_roles, random_gru
from autograder.errors import StudentException
from autograder.judge.expect import Mismatch, NotJudged, expect
from autograder.judge.marks import item
from autograder.kit.comparing import NDArray, expect_close
from autograder.kit.properties.answers import expect_same
from autograder.kit.properties.modes import expect_as_in_eval, expect_still, expect_varied
from autograder.kit.recogniser.gates import Floats
from autograder.kit.recogniser.language_model.find import find_roles
from autograder.kit.recogniser.language_model.roles import CANDIDATE, UPDATE, Roles, expect_places
from autograder.kit.recogniser.language_model.sizes import Sizes

FORWARD = "gru.forward"
KEEP = 0.8


def transparent(lab: Lab, rng: np.random.Generator) -> tuple[Gru, Roles, Floats, NDArray, NDArray]:
    """Two layers whose new state is tanh(x / 2), whatever the old one: what is dropped shows as zeros higher up.

    Embeddings are 1 and the output layer hands the top layer's state through.
    """
    sizes = Sizes(seq_len=1, batch_size=40, dp_keep_prob=KEEP)
    roles = known_roles(lab, sizes.num_layers)
    vector, width = np.zeros(roles.scalars), sizes.hidden_size
    vector[roles.embedding] = 1
    for layer in range(sizes.num_layers):
        table = np.zeros((3, width, roles.width(layer)))
        table[UPDATE, :, -2] = -40 if roles.form.keeps else 40
        table[CANDIDATE, :, :width] = np.eye(width) / 2
        roles.put(vector, layer, table)
    roles.put_output(vector, np.eye(width, width + 1))
    model = lab.gru(sizes, vector)
    hidden = rng.uniform(-0.9, 0.9, (sizes.num_layers, sizes.batch_size, width))
    return model, roles, vector, rng.integers(0, sizes.vocab_size, (1, sizes.batch_size)), hidden


def share_dropped(values: NDArray, alive: NDArray) -> float:
    """Which share of what was not 0 before is 0 now."""
    return float((np.abs(values[alive]) < 1e-6).mean()) if alive.any() else 0.0


def expect_share(share: float, what: str) -> None:
    shown, wanted = f"{share:.0%} dropped", f"about {1 - KEEP:.0%} dropped with dp_keep_prob={KEEP}"
    hint = ": dp_keep_prob is the probability of keeping, not of dropping" if abs(share - KEEP) < 0.1 else ""
    expect(abs(share - (1 - KEEP)) < 0.12, f"{what} is not dropped as asked{hint}", got=shown, expected=wanted)


@item(FORWARD)
def test_eval_is_deterministic(lab: Lab, rng: np.random.Generator) -> None:
    """In eval mode nothing is dropped, whatever dp_keep_prob: two calls give the same logits, those of a model without dropout."""
    sizes = Sizes(dp_keep_prob=0.5)
    model, vector, *given = random_gru(lab, sizes, rng)
    case = model.case(*given)
    first = expect_still(model, case, outputs=1)
    (whole,) = lab.gru(replace(sizes, dp_keep_prob=1.0), vector).answers([case])
    expect_same(first[:1], whole[:1], "in eval mode dp_keep_prob changes the logits")


@item(FORWARD)
def test_dropout_varies(lab: Lab, rng: np.random.Generator) -> None:
    """In training mode with dp_keep_prob below 1 the logits vary from call to call, of one layer too; with 1 they are those of eval mode."""
    expect_dropout(lab, Sizes(dp_keep_prob=0.5), rng)
    try:
        expect_dropout(lab, Sizes(num_layers=1, dp_keep_prob=0.5), rng)
    except StudentException:
        if lab.student.fatal is not None or "gru.init" not in lab.context.broken:
            raise  # else the constructor does not build one layer


def expect_dropout(lab: Lab, sizes: Sizes, rng: np.random.Generator) -> None:
    model, vector, *given = random_gru(lab, sizes, rng)
    case = model.case(*given)
    model.train()
    layers = "one layer" if sizes.num_layers == 1 else f"{sizes.num_layers} layers"
    expect_varied(model.answers([case] * 4, seeds=range(4)), f"in training mode with dp_keep_prob=0.5 and {layers}")
    if sizes.num_layers > 1:
        keeping = lab.gru(replace(sizes, dp_keep_prob=1.0), vector)
        expect_as_in_eval(keeping, case, "training mode against eval mode with dp_keep_prob=1", outputs=1)


@item(FORWARD)
def test_dropout_of_embedding(lab: Lab, rng: np.random.Generator) -> None:
    """In training mode the embedding's output goes through dropout: each value is kept with probability dp_keep_prob, else 0."""
    model, _, _, inputs, hidden = transparent(lab, rng)
    model.train()
    _, states = model.forward(inputs, hidden, seed=3)
    expect_share(share_dropped(states[0], np.ones_like(states[0], bool)), "the embedding's output")


@item(FORWARD)
def test_dropout_between_layers(lab: Lab, rng: np.random.Generator) -> None:
    """In training mode each layer's output goes through dropout on its way to the layer above."""
    model, _, _, inputs, hidden = transparent(lab, rng)
    model.train()
    _, states = model.forward(inputs, hidden, seed=4)
    expect_share(share_dropped(states[1], np.abs(states[0]) > 1e-6), "a layer's output")


@item(FORWARD)
def test_dropout_before_output(lab: Lab, rng: np.random.Generator) -> None:
    """In training mode the last layer's output goes through dropout on its way to the output layer, and what is kept grows by 1 / dp_keep_prob."""
    model, roles, _, inputs, hidden = transparent(lab, rng)
    if roles.output is None:
        raise NotJudged("the output layer can't be found, which test_logits_of_top_layer looks at")
    model.train()
    logits, states = model.forward(inputs, hidden, seed=5)
    alive = np.abs(states[1]) > 1e-6
    expect_share(share_dropped(logits[0], alive), "the last layer's output")
    kept = alive & (np.abs(logits[0]) > 1e-6)
    expect_close(logits[0][kept], states[1][kept] / KEEP, "what is kept is not divided by dp_keep_prob")


@item(FORWARD, weight=2)
def test_no_dropout_in_time(lab: Lab, rng: np.random.Generator) -> None:
    """The state that goes on to the next step is never dropped: with inputs that do not count, training mode gives the states of eval mode."""
    sizes = Sizes(seq_len=5, dp_keep_prob=0.5)
    roles = known_roles(lab, sizes.num_layers)
    model, vector, inputs, hidden = random_gru(lab, sizes, rng)
    deaf = vector.astype(np.float64)
    for layer in range(sizes.num_layers):
        table = rng.normal(0, 0.6, (3, sizes.hidden_size, roles.width(layer)))
        table[:, :, : -sizes.hidden_size - 2] = 0
        roles.put(deaf, layer, table)
    model.load_vector(deaf)
    _, wanted = model.forward(inputs, hidden)
    model.train()
    _, got = model.forward(inputs, hidden, seed=6)
    expect_close(got, wanted, "the state between steps goes through dropout")


@item(FORWARD, weight=2)
def test_gradients(lab: Lab, rng: np.random.Generator) -> None:
    """The backward pass works in training mode over several steps, and every parameter gets a gradient."""
    sizes = Sizes(seq_len=5, dp_keep_prob=0.9)
    model, _, inputs, hidden = random_gru(lab, sizes, rng)
    model.train()
    directions = rng.normal(size=(1, sizes.seq_len, sizes.batch_size, sizes.vocab_size))
    gradient = gradients(model, inputs, hidden, directions)
    roles = find_roles(lab, sizes.num_layers)
    used = np.ones(model.scalars, bool)
    if isinstance(roles, Roles) and roles.output is not None:  # what has no role is the constructor's business
        places = np.concatenate([roles.embedding.ravel(), *roles.flat, roles.output[0]])
        expect_places(places, model.scalars)
        used[:] = False
        used[places] = True
    ends = np.cumsum([int(np.prod(shape)) for _, shape, _ in model.parameters])[:-1]
    for (name, _, trains), part, mine in zip(
        model.parameters, np.split(gradient[0], ends), np.split(used, ends), strict=True
    ):
        expect(bool(part.any()) or not mine.any() or not trains, f"no gradient reaches {name}")


@item(FORWARD)
def test_gradients_through_time(lab: Lab, rng: np.random.Generator) -> None:
    """The last step's logits send a gradient back through all steps to the first token's embedding."""
    sizes = Sizes(seq_len=4, batch_size=1)
    model, _, _, hidden = random_gru(lab, sizes, rng)
    directions = np.zeros((1, 4, 1, sizes.vocab_size))
    directions[:, -1] = rng.normal(size=sizes.vocab_size)
    first, later = np.array([[0], [1], [1], [1]]), np.array([[1], [1], [1], [1]])
    for training in (True, False):  # where keep is taken for drop, which another check says, all is dropped in training
        model.train(training)
        reached = [(gradients(model, inputs, hidden, directions) != 0).sum() for inputs in (first, later)]
        if reached[0] > reached[1]:
            return
    raise Mismatch("the first token's embedding gets no gradient from the last step's logits")


def gradients(model: Gru, inputs: NDArray, hidden: NDArray, directions: NDArray) -> NDArray:
    """Of the logits, also where they are flat or have the batch first."""
    shape = model.pair(inputs, hidden)[0].shape
    if shape == (directions.shape[2], directions.shape[1], directions.shape[3]):
        directions = directions.swapaxes(1, 2)
    elif len(shape) == 2:
        directions = directions.reshape(1, -1, directions.shape[3])
    if shape != directions.shape[1:]:
        raise NotJudged("the logits have another shape, which other checks say")
    return model.sense(inputs, hidden, directions, output=0)
