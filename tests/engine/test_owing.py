from __future__ import annotations

from collections import Counter

from crmsync.engine.retry import retry_quarantined
from crmsync.errors import BatchRejectedError
from tests.engine.eventful import REFUSED, failing


def test_what_a_retry_surely_did_not_send_goes_with_the_next_run(events):
    failing(events, BatchRejectedError("400", reason="no"), "c2.com")
    events.run()
    events.source.changed = set()
    failing(events, REFUSED)
    retry_quarantined(events.plan(), events.ledger, events.clock, ["2"])
    failing(events, None)

    report = events.run()

    assert (report.exit_code, report.owed) == (0, 0)
    assert Counter(events.destination.sent_keys)["c2.com"] == 3
    assert "c2.com" in events.destination.kept
