"""Deals as a stream of stage changes: from which stage to which, and when."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from crmsync.records import Record
from crmsync.reports import JSONObject
from crmsync.sources.hubspot.joins import Joined
from crmsync.sources.hubspot.objects import CHANGE, DEAL_STAGE, PIPELINE
from crmsync.sources.hubspot.read import Stretch
from crmsync.sources.hubspot.records import parse_moment
from crmsync.sources.hubspot.stages import Pipelines
from crmsync.sources.incremental import epoch_ms, iso

CHANGE_PARTS: Final = ("from", "to", "at")
"""What a path may reach in a change."""


class Step(NamedTuple):
    """A property's value from a moment on."""

    at: datetime
    value: str


class Change(NamedTuple):
    """One change of a deal's stage. `before` is None for the deal's first stage."""

    before: Step | None
    after: Step


def deal_of(change_id: str) -> str:
    """The id of the deal that a change's id belongs to."""
    return change_id.partition(":")[0]


def stage_changes(row: JSONObject) -> Iterator[Change]:
    """A deal's changes, oldest first. What was set to what it was is no change."""
    before: Step | None = None
    for step in history(row, DEAL_STAGE):
        if before is None or before.value != step.value:
            yield Change(before, step)
            before = step


def history(row: JSONObject, name: str) -> Sequence[Step]:
    """A property's values, oldest first, at most one a millisecond: the last that was set.

    HubSpot gives the newest first; an entry without a moment is none.
    """
    held = row.get("propertiesWithHistory")
    entries: object = held.get(name) if isinstance(held, dict) else None
    steps: dict[str, Step] = {}
    for entry in reversed(entries) if isinstance(entries, list) else ():
        at = parse_moment(entry.get("timestamp"))
        if at is not None:
            steps[epoch_ms(at)] = Step(at, str(entry.get("value") or ""))
    return sorted(steps.values(), key=lambda step: step.at)


def change_builder(
    build: Callable[[Stretch], tuple[Record, ...]],
    pipelines: Pipelines,
    *,
    since: datetime | None,
    ids: Collection[str],
) -> Callable[[Stretch], tuple[Record, ...]]:
    """A function from deals with their history to a record a change.

    Args:
        build: Makes the deals' own records.
        pipelines: What the stages mean.
        since: Earlier changes are left out; None for all.
        ids: The changes that are wanted; empty for all.
    """

    def changes(row: JSONObject, deal: Record) -> Iterator[Record]:
        joins = _stages(row, pipelines)
        for change in stage_changes(row):
            at = change.after.at
            key = f"{deal.id}:{epoch_ms(at)}"
            if (since is None or at >= since) and (not ids or key in ids):
                own = {**deal.joins, **joins(change)}
                yield deal._replace(id=key, joins=own, modified_at=at, merged_ids=())

    def built(stretch: Stretch) -> tuple[Record, ...]:
        pairs = zip(stretch.rows, build(stretch), strict=True)
        return tuple([record for row, deal in pairs for record in changes(row, deal)])

    return built


def _stages(row: JSONObject, pipelines: Pipelines) -> Callable[[Change], Joined]:
    """A function from a change of this deal to what is joined to it."""
    passed = history(row, PIPELINE)

    def stage(step: Step) -> Mapping[str, object]:
        # A stage is one of the pipeline that the deal was in; where a deal moves to another
        # pipeline, the two properties may be set a moment apart.
        sooner = [one.value for one in reversed(passed) if one.at <= step.at]
        later = [one.value for one in passed if one.at > step.at]
        likely = [*sooner[:1], *later, *sooner[1:], *pipelines.home(step.value)]
        return pipelines.stage(likely, step.value)

    def joined(change: Change) -> Joined:
        before, after = change
        told = {
            "from": (before.value if before else "") or None,
            "to": after.value or None,
            "at": iso(after.at),
        }
        joins: dict[str, Mapping[str, object]] = {CHANGE: told}
        if before and before.value:
            joins["from_stage"] = stage(before)
        if after.value:
            joins["to_stage"] = stage(after)
        return joins

    return joined
