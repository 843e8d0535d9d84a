from __future__ import annotations

import logging
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest

from crmsync.errors import ConfigError, CredentialsError, FatalError, RetryableError
from crmsync.interfaces import Response
from crmsync.sources.salesforce.client import SalesforceTransport
from crmsync.testing import servers
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport
from tests.sources.salesforce.doorway import (
    CLIENT,
    LOGIN,
    TOKEN,
    Doorway,
    answered,
    granted,
    open_api,
    settings_of,
)
from tests.sources.salesforce.keys import private_pem, public_pem

USER = {"username": "a&b@acme.example", "password": "p<4>&ss"}
LEGACY = {"auth": "password", "consumer_key": None, "consumer_secret": None, **USER}
REFRESH: dict[str, Any] = {"auth": "refresh_token", "refresh_token": "${SF_TEST_REFRESH}"}
SOAP = (
    b'<?xml version="1.0"?><e:Envelope xmlns:e="x" xmlns="y"><e:Body><loginResponse><result>'
    b"<serverUrl>%s/services/Soap/u/64.0/00D5g000004OrgA</serverUrl>"
    b"<sessionId>%s</sessionId></result></loginResponse></e:Body></e:Envelope>"
)


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "server.key"
    path.write_bytes(private_pem())
    return path


def signing(key_file, **values):
    return {
        "auth": "jwt",
        "consumer_secret": None,
        "username": "a@b.c",
        "private_key_file": str(key_file),
        **values,
    }


def sign_in(script, **values):
    transport = ScriptedTransport(script)
    org = open_api(transport, **values).identity()
    return org, transport.requests


def form_of(request):
    return {name: value for name, (value,) in parse_qs(request.body.decode()).items()}


def test_client_credentials_go_as_basic_authentication_to_the_login_host():
    org, (request,) = sign_in([granted()])

    assert request.url == f"{LOGIN}/services/oauth2/token"
    assert request.headers["Authorization"].startswith("Basic ")
    assert form_of(request) == {"grant_type": "client_credentials"}
    assert org.id == "00D5g000004OrgAEAS"


def test_a_jwt_is_signed_for_its_audience(key_file):
    _, (request,) = sign_in([granted()], **signing(key_file))
    form = form_of(request)
    audience = "https://login.salesforce.com"
    claims = jwt.decode(
        form["assertion"],
        public_pem(),
        ["RS256"],
        audience=audience,
        options={"verify_exp": False},
    )

    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert (claims["iss"], claims["sub"]) == (CLIENT["consumer_key"], "a@b.c")


@pytest.mark.parametrize(
    ("values", "audience"),
    [
        ({"login_url": "https://acme.my.salesforce.com"}, "login"),
        ({"login_url": "https://login.salesforce.com"}, "login"),
        ({"login_url": "https://test.salesforce.com"}, "test"),
        ({"login_url": "https://acme--box.sandbox.my.salesforce.com"}, "test"),
        ({"audience": "https://test.salesforce.com"}, "test"),
    ],
)
def test_a_jwts_audience_follows_from_the_login_host(key_file, values, audience):
    answer = granted(instance_url="https://acme.my.salesforce.com")
    _, (request,) = sign_in([answer], **signing(key_file, **values))
    claims = jwt.decode(form_of(request)["assertion"], options={"verify_signature": False})

    assert claims["aud"] == f"https://{audience}.salesforce.com"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"no key at all", "holds no RSA key"),
        (b"encrypted", "holds no RSA key"),
    ],
    ids=["no file", "no text", "no key", "with a passphrase"],
)
def test_a_key_file_that_is_none_is_named(tmp_path, content, words):
    path = tmp_path / "server.key"
    if content is not None:
        path.write_bytes(private_pem(passphrase=b"pw") if content == b"encrypted" else content)
    with pytest.raises(ConfigError) as caught:
        sign_in([], **signing(path))

    assert words in caught.value.message
    assert str(path) in caught.value.message
    assert "passphrase" in caught.value.hint


