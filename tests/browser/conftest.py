from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crmsync.cli.output.html import render
from tests.browser import chromium
from tests.cli.output.dry_runs import document


@dataclass
class Opened:
    """A preview in a browser, and what went on in it.

    Attributes:
        page: Playwright's page.
        said: What stood on the console, and scripts' failures.
        asked: Every address asked for, the page's own among them.
    """

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def rows(self) -> list[str]:
        """The names of the rows that show, in order."""
        names: list[str] = self.page.locator("td.name button").all_inner_texts()
        return names

    def leave(self) -> None:
        """Go to an empty page."""
        self.page.goto("about:blank")

    def search(self, text: str, *, leaves: str) -> None:
        """Type into the search, and wait until the count says *leaves*."""
        self.page.get_by_role("searchbox").fill(text)
        self.page.get_by_text(leaves, exact=True).wait_for()


Opener = Callable[..., Opened]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no playwright: pip install --group browser"
    )
    if chromium.FOUND is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with chromium.started(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def tabs(browser: Any) -> Opener:
    """Gives a tab with these options; each set of options has one, for test after test."""
    opened: dict[str, Opened] = {}

    def tab(**options: Any) -> Opened:
        key = repr(sorted(options.items()))
        if key not in opened:
            context = browser.new_context(reduced_motion="reduce", **options)
            context.set_default_timeout(60_000)
            one = opened[key] = Opened(context.new_page())
            one.page.on("console", lambda message: one.said.append(message.text))
            one.page.on("pageerror", lambda error: one.said.append(str(error)))
            one.page.on("dialog", lambda dialog: one.said.append(f"a dialog: {dialog.message}"))
            one.page.on("request", lambda request: one.asked.append(request.url))
        return opened[key]

    return tab


@pytest.fixture
def tab(tabs: Opener) -> Iterator[Opener]:
    """Gives a tab, and leaves its page at the test's end.

    Left open, it asks on, for itself or its icon, when its server is gone, and the next test's
    page is told of that.
    """
    used: list[Opened] = []

    def tab(**options: Any) -> Opened:
        used.append(tabs(**options))
        return used[-1]

    yield tab
    for one in used:
        one.leave()


@pytest.fixture
def preview(tab: Opener, tmp_path: Path) -> Iterator[Opener]:
    """Opens the preview of some syncs; nothing may be said or asked for by the test's end."""
    path = tmp_path / "preview.html"
    opened: list[Opened] = []

    def preview(*syncs: dict[str, Any], **options: Any) -> Opened:
        path.write_text(render(document(*syncs)), encoding="utf-8")
        one = tab(**options)
        one.said.clear()
        one.asked.clear()
        one.page.goto(path.as_uri())
        opened.append(one)
        return one

    yield preview
    for one in opened:
        one.page.evaluate("0")  # what it said until now has been told when this is answered
        assert one.said == []
        assert one.asked == [path.as_uri()]
