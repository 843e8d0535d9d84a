"""HubSpot's front door: length, path, token, scopes and rate, then the endpoint."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from crmsync.sandbox.exchange import Answer, Headers, JSONObject, RefusedError, Request
from crmsync.sandbox.hubspot import refusals, settings
from crmsync.sandbox.hubspot.associations import Associations
from crmsync.sandbox.hubspot.control import Control
from crmsync.sandbox.hubspot.objects import Objects
from crmsync.sandbox.hubspot.portal import Portal
from crmsync.sandbox.hubspot.routes import Found, Scopes, find
from crmsync.sandbox.hubspot.store import Store
from crmsync.sandbox.options import Rate, SandboxOptions
from crmsync.sandbox.windows import RollingWindow

# Daily calls of a Professional account: HubSpot's "API usage guidelines", read 2026-11-21.
DAILY: Final = 625_000
UNLIMITED: Final = Rate(100_000, 10.0)
"""What the rate headers announce when there is no limit."""


class HubSpot:
    """The simulator."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self.portal = Portal(options)
        self._associations = Associations(
            self.portal, options.association_page, int(options.association_errors)
        )
        self._control = Control(self.portal, self._associations)
        self._rate = Rate.parse(options.rate_limit) if options.rate_limit else None
        self._window = RollingWindow(self._rate)
        searches = Rate.parse(options.search_rate) if options.search_rate else None
        self._search_window = RollingWindow(searches)
        self._today = 0

    @property
    def store(self) -> Store:
        """The companies."""
        return self.portal.companies.store

    def kind(self, request: Request) -> str:
        """The endpoint's name, `unknown` for none."""
        match = find(request)
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

    def _admit(self, request: Request) -> Found:
        if request.target_bytes > self._options.max_url_bytes:
            raise RefusedError(Answer.html(414, "414 Request-URI Too Large"))
        match = find(request)
        if match is None:
            raise refusals.no_such_path()
        if match[0].method != request.method:
            raise RefusedError(Answer.html(405, "405 Method Not Allowed"))
        self._authorize(request, match[0].scopes(match[1].groupdict()))
        content_type = request.headers.get(b"content-type", b"")
        if request.method == "POST" and not content_type.startswith(b"application/json"):
            raise RefusedError(
                Answer.json(415, refusals.body("Content-Type must be application/json"))
            )
        return match

    def _authorize(self, request: Request, scopes: Scopes) -> None:
        given = request.headers.get(b"authorization", b"").decode("latin-1")
        scheme, _, token = given.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise RefusedError(refusals.unauthenticated())
        if self._options.access_token not in (None, token):
            raise RefusedError(refusals.unauthenticated())
        lacked = set(self._options.missing_scopes)
        wanted = [choice[0] for choice in scopes if lacked.issuperset(choice)]
        if wanted:
            raise refusals.missing_scopes(wanted)

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
        if kind in _OBJECT_KINDS:
            return self._about_object(request, kind, parts)
        answer = self._handlers(request, parts)[kind]()
        return answer._replace(headers=answer.headers + self._rate_headers())

    def _about_object(self, request: Request, kind: str, parts: dict[str, str]) -> Answer:
        records = self.portal.find(parts["type"])
        if records is None:
            message = f"the sandbox has no {parts['type']}, only companies and deals"
            raise RefusedError(Answer.json(501, refusals.body(message)))
        objects, properties = Objects(records, self._associations), records.properties
        # The newest version folds partial errors into 200: HubSpot's OpenAPI files, 2026-09.
        partial = 200 if parts["version"] == "2026-09" else 207
        handlers: dict[str, Callable[[], Answer]] = {
            "list": lambda: objects.page(request),
            "search": lambda: objects.search(request),
            "batch_read": lambda: objects.batch_read(request, partial_status=partial),
            "get": lambda: objects.get(request, parts["id"]),
            "properties": lambda: settings.list_properties(request, properties),
            "property": lambda: settings.get_property(parts["id"], properties),
        }
        answer = handlers[kind]()
        if kind == "search":
            return answer
        return answer._replace(headers=answer.headers + self._rate_headers())

    def _handlers(self, request: Request, parts: dict[str, str]) -> dict[str, Callable[[], Answer]]:
        linked = self._associations
        return {
            "associations": lambda: linked.batch_read(request, parts["type"], parts["to"]),
            "associations_of": lambda: linked.of_record(
                request, parts["type"], parts["id"], parts["to"]
            ),
            "owners": lambda: settings.list_owners(request),
            "owner": lambda: settings.get_owner(request, parts["id"]),
            "pipelines": lambda: settings.list_pipelines(parts["type"]),
            "account": lambda: settings.account_details(self._options.portal_id),
            "token": lambda: settings.token_info(request, self._options),
            "usage": lambda: settings.daily_usage(self._options.daily_limit or DAILY, self._today),
        }


_OBJECT_KINDS: Final = frozenset({"list", "search", "batch_read", "get", "properties", "property"})
