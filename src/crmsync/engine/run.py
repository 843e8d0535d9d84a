"""A run: its syncs one after the other, each with its lock, its report and its exit code."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from uuid import uuid4

from crmsync import logs
from crmsync.engine.plans import Progress, RunOptions, Silent, SyncPlan
from crmsync.engine.reconciling import Reconciliation, reconcile
from crmsync.engine.sync import SyncRun
from crmsync.errors import (
    ConfigError,
    CredentialsError,
    CrmsyncError,
    FatalError,
    GuardError,
    LockedError,
    RetryableError,
)
from crmsync.exit_codes import ExitCode, gravest, of_error
from crmsync.interfaces import Clock, Destination, Ledger, Source, Traffic
from crmsync.receipts import Problem
from crmsync.records import Query
from crmsync.reports import RunReport, SyncReport, counts_from

_STATUS = {
    ExitCode.OK: "succeeded",
    ExitCode.OWED: "partial",
    ExitCode.TEMPORARY: "temporary",
    ExitCode.GUARDED: "guarded",
    ExitCode.RUNNING: "locked",
}
_POLL = 0.5
_LOGGER = logging.getLogger(__name__)


def run_syncs(
    plans: Sequence[SyncPlan],
    ledger: Ledger,
    clock: Clock,
    options: RunOptions,
    progress: Progress | None = None,
) -> RunReport:
    """Run syncs in order. One that fails leaves the others untouched.

    Raises nothing of its own: what ended a sync stands in its report.
    """
    run_id = new_run_id(clock.now())
    started = clock.now()
    ledger.start_run(run_id, started)
    logs.event(logs.RUN_STARTED, run_id=run_id, syncs=[plan.name for plan in plans])
    reports = []
    for plan in plans:
        report = _run_sync(plan, ledger, clock, options, run_id=run_id, progress=progress)
        ledger.finish_sync(run_id, report, clock.now())
        reports.append(report)
    whole = RunReport(
        run_id=run_id,
        exit_code=gravest(sync.exit_code for sync in reports),
        started_at=started,
        finished_at=clock.now(),
        syncs=tuple(reports),
    )
    ledger.finish_run(whole)
    logs.event(logs.RUN_FINISHED, run_id=run_id, exit_code=int(whole.exit_code))
    return whole


def new_run_id(at: datetime) -> str:
    """A run's id: sorts by time, and no two are alike."""
    return f"{at:%Y%m%dT%H%M%SZ}-{uuid4().hex[:6]}"


def _run_sync(
    plan: SyncPlan,
    ledger: Ledger,
    clock: Clock,
    options: RunOptions,
    *,
    run_id: str,
    progress: Progress | None,
) -> SyncReport:
    progress = progress or Silent()
    began, started = clock.monotonic(), clock.now()
    run = SyncRun(plan, ledger, clock, options, run_id=run_id, progress=progress)
    traffic = (Traffic(), Traffic())
    verdict = Reconciliation(balanced=True)
    error: CrmsyncError | None = None
    try:
        with (
            ledger.lock(f"sync {plan.name}"),
            _turn(plan, ledger, clock),
            closing(plan.open_source()) as source,
            closing(plan.open_destination()) as sink,
        ):
            _check(sink)
            try:
                query = run.execute(source, sink)
                verdict = _reconciled(run, source, query, started, options)
            finally:
                traffic = (source.traffic, sink.traffic)
    except CrmsyncError as failure:
        error = failure
    except Exception as failure:
        # The other syncs still run, and this one's report is still stored.
        _LOGGER.debug("unexpected", exc_info=failure)
        error = FatalError(
            f"this is a bug in crmsync: {type(failure).__name__}",
            hint="please report it, with what --log-level debug shows",
        )
    report = _report(run, ledger, verdict, error, traffic, clock.monotonic() - began)
    progress.sync_finished(report)
    return report


@contextmanager
def _turn(plan: SyncPlan, ledger: Ledger, clock: Clock) -> Iterator[None]:
    """Wait for the destination: another sync may be writing to it, from another process."""
    deadline = clock.monotonic() + plan.patience
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(ledger.lock(f"destination {plan.destination}"))
                break
            except LockedError as error:
                if clock.monotonic() >= deadline:
                    message = f"{plan.name}: another sync is writing to {plan.destination}"
                    raise RetryableError(message, hint="run again when it has ended") from error
                clock.sleep(_POLL)
        yield


def _check(destination: Destination) -> None:
    """Nothing is read for a destination that cannot be sent to."""
    failed = [result for result in destination.check() if not result.passed]
    if not failed:
        return
    problems = [Problem(result.name, "check_failed", result.message) for result in failed]
    if any(result.code == ExitCode.CREDENTIALS for result in failed):
        raise CredentialsError("; ".join(p.message for p in problems), hint=failed[0].hint)
    raise ConfigError(problems, hint=failed[0].hint)


def _reconciled(
    run: SyncRun, source: Source, query: Query, started: datetime, options: RunOptions
) -> Reconciliation:
    total = run.total
    if options.ids:
        return Reconciliation(balanced=True)
    if total is not None and options.limit is not None:
        total = min(total, options.limit)
    return reconcile(total, run.live, lambda: source.drift(query, started))


def _report(
    run: SyncRun,
    ledger: Ledger,
    verdict: Reconciliation,
    error: CrmsyncError | None,
    traffic: tuple[Traffic, Traffic],
    duration: float,
) -> SyncReport:
    plan, books = run.plan, run.books
    counts = counts_from(books.outcomes, read=run.read, source_total=run.total)
    standing = ledger.standing(plan.name, plan.destination)
    balanced = verdict.balanced and counts.read == counts.settled
    still_owed = counts.pending + counts.unknown
    guarded = isinstance(error, GuardError)  # what it held back is a person's to decide
    code = ExitCode.OK
    if error is not None:
        code = of_error(error)
    elif not balanced or books.fresh or standing.owed:
        code = ExitCode.OWED
    read, sent = traffic
    return SyncReport(
        sync=plan.name,
        source=plan.source,
        object=plan.object,
        destination=plan.destination,
        status=status_of(code),
        error=words_of(error) if error else None,
        balanced=balanced,
        counts=counts,
        warnings=books.warnings,
        owed=standing.owed if guarded else max(standing.owed, still_owed),
        quarantined=standing.quarantined,
        source_requests=read.requests,
        destination_requests=sent.requests,
        retries=read.retries + sent.retries,
        rate_limited=read.rate_limited + sent.rate_limited,
        bytes_sent=sent.bytes_sent,
        duration_s=duration,
        cursor=books.cursor or ledger.sync_state(plan.name).cursor,
        notes=(verdict.note,) if verdict.note else (),
        exit_code=code,
    )


def status_of(code: ExitCode) -> str:
    """A report's `status` for an exit code."""
    return _STATUS.get(code, "failed")


def words_of(error: CrmsyncError) -> str:
    """A report's `error`: what happened and what to do next."""
    return f"{error.message}; {error.hint}" if error.hint else error.message
