"""p4.gradients and p4.samples: what can be told of gradient norms and of texts by their numbers.

What is said about them, and which texts are the best, is for a person. Where the hand-in has them in its report alone, all
of it is.
"""

from __future__ import annotations

import numpy as np
import pytest

from autograder.assignments.gru_attention.api import Lab
from autograder.assignments.gru_attention.context import Context
from autograder.assignments.gru_attention.exhibits import judged
from autograder.assignments.gru_attention.exhibits.found import NormCurve, Text
from autograder.assignments.gru_attention.exhibits.gather import exhibits_of
from autograder.assignments.gru_attention.verified.gradients import Measured, measured, reach
from autograder.judge.expect import NeedsPerson, NotJudged, expect
from autograder.judge.marks import item

GRADIENTS, SAMPLES = "p4.gradients", "p4.samples"
LEAST_SPREAD = 0.05  # of a curve's largest value
STEPS = judged.STEPS
NEAR_THE_END = 5  # steps among which a measured curve may be largest


@pytest.fixture
def norms(context: Context) -> dict[str, NormCurve]:
    """The rescaled curve of each model, as far as it is there; a person looks where no file holds any."""
    found = exhibits_of(context).norms
    if not found:
        raise NeedsPerson("no file of the hand-in holds gradient norms, so a person looks at the report")
    return {model: judged.best_curve(curves, rescaled=True) for model, curves in found.items()}


@pytest.fixture
def texts(context: Context) -> dict[str, tuple[Text, ...]]:
    """The texts of each model; a person looks where no file holds any."""
    found = exhibits_of(context).texts
    if not found:
        raise NeedsPerson("no file of the hand-in holds texts of the models, so a person looks at the report")
    return found


def leave_open(context: Context, lacking: bool) -> None:
    """Raises:
    NeedsPerson: what is lacking may stand in the report, or in a file that was not opened.
    """
    if lacking and context.submission is not None and context.submission.has_report:
        raise NeedsPerson("the files do not hold all of it; the report may, so a person looks")
    if lacking and (remarks := exhibits_of(context).remarks):
        raise NeedsPerson(f"not all of it is there, and a file was not read, so a person looks: {remarks[0]}")


# ---- gradients -------------------------------------------------------------------------------------------------------
@item(GRADIENTS, weight=2)
def test_both_models(norms: dict[str, NormCurve], context: Context) -> None:
    """There is a curve of gradient norms for the RNN of experiment 1 and one for the GRU of experiment 6."""
    missing = [model for model in judged.SAVED if model not in norms]
    leave_open(context, bool(missing))
    expect(not missing, f"no curve for the {' and the '.join(missing)}", got=", ".join(norms), expected="RNN, GRU")


@item(GRADIENTS, weight=2)
def test_a_norm_for_each_step(norms: dict[str, NormCurve]) -> None:
    """Each curve has one norm for each of the 35 steps of a training sequence."""
    for model, curve in norms.items():
        many = len(curve.values)
        fine = many in (STEPS, STEPS + 1)  # with the state that it starts from, too
        expect(fine, f"the {model}'s curve has another length", got=f"{many} steps", expected=f"{STEPS} steps")


@item(GRADIENTS, weight=2)
def test_rescaled(norms: dict[str, NormCurve]) -> None:
    """Each curve is rescaled to [0, 1], so that its largest value is 1."""
    for model, curve in norms.items():
        fault = judged.scale_fault(curve)
        if fault and not curve.rescaled:
            raise NeedsPerson(
                f"the {model}'s norms stand there as they are; whether its plot rescales them, a person sees"
            )
        expect(not fault, f"the {model}'s curve is not rescaled to [0, 1]: {fault}", got=fault)


@item(GRADIENTS, weight=2)
def test_largest_at_the_end(norms: dict[str, NormCurve]) -> None:
    """The loss of the last step depends most on the state of the last step: each curve is largest there."""
    for model, curve in norms.items():
        place, many = judged.largest(curve), len(curve.values)
        if many - NEAR_THE_END < place < many:  # examples of a batch cancel in its average, and lower layers lag
            raise NeedsPerson(f"the {model}'s curve is largest at step {place} of {many}, so that a person looks")
        shown = f"largest at step {place} of {many}"
        expect(place == many, f"the {model}'s curve is largest elsewhere", got=shown)


