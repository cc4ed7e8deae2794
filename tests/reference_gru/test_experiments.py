"""The parts of the language-model experiments: settings, corpus, models, training, gradient norms, samples, figures."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from autograder.assignments.gru_attention.analyses.findings import remarks
from autograder.assignments.gru_attention.analyses.models import TorchModel
from autograder.assignments.gru_attention.analyses.norms import rescaled
from autograder.assignments.gru_attention.analyses.perplexity import model_perplexity
from autograder.assignments.gru_attention.exhibits.grids import lines
from autograder.assignments.gru_attention.exhibits.recognise import run_table
from reference.gru_attention.experiments.corpus import count_sequences, make_corpus, sequences
from reference.gru_attention.experiments.figures import curves
from reference.gru_attention.experiments.gradient_norms import gradient_norms
from reference.gru_attention.experiments.made_up import texts
from reference.gru_attention.experiments.products import markdown_table
from reference.gru_attention.experiments.runs import Plan, Run, _keep
from reference.gru_attention.experiments.samples import samples
from reference.gru_attention.experiments.settings import CLIP, FULL, SETTINGS, TOY, Size
from reference.gru_attention.experiments.states import Epoch, State
from reference.gru_attention.experiments.training import build, evaluate, optimizer_of, train_epoch
from reference.gru_attention.module import MultiHeadedAttention

PUBLISHED = Path(__file__).parents[2] / "fixtures" / "gru_attention" / "ptb_results.csv"
TINY = Size("tiny", width=64, batch=32, adam=5, sgd=1, num_epochs=2, emb_size=4, n_heads=2, words=1800)


def published() -> list[dict[str, str]]:
    with PUBLISHED.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def corpus():
    return make_corpus(texts(TINY.words, 1))


@pytest.fixture
def plan(corpus, tmp_path):
    return Plan((1, 6), TINY, corpus, tmp_path, torch.device("cpu"))


def model_of(plan, number):
    torch.manual_seed(number)
    return build(plan.setting(number), len(plan.corpus.words))


# ---- settings --------------------------------------------------------------------------------------------------------
def test_settings_are_the_published_ones():
    assert list(SETTINGS) == [int(row["exp"]) for row in published()] == list(range(1, 16))
    for row in published():
        setting = SETTINGS[int(row["exp"])]
        assert (setting.architecture, setting.optimizer.upper()) == (row["architecture"], row["optimizer"])
        assert setting.problem == row["problem"]
        for name in ("initial_lr", "batch_size", "seq_len", "hidden_size", "num_layers", "dp_keep_prob", "num_epochs"):
            assert getattr(setting, name) == float(row[name]), (setting.number, name)
        assert FULL.of(setting) == setting
        assert (setting.emb_size, setting.n_heads) == (200, 16)


@pytest.mark.parametrize("number", SETTINGS)
def test_toys_keep_what_a_setting_is_about(number):
    full, toy = SETTINGS[number], TOY.of(SETTINGS[number])
    for name in ("architecture", "optimizer", "num_layers", "dp_keep_prob", "seq_len"):
        assert getattr(toy, name) == getattr(full, name)
    assert full.hidden_size == 16 * toy.hidden_size and toy.batch_size == full.batch_size // 8
    assert toy.hidden_size % toy.n_heads == 0


# ---- corpus ----------------------------------------------------------------------------------------------------------
def test_texts_become_tokens():
    corpus = make_corpus({"train": " a b a \n\n b a \n", "valid": " c b \n", "test": " a"})
    assert corpus.words == ("a", "<eos>", "b", "<unk>")
    assert [corpus.words[token] for token in corpus.parts["train"]] == ["a", "b", "a", "<eos>", "b", "a", "<eos>"]
    assert [corpus.words[token] for token in corpus.parts["valid"]] == ["<unk>", "b", "<eos>"]
    assert corpus.columns("train", 3).tolist() == [[0, 0, 2], [2, 1, 0]]  # the last token is left over


@pytest.mark.parametrize(("length", "count"), [(1, 0), (5, 0), (6, 1), (10, 1), (11, 2)])
def test_sequences_follow_on_one_another(length, count):
    columns = torch.arange(2 * length).view(2, length).T
    found = list(sequences(columns, 5))
    assert len(found) == count == count_sequences(columns, 5)
    if found:
        inputs, targets = (torch.cat(parts) for parts in zip(*found, strict=True))
        assert inputs.equal(columns[: 5 * count]) and targets.equal(columns[1 : 5 * count + 1])


# ---- the Transformer -------------------------------------------------------------------------------------------------
def test_the_transformer_sees_no_later_word(plan):
    model, tokens = model_of(plan, 12).eval(), torch.randint(50, (35, 3))
    before, hidden = model(tokens, model.init_hidden())
    assert before.shape == (35, 3, len(plan.corpus.words)) and hidden.shape[0] == 0
    changed = tokens.clone()
    changed[20, 1] = (changed[20, 1] + 1) % 50
    after, _ = model(changed, hidden)
    same = (before == after).all(dim=-1)
    assert same[:20].all() and same[:, [0, 2]].all() and not same[20:, 1].any()


def test_the_transformer_stands_on_the_assignments_attention(plan):
    model = model_of(plan, 12)
    found = [part for part in model.modules() if isinstance(part, MultiHeadedAttention)]
    assert [part.dropout.p for part in found] == pytest.approx([0.1] * 6)
    d, v = plan.setting(12).hidden_size, len(plan.corpus.words)
    block = 4 * (d * d + d) + 2 * 4 * d * d + 5 * d + 2 * 2 * d
    assert sum(parameter.numel() for parameter in model.parameters()) == 6 * block + 2 * d + 2 * d * v + v


def test_words_at_other_places_are_other_words(plan):
    model = model_of(plan, 13).eval()
    logits, _ = model(torch.full((6, 1), 7), model.init_hidden())
    assert len({tuple(row) for row in logits[:, 0].tolist()}) == 6


# ---- training --------------------------------------------------------------------------------------------------------
class Counting(nn.Module):
    """A model whose state counts sequences, and whose only weight is the score of word 0."""

    def __init__(self, words):
        super().__init__()
        self.score, self.words = nn.Parameter(torch.tensor(1.0)), words
        self.seen = []

    def init_hidden(self):
        return torch.zeros(1)

    def forward(self, inputs, hidden):
        self.seen.append((hidden.item(), hidden.requires_grad))
        first = self.score.expand(*inputs.shape, 1)
        return torch.cat([first, first.new_zeros(*inputs.shape, self.words - 1)], -1), hidden + 1 + 0 * self.score


@pytest.mark.parametrize(("lr", "number"), [(1.0, 1), (10.0, 3)])
def test_sgd_is_a_bare_step_of_a_clipped_gradient(lr, number):
    setting = replace(SETTINGS[number], seq_len=2)
    assert setting.initial_lr == lr
    model = Counting(words=3)
    optimizer = optimizer_of(setting, model)
    columns = torch.ones(7, 4, dtype=torch.long)  # word 1 comes always, word 0 never
    found = train_epoch(model, optimizer, columns, setting)
    score, losses = 1.0, []
    for _ in range(3):
        weight = math.exp(score) / (math.exp(score) + 2)
        losses.append(math.log(math.exp(score) + 2))
        score -= lr * min(weight, CLIP)
    assert model.score.item() == pytest.approx(score, abs=1e-5)
    assert found == pytest.approx(math.exp(sum(losses) / 3), rel=1e-5)
    assert model.seen == [(0, False), (1, False), (2, False)] and model.training


def test_adam_has_its_rate_and_a_clipped_gradient():
    model = Counting(words=3)
    train_epoch(model, optimizer_of(SETTINGS[4], model), torch.ones(36, 1, dtype=torch.long), SETTINGS[4])
    assert model.score.item() == pytest.approx(1 - 1e-3, abs=1e-6)
    assert model.score.grad.item() == pytest.approx(CLIP, abs=1e-5)


@pytest.mark.parametrize("number", [1, 6])
def test_validation_is_the_perplexity_of_the_whole_text(plan, number):
    setting, model = plan.setting(number), model_of(plan, number)
    columns = plan.corpus.columns("train", 4)[: 2 * 35 + 1]
    expected = model_perplexity(TorchModel(model), columns.numpy(), model.init_hidden().numpy(), 70)
    model.train()
    assert evaluate(model, columns, setting) == pytest.approx(expected, rel=1e-5)
    assert not model.training


def test_a_loss_that_is_no_number_ends_an_epoch():
    model = Counting(words=3)
    nn.init.constant_(model.score, math.inf)
    columns = torch.ones(71, 1, dtype=torch.long)
    assert math.isnan(train_epoch(model, optimizer_of(SETTINGS[1], model), columns, SETTINGS[1]))
    assert len(model.seen) == 1
    assert not math.isfinite(evaluate(model, columns, SETTINGS[1]))


def test_the_best_epochs_parameters_are_kept(plan):
    model, valid = Counting(words=3), iter([30.0, 20.0, 25.0, math.nan])
    state = State({"num_epochs": 4}, keeps_best=True)
    for epoch, ppl in enumerate(valid):
        nn.init.constant_(model.score, epoch)
        _keep(plan, 6, state, Epoch(50.0, ppl, 1.0), model, optimizer_of(SETTINGS[6], model))
    kept = torch.load(plan.out / "parameters" / "exp6.pt", weights_only=True)
    assert kept == {"score": 1} and len(state.history) == 4


# ---- Problem 4 -------------------------------------------------------------------------------------------------------
def unrolled_norms(plan, number, model):
    """The same by hand: h = tanh(W [x; h] + b), or the gates, step by step; the loss of the last step, batch's mean."""
    setting = plan.setting(number)
    inputs, targets = next(sequences(plan.corpus.columns("train", setting.batch_size), 35))
    states = [torch.zeros(setting.batch_size, setting.hidden_size).double() for _ in range(2)]
    tops = []
    for token in inputs:
        x = model.embedding.weight[token]
        for layer, cell in enumerate(model.layers):
            h, joined = states[layer], torch.cat([x, states[layer]], dim=1)
            if number == 1:
                h = torch.tanh(joined @ cell.linear.weight.T + cell.linear.bias)
            else:
                r, z = (torch.sigmoid(joined @ gate.weight.T + gate.bias) for gate in (cell.reset, cell.update))
                candidate = torch.cat([x, r * h], dim=1) @ cell.candidate.weight.T + cell.candidate.bias
                h = (1 - z) * h + z * candidate.tanh()
            x = states[layer] = h
        x.retain_grad()
        tops.append(x)
    scores = tops[-1] @ model.output.weight.T + model.output.bias
    loss = -scores.log_softmax(1)[range(len(scores)), targets[-1]].mean()
    loss.backward()
    return np.array([top.grad.sum(0).norm().item() for top in tops])


