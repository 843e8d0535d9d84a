from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from crmsync.sandbox.datatalks.sigv4 import Account, canonical_path, canonical_query, verify
from crmsync.sandbox.exchange import RefusedError, Request
from tests.sandbox.signing import Signer, record, send

KINDS = {
    "missing": "MissingAuthenticationTokenException",
    "incomplete": "IncompleteSignatureException",
    "key": "UnrecognizedClientException",
    "signature": "InvalidSignatureException",
}


def refused(answer, kind, words):
    assert answer.status_code == 403
    assert answer.headers["x-amzn-errortype"] == KINDS[kind]
    assert words in answer.json()["message"]


def test_a_signed_request_is_taken(client):
    assert send(client, record()).json()["success"] is True


WRONG_SIGNERS = {
    "secret": (Signer(secret="other"), "signature", "we calculated does not match"),
    "region": (
        Signer(region="us-east-1"),
        "signature",
        "Credential should be scoped to a valid region, not 'us-east-1'. ",
    ),
    "service": (
        Signer(service="s3"),
        "signature",
        "Credential should be scoped to correct service: 'execute-api'. ",
    ),
    "terminator": (
        Signer(terminator="aws3"),
        "signature",
        "should be scoped with a valid terminator: 'aws4_request', not 'aws3'",
    ),
    "day": (Signer(day="20150830"), "signature", "Date in Credential scope does not match"),
    "slashes": (
        Signer(key="AKID/X"),
        "incomplete",
        "Credential must have exactly 5 slash-delimited elements",
    ),
}


@pytest.mark.parametrize(("signer", "kind", "words"), WRONG_SIGNERS.values(), ids=WRONG_SIGNERS)
def test_what_a_signer_has_wrong_is_told(client, signer, kind, words):
    refused(send(client, record(), signer=signer), kind, words)
    assert client.control("/datatalks/contacts") == {}


def test_region_and_service_are_what_the_options_say(serving):
    client = serving(datatalks_region="eu-north-1", datatalks_service="appsync")
    right = Signer(region="eu-north-1", service="appsync")
    assert send(client, record(), signer=right).status_code == 200
    refused(send(client, record()), "signature", "region, not 'eu-west-1'. Credential should")


def test_another_access_key_is_unknown(serving):
    client = serving(datatalks_access_key_id="AKIDRIGHT", datatalks_secret_access_key="right")
    right = Signer("AKIDRIGHT", "right")
    assert send(client, record(), signer=right).json()["key"] == "AKIDRIGHT"
    words = "The security token included in the request is invalid."
    refused(send(client, record()), "key", words)


CHANGED = {
    "unsigned": ({"authorization": ""}, "missing", "Missing Authentication Token"),
    "bearer": ({"authorization": "Bearer x"}, "incomplete", "requires 'Credential' parameter."),
    "no pair": (
        {"authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, x"},
        "incomplete",
        "Invalid key=value pair (missing equal-sign)",
    ),
    "no signature": (
        {"authorization": "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host"},
        "incomplete",
        "Authorization header requires 'Signature' parameter. (Hashed",
    ),
    "no date": ({"x-amz-date": ""}, "incomplete", "either a 'X-Amz-Date' or a 'Date' header."),
    "date of another form": ({"x-amz-date": "TODAYT1"}, "incomplete", "'basic format'. Got"),
    "no such date": ({"x-amz-date": "TODAYT250000Z"}, "incomplete", "'basic format'. Got"),
    "unsigned header": ({"x-amz-meta": "x"}, "signature", "'x-amz-meta' must be a 'SignedHeader'"),
    "changed header": ({"content-type": "text/plain"}, "signature", "does not match"),
}


@pytest.mark.parametrize(("changed", "kind", "words"), CHANGED.values(), ids=CHANGED)
def test_headers_that_do_not_fit_are_refused(client, changed, kind, words):
    now = datetime.now(UTC)
    fresh = {name: text.replace("TODAY", f"{now:%Y%m%d}") for name, text in changed.items()}
    refused(send(client, record(), changed=fresh, moment=now), kind, words)


