"""Akita: accounts by `internal_id`, one a request at a planned rate.

The platform's facts are from its article "Creating and Updating Accounts via the API"
(https://docs.akitaapp.com, article 6777738), read 2026-11-21.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from crmsync.adapters import Context, DestinationPlugin
from crmsync.destinations.akita.client import METHODS, Akita
from crmsync.destinations.akita.encoding import decode, encode, sent
from crmsync.destinations.akita.fields import DISABLED, FIELDS, KEY, MERGE, tailored
from crmsync.destinations.akita.settings import AkitaSettings
from crmsync.durations import parse_duration
from crmsync.interfaces import Destination
from crmsync.payloads import Limits
from crmsync.transport.http import HttpTransport

# The document shows one account a request and names no size: the bytes are our own bound.
LIMITS: Final = Limits(max_payloads=1, max_bytes=1_000_000, in_flight=4)


def open_account(settings: AkitaSettings, context: Context) -> Destination:
    """Open an account. Nothing is sent, and no credential looked up, before the first push."""
    transport = HttpTransport(settings.base_url, timeout=parse_duration(settings.timeout))
    return Akita(settings, context, transport)


def tailor(plugin: DestinationPlugin, settings: AkitaSettings) -> DestinationPlugin:
    """The plugin with the account's own roles, tags, traits, time zone, connections and rate."""
    return replace(
        plugin,
        limits=replace(plugin.limits, in_flight=settings.in_flight),
        fields=tailored(plugin.fields, settings),
        seconds=settings.seconds_for,
    )


PLUGIN: Final = DestinationPlugin(
    name="akita",
    settings=AkitaSettings,
    fields=FIELDS,
    key=KEY,
    disabled=DISABLED,
    limits=LIMITS,
    methods=METHODS,
    encode=encode,
    decode=decode,
    open=open_account,
    merge=MERGE,
    tailor=tailor,
    sent=sent,
)
