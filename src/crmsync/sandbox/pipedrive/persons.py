"""Made-up persons: about 1.2 for every organization.

Some are odd; the rates are shares of all, times the option `nasty`:

| kind | rate | what is odd |
|---|---|---|
| no_emails | 1.0 % | `emails` is an empty list |
| none_primary | 1.0 % | two addresses, none of them primary |
| freemail | 1.0 % | a web mail's address |
| no_org | 1.0 % | belongs to no organization |
| empty_value | 0.5 % | the primary address is an empty text, the second is good |
| duplicates | 0.5 % | the same address three times, in other capitals |
| bad_email | 0.5 % | no address at all in the field |
| no_phones | 0.5 % | `phones` is an empty list, or holds an empty text |
| odd_owner | 0.5 % | a deactivated owner, or one in no list |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from crmsync.sandbox import words
from crmsync.sandbox.exchange import JSONObject
from crmsync.sandbox.pipedrive import users
from crmsync.sandbox.pipedrive.draws import Draws, Kinds, draw
from crmsync.sandbox.pipedrive.moments import utc
from crmsync.sandbox.pipedrive.organizations import Organizations
from crmsync.sandbox.pipedrive.schema import Field
from crmsync.sandbox.pipedrive.values import SETS, value_sets

_RATES: Final = MappingProxyType(
    {
        "no_emails": 0.01,
        "none_primary": 0.01,
        "freemail": 0.01,
        "no_org": 0.01,
        "empty_value": 0.005,
        "duplicates": 0.005,
        "bad_email": 0.005,
        "no_phones": 0.005,
        "odd_owner": 0.005,
    }
)
NO_ADDRESS: Final = frozenset({"no_emails", "freemail", "bad_email"})
"""Kinds that give no domain of an organization."""

_FIRST: Final = (
    ("Anna", "anna"), ("Björn", "bjorn"), ("Chloé", "chloe"), ("David", "david"),
    ("Elena", "elena"), ("Fatima", "fatima"), ("Giulia", "giulia"), ("Hannes", "hannes"),
    ("Inga", "inga"), ("José", "jose"), ("Kenji", "kenji"), ("Lena", "lena"), ("Małgorzata", "m"),
    ("Nils", "nils"), ("Olga", "olga"), ("Pedro", "pedro"),
)  # fmt: skip
_LAST: Final = (
    ("Andersson", "andersson"), ("Bianchi", "bianchi"), ("Cooper", "cooper"), ("Dubois", "dubois"),
    ("Eriksen", "eriksen"), ("Fernández", "fernandez"), ("Großmann", "grossmann"),
    ("Hughes", "hughes"), ("Ito", "ito"), ("Jansen", "jansen"), ("Kowalska", "kowalska"),
    ("Lund", "lund"), ("McKay", "mckay"), ("Nguyễn", "nguyen"), ("O'Hara", "ohara"),
    ("Papadopoulou", "papadopoulou"), ("", ""),
)  # fmt: skip
_FREEMAIL: Final = ("gmail.com", "Hotmail.com", "gmx.de", "yahoo.com")
_ODD_OWNERS: Final = (*users.INACTIVE_IDS, users.UNKNOWN_ID)
_LABELS: Final = ("work", "home", "other", "assistant's")

BLANK: Final[Mapping[str, object]] = MappingProxyType(
    {
        "name": "", "first_name": None, "last_name": None, "owner_id": users.ACTIVE_IDS[0],
        "org_id": None, "add_time": "", "update_time": None, "emails": (), "phones": (),
        "is_deleted": False, "visible_to": 3, "label_ids": (), "picture_id": None,
        "custom_fields": {},
    }
)  # fmt: skip
"""A person without any value."""


class Persons:
    """Makes persons from a seed, for so many organizations."""

    blank = BLANK

    def __init__(
        self,
        seed: int,
        nasty: float,
        fields: tuple[Field, ...],
        organizations: Organizations,
        org_ids: Sequence[int],
        *,
        keep_nulls: bool,
    ) -> None:
        self._seed = seed
        self._kinds = Kinds(_RATES, nasty)
        self._organizations = organizations
        self._org_ids = org_ids
        self._seeded = len(org_ids)
        self._custom = value_sets(seed, fields, keep_nulls=keep_nulls)

    @property
    def count(self) -> int:
        """How many there are at the start."""
        return self._seeded + self._seeded // 5

    def of_organization(self, number: int, choice: int) -> int:
        """The number of one who belongs to an organization."""
        if number % 5 == 0 and choice & 1 and number // 5 < self._seeded // 5:
            return self._seeded + number // 5
        return number

    def organization(self, number: int) -> int | None:
        """The number of a person's organization: one each, and a second person for each fifth."""
        if self._seeded == 0:
            return None
        if number < self._seeded:
            return number
        return 5 * (number - self._seeded) % self._seeded

    def kind(self, number: int) -> str | None:
        """What is odd about a person."""
        return self._kinds.of(self._draws(number))

    def is_sound(self, number: int) -> bool:
        """Whether nothing is odd about it."""
        return self.kind(number) is None

    def record(self, number: int, record_id: int, added: int, updated: int) -> JSONObject:
        """A person as version 2 answers it."""
        draws = self._draws(number)
        first, last = _FIRST[draws[0] & 15], _LAST[draws[1] % len(_LAST)]
        org = self.organization(number)
        domain = self._organizations.domain(org) if org is not None else "example.org"
        email = f"{first[1]}.{last[1]}@{domain}".replace(".@", "@")
        made: JSONObject = {
            "id": record_id,
            "name": f"{first[0]} {last[0]}".strip(),
            "first_name": first[0],
            "last_name": last[0] or None,
            "owner_id": users.ACTIVE_IDS[draws[2] % len(users.ACTIVE_IDS)],
            "org_id": self._org_ids[org] if org is not None else None,
            "add_time": utc(added),
            "update_time": utc(updated) if updated else None,
            "emails": [_entry(email, "work", primary=True)],
            "phones": [_phone(draws)],
            "is_deleted": False,
            "visible_to": 3,
            "label_ids": (),
            "picture_id": None if draws[4] & 3 else draws[4],
            "custom_fields": self._custom[draws[5] % SETS],
        }
        kind = self._kinds.of(draws)
        if kind is not None:
            _spoil(made, kind, email, draws)
        return made

    def _draws(self, number: int) -> Draws:
        return draw(self._seed, "persons", number)


