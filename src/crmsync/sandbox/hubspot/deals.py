"""Made-up deals: any number of them, each from the seed and its own number alone.

Nothing is kept: see `companies.py`. Half of the companies have deals, most of them several.
"""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from typing_extensions import override

from crmsync.sandbox import words
from crmsync.sandbox.hubspot import deal_schema, owners, pipelines
from crmsync.sandbox.hubspot.companies import Companies
from crmsync.sandbox.hubspot.making import Columns, Draws, Entry, Maker, Properties, drawn, spread
from crmsync.sandbox.hubspot.nasty import Nasty
from crmsync.sandbox.hubspot.nasty_deals import KINDS
from crmsync.sandbox.hubspot.pipelines import Pipeline, Stage, consequences
from crmsync.sandbox.instants import DAY_MS, day, iso

BLANK: Final[Properties] = dict.fromkeys(prop.name for prop in deal_schema.PROPERTIES)
"""A deal without any value."""

# Ten digits at first, eleven later; some are also ids of companies.
FIRST_ID: Final = 9_999_930_000
MOST_ENTRIES: Final = 6
"""Of the stage's history, as the seed makes it."""


class Link(NamedTuple):
    """That a deal belongs to a company, by the company's position.

    Attributes:
        labelled: Whether the two have a label that the portal's people made.
    """

    company: int
    primary: bool = False
    labelled: bool = False


