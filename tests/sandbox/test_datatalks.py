from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.sandbox.signing import Signer, record, send


def contacts(client):
    return client.control("/datatalks/contacts")


def test_a_contact_is_kept_and_the_answer_says_so(client):
    answer = send(client, record(namn="Jo", some_tags=["TAG1", "TAG2"]))
    told = answer.json()
    assert (answer.status_code, told["success"], told["messages"]) == (200, True, [])
    assert told["requestId"] == answer.headers["x-amzn-requestid"]
    assert contacts(client) == {
        "abc123": {
            "jo@acme.com": {"email": "jo@acme.com", "namn": "Jo", "some_tags": ["TAG1", "TAG2"]}
        }
    }


def test_a_contact_is_updated_by_its_key_and_keeps_its_id(client):
    one, two = (send(client, record(**data)).json() for data in ({"a": 1, "b": 1}, {"b": 2}))
    assert one["datatalksId"] == two["datatalksId"]
    assert one["requestId"] != two["requestId"]
    assert contacts(client)["abc123"] == {"jo@acme.com": {"email": "jo@acme.com", "a": 1, "b": 2}}


def test_groups_are_apart(client):
    send(client, record("se", a=1))
    send(client, record("no", a=2))
    assert {group: held["jo@acme.com"]["a"] for group, held in contacts(client).items()} == {
        "se": 1, "no": 2,
    }  # fmt: skip


def test_the_mapping_says_what_a_contact_is_known_by(serving):
    client = serving(datatalks_contact_key="crm_id")
    for number in (7, 7, 8):
        send(client, record(crm_id=number))
    assert list(contacts(client)["abc123"]) == ["7", "8"]


def test_contacts_without_the_key_are_kept_one_by_one(client):
    for _ in range(2):
        send(client, {"data": {"company_name": "Acme"}, "group_key": "abc123"})
    assert list(contacts(client)["abc123"]) == ["#1", "#2"]


def test_events_are_kept_each_in_order(client):
    for number in (1, 2, 2):
        send(client, record(number=number), "events")
    events = client.control("/datatalks/events")["abc123"]
    assert [event["number"] for event in events] == [1, 2, 2]
    assert contacts(client) == {}


FLAT = ["x", "", 1, -1.5, True, ["A", 1, False], [], "👍"]


@pytest.mark.parametrize("value", FLAT, ids=repr)
def test_flat_values_are_taken(client, value):
    assert send(client, record(a=value)).json()["success"] is True
    assert contacts(client)["abc123"]["jo@acme.com"]["a"] == value


NESTED = [{"city": "X"}, {}, [{"n": "A"}], [["A"]], [None]]


@pytest.mark.parametrize("value", NESTED, ids=repr)
def test_nested_values_are_400_and_named(client, value):
    answer = send(client, record(address=value, b="x"))
    assert answer.status_code == 400
    assert answer.json()["success"] is False
    (message,) = answer.json()["messages"]
    assert message.startswith("data.address must be")
    assert contacts(client) == {}


BODIES = {
    "no group key": ({"data": {"a": 1}}, "group_key is required"),
    "empty group key": (record(""), "group_key is required"),
    "group key of another type": ({"data": {"a": 1}, "group_key": 7}, "group_key is required"),
    "no data": ({"group_key": "abc123"}, "data must be an object"),
    "empty data": ({"data": {}, "group_key": "abc123"}, "data must be an object"),
    "data in a list": ({"data": [{"a": 1}], "group_key": "abc123"}, "data must be an object"),
    "something else": ({**record(), "groupKey": "x"}, "groupKey is not expected"),
    "list": ([record()], "must be an object of data"),
    "no JSON": (b"{", "not JSON"),
    "no strict JSON": (b'{"data": {"a": NaN}, "group_key": "abc123"}', "not JSON"),
    "nothing": (b"", "not JSON"),
}


@pytest.mark.parametrize(("body", "words"), BODIES.values(), ids=BODIES)
def test_bodies_that_are_none_are_400(client, body, words):
    answer = send(client, body)
    assert answer.status_code == 400
    assert words in answer.json()["messages"][0]
    assert answer.json()["requestId"] == answer.headers["x-amzn-requestid"]


@pytest.mark.parametrize(
    ("nulls", "status", "kept"), [("clear", 200, None), ("ignore", 200, "x"), ("refuse", 400, "x")]
)
def test_what_a_null_does_is_an_option(serving, nulls, status, kept):
    client = serving(datatalks_nulls=nulls)
    send(client, record(a="x"))
    assert send(client, record(a=None)).status_code == status
    assert contacts(client)["abc123"]["jo@acme.com"].get("a") == kept


@pytest.mark.parametrize("status", ["200", "400", "403"])
def test_an_unknown_group_key_is_refused(serving, status):
    client = serving(datatalks_group_keys="se, no", datatalks_unknown_group=status)
    answer = send(client, record("dk"))
    assert (answer.status_code, answer.json()["success"]) == (int(status), False)
    assert answer.json()["messages"] == ["group_key 'dk' is not known"]
    assert send(client, record("no")).json()["success"] is True
    assert list(contacts(client)) == ["no"]


def test_marked_records_are_refused_in_a_200(serving):
    client = serving(datatalks_refuse="bad")
    answer = send(client, record(a="bad"))
    assert (answer.status_code, answer.json()["success"]) == (200, False)
    assert answer.json()["messages"]
    assert answer.json()["requestId"]
    assert send(client, record(a="bad or good")).json()["success"] is True
    assert "bad" not in contacts(client)["abc123"]["jo@acme.com"].values()


