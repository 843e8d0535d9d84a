"""Builders for mapping tests: a small destination, records, compiled mappings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import orjson

from crmsync.adapters import DestinationPlugin
from crmsync.mapping.building import Recipe
from crmsync.mapping.columns import unknown
from crmsync.mapping.compiled import CompiledMapping, Row
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.spec import parse_rules
from crmsync.payloads import Contribution, Field, FieldKind, Fields, Limits, MergeRules, OnFault
from crmsync.receipts import Problem
from crmsync.records import Record

PATH = "syncs.s.fields"

FIELDS = (
    Field(name="id", kind=FieldKind.TEXT, required=True, max_length=20),
    Field(name="enabled", kind=FieldKind.BOOLEAN),
    Field(name="name", kind=FieldKind.TEXT, max_length=10, on_fault=OnFault.CLIP, fallback="id"),
    Field(name="code", kind=FieldKind.TEXT, max_length=5),
    Field(name="strict", kind=FieldKind.TEXT, max_length=5, on_fault=OnFault.REJECT),
    Field(name="stage", kind=FieldKind.ENUM, choices=("LEAD", "CUSTOMER", "LOST")),
    Field(name="tags", kind=FieldKind.TEXT_LIST, max_length=20, max_items=3, unlike="name"),
    Field(
        name="roles",
        kind=FieldKind.ROLES,
        max_items=3,
        choices=("OWNER", "HELPER"),
        aliases={"BOSS": "OWNER"},
    ),
    Field(name="closedAt", kind=FieldKind.TIMESTAMP, past=True),
    Field(name="modifiedAt", kind=FieldKind.TIMESTAMP),
    Field(name="ref.id", kind=FieldKind.TEXT),
    Field(name="ref.url", kind=FieldKind.URL),
)

MERGE = MergeRules(
    together=frozenset({"ref.id", "ref.url"}),
    latest=frozenset({"modifiedAt"}),
    best={"stage": ("CUSTOMER", "LEAD", "LOST")},
    precedence={"roles": ("OWNER", "HELPER")},
)


def plugin(*fields: Field, key: str = "id") -> DestinationPlugin:
    """A destination with these fields, or the sample's."""
    return DestinationPlugin(
        name="sample",
        settings=dict,
        fields={field.name: field for field in fields or FIELDS},
        key=key,
        disabled={"enabled": False},
        limits=Limits(max_payloads=10, max_bytes=10_000),
        methods=("upsert",),
        encode=orjson.dumps,
        decode=orjson.loads,
        open=lambda settings, context: settings,
        merge=MERGE,
    )


SAMPLE = plugin()


def record(
    joins: Mapping[str, Mapping[str, object]] | None = None,
    modified_at: datetime | None = datetime(2026, 1, 2, tzinfo=UTC),
    **fields: object,
) -> Record:
    """A record with id 7 and these fields."""
    return Record(
        id="7", fields=fields, joins=joins or {}, modified_at=modified_at, url="https://crm.test/7"
    )


def mapping(
    raw: Mapping[str, object],
    *,
    destination: DestinationPlugin = SAMPLE,
    wanted: Mapping[str, tuple[str, ...]] | None = None,
    missing_key: str = "skip",
) -> CompiledMapping:
    """A compiled mapping, whose key is the record's id where *raw* has no rule for it."""
    rules, problems = parse_rules({destination.key: "record.id", **raw}, path=PATH)
    assert problems == []
    return compile_mapping(
        rules,
        plugin=destination,
        path=PATH,
        filter=wanted or {},
        object_name="things",
        missing_key=missing_key,
    )


def gone_through(compiled: CompiledMapping) -> CompiledMapping:
    """The mapping without its columns: every record takes every whole rule."""

    def slow(row: Row) -> Row:
        return row._replace(recipe=Recipe(row.recipe.whole, unknown))

    return replace(
        compiled,
        key=slow(compiled.key),
        before=tuple(map(slow, compiled.before)),
        after=tuple(map(slow, compiled.after)),
    )


def both_ways(
    rules: Mapping[str, object], page: list[Record], *, destination: DestinationPlugin = SAMPLE
) -> tuple[list[str], list[str]]:
    """What the page becomes by columns, and by whole rules; 1, 1.0 and true told apart."""
    compiled = mapping(rules, destination=destination)
    quick, slow = compiled.map_page(page), gone_through(compiled).map_page(page)
    return [repr(one) for one in quick], [repr(one) for one in slow]


def faults(raw: Mapping[str, object]) -> list[tuple[str, str]]:
    """(path below the mapping, code) of each fault that parsing finds."""
    return located(parse_rules(raw, path=PATH)[1])


def located(problems: list[Problem] | tuple[Problem, ...]) -> list[tuple[str, str]]:
    """(path below the mapping, code) of each problem."""
    return [(problem.field.removeprefix(f"{PATH}."), problem.code) for problem in problems]


def made(rule: object, field: str, given: Record) -> object:
    """What one rule makes of a record for one field; None where it is left out."""
    return mapping({field: rule}).map(given).fields.get(field)


def codes(raw: Mapping[str, object], given: Record) -> list[tuple[str, str]]:
    """(field, code) of each problem of mapping a record."""
    return [(p.field, p.code) for p in mapping(raw).map(given).problems]


def contribution(
    record_id: str = "1",
    *,
    rank: tuple[int, int] = (0, 0),
    modified_at: int = 0,
    fields: Fields | None = None,
) -> Contribution:
    """What a record of the sync `s` gives."""
    return Contribution("s", record_id, rank, modified_at, fields or {})
