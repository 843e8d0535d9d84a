from __future__ import annotations

import pytest

from tests.sandbox.application import EVENTS, refusal

START = b"token=t&type=company&lead=123456789abc&note="

NOTES = [
    (b"a+b", "a b"),
    (b"a%2Bb", "a+b"),
    (b"caff%C3%A8+%26+t%C3%A9+100%25", "caffè & té 100%"),
    (b"%2525", "%25"),
    (b"one%0Atwo%0D%0A", "one\ntwo\r\n"),
    (b"a=b==", "a=b=="),
    (b"%F0%9F%91%8D", "👍"),
    (b"", ""),
]


@pytest.mark.parametrize(("encoded", "note"), NOTES, ids=[repr(case[0]) for case in NOTES])
def test_a_form_is_decoded_once(app, encoded, note):
    assert app.raw(START + encoded).json()["item"]["note"] == note


def test_a_plus_that_is_not_escaped_is_a_blank(app):
    answer = app.raw(START + b"x&leadAssignee=larentis+unicorno@spaziodati.eu")
    assert answer.json()["item"]["leadAssignee"] == "larentis unicorno@spaziodati.eu"


MALFORMED = [b"caff\xc3\xa8", b"a b", b"100%", b"%zz", b"%2", b"%C3", b"%ED%A0%BD", b"a\n", b"&x"]


@pytest.mark.parametrize("encoded", MALFORMED, ids=repr)
def test_what_is_not_encoded_to_the_letter_is_refused(app, encoded):
    assert refusal(app.raw(START + encoded)) == (400, None)
    assert app.kept() == []


@pytest.mark.parametrize(
    ("media", "status"),
    [
        ("application/json", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain", 415),
        ("", 415),
        ("application/x-www-form-urlencoded; charset=latin-1", 415),
        ("application/x-www-form-urlencoded; charset=UTF-8", 200),
    ],
)
def test_only_a_form_is_a_body(app, media, status):
    assert app.raw(START, content_type=media).status_code == status


def test_json_is_refused(app):
    body = {"token": "t", "lead": app.lead, "type": "company"}
    assert app.http.post(f"/atoka{EVENTS}", json=body).status_code == 415


def test_the_query_is_decoded_like_the_body(app):
    app.event(note="x")
    answer = app.http.get(f"/atoka{EVENTS}?token=t&leads={app.lead}%2Cother")
    assert len(answer.json()["items"]) == 1
    assert app.http.get(f"/atoka{EVENTS}?token=%zz").status_code == 400


def test_a_get_has_no_body(app):
    answer = app.send("GET", EVENTS, leads=app.lead)
    assert refusal(answer) == (400, None)


@pytest.mark.parametrize("body", [b"lead=x", b"token=", b"token=a&token=b"])
def test_a_token_is_required_once(app, body):
    assert app.raw(body).status_code == 401


def test_a_wrong_token_is_401_in_query_and_body(applying):
    app = applying(atoka_token="right")
    assert app.post(lead=app.lead, type="company").status_code == 401
    assert app.get(leads=app.lead).status_code == 401
    assert app.get(leads=app.lead, token="right").status_code == 200


def test_an_application_with_a_user_must_name_it(applying):
    app = applying(atoka_app_user="ada")
    assert app.get(leads=app.lead).status_code == 403
    assert app.get(leads=app.lead, appUserId="bob").status_code == 403
    assert app.event(appUserId="ada")["owner"] == {
        "id": "ada", "name": "ada", "application": "sandbox",
    }  # fmt: skip


def test_an_application_without_users_may_leave_them_out(app):
    assert app.event()["owner"]["id"] is None
    assert app.event(appUserId="bob")["owner"]["id"] == "bob"
    assert app.get(leads=app.lead, appUserId=["a", "b"]).status_code == 400


def test_sync_has_no_user(applying):
    app = applying(atoka_app_user="ada")
    assert app.get(f"{EVENTS}/sync").status_code == 200
    assert refusal(app.get(f"{EVENTS}/sync", appUserId="ada")) == (400, "appUserId")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/leads", 404),
        ("GET", f"{EVENTS}/", 404),
        ("GET", f"{EVENTS}/x", 404),
        ("GET", f"{EVENTS}/1.5", 404),
        ("PATCH", EVENTS, 405),
        ("DELETE", f"{EVENTS}/statuses", 405),
        ("POST", f"{EVENTS}/5000001", 405),
    ],
)
def test_other_paths_and_methods_are_refused(app, method, path, status):
    answer = app.http.request(method, f"/atoka{path}", params={"token": "t"})
    assert refusal(answer) == (status, None)


def test_a_url_that_is_too_long_is_414(applying):
    app = applying(atoka_max_url_bytes=200)
    assert app.get(leads=",".join(f"{n:012x}" for n in range(20))).status_code == 414


def test_its_rate_limit_answers_429(applying):
    app = applying(atoka_rate_limit="2/60s")
    assert [app.get(leads="x").status_code for _ in range(3)] == [200, 200, 429]
    app.pass_time(61)
    assert app.get(leads="x").status_code == 200


@pytest.mark.parametrize("status", [401, 429, 500])
def test_injected_failures_have_its_error_body(app, status):
    app.client.control("/faults", {"atoka": f"{status}=1"})
    assert refusal(app.get(leads="x")) == (status, None)
    assert app.get(leads="x").json()["code"].startswith("error.")


def test_calls_are_counted_by_kind(app):
    number = app.event()["id"]
    app.get(f"{EVENTS}/{number}")
    app.listed()
    app.get("/v2/nothing")
    counts = app.client.control("/requests")["requests"]
    assert counts == {"atoka.create": 1, "atoka.show": 1, "atoka.list": 1, "atoka.unknown": 1}