def test_a_password_by_oauth_has_the_security_token_glued_on():
    values = {"auth": "password", **USER, "security_token": "T0ken"}
    _, (request,) = sign_in([granted()], **values)

    assert form_of(request) == {
        "grant_type": "password",
        "client_id": CLIENT["consumer_key"],
        "client_secret": CLIENT["consumer_secret"],
        "username": "a&b@acme.example",
        "password": "p<4>&ssT0ken",
    }


@pytest.mark.parametrize("token", [{}, {"security_token": "T0ken"}], ids=["none", "one"])
def test_soap_signs_in_at_the_last_version_that_has_it(token):
    answer = Response(200, {}, SOAP % (b"http://127.0.0.1:9", TOKEN.encode()))
    org, (request,) = sign_in([answer], **LEGACY, **token)

    assert request.url == f"{LOGIN}/services/Soap/u/64.0"
    assert f"p&lt;4&gt;&amp;ss{token.get('security_token', '')}<".encode() in request.body
    assert (org.id, org.instance) == ("00D5g000004OrgAEAS", LOGIN)


def test_soap_names_the_orgs_host():
    answer = Response(200, {}, SOAP % (b"https://acme-api.my.salesforce.com", TOKEN.encode()))

    assert sign_in([answer], **LEGACY)[0].instance == "https://acme.my.salesforce.com"


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16"),
        b"<html><!-- login --></html>",
        b"",
        b"{}",
    ],
)
def test_soap_answers_that_are_more_or_less_than_soap_are_not_parsed(body):
    with pytest.raises(FatalError, match="something else than SOAP"):
        sign_in([Response(200, {}, body)], **LEGACY)


def test_a_soap_fault_says_why_and_what_to_do():
    body = (
        b'<e:Envelope xmlns:e="x" xmlns:sf="y"><e:Fault><sf:exceptionCode>INVALID_LOGIN'
        b"</sf:exceptionCode><sf:exceptionMessage>Invalid username, password, security token"
        b"</sf:exceptionMessage></e:Fault></e:Envelope>"
    )
    with pytest.raises(CredentialsError) as caught:
        sign_in([Response(500, {}, body)], **LEGACY)

    assert "INVALID_LOGIN: Invalid username" in caught.value.message
    assert "security_token" in caught.value.hint


@pytest.mark.parametrize("values", [LEGACY, {"auth": "password", **USER}], ids=["SOAP", "OAuth"])
def test_a_way_that_ends_is_logged_once_with_when(caplog, values):
    api = open_api(Doorway(FakeClock()), **values)
    with caplog.at_level(logging.WARNING, "crmsync"):
        api._calls._sessions.expire(api._calls.session())
        api.identity()
    (record,) = (one for one in caplog.records if one.getMessage() == "sign_in_ends")

    assert "instead" in record.__dict__["values"]["reason"]


def test_a_refresh_token_is_sent_with_the_client(monkeypatch):
    monkeypatch.setenv("SF_TEST_REFRESH", "5Aep861.refresh")
    _, (request,) = sign_in([granted()], **REFRESH)

    assert form_of(request) == {
        "grant_type": "refresh_token",
        "refresh_token": "5Aep861.refresh",
        "client_id": CLIENT["consumer_key"],
        "client_secret": CLIENT["consumer_secret"],
    }


def test_a_refresh_token_of_an_app_without_a_secret_goes_without_one(monkeypatch):
    monkeypatch.setenv("SF_TEST_REFRESH", "5Aep861.refresh")
    _, (request,) = sign_in([granted()], **REFRESH, consumer_secret=None)

    assert "client_secret" not in form_of(request)


@pytest.mark.fault(15)
def test_s39_a_rotated_refresh_token_is_kept_before_the_session_is_used(tmp_path):
    path = tmp_path / "refresh"
    path.write_text("5Aep861.first")
    seen = []

    def answer(request):
        seen.append((request.url.rpartition("/")[2], path.read_text().strip()))
        told = {"refresh_token": f"5Aep861.{len(seen)}"}
        return granted(**told) if "oauth2" in request.url else answered({"sobjects": []})

    api = open_api(ScriptedTransport(answer), auth="refresh_token", refresh_token=f"file:{path}")
    api.sobjects()

    assert seen == [("token", "5Aep861.first"), ("sobjects", "5Aep861.1")]


