"""A CRM of a few records that change, and a source that reads it in windows, by the real rules.

What changed shows in searches a while later only, as CRMs' indexes lag; lists have it at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from typing_extensions import override

from benchmarks.simulation.process import Machine, Process
from crmsync.errors import FatalError, RetryableError
from crmsync.history import What
from crmsync.interfaces import CheckResult, Source, Traffic
from crmsync.records import Drift, Page, Query, Record, SourceField
from crmsync.sources import incremental
from crmsync.sources.incremental import Mode, Position, iso

OVERLAP = 30.0
"""Seconds that windows begin early. The index lags less."""
LAG = 25.0


@dataclass
class Row:
    """A record, as the CRM has it."""

    fields: dict[str, object]
    modified: datetime
    visible: float
    deleted: bool = False
    merged: tuple[str, ...] = ()


@dataclass
class Crm:
    """The account, and what is wrong with it at the moment.

    Attributes:
        page_size: Records a page.
        down: Chance that a page cannot be read.
        blind: Whether it shows no records at all, as to a token that lost its rights.
        descending: Whether records come the highest id first.
    """

    machine: Machine
    name: str
    rng: Random
    page_size: int = 2
    down: float = 0.0
    blind: bool = False
    descending: bool = False
    rows: dict[str, Row] = field(default_factory=dict)
    moves: int = 0

    def put(self, record_id: str, **fields: object) -> None:
        """Create a record, or change it."""
        row = self.rows.get(record_id)
        known = dict(row.fields) if row is not None else {}
        merged = row.merged if row is not None else ()
        self.rows[record_id] = Row({**known, **fields}, *self._stamp(), merged=merged)

    def delete(self, record_id: str) -> None:
        """Archive a record."""
        row = self.rows.get(record_id)
        if row is not None and not row.deleted:
            stamp = self._stamp()
            self.rows[record_id] = Row(row.fields, *stamp, deleted=True, merged=row.merged)

    def merge(self, loser: str, winner: str) -> None:
        """Merge one record into another: it is gone, and the other says so."""
        if loser == winner or loser not in self.rows or winner not in self.rows:
            return
        kept = self.rows[winner]
        if kept.deleted or self.rows[loser].deleted:
            return
        gone = self.rows.pop(loser)
        merged = (*kept.merged, *gone.merged, loser)
        self.rows[winner] = Row(kept.fields, *self._stamp(), merged=merged)

    def _stamp(self) -> tuple[datetime, float]:
        self.moves += 1
        stage = self.machine.stage
        return self.machine.server_time(), stage.now + self.rng.uniform(0, LAG)

    def live(self) -> dict[str, Record]:
        """The records that are not deleted, by id."""
        return {one: self.record(one) for one, row in self.rows.items() if not row.deleted}

    def record(self, record_id: str) -> Record:
        """A record as it is read."""
        row = self.rows[record_id]
        return Record(
            record_id,
            {"deal": record_id, **row.fields},
            modified_at=row.modified,
            deleted=row.deleted,
            merged_ids=row.merged,
        )


class SimulatedSource(Source):
    """Reads a CRM on behalf of a process."""

    def __init__(self, crm: Crm, process: Process) -> None:
        self._crm = crm
        self._process = process
        self._requests = 0
        self._moves = crm.moves

    @property
    @override
    def traffic(self) -> Traffic:
        return Traffic(requests=self._requests)

    @override
    def check(self, query: Query) -> Iterator[CheckResult]:
        yield CheckResult("crm", passed=True, message="is there")

    @override
    def describe(self, object_name: str) -> list[SourceField]:
        return []

    @override
    def drift(self, query: Query, since: datetime) -> Drift:
        moved = self._crm.moves - self._moves
        return Drift(moved, moved)

    @override
    def close(self) -> None:
        pass

    @override
    def read(self, query: Query) -> Iterator[Page]:
        crm = self._crm
        position = self._start(query)
        full = position.mode is Mode.FULL
        first = True
        if not query.ids:
            self._moves = crm.moves
        while True:
            self._ask()
            found = self._rows_after(position, query)
            chosen = found[: crm.page_size]
            last = len(found) <= crm.page_size
            position = position._replace(last=chosen[-1] if chosen else position.last)
            total = sum(not crm.rows[one].deleted for one in found) if first and full else None
            yield Page(
                tuple(crm.record(one) for one in chosen),
                cursor="" if query.ids else (position.complete if last else position).encode(),
                total=None if query.ids else total,
                last=last,
                full=full,
                account=crm.name,
            )
            if last:
                return
            first = False

    def _start(self, query: Query) -> Position:
        server = self._crm.machine.server_time()
        if query.cursor is None or query.ids:
            return Position(Mode.FULL, since=iso(server))
        position = incremental.decode(query.cursor, self._crm.name)
        if position.mode is Mode.SINCE:
            return incremental.open_window(position, server)
        return position

    def _ask(self) -> None:
        """One request to the CRM."""
        process, crm = self._process, self._crm
        process.step()
        self._requests += 1
        machine = process.machine
        machine.exchanges += 1
        number = machine.exchanges
        told = {"system": crm.name, "exchange": number, "call": "GET /records"}
        process.tell(What.ASKED, **told)
        machine.stage.sleep(crm.rng.uniform(0.01, 0.3))
        process.alive()
        chance = crm.rng.random()
        if chance < crm.down:
            process.tell(What.CUT, note="down", **told)
            if chance < crm.down / 5:
                raise FatalError("the CRM answered a page that is none")
            raise RetryableError("the CRM cannot be reached")
        process.tell(What.ANSWERED, status=200, **told)

    def _shown(self, query: Query) -> Mapping[str, Row]:
        if self._crm.blind:
            return {}
        return {one: row for one, row in self._crm.rows.items() if not row.deleted or query.deleted}

    def _rows_after(self, position: Position, query: Query) -> list[str]:
        """Ids of what the walk has still to give."""
        shown = self._shown(query)
        if query.ids:
            shown = {one: row for one, row in shown.items() if one in query.ids}
        elif position.mode is Mode.WINDOW:
            start = incremental.window_start(position, OVERLAP)
            until = incremental.moment(position.until)
            now = self._crm.machine.stage.now
            shown = {
                one: row
                for one, row in shown.items()
                if start <= row.modified < until and row.visible <= now
            }
        ids = sorted(shown, key=int, reverse=self._crm.descending)
        if not position.last:
            return ids
        last, down = int(position.last), self._crm.descending
        return [one for one in ids if (int(one) < last if down else int(one) > last)]
