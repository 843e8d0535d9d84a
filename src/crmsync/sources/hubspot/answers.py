"""What HubSpot's answers hold, as values."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from crmsync.reports import JSONObject
from crmsync.sources.hubspot.objects import ObjectType

_PAGING: Final = b',"paging":'
_END: Final = 20_000
"""Bytes in which a page's `paging` stands: its link is as long as the longest address."""
_TEXT: Final = frozenset({str})


class AccountInfo(NamedTuple):
    """What is known of a HubSpot account; both empty where the token may not ask."""

    portal: str = ""
    ui: str = ""

    def url_prefix(self, kind: ObjectType) -> str:
        """What a record's address begins with, its id to follow; empty where unknown."""
        if not self.portal or not self.ui:
            return ""
        return f"https://{self.ui}/contacts/{self.portal}/record/{kind.type_id}/"


class Listing(NamedTuple):
    """One page as HubSpot gave it.

    Attributes:
        rows: The records.
        after: The token of the next page, empty on the last one.
        total: The count of all that match; search alone has one.
    """

    rows: Sequence[JSONObject]
    after: str
    total: int | None


class Unread(NamedTuple):
    """One page of a list as it came.

    Attributes:
        url: Where it came from.
        body: HubSpot's answer.
        after: The token of the next page, as far as the answer's end tells it; empty where it
            does not. Only who reads the page knows whether it is true.
    """

    url: str
    body: bytes
    after: str


class Links(NamedTuple):
    """The associations of one record, or a page of them.

    Attributes:
        targets: Each associated record's id and what the association is.
        after: The token of the next page, empty where these were the last.
    """

    targets: Sequence[tuple[str, Sequence[JSONObject]]]
    after: str


def next_token(document: JSONObject) -> str:
    """The next page's token. Its `link` is never followed: it could lead to another host."""
    token = _dict(_dict(document.get("paging")).get("next")).get("after")
    return "" if token is None else str(token)


def token_at_end(body: bytes) -> str:
    """The next page's token where a page's last key is `paging`, as it is in HubSpot's."""
    at = body.rfind(_PAGING, -_END) + len(_PAGING)
    try:
        return next_token({"paging": orjson.loads(body[at:-1])}) if at >= len(_PAGING) else ""
    except ValueError:
        return ""


def links_by_id(rows: Sequence[JSONObject]) -> Mapping[str, Links]:
    """The results of an associations batch, by the id of the record that they are of."""
    return {str(_dict(row.get("from")).get("id")): _links(row) for row in rows}


def _links(row: JSONObject) -> Links:
    """One result of an associations batch. `toObjectId` came as a number (observed)."""
    to = row.get("to")
    targets = [
        (str(one.get("toObjectId")), _dicts(one.get("associationTypes")))
        for one in (to if isinstance(to, list) else ())
        if isinstance(one, dict) and one.get("toObjectId") is not None
    ]
    return Links(targets, next_token(row))


def _dict(value: object) -> JSONObject:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> Sequence[JSONObject]:
    """The objects of a list; nothing where it is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def row_id(row: JSONObject) -> str:
    """A row's id as text; empty where it has none that could be one."""
    value = row.get("id")
    if value.__class__ is str or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    return ""


def row_ids(rows: Sequence[JSONObject]) -> Sequence[str]:
    """Each row's `row_id`."""
    ids: list[Any] = [row.get("id") for row in rows]
    return ids if _TEXT.issuperset(map(type, ids)) else [*map(row_id, rows)]