@item(GRADIENTS, weight=0, required=True)
def test_norms_vary(norms: dict[str, NormCurve]) -> None:
    """A living curve: norms are positive numbers that fall with the distance from the loss, and each model has its own."""
    for model, curve in norms.items():
        fine = all(0 <= value < float("inf") for value in curve.values)
        expect(fine, f"the {model}'s curve holds what is no norm", got=str(min(curve.values)))
        values = judged.normed(curve)
        far, near = sum(values[: len(values) // 2]), sum(values[len(values) // 2 :])
        expect(max(values) - min(values) > LEAST_SPREAD, f"the {model}'s curve is the same at every step")
        expect(far < near, f"the {model}'s curve does not fall with the distance from the loss")
        expect(len(set(values)) > 2, f"the {model}'s curve has only {len(set(values))} different values")
        law = judged.formula(curve.values)
        expect(not law, f"the {model}'s curve is {law} to all its digits, as no measured one is", got=law)
    same = len(norms) > 1 and len({curve.values for curve in norms.values()}) == 1
    expect(not same, "both models have the same curve, number for number")


@item(GRADIENTS)
def test_rescaled_from_norms(norms: dict[str, NormCurve], context: Context) -> None:
    """Where norms stand there both as they are and rescaled, both have the same shape."""
    found = exhibits_of(context).norms
    if not any(len({curve.rescaled for curve in found[model]}) > 1 for model in norms):
        pytest.skip("norms stand there in one way alone")
    for model in norms:
        fault = judged.not_rescaled_from(found[model])
        expect(not fault, f"the {model}'s {fault}", got=fault)


@item(GRADIENTS, weight=2)
def test_norms_were_measured(norms: dict[str, NormCurve], lab: Lab, rng: np.random.Generator) -> None:
    """The norms are those of the hand-in's own models. The grader measures such curves on the hand-in's classes, trained by itself for a moment, for a person to compare."""
    said = [curve for curve in norms.values() if curve.rescaled]
    if faults := [sentence for curve in said if (sentence := judged.scale_fault(curve))]:
        raise NotJudged(f"they are not as asked for: {faults[0]}")
    if len(norms) < 2 or any(
        len(curve.values) not in (STEPS, STEPS + 1) or judged.largest(curve) <= len(curve.values) - NEAR_THE_END
        for curve in norms.values()
    ):
        raise NotJudged("they are not as asked for")
    own = measured(lab, rng)
    told = "; ".join(_beside(model, curve, own) for model, curve in norms.items())
    raise NeedsPerson(
        f"the curves have the shape that such norms have. So many steps before the end they fall below a tenth of their "
        f"largest value: {told}; memory grows with training. That they were measured, a person confirms"
    )


def _beside(model: str, curve: NormCurve, own: dict[str, Measured]) -> str:
    """The handed-in curve beside the grader's own."""
    said = f"the {model}'s {reach(curve.values)}"
    found = own.get(model)
    if found is None:
        return f"{said} (the hand-in has no class {model})"
    if not found.curves:
        return f"{said} (on its class nothing could be measured: {found.reason[:120]})"
    halves = [reach(one) for one in found.curves]
    return f"{said} (the grader's own on its class, hardly trained: {min(halves)} to {max(halves)})"


@item(GRADIENTS, weight=0)
def test_gru_remembers_longer(norms: dict[str, NormCurve]) -> None:
    """The GRU's norms fall more slowly than the RNN's; where they do not, the report should say why."""
    if len(norms) < 2:
        raise NotJudged("there is one curve alone")
    sums = {model: sum(judged.normed(curve)) for model, curve in norms.items()}
    expect(
        sums["GRU"] > sums["RNN"],
        "the RNN's norms fall more slowly",
        got=f"{sums['RNN']:.3g}",
        expected=f"below {sums['GRU']:.3g}",
    )


# ---- texts -----------------------------------------------------------------------------------------------------------
@item(SAMPLES, weight=2)
def test_forty_texts(texts: dict[str, tuple[Text, ...]], context: Context) -> None:
    """There are 40 texts: of the RNN and of the GRU, 10 of the training length and 10 of twice that, each."""
    lacking = list(judged.wrong_counts(texts))
    leave_open(context, bool(lacking))
    expect(not lacking, f"fewer than 10 texts: {'; '.join(lacking)}", got="; ".join(lacking), expected="10 of each")


@item(SAMPLES, weight=2)
def test_lengths(texts: dict[str, tuple[Text, ...]]) -> None:
    """Each text has exactly 35 words or exactly 70, ends of sentences and unknown words counted."""
    off = list(judged.wrong_lengths(texts))
    expect(not off, f"other lengths: {'; '.join(off)}", got="; ".join(off), expected="35 or 70 words")


@item(SAMPLES)
def test_short_ones_begin_long_ones(texts: dict[str, tuple[Text, ...]]) -> None:
    """From the same start the shorter text is the beginning of the longer one, since always the likeliest word is taken."""
    for model in judged.SAVED:
        begun, many, asked = judged.prefixes(texts.get(model, ()))
        if many == 0:
            raise NotJudged(f"the {model} has not texts of both lengths")
        if begun == 0 and not asked:
            raise NeedsPerson(
                f"no text of the {model} begins another one: they may have other starts, or be drawn by chance"
            )
        shown = f"{begun} of {many}"
        expect(
            begun == many,
            f"not every short text of the {model} begins a long one",
            got=shown,
            expected=f"{many} of {many}",
        )


@item(SAMPLES, weight=0, required=True)
def test_texts_live(texts: dict[str, tuple[Text, ...]]) -> None:
    """Living texts: they are made of words, they differ with where they start, and the two models write different ones."""
    faults = {model: fault for model, own in texts.items() if (fault := judged.lifeless_texts(own))}
    told = "; ".join(f"the {model}'s texts {fault}" for model, fault in faults.items())
    expect(len(faults) < len(texts), f"no texts of language models: {told}", got=told)
    if faults:  # a poor model may write so, always taking the likeliest word
        raise NeedsPerson(f"{told}; whether a trained model wrote them, a person sees")
    both = [{text.tokens for text in texts.get(model, ())} for model in judged.SAVED]
    expect(not both[0] or both[0] != both[1], "both models write the same texts, word for word")
