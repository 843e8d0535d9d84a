"""The conformance suite of ledgers: one that passes keeps what `interfaces.Ledger` promises.

Subclass `LedgerContract` in a test module and give it a fixture `ledger` (an empty one).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from crmsync.errors import LedgerError, LockedError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Ledger
from crmsync.receipts import Outcome
from crmsync.reports import Counts, RunReport, SyncReport, timestamp
from crmsync.state import UNCERTAIN, Delivery, DeliveryWrite, Known, RecordWrite, Stored, SyncState
from crmsync.testing.journals import JournalContract
from crmsync.testing.newcomers import NewcomersContract
from crmsync.testing.quarantines import QuarantineContract
from crmsync.testing.settlements import (
    AT,
    BODY,
    DESTINATION,
    KEY,
    OTHER_SYNC,
    SYNC,
    delivery,
    record,
    refused,
    settlement,
)
from crmsync.testing.upkeep import ErasingContract, PurgingContract

ODD_TEXTS: Final = (
    "",
    " ",
    "'; DROP TABLE records; --",
    "\\u0000",
    'quote"d',
    "\x01\x1f\x7f",
    "ünï\u200bcode",
    "\U0001f600",
    "007",
    "7",
    "x" * 5_000,
)
"""Ids and keys that a store may take for something else."""


def _many(body: bytes) -> tuple[list[RecordWrite], list[DeliveryWrite]]:
    records = [record(f"{n}", body, key=f"k{n % 225}") for n in range(245)]
    return [*records, refused("x", key="k0")], [delivery(f"k{n}", body) for n in range(223)]


class RecordsContract(NewcomersContract):
    """What is known of records and what they give to keys."""

    def test_nothing_is_known_of_records_never_settled(self, ledger: Ledger) -> None:
        """Every lookup of an empty ledger is empty."""
        assert ledger.known(SYNC, ["1"]) == {}
        assert ledger.contributions(DESTINATION, [KEY]) == {}
        assert ledger.deliveries(DESTINATION, [KEY]) == {}
        assert ledger.record(SYNC, "1") is None
        assert ledger.recover(DESTINATION) == 0

    def test_lookups_of_nothing_find_nothing(self, ledger: Ledger) -> None:
        """No ids, no rows."""
        ledger.settle(settlement([record()], [delivery()]))
        assert ledger.known(SYNC, []) == {}
        assert ledger.contributions(DESTINATION, []) == {}
        assert ledger.deliveries(DESTINATION, []) == {}

    def test_a_settled_record_is_known_with_its_contribution(self, ledger: Ledger) -> None:
        """The three lookups and `record` agree."""
        ledger.settle(settlement([record()], [delivery()], batch_id="b1"))
        assert ledger.known(SYNC, ["1", "2"]) == {"1": Known(KEY, b"d" + BODY, Outcome.ACCEPTED)}
        assert ledger.contributions(DESTINATION, [KEY, KEY]) == {KEY: [Stored(SYNC, "1", 7, BODY)]}
        expected = Delivery(b"d" + BODY, BODY, "b1", AT, "204")
        assert ledger.deliveries(DESTINATION, [KEY]) == {KEY: expected}
        assert ledger.record(SYNC, "1") == record()

    def test_syncs_and_destinations_are_apart(self, ledger: Ledger) -> None:
        """Equal ids and keys elsewhere are others."""
        ledger.settle(settlement([record()], [delivery()]))
        assert ledger.known(OTHER_SYNC, ["1"]) == {}
        assert ledger.deliveries("akita", [KEY]) == {}
        assert ledger.contributions("akita", [KEY]) == {}

    def test_the_last_write_of_an_id_wins(self, ledger: Ledger) -> None:
        """An id may stand twice in one settlement."""
        ledger.settle(settlement([record(body=b"old"), record(body=b"new")]))
        assert ledger.record(SYNC, "1") == record(body=b"new")

    def test_a_contribution_stays_when_another_record_changes_its_key(self, ledger: Ledger) -> None:
        """Bodies may be stored once; they read as they were written."""
        ledger.settle(settlement([record("1")], [delivery()]))
        second = record("2", body=b"second")
        merged = delivery(body=b"merged")
        ledger.settle(settlement([second], [merged], sync=OTHER_SYNC))
        stored = ledger.contributions(DESTINATION, [KEY])[KEY]
        assert {(one.sync, one.body) for one in stored} == {
            (SYNC, BODY),
            (OTHER_SYNC, b"second"),
        }
        assert ledger.record(SYNC, "1") == record("1")

    def test_a_batch_of_many_is_read_as_it_was_written(self, ledger: Ledger) -> None:
        """However many rows are written at once; a second time, all of them are replaced."""
        doubted = DeliveryWrite("doubted", UNCERTAIN, BODY)
        records, held = _many(b"old")
        ledger.settle(settlement(records, [*held, doubted]))
        records, held = _many(b"new")
        ledger.settle(settlement(records, [*held, doubted]))
        assert [ledger.record(SYNC, one.record_id) for one in records] == records
        found = ledger.deliveries(DESTINATION, [one.key for one in held])
        assert {DeliveryWrite(key, *one[:2]) for key, one in found.items()} == {*held}
        assert ledger.uncertain(SYNC, DESTINATION) == ["doubted"]

    def test_a_record_without_a_key_contributes_to_none(self, ledger: Ledger) -> None:
        """Its old key is rid of it; the delivery stays."""
        ledger.settle(settlement([record()], [delivery()]))
        ledger.settle(settlement([record(key=None, body=b"")]))
        assert ledger.contributions(DESTINATION, [KEY]) == {}
        assert ledger.known(SYNC, ["1"])["1"].key is None
        assert KEY in ledger.deliveries(DESTINATION, [KEY])

    def test_a_record_that_moves_contributes_to_its_new_key_alone(self, ledger: Ledger) -> None:
        """A new domain, say."""
        ledger.settle(settlement([record()], [delivery()]))
        ledger.settle(settlement([record(key="new.com")], [delivery("new.com")]))
        assert list(ledger.contributions(DESTINATION, [KEY, "new.com"])) == ["new.com"]

    def test_a_pending_record_contributes_without_a_delivery(self, ledger: Ledger) -> None:
        """What is owed is known, and nothing is delivered."""
        ledger.settle(settlement([record(outcome=Outcome.PENDING)]))
        assert ledger.contributions(DESTINATION, [KEY]) == {KEY: [Stored(SYNC, "1", 7, BODY)]}
        assert ledger.deliveries(DESTINATION, [KEY]) == {}

    def test_forgotten_records_are_gone(self, ledger: Ledger) -> None:
        """Their rows, not their keys' deliveries."""
        ledger.settle(settlement([record("1"), refused("2")], [delivery()]))
        ledger.settle(replace(settlement(), forgotten=("1", "2")))
        assert ledger.known(SYNC, ["1", "2"]) == {}
        assert list(ledger.quarantine()) == []
        assert ledger.contributions(DESTINATION, [KEY]) == {}

    @pytest.mark.parametrize("text", ODD_TEXTS)
    def test_ids_and_keys_may_be_any_text(self, ledger: Ledger, text: str) -> None:
        """They come back as they were, and find nothing but themselves."""
        ledger.settle(settlement([record(text, key=text)], [delivery(text)]))
        assert list(ledger.known(SYNC, [text, "other"])) == [text]
        assert ledger.contributions(DESTINATION, [text])[text][0].record_id == text
        assert list(ledger.deliveries(DESTINATION, [text])) == [text]

    @pytest.mark.parametrize("text", ["a\0b", "\ud800"], ids=["NUL", "lone surrogate"])
    def test_what_is_no_text_is_refused_whole(self, ledger: Ledger, text: str) -> None:
        """Nothing of that settlement is kept."""
        with pytest.raises(LedgerError):
            ledger.settle(settlement([record("1"), record(text)], cursor="c"))
        assert ledger.known(SYNC, ["1"]) == {}
        assert ledger.sync_state(SYNC).cursor is None
        with pytest.raises(LedgerError):
            ledger.known(SYNC, [text])


