"""Many processes begin at once, one is short of memory, another keeps the ledger locked."""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack

import pytest

from crmsync.errors import LockedError, UnreachableError
from crmsync.exit_codes import ExitCode, of_error
from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock
from crmsync.testing.settlements import SYNC, record, settlement

STARTS = 20
HELD, REFUSED, BROKEN = b"h", b"r", b"!"


def begin(path, told, go):
    """In a process of its own: open the ledger, take the sync's lock, say how that went, wait."""
    said = BROKEN
    try:
        ledger = open_ledger(f"sqlite:///{path}", clock=FakeClock())
        with ExitStack() as held:
            held.enter_context(ledger.lock(SYNC))
            os.write(told, said := HELD)
            os.read(go, 1)
    except LockedError:
        os.write(told, said := REFUSED)
    finally:
        if said is BROKEN:
            os.write(told, said)
        os._exit(0)


@pytest.mark.fault(97)
@pytest.mark.invariant(16)
@pytest.mark.parametrize("there", [False, True], ids=["a new ledger", "a ledger"])
def test_of_twenty_that_start_at_once_one_runs_and_the_others_leave(path, open_at, there):
    if there:
        open_at().close()
    (told, tell), (go, let_go) = os.pipe(), os.pipe()
    children = [os.fork() or begin(path, tell, go) for _ in range(STARTS)]
    heard = b"".join(os.read(told, 1) for _ in range(STARTS))
    os.write(let_go, b"x" * STARTS)
    for child in children:
        os.waitpid(child, 0)
    for end in (told, tell, go, let_go):
        os.close(end)
    assert sorted(heard) == sorted(HELD + REFUSED * (STARTS - 1))
    assert [one.name for one in path.parent.glob("*-new-*")] == []


@pytest.mark.fault(85)
def test_a_ledger_that_another_program_keeps_locked_ends_with_5_after_a_wait(open_at, path):
    ledger = open_at()
    ledger._store._connection.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(UnreachableError, match="another program kept it locked") as caught:
        ledger.settle(settlement(cursor="c"))
    other.close()
    assert of_error(caught.value) is ExitCode.TEMPORARY
    ledger.settle(settlement(cursor="c"))
    assert ledger.sync_state(SYNC).cursor == "c"


@pytest.mark.fault(78)
@pytest.mark.invariant(18)
def test_without_memory_for_it_a_settlement_is_undone_whole(open_at):
    ledger = open_at()
    ledger.settle(settlement([record("1")], cursor="before"))

    def rows():
        yield record("2")
        raise MemoryError

    with pytest.raises(MemoryError):
        ledger._store.write(lambda: [ledger._store.run("add_sync", str(one)) for one in rows()])
    assert ledger.sync_state(SYNC).cursor == "before"
    ledger.settle(settlement([record("2")], cursor="after"))
    assert ledger.sync_state(SYNC).cursor == "after"
