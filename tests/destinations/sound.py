"""A platform of no one's, with a sound adapter: each of its parts can be made faulty."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson
from pydantic import BaseModel

from crmsync.adapters import DestinationPlugin
from crmsync.durations import parse_duration
from crmsync.errors import BatchRejectedError, ConfigError, CredentialsError, FatalError
from crmsync.interfaces import Answer, CheckResult, Destination, Request, Response, Transport
from crmsync.payloads import Field, FieldKind, Limits
from crmsync.secrets import Secret
from crmsync.testing.destinations import DestinationContract
from crmsync.transport import failures
from crmsync.transport.account import Account
from crmsync.transport.http import HttpTransport
from crmsync.transport.pacing import ALL, Rate
from crmsync.transport.redaction import excerpt, reveal
from crmsync.transport.settings import TABLE, RateLimit, Timeout
from crmsync.transport.strict import MalformedError, loads

OPENED: list[HttpTransport] = []
"""What faulty adapters may leave open; the tests close it."""


def http(url, timeout="1s"):
    OPENED.append(HttpTransport(url, timeout=parse_duration(timeout)))
    return OPENED[-1]


class Settings(BaseModel):
    model_config = TABLE
    key: Secret
    base_url: str
    timeout: Timeout = "30s"
    rate_limit: RateLimit | None = None


def document(response) -> dict[str, Any]:
    found = loads(response.body)
    if not isinstance(found, dict):
        raise MalformedError("no object")
    return found


class Proved(Transport):
    """Puts a proof of its moment on each try."""

    def __init__(self, inner, proof):
        self._inner, self._proof = inner, proof

    def send(self, request):
        headers = {**request.headers, "x-proof": self._proof()}
        return self._inner.send(request._replace(headers=headers))

    def close(self):
        self._inner.close()


class Sound(Destination):
    """The adapter without a fault; faults override its parts."""

    def __init__(self, settings, context):
        self.settings, self.context = settings, context
        limit = settings.rate_limit
        self.rate = None if limit is None else Rate.parse(limit)
        self.account = self.make_account()

    def make_account(self):
        proved = Proved(self.transport(), self.proof)
        return Account(
            self.context, transport=proved, lanes={ALL: self.rate}, classify=self.classify
        )

    def transport(self):
        return http(self.settings.base_url, self.settings.timeout)

    @property
    def traffic(self):
        return self.account.traffic

    def secret(self):
        return reveal(self.settings.key)

    def proof(self):
        stamp = self.context.clock.now().isoformat()
        return hmac.digest(self.secret().encode(), stamp.encode(), "sha256").hex()

    def check(self) -> Iterator[CheckResult]:
        try:
            self.secret()
        except ConfigError as error:
            yield CheckResult("key", passed=False, message=str(error), hint=error.hint, code=2)
        else:
            yield CheckResult("key", passed=True, message="is there")

    def body(self, bodies):
        return b"[" + b",".join(bodies) + b"]"

    def request(self, bodies):
        headers = {"x-key": self.secret(), "x-push": uuid4().hex}
        return Request("POST", "/things", headers, self.body(bodies))

    def push(self, bodies, *, method):
        response = self.account.call(self.request(bodies), once=method == "event")
        return Answer(verified=True, status=str(response.status))

    def classify(self, request, response):
        status = response.status
        if status == 200:
            return self.doubts(request, response)
        if status in (400, 413, 422):
            return self.rejected(response)
        if status in (401, 403):
            return CredentialsError(f"it answered {status}", hint="check key")
        return failures.classify(request, response) or FatalError(f"it answered {status}")

    def doubts(self, request, response):
        try:
            took = document(response)["took"]
        except (MalformedError, KeyError):
            return FatalError("it answered 200 with something else")
        if took != [one["id"] for one in orjson.loads(request.body)]:
            return FatalError("it took others than were sent")
        return None

    def rejected(self, response):
        reason = excerpt(response.body) or "no reason"
        return BatchRejectedError(
            f"refused: {reason}",
            reason=reason,
            refusals=self.named(response),
            too_large=response.status == 413,
        )

    def named(self, response):
        try:
            return {one["at"]: one["why"] for one in document(response)["refused"]}
        except (MalformedError, KeyError):
            return {}

    def close(self):
        self.account.close()


FIELDS = (
    Field(name="id", kind=FieldKind.TEXT, about="What it is known by.", example="hubspot:7"),
    Field(name="name", kind=FieldKind.TEXT, about="What people call it.", example="Acme"),
    Field(name="kind", kind=FieldKind.ENUM, choices=("A", "B"), about="Its kind.", example="B"),
    Field(name="tags", kind=FieldKind.TEXT_LIST, about="What it has.", example=["one"]),
    Field(name="team", kind=FieldKind.ROLES, about="Who serves it.", example={"a@b.com": "X"}),
    Field(name="gone", kind=FieldKind.BOOLEAN, about="Whether it left.", example=False),
)


def encode(fields) -> bytes:
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def plugin(adapter=Sound, **changes):
    parts = {
        "name": "sound",
        "settings": Settings,
        "fields": {field.name: field for field in FIELDS},
        "key": "id",
        "disabled": {"gone": True},
        "limits": Limits(max_payloads=50, max_bytes=1_000_000, in_flight=3),
        "methods": ("upsert", "event"),
        "once": frozenset({"event"}),
        "encode": encode,
        "decode": orjson.loads,
        "open": adapter,
    }
    return DestinationPlugin(**{**parts, **changes})


class Reference(DestinationContract):
    """The suite over that platform; every one has a credential of its own, never seen before."""

    anew = frozenset({"x-proof"})

    def __init__(self, tested=None):
        self.plugin = tested or plugin()
        self.secrets = (hashlib.sha256(uuid4().bytes).hexdigest(),)

    def table(self):
        return {"key": self.secrets[0]}

    def payload(self, number):
        team = {"b@acme.com": "CSM", "a@acme.com": "CTO"}
        return {"id": str(number), "name": f"Åsa {number}", "tags": ["x", "y"], "team": team}

    def taken(self, numbers):
        return Response(200, {}, orjson.dumps({"took": [str(number) for number in numbers]}))

    def mistaken(self):
        return self.taken((1,))

    def refused(self, positions):
        named = [{"at": position, "why": "bad name"} for position in positions]
        return Response(400, {}, orjson.dumps({"refused": named}))
