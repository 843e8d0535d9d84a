from __future__ import annotations

import json

import pytest

from tests.sandbox.conftest import TENANT


def org(domain="acme.com", **properties):
    return {"domain": domain, "properties": properties}


def stored(client):
    return client.control("/akooda/organizations")


FITS = [
    ("modifiedAt", "2022-06-08T12:55:24.602Z"),
    ("closedAt", "2024-02-29T12:55:24+02:00"),
    ("renewedAt", None),
    ("description", "x" * 100_000),
    ("segments", ["x" * 49] * 255),
    ("segments", []),
    ("displayName", "👍" * 24),
    ("owners", {"a.b+c@acme.co.uk": "Account Manager"}),
    ("phone", "720-343-1234"),
    ("websiteUrl", "https://acme.com/a?b=c#d"),
    ("nicknames", ["Acme", "8801334"]),
]


@pytest.mark.parametrize(("name", "value"), FITS)
def test_values_that_fit_are_taken(client, name, value):
    assert client.push(org(**{name: value})).status_code == 204
    expected = {} if value is None else {name: value}
    if name == "owners":
        expected = {"owners": {"a.b+c@acme.co.uk": "ACCOUNT_MANAGER"}}
    assert stored(client)["acme.com"]["properties"] == expected


REFUSED = [
    ("modifiedAt", "2022-06-08"),
    ("modifiedAt", "2022-02-30T12:55:24Z"),
    ("modifiedAt", "2022-06-08T24:00:00Z"),
    ("modifiedAt", "2022-06-08T12:55:24"),
    ("modifiedAt", 1654692924602),
    ("description", "x" * 100_001),
    ("description", 7),
    ("stage", "PROSPECT"),
    ("segments", "Technology"),
    ("segments", ["x"] * 256),
    ("segments", ["x" * 50]),
    ("segments", [None]),
    ("displayName", "x" * 50),
    ("displayName", "👍" * 25),
    ("owners", {"not an email": "ACCOUNT MANAGER"}),
    ("owners", {"a@localhost": "ACCOUNT MANAGER"}),
    ("owners", {"a@acme.com": "Account Owner"}),
    ("owners", {f"a{n}@acme.com": "ACCOUNT MANAGER" for n in range(256)}),
    ("owners", ["a@acme.com"]),
    ("objectId", 8801334),
    ("objectId", "8" * 50),
    ("objectType", "CONTACT"),
    ("objectSource", "ZOHO"),
    ("risk", "LARGE"),
    ("size", "LOW"),
    ("websiteUrl", "acme.com"),
    ("linkedinUrl", "javascript:alert(1)"),
    ("objectUrl", "https://acme.com/a b"),
    ("phone", "7" * 50),
    ("bogus", "x"),
    ("bogus", None),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_values_that_do_not_fit_are_refused_and_named(client, name, value):
    answer = client.push(org(**{name: value}))
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["index"], error["field"]) == (0, f"properties.{name}")
    assert error["message"]
    assert stored(client) == {}


@pytest.mark.parametrize(
    "entity",
    [
        {"properties": {}},
        {"domain": None},
        {"domain": "localhost"},
        {"domain": "https://acme.com"},
        {"domain": "192.168.0.1"},
        {"domain": "münchen.de"},
        {"domain": "acme..com"},
        {"domain": "acme.com", "isEnabled": "true"},
        {"domain": "acme.com", "displayName": "x"},
        {"domain": "acme.com", "properties": []},
        "acme.com",
    ],
    ids=repr,
)
def test_entities_that_are_none_are_refused(client, entity):
    assert client.push(entity).status_code == 400


@pytest.mark.parametrize("stage", ["closed won", "Closed_Won", "CLOSED WON"])
def test_enums_are_stored_in_upper_case_with_underscores(client, stage):
    client.push(org(stage=stage))
    assert stored(client)["acme.com"]["properties"] == {"stage": "CLOSED_WON"}


def test_a_domain_twice_in_a_request_is_refused_the_second_time(client):
    assert client.push(org(phone="1"), org("ACME.com", phone="2")).status_code == 204
    assert stored(client)["acme.com"]["properties"] == {"phone": "1"}


def test_absent_attributes_stay_and_nulls_clear(client):
    client.push(org(phone="1", location="Rome", segments=["A"]))
    client.push(org(phone=None, segments=["B"]))
    assert stored(client)["acme.com"]["properties"] == {"location": "Rome", "segments": ["B"]}


def test_nulls_can_be_ignored(serving):
    client = serving(akooda_nulls="ignore")
    client.push(org(phone="1"))
    client.push(org(phone=None))
    assert stored(client)["acme.com"]["properties"] == {"phone": "1"}


def test_enabled_is_the_default_and_stays_as_it_was_set(client):
    client.push(org(), {"domain": "off.com", "isEnabled": False})
    client.push(org("off.com", phone="1"))
    assert stored(client)["acme.com"]["isEnabled"] is True
    assert stored(client)["off.com"]["isEnabled"] is False


