"""Akooda as a world: organizations by domain, answers that may name what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from crmsync.history import Item, meaning
from crmsync.interfaces import Request, Response

POISON = "poison"
"""Whoever is called so is refused."""
JSON = {"content-type": "application/json"}
TAKEN = Response(204, {}, b"")


class Handled(NamedTuple):
    """An answer, and what took effect."""

    answer: Response
    items: tuple[Item, ...] = ()


class AkoodaWorld:
    """What the platform has.

    Attributes:
        mode: `any_fails` refuses a whole batch for one bad payload, naming it where `details`;
            `lenient` leaves the bad out without a word.
        max_bytes: A larger body is answered 413.
        dropped: Keys of which something was left out without a word: nobody can know.
        lives: Whether a live record gives to a key, and did when a runner began.
    """

    def __init__(self, lives: Callable[[str, str], bool]) -> None:
        self.mode, self.details, self.max_bytes = "any_fails", True, 1_000_000
        self.organizations: dict[str, dict[str, Any]] = {}
        self.dropped: set[str] = set()
        self._lives = lives

    @staticmethod
    def items(request: Request) -> tuple[Item, ...]:
        """What a request carries."""
        return tuple(
            Item(one["domain"], meaning(one), state="off" if one.get("isEnabled") is False else "")
            for one in orjson.loads(request.body)
        )

    def handle(self, request: Request, runner: str) -> Handled:
        """Do what a request says."""
        if len(request.body) > self.max_bytes:
            return Handled(Response(413, JSON, b'{"message":"too large"}'))
        entities = orjson.loads(request.body)
        bad = {n: one["domain"] for n, one in enumerate(entities) if _is_bad(one)}
        good = [one for n, one in enumerate(entities) if n not in bad]
        if bad and (self.mode == "any_fails" or not good):
            return Handled(Response(400, JSON, self._words(bad)))
        self.dropped.update(bad.values())
        items = [self._apply(one, runner) for one in good]
        return Handled(TAKEN, tuple(items))

    def _words(self, bad: dict[int, str]) -> bytes:
        body: dict[str, Any] = {"statusCode": 400, "message": "Validation failed"}
        if self.details:
            body["errors"] = [
                {"index": n, "domain": domain, "field": "properties.displayName",
                 "message": "is not a name"}
                for n, domain in bad.items()
            ]  # fmt: skip
        return orjson.dumps(body)

    def _apply(self, entity: dict[str, Any], runner: str) -> Item:
        domain = entity["domain"]
        kept = self.organizations.setdefault(domain, {"properties": {}})
        kept["isEnabled"] = entity.get("isEnabled", kept.get("isEnabled", True))
        for name, value in entity.get("properties", {}).items():
            if value is None or value == []:
                kept["properties"].pop(name, None)
            else:
                kept["properties"][name] = value
        state = ""
        if entity.get("isEnabled") is False:
            state = "off lives" if self._lives(domain, runner) else "off"
        return Item(domain, meaning(entity), state=state)

    def held(self) -> dict[str, object]:
        """What is enabled, by domain."""
        return {
            domain: dict(sorted(kept["properties"].items()))
            for domain, kept in self.organizations.items()
            if kept["isEnabled"]
        }


def _is_bad(entity: dict[str, Any]) -> bool:
    return POISON in str(entity.get("properties", {}).get("displayName", ""))
