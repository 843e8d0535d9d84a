"""What happens to records, and to those that hang on them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Final

from crmsync.sandbox.salesforce import ids
from crmsync.sandbox.salesforce.org import Org
from crmsync.sandbox.salesforce.schema import Field, Value, Values
from crmsync.sandbox.salesforce.store import BINNED, GONE, LIVE, State, Table

# Contacts and opportunities go with their account, and come back with it; other lookups are
# emptied: "Considerations for Relationships", Salesforce Help, read 2026-11-21.
_GO_ALONG: Final = frozenset({"Contact", "Opportunity"})
_COPIED: Final = ("StageName", "Amount", "ExpectedRevenue", "CloseDate", "Probability")


class Changes:
    """Changes records as the platform would. Every change moves SystemModstamp to now."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._along: dict[str, list[tuple[Table, int]]] = {}

    @staticmethod
    def now() -> int:
        """This second, in epoch milliseconds: audit fields know no fractions."""
        return int(time.time()) * 1000

    def change(
        self, table: Table, position: int, fields: Mapping[str, Value], *, stamped: bool = True
    ) -> None:
        """Set fields. Not stamped, as formulas and roll-ups change: no time moves."""
        old = self._org.latest(table, position)
        if not stamped:
            state = old._replace(changes={**old.changes, **fields})
            self._org.write(table, position, state)
            return
        now = self.now()
        more: Values = {"LastModifiedDate": now, **fields}
        moved = table.kind.name == "Opportunity" and "StageName" in fields
        if moved:
            more["LastStageChangeDate"] = now
        self._org.write(table, position, State(old.status, {**old.changes, **more}, now))
        if moved:
            self._note_stage(table, position, {**table.values(position), **more})

    def touch(self, table: Table, position: int, at: int) -> None:
        """Move SystemModstamp alone."""
        old = self._org.latest(table, position)
        self._org.write(table, position, old._replace(modified=at))

    def create(self, table: Table, fields: Mapping[str, Value]) -> int:
        """Add a record; gives its position."""
        now = self.now()
        position = table.reserve(now)
        user = ids.setting("005", 0)
        given: Values = {
            "OwnerId": user, "CreatedById": user, "LastModifiedById": user, "CreatedDate": now,
            "LastModifiedDate": now, "Type": None,
        }  # fmt: skip
        if table.kind.name == "Opportunity":
            given |= {"StageName": "Prospecting", "LastStageChangeDate": now, "IsPrivate": False}
        values = {**given, **fields}
        self._org.write(table, position, State(LIVE, values, now))
        if table.kind.name == "Opportunity":
            self._note_stage(table, position, values)
        return position

    def delete(self, table: Table, position: int) -> None:
        """Put a record into the recycle bin, with what goes along."""
        now, record_id = self.now(), table.ids[position]
        self._mark(table, position, BINNED, now)
        if table.kind.name != "Account":
            return
        self._along[record_id] = []
        for child, reference, place in self._children(record_id):
            if child.kind.name in _GO_ALONG:
                self._mark(child, place, BINNED, now)
                self._along[record_id].append((child, place))
            else:
                self._refer(child, place, reference, None)

    def undelete(self, table: Table, position: int) -> None:
        """Take a record out of the recycle bin, with what went along."""
        now = self.now()
        self._mark(table, position, LIVE, now)
        for child, place in self._along.pop(table.ids[position], ()):
            if self._org.latest(child, place).status == BINNED:
                self._mark(child, place, LIVE, now)

    def purge(self, table: Table, position: int) -> None:
        """Delete for good; nobody ever sees it again."""
        old = self._org.latest(table, position)
        self._org.write(table, position, old._replace(status=GONE))

    def merge(self, table: Table, winner: int, loser: int) -> None:
        """Merge the loser into the winner, and give the winner what hung on the loser."""
        now, master = self.now(), table.ids[winner]
        for child, reference, place in self._children(table.ids[loser]):
            # The winner cannot become its own parent.
            own = (child, place) == (table, winner)
            self._refer(child, place, reference, None if own else master)
        old = self._org.latest(table, loser)
        gone = {**old.changes, "MasterRecordId": master, "LastModifiedDate": now}
        self._org.write(table, loser, State(BINNED, gone, now))
        self.change(table, winner, {})

    def _mark(self, table: Table, position: int, status: int, now: int) -> None:
        old = self._org.latest(table, position)
        changes = {**old.changes, "LastModifiedDate": now}
        if status == LIVE:
            changes["MasterRecordId"] = None
        self._org.write(table, position, State(status, changes, now))

    def _refer(self, table: Table, position: int, reference: Field, record_id: str | None) -> None:
        self.change(table, position, {reference.name: record_id})

    def _children(self, record_id: str) -> Iterator[tuple[Table, Field, int]]:
        """Live records that refer to a record, with the field that does."""
        owner = self._org.table_of(record_id)
        for table in self._org.tables.values():
            for field in table.kind.fields.values():
                if owner is None or field.refers != (owner.kind.name,):
                    continue
                if field.name == "MasterRecordId":
                    continue
                # Copied, since the caller changes records between two of them.
                for place, value in enumerate(list(table.column(field))):
                    if value == record_id and self._org.latest(table, place).status == LIVE:
                        yield table, field, place

    def _note_stage(self, table: Table, position: int, values: Values) -> None:
        table.kind.derive(values)
        history, now = self._org.tables["OpportunityHistory"], self.now()
        row: Values = {name: values.get(name) for name in _COPIED}
        row |= {
            "OpportunityId": table.ids[position],
            "CreatedById": values.get("LastModifiedById"),
            "CreatedDate": now,
        }
        self._org.write(history, history.reserve(now), State(LIVE, row, now))
