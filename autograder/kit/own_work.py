"""Parts that a task wants written by hand: which functions of torch do the work instead, and which lines of text may.

A forward pass is watched in the student's process, where that can be hidden; so what the class reaches is also read as
text. What was seen in use costs points; where only the text speaks, a person looks at the line.
"""

from __future__ import annotations

from collections.abc import Collection

from autograder.errors import StudentException
from autograder.judge.banned import Banned, banned_names, hits, tampering
from autograder.judge.expect import Mismatch, NeedsPerson, NotJudged
from autograder.judge.models import Model
from autograder.judge.reach import Code, reached

RECURRENT = frozenset(
    {"gru", "gru_cell", "lstm", "lstm_cell", "rnn_tanh", "rnn_tanh_cell", "rnn_relu", "rnn_relu_cell"}
)
RECURRENT_TEXT = banned_names(
    "GRU", "LSTM", "RNN", "gru", "lstm", "rnn",
    telling=(RECURRENT - {"gru", "lstm"}) | {"GRUCell", "LSTMCell", "RNNCell", "RNNBase", "RNNCellBase", "_VF"},
)  # fmt: skip

NOTHING = Banned(frozenset(), frozenset())


def used(model: Model, *args: object) -> list[str]:
    """The functions of torch that forward uses.

    Raises:
        NotJudged: forward fails, which the other checks say.
    """
    try:
        return model.torch_functions(*args)
    except StudentException as error:
        raise NotJudged(f"forward does not run: {error}") from error


def expect_own(
    code: Code,
    name: str,
    methods: tuple[str, ...],
    banned: Banned,
    found: Collection[str],
    wanted: str,
    others: Collection[str] = (),
) -> None:
    """Fail for functions that were seen in use, and leave what only the text shows to a person. `others`: classes that
    may use them; what they share with this one, as a factory that makes both, says nothing about it."""
    theirs = {hit.spot for other in others for hit in hits(reached(code, other, methods), banned)}
    reach = reached(code, name, methods)
    theirs -= {hit.spot for hit in hits(reach, NOTHING)}  # what can't be read is doubtful whoever has it
    lines = [hit for hit in hits(reach, banned) if hit.spot not in theirs]
    shown = f"; {lines[0].spot}" if lines and lines[0].spot.cell else ""
    if found:
        raise Mismatch(f"{name} leaves this to torch", f"uses torch's {', '.join(found)}{shown}", wanted)
    doubts = [*lines, *tampering(code)]
    if doubts:
        more = f" and {len(doubts) - 1} more" if len(doubts) > 1 else ""
        raise NeedsPerson(f"{name} may leave its work to torch: {doubts[0]}{more}")
