"""By which domain a HubSpot company goes, and what becomes of several that have one.

The ids are those of the list of hard cases that the project keeps: D domains.
"""

from __future__ import annotations

import pytest

from crmsync.receipts import Outcome
from crmsync.records import Record
from tests.mapping.hubspot_companies import (
    PRESET,
    company,
    compiled,
    contributed,
    sent,
    warned,
)


@pytest.mark.parametrize(
    ("fields", "key", "problems"),
    [
        pytest.param(
            {"domain": "gmail.com", "website": "http://www.acme.it/"},
            "acme.it",
            [("domain", "FREEMAIL")],
            id="D08-free-mail-falls-through-to-the-website",
        ),
        pytest.param(
            {"domain": None, "hs_additional_domains": "gmail.com;acme.se"},
            "acme.se",
            [],
            id="D09-free-mail-first-of-several",
        ),
        pytest.param(
            {"domain": "192.168.0.1", "website": "http://acme.it"},
            "acme.it",
            [("domain", "IP")],
            id="D10-ip-falls-through",
        ),
        pytest.param(
            {"domain": "acme.com", "website": "https://linkedin.com/company/acme"},
            "acme.com",
            [],
            id="D21-the-second-path-is-not-looked-at",
        ),
        *(
            pytest.param({"domain": word, "website": "acme.it"}, "acme.it", [], id=f"D25-{word}")
            for word in ("n/a", "none", "-", "TBD", "unknown", "xxx")
        ),
        pytest.param(
            {"domain": None, "website": "http://www.acme.it/"}, "acme.it", [], id="D32-website"
        ),
        pytest.param(
            {"domain": "gmail.com", "hs_additional_domains": "acme.io;acme.dev"},
            "acme.io",
            [("domain", "FREEMAIL"), ("domain", "FIRST_OF_SEVERAL")],
            id="D33-additional-domains",
        ),
    ],
)
def test_the_domain_comes_from_the_first_path_that_has_one(fields, key, problems):
    mapped = PRESET.map(company(**fields))
    assert (mapped.key, mapped.fields["domain"], mapped.outcome) == (key, key, None)
    assert [one for one in warned(mapped) if one[0] == "domain"] == problems


def test_d09_of_a_persons_addresses_the_first_that_is_no_free_mail_counts():
    emails = [{"value": "a@gmail.com", "primary": True}, {"value": "a@acme.se"}]
    given = Record(id="1", joins={"person": {"emails": emails}}, fields=company().fields)
    rule = {"domain": {"from": "person.emails", "transforms": "domain"}}
    assert sent("domain", given, rule) == "acme.se"


def test_d13_two_spellings_of_one_domain_are_one_key():
    keys = {PRESET.map(company(domain=name)).key for name in ("münchen.de", "xn--mnchen-3ya.de")}
    assert keys == {"xn--mnchen-3ya.de"}


@pytest.mark.parametrize(
    ("missing_key", "outcome"),
    [("skip", Outcome.SKIPPED), ("quarantine", Outcome.INVALID)],
    ids=["D36-skipped", "D36-quarantined"],
)
def test_a_company_without_a_domain_ends_with_every_reason(missing_key, outcome):
    given = company(domain="gmail.com", website="http://10.0.0.5:3000")
    mapped = compiled(missing_key=missing_key).map(given)
    (problem,) = mapped.problems
    assert (mapped.outcome, problem.code) == (outcome, "MISSING_DOMAIN")
    assert problem.message == (
        "no domain: domain: gmail.com is free mail and says nothing about a company; "
        'website: "10.0.0.5" is an IP address and no domain; hs_additional_domains is empty'
    )


def test_d34_three_companies_with_one_domain_become_one_payload():
    three = [
        contributed("10", name=None, phone="+39 06 1234 5678", industry="BANKING"),
        contributed("9", name=None, industry="RETAIL", lifecyclestage="lead"),
        contributed("11", name="Acme", lifecyclestage="customer"),
    ]
    fields, winner = PRESET.merge(three)
    assert winner.record_id == fields["properties.objectId"] == "9"
    assert fields["properties.segments"] == ["RETAIL", "BANKING"]
    assert fields["properties.stage"] == "LEAD"
    assert fields["properties.displayName"] == "Acme"
    assert "properties.phone" in fields


def test_d35_a_domain_in_two_crms_keeps_the_first_sources_object():
    mine = contributed("10", "hubspot")
    other = contributed("2", "salesforce", (0, 1), industry="BANKING")
    salesforce = {
        "properties.objectSource": "SALESFORCE",
        "properties.objectUrl": "https://sf.test/2",
    }
    other = other._replace(fields={**other.fields, **salesforce})
    fields, _ = PRESET.merge([other, mine])
    assert fields["properties.objectSource"] == "HUBSPOT"
    assert fields["properties.objectId"] == "10"
    assert "properties.objectUrl" not in fields
    assert fields["properties.segments"] == ["BANKING"]
