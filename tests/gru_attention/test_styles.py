"""A deviation of type that a course's driver takes costs one small check; another habit costs nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hands import AUTOMATIC, SUITE, judged, submission

from autograder.judge.plugin import Judge
from autograder.judge.session import with_checks
from autograder.records import Outcome
from fixtures.gru_attention import build

pytestmark = pytest.mark.slow  # ten whole hand-ins; `make validate` holds these variants to what they may lose

COSTS = {
    "style_states_as_list": {"shapes"},
    "style_hidden_is_a_list": {"init_hidden"},
    "style_tokens_as_numbers": {"any_length"},
    "style_tokens_batch_first": {"any_length"},
    "style_constructor_reordered": {"order_of_arguments"},
    "style_forward_reordered": {"two_values", "one_value"},
    "style_hooks_on_states": set(),
    "style_numpy_in_generate": set(),
    "style_mentions_ready_made": set(),
    "style_own_names_like_torch": set(),
}


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, list[Outcome]]]:
    found: dict[str, list[Outcome]] = {}
    failure: list[BaseException] = []
    sources = {source.path.stem: source for source in build.sources("variant")}

    def body(judge: Judge) -> None:
        try:
            for name in COSTS:
                found[name] = judged(judge, submission(build.CORPUS.build_one(sources[name])), list(AUTOMATIC))
        except Exception as error:  # noqa: BLE001  # pytest would swallow it
            failure.append(error)

    with_checks(SUITE, body)
    if failure:
        raise failure[0]
    yield found


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


@pytest.mark.parametrize("name", COSTS)
def test_what_it_costs(name: str, results: dict[str, list[Outcome]]) -> None:
    outcomes = [o for o in results[name] if o.status not in ("passed", "skipped")]
    assert {o.check for o in outcomes} == COSTS[name], [(o.check, o.status, o.message) for o in outcomes]
    weights = {o.check: o.weight for o in outcomes}
    assert all(weight <= 2 for weight in weights.values())
