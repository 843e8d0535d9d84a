"""The application: the global options, and every command by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from crmsync import __version__
from crmsync.cli import (
    alert,
    check,
    daemon,
    demo,
    drill,
    dry_run,
    events,
    explain,
    fields,
    init,
    ledger,
    mapping,
    quarantine,
    run,
    runs,
    sandbox,
    status,
)
from crmsync.cli.options import LogFormat, LogLevel
from crmsync.cli.output.terminal import emit
from crmsync.cli.session import Globals

app = typer.Typer(
    name="crmsync",
    epilog="Exit codes: 0 all well, 1 failed, 2 usage or configuration, 3 something is owed or "
    "quarantined, 4 dry-run --exit-code found something to send, 5 run again later, "
    "6 a guard stopped it, 7 credentials, 9 already running.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("dry-run")(dry_run.dry_run)
app.command("check")(check.check)
app.command("fields")(fields.fields)
app.add_typer(mapping.app, name="mapping")
app.command("init")(init.init)
app.command("status")(status.status)
app.command("runs")(runs.runs)
app.add_typer(quarantine.app, name="quarantine")
app.command("explain")(explain.explain)
app.add_typer(events.app, name="events")
app.add_typer(ledger.app, name="ledger")
app.add_typer(alert.app, name="alert")
app.command("daemon")(daemon.daemon)
app.command("sandbox")(sandbox.sandbox)
app.command("drill")(drill.drill)
app.command("demo")(demo.demo)


def _show_version(asked: object) -> None:
    if asked:
        emit(f"crmsync {__version__}")
        raise typer.Exit


@app.callback()
def crmsync(
    context: typer.Context,
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="PATH",
            help="The configuration file. Else $CRMSYNC_CONFIG, ./config.toml, "
            "$XDG_CONFIG_HOME/crmsync/config.toml.",
        ),
    ] = None,
    log_level: Annotated[
        LogLevel | None, typer.Option("--log-level", help="From which level on to log.")
    ] = None,
    log_format: Annotated[
        LogFormat, typer.Option("--log-format", help="How log lines look, on stderr.")
    ] = LogFormat.TEXT,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show errors and results only.")
    ] = False,
    verbose: Annotated[
        int,
        typer.Option(
            "--verbose",
            "-v",
            count=True,
            show_default=False,
            help="Log events; -vv logs everything.",
        ),
    ] = 0,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Bring companies from a CRM to a customer platform, with books that balance."""
    from crmsync.cli.output.log_lines import set_up_logging

    set_up_logging(log_level or _level(verbose=verbose, quiet=quiet), log_format)
    said = log_level is not None or quiet or verbose > 0
    context.obj = Globals(config=config, quiet=quiet, logs=said)


def _level(*, verbose: int, quiet: bool) -> LogLevel:
    if quiet:
        return LogLevel.ERROR
    return (LogLevel.WARNING, LogLevel.INFO, LogLevel.DEBUG)[min(verbose, 2)]


@cache
def command() -> Callable[..., object]:
    """The application as it is called; made once, since that takes as long as a short command."""
    return get_command(app)
