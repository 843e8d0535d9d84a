"""Laws of secrets: they leave in a request, and turn up nowhere else."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest

from crmsync.errors import BatchRejectedError, CrmsyncError
from crmsync.interfaces import Response
from crmsync.testing.destinations.platform import NOWHERE, Platform
from crmsync.transport.redaction import RedactingFilter

STATUSES = [200, 302, 400, 401, 403, 404, 405, 409, 413, 415, 418, 422, 500, 503]


class SecrecyLaws(Platform):
    """No secret in a repr, an error, an answer, a log or an address."""

    @pytest.mark.parametrize("status", STATUSES)
    def test_no_error_holds_a_secret(self, status: int) -> None:
        """Also where the platform echoes what it was sent."""
        echo = Response(status, {"location": f"/?{self.secrets[0]}"}, self._echo)
        error, _ = self.fails(CrmsyncError, [echo])
        assert self._found(_told(error)) == []

    def test_no_log_holds_a_secret(self) -> None:
        """Of any library, at any level, past the filter that every handler has."""
        busy = Response(503, {"x-echo": self.secrets[0]}, self._echo)
        with self.at([busy, self.taken((0,))]) as (destination, _), _log() as lines:
            answer = self.push(destination, method=self.repeatable())
            list(destination.check())
        assert lines
        assert self._found("\n".join([*lines, answer.status])) == []

    def test_no_repr_holds_a_secret(self) -> None:
        """Of the settings, or of an account in use."""
        with self.at([self.taken((0,))]) as (destination, server):
            self.push(destination)
            shown = f"{destination!r} {destination} {self.settings(server.url)!r}"
            assert self._found(f"{shown} {self.settings(server.url)}") == []

    def test_no_address_holds_a_secret(self) -> None:
        """What stands between writes addresses to its logs."""
        with self.at([self.taken((0,))]) as (destination, server):
            self.push(destination)
        assert [self._found(request.target) for request in server.received] == [[]]

    def test_every_credential_may_be_a_reference(self) -> None:
        """Else people must write it into the file, where a copy of the file holds it."""
        for key, value in self.table().items():
            if value in self.secrets:
                settings = self.settings(NOWHERE, **{key: "${CRMSYNC_NO_SUCH_VARIABLE}"})
                assert "Secret(" in repr(getattr(settings, key)), key

    @property
    def _echo(self) -> bytes:
        return " ".join(self.secrets).encode()

    def _found(self, text: str) -> list[str]:
        """The secrets that a text holds, in whatever form."""
        return [one for one in self.secrets if any(form in text for form in _forms(one))]


def _forms(secret: str) -> set[str]:
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, quote(secret, safe=""), encoded}


def _told(error: CrmsyncError) -> str:
    said = f"{error} {error.message} {error.hint} {error!r}"
    if isinstance(error, BatchRejectedError):
        said += f" {error.reason} {error.refusals}"
    return said


@contextmanager
def _log() -> Iterator[list[str]]:
    """What every library writes meanwhile, as the command line writes it."""
    lines: list[str] = []
    handler = _Kept(lines)
    handler.addFilter(RedactingFilter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


class _Kept(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.NOTSET)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line, with its values."""
        self._lines.append(f"{self.format(record)} {record.__dict__}")
