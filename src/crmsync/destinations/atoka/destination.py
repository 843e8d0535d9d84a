"""An Atoka account as crmsync uses it: makes events of changes, and delivers them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

from typing_extensions import override

from crmsync.adapters import Context
from crmsync.destinations.atoka.api import AtokaApi
from crmsync.destinations.atoka.caching import LeadNotes
from crmsync.destinations.atoka.checks import checks
from crmsync.destinations.atoka.client import Client, open_client
from crmsync.destinations.atoka.delivering import Delivery
from crmsync.destinations.atoka.encoding import unpack
from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.leads import Clues, Lead, Leads
from crmsync.destinations.atoka.making import Telling, differs, make, moment_of
from crmsync.destinations.atoka.reconcile import released
from crmsync.destinations.atoka.settings import AtokaSettings
from crmsync.destinations.atoka.statuses import Status
from crmsync.destinations.atoka.tags import bare, digest_of
from crmsync.interfaces import CheckResult, EventDestination, Traffic
from crmsync.journal import Change, Journal, Unsent
from crmsync.receipts import Outcome, Problem
from crmsync.state import SETTLED, EventLine, Phase


class Atoka(EventDestination):
    """An account. Statuses are asked for once, when the first event has one."""

    def __init__(self, settings: AtokaSettings, context: Context, client: Client) -> None:
        self._settings = settings
        self._context = context
        self._client = client
        self._api = AtokaApi(client)
        self._statuses: tuple[Status, ...] | None = None
        self._leads: Leads | None = None

    @property
    @override
    def traffic(self) -> Traffic:
        return self._client.traffic

    @override
    def check(self) -> Iterator[CheckResult]:
        return checks(self._context.name, self._settings, self._known_statuses)

    @override
    def event(self, change: Change, journal: Journal) -> EventLine | Unsent:
        if change.old is None:
            lines: Sequence[EventLine] = ()
        else:
            lines = journal.events_of(change.sync, change.record_id)
        again = change.again and not differs(change)
        if again and (open_still := _open(lines)) is not None:
            return self._let_go(open_still)
        telling = Telling(lost=_refused(lines), again=again)
        if moment_of(change) is not None:
            line = self._made(change, journal, telling)
            if isinstance(line, Unsent) or self._is_free(line, journal):
                return line
            if not again and self._is_told(line, journal):
                return Unsent(Outcome.UNCHANGED)  # this very event stands in the journal
        return self._numbered(change, journal, telling)

    def _let_go(self, line: EventLine) -> EventLine:
        """An open event that is asked for again; one that is parked may be sent once more."""
        entry = unpack(line, 0)
        intent = released(entry.intent) if line.phase is Phase.PARKED else entry.intent
        return entry.renewed(intent, self._context.clock.now()).line

    def _numbered(self, change: Change, journal: Journal, telling: Telling) -> EventLine | Unsent:
        """Make an event that its moment does not tell from the record's others.

        A change that is read again, because it was not journaled, gets the same number again.
        """
        nth = len(journal.events_of(change.sync, change.record_id)) + 1
        while True:
            line = self._made(change, journal, telling._replace(nth=nth))
            if isinstance(line, Unsent) or self._is_free(line, journal):
                return line
            nth += 1

    def _is_free(self, line: EventLine, journal: Journal) -> bool:
        """Whether a line may be written: its tag is new, or is of what was refused of it last."""
        known = journal.event(self._context.name, line.tag)
        if known is None:
            return True
        return known.phase is Phase.REFUSED and _is_last(known, line, journal)

    def _is_told(self, line: EventLine, journal: Journal) -> bool:
        known = journal.event(self._context.name, line.tag)
        told = known is not None and _told(known) in (_told(line), digest_of(_told(line)))
        return told and known is not None and _is_last(known, line, journal)

    def _made(self, change: Change, journal: Journal, telling: Telling) -> EventLine | Unsent:
        return make(
            change,
            self._settings,
            find=lambda clues: self._found(clues, journal),
            statuses=self._known_statuses,
            now=self._context.clock.now(),
            telling=telling,
        )

    @override
    def deliver(self, journal: Journal, told: Callable[[EventLine], None]) -> None:
        Delivery(
            self._api,
            journal,
            self._settings,
            self._context.clock,
            destination=self._context.name,
            told=told,
        ).run()

    @override
    def close(self) -> None:
        self._client.close()

    def _found(self, clues: Clues, journal: Journal) -> Lead | Problem:
        if self._leads is None:
            notes = LeadNotes(journal, self._context.name)
            sure = self._settings.min_confidence
            self._leads = Leads(self._api, notes, min_confidence=sure)
        return self._leads.find(clues)

    def _known_statuses(self) -> Sequence[Status]:
        if self._statuses is None:
            self._statuses = self._api.statuses()
        return self._statuses


def _open(lines: Sequence[EventLine]) -> EventLine | None:
    """Which of a record's lines is to be let go: one that is parked before the last."""
    parked = [line for line in lines if line.phase is Phase.PARKED]
    chosen = parked[:1] or lines[-1:]
    return chosen[0] if chosen and chosen[0].phase not in SETTLED else None


def _refused(lines: Sequence[EventLine]) -> tuple[Event, ...]:
    """The record's events that were refused since the last that was not, oldest first."""
    found = takewhile(lambda line: line.phase is Phase.REFUSED, reversed(lines))
    return tuple(unpack(line, 0).intent.event for line in found)[::-1]


def _is_last(known: EventLine, line: EventLine, journal: Journal) -> bool:
    """Whether a line with the same tag is the last of the same record."""
    if (known.sync, known.record_id) != (line.sync, line.record_id):
        return False
    return journal.events_of(line.sync, line.record_id)[-1].tag == known.tag


def _told(line: EventLine) -> str:
    return bare(unpack(line, 0).intent.event.note)


def open_account(settings: AtokaSettings, context: Context) -> EventDestination:
    """Open an account. Nothing is sent, and no credential looked up, before the first call."""
    return Atoka(settings, context, open_client(settings, context))
