"""Pairs with own code in common: copies are found however they are dressed up, and nobody else."""

from __future__ import annotations

import ast
import json
import random
import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from autograder.records import Cell
from autograder.similarity import own_lines, script, similar_pairs
from autograder.similarity.pairs import FEWEST
from autograder.similarity.script import MOST_CHARS

ROOT = Path(__file__).parents[1]
VARIANTS = ROOT / "fixtures" / "labrnn" / "variants"
NAMES = ("vocab_size", "embedding_dim", "hidden_dim", "n_layers", "state", "cell", "length", "ids", "outputs", "steps")


def code_cells(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


TEMPLATE = code_cells(ROOT / "student_template" / "labrnn" / "LabRNN.ipynb")
REFERENCE = code_cells(ROOT / "reference" / "labrnn" / "LabRNN.ipynb")


def cells(sources: Sequence[str]) -> tuple[Cell, ...]:
    return tuple(Cell(number, source) for number, source in enumerate(sources, 1))


def solution(*variants: str) -> list[str]:
    """The template with these variants' own code below it."""
    return [*TEMPLATE, *((VARIANTS / f"{name}.py").read_text().split('"""', 2)[2] for name in variants)]


INDEPENDENT = {
    "anna": solution("model_torch_cells", "tokens_html_removed", "style_vocab_counter", "data_stratified"),
    "ben": solution("model_gates_of_linear", "tokens_nltk", "style_vocab_default_dict", "data_numpy_split"),
    "carl": solution("style_own_lstm_two_matrices", "tokens_split_at_blanks", "data_torch_permutation"),
    "dora": solution("style_stack_for_each_direction", "style_stemmed_both", "data_pandas_arrays"),
}


def disguised(source: str) -> str:
    """Other names, comments, texts and layout: what a copier changes."""
    source = re.sub(r"#[^\n\"']*$", "# my own idea", source, flags=re.MULTILINE)
    for number, name in enumerate(NAMES):
        source = re.sub(rf"\b{name}\b", f"mine_{number}", source)
    return re.sub(r"^(def |class )", r"# here it begins\n\n\1", source, flags=re.MULTILINE).replace("    ", "  ")


def compared(hand_ins: dict[str, list[str]], **options: object) -> dict[tuple[str, str], float]:
    pairs = similar_pairs({n: cells(s) for n, s in hand_ins.items()}, template=TEMPLATE, **options)  # type: ignore[arg-type]
    return {(p.left, p.right): max(p.share_left, p.share_right) for p in pairs}


# ---- who is found ----------------------------------------------------------------------------------------------------
def test_independent_solutions_are_not_alike() -> None:
    assert compared(INDEPENDENT) == {}
    assert all(share < 0.25 for share in compared(INDEPENDENT, threshold=0.0).values())


@pytest.mark.parametrize("name", INDEPENDENT)
def test_a_disguised_copy_is_found(name: str) -> None:
    copy = [*TEMPLATE, *map(disguised, INDEPENDENT[name][len(TEMPLATE) :])]
    assert copy != INDEPENDENT[name]
    found = compared({**INDEPENDENT, "zoe": copy})
    assert list(found) == [(name, "zoe")] and found[name, "zoe"] > 0.9


def test_a_copy_in_another_order_among_own_code_is_found() -> None:
    own, others = INDEPENDENT["anna"][len(TEMPLATE) :], INDEPENDENT["carl"][len(TEMPLATE) :]
    found = compared({"anna": INDEPENDENT["anna"], "zoe": [*TEMPLATE, *reversed(own), *others]})
    assert found["anna", "zoe"] > 0.9


def test_the_template_is_nobodys_own() -> None:
    blank = {"anna": TEMPLATE, "ben": list(TEMPLATE), "carl": [*TEMPLATE, "x = 1"]}
    assert compared(blank, threshold=0.0) == {}
    assert own_lines(cells(TEMPLATE), TEMPLATE) == frozenset()


def test_given_code_laid_out_anew_is_nobodys_own_either() -> None:
    neat = [ast.unparse(ast.parse(source)) for source in TEMPLATE]
    assert neat != TEMPLATE
    assert compared({"anna": neat, "ben": list(neat)}, threshold=0.0) == {}


def test_little_code_says_nothing() -> None:
    short = [*TEMPLATE, "def double(x):\n    return x * 2\n"]
    assert compared({"anna": short, "ben": list(short)}, threshold=0.0) == {}
    assert FEWEST > 20


def test_the_reference_and_other_years_are_compared_with_the_class_alone() -> None:
    against = {"reference": cells(REFERENCE), "2024/x": cells(REFERENCE), "2024/ben": cells(INDEPENDENT["ben"])}
    pairs = similar_pairs(
        {"anna": cells(REFERENCE), "ben": cells(INDEPENDENT["ben"])}, template=TEMPLATE, against=against
    )
    assert {(p.left, p.right) for p in pairs} == {("anna", "reference"), ("anna", "2024/x"), ("ben", "2024/ben")}
    assert all(p.against for p in pairs)


def test_what_a_third_of_the_class_has_is_common() -> None:
    own = [f"def f_{n}(a, b):\n" + "".join(f"    a = b.m{n}_{k}(a, {k})\n" for k in range(30)) for n in range(30)]
    class_of = {f"s{n:02}": [*INDEPENDENT["anna"], own[n]] for n in range(30)}
    assert compared(class_of, threshold=0.1) == {}
    few = {name: sources for name, sources in class_of.items() if name < "s05"}
    assert len(compared(few, threshold=0.1)) == 10


# ---- what is told ----------------------------------------------------------------------------------------------------
def test_passages_name_lines_that_are_the_same() -> None:
    own = INDEPENDENT["ben"][len(TEMPLATE) :]
    hand_ins = {"anna": cells(INDEPENDENT["ben"]), "ben": cells(["x = 1", *TEMPLATE, *own])}
    (pair,) = similar_pairs(hand_ins, template=TEMPLATE)
    left, right = (script(hand_ins[name], own_lines(hand_ins[name], TEMPLATE)) for name in ("anna", "ben"))
    assert pair.passages and pair.lines > 30
    for passage in pair.passages:
        shown = [s[first - 1 : last] for s, (first, last) in ((left, passage.left), (right, passage.right))]
        assert [line.text for line in shown[0]] == [line.text for line in shown[1]]
        assert any(line.own for line in shown[0])


def test_the_same_whatever_pythons_hashes_are() -> None:
    """Shares are of runs that are equal, not of runs that random hashes chose; here: in any order of the class."""
    hand_ins = {name: cells(sources) for name, sources in INDEPENDENT.items()}
    hand_ins["zoe"] = cells(INDEPENDENT["anna"])
    one = similar_pairs(hand_ins, template=TEMPLATE, threshold=0.05)
    other = similar_pairs(dict(reversed(hand_ins.items())), template=TEMPLATE, threshold=0.05)
    shares = [
        {(frozenset((p.left, p.right)), *sorted((p.share_left, p.share_right))) for p in pairs}
        for pairs in (one, other)
    ]
    assert len(shares[0]) > 3 and shares[0] == shares[1]


# ---- hostile code ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "",
        "\ud800" * 1000,
        "\0" * 1000 + "\nx = 1",
        "def f(:\n    return ((((\n" * 200,
        '"""' + "never closed\n" * 1000,
        "if x:\n    a\n  b\n" * 1000,
        "%%bash\nrm -rf /\n!ls\n?x\n",
        "x = '\u202e' \f\v\x85\u2028 y\r\rz\r\n",
        "é" * 5000,
        "🙂 = 1\n" * 500,
    ],
)
def test_no_text_is_too_odd(text: str) -> None:
    odd = {"anna": cells([text, *INDEPENDENT["anna"]]), "ben": cells([text]), "carl": cells(INDEPENDENT["anna"])}
    pairs = similar_pairs(odd, template=TEMPLATE)
    assert ("anna", "carl") in {(p.left, p.right) for p in pairs}  # other cells are read all the same
    assert len(script(odd["ben"])) >= 1


