"""HubSpot's paths: which endpoint a request asks for, and which scopes it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from crmsync.sandbox.exchange import Request
from crmsync.sandbox.hubspot.portal import TYPES

Scopes: TypeAlias = tuple[tuple[str, ...], ...]
"""Scopes that are all needed; of each tuple one is enough."""

_DATED: Final = r"(?P<version>2026-03|2026-09)"
_TYPE: Final = r"(?P<type>[^/]+)"
_TO: Final = r"(?P<to>[^/]+)"
_ID: Final = r"(?P<id>\d+)"


class Route(NamedTuple):
    """One endpoint.

    Attributes:
        access: What its token must be allowed: `objects`, `schemas`, `owners` or nothing.
    """

    kind: str
    method: str
    path: re.Pattern[str]
    access: str = ""

    def scopes(self, parts: Mapping[str, str | None]) -> Scopes:
        """The scopes that a request to these parts of a path takes.

        Properties and pipelines are open to the object's own scope too: HubSpot's OpenAPI
        files, 2026-09. Associations take both objects' scopes.
        """
        if self.access == "owners":
            return (("crm.objects.owners.read",),)
        named = (parts.get("type"), parts.get("to"))
        names = [TYPES[word].name for word in named if word in TYPES]
        extra = ("crm.schemas.{}.read",) if self.access == "schemas" else ()
        forms = ("crm.objects.{}.read", *extra) if self.access else ()
        return tuple(tuple(form.format(name) for form in forms) for name in names if forms)


def _route(kind: str, method: str, family: str, rest: str = "", access: str = "") -> Route:
    root, _, name = family.partition(" ")
    legacy_version = "v4" if name == "associations" else "v3"
    dated = rf"{root}/{name}/{_DATED}" if name else rf"{root}/{_DATED}"
    legacy = rf"{root}/{legacy_version}/{name}" if name else rf"{root}/{legacy_version}"
    return Route(kind, method, re.compile(rf"(?:{dated}|{legacy}){rest}/?"), access)


# One record's associations are not in the files of 2026-09: HubSpot's OpenAPI files.
_OF_RECORD: Final = re.compile(
    rf"(?:/crm/objects/(?P<version>2026-03)|/crm/v4/objects)/{_TYPE}/{_ID}/associations/{_TO}/?"
)
ROUTES: Final = (
    _route("list", "GET", "/crm objects", rf"/{_TYPE}", "objects"),
    _route("search", "POST", "/crm objects", rf"/{_TYPE}/search", "objects"),
    _route("batch_read", "POST", "/crm objects", rf"/{_TYPE}/batch/read", "objects"),
    _route("get", "GET", "/crm objects", rf"/{_TYPE}/{_ID}", "objects"),
    _route("associations", "POST", "/crm associations", rf"/{_TYPE}/{_TO}/batch/read", "objects"),
    Route("associations_of", "GET", _OF_RECORD, "objects"),
    _route("owners", "GET", "/crm owners", "", "owners"),
    _route("owner", "GET", "/crm owners", rf"/{_ID}", "owners"),
    _route("properties", "GET", "/crm properties", rf"/{_TYPE}", "schemas"),
    _route("property", "GET", "/crm properties", rf"/{_TYPE}/(?P<id>\w+)", "schemas"),
    _route("pipelines", "GET", "/crm pipelines", rf"/{_TYPE}", "schemas"),
    _route("account", "GET", "/account-info", "/details"),
    Route("token", "POST", re.compile("/oauth/v2/private-apps/get/access-token-info")),
    _route("usage", "GET", "/account-info", "/api-usage/daily/private-apps"),
)

Found: TypeAlias = tuple[Route, "re.Match[str]"]


def find(request: Request) -> Found | None:
    """The endpoint of a request; one of another method where the path has no better."""
    fallback = None
    for route in ROUTES:
        match = route.path.fullmatch(request.path)
        if match and route.method == request.method:
            return route, match
        if match:
            fallback = (route, match)
    return fallback
