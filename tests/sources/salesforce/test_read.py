from __future__ import annotations

from dataclasses import replace

import pytest

from crmsync.errors import FatalError, StoppedError
from crmsync.records import Query
from crmsync.sources.salesforce.objects import PAGE
from tests.sources.salesforce.doorway import answered
from tests.sources.salesforce.org import BULK, REST, SalesforceOrg

QUERY = Query(
    object="Account", paths=frozenset({"Name", "Website", "owner.email", "contacts.emails"})
)
PIECES = {**BULK, "bulk_rows": 330}


def ids(pages):
    return [record.id for page in pages for record in page.records]


def jobs(org):
    return list(org.salesforce._world.bulk._jobs)


def test_few_records_are_read_by_rest_and_many_by_bulk(org):
    org.pages(QUERY, bulk_threshold=251)
    assert "job_create" not in org.kinds()

    org.pages(QUERY, bulk_threshold=250)
    assert "job_create" in org.kinds()


@pytest.mark.parametrize(("companies", "queries"), [(1_999, 1), (2_000, 1), (2_001, 2), (4_000, 2)])
def test_a_page_that_is_full_to_the_last_record_costs_no_empty_query(clock, companies, queries):
    org = SalesforceOrg(clock, companies=companies)
    pages = org.pages(Query(object="Account", paths=frozenset({"Name"})), bulk_threshold=9_999)

    assert len(ids(pages)) == companies
    assert org.kinds().count("query") == queries + len(["count"])


def test_a_large_read_by_bulk_is_fifteen_calls_at_most(clock):
    """As many parts as 100,000 accounts have by default, 17,000 a part."""
    org = SalesforceOrg(clock, companies=1000)
    pages = org.pages(QUERY, bulk_threshold=1000, bulk_rows=170)

    assert len(ids(pages)) == pages[0].total == 1000
    assert org.kinds().count("job_results") == 6
    assert len(org.requests) <= 15


def test_a_wide_page_that_salesforce_cuts_is_read_to_its_end(clock):
    org = SalesforceOrg(clock, companies=3 * PAGE)
    text = "x" * 100_000
    org.control("/change", object="Account", count=3 * PAGE, set={"Description": text})
    query = replace(QUERY, paths=frozenset({"Description"}))

    assert ids(org.pages(query, **REST)) == org.live()
    assert org.kinds().count("next") >= 1


@pytest.mark.fault(25)
def test_a_page_that_expired_meanwhile_is_asked_for_by_its_place(clock):
    org = SalesforceOrg(clock, companies=3 * PAGE, salesforce_locator_s=0.0)
    text = "x" * 100_000
    org.control("/change", object="Account", count=3 * PAGE, set={"Description": text})
    query = replace(QUERY, paths=frozenset({"Description"}))

    assert ids(org.pages(query, **REST)) == org.live()


def test_a_crm_that_passes_over_conditions_is_not_read_for_ever(clock):
    org = SalesforceOrg(clock, companies=2500)

    def wide(request):
        if "+WHERE+Id+%3E" not in request.url or "COUNT" in request.url:
            return None
        head, _, tail = request.url.partition("+WHERE+")
        return org._answer(request._replace(url=f"{head}+ORDER{tail.partition('+ORDER')[2]}"))

    org.disturb = wide
    with pytest.raises(FatalError, match="twice"):
        org.pages(QUERY, **REST)


def test_a_run_that_was_cut_goes_on_within_its_job(clock):
    org = SalesforceOrg(clock, companies=1000)
    first, *_ = org.pages(QUERY, **PIECES)
    made = org.salesforce._world.bulk.made
    rest = org.pages(replace(QUERY, cursor=first.cursor), **PIECES)

    assert org.salesforce._world.bulk.made == made
    assert sorted(ids([first]) + ids(rest)) == org.live()
    assert rest[0].total == 1000 - len(first.records)
    assert not rest[0].anew


def test_a_pass_whose_job_is_gone_begins_anew_and_says_so(clock):
    org = SalesforceOrg(clock, companies=1000)
    first, *_ = org.pages(QUERY, **PIECES)
    org.salesforce._world.bulk._jobs.clear()
    clock.advance(86_400)
    rest = org.pages(replace(QUERY, cursor=first.cursor), **PIECES)

    assert sorted(ids(rest)) == org.live()
    assert [page.anew for page in rest] == [True] + [False] * (len(rest) - 1)
    assert rest[0].total == 1000


def test_the_next_read_deletes_the_job_of_the_last(org):
    *_, last = org.pages(QUERY, **BULK)
    assert len(jobs(org)) == 1

    org.pages(replace(QUERY, cursor=last.cursor), **BULK)
    assert len(jobs(org)) == 1  # its own: an incremental read's, however small

    org.pages(replace(QUERY, cursor=last.cursor), **REST)
    assert len(jobs(org)) == 1


def test_a_samples_job_is_deleted_at_once(clock):
    org = SalesforceOrg(clock, companies=600)
    names = tuple(f"a company with number {number}" for number in range(2000))
    query = replace(QUERY, limit=5, filter={"Name": names})

    assert org.pages(query)[0].last
    assert "job_create" in org.kinds()
    assert jobs(org) == []


def test_a_stop_while_a_job_runs_aborts_it(clock):
    org = SalesforceOrg(clock, salesforce_bulk_polls=1000)
    sleep = clock.sleep

    def stop(seconds):
        sleep(seconds)
        raise StoppedError("stopped")

    clock.sleep = stop
    with pytest.raises(StoppedError):
        org.pages(QUERY, **BULK)

    assert "job_abort" in org.kinds()


def test_a_job_that_failed_ends_the_read_with_salesforces_words(org):
    failed = {"state": "Failed", "errorMessage": "QUERY_REFUSED: too odd"}
    org.disturb = lambda request: (
        answered(failed) if "/jobs/query/" in request.url and request.method == "GET" else None
    )

    with pytest.raises(FatalError, match="QUERY_REFUSED: too odd"):
        org.pages(QUERY, **BULK)


def test_an_object_without_deleted_records_has_none(org):
    pages = org.pages(Query(object="OpportunityStage", deleted=True))

    assert len(ids(pages)) == 13
    assert pages[-1].last


def test_an_object_dated_by_its_creation_is_read_incrementally(org, clock):
    for name in ("SystemModstamp", "LastModifiedDate"):
        org.control("/hide_field", object="Account", name=name)
    *_, last = org.pages(QUERY)
    org.control("/create", object="Account", fields={"Name": "New"})
    pages = org.pages(replace(QUERY, cursor=last.cursor))

    assert [one.fields["CreatedDate"] is None for page in pages for one in page.records] == [False]


def test_an_object_that_nothing_dates_is_read_whole_each_time(org):
    for name in ("SystemModstamp", "LastModifiedDate", "CreatedDate"):
        org.control("/hide_field", object="Account", name=name)
    *_, last = org.pages(QUERY)
    pages = org.pages(replace(QUERY, cursor=last.cursor))

    assert sorted(ids(pages)) == org.live()
    assert {page.full for page in pages} == {True}


def test_a_resumed_read_of_what_is_gone_counts_no_live_records(clock):
    org = SalesforceOrg(clock, companies=3 * PAGE)
    org.control("/delete", ids=org.childless()[: PAGE + 5])
    pages = org.pages(replace(QUERY, deleted=True), **REST)
    gone = next(page for page in pages if page.records and page.records[0].deleted)
    rest = org.pages(replace(QUERY, deleted=True, cursor=gone.cursor), **REST)

    assert rest[0].total == 0
    assert len(ids(rest)) == 5
