"""gru.generate: how `GRU` continues a text. Taking the likeliest word and drawing one from the softmax are both accepted.

Most models here are sure of themselves (large output weights), so that drawing and taking the likeliest agree; what is
generated is compared with what the model's own forward says of it.
"""

from __future__ import annotations

import numpy as np

from autograder.assignments.gru_attention.api import Gru, Lab
from autograder.assignments.gru_attention.comparing import charged_elsewhere, expect_order, random_gru
from autograder.errors import StudentException
from autograder.judge.expect import Mismatch, expect
from autograder.judge.marks import item
from autograder.judge.models import kind_of
from autograder.kit.comparing import NDArray
from autograder.kit.recogniser.fingerprints import write
from autograder.kit.recogniser.language_model.find import find_output, find_roles
from autograder.kit.recogniser.language_model.roles import CANDIDATE, UPDATE, expect_places
from autograder.kit.recogniser.language_model.sizes import Sizes
from autograder.kit.recogniser.unknown import Unknown
from autograder.wire.frames import Array

GENERATE = "gru.generate"
SURE, LARGE = 2000.0, 4.0
TINY = 1e-12
LAW = np.array([0.5, 0.25, 0.15, 0.07, 0.03])


def sure_gru(lab: Lab, rng: np.random.Generator, steps: int = 4) -> tuple[Gru, NDArray, NDArray]:
    """A model that is sure of its next word, first tokens [B], and a hidden state; large weights keep it from looping."""
    sizes = Sizes(seq_len=steps, dp_keep_prob=0.5)
    output = find_output(lab, sizes.num_layers)
    model, vector, inputs, hidden = random_gru(lab, sizes, rng)
    vector *= LARGE
    model.load_vector(vector)
    if isinstance(output, Unknown):
        one, two = (model.generate(inputs[0], hidden, 8, seed=s) for s in (1, 2))
        if not np.array_equal(one, two):
            charged_elsewhere(
                lab, "gru.forward", "the output layer can't be found, so nothing is known of what is drawn"
            )
    else:
        expect_places(output[0], len(vector))
        vector[output[0]] *= SURE
        model.load_vector(vector)
    return model, inputs[0], hidden


def replay(model: Gru, first: NDArray, hidden: NDArray, generated: NDArray) -> NDArray:
    """The likeliest next word [n, B] after each token, by the model's own forward on what it generated.

    Raises:
        Mismatch: forward does not answer as it should, so that nothing can be said for generate.
    """
    return likeliest(model, np.concatenate([first[None], generated[:-1]]), hidden)[0]


def likeliest(model: Gru, inputs: NDArray, hidden: NDArray) -> tuple[NDArray, NDArray]:
    """The likeliest next word [n, B] at each step, and the new states, by the model's own forward.

    Raises:
        Mismatch: as `replay`.
    """
    try:
        logits, states = model.forward(inputs, hidden)
    except Mismatch as error:
        raise Mismatch(
            f"forward can't be used to judge generate: {error.message}", error.got, error.expected
        ) from error
    return logits.argmax(axis=-1), states


def replay_by_steps(model: Gru, first: NDArray, hidden: NDArray, generated: NDArray) -> NDArray:
    """As `replay`, by a call of forward for each token, the states handed on."""
    words = []
    for tokens in [first, *generated[:-1]]:
        word, hidden = likeliest(model, tokens[None], hidden)
        words.append(word)
    return np.concatenate(words)


def expect_replayed(lab: Lab, model: Gru, first: NDArray, hidden: NDArray, got: NDArray, message: str) -> None:
    """Fail unless the words are those that forward predicts, in one call or step by step: these differ, and answers
    change from call to call, only by a mistake of forward's, which its own item charges."""
    wanted = replay(model, first, hidden, got)
    if np.array_equal(got, wanted):
        return
    if "gru.forward" in lab.context.broken:
        if np.array_equal(got, replay_by_steps(model, first, hidden, got)):
            return
        if not np.array_equal(replay(model, first, hidden, got), wanted):
            charged_elsewhere(lab, "gru.forward", "forward answers otherwise each time")
    expect(False, message, got=got, expected=wanted)


