"""What happened, as values: requests, their effects and answers, crashes, in one order.

The sandbox writes it as JSON lines, a simulation keeps it in memory; the laws of
`crmsync.testing.invariants` are checked against it, whoever wrote it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from enum import StrEnum
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import orjson

_MODE: Final = 0o600  # keys are in it: domains, leads
_OFF: Final = "isEnabled"


class What(StrEnum):
    """What an entry tells of."""

    STARTED = "started"
    """A runner began a run; `note` says which kind (`quiet`: nothing changed since the last)."""
    ENDED = "ended"
    """It ended by itself, with `status` for its exit code and `wait` for how long it said."""
    SYNCED = "synced"
    """One sync of a run ended: `call` is its name, `system` its platform, `status` its exit code,
    `note` its error."""
    CRASHED = "crashed"
    """It was killed: what it held is free, what it had not stored is lost."""
    STOPPED = "stopped"
    """It was asked to stop."""
    LOCKED = "locked"
    """It took the lock that `call` names."""
    FREED = "freed"
    """It gave it back."""
    INTENDED = "intended"
    """The ledger holds, durably, that `items` are about to be sent to `system`."""
    PASSED = "passed"
    """A cursor of the sync that `call` names became durable, at the place `mark`. `items` are
    records at or before it that were not settled then: there should be none."""
    ASKED = "asked"
    """A request left the runner, or arrived at the system: `call`, `size`, `body`, `items`."""
    DONE = "done"
    """It took effect: `items` are what the system holds by it."""
    ANSWERED = "answered"
    """A whole answer arrived, with `status`; `wait` where it asked to wait."""
    CUT = "cut"
    """No whole answer arrived, or no answer; `note` says how."""
    JUMPED = "jumped"
    """The wall clock was set, by `wait` seconds."""


class Item(NamedTuple):
    """A payload in a request or an effect, or a record.

    Attributes:
        key: What the platform knows it by: a domain, an internal id, a lead; a record's id.
        digest: Of what it means (`meaning`); empty where that is not told.
        id: What the platform calls it: an event's id.
        tag: The mark by which crmsync knows an event again.
        date: When an event is dated, ISO.
        state: `off` for a key that is disabled; `lives` besides, where it should not be. For a
            request to create an event: in which phase the ledger had it when the request left, and
            `, before TAG` where an earlier event of its lead was not settled then.
    """

    key: str
    digest: str = ""
    id: str = ""
    tag: str = ""
    date: str = ""
    state: str = ""


class Entry(NamedTuple):
    """One thing that happened.

    Attributes:
        at: Seconds; of a virtual clock, or of the epoch. They never go back.
        runner: Whose doing it was: a process, or empty where that cannot be told.
        system: The platform or CRM.
        exchange: Ties a request, its effect and its answer: the same number in all three.
        call: Method and path, without the query; the name of a sync or a lock.
        status: Of the answer; a run's exit code.
        size: Bytes of the request's body.
        body: A digest of the request's body; empty where there is none.
        wait: Seconds.
        mark: How far a cursor has come.
        note: In a word, what else there is to say: a fault's kind, an error.
    """

    at: float
    what: What
    runner: str = ""
    system: str = ""
    exchange: int = 0
    call: str = ""
    items: tuple[Item, ...] = ()
    status: int = 0
    size: int = 0
    body: str = ""
    wait: float | None = None
    mark: float = 0.0
    note: str = ""

    def line(self) -> bytes:
        """As one line of JSON; what has its default is left out."""
        given = self._asdict()
        told = {k: v for k, v in given.items() if k in ("at", "what") or v != _DEFAULTS[k]}
        if self.items:
            told["items"] = [_told(item) for item in self.items]
        return orjson.dumps(told) + b"\n"


_DEFAULTS: Final[dict[str, Any]] = {"at": None, "what": None, **Entry._field_defaults}


def _told(item: Item) -> dict[str, str]:
    return {name: text for name, text in item._asdict().items() if text}


def entry_of(line: bytes) -> Entry:
    """The entry that a line tells.

    Raises:
        ValueError: It is no such line.
    """
    found = orjson.loads(line)
    try:
        items = tuple(Item(**{"key": "", **item}) for item in found.pop("items", ()))
        return Entry(**{**found, "what": What(found["what"])}, items=items)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no line of a history: {line[:80]!r}") from error


def read_history(path: Path) -> Iterator[Entry]:
    """Every entry of a file. A last line that was cut off is left out."""
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                yield entry_of(line)


class HistoryFile:
    """Appends entries to a file that only its owner may read; several processes may at once.

    Raises:
        OSError: The file cannot be opened, or the disk refuses.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, _MODE)

    def write(self, entry: Entry) -> None:
        """Append an entry: in one call, so that lines of several writers do not mix."""
        os.write(self._descriptor, entry.line())

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def meaning(payload: object) -> str:
    """A digest of what a payload says: nulls, empty lists and order count for nothing.

    Nor does it matter whether a key is said to be enabled.
    """
    return digest_of(orjson.dumps(_bare(payload), option=orjson.OPT_SORT_KEYS))


def digest_of(body: bytes) -> str:
    """A digest of bytes, for a history."""
    return blake2b(body, digest_size=8).hexdigest() if body else ""


def _bare(value: object) -> object:
    if not isinstance(value, dict):
        return value
    inner = ((name, _bare(one)) for name, one in value.items())
    return {
        name: one
        for name, one in inner
        if one is not None and one not in ([], {}) and not (name == _OFF and one is True)
    }


def asked_by(history: Iterable[Entry], system: str, *, writes: bool = True) -> Iterator[Entry]:
    """The requests to a system; with *writes* none that only read."""
    for entry in history:
        if entry.what is What.ASKED and entry.system == system:
            if writes and entry.call.startswith("GET "):
                continue
            yield entry
