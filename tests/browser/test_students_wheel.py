"""What a student has: an empty folder, an environment with the wheel alone, the template. Its checks turn green one by
one as the reference's cells are filled in, in a terminal that watches and in a JupyterLab that a browser drives.

`make test-student-wheel` makes the environment; STUDENT_VENV names it.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
import torch

from autograder.inside.offline import data_folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
TEMPLATE, REFERENCE = ROOT / "student_template" / "labrnn", ROOT / "reference" / "labrnn" / "LabRNN.ipynb"
STEPS = {  # the cell that defines it, and the items that turn green with it
    "load_imdb": ("lab1.a",), "build_vocab": ("lab1.b",), "tokenize": ("lab1.c",), "IMDB": ("lab1.d",),
    "LSTM": ("lab1.e.init", "lab1.e.forward"), "GRU": ("lab1.g.init", "lab1.g.forward"),
}  # fmt: skip
PATIENCE = 120  # seconds, on a machine that does other things as well


@pytest.fixture(scope="module")
def venv() -> Path:
    path = os.environ.get("STUDENT_VENV", "")
    if not path:
        pytest.skip("STUDENT_VENV names no environment with the students' wheel: make test-student-wheel")
    return Path(path).absolute() / "bin"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What is downloaded, and nothing else."""
    shutil.copytree(TEMPLATE, tmp_path / "lab")
    return tmp_path / "lab"


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of ours is known. Stop words are not downloaded here, as there is no network."""
    (tmp_path / "home").mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {"HOME": str(tmp_path / "home"), "PYTHONIOENCODING": "utf-8", "JUPYTER_PLATFORM_DIRS": "1"}


def defines(cell: Any, name: str) -> bool:
    return cell.cell_type == "code" and bool(re.search(rf"^(def|class) {name}\b", cell.source, re.MULTILINE))


def solution(name: str) -> str:
    """The reference's cell."""
    [cell] = [cell for cell in nbformat.read(REFERENCE, as_version=4).cells if defines(cell, name)]
    return str(cell.source)


def fill(path: Path, name: str) -> None:
    """Put the reference's cell into the notebook and save it as an editor does."""
    notebook = nbformat.read(path, as_version=4)
    [cell] = [cell for cell in notebook.cells if defines(cell, name)]
    cell.source = solution(name)
    half = path.with_suffix(".half")
    nbformat.write(notebook, half)
    half.replace(path)


