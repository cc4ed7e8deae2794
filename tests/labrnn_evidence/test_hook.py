"""The hook sees trainings of every style, and does no harm to the notebook that it watches."""

from __future__ import annotations

import pytest

from autograder.assignments.labrnn.evidence.settings import NAMES
from autograder.kit.observer.events import Seen, read_events
from tests.labrnn_evidence.shell import DRIVER, SETUP, run

CELLS = {
    "setup": SETUP,
    "driver, defined and used": DRIVER + "h = HyperParams()\nresult = train_and_test_model_with_hparams(h, 'lstm_e32')",
    "gru": "h = HyperParams(); h.OPTIM = 'adam'; h.LR = 0.001\n"
    "train_and_test_model_with_hparams(hparams=h, override_models_with_gru=True)",
    "many": "for size in (3, 5, 6):\n    h = HyperParams(); h.HIDDEN_DIM = size\n"
    "    train_and_test_model_with_hparams(h)",
    "top level": "model = Net()\noptimizer = torch.optim.RMSprop(model.parameters(), lr=0.5, momentum=0.9, eps=1e-6)\n"
    "some_steps(model, optimizer, 3)",
    "other driver": "def train_gru(config):\n    net = Net(nn.GRU, config)\n"
    "    optim = torch.optim.Adagrad(net.parameters(), lr=config.LR)\n    some_steps(net, optim, 12)\n"
    "for _ in range(2):\n    train_gru(HyperParams())",
    "prints only": "for epoch in (1, 2):\n    print(f'epoch: {epoch}')\n    print('train_loss: 0.3, train_acc: 0.9')\n"
    "print('test_loss: 0.3, test_acc: 0.99')",
    "fails": "h = HyperParams(); h.N_LAYERS = 'two'\ntrain_and_test_model_with_hparams(h)",
    "forged driver": "def train_and_test_model_with_hparams(hparams):\n"
    "    return {'test_acc': 0.99, 'test_loss': 0.1}\ntrain_and_test_model_with_hparams(HyperParams())",
    "reset": "%reset -f",
    "after reset": SETUP + DRIVER + "train_and_test_model_with_hparams(HyperParams())",
    "magic": "%%time\ntrain_and_test_model_with_hparams(HyperParams())",
    "trainer object": "class Trainer:\n    def __init__(self):\n        self.model = Net(nn.GRU)\n"
    "        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)\n"
    "    def fit(self):\n        for _ in range(2):\n            self.optimizer.zero_grad()\n"
    "            self.model(torch.tensor([[1, 2]])).sum().backward()\n            self.optimizer.step()\n"
    "Trainer().fit()",
    "hostile values": "class HyperParams(HyperParams):\n    WD = property(lambda self: 1 / 0)\n"
    "h = HyperParams(); h.LR = 0.1\ntrain_and_test_model_with_hparams(h)",
    "own name": "print(train_and_test_model_with_hparams.__name__, [n for n in dir() if 'autograder' in n.lower()])\n"
    "assert not [n for n in dir() if 'autograder' in n.lower()]\n"
    "assert train_and_test_model_with_hparams.__wrapped__.__code__.co_filename",
}


@pytest.fixture(scope="module")
def cells() -> dict[str, tuple[list[Seen], int | None, str]]:
    """By name of the cell: its trainings, its steps, its error."""
    found = {}
    for name, (events, error) in zip(CELLS, run(*CELLS.values()), strict=True):
        read = read_events(events, NAMES)
        found[name] = (list(read.trainings), read.steps, error)
    return found


Cells = dict[str, tuple[list[Seen], int | None, str]]


def test_a_driver_that_is_defined_and_used_in_one_cell(cells: Cells) -> None:
    [seen], steps, error = cells["driver, defined and used"]
    assert (error, steps, seen.steps, seen.ended, seen.error) == ("", 4, 4, True, "")
    assert (seen.kind, seen.vocab_size, seen.num_params) == ("LSTM", 7, 7 + 16 + 64 + 32 + 10)
    assert seen.settings["OPTIM"] == "sgd" and seen.settings["SEED"] == 5 and "STOP_WORDS" not in seen.settings
    assert (seen.test_loss, seen.test_acc) == (0.5, 0.75)
    assert [(e.train_loss, e.train_acc, e.valid_loss, e.valid_acc) for e in seen.epochs] == [
        (0.7, 0.5, 0.7, 0.5),
        (0.6, 0.6, 0.65, 0.55),
    ]
    assert seen.rates == {1: 0.01}


def test_the_class_is_the_one_that_was_built(cells: Cells) -> None:
    [seen], _, _ = cells["gru"]
    assert (seen.kind, seen.settings["OPTIM"], seen.settings["LR"]) == ("GRU", "adam", 0.001)
    assert seen.optimizer["eps"] == 1e-8


def test_trainings_in_a_loop(cells: Cells) -> None:
    trainings, steps, _ = cells["many"]
    assert [t.settings["HIDDEN_DIM"] for t in trainings] == [3, 5, 6] and steps == 12


def test_a_training_without_a_driver(cells: Cells) -> None:
    [seen], _, _ = cells["top level"]
    assert (seen.kind, seen.steps, seen.driver, seen.ended) == ("LSTM", 3, "", True)
    assert seen.settings["OPTIM"] == "rmsprop" and seen.settings["HIDDEN_DIM"] == 4
    assert seen.optimizer["momentum"] == 0.9


def test_another_driver(cells: Cells) -> None:
    trainings, _, _ = cells["other driver"]
    assert [(t.kind, t.steps, t.settings["N_EPOCHS"], t.declared["SEED"]) for t in trainings] == [("GRU", 12, 2, 5)] * 2
    assert trainings[0].rates == {1: 0.01, 10: 0.01}


def test_a_model_inside_an_object(cells: Cells) -> None:
    [seen], _, _ = cells["trainer object"]
    assert (seen.kind, seen.vocab_size) == ("GRU", 7)


def test_printed_figures_are_no_training(cells: Cells) -> None:
    assert cells["prints only"] == ([], 0, "")
    [seen], steps, _ = cells["forged driver"]
    assert steps == 0 and not seen.trained and seen.test_acc == 0.99


def test_a_training_that_fails(cells: Cells) -> None:
    [seen], _, error = cells["fails"]
    assert error == "TypeError" and seen.error.startswith("TypeError") and not seen.trained


def test_reset_and_magics_leave_the_hook_alone(cells: Cells) -> None:
    assert cells["reset"][2] == cells["after reset"][2] == ""
    for name in ("after reset", "magic"):
        [seen], _, _ = cells[name]
        assert seen.steps == 4 and seen.test_acc == 0.75


def test_hostile_values_do_not_disturb_the_notebook(cells: Cells) -> None:
    trainings, steps, error = cells["hostile values"]
    assert (error, steps) == ("", 4) and len(trainings) == 1
    assert trainings[0].declared["LR"] == 0.1 and "WD" not in trainings[0].declared


def test_the_notebook_is_left_as_it_was(cells: Cells) -> None:
    assert cells["own name"][2] == "" and cells["setup"] == ([], 0, "")


def test_a_hang_still_tells_what_began() -> None:
    events = run(SETUP + DRIVER, "train_and_test_model_with_hparams(HyperParams())")[1][0]
    kinds = [event["event"] for event in events]
    assert kinds == ["training", "model", "end", "cell"]
    [seen] = read_events(events[:2], NAMES).trainings
    assert seen.trained and not seen.ended and seen.kind == "LSTM"
