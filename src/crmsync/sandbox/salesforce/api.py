"""Salesforce's front door: length, path, session, daily limit, then the endpoint."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from typing import Final, NamedTuple

from crmsync.sandbox.exchange import Answer, Headers, JSONObject, RefusedError, Request
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.salesforce import metadata, refusals, soap
from crmsync.sandbox.salesforce.bulk import Bulk
from crmsync.sandbox.salesforce.control import Control
from crmsync.sandbox.salesforce.oauth import TokenEndpoint
from crmsync.sandbox.salesforce.org import Org, hidden
from crmsync.sandbox.salesforce.paths import Parents
from crmsync.sandbox.salesforce.reading import Reading
from crmsync.sandbox.salesforce.rendering import Renderer
from crmsync.sandbox.salesforce.sessions import Sessions

# "URI plus headers must not exceed 16,384 bytes": REST API Developer Guide, read 2026-11-21.
MAX_HEAD_BYTES: Final = 16_384
# Enterprise Edition: "API Request Limits and Allocations", read 2026-11-21.
DAILY: Final = 100_000


class Route(NamedTuple):
    """One endpoint."""

    kind: str
    method: str
    path: re.Pattern[str]


def _route(kind: str, method: str, rest: str) -> Route:
    return Route(kind, method, re.compile(rf"/services/data/v(?P<version>\d\d\.0){rest}/?"))


_OBJECT: Final = r"/sobjects/(?P<object>\w+)"
_JOB: Final = r"/jobs/query/(?P<id>\w+)"
ROUTES: Final = (
    Route("token", "POST", re.compile(r"/services/oauth2/token/?")),
    Route("login", "POST", re.compile(r"/services/Soap/[uc]/(?P<version>\d\d)\.\d(/.*)?")),
    Route("versions", "GET", re.compile(r"/services/data/?")),
    _route("resources", "GET", ""),
    _route("query", "GET", "/query"),
    _route("query_all", "GET", "/queryAll"),
    _route("next", "GET", r"/query(?:All)?/(?P<locator>[\w-]+)"),
    _route("objects", "GET", "/sobjects"),
    _route("basics", "GET", _OBJECT),
    _route("describe", "GET", rf"{_OBJECT}/describe"),
    _route("deleted", "GET", rf"{_OBJECT}/deleted"),
    _route("updated", "GET", rf"{_OBJECT}/updated"),
    _route("record", "GET", rf"{_OBJECT}/(?P<id>\w{{15}}|\w{{18}})"),
    _route("limits", "GET", "/limits"),
    _route("job_create", "POST", "/jobs/query"),
    _route("jobs", "GET", "/jobs/query"),
    _route("job", "GET", _JOB),
    _route("job_abort", "PATCH", _JOB),
    _route("job_delete", "DELETE", _JOB),
    _route("job_results", "GET", rf"{_JOB}/results"),
    _route("job_pages", "GET", rf"{_JOB}/resultPages"),
)
_OPEN: Final = frozenset({"token", "login", "versions"})
_Match = tuple[Route, "re.Match[str]"]


class _World:
    """What is made when the first request comes: other systems' users do not pay for it."""

    def __init__(self, options: SandboxOptions, sessions: Sessions, tokens: TokenEndpoint) -> None:
        self.org = Org(options)
        self.parents = Parents(self.org)
        renderer = Renderer(self.org, self.parents)
        self.reading = Reading(self.org, self.parents, renderer, options.salesforce_locator_s)
        self.bulk = Bulk(options, self.org, self.parents, renderer)
        self.control = Control(self.org, self.parents, renderer, self.reading, sessions, tokens)


