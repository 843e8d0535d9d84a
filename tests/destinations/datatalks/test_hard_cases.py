"""Each hard case of Data Talks, by its number."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from pydantic import ValidationError

from crmsync.destinations.datatalks.encoding import encode
from crmsync.errors import BatchRejectedError, ConfigError, CredentialsError, RetryableError
from crmsync.receipts import Outcome
from crmsync.testing.clocks import FakeClock
from crmsync.testing.transports import ScriptedTransport
from crmsync.transport.clock import SystemClock
from tests.destinations.datatalks.account import (
    LEAST,
    answer,
    data,
    mapped,
    mapping,
    opened,
    settings,
    simulated,
)

ADDRESS = {"address": {"city": "X", "geo": {"lat": 1.5}}}
BODY = encode({"crm_id": "1", "group_key": "abc123", "company_name": "Acme"})


def test_g01_an_object_is_flattened_where_that_is_wanted():
    sent = data(ADDRESS, {"address": "address"}, flatten=True)
    assert sent == {"address_city": "X", "address_geo_lat": 1.5}


def test_g01_an_object_is_refused_else():
    result = mapped(ADDRESS, {"address": "address"})
    assert result.outcome is Outcome.INVALID
    assert [problem.code for problem in result.problems] == ["NESTED"]


@pytest.mark.parametrize("flatten", [True, False])
def test_g02_a_list_of_texts_is_kept(flatten):
    sent = data({"tags": ["A", "B"]}, {"some_tags": "tags"}, flatten=flatten)
    assert sent == {"some_tags": ["A", "B"]}


@pytest.mark.parametrize("tags", [[{"n": "A"}], [["A"]], ["A", {"n": "B"}]])
@pytest.mark.parametrize("flatten", [True, False])
def test_g03_a_list_of_more_than_single_values_is_refused(tags, flatten):
    result = mapped({"tags": tags}, {"tags": "tags"}, flatten=flatten)
    assert result.outcome is Outcome.INVALID
    assert [problem.code for problem in result.problems] == ["NESTED"]


def test_g04_owners_become_two_lists_in_the_same_order():
    pairs = [{"key": "first", "value": {"const": "CSM"}}, {"key": "last", "value": "role"}]
    given = {"first": "Zoe@acme.com", "last": "al@acme.com", "role": "Account Owner"}
    assert data(given, {"owners": {"pairs": pairs}}) == {
        "owner_emails": ["al@acme.com", "zoe@acme.com"],
        "owner_roles": ["Account Owner", "CSM"],
    }


def test_g05_nothing_is_sent_of_what_is_null():
    given = {"phone": None, "city": "", "tags": [None, ""], "name": "Acme"}
    rules = {"phone": "phone", "stad": "city", "tags": "tags", "company_name": "name"}
    assert data(given, rules) == {"company_name": "Acme"}


@pytest.mark.parametrize("order", [("a", "a_b"), ("a_b", "a")])
def test_g06_two_values_of_one_name_collide(order):
    rules = {name: name for name in order}
    result = mapped({"a": {"b": 1}, "a_b": 2}, rules, flatten=True)
    assert result.outcome is Outcome.INVALID
    assert [(one.field, one.code) for one in result.problems] == [("a_b", "KEY_COLLISION")]


PAIRS = {"pairs": [{"key": "x", "value": "y"}]}
ITEMS = {"items": [{"n": "x"}]}


@pytest.mark.parametrize(
    ("rule", "flatten", "where"),
    [
        ({"const": {"b": 1}}, False, "fields.a.const"),
        ({"const": [["x"]]}, True, "fields.a.const"),
        (PAIRS, False, "fields.a"),
        ({"from": "x", "default": PAIRS}, False, "fields.a"),
        (ITEMS, False, "fields.a"),
        (ITEMS, True, "fields.a"),
    ],
)
def test_g06_an_object_that_the_mapping_shows_is_a_fault_of_the_configuration(rule, flatten, where):
    with pytest.raises(ConfigError) as caught:
        mapping({"a": rule}, flatten=flatten)
    assert [problem.field for problem in caught.value.problems] == [where]


def test_g06_an_object_that_is_flattened_may_be_made_by_the_mapping():
    assert data({"x": "Key", "y": 1}, {"a": PAIRS}, flatten=True) == {"a_key": 1}


def test_g07_there_is_no_account_without_a_group_key():
    with pytest.raises(ValidationError) as caught:
        settings(group_key=None)
    (fault,) = caught.value.errors()
    assert fault["loc"] == ("group_key",)
    assert "is required" in fault["msg"]


SWEDEN = {"group_key": "se1", "when": {"company_country": ["Sweden"]}}


def test_g08_a_record_that_no_group_takes_is_refused():
    rules = {"company_country": "country"}
    result = mapped({"country": "Norway"}, rules, group_key=None, groups=[SWEDEN])
    (problem,) = result.problems
    assert result.outcome is Outcome.INVALID
    assert problem.code == "NO_GROUP_KEY"
    assert "company_country = Norway" in problem.message


@pytest.mark.parametrize("values", [{}, {"phone": None}])
def test_g09_without_data_there_is_no_request(values):
    transport = ScriptedTransport([])
    taken = opened(transport).push([encode({**values, "group_key": "abc123"})], method="upsert")
    assert taken.status == "nothing to send"
    assert transport.requests == []


class SlowClock(FakeClock):
    """Real time, ten minutes late; nobody sleeps."""

    def now(self):
        return SystemClock().now() - timedelta(minutes=10)


@pytest.mark.fault(68)
@pytest.mark.invariant(25)
def test_g10_a_clock_that_is_ten_minutes_slow_is_allowed_for():
    with simulated(clock=SlowClock()) as account:
        account.destination.push([BODY], method="upsert")
        account.destination.push([BODY], method="upsert")
        assert account.contacts()["abc123"]["1"]["company_name"] == "Acme"
        traffic = account.destination.traffic
    assert (traffic.requests, traffic.retries) == (3, 1)


def test_g11_a_wrong_secret_ends_it_at_once():
    keys = {"secret_access_key": "another-secret-0815"}
    with simulated(keys=keys) as account:
        with pytest.raises(CredentialsError, match="the signature is wrong") as caught:
            account.destination.push([BODY], method="upsert")
        assert account.destination.traffic.requests == 1
    assert "secret_access_key" in caught.value.hint


def test_g12_what_is_signed_is_what_is_sent():
    transport = ScriptedTransport([answer()])
    body = b'{"data":{"z":1,"a":"\xc3\xa5"},"group_key":"abc123"}'
    opened(transport).push([body], method="upsert")
    (sent,) = transport.requests
    assert sent.body == body
    assert sent.headers["authorization"] == judged(sent, "20261121T120000Z")


@pytest.mark.parametrize(
    ("base_url", "path", "url"),
    [
        ("https://api.datatalks.se/k%C3%A5l", "/v1/å", "/k%C3%A5l/v1/%C3%A5"),
        ("https://api.datatalks.se", "/v1/c?källa=é&a=1", "/v1/c?k%C3%A4lla=%C3%A9&a=1"),
        ("https://api.datatalks.se", "/v1/%C3%A5", "/v1/%C3%A5"),
    ],
)
def test_g13_a_path_and_a_query_of_any_letters_are_signed_as_botocore_does(base_url, path, url):
    transport = ScriptedTransport([answer()])
    opened(transport, base_url=base_url, path=path).push([BODY], method="upsert")
    (sent,) = transport.requests
    assert sent.url == f"https://api.datatalks.se{url}"
    assert sent.headers["authorization"] == judged(sent, "20261121T120000Z")


def judged(sent, stamp):
    """The Authorization that AWS's own library makes of a request."""
    keys = Credentials(LEAST["access_key_id"], LEAST["secret_access_key"])
    auth = SigV4Auth(keys, "execute-api", "eu-west-1")
    headers = {"Content-Type": "application/json"}
    asked = AWSRequest(sent.method, sent.url, headers, sent.body)
    asked.context["timestamp"] = stamp
    auth._modify_request_before_signing(asked)
    text = auth.string_to_sign(asked, auth.canonical_request(asked))
    auth._inject_signature_to_request(asked, auth.signature(text, asked))
    return asked.headers["Authorization"]


