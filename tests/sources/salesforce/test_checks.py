from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from crmsync.exit_codes import ExitCode
from crmsync.records import Query
from tests.sources.salesforce.doorway import refused
from tests.sources.salesforce.org import SalesforceOrg

ACCOUNT = Query(object="Account", paths=frozenset({"Name", "Owner.Email"}))
DEAL = Query(object="Opportunity", paths=frozenset({"stage.label", "owner.active"}))


def lines(org, query=ACCOUNT, **settings):
    return {line.name.partition(": ")[2]: line for line in org.source(**settings).check(query)}


def faults(org, *paths, query=ACCOUNT):
    found = org.source().check(replace(query, paths=query.paths | set(paths)))
    return [(line.message, line.hint) for line in found if not line.passed]


def test_every_part_of_a_sound_org_passes(org):
    found = lines(org, DEAL)

    assert list(found) == ["sign-in", "Opportunity", "fields", "stages", "limits"]
    assert all(line.passed for line in found.values())


def test_the_requests_that_are_left_are_told(org):
    assert "of 100,000 requests left" in lines(org)["limits"].message


def test_a_refused_sign_in_ends_the_checks(org):
    org.disturb = lambda request: refused(400, "x") if request.url.endswith("/token") else None
    found = lines(org)

    assert list(found) == ["sign-in"]
    assert not found["sign-in"].passed


def test_an_object_that_is_not_there_is_named_with_the_nearest(org):
    line = lines(org, Query(object="Subscription"))["Subscription"]

    assert (line.passed, line.code) == (False, ExitCode.USAGE)
    assert '"Subscription__c"' in line.message


def test_a_way_to_sign_in_that_ends_is_told(org):
    settings = {"auth": "password", "username": "a@b.se", "password": "x"}

    assert "is ending it" in lines(org, **settings)["sign-in"].message


CASES = {
    "a misspelt field": ("Webside", '"Webside" of Account', 'did you mean "Website"?'),
    "a misspelt relationship": ("Ownr.Email", '"Ownr" of Account', 'did you mean "Owner"?'),
    "a parent's field": ("Owner.Emial", '"Emial" of User', "for"),
    "a plain field": ("Name.Email", "refers to nothing", 'the field itself: "Name"'),
    "a parent's plain field": ("Owner.Name.x", "refers to nothing", '"Owner.Name"'),
    "too deep": ("Parent." * 6 + "Name", "more than 5", "formula"),
    "no part of an owner": ("owner.mail", '"owner" has no "mail"', 'did you mean "owner.email"?'),
    "no part of contacts": ("contacts.phones", 'has no "phones"', "emails"),
}


@pytest.mark.parametrize(("path", "message", "hint"), CASES.values(), ids=CASES)
def test_a_path_that_leads_nowhere_is_named_with_what_to_do(org, path, message, hint):
    ((said, advice),) = faults(org, path)

    assert message in said
    assert hint in advice


def test_a_field_that_may_be_hidden_says_how_to_show_it(org):
    org.control("/hide_field", object="Account", name="Industry")
    ((said, advice),) = faults(org, "Industry")

    assert said == 'Salesforce shows no field "Industry" of Account to this user'
    assert "permission set with read access" in advice
    assert "crmsync fields salesforce Account" in advice


def test_a_part_of_a_stage_that_is_none_is_named(org):
    ((said, _),) = faults(org, "stage.colour", query=DEAL)

    assert 'has no "colour"' in said


def test_a_field_that_no_query_reads_is_named(org, clock):
    row = {"name": "Logo__c", "type": "base64"}
    org.disturb = lambda request: (
        with_field(org, request, row) if request.url.endswith("Account/describe") else None
    )
    ((said, _),) = faults(org, "Logo__c")

    assert "no query reads" in said


def with_field(org, request, row):
    answer = org._answer(request)
    document = orjson.loads(answer.body)
    document["fields"].append(row)
    return answer._replace(body=orjson.dumps(document))


@pytest.mark.security(63)
def test_a_user_who_may_write_what_is_read_is_warned_of_and_the_check_passes(clock):
    found = lines(SalesforceOrg(clock, salesforce_may_write=True))

    assert list(found)[2] == "rights"
    assert all(line.passed for line in found.values())
    told = "it may do more than crmsync needs: create and change and delete Account records."
    assert found["rights"].message.startswith(told)
    assert "permission sets" in found["rights"].message