class Salesforce:
    """The simulator.

    Raises:
        ValueError: An option does not fit the organization; the message names it.
    """

    def __init__(self, options: SandboxOptions) -> None:
        hidden(options)
        self._options = options
        self._sessions = Sessions(options.salesforce_session_calls)
        self._tokens = TokenEndpoint(options, self._sessions)
        self._used = 0

    @cached_property
    def _world(self) -> _World:
        return _World(self._options, self._sessions, self._tokens)

    def kind(self, request: Request) -> str:
        """The endpoint's name, `unknown` for none."""
        match = _match(request)
        return match[0].kind if match and match[0].method == request.method else "unknown"

    def failure(self, status: int, headers: Headers) -> Answer:
        """The body of an injected failure; Salesforce says "too many" with 403."""
        if status == HTTPStatus.UNAUTHORIZED:
            return refusals.invalid_session()
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return refusals.too_many_at_once()._replace(headers=headers)
        message = "An unexpected error occurred. Please include this ErrorId: 1234-5678 (90)"
        return refusals.errors(status, "UNKNOWN_EXCEPTION", message)._replace(headers=headers)

    def answer(self, request: Request) -> Answer:
        """Handle a request."""
        try:
            route, match = self._admit(request)
            if route.kind in _OPEN:
                return self._opened(request, route.kind, match)
            answer = self._authorized(request, route.kind, match.groupdict())
        except RefusedError as refusal:
            answer = refusal.answer
        return answer._replace(headers=(*answer.headers, self._usage()))

    def control(self, method: str, path: str, body: JSONObject) -> Answer:
        """Look at and change the organization."""
        return self._world.control.handle(method, path, body)

    def _admit(self, request: Request) -> _Match:
        if request.target_bytes > MAX_HEAD_BYTES:
            raise RefusedError(Answer.html(414, "414 URI Too Long"))
        head = sum(len(name) + len(value) + 4 for name, value in request.headers.items())
        if request.target_bytes + head > MAX_HEAD_BYTES:
            raise RefusedError(Answer.html(431, "431 Request Header Fields Too Large"))
        match = _match(request)
        if match is None:
            raise refusals.not_found()
        if match[0].method != request.method:
            message = f"HTTP Method '{request.method}' not allowed."
            raise refusals.refused(405, "METHOD_NOT_ALLOWED", message)
        return match

    def _opened(self, request: Request, kind: str, match: re.Match[str]) -> Answer:
        if kind == "token":
            return self._tokens.answer(request)
        if kind == "versions":
            return metadata.versions()
        version = int(match["version"])
        return soap.login(request, version, self._options, self._tokens, self._sessions)

    def _authorized(self, request: Request, kind: str, parts: dict[str, str]) -> Answer:
        number = int(parts["version"].partition(".")[0])
        if not metadata.FIRST_VERSION <= number <= metadata.LAST_VERSION:
            raise refusals.not_found()
        given = request.headers.get(b"authorization", b"").decode("latin-1")
        scheme, _, token = given.partition(" ")
        if scheme.lower() not in ("bearer", "oauth") or not self._sessions.use(token.strip()):
            raise RefusedError(refusals.invalid_session())
        limit = self._options.salesforce_daily_limit
        if limit is not None and self._used >= limit:
            raise RefusedError(refusals.daily_limit())
        self._used += 1
        if planned := self._world.control.planned():
            raise RefusedError(planned)
        self._world.org.commit()
        self._world.parents.refresh()
        return self._handlers(request, parts)[kind]()

    def _usage(self) -> tuple[bytes, bytes]:
        most = self._options.salesforce_daily_limit or DAILY
        return b"Sforce-Limit-Info", b"api-usage=%d/%d" % (self._used, most)

    def _handlers(self, request: Request, parts: dict[str, str]) -> dict[str, Callable[[], Answer]]:
        world, version = self._world, parts["version"]
        org, reading, bulk = world.org, world.reading, world.bulk
        name, record_id = parts.get("object", ""), parts.get("id", "")
        daily = self._options.salesforce_daily_limit or DAILY
        writes = self._options.salesforce_may_write
        return {
            "resources": lambda: metadata.resources(version),
            "query": lambda: reading.first(request, version, deleted=False),
            "query_all": lambda: reading.first(request, version, deleted=True),
            "next": lambda: reading.next(parts["locator"]),
            "objects": lambda: metadata.objects(org, version, writes=writes),
            "basics": lambda: metadata.basics(org, version, name, writes=writes),
            "describe": lambda: metadata.describe(org, request, version, name, writes=writes),
            "deleted": lambda: metadata.deleted(org, request, name),
            "updated": lambda: metadata.updated(org, request, name),
            "record": lambda: reading.record(request, version, name, record_id),
            "limits": lambda: metadata.limits(daily, self._used, bulk.made),
            "job_create": lambda: bulk.create(request, version),
            "jobs": bulk.every,
            "job": lambda: bulk.show(record_id),
            "job_abort": lambda: bulk.abort(request, record_id),
            "job_delete": lambda: bulk.delete(record_id),
            "job_results": lambda: bulk.results(request, record_id),
            "job_pages": lambda: bulk.pages(request, record_id, version),
        }


def _match(request: Request) -> _Match | None:
    fallback = None
    for route in ROUTES:
        match = route.path.fullmatch(request.path)
        if match and route.method == request.method:
            return route, match
        if match:
            fallback = (route, match)
    return fallback
