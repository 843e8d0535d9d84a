"""A whole sync of events: a list for a CRM, a real ledger, and Atoka's simulator.

The simulator stands behind the transport's seam, without sockets, and in the bench's own time.
"""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from typing_extensions import override

from crmsync.adapters import Context
from crmsync.destinations.atoka import PLUGIN
from crmsync.destinations.atoka.client import Client
from crmsync.destinations.atoka.destination import Atoka as Account
from crmsync.destinations.atoka.settings import AtokaSettings
from crmsync.engine.plans import GuardLimits, RunOptions, SyncPlan
from crmsync.engine.retry import retry_quarantined
from crmsync.engine.run import run_syncs
from crmsync.errors import RetryableError
from crmsync.interfaces import Request, Response, Transport
from crmsync.ledger import open_ledger
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.spec import parse_rules
from crmsync.records import Record
from crmsync.reports import SyncReport
from crmsync.sandbox import exchange
from crmsync.sandbox.atoka.api import Atoka as Simulator
from crmsync.sandbox.options import SandboxOptions
from crmsync.testing.clocks import FakeClock
from crmsync.testing.fakes import ListSource

RULES = {
    "record": {"template": "crm:{record.id}"},
    "lead": "lead",
    "vat": "vat",
    "company": "company",
    "stage": "stage",
    "status": "status",
    "assignee": "owner",
    "note": {"template": "Deal {record.id}"},
}
OFF = GuardLimits(empty=False, shortfall=1, blank=1, minimum=10**6)
LATE = 100.0
"""Seconds after which a late request takes effect: within the quiet period of two minutes."""
_TOLD = re.compile(r"Deal (\S+): (.*?)(?:, \d{4}-.* UTC)?(?: \[cs:([0-9a-f]{12})\])?")
_LOST = RetryableError("the connection broke", maybe_delivered=True)


class Line(Transport):
    """The way to the simulator. Creations meet *fates*, other requests *reads*, in order.

    A fate is `reset`, `lost`, `late`, `unconnected`, or a status that is answered instead (a 400
    with words: `400 no`); an empty one, and none, is none. Whoever is *told* hears of each
    creation before it is handled.
    """

    def __init__(self, clock: FakeClock, **options: Any) -> None:
        plain = {"companies": 0, "deals": 0, "atoka_companies": 0, "atoka_people": 0}
        self.simulator = Simulator(SandboxOptions(**{**plain, **options}))
        self.fates: deque[str] = deque()
        self.reads: deque[str] = deque()
        self.requests: Counter[str] = Counter()
        self.told: Callable[[Request], None] = lambda _: None
        self._clock = clock
        self._passed = 0.0
        self._late: list[tuple[float, Request]] = []
        self._lock = threading.Lock()

    @override
    def send(self, request: Request) -> Response:
        with self._lock:
            self._move()
            creates = request.method == "POST"
            self.requests["creations" if creates else "reads"] += 1
            if creates:
                self.told(request)
            fates = self.fates if creates else self.reads
            return self._befall(request, fates.popleft() if fates else "")

    @override
    def close(self) -> None:
        pass

    def control(self, path: str, body: dict[str, Any]) -> Any:
        """What is behind the simulator's doors."""
        return self.simulator.control("POST" if body else "GET", path, body)

    def companies(self, *items: dict[str, Any]) -> None:
        """Let the platform know these."""
        assert self.control("/companies", {"items": list(items)}).status == 200

    def kept(self) -> list[dict[str, Any]]:
        """Every event that is there, or will be, in the order of creation."""
        self._clock.advance(LATE)
        self._move()
        return list(orjson.loads(self.control("/events", {}).body)["events"])

    def _move(self) -> None:
        now = self._clock.monotonic()
        due = [one for one in self._late if one[0] <= now]
        self._late = [one for one in self._late if one[0] > now]
        for _, request in sorted(due, key=lambda one: one[0]):
            self._handle(request)
        if now > self._passed:
            self.control("/clock", {"advance_s": now - self._passed})
        self._passed = now

    def _befall(self, request: Request, fate: str) -> Response:
        if fate == "unconnected":
            raise RetryableError("the connection was refused")
        if fate == "late":
            self._late.append((self._clock.monotonic() + LATE, request))
        if fate.startswith("400 "):
            words = {"message": fate.removeprefix("400 ")}
            return Response(400, {"content-type": "application/json"}, orjson.dumps(words))
        if fate.isdigit():
            return Response(int(fate), {"content-type": "text/html"}, b"<html>gateway</html>")
        answer = self._handle(request) if fate in ("", "lost") else None
        if fate or answer is None:
            raise _LOST
        return answer

    def _handle(self, request: Request) -> Response:
        path, _, query = request.url.partition("?")
        headers = {name.lower().encode(): text.encode() for name, text in request.headers.items()}
        asked = exchange.Request(
            request.method, path, query.encode(), headers, request.body, "", len(request.url)
        )
        answer = self.simulator.answer(asked)
        return Response(answer.status, {"content-type": "application/json"}, answer.body)


