from __future__ import annotations

import pytest

from tests.sandbox.company import Company

OBJECTS = ["/deals", "/organizations", "/persons"]


@pytest.fixture
def company(serving):
    return Company(serving(deals=400))


@pytest.mark.parametrize("path", OBJECTS)
def test_small_pages_find_every_record_once_in_the_order_of_ids(company, path):
    whole, pieces = company.ids(path), company.ids(path, limit=37)
    assert pieces == whole == sorted(set(whole))


def test_so_many_records_are_there(company):
    assert [len(company.ids(path)) for path in OBJECTS] == [392, 250, 300]
    assert len(company.ids("/deals/archived")) == 4


def test_a_page_has_a_hundred_records_and_the_last_one_no_cursor(company):
    page = company.get("/organizations").json()
    assert (page["success"], len(page["data"])) == (True, 100)
    assert isinstance(page["additional_data"]["next_cursor"], str)
    assert company.get("/organizations", limit=250).json()["additional_data"] == {
        "next_cursor": None
    }


BAD = [
    ({"limit": 501}, "limit"),
    ({"limit": 0}, "limit"),
    ({"limit": "ten"}, "limit"),
    ({"cursor": "bogus"}, "cursor"),
    ({"cursor": "WyJkZWFscyJd"}, "cursor"),
    ({"ids": ",".join(map(str, range(101)))}, "ids"),
    ({"ids": "1,x"}, "ids"),
    ({"owner_id": "me"}, "owner_id"),
    ({"filter_id": 7}, "filter_id"),
    ({"status": "open,gone"}, "status"),
    ({"sort_by": "title"}, "sort_by"),
    ({"sort_direction": "up"}, "sort_direction"),
    ({"updated_since": "2026-01-02T03:04:05.000Z"}, "updated_since"),
    ({"updated_until": "2026-01-02T03:04:05.5Z"}, "updated_until"),
    ({"updated_since": "2026-01-02"}, "updated_since"),
    ({"updated_since": "2026-01-02 03:04:05"}, "updated_since"),
    ({"updated_since": "2026-02-30T03:04:05Z"}, "updated_since"),
    ({"custom_fields": ",".join(f"{n:040x}" for n in range(16))}, "custom_fields"),
    ({"include_fields": "people_count"}, "include_fields"),
    ({"include_option_labels": "perhaps"}, "include_option_labels"),
]


@pytest.mark.parametrize(("parameters", "named"), BAD, ids=[f"{p} {n}"[:60] for p, n in BAD])
def test_a_known_parameter_that_is_wrong_is_refused_by_its_name(company, parameters, named):
    answer = company.get("/deals", **parameters)
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    assert answer.json()["code"] == "ERR_SCHEMA_VALIDATION_FAILED"
    assert f"Validation failed: {named}: " in answer.json()["error"]


def test_unknown_parameters_are_ignored_and_give_everything(company):
    assert company.ids("/deals", updatedSince="2026-10-31T00:00:00Z") == company.ids("/deals")
    assert company.ids("/organizations", status="won") == company.ids("/organizations")


def test_a_cursor_fits_its_own_list_only(company):
    cursor = company.get("/deals", limit=5).json()["additional_data"]["next_cursor"]
    assert company.get("/persons", cursor=cursor).status_code == 400
    assert company.get("/deals", cursor=cursor, sort_by="update_time").status_code == 400
    assert company.get("/deals", cursor=cursor, limit=9).status_code == 200


def test_missing_ids_are_left_out_without_a_word(company):
    known = company.ids("/persons")[:3]
    asked = ",".join(map(str, [*reversed(known), 999_999, known[0]]))
    assert company.ids("/persons", ids=asked) == known


def test_the_live_the_archived_and_the_deleted_are_in_lists_of_their_own(company):
    live, archived = company.by_id("/deals"), company.by_id("/deals/archived")
    deleted = company.by_id("/deals", status="deleted")
    assert (len(live), len(archived), len(deleted)) == (392, 4, 4)
    assert all(deal["is_archived"] and deal["archive_time"] for deal in archived.values())
    assert all(d["is_deleted"] and d["status"] == "deleted" for d in deleted.values())
    assert not live.keys() & (archived.keys() | deleted.keys())
    away = ",".join(map(str, [*archived, *deleted]))
    assert company.ids("/deals", ids=away) == []


@pytest.mark.parametrize("statuses", ["open", "won,lost", "open,won,lost", "won,deleted"])
def test_deals_are_found_by_status(company, statuses):
    found = [deal["status"] for deal in company.every("/deals", status=statuses, limit=60)]
    assert set(found) == set(statuses.split(","))
    if statuses == "open,won,lost":
        assert len(found) == 392


def test_archived_deals_are_found_by_status_too(serving):
    company = Company(serving(deals=1000))
    archived = company.every("/deals/archived")
    won = [deal["id"] for deal in archived if deal["status"] == "won"]
    assert 0 < len(won) < len(archived) == 10
    assert company.ids("/deals/archived", status="won") == won


@pytest.mark.parametrize("name", ["owner_id", "person_id", "org_id", "pipeline_id", "stage_id"])
def test_deals_are_found_by_what_they_point_to(company, name):
    deals = company.every("/deals")
    wanted = deals[0][name]
    expected = [deal["id"] for deal in deals if deal[name] == wanted]
    assert company.ids("/deals", **{name: wanted, "limit": 30}) == expected


