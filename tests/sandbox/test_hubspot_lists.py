from __future__ import annotations

import pytest

COMPANIES = "/crm/objects/2026-09/companies"


@pytest.mark.parametrize(
    "path",
    [COMPANIES, "/crm/objects/2026-03/companies", "/crm/v3/objects/companies",
     "/crm/objects/2026-09/0-2"],
)  # fmt: skip
def test_every_path_template_answers(client, path):
    assert len(client.get(path, limit=3).json()["results"]) == 3


def test_pages_cover_every_company_once_in_the_order_of_numeric_ids(client):
    ids = [int(record["id"]) for record in client.everyone()]
    assert len(ids) == 250
    assert ids == sorted(set(ids))


def test_ids_pass_from_ten_digits_to_eleven(serving):
    ids = [record["id"] for record in serving(companies=700).everyone()]
    assert {len(one) for one in ids} == {10, 11}


def test_after_is_the_id_that_the_next_page_starts_with(client):
    first = client.get(COMPANIES, limit=2).json()
    after = first["paging"]["next"]["after"]
    assert client.get(COMPANIES, limit=1, after=after).json()["results"][0]["id"] == after


def test_last_page_has_no_paging(client):
    assert "paging" not in client.get(COMPANIES, limit=100, after=10**12).json()


def test_nothing_asked_gives_the_default_properties(client):
    properties = client.get(COMPANIES, limit=1).json()["results"][0]["properties"]
    assert set(properties) == {
        "name", "domain", "createdate", "hs_lastmodifieddate", "hs_object_id",
    }  # fmt: skip


@pytest.mark.parametrize(
    "query", ["properties=city,phone,bogus", "properties=city&properties=phone&properties=bogus"]
)
def test_properties_are_joined_or_repeated_and_unknown_ones_ignored(client, query):
    properties = client.get(f"{COMPANIES}?{query}").json()["results"][0]["properties"]
    assert set(properties) == {
        "city", "phone", "createdate", "hs_lastmodifieddate", "hs_object_id",
    }  # fmt: skip


def test_every_value_is_text_or_null(client):
    listed = client.get("/crm/properties/2026-09/companies").json()["results"]
    names = ",".join(prop["name"] for prop in listed)
    values = [v for r in client.everyone(properties=names) for v in r["properties"].values()]
    assert {type(value) for value in values} == {str, type(None)}


def test_empties_can_be_absent(serving):
    client = serving(empties="absent")
    records = client.everyone(properties="closedate")
    assert any("closedate" not in record["properties"] for record in records)
    assert all(value is not None for record in records for value in record["properties"].values())


def test_envelope_repeats_the_times(client):
    record = client.get(COMPANIES, limit=1).json()["results"][0]
    assert record["updatedAt"] == record["properties"]["hs_lastmodifieddate"]
    assert record["createdAt"] == record["properties"]["createdate"]
    assert record["archived"] is False


@pytest.mark.parametrize(
    ("parameters", "ids"),
    [
        ({"limit": 101}, "limit above 100"),
        ({"limit": 0}, "limit of nothing"),
        ({"limit": "ten"}, "limit in words"),
        ({"limit": 51, "propertiesWithHistory": "name"}, "limit above 50 with history"),
        ({"after": "abc"}, "after that is no id"),
        ({"archived": "maybe"}, "archived that is no boolean"),
    ],
)
def test_bad_parameters_are_400_with_the_vendors_body(client, parameters, ids):
    answer = client.get(COMPANIES, **parameters)
    assert answer.status_code == 400, ids
    body = answer.json()
    assert body["status"] == "error"
    assert body["category"] == "VALIDATION_ERROR"
    assert body["correlationId"]


def test_history_comes_with_at_most_fifty_records(client):
    page = client.get(COMPANIES, limit=50, propertiesWithHistory="name").json()
    assert page["results"][0]["propertiesWithHistory"]["name"][0]["value"]


def test_get_answers_one_and_404_for_none(client):
    record = client.get(COMPANIES, limit=1).json()["results"][0]
    assert client.get(f"{COMPANIES}/{record['id']}").json() == record
    missing = client.get(f"{COMPANIES}/1")
    assert (missing.status_code, missing.json()["category"]) == (404, "OBJECT_NOT_FOUND")


@pytest.mark.parametrize(("version", "status"), [("objects/2026-09", 200), ("v3/objects", 207)])
def test_batch_read_names_what_is_missing(client, version, status):
    ids = [record["id"] for record in client.everyone()[:3]]
    body = {"inputs": [{"id": one} for one in [*ids, "77"]], "properties": ["city"]}
    answer = client.post(f"/crm/{version}/companies/batch/read", body)
    assert answer.status_code == status
    assert sorted(record["id"] for record in answer.json()["results"]) == ids
    assert [record["id"] for record in answer.json()["results"]] != ids
    assert answer.json()["errors"][0]["context"]["ids"] == ["77"]


def test_batch_read_of_all_that_exist_has_no_errors(client):
    ids = [{"id": record["id"]} for record in client.everyone()[:100]]
    answer = client.post(f"{COMPANIES}/batch/read", {"inputs": ids})
    assert answer.status_code == 200
    assert len(answer.json()["results"]) == 100
    assert "errors" not in answer.json()


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": [{"id": str(n)} for n in range(101)]},
        {"inputs": [{"id": str(n)} for n in range(51)], "propertiesWithHistory": ["name"]},
        {"inputs": "1"},
        {"inputs": [{}]},
        {"inputs": [], "properties": "name"},
    ],
    ids=["101", "51 with history", "no list", "no id", "properties no list"],
)
def test_bad_batches_are_refused(client, body):
    assert client.post(f"{COMPANIES}/batch/read", body).status_code == 400


def test_body_that_is_not_json_is_refused(client):
    headers = {"content-type": "application/json"}
    answer = client.http.post(f"/hubspot{COMPANIES}/search", content=b"{", headers=headers)
    assert answer.status_code == 400


def test_long_urls_are_answered_by_the_edge_in_html(client):
    answer = client.get(COMPANIES, properties="x" * 8200)
    assert answer.status_code == 414
    assert answer.headers["content-type"].startswith("text/html")


def test_answers_are_gzip_when_asked(client):
    answer = client.get(COMPANIES, limit=100)
    assert answer.headers["content-encoding"] == "gzip"
    plain = client.http.get(f"/hubspot{COMPANIES}?limit=100", headers={"accept-encoding": ""})
    assert "content-encoding" not in plain.headers
    assert plain.json() == answer.json()
