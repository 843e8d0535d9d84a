"""Events through runs that are cut off at any durable step: never twice, and each doubt is told."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crmsync.engine.retry import doubted, retry_quarantined
from crmsync.errors import BatchRejectedError
from crmsync.ledger import open_ledger
from crmsync.receipts import Outcome
from crmsync.testing.clocks import FakeClock
from crmsync.testing.fakes import KeepingDestination, ListSource
from tests.engine.conftest import Bench, company
from tests.engine.eventful import LOST, REFUSED, eventful
from tests.engine.test_crashes import CutLedger, PowerCut
from tests.examples import examples

errors = st.sampled_from([None, None, LOST, REFUSED, BatchRejectedError("400", reason="no")])
lives = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from(["a.com", "b.com", "c.com"])), max_size=5
)


class Arrivals(KeepingDestination):
    """Counts what arrived: whatever was sent and not surely refused."""

    def __init__(self):
        super().__init__()
        self.arrived: Counter[str] = Counter()
        self.error: Exception | None = None

    def push(self, bodies, *, method):
        if self.error is None or getattr(self.error, "maybe_delivered", False):
            self.arrived.update(str(body) for body in bodies)
        if self.error is not None:
            raise self.error
        return self.answer


@examples(0.75)
@given(
    history=st.lists(
        st.tuples(lives, st.integers(1, 14), st.booleans(), errors), min_size=1, max_size=5
    )
)
def test_runs_cut_off_anywhere_never_send_an_event_twice_and_tell_each_that_is_unknown(history):
    real = open_ledger("sqlite:///:memory:", clock=FakeClock())
    bench = eventful(Bench(real, source=ListSource(page_size=2)))
    platform = bench.destination = Arrivals()
    latest: dict[int, Any] = {}
    for day, (records, cut_at, before, error) in enumerate(history):
        bench.source.records = [
            company(number, domain=domain, name=f"{number} on day {day}")
            for number, domain in dict(records).items()
        ]
        latest |= {int(record.id): record for record in bench.source.records}
        platform.error = error
        bench.ledger = CutLedger(real, cut_at, before=before)
        with suppress(PowerCut):
            bench.run(full=True)
    platform.error, bench.ledger = None, real
    bench.source.records = [latest[number] for number in sorted(latest)]
    for _ in range(2):
        bench.run(full=True)
        retry_quarantined(bench.plan(), real, bench.clock)
    last = bench.run(full=True)

    assert not [body for body, times in platform.arrived.items() if times > 1]
    told = {entry.record_id for entry in doubted(bench.plan(), real)}
    for record in bench.source.records:
        row = real.record("companies", record.id)
        assert row is not None
        arrived = f'{record.fields["name"]}"' in "".join(platform.arrived)
        assert arrived or record.id in told
        assert row.outcome in {Outcome.UNVERIFIED, Outcome.UNCHANGED} or record.id in told
    assert (last.owed > 0) == bool(told)
    real.close()
