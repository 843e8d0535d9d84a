"""From the configuration's table to the ways by which people are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

from crmsync.alerts.channels import Address, Channel, Command, Pings, Webhook
from crmsync.alerts.standing import Rules
from crmsync.alerts.telling import Ways
from crmsync.config.schema import Alerts
from crmsync.interfaces import Clock


def open_ways(told: Alerts, clock: Clock, watched: Sequence[str]) -> Ways:
    """The ways of a configuration. Nothing is sent or looked up before it is needed.

    *watched* are the syncs of which the sign of life of all speaks.
    """
    address = partial(Address, clock=clock, timeout=told.timeout)
    return Ways(
        rules=rules_of(told),
        channels={channel.name: channel for channel in _channels(told, clock)},
        pings=Pings(
            every=None if told.ping is None else address("alerts.ping", told.ping),
            syncs={
                name: address(f"alerts.pings.{name}", secret) for name, secret in told.pings.items()
            },
            also=frozenset(told.ping_also),
        ),
        watched=watched,
    )


def rules_of(told: Alerts) -> Rules:
    """When a sync is bad, as the configuration says."""
    stale = told.stale_after
    return Rules(
        failing_for=timedelta(seconds=told.failing_for),
        stale_after=None if stale is None else timedelta(seconds=stale),
        quarantined=told.quarantined,
        quiet=timedelta(seconds=told.quiet),
    )


def _channels(told: Alerts, clock: Clock) -> Iterator[Channel]:
    if told.webhook is not None:
        address = Address("alerts.webhook", told.webhook, clock, told.timeout)
        yield Webhook(address, text_alone=told.webhook_body == "text")
    if told.command:
        yield Command(tuple(told.command), told.command_timeout, clock)
