"""Runs the 15 settings of Problem 3, and makes of them what Problems 3 and 4 ask for: see docs/experiments.md.

    python -m reference.gru_attention.run_experiments                            all, at toy size, on a made-up text
    python -m reference.gru_attention.run_experiments --exp 1,6 --size full --data ptb --out results/ptb

Whatever ends it, the same command goes on after the last whole epoch, and comes to the figures of an undisturbed run.
Exit codes: 0 all runs are through, diverged ones too; 3 something asked for is impossible; 130 somebody pressed Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it CUDA's products differ from run to run
os.environ.setdefault("MPLBACKEND", "agg")

import torch
from rich.console import Console
from torch import nn

from autograder.errors import ConfigError
from reference.gru_attention.experiments import figures, products
from reference.gru_attention.experiments.corpus import Corpus, make_corpus, read_corpus
from reference.gru_attention.experiments.estimate import estimate
from reference.gru_attention.experiments.gradient_norms import write_gradient_norms
from reference.gru_attention.experiments.made_up import texts
from reference.gru_attention.experiments.runs import Plan, alone, best_model, load_states, run_one, runs
from reference.gru_attention.experiments.samples import write_samples
from reference.gru_attention.experiments.settings import SAVED, SETTINGS, SIZES, TOY, Size, chosen
from reference.gru_attention.experiments.states import State
from reference.gru_attention.experiments.telling import Terminal, duration, estimates_table

IMPOSSIBLE, INTERRUPTED = 3, 130


class Parser(argparse.ArgumentParser):
    """Mistakes in options end with the exit code of everything that is impossible."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message[:1].upper()}{message[1:]}; --help shows all options.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; return the exit code."""
    console = Console(highlight=False)
    try:
        options = _options(arguments)
        plan = _plan(options)
        if options.estimate:
            console.print(estimates_table([estimate(plan, number) for number in plan.numbers]))
        else:
            experiments(plan, console)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return IMPOSSIBLE
    except OSError as error:
        print(f"{error.filename or options.out}: {error.strerror or error}.", file=sys.stderr)
        return IMPOSSIBLE
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on after the last whole epoch.", file=sys.stderr)
        return INTERRUPTED
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="python -m reference.gru_attention.run_experiments",
        description=(__doc__ or "").partition("\n")[0],
        allow_abbrev=False,
    )
    parser.add_argument("--exp", default="all", help="numbers of experiments, as in 1,6 (all)")
    parser.add_argument("--size", choices=SIZES, default=TOY.name, help="as published, or small (toy)")
    parser.add_argument("--data", type=Path, help="folder with train.txt, valid.txt, test.txt (a made-up text)")
    parser.add_argument("--out", type=Path, default=Path("results/experiments"), help="where everything goes")
    parser.add_argument("--seed", type=_seed, default=1, help="of weights, dropout and the made-up text (1)")
    parser.add_argument(
        "--save-best", action="store_true", help="keep the best parameters of all runs, not of 1 and 6 alone"
    )
    parser.add_argument(
        "--estimate", action="store_true", help="only measure a step of each, and say how long all takes"
    )
    return parser.parse_args(arguments)


def _seed(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError("a seed is a whole number of up to nine digits")
    return int(text)


def _plan(options: argparse.Namespace) -> Plan:
    numbers, size = chosen(options.exp), SIZES[options.size]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cuda":
        torch.use_deterministic_algorithms(True, warn_only=True)
    elif size is TOY:
        torch.set_num_threads(1)  # matrices this small are not worth a second thread
    corpus = read_corpus(options.data) if options.data else made_up(size, options.seed)
    plan = Plan(numbers, size, corpus, options.out, device, options.seed, options.save_best)
    for setting in map(plan.setting, numbers):
        corpus.require(setting.seq_len, setting.batch_size)
    return plan


def made_up(size: Size, seed: int) -> Corpus:
    """The made-up text of the size."""
    return make_corpus(texts(size.words, seed))


def experiments(plan: Plan, console: Console) -> None:
    """Bring the plan's runs to their end, and write what is made of them and of others in the folder."""
    with alone(plan.out):
        found = load_states(plan)
        left = {number: epochs for number in plan.numbers if (epochs := found[number].epochs_left)}
        measured = {number: estimate(plan, number) for number in left}
        expected = sum(measured[number].epoch * epochs for number, epochs in left.items())
        console.print(
            f"{len(left)} of {len(plan.numbers)} runs to do on {plan.device.type}, in about {duration(expected)}."
        )
        with Terminal(console, measured, left, lambda: write_tables(plan, found)) as terminal:
            for number in left:
                run_one(plan, number, found[number], terminal)
        write_tables(plan, found)
        figures.write_curves(plan.out, runs(plan, found))
        models = saved_models(plan, found)
        if models:
            write_gradient_norms(plan, models)
            write_samples(plan, models)
        console.print(summary(plan, found, models), soft_wrap=True, markup=False)


def write_tables(plan: Plan, found: Mapping[int, State]) -> None:
    """Write what there is as text of all runs so far."""
    products.write_log(plan.out, runs(plan, found))
    products.write_table(plan.out, runs(plan, found))


def saved_models(plan: Plan, found: Mapping[int, State]) -> dict[int, nn.Module]:
    """The models of Problem 4 whose runs are through, by number."""
    through = [number for number in SAVED if number in found and not found[number].epochs_left]
    return {number: model for number in through if (model := best_model(plan, number)) is not None}


def summary(plan: Plan, found: Mapping[int, State], models: Mapping[int, nn.Module]) -> str:
    """The table, and sentences on what there is."""
    finished = [run for run in runs(plan, found) if run.finished]
    diverged = sum(run.diverged for run in finished)
    lines = [
        products.markdown_table(finished),
        f"{len(finished)} of {len(SETTINGS)} runs are through, of which {diverged} diverged; all is in {plan.out}.",
    ]
    if sound := [run for run in finished if not run.diverged]:
        best = min(sound, key=lambda run: run.best)
        lines.append(
            f"The best in validation is experiment {best.setting.number}, with a perplexity of {best.test:,.2f} on the "
            "test text."
        )
    if missing := [str(number) for number in SAVED if number not in models]:
        lines.append(
            f"Without saved parameters of experiment {' and '.join(missing)} no gradient norms and samples of it."
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
