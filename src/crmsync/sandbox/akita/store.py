"""What the platform holds, by `internal_id`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

import orjson

from crmsync.sandbox.akita.rules import LISTS
from crmsync.sandbox.exchange import JSONObject

_FIRST_ID: Final = 1001
_OWN: Final = frozenset({"id", "created_at", "updated_at"})
# "is_tracked" is TRUE by default when the API creates: Akita's article, read 2026-11-21.
_NEW: Final[Mapping[str, object]] = {
    "name": None,
    "is_tracked": True,
    "is_churned": False,
    "customer_end_date": None,
    "traits": None,
}


def _labelled(one: Mapping[str, Any]) -> object:
    return one["label"], one["value"]


_IDENTITY: Final[Mapping[str, Callable[[Any], object]]] = {
    "emails": _labelled,
    "phones": _labelled,
    "urls": _labelled,
    "roles": lambda one: one["role_id"],
    "tags": lambda one: one,
}
"""What makes two elements of a list the same, where lists are merged."""


class Accounts:
    """The store. Attributes that are absent from an update are left as they are."""

    def __init__(self, lists: Literal["replace", "merge"]) -> None:
        self._merge = lists == "merge"
        self._stored: dict[str, JSONObject] = {}

    def __len__(self) -> int:
        return len(self._stored)

    def put(self, attributes: JSONObject, now: datetime) -> tuple[JSONObject, bool]:
        """Create or update; gives the account as it is then, and whether it is new."""
        key = attributes["internal_id"]
        account = self._stored.get(key)
        stamp = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        created = account is None
        if account is None:
            account = {"id": _FIRST_ID + len(self._stored), "created_at": stamp, **_NEW}
            account |= {name: [] for name in LISTS}
            self._stored[key] = account
        for name, value in attributes.items():
            account[name] = self._valued(name, account.get(name), value)
        account["updated_at"] = stamp
        if _ended(attributes.get("customer_end_date"), now):
            account["is_churned"] = True
        return account, created

    def _valued(self, name: str, old: Any, new: Any) -> Any:
        if name in LISTS and self._merge and new is not None:
            same = _IDENTITY[name]
            return list({same(one): one for one in (*old, *new)}.values())
        if name in LISTS:
            return new or []
        if name == "traits" and new is not None:
            merged = {**(old or {}), **new}
            return {trait: value for trait, value in merged.items() if value is not None}
        return new

    def edit(self, key: str, attributes: JSONObject) -> JSONObject:
        """Set attributes as a user of Akita does by hand.

        Raises:
            LookupError: There is no such account.
        """
        account = self._stored[key]
        account.update(attributes)
        return account

    def get(self, key: str) -> JSONObject | None:
        """One account, None where it is not held."""
        return self._stored.get(key)

    def everything(self) -> dict[str, JSONObject]:
        """All accounts by `internal_id`, in the order of their creation."""
        return self._stored

    def digest(self) -> str:
        """blake2b over the store in canonical JSON, without Akita's own ids and times.

        Nulls, and empty lists and objects, count as absent.
        """
        hasher = hashlib.blake2b(digest_size=16)
        for key in sorted(self._stored):
            account = {
                name: value
                for name, value in self._stored[key].items()
                if name not in _OWN and value not in (None, [], {})
            }
            hasher.update(orjson.dumps(account, option=orjson.OPT_SORT_KEYS) + b"\n")
        return hasher.hexdigest()


def _ended(day: str | None, now: datetime) -> bool:
    """Whether a customer has left: the day is today or before (in UTC: undocumented)."""
    return day is not None and day <= now.astimezone(UTC).date().isoformat()
