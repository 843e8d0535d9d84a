"""The real client against the simulator, over real sockets; it verifies signatures itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from crmsync.destinations.datatalks.encoding import encode
from crmsync.engine.delivery import Delivery, Streak, deliver
from crmsync.errors import CredentialsError, FatalError, RetryableError
from crmsync.interfaces import Answer
from crmsync.receipts import Outcome
from crmsync.sandbox.faults import parse_plan
from crmsync.transport.clock import SystemClock
from tests.destinations.datatalks.account import mapped, simulated


def body(number=1, group="abc123", **fields):
    return encode({"crm_id": f"hubspot:{number}", "group_key": group, **fields})


def test_a_contact_arrives_as_it_was_mapped():
    rules = {
        "epost": "mail",
        "some_tags": "tags",
        "employees": {"from": "staff", "transforms": "integer"},
        "owners": {"pairs": [{"key": "mail", "value": {"const": "CSM"}}]},
    }
    result = mapped({"mail": "jo@acme.com", "tags": ["Å", "B"], "staff": "250"}, rules)
    with simulated() as account:
        taken = account.destination.push([encode(result.fields)], method="upsert")
        assert account.contacts() == {
            "abc123": {
                "7": {
                    "crm_id": "7",
                    "epost": "jo@acme.com",
                    "employees": 250,
                    "some_tags": ["Å", "B"],
                    "owner_emails": ["jo@acme.com"],
                    "owner_roles": ["CSM"],
                }
            }
        }
    assert taken.verified
    assert taken.status.startswith("200 ")


def test_an_event_arrives_once_a_push():
    with simulated() as account:
        for _ in range(2):
            account.destination.push([body(name="PURCHASE")], method="event")
        assert len(account.events()["abc123"]) == 2
        assert account.contacts() == {}


@pytest.mark.parametrize(("skew", "requests"), [(0.0, 200), (-900.0, 201)])
def test_threads_share_an_account_and_learn_its_clock_once(skew, requests):
    with simulated(datatalks_skew_s=skew) as account, ThreadPoolExecutor(16) as pool:
        bodies = [body(number, company_name=f"Åcme {number}") for number in range(200)]
        answers = list(
            pool.map(lambda one: account.destination.push([one], method="upsert"), bodies)
        )
        assert all(one.verified for one in answers)
        assert len(account.contacts()["abc123"]) == 200
        assert account.destination.traffic.requests == requests


@pytest.mark.parametrize("refusal", [{"datatalks_refuse": "bad"}, {"datatalks_group_keys": "se1"}])
@pytest.mark.parametrize("status", ["200", "400", "403"])
def test_a_refused_record_is_rejected_with_the_platforms_words(refusal, status):
    with simulated(datatalks_unknown_group=status, **refusal) as account:
        delivery = Delivery([body(company_name="bad")], Streak())
        deliver(delivery, lambda some: account.destination.push(some, method="upsert"))
    (verdict,) = delivery.verdicts
    assert verdict.outcome is Outcome.REJECTED
    assert 'requestId "' in verdict.reason


def test_refusals_for_one_reason_are_seen_to_be_one_whatever_their_ids():
    streak = Streak()
    with simulated(datatalks_refuse="bad") as account:
        deliveries = [Delivery([body(n, company_name="bad")], streak) for n in range(8)]
        for delivery in deliveries:
            deliver(delivery, lambda some: account.destination.push(some, method="upsert"))
    assert isinstance(deliveries[-1].error, FatalError)


@pytest.mark.parametrize(
    ("wrong", "keys", "meant"),
    [
        ({"datatalks_access_key_id": "AKIDOTHER"}, {}, "access key id"),
        ({}, {"region": "eu-north-1"}, "another region or service"),
        ({}, {"service": "lambda"}, "another region or service"),
        ({"datatalks_denied": True}, {}, "may not call the API"),
        ({}, {"path": "/v2/profiles"}, "nothing at this address"),
    ],
    ids=["key", "region", "service", "policy", "path"],
)
def test_a_gateway_that_lets_nobody_in_ends_the_account(wrong, keys, meant):
    with simulated(keys=keys, **wrong) as account:
        with pytest.raises(CredentialsError, match=meant):
            account.destination.push([body()], method="upsert")
        assert account.destination.traffic.requests == 1


@pytest.mark.parametrize("skew", [-3_000, 3_000])
def test_a_platform_whose_clock_is_off_is_followed(skew):
    with simulated(datatalks_skew_s=float(skew)) as account:
        assert account.destination.push([body()], method="upsert").verified
        assert account.destination.push([body()], method="upsert").verified
        assert account.destination.traffic.requests == 3


@pytest.mark.fault(52)
def test_a_timeout_after_a_contact_arrived_is_repeated_without_harm():
    with simulated(faults=parse_plan({"datatalks": "late504=0.3"}), seed=3) as account:
        for number in range(20):
            assert account.destination.push([body(number)], method="upsert").verified
        assert len(account.contacts()["abc123"]) == 20


@pytest.mark.fault(52)
@pytest.mark.invariant(6)
def test_a_timeout_after_an_event_leaves_it_unknown_and_single():
    with simulated(faults=parse_plan({"datatalks": "late504=1"})) as account:
        with pytest.raises(RetryableError) as caught:
            account.destination.push([body()], method="event")
        assert caught.value.maybe_delivered
        assert len(account.events()["abc123"]) == 1


def test_an_html_page_is_no_acceptance():
    with (
        simulated(faults=parse_plan({"datatalks": "html=1"})) as account,
        pytest.raises(FatalError, match="HTML"),
    ):
        account.destination.push([body()], method="upsert")


def test_a_body_that_is_too_large_is_told_from_one_that_is_wrong():
    with simulated(datatalks_max_bytes=100) as account:
        delivery = Delivery([body(company_description="x" * 200)], Streak())
        deliver(delivery, lambda some: account.destination.push(some, method="upsert"))
    assert delivery.verdicts[0].too_large


def test_a_cleared_attribute_is_empty_there_too():
    with simulated() as account:
        account.destination.push([body(city="X", tags=["a"])], method="upsert")
        taken = account.destination.push([body(city=None, tags=[])], method="upsert")
        assert isinstance(taken, Answer)
        assert account.contacts()["abc123"]["hubspot:1"] == {"crm_id": "hubspot:1", "tags": []}


def test_the_system_clock_needs_no_second_try():
    with simulated(clock=SystemClock()) as account:
        account.destination.push([body()], method="upsert")
        assert account.destination.traffic.requests == 1
