"""Creates the events that stand in the journal, each once; settles those that are uncertain.

What to do is decided by `reconcile`. Here are the threads, the time, and the order in which
things become durable: an intent before its request leaves, an ending before the next event of
that lead.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple, TypeAlias

from crmsync.destinations.atoka.api import AtokaApi, Creation
from crmsync.destinations.atoka.caching import LeadNotes
from crmsync.destinations.atoka.dates import day_for, today
from crmsync.destinations.atoka.encoding import Entry, unpack
from crmsync.destinations.atoka.events import Event
from crmsync.destinations.atoka.queues import Queues
from crmsync.destinations.atoka.reconcile import (
    Action,
    Ending,
    Intent,
    Result,
    decide,
    ended,
    intended,
    looked,
    refused_with,
)
from crmsync.destinations.atoka.refusals import RefusedError
from crmsync.destinations.atoka.searching import Seen, search
from crmsync.destinations.atoka.settings import AtokaSettings
from crmsync.errors import CrmsyncError, FatalError, RetryableError, StoppedError
from crmsync.interfaces import Clock
from crmsync.journal import Journal
from crmsync.state import SETTLED, EventLine, Phase

_DARK_AFTER: Final = 8
"""Creations in a row without an answer, after which nothing is sent until a look succeeds."""
_LATER: Final = "run again later: what was sent is looked for first, the rest waits"
_SYSTEMATIC_AFTER: Final = 8
"""Refusals in a row for one reason: then it is no fault of single events."""


class _Created(NamedTuple):
    """A request to create a lead's first event ended."""

    lead: str
    creation: Creation


_Ended: TypeAlias = _Created | Seen


