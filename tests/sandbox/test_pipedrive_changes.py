from __future__ import annotations

import pytest

from tests.sandbox.company import Company


@pytest.fixture
def company(serving):
    return Company(serving(deals=400))


OBJECTS = ["deals", "organizations", "persons"]


@pytest.mark.parametrize("name", OBJECTS)
def test_a_change_touches_so_many_and_no_others(company, name):
    before = company.by_id(f"/{name}")
    ids = company.control("/change", {"object": name, "count": 3, "seed": 5})["ids"]
    after = company.by_id(f"/{name}")
    assert [one for one in after if after[one] != before[one]] == ids
    assert all(after[one]["update_time"] > before[one]["update_time"] for one in ids)
    assert len(set(ids)) == 3
    since = after[ids[0]]["update_time"]
    assert company.ids(f"/{name}", updated_since=since) == ids


def test_a_change_moves_a_deal_to_another_stage(company):
    before = company.by_id("/deals")
    (one,) = company.control("/change", {})["ids"]
    assert company.by_id("/deals")[one]["stage_id"] != before[one]["stage_id"]


def test_values_can_be_set_and_custom_ones_next_to_each_other(company):
    deal = company.get("/deals", limit=1).json()["data"][0]
    first, second = list(deal["custom_fields"])[:2]
    values = {"title": "New", "custom_fields": {first: "x"}}
    company.control("/set", {"id": deal["id"], "properties": values})
    after = company.get(f"/deals/{deal['id']}").json()["data"]
    assert (after["title"], after["custom_fields"][first]) == ("New", "x")
    assert after["custom_fields"][second] == deal["custom_fields"][second]


def test_touched_records_share_one_time_and_keep_their_values(company):
    before = company.by_id("/deals")
    touched = company.control("/touch", {"count": 30, "at": "2026-11-05T01:02:03Z"})
    after = company.by_id("/deals")
    same = [one for one in after if after[one]["update_time"] == touched["at"]]
    assert same == touched["ids"]
    assert len(same) == 30
    assert all(after[one] == before[one] | {"update_time": touched["at"]} for one in same)


@pytest.mark.parametrize("name", OBJECTS)
def test_created_records_come_last(company, name):
    ids = company.control("/create", {"object": name, "count": 2})["ids"]
    records = company.every(f"/{name}")
    assert [record["id"] for record in records[-2:]] == ids
    assert records[-1]["name" if name != "deals" else "title"]


def test_persons_can_be_created_where_there_are_no_organizations(serving):
    company = Company(serving(companies=0))
    (one,) = company.control("/create", {"object": "persons"})["ids"]
    assert company.get(f"/persons/{one}").json()["data"]["org_id"] is None


def test_a_record_is_created_with_given_values(company):
    values = {"name": "Acme", "website": "https://acme.com"}
    (one,) = company.control("/create", {"object": "organizations", "properties": values})["ids"]
    made = company.get(f"/organizations/{one}").json()["data"]
    assert (made["name"], made["website"], made["address"]) == ("Acme", "https://acme.com", None)
    assert made["add_time"] == made["update_time"]


def test_archived_deals_move_to_the_archive_and_back(company):
    one = company.ids("/deals")[3]
    company.control("/archive", {"id": one})
    assert one not in company.ids("/deals")
    assert company.ids("/deals", ids=one) == []
    archived = company.by_id("/deals/archived")[one]
    assert (archived["is_archived"], archived["archive_time"]) == (True, archived["update_time"])
    assert company.ids("/deals/archived", updated_since=archived["update_time"]) == [one]
    company.control("/restore", {"id": one})
    back = company.by_id("/deals")[one]
    assert (back["is_archived"], back["archive_time"]) == (False, None)
    assert one not in company.ids("/deals/archived")


def test_deleted_deals_are_found_by_their_status_only(company):
    one = company.ids("/deals")[3]
    company.control("/delete", {"ids": [one]})
    assert one not in company.ids("/deals")
    assert one not in company.ids("/deals", status="open,won,lost")
    deleted = company.by_id("/deals", status="deleted")[one]
    assert deleted["is_deleted"] is True
    since = deleted["update_time"]
    assert company.ids("/deals", status="deleted", updated_since=since) == [one]


def test_deals_deleted_a_month_ago_are_nowhere(company):
    (one,) = company.control("/delete", {"count": 1})["ids"]
    assert one in company.ids("/deals", status="deleted")
    company.control("/restore", {"id": one})
    company.control("/delete", {"id": one, "at": "2026-01-01T00:00:00Z"})
    assert one not in company.ids("/deals", status="deleted")


@pytest.mark.parametrize("name", ["organizations", "persons"])
def test_deleted_contacts_are_in_no_list_and_deals_still_point_to_them(company, name):
    link = "org_id" if name == "organizations" else "person_id"
    deal = next(deal for deal in company.every("/deals") if deal[link])
    gone = deal[link]
    company.control("/delete", {"object": name, "id": gone})
    assert gone not in company.ids(f"/{name}")
    assert company.ids(f"/{name}", ids=gone) == []
    assert company.get(f"/{name}/{gone}").status_code == 404
    assert company.get(f"/deals/{deal['id']}").json()["data"] == deal


