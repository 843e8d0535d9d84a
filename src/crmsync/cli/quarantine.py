"""`crmsync quarantine`: records that were refused, and what to do with them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from crmsync.cli import session
from crmsync.cli.lazily import group
from crmsync.cli.options import AsJSON, Destinations, Sources, Syncs
from crmsync.cli.output.terminal import emit, note
from crmsync.cli.output.text import safe
from crmsync.errors import ConfigError
from crmsync.exit_codes import ExitCode
from crmsync.receipts import Problem

if TYPE_CHECKING:
    from crmsync.engine.plans import SyncPlan
    from crmsync.interfaces import Ledger
    from crmsync.reports import JSONObject, RunReport
    from crmsync.wiring import Selection

app = group("List, show, retry, drop and export records that were refused.")

Ids: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="Ids of the records in the CRM; all if left out."),
]


DropIds: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="Ids of the records in the CRM; or give --all."),
]


Reveal: TypeAlias = Annotated[
    bool,
    typer.Option("--reveal", help="Show e-mail addresses and telephone numbers whole."),
]


class ExportFormat(StrEnum):
    """How an export is written."""

    NDJSON = "ndjson"
    CSV = "csv"


@app.command("list")
def list_(
    context: typer.Context,
    *,
    source: Sources = None,
    destination: Destinations = None,
    sync: Syncs = None,
    reveal: Reveal = False,
    as_json: AsJSON = False,
) -> None:
    """List quarantined records with the first reason of each, addresses masked."""
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.quarantined import listed

    found = _shown(_found(context, session.selection(source, destination, sync)), reveal=reveal)
    if as_json:
        emit(document({"quarantined": found}))
    else:
        emit(listed(found) if found else "nothing is in quarantine")


@app.command("show")
def show(
    context: typer.Context,
    ids: Ids = None,
    *,
    sync: Syncs = None,
    reveal: Reveal = False,
    as_json: AsJSON = False,
) -> None:
    """Show quarantined records: every reason, and what was refused, addresses masked."""
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.quarantined import shown

    found = _found(context, session.selection(syncs=sync), ids)
    _must_hold(found, ids)
    found = _shown(found, reveal=reveal)
    emit(document({"quarantined": found}) if as_json else shown(found))


@app.command("retry")
def retry(
    context: typer.Context,
    ids: Ids = None,
    *,
    source: Sources = None,
    destination: Destinations = None,
    sync: Syncs = None,
    as_json: AsJSON = False,
) -> None:
    """Read, map, validate and send quarantined records at once; reports like `run`.

    An event that may have arrived is sent again only where its record's ID is given: look at the
    platform first.
    """
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.endings import tell_run
    from crmsync.engine.retry import retry_quarantined

    with session.workspace(context) as workspace:
        ledger = workspace.ledger()
        plans = workspace.plans(session.selection(source, destination, sync))
        if ids:
            found = _held(ledger, plans, ids)
        else:
            found = {plan.name: _refused(ledger, plan) for plan in plans}
        reports = [
            retry_quarantined(plan, ledger, workspace.clock, found[plan.name] if ids else ())
            for plan in plans
            if found[plan.name]
        ]
    if reports:
        raise typer.Exit(tell_run(_together(reports).to_json(), as_json=as_json))
    code = ExitCode.USAGE if ids else ExitCode.OK
    if not ids:
        note("nothing is in quarantine")
    if as_json:
        emit(document({"exit_code": int(code), "syncs": []}))
    raise typer.Exit(code)


@app.command("drop")
def drop(
    context: typer.Context,
    ids: DropIds = None,
    *,
    sync: Syncs = None,
    everything: Annotated[bool, typer.Option("--all", help="Drop all of the selection.")] = False,
    as_json: AsJSON = False,
) -> None:
    """Forget quarantined records. They come again when they change in the CRM.

    An event that may have arrived counts as arrived from then on.
    """
    from crmsync.cli.output.documents import document
    from crmsync.engine import retry as decisions

    if bool(ids) == everything:
        raise typer.BadParameter("name the ids of records, or --all for all of the selection")
    with session.workspace(context) as workspace:
        ledger = workspace.ledger()
        plans = workspace.plans(session.selection(syncs=sync))
        found = _held(ledger, plans, ids)
        dropped = sum(decisions.drop(plan, ledger, found[plan.name]) for plan in plans)
    emit(document({"dropped": dropped}) if as_json else f"{dropped} dropped from quarantine")
    raise typer.Exit(ExitCode.USAGE if ids and not dropped else ExitCode.OK)


@app.command("export")
def export(
    context: typer.Context,
    *,
    source: Sources = None,
    destination: Destinations = None,
    sync: Syncs = None,
    form: Annotated[
        ExportFormat, typer.Option("--format", help="One JSON object a line, or CSV.")
    ] = ExportFormat.NDJSON,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="Write it there, readable by you alone; - is stdout."
        ),
    ] = None,
) -> None:
    """Export quarantined records, for a ticket or a spreadsheet: customers' data, unmasked."""
    from crmsync.cli.output.documents import line
    from crmsync.cli.output.exports import STDOUT, write_private
    from crmsync.cli.output.quarantined import as_csv

    found = _found(context, session.selection(source, destination, sync))
    if form is ExportFormat.CSV:
        text = as_csv(found)
    else:
        text = "".join(f"{line(record)}\n" for record in found)
    if output is not None and output != STDOUT:
        write_private(output, text)
        note(f"{len(found)} records written to {output}")
    elif text:
        emit(text.rstrip("\r\n"))


