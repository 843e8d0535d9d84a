from __future__ import annotations

import time
from contextlib import closing

import orjson
import pytest

from crmsync.errors import ConfigError, CredentialsError, FatalError, RetryableError
from crmsync.interfaces import Request
from crmsync.secrets import Secret
from crmsync.sources.pipedrive.client import MAX_BYTES, PipedriveTransport
from crmsync.sources.pipedrive.settings import PipedriveSettings
from crmsync.testing import servers
from crmsync.testing.clocks import FakeClock

BODY = b'{"success":true,"data":[]}'
APP = {"client_id": "app", "client_secret": "app-secret", "refresh_token": "refresh-1"}


def connect(url, clock=None, **settings):
    values = {"api_token": "user-token", "base_url": url, **settings}
    return PipedriveTransport(
        PipedriveSettings.model_validate(values), FakeClock() if clock is None else clock
    )


def sign_in(url, clock=None, **settings):
    values = {**APP, "base_url": url, "oauth_url": url, **settings}
    return PipedriveTransport(
        PipedriveSettings.model_validate(values), FakeClock() if clock is None else clock
    )


def send(plays, *, times=1, connect=connect, **settings):
    with (
        servers.FaultServer(plays) as server,
        closing(connect(server.url, **settings)) as transport,
    ):
        request = Request("GET", f"{server.url}/api/v2/deals?ids=1,2", {})
        answers = [transport.send(request) for _ in range(times)]
        return answers[-1], server


def granted(url="", access="access-1", **more):
    body = {"access_token": access, "expires_in": 3599, "refresh_token": "refresh-1", **more}
    return servers.reply(200, orjson.dumps({**body, "api_domain": url} if url else body))


def test_the_token_goes_in_its_header_and_never_into_the_address():
    _, server = send([servers.reply(200, BODY)])
    (received,) = server.received

    assert received.headers["x-api-token"] == "user-token"
    assert "authorization" not in received.headers
    assert received.target == "/api/v2/deals?ids=1,2"
    assert received.headers["user-agent"].startswith("crmsync/")


def test_one_connection_serves_many_requests():
    _, server = send([servers.reply(200, BODY)], times=5)

    assert (len(server.received), server.connections) == (5, 1)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 429, 500, 503])
def test_a_status_is_an_answer_and_nothing_is_sent_again(status):
    headers = {"location": "http://127.0.0.1:1/", "content-type": "text/html"}
    answer, server = send([servers.reply(status, b"<html>", headers)])

    assert (answer.status, answer.body) == (status, b"<html>")
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "play", [servers.reset(), servers.cut(BODY, declared=99)], ids=["reset", "cut"]
)
def test_an_answer_that_is_not_whole_is_none(play):
    with pytest.raises(RetryableError) as caught:
        send([play])
    assert "user-token" not in caught.value.message


def test_a_request_is_over_when_its_time_is():
    begun = time.monotonic()
    with pytest.raises(RetryableError):
        send([servers.hang()], timeout="0.3s")

    assert time.monotonic() - begun < 8


def test_an_answer_has_a_largest_size():
    assert MAX_BYTES >= 500 * 100_000  # a page of the largest records there may be


def test_an_app_signs_in_once_and_sends_its_access_token():
    answer, server = send([granted(), servers.reply(200, BODY)], times=3, connect=sign_in)
    first, *others = server.received

    assert answer.body == BODY
    assert (first.method, first.target) == ("POST", "/oauth/token")
    assert first.headers["authorization"] == "Basic YXBwOmFwcC1zZWNyZXQ="
    assert first.body == b"grant_type=refresh_token&refresh_token=refresh-1"
    assert {one.headers["authorization"] for one in others} == {"Bearer access-1"}
    assert len(others) == 3


def test_an_access_token_that_is_refused_is_renewed_once():
    plays = [granted(), servers.reply(401, b"{}"), granted(access="access-2"),
             servers.reply(200, BODY)]  # fmt: skip
    answer, server = send(plays, connect=sign_in)

    assert answer.status == 200
    assert server.received[-1].headers["authorization"] == "Bearer access-2"


@pytest.mark.fault(14)
def test_an_access_token_that_is_refused_twice_is_an_answer():
    plays = [granted(), servers.reply(401, b"{}"), granted(access="access-2"),
             servers.reply(401, b"{}")]  # fmt: skip
    answer, server = send(plays, connect=sign_in)

    assert answer.status == 401
    assert len(server.received) == 4


def test_an_access_token_is_renewed_before_it_ends():
    clock = FakeClock()
    plays = [granted(), servers.reply(200, BODY), granted(access="access-2"),
             servers.reply(200, BODY)]  # fmt: skip
    with servers.FaultServer(plays) as server, closing(sign_in(server.url, clock)) as transport:
        request = Request("GET", f"{server.url}/api/v2/deals", {})
        transport.send(request)
        clock.advance(3599 - 30)
        transport.send(request)

    assert [one.method for one in server.received] == ["POST", "GET", "POST", "GET"]


