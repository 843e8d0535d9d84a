"""Akita's document as checks: one function an attribute, each telling what is wrong.

The attributes are from Akita's article "Creating and Updating Accounts via the API" (help
centre), read 2026-11-21; `traits` is from public clients. What is refused, and in which words,
is not documented: the words are Laravel's, which the form of its answers resembles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple, TypeAlias

from crmsync.sandbox.akita.known import CSM, Known
from crmsync.sandbox.exchange import JSONObject

Wrong: TypeAlias = tuple[str, str]
"""The field, dotted (`roles.0.email`), and what is wrong with it."""
Check: TypeAlias = Callable[[str, object], Iterator[Wrong]]
"""Takes the field's name and its value; gives nothing where the value is right."""

LISTS: Final = ("emails", "phones", "urls", "roles", "tags")

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EMAIL: Final = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;.]+(\.[^\s@<>,;.]+)+")
_URL: Final = re.compile(r"https?://[^\s/?#]+\.[^\s/?#]+[^\s]*", re.IGNORECASE)


def text(name: str, value: object) -> Iterator[Wrong]:
    """A string that is not blank."""
    if not isinstance(value, str):
        yield name, f"The {name} field must be a string."
    elif not value.strip():
        yield name, f"The {name} field is required."


def boolean(name: str, value: object) -> Iterator[Wrong]:
    """True or false, not text or numbers."""
    if not isinstance(value, bool):
        yield name, f"The {name} field must be true or false."


def integer(name: str, value: object) -> Iterator[Wrong]:
    """A whole number, not text."""
    if not isinstance(value, int) or isinstance(value, bool):
        yield name, f"The {name} field must be an integer."


def day(name: str, value: object) -> Iterator[Wrong]:
    """A date as `2021-01-05`."""
    if not isinstance(value, str) or not _DATE.fullmatch(value) or not _is_date(value):
        yield name, f"The {name} field must match the format Y-m-d."


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _like(pattern: re.Pattern[str], kind: str) -> Check:
    def check(name: str, value: object) -> Iterator[Wrong]:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            yield name, f"The {name} field must be a valid {kind}."

    return check


email: Final = _like(_EMAIL, "email address")
url: Final = _like(_URL, "URL")


def every(check: Check) -> Check:
    """An array, each element checked."""

    def checked(name: str, value: object) -> Iterator[Wrong]:
        if not isinstance(value, list):
            yield name, f"The {name} field must be an array."
            return
        for position, element in enumerate(value):
            yield from check(f"{name}.{position}", element)

    return checked


def shape(members: Mapping[str, Check]) -> Check:
    """An object of exactly these members."""

    def check(name: str, value: object) -> Iterator[Wrong]:
        if not isinstance(value, dict):
            yield name, f"The {name} field must be an object."
            return
        for member, member_check in members.items():
            path = f"{name}.{member}"
            if value.get(member) is None:
                yield path, f"The {path} field is required."
            else:
                yield from member_check(path, value[member])
        yield from _unknown(f"{name}.{member}" for member in sorted(value.keys() - members))

    return check


def _unknown(names: Iterable[str]) -> Iterator[Wrong]:
    return ((name, f"The {name} field is not an attribute.") for name in names)


def traits(name: str, value: object) -> Iterator[Wrong]:
    """An object from name to text, number or truth: nothing nested."""
    if not isinstance(value, dict):
        yield name, f"The {name} field must be an object."
        return
    for trait, given in value.items():
        if isinstance(given, list | dict):
            yield f"{name}.{trait}", f"The {name}.{trait} field must be a string or a number."


def _role(known: Known) -> Check:
    member = shape({"role_id": integer, "email": email})

    def check(name: str, value: object) -> Iterator[Wrong]:
        found = list(member(name, value))
        yield from found
        if found or not isinstance(value, dict):
            return
        if value["role_id"] not in known.roles:
            yield f"{name}.role_id", f"The selected {name}.role_id is invalid."
        elif value["role_id"] == CSM and not known.is_csm(value["email"]):
            yield f"{name}.email", f"The selected {name}.email is invalid."

    return check


def _tag(known: Known) -> Check:
    def check(name: str, value: object) -> Iterator[Wrong]:
        found = list(integer(name, value))
        yield from found
        if not found and known.tags is not None and value not in known.tags:
            yield name, f"The selected {name} is invalid."

    return check


class Checked(NamedTuple):
    """An account that passed, or what is wrong with it."""

    account: JSONObject
    wrong: dict[str, list[str]]


class Rules:
    """All attributes' checks, together."""

    def __init__(self, known: Known, nulls: str) -> None:
        self._nulls = nulls
        self._checks: dict[str, Check] = {
            "internal_id": text,
            "name": text,
            "is_tracked": boolean,
            "is_churned": boolean,
            "customer_end_date": day,
            "emails": every(shape({"label": text, "value": email})),
            "phones": every(shape({"label": text, "value": text})),
            "urls": every(shape({"label": text, "value": url})),
            "roles": every(_role(known)),
            "tags": every(_tag(known)),
            "traits": traits,
        }

    def check(self, given: JSONObject) -> Checked:
        """Check an account as it was sent; nulls that are ignored are left out of the result."""
        account = {
            name: value
            for name, value in given.items()
            if value is not None or self._nulls != "ignore"
        }
        wrong: dict[str, list[str]] = {}
        for name, message in self._wrong(account):
            wrong.setdefault(name, []).append(message)
        return Checked(account, wrong)

    def _wrong(self, account: Mapping[str, Any]) -> Iterator[Wrong]:
        if account.get("internal_id") is None:
            yield "internal_id", "The internal_id field is required."
        for name, value in account.items():
            if name not in self._checks:
                yield from _unknown([name])
            elif not self._clears(name, value):
                yield from self._checks[name](name, value)

    def _clears(self, name: str, value: object) -> bool:
        if name == "internal_id":
            return value is None  # told already
        return value is None and self._nulls == "clear" and self._checks[name] is not boolean
