"""`crmsync daemon`: run syncs on their schedules."""

from __future__ import annotations

from functools import partial

import typer

from crmsync.cli import session
from crmsync.cli.signals import leave, stop_on_signals


def daemon(context: typer.Context) -> None:
    """Run each sync that has a schedule, until stopped. Its log on stderr tells of every run.

    SIGHUP reads the configuration again. SIGTERM or Ctrl-C stops within 5 seconds, a second one
    at once.
    """
    from crmsync.cli.output.log_lines import log_our_events
    from crmsync.config.loading import load
    from crmsync.scheduling.daemon import Daemon
    from crmsync.scheduling.runs import start_in_thread
    from crmsync.scheduling.timers import Timers
    from crmsync.wiring import Workspace

    if not session.globals_of(context).logs:
        log_our_events()
    loaded = session.loaded(context)
    with Workspace(loaded) as workspace:
        running = Daemon(
            loaded,
            load=partial(load, loaded.path),
            ledger=workspace.ledger(),
            clock=workspace.clock,
            start=start_in_thread,
            calls=Timers,
        )
        with stop_on_signals(running.stop, running.reload):
            end = running.run()
            if end.cut:
                leave(end.code)
    raise typer.Exit(end.code)
