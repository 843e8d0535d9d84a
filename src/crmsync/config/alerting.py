"""Checks what the alerts' table says beyond the types of its keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from crmsync.config.faults import did_you_mean, key_path
from crmsync.config.schema import Alerts
from crmsync.config.urls import url_fault
from crmsync.errors import ConfigError
from crmsync.receipts import Problem
from crmsync.secrets import Secret
from crmsync.transport.urls import is_loopback

_TABLE: Final = "alerts"


def alert_faults(alerts: Alerts, syncs: Iterable[str]) -> Iterator[Problem]:
    """Addresses that are none, syncs that there are not, and a command without a program."""
    syncs = list(syncs)
    for path, secret in _addresses(alerts):
        if secret.literal and (wrong := url_fault(_revealed(secret).partition("?")[0])):
            yield Problem(path, "wrong_value", wrong)
    for name in alerts.pings:
        if name not in syncs:
            told = f"is no sync; {did_you_mean(name, syncs)}"
            yield Problem(key_path(_TABLE, "pings", name), "unknown_name", told)
    if alerts.command and not all(alerts.command):
        told = 'must be a program and its arguments, such as ["/usr/local/bin/page-me"]'
        yield Problem(key_path(_TABLE, "command"), "wrong_value", told)


def literal_addresses(alerts: Alerts) -> Iterator[tuple[str, bool]]:
    """Where an address stands in the file itself, and whether it is another machine's."""
    for path, secret in _addresses(alerts):
        if secret.literal:
            yield path, not is_loopback(urlsplit(_revealed(secret)).hostname or "")


def _revealed(secret: Secret) -> str:
    """A literal address; empty where it is none that could be told of."""
    try:
        text = secret.reveal()
        urlsplit(text)
    except (ConfigError, ValueError):
        return ""
    return text


def _addresses(alerts: Alerts) -> Iterator[tuple[str, Secret]]:
    for key, secret in (("webhook", alerts.webhook), ("ping", alerts.ping)):
        if secret is not None:
            yield key_path(_TABLE, key), secret
    for name, secret in alerts.pings.items():
        yield key_path(_TABLE, "pings", name), secret
