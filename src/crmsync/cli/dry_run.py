"""`crmsync dry-run`: show what a run would send."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from crmsync.cli import session
from crmsync.cli.options import Allow, Destinations, Limit, Sources, Syncs
from crmsync.cli.output.terminal import emit, note, shows_results
from crmsync.cli.output.text import safe
from crmsync.exit_codes import ExitCode


class Format(StrEnum):
    """How the preview is written."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    HTML = "html"


def dry_run(
    context: typer.Context,
    *,
    source: Sources = None,
    destination: Destinations = None,
    sync: Syncs = None,
    full: Annotated[
        bool, typer.Option("--full", help="Look at everything, not only at what changed.")
    ] = False,
    limit: Limit = None,
    allow: Allow = None,
    record: Annotated[
        list[str] | None,
        typer.Option("--record", metavar="ID", help="Only this record of the CRM. Repeatable."),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="How to write the preview.")
    ] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="FILE", help="Write it there, readable by you alone; - is stdout."
        ),
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 4 when there is something to send.")
    ] = False,
) -> None:
    """Show what a run would create, change and refuse, field by field. Sends nothing.

    Nothing is written to the ledger either, and the platform's credentials are not needed.
    """
    from crmsync.cli.output.endings import tell_failures
    from crmsync.cli.output.exports import STDOUT, write_private
    from crmsync.engine.preview import preview_syncs
    from crmsync.engine.previews import PreviewOptions

    with session.awaited(context) as workspace:
        plans = workspace.plans(session.selection(source, destination, sync))
        allowed, ids = frozenset(allow or ()), tuple(record or ())
        options = PreviewOptions(full=full, limit=limit, ids=ids, allowed=allowed)
        ledger = workspace.ledger(read_only=True)
        report = preview_syncs(plans, ledger, workspace.clock, options)
    preview: dict[str, Any] = report.to_json()
    form = Format.JSON if as_json else form
    text = _written(preview, form)
    seen = output in {None, STDOUT}
    if output is None or seen:
        emit(text)
    else:
        write_private(output, f"{text}\n")
        if not session.globals_of(context).quiet:
            note(f"written to {safe(output)}")
    if not (seen and form is Format.TABLE and shows_results()):
        tell_failures(preview["syncs"])
    _tell_missing(record or (), preview["syncs"])
    code = report.exit_code
    if code in {ExitCode.OK, ExitCode.TO_SEND}:
        code = ExitCode.TO_SEND if exit_code and report.to_send else ExitCode.OK
    raise typer.Exit(code)


def _tell_missing(wanted: Iterable[str], syncs: Iterable[Mapping[str, Any]]) -> None:
    """Say which of the records asked for the CRM does not have; not after an error."""
    syncs = list(syncs)
    if any(sync["error"] for sync in syncs):
        return
    found = {record["id"] for sync in syncs for record in sync["records"]}
    for one in wanted:
        if one not in found:
            note(f"the CRM gave no record {safe(one)}", level="warning")


def _written(preview: Mapping[str, object], form: Format) -> str:
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.previews import preview_lines, preview_text

    match form:
        case Format.TABLE:
            return preview_text(preview)
        case Format.JSON:
            return document(preview)
        case Format.NDJSON:
            return "\n".join(preview_lines(preview))
        case Format.HTML:
            from crmsync.cli.output.html import render

            return render(dict(preview))
