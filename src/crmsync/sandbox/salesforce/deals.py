"""Made-up opportunities and their stage history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crmsync.sandbox import words
from crmsync.sandbox.instants import DAY_MS, day
from crmsync.sandbox.salesforce import catalog, stages
from crmsync.sandbox.salesforce.accounts import Owners, draws_of
from crmsync.sandbox.salesforce.nasty import DEALS, Nasty
from crmsync.sandbox.salesforce.schema import Values

_STAGES: Final = tuple(row[0] for row in stages.STAGES if row[6])
# Closed ones are the most, as in a CRM in use.
_OFTEN_CLOSED: Final = (*_STAGES, "Closed Won", "Closed Won", "Closed Lost", "Closed Lost")
HISTORY_EACH: Final = 2
"""How many stage changes an opportunity has had."""


class Deals:
    """Makes opportunities from a seed.

    Args:
        seed: Of the data.
        nasty: Multiplies the rates of nasty ones.
        owners: Ids of users.
        accounts: Ids of the accounts that they belong to.
        currencies: Whether they carry a currency.
    """

    def __init__(
        self, seed: int, nasty: float, owners: Owners, accounts: Sequence[str], *, currencies: bool
    ) -> None:
        self._seed = seed
        self._owners = owners
        self._accounts = accounts
        self._nasty = Nasty(DEALS, nasty)
        self._currencies = currencies

    def nasty_kind(self, number: int) -> str | None:
        """What is wrong with the opportunity, None for a sound one."""
        return self._nasty.kind(draws_of("o", self._seed, number))

    def make(self, number: int, created: int, modified: int) -> Values:
        """All values of an opportunity."""
        draws = draws_of("o", self._seed, number)
        stage = _OFTEN_CLOSED[draws[0] % len(_OFTEN_CLOSED)]
        owner = self._owners.active(draws[1])
        goods = words.GOODS[draws[3] % 12]
        name = f"{words.FIRST[draws[2] % len(words.FIRST)][0]} {goods} {number}"
        made: Values = {
            "AccountId": self._account(draws[4] * 65536 + draws[5]),
            "IsPrivate": False,
            "Name": name,
            "Description": f"{name}\nasked for a quote, “urgent”, by phone."
            if draws[6] & 1
            else None,
            "StageName": stage,
            "Amount": draws[7] * 10 + draws[8] % 100 / 100,
            "CloseDate": day(modified + (draws[9] % 180 - 90) * DAY_MS),
            "Type": catalog.DEAL_TYPES[draws[10] & 3],
            "NextStep": None,
            "LeadSource": (*catalog.ORIGINS, None)[draws[11] % 6],
            "OwnerId": owner,
            "CreatedById": owner,
            "LastModifiedById": owner,
            "CreatedDate": created,
            "LastModifiedDate": modified,
            "LastStageChangeDate": created + (modified - created) // 2000 * 1000,
            "Contract_Number__c": f"C-{number:07d}" if draws[12] & 1 else None,
        }
        if self._currencies:
            made["CurrencyIsoCode"] = catalog.CURRENCIES[draws[13] & 3]
        kind = self._nasty.kind(draws)
        if kind == "gone_owner":
            made["OwnerId"] = self._owners.gone(draws[30])
        elif kind:
            self._nasty.apply(kind, made, draws)
        return made

    def _account(self, draw: int) -> str | None:
        return self._accounts[draw % len(self._accounts)] if self._accounts else None

    def history(self, number: int, created: int, modified: int) -> Values:
        """Two rows for each opportunity: how it began, and how it came to where it is."""
        deal, step = divmod(number, HISTORY_EACH)
        now = self.make(deal, created, modified)
        if step == 0:
            now["StageName"] = "Prospecting"
        stages.follow(now)
        kept = ("StageName", "Amount", "ExpectedRevenue", "CloseDate", "Probability")
        return {name: now[name] for name in kept} | {
            "CreatedById": now["OwnerId"],
            "CreatedDate": created,
        }
