"""Made-up accounts, and what hangs on them: contacts and subscriptions.

Of a large account nothing is kept: a record is made again whenever it is asked for, in about 10
microseconds.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from crmsync.sandbox import words
from crmsync.sandbox.instants import DAY_MS, day
from crmsync.sandbox.salesforce import catalog, people
from crmsync.sandbox.salesforce.nasty import ACCOUNTS, Draws, Nasty
from crmsync.sandbox.salesforce.schema import Value, Values

_UNPACK: Final = struct.Struct("<32H").unpack
_PAIRS: Final = len(words.FIRST) * len(words.LAST)
CONTACT_EVERY: Final = 2
"""Every so many accounts one has a contact."""
SUBSCRIPTION_EVERY: Final = 4
"""Every so many accounts one has a subscription."""


class Owners(NamedTuple):
    """Ids that records are owned by."""

    users: Sequence[str]
    groups: Sequence[str]

    def active(self, draw: int) -> str:
        """One of the active users."""
        return self.users[draw % people.ACTIVE]

    def gone(self, draw: int) -> str:
        """One of the inactive users."""
        return self.users[people.ACTIVE + draw % (people.USERS - people.ACTIVE)]

    def queue(self, draw: int) -> str:
        """One of the queues."""
        return self.groups[draw % people.QUEUES]


def draws_of(what: str, seed: int, number: int) -> Draws:
    """The record's own random numbers."""
    digest = blake2b(b"%s:%d:%d" % (what.encode(), seed, number), digest_size=64).digest()
    return _UNPACK(digest)


class Accounts:
    """Makes accounts from a seed."""

    def __init__(
        self, seed: int, nasty: float, owners: Owners, ids: Sequence[str], *,
        persons: bool, currencies: bool,
    ) -> None:  # fmt: skip
        self._seed = seed
        self._owners = owners
        self._ids = ids
        self._nasty = Nasty(ACCOUNTS, nasty)
        self._more: Values = {}
        if persons:
            self._more.update(
                IsPersonAccount=False, PersonEmail=None, FirstName=None, LastName=None
            )
        if currencies:
            self._more["CurrencyIsoCode"] = "EUR"

    def slug(self, number: int) -> str:
        """The first part of the domain, different for every account."""
        first, last = self._pair(number)
        around = number // _PAIRS
        return f"{words.FIRST[first][1]}-{words.LAST[last][1]}{around or ''}"

    def domain(self, number: int) -> str:
        """The account's own domain, which nasty accounts do not show."""
        place = words.PLACES[draws_of("a", self._seed, number)[0] % len(words.PLACES)]
        return f"{self.slug(number)}.{place.top_level}"

    def nasty_kind(self, number: int) -> str | None:
        """What is wrong with the account, None for a sound one."""
        return self._nasty.kind(draws_of("a", self._seed, number))

    def make(self, number: int, created: int, modified: int) -> Values:
        """All values of an account."""
        draws = draws_of("a", self._seed, number)
        place = draws[0] % len(words.PLACES)
        made = _PLACED[place] | _TRAITS[draws[1] & 1023] | self._more
        first, last = self._pair(number)
        slug = self.slug(number)
        top = words.PLACES[place]
        made["Name"] = f"{words.FIRST[first][0]} {words.LAST[last][0]} {top.legal_form}"
        made["Website"] = (
            f"https://www.{slug}.{top.top_level}" if draws[6] & 3 else f"{slug}.{top.top_level}"
        )
        made["Phone"] = f"{top.calling_code} {draws[3] % 900 + 100} {draws[4] % 9000 + 1000}"
        made["BillingStreet"] = f"{draws[5] % 300 + 1} {words.STREETS[draws[7] & 15]}"
        made["AccountNumber"] = f"CD{draws[8]:06d}"
        made["ParentId"] = (
            self._ids[number - 1 - draws[9] % number] if number and draws[10] % 10 == 0 else None
        )
        self._assign(made, draws)
        _describe(made, top, draws)
        _date(made, created, modified, draws)
        if kind := self._nasty.kind(draws):
            self._spoil(kind, number, made, draws)
        return made

    def _assign(self, made: Values, draws: Draws) -> None:
        owner = self._owners.active(draws[11])
        made["OwnerId"] = made["CreatedById"] = made["LastModifiedById"] = owner
        made["CSM__c"] = self._owners.active(draws[12]) if draws[12] & 256 else None
        if "CurrencyIsoCode" in made:
            made["CurrencyIsoCode"] = catalog.CURRENCIES[draws[13] & 3]

    def _spoil(self, kind: str, number: int, made: Values, draws: Draws) -> None:
        if kind == "duplicate" and number:
            other = number - 1 - draws[30] % min(number, 500)
            made["Website"] = f"http://{self.domain(other)}/"
        elif kind == "queue_owner":
            made["OwnerId"] = self._owners.queue(draws[30])
        elif kind == "gone_owner":
            made["OwnerId"] = self._owners.gone(draws[30])
        else:
            self._nasty.apply(kind, made, draws)

    def _pair(self, number: int) -> tuple[int, int]:
        # Another prime than HubSpot's: the two CRMs share some companies, not all.
        return divmod((number * 1013 + self._seed * 37) % _PAIRS, len(words.LAST))

    def contact(self, number: int, created: int, modified: int) -> Values:
        """The contact of every second account; its address is at the account's own domain."""
        account = number * CONTACT_EVERY
        draws = draws_of("c", self._seed, number)
        first, last = _NAMES[draws[0] & 15], _NAMES[16 + draws[1] % 16]
        return {
            "AccountId": self._ids[account],
            "FirstName": first,
            "LastName": last,
            "Name": f"{first} {last}",
            "Email": f"{first}.{last}@{self.domain(account)}".lower() if draws[2] % 20 else None,
            "Phone": None,
            "Title": ("CEO", "Buyer", "CFO", "Head of Operations")[draws[3] & 3],
            "OwnerId": self._owners.active(draws[4]),
            "CreatedDate": created,
            "LastModifiedDate": modified,
        }

    def subscription(self, number: int, created: int, modified: int) -> Values:
        """The subscription of every fourth account; a queue owns some."""
        draws = draws_of("s", self._seed, number)
        owner = self._owners.active(draws[0])
        return {
            "Name": f"SUB-{number:05d}",
            "Account__c": self._ids[number * SUBSCRIPTION_EVERY],
            "OwnerId": owner if draws[1] % 10 else self._owners.queue(draws[0]),
            "Status__c": catalog.STATUSES[draws[2] % 3],
            "Monthly_Value__c": draws[3] / 4,
            "Start_Date__c": day(created),
            "Seats__c": float(draws[4] % 500),
            "CreatedDate": created,
            "LastModifiedDate": modified,
        }


