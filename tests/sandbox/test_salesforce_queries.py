from __future__ import annotations

import pytest

from crmsync.sandbox.salesforce import ids
from tests.sandbox.organization import DATA, Organization

ALL = "SELECT Id, Name, Type, SystemModstamp, NumberOfEmployees, OwnerId FROM Account"


@pytest.fixture(scope="module")
def org(serving):
    return Organization(serving(companies=3000, deals=400, seed=7))


@pytest.fixture(scope="module")
def accounts(org):
    return org.query(ALL)


def test_pages_hold_two_thousand_rows_and_lead_to_the_next(org):
    page = org.answered("SELECT Id FROM Account")
    assert (page["totalSize"], page["done"], len(page["records"])) == (3000, False, 2000)
    assert page["nextRecordsUrl"].startswith(f"{DATA}/query/01g")
    assert page["nextRecordsUrl"].endswith("-2000")
    rest = org.http.get(page["nextRecordsUrl"]).json()
    assert (rest["totalSize"], rest["done"], len(rest["records"])) == (3000, True, 1000)
    assert "nextRecordsUrl" not in rest
    found = {record["Id"] for record in page["records"] + rest["records"]}
    assert len(found) == 3000


@pytest.mark.parametrize(("asked", "given"), [(200, 200), (500, 500), (1, 200), (9999, 2000)])
def test_the_page_size_can_be_asked_for_between_200_and_2000(org, asked, given):
    headers = {"Sforce-Query-Options": f"batchSize={asked}"}
    params = {"q": "SELECT Id FROM Account"}
    answer = org.http.get(f"{DATA}/query", params=params, headers=headers)
    assert len(answer.json()["records"]) == given


def test_records_name_their_type_and_parents_are_nested_or_null(org):
    paths = "Id, Name, Owner.Name, Owner.Manager.Email, Parent.Owner.Name"
    records = org.query(f"SELECT {paths} FROM Account LIMIT 500")
    first = records[0]
    assert first["attributes"] == {
        "type": "Account", "url": f"{DATA}/sobjects/Account/{first['Id']}",
    }  # fmt: skip
    assert first["Owner"]["attributes"]["type"] == "User"
    with_parent = next(record for record in records if record["Parent"])
    assert with_parent["Parent"]["Owner"]["Name"]
    assert next(record for record in records if record["Parent"] is None)


def test_values_have_the_types_of_rest(org):
    fields = "CreatedDate, Renewal_Date__c, NumberOfEmployees, AnnualRevenue, IsDeleted"
    record = org.query(
        f"SELECT {fields}, BillingAddress FROM Account WHERE Renewal_Date__c != null "
        "AND BillingStreet != null AND NumberOfEmployees > 0 LIMIT 1"
    )[0]
    assert record["CreatedDate"].endswith(".000+0000")
    assert len(record["Renewal_Date__c"]) == 10
    assert type(record["NumberOfEmployees"]) is int
    assert type(record["AnnualRevenue"]) is float
    assert record["IsDeleted"] is False
    assert set(record["BillingAddress"]) >= {"street", "city", "postalCode", "country"}


# Each condition stands beside what it means.
CONDITIONS = [
    ("Type = 'Other'", lambda a: a["Type"] == "Other"),
    ("Type = 'oTHER'", lambda a: a["Type"] == "Other"),
    ("Type != 'Other'", lambda a: a["Type"] != "Other"),
    ("Type <> 'Other'", lambda a: a["Type"] != "Other"),
    ("(Type = null)", lambda a: a["Type"] is None),
    ("Type = ''", lambda a: a["Type"] is None),
    ("Type != null", lambda a: a["Type"] is not None),
    ("Type IN ('Other', 'Prospect')", lambda a: a["Type"] in ("Other", "Prospect")),
    ("Type NOT IN ('Other', 'Prospect')", lambda a: a["Type"] not in ("Other", "Prospect")),
    ("NumberOfEmployees > 100", lambda a: (a["NumberOfEmployees"] or -9) > 100),
    ("NumberOfEmployees <= 0", lambda a: (a["NumberOfEmployees"] or 0) <= 0
     and a["NumberOfEmployees"] is not None),
    ("NumberOfEmployees >= 1e3", lambda a: (a["NumberOfEmployees"] or 0) >= 1000),
    ("Type LIKE 'cust%_'", lambda a: (a["Type"] or "").startswith("Customer")),
    ("NOT (Type = 'Other' OR Type = 'Prospect')",
     lambda a: a["Type"] not in ("Other", "Prospect")),
    ("NOT Type LIKE 'C%' AND NumberOfEmployees < 50",
     lambda a: not (a["Type"] or "").startswith("C")
     and a["NumberOfEmployees"] is not None and a["NumberOfEmployees"] < 50),
    ("(Type = 'Other' AND NumberOfEmployees > 9) OR Type = 'Press'",
     lambda a: (a["Type"] == "Other" and (a["NumberOfEmployees"] or 0) > 9)
     or a["Type"] == "Press"),
    ("SystemModstamp >= 2026-06-01T00:00:00Z",
     lambda a: a["SystemModstamp"] >= "2026-06-01T00:00:00.000+0000"),
    ("SystemModstamp < 2026-06-01T02:00:00.000+02:00",
     lambda a: a["SystemModstamp"] < "2026-06-01T00:00:00.000+0000"),
    ("IsDeleted = false", lambda a: True),
    ("NumberOfEmployees < null OR Type = 'Other'", lambda a: a["Type"] == "Other"),
    ("Account.Name > 'M'", lambda a: a["Name"].lower() > "m"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "meaning"), CONDITIONS, ids=[c for c, _ in CONDITIONS])
