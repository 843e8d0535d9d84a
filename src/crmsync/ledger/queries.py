"""Loads SQL files: named statements, and scripts cut into statements."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

SQLITE: Final = Path(__file__).with_name("sql") / "sqlite"
"""Where the SQL of the SQLite ledger stands."""
POSTGRES: Final = SQLITE.with_name("postgres")
"""Where the SQL of the PostgreSQL ledger stands."""

_SHARED: Final = SQLITE.with_name("shared")
_MARK: Final = "-- name: "
_NUMBERED: Final = re.compile(r"\?(\d+)")


def scripts(dialect: Path) -> list[str]:
    """Every migration, oldest first. A ledger's version is how many it has had."""
    return [
        path.read_text(encoding="utf-8") for path in sorted((dialect / "migrations").glob("*.sql"))
    ]


@cache
def named(dialect: Path) -> Mapping[str, str]:
    """Every statement of a dialect by its name, without its comments.

    Those of `queries.sql`, and those that all dialects share, whose `?1` PostgreSQL calls `$1`.
    """
    shared: dict[str, str] = {}
    for path in sorted(_SHARED.glob("*.sql")):
        shared |= read_named(path)
    if dialect == POSTGRES:
        shared = {name: _NUMBERED.sub(r"$\1", sql) for name, sql in shared.items()}
    return {**read_named(dialect / "queries.sql"), **shared}


def read_named(path: Path) -> dict[str, str]:
    """The statements of one file by their names."""
    _, *parts = path.read_text(encoding="utf-8").split(_MARK)
    return {name: _bare(text) for name, _, text in (part.partition("\n") for part in parts)}


@cache
def of_rows(sql: str, rows: int) -> str:
    """A statement about the one row of its VALUES for several: these take the values after it."""
    head, values, tail = sql.partition("VALUES ")
    row, end, rest = tail.partition(")")
    more = _NUMBERED.sub("?", row + end)
    return f"{head}{values}{row}{end}{f', {more}' * (rows - 1)}{rest}"


def statements(script: str) -> Iterator[str]:
    """Cut a script into its statements, each with the comments that precede it."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""


def _bare(text: str) -> str:
    lines = (line for line in text.splitlines() if not line.startswith("--"))
    return "\n".join(lines).strip().removesuffix(";")