@pytest.mark.fault(69)
def test_g14_a_retry_is_signed_for_its_own_time():
    clock = FakeClock()
    transport = ScriptedTransport([answer(429, retry_after="1200"), answer()])
    account = opened(transport, clock, max_wait=1500)
    account.push([BODY], method="upsert")
    first, second = transport.requests
    assert first.headers["x-amz-date"] == "20261121T120000Z"
    assert second.headers["x-amz-date"] >= "20261121T122000Z"
    assert second.headers["authorization"] == judged(second, second.headers["x-amz-date"])
    assert first.body == second.body == BODY


@pytest.mark.fault(47)
def test_g15_a_200_without_success_is_a_refusal_with_its_words_and_id():
    body = {"success": False, "messages": ["Unknown tag", "No name"], "requestId": "r-77"}
    with pytest.raises(BatchRejectedError) as caught:
        opened(ScriptedTransport([answer(200, body)])).push([BODY], method="upsert")
    assert caught.value.refusals == {0: 'Unknown tag; No name (requestId "r-77")'}


def test_an_event_whose_answer_was_lost_is_not_sent_again():
    lost = RetryableError("the connection was reset", maybe_delivered=True)
    transport = ScriptedTransport([lost])
    with pytest.raises(RetryableError) as caught:
        opened(transport).push([BODY], method="event")
    assert caught.value.maybe_delivered
    assert orjson.loads(transport.requests[0].body) == orjson.loads(BODY)
    assert transport.requests[0].url.endswith("/v1/events")
