from __future__ import annotations

import pytest

from crmsync.errors import LedgerError, UnreachableError
from crmsync.exit_codes import ExitCode, of_error
from crmsync.ledger import open_ledger
from crmsync.ledger.postgres.failures import LostConnectionError
from crmsync.testing.clocks import FakeClock
from crmsync.testing.settlements import DESTINATION, SYNC, refused, settlement


@pytest.fixture(scope="session")
def server_url(cluster):
    """Never a server that somebody else uses: it is stopped here."""
    return cluster.url


@pytest.mark.slow
def test_a_run_goes_on_over_restarts_of_the_server_and_counts_nothing_twice(
    cluster, url, child, open_at
):
    process = child()
    told = [int(process.stdout.readline())]
    for _ in range(3):
        cluster.restart()
        told += [int(process.stdout.readline()) for _ in range(20)]
    process.kill()
    rest = process.stdout.read()  # `communicate` passes over what was read ahead
    told += [int(line) for line in rest.split()]
    assert told == list(range(1, len(told) + 1))
    state = open_at().sync_state(SYNC)
    assert int(state.cursor) - told[-1] in {0, 1}
    assert state.full_pass - int(state.cursor) in {0, 1}


class Cut:
    """Loses the connection once, as a COMMIT is sent: before it arrives, or after."""

    def __init__(self, link, *, arrives):
        self._commit, self._link, self._arrives = link.commit, link, arrives

    def commit(self):
        self._link.commit = self._commit
        if self._arrives:
            self._commit()
        self._link.close()
        raise LostConnectionError("lost")


@pytest.mark.parametrize("arrives", [True, False], ids=["committed", "not committed"])
def test_a_transaction_whose_commit_was_lost_is_done_once(open_at, arrives):
    ledger = open_at()
    ledger.settle(settlement([refused()], cursor="before"))
    link = ledger._store._link
    link.commit = Cut(link, arrives=arrives).commit
    assert ledger.begin_full(SYNC) == 1
    link.commit = Cut(link, arrives=arrives).commit
    ledger.settle(settlement([refused()], cursor="after"))
    assert ledger.sync_state(SYNC).full_pass == 1
    assert [one.tries for one in ledger.quarantine()] == [2]


def test_a_transaction_that_the_server_cut_off_is_done_again_from_its_beginning(open_at):
    ledger, other = open_at(), open_at()
    store, attempts = ledger._store, []

    def work():
        attempts.append(store.run("add_sync", "a"))
        if len(attempts) == 1:
            (pid,) = store._link._connection.execute("SELECT pg_backend_pid()").fetchone()
            other._store._link._connection.execute("SELECT pg_terminate_backend($1::int)", (pid,))
        store.run("add_sync", "b")

    store.write(work)
    assert attempts == [1, 1]
    assert other._store.rows("sync_id", "a") != []


def test_a_read_that_was_cut_off_is_asked_again(open_at):
    ledger, other = open_at(), open_at()
    ledger.settle(settlement(cursor="c"))
    (pid,) = ledger._store._link._connection.execute("SELECT pg_backend_pid()").fetchone()
    other._store._link._connection.execute("SELECT pg_terminate_backend($1::int)", (pid,))
    assert ledger.sync_state(SYNC).cursor == "c"


def test_a_server_that_stays_away_ends_the_run_for_now(cluster, url):
    clock = FakeClock()
    ledger = open_ledger(url, clock=clock)
    cluster.stop()
    try:
        with pytest.raises(UnreachableError, match="cannot be reached") as caught:
            ledger.settle(settlement(cursor="c"))
        waited = sum(clock.sleeps)
        with pytest.raises(UnreachableError):
            ledger.known(SYNC, ["1"])
    finally:
        cluster.start()
    assert 50 < waited <= 60
    assert sum(clock.sleeps) == waited
    assert of_error(caught.value) == ExitCode.TEMPORARY
    assert "nothing is lost" in caught.value.hint
    ledger.settle(settlement(cursor="c"))
    assert ledger.sync_state(SYNC).cursor == "c"
    ledger.close()


def test_no_server_is_a_passing_failure():
    with pytest.raises(UnreachableError, match=r"postgresql://me@127\.0\.0\.1:1/db cannot be"):
        open_ledger("postgresql://me@127.0.0.1:1/db?sslmode=disable", clock=FakeClock())


def test_a_frozen_transaction_is_ended_before_others_lose_their_turn(open_at):
    connection = open_at()._store._link._connection
    told = [
        connection.execute(f"SHOW {name}").fetchone()[0]
        for name in ("idle_in_transaction_session_timeout", "lock_timeout", "synchronous_commit")
    ]
    assert told == ["30s", "1min", "on"]


def test_an_error_inside_a_transaction_undoes_it(open_at):
    store = open_at()._store

    def work():
        store.run("add_sync", "a")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.write(work)
    assert store.rows("sync_id", "a") == []


def test_a_ledger_that_was_emptied_under_a_run_says_so(open_at):
    ledger = open_at()
    ledger._store._link._connection.execute("DELETE FROM writers")
    with pytest.raises(LedgerError, match="was replaced while it was in use"):
        ledger.recover(DESTINATION)
