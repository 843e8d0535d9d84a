"""Made-up companies and people, most of them Italian, some of them hard to tell apart."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final, NamedTuple

from crmsync.sandbox import words
from crmsync.sandbox.atoka.leads import Lead


class _City(NamedTuple):
    name: str
    postcode: str
    province: str
    office: str
    """The tax office's number, in VAT numbers."""
    cadastre: str
    """The city's code, in people's tax ids."""


_CITIES: Final = tuple(
    _City(*row.split("|"))
    for row in (
        "Milano|20121|MI|015|F205", "Roma|00184|RM|058|H501", "Torino|10121|TO|001|L219",
        "Trento|38122|TN|022|L378", "Bologna|40121|BO|037|A944", "Napoli|80133|NA|063|F839",
        "Pisa|56125|PI|050|G702", "Forlì|47121|FC|040|D704", "Cantù|22063|CO|013|B639",
    )
)  # fmt: skip
_STREETS: Final = (
    "Via Roma", "Via Garibaldi", "Corso Italia", "Piazza del Popolo", "Via dell'Artigianato",
    "Viale Europa", "Via XXV Aprile", "Strada Statale 12",
)  # fmt: skip
_FORMS: Final = ("S.r.l.", "S.r.l.", "S.p.A.", "S.R.L.S.", "S.n.c.", "S.a.s.")
_ABROAD: Final = (("de", "GmbH", "Berlin"), ("gb", "Ltd", "London"), ("se", "AB", "Malmö"))
_GIVEN: Final = ("Giulia", "Marco", "Niccolò", "Chiara", "José", "Anna Maria", "Luca", "Zoë")
_FAMILY: Final = ("Rossi", "De Luca", "D'Angelo", "Esposito", "Nardò", "Bianchi", "Ferrari")
_MONTHS: Final = "ABCDEHLMPRST"
_CONSONANTS: Final = "BCDFGLMNPRSTV"
# A character at an odd place of a tax id counts so much: decree of 23 December 1976, table 2.
_ODD: Final = (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
)  # fmt: skip

_FOREIGN_EVERY: Final = 9
_TWIN_EVERY: Final = 12
_VAT_GROUP_EVERY: Final = 20
_ALIAS_EVERY: Final = 10
_ENDED_EVERY: Final = 15
_SOLE_TRADER_EVERY: Final = 25


def companies(count: int, seed: int) -> Iterator[Lead]:
    """So many companies, the same ones for a seed.

    Counted from 1, every 9th is foreign and has no VAT number here; every 12th has the name of
    the one before, in another city; every 20th is in one VAT group with the one before, so both
    have its VAT number; every 25th is a sole trader, whose tax id is a person's; every 10th has
    a second id; every 15th is no longer active.
    """
    chance = random.Random(f"atoka companies {seed}")
    before: Lead | None = None
    for number in range(1, count + 1):
        if number % _FOREIGN_EVERY == 0:
            lead = _foreign(number, chance)
        else:
            lead = _italian(number, chance, before)
        yield lead
        before = lead


def people(count: int, seed: int) -> Iterator[Lead]:
    """So many people, the same ones for a seed."""
    chance = random.Random(f"atoka people {seed}")
    for _ in range(count):
        name = f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)}"
        yield Lead(
            ids=(_id(chance, 12),),
            type="person",
            name=name,
            tax_id=_person_tax_id(chance, chance.choice(_CITIES)),
        )


def _italian(number: int, chance: random.Random, before: Lead | None) -> Lead:
    city = chance.choice(_CITIES)
    name, vat = f"{_made_up(chance)} {chance.choice(_FORMS)}", _vat_number(chance, city)
    tax_id = vat
    if before and number % _TWIN_EVERY == 0:
        name = before.name
    if before and before.vat and number % _VAT_GROUP_EVERY == 0:
        vat = before.vat
    if number % _SOLE_TRADER_EVERY == 0:
        tax_id = _person_tax_id(chance, city)
    street = f"{chance.choice(_STREETS)}, {chance.randrange(1, 200)}"
    return Lead(
        ids=_ids(number, chance),
        type="company",
        name=name,
        vat=vat,
        tax_id=tax_id,
        reg_numbers=(f"{city.province}-{chance.randrange(100_000, 2_000_000)}",),
        full_address=f"{street}, {city.postcode}, {city.name} ({city.province})",
        active=number % _ENDED_EVERY != 0,
    )


def _foreign(number: int, chance: random.Random) -> Lead:
    country, form, city = chance.choice(_ABROAD)
    return Lead(
        ids=_ids(number, chance),
        type="company",
        name=f"{_made_up(chance)} {form}",
        reg_numbers=(f"{chance.randrange(10_000_000, 100_000_000)}",),
        country=country,
        full_address=f"{chance.randrange(1, 200)}, {city}",
        active=number % _ENDED_EVERY != 0,
    )


def _made_up(chance: random.Random) -> str:
    return f"{chance.choice(words.FIRST)[0]} {chance.choice(words.LAST)[0]}"


def _id(chance: random.Random, digits: int) -> str:
    return f"{chance.getrandbits(digits * 4):0{digits}x}"


def _ids(number: int, chance: random.Random) -> tuple[str, ...]:
    """One of 12 digits; or one of 20, of which the first 12 name it too."""
    # In the documents 6da785b3adf2 and 6da785b3adf219770c9e are one company, as far as one can
    # see, and root fields have `ids`, all that name it: developers.atoka.io, read 2026-11-21.
    if number % _ALIAS_EVERY:
        return (_id(chance, 12),)
    long = _id(chance, 20)
    return (long, long[:12])


def _vat_number(chance: random.Random, city: _City) -> str:
    """Seven digits, the office's three, and one that makes their weighed sum end in 0."""
    digits = f"{chance.randrange(1, 10_000_000):07d}{city.office}"
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[1::2])
    total = sum(map(int, digits[::2])) + sum(doubled)
    return digits + str(-total % 10)


def _person_tax_id(chance: random.Random, city: _City) -> str:
    """Six letters, year, month and day of birth, the city, and a letter that checks them."""
    letters = "".join(chance.choices(_CONSONANTS, k=6))
    born = f"{chance.randrange(40, 100)}{chance.choice(_MONTHS)}{chance.randrange(1, 29):02d}"
    tax_id = letters + born + city.cadastre
    return tax_id + check_letter(tax_id)


def check_letter(tax_id: str) -> str:
    """The last sign of a person's tax id, by the fifteen before it."""
    places = [int(sign) if sign.isdigit() else ord(sign) - 65 for sign in tax_id]
    total = sum(_ODD[place] for place in places[::2]) + sum(places[1::2])
    return chr(65 + total % 26)
