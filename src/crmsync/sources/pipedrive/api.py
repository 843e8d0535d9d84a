"""Pipedrive's calls: addresses in, checked JSON out, at the account's pace and within its day."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from crmsync.adapters import Context
from crmsync.durations import parse_duration
from crmsync.errors import FatalError
from crmsync.interfaces import Request, Response, Traffic, Transport
from crmsync.reports import JSONObject
from crmsync.sources.paging import Tokens
from crmsync.sources.pipedrive import endpoints
from crmsync.sources.pipedrive.budget import Budget, number
from crmsync.sources.pipedrive.endpoints import Asked, Endpoint, Parameter
from crmsync.sources.pipedrive.failures import BURST, Failures, budget_spent, seconds_to_reset
from crmsync.sources.pipedrive.objects import ObjectType
from crmsync.sources.pipedrive.settings import PipedriveSettings
from crmsync.sources.server_time import ServerTime
from crmsync.transport import strict
from crmsync.transport.account import Account
from crmsync.transport.pacing import ALL, Hint, Rate
from crmsync.transport.urls import Origin

_NO_HEADERS: Final[Mapping[str, str]] = {}
# The smallest plan's, by token and by OAuth: pipedrive.readme.io/docs/
# core-api-concepts-rate-limiting, read 2026-11-21. The headers tell what there really is.
TOKEN_BURST: Final = Rate(20, BURST)
OAUTH_BURST: Final = Rate(80, BURST)


class Me(NamedTuple):
    """Whose token it is.

    Attributes:
        company: The company's id; empty where it was not told.
        domain: The first part of the company's address; empty where it was not told.
        admin: Whether the user administers deals, and so sees every record; an administrator
            of the account's settings alone does not.
    """

    company: str = ""
    domain: str = ""
    name: str = ""
    admin: bool = False

    def url_prefix(self, kind: ObjectType) -> str:
        """What a record's address begins with, its id to follow; empty where unknown."""
        return f"https://{self.domain}.pipedrive.com/{kind.singular}/" if self.domain else ""


class Listing(NamedTuple):
    """One page as Pipedrive gave it. `cursor` is empty on the last one."""

    rows: Sequence[JSONObject]
    cursor: str


