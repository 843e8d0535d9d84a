"""Asks a running sandbox's control interface."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any, Final
from urllib.parse import urlsplit

_PATIENCE: Final = 60.0
"""Seconds: the first answer of a large world takes a while."""


def ask(url: str, path: str, document: Mapping[str, object] | None = None) -> Any:
    """The answer of `/_sandbox` and *path*: to a POST with a document, to a GET without.

    Args:
        url: The sandbox's base URL.
        path: Such as `/hubspot/change`.
        document: The body.

    Raises:
        ValueError: The sandbox refuses it; the message is its own.
        OSError: It does not answer.
    """
    connection = HTTPConnection(urlsplit(url).netloc, timeout=_PATIENCE)
    try:
        method, body = ("GET", None) if document is None else ("POST", json.dumps(document))
        connection.request(method, f"/_sandbox{path}", body, {"content-type": "application/json"})
        answer = connection.getresponse()
        told = json.loads(answer.read())
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise ValueError(told["message"])
    return told
