"""Whether a sync is bad, since when, and who was told so. Pure: time is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import orjson

from crmsync.exit_codes import ExitCode
from crmsync.reports import JSONObject, timestamp
from crmsync.values import Value

SUCCESSES: Final = frozenset({ExitCode.OK, ExitCode.OWED})
"""What a run that did its work ends with: what it left owed or refused, `status` tells."""


class Reason(StrEnum):
    """Why a sync is bad. Each is told of by itself, so that none hides another."""

    FAILING = "failing"
    """Its runs fail: at once where a person must act, after a while where it may pass."""
    STALE = "stale"
    """It has not succeeded for too long, whatever became of its runs."""
    QUARANTINE = "quarantine"
    """Too many of its records are in quarantine."""


class Rules(Value):
    """When a sync is bad.

    Attributes:
        failing_for: How long a passing failure must last.
        stale_after: How long a sync may be without success; None is for ever.
        quarantined: From how many records in quarantine on; None is never.
        quiet: How soon after people were told may they be told the same again.
    """

    failing_for: timedelta = timedelta(hours=6)
    stale_after: timedelta | None = None
    quarantined: int | None = None
    quiet: timedelta = timedelta(hours=1)


class Seen(Value):
    """What is known of a sync at a moment.

    Attributes:
        code: What a run ended with just now; None where none did.
        quarantined: Records in quarantine.
    """

    at: datetime
    code: ExitCode | None = None
    quarantined: int = 0


class Trouble(Value):
    """One reason of one sync, as it stands.

    Attributes:
        since: When it began; None while all is well.
        times: Failures in a row.
        bad: Whether people are to know.
        told: The channels that told so, and not yet that it is over.
        told_at: When one told so last.
        ended: When it ended, for those who are still to be told.
        fault: Why a channel could not tell; empty where none failed.
    """

    since: datetime | None = None
    times: int = 0
    bad: bool = False
    told: tuple[str, ...] = ()
    told_at: datetime | None = None
    ended: datetime | None = None
    fault: str = ""

    @property
    def lasts(self) -> bool:
        """Whether it goes on, be it bad enough for people to know or not."""
        return self.since is not None and self.ended is None

    def worse(self, at: datetime, *, bad: bool) -> Trouble:
        """It began, or goes on."""
        since = self.since or at
        return replace(self, since=since, times=self.times + 1, bad=self.bad or bad, ended=None)

    def well(self, at: datetime) -> Trouble:
        """It is over, or never was."""
        if not self.told:  # nobody knows that it was
            return Trouble(told_at=self.told_at)
        return replace(self, bad=False, ended=self.ended or at)

    def due(self, channels: Iterable[str], at: datetime, quiet: timedelta) -> Sequence[str]:
        """The channels that have something to tell now: `bad` says what.

        One that flaps is told of once in a while: not again so soon after the last time.
        """
        if not self.bad:
            return [name for name in channels if name in self.told]
        flaps = not self.told and self.told_at is not None and at - self.told_at < quiet
        return [] if flaps else [name for name in channels if name not in self.told]

    def after(self, told: Iterable[str], fault: str, at: datetime) -> Trouble:
        """These channels have told; *fault* is why another could not."""
        done = frozenset(told)
        if self.bad:
            names = tuple(sorted({*self.told, *done}))
            return replace(self, told=names, told_at=at if done else self.told_at, fault=fault)
        left = tuple(name for name in self.told if name not in done)
        return replace(self, told=left, fault=fault) if left else Trouble(told_at=self.told_at)


class Standing(Value):
    """All that is remembered of a sync between two runs.

    Attributes:
        succeeded: When it last did, or was first looked at.
    """

    succeeded: datetime | None = None
    troubles: Mapping[Reason, Trouble] = field(default_factory=dict)

    def trouble(self, reason: Reason) -> Trouble:
        """How one reason stands."""
        return self.troubles.get(reason, Trouble())

    @property
    def bad(self) -> bool:
        """Whether the sync is bad for any reason."""
        return any(trouble.bad for trouble in self.troubles.values())

    @property
    def well(self) -> bool:
        """Whether nothing is amiss, though it were nothing yet that people are to know."""
        return not any(trouble.lasts for trouble in self.troubles.values())

    def having(self, reason: Reason, trouble: Trouble) -> Standing:
        """The same with another trouble."""
        return replace(self, troubles={**self.troubles, reason: trouble})

    def known_to(self, channels: Iterable[str]) -> Standing:
        """The same without channels that there are no more: they tell nobody of an end."""
        names = frozenset(channels)
        troubles = {
            reason: replace(one, told=tuple(name for name in one.told if name in names))
            for reason, one in self.troubles.items()
        }
        return replace(self, troubles=troubles)


def advance(standing: Standing, seen: Seen, rules: Rules) -> Standing:
    """How a sync stands after what was seen of it."""
    at = seen.at
    succeeded = at if seen.code in SUCCESSES else (standing.succeeded or at)
    standing = replace(standing, succeeded=succeeded)
    failing = _failing(standing.trouble(Reason.FAILING), seen, rules)
    stale, quarantine = standing.trouble(Reason.STALE), standing.trouble(Reason.QUARANTINE)
    too_old = rules.stale_after is not None and at - succeeded >= rules.stale_after
    too_many = rules.quarantined is not None and seen.quarantined >= rules.quarantined
    stale = stale.worse(at, bad=True) if too_old else stale.well(at)
    quarantine = quarantine.worse(at, bad=True) if too_many else quarantine.well(at)
    troubles = {Reason.FAILING: failing, Reason.STALE: stale, Reason.QUARANTINE: quarantine}
    return replace(standing, troubles=troubles)


def _failing(trouble: Trouble, seen: Seen, rules: Rules) -> Trouble:
    if seen.code in SUCCESSES:
        return trouble.well(seen.at)
    if seen.code is None or seen.code is ExitCode.RUNNING:  # says nothing of the sync itself
        return trouble
    if seen.code is not ExitCode.TEMPORARY:
        return trouble.worse(seen.at, bad=True)
    lasted = seen.at - (trouble.since or seen.at)
    return trouble.worse(seen.at, bad=lasted >= rules.failing_for)


def troubles_json(standing: Standing) -> list[JSONObject]:
    """What is bad, or was and is still to be told: for people and programs."""
    return [
        {
            "reason": reason.value,
            "bad": one.bad,
            "since": timestamp(one.since),
            "times": one.times,
            "told": list(one.told),
            "fault": one.fault,
        }
        for reason, one in standing.troubles.items()
        if one.since is not None and (one.bad or one.told)
    ]


def dumped(standing: Standing) -> str:
    """A standing as the ledger keeps it."""
    troubles = {reason.value: vars(one) for reason, one in standing.troubles.items()}
    document = {"succeeded": standing.succeeded, "troubles": troubles}
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS).decode()


def loaded(text: str | None) -> Standing:
    """What `dumped` made; all is well where there is nothing."""
    if not text:
        return Standing()
    document = orjson.loads(text)
    return Standing(
        succeeded=_moment(document["succeeded"]),
        troubles={
            Reason(name): Trouble(
                since=_moment(one["since"]),
                times=one["times"],
                bad=one["bad"],
                told=tuple(one["told"]),
                told_at=_moment(one["told_at"]),
                ended=_moment(one["ended"]),
                fault=one["fault"],
            )
            for name, one in document["troubles"].items()
        },
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
