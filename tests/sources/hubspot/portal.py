"""A HubSpot portal in memory: the sandbox's simulator behind the transport seam."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
from typing_extensions import override

from crmsync.adapters import Context
from crmsync.interfaces import Request, Response, Transport
from crmsync.sandbox import exchange
from crmsync.sandbox.hubspot.api import HubSpot
from crmsync.sandbox.hubspot.store import LIVE, Store
from crmsync.sandbox.options import SandboxOptions
from crmsync.sources.hubspot.settings import HubSpotSettings
from crmsync.sources.hubspot.source import HubSpotSource
from crmsync.testing.clocks import FakeClock

BASE = "http://127.0.0.1:9"
Disturb = Callable[[Request], Response | Exception | None]
_LIMIT = re.compile(r'(\blimit=|"limit":)(\d+)')


class Portal(Transport):
    """Answers as the simulator does, or as *disturb* says for some requests.

    Attributes:
        requests: Every request, in the order they arrived.
    """

    def __init__(self, clock: FakeClock, *, page: int = 200, **options: Any) -> None:
        """A portal whose pages have so many records at most, whatever is asked for."""
        self._page = page
        self.hubspot = HubSpot(SandboxOptions(**_small(options)))
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
        """What people do in a portal; gives the ids of the records that it was done to."""
        answer = self.hubspot.control("POST", path, dict(body))
        return [str(one) for one in orjson.loads(answer.body).get("ids", [])]

    def live(self, **values: str) -> list[str]:
        """Ids of the live companies that have these values, in order."""
        return _having(self.hubspot.store, values)

    def deals(self, **values: str) -> list[str]:
        """Ids of the live deals that have these values, in order."""
        return _having(self.hubspot.portal.deals.store, values)

    def deal(self, record_id: str) -> Mapping[str, str | None]:
        """A deal's properties, whatever its status."""
        store = self.hubspot.portal.deals.store
        position = store.position(record_id)
        assert position is not None
        return store.properties(position)

    def kinds(self) -> list[str]:
        return [self.hubspot.kind(_exchange(request)) for request in self.requests]

    def _answer(self, request: Request) -> Response:
        answer = self.hubspot.answer(_exchange(self._shortened(request)))
        headers = {name.decode().lower(): value.decode() for name, value in answer.headers}
        headers["date"] = format_datetime(self._clock.now(), usegmt=True)
        return Response(answer.status, headers, answer.body)

    def _shortened(self, request: Request) -> Request:
        def shorter(text: str) -> str:
            return _LIMIT.sub(lambda found: f"{found[1]}{min(int(found[2]), self._page)}", text)

        body = shorter(request.body.decode()).encode()
        return request._replace(url=shorter(request.url), body=body)


def _having(store: Store, values: Mapping[str, str]) -> list[str]:
    live = store.walk(0, LIVE)
    if values:
        live = (at for at in live if values.items() <= store.properties(at).items())
    return [str(store.ids[at]) for at in live]


def _small(options: dict[str, Any]) -> dict[str, Any]:
    return {"companies": 250, "deals": 0, "nasty": 0.0, **options}


def _exchange(request: Request) -> exchange.Request:
    url = urlsplit(request.url)
    headers = {name.lower().encode(): value.encode() for name, value in request.headers.items()}
    headers.setdefault(b"authorization", b"Bearer pat-eu1-test")
    target = f"{url.path}?{url.query}" if url.query else url.path
    return exchange.Request(
        request.method, url.path, url.query.encode(), headers, request.body, BASE, len(target)
    )


def open_source(transport: Transport, clock: FakeClock, **settings: object) -> HubSpotSource:
    values = {"access_token": "pat-eu1-test", "base_url": BASE, **settings}
    context = Context(name="hubspot", clock=clock, retry_for=60.0, max_wait=60.0)
    return HubSpotSource(HubSpotSettings.model_validate(values), context, transport)
