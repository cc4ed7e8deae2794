"""README.md and docs/: every command, target, option, path and page that they name is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from scripts.docs import reference
from scripts.docs.blocks import ROOT, SHELLS, Block, Command, blocks, fits, pages, spans
from scripts.docs.words import missing_paths, unknown
from tests.docs.test_docs_run import Fetched, problem

NAMES = [path.name for path in pages()]
NOT_RUN = {  # by page, what can't be run, for a reason that stands above it there
    "README.md": [
        "make setup CLUSTER=1",
        "make grade-all SUBMISSIONS=canvas.zip ROSTER=roster.csv ONLY=functions RUNNER=ray",
    ],
    "checked.md": ["make validate", "make bench DATA=IMDBDataset.csv"],
    "cluster.md": [
        "make grade-all SUBMISSIONS=canvas.zip ROSTER=roster.csv ONLY=functions RUNNER=ray",
        "make setup CLUSTER=1",
        "make setup CLUSTER=1",
        "make grade-all SUBMISSIONS=canvas.zip ROSTER=roster.csv ONLY=functions RUNNER=slurm",
        "python -m fixtures.slurm_cluster --nodes 2 --cpus 1 -- make grade-all SUBMISSIONS=downloads/ RUNNER=slurm",
    ],
    "containers.md": [
        "docker build -f containers/Dockerfile -t autograder .",
        'docker run --rm --init --user "$(id -u):$(id -g)" -v "$PWD:/work" autograder grade LabRNN.ipynb',
        'docker run --rm --init --user "$(id -u):$(id -g)" -v "$PWD:/work" autograder grade-all downloads/ --jobs 4',
        "docker run --rm autograder tier --check",
        "apptainer build autograder.sif containers/apptainer.def",
        "apptainer run autograder.sif grade LabRNN.ipynb",
        "docker run --rm --init --security-opt seccomp=unconfined --security-opt systempaths=unconfined …",
        "make test-container ROOT=/var/tmp/autograder-root",
    ],
    "experiments.md": [
        ".venv/bin/python -m reference.gru_attention.run_experiments",
        ".venv/bin/python -m reference.gru_attention.run_experiments --size full --data ptb --estimate",
        ".venv/bin/python -m reference.gru_attention.run_experiments --size full --data ptb --out results/ptb",
    ],
    "gpu.md": ["make gpu-bundle DATA=IMDBDataset.csv.xz"],
    "platforms.md": ["make test-platforms"],
    "students.md": [
        "autograder check LabRNN.ipynb",
        "autograder check LabRNN.ipynb --item lab1.b",
        "autograder check LabRNN.ipynb --watch",
        "pytest --autograder LabRNN.ipynb",
    ],
    "marks.md": ["cat results/*/marks.proposed.toml > marks.toml"],
}
COMMAND = re.compile(r"(?:make|autograder|(?:\.venv/bin/)?python -m [\w.]+) \S")
FOLDERS_OF_ITS_OWN = "authoring.md"  # whose paths are those of an assignment


def path_of(name: str) -> Path:
    return ROOT / name if name == "README.md" else ROOT / "docs" / name


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_known(name: str) -> None:
    wrong = []
    for block in blocks(path_of(name)):
        for command in block.commands():
            wrong += [f"{name}:{block.line}: $ {command.text}: {told}" for told in unknown(command.text)]
    for span in spans(path_of(name)):
        if COMMAND.match(span):
            wrong += [f"{name}: `{span}`: {told}" for told in unknown(span.replace(" …", ""))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", [name for name in NAMES if name != FOLDERS_OF_ITS_OWN])
def test_every_path_is_there(name: str) -> None:
    assert not [path for span in spans(path_of(name)) for path in missing_paths(span)]


@pytest.mark.parametrize("name", NAMES)
def test_every_page_has_readable_blocks(name: str) -> None:
    """What looks like a fence is one: as many blocks were read as there are opened and closed."""
    text = path_of(name).read_text(encoding="utf-8")
    assert 2 * len(blocks(path_of(name))) == len(re.findall(r"^```", text, flags=re.MULTILINE))
    assert not re.findall(r"^ +```(?:console|sh|bash)", text, flags=re.MULTILINE), "commands in a list are never run"


def test_what_is_not_run() -> None:
    """A list, so that nobody adds to it by accident."""
    found: dict[str, list[str]] = {}
    for name in NAMES:
        for block in blocks(path_of(name)):
            if block.not_run:
                found.setdefault(name, []).extend(command.text for command in block.commands())
    assert found == NOT_RUN


def test_comments_belong_to_blocks_with_commands() -> None:
    """A reason that stands above nothing would hide that something else is run."""
    for name in NAMES:
        text, own = path_of(name).read_text(encoding="utf-8"), blocks(path_of(name))
        said = len(re.findall(r"^<!-- (?:not run: .+|exits \d+) -->$", text, flags=re.MULTILINE))
        assert said == sum(bool(block.not_run or block.exits) for block in own), name
        assert all(block.commands() for block in own if block.not_run or block.exits), name


@pytest.mark.parametrize("name", reference.pages())
def test_the_made_pages_are_those_of_the_code(name: str) -> None:
    assert path_of(name).read_text(encoding="utf-8") == reference.pages()[name], "run `make reference`"


def test_every_key_has_a_meaning() -> None:
    assert "|  |\n" not in reference.pages()["keys.md"], "say it in a comment behind the field"


def test_the_site_has_every_page_once() -> None:
    def leaves(entries: object) -> list[str]:
        if isinstance(entries, str):
            return [entries]
        values = entries.values() if isinstance(entries, dict) else entries
        return [leaf for value in values for leaf in leaves(value)]  # type: ignore[attr-defined]

    nav = leaves(tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"])
    there = [path.name for path in (ROOT / "docs").glob("*.md")]
    assert sorted(nav) == sorted(there), "add the page to `nav` in zensical.toml"


def test_links_and_pictures_of_readme_are_there() -> None:
    """Those of the pages are held by `make docs`."""
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert links and not [link for link in links if not (ROOT / link).is_file()]


def test_readme_is_one_page() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 120


# ---- the readers themselves ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("make grade SUBMISSION=x ONLY=functions", []),
        ("make grad SUBMISSION=x", ["make has no target grad"]),
        ("make grade SUBMISION=x", ["make knows no SUBMISION="]),
        ("python -m autograder grade x --only functions", []),
        ("python -m autograder grade x --onyl functions", ["grade has no --onyl"]),
        (".venv/bin/python -m autograder gade x", ["the program has no command gade"]),
        ("python -m fixtures.validate labrnn", []),
        ("python -m fixtures.valdate labrnn", ["there is no module fixtures.valdate"]),
        ("rm -rf x", ["nobody knows rm"]),
        ("ls fixtures/labrnn/variants", []),
        ("ls fixtures/labrnn/varants", ["there is no fixtures/labrnn/varants"]),
    ],
)
def test_mistakes_are_found(command: str, told: list[str]) -> None:
    assert list(unknown(command)) == told


def test_blocks_are_read(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A\n\n<!-- exits 2 -->\n```console\n$ one \\\n  more\nshown\n$ two\n```\n\n"
        '```toml title="a.toml"\nb = 1\n```\n'
        "<!-- not run: why -->\n\n```sh\n# a remark\nthree  # and why\n```\n",
        encoding="utf-8",
    )
    first, second, third = blocks(page)
    assert [(c.text, c.shown, c.exits) for c in first.commands()] == [("one   more", "shown\n", 2), ("two", None, 2)]
    assert (second.path, second.text, second.commands(), second.line) == ("a.toml", "b = 1\n", [], 11)
    assert third.not_run == "why" and [command.text for command in third.commands()] == ["three"]
    assert SHELLS == ("console", "sh", "bash")


def test_a_console_begins_with_a_command() -> None:
    with pytest.raises(ValueError, match=r"page\.md:3: a console begins with a command"):
        Block("page.md", 3, "console", "", "no command\n").commands()


def test_blanks_at_the_ends_of_lines_do_not_count() -> None:
    assert fits("a\n…\nb …\n", "a  \nx\nb 12   \n") and not fits("a\n", "b\n")


@pytest.mark.parametrize(
    ("command", "code", "printed", "told"),
    [
        (Command("one", "a\n…\n", 0), 0, "a\nb\n", ""),
        (Command("one", None, 0), 0, "anything", ""),
        (Command("one", None, 2), 2, "", ""),
        (Command("one", None, 0), 3, "why\n", "$ one\nended with 3, not 0\nwhy\n"),
        (Command("one", "a\n", 0), 0, "b\n", "$ one\n--- shown\na\n--- printed\nb\n"),
    ],
)
def test_what_comes_is_compared(command: Command, code: int, printed: str, told: str) -> None:
    assert problem(command, code, printed) == told


def test_what_a_page_would_fetch_is_found() -> None:
    reader = Fetched()
    reader.feed('<script src="https://cdn/x.js"></script><link rel="stylesheet" href="//cdn/x.css"><img src="a.png">')
    reader.feed(
        '<a href="https://elsewhere/">x</a><link rel="canonical" href="https://own/"><script src="x.js"></script>'
    )
    assert reader.found == ["https://cdn/x.js", "//cdn/x.css"]
