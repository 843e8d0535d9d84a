from __future__ import annotations

import base64
import json
import time
from functools import cache

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.sandbox.organization import DATA, FORM, Organization

JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CLIENT = {"client_id": "key", "client_secret": "secret"}
ENVELOPE = (
    '<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    '<n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>{}</n1:username>'
    "<n1:password>{}</n1:password></n1:login></e:Body></e:Envelope>"
)


@cache
def key(whose):
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def pem():
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key("ours").public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def packed(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def assertion(whose="ours", **changed):
    claims = {"iss": "key", "sub": "ada@example.com", "aud": "https://login.salesforce.com",
              "exp": str(int(time.time()) + 170), **changed}  # fmt: skip
    text = packed(b'{"alg":"RS256"}') + b"." + packed(json.dumps(claims).encode())
    signed = key(whose).sign(text, padding.PKCS1v15(), hashes.SHA256())
    return (text + b"." + packed(signed)).decode()


def refused(answer):
    assert answer.status_code == 400
    return answer.json()["error"], answer.json()["error_description"]


@pytest.fixture
def org(client):
    return Organization(client, login=False)


def test_client_credentials_open_a_session_that_names_no_end(org):
    answer = org.token(**FORM).json()
    assert answer["token_type"] == "Bearer"
    assert answer["instance_url"] == org.base
    assert answer["issued_at"].isdecimal()
    assert "expires_in" not in answer
    org.http.headers["authorization"] = f"Bearer {answer['access_token']}"
    assert org.get("/limits").status_code == 200


def test_a_client_may_name_itself_by_basic_authentication(org):
    basic = base64.b64encode(b"key:secret").decode()
    answer = org.token(headers={"authorization": f"Basic {basic}"}, grant_type="client_credentials")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("options", "form", "refusal"),
    [
        ({"salesforce_host_kind": "login"}, FORM,
         ("invalid_grant", "request not supported on this domain")),
        ({"salesforce_host_kind": "test"}, FORM,
         ("invalid_grant", "request not supported on this domain")),
        ({"salesforce_run_as_user": False}, FORM,
         ("invalid_grant", "no client credentials user enabled")),
        ({"salesforce_consumer_key": "other"}, FORM,
         ("invalid_client_id", "client identifier invalid")),
        ({"salesforce_consumer_secret": "other"}, FORM,
         ("invalid_client", "invalid client credentials")),
        ({}, {**FORM, "client_secret": ""}, ("invalid_client", "invalid client credentials")),
        ({}, {**FORM, "grant_type": "magic"},
         ("unsupported_grant_type", "grant type not supported")),
    ],
    ids=["login host", "test host", "no user", "key", "secret", "no secret", "grant"],
)  # fmt: skip
def test_client_credentials_are_refused(serving, options, form, refusal):
    assert refused(Organization(serving(**options), login=False).token(**form)) == refusal


def test_a_signed_assertion_opens_a_session(serving):
    org = Organization(serving(salesforce_public_key=pem()), login=False)
    assert org.token(grant_type=JWT, assertion=assertion()).status_code == 200


@pytest.mark.parametrize(
    ("changed", "description"),
    [
        ({"aud": "https://acme.my.salesforce.com"}, "audience is invalid"),
        ({"exp": int(time.time()) + 3600}, "expired authorization code"),
        ({"exp": int(time.time()) - 60}, "expired authorization code"),
        ({"exp": None}, "expired authorization code"),
        ({"iss": ""}, "client identifier invalid"),
        ({"sub": ""}, "user hasn't approved this consumer"),
        ({"whose": "another"}, "invalid assertion"),
    ],
    ids=["audience", "far", "past", "endless", "no key", "nobody", "other signature"],
)  # fmt: skip
def test_an_assertion_is_refused(serving, changed, description):
    org = Organization(serving(salesforce_public_key=pem()), login=False)
    answer = org.token(grant_type=JWT, assertion=assertion(**changed))
    assert refused(answer)[1] == description


def test_a_signature_of_another_length_is_refused(serving):
    org = Organization(serving(salesforce_public_key=pem()), login=False)
    answer = org.token(grant_type=JWT, assertion=assertion()[:-8])
    assert refused(answer)[1] == "invalid assertion"


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "e30.e30.", "e30.W10.c2ln"])
def test_what_is_no_assertion_is_refused(org, text):
    assert refused(org.token(grant_type=JWT, assertion=text))[1] == "invalid assertion"


def test_a_consumer_that_was_not_approved_gets_no_session(serving):
    org = Organization(serving(salesforce_approved=False), login=False)
    answer = org.token(grant_type=JWT, assertion=assertion())
    assert refused(answer) == ("invalid_grant", "user hasn't approved this consumer")


def test_a_public_key_can_be_given_later(org):
    org.act("public_key", pem=pem())
    assert org.token(grant_type=JWT, assertion=assertion()).status_code == 200
    assert refused(org.token(grant_type=JWT, assertion=assertion("another")))
    answer = org.raw.post("/_sandbox/salesforce/public_key", json={"pem": "x"})
    assert answer.status_code == 400


