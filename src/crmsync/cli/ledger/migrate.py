"""`crmsync ledger migrate`: bring the ledger's schema up to date."""

import typer

from crmsync.cli import session
from crmsync.cli.options import AsJSON
from crmsync.cli.output.terminal import emit


def migrate(context: typer.Context, *, as_json: AsJSON = False) -> None:
    """Bring the configuration's ledger up to this crmsync's version, or make it.

    Every command that writes does so by itself. Where several machines share a ledger, upgrade
    them together: an older crmsync refuses a newer ledger.
    """
    from crmsync.cli.output.documents import document
    from crmsync.cli.output.text import safe
    from crmsync.ledger import version_of
    from crmsync.ledger.urls import shown

    with session.workspace(context) as workspace:
        url = workspace.state_url
        password = workspace.password_of(url)
        before = version_of(url, password=password)
        workspace.ledger()
        now = version_of(url, password=password)
    if as_json:
        emit(document({"ledger": shown(url), "from": before, "to": now}))
    elif before == now:
        emit(f"the ledger {safe(shown(url))} has version {now}: nothing to do")
    else:
        emit(f"the ledger {safe(shown(url))}: from version {before} to {now}")
