"""Faults of keeping secrets, of an account, and of its values."""

from __future__ import annotations

import base64
import logging
from dataclasses import replace
from typing import Any

import orjson

from crmsync.errors import FatalError
from crmsync.interfaces import CheckResult, Request, Traffic
from crmsync.payloads import Fields
from tests.destinations.faults.entering import FAULTS, Fault, breaks, broken
from tests.destinations.sound import FIELDS, Reference, Settings, Sound, encode

QUIET = "no_log_holds_a_secret"


class Unregistered(Sound):
    def secret(self):
        return self.settings.key.reveal()


@breaks("no_error_holds_a_secret", "revealed past the redaction, and the answer quoted")
class Quoting(Unregistered):
    pass


@breaks("no_error_holds_a_secret", "quoted in base64")
class Encoding(Unregistered):
    def classify(self, request, response):
        return FatalError(base64.b64encode(self.secret().encode()).decode())


@breaks(QUIET, "revealed past the redaction, and the headers logged")
class Talking(Unregistered):
    def push(self, bodies, *, method):
        logging.getLogger("sound").debug("sends %s", self.request(bodies).headers)
        return super().push(bodies, method=method)


@breaks(QUIET, "echoed by the answer's word")
class Echoing(Unregistered):
    def push(self, bodies, *, method):
        return super().push(bodies, method=method)._replace(status=self.secret())


@breaks("no_repr_holds_a_secret", "shown")
class Showing(Sound):
    def __repr__(self):
        return f"Showing({self.secret()})"


@breaks("no_address_holds_a_secret", "in the query")
class InQuery(Sound):
    def request(self, bodies):
        return super().request(bodies)._replace(url=f"/things?key={self.secret()}")


class Plain(Settings):
    key: str  # type: ignore[assignment]  # the fault


broken("every_credential_may_be_a_reference", "a plain text", settings=Plain)


OPENING = "opening_sends_nothing_and_looks_up_no_credential"
MISSING = "a_check_names_each_credential_that_is_missing"


@breaks(OPENING, "looks it up")
class Early(Sound):
    def make_account(self):
        self.secret()
        return super().make_account()


@breaks(OPENING, "says hello")
class Hello(Sound):
    def make_account(self):
        self.transport().send(Request("GET", "/", {}))
        return super().make_account()


@breaks("a_check_changes_nothing", "by sending a thing")
class Trying(Sound):
    def check(self):
        self.push([b'{"id":"0"}'], method="upsert")
        yield CheckResult("key", passed=True, message="it works")


@breaks("a_check_changes_nothing", "by looking at nothing")
class Unchecked(Sound):
    def check(self):
        yield from ()


@breaks(MISSING, "all is well")
class Well(Sound):
    def check(self):
        yield CheckResult("key", passed=True, message="not looked at")


@breaks(MISSING, "without what to do")
class Unhelpful(Sound):
    def check(self):
        yield CheckResult("key", passed=False, message="is not there")


@breaks("traffic_counts_what_was_sent", "of nothing")
class Uncounting(Sound):
    @property
    def traffic(self):
        return Traffic()


@breaks("closing_closes_its_connections", "left open")
class Open(Sound):
    def close(self):
        pass


OUT = "what_goes_out_of_a_payload_is_of_it_and_has_its_key"
FIT = "every_field_has_an_example_that_fits"
OWN = "the_plugin_speaks_of_its_own_fields"


def with_field(number: int, **changes: Any) -> Any:
    fields = {field.name: field for field in FIELDS}
    name = FIELDS[number].name
    return {**fields, name: replace(fields[name], **changes)}


def without_null(body: bytes) -> dict[str, Any]:
    return {name: value for name, value in orjson.loads(body).items() if value is not None}


def without_tags(fields: Fields) -> bytes:
    return encode({name: value for name, value in fields.items() if name != "tags"})


broken("the_key_is_one_of_the_fields", "it is called otherwise", key="number")
broken("equal_values_are_equal_bytes", "as they come", encode=orjson.dumps)
broken(
    "equal_values_are_equal_bytes",
    "sorted at the top alone",
    encode=lambda fields: orjson.dumps(dict(sorted(fields.items()))),
)
broken("other_values_are_other_bytes", "one is left out", encode=without_tags)
broken("decoding_reverses_encoding", "without nulls", decode=without_null)
broken(OUT, "without its key", sent=lambda fields, held: {"name": fields["name"]})
broken(OUT, "with what it lacks", sent=lambda fields, held: {**fields, "kind": "A"})
broken(OWN, "nothing is told of one", fields=with_field(1, about=""))
broken(OWN, "one is called otherwise", fields=with_field(1, name="title"))
broken(OWN, "disabled by what it lacks", disabled={"deleted": True})
broken(FIT, "none", fields=with_field(1, example=None))
broken(FIT, "of another shape", fields=with_field(5, example="perhaps"))
broken(FIT, "none of the choices", fields=with_field(2, example="C"))


class OneKey(Reference):
    def payload(self, number):
        return {**super().payload(number), "id": "7"}


FAULTS.append(Fault("payloads_with_different_numbers_have_different_keys", "one for all", OneKey()))
