"""Loads SQL files: named statements, and scripts cut into statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

SQL: Final = Path(__file__).with_name("sql") / "sqlite"
"""Where the SQL of the SQLite ledger stands."""

_MARK: Final = "-- name: "


@cache
def named() -> Mapping[str, str]:
    """Every statement of `queries.sql` by its name, without its comments."""
    _, *parts = (SQL / "queries.sql").read_text(encoding="utf-8").split(_MARK)
    return {name: _bare(text) for name, _, text in (part.partition("\n") for part in parts)}


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
