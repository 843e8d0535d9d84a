"""HubSpot's front door: length, path, token, scopes and rate, then the endpoint."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final, NamedTuple

from crmsync.sandbox.exchange import Answer, Headers, JSONObject, RefusedError, Request
from crmsync.sandbox.hubspot import refusals, settings
from crmsync.sandbox.hubspot.control import Control
from crmsync.sandbox.hubspot.data import Companies
from crmsync.sandbox.hubspot.objects import Objects
from crmsync.sandbox.hubspot.rendering import Renderer
from crmsync.sandbox.hubspot.schema import PROPERTIES
from crmsync.sandbox.hubspot.search import Index
from crmsync.sandbox.hubspot.store import State, Store
from crmsync.sandbox.options import Rate, SandboxOptions
from crmsync.sandbox.windows import RollingWindow

ANCHOR: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""The made companies' "today"; a month's start before now where the clock is behind it."""

# Daily calls of a Professional account: HubSpot's "API usage guidelines", read 2026-11-21.
DAILY: Final = 625_000
UNLIMITED: Final = Rate(100_000, 10.0)
"""What the rate headers announce when there is no limit."""

_COMPANIES: Final = ("crm.objects.companies.read",)
_COMPANY_SCHEMA: Final = ("crm.objects.companies.read", "crm.schemas.companies.read")
_DEAL_SCHEMA: Final = ("crm.objects.deals.read", "crm.schemas.deals.read")
_OWNERS: Final = ("crm.objects.owners.read",)
_VERSION: Final = r"(?P<version>2026-03|2026-09)"
_TYPE: Final = r"(?P<type>[^/]+)"


class Route(NamedTuple):
    """One endpoint. One of its scopes is enough; none means any token."""

    kind: str
    method: str
    path: re.Pattern[str]
    scopes: tuple[str, ...] = ()


def _route(
    kind: str, method: str, family: str, rest: str = "", scopes: tuple[str, ...] = ()
) -> Route:
    root, _, name = family.partition(" ")
    dated = rf"{root}/{name}/{_VERSION}" if name else rf"{root}/{_VERSION}"
    legacy = rf"{root}/v3/{name}" if name else rf"{root}/v3"
    return Route(kind, method, re.compile(rf"(?:{dated}|{legacy}){rest}/?"), scopes)


ROUTES: Final = (
    _route("list", "GET", "/crm objects", rf"/{_TYPE}", _COMPANIES),
    _route("search", "POST", "/crm objects", rf"/{_TYPE}/search", _COMPANIES),
    _route("batch_read", "POST", "/crm objects", rf"/{_TYPE}/batch/read", _COMPANIES),
    _route("get", "GET", "/crm objects", rf"/{_TYPE}/(?P<id>\d+)", _COMPANIES),
    _route("owners", "GET", "/crm owners", "", _OWNERS),
    _route("owner", "GET", "/crm owners", r"/(?P<id>\d+)", _OWNERS),
    _route("properties", "GET", "/crm properties", rf"/{_TYPE}", _COMPANY_SCHEMA),
    _route("property", "GET", "/crm properties", rf"/{_TYPE}/(?P<id>\w+)", _COMPANY_SCHEMA),
    _route("pipelines", "GET", "/crm pipelines", rf"/{_TYPE}", _DEAL_SCHEMA),
    _route("account", "GET", "/account-info", "/details"),
    _route("usage", "GET", "/account-info", "/api-usage/daily/private-apps"),
)
_COMPANY_TYPES: Final = frozenset({"companies", "company", "0-2"})
_Match = tuple[Route, "re.Match[str]"]


