from __future__ import annotations

import csv
import sys

import pytest

from tests.sandbox.organization import DATA, Organization, parsed

SOQL = "SELECT Id, Name, Description, BillingStreet, Owner.Name, IsDeleted FROM Account"


@pytest.fixture
def org(serving):
    return Organization(serving(companies=2500, deals=40, salesforce_bulk_page=400))


def test_a_job_goes_through_its_states(serving):
    org = Organization(serving(salesforce_bulk_polls=3))
    job = org.job("SELECT Id FROM Account")
    states = [org.http.get(job).json()["state"] for _ in range(5)]
    assert states == ["UploadComplete", "InProgress", "InProgress", "JobComplete", "JobComplete"]


def test_a_job_takes_as_long_as_it_is_told(serving):
    org = Organization(serving(salesforce_bulk_delay_s=30.0))
    job = org.job("SELECT Id FROM Account")
    assert {org.http.get(job).json()["state"] for _ in range(9)} == {"InProgress"}
    answer = org.http.get(f"{job}/results")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")


def test_a_job_says_what_it_is(org):
    answer = org.http.post(
        f"{DATA}/jobs/query",
        json={"operation": "queryAll", "query": "select Id from account", "contentType": "CSV",
              "columnDelimiter": "COMMA", "lineEnding": "LF"},
    ).json()  # fmt: skip
    assert answer["id"].startswith("750")
    assert (answer["state"], answer["object"]) == ("UploadComplete", "Account")
    facts = org.finished(f"{DATA}/jobs/query/{answer['id']}")
    assert (facts["numberRecordsProcessed"], facts["jobType"]) == (2500, "V2Query")
    jobs = org.http.get(f"{DATA}/jobs/query").json()
    assert [job["id"] for job in jobs["records"]] == [answer["id"]]


def test_results_come_in_parts_until_the_locator_says_null(org):
    job = org.job("SELECT Id FROM Account")
    org.finished(job)
    first = org.http.get(f"{job}/results", params={"maxRecords": 300})
    assert first.headers["sforce-numberofrecords"] == "300"
    assert len(parsed(first)) == 300
    assert first.headers["sforce-locator"] != "null"
    found = org.rows("SELECT Id FROM Account")
    assert len({row["Id"] for row in found}) == len(found) == 2500


def test_parts_can_be_read_side_by_side(org):
    job = org.job("SELECT Id FROM Account")
    org.finished(job)
    first = org.http.get(f"{job}/resultPages").json()
    second = org.http.get(first["nextRecordsUrl"]).json()
    assert (len(first["resultPages"]), first["done"]) == (5, False)
    assert (len(second["resultPages"]), second["done"]) == (2, True)
    assert "nextRecordsUrl" not in second
    urls = [page["resultUrl"] for page in first["resultPages"] + second["resultPages"]]
    rows = [row["Id"] for url in reversed(urls) for row in parsed(org.http.get(url))]
    assert len(set(rows)) == len(rows) == 2500


def test_parts_side_by_side_want_the_job_s_own_version_of_58_or_later(org):
    job = org.job("SELECT Id FROM Account", data="/services/data/v60.0")
    org.finished(job)
    for version, status in (("57.0", 404), ("61.0", 409), ("60.0", 200)):
        path = job.replace("60.0", version)
        assert org.http.get(f"{path}/resultPages").status_code == status


def test_an_empty_result_has_its_header_line(org):
    job = org.job("SELECT Id, Owner.Name FROM Account WHERE Name = 'nobody'")
    org.finished(job)
    answer = org.http.get(f"{job}/results")
    assert answer.text == '"Id","Owner.Name"\n'
    assert (answer.headers["sforce-locator"], answer.headers["sforce-numberofrecords"]) == (
        "null", "0",
    )  # fmt: skip


def test_csv_says_the_same_as_rest(org):
    fields = ("Id", "Name", "Website", "NumberOfEmployees", "SystemModstamp", "IsDeleted",
              "Renewal_Date__c", "BillingStreet")  # fmt: skip
    select = f"SELECT {', '.join(fields)} FROM Account"
    by_id = {row["Id"]: row for row in org.rows(select)}
    for record in org.query(select):
        row = by_id.pop(record.pop("Id"))
        del record["attributes"]
        record["SystemModstamp"] = record["SystemModstamp"].replace("+0000", "Z")
        record["IsDeleted"] = str(record["IsDeleted"]).lower()
        wanted = {name: "" if value is None else str(value) for name, value in record.items()}
        assert {name: row[name] for name in wanted} == wanted
    assert not by_id


def test_nasty_texts_survive_in_csv(serving):
    org = Organization(serving(companies=12_000))
    csv.field_size_limit(sys.maxsize)
    rows = org.rows(SOQL)
    assert len(rows) == 12_000
    texts = [row["Description"] for row in rows]
    assert any("\x00" in text for text in texts)
    assert any('"second"' in text for text in texts)
    assert any(len(text.encode()) > 131_072 for text in texts)
    assert any("\n" in row["BillingStreet"] for row in rows)
    assert {row["IsDeleted"] for row in rows} == {"false"}


def test_without_an_order_rows_come_in_none(org):
    found = [row["Id"] for row in org.rows("SELECT Id FROM Account")]
    assert found != sorted(found)
    ordered = [row["Id"] for row in org.rows("SELECT Id FROM Account ORDER BY Id")]
    assert ordered == sorted(found)


