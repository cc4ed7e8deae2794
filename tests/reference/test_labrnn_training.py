"""Warm-up, optimizers, epochs and the driver of the LabRNN reference."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
import torch
from torch import nn, optim

from reference.labrnn import module

NAN = math.nan


@pytest.mark.parametrize("steps", [1, 4, 200])
def test_warm_up_rises_to_the_base_and_stays(steps):
    weight = nn.Parameter(torch.zeros(1))
    other = nn.Parameter(torch.zeros(1))
    optimizer = optim.SGD([{"params": [weight]}, {"params": [other], "lr": 0.3}], lr=0.1)
    scheduler = module.ConstantWithWarmup(optimizer, steps)
    for update in range(1, 2 * steps + 3):
        for group, base in zip(optimizer.param_groups, (0.1, 0.3), strict=True):
            assert group["lr"] == pytest.approx(base * min(update / steps, 1))
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize(
    ("name", "kind", "extra"),
    [
        ("sgd", optim.SGD, {"momentum": 0.9}),
        ("adagrad", optim.Adagrad, {"eps": 1e-6}),
        ("adam", optim.Adam, {"eps": 1e-6, "betas": (0.9, 0.999)}),
        ("rmsprop", optim.RMSprop, {"eps": 1e-6, "momentum": 0.9}),
    ],
)
def test_optimizers(hparams, name, kind, extra):
    hparams.OPTIM, hparams.LR, hparams.WD = name, 0.02, 0.003
    optimizer = module.get_optimizer(hparams, nn.Linear(1, 1))
    assert type(optimizer) is kind
    expected = {"lr": 0.02, "weight_decay": 0.003, **extra}
    assert {key: optimizer.defaults[key] for key in expected} == expected


def test_an_unknown_optimizer_is_refused(hparams, workplace):
    workplace()
    hparams.OPTIM = "adamw"
    with pytest.raises(NotImplementedError, match="adamw"):
        module.train_and_test_model_with_hparams(hparams)


def test_accuracy():
    prediction = torch.tensor([[2.0, 1.0], [0.0, 1.0], [3.0, 0.0], [0.0, 4.0]])
    accuracy = module.get_accuracy(prediction, torch.tensor([0, 1, 1, 1]))
    assert accuracy.shape == ()
    assert accuracy.item() == 0.75


class Recorder(nn.Module):
    """A model that notes in which mode, with which lengths and with gradients or not it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2))
        self.calls: list[tuple[bool, bool, str]] = []

    def forward(self, ids, length):
        self.calls.append((self.training, torch.is_grad_enabled(), length.device.type))
        return self.weight.expand(len(ids), 2)


def batches(labels):
    return [{"ids": torch.ones(len(row), 3).long(), "length": torch.ones(len(row)), "label": row} for row in labels]


def test_an_epoch_of_training_updates_after_each_batch():
    model = Recorder()
    optimizer = optim.SGD(model.parameters(), lr=1.0)
    scheduler = module.ConstantWithWarmup(optimizer, 2)
    labels = [torch.tensor([0, 0]), torch.tensor([0, 1, 0])]
    cpu = torch.device("cpu")
    losses, accuracies = module.train(batches(labels), model, nn.CrossEntropyLoss(), optimizer, scheduler, cpu)
    assert losses[0] == pytest.approx(math.log(2))
    assert accuracies == [1.0, pytest.approx(2 / 3)]
    # first update: rate 1/2, gradient softmax - target = (-1/2, 1/2); the second batch sees its result
    after_one = torch.tensor([[0.25, -0.25]]).expand(3, 2)
    assert losses[1] == pytest.approx(nn.functional.cross_entropy(after_one, labels[1]).item())
    assert optimizer.param_groups[0]["lr"] == 1.0
    assert model.calls == [(True, True, "cpu")] * 2


def test_evaluation_changes_nothing():
    model = Recorder().train()
    labels = [torch.tensor([0, 0]), torch.tensor([1])]
    losses, accuracies = module.evaluate(batches(labels), model, nn.CrossEntropyLoss(), torch.device("cpu"))
    assert losses == [pytest.approx(math.log(2))] * 2
    assert accuracies == [1.0, 0.0]
    assert model.calls == [(False, False, "cpu")] * 2
    assert not model.weight.any()


