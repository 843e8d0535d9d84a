from __future__ import annotations

import pytest

from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.salesforce.changes import Changes
from crmsync.sandbox.salesforce.org import Org
from crmsync.sandbox.salesforce.store import GONE, LIVE
from tests.sandbox.organization import Organization

SEEN = "SELECT Id, Name, BillingCity, Phone, SystemModstamp, LastModifiedDate FROM Account"


@pytest.fixture
def org(serving):
    return Organization(serving(deals=200))


def by_id(org, soql=SEEN, path="/query"):
    return {record["Id"]: record for record in org.query(soql, path)}


def test_a_change_touches_so_many_and_no_others(org):
    before = by_id(org)
    ids = org.act("change", count=3, seed=5)["ids"]
    after = by_id(org)
    assert sorted(one for one in after if after[one] != before[one]) == sorted(ids)
    for one in ids:
        assert after[one]["BillingCity"] != before[one]["BillingCity"]
        assert after[one]["SystemModstamp"] > before[one]["SystemModstamp"]
        assert after[one]["LastModifiedDate"] == after[one]["SystemModstamp"]


def test_deals_change_their_amount(org):
    soql = "SELECT Id, Amount FROM Opportunity"
    before = by_id(org, soql)
    ids = org.act("change", object="Opportunity", count=2)["ids"]
    after = by_id(org, soql)
    assert [one for one in after if after[one] != before[one]] == ids


