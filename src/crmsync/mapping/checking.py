"""What can be wrong with a mapping as a whole, before any of its rules is compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crmsync.adapters import DestinationPlugin
from crmsync.mapping.rules import Const, Items, Listing, Off, Pairs, Rule
from crmsync.mapping.spec import at, did_you_mean
from crmsync.payloads import Field, FieldKind
from crmsync.receipts import Problem

# "Each attribute of type object … max depth 3": Akooda's "Ingestion API Guide",
# https://help.akooda.co (article 8110147), read 2026-11-21. No platform takes more.
MAX_DEPTH = 3


def check_rules(
    rules: Mapping[str, Rule], plugin: DestinationPlugin, path: str
) -> Iterator[Problem]:
    """Every fault: unknown fields, missing ones, values that are nested too deeply."""
    for name, rule in rules.items():
        where = at(path, name)
        if name not in plugin.fields:
            hint = did_you_mean(name, plugin.fields)
            yield Problem(where, "unknown_field", f'{plugin.name} has no field "{name}"{hint}')
        elif depth(rule) > MAX_DEPTH:
            message = f"nested {depth(rule)} deep; {plugin.name} takes {MAX_DEPTH} at most"
            yield Problem(where, "too_deep", message)
        elif _makes_nested(rule, plugin.fields[name]):
            message = (
                f"{plugin.name} takes no objects and no lists of them; give each value a field"
            )
            yield Problem(where, "nested", message)
        else:
            yield from _check_members(rule, plugin.fields[name], where)
    for name, field in plugin.fields.items():
        needed = field.required or name == plugin.key
        if needed and isinstance(rules.get(name, _ABSENT).origin, Off):
            message = f"{plugin.name} refuses a payload without it: give it a rule"
            yield Problem(at(path, name), "missing_rule", message)


def _check_members(rule: Rule, field: Field, path: str) -> Iterator[Problem]:
    """Objects of a list have all of the field's members, and no others."""
    if not field.members or not isinstance(rule.origin, Items):
        return
    names = [member.name for member in field.members]
    for number, item in enumerate(rule.origin.items):
        if sorted(item) != sorted(names):
            message = f"an object of {field.name} has {' and '.join(names)}, and nothing else"
            yield Problem(at(at(path, "items"), number), "wrong_members", message)


_ABSENT = Rule(origin=Off())


def _makes_nested(rule: Rule, field: Field) -> bool:
    """Whether a rule always makes what a field of single values and lists of them refuses."""
    if field.kind is not FieldKind.ANY:
        return False
    refused = (Items,) if field.nested else (Items, Pairs)
    later = rule.default is not None and _makes_nested(rule.default, field)
    return isinstance(rule.origin, refused) or later


def depth(rule: Rule) -> int:
    """How many lists and objects stand inside one another in what a rule can make."""
    targets = [*(rule.values or {}).values(), rule.otherwise]
    default = 0 if rule.default is None else depth(rule.default)
    return max(_origin_depth(rule), default, *map(_value_depth, targets))


def _origin_depth(rule: Rule) -> int:
    match rule.origin:
        case Const(value):
            return _value_depth(value)
        case Listing(parts):
            return max(1, *(_in_list(part) for part in parts))
        case Pairs(pairs):
            return 1 + max(depth(pair.value) for pair in pairs)
        case Items(items):
            return 2 + max(depth(part) for item in items for part in item.values())
        case _:
            return 0


def _in_list(part: Rule) -> int:
    # A part that is a list is taken apart: it adds no depth of its own.
    flat = isinstance(part.origin, (Listing, Items))
    return depth(part) + (0 if flat else 1)


def _value_depth(value: object) -> int:
    if isinstance(value, Mapping):
        return 1 + max(map(_value_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_value_depth, value), default=0)
    return 0
