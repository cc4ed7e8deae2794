"""Problem 4.2: texts that the two saved models write when they always take the likeliest word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from reference.gru_attention.experiments.products import csv_text
from reference.gru_attention.experiments.runs import Plan
from reference.gru_attention.experiments.states import write_text

EACH = 10  # texts of each length and model
HEADING = ("exp", "architecture", "number", "first_word", "length", "text")


@dataclass(frozen=True)
class Sample:
    """A text; `first_word` was given, and is not part of it. number: 1 … 10, the same for both lengths of one start."""

    exp: int
    architecture: str
    number: int
    first_word: str
    words: tuple[str, ...]


def first_words(plan: Plan) -> torch.Tensor:
    """The first different words of the test text, int64 [10]; fewer words than that begin anew."""
    different = list(dict.fromkeys(plan.corpus.parts["test"].tolist()))
    return torch.tensor([different[place % len(different)] for place in range(EACH)])


def samples(plan: Plan, number: int, model: nn.Module) -> list[Sample]:
    """10 texts as long as a training sequence, then 10 twice as long, from the same words and a state of zeros."""
    setting, words, first = plan.setting(number), plan.corpus.words, first_words(plan).to(plan.device)
    hidden = torch.zeros(setting.num_layers, EACH, setting.hidden_size, device=plan.device)
    found = []
    for length in (setting.seq_len, 2 * setting.seq_len):
        texts = model.eval().generate(first, hidden, length).T.tolist()
        found += [
            Sample(number, setting.architecture, place, words[start], tuple(words[token] for token in text))
            for place, (start, text) in enumerate(zip(first.tolist(), texts, strict=True), 1)
        ]
    return found


def write_samples(plan: Plan, models: Mapping[int, nn.Module]) -> None:
    """`samples.csv` and `samples.md`."""
    found = [sample for number, model in models.items() for sample in samples(plan, number, model)]
    rows = [(s.exp, s.architecture, s.number, s.first_word, len(s.words), " ".join(s.words)) for s in found]
    write_text(plan.out / "samples.csv", csv_text(HEADING, rows))
    write_text(plan.out / "samples.md", _markdown(found))


def _markdown(found: Sequence[Sample]) -> str:
    """A heading and the given words before each model's texts of one length; texts are code, as they hold < and >."""
    lines: list[str] = []
    for place in range(0, len(found), EACH):
        some = found[place : place + EACH]
        given = ", ".join(f"`{sample.first_word}`" for sample in some)
        lines += [f"## Experiment {some[0].exp}, {some[0].architecture}: {len(some[0].words)} tokens", ""]
        lines += [f"First words, which were given: {given}.", ""]
        lines += [f"{sample.number}. `{' '.join(sample.words)}`" for sample in some] + [""]
    return "\n".join(lines)
