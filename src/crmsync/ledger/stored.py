"""The ledger over a store: what it promises, as named statements, whatever the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from threading import Lock

from typing_extensions import override

from crmsync.errors import LedgerError
from crmsync.interfaces import Ledger
from crmsync.ledger import erasing, history, journal, quarantines, recovery
from crmsync.ledger.codec import OUTCOMES, moment_or_none, text_list, to_micros, unpack_problems
from crmsync.ledger.locks import Locks
from crmsync.ledger.settling import number, settle
from crmsync.ledger.store import Store
from crmsync.ledger.witness import NOBODY, Witness
from crmsync.reports import JSONObject, RunReport, SyncReport
from crmsync.state import (
    Delivery,
    EventLine,
    Held,
    Known,
    Phase,
    Quarantined,
    RecordWrite,
    Settlement,
    Standing,
    Stored,
    SyncState,
)
from crmsync.upkeep import Erasure


class StoredLedger(Ledger):
    """A ledger in a store, with locks of the store's own kind."""

    def __init__(
        self, store: Store, locks: Locks, *, read_only: bool, witness: Witness = NOBODY
    ) -> None:
        self._store = store
        self._locks = locks
        self._witness = witness
        self._counting = Lock()  # what is noted beside the ledger follows what is noted in it
        self._read_only = read_only

    @property
    def store(self) -> Store:
        """What it is kept in, for copying and checking."""
        return self._store

    @override
    def lock(self, name: str) -> AbstractContextManager[None]:
        if self._read_only:
            raise LedgerError(f"the ledger {self._store.name} was opened for reading only")
        return self._locks.hold(name)

    @override
    def check_locks(self) -> None:
        self._locks.check()

    @override
    def sync_state(self, sync: str) -> SyncState:
        row = self._store.row("sync_state", sync)
        if row is None:
            return SyncState()
        cursor, cursor_at, account, full_pass, full_at, full_total, mapping = row
        return SyncState(
            cursor=cursor,
            cursor_at=moment_or_none(cursor_at),
            account=account,
            full_pass=full_pass,
            full_at=moment_or_none(full_at),
            full_total=full_total,
            mapping=mapping,
        )

    @override
    def pin(self, sync: str, account: str) -> None:
        store = self._store
        store.write(lambda: store.run("pin", number(store, "sync", sync), account))

    @override
    def begin_full(self, sync: str) -> int:
        store = self._store
        rows = store.write(lambda: store.rows("begin_full", number(store, "sync", sync)))
        return int(rows[0][0])

    @override
    def finish_full(
        self, sync: str, *, at: datetime, total: int, mapping: str, disown: bool = True
    ) -> None:
        store = self._store

        def finish() -> None:
            sync_id = number(store, "sync", sync)
            store.run("finish_full", sync_id, to_micros(at), total, mapping)
            if disown:
                store.run("disown", sync_id)

        store.write(finish)

    @override
    def known(self, sync: str, record_ids: Sequence[str]) -> dict[str, Known]:
        if not record_ids:
            return {}
        wanted = (text_list(record_ids), min(record_ids), max(record_ids))
        rows = self._store.rows("known", sync, *wanted)
        return {
            record_id: Known(key, digest, OUTCOMES[outcome])
            for record_id, key, digest, outcome in rows
        }

    @override
    def held(self, destination: str, keys: Sequence[str]) -> Held:
        stored: dict[str, list[Stored]] = {}
        delivered: dict[str, Delivery] = {}
        wanted = list(dict.fromkeys(keys))
        rows = self._store.rows("held", destination, text_list(wanted)) if wanted else ()
        for key, digest, body, batch_id, delivered_at, answer, *given in rows:
            if digest is not None and key not in delivered:
                at = moment_or_none(delivered_at)
                delivered[key] = Delivery(digest, body, batch_id, at, answer)
            if given[0] is not None and given[-1]:  # a record's, and not an empty one
                stored.setdefault(key, []).append(Stored(*given))
        return Held(stored, delivered)

    @override
    def unseen(self, sync: str, full_pass: int, *, limit: int) -> list[str]:
        return [row[0] for row in self._store.rows("unseen", sync, full_pass, limit)]

    @override
    def intend(
        self, *, batch_id: str, sync: str, destination: str, payloads: Sequence[tuple[str, bytes]]
    ) -> None:
        recovery.intend(self._store, batch_id, (sync, destination), payloads)

    @override
    def uncertain(self, sync: str, destination: str) -> list[str]:
        return [row[0] for row in self._store.rows("uncertain", sync, destination)]

    @override
    def recover(self, destination: str) -> int:
        store = self._store
        return store.write(
            lambda: recovery.recover(store, number(store, "destination", destination))
        )

    @override
    def settle(self, settlement: Settlement) -> None:
        with self._counting:
            self._store.write(lambda: settle(self._store, settlement))
            self._testify(settlement.events)

    @override
    def journal(self, destination: str, lines: Sequence[EventLine]) -> None:
        store = self._store
        with self._counting:
            store.write(
                lambda: journal.write_events(
                    store, number(store, "destination", destination), lines
                )
            )
            self._testify(lines)

    def _testify(self, lines: Sequence[EventLine]) -> None:
        """Note beside the ledger what leaves next, too; one that is behind stays as far behind."""
        sending = Counter(line.sync for line in lines if line.phase is Phase.SENDING)
        for sync, more in sending.items():
            seen = self._witness.sent(sync)
            if seen is not None:
                before = journal.sent(self._store, sync) - more
                self._witness.remember(sync, max(seen, before) + more)

    @override
    def unknown_sends(self, sync: str) -> int | None:
        known, seen = journal.sent(self._store, sync), self._witness.sent(sync)
        if seen is None:
            return None if known else 0
        return max(seen - known, 0)

    def vouch_as(self, other: StoredLedger) -> None:
        """Take it for as new as the ledger that it was copied from just now, and no newer.

        What is known beside this one of more that was sent stays known.
        """
        for sync in journal.all_senders(self._store):
            if other.unknown_sends(sync) == 0:
                known = journal.sent(self._store, sync)
                self._witness.remember(sync, max(self._witness.sent(sync) or 0, known))

    @override
    def vouch(self, destination: str, sync: str) -> None:
        known, seen = journal.sent(self._store, sync), self._witness.sent(sync) or 0
        if seen > known:
            name = journal.sends_of(sync)
            here = int(self.recall(destination, [name]).get(name, "0"))
            self.note(destination, {name: str(here + seen - known)})
        self._witness.remember(sync, max(seen, known))

    @override
    def open_leads(self, destination: str, *, after: str = "", limit: int = 100) -> list[str]:
        return [row[0] for row in self._store.rows("open_leads", destination, after, limit)]

    @override
    def open_events(self, destination: str, leads: Sequence[str]) -> list[EventLine]:
        return journal.read(self._store.rows("open_events", destination, text_list(leads)))

    @override
    def settled_events(self, destination: str, leads: Sequence[str]) -> list[EventLine]:
        return journal.read(self._store.rows("settled_events", destination, text_list(leads)))

    @override
    def last_settled(self, destination: str, leads: Sequence[str]) -> EventLine | None:
        rows = self._store.rows("last_settled", destination, text_list(leads))
        return next(iter(journal.read(rows)), None)

    @override
    def event(self, destination: str, tag: str) -> EventLine | None:
        return next(iter(journal.read(self._store.rows("event", destination, tag))), None)

    @override
    def events_of(self, sync: str, record_id: str) -> list[EventLine]:
        return journal.read(self._store.rows("events_of", sync, record_id))

    @override
    def uncertain_events(self, sync: str) -> list[EventLine]:
        return journal.read(self._store.rows("uncertain_events", sync))

    @override
    def recall(self, destination: str, names: Sequence[str]) -> dict[str, str]:
        return dict(self._store.rows("recall", destination, text_list(names)))

    @override
    def note(self, destination: str, notes: Mapping[str, str]) -> None:
        store, whole = self._store, list(notes.items())
        store.write(
            lambda: journal.write_notes(store, number(store, "destination", destination), whole)
        )

    @override
    def notes(self, destination: str) -> list[tuple[str, str]]:
        return [(name, text) for name, text in self._store.rows("notes", destination)]

    @override
    def purge(self, before: datetime) -> int:
        return history.purge(self._store, before)

    @override
    def aged(self, destination: str, before: datetime) -> Iterator[EventLine]:
        return journal.aged(self._store, destination, before)

    @override
    def shorten(self, destination: str, bodies: Mapping[str, bytes]) -> None:
        store = self._store
        store.write(
            lambda: journal.shorten(store, number(store, "destination", destination), bodies)
        )

    @override
    def erase(self, erasure: Erasure) -> None:
        erasing.erase(self._store, erasure)

    @override
    def quarantine(self, sync: str | None = None, ids: Sequence[str] = ()) -> Iterator[Quarantined]:
        return quarantines.read(self._store, sync, ids)

    @override
    def count_quarantined(self, sync: str) -> int:
        return int(self._store.rows("count_quarantined", sync)[0][0])

    @override
    def drop_quarantined(self, sync: str, ids: Sequence[str]) -> int:
        store, wanted = self._store, text_list(ids)
        return store.write(lambda: store.run("release", number(store, "sync", sync), wanted))

    @override
    def record(self, sync: str, record_id: str) -> RecordWrite | None:
        row = self._store.row("record", sync, record_id)
        if row is None:
            return None
        found, key, modified_at, digest, body, outcome, problems = row
        return RecordWrite(
            record_id=found,
            key=key,
            modified_at=modified_at,
            digest=digest,
            body=body,
            outcome=OUTCOMES[outcome],
            problems=unpack_problems(problems),
        )

    @override
    def standing(self, sync: str, destination: str) -> Standing:
        return recovery.standing(self._store, sync, destination)

    @override
    def tracked(self, sync: str) -> int:
        return int(self._store.rows("tracked", sync)[0][0])

    @override
    def start_run(self, run_id: str, at: datetime) -> None:
        history.start_run(self._store, run_id, at)

    @override
    def finish_sync(self, run_id: str, report: SyncReport, at: datetime) -> None:
        history.finish_sync(self._store, run_id, report, at)

    @override
    def finish_run(self, report: RunReport) -> None:
        history.finish_run(self._store, report)

    @override
    def runs(self, *, limit: int = 20) -> list[JSONObject]:
        return history.runs(self._store, limit)

    @override
    def run(self, run_id: str) -> JSONObject | None:
        return history.run(self._store, run_id)

    @override
    def last_report(self, sync: str) -> JSONObject | None:
        return next(iter(self.reports(sync, limit=1)), None)

    @override
    def last_whole(self, sync: str) -> JSONObject | None:
        return history.last_whole(self._store, sync)

    @override
    def last_good(self, sync: str) -> JSONObject | None:
        return history.last_good(self._store, sync)

    @override
    def reports(self, sync: str, *, limit: int) -> list[JSONObject]:
        return history.reports(self._store, sync, limit)

    @override
    def close(self) -> None:
        self._store.close()
