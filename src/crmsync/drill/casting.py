"""Which simulator plays which of a user's accounts, and the configuration that says so.

Mappings, filters, guards, methods and whatever else a sync says stay as they are. Addresses,
credentials, rate limits and waits are replaced; schedules, alerts and the ledger are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from crmsync.config.schema import Config, SyncConfig
from crmsync.errors import ConfigError
from crmsync.mapping.writing import to_toml
from crmsync.receipts import Problem
from crmsync.sandbox.accounts import ACCOUNTS
from crmsync.sandbox.options import SandboxOptions

_SYSTEMS: Final = {account.name: account for account in ACCOUNTS}
_FILES: Final = "file"
"""The kind of source that is no system: a drill reads the user's own files."""

_REAL: Final = {
    "hubspot": ("access_token", "base_url"),
    "salesforce": (
        *("auth", "login_url", "consumer_key", "consumer_secret", "username", "password"),
        *("private_key_file", "refresh_token", "security_token", "soap", "audience"),
        *("allowed_hosts", "lightning_url"),
    ),
    "pipedrive": (
        *("api_token", "client_id", "client_secret", "refresh_token", "company_domain"),
        *("base_url", "oauth_url"),
    ),
    "akooda": ("tenant_id", "api_key", "base_url"),
    "akita": ("api_key", "base_url"),
    "atoka": ("token", "app_user_id", "base_url"),
    "datatalks": (
        *("access_key_id", "secret_access_key", "session_token", "base_url", "path"),
        *("event_path", "region", "service"),
    ),
}
"""Keys by which the real accounts are found and opened: none of them may reach a drill."""

_PACE: Final = ("rate_limit", "timeout")
_SCALED: Final[Mapping[str, Mapping[str, object]]] = {
    "sources": {"timeout": "4s"},
    "destinations": {"timeout": "3s"},
    "akooda": {"max_payloads": 25},
    "atoka": {"timeout": "1.5s", "readback_after": ["0.2s", "0.6s", "2s"]},
}
"""Waits that fit simulators, whose late requests have effect within half a second, and batches so
small that there are enough of them to be struck."""

_NOT_DRILLED: Final = ("schedule", "timezone")


class Part(NamedTuple):
    """An account, and the simulator that plays it.

    Attributes:
        name: In the configuration.
        system: What it is an account of.
        stage: The number of the sandbox: each has one account of a kind.
    """

    name: str
    system: str
    stage: int


class Cast(NamedTuple):
    """Everything that takes part in a drill.

    Attributes:
        sources: CRMs that are played; files are read as they are.
        destinations: Platforms that are played.
        syncs: What is drilled, by name.
        left_out: Why a sync is not drilled, by its name.
    """

    sources: tuple[Part, ...]
    destinations: tuple[Part, ...]
    syncs: Mapping[str, SyncConfig]
    left_out: Mapping[str, str]

    @property
    def stages(self) -> int:
        """How many sandboxes it takes."""
        return 1 + max(part.stage for part in (*self.sources, *self.destinations))


def cast(config: Config, syncs: Sequence[str]) -> Cast:
    """Give each account of these syncs a simulator.

    Raises:
        ConfigError: There is none for any of the syncs.
    """
    left_out = dict(_unplayable(config, syncs))
    drilled = {name: config.syncs[name] for name in syncs if name not in left_out}
    if not drilled:
        faults = [Problem(f"syncs.{name}", "not_simulated", why) for name, why in left_out.items()]
        raise ConfigError(faults, hint=f"simulated are: {', '.join(_SYSTEMS)}")
    sources = dict.fromkeys(sync.source for sync in drilled.values())
    destinations = dict.fromkeys(sync.destination for sync in drilled.values())
    return Cast(
        sources=_parts({name: config.sources[name].type for name in sources}),
        destinations=_parts({name: config.destinations[name].type for name in destinations}),
        syncs=drilled,
        left_out=left_out,
    )


def script(
    table: Mapping[str, Any], played: Cast, urls: Sequence[str], options: SandboxOptions
) -> str:
    """The configuration for a drill, as TOML without a ledger's address.

    Args:
        table: The user's configuration as it is written.
        played: Who plays what.
        urls: The addresses of the sandboxes.
        options: What they were started with.
    """
    sources = {
        part.name: _account("sources", table["sources"][part.name], part, urls, options)
        for part in played.sources
    }
    files = {
        name: table["sources"][name]
        for name in dict.fromkeys(sync.source for sync in played.syncs.values())
        if name not in sources
    }
    destinations = {
        part.name: _account("destinations", table["destinations"][part.name], part, urls, options)
        for part in played.destinations
    }
    syncs = {name: _without(table["syncs"][name], _NOT_DRILLED) for name in played.syncs}
    return to_toml(
        {
            "limits": {**table.get("limits", {}), "retry_for": "10s", "max_wait": "20s"},
            "sources": {**sources, **files},
            "destinations": destinations,
            "syncs": syncs,
        }
    )


def with_files_at(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The user's configuration with each relative folder of files where it really is."""
    sources = {
        name: {**account, "folder": str(folder / account["folder"])}
        if account.get("type", name) == _FILES
        else account
        for name, account in table["sources"].items()
    }
    return {**table, "sources": sources}


def _account(
    kind: str, written: Mapping[str, Any], part: Part, urls: Sequence[str], options: SandboxOptions
) -> dict[str, Any]:
    system = _SYSTEMS[part.system]
    kept = _without(written, (*_REAL[part.system], *_PACE, *_SCALED.get(part.system, ())))
    played = system.table(urls[part.stage], options)
    if "groups" in kept and "group_key" not in kept:
        played.pop("group_key", None)  # its groups say who gets which
    given = {key: value for key, value in played.items() if key != "group_key" or key not in kept}
    return {"type": part.system, **kept, **_SCALED[kind], **_SCALED.get(part.system, {}), **given}


def _without(table: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key not in keys}


def _parts(types: Mapping[str, str]) -> tuple[Part, ...]:
    seen: Counter[str] = Counter()
    parts = []
    for name, system in types.items():
        if system in _SYSTEMS:
            parts.append(Part(name, system, seen[system]))
            seen[system] += 1
    return tuple(parts)


def _unplayable(config: Config, syncs: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in syncs:
        sync = config.syncs[name]
        source = config.sources[sync.source].type
        destination = config.destinations[sync.destination].type
        if source != _FILES and source not in _SYSTEMS:
            yield name, f"no simulator plays the source {source}"
        elif destination not in _SYSTEMS:
            yield name, f"no simulator plays the destination {destination}"
