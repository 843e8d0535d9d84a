"""What is the webhook's own: signatures, what a receiver may answer, presets."""

from __future__ import annotations

import io
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from crmsync.adapters import Context
from crmsync.errors import BatchRejectedError, ConfigError, CredentialsError, FatalError
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.presets import load_preset, presets
from crmsync.mapping.spec import parse_rules
from crmsync.testing.clocks import FakeClock
from crmsync.testing.servers import FaultServer, reply
from crmsync_webhook import PLUGIN
from crmsync_webhook.receiver import Receiver
from crmsync_webhook.signing import key_of, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime.now(UTC)


@contextmanager
def opened(url, clock=None, **keys):
    settings = PLUGIN.settings.model_validate({"base_url": url, "secret": SECRET, **keys})
    context = Context(name="hook", clock=clock or FakeClock(NOW), retry_for=5, max_wait=5)
    destination = PLUGIN.open(settings, context)
    try:
        yield destination
    finally:
        destination.close()


@pytest.fixture
def receiver():
    with Receiver(0, key_of(SECRET), io.StringIO()) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def answered(answer):
    with FaultServer([reply(*answer)]) as server, opened(server.url) as destination:
        return destination.push([b'{"id":"1"}'], method="upsert")


def test_a_signature_is_that_of_the_standards_own_libraries():
    made = signature(
        key_of(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["whsec_c2hvcnQ=", "whsec_!", SECRET.removeprefix("whsec_")])
def test_a_secret_that_is_none_is_found_by_check(secret):
    with opened("http://127.0.0.1", secret=secret) as destination:
        first, _ = destination.check()
    assert (first.passed, first.code) == (False, 2)
    assert "python -m crmsync_webhook" in first.hint
    with pytest.raises(ConfigError, match="whsec_ and 24 to 64 bytes"):
        key_of(secret)


def test_the_receiver_takes_what_is_signed_and_writes_it(receiver):
    with opened(receiver.url, path="/crm?from=crmsync") as destination:
        answer = destination.push([b'{"id":"1"}', b'{"id":"2"}'], method="upsert")
    assert (answer.verified, answer.status) == (True, "200")
    assert receiver.out.getvalue() == '{"id":"1"}\n{"id":"2"}\n'


def test_the_receiver_names_what_it_refuses(receiver):
    with opened(receiver.url) as destination, pytest.raises(BatchRejectedError) as caught:
        destination.push([b'{"id":"1"}', b'{"name":"x"}'], method="upsert")
    assert caught.value.refusals == {1: "it has no id"}
    assert receiver.out.getvalue() == ""


@pytest.mark.parametrize(
    ("clock", "keys"),
    [
        (FakeClock(NOW), {"secret": f"whsec_{'A' * 32}"}),
        (FakeClock(NOW - timedelta(hours=1)), {}),
    ],
    ids=["another secret", "an old signature"],
)
def test_the_receiver_believes_no_other(receiver, clock, keys):
    with opened(receiver.url, clock, **keys) as destination, pytest.raises(CredentialsError):
        destination.push([b'{"id":"1"}'], method="upsert")
    assert receiver.out.getvalue() == ""


@pytest.mark.parametrize("body", [b"", b"OK", b"Accepted", b'{"status":"queued"}'])
def test_an_answer_that_counts_nothing_is_taken_and_vouches_for_nothing(body):
    assert not answered((202, body)).verified


def test_who_wants_no_more_is_asked_no_more():
    with pytest.raises(FatalError, match="wants no more") as caught:
        answered((410,))
    assert "enabled = false" in caught.value.hint


@pytest.mark.parametrize("preset", [p for p in presets() if p.destination == "webhook"], ids=str)
def test_a_preset_fills_the_fields_that_the_plugin_tells_of(preset):
    rules, faults = parse_rules(load_preset(*preset) or {}, path="preset")
    assert faults == []
    compiled = compile_mapping(
        rules, plugin=PLUGIN, path="preset", filter={}, object_name=preset.object
    )
    assert compiled.paths
    assert set(PLUGIN.fields) - set(rules) <= {"deleted", "stage"}


def test_bodies_are_what_they_were_when_they_are_read_again():
    fields = {"id": "hubspot:1", "name": "Åäö", "colour": None}
    assert orjson.loads(PLUGIN.encode(fields)) == fields
