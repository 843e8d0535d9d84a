"""The companies and people that events can be about, and how they are looked up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final, Literal, TypeAlias

from crmsync.sandbox.exchange import JSONObject

Kind: TypeAlias = Literal["company", "person"]

NUMBERS: Final = ("ids", "vat", "taxIds", "regNumbers")
"""The filters by which one is found, named as the parameters are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A company or a person.

    Attributes:
        ids: All ids that name it; the first is the one that answers have.
        tax_id: A company's is mostly its VAT number; a person's has letters.
    """

    ids: tuple[str, ...]
    type: Kind
    name: str
    vat: str | None = None
    tax_id: str | None = None
    reg_numbers: tuple[str, ...] = ()
    country: str = "it"
    full_address: str = ""
    active: bool = True

    @property
    def id(self) -> str:
        """The id that answers have."""
        return self.ids[0]

    def numbers(self) -> Mapping[str, tuple[str, ...]]:
        """What each of NUMBERS finds it by; `regNumbers` is any number it is registered under."""
        vat, tax = ((number,) if number else () for number in (self.vat, self.tax_id))
        registered = tuple(dict.fromkeys((*vat, *tax, *self.reg_numbers)))
        return {"ids": self.ids, "vat": vat, "taxIds": tax, "regNumbers": registered}

    def answered(self) -> JSONObject:
        """The root fields, which every company is answered with.

        https://developers.atoka.io/v2/companies_root_fields.html, read 2026-11-21. Those of
        people are a guess.
        """
        if self.type == "person":
            return {"id": self.id, "name": self.name}
        return {
            "id": self.id,
            "ids": list(self.ids),
            "active": self.active,
            "country": self.country,
            "fullAddress": self.full_address,
            "name": self.name,
        }

    def told(self) -> JSONObject:
        """As the control interface tells it: with its numbers."""
        return {
            **self.answered(),
            "ids": list(self.ids),
            "type": self.type,
            "vat": self.vat,
            "taxId": self.tax_id,
            "regNumbers": list(self.reg_numbers),
        }


class Leads:
    """All of them. One that comes with the id of an earlier one takes its place."""

    def __init__(self, leads: Iterable[Lead]) -> None:
        self._by_id: dict[str, Lead] = {}
        for lead in leads:
            self.add(lead)

    def add(self, lead: Lead) -> None:
        """Add it, or put it in the place of what has one of its ids."""
        for name in lead.ids:
            old = self._by_id.get(name)
            for other in old.ids if old else ():
                del self._by_id[other]
        self._by_id.update(dict.fromkeys(lead.ids, lead))
        self.__dict__.pop("_numbers", None)

    def meet(self, name: str) -> None:
        """Know a company of this name from now on."""
        number = sha256(name.encode()).hexdigest()[:12]
        known = any(lead.name == name for lead in self._by_id.values())
        if not known:
            self.add(Lead(ids=(number,), type="company", name=name))

    def clear(self, kind: Kind) -> None:
        """Forget all companies, or all people; their events stay."""
        self._by_id = {name: lead for name, lead in self._by_id.items() if lead.type != kind}
        self.__dict__.pop("_numbers", None)

    def find(self, name: str) -> Lead | None:
        """The one with this id, be it not its first."""
        return self._by_id.get(name)

    def of(self, kind: Kind) -> Sequence[Lead]:
        """All companies, or all people, in order of arrival."""
        return [lead for lead in dict.fromkeys(self._by_id.values()) if lead.type == kind]

    def search(self, kind: Kind, filters: Mapping[str, Sequence[str]]) -> Sequence[Lead]:
        """Those that every filter finds: by any of its values, equal to the letter."""
        found: dict[Lead, None] | None = None
        for name, values in filters.items():
            hits = (lead for value in values for lead in self._numbers.get((name, value), ()))
            ours = dict.fromkeys(lead for lead in hits if lead.type == kind)
            found = ours if found is None else {lead: None for lead in found if lead in ours}
        return self.of(kind) if found is None else list(found)

    @cached_property
    def _numbers(self) -> Mapping[tuple[str, str], list[Lead]]:
        index: defaultdict[tuple[str, str], list[Lead]] = defaultdict(list)
        for lead in dict.fromkeys(self._by_id.values()):
            for name, values in lead.numbers().items():
                for value in values:
                    index[name, value].append(lead)
        return dict(index)
