"""What bit others who read Pipedrive, each with its number in our list."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from math import ceil

import orjson
import pytest

from crmsync.errors import ConfigError, CredentialsError, FatalError, RetryableError
from crmsync.interfaces import Response
from crmsync.mapping.paths import compile_path
from crmsync.records import Query
from crmsync.sources.incremental import iso
from crmsync.sources.pipedrive.endpoints import ALL
from tests.sources.pipedrive.company import BASE, Company, open_source
from tests.sources.pipedrive.reading import (
    DEALS,
    ids,
    in_order,
    instead,
    page,
    reaching,
    read,
    since,
)

HTML = Response(403, {"content-type": "text/html"}, b"<!doctype html><title>Blocked</title>")


def test_s45_a_custom_field_goes_by_its_name_and_by_its_key(company, clock):
    key = company.key("deals", "Contract number")
    for record in read(company, clock, reaching("Contract number", key))[:50]:
        held = company.record("deals", record.id)["custom_fields"].get(key)
        assert record.fields["Contract number"] == record.fields[key] == held


def test_s45_a_name_that_two_fields_have_is_refused_with_both_keys(company, clock):
    one, other = (company.key("deals", "Tier", number) for number in (0, 1))

    with pytest.raises(ConfigError) as caught:
        read(company, clock, reaching("Tier"))
    assert one in caught.value.message
    assert other in caught.value.message
    assert not company.asked("/deals")


@pytest.mark.fault(36)
def test_s45_a_field_that_was_deleted_or_renamed_is_missing_and_no_null(company, clock):
    record = read(company, clock, reaching("Gone since", "0" * 40))[0]

    assert "Gone since" not in record.fields
    assert "0" * 40 not in record.fields


def test_s46_a_part_of_a_value_is_reached_by_its_name_with_a_point(company, clock):
    key = company.key("deals", "Setup fee")
    records = read(company, clock, reaching("Setup fee", "Setup fee.currency"))
    held = {one: company.record("deals", one)["custom_fields"].get(key) for one in ids(records)}

    assert any(held.values())
    for record in records:
        fee = held[record.id]
        assert record.fields["Setup fee"] == (fee and fee["value"])
        assert record.fields["Setup fee.currency"] == (fee and fee["currency"])


@pytest.mark.parametrize("nulls", ["null", "absent"])
def test_s46_a_custom_field_without_a_value_is_a_null_however_it_is_answered(clock, nulls):
    company = Company(clock, pipedrive_nulls=nulls)
    records = read(company, clock, reaching("Contract number"))

    assert all("Contract number" in record.fields for record in records)
    assert any(record.fields["Contract number"] is None for record in records)


def test_s47_choices_come_as_labels_and_a_deleted_one_as_its_id(company, clock):
    tier, interests = company.key("deals", "Tier"), company.key("deals", "Interests")
    one, other, *_ = company.live("deals")
    for deal, value in ((one, 31), (other, 39)):
        custom = {tier: value, interests: [41, 43]}
        company.control("/set", id=deal, properties={"custom_fields": custom})
    here, gone = read(company, clock, reaching(tier, f"{tier}.id", "Interests", ids=(one, other)))

    assert (here.fields[tier], here.fields[f"{tier}.id"]) == ("Gold", 31)
    assert gone.fields[tier] == "39"
    assert here.fields["Interests"] == ["Support", "Hardware, used"]


def test_s48_a_deal_without_an_update_time_comes_in_full_reads_alone(company, clock):
    row = {"id": 7, "update_time": None, "title": "Ancient"}
    company.disturb = instead(page(row), when="/deals?")
    (record, *_) = read(company, clock)

    assert (record.id, record.modified_at) == ("7", None)
    assert not [request for request in company.requests if "recents" in request.url]


@pytest.mark.parametrize("path", ["/users/me", "/users", "/deals?", "/stages"])
@pytest.mark.fault(20)
def test_s49_data_that_is_null_is_asked_for_again_and_never_taken_for_nothing(company, clock, path):
    empty = Response(200, {}, b'{"success":true,"data":null}')
    query = reaching("owner.email", "stage.label")
    company.disturb = instead(empty, when=path, times=2)
    assert len(read(company, clock, query)) == len(company.live("deals"))

    company.disturb = instead(empty, when=path, times=10**6)
    with pytest.raises(RetryableError, match="holds no data"):
        read(company, clock, query)


@pytest.mark.fault(20)
def test_s49_a_200_that_says_it_failed_is_no_answer(clock):
    company = Company(clock, pipedrive_false_every=3)

    assert ids(read(company, clock)) == in_order(company)


def test_s49_only_users_are_asked_of_version_1(company, clock):
    read(company, clock, reaching("owner.email", "person.emails", "organization.name"))
    paths = {request.url.removeprefix(BASE).partition("?")[0] for request in company.requests}

    assert {path for path in paths if "/v1" in path} == {"/api/v1/users", "/api/v1/users/me"}


def test_s50_deleted_deals_come_marked_where_they_are_wanted(company, clock):
    gone = company.deleted()
    records = read(company, clock, replace(DEALS, deleted=True))

    assert [record.id for record in records if record.deleted] == gone
    assert not set(gone) & set(ids(read(company, clock)))


def test_s50_a_deal_deleted_since_is_told_by_the_next_read(company, clock):
    (gone,) = company.control("/delete", count=1)
    changed = read(company, clock, since(clock.now(), replace(DEALS, deleted=True)))

    assert gone in {record.id for record in changed if record.deleted}


def test_s50_a_list_that_ignores_status_disables_nothing(company, clock):
    live = page({"id": 7, "is_deleted": False, "status": "open"})
    company.disturb = instead(live, when="status=deleted")

    with pytest.raises(FatalError, match="status"):
        read(company, clock, replace(DEALS, deleted=True))


def test_s51_archived_deals_are_live_ones_in_full_and_incremental_reads(company, clock):
    archived = company.archived()
    (fresh,) = company.control("/archive", count=1)
    found = {record.id: record for record in read(company, clock, reaching("is_archived"))}
    (changed,) = read(company, clock, since(clock.now()))

    assert archived
    assert all(not found[one].deleted for one in (*archived, fresh))
    assert found[fresh].fields["is_archived"] is True
    assert changed.id == fresh


@pytest.mark.parametrize(
    ("emails", "reached"),
    [
        ([], None),
        ([{"value": "a@x.se", "primary": False}, {"value": "b@x.se", "primary": False}],
         ["a@x.se", "b@x.se"]),
        ([{"value": "a@x.se"}, {"value": "b@x.se", "primary": True}], ["b@x.se", "a@x.se"]),
        ([{"value": "", "primary": True}, {"value": "b@x.se", "label": "his aunt's"}], ["b@x.se"]),
    ],
    ids=["none", "none primary", "primary second", "empty primary"],
)  # fmt: skip
def test_s52_addresses_are_reached_with_the_primary_one_first(company, clock, emails, reached):
    one = company.live("deals")[0]
    person = company.record("deals", one)["person_id"]
    company.control("/set", object="persons", id=person, properties={"emails": emails})
    (record,) = read(company, clock, reaching("person.emails", ids=(one,)))

    assert compile_path("person.emails")(record) == reached


def test_s53_an_owner_who_left_is_joined_and_not_active(company, clock):
    here, left, unknown, *_ = company.live("deals")
    owners = {here: 22000005, left: 22000104, unknown: 29999999}
    for one, owner in owners.items():
        company.control("/set", id=one, properties={"owner_id": owner})
    found = {record.id: record.joins["owner"] for record in read(company, clock)}

    assert found[here]["active"] is True
    assert found[left]["active"] is False
    assert found[left]["email"]
    assert found[unknown] == {"id": "29999999"}


def test_s54_windows_are_asked_for_in_whole_seconds_that_lose_nothing(company, clock):
    begin = clock.now().replace(microsecond=400_000)
    read(company, clock, since(begin), overlap="0s")
    asked = [one for one in company.asked("/deals") if "updated_since" in one]

    assert all("." not in one[name] for one in asked for name in ("updated_since", "updated_until"))
    assert all(one["updated_since"] <= iso(begin) < one["updated_until"] for one in asked)


def test_s54_a_page_of_changes_that_holds_older_records_ends_the_read(company, clock):
    old = page({"id": 7, "update_time": "2020-01-01T00:00:00Z"})
    company.disturb = instead(old, when="updated_since")

    with pytest.raises(FatalError, match="ignores the parameter updated_since"):
        read(company, clock, since(clock.now()))


def test_s54_every_parameter_that_is_sent_is_a_documented_one(company, clock):
    # developers.pipedrive.com/docs/api/v1, the lists of version 2, read 2026-11-21.
    paged = {"limit", "cursor"}
    records = paged | {
        "filter_id", "ids", "owner_id", "updated_since", "updated_until", "sort_by",
        "sort_direction", "include_fields", "custom_fields", "include_option_labels",
    }  # fmt: skip
    deals = records | {"person_id", "org_id", "pipeline_id", "stage_id", "status"}
    documented = {
        "/deals": deals, "/deals/archived": deals, "/organizations": records,
        "/persons": records | {"org_id"}, "/users": set(), "/users/me": set(),
    }  # fmt: skip
    wide = reaching(
        "Contract number", "Reseller.name", "products_count", "person.emails", "stage.label",
        "organization.Homepage", "pipeline.label", "owner.email",
    )  # fmt: skip
    one, *_ = company.live("deals")
    read(company, clock, replace(wide, deleted=True, filter={"status": ("open",)}))
    read(company, clock, replace(since(clock.now(), wide), filter={"owner_id": ("22000005",)}))
    read(company, clock, replace(wide, ids=(one,), deleted=True))
    for paths in ({"persons.emails"}, {"name"}):
        query = Query(object="organizations", paths=frozenset(paths))
        read(company, clock, query)
        read(company, clock, since(clock.now() - timedelta(days=400), query))

    for endpoint in ALL:
        tail = endpoint.path.split("/", 3)[3]
        takes = documented.get(f"/{tail}", paged)
        for asked in company.asked(endpoint.path):
            assert set(asked) <= takes, endpoint.path
        assert {str(name) for name in endpoint.takes} <= takes


@pytest.mark.parametrize("value", [None, 0, 12.5])
def test_s55_a_deals_value_comes_as_it_is_with_its_currency(company, clock, value):
    one = company.live("deals")[0]
    company.control("/set", id=one, properties={"value": value})
    (record,) = read(company, clock, reaching("value", "currency", ids=(one,)))

    assert record.fields["value"] == value
    assert record.fields["currency"]


def test_s55_an_address_is_reached_by_its_parts_and_may_be_missing(company, clock):
    name = "organizations"
    one, other, *_ = company.live(name)
    company.control("/set", object=name, id=other, properties={"address": None})
    query = Query(object=name, paths=frozenset({"address.locality"}), ids=(one, other))
    here, gone = read(company, clock, query)

    assert here.fields["address"]["locality"]
    assert gone.fields["address"] is None


def test_s56_a_token_that_may_not_see_all_is_warned_of(company, clock):
    body = {"id": 1, "is_admin": 0, "access": [{"app": "sales", "admin": False}],
            "company_id": 7, "company_domain": "acme"}  # fmt: skip
    answer = Response(200, {}, orjson.dumps({"success": True, "data": body}))
    company.disturb = instead(answer, when="/users/me")
    with closing(open_source(company, clock)) as source:
        first, *_ = source.check(DEALS)

    assert first.passed
    assert "no administrator" in first.message


@pytest.mark.fault(18)
def test_s57_a_block_at_the_front_door_is_no_bad_token(company, clock):
    company.disturb = instead(HTML, when="/deals?", times=10**6)

    with pytest.raises(RetryableError, match="front door") as caught:
        read(company, clock)
    assert caught.value.throttled
    assert not isinstance(caught.value, CredentialsError)


def test_s57_a_block_that_passes_is_waited_for(company, clock):
    company.disturb = instead(HTML, when="/deals?")

    assert ids(read(company, clock)) == in_order(company)


def test_s58_tokens_of_a_large_read_stay_within_five_percent_of_the_least(clock):
    company = Company(clock, companies=3600, deals=12_000, nasty=1.0)
    query = reaching("title", "person.emails", "organization.name", "owner.email")
    with closing(open_source(company, clock)) as source:
        records = [record for one in source.read(query) for record in one.records]
        spent = source.tokens
    deals = [company.record("deals", record.id) for record in records]
    persons = {deal["person_id"] for deal in deals} - {None}
    organizations = {deal["org_id"] for deal in deals} - {None}
    least = 10 * (
        ceil(len(deals) / 500) + ceil(len(persons) / 100) + ceil(len(organizations) / 100)
    )

    assert spent == company.tokens()
    assert spent <= 1.05 * least


def until_it_fails(source, query):
    """The pages that came before the error, and the error."""
    pages = []
    try:
        with closing(source):
            pages.extend(source.read(query))
    except RetryableError as error:
        return pages, error
    raise AssertionError("it did not fail")


def test_s58_a_spent_day_ends_the_read_and_the_next_goes_on_from_there(clock):
    company = Company(clock, deals=2600, pipedrive_daily_tokens=70)
    pages, error = until_it_fails(open_source(company, clock), DEALS)
    seen = [one for page in pages for one in ids(page.records)]
    company.control("/new_day")
    rest = read(company, clock, replace(DEALS, cursor=pages[-1].cursor))

    assert error.final
    assert "midnight" in error.message
    assert 0 < len(seen) < 2600
    assert [*seen, *ids(rest)] == in_order(company)


def test_s58_the_reserve_is_left_to_others_before_a_request_is_refused(clock):
    company = Company(clock, deals=2600, pipedrive_daily_tokens=100)

    with pytest.raises(RetryableError, match="50 are kept by daily_reserve"):
        read(company, clock, daily_reserve=50)
    assert company.tokens() <= 50
