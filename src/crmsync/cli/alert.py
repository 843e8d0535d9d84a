"""`crmsync alert test`: see whether messages arrive."""

import typer

from crmsync.cli import session
from crmsync.cli.lazily import group
from crmsync.cli.output.terminal import emit
from crmsync.cli.output.text import safe
from crmsync.exit_codes import ExitCode

app = group("The messages that are sent when a sync turns bad or recovers.")


@app.callback()
def alert() -> None:
    """Keep `test` a command of its own: it is not what `alert` alone means."""


@app.command()
def test(context: typer.Context) -> None:
    """Send a test message by every way that the configuration has. Ends with 1 where one fails."""
    from crmsync.alerts.messages import trial
    from crmsync.errors import ConfigError, CrmsyncError
    from crmsync.receipts import Problem

    with session.awaited(context) as workspace:
        channels = workspace.ways.channels
        if not channels:
            nobody = Problem("alerts", "missing_key", "has no webhook and no command")
            raise ConfigError([nobody], hint="config.example.toml shows both")
        body, code = trial(workspace.clock.now()), ExitCode.OK
        for channel in channels.values():
            try:
                channel.tell(body)
            except CrmsyncError as error:
                emit(f"FAIL  {channel.name}: {safe(error.message)}\n      → {safe(error.hint)}")
                code = ExitCode.FAILED
            else:
                emit(f"ok    {channel.name}: told")
    raise typer.Exit(code)
