"""An export's columns, for people who write a mapping."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crmsync.records import SourceField


def source_fields(columns: Iterable[str]) -> Sequence[SourceField]:
    """Every column, sorted by name; all are the account's own, and text as far as is known."""
    return [
        SourceField(name=name, label=name, type="text", custom=True)
        for name in sorted(columns)
        if name
    ]
