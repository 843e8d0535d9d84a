from __future__ import annotations

from datetime import UTC, datetime

import pytest

DEALS = "/crm/objects/2026-09/deals"
SEEN = (
    "dealname,dealstage,pipeline,amount,closedate,description,hs_is_closed,hs_is_closed_won,"
    "hs_deal_stage_probability,hs_merged_object_ids,hs_lastmodifieddate"
)


def by_id(client, **parameters):
    return {r["id"]: r for r in client.everyone(DEALS, properties=SEEN, **parameters)}


def at_stage(client, pipeline, stage):
    found = (r for r in by_id(client).values() if r["properties"]["pipeline"] == pipeline)
    return next(r["id"] for r in found if r["properties"]["dealstage"] == stage)


def companies_of(client, deal):
    path = "/crm/associations/2026-09/deals/companies/batch/read"
    results = client.post(path, {"inputs": [{"id": deal}]}).json()["results"]
    return {
        str(to["toObjectId"]): 5 in [kind["typeId"] for kind in to["associationTypes"]]
        for result in results
        for to in result["to"]
    }


def history(client, deal):
    path = f"{DEALS}/batch/read"
    body = {"inputs": [{"id": deal}], "propertiesWithHistory": ["dealstage"]}
    (record,) = client.post(path, body).json()["results"]
    return record["propertiesWithHistory"]["dealstage"]


def test_a_change_touches_so_many_and_no_others(dealing):
    before, companies = by_id(dealing), dealing.everyone()
    ids = dealing.control("/hubspot/deals/change", {"count": 3, "seed": 5})["ids"]
    after = by_id(dealing)
    assert sorted(one for one in after if after[one] != before[one]) == sorted(ids)
    assert len(set(ids)) == 3
    assert dealing.everyone() == companies


def test_set_gives_values_and_what_follows_from_them(dealing):
    deal = at_stage(dealing, "default", "qualifiedtobuy")
    given = {"id": deal, "properties": {"dealstage": "closedlost", "amount": None}}
    dealing.control("/hubspot/deals/set", given)
    properties = dealing.get(f"{DEALS}/{deal}", properties=SEEN).json()["properties"]
    assert (properties["hs_is_closed"], properties["hs_is_closed_won"]) == ("true", "false")
    assert (properties["hs_deal_stage_probability"], properties["amount"]) == ("0", None)


def test_a_deal_is_moved_within_its_own_pipeline_first(dealing):
    for pipeline, won in (("default", "false"), ("61530942", "true")):
        deal = at_stage(dealing, pipeline, "qualifiedtobuy")
        dealing.control("/hubspot/move_stage", {"id": deal, "stage": "contractsent"})
        properties = dealing.get(f"{DEALS}/{deal}", properties=SEEN).json()["properties"]
        assert (properties["pipeline"], properties["hs_is_closed_won"]) == (pipeline, won)


def test_a_deal_that_is_closed_gets_now_as_its_close_date(dealing):
    deal = at_stage(dealing, "default", "qualifiedtobuy")
    before = datetime.now(UTC).isoformat()[:19]
    dealing.control("/hubspot/deals/move_stage", {"id": deal, "stage": "98215774"})
    record = dealing.get(f"{DEALS}/{deal}", properties=SEEN).json()
    assert record["properties"]["pipeline"] == "48215770"
    assert before <= record["properties"]["closedate"]
    assert before <= record["updatedAt"]


def test_moves_are_added_to_the_history(dealing):
    deal = at_stage(dealing, "default", "appointmentscheduled")
    before = history(dealing, deal)
    assert before[0]["value"] == "appointmentscheduled"
    for stage in ("qualifiedtobuy", "closedwon"):
        dealing.control("/hubspot/deals/move_stage", {"id": deal, "stage": stage})
    dealing.control("/hubspot/deals/set", {"id": deal, "properties": {"amount": "7"}})
    after = history(dealing, deal)
    assert [entry["value"] for entry in after[:2]] == ["closedwon", "qualifiedtobuy"]
    assert after[2:] == before
    assert after[0]["timestamp"] >= after[1]["timestamp"] > before[0]["timestamp"]


def test_histories_begin_with_the_value_newest_first(dealing):
    page = dealing.get(DEALS, limit=50, propertiesWithHistory="dealstage").json()
    for record in page["results"]:
        entries = record["propertiesWithHistory"]["dealstage"]
        assert 1 <= len(entries) <= 6
        assert entries[0]["value"] == record["properties"]["dealstage"]
        times = [entry["timestamp"] for entry in entries]
        assert times == sorted(times, reverse=True)
        assert record["createdAt"] <= times[-1]
        assert times[0] <= record["updatedAt"]
        assert all(entry["sourceType"] for entry in entries)


def test_histories_are_batch_read_for_at_most_fifty(dealing):
    inputs = [{"id": record["id"]} for record in dealing.everyone(DEALS)[:51]]
    for count, status in ((50, 200), (51, 400)):
        body = {"inputs": inputs[:count], "propertiesWithHistory": ["dealstage"]}
        assert dealing.post(f"{DEALS}/batch/read", body).status_code == status


