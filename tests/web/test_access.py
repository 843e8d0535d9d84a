from __future__ import annotations

import pytest

from crmsync.errors import ConfigError
from crmsync.testing.clocks import FakeClock
from crmsync.web.access import SESSION_SECONDS, Access, SignInNeededError, cookie
from crmsync.web.addresses import parse
from crmsync.web.exchange import RefusedError, Request
from tests.web.world import TOKEN

NEAR, FAR = parse("8787"), parse("10.1.2.3:8787")


def access(token: str | None = TOKEN, *, at=NEAR, hosts=()) -> tuple[Access, FakeClock]:
    clock = FakeClock()
    return Access(at, token=token, hosts=hosts, clock=clock), clock


def request(**headers: str) -> Request:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Request(method="POST", target="/", headers=named, peer="10.0.0.9")


def test_sec51_beyond_this_machine_it_needs_a_token():
    with pytest.raises(ConfigError, match="there is no token") as caught:
        access(None, at=FAR)
    assert "http_token" in caught.value.hint


def test_a_token_that_could_be_guessed_is_refused_without_showing_it():
    with pytest.raises(ConfigError, match="fewer than 16") as caught:
        access("short-secret")
    assert "short-secret" not in str(caught.value)


HOSTS = {
    "itself": ("127.0.0.1:8787", True),
    "by name": ("LOCALHOST:8787", True),
    "IPv6": ("[::1]:8787", True),
    "a proxy's": ("crm.example.com", True),
    "a proxy's with a port": ("crm.example.com:8443", True),
    "evil": ("evil.example", False),
    "begins alike": ("127.0.0.1.evil:8787", False),
    "ends alike": ("evil-crm.example.com", False),
    "another port": ("127.0.0.1:80", False),
    "no port": ("127.0.0.1", False),
    "none": ("", False),
    "IPv6 mapped": ("[::ffff:127.0.0.1]:8787", False),
    "IPv6 long": ("[0:0:0:0:0:0:0:1]:8787", False),
    "with a user": ("127.0.0.1:8787@evil.example", False),
    "a number": ("2130706433:8787", False),
}


@pytest.mark.parametrize(("host", "own"), HOSTS.values(), ids=list(HOSTS))
def test_sec48_it_answers_to_its_own_names_alone(host, own):
    rules, _ = access(hosts=["crm.example.com"])
    if own:
        rules.check_name(request(host=host))
        return
    with pytest.raises(RefusedError) as caught:
        rules.check_name(request(host=host))
    assert caught.value.status == 421


ORIGINS = {
    "its own page": ({"origin": "http://a:1", "sec_fetch_site": "same-origin"}, True),
    "an old browser": ({"origin": "http://a:1"}, True),
    "behind TLS": ({"origin": "https://a:1", "sec_fetch_site": "same-origin"}, True),
    "another site": ({"origin": "http://evil.example", "sec_fetch_site": "cross-site"}, False),
    "another port": ({"origin": "http://a:2", "sec_fetch_site": "same-site"}, False),
    "a sandboxed frame": ({"origin": "null", "sec_fetch_site": "cross-site"}, False),
    "who claims an origin": ({"origin": "http://a:1", "sec_fetch_site": "cross-site"}, False),
    "another site in an old browser": ({"origin": "http://evil.example"}, False),
    "who claims a site": ({"origin": "http://b:1", "sec_fetch_site": "same-origin"}, False),
    "who says nothing": ({}, False),
    "a typed address": ({"sec_fetch_site": "none"}, False),
}


@pytest.mark.parametrize(("headers", "own"), ORIGINS.values(), ids=list(ORIGINS))
def test_sec49_only_its_own_page_changes_anything(headers, own):
    rules, _ = access()
    if own:
        rules.check_origin(request(host="a:1", **headers))
        return
    with pytest.raises(RefusedError, match="not sent by a page"):
        rules.check_origin(request(host="a:1", **headers))


def test_who_knows_the_token_has_a_session_for_half_a_day():
    rules, clock = access()
    session = rules.sign_in(TOKEN, "peer")
    signed_in = request(cookie=f"other=1; crmsync_session={session}")
    clock.advance(SESSION_SECONDS - 1)
    assert rules.session_of(signed_in) == session
    clock.advance(2)
    with pytest.raises(SignInNeededError):
        rules.session_of(signed_in)


def test_a_session_ends_when_it_is_signed_out():
    rules, _ = access()
    session = rules.sign_in(TOKEN, "peer")
    rules.sign_out(session)
    with pytest.raises(SignInNeededError):
        rules.session_of(request(cookie=f"crmsync_session={session}"))


def test_a_program_sends_the_token_with_each_request():
    rules, _ = access()
    assert rules.session_of(request(authorization=f"Bearer {TOKEN}")) == ""
    with pytest.raises(SignInNeededError):
        rules.session_of(request(authorization=f"Basic {TOKEN}"))


def test_sec50_wrong_tokens_are_held_up_and_then_not_looked_at():
    rules, _ = access()
    holds = []
    for _ in range(11):
        with pytest.raises(SignInNeededError) as caught:
            rules.sign_in("wrong", "peer")
        holds.append(caught.value.hold)
    assert holds == [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    with pytest.raises(SignInNeededError):
        rules.sign_in("wrong", "peer")
    with pytest.raises(RefusedError) as refused:
        rules.sign_in(TOKEN, "peer")
    assert (refused.value.status, refused.value.retry_after) == (429, 2)
    assert rules.sign_in(TOKEN, "another")


@pytest.mark.parametrize("given", ["", TOKEN[:-1], f"{TOKEN} ", "\udcff", "é" * 40])
def test_nothing_but_the_token_opens_it(given):
    rules, _ = access()
    with pytest.raises(SignInNeededError):
        rules.sign_in(given, "peer")


def test_a_form_is_good_for_its_session_alone():
    rules, _ = access()
    body = f"form={rules.form_token('mine')}".encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    asked = Request(method="POST", target="/", headers=kind, body=body)
    rules.check_form(asked, "mine")
    with pytest.raises(RefusedError, match="reload the page"):
        rules.check_form(asked, "another's")


def test_sessions_are_bounded():
    rules, _ = access()
    for _ in range(150):
        rules.sign_in(TOKEN, "peer")
    assert len(rules._sessions) == 100


def test_no_script_and_no_other_site_gets_the_cookie():
    assert cookie("x", secure=True)[1] == (
        "crmsync_session=x; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"
    )
    assert "Max-Age=0" in cookie("", secure=False)[1]


def test_on_this_machine_without_a_token_everybody_may_look():
    rules, _ = access(None)
    assert rules.open
    assert rules.session_of(request()) == ""
