from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from crmsync.mapping.paths import compile_path, is_empty, path_fault
from crmsync.records import Record

GIVEN = Record(
    id="42",
    url="https://crm.test/42",
    modified_at=datetime(2026, 1, 2, 4, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=1))),
    fields={
        "name": "Acme",
        "null": None,
        "blank": "",
        "zero": 0,
        "no": False,
        "none_of_it": [],
        "hubspot_owner_id": "9",
        "Account": {"Website": "acme.com", "Owner": {"Email": "jo@acme.com"}},
        "Dotted.Name": "literal",
        "address": {"locality": "Rome"},
        "lines": [{"city": "Rome"}, {"city": ""}, {"city": "Bari"}],
    },
    joins={
        "owner": {"id": "9", "email": "jo@acme.com", "active": True, "team": {"name": "EU"}},
        "company": {"name": "Acme", "owner": {"id": "7", "email": "li@acme.com"}},
        "csm_owner": {"id": "8"},
        "person": {"emails": [{"value": "b@x.se"}, {"value": "a@x.se", "primary": True}]},
        "organization": {"a.b": "flat"},
    },
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("name", "Acme", id="field"),
        pytest.param("missing", None, id="missing"),
        pytest.param("null", None, id="null"),
        pytest.param("blank", None, id="empty-text"),
        pytest.param("none_of_it", None, id="empty-list"),
        pytest.param("zero", 0, id="zero-is-a-value"),
        pytest.param("no", False, id="false-is-a-value"),
        pytest.param("hubspot_owner_id", "9", id="reference-field-gives-its-id"),
        pytest.param("csm_owner", "8", id="joined-record-alone-gives-its-id"),
        pytest.param("owner.email", "jo@acme.com", id="joined"),
        pytest.param("owner.id", "9", id="joined-id"),
        pytest.param("owner.team.name", "EU", id="joined-deeper"),
        pytest.param("owner.phone", None, id="joined-has-no-such-field"),
        pytest.param("organization.a.b", "flat", id="joined-literal-tail"),
        pytest.param("company.owner.email", "li@acme.com", id="joined-to-what-is-joined"),
        pytest.param("company.owner", "7", id="joined-to-what-is-joined-alone-gives-its-id"),
        pytest.param("person.domain", None, id="no-such-part"),
        pytest.param("contact.domain", None, id="nothing-joined"),
        pytest.param("Account.Website", "acme.com", id="object"),
        pytest.param("Account.Owner.Email", "jo@acme.com", id="object-in-object"),
        pytest.param("Dotted.Name", "literal", id="literal-name"),
        pytest.param("name.first", None, id="text-has-no-parts"),
        pytest.param("lines.city", ["Rome", "Bari"], id="through-a-list"),
        pytest.param("person.emails", ["a@x.se", "b@x.se"], id="labelled-values-primary-first"),
        pytest.param("person.emails.value", ["b@x.se", "a@x.se"], id="values-by-name"),
        pytest.param("address", {"locality": "Rome"}, id="object-whole"),
        pytest.param("record.id", "42", id="record-id"),
        pytest.param("record.url", "https://crm.test/42", id="record-url"),
        pytest.param("record.object", "companies", id="record-object"),
        pytest.param("record.modified_at", "2026-01-02T03:00:00.123Z", id="record-modified"),
    ],
)
def test_a_path_takes_its_value_out_of_the_record(path, value):
    assert compile_path(path, object_name="companies")(GIVEN) == value


@pytest.mark.parametrize("fact", ["id", "url", "object", "modified_at"])
def test_a_fact_that_the_record_lacks_is_empty(fact):
    assert compile_path(f"record.{fact}")(Record(id="")) is None


def test_a_record_without_zone_shift_keeps_its_moment():
    moment = datetime(2026, 5, 6, tzinfo=UTC)
    given = Record(id="1", modified_at=moment)
    assert compile_path("record.modified_at")(given) == "2026-05-06T00:00:00.000Z"


@pytest.mark.parametrize("path", ["name", "owner.email", "a b.c", "å.ä", "record.id", "Type__c"])
def test_names_as_crms_have_them_are_paths(path):
    assert path_fault(path) == ""


@pytest.mark.parametrize("path", ["", " ", "a.", ".a", "a..b", " a", "record", "record.name"])
def test_what_can_name_nothing_is_no_path(path):
    assert path_fault(path)


@pytest.mark.parametrize("value", [None, "", [], {}, ()])
def test_these_are_empty(value):
    assert is_empty(value)


@pytest.mark.parametrize("value", [0, False, 0.0, " ", [None], {"a": None}])
def test_these_are_not_empty(value):
    assert not is_empty(value)
