"""Writes the configuration that `crmsync sandbox` prints: every simulator, every preset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

from crmsync.cli.output.documents import line
from crmsync.mapping.presets import Preset, presets
from crmsync.sandbox.options import SandboxOptions


class _Table(NamedTuple):
    """A simulated system in the configuration.

    Attributes:
        keys: Keys, and the simulator's options that they must agree with.
        address: The key that says where the system is.
        unlimited: What is added while no option limits the simulator's rate.
    """

    kind: Literal["sources", "destinations"]
    name: str
    keys: Mapping[str, str]
    address: str = "base_url"
    unlimited: str = ""


_TABLES: Final = (
    _Table("sources", "hubspot", {"access_token": "access_token"}),
    _Table(
        "sources",
        "salesforce",
        {
            "consumer_key": "salesforce_consumer_key",
            "consumer_secret": "salesforce_consumer_secret",
        },
        address="login_url",
    ),
    _Table("sources", "pipedrive", {"api_token": "pipedrive_api_token"}),
    _Table("destinations", "akooda", {"tenant_id": "tenant_id", "api_key": "api_key"}),
    _Table(
        "destinations",
        "akita",
        {"api_key": "akita_api_key"},
        unlimited="# This simulator has no limit. Akita itself has: leave the line out there.\n"
        'rate_limit = "1000/1s"',
    ),
    _Table("destinations", "atoka", {"token": "atoka_token"}),
    _Table(
        "destinations",
        "datatalks",
        {
            "access_key_id": "datatalks_access_key_id",
            "secret_access_key": "datatalks_secret_access_key",
            "group_key": "datatalks_group_keys",
            "region": "datatalks_region",
            "service": "datatalks_service",
        },
    ),
)
"""Every system that a sync can name. Syncs of the first platform are named by source and object
alone."""

_LISTS: Final = frozenset({"datatalks_group_keys"})
"""Options that have several values, joined by commas: the first is as good as any."""

FITTING: Final[Mapping[str, object]] = {
    "datatalks_contact_key": "crm_id",
    "atoka_knows": "everybody",
}
"""Options with which the simulators agree with the presets, where nothing else is asked for."""

_HEAD: Final = """\
# A configuration for these simulators. A credential that none was set for may be anything, but
# Data Talks' secret_access_key: its signatures are checked.
"""


def simulated_config(url: str, options: SandboxOptions) -> str:
    """A configuration for simulators at *url*: a sync for each preset that ships for them."""
    accounts = (_account(table, url, options) for table in _TABLES)
    syncs = (_sync(preset) for preset in sorted(presets(), key=_place) if _is_simulated(preset))
    return _HEAD + "\n".join([*accounts, *syncs])


def _account(table: _Table, url: str, options: SandboxOptions) -> str:
    rows = [f"{key} = {line(_value(options, option))}" for key, option in table.keys.items()]
    rows.append(f'{table.address} = "{url}/{table.name}"')
    if table.unlimited and getattr(options, f"{table.name}_rate_limit") is None:
        rows.append(table.unlimited)
    return "\n".join([f"[{table.kind}.{table.name}]", *rows, ""])


def _value(options: SandboxOptions, option: str) -> str:
    value = getattr(options, option)
    if value is None:
        return "sandbox"
    return str(value).partition(",")[0].strip() if option in _LISTS else str(value)


def _names(kind: str) -> Iterator[str]:
    return (table.name for table in _TABLES if table.kind == kind)


def _is_simulated(preset: Preset) -> bool:
    known = preset.destination in _names("destinations")
    return known and preset.source in _names("sources")


def _place(preset: Preset) -> tuple[bool, str]:
    """The first platform's syncs first; the sort keeps what is equal in its order."""
    return preset.destination != next(_names("destinations")), preset.destination


def _sync(preset: Preset) -> str:
    name = f"{preset.source}-{preset.object}".lower()
    if preset.destination != next(_names("destinations")):
        name = f"{name}-{preset.destination}"
    rows = [f"{key} = {line(value)}" for key, value in preset._asdict().items()]
    return "\n".join([f"[syncs.{name}]", *rows, ""])
