"""A run: its syncs in order, those that share a read side by side; each with its own report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from crmsync import logs
from crmsync.engine.books import TAKEN
from crmsync.engine.events import EventRun
from crmsync.engine.fencing import Fenced
from crmsync.engine.grouping import grouped, side_by_side
from crmsync.engine.guards import passed_notes, pin_tenant
from crmsync.engine.heeding import Heeding
from crmsync.engine.plans import InTurn, Progress, RunOptions, Silent, SyncPlan
from crmsync.engine.reconciling import Reconciliation, reconcile
from crmsync.engine.retention import purge
from crmsync.engine.sync import SyncRun
from crmsync.errors import (
    ConfigError,
    CredentialsError,
    CrmsyncError,
    FatalError,
    Guard,
    GuardError,
    LockedError,
    RetryableError,
    out_of_memory,
)
from crmsync.exit_codes import ExitCode, gravest, of_error
from crmsync.interfaces import Clock, Destination, EventDestination, Ledger, Source, Traffic
from crmsync.plugins import culprit
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
    run_id: str | None = None,
) -> RunReport:
    """Run syncs in order; those that one read of the CRM can feed run side by side.

    One that fails leaves the others untouched. Raises nothing of its own: what ended a sync
    stands in its report. The reports are in the order of *plans*. *run_id* is for who had to
    name the run before it began.
    """
    run_id = run_id or new_run_id(clock.now())
    started = clock.now()
    ledger.start_run(run_id, started)
    logs.event(logs.RUN_STARTED, run_id=run_id, syncs=[plan.name for plan in plans])
    told = InTurn(progress or Silent())
    reports: dict[str, SyncReport] = {}
    for group in grouped(plans, ledger, clock, options):
        asked = replace(options, full=True) if group.anew else options

        def work(plan: SyncPlan, asked: RunOptions = asked) -> SyncReport:
            told.sync_begins(plan.name)
            report = _run_sync(plan, ledger, clock, asked, run_id=run_id, progress=told)
            ledger.finish_sync(run_id, report, clock.now())
            told.sync_stored(report)
            return report

        reports.update((report.sync, report) for report in side_by_side(group, clock, work))
    whole = RunReport(
        run_id=run_id,
        exit_code=gravest(report.exit_code for report in reports.values()),
        started_at=started,
        finished_at=clock.now(),
        syncs=tuple(reports[plan.name] for plan in plans),
    )
    ledger.finish_run(whole)
    if options.keep is not None:
        purge(plans, ledger, clock.now() - timedelta(seconds=options.keep))
    logs.event(logs.RUN_FINISHED, run_id=run_id, exit_code=int(whole.exit_code))
    return whole


def log_end(report: SyncReport, run_id: str, level: int = logging.INFO) -> None:
    """Log how a sync ended."""
    logs.event(
        logs.SYNC_FINISHED,
        level=level,
        run_id=run_id,
        sync=report.sync,
        status=report.status,
        exit_code=int(report.exit_code),
        read=report.counts.read,
        owed=report.owed,
        error=report.error,
    )


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
    progress: Progress,
) -> SyncReport:
    began, started = clock.monotonic(), clock.now()
    kind = SyncRun if plan.open_events is None else EventRun
    run = kind(plan, ledger, clock, options, run_id=run_id, progress=progress)
    traffic = (Traffic(), Traffic())
    verdict = Reconciliation(balanced=True)
    error: CrmsyncError | None = None
    try:
        with (
            ledger.lock(f"sync {plan.name}"),
            _turn(plan, ledger, clock),
            _grounds(run, ledger, options),
            closing(Heeding(plan.open_source(), clock)) as source,
            _opened(run, ledger) as (sink, execute),
        ):
            _check(sink)
            try:
                query = execute(source)
                verdict = _reconciled(run, source, query, started, options)
            finally:
                traffic = (source.traffic, sink.traffic)
    except CrmsyncError as failure:
        error = failure
    except Exception as failure:
        # The other syncs still run, and this one's report is still stored.
        _LOGGER.debug("unexpected", exc_info=failure)
        error = unforeseen(failure)
    report = _report(run, ledger, verdict, error, traffic, clock.monotonic() - began)
    report = replace(report, partial=options.partial)
    progress.sync_finished(report)
    return report


@contextmanager
def _opened(
    run: SyncRun | EventRun, ledger: Ledger
) -> Iterator[tuple[Destination | EventDestination, Callable[[Heeding], Query]]]:
    """The run's destination, and what executes the run with it."""
    if isinstance(run, EventRun):
        with closing(run.open()) as events:
            yield events, partial(run.execute, destination=events)
    else:
        with closing(Fenced(run.plan.open_destination(), ledger.check_locks)) as sink:
            yield sink, partial(run.execute, destination=sink)