@pytest.mark.parametrize("number", [1, 6])
def test_gradient_norms_are_those_by_hand(plan, number):
    model = model_of(plan, number).double().eval()
    found = gradient_norms(plan, number, model)
    assert found.shape == (35,)
    np.testing.assert_allclose(rescaled(found), rescaled(unrolled_norms(plan, number, model)), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(found, unrolled_norms(plan, number, model_of(plan, number).double()), rtol=1e-6)
    assert rescaled(found)[-1] == 1 and rescaled(found).min() == 0


@pytest.mark.parametrize("number", [1, 6])
def test_samples_go_on_with_the_likeliest_word(plan, number):
    model = model_of(plan, number).eval()
    for parameter in model.parameters():
        nn.init.normal_(parameter)  # else all texts soon repeat one word
    found = samples(plan, number, model)
    single, double = found[:10], found[10:]
    assert [len(sample.words) for sample in found] == [35] * 10 + [70] * 10
    assert len({sample.first_word for sample in single}) == 10 and len({sample.words for sample in single}) > 5
    for short, long in zip(single, double, strict=True):
        assert (short.number, short.first_word) == (long.number, long.first_word)
        assert long.words[:35] == short.words
    token = {word: place for place, word in enumerate(plan.corpus.words)}
    written = torch.tensor([[token[word] for word in (sample.first_word, *sample.words)] for sample in double]).T
    hidden = torch.zeros(2, 10, plan.setting(number).hidden_size)
    logits, _ = model(written[:-1], hidden)
    assert logits.argmax(-1).equal(written[1:])


# ---- table and figures -----------------------------------------------------------------------------------------------
def run_of(number, train, valid, best, seconds=2.0):
    """A run of two epochs with these perplexities."""
    history = (Epoch(train, best, seconds), Epoch(train, valid, seconds))
    return Run(replace(SETTINGS[number], num_epochs=2), history, True, 10_000)


def parsed(text):
    """The Markdown table as the checks read it."""
    (table,) = [table for grid in lines("table.md", text) if (table := run_table(grid, 1))]
    return table


def runs_as_published():
    return [
        run_of(int(row["exp"]), *(float(row[name]) for name in ("train_ppl", "valid_ppl", "best_valid_ppl")))
        for row in published()
    ]


def test_the_table_is_sorted_and_its_best_are_bold():
    text = markdown_table(runs_as_published()[::-1])
    table = parsed(text)
    assert remarks(table) == []  # sorted, the best of each in bold, all relations of the published figures
    assert [row.number for row in table.rows] == [6, 8, 9, 10, 11, 7, 4, 5, 1, 2, 3, 12, 13, 14, 15]
    assert [row.number for row in table.rows if row.bold] == [8, 2, 15]
    for ours, row in zip(sorted(table.rows, key=lambda row: row.number), published(), strict=True):
        figures = [float(row[name]) for name in ("train_ppl", "valid_ppl", "best_valid_ppl")]
        assert [ours.train, ours.valid, ours.best] == pytest.approx(figures, abs=0.005)
    assert (
        "diverged: worse than the 10,000 of an untrained model" in text.splitlines()[12] and text.count("diverged") == 1
    )


def test_a_run_without_a_number_is_never_the_best():
    nothing = run_of(1, math.nan, math.nan, math.nan)
    assert nothing.diverged and not run_of(2, 100.0, 90.0, 80.0).diverged
    table = parsed(markdown_table([nothing, run_of(2, 100.0, 90.0, 80.0)]))
    assert [row.bold for row in table.rows] == [False, True]
    mended = replace(nothing, history=(Epoch(300.0, 200.0, 1.0), Epoch(math.nan, math.nan, 1.0)))
    assert (mended.best, mended.best_epoch, mended.diverged) == (200, 1, True)


@pytest.mark.parametrize("axis", ["epochs", "seconds"])
def test_curves(axis):
    shown = [run_of(6, 300.0, 150.0, 200.0), run_of(7, 90.0, 80.0, 70.0, seconds=5.0)]
    (axes,) = curves(shown, axis, "Title").axes
    assert axes.get_xlabel() == {"epochs": "epoch", "seconds": "wall-clock time (s)"}[axis]
    assert (axes.get_ylabel(), axes.get_title(), axes.get_yscale()) == ("perplexity", "Title", "linear")
    train, valid, _, other = axes.lines
    assert list(train.get_xdata()) == ([1, 2] if axis == "epochs" else [2, 4])
    assert list(other.get_xdata()) == ([1, 2] if axis == "epochs" else [5, 10])
    assert list(train.get_ydata()) == [300, 300] and list(valid.get_ydata()) == [200, 150]
    assert train.get_color() == valid.get_color() != other.get_color()
    assert train.get_linestyle() != valid.get_linestyle()
    labels = [entry.get_text() for entry in axes.get_legend().get_texts()]
    assert labels[:2] == ["exp 6, GRU Adam 0.001, train", "exp 6, GRU Adam 0.001, valid"]


def test_diverged_runs_are_drawn_on_a_logarithmic_axis():
    (axes,) = curves([run_of(3, 9e4, math.inf, 2e4)], "epochs", "").axes
    assert axes.get_yscale() == "log" and math.isnan(axes.lines[1].get_ydata()[1])
