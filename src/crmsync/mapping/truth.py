"""Conditions and absences: is a path true, was it answered, is its reference known?"""

from __future__ import annotations

from collections.abc import Sequence

from crmsync.mapping.building import Building, Extract, Page, Recipe, Report
from crmsync.mapping.columns import quietly
from crmsync.receipts import Problem, Severity
from crmsync.records import Record

_TRUE = frozenset({"true", "1", "yes"})


def is_true(value: object) -> bool:
    """Whether a CRM means yes by it: true, 1, or one of these words in any case."""
    if isinstance(value, str):
        return value.strip().lower() in _TRUE
    return value is True or (isinstance(value, (int, float)) and value == 1)


def compile_guard(path: str, recipe: Recipe, building: Building) -> Recipe:
    """*recipe*, only where *path* is true; else the value is empty."""
    get = building.getter(path)
    missed = compile_absence((path,), building)
    extract, column = recipe

    def guarded(record: Record, report: Report) -> object:
        value = get(record)
        if value is True or is_true(value):
            return extract(record, report)
        if value is None:
            missed(record, report)
        return None

    def guarded_column(records: Page) -> list[object]:
        return [
            value
            if (truth := get(record)) is True or is_true(truth)
            else (quietly(missed, record) if truth is None else None)
            for record, value in zip(records, column(records), strict=True)
        ]

    return Recipe(guarded, guarded_column)


def compile_absence(paths: Sequence[str], building: Building) -> Extract:
    """Warns of the two absences that are not emptiness, where *paths* gave nothing.

    A field that the CRM did not answer at all was removed or renamed there; a reference
    that has nothing but its id points to what the CRM does not know any more.
    """
    field = building.field.name
    if not any("." in path for path in paths):
        return _absent_fields(tuple(paths), field)
    heads = [path.partition(".")[0] for path in paths if "." in path]
    return _unknown_references(tuple(dict.fromkeys(heads)), field)


def _absent_fields(paths: Sequence[str], field: str) -> Extract:
    unanswered = _unanswered(field, paths)

    def warn(record: Record, report: Report) -> object:
        for path in paths:
            if path in record.fields or path in record.joins:
                return None
        report.append(unanswered)
        return None

    return warn


def _unknown_references(heads: Sequence[str], field: str) -> Extract:
    def warn(record: Record, report: Report) -> object:
        for head in heads:
            joined = record.joins.get(head)
            if joined and len(joined) == 1 and "id" in joined:
                report.append(_unknown(field, head, joined["id"]))
        return None

    return warn


def _unanswered(field: str, paths: Sequence[str]) -> Problem:
    names = ", ".join(paths)
    message = f"the CRM did not answer {names}: removed, renamed, or hidden from this token?"
    return Problem(field, "NOT_ANSWERED", message, Severity.WARNING)


def _unknown(field: str, head: str, reference: object) -> Problem:
    message = f"{head} {reference} is not among what the CRM lists; left out"
    return Problem(field, f"UNKNOWN_{head.upper()}", message, Severity.WARNING)
