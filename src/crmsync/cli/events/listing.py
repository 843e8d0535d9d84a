"""`crmsync events list`: the events of leads."""

from contextlib import closing
from typing import Annotated, TypeAlias

import typer

from crmsync.cli import session
from crmsync.cli.events.arguments import OneDestination
from crmsync.cli.moments import Since, moment
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit, note
from crmsync.cli.output.text import safe

_Leads: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--lead", metavar="ID", help="Of this lead, by Atoka's id. Repeatable."),
]
_VAT: TypeAlias = Annotated[
    str, typer.Option("--vat", metavar="NUMBER", help="Of the company with this VAT number.")
]
_TaxID: TypeAlias = Annotated[
    str, typer.Option("--tax-id", metavar="NUMBER", help="Of the company with this tax id.")
]
_Name: TypeAlias = Annotated[
    str, typer.Option("--name", metavar="TEXT", help="Of the one company that is surely meant.")
]
_Oldest: TypeAlias = Annotated[
    bool, typer.Option("--oldest/--newest", help="Which come first; the newest if left out.")
]
_Limit: TypeAlias = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="No more than N events.")
]


def list_(
    context: typer.Context,
    *,
    lead: _Leads = None,
    vat: _VAT = "",
    tax_id: _TaxID = "",
    name: _Name = "",
    since: Since = None,
    oldest: _Oldest = False,
    limit: _Limit = None,
    destination: OneDestination = None,
    as_json: AsJSON = False,
) -> None:
    """List the events of leads. Atoka lists by lead only: for all, see `events sync`."""
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.events import listed

    leads = list(filter(None, (one.strip() for one in lead or ())))
    clues = {"vat": vat.strip(), "tax_id": tax_id.strip(), "name": name.strip()}
    if not leads and not any(clues.values()):
        raise typer.BadParameter(
            "name leads with --lead, or one with --vat, --tax-id or --name: Atoka lists events "
            "by lead only; `crmsync events sync --since MOMENT` has those of every lead"
        )
    with session.awaited(context) as workspace, closing(workspace.open_events(destination)) as desk:
        start = None if since is None else moment(since, workspace.clock.now())
        if any(clues.values()):
            meant = desk.lead(**clues)
            leads += [meant.id, *meant.aliases]
            _told(context, f"lead {safe(meant.id)}, by {safe(meant.found_by)}")
        found = desk.listed(
            list(dict.fromkeys(leads)),
            since=start,
            ordering="oldest" if oldest else "newest",
            limit=limit,
        )
    if as_json:
        emit(document({"leads": leads, "events": found}))
    elif found:
        emit(listed(found))
    if not found:
        after = "" if since is None else f" since {since}"
        note(f"no events of {safe(', '.join(leads))}{safe(after)}, or Atoka does not know the lead")


def _told(context: typer.Context, text: str) -> None:
    if not session.globals_of(context).quiet:
        note(text)
