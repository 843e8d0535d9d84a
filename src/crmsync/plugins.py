"""Finds sources and destinations by name, through entry points.

What ships with crmsync is looked for first, in its own distribution. Other installed packages
are searched only for a name that crmsync does not know, so nothing of theirs is imported unless
the configuration names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from traceback import walk_tb
from typing import TypeVar

from crmsync.adapters import BROKEN_PLUGIN, MEND_PACKAGE, DestinationPlugin, SourcePlugin
from crmsync.errors import ConfigError
from crmsync.receipts import Problem

SOURCES = "crmsync.sources"
DESTINATIONS = "crmsync.destinations"

PluginT = TypeVar("PluginT", SourcePlugin, DestinationPlugin)


def source_plugin(name: str) -> SourcePlugin:
    """The kind of source with this name.

    Raises:
        ConfigError: No installed package has it, or it cannot be imported; the message
            says which exist.
    """
    return _load(SOURCES, name, SourcePlugin)


def destination_plugin(name: str) -> DestinationPlugin:
    """The kind of destination with this name; raises as `source_plugin` does."""
    return _load(DESTINATIONS, name, DestinationPlugin)


def source_names() -> tuple[str, ...]:
    """Every kind of source that is installed, sorted."""
    return _names(SOURCES)


def destination_names() -> tuple[str, ...]:
    """Every kind of destination that is installed, sorted."""
    return _names(DESTINATIONS)


def culprit(error: Exception) -> str | None:
    """The package whose adapter an unforeseen error came out of, with what it brings.

    `crmsync-webhook (destination webhook)`; None where no other package had a hand in it.
    """
    names = {str(frame.f_globals.get("__name__")) for frame, _ in walk_tb(error.__traceback__)}
    passed = {name.partition(".")[0] for name in names} - {"crmsync"}
    for group, kind in ((DESTINATIONS, "destination"), (SOURCES, "source")):
        for point in entry_points(group=group):
            package = point.value.partition(":")[0].partition(".")[0]
            if package in passed:
                return f"{point.dist.name if point.dist else package} ({kind} {point.name})"
    return None


def _load(group: str, name: str, kind: type[PluginT]) -> PluginT:
    found = _named(_own(group), name) or _named(entry_points(group=group), name)
    if found is None:
        raise _fault(group, "unknown_type", f'there is no "{name}" here; {_choices(group, name)}')
    try:
        plugin = found.load()
    except (ImportError, AttributeError) as error:
        raise _fault(group, BROKEN_PLUGIN, f'"{name}" cannot be imported: {error}') from error
    if not isinstance(plugin, kind):
        raise _fault(group, BROKEN_PLUGIN, f'"{name}" ({found.value}) is no {kind.__name__}')
    if plugin.name != name:
        told = f'"{name}" ({found.value}) calls itself "{plugin.name}": give both one name'
        raise _fault(group, BROKEN_PLUGIN, told)
    return plugin


@cache
def _own(group: str) -> tuple[EntryPoint, ...]:
    try:
        return tuple(distribution("crmsync").entry_points.select(group=group))
    except PackageNotFoundError:
        return ()


def _named(points: Iterable[EntryPoint], name: str) -> EntryPoint | None:
    return next((point for point in points if point.name == name), None)


def _names(group: str) -> tuple[str, ...]:
    return tuple(sorted({point.name for point in (*_own(group), *entry_points(group=group))}))


def _choices(group: str, name: str) -> str:
    names = _names(group)
    close = get_close_matches(name, names, n=1)
    hint = f'did you mean "{close[0]}"? There' if close else "there"
    return f"{hint} are: {', '.join(names)}"


def _fault(group: str, code: str, message: str) -> ConfigError:
    hint = MEND_PACKAGE if code == BROKEN_PLUGIN else ""
    return ConfigError([Problem(group.removeprefix("crmsync."), code, message)], hint=hint)