@pytest.mark.fault(15)
def test_s39_a_rotated_refresh_token_that_cannot_be_kept_stops_everything(monkeypatch):
    monkeypatch.setenv("SF_TEST_REFRESH", "5Aep861.first")
    transport = ScriptedTransport([granted(refresh_token="5Aep861.second")])
    with pytest.raises(ConfigError) as caught:
        open_api(transport, **REFRESH).sobjects()

    assert caught.value.problems[0].field == "sources.salesforce.refresh_token"
    assert "file:PATH" in caught.value.hint
    assert "second" not in caught.value.message + caught.value.hint
    assert len(transport.requests) == 1


def test_s39_the_same_refresh_token_again_is_no_rotation(monkeypatch):
    monkeypatch.setenv("SF_TEST_REFRESH", "5Aep861.first")

    assert sign_in([granted(refresh_token="5Aep861.first")], **REFRESH)[0].id


@pytest.mark.parametrize(
    "hiccup",
    [
        Response(503, {}, b""),
        answered({"error": "unknown_error", "error_description": "retry your request"}, 400),
        Response(200, {}, b"<html><title>Maintenance</title></html>"),
        RetryableError("the connection broke"),
    ],
    ids=["503", "unknown_error", "a page", "a broken connection"],
)
def test_a_hiccup_while_signing_in_is_tried_again(hiccup):
    org, requests = sign_in([hiccup, granted()])

    assert (org.id[:3], len(requests)) == ("00D", 2)


@pytest.mark.parametrize(
    "answer",
    [answered([]), answered({"access_token": TOKEN}), granted(instance_url=7), granted(id=None,
     access_token="")],
)  # fmt: skip
def test_json_without_a_session_ends_the_run(answer):
    with pytest.raises(FatalError, match="holds no session"):
        sign_in([answer])


@pytest.mark.security(16)
def test_a_redirect_while_signing_in_is_not_followed():
    away = Response(302, {"location": "https://evil.example/token"}, b"")
    with pytest.raises(FatalError, match=r"evil\.example"):
        sign_in([away])


@pytest.mark.parametrize(
    ("values", "options"),
    [
        ({}, {}),
        ({"auth": "password", **USER}, {"salesforce_password": USER["password"]}),
        (LEGACY, {"salesforce_password": USER["password"]}),
        ({"auth": "refresh_token", "refresh_token": "5Aep861.x"}, {}),
    ],
    ids=["client credentials", "password", "SOAP", "refresh token"],
)
def test_the_simulator_takes_every_way_to_sign_in(values, options):
    door = Doorway(FakeClock(), **options)
    api = open_api(door, **values)

    assert api.identity().id.startswith("00D")
    assert api.count("SELECT COUNT() FROM Account") == 250


def test_the_simulator_takes_a_jwt_that_our_key_signed(key_file):
    door = Doorway(FakeClock(), salesforce_public_key=public_pem())

    assert open_api(door, **signing(key_file)).count("SELECT COUNT() FROM Account") == 250


def test_a_user_name_may_be_a_reference(monkeypatch, key_file):
    monkeypatch.setenv("SF_TEST_USER", "sync@acme.example")
    _, (request,) = sign_in([granted()], **signing(key_file, username="${SF_TEST_USER}"))
    claims = jwt.decode(form_of(request)["assertion"], options={"verify_signature": False})

    assert claims["sub"] == "sync@acme.example"


def test_over_the_wire_the_session_goes_in_the_header_and_nothing_else():
    with servers.FaultServer([servers.reply(200, b'{"sobjects":[]}')]) as server:
        grant = granted(instance_url=server.url)
        server._plays.insert(0, servers.reply(200, grant.body))
        settings = settings_of(login_url=server.url)
        api = open_api(SalesforceTransport(settings), login_url=server.url)
        api.sobjects()
        api.close()
    token, call = server.received

    assert token.headers["content-type"] == "application/x-www-form-urlencoded"
    assert call.headers["authorization"] == f"Bearer {TOKEN}"
    assert call.target == "/services/data/v68.0/sobjects"
    assert "x-prettyprint" not in call.headers
    assert call.headers["accept-encoding"] == "gzip"
    assert server.connections == 1
