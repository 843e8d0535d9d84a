"""Tells people of a sync once, across processes and machines: what was told is in the ledger."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

from crmsync import logs
from crmsync.alerts.channels import PAUSES, Address, Channel, Pings
from crmsync.alerts.messages import told
from crmsync.alerts.standing import (
    SUCCESSES,
    Reason,
    Rules,
    Seen,
    Standing,
    advance,
    dumped,
    loaded,
)
from crmsync.errors import CrmsyncError, LockedError, StoppedError
from crmsync.exit_codes import ExitCode
from crmsync.interfaces import Clock, Ledger
from crmsync.reports import JSONObject, RunReport, SyncReport
from crmsync.values import Value

PATIENCE: Final = 5.0
"""Seconds to wait for another process that tells of the same sync."""

_POLL: Final = 0.2
_START, _FAIL = "start", "fail"
_LOGGER: Final = logging.getLogger(__name__)


def note_of(sync: str) -> str:
    """Under which name a sync's standing is noted, for its destination."""
    return f"alerts of {sync}"


def standing_of(ledger: Ledger, sync: str, destination: str) -> Standing:
    """How a sync stands, and who was told."""
    name = note_of(sync)
    return loaded(ledger.recall(destination, [name]).get(name))


class Ways(Value):
    """By whom people are told, and when.

    Attributes:
        watched: Every sync whose last run must have been well for the sign of life of all.
    """

    rules: Rules
    channels: Mapping[str, Channel]
    pings: Pings
    watched: Sequence[str] = ()

    @property
    def silent(self) -> bool:
        """Whether nobody is told anything."""
        return not (self.channels or self.pings.every or self.pings.syncs)


