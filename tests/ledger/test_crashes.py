from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from crmsync.state import OUTCOME_OF, Phase
from crmsync.testing.settlements import DESTINATION, SYNC

CHILD = Path(__file__).with_name("settling_child.py")
JOURNALING = Path(__file__).with_name("journaling_child.py")
STEPS = (Phase.PLANNED, Phase.SENDING, Phase.ACCEPTED, Phase.REFUSED)
KEYS = [f"{SYNC}-{n}" for n in range(100)]


@pytest.fixture
def child(path):
    """Starts a process that settles in a loop, for a sync, or does what another one does."""
    started = []

    def start(sync=SYNC, *, program=CHILD):
        command = [sys.executable, str(program), str(path), sync]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def killed_after(process, settlements):
    """Kill it that many settlements on, somewhere inside the next; gives the last it told."""
    return int(last_words(process, settlements))


def last_words(process, count):
    """Read that many lines, then kill it; gives the last line that it wrote."""
    told = [process.stdout.readline() for _ in range(count)]
    process.kill()
    rest = process.stdout.read()  # `communicate` would pass over what was read ahead of a line
    assert process.stderr.read() == b""
    return [*told, *rest.splitlines()][-1].decode()


def test_a_killed_writer_loses_nothing_settled_and_leaves_nothing_half(child, open_at, path):
    rng = random.Random(7)
    for _ in range(6):
        told = killed_after(child(), rng.randrange(1, 8))
        ledger = open_at()
        cursor = int(ledger.sync_state(SYNC).cursor)
        assert cursor in {told, told + 1}
        bodies = {one.body for one in ledger.deliveries("akooda", KEYS).values()}
        given = {stored.body for [stored] in ledger.contributions("akooda", KEYS).values()}
        assert bodies == given == {b"%d " % cursor * 100}
        assert ledger.standing(SYNC, "akooda").owed in {0, 100}
        ledger.recover("akooda")
        ledger.close()
        check = sqlite3.connect(path)
        assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        check.close()


def test_two_syncs_write_and_others_read_without_being_refused(child, open_at):
    processes = [child("a"), child("b")]
    told = [[process.stdout.readline() for _ in range(6)] for process in processes]
    reader, writer = open_at(read_only=True), open_at()
    for _ in range(10):
        assert int(reader.sync_state("a").cursor) >= 6
        assert writer.recover("elsewhere") == 0
    cursors = [killed_after(process, 1) for process in processes]
    assert [int(lines[-1]) for lines in told] == [6, 6]
    assert min(cursors) > 6


def test_a_killed_journal_has_each_event_with_its_record_and_in_no_phase_before_the_told(
    child, open_at
):
    rng = random.Random(7)
    for _ in range(6):
        number, phase = last_words(child(program=JOURNALING), rng.randrange(1, 12)).split()
        ledger = open_at()
        cursor = ledger.sync_state(SYNC).cursor
        lines = {str(n): ledger.event(DESTINATION, str(n)) for n in range(1, int(cursor) + 1)}
        known = ledger.known(SYNC, list(lines))
        assert {each: OUTCOME_OF[one.phase] for each, one in lines.items()} == {
            each: one.outcome for each, one in known.items()
        }
        assert STEPS.index(lines[number].phase) >= STEPS.index(phase)
        assert int(number) <= int(cursor) <= int(number) + 1
        assert ledger.event(DESTINATION, str(int(cursor) + 1)) is None
        refused = sum(one.phase is Phase.REFUSED for one in lines.values())
        owed = sum(one.phase in STEPS[:2] for one in lines.values())
        standing = ledger.standing(SYNC, DESTINATION)
        assert (standing.quarantined, standing.owed) == (refused, owed)
        ledger.close()
