"""Which call a method and a path are, and the parameters it has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from crmsync.sandbox.atoka.refusals import refused


class Route(NamedTuple):
    """One call.

    Attributes:
        kind: Its name.
        parameters: Those it has besides `token` (and `appUserId`, where it has a user).
        user: Whether it is made in a user's name.
    """

    kind: str
    parameters: frozenset[str] = frozenset()
    user: bool = True


class Call(NamedTuple):
    """A route that was found, and the id in its path (0 where it has none)."""

    route: Route
    number: int


_PAGE: Final = ("offset", "limit")
_NOTE: Final = ("note", "date")
_ASSIGNEE: Final = ("leadAssignee", "leadAssigneeRemove")
_NUMBERS: Final = ("ids", "vat", "taxIds", "regNumbers")

_CREATE: Final = Route("create", frozenset({"lead", "type", "status", *_NOTE, *_ASSIGNEE}))
_LIST: Final = Route("list", frozenset({"leads", "ordering", *_PAGE}))
_STATUSES: Final = Route("statuses")
_SYNC: Final = Route("sync", frozenset({"fromUpdateTime", *_PAGE}), user=False)
_SHOW: Final = Route("show")
_UPDATE: Final = Route("update", frozenset(_NOTE))
_DELETE: Final = Route("delete", frozenset({"forceDelete"}))
_COMPANIES: Final = Route("companies", frozenset({"active", *_NUMBERS, *_PAGE}))
_MATCH: Final = Route(
    "match", frozenset({"name", "regNumbers", "fuzziness", "minConfidence", "limit"})
)
_PEOPLE: Final = Route("people", frozenset({"ids", "taxIds", *_PAGE}))

_EVENTS: Final = "/v2/leadevents"
# "Atoka API User Reference", Lead Events, v20240416.0917, read 2026-11-21.
_FIXED: Final[Mapping[str, Mapping[str, Route]]] = {
    _EVENTS: {"POST": _CREATE, "GET": _LIST},
    f"{_EVENTS}/statuses": {"GET": _STATUSES},
    f"{_EVENTS}/sync": {"GET": _SYNC},
    # What is only read can be asked for by POST too: https://developers.atoka.io/v2/index.html,
    # read 2026-11-21.
    "/v2/companies": {"GET": _COMPANIES, "POST": _COMPANIES},
    "/v2/companies/match": {"GET": _MATCH, "POST": _MATCH},
    "/v2/people": {"GET": _PEOPLE, "POST": _PEOPLE},
}
_ONE: Final = {"GET": _SHOW, "PUT": _UPDATE, "DELETE": _DELETE}
_NUMBERED: Final = re.compile(rf"{_EVENTS}/([0-9]{{1,18}})")


def find(method: str, path: str) -> Call:
    """The call.

    Raises:
        RefusedError: There is nothing at the path, or the method is not one of its.
    """
    numbered = _NUMBERED.fullmatch(path)
    methods = _ONE if numbered else _FIXED.get(path)
    if methods is None:
        raise refused(404, f"there is nothing at {path}")
    if method not in methods:
        raise refused(405, f"{path} takes {', '.join(methods)}, not {method}")
    return Call(methods[method], int(numbered[1]) if numbered else 0)
