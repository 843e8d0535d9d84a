from __future__ import annotations

import pytest

COMPANIES = "/crm/objects/2026-09/companies"


def test_missing_token_is_401_with_the_category(client):
    answer = client.http.get(f"/hubspot{COMPANIES}", headers={"authorization": ""})
    assert answer.status_code == 401
    assert answer.json()["category"] == "INVALID_AUTHENTICATION"


def test_only_the_configured_token_is_accepted(serving):
    client = serving(access_token="pat-right")
    assert client.get(COMPANIES).status_code == 401
    headers = {"authorization": "Bearer pat-right"}
    assert client.http.get(f"/hubspot{COMPANIES}", headers=headers).status_code == 200


def test_missing_scopes_are_named(serving):
    client = serving(missing_scopes=("crm.objects.owners.read",))
    assert client.get(COMPANIES).status_code == 200
    body = client.get("/crm/owners/2026-09").json()
    assert body["category"] == "MISSING_SCOPES"
    assert body["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.owners.read"]
    assert body["links"]["scopes"]


def test_wrong_paths_and_methods_are_html(client):
    for answer in (client.get("/crm/objects/2025-09/companies"), client.post(COMPANIES, {})):
        assert answer.status_code in (404, 405)
        assert answer.headers["content-type"].startswith("text/html")


def test_other_objects_are_said_to_be_missing(client):
    assert client.get("/crm/objects/2026-09/contacts").status_code == 501


@pytest.mark.parametrize("path", ["/crm/owners/2026-09", "/crm/v3/owners/", "/crm/v3/owners"])
def test_archived_owners_show_only_when_asked(client, path):
    live = client.get(path).json()["results"]
    gone = client.get(path, archived="true").json()["results"]
    assert (len(live), len(gone)) == (12, 3)
    assert [owner["type"] for owner in live].count("QUEUE") == 1
    assert all(owner["archived"] and owner["userId"] is None for owner in gone)


def test_owners_are_paged(client):
    ids, after = [], "0"
    while after:
        page = client.get("/crm/owners/2026-09", limit=5, after=after).json()
        ids += [owner["id"] for owner in page["results"]]
        after = page.get("paging", {}).get("next", {}).get("after", "")
    assert len(ids) == len(set(ids)) == 12
    assert client.get("/crm/owners/2026-09", limit=501).status_code == 400
    assert client.get(f"/crm/owners/2026-09/{ids[0]}").json()["id"] == ids[0]


def test_properties_say_their_types(client):
    listed = client.get("/crm/properties/2026-09/companies").json()["results"]
    by_name = {prop["name"]: prop for prop in listed}
    assert by_name["csm_owner"]["referencedObjectType"] == "OWNER"
    assert by_name["csm_owner"]["hubspotDefined"] is False
    assert by_name["hs_lastmodifieddate"]["type"] == "datetime"
    assert client.get("/crm/properties/v3/companies").status_code == 404
    assert client.get("/crm/v3/properties/companies/name").json() == by_name["name"]


def test_a_deleted_property_is_ignored_by_lists_and_refused_by_searches(client):
    client.control("/hubspot/forget_property", {"name": "account_tier"})
    page = client.get(COMPANIES, properties="account_tier", limit=1).json()
    assert "account_tier" not in page["results"][0]["properties"]
    assert client.post(f"{COMPANIES}/search", {"sorts": ["account_tier"]}).status_code == 400


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_account_details_and_usage(client, version):
    assert client.get(f"/account-info/{version}/details").json()["portalId"] == 24680135
    client.get(COMPANIES)
    path = f"/account-info/{version}/api-usage/daily/private-apps"
    assert client.get(path).json()["results"][0]["currentUsage"] == 3


def test_deal_pipeline_has_its_stages(client):
    pipeline = client.get("/crm/pipelines/2026-09/deals").json()["results"][0]
    assert [stage["metadata"]["probability"] for stage in pipeline["stages"]][-2:] == ["1.0", "0.0"]


def test_rate_headers_are_generous_without_a_limit(client):
    headers = client.get(COMPANIES).headers
    assert headers["x-hubspot-ratelimit-max"] == "100000"
    assert headers["x-hubspot-ratelimit-interval-milliseconds"] == "10000"


def test_searches_carry_no_rate_headers(client):
    headers = client.post(f"{COMPANIES}/search", {}).headers
    assert not [name for name in headers if "ratelimit" in name]


def test_the_window_refuses_one_too_many_and_searches_count_apart(serving):
    client = serving(rate_limit="3/60s", search_rate="1/60s")
    answers = [client.get(COMPANIES) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["x-hubspot-ratelimit-remaining"] == "2"
    assert answers[3].json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert client.post(f"{COMPANIES}/search", {}).status_code == 200
    assert client.post(f"{COMPANIES}/search", {}).json()["policyName"] == "SECONDLY"


def test_the_daily_limit_names_itself(serving):
    client = serving(daily_limit=1)
    assert client.get(COMPANIES).headers["x-hubspot-ratelimit-daily-remaining"] == "0"
    assert client.get(COMPANIES).json()["policyName"] == "DAILY"


def test_a_token_is_told_what_it_may(serving):
    path = "/oauth/v2/private-apps/get/access-token-info"
    client = serving(
        access_token="pat-1",
        extra_scopes="crm.lists.read",
        missing_scopes=("crm.objects.deals.read",),
    )
    headers = {"authorization": "Bearer pat-1"}
    told = client.http.post(f"/hubspot{path}", headers=headers, json={"tokenKey": "pat-1"})
    assert told.json()["scopes"] == [
        "crm.objects.companies.read", "crm.objects.owners.read", "crm.lists.read",
    ]  # fmt: skip
    for other in ({"tokenKey": "pat-2"}, {}):
        assert client.http.post(f"/hubspot{path}", headers=headers, json=other).status_code == 400