def test_a_merge_leaves_the_winner_and_moves_what_belonged_to_the_loser(company):
    loser = next(deal["org_id"] for deal in company.every("/deals") if deal["org_id"])
    winner = next(one for one in company.ids("/organizations") if one != loser)
    mine = company.ids("/deals", org_id=loser)
    before = company.by_id("/organizations")[winner]
    body = {"object": "organizations", "winner": winner, "loser": loser}
    assert company.control("/merge", body) == {"ids": [winner]}
    after = company.by_id("/organizations")
    assert loser not in after
    kept = {name for name, value in before.items() if value is not None} - {"update_time"}
    assert all(after[winner][name] == before[name] for name in kept)
    assert after[winner]["update_time"] > before["update_time"]
    assert set(mine) <= set(company.ids("/deals", org_id=winner))
    assert company.ids("/persons", org_id=loser) == []


def test_the_loser_of_merged_deals_looks_deleted(company):
    winner, loser = company.ids("/deals")[:2]
    company.control("/merge", {"winner": winner, "loser": loser})
    assert loser in company.ids("/deals", status="deleted")
    assert winner in company.ids("/deals")


def test_merged_persons_hand_over_their_deals(company):
    deal = next(deal for deal in company.every("/deals") if deal["person_id"])
    winner = next(one for one in company.ids("/persons") if one != deal["person_id"])
    body = {"object": "persons", "winner": winner, "loser": deal["person_id"]}
    company.control("/merge", body)
    assert company.get(f"/deals/{deal['id']}").json()["data"]["person_id"] == winner


def test_counts_and_records_can_be_looked_at(company):
    counts = company.control("/deals/count")
    assert counts == {"live": 392, "archived": 4, "deleted": 4, "ids": 400}
    record = company.every("/organizations")[5]
    assert company.control(f"/organizations/{record['id']}") == record


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("set", {"id": 999_999, "properties": {}}, "no live or archived record"),
        ("set", {"properties": {"id": 5}}, "None"),
        ("change", {"count": -1}, "whole number"),
        ("change", {"object": "leads"}, "there are organizations"),
        ("change", {"set": "x"}, "must be an object"),
        ("create", {"properties": {"bogus": "x"}}, "'bogus' is not a field"),
        ("create", {"properties": {"update_time": "x"}}, "'update_time' is not a field"),
        ("create", {"properties": {"custom_fields": 1}}, "custom_fields must be"),
        ("touch", {"at": "soon"}, "ISO 8601"),
        ("archive", {"object": "persons", "count": 1}, "only deals"),
        ("delete", {"ids": "1"}, "must be a list"),
        ("merge", {"winner": 3, "loser": 3}, "the same record"),
    ],
)
def test_bad_control_requests_say_what_is_wrong(company, path, body, words):
    answer = company.http.post(f"/_sandbox/pipedrive/{path}", json=body)
    assert answer.status_code == 400
    assert words in answer.json()["message"]


@pytest.mark.parametrize("path", ["nothing", "deals/x", "deals/999999", "leads/count"])
def test_nothing_else_is_under_control(company, path):
    assert company.http.get(f"/_sandbox/pipedrive/{path}").status_code == 404


def test_reset_goes_back_to_the_start(company):
    before = company.by_id("/deals")
    company.control("/change", {"count": 9})
    company.http.post("/_sandbox/reset", json={})
    assert company.by_id("/deals") == before


def test_a_renamed_field_keeps_its_key_and_values(company):
    before = company.by_id("/deals")
    key = company.every("/dealFields")[-1]["field_code"]
    company.control("/rename_field", {"key": key, "name": "Level"})
    assert company.get(f"/dealFields/{key}").json()["data"]["field_name"] == "Level"
    assert company.by_id("/deals") == before


def test_a_deleted_field_takes_its_values_along(company):
    before = company.by_id("/deals")
    key = company.every("/dealFields")[-1]["field_code"]
    company.control("/forget_field", {"key": key})
    assert key not in {field["field_code"] for field in company.every("/dealFields")}
    for deal in company.every("/deals"):
        assert before[deal["id"]]["custom_fields"].keys() - deal["custom_fields"].keys() == {key}
    again = company.http.post("/_sandbox/pipedrive/forget_field", json={"key": key})
    assert again.status_code == 400


def test_a_record_that_changes_meanwhile_comes_again_in_the_order_of_changes(company):
    page = company.get("/deals", sort_by="update_time", limit=300).json()
    moved = page["data"][5]["id"]
    company.control("/set", {"id": moved, "properties": {"title": "Later"}})
    cursor = page["additional_data"]["next_cursor"]
    rest = company.get("/deals", sort_by="update_time", limit=300, cursor=cursor).json()["data"]
    assert (len(rest), rest[-1]["id"]) == (93, moved)
