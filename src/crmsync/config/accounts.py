"""Checks the tables of sources and destinations, each by its own plugin's settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from crmsync.adapters import DestinationPlugin, SourcePlugin
from crmsync.config.faults import key_path, problems_of
from crmsync.config.schema import Account
from crmsync.config.urls import url_fault
from crmsync.errors import ConfigError
from crmsync.plugins import destination_plugin, source_plugin
from crmsync.receipts import Problem
from crmsync.secrets import FOLDER, Secret
from crmsync.transport.urls import is_loopback

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""What a source, a destination and a sync may be called: names end up on terminals and in files."""

_ADDRESSES: Final = ("base_url", "login_url")
"""The keys that say where an account lives."""

_PLUGINS: Final[Mapping[str, Callable[[str], SourcePlugin | DestinationPlugin]]] = {
    "sources": source_plugin,
    "destinations": destination_plugin,
}


class Accounts(NamedTuple):
    """The accounts of one kind.

    Attributes:
        good: Those without a fault, in the file's order.
        problems: The faults of the others.
        literal: Paths of credentials that stand in the file themselves.
        exposed: Those of them that open more than a simulator on this machine.
    """

    good: dict[str, Account]
    problems: list[Problem]
    literal: list[str]
    exposed: list[str]


def read_accounts(kind: str, tables: object, folder: Path = Path()) -> Accounts:
    """Check every table of `sources` or `destinations`.

    *folder* is the configuration file's: where a secret's relative `file:PATH` begins.
    """
    found = Accounts({}, [], [], [])
    if not isinstance(tables, Mapping):
        wrong = "is required" if tables is None else "must be a table"
        found.problems.append(Problem(kind, "missing_key", f"{wrong}, such as [{kind}.NAME]"))
        return found
    for name, table in tables.items():
        problems = list(name_faults(kind, name))
        if not isinstance(table, Mapping):
            problems.append(Problem(key_path(kind, name), "wrong_value", "must be a table"))
        found.problems.extend(problems)
        if not problems:
            _read_account((kind, name), table, folder, found)
    return found


def _read_account(
    place: tuple[str, str], table: Mapping[str, Any], folder: Path, found: Accounts
) -> None:
    kind, name = place
    keys = {key: value for key, value in table.items() if key != "type"}
    found.problems.extend(_address_faults(kind, name, keys))
    found.problems.extend(_reference_faults(kind, name, keys))
    plugin_name = table.get("type", name)
    if not isinstance(plugin_name, str):
        found.problems.append(_problem(kind, name, "type", "must be text, in quotes"))
        return
    try:
        model: type[BaseModel] = _PLUGINS[kind](plugin_name).settings
    except ConfigError as error:
        path = key_path(kind, name, "type")
        found.problems.extend(problem._replace(field=path) for problem in error.problems)
        return
    try:
        settings = model.model_validate(keys, context={FOLDER: folder})
    except ValidationError as error:
        found.problems.extend(problems_of(error, model, kind, name))
        return
    found.good[name] = Account(name=name, type=plugin_name, settings=settings)
    literal = [key_path(kind, name, key) for key in _literal_secrets(settings)]
    found.literal.extend(literal)
    if not _is_local(keys):
        found.exposed.extend(literal)


def _is_local(keys: Mapping[str, object]) -> bool:
    """Whether an account lives on this machine: a simulator, whose credentials are made up."""
    urls = [keys[name] for name in _ADDRESSES if isinstance(keys.get(name), str)]
    return bool(urls) and all(is_loopback(urlsplit(str(url)).hostname or "") for url in urls)


def _literal_secrets(settings: BaseModel) -> Iterator[str]:
    for key in type(settings).model_fields:
        value = getattr(settings, key)
        if isinstance(value, Secret) and value.literal:
            yield key


def name_faults(kind: str, name: str) -> Iterator[Problem]:
    """What is wrong with a name that a person gave to a table."""
    if not NAME.fullmatch(name):
        wrong = "a name has letters, digits, - _ and . only, 64 at most"
        yield Problem(key_path(kind, name), "wrong_value", wrong)


def _address_faults(kind: str, name: str, keys: Mapping[str, object]) -> Iterator[Problem]:
    for key, value in keys.items():
        if key.endswith("url") and isinstance(value, str) and (wrong := url_fault(value)):
            yield _problem(kind, name, key, wrong)


def _reference_faults(kind: str, name: str, keys: Mapping[str, object]) -> Iterator[Problem]:
    """References to environment variables, spelled as other tools do."""
    for key, value in keys.items():
        if not isinstance(value, str) or not value.startswith(("$", "env:")):
            continue
        if not re.fullmatch(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}", value):
            wrong = 'is no reference; write "${NAME}" for an environment variable'
            yield _problem(kind, name, key, wrong)


def _problem(kind: str, name: str, key: str, message: str) -> Problem:
    return Problem(key_path(kind, name, key), "wrong_value", message)