def expect_likely_ones(lab: Lab, rng: np.random.Generator) -> None:
    """Fail a generator whose words, by the model's own forward, are no likelier than any others.

    The likeliest word and one drawn from the softmax are both above the mean of all, whatever forward's mistake; so a
    mistake of forward's does not take a charge from generate.
    """
    model, vector, inputs, hidden = random_gru(lab, Sizes(batch_size=20), rng)
    model.load_vector(vector * LARGE)
    got = model.generate(inputs[0], hidden, 10, seed=0)
    try:
        scores, _ = model.forward(np.concatenate([inputs[:1], got[:-1]]), hidden)
    except (StudentException, Mismatch):
        return  # forward's own item says so
    chosen = np.take_along_axis(scores, got[..., None], axis=-1)[..., 0]
    gain = (chosen - scores.mean(axis=-1)) / (scores.std(axis=-1) + TINY)
    expect(
        gain.mean() > 3 / np.sqrt(gain.size),  # three standard errors of words drawn without regard to the scores
        "the words are no likelier, by the model's own forward, than any others",
        got=f"on average {gain.mean():.2f} standard deviations above the mean word",
    )


@item(GENERATE, required=True)
def test_answers(lab: Lab, rng: np.random.Generator) -> None:
    """generate(input, hidden, generated_seq_len) returns token ids of the shape [generated_seq_len, batch]."""
    model, _, inputs, hidden = random_gru(lab, Sizes(), rng)
    model.generate(inputs[0], hidden, Sizes().seq_len, seed=0)


@item(GENERATE)
def test_any_length(lab: Lab, rng: np.random.Generator) -> None:
    """Any number of tokens can be asked for, one, fewer than seq_len, or twice as many, and they are one tensor of integers [generated_seq_len, batch]."""
    model, _, inputs, hidden = random_gru(lab, Sizes(), rng)
    expect_order(lab, "GRU", "generate")
    for length in (1, 4, 8):
        model.generate(inputs[0], hidden, length, seed=0)
        answer, wanted = model.answer, f"a tensor of integers [{length}, {Sizes().batch_size}]"
        array = answer.data if isinstance(answer, Array) and answer.kind != "ndarray" else None
        kind = "a numpy array" if isinstance(answer, Array) else kind_of(answer)
        shown = kind if array is None else f"{array.dtype} of shape {list(array.shape)}"
        fine = array is not None and array.dtype.kind in "iu" and array.shape == (length, Sizes().batch_size)
        expect(fine, "the tokens come in another form", got=shown, expected=wanted)


@item(GENERATE)
def test_first_row_is_predicted(lab: Lab, rng: np.random.Generator) -> None:
    """The first row holds the first predicted tokens, not the given ones, and is predicted from the given token and hidden state."""
    for _ in range(3):
        model, first, hidden = sure_gru(lab, rng, steps=1)
        got = model.generate(first, hidden, 1, seed=0)
        expect_replayed(lab, model, first, hidden, got, "not the likeliest next tokens")


@item(GENERATE, weight=2)
def test_feeds_back(lab: Lab, rng: np.random.Generator) -> None:
    """Every token is predicted from the one before, which is fed back with the state carried along, in each row of the batch for itself."""
    for _ in range(2):
        model, first, hidden = sure_gru(lab, rng, steps=6)
        got = model.generate(first, hidden, 6, seed=0)
        expect_replayed(lab, model, first, hidden, got, "not what forward predicts after the tokens before")


