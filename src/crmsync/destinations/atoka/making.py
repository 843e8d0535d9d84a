"""From a change of a record to the event that tells of it: whose, what kind, with which note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from crmsync.destinations.atoka.encoding import pack
from crmsync.destinations.atoka.events import Event, lead_type
from crmsync.destinations.atoka.fields import (
    ASSIGNEE,
    CHANGED_AT,
    KEY,
    PREVIOUS,
    STAGE,
    STATUS,
    UNASSIGN,
    WATCHED,
)
from crmsync.destinations.atoka.leads import Clues, Lead
from crmsync.destinations.atoka.reconcile import Intent
from crmsync.destinations.atoka.settings import AtokaSettings, FirstSight
from crmsync.destinations.atoka.statuses import Status, check_status
from crmsync.destinations.atoka.tags import Identity, bare, tag_of, tagged
from crmsync.journal import Change, Unsent
from crmsync.payloads import Fields
from crmsync.receipts import Outcome, Problem, Severity
from crmsync.state import EventLine, Phase

_CLUES: Final = ("lead", "vat", "tax_id", "reg_number", "company")
_NOBODY: Final = Unsent(
    Outcome.SKIPPED,
    (
        Problem(
            "lead",
            "LEAD_MISSING",
            "nothing tells which lead it is about: map lead, vat, tax_id or company",
        ),
    ),
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Telling(NamedTuple):
    """What is told of an event besides its change.

    Attributes:
        nth: Tells it from the record's other events of the same moment; 0 where the moment does.
        lost: The record's last events, oldest first, that were refused: what they were to set
            never arrived.
        again: Whether it is the last of these once more, which says what that one said.
    """

    nth: int = 0
    lost: Sequence[Event] = ()
    again: bool = False


class _Sent(NamedTuple):
    """What an event sets."""

    status: str | None
    assignee: str | None
    unassign: bool


PLAIN: Final = Telling()


def judge(change: Change, *, first_sight: FirstSight) -> Unsent | None:
    """Why a change is no event, as far as it tells itself; None where it is one."""
    if clues_of(change.new) is None:
        return _NOBODY
    is_change = bool(change.new.get(PREVIOUS))
    if change.old is not None:
        # It is told once, whatever its stages are called later.
        return Unsent(Outcome.UNCHANGED) if is_change and not change.again else None
    if first_sight == "baseline" and not (is_change and _after_the_beginning(change)):
        return Unsent(Outcome.FILTERED)
    return None


def _after_the_beginning(change: Change) -> bool:
    """Whether it happened after the first pass began; where that is not known: was found after."""
    moment = moment_of(change)
    if not change.first_pass or moment is None or not change.began:
        return not change.first_pass
    return (moment - _EPOCH) // timedelta(milliseconds=1) > change.began


def make(
    change: Change,
    settings: AtokaSettings,
    *,
    find: Callable[[Clues], Lead | Problem],
    statuses: Callable[[], Sequence[Status]],
    now: datetime,
    telling: Telling = PLAIN,
) -> EventLine | Unsent:
    """The event of a change, to be journaled, or why there is none.

    Args:
        change: Of a record.
        settings: The account's.
        find: Asked only for a change that is an event, as *statuses*.
        statuses: What is configured at Atoka.
        now: The present.
        telling: What the change does not.
    """
    clues = clues_of(change.new)
    if clues is None:
        return _NOBODY
    sent = _sent(change, telling)
    if (wrong := _wrong_status(change, sent.status, settings, statuses)) is not None:
        return Unsent(Outcome.INVALID, (wrong,))
    lead = find(clues)
    if isinstance(lead, Problem):
        return Unsent(Outcome.INVALID, (lead,))
    event = _event(change, settings, lead, sent, telling)
    return _line(change, event, now)


def clues_of(fields: Fields) -> Clues | None:
    """What a record tells of its lead; None where it tells nothing."""
    told = told_by(fields)
    if told == Clues():
        return None
    return replace(told, type=lead_type(str(fields.get("type") or "company")))


def told_by(fields: Fields) -> Clues:
    """The clues in a record's values, whatever it says of the lead's type."""
    given = {name: str(fields.get(name) or "") for name in _CLUES}
    return Clues(
        id=given["lead"],
        vat=given["vat"],
        tax_id=given["tax_id"],
        reg_number=given["reg_number"],
        name=given["company"],
    )


def differs(change: Change) -> bool:
    """Whether it is one of something that events tell of, or a first sight."""
    return change.old is None or any(_changed(change, name) for name in WATCHED)


def _changed(change: Change, name: str) -> bool:
    """Whether a watched field is another than was noted. One not mapped then or now is not."""
    new, old = change.new, change.old or {}
    return name in new and name in old and new[name] != old[name]


def kind_of(change: Change) -> str:
    """What happened: `first sight`, `stage`, `status` or `assignee`."""
    if change.old is None:
        return STAGE if change.new.get(PREVIOUS) else "first sight"
    return next((name for name in (STAGE, STATUS) if _changed(change, name)), ASSIGNEE)


def note_of(change: Change) -> str:
    """What the note tells, without its tag: the mapped text, what changed, and when."""
    new, old = change.new, change.old or {}
    before = old.get(STAGE) or new.get(PREVIOUS)
    told = []
    first = change.old is None and new.get(STAGE) != before
    if first or _changed(change, STAGE):
        told.append(f"{before} → {new.get(STAGE) or 'no stage'}" if before else f"{new[STAGE]}")
    if _changed(change, ASSIGNEE):
        told.append(f"owner {old.get(ASSIGNEE) or 'nobody'} → {new.get(ASSIGNEE) or 'nobody'}")
    if (moment := moment_of(change)) is not None:
        told.append(f"{moment:%Y-%m-%d %H:%M:%S} UTC")
    return ": ".join(filter(None, (str(new.get("note") or ""), ", ".join(told))))


def moment_of(change: Change) -> datetime | None:
    """When it happened in the CRM, UTC; None where that does not say."""
    given = change.new.get(CHANGED_AT)
    if given:
        return datetime.fromisoformat(str(given)).astimezone(UTC)
    if not change.modified_at:
        return None
    return _EPOCH + timedelta(milliseconds=change.modified_at)


def _sent(change: Change, telling: Telling) -> _Sent:
    """What the event sets: what is new, and what an earlier one was to set in vain.

    What did not change is not sent: a person may have changed it at the platform since.
    """
    new, old, lost = change.new, change.old or {}, telling.lost
    owned = ASSIGNEE in new or UNASSIGN in new
    if telling.again and lost:
        return _Sent(lost[-1].status, lost[-1].assignee, lost[-1].unassign and owned)
    first = change.old is None
    owed = any(one.assignee or one.unassign for one in lost)
    status = first or _changed(change, STATUS) or any(one.status for one in lost)
    owner = first or owed or _changed(change, ASSIGNEE) or _changed(change, UNASSIGN)
    assignee = str(new.get(ASSIGNEE) or "") or None
    gone = ASSIGNEE in new and assignee is None and (owed or bool(old.get(ASSIGNEE)))
    return _Sent(
        status=(str(new.get(STATUS) or "") or None) if status else None,
        assignee=assignee if owner else None,
        unassign=owner and (bool(new.get(UNASSIGN)) or gone),
    )


def _wrong_status(
    change: Change,
    status: str | None,
    settings: AtokaSettings,
    statuses: Callable[[], Sequence[Status]],
) -> Problem | None:
    if not status:
        return None
    before = str((change.old or {}).get(STATUS) or "") or None
    hidden = settings.hidden_statuses
    found = check_status(status, statuses(), current=before, hidden=hidden)
    return found if found is not None and found.severity is Severity.ERROR else None


def _line(change: Change, event: Event, now: datetime) -> EventLine:
    moment = moment_of(change)
    return EventLine(
        tag=event.tag,
        sync=change.sync,
        record_id=change.record_id,
        lead=event.lead,
        order=((moment or now) - _EPOCH) // timedelta(milliseconds=1),
        phase=Phase.PLANNED,
        body=pack(Intent(event=event, order=0), moment),
        at=now,
    )


def _event(
    change: Change, settings: AtokaSettings, lead: Lead, sent: _Sent, telling: Telling
) -> Event:
    new, moment = change.new, moment_of(change)
    kind = lead_type(str(new.get("type") or "company"))
    at = moment.isoformat() if moment else ""
    tag = tag_of(
        Identity(
            source=change.source,
            object=change.object,
            record_id=change.record_id,
            key=str(new.get(KEY) or ""),
            lead=lead.id,
            type=kind,
            status=str(new.get(STATUS) or "") or None,
            assignee=str(new.get(ASSIGNEE) or "") or None,
            changed_at=f"{at}#{telling.nth}" if telling.nth else at,
            kind=kind_of(change),
        )
    )
    again = telling.again and telling.lost
    note = bare(telling.lost[-1].note) if again else note_of(change)
    return Event(
        tag=tag,
        lead=lead.id,
        type=kind,
        aliases=lead.aliases,
        note=tagged(note, tag if settings.note_tag else None, limit=settings.max_note),
        status=sent.status,
        assignee=sent.assignee,
        unassign=sent.unassign,
    )
