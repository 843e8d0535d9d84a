"""The look-ups that find a lead: companies and people by number, companies by likeness."""

from __future__ import annotations

from typing import Final

from crmsync.sandbox.atoka.leads import NUMBERS, Kind
from crmsync.sandbox.atoka.matching import confidence
from crmsync.sandbox.atoka.parameters import Parameters
from crmsync.sandbox.atoka.refusals import wrong
from crmsync.sandbox.atoka.world import World
from crmsync.sandbox.exchange import Answer

# Examples have a limit of 10 where none is given, a public client pages by 50, which is the
# largest it dares: https://atoka.io/en/atoka-api/atoka-api-tutorial/match-and-download/, read
# 2026-11-21. How far offsets and fuzziness go is a guess.
_LIMIT: Final = 10
_MOST: Final = 50
_OFFSET: Final = 9950
_FUZZINESS: Final = 3


class Lookups:
    """The calls that find leads."""

    def __init__(self, world: World, *, everybody: bool = False) -> None:
        self._world = world
        self._everybody = everybody

    def search(self, kind: Kind, parameters: Parameters) -> Answer:
        """Companies or people that every filter finds, all where there is none."""
        given = {name: parameters.several(name) for name in NUMBERS}
        filters = {name: values for name, values in given.items() if values}
        active = parameters.choice("active", ("true", "false", "*"))
        found = [
            lead
            for lead in self._world.leads.search(kind, filters)
            if active in (None, "*") or lead.active == (active == "true")
        ]
        offset = parameters.whole("offset", 0, 0, _OFFSET)
        limit = parameters.whole("limit", _LIMIT, 0, _MOST)
        meta = {"limit": limit, "ordering": "atoka", "offset": offset, "count": len(found)}
        items = [lead.answered() for lead in found[offset : offset + limit]]
        return Answer.json(200, {"meta": meta, "items": items})

    def match(self, parameters: Parameters) -> Answer:
        """Companies by confidence, the surest first; of one confidence, by id."""
        name, numbers = parameters.filled("name"), parameters.several("regNumbers")
        if name is None and not numbers:
            raise wrong("name", "required, or regNumbers is")
        fuzziness = parameters.whole("fuzziness", 0, 0, _FUZZINESS)
        least = parameters.share("minConfidence")
        limit = parameters.whole("limit", _LIMIT, 0, _MOST)
        if self._everybody and name is not None:
            self._world.leads.meet(name)
        scored = (
            (confidence(lead, name, numbers, fuzziness), lead)
            for lead in self._world.leads.of("company")
        )
        found = [(score, lead) for score, lead in scored if score > 0 and score >= least]
        found.sort(key=lambda pair: (-pair[0], pair[1].id))
        items = [{**lead.answered(), "confidence": score} for score, lead in found[:limit]]
        return Answer.json(200, {"meta": {"limit": limit, "count": len(found)}, "items": items})