def test_a_new_refresh_token_is_written_where_the_old_one_was(tmp_path):
    kept = tmp_path / "token"
    kept.write_text("refresh-1\n")
    settings = {"refresh_token": f"file:{kept}"}
    send(
        [granted(refresh_token="refresh-2"), servers.reply(200, BODY)], connect=sign_in, **settings
    )

    assert kept.read_text() == "refresh-2\n"


@pytest.mark.fault(15)
def test_a_new_refresh_token_that_cannot_be_kept_is_told():
    with pytest.raises(ConfigError, match="cannot be written back") as caught:
        send([granted(refresh_token="refresh-2")], connect=sign_in)
    assert "refresh-2" not in str(caught.value)


def test_requests_go_to_the_address_that_the_sign_in_names():
    with servers.FaultServer([servers.reply(200, BODY)]) as elsewhere:
        elsewhere_path = f"{elsewhere.url}/of/the/company"
        with servers.FaultServer([granted(elsewhere_path)]) as server:
            transport = sign_in(server.url)
            with pytest.raises(FatalError, match="refused to send"):
                transport.send(Request("GET", f"{server.url}/api/v2/deals", {}))
            transport.close()

    assert elsewhere.received == []


def test_the_configured_address_may_be_named_with_a_path_of_its_own():
    with servers.FaultServer([servers.reply(200, b"")]) as server:
        plays = [granted(f"{server.url}/moved"), servers.reply(200, BODY)]
        server._plays[:] = plays
        transport = sign_in(server.url)
        transport.send(Request("GET", f"{server.url}/api/v2/deals", {}))
        transport.close()

    assert server.received[-1].target == "/moved/api/v2/deals"


def test_an_address_may_be_configured_in_other_letters_than_it_is_called_by():
    with servers.FaultServer([servers.reply(200, b"")]) as server:
        server._plays[:] = [granted(f"{server.url}/moved"), servers.reply(200, BODY)]
        transport = sign_in(server.url, base_url=f"{server.url.replace('http', 'HTTP')}/")
        transport.send(Request("GET", f"{server.url}/api/v2/deals", {}))
        transport.close()

    assert server.received[-1].target == "/moved/api/v2/deals"


@pytest.mark.parametrize(
    ("named", "goes_to"),
    [
        ("https://acme.pipedrive.com", "https://acme.pipedrive.com"),
        ("https://acme.pipedrive.com/", "https://acme.pipedrive.com"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_company_at_pipedrive_may_be_named(named, goes_to):
    transport = sign_in("http://127.0.0.1:9")

    assert transport._sign_in._allowed(named) == goes_to


@pytest.mark.parametrize(
    "named",
    ["https://evil.example", "http://acme.pipedrive.com", "https://pipedrive.com.evil.example",
     "https://evilpipedrive.com", "https://x@acme.evil.example",
     "https://evil.example\\.pipedrive.com", "https://x@acme.pipedrive.com",
     "https://.pipedrive.com", "https://évil.pipedrive.com"],
)  # fmt: skip
@pytest.mark.security(18)
def test_credentials_go_to_no_other_address(named):
    transport = sign_in("http://127.0.0.1:9")

    with pytest.raises(FatalError, match="refused"):
        transport._sign_in._allowed(named)


@pytest.mark.parametrize(
    ("play", "kind", "words"),
    [
        (servers.reply(400, b'{"error":"invalid_grant"}'), CredentialsError, "invalid_grant"),
        (servers.reply(401, b"{}"), CredentialsError, "does not sign the OAuth app in"),
        (servers.reply(503, b""), RetryableError, "503"),
        (servers.reply(200, b"<html>"), FatalError, "no access token"),
        (servers.reply(200, b'{"access_token":""}'), FatalError, "no access token"),
    ],
    ids=["bad refresh token", "bad app", "down", "html", "nothing"],
)
def test_a_sign_in_that_fails_says_why(play, kind, words):
    with pytest.raises(kind, match=words) as caught:
        send([play], connect=sign_in)
    assert "app-secret" not in caught.value.message + caught.value.hint


def test_a_secret_is_looked_up_when_it_is_used(tmp_path):
    kept = tmp_path / "token"
    kept.write_text("from-a-file")
    _, server = send([servers.reply(200, BODY)], api_token=f"file:{kept}")

    assert server.received[0].headers["x-api-token"] == "from-a-file"
    assert Secret("x").literal


@pytest.mark.security(63)
@pytest.mark.parametrize("text", ["base,deals:full", "base deals:full", " base, deals:full "])
def test_what_an_app_may_is_known_once_it_has_signed_in(text):
    with (
        servers.FaultServer([granted(scope=text), servers.reply(200, BODY)]) as server,
        closing(sign_in(server.url)) as transport,
    ):
        assert transport.scopes() == frozenset()
        transport.send(Request("GET", f"{server.url}/api/v2/deals", {}))
        assert transport.scopes() == {"base", "deals:full"}


def test_of_a_users_token_nothing_is_told():
    with closing(connect("http://127.0.0.1:1")) as transport:
        assert transport.scopes() == frozenset()
