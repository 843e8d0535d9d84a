"""Pipedrive's front door: path, token, scopes and budget, then the endpoint."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from typing import Final

from crmsync.sandbox.exchange import Answer, Headers, JSONObject, RefusedError, Request
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.pipedrive import refusals, routes
from crmsync.sandbox.pipedrive.budget import Budget
from crmsync.sandbox.pipedrive.control import Control
from crmsync.sandbox.pipedrive.credentials import Credentials
from crmsync.sandbox.pipedrive.endpoints import Endpoints
from crmsync.sandbox.pipedrive.world import World

_GRANTING: Final = "/oauth/token"


class Pipedrive:
    """The simulator."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self._world = World(options)
        self._credentials = Credentials(options)
        self._budget = Budget(options)
        self._control = Control(self._world, self._credentials, self._budget)
        self._answered = 0

    @cached_property
    def _endpoints(self) -> Endpoints:
        # Made late: the records of a company that nobody asks for cost nothing.
        return Endpoints(self._world, self._options)

    def kind(self, request: Request) -> str:
        """The endpoint's name, `unknown` for none."""
        if request.path == _GRANTING:
            return "token"
        found = routes.find(request.path)
        return found[0].kind if found and request.method == "GET" else "unknown"

    def failure(self, status: int, headers: Headers) -> Answer:
        """The body of an injected failure."""
        return refusals.failure(status, headers=headers)

    def answer(self, request: Request) -> Answer:
        """Handle a request."""
        if request.path == _GRANTING:
            if request.method != "POST":
                return refusals.failure(HTTPStatus.METHOD_NOT_ALLOWED)
            return self._credentials.give_token(request)
        try:
            return self._answer(request)
        except RefusedError as refusal:
            return refusal.answer

    def control(self, method: str, path: str, body: JSONObject) -> Answer:
        """Look at and change the company."""
        return self._control.handle(method, path, body)

    def _answer(self, request: Request) -> Answer:
        caller = self._credentials.caller(request)
        moment = time.monotonic()
        limited = self._budget.refuse(caller.credential, self.kind(request), moment)
        if limited:
            return limited
        try:
            answer = self._dispatch(request, caller.scopes)
        except RefusedError as refusal:
            answer = refusal.answer
        more = self._budget.headers(caller.credential, moment)
        return answer._replace(headers=answer.headers + more)

    def _dispatch(self, request: Request, granted: frozenset[str]) -> Answer:
        route, parts = self._route(request)
        if route.scopes and granted.isdisjoint(route.scopes):
            raise refusals.refused(HTTPStatus.FORBIDDEN)
        self._answered += 1
        every = self._options.pipedrive_false_every
        if every is not None and self._answered % every == 0:
            # Seen in production: the status says yes, the body no.
            return Answer.json(200, refusals.body(500, "Something went wrong"))
        return self._endpoints.answer(route, parts, request)

    def _route(self, request: Request) -> tuple[routes.Route, Mapping[str, str]]:
        found = routes.find(request.path)
        if found is None:
            raise refusals.refused(HTTPStatus.NOT_FOUND, "Unknown method.")
        if found[0].kind == "gone":
            raise refusals.refused(int(self._options.pipedrive_v1_gone))
        if request.method != "GET":
            raise refusals.refused(HTTPStatus.METHOD_NOT_ALLOWED)
        return found
