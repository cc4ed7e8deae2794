"""Types of columns with which every database gives back what it was given: times in UTC, any text, plain data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A time with its zone. SQLite keeps no zone and PostgreSQL answers in its own: here all is UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises:
        ValueError: the time has no zone.
        """
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a time needs its zone: {value}")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time in UTC."""
        if value is None or value.tzinfo is not None:
            return value and value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


class Words(TypeDecorator[str]):
    """A text of any length. What no database can hold, a NUL or half a letter, is kept as it would be escaped."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it can be kept."""
        return None if value is None else storable(value)


class Plain(TypeDecorator[Any]):
    """Lists, objects, texts and numbers."""

    impl = JSON().with_variant(JSONB(), "postgresql")
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The data with texts as they can be kept."""
        return storable(value)


def storable(value: Any) -> Any:
    """Plain data with all its texts as a database can hold them."""
    if isinstance(value, str):
        if value.isascii() and "\0" not in value:
            return value  # as most are
        return value.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [storable(own) for own in value]
    return value
