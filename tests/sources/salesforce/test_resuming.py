from __future__ import annotations

from dataclasses import replace

import pytest

from crmsync.errors import FatalError
from crmsync.records import Query
from crmsync.sources.salesforce.failures import LocatorError
from tests.sources.salesforce.doorway import refused
from tests.sources.salesforce.org import BULK, REST, SalesforceOrg

QUERY = Query(object="Account", paths=frozenset({"Name", "Phone"}))
PARTS = {**BULK, "bulk_rows": 330}


def ids(pages):
    return [record.id for page in pages for record in page.records]


def test_a_result_that_goes_while_it_is_read_is_read_anew_by_the_next_run_alone(clock):
    org = SalesforceOrg(clock, companies=1000)
    first, *_ = org.pages(QUERY, **PARTS)
    going = iter([None, None, refused(404, "NOT_FOUND")])
    org.disturb = lambda request: next(going, None) if "/results?" in request.url else None

    with pytest.raises(LocatorError):
        org.pages(replace(QUERY, cursor=first.cursor), **PARTS)


def test_a_pass_that_begins_anew_reads_what_came_by_rest_before_its_job_too(clock):
    org = SalesforceOrg(clock, companies=1000)
    by_rest, *_ = org.pages(QUERY, **REST)
    by_bulk, *_ = org.pages(replace(QUERY, cursor=by_rest.cursor), **PARTS)
    org.salesforce._world.bulk._jobs.clear()
    pages = org.pages(replace(QUERY, cursor=by_bulk.cursor), **PARTS)

    assert pages[0].anew
    assert pages[0].total == 1000
    assert sorted(ids(pages)) == org.live()


def test_a_job_that_was_begun_before_a_field_could_be_seen_is_begun_anew(clock):
    org = SalesforceOrg(clock, companies=1000, salesforce_hidden_fields="Account.Phone")
    first, *_ = org.pages(QUERY, **PARTS)
    org.control("/show_field", object="Account", name="Phone")
    pages = org.pages(replace(QUERY, cursor=first.cursor), **PARTS)

    assert pages[0].anew
    assert sorted(ids(pages)) == org.live()
    assert all("Phone" in record.fields for page in pages for record in page.records)


def test_a_job_of_another_api_version_is_begun_anew(clock):
    org = SalesforceOrg(clock, companies=1000, salesforce_bulk_page=300)
    first, *_ = org.pages(QUERY, **BULK, bulk_parallel=3)
    query = replace(QUERY, cursor=first.cursor)
    pages = org.pages(query, **BULK, bulk_parallel=3, api_version="67.0")

    assert pages[0].anew
    assert sorted(ids(pages)) == org.live()


def test_parts_that_became_smaller_are_resumed_at_the_same_row(clock):
    org = SalesforceOrg(clock, companies=1000)
    pages = org.pages(QUERY, **BULK, bulk_rows=1000)
    bulk = org.salesforce._world.bulk
    bulk._options = replace(bulk._options, salesforce_bulk_page=300)
    rest = org.pages(replace(QUERY, cursor=pages[2].cursor), **BULK, bulk_rows=1000)

    assert ids(rest) == ids(pages[3:])


def test_a_part_that_lost_rows_on_its_way_is_refused_before_its_end_is_given(clock):
    org = SalesforceOrg(clock, companies=1000)

    def cut(request):
        if "/results?" not in request.url:
            return None
        answer = org._answer(request)
        return answer._replace(body=b"".join(answer.body.splitlines(keepends=True)[:-50]))

    org.disturb = cut
    with pytest.raises(FatalError, match="holds 950 rows, but Salesforce says that it has 1,000"):
        org.pages(QUERY, **BULK)
