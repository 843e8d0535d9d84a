from __future__ import annotations

COMPANIES = "/crm/objects/2026-09/companies"
SEEN = "name,city,phone,hs_merged_object_ids,hs_lastmodifieddate,website"


def by_id(client, **parameters):
    return {record["id"]: record for record in client.everyone(properties=SEEN, **parameters)}


def test_a_change_touches_so_many_and_no_others(client):
    before = by_id(client)
    ids = client.control("/hubspot/change", {"count": 3, "seed": 5})["ids"]
    after = by_id(client)
    assert sorted(one for one in after if after[one] != before[one]) == sorted(ids)
    assert len(set(ids)) == 3
    for one in ids:
        assert after[one]["properties"]["city"] != before[one]["properties"]["city"]
        assert after[one]["updatedAt"] > before[one]["updatedAt"]


def test_a_change_leaves_every_other_date_alone(client):
    names = "closedate,hubspot_owner_assigneddate,createdate,notes_last_contacted"
    before = {r["id"]: r["properties"] for r in client.everyone(properties=names)}
    (one,) = client.control("/hubspot/change", {"set": {"city": "X"}})["ids"]
    after = client.get(f"{COMPANIES}/{one}", properties=names).json()["properties"]
    changed = {name for name in after if after[name] != before[one][name]}
    assert changed == {"hs_lastmodifieddate"}


def test_a_change_with_a_set_gives_these_values(client):
    (one,) = client.control("/hubspot/change", {"set": {"city": None, "phone": ""}})["ids"]
    properties = by_id(client)[one]["properties"]
    assert (properties["city"], properties["phone"]) == (None, "")


def test_archived_companies_move_to_the_archive_and_back(client):
    one = client.everyone()[3]["id"]
    client.control("/hubspot/archive", {"id": one})
    assert one not in by_id(client)
    archived = by_id(client, archived="true")
    assert list(archived) == [one]
    assert archived[one]["archived"]
    assert archived[one]["archivedAt"]
    assert client.get(f"{COMPANIES}/{one}").status_code == 404
    assert client.get(f"{COMPANIES}/{one}", archived="true").status_code == 200
    client.control("/hubspot/restore", {"id": one})
    assert one in by_id(client)
    assert client.control("/hubspot/companies/count") == {"live": 250, "archived": 0, "ids": 250}


def test_a_merge_makes_a_new_record_and_both_old_ones_vanish(client):
    winner, loser = (record["id"] for record in client.everyone()[:2])
    (new,) = client.control("/hubspot/merge", {"winner": winner, "loser": loser})["ids"]
    records = by_id(client)
    assert new in records
    assert not {winner, loser} & {*records, *by_id(client, archived="true")}
    assert records[new]["properties"]["hs_merged_object_ids"] == f"{winner};{loser}"
    assert client.get(f"{COMPANIES}/{loser}").json()["id"] == new


def test_the_survivor_of_a_second_merge_answers_for_all(client):
    a, b, c = (record["id"] for record in client.everyone()[:3])
    (first,) = client.control("/hubspot/merge", {"winner": a, "loser": b})["ids"]
    (second,) = client.control("/hubspot/merge", {"winner": first, "loser": c})["ids"]
    merged = by_id(client)[second]["properties"]["hs_merged_object_ids"]
    assert merged.split(";") == [a, b, first, c]
    assert client.get(f"{COMPANIES}/{a}").json()["id"] == second


def test_created_companies_come_last(client):
    ids = client.control("/hubspot/create", {"count": 2})["ids"]
    records = client.everyone()
    assert [record["id"] for record in records[-2:]] == ids
    assert records[-1]["properties"]["name"]


def test_touched_companies_share_one_time_and_keep_their_values(client):
    before = by_id(client)
    at = client.control("/hubspot/touch", {"count": 30, "at": "2026-11-05T00:00:00Z"})["at"]
    touched = [record for record in by_id(client).values() if record["updatedAt"] == at]
    assert len(touched) == 30
    assert all(r["properties"]["phone"] == before[r["id"]]["properties"]["phone"] for r in touched)


def test_bad_control_requests_say_what_is_wrong(client):
    cases = {
        "set": {"id": "1", "properties": {}},
        "change": {"count": -1},
        "create": {"properties": {"bogus": "x"}},
        "touch": {"at": "soon"},
        "forget_property": {"name": "hs_object_id"},
    }
    for path, body in cases.items():
        answer = client.http.post(f"/_sandbox/hubspot/{path}", json=body)
        assert answer.status_code == 400, path
        assert answer.json()["message"], path
    assert client.http.get("/_sandbox/hubspot/nothing").status_code == 404
    assert client.http.get("/_sandbox/nothing").status_code == 404


def test_reset_goes_back_to_the_start(client):
    before = by_id(client)
    client.control("/hubspot/change", {"count": 9})
    client.control("/reset", {})
    assert by_id(client) == before


def test_warming_renders_every_live_record(client):
    assert client.control("/hubspot/warm", {"properties": ["name"]}) == {"count": 250}
