from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.config.schema import Account, Config
from crmsync.errors import ConfigError
from crmsync.exit_codes import ExitCode
from crmsync.ledger import open_ledger
from crmsync.reports import RunReport, SyncReport
from crmsync.scheduling.planning import Last, first_times, same_state, scheduled, seen_before
from crmsync.testing.clocks import FakeClock
from tests.scheduling.syncs import NOW, sync


def config(url: str = "sqlite:///crmsync.db", **syncs: dict[str, object]) -> Config:
    """A configuration of syncs that differ in what is given of them."""
    plain = {"source": "hubspot", "object": "companies", "schedule": "15 2 * * *"}
    account = Account(name="any", type="any", settings=None)
    return Config.model_validate(
        {
            "state": {"url": url},
            "sources": {"hubspot": account},
            "destinations": {"akooda": account},
            "syncs": {name: plain | {"destination": name} | given for name, given in syncs.items()},
        }
    )


def test_a_sync_without_a_schedule_or_not_enabled_is_left_alone():
    found = scheduled(config(a={}, b={"schedule": None}, c={"enabled": False}))
    assert [one.name for one in found] == ["a"]


@pytest.mark.parametrize(
    ("differs", "shares"),
    [
        ({"schedule": "every 5m", "method": "update"}, True),
        ({"object": "deals"}, False),
        ({"filter": {"stage": "customer"}}, False),
        ({"on_delete": "disable"}, False),
    ],
)
def test_syncs_share_a_read_that_is_the_same(differs, shares):
    a, b = scheduled(config(a={}, b=differs))
    assert (a.reading == b.reading) is shares


def test_a_daemon_without_anything_to_do_says_so():
    with pytest.raises(ConfigError, match="no enabled sync has a schedule") as caught:
        scheduled(config(a={"schedule": None}))
    assert 'schedule = "15 2 * * *"' in caught.value.hint


def test_a_ledger_in_memory_is_refused():
    with pytest.raises(ConfigError, match="in memory"):
        scheduled(config("sqlite:///:memory:", a={}))


def test_another_ledger_wants_a_restart():
    same_state(config(a={}), config(b={}))
    with pytest.raises(ConfigError, match=r"state\.url: cannot change") as caught:
        same_state(config(a={}), config("sqlite:///other.db", a={}))
    assert "restart the daemon" in caught.value.hint


def test_the_last_run_of_everything_is_known_by_the_ledger():
    ledger = open_ledger("sqlite:///:memory:", clock=FakeClock(NOW))
    report = SyncReport(
        sync="a", source="s", object="o", destination="d", exit_code=ExitCode.TEMPORARY
    )
    sample = replace(report, exit_code=ExitCode.OK, partial=True)
    left = replace(report, exit_code=ExitCode.RUNNING)
    for run_id, one, at in (
        ("r", report, NOW),
        ("s", sample, NOW + timedelta(minutes=1)),
        ("t", left, NOW + timedelta(minutes=2)),
    ):
        ledger.start_run(run_id, at)
        ledger.finish_sync(run_id, one, at)
        ledger.finish_run(
            RunReport(run_id=run_id, exit_code=one.exit_code, started_at=at, finished_at=at)
        )
    assert seen_before(ledger, [sync("a"), sync("b")]) == {"a": Last(NOW, ExitCode.TEMPORARY)}
    ledger.close()


DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ROWS = [
    ("cron, never run: waits", "15 2 * * *", None, NOW + DAY),
    ("cron, nothing missed", "15 2 * * *", NOW - MINUTE * 0, NOW + DAY),
    ("cron, a week missed: once, now", "15 2 * * *", NOW - DAY * 7, NOW),
    ("interval, never run: now", "every 15m", None, NOW),
    ("interval, half of it is over", "every 15m", NOW - MINUTE * 7, NOW + MINUTE * 8),
    ("interval, missed: once, now", "every 15m", NOW - DAY, NOW),
    ("a last run that is yet to come", "every 15m", NOW + DAY, NOW),
]


@pytest.mark.parametrize(
    ("schedule", "ran", "due"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
@pytest.mark.fault(107)
def test_what_was_missed_while_nobody_looked_is_due_once(schedule, ran, due):
    before = {} if ran is None else {"a": Last(ran, ExitCode.OK)}
    assert first_times([sync("a", schedule=schedule)], before, NOW) == {"a": due}
