"""From what Salesforce answered to records: by columns, a page at once, alike for JSON and CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import repeat
from typing import Final, NamedTuple, TypeAlias

from crmsync.records import NO_FIELDS, NO_JOINS, Record
from crmsync.reports import JSONObject
from crmsync.sources.salesforce.joins import (
    CONTACTS_ALIAS,
    OWNER_ALIAS,
    STAGE_ALIAS,
    Reference,
    Wanted,
)
from crmsync.sources.salesforce.objects import DELETED, ID, PERSON, QUEUE, STAGE, WEBSITE
from crmsync.sources.salesforce.values import Column, converter

Emails: TypeAlias = Callable[[Sequence[str]], Mapping[str, Sequence[str]]]
"""The e-mail addresses of some accounts' contacts, by account."""
Joined: TypeAlias = Mapping[str, object] | None
_EMPTY: Final[Mapping[str, object]] = {}


class Table(NamedTuple):
    """Some rows, by column; all columns are `size` long."""

    columns: Mapping[str, Column]
    size: int

    def cut(self, most: int) -> Table:
        """The first rows."""
        if self.size <= most:
            return self
        return Table({name: one[:most] for name, one in self.columns.items()}, most)


class Stage(NamedTuple):
    """A stage of opportunities, as the org's list has it."""

    label: str
    is_won: object
    is_closed: object
    probability: object


def of_json(rows: Sequence[JSONObject], columns: Mapping[str, str]) -> Table:
    """REST's rows. *columns* tells each one's type; what a row lacks is None."""
    found = {name: converter(type_)(_values(rows, name)) for name, type_ in columns.items()}
    return Table(found, len(rows))


def _values(rows: Sequence[JSONObject], name: str) -> list[object]:
    *through, last = name.split(".")
    here: Sequence[Mapping[str, object]] = rows
    for part in through:
        here = [_below(row, part) for row in here]
    return [row.get(last) for row in here]


def _below(row: Mapping[str, object], part: str) -> Mapping[str, object]:
    parent = row.get(part)
    return parent if isinstance(parent, dict) else _EMPTY


def of_csv(
    rows: Sequence[Sequence[str]], names: Sequence[str], columns: Mapping[str, str]
) -> Table:
    """Bulk's rows, each as long as *names*, the line of names."""
    found = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {}
    return Table(
        {name: converter(type_)(found.get(name, ())) for name, type_ in columns.items()}, len(rows)
    )


class Beside(NamedTuple):
    """What records need besides their own rows.

    Attributes:
        address: What a record's address begins and ends with; the first empty where unknown.
        stages: By the name that opportunities hold.
        emails: Of contacts.
    """

    address: tuple[str, str] = ("", "")
    stages: Mapping[str, Stage] = {}
    emails: Emails | None = None


