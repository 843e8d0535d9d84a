"""A Pipedrive company in memory: the sandbox's simulator behind the transport seam."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
from typing_extensions import override

from crmsync.adapters import Context
from crmsync.interfaces import Request, Response, Transport
from crmsync.sandbox import exchange
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.pipedrive.api import Pipedrive
from crmsync.sandbox.pipedrive.store import ARCHIVED, DELETED, LIVE
from crmsync.sources.pipedrive.settings import PipedriveSettings
from crmsync.sources.pipedrive.source import PipedriveSource
from crmsync.testing.clocks import FakeClock

BASE = "http://127.0.0.1:9"
Disturb = Callable[[Request], Response | Exception | None]
_LIMIT = re.compile(r"\blimit=(\d+)")


class Company(Transport):
    """Answers as the simulator does, or as *disturb* says for some requests.

    Attributes:
        requests: Every request, in the order they arrived.
    """

    def __init__(self, clock: FakeClock, *, page: int = 500, **options: Any) -> None:
        """A company whose pages have so many records at most, whatever is asked for."""
        self._page = page
        chosen = {"companies": 120, "deals": 250, "nasty": 0.0, **options}
        self.pipedrive = Pipedrive(SandboxOptions(**chosen))
        self.requests: list[Request] = []
        self.disturb: Disturb = lambda request: None
        self._clock = clock

    @override
    def send(self, request: Request) -> Response:
        self.requests.append(request)
        step = self.disturb(request)
        if isinstance(step, Exception):
            raise step
        return step or self._answer(request)

    @override
    def close(self) -> None:
        pass

    def control(self, path: str, **body: object) -> list[str]:
        """What people do in Pipedrive; gives the ids of the records that it was done to."""
        answer = self.pipedrive.control("POST", path, dict(body))
        return [str(one) for one in orjson.loads(answer.body).get("ids", [])]

    def tokens(self) -> int:
        """What the company has spent, as the simulator counts it."""
        answer = self.pipedrive.control("GET", "/tokens", {})
        return int(orjson.loads(answer.body)["spent"])

    def live(self, name: str) -> list[str]:
        """Ids of the records that are not deleted, archived ones too, in order."""
        return self._ids(name, LIVE, ARCHIVED)

    def archived(self) -> list[str]:
        return self._ids("deals", ARCHIVED)

    def deleted(self, name: str = "deals") -> list[str]:
        return self._ids(name, DELETED)

    def record(self, name: str, one: str) -> dict[str, Any]:
        """A record as the simulator holds it."""
        table = self.pipedrive._world.tables[name]
        position = table.position(int(one))
        assert position is not None
        return table.record(position)

    def key(self, name: str, label: str, number: int = 0) -> str:
        """The key of the so-many-th custom field with a name."""
        fields = self.pipedrive._world.fields[name]
        return [field.key for field in fields if field.name == label][number]

    def asked(self, part: str) -> list[dict[str, str]]:
        """The parameters of the requests to addresses that end so."""
        urls = [urlsplit(request.url) for request in self.requests]
        return [dict(parse_qsl(url.query)) for url in urls if url.path.endswith(part)]

    def _shortened(self, request: Request) -> Request:
        url = _LIMIT.sub(lambda found: f"limit={min(int(found[1]), self._page)}", request.url)
        return request._replace(url=url)

    def _ids(self, name: str, *statuses: int) -> list[str]:
        table = self.pipedrive._world.tables[name]
        return [str(table.ids[position]) for position in table.positions(*statuses)]

    def _answer(self, request: Request) -> Response:
        answer = self.pipedrive.answer(_exchange(self._shortened(request)))
        headers = {name.decode().lower(): value.decode() for name, value in answer.headers}
        headers["date"] = format_datetime(self._clock.now(), usegmt=True)
        return Response(answer.status, headers, answer.body)


def _exchange(request: Request) -> exchange.Request:
    url = urlsplit(request.url)
    headers = {name.lower().encode(): value.encode() for name, value in request.headers.items()}
    headers.setdefault(b"x-api-token", b"test-token")
    target = f"{url.path}?{url.query}" if url.query else url.path
    return exchange.Request(
        method=request.method,
        path=url.path,
        query=url.query.encode(),
        headers=headers,
        body=request.body,
        base_url=BASE,
        target_bytes=len(target),
        raw_path=url.path.encode(),
    )


def open_source(
    transport: Transport,
    clock: FakeClock,
    scopes: Callable[[], Collection[str]] = frozenset,
    **settings: object,
) -> PipedriveSource:
    values = {"api_token": "test-token", "base_url": BASE, **settings}
    context = Context(name="pipedrive", clock=clock, retry_for=60.0, max_wait=60.0)
    known = PipedriveSettings.model_validate(values)
    return PipedriveSource(known, context, transport, scopes=scopes)
