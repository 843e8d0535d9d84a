"""What a person at a keyboard asks of lead events; answers are documents, times in UTC."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias

from crmsync.adapters import Context
from crmsync.destinations.atoka.api import AtokaApi
from crmsync.destinations.atoka.client import open_client
from crmsync.destinations.atoka.events import LeadEvent, moment_of
from crmsync.destinations.atoka.leads import Clues, Lead, Leads
from crmsync.destinations.atoka.refusals import RefusedError
from crmsync.destinations.atoka.settings import AtokaSettings
from crmsync.destinations.atoka.tags import bare, retagged, tags_in
from crmsync.destinations.atoka.windows import WINDOW
from crmsync.errors import ConfigError
from crmsync.receipts import Problem
from crmsync.reports import JSONObject, timestamp

Ordering: TypeAlias = Literal["newest", "oldest"]

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MAPPED: Final = re.compile(r"[:;] map (?:its|the) ")
_MARGIN: Final = timedelta(days=1)
"""How far a platform's wall clock may be from UTC, and a little more."""
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


class Noted(NamedTuple):
    """What an update of a note came to.

    Attributes:
        before: The note that was there.
        sent: The note that was asked for, tags included; equal to `before` where nothing was
            sent.
        event: The event as it is now.
        tags: What was kept in the note, though the person did not write it.
        cut: Whether the text was too long, and was shortened.
    """

    before: str
    sent: str
    event: JSONObject
    tags: tuple[str, ...]
    cut: bool


class Desk:
    """An account's lead events for a person. Raises what `AtokaApi` raises, and as said below.

    An event is told with its attributes in crmsync's spelling, `note` as it is, `text` the
    note without the tags of ours, `tags` these.
    """

    def __init__(
        self, api: AtokaApi, settings: AtokaSettings, close: Callable[[], None] | None = None
    ) -> None:
        self._api = api
        self._settings = settings
        self._close = close

    def close(self) -> None:
        """Close its connections."""
        if self._close is not None:
            self._close()

    def lead(self, *, vat: str = "", tax_id: str = "", name: str = "") -> Lead:
        """The one lead that is meant: by its number, by its name where there is none.

        Raises:
            ConfigError: There is none, or there are several; the message names them.
        """
        sure = self._settings.min_confidence
        leads = Leads(self._api, {}, min_confidence=sure, patient=False)
        found = leads.find(Clues(vat=vat, tax_id=tax_id, name=name))
        if isinstance(found, Problem):
            # What would be right in a mapping helps nobody at a keyboard.
            told = _MAPPED.split(found.message)[0]
            fault = found._replace(message=told)
            raise ConfigError([fault], hint="give the id of the one that is meant with --lead")
        return found

    def listed(
        self,
        leads: Sequence[str],
        *,
        since: datetime | None = None,
        ordering: Ordering = "newest",
        limit: int | None = None,
    ) -> list[JSONObject]:
        """The events of these leads by date, those of one date by id.

        What has no date that can be read comes last of the newest, first of the oldest.

        Args:
            leads: Their ids.
            since: Only what is dated then or later, by UTC or by the platform's own clock.
            ordering: Which come first.
            limit: No more than so many.
        """
        found = list(self._some(leads, since, ordering, limit))
        kept = [event for event in found if since is None or _is_since(event, since)]
        kept.sort(key=_place, reverse=ordering == "newest")
        return [told(event) for event in kept[:limit]]

    def _some(
        self, leads: Sequence[str], since: datetime | None, ordering: Ordering, limit: int | None
    ) -> Iterable[LeadEvent]:
        """Events among which those wanted are; few more where it can be."""
        from_the_end = ordering == "newest" or since is None
        if limit is not None and limit <= WINDOW and from_the_end:
            return self._api.first_of(leads, ordering, limit)
        return self._api.events_of(leads, until=since - _MARGIN if since else None)

    def updated_since(self, since: datetime) -> Iterator[JSONObject]:
        """Every event of every lead that was updated since, the earliest update first.

        Raises:
            CredentialsError: The account lacks the feature useLeadEventsSync.
        """
        return map(told, self._api.updated_since(since))

    def find(self, number: int) -> JSONObject | None:
        """An event; None where there is none."""
        event = self._event(number)
        return None if event is None else told(event)

    def _event(self, number: int) -> LeadEvent | None:
        try:
            return self._api.show(number)
        except RefusedError as error:
            if not error.missing:
                raise
            return None

    def show(self, number: int) -> JSONObject:
        """An event.

        Raises:
            ConfigError: There is none.
        """
        return told(self._must(number))

    def _must(self, number: int) -> LeadEvent:
        event = self._event(number)
        if event is None:
            fault = Problem("ID", "unknown_name", f"Atoka has no lead event {number}")
            raise ConfigError([fault], hint="`crmsync events list --lead ID` shows those of a lead")
        return event

    def note(self, number: int, text: str) -> Noted:
        """Give an event another note, in which crmsync's tags stay. May be done again.

        Raises:
            ConfigError: There is no such event.
        """
        event = self._must(number)
        before, limit = event.note or "", self._settings.max_note
        sent = retagged(text, event.note, limit=limit)
        cut = sent != retagged(text, event.note, limit=sys.maxsize)
        if sent != before:
            event = self._api.update(number, sent)
        return Noted(before, sent, told(event), tags_in(before), cut)

    def delete(self, number: int, *, force: bool = False) -> bool:
        """Delete an event, and tell whether it was there. May be done again."""
        return self._api.delete(number, force=force)

    def statuses(self) -> list[JSONObject]:
        """The statuses that the application has configured, in the platform's order."""
        return [status._asdict() for status in self._api.statuses()]


def open_desk(settings: AtokaSettings, context: Context) -> Desk:
    """Open an account. Nothing is sent, and no credential looked up, before the first call."""
    client = open_client(settings, context)
    return Desk(AtokaApi(client), settings, client.close)


def told(event: LeadEvent) -> JSONObject:
    """An event as a document. A day stays one, a moment is in UTC, what is neither as it is."""
    return {
        "id": event.id,
        "date": _when(event.date),
        "lead": event.lead,
        "type": event.type,
        "status": event.status,
        "assignee": event.assignee,
        "note": event.note,
        "text": bare(event.note),
        "tags": list(tags_in(event.note)),
        "created": _when(event.created),
        "update_time": _when(event.update_time),
        "owner": {"id": event.owner, "name": event.owner_name, "application": event.application},
        "note_visibility": event.note_visibility,
        "status_collection": event.status_collection,
    }


def _when(text: str | None) -> str | None:
    moment = moment_of(text)
    if moment is None or text is None or _DAY.fullmatch(text.strip()):
        return text
    return timestamp(moment.astimezone(UTC))


def _place(event: LeadEvent) -> tuple[datetime, int]:
    return moment_of(event.date) or _EARLIEST, event.id


def _is_since(event: LeadEvent, since: datetime) -> bool:
    moment = moment_of(event.date)
    return moment is None or max(moment, moment.replace(tzinfo=UTC)) >= since
