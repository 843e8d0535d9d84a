"""What `crmsync check` looks at in a Pipedrive company: token, rights, mapped fields, budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeAlias

from crmsync.errors import CrmsyncError, StoppedError
from crmsync.interfaces import CheckResult
from crmsync.records import SourceField
from crmsync.sources.checking import closest, did_you_mean, failed, too_much, tried, wrong
from crmsync.sources.pipedrive.api import PipedriveApi
from crmsync.sources.pipedrive.endpoints import Endpoint, Parameter
from crmsync.sources.pipedrive.fields import source_fields
from crmsync.sources.pipedrive.joins import Plan
from crmsync.sources.pipedrive.objects import (
    CONTACTS,
    OBJECTS,
    OWNER,
    OWNER_PARTS,
    PARTS,
    ObjectType,
    Wanted,
)
from crmsync.sources.pipedrive.values import POINTERS, SUBFIELDS, Filling, Match

# The endpoints of each: https://pipedrive.readme.io/docs/marketplace-scopes-and-permissions-explanations,
# read 2026-11-22. Every app has `base`.
NEEDED: Final = frozenset({"base", "deals:read", "contacts:read", "users:read"})
"""The scopes that some sync needs."""

_TAKE_AWAY: Final = "Take these scopes away in the app's settings, and install it again"

Plans: TypeAlias = Callable[[], tuple[Plan, Mapping[str, Plan]]]
"""The plan of the records that are read, and by object those of what they point to. Asking for
it may ask Pipedrive for its fields."""


def checks(
    api: PipedriveApi,
    kind: ObjectType,
    asked: Wanted,
    plans: Plans,
    scopes: Callable[[], Collection[str]],
) -> Iterator[CheckResult]:
    """A line a check. A token that Pipedrive does not take ends them: all others would fail."""
    subject = f"sources.{api.name}"
    first = tried(f"{subject}: token", lambda: _token(api))
    yield first
    if not first.passed:
        return
    if excess := sorted({*scopes()} - NEEDED):
        yield too_much(f"{subject}: scopes", excess, _TAKE_AWAY)
    for one in (kind, *_pointed_to(kind, asked)):
        yield tried(f"{subject}: {one.name}", partial(_listed, api, one.records))
    if kind.archive is not None:
        yield tried(f"{subject}: archived {kind.name}", partial(_listed, api, kind.archive))
    yield from _fields(subject, api, plans)
    if api.budget.left is not None:
        message = f"{api.budget.left:,} tokens are left today, for all programs of the company"
        yield CheckResult(f"{subject}: budget", passed=True, message=message)


def _pointed_to(kind: ObjectType, asked: Wanted) -> Iterator[ObjectType]:
    """Other objects that the mapping reaches into."""
    names = {kind.records_joined[head] for head in asked.joined if head in kind.records_joined}
    if CONTACTS in asked.joined:
        names.add("persons")
    return (OBJECTS[name] for name in sorted(names))


def _token(api: PipedriveApi) -> str:
    me = api.me()
    said = f"Pipedrive takes the token; it belongs to company {me.company or '(not told)'}"
    if me.admin:
        return said
    return (
        f"{said}. Its user is no administrator: records that this user may not see are missing "
        "without a word, and Pipedrive has no count that would show it. Take an "
        "administrator's token to be sure"
    )


def _listed(api: PipedriveApi, endpoint: Endpoint) -> str:
    api.list(endpoint, {Parameter.LIMIT: "1"})
    return "can be read"


def _fields(subject: str, api: PipedriveApi, plans: Plans) -> Iterator[CheckResult]:
    name = f"{subject}: fields"
    try:
        plan, targets = plans()
    except StoppedError:
        raise
    except CrmsyncError as error:
        yield failed(name, error)
        return
    if any(one.users for one in (plan, *targets.values())):
        yield tried(f"{subject}: users", lambda: f"{len(api.users())} can be read")
    heads = {target: head for head, target in plan.kind.records_joined.items()}
    found = [*_faults(name, api, plan, "")]
    for target, one in targets.items():
        found += _faults(name, api, one, f"{heads.get(target, target)}.")
        found += _too_deep(name, one, f"{heads.get(target, target)}.")
    used = len(plan.wanted.plain) + len(plan.wanted.others)
    yield from found or [CheckResult(name, passed=True, message=f"all {used} exist")]


def _faults(name: str, api: PipedriveApi, plan: Plan, prefix: str) -> Iterator[CheckResult]:
    """Paths that would always be empty, or might mean two things."""
    for path, match in plan.layout.ambiguous:
        yield _ambiguous(name, f"{prefix}{path}", match)
    for path in plan.layout.unknown:
        yield _unknown(name, api, plan.kind, (prefix, path))
    for filling in plan.layout.fillings:
        parts = _parts(filling)
        if filling.tail and parts is not None and filling.tail not in parts:
            head = filling.path.removesuffix(f".{filling.tail}")
            yield _no_part(name, f"{prefix}{head}", filling.tail, parts)
    for head, tails in sorted(plan.wanted.joined.items()):
        for tail in sorted(tails):
            if head in PARTS and tail not in PARTS[head]:
                yield _no_part(name, f"{prefix}{head}", tail, PARTS[head])


def _too_deep(name: str, plan: Plan, prefix: str) -> Iterator[CheckResult]:
    """Paths through a joined record to yet another one. Users alone are reached so."""
    joined = plan.wanted.joined
    paths = {f"{head}.{tail}" for head in joined if head != OWNER for tail in joined[head]}
    paths |= {f.path for f in plan.layout.fillings if f.points_to not in ("", "users")}
    for path in sorted(paths):
        yield wrong(
            name,
            f'"{prefix}{path}" leads through two records, so it reaches nothing',
            f'take a field of "{prefix[:-1]}" itself, or of what the record that is read points to',
        )


def _parts(filling: Filling) -> tuple[str, ...] | None:
    """What can be reached in a field's value; None where that is another record's affair."""
    kind = filling.field.type
    if kind in POINTERS:
        return OWNER_PARTS if POINTERS[kind] == "users" else None
    return SUBFIELDS.get(kind, ())


def _unknown(name: str, api: PipedriveApi, kind: ObjectType, place: tuple[str, str]) -> CheckResult:
    prefix, path = place
    known = _as_written(source_fields(kind, api.all(kind.fields)))
    head, dot, tail = path.partition(".")
    close = closest(head, kind.joined) if dot else ""
    meant = f'did you mean "{prefix}{close}.{tail}"? ' if close else did_you_mean(path, known)
    reached = f', for "{prefix}{path}"' if prefix else ""
    return wrong(
        name,
        f'Pipedrive\'s {kind.name} have no field "{path}"{reached}',
        f"{meant}`crmsync fields {api.name} {kind.name}` lists those that are; a custom field "
        "goes by its name, or by its key of 40 characters",
    )


def _as_written(fields: Sequence[SourceField]) -> dict[str, SourceField]:
    """Fields by what a mapping calls them: custom ones by their names, if they are the only one."""
    times = Counter(field.label for field in fields if field.custom)
    written = (field.label if times[field.label] == 1 else field.name for field in fields)
    return {one: replace(field, name=one) for one, field in zip(written, fields, strict=True)}


def _ambiguous(name: str, path: str, match: Match) -> CheckResult:
    keys = " and ".join(field.key for field in match.fields)
    return wrong(
        name,
        f'"{path}" is the name of {len(match.fields)} fields: {keys}',
        "write the key of the one that is meant in place of the name",
    )


def _no_part(name: str, head: str, part: str, parts: tuple[str, ...]) -> CheckResult:
    close = closest(part, parts)
    meant = f'did you mean "{head}.{close}"? ' if close else ""
    has = f"It has: {', '.join(parts)}" if parts else f'take "{head}" itself'
    return wrong(name, f'"{head}" has no "{part}", so "{head}.{part}" reaches nothing', meant + has)
