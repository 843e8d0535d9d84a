"""The Chromium of this machine, quiet, as tests and screenshots start it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

FOUND: Final = shutil.which("chromium") or shutil.which("chromium-browser")
_QUIET: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def started(playwright: Any) -> Iterator[Any]:
    """One, until the block ends; *playwright* is its module `sync_api`."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=FOUND, args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()
