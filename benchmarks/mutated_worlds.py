"""Worlds in which one system's answers are changed on their way, and what must hold all the same.

A world is one configuration, one ledger and one sandbox behind a relay. It begins with a run that
nothing disturbs; then come runs of which some answers are changed, and it ends with runs that
nothing disturbs, after which the platform must hold what a fresh one would.
"""

from __future__ import annotations

import json
import random
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple

from typing_extensions import override

from benchmarks.mutants import FLIPPED, WIRE
from benchmarks.mutated_checks import (
    acknowledges,
    carries,
    damaged,
    differing,
    flat,
    present,
    told_wrong,
)
from benchmarks.mutated_json import CHANGES, changed, no_json
from benchmarks.relay import Exchange, Mutant, Relay, Reply
from benchmarks.sandboxes import ask
from crmsync.config.loading import Loaded, load
from crmsync.engine.plans import RunOptions, SyncPlan
from crmsync.engine.retry import retry_quarantined
from crmsync.engine.run import run_syncs
from crmsync.interfaces import Clock, Ledger
from crmsync.reports import RunReport, SyncReport
from crmsync.testing.servers import Received
from crmsync.transport.clock import SystemClock
from crmsync.wiring import Selection, Workspace

OPTIONS: Final = (
    *("--companies", "10", "--deals", "8", "--nasty", "0", "--atoka-knows", "everybody"),
    *("--datatalks-contact-key", "crm_id"),
)
"""Of a sandbox with so few records that a run is soon done."""

_MEMORY_DISK: Final = "/dev/shm"  # noqa: S108 - a new folder of our own is made in it
FOLDER: Final = _MEMORY_DISK if Path(_MEMORY_DISK).is_dir() else None
"""Where ledgers are: they need not outlive a power cut."""

_REFUSALS: Final = range(400, 500)

_ACCOUNTS: Final = {
    "hubspot": 'access_token = "made-up-token"',
    "salesforce": 'login_url = "URL/salesforce"\nconsumer_key = "made-up-key"\n'
    'consumer_secret = "made-up-secret"\nlightning_url = "https://acme.lightning.force.com"',
    "pipedrive": 'api_token = "made-up-token"',
    "akooda": 'tenant_id = "made-up-tenant"\napi_key = "made-up-key"',
    "akita": 'api_key = "made-up-key"\nrate_limit = "100000/1s"',
    "datatalks": 'access_key_id = "made-up-id"\nsecret_access_key = "sandbox"\n'
    'group_key = "abc123"',
    "atoka": 'token = "made-up-token"',
}
_TIMEOUT: Final = 'timeout = "0.4s"'
_CONFIG: Final = """
[state]
url = "sqlite:///ledger.db"
[sources.{source}]
{from}
[destinations.{destination}]
{to}
[syncs.it]
source = "{source}"
object = "{object}"
destination = "{destination}"
{sync}
"""


Runs = Callable[[SyncPlan, Ledger, Clock], RunReport]
"""Runs a sync in some way."""


class Way(NamedTuple):
    """Whose answers are changed, on the way from what to where.

    Attributes:
        lines: More of the source's table.
    """

    system: str
    source: str
    object: str
    destination: str
    lines: str = ""

    @property
    def most(self) -> int:
        """Of how many answers the first that is changed is one: a platform gives few a run."""
        return 3 if self.system == self.destination else 1_000

    @property
    def name(self) -> str:
        """For people."""
        kind = " Bulk" if self.lines else ""
        return f"{self.system}{kind} ({self.source} {self.object} to {self.destination})"


WAYS: Final = (
    Way("hubspot", "hubspot", "companies", "akooda"),
    Way("hubspot", "hubspot", "deals", "akooda"),
    Way("salesforce", "salesforce", "Account", "akooda"),
    Way("salesforce", "salesforce", "Account", "akooda", "bulk_threshold = 0"),
    Way("pipedrive", "pipedrive", "organizations", "akooda"),
    Way("pipedrive", "pipedrive", "deals", "akooda"),
    Way("akooda", "hubspot", "companies", "akooda"),
    Way("akita", "hubspot", "companies", "akita"),
    Way("atoka", "pipedrive", "deals", "atoka"),
    Way("datatalks", "hubspot", "companies", "datatalks"),
)


class HastyClock(SystemClock):
    """The real clock, but a wait passes at once."""

    def __init__(self) -> None:
        super().__init__()
        self._waited = 0.0

    @override
    def monotonic(self) -> float:
        return super().monotonic() + self._waited

    @override
    def sleep(self, seconds: float) -> None:
        super().sleep(0.0)
        self._waited += max(seconds, 0.0)


class Hit(NamedTuple):
    """A run of which answers were changed.

    Attributes:
        kinds: What was done to each answer.
        wrong: What must not be; empty where all is well.
    """

    kinds: tuple[str, ...]
    report: SyncReport
    wrong: tuple[str, ...]