def test_a_refresh_token_stays_good_without_rotation(serving):
    org = Organization(serving(salesforce_refresh_token="r1"), login=False)
    for _ in range(2):
        answer = org.token(grant_type="refresh_token", refresh_token="r1", client_id="key")
        assert "refresh_token" not in answer.json()
    answer = org.token(grant_type="refresh_token", refresh_token="r2", client_id="key")
    assert refused(answer) == ("invalid_grant", "expired access/refresh token")


def test_a_rotated_refresh_token_is_good_once(serving):
    org = Organization(
        serving(salesforce_refresh_token="r1", salesforce_rotate_refresh=True), login=False
    )
    form = {"grant_type": "refresh_token", "client_id": "key"}
    fresh = org.token(**form, refresh_token="r1").json()["refresh_token"]
    assert refused(org.token(**form, refresh_token="r1"))[0] == "invalid_grant"
    assert org.token(**form, refresh_token=fresh).json()["refresh_token"] not in ("r1", fresh)
    assert refused(org.token(**form, refresh_token=fresh))[0] == "invalid_grant"


PERSON = {
    "salesforce_username": "ada@example.com",
    "salesforce_password": "pass",
    "salesforce_security_token": "TOKEN",
}


@pytest.mark.parametrize("password", ["pass", "TOKEN", "passTOKEN2", ""])
def test_a_password_without_its_security_token_is_refused(serving, password):
    org = Organization(serving(**PERSON), login=False)
    form = {"grant_type": "password", "username": "ada@example.com", **CLIENT}
    assert org.token(**form, password="passTOKEN").status_code == 200
    answer = org.token(**form, password=password)
    assert refused(answer) == ("invalid_grant", "authentication failure")


def log_in(org, version="64.0", typed="passTOKEN"):
    return org.http.post(
        f"/services/Soap/u/{version}",
        content=ENVELOPE.format("ada@example.com", typed),
        headers={"content-type": "text/xml", "SOAPAction": "login"},
    )


def test_what_is_no_form_or_no_basic_authentication_is_refused(org):
    answer = org.http.post("/services/oauth2/token", json=FORM)
    assert refused(answer)[0] == "unsupported_grant_type"
    answer = org.token(headers={"authorization": "Basic !"}, grant_type="client_credentials")
    assert refused(answer)[0] == "invalid_client"


def test_what_is_no_soap_login_is_a_fault(org):
    answer = org.http.post("/services/Soap/u/59.0", content="x", headers={"SOAPAction": "login"})
    assert "UNKNOWN_EXCEPTION" in answer.text


def test_soap_login_answers_a_session_and_its_server(serving):
    org = Organization(serving(**PERSON), login=False)
    text = log_in(org).text
    assert f"<serverUrl>{org.base}/services/Soap/u/64.0/" in text
    session = text.partition("<sessionId>")[2].partition("<")[0]
    org.http.headers["authorization"] = f"Bearer {session}"
    assert org.get("/limits").status_code == 200


@pytest.mark.parametrize(
    ("options", "asked", "code"),
    [
        (PERSON, {"typed": "pass"}, "INVALID_LOGIN"),
        (PERSON, {"version": "65.0"}, "UNSUPPORTED_API_VERSION"),
        ({"salesforce_soap_login": False}, {}, "INVALID_OPERATION"),
    ],
    ids=["password", "version", "off"],
)
def test_soap_login_is_refused_with_a_fault(serving, options, asked, code):
    answer = log_in(Organization(serving(**options), login=False), **asked)
    assert answer.status_code == 500
    assert f"<sf:exceptionCode>{code}</sf:exceptionCode>" in answer.text


def test_logins_answer_another_instance_by_option(serving):
    org = Organization(serving(salesforce_instance_url="https://evil.example.com"), login=False)
    assert org.token(**FORM).json()["instance_url"] == "https://evil.example.com"


def test_only_sessions_that_were_opened_are_let_in(org):
    for authorization in ("", "Bearer", "Bearer made-up", "Basic abc"):
        org.http.headers["authorization"] = authorization
        answer = org.get("/limits")
        assert answer.status_code == 401
        assert answer.json() == [
            {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
        ]


def test_a_session_dies_after_so_many_calls_until_the_next_login(serving):
    org = Organization(serving(salesforce_session_calls=2))
    assert [org.get("/limits").status_code for _ in range(4)] == [200, 200, 401, 401]
    org.log_in()
    assert org.get("/limits").status_code == 200


def test_sessions_can_be_ended(client):
    org = Organization(client)
    assert org.act("expire") == {"sessions": 1}
    assert org.get("/limits").status_code == 401


def test_the_daily_limit_refuses_every_call_and_counts_down(serving):
    org = Organization(serving(salesforce_daily_limit=2))
    assert org.get("/limits").headers["sforce-limit-info"] == "api-usage=1/2"
    assert org.get("/limits").json()["DailyApiRequests"] == {"Max": 2, "Remaining": 0}
    for path in ("/limits", "/query?q=SELECT+Id+FROM+User"):
        answer = org.http.get(f"{DATA}{path}")
        assert answer.status_code == 403
        assert answer.json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    assert org.token(**FORM).status_code == 200


def test_versions_are_listed_without_a_session(org):
    listed = org.http.get("/services/data").json()
    assert listed[-1] == {
        "label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0",
    }  # fmt: skip
    assert [one["label"] for one in listed[-4:-1]] == ["Winter '26", "Spring '26", "Summer '26"]
    assert listed[0]["version"] == "31.0"
