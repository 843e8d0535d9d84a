from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from crmsync.config.loading import load
from crmsync.exit_codes import ExitCode
from crmsync.ledger import open_ledger
from crmsync.logs import ACCOUNT_PAUSED
from crmsync.scheduling.runs import Ended, Run, Threads
from crmsync.testing.clocks import FakeClock
from crmsync.testing.servers import FaultServer, reply
from tests.scheduling.syncs import NOW

CONFIG = """\
[state]
url = "sqlite:///{ledger}"
{keep}
[sources.export]
type = "file"
folder = "."
[destinations.akooda]
tenant_id = "${{CRMSYNC_TEST_MISSING}}"
api_key = "${{CRMSYNC_TEST_MISSING}}"
[syncs.first]
source = "export"
object = "companies"
destination = "akooda"
fields = {{ domain = "domain", "properties.displayName" = "name" }}
[syncs.second]
source = "export"
object = "companies"
destination = "akooda"
fields = {{ domain = "domain", "properties.displayName" = "name" }}
"""

REACHED = """\
[state]
url = "sqlite:///ledger.db"
[sources.export]
type = "file"
folder = "."
[destinations.akooda]
tenant_id = "tenant"
api_key = "{key}"
base_url = "{url}"
"""
ONE_SYNC = """\
[syncs.first]
source = "export"
object = "companies"
destination = "akooda"
fields = { domain = "domain", "properties.displayName" = "name" }
"""


class Listener:
    """Hears of a run to its end."""

    def __init__(self) -> None:
        self.ends: list[Ended] = []
        self._over = Event()

    def ended(self, end: Ended) -> None:
        self.ends.append(end)

    def over(self, run: Run) -> None:
        self._over.set()

    def wait(self) -> list[Ended]:
        assert self._over.wait(60)
        return self.ends


@pytest.fixture
def ended(tmp_path):
    def run(ledger: str = "crmsync.db", alerts: str = "", keep: str = "") -> list[Ended]:
        path = Path(tmp_path, "config.toml")
        path.write_text(alerts + CONFIG.format(ledger=ledger, keep=keep), encoding="utf-8")
        heard = Listener()
        Threads({}).start(load(path), ["second", "first"], heard, NOW)
        return heard.wait()

    return run


def test_each_sync_is_told_of_once_with_its_own_end(ended):
    ends = ended()
    assert [end.sync for end in ends] == ["second", "first"]
    assert {end.code for end in ends} == {ExitCode.USAGE}
    assert all("CRMSYNC_TEST_MISSING" in (end.error or "") for end in ends)


def test_a_run_that_cannot_begin_is_the_end_of_each_of_its_syncs(ended, tmp_path):
    (tmp_path / "ledger").mkdir()
    ends = ended("ledger")
    assert [(end.sync, end.code) for end in ends] == [
        ("second", ExitCode.FAILED),
        ("first", ExitCode.FAILED),
    ]
    assert all("ledger" in (end.error or "") for end in ends)


@pytest.mark.security(61)
def test_a_run_of_the_daemon_deletes_what_is_older_than_it_is_to_be_kept(ended, tmp_path):
    def stored():
        return open_ledger(f"sqlite:///{tmp_path}/crmsync.db", clock=FakeClock())

    with closing(stored()) as ledger:
        ledger.start_run("20200101T000000Z-aaaaaa", datetime(2020, 1, 1, tzinfo=UTC))
    ended(keep='keep = "90d"')
    with closing(stored()) as ledger:
        (run,) = ledger.runs()
    assert run["run_id"] != "20200101T000000Z-aaaaaa"


def test_people_are_told_of_each_sync_once_however_often_it_is_started(ended):
    with FaultServer([reply(200, b"ok")]) as hook:
        for _ in range(2):
            ended(alerts=f'[alerts]\nwebhook = "{hook.url}/hook"\n')
        bodies = [json.loads(one.body) for one in hook.received]

    assert [(body["sync"], body["state"]) for body in bodies] == [
        ("second", "bad"),
        ("first", "bad"),
    ]
    assert len({body["run_id"] for body in bodies}) == 1


def test_a_pause_holds_for_the_next_run_as_long_as_its_account_is_the_same(tmp_path, caplog):
    (tmp_path / "companies.csv").write_text("id,domain,name\n1,one.com,One\n", encoding="utf-8")
    path = Path(tmp_path, "config.toml")
    caplog.set_level("INFO")
    threads, asked = Threads({}), []
    with FaultServer([reply(429, headers={"retry-after": "2000"})]) as akooda:
        for key in ("key", "key", "another key"):
            path.write_text(REACHED.format(url=akooda.url, key=key) + ONE_SYNC, encoding="utf-8")
            heard = Listener()
            threads.start(load(path), ["first"], heard, NOW)
            assert [end.code for end in heard.wait()] == [ExitCode.TEMPORARY]
            asked.append(len(akooda.received))

    assert asked == [1, 1, 2]
    assert sum(one.message == ACCOUNT_PAUSED for one in caplog.records) == 2
