from __future__ import annotations

from datetime import timedelta

import pytest

from crmsync.records import Query
from tests.sources.pipedrive.company import Company, open_source


def drift(company, clock, name="deals"):
    source = open_source(company, clock)
    return source.drift(Query(object=name), clock.now() - timedelta(minutes=5))


def test_a_crm_at_rest_did_not_move(company, clock):
    assert drift(company, clock) == (0, 0)


def test_what_changed_or_was_created_or_archived_may_have_joined_or_left(clock):
    company = Company(clock, deals=900)
    changed = {*company.control("/change", count=600), *company.control("/create", count=1),
               *company.control("/archive", count=1, seed=9)}  # fmt: skip

    assert drift(company, clock) == (len(changed), len(changed))


def test_what_was_deleted_left(company, clock):
    company.control("/delete", count=2)

    assert drift(company, clock) == (0, 2)


@pytest.mark.parametrize("name", ["organizations", "persons"])
def test_deleted_records_of_other_objects_show_nowhere(company, clock, name):
    company.control("/delete", object=name, count=2)
    company.control("/change", object=name, count=1, seed=9)

    assert drift(company, clock, name) == (1, 1)
