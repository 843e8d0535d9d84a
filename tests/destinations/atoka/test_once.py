"""All parts together: a small journal, the real client, a simulator that loses answers."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from time import monotonic, sleep

import pytest

from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.looking import Listing, judge_all, plan
from crmsync.destinations.atoka.reconcile import (
    Action,
    Decision,
    Intent,
    Look,
    Rules,
    ended,
    intended,
    looked,
    moves,
    resumed,
)
from crmsync.destinations.atoka.tags import tagged
from crmsync.errors import CrmsyncError
from crmsync.state import Phase
from tests.destinations.atoka.accounts import Served, served

RULES = Rules(looks=(0.05, 0.3, 1.2))
LEADS, EVENTS = 6, 36
# A request takes effect at most 0.3 s after its connection was cut: a quarter of the quiet period.
PLAN = "lost=0.1,late=0.15,late_s=0.05,late_jitter_s=0.25,reset=0.1,502=0.1,late504=0.05,seed=1"


class Runs:
    """Runs a journal, one request at a time; each request may be a run's last."""

    def __init__(self, account: Served, leads: list[str], seed: int) -> None:
        self.account = account
        self.chance = random.Random(seed)
        self.lines: dict[str, Intent] = {}
        for number in range(EVENTS):
            tag = f"{number:012x}"
            lead = leads[number % len(leads)]
            event = Event(tag=tag, lead=lead, note=tagged(f"{number}", tag, limit=99))
            self.lines[tag] = Intent(event=event, order=number)

    def run(self, *, crashing: float) -> None:
        """Until nothing can be done any more, or a crash."""
        self._keep(*(resumed(line, self._now(), RULES) for line in self.lines.values()))
        while True:
            decisions = list(moves(self.lines.values(), self._now(), RULES))
            sends = [d.intent for d in decisions if d.action is Action.SEND]
            looks = [d.intent for d in decisions if d.action is Action.LOOK]
            if sends and not self._send(sends[0], crashing):
                return
            if looks:
                self._look(looks)
            if not sends and not looks and not self._waited(decisions):
                return

    def _send(self, line: Intent, crashing: float) -> bool:
        line = intended(line, self._now())
        self._keep(line)
        if self.chance.random() < crashing:
            return False
        creation = self.account.api.create(line.event)
        if self.chance.random() < crashing:
            return False
        self._keep(ended(line, creation.result, self._now(), RULES))
        return True

    def _look(self, lines: list[Intent]) -> None:
        for read in list(plan(lines, now=self._now(), sync=False, rules=RULES)):
            assert isinstance(read, Listing)
            self._read(read)

    def _read(self, read: Listing) -> None:
        began, lines = self._now(), read.intents
        try:
            found = list(self.account.api.events_of(read.leads, until=read.until))
        except CrmsyncError:
            self._keep(*(looked(line, Look(began, failed=True), RULES) for line in lines))
            return
        looks = judge_all(lines, found, at=began)
        self._keep(*(looked(line, looks[line.event.tag], RULES) for line in lines))

    def _waited(self, decisions: list[Decision]) -> bool:
        until = min((d.until for d in decisions if d.until), default=None)
        if until is not None:
            sleep(max(0.0, (until - self._now()).total_seconds()))
        return until is not None

    def _keep(self, *lines: Intent) -> None:
        self.lines.update((line.event.tag, line) for line in lines)

    @staticmethod
    def _now() -> datetime:
        return datetime.now(UTC)


@pytest.mark.skipif(
    not os.environ.get("CRMSYNC_REAL_TIME"),
    reason="it takes real time, which a busy machine has not: CRMSYNC_REAL_TIME=1 runs it",
)
@pytest.mark.fault(51, 52, 53, 54)
@pytest.mark.invariant(6, 7, 8)
def test_k05_events_are_there_once_and_in_order_after_lost_answers_late_commits_and_crashes():
    with served() as account:
        leads = account.companies(*({"name": f"Lead {n}"} for n in range(LEADS)))
        runs = Runs(account, leads, seed=1)
        account.faults(PLAN)
        until = monotonic() + 3
        while monotonic() < until:
            runs.run(crashing=0.05)
        account.faults()
        runs.run(crashing=0.0)
        kept = account.kept()
        tags = account.control("/atoka/tags", {})
    ends = {tag: line.phase for tag, line in runs.lines.items()}
    parked = {line.event.lead for line in runs.lines.values() if line.phase is Phase.PARKED}
    assert tags["twice"] == []
    assert set(tags["counts"]) == {tag for tag, end in ends.items() if end is Phase.ACCEPTED}
    assert {
        line.event.lead for line in runs.lines.values() if line.phase is not Phase.ACCEPTED
    } == parked
    assert sum(end is Phase.ACCEPTED for end in ends.values()) >= EVENTS // 3
    for lead in leads:
        numbers = [int(event["note"].split()[0]) for event in kept if event["lead"] == lead]
        assert numbers == sorted(numbers)
