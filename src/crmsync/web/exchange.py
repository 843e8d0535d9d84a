"""Requests and answers of the status page, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from crmsync.values import Value

HTML: Final = "text/html; charset=utf-8"
TEXT: Final = "text/plain; charset=utf-8"

FIELDS: Final = 20
"""More names than any form or address of the page has."""


class Request(Value):
    """One request, read whole.

    Attributes:
        headers: Names in lower case. None comes twice of those that anything is decided by.
        peer: Whom it came from; empty behind a unix socket.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer: str = ""

    @property
    def path(self) -> str:
        """The address without what follows the question mark."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> Mapping[str, str]:
        """What follows the question mark; of a name that comes twice the last."""
        return _pairs(self.target.partition("?")[2])

    @property
    def form(self) -> Mapping[str, str]:
        """The form that it carries; empty where it is none."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            return {}
        return _pairs(self.body.decode("ascii", "replace"))

    def header(self, name: str) -> str:
        """A header's value, empty where it is not there."""
        return self.headers.get(name, "")


class Response(NamedTuple):
    """One answer.

    Attributes:
        headers: Beside those that every answer has.
        hold: Seconds to wait before it is given.
    """

    status: int
    body: str = ""
    kind: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    hold: float = 0.0


class RefusedError(Exception):
    """Ends the handling of a request: a person, or a program, is told why.

    Attributes:
        status: The HTTP status.
        message: What is wrong, and what to do. One line.
        title: The same in a few words.
        retry_after: Seconds after which it may go well; 0 where waiting does not help.
        hold: Seconds to wait before it is told.
    """

    def __init__(
        self, status: int, title: str, message: str, *, retry_after: int = 0, hold: float = 0.0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.title = title
        self.message = message
        self.retry_after = retry_after
        self.hold = hold


def see_other(target: str, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """Go there, with GET. *target* is an address of the page's own, or "/" is gone to."""
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    place = target if safe and target.isascii() else "/"
    return Response(303, headers=(("Location", place), *headers))


def _pairs(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS))
    except ValueError as error:
        raise RefusedError(400, "Too many fields", "no form of this page has so many") from error
