"""Several records, one key: what each contributes becomes one payload, in whatever order.

The winner is the contribution of the lowest rank, then the latest, then of the smallest id
(as numbers where both are). Everything below follows from its order, so the result depends
on the set of contributions alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from crmsync.adapters import DestinationPlugin
from crmsync.mapping.agreement import drop_known, folded
from crmsync.mapping.origins import normalised
from crmsync.payloads import Contribution, Field, FieldKind, Fields

Merge: TypeAlias = Callable[[Sequence[Contribution]], tuple[Fields, Contribution]]
_Combine: TypeAlias = Callable[[Sequence[Contribution]], object]
"""One field's value from contributions, the winner first; None where it is absent."""


def compile_merge(plugin: DestinationPlugin) -> Merge:
    """The merge by the destination's rules. It is handed at least one contribution."""
    combine = {name: _combiner(field, plugin) for name, field in plugin.fields.items()}
    unlike = [(field.name, field.unlike) for field in plugin.fields.values() if field.unlike]
    open_fields = plugin.other_field is not None

    def merge(contributions: Sequence[Contribution]) -> tuple[Fields, Contribution]:
        if len(contributions) == 1:
            return contributions[0].fields, contributions[0]
        ordered = sorted(contributions, key=standing)
        merged: dict[str, object] = {}
        for name, combined in combine.items():
            value = combined(ordered)
            if value is not None:
                merged[name] = value
        if open_fields:
            merged.update(_others(ordered, combine.keys()))
        drop_known(merged, unlike)
        return merged, ordered[0]

    return merge


def standing(contribution: Contribution) -> tuple[object, ...]:
    """Sorts contributions, the winner first. No two of one sync and record are equal."""
    return (contribution.rank, -contribution.modified_at, *_identity(contribution))


def _recency(contribution: Contribution) -> tuple[object, ...]:
    return (-contribution.modified_at, contribution.rank, *_identity(contribution))


def _identity(contribution: Contribution) -> tuple[object, ...]:
    name = contribution.record_id
    numeric = name.isascii() and name.isdigit()
    return (not numeric, int(name) if numeric else 0, name, contribution.sync)


def _combiner(field: Field, plugin: DestinationPlugin) -> _Combine:
    rules, name = plugin.merge, field.name
    if name in plugin.disabled:
        return _enabled(name, plugin.disabled[name])
    if name in rules.latest:
        return _greatest(name)
    if name in rules.together or field.kind is FieldKind.TIMESTAMP:
        return lambda ordered: ordered[0].fields.get(name)
    if name in rules.best:
        return _best(name, rules.best[name])
    return _by_kind(field, rules.precedence.get(name, ()))


def _by_kind(field: Field, precedence: Sequence[str]) -> _Combine:
    if field.kind is FieldKind.ROLES:
        return _roles(field, precedence)
    if field.kind is FieldKind.TEXT_LIST:
        return _united(field)
    if field.kind is FieldKind.ANY:
        return _by_value(field)
    return _first_own(field) if field.fallback else _first(field.name)


def _first(name: str) -> _Combine:
    def first(ordered: Sequence[Contribution]) -> object:
        return next((c.fields[name] for c in ordered if name in c.fields), None)

    return first


def _first_own(field: Field) -> _Combine:
    """The first that is a record's own; what stands in for a missing one comes last."""
    name, fallback, first = field.name, field.fallback, _first(field.name)

    def first_own(ordered: Sequence[Contribution]) -> object:
        own = [c for c in ordered if c.fields.get(name) != c.fields.get(fallback)]
        value = first(own)
        return first(ordered) if value is None else value

    return first_own


def _enabled(name: str, off: object) -> _Combine:
    """Disabled only where every contribution says so; absent means enabled."""

    def enabled(ordered: Sequence[Contribution]) -> object:
        live = [c for c in ordered if c.fields.get(name) != off]
        return _first(name)(live) if live else off

    return enabled


def _greatest(name: str) -> _Combine:
    """The latest moment: timestamps of one form and zone compare as text."""

    def greatest(ordered: Sequence[Contribution]) -> object:
        return max((str(c.fields[name]) for c in ordered if name in c.fields), default=None)

    return greatest


def _best(name: str, ranking: Sequence[str]) -> _Combine:
    ranks = {value: rank for rank, value in enumerate(ranking)}

    def best(ordered: Sequence[Contribution]) -> object:
        values = [c.fields[name] for c in ordered if name in c.fields]
        if not values or name in ordered[0].fields:
            return values[0] if values else None
        return min(values, key=lambda value: ranks.get(str(value), len(ranks)))

    return best


def _united(field: Field) -> _Combine:
    name, limit = field.name, field.max_items

    def united(ordered: Sequence[Contribution]) -> object:
        found: dict[str, object] = {}
        for contribution in ordered:
            values = contribution.fields.get(name)
            for value in values if isinstance(values, list) else ():
                found.setdefault(folded(value), value)
        return list(found.values())[:limit] or None

    return united


def _by_value(field: Field) -> _Combine:
    """Lists are united where the first value is one."""
    first, united = _first(field.name), _united(field)

    def by_value(ordered: Sequence[Contribution]) -> object:
        value = first(ordered)
        return united(ordered) if isinstance(value, list) else value

    return by_value


def _others(ordered: Sequence[Contribution], known: Collection[str]) -> dict[str, object]:
    """Values of open fields that only another sync of the destination maps."""
    names = dict.fromkeys(name for c in ordered for name in c.fields if name not in known)
    return {name: _by_value(Field(name=name, kind=FieldKind.ANY))(ordered) for name in names}


def _roles(field: Field, precedence: Sequence[str]) -> _Combine:
    """All keys, the winner's first, then those of the most recent; the strongest role each."""
    name, limit = field.name, field.max_items
    ranks = {normalised(role): rank for rank, role in enumerate(precedence)}

    def strength(role: object) -> int:
        return ranks.get(normalised(role), len(ranks))

    def roles(ordered: Sequence[Contribution]) -> object:
        found: dict[str, object] = {}
        for contribution in (ordered[0], *sorted(ordered[1:], key=_recency)):
            owners = contribution.fields.get(name)
            for key, role in owners.items() if isinstance(owners, Mapping) else ():
                found[key] = min(found.get(key, role), role, key=strength)
        return dict(list(found.items())[:limit]) or None

    return roles
