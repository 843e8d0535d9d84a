"""Made-up organizations.

Some are odd; the rates are shares of all, times the option `nasty`:

| kind | rate | what is odd |
|---|---|---|
| no_address | 2.0 % | the address is null |
| loose_address | 1.0 % | an address as typed, none of its parts known |
| odd_owner | 1.0 % | a deactivated owner, or one in no list |
| no_homepage | 1.0 % | no website at all, in neither field |
| emoji_name | 0.3 % | emoji and a zero-width joiner in the name |
| long_name | 0.3 % | a name of 255 characters |
| control_name | 0.2 % | control characters and a bidi override in the name |
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from crmsync.sandbox import words
from crmsync.sandbox.exchange import JSONObject
from crmsync.sandbox.pipedrive import users
from crmsync.sandbox.pipedrive.draws import Draws, Kinds, draw
from crmsync.sandbox.pipedrive.moments import utc
from crmsync.sandbox.pipedrive.schema import INDUSTRIES, Field
from crmsync.sandbox.pipedrive.values import SETS, address, value_sets

_RATES: Final = MappingProxyType(
    {
        "no_address": 0.02,
        "loose_address": 0.01,
        "odd_owner": 0.01,
        "no_homepage": 0.01,
        "emoji_name": 0.003,
        "long_name": 0.003,
        "control_name": 0.002,
    }
)
_PAIRS: Final = len(words.FIRST) * len(words.LAST)
_ODD_OWNERS: Final = (*users.INACTIVE_IDS, users.UNKNOWN_ID)
_LABELS: Final[tuple[tuple[int, ...], ...]] = ((), (1,), (2, 3), ())

BLANK: Final[Mapping[str, object]] = MappingProxyType(
    {
        "name": "", "owner_id": users.ACTIVE_IDS[0], "add_time": "",
        "update_time": None, "is_deleted": False, "visible_to": 3, "label_ids": (),
        "address": None, "website": None, "linkedin": None, "industry": None,
        "annual_revenue": None, "employee_count": None, "custom_fields": {},
    }
)  # fmt: skip
"""An organization without any value."""


class Organizations:
    """Makes organizations from a seed."""

    blank = BLANK

    def __init__(
        self, seed: int, nasty: float, fields: tuple[Field, ...], *, keep_nulls: bool
    ) -> None:
        self._seed = seed
        self._kinds = Kinds(_RATES, nasty)
        self._homepage = fields[0].key
        self._custom = value_sets(seed, fields, keep_nulls=keep_nulls)

    def slug(self, number: int) -> str:
        """The first part of the domain, different for every organization."""
        first, last = self._pair(number)
        around = number // _PAIRS
        return f"{words.FIRST[first][1]}-{words.LAST[last][1]}{around or ''}"

    def domain(self, number: int) -> str:
        """The organization's own domain, where its persons have their addresses."""
        place = words.PLACES[self._draws(number)[0] % len(words.PLACES)]
        return f"{self.slug(number)}.{place.top_level}"

    def short_name(self, number: int) -> str:
        """The name without its legal form."""
        first, last = self._pair(number)
        return f"{words.FIRST[first][0]} {words.LAST[last][0]}"

    def is_sound(self, number: int) -> bool:
        """Whether nothing is odd about it."""
        return self._kinds.of(self._draws(number)) is None

    def record(self, number: int, record_id: int, added: int, updated: int) -> JSONObject:
        """An organization as version 2 answers it."""
        draws = self._draws(number)
        place = words.PLACES[draws[0] % len(words.PLACES)]
        domain = f"{self.slug(number)}.{place.top_level}"
        made: JSONObject = {
            "id": record_id,
            "name": f"{self.short_name(number)} {place.legal_form}",
            "owner_id": users.ACTIVE_IDS[draws[1] % len(users.ACTIVE_IDS)],
            "add_time": utc(added),
            "update_time": utc(updated) if updated else None,
            "is_deleted": False,
            "visible_to": 3 if draws[2] & 7 else 1,
            "label_ids": _LABELS[draws[2] & 3],
            "address": address(place, words.STREETS[draws[3] & 15], draws[4] % 300 + 1),
            "website": f"https://www.{domain}" if draws[5] & 3 else None,
            "linkedin": None if draws[5] & 4 else f"https://www.linkedin.com/company/{domain}",
            "industry": None if draws[6] % 10 == 0 else draws[6] % len(INDUSTRIES) + 1,
            "annual_revenue": draws[7] * 1000 if draws[7] & 1 else None,
            "employee_count": draws[8] % 900 + 1 if draws[8] & 1 else None,
            "custom_fields": {
                **self._custom[draws[9] % SETS],
                self._homepage: f"https://{domain}",
            },
        }
        kind = self._kinds.of(draws)
        if kind is not None:
            self._spoil(made, kind, draws)
        return made

    def _spoil(self, made: JSONObject, kind: str, draws: Draws) -> None:
        match kind:
            case "no_address":
                made["address"] = None
            case "loose_address":
                loose = dict.fromkeys(made["address"])
                made["address"] = loose | {"value": "c/o Dock 7, by the harbour"}
            case "odd_owner":
                made["owner_id"] = _ODD_OWNERS[draws[10] % len(_ODD_OWNERS)]
            case "no_homepage":
                made["website"] = None
                made["custom_fields"] = made["custom_fields"] | {self._homepage: None}
            case "emoji_name":
                made["name"] = f"👩\u200d🚀 {made['name']} 🇸🇪"
            case "long_name":
                made["name"] = (f"{made['name']} " * 30)[:255]
            case _:
                made["name"] = f"\u202e{made['name']}\u202c\x07\r\n\x00"

    def _draws(self, number: int) -> Draws:
        return draw(self._seed, "organizations", number)

    def _pair(self, number: int) -> tuple[int, int]:
        # 1103 is prime to the number of pairs, so that neighbours look different.
        return divmod((number * 1103 + self._seed * 37) % _PAIRS, len(words.LAST))
