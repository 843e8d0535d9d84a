"""How what is uncertain is looked for: which leads in one list, or one walk over everything."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from crmsync.destinations.atoka.events import LeadEvent
from crmsync.destinations.atoka.reconcile import Intent, Look, Rules, is_last
from crmsync.destinations.atoka.tags import Sighting, sight, tags_in
from crmsync.values import Value

# How many leads a list may be of is not documented: a public client reads 50 ids at once.
LEADS_A_LIST: Final = 50
MANY: Final = 200
"""From so many leads on a walk over all events is less work than lists of theirs."""

_LIST_MARGIN: Final = timedelta(days=2)
_WALK_MARGIN: Final = timedelta(hours=1)


class Listing(Value):
    """A list of some leads' events, the newest first.

    Attributes:
        intents: What is looked for in it.
        leads: Every id that names one of them.
        until: Events dated before it need not be read; None where all must be.
    """

    intents: tuple[Intent, ...]
    leads: tuple[str, ...]
    until: datetime | None

    def singly(self) -> Iterator[Listing]:
        """A list for each lead of it alone."""
        for intents in _by_lead(self.intents).values():
            yield Listing(intents=tuple(intents), leads=_names(intents), until=self.until)


class Walk(Value):
    """A walk over the events of all leads that were updated since a moment.

    Attributes:
        intents: What is looked for in it.
    """

    intents: tuple[Intent, ...]
    since: datetime


def plan(
    intents: Sequence[Intent], *, now: datetime, sync: bool, rules: Rules, many: int = MANY
) -> Iterator[Listing | Walk]:
    """The reads that look for these uncertain events, each of which is in one of them.

    A read that ends at a moment of ours finds nothing where Atoka's clock is far behind: it may
    find an event, but proves no absence. So the last look for an event reads its list whole.

    Args:
        intents: What is due to be looked for.
        now: The present.
        sync: Whether the account has the feature useLeadEventsSync.
        rules: Tell which look is an event's last.
        many: From how many leads on a walk is taken.
    """
    last = [intent for intent in intents if is_last(intent, now, rules)]
    others = [intent for intent in intents if not is_last(intent, now, rules)]
    if sync and len(_by_lead(others)) >= many:
        yield Walk(intents=tuple(others), since=_earliest(others, now) - _WALK_MARGIN)
    else:
        yield from _lists(others, now, whole=False)
    yield from _lists(last, now, whole=True)


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


def _lists(intents: Sequence[Intent], now: datetime, *, whole: bool) -> Iterator[Listing]:
    queues = list(_by_lead(intents).values())
    for start in range(0, len(queues), LEADS_A_LIST):
        some = tuple(intent for queue in queues[start : start + LEADS_A_LIST] for intent in queue)
        # One that may carry a date of the past stands anywhere in a list by date.
        dated = any(intent.event.day for intent in some)
        until = None if whole or dated else _earliest(some, now) - _LIST_MARGIN
        yield Listing(intents=some, leads=_names(some), until=until)


def _by_lead(intents: Iterable[Intent]) -> dict[str, list[Intent]]:
    by_lead: dict[str, list[Intent]] = {}
    for intent in intents:
        by_lead.setdefault(intent.event.lead, []).append(intent)
    return by_lead


def _names(intents: Iterable[Intent]) -> tuple[str, ...]:
    ids = (name for one in intents for name in (one.event.lead, *one.event.aliases))
    return tuple(dict.fromkeys(ids))


def _earliest(intents: Iterable[Intent], now: datetime) -> datetime:
    return min((intent.first_at or now for intent in intents), default=now).astimezone(UTC)
