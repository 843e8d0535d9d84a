from __future__ import annotations

import pytest

from crmsync.errors import StoppedError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Response
from crmsync.records import Query
from tests.sources.pipedrive.company import Company, open_source

PATHS = frozenset({"title", "owner.email", "organization.name", "person.emails", "record.url"})


def check(company, clock, paths=PATHS, name="deals", **query):
    source = open_source(company, clock)
    return list(source.check(Query(object=name, paths=frozenset(paths), **query)))


def failing(results):
    (result,) = [result for result in results if not result.passed]
    return result


def test_a_good_company_passes_every_check(company, clock):
    results = check(company, clock)

    assert [result.name.removeprefix("sources.pipedrive: ") for result in results] == [
        "token", "deals", "organizations", "persons", "archived deals", "users", "fields", "budget",
    ]  # fmt: skip
    assert all(result.passed for result in results)
    assert "company 7654321" in results[0].message
    assert "no administrator" not in results[0].message
    assert "tokens are left today" in results[-1].message


def test_only_what_a_path_needs_is_checked(company, clock):
    names = {result.name.rpartition(" ")[2] for result in check(company, clock, {"title"})}

    assert names == {"token", "deals", "fields", "budget"}


def test_a_wrong_token_is_the_only_line(clock):
    company = Company(clock, pipedrive_api_token="another")
    (result,) = check(company, clock)

    assert (result.passed, result.code) == (False, ExitCode.CREDENTIALS)
    assert result.hint


@pytest.mark.parametrize(
    ("path", "words", "meant"),
    [
        ("titel", 'no field "titel"', "title"),
        ("Contract numbr", 'no field "Contract numbr"', "Contract number"),
        ("Website", 'no field "Website"', ""),
        ("organisation.name", 'no field "organisation.name"', "organization.name"),
        ("organization.nmae", 'no field "nmae", for "organization.nmae"', "name"),
        ("owner.emial", '"owner.emial" reaches nothing', "owner.email"),
        ("stage.lable", '"stage.lable" reaches nothing', "stage.label"),
        ("status.won", '"status.won" reaches nothing', "status.is_won"),
        ("Setup fee.curency", '"Setup fee.curency" reaches nothing', "Setup fee.currency"),
        ("Account manager.emial", "reaches nothing", "Account manager.email"),
        ("Seats.number", 'take "Seats" itself', ""),
    ],
)
def test_a_path_that_reaches_nothing_is_named_with_the_one_that_was_meant(
    company, clock, path, words, meant
):
    result = failing(check(company, clock, {path, "title"}))

    assert result.code == ExitCode.USAGE
    assert words in f"{result.message} {result.hint}"
    assert meant in result.hint


@pytest.mark.parametrize(
    "path",
    ["person.organization.name", "person.org_id.name", "organization.persons.emails",
     "Reseller.persons.emails", "person.organization.id"],
)  # fmt: skip
def test_a_path_through_two_records_is_named_since_it_reaches_nothing(company, clock, path):
    result = failing(check(company, clock, {path, "title"}))

    assert path.partition(".")[2] in result.message
    assert "leads through two records" in result.message
    assert "itself" in result.hint


def test_a_name_of_two_fields_is_named_with_both_keys(company, clock):
    result = failing(check(company, clock, {"Tier"}))

    assert all(company.key("deals", "Tier", number) in result.message for number in (0, 1))
    assert "write the key" in result.hint


def test_a_field_of_the_filter_must_be_there_too(company, clock):
    assert '"nonsense"' in failing(check(company, clock, filter={"nonsense": ("x",)})).message


@pytest.mark.parametrize(
    "path",
    ["Reseller.name", "Champion.emails", "Account manager.active", "creator_user_id.email",
     "Delivery address.locality", "Contract period.until", "Interests.id", "products_count",
     "label_ids", "organization.Homepage", "organization.owner.email", "person.owner.name",
     "organization.address.locality"],
)  # fmt: skip
def test_every_way_of_reaching_a_value_passes(company, clock, path):
    assert all(result.passed for result in check(company, clock, {path}))


def test_persons_of_an_organization_are_checked(company, clock):
    results = check(company, clock, {"persons.emails"}, name="organizations")

    assert "sources.pipedrive: persons" in {result.name for result in results}


def test_fields_that_cannot_be_listed_are_a_failed_check(company, clock):
    company.disturb = lambda request: (
        Response(403, {}, b'{"success":false,"error":"Scope and URL mismatch"}')
        if "Fields" in request.url
        else None
    )
    result = failing(check(company, clock, {"Contract number"}))

    assert result.name == "sources.pipedrive: fields"
    assert "Scope" in result.message


def test_an_archive_that_may_not_be_listed_is_a_failed_check(company, clock):
    company.disturb = lambda request: (
        Response(415, {}, b'{"success":false}') if "archived" in request.url else None
    )

    assert failing(check(company, clock)).name == "sources.pipedrive: archived deals"


def test_a_server_that_is_down_is_a_passing_failure(company, clock):
    company.disturb = lambda request: Response(503, {}, b"")

    assert [result.code for result in check(company, clock)] == [ExitCode.TEMPORARY]


@pytest.mark.parametrize("when", ["/users/me", "Fields"])
def test_being_asked_to_stop_is_no_failed_check(company, clock, when):
    company.disturb = lambda request: StoppedError("asked to stop") if when in request.url else None

    with pytest.raises(StoppedError):
        check(company, clock, {"Contract number"})


@pytest.mark.security(63)
@pytest.mark.parametrize(
    ("granted", "excess"),
    [
        ({"base", "deals:read", "users:read", "deals:full", "admin"}, "admin, deals:full."),
        ({"base", "deals:read", "contacts:read", "users:read"}, ""),
        ((), ""),
    ],
    ids=["an app that may write", "one that reads", "a user's token, of which nothing is told"],
)
def test_an_app_that_may_more_than_any_sync_needs_passes_with_a_warning(
    company, clock, granted, excess
):
    source = open_source(company, clock, scopes=lambda: granted)
    results = list(source.check(Query(object="deals", paths=PATHS)))
    told = [result.message for result in results if result.name == "sources.pipedrive: scopes"]

    assert all(result.passed for result in results)
    begins = f"it may do more than crmsync needs: {excess}"
    assert [message.startswith(begins) for message in told] == ([True] if excess else [])
