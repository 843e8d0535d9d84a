from __future__ import annotations

import pytest

DEALS = "/crm/objects/2026-09/deals"
BY_ID = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]


def one(name, operator, **more):
    return {"filterGroups": [{"filters": [{"propertyName": name, "operator": operator, **more}]}]}


@pytest.mark.parametrize(
    "path",
    [DEALS, "/crm/objects/2026-03/deals", "/crm/v3/objects/deals", "/crm/objects/2026-09/0-3"],
)
def test_every_path_template_answers(dealing, path):
    assert len(dealing.get(path, limit=3).json()["results"]) == 3


def test_pages_cover_every_deal_once_in_the_order_of_numeric_ids(dealing):
    ids = [int(record["id"]) for record in dealing.everyone(DEALS)]
    assert len(ids) == 400
    assert ids == sorted(set(ids))


def test_nothing_asked_gives_the_default_properties(dealing):
    properties = dealing.get(DEALS, limit=1).json()["results"][0]["properties"]
    assert set(properties) == {
        "amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate",
        "hs_object_id", "pipeline",
    }  # fmt: skip


def test_every_value_is_text_or_null(dealing):
    listed = dealing.get("/crm/properties/2026-09/deals").json()["results"]
    names = ",".join(prop["name"] for prop in listed)
    records = dealing.everyone(DEALS, properties=names)
    values = [value for record in records for value in record["properties"].values()]
    assert {type(value) for value in values} == {str, type(None)}
    assert len(records[0]["properties"]) == len(listed)


@pytest.mark.parametrize(
    "parameters",
    [{"limit": 101}, {"limit": 51, "propertiesWithHistory": "dealstage"}, {"after": "x"}],
    ids=["limit above 100", "limit above 50 with history", "after that is no id"],
)
def test_limits_are_those_of_companies(dealing, parameters):
    assert dealing.get(DEALS, **parameters).status_code == 400


def test_batch_read_reads_live_ones_or_archived_ones(dealing):
    kept, gone = (record["id"] for record in dealing.everyone(DEALS)[:2])
    dealing.control("/hubspot/deals/archive", {"id": gone})
    body = {"inputs": [{"id": kept}, {"id": gone}], "properties": ["dealname"]}
    live = dealing.post(f"{DEALS}/batch/read", body).json()
    archived = dealing.post(f"{DEALS}/batch/read?archived=true", body).json()
    assert [record["id"] for record in live["results"]] == [kept]
    assert [record["id"] for record in archived["results"]] == [gone]
    assert "DEAL" in live["errors"][0]["message"]


def test_searches_find_deals_by_their_properties(dealing):
    body = {**one("hs_is_closed_won", "EQ", value="true"), "limit": 200, "sorts": BY_ID}
    page = dealing.post(f"{DEALS}/search", {**body, "properties": ["hs_is_closed_won"]}).json()
    records = dealing.everyone(DEALS, properties="hs_is_closed_won")
    won = [r["id"] for r in records if r["properties"]["hs_is_closed_won"] == "true"]
    assert [record["id"] for record in page["results"]] == won
    assert page["total"] == len(won) > 10


def test_searches_compare_amounts_as_numbers(dealing):
    body = {**one("amount", "GTE", value="100000"), "limit": 200, "properties": ["amount"]}
    found = dealing.post(f"{DEALS}/search", body).json()["results"]
    assert found
    assert all(float(record["properties"]["amount"]) >= 100_000 for record in found)


def test_searches_see_a_change_after_the_lag_and_lists_at_once(serving):
    client = serving(deals=20, search_lag_s=60.0)
    (changed,) = client.control("/hubspot/deals/change", {"set": {"dealtype": "x"}})["ids"]
    found = client.post(f"{DEALS}/search", one("dealtype", "EQ", value="x")).json()
    assert found["total"] == 0
    listed = client.get(f"{DEALS}/{changed}", properties="dealtype").json()
    assert listed["properties"]["dealtype"] == "x"


def test_12000_deals_of_one_modification_time_are_searched_by_id(serving):
    client = serving(deals=12_000, nasty=0.0)
    given = {"count": 12_000, "at": "2026-11-20T08:00:00Z"}
    assert len(client.control("/hubspot/deals/touch", given)["ids"]) == 12_000
    body = {**one("hs_lastmodifieddate", "EQ", value="2026-11-20T08:00:00Z"), "sorts": BY_ID}
    assert client.post(f"{DEALS}/search", body).json()["total"] == 12_000
    beyond = client.post(f"{DEALS}/search", {**body, "limit": 200, "after": "9900"})
    assert beyond.status_code == 400


def test_properties_say_their_types_and_the_stages_of_all_pipelines(dealing):
    listed = dealing.get("/crm/properties/2026-09/deals").json()["results"]
    by_name = {prop["name"]: prop for prop in listed}
    assert by_name["sales_engineer"]["referencedObjectType"] == "OWNER"
    assert by_name["closedate"]["type"] == "datetime"
    assert by_name["competitors"]["fieldType"] == "checkbox"
    assert by_name["amount"]["groupName"] == "dealinformation"
    stages = {option["value"]: option["label"] for option in by_name["dealstage"]["options"]}
    assert stages["98215774"] == "Renewed (Renewals & upsell)"


def stages_of(client, number):
    pipeline = client.get("/crm/pipelines/2026-09/deals").json()["results"][number]
    return {stage["id"]: stage for stage in pipeline["stages"]}


def test_stages_of_one_id_mean_other_things_in_another_pipeline(dealing):
    standard, relabelled = stages_of(dealing, 0), stages_of(dealing, 2)
    assert standard["contractsent"]["metadata"] == {"isClosed": "false", "probability": "0.9"}
    assert standard["closedwon"]["metadata"] == {"isClosed": "true", "probability": "1.0"}
    assert relabelled["contractsent"]["metadata"] == {"isClosed": "true", "probability": "1.0"}
    assert relabelled["closedwon"]["metadata"] == {"isClosed": "true", "probability": "0.0"}


def test_an_archived_stage_is_still_told_of_and_pointed_to(serving):
    client = serving(deals=3000)
    custom = stages_of(client, 1)
    (archived,) = (stage for stage in custom.values() if stage["archived"])
    assert archived["archivedAt"]
    assert all(stage.isdecimal() for stage in custom)
    records = client.everyone(DEALS, properties="dealstage")
    assert any(record["properties"]["dealstage"] == archived["id"] for record in records)


def test_companies_have_no_pipelines(dealing):
    assert dealing.get("/crm/v3/pipelines/companies").json() == {"results": []}


@pytest.mark.parametrize(
    ("lacked", "path", "named"),
    [
        (("crm.objects.deals.read",), DEALS, ["crm.objects.deals.read"]),
        (("crm.objects.deals.read",), "/crm/objects/2026-09/companies", None),
        (("crm.objects.deals.read",), "/crm/pipelines/2026-09/deals", None),
        (("crm.schemas.deals.read",), "/crm/properties/2026-09/deals", None),
        (("crm.objects.deals.read", "crm.schemas.deals.read"), "/crm/pipelines/2026-09/deals",
         ["crm.objects.deals.read"]),
    ],
    ids=["deals", "companies", "pipelines by schema", "properties by object", "pipelines"],
)  # fmt: skip
def test_scopes_are_those_of_the_object(serving, lacked, path, named):
    answer = serving(deals=400, missing_scopes=lacked).get(path)
    assert answer.status_code == (403 if named else 200)
    if named:
        assert answer.json()["category"] == "MISSING_SCOPES"
        assert answer.json()["errors"][0]["context"]["requiredGranularScopes"] == named
