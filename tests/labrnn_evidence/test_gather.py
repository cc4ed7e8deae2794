"""Hook, log lines and stored outputs put together."""

from __future__ import annotations

from autograder.evidence import CellRun
from tests.labrnn_evidence.runs import CURVE, WORDS, cell, evidence, training

LOG = "The model has 41,729 trainable parameters\nepoch: 1\ntrain_loss: 0.7, train_acc: 0.5\n"
PERFECT = LOG + "test_loss: 0.01, test_acc: 0.99\n"


def test_reports_count_and_logs_fill_in() -> None:
    bare = training(result={"test_acc": 0.70049})
    found = evidence(cell(2, bare, text=LOG + "test_loss: 0.611, test_acc: 0.700\n"), headings={2: "Lab 1 (f)"})
    [made] = found.trainings
    assert (made.standing, made.section, made.kind, made.complete) == ("observed", "lab1.f", "LSTM", True)
    assert (made.test_acc, made.test_loss, len(made.epochs), made.vocab_size) == (0.70049, 0.611, 1, WORDS)


def test_printed_figures_alone_are_no_training() -> None:
    three = "".join(PERFECT.replace("train_loss: 0.7", f"train_loss: 0.{k}") for k in (7, 6, 5))
    found = evidence(cell(1, training()), cell(2, text=three))
    assert [t.cell for t in found.trainings] == [1]
    [remark] = [r for r in found.remarks if "Cell 2 prints the figures of 3 trainings" in r]
    assert "no optimizer took a step" in remark and "Cell 2 printed «The model has 41,729" in remark


def test_a_test_alone_claims_no_training() -> None:
    """A model that was there already may be tested again, on other words or by another cell."""
    text = "valid_loss: 0.41, valid_acc: 0.83\nTest loss: 0.402, test acc: 0.845\n"
    found = evidence(cell(1, training()), cell(2, text=text), stored={2: text})
    assert found.remarks == () and not any("stored output" in c for c in found.contradictions)


def test_forty_eight_trainings_are_forty_eight() -> None:
    """However often each is told: numbered hyper-parameters, a logger beside print, a table at the end."""

    def told(k: int) -> str:
        lines = [
            *(f"hparam {k}", "hyperparams: 1", f"Length of vocabulary is {WORDS}"),
            *("epoch: 1", f"train_loss: 0.{600 - k}, train_acc: 0.5{k:02}"),
            *("epoch: 2", f"train_loss: 0.{500 - k}, train_acc: 0.6{k:02}"),
            f"test_loss: 0.{400 - k}, test_acc: 0.8{k:02}",
        ]
        return "".join(f"{line}\nINFO:root:{line}\n" for line in lines)

    table = "".join(f"config {k}: test_loss 0.{400 - k}, test_acc 0.8{k:02}\n" for k in range(48))
    found = evidence(cell(5), stored={5: "".join(map(told, range(48))) + table}, headings={5: "Lab 2 (f)"})
    assert len(found.trainings) == 48 and not any(b.rule in ("trials", "epochs") for b in found.breaches)
    more = evidence(cell(5), stored={5: "".join(map(told, range(52)))}, headings={5: "Lab 2 (f)"})
    [breach] = [b for b in more.breaches if b.rule == "trials"]
    assert breach.hint and "52 trainings" in breach.what and "Cell 5 printed «" in breach.what


def test_a_driver_that_trains_nothing_is_no_training() -> None:
    events = training(steps=0)
    found = evidence(cell(2, [events[0], events[2]], text=PERFECT))
    assert [(t.complete, t.error) for t in found.trainings] == [(False, "no optimizer took a step")]
    assert any("Cell 2 prints" in remark for remark in found.remarks)


def test_without_the_hook_logs_count_if_time_has_passed() -> None:
    slow = CellRun(2, "", "ran", seconds=30, text=PERFECT)
    quick = CellRun(3, "", "ran", seconds=0.1, text=PERFECT)
    found = evidence(slow, quick, headings={2: "Lab 1 (f)"})
    assert [(t.cell, t.complete, t.test_acc, t.section) for t in found.trainings] == [(2, True, 0.99, "lab1.f")]
    assert any("Cell 3 prints" in remark for remark in found.remarks)


def test_a_hang_in_the_second_training() -> None:
    stopped = {"status": "timed out", "error": "The cell was stopped."}
    interrupted = evidence(cell(2, training(error="KeyboardInterrupt: "), **stopped))
    assert [(t.complete, t.error) for t in interrupted.trainings] == [(False, "The cell was stopped.")]
    hung = cell(2, training(1), training(2, OPTIM="adam")[:2], **stopped)
    found = evidence(hung)
    assert [(t.complete, t.error) for t in found.trainings] == [(True, ""), (False, "The cell was stopped.")]
    assert found.trainings[1].section == "lab2.a" and found.cut == (2,)


