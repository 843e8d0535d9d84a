from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from crmsync.records import Drift, Query
from crmsync.sources.incremental import Mode, Position, iso

QUERY = Query(object="Account")
PROSPECTS = replace(QUERY, filter={"Type": ("Prospect",)})


def moved(org, query=QUERY):
    with closing(org.source()) as source:
        list(source.read(Query(object="Account", limit=1)))
        return source.drift(query, org.clock.now() - timedelta(minutes=1))


def window(org):
    position = Position(Mode.WINDOW, since=iso(org.clock.now()), until=iso(org.clock.now()))
    return position.encode()


@pytest.fixture
def busy(org):
    """One account was created, one deleted, one merged away, and two changed."""
    winner, loser, gone, prospect = [
        one for one in org.childless() if org.values(one)["Type"] != "Prospect"
    ][:4]
    org.control("/create", object="Account", fields={"Name": "New", "Type": "Other"})
    org.control("/delete", id=gone)
    org.control("/merge", winner=winner, loser=loser)
    org.control("/set", id=prospect, fields={"Type": "Prospect"})
    return org


def test_a_quiet_org_did_not_move(org):
    assert moved(org) == Drift(appeared=0, vanished=0)


def test_created_records_join_a_full_read_and_deleted_ones_leave_it(busy):
    assert moved(busy) == Drift(appeared=1, vanished=2)


def test_changed_records_may_join_or_leave_a_filtered_read(busy):
    found = moved(busy, PROSPECTS)

    assert found.appeared == 1
    assert found.vanished >= 3 + 2


def test_changed_records_may_join_or_leave_a_window(busy):
    found = moved(busy, replace(QUERY, cursor=window(busy)))

    assert found.appeared >= 3
    assert found.vanished == found.appeared + 2


def test_what_cannot_be_deleted_did_not_vanish(org):
    assert moved(org, Query(object="OpportunityStage")).vanished == 0
