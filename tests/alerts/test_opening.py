from __future__ import annotations

from datetime import timedelta

from crmsync.alerts.channels import Command, Webhook
from crmsync.alerts.checks import check_ways
from crmsync.alerts.opening import open_ways
from crmsync.config.schema import Alerts
from crmsync.testing.clocks import FakeClock


def opened(**table):
    return open_ways(Alerts.model_validate(table), FakeClock(), ["main"])


def test_without_a_table_nobody_is_told_and_a_passing_failure_may_last_six_hours():
    ways = opened()

    assert (ways.silent, ways.rules.failing_for) == (True, timedelta(hours=6))
    assert list(check_ways(ways)) == []


def test_every_way_of_the_table_is_opened(monkeypatch):
    monkeypatch.setenv("HOOK", "https://hooks.example.com/services/s3cr3t-hook")
    ways = opened(
        webhook="${HOOK}",
        command=["sh", "-c", "cat"],
        ping="https://hc.example.com/all-0815",
        pings={"main": "https://hc.example.com/main-4711"},
        ping_also=["fail"],
        stale_after="2d",
    )

    assert [type(one) for one in ways.channels.values()] == [Webhook, Command]
    assert (list(ways.pings.syncs), ways.pings.also) == (["main"], {"fail"})
    assert ways.rules.stale_after == timedelta(days=2)
    lines = list(check_ways(ways))
    assert [line.name for line in lines] == [
        "alerts.webhook",
        "alerts.command",
        "alerts.ping",
        "alerts.pings.main",
    ]
    assert all(line.passed and line.message.startswith("not verified") for line in lines)
    assert "s3cr3t" not in str(lines)
