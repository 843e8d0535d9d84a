"""A receiver of webhooks: batches of records are posted to it, signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import uuid4

from crmsync.adapters import Context
from crmsync.destinations.checking import credential, not_verified
from crmsync.errors import ConfigError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Answer, CheckResult, Destination, Request, Traffic, Transport
from crmsync.transport.account import Account
from crmsync.transport.pacing import ALL, Rate
from crmsync.transport.redaction import reveal
from crmsync_webhook.answers import classify, vouches
from crmsync_webhook.settings import WebhookSettings
from crmsync_webhook.signing import ID, SigningTransport, key_of

METHODS: Final = ("upsert",)


class Webhook(Destination):
    """A receiver. Its secret is looked up when it is first needed."""

    def __init__(self, settings: WebhookSettings, context: Context, transport: Transport) -> None:
        self._settings = settings
        self._name = f"destinations.{context.name}"
        limit = settings.rate_limit
        self._account = Account(
            context,
            transport=SigningTransport(transport, self._key, context.clock),
            lanes={ALL: None if limit is None else Rate.parse(limit)},
            classify=classify,
        )

    @property
    def traffic(self) -> Traffic:
        """What its requests came to since it was opened."""
        return self._account.traffic

    def check(self) -> Iterator[CheckResult]:
        """Check the secret; a webhook has no call that changes nothing."""
        name = f"{self._name}: secret"
        found = credential(name, self._settings.secret)
        try:
            yield found._replace(message=f"{len(self._key())} bytes") if found.passed else found
        except ConfigError as error:
            wrong = error.problems[0].message
            yield CheckResult(name, False, wrong, error.hint, ExitCode.USAGE)  # noqa: FBT003 - not passed
        yield not_verified(
            f"{self._name}: receiver",
            "a webhook has no call that changes nothing; "
            "the first run shows whether it takes records",
        )

    def push(self, bodies: Sequence[bytes], *, method: str) -> Answer:
        """Post encoded records as one JSON array; see `Destination.push`."""
        del method  # there is one
        request = Request(
            "POST",
            self._settings.path,
            {"content-type": "application/json", ID: f"msg_{uuid4().hex}"},
            b"[" + b",".join(bodies) + b"]",
        )
        response = self._account.call(request)
        return Answer(verified=vouches(response), status=str(response.status))

    def close(self) -> None:
        """Close its connections."""
        self._account.close()

    def _key(self) -> bytes:
        return key_of(reveal(self._settings.secret))
