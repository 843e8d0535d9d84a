from __future__ import annotations

import pytest

from crmsync.testing.ledgers import LedgerContract
from tests.ledger.postgres.conftest import empty_schema, psycopg

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


@pytest.fixture(scope="module")
def one_for_all(server_url):
    """A database for one test after the other: to make its tables takes a while."""
    with empty_schema(server_url) as address:
        yield address


@pytest.fixture
def url(one_for_all):
    """It, without a row in the end: a ledger that is new but for its tables."""
    yield one_for_all
    with psycopg.connect(one_for_all) as connection:
        for (name,) in connection.execute(TABLES).fetchall():
            if name != "crmsync":  # which has its version
                connection.execute(f"DELETE FROM {name}")


class TestPostgresLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, open_at):
        return open_at()
