"""What befalls a process: edited under its hands, hung up, in a bare environment, migrating."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing

import pytest

from benchmarks.kernel import PLAN
from benchmarks.lives import KILLED
from benchmarks.victims import whole
from crmsync.ledger.migrations import migrate, scripts
from tests.e2e.world import SYNC, Ended, until

LEDGER = "crmsync.db"


@pytest.fixture
def under_way(world):
    """A run whose first batch waits for its answer, which takes its time."""
    world.faults(akooda="slow=1,slow_s=1")
    with world.started("run", "--json") as child:
        until(lambda: world.requests("akooda.post"))
        world.faults()
        yield child


@pytest.mark.fault(98)
@pytest.mark.invariant(17)
def test_a_configuration_that_is_edited_counts_from_the_next_run_on(world, under_way, undisturbed):
    (world.folder / "config.toml").write_text("this is [no TOML")
    report = json.loads(under_way.communicate()[0])
    assert [(one["sync"], one["exit_code"]) for one in report["syncs"]] == [(SYNC, 0)]
    assert world.held() == undisturbed
    assert world.run().code == 2


@pytest.mark.fault(103)
def test_a_run_whose_terminal_is_gone_leaves_nothing_undone(world, undisturbed):
    world.faults(akooda="hang=1,hang_s=60")
    with world.started("run", "--json") as child:
        until(lambda: world.requests("akooda.post"))
        world.faults()
        child.send_signal(signal.SIGHUP)
        _, told = child.communicate()
    assert child.returncode == -signal.SIGHUP
    assert "Traceback" not in told
    assert world.run().code == 0
    assert world.held() == undisturbed


@pytest.mark.fault(114)
@pytest.mark.invariant(16)
def test_a_daemon_that_is_killed_leaves_no_lock_behind(world, undisturbed):
    world.configure(sync='schedule = "every 1s"')
    world.faults(akooda="hang=1,hang_s=60")
    with world.started("daemon") as child:
        until(lambda: world.requests("akooda.post"))
        child.kill()
        child.wait()
    world.faults()
    assert world.run().code == 0
    assert world.held() == undisturbed


@pytest.mark.fault(104)
@pytest.mark.parametrize(
    "env",
    [
        pytest.param({"HOME": None, "TZ": None, "LANG": None, "PATH": None}, id="none at all"),
        pytest.param({"HOME": "/proc/nowhere", "TZ": "Nowhere/None"}, id="of places that are not"),
    ],
)
def test_a_bare_environment_will_do(world, undisturbed, env):
    world.env = {name: text for name, text in (world.env | env).items() if text is not None}
    assert world.run().code == 0
    assert world.held() == undisturbed


@pytest.mark.invariant(18, 20)
@pytest.mark.parametrize(
    ("bytes_", "says"),
    [
        pytest.param(b"not a database at all\n" * 500, "it is no database", id="F86 text"),
        pytest.param(bytes(32768), "database", id="F86 zeros"),
        pytest.param(b"", "it is empty", id="F86 empty"),
    ],
)
def test_with_a_damaged_ledger_nobody_is_asked_and_nothing_is_made_anew(world, bytes_, says):
    (world.folder / LEDGER).write_bytes(bytes_)
    ended = world.run()
    assert ended.code == 1
    assert says in ended.err
    assert "restore it from a backup" in ended.err
    assert (world.folder / LEDGER).read_bytes() == bytes_
    assert world.ask("/requests")["requests"] == {}


@pytest.mark.fault(91)
@pytest.mark.invariant(6, 26)
def test_without_the_ledger_that_was_there_nobody_is_asked_and_nothing_is_sent(world):
    assert world.run().code == 0
    before = world.ask("/requests")["requests"]
    (world.folder / LEDGER).unlink()
    ended = world.run()
    assert ended.code == 1
    assert "it is gone, but was there before" in ended.err
    assert world.ask("/requests")["requests"] == before


@pytest.fixture
def old(world):
    """A ledger of version 1, with a cursor in it."""
    path = world.folder / LEDGER
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, "old", scripts()[:1])
        connection.execute("INSERT INTO syncs (name, cursor) VALUES ('a', 'kept')")
    return path


@pytest.mark.usefixtures("plannable")
@pytest.mark.invariant(20)
@pytest.mark.parametrize(
    "plan",
    [
        pytest.param("kill:pwrite64:1", id="F89 before its first write"),
        pytest.param("half:pwrite64:9", id="F89 half a page"),
        pytest.param("kill:fdatasync:2", id="F89 before its pages are synced"),
        pytest.param("kill:ftruncate:1", id="F89 before its journal ends"),
    ],
)
def test_a_migration_that_is_killed_leaves_the_old_ledger_or_the_new_one(world, old, plan):
    env = {**world.env, PLAN: f"{plan}::{LEDGER}"}
    ended = Ended(*world.warm.crmsync(("ledger", "migrate"), world.folder, env))
    assert ended.code == KILLED
    assert whole(old)
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("SELECT name, cursor FROM syncs").fetchall() == [("a", "kept")]
        assert connection.execute("PRAGMA user_version").fetchone()[0] in {1, len(scripts())}

    assert world.crmsync("ledger", "migrate").code == 0
    assert world.crmsync("ledger", "check").code == 0
    assert old.stat().st_mode & 0o077 == 0
