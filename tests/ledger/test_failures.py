from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from typing_extensions import override

from crmsync.errors import LedgerError
from crmsync.ledger.failures import ledger_error
from crmsync.ledger.files import open_memory
from crmsync.ledger.sqlite_store import SqliteStore
from crmsync.testing.settlements import SYNC, delivery, record, settlement

CHILD = Path(__file__).with_name("limited_child.py")
MANY = [record(str(n), key=f"k{n}", body=b"x" * 700) for n in range(500)]
LARGE = settlement(MANY, [delivery(f"k{n}", b"x" * 700) for n in range(500)], cursor="large")


@pytest.mark.fault(80)
def test_a_full_disk_is_named_and_nothing_is_half_written(open_at, path):
    ledger = open_at()
    ledger.settle(settlement([record()], cursor="small"))
    ledger._store._connection.execute("PRAGMA max_page_count = 30")
    with pytest.raises(LedgerError, match="the disk is full") as caught:
        ledger.settle(LARGE)
    assert str(path) in caught.value.message
    assert "make room" in caught.value.hint
    assert ledger.sync_state(SYNC).cursor == "small"
    assert ledger.known(SYNC, ["7"]) == {}


@pytest.mark.fault(80)
def test_a_ledger_goes_on_when_there_is_room_again(open_at):
    ledger = open_at()
    ledger._store._connection.execute("PRAGMA max_page_count = 30")
    with pytest.raises(LedgerError, match="the disk is full"):
        ledger.settle(LARGE)
    ledger._store._connection.execute("PRAGMA max_page_count = 10000")
    ledger.settle(LARGE)
    assert ledger.sync_state(SYNC).cursor == "large"


@pytest.mark.fault(84)
def test_a_file_size_limit_stops_the_writer_and_the_file_stays_whole(open_at, path):
    open_at().settle(settlement(cursor="small"))
    command = [sys.executable, str(CHILD), str(path), str(path.stat().st_size + 100_000)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith(f"the ledger {path}: ")
    assert open_at().sync_state(SYNC).cursor == "small"


class Failing(sqlite3.Connection):
    """A connection whose commit fails, and whose rollback then fails otherwise."""

    @override
    def execute(self, sql, parameters=()):
        if sql in {"COMMIT", "ROLLBACK"}:
            error = sqlite3.OperationalError(f"{sql} failed")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC if sql == "COMMIT" else -1
            raise error
        return super().execute(sql, parameters)


@pytest.fixture
def failing():
    connection = sqlite3.connect(":memory:", isolation_level=None, factory=Failing)
    whole = open_memory()
    whole.backup(connection)
    whole.close()
    yield SqliteStore(connection, "crmsync.db", read_only=False)
    connection.close()


@pytest.mark.fault(106)
def test_a_rollback_that_fails_does_not_hide_the_first_error(failing):
    with pytest.raises(LedgerError, match="COMMIT failed"), failing.transaction():
        failing.run("add_sync", "a")


@pytest.mark.fault(82)
def test_after_a_failed_sync_nothing_is_written_again(failing):
    with pytest.raises(LedgerError), failing.transaction():
        failing.run("add_sync", "a")
    with pytest.raises(LedgerError, match="COMMIT failed"), failing.transaction():
        pytest.fail("the transaction began")


def test_an_error_inside_a_transaction_undoes_it(open_at):
    store = open_at()._store

    def rows():
        yield ("a",)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), store.transaction():
        store.run_many("add_sync", rows())
    assert store.rows("sync_id", "a") == []


@pytest.mark.parametrize(
    ("code", "says", "hint"),
    [
        (sqlite3.SQLITE_FULL, "the disk is full", "make room"),
        (sqlite3.SQLITE_IOERR_READ, "reading or writing it failed", "check the disk"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "it is damaged", "restore it from a backup"),
        (sqlite3.SQLITE_NOTADB, "it is no database", "restore it from a backup"),
        (sqlite3.SQLITE_BUSY_TIMEOUT, "another program kept it locked", "close that program"),
        (sqlite3.SQLITE_READONLY_ROLLBACK, "it cannot be written", "permissions"),
        (sqlite3.SQLITE_CANTOPEN, "it cannot be opened", "permissions"),
        (sqlite3.SQLITE_MISUSE, "refused: boom", ""),
    ],
)
def test_each_failure_says_what_to_do(code, says, hint):
    error = sqlite3.OperationalError("boom")
    error.sqlite_errorcode = code
    told = ledger_error(error, "crmsync.db")
    assert "the ledger crmsync.db" in told.message
    assert says in told.message
    assert hint in told.hint


def test_a_number_too_large_to_store_is_a_ledger_error(open_at):
    with pytest.raises(LedgerError, match="cannot store a value: OverflowError"):
        open_at().settle(settlement([record(modified_at=2**63)]))