class ProgressContract:
    """Cursors, accounts and full passes."""

    def test_a_sync_never_run_has_the_defaults(self, ledger: Ledger) -> None:
        """And asking changes nothing."""
        assert ledger.sync_state(SYNC) == SyncState()

    def test_a_settlement_without_a_cursor_keeps_the_stored_one(self, ledger: Ledger) -> None:
        """The cursor says when it was stored."""
        ledger.settle(settlement(cursor="page-1"))
        ledger.settle(settlement(at=AT + timedelta(hours=1)))
        state = ledger.sync_state(SYNC)
        assert (state.cursor, state.cursor_at) == ("page-1", AT)

    def test_an_account_is_pinned(self, ledger: Ledger) -> None:
        """The cursor stays."""
        ledger.settle(settlement(cursor="page-1"))
        ledger.pin(SYNC, "4711")
        assert ledger.sync_state(SYNC).account == "4711"
        assert ledger.sync_state(SYNC).cursor == "page-1"

    def test_full_passes_are_numbered_and_noted(self, ledger: Ledger) -> None:
        """From one, by sync."""
        assert [ledger.begin_full(SYNC), ledger.begin_full(SYNC)] == [1, 2]
        assert ledger.begin_full(OTHER_SYNC) == 1
        ledger.finish_full(SYNC, at=AT, total=9, mapping="m1")
        assert ledger.sync_state(SYNC) == SyncState(
            full_pass=2, full_at=AT, full_total=9, mapping="m1"
        )

    def test_what_a_full_pass_did_not_see_is_unseen(self, ledger: Ledger) -> None:
        """Written, marked, missing, and without a key."""
        ids = ["1", "2", "3", "4"]
        ledger.settle(settlement([*map(record, ids), refused("5")]))
        number = ledger.begin_full(SYNC)
        ledger.settle(replace(settlement([record("1")]), seen=("2", "9"), full_pass=number))
        assert ledger.unseen(SYNC, number, limit=10) == ["3", "4"]
        assert ledger.unseen(SYNC, number, limit=1) == ["3"]
        assert ledger.known(SYNC, ["9"]) == {}

    def test_an_incremental_write_leaves_a_record_seen(self, ledger: Ledger) -> None:
        """A pass that goes on later does not look for it again."""
        number = ledger.begin_full(SYNC)
        ledger.settle(replace(settlement([record("1")]), full_pass=number))
        ledger.settle(settlement([record("1", modified_at=8)]))
        assert ledger.unseen(SYNC, number, limit=10) == []


