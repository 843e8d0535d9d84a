from __future__ import annotations

import pytest

from crmsync.testing.ledgers import LedgerContract


class TestPostgresLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, open_at):
        return open_at()
