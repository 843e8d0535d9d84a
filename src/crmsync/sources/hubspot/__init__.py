"""HubSpot: companies, deals and the stages that deals went through."""

from __future__ import annotations

from typing import Final

from crmsync.adapters import Context, SourcePlugin
from crmsync.interfaces import Source
from crmsync.sources.hubspot.objects import OBJECTS
from crmsync.sources.hubspot.settings import HubSpotSettings


def _open(settings: HubSpotSettings, context: Context) -> Source:
    # The vendor's client costs 160 ms of CPU, which only a read or a check needs to pay.
    from crmsync.sources.hubspot.client import HubSpotTransport  # noqa: PLC0415
    from crmsync.sources.hubspot.source import HubSpotSource  # noqa: PLC0415

    return HubSpotSource(settings, context, HubSpotTransport(settings))


PLUGIN: Final = SourcePlugin(
    name="hubspot",
    settings=HubSpotSettings,
    objects={kind.name: kind.rank for kind in OBJECTS.values()},
    open=_open,
)
