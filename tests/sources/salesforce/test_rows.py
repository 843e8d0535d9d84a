from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from crmsync.reports import JSONObject
from crmsync.sources.salesforce.joins import Reference, Wanted
from crmsync.sources.salesforce.rows import Beside, Builder, Stage, by_host, moment, of_csv, of_json

COLUMNS = {"Id": "id", "SystemModstamp": "datetime", "Name": "string", "Owner.Email": "email"}


def wanted(**changes):
    plain = Wanted(
        columns=COLUMNS, fields=(("Name", "Name"),), compounds={}, references=(), stages=False,
        contacts=False, unknown=(),
    )  # fmt: skip
    return plain._replace(**changes)


def table(*rows, **columns):
    names = columns or COLUMNS
    return of_csv(rows, list(names), names)


def test_rows_of_rest_and_of_bulk_are_one():
    row: JSONObject = {"Id": "1", "SystemModstamp": "2026-01-02T03:04:05.000+0000", "Name": None,
           "Owner": {"Email": "a@b.se"}}  # fmt: skip

    assert of_json([row], COLUMNS).columns == {
        name: list(one)
        for name, one in table(["1", "2026-01-02T03:04:05.000Z", "", "a@b.se"]).columns.items()
    }


def test_no_rows_have_all_columns():
    assert of_csv([], list(COLUMNS), COLUMNS) == of_json([], COLUMNS)


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="zip"):
        table(["1", "2", "3", "4"], ["1"])


def test_a_record_has_its_address_and_moment():
    builder = Builder(wanted(), "SystemModstamp", Beside(("https://x/", "/view")))
    (record,) = builder.records(table(["001", "2026-01-02T03:04:05.000Z", "Acme", ""]))

    assert record.url == "https://x/001/view"
    assert record.modified_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert record.fields == {"Name": "Acme"}
    assert not record.deleted


def test_without_an_address_there_is_none():
    (record,) = Builder(wanted(), "", Beside()).records(table(["001", "", "", ""]))

    assert (record.url, record.modified_at) == ("", None)


def joined(ref, *rows, **columns):
    return [
        one.joins for one in Builder(wanted(references=(ref,)), "", Beside()).records(
            table(*rows, Id="id", Name="string", **columns)
        )
    ]  # fmt: skip


def test_a_reference_to_nothing_has_its_id_alone():
    ref = Reference("Account", "AccountId", "Account.Id", (("Website", "Account.Website"),))
    columns = {"AccountId": "reference", "Account.Id": "id", "Account.Website": "url"}
    rows = (["1", "", "a", "a", "x.se"], ["2", "", "a", "a", ""], ["3", "", "a", "", ""],
            ["4", "", "", "", ""])  # fmt: skip

    assert joined(ref, *rows, **columns) == [
        {"Account": {"id": "a", "Website": "x.se"}},
        {"Account": {"id": "a", "Website": None}},
        {"Account": {"id": "a"}},
        {},
    ]


def test_a_queue_is_no_active_owner_even_where_nothing_is_known_of_it():
    ref = Reference("owner", "OwnerId", "Owner.Id", (("email", "E"), ("name", "N")))
    columns = {"OwnerId": "reference", "Owner.Id": "id", "E": "email", "N": "string"}
    known, unknown = joined(
        ref, ["1", "", "00G1", "00G1", "q@x.se", "Queue"], ["2", "", "00G2", "", "", ""], **columns
    )

    assert known == {"owner": {"id": "00G1", "email": None, "name": "Queue", "active": False}}
    assert unknown == {"owner": {"id": "00G2", "email": None, "name": None, "active": False}}


STAGES = {"Won": Stage("Signed", is_won=False, is_closed=False, probability=90.0)}


@pytest.mark.parametrize(
    ("row", "stage"),
    [
        (
            ["Won", "true", "true", "100"],
            {"id": "Won", "label": "Signed", "is_won": True, "is_closed": True,
             "probability": 90.0},
        ),
        (
            ["Gone", "false", "true", "0"],
            {"id": "Gone", "label": "Gone", "is_won": False, "is_closed": True,
             "probability": 0.0},
        ),
        (
            ["Won", "", "", ""],
            {"id": "Won", "label": "Signed", "is_won": False, "is_closed": False,
             "probability": 90.0},
        ),
        (["", "false", "false", ""], None),
    ],
    ids=["the record's flags first", "a stage deleted since", "no flags", "no stage"],
)  # fmt: skip
def test_a_stage_is_the_lists_and_the_records(row, stage):
    columns = {"Id": "id", "Name": "string", "StageName": "picklist", "IsWon": "boolean",
               "IsClosed": "boolean", "Probability": "percent"}  # fmt: skip
    builder = Builder(wanted(stages=True), "", Beside(stages=STAGES))
    (record,) = builder.records(table(["1", "", *row], **columns))

    assert record.joins.get("stage") == stage


def test_contacts_are_asked_for_accounts_without_a_website_alone():
    asked: list[list[str]] = []

    def emails(ids):
        asked.append(list(ids))
        return {"2": ["a@b.se"]}

    columns = {"Id": "id", "Name": "string", "Website": "url"}
    builder = Builder(wanted(contacts=True), "", Beside(emails=emails))
    found = builder.records(table(["1", "", "x.se"], ["2", "", ""], ["3", "", ""], **columns))

    assert asked == [["2", "3"]]
    assert [one.joins for one in found] == [{}, {"contacts": {"emails": ["a@b.se"]}}, {}]


def test_the_commonest_host_comes_first_whatever_the_order():
    emails = ("z@one.se", "a@two.se", "b@Two.se", "c@three.se")

    for order in permutations(emails):
        found = by_host(("1", email) for email in order)

        assert found == {"1": ["a@two.se", "b@Two.se", "z@one.se", "c@three.se"]}


@pytest.mark.parametrize("value", [None, "", "soon", "0000-00-00T00:00:00Z", 5])
def test_what_is_no_moment_gives_none(value):
    assert moment(value) is None


def test_a_deleted_record_has_no_joins():
    ref = Reference("owner", "OwnerId")
    rows = of_csv([["1", "5"]], ["Id", "OwnerId"], {"Id": "id", "OwnerId": "reference"})
    (record,) = Builder(wanted(references=(ref,)), "", Beside()).records(rows, deleted=True)

    assert record.deleted
    assert record.joins == {}
    assert record.fields == {}
