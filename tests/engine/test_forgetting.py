"""Records that a person had forgotten: erased, left alone, and let back."""

from __future__ import annotations

import pytest

from crmsync.engine.explain import explain
from crmsync.engine.forgetting import forget, held, let_back
from crmsync.errors import ConfigError, LockedError, RecordError
from crmsync.receipts import Outcome
from tests.engine.conftest import company, counts
from tests.engine.eventful import LOST, failing
from tests.engine.lead_events import Events, deal

pytestmark = pytest.mark.security(60)


def forgotten(bench, *ids, keys=()):
    forget(bench.plan(), bench.ledger, bench.clock, ids, keys)


def test_what_is_held_of_a_record_is_told_before(bench):
    bench.source.records = [company(1, domain="a.com"), company(2, domain="a.com")]
    bench.run()
    (one,) = held(bench.plan(), bench.ledger, ["1", "9"])
    assert one[:3] == ("1", "a.com", Outcome.MERGED)
    assert (one.quarantined, one.events, one.others) == (False, 0, (("companies", "2"),))


def test_a_forgotten_record_is_left_alone_by_every_later_run(bench):
    bench.source.records = [company(1), company(2)]
    bench.run()
    forgotten(bench, "1")
    bench.source.records = [company(1, name="Changed"), company(2)]
    bench.destination.kept.clear()
    report = bench.run(full=True)
    assert counts(report) == {"filtered": 1, "unchanged": 1}
    assert (report.balanced, bench.destination.kept) == (True, {})
    assert bench.ledger.deliveries("platform", ["c1.com"]) == {}
    assert bench.preview(full=True).to_json()["syncs"][0]["changes"]["filtered"] == 1


def test_a_record_that_is_let_back_is_read_as_if_it_were_new(bench):
    bench.source.records = [company(1)]
    bench.run()
    forgotten(bench, "1")
    assert let_back(bench.plan(), bench.ledger, bench.clock, ["1", "2"]) == ["1"]
    assert let_back(bench.plan(), bench.ledger, bench.clock, ["1"]) == []
    assert counts(bench.run(full=True)) == {"unverified": 1}


def test_what_only_the_forgotten_record_gave_is_cleared_at_the_platform(bench):
    both = {"domain": "a.com"}
    bench.source.records = [
        company(1, phone="+46 8 1", **both),
        company(2, industry="Steel", **both),
    ]
    bench.run()
    assert bench.properties("a.com")["phone"]
    forgotten(bench, "1")
    assert b"Company 1" not in bench.ledger.deliveries("platform", ["a.com"])["a.com"].body
    report = bench.run()
    assert (report.owed, report.exit_code) == (0, 0)
    kept = bench.properties("a.com")
    assert kept == {"displayName": "Company 2", "segments": ["Steel"]}


def test_a_refused_payload_is_forgotten_too(bench):
    bench.source.records = [company(1, stage="unheard of")]
    assert bench.run().quarantined == 1
    assert held(bench.plan(), bench.ledger, ["1"])[0].quarantined
    forgotten(bench, "1")
    assert list(bench.ledger.quarantine()) == []
    assert bench.run(full=True).exit_code == 0


def test_what_was_delivered_to_a_key_that_no_record_has_goes_by_its_name(bench):
    bench.source.records = [company(1), company(2)]
    bench.run()
    bench.source.records = [company(1, domain="new.com"), company(2)]
    bench.run()
    forgotten(bench, "1")
    assert list(bench.ledger.deliveries("platform", ["c1.com", "new.com"])) == ["c1.com"]
    forgotten(bench, keys=["c1.com"])
    assert bench.ledger.deliveries("platform", ["c1.com"]) == {}
    with pytest.raises(ConfigError, match=r"c2\.com: companies 2 gives to it"):
        forgotten(bench, keys=["c2.com"])


def test_a_record_that_the_crm_deleted_needs_no_mark(bench):
    bench.settings = {"on_delete": "disable"}
    bench.source.records = [company(1), company(2)]
    bench.run()
    forgotten(bench, "1")
    bench.source.records = [company(1, deleted=True), company(2)]
    assert counts(bench.run(full=True)) == {"filtered": 1, "unchanged": 1}
    assert bench.ledger.known("companies", ["1"]) == {}


@pytest.mark.parametrize("lock", ["sync companies", "destination platform"])
def test_nothing_is_erased_while_a_run_is_under_way(bench, lock):
    bench.source.records = [company(1)]
    bench.run()
    with bench.ledger.lock(lock), pytest.raises(LockedError):
        forgotten(bench, "1")
    assert bench.ledger.known("companies", ["1"])["1"].key == "c1.com"


def test_an_event_that_may_have_arrived_is_not_forgotten_before_a_person_decided(events):
    failing(events, LOST, "c1.com")
    events.run()
    with pytest.raises(RecordError, match="of record 1 may have arrived at platform") as refused:
        forgotten(events, "1")
    assert "quarantine drop" in refused.value.hint
    forgotten(events, "2")
    failing(events, None)
    assert counts(events.run(full=True)) == {"filtered": 1, "unchanged": 1, "unknown": 1}


def test_it_is_told_why_a_forgotten_record_is_not_sent(bench):
    bench.source.records = [company(1)]
    bench.run()
    forgotten(bench, "1")
    told = explain(bench.plan(), bench.ledger, "1")
    assert "`crmsync forget --undo companies 1`" in told.verdict
    assert told.goes_out is None


def test_a_forgotten_deal_has_no_event_any_more_and_gets_none():
    world = Events()
    world.run(deal(1, "New"), deal(2, "New"))
    forget(world.plan(), world.ledger, world.clock, ["1"])
    assert world.ledger.events_of("deals", "1") == []
    report = world.run(deal(1, "Won", minute=9), deal(2, "Won", minute=9), full=True)
    assert counts(report) == {"filtered": 1, "accepted": 1}
    assert world.told() == ["1 New", "2 New", "2 New → Won"]


def test_what_was_noted_of_a_forgotten_deals_lead_goes_and_of_others_stays():
    world = Events(options={})
    for name, vat in (("l1", "01234567890"), ("l2", "09876543210")):
        world.line.companies({"id": name, "name": f"Firm {name}", "vat": vat})
    world.run(
        deal(1, "New", lead="", vat="IT01234567890"), deal(2, "New", lead="", vat="09876543210")
    )
    assert {"vat:01234567890", "id:l1"} <= dict(world.ledger.notes("atoka")).keys()
    forget(world.plan(), world.ledger, world.clock, ["1"])
    left = dict(world.ledger.notes("atoka"))
    assert {"vat:09876543210", "id:l2"} <= left.keys()
    assert "01234567890" not in str(left)
    assert "l1" not in str(left)
