"""How the judge trains: sizes and settings that make right classes good in seconds."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.kit.training import recipe


@dataclass(frozen=True, kw_only=True)
class Recipe(recipe.Recipe):
    """Beside the training itself, the sizes: of a word's embedding and of a state, or of attention and its heads.

    `apart`: bound of the first embeddings, 0 for that of all other weights. With many words small ones look alike for
    long, and how long is chance.
    """

    embedding: int = 0
    apart: float = 0.0
    hidden: int = 0
    layers: int = 1
    heads: int = 0


NO_STOP, NO_END = 1.0, float("inf")  # perplexities: of a language that says nothing, and of any model at all
GRU = Recipe(
    name="fast", batch=64, rate=1e-2, epochs=8, slices=2, stop=NO_STOP, give_up=NO_END, patience=4, attempts=3,
    seconds=300.0, embedding=16, hidden=48,
)  # fmt: skip
TRANSFORMER = Recipe(
    name="fast", batch=64, rate=5e-3, epochs=5, slices=4, stop=NO_STOP, give_up=NO_END, patience=3, attempts=3,
    seconds=300.0, hidden=32, heads=2, layers=2,
)  # fmt: skip
# Real text: one short way through much of it. A rate that falls to nothing leaves little to chance; a training that is
# ended early, by validation on other documents than the test's, would leave much.
GRU_REAL = Recipe(
    name="fast", batch=32, rate=1e-2, epochs=1, slices=2, stop=NO_STOP, give_up=NO_END, patience=0.5, attempts=3,
    seconds=900.0, falls=True, embedding=48, hidden=64, apart=1.7,
)  # fmt: skip
TRANSFORMER_REAL = Recipe(
    name="fast", batch=32, rate=5e-3, epochs=1, slices=2, stop=NO_STOP, give_up=NO_END, patience=0.5, attempts=3,
    seconds=900.0, falls=True, hidden=64, heads=4, layers=2,
)  # fmt: skip
