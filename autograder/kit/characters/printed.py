"""What trainings print: whether a perplexity is exp of the loss beside it, or another average.

exp of the mean loss is the perplexity of a text. The mean of exp over its chunks is never smaller (Jensen's
inequality): about exp(s²/2) times as large where the chunks' losses spread by s. Both are seen in reports, and only the
first can be held against a bar.
"""

from __future__ import annotations

import math
import re

NUMBER = r"[^\d\n-]{0,20}?(\d{1,4}(?:\.\d{1,20})?)"
LOSS = re.compile(rf"loss{NUMBER}", re.IGNORECASE)
PERPLEXITY = re.compile(rf"(?:perplexity|ppl){NUMBER}", re.IGNORECASE)
SAME = 0.01  # relative: what rounding in print explains
LARGEST = 2.0  # times exp of the loss: beyond it the two are not about the same thing
LONGEST, MOST = 400, 20_000  # characters of a line; lines


def other_average(text: str) -> str | None:
    """Return the first line's figures that are the mean of perplexities, in words; None where there is none."""
    for line in text.splitlines()[:MOST]:
        loss, perplexity = LOSS.search(line[:LONGEST]), PERPLEXITY.search(line[:LONGEST])
        if loss is None or perplexity is None:
            continue
        mean, printed = float(loss[1]), float(perplexity[1])
        if 0 < mean < 20 and 1 + SAME < printed / math.exp(mean) < LARGEST:
            return f"loss {mean:g}, of which exp is {math.exp(mean):.3f}, beside perplexity {printed:g}"
    return None
