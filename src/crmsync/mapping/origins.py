"""Where a raw value comes from: each kind of origin, compiled to a function of the record."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import NamedTuple, cast

from crmsync.mapping.building import OPEN, PLACE_HOLDER, Building, Composed, Extract, Recipe, Report
from crmsync.mapping.columns import silent
from crmsync.mapping.gathering import joining
from crmsync.mapping.paths import Getter, is_empty, path_fault
from crmsync.mapping.rules import Hook, Items, Join, Listing, Pair, Pairs, Rule, Template
from crmsync.mapping.spec import at
from crmsync.mapping.templates import Slot, parse_template
from crmsync.mapping.truth import compile_guard
from crmsync.mapping.values import Remark, shown, to_text
from crmsync.payloads import FieldKind
from crmsync.receipts import Problem, Severity
from crmsync.records import Record

CompilePart = Callable[[Rule, str, Building], Recipe]
"""Compiles a rule inside a rule, without the field's fitting."""


def _alone(extract: Extract) -> Composed:
    """An origin that is made record by record only."""
    return Composed(extract, (), itemgetter(0))


def text_of(value: object) -> str:
    """A value as a part of a text: trimmed; "" for what has no text of its own."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(text for text in map(text_of, value) if text)
    text = to_text(value)
    return text if isinstance(text, str) else ""


def join(origin: Join, where: str, building: Building, compile_part: CompilePart) -> Composed:
    """The parts' texts, the empty ones left out."""
    inside = replace(building, sample=None)
    parts = _parts(origin.parts, at(where, "join"), inside, compile_part)
    separator = origin.separator

    def extract(record: Record, report: Report) -> object:
        return joined([part.whole(record, report) for part in parts])

    def joined(values: Sequence[object]) -> object:
        texts = [
            text
            for value in values
            if value is not None
            and (text := value.strip() if isinstance(value, str) else text_of(value))
        ]
        return separator.join(texts) or None

    together = joining(separator, joined)
    return Composed(extract, [part.column for part in parts], joined, together)


def _parts(
    rules: Sequence[Rule], where: str, building: Building, compile_part: CompilePart
) -> tuple[Recipe, ...]:
    return tuple(compile_part(rule, at(where, i), building) for i, rule in enumerate(rules))


def listing(origin: Listing, where: str, building: Building, compile_part: CompilePart) -> Composed:
    """The parts' values as one list, flat, the empty ones left out."""
    inside = replace(building, sample=lambda value: [value])
    parts = _parts(origin.parts, at(where, "list"), inside, compile_part)

    def extract(record: Record, report: Report) -> object:
        return _flat([part.whole(record, report) for part in parts])

    return Composed(extract, [part.column for part in parts], _flat)


def _flat(values: Sequence[object]) -> list[object]:
    found: list[object] = []
    for value in values:
        if value is None:
            continue
        if isinstance(value, list):
            found.extend(value)
        else:
            found.append(value)
    return found


def template(origin: Template, where: str, building: Building) -> Composed:
    """The template's text; empty where a part is that is not optional, or where all are."""
    where = at(where, "template")
    try:
        parsed = parse_template(origin.text)
    except ValueError as error:
        building.fault(where, "bad_template", str(error))
        return _alone(_nothing)
    parts = [_template_part(part, where, building) for part in parsed]

    def extract(record: Record, report: Report) -> object:
        del report
        texts: list[str] = []
        filled = False
        for literal, get, optional in parts:
            text = literal or text_of(get(record))
            if not literal:
                if not text and not optional:
                    return None
                filled = filled or bool(text)
            texts.append(text)
        return "".join(texts) if filled else None

    return Composed(extract, [silent(extract)], itemgetter(0), itemgetter(0))


class _Part(NamedTuple):
    literal: str
    get: Getter
    optional: bool


def _template_part(part: str | Slot, where: str, building: Building) -> _Part:
    if isinstance(part, str):
        return _Part(part, lambda _: None, optional=True)
    message = path_fault(part.path)
    if message:
        building.fault(where, "bad_template", message)
        return _Part("?", lambda _: None, optional=True)
    return _Part("", building.getter(part.path), part.optional)


def _nothing(record: Record, report: Report) -> object:
    del record, report
    return None


class _Entry(NamedTuple):
    key: Recipe
    value: Recipe


