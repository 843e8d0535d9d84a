"""Where a read goes on: the stored cursor, and what it is worth."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from crmsync.engine.plans import SyncPlan
from crmsync.state import SyncState

_UNDER_WAY = "F"
_COMPLETE = "S"


class Start(NamedTuple):
    """Where a read begins.

    Attributes:
        cursor: The source's own; None reads everything from the start.
        in_pass: Whether that goes on with a full pass which an earlier run began.
        live: Live records that this pass has read before.
    """

    cursor: str | None = None
    in_pass: bool = False
    live: int = 0


def stored_cursor(plan: SyncPlan, cursor: str, *, live: int | None) -> str:
    """A source's cursor as it is stored.

    It begins with the digest of the mapping that it was made under, since what an older
    mapping settled must be mapped anew, and with how far a full pass has come: *live* is
    how many live records it has read, None where no pass is under way.
    """
    mark = _COMPLETE if live is None else f"{_UNDER_WAY}{live}"
    return f"{plan.mapper.digest}:{mark}:{cursor}"


def where_to_start(plan: SyncPlan, state: SyncState, now: datetime) -> Start:
    """Where the next ordinary read begins.

    A full pass is due after `full_every`, but one that is under way is finished first:
    else one that never fits into a run would never end.
    """
    digest, _, rest = (state.cursor or "").partition(":")
    mark, _, cursor = rest.partition(":")
    if digest != plan.mapper.digest or not cursor:
        return Start()
    if mark.startswith(_UNDER_WAY):
        return Start(cursor, in_pass=True, live=int(mark.removeprefix(_UNDER_WAY)))
    age = (now - state.full_at).total_seconds() if state.full_at else 0.0
    return Start() if age >= plan.full_every else Start(cursor)
