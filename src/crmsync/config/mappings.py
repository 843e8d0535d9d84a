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
from crmsync.mapping.presets import Preset, effective, load_preset
from crmsync.mapping.rules import OFF, Paths, Rule
from crmsync.mapping.spec import at, parse_rules
from crmsync.plugins import destination_plugin
from crmsync.receipts import Problem

_SOUND: Final = Rule(origin=Paths(("record.id",)))
"""Stands in for a faulty rule while the others are compiled; what it comes to is thrown away."""

_OF_A_PRESET: Final = 'so it stands in the preset {}, which preset = "none" switches off'
_NO_PRESET: Final = "there is no preset {}"


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
    asked = Preset(source.type, sync.object, target.type)
    preset = load_preset(*asked) if sync.preset == "default" else {}
    try:
        return _compile(name, sync, effective(preset, sync.fields), target)
    except ConfigError as error:
        path = key_path("syncs", name, "fields")
        ours = [at(path, field) for field in (preset or {}) if field not in sync.fields]
        told = {rule: _OF_A_PRESET.format(asked.file) for rule in ours}
        if preset is None:
            told[""] = _NO_PRESET.format(asked.file)
        raise ConfigError([_explained(problem, told) for problem in error.problems]) from error


def _explained(problem: Problem, told: Mapping[str, str]) -> Problem:
    """A fault, with the preset that it comes from, or that was looked for in vain.

    *told* is by the path of the preset's rule; where there is no preset, by nothing.
    """
    if "" in told and problem.code == "missing_rule":
        return problem._replace(message=f"{problem.message}; {told['']}")
    words = next((words for rule, words in told.items() if _at_or_below(rule, [problem])), "")
    return problem._replace(message=f"{problem.message}; {words}") if words else problem


def _compile(
    name: str, sync: SyncConfig, written: Mapping[str, object], target: Account
) -> SyncMapping:
    plugin = destination_plugin(target.type)
    plugin = plugin.tailor(plugin, target.settings)
    plugin = plugin.knowing(written)
    path = key_path("syncs", name, "fields")
    parsed, faults = parse_rules(written, path=path, fields=plugin.fields)
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
