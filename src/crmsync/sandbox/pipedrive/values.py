"""Values of custom fields: ready-made sets of them that records share, all types in each.

In version 2 a custom field's value has the type of its field; compound ones are objects:
Pipedrive's API v2 migration guide, read 2026-11-21.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from crmsync.sandbox import words
from crmsync.sandbox.exchange import JSONObject
from crmsync.sandbox.pipedrive import users
from crmsync.sandbox.pipedrive.moments import DAY, date
from crmsync.sandbox.pipedrive.schema import DELETED_OPTION, Field

SETS: Final = 256
"""How many different sets of custom values an object's records have."""

_UNSET_RATE: Final = 0.25
_DELETED_OPTION_RATE: Final = 0.05
_ZONE: Final = MappingProxyType({"timezone_id": 295, "timezone_name": "Europe/Stockholm"})

_Make: TypeAlias = Callable[[random.Random, Field], Any]


def address(place: words.Place, street: str, number: int) -> JSONObject:
    """An address as the map's service took it apart."""
    text = ", ".join(filter(None, (f"{street} {number}", place.zip, place.city, place.country)))
    return {
        "value": text,
        "street_number": str(number),
        "route": street,
        "sublocality": None,
        "locality": place.city,
        "subpremise": None,
        "admin_area_level_1": place.state or None,
        "admin_area_level_2": None,
        "country": place.country,
        "postal_code": place.zip,
        "formatted_address": text,
    }


def _address(chance: random.Random, field: Field) -> JSONObject:
    del field
    place, street = chance.choice(words.PLACES), chance.choice(words.STREETS)
    return address(place, street, chance.randrange(1, 300))


def _option(chance: random.Random, field: Field) -> int:
    if chance.random() < _DELETED_OPTION_RATE:
        return DELETED_OPTION
    return chance.choice(list(field.options))


def _options(chance: random.Random, field: Field) -> list[int]:
    return sorted(chance.sample(list(field.options), chance.randint(1, len(field.options))))


def _date(chance: random.Random) -> str:
    return date(chance.randrange(19_000, 21_500) * DAY)


def _time(chance: random.Random) -> str:
    return f"{chance.randrange(24):02d}:{chance.choice((0, 15, 30, 45)):02d}:00"


_MAKE: Final[Mapping[str, _Make]] = MappingProxyType(
    {
        "varchar": lambda chance, field: f"{field.name[0]}-{chance.randrange(10_000, 99_999)}",
        "varchar_auto": lambda chance, _: f"INV {chance.randrange(1000)}",
        "text": lambda chance, _: f"{chance.choice(words.GOODS)}\n& {chance.choice(words.GOODS)}",
        "double": lambda chance, _: chance.randrange(400) / 8,
        "monetary": lambda chance, _: {
            "value": chance.randrange(9000) / 4, "currency": chance.choice(("EUR", "USD", "SEK"))
        },
        "enum": _option,
        "set": _options,
        "date": lambda chance, _: _date(chance),
        "daterange": lambda chance, _: dict(
            zip(("value", "until"), sorted((_date(chance), _date(chance))), strict=True)
        ),
        "time": lambda chance, _: {"value": _time(chance), **_ZONE},
        "timerange": lambda chance, _: {"value": _time(chance), "until": _time(chance), **_ZONE},
        "phone": lambda chance, _: f"+46 8 {chance.randrange(10**5, 10**6)}",
        "address": _address,
        "int": lambda chance, _: chance.randrange(1, 500),
        "user": lambda chance, _: chance.choice(users.ACTIVE_IDS),
        "org": lambda chance, _: chance.randrange(1, 60),
        "people": lambda chance, _: chance.randrange(1, 60),
    }
)  # fmt: skip


@lru_cache(maxsize=32)
def value_sets(seed: int, fields: tuple[Field, ...], *, keep_nulls: bool) -> list[JSONObject]:
    """Ready-made `custom_fields` objects; unset fields are null in them, or absent.

    Records share them, those of other companies too: they must not be changed.
    """
    chance = random.Random(f"custom {seed} {fields[0].key}")
    made = [
        {
            field.key: None if chance.random() < _UNSET_RATE else _MAKE[field.type](chance, field)
            for field in fields
        }
        for _ in range(SETS)
    ]
    if keep_nulls:
        return made
    return [{key: value for key, value in one.items() if value is not None} for one in made]