def test_the_mark_can_be_set_and_taken_away(client):
    client.control("/datatalks/refuse", {"text": "bad"})
    assert send(client, record(a="bad")).json()["success"] is False
    client.control("/datatalks/refuse", {"text": None})
    assert send(client, record(a="bad")).json()["success"] is True
    assert client.http.post("/_sandbox/datatalks/refuse", json={"text": 1}).status_code == 400


def test_every_so_many_th_record_can_be_refused(serving):
    client = serving(datatalks_false_every=3)
    told = [send(client, record(a=number)).json()["success"] for number in range(6)]
    assert told == [True, True, False, True, True, False]


@pytest.mark.parametrize(("method", "path"), [("POST", "contact"), ("GET", "contacts")])
def test_other_paths_and_verbs_lack_a_token(client, method, path):
    answer = client.http.request(method, f"/datatalks/v1/{path}")
    assert answer.status_code == 403
    assert answer.json() == {"message": "Missing Authentication Token"}


def test_a_policy_can_forbid_the_call(serving):
    answer = send(serving(datatalks_denied=True), record())
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (
        403,
        "AccessDeniedException",
    )
    assert "is not authorized to perform: execute-api:Invoke" in answer.json()["Message"]


def test_another_content_type_is_415_though_signed(client):
    body = json.dumps(record()).encode()
    signed = Signer().headers(client.url[7:], "/datatalks/v1/contacts", body, type_="text/plain")
    answer = client.http.post("/datatalks/v1/contacts", content=body, headers=signed)
    assert (answer.status_code, answer.json()["message"]) == (415, "Unsupported Media Type")


def test_a_body_may_have_so_many_bytes(serving):
    body = json.dumps(record()).encode()
    client = serving(datatalks_max_bytes=len(body))
    assert send(client, body).status_code == 200
    assert send(client, body + b" ").status_code == 413


def test_its_rate_limit_answers_429(serving):
    client = serving(datatalks_rate_limit="1/60s")
    assert [send(client, record()).status_code for _ in range(2)] == [200, 429]


def test_a_skewed_clock_refuses_our_stamps_and_tells_its_time(serving):
    client = serving(datatalks_skew_s=600.0)
    began = datetime.now(UTC)
    answer = send(client, record())
    ended = datetime.now(UTC)
    assert answer.json()["message"].startswith("Signature expired")
    assert "," not in answer.headers["date"].split(", ", 1)[1]
    theirs = parsedate_to_datetime(answer.headers["date"])
    assert began - timedelta(seconds=1) <= theirs - timedelta(seconds=600) <= ended
    assert send(client, record(), moment=theirs).status_code == 200


def test_a_slow_clock_refuses_our_stamps_too(serving):
    answer = send(serving(datatalks_skew_s=-600.0), record())
    assert answer.json()["message"].startswith("Signature not yet current")


def test_a_skewed_clock_is_that_of_failures_too_and_of_no_other_system(serving):
    client = serving(datatalks_skew_s=600.0)
    client.control("/faults", {"datatalks": "429=1,retry_after=date"})
    headers = send(client, record()).headers
    theirs, after = (parsedate_to_datetime(headers[name]) for name in ("date", "retry-after"))
    assert after - theirs == timedelta(seconds=1)
    ours = parsedate_to_datetime(client.push().headers["date"])
    assert abs(time.time() - ours.timestamp()) < 60


FAULTS = [("401", 403), ("429", 429), ("500", 500), ("502", 502), ("503", 503), ("504", 504)]


@pytest.mark.parametrize(("fault", "status"), FAULTS)
def test_failures_come_instead_of_handling(client, fault, status):
    client.control("/faults", {"datatalks": f"{fault}=1"})
    assert send(client, record()).status_code == status
    assert contacts(client) == {}


def test_a_late_504_was_handled(client):
    client.control("/faults", {"datatalks": "late504=1"})
    assert send(client, record()).status_code == 504
    assert list(contacts(client)["abc123"]) == ["jo@acme.com"]
    assert client.control("/requests")["statuses"] == {"datatalks.504": 1}


def test_a_lost_answer_was_handled(client):
    client.control("/faults", {"datatalks": "lost=1"})
    with pytest.raises(httpx.ReadError):
        send(client, record())
    assert list(contacts(client)["abc123"]) == ["jo@acme.com"]


def test_requests_are_counted_by_kind(client):
    send(client, record())
    send(client, record(), "events")
    send(client, record(), "products")
    assert client.control("/requests")["requests"] == {
        "datatalks.contact": 1, "datatalks.event": 1, "datatalks.unknown": 1,
    }  # fmt: skip


def test_the_digest_tells_contacts_and_not_the_way_there(client):
    send(client, record(a=1, b="x"))
    send(client, record("no", a=1))
    one = client.control("/datatalks/digest")
    assert (one["count"], one["events"]) == (2, 0)
    send(client, record(a=2, c="y", d=[]))
    assert client.control("/datatalks/digest") != one
    send(client, record(c=None, a=1))
    assert client.control("/datatalks/digest") == one


def test_what_was_brought_can_be_forgotten(client):
    send(client, record())
    send(client, record(), "events")
    client.control("/datatalks/reset", {})
    assert (contacts(client), client.control("/datatalks/events")) == ({}, {})
    for verb, path in (("GET", "x"), ("POST", "x"), ("PUT", "reset")):
        assert client.http.request(verb, f"/_sandbox/datatalks/{path}").status_code == 404
