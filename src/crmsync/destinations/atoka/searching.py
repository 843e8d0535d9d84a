"""Looks for events of which it is not known whether they arrived: reads, then judges."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from crmsync.destinations.atoka.api import AtokaApi
from crmsync.destinations.atoka.events import LeadEvent
from crmsync.destinations.atoka.looking import Listing, Walk, judge, judge_all, plan
from crmsync.destinations.atoka.reconcile import Intent, Look, Rules
from crmsync.destinations.atoka.refusals import RefusedError
from crmsync.destinations.atoka.tags import tags_in
from crmsync.destinations.atoka.windows import CrowdedError
from crmsync.errors import CrmsyncError, RetryableError


class Seen(NamedTuple):
    """What looks came to, by lead.

    Attributes:
        error: What a read failed with, the gravest where several did; None where none did.
    """

    looks: dict[str, Look]
    error: CrmsyncError | None = None


def search(
    api: AtokaApi,
    due: Mapping[str, Intent],
    *,
    taken: Collection[int],
    now: datetime,
    sync: bool,
    rules: Rules,
) -> Seen:
    """Look for these events, one a lead. A read that fails leaves the others' looks as they are.

    Args:
        api: What is asked.
        due: By lead.
        taken: Ids that are known to be other events of ours.
        now: When it begins.
        sync: Whether the account has the feature useLeadEventsSync.
        rules: Tell which look is an event's last.
    """
    searching = _Searching(api, taken, now)
    searching.make(deque(plan(list(due.values()), now=now, sync=sync, rules=rules)))
    looks = {lead: searching.looks[intent.event.tag] for lead, intent in due.items()}
    return Seen(looks, searching.error)


class _Searching:
    """Makes reads, one after the other; `looks` are by tag."""

    def __init__(self, api: AtokaApi, taken: Collection[int], now: datetime) -> None:
        self.looks: dict[str, Look] = {}
        self.error: CrmsyncError | None = None
        self._api = api
        self._taken = taken
        self._now = now

    def make(self, reads: deque[Listing | Walk]) -> None:
        """Make these reads, and those that they lead to: of one lead alone."""
        while reads:
            read = reads.popleft()
            try:
                reads.extend(self._read(read))
            except (CrowdedError, RefusedError) as error:
                reads.extend(self._without(read, error))
            except CrmsyncError as error:
                self._fail(read, error)

    def _read(self, read: Listing | Walk) -> list[Listing]:
        """Make a read and judge it; gives what must be read alone before it can be told."""
        if isinstance(read, Walk):
            self._judge(read.intents, list(self._api.updated_since(read.since)))
            return []
        found = list(self._api.events_of(read.leads, until=read.until))
        strangers = [one for one in found if one.lead not in read.leads]
        alone = list(read.singly())
        if len(alone) == 1:
            # Who asks for a lead by another of its ids may be answered by its main one.
            lead = read.intents[0].event.lead
            found = [one._replace(lead=lead) for one in found]
            strangers = []
        self._judge(read.intents, found)
        return [one for one in alone if self._may_be(one.intents, strangers)]

    def _may_be(self, intents: Sequence[Intent], strangers: Sequence[LeadEvent]) -> bool:
        """Whether an event of a lead that was not asked for may be one that was not found."""
        untagged = [one for one in strangers if not tags_in(one.note)]
        for intent in intents:
            if self.looks[intent.event.tag] == Look(self._now):
                theirs = [one._replace(lead=intent.event.lead) for one in untagged]
                look = judge(intent, theirs, at=self._now, taken=self._taken)
                if look.ids or look.doubt:
                    return True
        return False

    def _without(self, read: Listing | Walk, error: CrowdedError | RefusedError) -> list[Listing]:
        """What is read where Atoka does not give a list: each of its leads alone.

        What a lead alone is refused for, or cannot be read whole, is a doubt about its events.
        """
        alone = list(read.singly()) if isinstance(read, Listing) else []
        if len(alone) > 1:
            return alone
        if isinstance(read, Walk) or (isinstance(error, RefusedError) and not error.missing):
            self._fail(read, error)
        else:
            look = Look(self._now, doubt=str(error))
            self.looks.update((intent.event.tag, look) for intent in read.intents)
        return []

    def _judge(self, intents: Sequence[Intent], found: Sequence[LeadEvent]) -> None:
        self.looks |= judge_all(intents, found, at=self._now, taken=self._taken)

    def _fail(self, read: Listing | Walk, error: CrmsyncError) -> None:
        if self.error is None or isinstance(self.error, RetryableError):
            self.error = error
        look = Look(self._now, failed=True)
        self.looks.update((intent.event.tag, look) for intent in read.intents)
