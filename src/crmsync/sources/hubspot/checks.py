"""What `crmsync check` looks at in a HubSpot account: token, scopes, mapped fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from crmsync.errors import CrmsyncError, StoppedError
from crmsync.interfaces import CheckResult
from crmsync.records import Query, SourceField
from crmsync.sources.checking import closest, did_you_mean, failed, tried, wrong
from crmsync.sources.hubspot.api import HubSpotApi
from crmsync.sources.hubspot.fields import source_fields
from crmsync.sources.hubspot.joins import OWNER_PARTS
from crmsync.sources.hubspot.objects import ID, OWNER_SCOPE, ObjectType, Wanted


def checks(api: HubSpotApi, kind: ObjectType, query: Query, asked: Wanted) -> Iterator[CheckResult]:
    """A line a check. A token that HubSpot does not take ends them: all others would fail."""
    subject = f"sources.{api.name}"
    first = tried(f"{subject}: token", lambda: _token(api))
    yield first
    if not first.passed:
        return
    yield tried(f"{subject}: {kind.name}", lambda: _listed(api, kind))
    if asked.owners or asked.dotted:
        yield tried(f"{subject}: owners", lambda: _owners(api))
    yield from _fields(f"{subject}: fields", api, kind, query, asked)


def _token(api: HubSpotApi) -> str:
    info = api.account_info()
    if not info.portal:
        return "HubSpot takes the token; it may not ask for the account's id"
    return f"HubSpot takes the token; it belongs to account {info.portal}"


def _listed(api: HubSpotApi, kind: ObjectType) -> str:
    api.list(kind, (ID,), limit=1)
    return f"can be read ({', '.join(kind.scopes)})"


def _owners(api: HubSpotApi) -> str:
    next(islice(api.owners(archived=False), 1), None)
    return f"can be read ({OWNER_SCOPE})"


def _fields(
    name: str, api: HubSpotApi, kind: ObjectType, query: Query, asked: Wanted
) -> Iterator[CheckResult]:
    try:
        known = {field.name: field for field in source_fields(api.properties(kind))}
    except StoppedError:
        raise
    except CrmsyncError as error:
        yield failed(name, error)
        return
    used = {one for one in asked.properties if one not in kind.always} | set(query.filter)
    faults = [
        *(_unknown(api.name, kind, one, known) for one in sorted(used - set(known))),
        *(_no_reference(name, one) for one in sorted(_plain(asked.dotted, known))),
        *(_no_part(name, path) for path in sorted(_partless(kind, query.paths, known))),
    ]
    yield from faults or [CheckResult(name, passed=True, message=f"all {len(used)} exist")]


def _plain(dotted: frozenset[str], known: Mapping[str, SourceField]) -> Iterator[str]:
    return (one for one in dotted if one in known and not known[one].reference)


def _partless(
    kind: ObjectType, paths: Iterable[str], known: Mapping[str, SourceField]
) -> Iterator[str]:
    """Paths through an owner to what no owner has; they would always be empty."""
    for path in paths:
        head, _, part = path.partition(".")
        is_owner = head in kind.references or (head in known and known[head].reference)
        if is_owner and part and part not in OWNER_PARTS:
            yield path


def _unknown(
    account: str, kind: ObjectType, field: str, known: Mapping[str, SourceField]
) -> CheckResult:
    return wrong(
        f"sources.{account}: fields",
        f'HubSpot has no field "{field}"',
        f"{did_you_mean(field, known)}`crmsync fields {account} {kind.name}` lists those that are",
    )


def _no_part(name: str, path: str) -> CheckResult:
    head, _, part = path.partition(".")
    close = closest(part, OWNER_PARTS)
    meant = f'did you mean "{head}.{close}"? ' if close else ""
    return wrong(
        name,
        f'an owner has no "{part}", so "{path}" reaches nothing',
        f"{meant}An owner has: {', '.join(OWNER_PARTS)}",
    )


def _no_reference(name: str, field: str) -> CheckResult:
    return wrong(
        name,
        f'the field "{field}" refers to no owner, so nothing can be reached through it',
        f'take the field itself: "{field}"',
    )
