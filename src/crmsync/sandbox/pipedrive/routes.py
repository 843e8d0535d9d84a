"""Which endpoints there are, what each is called, and the scopes one of which it needs.

Scopes are from the reference of each endpoint, read 2026-11-21.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

# Longer numbers are no ids anywhere, and Python refuses to read very long ones.
_ID: Final = "(?P<id>[0-9]{1,18})"
_CONTACTS: Final = ("contacts:read",)
_DEALS: Final = ("deals:read",)
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "deal": ("deals:read", "admin"),
    "organization": ("contacts:read", "admin"),
    "person": ("contacts:read", "admin"),
}


class Route(NamedTuple):
    """One endpoint. One of its scopes is enough; all are read by GET.

    Attributes:
        name: The object, for those that have one.
    """

    kind: str
    name: str
    path: re.Pattern[str]
    scopes: tuple[str, ...]


def _objects() -> list[Route]:
    found = []
    for one, many, scopes in (
        ("deal", "deals", _DEALS),
        ("organization", "organizations", _CONTACTS),
        ("person", "persons", _CONTACTS),
    ):
        fields = _FIELDS[one]
        found += [
            Route(many, many, re.compile(rf"/api/v2/{many}"), scopes),
            Route(one, many, re.compile(rf"/api/v2/{many}/{_ID}"), scopes),
            Route("fields", many, re.compile(rf"/api/v2/{one}Fields"), fields),
            Route("field", many, re.compile(rf"/api/v2/{one}Fields/(?P<id>\w+)"), fields),
        ]
    return found


ROUTES: Final = (
    *_objects(),
    Route("deals_archived", "deals", re.compile("/api/v2/deals/archived"), _DEALS),
    Route("pipelines", "", re.compile("/api/v2/pipelines"), _DEALS),
    Route("pipeline", "", re.compile(rf"/api/v2/pipelines/{_ID}"), _DEALS),
    Route("stages", "", re.compile("/api/v2/stages"), _DEALS),
    Route("stage", "", re.compile(rf"/api/v2/stages/{_ID}"), _DEALS),
    Route("users", "", re.compile("(?:/api)?/v1/users"), ("users:read",)),
    Route("me", "", re.compile("(?:/api)?/v1/users/me"), ("base",)),
    Route("user", "", re.compile(rf"(?:/api)?/v1/users/{_ID}"), ("users:read",)),
    Route("currencies", "", re.compile("(?:/api)?/v1/currencies"), ("base",)),
    # Out of support since 2026-08-01: Pipedrive's changelog, read 2026-11-21.
    Route(
        "gone", "",
        re.compile(
            "(?:/api)?/v1/(?:deals|persons|organizations|activities|products|pipelines|stages"
            "|itemSearch|dealFields|organizationFields|personFields)(?:/.*)?"
        ),
        (),
    ),
)  # fmt: skip


def find(path: str) -> tuple[Route, Mapping[str, str]] | None:
    """The endpoint at a path, and what the path names in it."""
    for route in ROUTES:
        if match := route.path.fullmatch(path):
            return route, match.groupdict()
    return None
