"""`python -m tests.browser.screenshots FOLDER`: pictures of the status page, as people see it.

Overview, a run, quarantine, what is owed, a record explained, sign-in; wide and by day, on a
phone by day and by night. Whoever changes a template looks at them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.browser import chromium
from tests.browser.scenery import Scenery

SCREENS: Final = {
    "wide": {"viewport": {"width": 1200, "height": 800}, "color_scheme": "light"},
    "wide-night": {"viewport": {"width": 1200, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
    "phone-night": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


def places(url: str, run: str) -> dict[str, str]:
    """What to take pictures of, by its name."""
    paths = {
        "overview": "/",
        "runs": "/runs",
        "run": f"/runs/{run}",
        "quarantine": "/quarantine",
        "owed": "/owed",
        "explain": "/explain?sync=sheet-companies&id=1",
    }
    return {name: url + path for name, path in paths.items()}


def take(browser: Any, folder: Path, world: Scenery) -> Iterator[Path]:
    """Take every picture; gives each file."""
    with world.ledger() as ledger:
        run = str(next(one["run_id"] for one in ledger.reports("hubspot-companies", limit=4)[3:]))
    with world.served() as asking:
        for screen, options in SCREENS.items():
            context = browser.new_context(**options)
            page = context.new_page()
            for name, address in places(asking.url, run).items():
                page.goto(address)
                path = folder / f"{name}-{screen}.png"
                page.screenshot(path=path, full_page=True)
                yield path
            context.close()


def main(arguments: list[str]) -> None:
    """Take every picture, and say where it is."""
    folder = Path(*arguments or ["screenshots"])
    folder.mkdir(parents=True, exist_ok=True)
    playwright = import_module("playwright.sync_api")
    with TemporaryDirectory() as place, chromium.started(playwright) as browser:
        for path in take(browser, folder, Scenery(Path(place))):
            sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
