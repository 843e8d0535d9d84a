"""Companies as HubSpot answers them, through the shipped mapping to Akooda's real field table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from crmsync.destinations.akooda import PLUGIN
from crmsync.mapper import Mapped
from crmsync.mapping.compiled import CompiledMapping
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.presets import effective, load_preset
from crmsync.mapping.spec import parse_rules
from crmsync.payloads import Contribution
from crmsync.receipts import Severity
from crmsync.records import Record

CHANGED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
JO = {"id": "9", "email": "jo@acme.com", "active": True}


def compiled(
    overrides: Mapping[str, object] | None = None, missing_key: str = "skip"
) -> CompiledMapping:
    raw = effective(load_preset("hubspot", "companies", "akooda"), overrides or {})
    rules, problems = parse_rules(raw, path="syncs.s.fields")
    assert problems == []
    return compile_mapping(
        rules,
        plugin=PLUGIN,
        path="syncs.s.fields",
        filter={},
        object_name="companies",
        missing_key=missing_key,
    )


PRESET = compiled()


@cache
def properties() -> tuple[str, ...]:
    return tuple(path for path in sorted(PRESET.paths) if "." not in path)


def company(
    joins: Mapping[str, Mapping[str, object]] | None = None, record_id: str = "42", **fields: object
) -> Record:
    """A company of which HubSpot answered every property, most of them null."""
    known: dict[str, object] = dict.fromkeys(properties())
    known.update({"domain": "acme.com", "name": "Acme", **fields})
    return Record(id=record_id, fields=known, joins=joins or {}, modified_at=CHANGED)


def sent(field: str, given: Record, overrides: Mapping[str, object] | None = None) -> object:
    mapper = compiled(overrides) if overrides else PRESET
    return mapper.map(given).fields.get(field if field == "domain" else f"properties.{field}")


def warned(mapped: Mapped) -> list[tuple[str, str]]:
    assert all(problem.severity is Severity.WARNING for problem in mapped.problems)
    return [(p.field.removeprefix("properties."), p.code) for p in mapped.problems]


def contributed(
    record_id: str, sync: str = "h", rank: tuple[int, int] = (0, 0), **fields: object
) -> Contribution:
    mapped = PRESET.map(company(None, record_id, **fields))
    return Contribution(sync, record_id, rank, 0, mapped.fields)
