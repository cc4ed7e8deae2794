"""One choice costs one check, and no item gets easier by another's fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from notebooks import SUITE, judged, submission

from autograder.judge.plugin import Judge
from autograder.judge.session import with_checks
from autograder.records import Outcome, Submission
from fixtures.corpus import Notebook
from fixtures.labrnn.build import CORPUS

DATA = ["lab1.a", "lab1.b", "lab1.c", "lab1.d"]
# By fault: the only checks that it may fail.
ONLY = {
    "a_numbers_handed_on": {"label_words"},
    "a_labels_as_numbers": {"label_words", "by_position"},
    "a_header_is_a_row": {"no_row_lost"},
    "a_columns_swapped": {"reviews_then_labels"},
    "a_eight_one_one": {"sizes"},
    "b_counts_before_lower": {"forms_add_up"},
    "b_hparams_first": {"arguments"},
    "b_vocab_object": {"plain_dict"},
    "c_tensor": {"plain_integers"},
    "c_strings": {"plain_integers", "collate_takes_it"},
    "c_text_renamed_and_first": {"arguments"},
    "d_all_tensors": {"plain_types"},
    "d_vocab_first": {"arguments"},
}
PAIRS = [
    ("b_other_default", "c_stemmed"),
    ("a_first_rows_only", "d_label_list"),
    ("c_minus_one_for_unknown", "d_two_keys"),
]


def handed_in(*names: str) -> Submission:
    """The reference with these faults of the corpus."""
    notebook = Notebook(CORPUS.base)
    sources = {source.path.stem: source for source in CORPUS.sources("fault")}
    for name in names:
        notebook.apply(sources[name])
    return submission(*(cell.source for cell in notebook.cells if cell.cell_type == "code"))


@pytest.fixture(scope="module")
def results() -> Iterator[Mapping[tuple[str, ...], list[Outcome]]]:
    found: dict[tuple[str, ...], list[Outcome]] = {}
    asked = [(name,) for name in {*ONLY, *(name for pair in PAIRS for name in pair)}] + PAIRS
    failure: list[BaseException] = []

    def body(judge: Judge) -> None:
        try:
            found.update({names: judged(judge, handed_in(*names), DATA) for names in asked})
        except Exception as error:  # noqa: BLE001  # pytest would swallow it
            failure.append(error)

    with_checks(SUITE, body)
    if failure:
        raise failure[0]
    yield found


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


def failing(outcomes: list[Outcome]) -> set[tuple[str, str]]:
    return {(o.item, o.check) for o in outcomes if o.status == "failed"}


def earning(outcomes: list[Outcome]) -> set[tuple[str, str]]:
    return {(o.item, o.check) for o in outcomes if o.status == "passed"}


@pytest.mark.parametrize("name", ONLY)
def test_one_choice_is_one_charge(name: str, results: Mapping[tuple[str, ...], list[Outcome]]) -> None:
    # Ids of another type reach lab1.d too; the grader judges that on the reference's tokenize, see tests of the corpus.
    failed = failing(results[name,])
    assert {check for item, check in failed if item == f"lab1.{name[0]}" or name[0] != "c"} == ONLY[name]


@pytest.mark.parametrize("pair", PAIRS)
def test_a_second_fault_hides_nothing(pair: tuple[str, str], results: Mapping[tuple[str, ...], list[Outcome]]) -> None:
    assert earning(results[pair]) <= earning(results[pair[0],]) & earning(results[pair[1],])
