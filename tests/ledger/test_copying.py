from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest

from crmsync.errors import LedgerError
from crmsync.ledger import filling, open_stored
from crmsync.ledger.checking import findings
from crmsync.ledger.copying import contents, copy
from crmsync.receipts import Outcome
from crmsync.state import EventLine, Phase
from crmsync.testing.clocks import FakeClock
from crmsync.testing.settlements import AT, DESTINATION, SYNC, delivery, record, refused, settlement
from tests.ledger.postgres.conftest import url

__all__ = ["url"]
LINE = EventLine("t1", SYNC, "1", "a@b.c", 3, Phase.UNKNOWN, b"\x00\xff", AT, "", "lost")


@pytest.fixture
def opened():
    """Opens stores by their URLs, and closes all in the end."""
    ledgers = []

    def opener(where):
        ledgers.append(open_stored(where, clock=FakeClock(), read_only=False))
        return ledgers[-1]

    yield opener
    for ledger in ledgers:
        ledger.close()


@pytest.fixture
def full(opened, tmp_path):
    """A ledger with something in every table, and more than one stretch of records."""
    ledger = opened(f"sqlite:///{tmp_path}/full.db")
    many = [record(f"ü{n}", key=f"k{n}", body=b"\x00\xff%d" % n) for n in range(1_100)]
    ledger.settle(settlement([record()], [delivery()], cursor="c", batch_id="b"))
    ledger.settle(
        settlement([*many, refused("bad"), record("p", key="q", outcome=Outcome.PENDING)])
    )
    ledger.intend(batch_id="b2", sync=SYNC, destination=DESTINATION, payloads=[("k", b"\x00")])
    ledger.settle(replace(settlement(), events=[LINE]))
    ledger.note(DESTINATION, {"cookie": "1"})
    ledger.start_run("r1", AT)
    return ledger


def everything(ledger):
    return [
        ledger.sync_state(SYNC),
        ledger.contributions(DESTINATION, [f"k{n}" for n in range(1_100)]),
        ledger.deliveries(DESTINATION, ["acme.com"]),
        list(ledger.quarantine()),
        ledger.events_of(SYNC, "1"),
        ledger.standing(SYNC, DESTINATION),
        ledger.recall(DESTINATION, ["cookie"]),
        ledger.runs(),
    ]


def test_a_ledger_goes_to_a_server_and_back_byte_by_byte(full, opened, url, tmp_path):
    there, back = opened(url), opened(f"sqlite:///{tmp_path}/back.db")
    copied = copy(full.store, there.store)
    assert copy(there.store, back.store) == copied == contents(full.store)
    assert everything(full) == everything(there) == everything(back)
    assert {one.table for one in copied if one.rows} >= {"keys", "records", "events", "intents"}


def test_a_copy_goes_on_as_the_ledger_would_have(full, opened, url):
    there = opened(url)
    copy(full.store, there.store)
    for ledger in (full, there):
        assert ledger.recover(DESTINATION) == 1
        ledger.settle(settlement([record("new", key="new")], [delivery("new")], sync="another"))
        ledger.start_run("r2", AT)
        assert [run["run_id"] for run in ledger.runs()] == ["r2", "r1"]
        assert findings(ledger.store) == []


def test_nothing_is_copied_over_something(full, opened, tmp_path):
    other = opened(f"sqlite:///{tmp_path}/other.db")
    other.pin(SYNC, "4711")
    with pytest.raises(LedgerError, match=r"other\.db is not empty \(syncs\); nothing was copied"):
        copy(full.store, other.store)
    assert other.sync_state(SYNC).account == "4711"


def test_a_ledger_that_somebody_makes_meanwhile_is_not_replaced(full, opened, tmp_path):
    url = f"sqlite:///{tmp_path}/other.db"
    with ExitStack() as until:
        copy(full.store, until.enter_context(filling(url, clock=FakeClock())).store)
        opened(url).pin(SYNC, "4711")
        with pytest.raises(LedgerError, match=r"other\.db: somebody else made it meanwhile"):
            until.close()
    assert opened(url).sync_state(SYNC).account == "4711"
    assert list(tmp_path.glob("*-new-*")) == []


def test_an_empty_ledger_is_not_copied(opened, tmp_path):
    stores = [opened(f"sqlite:///{tmp_path}/{name}.db").store for name in "ab"]
    with pytest.raises(LedgerError, match=r"a\.db has nothing in it"):
        copy(*stores)


def test_a_whole_ledger_has_nothing_wrong(full):
    assert findings(full.store) == []


@pytest.mark.parametrize(
    ("sql", "rules"),
    [
        (
            "DELETE FROM destinations",
            {
                "keys_without_destination",
                "intents_without_sync",
                "events_without_sync",
                "notes_without_destination",
            },
        ),
        ("UPDATE keys SET owed_by = 99", {"keys_owed_by_nobody"}),
        ("UPDATE records SET key = 'other' WHERE record_id = '1'", {"records_without_key"}),
        ("UPDATE keys SET body = NULL", {"records_without_body"}),
        ("UPDATE records SET outcome = 'fine' WHERE record_id = '1'", {"records_without_outcome"}),
        ("DELETE FROM records WHERE record_id = 'bad'", {"quarantine_without_record"}),
        ("UPDATE events SET phase = 'gone'", {"events_without_sync"}),
    ],
)
def test_each_fault_of_a_ledger_is_found(full, sql, rules):
    full.store._connection.execute(sql)
    assert {one.rule for one in findings(full.store)} == rules


def test_rows_of_no_sync_are_found_on_a_server_too(full, opened, url):
    there = opened(url)
    copy(full.store, there.store)
    there.store._link._connection.execute("DELETE FROM syncs")
    assert {one.rule for one in findings(there.store)} == {
        "records_without_sync",
        "intents_without_sync",
        "events_without_sync",
    }
