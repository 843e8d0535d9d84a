"""Named locks for several machines: rows that run out, each taking of one an epoch of its own."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from crmsync.errors import LedgerError
from crmsync.interfaces import Clock
from crmsync.ledger.locks import locked_error
from crmsync.ledger.postgres.failures import LostConnectionError
from crmsync.ledger.postgres.held import Held
from crmsync.ledger.postgres.holders import is_gone, this_process
from crmsync.ledger.postgres.link import Link
from crmsync.ledger.store import Store
from crmsync.reports import timestamp

_RENEWALS: Final = 6
"""How often a lease is renewed in its time."""


class LeaseLocks:
    """Locks as leases: renewed by a thread of its own, on a connection of its own.

    A holder that was killed leaves its lease, which runs out; on its own machine it is seen to
    be gone, and its lock is free at once. *connect* opens that connection.
    """

    def __init__(self, store: Store, held: Held, clock: Clock, connect: Callable[[], Link]) -> None:
        self._store = store
        self._held = held
        self._clock = clock
        self._connect = connect
        self._guard = threading.Lock()
        self._holders = 0
        self._over = threading.Event()
        self._renewer: threading.Thread | None = None

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold a named lock; a second holder, in this process too, is refused."""
        epoch = self._take(name)
        try:
            self._begin_renewing()
            yield
        finally:
            self._end_renewing()
            self._free(epoch)

    def check(self) -> None:
        """Raise LockedError where a lease was lost, or has run out by this machine's clocks."""
        self._held.epochs()

    def _take(self, name: str) -> int:
        self._refuse_held(name)  # first without a turn: who is refused does not wait

        def take() -> int:
            self._refuse_held(name)
            values = (name, self._signature(), this_process(), self._held.seconds)
            return int(self._store.rows("take_lease", *values)[0][0])

        moment = self._held.moment()
        epoch = self._store.write(take)
        self._held.add(name, epoch, moment)
        return epoch

    def _refuse_held(self, name: str) -> None:
        row = self._store.row("lease", name)
        if row is not None:
            holder, process, live = row
            if live and not is_gone(process):
                raise locked_error(name, holder)

    def _free(self, epoch: int) -> None:
        self._held.drop(epoch)
        # By its epoch it can be given back whatever became of the others, in no transaction of
        # ours. Where the server is away it runs out by itself.
        with suppress(LedgerError):
            self._store.rows("free_lease", epoch)

    def _signature(self) -> str:
        return f"process {os.getpid()} since {timestamp(self._clock.now())} on {platform.node()}"

    def _begin_renewing(self) -> None:
        with self._guard:
            self._holders += 1
            if self._renewer is None:
                self._over.clear()
                self._renewer = threading.Thread(target=self._renew, name="leases", daemon=True)
                self._renewer.start()

    def _end_renewing(self) -> None:
        with self._guard:
            self._holders -= 1
            ended = self._renewer if self._holders == 0 else None
            if ended is None:
                return
            self._renewer = None
            self._over.set()
            ended.join()

    def _renew(self) -> None:
        link: Link | None = None
        while not self._over.wait(self._held.seconds / _RENEWALS):
            # After a freeze the run is told before it can do much: no question to the server.
            with suppress(LedgerError):
                epochs = self._held.epochs()
                link = link or self._connect()
                self._renew_once(link, epochs)
        if link is not None:
            link.close()

    def _renew_once(self, link: Link, epochs: Sequence[int]) -> None:
        moment = self._held.moment()
        try:
            found = link.rows("renew_leases", (epochs, self._held.seconds))
        except LostConnectionError:
            link.reopen()
            found = link.rows("renew_leases", (epochs, self._held.seconds))
        self._held.renewed(epochs, [epoch for (epoch,) in found], moment)
