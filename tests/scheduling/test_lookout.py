from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event

import pytest

from crmsync.config.loading import load
from crmsync.errors import ConfigError
from crmsync.exit_codes import ExitCode
from crmsync.reports import SyncReport
from crmsync.scheduling.lookout import Lookout
from crmsync.testing.servers import FaultServer, reply
from crmsync.wiring import Workspace

CONFIG = """
[alerts]
webhook = "{url}/hook"
[sources.hubspot]
access_token = "${{TOKEN}}"
[destinations.akooda]
tenant_id = "${{TENANT}}"
api_key = "${{KEY}}"
[syncs.main]
source = "hubspot"
object = "companies"
destination = "akooda"
"""
REPORT = SyncReport(sync="main", source="hubspot", object="companies", destination="akooda")


@pytest.fixture
def hook():
    """It refuses the first message."""
    with FaultServer([reply(404, b""), reply(200, b"ok")]) as server:
        yield server


@pytest.fixture
def loaded(tmp_path, hook):
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(url=hook.url))
    return load(path)


def ended(loaded, code):
    """A run of the sync ended so, and nobody was told."""
    with Workspace(loaded) as workspace:
        report = replace(REPORT, exit_code=ExitCode(code), error="the token expired")
        ledger = workspace.ledger()
        ledger.finish_sync("run-1", report, datetime.now(UTC))
        workspace.telling(ledger, "run-1").ended(report)


def test_what_no_run_could_tell_is_told_at_the_next_look(loaded, hook):
    ended(loaded, 7)

    for _ in range(2):
        Lookout(lambda: loaded).look()

    refused, received = hook.received
    assert json.loads(refused.body) == json.loads(received.body)
    assert json.loads(received.body)["run_id"] == "run-1"


def test_the_thread_looks_until_it_is_left_whatever_a_look_comes_to():
    looked = Event()
    looks = []

    def fails():
        looks.append(1)
        if len(looks) == 3:
            looked.set()
        raise ConfigError([])

    with Lookout(fails, every=0.001):
        assert looked.wait(60)
