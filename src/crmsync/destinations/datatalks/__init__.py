"""Data Talks: flat records under a group key, one in each signed request.

The platform's facts are from its "Datatalks API: Using the API"
(https://datatalks.atlassian.net, space PI, page 875495429), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from crmsync.adapters import Context, DestinationPlugin
from crmsync.destinations.datatalks.client import EVENT, METHODS, DataTalks
from crmsync.destinations.datatalks.encoding import decode, encode, listed
from crmsync.destinations.datatalks.fields import FIELDS, GROUP_KEY, KEY, MERGE, open_field
from crmsync.destinations.datatalks.flattening import flatten
from crmsync.destinations.datatalks.groups import Groups
from crmsync.destinations.datatalks.settings import DataTalksSettings
from crmsync.durations import parse_duration
from crmsync.interfaces import Destination
from crmsync.payloads import Field, FieldKind, Limits, OnFault
from crmsync.receipts import Problem
from crmsync.transport.http import HttpTransport

# Data Talks names no limit; Amazon API Gateway takes 10 MB:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html, read 2026-11-21.
LIMITS: Final = Limits(max_payloads=1, max_bytes=10_000_000, in_flight=8)


def open_account(settings: DataTalksSettings, context: Context) -> Destination:
    """Open an account. Nothing is sent, and no credential looked up, before the first push."""
    transport = HttpTransport(settings.base_url, timeout=parse_duration(settings.timeout))
    return DataTalks(settings, context, transport)


def tailor(plugin: DestinationPlugin, settings: DataTalksSettings) -> DestinationPlugin:
    """The plugin with the account's own key, groups, flattening and requests in flight."""
    return replace(
        plugin,
        fields=_known_by(FIELDS, settings.contact_key),
        key=settings.contact_key,
        limits=replace(plugin.limits, in_flight=settings.in_flight),
        other_field=open_field(nested=settings.flatten),
        complete=completion(settings),
    )


def completion(settings: DataTalksSettings) -> Callable[[dict[str, object]], list[Problem]]:
    """Makes the last look at a payload: flat, no name twice, and with its group key."""
    groups = Groups(settings)

    def complete(fields: dict[str, object]) -> list[Problem]:
        problems = list(flatten(fields))
        if GROUP_KEY not in fields:
            chosen = groups.choose({**fields, **listed(fields)})
            if isinstance(chosen, Problem):
                problems.append(chosen)
            else:
                fields[GROUP_KEY] = chosen
        return problems

    return complete


def _known_by(fields: Mapping[str, Field], key: str) -> Mapping[str, Field]:
    """The fields, the key first: what a record is known by is one text, and never missing."""
    own = fields.get(key) or Field(
        name=key, kind=FieldKind.TEXT, about="What a record is known by."
    )
    known = replace(own, required=True, on_fault=OnFault.REJECT)
    return {key: known, **{name: field for name, field in fields.items() if name != key}}


PLUGIN: Final = DestinationPlugin(
    name="datatalks",
    settings=DataTalksSettings,
    fields=_known_by(FIELDS, KEY),
    key=KEY,
    disabled={},
    limits=LIMITS,
    methods=METHODS,
    encode=encode,
    decode=decode,
    open=open_account,
    merge=MERGE,
    tailor=tailor,
    other_field=open_field(nested=False),
    once=frozenset({EVENT}),
    first_keys=("group_key",),
)
