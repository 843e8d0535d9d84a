from __future__ import annotations

import logging
import random
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from crmsync.destinations.sigv4 import (
    Keys,
    Signer,
    SigningTransport,
    canonical_path,
    canonical_query,
    host_of,
    moment_of,
)
from crmsync.errors import FatalError, RetryableError
from crmsync.interfaces import Request, Response
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport
from crmsync.transport.urls import Origin

# AWS's "Signature Version 4 test suite" of 2015, as published with its signatures.
SUITE = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SUITE_TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPf"
    "IeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ"
    "0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDr"
    "ypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)
SUITE_MOMENT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
VANILLA = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"


@pytest.mark.parametrize(
    ("method", "target", "signature"),
    [
        ("GET", "/", VANILLA),
        ("GET", "/example/..", VANILLA),
        ("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "GET",
            "/?Param1=value1",
            "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
        ),
        ("GET", "/?ሴ=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        ("GET", "/ሴ", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        (
            "GET",
            "/example space/",
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
        ),
        ("GET", "//example//", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
    ],
)
def test_the_published_requests_have_the_published_signatures(method, target, signature):
    signer = Signer(SUITE, region="us-east-1", service="service")
    signed = signer.sign(
        Request(method, f"https://example.amazonaws.com{target}", {}), SUITE_MOMENT
    )
    assert signed.headers["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={signature}"
    )


def test_a_session_token_is_sent_and_signed():
    keys = SUITE._replace(token=SUITE_TOKEN)
    signer = Signer(keys, region="us-east-1", service="service")
    signed = signer.sign(Request("POST", "https://example.amazonaws.com/", {}), SUITE_MOMENT)
    assert signed.headers["x-amz-security-token"] == SUITE_TOKEN
    assert signed.headers["authorization"].endswith(
        "SignedHeaders=host;x-amz-date;x-amz-security-token, "
        "Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
    )


TEXTS = "aZ09-_.~ /%&=+?:@!$'()*,;#å£👍\n"
IN_PATHS = "!$'()*,;:@~"
HOSTS = ("api.datatalks.se", "localhost:8080", "127.0.0.1:443", "[::1]:9000", "Example.COM:80")
MOMENTS = (datetime(2026, 12, 31, 23, 59, 58, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC))


def made_up(dice: random.Random) -> Request:
    """A request by chance: path and query percent-encoded, as they are sent."""

    def encoded(safe: str) -> str:
        text = "".join(dice.choice(TEXTS) for _ in range(dice.randrange(1, 12)))
        return quote(text, safe=safe)

    path = "".join("/" + encoded(IN_PATHS) for _ in range(dice.randrange(4)))
    path += dice.choice(["", "/", "/../x", "//y", "/./z", "/.", "/.."])
    query = "&".join(f"{encoded('~')}={encoded('~')}" for _ in range(dice.randrange(4)))
    url = f"{dice.choice(['http', 'https'])}://{dice.choice(HOSTS)}{path}"
    types = ("application/json", "application/json; charset=utf-8", "  text/x   y ")
    headers = {"Content-Type": dice.choice(types)} if dice.randrange(4) else {}
    body = dice.choice([b"", dice.randbytes(300), '{"é":"👍"}'.encode(), b"x" * 20_000])
    method = dice.choice(["POST", "PUT", "GET", "DELETE"])
    return Request(method, f"{url}?{query}" if query else url, headers, body)


def judged(request: Request, keys: Keys, scope: tuple[str, str], at: datetime) -> str:
    """The Authorization that AWS's own library makes, with its clock standing at a moment."""
    region, service = scope
    credentials = Credentials(keys.access_key_id, keys.secret, keys.token or None)
    auth = SigV4Auth(credentials, service, region)
    asked = AWSRequest(request.method, request.url, dict(request.headers), request.body)
    asked.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
    auth._modify_request_before_signing(asked)
    text = auth.string_to_sign(asked, auth.canonical_request(asked))
    auth._inject_signature_to_request(asked, auth.signature(text, asked))
    return str(asked.headers["Authorization"])


@pytest.mark.parametrize("seed", range(10))
def test_signatures_equal_botocores(seed):
    dice = random.Random(seed)
    scope = dice.choice(["eu-west-1", "us-east-1"]), dice.choice(["execute-api", "lambda"])
    keys = Keys(f"AKID{seed}", f"s{seed}/+é", dice.choice(["", "token/+=="]))
    signer = Signer(keys, region=scope[0], service=scope[1])
    for _ in range(100):
        request = made_up(dice)
        at = dice.choice(MOMENTS) + timedelta(seconds=dice.randrange(400_000))
        signed = signer.sign(request, at)
        assert signed.headers["authorization"] == judged(request, keys, scope, at), request.url
        assert (signed.method, signed.url, signed.body) == request[:2] + request[3:]


def test_the_key_of_a_new_day_is_a_new_one():
    signer = Signer(SUITE, region="us-east-1", service="service")
    request = Request("POST", "https://example.amazonaws.com/", {})
    days = [SUITE_MOMENT + timedelta(days=n) for n in (0, 1, 0)]
    for day in days:
        signed = signer.sign(request, day).headers["authorization"]
        assert signed == judged(request, SUITE, ("us-east-1", "service"), day)


def test_a_moment_of_another_zone_is_signed_in_utc():
    signer = Signer(SUITE, region="us-east-1", service="service")
    local = datetime.fromisoformat("2015-08-30T14:36:00+02:00")
    signed = signer.sign(Request("GET", "https://example.amazonaws.com/", {}), local)
    assert signed.headers["x-amz-date"] == "20150830T123600Z"
    assert signed.headers["authorization"].endswith(VANILLA)


def test_keys_do_not_show_their_secret():
    shown = repr(SUITE._replace(token="tok-en"))
    assert shown == "Keys(AKIDEXAMPLE)"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://API.example.com/x", "api.example.com"),
        ("https://api.example.com:443/", "api.example.com"),
        ("http://127.0.0.1:8080/", "127.0.0.1:8080"),
        ("http://[::1]:80/", "[::1]"),
    ],
)
def test_a_host_is_signed_as_http_names_it(url, host):
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("path", "canonical"),
    [("", "/"), ("/a%20b", "/a%2520b"), ("/a//b/", "/a/b/"), ("/../x", "/x"), ("/*'~", "/%2A%27~")],
)
def test_a_path_is_encoded_once_more(path, canonical):
    assert canonical_path(path) == canonical


