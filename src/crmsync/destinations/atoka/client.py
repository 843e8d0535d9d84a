"""Requests to an Atoka account: parameters to bytes, answers to JSON objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

from typing_extensions import override

from crmsync.adapters import Context
from crmsync.destinations.atoka.answers import classify, document_of
from crmsync.destinations.atoka.settings import AtokaSettings
from crmsync.durations import parse_duration
from crmsync.interfaces import Request, Response, Traffic, Transport
from crmsync.transport.account import Account
from crmsync.transport.http import HttpTransport
from crmsync.transport.pacing import ALL, Rate
from crmsync.transport.redaction import reveal

Parameters: TypeAlias = Iterable[tuple[str, str]]

# The document's examples send parameters by curl's `-d`, and by `-G` where they read: Lead
# Events, read 2026-11-21.
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


class Client:
    """The way to one account. The token is looked up when it is first needed.

    The token stands in the body of what writes, in the query of what reads or deletes; no
    message, log line or repr of crmsync has a query.
    """

    def __init__(self, settings: AtokaSettings, context: Context, transport: Transport) -> None:
        self._settings = settings
        limit = settings.rate_limit
        self._account = Account(
            context,
            transport=transport,
            lanes={ALL: None if limit is None else Rate.parse(limit)},
            classify=classify,
        )

    @property
    def traffic(self) -> Traffic:
        """What its requests came to since it was opened."""
        return self._account.traffic

    def close(self) -> None:
        """Close its connections."""
        self._account.close()

    def create(self, path: str, parameters: Parameters) -> Mapping[str, Any]:
        """Send what must not arrive twice: again only after tries that surely did not arrive."""
        body = self._encoded(parameters, user=True).encode("ascii")
        return self._answer(Request("POST", path, _FORM, body), once=True)

    def change(self, path: str, parameters: Parameters) -> Mapping[str, Any]:
        """Send what comes to the same however often it arrives."""
        body = self._encoded(parameters, user=True).encode("ascii")
        return self._answer(Request("PUT", path, _FORM, body))

    def delete(self, path: str, parameters: Parameters = ()) -> None:
        """Delete; whatever is answered with a 2xx is one: its form is not documented."""
        query = self._encoded(parameters, user=True)
        self._account.call(Request("DELETE", f"{path}?{query}", {}))

    def read(
        self, path: str, parameters: Parameters = (), *, user: bool = True
    ) -> Mapping[str, Any]:
        """Ask.

        Args:
            path: After the base URL's own.
            parameters: In the query; 4,000 bytes of them are sure to be taken.
            user: Whether the call is made in the user's name, as every one is but sync.
        """
        query = self._encoded(parameters, user=user)
        return self._answer(Request("GET", f"{path}?{query}", {}))

    def _encoded(self, parameters: Parameters, *, user: bool) -> str:
        given = [("token", reveal(self._settings.token))]
        if user and self._settings.app_user_id is not None:
            given.append(("appUserId", self._settings.app_user_id))
        return urlencode([*given, *parameters], errors="replace")

    def _answer(self, request: Request, *, once: bool = False) -> Mapping[str, Any]:
        answers: list[Mapping[str, Any]] = []

        def accept(response: Response) -> None:
            answers.append(document_of(response))

        self._account.call(request, accept=accept, once=once)
        return answers[-1]


class Doors(Transport):
    """Creates over fresh connections, does everything else over kept ones.

    A kept connection may break just when it is used, and leave it open whether the request
    arrived.
    """

    def __init__(self, fresh: Transport, kept: Transport) -> None:
        self._fresh = fresh
        self._kept = kept

    @override
    def send(self, request: Request) -> Response:
        return (self._fresh if request.method == "POST" else self._kept).send(request)

    @override
    def close(self) -> None:
        self._fresh.close()
        self._kept.close()


def open_client(settings: AtokaSettings, context: Context) -> Client:
    """Open an account. Nothing is sent, and no credential looked up, before the first call."""
    timeout = parse_duration(settings.timeout)
    fresh = HttpTransport(settings.base_url, timeout=timeout, keep_alive=False)
    kept = HttpTransport(settings.base_url, timeout=timeout)
    return Client(settings, context, Doors(fresh, kept))


def several(values: Iterable[str]) -> str:
    """Values as one parameter: commas between them, one that has a comma in double quotes.

    https://developers.atoka.io/v2/index.html, read 2026-11-21.
    """
    return ",".join(
        '"' + value.replace('"', '""') + '"' if "," in value or '"' in value else value
        for value in values
    )
