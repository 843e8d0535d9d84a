"""What the ledger's journal has of an event, known by the tags in its note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmsync.reports import timestamp
from crmsync.state import SETTLED, EventLine, Phase
from crmsync.wiring import Workspace


def lines_of(
    workspace: Workspace, destination: str, events: Sequence[Mapping[str, Any]]
) -> dict[str, EventLine]:
    """The journal's lines of these events, by tag; a tag that it does not have is absent."""
    tags = [tag for event in events for tag in event["tags"]]
    if not tags:
        return {}
    ledger = workspace.ledger(read_only=True)
    found = ((tag, ledger.event(destination, tag)) for tag in tags)
    return {tag: line for tag, line in found if line is not None}


def line_json(line: EventLine) -> dict[str, object]:
    """A line as a document."""
    return {
        "tag": line.tag,
        "sync": line.sync,
        "record": line.record_id,
        "phase": line.phase.value,
        "at": timestamp(line.at),
        "event": line.answer or None,
        "reason": line.reason or None,
    }


def after_deletion(event: Mapping[str, Any], lines: Mapping[str, EventLine]) -> str:
    """What crmsync does about the event when it is gone; empty where it is none of ours."""
    if not event["tags"]:
        return ""
    known = [lines[tag] for tag in event["tags"] if tag in lines]
    told = f"event {event['id']} has crmsync's mark"
    if not known:
        return (
            f"{told}, and is not in this ledger: the crmsync that has it will not create it again"
        )
    line = known[-1]
    whose = f"{told} (sync {line.sync}, record {line.record_id})"
    if line.phase in SETTLED or line.phase is Phase.PARKED:
        return f"{whose}, and will not be created again"
    return f"{whose}, which is not settled yet: a run that finds it gone creates it again"
