"""What becomes of an event between its intent and its end, decided from values alone.

PLANNED ─intended─► SENDING ─ended─► ACCEPTED
   ▲                   │  │  └─────► REFUSED
   └──surely not sent──┘  └────────► UNKNOWN ─looked─► ACCEPTED | PARKED | sent once more

No request, no clock, no store here: the caller makes every new value durable before it acts on
it, and hands in the time. After a crash, what was SENDING is UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from crmsync.destinations.atoka.events import Event
from crmsync.state import SETTLED, Phase
from crmsync.values import Value

_ATTEMPTS: Final = 2


class Rules(Value):
    """How an uncertain event is settled.

    Attributes:
        looks: Seconds after which it is looked for, ascending. The last is the quiet period: no
            event is sent again before it has passed. It must be longer than a request that
            timed out can still take effect, plus the time until lists show it.
    """

    looks: tuple[float, ...] = (5.0, 30.0, 120.0)


class Intent(Value):
    """One event's line in the journal.

    Attributes:
        order: Its place among the events of its lead; unique there.
        attempt: Requests that were or may have been made for it, 0 before the first. One that
            surely did not arrive is taken back.
        allowed: How many there may be.
        first_at: When the first was about to leave; None before.
        since: When it became uncertain whether the last arrived; None where it is not.
        absences: Looks since then that did not find it, each at its time or later.
        failures: Looks of this run that could not be made.
        failed_at: When the last of these was tried.
        id: What the platform calls it; None until that is known.
        duplicates: Ids of further events that are it.
        reason: Why it is where it is, for people.
    """

    event: Event
    order: int
    phase: Phase = Phase.PLANNED
    attempt: int = 0
    allowed: int = _ATTEMPTS
    first_at: datetime | None = None
    since: datetime | None = None
    absences: int = 0
    failures: int = 0
    failed_at: datetime | None = None
    id: int | None = None
    duplicates: tuple[int, ...] = ()
    reason: str = ""


class Ending(StrEnum):
    """What one request to create an event came to."""

    CREATED = "created"
    NOT_SENT = "not_sent"
    """It surely did not take effect, and may be sent again as it is."""
    REFUSED = "refused"
    """The platform read it and did not take it."""
    DATE_REFUSED = "date_refused"
    """The same, for its date."""
    UNKNOWN = "unknown"
    """Anything else."""


class Result(NamedTuple):
    """A request's ending, with the id where it is CREATED and the words where it is not."""

    ending: Ending
    id: int | None = None
    reason: str = ""


class Look(NamedTuple):
    """What one look at the platform came to.

    Attributes:
        at: When it began.
        ids: What was found of the event, ascending; empty where nothing was.
        doubt: Why neither can be told; empty where it can.
        failed: Whether it could not be made.
    """

    at: datetime
    ids: tuple[int, ...] = ()
    doubt: str = ""
    failed: bool = False


class Action(StrEnum):
    """What to do next about an event."""

    SEND = "send"
    """Make `intended` durable, then create it."""
    LOOK = "look"
    WAIT = "wait"
    """Nothing before `until`."""
    HOLD = "hold"
    """Nothing while a request is under way, or an earlier event of its lead is not settled."""
    OWE = "owe"
    """Nothing more in this run."""
    DONE = "done"


class Decision(NamedTuple):
    """What to do next about an event, and from when on where it is to WAIT."""

    action: Action
    intent: Intent
    until: datetime | None = None


def intended(intent: Intent, at: datetime) -> Intent:
    """The line that must be durable before the request leaves."""
    return replace(
        intent,
        phase=Phase.SENDING,
        attempt=intent.attempt + 1,
        first_at=intent.first_at or at,
        reason="",
    )


def ended(intent: Intent, result: Result, at: datetime, rules: Rules) -> Intent:
    """The line after the request it was SENDING has ended, at that moment."""
    match result.ending:
        case Ending.CREATED:
            return replace(intent, phase=Phase.ACCEPTED, id=result.id, since=None, reason="")
        case Ending.NOT_SENT:
            return _taken_back(intent, result.reason, rules)
        case Ending.DATE_REFUSED if intent.attempt == 1 and intent.event.day:
            # Not created for its date: without one it is always in order.
            undated = replace(intent, event=replace(intent.event, day=None))
            return _taken_back(undated, result.reason, rules)
        case Ending.DATE_REFUSED if intent.attempt > 1:
            # The date is not after the most recent event: that may be this very one.
            return _unknown(intent, result.reason, at)
        case Ending.REFUSED | Ending.DATE_REFUSED:
            return replace(intent, phase=Phase.REFUSED, since=None, reason=result.reason)
        case Ending.UNKNOWN:
            return _unknown(intent, result.reason, at)


def looked(intent: Intent, look: Look, rules: Rules) -> Intent:
    """The line after a look for what is UNKNOWN."""
    if look.failed:
        return replace(intent, failures=intent.failures + 1, failed_at=look.at)
    if look.ids:
        first, *more = sorted(set(look.ids))
        told = f"there {len(more) + 1} times, also as {', '.join(map(str, more))}" if more else ""
        return replace(
            intent, phase=Phase.ACCEPTED, id=first, duplicates=tuple(more), since=None, reason=told
        )
    if look.doubt:
        return replace(intent, phase=Phase.PARKED, reason=look.doubt)
    since = intent.since or look.at
    absences = sum(since + timedelta(seconds=after) <= look.at for after in rules.looks)
    seen = replace(intent, since=since, absences=max(absences, intent.absences), failures=0)
    if absences == len(rules.looks) and intent.attempt >= intent.allowed:
        reason = f"sent {intent.attempt} times, never answered and never found"
        return replace(seen, phase=Phase.PARKED, reason=reason)
    return seen