def test_a_condition_finds_what_it_means(org, accounts, condition, meaning):
    found = [record["Id"] for record in org.query(f"SELECT Id FROM Account WHERE {condition}")]
    assert sorted(found) == [one["Id"] for one in accounts if meaning(one)]
    assert org.count(f"Account WHERE {condition}") == len(found)
    assert found
    assert len(found) < 3000 or condition.startswith("IsDeleted")


def test_a_parent_can_be_filtered_and_sorted_by(org):
    found = org.query(
        "SELECT Owner.Name FROM Account WHERE Owner.IsActive = false ORDER BY Owner.Name DESC"
    )
    names = [record["Owner"]["Name"] for record in found]
    assert names == sorted(names, reverse=True)
    assert set(names) <= {"Lucía Muñoz", "Mateusz Zieliński", "Nora Brandt"}
    assert names


def test_ids_are_taken_short_and_long_and_their_case_counts(org):
    long = ids.setting("005", 1)
    other = next(r["Id"] for r in org.query("SELECT Id FROM User") if r["Id"] != long
                 and r["Id"][:15].lower() == long[:15].lower())  # fmt: skip
    for given in (long, long[:15], long.lower()):
        assert [r["Id"] for r in org.query(f"SELECT Id FROM User WHERE Id = '{given}'")] == [long]
    assert org.query(f"SELECT Id FROM User WHERE Id = '{other[:15]}'")[0]["Id"] == other


def test_a_keyset_walk_over_stamps_and_ids_finds_each_record_once(org, accounts):
    found, where = [], ""
    while True:
        page = org.query(
            f"SELECT Id, SystemModstamp FROM Account {where} ORDER BY SystemModstamp, Id LIMIT 700"
        )
        found += page
        if not page:
            break
        stamp = page[-1]["SystemModstamp"].replace("+0000", "Z")
        where = (f"WHERE (SystemModstamp = {stamp} AND Id > '{page[-1]['Id']}') "
                 f"OR SystemModstamp > {stamp}")  # fmt: skip
    wanted = sorted((one["SystemModstamp"], one["Id"]) for one in accounts)
    assert [(one["SystemModstamp"], one["Id"]) for one in found] == wanted


def test_a_keyset_walk_over_ids_finds_each_record_once(org, accounts):
    found, last = [], ""
    while page := org.query(f"SELECT Id FROM Account WHERE Id > '{last}' ORDER BY Id LIMIT 900"):
        found += [record["Id"] for record in page]
        last = found[-1]
    assert found == [one["Id"] for one in accounts]


@pytest.mark.parametrize(
    ("order", "nulls"), [("", "first"), ("NULLS LAST", "last"), ("DESC NULLS LAST", "last")]
)
def test_nulls_come_first_unless_told_otherwise(org, order, nulls):
    found = org.query(
        f"SELECT Id, NumberOfEmployees FROM Account ORDER BY NumberOfEmployees {order}, Id"
    )
    values = [record["NumberOfEmployees"] for record in found]
    empty = values.count(None)
    assert empty
    assert set(values[:empty] if nulls == "first" else values[-empty:]) == {None}
    rest = [value for value in values if value is not None]
    assert rest == sorted(rest, reverse="DESC" in order)


def test_limit_and_offset_cut_a_part_out(org):
    whole = org.query("SELECT Id FROM Account ORDER BY Name, Id LIMIT 30")
    part = org.query("SELECT Id FROM Account ORDER BY Name, Id LIMIT 10 OFFSET 5")
    assert part == whole[5:15]


