from __future__ import annotations

import pytest

from crmsync.testing.clocks import FakeClock


@pytest.fixture
def clock():
    return FakeClock()
