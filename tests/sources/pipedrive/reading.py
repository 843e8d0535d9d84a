"""Reads a company in memory, and disturbs what it answers."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import orjson

from crmsync.interfaces import Response
from crmsync.records import Query
from crmsync.sources.incremental import Mode, Position, iso
from tests.sources.pipedrive.company import open_source

DEALS = Query(object="deals", paths=frozenset({"title", "owner.email"}))


def read(company, clock, query=DEALS, **settings):
    with closing(open_source(company, clock, **settings)) as source:
        return [record for page in source.read(query) for record in page.records]


def ids(records):
    return [record.id for record in records]


def since(moment, query=DEALS):
    return replace(query, cursor=Position(Mode.SINCE, since=iso(moment)).encode())


def reaching(*paths, **query):
    return Query(object="deals", paths=frozenset(paths), **query)


def instead(answer, *, when, times=1):
    """A disturbance: *answer* to the first requests whose address has *when* in it."""
    left = [times]

    def disturb(request):
        if left[0] and when in request.url:
            left[0] -= 1
            return answer
        return None

    return disturb


def page(*rows, cursor=None):
    more = {"next_cursor": cursor}
    body = {"success": True, "data": list(rows), "additional_data": more}
    return Response(200, {}, orjson.dumps(body))


def in_order(company):
    """Live deals as a read gives them: the list, then the archive."""
    archived = set(company.archived())
    live = company.live("deals")
    return [one for one in live if one not in archived] + sorted(archived, key=int)
