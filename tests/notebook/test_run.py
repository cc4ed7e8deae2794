"""One notebook with all that real ones do, run once in the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from running import Run

from autograder.notebook import Progress
from autograder.student.proxy import Override

STARTUP = """
def after(result):
    __autograder_emit__({"event": "cell", "success": result.success})
get_ipython().events.register("post_run_cell", after)
"""
SUPPLY = Override(("broken",), "def helper(): return 'of the harness'\ndef broken(): return helper() + GREETING")

CELLS = (
    "#! Set-up",
    "# imports\nimport os, sys\nimport pandas as pd\nimport torch\nimport matplotlib.pyplot as plt",
    "# surprise\n1 / 0",
    "# csv\n"
    "names = ['./IMDBDataset.csv', 'IMDB Dataset.csv', '/content/drive/MyDrive/hw3/IMDBDataset.csv',\n"
    "         '/content/IMDBDataset.csv', '../input/imdb/IMDB Dataset.csv', '/kaggle/input/x.csv', 'reviews.csv']\n"
    "print([len(pd.read_csv(n)) for n in names], all(map(os.path.exists, names[:5] + names[6:])), os.path.exists('no.txt'))",
    "# readonly\nopen('./IMDBDataset.csv', 'w')",
    "# colab\nfrom google.colab import drive\ndrive.mount('/content/drive')\n"
    "torch.save({}, '/content/drive/MyDrive/model.pt')\nprint(os.path.exists('/content/drive/MyDrive/model.pt'))",
    "# nltk\nimport nltk\nnltk.download('stopwords')\nfrom nltk.corpus import stopwords\n"
    "print('the' in stopwords.words('english'), nltk.word_tokenize('It works.'))",
    "# magics\n%matplotlib inline\n!pip install -q torchtext\n%pip install x\n!echo from the shell\n"
    "lines = !echo captured\nprint(lines)\n%cd .",
    "# timed\nfor _ in range(1): pass\n%time print('timed')",
    "# tqdm\nfrom tqdm.auto import tqdm\nfrom tqdm.notebook import trange\n"
    "print(sum(tqdm(range(3))), sum(trange(3)))",
    "# plot\nplt.plot([1, 2]); plt.title('losses'); plt.show()\n"
    "from IPython.display import HTML, display\ndisplay(HTML('<script>alert(1)</script>'))",
    "# input\ninput('name? ')",
    "# gpu\nprint(torch.cuda.is_available(), torch.zeros(2, device='cuda').device, torch.ones(1).cuda().to('cuda:0').device)\n"
    "model = torch.nn.Linear(2, 1).to(torch.device('cuda')).cuda()\nprint(isinstance(torch.device('cpu'), torch.device))\n"
    "torch.save(model.state_dict(), 'm.pt')\nprint(len(torch.load('m.pt')))\ntorch.cuda.synchronize()",
    "# workers\nfrom torch.utils.data import DataLoader\n"
    "print(sum(int(b.sum()) for b in DataLoader(torch.arange(20), batch_size=4, num_workers=2)))",
    "#! (f) Train",
    "# standin\nGREETING = ', with help'\ndef broken(): return 'mine'\nprint(broken())",
    "# later\nbroken = lambda: 'mine again'\nprint(broken())",
    "# at_last\nprint(broken())",
    "# event\nfor epoch in range(2): print(f'epoch: {epoch + 1}')\n'a result'",
    "# environment\nprint(torch.get_num_threads(), os.environ['PYTHONHASHSEED'], os.getcwd() == os.environ['HOME'])\n"
    "os.makedirs('resources')\nopen('resources/x', 'w').write('x')",
    "# bars\nfor n in range(300): print(f'\\r{n} of 300', end='', flush=n % 100 == 0)",
    "# \n# only a comment",
    "# wrong\nthis is no Python",
)  # fmt: skip


@pytest.fixture(scope="module")
def seen() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def done(run: Callable[..., Run], seen: list[Progress]) -> Run:
    return run(*CELLS, startup=(STARTUP,), overrides=(SUPPLY,), on_progress=seen.append)


def test_cells_after_a_failed_one_run(done: Run) -> None:
    surprise = done.cell("surprise")
    assert (surprise.status, surprise.error) == ("failed", "ZeroDivisionError: division by zero")
    assert surprise.text.endswith(surprise.error)
    assert {run.status for run in done.execution.cells} == {"ran", "failed", "skipped"}
    assert done.execution.problem == "" and done.execution.device == "cpu"
    assert done.cell("wrong").error.startswith("SyntaxError") and done.cell("").status == "skipped"


def test_the_reviews_are_there_under_every_name_and_can_not_be_changed(done: Run) -> None:
    assert done.cell("csv").text == "[40, 40, 40, 40, 40, 40, 40] True False\n"
    assert done.cell("readonly").error.startswith(("OSError", "PermissionError"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("colab", "True\n"),
        ("nltk", "True ['It', 'works', '.']\n"),
        ("tqdm", "3 3\n"),
        ("workers", "190\n"),
        ("gpu", "False cpu cpu\nTrue\n2\n"),
        ("environment", "1 0 True\n"),
    ],
)
def test_what_notebooks_expect_of_their_machine(done: Run, name: str, text: str) -> None:
    assert (done.cell(name).error, done.cell(name).text) == ("", text)


def test_magics_and_shell_lines(done: Run) -> None:
    cell = done.cell("magics")
    assert cell.status == "ran" and "from the shell\n" in cell.text and "['captured']" in cell.text
    assert "timed\n" in done.cell("timed").text


def test_asking_for_input_fails_at_once(done: Run) -> None:
    assert done.cell("input").error.startswith("StdinNotImplementedError") and done.cell("input").seconds < 10


def test_what_was_left_out_is_told_once(done: Run) -> None:
    gpu, install = done.cell("gpu").number, done.cell("magics").number
    assert set(done.execution.remarks) == {
        f"Cell {gpu} asks for a GPU, which this machine does not have; the CPU did its work.",
        f"Cell {install} installs or downloads something; that was left out, nothing is fetched here.",
    }


def test_overridden_definitions_stand_in_from_the_definition_on(done: Run) -> None:
    assert done.cell("standin").text == "of the harness, with help\n"
    assert done.cell("later").text == "mine again\n"  # an assignment is not looked into
    assert done.cell("at_last").text == "of the harness, with help\n"


def test_events_of_hooks_come_with_their_cell_and_are_not_stored(done: Run) -> None:
    assert done.cell("event").events == ({"event": "cell", "success": True},)
    assert done.cell("surprise").events == ({"event": "cell", "success": False},)
    assert "vnd.autograder" not in str(done.book)


def test_headings(done: Run) -> None:
    assert done.cell("csv").heading == "Set-up" and done.cell("event").heading == "(f) Train"


def test_the_executed_notebook_is_valid_and_harmless(done: Run) -> None:
    nbformat.validate(nbformat.from_dict(done.book))
    (plot,) = done.outputs("plot")[:1]
    assert plot["data"]["image/png"].startswith("iVBOR") and "script" not in str(done.outputs("plot"))
    assert done.outputs("event")[-1]["data"] == {"text/plain": "'a result'"}
    assert done.outputs("surprise")[0]["output_type"] == "error"
    assert [c["source"] for c in done.book["cells"] if c["cell_type"] == "markdown"] == ["# Set-up", "# (f) Train"]
    order = [cell["id"] for cell in done.book["cells"]]
    assert order == [f"cell-{n}" for n in range(1, len(CELLS) + 1)]


def test_progress_bars_leave_their_last_state(done: Run) -> None:
    lines: list[Any] = done.cell("bars").text.splitlines()
    assert lines[-1] == "299 of 300" and len(lines) < 20


def test_progress(done: Run, seen: list[Progress]) -> None:
    assert {p.number for p in seen} == {r.number for r in done.execution.cells if r.status != "skipped"}
    assert {p.total for p in seen} == {21} and seen[0].heading == "Set-up" and seen[-1].position == 21
    assert all(0 <= p.left <= 100 and p.cell_left <= 20 for p in seen)


def test_a_fresh_kernel_starts_under_the_first_ones_conditions(run: Callable[..., Run]) -> None:
    """The driver bounds its own memory; libraries may need more than that when a kernel loads them."""
    told = "print([line for line in open(f'/proc/{os.getppid()}/limits') if 'address' in line])"
    done = run(f"# one\nimport os\n{told}", "# dies\nos._exit(1)", f"# two\n{told}")
    assert done.cell("one").text == done.cell("two").text and "address" in done.cell("two").text
