"""One account's doorway: pace, send, classify, retry, count."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from crmsync.adapters import Context
from crmsync.errors import BatchRejectedError, CrmsyncError, RetryableError, StoppedError
from crmsync.exchanges import Exchange
from crmsync.interfaces import Request, Response, Traffic, Transport
from crmsync.logs import REQUEST_RETRIED
from crmsync.transport.pacing import Hint, Pacer, PausedError, Rate, Window
from crmsync.transport.retrying import Attempts, GiveUp, RetryPolicy, gave_up

DEFAULT: Final = "default"
STALE: Final = 2.0
"""Seconds: an answer that has lain for longer tells nothing of now, and may be lost by that."""
LOOK_FIRST: Final = "it is looked for at the platform before anything is sent again"


class Account:
    """The way to a CRM or platform account. Every request of the account goes through it.

    Args:
        context: The account's name, clock and patience.
        transport: Sends one request, once. Closed with the account.
        lanes: Rate windows by lane (`default`, `search` …); None for a lane without a
            limit. `pacing.ALL` names the user's own bound, which every request passes.
        classify: What an answer means; None where it is one. The general rows are
            `failures.classify`, asked after the vendor's own.
        learn: What an answer's headers tell of the limits, by lane.
        rng: Uniform in [0, 1), for jitter.
    """

    def __init__(
        self,
        context: Context,
        *,
        transport: Transport,
        lanes: Mapping[str, Rate | None],
        classify: Callable[[Request, Response], CrmsyncError | None],
        learn: Callable[[Mapping[str, str]], Mapping[str, Rate | Hint]] | None = None,
        rng: Callable[[], float] = random.random,
    ) -> None:
        self._name = context.name
        self._clock = context.clock
        self._log = context.log
        self._transport = transport
        self._classify = classify
        self._learn = learn
        self._rng = rng
        self._policy = RetryPolicy(retry_for=context.retry_for, max_wait=context.max_wait)
        self._pacer = Pacer(context, {DEFAULT: None, **lanes})
        self._lock = threading.Lock()
        self._requests = self._retries = self._rate_limited = self._bytes_sent = 0
        self._again = 0

    @property
    def traffic(self) -> Traffic:
        """What the account's requests came to, so far."""
        with self._lock:
            return Traffic(
                requests=self._requests,
                retries=self._retries + self._again,
                rate_limited=self._rate_limited,
                bytes_sent=self._bytes_sent,
            )

    def call(
        self,
        request: Request,
        *,
        lane: str = DEFAULT,
        accept: Callable[[Response], None] | None = None,
        once: bool = False,
    ) -> Response:
        """Send a request until it is answered. Safe to call from several threads.

        Args:
            request: Sent again byte for byte by each retry.
            lane: Which of the account's limits it counts against.
            accept: Looks at an answer that `classify` takes; raises MalformedError or
                another RetryableError for a 200 that is none. What it computes it keeps.
            once: Whether doing it twice would do harm (an event is created). It is then sent
                again only after tries that surely did not arrive.

        Raises:
            RetryableError: Given up for this run; the message says after how many tries
                and when to come back. `maybe_delivered` where any try may have arrived.
            StoppedError: The run was asked to stop while it waited. `maybe_delivered` where
                an earlier try may have arrived: never for what is sent *once*.
            CrmsyncError: What `classify` or `accept` made of the answer; of a refused batch with
                `maybe_delivered` where an earlier try may have arrived.
        """
        return self.begin(request, lane=lane, accept=accept, once=once).answer()

    def begin(
        self,
        request: Request,
        *,
        lane: str = DEFAULT,
        accept: Callable[[Response], None] | None = None,
        once: bool = False,
    ) -> Exchange[Response]:
        """As `call`, in two steps: the request leaves, and its answer comes when it is asked for.

        Where the account's pace does not let it leave now, it leaves when the answer is asked
        for: this waits for no more than a connection, if the transport can part the two. Nor
        does it raise anything: a failure is told with the answer, and retried then.

        What an answer asks for, a pause say, is heard when it is asked for. One that is lost
        after it has lain for STALE seconds is asked for once more, which is no failed try: the
        other side may have grown tired of waiting until somebody reads it.
        """
        story = _Story(request, lane, accept, begun=self._clock.monotonic(), once=once)
        try:
            windows = self._pacer.acquire_now(lane)
            if windows is not None:
                self._leave(story, windows)
        except CrmsyncError as error:
            story.failure = error
        return Exchange(partial(self._complete, story), partial(self._drop, story))

    def ask_again(self, error: RetryableError) -> None:
        """Count and tell a retry that the caller makes: it found out late what is wrong."""
        with self._lock:
            self._retries += 1
        self._tell_retry(error, tries=1, delay=0.0)

    def _count_again(self, error: RetryableError) -> None:
        """As `ask_again`, but it does not count against what may fail."""
        with self._lock:
            self._again += 1
        self._tell_retry(error, tries=1, delay=0.0)

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()

    def _complete(self, story: _Story) -> Response:
        """What came in the end of all tries."""
        story.begun = self._clock.monotonic() - story.spent
        try:
            while True:
                try:
                    if story.failure is not None:
                        raise story.failure
                    if story.exchange is None:
                        self._leave(story, self._pacer.acquire(story.lane))
                    if (response := self._arrive(story)) is not None:
                        return response
                except RetryableError as error:
                    story.failure = None
                    self._wait_or_give_up(error, story)
        except StoppedError as stop:
            stop.maybe_delivered = story.flying or story.maybe_delivered
            raise
        except BatchRejectedError as refusal:
            refusal.maybe_delivered = story.maybe_delivered
            raise

    def _leave(self, story: _Story, windows: tuple[Window, ...]) -> None:
        """One try: the request leaves, at the pace that it has permits of."""
        story.windows = windows
        sent_at = self._clock.monotonic()
        story.tries += 1
        with self._lock:
            self._requests += 1
            self._bytes_sent += len(story.request.body)
        story.flying = True
        try:
            story.exchange = self._transport.begin(story.request)
        finally:
            story.left = self._clock.monotonic()
            story.spent += story.left - sent_at
            if story.exchange is None:
                self._pacer.release(story.windows)

    def _arrive(self, story: _Story) -> Response | None:
        """The other half of a try: the answer comes, and is judged; None for one lost as it lay."""
        exchange, story.exchange = story.exchange, None
        assert exchange is not None  # noqa: S101 - it has left
        waited_at = self._clock.monotonic()
        stale = waited_at - story.left > STALE
        try:
            response = exchange.answer()
        except RetryableError as lost:
            if story.once or not stale:
                raise
            story.tries -= 1
            self._count_again(lost)
            return None
        finally:
            self._pacer.release(story.windows)
            story.spent += self._clock.monotonic() - waited_at
        if self._learn is not None and not stale:
            self._pacer.learn(self._learn(response.headers))
        if error := self._classify(story.request, response):
            raise error
        if story.accept is not None:
            story.accept(response)
        return response

    def _drop(self, story: _Story) -> None:
        if story.exchange is not None:
            story.exchange.drop()
            self._pacer.release(story.windows)

    def _wait_or_give_up(self, error: RetryableError, story: _Story) -> None:
        story.flying = False
        story.maybe_delivered = story.maybe_delivered or error.maybe_delivered
        if error.retry_after is not None and not isinstance(error, PausedError):
            self._pacer.pause(error.retry_after)  # for every worker, also when this one gives up
        delay = self._decide(error, story)
        if isinstance(delay, GiveUp):
            raise gave_up(
                error,
                delay,
                tries=story.tries,
                elapsed=self._clock.monotonic() - story.begun,
                maybe_delivered=story.maybe_delivered,
            ) from error
        asked = error.retry_after or 0.0
        story.asked += asked
        story.spent += delay - asked
        self._tell_retry(error, tries=story.tries, delay=delay)
        if error.throttled or error.retry_after is not None:
            self._pacer.pause(delay)  # the next try waits for it, as does everybody's
        else:
            self._clock.sleep(delay)

    def _tell_retry(self, error: RetryableError, *, tries: int, delay: float) -> None:
        self._log(
            REQUEST_RETRIED,
            level=logging.WARNING,
            account=self._name,
            tries=tries,
            delay=round(delay, 3),
            reason=error.message,
        )

    def _decide(self, error: RetryableError, story: _Story) -> float | GiveUp:
        if story.once and error.maybe_delivered:
            return GiveUp("it may have arrived, and must not arrive twice", LOOK_FIRST)
        with self._lock:
            self._rate_limited += error.throttled
            delay = self._policy.next_delay(
                error,
                Attempts(story.tries, story.spent, story.asked),
                within_budget=self._policy.budget.allows(
                    requests=self._requests, retries=self._retries
                ),
                now=self._clock.now(),
                rng=self._rng,
            )
            self._retries += not isinstance(delay, GiveUp)
        return delay


@dataclass(slots=True)
class _Story:
    """What one call has been through; `flying` while a try has left and is not judged yet.

    Attributes:
        left: When the try under way left.
        windows: What it holds of the pace.
        exchange: The try under way, until its answer is asked for.
        failure: What the first try ended with before its answer was asked for.
    """

    request: Request
    lane: str
    accept: Callable[[Response], None] | None
    begun: float
    once: bool
    tries: int = 0
    spent: float = 0.0
    asked: float = 0.0
    maybe_delivered: bool = False
    flying: bool = False
    left: float = 0.0
    windows: tuple[Window, ...] = ()
    exchange: Exchange[Response] | None = None
    failure: CrmsyncError | None = None
