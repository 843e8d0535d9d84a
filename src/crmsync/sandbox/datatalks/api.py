"""Data Talks' endpoints behind their gateway: signature, limits, and what a call is answered."""

from __future__ import annotations

import random
import time
import uuid
from datetime import UTC, datetime
from typing import Final

from crmsync.sandbox.datatalks import refusals
from crmsync.sandbox.datatalks.sigv4 import Account, verify
from crmsync.sandbox.datatalks.store import Contacts, Events
from crmsync.sandbox.datatalks.validation import Record, read
from crmsync.sandbox.exchange import (
    Answer,
    ControlError,
    Headers,
    JSONObject,
    RefusedError,
    Request,
)
from crmsync.sandbox.options import Rate, SandboxOptions, words
from crmsync.sandbox.windows import RollingWindow

# Data Talks' document names no endpoint. Its Salesmanago integration (version 1) has these:
# https://datatalks.atlassian.net, space PI, read 2026-11-21.
_KINDS: Final = {"/v1/contacts": "contact", "/v1/events": "event"}
# Bodies of refusals and timeouts: Amazon API Gateway's "gateway responses",
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
# read 2026-11-21. A wrong key is 403 there, never 401.
_FAILURES: Final = {
    401: refusals.unknown_key().answer,
    429: refusals.gateway(429, b"TooManyRequestsException", "Too Many Requests"),
    500: refusals.gateway(500, b"InternalServerErrorException", "Internal server error"),
}


class DataTalks:
    """The simulator."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self._account = Account(
            options.datatalks_access_key_id,
            options.datatalks_secret_access_key,
            options.datatalks_region,
            options.datatalks_service,
        )
        groups = options.datatalks_group_keys
        self._groups = None if groups is None else words(groups)
        rate = options.datatalks_rate_limit
        self._window = RollingWindow(None if rate is None else Rate.parse(rate))
        self._random = random.Random(options.seed)
        self._forget()

    def _forget(self) -> None:
        options = self._options
        self.contacts = Contacts(
            options.datatalks_contact_key, clear=options.datatalks_nulls == "clear"
        )
        self.events = Events()
        self._refuse = options.datatalks_refuse
        self._records = 0

    def kind(self, request: Request) -> str:
        """`contact` or `event`, else `unknown`."""
        return _KINDS.get(request.path, "unknown") if request.method == "POST" else "unknown"

    def failure(self, status: int, headers: Headers) -> Answer:
        """The gateway's answer for an injected failure."""
        answer = _FAILURES.get(status, _FAILURES[500])
        return self._identified(answer._replace(headers=(*answer.headers, *headers)))

    def answer(self, request: Request) -> Answer:
        """Handle POST /v1/contacts and /v1/events, refuse the rest."""
        request_id = self._new_id()
        try:
            access_key_id = self._admit(request)
            record = self._record(request, request_id)
        except RefusedError as refusal:
            return self._identified(refusal.answer, request_id)
        store = self.contacts if self.kind(request) == "contact" else self.events
        # The form of version 2's answers; version 1's are not documented:
        # https://datatalks.atlassian.net, space PI, read 2026-11-21.
        body: JSONObject = {
            "success": True,
            "messages": [],
            "requestId": request_id,
            "datatalksId": store.put(record),
            "key": access_key_id,
        }
        return self._identified(Answer.json(200, body), request_id)

    def _admit(self, request: Request) -> str:
        """Let a request through the gateway; gives the access key id."""
        options = self._options
        if self.kind(request) == "unknown":
            raise refusals.unsigned()
        if len(request.body) > options.datatalks_max_bytes:
            raise _told(413, b"RequestTooLargeException", "Request Too Long")
        now = datetime.fromtimestamp(time.time() + options.datatalks_skew_s, UTC)
        access_key_id = verify(request, self._account, now)
        if options.datatalks_denied:
            raise refusals.denied(options.datatalks_region, request.method, request.path)
        if not self._window.take(time.monotonic()):
            raise RefusedError(_FAILURES[429])
        if request.headers.get(b"content-type") != b"application/json":
            raise _told(415, b"UnsupportedMediaTypeException", "Unsupported Media Type")
        return access_key_id

    def _record(self, request: Request, request_id: str) -> Record:
        options = self._options
        record = read(request.body, nulls=options.datatalks_nulls != "refuse")
        if not isinstance(record, Record):
            raise _unsuccessful(400, record, request_id)
        if self._groups is not None and record.group_key not in self._groups:
            status = int(options.datatalks_unknown_group)
            message = f"group_key {record.group_key!r} is not known"
            raise _unsuccessful(status, [message], request_id)
        self._records += 1
        every = options.datatalks_false_every or 0
        unlucky = bool(every) and self._records % every == 0
        if unlucky or (self._refuse is not None and self._refuse in record.data.values()):
            message = "The integration refused the record"
            raise _unsuccessful(200, [message], request_id)
        return record

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _identified(self, answer: Answer, request_id: str = "") -> Answer:
        given = (b"x-amzn-requestid", (request_id or self._new_id()).encode())
        return answer._replace(headers=(*answer.headers, given))

    def control(self, method: str, path: str, body: JSONObject) -> Answer:
        """Look at what was brought, or change what is refused.

        GET `/contacts` (by group key, then by key), `/events` (by group key, in order),
        `/digest` (of the contacts). POST `/refuse` with a `text`: records with an attribute of
        exactly it are refused from now on, null for none; `/reset` forgets all but the requests
        of the rate window.
        """
        if method == "POST":
            return self._change(path, body)
        if (method, path) == ("GET", "/contacts"):
            return Answer.json(200, self.contacts.everything())
        if (method, path) == ("GET", "/events"):
            return Answer.json(200, self.events.everything())
        if (method, path) == ("GET", "/digest"):
            contacts = self.contacts
            body = {"digest": contacts.digest(), "count": contacts.count()}
            return Answer.json(200, body | {"events": self.events.count()})
        raise LookupError

    def _change(self, path: str, body: JSONObject) -> Answer:
        if path == "/reset":
            self._forget()
        elif path == "/refuse":
            text = body.get("text")
            if text is not None and not isinstance(text, str):
                raise ControlError("text must be a text or null")
            self._refuse = text
        else:
            raise LookupError
        return Answer.json(200, {})


def _told(status: int, kind: bytes, message: str) -> RefusedError:
    return RefusedError(refusals.gateway(status, kind, message))


def _unsuccessful(status: int, messages: list[str], request_id: str) -> RefusedError:
    body = {"success": False, "messages": messages, "requestId": request_id}
    return RefusedError(Answer.json(status, body))