class Delivery:
    """One run over a destination's journal. Call `run` once.

    *told* hears of each line's new phase once it is durable.
    """

    def __init__(
        self,
        api: AtokaApi,
        journal: Journal,
        settings: AtokaSettings,
        clock: Clock,
        *,
        destination: str,
        told: Callable[[EventLine], None],
    ) -> None:
        self._api = api
        self._journal = journal
        self._settings = settings
        self._clock = clock
        self._destination = destination
        self._told = told
        self._queues = Queues(journal, destination, settings.rules)
        self._inbox: SimpleQueue[_Ended] = SimpleQueue()
        self._unsaved: list[EventLine] = []
        self._flying = 0
        self._looking = False
        self._began, self._began_at = clock.now(), clock.monotonic()
        self._error: CrmsyncError | None = None
        self._dark = 0
        self._refused = ("", 0)
        self._blind: RetryableError | None = None
        self._left: RetryableError | None = None

    def run(self) -> None:
        """Create and settle until nothing more can be done in this run.

        Raises:
            CrmsyncError: What ended it early, after what was under way has ended.
        """
        # One thread more than create: looking must not wait for them.
        with ThreadPoolExecutor(self._settings.in_flight + 1, "atoka") as workers:
            try:
                self._drive(workers)
            finally:
                while self._flying or self._looking:
                    self._take()
                self._save()
        if self._error is None and self._queues.ready:
            self._error = RetryableError(
                f"Atoka left {self._dark} requests in a row without an answer", hint=_LATER
            )
        self._error = self._error or self._left
        if self._error is not None:
            raise self._error

    def _drive(self, workers: ThreadPoolExecutor) -> None:
        while self._error is None:
            now = self._now()
            self._unsaved += self._queues.fill(now)
            self._send(workers, now)
            until = self._look(workers, now)
            if self._flying or self._looking:
                self._take()
            elif not self._can_send:
                if until is None:
                    return
                self._pause((until - self._now()).total_seconds())
            self._pause(0)

    @property
    def _can_send(self) -> bool:
        return bool(self._queues.ready) and self._error is None and self._dark < _DARK_AFTER

    def _pause(self, seconds: float) -> None:
        try:
            self._clock.sleep(max(0.0, seconds))
        except StoppedError as error:
            self._fail(error)

    def _now(self) -> datetime:
        """The present: a wall clock that is set while this runs must not shorten a wait."""
        return self._began + timedelta(seconds=self._clock.monotonic() - self._began_at)

    def _fail(self, error: CrmsyncError) -> None:
        self._error = self._error or error

    def _save(self) -> None:
        """Make every new line durable at once, then tell of them."""
        lines, self._unsaved = self._unsaved, []
        if lines:
            self._journal.journal(self._destination, lines)
        for line in lines:
            self._told(line)

    def _take(self) -> None:
        """Take what ended: one, or as many as have."""
        self._ended(self._inbox.get())
        try:
            while True:
                self._ended(self._inbox.get_nowait())
        except Empty:
            return

    def _ended(self, event: _Ended) -> None:
        if isinstance(event, _Created):
            self._created(event.lead, event.creation)
        else:
            self._seen(event)

    # Sending.

    def _send(self, workers: ThreadPoolExecutor, now: datetime) -> None:
        """Make the intents of several leads durable at once, then let their requests leave."""
        leaving: list[tuple[str, Event]] = []
        while self._can_send and self._flying + len(leaving) < self._settings.in_flight:
            lead = self._queues.ready.popleft()
            entry = self._queues.head(lead)
            intent = intended(self._dated(lead, entry, now), now)
            self._put(lead, entry.renewed(intent, now))
            leaving.append((lead, intent.event))
        self._save()
        for lead, event in leaving:
            self._flying += 1
            workers.submit(self._create, lead, event)

    def _create(self, lead: str, event: Event) -> None:
        creation = Creation(Result(Ending.UNKNOWN, reason="crmsync failed while it was sent"))
        try:
            creation = self._api.create(event)
        except Exception as error:  # noqa: BLE001 - told in the driver's thread
            creation = creation._replace(error=_bug(error))
        finally:
            self._inbox.put(_Created(lead, creation))

    def _dated(self, lead: str, entry: Entry, now: datetime) -> Intent:
        """The intent with the day it is sent with, where events carry the CRM's date."""
        intent, mode = entry.intent, self._settings.dates
        if mode == "omit" or intent.attempt or entry.moment is None:
            return intent
        if lead not in self._queues.days:
            names = (intent.event.lead, *intent.event.aliases)
            held = self._journal.last_settled(self._destination, names)
            self._queues.days[lead] = _day(unpack(held, 0), held.at) if held else None
        latest = self._queues.days[lead]
        day = day_for(entry.moment, latest=latest, now=now, mode=mode)
        return replace(intent, event=replace(intent.event, day=day))

    def _created(self, lead: str, creation: Creation) -> None:
        self._flying -= 1
        now, entry = self._now(), self._queues.head(lead)
        if creation.result.ending is Ending.DATE_REFUSED:
            entry = entry._replace(moment=None)  # it is sent without a date, and not dated again
        intent = ended(entry.intent, creation.result, now, self._settings.rules)
        self._put(lead, entry.renewed(intent, now))
        self._judge(creation, intent.phase)
        if intent.phase is Phase.REFUSED and creation.lead_unknown:
            self._refuse_rest(lead, intent, now)
        elif intent.phase in SETTLED:
            self._settled(lead, now)
        else:
            self._queues.sort(lead)

    def _settled(self, lead: str, now: datetime) -> None:
        """The first event of a lead is settled, and durable before the next one's intent."""
        entry = self._queues.head(lead)
        if entry.line.phase is Phase.ACCEPTED and lead in self._queues.days:
            self._queues.days[lead] = _day(entry, now)
        self._queues.next(lead)

    def _refuse_rest(self, lead: str, first: Intent, now: datetime) -> None:
        """Atoka does not know the lead by that id: what waits behind for it is refused as well.

        How the lead was found is forgotten, so that it is looked up anew.
        """
        event = first.event
        LeadNotes(self._journal, self._destination).forget((event.lead, *event.aliases))
        waiting = self._queues.waiting(lead)
        theirs = [entry for entry in waiting if entry.intent.event.lead == event.lead]
        refused = refused_with([entry.intent for entry in theirs], first.reason)
        for entry, intent in zip(theirs, refused, strict=True):
            self._unsaved.append(entry.renewed(intent, now).line)
        self._queues.refuse(lead, [entry for entry in waiting if entry not in theirs])

    def _judge(self, creation: Creation, phase: Phase) -> None:
        """Whether sending should go on after this ending."""
        (ending, _, reason), error = creation.result, creation.error
        self._dark = self._dark + 1 if ending is Ending.UNKNOWN else 0
        if creation.lead_unknown:
            return  # it is that lead's fault, whatever the words
        if phase is Phase.REFUSED:
            self._refused = (reason, self._refused[1] + 1 if self._refused[0] == reason else 1)
            if self._refused[1] >= _SYSTEMATIC_AFTER:
                self._fail(_systematic(reason))
        elif ending is not Ending.DATE_REFUSED:
            self._refused = ("", 0)
        if error is None or isinstance(error, RefusedError):
            return
        if ending is Ending.NOT_SENT or not isinstance(error, RetryableError):
            self._fail(error)

    # Looking.

    def _look(self, workers: ThreadPoolExecutor, now: datetime) -> datetime | None:
        """Look for what is due; gives when the next becomes due, None where none will."""
        due: dict[str, Intent] = {}
        until: list[datetime] = []
        for lead in list(self._queues.unsure):
            decision = decide(self._queues.head(lead).intent, now, self._settings.rules)
            if decision.action is Action.LOOK:
                due[lead] = decision.intent
            elif decision.until is not None:
                until.append(decision.until)
            elif decision.action is Action.SEND:
                self._queues.resend(lead)
            else:
                self._leave(lead, decision.intent.phase)
        if due and not self._looking:
            self._looking = True
            names = (name for one in due.values() for name in (one.event.lead, *one.event.aliases))
            held = self._journal.settled_events(self._destination, list(dict.fromkeys(names)))
            taken = frozenset(int(line.answer) for line in held if line.answer)
            workers.submit(self._search, due, taken, now)
        return min(until, default=None)

    def _leave(self, lead: str, phase: Phase) -> None:
        """Nothing more is done about a lead in this run: it is PARKED, or no look succeeded."""
        self._queues.leave(lead)
        if phase is Phase.UNKNOWN:
            self._left = self._blind

    def _search(self, due: dict[str, Intent], taken: frozenset[int], now: datetime) -> None:
        seen = Seen({}, FatalError("crmsync failed while it looked for events"))
        try:
            sync = self._settings.lead_events_sync
            rules = self._settings.rules
            seen = search(self._api, due, taken=taken, now=now, sync=sync, rules=rules)
        except Exception as error:  # noqa: BLE001 - told in the driver's thread
            seen = Seen({}, _bug(error))
        finally:
            self._inbox.put(seen)

    def _seen(self, seen: Seen) -> None:
        self._looking = False
        now = self._now()
        for lead, look in seen.looks.items():
            entry = self._queues.head(lead)
            intent = looked(entry.intent, look, self._settings.rules)
            self._put(lead, entry.renewed(intent, now))
            self._dark = self._dark if look.failed else 0
            if intent.phase in SETTLED:
                self._settled(lead, now)
        if isinstance(seen.error, RetryableError):
            self._blind = seen.error
        if seen.error is not None and not self._may_pass(seen.error):
            self._fail(seen.error)

    def _may_pass(self, error: CrmsyncError) -> bool:
        """Whether other leads may go on after a look that could not be made."""
        return isinstance(error, RetryableError) and not error.final and self._dark < _DARK_AFTER

    def _put(self, lead: str, entry: Entry) -> None:
        self._queues.put(lead, entry)
        self._unsaved.append(entry.line)


def _day(entry: Entry, at: datetime) -> date:
    """The day of an event that the platform has since that moment."""
    return entry.intent.event.day or today(at)


def _systematic(reason: str) -> FatalError:
    return FatalError(
        f"Atoka refused {_SYSTEMATIC_AFTER} events in a row for one reason: {reason}",
        hint="mend the mapping or the destination's settings, then run "
        "`crmsync quarantine retry`; nothing else was sent",
    )


def _bug(error: Exception) -> FatalError:
    return FatalError(
        f"this is a bug in crmsync: {type(error).__name__}",
        hint="please report it, with what `crmsync --log-level debug COMMAND …` shows",
    )
