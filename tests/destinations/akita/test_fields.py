from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmsync.destinations.akita.fields import FIELDS, MERGE, tailored
from crmsync.destinations.akita.settings import AkitaSettings
from crmsync.mapping.fitting import compile_fitter
from crmsync.mapping.values import Code, Remark
from crmsync.payloads import FieldKind, OnFault

# The attributes of Akita's document, in its order.
DOCUMENT = [
    *("internal_id", "name", "is_tracked", "is_churned", "customer_end_date"),
    *("emails", "phones", "urls", "roles", "tags"),
]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def fitted(name: str, value: object, *, at: datetime = NOON, **keys: object) -> object:
    settings = AkitaSettings.model_validate({"api_key": "${AKITA_API_KEY}", **keys})
    return compile_fitter(tailored(FIELDS, settings, now=lambda: at)[name])(value)


def test_the_fields_are_the_documents_attributes_in_its_order():
    assert list(FIELDS) == DOCUMENT


def test_only_the_internal_id_is_required_and_never_shared():
    assert [name for name, field in FIELDS.items() if field.required] == ["internal_id"]
    assert FIELDS["internal_id"].on_fault is OnFault.REJECT
    assert MERGE.alone


@pytest.mark.parametrize("name", ["emails", "phones", "urls"])
def test_contact_information_is_labels_and_values(name):
    assert [member.name for member in FIELDS[name].members] == ["label", "value"]
    assert fitted(name, FIELDS[name].example) == FIELDS[name].example


def test_a06_an_internal_id_that_is_a_number_is_sent_as_text():
    assert fitted("internal_id", 1) == "1"


@pytest.mark.parametrize(
    ("zone", "value", "sent"),
    [
        pytest.param("UTC", "2026-11-21", "2026-11-21", id="today"),
        pytest.param("UTC", "2026-11-22", None, id="tomorrow"),
        pytest.param("Pacific/Auckland", "2026-11-22", "2026-11-22", id="already-today-at-13"),
        pytest.param("Pacific/Auckland", "2026-11-23", None, id="tomorrow-at-13"),
        pytest.param("Pacific/Auckland", "2026-11-21T11:30:00Z", "2026-11-22", id="a-moment"),
        pytest.param("America/New_York", "2026-11-21T03:00:00Z", "2026-11-20", id="the-day-before"),
        pytest.param("UTC", "2031-01-01", None, id="far-off"),
    ],
)
def test_a05_an_end_date_is_never_later_than_today_in_the_zone(zone, value, sent):
    found = fitted("customer_end_date", value, timezone=zone)
    if sent is not None:
        assert found == sent
        return
    assert isinstance(found, Remark)
    assert (found.value, found.code) == (None, Code.IN_FUTURE)
    assert f"({zone})" in found.message


def test_a_day_is_taken_once_it_has_come():
    later = datetime(2031, 1, 1, tzinfo=UTC)
    assert fitted("customer_end_date", "2031-01-01", at=later) == "2031-01-01"


def test_a09_a_tag_that_is_not_known_is_left_out_and_tags_with_it():
    found = fitted("tags", ["VIP"], tags={"Gold": 7})
    assert isinstance(found, Remark)
    assert (found.value, found.code) == (None, Code.NOT_IN_ENUM)
    assert found.message == '"VIP" is neither a number nor one of Gold'


@pytest.mark.parametrize(
    ("value", "sent"),
    [("123", [123]), (["123", "gold ", 123], [123, 7]), (123.0, [123])],
)
def test_a10_a_tag_is_sent_as_its_number(value, sent):
    assert fitted("tags", value, tags={"Gold": 7}) == sent


def test_a_known_tag_goes_without_the_unknown():
    found = fitted("tags", ["VIP", "Gold"], tags={"Gold": 7})
    assert isinstance(found, Remark)
    assert found.value == [7]


def test_o10_an_owner_who_holds_no_role_in_akita_gets_no_entry():
    found = fitted("roles", {"jo@acme.com": "CSM"}, role_holders=["al@acme.com"])
    assert isinstance(found, Remark)
    assert (found.value, found.code) == (None, Code.NOT_IN_ENUM)
    assert "jo@acme.com is none of the 1" in found.message


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        pytest.param({"Jo@Acme.com": "csm"}, [("jo@acme.com", 6)], id="by-its-name"),
        pytest.param({"jo@acme.com": "AE"}, [("jo@acme.com", 9)], id="another-role"),
        pytest.param({"jo@acme.com": 6}, [("jo@acme.com", 6)], id="by-its-number"),
        pytest.param(
            [{"role_id": 6, "email": "jo@acme.com"}, {"role_id": 9, "email": "al@acme.com"}],
            [("jo@acme.com", 6), ("al@acme.com", 9)],
            id="written-out",
        ),
    ],
)
def test_roles_are_pairs_of_email_and_role(value, sent):
    found = fitted(
        "roles", value, roles={"CSM": 6, "AE": 9}, role_holders=["jo@acme.com", "al@acme.com"]
    )
    assert found == [{"email": email, "role_id": role} for email, role in sent]


def test_a_role_has_one_holder():
    found = fitted("roles", {"jo@acme.com": "CSM", "al@acme.com": "CSM"})
    assert isinstance(found, Remark)
    assert found.value == [{"email": "jo@acme.com", "role_id": 6}]
    assert found.code == Code.DUPLICATE


def test_traits_are_fields_of_their_own():
    settings = AkitaSettings.model_validate(
        {"api_key": "${K}", "traits": {"plan": "text", "seats": "number", "trial": "boolean"}}
    )
    fields = tailored(FIELDS, settings)
    kinds = {name: field.kind for name, field in fields.items() if name.startswith("traits.")}
    assert kinds == {
        "traits.plan": FieldKind.TEXT,
        "traits.seats": FieldKind.NUMBER,
        "traits.trial": FieldKind.BOOLEAN,
    }
    assert not [name for name in FIELDS if name.startswith("traits.")]
