"""Akooda's endpoint: headers, limits, and which answer a batch gives."""

from __future__ import annotations

import time
from typing import Final

import orjson

from crmsync.sandbox.akooda.store import Organizations
from crmsync.sandbox.akooda.validation import Fault, Validator
from crmsync.sandbox.exchange import Answer, Headers, JSONObject, RefusedError, Request
from crmsync.sandbox.options import Rate, SandboxOptions
from crmsync.sandbox.windows import RollingWindow

# "We accept up to 1000 entities and 1MB uncompressed per request": Akooda's Ingestion API
# Guide, read 2026-11-21. The form of error bodies is not documented; this one is a guess.
MAX_ENTITIES: Final = 1000
_METHODS: Final = ("POST", "PUT")
_FAILURES: Final = {401: "unauthorized", 429: "rate limit exceeded", 500: "internal error"}
NO_CONTENT: Final = Answer(204)


def _refuse(status: int, message: str) -> RefusedError:
    return RefusedError(Answer.json(status, {"statusCode": status, "message": message}))


class Akooda:
    """The simulator."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self._validator = Validator(options.akooda_chars)
        self.organizations = Organizations(options.akooda_nulls)
        rate = options.akooda_rate_limit
        self._window = RollingWindow(None if rate is None else Rate.parse(rate))

    def kind(self, request: Request) -> str:
        """`post` or `put`, else `unknown`."""
        if request.path == "/organizations" and request.method in _METHODS:
            return request.method.lower()
        return "unknown"

    def failure(self, status: int, headers: Headers) -> Answer:
        """The body of an injected failure."""
        body = {"statusCode": status, "message": _FAILURES.get(status, "error")}
        return Answer.json(status, body, headers)

    def answer(self, request: Request) -> Answer:
        """Handle POST and PUT /organizations, refuse the rest."""
        try:
            self._authorize(request)
            if request.path != "/organizations":
                raise _refuse(404, f"Cannot {request.method} {request.path}")
            if request.method not in _METHODS:
                raise _refuse(405, "use POST or PUT")
            if not self._window.take(time.monotonic()):
                return self.failure(429, ())
            entities = self._entities(request)
        except RefusedError as refusal:
            return refusal.answer
        return self._ingest(entities, create=request.method == "POST")

    def _authorize(self, request: Request) -> None:
        tenant = request.headers.get(b"x-akooda-tenant-id", b"").decode("latin-1")
        key = request.headers.get(b"x-akooda-authorization", b"").decode("latin-1")
        if not tenant or not key:
            raise _refuse(401, "x-akooda-tenant-id and x-akooda-authorization are required")
        if self._options.tenant_id not in (None, tenant):
            raise _refuse(404, "tenant does not exist")
        if self._options.api_key not in (None, key):
            raise _refuse(403, "the key does not match the tenant")

    def _entities(self, request: Request) -> list[object]:
        if request.headers.get(b"content-type") != b"application/json":
            raise _refuse(415, "Content-Type must be application/json")
        if request.headers.get(b"content-encoding", b"identity") != b"identity":
            raise _refuse(415, "compressed bodies are not accepted")
        if len(request.body) > self._options.akooda_max_bytes:
            raise _refuse(413, f"the body is larger than {self._options.akooda_max_bytes} bytes")
        try:
            entities = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise _refuse(400, f"the body is not JSON: {error}") from error
        if not isinstance(entities, list):
            raise _refuse(400, "the body must be an array of entities")
        if len(entities) > MAX_ENTITIES:
            raise _refuse(400, f"{len(entities)} entities, at most {MAX_ENTITIES} are accepted")
        return entities

    def _ingest(self, entities: list[object], *, create: bool) -> Answer:
        good, bad = self._validator.batch(entities)
        mode = self._options.akooda_mode
        refused = bool(bad) and (mode == "any_fails" or (mode == "lenient" and not good))
        if refused:
            return self._invalid(bad)
        for organization in good:
            self.organizations.apply(organization, create=create)
        return NO_CONTENT

    def _invalid(self, bad: list[Fault]) -> Answer:
        body: JSONObject = {"statusCode": 400, "message": "Validation failed"}
        if self._options.akooda_details:
            body["errors"] = [
                {
                    "index": fault.position,
                    "domain": fault.domain,
                    "field": fault.field,
                    "message": fault.message,
                }
                for fault in bad
            ]
        return Answer.json(400, body)

    def control(self, method: str, path: str, body: JSONObject) -> Answer:
        """GET `/organizations`, `/organizations/DOMAIN`, `/digest`; POST `/reset` forgets all."""
        del body
        if (method, path) == ("POST", "/reset"):
            self.organizations = Organizations(self._options.akooda_nulls)
            return Answer.json(200, {})
        if method != "GET":
            raise LookupError
        if path == "/organizations":
            return Answer(200, self.organizations.everything())
        if path == "/digest":
            held = self.organizations
            told = {"digest": held.digest(), "count": len(held), "received": held.received}
            return Answer.json(200, dict(told))
        domain = path.removeprefix("/organizations/")
        organization = None if domain == path else self.organizations.get(domain)
        if organization is None:
            raise LookupError
        return Answer.json(200, organization)
