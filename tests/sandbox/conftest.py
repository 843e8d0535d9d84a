from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.server import start
from tests.sandbox.application import Application

TOKEN = {"authorization": "Bearer pat-eu1-made-up"}
TENANT = {
    "x-akooda-tenant-id": "tenant",
    "x-akooda-authorization": "key",
    "content-type": "application/json",
}

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For plain HTTP: loading some would take longer than most tests."""


class Client:
    """Speaks to one running sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(
            base_url=url, timeout=60, headers=TOKEN, trust_env=False, verify=NO_AUTHORITIES
        )

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self.http.get(f"/hubspot{path}", params=parameters or None)

    def post(self, path: str, body: object) -> httpx.Response:
        return self.http.post(f"/hubspot{path}", json=body)

    def push(self, *organizations: object, method: str = "POST") -> httpx.Response:
        return self.http.request(
            method, "/akooda/organizations", json=list(organizations), headers=TENANT
        )

    def control(self, path: str, body: object = None) -> Any:
        given = self.http.post if body is not None else self.http.get
        more: dict[str, Any] = {} if body is None else {"json": body}
        answer = given(f"/_sandbox{path}", **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def everyone(self, path: str = "", **parameters: Any) -> list[dict[str, Any]]:
        """All companies, or all records at another path, by list."""
        found: list[dict[str, Any]] = []
        after = "0"
        while after:
            page = self.get(path or COMPANIES, limit=100, after=after, **parameters).json()
            found += page["results"]
            after = page.get("paging", {}).get("next", {}).get("after", "")
        return found


COMPANIES = "/crm/objects/2026-09/companies"


@pytest.fixture(scope="session")
def serving():
    """Gives a client for a sandbox with these options; each set of options starts once."""
    running: dict[str, tuple[Any, Client]] = {}

    def serve(**options: Any) -> Client:
        key = repr(sorted(options.items()))
        if key not in running:
            sandbox = start(SandboxOptions(**{"companies": 250, "deals": 0, **options}))
            running[key] = (sandbox, Client(sandbox.url))
        client = running[key][1]
        client.control("/reset", {})
        return client

    yield serve
    with ThreadPoolExecutor(16) as several:  # each takes its time to close its connections
        for sandbox, client in running.values():
            client.http.close()
            several.submit(sandbox.stop)


@pytest.fixture
def client(serving):
    """A healthy sandbox with 250 companies, as at its start."""
    return serving()


@pytest.fixture
def dealing(serving):
    """The same with 400 deals."""
    return serving(deals=400)


@pytest.fixture
def applying(serving):
    """Gives an application of an Atoka with these options."""
    return lambda **options: Application(serving(**options))


@pytest.fixture
def app(applying):
    """An application of a healthy Atoka."""
    return applying()