@item(GENERATE)
def test_prefix(lab: Lab, rng: np.random.Generator) -> None:
    """Where one word is certain, a shorter text is the beginning of a longer one, in eval mode with no trace of dropout."""
    model, first, hidden = sure_gru(lab, rng)
    short, long = (model.generate(first, hidden, length, seed=length) for length in (7, 14))
    expect(np.array_equal(short, long[:7]), "7 tokens are not the first of 14", got=short, expected=long[:7])


@item(GENERATE, weight=2)
def test_law(lab: Lab, rng: np.random.Generator) -> None:
    """Tokens follow the softmax of the logits: always the likeliest one, or drawn with just these probabilities."""
    sizes = Sizes(batch_size=20)
    output = find_output(lab, sizes.num_layers)
    if isinstance(output, Unknown):
        expect_likely_ones(lab, rng)
        charged_elsewhere(lab, "gru.forward", "the output layer can't be found, so the probabilities are not known")
    model, vector, inputs, hidden = random_gru(lab, sizes, rng)
    table, law = np.zeros((sizes.vocab_size, sizes.hidden_size + 1)), rng.permutation(LAW)
    table[:, -1] = np.log(law)
    known = vector.astype(np.float64)
    expect_places(output[0], len(known))
    write(known, *output, table)
    model.load_vector(known)
    if sizes.hidden_size not in output[1] % (sizes.hidden_size + 1):
        charged_elsewhere(lab, "gru.init", "the output layer has no bias")
    got = np.bincount(model.generate(inputs[0], hidden, 20, seed=0).ravel(), minlength=len(law))
    drawn = (
        (got - got.sum() * law) ** 2 / (got.sum() * law)
    ).sum()  # chi-square with 4 degrees: above 30 once in 200,000
    likeliest = got[law.argmax()] == got.sum()
    shown, wanted = (
        f"counts {got.tolist()}",
        f"about {np.round(got.sum() * law).astype(int).tolist()}, or one word only",
    )
    expect(
        bool(likeliest or drawn < 30), "neither the likeliest word nor the softmax's law", got=shown, expected=wanted
    )


@item(GENERATE, visibility="hidden")
def test_feeds_back_what_it_returns(lab: Lab, rng: np.random.Generator) -> None:
    """The token that is returned is the one that is fed back: after word v, a model that allows only two words gives one of these."""
    sizes = Sizes(num_layers=1, batch_size=6)
    roles, many = find_roles(lab, 1), sizes.vocab_size
    if isinstance(roles, Unknown) or roles.output is None:
        expect_likely_ones(lab, rng)
        charged_elsewhere(lab, "gru.forward", "what the model's numbers do can't be told apart")
    vector, gates = np.zeros(roles.scalars), np.zeros((3, many, roles.width(0)))
    vector[roles.embedding] = np.eye(many)
    gates[UPDATE, :, -2] = -40 if roles.form.keeps else 40
    gates[CANDIDATE, :, :many] = 3 * np.eye(many)
    roles.put(vector, 0, gates)
    following = np.stack([np.roll(np.eye(many), k, axis=0) for k in (1, 2)])  # [word, state]: v + 1 and v + 2
    output = np.zeros((many, many + 1))
    output[:, :many] = 60 * following.sum(axis=0) + 0.3 * following[0]
    roles.put_output(vector, output)
    model, first = lab.gru(sizes, vector), rng.integers(0, many, sizes.batch_size)
    got = model.generate(first, np.zeros((1, sizes.batch_size, many)), 12, seed=0)
    steps = (got - np.concatenate([first[None], got[:-1]])) % many
    expect(bool(np.isin(steps, (1, 2)).all()), "a word follows that can't follow the one before it", got=got)


@item(GENERATE, visibility="hidden")
def test_mode_kept(lab: Lab, rng: np.random.Generator) -> None:
    """generate leaves a model in eval mode as it was."""
    model, _, inputs, hidden = random_gru(lab, Sizes(), rng)
    model.generate(inputs[0], hidden, 3, seed=0)
    expect(model.object.get("training") is not True, "after generate the model is in training mode")
