"""`crmsync check`: find what is wrong before a run does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

import typer

from crmsync.cli import session
from crmsync.cli.options import AsJSON, Destinations, Sources, Syncs
from crmsync.cli.output.terminal import emit
from crmsync.cli.output.text import safe
from crmsync.errors import ConfigError, CrmsyncError, StoppedError
from crmsync.exit_codes import ExitCode, gravest, of_error

if TYPE_CHECKING:
    from crmsync.engine.plans import SyncPlan
    from crmsync.interfaces import CheckResult, Destination, EventDestination, Source

    AdapterT = TypeVar("AdapterT", Source, Destination | EventDestination)


def check(
    context: typer.Context,
    *,
    source: Sources = None,
    destination: Destinations = None,
    sync: Syncs = None,
    as_json: AsJSON = False,
) -> None:
    """Check configuration, credentials, scopes, mapped fields and platforms. Changes nothing."""
    from crmsync.alerts.checks import check_ways
    from crmsync.cli.output.documents import document

    results = []
    with session.awaited(context) as workspace:
        plans = workspace.plans(session.selection(source, destination, sync))
        for result in findings(plans, check_ways(workspace.ways)):
            results.append(result)
            if not as_json:
                emit(_line(result))
    code = gravest(ExitCode(result.code or 1) for result in results if not result.passed)
    if as_json:
        checks = [result._asdict() for result in results]
        emit(document({"exit_code": int(code), "checks": checks}))
    raise typer.Exit(code)


def findings(
    plans: Iterable[SyncPlan], others: Iterable[CheckResult] = ()
) -> Iterator[CheckResult]:
    """Check every plan's source with what its mapping needs, and every destination once.

    *others* are findings that are no account's.
    """
    from crmsync.interfaces import CheckResult

    try:
        yield from _findings(plans)
        yield from others
    except StoppedError:
        message = "stopped before everything was checked; nothing was changed"
        code = ExitCode.TEMPORARY
        yield CheckResult("check", passed=False, message=message, hint="run it again", code=code)


def _findings(plans: Iterable[SyncPlan]) -> Iterator[CheckResult]:
    from crmsync.interfaces import CheckResult

    seen = set()
    for plan in plans:
        yield CheckResult(f"syncs.{plan.name}", passed=True, message="configuration and mapping")
        of_source = _checked(f"sources.{plan.source}", plan.open_source, _asking(plan))
        yield from (_placed(result, plan.name) for result in of_source)
        if plan.destination not in seen:
            seen.add(plan.destination)
            name = f"destinations.{plan.destination}"
            yield from _checked(name, plan.open_platform, lambda it: it.check())


def _placed(result: CheckResult, sync: str) -> CheckResult:
    """What a mapping asks for and the CRM lacks, with the sync whose mapping it is."""
    if result.passed or result.code != ExitCode.USAGE:
        return result
    return result._replace(hint=f"in the sync {sync}: {result.hint}")


def _asking(plan: SyncPlan) -> Callable[[Source], Iterable[CheckResult]]:
    return lambda source: source.check(plan.query())


def _checked(
    name: str,
    open_it: Callable[[], AdapterT],
    check_it: Callable[[AdapterT], Iterable[CheckResult]],
) -> Iterator[CheckResult]:
    """What an account finds; an error that ends its checks is one of its lines."""
    try:
        with closing(open_it()) as account:
            yield from check_it(account)
    except StoppedError:
        raise
    except CrmsyncError as error:
        yield _failed(name, error)


def _failed(name: str, error: CrmsyncError) -> CheckResult:
    from crmsync.interfaces import CheckResult

    message = error.message
    if isinstance(error, ConfigError):
        message = "; ".join(problem.message for problem in error.problems)
    return CheckResult(name, passed=False, message=message, hint=error.hint, code=of_error(error))


def _line(result: CheckResult) -> str:
    from crmsync.destinations.checking import NOT_VERIFIED
    from crmsync.sources.checking import TOO_MUCH

    hint = f"\n      → {safe(result.hint)}" if result.hint and not result.passed else ""
    verdict = "ok  " if result.passed else "FAIL"
    if result.passed and result.message.startswith(NOT_VERIFIED):
        verdict = "--  "
    elif result.passed and result.message.startswith(TOO_MUCH):
        verdict = "warn"
    return f"{verdict}  {safe(result.name)}: {safe(result.message)}{hint}"
