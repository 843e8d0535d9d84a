"""A payload made flat: what stands inside an object comes out under a longer name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from crmsync.destinations.datatalks.fields import OWNER_EMAILS, OWNER_ROLES, OWNERS
from crmsync.receipts import Problem

KEY_COLLISION: Final = "KEY_COLLISION"
JOINED_BY: Final = "_"


def flatten(fields: dict[str, object]) -> Iterator[Problem]:
    """Put `{"address": {"city": …}}` as `address_city` in place; lists are left alone.

    Yields a problem for each name that would then stand for two values. Owners stay an object
    here: encoding makes their two lists.
    """
    nested = {n: v for n, v in fields.items() if isinstance(v, dict) and n != OWNERS}
    for name in nested:
        del fields[name]
    if OWNERS in fields:
        yield from (_twice(name) for name in (OWNER_EMAILS, OWNER_ROLES) if name in fields)
    for name, value in nested.items():
        for longer, inner in _leaves(name, value):
            if longer in fields or (OWNERS in fields and longer in (OWNER_EMAILS, OWNER_ROLES)):
                yield _twice(longer)
            else:
                fields[longer] = inner


def _leaves(name: str, value: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for part, inner in value.items():
        longer = f"{name}{JOINED_BY}{part}"
        if isinstance(inner, Mapping):
            yield from _leaves(longer, inner)
        else:
            yield longer, inner


def _twice(name: str) -> Problem:
    message = "stands for two values once everything is flat; rename or switch off one of them"
    return Problem(name, KEY_COLLISION, message)
