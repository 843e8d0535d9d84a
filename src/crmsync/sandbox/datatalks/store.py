"""What the platform was brought: contacts by group and key, events in order."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from typing import Final

import orjson

from crmsync.sandbox.datatalks.validation import Record
from crmsync.sandbox.exchange import JSONObject

_NAMESPACE: Final = uuid.UUID("6f1d3d0e-0b42-4f5c-9a53-2f5f0a1e7c11")


class Contacts:
    """The contacts of every group key. Attributes that are absent from an update stay."""

    def __init__(self, key: str, *, clear: bool) -> None:
        self._key = key
        self._clear = clear
        self._groups: dict[str, dict[str, JSONObject]] = {}

    def put(self, record: Record) -> str:
        """Create or update by the key; gives the contact's id.

        A contact without the key is always a new one: `#1`, `#2` and so on.
        """
        group = self._groups.setdefault(record.group_key, {})
        value = record.data.get(self._key)
        key = f"#{len(group) + 1}" if value in (None, "", []) else str(value)
        contact = group.setdefault(key, {})
        for name, new in record.data.items():
            if new is not None:
                contact[name] = new
            elif self._clear:
                contact.pop(name, None)
        return str(uuid.uuid5(_NAMESPACE, f"{record.group_key}\n{key}"))

    def everything(self) -> dict[str, dict[str, JSONObject]]:
        """All contacts, by group key and then by key, in the order they came."""
        return self._groups

    def count(self) -> int:
        """Contacts in all groups."""
        return sum(map(len, self._groups.values()))

    def digest(self) -> str:
        """blake2b over all contacts in canonical JSON; empty texts and lists count as absent."""
        hasher = hashlib.blake2b(digest_size=16)
        for group_key, group in sorted(self._groups.items()):
            for key, contact in sorted(group.items()):
                kept = {name: value for name, value in contact.items() if value not in ("", [])}
                line = [group_key, key, kept]
                hasher.update(orjson.dumps(line, option=orjson.OPT_SORT_KEYS) + b"\n")
        return hasher.hexdigest()


class Events:
    """The events of every group key: each call adds one."""

    def __init__(self) -> None:
        self._groups: defaultdict[str, list[JSONObject]] = defaultdict(list)

    def put(self, record: Record) -> str:
        """Add one; gives its id."""
        group = self._groups[record.group_key]
        group.append(record.data)
        return str(uuid.uuid5(_NAMESPACE, f"event\n{record.group_key}\n{len(group)}"))

    def everything(self) -> dict[str, list[JSONObject]]:
        """All events by group key, in the order they came."""
        return self._groups

    def count(self) -> int:
        """Events in all groups."""
        return sum(map(len, self._groups.values()))