def test_a_driver_that_raises_after_its_training_broke_off() -> None:
    raised = evidence(cell(2, training(error="FileNotFoundError: best.pt", result={}), status="failed", error="…"))
    assert [(t.complete, t.broke_off) for t in raised.trainings] == [(False, True)]
    before = training(error="NotImplementedError: build_vocab", steps=0)
    unwritten = evidence(cell(2, [before[0], before[2]], status="failed", error="…"))
    interrupted = evidence(cell(2, training(error="KeyboardInterrupt: "), status="timed out", error="…"))
    for found in (unwritten, interrupted, evidence(cell(2, training()))):
        assert not found.trainings[0].broke_off


def test_cells_that_were_to_train_and_failed() -> None:
    sources = {2: "train(HyperParams())", 3: "train(HyperParams())", 4: "print(x)", 5: "run_all()", 6: "fit()"}
    failed = {"status": "failed", "error": "NameError: x"}
    unwritten = {"status": "failed", "error": "NotImplementedError: Lab 2"}
    runs = [cell(2), cell(3, **failed), cell(4, **failed), cell(5, **unwritten), cell(6, **failed)]
    found = evidence(*runs, sources=sources, headings={3: "Lab 2 (c)", 6: "Anything"})
    assert found.tried == {3: ("lab2.c",), 6: ("lab2.c",)}


def test_what_fails_after_a_training_without_driver_is_not_the_training() -> None:
    events = training(error="ValueError: of the plot", result={})
    events[0]["driver"] = ""
    found = evidence(cell(2, events, status="failed", error="ValueError: of the plot", text=PERFECT))
    assert [(t.complete, t.test_acc) for t in found.trainings] == [(True, 0.99)]
    assert found.failed == {2: "ValueError: of the plot"}


def test_stored_outputs_are_claims_with_the_settings_of_our_run() -> None:
    found = evidence(cell(2, training(OPTIM="adam")), stored={2: PERFECT, 5: PERFECT})
    claimed = [t for t in found.trainings if t.standing == "claimed"]
    assert [(t.cell, t.section, t.kind, t.test_acc) for t in claimed] == [
        (2, "lab2.a", "LSTM", 0.99),
        (5, "", "", 0.99),
    ]


def test_a_claim_that_our_run_does_not_make() -> None:
    found = evidence(cell(1, training()), cell(2), stored={2: PERFECT + PERFECT.replace("0.7", "0.6")})
    assert any("stored output of cell 2 shows 2 trainings" in c and "none" in c for c in found.contradictions)
    cut = evidence(cell(1, training()), cell(2, status="timed out"), stored={2: PERFECT * 2})
    assert cut.contradictions == ()


def test_claims_are_compared_on_the_same_data_only() -> None:
    stored = {2: "epoch: 1\ntrain_loss: 0.4, train_acc: 0.8\ntest_loss: 0.4, test_acc: 0.871\n"}
    real = evidence(cell(2, training()), stored=stored, data="IMDBDataset.csv")
    assert any("0.8710" in c and "0.7000" in c for c in real.contradictions)
    assert evidence(cell(2, training()), stored=stored).contradictions == ()
    near = training(result={**CURVE, "test_loss": 0.4, "test_acc": 0.86})
    assert evidence(cell(2, near), stored=stored, data="IMDBDataset.csv").contradictions == ()


def test_settings_that_are_declared_and_not_used() -> None:
    events = training(N_LAYERS=3)
    events[1]["model"]["built"]["N_LAYERS"] = 1
    events[1]["model"]["num_params"] = 41729
    found = evidence(cell(2, events))
    assert [c for c in found.contradictions if "N_LAYERS 3 in its HyperParams, but used 1" in c]
    assert found.trainings[0].section == "lab1.f"


def test_a_parameter_count_off_the_formula() -> None:
    events = training(BIDIRECTIONAL=True)
    events[1]["model"]["num_params"] -= 200
    assert any("200" in c and "one direction" in c for c in evidence(cell(2, events)).contradictions)
    assert evidence(cell(2, training(BIDIRECTIONAL=True))).contradictions == ()


def test_remarks_on_real_data() -> None:
    stuck = training(OPTIM="adam", N_LAYERS=3, HIDDEN_DIM=200)
    found = evidence(cell(2, stuck), data="IMDBDataset.csv")
    assert any("learned nothing" in r for r in found.remarks) and any(
        "0.700" in r and "0.86" in r for r in found.remarks
    )
    assert evidence(cell(2, stuck)).remarks == ()


def test_nothing_was_run() -> None:
    assert evidence().trainings == ()
    assert [t.standing for t in evidence(sources={2: ""}, stored={2: PERFECT}).trainings] == ["claimed"]


def test_hundreds_of_findings_are_cut() -> None:
    trainings = []
    for number in range(200):
        events = training(number, HIDDEN_DIM=100 + number)
        events[1]["model"]["num_params"] += number + 1
        trainings.append(events)
    found = evidence(cell(2, *trainings)).contradictions
    assert len(found) == 61 and "140 more" in found[-1]