def test_a_set_gives_these_values_and_empty_text_is_null(org):
    one = org.query("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    org.act("set", id=one, fields={"Name": "Zoë AB", "Website": "", "NumberOfEmployees": 7})
    found = org.query(f"SELECT Name, Website, NumberOfEmployees FROM Account WHERE Id = '{one}'")
    del found[0]["attributes"]
    assert found == [{"Name": "Zoë AB", "Website": None, "NumberOfEmployees": 7}]
    assert org.control(f"/salesforce/Account/{one}")["Name"] == "Zoë AB"


def test_a_parent_s_change_shows_in_its_children_at_once(org):
    soql = "SELECT Id, Owner.IsActive FROM Account"
    owner = org.query("SELECT Id FROM User WHERE IsActive = true LIMIT 1")[0]["Id"]
    before = org.count("Account WHERE Owner.IsActive = false")
    org.query(soql)
    org.act("set", object="User", id=owner, fields={"IsActive": False})
    inactive = [one for one in org.query(soql) if one["Owner"]["IsActive"] is False]
    assert len(inactive) == org.count("Account WHERE Owner.IsActive = false") > before


@pytest.mark.parametrize("owner", ["005Qy00000000zzIAA", "0XYQy00000000zzIAA"])
def test_a_reference_to_nothing_has_no_parent(org, owner):
    one = org.query("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    org.act("set", id=one, fields={"OwnerId": owner})
    found = org.query(f"SELECT OwnerId, Owner.Name FROM Account WHERE Id = '{one}'")[0]
    assert (found["OwnerId"], found["Owner"]) == (owner, None)


def test_no_more_records_are_picked_than_there_are(org):
    assert 200 < len(org.act("touch", count=5000)["ids"]) < 250


def test_a_formula_changes_without_any_stamp(org):
    one = org.query("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    before = by_id(org)
    org.act("set", id=one, fields={"Health_Score__c": 12.5}, stamp=False)
    assert by_id(org) == before
    assert org.control(f"/salesforce/Account/{one}")["Health_Score__c"] == 12.5


def test_touched_records_share_one_stamp_and_keep_everything_else(org):
    before = by_id(org)
    at = org.act("touch", count=120, at="2026-11-05T10:00:00Z")["at"]
    touched = [one for one in by_id(org).values() if one["SystemModstamp"] == at]
    assert len(touched) == 120
    for one in touched:
        assert one["LastModifiedDate"] == before[one["Id"]]["LastModifiedDate"]


def test_a_deleted_account_takes_its_contacts_and_deals_along_and_back(org):
    deal = org.query("SELECT AccountId FROM Opportunity WHERE AccountId != null LIMIT 1")[0]
    one = deal["AccountId"]
    count = org.count(f"Opportunity WHERE AccountId = '{one}'")
    org.act("delete", id=one)
    assert one not in by_id(org)
    assert org.count(f"Opportunity WHERE AccountId = '{one}'") == 0
    assert org.count(f"Opportunity WHERE AccountId = '{one}'", "/queryAll") == count
    gone = org.query("SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true", "/queryAll")
    assert [(record["Id"], record["MasterRecordId"]) for record in gone] == [(one, None)]
    org.act("undelete", id=one)
    assert one in by_id(org)
    assert org.count(f"Opportunity WHERE AccountId = '{one}'") == count


def test_a_deleted_deal_goes_alone_and_an_account_brings_back_no_earlier_one(org):
    deals = "SELECT Id, AccountId FROM Opportunity WHERE AccountId != null"
    deal = org.query(deals)[0]
    org.act("delete", object="Opportunity", id=deal["Id"])
    assert deal["AccountId"] in by_id(org)

    org.act("delete", id=deal["AccountId"])
    org.act("undelete", id=deal["AccountId"])
    assert deal["Id"] not in by_id(org, deals)


def test_a_winner_does_not_become_its_own_parent(org):
    child = org.query("SELECT Id, ParentId FROM Account WHERE ParentId != null")[0]
    org.act("merge", winner=child["Id"], loser=child["ParentId"])
    assert by_id(org, "SELECT Id, ParentId FROM Account")[child["Id"]]["ParentId"] is None


def test_a_set_takes_times_in_whole_seconds(org):
    one = org.query("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    org.act("set", id=one, fields={"LastModifiedDate": "2020-02-03T04:05:06.789Z"})
    assert by_id(org)[one]["LastModifiedDate"] == "2020-02-03T04:05:06.000+0000"


def test_a_lookup_to_a_deleted_account_is_emptied(org):
    soql = "SELECT Id, Account__c FROM Subscription__c"
    child = org.query(soql)[3]
    org.act("delete", id=child["Account__c"])
    assert by_id(org, soql)[child["Id"]]["Account__c"] is None


def test_what_is_purged_is_never_seen_again(org):
    ids = org.act("delete", count=3)["ids"]
    assert org.act("purge", ids=ids[:1])["ids"] == ids[:1]
    assert set(by_id(org, path="/queryAll")) & set(ids) == set(ids[1:])
    org.act("purge")
    assert not set(by_id(org, path="/queryAll")) & set(ids)
    assert org.control("/salesforce/Account/count") == {"live": 247, "deleted": 0, "ids": 250}


def test_a_merge_deletes_the_loser_and_moves_its_children(org):
    deals = org.query("SELECT Id, AccountId, SystemModstamp FROM Opportunity")
    loser = next(deal["AccountId"] for deal in deals if deal["AccountId"])
    winner = next(one for one in by_id(org) if one != loser)
    mine = [deal for deal in deals if deal["AccountId"] == loser]
    before = by_id(org)[winner]["SystemModstamp"]
    org.act("merge", object="Account", winner=winner, loser=loser)
    gone = org.query("SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true", "/queryAll")
    assert [(one["Id"], one["MasterRecordId"]) for one in gone] == [(loser, winner)]
    moved = by_id(org, "SELECT Id, AccountId, SystemModstamp FROM Opportunity")
    for deal in mine:
        assert moved[deal["Id"]]["AccountId"] == winner
        assert moved[deal["Id"]]["SystemModstamp"] > deal["SystemModstamp"]
    assert by_id(org)[winner]["SystemModstamp"] > before


def test_a_new_stage_decides_whether_a_deal_is_won_and_is_history(org):
    one = org.query("SELECT Id FROM Opportunity WHERE IsClosed = false LIMIT 1")[0]["Id"]
    history = f"OpportunityHistory WHERE OpportunityId = '{one}'"
    before = org.count(history)
    org.act("set", object="Opportunity", id=one, fields={"StageName": "Closed Won"})
    deal = org.query(f"SELECT IsWon, IsClosed, Probability FROM Opportunity WHERE Id = '{one}'")[0]
    assert (deal["IsWon"], deal["IsClosed"], deal["Probability"]) == (True, True, 100.0)
    rows = org.query(f"SELECT StageName, CreatedDate FROM {history} ORDER BY CreatedDate, Id")
    assert len(rows) == before + 1
    assert rows[-1]["StageName"] == "Closed Won"
    assert rows[0]["StageName"] == "Prospecting"


def test_created_records_come_last_and_have_an_owner(org):
    ids = org.act("create", count=2, fields={"Name": "New AB", "Website": "new.se"})["ids"]
    found = org.query("SELECT Id, Name, Owner.Name FROM Account ORDER BY Id")
    assert [record["Id"] for record in found[-2:]] == ids
    assert found[-1]["Owner"]["Name"]
    deal = org.act("create", object="Opportunity", fields={"Name": "Deal"})["ids"][0]
    row = org.query(f"SELECT StageName, IsClosed FROM Opportunity WHERE Id = '{deal}'")[0]
    assert (row["StageName"], row["IsClosed"]) == ("Prospecting", False)
    assert org.count(f"OpportunityHistory WHERE OpportunityId = '{deal}'") == 1


def late(seconds):
    """An organization whose changes are seen so many seconds later, and its clock."""
    clock = [0.0]
    options = SandboxOptions(companies=5, deals=0, salesforce_commit_lag_s=seconds)
    org = Org(options, clock=lambda: clock[0])
    return org, clock, org.tables["Account"]


def test_a_late_commit_has_its_stamp_before_it_is_seen():
    org, clock, table = late(30.0)
    before = table.values(0)
    Changes(org).change(table, 0, {"Name": "New AB"})
    new = Changes(org).create(table, {"Name": "Newer AB"})
    stamp = org.latest(table, 0).modified
    clock[0] = 29.9
    org.commit()
    assert (table.values(0), table.status[new]) == (before, GONE)
    clock[0] = 30.0
    org.commit()
    assert (table.values(0)["Name"], table.modified[0]) == ("New AB", stamp)
    assert (table.values(new)["Name"], table.status[new]) == ("Newer AB", LIVE)


def test_two_late_changes_of_one_record_keep_both():
    org, clock, table = late(30.0)
    Changes(org).change(table, 0, {"Name": "New AB"})
    clock[0] = 20.0
    Changes(org).change(table, 0, {"Phone": "123"})
    clock[0] = 30.0
    org.commit()
    assert table.values(0)["Phone"] != "123"
    clock[0] = 50.0
    org.commit()
    assert (table.values(0)["Name"], table.values(0)["Phone"]) == ("New AB", "123")


def test_late_commits_come_with_their_option(serving):
    org = Organization(serving(deals=5, salesforce_commit_lag_s=600.0))
    before = by_id(org)
    org.act("change", count=3)
    org.act("create")
    assert by_id(org) == before


def test_open_queries_can_be_ended(serving):
    org = Organization(serving(companies=2500))
    path = org.answered("SELECT Id FROM Account")["nextRecordsUrl"]
    org.act("expire", locators=True)
    assert org.http.get(path).json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


@pytest.mark.parametrize("form", ["csv", "json"])
def test_warming_makes_every_row(org, form):
    body = {"query": "SELECT Id, Owner.Name FROM Account", "format": form}
    assert org.act("warm", **body) == {"count": 250}


BAD = [
    ("set", {"id": "1", "fields": {}}),
    ("set", {"object": "Bogus"}),
    ("change", {"count": -1}),
    ("change", {"set": {"Bogus": 1}}),
    ("change", {"set": {"IsWon": True}, "object": "Opportunity"}),
    ("change", {"set": {"Name": 5}}),
    ("change", {"set": {"NumberOfEmployees": "5"}}),
    ("change", {"set": 5}),
    ("change", {"object": "Contact"}),
    ("delete", {"ids": "x"}),
    ("touch", {"at": "soon"}),
    ("merge", {"winner": "1", "loser": "2"}),
    ("merge", {"object": "Opportunity"}),
    ("hide_field", {"name": "Bogus"}),
    ("show_field", {"name": "Bogus"}),
    ("refuse", {"status": "x"}),
    ("warm", {"query": "SELECT"}),
]


@pytest.mark.parametrize(("action", "body"), BAD, ids=[f"{a} {b}" for a, b in BAD])
def test_bad_control_requests_say_what_is_wrong(org, action, body):
    answer = org.raw.post(f"/_sandbox/salesforce/{action}", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_a_record_cannot_be_merged_into_itself(org):
    one = org.query("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    body = {"winner": one, "loser": one}
    assert org.raw.post("/_sandbox/salesforce/merge", json=body).status_code == 400


@pytest.mark.parametrize("path", ["nothing", "Account/nothing", "Bogus/count"])
def test_what_control_does_not_have_is_404(org, path):
    assert org.raw.get(f"/_sandbox/salesforce/{path}").status_code == 404


def test_reset_goes_back_to_the_start(org):
    before = by_id(org)
    org.act("change", count=9)
    org.control("/reset", {})
    org.log_in()
    assert by_id(org) == before
