from __future__ import annotations

import pytest

from crmsync.errors import StoppedError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Response
from crmsync.records import Query
from crmsync.sources.hubspot.joins import OWNER_PARTS, owners_by_id
from tests.sources.hubspot.portal import Portal, open_source

PATHS = frozenset({"name", "owner.email", "record.url"})


def check(portal, clock, paths=PATHS, **query):
    source = open_source(portal, clock)
    return list(source.check(Query(object="companies", paths=frozenset(paths), **query)))


def failing(results):
    (result,) = [result for result in results if not result.passed]
    return result


def test_a_good_account_passes_every_check(portal, clock):
    results = check(portal, clock)

    assert [result.name for result in results] == [
        "sources.hubspot: token",
        "sources.hubspot: companies",
        "sources.hubspot: owners",
        "sources.hubspot: fields",
    ]
    assert all(result.passed for result in results)
    assert "account 24680135" in results[0].message


def test_owners_are_checked_only_where_a_path_needs_them(portal, clock):
    assert "sources.hubspot: owners" not in {r.name for r in check(portal, clock, {"name"})}


def test_a_wrong_token_is_the_only_line(clock):
    (result,) = check(Portal(clock, access_token="another"), clock)

    assert (result.passed, result.code) == (False, ExitCode.CREDENTIALS)
    assert result.hint


@pytest.mark.parametrize("scope", ["crm.objects.companies.read", "crm.objects.owners.read"])
def test_a_missing_scope_is_named_and_the_rest_is_checked(clock, scope):
    results = check(Portal(clock, missing_scopes=(scope,)), clock)
    wrong = [result for result in results if not result.passed]

    assert {result.code for result in wrong} == {ExitCode.CREDENTIALS}
    assert scope in wrong[0].message
    assert len(results) == 4


@pytest.mark.parametrize(
    ("field", "meant"),
    [("nmae", "name"), ("lifecyclestag", "lifecyclestage"), ("Website URL", "website")],
)
def test_a_field_that_is_not_there_is_named_with_the_one_that_was_meant(
    portal, clock, field, meant
):
    result = failing(check(portal, clock, {field, "domain"}))

    assert result.code == ExitCode.USAGE
    assert f'no field "{field}"' in result.message
    assert f'did you mean "{meant}"?' in result.hint


def test_a_field_like_no_other_is_named_all_the_same(portal, clock):
    assert failing(check(portal, clock, {"qqqqqqqqqq"})).hint.startswith(
        "`crmsync fields hubspot companies`"
    )


def test_a_field_of_the_filter_must_be_there_too(portal, clock):
    assert '"stage"' in failing(check(portal, clock, filter={"stage": ("x",)})).message


def test_a_path_through_a_field_that_refers_to_nothing_is_named(portal, clock):
    result = failing(check(portal, clock, {"city.name"}))

    assert 'the field "city" refers to no owner' in result.message


def test_fields_that_cannot_be_listed_are_a_failed_check(portal, clock):
    portal.disturb = lambda request: (
        Response(403, {}, b'{"category":"MISSING_SCOPES"}')
        if "properties/" in request.url
        else None
    )

    assert failing(check(portal, clock)).name == "sources.hubspot: fields"


def test_a_server_that_is_down_is_a_passing_failure(portal, clock):
    portal.disturb = lambda request: Response(503, {}, b"")

    assert [result.code for result in check(portal, clock)] == [ExitCode.TEMPORARY]


def test_a_token_that_may_not_ask_for_the_account_is_a_good_one(portal, clock):
    portal.disturb = lambda request: (
        Response(403, {}, b'{"category":"MISSING_SCOPES"}') if "details" in request.url else None
    )
    first, *_ = check(portal, clock)

    assert first.passed
    assert "may not ask for the account's id" in first.message


@pytest.mark.parametrize(
    ("path", "meant"),
    [("owner.emial", "owner.email"), ("owner.firstname", "owner.firstName"), ("owner.city", "")],
)
def test_a_part_that_no_owner_has_is_named_with_the_one_that_was_meant(portal, clock, path, meant):
    result = failing(check(portal, clock, {path}))

    assert result.code == ExitCode.USAGE
    assert f'"{path}" reaches nothing' in result.message
    assert (f'did you mean "{meant}"?' in result.hint) is bool(meant)
    assert "An owner has: id, active, name, email" in result.hint


def test_every_part_that_an_owner_has_passes(portal, clock):
    (owner,) = owners_by_id([{"id": "1"}], []).values()

    assert set(owner) == set(OWNER_PARTS)
    assert all(result.passed for result in check(portal, clock, {f"owner.{p}" for p in owner}))


def test_being_asked_to_stop_is_no_failed_check(portal, clock):
    portal.disturb = lambda request: StoppedError("asked to stop")

    with pytest.raises(StoppedError):
        check(portal, clock)


