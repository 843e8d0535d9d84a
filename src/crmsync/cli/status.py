"""`crmsync status`: how each sync stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmsync.cli import session
from crmsync.cli.options import AsJSON, Destinations, Sources, Syncs
from crmsync.cli.output.terminal import emit
from crmsync.exit_codes import ExitCode, gravest

if TYPE_CHECKING:
    from crmsync.engine.plans import SyncPlan
    from crmsync.interfaces import Ledger

_NEXT_RUN = "sending or unknown: the next run looks for it, and settles it as far as it can"
_ADVICE = {
    "sending": _NEXT_RUN,
    "unknown": _NEXT_RUN,
    "parked": "parked: a person must look whether the platform has it; then `crmsync quarantine "
    "retry ID` sends it again, and `crmsync quarantine drop ID` takes it for arrived",
}
"""What becomes of an event of which it is not known whether it arrived, by its phase."""


def status(
    context: typer.Context,
    *,
    source: Sources = None,
    destination: Destinations = None,
    sync: Syncs = None,
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code",
            help="End with 3 when something is owed or quarantined, 1 when a last run failed.",
        ),
    ] = False,
    nagios: Annotated[
        bool,
        typer.Option(
            "--nagios",
            help="Print a line for a monitor, and end as it expects: 0 OK, 1 WARNING, 2 CRITICAL, "
            "3 UNKNOWN.",
        ),
    ] = False,
    as_json: AsJSON = False,
) -> None:
    """Show each sync's last run, the age of its cursor, and what is owed and quarantined.

    The last run is one of all records: not a sample, nor one that left since another was under way.
    """
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.monitors import monitored

    if nagios and as_json:
        message = "--nagios prints one line, --json one document: leave one of them out"
        raise typer.BadParameter(message)
    with session.workspace(context) as workspace:
        now = workspace.clock.now()
        plans = workspace.plans(session.selection(source, destination, sync))
        ledger = workspace.ledger(read_only=True)
        syncs = [_standing(plan, ledger, now) for plan in plans]
        unfinished = [run for run in ledger.runs(limit=1) if run["exit_code"] is None]
    if nagios:
        state, line = monitored(syncs)
        emit(line)
        raise typer.Exit(state)
    code = gravest(_code(one) for one in syncs)
    if as_json:
        open_run = unfinished[0]["run_id"] if unfinished else None
        emit(document({"exit_code": int(code), "unfinished_run": open_run, "syncs": syncs}))
    else:
        emit("\n".join([_table(syncs), *map(_unfinished, unfinished)]))
    raise typer.Exit(code if exit_code else ExitCode.OK)


def _standing(plan: SyncPlan, ledger: Ledger, now: datetime) -> dict[str, Any]:
    from crmsync.alerts.standing import troubles_json
    from crmsync.alerts.telling import standing_of
    from crmsync.engine.explain import event_json
    from crmsync.reports import timestamp

    state = ledger.sync_state(plan.name)
    standing = ledger.standing(plan.name, plan.destination)
    last = ledger.last_whole(plan.name) or {}
    at = state.cursor_at
    return {
        "sync": plan.name,
        "source": plan.source,
        "object": plan.object,
        "destination": plan.destination,
        "run_id": last.get("run_id"),
        "status": last.get("status"),
        "exit_code": last.get("exit_code"),
        "error": last.get("error"),
        "finished_at": last.get("finished_at"),
        "cursor": state.cursor,
        "cursor_at": timestamp(at) if at else None,
        "cursor_age_s": round((now - at).total_seconds()) if at else None,
        **standing._asdict(),
        "tracked": ledger.tracked(plan.name),
        "guard": last.get("guard"),
        "alerts": troubles_json(standing_of(ledger, plan.name, plan.destination)),
        "uncertain": [event_json(line) for line in ledger.uncertain_events(plan.name)],
    }


def _unfinished(run: Mapping[str, Any]) -> str:
    return (
        f"run {run['run_id']} began at {run['started_at']} and has not ended: it is running, or "
        "it was killed, and the next run goes on where it stopped"
    )


def _code(sync: Mapping[str, Any]) -> ExitCode:
    last = sync["exit_code"]
    if last not in {None, ExitCode.OK, ExitCode.OWED}:
        return ExitCode.FAILED
    return ExitCode.OWED if sync["owed"] or sync["quarantined"] else ExitCode.OK


def _table(syncs: Sequence[Mapping[str, Any]]) -> str:
    from crmsync.cli.output.text import columns, safe

    rows = [
        [
            sync["sync"],
            sync["status"] or "never run",
            sync["finished_at"] or "",
            _age(sync["cursor_age_s"]),
            *(sync[name] for name in ("tracked", "owed", "quarantined", "skipped")),
        ]
        for sync in syncs
    ]
    head = ["sync", "last run", "ended", "cursor", "tracked", "owed", "quarantined", "skipped"]
    errors = [f"{safe(sync['sync'])}: {safe(sync['error'])}" for sync in syncs if sync["error"]]
    uncertain = [_uncertain(sync["sync"], one) for sync in syncs for one in sync["uncertain"]]
    phases = {one["phase"] for sync in syncs for one in sync["uncertain"]}
    advice = [told for phase, told in _ADVICE.items() if phase in phases]
    alerts = [_alert(sync["sync"], one) for sync in syncs for one in sync["alerts"]]
    told = [*errors, *alerts, *uncertain, *dict.fromkeys(advice)]
    return "\n".join([columns(head, rows), *told])


def _alert(sync: str, trouble: Mapping[str, Any]) -> str:
    """That a sync is bad, and who was told."""
    from crmsync.cli.output.text import safe

    state = "is" if trouble["bad"] else "was"
    line = f"{sync}: {state} {trouble['reason']} since {trouble['since']}"
    line += f"; told: {', '.join(trouble['told'])}" if trouble["told"] else ""
    line += f"; could not be told: {trouble['fault']}" if trouble["fault"] else ""
    return safe(line)


def _uncertain(sync: str, event: Mapping[str, Any]) -> str:
    """An event of which it is not known whether it arrived: it is owed until that is settled."""
    from crmsync.cli.output.text import safe

    told = (
        f"{sync}: event {event['tag']} of record {event['id']} for lead {event['lead']} is "
        f"{event['phase']} since {event['at']}"
    )
    return safe(f"{told}: {event['reason']}" if event["reason"] else told)


def _age(seconds: int | None) -> str:
    if seconds is None:
        return "none"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size} {unit} old"
    return f"{seconds} s old"
