"""The ledger: cursors, contributions, deliveries, intents, quarantine, runs and locks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from crmsync.errors import ConfigError
from crmsync.interfaces import Clock, Ledger
from crmsync.ledger.urls import SQLITE, is_postgres, shown, url_fault
from crmsync.receipts import Problem
from crmsync.secrets import Secret

if TYPE_CHECKING:
    from crmsync.ledger.postgres.server import Server
    from crmsync.ledger.stored import StoredLedger

EXAMPLE: Final = "sqlite:///crmsync.db"
"""What the configuration's `state.url` may be: a file beside where crmsync is started."""

_MEMORY: Final = ":memory:"


def open_ledger(
    url: str,
    *,
    clock: Clock,
    read_only: bool = False,
    password: Secret | None = None,
    lost: Callable[[], None] = lambda: None,
) -> Ledger:
    """Open the ledger that a URL names, made or brought up to date where that is needed.

    `sqlite:///crmsync.db` is relative to the working directory, `sqlite:////var/crmsync.db`
    absolute, `sqlite:///:memory:` lives as long as the process. `postgresql://user@host/name`
    is a database on a server, and *password* its user's; None looks where libpq does
    (PGPASSWORD, ~/.pgpass). A read-only ledger never makes or migrates anything: a missing
    one reads as empty, an older file through a copy in memory, and every write raises
    LedgerError.

    *lost* is called once, from another thread, when a lock that is held here became somebody
    else's, as after this process was frozen: nothing more is to be sent. Locks of files are
    never lost.

    Raises:
        ConfigError: The URL names nothing that can be opened; the message shows one that can.
        LedgerError: The ledger cannot be used; nothing was changed in it.
    """
    return open_stored(url, clock=clock, read_only=read_only, password=password, lost=lost)


def open_stored(
    url: str,
    *,
    clock: Clock,
    read_only: bool,
    password: Secret | None = None,
    lost: Callable[[], None] = lambda: None,
) -> StoredLedger:
    """As `open_ledger`, for who works on the store itself: copying and checking."""
    if _checked(url):
        server, opening = _postgres(url, password, read_only=read_only)
        ledger: StoredLedger = opening.open_postgres(server, clock=clock, lost=lost)
        return ledger
    # The driver is imported by commands that open a ledger only.
    from crmsync.ledger.sqlite import open_sqlite  # noqa: PLC0415 - keeps --help quick

    return open_sqlite(_path(url), clock=clock, read_only=read_only)


@contextmanager
def filling(url: str, *, clock: Clock, password: Secret | None = None) -> Iterator[StoredLedger]:
    """A ledger to copy another to: a file that is not there yet gets its name in the end.

    So that a copy that fails leaves no empty ledger, with which everything would be sent again. It
    may stand where a ledger was, whose locks are still there.

    Raises:
        ConfigError, LedgerError: As `open_ledger`.
    """
    path = None if _checked(url) else _path(url)
    if path is not None:
        from crmsync.ledger import files, sqlite  # noqa: PLC0415 - keeps --help quick

        path = path.absolute()
        if not files.is_there(path):
            with sqlite.filling_sqlite(path, clock=clock) as filled:
                yield filled
            return
    with closing(open_stored(url, clock=clock, read_only=False, password=password)) as ledger:
        yield ledger


def version_of(url: str, *, password: Secret | None = None) -> int:
    """The version of the ledger that a URL names, 0 where there is none yet. Changes nothing.

    Raises:
        LedgerError: It is newer than this program, or no ledger.
    """
    if _checked(url):
        server, opening = _postgres(url, password, read_only=True)
        return int(opening.version_at(server))
    from crmsync.ledger.files import version_at  # noqa: PLC0415 - keeps --help quick

    path = _path(url)
    return 0 if path is None else version_at(path.absolute())


def _checked(url: str) -> bool:
    """Whether a URL names a server's database and not a file; raises where it names neither."""
    if fault := url_fault(url):
        raise _fault(fault)
    return is_postgres(url)


def _path(url: str) -> Path | None:
    name = url.removeprefix(SQLITE)
    return None if name == _MEMORY else Path(name)


def _postgres(url: str, password: Secret | None, *, read_only: bool) -> tuple[Server, ModuleType]:
    try:
        opening = import_module("crmsync.ledger.postgres.opening")
    except ImportError as error:
        raise _fault(
            f"{shown(url)} needs the `postgres` extra: pip install 'crmsync[postgres]'"
        ) from error
    server: Server = opening.Server(url=url, password=password, read_only=read_only)
    return server, opening


def _fault(message: str) -> ConfigError:
    # The URL itself is not shown: one for PostgreSQL may hold a password.
    return ConfigError(
        [Problem("state.url", "unusable_url", f"{message}; write it like {EXAMPLE}")],
        hint=f'set url = "{EXAMPLE}" under [state], or "postgresql://USER@HOST/DATABASE"',
    )
