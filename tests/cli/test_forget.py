"""`crmsync forget`, as a person calls it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from crmsync.ledger import open_ledger
from crmsync.receipts import Outcome
from crmsync.state import FORGOTTEN
from crmsync.testing.settlements import BODY, delivery, record, refused, settlement
from crmsync.transport.clock import SystemClock
from tests.cli.events_world import configure

MORE = """
[syncs.again]
source = "hubspot"
object = "companies"
destination = "atoka"
preset = "none"
fields = { record = "record.id", lead = "domain" }
"""


@pytest.fixture
def opened(tmp_path):
    """The ledger of the configuration, as often as it is asked for."""

    def opened():
        return open_ledger(f"sqlite:///{tmp_path}/crmsync.db", clock=SystemClock())

    return opened


@pytest.fixture
def forget(crmsync, tmp_path, opened, monkeypatch):
    """`crmsync forget main …` where two records give to one key, and a third is refused."""
    configure(tmp_path, "http://127.0.0.1:1", MORE)
    for name in ("ATOKA_TOKEN", "OTHER"):
        monkeypatch.setenv(name, "made-up")
    ledger = opened()
    lone = record("4", key="lone.com")
    ledger.settle(
        settlement(
            [record("1"), record("2"), refused("3"), lone],
            [delivery(), delivery("lone.com")],
            sync="main",
        )
    )
    other = settlement([record("1", key="k", outcome=Outcome.UNCHANGED)], sync="again")
    ledger.settle(replace(other, destination="atoka"))
    ledger.close()
    return lambda *more: crmsync("forget", "main", *more)


def known(opened, *ids):
    ledger = opened()
    found = ledger.known("main", ids)
    ledger.close()
    return found


def test_a_record_is_forgotten_and_what_is_left_to_do_is_told(forget, opened):
    ended = forget("1", "--yes")
    assert (ended.code, ended.out) == (0, "1 forgotten\n")
    assert known(opened, "1")["1"].digest == FORGOTTEN
    assert "what others give to a shared key is sent anew by the next run" in ended.err
    assert "still in again: crmsync forget again 1" in ended.err
    assert "`crmsync forget --undo main 1` lets them be read again" in ended.err


def test_as_json_it_is_one_document(forget):
    ended = forget("4", "3", "--yes", "--json")
    told = json.loads(ended.out)
    assert [one["id"] for one in told["forgotten"]] == ["3", "4"]
    assert told["forgotten"][0]["quarantined"] is True
    assert (told["delivered_to"], told["also_in"]) == (["lone.com"], [])
    assert "akooda still has what was delivered to it: lone.com" in ended.err


def test_without_a_terminal_nothing_is_erased_unasked(forget, opened):
    ended = forget("1")
    assert (ended.code, ended.out) == (2, "")
    assert "--yes: is required where nobody can be asked" in ended.err
    assert known(opened, "1")["1"].key


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("9", "1", "--yes"), "9: main has no such record"),
        (("--key", "other.com", "--yes"), "other.com: nothing was delivered to that key of akooda"),
        ((), "name the ids of records, or --key"),
        (("--undo",), "name the ids of records"),
        (("--undo", "1", "--key", "a"), "name the ids of records"),
    ],
    ids=["an unknown record", "an unknown key", "nothing", "nothing to undo", "a key to undo"],
)
def test_what_is_not_there_is_refused_before_anything_is_erased(forget, opened, words, told):
    ended = forget(*words)
    assert ended.code == 2
    assert told in ended.err
    assert known(opened, "1")["1"].key


def test_a_key_that_a_record_has_is_not_forgotten_by_its_name(forget):
    ended = forget("--key", "lone.com", "--yes")
    assert ended.code == 2
    assert "lone.com: main 4 gives to it" in ended.err


def test_what_was_delivered_to_a_key_that_no_record_has_is(forget, opened):
    assert forget("4", "--yes").code == 0
    ledger = opened()
    ledger.settle(settlement((), [delivery("old.com", BODY)], sync="main"))
    ledger.close()
    assert (forget("--key", "old.com", "--yes").out) == "forgotten\n"
    ledger = opened()
    assert ledger.deliveries("akooda", ["old.com"]) == {}
    ledger.close()


def test_a_forgotten_record_is_let_back(forget, opened):
    forget("4", "--yes")
    assert forget("4", "--yes").code == 0
    ended = forget("4", "1", "--undo")
    assert (ended.code, ended.out) == (0, "1 read again\n")
    assert "1 was not forgotten" in ended.err
    assert known(opened, "4") == {}
    assert forget("4", "--undo").code == 2


def test_while_a_run_is_under_way_it_leaves_with_9(forget, opened):
    ledger = opened()
    with ledger.lock("sync main"):
        ended = forget("1", "--yes")
    ledger.close()
    assert ended.code == 9
    assert "sync main is in use by process" in ended.err


@pytest.mark.parametrize(("typed", "code"), [(b"y\n", 0), (b"n\n", 1)], ids=["yes", "no"])
def test_on_a_terminal_it_shows_what_is_held_and_asks(forget, at_a_terminal, opened, typed, code):
    ended, screen = at_a_terminal(typed, "forget", "main", "1", "3")
    assert ended == code
    assert "record 1: accepted, key acme.com, its key is also given to by main 2, which" in screen
    assert "record 3: invalid, a refused payload" in screen
    assert "Erase this from the ledger for good?" in screen
    assert [one.forgotten for one in known(opened, "1", "3").values()] == [not code] * 2
