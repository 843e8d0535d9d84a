"""The organization: its tables, made from the seed, and how records become visible."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from crmsync.sandbox.beginnings import kept, made_once
from crmsync.sandbox.instants import DAY_MS
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.salesforce import catalog, ids, people, stages
from crmsync.sandbox.salesforce.accounts import (
    CONTACT_EVERY,
    SUBSCRIPTION_EVERY,
    Accounts,
    Owners,
)
from crmsync.sandbox.salesforce.deals import HISTORY_EACH, Deals
from crmsync.sandbox.salesforce.schema import Field, ObjectType, Values
from crmsync.sandbox.salesforce.store import Columns, State, Table

ANCHOR: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""The made records' "today"; a month's start before now where the clock is behind it."""

_SPAN_MS: Final = 3 * 365 * DAY_MS
_SETTING_MS: Final = 1_600_000_000_000
"""When the settings (users, stages) were made."""


class _Pending(NamedTuple):
    due: float
    table: Table
    position: int
    state: State


class Org:
    """All tables.

    Attributes:
        tables: By object name.
        kinds: The objects as they are described; fields may be taken away.
        described_at: When a field was last taken away or put back, in epoch seconds.
    """

    def __init__(
        self, options: SandboxOptions, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._lag = options.salesforce_commit_lag_s
        self._pending: deque[_Pending] = deque()
        self._latest: dict[tuple[str, int], State] = {}
        self.kinds = _kinds(options)
        self.described_at = int(ANCHOR.timestamp())
        self.tables: dict[str, Table] = {}
        self._by_prefix: dict[str, Table] = {}
        self.sound: dict[str, Callable[[int], bool]] = {}
        self._begun = repr(options)
        self._build(options)
        for name, field in hidden(options):
            self.hide(name, field)

    def table_of(self, record_id: str) -> Table | None:
        """The table that an id belongs to, by its first characters."""
        return self._by_prefix.get(record_id[:3])

    def row(self, record_id: str) -> tuple[Table, int] | None:
        """Where a record is, None where there is none (or none any more)."""
        table = self.table_of(record_id)
        position = None if table is None else table.position(record_id)
        if table is None or position is None or not table.status[position]:
            return None
        return table, position

    def commit(self) -> None:
        """Make visible what was written long enough ago."""
        now = self._clock()
        while self._pending and self._pending[0].due <= now:
            _, table, position, state = self._pending.popleft()
            key = (table.kind.name, position)
            if self._latest.get(key) is state:
                del self._latest[key]
            table.replace(position, state)

    def latest(self, table: Table, position: int) -> State:
        """The record as it was last written, visible or not."""
        return self._latest.get((table.kind.name, position)) or table.state(position)

    def write(self, table: Table, position: int, state: State) -> None:
        """Give a record another state, which becomes visible after the lag."""
        if not self._lag:
            table.replace(position, state)
            return
        self._latest[table.kind.name, position] = state
        self._pending.append(_Pending(self._clock() + self._lag, table, position, state))

    def hide(self, object_name: str, field: str) -> None:
        """Take a field from the user's sight, as field-level security does.

        Raises:
            ValueError: There is no such field.
        """
        kind = self.kinds.get(object_name)
        if kind is None or field not in kind.fields:
            raise ValueError(f"{object_name}.{field} is not a field of the organization")
        self._describe(kind, {n: f for n, f in kind.fields.items() if n != field})

    def show(self, object_name: str, field: str) -> None:
        """Give a hidden field back.

        Raises:
            ValueError: There never was such a field.
        """
        whole = self.tables[object_name].kind if object_name in self.tables else None
        if whole is None or field not in whole.fields:
            raise ValueError(f"{object_name}.{field} is not a field of the organization")
        kept = self.kinds[object_name].fields
        shown = {n: f for n, f in whole.fields.items() if n in kept or n == field}
        self._describe(whole, shown)

    def _describe(self, kind: ObjectType, fields: Mapping[str, Field]) -> None:
        self.described_at = int(time.time())
        self.kinds[kind.name] = ObjectType(
            name=kind.name, prefix=kind.prefix, fields=fields, label=kind.label,
            plural=kind.plural, derive=kind.derive,
        )  # fmt: skip

    def _build(self, options: SandboxOptions) -> None:
        owners = self._settings(options)
        count, seed, nasty = options.companies, options.seed, options.nasty
        currencies = options.salesforce_multi_currency
        columns = _columns("001", count, seed)
        accounts = Accounts(
            seed, nasty, owners, columns.ids,
            persons=options.salesforce_person_accounts, currencies=currencies,
        )  # fmt: skip
        self._add("Account", columns, accounts.make)
        self.sound["Account"] = lambda number: accounts.nasty_kind(number) is None
        contacts = _columns("003", -(-count // CONTACT_EVERY), seed)
        self._add("Contact", contacts, accounts.contact)
        subscriptions = _columns("a05", -(-count // SUBSCRIPTION_EVERY), seed)
        self._add("Subscription__c", subscriptions, accounts.subscription)
        made = Deals(seed, nasty, owners, tuple(columns.ids), currencies=currencies)
        deals = self._add("Opportunity", _columns("006", options.deals, seed), made.make)
        self.sound["Opportunity"] = lambda number: made.nasty_kind(number) is None
        self._add_history(made, deals)

    def _add_history(self, made: Deals, deals: Table) -> None:
        seeded = tuple(deals.ids)

        def make(number: int, _created: int, _modified: int) -> Values:
            deal = number // HISTORY_EACH
            row = made.history(number, deals.created[deal], deals.made_modified[deal])
            return row | {"OpportunityId": seeded[deal], "CreatedDate": moments[number]}

        moments: list[int] = []
        for deal, created in enumerate(deals.created):
            changed = created + (deals.made_modified[deal] - created) // 2000 * 1000
            moments += (created, changed)
        numbered = [ids.make("008", 1000 + 3 * number) for number in range(len(moments))]
        self._add("OpportunityHistory", Columns(numbered, moments, list(moments)), make)

    def _settings(self, options: SandboxOptions) -> Owners:
        sandbox = options.salesforce_host_kind == "test"
        users = self._static("User", people.users(ids.setting("005", 0)))
        groups = self._static("Group", people.groups())
        self._static("OpportunityStage", stages.rows())
        self._static("Organization", people.organization(sandbox=sandbox))
        return Owners(tuple(users.ids), tuple(groups.ids))

    def _static(self, name: str, rows: list[Values]) -> Table:
        stamps = [_SETTING_MS + 86_461_000 * number for number in range(len(rows))]
        by_whom: Values = {"CreatedById": ids.setting("005", 0)}
        numbered = [ids.setting(self.kinds[name].prefix, number) for number in range(len(rows))]

        def make(number: int, created: int, modified: int) -> Values:
            times: Values = {"CreatedDate": created, "LastModifiedDate": modified}
            return {**rows[number], **by_whom, **times, "LastModifiedById": by_whom["CreatedById"]}

        return self._add(name, Columns(numbered, stamps, list(stamps)), make)

    def _add(self, name: str, columns: Columns, make: Callable[[int, int, int], Values]) -> Table:
        table = Table(self.kinds[name], columns, kept(make, (self._begun, name), len(columns.ids)))
        self.tables[name] = self._by_prefix[table.kind.prefix] = table
        return table


def _kinds(options: SandboxOptions) -> dict[str, ObjectType]:
    return catalog.objects(
        persons=options.salesforce_person_accounts,
        currencies=options.salesforce_multi_currency,
    )


def hidden(options: SandboxOptions) -> list[tuple[str, str]]:
    """Objects and their fields that are hidden at the start.

    Raises:
        ValueError: The option names what is not there.
    """
    kinds, found = _kinds(options), []
    for path in filter(None, options.salesforce_hidden_fields.split(",")):
        name, _, field = path.strip().partition(".")
        if name not in kinds or field not in kinds[name].fields:
            raise ValueError(f"salesforce_hidden_fields: {path.strip()} is not a field")
        found.append((name, field))
    return found


def _columns(prefix: str, count: int, seed: int) -> Columns:
    return _spread(prefix, count, seed, _anchor_ms())


@made_once(Columns)
def _spread(prefix: str, count: int, seed: int, anchor: int) -> Columns:
    """Ids with gaps, and whole-second times up to three years before today, newest a day before.

    Many records share a stamp, as bulk loads make them.
    """
    chance = random.Random(f"{prefix} {seed}").random
    number, made = 500, Columns([], [], [])
    for _ in range(count):
        number += 1 + int(chance() * 9)
        made.ids.append(ids.make(prefix, number))
        # Squared: most records were touched lately.
        changed = anchor - DAY_MS - int(chance() ** 2 * (_SPAN_MS - DAY_MS))
        changed -= changed % (60_000 if number % 4 == 0 else 1000)
        made.modified.append(changed)
        made.created.append(changed - int(chance() * 86_400_000) * 1000)
    return made


def _anchor_ms() -> int:
    now = datetime.now(UTC)
    month = (now - timedelta(days=1)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(min(ANCHOR, month).timestamp() * 1000)
