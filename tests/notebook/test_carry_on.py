"""A line that fails costs itself, not what stands below it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from running import Run

from autograder.notebook import driver

TRAININGS = """
import builtins
emit, count = __autograder_emit__, [0]
def training(error=None):
    count[0] += 1
    emit({"event": "training", "id": count[0]})
    try:
        if error is not None:
            error()
    except Exception as found:
        emit({"event": "end", "id": count[0], "error": f"{type(found).__name__}: {found}"})
        raise
    emit({"event": "end", "id": count[0], "error": ""})
builtins.training = training
def after(result):
    emit({"event": "cell", "failed": result.error_in_exec is not None})
get_ipython().events.register("post_run_cell", after)
"""
HEADS = {
    "absent": "import no_such_package",
    "absent_names": "from no_such_package import thing, other",
    "some_names": "from collections import Counter, NoSuchThing, OrderedDict",
    "widget": "%matplotlib widget",
    "style": "import matplotlib.pyplot as plt\nplt.style.use('seaborn-v0_0-whitegrid')",
    "asserted": "import torch\nassert torch.cuda.is_available(), 'switch the GPU on'",
    "unknown_magic": "%tensorboard --logdir runs",
    "extension": "%load_ext no_such_extension",
    "variable": "import os\nos.environ['NO_SUCH_TOKEN']",
    "conditional_exit": "import sys, torch\nif not torch.cuda.is_available():\n    sys.exit('no GPU')",
    "colab": "from google.colab import drive, no_such_module\nimport google.colab.no_such_module\ndrive.mount('/content/drive')",
    "shell": "!nvidia-smi\n!pip install -q torchtext",
    "old_shell": "get_ipython().magic('matplotlib inline')",
    "captured": "%%capture\n!pip install x\nimport no_such_package",
    "timed": "%%time\nimport no_such_package",
    "several": "import json, no_such_package, math",
}
CELLS = (
    *(f"# {name}\n{head}\nfrom functools import partial as {name}_below" for name, head in HEADS.items()
      if not head.startswith("%%")),
    *(f"{head}\nfrom functools import partial as {name}_below" for name, head in HEADS.items() if head.startswith("%%")),
    f"# below\nprint(*({', '.join(f'{name}_below is not None' for name in HEADS)},))\nprint(Counter, OrderedDict, json, math)",
    "# own\nimport no_such_package as nsp\nnsp.use()\nprint('went on')",
    "# later\nnsp.use()",
    "# inside\ndef uses():\n    return thing\nuses()",
    "# fails\ntraining(uses)\ntraining()\nprint('not reached')",
    "# works\n1 / 0\ntraining()\nprint('trained')",
    "# two\nraise ValueError('first')\nraise TypeError('second')\nafter_both = 1",
    "# shown\nimport no_such_package\n40 + 2",
    "# stopped\nexit()\nprint('never')",
    "# left\nimport sys\nsys.exit()\nprint('never')",
    "# broken\nimport decimal\ndef kept(): return 7\nprint 'old'\n",
    "# drive\nimport os, pandas, torch\nos.chdir('/gdrive/MyDrive/Deep Learning')\n"
    "for place in ('/gdrive/MyDrive/lab', '/home/anna/lab', 'D:\\\\lab', '~/lab', 'made/by/hand'):\n"
    "    torch.save(torch.nn.Linear(1, 1), f'{place}/best.pt')\n    torch.load(f'{place}/best.pt')\n"
    "    pandas.DataFrame({'loss': [1]}).to_csv(f'{place}/log.csv')\n    print(len(pandas.read_csv(f'{place}/log.csv')))",
    "# saved\nprint(kept(), decimal.Decimal(1), after_both)",
)  # fmt: skip


@pytest.fixture(scope="module")
def done(run: Callable[..., Run]) -> Run:
    return run(*CELLS, startup=(TRAININGS,))


def test_what_stands_below_a_line_that_fails_runs(done: Run) -> None:
    cell = done.cell("below")
    assert cell.error == "" and cell.text.split("\n")[0] == " ".join(["True"] * len(HEADS))


def test_the_first_cause_is_named_and_its_consequences_are_not(done: Run) -> None:
    own = done.cell("own")
    assert (own.status, own.error) == ("failed", "ModuleNotFoundError: No module named 'no_such_package'")
    assert "went on" in own.text and "NameError" not in own.text and "NameError" not in str(done.outputs("own"))
    cause = "`import no_such_package as nsp` failed: ModuleNotFoundError: No module named 'no_such_package'"
    assert done.cell("later").error == f"NameError: name 'nsp' is not defined ({cause})"
    assert cause in str(done.outputs("later"))
    assert "`from no_such_package import thing, other` failed" in done.cell("inside").error
    assert done.cell("two").error == "ValueError: first" and [o["evalue"] for o in done.outputs("two")] == [
        "first",
        "second",
    ]


def test_a_training_that_fails_ends_its_cell_and_keeps_its_error(done: Run) -> None:
    cell = done.cell("fails")
    assert [event["event"] for event in cell.events] == ["training", "end", "cell"]
    assert cell.events[1]["error"].startswith("NameError: name 'thing' is not defined (`from no_such_package")
    assert cell.events[-1]["failed"] and "not reached" not in cell.text


def test_an_error_before_a_training_is_not_its_error(done: Run) -> None:
    cell = done.cell("works")
    assert cell.status == "failed" and cell.error == "ZeroDivisionError: division by zero" and "trained" in cell.text
    assert cell.events == ({"event": "training", "id": 2}, {"event": "end", "id": 2, "error": ""}, {"event": "cell", "failed": False})  # fmt: skip


def test_the_last_expression_is_still_shown(done: Run) -> None:
    assert done.outputs("shown")[-1]["data"] == {"text/plain": "42"}


def test_an_exit_ends_its_cell_alone(done: Run) -> None:
    assert "never" not in done.cell("stopped").text + done.cell("left").text
    assert done.cell("stopped").error.startswith("SystemExit")
    assert any(f"Cell {done.cell('stopped').number} ends its kernel" in remark for remark in done.execution.remarks)
    assert not any("fresh one" in remark for remark in done.execution.remarks)


def test_of_a_cell_that_can_not_be_read_the_definitions_are_kept(done: Run) -> None:
    assert done.cell("broken").error.startswith("SyntaxError")
    assert done.cell("saved").text == "7 1 1\n"


def test_paths_of_other_machines_can_be_written(done: Run) -> None:
    assert (done.cell("drive").error, done.cell("drive").text) == ("", "1\n" * 5)


@pytest.mark.slow
def test_the_run_goes_on_after_every_restart_up_to_a_bound_that_is_told(run: Callable[..., Run]) -> None:
    dies = "import os\nos._exit(0)"
    head = "# first\nimport math\nROOT = math.sqrt(4)\ndef half(): return ROOT / 2"
    done = run(head, *[dies] * driver.RESTARTS, "# goes_on\nprint(half())", dies, "# last\nprint(half())")
    assert done.cell("goes_on").text == "1.0\n"
    assert sum("a fresh one went on there" in remark for remark in done.execution.remarks) == driver.RESTARTS
    assert done.cell("last").status == "not run"
    assert f"{driver.RESTARTS} times" in done.execution.problem == done.cell("last").error
