from __future__ import annotations

import pytest

from crmsync.errors import ConfigError, LedgerError
from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock
from crmsync.testing.settlements import SYNC, settlement


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://me:hunter2@db/crm", "must not hold the password"),
        ("postgres://db/crm?password=hunter2", "must not hold the password"),
        ("postgres://db", "must name a database"),
        ("mysql://db", "no ledger's URL"),
        ("crmsync.db", "no ledger's URL"),
        ("sqlite://", "no ledger's URL"),
        ("sqlite:///", "no ledger's URL"),
        ("sqlite:///a.db?mode=ro", "no options"),
    ],
)
def test_an_unusable_url_is_refused_with_an_example(url, says):
    with pytest.raises(ConfigError) as caught:
        open_ledger(url, clock=FakeClock())
    assert caught.value.problems[0].field == "state.url"
    assert says in caught.value.message
    assert "sqlite:///crmsync.db" in caught.value.message
    assert "hunter2" not in caught.value.message


def test_a_relative_url_is_relative_to_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_ledger("sqlite:///crmsync.db", clock=FakeClock()).close()
    assert (tmp_path / "crmsync.db").is_file()


def test_a_file_name_may_hold_what_urls_escape(tmp_path):
    name = "a b%20#ü.db"
    open_ledger(f"sqlite:///{tmp_path}/{name}", clock=FakeClock()).close()
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_a_missing_file_reads_as_an_empty_ledger(open_at, path):
    ledger = open_at(read_only=True)
    assert ledger.sync_state(SYNC).cursor is None
    assert ledger.runs() == []
    assert list(path.parent.iterdir()) == []


def test_reading_changes_no_byte_and_makes_no_file(open_at, path):
    writer = open_at()
    writer.settle(settlement(cursor="c"))
    writer.close()
    before = {one: one.is_file() and one.read_bytes() for one in path.parent.iterdir()}
    assert open_at(read_only=True).sync_state(SYNC).cursor == "c"
    assert {one: one.is_file() and one.read_bytes() for one in path.parent.iterdir()} == before


@pytest.mark.parametrize("exists", [True, False])
def test_a_ledger_opened_for_reading_refuses_to_write(open_at, exists):
    if exists:
        open_at()
    ledger = open_at(read_only=True)
    with pytest.raises(LedgerError, match="for reading only"):
        ledger.settle(settlement(cursor="c"))
    with pytest.raises(LedgerError, match="for reading only"):
        ledger.lock("a")
    assert ledger.sync_state(SYNC).cursor is None
