"""Salesforce: accounts, opportunities and every other object, custom ones included."""

from __future__ import annotations

from typing import Final

from crmsync.adapters import Context, SourcePlugin
from crmsync.interfaces import Source
from crmsync.sources.salesforce.objects import OBJECTS, OTHER_RANK
from crmsync.sources.salesforce.settings import SalesforceSettings


def _open(settings: SalesforceSettings, context: Context) -> Source:
    # The vendor's client costs half a second of CPU, which only a read or a check needs to pay.
    from crmsync.sources.salesforce.client import SalesforceTransport  # noqa: PLC0415
    from crmsync.sources.salesforce.source import SalesforceSource  # noqa: PLC0415

    return SalesforceSource(settings, context, SalesforceTransport(settings))


PLUGIN: Final = SourcePlugin(
    name="salesforce",
    settings=SalesforceSettings,
    objects={kind.name: kind.rank for kind in OBJECTS.values()},
    open=_open,
    first_keys=("consumer_key", "consumer_secret"),
    other_rank=OTHER_RANK,
)
