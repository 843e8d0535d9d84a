"""The part of the ledgers' conformance suite that is about refused records."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crmsync.interfaces import Ledger
from crmsync.receipts import Outcome
from crmsync.state import Known, Standing
from crmsync.testing.settlements import (
    AT,
    DESTINATION,
    KEY,
    OTHER_SYNC,
    SYNC,
    record,
    refused,
    settlement,
)


class QuarantineContract:
    """Refused records, kept with the reason."""

    def test_a_refused_record_is_kept_with_its_reason(self, ledger: Ledger) -> None:
        """Everything that `quarantine show` tells."""
        ledger.settle(settlement([refused(outcome=Outcome.REJECTED, key=KEY)]))
        (kept,) = ledger.quarantine()
        assert (kept.sync, kept.record_id, kept.key, kept.body) == (SYNC, "1", KEY, b"body")
        assert (kept.outcome, kept.problems) == (Outcome.REJECTED, refused().problems)
        assert (kept.first_at, kept.last_at, kept.tries) == (AT, AT, 1)

    def test_tries_count_the_same_form_and_begin_anew_with_another(self, ledger: Ledger) -> None:
        """The first time stays in both."""
        tries = []
        for hours, digest in enumerate([b"bad", b"bad", b"worse"]):
            at = AT + timedelta(hours=hours)
            ledger.settle(settlement([refused(digest=digest)], at=at))
            (kept,) = ledger.quarantine()
            tries.append((kept.tries, kept.first_at, kept.last_at))
        assert [count for count, *_ in tries] == [1, 2, 1]
        assert {first for _, first, _ in tries} == {AT}
        assert [last for *_, last in tries] == [AT + timedelta(hours=hours) for hours in range(3)]

    @pytest.mark.parametrize(
        "outcome", [one for one in Outcome if one not in ("invalid", "rejected")]
    )
    def test_any_other_outcome_takes_it_out(self, ledger: Ledger, outcome: Outcome) -> None:
        """Of this sync; the equal id of another stays."""
        ledger.settle(settlement([refused()]))
        ledger.settle(settlement([refused()], sync=OTHER_SYNC))
        ledger.settle(settlement([record(outcome=outcome)]))
        assert [kept.sync for kept in ledger.quarantine()] == [OTHER_SYNC]

    def test_it_is_read_by_sync_and_number(self, ledger: Ledger) -> None:
        """Ids of digits count as numbers, and come before the others."""
        ids = ["10", "b", "9", "a", "1000000000000000000000"]
        ledger.settle(settlement([refused(one) for one in ids], sync="z"))
        ledger.settle(settlement([refused("2")], sync="a"))
        in_order = ["2", "9", "10", "1000000000000000000000", "a", "b"]
        assert [kept.record_id for kept in ledger.quarantine()] == in_order
        assert [kept.record_id for kept in ledger.quarantine("z", ["a", "9"])] == ["9", "a"]

    def test_what_is_dropped_is_still_known(self, ledger: Ledger) -> None:
        """So that it comes again only when it changes."""
        ledger.settle(settlement([refused("1"), refused("2")]))
        assert ledger.drop_quarantined(SYNC, ["1", "3"]) == 1
        assert ledger.drop_quarantined(SYNC, []) == 0
        assert [ledger.count_quarantined(name) for name in (SYNC, OTHER_SYNC, "none")] == [1, 0, 0]
        assert [kept.record_id for kept in ledger.quarantine()] == ["2"]
        assert ledger.known(SYNC, ["1"])["1"] == Known(None, b"bad", Outcome.INVALID)

    def test_it_can_be_changed_while_it_is_read(self, ledger: Ledger) -> None:
        """As a retry does."""
        ledger.settle(settlement([refused("1"), refused("2")]))
        for kept in ledger.quarantine():
            assert ledger.drop_quarantined(SYNC, [kept.record_id]) == 1
        assert list(ledger.quarantine()) == []

    def test_standing_counts_what_is_not_as_it_should_be(self, ledger: Ledger) -> None:
        """One of each."""
        pending, unknown = (
            record("1", outcome=Outcome.PENDING),
            record("2", outcome=Outcome.UNKNOWN),
        )
        skipped = record("3", key=None, body=b"", outcome=Outcome.SKIPPED)
        ledger.settle(settlement([pending, unknown, skipped, refused("4"), record("5")]))
        assert ledger.standing(SYNC, DESTINATION) == Standing(owed=2, quarantined=1, skipped=1)
        assert ledger.tracked(SYNC) == len((pending, unknown, record()))
        assert ledger.standing(OTHER_SYNC, "elsewhere") == Standing(0, 0, 0)
        assert ledger.tracked(OTHER_SYNC) == 0