def _found(
    context: typer.Context, chosen: Selection, ids: list[str] | None = None
) -> list[JSONObject]:
    from crmsync.cli.output.quarantined import record_json
    from crmsync.engine.retry import held

    with session.workspace(context) as workspace:
        ledger = workspace.ledger(read_only=True)
        return [
            record_json(one, plan.plugin.decode)
            for plan in workspace.plans(chosen)
            for one in held(plan, ledger, ids or ())
        ]


def _shown(records: list[JSONObject], *, reveal: bool) -> list[JSONObject]:
    """The records as they are shown; says on stderr where something of them is not."""
    from crmsync.showing.masking import masked_record

    if reveal:
        return records
    masked = [masked_record(one) for one in records]
    if masked != records:
        note("e-mail addresses and telephone numbers are masked: --reveal shows them")
    return masked


def _refused(ledger: Ledger, plan: SyncPlan) -> list[str]:
    return [one.record_id for one in ledger.quarantine(plan.name)]


def _held(ledger: Ledger, plans: Iterable[SyncPlan], ids: list[str] | None) -> dict[str, list[str]]:
    """Whose records wait for a person, by sync; names on stderr what was asked for and does not."""
    from crmsync.engine.retry import held

    found = {
        plan.name: list(dict.fromkeys(one.record_id for one in held(plan, ledger, ids or ())))
        for plan in plans
    }
    for missing in sorted(set(ids or ()).difference(*found.values())):
        note(f"{safe(missing)} is not in quarantine", level="warning")
    return found


def _must_hold(found: list[JSONObject], ids: list[str] | None) -> None:
    missing = set(ids or ()) - {str(record["id"]) for record in found}
    if missing:
        problems = [Problem(one, "unknown_name", "is not in quarantine") for one in sorted(missing)]
        raise ConfigError(problems, hint="`crmsync quarantine list` shows what is")


def _together(reports: list[RunReport]) -> RunReport:
    from dataclasses import replace

    from crmsync.exit_codes import gravest

    return replace(
        reports[0],
        exit_code=gravest(report.exit_code for report in reports),
        finished_at=reports[-1].finished_at,
        syncs=tuple(sync for report in reports for sync in report.syncs),
    )
