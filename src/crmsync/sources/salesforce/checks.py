"""What `crmsync check` looks at in a Salesforce org: sign-in, object, mapped paths, limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crmsync.errors import CrmsyncError, StoppedError
from crmsync.interfaces import CheckResult
from crmsync.records import Query, SourceField
from crmsync.sources.checking import closest, did_you_mean, failed, too_much, tried, wrong
from crmsync.sources.salesforce import soql
from crmsync.sources.salesforce.api import SalesforceApi
from crmsync.sources.salesforce.fields import source_fields
from crmsync.sources.salesforce.filters import pushed
from crmsync.sources.salesforce.joins import (
    CONTACTS_ALIAS,
    OWNER_ALIAS,
    OWNER_PARTS,
    STAGE_ALIAS,
    STAGE_PARTS,
    Describe,
    Unknown,
    Wanted,
)
from crmsync.sources.salesforce.objects import ID, MAX_LEVELS, NAME, STAGES, Described

_RIGHTS: Final = {"createable": "create", "updateable": "change", "deletable": "delete"}
_TAKE_AWAY: Final = (
    "Take these rights from the user who signs in, in the profile and the permission sets"
)
_DAILY: Final = "DailyApiRequests"
_JOBS: Final = "DailyBulkV2QueryJobs"
_ALIASES: Final = {
    OWNER_ALIAS: ("id", *OWNER_PARTS),
    STAGE_ALIAS: STAGE_PARTS,
    CONTACTS_ALIAS: ("emails",),
}


class Checks:
    """The checks of one query.

    Args:
        ends: When the way to sign in ends; empty for those that stay.
    """

    def __init__(self, api: SalesforceApi, describe: Describe, query: Query, ends: str) -> None:
        self._api = api
        self._describe = describe
        self._query = query
        self._ends = ends
        self._subject = f"sources.{api.name}"

    def sign_in(self) -> CheckResult:
        """Whether Salesforce lets us in. Where it does not, every other check would fail."""
        return tried(f"{self._subject}: sign-in", self._signed_in)

    def object(self) -> CheckResult:
        """Whether the object is there for this user, and can be read."""
        return tried(f"{self._subject}: {self._query.object}", self._read)

    def rights(self) -> Iterator[CheckResult]:
        """A warning where the user may write what is read: nothing else keeps a thief from it."""
        # Of the user who asks: Apex Reference Guide, "DescribeSObjectResult Class" ("can be
        # created by the current user"), read 2026-11-22; REST's describe has the same flags.
        told = self._api.describe(self._query.object)
        if may := [word for flag, word in _RIGHTS.items() if told.get(flag) is True]:
            found = [f"{' and '.join(may)} {self._query.object} records"]
            yield too_much(f"{self._subject}: rights", found, _TAKE_AWAY)

    def paths(self, kind: Described, wanted: Wanted) -> Iterator[CheckResult]:
        """Whether each path of the mapping and the filter leads somewhere."""
        name = f"{self._subject}: fields"
        if not wanted.unknown:
            used = {one for one, _ in wanted.fields} - set(kind.always)
            count = len(used) + sum(len(one.parts) or 1 for one in wanted.references)
            yield CheckResult(name, passed=True, message=f"all {count} exist")
        for one in wanted.unknown:
            try:
                yield self._fault(name, one)
            except StoppedError:
                raise
            except CrmsyncError as error:
                yield failed(name, error)

    def stages(self) -> CheckResult:
        """Whether the list of stages can be read."""
        return tried(f"{self._subject}: stages", self._staged)

    def limits(self) -> CheckResult:
        """How much of the day's requests is left."""
        return tried(f"{self._subject}: limits", self._left)

    def _signed_in(self) -> str:
        org = self._api.identity()
        text = f"Salesforce lets us in; the org is {org.id or 'one that does not tell its id'}"
        return f"{text}. But {self._ends}" if self._ends else text

    def _read(self) -> str:
        kind = self._describe(self._query.object)
        pushed(kind, self._query.filter)  # raises for ids that match nothing
        self._api.query(soql.select((ID,), kind.name, limit=1))
        return "can be read (of which records this user sees, Salesforce tells nothing)"

    def _staged(self) -> str:
        self._api.query(soql.select((ID,), STAGES, limit=1))
        return "can be read"

    def _left(self) -> str:
        found = self._api.limits()
        told = [
            f"{found[name][1]:,} of {found[name][0]:,} {words} left"
            for name, words in ((_DAILY, "requests"), (_JOBS, "Bulk query jobs"))
            if name in found
        ]
        return f"{' and '.join(told) or 'not told'} (in 24 hours, for all programs of the org)"

    def _fault(self, name: str, one: Unknown) -> CheckResult:
        head, _, part = one.path.partition(".")
        if head in _ALIASES and one.part.startswith(f"{head}."):
            return _no_part(name, one.path, head, part)
        if one.reason == "reference":
            return wrong(
                name,
                f'the field "{one.part}" of {one.object} refers to nothing, so "{one.path}" '
                "reaches nothing",
                f'take the field itself: "{_up_to(one.path, one.part)}"',
            )
        if one.reason == "depth":
            return wrong(
                name,
                f'"{one.path}" goes through more than {MAX_LEVELS} references',
                "Salesforce follows no more; take a formula field that brings the value nearer",
            )
        if one.reason == "type":
            return wrong(
                name,
                f'the field "{one.part}" of {one.object} holds a file or the like, which no '
                "query reads",
                "map another field",
            )
        return self._missing(name, one)

    def _missing(self, name: str, one: Unknown) -> CheckResult:
        """A field that is not described: it may not exist, or be hidden from this user."""
        known = self._known(one.object)
        whence = f" (for {one.path})" if one.path != one.part else ""
        return wrong(
            name,
            f'Salesforce shows no field "{one.part}" of {one.object} to this user{whence}',
            f"{did_you_mean(one.part, known)}It does not exist, or field-level security hides "
            "it: give the user who signs in a permission set with read access to it. "
            f"`crmsync fields {self._api.name} {one.object}` lists those that are",
        )

    def _known(self, object_name: str) -> dict[str, SourceField]:
        kind = NAME if object_name == NAME.name else self._describe(object_name)
        known = {field.name: field for field in source_fields(kind)}
        relations = {one.relationship: one.label for one in kind.fields.values()}
        for relationship, label in relations.items():
            if relationship:
                known.setdefault(
                    relationship,
                    SourceField(name=relationship, label=label, type="relationship"),
                )
        return known


def _up_to(path: str, part: str) -> str:
    parts = path.split(".")
    return ".".join(parts[: parts.index(part) + 1])


def _no_part(name: str, path: str, head: str, part: str) -> CheckResult:
    close = closest(part, _ALIASES[head])
    meant = f'did you mean "{head}.{close}"? ' if close else ""
    return wrong(
        name,
        f'"{head}" has no "{part}", so "{path}" reaches nothing',
        f"{meant}It has: {', '.join(_ALIASES[head])}",
    )
