"""The way between a process and a platform: requests meet their fates on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from typing_extensions import override

from benchmarks.simulation.akooda import JSON, Handled
from benchmarks.simulation.process import Process
from benchmarks.simulation.stage import Crash
from crmsync.errors import RetryableError
from crmsync.history import Item, What, digest_of
from crmsync.interfaces import Request, Response, Transport

HTML = {"content-type": "text/html"}
_PAGE = b"<!doctype html><html>gateway</html>"
_TIMEOUT = 4.0
"""Seconds without an answer. A stop waits for what is under way, and has five in all."""
LATEST = 30.0

FATES = {
    "refused": "no connection",
    "reset": "sent, not handled, reset",
    "lost": "handled, the answer is lost",
    "late": "timed out, handled 1 to 30 s later",
    "429": "too many requests, with Retry-After",
    "503": "unavailable, with Retry-After",
    "500": "internal error, not handled",
    "502": "handled, then a gateway's error",
    "html": "a web page with 200, not handled",
    "302": "a redirect, not handled",
    "cut": "handled, the answer is cut",
    "closed": "400 for everything, without a name",
    "401": "credentials are refused",
    "slow": "handled after up to 3 s",
}
HANDLED = frozenset({"", "lost", "late", "502", "cut", "slow"})
"""Fates with which a request takes effect."""


@dataclass
class Weather:
    """How often which fate befalls a request to one platform, and how often any did."""

    rng: Random
    chance: float = 0.0
    kinds: tuple[str, ...] = ()
    met: Counter[str] = field(default_factory=Counter)

    def fate(self) -> str:
        """What befalls the next request; empty for nothing."""
        if not self.kinds or self.rng.random() >= self.chance:
            return ""
        fate = self.rng.choice(self.kinds)
        self.met[fate] += 1
        return fate


@dataclass
class Pending:
    """A request that the platform has not handled yet."""

    keys: frozenset[str]
    handle: Callable[[], None]
    orphan: bool = False
    done: bool = False


@dataclass
class Door:
    """A platform behind its network; every process comes through it.

    A request whose sender gave it up or died takes effect before the next one that has one of its
    keys, if the platform holds keys (`ordered`): two servers of one platform may be apart for
    seconds, but what came first is the older.
    """

    system: str
    weather: Weather
    handle: Callable[[Request, str], Handled]
    items: Callable[[Request, str], tuple[Item, ...]]
    ordered: bool = True
    waiting: list[Pending] = field(default_factory=list)

    def flush(self, keys: frozenset[str]) -> None:
        """Handle what was given up and has one of these keys."""
        for one in list(self.waiting):
            if one.orphan and not one.keys.isdisjoint(keys):
                one.handle()


class Wire(Transport):
    """One process's transport to one platform."""

    def __init__(self, door: Door, process: Process) -> None:
        self._door = door
        self._process = process

    @override
    def close(self) -> None:
        pass

    @override
    def send(self, request: Request) -> Response:
        process, door = self._process, self._door
        process.step()
        fate = door.weather.fate()
        machine = process.machine
        machine.exchanges += 1
        told = {
            "system": door.system,
            "exchange": machine.exchanges,
            "call": f"{request.method} {request.url.partition('?')[0]}",
        }
        items = door.items(request, process.name)
        process.tell(
            What.ASKED, items=items, size=len(request.body), body=digest_of(request.body), **told
        )
        try:
            answer = self._meet(request, fate, items, told)
        except RetryableError:
            process.tell(What.CUT, note=fate, **told)
            raise
        wait = answer.headers.get("retry-after")
        note = "html" if fate == "html" else fate
        seconds = None if wait is None else float(wait)
        process.tell(What.ANSWERED, status=answer.status, wait=seconds, note=note, **told)
        process.step()
        return answer

    def _meet(
        self, request: Request, fate: str, items: tuple[Item, ...], told: dict[str, object]
    ) -> Response:
        stage, rng = self._process.machine.stage, self._door.weather.rng
        if fate == "refused":
            stage.sleep(0.05)
            raise RetryableError("the connection was refused")
        box: list[Response] = []
        if fate in HANDLED:
            after = rng.uniform(0.01, 3.0 if fate == "slow" else 0.3)
            if fate == "late":
                after = _TIMEOUT + rng.uniform(1.0, LATEST)
            pending = self._leave(request, items, told, after, box)
        else:
            after, pending = rng.uniform(0.01, 0.3), None
        try:
            stage.sleep(_TIMEOUT if fate == "late" else after + rng.uniform(0.0, 0.2))
            self._process.alive()
        except Crash:
            if pending is not None:
                pending.orphan = True
            raise
        if fate in ("reset", "lost", "late", "cut"):
            if pending is not None:
                pending.orphan = True
            raise RetryableError("no whole answer came", maybe_delivered=True)
        return box[0] if fate in ("", "slow") else self._instead(fate)

    def _instead(self, fate: str) -> Response:
        rng = self._door.weather.rng
        if fate in ("429", "503"):
            wait = {"retry-after": str(rng.randint(1, 20))}
            return Response(int(fate), {**JSON, **wait}, b'{"message":"slow down"}')
        if fate == "html":
            return Response(200, HTML, _PAGE)
        if fate == "302":
            return Response(302, {"location": "https://elsewhere.example/login"}, b"")
        if fate == "closed":
            return Response(400, JSON, b'{"message":"closed today"}')
        if fate == "401":
            return Response(401, JSON, b'{"message":"who are you"}')
        return Response(int(fate), HTML, _PAGE)

    def _leave(
        self,
        request: Request,
        items: tuple[Item, ...],
        told: dict[str, object],
        after: float,
        box: list[Response],
    ) -> Pending:
        """Let the request go: it is handled in so many seconds, whatever becomes of its sender."""
        door, process = self._door, self._process
        keys = frozenset(item.key for item in items)

        def handle() -> None:
            if pending.done:
                return
            pending.done = True
            door.waiting.remove(pending)
            if door.ordered:
                door.flush(keys)
            handled = door.handle(request, process.name)
            box.append(handled.answer)
            if handled.items:
                process.machine.tell(What.DONE, runner=process.name, items=handled.items, **told)

        pending = Pending(keys, handle)
        door.waiting.append(pending)
        process.machine.stage.at(after, handle)
        return pending
