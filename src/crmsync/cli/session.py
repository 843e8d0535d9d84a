"""What every command begins with: the global options, the configuration, the workspace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from crmsync.cli.output.terminal import note
from crmsync.cli.output.text import safe
from crmsync.cli.signals import stop_on_signals
from crmsync.errors import StoppedError
from crmsync.values import Value

PATIENCE: Final = 20.0
"""Seconds that a person at a terminal waits before the reason is told."""

if TYPE_CHECKING:
    from crmsync.config.loading import Loaded
    from crmsync.wiring import Selection, Workspace


class Globals(Value):
    """The options before the command.

    Attributes:
        config: --config; None looks in the usual places.
        quiet: Whether only errors, and what was asked for, are shown.
        logs: Whether they say from which level on to log.
    """

    config: Path | None
    quiet: bool
    logs: bool = False


def globals_of(context: typer.Context) -> Globals:
    """The options that stood before the command."""
    found = context.find_object(Globals)
    return found or Globals(config=None, quiet=False)


def loaded(context: typer.Context) -> Loaded:
    """The configuration; raises ConfigError.

    Its warnings are told on stderr, one line for all the places that one is about.
    """
    from crmsync.config.loading import find_config, load

    options = globals_of(context)
    found = load(find_config(options.config))
    if not options.quiet:
        fields: dict[str, list[str]] = {}
        for warning in found.warnings:
            fields.setdefault(warning.message, []).append(warning.field)
        for message, places in fields.items():
            note(f"{safe(', '.join(places))}: {safe(message)}", level="warning")
    return found


@contextmanager
def workspace(context: typer.Context, *, patience: float | None = None) -> Iterator[Workspace]:
    """The workspace of the configuration; a first signal stops its clock.

    *patience* is how many seconds a failing request is retried at most, where somebody waits.
    """
    with opened(loaded(context), patience=patience) as ready:
        yield ready


@contextmanager
def opened(found: Loaded, *, patience: float | None = None) -> Iterator[Workspace]:
    """As `workspace`, of a configuration that was loaded before."""
    from crmsync.wiring import Workspace

    with (
        Workspace(found, patience=patience) as ready,
        stop_on_signals(ready.clock.stop),
    ):
        yield ready


@contextmanager
def awaited(context: typer.Context) -> Iterator[Workspace]:
    """The workspace of a command that a person waits for, and that leaves nothing behind.

    Raises:
        StoppedError: It was asked to stop; there is nothing to go on from.
    """
    try:
        with workspace(context, patience=PATIENCE) as ready:
            yield ready
    except StoppedError as error:
        raise StoppedError("stopped; nothing was changed", hint="run it again") from error


def selection(
    sources: Sequence[str] | None = None,
    destinations: Sequence[str] | None = None,
    syncs: Sequence[str] | None = None,
) -> Selection:
    """What was chosen on the command line; nothing chosen is everything that is enabled."""
    from crmsync.wiring import Selection

    return Selection(
        sources=tuple(sources or ()),
        destinations=tuple(destinations or ()),
        syncs=tuple(syncs or ()),
    )
