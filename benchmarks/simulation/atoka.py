"""Atoka as a world: events by lead, created each time they are asked for, shown a while later."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import orjson

from benchmarks.simulation.akooda import JSON, Handled
from benchmarks.simulation.process import Machine
from crmsync.history import Item
from crmsync.interfaces import Request, Response

_TOLD = re.compile(r"Deal (\S+): (.*?)(?:, (\d{4}-.* UTC))?(?: \[cs:([0-9a-f]{12})\])?")
_TAG = re.compile(r"\[cs:([0-9a-f]{12})\]")


class AtokaWorld:
    """What the platform has.

    Attributes:
        lag: Seconds until lists show an event.
        skew: Seconds that its clock is ahead.
        state: Tells in which phase the ledger has an event that is created now.
    """

    def __init__(self, machine: Machine, state: Callable[[str, str, str], str]) -> None:
        self.lag = self.skew = 0.0
        self.events: list[dict[str, Any]] = []
        self.state = state
        self._machine = machine

    def items(self, request: Request, runner: str) -> tuple[Item, ...]:
        """What a request carries; nothing where it only reads."""
        if request.method != "POST":
            return ()
        given = parse_qs(request.body.decode("ascii"))
        tag = _TAG.search(given["note"][0])
        name = tag[1] if tag else ""
        lead = given["lead"][0]
        return (Item(lead, tag=name, state=self.state(runner, lead, name)),)

    def handle(self, request: Request, runner: str) -> Handled:
        """Do what a request says."""
        del runner
        path, _, query = request.url.partition("?")
        if request.method == "POST":
            return self._create(parse_qs(request.body.decode("ascii")))
        if path.endswith("/statuses"):
            return _answered({"items": []})
        return self._list({name: one[0] for name, one in parse_qs(query).items()})

    def _create(self, given: dict[str, list[str]]) -> Handled:
        now = self._machine.server_time() + timedelta(seconds=self.skew)
        text = now.isoformat(timespec="seconds").replace("+00:00", "Z")
        event = {
            "id": 5_000_001 + len(self.events),
            "lead": given["lead"][0],
            "type": given["type"][0],
            "note": given["note"][0],
            "date": text[:10],
            "created": text,
            "updateTime": text,
            "shown": self._machine.stage.now + self.lag,
        }
        self.events.append(event)
        tag = _TAG.search(str(event["note"]))
        item = Item(
            str(event["lead"]), id=str(event["id"]), tag=tag[1] if tag else "", date=text[:10]
        )
        return Handled(_answered({"item": _shown(event)}).answer, (item,))

    def _list(self, given: dict[str, str]) -> Handled:
        leads = set(given["leads"].split(","))
        now = self._machine.stage.now
        found = [one for one in self.events if one["lead"] in leads and one["shown"] <= now]
        if given.get("ordering") != "oldest":
            found.reverse()
        offset, limit = int(given.get("offset", 0)), int(given.get("limit", 50))
        page = [_shown(one) for one in found[offset : offset + limit]]
        return _answered({"items": page, "meta": {"count": len(found)}})

    def told(self) -> list[Item]:
        """The events in the order of creation; `digest` is what they tell."""
        found = []
        for event in self.events:
            told = _TOLD.fullmatch(event["note"])
            number = str(event["id"])
            if told is None:
                found.append(Item(event["lead"], event["note"], number))
                continue
            deal, what, moment, tag = told.groups()
            digest = f"{deal}: {what} @ {moment or tag}"  # a deal may come to a stage again
            found.append(Item(event["lead"], digest, number, tag or "", event["date"]))
        return found


def _shown(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "shown"}


def _answered(document: object) -> Handled:
    return Handled(Response(200, JSON, orjson.dumps(document)))
