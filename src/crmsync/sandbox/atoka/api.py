"""Atoka's front door: form, token, user and rate, then the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crmsync.sandbox.atoka import forms, routes
from crmsync.sandbox.atoka.control import Control
from crmsync.sandbox.atoka.events import Owner
from crmsync.sandbox.atoka.forms import Given
from crmsync.sandbox.atoka.lead_events import LeadEvents
from crmsync.sandbox.atoka.lookups import Lookups
from crmsync.sandbox.atoka.parameters import Parameters
from crmsync.sandbox.atoka.refusals import failure, refused
from crmsync.sandbox.atoka.routes import Call
from crmsync.sandbox.atoka.world import World
from crmsync.sandbox.exchange import Answer, Headers, JSONObject, RefusedError, Request
from crmsync.sandbox.options import Rate, SandboxOptions
from crmsync.sandbox.windows import RollingWindow


class Atoka:
    """The simulator."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        rate = options.atoka_rate_limit
        self._window = RollingWindow(None if rate is None else Rate.parse(rate))
        self._start()

    def _start(self) -> None:
        self._world = World(self._options)
        self._events = LeadEvents(self._options, self._world)
        self._lookups = Lookups(self._world, everybody=self._options.atoka_knows == "everybody")
        self._control = Control(self._world)

    def kind(self, request: Request) -> str:
        """The call's name, `unknown` for none."""
        try:
            return routes.find(request.method, request.path).route.kind
        except RefusedError:
            return "unknown"

    def failure(self, status: int, headers: Headers) -> Answer:
        """The body of an injected failure."""
        return failure(status, headers)

    def answer(self, request: Request) -> Answer:
        """Handle a call."""
        try:
            return self._answer(request)
        except RefusedError as refusal:
            return refusal.answer

    def control(self, method: str, path: str, body: JSONObject) -> Answer:
        """Look at the platform and change it; POST `/reset` makes it as it was at the start.

        Requests that a fault has made late are handled after it: to be rid of them too, reset
        the sandbox as a whole.
        """
        if (method, path) == ("POST", "/reset"):
            self._start()
            return Answer.json(200, {})
        return self._control.handle(method, path, body)

    def _answer(self, request: Request) -> Answer:
        if request.target_bytes > self._options.atoka_max_url_bytes:
            raise refused(414, f"the URL is longer than {self._options.atoka_max_url_bytes} bytes")
        call = routes.find(request.method, request.path)
        given = forms.given(request)
        self._authenticate(given)
        if not self._window.take(self._world.clock.passed()):
            return failure(429)
        owner = self._user(given) if call.route.user else self._owner(None)
        return self._dispatch(call, Parameters(given, call.route.parameters), owner)

    def _authenticate(self, given: Given) -> None:
        tokens = given.pop("token", [])
        if len(tokens) != 1 or not tokens[0]:
            raise refused(401, "token: required, once")
        if self._options.atoka_token not in (None, tokens[0]):
            raise refused(401, "token: not valid")

    def _user(self, given: Given) -> Owner:
        """Who acts. An application without users may leave the parameter out.

        https://developers.atoka.io/v2/auth.html, read 2026-11-21.
        """
        users, only = given.pop("appUserId", []), self._options.atoka_app_user
        if only is not None and users != [only]:
            raise refused(403, "appUserId: no user of this application")
        if len(users) > 1:
            raise refused(400, "appUserId: given more than once")
        return self._owner(users[0] if users else None)

    def _owner(self, user: str | None) -> Owner:
        return Owner(user, user or "application", "sandbox")

    def _dispatch(self, call: Call, parameters: Parameters, owner: Owner) -> Answer:
        events, lookups = self._events, self._lookups
        calls: Mapping[str, Callable[[], Answer]] = {
            "create": lambda: events.create(parameters, owner),
            "list": lambda: events.of_leads(parameters),
            "show": lambda: events.show(call.number),
            "update": lambda: events.update(call.number, parameters),
            "delete": lambda: events.delete(call.number, parameters),
            "statuses": events.statuses,
            "sync": lambda: events.sync(parameters),
            "companies": lambda: lookups.search("company", parameters),
            "match": lambda: lookups.match(parameters),
            "people": lambda: lookups.search("person", parameters),
        }
        return calls[call.route.kind]()
