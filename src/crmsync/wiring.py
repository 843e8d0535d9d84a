"""The composition root: the only place that constructs adapters, mappings and the ledger."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from crmsync.adapters import Context
from crmsync.alerts.opening import open_ways
from crmsync.alerts.telling import Telling, Ways
from crmsync.config.loading import Loaded
from crmsync.config.schema import Account, SyncConfig
from crmsync.engine.plans import GuardLimits, SyncPlan
from crmsync.errors import ConfigError
from crmsync.interfaces import Destination, EventDestination, Ledger, Source
from crmsync.ledger import filling, open_ledger, open_stored
from crmsync.logs import Log, event
from crmsync.mapping.writing import to_toml
from crmsync.plugins import destination_plugin, source_plugin
from crmsync.receipts import Problem
from crmsync.secrets import Secret
from crmsync.transport.clock import SystemClock
from crmsync.values import Value

if TYPE_CHECKING:
    from crmsync.destinations.atoka.desk import Desk
    from crmsync.ledger.stored import StoredLedger

Paces: TypeAlias = dict[tuple[str, str], tuple[object, dict[Any, Any]]]
"""By (`sources` or `destinations`, name), an account's settings and what is known of its limits
(`Context.paces`)."""

_SHARING = Lock()
"""Runs that begin at once open an account with one pace, and not each with its own."""
_SQLITE = "sqlite:///"
_ATOKA = "atoka"
"""The kind of destination that has lead events."""


class Selection(Value):
    """Which syncs are meant: names that are given are combined by "and"."""

    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    syncs: tuple[str, ...] = ()

    def takes(self, name: str, sync: SyncConfig) -> bool:
        """Whether a sync is meant. One that is not enabled must be named itself."""
        return (
            (name in self.syncs if self.syncs else sync.enabled)
            and (not self.sources or sync.source in self.sources)
            and (not self.destinations or sync.destination in self.destinations)
        )


class Workspace:
    """A configuration made ready: plans, adapters, the ledger and the clock.

    A context manager; leaving it closes the ledgers that it opened. *patience* is the most
    seconds that a request is retried, or waits because it was asked to; None leaves that to
    the configuration. *log* is how what happens on its accounts is logged. *paces* are those of
    other workspaces of this process: an account's limits and pauses hold for all, as long as
    its settings are the same.

    Attributes:
        clock: The run's time; `clock.stop()` asks the run to end.
    """

    def __init__(
        self,
        loaded: Loaded,
        *,
        patience: float | None = None,
        log: Log = event,
        paces: Paces | None = None,
    ) -> None:
        self._patience = math.inf if patience is None else patience
        self.config = loaded.config
        self.clock = SystemClock()
        self._log = log
        self._paces: Paces = {} if paces is None else paces
        self._mappings = loaded.mappings
        self._directory = loaded.path.parent
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def ledger(self, *, read_only: bool = False) -> Ledger:
        """The state store; *read_only* neither makes nor changes it.

        Where a lock of it is lost, the run is asked to stop.
        """
        ledger = open_ledger(
            self.state_url,
            clock=self.clock,
            read_only=read_only,
            password=self.config.state.password,
            lost=self.clock.stop,
        )
        self._open.callback(ledger.close)
        return ledger

    @property
    def state_url(self) -> str:
        """Where the state store is; a relative file lies beside the configuration's."""
        url = self.config.state.url
        path = url.removeprefix(_SQLITE)
        if url.startswith(_SQLITE) and path != ":memory:" and not path.startswith("/"):
            return f"{_SQLITE}{(self._directory / path).absolute()}"
        return url

    def stored(self, url: str, *, read_only: bool) -> StoredLedger:
        """A ledger by its address, for copying and checking; a relative file lies here.

        The configuration's password is for its own address; any other has its own from libpq.
        """
        ledger = open_stored(
            url, clock=self.clock, read_only=read_only, password=self.password_of(url)
        )
        self._open.callback(ledger.close)
        return ledger

    def filling(self, url: str) -> AbstractContextManager[StoredLedger]:
        """A ledger to copy another to, by its address as for `stored`."""
        return filling(url, clock=self.clock, password=self.password_of(url))

    def password_of(self, url: str) -> Secret | None:
        """The password that the configuration has for an address, None where it has none."""
        return self.config.state.password if url == self.state_url else None

    def plans(self, selection: Selection) -> list[SyncPlan]:
        """The plans of the syncs meant, in the file's order.

        Raises:
            ConfigError: A name that does not exist, or nothing chosen.
        """
        self._check_names(selection)
        chosen = [(n, s) for n, s in self.config.syncs.items() if selection.takes(n, s)]
        if not chosen:
            message = "no enabled sync fits the choice"
            problem = Problem("syncs", "nothing_chosen", message)
            raise ConfigError([problem], hint=f"there are: {', '.join(self.config.syncs)}")
        return [self._plan(name, sync) for name, sync in chosen]

    def _check_names(self, selection: Selection) -> None:
        problems = [
            Problem(kind, "unknown_name", f'there is no "{name}"; there are: {", ".join(known)}')
            for kind, names, known in (
                ("sources", selection.sources, self.config.sources),
                ("destinations", selection.destinations, self.config.destinations),
                ("syncs", selection.syncs, self.config.syncs),
            )
            for name in names
            if name not in known
        ]
        if problems:
            raise ConfigError(problems, hint="names are those of the tables in the file")

    def _plan(self, name: str, sync: SyncConfig) -> SyncPlan:
        mapping = self._mappings[name]
        guards = sync.guards
        return SyncPlan(
            name=name,
            source=sync.source,
            object=sync.object,
            destination=sync.destination,
            mapper=mapping.mapper,
            plugin=mapping.plugin,
            method=sync.method or mapping.plugin.methods[0],
            on_delete=sync.on_delete,
            empties=any(
                one.on_delete == "disable"
                for one in self.config.syncs.values()
                if one.destination == sync.destination
            ),
            cleared=sync.cleared,
            full_every=sync.full_every,
            filter=sync.filter,
            guards=GuardLimits(
                empty=guards.empty,
                shortfall=guards.shortfall,
                blank=guards.blank,
                fields=guards.fields,
                disable=guards.disable,
                change=guards.change,
                minimum=guards.minimum,
            ),
            ranks=self._ranks(sync.destination),
            mapped=mapping.mapped,
            patience=self.config.limits.retry_for,
            rules_toml=to_toml(mapping.rules),
            tenant=self._tenant(sync.destination),
            open_source=lambda: self.open_source(sync.source, sync=name),
            open_destination=lambda: self.open_destination(sync.destination, sync=name),
            open_events=self._event_opener(sync.destination, name),
        )

    def _ranks(self, destination: str) -> dict[str, tuple[int, int]]:
        """How the syncs that feed a destination rank: by object, then by the source's place."""
        places = list(self.config.sources)
        return {
            name: (self._object_rank(sync), places.index(sync.source))
            for name, sync in self.config.syncs.items()
            if sync.destination == destination
        }

    def _object_rank(self, sync: SyncConfig) -> int:
        rank = source_plugin(self.config.sources[sync.source].type).rank(sync.object)
        return 0 if rank is None else rank  # None is refused when the file is checked

    def objects(self, source: str) -> tuple[str, ...]:
        """What can be read from a source, by its name in the configuration; there may be more."""
        self._check_names(Selection(sources=(source,)))
        return tuple(source_plugin(self.config.sources[source].type).objects)

    def open_source(self, name: str, *, sync: str | None = None) -> Source:
        """Open a CRM account by its name, for a sync or a person; the caller closes it."""
        self._check_names(Selection(sources=(name,)))
        account = self.config.sources[name]
        context = self._context("sources", account, sync)
        return source_plugin(account.type).open(account.settings, context)

    def open_destination(self, name: str, *, sync: str | None = None) -> Destination:
        """Open a platform account by its name, for a sync or a person; the caller closes it."""
        account = self.config.destinations[name]
        plugin = destination_plugin(account.type)
        return plugin.open(account.settings, self._context("destinations", account, sync))

    def _tenant(self, name: str) -> Callable[[], str]:
        account = self.config.destinations[name]
        return partial(destination_plugin(account.type).tenant, account.settings)

    def _event_opener(self, name: str, sync: str) -> Callable[[], EventDestination] | None:
        """What opens a platform account that takes events; None for every other."""
        account = self.config.destinations[name]
        rules = destination_plugin(account.type).events
        if rules is None:
            return None
        return lambda: rules.open(account.settings, self._context("destinations", account, sync))

    def open_events(self, name: str | None = None) -> Desk:
        """Open the lead events of an Atoka account, by its name or the only one; to be closed.

        Raises:
            ConfigError: The file has no Atoka, or several and none was named, or the one that
                was named is another platform.
        """
        account = self.config.destinations[self.with_events(name)]
        # Imported here: no other command needs it.
        desk = importlib.import_module("crmsync.destinations.atoka.desk")
        context = self._context("destinations", account)
        opened: Desk = desk.open_desk(account.settings, context)
        return opened

    def with_events(self, name: str | None = None) -> str:
        """The name of the Atoka that is meant; raises as `open_events` does."""
        if name is not None:
            self._check_names(Selection(destinations=(name,)))
        known = [one.name for one in self.config.destinations.values() if one.type == _ATOKA]
        if name in known or (name is None and len(known) == 1):
            return name or known[0]
        if not known:
            message = "lead events are Atoka's, and the file has no destination of that type"
            hint = "add a table [destinations.atoka] with its token"
        elif name is None:
            message = f"there are several of type atoka: {', '.join(known)}"
            hint = "name one with --destination"
        else:
            message = f'"{name}" is not of type atoka, whose lead events these are'
            hint = f"of that type: {', '.join(known)}"
        raise ConfigError([Problem("destinations", "nothing_chosen", message)], hint=hint)

    def telling(self, ledger: Ledger, run_id: str = "") -> Telling:
        """What tells people of a run, or of how syncs stand where no run is under way."""
        return Telling(self.ways, ledger, self.clock, run_id=run_id)

    @property
    def ways(self) -> Ways:
        """By whom people are told, and when."""
        enabled = [name for name, sync in self.config.syncs.items() if sync.enabled]
        return open_ways(self.config.alerts, self.clock, enabled)

    def named(self, run_id: str) -> None:
        """Log what happens on accounts as that run's."""
        self._log = partial(self._log, run_id=run_id)

    def _context(self, kind: str, account: Account, sync: str | None = None) -> Context:
        limits = self.config.limits
        return Context(
            name=account.name,
            clock=self.clock,
            retry_for=min(limits.retry_for, self._patience),
            max_wait=min(limits.max_wait, self._patience),
            log=self._log if sync is None else partial(self._log, sync=sync),
            paces=self._paces_of(kind, account),
        )

    def _paces_of(self, kind: str, account: Account) -> dict[Any, Any]:
        with _SHARING:
            settings, paces = self._paces.get((kind, account.name), (None, {}))
            if settings != account.settings:  # it may be another one now
                paces = {}
                self._paces[kind, account.name] = (account.settings, paces)
            return paces
