"""HubSpot's own counts: of what a read asks for, and of what moved while it read."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from crmsync.records import Drift, Query
from crmsync.reports import JSONObject
from crmsync.sources.hubspot.api import HubSpotApi
from crmsync.sources.hubspot.objects import CREATED, ID, LIST_PAGE, MERGED, ObjectType
from crmsync.sources.hubspot.read import property_filter, wanted_filters
from crmsync.sources.hubspot.records import parse_moment
from crmsync.sources.incremental import Mode, Position, epoch_ms
from crmsync.sources.paging import Tokens

INDEX_LAG: Final = timedelta(minutes=15)
"""How far search may lag behind the records ("a few moments" in the documentation, many
minutes as others saw it): what moved that long before a read may be missing in its count."""
_GONE_BY_MERGE: Final = 2
"""Records that a merge takes away: both, where the survivor has an id of its own."""


def live_total(api: HubSpotApi, kind: ObjectType, position: Position) -> int | None:
    """How many live records a walk by list will find from *position* on."""
    if position.mode is not Mode.FULL:
        return 0  # only what is gone is left to read
    if not position.last:
        return api.count(kind)
    return api.count(kind, [[property_filter(ID, "GT", position.last)]])


def drift(
    api: HubSpotApi, kind: ObjectType, query: Query, position: Position, since: datetime
) -> Drift:
    """The most records that may have joined or left a read since it began.

    Created ones join; archived ones leave. A merge takes two away and adds one. The count of a
    walk by list is asked for beside its first pages, so what left may also have been read before
    it was not counted any more. With a filter or a window, each change may move a record in or
    out; there the count comes with the first page. Of stage changes nobody keeps count.
    """
    if kind.history:
        return Drift(appeared=sys.maxsize, vanished=sys.maxsize)
    start = since - INDEX_LAG
    changed = property_filter(kind.cursor, "GTE", epoch_ms(start))
    created = property_filter(CREATED, "GTE", epoch_ms(start))
    survivors: list[JSONObject] = [changed, {"propertyName": MERGED, "operator": "HAS_PROPERTY"}]
    merged = api.count(kind, [survivors]) or 0
    gone = sum(1 for _ in _archived_since(api, kind, start)) + _GONE_BY_MERGE * merged
    if position.full or (position.mode is Mode.FULL and not query.filter):
        came = api.count(kind, [[created], survivors]) or 0
        return Drift(appeared=came + gone, vanished=gone)
    matching = [changed, *wanted_filters(query.filter)]
    appeared = api.count(kind, [matching]) or 0
    moved = appeared if not query.filter else api.count(kind, [[changed]]) or 0
    return Drift(appeared=appeared, vanished=moved + gone)


def _archived_since(api: HubSpotApi, kind: ObjectType, since: datetime) -> Iterator[JSONObject]:
    """Records archived since then. The list has no filter by date, so all of it is walked."""
    tokens = Tokens(api.name)
    after = ""
    while True:
        page = api.list(api.list_url(kind, (ID,), after=after, archived=True, limit=LIST_PAGE))
        for row in page.rows:
            at = parse_moment(row.get("archivedAt"))
            if at is None or at >= since:  # some lack the date: they may be among them
                yield row
        if not page.after:
            return
        after = tokens.add(page.after)