def test_archived_deals_move_to_the_archive_and_back(dealing):
    (one,) = dealing.control("/hubspot/deals/archive", {"count": 1})["ids"]
    assert list(by_id(dealing, archived="true")) == [one]
    assert dealing.control("/hubspot/deals/count") == {"live": 399, "archived": 1, "ids": 400}
    dealing.control("/hubspot/deals/restore", {"id": one})
    assert one in by_id(dealing)


def test_a_merged_deal_has_the_companies_of_both_and_the_winners_primary(dealing):
    winner, loser = list(by_id(dealing))[:2]
    a, b, c = (record["id"] for record in dealing.everyone()[:3])
    for deal, companies in ((winner, [a, b]), (loser, [c, b])):
        dealing.control("/hubspot/associate", {"id": deal, "companies": companies})
    stages = history(dealing, winner)
    (new,) = dealing.control("/hubspot/deals/merge", {"winner": winner, "loser": loser})["ids"]
    assert companies_of(dealing, new) == {a: True, b: False, c: False}
    assert companies_of(dealing, winner) == companies_of(dealing, loser) == {}
    assert history(dealing, new) == stages
    merged = dealing.get(f"{DEALS}/{loser}", properties=SEEN).json()
    assert (merged["id"], merged["properties"]["hs_merged_object_ids"]) == (
        new,
        f"{winner};{loser}",
    )


def test_merging_companies_moves_their_deals_without_touching_them(dealing):
    deals = list(by_id(dealing))[:3]
    a, b, c = (record["id"] for record in dealing.everyone()[:3])
    for deal, companies in zip(deals, ([a], [c, b], [a, b]), strict=True):
        dealing.control("/hubspot/associate", {"id": deal, "companies": companies})
    before = by_id(dealing)
    (new,) = dealing.control("/hubspot/merge", {"winner": a, "loser": b})["ids"]
    found = [companies_of(dealing, deal) for deal in deals]
    assert found == [{new: True}, {c: True, new: False}, {new: True}]
    assert by_id(dealing) == before


def test_other_companies_leave_the_modification_time_alone(dealing):
    deal = next(iter(before := by_id(dealing)))
    a, b = (record["id"] for record in dealing.everyone()[:2])
    given = {"from": "deals", "to": "companies", "id": deal, "companies": [a, b], "primary": b}
    dealing.control("/hubspot/deals/associate", given)
    assert companies_of(dealing, deal) == {a: False, b: True}
    assert by_id(dealing) == before


def test_created_deals_belong_to_companies(dealing):
    (company,) = dealing.control("/hubspot/create", {"count": 1})["ids"]
    given = {"properties": {"dealname": "X", "pipeline": "default", "dealstage": "closedwon"}}
    (one,) = dealing.control("/hubspot/deals/create", {**given, "companies": [company]})["ids"]
    made = dealing.control("/hubspot/deals/create", {"count": 20})["ids"]
    assert companies_of(dealing, one) == {company: True}
    assert by_id(dealing)[one]["properties"]["hs_is_closed_won"] == "true"
    assert sum(bool(companies_of(dealing, each)) for each in made) > 15
    assert dealing.control(f"/hubspot/deals/{one}")["dealname"] == "X"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("deals/set", {"id": "1", "properties": {}}),
        ("deals/create", {"properties": {"city": "not a deal's"}}),
        ("move_stage", {"id": "1", "stage": "closedwon"}),
        ("associate", {"id": "1", "companies": []}),
        ("associate", {"from": "companies", "to": "deals"}),
        ("deals/merge", {"winner": "1", "loser": "1"}),
    ],
)
def test_bad_control_requests_say_what_is_wrong(dealing, path, body):
    answer = dealing.http.post(f"/_sandbox/hubspot/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_stages_and_companies_that_are_none_are_refused(dealing):
    deal = next(iter(by_id(dealing)))
    (company,) = (record["id"] for record in dealing.everyone()[:1])
    bad = (
        ("move_stage", {"id": deal, "stage": "nowhere"}, "98215771"),
        ("move_stage", {"id": deal, "stage": "closedlost", "pipeline": "48215770"}, "closedlost"),
        ("associate", {"id": deal, "companies": ["1"]}, "company"),
        ("associate", {"id": deal, "companies": [company], "primary": "1"}, "primary"),
    )
    for path, body, told in bad:
        answer = dealing.http.post(f"/_sandbox/hubspot/{path}", json=body)
        assert answer.status_code == 400
        assert told in answer.json()["message"]


def test_there_is_nothing_beside_companies_and_deals(dealing):
    for path in ("deals/nothing", "contacts/count", "companies/move_stage"):
        assert dealing.http.post(f"/_sandbox/hubspot/{path}", json={}).status_code == 404


def test_warming_renders_every_live_deal(dealing):
    assert dealing.control("/hubspot/deals/warm", {"properties": ["amount"]}) == {"count": 400}


def test_reset_goes_back_to_the_start(dealing):
    before = by_id(dealing)
    dealing.control("/hubspot/deals/change", {"count": 9})
    dealing.control("/reset", {})
    assert by_id(dealing) == before
