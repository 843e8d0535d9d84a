"""An Akooda account: pushes batches of organizations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from crmsync.adapters import Context
from crmsync.destinations.akooda.answers import NO_CONTENT, classify
from crmsync.destinations.akooda.settings import AkoodaSettings
from crmsync.destinations.checking import credential, not_verified
from crmsync.interfaces import Answer, CheckResult, Destination, Request, Traffic, Transport
from crmsync.transport.account import Account
from crmsync.transport.pacing import ALL, Rate
from crmsync.transport.redaction import reveal

# POST "will push organizations to your account, regardless if they were detected
# automatically", PUT "will only push data for pre-existing entities": Ingestion API Guide,
# read 2026-11-21.
METHODS: Final = {"upsert": "POST", "update": "PUT"}


class Akooda(Destination):
    """An Akooda account. Credentials are looked up when they are first needed."""

    def __init__(self, settings: AkoodaSettings, context: Context, transport: Transport) -> None:
        self._settings = settings
        self._name = f"destinations.{context.name}"
        limit = settings.rate_limit
        self._account = Account(
            context,
            transport=transport,
            lanes={ALL: None if limit is None else Rate.parse(limit)},
            classify=classify,
        )

    @property
    def traffic(self) -> Traffic:
        """What its requests came to since it was opened."""
        return self._account.traffic

    def check(self) -> Iterator[CheckResult]:
        """Check what this machine knows; Akooda has no call that changes nothing."""
        for key in ("tenant_id", "api_key"):
            yield credential(f"{self._name}: {key}", getattr(self._settings, key))
        yield not_verified(
            f"{self._name}: account",
            "Akooda has no call that changes nothing; "
            "the first run shows whether it takes the credentials",
        )

    def push(self, bodies: Sequence[bytes], *, method: str) -> Answer:
        """Send encoded organizations as one request; see `Destination.push`."""
        request = Request(
            METHODS[method],
            "/organizations",
            self._headers,
            b"[" + b",".join(bodies) + b"]",
        )
        status = self._account.call(request).status
        return Answer(verified=status != NO_CONTENT, status=str(status))

    def close(self) -> None:
        """Close its connections."""
        self._account.close()

    @cached_property
    def _headers(self) -> Mapping[str, str]:
        return {
            "x-akooda-tenant-id": reveal(self._settings.tenant_id),
            "x-akooda-authorization": reveal(self._settings.api_key),
            # "only supports properly formatted Content-Type application/json"
            "Content-Type": "application/json",
        }
