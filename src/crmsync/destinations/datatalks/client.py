"""A Data Talks account: brings records, each in a signed request of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import orjson
from typing_extensions import override

from crmsync.adapters import Context
from crmsync.destinations.checking import credential, not_verified
from crmsync.destinations.datatalks.answers import Patience, classify, once_only
from crmsync.destinations.datatalks.encoding import DATA
from crmsync.destinations.datatalks.fields import GROUP_KEY
from crmsync.destinations.datatalks.groups import NO_GROUP_KEY
from crmsync.destinations.datatalks.refusals import read_reply
from crmsync.destinations.datatalks.settings import DataTalksSettings
from crmsync.destinations.sigv4 import Keys, Signer, SigningTransport
from crmsync.errors import BatchRejectedError
from crmsync.interfaces import (
    Answer,
    CheckResult,
    Destination,
    Request,
    Response,
    Traffic,
    Transport,
)
from crmsync.transport.account import Account
from crmsync.transport.pacing import ALL, Rate
from crmsync.transport.redaction import reveal
from crmsync.transport.urls import Origin

UPSERT: Final = "upsert"
EVENT: Final = "event"
METHODS: Final = (UPSERT, EVENT)
# The verb, and JSON: "Salesmanago" among the integrations at https://datatalks.atlassian.net,
# space PI, read 2026-11-21. The document names neither.
_HEADERS: Final = {"content-type": "application/json"}
# What may stand in an address as it is; a percent sign is taken for an encoding.
_AS_IT_IS: Final = "/%:@!$&'()*+,;=?~"
NOTHING: Final = Answer(verified=True, status="nothing to send")


class DataTalks(Destination):
    """A Data Talks account. Credentials are looked up when they are first needed."""

    def __init__(self, settings: DataTalksSettings, context: Context, transport: Transport) -> None:
        self._settings = settings
        self._name = f"destinations.{context.name}"
        limit = settings.rate_limit
        self._account = Account(
            context,
            transport=_Signed(settings, context, transport),
            lanes={ALL: None if limit is None else Rate.parse(limit)},
            classify=classify,
        )
        self._paths = {UPSERT: encoded(settings.path), EVENT: encoded(settings.event_path)}

    @property
    def traffic(self) -> Traffic:
        """What its requests came to since it was opened."""
        return self._account.traffic

    def check(self) -> Iterator[CheckResult]:
        """Check what this machine knows; Data Talks documents no call that changes nothing."""
        for key in ("access_key_id", "secret_access_key", "session_token"):
            secret = getattr(self._settings, key)
            if secret is not None:
                yield credential(f"{self._name}: {key}", secret)
        yield not_verified(
            f"{self._name}: account",
            "Data Talks documents no call that changes nothing; "
            "the first run shows whether it takes the credentials",
        )

    def push(self, bodies: Sequence[bytes], *, method: str) -> Answer:
        """Send one encoded record; see `Destination.push`.

        A contact may be sent again after a lost answer. An event is not: it is `unknown`.
        Data of nothing but nulls makes no request.
        """
        (body,) = bodies
        document: dict[str, Any] = orjson.loads(body)
        if all(value is None for value in document[DATA].values()):
            return NOTHING
        if not document.get(GROUP_KEY):
            reason = f"{NO_GROUP_KEY}: Data Talks takes no request without a group key"
            raise BatchRejectedError(f"not sent: {reason}", reason=reason, refusals={0: reason})
        request = Request("POST", self._paths[method], _HEADERS, body)
        once = method == EVENT
        accept = partial(once_only, request) if once else Patience(request)
        return _receipt(self._account.call(request, accept=accept, once=once))

    def close(self) -> None:
        """Close its connections."""
        self._account.close()


class _Signed(Transport):
    """Signs with credentials that are looked up at the first request."""

    def __init__(self, settings: DataTalksSettings, context: Context, transport: Transport) -> None:
        self._settings = settings
        self._context = context
        self._transport = transport
        self._lock = threading.Lock()
        self._signing: SigningTransport | None = None

    @override
    def send(self, request: Request) -> Response:
        return self._opened().send(request)

    @override
    def close(self) -> None:
        self._transport.close()

    def _opened(self) -> SigningTransport:
        with self._lock:
            if self._signing is None:
                self._signing = self._open()
            return self._signing

    def _open(self) -> SigningTransport:
        settings = self._settings
        token = settings.session_token
        keys = Keys(
            reveal(settings.access_key_id),
            reveal(settings.secret_access_key),
            reveal(token) if token is not None else "",
        )
        return SigningTransport(
            self._context.name,
            origin=Origin.parse(settings.base_url),
            signer=Signer(keys, region=settings.signing_region, service=settings.service),
            clock=self._context.clock,
            transport=self._transport,
        )


def encoded(path: str) -> str:
    """A path, and query, as it is sent: what an address cannot have percent-encoded in UTF-8."""
    return quote(path, safe=_AS_IT_IS)


def _receipt(response: Response) -> Answer:
    """What to remember of an answer that takes a record: version 1 may say nothing at all."""
    reply = read_reply(response)
    status = f"{response.status} {reply.request_id}".rstrip()
    return Answer(verified=reply.success is True, status=status)
