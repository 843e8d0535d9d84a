from __future__ import annotations

import re

import psycopg
import pytest

from crmsync.errors import LedgerError
from crmsync.ledger.files import open_memory
from crmsync.ledger.postgres.migrations import migrate
from crmsync.ledger.postgres.opening import version_at
from crmsync.ledger.postgres.server import Server
from crmsync.ledger.queries import POSTGRES, SQLITE, named, scripts
from crmsync.testing.settlements import SYNC, settlement

COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, ordinal_position
"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname"
OWN = {"crmsync", "leases", "writers"}
KINDS = {"INTEGER": "bigint", "TEXT": "text", "BLOB": "bytea"}
LOOKUPS = sorted(
    name
    for name, sql in named(POSTGRES).items()
    if "json_array" in sql or name in {"record", "event"}
)


@pytest.fixture
def connection(url):
    connection = Server(url=url).connect()
    yield connection
    connection.close()


def schema(connection):
    """Columns and indexes, without the name of the schema that they are in."""
    (name,) = connection.execute("SELECT current_schema()").fetchone()
    rows = connection.execute(COLUMNS).fetchall() + connection.execute(INDEXES).fetchall()
    return [re.sub(rf"\b{name}\.", "", repr(row)) for row in rows]


def test_the_schema_is_what_the_migrations_leave(connection):
    migrate(connection, "new", scripts(POSTGRES))
    migrated = schema(connection)
    connection.execute("CREATE SCHEMA direct_of_this_test")
    connection.execute("SET search_path = direct_of_this_test")
    connection.execute((POSTGRES / "schema.sql").read_bytes())
    direct = schema(connection)
    connection.execute("DROP SCHEMA direct_of_this_test CASCADE")
    assert migrated == direct
    assert len(migrated) > 60


def test_both_dialects_have_the_same_tables_and_columns(connection):
    migrate(connection, "new", scripts(POSTGRES))
    server = {row[:4] for row in connection.execute(COLUMNS).fetchall() if row[0] not in OWN}
    sqlite = open_memory()
    tables = [
        name
        for (name,) in sqlite.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        )
    ]
    file = {
        (table, name, KINDS[kind], "NO" if needed or key else "YES")
        for table in tables
        for _, name, kind, needed, _, key in sqlite.execute(f"PRAGMA table_info({table})")
    }
    sqlite.close()
    assert server == file
    assert len(scripts(POSTGRES)) == len(scripts(SQLITE))


def test_a_schema_without_tables_has_version_0_and_is_left_alone(url, connection):
    assert version_at(Server(url=url, read_only=True)) == 0
    assert schema(connection) == []


def test_an_empty_database_reads_as_an_empty_ledger(open_at, connection):
    ledger = open_at(read_only=True)
    assert ledger.sync_state(SYNC).cursor is None
    with pytest.raises(LedgerError, match="for reading only"):
        ledger.settle(settlement())
    assert schema(connection) == []


def test_a_ledger_opened_for_reading_refuses_to_write(open_at):
    open_at().settle(settlement(cursor="c"))
    ledger = open_at(read_only=True)
    for write in (lambda: ledger.settle(settlement()), lambda: ledger.lock("a")):
        with pytest.raises(LedgerError, match="for reading only"):
            write()
    with pytest.raises(LedgerError, match="takes no writes"):
        ledger._store.rows("drop_writer", "x")
    assert ledger.sync_state(SYNC).cursor == "c"


def test_an_older_ledger_is_migrated_with_what_it_holds(open_at, connection):
    migrate(connection, "old", scripts(POSTGRES)[:1])
    connection.execute("INSERT INTO syncs (name, cursor) VALUES ($1, 'kept')", (SYNC,))
    with pytest.raises(LedgerError, match="has version 1, this crmsync reads version 4") as it:
        open_at(read_only=True)
    assert "crmsync ledger migrate" in it.value.hint
    assert open_at().sync_state(SYNC).cursor == "kept"
    assert connection.execute("SELECT version FROM crmsync").fetchall() == [(4,)]


def test_a_migration_that_fails_leaves_the_old_version(connection):
    migrate(connection, "old", scripts(POSTGRES)[:1])
    before = schema(connection)
    bad = [scripts(POSTGRES)[0], "CREATE TABLE half (x INT);\nINSERT INTO nowhere VALUES (1);\n"]
    with pytest.raises(LedgerError, match="nowhere"):
        migrate(connection, "old", bad)
    assert schema(connection) == before


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_ledger_is_refused_and_left_as_it_is(open_at, connection, read_only):
    open_at().settle(settlement(cursor="c"))
    connection.execute("UPDATE crmsync SET version = 99")
    with pytest.raises(LedgerError, match="version 99, this crmsync knows versions up to 4"):
        open_at(read_only=read_only)


def test_another_programs_tables_are_refused(open_at, connection):
    connection.execute("CREATE TABLE theirs (x INT)")
    with pytest.raises(LedgerError, match="another program's tables") as caught:
        open_at()
    assert "a database of its own" in caught.value.hint
    assert len(schema(connection)) == 1


def test_both_dialects_have_the_same_statements():
    own = {
        "take_turn",
        "mark",
        "marked",
        "add_writer",
        "drop_writer",
        "forget_writers",
        "lease",
        "take_lease",
        "renew_leases",
        "free_lease",
    }
    assert set(named(POSTGRES)) - set(named(SQLITE)) == own
    assert set(named(SQLITE)) - set(named(POSTGRES)) == set()


@pytest.mark.parametrize("name", sorted(named(POSTGRES)))
def test_every_statement_can_be_prepared(ledger_connection, name):
    ledger_connection.execute(f"PREPARE {name} AS {named(POSTGRES)[name]}")
    prepared = ledger_connection.execute("SELECT name FROM pg_prepared_statements WHERE from_sql")
    assert (name,) in prepared.fetchall()


@pytest.mark.parametrize("name", LOOKUPS)
def test_lookups_go_by_an_index_with_every_condition_in_it(ledger_connection, name):
    ledger_connection.execute("SET plan_cache_mode = force_generic_plan")
    ledger_connection.execute(f"PREPARE {name}_looked AS {named(POSTGRES)[name]}")
    count = max(map(int, re.findall(r"\$(\d)", named(POSTGRES)[name])))
    nulls = ", ".join(["NULL"] * count)
    plan = ledger_connection.execute(f"EXPLAIN EXECUTE {name}_looked ({nulls})")
    text = "\n".join(row[0] for row in plan.fetchall())
    assert "Seq Scan" not in text
    if "json_array" in named(POSTGRES)[name]:
        assert re.search(r"Index Cond: .* = ANY", text)


def test_the_url_is_shown_without_its_options():
    server = Server(url="postgresql://me@db.example.com:5433/crm?sslmode=require")
    assert server.name == "postgresql://me@db.example.com:5433/crm"


def test_a_database_that_is_not_there_is_named(cluster):
    with pytest.raises(LedgerError, match="refuses us") as caught:
        Server(url=cluster.url.replace("/postgres?", "/nowhere?")).connect()
    assert "createdb" in caught.value.hint


def test_the_encoding_must_hold_every_text(cluster):
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute(
            "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        try:
            with pytest.raises(LedgerError, match="encoding is not UTF8"):
                Server(url=cluster.url.replace("/postgres?", "/latin?")).connect()
        finally:
            connection.execute("DROP DATABASE latin")