class IntentsContract:
    """What a crash between sending and settling leaves."""

    def test_a_settled_batch_leaves_nothing_to_recover(self, ledger: Ledger) -> None:
        """Its intent ends with its receipts."""
        self._intend(ledger, (KEY, BODY))
        ledger.settle(settlement([record()], [delivery()], batch_id="b1"))
        assert ledger.recover(DESTINATION) == 0
        assert ledger.deliveries(DESTINATION, [KEY])[KEY].digest != UNCERTAIN

    def test_a_lost_batch_makes_its_keys_uncertain(self, ledger: Ledger) -> None:
        """Once; other destinations are left alone."""
        self._intend(ledger, (KEY, BODY), ("b.com", b"{}"))
        assert ledger.recover("akita") == 0
        assert ledger.recover(DESTINATION) == len((KEY, "b.com"))
        assert ledger.deliveries(DESTINATION, [KEY])[KEY] == Delivery(UNCERTAIN, BODY, "b1")
        assert ledger.recover(DESTINATION) == 0

    def test_uncertain_keys_are_listed_until_they_are_delivered(self, ledger: Ledger) -> None:
        """Sorted, whether a crash or a lost answer made them so."""
        self._intend(ledger, (KEY, BODY))
        ledger.recover(DESTINATION)
        ledger.settle(settlement((), [delivery("a.com")._replace(digest=UNCERTAIN)]))
        assert ledger.uncertain(SYNC, DESTINATION) == ["a.com", KEY]
        assert ledger.uncertain(SYNC, "akita") == []
        assert ledger.uncertain("another", DESTINATION) == []
        ledger.settle(settlement([record()], [delivery(), delivery("a.com")]))
        assert ledger.uncertain(SYNC, DESTINATION) == []

    def test_an_uncertain_body_has_every_field_that_may_be_there(self, ledger: Ledger) -> None:
        """The newer value where both have one; what was cleared may not have been."""
        old = b'{"domain":"acme.com","properties":{"a":1,"b":[1],"c":3}}'
        new = b'{"domain":"acme.com","properties":{"a":null,"b":[],"c":4,"d":null,"e":{"x":1}}}'
        ledger.settle(settlement([record(body=old)], [delivery(body=old)]))
        self._intend(ledger, (KEY, new))
        ledger.recover(DESTINATION)
        union = b'{"domain":"acme.com","properties":{"a":1,"b":[1],"c":4,"e":{"x":1}}}'
        assert ledger.deliveries(DESTINATION, [KEY])[KEY].body == union
        assert ledger.contributions(DESTINATION, [KEY])[KEY][0].body == old

    def test_several_lost_batches_unite_in_their_order(self, ledger: Ledger) -> None:
        """The newest value wins."""
        self._intend(ledger, (KEY, b'{"a":1,"b":1}'))
        self._intend(ledger, (KEY, b'{"a":2,"c":2}'), batch_id="b2")
        ledger.recover(DESTINATION)
        assert ledger.deliveries(DESTINATION, [KEY])[KEY].body == b'{"a":2,"b":1,"c":2}'

    def test_lost_payloads_are_owed_until_they_are_delivered(self, ledger: Ledger) -> None:
        """Before recovery and after it."""
        self._intend(ledger, (KEY, BODY), ("b.com", BODY))
        assert ledger.standing(SYNC, DESTINATION).owed == len((KEY, "b.com"))
        ledger.recover(DESTINATION)
        assert ledger.standing(SYNC, DESTINATION).owed == len((KEY, "b.com"))
        ledger.settle(settlement([record()], [delivery(), delivery("b.com")]))
        assert ledger.standing(SYNC, DESTINATION).owed == 0

    def test_a_key_is_owed_once(self, ledger: Ledger) -> None:
        """By a record that says so, by two lost batches, or by both."""
        for batch_id in ("b1", "b2"):
            self._intend(ledger, (KEY, BODY), ("b.com", BODY), batch_id=batch_id)
        ledger.settle(settlement([record(outcome=Outcome.UNKNOWN)]))
        assert ledger.standing(SYNC, DESTINATION).owed == len((KEY, "b.com"))
        ledger.recover(DESTINATION)
        assert ledger.standing(SYNC, DESTINATION).owed == len((KEY, "b.com"))
        assert ledger.standing(OTHER_SYNC, DESTINATION).owed == 0

    def test_what_no_record_wants_after_a_full_pass_is_not_owed(self, ledger: Ledger) -> None:
        """Its record left the CRM before it was read again."""
        self._intend(ledger, (KEY, BODY))
        ledger.recover(DESTINATION)
        ledger.finish_full(SYNC, at=AT, total=0, mapping="m")
        assert ledger.standing(SYNC, DESTINATION).owed == 0

    @staticmethod
    def _intend(ledger: Ledger, *payloads: tuple[str, bytes], batch_id: str = "b1") -> None:
        ledger.intend(batch_id=batch_id, sync=SYNC, destination=DESTINATION, payloads=payloads)


