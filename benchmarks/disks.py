"""What a disk may hold after a power cut: what was synced, and any part of what was not."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.kernel import Call

SECTOR: Final = 512
"""Bytes that a disk writes whole or not at all."""


class Change(NamedTuple):
    """Bytes at an offset, or with *data* None the file's new size."""

    offset: int
    data: bytes | None


class File:
    """A file's bytes that are on the disk for sure, and the changes since they were synced."""

    def __init__(self) -> None:
        self.durable = b""
        self.changes: list[Change] = []

    def sync(self) -> None:
        """All of it is on the disk now."""
        self.durable = with_changes(self.durable, self.changes)
        self.changes = []


Part = Callable[[Sequence[Change]], Sequence[Change]]
"""Which of a file's changes reached the disk."""


class Disk:
    """One folder, as the calls of a trace change it. Names are synced with the folder alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._open: dict[int, File | None] = {}
        self.names: dict[str, File] = {}
        self.durable_names: dict[str, File] = {}

    def restart(self) -> None:
        """Another process goes on."""
        self._open = {}

    def apply(self, call: Call) -> bool:
        """Do what a call did; gives whether that changed the folder."""
        act = _ACTS.get(call.name)
        return act is not None and call.got >= 0 and act(self, call)

    def opened(self, call: Call) -> bool:
        """A file or the folder was opened, or made."""
        path = os.fsdecode(call.data)
        if path == self._folder:
            self._open[call.got] = None
            return False
        self._open.pop(call.got, None)
        name = self._name(path)
        if name is None:
            return False
        made = call.name == "creat" and name not in self.names
        if made:
            self.names[name] = File()
        if name in self.names:
            self._open[call.got] = self.names[name]
        return made

    def written(self, call: Call) -> bool:
        """Bytes were written at an offset."""
        return self._changed(call.fd, Change(call.offset, call.data))

    def resized(self, call: Call) -> bool:
        """A file got another size."""
        return self._changed(call.fd, Change(call.offset, None))

    def synced(self, call: Call) -> bool:
        """A file, or the names in the folder, are on the disk for sure."""
        if call.fd not in self._open:
            return False
        file = self._open[call.fd]
        if file is None:
            self.durable_names = dict(self.names)
        else:
            file.sync()
        return True

    def named(self, call: Call) -> bool:
        """A file got another name, beside the old one or in its place."""
        old, new = (self._name(path) for path in os.fsdecode(call.data).split("\n"))
        if old not in self.names or new is None:
            return False
        self.names[new] = self.names[old]
        if call.name == "rename":
            del self.names[old]
        return True

    def unnamed(self, call: Call) -> bool:
        """A file lost its name."""
        return self.names.pop(self._name(os.fsdecode(call.data)) or "", None) is not None

    def _changed(self, fd: int, change: Change) -> bool:
        file = self._open.get(fd)
        if file is None:
            return False
        file.changes.append(change)
        return True

    def _name(self, path: str) -> str | None:
        folder, _, name = path.rpartition("/")
        return name if folder == self._folder else None

    def states(self, chance: random.Random) -> Iterator[tuple[str, dict[str, bytes]]]:
        """What the disk may hold if the power is cut now: a word for it, and every file."""
        parts = _parts(chance)
        for word, part in parts.items():
            names = self.durable_names if word == "none" else self.names
            if word not in ("none", "all") and chance.random() < 1 / len(parts):
                names = self.durable_names
            yield word, {name: cut(file, part) for name, file in names.items()}


def cut(file: File, part: Part) -> bytes:
    """What is left of a file."""
    return with_changes(file.durable, part(file.changes))


def with_changes(before: bytes, changes: Sequence[Change]) -> bytes:
    """A file's bytes after these changes."""
    if not changes:
        return before
    held = bytearray(before)
    for offset, data in changes:
        end = offset if data is None else offset + len(data)
        if len(held) < end:
            held.extend(bytes(end - len(held)))
        if data is None:
            del held[offset:]
        else:
            held[offset:end] = data
    return bytes(held)


def _parts(chance: random.Random) -> Mapping[str, Part]:
    def prefix(changes: Sequence[Change]) -> Sequence[Change]:
        return changes[: chance.randint(0, len(changes))]

    def some(changes: Sequence[Change]) -> Sequence[Change]:
        return [one for one in changes if chance.random() < 1 / 2]

    def torn(changes: Sequence[Change]) -> Sequence[Change]:
        return [_torn(one, chance) for one in some(changes)]

    return {"none": lambda _: (), "all": lambda changes: changes, "a prefix": prefix,
            "some": some, "torn": torn}  # fmt: skip


def _torn(change: Change, chance: random.Random) -> Change:
    """Some sectors of a write, from its beginning or to its end."""
    if change.data is None:
        return change
    at = chance.randint(0, -(-len(change.data) // SECTOR)) * SECTOR
    if chance.random() < 1 / 2:
        return change._replace(data=change.data[:at])
    return Change(change.offset + at, change.data[at:])


_ACTS: Final[Mapping[str, Callable[[Disk, Call], bool]]] = {
    "creat": Disk.opened,
    "openat": Disk.opened,
    "pwrite64": Disk.written,
    "ftruncate": Disk.resized,
    "fdatasync": Disk.synced,
    "fsync": Disk.synced,
    "link": Disk.named,
    "rename": Disk.named,
    "unlink": Disk.unnamed,
}
