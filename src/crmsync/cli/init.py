"""`crmsync init`: write a configuration to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmsync.cli.output.terminal import emit, is_terminal
from crmsync.errors import ConfigError
from crmsync.receipts import Problem

if TYPE_CHECKING:
    from crmsync.adapters import DestinationPlugin, SourcePlugin


def init(
    *,
    source: Annotated[
        str | None, typer.Option("--source", metavar="KIND", help="The CRM, such as hubspot.")
    ] = None,
    destination: Annotated[
        str | None,
        typer.Option("--destination", metavar="KIND", help="The platform, such as akita."),
    ] = None,
    object_name: Annotated[
        str | None, typer.Option("--object", metavar="OBJECT", help="What to read there.")
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="Where to write it; - is stdout.")
    ] = Path("config.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Write a commented configuration, readable by you alone. Asks only on a terminal."""
    from crmsync.cli.output.exports import STDOUT, write_private
    from crmsync.cli.output.starters import starter_config
    from crmsync.plugins import destination_names, destination_plugin, source_names, source_plugin

    if output != STDOUT and output.exists() and not force:
        fault = Problem(str(output), "exists", "exists already and was left as it is")
        raise ConfigError(
            [fault], hint="name another file with --output, or replace it with --force"
        )
    chosen = source_plugin(source or _asked("CRM", "--source", source_names()))
    target = destination_plugin(
        destination or _asked("platform", "--destination", destination_names())
    )
    name = object_name or _first_object(chosen, target)
    if name is None or chosen.rank(name) is None:
        known = ", ".join(chosen.objects) or "objects of its own: name one with --object"
        raise typer.BadParameter(f"{chosen.name} has {known}; not {name or 'none'}")
    text = starter_config(chosen, target, name)
    if output == STDOUT:
        emit(text.rstrip("\n"))
        return
    write_private(output, text, fresh=not force)
    emit(f"{output} is written. Next: set the variables that it names, then `crmsync check`.")


def _first_object(source: SourcePlugin, destination: DestinationPlugin) -> str | None:
    """What people start with: of what has a mapping for the platform, where anything has."""
    from crmsync.mapping.presets import load_preset

    mapped = (
        name
        for name in source.objects
        if load_preset(source.name, name, destination.name) is not None
    )
    return next(mapped, next(iter(source.objects), None))


def _asked(what: str, option: str, names: tuple[str, ...]) -> str:
    if not is_terminal():
        fault = Problem(option, "missing_key", f"is required; there are: {', '.join(names)}")
        raise ConfigError([fault])
    return str(typer.prompt(f"Which {what}? ({', '.join(names)})", err=True))
