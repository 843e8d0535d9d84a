"""What a network library's exception means."""

from __future__ import annotations

import socket
import ssl

import httpx
import pytest
import urllib3
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    IncompleteRead,
    LocationParseError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from crmsync.errors import FatalError, RetryableError
from crmsync.testing.servers import FaultServer, cut, hang, reset
from crmsync.transport.exceptions import of_exception

POOL = urllib3.HTTPConnectionPool("api.example")
CONNECTION = HTTPConnection("api.example")


def caused(error, cause):
    error.__cause__ = cause
    return error


REFUSED = ConnectionRefusedError(111, "Connection refused")
BEFORE = {
    "refused": REFUSED,
    "dns": socket.gaierror(-2, "Name or service not known"),
    "httpx-connect": caused(httpx.ConnectError("x"), REFUSED),
    "httpx-connect-timeout": httpx.ConnectTimeout("x"),
    "httpx-pool": httpx.PoolTimeout("x"),
    "urllib3-new": NewConnectionError(CONNECTION, "x"),
    "urllib3-name": NameResolutionError("api.example", CONNECTION, socket.gaierror(-2, "unknown")),
    "urllib3-connect-timeout": ConnectTimeoutError("x"),
    "urllib3-wrapped": MaxRetryError(POOL, "/", NewConnectionError(CONNECTION, "x")),
}


@pytest.mark.parametrize("error", BEFORE.values(), ids=BEFORE.keys())
def test_what_fails_while_connecting_was_not_delivered(error):
    ours = of_exception(error, sent=True, host="api.example")

    assert isinstance(ours, RetryableError)
    assert not ours.maybe_delivered
    assert ours.message.startswith("api.example: ")


AFTER = {
    "httpx-read": httpx.ReadError("x"),
    "httpx-read-timeout": httpx.ReadTimeout("x"),
    "httpx-write": httpx.WriteError("x"),
    "httpx-write-timeout": httpx.WriteTimeout("x"),
    "httpx-protocol": httpx.RemoteProtocolError("x"),
    "urllib3-read-timeout": ReadTimeoutError(POOL, "/", "x"),
    "urllib3-reset": ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")),
    "urllib3-cut": IncompleteRead(3, 7),
    "urllib3-gzip": DecodeError("x"),
    "urllib3-ssl": SSLError("x"),
    "urllib3-wrapped": MaxRetryError(POOL, "/", ProtocolError("x")),
    "reset": ConnectionResetError(104, "Connection reset by peer"),
    "pipe": BrokenPipeError(32, "Broken pipe"),
    "timeout": TimeoutError("timed out"),
    "ssl-eof": ssl.SSLEOFError(8, "EOF occurred"),
}


@pytest.mark.parametrize("error", AFTER.values(), ids=AFTER.keys())
@pytest.mark.parametrize("sent", [True, False])
def test_what_fails_later_may_have_been_delivered_if_a_byte_had_left(error, sent):
    ours = of_exception(error, sent=sent)

    assert isinstance(ours, RetryableError)
    assert ours.maybe_delivered is sent


UNTRUSTED = ssl.SSLCertVerificationError(1, "certificate verify failed")
UNTRUSTED.verify_message = "self-signed certificate"
FATAL = {
    "certificate": (caused(httpx.ConnectError("x"), UNTRUSTED), "not trusted"),
    "urllib3-certificate": (MaxRetryError(POOL, "/", caused(SSLError("x"), UNTRUSTED)), "trusted"),
    "no-url": (LocationParseError("x"), "no URL"),
    "httpx-no-url": (httpx.InvalidURL("x"), "no URL"),
    "local-protocol": (httpx.LocalProtocolError("x"), "no HTTP"),
    "unheard-of": (LookupError("a\x1bb"), r"an unexpected error \(LookupError: a\\x1bb\)"),
}


@pytest.mark.parametrize(("error", "says"), FATAL.values(), ids=FATAL.keys())
def test_what_no_retry_mends_is_fatal(error, says):
    ours = of_exception(error, sent=True)

    assert isinstance(ours, FatalError)
    assert ours.hint.startswith("check ")
    with pytest.raises(FatalError, match=says):
        raise ours


def test_the_systems_own_words_are_kept():
    ours = of_exception(BEFORE["httpx-connect"], sent=False, host="api.example")

    assert ours.message == "api.example: no connection (Connection refused)"


def test_a_cause_without_words_of_its_own_adds_none():
    ours = of_exception(caused(httpx.ReadTimeout("x"), TimeoutError("timed out")), sent=True)

    assert ours.message == "no whole answer in time"


def test_a_url_in_the_exception_is_not_repeated():
    error = MaxRetryError(POOL, "/x?api_token=canary", NewConnectionError(CONNECTION, "x"))

    assert "canary" not in of_exception(error, sent=True).message


def test_a_circle_of_causes_ends():
    error = httpx.ReadError("x")
    error.__cause__ = caused(OSError(5, "I/O error"), error)

    assert isinstance(of_exception(error, sent=True), RetryableError)


WIRE = {"hang": hang(), "reset": reset(), "cut": cut(b"{}", declared=9)}


@pytest.mark.parametrize("play", WIRE.values(), ids=WIRE.keys())
def test_what_urllib3_really_raises_is_known(play):
    with (
        FaultServer([play]) as server,
        urllib3.PoolManager(retries=False) as pool,
        pytest.raises(urllib3.exceptions.HTTPError) as caught,
    ):
        pool.request("POST", server.url, body=b"x", timeout=0.3)

    ours = of_exception(caught.value, sent=True)
    assert isinstance(ours, RetryableError)
    assert ours.maybe_delivered
