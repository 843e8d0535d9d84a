"""Checks what one table of the file says about another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from crmsync.config.faults import did_you_mean, key_path
from crmsync.config.schema import Account, SyncConfig
from crmsync.plugins import destination_plugin, source_plugin
from crmsync.receipts import Problem


class Known(NamedTuple):
    """The accounts that syncs may name.

    Attributes:
        sources: Those without a fault of their own.
        destinations: Likewise.
        tables: The file itself: an account with a fault exists all the same.
    """

    sources: Mapping[str, Account]
    destinations: Mapping[str, Account]
    tables: Mapping[str, object]

    def names(self, kind: str) -> tuple[str, ...]:
        """Every name under `sources` or `destinations`."""
        table = self.tables.get(kind)
        return tuple(table) if isinstance(table, Mapping) else ()


def reference_faults(known: Known, name: str, sync: Mapping[str, object]) -> Iterator[Problem]:
    """What a sync's table names that does not exist: source, object, destination, method.

    So is disabling, at a platform that has no way to.

    The table may have faults of its own; what is no text is not looked at.
    """
    words = {key: value for key, value in sync.items() if isinstance(value, str)}
    yield from _source_faults(known, name, words)
    yield from _destination_faults(known, name, words)


def guard_faults(name: str, sync: SyncConfig, mapped: Iterable[str]) -> Iterator[Problem]:
    """Fields that have a guard of their own, and that the sync does not fill."""
    mapped = sorted(mapped)
    for field in sync.guards.fields:
        if field not in mapped:
            told = f"is no field that this sync fills; {did_you_mean(field, mapped)}"
            path = key_path("syncs", name, "guards", "fields", field)
            yield Problem(path, "unknown_name", told)


def _source_faults(known: Known, name: str, sync: Mapping[str, str]) -> Iterator[Problem]:
    names, source, wanted = known.names("sources"), sync.get("source"), sync.get("object")
    if source is None:
        return
    if source not in names:
        yield _fault(name, "source", _missing("source", source, names))
    elif (account := known.sources.get(source)) and wanted is not None:
        plugin = source_plugin(account.type)
        if plugin.rank(wanted) is None:
            yield _fault(name, "object", _lacks(account, "object", wanted, plugin.objects))


def _destination_faults(known: Known, name: str, sync: Mapping[str, str]) -> Iterator[Problem]:
    names, target, wanted = known.names("destinations"), sync.get("destination"), sync.get("method")
    if target is None:
        return
    if target not in names:
        yield _fault(name, "destination", _missing("destination", target, names))
    elif account := known.destinations.get(target):
        plugin = destination_plugin(account.type)
        if wanted is not None and wanted not in plugin.methods:
            yield _fault(name, "method", _lacks(account, "method", wanted, plugin.methods))
        if sync.get("on_delete") == "disable" and not plugin.disabled:
            message = f'{account.type} has no way to disable a record; write on_delete = "ignore"'
            yield Problem(key_path("syncs", name, "on_delete"), "not_supported", message)


def mixture_faults(known: Known, syncs: Mapping[str, SyncConfig]) -> Iterator[Problem]:
    """Syncs whose method sends a thing once, where others bring records to the same account.

    What was delivered is remembered by account and key: each would take the other's for its own.
    """
    for name, sync in syncs.items():
        account = known.destinations.get(sync.destination)
        once = destination_plugin(account.type).once if account else frozenset()
        if account is None or sync.method not in once:
            continue
        for other, beside in syncs.items():
            if beside.destination == sync.destination and beside.method not in once:
                message = (
                    f'"{sync.method}" needs an account\'s table of its own, and "{other}" brings '
                    f'records to "{sync.destination}" by another method; write a second table '
                    f'[destinations.NAME] with type = "{account.type}"'
                )
                yield Problem(key_path("syncs", name, "method"), "not_supported", message)
                break


def _missing(kind: str, wrong: str, names: Iterable[str]) -> str:
    return f'there is no {kind} "{wrong}" in this file; {did_you_mean(wrong, names)}'


def _lacks(account: Account, what: str, wrong: str, names: Iterable[str]) -> str:
    return f'{account.type} has no {what} "{wrong}"; {did_you_mean(wrong, names)}'


def _fault(sync: str, key: str, message: str) -> Problem:
    return Problem(key_path("syncs", sync, key), "unknown_name", message)
