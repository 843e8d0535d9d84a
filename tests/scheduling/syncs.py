"""Scheduled syncs for tests, by what matters to the test."""

from __future__ import annotations

from datetime import UTC, datetime

from crmsync.scheduling.agenda import Agenda, Scheduled
from crmsync.scheduling.triggers import schedule_of

NOW = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)


def sync(
    name: str, *, to: str = "", reads: str = "", schedule: str = "every 15m", zone: str = "UTC"
) -> Scheduled:
    """A sync with a destination, and a read, of its own where none is named."""
    return Scheduled(
        name=name,
        schedule=schedule_of(schedule, zone),
        destination=to or f"platform of {name}",
        reading=reads or f"read of {name}",
    )


def due(*syncs: Scheduled, at_once: int = 8) -> Agenda:
    """An agenda in which all of them became due at once."""
    agenda = Agenda(syncs, at_once=at_once)
    for one in syncs:
        agenda.due(one.name, NOW)
    return agenda