@pytest.mark.parametrize("gru", [False, True])
@pytest.mark.parametrize(
    ("valid_losses", "best"),
    [
        ([0.1, 0.2, 0.3], 1),
        ([0.3, 0.1, 0.2], 2),
        ([0.3, 0.2, 0.1], 3),
        ([0.2, 0.1, 0.1], 2),
        ([NAN, 0.2, 0.3], 2),
        ([0.2, NAN, 0.1], 3),
        ([NAN, NAN, NAN], 1),
    ],
)
def test_the_best_epoch_is_tested(hparams, workplace, monkeypatch, valid_losses, best, gru):
    workplace()
    epochs, evaluated = iter((1.0, 2.0, 3.0)), []

    def train(dataloader, model, *rest):
        model.fc.bias.data.fill_(next(epochs))
        return [1.0, 2.0], [0.25, 0.75]

    def evaluate(dataloader, model, *rest):
        evaluated.append((model.fc.bias[0].item(), dataloader.dataset.x))
        return ([*valid_losses, 9.0][len(evaluated) - 1],), [0.5]

    monkeypatch.setattr(module, "train", train)
    monkeypatch.setattr(module, "evaluate", evaluate)
    result = module.train_and_test_model_with_hparams(hparams, override_models_with_gru=gru)
    split = module.load_imdb()
    assert [data for _, data in evaluated] == [split[1]] * 3 + [split[2]]
    assert evaluated[-1][0] == best
    assert result["test_loss"] == 9.0
    assert result["train_loss"] == [1.5] * 3
    assert result["train_accs"] == [0.5] * 3


LOG = r"""Length of vocabulary is (\d+)
The model has ([\d,]+) trainable parameters
epoch: 1
train_loss: N, train_acc: N
valid_loss: N, valid_acc: N
epoch: 2
train_loss: N, train_acc: N
valid_loss: N, valid_acc: N
epoch: 3
train_loss: N, train_acc: N
valid_loss: N, valid_acc: N
test_loss: N, test_acc: N
""".replace("N", r"\d+\.\d{3}")


@pytest.mark.parametrize(("gru", "gates"), [(False, 4), (True, 3)])
def test_the_driver_runs_end_to_end(hparams, workplace, capsys, gru, gates):
    workplace()
    hparams.HIDDEN_DIM = 16
    result = module.train_and_test_model_with_hparams(hparams, "label", override_models_with_gru=gru)
    log = re.fullmatch(LOG, capsys.readouterr().out)
    assert log
    vocabulary = len(module.build_vocab(module.load_imdb()[0], hparams=hparams))
    expected = vocabulary * 4 + gates * 16 * (4 + 16 + 2) + 2 * 16 + 2
    assert (int(log[1]), int(log[2].replace(",", "")), result["num_params"]) == (vocabulary, expected, expected)
    curves = {"train_loss", "train_accs", "valid_loss", "valid_accs"}
    assert set(result) == {"num_params", "test_loss", "test_acc"} | curves
    for key in curves:
        assert len(result[key]) == 3
        assert all(type(value) is float for value in result[key])


@pytest.mark.parametrize("gru", [False, True])
@pytest.mark.parametrize("both", [False, True])
def test_a_small_language_is_learned(hparams, workplace, gru, both):
    workplace(1000)
    hparams.BATCH_SIZE, hparams.EMBEDDING_DIM, hparams.HIDDEN_DIM, hparams.N_EPOCHS = 16, 8, 16, 4
    hparams.BIDIRECTIONAL = both
    result = module.train_and_test_model_with_hparams(hparams, override_models_with_gru=gru)
    assert result["test_acc"] > 0.85


def test_runs_share_no_checkpoint_and_repeat(hparams, workplace):
    workplace()
    first = module.train_and_test_model_with_hparams(hparams, "same")
    assert module.train_and_test_model_with_hparams(hparams, "same") == first
    checkpoints = list(Path("saved_model").iterdir())
    assert len(checkpoints) == 2
    for checkpoint in checkpoints:
        assert "fc.bias" in torch.load(checkpoint, weights_only=True)


def test_settings_reach_the_model(hparams, workplace, monkeypatch):
    workplace()
    made = []
    monkeypatch.setattr(module, "LSTM", lambda *sizes, **rest: made.append((sizes, rest)) or module.GRU(*sizes))
    hparams.N_LAYERS, hparams.DROPOUT_RATE, hparams.BIDIRECTIONAL, hparams.N_EPOCHS = 2, 0.1, True, 1
    module.train_and_test_model_with_hparams(hparams, "gru", colour="red")
    assert made[0][0][1:] == (4, 8, 2, 2, 0.1, 0, True)
    assert made[0][1] == {"colour": "red"}
