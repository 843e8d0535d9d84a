from __future__ import annotations

import sqlite3

import pytest

from crmsync.errors import LedgerError
from crmsync.ledger.migrations import migrate, scripts
from crmsync.ledger.queries import SQLITE, statements
from crmsync.testing.settlements import AT, SYNC, settlement


@pytest.fixture
def old(path):
    """A ledger of version 1, with a cursor in it."""
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, "old", scripts()[:1])
    connection.execute("INSERT INTO syncs (name, cursor) VALUES (?, 'kept')", (SYNC,))
    yield connection
    connection.close()


def schema(connection):
    sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"
    return connection.execute(sql).fetchall()


def user_version(connection):
    return connection.execute("PRAGMA user_version").fetchone()[0]


def test_the_schema_is_what_the_migrations_leave():
    migrated, direct = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    migrated.isolation_level = None
    migrate(migrated, "new", scripts())
    direct.executescript((SQLITE / "schema.sql").read_text())
    assert schema(migrated) == schema(direct)
    migrated.close()
    direct.close()


def test_an_older_ledger_is_migrated_with_what_it_holds(old, open_at):
    ledger = open_at()
    ledger.start_run("r1", AT)
    assert ledger.sync_state(SYNC).cursor == "kept"
    assert user_version(old) == len(scripts())


def test_an_older_ledger_is_read_without_being_migrated(old, open_at):
    ledger = open_at(read_only=True)
    assert ledger.sync_state(SYNC).cursor == "kept"
    assert ledger.runs() == []
    assert user_version(old) == 1


@pytest.mark.fault(89)
@pytest.mark.invariant(20)
def test_a_migration_that_fails_leaves_the_old_version(old):
    before = schema(old)
    bad = [scripts()[0], "CREATE TABLE half (x);\nINSERT INTO nowhere VALUES (1);\n"]
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(old, "old", bad)
    assert (schema(old), user_version(old)) == (before, 1)


def test_migrating_twice_changes_nothing(old):
    migrate(old, "old", scripts())
    before = schema(old)
    migrate(old, "old", scripts())
    assert schema(old) == before


@pytest.mark.fault(88)
@pytest.mark.invariant(20)
@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_ledger_is_refused_and_left_as_it_is(open_at, path, read_only):
    open_at().settle(settlement(cursor="c"))
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="version 99, this crmsync knows versions up to 4") as it:
        open_at(read_only=read_only)
    assert it.value.hint == "upgrade crmsync; the ledger was not changed"
    assert path.read_bytes() == before


def test_scripts_are_cut_at_the_ends_of_statements():
    script = "-- one; two\nCREATE TABLE a (x DEFAULT ';');\n\nDROP TABLE a;\n"
    cut = list(statements(script))
    assert cut == ["-- one; two\nCREATE TABLE a (x DEFAULT ';');", "DROP TABLE a;"]
