"""Faults of sending a batch and of reading its answer."""

from __future__ import annotations

import re
import threading
from urllib.parse import quote, urlsplit

import orjson

from crmsync.errors import CredentialsError, FatalError
from crmsync.interfaces import Answer, Transport
from crmsync.receipts import Outcome
from crmsync.transport import failures
from tests.destinations.faults.entering import Answering, breaks
from tests.destinations.sound import Sound, http

ORDER = "a_batch_leaves_in_one_request_with_its_bodies_in_order"
FULL = "a_full_batch_leaves_in_one_request_of_the_size_that_was_planned"


@breaks(ORDER, "the last first")
class Reversed(Sound):
    def body(self, bodies):
        return super().body(bodies[::-1])


@breaks(ORDER, "encoded anew")
class Anew(Sound):
    def body(self, bodies):
        return orjson.dumps(orjson.loads(super().body(bodies)), option=orjson.OPT_INDENT_2)


@breaks(ORDER, "one left out")
class LeftOut(Sound):
    def body(self, bodies):
        return super().body(bodies[:-1])


SEGMENT = "a_key_in_the_address_is_one_segment_of_it"


class Addressed(Sound):
    """One whose address has the first payload's key."""

    def segment(self, key: str) -> str:
        return quote(key, safe="")

    def request(self, bodies):
        key = self.segment(str(orjson.loads(bodies[0])["id"]))
        return super().request(bodies)._replace(url=f"/things/{key}")


@breaks(SEGMENT, "as it is")
class Unquoted(Addressed):
    def segment(self, key):
        return key


@breaks(SEGMENT, "its slashes kept")
class Slashed(Addressed):
    def segment(self, key):
        return quote(key)


@breaks(SEGMENT, "without what cannot stand there")
class Cleaned(Addressed):
    def segment(self, key):
        return re.sub(r"\W", "", key)


@breaks("every_method_is_pushed", "an event is not sent at all")
class Unsent(Sound):
    def push(self, bodies, *, method):
        if method == "event":
            return Answer(verified=False, status="later")
        return super().push(bodies, method=method)


@breaks(FULL, "an envelope that nobody counted")
class Enveloped(Sound):
    def body(self, bodies):
        return b'{"things":' + super().body(bodies) + b"}"

    def doubts(self, request, response):
        return None


@breaks(FULL, "one request a payload")
class OneByOne(Sound):
    def push(self, bodies, *, method):
        return [super(OneByOne, self).push([body], method=method) for body in bodies][-1]

    def doubts(self, request, response):
        return None


@breaks("as_many_requests_fly_as_the_limits_allow_each_with_its_own_answer", "one after another")
class Serial(Sound):
    lock = threading.Lock()

    def push(self, bodies, *, method):
        with self.lock:
            return super().push(bodies, method=method)


@breaks("a_rate_limit_is_kept_by_retries_too", "rate_limit is not looked at")
class Hasty(Sound):
    def make_account(self):
        self.rate = None
        return super().make_account()


TAKEN = "a_batch_that_was_taken_is_answered_for"
NAMED = "refusals_are_named_by_position_in_the_batch"
CREDENTIALS = "refused_credentials_end_the_account"


@breaks(TAKEN, "without a word")
class Wordless(Sound):
    def push(self, bodies, *, method):
        return super().push(bodies, method=method)._replace(status="")


@breaks(TAKEN, "by a receipt of the engine's")
class EnginesOwn(Sound):
    def push(self, bodies, *, method):
        return super().push(bodies, method=method)._replace(verified=Outcome.ACCEPTED)


@breaks(NAMED, "counted from one")
class FromOne(Sound):
    def named(self, response):
        return {at + 1: why for at, why in super().named(response).items()}


@breaks(NAMED, "the first alone")
class FirstAlone(Sound):
    def named(self, response):
        return dict([*super().named(response).items()][:1])


@breaks(NAMED, "without its words")
class NoWords(Sound):
    def named(self, response):
        return dict.fromkeys(super().named(response), "")


@breaks("a_refused_size_says_so", "taken for bad content")
class Sizeless(Answering):
    def rejected(self, response):
        return super().rejected(response._replace(status=400))


@breaks(CREDENTIALS, "a failure like others")
class Fatal(Answering):
    status = (403,)

    def instead(self, request, response):
        return FatalError("it answered 403", hint="look")


@breaks(CREDENTIALS, "without what to do")
class Hintless(Answering):
    status = (401,)

    def instead(self, request, response):
        return CredentialsError("it answered 401")


@breaks(CREDENTIALS, "tried again")
class Again(Answering):
    status = (401,)

    def instead(self, request, response):
        return failures.retryable(request, response)


class Following(Transport):
    """Follows a redirect wherever it leads."""

    def __init__(self, inner):
        self._inner = inner

    def send(self, request):
        response = self._inner.send(request)
        if (location := response.headers.get("location")) is None:
            return response
        to = urlsplit(location)
        return http(f"{to.scheme}://{to.netloc}").send(request._replace(url=to.path))

    def close(self):
        self._inner.close()


@breaks("a_redirect_is_not_followed", "followed")
class Follower(Sound):
    def transport(self):
        return Following(super().transport())


@breaks("a_redirect_is_not_followed", "taken for an answer")
class Believer(Answering):
    status = (302,)


@breaks("an_accepting_status_with_something_else_is_not_accepted", "the status is all")
class Credulous(Answering):
    status = (200, 201, 202)


@breaks("a_status_that_is_none_of_the_platforms_is_not_accepted", "any 2xx will do")
class AnyTwo(Answering):
    status = tuple(range(201, 300))


@breaks("an_answer_about_another_batch_is_not_accepted", "not compared")
class Uncompared(Answering):
    def doubts(self, request, response):
        return super().doubts(request, response) and None