def test_names_are_found_in_any_case_and_answered_in_their_own(org):
    record = org.query("select id, OWNER.name from account limit 1")[0]
    assert set(record) == {"attributes", "Id", "Owner"}


def test_strings_may_hold_escapes(org):
    assert org.count(r"User WHERE LastName = 'O\'Connor'") == 1
    assert org.count(r"User WHERE LastName LIKE 'O\'C%'") == 1
    assert org.count(r"User WHERE LastName LIKE 'O\_C%'") == 0
    assert org.count(r"User WHERE LastName = 'Mu\u00f1oz'") == 1


def test_a_count_has_no_records(org):
    assert org.answered("SELECT COUNT() FROM Account") == {
        "totalSize": 3000, "done": True, "records": [],
    }  # fmt: skip


def test_groups_of_fields_can_be_asked_for(org):
    everything = org.query("SELECT FIELDS(ALL) FROM Account LIMIT 1")[0]
    custom = org.query("SELECT Id, FIELDS(CUSTOM) FROM Account LIMIT 1")[0]
    assert set(custom) > {"Id", "Tier__c", "CSM__c"}
    assert "Website" in everything
    assert "Website" not in custom


REFUSALS = {
    "SELECT Bogus FROM Account": ("INVALID_FIELD", "No such column 'Bogus' on entity 'Account'"),
    "SELECT Owner.Bogus FROM Account": ("INVALID_FIELD", "No such column 'Bogus' on entity 'User'"),
    "SELECT Boss.Name FROM Account": ("INVALID_FIELD", "Didn't understand relationship 'Boss'"),
    "SELECT IsDeleted FROM User": ("INVALID_FIELD", "No such column 'IsDeleted'"),
    "SELECT CurrencyIsoCode FROM Account": ("INVALID_FIELD", "No such column"),
    "SELECT IsPersonAccount FROM Account": ("INVALID_FIELD", "No such column"),
    "SELECT Owner.Manager.Name FROM Subscription__c": ("INVALID_FIELD", "relationship 'Manager'"),
    "SELECT Id FROM Bogus": ("INVALID_TYPE", "sObject type 'Bogus' is not supported"),
    "SELECT Id, ID FROM Account": ("MALFORMED_QUERY", "duplicate field selected: id"),
    "SELECT Id": ("MALFORMED_QUERY", "unexpected token: '<EOF>'"),
    "SELECT FROM Account": ("MALFORMED_QUERY", "unexpected token: 'Account'"),
    "": ("MALFORMED_QUERY", "cannot be empty"),
    "SELECT Id FROM Account WHERE": ("MALFORMED_QUERY", "unexpected token"),
    'SELECT Id FROM Account WHERE Name = "x"': ("MALFORMED_QUERY", "unexpected token: '\"'"),
    "SELECT Id FROM Account WHERE Name = 'x": ("MALFORMED_QUERY", "unexpected token: '''"),
    r"SELECT Id FROM Account WHERE Name = '\q'": ("MALFORMED_QUERY", "invalid escape"),
    "SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b' AND Name = 'c'":
        ("MALFORMED_QUERY", "unexpected token: 'AND'"),
    "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'":
        ("MALFORMED_QUERY", "unexpected token: 'OR'"),
    "SELECT Id FROM Account WHERE SystemModstamp > 2026-01-01T00:00:00":
        ("MALFORMED_QUERY", "unexpected token"),
    "SELECT Id FROM Account WHERE SystemModstamp > 2026-13-01T00:00:00Z":
        ("MALFORMED_QUERY", "unexpected datetime"),
    "SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01T00:00:00Z'":
        ("INVALID_FIELD", "must be of type dateTime and should not be enclosed in quotes"),
    "SELECT Id FROM Account WHERE SystemModstamp > 2026-01-01":
        ("INVALID_FIELD", "must be of type dateTime"),
    "SELECT Id FROM Account WHERE Name = 5":
        ("INVALID_FIELD", "must be of type string and should be enclosed in quotes"),
    "SELECT Id FROM Account WHERE NumberOfEmployees = '5'":
        ("INVALID_FIELD", "must be of type int and should not be enclosed"),
    "SELECT Id FROM Account WHERE IsDeleted = 'false'": ("INVALID_FIELD", "of type boolean"),
    "SELECT Id FROM Account WHERE IsDeleted > false":
        ("INVALID_QUERY_FILTER_OPERATOR", "invalid operator"),
    "SELECT Id FROM Account WHERE Id = 'abc'":
        ("INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: abc"),
    "SELECT Id FROM Account WHERE OwnerId = 5": ("INVALID_FIELD", "must be of type ID"),
    "SELECT Id FROM Account WHERE Id LIKE '001%'":
        ("INVALID_QUERY_FILTER_OPERATOR", "invalid ID field"),
    "SELECT Id FROM Account WHERE Name LIKE null":
        ("INVALID_QUERY_FILTER_OPERATOR", "LIKE needs a text field"),
    "SELECT COUNT(), Id FROM Account": ("MALFORMED_QUERY", "COUNT() alone"),
    "SELECT FIELDS(CUSTOM) FROM User LIMIT 1": ("MALFORMED_QUERY", "field list is empty"),
    "SELECT Id FROM Account WHERE Name BETWEEN 'a'": ("MALFORMED_QUERY", "token: 'BETWEEN'"),
    "SELECT Id FROM Account WHERE Name = bogus": ("MALFORMED_QUERY", "token: 'bogus'"),
    "SELECT Id FROM Account WHERE Name NOT 'a'": ("MALFORMED_QUERY", "token: ''a''"),
    "SELECT Id FROM Account ORDER BY Name NULLS": ("MALFORMED_QUERY", "token: '<EOF>'"),
    "SELECT Id FROM Account WHERE Description = 'x'":
        ("INVALID_FIELD", "field 'Description' can not be filtered in a query call"),
    "SELECT Id FROM Account ORDER BY Description":
        ("MALFORMED_QUERY", "can not be sorted in a query call"),
    "SELECT Id FROM Account WHERE BillingAddress = 'x'": ("INVALID_FIELD", "can not be filtered"),
    "SELECT FIELDS(ALL) FROM Account LIMIT 201": ("MALFORMED_QUERY", "LIMIT of at most 200"),
    "SELECT Id FROM Account OFFSET 2001": ("NUMBER_OUTSIDE_VALID_RANGE", "2000"),
    "SELECT COUNT(Id) FROM Account": ("MALFORMED_QUERY", "COUNT() alone"),
    "SELECT BOGUS(Id) FROM Account": ("INVALID_FIELD", "unknown function"),
    "SELECT Id FROM Account LIMIT x": ("MALFORMED_QUERY", "unexpected token: 'x'"),
    "SELECT Id FROM Account LIMIT 1 GARBAGE": ("MALFORMED_QUERY", "unexpected token: 'GARBAGE'"),
}  # fmt: skip


