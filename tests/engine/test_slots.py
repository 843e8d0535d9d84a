from __future__ import annotations

import pytest

from crmsync.engine.slots import Given, Slot, Waiting, digest_of, refresh, stand_on
from crmsync.payloads import Contribution
from crmsync.receipts import Outcome
from crmsync.state import UNCERTAIN, Delivery


def contribution(record_id: str, **properties: object) -> Contribution:
    fields = {"domain": "a.com", **{f"properties.{k}": v for k, v in properties.items()}}
    return Contribution("companies", record_id, (0, 0), int(record_id), fields)


def slot_of(bench, *members, base=None, **settings):
    bench.settings |= settings
    plan = bench.plan()
    encode = plan.plugin.encode
    given = {(m.sync, m.record_id): Given(m.modified_at, encode(m.fields)) for m in members}
    slot = Slot("a.com", given)
    if base is not None:
        body = plan.plugin.encode(base)
        stand_on(slot, Delivery(digest_of(body), body), plan)
    refresh(slot, plan)
    return slot, plan.plugin.decode(slot.sent) if slot.sent else None


def test_new_key_is_sent_as_it_is(bench):
    slot, sent = slot_of(bench, contribution("1", displayName="A"))

    assert slot.to_send
    assert sent == {"domain": "a.com", "properties.displayName": "A"}


def test_key_that_holds_the_payload_already_is_not_sent(bench):
    mine = contribution("1", displayName="A")
    slot, _ = slot_of(bench, mine, base=mine.fields)

    assert not slot.to_send


def test_uncertain_key_is_sent_again(bench):
    mine = contribution("1", displayName="A")
    slot, _ = slot_of(bench, mine, base=mine.fields)
    slot.base = Delivery(UNCERTAIN, slot.base.body)

    assert slot.to_send


def test_what_is_remembered_has_no_nulls_and_what_is_sent_has(bench):
    base = contribution("1", displayName="A", phone="+46 8 123 456", segments=["x"]).fields
    slot, sent = slot_of(bench, contribution("1", displayName="A"), base=base)

    assert sent["properties.phone"] is None
    assert sent["properties.segments"] == []
    assert b"null" not in slot.body


def test_key_without_members_is_left_alone_unless_disabling_is_asked_for(bench):
    base = contribution("1", displayName="A").fields

    ignored, _ = slot_of(bench, base=base)
    disabled, sent = slot_of(bench, base=base, on_delete="disable")

    assert not ignored.to_send
    assert disabled.to_send
    assert sent == {"domain": "a.com", "isEnabled": False}


def test_key_disabled_once_is_not_disabled_again(bench):
    base = {**contribution("1", displayName="A").fields, "isEnabled": False}
    slot, _ = slot_of(bench, base=base, on_delete="disable")

    assert not slot.to_send


def test_key_that_comes_back_is_enabled_in_so_many_words(bench):
    base = {**contribution("1").fields, "isEnabled": False}
    _, sent = slot_of(bench, contribution("1"), base=base)

    assert sent["isEnabled"] is True


@pytest.mark.parametrize(
    ("record", "changed", "verdict", "outcome"),
    [
        ("2", True, Outcome.UNVERIFIED, Outcome.UNVERIFIED),
        ("1", True, Outcome.UNVERIFIED, Outcome.MERGED),
        ("1", False, Outcome.UNVERIFIED, Outcome.MERGED),
        ("1", True, Outcome.UNCHANGED, Outcome.MERGED),
        ("1", False, Outcome.UNCHANGED, Outcome.UNCHANGED),
        ("1", True, Outcome.REJECTED, Outcome.REJECTED),
    ],
)
def test_the_winner_has_the_payload_s_outcome_and_the_others_are_merged(
    bench, record, changed, verdict, outcome
):
    slot, _ = slot_of(bench, contribution("1"), contribution("2"))

    assert slot.winner == ("companies", "2")
    assert slot.outcome(Waiting(0, record, changed=changed), verdict, "companies") is outcome
