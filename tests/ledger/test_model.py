"""The ledger beside a plain dictionary that does the same, under any order of calls."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crmsync.ledger import open_ledger
from crmsync.ledger.codec import union
from crmsync.receipts import Outcome
from crmsync.state import UNCERTAIN, DeliveryWrite, Known, RecordWrite, Stored
from crmsync.testing.clocks import FakeClock
from crmsync.testing.settlements import settlement
from tests.examples import examples

SYNCS = ("s1", "s2")
IDS = ("1", "2", "3")
KEYS = ("a.com", "b.com")
DESTINATIONS = ("akooda", "akita")
REFUSED = (Outcome.INVALID, Outcome.REJECTED)

bodies = st.sampled_from([b'{"a":1}', b'{"b":2}', b'{"a":3,"b":null}', b"{}", b""])
records = st.builds(
    RecordWrite,
    record_id=st.sampled_from(IDS),
    key=st.sampled_from([None, *KEYS]),
    modified_at=st.integers(0, 9),
    digest=st.binary(max_size=2),
    body=bodies,
    outcome=st.sampled_from(Outcome),
)
deliveries = st.builds(
    DeliveryWrite,
    key=st.sampled_from(KEYS),
    digest=st.binary(max_size=2),
    body=bodies,
)
gives = st.tuples(
    st.sampled_from(KEYS), st.integers(0, 9), st.binary(min_size=1, max_size=2), bodies
)
newcomers = st.tuples(st.sampled_from(IDS), gives, st.just(()))


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.ledger = open_ledger("sqlite:///:memory:", clock=FakeClock())
        self.records = {}
        self.delivered = {}
        self.intents = []
        self.tries = {}
        self.batches = 0

    def teardown(self):
        self.ledger.close()

    @rule(
        names=st.tuples(st.sampled_from(SYNCS), st.sampled_from(DESTINATIONS)),
        written=st.lists(records, max_size=4),
        delivered=st.lists(deliveries, max_size=2, unique_by=lambda one: one.key),
        forgotten=st.lists(st.sampled_from(IDS), max_size=1),
        new=st.lists(newcomers, max_size=2, unique_by=(lambda one: one[0], lambda one: one[1][0])),
        ends=st.booleans(),
    )
    def settle(self, names, written, delivered, forgotten, new, ends):
        sync, destination = names
        mine = [one for one in self.intents if one[1:3] == names]
        batch_id = mine[0][0] if ends and mine else ""
        met = {one[0]: one[1] for one in new}
        keys = {gives[0] for gives in met.values()}
        delivered = [one for one in delivered if one.key not in keys]
        forgotten = [one for one in forgotten if one not in met]
        whole = replace(
            settlement(written, delivered, sync=sync, batch_id=batch_id),
            destination=destination,
            forgotten=forgotten,
            newcomers={Outcome.ACCEPTED: new},
        )
        self.ledger.settle(whole)
        rows = {one.record_id: one for one in written}
        for one, (key, modified_at, digest, body) in met.items():
            rows[one] = RecordWrite(one, key, modified_at, digest, body, Outcome.ACCEPTED)
        for row in rows.values():
            self._write(sync, destination, row)
        for one in delivered:
            self.delivered[destination, one.key] = (one.digest, one.body)
        for key, _, digest, body in met.values():
            self.delivered[destination, key] = (digest, body)
        for record_id in forgotten:
            self.records.pop((sync, record_id), None)
            self.tries.pop((sync, record_id), None)
        self.intents = [one for one in self.intents if one[0] != batch_id]

    def _write(self, sync, destination, one):
        name = (sync, one.record_id)
        self.records[name] = (destination, one)
        digest, count = self.tries.pop(name, (None, 0))
        if one.outcome in REFUSED:
            self.tries[name] = (one.digest, count + 1 if digest == one.digest else 1)

    @rule(
        sync=st.sampled_from(SYNCS),
        destination=st.sampled_from(DESTINATIONS),
        payloads=st.lists(
            st.tuples(st.sampled_from(KEYS), bodies.filter(bool)),
            max_size=2,
            unique_by=lambda one: one[0],
        ),
    )
    def intend(self, sync, destination, payloads):
        self.batches += 1
        batch_id = f"b{self.batches}"
        self.intents.append((batch_id, sync, destination, payloads))
        self.ledger.intend(batch_id=batch_id, sync=sync, destination=destination, payloads=payloads)

    @rule(destination=st.sampled_from(DESTINATIONS))
    def recover(self, destination):
        lost = [one for one in self.intents if one[2] == destination]
        payloads = [payload for *_, batch in lost for payload in batch]
        assert self.ledger.recover(destination) == len(payloads)
        for key, body in payloads:
            _, before = self.delivered.get((destination, key), (b"", b""))
            self.delivered[destination, key] = (UNCERTAIN, union(before, body))
        self.intents = [one for one in self.intents if one not in lost]

    @invariant()
    def records_are_as_they_were_written(self):
        for sync in SYNCS:
            mine = {name[1]: one for name, (_, one) in self.records.items() if name[0] == sync}
            known = {
                one.record_id: Known(one.key, one.digest, one.outcome) for one in mine.values()
            }
            assert self.ledger.known(sync, IDS) == known
            assert {one: self.ledger.record(sync, one) for one in mine} == mine

    @invariant()
    def keys_have_what_was_given_to_them(self):
        for destination in DESTINATIONS:
            expected: dict[str, set[Stored]] = {}
            for (sync, record_id), (where, one) in sorted(self.records.items()):
                if where == destination and one.key is not None and one.body:
                    stored = Stored(sync, record_id, one.modified_at, one.body)
                    expected.setdefault(one.key, set()).add(stored)
            found = self.ledger.contributions(destination, KEYS)
            assert {key: set(stored) for key, stored in found.items()} == expected
            held = self.ledger.deliveries(destination, KEYS)
            doubtful = [key for key, one in held.items() if one.digest == UNCERTAIN]
            open_keys = [key for sync in SYNCS for key in self.ledger.uncertain(sync, destination)]
            assert set(open_keys) <= set(doubtful)
            assert len(open_keys) == len(set(open_keys))
            assert {(destination, key): (one.digest, one.body) for key, one in held.items()} == {
                name: one for name, one in self.delivered.items() if name[0] == destination
            }

    @invariant()
    def quarantine_has_what_was_refused(self):
        kept = {(one.sync, one.record_id): one.tries for one in self.ledger.quarantine()}
        assert kept == {name: count for name, (_, count) in self.tries.items()}


LedgerMachine.TestCase.settings = settings(examples(0.6), stateful_step_count=25)
TestLedgerMachine = LedgerMachine.TestCase