class Builder:
    """Makes records of tables. It runs for every record: whole columns, no copies."""

    def __init__(self, wanted: Wanted, stamp: str, beside: Beside) -> None:
        self._wanted = wanted
        self._stamp = stamp
        self._beside = beside
        self._names = tuple(path for path, _ in wanted.fields)
        self._columns = tuple(column for _, column in wanted.fields)
        self._stages: dict[tuple[object, ...], Joined] = {}

    def records(self, table: Table, *, deleted: bool = False) -> tuple[Record, ...]:
        """The table's rows as records; *deleted* ones are not joined to anything."""
        if not table.size:
            return ()
        held = table.columns
        ids = [str(one or "") for one in held[ID]]
        return tuple(
            map(
                Record,
                ids,
                self._fields(held),
                repeat(NO_JOINS) if deleted else self._joins(held, table.size, ids),
                map(moment, held[self._stamp]) if self._stamp else repeat(None),
                self._urls(ids),
                [True] * table.size if deleted else [one is True for one in _held(held, DELETED)],
                repeat(()),
                [one is True for one in _held(held, PERSON)],
            )
        )

    def _fields(self, held: Mapping[str, Column]) -> Iterable[Mapping[str, object]]:
        at_hand = [
            (name, held[column])
            for name, column in zip(self._names, self._columns, strict=True)
            if column in held
        ]
        names = tuple(name for name, _ in at_hand)
        for path, parts in self._wanted.compounds.items():
            if all(column in held for _, column in parts):
                names = (*names, path)
                at_hand.append((path, _compounds(held, parts)))
        if not at_hand:
            return repeat(NO_FIELDS)
        return [dict(zip(names, row)) for row in zip(*(one for _, one in at_hand), strict=True)]  # noqa: B905 - as long, and a third slower

    def _urls(self, ids: Sequence[str]) -> Iterable[str]:
        before, after = self._beside.address
        return [f"{before}{one}{after}" for one in ids] if before else repeat("")

    def _joins(
        self, held: Mapping[str, Column], size: int, ids: Sequence[str]
    ) -> Iterable[Mapping[str, Mapping[str, object]]]:
        joined: list[tuple[str, Sequence[Joined]]] = [
            (one.head, _joined(one, held)) for one in self._wanted.references
        ]
        if self._wanted.stages:
            joined.append((STAGE_ALIAS, self._stage(held, size)))
        if self._wanted.contacts:
            joined.append((CONTACTS_ALIAS, self._contacts(held, ids)))
        if not joined:
            return repeat(NO_JOINS)
        names = [name for name, _ in joined]
        return [
            {name: one for name, one in zip(names, row) if one}  # noqa: B905 - as long, and quicker
            for row in zip(*(column for _, column in joined), strict=True)
        ]

    def _stage(self, held: Mapping[str, Column], size: int) -> list[Joined]:
        nothing = [None] * size
        rows = zip(
            held[STAGE],
            held.get("IsWon", nothing),
            held.get("IsClosed", nothing),
            held.get("Probability", nothing),
            strict=True,
        )
        return [self._stage_of(row) for row in rows]

    def _stage_of(self, row: tuple[object, ...]) -> Joined:
        """The record's own flags first: several stages may be won, and lists change later."""
        if row not in self._stages:
            name, won, closed, probability = row
            known = self._beside.stages.get(str(name))
            self._stages[row] = name and {  # type: ignore[assignment]  # an empty name joins nothing
                "id": name,
                "label": known.label if known else name,
                "is_won": known.is_won if known and won is None else won,
                "is_closed": known.is_closed if known and closed is None else closed,
                "probability": known.probability if known else probability,
            }
        return self._stages[row]

    def _contacts(self, held: Mapping[str, Column], ids: Sequence[str]) -> list[Joined]:
        persons = _held(held, PERSON)  # each is its own contact, and no company
        rows = zip(ids, held[WEBSITE], persons, strict=False)
        bare = {one: None for one, site, person in rows if site is None and person is not True}
        found = self._beside.emails(tuple(bare)) if bare and self._beside.emails else {}
        return [
            {"emails": list(found[one])} if one in bare and one in found else None for one in ids
        ]


def _held(held: Mapping[str, Column], name: str) -> Iterable[object]:
    return held.get(name) or repeat(None, len(held[ID]))


def _compounds(held: Mapping[str, Column], parts: Sequence[tuple[str, str]]) -> list[object]:
    names = tuple(part for part, _ in parts)
    rows = zip(*(held[column] for _, column in parts), strict=True)
    empty = len(names)
    return [
        None if row.count(None) == empty else dict(zip(names, row, strict=True)) for row in rows
    ]


def _joined(one: Reference, held: Mapping[str, Column]) -> list[Joined]:
    """What a reference leads to; the id alone where that is nothing, or nothing is asked."""
    ids = held[one.id]
    if not one.parent:
        return [{"id": key} if key else None for key in ids]
    names = ("id", *(tail for tail, _ in one.parts))
    rows = zip(ids, *(held[column] for _, column in one.parts), strict=True)
    there = held[one.parent]
    found: list[Joined] = [
        dict(zip(names, row)) if known else ({"id": row[0]} if row[0] else None)  # noqa: B905 - as long, and quicker
        for row, known in zip(rows, there, strict=True)
    ]
    if one.head == OWNER_ALIAS:
        return [
            _queue(owner) if str(owner and owner["id"])[:3] == QUEUE else owner for owner in found
        ]
    return found


def _queue(owner: Joined) -> Joined:
    """A queue owns as a user does, but is nobody: no address, never active."""
    return {"email": None, "name": None, **(owner or {}), "active": False} | {"email": None}


def moment(value: object) -> datetime | None:
    """A moment as `values` writes them; None for what is none, a year before 1 among them."""
    try:
        at = datetime.fromisoformat(value)  # type: ignore[arg-type]  # whatever it is, see below
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def by_host(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """E-mail addresses by account, those of the commonest host first, each once.

    In the same order whatever order they came in.
    """
    found: dict[str, list[str]] = {}
    for account, email in pairs:
        found.setdefault(account, []).append(email)
    return {account: _ordered(emails) for account, emails in found.items()}


def _ordered(emails: Sequence[str]) -> list[str]:
    hosts = Counter(map(_host, emails))
    return sorted(set(emails), key=lambda one: (-hosts[_host(one)], _host(one), one))


def _host(email: str) -> str:
    return email.rpartition("@")[2].strip().lower()
