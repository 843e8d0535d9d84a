"""Opens the ledger's file: private, checked, never recreated silently.

Journal: a rollback journal that is truncated (`journal_mode=TRUNCATE`) with
`synchronous=FULL`. Measured on a disk whose fsync takes about 5 ms, settling 1,000 records a
time: TRUNCATE 23 µs of wall time a record, DELETE 26, PERSIST 20, WAL 18; CPU is the same.
WAL is not used, because SQLite before 3.51.3 can corrupt a WAL database that has two
connections (https://www.sqlite.org/wal.html, "the WAL-reset bug", read 2026-11-21), and
`status` beside a running sync makes two. DELETE is not, because FULL does not sync the
folder after the journal is deleted: a power cut could bring a settled journal back and undo
the settlement (https://www.sqlite.org/pragma.html#pragma_synchronous, read 2026-11-21);
truncating is synced. PERSIST leaves old pages, with people's data, in the journal.
"""

from __future__ import annotations

import glob
import os
import re
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

from crmsync.errors import LedgerError
from crmsync.ledger.failures import DAMAGED, ledger_error
from crmsync.ledger.locks import folder_of_locks
from crmsync.ledger.migrations import migrate, scripts, version

PRIVATE: Final = 0o600
BUSY_SECONDS: Final = 60.0
"""How long a statement waits for another process's transaction, which takes milliseconds."""

_CHECKED_BYTES: Final = 256 * 1024 * 1024
_OLDEST: Final = (3, 37)
# What the check says where the disk failed, and not the file: sqlite3.c, checkAppendMsg.
_UNREAD: Final = re.compile(r"unable to get the page\. error code=(\d+)")
_DRAFT: Final = "-new-"
_ABANDONED_S: Final = 3600.0
_SETTINGS: Final = (
    "PRAGMA page_size = 8192",  # for a new file: 2 µs of CPU a record less than 4096
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA cache_size = -8000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)


def open_memory() -> sqlite3.Connection:
    """An empty ledger that lives as long as its connection."""
    connection = _connect(":memory:")
    _empty().backup(connection)
    return connection


@cache
def _empty() -> sqlite3.Connection:
    """What every ledger in memory begins as: copying takes a tenth of what making it does."""
    connection = _connect(":memory:")
    migrate(connection, ":memory:", scripts())
    return connection


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open the ledger's file, made or migrated where needed, readable by its owner alone.

    Raises:
        LedgerError: It is no ledger, damaged, newer, or the disk refuses. It is unchanged.
    """
    _refuse_old_sqlite()
    with _translated(path):
        if not _is_there(path):
            _refuse_anew(path)
            _create(path)
        with _closed_on_error(_connect_file(path)) as connection:
            behind = _checked(connection, path) < len(scripts())
            # The mode is changed by name: opening and closing the file here would drop the
            # locks that other connections of this process hold on it (POSIX).
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & ~PRIVATE:
                path.chmod(mode & PRIVATE)
            connection.execute("PRAGMA journal_mode = TRUNCATE")
            if behind:
                migrate(connection, str(path), scripts())
            _sweep(path)
            return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open the ledger's file without making, migrating or writing it.

    A missing file gives an empty ledger in memory, an older one a migrated copy in memory.
    After a crash SQLite itself undoes the transaction that was cut off, here too.
    """
    _refuse_old_sqlite()
    with _translated(path):
        if not _is_there(path):
            return open_memory()
        with _closed_on_error(_connect_file(path)) as connection:
            if _checked(connection, path) == len(scripts()):
                connection.execute("PRAGMA query_only = ON")
                return connection
            copy = _connect(":memory:")
            connection.backup(copy)
            connection.close()
            migrate(copy, str(path), scripts())
            return copy


@contextmanager
def filling(path: Path) -> Iterator[sqlite3.Connection]:
    """A new ledger to be filled, which has the file's name only once that went well.

    So that no run finds an empty one. The locks of a ledger that was there are no hindrance: what
    fills it is not made of nothing.

    Raises:
        LedgerError: There is a ledger of this name by then, or the disk refuses.
    """
    _refuse_old_sqlite()
    with _translated(path), _draft(path) as draft:
        with closing(_connect_file(draft)) as connection:
            migrate(connection, str(path), scripts())
            yield connection
        if not _publish(draft, path):
            raise _unusable(path, "somebody else made it meanwhile", "stop runs, then copy again")


def is_there(path: Path) -> bool:
    """Whether there is a ledger's file of this name; raises LedgerError where it is none."""
    with _translated(path):
        return _is_there(path)


def version_at(path: Path) -> int:
    """The version of the ledger in a file, 0 where there is no file. Changes nothing."""
    with _translated(path):
        if not _is_there(path):
            return 0
        with closing(_connect_file(path)) as connection:
            return _checked(connection, path)