@contextmanager
def _grounds(run: SyncRun | EventRun, ledger: Ledger, options: RunOptions) -> Iterator[None]:
    """Refuse another account of the platform, and a ledger that is older than what was sent.

    The account is remembered when something was delivered, and an older ledger is taken for the
    newest when a run that a person let pass has done all. A sample is to look first: it
    remembers neither.
    """
    plan, passed = run.plan, run.guards.passed
    run.guards.tenant(ledger)
    run.guards.restored(ledger)
    if run.guards.events and Guard.RESTORED not in passed:
        ledger.vouch(plan.destination, plan.name)
    try:
        yield
        if Guard.RESTORED in passed and not options.partial:
            ledger.vouch(plan.destination, plan.name)
    finally:
        delivered = any(run.books.outcomes[outcome] for outcome in TAKEN)
        if not options.partial:
            pin_tenant(plan, ledger, delivered=delivered, passed=Guard.TENANT in passed)


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


def _check(destination: Destination | EventDestination) -> None:
    """Nothing is read for a destination that cannot be sent to."""
    failed = [result for result in destination.check() if not result.passed]
    if not failed:
        return
    problems = [Problem(result.name, "check_failed", result.message) for result in failed]
    told, hint = "; ".join(problem.message for problem in problems), failed[0].hint
    codes = {result.code for result in failed}
    if ExitCode.CREDENTIALS in codes:
        raise CredentialsError(told, hint=hint)
    if codes == {ExitCode.TEMPORARY}:
        raise RetryableError(told, hint=hint)
    if ExitCode.FAILED in codes:
        raise FatalError(told, hint=hint)
    raise ConfigError(problems, hint=hint)


def _reconciled(
    run: SyncRun | EventRun, source: Source, query: Query, started: datetime, options: RunOptions
) -> Reconciliation:
    total = run.total
    if options.ids:
        return Reconciliation(balanced=True)
    if total is not None and options.limit is not None:
        total = min(total, options.limit)
    return reconcile(total, run.live, lambda: source.drift(query, started))


def _report(
    run: SyncRun | EventRun,
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
        notes=(*passed_notes(run.guards), *((verdict.note,) if verdict.note else ())),
        guard=guard_of(error),
        allowed=tuple(guard.value for guard in run.guards.passed),
        exit_code=code,
    )


def unforeseen(error: Exception) -> FatalError:
    """A sync's end by an error that nobody foresaw: whose bug it is, without its words."""
    if isinstance(error, MemoryError):
        return out_of_memory()
    kind, shown = type(error).__name__, "with what `crmsync --log-level debug COMMAND …` shows"
    if whose := culprit(error):
        return FatalError(f"a bug in {whose}: {kind}", hint=f"tell its author, {shown}")
    return FatalError(f"this is a bug in crmsync: {kind}", hint=f"please report it, {shown}")


def guard_of(error: CrmsyncError | None) -> str | None:
    """A report's `guard`: the one that stopped the sync."""
    return error.guard.value if isinstance(error, GuardError) and error.guard else None


def status_of(code: ExitCode) -> str:
    """A report's `status` for an exit code."""
    return _STATUS.get(code, "failed")


def words_of(error: CrmsyncError) -> str:
    """A report's `error`: what happened and what to do next."""
    return f"{error.message}; {error.hint}" if error.hint else error.message