def is_last(intent: Intent, at: datetime, rules: Rules) -> bool:
    """Whether a look at that moment which does not find it settles that it is not there."""
    return (intent.since or at) + timedelta(seconds=rules.looks[-1]) <= at


def resumed(intent: Intent, at: datetime, rules: Rules) -> Intent:
    """The line as a new run takes it over.

    What was being sent when the last one ended is UNKNOWN from now on. What is UNKNOWN starts
    its quiet period anew, and its absences too: how long the last run is over, only a wall
    clock could tell, and that may have been set. So it costs one more quiet period a run, and
    the last look comes a quiet period, truly, after anything that could be under way.

    What is PARKED because it was not found then is past that: one more look is enough. In
    doubt it may have been parked sooner.
    """
    if intent.phase is Phase.SENDING:
        return _unknown(intent, "the run that sent it was cut off", at)
    if intent.phase not in (Phase.UNKNOWN, Phase.PARKED):
        return intent
    looks = len(rules.looks)
    past = intent.phase is Phase.PARKED and intent.absences >= looks
    since = min(intent.since or at, at) if past else at
    absences = looks - 1 if past else 0
    return replace(intent, phase=Phase.UNKNOWN, since=since, absences=absences, failures=0)


def released(intent: Intent) -> Intent:
    """A PARKED line that a person lets be sent once more, if a fresh look does not find it."""
    return replace(intent, allowed=intent.attempt + 1)


def decide(intent: Intent, now: datetime, rules: Rules) -> Decision:
    """What to do next about an event that no other of its lead stands before.

    *now* is the time at which the run began plus the seconds that have really passed since: a
    wall clock that is set forward must not shorten the quiet period.
    """
    match intent.phase:
        case Phase.PLANNED:
            return Decision(Action.SEND, intent)
        case Phase.SENDING:
            return Decision(Action.HOLD, intent)
        case Phase.ACCEPTED | Phase.REFUSED:
            return Decision(Action.DONE, intent)
        case Phase.PARKED:
            return Decision(Action.OWE, intent)
        case Phase.UNKNOWN:
            return _settle(intent, now, rules)


def head(queue: Iterable[Intent]) -> Intent | None:
    """The one event of a lead that moves: the first, by order, that is not settled."""
    unsettled = (intent for intent in queue if intent.phase not in SETTLED)
    return min(unsettled, key=lambda one: one.order, default=None)


def moves(intents: Iterable[Intent], now: datetime, rules: Rules) -> Iterator[Decision]:
    """What to do next about each event, lead by lead: only the first unsettled one moves.

    Leads come in the order of their first intent, a lead's events in theirs. It looks at every
    one; where there are many leads, keep a queue of each and `decide` about its `head`.
    """
    leads: dict[str, list[Intent]] = {}
    for intent in intents:
        leads.setdefault(intent.event.lead, []).append(intent)
    for queue in leads.values():
        blocked = False
        for intent in sorted(queue, key=lambda one: one.order):
            yield Decision(Action.HOLD, intent) if blocked else decide(intent, now, rules)
            blocked = blocked or intent.phase not in SETTLED


def refused_with(queue: Sequence[Intent], reason: str) -> list[Intent]:
    """The lines of a lead that the platform does not know: what was not sent is REFUSED too."""
    return [
        replace(intent, phase=Phase.REFUSED, reason=reason)
        if intent.phase is Phase.PLANNED
        else intent
        for intent in queue
    ]


def _taken_back(intent: Intent, reason: str, rules: Rules) -> Intent:
    """The line after a request that surely did not arrive, as if it had not been made."""
    attempt = intent.attempt - 1
    if not attempt:
        return replace(intent, phase=Phase.PLANNED, attempt=0, first_at=None, reason=reason)
    # Time has passed since the earlier one was last looked for: look again before sending.
    return replace(
        intent,
        phase=Phase.UNKNOWN,
        attempt=attempt,
        absences=min(intent.absences, len(rules.looks) - 1),
        reason=reason,
    )


def _unknown(intent: Intent, reason: str, at: datetime) -> Intent:
    return replace(
        intent, phase=Phase.UNKNOWN, since=at, absences=0, failures=0, failed_at=None, reason=reason
    )


def _settle(intent: Intent, now: datetime, rules: Rules) -> Decision:
    if intent.absences >= len(rules.looks):
        return Decision(Action.SEND, intent)
    if intent.failures > len(rules.looks):
        return Decision(Action.OWE, intent)
    due = (intent.since or now) + timedelta(seconds=rules.looks[intent.absences])
    if intent.failures and intent.failed_at:
        pause = rules.looks[intent.failures - 1]
        due = max(due, intent.failed_at + timedelta(seconds=pause))
    return Decision(Action.LOOK, intent) if now >= due else Decision(Action.WAIT, intent, due)
