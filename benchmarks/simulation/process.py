"""A runner as a process: its clock, its way to the ledger, and the moment at which it dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from typing_extensions import override

from benchmarks.simulation.stage import Crash, Stage
from crmsync.errors import StoppedError
from crmsync.history import Entry, Item, What
from crmsync.interfaces import Clock

START = datetime(2026, 11, 22, 3, tzinfo=UTC)
WRITES = frozenset(
    {"intend", "settle", "recover", "journal", "note", "begin_full", "finish_full", "pin"}
    | {"start_run", "finish_sync", "finish_run", "drop_quarantined"}
)


@dataclass
class Machine:
    """What all processes share: the stage, the history, and a wall clock that can be set."""

    stage: Stage
    history: list[Entry] = field(default_factory=list)
    offset: float = 0.0
    exchanges: int = 0

    def jump(self, seconds: float) -> None:
        """Set the wall clock."""
        self.offset += seconds
        self.tell(What.JUMPED, wait=seconds)

    def tell(self, what: What, **told: Any) -> None:
        """Write it into the history."""
        self.history.append(Entry(self.stage.now, what, **told))

    def server_time(self) -> datetime:
        """By clocks that are right: the CRM's and the platforms'."""
        return START + timedelta(seconds=self.stage.now)


class Process(Clock):
    """One runner. It dies at its n-th step, before or after a request or a write.

    Attributes:
        paces: What it knows of the limits of each platform, by its name.
    """

    def __init__(self, machine: Machine, name: str, *, crash_at: int = 0) -> None:
        self.machine = machine
        self.name = name
        self.paces: dict[str, dict[Any, Any]] = {}
        self.killed = self.stopping = False
        self.steps = 0
        self.started = machine.server_time()
        self._crash_at = crash_at

    def step(self) -> None:
        """One more place at which it may die."""
        self.alive()
        self.steps += 1
        if self.steps == self._crash_at:
            self.killed = True
            self.tell(What.CRASHED)
            raise Crash

    def alive(self) -> None:
        """Raise Crash where it is dead."""
        if self.killed:
            raise Crash

    def tell(self, what: What, **told: Any) -> None:
        """Write it into the history, as its own doing."""
        self.machine.tell(what, runner=self.name, **told)

    def stop(self) -> None:
        """Ask it to stop."""
        if not (self.killed or self.stopping):
            self.stopping = True
            self.tell(What.STOPPED)

    @override
    def now(self) -> datetime:
        return self.machine.server_time() + timedelta(seconds=self.machine.offset)

    @override
    def monotonic(self) -> float:
        return self.machine.stage.now

    @override
    def sleep(self, seconds: float) -> None:
        self.alive()
        stage = self.machine.stage
        if seconds > 0 and not self.stopping:
            stage.wait(lambda: self.stopping, stage.now + seconds)
        if self.stopping:
            raise StoppedError("asked to stop")


class Watched:
    """A process's way to its ledger: each write is a step, and what it means is told."""

    def __init__(
        self, ledger: Any, process: Process, passed: Callable[[Any, Process, str, str], None]
    ) -> None:
        self._ledger = ledger
        self._process = process
        self._passed = passed

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._ledger, name)
        if name in WRITES:
            return self._write(name, real)
        if name == "lock":
            return self._lock
        return self._read(real)

    def _read(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def read(*args: Any, **kwargs: Any) -> Any:
            self._process.alive()
            return real(*args, **kwargs)

        return read

    def _write(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def write(*args: Any, **kwargs: Any) -> Any:
            self._process.step()
            done = real(*args, **kwargs)
            self._tell(name, args, kwargs)
            self._process.step()
            return done

        return write

    def _tell(self, name: str, args: Any, kwargs: Any) -> None:
        if name == "intend":
            items = tuple(Item(key) for key, _ in kwargs["payloads"])
            self._process.tell(What.INTENDED, system=kwargs["destination"], items=items)
        elif name == "settle" and args[0].cursor is not None:
            self._passed(self._ledger, self._process, args[0].sync, args[0].cursor)

    def _lock(self, name: str) -> AbstractContextManager[None]:
        return self._held(name)

    @contextmanager
    def _held(self, name: str) -> Iterator[None]:
        self._process.alive()
        with self._ledger.lock(name):
            self._process.tell(What.LOCKED, call=name)
            try:
                yield
            finally:
                if not self._process.killed:
                    self._process.tell(What.FREED, call=name)
