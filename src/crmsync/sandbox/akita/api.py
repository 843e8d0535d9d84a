"""Akita's endpoint: key, limit, and what an account is answered."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from typing import Final

import orjson

from crmsync.sandbox.akita.known import Known
from crmsync.sandbox.akita.rules import Rules
from crmsync.sandbox.akita.store import Accounts
from crmsync.sandbox.exchange import (
    Answer,
    ControlError,
    Headers,
    JSONObject,
    RefusedError,
    Request,
)
from crmsync.sandbox.options import Rate, SandboxOptions
from crmsync.sandbox.windows import RollingWindow
from crmsync.sandbox.wire import http_date

# "POST https://api.akitaapp.com/v1/accounts" creates and updates: Akita's article "Creating and
# Updating Accounts via the API", read 2026-11-21. It names no status and no error body: 201 for
# created, 200 for updated and the bodies of refusals are what a Laravel API answers.
ACCOUNTS: Final = "/v1/accounts"
_FAILURES: Final = {
    401: "Unauthenticated.",
    403: "This action is unauthorized.",
    429: "Too Many Attempts.",
    500: "Server Error",
}


def _refuse(status: int, message: str) -> RefusedError:
    return RefusedError(Answer.json(status, {"message": message}))


def _invalid(wrong: dict[str, list[str]]) -> Answer:
    """422 with every field at fault; the message is the first fault and the count of the rest."""
    messages = [message for found in wrong.values() for message in found]
    more = len(messages) - 1
    rest = f" (and {more} more error{'s' if more > 1 else ''})" if more else ""
    return Answer.json(422, {"message": messages[0] + rest, "errors": wrong})


class Akita:
    """The simulator."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        rate = options.akita_rate_limit
        self._window = RollingWindow(None if rate is None else Rate.parse(rate))
        self._forget()

    def _forget(self) -> None:
        self._known = Known(self._options)
        self._rules = Rules(self._known, self._options.akita_nulls)
        self.accounts = Accounts(self._options.akita_lists)
        self._taken = 0

    def kind(self, request: Request) -> str:
        """`account`, else `unknown`."""
        is_account = (request.method, request.path) == ("POST", ACCOUNTS)
        return "account" if is_account else "unknown"

    def failure(self, status: int, headers: Headers) -> Answer:
        """The body of an injected failure."""
        return Answer.json(status, {"message": _FAILURES.get(status, "Server Error")}, headers)

    def answer(self, request: Request) -> Answer:
        """Handle POST /v1/accounts, refuse the rest."""
        try:
            self._route(request)
            self._authorize(request)
            self._limit()
            given = _object(request)
        except RefusedError as refusal:
            return refusal.answer
        return self._put(given)

    def _route(self, request: Request) -> None:
        if request.path != ACCOUNTS:
            raise _refuse(404, f"The route {request.path.strip('/')} could not be found.")
        if request.method != "POST":
            route = ACCOUNTS.strip("/")
            message = f"The {request.method} method is not supported for route {route}."
            raise _refuse(405, f"{message} Supported methods: POST.")

    def _authorize(self, request: Request) -> None:
        scheme, _, key = request.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if scheme != "Bearer" or not key:
            raise RefusedError(self.failure(401, ()))
        if self._options.akita_api_key not in (None, key):
            raise RefusedError(self.failure(int(self._options.akita_wrong_key), ()))

    def _limit(self) -> None:
        now = time.monotonic()
        if self._window.take(now):
            return
        wait = math.ceil(self._window.wait(now))
        headers: Headers = ()
        if self._options.akita_retry_after == "seconds":
            headers = ((b"retry-after", b"%d" % wait),)
        elif self._options.akita_retry_after == "date":
            headers = ((b"retry-after", http_date(time.time() + wait)),)
        raise RefusedError(self.failure(429, headers))

    def _put(self, given: JSONObject) -> Answer:
        attributes, wrong = self._rules.check(given)
        if wrong:
            return _invalid(wrong)
        account, created = self.accounts.put(attributes, datetime.now(UTC))
        self._taken += 1
        after = self._options.akita_other_id_after
        if after is not None and self._taken > after:
            account = {**account, "internal_id": "other-" + account["internal_id"]}
        return Answer.json(201 if created else 200, {"data": account})

    def control(self, method: str, path: str, body: JSONObject) -> Answer:
        """Look at what is held, or change what an administrator could.

        GET `/accounts`, `/accounts/INTERNAL_ID`, `/digest`. POST `/accounts` sets attributes of
        the account whose `internal_id` is given, by hand; `/known` replaces `roles`, `csms` or
        `tags`; `/reset` forgets all but the requests of the rate window.
        """
        if method == "POST":
            return self._change(path, body)
        if method != "GET":
            raise LookupError
        if path == "/accounts":
            return Answer.json(200, self.accounts.everything())
        if path == "/digest":
            count = len(self.accounts)
            return Answer.json(200, {"digest": self.accounts.digest(), "count": count})
        account = self.accounts.get(path.removeprefix("/accounts/"))
        if account is None:
            raise LookupError
        return Answer.json(200, account)

    def _change(self, path: str, body: JSONObject) -> Answer:
        if path == "/accounts":
            return Answer.json(200, self._edit(body))
        if path == "/known":
            self._known.change(body)
        elif path == "/reset":
            self._forget()
        else:
            raise LookupError
        return Answer.json(200, {})

    def _edit(self, body: JSONObject) -> JSONObject:
        key = body.get("internal_id")
        if not isinstance(key, str) or self.accounts.get(key) is None:
            raise ControlError(f"internal_id {key!r}: there is no such account")
        return self.accounts.edit(key, body)


def _object(request: Request) -> JSONObject:
    if request.headers.get(b"content-type") != b"application/json":
        raise _refuse(415, "Content-Type must be application/json")
    if request.headers.get(b"content-encoding", b"identity") != b"identity":
        raise _refuse(415, "compressed bodies are not accepted")
    try:
        given = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise _refuse(400, f"the body is not JSON: {error}") from error
    if not isinstance(given, dict):
        raise _refuse(400, "the body must be one account, a JSON object")
    return given