def test_a_broken_line_does_not_hide_the_rest_of_its_cell() -> None:
    own = "\n".join(INDEPENDENT["anna"][len(TEMPLATE) :])
    found = compared({"anna": INDEPENDENT["anna"], "ben": [*TEMPLATE, "if x:\n        a\n  b = '\n" + own]})
    assert found["anna", "ben"] > 0.9


def test_no_cell_and_nobody() -> None:
    assert similar_pairs({}) == () == similar_pairs({"anna": ()}) == similar_pairs({"anna": (), "ben": ()}, threshold=0)


def big_class(size: int) -> dict[str, tuple[Cell, ...]]:
    draw = random.Random(1)
    pieces = [path.read_text().split('"""', 2)[2] for path in sorted(VARIANTS.glob("*.py"))]
    return {f"s{n}": cells([*TEMPLATE, *draw.sample(pieces, 4)]) for n in range(size)}


def test_time_grows_with_the_class_not_with_its_pairs() -> None:
    similar_pairs(big_class(3), template=TEMPLATE)  # imports
    spent = []
    for size in (60, 240):
        started = time.process_time()
        similar_pairs(big_class(size), template=TEMPLATE, threshold=0.9)
        spent.append(time.process_time() - started)
    assert spent[1] < 8 * spent[0] + 0.5  # sixteen times as many pairs
    assert spent[1] < 20


def test_a_megabyte_of_code_is_cut() -> None:
    big = "\n".join(f"x{n} = f{n}(a, {n}) + b{n % 7}.c{n % 13}" for n in range(30_000))
    started = time.process_time()
    (pair,) = similar_pairs({"anna": cells([big]), "ben": cells(["y = 2\n" + big])})
    assert time.process_time() - started < 5
    assert pair.share_left > 0.9
    assert sum(len(line.text) + 1 for line in script(cells([big]))) <= MOST_CHARS + 1


def test_copies_by_the_hundred_are_bounded() -> None:
    rings = {f"s{n}": cells(list(INDEPENDENT.values())[n % 4]) for n in range(120)}
    started = time.process_time()
    pairs = similar_pairs(rings, template=TEMPLATE)
    assert time.process_time() - started < 20
    assert len(pairs) == 500 and all(int(p.left[1:]) % 4 == int(p.right[1:]) % 4 for p in pairs)
