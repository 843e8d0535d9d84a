"""What the platform holds, by domain.

Organizations are kept as JSON bytes: a fifth of the memory that dicts take, and the digest
is made of them.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import orjson

from crmsync.sandbox.akooda.validation import Organization
from crmsync.sandbox.exchange import JSONObject


class Organizations:
    """The store. Attributes that are absent from an update are left as they are.

    Attributes:
        received: Entities that were accepted so far, an organization as often as it was sent.
    """

    def __init__(self, nulls: Literal["clear", "ignore"]) -> None:
        self.received = 0
        self._clear = nulls == "clear"
        self._stored: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._stored)

    def apply(self, organization: Organization, *, create: bool) -> None:
        """Merge one entity in; without *create* an unknown domain is passed over."""
        self.received += 1
        domain, enabled, properties = organization
        old = self._stored.get(domain)
        if old is None:
            if create:
                self._put(domain, properties, enabled=enabled is not False)
            return
        stored = orjson.loads(old)
        kept: JSONObject = stored["properties"]
        if self._clear:
            kept.update(properties)
        else:
            kept.update({name: value for name, value in properties.items() if value is not None})
        now = stored["isEnabled"] if enabled is None else enabled
        self._put(domain, kept, enabled=now)

    def _put(self, domain: str, properties: JSONObject, *, enabled: bool) -> None:
        present = {name: value for name, value in properties.items() if value is not None}
        organization = {"domain": domain, "isEnabled": enabled, "properties": present}
        packed = orjson.dumps(organization, option=orjson.OPT_SORT_KEYS)
        # Copied, because orjson's bytes keep the much larger buffer they were made in.
        self._stored[domain] = bytes(memoryview(packed))

    def get(self, domain: str) -> JSONObject | None:
        """One organization, None where it is not held."""
        stored = self._stored.get(domain)
        return None if stored is None else dict(orjson.loads(stored))

    def everything(self) -> bytes:
        """The whole store as one JSON object by domain, in the order of the domains."""
        stored = self._stored
        members = (orjson.dumps(key) + b":" + stored[key] for key in sorted(stored))
        return b"{" + b",".join(members) + b"}"

    def digest(self) -> str:
        """blake2b over the store in canonical JSON.

        Nulls and empty lists and objects count as absent, so that a store whose attributes
        were cleared equals one that never had them.
        """
        hasher = hashlib.blake2b(digest_size=16)
        for key in sorted(self._stored):
            stored = self._stored[key]
            if b"[]" in stored or b"{}" in stored:
                organization = orjson.loads(stored)
                properties = organization["properties"]
                organization["properties"] = {
                    name: value for name, value in properties.items() if value not in ([], {})
                }
                stored = orjson.dumps(organization, option=orjson.OPT_SORT_KEYS)
            hasher.update(stored)
            hasher.update(b"\n")
        return hasher.hexdigest()