@pytest.mark.parametrize(
    ("query", "canonical"),
    [("", ""), ("b=2&a", "a=&b=2"), ("a=2&a=1", "a=1&a=2"), ("a=%e5&&b=x/y", "a=%E5&b=x%2Fy")],
)
def test_a_query_is_sorted_and_encoded_in_one_way(query, canonical):
    assert canonical_query(query) == canonical


@pytest.mark.parametrize("date", ["", "yesterday", "Sat, 99 Nov 2026 12:00:00 GMT"])
def test_a_date_that_cannot_be_read_is_none(date):
    assert moment_of(Response(403, {"date": date}, b"")) is None


def signing(transport: ScriptedTransport, clock: FakeClock) -> SigningTransport:
    return SigningTransport(
        "datatalks",
        origin=Origin.parse("https://api.example.com/base"),
        signer=Signer(SUITE, region="eu-west-1", service="execute-api"),
        clock=clock,
        transport=transport,
    )


def refused(date: str = "Sat, 21 Nov 2026 12:10:00 GMT", **more: str) -> Response:
    headers = {"date": date, **{name.replace("_", "-"): text for name, text in more.items()}}
    return Response(403, headers, b'{"message":"Signature expired: it is now earlier than ..."}')


POST = Request("POST", "/v1/contacts", {"content-type": "application/json"}, b"{}")
TAKEN = Response(200, {}, b"{}")


def test_a_path_is_signed_as_it_is_sent_below_the_base_url():
    transport = ScriptedTransport([TAKEN])
    signing(transport, FakeClock()).send(POST)
    (sent,) = transport.requests
    assert sent.url == "https://api.example.com/base/v1/contacts"
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    wanted = judged(POST._replace(url=sent.url), SUITE, ("eu-west-1", "execute-api"), at)
    assert sent.headers["authorization"] == wanted


def test_credentials_stay_at_their_origin():
    transport = ScriptedTransport([])
    with pytest.raises(FatalError):
        signing(transport, FakeClock()).send(POST._replace(url="https://evil.example/x"))
    assert transport.requests == []


@pytest.mark.fault(68)
def test_a_wrong_clock_is_learnt_and_warned_of(caplog):
    transport, clock = ScriptedTransport([refused(), TAKEN, TAKEN]), FakeClock()
    sender = signing(transport, clock)
    with caplog.at_level(logging.WARNING), pytest.raises(RetryableError) as caught:
        sender.send(POST)
    assert "600 seconds behind api.example.com's" in caught.value.message
    assert not caught.value.maybe_delivered
    assert [record.msg for record in caplog.records] == ["clock_off"]
    sender.send(POST)
    assert transport.requests[1].headers["x-amz-date"] == "20261121T121000Z"


def test_a_clock_that_was_allowed_for_is_not_learnt_again():
    transport, clock = ScriptedTransport([refused(), refused()]), FakeClock()
    sender = signing(transport, clock)
    with pytest.raises(RetryableError):
        sender.send(POST)
    assert sender.send(POST).status == 403


def test_a_clock_that_is_set_later_is_learnt_anew():
    late = refused("Sat, 21 Nov 2026 12:20:00 GMT")
    sender = signing(ScriptedTransport([refused(), late]), FakeClock())
    for _ in range(2):
        with pytest.raises(RetryableError):
            sender.send(POST)


@pytest.mark.parametrize(
    "answer",
    [
        refused("Sat, 21 Nov 2026 12:00:30 GMT"),
        refused(""),
        Response(403, {"date": "Sat, 21 Nov 2026 13:00:00 GMT"}, b'{"message":"Forbidden"}'),
        Response(200, {"date": "Sat, 21 Nov 2026 13:00:00 GMT"}, b"Signature expired"),
    ],
    ids=["half a minute", "no date", "another fault", "no refusal"],
)
def test_another_answer_is_handed_on(answer):
    assert signing(ScriptedTransport([answer]), FakeClock()).send(POST) == answer


def test_a_refusal_that_says_invalid_alone_may_be_about_the_clock():
    kind = {"x-amzn-errortype": "InvalidSignatureException:http://internal.amazon.com/"}
    silent = Response(403, {**kind, "date": "Sat, 21 Nov 2026 11:00:00 GMT"}, b"{}")
    with pytest.raises(RetryableError, match="3,600 seconds ahead of"):
        signing(ScriptedTransport([silent]), FakeClock()).send(POST)


def test_closing_closes_the_transport_below():
    transport = ScriptedTransport([])
    signing(transport, FakeClock()).close()
    assert transport.closed
