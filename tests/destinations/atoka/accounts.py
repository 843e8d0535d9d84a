"""Accounts for tests: over a script, or over the simulator's real sockets."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import orjson

from crmsync.adapters import Context
from crmsync.destinations.atoka.api import AtokaApi
from crmsync.destinations.atoka.client import Client, open_client
from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.settings import AtokaSettings
from crmsync.interfaces import Clock, Request, Response
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.server import start
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport, Step
from crmsync.transport.clock import SystemClock

TOKEN = "t0ken-0123456789+/="
LEAD = "123456789abc"


def settings(**keys: object) -> AtokaSettings:
    return AtokaSettings.model_validate({"token": TOKEN, **keys})


def context(clock: Clock | None = None, retry_for: float = 60) -> Context:
    return Context(name="atoka", clock=clock or FakeClock(), retry_for=retry_for, max_wait=900)


def answer(document: object, status: int = 200) -> Response:
    return Response(status, {"content-type": "application/json"}, orjson.dumps(document))


class Scripted:
    """An account over a script, with everything that a test looks at."""

    def __init__(self, script: Iterable[Step] | Callable[[Request], Step], **keys: object) -> None:
        self.clock = FakeClock()
        self.transport = ScriptedTransport(script)
        self.client = Client(settings(**keys), context(self.clock), self.transport)
        self.api = AtokaApi(self.client)


def given(request: Request) -> dict[str, str]:
    """The parameters of a request, from its query or its body."""
    return dict(parse_qsl(urlsplit(request.url).query or request.body.decode()))


NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # quicker, and it is plain HTTP


class Served:
    """An account at a simulator, and what is behind its doors."""

    def __init__(self, url: str, **keys: object) -> None:
        self.url = url
        self._http = httpx.Client(
            base_url=f"{url}/_sandbox", timeout=60, trust_env=False, verify=NO_AUTHORITIES
        )
        client = open_client(
            settings(base_url=f"{url}/atoka", **keys), context(SystemClock(), retry_for=10)
        )
        self.api = AtokaApi(client)
        self._client = client
        self.companies({"id": LEAD, "name": "Acme S.r.l."})

    def close(self) -> None:
        self._client.close()
        self._http.close()

    def control(self, path: str, body: object = None) -> Any:
        reply = self._http.get(path) if body is None else self._http.post(path, json=body)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def faults(self, text: str = "") -> None:
        self.control("/faults", {"atoka": text} if text else {})

    def companies(self, *items: dict[str, Any]) -> list[str]:
        return list(self.control("/atoka/companies", {"items": list(items)})["ids"])

    def made(self, event: Event) -> str:
        """Create an event; gives its id."""
        made = self.api.create(event).event
        assert made is not None
        return str(made.id)

    def kept(self) -> list[dict[str, Any]]:
        return list(self.control("/atoka/events")["events"])


@contextmanager
def served(keys: dict[str, object] | None = None, **options: Any) -> Iterator[Served]:
    plain = {"companies": 0, "deals": 0, "atoka_companies": 0, "atoka_token": TOKEN}
    with start(SandboxOptions(**{**plain, **options})) as sandbox:
        account = Served(sandbox.url, **(keys or {}))
        yield account
        account.close()
