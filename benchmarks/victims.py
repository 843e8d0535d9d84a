"""What is killed: small syncs of real processes, and what must be true of them in the end."""

from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.changing_deals import MAPPING, Deals
from benchmarks.events import compared
from benchmarks.kernel import PLAN
from benchmarks.kills import without_nulls
from benchmarks.sandboxes import ask
from tests.e2e.warm import Warm

SANDBOX = ("--companies", "12", "--deals", "0", "--nasty", "0", "--atoka-companies", "0")
"""Options of the sandbox that all of them share."""
COMPANIES = """
[state]
url = "sqlite:///ledger.db"
[limits]
retry_for = "20s"
[sources.hubspot]
access_token = "killed"
base_url = "{url}/hubspot"
[syncs.companies]
source = "hubspot"
object = "companies"
destination = "{platform}"
[destinations.{platform}]
base_url = "{url}/{platform}"
in_flight = 1
"""
AKOODA = """
tenant_id = "killed"
api_key = "killed"
max_payloads = 5
"""
AKITA = """
api_key = "killed"
rate_limit = "2000/1s"
"""
EVENTS = """
[state]
url = "sqlite:///ledger.db"
[sources.crm]
type = "file"
folder = "crm"
modified_column = "changed"
[destinations.atoka]
token = "killed"
base_url = "{url}/atoka"
readback_after = ["0.1s", "0.3s"]
timeout = "2s"
in_flight = 1
[syncs.deals]
source = "crm"
object = "deals"
destination = "atoka"
[syncs.deals.fields]
{mapping}
"""
_LEADS = 3
_TIMES = ("id", "created_at", "updated_at", "modifiedAt")