def _refuse_old_sqlite() -> None:
    if sqlite3.sqlite_version_info < _OLDEST:
        raise LedgerError(
            f"SQLite {sqlite3.sqlite_version} is too old for the ledger",
            hint="use a Python whose sqlite3 module has SQLite 3.37 or later",
        )


def _is_there(path: Path) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    except NotADirectoryError as error:
        raise _unusable(path, "its folder is a file", "name another file in state.url") from error
    if stat.S_ISLNK(found.st_mode):
        raise _unusable(path, "it is a symbolic link", "name the file itself in state.url")
    if not stat.S_ISREG(found.st_mode):
        raise _unusable(path, "it is not a file", "name another file in state.url")
    if found.st_size == 0:
        raise _unusable(path, "it is empty, which a ledger never is", DAMAGED)
    return True


def _create(path: Path) -> None:
    """Make the file whole under another name, then give it its own: never seen half made.

    Where another process was quicker, its file is as good.
    """
    with _draft(path) as draft:
        with closing(_connect_file(draft)) as connection:
            migrate(connection, str(path), scripts())
        _publish(draft, path)


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """An empty file beside another, which only its owner can read; deleted in the end."""
    if not path.parent.is_dir():
        raise _unusable(path, "its folder does not exist", f"make it first: mkdir -p {path.parent}")
    _refuse_leftover(path)
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}{_DRAFT}", dir=path.parent)
    os.close(descriptor)
    draft = Path(name)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _refuse_anew(path: Path) -> None:
    """Refuse to make a ledger where there was one: its locks are still there.

    With an empty ledger every event would be sent a second time.
    """
    locks = folder_of_locks(path)
    # Locks are made after the ledger: where another process makes both now, it is there by then.
    if any(locks.glob("*.lock")) and not _is_there(path):
        raise _unusable(
            path,
            f"it is gone, but was there before: its locks are in {locks}",
            f"restore it from a backup, or delete {locks} to start anew "
            "(everything is sent again, and events a second time)",
        )


def _refuse_leftover(path: Path) -> None:
    """Refuse to make a ledger beside a journal that SQLite would take for its own.

    It would undo in the new file what was cut off in another: https://www.sqlite.org/howtocorrupt.html
    ("Unlinking or renaming a database file while in use", read 2026-11-22).
    """
    journal = path.with_name(f"{path.name}-journal")
    with suppress(FileNotFoundError):
        # Another process may have made the ledger by now, and be writing to it.
        if journal.stat().st_size and not _is_there(path):
            raise _unusable(
                path,
                f"a transaction that was cut off is still beside it, in {journal}",
                "move it to where the ledger went that was here, or delete it",
            )


def _sweep(path: Path) -> None:
    """Delete what makers of this file left behind who were killed before it had its name.

    Making takes less than a second: a draft this old has no maker any more. It is held against
    the ledger's own last change, so that no clock counts but the file system's.
    """
    for draft in path.parent.glob(f"{glob.escape(path.name)}{_DRAFT}*"):
        with suppress(OSError):  # another process was quicker
            if path.stat().st_mtime - draft.stat().st_mtime > _ABANDONED_S:
                draft.unlink()


def _publish(draft: Path, path: Path) -> bool:
    """Give a draft its name, durably; False where there is a file of that name."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


def _checked(connection: sqlite3.Connection, path: Path) -> int:
    # Inside a transaction that reads, so that no other process writes the file meanwhile.
    connection.execute("BEGIN")
    found = version(connection, str(path))
    if found == 0:
        raise _unusable(path, "it is an empty database, which a ledger never is", DAMAGED)
    size = path.stat().st_size
    # SQLite takes what is missing from the last page for zeros.
    if size % int(connection.execute("PRAGMA page_size").fetchone()[0]):
        raise _unusable(path, "it is damaged (its last page is cut)", DAMAGED)
    # About 1 ms a MiB: worth it up to a size, beyond it damage shows when it is met.
    if size <= _CHECKED_BYTES:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if unread := _UNREAD.search(verdict):
            error = sqlite3.OperationalError(verdict)
            error.sqlite_errorcode = int(unread[1])
            raise error
        if verdict != "ok":
            raise _unusable(path, f"it is damaged ({verdict})", DAMAGED)
    connection.execute("ROLLBACK")
    return found


def _connect_file(path: Path) -> sqlite3.Connection:
    return _connect(f"file:{quote(str(path))}?mode=rw")


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    with _closed_on_error(connection):
        for setting in _SETTINGS:
            connection.execute(setting)
    return connection


@contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise ledger_error(error, str(path)) from error
    except OSError as error:
        raise _unusable(path, str(error.strerror), "check the folder and the disk") from error


def _unusable(path: Path, what: str, hint: str) -> LedgerError:
    return LedgerError(f"the ledger {path}: {what}", hint=hint)