@pytest.mark.parametrize("path", OBJECTS)
def test_since_is_inclusive_and_until_exclusive(company, path):
    records = company.every(path)
    times = sorted(record["update_time"] for record in records if record["update_time"])
    since, until = times[50], times[80]
    expected = [r["id"] for r in records if since <= (r["update_time"] or "") < until]
    assert company.ids(path, updated_since=since, updated_until=until) == expected
    assert len(expected) == 30


def test_times_with_an_offset_are_understood(company):
    zulu = company.ids("/deals", updated_since="2026-10-01T00:00:00Z")
    assert company.ids("/deals", updated_since="2026-10-01T02:00:00+02:00") == zulu


def test_records_without_an_update_time_match_no_time(serving):
    company = Company(serving(companies=1000))
    ancient = [one for one in company.every("/organizations") if one["update_time"] is None]
    assert len(ancient) == 3
    assert all(one["add_time"].startswith("2012") for one in ancient)
    found = company.ids("/organizations", updated_since="1970-01-01T00:00:00Z")
    assert len(found) == 997
    assert len(company.ids("/organizations", updated_until="2099-01-01T00:00:00Z")) == 997


@pytest.mark.parametrize("sort", ["id", "update_time", "add_time"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_lists_are_sorted_over_all_pages(company, sort, direction):
    found = company.every("/persons", sort_by=sort, sort_direction=direction, limit=33)
    keys = [(record[sort] or "", record["id"]) for record in found]
    assert keys == sorted(keys, reverse=direction == "desc")
    assert len(keys) == 300


def test_ids_are_sorted_and_paged_too(company):
    asked = ",".join(map(str, company.ids("/deals")[:40]))
    found = company.every("/deals", ids=asked, sort_by="update_time", limit=7)
    times = [deal["update_time"] for deal in found]
    assert (len(times), times) == (40, sorted(times))


def test_more_records_than_pages_hold_may_share_one_time(serving):
    company = Company(serving(companies=1600, deals=0))
    at = company.control("/touch", {"object": "organizations", "count": 1600, "at": "2026-11-05"})
    found = company.every("/organizations", updated_since=at["at"])
    assert [one["id"] for one in found] == at["ids"]
    assert len(found) == 1600
    assert {one["update_time"] for one in found} == {"2026-11-05T00:00:00Z"}
    newest = company.ids("/organizations", updated_since=at["at"], sort_by="update_time")
    assert newest == at["ids"]


@pytest.mark.parametrize("path", OBJECTS)
def test_one_record_is_answered_like_in_the_list(company, path):
    record = company.get(path, limit=1).json()["data"][0]
    assert company.get(f"{path}/{record['id']}").json() == {"success": True, "data": record}
    missing = company.get(f"{path}/999999")
    assert (missing.status_code, missing.json()["success"]) == (404, False)


def test_an_archived_deal_is_found_by_its_id_and_a_deleted_one_is_not(company):
    archived = company.every("/deals/archived")[0]
    assert company.get(f"/deals/{archived['id']}").json()["data"] == archived
    deleted = company.every("/deals", status="deleted")[0]
    assert company.get(f"/deals/{deleted['id']}").status_code == 404


def test_custom_fields_can_be_chosen(company):
    deal = company.get("/deals", limit=1).json()["data"][0]
    keys = list(deal["custom_fields"])[:15]
    chosen = company.get("/deals", limit=1, custom_fields=",".join(keys)).json()["data"][0]
    assert list(chosen["custom_fields"]) == keys
    assert chosen | {"custom_fields": deal["custom_fields"]} == deal


def test_optional_fields_come_when_they_are_asked_for(company):
    asked = "people_count,next_activity_id"
    record = company.get("/organizations", limit=1, include_fields=asked).json()["data"][0]
    assert isinstance(record["people_count"], int)
    assert record["next_activity_id"] is None
    assert "people_count" not in company.get("/organizations", limit=1).json()["data"][0]


def test_option_labels_change_the_shape(company):
    fields = company.every("/dealFields")
    tier = next(one for one in fields if one["field_name"] == "Tier" and one["options"])
    labels = {one["id"]: one["label"] for one in tier["options"]}
    plain = company.by_id("/deals")
    for deal in company.every("/deals", include_option_labels="true"):
        number = plain[deal["id"]]["custom_fields"][tier["field_code"]]
        expected = None if number is None else {"id": number, "label": labels.get(number)}
        assert deal["custom_fields"][tier["field_code"]] == expected


def test_a_user_with_less_sight_gets_fewer_records_without_a_word(serving):
    everything = Company(serving(deals=400)).by_id("/deals")
    restricted = Company(serving(deals=400, pipedrive_restricted=True))
    seen = restricted.by_id("/deals")
    hidden = [deal for one, deal in everything.items() if one not in seen]
    assert 10 < len(hidden) < 100
    me = restricted.legacy("/users/me").json()["data"]["id"]
    assert all(deal["visible_to"] == 1 and deal["owner_id"] != me for deal in hidden)
    assert restricted.get(f"/deals/{hidden[0]['id']}").status_code == 404
    assert restricted.ids("/deals", ids=hidden[0]["id"]) == []


def test_times_can_carry_a_fraction(serving):
    company = Company(serving(deals=400, pipedrive_fractions=True))
    assert company.get("/deals", limit=1).json()["data"][0]["add_time"].endswith(".000Z")


def test_answers_are_gzip_when_asked(company):
    assert company.get("/deals").headers["content-encoding"] == "gzip"
