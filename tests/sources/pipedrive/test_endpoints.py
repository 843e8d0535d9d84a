from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmsync.errors import FatalError
from crmsync.sources.pipedrive.endpoints import (
    DEALS,
    ORGANIZATIONS,
    USERS,
    Parameter,
    before,
    earliest,
    target,
)


def test_an_address_holds_what_is_asked_for():
    asked = {Parameter.LIMIT: "500", Parameter.IDS: "1,2", Parameter.CURSOR: "a=+"}

    assert target(DEALS, asked) == "/api/v2/deals?limit=500&ids=1,2&cursor=a%3D%2B"
    assert target(USERS, {}) == "/api/v1/users"


def test_a_parameter_that_a_list_does_not_take_is_never_sent():
    with pytest.raises(FatalError, match="takes no status; nothing was sent"):
        target(ORGANIZATIONS, {Parameter.STATUS: "open", Parameter.LIMIT: "1"})


@pytest.mark.parametrize(
    ("moment", "since", "until"),
    [
        ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.001+00:00", "2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z"),
        ("2026-01-02T03:04:59.999+02:00", "2026-01-02T01:04:59Z", "2026-01-02T01:05:00Z"),
    ],
)
def test_a_window_is_cut_at_its_start_and_rounded_up_at_its_end(moment, since, until):
    at = datetime.fromisoformat(moment)

    assert (earliest(at), before(at)) == (since, until)
    assert datetime.fromisoformat(since) <= at <= datetime.fromisoformat(until).astimezone(UTC)
