"""The one retry policy: what to do after a failure, as a value. It waits for nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from crmsync.errors import RetryableError
from crmsync.values import Value

RUN_AGAIN: Final = "run again later; what is pending goes on from here"
_TENTHS_MATTER: Final = 10.0
_LONGEST: Final = 366 * 86_400.0  # keeps dates representable, whatever a header says


class Attempts(NamedTuple):
    """What one request has cost so far.

    Attributes:
        number: How often it was sent.
        spent: Seconds of sending and of our own backing off.
        asked: Seconds waited because the other side asked to.
    """

    number: int = 1
    spent: float = 0.0
    asked: float = 0.0


class GiveUp(NamedTuple):
    """No further try in this run.

    Attributes:
        reason: Why, as the end of a sentence.
        hint: What to do next.
    """

    reason: str
    hint: str = RUN_AGAIN


class Budget(Value):
    """How many retries an account may make: *share* of its requests, but always *floor*."""

    share: float = 0.10
    floor: int = 10

    def allows(self, *, requests: int, retries: int) -> bool:
        """Whether one more retry fits, after *requests* of which *retries* were retries."""
        return retries + 1 <= max(self.floor, self.share * (requests + 1))


class RetryPolicy(Value):
    """When the same request is sent again: full jitter, obeying what the other side asks.

    The own back-off before try n + 1 is uniform in [0, min(cap, base * 2 ** (n - 1))].

    Attributes:
        base: Seconds.
        cap: Seconds; the longest own back-off.
        retry_for: Seconds of sending and own back-off that one request may take.
        max_wait: Seconds; a longer Retry-After is not waited for. Together the asked waits of
            one request end at `retry_for` + `max_wait`.
        budget: How many retries the account may make.
    """

    retry_for: float
    max_wait: float
    base: float = 1.0
    cap: float = 60.0
    budget: Budget = field(default_factory=Budget)

    def next_delay(
        self,
        error: RetryableError,
        so_far: Attempts,
        *,
        within_budget: bool,
        now: datetime,
        rng: Callable[[], float],
    ) -> float | GiveUp:
        """Seconds to wait before the next try, never less than the other side asked.

        Args:
            error: What the last try ended with.
            so_far: What the request has cost, the last try included.
            within_budget: Whether the account's budget allows one more retry.
            now: The wall clock, to say when to come back.
            rng: Uniform in [0, 1).
        """
        asked = error.retry_after or 0.0
        if error.final:
            return GiveUp("waiting inside this run is useless", come_back(error.retry_after, now))
        if asked > self.max_wait:
            return GiveUp(f"it asks to wait {span(asked)}", come_back(asked, now))
        if so_far.asked + asked > self.retry_for + self.max_wait:
            return GiveUp("it asks to wait again and again", come_back(asked, now))
        delay = max(asked, rng() * self._ceiling(so_far.number))
        if so_far.spent + delay - asked > self.retry_for:
            return GiveUp(f"the {span(self.retry_for)} of retry_for are used up")
        if not within_budget:
            return GiveUp("too many requests failed")
        return delay

    def _ceiling(self, number: int) -> float:
        return min(self.cap, self.base * 2.0 ** min(max(number - 1, 0), 60))


def gave_up(
    error: RetryableError, why: GiveUp, *, tries: int, elapsed: float, maybe_delivered: bool
) -> RetryableError:
    """The error to end a request with: the last one, with how often and how long it was tried.

    *maybe_delivered* is whether any of the tries may have taken effect.
    """
    times = "1 try" if tries == 1 else f"{tries} tries"
    told = f"; gave up after {times} in {span(elapsed)}: {why.reason}" if tries else ""
    return RetryableError(
        error.message + told,
        hint=error.hint or why.hint,
        retry_after=error.retry_after,
        maybe_delivered=maybe_delivered,
        throttled=error.throttled,
        final=error.final,
    )


def come_back(seconds: float | None, now: datetime) -> str:
    """When to run again, for people: the time of day in UTC, with the date if not today."""
    if seconds is None:
        return RUN_AGAIN
    at = now + timedelta(seconds=min(seconds, _LONGEST) + 59)  # rounded up to the minute
    day = "" if at.date() == now.date() else f"{at:%Y-%m-%d} "
    return f"come back at {day}{at:%H:%M} UTC; what is pending goes on from there"


def span(seconds: float) -> str:
    """A duration for people: `0.4 s`, `31 s`, `15 min`, `2.5 h`."""
    if seconds < _TENTHS_MATTER:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    for size, unit in ((3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size or seconds == size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"
