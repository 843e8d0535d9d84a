"""Named locks that end with their process: `flock` on files beside the ledger."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol

from crmsync.errors import LedgerError, LockedError
from crmsync.interfaces import Clock
from crmsync.reports import timestamp

_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700
_READABLE: Final = 40
_HOLDER_BYTES: Final = 200
_STRANGE: Final = re.compile(r"[^a-z0-9]+")


class Locks(Protocol):
    """Somewhere that locks are held."""

    def hold(self, name: str) -> AbstractContextManager[None]:
        """Hold a named lock, or raise LockedError at once."""

    def check(self) -> None:
        """Raise LockedError where a lock that is held here was lost. Costs no I/O."""


class FileLocks:
    """A file a name, in a folder of its own, never deleted: what is locked is the open file.

    The kernel frees a lock when its process ends, however it ends. On a network file system
    that does not carry `flock` between machines, only one machine is guarded.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold a named lock; a second holder, in this process too, is refused."""
        descriptor = self._open(name)
        try:
            self._lock(descriptor, name)
            self._sign(descriptor)
            yield
        finally:
            os.close(descriptor)

    def check(self) -> None:
        """Nothing: the kernel takes no lock away."""

    def _open(self, name: str) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            if not stat.S_ISDIR(self._folder.lstat().st_mode):
                raise LedgerError(
                    f"the folder of locks {self._folder} is a symbolic link",
                    hint="remove the link, then run again",
                )
            return os.open(self._folder / file_name(name), flags, _FILE)
        except OSError as error:
            raise LedgerError(
                f"the lock of {name} in {self._folder} cannot be opened: {error.strerror}",
                hint="check the folder's permissions and the disk",
            ) from error

    def _lock(self, descriptor: int, name: str) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, _HOLDER_BYTES, 0).decode("utf-8", "replace")
            raise locked_error(name, holder) from error
        except OSError as error:
            raise LedgerError(
                f"{name} cannot be locked in {self._folder}: {error.strerror}",
                hint="keep the ledger on a local disk",
            ) from error

    def _sign(self, descriptor: int) -> None:
        # The lock holds without its signature, so a full disk is no reason to stop here.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, _signature(self._clock).encode(), 0)


class MemoryLocks:
    """The locks of a ledger in memory, which no other process can see."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._held: dict[str, str] = {}

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold a named lock; a second holder is refused."""
        with self._guard:
            if name in self._held:
                raise locked_error(name, self._held[name])
            self._held[name] = _signature(self._clock)
        try:
            yield
        finally:
            with self._guard:
                del self._held[name]

    def check(self) -> None:
        """Nothing: no other process sees these."""


def folder_of_locks(ledger: Path) -> Path:
    """Where the locks of a ledger's file are: beside it."""
    return ledger.with_name(f"{ledger.name}.locks")


def file_name(name: str) -> str:
    """A file's name for a lock: readable, without anything that a path could mean."""
    slug = _STRANGE.sub("-", name.lower()).strip("-")[:_READABLE]
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{slug}-{digest}.lock"


def locked_error(name: str, holder: str) -> LockedError:
    """Who holds a lock, and what to do."""
    return LockedError(
        f"{name} is in use by {holder.strip() or 'another process'}",
        hint="wait until it ends, or stop that process: its lock goes with it",
    )


def _signature(clock: Clock) -> str:
    return f"process {os.getpid()} since {timestamp(clock.now())}"