class HistoryContract:
    """Runs and their reports."""

    def test_reports_come_back_newest_first(self, ledger: Ledger) -> None:
        """As they were told."""
        for run_id in ("r1", "r2"):
            ledger.start_run(run_id, AT)
            ledger.finish_run(self._run(run_id))
        assert ledger.runs() == [self._run("r2").to_json(), self._run("r1").to_json()]
        assert ledger.runs(limit=1) == [self._run("r2").to_json()]

    def test_a_run_never_finished_shows_as_interrupted(self, ledger: Ledger) -> None:
        """With the syncs that did finish."""
        ledger.start_run("r1", AT)
        ledger.finish_sync("r1", self._sync(), AT)
        (run,) = ledger.runs()
        assert (run["run_id"], run["exit_code"], run["finished_at"]) == ("r1", None, None)
        assert (run["started_at"], run["syncs"]) == (timestamp(AT), [self._sync().to_json()])

    def test_a_run_is_found_by_a_unique_prefix(self, ledger: Ledger) -> None:
        """The whole id wins over those that begin with it; wildcards are text."""
        for run_id in ("20261121", "20261121-b", "2025_%"):
            ledger.start_run(run_id, AT)
        found = {
            text: ledger.run(text) for text in ("20261121", "20261121-", "2025_", "20", "_", "%")
        }
        ids = {text: run and run["run_id"] for text, run in found.items()}
        assert ids == {
            "20261121": "20261121",
            "20261121-": "20261121-b",
            "2025_": "2025_%",
            "20": None,
            "_": None,
            "%": None,
        }

    def test_the_last_report_of_a_sync_names_its_run(self, ledger: Ledger) -> None:
        """And when it finished."""
        assert ledger.last_report(SYNC) is None
        later = AT + timedelta(hours=1)
        for run_id, at in (("r1", AT), ("r2", later)):
            ledger.start_run(run_id, at)
            ledger.finish_sync(run_id, self._sync(), at)
        expected = {**self._sync().to_json(), "run_id": "r2", "finished_at": timestamp(later)}
        assert ledger.last_report(SYNC) == expected
        assert ledger.reports(SYNC, limit=1) == [expected]
        assert [told["run_id"] for told in ledger.reports(SYNC, limit=9)] == ["r2", "r1"]
        assert ledger.reports("another", limit=9) == []

    @staticmethod
    def _sync() -> SyncReport:
        counts = Counts(read=1, accepted=1)
        return SyncReport(
            sync=SYNC, source="hubspot", object="companies", destination="akooda", counts=counts
        )

    def _run(self, run_id: str) -> RunReport:
        return RunReport(
            run_id=run_id,
            exit_code=ExitCode.OWED,
            started_at=AT,
            finished_at=AT,
            syncs=(self._sync(),),
        )


