"""s7.model: the equations of an LSTM, with the weights that the model holds, found by layer types or by what they do."""

from __future__ import annotations

import numpy as np

from autograder.assignments.sequence_tasks.toys import MODEL
from autograder.judge.expect import NeedsPerson, expect
from autograder.judge.marks import item
from autograder.kit.comparing import NDArray, close, expect_close
from autograder.kit.lab import Lab, Model
from autograder.kit.recogniser.classifier.anatomy import RECURRENT, Standard
from autograder.kit.recogniser.next_token import log_probabilities, recognised, ways

ITEM = "s7.model"
LSTM = ("LSTM", "LSTMCell")


@item(ITEM, weight=6)
def test_lstm(lab: Lab, rng: np.random.Generator) -> None:
    """The logits are a linear layer on the outputs of an LSTM that reads the embedded tokens; embeddings have `emb` features, its state has `hidden`, and every string starts from a state of zeros."""
    for layers in (1, 2):
        model = lab.model(MODEL.name, num_layers=layers)
        values = model.randomise(rng)
        known = recognised(lab, MODEL.name, model, values)
        if known is not None:
            expect_equations(model, known, rng)
        elif layers == 1:
            expect_layers(model)


def expect_equations(model: Model, known: Standard, rng: np.random.Generator) -> None:
    """Fail unless the logits, up to a constant at each step, are those of the LSTM."""
    expect(known.cell_type == "LSTM", "the recurrent layer is no LSTM", got=known.cell_type)
    expect(not known.gap, known.gap)
    emb, hidden = int(model.sizes["emb"]), int(model.sizes["hidden"])
    got = f"emb={known.embedding.shape[1]}, hidden={known.hidden}"
    expect(known.embedding.shape[1] == emb and known.hidden == hidden, "the layers have other sizes", got=got,
           expected=f"emb={emb}, hidden={hidden}")  # fmt: skip
    case = model.case(rng)
    ids = case.inputs["ids"].data
    found: NDArray = log_probabilities(model.answer(case)[0].data)
    wanted = [log_probabilities(logits) for logits in ways(known, ids)]
    expect(bool(wanted), "the last layer is not as wide as the LSTM's outputs")
    if not any(close(found, one) for one in wanted):
        expect_close(found, wanted[0], "an LSTM with the same weights gives other probabilities (shown as logarithms)")


def expect_layers(model: Model) -> None:
    """Fail where the model's recurrent layers are no LSTM's.

    Raises:
        NeedsPerson: it has none of torch's.
    """
    layers = [m for m in model.submodules() if m.is_a(*RECURRENT)]
    if not layers:
        raise NeedsPerson("the model's own cell can't be read by the judge: is it an LSTM?")
    other = [m.type_name for m in layers if not m.is_a(*LSTM)]
    expect(not other, "a recurrent layer is no LSTM", got=", ".join(other))
    width = {m.settings.get("hidden_size") for m in layers}
    expect(width == {model.sizes["hidden"]}, "the LSTM has another size than `hidden`", got=f"{width}")
