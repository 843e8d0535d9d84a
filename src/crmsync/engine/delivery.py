"""What becomes of one batch: what to push next, and each payload's verdict. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import accumulate, chain
from typing import NamedTuple, TypeAlias

from crmsync.engine.batching import BRACKETS, COMMA
from crmsync.errors import (
    BatchRejectedError,
    ConfigError,
    CredentialsError,
    CrmsyncError,
    FatalError,
    RetryableError,
    StoppedError,
)
from crmsync.interfaces import Answer
from crmsync.receipts import Outcome

SYSTEMATIC_AFTER = 8
"""So many payloads refused one after the other, for one reason, are no accident."""

LOST_AFTER = 3
"""So many answers lost one after the other, to payloads that are sent once, are an outage: each
one more would be a doubt more for a person to settle."""

_NAMES = re.compile(r"\"[^\"]*\"|'[^']*'|\S*[.@]\S+|\d+")
"""What differs between two refusals for one reason: values, domains, emails, positions."""

Reply: TypeAlias = Answer | CrmsyncError
"""What a push came to: its answer, or the error that it raised."""


class Verdict(NamedTuple):
    """What became of one payload.

    Attributes:
        outcome: ACCEPTED, UNVERIFIED, REJECTED, UNKNOWN or PENDING.
        reason: For REJECTED, the platform's words; for UNKNOWN, what happened.
        status: For a payload that was taken, the answer (`204`).
        too_large: For REJECTED, whether its size was refused: shrunk it may pass.
        maybe_there: For REJECTED, whether it may have arrived by an earlier try all the same.
    """

    outcome: Outcome
    reason: str = ""
    status: str = ""
    too_large: bool = False
    maybe_there: bool = False


PENDING = Verdict(Outcome.PENDING)


class Streak:
    """How many payloads were refused in a row for one reason. One for all batches of a run.

    Batches in flight may share it: at worst it stops a refusal or two later.
    """

    def __init__(self) -> None:
        self._run: tuple[str, int] = ("", 0)
        self._lost = 0
        self.reason = ""
        """The platform's words, once the streak is systematic; else empty."""

    @property
    def count(self) -> int:
        """Payloads refused in a row for one reason, up to now."""
        return self._run[1]

    def accepted(self) -> None:
        """Note that the platform took something."""
        self._run = ("", 0)
        self._lost = 0

    def lost(self) -> bool:
        """Note that an answer was lost; gives whether that is an outage now."""
        self._lost += 1
        return self._lost >= LOST_AFTER

    def refused(self, reason: str) -> bool:
        """Note that a payload was refused; gives whether that is systematic now."""
        self._lost = 0
        kind = _NAMES.sub("#", reason)
        last, count = self._run
        count = count + 1 if kind == last else 1
        self._run = (kind, count)
        if count >= SYSTEMATIC_AFTER:
            self.reason = reason
        return bool(self.reason)


