"""`crmsync ledger`: the state store itself; a command a file."""

from __future__ import annotations

from crmsync.cli.lazily import group
from crmsync.cli.ledger import check, copy, migrate

app = group("Bring the ledger up to date, copy it to another database, check it.")
app.command("migrate")(migrate.migrate)
app.command("copy")(copy.copy)
app.command("check")(check.check)
