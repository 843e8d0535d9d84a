"""`crmsync ledger`: the state store itself; a command a file."""

from __future__ import annotations

import typer

from crmsync.cli.ledger import check, copy, migrate

app = typer.Typer(
    no_args_is_help=True,
    help="Bring the ledger up to date, copy it to another database, check it.",
)
app.command("migrate")(migrate.migrate)
app.command("copy")(copy.copy)
app.command("check")(check.check)
