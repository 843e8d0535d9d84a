from __future__ import annotations

import pytest

from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock


@pytest.fixture
def path(tmp_path):
    return tmp_path / "crmsync.db"


@pytest.fixture
def open_at(path):
    """Opens the ledger at `path`, as often as it is called, and closes all in the end."""
    opened = []

    def opener(*, read_only=False):
        opened.append(open_ledger(f"sqlite:///{path}", clock=FakeClock(), read_only=read_only))
        return opened[-1]

    yield opener
    for ledger in opened:
        ledger.close()
