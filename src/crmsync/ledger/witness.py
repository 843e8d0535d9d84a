"""What stands beside a ledger's file and outlives its being put back: which run was the last."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from typing_extensions import override

from crmsync.ledger.locks import file_name

_SUFFIX: Final = ".run"
_DRAFT: Final = ".new"
_PRIVATE: Final = 0o600
_LONGEST: Final = 100


class Witness(Protocol):
    """Remembers each sync's last run, apart from the ledger."""

    def last(self, sync: str) -> str:
        """The id of the run that is remembered; "" where none is, or it cannot be read."""

    def ran(self, sync: str, run_id: str) -> None:
        """Remember a run. Where that fails nothing is told: the one before stays."""


class _Nobody(Witness):
    """For a ledger that no file copy can put back: in memory, or a server's."""

    @override
    def last(self, sync: str) -> str:
        return ""

    @override
    def ran(self, sync: str, run_id: str) -> None:
        pass


class FileWitness(Witness):
    """A file a sync, in the folder of locks, which no backup of the ledger has.

    It is replaced whole. A power cut may lose it: then nothing is missed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    def last(self, sync: str) -> str:
        try:
            descriptor = os.open(self._file(sync), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return ""
        try:
            return os.read(descriptor, _LONGEST).decode("ascii", "ignore")
        except OSError:
            return ""
        finally:
            os.close(descriptor)

    @override
    def ran(self, sync: str, run_id: str) -> None:
        path = self._file(sync)
        draft = path.with_suffix(_DRAFT)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with suppress(OSError):
            descriptor = os.open(draft, flags, _PRIVATE)
            try:
                os.write(descriptor, run_id.encode())
            finally:
                os.close(descriptor)
            draft.replace(path)

    def _file(self, sync: str) -> Path:
        return (self._folder / file_name(f"last run of {sync}")).with_suffix(_SUFFIX)


NOBODY: Final = _Nobody()
