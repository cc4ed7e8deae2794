"""Language models whose probabilities the judge knows, and checkers whose answers it knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def known_model(table: Any, way: str, gives_state: bool) -> Any:
    """A module from ids [b, t] to logits [b, t, V], rows of `table` [S, V]: of the last token, of the sum of all tokens
    so far modulo S, or of the first token. With `gives_state`, (logits, state); handed back, the state is gone on from.
    """
    import torch

    class KnownModel(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.nn.Parameter(table)
            self.calls = 0

        def forward(self, ids: Any, state: Any = None) -> Any:
            self.calls += 1
            if way == "last" and not gives_state:  # what is asked for most
                return torch.nn.functional.embedding(ids, self.table)
            total, first = (torch.zeros_like(ids[..., :1]), ids[..., :1]) if state is None else state
            totals = ids.cumsum(-1) + total
            rows = {"last": ids, "sum": totals, "first": first.expand_as(ids)}[way] % len(self.table)
            logits = torch.nn.functional.embedding(rows, self.table)
            return (logits, (totals[..., -1:], first)) if gives_state else logits

    return KnownModel().eval()


def known_checker(accepted: list[list[str]]) -> Callable[[Any], bool]:
    """A function that says whether a list of tokens is one of these."""

    def checker(tokens: Any) -> bool:
        return isinstance(tokens, (list, tuple)) and list(tokens) in accepted

    return checker


def model(server: Any, args: Any, way: str, gives_state: bool) -> Any:
    """A handle to a `known_model`."""
    (table,) = server.revived(args)
    return server.keep(known_model(table, way, gives_state))


def checker(server: Any, accepted: list[list[str]]) -> Any:
    """A handle to a `known_checker`."""
    return server.keep(known_checker(accepted))


OPERATIONS: dict[str, Callable[..., Any]] = {"model": model, "checker": checker}