class PipedriveApi:
    """The calls that a read needs. Safe to use from several threads.

    Attributes:
        time: Pipedrive's clock.
        budget: The company's tokens.
    """

    def __init__(self, settings: PipedriveSettings, context: Context, transport: Transport) -> None:
        self.name = context.name
        self.overlap = parse_duration(settings.overlap)
        self.time = ServerTime(context.clock)
        self.budget = Budget(settings.daily_reserve)
        self._clock = context.clock
        self._origin = Origin.parse(settings.address)
        self._failures = Failures(context.name, context.clock)
        own = Rate.parse(settings.rate_limit) if settings.rate_limit else None
        burst = OAUTH_BURST if settings.is_oauth else TOKEN_BURST
        self._account = Account(
            context,
            transport=transport,
            lanes={ALL: own, "default": burst},
            classify=self._failures,
            learn=learn,
        )
        self._once: dict[Endpoint, Sequence[JSONObject]] = {}
        self._asking = {endpoint: threading.Lock() for endpoint in endpoints.ALL}

    @property
    def traffic(self) -> Traffic:
        """What the account's requests came to."""
        return self._account.traffic

    def close(self) -> None:
        """Close the connections."""
        self._account.close()

    def list(self, endpoint: Endpoint, asked: Asked) -> Listing:
        """One page of a list."""
        document = self._get(endpoint, asked)
        rows = document["data"]
        if not isinstance(rows, list) or not all(row.__class__ is dict for row in rows):
            raise self._no_page(endpoint)
        return Listing(rows, _next(document))

    def all(self, endpoint: Endpoint) -> Sequence[JSONObject]:
        """Every row of a small list (stages, fields …), asked for once a run."""
        return self._kept(endpoint, lambda: tuple(self._pages(endpoint)))

    def users(self) -> Sequence[JSONObject]:
        """Every user, deactivated ones too. The list has one page."""
        return self._kept(endpoints.USERS, lambda: self.list(endpoints.USERS, {}).rows)

    def me(self) -> Me:
        """Whose token it is, asked for once.

        Raises:
            FatalError: An answer that names no company: believed, it would take every record's
                address away, and nobody would know whose records they are.
        """
        (data,) = self._kept(endpoints.ME, self._me)
        access = data.get("access")
        apps = [app for app in access if isinstance(app, dict)] if isinstance(access, list) else []
        rules = any(app.get("app") == "sales" and app.get("admin") is True for app in apps)
        return Me(
            company=_text(data.get("company_id")),
            domain=_domain(_text(data.get("company_domain"))),
            name=_text(data.get("name")),
            admin=rules if apps else data.get("is_admin") in (1, True),
        )

    def _me(self) -> Sequence[JSONObject]:
        data = self._get(endpoints.ME, {})["data"]
        if not isinstance(data, dict) or not _text(data.get("company_id")):
            raise self._no_page(endpoints.ME)
        return (data,)

    def _kept(
        self, endpoint: Endpoint, ask: Callable[[], Sequence[JSONObject]]
    ) -> Sequence[JSONObject]:
        with self._asking[endpoint]:
            if endpoint not in self._once:
                self._once[endpoint] = ask()
            return self._once[endpoint]

    def _pages(self, endpoint: Endpoint) -> Iterator[JSONObject]:
        tokens = Tokens(self.name)
        asked = {Parameter.LIMIT: str(endpoints.PAGE)}
        while True:
            page = self.list(endpoint, asked)
            yield from page.rows
            if not page.cursor:
                return
            asked[Parameter.CURSOR] = tokens.add(page.cursor)

    def _get(self, endpoint: Endpoint, asked: Asked) -> JSONObject:
        if not self.budget.allows(endpoint):
            kept = f", {self.budget.reserve} are kept by daily_reserve" * (self.budget.reserve > 0)
            wait = seconds_to_reset(self._clock)
            raise budget_spent(self.name, f"{self.budget.left} left{kept}", wait, self._clock)
        url = self._origin.resolve(endpoints.target(endpoint, asked))
        request = Request("GET", url, _NO_HEADERS)
        documents: list[JSONObject] = []

        def accept(response: Response) -> None:
            self.budget.note(endpoint, response.headers)
            document = strict.loads(response.body, exact=True)
            if not isinstance(document, dict):
                raise self._no_page(endpoint)
            if document.get("success") is not True:
                raise self._failures.denied(request, response, document)
            if document.get("data") is None:
                raise self._failures.empty(request)
            documents.append(document)

        response = self._account.call(request, accept=accept)
        self.time.note(response.headers)
        return documents[-1]

    def _no_page(self, endpoint: Endpoint) -> FatalError:
        return FatalError(
            f"{self.name}: {urlsplit(endpoint.path).path} answered JSON that is no list of records",
            hint="check base_url; the answer is not one that Pipedrive gives",
        )


def learn(headers: Mapping[str, str]) -> Mapping[str, Hint]:
    """What an answer's headers tell of the burst limit, which is counted over two seconds."""
    limit = number(headers.get("x-ratelimit-limit"))
    if not limit:
        return {}
    reset = number(headers.get("x-ratelimit-reset"))
    remaining = number(headers.get("x-ratelimit-remaining"))
    return {"default": Hint(Rate(limit, BURST), remaining, None if reset is None else float(reset))}


def _next(document: JSONObject) -> str:
    """The next page's cursor; it is null or missing on the last page."""
    more = document.get("additional_data")
    cursor = more.get("next_cursor") if isinstance(more, dict) else None
    return "" if cursor is None else str(cursor)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _domain(text: str) -> str:
    """A company's domain, if it can be a part of an address."""
    return text if text.replace("-", "").isalnum() and text.isascii() else ""
