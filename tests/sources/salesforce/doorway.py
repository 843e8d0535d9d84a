"""A Salesforce org in memory: the sandbox's simulator behind the transport seam."""

from __future__ import annotations

import threading
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
from typing_extensions import override

from crmsync.adapters import Context
from crmsync.interfaces import Request, Response, Transport
from crmsync.sandbox import exchange
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.salesforce.api import Salesforce
from crmsync.sources.salesforce.api import SalesforceApi
from crmsync.sources.salesforce.settings import SalesforceSettings
from crmsync.testing.clocks import FakeClock

BASE = "http://127.0.0.1:9"
LOGIN = f"{BASE}/salesforce"
CLIENT = {"consumer_key": "3MVG9.key", "consumer_secret": "s3cr3t-of-the-app"}
TOKEN = "00D5g000004OrgA!AQ8secret-session"
IDENTITY = "https://login.salesforce.com/id/00D5g000004OrgAEAS/0055g00000AbcdeAAA"


class Doorway(Transport):
    """Answers as the simulator does, or as *disturb* says for some requests.

    Attributes:
        requests: Every request, in the order they arrived.
    """

    def __init__(self, clock: FakeClock, **options: Any) -> None:
        values = {"companies": 250, "deals": 50, "nasty": 0.0, **options}
        self.salesforce = Salesforce(SandboxOptions(**values))
        self.requests: list[Request] = []
        self.disturb: Callable[[Request], Response | None] = lambda request: None
        self._clock = clock
        self._one_at_a_time = threading.Lock()

    @override
    def send(self, request: Request) -> Response:
        self.requests.append(request)
        return self.disturb(request) or self._answer(request)

    @override
    def close(self) -> None:
        pass

    def control(self, path: str, **body: object) -> Any:
        """What happens in an org besides our calls."""
        return orjson.loads(self.salesforce.control("POST", path, dict(body)).body)

    def kinds(self) -> list[str]:
        return [self.salesforce.kind(_exchange(request)) for request in self.requests]

    def _answer(self, request: Request) -> Response:
        with self._one_at_a_time:  # as the sandbox's server does
            answer = self.salesforce.answer(_exchange(request))
        headers = {name.decode().lower(): value.decode() for name, value in answer.headers}
        headers["date"] = format_datetime(self._clock.now(), usegmt=True)
        headers["content-type"] = answer.content_type.decode()
        return Response(answer.status, headers, answer.body)


def _exchange(request: Request) -> exchange.Request:
    url = urlsplit(request.url)
    path = url.path.removeprefix("/salesforce")
    target = f"{path}?{url.query}" if url.query else path
    headers = {name.lower().encode(): value.encode() for name, value in request.headers.items()}
    return exchange.Request(
        request.method, path, url.query.encode(), headers, request.body, LOGIN, len(target)
    )


def settings_of(**values: object) -> SalesforceSettings:
    return SalesforceSettings.model_validate({"login_url": LOGIN, **CLIENT, **values})


def open_api(transport: Transport, clock: FakeClock | None = None, **values: object):
    context = Context(name="salesforce", clock=clock or FakeClock(), retry_for=60.0, max_wait=60.0)
    return SalesforceApi(settings_of(**values), context, transport)


def granted(**values: object) -> Response:
    """A token endpoint's answer."""
    document = {"access_token": TOKEN, "instance_url": LOGIN, "id": IDENTITY, **values}
    return Response(200, {}, orjson.dumps(document))


def answered(document: object, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, named, orjson.dumps(document))


def refused(status: int, code: str, message: str = "no") -> Response:
    return answered([{"message": message, "errorCode": code}], status)