class HubSpot:
    """The simulator."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        store = Store(Companies(options.seed, options.nasty), options.companies, _anchor_ms())
        renderer = Renderer(store, keep_nulls=options.empties == "null")
        self._properties = {prop.name: prop for prop in PROPERTIES}
        index = Index(store, self._properties, options.search_lag_s)

        def note_change(position: int, old: State) -> None:
            renderer.forget(position)
            index.note_change(position, old)

        store.on_change = note_change
        self.store = store
        self._objects = Objects(store, renderer, index, self._properties)
        self._control = Control(store, renderer, self._properties)
        self._rate = Rate.parse(options.rate_limit) if options.rate_limit else None
        self._window = RollingWindow(self._rate)
        searches = Rate.parse(options.search_rate) if options.search_rate else None
        self._search_window = RollingWindow(searches)
        self._today = 0

    def kind(self, request: Request) -> str:
        """The endpoint's name, `unknown` for none."""
        match = _match(request)
        return match[0].kind if match and match[0].method == request.method else "unknown"

    def failure(self, status: int, headers: Headers) -> Answer:
        """The body of an injected failure."""
        if status == HTTPStatus.UNAUTHORIZED:
            return refusals.unauthenticated()
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return refusals.too_many("TEN_SECONDLY_ROLLING", headers)
        return Answer.json(status, refusals.body("internal error"), headers)

    def answer(self, request: Request) -> Answer:
        """Handle a request."""
        try:
            route, match = self._admit(request)
            limited = self._limited(route.kind)
            answer = limited or self._dispatch(request, route.kind, match)
        except RefusedError as refusal:
            return refusal.answer
        return answer

    def control(self, method: str, path: str, body: JSONObject) -> Answer:
        """Look at and change the portal."""
        return self._control.handle(method, path, body)

    def _admit(self, request: Request) -> _Match:
        if request.target_bytes > self._options.max_url_bytes:
            raise RefusedError(Answer.html(414, "414 Request-URI Too Large"))
        match = _match(request)
        if match is None:
            raise refusals.no_such_path()
        if match[0].method != request.method:
            raise RefusedError(Answer.html(405, "405 Method Not Allowed"))
        self._authorize(request, match[0].scopes)
        content_type = request.headers.get(b"content-type", b"")
        if request.method == "POST" and not content_type.startswith(b"application/json"):
            raise RefusedError(
                Answer.json(415, refusals.body("Content-Type must be application/json"))
            )
        return match

    def _authorize(self, request: Request, scopes: tuple[str, ...]) -> None:
        given = request.headers.get(b"authorization", b"").decode("latin-1")
        scheme, _, token = given.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise RefusedError(refusals.unauthenticated())
        if self._options.access_token not in (None, token):
            raise RefusedError(refusals.unauthenticated())
        if scopes and all(scope in self._options.missing_scopes for scope in scopes):
            raise refusals.missing_scopes(scopes[:1])

    def _limited(self, kind: str) -> Answer | None:
        """Count the request; an answer where it is one too many."""
        daily = self._options.daily_limit
        if daily is not None and self._today >= daily:
            return refusals.too_many("DAILY", self._rate_headers())
        now = time.monotonic()
        if kind == "search":
            # Searches are outside the ten-second window, and carry no rate headers.
            if not self._search_window.take(now):
                return refusals.too_many("SECONDLY")
        elif not self._window.take(now):
            return refusals.too_many("TEN_SECONDLY_ROLLING", self._rate_headers())
        self._today += 1
        return None

    def _rate_headers(self) -> Headers:
        rate = self._rate or UNLIMITED
        left = self._window.remaining
        daily = self._options.daily_limit or DAILY
        texts = {
            b"X-HubSpot-RateLimit-Daily": daily,
            b"X-HubSpot-RateLimit-Daily-Remaining": max(daily - self._today, 0),
            b"X-HubSpot-RateLimit-Interval-Milliseconds": int(rate.seconds * 1000),
            b"X-HubSpot-RateLimit-Max": rate.limit,
            b"X-HubSpot-RateLimit-Remaining": rate.limit - 1 if left is None else left,
        }
        return tuple((name, b"%d" % value) for name, value in texts.items())

    def _dispatch(self, request: Request, kind: str, match: re.Match[str]) -> Answer:
        parts = match.groupdict()
        if kind in _OBJECT_KINDS and parts["type"] not in _COMPANY_TYPES:
            raise RefusedError(
                Answer.json(
                    501, refusals.body(f"the sandbox has no {parts['type']}, only companies")
                )
            )
        answer = self._handlers(request, parts)[kind]()
        if kind == "search":
            return answer
        return answer._replace(headers=answer.headers + self._rate_headers())

    def _handlers(self, request: Request, parts: dict[str, str]) -> dict[str, Callable[[], Answer]]:
        objects, properties = self._objects, self._properties
        # The newest version folds partial errors into 200: HubSpot's OpenAPI files, 2026-09.
        partial = 200 if parts["version"] == "2026-09" else 207
        return {
            "list": lambda: objects.page(request),
            "search": lambda: objects.search(request),
            "batch_read": lambda: objects.batch_read(request, partial_status=partial),
            "get": lambda: objects.get(request, parts["id"]),
            "owners": lambda: settings.list_owners(request),
            "owner": lambda: settings.get_owner(request, parts["id"]),
            "properties": lambda: settings.list_properties(request, properties),
            "property": lambda: settings.get_property(parts["id"], properties),
            "pipelines": lambda: settings.list_pipelines(parts["type"]),
            "account": lambda: settings.account_details(self._options.portal_id),
            "usage": lambda: settings.daily_usage(self._options.daily_limit or DAILY, self._today),
        }


_OBJECT_KINDS: Final = frozenset({"list", "search", "batch_read", "get", "properties", "property"})


def _match(request: Request) -> _Match | None:
    fallback = None
    for route in ROUTES:
        match = route.path.fullmatch(request.path)
        if match and route.method == request.method:
            return route, match
        if match:
            fallback = (route, match)
    return fallback


def _anchor_ms() -> int:
    now = datetime.now(UTC)
    month = (now - timedelta(days=1)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(min(ANCHOR, month).timestamp() * 1000)
