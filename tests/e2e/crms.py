"""Every object of every CRM: its configuration, and how the sandbox is asked about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.e2e.canaries import canaries
from tests.e2e.warm import Warm
from tests.e2e.world import Ended, World

SOURCES: Final[Mapping[str, str]] = {
    "hubspot": 'access_token = "${HUBSPOT_ACCESS_TOKEN}"\nbase_url = "URL/hubspot"',
    "salesforce": (
        'login_url = "URL/salesforce"\n'
        'consumer_key = "${SF_CONSUMER_KEY}"\nconsumer_secret = "${SF_CONSUMER_SECRET}"\n'
        'lightning_url = "https://acme.lightning.force.com"'  # not the sandbox's own, see `held`
    ),
    "pipedrive": 'api_token = "${PIPEDRIVE_API_TOKEN}"\nbase_url = "URL/pipedrive"',
}
CREDENTIALS: Final = canaries(
    *("SF_CONSUMER_KEY", "SF_CONSUMER_SECRET"),
    *("PIPEDRIVE_API_TOKEN", "PIPEDRIVE_CLIENT_SECRET"),
)
DESTINATION: Final = """\
[destinations.{name}]
type = "akooda"
tenant_id = "${{AKOODA_TENANT_ID}}"
api_key = "${{AKOODA_API_KEY}}"
base_url = "{url}/akooda"
"""


class Kind(NamedTuple):
    """One object of one CRM.

    Attributes:
        source: The CRM.
        object: The CRM's own word for it.
        counted: Whether the CRM has a counter.
        merges: Whether two of its records can be made one.
        leave: The control interface's word for what makes a record go away.
    """

    source: str
    object: str
    counted: bool = True
    merges: bool = True
    leave: str = "delete"

    @property
    def sync(self) -> str:
        """What the sync is called."""
        return f"{self.source}-{self.object}"


COMPANIES: Final = Kind("hubspot", "companies", leave="archive")
HUBSPOT_DEALS: Final = Kind("hubspot", "deals", leave="archive")
ACCOUNTS: Final = Kind("salesforce", "Account")
OPPORTUNITIES: Final = Kind("salesforce", "Opportunity", merges=False)
DEALS: Final = Kind("pipedrive", "deals", counted=False)
ORGANIZATIONS: Final = Kind("pipedrive", "organizations", counted=False)
KINDS: Final = (COMPANIES, HUBSPOT_DEALS, ACCOUNTS, OPPORTUNITIES, DEALS, ORGANIZATIONS)
SMALL: Final = (
    *("--companies", "60", "--deals", "80", "--nasty", "3"),
    *("--salesforce-person-accounts", "true"),
)
"""Options of a sandbox that holds some of every oddity."""
MANY: Final = 2_200
MANY_OPTIONS: Final = ("--companies", str(MANY), "--deals", str(MANY), "--nasty", "0")
"""Options of a sandbox whose records come in several pages, all of them sound."""


class CrmWorld(World):
    """A world whose syncs read these kinds, with the shipped presets.

    Attributes:
        kinds: In the order of the configuration.
        kind: The first of them.
        platforms: Where each kind goes to: one platform for all, or one each.
    """

    def __init__(
        self, url: str, folder: Path, warm: Warm, *kinds: Kind, platforms: Sequence[str] = ()
    ) -> None:
        self.kinds = kinds
        self.kind = kinds[0]
        self.platforms = dict(zip(kinds, platforms or [url] * len(kinds), strict=True))
        super().__init__(url, folder, warm)
        self.env |= CREDENTIALS

    def configure(self, *, akooda: str = "", **tables: str) -> None:
        """Write the configuration, with more lines for `top`, `source` and `sync`.

        A table named as a CRM takes the place of that CRM's own lines.
        """
        del akooda  # see `platforms`
        parts = [tables.get("top", "")]
        for source in dict.fromkeys(kind.source for kind in self.kinds):
            lines = tables.get(source, SOURCES[source]).replace("URL", self.url)
            parts.append(f"[sources.{source}]\n{lines}\n{tables.get('source', '')}")
        urls = dict.fromkeys(self.platforms.values())
        parts += [DESTINATION.format(name=_name(url), url=url) for url in urls]
        for kind in self.kinds:
            sync = f'source = "{kind.source}"\nobject = "{kind.object}"'
            platform = f'destination = "{_name(self.platforms[kind])}"'
            parts.append(f"[syncs.{kind.sync}]\n{sync}\n{platform}\n{tables.get('sync', '')}")
        (self.folder / "config.toml").write_text("\n".join(parts), encoding="utf-8")

    def reset(self) -> None:
        """Let the CRMs and the platforms begin anew."""
        for url in {self.url, *self.platforms.values()}:
            self.ask("/reset", {}, at=url)

    def platforms_asked(self) -> int:
        """How many requests the platforms of other sandboxes were asked since their reset."""
        others = set(self.platforms.values()) - {self.url}
        return sum(self.ask("/requests", at=url)["total"] for url in others)

    def all_held(self) -> dict[Kind, dict[str, Any]]:
        """What each kind's platform holds."""
        return {kind: self.held(url) for kind, url in self.platforms.items()}

    def all_held_after_a_fresh_run(self) -> dict[Kind, dict[str, Any]]:
        """What each holds when all are emptied and a new ledger starts from nothing."""
        for url in self.platforms.values():
            self.ask("/akooda/reset", {}, at=url)
        self.held_after_a_fresh_run()
        return self.all_held()

    def act(self, action: str, kind: Kind | None = None, **body: object) -> list[Any]:
        """Do something to records in the CRM; gives their ids."""
        which = kind or self.kind
        if which.source == "hubspot":
            return list(self.ask(f"/hubspot/{which.object}/{action}", body)["ids"])
        return list(self.ask(f"/{which.source}/{action}", {"object": which.object, **body})["ids"])

    def record(self, record_id: object, kind: Kind | None = None) -> dict[str, Any]:
        """A record's values in the CRM."""
        which = kind or self.kind
        values: dict[str, Any] = self.ask(f"/{which.source}/{which.object}/{record_id}")
        return values

    def count(self, kind: Kind | None = None) -> dict[str, int]:
        """The sandbox's own counts: live, and what else there is."""
        which = kind or self.kind
        counts: dict[str, int] = self.ask(f"/{which.source}/{which.object}/count")
        return counts

    def tally(self) -> dict[str, int]:
        """Requests by kind since the last call, by the sandbox's own count."""
        counted: dict[str, int] = self.ask("/requests")["requests"]
        self.ask("/requests/reset", {})
        return counted

    def held_after_a_fresh_run(self) -> dict[str, Any]:
        """As a world's, any number of times."""
        for old in self.folder.glob("fresh.db*"):
            old.unlink()
        return super().held_after_a_fresh_run()


def reports(ended: Ended) -> dict[str, Any]:
    """The report of each sync, by its name."""
    return {sync["sync"]: sync for sync in ended.json["syncs"]}


def _name(platform: str) -> str:
    """What a platform is called in the configuration: its address is one of this machine's."""
    return f"akooda-{platform.rpartition(':')[2]}"


def asked(tally: Mapping[str, int], system: str) -> int:
    """How many of the requests went to a system."""
    return sum(count for name, count in tally.items() if name.startswith(f"{system}."))
