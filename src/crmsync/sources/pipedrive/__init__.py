"""Pipedrive: deals, organizations and persons, with users, stages and each other."""

from __future__ import annotations

from typing import Final

from crmsync.adapters import Context, SourcePlugin
from crmsync.interfaces import Source
from crmsync.sources.pipedrive.objects import OBJECTS
from crmsync.sources.pipedrive.settings import PipedriveSettings


def _open(settings: PipedriveSettings, context: Context) -> Source:
    # The vendor's client costs 250 ms of CPU, which only a read or a check needs to pay.
    from crmsync.sources.pipedrive.client import PipedriveTransport  # noqa: PLC0415
    from crmsync.sources.pipedrive.source import PipedriveSource  # noqa: PLC0415

    transport = PipedriveTransport(settings, context.clock)
    return PipedriveSource(settings, context, transport, scopes=transport.scopes)


PLUGIN: Final = SourcePlugin(
    name="pipedrive",
    settings=PipedriveSettings,
    objects={kind.name: kind.rank for kind in OBJECTS.values()},
    open=_open,
    first_keys=("api_token", "company_domain"),
)