class Victim(ABC):
    """One configuration in a folder, its ledger, a sandbox, and crmsync in processes of its own.

    Attributes:
        name: What the tables call it.
        folder: Where its configuration and its ledger are.
        faults: What else may happen at the platform.
        again: Payloads that a kill may cause to be sent again.
        last_state_counts: Whether a change may go unread before the next one: an event would be
            missing then.
    """

    name: str
    faults: str
    again: int
    last_state_counts: bool

    def __init__(self, url: str, folder: Path, warm: Warm) -> None:
        self.url = url
        self.folder = folder
        self._warm = warm

    def begin(self) -> None:
        """Everything as at the start: an empty folder but for the configuration, and no change."""
        for path in sorted(self.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        ask(f"{self.url}/_sandbox/reset", {})
        config = self.folder / "config.toml"
        config.write_text(self._config())
        config.chmod(0o600)

    def disturb(self, seed: int) -> None:
        """The platform is faulty from now on."""
        ask(f"{self.url}/_sandbox/faults", {self._system: f"{self.faults},seed={seed}"})

    @property
    def env(self) -> dict[str, str]:
        """The variables of its processes."""
        return self._warm.env

    def calm(self) -> None:
        """The platform's faults end; what was late has had its effect."""
        ask(f"{self.url}/_sandbox/faults", {})
        ask(f"{self.url}/_sandbox/late", {})

    def run(self, plan: str = "") -> tuple[int, Any]:
        """A run under a plan of `kernel.c`; gives its code (-9 if killed) and the sync's report."""
        code, told, wrong = self.command("-q", "run", "--json", plan=plan)
        if "Traceback" in wrong:
            raise RuntimeError(wrong)
        return code, json.loads(told)["syncs"][0] if code >= 0 and told else None

    def command(self, *arguments: str, plan: str = "") -> tuple[int, str, str]:
        """Any command; gives its exit code, and what it wrote to stdout and stderr."""
        env = {**self._warm.env, **({PLAN: plan} if plan else {})}
        return self._warm.crmsync(arguments, self.folder, env)

    @abstractmethod
    def change(self, number: int) -> None:
        """Change some records in the CRM; the same number makes the same change."""

    @abstractmethod
    def sent(self) -> int:
        """Payloads that the platform was sent."""

    @abstractmethod
    def held(self) -> Any:
        """What the platform holds, as far as it must be the same after other kills."""

    @abstractmethod
    def wrong(self) -> Iterator[str]:
        """What is wrong with what the platform holds, whatever was killed."""

    @abstractmethod
    def release(self) -> None:
        """What a person does about what crmsync may not decide."""

    def files(self) -> Iterator[str]:
        """What is wrong with the ledger's file, and with what it holds."""
        if not whole(self.folder / "ledger.db"):
            yield "the ledger is damaged"
        code, told, _ = self.command("ledger", "check", "--json")
        if code:
            yield f"`ledger check` ended with {code}: {told}"

    @property
    @abstractmethod
    def _system(self) -> str:
        """The platform's name in the sandbox."""

    @abstractmethod
    def _config(self) -> str:
        """The whole configuration."""


def whole(ledger: Path) -> bool:
    """Whether SQLite finds nothing wrong with a ledger's file."""
    with closing(sqlite3.connect(ledger)) as connection:
        try:
            return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        except sqlite3.DatabaseError:
            return False


def _comparable(kept: Any) -> Any:
    """What is held of a company, without nulls and without the times when that came about."""
    kept = without_nulls(kept)
    if isinstance(kept, dict):
        return {name: _comparable(one) for name, one in kept.items() if name not in _TIMES}
    return kept


class Companies(Victim):
    """HubSpot's companies to Akooda, three batches; or to Akita, one by one."""

    faults = "lost=0.1,reset=0.1,500=0.05,midreset=0.1"
    last_state_counts = True

    def __init__(self, url: str, folder: Path, warm: Warm, platform: str) -> None:
        super().__init__(url, folder, warm)
        self.name = platform
        self.again = 5 if platform == "akooda" else 1

    def change(self, number: int) -> None:
        """Three companies."""
        ask(f"{self.url}/_sandbox/hubspot/change", {"count": 3, "seed": number})

    def sent(self) -> int:
        """Entities that were accepted, or asked of Akita."""
        if self.name == "akooda":
            return int(ask(f"{self.url}/_sandbox/akooda/digest")["received"])
        return int(ask(f"{self.url}/_sandbox/requests")["requests"].get("akita.account", 0))

    def held(self) -> Any:
        """Every organization or account, without what the platform adds."""
        what = "organizations" if self.name == "akooda" else "accounts"
        held = ask(f"{self.url}/_sandbox/{self.name}/{what}")
        return {key: _comparable(kept) for key, kept in held.items()}

    def wrong(self) -> Iterator[str]:
        """Nothing that the comparison does not show."""
        yield from ()

    def release(self) -> None:
        """Nothing: all of it is sent again."""

    @property
    def _system(self) -> str:
        return self.name

    def _config(self) -> str:
        own = AKOODA if self.name == "akooda" else AKITA
        return COMPANIES.format(url=self.url, platform=self.name) + own


class Events(Victim):
    """Deals in a file, whose changes are Atoka's lead events."""

    name = "atoka"
    again = 0
    last_state_counts = False
    faults = "lost=0.1,late=0.1,late_s=0.02,late_jitter_s=0.1,reset=0.1,502=0.05,midreset=0.05"

    def begin(self) -> None:
        """See above; and leads that Atoka knows."""
        super().begin()
        (self.folder / "crm").mkdir()
        self._deals = Deals(self.folder / "crm" / "deals.jsonl", _LEADS, seed=1)
        known = [{"id": lead, "name": f"Lead {lead}"} for lead in self._deals.leads]
        ask(f"{self.url}/_sandbox/atoka/companies", {"items": known})

    def change(self, number: int) -> None:
        """Three deals, always the next ones of the story; after a run that has read the others."""
        del number
        self._deals.change(3)

    def sent(self) -> int:
        """Events that are there."""
        return len(ask(f"{self.url}/_sandbox/atoka/events")["events"])

    def held(self) -> Any:
        """Each event of each lead, in order."""
        return sorted(
            (event["lead"], event["note"].partition(":")[0])
            for event in ask(f"{self.url}/_sandbox/atoka/events")["events"]
        )

    def wrong(self) -> Iterator[str]:
        """Events that are there twice, lost, unlike their deal, or out of order."""
        counts = compared(self._deals, ask(f"{self.url}/_sandbox/atoka/events")["events"])
        counts["duplicates"] = len(ask(f"{self.url}/_sandbox/atoka/tags", {})["twice"])
        for name in ("duplicates", "twice", "lost", "wrong", "disorder"):
            if counts[name]:
                yield f"{counts[name]} events {name}"

    def release(self) -> None:
        """Let what is parked be sent once more: it was looked for and is not there."""
        _, told, _ = self.command("status", "--json")
        listed = json.loads(told)["syncs"][0]["uncertain"]
        parked = {event["id"] for event in listed if event["phase"] == "parked"}
        if parked:
            self.command("quarantine", "retry", *sorted(parked), "--json")

    @property
    def _system(self) -> str:
        return "atoka"

    def _config(self) -> str:
        return EVENTS.format(url=self.url, mapping=MAPPING)
