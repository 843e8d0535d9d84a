"""What `crmsync check` looks at in a HubSpot account: token, scopes, mapped fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final, NamedTuple

from crmsync.errors import CrmsyncError, StoppedError
from crmsync.interfaces import CheckResult
from crmsync.records import Query, SourceField
from crmsync.sources.checking import closest, did_you_mean, failed, too_much, tried, wrong
from crmsync.sources.hubspot.api import HubSpotApi
from crmsync.sources.hubspot.changes import CHANGE_PARTS
from crmsync.sources.hubspot.fields import source_fields
from crmsync.sources.hubspot.joins import OWNER_PARTS
from crmsync.sources.hubspot.objects import (
    CHANGE,
    COMPANIES,
    ID,
    NEEDED,
    OWNER_SCOPE,
    PIPELINE,
    ObjectType,
    Wanted,
)
from crmsync.sources.hubspot.read import own_filter
from crmsync.sources.hubspot.stages import PIPELINE_PARTS, STAGE_PARTS


class _Joined(NamedTuple):
    """What may be joined under a name, and what a path may reach in it."""

    noun: str
    parts: Sequence[str]


_TAKE_AWAY: Final = "Take these scopes away in HubSpot, where the private app or service key is"

_OWNER: Final = _Joined("an owner", OWNER_PARTS)
_STAGE: Final = _Joined("a stage", STAGE_PARTS)
_OF_PIPELINES: Final = {
    PIPELINE: _Joined("a pipeline", PIPELINE_PARTS),
    CHANGE: _Joined("a stage change", CHANGE_PARTS),
}


class _Reach(NamedTuple):
    """What a mapping reaches in one kind of record.

    Attributes:
        line: The name of the check.
        kind: What is reached into.
        lead: What the paths to it begin with; empty for the record itself.
        paths: Those that lead through something joined, after the lead.
        used: The properties that must exist.
        dotted: Those of them that must refer to owners.
    """

    line: str
    kind: ObjectType
    lead: str
    paths: Iterable[str]
    used: frozenset[str]
    dotted: frozenset[str]


def checks(api: HubSpotApi, kind: ObjectType, query: Query, asked: Wanted) -> Iterator[CheckResult]:
    """A line a check. A token that HubSpot does not take ends them: all others would fail."""
    subject = f"sources.{api.name}"
    first = tried(f"{subject}: token", lambda: _token(api))
    yield first
    if not first.passed:
        return
    if excess := sorted(set(api.scopes()) - NEEDED):
        yield too_much(f"{subject}: scopes", excess, _TAKE_AWAY)
    yield tried(f"{subject}: {kind.name}", lambda: _listed(api, kind))
    if asked.company:
        yield tried(f"{subject}: companies", lambda: _listed(api, COMPANIES))
    if asked.lists_owners:
        yield tried(f"{subject}: owners", lambda: _owners(api))
    if asked.pipelines:
        yield tried(f"{subject}: pipelines", lambda: _pipelines(api, kind))
    yield from _fields(api, _own(f"{subject}: fields", kind, query, asked))
    if asked.company:
        yield from _fields(api, _companys(f"{subject}: company fields", kind, query, asked.company))


def _token(api: HubSpotApi) -> str:
    info = api.account_info()
    if not info.portal:
        return "HubSpot takes the token; it may not ask for the account's id"
    return f"HubSpot takes the token; it belongs to account {info.portal}"


def _listed(api: HubSpotApi, kind: ObjectType) -> str:
    api.list(api.list_url(kind, (ID,), limit=1))
    return f"can be read ({', '.join(kind.scopes)})"


def _owners(api: HubSpotApi) -> str:
    next(islice(api.owners(archived=False), 1), None)
    return f"can be read ({OWNER_SCOPE})"


def _pipelines(api: HubSpotApi, kind: ObjectType) -> str:
    return f"can be read ({len(api.pipelines(kind))})"


def _own(line: str, kind: ObjectType, query: Query, asked: Wanted) -> _Reach:
    used = frozenset(asked.reached).union(own_filter(kind, query.filter)).difference(kind.always)
    paths = [path for path in query.paths if path.partition(".")[0] != kind.company]
    return _Reach(line, kind, "", paths, used, asked.dotted)


def _companys(line: str, kind: ObjectType, query: Query, asked: Wanted) -> _Reach:
    lead = f"{kind.company}."
    paths = [path.removeprefix(lead) for path in query.paths if path.startswith(lead)]
    used = frozenset(asked.reached).difference(COMPANIES.always)
    return _Reach(line, COMPANIES, lead, paths, used, asked.dotted)


def _fields(api: HubSpotApi, reach: _Reach) -> Iterator[CheckResult]:
    try:
        known = {field.name: field for field in source_fields(api.properties(reach.kind))}
    except StoppedError:
        raise
    except CrmsyncError as error:
        yield failed(reach.line, error)
        return
    faults = [
        *(_unknown(api.name, reach, one, known) for one in sorted(reach.used - set(known))),
        *(_no_reference(reach, one) for one in sorted(_plain(reach.dotted, known))),
        *(_no_part(reach, path, joined) for path, joined in sorted(_partless(reach, known))),
    ]
    message = f"all {len(reach.used)} exist"
    yield from faults or [CheckResult(reach.line, passed=True, message=message)]


def _plain(dotted: frozenset[str], known: Mapping[str, SourceField]) -> Iterator[str]:
    return (one for one in dotted if one in known and not known[one].reference)


def _partless(reach: _Reach, known: Mapping[str, SourceField]) -> Iterator[tuple[str, _Joined]]:
    """Paths through something joined to what it does not have; they would always be empty."""
    for path in reach.paths:
        head, _, part = path.partition(".")
        joined = _joined(reach.kind, head, known)
        if joined and part and part not in joined.parts:
            yield path, joined


def _joined(kind: ObjectType, head: str, known: Mapping[str, SourceField]) -> _Joined | None:
    if head in kind.stages:
        return _OF_PIPELINES.get(head, _STAGE)
    is_owner = head in kind.references or (head in known and known[head].reference)
    return _OWNER if is_owner else None


def _unknown(
    account: str, reach: _Reach, field: str, known: Mapping[str, SourceField]
) -> CheckResult:
    lead = reach.lead
    named = {f"{lead}{name}": replace(one, name=f"{lead}{name}") for name, one in known.items()}
    return wrong(
        reach.line,
        f'HubSpot has no field "{lead}{field}"',
        f"{did_you_mean(lead + field, named)}`crmsync fields {account} {reach.kind.name}` "
        "lists those that are",
    )


def _no_part(reach: _Reach, path: str, joined: _Joined) -> CheckResult:
    head, _, part = path.partition(".")
    close = closest(part, joined.parts)
    meant = f'did you mean "{reach.lead}{head}.{close}"? ' if close else ""
    return wrong(
        reach.line,
        f'{joined.noun} has no "{part}", so "{reach.lead}{path}" reaches nothing',
        f"{meant}{joined.noun.capitalize()} has: {', '.join(joined.parts)}",
    )


def _no_reference(reach: _Reach, field: str) -> CheckResult:
    return wrong(
        reach.line,
        f'the field "{reach.lead}{field}" refers to no owner, so nothing can be reached through it',
        f'take the field itself: "{reach.lead}{field}"',
    )
