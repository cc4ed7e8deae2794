"""s7.model: `AutoregressiveLSTM`, by the properties of a language model and by the equations of an LSTM."""

from __future__ import annotations

import numpy as np

from autograder.assignments.sequence_tasks.toys import MODEL
from autograder.judge.expect import expect
from autograder.judge.marks import item
from autograder.kit import roles
from autograder.kit.comparing import LEAST, close
from autograder.kit.lab import Lab
from autograder.kit.recogniser.next_token import log_probabilities
from autograder.kit.suite import checks
from autograder.wire.frames import Array

ITEM = "s7.model"
STEPS = 8
ROLE = roles.changed(
    roles.without(roles.LANGUAGE_MODEL, "order_of_arguments"),
    causal={"weight": 3},
    follows_sizes={
        "weight": 2,
        "sentence": "Every size that the constructor is given counts: vocab_size, emb, hidden, num_layers.",
    },
)
globals().update(checks({ITEM: (MODEL, ROLE)}))


@item(ITEM, required=True)
def test_recurs(lab: Lab, rng: np.random.Generator) -> None:
    """The model recurs: the first token of a string still counts at its last step, and what was read before changes what a token does, by weights that are learnt."""
    model = lab.model(MODEL.name, rng)
    case = model.case(rng, time=STEPS)
    first, late = case.changed("ids", time=0), case.changed("ids", time=STEPS - 3)
    both = first.changed("ids", time=STEPS - 3)
    a, b, c, d = (answer[0].data[:, -1] for answer in model.answers([case, first, late, both]))
    scale = float(np.abs(a).max())
    expect(bool(np.abs(a - b).max() > LEAST * scale), "the first token changes nothing at the last step")
    expect(bool(np.abs(d - c - b + a).max() > LEAST * scale), "tokens act one by one, whatever stood before them")
    short = case.take("time", [0])
    towards = rng.normal(size=(2, *model.shape_for(case)))
    whole, one = (
        model.sensitivities(Array("tensor", used.inputs["ids"].data), directions=some)
        for used, some in ((case, towards), (short, towards[:, :, :1]))
    )
    recurs = (np.abs(one).max(axis=0) < LEAST) & (np.abs(whole).max(axis=0) > 10 * LEAST)
    expect(bool(recurs.any()), "no weight acts from one token on the next: nothing is learnt about sequences")


@item(ITEM)
def test_layers(lab: Lab) -> None:
    """`num_layers` is the number of LSTM layers: more layers have more parameters."""
    counts = [lab.model(MODEL.name, num_layers=layers).count() for layers in (1, 2, 3)]
    grow = counts[0] < counts[1] < counts[2]
    expect(grow, "num_layers changes nothing", got=f"{counts} parameters for 1, 2 and 3 layers")


@item(ITEM, weight=0)
def test_logits(lab: Lab, rng: np.random.Generator) -> None:
    """Logits come back as the last layer gives them; logarithms of probabilities are as good for loss and sampling, and cost nothing."""
    model = lab.model(MODEL.name, rng)
    logits = model.answer(model.case(rng))[0].data
    expect(not close(log_probabilities(logits), logits), "the logits are logarithms of probabilities already")
