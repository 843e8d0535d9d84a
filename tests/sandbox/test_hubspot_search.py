from __future__ import annotations

import time

import pytest

COMPANIES = "/crm/objects/2026-09/companies"
SEARCH = f"{COMPANIES}/search"
BY_ID = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]


def one(name, operator, **more):
    return {"filterGroups": [{"filters": [{"propertyName": name, "operator": operator, **more}]}]}


def found(client, body, prop):
    body = {"limit": 200, "sorts": BY_ID, "properties": [prop], **body}
    return [record["properties"][prop] for record in client.post(SEARCH, body).json()["results"]]


def test_total_is_exact_without_filters(client):
    assert client.post(SEARCH, {"limit": 1}).json()["total"] == 250


def test_pages_by_offset(client):
    first = client.post(SEARCH, {"limit": 200, "sorts": BY_ID}).json()
    assert first["paging"]["next"]["after"] == "200"
    rest = client.post(SEARCH, {"limit": 200, "sorts": BY_ID, "after": "200"}).json()
    ids = [record["id"] for record in first["results"] + rest["results"]]
    assert ids == [record["id"] for record in client.everyone()]


def test_default_order_is_by_creation(client):
    dates = [r["createdAt"] for r in client.post(SEARCH, {"limit": 200}).json()["results"]]
    assert dates == sorted(dates)


CASES = [
    ("numberofemployees", "GT", {"value": "500"}, lambda v: v and float(v) > 500),
    ("numberofemployees", "BETWEEN", {"value": 10, "highValue": 99},
     lambda v: v and 10 <= float(v) <= 99),
    ("lifecyclestage", "EQ", {"value": "customer"}, lambda v: v == "customer"),
    ("lifecyclestage", "NEQ", {"value": "customer"}, lambda v: v != "customer"),
    ("lifecyclestage", "IN", {"values": ["lead", "customer"]}, lambda v: v in ("lead", "customer")),
    ("lifecyclestage", "NOT_IN", {"values": ["lead"]}, lambda v: v != "lead"),
    ("closedate", "HAS_PROPERTY", {}, lambda v: v is not None),
    ("closedate", "NOT_HAS_PROPERTY", {}, lambda v: v is None),
    ("city", "EQ", {"value": "LONDON"}, lambda v: v == "London"),
    ("city", "IN", {"values": ["london", "paris"]}, lambda v: v in ("London", "Paris")),
    ("city", "LT", {"value": "c"}, lambda v: v and v.lower() < "c"),
    ("name", "CONTAINS_TOKEN", {"value": "gmb*"}, lambda v: "GmbH" in v),
    ("name", "NOT_CONTAINS_TOKEN", {"value": "gmbh"}, lambda v: "GmbH" not in v),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "operator", "more", "holds"), CASES, ids=[f"{c[0]} {c[1]}" for c in CASES]
)
def test_operators(serving, name, operator, more, holds):
    client = serving(nasty=0.0, companies=150)
    wanted = [
        value for r in client.everyone(properties=name) if holds(value := r["properties"][name])
    ]
    assert wanted
    assert found(client, one(name, operator, **more), name) == wanted


def test_in_finds_nothing_for_text_that_is_not_lower_case(client):
    assert found(client, one("city", "IN", values=["London"]), "city") == []


def test_enumerations_are_case_sensitive(client):
    assert found(client, one("lifecyclestage", "EQ", value="CUSTOMER"), "lifecyclestage") == []


@pytest.mark.parametrize("as_text", [True, False], ids=["iso", "epoch"])
def test_modification_times_are_compared_in_either_form(client, as_text):
    at = client.control("/hubspot/touch", {"count": 20, "at": "2026-11-10T00:00:00.000Z"})["at"]
    value = at if as_text else "1794268800000"
    assert (
        found(client, one("hs_lastmodifieddate", "GTE", value=value), "hs_lastmodifieddate")
        == [at] * 20
    )
    assert found(client, one("hs_lastmodifieddate", "GT", value=value), "hs_object_id") == []


def test_id_keyset_goes_past_ten_digits_as_numbers(serving):
    client = serving(companies=700)
    ids = [record["id"] for record in client.everyone()]
    body = {**one("hs_object_id", "GT", value=ids[400]), "properties": ["hs_object_id"]}
    assert client.post(SEARCH, body).json()["total"] == 299


def test_groups_are_ored_and_filters_anded(client):
    filters = [
        {"propertyName": "lifecyclestage", "operator": "EQ", "value": "customer"},
        {"propertyName": "lifecyclestage", "operator": "EQ", "value": "lead"},
    ]
    both = client.post(SEARCH, {"filterGroups": [{"filters": [one]} for one in filters]}).json()
    neither = client.post(SEARCH, {"filterGroups": [{"filters": filters}]}).json()
    assert both["total"] > 0
    assert neither["total"] == 0


