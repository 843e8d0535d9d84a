"""Writes the configuration that `crmsync sandbox` prints: every simulator, every preset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crmsync.cli.output.documents import line
from crmsync.mapping.presets import Preset, presets
from crmsync.sandbox.accounts import ACCOUNTS, Account
from crmsync.sandbox.options import SandboxOptions

_HEAD: Final = """\
# A configuration for these simulators. A credential that none was set for may be anything, but
# Data Talks' secret_access_key: its signatures are checked.
"""
_UNLIMITED: Final = "# This simulator has no limit. {name} itself has: leave the line out there."


def simulated_config(url: str, options: SandboxOptions) -> str:
    """A configuration for simulators at *url*: a sync for each preset that ships for them.

    Syncs of the first platform are named by source and object alone.
    """
    accounts = (_account(account, url, options) for account in ACCOUNTS)
    syncs = (_sync(preset) for preset in sorted(presets(), key=_place) if _is_simulated(preset))
    return _HEAD + "\n".join([*accounts, *syncs])


def _account(account: Account, url: str, options: SandboxOptions) -> str:
    rows = [f"[{account.kind}.{account.name}]"]
    for key, value in account.table(url, options).items():
        if key == "rate_limit":
            rows.append(_UNLIMITED.format(name=account.name.capitalize()))
        rows.append(f"{key} = {line(value)}")
    return "\n".join([*rows, ""])


def _names(kind: str) -> Iterator[str]:
    return (account.name for account in ACCOUNTS if account.kind == kind)


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