def _entry(value: str, label: str, *, primary: bool) -> JSONObject:
    return {"label": label, "value": value, "primary": primary}


def _phone(draws: Draws) -> JSONObject:
    place = words.PLACES[draws[3] % len(words.PLACES)]
    text = f"{place.calling_code} {draws[3] % 900 + 100} {draws[4] % 9000 + 1000}"
    return _entry(text, "mobile" if draws[3] & 1 else "work", primary=True)


def _spoil(made: JSONObject, kind: str, email: str, draws: Draws) -> None:
    label = _LABELS[draws[6] & 3]
    emails = {
        "no_emails": [],
        "none_primary": [_entry(f"info.{email}", label, primary=False),
                         _entry(email, "work", primary=False)],
        "freemail": [_entry(f"{draws[7]}@{_FREEMAIL[draws[6] & 3]}", label, primary=True)],
        "empty_value": [_entry("", "work", primary=True), _entry(email, label, primary=False)],
        "duplicates": [_entry(email.upper(), "work", primary=False),
                       _entry(email, label, primary=True), _entry(email, label, primary=True)],
        "bad_email": [_entry(("n/a", "anna at work", "@", "x@localhost")[draws[6] & 3], label,
                             primary=True)],
    }  # fmt: skip
    if kind in emails:
        made["emails"] = emails[kind]
    elif kind == "no_org":
        made["org_id"] = None
    elif kind == "no_phones":
        made["phones"] = [_entry("", "work", primary=True)] if draws[6] & 1 else []
    else:
        made["owner_id"] = _ODD_OWNERS[draws[6] % len(_ODD_OWNERS)]
