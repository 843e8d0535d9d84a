"""The part of the ledgers' conformance suite that is about what is taken out of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Ledger
from crmsync.receipts import Outcome
from crmsync.reports import Counts, SyncReport
from crmsync.state import FORGOTTEN, UNCERTAIN, DeliveryWrite, EventLine, Known, Phase, Stored
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
from crmsync.upkeep import Erasure


def erasure(*records: str, **more: Any) -> Erasure:
    """What is to be erased of SYNC's records."""
    return Erasure(sync=SYNC, destination=DESTINATION, at=AT, records=records, **more)


def told(
    ledger: Ledger,
    error: str | None,
    *,
    sync: str = SYNC,
    run_id: str = "run-1",
    at: datetime = AT,
    **more: Any,
) -> None:
    """A run whose sync ended so."""
    report = SyncReport(
        sync=sync,
        source="hubspot",
        object="companies",
        destination=DESTINATION,
        status="failed",
        error=error,
        balanced=True,
        counts=Counts(),
        **{"exit_code": ExitCode.FAILED, **more},
    )
    ledger.start_run(run_id, at)
    ledger.finish_sync(run_id, report, at)


class ErasingContract:
    """Records that were forgotten."""

    def test_nothing_is_known_of_an_erased_record_but_that_it_is_one(self, ledger: Ledger) -> None:
        """Its row, its refusal, its events and its key."""
        line = EventLine("t1", SYNC, "1", "lead", 0, Phase.ACCEPTED, BODY, AT)
        ledger.settle(replace(settlement([refused(key=KEY)], [delivery()]), events=[line]))
        ledger.erase(erasure("1", keys=[KEY]))
        assert ledger.known(SYNC, ["1"]) == {"1": Known(None, FORGOTTEN, Outcome.FILTERED)}
        assert ledger.known(SYNC, ["1"])["1"].forgotten
        assert list(ledger.quarantine()) == []
        assert ledger.events_of(SYNC, "1") == []
        assert ledger.deliveries(DESTINATION, [KEY]) == {}
        assert ledger.contributions(DESTINATION, [KEY]) == {}

    def test_what_others_have_stays(self, ledger: Ledger) -> None:
        """Other ids, the equal id of another sync, and their keys and events."""
        line = EventLine("t1", OTHER_SYNC, "1", "lead", 0, Phase.PLANNED, BODY, AT)
        ledger.settle(settlement([record("1"), record("2", key="b.com")], [delivery("b.com")]))
        other = settlement([refused("1")], [delivery("c.com")], sync=OTHER_SYNC)
        ledger.settle(replace(other, events=[line]))
        ledger.erase(erasure("1", keys=[KEY]))
        assert ledger.record(SYNC, "2") == record("2", key="b.com")
        assert [one.sync for one in ledger.quarantine()] == [OTHER_SYNC]
        assert ledger.events_of(OTHER_SYNC, "1") == [line]
        assert set(ledger.deliveries(DESTINATION, [KEY, "b.com", "c.com"])) == {"b.com", "c.com"}

    def test_a_shared_key_is_owed_as_it_is_told(self, ledger: Ledger) -> None:
        """And what the others give to it stays, though its bytes were the key's."""
        ledger.settle(settlement([record("1"), record("2")], [delivery()]))
        left = DeliveryWrite(KEY, UNCERTAIN, b"{}")
        ledger.erase(erasure("1", shared=[left]))
        assert ledger.contributions(DESTINATION, [KEY]) == {KEY: [Stored(SYNC, "2", 7, BODY)]}
        assert ledger.uncertain(SYNC, DESTINATION) == [KEY]
        assert ledger.deliveries(DESTINATION, [KEY])[KEY].body == b"{}"

    def test_a_key_that_a_record_names_and_gives_nothing_to_is_emptied(
        self, ledger: Ledger
    ) -> None:
        """The record stays as it is."""
        still = record("2", body=b"", outcome=Outcome.INVALID)
        ledger.settle(settlement([record("1"), still], [delivery()]))
        ledger.erase(erasure("1", keys=[KEY]))
        assert ledger.deliveries(DESTINATION, [KEY]) == {}
        assert ledger.known(SYNC, ["2"])["2"].key == KEY

    def test_erasing_again_is_nothing_and_a_settled_record_is_back(self, ledger: Ledger) -> None:
        """It is known again as it is written."""
        ledger.settle(settlement([record()], [delivery()]))
        for _ in range(2):
            ledger.erase(erasure("1", keys=[KEY]))
        ledger.settle(settlement([record()], at=AT + timedelta(hours=1)))
        assert ledger.record(SYNC, "1") == record()

    def test_notes_go_by_their_names(self, ledger: Ledger) -> None:
        """Of the one destination; all are told in the order of their names."""
        ledger.note(DESTINATION, {"vat:2": "b", "vat:1": "a", "first pass": "c"})
        ledger.note("akita", {"vat:1": "x"})
        ledger.settle(settlement([record()]))
        ledger.erase(erasure("1", notes=["vat:1", "vat:9"]))
        assert ledger.notes(DESTINATION) == [("first pass", "c"), ("vat:2", "b")]
        assert ledger.notes("akita") == [("vat:1", "x")]
        assert ledger.notes("another") == []

    def test_reports_quote_no_erased_value(self, ledger: Ledger) -> None:
        """A run's own and its syncs'; the counts, and what quotes nothing, stay."""
        told(ledger, "400: Jane Doe is no stage", notes=("Jane",), owed=3)
        ledger.settle(settlement([record()]))
        ledger.erase(erasure("1", values=["nobody", "Jane Doe"]))
        report = ledger.last_report(SYNC) or {}
        assert "Jane" not in str(report)
        assert "forgotten" in str(report["error"])
        assert report["owed"] == 3  # noqa: PLR2004 - as it was told
        told(ledger, "the CRM is down")
        ledger.erase(erasure("1", values=["Jane Doe"]))
        assert (ledger.last_report(SYNC) or {})["error"] == "the CRM is down"


