"""s8.bar of sequence_tasks: who passes when the judge trains a language model, and what becomes of the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from autograder.assignments.sequence_tasks import lessons, writing
from autograder.assignments.sequence_tasks.context import Context
from autograder.assignments.sequence_tasks.declaration import DECLARATION
from autograder.batch import ENTRY
from autograder.evidence import ClassVerdict
from autograder.folder import BUILT_IN, find_folder
from autograder.judge.plugin import Bench, Judge
from autograder.judge.rehearsal import Nowhere
from autograder.judge.session import with_checks
from autograder.kit.training.verify import verify
from autograder.kit.training.writer import Writer
from autograder.kit.training.writer import drawn as chosen
from autograder.preflight import Options, describe
from autograder.records import Cell
from autograder.sandbox import ZygoteSandbox, open_sandbox
from autograder.student.proxy import Student
from autograder.wire.limits import Limits
from reference.sequence_tasks import MODULE

NDFA, BRACKETS = lessons.LANGUAGES
Names = tuple[str, ...]
FROZEN = """
class AutoregressiveLSTM(AutoregressiveLSTM):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for parameter in self.parameters():
            parameter.requires_grad_(False)
"""
BIGRAMS = """
class AutoregressiveLSTM(nn.Module):
    def __init__(self, vocab_size, emb=32, hidden=16, num_layers=1):
        super().__init__()
        self.table = nn.Embedding(vocab_size, vocab_size)

    def forward(self, ids):
        return self.table(ids)
"""
CANNED = """
def sample(model, prefix, w2i, max_length=200, temperature=1.0):
    i2w = {i: t for t, i in w2i.items()}
    text = "".join(i2w[i] for i in prefix[1:])
    rest = next(w[len(text):] for w in ("sabc!s", "sklm!s", "suvw!s", text + "s") if w.startswith(text))
    return [*prefix, *(w2i.get(c, w2i[".unk"]) for c in rest), w2i[".end"]]
"""


@pytest.fixture(scope="module")
def trainer() -> Iterator[ZygoteSandbox]:
    opened = open_sandbox(Limits(), preload=("torch._dynamo",), entry=ENTRY)
    opened.wait_ready()
    yield opened
    opened.close()


def verdict(
    trainer: ZygoteSandbox, language: lessons.Language, *more: str, broken: Names = (), hopeless: Names = ()
) -> ClassVerdict:
    """Of the reference with these cells behind it."""
    run = describe(Options("sequence_tasks", Path(), only="functions"))
    cells = [Cell(n, text) for n, text in enumerate((MODULE.read_text(encoding="utf-8"), *more), 1)]
    context = Context(DECLARATION, broken=set(broken), hopeless=set(hopeless))
    student = Student(trainer, cells, Limits())
    task = writing.task(run, context, language, writing.draws_itself(student, context))
    return verify(student, "the model", task, secret=b"tests", salt="1")


@pytest.mark.slow
def test_bigrams_are_not_trained(trainer: ZygoteSandbox) -> None:
    found = verdict(trainer, NDFA, BIGRAMS)
    assert found.verdict == "structure" and "tokens before the last one" in found.reason


@pytest.mark.slow
@pytest.mark.parametrize("language", lessons.LANGUAGES, ids=lambda one: one.name)
def test_reference_writes(trainer: ZygoteSandbox, language: lessons.Language) -> None:
    found = verdict(trainer, language)
    assert found.verdict == "verified" and found.seconds < 20


@pytest.mark.slow
@pytest.mark.parametrize("more", [FROZEN, CANNED], ids=["frozen", "canned"])
def test_who_does_not(trainer: ZygoteSandbox, more: str) -> None:
    assert verdict(trainer, NDFA, more).verdict != "verified"


@pytest.mark.slow
def test_a_broken_sample_is_not_charged_again(trainer: ZygoteSandbox) -> None:
    assert verdict(trainer, NDFA, CANNED, broken=("s7.sample",)).verdict == "verified"


@pytest.mark.slow
def test_a_sample_that_is_worth_nothing_writes_nothing(trainer: ZygoteSandbox) -> None:
    assert verdict(trainer, NDFA, CANNED, broken=("s7.sample",), hopeless=("s7.sample",)).verdict != "verified"


def test_share_of_prefixes() -> None:
    drawn = lessons.drawn_lessons(NDFA, 1)
    prefixes = drawn.prefixes[0]
    writer = Writer(None, drawn, writing.RECIPE, None)  # type: ignore[arg-type]
    symbols = [drawn.ids[symbol] for symbol in "sabc!s"]
    whole = [drawn.w2i[".start"], *symbols, drawn.w2i[".end"]]
    good, capped = [whole] * 6 + [whole[:-1]] * 4, [whole] * 5 + [whole[:-1]] * 5
    assert writer.share([prefixes[0]], good) == 1.0 and writer.share([prefixes[0]], capped) == 0.0
    assert writer.share([prefixes[0], prefixes[0]], [*good, *capped]) == 0.5
    other = [whole[0], drawn.ids["s"], drawn.ids["k"]]
    assert writer.share([other], [whole] * 10) == 0.0  # the prefix is not kept


def test_draws_by_the_softmax() -> None:
    rng = np.random.default_rng(1)
    law = np.array([0.7, 0.2, 0.1])
    drawn = chosen(np.log(law)[None].repeat(4000, axis=0), rng)
    np.testing.assert_allclose(np.bincount(drawn) / 4000, law, atol=0.03)


MODEL, SAMPLE = ("s7.model",), ("s7.sample",)
SCENES = (  # the verdict on both languages, items without full marks, those that earned nothing; what the check says
    ("verified", "", (), (), "passed"),
    ("verified", "", MODEL, (), "passed"),
    ("verified", "", SAMPLE, SAMPLE, "passed"),
    ("below", "it reached 0.5", (), (), "failed"),
    ("below", "it reached 0.5", SAMPLE, (), "failed"),
    ("below", "it reached 0.5", MODEL, (), "skipped"),
    ("below", "it reached 0.5", MODEL, MODEL, "failed"),
    ("structure", "it looks at one token", MODEL, (), "skipped"),
    ("structure", "it looks at one token", MODEL, MODEL, "failed"),
    ("broken", "it raised RuntimeError", MODEL, (), "skipped"),
    ("broken", "it raised NotImplementedError", MODEL, MODEL, "failed"),
    ("absent", "there is none", MODEL, MODEL, "failed"),
)


@pytest.fixture(scope="module")
def outcomes() -> list[tuple[str, str]]:
    """The statuses of the two checks in every scene, by one judge."""
    found: list[tuple[str, str]] = []

    def body(judge: Judge) -> None:
        for kind, reason, broken, hopeless, _ in SCENES:
            names = [f"{writing.MODEL.name} ({language.name})" for language in lessons.LANGUAGES]
            accuracy = {name: ClassVerdict(name, kind, reason, 0.5, 0.9) for name in names}  # type: ignore[arg-type]
            context = Context(DECLARATION, broken=set(broken), hopeless=set(hopeless), accuracy=accuracy)
            one, two = judge.run(Bench(Student(Nowhere(), (), Limits()), context, b"tests"), ["s8.bar"])
            found.append((one.status, two.status))

    folder = BUILT_IN / "sequence_tasks"
    with_checks(folder / "checks", body, package=find_folder("sequence_tasks").package)
    return found


@pytest.fixture(autouse=True)
def settings(judge_settings: None) -> None: ...


def test_every_scene_has_its_outcome(outcomes: list[tuple[str, str]]) -> None:
    assert outcomes == [(wanted, wanted) for *_, wanted in SCENES]
