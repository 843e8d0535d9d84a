"""People to tell, on doubles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from crmsync.alerts.channels import Address, Channel, Pings
from crmsync.alerts.standing import Rules
from crmsync.alerts.telling import Telling, Ways
from crmsync.errors import FatalError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Ledger, Request, Response
from crmsync.ledger import open_ledger
from crmsync.reports import Counts, SyncReport
from crmsync.secrets import Secret
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport, Step


@dataclass
class Heard(Channel):
    """A channel that keeps what it is told, or fails."""

    name: str = "webhook"
    bodies: list[dict[str, Any]] = field(default_factory=list)
    fails: bool = False

    def tell(self, body):
        if self.fails:
            raise FatalError(f"{self.name}: away")
        self.bodies.append(body)


@dataclass
class Listener:
    """Whoever is told: `telling` tells of the syncs "main" and "other"."""

    ledger: Ledger
    clock: FakeClock = field(default_factory=FakeClock)
    rules: Rules = field(default_factory=Rules)
    channels: dict[str, Heard] = field(default_factory=lambda: {"webhook": Heard()})
    also: frozenset[str] = frozenset()
    requests: list[Request] = field(default_factory=list)
    answer: Step = field(default_factory=lambda: Response(200, {}, b"OK"))

    def connect(self, base_url, timeout):
        def answered(request):
            self.requests.append(request._replace(url=base_url + request.url))
            return self.answer

        return ScriptedTransport(answered)

    def address(self, name, url):
        return Address(name, Secret(url), self.clock, 10.0, self.connect)

    def telling(self, run_id="run-1"):
        pings = Pings(
            every=self.address("alerts.ping", "https://hc.example.com/all-of-them-0815"),
            syncs={
                "main": self.address("alerts.pings.main", "https://hc.example.com/main-4711-lives")
            },
            also=self.also,
        )
        ways = Ways(
            rules=self.rules, channels=self.channels, pings=pings, watched=["main", "other"]
        )
        return Telling(ways, self.ledger, self.clock, run_id=run_id)

    def ended(self, code, sync="main", run_id="run-1", **facts):
        """A run of the sync ended so."""
        report = reported(code, sync, **facts)
        self.ledger.finish_sync(run_id, report, self.clock.now())
        self.telling(run_id).ended(report)
        return report

    @property
    def said(self):
        return [body["state"] for body in self.channels["webhook"].bodies]

    @property
    def asked(self):
        return [f"{request.method} {request.url}" for request in self.requests]


def reported(code, sync="main", **facts):
    """A sync's report."""
    given = {
        "sync": sync,
        "source": "hubspot",
        "object": "companies",
        "destination": "akooda",
        "status": "failed" if code else "succeeded",
        "error": "the token expired; make a new one" if code else None,
        "exit_code": ExitCode(code),
        "counts": Counts(read=3, unverified=3),
        **facts,
    }
    return SyncReport(**given)


@pytest.fixture
def listener():
    ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
    yield Listener(ledger)
    ledger.close()
