"""Checks a batch of organizations, entity by entity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from crmsync.sandbox.akooda import rules
from crmsync.sandbox.exchange import JSONObject

TOP_LEVEL = frozenset({"domain", "isEnabled", "properties"})


class Organization(NamedTuple):
    """An entity that passed.

    Attributes:
        domain: The key.
        enabled: None where the entity does not say.
        properties: As stored; None is an explicit null.
    """

    domain: str
    enabled: bool | None
    properties: dict[str, Any]


class Fault(NamedTuple):
    """Why an entity did not pass."""

    position: int
    domain: object
    field: str
    message: str


class Validator:
    """Checks entities against the document's attributes."""

    def __init__(self, chars: Literal["utf16", "code_points"]) -> None:
        self._checks: Mapping[str, rules.Check] = rules.attributes(chars)

    def batch(self, entities: list[object]) -> tuple[list[Organization], list[Fault]]:
        """Give what passed and the first fault of each that did not, in order."""
        good: list[Organization] = []
        bad: list[Fault] = []
        seen: set[str] = set()
        for index, entity in enumerate(entities):
            found = self._entity(index, entity)
            if isinstance(found, Organization) and found.domain in seen:
                found = Fault(index, found.domain, "domain", "occurs twice in the request")
            if isinstance(found, Fault):
                bad.append(found)
                continue
            seen.add(found.domain)
            good.append(found)
        return good, bad

    def _entity(self, index: int, entity: object) -> Organization | Fault:
        if not isinstance(entity, dict):
            return Fault(index, None, "", "must be an object")
        field = "domain"
        try:
            key = rules.domain(entity.get("domain"))
            field = "isEnabled"
            enabled = rules.boolean(entity["isEnabled"]) if "isEnabled" in entity else None
        except rules.InvalidError as error:
            return Fault(index, entity.get("domain"), field, str(error))
        if unknown := entity.keys() - TOP_LEVEL:
            return Fault(index, key, min(unknown), "is not an attribute")
        kept = self._properties(index, key, entity.get("properties", {}))
        return kept if isinstance(kept, Fault) else Organization(key, enabled, kept)

    def _properties(self, index: int, key: str, properties: object) -> dict[str, Any] | Fault:
        if not isinstance(properties, dict):
            return Fault(index, key, "properties", "must be an object")
        checks = self._checks
        if not properties.keys() <= checks.keys():
            return self._fault(index, key, properties)
        try:
            return {
                name: None if value is None else checks[name](value)
                for name, value in properties.items()
            }
        except rules.InvalidError:
            return self._fault(index, key, properties)

    def _fault(self, index: int, key: str, properties: JSONObject) -> Fault:
        """Look again, one by one, for the attribute that is at fault."""
        for name, value in properties.items():
            if name not in self._checks:
                return Fault(index, key, f"properties.{name}", "is not an attribute")
            try:
                self._checks[name](value) if value is not None else None
            except rules.InvalidError as error:
                return Fault(index, key, f"properties.{name}", str(error))
        raise AssertionError("an attribute failed its check once, not twice")
