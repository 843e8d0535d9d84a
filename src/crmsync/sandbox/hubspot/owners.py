"""The portal's owners: people, some of them gone, and a queue."""

from __future__ import annotations

from typing import Final

from crmsync.sandbox.exchange import JSONObject

_PEOPLE: Final = (
    ("Ada", "Lindqvist"), ("Björn", "Åkesson"), ("Chiara", "Rossi"), ("Daniel", "O'Brien"),
    ("Elif", "Çelik"), ("François", "Lefèvre"), ("Grace", "Okafor"), ("Hiro", "Tanaka"),
    ("Inés", "García"), ("Jürgen", "Weiß"), ("Katarzyna", "Łukasik"), ("Liam", "Smith"),
    ("Mei", "Chen"), ("Noah", "Cohen"),
)  # fmt: skip
_ASCII: Final = str.maketrans("åäöéèçığüßłŁÅ", "aaoeeciguslLA")
_FIRST_ID: Final = 41_000_001
ACTIVE_PEOPLE: Final = 11
"""The first so many are active; the people after them are archived."""

ACTIVE_IDS: Final = tuple(str(_FIRST_ID + 37 * number) for number in range(ACTIVE_PEOPLE))
ARCHIVED_IDS: Final = tuple(
    str(_FIRST_ID + 37 * number) for number in range(ACTIVE_PEOPLE, len(_PEOPLE))
)
QUEUE_ID: Final = str(_FIRST_ID + 37 * len(_PEOPLE))
UNKNOWN_ID: Final = "49999999"
"""In no list: what a record points to after a permanent deletion."""


def _person(number: int) -> JSONObject:
    first, last = _PEOPLE[number]
    archived = number >= ACTIVE_PEOPLE
    address = f"{first}.{last}".replace("'", "").translate(_ASCII)
    user = 7_000_000 + 13 * number
    owner: JSONObject = {
        "id": str(_FIRST_ID + 37 * number),
        "email": f"{address}@crm-owner.example.com".lower()
        if number % 4
        else f"{address}@Sales.Example.com",
        "type": "PERSON",
        "firstName": first,
        "lastName": last,
        # Deactivated owners keep only the second id: HubSpot's owners API guide, read 2026-11-21.
        "userId": None if archived else user,
        "userIdIncludingInactive": user,
        "createdAt": "2022-01-10T09:00:00.000Z",
        "updatedAt": "2024-05-20T12:30:00.000Z",
        "archived": archived,
    }
    if number % 3 == 0:
        owner["teams"] = [{"id": "178588", "name": "Sales", "primary": True}]
    return owner


def _queue() -> JSONObject:
    return {
        "id": QUEUE_ID,
        "email": None,
        "type": "QUEUE",
        "firstName": "Inbound",
        "lastName": "queue",
        "userId": None,
        "userIdIncludingInactive": None,
        "createdAt": "2023-03-01T09:00:00.000Z",
        "updatedAt": "2023-03-01T09:00:00.000Z",
        "archived": False,
    }


def owners() -> list[JSONObject]:
    """All fifteen, in the order of their ids."""
    return [*(_person(number) for number in range(len(_PEOPLE))), _queue()]