class Delivery:
    """The decisions about one batch: `next` gives what to push, `feed` takes its reply.

    A refusal that names payloads rejects these and sends the rest again; where the names
    are a guess, the named are pushed apart first, and names count no more when they pass.
    One that names none is halved, by count, or by bytes where the size was refused, down to
    the payload that is alone. Once that is found, what is left goes out joined again; and
    where one half was taken, the other holds the fault and is halved unpushed. So n bad
    payloads of m take about n(ceil(log2 m) + 2) + 1 pushes. Every other error ends it. What
    was taken may be sent again when its batch was refused: for idempotent payloads only.
    Payloads that are sent *once* come one by one, and a lost answer is not the end of others.

    Attributes:
        verdicts: One a payload, in the batch's order; PENDING until it is settled.
        error: What ended the delivery early, None where it went to its end.
    """

    def __init__(self, bodies: Sequence[bytes], streak: Streak, *, once: bool = False) -> None:
        self._bodies = bodies
        self._once = once
        self._streak = streak
        self._waiting = [tuple(range(len(bodies)))] if bodies else []
        self._pushed: tuple[int, ...] = ()
        self._guessed: tuple[int, ...] = ()
        self._other_half: tuple[int, ...] = ()
        self._names_count = True
        self._maybe_there: set[int] = set()
        self._largest_taken = 0
        self._smallest_refused = 0
        self.verdicts: list[Verdict] = [PENDING] * len(bodies)
        self.error: CrmsyncError | None = None

    @property
    def fits(self) -> int | None:
        """Bytes that a body should stay within after a refused size; None without one."""
        if not self._smallest_refused or not self._largest_taken:
            return None
        likely = max(self._largest_taken, self._smallest_refused // 2)
        return min(likely, self._smallest_refused - 1)

    def next(self) -> tuple[bytes, ...] | None:
        """The bodies to push now; None when nothing is left to do."""
        if not self._waiting:
            return None
        self._pushed = self._waiting.pop()
        return tuple(self._bodies[position] for position in self._pushed)

    def feed(self, reply: Reply) -> None:
        """Take the reply to what `next` gave last."""
        if isinstance(reply, Answer):
            self._taken(reply)
        elif not isinstance(reply, BatchRejectedError):
            self._ended(reply)
        else:
            self._refused(reply)

    def _refused(self, refusal: BatchRejectedError) -> None:
        if refusal.maybe_delivered:
            self._maybe_there.update(self._pushed)
        if len(self._pushed) == 1:
            self._refused_alone(refusal)
        elif refusal.too_large:
            self._too_large()
        elif named := self._named(refusal):
            self._refused_by_name(named, certain=refusal.certain)
        else:
            self._halve(self._pushed)

    def _taken(self, answer: Answer) -> None:
        outcome = Outcome.ACCEPTED if answer.verified else Outcome.UNVERIFIED
        self._settle(Verdict(outcome, status=answer.status))
        self._streak.accepted()
        self._largest_taken = max(self._largest_taken, self._size(self._pushed))
        if self._pushed == self._guessed:
            self._names_count = False
        if len(self._other_half) > 1 and self._waiting[-1:] == [self._other_half]:
            self._halve(self._waiting.pop())

    def _ended(self, error: CrmsyncError) -> None:
        if _surely_not_taken(error):
            self._settle(PENDING)
        else:
            self._settle(Verdict(Outcome.UNKNOWN, str(error)))
            if self._once and isinstance(error, RetryableError) and not self._streak.lost():
                return
        self._stop(error)

    def _refused_alone(self, refusal: BatchRejectedError) -> None:
        if refusal.too_large:
            self._learn_size()
        words = refusal.refusals.get(0, refusal.reason)
        self._reject(self._pushed[0], Verdict(Outcome.REJECTED, words, too_large=refusal.too_large))
        if self._streak.count == 1 and self._waiting and not self._smallest_refused:
            # One culprit is found and no other in sight: the rest is likely sound.
            self._waiting = [tuple(sorted(chain.from_iterable(self._waiting)))]

    def _too_large(self) -> None:
        self._learn_size()
        sizes = (len(self._bodies[position]) + COMMA for position in self._pushed)
        half = self._size(self._pushed) / 2
        cut = sum(passed <= half for passed in accumulate(sizes))
        # Either side keeps a payload, else the same body would be sent for ever.
        cut = min(max(cut, 1), len(self._pushed) - 1)
        self._waiting += [self._pushed[cut:], self._pushed[:cut]]

    def _learn_size(self) -> None:
        size = self._size(self._pushed)
        self._smallest_refused = min(self._smallest_refused or size, size)

    def _halve(self, positions: tuple[int, ...]) -> None:
        middle = (len(positions) + 1) // 2
        self._other_half = positions[middle:]
        self._waiting += [self._other_half, positions[:middle]]

    def _named(self, refusal: BatchRejectedError) -> dict[int, str]:
        """What is refused by name, by position in the whole batch."""
        if not (refusal.certain or self._names_count):
            return {}
        count = len(self._pushed)
        return {self._pushed[i]: words for i, words in refusal.refusals.items() if 0 <= i < count}

    def _refused_by_name(self, named: dict[int, str], *, certain: bool) -> None:
        rest = tuple(position for position in self._pushed if position not in named)
        if not rest:
            for position, words in named.items():
                if self.error is None:
                    self._reject(position, Verdict(Outcome.REJECTED, words))
            return
        self._waiting.append(rest)
        self._other_half = ()  # the named may have been all that was wrong
        if certain:
            # Some are told from others: the fault is theirs, and no streak.
            for position, words in named.items():
                self._judge(position, Verdict(Outcome.REJECTED, words))
        else:
            self._guessed = tuple(named)
            self._waiting.append(self._guessed)

    def _reject(self, position: int, verdict: Verdict) -> None:
        self._judge(position, verdict)
        if self._streak.refused(verdict.reason):
            self._stop(systematic(self._streak.reason))

    def _judge(self, position: int, rejected: Verdict) -> None:
        there = position in self._maybe_there
        self.verdicts[position] = rejected._replace(maybe_there=there)

    def _settle(self, verdict: Verdict) -> None:
        for position in self._pushed:
            self.verdicts[position] = verdict

    def _stop(self, error: CrmsyncError) -> None:
        self.error = error
        self._waiting.clear()

    def _size(self, positions: Sequence[int]) -> int:
        return BRACKETS - COMMA + sum(len(self._bodies[i]) + COMMA for i in positions)


def _surely_not_taken(error: CrmsyncError) -> bool:
    """Whether what a push ended with says that nothing of it has taken effect."""
    if isinstance(error, ConfigError | CredentialsError):
        return True
    if isinstance(error, FatalError | RetryableError | StoppedError):
        return not error.maybe_delivered
    return False


def systematic(reason: str) -> FatalError:
    """What ends a sync whose every payload is refused for one reason."""
    return FatalError(
        f"the platform refused {SYSTEMATIC_AFTER} payloads in a row for one reason: {reason}",
        hint="mend the mapping or the destination's settings, then run "
        "`crmsync quarantine retry`; nothing else was sent",
    )


def deliver(delivery: Delivery, push: Callable[[tuple[bytes, ...]], Answer]) -> None:
    """Run a delivery to its end, with `push` for each request. Raises what is no CrmsyncError."""
    while (bodies := delivery.next()) is not None:
        delivery.feed(_reply(bodies, push))


def _reply(bodies: tuple[bytes, ...], push: Callable[[tuple[bytes, ...]], Answer]) -> Reply:
    try:
        return push(bodies)
    except CrmsyncError as error:
        return error
