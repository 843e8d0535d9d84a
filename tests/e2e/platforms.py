"""Akita and Data Talks: their configuration, and how the sandbox is asked what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.e2e.canaries import canaries
from tests.e2e.crms import SOURCES, CrmWorld, Kind
from tests.e2e.warm import Warm
from tests.e2e.world import present

CREDENTIALS: Final = canaries(
    "AKITA_API_KEY", "DATATALKS_ACCESS_KEY_ID", "DATATALKS_SECRET_ACCESS_KEY", "ATOKA_TOKEN"
)
FEW: Final = (
    *("--companies", "16", "--deals", "12", "--nasty", "2"),
    *("--datatalks-contact-key", "crm_id"),
)
"""Options of a sandbox with so few records that one request each is soon done."""


class Platform(NamedTuple):
    """A platform that takes one record a request.

    Attributes:
        lines: Its account, but for the address.
        sync: What its syncs have besides.
        held: Where the sandbox tells what it holds.
        own: What the platform adds to what it was brought.
    """

    name: str
    lines: str
    sync: str
    held: str
    own: frozenset[str] = frozenset()


AKITA: Final = Platform(
    "akita",
    'api_key = "${AKITA_API_KEY}"\nrate_limit = "2000/1s"',
    'on_delete = "disable"',
    "/akita/accounts",
    frozenset({"id", "created_at", "updated_at"}),
)
DATATALKS: Final = Platform(
    "datatalks",
    'access_key_id = "${DATATALKS_ACCESS_KEY_ID}"\n'
    'secret_access_key = "${DATATALKS_SECRET_ACCESS_KEY}"\ngroup_key = "abc123"',
    "",
    "/datatalks/contacts",
)


class Way(NamedTuple):
    """From one object of one CRM to one platform."""

    kind: Kind
    platform: Platform

    @property
    def sync(self) -> str:
        """What the sync is called."""
        return f"{self.kind.sync}-{self.platform.name}"


class PlatformWorld(CrmWorld):
    """A world whose syncs go these ways, with the shipped presets.

    Attributes:
        ways: In the order of the configuration.
    """

    def __init__(self, url: str, folder: Path, warm: Warm, *ways: Way) -> None:
        self.ways = ways
        super().__init__(url, folder, warm, *dict.fromkeys(way.kind for way in ways))
        self.env |= CREDENTIALS

    def configure(self, *, akooda: str = "", **tables: str) -> None:
        """Write the configuration; there is nothing to add to it."""
        del akooda, tables
        parts = [
            f"[sources.{source}]\n{SOURCES[source].replace('URL', self.url)}\n"
            for source in dict.fromkeys(way.kind.source for way in self.ways)
        ]
        parts += [
            f'[destinations.{one.name}]\n{one.lines}\nbase_url = "{self.url}/{one.name}"\n'
            for one in dict.fromkeys(way.platform for way in self.ways)
        ]
        parts += [
            f'[syncs.{way.sync}]\nsource = "{way.kind.source}"\nobject = "{way.kind.object}"\n'
            f'destination = "{way.platform.name}"\n{way.platform.sync}\n'
            for way in self.ways
        ]
        (self.folder / "config.toml").write_text("\n".join(parts), encoding="utf-8")

    def held_by(self, platform: Platform) -> dict[str, Any]:
        """What a platform holds by key; null and empty count as absent, its own is left out."""
        held = self.ask(platform.held)
        records = held.get("abc123", {}) if platform is DATATALKS else held
        return {
            key: {name: one for name, one in present(record).items() if name not in platform.own}
            for key, record in records.items()
        }

    def everything(self) -> dict[Platform, dict[str, Any]]:
        """What each platform holds."""
        platforms = dict.fromkeys(way.platform for way in self.ways)
        return {platform: self.held_by(platform) for platform in platforms}

    def everything_after_a_fresh_run(self) -> dict[Platform, dict[str, Any]]:
        """What each holds when all are emptied and a new ledger starts from nothing."""
        for platform in dict.fromkeys(way.platform for way in self.ways):
            self.ask(f"/{platform.name}/reset", {})
        self.held_after_a_fresh_run()
        return self.everything()