def test_the_host_must_be_signed(client):
    now = datetime.now(UTC)
    headers = Signer().headers("h", "/datatalks/v1/contacts", b"{}", now)
    other = headers["authorization"].replace("content-type;host;", "content-type;")
    answer = send(client, b"{}", changed={"authorization": other}, moment=now)
    refused(answer, "signature", "'Host' must be a 'SignedHeader'")


def test_bytes_changed_after_signing_are_refused_and_what_was_hashed_is_told(client):
    headers = Signer().headers(client.url[7:], "/datatalks/v1/contacts", b'{"a":1,"b":2}')
    answer = client.http.post("/datatalks/v1/contacts", content=b'{"b":2,"a":1}', headers=headers)
    refused(answer, "signature", "The Canonical String for this request should have been\n'POST\n")
    refused(answer, "signature", "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n")


@pytest.mark.parametrize("seconds", [-290, 290])
def test_a_stamp_within_five_minutes_is_taken(client, seconds):
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    assert send(client, record(), moment=moment).status_code == 200


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-310, "Signature expired: "), (310, "Signature not yet current: ")],
)
def test_a_stamp_beyond_five_minutes_is_refused(client, seconds, words):
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    answer = send(client, record(), moment=moment)
    refused(answer, "signature", f"{words}{moment:%Y%m%dT%H%M%SZ} is ")
    refused(answer, "signature", "5 min.)")


SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class Vector(NamedTuple):
    """A published example."""

    signature: str
    method: str = "GET"
    query: str = ""
    service: str = "service"
    type: bytes = b""


# AWS's Signature Version 4 test suite (get-vanilla, post-vanilla, get-vanilla-query-order-key-case)
# and the example of the IAM User Guide (ListUsers).
VECTORS = {
    "get": Vector("5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    "post": Vector("5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b", "POST"),
    "query": Vector(
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        query="Param2=value2&Param1=value1",
    ),
    "iam": Vector(
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        query="Action=ListUsers&Version=2010-05-08",
        service="iam",
        type=b"application/x-www-form-urlencoded; charset=utf-8",
    ),
}


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_published_examples_verify_and_others_do_not(vector):
    host = b"iam.amazonaws.com" if vector.service == "iam" else b"example.amazonaws.com"
    signed = {b"host": host, b"x-amz-date": b"20150830T123600Z"}
    if vector.type:
        signed[b"content-type"] = vector.type
    names = b";".join(sorted(signed)).decode()
    scope = f"AKIDEXAMPLE/20150830/us-east-1/{vector.service}/aws4_request"
    given = f"Credential={scope}, SignedHeaders={names}, Signature={vector.signature}"
    headers = {**signed, b"authorization": f"AWS4-HMAC-SHA256 {given}".encode()}
    account = Account("AKIDEXAMPLE", SECRET, "us-east-1", vector.service)
    now = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
    example = Request(vector.method, "/", vector.query.encode(), headers, b"", "", 0, b"/")
    assert verify(example, account, now) == "AKIDEXAMPLE"
    with pytest.raises(RefusedError):
        verify(example._replace(body=b"x"), account, now)


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        (b"/", "/"),
        (b"", "/"),
        (b"//example//", "/example/"),
        (b"/./example/../", "/"),
        (b"/a/b/../c", "/a/c"),
        (b"/../../a", "/a"),
        (b"/kontakt%C3%A9r", "/kontakt%25C3%25A9r"),
        (b"/a%20b~c", "/a%2520b~c"),
    ],
)
def test_paths_are_normalized_and_encoded_once_more(raw, canonical):
    assert canonical_path(raw) == canonical


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        (b"", ""),
        (b"b=2&a=1", "a=1&b=2"),
        (b"a=2&a=1", "a=1&a=2"),
        (b"flag", "flag="),
        (b"a=%20%2b", "a=%20%2B"),
        (b"a=x/y", "a=x%2Fy"),
        (b"\xc3\xa5=1&B=2", "%C3%A5=1&B=2"),
    ],
)
def test_queries_are_sorted_and_encoded(query, canonical):
    assert canonical_query(query) == canonical
