from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.organization import DATA, Organization


@pytest.fixture
def org(client):
    return Organization(client)


def field(org, name, kind="Account"):
    fields = org.get(f"/sobjects/{kind}/describe").json()["fields"]
    return next((one for one in fields if one["name"] == name), None)


def test_describe_tells_of_every_field(org):
    owner = field(org, "OwnerId")
    assert (owner["type"], owner["referenceTo"], owner["relationshipName"]) == (
        "reference", ["User"], "Owner",
    )  # fmt: skip
    assert field(org, "CSM__c")["relationshipName"] == "CSM__r"
    assert field(org, "BillingStreet")["compoundFieldName"] == "BillingAddress"
    assert field(org, "BillingAddress")["type"] == "address"
    assert field(org, "Health_Score__c")["calculated"] is True
    assert field(org, "Description")["filterable"] is False
    values = [one["value"] for one in field(org, "Type")["picklistValues"]]
    assert {"Customer", "Customer - Direct", "Other"} <= set(values)


def test_a_reference_to_several_objects_says_so(org):
    owner = field(org, "OwnerId", "Subscription__c")
    assert (owner["referenceTo"], owner["polymorphicForeignKey"]) == (["Group", "User"], True)
    found = org.query("SELECT OwnerId, Owner.Name, Owner.Type FROM Subscription__c")
    queued = next(record for record in found if record["OwnerId"].startswith("00G"))
    assert queued["Owner"]["attributes"]["type"] == "Group"
    assert queued["Owner"]["Type"] == "Queue"


@pytest.mark.parametrize(
    ("option", "names"),
    [("salesforce_person_accounts", ["IsPersonAccount", "PersonEmail"]),
     ("salesforce_multi_currency", ["CurrencyIsoCode"])],
)  # fmt: skip
def test_some_fields_are_there_only_where_their_feature_is_on(serving, option, names):
    org = Organization(serving(companies=2000, **{option: True}))
    found = org.query(f"SELECT {', '.join(names)} FROM Account")
    assert len({str(record[names[0]]) for record in found}) > 1
    assert all(field(Organization(serving()), name) is None for name in names)


def test_a_hidden_field_is_as_if_it_were_not_there(serving):
    org = Organization(serving(salesforce_hidden_fields="Account.Website,Opportunity.Amount"))
    assert field(org, "Website") is None
    assert field(org, "Amount", "Opportunity") is None
    assert org.refusal("SELECT Website FROM Account")[1] == "INVALID_FIELD"
    assert org.refusal("SELECT Id FROM Account WHERE Website = null")[1] == "INVALID_FIELD"
    assert org.refusal("SELECT Id FROM Contact WHERE Account.Website = null")[0] == 400
    org.act("show_field", name="Website")
    assert org.query("SELECT Website FROM Account LIMIT 1")


def test_describe_is_not_sent_again_until_it_changes(org):
    first = org.get("/sobjects/Account/describe")
    since = {"If-Modified-Since": first.headers["last-modified"]}
    again = org.http.get(f"{DATA}/sobjects/Account/describe", headers=since)
    assert (again.status_code, again.content) == (304, b"")
    org.act("hide_field", object="Account", name="Phone")
    changed = org.http.get(f"{DATA}/sobjects/Account/describe", headers=since)
    assert changed.status_code == 200
    garbled = {"If-Modified-Since": "yesterday"}
    answer = org.http.get(f"{DATA}/sobjects/Account/describe", headers=garbled)
    assert answer.status_code == 200


def test_objects_are_listed(org):
    listed = {one["name"]: one for one in org.get("/sobjects").json()["sobjects"]}
    assert listed["Account"]["keyPrefix"] == "001"
    assert listed["Subscription__c"]["custom"]
    assert all(one["queryable"] for one in listed.values())
    basics = org.get("/sobjects/Account").json()["objectDescribe"]
    assert basics == listed["Account"]
    assert org.get("").json()["query"] == f"{DATA}/query"


@pytest.mark.parametrize(
    "path",
    [
        "/sobjects/Bogus/001000000000000AAA",
        "/sobjects/Bogus",
        "/sobjects/Bogus/describe",
        "/bogus",
        "/sobjects/User/deleted",
    ],
)
def test_what_is_not_there_is_not_found(org, path):
    answer = org.get(path)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(("version", "status"), [("30.0", 404), ("31.0", 200), ("69.0", 404)])
