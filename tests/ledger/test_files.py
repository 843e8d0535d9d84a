from __future__ import annotations

import os
import shutil
import sqlite3
import stat

import pytest

from crmsync.errors import LedgerError
from crmsync.testing.settlements import SYNC, delivery, record, settlement


@pytest.fixture
def lax_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def filled(open_at, path):
    ledger = open_at()
    many = [record(str(n), key=f"k{n}") for n in range(300)]
    ledger.settle(
        settlement(many, [delivery(f"k{n}", b"%d" % n * 90) for n in range(300)], cursor="c")
    )
    ledger.close()
    return path.read_bytes()


@pytest.mark.security(10)
def test_every_file_is_its_owners_alone(open_at, path, lax_umask):
    ledger = open_at()
    with ledger.lock("a"), ledger._store.transaction():
        ledger._store.run("add_sync", "x")
        modes = {
            str(one.relative_to(path.parent)): stat.S_IMODE(one.stat().st_mode)
            for one in path.parent.rglob("*")
        }
    folder = modes.pop("crmsync.db.locks")
    assert folder == 0o700
    assert set(modes.values()) == {0o600}
    assert {"crmsync.db", "crmsync.db-journal"} < set(modes)


@pytest.mark.security(10)
def test_a_file_restored_for_everyone_is_made_private_again(open_at, path):
    open_at().close()
    path.chmod(0o644)
    open_at()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_journal_is_truncated_and_every_commit_synced(open_at):
    connection = open_at()._store._connection
    pragmas = ("journal_mode", "synchronous", "secure_delete")
    found = [connection.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in pragmas]
    assert found == ["truncate", 2, 1]


@pytest.mark.fault(90)
@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.security(12)
def test_a_symbolic_link_is_refused(open_at, path, read_only):
    path.symlink_to("elsewhere.db")
    with pytest.raises(LedgerError, match="symbolic link"):
        open_at(read_only=read_only)
    assert not (path.parent / "elsewhere.db").exists()


def test_a_missing_folder_is_named(tmp_path, open_at, path):
    tmp_path.rmdir()
    with pytest.raises(LedgerError, match="its folder does not exist") as caught:
        open_at()
    assert caught.value.hint == f"make it first: mkdir -p {tmp_path}"


@pytest.mark.fault(90)
@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused(open_at, path, make):
    make(path)
    with pytest.raises(LedgerError, match="it is not a file"):
        open_at()


def test_a_file_for_a_folder_is_refused(tmp_path, open_at, path):
    tmp_path.rmdir()
    tmp_path.write_text("")
    with pytest.raises(LedgerError, match="its folder is a file"):
        open_at()


def damaged(whole, kind):
    page = 8192
    return {
        "empty": b"",
        "text": b"not a database at all\n" * 500,
        "zeroed": bytes(len(whole)),
        "header only": whole[:100],
        "truncated": whole[: 3 * page],
        "cut in a page": whole[: len(whole) - 100],
        "zeroed page": whole[:page] + bytes(page) + whole[2 * page :],
        "flipped bits": whole[: 2 * page] + b"\xff" * 200 + whole[2 * page + 200 :],
    }[kind]


@pytest.mark.fault(86)
@pytest.mark.parametrize("read_only", [False, True], ids=["writing", "reading"])
@pytest.mark.parametrize(
    "kind",
    [
        "empty",
        "text",
        "zeroed",
        "header only",
        "truncated",
        "cut in a page",
        "zeroed page",
        "flipped bits",
    ],
)
def test_a_damaged_file_is_refused_and_left_as_it_is(open_at, path, kind, read_only):
    bad = damaged(filled(open_at, path), kind)
    path.write_bytes(bad)
    with pytest.raises(LedgerError) as caught:
        open_at(read_only=read_only)
    assert str(path) in caught.value.message
    assert "restore it from a backup" in caught.value.hint
    assert path.read_bytes() == bad


@pytest.mark.fault(86)
@pytest.mark.parametrize("read_only", [False, True], ids=["writing", "reading"])
def test_another_programs_database_is_refused(open_at, path, read_only):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="another program's database"):
        open_at(read_only=read_only)
    assert path.read_bytes() == before


def test_two_creators_end_with_one_file(open_at, path):
    first, second = open_at(), open_at()
    first.settle(settlement(cursor="c"))
    assert second.sync_state(SYNC).cursor == "c"
    assert [one.name for one in path.parent.glob("*-new-*")] == []


@pytest.mark.fault(91)
@pytest.mark.invariant(6, 26)
def test_a_ledger_that_is_gone_is_not_made_anew_while_its_locks_are_there(open_at, path):
    with open_at().lock("sync a"):
        pass
    path.unlink()
    with pytest.raises(LedgerError, match="it is gone, but was there before") as caught:
        open_at()
    folder = path.with_name("crmsync.db.locks")
    assert f"restore it from a backup, or delete {folder} to start anew" in caught.value.hint
    assert not path.exists()

    shutil.rmtree(folder)
    open_at()
    assert path.exists()


def test_what_a_maker_left_that_was_killed_is_deleted_when_it_is_old(open_at, path):
    old, young = (path.with_name(f"{path.name}-new-{one}") for one in ("old", "young"))
    other = path.with_name("other.db-new-old")
    for draft in (old, young, other):
        draft.write_bytes(b"half")
    for draft in (old, other):
        os.utime(draft, (0, 0))
    open_at()
    assert [one.exists() for one in (old, young, other)] == [False, True, True]


def test_after_a_cut_off_transaction_reading_gives_the_last_settled_state(open_at, path):
    open_at().settle(settlement(cursor="settled"))
    pid = os.fork()
    if pid == 0:
        child = sqlite3.connect(path, isolation_level=None)
        child.execute("PRAGMA journal_mode = TRUNCATE")
        child.execute("PRAGMA cache_size = 1")
        child.execute("BEGIN IMMEDIATE")
        child.execute("UPDATE syncs SET cursor = 'half'")
        child.execute("CREATE TABLE x AS SELECT zeroblob(100000)")
        os.kill(os.getpid(), 9)
    os.waitpid(pid, 0)
    assert (path.parent / "crmsync.db-journal").stat().st_size > 0
    assert open_at(read_only=True).sync_state(SYNC).cursor == "settled"
