from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from crmsync.errors import CredentialsError
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport
from tests.sources.salesforce.doorway import (
    LOGIN,
    TOKEN,
    Doorway,
    answered,
    granted,
    open_api,
    refused,
)

DEAD = refused(401, "INVALID_SESSION_ID", "Session expired or invalid")
EMPTY = answered({"sobjects": []})
OWN = "https://acme.my.salesforce.com"
COUNT = "SELECT COUNT() FROM Account"


def names(transport):
    return [request.url.rpartition("/")[2] for request in transport.requests]


def opened(instance, **values):
    api = open_api(ScriptedTransport([granted(instance_url=instance)]), **values)
    return api.identity()


def test_one_session_serves_all_calls():
    transport = ScriptedTransport([granted(), EMPTY, EMPTY])
    api = open_api(transport)
    api.sobjects()
    api.sobjects()

    assert names(transport) == ["token", "sobjects", "sobjects"]


def test_a_session_that_died_is_replaced_and_the_call_repeated():
    transport = ScriptedTransport([granted(), EMPTY, DEAD, granted(), EMPTY])
    api = open_api(transport)
    api.sobjects()
    api.sobjects()

    assert names(transport)[2:] == ["sobjects", "token", "sobjects"]


@pytest.mark.fault(14)
def test_s40_a_session_that_is_refused_right_after_it_was_given_ends_the_run():
    transport = ScriptedTransport([granted(), EMPTY, DEAD, granted(), DEAD])
    api = open_api(transport)
    api.sobjects()
    with pytest.raises(CredentialsError, match="does not take the session it gave") as caught:
        api.sobjects()

    assert "API Enabled" in caught.value.hint


@pytest.mark.fault(14)
def test_s40_nobody_signs_in_for_ever():
    transport = ScriptedTransport(lambda one: granted() if "oauth2" in one.url else DEAD)
    with pytest.raises(CredentialsError):
        open_api(transport).sobjects()

    assert names(transport) == ["token", "sobjects"] * 2


def test_threads_that_find_the_session_dead_together_sign_in_once():
    together, clock = threading.Barrier(6), FakeClock()
    door = Doorway(clock)
    api = open_api(door, clock)
    api.identity()
    door.control("/expire")

    def count(_):
        together.wait(5)
        return api.count(COUNT)

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(count, range(6))) == {250}
    assert door.kinds().count("token") == 2


def test_sessions_that_live_for_a_few_calls_are_replaced_again_and_again():
    door = Doorway(FakeClock(), salesforce_session_calls=3)
    api = open_api(door)

    assert [api.count(COUNT) for _ in range(10)] == [250] * 10
    assert door.kinds().count("token") == 4  # 10 calls, 3 a session


def test_a_new_session_may_be_on_another_host():
    moved = granted(instance_url="https://acme2.my.salesforce.com")
    transport = ScriptedTransport([granted(instance_url=OWN), DEAD, moved, EMPTY])
    open_api(transport).sobjects()

    assert transport.requests[-1].url.startswith("https://acme2.my.salesforce.com/services/")


@pytest.mark.parametrize(
    "instance",
    [
        OWN,
        "https://acme--box.sandbox.my.salesforce.com",
        "https://na139.salesforce.com/",
        "https://acme.my.salesforce.com:443",
        "http://127.0.0.1:9",
        LOGIN,
    ],
)
@pytest.mark.fault(39)
def test_the_orgs_host_may_be_salesforces_or_the_login_hosts(instance):
    assert opened(instance).instance in {instance.rstrip("/").removesuffix(":443"), LOGIN}


@pytest.mark.parametrize(
    "instance",
    [
        "https://evil.example",
        "https://salesforce.com.evil.example",
        "https://evilsalesforce.com",
        "https://user@acme.my.salesforce.com",
        "https://evil.example\\.salesforce.com",
        "http://acme.my.salesforce.com",
        "http://127.0.0.1:10",
        "http://localhost:9",
        "https://169.254.169.254",
        "//acme.my.salesforce.com",
        "file:///etc/passwd",
        "",
    ],
)
@pytest.mark.fault(39)
@pytest.mark.invariant(23)
@pytest.mark.security(18)
def test_no_session_goes_to_a_host_that_is_not_allowed(instance):
    transport = ScriptedTransport([granted(instance_url=instance or "x")])
    with pytest.raises(CredentialsError) as caught:
        open_api(transport).sobjects()

    assert "not allowed; no session was sent there" in caught.value.message
    assert "allowed_hosts" in caught.value.hint
    assert len(transport.requests) == 1


def test_a_host_can_be_allowed_by_its_end():
    own = "https://crm.example"

    assert opened(own, allowed_hosts=["crm.example"]).instance == own


@pytest.mark.parametrize("token", ["abc\r\nX-Evil: 1", "<x>token", "tok en", "abc", "tök-en-x"])
@pytest.mark.security(44)
def test_a_session_that_no_header_can_carry_is_none(token):
    transport = ScriptedTransport([granted(access_token=token)])
    with pytest.raises(CredentialsError, match="no header can carry") as caught:
        open_api(transport).sobjects()

    assert token not in caught.value.message


@pytest.mark.parametrize(
    ("answer", "org"),
    [
        ({}, "00D5g000004OrgAEAS"),
        ({"id": "https://login.salesforce.com/id/00D5g000004OrgA/005"}, "00D5g000004OrgAEAS"),
        ({"id": None}, "00D5g000004OrgAEAS"),
        ({"id": None, "access_token": "an-opaque-token"}, ""),
    ],
    ids=["told", "told with 15", "by the token", "not told"],
)
def test_the_org_is_known_by_what_signing_in_told(answer, org):
    assert open_api(ScriptedTransport([granted(**answer)])).identity().id == org


@pytest.mark.parametrize(
    ("instance", "lightning"),
    [
        (OWN, "https://acme.lightning.force.com"),
        (
            "https://acme--box.sandbox.my.salesforce.com",
            "https://acme--box.sandbox.lightning.force.com",
        ),
        ("https://na139.salesforce.com", "https://na139.salesforce.com"),
    ],
)
def test_records_are_seen_where_people_work(instance, lightning):
    assert opened(instance).lightning == lightning
    assert opened(instance, lightning_url="https://x.example/").lightning == "https://x.example"


def test_a_session_shows_its_token_nowhere():
    api = open_api(ScriptedTransport([granted()]))

    assert TOKEN not in repr(api._calls.session())
