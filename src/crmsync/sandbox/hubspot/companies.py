"""Made-up companies: any number of them, each from the seed and its own number alone.

Nothing is kept. A company's properties are made again whenever they are asked for, about 20
microseconds each, so that memory does not grow with what a record holds.
"""

from __future__ import annotations

import random
from typing import Final

from typing_extensions import override

from crmsync.sandbox import words
from crmsync.sandbox.hubspot import owners
from crmsync.sandbox.hubspot.company_schema import PROPERTIES
from crmsync.sandbox.hubspot.making import (
    Columns,
    Draws,
    Entry,
    Maker,
    Properties,
    drawn,
    spread,
)
from crmsync.sandbox.hubspot.nasty import Nasty
from crmsync.sandbox.hubspot.nasty_companies import KINDS
from crmsync.sandbox.instants import DAY_MS, day, iso

BLANK: Final[Properties] = dict.fromkeys(prop.name for prop in PROPERTIES)
"""A company without any value."""

# Ten digits at first, eleven later: ids that are compared as text sort wrongly.
FIRST_ID: Final = 9_999_950_000
_PAIRS: Final = len(words.FIRST) * len(words.LAST)


class Companies(Maker):
    """Makes companies from a seed."""

    blank = BLANK

    def __init__(self, seed: int, nasty: float) -> None:
        self._seed = seed
        self._nasty = Nasty(KINDS, nasty)

    @override
    def columns(self, count: int, anchor_ms: int) -> Columns:
        """See `Maker.columns`."""
        return spread(f"columns {self._seed}", FIRST_ID, count, anchor_ms)

    def draws(self, number: int) -> Draws:
        """The company's own random numbers."""
        return drawn(b"%d:%d" % (self._seed, number))

    def slug(self, number: int) -> str:
        """The first part of the domain, different for every company."""
        first, last = self._pair(number)
        around = number // _PAIRS
        return f"{words.FIRST[first][1]}-{words.LAST[last][1]}{around or ''}"

    def title(self, number: int) -> str:
        """The company's name without its legal form."""
        first, last = self._pair(number)
        return f"{words.FIRST[first][0]} {words.LAST[last][0]}"

    def domain(self, number: int) -> str:
        """The company's own domain, which nasty companies do not show."""
        place = words.PLACES[self.draws(number)[0] % len(words.PLACES)]
        return f"{self.slug(number)}.{place.top_level}"

    def nasty_kind(self, number: int) -> str | None:
        """What is wrong with the company, None for a sound one."""
        return self._nasty.kind(self.draws(number))

    @override
    def sound(self, number: int) -> bool:
        """Whether nothing is wrong with the company."""
        return self.nasty_kind(number) is None

    @override
    def history(
        self, name: str, number: int, created_ms: int, modified_ms: int
    ) -> tuple[Entry, ...]:
        """Nothing: a company's values are as they always were."""
        return ()

    @override
    def properties(self, number: int, created_ms: int, modified_ms: int) -> Properties:
        """All properties of a company, its id left empty."""
        draws = self.draws(number)
        place = words.PLACES[draws[0] % len(words.PLACES)]
        name = f"{self.title(number)} {place.legal_form}"
        made = _PLACED[draws[0] % len(words.PLACES)] | _FIGURES[draws[1] & 1023]
        made |= _TRAITS[draws[2] & 1023]
        _identify(made, self.slug(number), place, draws)
        made["name"] = name
        _describe(made, draws)
        _date(made, created_ms, modified_ms, draws)
        kind = self._nasty.kind(draws)
        if kind == "duplicate" and number:
            made["domain"] = self.domain(number - 1 - draws[30] % min(number, 500))
        elif kind is not None:
            self._nasty.apply(kind, made, draws)
        return made

    def _pair(self, number: int) -> tuple[int, int]:
        # 1009 is prime to the number of pairs, so that neighbours look different.
        return divmod((number * 1009 + self._seed * 31) % _PAIRS, len(words.LAST))


_MOSTLY_FALSE: Final = (*["false"] * 19, "true")
_MOSTLY_OWNED: Final = (*owners.ACTIVE_IDS * 2, None)
_HALF_OWNED: Final = (*owners.ACTIVE_IDS, *[None] * len(owners.ACTIVE_IDS))


def _placed(place: words.Place) -> Properties:
    return {
        "city": place.city,
        "state": place.state or None,
        "zip": place.zip,
        "country": place.country,
        "timezone": place.time_zone,
    }


