"""A Data Talks account for tests, over a scripted transport or the simulator."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import orjson

from crmsync.adapters import Context
from crmsync.destinations.datatalks import PLUGIN
from crmsync.destinations.datatalks.client import DataTalks
from crmsync.destinations.datatalks.settings import DataTalksSettings
from crmsync.interfaces import Clock, Destination, Response, Transport
from crmsync.mapper import Mapped
from crmsync.mapping.compiled import CompiledMapping
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.spec import parse_rules
from crmsync.records import Record
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.server import start
from crmsync.testing.clocks import FakeClock
from crmsync.transport.clock import SystemClock

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # quicker, and it is plain HTTP

LEAST = {
    "access_key_id": "AKIDTESTS0001",
    "secret_access_key": "sandbox-secret-4711",
    "group_key": "abc123",
}


def settings(**keys: Any) -> DataTalksSettings:
    """The least that is needed, changed by *keys*; None takes one out."""
    table = {name: value for name, value in {**LEAST, **keys}.items() if value is not None}
    return DataTalksSettings.model_validate(table)


def context(clock: Clock | None = None, retry_for: float = 60, max_wait: float = 900) -> Context:
    return Context(
        name="datatalks", clock=clock or FakeClock(), retry_for=retry_for, max_wait=max_wait
    )


def opened(
    transport: Transport, clock: Clock | None = None, max_wait: float = 900, **keys: Any
) -> DataTalks:
    return DataTalks(settings(**keys), context(clock, max_wait=max_wait), transport)


def answer(status: int = 200, body: Any = None, **headers: str) -> Response:
    """A JSON answer; header names with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    given = {"success": True, "messages": [], "requestId": "r-1"} if body is None else body
    return Response(status, named, orjson.dumps(given))


class Brought(NamedTuple):
    """An account at the simulator, and what it was brought."""

    destination: Destination
    url: str

    def contacts(self) -> dict[str, dict[str, Any]]:
        return dict(httpx.get(f"{self.url}/contacts", verify=NO_AUTHORITIES).json())

    def events(self) -> dict[str, list[Any]]:
        return dict(httpx.get(f"{self.url}/events", verify=NO_AUTHORITIES).json())


@contextmanager
def simulated(
    *, clock: Clock | None = None, keys: dict[str, Any] | None = None, **options: Any
) -> Iterator[Brought]:
    """An account at the simulator, with settings *keys* and the simulator's *options*."""
    wanted = {
        "companies": 0,
        "datatalks_secret_access_key": LEAST["secret_access_key"],
        "datatalks_access_key_id": LEAST["access_key_id"],
        "datatalks_contact_key": "crm_id",
        **options,
    }
    with start(SandboxOptions(**wanted)) as sandbox:
        own = settings(base_url=f"{sandbox.url}/datatalks", **(keys or {}))
        destination = PLUGIN.open(own, context(clock or SystemClock(), retry_for=20))
        yield Brought(destination, f"{sandbox.url}/_sandbox/datatalks")
        destination.close()


def mapping(rules: Mapping[str, object], **keys: Any) -> CompiledMapping:
    """The mapping of a sync with these rules to an account; the key's rule goes without saying."""
    written = {"crm_id": "record.id", **rules}
    plugin = PLUGIN.tailor(PLUGIN, settings(**keys)).knowing(written)
    parsed, faults = parse_rules(written, path="fields")
    assert faults == []
    return compile_mapping(parsed, plugin=plugin, path="fields", filter={})


def mapped(given: Mapping[str, object], rules: Mapping[str, object], **keys: Any) -> Mapped:
    """What a record with these values becomes."""
    return mapping(rules, **keys).map(Record("7", given))


def data(given: Mapping[str, object], rules: Mapping[str, object], **keys: Any) -> dict[str, Any]:
    """The data that a record with these values is sent with, but for its id."""
    document = orjson.loads(PLUGIN.encode(mapped(given, rules, **keys).fields))
    assert document["data"].pop("crm_id") == "7"
    return dict(document["data"])
