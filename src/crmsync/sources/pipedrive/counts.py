"""How many records there are, as far as Pipedrive tells, and how many moved during a read.

Version 2 has no counter: a list answers its rows and a cursor, and the summary of version 1 is
out of support since 2026-08-01 (Pipedrive's changelog, read 2026-11-21).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from crmsync.records import Drift
from crmsync.sources.paging import Tokens
from crmsync.sources.pipedrive.api import PipedriveApi
from crmsync.sources.pipedrive.endpoints import PAGE, Asked, Endpoint, Parameter, earliest
from crmsync.sources.pipedrive.objects import ObjectType
from crmsync.sources.pipedrive.read import check_window

NO_TOTAL: Final = None
"""A read's own count: there is none."""


def drift(api: PipedriveApi, kind: ObjectType, since: datetime) -> Drift:
    """The most records that may have joined or left a read since it began.

    Each change may move a record into a filter or a window, or out of it. Deleted deals are
    listed; other deletions show nowhere.
    """
    whole = since.replace(microsecond=0)
    changed = {Parameter.UPDATED_SINCE: earliest(whole)}
    moved = _count(api, kind.records, changed, whole)
    if kind.archive is not None:
        moved += _count(api, kind.archive, changed, whole)
    gone = 0
    if kind.lists_deleted:
        deleted = {**changed, Parameter.STATUS: "deleted"}
        gone = _count(api, kind.records, deleted, whole)
    return Drift(appeared=moved, vanished=moved + gone)


def _count(api: PipedriveApi, endpoint: Endpoint, asked: Asked, since: datetime) -> int:
    tokens, found = Tokens(api.name), 0
    wanted = {**asked, Parameter.LIMIT: str(PAGE)}
    while True:
        page = api.list(endpoint, wanted)
        check_window(api.name, page.rows, since)
        found += len(page.rows)
        if not page.cursor:
            return found
        wanted[Parameter.CURSOR] = tokens.add(page.cursor)
