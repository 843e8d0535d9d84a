"""Reading an export: all of its rows, or nothing where it has not changed since the last read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Final

from crmsync.records import Page, Query, Record
from crmsync.sources.file.ids import id_of
from crmsync.sources.file.rows import Export, Row, is_deleted
from crmsync.sources.file.settings import FileSettings
from crmsync.sources.incremental import Mode, Position, decode, iso

PAGE: Final = 500
"""Rows of a file that are a page."""


def read(
    export: Export, settings: FileSettings, query: Query, account: str, page: int
) -> Iterator[Page]:
    """The pages of a query: the live rows in the order of the file, then the deleted ones.

    An export has no order of changes, so whatever changed makes a full pass. Its `after`
    is the export's version and how many rows were passed.
    """
    contents = export.contents()
    if query.ids:
        yield _chosen(export, settings, query)
        return
    start, anew = _start(export, query, account)
    if start.mode is Mode.SINCE:
        yield Page((), start.encode(), total=0, last=True, full=False)
        return
    left = query.limit
    total: int | None = contents.live - _live_before(export, settings, start)
    for position, records in _stretches(export, settings, query, start, page):
        taken = records[:left]
        left = None if left is None else left - len(taken)
        last = position.mode is Mode.SINCE or left == 0
        yield Page(taken, position.encode(), total=total, last=last, anew=anew)
        if last:
            return
        total, anew = None, False


def _start(export: Export, query: Query, account: str) -> tuple[Position, bool]:
    """Where to begin, and whether a full pass that was under way has to begin again."""
    beginning = Position(Mode.FULL, since=iso(datetime.fromtimestamp(export.modified, UTC)))
    if query.cursor is None:
        return beginning, False
    position = decode(query.cursor, account)
    if position.after.partition("@")[0] != export.version:
        return beginning, position.mode is not Mode.SINCE
    return position, False


def _live_before(export: Export, settings: FileSettings, start: Position) -> int:
    if start.mode is Mode.FULL:
        passed = islice(export.rows(), _passed(start))
        return sum(not is_deleted(row, settings) for _, row in passed)
    return sum(not is_deleted(row, settings) for _, row in export.rows())


def _passed(position: Position) -> int:
    return int(position.after.partition("@")[2] or 0)


def _stretches(
    export: Export, settings: FileSettings, query: Query, start: Position, size: int
) -> Iterator[tuple[Position, tuple[Record, ...]]]:
    """Each page's records with the position after it; the last position is complete."""
    modes = [Mode.FULL, Mode.GONE] if query.deleted and settings.deleted_column else [Mode.FULL]
    done = Position(Mode.SINCE, since=start.since, after=export.version)
    pages = chain.from_iterable(
        _walk(export, settings, start if mode is start.mode else _from_top(start, mode), size)
        for mode in modes[modes.index(start.mode) :]
    )
    held = next(pages)
    for page in pages:
        yield held
        held = page
    yield done, held[1]


def _from_top(start: Position, mode: Mode) -> Position:
    return Position(mode, since=start.since)


def _walk(
    export: Export, settings: FileSettings, start: Position, size: int
) -> Iterator[tuple[Position, tuple[Record, ...]]]:
    passed = _passed(start)
    rows = export.rows(skip=passed)
    build = builder(settings)
    gone = start.mode is Mode.GONE
    while True:
        stretch = list(islice(rows, size))
        passed += len(stretch)
        kept = [row for _, row in stretch if is_deleted(row, settings) is gone]
        yield start._replace(after=f"{export.version}@{passed}"), tuple(map(build, kept))
        if len(stretch) < size:
            return


def _chosen(export: Export, settings: FileSettings, query: Query) -> Page:
    build, wanted = builder(settings), frozenset(query.ids)
    found = (build(row) for _, row in export.rows() if id_of(row, settings) in wanted)
    kept = (record for record in found if query.deleted or not record.deleted)
    return Page(tuple(islice(kept, query.limit)), "", last=True)


def builder(settings: FileSettings) -> Callable[[Row], Record]:
    """A function from rows to records; an empty cell is an empty field."""

    def build(row: Row) -> Record:
        url = row.get(settings.url_column) if settings.url_column else None
        return Record(
            id_of(row, settings),
            row,
            modified_at=_moment(row.get(settings.modified_column)),
            url=str(url or ""),
            deleted=is_deleted(row, settings),
        )

    return build


def _moment(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