DEAL_PATHS = frozenset(
    [
        "dealname",
        "company.domain",
        "company.owner.email",
        "stage.is_won",
        "pipeline.label",
        "owner.email",
    ]
)


def check_deals(portal, clock, *paths, object_name="deals", **query):
    source = open_source(portal, clock)
    asked = Query(object=object_name, paths=frozenset(paths) or DEAL_PATHS, **query)
    return list(source.check(asked))


def test_deals_are_checked_with_all_that_is_joined_to_them(portal, clock):
    results = check_deals(portal, clock)

    assert [result.name.removeprefix("sources.hubspot: ") for result in results] == [
        *("token", "deals", "companies", "owners", "pipelines", "fields", "company fields")
    ]
    assert all(result.passed for result in results)


def test_of_deals_only_what_paths_need_is_checked(portal, clock):
    names = [result.name.removeprefix("sources.hubspot: ") for result in check_deals(
        portal, clock, "dealname", "stage.id", "record.url")]  # fmt: skip

    assert names == ["token", "deals", "fields"]


@pytest.mark.parametrize("scope", ["crm.objects.deals.read", "crm.objects.companies.read"])
def test_a_scope_that_deals_need_is_named(clock, scope):
    results = check_deals(Portal(clock, missing_scopes=(scope,)), clock)
    wrong = [result for result in results if not result.passed]

    assert {result.code for result in wrong} == {ExitCode.CREDENTIALS}
    assert scope in wrong[0].message


@pytest.mark.parametrize(
    ("path", "told", "meant"),
    [
        ("company.domian", 'no field "company.domian"', "company.domain"),
        ("company.owner.mail", 'an owner has no "mail"', "company.owner.email"),
        ("company.city.name", '"company.city" refers to no owner', ""),
        ("stage.won", 'a stage has no "won"', "stage.is_won"),
        ("pipeline.labl", 'a pipeline has no "labl"', "pipeline.label"),
        ("change.to", 'no field "change"', ""),
        ("amonut", 'no field "amonut"', "amount"),
    ],
)
def test_a_path_of_a_deal_that_reaches_nothing_is_named(portal, clock, path, told, meant):
    result = failing(check_deals(portal, clock, "dealname", path))

    assert result.code == ExitCode.USAGE
    assert told in result.message
    assert (f'did you mean "{meant}"?' in result.hint) or not meant


@pytest.mark.parametrize("path", ["change.form", "from_stage.lable"])
def test_a_path_into_a_change_that_reaches_nothing_is_named(portal, clock, path):
    result = failing(check_deals(portal, clock, path, object_name="deal_stage_changes"))

    assert f'"{path}" reaches nothing' in result.message


def test_a_filter_by_what_is_joined_is_checked_too(portal, clock):
    results = check_deals(portal, clock, "dealname", filter={"company.indutsry": ("BANKING",)})

    assert '"company.indutsry"' in failing(results).message


EXCESS = "crm.objects.contacts.read,crm.objects.companies.write"


def scopes(results):
    return [result for result in results if result.name == "sources.hubspot: scopes"]


@pytest.mark.security(63)
def test_a_token_that_may_more_than_any_sync_needs_passes_with_a_warning(clock):
    results = check(Portal(clock, extra_scopes=EXCESS), clock)
    (line,) = scopes(results)

    assert all(result.passed for result in results)
    told = "it may do more than crmsync needs: crm.objects.companies.write, crm.objects.contacts."
    assert line.message.startswith(told)
    assert "Take these scopes away in HubSpot" in line.message


@pytest.mark.security(63)
@pytest.mark.parametrize("more", ["oauth", "crm.schemas.companies.read", ""])
def test_scopes_that_let_do_no_more_are_not_warned_of(clock, more):
    assert scopes(check(Portal(clock, extra_scopes=more), clock)) == []


@pytest.mark.parametrize(
    "answer",
    [Response(404, {}, b"{}"), Response(403, {}, b"{}"), Response(200, {}, b'{"scopes":"all"}'),
     Response(200, {}, b"[]")],
    ids=["not there", "not allowed", "no list", "no object"],
)  # fmt: skip
def test_where_hubspot_does_not_tell_the_scopes_nothing_is_said_of_them(clock, answer):
    portal = Portal(clock, extra_scopes=EXCESS)
    portal.disturb = lambda request: answer if "token-info" in request.url else None
    results = check(portal, clock)

    assert scopes(results) == []
    assert all(result.passed for result in results)


def test_the_token_stands_in_the_body_and_in_no_address(portal, clock):
    check(portal, clock)
    (asked,) = [request for request in portal.requests if "token-info" in request.url]

    assert asked.method == "POST"
    assert asked.url == "http://127.0.0.1:9/oauth/v2/private-apps/get/access-token-info"
    assert b"tokenKey" in asked.body
