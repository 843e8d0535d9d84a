"""What Pipedrive's records point to: users, stages, pipelines, persons, organizations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from crmsync.records import NO_JOINS
from crmsync.reports import JSONObject
from crmsync.sources.pipedrive.endpoints import CUSTOM_FIELDS, Asked, Parameter
from crmsync.sources.pipedrive.objects import (
    CONTACTS,
    OWNER,
    PIPELINE,
    STAGE,
    STATUS,
    UPDATED,
    ObjectType,
    Wanted,
)
from crmsync.sources.pipedrive.values import CUSTOM, Found, Layout, text_id

Joined: TypeAlias = Mapping[str, Mapping[str, object]]
NOTHING: Final[Found] = {}
_ALWAYS: Final = frozenset({"id", UPDATED, "is_deleted", STATUS})
_WON, _LOST, _OPEN = "won", "lost", "open"


class Plan(NamedTuple):
    """What is reached in one kind of record, and how its values are made.

    Attributes:
        kind: Which object.
        wanted: What paths ask of it.
        layout: How its custom fields are filled.
    """

    kind: ObjectType
    wanted: Wanted
    layout: Layout

    @property
    def asked(self) -> Asked:
        """Parameters that name the fields to answer, beside those that always come.

        Naming no custom field would bring them all: where none is reached, one is named.
        """
        asked: dict[Parameter, str] = {}
        custom = self.layout.custom or tuple(filter(None, [self.layout.unreached]))
        if 0 < len(custom) <= CUSTOM_FIELDS:
            asked[Parameter.CUSTOM_FIELDS] = ",".join(custom)
        if self.layout.optional:
            asked[Parameter.INCLUDE_FIELDS] = ",".join(self.layout.optional)
        return asked

    @property
    def users(self) -> bool:
        """Whether more of a user than the id is reached."""
        return bool(self.wanted.joined.get(OWNER, frozenset()) - {"id"}) or bool(
            self.layout.reached("users")
        )

    def trimmer(self) -> Callable[[JSONObject], JSONObject]:
        """A function that gives a row without what nobody reaches: pages wait in memory."""
        custom = frozenset(self.layout.custom)
        own = {f.field.key for f in self.layout.fillings if not f.field.custom}
        sources = {self.kind.joined[head] for head in self.wanted.joined}
        kept = self.wanted.plain | own | sources | _ALWAYS

        def trim(row: JSONObject) -> JSONObject:
            trimmed = {name: value for name, value in row.items() if name in kept}
            held = row.get(CUSTOM)
            if custom and isinstance(held, dict):
                trimmed[CUSTOM] = {key: held[key] for key in custom & held.keys()}
            return trimmed

        return trim

    def shape(self, row: JSONObject, users: Mapping[str, Mapping[str, object]]) -> JSONObject:
        """A row as others reach into it: what is reached, and no more."""
        self.layout.fill(row, {"users": users})
        shaped: JSONObject = {name: row.get(name) for name in self.wanted.plain}
        shaped.update((one.path, row.get(one.path)) for one in self.layout.fillings)
        if OWNER in self.wanted.joined:
            owner = text_id(row.get("owner_id"))
            shaped[OWNER] = (users.get(owner) or {"id": owner}) if owner else None
        shaped["id"] = text_id(row.get("id"))
        return shaped


def users_by_id(rows: Iterable[JSONObject]) -> Mapping[str, Mapping[str, object]]:
    """Every user by id, as paths reach into it; deactivated ones are listed, too."""
    return {
        text_id(row.get("id")): {
            "id": text_id(row.get("id")),
            "active": row.get("active_flag") is True,
            "name": row.get("name"),
            "email": row.get("email"),
        }
        for row in rows
    }


def stages_by_id(rows: Iterable[JSONObject]) -> Mapping[str, Mapping[str, object]]:
    """Every stage by id, with its position in its pipeline, 1 for the first."""
    listed = sorted(rows, key=lambda row: (text_id(row.get("pipeline_id")), _order(row)))
    positions: dict[str, int] = {}
    stages: dict[str, Mapping[str, object]] = {}
    for row in listed:
        pipeline = text_id(row.get("pipeline_id"))
        positions[pipeline] = positions.get(pipeline, 0) + 1
        stages[text_id(row.get("id"))] = {
            "id": text_id(row.get("id")),
            "label": row.get("name"),
            "order": row.get("order_nr"),
            "position": positions[pipeline],
            "probability": row.get("deal_probability"),
        }
    return stages


def pipelines_by_id(rows: Iterable[JSONObject]) -> Mapping[str, Mapping[str, object]]:
    """Every pipeline by id."""
    return {
        text_id(row.get("id")): {"id": text_id(row.get("id")), "label": row.get("name")}
        for row in rows
    }


def _order(row: JSONObject) -> tuple[int, int]:
    order, one = row.get("order_nr"), text_id(row.get("id"))
    return (order if isinstance(order, int) else 0, int(one) if one.isdecimal() else 0)


@dataclass(kw_only=True)
class Joiner:
    """A function from a row, and what was found for its page, to its joins.

    What many records share is shared here, too, so that a record costs little. An id that
    points to nothing known is joined as that id alone; an empty reference is not joined.
    """

    plan: Plan
    users: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    stages: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    pipelines: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stage = cache(self._staged)
        self._steps = [
            (head, self.plan.kind.joined[head], self._lookup(head))
            for head in self.plan.wanted.joined
        ]

    def __call__(self, row: JSONObject, found: Found) -> Joined:
        """The joins of a row, by the path's first part."""
        if not self._steps:
            return NO_JOINS
        joins: dict[str, Mapping[str, object]] = {}
        for head, name, look_up in self._steps:
            held = text_id(row.get(name))
            if held:
                joins[head] = look_up(held, row, found)
        return joins

    def _lookup(self, head: str) -> Callable[[str, JSONObject, Found], Mapping[str, object]]:
        if head == OWNER:
            return lambda held, _row, _found: self.users.get(held) or {"id": held}
        if head == PIPELINE:
            return lambda held, _row, _found: self.pipelines.get(held) or {"id": held}
        if head == STATUS:
            return lambda held, _row, _found: _status(held)
        if head == STAGE:
            return lambda held, row, _found: self._stage(held, text_id(row.get(STATUS)))
        if head == CONTACTS:
            return lambda held, _row, found: found.get(CONTACTS, {}).get(held) or _NO_CONTACTS
        target = self.plan.kind.records_joined[head]
        return lambda held, _row, found: found.get(target, {}).get(held) or {"id": held}

    def _staged(self, held: str, status: str) -> Mapping[str, object]:
        """A stage as a deal of that status is in it; a deleted stage has its id alone."""
        stage = self.stages.get(held)
        if stage is None:
            return {"id": held}
        told = _status(status)
        return {**stage, **{name: told[name] for name in ("is_won", "is_closed", "is_open")}}


_NO_CONTACTS: Final[Mapping[str, object]] = {"emails": ()}


@cache
def _status(status: str) -> Mapping[str, object]:
    return {
        "id": status,
        "is_won": status == _WON,
        "is_lost": status == _LOST,
        "is_closed": status in (_WON, _LOST),
        "is_open": status == _OPEN,
    }
