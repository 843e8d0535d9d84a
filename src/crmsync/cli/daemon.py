"""`crmsync daemon`: run syncs on their schedules."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from crmsync.cli import session
from crmsync.cli.signals import leave, stop_on_signals

if TYPE_CHECKING:
    from crmsync.scheduling.daemon import Daemon
    from crmsync.web.service import StatusPage
    from crmsync.wiring import Paces, Workspace


def daemon(
    context: typer.Context,
    *,
    http: Annotated[
        str | None,
        typer.Option(
            "--http",
            metavar="ADDRESS",
            help="Serve the status page there: 127.0.0.1:8787, [::1]:8787, unix:/PATH, or an "
            "address beyond this machine, which needs daemon.http_token.",
        ),
    ] = None,
) -> None:
    """Run each sync that has a schedule, until stopped. Its log on stderr tells of every run.

    SIGHUP reads the configuration again. SIGTERM or Ctrl-C stops within 5 seconds, a second one
    at once.
    """
    from crmsync.cli.output.log_lines import log_our_events
    from crmsync.config.loading import load
    from crmsync.scheduling.daemon import Daemon
    from crmsync.scheduling.lookout import Lookout
    from crmsync.scheduling.runs import Threads
    from crmsync.scheduling.timers import Timers
    from crmsync.wiring import Workspace

    if not session.globals_of(context).logs:
        log_our_events()
    loaded = session.loaded(context)
    with Workspace(loaded) as workspace:
        paces: Paces = {}
        running = Daemon(
            loaded,
            load=partial(load, loaded.path),
            ledger=workspace.ledger(),
            clock=workspace.clock,
            start=Threads(paces).start,
            calls=Timers,
        )
        page = None if http is None else _page(http, running, workspace, paces)
        with ExitStack() as served, stop_on_signals(running.stop, running.reload):
            served.enter_context(Lookout(lambda: running.loaded))
            if page is not None:
                served.callback(page.stop)
            end = running.run()
            if end.cut:
                leave(end.code)
    raise typer.Exit(end.code)


def _page(address: str, running: Daemon, workspace: Workspace, paces: Paces) -> StatusPage:
    """The status page, answering already."""
    from crmsync import logs
    from crmsync.web.service import StatusPage

    page = StatusPage(address, running, workspace.clock, paces)
    page.start()
    logs.event(logs.PAGE_SERVED, url=page.address.url)
    return page
