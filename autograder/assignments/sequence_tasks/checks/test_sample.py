"""s7.sample: what follows a prefix is drawn from the model's own distribution.

The models are the judge's: modules in the student process whose logits it knows, for numbers of tokens drawn anew. A
right hand-in fails one of the tests of a law once in more than ten million times.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.assignments.sequence_tasks.checks.sampling import (
    CRITICAL,
    LONG,
    Model,
    continued,
    drawn,
    law_of,
    random_model,
    sure_model,
    surprise,
)
from autograder.assignments.sequence_tasks.toys import SAMPLE
from autograder.errors import MalformedAnswer
from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.kit.lab import Lab
from autograder.kit.types import plain
from autograder.wire.frames import Array

ITEM = "s7.sample"
AGAIN = 30  # two draws of so many tokens are never the same by chance
ENDING = 0.3


@item(ITEM, required=True)
def test_drawn_from_model(lab: Lab, rng: np.random.Generator) -> None:
    """Tokens are drawn from the model: likely ones come often, and not always the likeliest one."""
    found = drawn(lab, rng)
    model, tokens, start = found.model, found.tokens, found.start
    expect(len(tokens) > LONG // 2, "hardly a token follows the prefix", got=f"{len(tokens) - start}")
    expect(bool(np.isin(tokens, list(model.w2i.values())).all()), "these are no tokens of the vocabulary", got=tokens)
    law = law_of(model.logits, 1.0)[model.rows(tokens)[start - 1 : -1]]
    chosen = law[np.arange(len(law)), tokens[start:]]
    expect(bool((chosen < law.max(axis=1)).any()), "it is always the likeliest token")
    expect(bool(chosen.mean() > 0.32), "tokens are no likelier, by the model, than any letters", got=f"{chosen.mean():.2f}",
           expected="on average 0.43")  # fmt: skip


@item(ITEM, weight=4)
def test_law(lab: Lab, rng: np.random.Generator) -> None:
    """The next token is drawn with the probabilities softmax(logits) of the last step."""
    found = drawn(lab, rng)
    expect_lawful(found.model, found.tokens, found.start, 1.0)


@item(ITEM, weight=2)
def test_temperature(lab: Lab, rng: np.random.Generator) -> None:
    """Logits are divided by the temperature before the softmax: below 1 likely tokens become likelier, above 1 all become more equal."""
    for temperature, most in ((0.4, 120), (6.0, 150)):
        model = random_model(lab, rng)
        prefix = model.prefix("abc")
        tokens = [*prefix, *continued(model.sample(prefix, max_length=most, temperature=temperature), prefix)]
        expect_lawful(model, tokens, len(prefix), temperature)


@item(ITEM, weight=2)
def test_whole_prefix(lab: Lab, rng: np.random.Generator) -> None:
    """The model reads all tokens so far, and not the last ones alone."""
    for model in (sure_model(lab, rng, "sum"), sure_model(lab, rng, "first")):
        expect_certain(model, model.prefix("abcab"), 24)


@item(ITEM)
def test_state_as_second_value(lab: Lab, rng: np.random.Generator) -> None:
    """A model that returns logits and a state is as good as one that returns logits."""
    model = sure_model(lab, rng, gives_state=True)
    expect_certain(model, model.prefix("ab"), 20)


@item(ITEM)
def test_prefix_kept(lab: Lab, rng: np.random.Generator) -> None:
    """The list begins with the whole prefix, `.start` included."""
    model = random_model(lab, rng)
    for letters in ("", "abca"):
        prefix = model.prefix(letters)
        got = model.sample(prefix, max_length=12)
        expect(got[: len(prefix)] == prefix, "the prefix is not in front", got=got, expected=f"{prefix} and more")
        expect(len(got) > len(prefix), "nothing follows the prefix", got=got)


@item(ITEM, weight=2)
def test_stops_at_end(lab: Lab, rng: np.random.Generator) -> None:
    """When `.end` is drawn it is kept, and nothing follows it."""
    model = random_model(lab, rng, end=ENDING)
    end, prefix = model.w2i[".end"], model.prefix("a")
    for _ in range(10):
        got = model.sample(prefix, max_length=AGAIN)
        expect(end not in got[:-1], "something follows .end", got=got, expected=f"nothing after {end}")
        over = len(continued(got, prefix)) >= AGAIN - len(prefix)
        expect(got[-1:] == [end] or over, "the list is short and does not end in .end", got=got, expected=f"[…, {end}]")


@item(ITEM)
def test_max_length(lab: Lab, rng: np.random.Generator) -> None:
    """Without `.end` the list grows to max_length tokens in all, prefix included, and no further."""
    model = random_model(lab, rng)
    for letters, most in (("", 9), ("abcd", 17), ("abcd", 6)):
        got = model.sample(model.prefix(letters), max_length=most)
        expect(len(got) == most, "another number of tokens", got=f"{len(got)}", expected=f"{most}")


@item(ITEM)
def test_nothing_to_add(lab: Lab, rng: np.random.Generator) -> None:
    """A prefix that ends in `.end`, or has max_length tokens or more, comes back unchanged."""
    model = random_model(lab, rng)
    ended = [*model.prefix("ab"), model.w2i[".end"]]
    for prefix, most in ((ended, 20), (model.prefix("abcd"), 5), (model.prefix("abcdab"), 4)):
        got = model.sample(prefix, max_length=most)
        expect(got == prefix, "the prefix is not what comes back", got=got, expected=prefix)


@item(ITEM)
def test_calls_differ(lab: Lab, rng: np.random.Generator) -> None:
    """Two calls draw anew: they give different lists."""
    model = random_model(lab, rng)
    one, other = (model.sample(model.prefix(""), max_length=AGAIN) for _ in range(2))
    expect(one != other, "two calls give the same list", got=one)


@item(ITEM)
def test_mode_kept(lab: Lab, rng: np.random.Generator) -> None:
    """A model in eval mode is in eval mode afterwards."""
    model = random_model(lab, rng)
    model.sample(model.prefix("a"), max_length=5)
    expect(model.object.get("training") is False, "the model is left in training mode")


@item(ITEM)
def test_prefix_untouched(lab: Lab, rng: np.random.Generator) -> None:
    """The list that is handed over as prefix stays as it was."""
    model = random_model(lab, rng)
    prefix = model.prefix("ab")
    answer = lab.raw(SAMPLE.name, model.object, prefix, model.w2i, named={"max_length": 9}, echo=True)
    args = answer.get("args") if type(answer) is dict else None
    if type(args) is not list or len(args) < 3:
        raise MalformedAnswer("the arguments did not come back")
    after = next((plain(one) for one in args if isinstance(plain(one), list)), None)
    expect(after == prefix, "the prefix was changed", got=after, expected=prefix)


@item(ITEM, weight=0)
def test_plain_numbers(lab: Lab, rng: np.random.Generator) -> None:
    """The list holds plain ints; tensors and numbers of numpy are taken for them, and cost nothing."""
    model = random_model(lab, rng)
    answer = lab.raw(SAMPLE.name, model.object, model.prefix("a"), model.w2i, named={"max_length": 4})
    fine = type(answer) is list and all(type(number) is int for number in answer)
    expect(fine, "no list of ints", got=f"a tensor of {answer.data.dtype}" if isinstance(answer, Array) else answer)


@item(ITEM, visibility="hidden")
def test_defaults(lab: Lab, rng: np.random.Generator) -> None:
    """Without max_length the list grows to 200 tokens, and the temperature is 1."""
    model = random_model(lab, rng)
    prefix = model.prefix("a")
    tokens = model.sample(prefix)
    expect(len(tokens) == 200, "another number of tokens", got=f"{len(tokens)}", expected="200")
    expect_lawful(model, tokens, len(prefix), 1.0)


@item(ITEM, visibility="hidden")
def test_low_temperature(lab: Lab, rng: np.random.Generator) -> None:
    """At a low temperature the likeliest token comes, large as the divided logits are: the softmax does not overflow."""
    for logit in (20.0, -20.0):
        model = sure_model(lab, rng, logit=logit)
        expect_certain(model, model.prefix("ab"), 12, temperature=0.05)


def expect_lawful(model: Model, tokens: Sequence[int], start: int, temperature: float) -> None:
    """Fail where the tokens from `start` on do not follow the law."""
    found, shown = surprise(model, tokens, start, temperature)
    divided = "" if temperature == 1 else f" / {temperature:g}"
    expect(found < CRITICAL, f"the tokens do not follow softmax(logits{divided})", got=shown)


def expect_certain(model: Model, prefix: list[int], most: int, **named: float) -> None:
    """Fail unless each token is the one that the model is sure of after all before it."""
    tokens = [*prefix, *continued(model.sample(prefix, max_length=most, **named), prefix)]
    rows = model.rows(tokens)[len(prefix) - 1 : -1]
    wanted = model.logits[rows].argmax(axis=1).tolist()
    message = "not the tokens that the model is sure of, whatever the temperature"
    expect(tokens[len(prefix) :] == wanted and bool(wanted), message, got=tokens[len(prefix) :], expected=wanted)
