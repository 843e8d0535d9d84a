"""Signatures by Standard Webhooks, with the symmetric scheme `v1`.

Facts are from "Standard Webhooks", version 1.0.0,
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, read
2026-11-21.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from typing import Final

from typing_extensions import override

from crmsync.errors import ConfigError
from crmsync.interfaces import Clock, Request, Response, Transport
from crmsync.receipts import Problem

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"

_PREFIX: Final = "whsec_"
# "Random. At least 24 bytes (192 bits, 512 maximum)".
_SHORTEST, _LONGEST = 24, 64


def key_of(secret: str) -> bytes:
    """The bytes of a serialized secret.

    Raises:
        ConfigError: It is none. The message does not hold it.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if secret.startswith(_PREFIX) and _SHORTEST <= len(key) <= _LONGEST:
        return key
    wrong = f"is not {_PREFIX} and {_SHORTEST} to {_LONGEST} bytes in base64"
    raise ConfigError(
        [Problem("secret", "secret_unavailable", wrong)],
        hint="copy it whole; `python -m crmsync_webhook` makes one",
    )


def signature(key: bytes, message: str, stamp: str, body: bytes) -> str:
    """What `webhook-signature` says for a message's id, its time in seconds and its body."""
    signed = hmac.digest(key, f"{message}.{stamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"


class SigningTransport(Transport):
    """Signs each request as it leaves: a retry has the same id and body, and its own time."""

    def __init__(self, transport: Transport, key: Callable[[], bytes], clock: Clock) -> None:
        self._transport = transport
        self._key = key
        self._clock = clock

    @override
    def send(self, request: Request) -> Response:
        stamp = str(int(self._clock.now().timestamp()))
        signed = signature(self._key(), request.headers[ID], stamp, request.body)
        headers = {**request.headers, TIMESTAMP: stamp, SIGNATURE: signed}
        return self._transport.send(request._replace(headers=headers))

    @override
    def close(self) -> None:
        self._transport.close()