def filters(count):
    return {"filters": [{"propertyName": "name", "operator": "HAS_PROPERTY"}] * count}


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"after": "9999", "limit": 10},
        {"after": "x"},
        {"sorts": ["name", "city"]},
        {"sorts": [{"propertyName": "name", "direction": "UP"}]},
        {"filterGroups": [filters(1)] * 6},
        {"filterGroups": [filters(7)]},
        {"filterGroups": [filters(5)] * 4},
        {"query": "x" * 3001},
        one("name", "LIKE", value="x"),
        one("name", "EQ"),
        one("name", "IN", values=[]),
        one("numberofemployees", "GT", value="many"),
        one("createdate", "GT", value="yesterday"),
        {"filterGroups": {}},
        {"properties": "name"},
    ],
    ids=["201", "past 10000", "after", "two sorts", "direction", "6 groups", "7 filters",
         "20 filters", "query", "operator", "no value", "no values", "number", "date",
         "groups", "properties"],
)  # fmt: skip
def test_what_hubspot_refuses_is_400(client, body):
    answer = client.post(SEARCH, body)
    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("body", [one("bogus", "HAS_PROPERTY"), {"sorts": ["bogus"]}])
def test_unknown_properties_are_named(client, body):
    error = client.post(SEARCH, body).json()["errors"][0]
    assert error["code"] == "PROPERTY_DOESNT_EXIST"
    assert error["context"]["propertyName"] == ["bogus"]


def test_the_ten_thousandth_row_is_the_last(serving):
    client = serving(companies=10_150)
    last = client.post(SEARCH, {"limit": 200, "after": "9800", "sorts": BY_ID}).json()
    assert (last["total"], len(last["results"])) == (10_150, 200)
    after = last["paging"]["next"]["after"]
    assert client.post(SEARCH, {"limit": 200, "after": after}).status_code == 400


def test_search_sees_a_change_after_the_lag_while_lists_see_it_at_once(serving):
    client = serving(search_lag_s=60.0)
    record = client.everyone(properties="city")[0]
    client.control("/hubspot/set", {"id": record["id"], "properties": {"city": "Nowhere"}})
    by_id = {**one("hs_object_id", "EQ", value=record["id"]), "properties": ["city"]}
    assert client.post(SEARCH, by_id).json()["results"] == [record]
    assert found(client, one("city", "EQ", value="nowhere"), "city") == []
    assert client.everyone(properties="city")[0]["properties"]["city"] == "Nowhere"
    client.control("/hubspot/catch_up", {})
    assert found(client, one("city", "EQ", value="nowhere"), "city") == ["Nowhere"]


def test_search_sees_a_change_by_itself_once_the_lag_has_passed(serving):
    client = serving(search_lag_s=0.05)
    record = client.everyone()[0]
    client.control("/hubspot/set", {"id": record["id"], "properties": {"city": "Nowhere"}})
    deadline = time.monotonic() + 30
    while not (hits := found(client, one("city", "EQ", value="nowhere"), "city")):
        assert time.monotonic() < deadline
    assert hits == ["Nowhere"]


def test_archived_and_created_companies_leave_and_join_the_search(client):
    gone = client.everyone()[0]["id"]
    client.control("/hubspot/archive", {"id": gone})
    new = client.control("/hubspot/create", {"properties": {"city": "Nowhere"}})["ids"]
    assert client.post(SEARCH, one("hs_object_id", "EQ", value=gone)).json()["total"] == 0
    assert found(client, one("city", "EQ", value="nowhere"), "hs_object_id") == new


def test_a_change_after_a_search_is_found_also_by_columns_searched_before(client):
    client.post(SEARCH, one("associations.deal", "HAS_PROPERTY"))
    assert found(client, one("city", "EQ", value="nowhere"), "city") == []
    client.control("/hubspot/change", {"count": 2, "set": {"city": "Nowhere"}})
    client.control("/hubspot/forget_property", {"name": "zip"})
    assert found(client, one("city", "EQ", value="nowhere"), "city") == ["Nowhere"] * 2


def test_empty_values_sort_last_in_either_direction(client):
    for direction in ("ASCENDING", "DESCENDING"):
        sorts = [{"propertyName": "closedate", "direction": direction}]
        body = {"limit": 200, "sorts": sorts, "after": "50", "properties": ["closedate"]}
        hits = client.post(SEARCH, body).json()["results"]
        assert hits[-1]["properties"]["closedate"] is None


def test_full_text_looks_through_names_and_domains(client):
    record = client.everyone()[7]
    hits = client.post(SEARCH, {"query": record["properties"]["domain"]}).json()["results"]
    assert record["id"] in [hit["id"] for hit in hits]
