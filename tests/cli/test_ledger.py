from __future__ import annotations

import json
import sqlite3
import stat

import pytest

from crmsync.ledger import open_ledger
from crmsync.state import Phase
from crmsync.testing.clocks import FakeClock
from crmsync.testing.journals import journaled, line
from crmsync.testing.settlements import DESTINATION, SYNC
from tests.ledger.postgres.conftest import url

__all__ = ["url"]


@pytest.fixture
def used(configured):
    """A ledger that has something, beside the configuration."""
    ledger = open_ledger(f"sqlite:///{configured}/crmsync.db", clock=FakeClock())
    ledger.pin(SYNC, "4711")
    ledger.close()
    return configured / "crmsync.db"


def test_migrate_makes_the_ledger_and_then_has_nothing_to_do(crmsync, configured):
    assert "from version 0 to 4" in crmsync("ledger", "migrate").out
    assert (configured / "crmsync.db").is_file()
    assert "has version 4: nothing to do" in crmsync("ledger", "migrate").out
    told = json.loads(crmsync("ledger", "migrate", "--json").out)
    assert (told["from"], told["to"]) == (4, 4)


def test_check_finds_nothing_wrong_and_then_what_is(crmsync, used):
    ended = crmsync("ledger", "check")
    assert (ended.code, "nothing is wrong" in ended.out) == (0, True)
    broken = sqlite3.connect(used)
    broken.execute("INSERT INTO notes (destination, name, text) VALUES (99, 'a', 'b')")
    broken.commit()
    broken.close()
    ended = crmsync("ledger", "check", "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["findings"][0]["rule"] == "notes_without_destination"
    assert "restore a backup" in crmsync("ledger", "check").out


def test_a_ledger_that_is_not_there_is_not_made_by_checking(crmsync, configured):
    assert "no ledger" in crmsync("ledger", "check").out
    assert not (configured / "crmsync.db").exists()


def test_copy_takes_the_ledger_to_a_server_and_back(crmsync, used, url):
    there = crmsync("ledger", "copy", "sqlite:///crmsync.db", url, "--json")
    assert there.code == 0
    back = crmsync("ledger", "copy", url, "sqlite:///back.db", "--json")
    assert json.loads(back.out)["tables"] == json.loads(there.out)["tables"]
    ledger = open_ledger(f"sqlite:///{used.parent}/back.db", clock=FakeClock())
    assert ledger.sync_state(SYNC).account == "4711"
    ledger.close()


@pytest.fixture
def moved(used):
    """The ledger has another name; its locks are where they were."""
    ledger = open_ledger(f"sqlite:///{used}", clock=FakeClock())
    with ledger.lock(f"sync {SYNC}"):
        pass
    ledger.close()
    used.rename(used.with_name("moved.db"))
    used.with_name("crmsync.db-journal").unlink()
    return used


def test_a_copy_goes_where_a_ledger_was_though_its_locks_are_there(crmsync, moved, url):
    assert crmsync("ledger", "copy", "sqlite:///moved.db", url).code == 0
    assert crmsync("ledger", "copy", url, "sqlite:///crmsync.db").code == 0
    ledger = open_ledger(f"sqlite:///{moved}", clock=FakeClock())
    assert ledger.sync_state(SYNC).account == "4711"
    ledger.close()
    assert stat.S_IMODE(moved.stat().st_mode) == 0o600
    assert list(moved.parent.glob("*-new-*")) == []


def test_a_copy_counts_as_the_newest_where_the_ledger_does(crmsync, used):
    ledger = open_ledger(f"sqlite:///{used}", clock=FakeClock())
    ledger.vouch(DESTINATION, SYNC)
    journaled(ledger, line("a", Phase.SENDING))
    ledger.close()
    assert crmsync("ledger", "copy", "sqlite:///crmsync.db", "sqlite:///new.db").code == 0
    copy = open_ledger(f"sqlite:///{used.with_name('new.db')}", clock=FakeClock())
    assert (copy.recall(DESTINATION, [f"sends of {SYNC}"]), copy.unknown_sends(SYNC)) == (
        {f"sends of {SYNC}": "1"},
        0,
    )
    copy.close()


def test_where_a_copy_fails_no_empty_ledger_is_left_for_a_run(crmsync, moved):
    ended = crmsync("ledger", "copy", "sqlite:///nowhere.db", "sqlite:///crmsync.db")
    assert (ended.code, "has nothing in it" in ended.err) == (1, True)
    assert [path.name for path in moved.parent.glob("crmsync.db*")] == ["crmsync.db.locks"]
    ended = crmsync("ledger", "migrate")
    assert (ended.code, "it is gone, but was there before" in ended.err) == (1, True)


def test_no_copy_is_put_beside_what_a_crash_left_of_the_ledger_before(crmsync, moved):
    journal = moved.with_name("crmsync.db-journal")
    journal.write_bytes(b"half a transaction")
    ended = crmsync("ledger", "copy", "sqlite:///moved.db", "sqlite:///crmsync.db")
    assert (ended.code, "a transaction that was cut off" in ended.err) == (1, True)
    assert not moved.exists()
    assert journal.read_bytes() == b"half a transaction"


def test_a_second_copy_is_refused_and_no_password_stands_in_an_argument(crmsync, used):
    assert (
        "back.db is the same"
        in crmsync("ledger", "copy", f"sqlite:///{used}", "sqlite:///back.db").out
    )
    ended = crmsync("ledger", "copy", f"sqlite:///{used}", "sqlite:///back.db")
    assert (ended.code, "is not empty" in ended.err) == (1, True)
    ended = crmsync("ledger", "copy", f"sqlite:///{used}", "postgresql://u:hunter2@h/d")
    assert (ended.code, "must not hold the password" in ended.err) == (2, True)
    assert "hunter2" not in ended.err


def test_the_status_of_syncs_comes_from_the_server_that_the_configuration_names(
    crmsync, configured, url
):
    with (configured / "config.toml").open("a") as file:
        file.write(f'[state]\nurl = "{url}"\n')
    assert "from version 0 to 4" in crmsync("ledger", "migrate").out
    told = json.loads(crmsync("status", "--json").out)
    assert [sync["sync"] for sync in told["syncs"]] == ["main"]
    assert list(configured.glob("*.db")) == []
