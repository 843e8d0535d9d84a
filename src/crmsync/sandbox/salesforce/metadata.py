"""What the organization says of itself: versions, objects, limits, and what was deleted."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate, parsedate_to_datetime
from typing import Final

from crmsync.sandbox import instants
from crmsync.sandbox.exchange import Answer, JSONObject, Request
from crmsync.sandbox.salesforce import refusals
from crmsync.sandbox.salesforce.org import Org
from crmsync.sandbox.salesforce.rendering import rest_time
from crmsync.sandbox.salesforce.store import BINNED, LIVE

# Versions below 31 are gone, 68.0 is Winter '27: API end-of-life policy and release notes, read
# 2026-11-21.
FIRST_VERSION: Final = 31
LAST_VERSION: Final = 68
_SEASONS: Final = ("Spring", "Summer", "Winter")
# The window of getDeleted() and getUpdated(): SOAP API Developer Guide, read 2026-11-21.
_WINDOW: Final = timedelta(days=15)
_MINUTE_MS: Final = 60_000
_RIGHTS: Final = frozenset({"createable", "updateable", "deletable", "undeletable", "mergeable"})


def versions() -> Answer:
    """All API versions; no session is asked for."""
    listed = [
        {"label": _season(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(FIRST_VERSION, LAST_VERSION + 1)
    ]
    return Answer.json(200, listed)


def _season(version: int) -> str:
    # 66.0 is Spring '26, three releases a year.
    season = (version - 66) % 3
    year = 26 + (version - 66) // 3 + (season == len(_SEASONS) - 1)
    return f"{_SEASONS[season]} '{year:02d}"


def resources(version: str) -> Answer:
    """What a version has."""
    here = f"/services/data/v{version}"
    names = ("sobjects", "query", "queryAll", "limits", "jobs")
    return Answer.json(200, {name: f"{here}/{name}" for name in names})


def _as_seen(described: JSONObject, *, writes: bool) -> JSONObject:
    """What describe tells of an object or a field to a user who may write, or may not.

    The flags are the user's own: Apex Reference Guide, "DescribeSObjectResult Class" ("can be
    created by the current user"), read 2026-11-22.
    """
    if writes:
        return described
    may: JSONObject = dict.fromkeys(_RIGHTS & described.keys(), False)
    fields = described.get("fields")
    if fields is not None:
        may["fields"] = [_as_seen(one, writes=False) for one in fields]
    return {**described, **may}


def objects(org: Org, version: str, *, writes: bool) -> Answer:
    """All objects."""
    listed = [_as_seen(kind.summary(version), writes=writes) for kind in org.kinds.values()]
    return Answer.json(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


def basics(org: Org, version: str, name: str, *, writes: bool) -> Answer:
    """One object in short."""
    if name not in org.kinds:
        raise refusals.not_found()
    summary = _as_seen(org.kinds[name].summary(version), writes=writes)
    return Answer.json(200, {"objectDescribe": summary, "recentItems": []})


def describe(org: Org, request: Request, version: str, name: str, *, writes: bool) -> Answer:
    """One object with its fields; 304 where nothing changed since the time asked about."""
    if name not in org.kinds:
        raise refusals.not_found()
    headers = ((b"Last-Modified", formatdate(org.described_at, usegmt=True).encode()),)
    since = request.headers.get(b"if-modified-since", b"").decode("latin-1")
    if since and org.described_at <= _seconds(since):
        return Answer(304, headers=headers)
    told = _as_seen(org.kinds[name].describe(version), writes=writes)
    return Answer.json(200, told, headers)


def _seconds(text: str) -> float:
    try:
        return parsedate_to_datetime(text).timestamp()
    except ValueError:
        return 0.0


def limits(daily: int, used: int, jobs: int) -> Answer:
    """The organization's limits, as far as a reader needs them."""
    named = {
        "DailyApiRequests": (daily, used),
        "DailyBulkV2QueryJobs": (10_000, jobs),
        "DailyBulkV2QueryFileStorageMB": (976_562, 0),
        "ConcurrentAsyncGetReportInstances": (200, 0),
        "DataStorageMB": (1024, 300),
        "HourlyODataCallout": (20_000, 0),
    }
    answer = {
        name: {"Max": most, "Remaining": max(most - spent, 0)}
        for name, (most, spent) in named.items()
    }
    return Answer.json(200, answer)


def deleted(org: Org, request: Request, name: str) -> Answer:
    """Records of an object that were deleted in a span of time."""
    start, end = _span(org, request, name)
    table = org.tables[name]
    records: list[JSONObject] = [
        {"id": table.ids[place], "deletedDate": rest_time(table.modified[place])}
        for place, status in enumerate(table.status)
        if status == BINNED and start <= table.modified[place] < end
    ]
    earliest = int((datetime.now(UTC) - _WINDOW).timestamp()) * 1000
    return Answer.json(
        200,
        {"deletedRecords": records, "earliestDateAvailable": rest_time(earliest),
         "latestDateCovered": rest_time(min(end, int(time.time()) * 1000))},
    )  # fmt: skip


def updated(org: Org, request: Request, name: str) -> Answer:
    """Ids of an object's records that were changed in a span of time."""
    start, end = _span(org, request, name)
    table = org.tables[name]
    ids = [
        table.ids[place]
        for place, status in enumerate(table.status)
        if status == LIVE and start <= table.modified[place] < end
    ]
    covered = rest_time(min(end, int(time.time()) * 1000))
    return Answer.json(200, {"ids": ids, "latestDateCovered": covered})


def _span(org: Org, request: Request, name: str) -> tuple[int, int]:
    """The span asked for, in epoch milliseconds."""
    if name not in org.kinds or "IsDeleted" not in org.kinds[name].fields:
        raise refusals.not_found()
    given = {key: values[-1] for key, values in request.parameters().items()}
    try:
        start, end = (instants.parse(given[key]) for key in ("start", "end"))
    except (KeyError, ValueError) as error:
        message = "start and end must be ISO 8601 times"
        raise refusals.refused(400, "INVALID_REPLICATION_DATE", message) from error
    if end - start < _MINUTE_MS:
        message = "endDate must be at least one minute greater than the startDate"
        raise refusals.refused(400, "INVALID_REPLICATION_DATE", message)
    if start < (time.time() - _WINDOW.total_seconds()) * 1000:
        message = "startDate cannot be more than 15 days ago"
        raise refusals.refused(400, "INVALID_REPLICATION_DATE", message)
    return start, end
