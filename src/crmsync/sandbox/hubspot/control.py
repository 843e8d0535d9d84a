"""The control interface of the portal: which action of which object, and what is between two.

`/change` and `/companies/change` are the companies', `/deals/change` the deals'. There are
change, set, touch, create, archive, restore, merge, forget_property and warm for each (POST),
count and the values of one record by its id (GET); for deals `associate` and `move_stage`.
`catch_up` (POST) ends the lag of the search for all that was changed so far.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Final

from crmsync.sandbox import instants, words
from crmsync.sandbox.exchange import Answer, ControlError, JSONObject
from crmsync.sandbox.hubspot.associations import Associations
from crmsync.sandbox.hubspot.deals import Link
from crmsync.sandbox.hubspot.editing import Change, Editor, Habits, now_ms
from crmsync.sandbox.hubspot.making import Properties
from crmsync.sandbox.hubspot.pipelines import PIPELINES, consequences
from crmsync.sandbox.hubspot.portal import Portal, Records
from crmsync.sandbox.hubspot.store import ARCHIVED, LIVE

_FOR_DEALS: Final = ("associate", "move_stage")


class Control:
    """Handles `/_sandbox/hubspot/…`."""

    def __init__(self, portal: Portal, associations: Associations) -> None:
        self._portal = portal
        self._associations = associations
        self._companies = Editor(
            portal.companies,
            Habits(
                vary=_another_place,
                follow=_as_it_is,
                created=_alone,
                merged=portal.links.merge_companies,
            ),
        )
        self._deals = Editor(
            portal.deals,
            Habits(
                vary=_another_amount,
                follow=_with_consequences,
                created=self._link_created,
                merged=portal.links.merge_deals,
            ),
        )
        self._editors: Mapping[str, tuple[Editor, Records]] = {
            "companies": (self._companies, portal.companies),
            "deals": (self._deals, portal.deals),
        }
        self._own = {"associate": self._associate, "move_stage": self._move_stage}

    def handle(self, method: str, path: str, body: JSONObject) -> Answer:
        """See `Simulator.control`."""
        name, slash, rest = path.strip("/").partition("/")
        if not slash:
            name, rest = ("deals" if name in _FOR_DEALS else "companies"), name
        editor, records = self._editors[name]
        if method == "POST":
            return Answer.json(200, self._act(name, editor, rest, body))
        if method == "GET" and rest == "count":
            return Answer.json(200, editor.count())
        position = records.store.position(rest)
        if method == "GET" and slash and position is not None:
            return Answer.json(200, records.store.properties(position))
        raise LookupError

    def _act(self, name: str, editor: Editor, action: str, body: JSONObject) -> JSONObject:
        if action == "catch_up":
            self._editors[name][1].index.catch_up()
            return {}
        if name == "deals" and action in self._own:
            return self._own[action](body)
        answer = editor.actions[action](body)
        if name == "deals" and action == "warm":
            self._associations.warm()
        return answer

    def _associate(self, body: JSONObject) -> JSONObject:
        """Replace the companies of a deal; its modification time stays as it is.

        `primary` is the id of one of them, the first where it is left out, none where null.
        """
        if (body.get("from", "deals"), body.get("to", "companies")) != ("deals", "companies"):
            raise ControlError("associate changes the companies of a deal: from deals to companies")
        deal = self._deals.one(body.get("id"), LIVE, ARCHIVED)
        self._portal.links.set(deal, self._links(body))
        return self._deals.ids([deal])

    def _links(self, body: JSONObject) -> list[Link]:
        ids = body.get("companies")
        if not isinstance(ids, list):
            raise ControlError("companies must be a list of ids of companies")
        primary = body.get("primary", ids[0] if ids else None)
        if primary is not None and primary not in ids:
            raise ControlError(f"primary {primary!r} is not among the companies")
        one = self._companies.one
        return [Link(one(each, LIVE, ARCHIVED), each == primary) for each in dict.fromkeys(ids)]

    def _link_created(self, position: int, number: int | None, body: JSONObject) -> None:
        if "companies" in body:
            self._portal.links.set(position, self._links(body))
        elif number is not None:
            self._portal.links.adopt(position, number)

    def _move_stage(self, body: JSONObject) -> JSONObject:
        """Move a deal to a stage: of `pipeline`, else of its own, else of the one that has it."""
        deal, stage = self._deals.one(body.get("id"), LIVE), str(body.get("stage"))
        own = self._portal.deals.store.properties(deal)["pipeline"]
        asked = [str(body["pipeline"])] if "pipeline" in body else [str(own), *PIPELINES]
        for name in asked:
            if name in PIPELINES and PIPELINES[name].stage(stage):
                self._deals.change(deal, {"pipeline": name, "dealstage": stage}, now_ms())
                return self._deals.ids([deal])
        there = "; ".join(
            f"{p.id}: {', '.join(s.id for s in p.stages)}" for p in PIPELINES.values()
        )
        raise ControlError(f"there is no stage {stage!r}; there are {there}")


def _as_it_is(old: Properties, change: Change) -> Change:
    """Of a company nothing is calculated here."""
    del old
    return change


def _alone(position: int, number: int | None, body: JSONObject) -> None:
    """A company is created without deals."""
    del position, number, body


def _another_place(old: Properties, chance: random.Random) -> Change:
    place = chance.choice([place for place in words.PLACES if place.city != old.get("city")])
    phone = f"{place.calling_code} {chance.randrange(10**6, 10**7)}"
    return {"city": place.city, "state": place.state or None, "country": place.country,
            "zip": place.zip, "phone": phone}  # fmt: skip


def _another_amount(old: Properties, chance: random.Random) -> Change:
    amount = f"{chance.randrange(10**3, 10**7)}.{chance.randrange(100):02d}"
    return {"amount": amount, "amount_in_home_currency": amount,
            "description": f"{old['dealname']}: now {amount}"}  # fmt: skip


def _with_consequences(old: Properties, change: Change) -> Change:
    """A change of a deal with what HubSpot calculates from its stage.

    A deal that is closed gets now as its close date where none is given (an assumption: the API
    reference does not say).
    """
    if "dealstage" not in change and "pipeline" not in change:
        return change
    after = {**old, **change}
    followed = consequences(after.get("pipeline"), after.get("dealstage"))
    if after.get("dealstage") != old.get("dealstage"):
        now = instants.iso(now_ms())
        followed["hs_v2_date_entered_current_stage"] = now
        if followed["hs_is_closed"] == "true" and old.get("hs_is_closed") != "true":
            followed["closedate"] = now
    return {**followed, **change}