def test_put_updates_and_passes_unknown_domains_over(client):
    client.push(org(phone="1"))
    assert client.push(org(phone="2"), org("new.com"), method="PUT").status_code == 204
    assert {key: value["properties"] for key, value in stored(client).items()} == {
        "acme.com": {"phone": "2"}
    }


@pytest.mark.parametrize(
    ("mode", "status", "kept"),
    [("lenient", 204, ["acme.com"]), ("any_fails", 400, []), ("silent", 204, ["acme.com"])],
)
def test_modes_differ_in_what_a_mixed_batch_gives(serving, mode, status, kept):
    client = serving(akooda_mode=mode)
    assert client.push(org(), org("bad.com", stage="X")).status_code == status
    assert list(stored(client)) == kept


@pytest.mark.parametrize(("mode", "status"), [("lenient", 400), ("silent", 204)])
def test_modes_differ_in_what_an_all_bad_batch_gives(serving, mode, status):
    assert serving(akooda_mode=mode).push(org(stage="X")).status_code == status


def test_details_can_be_withheld(serving):
    assert "errors" not in serving(akooda_details=False).push(org(stage="X")).json()


def test_code_points_can_be_what_is_counted(serving):
    client = serving(akooda_chars="code_points")
    assert client.push(org(displayName="👍" * 49)).status_code == 204
    assert client.push(org(displayName="👍" * 50)).status_code == 400


def test_a_thousand_entities_are_the_most(client):
    assert client.push(*(org(f"a{n}.com") for n in range(1000))).status_code == 204
    assert client.push(*(org(f"a{n}.com") for n in range(1001))).status_code == 400


@pytest.mark.parametrize(("more", "status"), [(0, 204), (1, 413)])
def test_a_million_bytes_are_the_most(client, more, status):
    orgs = [org(f"a{n}.com", description="x" * 90_000) for n in range(11)]
    size = len(json.dumps(orgs).encode())
    orgs.append(org("b.com", description=""))
    missing = 1_000_000 - len(json.dumps(orgs).encode())
    assert 0 < missing < 100_000 < size
    orgs[-1]["properties"]["description"] = "x" * (missing + more)
    answer = post(client, json.dumps(orgs).encode(), TENANT)
    assert answer.status_code == status


def post(client, body, headers):
    return client.http.post("/akooda/organizations", content=body, headers=headers)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"content-type": "application/json; charset=utf-8"}, 415),
        ({"content-type": "text/plain"}, 415),
        ({"content-encoding": "gzip"}, 415),
        ({"x-akooda-tenant-id": ""}, 401),
        ({"x-akooda-authorization": ""}, 401),
    ],
)
def test_headers_are_checked(client, changed, status):
    assert post(client, b"[]", {**TENANT, **changed}).status_code == status


def test_unknown_tenants_are_404_and_wrong_keys_403(serving):
    client = serving(tenant_id="tenant", api_key="right")
    assert client.push(org()).status_code == 403
    unknown = {**TENANT, "x-akooda-tenant-id": "other"}
    assert post(client, b"[]", unknown).status_code == 404
    right = {**TENANT, "x-akooda-authorization": "right"}
    assert post(client, b"[]", right).status_code == 204


@pytest.mark.parametrize("body", [b"{}", b"[NaN]", b"[", b"\xff", b'["\\ud83d"]', b""])
def test_bodies_that_are_no_strict_json_array_are_400(client, body):
    assert post(client, body, TENANT).status_code == 400


def test_other_methods_and_paths_are_refused(client):
    assert client.http.get("/akooda/organizations", headers=TENANT).status_code == 405
    assert client.http.post("/akooda/people", headers=TENANT).status_code == 404


def test_its_rate_limit_answers_429(serving):
    client = serving(akooda_rate_limit="1/60s")
    assert [client.push(org()).status_code for _ in range(2)] == [204, 429]


def test_digest_tells_contents_and_not_the_way_there(client):
    client.push(org(phone="1", segments=["A"]), org("b.com"))
    one = client.control("/akooda/digest")["digest"]
    client.push(org(phone="2", location="Rome"))
    assert client.control("/akooda/digest")["digest"] != one
    client.push(org("b.com", stage=None), org(location=None, phone="1"))
    assert client.control("/akooda/digest")["digest"] == one


def test_digest_counts_empty_lists_as_absent(client):
    client.push(org(phone="1"))
    one = client.control("/akooda/digest")["digest"]
    client.push(org(segments=[], owners={}))
    assert client.control("/akooda/digest")["digest"] == one


def test_one_organization_can_be_looked_at(client):
    client.push(org(phone="1"))
    assert client.control("/akooda/organizations/acme.com")["properties"] == {"phone": "1"}
    assert client.http.get("/_sandbox/akooda/organizations/b.com").status_code == 404


def test_organizations_alone_can_be_forgotten(client):
    client.push({"domain": "acme.com"})
    client.http.post("/_sandbox/akooda/reset", json={})

    assert client.control("/akooda/organizations") == {}