class World:
    """One way, in a folder.

    Attributes:
        answers: How many answers of the system the first run had.
    """

    def __init__(self, relay: Relay, sandbox: str, folder: Path, way: Way) -> None:
        self._relay, self._sandbox, self._way = relay, sandbox, way
        self._folder = folder
        self._threads: list[str] = []
        self._loaded: dict[str, Loaded] = {}
        self._denied: set[str] = set()
        self.ask("/reset", {})
        relay.watch(way.system)
        self._run(RunOptions())
        self.answers = len(relay.watched)
        # Other keys and paths come of what is flipped, and may go again.
        held = self.held()
        self._keys = frozenset(held)
        self._paths = frozenset(path for record in held.values() for path in flat(record))

    def _write(self, ledger: str) -> Path:
        """Write the configuration, for a ledger."""
        way, url = self._way, self._relay.url
        tables = {
            "from": f"{_lines(way.source, url)}\n{way.lines}",
            "to": _lines(way.destination, url),
            "sync": "" if way.destination in ("datatalks", "atoka") else 'on_delete = "disable"',
        }
        named = {"source": way.source, "object": way.object, "destination": way.destination}
        path = self._folder / f"{ledger}.toml"
        path.write_text(_CONFIG.format(**named, **tables).replace("ledger.db", ledger))
        path.chmod(0o600)
        return path

    def ask(self, path: str, document: Mapping[str, object] | None = None) -> Any:
        """The sandbox's control API."""
        return ask(f"{self._sandbox}/_sandbox{path}", document)

    def hit(self, chance: random.Random, *, values: bool) -> Hit:
        """Change some records in the CRM, and run with changed answers; *values* of which kind."""
        self._change(chance)
        before, delivered = self.held(), self._delivered()
        first = chance.randrange(min(self.answers, self._way.most))
        count = chance.choice((1, 1, 1, 2, 4, 1_000))
        struck = Struck(chance, range(first, first + count), values=values, way=self._way)
        self._relay.watch(self._way.system, struck.mutate, struck.refuse)
        report = self._run(RunOptions(full=chance.choice((True, False))))
        wrong = [*self._told_wrong(report), *self._unacknowledged(delivered)]
        if not values and FLIPPED not in struck.kinds:
            known = {key: one for key, one in before.items() if key in self._keys}
            wrong += damaged(known, self.held(), self._paths)
        return Hit(tuple(struck.kinds), report, tuple(wrong))

    def recovered(self) -> list[str]:
        """What is wrong after runs that nothing disturbs, but two, and a person's retry.

        What a changed answer refused is in quarantine, and goes no more by itself.
        """
        self._relay.watch(self._way.system)
        self._run(RunOptions())
        report = self._run(RunOptions(full=True))
        wrong = self._told_wrong(report)
        if report.exit_code not in (0, 3):
            wrong.append(f"an undisturbed run ended with {report.exit_code}: {report.error}")
        if self._way.destination == "atoka":
            return wrong
        self._ran(retry_quarantined)
        held = self.held()
        self.ask(f"/{self._way.destination}/reset", {})
        self._run(RunOptions(), "fresh.db")
        fresh = self.held()
        return wrong + [
            f"{key} is not as after a fresh run: {held.get(key)}, and there {fresh.get(key)}"
            for key in differing(held, fresh)
        ]

    def held(self) -> dict[str, Any]:
        """What the platform holds, by key; what is empty counts as absent."""
        if self._way.destination == "atoka":
            events = self.ask("/atoka/events")["events"]
            return {str(event["id"]): present(event) for event in events}
        where = {
            "akooda": "organizations",
            "akita": "accounts",
            "datatalks": "contacts",
        }[self._way.destination]
        everything = self.ask(f"/{self._way.destination}/{where}")
        records = everything.get("abc123", {}) if where == "contacts" else everything
        own = {"id", "created_at", "updated_at"} if where == "accounts" else set()
        return {
            key: {name: one for name, one in present(record).items() if name not in own}
            for key, record in records.items()
        }

    def _change(self, chance: random.Random) -> None:
        kind, body = self._way.object, {"count": 3, "seed": chance.randrange(10**6)}
        if self._way.source == "hubspot":
            self.ask(f"/hubspot/{kind}/change", body)
        else:
            self.ask(f"/{self._way.source}/change", {"object": kind, **body})

    def _run(self, options: RunOptions, ledger: str = "ledger.db") -> SyncReport:
        def run(plan: SyncPlan, kept: Ledger, clock: Clock) -> RunReport:
            return run_syncs([plan], kept, clock, options)

        (sync,) = self._ran(run, ledger).syncs
        return sync

    def _ran(self, run: Runs, ledger: str = "ledger.db") -> RunReport:
        if ledger not in self._loaded:
            self._loaded[ledger] = load(self._write(ledger))
        self._threads.clear()
        before = threading.excepthook
        threading.excepthook = lambda told: self._threads.append(repr(told.exc_type))
        try:
            with Workspace(self._loaded[ledger]) as workspace:
                workspace.clock = HastyClock()
                (plan,) = workspace.plans(Selection())
                return run(plan, workspace.ledger(), workspace.clock)
        finally:
            threading.excepthook = before

    def _told_wrong(self, report: SyncReport) -> list[str]:
        """What is wrong with the report's exit code, error and books."""
        wrong = [f"an exception in a thread: {kind}" for kind in self._threads]
        if report.exit_code not in (0, 1, 2, 3, 5, 6, 7):
            wrong.append(f"it ended with {report.exit_code}: {report.error}")
        if report.counts.read != report.counts.settled:
            wrong.append(f"the books do not add up: {report.counts}")
        if report.error is not None:
            wrong += told_wrong(report.error)
        return wrong

    def _delivered(self) -> dict[str, tuple[bytes, str]]:
        """What the ledger has as delivered: keys or tags of events, with what tells it apart."""
        with closing(sqlite3.connect(self._folder / "ledger.db")) as ledger:
            if self._way.destination == "atoka":
                rows = ledger.execute("SELECT tag, x'01', '' FROM events WHERE phase = 'accepted'")
            else:
                rows = ledger.execute(
                    "SELECT key, digest, batch_id FROM keys WHERE length(digest) > 0"
                )
            return {key: (digest, batch) for key, digest, batch in rows}

    def _unacknowledged(self, before: Mapping[str, tuple[bytes, str]]) -> list[str]:
        """Keys that were delivered in the last run by the ledger, and by nobody else."""
        news = {key for key, one in self._delivered().items() if before.get(key) != one}
        if self._way.destination == "atoka":
            self._denied.update(_denied(self._relay.watched))
            held = {key: event for key, event in self.held().items() if key not in self._denied}
            notes = [event.get("note") or "" for event in held.values()]
            counts = {tag: sum(f"[cs:{tag}]" in note for note in notes) for tag in news}
            return [f"event {tag} is there {counts[tag]} times" for tag in news if counts[tag] != 1]
        if self._way.system != self._way.destination:
            return []  # its answers were not changed
        taken = [one for one in self._relay.watched if acknowledges(self._way.system, one)]
        return [
            f"acknowledged by nobody: {key}"
            for key in news
            if not any(carries(one, key) for one in taken)
        ]


