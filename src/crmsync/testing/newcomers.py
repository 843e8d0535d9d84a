"""The part of the ledgers' conformance suite that is about records never seen before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmsync.interfaces import Ledger
from crmsync.receipts import Problem, Severity
from crmsync.testing.settlements import DESTINATION, KEY, SYNC, met, record, refused, settlement


class NewcomersContract:
    """Each is alone at its key, or so it is said."""

    @pytest.mark.parametrize("before", [0, 1, 245], ids=["none was there", "one was", "all were"])
    def test_newcomers_are_read_as_they_were_written(self, ledger: Ledger, before: int) -> None:
        """Those that are none after all, too."""
        warning = Problem("domain", "CLIPPED", "300 of 253", Severity.WARNING)
        new = [
            record(f"{n}", b"%d" % n, key=f"k{n}", problems=(warning,) * (n % 3))
            for n in range(245)
        ]
        ledger.settle(met([one._replace(body=b"old") for one in new[:before]]))
        ledger.settle(met(new))
        assert [ledger.record(SYNC, one.record_id) for one in new] == new
        held = ledger.deliveries(DESTINATION, [one.key or "" for one in new])
        assert [held[one.key or ""].body for one in new] == [one.body for one in new]
        assert ledger.uncertain(SYNC, DESTINATION) == []

    def test_a_newcomer_that_was_refused_before_is_not_in_quarantine(self, ledger: Ledger) -> None:
        """In one settlement: it was read twice, and mended in between."""
        ledger.settle(replace(met([record()]), records=[refused()]))
        assert ledger.record(SYNC, "1") == record()
        assert list(ledger.quarantine()) == []

    def test_a_key_that_a_refused_one_names_is_delivered_for_the_first_time(
        self, ledger: Ledger
    ) -> None:
        """The ledger may have a row for the key, though nobody ever gave anything to it."""
        ledger.settle(settlement([refused(key=KEY, body=b"")]))
        records = [record("2"), record("3", key="b.com", body=b"b")]
        ledger.settle(met(records))
        assert [ledger.record(SYNC, one.record_id) for one in records] == records
        held = ledger.deliveries(DESTINATION, [KEY, "b.com"])
        assert [held[one.key or ""].body for one in records] == [one.body for one in records]
