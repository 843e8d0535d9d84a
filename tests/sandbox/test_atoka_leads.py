from __future__ import annotations

from collections import Counter

import pytest

from crmsync.sandbox.atoka import seeding
from crmsync.sandbox.atoka.leads import Lead
from crmsync.sandbox.atoka.matching import confidence
from tests.sandbox.application import refusal

COMPANIES = "/v2/companies"
MATCH = f"{COMPANIES}/match"
SPAZIO = {"name": "SpazioDati S.r.l.", "vat": "02241890223", "taxId": "02241890223"}


@pytest.fixture
def empty(app):
    """An application of a platform that knows nobody."""
    app.client.control("/atoka/companies", {"items": [], "replace": True})
    return app


@pytest.mark.parametrize(
    "filters",
    [
        {"vat": "02241890223"},
        {"taxIds": "02241890223"},
        {"regNumbers": "02241890223"},
        {"regNumbers": "TN-210089"},
        {"vat": "02241890223", "taxIds": "02241890223"},
        {"vat": "00000000000,02241890223"},
    ],
    ids=repr,
)
def test_a_company_is_found_by_its_numbers(empty, filters):
    (name,) = empty.companies({**SPAZIO, "regNumbers": ["TN-210089"]})
    empty.companies({"name": "Other", "vat": "1"})
    (item,) = empty.items(COMPANIES, **filters)
    assert item == {
        "id": name, "ids": [name], "active": True, "country": "it", "fullAddress": "",
        "name": "SpazioDati S.r.l.",
    }  # fmt: skip


@pytest.mark.parametrize(
    "filters",
    [{"vat": "IT02241890223"}, {"vat": "2241890223"}, {"vat": "02241890223", "taxIds": "x"}],
    ids=repr,
)
def test_numbers_are_equal_to_the_letter_and_filters_add_up(empty, filters):
    empty.companies(SPAZIO)
    assert empty.items(COMPANIES, **filters) == []


def test_companies_of_a_vat_group_share_a_number(empty):
    group = empty.companies({"name": "A", "vat": "7"}, {"name": "B", "vat": "7", "active": False})
    assert [item["id"] for item in empty.items(COMPANIES, vat="7")] == group
    assert len(empty.items(COMPANIES, vat="7", active="true")) == 1
    assert len(empty.items(COMPANIES, vat="7", active="*")) == 2


def test_companies_come_in_pages(app):
    page = app.get(COMPANIES).json()
    assert page["meta"] == {"limit": 10, "ordering": "atoka", "offset": 0, "count": 1001}
    assert len(page["items"]) == 10
    assert app.items(COMPANIES, limit=50)[10:20] == app.items(COMPANIES, offset=10)
    assert refusal(app.get(COMPANIES, limit=51)) == (400, "limit")


def test_what_is_read_can_be_asked_for_by_post(empty):
    empty.companies(SPAZIO)
    asked = empty.post(COMPANIES, vat="02241890223").json()
    assert asked == empty.get(COMPANIES, vat="02241890223").json()


def test_a_number_of_ids_can_be_checked_at_once(app):
    known = [item["id"] for item in app.items(COMPANIES, limit=50)]
    named = ",".join([*known, "nobody"])
    assert [item["id"] for item in app.items(COMPANIES, ids=named, limit=50)] == known


def test_people_are_found_by_tax_id(app):
    people = app.client.control("/atoka/people")["items"]
    found = app.items("/v2/people", taxIds=people[3]["taxId"])
    assert [person["id"] for person in found] == [people[3]["id"]]
    assert app.items(COMPANIES, taxIds=people[3]["taxId"]) == []


def test_a_match_tells_how_sure_it_is(empty):
    empty.companies(SPAZIO, {"name": "Spazio Casa S.n.c.", "vat": "1"})
    page = empty.get(MATCH, regNumbers="0241890223", fuzziness=2).json()
    assert page["meta"] == {"limit": 10, "count": 1}
    assert page["items"][0]["confidence"] == 0.8
    assert empty.items(MATCH, regNumbers="0241890223") == []


def test_twins_are_both_sure(empty):
    empty.companies({"name": "Acme S.r.l.", "vat": "1"}, {"name": "ACME srl", "vat": "2"})
    assert [item["confidence"] for item in empty.items(MATCH, name="Acme S.R.L.")] == [0.97] * 2
    (sure,) = empty.items(MATCH, name="Acme", regNumbers="1", minConfidence="0.9")
    assert sure["confidence"] == 1.0


