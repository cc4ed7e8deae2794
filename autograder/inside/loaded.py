"""What a server asks of a student's names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol


class Loaded(Protocol):
    """A student's names: of a notebook that is loaded here (loader.Workspace), or of one that runs."""

    namespace: dict[str, Any]

    def load_cell(
        self, number: int, source: str, definitions_only: bool = False, module: str = ""
    ) -> dict[str, Any]: ...

    def resolve(self, name: str) -> bool: ...

    def override(self, source: str, names: Iterable[str]) -> None: ...

    def inventory(self) -> dict[str, dict[str, Any]]: ...

    def cause(self, error: BaseException) -> tuple[str, str]: ...

    def where(self, error: BaseException) -> str: ...
