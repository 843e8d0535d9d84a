"""What a list request asks for, read strictly: a known parameter that is wrong is a 400.

Names, bounds and defaults are from the reference of `GET /api/v2/deals` and its siblings, read
2026-11-21. Unknown parameters are ignored without a word (observed in production).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import orjson

from crmsync.sandbox.exchange import Request
from crmsync.sandbox.pipedrive import moments
from crmsync.sandbox.pipedrive.refusals import invalid
from crmsync.sandbox.pipedrive.schema import OPTIONAL

MAX_PAGE: Final = 500
DEFAULT_PAGE: Final = 100
MAX_IDS: Final = 100
MAX_CUSTOM_FIELDS: Final = 15
STATUSES: Final = ("open", "won", "lost", "deleted")

_SORTS: Final = ("id", "update_time", "add_time")
_EQUALS: Final[Mapping[str, tuple[str, ...]]] = {
    "deals": ("owner_id", "person_id", "org_id", "pipeline_id", "stage_id"),
    "organizations": ("owner_id",),
    "persons": ("owner_id", "org_id"),
}
_BOOLEANS: Final = {"": False, "false": False, "0": False, "true": True, "1": True}
# Longer numbers are no ids anywhere, and Python refuses to read very long ones.
_WHOLE: Final = re.compile(r"\d{1,18}", re.ASCII)

Parameters = Mapping[str, str]


class Key(NamedTuple):
    """Where a page ends: the last record's sort value and id."""

    value: int
    id: int


class Shape(NamedTuple):
    """What a record in an answer has beyond or short of the default.

    Attributes:
        custom: Keys of the custom fields that are wanted; None for all.
        extra: Optional fields that are wanted.
        labels: Whether options come as objects with their label.
    """

    custom: frozenset[str] | None = None
    extra: tuple[str, ...] = ()
    labels: bool = False


class Query(NamedTuple):
    """A list request.

    Attributes:
        since: Seconds; only records updated then or later.
        until: Seconds; only records updated before.
        equals: Field name to the id that it must hold.
        statuses: Of deals; empty for all that are not deleted.
    """

    limit: int
    after: Key | None
    ids: frozenset[int] | None
    sort: str
    descending: bool
    since: int | None
    until: int | None
    equals: Mapping[str, int]
    statuses: frozenset[str]


def given(request: Request) -> dict[str, str]:
    """The query's parameters, the last one of repeated ones."""
    return {name: values[-1] for name, values in request.parameters().items()}


def read_query(name: str, parameters: Parameters) -> Query:
    """Read what a list of an object is asked for.

    Raises:
        RefusedError: A known parameter has a wrong value.
    """
    if "filter_id" in parameters:
        raise invalid("filter_id", "filter not found: this company has no filters")
    sort = _one_of(parameters, "sort_by", _SORTS)
    direction = _one_of(parameters, "sort_direction", ("asc", "desc"))
    return Query(
        limit=read_limit(parameters),
        after=_after(parameters, f"{name} {sort} {direction}"),
        ids=_ids(parameters),
        sort=sort,
        descending=direction == "desc",
        since=_moment(parameters, "updated_since"),
        until=_moment(parameters, "updated_until"),
        equals={key: _whole(key, parameters[key]) for key in _EQUALS[name] if key in parameters},
        statuses=_statuses(parameters) if name == "deals" else frozenset(),
    )


def read_shape(name: str, parameters: Parameters) -> Shape:
    """Read how the records are wanted.

    Raises:
        RefusedError: Too many custom fields, or an optional field that there is not.
    """
    custom = None
    if "custom_fields" in parameters:
        custom = frozenset(filter(None, parameters["custom_fields"].split(",")))
        if len(custom) > MAX_CUSTOM_FIELDS:
            raise invalid("custom_fields", f"must contain at most {MAX_CUSTOM_FIELDS} keys")
    extra = tuple(filter(None, parameters.get("include_fields", "").split(",")))
    for field in extra:
        if field not in OPTIONAL[name]:
            raise invalid("include_fields", f"'{field}' is not one of the optional fields")
    text = parameters.get("include_option_labels", "").lower()
    if text not in _BOOLEANS:
        raise invalid("include_option_labels", "must be a boolean")
    return Shape(custom, extra, _BOOLEANS[text])


def read_limit(parameters: Parameters) -> int:
    """The page's size.

    Raises:
        RefusedError: It is none, or too large.
    """
    text = parameters.get("limit", str(DEFAULT_PAGE))
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= MAX_PAGE:
        raise invalid("limit", f"must be a whole number between 1 and {MAX_PAGE}")
    return int(text)


def cursor(scope: str, key: Key) -> str:
    """An opaque mark of where a page ends; it fits lists of the same *scope* only."""
    return base64.urlsafe_b64encode(orjson.dumps([scope, *key])).decode()


def read_cursor(scope: str, text: str) -> Key:
    """The key in a cursor of that scope.

    Raises:
        RefusedError: It is not one.
    """
    try:
        found = orjson.loads(base64.urlsafe_b64decode(text.encode()))
    except (binascii.Error, orjson.JSONDecodeError) as error:
        raise invalid("cursor", "is not a valid cursor") from error
    match found:
        case [str(its), int(value), int(last)] if its == scope:
            return Key(value, last)
        case _:
            raise invalid("cursor", "is not a cursor of this list")


def _after(parameters: Parameters, scope: str) -> Key | None:
    text = parameters.get("cursor")
    return read_cursor(scope, text) if text else None


def _ids(parameters: Parameters) -> frozenset[int] | None:
    if "ids" not in parameters:
        return None
    texts = parameters["ids"].split(",")
    if len(texts) > MAX_IDS:
        raise invalid("ids", f"must contain at most {MAX_IDS} items")
    return frozenset(_whole("ids", text) for text in texts)


def _whole(name: str, text: str) -> int:
    if not _WHOLE.fullmatch(text.strip()):
        raise invalid(name, "must be a number")
    return int(text)


def _one_of(parameters: Parameters, name: str, choices: tuple[str, ...]) -> str:
    """The choice; the first one is the default."""
    text = parameters.get(name, choices[0])
    if text not in choices:
        raise invalid(name, f"must be one of {', '.join(choices)}")
    return text


def _moment(parameters: Parameters, name: str) -> int | None:
    text = parameters.get(name)
    if text is None:
        return None
    try:
        return moments.parse(text)
    except ValueError as error:
        # Fractions of a second were refused in production, though RFC 3339 has them.
        raise invalid(name, f"'{text}' is not a valid datetime") from error


def _statuses(parameters: Parameters) -> frozenset[str]:
    texts = frozenset(parameters["status"].split(",")) if "status" in parameters else frozenset()
    for text in texts:
        if text not in STATUSES:
            raise invalid("status", f"must be one of {', '.join(STATUSES)}")
    return texts
