"""Records as signed JSON to an address of your own, by Standard Webhooks."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from crmsync.adapters import Context, DestinationPlugin
from crmsync.durations import parse_duration
from crmsync.interfaces import Destination
from crmsync.payloads import Limits
from crmsync.transport.http import HttpTransport
from crmsync_webhook.client import METHODS, Webhook
from crmsync_webhook.encoding import decode, encode
from crmsync_webhook.fields import DISABLED, FIELDS, KEY, other_field
from crmsync_webhook.settings import WebhookSettings

# Our own: what web frameworks take without being told to take more.
LIMITS: Final = Limits(max_payloads=100, max_bytes=1_000_000, in_flight=2)


def open_account(settings: WebhookSettings, context: Context) -> Destination:
    """Open an account. Nothing is sent, and no credential looked up, before the first push."""
    transport = HttpTransport(settings.base_url, timeout=parse_duration(settings.timeout))
    return Webhook(settings, context, transport)


def tailor(plugin: DestinationPlugin, settings: WebhookSettings) -> DestinationPlugin:
    """The plugin with the account's own batch size and requests in flight."""
    limits = replace(
        plugin.limits, max_payloads=settings.max_payloads, in_flight=settings.in_flight
    )
    return replace(plugin, limits=limits)


PLUGIN: Final = DestinationPlugin(
    name="webhook",
    settings=WebhookSettings,
    fields=FIELDS,
    key=KEY,
    disabled=DISABLED,
    limits=LIMITS,
    methods=METHODS,
    encode=encode,
    decode=decode,
    open=open_account,
    tailor=tailor,
    other_field=other_field,
)
