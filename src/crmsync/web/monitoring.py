"""What monitors ask: whether the daemon lives, whether its syncs keep time, and all the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, Final

from crmsync import __version__
from crmsync.receipts import Outcome
from crmsync.web.exchange import TEXT, Response
from crmsync.web.exposition import Family, exposed
from crmsync.web.judging import Report, finished
from crmsync.web.tallying import MOST, Tally
from crmsync.web.watching import Seen, Watch

METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"
"""https://prometheus.io/docs/instrumenting/exposition_formats/ (read 2026-11-22)."""

_LAST: Final = (
    ("run_duration_seconds", "duration_s", "How long the last run took."),
    ("run_retries", "retries", "Requests of the last run that were sent again."),
    ("run_rate_limited", "rate_limited", "Answers of the last run that said: too many requests."),
    ("run_bytes_sent", "bytes_sent", "Bytes that the last run sent."),
    ("run_warnings", "warnings", "Fields that the last run mended or left out."),
    ("run_exit_code", "exit_code", "What the last run ended with; the README has the table."),
)
_SIDES: Final = (("crm", "source_requests"), ("platform", "destination_requests"))


class Monitoring:
    """Answers monitors, in plain text."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._tally = Tally()
        self._counting = Lock()

    def health(self) -> Response:
        """200 while the daemon's deciding thread turns, 503 else. Says nothing of syncs."""
        if self._watch.is_alive:
            return Response(200, "alive\n", TEXT)
        return Response(503, "the daemon has not looked at anything for a minute\n", TEXT)

    def readiness(self) -> Response:
        """200 where every scheduled sync's last run is as its schedule wants it, else 503."""
        reasons = [] if self._watch.is_alive else ["the daemon does not turn"]
        reasons += [
            f"{one.name}: {one.verdict.state}: {one.verdict.reason}"
            for one in self._watch.seen()
            if one.sight is not None and one.verdict.is_trouble
        ]
        if not reasons:
            return Response(200, "ready\n", TEXT)
        return Response(503, "".join(f"{' '.join(one.split())}\n" for one in reasons), TEXT)

    def metrics(self) -> Response:
        """All numbers, as Prometheus reads them."""
        with self._counting:
            seen, now = self._watch.seen(), self._watch.clock.now()
            added = self._tally.counted({one.name: self._reports(one) for one in seen})
        found = families(seen, now, alive=self._watch.is_alive)
        return Response(200, exposed([*found, *added]), METRICS)

    def start(self) -> None:
        """Count from now on; raises LedgerError where the ledger cannot be read."""
        with self._counting:
            self._tally.counted({one.name: one.course.reports for one in self._watch.seen()})

    def _reports(self, one: Seen) -> Sequence[Report]:
        """The last ones, as many as may have come since somebody asked."""
        if self._tally.reaches(one.name, one.course.reports):
            return one.course.reports
        return self._watch.ledger.reports(one.name, limit=MOST)


def families(seen: Sequence[Seen], now: datetime, *, alive: bool) -> Iterator[Family]:
    """Every metric, those without a sample too."""
    info = Family("build_info", "The version that runs.")
    info.add(1, version=__version__)
    turns = Family("daemon_alive", "Whether the daemon's deciding thread turns.")
    turns.add(int(alive))
    yield from (info, turns, *_standing(seen, now), *_of_runs(seen))


def totals() -> list[Family]:
    """The metrics that are added up from run to run, without samples."""
    return Tally().counted({})


def _of_runs(seen: Sequence[Seen]) -> Iterator[Family]:
    records = Family("run_records", "Records of the last run by what became of them.")
    read = Family("run_records_read", "Records that the last run read.")
    requests = Family("run_requests", "Requests of the last run, by whom they went to.")
    for one, last in _reported(seen):
        counts = last["counts"]
        read.add(counts["read"], sync=one.name)
        for outcome in Outcome:
            records.add(counts[outcome.value], sync=one.name, outcome=outcome.value)
        for side, key in _SIDES:
            requests.add(last[key], sync=one.name, side=side)
    yield from (records, read, requests)
    for name, key, told in _LAST:
        family = Family(name, told)
        for one, last in _reported(seen):
            family.add(last[key], sync=one.name)
        yield family


def _standing(seen: Sequence[Seen], now: datetime) -> Iterable[Family]:
    quarantined = Family("quarantined", "Records in quarantine now.")
    owed = Family("owed", "Records not delivered, or not for certain, when the last run ended.")
    running = Family("running", "Whether a run of the daemon's is under way.")
    failures = Family("failures", "Failures in a row.")
    trouble = Family("in_trouble", "1 where the last run failed, or none ended well in time.")
    due = Family("next_due_timestamp_seconds", "When the schedule comes next.")
    last = Family("last_run_timestamp_seconds", "When the last run ended.")
    good = Family("last_success_timestamp_seconds", "When a run last ended with 0 or 3.")
    cursor = Family("cursor_age_seconds", "How long ago the cursor last moved on.")
    for one in seen:
        quarantined.add(one.course.quarantined, sync=one.name)
        if one.course.reports:
            owed.add(one.course.owed, sync=one.name)
        trouble.add(int(one.verdict.is_trouble), sync=one.name)
        if one.sight is not None:
            running.add(int(one.sight.standing.running), sync=one.name)
            failures.add(one.sight.standing.failures, sync=one.name)
            if one.sight.next_due is not None:
                due.add(one.sight.next_due.timestamp(), sync=one.name)
        if one.course.last is not None:
            last.add(finished(one.course.last).timestamp(), sync=one.name)
        if one.course.last_good is not None:
            good.add(finished(one.course.last_good).timestamp(), sync=one.name)
        if one.cursor_at is not None:
            cursor.add((now - one.cursor_at).total_seconds(), sync=one.name)
    return quarantined, owed, running, failures, trouble, due, last, good, cursor


def _reported(seen: Sequence[Seen]) -> Iterator[tuple[Seen, Any]]:
    return ((one, one.course.last) for one in seen if one.course.last is not None)
