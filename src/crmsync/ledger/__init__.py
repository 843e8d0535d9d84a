"""The ledger: cursors, contributions, deliveries, intents, quarantine, runs and locks."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from crmsync.errors import ConfigError
from crmsync.interfaces import Clock, Ledger
from crmsync.receipts import Problem

EXAMPLE: Final = "sqlite:///crmsync.db"
"""What the configuration's `state.url` may be: a file beside where crmsync is started."""

_SQLITE: Final = "sqlite:///"
_MEMORY: Final = ":memory:"
_POSTGRES: Final = ("postgresql://", "postgres://")


def open_ledger(url: str, *, clock: Clock, read_only: bool = False) -> Ledger:
    """Open the ledger that a URL names, made or brought up to date where that is needed.

    `sqlite:///crmsync.db` is relative to the working directory, `sqlite:////var/crmsync.db`
    absolute, `sqlite:///:memory:` lives as long as the process. A read-only ledger never
    makes or migrates the file: a missing one reads as empty, an older one through a copy
    in memory, and every write raises LedgerError.

    Raises:
        ConfigError: The URL names nothing that can be opened; the message shows one that can.
        LedgerError: The file cannot be used; nothing was changed in it.
    """
    path = _path(url)
    # The driver is imported by commands that open a ledger only.
    from crmsync.ledger.sqlite import SqliteLedger  # noqa: PLC0415 - keeps --help quick

    return SqliteLedger(path, clock=clock, read_only=read_only)


def _path(url: str) -> Path | None:
    if url.startswith(_POSTGRES):
        raise _fault("PostgreSQL needs the `postgres` extra, which this version does not ship")
    name = url.removeprefix(_SQLITE)
    if name == url or not name:
        raise _fault("this is no ledger's URL")
    if name == _MEMORY:
        return None
    if "?" in name or "\0" in name:
        raise _fault("a ledger's URL takes no options, and no `?` in the file's name")
    return Path(name)


def _fault(message: str) -> ConfigError:
    # The URL itself is not shown: one for PostgreSQL may hold a password.
    return ConfigError(
        [Problem("state.url", "unusable_url", f"{message}; write it like {EXAMPLE}")],
        hint=f'set url = "{EXAMPLE}" under [state]',
    )
