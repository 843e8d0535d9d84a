"""HubSpot's calls: addresses and bodies in, checked JSON out, at the account's pace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode, urlsplit

import orjson

from crmsync.adapters import Context
from crmsync.durations import parse_duration
from crmsync.errors import CrmsyncError, FatalError, StoppedError
from crmsync.exchanges import Exchange
from crmsync.interfaces import Request, Response, Traffic, Transport
from crmsync.reports import JSONObject
from crmsync.sources.hubspot.answers import (
    AccountInfo,
    Links,
    Listing,
    Unread,
    links_by_id,
    next_token,
    row_ids,
    token_at_end,
)
from crmsync.sources.hubspot.failures import Failures, MissingScopesError
from crmsync.sources.hubspot.objects import (
    BATCH_PAGE,
    HISTORY_PAGE,
    LIST_PAGE,
    OWNERS_PAGE,
    ObjectType,
    api_path,
)
from crmsync.sources.hubspot.settings import HubSpotSettings
from crmsync.sources.paging import Tokens
from crmsync.sources.server_time import ServerTime
from crmsync.transport import strict
from crmsync.transport.account import STALE, Account
from crmsync.transport.pacing import ALL, Hint, Rate
from crmsync.transport.redaction import reveal
from crmsync.transport.urls import Origin

_NO_HEADERS: Final[Mapping[str, str]] = {}
_DICT: Final = frozenset({dict})
_JSON: Final = {"Content-Type": "application/json"}
_OF_TOKENS: Final = "/oauth/v2/private-apps/get/access-token-info"
_TOKEN_ROOM: Final = 32
"""Bytes that a page token may add to an address; they are ids, of about 12 digits."""

# Free and Starter accounts, the smallest allowance: developers.hubspot.com/docs, "API usage
# guidelines and limits", read 2026-11-21. The headers tell what the account really has.
_BURST: Final = Rate(100, 10.0)
# Search has 5 a second for all programs of an account together (same page), and tells
# nothing of it in headers. One of them is left to the others.
_SEARCH: Final = Rate(4, 1.0)
SEARCH_LANE: Final = "search"


class HubSpotApi:
    """The calls that a read needs. Safe to use from several threads.

    Attributes:
        time: HubSpot's clock.
    """

    def __init__(self, settings: HubSpotSettings, context: Context, transport: Transport) -> None:
        self.name = context.name
        self.overlap = parse_duration(settings.overlap)
        self._settings = settings
        self._origin = Origin.parse(settings.base_url)
        self._failures = Failures(context.name, context.clock)
        own = Rate.parse(settings.rate_limit) if settings.rate_limit else None
        self._account = Account(
            context,
            transport=transport,
            lanes={ALL: own, "default": _BURST, SEARCH_LANE: _SEARCH},
            classify=self._failures,
            learn=learn,
        )
        self.time = ServerTime(context.clock)
        self._info: AccountInfo | None = None

    @property
    def traffic(self) -> Traffic:
        """What the account's requests came to."""
        return self._account.traffic

    def close(self) -> None:
        """Close the connections."""
        self._account.close()

    def fits(self, kind: ObjectType, properties: Sequence[str]) -> bool:
        """Whether a list's address with these properties is short enough to send."""
        url = self.list_url(kind, properties, history=kind.history, limit=LIST_PAGE)
        return len(url) + _TOKEN_ROOM <= self._settings.max_url_bytes

    def list(self, url: str) -> Listing:
        """One page of all records, by id, current to the moment. *url* is a `list_url`."""
        return self._records(self._get(url), url)

    def ask(self, url: str) -> Exchange[Unread]:
        """As `list`, for who asks for the next page before reading this one.

        The request leaves; the page comes when it is asked for, and raises what a call does.
        """
        after = ""

        def accept(response: Response) -> None:
            nonlocal after
            after = token_at_end(response.body)
            if not after:  # the last page, or one cut off
                document = strict.loads(response.body, exact=True)
                after = next_token(self._object(document, url))

        def page() -> Unread:
            response = call.answer()
            if self.time.monotonic() - asked < STALE:  # else it may have lain
                self.time.note(response.headers)
            return Unread(url, response.body, after)

        asked = self.time.monotonic()
        call = self._account.begin(Request("GET", url, _NO_HEADERS), accept=accept)
        return Exchange(page, call.drop)

    def read(self, page: Unread) -> Listing:
        """What `list` would have given.

        Raises:
            MalformedError: It is no page, though it ends like one: `list` asks again for it.
        """
        try:
            document = strict.loads(page.body, exact=True)
        except strict.MalformedError as error:
            self._account.ask_again(error)
            raise
        return self._records(self._object(document, page.url), page.url)

    def search(self, kind: ObjectType, body: JSONObject) -> Listing:
        """One page of a search. Its index lags behind writes."""
        url = f"{self._path('objects', kind)}/search"
        return self._records(self._post(url, body, lane=SEARCH_LANE), url)

    def count(self, kind: ObjectType, groups: Sequence[Sequence[JSONObject]] = ()) -> int | None:
        """How many live records match any of the groups of filters; all of them without."""
        body: JSONObject = {"limit": 1, "properties": []}
        if groups:
            body["filterGroups"] = [{"filters": list(group)} for group in groups]
        return self.search(kind, body).total

    def batch_read(
        self,
        kind: ObjectType,
        ids: Sequence[str],
        properties: Sequence[str],
        *,
        archived: bool = False,
        history: Sequence[str] = (),
    ) -> Sequence[JSONObject]:
        """Records by id, in no certain order; ids that are gone are left out.

        At most 100, with a history 50.
        """
        url = f"{self._path('objects', kind)}/batch/read?archived={str(archived).lower()}"
        most = HISTORY_PAGE if history else BATCH_PAGE
        inputs = [{"id": one} for one in dict.fromkeys(ids[:most])]
        body: JSONObject = {"inputs": inputs, "properties": list(properties)}
        if history:
            body["propertiesWithHistory"] = list(history)
        return self._records(self._post(url, body, whole=True), url).rows

    def associations(
        self, kind: ObjectType, other: ObjectType, inputs: Mapping[str, str]
    ) -> Mapping[str, Links]:
        """What records are associated with, by their ids; those with nothing are absent.

        Args:
            kind: What the records are.
            other: What they are associated with.
            inputs: The records' ids, at most 1,000, each with the token of the page that is
                wanted, empty for the first.
        """
        url = f"{self._path('associations', kind)}/{other.table}/batch/read"
        asked = [{"id": one, **({"after": at} if at else {})} for one, at in inputs.items()]
        document = self._post(url, {"inputs": asked}, whole=True)
        rows = self._listing(document, url).rows
        return links_by_id(rows)

    def pipelines(self, kind: ObjectType) -> Sequence[JSONObject]:
        """Every pipeline with its stages."""
        url = self._path("pipelines", kind)
        return self._listing(self._get(url), url).rows

    def owners(self, *, archived: bool) -> Iterator[JSONObject]:
        """Every owner that is active, or every one that is not."""
        tokens = Tokens(self.name)
        after = ""
        while True:
            query = {"limit": OWNERS_PAGE, "archived": str(archived).lower()}
            url = (
                f"{self._path('owners')}?{urlencode({**query, 'after': after} if after else query)}"
            )
            page = self._listing(self._get(url), url)
            yield from page.rows
            if not page.after:
                return
            after = tokens.add(page.after)

    def properties(self, kind: ObjectType) -> Sequence[JSONObject]:
        """The object's own fields, as HubSpot describes them."""
        url = self._path("properties", kind)
        return self._listing(self._get(url), url).rows

    def account_info(self) -> AccountInfo:
        """The account's id and the host of its pages, asked for once.

        A token without the right to ask is no failure: records then have no address.

        Raises:
            FatalError: An answer that names no account: believed, it would take every record's
                address away, and nobody would know whose records they are.
        """
        if self._info is None:
            self._info = self._ask_account()
        return self._info

    def _ask_account(self) -> AccountInfo:
        url = self._path("account")
        try:
            details = self._get(url)
        except MissingScopesError:
            return AccountInfo("", "")
        number = str(details.get("portalId"))
        if not number.isdigit():
            raise self._strange(url, "account")
        self._failures.time_zone = str(details.get("timeZone") or "")
        return AccountInfo(number, str(details.get("uiDomain") or ""))

    def scopes(self) -> Sequence[str]:
        """The scopes that the token has; none where HubSpot does not tell.

        It tells of private apps' tokens, as issues of public projects quote its page on these
        (2026-11-22; the page was not read). Of a service key's it may not: that is no failure.
        """
        body: JSONObject = {"tokenKey": reveal(self._settings.access_token)}
        try:
            told = self._post(self._origin.resolve(_OF_TOKENS), body).get("scopes")
        except StoppedError:
            raise
        except CrmsyncError:
            return ()
        return [one for one in told if isinstance(one, str)] if isinstance(told, list) else ()

    def list_url(
        self,
        kind: ObjectType,
        properties: Sequence[str],
        *,
        after: str = "",
        archived: bool = False,
        history: Sequence[str] = (),
        limit: int,
    ) -> str:
        """Where a page of all records is asked for, by its token."""
        query = {"limit": str(limit), "properties": ",".join(properties)}
        if history:
            query["propertiesWithHistory"] = ",".join(history)
        if archived:
            query["archived"] = "true"
        if after:
            query["after"] = after
        return f"{self._path('objects', kind)}?{urlencode(query, safe=',')}"

    def _path(self, what: str, kind: ObjectType | None = None) -> str:
        name = kind.table if kind else ""
        return self._origin.resolve(api_path(what, self._settings.api_version, name))

    def _get(self, url: str) -> JSONObject:
        return self._call(Request("GET", url, _NO_HEADERS), lane="default")

    def _post(
        self, url: str, body: JSONObject, *, lane: str = "default", whole: bool = False
    ) -> JSONObject:
        """The answer to a body. *whole*: one in which something failed is asked for again."""
        request = Request("POST", url, _JSON, orjson.dumps(body))
        return self._call(request, lane=lane, whole=whole)

    def _call(self, request: Request, *, lane: str, whole: bool = False) -> JSONObject:
        documents: list[object] = []

        def accept(response: Response) -> None:
            document = strict.loads(response.body, exact=True)
            if whole and (error := self._failures.partial(request, document)):
                raise error
            documents.append(document)

        response = self._account.call(request, lane=lane, accept=accept)
        self.time.note(response.headers)
        return self._object(documents[-1], request.url)

    def _object(self, document: object, url: str) -> JSONObject:
        if not isinstance(document, dict):
            raise self._strange(url, "page of records")
        return document

    def _records(self, document: JSONObject, url: str) -> Listing:
        """A page of records. One whose id is none would be asked for by it, in vain, for ever."""
        page = self._listing(document, url)
        if not all(map(str.isdecimal, row_ids(page.rows))):
            raise FatalError(
                f"{self.name}: HubSpot gave a record without an id ({urlsplit(url).path})",
                hint="nothing of that page was used. Run again; if it comes again, check base_url, "
                "and what stands between (a proxy)",
            )
        return page

    def _listing(self, document: JSONObject, url: str) -> Listing:
        rows, total = document.get("results"), document.get("total")
        if not isinstance(rows, list) or not _DICT.issuperset(map(type, rows)):
            raise self._strange(url, "page of records")
        return Listing(rows, next_token(document), total if isinstance(total, int) else None)

    def _strange(self, url: str, wanted: str) -> FatalError:
        return FatalError(
            f"{self.name}: {urlsplit(url).path} answered JSON that is no {wanted}",
            hint="check base_url and api_version; the answer is not one that HubSpot gives",
        )


def learn(headers: Mapping[str, str]) -> Mapping[str, Hint]:
    """What an answer's headers tell of the burst limit. A search's tell nothing.

    `X-HubSpot-RateLimit-*`: developers.hubspot.com/docs, "API usage guidelines and limits",
    read 2026-11-21.
    """
    limit = _number(headers.get("x-hubspot-ratelimit-max"))
    interval = _number(headers.get("x-hubspot-ratelimit-interval-milliseconds"))
    if not limit or not interval:
        return {}
    remaining = _number(headers.get("x-hubspot-ratelimit-remaining"))
    return {"default": Hint(Rate(limit, interval / 1000), remaining)}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < _TOKEN_ROOM else None
