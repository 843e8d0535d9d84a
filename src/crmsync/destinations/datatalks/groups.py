"""Which group key a record goes out under.

A group key "is useful if you have multiple brands or markets", and "must be part of every
request": Data Talks' "Datatalks API: Using the API", read 2026-11-21. Rules of the account's
settings choose it by the values that a record goes out with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from crmsync.destinations.datatalks.fields import GROUP_KEY
from crmsync.destinations.datatalks.settings import DataTalksSettings, Group
from crmsync.receipts import Problem

NO_GROUP_KEY: Final = "NO_GROUP_KEY"
SEVERAL_GROUP_KEYS: Final = "SEVERAL_GROUP_KEYS"


class Groups:
    """The groups of an account."""

    def __init__(self, settings: DataTalksSettings) -> None:
        self._default = settings.group_key or settings.group_default or ""
        self._rules = [(rule.group_key, _wanted(rule)) for rule in settings.groups]
        self._names = list(dict.fromkeys(n for _, wanted in self._rules for n in wanted))

    def choose(self, fields: Mapping[str, object]) -> str | Problem:
        """The group key of a payload with these values, or why there is none.

        A rule matches where each attribute that it names has one of the values wanted, without
        regard to case; a list, where one of its elements is. Several rules may match if they
        lead to one group.
        """
        if not self._rules:
            return self._default
        found = {key for key, wanted in self._rules if _matches(wanted, fields)}
        if len(found) == 1:
            return found.pop()
        if found:
            told = (
                f"several rules of groups match: {', '.join(sorted(found))}; by {self._by(fields)}"
            )
            return Problem(GROUP_KEY, SEVERAL_GROUP_KEYS, told)
        if self._default:
            return self._default
        told = f"no rule of groups matches and there is no group_default; by {self._by(fields)}"
        return Problem(GROUP_KEY, NO_GROUP_KEY, told)

    def _by(self, fields: Mapping[str, object]) -> str:
        return ", ".join(f"{name} = {', '.join(_texts(fields, name))}" for name in self._names)


def _wanted(rule: Group) -> dict[str, frozenset[str]]:
    return {
        name: frozenset(_folded(one) for one in ([value] if isinstance(value, str) else value))
        for name, value in rule.when.items()
    }


def _matches(wanted: Mapping[str, frozenset[str]], fields: Mapping[str, object]) -> bool:
    return all(
        any(_folded(text) in values for text in _texts(fields, name))
        for name, values in wanted.items()
    )


def _texts(fields: Mapping[str, object], name: str) -> Sequence[str]:
    value = fields.get(name)
    if value is None:
        return ()
    if isinstance(value, list | Mapping):
        return [str(one) for one in value]
    return [str(value)]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