def test_deleted_records_come_by_query_all_alone(org):
    (one,) = org.act("delete", count=1)["ids"]
    assert one not in {row["Id"] for row in org.rows("SELECT Id FROM Account")}
    rows = {row["Id"]: row for row in org.rows("SELECT Id, IsDeleted FROM Account", "queryAll")}
    assert rows[one]["IsDeleted"] == "true"


def test_a_result_stays_as_it_was_when_the_job_ran(org):
    job = org.job("SELECT Id, Phone FROM Account ORDER BY Id")
    org.finished(job)
    ids = org.act("change", count=5)["ids"]
    org.act("delete", ids=ids[:2])
    org.act("purge")
    first = parsed(org.http.get(f"{job}/results"))
    assert len(first) == 400
    fresh = {row["Id"]: row["Phone"] for row in org.rows("SELECT Id, Phone FROM Account")}
    differing = [row["Id"] for row in first if fresh.get(row["Id"]) != row["Phone"]]
    assert set(differing) == set(ids) & {row["Id"] for row in first}
    assert org.http.get(f"{job}/results").text == org.http.get(f"{job}/results").text


@pytest.mark.parametrize(
    "soql",
    ["SELECT COUNT() FROM Account", "SELECT COUNT(Id) FROM Account",
     "SELECT Id FROM Account LIMIT 5 OFFSET 5", "SELECT FIELDS(ALL) FROM Account LIMIT 5"],
)  # fmt: skip
def test_a_job_that_bulk_cannot_do_fails_and_says_why(org, soql):
    facts = org.finished(org.job(soql))
    assert facts["state"] == "Failed"
    assert "FUNCTIONALITY_NOT_ENABLED" in facts["errorMessage"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "SELECT Bogus FROM Account"}, "INVALID_FIELD"),
        ({"query": "SELECT Id FROM Bogus"}, "INVALID_TYPE"),
        ({"query": "SELECT Id FROM"}, "MALFORMED_QUERY"),
        ({"query": "SELECT Id FROM Account WHERE Description = 'x'"}, "INVALID_FIELD"),
        ({"query": "SELECT BillingAddress FROM Account"}, "API_ERROR"),
        ({"query": "SELECT Id FROM User", "operation": "insert"}, "InvalidJob"),
        ({"query": "SELECT Id FROM User", "contentType": "XML"}, "InvalidJob"),
        ({"query": None}, "InvalidJob"),
        ({"query": f"SELECT Id FROM User WHERE Name = '{'x' * 100_000}'"}, "QUERY_TOO_COMPLICATED"),
    ],
    ids=["field", "object", "soql", "filter", "compound", "operation", "type", "no query", "long"],
)
def test_a_job_is_refused_at_once(org, body, code):
    answer = org.http.post(f"{DATA}/jobs/query", json={"operation": "query", **body})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


@pytest.mark.parametrize(
    ("sent", "status"),
    [({"content": b"{", "headers": {"content-type": "application/json"}}, 400),
     ({"json": [1]}, 400), ({"content": b"x", "headers": {"content-type": "text/csv"}}, 415)],
    ids=["cut", "list", "csv"],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(org, sent, status):
    assert org.http.post(f"{DATA}/jobs/query", **sent).status_code == status


def test_a_job_fails_whose_field_went_away(org):
    job = org.job("SELECT Id, Phone FROM Account")
    org.act("hide_field", name="Phone")
    facts = org.finished(job)
    assert facts["state"] == "Failed"
    assert facts["errorMessage"].startswith("INVALID_FIELD: No such column 'Phone'")


def test_a_running_job_can_be_aborted_and_an_ended_one_deleted(serving):
    org = Organization(serving(salesforce_bulk_delay_s=30.0))
    job = org.job("SELECT Id FROM Account")
    assert org.http.request("DELETE", job).status_code == 400
    assert org.http.request("PATCH", job, json={"state": "Open"}).status_code == 400
    aborted = org.http.request("PATCH", job, json={"state": "Aborted"})
    assert aborted.json()["state"] == org.http.get(job).json()["state"] == "Aborted"
    assert org.http.request("PATCH", job, json={"state": "Aborted"}).status_code == 400
    assert org.http.request("DELETE", job).status_code == 204
    assert org.http.get(job).json()[0]["errorCode"] == "NOT_FOUND"


def test_a_finished_job_can_be_deleted(org):
    job = org.job("SELECT Id FROM Account")
    org.finished(job)
    assert org.http.request("DELETE", job).status_code == 204
    org.act("change", count=1)
    assert org.http.get(f"{job}/results").status_code == 404


@pytest.mark.parametrize("given", [{"locator": "x"}, {"locator": "MT5"}, {"maxRecords": "0"}])
def test_made_up_places_in_a_result_are_refused(org, given):
    job = org.job("SELECT Id FROM Account")
    org.finished(job)
    assert org.http.get(f"{job}/results", params=given).status_code == 400


def test_a_session_may_die_while_a_job_runs(serving):
    org = Organization(serving(salesforce_session_calls=3, salesforce_bulk_polls=5))
    job = org.job("SELECT Id FROM Account")
    statuses = [org.http.get(job).status_code for _ in range(3)]
    assert statuses == [200, 200, 401]
    org.log_in()
    assert org.http.get(job).status_code == 200
