"""From a configuration, and what earlier runs left, to what is due when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from crmsync.config.schema import Config, SyncConfig
from crmsync.errors import ConfigError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Ledger
from crmsync.receipts import Problem
from crmsync.scheduling.agenda import Scheduled
from crmsync.scheduling.triggers import schedule_of

_IN_MEMORY: Final = ":memory:"


class Last(NamedTuple):
    """A sync's last run: when it ended, and with what."""

    at: datetime
    code: ExitCode


def scheduled(config: Config) -> list[Scheduled]:
    """The syncs that are enabled and have a schedule, in the order of the file.

    Raises:
        ConfigError: There is none, or what they do is forgotten between two runs.
    """
    if config.state.url.endswith(_IN_MEMORY):
        fault = Problem("state.url", "wrong_value", "is in memory, where no run finds it again")
        raise ConfigError([fault], hint='the daemon needs a file: url = "sqlite:///crmsync.db"')
    found = [
        Scheduled(
            name=name,
            schedule=schedule_of(sync.schedule, sync.timezone),
            destination=sync.destination,
            reading=_reading(sync),
        )
        for name, sync in config.syncs.items()
        if sync.enabled and sync.schedule is not None
    ]
    if not found:
        fault = Problem("syncs", "nothing_chosen", "no enabled sync has a schedule")
        raise ConfigError([fault], hint='give one a time: schedule = "15 2 * * *"')
    return found


def same_state(old: Config, new: Config) -> None:
    """Raises ConfigError where a daemon cannot go on with the new configuration's ledger."""
    if old.state.url != new.state.url:
        fault = Problem("state.url", "wrong_value", "cannot change while the daemon runs")
        raise ConfigError([fault], hint="restart the daemon, or put the old ledger back")


def seen_before(ledger: Ledger, syncs: Sequence[Scheduled]) -> dict[str, Last]:
    """Each sync's last run of all its records, by its name; syncs without one are absent.

    Nor does one count that left since another had the sync: how that ended stands there.
    """
    found = {}
    for sync in syncs:
        report = ledger.last_whole(sync.name)
        if report is not None:
            at = datetime.fromisoformat(str(report["finished_at"]))
            found[sync.name] = Last(at, ExitCode(int(str(report["exit_code"]))))
    return found


def first_times(
    syncs: Sequence[Scheduled], before: Mapping[str, Last], now: datetime
) -> dict[str, datetime | None]:
    """When each sync is due first: now, once, where a time passed while nobody looked.

    One that never ran has missed nothing: an interval begins now, cron's time is waited for.
    """
    return {sync.name: _first(sync, before.get(sync.name), now) for sync in syncs}


def _first(sync: Scheduled, last: Last | None, now: datetime) -> datetime | None:
    if last is None:
        return sync.schedule.first(now)
    planned = sync.schedule.after(last.at)
    if planned is None or last.at > now:  # a clock that was wrong, then or now
        return sync.schedule.first(now)
    return max(planned, now)


def _reading(sync: SyncConfig) -> tuple[object, ...]:
    wanted = tuple(sorted((name, tuple(sorted(held))) for name, held in sync.filter.items()))
    return (sync.source, sync.object, sync.on_delete == "disable", wanted)