class PurgingContract:
    """What is older than it is to be kept."""

    def test_old_runs_go_and_each_syncs_last_report_stays(self, ledger: Ledger) -> None:
        """A run of that very moment stays, too."""
        ids = []
        for day, sync in enumerate([SYNC, SYNC, OTHER_SYNC, SYNC]):
            at = AT + timedelta(days=day)
            ids.append(f"{at:%Y%m%dT%H%M%SZ}-{day}")
            told(ledger, f"day {day}", sync=sync, run_id=ids[-1], at=at)
        assert ledger.purge(AT + timedelta(days=2)) == len(ids[:2])
        assert [run["run_id"] for run in ledger.runs()] == [ids[3], ids[2]]
        assert [one["error"] for one in ledger.reports(SYNC, limit=9)] == ["day 3"]
        assert ledger.purge(AT + timedelta(days=2)) == 0
        assert ledger.purge(AT + timedelta(days=99)) == len(ids[2:3])
        assert [run["run_id"] for run in ledger.runs()] == ids[3:]
        assert (ledger.last_report(OTHER_SYNC) or {})["error"] == "day 2"

    def test_the_last_whole_run_stays_beside_samples_and_runs_that_left(
        self, ledger: Ledger
    ) -> None:
        """Whatever an error quotes."""
        left = {"exit_code": ExitCode.RUNNING}
        ends: list[dict[str, Any]] = [{}, {}, {"partial": True}, left, {"partial": True}]
        assert ledger.last_whole(SYNC) is None
        ids = []
        for day, end in enumerate(ends):
            at = AT + timedelta(days=day)
            ids.append(f"{at:%Y%m%dT%H%M%SZ}-{day}")
            words = f'day {day}: "partial":true, "exit_code":9'
            told(ledger, words, run_id=ids[-1], at=at, **end)
        whole = ledger.last_whole(SYNC)
        assert whole is not None
        assert whole == ledger.reports(SYNC, limit=9)[3]
        assert ledger.purge(AT + timedelta(days=99)) == len(ends) - 1
        assert [one["run_id"] for one in ledger.reports(SYNC, limit=9)] == [ids[4], ids[1]]
        assert ledger.last_whole(SYNC) == whole

    def test_the_last_run_that_ended_well_stays_beside_those_that_failed(
        self, ledger: Ledger
    ) -> None:
        """With 0 or 3, of all records."""
        codes = (ExitCode.OK, ExitCode.OWED, ExitCode.FAILED, ExitCode.TEMPORARY, ExitCode.RUNNING)
        ends: list[dict[str, Any]] = [{"exit_code": code} for code in codes]
        assert ledger.last_good(SYNC) is None
        for day, end in enumerate([*ends, {"partial": True}]):
            at = AT + timedelta(days=day)
            words = f'day {day}: "exit_code":0'
            told(ledger, words, run_id=f"{at:%Y%m%dT%H%M%SZ}-{day}", at=at, **end)
        good = ledger.last_good(SYNC) or {}
        assert str(good["error"]).startswith("day 1")
        ledger.purge(AT + timedelta(days=99))
        assert ledger.last_good(SYNC) == good

    def test_of_an_empty_ledger_nothing_is_deleted(self, ledger: Ledger) -> None:
        """Nor are there events."""
        assert ledger.purge(AT) == 0
        assert list(ledger.aged(DESTINATION, AT)) == []

    def test_events_that_the_platform_has_are_shortened_once(self, ledger: Ledger) -> None:
        """Those of that age, that were accepted; what tells them from others stays."""
        phases = [*Phase, Phase.ACCEPTED]
        lines = [
            EventLine(f"t{n}", SYNC, "1", "lead", n, phase, BODY, AT, answer="7", reason="because")
            for n, phase in enumerate(phases)
        ]
        young = lines[-1]._replace(tag="young", at=AT + timedelta(days=1))
        ledger.settle(replace(settlement([record()]), events=[*lines, young]))
        old = [line for line in lines if line.phase is Phase.ACCEPTED]
        assert list(ledger.aged(DESTINATION, young.at)) == old
        ledger.shorten(DESTINATION, {line.tag: b"{}" for line in (*lines, young)[:-1]})
        assert list(ledger.aged(DESTINATION, young.at)) == []
        left = {line.tag: line for line in ledger.events_of(SYNC, "1")}
        short = left[old[0].tag]
        assert "deleted" in short.reason
        assert short._replace(body=BODY, reason="because") == old[0]
        assert [line for line in left.values() if line.body == BODY] == [
            line for line in (*lines, young) if line not in old
        ]
