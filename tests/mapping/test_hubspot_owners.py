"""The people of a HubSpot company, in their roles.

The ids are those of the list of hard cases that the project keeps: O owners,
E enums, S strings.
"""

from __future__ import annotations

import pytest

from tests.mapping.hubspot_companies import JO, PRESET, company, compiled, sent, warned


def owners(*emails: str) -> dict[str, object]:
    pairs = [{"key": f"o{i}.email", "value": {"const": "CSM"}} for i, _ in enumerate(emails)]
    return {"properties.owners": {"pairs": pairs}}


def test_s24_of_256_owners_255_are_kept_with_a_warning():
    emails = [f"jo{i}@acme.com" for i in range(256)]
    given = company(joins={f"o{i}": {"email": email} for i, email in enumerate(emails)})
    mapped = compiled(owners(*emails)).map(given)
    kept = mapped.fields["properties.owners"]
    assert kept == dict.fromkeys(emails[:255], "CUSTOMER SUCCESS MANAGER")
    assert warned(mapped) == [("owners", "TOO_MANY")]


def test_s29_an_object_of_256_keys_is_cut_with_a_warning():
    given = company(roles={f"jo{i}@acme.com": "CSM" for i in range(256)})
    mapped = compiled({"properties.owners": "roles"}).map(given)
    kept = mapped.fields["properties.owners"]
    assert isinstance(kept, dict)
    assert len(kept) == 255
    assert warned(mapped) == [("owners", "TOO_MANY")]


def role(value: object) -> dict[str, object]:
    pair = {"key": "owner.email", "value": value, "when": "owner.active"}
    return {"properties.owners": {"pairs": [pair]}}


@pytest.mark.parametrize(
    ("written", "sent_role"),
    [
        pytest.param("CSM", "CUSTOMER SUCCESS MANAGER", id="E06-short"),
        pytest.param("Customer Success Manager", "CUSTOMER SUCCESS MANAGER", id="E06-words"),
        pytest.param("customer_success_manager", "CUSTOMER SUCCESS MANAGER", id="E06-underscores"),
        pytest.param("Account Owner", "ACCOUNT MANAGER", id="E07-alias"),
        pytest.param("Sales Rep", None, id="E08-unknown"),
    ],
)
def test_a_role_is_sent_in_akoodas_spelling(written, sent_role):
    given = company(joins={"owner": JO}, job=written)
    expected = {"jo@acme.com": sent_role} if sent_role else None
    assert sent("owners", given, role("job")) == expected


def test_e08_an_unknown_role_becomes_the_one_a_person_set():
    rule = {"from": "job", "values": {"csm": "CSM"}, "otherwise": "ACCOUNT MANAGER"}
    given = company(joins={"owner": JO}, job="Sales Rep")
    assert sent("owners", given, role(rule)) == {"jo@acme.com": "ACCOUNT MANAGER"}


def test_o01_an_owner_is_known_by_the_address_in_lower_case():
    owner = {**JO, "email": "John.Doe@Example.COM "}
    given = company(joins={"owner": owner})
    assert sent("owners", given) == {"john.doe@example.com": "ACCOUNT MANAGER"}


def test_o02_of_two_roles_the_customer_success_manager_stays():
    pairs = [
        {"key": "owner.email", "value": {"const": "ACCOUNT MANAGER"}},
        {"key": "csm_owner.email", "value": {"const": "CSM"}},
    ]
    mapper = compiled({"properties.owners": {"pairs": pairs}})
    mapped = mapper.map(company(joins={"owner": JO, "csm_owner": JO}))
    assert mapped.fields["properties.owners"] == {"jo@acme.com": "CUSTOMER SUCCESS MANAGER"}
    assert ("owners", "DUPLICATE") in warned(mapped)


@pytest.mark.parametrize(
    ("owner", "problems"),
    [
        pytest.param({**JO, "email": None}, [], id="O03-no-email"),
        pytest.param({**JO, "active": False}, [], id="O04-archived"),
        pytest.param({"id": "9"}, [("owners", "UNKNOWN_OWNER")], id="O05-not-in-the-list"),
        *(
            pytest.param({**JO, "email": email}, [("owners", "BAD_EMAIL")], id=f"O06-{email}")
            for email in ("a@localhost", "a@b", "not an email")
        ),
    ],
)
def test_an_owner_who_cannot_be_sent_is_left_out_and_owners_with_them(owner, problems):
    mapped = PRESET.map(company(joins={"owner": owner}))
    assert (mapped.outcome, "properties.owners" in mapped.fields) == (None, False)
    assert warned(mapped) == problems


def test_o07_an_owners_address_is_ascii():
    given = company(joins={"owner": {**JO, "email": "jo@münchen.de"}})
    assert sent("owners", given) == {"jo@xn--mnchen-3ya.de": "ACCOUNT MANAGER"}


def test_o08_without_an_owner_there_is_no_object_of_owners():
    assert "properties.owners" not in PRESET.map(company()).fields


def test_o09_an_owner_may_use_free_mail():
    given = company(joins={"owner": {**JO, "email": "me@gmail.com"}})
    assert sent("owners", given) == {"me@gmail.com": "ACCOUNT MANAGER"}
