"""Payload values to the bytes that Akita takes, and back; and which of them go out."""

from __future__ import annotations

from typing import Any, Final

import orjson

from crmsync.destinations.akita.fields import FIELDS, TRAITS
from crmsync.payloads import FieldKind, Fields

_LISTS: Final = frozenset(
    name
    for name, field in FIELDS.items()
    if field.kind in (FieldKind.OBJECT_LIST, FieldKind.INTEGER_LIST)
)
# "By default, the is_tracked attribute will be set to TRUE when an Account is created via the
# API": Akita's article "Creating and Updating Accounts via the API", read 2026-11-21.
_TRACKED: Final = True
_IS_TRACKED: Final = "is_tracked"
# A truth value has no empty state: who is no longer said to have left, has not.
_EMPTY: Final[Fields] = {"is_churned": False, **{name: [] for name in _LISTS}}


def encode(fields: Fields) -> bytes:
    """The exact bytes of one account, UTF-8, without blanks.

    Canonical: every object's keys are sorted, so equal values are equal bytes whatever the
    order given. A None is written as null, `traits` is left out where it would be empty.

    Raises:
        KeyError: A name is neither one of FIELDS nor a trait, which the mapping's compiler
            refuses.
    """
    document: dict[str, object] = {}
    traits: dict[str, object] = {}
    for name, value in fields.items():
        if name.startswith(TRAITS):
            traits[name.removeprefix(TRAITS)] = value
        else:
            document[FIELDS[name].name] = value
    if traits:
        document["traits"] = traits
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def decode(body: bytes) -> dict[str, object]:
    """The values of an encoded account by dotted name, nulls as None, nothing dropped.

    `decode(encode(fields)) == fields`; names that FIELDS lacks come as they were written.
    """
    document: dict[str, Any] = orjson.loads(body)
    traits: dict[str, Any] = document.pop("traits", {})
    return document | {TRAITS + name: value for name, value in traits.items()}


def sent(new: Fields, old: Fields | None) -> dict[str, object]:
    """What goes out of a payload, so that what people did by hand in Akita stays.

    Sending it leaves Akita with everything that *new* has, and that is to be remembered as
    delivered. `is_tracked` goes out for a new account and when it changes; a list goes out
    whole, and only when it changes, since Akita does not say whether it replaces or adds.

    Args:
        new: The payload, with None for what was delivered before and is empty now.
        old: What was delivered last; None where nothing was, or where that is not certain.
    """
    return {
        name: _EMPTY.get(name) if value is None else value
        for name, value in new.items()
        if not (value is None and name == _IS_TRACKED)
        if old is None or not _holds(old, name, value)
    }


def _holds(old: Fields, name: str, value: object) -> bool:
    """Whether Akita has this already, and sending it again could undo what people did there."""
    if name == _IS_TRACKED:
        return value == old.get(name, _TRACKED)
    return name in _LISTS and (value or []) == old.get(name, [])
