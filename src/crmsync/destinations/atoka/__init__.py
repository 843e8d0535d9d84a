"""Atoka: lead events, each created once.

The platform's facts are from its "Atoka API User Reference", Lead Events (v20240416.0917), and
from https://developers.atoka.io, read 2026-11-21.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from crmsync.adapters import DestinationPlugin, EventRules
from crmsync.destinations.atoka.caching import about
from crmsync.destinations.atoka.destination import open_account
from crmsync.destinations.atoka.encoding import decode, encode, shortened, told
from crmsync.destinations.atoka.fields import FIELDS, KEY, WATCHED
from crmsync.destinations.atoka.making import judge
from crmsync.destinations.atoka.settings import AtokaSettings, FirstSight
from crmsync.payloads import Limits

# "Lead Events Creation" takes one event a request, and names no size: the bytes are our own.
LIMITS: Final = Limits(max_payloads=1, max_bytes=1_000_000, in_flight=4)


def _rules(first_sight: FirstSight) -> EventRules:
    return EventRules(
        open=open_account,
        watched=WATCHED,
        judge=partial(judge, first_sight=first_sight),
        told=told,
        about=about,
        shortened=shortened,
    )


def tailor(plugin: DestinationPlugin, settings: AtokaSettings) -> DestinationPlugin:
    """The plugin with the account's own idea of what an event is."""
    return replace(
        plugin,
        events=_rules(settings.first_sight),
        limits=replace(plugin.limits, in_flight=settings.in_flight),
    )


PLUGIN: Final = DestinationPlugin(
    name="atoka",
    settings=AtokaSettings,
    fields=FIELDS,
    key=KEY,
    disabled={},
    limits=LIMITS,
    methods=("event",),
    encode=encode,
    decode=decode,
    events=_rules("event"),
    tailor=tailor,
)
