"""The application: the global options, and every command by its name."""

import gc
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar

import typer
from typer.main import get_command

from crmsync import __version__
from crmsync.cli.lazily import LazyGroup
from crmsync.cli.options import LogFormat, LogLevel
from crmsync.cli.output.terminal import emit
from crmsync.cli.session import Globals


class Crmsync(LazyGroup):
    """Every command, by its name."""

    home = "crmsync.cli"
    listed: ClassVar[Mapping[str, str]] = {
        "run": "Run syncs: all that are enabled, or those chosen.",
        "dry-run": "Show what a run would create, change and refuse, field by field.",
        "check": "Check configuration, credentials, scopes, mapped fields and platforms.",
        "fields": "List the CRM's own fields: name, label, type, choices.",
        "init": "Write a commented configuration, readable by you alone.",
        "status": "Show each sync's last run, the age of its cursor, and what is owed and "
        "quarantined.",
        "runs": "List the last runs, newest first, or show one run's report.",
        "explain": "Follow one record: raw value, rule, transforms, payload, batch, answer.",
        "forget": "Erase what the ledger holds of records: values, refused payloads, events, what "
        "runs quote.",
        "daemon": "Run each sync that has a schedule, until stopped.",
        "alert": "The messages that are sent when a sync turns bad or recovers.",
        "sandbox": "Serve faithful simulators on loopback until interrupted; prints a "
        "configuration for them.",
        "drill": "Run your configuration on simulators while everything goes wrong: is anything "
        "lost, doubled?",
        "demo": "Show everything once on simulators: preview, run, change some records, run again.",
        "mapping": "Show mappings: a sync's own, and the presets.",
        "quarantine": "List, show, retry, drop and export records that were refused.",
        "events": "List, show, change, delete and follow Atoka's lead events; runs create them.",
        "ledger": "Bring the ledger up to date, copy it to another database, check it.",
    }


app = typer.Typer(
    name="crmsync",
    cls=Crmsync,
    epilog="Exit codes: 0 all well, 1 failed, 2 usage or configuration, 3 something is owed or "
    "quarantined, 4 dry-run --exit-code found something to send, 5 run again later, "
    "6 a guard stopped it, 7 credentials, 9 already running.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    from crmsync.cli.privacy import tell_without_traces

    gc.enable()
    tell_without_traces()  # here, since typer sets a hook of its own just before
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
