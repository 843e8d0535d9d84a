"""Atoka's lead events and look-ups, one method a call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from crmsync.destinations.atoka import windows
from crmsync.destinations.atoka.answers import (
    Company,
    Page,
    companies_of,
    item_of,
    page_of,
    result_of,
    statuses_of,
)
from crmsync.destinations.atoka.client import Client, several
from crmsync.destinations.atoka.events import Event, LeadEvent, parameters
from crmsync.destinations.atoka.reconcile import Ending, Result
from crmsync.destinations.atoka.refusals import RefusedError
from crmsync.destinations.atoka.statuses import Status
from crmsync.errors import CrmsyncError, RecordError

# "Atoka API User Reference", Lead Events, v20240416.0917, read 2026-11-21.
EVENTS: Final = "/v2/leadevents"
# Look-ups by number, and by likeness with a confidence from 0 to 1:
# https://developers.atoka.io/v2/companies.html, read 2026-11-21.
_COMPANIES: Final = "/v2/companies"
_FEW: Final = 10


class Creation(NamedTuple):
    """What became of one request to create an event.

    Attributes:
        result: For `reconcile.ended`.
        event: What was created; None where that is not known.
        error: What it ended with; None where it was created. A CredentialsError, a ConfigError
            or a StoppedError ends the run at this destination, as does any other FatalError.
    """

    result: Result
    event: LeadEvent | None = None
    error: CrmsyncError | None = None

    @property
    def lead_unknown(self) -> bool:
        """Whether it was refused because Atoka does not know the lead."""
        return isinstance(self.error, RefusedError) and self.error.missing


class AtokaApi:
    """The calls. Safe to use from several threads.

    Every method but `create` may raise RetryableError (after the one retry policy gave up),
    RefusedError, CredentialsError and FatalError.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def create(self, event: Event) -> Creation:
        """Create an event, by one request that may arrive. Never raises what a result tells.

        Requests that surely did not arrive are sent again inside, as the retry policy has it.
        """
        try:
            made = item_of(self._client.create(EVENTS, parameters(event)))
        except CrmsyncError as error:
            return Creation(result_of(error), error=error)
        return Creation(Result(Ending.CREATED, made.id), event=made)

    def events_of(
        self, leads: Sequence[str], *, until: datetime | None = None
    ) -> Iterator[LeadEvent]:
        """Every event of these leads, each once, read as it is asked for.

        Of any fifty leads the newest comes first. What is dated before *until* may be missing.
        """
        return windows.of_leads(self._page_of_leads, leads, until)

    def first_of(self, leads: Sequence[str], ordering: str, count: int) -> Iterator[LeadEvent]:
        """The first events of any fifty of these leads, `newest` or `oldest` first.

        *count* is how many of any fifty leads, at most `windows.WINDOW`.
        """
        return windows.first(self._page_of_leads, leads, ordering, count)

    def updated_since(self, since: datetime) -> Iterator[LeadEvent]:
        """Every event of every lead that was updated since a moment, each once.

        Needs the feature useLeadEventsSync; without it, a CredentialsError says so.
        """
        text = since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return windows.updated(self._page_since, text)

    def show(self, number: int) -> LeadEvent:
        """One event; a RefusedError that is `missing` where there is none."""
        return item_of(self._client.read(_path(number)))

    def update(self, number: int, note: str) -> LeadEvent:
        """Change the note: "only the note text can be updated" (Lead Event Update)."""
        return item_of(self._client.change(_path(number), [("note", note)]))

    def delete(self, number: int, *, force: bool = False) -> bool:
        """Delete one event, and tell whether it was there. What `force` does is not documented."""
        try:
            self._client.delete(_path(number), [("forceDelete", "true")] if force else [])
        except RefusedError as error:
            if not error.missing:
                raise
            return False
        return True

    def statuses(self) -> tuple[Status, ...]:
        """The statuses that the application has configured, hidden ones too."""
        return statuses_of(self._client.read(f"{EVENTS}/statuses"))

    def companies(self, parameter: str, number: str) -> tuple[Company, ...]:
        """The first ten companies with a number: `vat`, `taxIds` or `regNumbers`.

        It costs no credits: only details do.
        """
        given = [(parameter, several([number])), ("limit", str(_FEW))]
        return companies_of(self._client.read(_COMPANIES, given))

    def match(self, name: str, *, min_confidence: float) -> tuple[Company, ...]:
        """The first ten companies that a name may mean, at least that sure."""
        given = [("name", name), ("minConfidence", f"{min_confidence:g}"), ("limit", str(_FEW))]
        found = companies_of(self._client.read(f"{_COMPANIES}/match", given))
        return tuple(one for one in found if (one.confidence or 0.0) >= min_confidence)

    def _page_of_leads(self, leads: Sequence[str], ordering: str, offset: int, limit: int) -> Page:
        given = {"leads": several(leads), "ordering": ordering, "offset": offset, "limit": limit}
        return page_of(self._read(given, EVENTS))

    def _page_since(self, since: str, offset: int, limit: int) -> Page:
        given = {"fromUpdateTime": since, "offset": offset, "limit": limit}
        return page_of(self._read(given, f"{EVENTS}/sync", user=False))

    def _read(
        self, given: Mapping[str, object], path: str, *, user: bool = True
    ) -> Mapping[str, Any]:
        pairs = [(name, str(value)) for name, value in given.items()]
        return self._client.read(path, pairs, user=user)


def _path(number: int) -> str:
    """An event's path. Ids are numbers: `statuses` and `sync` are paths of the same form."""
    if number < 1:
        raise RecordError(f"{number} is no lead event's id", hint="ids are numbers from 1 on")
    return f"{EVENTS}/{number}"