class Telling:
    """Tells of one run's syncs. Safe to use from several threads.

    Whatever becomes of a message changes nothing of the run: nothing is raised. What could not
    be told is told after the next run.

    Attributes:
        ledger: What was told is kept there.
        clock: The run's.
        run_id: The run's id; empty where none is under way.
    """

    def __init__(self, ways: Ways, ledger: Ledger, clock: Clock, *, run_id: str) -> None:
        self._ways = ways
        self.ledger = ledger
        self.clock = clock
        self.run_id = run_id
        self._log = logs.bound(run_id=run_id)

    def begins(self, sync: str) -> None:
        """A sync begins."""
        if _START in self._ways.pings.also:
            self._ping(sync, self._ways.pings.syncs.get(sync), f"/{_START}", pauses=())

    def ended(self, report: SyncReport) -> None:
        """A sync ended, and its report is in the ledger."""
        standing = self.tell(report.to_json(), report.exit_code)
        if report.exit_code in SUCCESSES:
            self._ping(report.sync, self._ways.pings.syncs.get(report.sync))
        elif standing.bad and _FAIL in self._ways.pings.also:
            self._ping(report.sync, self._ways.pings.syncs.get(report.sync), f"/{_FAIL}")

    def over(self, report: RunReport) -> None:
        """The run is over: give the sign of life, if every sync is well."""
        every = self._ways.pings.every
        if every is None:
            return
        with self._harmless(""):
            if self._all_well():
                self._ping("", every)
            elif _FAIL in self._ways.pings.also and any(
                standing_of(self.ledger, one.sync, one.destination).bad for one in report.syncs
            ):
                self._ping("", every, f"/{_FAIL}")

    def look(self) -> None:
        """Tell what is to be told of every watched sync that ever ran, though no run ended."""
        for sync in self._ways.watched:
            with self._harmless(sync):
                report = self.ledger.last_report(sync)
                if report is not None:
                    self.tell(report, None)

    def tell(self, report: JSONObject, code: ExitCode | None) -> Standing:
        """Tell what is to be told of a sync: *code* is what a run ended with just now, if one did.

        *report* is the sync's last one. Gives how it stands now.
        """
        sync, destination = str(report["sync"]), str(report["destination"])
        found = Standing()
        with self._harmless(sync):
            self.clock.sleep(0)  # one that is to stop leaves it to the next run
            with self._turn(sync):
                before = standing_of(self.ledger, sync, destination)
                quarantined = int(str(report["quarantined"]))
                seen = Seen(at=self.clock.now(), code=code, quarantined=quarantined)
                found = advance(before.known_to(self._ways.channels), seen, self._ways.rules)
                for reason in Reason:
                    found = self._tell_reason(found, reason, report)
                if found != before:
                    self.ledger.note(destination, {note_of(sync): dumped(found)})
        return found

    def _tell_reason(self, standing: Standing, reason: Reason, report: JSONObject) -> Standing:
        trouble, now = standing.trouble(reason), self.clock.now()
        due = trouble.due(self._ways.channels, now, self._ways.rules.quiet)
        if not due:
            return standing
        about = self._about(report)
        body = told(reason, trouble, about, str(about.get("run_id") or self.run_id))
        done, fault = [], ""
        for name in due:
            try:
                self._ways.channels[name].tell(body)
            except StoppedError:
                break
            except CrmsyncError as error:
                fault = error.message
                self._failed(str(report["sync"]), name, error)
            except Exception as failure:  # a way's own bug must not silence the others
                _LOGGER.debug("unexpected", exc_info=failure)
                fault = self._unforeseen(str(report["sync"]), name, failure)
            else:
                done.append(name)
                self._log(logs.ALERT_TOLD, sync=report["sync"], channel=name, state=body["state"])
        return standing.having(reason, trouble.after(done, fault, now))

    def _about(self, report: JSONObject) -> JSONObject:
        """What is told of a sync: its last whole run, with what is in quarantine now.

        The last report may be a sample's, or of a run that another kept from beginning: why the
        sync is bad does not stand there.
        """
        whole = self.ledger.last_whole(str(report["sync"])) or report
        return {**whole, "quarantined": report["quarantined"]}

    def _all_well(self) -> bool:
        """Whether the last run of each sync did its work; one that never ran is not asked.

        The last may have been a sample, which is no success: what is known of whole runs has
        to be well too.
        """
        found = [self.ledger.last_report(sync) for sync in self._ways.watched]
        return all(
            one["exit_code"] in SUCCESSES
            and standing_of(self.ledger, str(one["sync"]), str(one["destination"])).well
            for one in found
            if one is not None
        )

    def _ping(
        self,
        sync: str,
        address: Address | None,
        suffix: str = "",
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        if address is None:
            return
        with self._harmless(sync):
            try:
                address.send("GET", suffix=suffix, pauses=pauses)
            except StoppedError:
                raise
            except CrmsyncError as error:
                self._failed(sync, address.name, error)

    def _failed(self, sync: str, channel: str, error: CrmsyncError) -> None:
        about = {"sync": sync} if sync else {}
        level, why = logging.WARNING, error.message
        self._log(logs.ALERT_FAILED, level=level, channel=channel, error=why, **about)

    def _unforeseen(self, sync: str, channel: str, failure: Exception) -> str:
        """Log what nobody foresaw, by its kind: its words may quote anything."""
        kind = type(failure).__name__
        about = {"channel": channel} if channel else {}
        self._log(logs.ALERT_FAILED, level=logging.ERROR, sync=sync, error=kind, **about)
        return kind

    @contextmanager
    def _turn(self, sync: str) -> Iterator[None]:
        """One process at a time tells of a sync."""
        deadline = self.clock.monotonic() + PATIENCE
        with ExitStack() as held:
            while True:
                try:
                    held.enter_context(self.ledger.lock(f"alerts {sync}"))
                    break
                except LockedError:
                    if self.clock.monotonic() >= deadline:
                        raise
                    self.clock.sleep(_POLL)
            yield

    @contextmanager
    def _harmless(self, sync: str) -> Iterator[None]:
        try:
            yield
        except StoppedError:
            pass
        except CrmsyncError as error:
            self._failed(sync, "ledger", error)
        except Exception as failure:
            # The rim of being told: the run's own end stands, whatever is wrong here.
            _LOGGER.debug("unexpected", exc_info=failure)
            self._unforeseen(sync, "", failure)
