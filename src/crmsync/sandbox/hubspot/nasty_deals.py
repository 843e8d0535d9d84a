"""Deals as they should not be, but are: kinds, rates, and what each does to a record.

A deal has at most one kind. Rates are shares of all deals, times the option `nasty`:

| kind | rate | what is odd |
|---|---|---|
| no_company | 2.0 % | belongs to no company |
| several_companies | 4.0 % | two to six companies, one of them primary, seldom the first |
| many_companies | 0.2 % | 101 to 300 companies, or all that there are |
| no_primary | 0.3 % | two companies, none of them primary |
| archived_company | 0.5 % | its company is archived |
| odd_owner | 1.0 % | an archived owner, the queue, or an id in no list |
| no_amount | 1.5 % | no amount |
| odd_amount | 1.0 % | `1,500,000.00`, `1.5E7`, `1500.00 `, negative, or words |
| no_currency | 1.0 % | no currency: it is in the account's own |
| archived_stage | 1.0 % | in a stage that is archived |
| unknown_stage | 0.5 % | in a stage that no pipeline has |
| epoch_dates | 0.5 % | datetimes as epoch milliseconds, some as a float |
| empty_texts | 0.5 % | empty text where others have null |
| odd_name | 0.5 % | no name, 300 characters, emoji, control characters |
"""

from __future__ import annotations

from typing import Final

from crmsync.sandbox.hubspot import owners
from crmsync.sandbox.hubspot.making import Draws, Properties
from crmsync.sandbox.hubspot.nasty import Table, nothing
from crmsync.sandbox.hubspot.pipelines import ARCHIVED_STAGE, RENEWALS, consequences
from crmsync.sandbox.instants import parse

_AMOUNTS: Final = ("1,500,000.00", "1.5E7", "2e4", "1500.00 ", "-250", "0", "12;500", "TBD")
_UNKNOWN_STAGES: Final = ("987654321", "negotiation_old", "closedwon2")
_ODD_OWNERS: Final = (*owners.ARCHIVED_IDS, owners.QUEUE_ID, owners.UNKNOWN_ID)
_OFTEN_EMPTY: Final = ("description", "closedate", "amount", "dealtype", "hs_next_step",
                       "deal_currency_code", "contract_start")  # fmt: skip


def _odd_owner(made: Properties, draws: Draws) -> None:
    made["hubspot_owner_id"] = _ODD_OWNERS[draws[30] % len(_ODD_OWNERS)]


def _no_amount(made: Properties, draws: Draws) -> None:
    del draws
    made.update(amount=None, amount_in_home_currency=None, hs_projected_amount=None)


def _odd_amount(made: Properties, draws: Draws) -> None:
    made["amount"] = _AMOUNTS[draws[30] & 7]


def _no_currency(made: Properties, draws: Draws) -> None:
    del draws
    made["deal_currency_code"] = None


def _archived_stage(made: Properties, draws: Draws) -> None:
    del draws
    made.update(pipeline=RENEWALS.id, dealstage=ARCHIVED_STAGE.id)
    made.update(consequences(RENEWALS.id, ARCHIVED_STAGE.id))


def _unknown_stage(made: Properties, draws: Draws) -> None:
    made["dealstage"] = _UNKNOWN_STAGES[draws[30] % len(_UNKNOWN_STAGES)]
    made.update(consequences(made["pipeline"], made["dealstage"]))


def _epoch_dates(made: Properties, draws: Draws) -> None:
    for name in ("closedate", "hubspot_owner_assigneddate", "notes_last_contacted"):
        if text := made[name]:
            made[name] = f"{parse(text)}.0" if draws[30] % 4 == 0 else str(parse(text))


def _empty_texts(made: Properties, draws: Draws) -> None:
    del draws
    made.update(dict.fromkeys(_OFTEN_EMPTY, ""))


def _odd_name(made: Properties, draws: Draws) -> None:
    name = made["dealname"]
    names = (None, f"{name} " * 20, f"🚀 {name} 👩‍👩‍👧‍👦", f"{name}\x00\u202e\r\n{name}")
    made["dealname"] = names[draws[30] & 3]


KINDS: Final[Table] = {
    "no_company": (0.02, nothing),
    "several_companies": (0.04, nothing),
    "many_companies": (0.002, nothing),
    "no_primary": (0.003, nothing),
    "archived_company": (0.005, nothing),
    "odd_owner": (0.01, _odd_owner),
    "no_amount": (0.015, _no_amount),
    "odd_amount": (0.01, _odd_amount),
    "no_currency": (0.01, _no_currency),
    "archived_stage": (0.01, _archived_stage),
    "unknown_stage": (0.005, _unknown_stage),
    "epoch_dates": (0.005, _epoch_dates),
    "empty_texts": (0.005, _empty_texts),
    "odd_name": (0.005, _odd_name),
}
"""Kind to its rate and what it does."""
