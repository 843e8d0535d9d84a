"""Reading lists of which only the first ten thousand rows can be reached."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from crmsync.destinations.atoka.answers import Page
from crmsync.destinations.atoka.events import LeadEvent, moment_of
from crmsync.errors import FatalError, RetryableError

# "Use a number between 0 and 9950" for a list, "between 0 and 9900" for sync; the largest limit
# is not documented, 100 is in both examples: Lead Events, read 2026-11-21.
PAGE: Final = 100
WINDOW: Final = 10_000
"""How many rows of a list can be reached from one end."""
_LIST_END: Final = 9_950
_SYNC_END: Final = 9_900

# Rows that are read twice on the seam of two pages: so many may vanish, or move, before the
# next page is read, and none is missed.
_SEAM: Final = 5
_LEADS: Final = 50

Fetch: TypeAlias = Callable[[int, int], Page]
"""A page, by offset and limit."""
FetchLeads: TypeAlias = Callable[[Sequence[str], str, int, int], Page]
"""A page of some leads' events, by ordering (`newest`, `oldest`), offset and limit."""
FetchSince: TypeAlias = Callable[[str, int, int], Page]
"""A page of the events updated since a moment, by offset and limit."""


class CrowdedError(FatalError):
    """One lead alone has more events than can be reached from both ends."""


class _End(NamedTuple):
    """How the reading of a window ended: `whole` where nothing of the list is behind it."""

    whole: bool


def of_leads(
    fetch: FetchLeads, leads: Sequence[str], until: datetime | None = None
) -> Iterator[LeadEvent]:
    """Every event of these leads, each once; of any fifty leads the newest first.

    Args:
        fetch: Reads one page.
        leads: Their ids.
        until: Events dated before it may be left out.

    Raises:
        CrowdedError: One lead alone has more events than can be reached from both ends.
        RetryableError: The list ended early.
    """
    for start in range(0, len(leads), _LEADS):
        yield from _once(_some(fetch, leads[start : start + _LEADS], until))


def first(
    fetch: FetchLeads, leads: Sequence[str], ordering: str, count: int
) -> Iterator[LeadEvent]:
    """The first events of any fifty of these leads, each once, in the order asked for.

    Args:
        fetch: Reads one page.
        leads: Their ids.
        ordering: `newest` or `oldest`.
        count: How many of any fifty leads, at most WINDOW.
    """
    for start in range(0, len(leads), _LEADS):
        some = leads[start : start + _LEADS]
        ordered = partial(fetch, some, ordering)
        yield from islice(_once(_window(ordered, _LIST_END)), count)


def updated(fetch: FetchSince, since: str) -> Iterator[LeadEvent]:
    """Every event that was updated since a moment, each once, the earliest update first.

    A full window is gone on from at an update time that it has: so rows come again, and are
    passed over.

    Raises:
        FatalError: More events than a window holds have one and the same update time, or they
            are in no order; none of what was read is then all there is.
        RetryableError: The list ended early.
    """
    yield from _once(_updated(fetch, since))


def _updated(fetch: FetchSince, since: str) -> Iterator[LeadEvent]:
    whole = False
    while not whole:
        times: list[str] = []
        reading = _window(_bound(fetch, since), _SYNC_END)
        whole = (yield from _timed(reading, times)).whole
        if not whole:
            since = _go_on(since, times)


def _bound(fetch: FetchSince, since: str) -> Fetch:
    return lambda offset, limit: fetch(since, offset, limit)


def _timed(
    reading: Generator[LeadEvent, None, _End], times: list[str]
) -> Generator[LeadEvent, None, _End]:
    """Read on, noting the update time of each event that comes for the first time."""
    seen: set[int] = set()
    while True:
        try:
            event = next(reading)
        except StopIteration as end:
            ended: _End = end.value
            return ended
        time = event.update_time or ""
        if event.id not in seen and times[-1:] != [time]:
            times.append(time)
        seen.add(event.id)
        yield event


def _go_on(since: str, times: Sequence[str]) -> str:
    """Where the next window starts: at the last but one time of a full one.

    Whether a window has the rows of the very moment that it starts at is not documented. If it
    has, starting at the last time would do, and must where there are only two.
    """
    distinct = list(dict.fromkeys(times))
    first, last = moment_of(distinct[0]), moment_of(distinct[-1])
    if len(distinct) < len(times) or first is None or last is None or last < first:
        raise FatalError("Atoka's synchronization is not in the order of update times")
    later = [time for time in distinct if time != since]
    if len(later) > 1:
        return later[-2]
    if later and since in distinct:
        return later[-1]
    raise FatalError(
        f"more than {WINDOW:,} events of Atoka's synchronization were updated at the same "
        f"moment, {distinct[-1]}: those behind them cannot be reached",
        hint="set lead_events_sync = false: the leads' own lists are read then",
    )


def _some(fetch: FetchLeads, leads: Sequence[str], until: datetime | None) -> Iterator[LeadEvent]:
    """Events of some leads, in halves where they have more than a window holds."""
    first = fetch(leads, "newest", 0, PAGE)

    def newest(offset: int, limit: int) -> Page:
        return fetch(leads, "newest", offset, limit) if offset else first

    if until is not None or len(leads) == 1 or (first.total or 0) <= WINDOW:
        end = yield from _window(newest, _LIST_END, until)
        if end.whole:
            return
    if len(leads) == 1:
        yield from _oldest(fetch, leads, first.total)
        return
    half = len(leads) // 2
    yield from _some(fetch, leads[:half], until)
    yield from _some(fetch, leads[half:], until)


def _oldest(fetch: FetchLeads, lead: Sequence[str], total: int | None) -> Iterator[LeadEvent]:
    """Events of one lead from the oldest on, where the newest window does not hold all."""
    if total is None or total > 2 * WINDOW:
        raise CrowdedError(
            f"lead {lead[0]} has {'too many' if total is None else f'{total:,}'} events: a list "
            f"reaches the first and the last {WINDOW:,}",
            hint="if the account has the feature useLeadEventsSync, set lead_events_sync = true",
        )
    yield from _window(lambda offset, limit: fetch(lead, "oldest", offset, limit), _LIST_END)


def _window(
    fetch: Fetch, end: int, until: datetime | None = None
) -> Generator[LeadEvent, None, _End]:
    """The rows from offset 0 to the window's end, some of them twice."""
    offset = 0
    while True:
        page = fetch(offset, min(PAGE, WINDOW - offset))
        read = offset + len(page.items)
        if not page.items:
            if page.total is not None and page.total > read:
                raise RetryableError(
                    f"Atoka's list ended after {read:,} of {page.total:,} events",
                    hint="run again later",
                )
            return _End(whole=True)
        for event in page.items:
            if _before(event, until):
                return _End(whole=True)
            yield event
        if page.total is not None and read >= page.total:
            return _End(whole=True)
        if read >= WINDOW or offset == end:
            return _End(whole=False)
        offset = min(read - (_SEAM if len(page.items) > _SEAM else 0), end)


def _before(event: LeadEvent, until: datetime | None) -> bool:
    date = moment_of(event.date) if until is not None else None
    return date is not None and until is not None and date < until


def _once(events: Iterator[LeadEvent]) -> Iterator[LeadEvent]:
    seen: set[int] = set()
    for event in events:
        if event.id not in seen:
            seen.add(event.id)
            yield event
