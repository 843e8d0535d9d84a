from __future__ import annotations

import re
from pathlib import Path

import pytest

import crmsync.ledger
from crmsync.ledger.files import open_memory
from crmsync.ledger.queries import POSTGRES, SQLITE, named, of_rows, read_named

SOURCE = Path(crmsync.ledger.__file__).parent
LOOKUPS = (
    "known",
    "held",
    "borrowers",
    "bodies",
    "quarantined",
    "record",
    "uncertain",
)


@pytest.fixture(scope="module")
def connection():
    connection = open_memory()
    yield connection
    connection.close()


def explained(connection, prefix, sql):
    values = ["[]"] * max([sql.count("?"), *map(int, re.findall(r"\?(\d)", sql))])
    numbered = set(re.findall(r"\?(\d+)", sql))
    values = values[: max(map(int, numbered))] if numbered else values
    return connection.execute(f"{prefix} {sql}", values).fetchall()


@pytest.mark.parametrize("name", sorted(named(SQLITE)))
def test_every_statement_can_be_prepared(connection, name):
    assert explained(connection, "EXPLAIN", named(SQLITE)[name])


@pytest.mark.parametrize("name", LOOKUPS)
def test_lookups_search_and_never_scan_a_table(connection, name):
    plan = [row[3] for row in explained(connection, "EXPLAIN QUERY PLAN", named(SQLITE)[name])]
    scans = [step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
    assert scans == []


def test_every_statement_is_used_and_none_is_missing():
    code = "\n".join(path.read_text() for path in SOURCE.glob("*.py"))
    used = set(re.findall(r'(?:rows|row|run|run_many)\(\s*"(\w+)"', code))
    numbered = {"add_sync", "sync_id", "add_destination", "destination_id"}
    assert used | numbered == set(read_named(SQLITE / "queries.sql"))


def test_a_statement_of_several_rows_has_its_first_values_once():
    sql = "INSERT INTO t SELECT ?1, f(column2) FROM (VALUES (?2, ?3)) WHERE TRUE"
    assert of_rows(sql, 3) == (
        "INSERT INTO t SELECT ?1, f(column2) FROM (VALUES (?2, ?3), (?, ?), (?, ?)) WHERE TRUE"
    )


def test_a_comment_says_what_each_statement_does():
    text = (SQLITE / "queries.sql").read_text()
    bare = re.findall(r"^-- name: (\w+)\n(?!-- )", text, flags=re.MULTILINE)
    assert bare == []


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRES], ids=["sqlite", "postgres"])
def test_no_two_statements_have_one_name(dialect):
    files = [dialect / "queries.sql", *(dialect.parent / "shared").glob("*.sql")]
    text = "".join(file.read_text() for file in files)
    names = re.findall(r"^-- name: (\w+)$", text, flags=re.MULTILINE)
    assert sorted(names) == sorted(set(names))
