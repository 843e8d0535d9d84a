"""The account: its objects with their records, and the links between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from crmsync.sandbox.hubspot import company_schema, deal_schema
from crmsync.sandbox.hubspot.companies import Companies
from crmsync.sandbox.hubspot.deals import Deals
from crmsync.sandbox.hubspot.links import Links
from crmsync.sandbox.hubspot.making import Maker
from crmsync.sandbox.hubspot.rendering import Renderer
from crmsync.sandbox.hubspot.schema import Property
from crmsync.sandbox.hubspot.search import Index
from crmsync.sandbox.hubspot.store import ARCHIVED, GONE, State, Store
from crmsync.sandbox.options import SandboxOptions

ANCHOR: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""The made records' "today"; a month's start before now where the clock is behind it."""

ARCHIVED_COMPANIES: Final = 5
"""Companies that are archived from the start, where nasty deals belong to such."""


class ObjectType(NamedTuple):
    """One object of HubSpot's.

    Attributes:
        name: In paths and scopes.
        default: Properties of a record when none were asked for.
        searchable: Properties that a search's `query` looks through.
    """

    name: str
    singular: str
    type_id: str
    properties: tuple[Property, ...] = ()
    default: tuple[str, ...] = ()
    searchable: tuple[str, ...] = ()


# Looked through by `query`: HubSpot's "Search the CRM" guide, read 2026-11-21.
COMPANIES: Final = ObjectType(
    "companies", "company", "0-2", company_schema.PROPERTIES, company_schema.DEFAULT,
    ("name", "domain", "website", "phone"),
)  # fmt: skip
DEALS: Final = ObjectType(
    "deals", "deal", "0-3", deal_schema.PROPERTIES, deal_schema.DEFAULT,
    ("dealname", "pipeline", "dealstage", "description", "dealtype"),
)  # fmt: skip
TYPES: Final = {
    word: kind
    for kind in (
        COMPANIES,
        DEALS,
        ObjectType("contacts", "contact", "0-1"),
        ObjectType("tickets", "ticket", "0-5"),
    )
    for word in (kind.name, kind.singular, kind.type_id)
}
"""Objects by what a path may call them. Contacts and tickets are known, but have no records."""


class Records:
    """The records of one object, as they are stored, found and written."""

    def __init__(self, kind: ObjectType, store: Store, options: SandboxOptions) -> None:
        self.kind = kind
        self.store = store
        self.properties = {prop.name: prop for prop in kind.properties}
        self.renderer = Renderer(store, keep_nulls=options.empties == "null")
        self.index = Index(store, self.properties, kind.searchable, options.search_lag_s)
        store.on_change = self._note_change

    def _note_change(self, position: int, old: State) -> None:
        self.renderer.forget(position)
        self.index.note_change(position, old)


class Portal:
    """Everything in the account but its settings."""

    def __init__(self, options: SandboxOptions) -> None:
        anchor = _anchor_ms()
        live = options.companies
        gone = ARCHIVED_COMPANIES if live and options.deals and options.nasty else 0
        companies = Companies(options.seed, options.nasty)
        deals = Deals(options.seed, options.nasty, companies, live, gone, anchor)
        self.hides_archived = options.archived_associations == "hidden"

        def records(kind: ObjectType, maker: Maker, count: int, archived: int) -> Records:
            return Records(kind, Store(maker, count, anchor, archived), options)

        self.companies = records(COMPANIES, companies, live, gone)
        self.deals = records(DEALS, deals, options.deals, 0)
        self.links = Links(self.deals.store, deals)
        self.companies.index.linked = self.associated_ids
        self.deals.index.linked = self.associated_ids
        self._records = {"companies": self.companies, "deals": self.deals}

    def find(self, object_type: str) -> Records | None:
        """The records of an object by what a path calls it; None where the sandbox has none."""
        kind = TYPES.get(object_type)
        return self._records.get(kind.name) if kind else None

    def shows(self, records: Records, position: int) -> bool:
        """Whether the associations of the record there are answered."""
        status = records.store.status[position]
        return status != GONE and not (status == ARCHIVED and self.hides_archived)

    def associated_ids(self, store: Store, position: int, other: str) -> tuple[str, ...]:
        """Ids of what a record is associated with, as a search by association compares them."""
        if other == "company" and store is self.deals.store:
            ids = self.companies.store.ids
            return tuple(str(ids[link.company]) for link in self.links.of_deal(position))
        if other == "deal" and store is self.companies.store:
            ids = self.deals.store.ids
            return tuple(str(ids[deal]) for deal in self.links.of_company(position))
        return ()


def _anchor_ms() -> int:
    now = datetime.now(UTC)
    month = (now - timedelta(days=1)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(min(ANCHOR, month).timestamp() * 1000)
