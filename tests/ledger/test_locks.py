from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from crmsync.errors import LedgerError, LockedError
from crmsync.ledger.locks import FileLocks, file_name
from crmsync.testing.clocks import FakeClock

HOLDER = """
import sys, time
from pathlib import Path
from crmsync.ledger.locks import FileLocks
from crmsync.testing.clocks import FakeClock
with FileLocks(Path(sys.argv[1]), FakeClock()).hold("sync a"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "crmsync.db.locks"


@pytest.fixture
def locks(folder):
    return FileLocks(folder, FakeClock())


@pytest.fixture
def holder(folder):
    """Another process that holds the lock `sync a`."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


def test_another_process_is_named_with_what_to_do(holder, locks):
    with pytest.raises(LockedError) as caught, locks.hold("sync a"):
        pass
    assert caught.value.message == (
        f"sync a is in use by process {holder.pid} since 2026-11-21T12:00:00.000Z"
    )
    assert "stop that process" in caught.value.hint


@pytest.mark.fault(114)
def test_a_lock_ends_with_its_process(holder, locks, folder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with locks.hold("sync a"):
        assert f"{os.getpid()}" in (folder / file_name("sync a")).read_text()


def test_a_refused_lock_leaves_the_holders_signature(holder, locks, folder):
    for _ in range(2):
        with pytest.raises(LockedError, match=f"process {holder.pid} "), locks.hold("sync a"):
            pass
    assert str(holder.pid) in (folder / file_name("sync a")).read_text()


def test_two_ledgers_of_one_process_refuse_each_other(locks, folder):
    with locks.hold("a"), pytest.raises(LockedError), FileLocks(folder, FakeClock()).hold("a"):
        pass


@pytest.mark.parametrize("name", ["../../etc/passwd", "/abs", "a\0b", "x" * 400, "", "\ud800"])
def test_no_name_leads_out_of_the_folder(locks, folder, name):
    with locks.hold(name):
        assert len(list(folder.iterdir())) == 1
        assert sorted(one.name for one in folder.parent.iterdir()) == [folder.name]


def test_names_that_read_alike_are_different_locks():
    names = ["a b", "a-b", "A-B", "a.b"]
    assert len({file_name(name) for name in names}) == len(names)


@pytest.mark.security(54)
def test_a_link_in_place_of_a_lock_is_refused(locks, folder, tmp_path):
    folder.mkdir()
    (folder / file_name("a")).symlink_to(tmp_path / "target")
    with pytest.raises(LedgerError, match="the lock of a in"), locks.hold("a"):
        pass
    assert not (tmp_path / "target").exists()


@pytest.mark.security(54)
def test_a_link_in_place_of_the_folder_is_refused(locks, folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LedgerError, match="symbolic link"), locks.hold("a"):
        pass
    assert list((tmp_path / "elsewhere").iterdir()) == []
