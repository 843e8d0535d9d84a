"""What stands beside a ledger's file and outlives its being put back: how much each sync sent."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from typing_extensions import override

from crmsync.ledger.locks import PRIVATE_FOLDER, file_name

_SUFFIX: Final = ".sent"
_DRAFT: Final = ".new"
_PRIVATE: Final = 0o600
_LONGEST: Final = 20


class Witness(Protocol):
    """Remembers how many sends of a sync the newest ledger knows of, apart from the ledger."""

    def sent(self, sync: str) -> int | None:
        """How many are remembered; None where nothing ever was."""

    def remember(self, sync: str, sent: int) -> None:
        """Remember so many. Where that fails nothing is told."""


class _Nobody(Witness):
    @override
    def sent(self, sync: str) -> int:
        return 0

    @override
    def remember(self, sync: str, sent: int) -> None:
        pass


NOBODY: Final = _Nobody()
"""For a ledger that no file's copy can put back: in memory, or a server's."""


class FileWitness(Witness):
    """A file a sync, in the folder of locks, which no backup of the ledger has.

    It is replaced whole. A power cut may leave it older, or empty: then nothing is missed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    def sent(self, sync: str) -> int | None:
        try:
            descriptor = os.open(self._file(sync), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError:
            return 0
        try:
            return int(os.read(descriptor, _LONGEST) or b"0")
        except (OSError, ValueError):
            return 0
        finally:
            os.close(descriptor)

    @override
    def remember(self, sync: str, sent: int) -> None:
        path = self._file(sync)
        draft = path.with_suffix(_DRAFT)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with suppress(OSError):
            self._folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            descriptor = os.open(draft, flags, _PRIVATE)
            try:
                os.write(descriptor, b"%d" % sent)
            finally:
                os.close(descriptor)
            draft.replace(path)

    def _file(self, sync: str) -> Path:
        return (self._folder / file_name(f"sent by {sync}")).with_suffix(_SUFFIX)
