"""Salesforce's own counts of what moved while a read went on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from crmsync.records import Drift, Query
from crmsync.sources.incremental import Mode, Position
from crmsync.sources.salesforce import soql
from crmsync.sources.salesforce.api import SalesforceApi
from crmsync.sources.salesforce.filters import pushed
from crmsync.sources.salesforce.objects import CREATED, DELETED, Described


def drift(
    api: SalesforceApi, kind: Described, query: Query, position: Position, since: datetime
) -> Drift:
    """The most records that may have joined or left a read since it began.

    Created ones join; deleted and merged ones leave. With a filter or a window, each change
    may move a record in or out. What a long transaction wrote carries an earlier time than
    the one at which it can be seen, so it is looked for as far back as a read's overlap.
    """
    start = since - timedelta(seconds=api.overlap)
    gone = _gone(api, kind, start)
    if position.full or (position.mode is Mode.FULL and not query.filter):
        created = CREATED if CREATED in kind.fields else kind.stamp
        return Drift(appeared=_since(api, kind, created, start), vanished=gone)
    filters = pushed(kind, query.filter)
    appeared = _since(api, kind, kind.stamp, start, filters)
    moved = appeared if not filters else _since(api, kind, kind.stamp, start)
    return Drift(appeared=appeared, vanished=moved + gone)


def _since(
    api: SalesforceApi, kind: Described, field: str, start: datetime, filters: Sequence[str] = ()
) -> int:
    if not field:
        return 0
    conditions = [soql.compare(field, ">=", start), *filters]
    return api.count(soql.count(kind.name, where=conditions))


def _gone(api: SalesforceApi, kind: Described, start: datetime) -> int:
    if DELETED not in kind.fields or not kind.stamp:
        return 0
    conditions = [
        soql.compare(DELETED, "=", True),  # noqa: FBT003 - the value compared with
        soql.compare(kind.stamp, ">=", start),
    ]
    return api.count(soql.count(kind.name, where=conditions), deleted=True)
