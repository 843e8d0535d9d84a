"""Akooda: organizations by domain, pushed in batches.

The platform's facts are from its "Ingestion API Guide" (https://help.akooda.co, article
8110147), read 2026-11-21.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from crmsync.adapters import Context, DestinationPlugin, by_address, fingerprint
from crmsync.destinations.akooda.client import Akooda
from crmsync.destinations.akooda.encoding import decode, encode, encode_page
from crmsync.destinations.akooda.fields import DISABLED, FIELDS, KEY, MERGE, extended
from crmsync.destinations.akooda.settings import AkoodaSettings
from crmsync.durations import parse_duration
from crmsync.interfaces import Destination
from crmsync.payloads import Limits
from crmsync.transport.http import HttpTransport
from crmsync.transport.redaction import reveal

# "We accept up to 1000 entities and 1MB uncompressed per request." An MB is 1,000,000 bytes
# by its stricter definition.
LIMITS: Final = Limits(max_payloads=1_000, max_bytes=1_000_000, in_flight=2)


def open_account(settings: AkoodaSettings, context: Context) -> Destination:
    """Open an account. Nothing is sent, and no credential looked up, before the first push."""
    transport = HttpTransport(settings.base_url, timeout=parse_duration(settings.timeout))
    return Akooda(settings, context, transport)


def tenant(settings: AkoodaSettings) -> str:
    """The account: by its tenant id, of which only a fingerprint is shown."""
    return f"{by_address(settings)}, tenant id #{fingerprint(reveal(settings.tenant_id))}"


def tailor(plugin: DestinationPlugin, settings: AkoodaSettings) -> DestinationPlugin:
    """The plugin with the account's own enum values, batch size and requests in flight."""
    limits = replace(
        plugin.limits, max_payloads=settings.max_payloads, in_flight=settings.in_flight
    )
    return replace(plugin, limits=limits, fields=extended(plugin.fields, settings.extra_choices))


PLUGIN: Final = DestinationPlugin(
    name="akooda",
    settings=AkoodaSettings,
    fields=FIELDS,
    key=KEY,
    disabled=DISABLED,
    limits=LIMITS,
    methods=("upsert", "update"),
    encode=encode,
    decode=decode,
    encode_page=encode_page,
    open=open_account,
    merge=MERGE,
    tailor=tailor,
    tenant=tenant,
)
