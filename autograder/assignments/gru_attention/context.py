"""What the assignment hands its methods, and what is known of a hand-in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograder.assignments.gru_attention.exhibits.found import Exhibits
from autograder.evidence import ClassVerdict
from autograder.judge.reach import Code
from autograder.kit.recogniser.language_model.sizes import Sizes
from autograder.records import Submission

GRADED = {"gru.init": "GRU", "gru.forward": "GRU", "gru.generate": "GRU", "attention.forward": "MultiHeadedAttention"}
ARGUMENTS = {  # what the assignment hands each of these, in its order
    ("GRU", "__init__"): (
        "emb_size", "hidden_size", "seq_len", "batch_size", "vocab_size", "num_layers", "dp_keep_prob",
    ),
    ("GRU", "forward"): ("inputs", "hidden"),
    ("GRU", "generate"): ("input", "hidden", "generated_seq_len"),
    ("MultiHeadedAttention", "__init__"): ("n_heads", "n_units", "dropout"),
    ("MultiHeadedAttention", "forward"): ("query", "key", "value", "mask"),
}  # fmt: skip


@dataclass
class Context:
    """What is known about a submission while its checks run; `broken`: items that did not earn full marks so far."""

    lost: dict[str, str] = field(default_factory=dict)  # names in cells that failed to load, and the sentence to say
    broken: set[str] = field(default_factory=set)
    counts: dict[Sizes, int] = field(default_factory=dict)  # parameters of models built so far
    roles: dict[Any, Any] = field(default_factory=dict)  # what the numbers of a model do, by sizes
    code: Code = field(default_factory=Code)  # the hand-in's text, read
    order: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)  # where it is not that of ARGUMENTS
    grad: set[str] = field(default_factory=set)  # classes that only work where torch records for a backward pass
    hidden_list: bool = False  # whether hidden states are handed over as a list of layers
    mask_kind: str = "bool"  # of the masks that this attention takes
    hides: bool = False  # whether it hides what its masks allow: other checks than those of masks hand it zeros
    several: bool = False  # whether its forward returns more than the output
    accuracy: dict[str, ClassVerdict] = field(default_factory=dict)  # by class, what came of the judge's trainings
    submission: Submission | None = None  # the hand-in, for what it brings beside its code
    exhibits: Exhibits | None = None  # what it shows of its experiments; None: not looked for yet
