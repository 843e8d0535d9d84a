"""The simulated verifier against AWS's own signer."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import pytest

from crmsync.sandbox.datatalks.sigv4 import Account, verify
from crmsync.sandbox.exchange import RefusedError, Request

auth = pytest.importorskip("botocore.auth", reason="botocore, the judge, is not installed")
awsrequest = pytest.importorskip("botocore.awsrequest")
credentials = pytest.importorskip("botocore.credentials")

TEXTS = "aZ09-_.~ /%&=+?:å£👍"


def made_up(dice):
    """A URL, a body, headers and credentials, by chance."""

    def text(length=12):
        return "".join(dice.choice(TEXTS) for _ in range(dice.randrange(1, length)))

    def encoded(safe=""):
        return quote(text(), safe=safe)

    path = "".join(f"/{encoded()}" for _ in range(dice.randrange(4))) or "/"
    path += dice.choice(["", "", "/", "/../x", "//y", "/./z"])
    query = "&".join(f"{encoded()}={encoded()}" for _ in range(dice.randrange(4)))
    body = dice.choice([b"", dice.randbytes(300), text(400).encode(), b"x" * 100_000])
    headers = {"Content-Type": "application/json", "X-Amz-Meta": "  a   b  "}
    headers = dict(list(headers.items())[: dice.randrange(3)])
    host = dice.choice(["api.datatalks.se", "localhost:8080", "127.0.0.1"])
    url = f"http://{host}{path}" + (f"?{query}" if query else "")
    return dice.choice(["POST", "PUT", "GET"]), url, body, headers


def test_what_botocore_signs_verifies_and_nothing_else_does():
    dice = random.Random(7)
    for number in range(300):
        method, url, body, headers = made_up(dice)
        secret, region = f"s{number}/+", dice.choice(["eu-west-1", "us-east-1"])
        asked = awsrequest.AWSRequest(method=method, url=url, data=body, headers=headers)
        keys = credentials.Credentials(f"AKID{number}", secret)
        auth.SigV4Auth(keys, "execute-api", region).add_auth(asked)
        sent = as_sent(asked, body)
        account = Account(f"AKID{number}", secret, region, "execute-api")
        assert verify(sent, account, datetime.now(UTC)) == f"AKID{number}", url
        for other in altered(sent):
            with pytest.raises(RefusedError):
                verify(other, account, datetime.now(UTC))


def as_sent(asked, body):
    parts = urlsplit(asked.url)
    headers = {name.lower().encode(): value.encode() for name, value in asked.headers.items()}
    headers[b"host"] = parts.netloc.encode()
    path, query = parts.path.encode(), parts.query.encode()
    return Request(asked.method, parts.path, query, headers, body, "", 0, path)


def altered(sent):
    yield sent._replace(body=sent.body + b" ")
    yield sent._replace(raw_path=sent.raw_path + b"x")
    yield sent._replace(query=sent.query + b"&z=1")
    yield sent._replace(method="DELETE")
    yield sent._replace(headers={**sent.headers, b"host": b"evil.example"})