def _denied(exchanges: Iterable[Exchange]) -> Iterator[str]:
    """Ids of events that were created though the answer, changed, refuses them: nobody can tell."""
    for request, passed, arrives, _ in exchanges:
        if request.method == "POST" and passed is not None and arrives is not None:
            item = json.loads(passed.body or b"{}").get("item")
            if item and arrives.status in _REFUSALS:
                yield str(item["id"])


class Struck:
    """Which answers of a run are changed, and how.

    Attributes:
        kinds: What was done to each.
    """

    def __init__(self, chance: random.Random, which: range, *, values: bool, way: Way) -> None:
        self._chance, self._which, self._values = chance, which, values
        self._refuses = way.system == way.destination and chance.choice((True, False))
        self._system = way.system
        self._number = -1
        self._lock = threading.Lock()
        self.kinds: list[str] = []

    def mutate(self, request: Received, reply: Reply) -> Mutant | None:
        """The answer to a request that was passed on, changed where it is its turn."""
        del request
        with self._lock:
            self._number += 1
            if self._number not in self._which:
                return None
            return self._noted(self._mutant(reply))

    def refuse(self, request: Received) -> Mutant | None:
        """An answer that is none to a request that is not passed on, where it is its turn."""
        if not self._refuses or request.method == "GET":
            return None
        with self._lock:
            if self._number + 1 not in self._which:
                return None
            instead = self._mutant(Reply(200, {"content-type": "application/json"}, b""))
            if acknowledges(self._system, Exchange(request, None, instead.arrives)):
                return None  # nobody could tell it from an honest one
            self._number += 1
            return self._noted(instead)

    def _noted(self, mutant: Mutant) -> Mutant:
        self.kinds.append(mutant.kind)
        return mutant

    def _mutant(self, reply: Reply) -> Mutant:
        chance = self._chance
        if self._values:
            (kind,) = chance.choices(list(CHANGES), [often for _, often in CHANGES.values()])
            if (mutant := changed(kind, reply, chance)) is not None:
                return mutant
        elif chance.randrange(4) == 0 and (mutant := no_json(reply, chance)) is not None:
            return mutant
        (mutation,) = chance.choices(list(WIRE), list(WIRE.values()))
        return mutation(reply, chance)


def _lines(account: str, url: str) -> str:
    """An account's table."""
    own = _ACCOUNTS[account].replace("URL", url)
    address = "" if account == "salesforce" else f'base_url = "{url}/{account}"'
    return f"{own}\n{address}\n{_TIMEOUT}"
