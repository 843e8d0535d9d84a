from __future__ import annotations

import pytest

from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock
from crmsync.testing.ledgers import LedgerContract


class TestFileLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, tmp_path):
        ledger = open_ledger(f"sqlite:///{tmp_path}/crmsync.db", clock=FakeClock())
        yield ledger
        ledger.close()


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def ledger(self):
        ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
        yield ledger
        ledger.close()