@pytest.mark.parametrize("soql", REFUSALS)
def test_what_is_wrong_is_refused_as_the_vendor_does(org, soql):
    status, code, message = org.refusal(soql)
    assert (status, code) == (400, REFUSALS[soql][0])
    assert REFUSALS[soql][1] in message


def test_a_plus_in_an_offset_must_be_encoded(org):
    soql = "SELECT+Id+FROM+User+WHERE+SystemModstamp>2026-01-01T00:00:00+01:00"
    assert org.http.get(f"{DATA}/query?q={soql}").status_code == 400
    assert org.http.get(f"{DATA}/query?q={soql.replace('0+0', '0%2B0')}").status_code == 200


def test_urls_and_headers_together_have_a_limit(org):
    soql = "SELECT Id FROM User WHERE Name IN ('{}')"
    long = soql.format("x" * 17_000)
    assert org.get("/query", q=long).status_code == 414
    headers = {"x-padding": "x" * 16_300}
    assert org.http.get(f"{DATA}/limits", headers=headers).status_code == 431
    assert org.get("/query", q=soql.format("x" * 15_000)).status_code == 200


def test_next_pages_are_refused_once_they_expired(serving):
    org = Organization(serving(companies=2500, salesforce_locator_s=0.0))
    path = org.answered("SELECT Id FROM Account")["nextRecordsUrl"]
    answer = org.http.get(path)
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_the_eleventh_open_query_ends_the_first(org):
    paths = [org.answered("SELECT Id FROM Account")["nextRecordsUrl"] for _ in range(11)]
    assert [org.http.get(path).status_code for path in paths] == [400] + [200] * 10


def test_wide_rows_make_short_pages(serving):
    org = Organization(serving(companies=2500))
    (one,) = org.act("change", count=1)["ids"]
    for record in [one, *org.act("create", count=100)["ids"]]:
        org.act("set", id=record, fields={"Description": "x" * 130_000})
    page = org.answered(
        "SELECT Description FROM Account WHERE SystemModstamp > 2026-11-15T00:00:00Z"
    )
    assert (page["totalSize"], page["done"]) == (101, False)
    assert len(page["records"]) == 61
