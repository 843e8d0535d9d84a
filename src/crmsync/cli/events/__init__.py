"""`crmsync events`: Atoka's lead events, for a person at the keyboard; a command a file."""

from __future__ import annotations

from crmsync.cli.events import delete, listing, show, statuses, sync, update
from crmsync.cli.lazily import group

app = group("List, show, change, delete and follow Atoka's lead events; runs create them.")
app.command("list")(listing.list_)
app.command("show")(show.show)
app.command("update")(update.update)
app.command("delete")(delete.delete)
app.command("statuses")(statuses.statuses)
app.command("sync")(sync.sync)
