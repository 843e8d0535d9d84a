from __future__ import annotations

import orjson
import pytest

from crmsync.alerts.channels import Address, Command, Webhook
from crmsync.errors import ConfigError, FatalError, RetryableError
from crmsync.interfaces import Response
from crmsync.reports import JSONObject
from crmsync.secrets import Secret
from crmsync.testing.clocks import FakeClock
from crmsync.testing.servers import FaultServer, reply
from crmsync.testing.transports import ScriptedTransport
from crmsync.transport.redaction import safe

URL = "https://hooks.example.com/services/T0/B0/s3cr3t-of-the-hook?sig=another-s3cr3t"
BODY: JSONObject = {"text": "hello", "state": "test"}


def webhook(script, clock=None, **options):
    transport = ScriptedTransport(script)
    address = Address(
        "alerts.webhook", Secret(URL), clock or FakeClock(), 10.0, lambda *_: transport
    )
    return Webhook(address, text_alone=options.get("text_alone", False)), transport


def test_a_message_is_posted_as_json_over_a_real_socket():
    with FaultServer([reply(200, b"ok")]) as server:
        address = Address("alerts.webhook", Secret(f"{server.url}/hook?a=1"), FakeClock(), 5.0)
        Webhook(address, text_alone=False).tell(BODY)

        (received,) = server.received
    assert (received.method, received.target) == ("POST", "/hook?a=1")
    assert received.headers["content-type"] == "application/json"
    assert orjson.loads(received.body) == BODY


def test_who_takes_no_other_key_is_sent_the_text_alone():
    hook, transport = webhook([Response(200, {}, b"ok")], text_alone=True)

    hook.tell(BODY)

    assert orjson.loads(transport.requests[0].body) == {"text": "hello"}


@pytest.mark.parametrize(
    ("script", "tries"),
    [
        ([Response(503, {}, b""), RetryableError("cut"), Response(200, {}, b"")], 3),
        ([Response(429, {}, b"")] * 3, 3),
        ([Response(404, {}, b"")], 1),
        ([Response(302, {"location": "https://evil.example.com"}, b"")], 1),
        ([Response(401, {}, b"")], 1),
    ],
    ids=["comes-back", "too-many", "gone", "redirect", "refused"],
)
def test_what_may_pass_is_tried_again_twice(script, tries):
    clock = FakeClock()
    hook, transport = webhook(script, clock)
    last = script[-1]
    if isinstance(last, Response) and last.status == 200:
        hook.tell(BODY)
    else:
        with pytest.raises(FatalError, match=rf"alerts\.webhook: answered {last.status} \w+"):
            hook.tell(BODY)
    assert len(transport.requests) == tries
    assert clock.sleeps == [1.0, 3.0][: tries - 1]


def test_an_ending_is_put_after_the_path():
    transport = ScriptedTransport([Response(200, {}, b"")])
    address = Address("alerts.ping", Secret(URL), FakeClock(), 10.0, lambda *_: transport)

    address.send("GET", suffix="/start")

    sent = transport.requests[0].url
    assert sent == "/services/T0/B0/s3cr3t-of-the-hook/start?sig=another-s3cr3t"


@pytest.mark.parametrize("url", ["ftp://host/x", "no address", "https://"])
def test_what_is_no_address_is_a_fault_of_the_configuration(url):
    address = Address("alerts.ping", Secret(url), FakeClock(), 10.0)

    with pytest.raises(ConfigError, match=r"alerts\.ping: is no https:// address"):
        address.check()


@pytest.mark.parametrize(
    "url",
    [
        "https://user:passw0rd@example.com/x",
        "https://example.com/x#passw0rd",
        "https://example.com:99999/passw0rd",
        "https://example.com:port/passw0rd",
        "https://[bad/passw0rd",
        "https://example.com/pass w0rd",
    ],
    ids=["user", "fragment", "large-port", "no-port", "bracket", "blank"],
)
def test_what_is_wrong_with_an_address_is_told_without_it(url):
    address = Address("alerts.ping", Secret(url), FakeClock(), 10.0)

    for ask in (address.check, lambda: address.send("GET")):
        with pytest.raises(ConfigError, match=r"alerts\.ping: ") as caught:
            ask()
        assert "example" not in str(caught.value)
        assert "w0rd" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Example.com/x", "example.com"),
        ("https://example.com:8443/x?y", "example.com:8443"),
        ("http://[::1]:80/x", "[::1]"),
    ],
)
def test_of_an_address_its_host_and_port_are_shown(url, host):
    assert Address("alerts.ping", Secret(url), FakeClock(), 10.0).check() == host


def test_an_answer_is_told_by_its_status_and_no_name_in_a_path_is_masked():
    url = "https://hc.example.com/topic9xyz/hubspot-companies"
    said = Response(404, {}, b"no topic9xyz here")
    transport = ScriptedTransport([said])
    address = Address("alerts.ping", Secret(url), FakeClock(), 10.0, lambda *_: transport)

    with pytest.raises(FatalError) as caught:
        address.send("GET")

    assert caught.value.message == "alerts.ping: answered 404 Not Found"
    assert safe("hubspot-companies") == "hubspot-companies"
    assert safe("GET /topic9xyz/hubspot-companies") == "GET ***"


def test_plain_http_goes_to_this_machine_only():
    address = Address("alerts.ping", Secret("http://example.com/x"), FakeClock(), 1.0)

    with pytest.raises(ConfigError, match="not this machine"):
        address.send("GET")


def test_a_command_is_given_the_message(tmp_path):
    told = tmp_path / "told"

    Command(("sh", "-c", f"cat > {told}"), 10.0, FakeClock()).tell(BODY)

    assert orjson.loads(told.read_bytes()) == BODY