def _figures(chance: random.Random) -> Properties:
    employees = int(10 ** chance.uniform(0, 5))
    deal = chance.randrange(65_536)
    return {
        "numberofemployees": str(employees),
        "annualrevenue": str(employees * 1000 * chance.randrange(20, 320)),
        "num_associated_contacts": str(chance.randrange(40)),
        "num_associated_deals": str(chance.randrange(9)),
        "num_notes": str(chance.randrange(120)),
        "hs_analytics_num_visits": str(chance.randrange(400)),
        "hs_analytics_num_page_views": str(chance.randrange(2100)),
        "recent_deal_amount": f"{deal}.{chance.randrange(100):02d}",
        "total_revenue": f"{deal * 7}.00",
        "hs_num_open_deals": str(chance.randrange(4)),
        "hs_num_child_companies": str(chance.randrange(3)),
        "days_to_close": str(chance.randrange(365)),
        "hs_created_by_user_id": str(7_000_000 + 13 * chance.randrange(11)),
        "twitterfollowers": str(chance.randrange(65_536)),
        "health_score": str(chance.randrange(101)),
    }


def _traits(chance: random.Random) -> Properties:
    return {
        "founded_year": str(chance.randrange(1900, 2024)),
        "industry": chance.choice(words.INDUSTRIES),
        "lifecyclestage": chance.choice(words.STAGES),
        "type": chance.choice(words.TYPES),
        "hs_lead_status": chance.choice(words.LEAD_STATUSES),
        "hs_analytics_source": chance.choice(words.ORIGINS),
        "hs_object_source": chance.choice(words.OBJECT_SOURCES),
        "account_tier": chance.choice(words.TIERS),
        "web_technologies": chance.choice(words.WEB_TECHNOLOGIES),
        "is_public": chance.choice(_MOSTLY_FALSE),
        "hubspot_owner_id": chance.choice(_MOSTLY_OWNED),
        "csm_owner": chance.choice(_HALF_OWNED),
    }


# Ready-made parts that companies share, so that a company costs a few dict unions. They do
# not depend on the seed: which company has which part does.
_PLACED: Final = tuple(BLANK | _placed(place) for place in words.PLACES)
_CHANCE: Final = random.Random("parts")
_FIGURES: Final = tuple(_figures(_CHANCE) for _ in range(1024))
_TRAITS: Final = tuple(_traits(_CHANCE) for _ in range(1024))


def _identify(made: Properties, slug: str, place: words.Place, draws: Draws) -> None:
    domain = f"{slug}.{place.top_level}"
    made["domain"] = domain
    made["website"] = f"https://www.{domain}" if draws[6] & 3 else domain
    made["hs_additional_domains"] = None if draws[4] % 20 else f"{slug}.net;{slug}.org"
    made["phone"] = f"{place.calling_code} {draws[3] % 900 + 100} {draws[4] % 9000 + 1000}"
    made["address"] = f"{draws[5] % 300 + 1} {words.STREETS[draws[7] & 15]}"
    made["linkedin_company_page"] = f"https://www.linkedin.com/company/{slug}"
    made["twitterhandle"] = slug.replace("-", "_")[:15] if draws[7] & 3 else None
    made["facebook_company_page"] = f"https://www.facebook.com/{slug}"
    made["hs_logo_url"] = f"https://logos.example.com/{slug}.png"


def _describe(made: Properties, draws: Draws) -> None:
    opening = words.OPENINGS[draws[8] & 3].format(
        name=made["name"],
        what=words.GOODS[draws[8] % 12],
        country=made["country"],
        city=made["city"],
        year=made["founded_year"],
    )
    closing = words.CLOSINGS[draws[9] & 3]
    made["about_us"] = opening if draws[9] & 1 else None
    made["description"] = f"{opening} {closing}"
    if draws[9] % 10 == 0:
        made["description"] = f"<p>{opening}</p>\n<p><b>{closing}</b></p>"


def _date(made: Properties, created_ms: int, modified_ms: int, draws: Draws) -> None:
    span = modified_ms - created_ms
    contact = iso(created_ms + span * draws[10] // 65536)
    closed_ms = created_ms + span * draws[11] // 65536
    customer = made["lifecyclestage"] in ("customer", "evangelist")
    closed = iso(closed_ms) if customer else None
    made["createdate"] = iso(created_ms)
    made["closedate"] = made["recent_deal_close_date"] = closed
    made["renewal_date"] = day(closed_ms + 365 * DAY_MS) if customer else None
    made["hubspot_owner_assigneddate"] = made["notes_last_contacted"] = contact
    made["hs_lastmodifieddate"] = made["notes_last_updated"] = iso(modified_ms)
    made["first_contact_createdate"] = made["hs_analytics_first_timestamp"] = made["createdate"]
