"""Made-up deals, most with a person and that person's organization.

One in a hundred is archived, one in a hundred deleted, whatever the option `nasty`. Some are
odd; the rates are shares of all, times `nasty`:

| kind | rate | what is odd |
|---|---|---|
| no_person | 1.5 % | `person_id` is null |
| no_org | 1.0 % | `org_id` is null |
| alone | 0.5 % | both are null |
| other_org | 1.0 % | the person belongs to another organization |
| no_value | 1.0 % | `value` is null; the currency is there all the same |
| zero_value | 1.0 % | `value` is 0 |
| deleted_stage | 0.5 % | a stage that is in no list |
| odd_owner | 1.0 % | a deactivated owner, or one in no list |
| odd_title | 0.5 % | emoji, control characters and a bidi override in the title |
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from crmsync.sandbox import words
from crmsync.sandbox.exchange import JSONObject
from crmsync.sandbox.pipedrive import users
from crmsync.sandbox.pipedrive.draws import Draws, Kinds, draw
from crmsync.sandbox.pipedrive.moments import DAY, date, utc
from crmsync.sandbox.pipedrive.organizations import Organizations
from crmsync.sandbox.pipedrive.persons import NO_ADDRESS, Persons
from crmsync.sandbox.pipedrive.pipelines import DELETED_STAGE, STAGES
from crmsync.sandbox.pipedrive.schema import Field
from crmsync.sandbox.pipedrive.values import SETS, value_sets

_RATES: Final = MappingProxyType(
    {
        "no_person": 0.015,
        "no_org": 0.01,
        "alone": 0.005,
        "other_org": 0.01,
        "no_value": 0.01,
        "zero_value": 0.01,
        "deleted_stage": 0.005,
        "odd_owner": 0.01,
        "odd_title": 0.005,
    }
)
_FIXED: Final[Mapping[str, JSONObject]] = {
    "no_person": {"person_id": None},
    "no_org": {"org_id": None},
    "alone": {"person_id": None, "org_id": None},
    "no_value": {"value": None},
    "zero_value": {"value": 0},
}
_STATUSES: Final = ("open", "open", "open", "open", "open", "won", "won", "won", "lost", "lost")
_REASONS: Final = ("Price", "No budget", "Went with a competitor", None)
_ODD_OWNERS: Final = (*users.INACTIVE_IDS, users.UNKNOWN_ID)
_HUNDRED: Final = 100
_ARCHIVED_REST: Final = 37
_DELETED_REST: Final = 73

BLANK: Final[Mapping[str, object]] = MappingProxyType(
    {
        "title": "", "creator_user_id": users.ACTIVE_IDS[0], "owner_id": users.ACTIVE_IDS[0],
        "value": 0, "person_id": None, "org_id": None, "stage_id": 1, "pipeline_id": 1,
        "currency": "EUR", "archive_time": None, "add_time": "", "update_time": None,
        "stage_change_time": None, "status": "open", "is_archived": False, "is_deleted": False,
        "probability": None, "lost_reason": None, "visible_to": 3, "close_time": None,
        "won_time": None, "lost_time": None, "local_won_date": None, "local_lost_date": None,
        "local_close_date": None, "expected_close_date": None, "label_ids": (),
        "origin": "ManuallyCreated", "origin_id": None, "channel": None, "channel_id": None,
        "acv": None, "arr": None, "mrr": None, "custom_fields": {},
    }
)  # fmt: skip
"""A deal without any value."""


def is_archived(number: int) -> bool:
    """Whether the deal of that number is in the archive at the start."""
    return number % _HUNDRED == _ARCHIVED_REST


def is_deleted(number: int) -> bool:
    """Whether the deal of that number is deleted at the start."""
    return number % _HUNDRED == _DELETED_REST


def _traits(chance: random.Random) -> JSONObject:
    stage = chance.choice(STAGES)
    status = chance.choice(_STATUSES)
    amount = chance.randrange(100, 90_000)
    origin = chance.choice(("ManuallyCreated", "Import", "API"))
    return {
        "creator_user_id": chance.choice(users.ACTIVE_IDS),
        "owner_id": chance.choice(users.ACTIVE_IDS),
        "value": amount if amount & 1 else amount / 4,
        "stage_id": stage.id,
        "pipeline_id": stage.pipeline,
        "currency": chance.choice(("EUR", "EUR", "USD", "SEK", "JPY")),
        "status": status,
        "probability": chance.choice((None, None, None, None, stage.probability)),
        "lost_reason": chance.choice(_REASONS) if status == "lost" else None,
        "label_ids": chance.choice(((), (), (1,), (2, 3))),
        "visible_to": chance.choice((1, *[3] * 7)),
        "origin": origin,
        "channel": 2 if origin == "API" else None,
    }


# Ready-made parts that deals share. They do not depend on the seed: which deal has which does.
_CHANCE: Final = random.Random("deals")
_TRAITS: Final = tuple({**BLANK, **_traits(_CHANCE)} for _ in range(1024))


class Deals:
    """Makes deals from a seed, between these organizations and persons."""

    blank = BLANK

    def __init__(
        self,
        seed: int,
        nasty: float,
        fields: tuple[Field, ...],
        organizations: tuple[Organizations, Sequence[int]],
        persons: tuple[Persons, Sequence[int]],
        *,
        keep_nulls: bool,
    ) -> None:
        self._seed = seed
        self._kinds = Kinds(_RATES, nasty)
        self._organizations, self._org_ids = organizations
        self._persons, self._person_ids = persons
        self._orgs = len(self._org_ids)
        self._custom = value_sets(seed, fields, keep_nulls=keep_nulls)

    def is_sound(self, number: int) -> bool:
        """Whether nothing is odd about it and its person's address tells a domain."""
        draws = self._draws(number)
        org, person = self._ends(draws)
        if org is None or person is None or self._kinds.of(draws) is not None:
            return False
        return self._persons.kind(person) not in NO_ADDRESS

    def record(self, number: int, record_id: int, added: int, updated: int) -> JSONObject:
        """A deal as version 2 answers it, neither archived nor deleted."""
        draws = self._draws(number)
        org, person = self._ends(draws)
        named = self._organizations.short_name(org) if org is not None else "Somebody"
        made = {"id": record_id, **_TRAITS[draws[2] & 1023]}
        made["title"] = f"{named}: {words.GOODS[draws[3] % len(words.GOODS)]}"
        made["org_id"] = self._org_ids[org] if org is not None else None
        made["person_id"] = self._person_ids[person] if person is not None else None
        made["custom_fields"] = self._custom[draws[4] % SETS]
        _date(made, added, updated, draws)
        kind = self._kinds.of(draws)
        if kind is not None:
            self._spoil(made, kind, draws)
        return made

    def _ends(self, draws: Draws) -> tuple[int | None, int | None]:
        if self._orgs == 0:
            return None, None
        org = (draws[0] << 16 | draws[5]) % self._orgs
        return org, self._persons.of_organization(org, draws[1])

    def _spoil(self, made: JSONObject, kind: str, draws: Draws) -> None:
        match kind:
            case _ if kind in _FIXED:
                made.update(_FIXED[kind])
            case "other_org":
                made["org_id"] = self._org_ids[draws[6] % self._orgs] if self._orgs else None
            case "deleted_stage":
                made.update(stage_id=DELETED_STAGE.id, pipeline_id=DELETED_STAGE.pipeline)
            case "odd_owner":
                made["owner_id"] = _ODD_OWNERS[draws[6] % len(_ODD_OWNERS)]
            case _:
                made["title"] = f"🚀 {made['title']}\x00\r\n\u202e 50 %"

    def _draws(self, number: int) -> Draws:
        return draw(self._seed, "deals", number)


def _date(made: JSONObject, added: int, updated: int, draws: Draws) -> None:
    span = max(updated - added, 0)
    moved = utc(added + span * draws[7] // 65536)
    made["add_time"] = utc(added)
    made["update_time"] = utc(updated) if updated else None
    made["stage_change_time"] = moved if draws[8] & 1 else None
    if made["status"] == "open":
        made["expected_close_date"] = date(added + span + draws[9] % 120 * DAY)
    else:
        made["close_time"] = made[f"{made['status']}_time"] = moved
        made["local_close_date"] = made[f"local_{made['status']}_date"] = moved[:10]