def test_versions_from_31_to_68_answer(org, version, status):
    assert org.http.get(f"/services/data/v{version}/limits").status_code == status


def test_other_methods_are_refused(org):
    answer = org.http.post(f"{DATA}/query", json={})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")


def test_one_record_is_answered_with_all_or_some_fields(org):
    one = org.query("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    assert org.get(f"/sobjects/Account/{one}").json()["Website"]
    some = org.get(f"/sobjects/Account/{one[:15]}", fields="Id,Owner.Name").json()
    assert set(some) == {"attributes", "Id", "Owner"}
    assert org.get("/sobjects/Account/001000000000000AAA").status_code == 404
    org.act("delete", id=one)
    assert org.get(f"/sobjects/Account/{one}").json()[0]["errorCode"] == "ENTITY_IS_DELETED"


def spanning(**changed):
    now = datetime.now(UTC)
    span = {"start": now - timedelta(days=1), "end": now + timedelta(minutes=5), **changed}
    return {name: value.isoformat() for name, value in span.items() if value}


def test_deleted_and_updated_records_are_listed_for_a_span(org):
    (gone,) = org.act("delete", count=1)["ids"]
    (changed,) = org.act("change", count=1, seed=4)["ids"]
    answer = org.get("/sobjects/Account/deleted", **spanning()).json()
    assert [record["id"] for record in answer["deletedRecords"]] == [gone]
    assert answer["deletedRecords"][0]["deletedDate"] <= answer["latestDateCovered"]
    updated = org.get("/sobjects/Account/updated", **spanning()).json()
    assert changed in updated["ids"]
    assert gone not in updated["ids"]


@pytest.mark.parametrize(
    "changed",
    [{"start": datetime.now(UTC) - timedelta(days=16)}, {"start": None},
     {"end": datetime.now(UTC) - timedelta(days=1)}],
    ids=["old", "none", "short"],
)  # fmt: skip
def test_a_span_must_be_recent_and_a_minute_long(org, changed):
    answer = org.get("/sobjects/Account/deleted", **spanning(**changed))
    assert answer.json()[0]["errorCode"] == "INVALID_REPLICATION_DATE"


def test_every_answer_counts_the_calls_and_says_the_time(org):
    for number, path in enumerate(("/limits", "/query", "/bogus"), 1):
        answer = org.get(path)
        used = min(number, 2)  # what has no address is not counted
        assert answer.headers["sforce-limit-info"] == f"api-usage={used}/100000"
        assert answer.headers["date"].endswith("GMT")


def test_stages_say_what_is_won_and_closed(org):
    rows = org.query(
        "SELECT ApiName, MasterLabel, IsClosed, IsWon, IsActive, DefaultProbability "
        "FROM OpportunityStage ORDER BY SortOrder"
    )
    assert [row["ApiName"] for row in rows if row["IsWon"]] == ["Closed Won", "Renewal Signed"]
    assert [row["ApiName"] for row in rows if not row["IsActive"]] == ["Pilot"]
    relabelled = [row["MasterLabel"] for row in rows if row["MasterLabel"] != row["ApiName"]]
    assert relabelled == ["Evaluation"]


def test_the_organization_says_whether_it_is_a_sandbox(serving):
    for kind, sandbox in (("my_domain", False), ("test", True)):
        org = Organization(serving(salesforce_host_kind=kind), login=False)
        form = {"grant_type": "refresh_token", "refresh_token": "r", "client_id": "key"}
        token = org.token(**form).json()["access_token"]
        org.http.headers["authorization"] = f"Bearer {token}"
        assert org.query("SELECT IsSandbox FROM Organization")[0]["IsSandbox"] is sandbox


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [("401", 401, "INVALID_SESSION_ID"), ("429", 403, "REQUEST_LIMIT_EXCEEDED"),
     ("500", 500, "UNKNOWN_EXCEPTION")],
)  # fmt: skip
def test_injected_faults_speak_as_the_vendor(org, fault, status, code):
    org.control("/faults", {"salesforce": f"{fault}=1"})
    answer = org.get("/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)


def test_the_next_calls_can_be_refused_in_any_way(org):
    org.act("refuse", count=2, status=503, code="SERVER_UNAVAILABLE", message="busy")
    org.act("refuse", status=420)
    answers = [org.get("/limits") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [503, 503, 420, 200]
    assert answers[1].json() == [{"message": "busy", "errorCode": "SERVER_UNAVAILABLE"}]
    assert answers[2].content == b""
