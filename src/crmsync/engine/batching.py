"""Filling batches to both limits, by the exact bytes of the request's body."""

from __future__ import annotations

from collections import deque

from crmsync.errors import RecordError
from crmsync.payloads import Limits
from crmsync.values import Value

OPEN_BATCHES = 3
"""Batches filled side by side. One would do for payloads of a few kB; the others let a huge
payload wait beside a half-full batch rather than send that one off. Bounds the memory."""

BRACKETS = 2
COMMA = 1
_NEARLY_FULL = 0.99
"""Of the byte limit: what is left is not worth waiting for a payload small enough."""


class OversizedError(RecordError):
    """A payload alone passes the byte limit. Shrink it by `excess` bytes, or refuse its record.

    Attributes:
        excess: Bytes too many.
    """

    def __init__(self, key: str, size: int, max_bytes: int) -> None:
        super().__init__(
            f"the payload for {key} is {size:,} bytes, a request takes {max_bytes:,}",
            hint="shorten its long texts in the CRM, or leave a field out in the mapping",
        )
        self.excess = size - max_bytes


class Batch(Value):
    """Payloads of one request.

    Attributes:
        keys: One a payload, no key twice.
        bodies: The encoded payloads, in the same order.
        size: Bytes of the exact body: brackets, payloads and commas.
    """

    keys: tuple[str, ...]
    bodies: tuple[bytes, ...]
    size: int


class _Open:
    """A batch being filled: its bodies by key, what its body comes to, since when one waits."""

    __slots__ = ("bodies", "full", "since", "size")

    def __init__(self, since: int) -> None:
        self.since = since
        self.bodies: dict[str, bytes] = {}
        self.size = BRACKETS - COMMA  # n payloads have n - 1 commas: each brings one
        self.full = False


class Batcher:
    """Fills batches with payloads. Pure; one thread at a time.

    A payload goes where it leaves the least room. A batch is full when it holds the most
    payloads allowed, when its bytes leave no room, when another is begun beside it and they
    leave hardly any, or when too many are open: then the fullest goes. So with payloads up to
    5 % of the byte limit, every batch but those of `flush` and `stale` is within 5 % of one
    limit. A key is in one batch at a time and only once.
    """

    def __init__(self, limits: Limits) -> None:
        self._max_payloads = limits.max_payloads
        self._max_bytes = limits.max_bytes
        self._batches: list[_Open] = []  # not full yet: few
        self._full: deque[_Open] = deque()
        self._homes: dict[str, _Open] = {}

    def __len__(self) -> int:
        return len(self._homes)

    def __contains__(self, key: str) -> bool:
        return key in self._homes

    @property
    def max_bytes(self) -> int:
        """The byte limit in force."""
        return self._max_bytes

    def add(self, key: str, body: bytes, at: int = 0) -> None:
        """Put a payload in a batch; one with this key that still waits is replaced.

        *at* is the caller's own count, for `stale`: never less than the time before.

        Raises:
            OversizedError: It fits into no request. Nothing changed.
        """
        if key in self._homes:
            self.replace(key, body)
            return
        cost = len(body) + COMMA
        best: _Open | None = None
        for batch in self._batches:
            fits = batch.size + cost <= self._max_bytes
            if fits and (best is None or batch.size > best.size):
                best = batch
        if best is None:
            self._check(key, body)
            best = self._open(at)
        best.bodies[key] = body
        best.size += cost
        self._homes[key] = best
        if len(best.bodies) >= self._max_payloads or best.size + COMMA >= self._max_bytes:
            self._close(best)

    def replace(self, key: str, body: bytes) -> bool:
        """Put a newer payload in the place of one that waits.

        Gives False, and does nothing, where none waits under this key: it was taken.

        Raises:
            OversizedError: It fits into no request. The older one still waits.
        """
        home = self._homes.get(key)
        if home is None:
            return False
        self._check(key, body)
        size = home.size + len(body) - len(home.bodies[key])
        if size <= self._max_bytes:
            home.bodies[key] = body
            home.size = size
        else:
            self.remove(key)
            self._add_again(key, body, home.since)
        return True

    def _add_again(self, key: str, body: bytes, since: int) -> None:
        """Put a payload in a batch that waits since earlier than others may."""
        self.add(key, body, since)
        home = self._homes[key]
        home.since = min(home.since, since)

    def remove(self, key: str) -> bool:
        """Take a payload out. Gives False where none waits under this key."""
        home = self._homes.pop(key, None)
        if home is None:
            return False
        home.size -= len(home.bodies.pop(key)) + COMMA
        if not home.bodies:
            (self._full if home.full else self._batches).remove(home)
        return True

    def take(self) -> Batch | None:
        """Take a full batch, the oldest first; None while there is none."""
        return self._take(self._full.popleft()) if self._full else None

    def first(self) -> Batch | None:
        """Take a batch, full or not, the oldest full one first; None while nothing waits."""
        if self._full or not self._batches:
            return self.take()
        return self._take(self._batches.pop(0))

    def stale(self, at: int) -> Batch | None:
        """Take a batch in which one waits since before *at*, full or not; None without one."""
        for batch in self._batches:
            if batch.since < at:
                self._batches.remove(batch)
                return self._take(batch)
        return None

    def flush(self) -> tuple[Batch, ...]:
        """Take everything that waits, in the order of `first`."""
        return tuple(iter(self.first, None))

    def lower(self, max_bytes: int) -> tuple[tuple[str, bytes], ...]:
        """Fill to fewer bytes from now on, since the platform refused a size.

        What waits is batched anew. Gives the (key, body) that fit into no request any more;
        they wait no longer. A limit that is not lower changes nothing.
        """
        if max_bytes >= self._max_bytes:
            return ()
        batches = (*self._full, *self._batches)
        waiting = [(batch.since, entry) for batch in batches for entry in batch.bodies.items()]
        self._max_bytes = max_bytes
        self._full.clear()
        self._batches.clear()
        self._homes.clear()
        oversized = []
        for since, (key, body) in waiting:
            if len(body) + BRACKETS > max_bytes:
                oversized.append((key, body))
            else:
                self._add_again(key, body, since)
        return tuple(oversized)

    def _check(self, key: str, body: bytes) -> None:
        size = len(body) + BRACKETS
        if size > self._max_bytes:
            raise OversizedError(key, size, self._max_bytes)

    def _open(self, at: int) -> _Open:
        nearly = _NEARLY_FULL * self._max_bytes
        for batch in [batch for batch in self._batches if batch.size >= nearly]:
            self._close(batch)
        if len(self._batches) >= OPEN_BATCHES:
            self._close(max(self._batches, key=lambda batch: batch.size))
        batch = _Open(at)
        self._batches.append(batch)
        return batch

    def _close(self, batch: _Open) -> None:
        batch.full = True
        self._batches.remove(batch)
        self._full.append(batch)

    def _take(self, batch: _Open) -> Batch:
        for key in batch.bodies:
            del self._homes[key]
        return Batch(keys=tuple(batch.bodies), bodies=tuple(batch.bodies.values()), size=batch.size)
