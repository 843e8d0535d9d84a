from __future__ import annotations

import pytest

from crmsync.destinations.atoka.answers import (
    MisdirectedError,
    classify,
    companies_of,
    document_of,
    item_of,
    page_of,
    result_of,
    statuses_of,
)
from crmsync.destinations.atoka.reconcile import Ending
from crmsync.destinations.atoka.refusals import RefusedError
from crmsync.destinations.atoka.statuses import Status
from crmsync.errors import (
    ConfigError,
    CredentialsError,
    FatalError,
    RetryableError,
    StoppedError,
)
from crmsync.interfaces import Request, Response
from crmsync.transport.strict import MalformedError
from tests.destinations.atoka.accounts import answer

CREATE = Request("POST", "/v2/leadevents", {}, b"token=t")
HTML = {"content-type": "text/html"}


def ending(status, headers=None, body=b""):
    error = classify(CREATE, Response(status, headers or {}, body))
    assert error is not None
    return result_of(error).ending


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_2xx_may_be_an_answer(status):
    assert classify(CREATE, Response(status, {}, b"{}")) is None


@pytest.mark.parametrize("status", [400, 404, 409, 410, 413, 422, 451])
def test_a_4xx_is_a_refusal_and_surely_created_nothing(status):
    error = classify(CREATE, Response(status, {}, b'{"message": "lead: no"}'))
    assert isinstance(error, RefusedError)
    assert result_of(error).ending is Ending.REFUSED
    assert error.message == f"Atoka refused to create the event ({status}): lead: no"
    assert error.hint.startswith("check base_url")


@pytest.mark.parametrize("status", [401, 402, 403, 407])
def test_credentials_end_the_account_and_surely_created_nothing(status):
    error = classify(CREATE, Response(status, {}, b""))
    assert isinstance(error, CredentialsError)
    assert error.hint
    assert result_of(error).ending is Ending.NOT_SENT


@pytest.mark.parametrize("status", [404, 405, 406, 414, 415])
def test_what_is_no_such_api_ends_the_account_and_surely_created_nothing(status):
    error = classify(CREATE, Response(status, HTML, b"<html>"))
    assert isinstance(error, MisdirectedError)
    assert result_of(error).ending is Ending.NOT_SENT


def test_a_429_created_nothing_and_pauses_the_account():
    error = classify(CREATE, Response(429, {"retry-after": "7"}, b""))
    assert isinstance(error, RetryableError)
    assert (error.throttled, error.retry_after, error.maybe_delivered) == (True, 7.0, False)
    assert result_of(error).ending is Ending.NOT_SENT


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 520, 521, 523, 530, 599])
@pytest.mark.fault(57)
def test_a_5xx_may_have_created_it_whatever_it_says(status):
    assert ending(status, HTML, b"<html>") is Ending.UNKNOWN


@pytest.mark.parametrize("status", [100, 204, 206, 302, 307, 408, 499, 600])
def test_what_is_neither_an_answer_nor_a_refusal_may_have_created_it(status):
    error = classify(CREATE, Response(status, {}, b""))
    if error is None:
        with pytest.raises(MalformedError) as caught:
            document_of(Response(status, {}, b""))
        error = caught.value
    assert result_of(error).ending is Ending.UNKNOWN


def test_a_firewalls_403_may_pass():
    error = classify(CREATE, Response(403, {**HTML, "cf-ray": "1"}, b"<html>"))
    assert isinstance(error, RetryableError)


def test_sync_without_the_feature_says_what_to_change():
    request = Request("GET", "/v2/leadevents/sync?token=t", {})
    error = classify(request, Response(403, {}, b"{}"))
    assert isinstance(error, CredentialsError)
    assert "lead_events_sync = false" in error.hint


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RetryableError("refused", maybe_delivered=False), Ending.NOT_SENT),
        (RetryableError("cut", maybe_delivered=True), Ending.UNKNOWN),
        (StoppedError("asked to stop", maybe_delivered=False), Ending.NOT_SENT),
        (StoppedError("asked to stop"), Ending.UNKNOWN),
        (ConfigError([]), Ending.NOT_SENT),
        (FatalError("the answer is no HTTP"), Ending.UNKNOWN),
    ],
    ids=["not-delivered", "maybe", "stopped-waiting", "stopped", "no-token", "fatal"],
)
def test_only_what_surely_had_no_effect_may_be_sent_again(error, expected):
    assert result_of(error).ending is expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"item": {"id": 42', b"null", b'"ok"'])
@pytest.mark.fault(66)
def test_x02_a_200_that_is_no_json_object_is_no_answer(body):
    with pytest.raises(MalformedError) as caught:
        document_of(Response(200, {}, body))
    assert caught.value.maybe_delivered


@pytest.mark.parametrize("item", [None, {}, {"id": "42"}, {"id": True}, {"id": 0}, [], {"id": 4.2}])
def test_an_item_without_a_number_is_no_event(item):
    with pytest.raises(FatalError, match="no lead event"):
        item_of({"item": item})


def test_an_event_is_read_with_what_it_has():
    event = item_of({"item": {"id": 42, "lead": "l", "note": 7, "owner": {"application": "a"}}})
    assert (event.id, event.lead, event.note, event.application) == (42, "l", None, "a")


@pytest.mark.parametrize(
    ("meta", "total"), [({"count": 7}, 7), ({"count": "7"}, None), ({}, None), (None, None)]
)
def test_a_page_tells_how_many_there_are_where_it_does(meta, total):
    page = page_of({"items": [{"id": 1}], "meta": meta})
    assert (page.items[0].id, page.total) == (1, total)


@pytest.mark.parametrize("read", [page_of, statuses_of, companies_of])
def test_an_answer_without_items_is_not_an_empty_one(read):
    with pytest.raises(FatalError, match="no list of items"):
        read({"error": True})


def test_statuses_without_labels_are_none():
    document = {"items": [{"label": "Lost", "previous": "A", "sink": True}, {}, {"label": None}]}
    assert statuses_of(document) == (Status("Lost", "A", sink=True),)


def test_companies_come_with_every_id_once():
    document = {"items": [{"id": "b", "ids": ["a", "b"], "name": "Acme", "confidence": 1}]}
    (company,) = companies_of(document)
    assert (company.ids, company.name, company.confidence) == (("b", "a"), "Acme", 1.0)


def test_a_company_without_an_id_is_no_company():
    with pytest.raises(FatalError, match="a company without an id"):
        companies_of({"items": [{"name": "Acme"}]})


def test_what_was_refused_is_named():
    request = Request("PUT", "/v2/leadevents/42", {}, b"")
    error = classify(request, answer({"message": "note: too long"}, 400))
    assert str(error) == "Atoka refused to change event 42 (400): note: too long"
