"""Lead events as values: one that we want to be there, and one as Atoka tells it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final, Literal, NamedTuple, TypeAlias

from crmsync.errors import RecordError
from crmsync.values import Value

LeadType: TypeAlias = Literal["company", "person"]

# "Choose only one among: company, person": Lead Events Creation, read 2026-11-21.
_TYPES: Final[Mapping[str, LeadType]] = {"company": "company", "person": "person"}


class Event(Value):
    """One event that is to be created, once.

    Attributes:
        tag: What tells it from every other, 12 hexadecimal digits (`tags.tag_of`).
        lead: The id of the lead that it is about, the one that answers have. Events of equal
            leads are created in order.
        aliases: Other ids of the same lead.
        note: As it is sent, with the tag where notes are tagged.
        day: Sent as `date`; None lets the platform take its own present.
        assignee: Who the lead is assigned to; None leaves that as it is.
        unassign: Whether the lead is to be assigned to nobody; wins over `assignee`.
    """

    tag: str
    lead: str
    type: LeadType = "company"
    aliases: tuple[str, ...] = ()
    note: str = ""
    status: str | None = None
    day: date | None = None
    assignee: str | None = None
    unassign: bool = False


class LeadEvent(NamedTuple):
    """One event as Atoka tells it. Texts are its own; what it leaves out is None.

    Attributes:
        date: When it happened, `created` when it was registered. Their form is not documented:
            see `moment_of`.
        update_time: As `fromUpdateTime` takes it.
        owner: Who registered it: the user's id.
        application: The application that registered it.
        owner_name: The user's name.
        note_visibility: Who sees the note; its values are not documented.
        status_collection: Which set of statuses `status` is of.
    """

    id: int
    lead: str
    type: str
    status: str | None
    note: str | None
    date: str | None
    created: str | None
    update_time: str | None
    assignee: str | None
    owner: str | None
    application: str | None
    owner_name: str | None = None
    note_visibility: str | None = None
    status_collection: str | None = None


def lead_type(text: str) -> LeadType:
    """The type that a text names, in any case.

    Raises:
        RecordError: It names none.
    """
    found = _TYPES.get(text.strip().lower())
    if found is None:
        raise RecordError(
            f"lead type {text[:40]!r} is neither company nor person",
            hint="map the lead's type to one of the two, or leave it out for company",
        )
    return found


def parameters(event: Event) -> tuple[tuple[str, str], ...]:
    """The parameters that create an event, in the document's order; none without a value.

    Where both an assignee and none are wanted, the assignee is left out: `leadAssigneeRemove`
    "has priority over leadAssignee" (Lead Events Creation, read 2026-11-21).
    """
    given = {
        "lead": event.lead,
        "type": event.type,
        "note": event.note,
        "status": event.status,
        "date": event.day.isoformat() if event.day else None,
        "leadAssignee": None if event.unassign else event.assignee,
        "leadAssigneeRemove": "true" if event.unassign else None,
    }
    return tuple((name, value) for name, value in given.items() if value)


def moment_of(text: str | None) -> datetime | None:
    """The moment that a date of Atoka's names, aware; None where it is none.

    One without a zone is taken for UTC, a day for its beginning: so it may be wrong by a day.
    """
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
