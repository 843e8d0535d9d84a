"""`crmsync ledger check`: look for damage, and for rows that point to nothing."""

from typing import Annotated

import typer

from crmsync.cli import session
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit
from crmsync.exit_codes import ExitCode


def check(
    context: typer.Context,
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="Another than the configuration's.")
    ] = None,
    *,
    as_json: AsJSON = False,
) -> None:
    """Check the ledger: its version, its pages, and that no row points to nothing.

    Changes nothing. Ends with 1 where something is wrong.
    """
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.text import safe
    from crmsync.ledger import version_of
    from crmsync.ledger.checking import findings
    from crmsync.ledger.urls import shown

    with session.workspace(context) as workspace:
        place = workspace.state_url if url is None else url
        version = version_of(place, password=workspace.password_of(place))
        wrong = findings(workspace.stored(place, read_only=True).store)
    name = shown(place)
    if as_json:
        found = [one._asdict() for one in wrong]
        emit(document({"ledger": name, "version": version, "findings": found}))
    else:
        emit(f"the ledger {safe(name)} has version {version}" if version else f"no ledger {name}")
        emit("\n".join(f"{one.times} {safe(one.says)}" for one in wrong) or "nothing is wrong")
        if wrong:
            emit("restore a backup from before, or report this with what ran last")
    raise typer.Exit(ExitCode.FAILED if wrong else ExitCode.OK)
