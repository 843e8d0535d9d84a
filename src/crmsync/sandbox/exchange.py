"""Requests and answers as values, and what a simulator is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias
from urllib.parse import parse_qsl

import orjson

JSONObject: TypeAlias = dict[str, Any]
"""Foreign JSON, not checked yet."""

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
JSON_TYPE = b"application/json;charset=utf-8"
HTML_TYPE = b"text/html; charset=utf-8"


class Request(NamedTuple):
    """One request.

    Attributes:
        path: Without the system's prefix.
        query: The raw query string.
        headers: Lower-case names; of repeated ones the last.
        body: All of it, as sent.
        base_url: Where the system is, as the client addressed it.
        target_bytes: Length of the request target, prefix left out.
        raw_path: As sent, still encoded, prefix included: what a client signs.
    """

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes
    base_url: str
    target_bytes: int
    raw_path: bytes = b""

    def parameters(self) -> dict[str, list[str]]:
        """The query's parameters, values of repeated ones in order."""
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.query.decode("latin-1"), keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return found


class Answer(NamedTuple):
    """One answer. Content-Length is added by the server."""

    status: int
    body: bytes = b""
    content_type: bytes = JSON_TYPE
    headers: Headers = ()

    @classmethod
    def json(cls, status: int, value: object, headers: Headers = ()) -> Answer:
        """An answer with a JSON body."""
        return cls(status, orjson.dumps(value), JSON_TYPE, headers)

    @classmethod
    def html(cls, status: int, title: str, headers: Headers = ()) -> Answer:
        """A web page, as edges and gateways answer."""
        page = (
            f"<!doctype html><html><head><title>{title}</title></head><body>{title}</body></html>"
        )
        return cls(status, page.encode(), HTML_TYPE, headers)


class RefusedError(Exception):
    """Ends the handling of a request with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class ControlError(Exception):
    """A control request asks for what cannot be; the message says what can."""


class Simulator(Protocol):
    """One simulated system, mounted under its name."""

    @abstractmethod
    def kind(self, request: Request) -> str:
        """What the request asks for, in a word, for the counts (`list`, `search`)."""

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """Handle a request as the vendor would."""

    @abstractmethod
    def failure(self, status: int, headers: Headers) -> Answer:
        """The vendor's body for an injected 401, 429 or 500."""

    @abstractmethod
    def control(self, method: str, path: str, body: JSONObject) -> Answer:
        """Handle a request to `/_sandbox/<system>` + path.

        Raises:
            ControlError: The body asks for what cannot be.
            LookupError: There is nothing at the path.
        """