class Deals(Maker):
    """Makes deals from a seed, for a portal of so many live and so many archived companies."""

    blank = BLANK

    def __init__(
        self, seed: int, nasty: float, companies: Companies, live: int, archived: int,
        anchor_ms: int,
    ) -> None:  # fmt: skip
        self._seed = seed
        self._nasty = Nasty(KINDS, nasty)
        self._companies = companies
        self._live = live
        self._archived = archived
        self._anchor_ms = anchor_ms

    @override
    def columns(self, count: int, anchor_ms: int) -> Columns:
        """See `Maker.columns`."""
        return spread(f"deal columns {self._seed}", FIRST_ID, count, anchor_ms)

    def draws(self, number: int) -> Draws:
        """The deal's own random numbers."""
        return drawn(b"deal:%d:%d" % (self._seed, number))

    def nasty_kind(self, number: int) -> str | None:
        """What is wrong with the deal, None for a sound one."""
        return self._nasty.kind(self.draws(number))

    @override
    def sound(self, number: int) -> bool:
        """Whether nothing is wrong with the deal and its company."""
        draws = self.draws(number)
        if self._nasty.kind(draws) is not None:
            return False
        return not self._live or self._companies.sound(self._main(draws))

    def links(self, number: int) -> tuple[Link, ...]:
        """The companies that the deal belongs to, in the order of their ids."""
        if not self._live:
            return ()
        draws = self.draws(number)
        kind, main = self._nasty.kind(draws), self._main(draws)
        if kind == "no_company":
            return ()
        if kind == "archived_company" and self._archived:
            main = self._live + draws[22] % self._archived
        linked = {main, *(self._others(main, draws, kind) if kind in _WITH_OTHERS else ())}
        labelled = draws[23] % 10 == 0
        return tuple(
            Link(company, company == main and kind != "no_primary", labelled)
            for company in sorted(linked)
        )

    @override
    def properties(self, number: int, created_ms: int, modified_ms: int) -> Properties:
        """See `Maker.properties`."""
        draws = self.draws(number)
        made = _STAGED[draws[0] & 1023] | _FIGURES[draws[1] & 1023]
        made |= _TRAITS[draws[2] & 1023]
        title = self._companies.title(self._main(draws) if self._live else number)
        made["dealname"] = f"{title} · {_SUBJECTS[draws[3] & 7]}"
        goods = words.GOODS[draws[4] % len(words.GOODS)]
        made["description"] = f"{title} asked for {goods}, {made['seats']} seats at first."
        self._date(made, created_ms, modified_ms, draws)
        kind = self._nasty.kind(draws)
        if kind is not None:
            self._nasty.apply(kind, made, draws)
        return made

    @override
    def history(
        self, name: str, number: int, created_ms: int, modified_ms: int
    ) -> tuple[Entry, ...]:
        """The stages that a deal went through; of other properties nothing is known."""
        if name != "dealstage":
            return ()
        draws = self.draws(number)
        made = self.properties(number, created_ms, modified_ms)
        count = 1 + draws[12] % MOST_ENTRIES
        values = [made["dealstage"] or "", *_stages_before(_CHOSEN[draws[0] & 1023], count - 1)]
        entered = _entered(created_ms, modified_ms, draws)
        steps = max(count - 1, 1)
        return tuple(
            Entry(value, entered - (entered - created_ms) * place // steps, *_origin(draws, place))
            for place, value in enumerate(values)
        )

    def _main(self, draws: Draws) -> int:
        pair = (draws[20] << 16 | draws[21]) * ((self._live + 1) // 2) >> 32
        return min(2 * pair + (pair * 40503 >> 5 & 1), self._live - 1)

    def _others(self, main: int, draws: Draws, kind: str | None) -> set[int]:
        counts = {"no_primary": 1, "many_companies": 100 + draws[24] % 200}
        count = counts.get(kind or "", 1 + draws[24] % 5)
        # One too many is looked at, since one may be the main company itself.
        first = draws[25] % self._live
        near = ((first + place) % self._live for place in range(min(count + 1, self._live)))
        return set([company for company in near if company != main][:count])

    def _date(self, made: Properties, created_ms: int, modified_ms: int, draws: Draws) -> None:
        entered = _entered(created_ms, modified_ms, draws)
        made["createdate"] = made["hs_createdate"] = iso(created_ms)
        made["hs_lastmodifieddate"] = made["notes_last_updated"] = iso(modified_ms)
        made["hs_v2_date_entered_current_stage"] = iso(entered)
        made["notes_last_contacted"] = made["hubspot_owner_assigneddate"] = iso(
            created_ms + (modified_ms - created_ms) * draws[10] // 65536
        )
        if made["hs_is_closed"] == "true":
            made["closedate"] = iso(entered)
            made["days_to_close"] = str((entered - created_ms) // DAY_MS)
            made["contract_start"] = day(entered + 14 * DAY_MS)
        else:
            # A forecast: mostly to come, sometimes long overdue.
            ahead = draws[14] % 700 + 60 if draws[15] % 5 else -(draws[14] % 90)
            made["closedate"] = iso(self._anchor_ms + ahead * DAY_MS + draws[16] * 1000)


_WITH_OTHERS: Final = ("several_companies", "many_companies", "no_primary")
_SUBJECTS: Final = ("new licence", "renewal", "pilot", "expansion", "Q4 order", "étude & conseil",
                    "rollout 2026", "support “gold”")  # fmt: skip
_RATES: Final = {"EUR": 1.0, "USD": 0.92, "SEK": 0.088, "GBP": 1.17}
_MOSTLY_OWNED: Final = (*owners.ACTIVE_IDS * 2, None)
_HALF_OWNED: Final = (*owners.ACTIVE_IDS, *[None] * len(owners.ACTIVE_IDS))


def _staged(pipeline: Pipeline, stage: Stage) -> Properties:
    return {
        **BLANK,
        "pipeline": pipeline.id,
        "dealstage": stage.id,
        **consequences(pipeline.id, stage.id),
        "hs_forecast_probability": stage.probability,
        "closed_lost_reason": "price" if stage.probability == "0.0" else None,
    }


def _figures(chance: random.Random) -> Properties:
    amount = round(10 ** chance.uniform(2, 6), 2)
    currency = chance.choice(deal_schema.CURRENCIES)
    whole = chance.random() < 0.5  # noqa: PLR2004 - half of the amounts have no cents
    home = amount * _RATES[currency]
    return {
        "amount": str(int(amount)) if whole else f"{amount:.2f}",
        "amount_in_home_currency": f"{home:.2f}",
        "hs_projected_amount": f"{home / 2:.2f}",
        "deal_currency_code": currency,
        "hs_exchange_rate": str(_RATES[currency]),
        "hs_acv": f"{amount:.2f}",
        "hs_mrr": f"{amount / 12:.2f}",
        "seats": str(chance.randrange(1, 900)),
        "num_associated_contacts": str(chance.randrange(7)),
        "num_notes": str(chance.randrange(60)),
        "hs_created_by_user_id": str(7_000_000 + 13 * chance.randrange(11)),
    }


def _traits(chance: random.Random) -> Properties:
    rivals = deal_schema.COMPETITORS[chance.randrange(4)].split(";")[0].lower()
    return {
        "dealtype": chance.choice(deal_schema.DEAL_TYPES),
        "hs_priority": chance.choice((*deal_schema.PRIORITIES, None)),
        "hs_analytics_source": chance.choice(words.ORIGINS),
        "hs_object_source": chance.choice(words.OBJECT_SOURCES),
        "hs_next_step": chance.choice(("call back", "send the contract", None)),
        "needs_legal": chance.choice(("true", "false")),
        "competitors": chance.choice((None, rivals, f"{rivals};in-house;")),
        "purchase_order": chance.choice((None, f"PO-{chance.randrange(10**5):05d}")),
        "hubspot_owner_id": chance.choice(_MOSTLY_OWNED),
        "sales_engineer": chance.choice(_HALF_OWNED),
    }


# Ready-made parts that deals share: see `companies.py`.
_CHANCE: Final = random.Random("deal parts")
_SHARES: Final = (pipelines.DEFAULT,) * 7 + (pipelines.RENEWALS,) * 2 + (pipelines.RELABELLED,)
_CHOSEN: Final = tuple(
    (pipeline, _CHANCE.choice([stage for stage in pipeline.stages if not stage.archived]))
    for pipeline in _CHANCE.choices(_SHARES, k=1024)
)
_STAGED: Final = tuple(_staged(pipeline, stage) for pipeline, stage in _CHOSEN)
_FIGURES: Final = tuple(_figures(_CHANCE) for _ in range(1024))
_TRAITS: Final = tuple(_traits(_CHANCE) for _ in range(1024))


def _entered(created_ms: int, modified_ms: int, draws: Draws) -> int:
    """When the deal came to its stage: at its creation where it was never moved."""
    if draws[12] % MOST_ENTRIES == 0:
        return created_ms
    return created_ms + (modified_ms - created_ms) * draws[13] // 65536


def _stages_before(chosen: tuple[Pipeline, Stage], count: int) -> list[str]:
    """So many stages before the chosen one, newest first: up the board, sometimes back."""
    pipeline, stage = chosen
    ways = pipeline.open_stages()
    place = ways.index(stage) if stage in ways else len(ways)
    before = []
    for _ in range(count):
        place = place - 1 if place else 1
        before.append(ways[place].id)
    return before


def _origin(draws: Draws, place: int) -> tuple[str, str, int | None]:
    user = 7_000_000 + 13 * (draws[17] % owners.ACTIVE_PEOPLE)
    origins = (
        ("CRM_UI", f"userId:{user}", user),
        ("INTEGRATION", "1160452", None),
        ("AUTOMATION_PLATFORM", "enrollmentId:2217465983;actionExecutionIndex:0", None),
        ("IMPORT", "", user),
    )
    return origins[(draws[18] + place * 5) & 3]
