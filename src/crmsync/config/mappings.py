"""Makes each sync's mapping ready: the preset with its own rules on top, checked, compiled once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from crmsync.adapters import DestinationPlugin
from crmsync.config.faults import key_path
from crmsync.config.schema import Account, SyncConfig
from crmsync.errors import ConfigError
from crmsync.mapping.compiled import CompiledMapping
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.paths import path_fault
from crmsync.mapping.presets import effective, load_preset
from crmsync.mapping.rules import OFF, Paths, Rule
from crmsync.mapping.spec import at, parse_rules
from crmsync.plugins import destination_plugin
from crmsync.receipts import Problem

_SOUND: Final = Rule(origin=Paths(("record.id",)))
"""Stands in for a faulty rule while the others are compiled; what it comes to is thrown away."""


class SyncMapping(NamedTuple):
    """A sync's mapping, ready for use.

    Attributes:
        rules: Preset and overrides together, as written.
        mapped: The destination's fields that have a rule.
        mapper: The rules, compiled.
        plugin: The destination's, as its account's settings tailor it.
    """

    rules: Mapping[str, object]
    mapped: frozenset[str]
    mapper: CompiledMapping
    plugin: DestinationPlugin


def compile_sync(name: str, sync: SyncConfig, source: Account, target: Account) -> SyncMapping:
    """Compile the mapping of a sync between two accounts without a fault.

    Raises:
        ConfigError: With every fault of the rules and of the filter, each with its path.
    """
    plugin = destination_plugin(target.type)
    plugin = plugin.tailor(plugin, target.settings)
    preset = load_preset(source.type, sync.object, target.type) if sync.preset == "default" else {}
    written = effective(preset, sync.fields)
    plugin = plugin.knowing(written)
    path = key_path("syncs", name, "fields")
    parsed, faults = parse_rules(written, path=path)
    wrong = {at(path, field) for field in written if _at_or_below(at(path, field), faults)}
    sound = {field: _SOUND if at(path, field) in wrong else parsed[field] for field in parsed}
    faults += _filter_faults(name, sync)
    try:
        mapper = compile_mapping(
            sound,
            plugin=plugin,
            path=path,
            object_name=sync.object,
            filter={} if faults else sync.filter,
            missing_key=sync.missing_key,
            persons=sync.person_accounts,
        )
    except ConfigError as error:
        raise ConfigError([*faults, *_news(error.problems, wrong)]) from error
    if faults:
        raise ConfigError(faults)
    mapped = frozenset(field for field, rule in parsed.items() if rule is not OFF)
    return SyncMapping(written, mapped, mapper, plugin)


def _filter_faults(name: str, sync: SyncConfig) -> Iterator[Problem]:
    for path in sync.filter:
        if wrong := path_fault(path):
            yield Problem(key_path("syncs", name, "filter", path), "bad_path", wrong)


def _news(found: Iterable[Problem], wrong: Iterable[str]) -> Iterator[Problem]:
    """What compiling found, but for what only the stand-ins of faulty rules are blamed for."""
    for problem in found:
        stands_in = any(_at_or_below(rule, [problem]) for rule in wrong)
        if problem.code == "unknown_field" or not stands_in:
            yield problem


def _at_or_below(path: str, problems: Iterable[Problem]) -> bool:
    return any(
        one.field == path or one.field.startswith((f"{path}.", f"{path}[")) for one in problems
    )
