from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmsync.testing.clocks import FakeClock
from tests.sources.salesforce.org import SalesforceOrg


@pytest.fixture
def clock():
    """A little ahead: the simulator stamps changes with the machine's own time."""
    return FakeClock(datetime.now(UTC) + timedelta(minutes=5))


@pytest.fixture
def org(clock):
    return SalesforceOrg(clock)