@pytest.mark.parametrize(
    ("parameters", "parameter"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x", "minConfidence": "1.1"}, "minConfidence"),
        ({"name": "x", "minConfidence": "high"}, "minConfidence"),
        ({"name": "x", "minConfidence": "nan"}, "minConfidence"),
        ({"name": "x", "fuzziness": "9"}, "fuzziness"),
        ({"name": "x", "packages": "base"}, "packages"),
    ],
    ids=repr,
)
def test_a_match_needs_what_it_can_weigh(app, parameters, parameter):
    assert refusal(app.get(MATCH, **parameters)) == (400, parameter)


ACME = Lead(ids=("a",), type="company", name="Acmé Solar S.r.l.", vat="02241890223")
WEIGHED = [
    ("acme solar srl", [], 0, 0.97),
    ("Acme Solar", [], 0, 0.92),
    ("Acme Solar S.p.A.", [], 0, 0.92),
    ("Acme Wind", [], 0, 0.45),
    ("Other", [], 0, 0.0),
    (None, ["02241890223"], 0, 1.0),
    (None, ["02241890224", "x"], 1, 0.8),
    (None, ["02241899924"], 2, 0.0),
    (None, ["022418902239"], 2, 0.8),
    ("Acme Solar", ["0224189022"], 1, 0.98),
    ("Other", ["02241890223"], 0, 0.5),
]


@pytest.mark.parametrize(("name", "numbers", "fuzziness", "sure"), WEIGHED, ids=repr)
def test_confidence_weighs_names_and_numbers(name, numbers, fuzziness, sure):
    assert confidence(ACME, name, numbers, fuzziness) == pytest.approx(sure, abs=0.02)


def test_the_same_seed_makes_the_same_companies():
    made = list(seeding.companies(300, 1))
    assert made == list(seeding.companies(300, 1))
    assert made[:100] == list(seeding.companies(100, 1))
    assert made != list(seeding.companies(300, 2))


def test_vat_numbers_check():
    for company in seeding.companies(200, 1):
        digits = [int(digit) for digit in company.vat or "0" * 11]
        doubled = [2 * digit - 9 * (digit > 4) for digit in digits[1::2]]
        assert (len(digits), (sum(digits[::2]) + sum(doubled)) % 10) == (11, 0)


def test_tax_ids_of_people_check():
    assert seeding.check_letter("RSSMRA80A01H501") == "U"  # everybody's example, Mario Rossi
    people = [person.tax_id or "" for person in seeding.people(50, 1)]
    assert len(set(people)) == 50
    assert all(seeding.check_letter(tax_id[:15]) == tax_id[15:] for tax_id in people)


def test_some_companies_are_hard_to_tell_apart():
    made = list(seeding.companies(1000, 1))
    vats = Counter(company.vat for company in made if company.vat)
    names = Counter(company.name for company in made)
    assert sum(count > 1 for count in vats.values()) > 30
    assert sum(count > 1 for count in names.values()) > 50
    assert sum(company.vat is None for company in made) == 111
    assert {len(company.id) for company in made} == {12, 20}
    assert sum(not company.active for company in made) == 66


def test_a_company_with_a_known_id_takes_its_place(empty):
    empty.companies({"id": "a", "ids": ["b"], "name": "Old", "vat": "1"})
    empty.companies({"id": "b", "name": "New", "vat": "2"})
    assert empty.items(COMPANIES, vat="1") == []
    told = empty.client.control("/atoka/companies")["items"]
    assert [(item["id"], item["name"], item["vat"]) for item in told] == [("b", "New", "2")]


def test_what_is_told_of_companies_can_be_given_back(app):
    told = app.client.control("/atoka/companies")
    app.client.control("/atoka/companies", {**told, "replace": True})
    assert app.client.control("/atoka/companies") == told


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": [{}]},
        {"items": ["Acme"]},
        {"items": [{"name": "A", "vatNumber": "1"}]},
        {"items": [{"name": "A", "vat": 1}]},
        {"items": [{"name": "A", "ids": "a"}]},
    ],
    ids=repr,
)
def test_companies_that_are_none_are_explained(app, body):
    answer = app.http.post("/_sandbox/atoka/companies", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_everybody_is_known_by_name_where_that_is_asked_for(applying):
    app = applying(atoka_knows="everybody", atoka_companies=0)
    twice = [app.items(MATCH, name="Acme & Sons", minConfidence="0.9") for _ in range(2)]
    assert twice[0] == twice[1]
    assert [item["name"] for item in twice[0]] == ["Acme & Sons"]
