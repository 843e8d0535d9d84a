"""Totals over the daemon's life, added up from the reports in the ledger as they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from crmsync.receipts import Outcome
from crmsync.web.exposition import Family
from crmsync.web.judging import Report

MOST: Final = 1_000
"""Runs of a sync that may end from one look to the next; of more the oldest are not counted."""

TOTALS: Final = {
    "runs_total": "Runs since the page was started, by exit code.",
    "records_total": "Records since then, by what became of them.",
    "requests_total": "Requests since then, by whom they went to.",
    "retries_total": "Requests since then that were sent again.",
    "rate_limited_total": "Answers since then that said: too many requests.",
    "bytes_sent_total": "Bytes sent since then.",
}
"""What is counted, and what it is."""

_SIDES: Final = (("crm", "source_requests"), ("platform", "destination_requests"))


class Tally:
    """Counts each report once: those that came since the first look.

    One thread at a time, from before it reads the reports until they are counted: a list that is
    older than what was counted last would count as new.
    """

    def __init__(self) -> None:
        self._last: dict[str, str] = {}
        self._totals: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
        self._began = False

    def reaches(self, sync: str, reports: Sequence[Report]) -> bool:
        """Whether these reach back to the last one that was counted."""
        last = self._last.get(sync)
        return last is None or any(report["run_id"] == last for report in reports)

    def counted(self, reports: Mapping[str, Sequence[Report]]) -> list[Family]:
        """Add what is new of each sync, and give the totals. The first look adds nothing.

        Reports are newest first.
        """
        for sync, told in reports.items():
            for report in self._new(sync, told):
                self._add(sync, report)
        self._began = True
        return list(self._families())

    def _new(self, sync: str, reports: Sequence[Report]) -> list[Report]:
        known = self._last.get(sync)
        if reports:
            self._last[sync] = reports[0]["run_id"]
        if not self._began:
            return []
        ids = [report["run_id"] for report in reports]
        return list(reports[: ids.index(known)] if known in ids else reports)

    def _add(self, sync: str, report: Report) -> None:
        at = ("sync", sync)
        self._totals["runs_total", (at, ("exit_code", str(report["exit_code"])))] += 1
        for outcome in Outcome:
            label = (at, ("outcome", outcome.value))
            self._totals["records_total", label] += report["counts"][outcome.value]
        for side, key in _SIDES:
            self._totals["requests_total", (at, ("side", side))] += report[key]
        for name in ("retries", "rate_limited", "bytes_sent"):
            self._totals[f"{name}_total", (at,)] += report[name]

    def _families(self) -> Iterator[Family]:
        for name, told in TOTALS.items():
            family = Family(name, told, "counter")
            for (whose, labels), value in self._totals.items():
                if whose == name:
                    family.add(value, **dict(labels))
            yield family
