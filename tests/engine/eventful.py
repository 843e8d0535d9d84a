"""A bench whose platform takes events: what must arrive once at most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmsync.destinations.akooda import PLUGIN
from crmsync.engine.plans import GuardLimits
from crmsync.engine.retry import doubted
from crmsync.errors import RetryableError

if TYPE_CHECKING:
    from tests.engine.conftest import Bench

LOST = RetryableError("no whole answer in time", maybe_delivered=True)
REFUSED = RetryableError("the connection was refused")
OFF = GuardLimits(empty=False, shortfall=1, blank=1, minimum=10**6)


def eventful(bench: Bench) -> Bench:
    """The bench, with a platform that takes events."""
    plugin = replace(PLUGIN, methods=("upsert", "event"), once=frozenset({"event"}))
    bench.settings = {"plugin": plugin, "method": "event", "guards": OFF}
    return bench


def failing(bench: Bench, error: Exception | None, *domains: str) -> None:
    """Let requests end so, those of *domains* or all."""

    def respond(payloads: list[dict[str, Any]]) -> None:
        if error is not None and (not domains or payloads[0]["domain"] in domains):
            raise error

    bench.destination.respond = respond


def doubts(bench: Bench) -> list[str]:
    """The records of which it is told that their event may have arrived."""
    return [entry.record_id for entry in doubted(bench.plan(), bench.ledger)]