class LocksContract:
    """One holder a name."""

    def test_a_held_lock_is_refused_and_free_afterwards(self, ledger: Ledger) -> None:
        """At once, saying who holds it; other names are free."""
        with ledger.lock("sync a/b"):
            with pytest.raises(LockedError, match=r"sync a/b is in use by process \d+ since 2026"):
                ledger.lock("sync a/b").__enter__()
            with ledger.lock("sync a-b"):
                pass
        with ledger.lock("sync a/b"):
            pass

    def test_a_lock_is_freed_when_its_holder_fails(self, ledger: Ledger) -> None:
        """However the block ends."""
        with pytest.raises(KeyError), ledger.lock("a"):
            raise KeyError
        with ledger.lock("a"):
            pass

    def test_a_closed_ledger_says_so(self, ledger: Ledger) -> None:
        """And closing twice is nothing."""
        ledger.close()
        ledger.close()
        with pytest.raises(LedgerError, match="closed"):
            ledger.known(SYNC, ["1"])


class LedgerContract(
    RecordsContract,
    ProgressContract,
    IntentsContract,
    QuarantineContract,
    JournalContract,
    ErasingContract,
    PurgingContract,
    HistoryContract,
    LocksContract,
):
    """Everything that a ledger must keep. The subclass gives the fixture `ledger`."""
