"""Faults of what is lost on the way, and of waiting."""

from __future__ import annotations

from dataclasses import replace

from crmsync.errors import FatalError, RetryableError, StoppedError
from crmsync.interfaces import Request, Response, Transport
from crmsync.testing.clocks import FakeClock
from crmsync.transport import failures
from tests.destinations.faults.entering import Answering, breaks
from tests.destinations.sound import Sound

SAME = "a_retry_sends_the_same_bytes"
MAYBE = "a_lost_request_is_known_to_have_arrived_perhaps"
OUTAGE = "an_outage_is_given_up_as_temporary"


class Sending(Transport):
    """Sends as its adapter's `sent` says."""

    def __init__(self, inner, adapter):
        self._inner, self._adapter, self.tries = inner, adapter, 0

    def send(self, request):
        self.tries += 1
        return self._adapter.sent(self._inner, request, self.tries)

    def close(self):
        self._inner.close()


class Sender(Sound):
    def transport(self):
        return Sending(super().transport(), self)

    def sent(self, inner: Transport, request: Request, tries: int) -> Response:
        return inner.send(request)


@breaks(SAME, "a body of its own for each try")
class BodyATry(Sender):
    def sent(self, inner, request, tries):
        return inner.send(request._replace(body=request.body + b" " * tries))


@breaks(SAME, "a header of its own for each try")
class HeaderATry(Sender):
    def sent(self, inner, request, tries):
        return inner.send(request._replace(headers={**request.headers, "x-try": str(tries)}))


@breaks("what_proves_a_request_is_made_anew_for_each_try", "made once")
class Old(Sound):
    made = ""

    def proof(self):
        self.made = self.made or super().proof()
        return self.made


@breaks("a_lost_answer_is_asked_for_again", "never")
class Once(Sound):
    def push(self, bodies, *, method):
        return super().push(bodies, method="event")


@breaks(MAYBE, "never")
class Sure(Sender):
    def sent(self, inner, request, tries):
        try:
            return inner.send(request)
        except RetryableError as error:
            error.maybe_delivered = False
            raise


@breaks(MAYBE, "after a 503 surely not")
class SureOfBusy(Answering):
    status = (503,)

    def instead(self, request, response):
        return RetryableError("it was busy", hint="wait")


@breaks(MAYBE, "after a 429 perhaps")
class UnsureOfTooMany(Answering):
    status = (429,)

    def instead(self, request, response):
        error = failures.retryable(request, response)
        error.maybe_delivered = True
        return error


@breaks("a_refused_connection_surely_delivered_nothing", "perhaps it did")
class Unsure(Sender):
    def sent(self, inner, request, tries):
        try:
            return inner.send(request)
        except RetryableError as error:
            error.maybe_delivered = True
            raise


@breaks(
    "what_must_not_arrive_twice_is_not_sent_again_when_it_may_have_arrived", "sent as an upsert"
)
class Twice(Sound):
    def push(self, bodies, *, method):
        return super().push(bodies, method="upsert")


@breaks(OUTAGE, "a retry policy of its own around ours")
class Stubborn(Sound):
    def push(self, bodies, *, method):
        for _ in range(30):
            try:
                return super().push(bodies, method=method)
            except RetryableError:
                self.context.clock.sleep(5)
        return super().push(bodies, method=method)


@breaks(OUTAGE, "as for good")
class Final(Answering):
    status = (503,)

    def instead(self, request, response):
        return FatalError("it is down")


WAIT = "a_429_waits_as_long_as_it_asks"
UNTOLD = "a_429_that_does_not_say_how_long_is_waited_out"


class Throttled(Answering):
    status = (429,)


@breaks(WAIT, "Retry-After is not read")
class Deaf(Throttled):
    def instead(self, request, response):
        return RetryableError("too many", throttled=True)


@breaks(WAIT, "a date is not understood")
class Dateless(Throttled):
    def instead(self, request, response):
        told = response.headers.get("retry-after", "")
        after = float(told) if told.isdigit() else None
        return RetryableError("too many", throttled=True, retry_after=after)


@breaks(WAIT, "not counted as too many")
class Uncounted(Throttled):
    def instead(self, request, response):
        return RetryableError("too many", retry_after=failures.retry_after(response.headers))


@breaks(UNTOLD, "ends the account")
class EndsAll(Throttled):
    def instead(self, request, response):
        return FatalError("too many")


@breaks("a_429_pauses_every_push_of_the_account", "an account a push")
class AccountAPush(Sound):
    def push(self, bodies, *, method):
        self.account.close()
        self.context = replace(self.context, paces={})
        self.account = self.make_account()
        return super().push(bodies, method=method)


class Restless(FakeClock):
    """Sleeps on when it is asked to stop."""

    def sleep(self, seconds):
        try:
            super().sleep(seconds)
        except StoppedError:
            self.advance(seconds)


@breaks("a_wait_ends_when_the_run_is_asked_to_stop", "as if nothing had left")
class Forgetful(Sound):
    def push(self, bodies, *, method):
        try:
            return super().push(bodies, method=method)
        except StoppedError as stop:
            stop.maybe_delivered = False
            raise


@breaks("a_wait_ends_when_the_run_is_asked_to_stop", "by a clock of its own")
class Unstoppable(Sound):
    def make_account(self):
        self.context = replace(self.context, clock=Restless())
        return super().make_account()
