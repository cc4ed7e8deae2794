"""gru_attention's corpus is what its labels say: sources, builder, and, by a harness of its own, what they do."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from autograder.errors import SubmissionError
from autograder.folder import BUILT_IN
from autograder.rubric import load_rubric
from autograder.submission import read_submission
from autograder.submission.mixup import refuse_other
from fixtures.corpus import Notebook
from fixtures.gru_attention import build, make_malformed
from fixtures.gru_attention.build import ITEMS, Kind, Label, Source

KINDS: tuple[Kind, ...] = ("variant", "fault", "hostile", "degenerate", "junk")
PREFIXES = {"gru.init": "i_", "gru.forward": "f_", "gru.generate": "g_", "attention.forward": "a_"}
ALL = [(kind, source) for kind in KINDS for source in build.sources(kind)]
LABELS = {kind: {label.name: label for label in build.labels(kind)} for kind in KINDS}
NAMES = ("GRU", "MultiHeadedAttention")


def name_of(value: object) -> str | None:
    return value.path.stem if isinstance(value, Source) else None


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The hand-ins by their stem."""
    return {path.stem: path for path in build.build(tmp_path_factory.mktemp("corpus"))}


# ---- sources and hand-ins --------------------------------------------------------------------------------------------
def test_counts() -> None:
    faults = Counter(label.item for label in LABELS["fault"].values())
    assert len(LABELS["variant"]) >= 16 and sum(faults.values()) >= 42 and len(LABELS["hostile"]) >= 8
    assert set(faults) == set(ITEMS) and min(faults.values()) >= 10
    assert len({source.path.stem for _, source in ALL}) == len(ALL)


@pytest.mark.parametrize(("kind", "source"), ALL, ids=name_of)
def test_header(kind: Kind, source: Source) -> None:
    label = LABELS[kind][source.path.stem]
    assert label.says.endswith(".") and len(label.says) <= 160
    assert label.item not in label.may_lose
    assert not label.item or source.path.stem.startswith(PREFIXES[label.item])


def test_build_is_deterministic(corpus: dict[str, Path], tmp_path: Path) -> None:
    for path in build.build(tmp_path):
        assert path.read_bytes() == corpus[path.stem].read_bytes(), path.name


def code_of(path: Path) -> str:
    if path.suffix == ".py":
        return path.read_text()
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return "\n".join(line for cell in cells for line in cell.splitlines() if line[:1] not in ("%", "!"))


@pytest.mark.parametrize(("kind", "source"), ALL, ids=name_of)
def test_hand_in_holds_both_classes(corpus: dict[str, Path], kind: Kind, source: Source) -> None:
    code = code_of(corpus[source.path.stem])
    classes = {node.name for node in ast.parse(code).body if isinstance(node, ast.ClassDef)}
    assert classes >= set(NAMES)
    assert code != Notebook(build.BASE).script(), "nothing differs from the base"


def methods(code: str) -> dict[str, str]:
    """Every method by its name, and the rest."""
    found = {}
    for node in ast.parse(code).body:
        for method in getattr(node, "body", []):
            if isinstance(method, ast.FunctionDef):
                found[f"{getattr(node, 'name', '')}.{method.name}"] = ast.dump(method)
    return found


@pytest.mark.parametrize("label", LABELS["fault"].values(), ids=lambda label: label.name)
def test_fault_touches_one_class(corpus: dict[str, Path], label: Label) -> None:
    before, after = methods(Notebook(build.BASE).script()), methods(code_of(corpus[label.name]))
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert {name.partition(".")[0] for name in changed} == {"MultiHeadedAttention" if label.name[0] == "a" else "GRU"}
    if label.name[0] in "ig":
        allowed = {"i": {"__init__", "init_weights_uniform", "init_hidden"}, "g": {"generate"}}[label.name[0]]
        assert {name.partition(".")[2] for name in changed} <= allowed


# ---- malformed -------------------------------------------------------------------------------------------------------
MALFORMED = sorted(make_malformed.hand_ins())


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(tmp_path: Path, name: str) -> None:
    expected = make_malformed.write(tmp_path)[name]
    assert set(expected.items) in (set(), set(ITEMS))
    try:
        submission = read_submission(
            tmp_path / name, expected="solution.py", also=("models.py", "solution.ipynb"), names=NAMES
        )
        refuse_other(submission, load_rubric(BUILT_IN / "gru_attention" / "rubric.toml"), NAMES)
        verdict, text = "graded", " ".join(submission.remarks)
    except SubmissionError as error:
        verdict, text = "refused", str(error)
    assert verdict == expected.verdict and expected.fragment in text, text


def test_malformed_is_deterministic() -> None:
    assert len(MALFORMED) >= 5 and make_malformed.hand_ins() == make_malformed.hand_ins()