def wait_for(found: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE
    while not (answer := found()):
        assert time.monotonic() < end, what
        time.sleep(0.1)
    return answer


def test_the_wheel_is_alone(venv: Path, home: dict[str, str], folder: Path) -> None:
    code = "import autograder, sys; print(autograder.__file__); import autograder.grade"
    done = subprocess.run([venv / "python", "-c", code], cwd=folder, env=home, capture_output=True, text=True)
    assert "site-packages" in done.stdout and "No module named 'autograder.grade'" in done.stderr
    listed = subprocess.run([venv / "pip", "list"], env=home, capture_output=True, text=True).stdout.lower()
    for name in ("landlock", "pyseccomp", "sqlalchemy", "alembic", "copydetect", "pypdf", "typer"):
        assert name not in listed


def test_items_turn_green_in_a_terminal(venv: Path, home: dict[str, str], folder: Path, tmp_path: Path) -> None:
    path, log = folder / "LabRNN.ipynb", tmp_path / "log"
    with log.open("w") as out:
        watching = subprocess.Popen(
            [venv / "autograder", "check", path.name, "--watch"], cwd=folder, env=home, stdout=out, stderr=out
        )
    try:
        rounds = _rounds(log, 1)
        assert "0 of 8 items pass all public checks" in rounds[0]
        assert rounds[0].count("NotImplementedError") >= 8 and "Hint: " in rounds[0]
        for count, (name, items) in enumerate(STEPS.items(), 2):
            fill(path, name)
            told = _rounds(log, count)[-1]
            for item in items:
                assert f"✓ {item} " in told, (name, told)
            seconds = float(re.findall(r"judged in ([\d.]+) s", told)[-1])
            print(f"{name}: judged again in {seconds} s")
        assert "8 of 8 items pass all public checks; " in told
        watching.send_signal(signal.SIGINT)
        assert watching.wait(PATIENCE) == 130
    finally:
        watching.kill()
        watching.wait()
    assert "Traceback" not in log.read_text(encoding="utf-8")
    assert sorted(one.name for one in folder.iterdir()) == sorted(one.name for one in TEMPLATE.iterdir())


def _rounds(log: Path, count: int) -> list[str]:
    """What was told after each save."""

    def found() -> list[str]:
        parts = re.split(r"Waiting for the next save\.\n", log.read_text(encoding="utf-8"))
        return parts[:-1] if len(parts) > count else []

    return wait_for(found, f"no round {count} in:\n{log.read_text(encoding='utf-8')}")


def test_exit_codes_and_pytest(venv: Path, home: dict[str, str], folder: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([venv / words[0], *words[1:]], cwd=folder, env=home, capture_output=True, text=True)

    assert run("autograder", "check", "LabRNN.ipynb", "--item", "lab1.c").returncode == 1
    fill(folder / "LabRNN.ipynb", "tokenize")
    fill(folder / "LabRNN.ipynb", "build_vocab")
    assert run("autograder", "check", "LabRNN.ipynb", "--item", "lab1.c").returncode == 0
    (folder / "broken.ipynb").write_text("{")
    assert run("autograder", "check", "broken.ipynb").returncode == 2
    unknown = run("autograder", "check", "LabRNN.ipynb", "--item", "lab1.x")
    assert unknown.returncode == 3 and "There is no item 'lab1.x'. Did you mean 'lab1." in unknown.stderr
    tested = run("pytest", "-p", "no:cacheprovider", "--autograder", "LabRNN.ipynb", "--autograder-item", "lab1.c")
    assert tested.returncode == 0 and "12 passed" in tested.stdout, tested.stdout
    tested = run("pytest", "-p", "no:cacheprovider", "--autograder", "LabRNN.ipynb", "--autograder-item", "lab1.d")
    assert tested.returncode == 1 and "12 failed" in tested.stdout and "NotImplementedError" in tested.stdout
    assert run("pytest", "-p", "no:cacheprovider", "--autograder", "broken.ipynb").returncode == 2


def test_the_solved_notebook_runs_to_its_end_on_the_data_that_comes_with_it(
    venv: Path, home: dict[str, str], folder: Path
) -> None:
    shutil.copy(REFERENCE, folder / "LabRNN.ipynb")
    words = [venv / "jupyter", "execute", "LabRNN.ipynb"]
    env = home | {"NLTK_DATA": str(data_folder()), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


# ---- in JupyterLab ---------------------------------------------------------------------------------------------------
@pytest.fixture
def lab(venv: Path, home: dict[str, str], folder: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab of the student's environment, in the student's folder."""
    settings = tmp_path / "settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"windowingMode": "none"}')  # cells that can't be seen are in the page all the same
    env = home | {"JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"), "JUPYTER_RUNTIME_DIR": str(tmp_path / "run")}
    options = ["--no-browser", "--ip=127.0.0.1", "--port=0", "--IdentityProvider.token=", "--ServerApp.password="]
    options += ["--allow-root"] if os.geteuid() == 0 else []
    with (tmp_path / "server.log").open("w") as log:
        server = subprocess.Popen([venv / "jupyter", "lab", *options], cwd=folder, env=env, stdout=log, stderr=log)
    try:
        yield wait_for(lambda: _address(tmp_path / "run"), "JupyterLab did not start")
    finally:
        server.terminate()
        server.wait(30)


def _address(runtime: Path) -> str:
    for path in runtime.glob("jpserver-*.json"):
        try:
            url = str(json.loads(path.read_text())["url"])
            with urllib.request.urlopen(f"{url}api", timeout=5):
                return url
        except (ValueError, OSError):
            continue
    return ""


class Notebook:
    """The page of one notebook; the last cell checks."""

    def __init__(self, page: Page, names: dict[str, int], count: int) -> None:
        self.page, self.names, self.count = page, names, count

    def cell(self, number: int) -> Any:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def write(self, number: int, text: str) -> None:
        """Put a text into a cell, and run it."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)
        self.run(number)

    def run(self, number: int) -> None:
        before = self.cell(number).locator(".jp-InputPrompt").first.inner_text()
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        wait_for(lambda: self._prompt(number) not in (before, "[*]:"), f"cell {number} did not end")

    def _prompt(self, number: int) -> str:
        return str(self.cell(number).locator(".jp-InputPrompt").first.inner_text()).strip()

    def check(self, text: str = "check()") -> Any:
        """Run a check in the last cell; returns its card."""
        self.write(self.count - 1, f"from autograder import check\n{text}")
        card = self.cell(self.count - 1).locator(".autograder-card")
        card.first.wait_for(timeout=PATIENCE * 1000)
        assert card.count() == 1
        return card

    def status(self, card: Any, item: str) -> str:
        return str(card.locator(f'[data-item="{item}"]').get_attribute("data-status"))


@pytest.fixture
def notebook(chromium: Browser, lab: str, folder: Path) -> Iterator[Notebook]:
    """The template without its experiments, all definitions run, and a cell for checks at its end."""
    path = folder / "LabRNN.ipynb"
    content = nbformat.read(path, as_version=4)
    content.cells = [c for c in content.cells if "experiment" not in c.metadata.get("tags", [])]
    content.cells.append(nbformat.v4.new_code_cell("", id="the-check"))
    nbformat.write(content, path)
    names = {name: number for name in STEPS for number, cell in enumerate(content.cells) if defines(cell, name)}
    page = chromium.new_page(viewport={"width": 1200, "height": 1000})
    page.goto(f"{lab}lab/tree/LabRNN.ipynb?reset")
    opened = Notebook(page, names, len(content.cells))
    opened.cell(0).wait_for(timeout=PATIENCE * 1000)
    page.get_by_text(re.compile(r"\| Idle$")).wait_for(timeout=PATIENCE * 1000)  # in the bar below
    defined = max(number for number, cell in enumerate(content.cells) if cell.cell_type == "code" and cell.source)
    wait_for(lambda: _ran_all(opened, defined), "the cells did not run")
    yield opened
    page.close()


def _ran_all(notebook: Notebook, last: int) -> bool:
    """Ask for it, again where the kernel was not ready to listen."""
    if notebook._prompt(last) == "[ ]:":
        notebook.page.get_by_role("menuitem", name="Run", exact=True).click()
        notebook.page.get_by_role("menuitem", name=re.compile("^Run All Cells")).click()
        notebook.page.wait_for_timeout(1000)
    return bool(re.fullmatch(r"\[\d+\]:", notebook._prompt(last)))


def test_items_turn_green_in_jupyterlab(notebook: Notebook, folder: Path) -> None:
    card = notebook.check()
    assert "0 of 8 items pass all public checks" in card.inner_text()
    assert "NotImplementedError" in card.inner_text() and "Hint:" in card.inner_text()
    for name, items in STEPS.items():
        notebook.write(notebook.names[name], solution(name))
        for item in items:
            card = notebook.check(f'check("{item}")')
            assert notebook.status(card, item) == "passed", card.inner_text()
    started = time.monotonic()
    card = notebook.check()
    print(f"all items, warm: {time.monotonic() - started:.1f} s")
    assert "8 of 8 items pass all public checks" in card.inner_text()
    if "PICTURES" in os.environ:
        card.screenshot(path=str(Path(os.environ["PICTURES"]) / "card.png"))


def test_the_kernel_lives_through_anything(notebook: Notebook) -> None:
    last, place = notebook.count - 1, notebook.names["tokenize"]
    notebook.write(
        last, "import torch, random\nrandom.seed(4); torch.manual_seed(4)\nkept = [1, 2]; before = set(globals())"
    )
    for body, told in (
        ("exit()", "SystemExit"),
        ("while True: pass", "no answer within 3 seconds"),
        ("kept.append(3); print('noise'); raise ValueError('mine')", "ValueError: mine"),
        ("import os; os._exit(1)", "SystemExit"),
    ):
        notebook.write(place, f"def tokenize(vocab, example):\n    {body}")
        card = notebook.check('check("lab1.c")')
        assert notebook.status(card, "lab1.c") == "failed" and told in card.inner_text(), card.inner_text()
        assert "noise" not in notebook.cell(last).locator(".jp-OutputArea").first.inner_text()
    if "PICTURES" in os.environ:
        card.screenshot(path=str(Path(os.environ["PICTURES"]) / "failed.png"))
    assert "Did you mean 'lab1." in notebook.check('check("lab1.z")').inner_text()
    notebook.write(
        last,
        "new = {name for name in set(globals()) - before if name[0] != '_' and name != 'check'}\n"
        "print(kept, random.random(), torch.rand(1).item(), new)",
    )
    shown = notebook.cell(last).locator(".jp-OutputArea-output").first.inner_text()
    torch.manual_seed(4)
    assert shown.strip() == f"[1, 2] {random.Random(4).random()} {torch.rand(1).item()} {{'before'}}"
