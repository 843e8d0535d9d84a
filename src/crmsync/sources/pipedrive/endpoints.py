"""The addresses that are read, what each costs, and the closed set of parameters it takes.

Pipedrive ignores a parameter that it does not know: a slip in `updated_since` would be a full
export with status 200 (observed). So a parameter is a member of `Parameter`, and an address is
only made of those that its endpoint is documented to take.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import urlencode

from crmsync.errors import FatalError

# Limits and parameters: developers.pipedrive.com/docs/api/v1, "Get all deals" of version 2 and
# its siblings, read 2026-11-21.
PAGE: Final = 500
IDS_AT_ONCE: Final = 100
CUSTOM_FIELDS: Final = 15
"""Custom fields that one request may name; it answers all of them where it names none."""


class Parameter(StrEnum):
    """Every parameter that crmsync sends."""

    LIMIT = "limit"
    CURSOR = "cursor"
    IDS = "ids"
    SORT_BY = "sort_by"
    SORT_DIRECTION = "sort_direction"
    UPDATED_SINCE = "updated_since"
    UPDATED_UNTIL = "updated_until"
    STATUS = "status"
    OWNER_ID = "owner_id"
    PERSON_ID = "person_id"
    ORG_ID = "org_id"
    PIPELINE_ID = "pipeline_id"
    STAGE_ID = "stage_id"
    CUSTOM_FIELDS = "custom_fields"
    INCLUDE_FIELDS = "include_fields"


Asked: TypeAlias = Mapping[Parameter, str]

P = Parameter
_PAGED: Final = frozenset({P.LIMIT, P.CURSOR})
_RECORDS: Final = _PAGED | {
    P.IDS, P.SORT_BY, P.SORT_DIRECTION, P.UPDATED_SINCE, P.UPDATED_UNTIL, P.OWNER_ID,
    P.CUSTOM_FIELDS, P.INCLUDE_FIELDS,
}  # fmt: skip
_DEALS: Final = _RECORDS | {P.STATUS, P.PERSON_ID, P.ORG_ID, P.PIPELINE_ID, P.STAGE_ID}


class Endpoint(NamedTuple):
    """One address of the API.

    Attributes:
        path: After the company's own address.
        cost: Tokens of the daily budget that one request takes.
        takes: The parameters that it is documented to take.
    """

    path: str
    cost: int
    takes: frozenset[Parameter] = frozenset()


# Costs: pipedrive.readme.io/docs/core-api-concepts-rate-limiting, read 2026-11-21.
DEALS: Final = Endpoint("/api/v2/deals", 10, _DEALS)
# Archived deals are in no other list since 2025-07-15 (Pipedrive's changelog, read 2026-11-21).
ARCHIVED_DEALS: Final = Endpoint("/api/v2/deals/archived", 20, _DEALS)
ORGANIZATIONS: Final = Endpoint("/api/v2/organizations", 10, _RECORDS)
PERSONS: Final = Endpoint("/api/v2/persons", 10, _RECORDS | {P.ORG_ID})
DEAL_FIELDS: Final = Endpoint("/api/v2/dealFields", 10, _PAGED)
ORGANIZATION_FIELDS: Final = Endpoint("/api/v2/organizationFields", 10, _PAGED)
PERSON_FIELDS: Final = Endpoint("/api/v2/personFields", 10, _PAGED)
PIPELINES: Final = Endpoint("/api/v2/pipelines", 5, _PAGED)
STAGES: Final = Endpoint("/api/v2/stages", 5, _PAGED)
# Users are in version 1 alone: what version 2 calls users are followers.
USERS: Final = Endpoint("/api/v1/users", 20)
ME: Final = Endpoint("/api/v1/users/me", 2)

ALL: Final = (
    DEALS, ARCHIVED_DEALS, ORGANIZATIONS, PERSONS, DEAL_FIELDS, ORGANIZATION_FIELDS,
    PERSON_FIELDS, PIPELINES, STAGES, USERS, ME,
)  # fmt: skip


def target(endpoint: Endpoint, asked: Asked) -> str:
    """The path and query of a request.

    Raises:
        FatalError: The endpoint does not take one of the parameters: a bug, and nothing was
            sent.
    """
    if strange := set(asked) - endpoint.takes:
        raise FatalError(
            f"{endpoint.path} takes no {', '.join(sorted(strange))}; nothing was sent",
            hint="this is a bug in crmsync; please report it",
        )
    query = urlencode({str(name): value for name, value in asked.items()}, safe=",:")
    return f"{endpoint.path}?{query}" if query else endpoint.path


def earliest(at: datetime) -> str:
    """A moment for `updated_since`, which holds from that second on: cut to the second.

    Fractions of a second are refused with 400 (observed).
    """
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def before(at: datetime) -> str:
    """A moment for `updated_until`, which ends before that second: rounded up to the next."""
    return earliest(at + timedelta(seconds=1) if at.microsecond else at)
