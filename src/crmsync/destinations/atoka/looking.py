"""How what is uncertain is looked for: which leads in one list, or one walk over everything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from crmsync.destinations.atoka.events import LeadEvent
from crmsync.destinations.atoka.reconcile import Intent, Look
from crmsync.destinations.atoka.tags import Sighting, sight, tags_in

# How many leads a list may be of is not documented: a public client reads 50 ids at once.
LEADS_A_LIST: Final = 50
MANY: Final = 200
"""From so many leads on a walk over all events is less work than lists of theirs."""

_LIST_MARGIN: Final = timedelta(days=2)
_WALK_MARGIN: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list of some leads' events, the newest first.

    Attributes:
        leads: Every id that names one of them.
        until: Events dated before it need not be read; None where all must be.
    """

    leads: tuple[str, ...]
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Walk:
    """A walk over the events of all leads that were updated since a moment."""

    since: datetime


def plan(
    intents: Sequence[Intent], *, now: datetime, sync: bool, many: int = MANY
) -> Iterator[Listing | Walk]:
    """The reads that look for these uncertain events, each of which is in one of them.

    Args:
        intents: What is due to be looked for.
        now: The present, for those without a moment of their own.
        sync: Whether the account has the feature useLeadEventsSync.
        many: From how many leads on a walk is taken.
    """
    by_lead: dict[str, list[Intent]] = {}
    for intent in intents:
        by_lead.setdefault(intent.event.lead, []).append(intent)
    if sync and len(by_lead) >= many:
        yield Walk(since=_earliest(intents, now) - _WALK_MARGIN)
        return
    leads = list(by_lead)
    for start in range(0, len(leads), LEADS_A_LIST):
        some = tuple(leads[start : start + LEADS_A_LIST])
        theirs = [intent for lead in some for intent in by_lead[lead]]
        # One that may carry a date of the past stands anywhere in a list by date.
        dated = any(intent.event.day for intent in theirs)
        until = None if dated else _earliest(theirs, now) - _LIST_MARGIN
        ids = (name for one in theirs for name in (one.event.lead, *one.event.aliases))
        yield Listing(leads=tuple(dict.fromkeys(ids)), until=until)


def judge(
    intent: Intent,
    found: Iterable[LeadEvent],
    *,
    at: datetime,
    taken: Collection[int] = (),
    application: str | None = None,
) -> Look:
    """What a read that began at a moment tells of an event; see `tags.sight`."""
    since = intent.first_at or at
    seen: Sighting = sight(intent.event, found, since=since, taken=taken, application=application)
    return Look(at, seen.ids, seen.doubt)


def judge_all(
    intents: Iterable[Intent],
    found: Iterable[LeadEvent],
    *,
    at: datetime,
    taken: Collection[int] = (),
    application: str | None = None,
) -> dict[str, Look]:
    """What one read tells of several events, by their tags; each of `found` is read once."""
    by_tag: dict[str, list[LeadEvent]] = {}
    untagged: dict[str, list[LeadEvent]] = {}
    for one in found:
        tags = tags_in(one.note)
        for tag in tags:
            by_tag.setdefault(tag, []).append(one)
        if not tags:
            untagged.setdefault(one.lead, []).append(one)
    looks: dict[str, Look] = {}
    for intent in intents:
        event = intent.event
        names = dict.fromkeys((event.lead, *event.aliases))
        near = [*by_tag.get(event.tag, ()), *(one for n in names for one in untagged.get(n, ()))]
        looks[event.tag] = judge(intent, near, at=at, taken=taken, application=application)
    return looks


def _earliest(intents: Iterable[Intent], now: datetime) -> datetime:
    return min((intent.first_at or now for intent in intents), default=now).astimezone(UTC)
