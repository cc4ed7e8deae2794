"""executed.ipynb: the notebook with the outputs of our run, saved so that a kill at any moment loses nothing."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_SHARE = 20.0  # of the time goes at most one part to saving
Text = tuple[int, str]  # number of the cell, its text


def arrange(code: Sequence[Text], markdown: Sequence[str]) -> list[dict[str, Any]]:
    """The cells of the executed notebook. Text cells fill the numbers between the code cells, in their order."""
    cells: list[dict[str, Any]] = []
    texts = iter(markdown)
    previous = 0
    for number, source in code:
        for gap, text in zip(range(previous + 1, number), texts, strict=False):
            cells.append({"cell_type": "markdown", "id": f"cell-{gap}", "metadata": {}, "source": text})
        cells.append(
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": source,
                "execution_count": None,
                "outputs": [],
            }
        )
        previous = number
    for number, text in enumerate(texts, previous + 1):
        cells.append({"cell_type": "markdown", "id": f"cell-{number}", "metadata": {}, "source": text})
    return cells


class Book:
    """The executed notebook on its way; `save` writes it as it is now."""

    def __init__(self, path: Path, code: Sequence[Text], markdown: Sequence[str]) -> None:
        self._path = path
        self._cells = arrange(code, markdown)
        self._by_id = {cell["id"]: cell for cell in self._cells}
        self._count = 0
        self._saved, self._cost = -math.inf, 0.0  # when, and how many seconds it took

    def put(self, number: int, outputs: list[dict[str, Any]], *, done: bool) -> None:
        """The outputs of code cell `number` so far."""
        cell = self._by_id[f"cell-{number}"]
        cell["outputs"] = outputs
        if done:
            self._count += 1
            cell["execution_count"] = self._count

    def save_if_due(self) -> None:
        """As `save`, but a notebook of many cells is not written anew after each of them.

        Raises:
            OSError: the folder can't be written to.
        """
        if time.monotonic() - self._saved >= _SHARE * self._cost:
            self.save()

    def save(self) -> None:
        """Replace the file at once: nobody ever sees half of it.

        Raises:
            OSError: the folder can't be written to.
        """
        started = time.monotonic()
        book = {
            "cells": self._cells,
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        half = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        half.write_text(json.dumps(book, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", errors="replace")
        os.replace(half, self._path)
        self._saved = time.monotonic()
        self._cost = self._saved - started