_NAMES: Final = (
    "Alva", "Ben", "Chidi", "Dora", "Eli", "Freja", "Gus", "Hedda", "Ida", "Jon", "Kim", "Leo",
    "Maja", "Nils", "Olga", "Per", "Andersson", "Bianchi", "Cruz", "Dahl", "Engel", "Fischer",
    "Gray", "Hansen", "Ito", "Jansen", "Kowalski", "Lopez", "Martin", "Nowak", "Olsen", "Petit",
)  # fmt: skip
_OFTEN_OLD: Final = (*catalog.TYPES, *catalog.TYPES, *catalog.OLD_TYPES, "Customer", "Customer")


def _placed(place: words.Place) -> Values:
    values: dict[str, Value] = {
        "City": place.city, "State": place.state or None, "PostalCode": place.zip,
        "Country": place.country, "Latitude": None, "Longitude": None, "GeocodeAccuracy": None,
    }  # fmt: skip
    billing = {f"Billing{name}": value for name, value in values.items()}
    return billing | {f"Shipping{name}": None for name in ("Street", *values)}


def _traits(chance: random.Random) -> Values:
    employees = int(10 ** chance.uniform(0, 5))
    return {
        "NumberOfEmployees": employees,
        "AnnualRevenue": float(employees * 1000 * chance.randrange(20, 320)),
        "Type": chance.choice(_OFTEN_OLD),
        "Industry": chance.choice(catalog.INDUSTRIES),
        "Rating": chance.choice(("Hot", "Warm", "Cold", None)),
        "AccountSource": chance.choice((*catalog.ORIGINS, None)),
        "Tier__c": chance.choice((*catalog.TIERS, None)),
        "Health_Score__c": float(chance.randrange(1001)) / 10,
        "Sic": str(chance.randrange(1000, 9999)),
        "Site": None,
        "Fax": None,
        "MasterRecordId": None,
    }


# Ready-made parts that accounts share, so that an account costs a few dict unions.
_PLACED: Final = tuple(_placed(place) for place in words.PLACES)
_CHANCE: Final = random.Random("salesforce parts")
_TRAITS: Final = tuple(_traits(_CHANCE) for _ in range(1024))


def _describe(made: Values, place: words.Place, draws: Draws) -> None:
    opening = words.OPENINGS[draws[14] & 3].format(
        name=made["Name"],
        what=words.GOODS[draws[14] % 12],
        country=place.country,
        city=place.city,
        year=1900 + draws[15] % 124,
    )
    made["Description"] = f"{opening} {words.CLOSINGS[draws[16] & 3]}"
    if draws[16] % 10 == 0:
        made["Description"] = f'<p>{opening}</p>\n<p class="more">{words.CLOSINGS[0]}</p>'


def _date(made: Values, created: int, modified: int, draws: Draws) -> None:
    made["CreatedDate"] = created
    # System processes move SystemModstamp alone.
    made["LastModifiedDate"] = modified if draws[17] % 8 else max(created, modified - DAY_MS)
    made["LastActivityDate"] = day(created + (modified - created) * draws[18] // 65536)
    customer = str(made["Type"]).startswith("Customer")
    made["Renewal_Date__c"] = day(modified + (draws[19] % 700) * DAY_MS) if customer else None