def deal(number: int, stage: str, *, minute: int = 0, **fields: Any) -> Record:
    """A deal of a lead that has its number, unless another is given; changed at that minute."""
    at = datetime(2026, 6, 1, 9, tzinfo=UTC) + timedelta(minutes=minute or number)
    fields = {"lead": f"lead{number}", "stage": stage, **fields}
    return Record(str(number), fields, modified_at=at)


@dataclass
class Events:
    """One sync and everything around it; `run` executes it."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(datetime.now(UTC)))
    source: ListSource = field(default_factory=ListSource)
    keys: dict[str, Any] = field(default_factory=lambda: {"in_flight": 1})
    options: dict[str, Any] = field(default_factory=lambda: {"atoka_unknown_leads": "taken"})
    rules: dict[str, Any] = field(default_factory=lambda: dict(RULES))
    guards: GuardLimits = OFF

    def __post_init__(self) -> None:
        self.line = Line(self.clock, **self.options)
        self.ledger: Any = open_ledger("sqlite:///:memory:", clock=self.clock)

    def plan(self) -> SyncPlan:
        """The plan, with the account's settings as they are now."""
        settings = AtokaSettings.model_validate({"token": "t0ken", **self.keys})
        plugin = PLUGIN.tailor(PLUGIN, settings)
        rules, problems = parse_rules(self.rules, path="fields")
        assert not problems
        mapper = compile_mapping(
            rules, plugin=plugin, path="fields", object_name="deals", filter={}
        )
        context = Context(name="atoka", clock=self.clock, retry_for=60, max_wait=900)
        return SyncPlan(
            name="deals",
            source="crm",
            object="deals",
            destination="atoka",
            mapper=mapper,
            plugin=plugin,
            method="event",
            mapped=frozenset(rules),
            guards=self.guards,
            open_source=lambda: self.source,
            open_destination=lambda: plugin.open(settings, context),
            open_events=lambda: Account(settings, context, Client(settings, context, self.line)),
        )

    def run(self, *records: Record, **options: Any) -> SyncReport:
        """Run it once, with these records in the CRM where any are given."""
        if records:
            self.source.records = list(records)
        return run_syncs([self.plan()], self.ledger, self.clock, RunOptions(**options)).syncs[0]

    def retry(self, *ids: str) -> SyncReport:
        """A person asks for these once more."""
        return retry_quarantined(self.plan(), self.ledger, self.clock, ids).syncs[0]

    def told(self) -> list[str]:
        """What the platform's events tell (`1 New → Won`), in the order of creation."""
        return [f"{told[1]} {told[2]}" for told in self._told()]

    def tags(self) -> list[str]:
        """The tags of the platform's events, in the order of creation."""
        return [told[3] for told in self._told()]

    def _told(self) -> list[re.Match[str]]:
        kept = self.line.kept()
        found = [told for event in kept if (told := _TOLD.fullmatch(event["note"]))]
        assert len(found) == len(kept), kept
        return found