def pairs(origin: Pairs, where: str, building: Building, compile_part: CompilePart) -> Composed:
    """An object; of two values for one key the stronger stays, with a warning.

    Strength is the destination's order of roles; where there is none, the first stays.
    """
    roles = building.field.kind is FieldKind.ROLES
    value_building = replace(building, sample=_as_role if roles else None)
    entries = []
    for i, pair in enumerate(origin.pairs):
        place = at(at(where, "pairs"), i)
        key = _pair_key(pair, place, replace(building, sample=None), compile_part)
        value = compile_part(pair.value, at(place, "value"), value_building)
        entries.append(_Entry(key, value))
    strongest = _strength(building)

    def extract(record: Record, report: Report) -> object:
        found: dict[str, object] = {}
        for key_of, value_of in entries:
            key = text_of(key_of.whole(record, report)).lower()
            value = value_of.whole(record, report) if key else None
            if value is None:
                continue
            if key in found and found[key] != value:
                value = min(found[key], value, key=strongest)
                report.append(_twice(building.field.name, key, value))
            found[key] = value
        return found

    columns = [recipe.column for entry in entries for recipe in entry]
    return Composed(extract, columns, _object)


def _object(values: Sequence[object]) -> object:
    """Keys and values in turn as an object; OPEN where two keys are alike."""
    found: dict[str, object] = {}
    for raw, value in zip(values[::2], values[1::2], strict=True):
        key = text_of(raw).lower()
        if key and value is not None and found.setdefault(key, value) != value:
            return OPEN
    return found


def _as_role(value: object) -> object:
    return {PLACE_HOLDER: value}


def _pair_key(pair: Pair, where: str, building: Building, compile_part: CompilePart) -> Recipe:
    key = compile_part(pair.key, at(where, "key"), building)
    return compile_guard(pair.when, key, building) if pair.when else key


def _strength(building: Building) -> Callable[[object], int]:
    order = {normalised(role): rank for rank, role in enumerate(building.precedence)}
    aliases = building.field.aliases or {}

    def strength(value: object) -> int:
        name = normalised(value)
        return order.get(normalised(aliases.get(name, name)), len(order))

    return strength


def normalised(value: object) -> str:
    """An enum's value as it is compared: upper case, underscores."""
    return "_".join(str(value).upper().replace("_", " ").split())


def _twice(field: str, key: str, kept: object) -> Problem:
    message = f"{shown(key)} stands twice; {shown(kept)} was kept"
    return Problem(field, "DUPLICATE", message, Severity.WARNING)


def items(origin: Items, where: str, building: Building, compile_part: CompilePart) -> Composed:
    """Objects without their empty parts; one to which the record gives nothing is left out."""
    inside = replace(building, sample=None)
    compiled = []
    for i, item in enumerate(origin.items):
        place = at(at(where, "items"), i)
        compiled.append(
            [
                (name, compile_part(rule, at(place, name), inside).whole, _is_fixed(rule))
                for name, rule in item.items()
            ]
        )

    def extract(record: Record, report: Report) -> object:
        made = (_item(parts, record, report) for parts in compiled)
        return [item for item in made if item]

    return _alone(extract)


def _is_fixed(rule: Rule) -> bool:
    return not rule.when and type(rule.origin).__name__ == "Const"


def _item(
    parts: Sequence[tuple[str, Extract, bool]], record: Record, report: Report
) -> Mapping[str, object]:
    item: dict[str, object] = {}
    given = all(fixed for _, _, fixed in parts)
    for name, extract, fixed in parts:
        value = extract(record, report)
        if value is not None:
            item[name] = value
            given = given or not fixed
    return item if given else {}


def hook(origin: Hook, where: str, building: Building) -> Composed:
    """What a person's own function makes of the record; a Remark is understood too."""
    building.paths.update(origin.reads)
    function = _imported(origin.target, at(where, "python"), building)
    name = building.field.name

    def extract(record: Record, report: Report) -> object:
        value = function(record)
        if isinstance(value, Remark):
            report.append(Problem(name, value.code, value.message, Severity.WARNING))
            value = value.value
        return None if is_empty(value) else value

    return _alone(extract)


def _imported(target: str, where: str, building: Building) -> Callable[[Record], object]:
    module, colon, name = target.partition(":")
    if not (module and colon and name):
        building.fault(where, "bad_hook", 'write it as "package.module:function"')
        return _no_hook
    try:
        function = getattr(importlib.import_module(module), name)
    except Exception as error:  # noqa: BLE001 - importing runs a person's code: anything may come
        message = f"{target} cannot be imported: {type(error).__name__}: {error}"
        building.fault(where, "bad_hook", message)
        return _no_hook
    if not callable(function):
        building.fault(where, "bad_hook", f"{target} is no function")
        return _no_hook
    return cast("Callable[[Record], object]", function)


def _no_hook(record: Record) -> object:
    del record
    return None
