from __future__ import annotations

from crmsync.errors import CredentialsError
from tests.engine.conftest import company


def records(bench, **options):
    """The preview's records by id."""
    document = bench.preview(**options).to_json()
    return {record["id"]: record for record in document["syncs"][0]["records"]}


def test_everything_is_created_at_first_and_nothing_is_sent_or_stored(bench):
    bench.source.records = [company(1), company(2)]

    report = bench.preview().to_json()

    (sync,) = report["syncs"]
    assert sync["changes"]["create"] == 2
    assert sync["records"][0]["payload"]["domain"] == "c1.com"
    assert sync["records"][0]["diff"]["properties.displayName"] == [None, "Company 1"]
    assert bench.destination.pushes == []
    assert bench.ledger.sync_state("companies").cursor is None
    assert bench.ledger.runs() == []


def test_change_shows_old_and_new_of_what_differs_only(bench):
    bench.source.records = [company(1, phone="+46 8 123 456"), company(2)]
    bench.run()
    bench.source.records[0] = company(1, name="New")

    shown = records(bench)

    assert shown["1"]["action"] == "change"
    assert shown["1"]["diff"] == {
        "properties.displayName": ["Company 1", "New"],
        "properties.phone": ["+46 8 123 456", None],
    }
    assert shown["2"]["action"] == "unchanged"
    assert shown["2"]["payload"] is None


def test_every_action_has_its_place_and_the_books_balance(bench):
    bench.settings["filter"] = {"kind": ("real",)}
    bench.source.records = [
        company(1, kind="real"),
        company(2, kind="real", domain="c1.com", day=1),
        company(3, kind="real", domain=None),
        company(4, kind="real", stage="unheard of"),
        company(5, kind="other"),
    ]

    document = bench.preview().to_json()

    (sync,) = document["syncs"]
    assert sync["changes"] == {
        "create": 1,
        "change": 0,
        "unchanged": 0,
        "merged": 1,
        "filtered": 1,
        "skipped": 1,
        "invalid": 1,
    }
    assert sync["balanced"]
    assert [record["id"] for record in sync["records"]] == ["1", "2", "3", "4", "5"]
    assert records(bench)["4"]["problems"][0]["severity"] == "error"


def test_needs_no_destination(bench):
    def refuse():
        raise CredentialsError("no key")

    bench.settings["open_destination"] = refuse
    bench.source.records = [company(1)]

    assert bench.preview().exit_code == 0


def test_something_to_send_is_counted(bench):
    bench.source.records = [company(1), company(2)]

    assert bench.preview().to_send == 2

    bench.run()

    assert bench.preview().to_send == 0


def test_failing_crm_is_the_sync_s_error(bench):
    bench.source.fail_after = 0
    bench.source.error = CredentialsError("the token is gone", hint="make a new one")

    document = bench.preview().to_json()

    assert document["exit_code"] == 7
    assert document["syncs"][0]["error"] == "the token is gone; make a new one"


def test_guard_is_told_and_the_records_are_shown_all_the_same(bench):
    bench.source.records = [company(n, phone="+46 8 123 456") for n in range(1, 9)]
    bench.run()
    bench.source.records = [company(n) for n in range(1, 9)]

    document = bench.preview().to_json()

    assert document["exit_code"] == 6
    assert document["syncs"][0]["changes"]["change"] == 8


def test_one_record_can_be_looked_at(bench):
    bench.source.records = [company(1), company(2)]

    assert list(records(bench, ids=("2",))) == ["2"]


def test_records_come_one_by_one_with_their_sync(bench):
    bench.source.records = [company(1)]

    (line,) = bench.preview().records()

    assert (line["sync"], line["id"], line["action"]) == ("companies", "1", "create")


def test_disabled_key_shows_that_alone(bench):
    bench.settings["on_delete"] = "disable"
    bench.source.records = [company(1), company(2)]
    bench.run()
    bench.source.records[0] = company(1, deleted=True)

    shown = records(bench)["1"]

    assert shown["diff"] == {"isEnabled": [None, False]}
    assert shown["payload"] == {"domain": "c1.com", "isEnabled": False}


def test_a_record_without_its_key_is_skipped_and_what_is_disabled_for_it_shown(bench):
    bench.settings["on_delete"] = "disable"
    bench.source.records = [company(1), company(2)]
    bench.run()
    bench.source.records[0] = company(1, domain="")

    shown = records(bench)["1"]

    assert (shown["action"], bench.run().counts.skipped) == ("skipped", 1)
    assert shown["payload"] == {"domain": "c1.com", "isEnabled": False}
