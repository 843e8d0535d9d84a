"""Reads the configuration and checks it whole: every fault at once, each with its path."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from pydantic import ValidationError

from crmsync.adapters import BROKEN_PLUGIN, MEND_PACKAGE
from crmsync.config.accounts import name_faults, read_accounts
from crmsync.config.alerting import alert_faults, literal_addresses
from crmsync.config.faults import key_path, problems_of
from crmsync.config.files import ConfigFile, find_config, read_config
from crmsync.config.mappings import SyncMapping, compile_sync
from crmsync.config.references import Known, guard_faults, mixture_faults, reference_faults
from crmsync.config.schema import Config, SyncConfig
from crmsync.errors import ConfigError
from crmsync.plugins import source_plugin
from crmsync.receipts import Problem, Severity
from crmsync.secrets import FOLDER, Secret
from crmsync.values import Value

__all__ = ["Loaded", "find_config", "load"]

_SECRETS = (("state", "password"), ("daemon", "http_token"))


class Loaded(Value):
    """A configuration without a fault.

    Attributes:
        path: The file that it was read from.
        mappings: Each sync's mapping, compiled, by the sync's name.
        warnings: What is allowed and should be changed all the same.
    """

    config: Config
    path: Path
    mappings: Mapping[str, SyncMapping] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()


def load(path: Path) -> Loaded:
    """Read and check a configuration file. Nothing is looked up: no variable, no network.

    Mapping rules are checked against the destination's fields where the tables that they
    concern, the two accounts and the sync, say which these are.

    Raises:
        ConfigError: It has faults, all of which it names.
    """
    file = read_config(path)
    sources = read_accounts("sources", file.table.get("sources"), path.parent)
    destinations = read_accounts("destinations", file.table.get("destinations"), path.parent)
    written = _literal_secrets(file.table)
    literal = written + sources.literal + destinations.literal
    exposed = written + sources.exposed + destinations.exposed
    problems = sources.problems + destinations.problems
    known = Known(sources.good, destinations.good, file.table)
    mappings: dict[str, SyncMapping] = {}
    syncs = _syncs(file.table.get("syncs"), known, mappings, problems)
    checked = {"sources": sources.good, "destinations": destinations.good, "syncs": syncs}
    config = _config(file.table | checked, path.parent, problems)
    if config is not None:
        problems += alert_faults(config.alerts, syncs)
        addresses = list(literal_addresses(config.alerts))
        literal += [place for place, _ in addresses]
        exposed += [place for place, elsewhere in addresses if elsewhere]
    problems += _unsafe(file, exposed)
    if config is None or problems:
        raise ConfigError(problems, hint=f"Nothing was sent. {_next(problems, path)}.")
    warnings = tuple(map(_literal_warning, literal))
    return Loaded(config=config, path=path, mappings=mappings, warnings=warnings)


def _syncs(
    tables: object, known: Known, mappings: dict[str, SyncMapping], problems: list[Problem]
) -> dict[str, SyncConfig]:
    if not isinstance(tables, Mapping) or not tables:
        problems.append(Problem("syncs", "missing_key", "is required: a table [syncs.NAME]"))
        return {}
    good = {}
    for name, table in tables.items():
        problems += name_faults("syncs", name)
        sync = None
        try:
            sync = good[name] = SyncConfig.model_validate(table)
        except ValidationError as error:
            problems += problems_of(error, SyncConfig, "syncs", name)
            sync = _remainder(table, error)
        if isinstance(table, Mapping):
            problems += reference_faults(known, name, table)
        if sync is not None:
            _map(name, sync, known, mappings, problems)
    problems += mixture_faults(known, good)
    return good


def _remainder(table: object, error: ValidationError) -> SyncConfig | None:
    """A faulty table without its faulty keys, so that its mapping is checked all the same."""
    if not isinstance(table, Mapping):
        return None
    faulty = {fault["loc"][0] for fault in error.errors() if fault["loc"]}
    try:
        return SyncConfig.model_validate({k: v for k, v in table.items() if k not in faulty})
    except ValidationError:
        return None


def _map(
    name: str,
    sync: SyncConfig,
    known: Known,
    mappings: dict[str, SyncMapping],
    problems: list[Problem],
) -> None:
    source, target = known.sources.get(sync.source), known.destinations.get(sync.destination)
    if source is None or target is None or source_plugin(source.type).rank(sync.object) is None:
        return
    try:
        mappings[name] = compile_sync(name, sync, source, target)
    except ConfigError as error:
        problems += error.problems
    else:
        problems += guard_faults(name, sync, mappings[name].mapped)


def _next(problems: Sequence[Problem], path: Path) -> str:
    """What to do: a package's fault is not the file's."""
    codes = {problem.code for problem in problems}
    package = f"{MEND_PACKAGE[0].upper()}{MEND_PACKAGE[1:]}"
    steps = [package] if BROKEN_PLUGIN in codes else []
    steps += [f"Mend {path} and run again"] if codes != {BROKEN_PLUGIN} else []
    return ". ".join(steps)


def _literal_secrets(table: Mapping[str, object]) -> list[str]:
    """Where a secret that is no account's stands in the file itself."""
    found = []
    for section, key in _SECRETS:
        keys = table.get(section)
        secret = keys.get(key) if isinstance(keys, Mapping) else None
        if isinstance(secret, str) and Secret(secret).literal:
            found.append(key_path(section, key))
    return found


def _config(table: Mapping[str, object], folder: Path, problems: list[Problem]) -> Config | None:
    try:
        return Config.model_validate(table, context={FOLDER: folder})
    except ValidationError as error:
        problems += problems_of(error, Config)
        return None


def _unsafe(file: ConfigFile, exposed: list[str]) -> list[Problem]:
    if not (exposed and file.shared):
        return []
    message = (
        f"holds a secret ({', '.join(exposed)}) and others can read it; "
        f"run: chmod 600 {shlex.quote(str(file.path))}"
    )
    return [Problem(str(file.path), "unsafe_permissions", message)]


def _literal_warning(path: str) -> Problem:
    advice = 'holds the secret itself; better "${NAME}" for a variable, or "file:PATH"'
    return Problem(path, "literal_secret", advice, Severity.WARNING)
