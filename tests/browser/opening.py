"""How the tests open a page, and ask axe about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS, SCHEMES = (1280, 390), ("light", "dark")


@contextmanager
def opened(chromium: Browser, path: Path, width: int = 1280, **options: Any) -> Iterator[Page]:
    """The page at this width; whatever it asked from elsewhere, or wrote on the console, is an error at the end."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith("file:") else told.append(request.url))
    page.goto(path.as_uri())
    yield page
    context.close()
    assert told == []


def serious(page: Page, axe: str) -> list[str]:
    """What axe-core finds serious or worse: the rule, and the first element that breaks it."""
    page.evaluate(axe)
    found = page.evaluate("axe.run()")["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["impact"] in ("serious", "critical")]
